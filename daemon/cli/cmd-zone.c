/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-zone.c - net2o name register, renew, change, revoke, transfer: what is asked of a zone;
 *              net2o name zone: zones that are kept here.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/orders.h"
#include "cli/zone.h"
#include "client/zones.h"

enum {
    IMPORT_NAMES = 500, /* in one call */
    IMPORT_TRIES = 40,
    IMPORT_WAIT_US = 500 * 1000
};

void
n2_cli_name_options_clear(N2CliNameOptions *o)
{
    g_clear_pointer(&o->as, g_free);
    g_clear_pointer(&o->below, g_free);
    g_clear_pointer(&o->after, g_free);
    g_clear_pointer(&o->servers, g_strfreev);
    g_clear_pointer(&o->hosts, g_strfreev);
}

static const char *
text_of(GVariant *dict, const char *key)
{
    const char *text = "";

    (void)g_variant_lookup(dict, key, "&s", &text);
    return text;
}

static gint64
number_of(GVariant *dict, const char *key)
{
    gint64 number = 0;

    (void)g_variant_lookup(dict, key, "x", &number);
    return number;
}

static gboolean
is(GVariant *dict, const char *key)
{
    gboolean value = FALSE;

    return g_variant_lookup(dict, key, "b", &value) && value;
}

/* ---- requests ---- */

gboolean
n2_cli_name_is_request(const char *verb)
{
    static const char *const verbs[] = {"register", "renew",    "change",
                                        "revoke",   "transfer", NULL};

    return g_strv_contains(verbs, verb);
}

static void
add_lists(GVariantDict *dict, const N2CliNameOptions *o)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();

    for (char **host = o->hosts; host && *host; host++) {
        g_autofree char *word = g_strconcat("mail=", *host, NULL);
        g_strv_builder_add(words, word);
    }
    for (char **server = o->servers; server && *server; server++) {
        g_autofree char *word = g_strconcat("server=", *server, NULL);
        g_strv_builder_add(words, word);
    }
    g_auto(GStrv) all = g_strv_builder_end(words);
    if (*all)
        g_variant_dict_insert(dict, "lists", "^as", all);
}

static GVariant *
request_options(const N2CliNameOptions *o, const char *to)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    if (o->as)
        g_variant_dict_insert(&dict, "as", "s", o->as);
    if (o->days)
        g_variant_dict_insert(&dict, "days", "x", (gint64)o->days);
    if (o->below)
        g_variant_dict_insert(&dict, "below", "s", o->below);
    if (o->after)
        g_variant_dict_insert(&dict, "after", "s", o->after);
    if (to)
        g_variant_dict_insert(&dict, "to", "s", to);
    add_lists(&dict, o);
    return g_variant_dict_end(&dict);
}

static void
print_granted(GVariant *answer)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    const char *below = text_of(answer, "below");
    g_autofree char *until = n2_cli_format_time(number_of(answer, "until"));

    g_ptr_array_add(rows, n2_cli_row(_("Name"), text_of(answer, "name"), NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Identity"), text_of(answer, "identity"), NULL));
    if (*below)
        g_ptr_array_add(rows, n2_cli_row(_("Below it"), below, NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Until"), until, NULL));
    g_ptr_array_add(rows,
                    n2_cli_row(_("Note"), _("others see it in 10 seconds at most"), NULL));
    n2_cli_print_columns(rows, 0);
}

gboolean
n2_cli_name_request(N2Cli *cli, char **words, const N2CliNameOptions *o, GError **error)
{
    gboolean is_transfer = g_str_equal(words[0], "transfer");
    gboolean has_lists = g_str_equal(words[0], "register") || g_str_equal(words[0], "change");
    gboolean has_days = g_str_equal(words[0], "register") || g_str_equal(words[0], "renew");
    const char *name = words[1], *to = name ? words[2] : NULL;

    if (!name || is_transfer != (to != NULL) || (to && words[3]) || o->is_closed ||
        (!has_lists && (o->below || o->servers || o->hosts)) ||
        (!has_days && (o->days || o->after)))
        return n2_cli_usage("name", words[0], N_("this is not how it is used"), error);
    if (!n2_cli_check_name(name, error))
        return FALSE;
    n2_client_name_ask_async(cli->client, words[0], name, request_options(o, to),
                             cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(answer);
    else
        print_granted(answer);
    return TRUE;
}

/* ---- zones ---- */

static char *
dup_suffixes(GVariant *zone)
{
    g_autoptr(GVariant) list =
        g_variant_lookup_value(zone, "suffixes", G_VARIANT_TYPE("aa{sv}"));
    GString *text = g_string_new(NULL);

    for (gsize i = 0; list && i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(list, i);

        g_string_append_printf(text, "%s%s", i ? " " : "", text_of(row, "suffix"));
    }
    return g_string_free(text, FALSE);
}

static void
print_zones(GVariant *zones)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(zones); i++) {
        g_autoptr(GVariant) zone = g_variant_get_child_value(zones, i);
        gulong n = (gulong)number_of(zone, "count");
        g_autofree char *names = g_strdup_printf(ngettext("%lu name", "%lu names", n), n);
        g_autofree char *serial =
            g_strdup_printf("%" G_GINT64_FORMAT, number_of(zone, "serial"));
        /* TRANSLATORS: the number of the state that a zone is in. */
        g_autofree char *state = g_strdup_printf(_("state %s"), serial);
        g_autofree char *suffixes = dup_suffixes(zone);

        g_ptr_array_add(rows, n2_cli_row(*suffixes ? suffixes : "-", text_of(zone, "zone"),
                                         names, state,
                                         is(zone, "follows")  ? _("follows its own node")
                                         : is(zone, "closed") ? _("closed")
                                                              : "",
                                         NULL));
    }
    n2_cli_print_columns(rows, 0);
}

static gboolean
list(N2Cli *cli, GError **error)
{
    n2_client_zone_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) zones = n2_cli_finish(cli, error);
    if (!zones)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(zones);
    else
        print_zones(zones);
    return TRUE;
}

/* One page of its names. */
static GVariant *
page(N2Cli *cli, const char *zone, gint64 skip, GError **error)
{
    n2_client_zone_show_async(cli->client, zone, skip, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    return answer ? g_variant_lookup_value(answer, "names", G_VARIANT_TYPE("aa{sv}")) : NULL;
}

static gboolean
show(N2Cli *cli, const char *zone, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    gsize n = 0, skip = 0;

    do {
        g_autoptr(GVariant) names = page(cli, zone, (gint64)skip, error);
        if (!names)
            return FALSE;
        n = g_variant_n_children(names);
        for (gsize i = 0; i < n; i++) {
            g_autoptr(GVariant) name = g_variant_get_child_value(names, i);
            g_autofree char *until = n2_cli_format_time(number_of(name, "until"));

            if (cli->is_json)
                n2_cli_print_json(name);
            else
                g_ptr_array_add(rows,
                                n2_cli_row(text_of(name, "label"), text_of(name, "identity"),
                                           text_of(name, "zone"), until, NULL));
        }
        skip += n;
    } while (n);
    n2_cli_print_columns(rows, 0);
    return TRUE;
}

static gboolean export(N2Cli *cli, const char *zone, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    gsize n = 0, skip = 0;

    n2_client_zone_show_async(cli->client, zone, 0, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    n2_cli_zone_write_head(text, text_of(answer, "zone"));
    do {
        g_autoptr(GVariant) names = page(cli, zone, (gint64)skip, error);
        if (!names)
            return FALSE;
        n = g_variant_n_children(names);
        for (gsize i = 0; i < n; i++) {
            g_autoptr(GVariant) name = g_variant_get_child_value(names, i);

            if (!n2_cli_zone_write_name(text, name, error))
                return FALSE;
        }
        skip += n;
    } while (n);
    fputs(text->str, stdout);
    return TRUE;
}

/* A zone takes so many names before its next state; then it is waited for. */
static gboolean
import_some(N2Cli *cli, const char *zone, const char *const *names, GError **error)
{
    for (guint i = 0;; i++) {
        g_autoptr(GError) cause = NULL;

        n2_client_zone_import_async(cli->client, zone, names, cli->cancellable, n2_cli_done_cb,
                                    cli);
        g_autoptr(GVariant) answer = n2_cli_finish(cli, &cause);
        if (answer)
            return TRUE;
        if (i == IMPORT_TRIES || n2_error_code(cause) != N2_ERR_BUSY) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return FALSE;
        }
        g_usleep(IMPORT_WAIT_US);
    }
}

static gboolean
import(N2Cli *cli, const char *zone, const char *file, GError **error)
{
    g_autofree char *of = NULL;
    g_auto(GStrv) names = NULL;
    g_autoptr(GBytes) text = n2_cli_read_any(file, N2_ZONE_FILE_BYTES_MAX, error);

    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    if (!text || !n2_cli_zone_read(text, &of, &names, error))
        return FALSE;
    if (of && g_str_has_prefix(zone, "k1-") && !g_str_equal(of, zone)) {
        n2_error_set(error, N2_ERR_USAGE, file, N_("this file is of another zone"),
                     N_("Compare its line 'zone'."));
        return FALSE;
    }
    gsize n = g_strv_length(names);
    for (gsize i = 0; i < n; i += IMPORT_NAMES) {
        gsize here = MIN(n - i, (gsize)IMPORT_NAMES);
        g_autofree const char **some = g_new0(const char *, here + 1);

        for (gsize k = 0; k < here; k++)
            some[k] = names[i + k];
        if (!import_some(cli, zone, some, error))
            return FALSE;
    }
    if (cli->is_json) {
        g_autofree char *count = g_strdup_printf("%zu", n);
        n2_cli_print_json_words("zone", zone, "names", count, NULL);
    }
    return TRUE;
}

static gboolean
new_zone(N2Cli *cli, const char *suffix, const N2CliNameOptions *o, GError **error)
{
    GVariantDict dict;

    if (!g_str_equal(suffix, ".") && !n2_cli_check_name(suffix, error))
        return FALSE;
    g_variant_dict_init(&dict, NULL);
    if (o->as)
        g_variant_dict_insert(&dict, "as", "s", o->as);
    if (o->is_closed)
        g_variant_dict_insert(&dict, "closed", "b", TRUE);
    n2_client_zone_new_async(cli->client, suffix, g_variant_dict_end(&dict), cli->cancellable,
                             n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(answer);
    else
        printf("%s  %s\n", text_of(answer, "suffix"), text_of(answer, "zone"));
    return TRUE;
}

static gboolean
follow(N2Cli *cli, const char *zone, gboolean is_end, GError **error)
{
    if (is_end)
        n2_client_zone_unfollow_async(cli->client, zone, cli->cancellable, n2_cli_done_cb, cli);
    else
        n2_client_zone_follow_async(cli->client, zone, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(answer);
    return TRUE;
}

gboolean
n2_cli_name_zone(N2Cli *cli, char **words, const N2CliNameOptions *o, GError **error)
{
    const char *verb = words[0], *zone = words[1], *more = zone ? words[2] : NULL;
    gboolean is_new = g_str_equal(verb, "new");

    if ((!is_new && (o->as || o->is_closed)) || o->days || o->below || o->servers || o->hosts ||
        o->after || (more && words[3]))
        return n2_cli_usage("name", "zone", N_("this is not how it is used"), error);
    if (g_str_equal(verb, "list") && !zone)
        return list(cli, error);
    if (is_new && zone && !more)
        return new_zone(cli, zone, o, error);
    if (g_str_equal(verb, "show") && zone && !more)
        return show(cli, zone, error);
    if (g_str_equal(verb, "follow") && zone && !more)
        return follow(cli, zone, FALSE, error);
    if (g_str_equal(verb, "unfollow") && zone && !more)
        return follow(cli, zone, TRUE, error);
    if (g_str_equal(verb, "export") && zone && !more)
        return export(cli, zone, error);
    if (g_str_equal(verb, "import") && more)
        return import(cli, zone, more, error);
    return n2_cli_usage("name", "zone", N_("this is not how it is used"), error);
}
