/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * orders.h - what the commands 'id' and 'token' share.
 *
 * Layer: cli.
 */
#pragma once

#include "cli/agent.h"
#include "client/orders.h"

G_BEGIN_DECLS

/* Verbs of 'net2o id'. */
gboolean n2_cli_id_sheet(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_revoke(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_passphrase(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_unlock(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_export(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_import(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_draw(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_add(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_pair(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_join(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_vouch(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_accounts(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_forget(N2Cli *cli, int argc, char **argv, GError **error);

/** Says that the accounts of the other machines are not here, and how they come. */
void n2_cli_say_lacks_vault(N2Cli *cli);

/* Verbs of 'net2o token'. */
gboolean n2_cli_token_enrol(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_token_backup(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_token_clone(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_token_pin(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_token_touch(N2Cli *cli, int argc, char **argv, GError **error);

/**
 * n2_cli_token_find:
 * @word: (nullable): an id, its serial number, a reader; NULL or "any": the only token there is
 *
 * Returns: (transfer full): the token's id; NULL with @error set
 */
char *n2_cli_token_find(N2Cli *cli, const char *word, GError **error);

/** n2_cli_token_find() of each of @words (nullable); NULL with @error set. */
char **n2_cli_token_find_all(N2Cli *cli, char **words, GError **error);

/** A row of tokens for people. */
void n2_cli_print_tokens(GVariant *tokens);

/** All of @file, or with "-" of stdin, before the fence (transfer full); NULL with @error set.
 */
GBytes *n2_cli_read_file(const char *file, GError **error);

/** The same of at most @most bytes. */
GBytes *n2_cli_read_any(const char *file, gsize most, GError **error);

/** Ends an order: JSON of what came, or of @key and @value if nothing does. */
GVariant *n2_cli_order_finish(N2Cli *cli, const char *key, const char *value, GError **error);

/** Prints a member "text" of @answer, and with @has_qr each of "qr" (s or as) as a code. */
void n2_cli_print_statements(N2Cli *cli, GVariant *answer, gboolean has_qr);

G_END_DECLS
