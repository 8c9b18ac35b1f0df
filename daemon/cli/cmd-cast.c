/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-cast.c - net2o switch tree, net2o switch channel: what this node sends to many, and what
 *              it follows; which channels may pass a port.
 */
#include <glib/gi18n.h>

#include "cli/cli.h"

static const char *
word_of(GVariant *dict, const char *key)
{
    const char *word = n2_dict_string(dict, key);

    return word ? word : "";
}

/* ---- words for people ---- */

static gboolean
is_source(GVariant *row)
{
    return g_str_equal(word_of(row, "role"), "source");
}

/* Why it comes by unicast (transfer full). */
static char *
say_alone(GVariant *row)
{
    guint hop = (guint)n2_dict_uint(row, "hop");

    if (hop)
        return g_strdup_printf(_("by unicast: switch %u on the way has no room in the tree"),
                               hop);
    return g_strdup(_("by unicast: the tree does not answer"));
}

/* (transfer full) */
static char *
say_state(GVariant *row)
{
    const char *state = word_of(row, "state");
    guint port = (guint)n2_dict_uint(row, "port");

    if (g_str_equal(state, "open") && port)
        return g_strdup_printf(_("open, comes by port %u"), port);
    if (g_str_equal(state, "open"))
        return g_strdup(_("open, comes from here"));
    if (g_str_equal(state, "blocked"))
        return g_strdup_printf(_("stopped: it may not pass port %u"), port);
    if (g_str_equal(state, "joined"))
        return g_strdup(_("joined"));
    if (g_str_equal(state, "alone"))
        return say_alone(row);
    if (g_str_equal(state, "refused"))
        return g_strdup(_("refused, asked for again"));
    return g_str_equal(state, "asking") ? g_strdup(_("asked for"))
                                        : g_strdup(_("lost, asked for again"));
}

/* "1193046", "256-511", a tree's digits (transfer full). */
static char *
format_number(GVariant *row)
{
    const char *number = word_of(row, "number");

    if (!n2_dict_bool(row, "block"))
        return g_strdup(number);
    return g_strdup_printf("%s-%" G_GUINT64_FORMAT, number,
                           g_ascii_strtoull(number, NULL, 10) + 255);
}

static void
add_row(GPtrArray *rows, GVariant *row)
{
    gboolean is_tree = g_str_equal(word_of(row, "kind"), "tree");
    gulong n = (gulong)n2_dict_uint(row, "packets");
    g_autofree char *number = format_number(row);
    g_autofree char *state = say_state(row);
    g_autofree char *packets = g_strdup_printf(ngettext("%lu packet", "%lu packets", n), n);
    const char *name = word_of(row, "name");

    g_ptr_array_add(rows, n2_cli_row(is_tree ? _("Tree") : _("Channel"), number, state, packets,
                                     *name ? name : word_of(row, "identity"), NULL));
}

/* One row, or those of @kind in a list. */
static void
print_rows(GVariant *answer, const char *kind)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    if (g_variant_is_of_type(answer, G_VARIANT_TYPE_VARDICT)) {
        add_row(rows, answer);
    } else {
        for (gsize i = 0; i < g_variant_n_children(answer); i++) {
            g_autoptr(GVariant) row = g_variant_get_child_value(answer, i);
            if (g_str_equal(word_of(row, "kind"), kind))
                add_row(rows, row);
        }
    }
    n2_cli_print_columns(rows, 0);
}

/* The same as JSON; a list has those of @kind alone, too. */
static void
print_json(GVariant *answer, const char *kind)
{
    if (g_variant_is_of_type(answer, G_VARIANT_TYPE_VARDICT)) {
        n2_cli_print_json(answer);
        return;
    }
    for (gsize i = 0; i < g_variant_n_children(answer); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(answer, i);
        if (g_str_equal(word_of(row, "kind"), kind))
            n2_cli_print_json(row);
    }
}

/* ---- refusals ---- */

/* Which switch says no, and why: whole sentences, as each language orders them in its way. */
static gboolean
refused(GVariant *row, GError **error)
{
    const char *reason = word_of(row, "reason");
    guint hop = (guint)n2_dict_uint(row, "hop");
    g_autofree char *why = NULL;
    const char *next = _("Ask who runs that switch.");
    n2_err code = N2_ERR_REFUSED;

    if (g_str_equal(reason, "full")) {
        why = hop ? g_strdup_printf(_("switch %u on the way has no room for one more"), hop)
                  : g_strdup(_("its source sends to no more by unicast"));
        next = _("Try again later.");
        code = N2_ERR_LIMIT;
    } else if (g_str_equal(reason, "none")) {
        why = g_strdup(_("its source has none of this number"));
        next = _("Ask its owner for the number.");
        code = N2_ERR_NOTFOUND;
    } else if (g_str_equal(reason, "domain")) {
        why = g_strdup_printf(_("switch %u on the way does not let this channel pass"), hop);
    } else if (g_str_equal(reason, "other")) {
        why = g_strdup_printf(_("at switch %u on the way it comes by another line"), hop);
    } else {
        why = g_strdup(_("nobody on the way answers"));
        next = _("See with 'net2o path' which hop is gone.");
        code = N2_ERR_TIMEOUT;
    }
    n2_error_set(error, code, word_of(row, "number"), why, next);
    return FALSE;
}

/* ---- orders ---- */

static gboolean
finish_row(N2Cli *cli, const char *kind, GError **error)
{
    g_autoptr(GVariant) row = n2_cli_finish(cli, error);

    if (!row)
        return FALSE;
    if (!is_source(row) && !g_str_equal(word_of(row, "state"), "joined") &&
        !g_str_equal(word_of(row, "state"), "alone"))
        return refused(row, error);
    if (cli->is_json)
        print_json(row, kind);
    else
        print_rows(row, kind);
    return TRUE;
}

static gboolean
finish_order(N2Cli *cli, const char *key, const char *value, GError **error)
{
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);

    if (answer && cli->is_json)
        n2_cli_print_json_words(key, value, NULL);
    return answer != NULL;
}

static gboolean
parse_number(const char *word, guint64 max, guint64 *number)
{
    return g_ascii_string_to_unsigned(word, 10, 1, max, number, NULL);
}

static gboolean
list(N2Cli *cli, const char *kind, GError **error)
{
    n2_client_cast_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) rows = n2_cli_finish(cli, error);

    if (!rows)
        return FALSE;
    if (cli->is_json)
        print_json(rows, kind);
    else
        print_rows(rows, kind);
    return TRUE;
}

static gboolean
wrong(char **words, GError **error)
{
    return n2_cli_usage("switch", words[0] ? words[0] : "switch",
                        N_("this is not how it is used"), error);
}

/* The orders that trees and channels share; @words: the first is one of them. */
static gboolean
run_cast(N2Cli *cli, const char *kind, char **words, GError **error)
{
    gboolean is_tree = g_str_equal(kind, "tree");
    guint n = g_strv_length(words);
    guint64 number = 0;

    if (!n || (n == 1 && g_str_equal(words[0], "list")))
        return list(cli, kind, error);
    if (g_str_equal(words[0], "open") && (n == 2 || (is_tree ? n == 1 : n == 3))) {
        if (n == 3 && !parse_number(words[2], G_MAXUINT16, &number))
            return n2_cli_usage("switch", words[2], N_("this is not the number of a port"),
                                error);
        n2_client_cast_open_async(cli->client, kind, n == 1 ? "" : words[1], number,
                                  cli->cancellable, n2_cli_done_cb, cli);
        return finish_row(cli, kind, error);
    }
    if (g_str_equal(words[0], "join") && (n == 3 || (!is_tree && n == 2))) {
        n2_client_cast_join_async(cli->client, n == 3 ? words[2] : "", kind, words[1],
                                  cli->cancellable, n2_cli_done_cb, cli);
        return finish_row(cli, kind, error);
    }
    if (g_str_equal(words[0], "probe") && (n == 2 || n == 3)) {
        number = 1;
        if (n == 3 && !parse_number(words[2], 64, &number))
            return n2_cli_usage("switch", words[2], N_("this is not a number from 1 to 64"),
                                error);
        n2_client_cast_probe_async(cli->client, kind, words[1], number, cli->cancellable,
                                   n2_cli_done_cb, cli);
        return finish_row(cli, kind, error);
    }
    if (n != 2 || (!g_str_equal(words[0], "close") && !g_str_equal(words[0], "leave")))
        return wrong(words, error);
    if (g_str_equal(words[0], "close"))
        n2_client_cast_close_async(cli->client, kind, words[1], cli->cancellable,
                                   n2_cli_done_cb, cli);
    else
        n2_client_cast_leave_async(cli->client, kind, words[1], cli->cancellable,
                                   n2_cli_done_cb, cli);
    return finish_order(cli, "removed", words[1], error);
}

/* ---- domains ---- */

static void
print_domains(GVariant *domains)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(domains); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(domains, i);
        guint64 first = n2_dict_uint(row, "first"), last = n2_dict_uint(row, "last");
        g_autofree char *port = g_strdup_printf(_("port %u"), (guint)n2_dict_uint(row, "port"));
        g_autofree char *channels =
            first == last
                ? g_strdup_printf("%" G_GUINT64_FORMAT, first)
                : g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, first, last);

        g_ptr_array_add(rows, n2_cli_row(port,
                                         g_str_equal(word_of(row, "what"), "take")
                                             ? _("may come from there")
                                             : _("does not pass"),
                                         channels, NULL));
    }
    n2_cli_print_columns(rows, 0);
}

static gboolean
set_domain(N2Cli *cli, char **words, GError **error)
{
    gboolean is_none = g_str_equal(words[2], "none");
    guint64 port = 0;

    if (!parse_number(words[1], G_MAXUINT16, &port))
        return n2_cli_usage("switch", words[1], N_("this is not the number of a port"), error);
    n2_client_domain_set_async(cli->client, port, words[0], is_none ? "" : words[2],
                               cli->cancellable, n2_cli_done_cb, cli);
    return finish_order(cli, words[0], words[2], error);
}

gboolean
n2_cli_switch_tree(N2Cli *cli, char **words, GError **error)
{
    return run_cast(cli, "tree", words, error);
}

gboolean
n2_cli_switch_channel(N2Cli *cli, char **words, GError **error)
{
    guint n = g_strv_length(words);

    if (n == 3 && (g_str_equal(words[0], "take") || g_str_equal(words[0], "block")))
        return set_domain(cli, words, error);
    if (n != 1 || !g_str_equal(words[0], "ports"))
        return run_cast(cli, "channel", words, error);
    n2_client_domain_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) rows = n2_cli_finish(cli, error);
    if (!rows)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(rows);
    else
        print_domains(rows);
    return TRUE;
}
