/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people.h - whom the user knows, and what is to be known of who answers.
 *
 * Layer: cli.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Verbs of 'net2o id'. */
gboolean n2_cli_id_trust(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id_contact(N2Cli *cli, int argc, char **argv, GError **error);

/**
 * n2_cli_judge:
 * @info: of what was opened
 *
 * Says on stderr what is unusual about whose it is.
 *
 * Returns: FALSE with N2_ERR_REFUSED if the user is to be asked first.
 */
gboolean n2_cli_judge(N2Cli *cli, GVariant *info, GError **error);

/** @name means @identity, whoever it was before: the user has typed both. */
gboolean n2_cli_accept(N2Cli *cli, const char *name, const char *identity, GError **error);

G_END_DECLS
