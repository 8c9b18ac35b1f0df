/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-net.c - net2o peer, path, name: what was set by hand about the network.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/people.h"
#include "cli/zone.h"
#include "client/rate.h"

static GPtrArray *
new_rows(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
}

static const char *
word_of(GVariant *dict, const char *key)
{
    const char *word = n2_dict_string(dict, key);

    return word ? word : "";
}

/* ---- peer ---- */

static void
add_peer(GPtrArray *rows, GVariant *peer)
{
    g_autofree char *rtt = n2_cli_format_us(n2_dict_uint(peer, "rtt_us"));
    guint number = (guint)n2_dict_uint(peer, "port");
    g_autofree char *port = number ? g_strdup_printf(_("port %u"), number) : g_strdup("");

    g_ptr_array_add(rows, n2_cli_row(word_of(peer, "endpoint"), word_of(peer, "state"), port,
                                     rtt, word_of(peer, "identity"), NULL));
}

static void
print_peers(GVariant *answer)
{
    g_autoptr(GPtrArray) rows = new_rows();

    if (g_variant_is_of_type(answer, G_VARIANT_TYPE_VARDICT))
        add_peer(rows, answer);
    else
        for (gsize i = 0; i < g_variant_n_children(answer); i++) {
            g_autoptr(GVariant) peer = g_variant_get_child_value(answer, i);
            add_peer(rows, peer);
        }
    n2_cli_print_columns(rows, 0);
}

gboolean
n2_cli_peer(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (!n2_cli_parse(cli, NULL, &argc, &argv, 1, 3, error))
        return FALSE;
    const char *verb = argv[1];
    const char *endpoint = argc > 2 ? argv[2] : NULL;
    const char *identity = argc > 3 ? argv[3] : NULL;
    gboolean is_removed = FALSE;

    if (identity && !n2_cli_check_identity(identity, error))
        return FALSE;
    if (g_str_equal(verb, "list") && !endpoint) {
        n2_client_peer_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    } else if (g_str_equal(verb, "add") && endpoint) {
        n2_client_peer_add_async(cli->client, endpoint, identity, cli->cancellable,
                                 n2_cli_done_cb, cli);
    } else if (g_str_equal(verb, "remove") && endpoint && !identity) {
        is_removed = TRUE;
        n2_client_peer_remove_async(cli->client, endpoint, cli->cancellable, n2_cli_done_cb,
                                    cli);
    } else {
        return n2_cli_usage("peer", verb, N_("this is not how it is used"), error);
    }
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (is_removed && cli->is_json)
        n2_cli_print_json_words("removed", endpoint, NULL);
    else if (!is_removed && cli->is_json)
        n2_cli_print_json(answer);
    else if (!is_removed)
        print_peers(answer);
    return TRUE;
}

/* ---- path ---- */

static void
add_hop(const N2Cli *cli, GPtrArray *rows, GVariant *hop)
{
    g_autofree char *n = g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(hop, "n"));
    g_autoptr(GVariant) port = n2_dict_dup(hop, "port", "x"); /* the last one is not left */
    g_autofree char *label =
        port ? g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                               n2_dict_uint(hop, "port"), n2_dict_uint(hop, "bits"))
             : g_strdup("");
    g_autofree char *rtt = n2_cli_format_us(n2_dict_uint(hop, "rtt_us"));
    guint64 number = n2_dict_uint(hop, "switch");
    const char *domain = word_of(hop, "domain");
    /* TRANSLATORS: a switch by its number, and the domain that it belongs to. */
    g_autofree char *number_text = g_strdup_printf("%" G_GUINT64_FORMAT, number);
    g_autofree char *in_domain =
        number ? g_strdup_printf(_("switch #%s of %s"), number_text, domain) : g_strdup(domain);
    const char *who = *word_of(hop, "identity") ? word_of(hop, "identity") : in_domain;
    const char *state = word_of(hop, "state");
    const char *said = g_str_equal(state, "answers")  ? _("answers")
                       : g_str_equal(state, "silent") ? _("silent")
                                                      : state;
    gboolean is_bad = g_str_equal(state, "silent");
    g_autofree char *toned = n2_cli_tone(cli, is_bad ? N2_TONE_BAD : N2_TONE_GOOD, said);
    char **row = n2_cli_row(n, label, "", rtt, who, NULL);

    g_free(row[2]);
    row[2] =
        g_steal_pointer(&toned); /* put in after the cleaning, which would take the colour */
    g_ptr_array_add(rows, row);
}

static void
print_hops(const N2Cli *cli, GVariant *path)
{
    g_autoptr(GVariant) hops = n2_dict_dup(path, "hops", "aa{sv}");
    g_autoptr(GPtrArray) rows = new_rows();

    for (gsize i = 0; hops && i < g_variant_n_children(hops); i++) {
        g_autoptr(GVariant) hop = g_variant_get_child_value(hops, i);
        add_hop(cli, rows, hop);
    }
    n2_cli_print_columns(rows, 0);
}

static void
print_path(const N2Cli *cli, GVariant *path)
{
    g_autoptr(GPtrArray) rows = new_rows();
    const char *source = word_of(path, "source");
    const char *says = g_str_equal(source, "hand")     ? _("set by hand")
                       : g_str_equal(source, "peer")   ? _("a direct peer")
                       : g_str_equal(source, "met")    ? _("a direct link, by introduction")
                       : g_str_equal(source, "self")   ? _("this node itself")
                       : g_str_equal(source, "domain") ? _("the own domain's server")
                       : g_str_equal(source, "near")   ? _("the local network")
                                                       : source;
    g_autofree char *delay = n2_cli_format_us(n2_dict_uint(path, "delay_us"));
    guint64 rate = n2_dict_uint(path, "rate_bps");
    g_autofree char *bandwidth = n2_rate_dup_words(rate);

    if (*word_of(path, "name"))
        g_ptr_array_add(rows, n2_cli_row(_("Name"), word_of(path, "name"), NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Identity"), word_of(path, "identity"), NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Path"), word_of(path, "labels"), NULL));
    if (*word_of(path, "others"))
        g_ptr_array_add(rows, n2_cli_row(_("Other ways"), word_of(path, "others"), NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Says who"), says, NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Delay"), *delay ? delay : _("not known"), NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Bandwidth"), rate ? bandwidth : _("not known"), NULL));
    n2_cli_print_columns(rows, 0);
    print_hops(cli, path);
}

static gboolean
list_paths(N2Cli *cli, GError **error)
{
    g_autoptr(GPtrArray) rows = new_rows();

    n2_client_path_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) paths = n2_cli_finish(cli, error);
    if (!paths)
        return FALSE;
    if (cli->is_json) {
        n2_cli_print_json(paths);
        return TRUE;
    }
    for (gsize i = 0; i < g_variant_n_children(paths); i++) {
        g_autoptr(GVariant) path = g_variant_get_child_value(paths, i);
        g_ptr_array_add(rows, n2_cli_row(word_of(path, "identity"), word_of(path, "labels"),
                                         word_of(path, "name"), NULL));
    }
    n2_cli_print_columns(rows, 0);
    return TRUE;
}

/* The path with its hops as they answer now, and the delay as it is now. */
static GVariant *
with_hops(GVariant *path, GVariant *hops)
{
    GVariantBuilder dict;
    GVariantIter iter;
    const char *key;
    GVariant *value;
    gsize n = g_variant_n_children(hops);
    g_autoptr(GVariant) last = n ? g_variant_get_child_value(hops, n - 1) : NULL;
    guint64 rtt_us = n2_dict_uint(last, "rtt_us");

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init(&iter, path);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        if (!g_str_equal(key, "hops") && !(rtt_us && g_str_equal(key, "delay_us")))
            g_variant_builder_add(&dict, "{sv}", key, value);
        g_variant_unref(value);
    }
    if (rtt_us)
        g_variant_builder_add(&dict, "{sv}", "delay_us",
                              g_variant_new_int64((gint64)(rtt_us / 2)));
    g_variant_builder_add(&dict, "{sv}", "hops", hops);
    return g_variant_ref_sink(g_variant_builder_end(&dict));
}

static gboolean
show_path(N2Cli *cli, const char *identity, GError **error)
{
    n2_client_path_get_async(cli->client, identity, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) path = n2_cli_finish(cli, error);
    if (!path)
        return FALSE;
    n2_client_trace_async(cli->client, identity, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) hops = n2_cli_finish(cli, error);
    if (!hops)
        return FALSE;
    g_autoptr(GVariant) whole = with_hops(path, hops);
    if (cli->is_json)
        n2_cli_print_json(whole);
    else
        print_path(cli, whole);
    return TRUE;
}

static gboolean
set_path(N2Cli *cli, const char *identity, char **hops, GError **error)
{
    if (g_str_has_prefix(identity, "k1-") && !n2_cli_check_identity(identity, error))
        return FALSE;
    for (char **hop = hops; *hop; hop++)
        if (!g_str_equal(*hop, "or") && !n2_cli_check_hop(*hop, error))
            return FALSE;
    n2_client_path_set_async(cli->client, identity, (const char *const *)hops, cli->cancellable,
                             n2_cli_done_cb, cli);
    g_autoptr(GVariant) path = n2_cli_finish(cli, error);
    if (!path)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(path);
    return TRUE;
}

static gboolean
unset_path(N2Cli *cli, const char *identity, GError **error)
{
    n2_client_path_unset_async(cli->client, identity, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (answer && cli->is_json)
        n2_cli_print_json_words("removed", identity, NULL);
    return answer != NULL;
}

static gboolean
avoid(N2Cli *cli, const char *hop, gboolean is_avoided, GError **error)
{
    if (g_str_has_prefix(hop, "k1-") && !n2_cli_check_identity(hop, error))
        return FALSE;
    n2_client_avoid_set_async(cli->client, hop, is_avoided, cli->cancellable, n2_cli_done_cb,
                              cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (answer && cli->is_json)
        n2_cli_print_json_words(is_avoided ? "avoided" : "allowed", hop, NULL);
    return answer != NULL;
}

static gboolean
list_avoided(N2Cli *cli, GError **error)
{
    g_autoptr(GPtrArray) rows = new_rows();

    n2_client_avoid_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) hops = n2_cli_finish(cli, error);
    if (!hops)
        return FALSE;
    if (cli->is_json) {
        n2_cli_print_json(hops);
        return TRUE;
    }
    for (gsize i = 0; i < g_variant_n_children(hops); i++) {
        g_autoptr(GVariant) hop = g_variant_get_child_value(hops, i);
        g_ptr_array_add(rows, n2_cli_row(word_of(hop, "hop"), word_of(hop, "name"), NULL));
    }
    n2_cli_print_columns(rows, 0);
    return TRUE;
}

gboolean
n2_cli_path(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *avoided = NULL, *allowed = NULL;
    gboolean is_list = FALSE;
    const GOptionEntry entries[] = {{"avoid", 0, 0, G_OPTION_ARG_STRING, &avoided, NULL, NULL},
                                    {"allow", 0, 0, G_OPTION_ARG_STRING, &allowed, NULL, NULL},
                                    {"avoided", 0, 0, G_OPTION_ARG_NONE, &is_list, NULL, NULL},
                                    {0}};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, -1, error))
        return FALSE;
    if ((avoided && !avoid(cli, avoided, TRUE, error)) ||
        (allowed && !avoid(cli, allowed, FALSE, error)))
        return FALSE;
    if (is_list && argc == 1)
        return list_avoided(cli, error);
    if ((avoided || allowed) && argc == 1)
        return TRUE;
    if (argc == 1)
        return list_paths(cli, error);
    if (g_str_equal(argv[1], "set") && argc > 3)
        return set_path(cli, argv[2], argv + 3, error);
    if (g_str_equal(argv[1], "unset") && argc == 3)
        return unset_path(cli, argv[2], error);
    if (argc == 2 && !g_str_equal(argv[1], "set") && !g_str_equal(argv[1], "unset"))
        return show_path(cli, argv[1], error);
    return n2_cli_usage("path", argv[1], N_("this is not how it is used"), error);
}

/* ---- name ---- */

static void
print_names(GVariant *names)
{
    g_autoptr(GPtrArray) rows = new_rows();

    for (gsize i = 0; i < g_variant_n_children(names); i++) {
        g_autoptr(GVariant) name = g_variant_get_child_value(names, i);
        g_ptr_array_add(rows,
                        n2_cli_row(word_of(name, "name"), word_of(name, "identity"), NULL));
    }
    n2_cli_print_columns(rows, 0);
}

gboolean
n2_cli_name(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_auto(N2CliNameOptions) options = {.days = 0};
    const GOptionEntry entries[] = {
        {"as", 0, 0, G_OPTION_ARG_STRING, &options.as, NULL, NULL},
        {"days", 0, 0, G_OPTION_ARG_INT, &options.days, NULL, NULL},
        {"zone", 0, 0, G_OPTION_ARG_STRING, &options.below, NULL, NULL},
        {"server", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.servers, NULL, NULL},
        {"mail", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.hosts, NULL, NULL},
        {"after", 0, 0, G_OPTION_ARG_STRING, &options.after, NULL, NULL},
        {"closed", 0, 0, G_OPTION_ARG_NONE, &options.is_closed, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, -1, error))
        return FALSE;
    const char *verb = argv[1];
    if (!g_str_equal(verb, "zone") || argc < 3 || !g_str_equal(argv[2], "import"))
        n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    if (g_str_equal(verb, "zone") && argc > 2)
        return n2_cli_name_zone(cli, argv + 2, &options, error);
    if (n2_cli_name_is_request(verb))
        return n2_cli_name_request(cli, argv + 1, &options, error);
    if (g_str_equal(verb, "lookup") && argc == 3)
        return n2_cli_name_lookup(cli, argv[2], error);
    if (g_str_equal(verb, "root") && argc > 2)
        return n2_cli_name_root(cli, argv + 2, error);
    const char *name = argc > 2 ? argv[2] : NULL;
    const char *identity = argc > 3 ? argv[3] : NULL;
    gboolean is_list = g_str_equal(verb, "list");

    if (argc > 4)
        return n2_cli_usage("name", verb, N_("this is not how it is used"), error);
    if ((name && !n2_cli_check_name(name, error)) ||
        (identity && !n2_cli_check_identity(identity, error)))
        return FALSE;
    if (is_list && !name)
        n2_client_name_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    else if (g_str_equal(verb, "set") && identity)
        n2_client_name_set_async(cli->client, name, identity, cli->cancellable, n2_cli_done_cb,
                                 cli);
    else if (g_str_equal(verb, "unset") && name && !identity)
        n2_client_name_unset_async(cli->client, name, cli->cancellable, n2_cli_done_cb, cli);
    else
        return n2_cli_usage("name", verb, N_("this is not how it is used"), error);

    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer || (identity && !n2_cli_accept(cli, name, identity, error)))
        return FALSE;
    if (is_list && cli->is_json)
        n2_cli_print_json(answer);
    else if (is_list)
        print_names(answer);
    else if (cli->is_json && identity)
        n2_cli_print_json_words("name", name, "identity", identity, NULL);
    else if (cli->is_json)
        n2_cli_print_json_words("removed", name, NULL);
    return TRUE;
}
