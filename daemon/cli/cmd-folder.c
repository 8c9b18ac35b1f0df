/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-folder.c - net2o get ADDRESS FOLDER: a folder with all that is in it.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/sink.h"
#include "cli/unpack.h"

enum {
    CHUNK_BYTES = 1024 * 1024
};

static gboolean
carry(N2Cli *cli, N2Transfer *transfer, N2Unpack *unpack, GError **error)
{
    g_autofree guint8 *chunk = g_malloc(CHUNK_BYTES);

    while (!n2_unpack_is_whole(unpack)) {
        gssize n = n2_cli_read_some(cli, transfer, chunk, CHUNK_BYTES, error);

        if (n <= 0 || !n2_unpack_add(unpack, chunk, (gsize)n, error))
            return FALSE; /* the end of the stream is an error of its own before that */
    }
    return TRUE;
}

static void
report(const N2Cli *cli, N2Transfer *transfer, const N2Unpack *unpack, const char *folder)
{
    const GPtrArray *skipped = n2_unpack_peek_skipped(unpack);
    const char *address = n2_dict_string(n2_transfer_peek_info(transfer), "address");
    GVariantBuilder dict, left;

    for (guint i = 0; i < skipped->len && !cli->is_json; i++) {
        g_autofree char *clean = n2_cli_clean(skipped->pdata[i]);
        /* Translators: a path. */
        fprintf(stderr, _("left out: %s\n"), clean);
    }
    if (!cli->is_json)
        return;
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_init(&left, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; i < skipped->len; i++)
        g_variant_builder_add(&left, "s", skipped->pdata[i]);
    g_variant_builder_add(&dict, "{sv}", "address",
                          g_variant_new_string(address ? address : ""));
    g_variant_builder_add(&dict, "{sv}", "folder", g_variant_new_string(folder));
    g_variant_builder_add(&dict, "{sv}", "files",
                          g_variant_new_int64(n2_unpack_get_files(unpack)));
    g_variant_builder_add(&dict, "{sv}", "size",
                          g_variant_new_int64((gint64)n2_unpack_get_bytes(unpack)));
    g_variant_builder_add(&dict, "{sv}", "skipped", g_variant_builder_end(&left));
    n2_cli_add_liars(cli, &dict);
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_builder_end(&dict));
    n2_cli_print_json(whole);
}

gboolean
n2_cli_get_folder(
    N2Cli *cli, const char *address, N2Unpack *unpack, const char *folder, GError **error)
{
    g_autoptr(N2Transfer) transfer = n2_cli_open_whole(cli, address, error);
    gboolean is_folder = FALSE;

    if (!transfer)
        return FALSE;
    (void)g_variant_lookup(n2_transfer_peek_info(transfer), "whole", "b", &is_folder);
    if (!is_folder) {
        n2_error_set(error, N2_ERR_USAGE, address, N_("this is a file"),
                     N_("Save it with '-o FILE'."));
        return FALSE;
    }
    if (!carry(cli, transfer, unpack, error))
        return FALSE;
    g_autoptr(GVariant) result = n2_cli_wait(cli, transfer, error);
    if (!result)
        return FALSE;
    report(cli, transfer, unpack, folder);
    return TRUE;
}
