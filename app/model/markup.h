/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * markup.h - the bytes of a document turned into the HTML that the web view gets.
 *
 * Layer:   app/model (no widgets); uses render.
 * Threads: reading happens in the main context, without blocking; the conversion on a worker.
 */
#pragma once

#include "model/place.h"
#include "model/source.h"

G_BEGIN_DECLS

/**
 * Reads @stream to its end and renders it; links to what the page's folder lacks are marked.
 *
 * @source: (transfer none): lists the folder.
 * @place: a page (n2_words_is_page()).
 * @stream: (transfer none): closed at the end, and when cancelled.
 */
void n2_markup_async(N2Source *source,
                     N2Place *place,
                     GInputStream *stream,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data);

/**
 * @title: (out) (optional) (transfer full): of the page, "" if it has none.
 *
 * Returns: (transfer full): UTF-8 HTML, or %NULL with @error set (N2_ERROR, or that of the
 *          stream).
 */
GBytes *n2_markup_finish(GAsyncResult *result, char **title, GError **error);

/** A page around one picture, at the address of @place (transfer full). */
GBytes *n2_markup_make_picture(N2Place *place);

G_END_DECLS
