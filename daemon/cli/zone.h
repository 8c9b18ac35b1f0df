/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone.h - 'net2o name' with zones: what is asked of them, and what is kept here.
 *
 * Layer: cli.
 */
#pragma once

#include "cli/cli.h"

/** Options of 'net2o name'. */
typedef struct {
    char *as, *below, *after; /* (owned) (nullable) */
    char **servers, **hosts;  /* (owned) (nullable) */
    int days;
    gboolean is_closed;
} N2CliNameOptions;

void n2_cli_name_options_clear(N2CliNameOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(N2CliNameOptions, n2_cli_name_options_clear)

/* ---- cmd-zone.c ---- */

/** register, renew, change, revoke, transfer? */
gboolean n2_cli_name_is_request(const char *verb);
/** @words: the verb, the name, and what stands behind it. */
gboolean
n2_cli_name_request(N2Cli *cli, char **words, const N2CliNameOptions *options, GError **error);
/** @words: new, follow, list, show, export, import, and what stands behind it. */
gboolean
n2_cli_name_zone(N2Cli *cli, char **words, const N2CliNameOptions *options, GError **error);

/* ---- zone-file.c ---- */

enum {
    N2_ZONE_FILE_BYTES_MAX = 64 * 1024 * 1024,
    N2_ZONE_FILE_NAMES_MAX = 300000,
    N2_ZONE_FILE_WORD_BYTES_MAX = 2048 /* of one key or value */
};

/**
 * Reads a zone file.
 *
 * @zone:  (out) (transfer full) (nullable): which it says it is.
 * @names: (out) (transfer full): as ZoneImport wants them.
 *
 * Returns: FALSE: N2_ERR_FORMAT, N2_ERR_LIMIT, N2_ERR_VERSION, with the line in the words.
 */
gboolean n2_cli_zone_read(GBytes *text, char **zone, GStrv *names, GError **error);

/** What begins a zone file, and one name of it as ZoneShow has it. */
void n2_cli_zone_write_head(GString *out, const char *zone);
gboolean n2_cli_zone_write_name(GString *out, GVariant *name, GError **error);
