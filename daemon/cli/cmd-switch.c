/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-switch.c - net2o switch: virtual labels and the filter of the node's switch; its trees
 *                and channels are in cmd-cast.c.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"

static GPtrArray *
new_rows(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
}

/* (transfer full): empty if the row has no such number. */
static char *
format_cell(GVariant *row, const char *key)
{
    g_autoptr(GVariant) cell = n2_dict_dup(row, key, "x");

    return cell ? g_strdup_printf("%" G_GINT64_FORMAT, g_variant_get_int64(cell))
                : g_strdup("");
}

/* Waits for the call that was started.  A list is printed by @print, or as JSON. */
static gboolean
finish_list(N2Cli *cli, void (*print)(GVariant *rows), GError **error)
{
    g_autoptr(GVariant) rows = n2_cli_finish(cli, error);

    if (!rows)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(rows);
    else
        print(rows);
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

/* ---- labels ---- */

static const char *
say_label_state(GVariant *row)
{
    g_autoptr(GVariant) up = n2_dict_dup(row, "up", "b");

    return !up ? "" : g_variant_get_boolean(up) ? _("up") : _("down");
}

static void
print_labels(GVariant *labels)
{
    g_autoptr(GPtrArray) rows = new_rows();
    gsize n = g_variant_n_children(labels);

    if (n)
        g_ptr_array_add(rows, n2_cli_row(_("Label"), _("Line"), _("Packets"), _("Answers"),
                                         _("Refused"), NULL));
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) label = g_variant_get_child_value(labels, i);
        const char *text = n2_dict_string(label, "label");
        g_autofree char *packets = format_cell(label, "packets");
        g_autofree char *answers = format_cell(label, "answers");
        g_autofree char *refused = format_cell(label, "refused");

        g_ptr_array_add(rows, n2_cli_row(text ? text : "", say_label_state(label), packets,
                                         answers, refused, NULL));
    }
    n2_cli_print_columns(rows, 3);
}

static gboolean
run_label(N2Cli *cli, char **words, GError **error)
{
    g_autofree char *order = NULL;

    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    if (!*words || (g_str_equal(*words, "list") && !words[1])) {
        n2_client_label_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
        return finish_list(cli, print_labels, error);
    }
    if (g_str_equal(*words, "set") && words[1] && words[2]) {
        order = g_strjoinv(" ", words + 1);
    } else if (g_str_equal(*words, "unset") && words[1] && !words[2]) {
        order = g_strdup_printf("forget %s", words[1]);
    } else if ((g_str_equal(*words, "hide") || g_str_equal(*words, "show")) && words[1] &&
               !words[2]) {
        order = g_strdup_printf("%s %s", words[0], words[1]);
    } else {
        return n2_cli_usage("switch label", *words, N_("this is not how it is used"), error);
    }
    n2_client_label_set_async(cli->client, order, cli->cancellable, n2_cli_done_cb, cli);
    return finish_order(cli, "label", order, error);
}

/* ---- filter ---- */

static void
print_rules(GVariant *rules)
{
    g_autoptr(GPtrArray) rows = new_rows();
    gsize n = g_variant_n_children(rules);

    if (n)
        g_ptr_array_add(rows, n2_cli_row(_("Rule"), _("Packets"), _("Bytes"), NULL));
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) rule = g_variant_get_child_value(rules, i);
        const char *text = n2_dict_string(rule, "rule");
        g_autofree char *packets = format_cell(rule, "packets");
        g_autofree char *bytes = format_cell(rule, "bytes");

        g_ptr_array_add(rows,
                        n2_cli_row(text ? text : _("(all others)"), packets, bytes, NULL));
    }
    n2_cli_print_columns(rows, 2);
}

/* All of @file, or with "-" of stdin (transfer full). */
static char *
read_rules(const char *file, GError **error)
{
    const char *from = g_str_equal(file, "-") ? "/dev/stdin" : file;
    g_autoptr(GError) cause = NULL;
    g_autofree char *text = NULL;
    gsize len = 0;

    if (!g_file_get_contents(from, &text, &len, &cause)) {
        gboolean is_absent = g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT);

        n2_error_set(error, is_absent ? N2_ERR_NOTFOUND : N2_ERR_IO, file,
                     is_absent ? N_("there is no such file") : cause->message,
                     is_absent ? N_("Give a file of rules, or - for standard input.") : NULL);
        return NULL;
    }
    if (!g_utf8_validate_len(text, len, NULL)) { /* nor has it a NUL in it */
        n2_error_set(error, N2_ERR_USAGE, file, N_("this is no text"), NULL);
        return NULL;
    }
    return g_steal_pointer(&text);
}

static gboolean
run_filter(N2Cli *cli, char **words, GError **error)
{
    gboolean is_list = !*words || (g_str_equal(*words, "list") && !words[1]);
    gboolean is_unset = *words && g_str_equal(*words, "unset") && !words[1];
    gboolean is_set = *words && g_str_equal(*words, "set") && words[1] && !words[2];
    /* Before the sandbox, in which there are no files of the user's. */
    g_autofree char *rules = is_set ? read_rules(words[1], error) : g_strdup("");

    if (!rules)
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    if (is_list) {
        n2_client_filter_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
        return finish_list(cli, print_rules, error);
    }
    if (!is_set && !is_unset)
        return n2_cli_usage("switch filter", *words, N_("this is not how it is used"), error);
    n2_client_filter_set_async(cli->client, rules, cli->cancellable, n2_cli_done_cb, cli);
    return finish_order(cli, "filter", rules, error);
}

gboolean
n2_cli_switch(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (!n2_cli_parse(cli, NULL, &argc, &argv, 1, -1, error))
        return FALSE;
    if (g_str_equal(argv[1], "label"))
        return run_label(cli, argv + 2, error);
    if (g_str_equal(argv[1], "filter"))
        return run_filter(cli, argv + 2, error);
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    if (g_str_equal(argv[1], "tree"))
        return n2_cli_switch_tree(cli, argv + 2, error);
    if (g_str_equal(argv[1], "channel"))
        return n2_cli_switch_channel(cli, argv + 2, error);
    return n2_cli_usage("switch", argv[1], N_("this is not how it is used"), error);
}
