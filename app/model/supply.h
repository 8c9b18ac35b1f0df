/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * supply.h - fetches what a renderer asks for: parts of a page, and what lies in its folders.
 *
 * Layer: app/model (no widgets).
 *
 * What is asked for comes from a process that read hostile bytes: only files and folders of
 * the page's own site are fetched, as many and as much as render/page.h allows.
 */
#pragma once

#include "model/source.h"
#include "render/worker/frame.h"

G_BEGIN_DECLS

#define N2_TYPE_SUPPLY (n2_supply_get_type())
G_DECLARE_FINAL_TYPE(N2Supply, n2_supply, N2, SUPPLY, GObject)

/** @origin: of the page, "net2o://handbook.demo". */
N2Supply *n2_supply_new(N2Source *source, const char *origin);

/** Begins to list @folder ("/guide/"), which will be asked for. */
void n2_supply_expect(N2Supply *self, const char *folder, GCancellable *cancellable);

/** @need: (transfer none): used during this call only. */
void n2_supply_fetch_async(N2Supply *self,
                           const n2_render_need *need,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/** Returns: (transfer full): a frame; NULL if it was cancelled or is too long. */
GBytes *n2_supply_fetch_finish(N2Supply *self, GAsyncResult *result, GError **error);

G_END_DECLS
