/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * orders.c - what the commands 'id' and 'token' share.
 */
#include "cli/orders.h"

#include <glib/gi18n.h>
#include <stdio.h>

enum {
    FILE_BYTES_MAX = 1024 * 1024 /* a container is 256 KiB, and text a third longer */
};

GVariant *
n2_cli_order_finish(N2Cli *cli, const char *key, const char *value, GError **error)
{
    GVariant *answer = cli->agent ? n2_cli_agent_finish(cli, error) : n2_cli_finish(cli, error);

    if (!answer || !cli->is_json)
        return answer;
    if (key)
        n2_cli_print_json_words(key, value, NULL);
    else
        n2_cli_print_json(answer);
    return answer;
}

GBytes *
n2_cli_read_file(const char *file, GError **error)
{
    return n2_cli_read_any(file, FILE_BYTES_MAX, error);
}

GBytes *
n2_cli_read_any(const char *file, gsize most, GError **error)
{
    const char *from = g_str_equal(file, "-") ? "/dev/stdin" : file;
    g_autoptr(GError) cause = NULL;
    char *text = NULL;
    gsize len = 0;

    if (!g_file_get_contents(from, &text, &len, &cause)) {
        gboolean is_absent = g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT);

        n2_error_set(error, is_absent ? N2_ERR_NOTFOUND : N2_ERR_IO, file,
                     is_absent ? N_("there is no such file") : cause->message,
                     is_absent ? N_("Give a file, or - for standard input.") : NULL);
        return NULL;
    }
    GBytes *bytes = g_bytes_new_take(text, len);
    if (len <= most)
        return bytes;
    g_bytes_unref(bytes);
    n2_error_set(error, N2_ERR_LIMIT, file, N_("this file is too long"),
                 N_("Give a file that 'net2o' printed."));
    return NULL;
}

void
n2_cli_print_statements(N2Cli *cli, GVariant *answer, gboolean has_qr)
{
    const char *text = n2_dict_string(answer, "text");
    const char *one = n2_dict_string(answer, "qr");
    g_autoptr(GVariant) list = n2_dict_dup(answer, "qr", "as");
    g_autofree const char **parts = list ? g_variant_get_strv(list, NULL) : NULL;

    if (cli->is_json)
        return;
    if (!has_qr && text) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line && (line[1] || **line); line++) {
            g_autofree char *clean = n2_cli_clean(*line);
            printf("%s\n", clean);
        }
        return;
    }
    if (one)
        (void)n2_cli_print_qr(cli, one);
    for (const char **part = parts; part && *part; part++)
        (void)n2_cli_print_qr(cli, *part);
}
