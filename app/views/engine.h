/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * engine.h - the one web engine of the browser: process, session, filter, the net2o: scheme.
 *
 * Layer: app/views.
 *
 * What keeps a page in its place; these overlap on purpose:
 *   - no scripts of the page (enable-javascript-markup), no stored data (ephemeral session);
 *   - a content filter that blocks every address but net2o:, compiled before the first load;
 *   - a content-security policy, as a header and as the views' default;
 *   - a proxy that leads nowhere;
 *   - the scheme handler gives a page nothing but pictures of its own site.
 * All views share one web process, which WebKit puts into a sandbox without network; that it is
 * there is looked at before a page is shown (confined.h).
 */
#pragma once

#include <webkit/webkit.h>

#include "model/source.h"
#include "render/worker/renderer.h"

G_BEGIN_DECLS

enum {
    N2_ENGINE_PICTURE_BYTES_MAX = 64 << 20 /* of one picture on a page */
};

#define N2_TYPE_ENGINE (n2_engine_get_type())
G_DECLARE_FINAL_TYPE(N2Engine, n2_engine, N2, ENGINE, GObject)

/**
 * n2_engine_new:
 * @source: (transfer none): where pages come from
 * @cache_dir: folder for the compiled content filter; made if need be
 *
 * Begins to compile the content filter.
 *
 * Signals:
 *   ::ready   n2_engine_is_ready() is true from now on, or the filter failed
 */
N2Engine *n2_engine_new(N2Source *source, const char *cache_dir);

N2Source *n2_engine_peek_source(N2Engine *self);

/** What turns pages into HTML (transfer none). */
N2Renderer *n2_engine_peek_renderer(N2Engine *self);

/** Nothing may be loaded before. */
gboolean n2_engine_is_ready(N2Engine *self);

/** Why it can never become ready, or NULL (transfer none). */
const GError *n2_engine_peek_error(N2Engine *self);

/** Whether WebKit's sandbox is in force for the web process: a look at the process itself,
 * again after each that ended.  If not, no page may be shown. */
gboolean n2_engine_is_confined(N2Engine *self);

/** A view in the engine's process and policy (transfer floating). */
WebKitWebView *n2_engine_make_view(N2Engine *self);

/**
 * Says what the next main document of @view is, just before webkit_web_view_load_uri().
 *
 * @stream: (transfer none): its bytes.
 * @cancellable: (transfer none): ends it, and all pictures of the page.
 */
void n2_engine_expect(N2Engine *self,
                      WebKitWebView *view,
                      N2Place *place,
                      GInputStream *stream,
                      GCancellable *cancellable);

/** What the last main document of @view failed with, or NULL; the view's (transfer none). */
const GError *n2_engine_peek_view_error(WebKitWebView *view);

/* For scheme.c. */
typedef struct {
    N2Place *place;            /* owned */
    GInputStream *stream;      /* owned; NULL once it was handed on */
    GCancellable *cancellable; /* owned */
    GError *error;             /* owned */
    gboolean is_served;        /* the document itself; pictures may follow */
} n2_expected;

n2_expected *n2_engine_peek_expected(WebKitWebView *view);

G_END_DECLS
