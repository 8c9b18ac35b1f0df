/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-reserve.c - net2o reserve: bandwidth on the way to somebody.
 */
#include <glib/gi18n.h>

#include "cli/cli.h"
#include "client/rate.h"

static const char *
word_of(GVariant *dict, const char *key)
{
    const char *word = n2_dict_string(dict, key);

    return word ? word : "";
}

/* "4M", "500k" or plain bits a second; FALSE: it is none. */
static gboolean
parse_rate(const char *word, guint64 *bps)
{
    char *end = NULL;

    if (!g_ascii_isdigit(*word))
        return FALSE;
    guint64 n = g_ascii_strtoull(word, &end, 10);
    guint64 unit = *end == 'k' || *end == 'K' ? 1000
                   : *end == 'M'              ? 1000000
                   : *end == 'G'              ? 1000000000
                                              : 1;

    if (unit != 1)
        end++;
    if (*end || !n || n > UINT64_C(4000000000000) / unit)
        return FALSE;
    *bps = n * unit;
    return TRUE;
}

/* Which switch says no, and why: whole sentences, as each language orders them in its way. */
static char *
why_refused(const char *reason, guint hop)
{
    if (g_str_equal(reason, "rate"))
        return g_strdup_printf(_("switch %u on the way has not so much left to give"), hop);
    if (g_str_equal(reason, "share"))
        return g_strdup_printf(_("switch %u on the way gives no more to one neighbour"), hop);
    if (g_str_equal(reason, "table"))
        return g_strdup_printf(_("switch %u on the way keeps as many reservations as it can"),
                               hop);
    if (g_str_equal(reason, "cut"))
        return g_strdup_printf(
            _("switch %u on the way cut it off: far more was sent than was reserved"), hop);
    if (g_str_equal(reason, "down"))
        return g_strdup_printf(_("switch %u on the way has lost the line"), hop);
    return g_strdup_printf(_("switch %u on the way refuses it"), hop);
}

static gboolean
refused(GVariant *row, const char *who, GError **error)
{
    guint64 offer = n2_dict_uint(row, "offer_bps");
    g_autofree char *rate = n2_rate_dup_words(offer);
    g_autofree char *why = why_refused(word_of(row, "reason"), (guint)n2_dict_uint(row, "hop"));
    g_autofree char *next = offer ? g_strdup_printf(_("Ask for %s at most."), rate)
                                  : g_strdup(_("Try again in half a minute."));

    n2_error_set(error, N2_ERR_REFUSED, who, why, next);
    return FALSE;
}

static const char *
say_state(const char *state)
{
    return g_str_equal(state, "kept")      ? _("kept")
           : g_str_equal(state, "asking")  ? _("asked for")
           : g_str_equal(state, "refused") ? _("refused")
                                           : _("lost");
}

static void
add_row(GPtrArray *rows, GVariant *row)
{
    g_autofree char *number =
        g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(row, "number"));
    g_autofree char *rate = n2_rate_dup_words(n2_dict_uint(row, "rate_bps"));
    guint n = (guint)n2_dict_uint(row, "switches"), unsure = (guint)n2_dict_uint(row, "unsure");
    g_autofree char *where =
        n ? g_strdup_printf(ngettext("by %u switch", "by %u switches", n), n) : g_strdup("");
    g_autofree char *doubt =
        unsure ? g_strdup_printf(ngettext("%u does not know what its line carries",
                                          "%u do not know what their lines carry", unsure),
                                 unsure)
               : g_strdup("");
    const char *name = word_of(row, "name");
    gboolean is_urgent = g_str_equal(word_of(row, "class"), "urgent");

    g_ptr_array_add(rows, n2_cli_row(number, rate, say_state(word_of(row, "state")), where,
                                     *name ? name : word_of(row, "identity"),
                                     is_urgent ? _("urgent") : "", doubt, NULL));
}

static void
print_rows(GVariant *answer)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    if (g_variant_is_of_type(answer, G_VARIANT_TYPE_VARDICT))
        add_row(rows, answer);
    else
        for (gsize i = 0; i < g_variant_n_children(answer); i++) {
            g_autoptr(GVariant) row = g_variant_get_child_value(answer, i);
            add_row(rows, row);
        }
    n2_cli_print_columns(rows, 0);
}

static gboolean
print(N2Cli *cli, GVariant *answer)
{
    if (cli->is_json)
        n2_cli_print_json(answer);
    else
        print_rows(answer);
    return TRUE;
}

/* What the node says of all its calls, in the words of this one. */
static gboolean
failed(const char *what, gboolean is_number, GError *cause, GError **error)
{
    n2_err code = n2_error_code(cause);
    if (code == N2_ERR_USAGE) {
        n2_error_set(error, code, what, _("it is no name, or that of this node itself"),
                     _("Check the spelling."));
    } else if (code == N2_ERR_LIMIT) {
        n2_error_set(error, code, what, _("this node has as many reservations as it can"),
                     _("Give one back with 'net2o reserve release'."));
    } else if (code == N2_ERR_EXISTS) {
        n2_error_set(error, code, what, _("one of another name or class goes by the same way"),
                     _("Give that back first; 'net2o reserve' lists it."));
    } else if (code == N2_ERR_NOTFOUND && is_number) {
        n2_error_set(error, code, what, _("no reservation has this number"),
                     _("See them with 'net2o reserve'."));
    } else {
        g_propagate_error(error, cause);
        return FALSE;
    }
    g_error_free(cause);
    return FALSE;
}

static gboolean
release(N2Cli *cli, const char *word, GError **error)
{
    char *end = NULL;
    guint64 number = g_ascii_strtoull(word, &end, 10);

    if (!number || *end)
        return n2_cli_usage("reserve", word, N_("this is not the number of a reservation"),
                            error);
    GError *cause = NULL;
    n2_client_reserve_release_async(cli->client, number, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, &cause);
    if (!answer)
        return failed(word, TRUE, cause, error);
    if (cli->is_json)
        n2_cli_print_json_words("removed", word, NULL);
    return TRUE;
}

gboolean
n2_cli_reserve(N2Cli *cli, int argc, char **argv, GError **error)
{
    gboolean is_urgent = FALSE;
    guint64 bps = 0;
    const GOptionEntry entries[] = {{"urgent", 0, 0, G_OPTION_ARG_NONE, &is_urgent, NULL, NULL},
                                    G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 2, error))
        return FALSE;
    if (argc == 3 && g_str_equal(argv[1], "release"))
        return release(cli, argv[2], error);
    if (argc == 2 || (argc == 1 && is_urgent))
        return n2_cli_usage("reserve", argv[argc - 1], N_("this is not how it is used"), error);
    if (argc == 3 && !parse_rate(argv[2], &bps))
        return n2_cli_usage("reserve", argv[2], N_("this is not a rate, such as 4M"), error);
    if (argc == 1)
        n2_client_reserve_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    else
        n2_client_reserve_async(cli->client, argv[1], bps, is_urgent ? "urgent" : NULL,
                                cli->cancellable, n2_cli_done_cb, cli);
    GError *cause = NULL;
    g_autoptr(GVariant) answer = n2_cli_finish(cli, &cause);
    if (!answer)
        return argc == 3 ? failed(argv[1], FALSE, cause, error)
                         : (g_propagate_error(error, cause), FALSE);
    if (argc == 3 && !g_str_equal(word_of(answer, "state"), "kept"))
        return refused(answer, argv[1], error);
    return print(cli, answer);
}
