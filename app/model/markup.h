/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * markup.h - the bytes of a document turned into the HTML that the web view gets.
 *
 * Layer: app/model (no widgets).
 *
 * The bytes are a stranger's: a process of its own reads them (render/worker), here they are
 * only carried to it, with what it asks for.
 */
#pragma once

#include "model/place.h"
#include "model/source.h"
#include "render/worker/renderer.h"

G_BEGIN_DECLS

/**
 * Reads @stream to its end and has it rendered, its parts included; links to what the site
 * lacks are marked.
 *
 * @source: (transfer none): lists folders and opens parts.
 * @place: a page (n2_words_is_page()).
 * @stream: (transfer none): closed at the end, and when cancelled.
 */
void n2_markup_async(N2Renderer *renderer,
                     N2Source *source,
                     N2Place *place,
                     GInputStream *stream,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data);

/**
 * @title: (out) (optional) (transfer full): of the page, "" if it has none.
 *
 * Returns: (transfer full): UTF-8 HTML, or %NULL with @error set (N2_ERROR, N2_RENDER_ERROR,
 *          or that of the stream).
 */
GBytes *n2_markup_finish(GAsyncResult *result, char **title, GError **error);

/** A page around one picture, at the address of @place (transfer full). */
GBytes *n2_markup_make_picture(N2Place *place);

G_END_DECLS
