/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-node.c - net2o status: how the node is.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"

static char *
format_uptime(guint64 s)
{
    if (s < 120)
        return g_strdup_printf(_("%u s"), (guint)s);
    if (s < 2 * 60 * 60)
        return g_strdup_printf(_("%u min"), (guint)(s / 60));
    if (s < 48 * 60 * 60)
        return g_strdup_printf(_("%u h"), (guint)(s / 3600));
    return g_strdup_printf(_("%u days"), (guint)(s / 86400));
}

/* The words under @key, joined; "" for none (transfer full). */
static char *
join(GVariant *dict, const char *key)
{
    g_autoptr(GVariant) list = n2_dict_dup(dict, key, "as");
    g_auto(GStrv) words = list ? g_variant_dup_strv(list, NULL) : NULL;

    return words ? g_strjoinv(" ", words) : g_strdup("");
}

static void
print_links(const N2Cli *cli, GVariant *status)
{
    g_autoptr(GVariant) links = n2_dict_dup(status, "links", "aa{sv}");
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    g_autofree char *title = n2_cli_tone(cli, N2_TONE_TITLE, _("Links"));

    if (!links || !g_variant_n_children(links))
        return;
    printf("%s\n", title);
    for (gsize i = 0; i < g_variant_n_children(links); i++) {
        g_autoptr(GVariant) link = g_variant_get_child_value(links, i);
        const char *endpoint = n2_dict_string(link, "endpoint");
        const char *state = n2_dict_string(link, "state");
        const char *identity = n2_dict_string(link, "identity");
        g_autofree char *rtt = n2_cli_format_us(n2_dict_uint(link, "rtt_us"));
        g_autofree char *port =
            g_strdup_printf(_("port %u"), (guint)n2_dict_uint(link, "port"));
        g_ptr_array_add(rows, n2_cli_row(endpoint ? endpoint : "", state ? state : "", port,
                                         rtt, identity ? identity : "", NULL));
    }
    n2_cli_print_columns(rows, 0);
}

/* "seccomp, Landlock 6" of one process (transfer full). */
static char *
format_fence(GVariant *fence)
{
    guint abi = (guint)n2_dict_uint(fence, "landlock");
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);

    if (n2_dict_bool(fence, "seccomp"))
        g_ptr_array_add(parts, g_strdup("seccomp"));
    if (abi)
        g_ptr_array_add(parts, g_strdup_printf("Landlock %u", abi));
    if (parts->len == 0)
        g_ptr_array_add(parts, g_strdup(_("none: this kernel has neither of the two kinds")));
    if (n2_dict_bool(fence, "relaxed"))
        g_ptr_array_add(parts, g_strdup(_("relaxed, in this build for tests")));
    g_ptr_array_add(parts, NULL);
    return g_strjoinv(", ", (char **)parts->pdata);
}

/* How the node's processes are fenced in: once if all are alike, else one after the other. */
static char *
format_sandbox(GVariant *status)
{
    g_autoptr(GVariant) fences = n2_dict_dup(status, "sandbox", "aa{sv}");
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) all = g_string_new(NULL);
    gboolean are_alike = TRUE;

    for (gsize i = 0; fences && i < g_variant_n_children(fences); i++) {
        g_autoptr(GVariant) fence = g_variant_get_child_value(fences, i);
        const char *process = n2_dict_string(fence, "process");
        char *text = format_fence(fence);
        g_ptr_array_add(texts, text);
        are_alike = are_alike && g_str_equal(text, texts->pdata[0]);
        g_string_append_printf(all, "%s%s: %s", i ? "; " : "", process ? process : "", text);
    }
    if (texts->len && are_alike)
        return g_strdup(texts->pdata[0]);
    return g_strdup(all->str);
}

/* "AES-256-GCM by ipsec-mb, ...": which library does what. */
static char *
format_crypto(GVariant *status)
{
    g_autoptr(GVariant) table = n2_dict_dup(status, "crypto", "aa{sv}");
    g_autoptr(GString) all = g_string_new(NULL);

    for (gsize i = 0; table && i < g_variant_n_children(table); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(table, i);
        const char *what = n2_dict_string(row, "what"), *by = n2_dict_string(row, "by");
        if (!what || !by)
            continue;
        g_string_append(all, all->len ? ", " : "");
        /* Translators: a cipher or hash, and the library that does it. */
        g_string_append_printf(all, _("%s by %s"), what, by);
    }
    return g_string_free(g_steal_pointer(&all), FALSE);
}

/* Does it take part in finding who has what? */
static char *
format_dht(GVariant *status)
{
    const char *state = n2_dict_string(status, "dht");
    guint n = (guint)n2_dict_uint(status, "dht_nodes");

    if (g_strcmp0(state, "joined") != 0)
        return g_strdup(g_strcmp0(state, "alone") ? _("off") : _("no other node is known"));
    /* Translators: "DHT: 11 nodes known, 12 announcements kept for others". */
    return g_strdup_printf(ngettext("%u node known, %u announcements kept for others",
                                    "%u nodes known, %u announcements kept for others", n),
                           n, (guint)n2_dict_uint(status, "dht_kept"));
}

static void
print_status(const N2Cli *cli, GVariant *status, gboolean is_verbose)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    const char *version = n2_dict_string(status, "version");
    const char *identity = n2_dict_string(status, "identity");
    g_autofree char *uptime = format_uptime(n2_dict_uint(status, "uptime_s"));
    g_autofree char *node = g_strdup_printf(_("net2o %s, up for %s"), version, uptime);
    g_autofree char *listeners = join(status, "listeners");
    g_autofree char *size = g_format_size(n2_dict_uint(status, "size"));
    guint objects = (guint)n2_dict_uint(status, "objects");
    g_autofree char *store =
        g_strdup_printf(ngettext("%u file, %s", "%u files, %s", objects), objects, size);
    g_autofree char *sandbox = format_sandbox(status);
    g_autofree char *crypto = format_crypto(status);
    g_autofree char *bits =
        g_strdup_printf(_("labels of %u bits"), (guint)n2_dict_uint(status, "bits"));
    g_autoptr(GVariant) connections = n2_dict_dup(status, "connections", "aa{sv}");
    guint n = connections ? (guint)g_variant_n_children(connections) : 0;
    g_autofree char *busy = g_strdup_printf(ngettext("%u connection", "%u connections", n), n);

    g_autofree char *dht = format_dht(status);
    gboolean has_users = g_strcmp0(n2_dict_string(status, "mode"), "switch") != 0;

    g_ptr_array_add(rows, n2_cli_row(_("Node"), node, NULL));
    if (has_users)
        g_ptr_array_add(rows,
                        n2_cli_row(_("Identity"), identity ? identity : _("none yet"), NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Listening"), listeners, NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Switch"), bits, NULL));
    if (has_users) {
        g_ptr_array_add(rows, n2_cli_row(_("DHT"), dht, NULL));
        g_ptr_array_add(rows, n2_cli_row(_("Busy with"), busy, NULL));
        g_ptr_array_add(rows, n2_cli_row(_("Store"), store, NULL));
    }
    if (*sandbox)
        g_ptr_array_add(rows, n2_cli_row(_("Sandbox"), sandbox, NULL));
    if (is_verbose && *crypto)
        g_ptr_array_add(rows, n2_cli_row(_("Ciphers"), crypto, NULL));
    n2_cli_print_columns(rows, 0);
    print_links(cli, status);
    n2_cli_print_limits(cli, status, is_verbose);
}

gboolean
n2_cli_status(N2Cli *cli, int argc, char **argv, GError **error)
{
    gboolean is_verbose = FALSE;
    const GOptionEntry entries[] = {
        {"verbose", 0, 0, G_OPTION_ARG_NONE, &is_verbose, NULL, NULL}, G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error))
        return FALSE;
    if (argc > 1 && g_str_equal(argv[1], "switch"))
        return n2_cli_status_switch(cli, error);
    if (argc > 1)
        return n2_cli_usage("status", argv[1], N_("this is not how it is used"), error);
    n2_client_status_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) status = n2_cli_finish(cli, error);
    if (!status)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(status);
    else
        print_status(cli, status, is_verbose);
    return TRUE;
}
