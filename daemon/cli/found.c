/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * found.c - what a check of the store found: read, as the process that looked at a damaged
 * database is believed no more than a node, and printed.
 */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static void
set_failed(n2_err err, const char *folder, GError **error)
{
    const char *why = NULL, *next = NULL;

    if (err == N2_ERR_CORRUPT) {
        why = N_("the database is damaged");
        next = N_("Move it away, or put it back from a copy.");
    } else if (err == N2_ERR_EXISTS) {
        why = N_("too many damaged logs lie there");
        next = N_("Move them away.");
    } else if (err == N2_ERR_VERSION) {
        why = N_("a newer version made it");
        next = N_("Update net2o.");
    } else if (err == N2_ERR_BUSY) {
        why = N_("another process has it open");
        next = N_("End that one.");
    }
    n2_error_set(error, err, folder, why, next);
}

static void
no_answer(GError **error)
{
    n2_error_set(error, N2_ERR_IO, "net2od --fsck", N_("it gave no answer"), NULL);
}

GVariant *
n2_cli_found_take(const char *line, GError **error)
{
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    char *folder = NULL;
    GVariant *found = NULL;

    if (g_str_has_prefix(valid, "found ")) {
        found =
            g_variant_parse(G_VARIANT_TYPE_VARDICT, valid + strlen("found "), NULL, NULL, NULL);
        if (!found)
            no_answer(error);
        return found;
    }
    if (g_str_has_prefix(valid, "log ")) {
        n2_error_set(error, N2_ERR_CORRUPT, g_strstrip(valid + strlen("log ")),
                     N_("some of the newest changes are damaged"),
                     N_("Put the folder back from a copy, or take those changes back with "
                        "'net2o fsck --cut'."));
        return NULL;
    }
    gint64 number = 0;
    if (g_str_has_prefix(valid, "failed "))
        number = g_ascii_strtoll(valid + strlen("failed "), &folder, 10);
    if (number < 0 && number >= G_MININT)
        set_failed(n2_err_from_int((int)number), g_strstrip(folder), error);
    else
        no_answer(error);
    return NULL;
}

gboolean
n2_cli_found_is_bad(GVariant *found, gboolean is_json)
{
    g_autoptr(GVariant) findings = n2_dict_dup(found, "findings", "aa{sv}");
    gboolean is_bad = FALSE;

    for (gsize i = 0; findings && i < g_variant_n_children(findings); i++) {
        g_autoptr(GVariant) finding = g_variant_get_child_value(findings, i);
        const char *word = n2_dict_string(finding, "finding");
        const char *text = n2_dict_string(finding, "text");
        g_autofree char *clean = n2_cli_clean(text ? text : "");
        gboolean is_named = g_strcmp0(word, "damaged") == 0 || g_strcmp0(word, "missing") == 0;
        gboolean stays = g_strcmp0(word, "database") == 0 || g_strcmp0(word, "head") == 0 ||
                         g_strcmp0(word, "log") == 0;

        is_bad |= is_named || stays;
        if (!is_json && stays)
            printf(_("damaged: %s: %s\n"), word, clean);
        else if (!is_json && !is_named)
            printf(_("mended: %s: %s\n"), word, clean);
    }
    return is_bad;
}

void
n2_cli_found_print(GVariant *found)
{
    g_autoptr(GVariant) damaged = n2_dict_dup(found, "damaged", "as");
    guint objects = (guint)n2_dict_uint(found, "objects");
    g_autofree char *size = g_format_size(n2_dict_uint(found, "size"));

    printf(ngettext("%u file verified, %s\n", "%u files verified, %s\n", objects), objects,
           size);
    for (gsize i = 0; damaged && i < g_variant_n_children(damaged); i++) {
        const char *address = NULL;
        g_variant_get_child(damaged, i, "&s", &address);
        g_autofree char *clean = n2_cli_clean(address);
        printf(_("damaged, will be fetched anew: %s\n"), clean);
    }
}
