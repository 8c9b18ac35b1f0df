/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * document-view.h - shows a page or a picture: the web view, and all that it may ask for.
 *
 * Layer: app/views.
 */
#pragma once

#include <gtk/gtk.h>

#include "views/engine.h"

G_BEGIN_DECLS

#define N2_TYPE_DOCUMENT_VIEW (n2_document_view_get_type())
G_DECLARE_FINAL_TYPE(N2DocumentView, n2_document_view, N2, DOCUMENT_VIEW, GtkWidget)

/**
 * n2_document_view_new:
 * @engine: (transfer none):
 *
 * Properties: "title" (string), "progress" (double, 0 to 1), "zoom" (double).
 *
 * Signals:
 *   ::go (char *address, gboolean new_tab)  a link was followed, to net2o: or elsewhere
 *   ::hover (char *address)                 nullable: the link under the pointer
 *   ::begun                                 the new page took the place of the old one
 *   ::shown                                 it is there as a whole
 *   ::failed                                the page broke off; see _dup_error()
 *   ::crashed                               the web process ended
 *   ::found (guint matches)                 of the last search, 0: nothing
 *   ::scroll-told (double pixels)           answer of _ask_scroll()
 *
 * Returns: (transfer floating): an empty view; the web view is made for its first page
 */
GtkWidget *n2_document_view_new(N2Engine *engine);

/**
 * Loads the page.
 *
 * @stream: (transfer none): its bytes.
 * @scroll: CSS pixels to scroll down to once it is there; 0: top, or the address's fragment.
 */
void n2_document_view_load(N2DocumentView *self,
                           N2Place *place,
                           GInputStream *stream,
                           GCancellable *cancellable,
                           double scroll);

/** Scrolls to the fragment of @address, which is of the page shown. */
void n2_document_view_go_to_fragment(N2DocumentView *self, const char *address);

void n2_document_view_stop(N2DocumentView *self);

/** Error of ::failed (transfer full). */
GError *n2_document_view_dup_error(N2DocumentView *self);

/** Asks the page how far down it was read; ::scroll-told answers, unless it can't. */
void n2_document_view_ask_scroll(N2DocumentView *self);

void n2_document_view_find(N2DocumentView *self, const char *text);
void n2_document_view_find_next(N2DocumentView *self, gboolean backwards);
void n2_document_view_find_end(N2DocumentView *self);

/** How @view is printed: with margins to hold it by (transfer full). */
WebKitPrintOperation *n2_document_view_make_print(WebKitWebView *view);

void n2_document_view_print(N2DocumentView *self, GtkWindow *parent);

/** The web view, or NULL before the first page; for tests (transfer none). */
WebKitWebView *n2_document_view_peek_web_view(N2DocumentView *self);

G_END_DECLS
