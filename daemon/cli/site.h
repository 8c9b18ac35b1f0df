/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * site.h - which files a site has, asked folder by folder while one of its pages is read.
 *
 * Layer: cli.
 */
#pragma once

#include "cli/cli.h"
#include "render/page.h"

G_BEGIN_DECLS

typedef struct {
    N2Cli *cli;          /* borrowed */
    const char *origin;  /* borrowed: "net2o://NAME" */
    GHashTable *folders; /* owned: path of a folder with '/' at its end -> set of names, or NULL
                            if it could not be listed */
} N2CliSite;

N2CliSite n2_cli_site_init(N2Cli *cli, const char *origin);
void n2_cli_site_clear(N2CliSite *site);

/** n2_page_context.exists; @user: the N2CliSite. */
n2_exists n2_cli_site_has_cb(const char *path, void *user);

G_END_DECLS
