/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * site.h - fetches what the renderer of a page asks for, from the page's own site.
 *
 * Layer: cli.
 */
#pragma once

#include "cli/cli.h"
#include "render/worker/frame.h"

G_BEGIN_DECLS

typedef struct {
    N2Cli *cli;         /* borrowed */
    const char *origin; /* borrowed: "net2o://NAME" */
    gsize bytes_left;   /* of parts */
    guint n_parts;
    guint n_folders;
    guint n_rounds;
} N2CliSite;

N2CliSite n2_cli_site_init(N2Cli *cli, const char *origin);

/** The frame with all that can be had of what is needed (transfer full); NULL: too long. */
GBytes *n2_cli_site_supply(N2CliSite *site, const n2_render_need *need);

G_END_DECLS
