/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * renderer.h - the processes that render pages: one a page, a fresh one kept in waiting.
 *
 * Layer:   render/worker, the side of the programs (may include: base; GLib and GIO).
 * Threads: one main context.
 *
 * A page comes from a stranger, so it is never read in the program that has the user's files
 * and the node's socket open, but in net2o-render, which has nothing.  Whatever goes wrong
 * there ends as an error of domain N2_RENDER_ERROR, whose code is an n2_render_reason.
 *
 *     worker = n2_renderer_take(renderer);
 *     n2_worker_ask_async(worker, n2_frame_page(&page), ...)
 *     until the answer is DONE: fetch what NEED names, n2_worker_ask_async(worker, supply, ...)
 */
#pragma once

#include <gio/gio.h>

#include "render/worker/frame.h"

G_BEGIN_DECLS

#define N2_RENDER_ERROR (n2_render_error_quark())
GQuark n2_render_error_quark(void);

#define N2_TYPE_WORKER (n2_worker_get_type())
G_DECLARE_FINAL_TYPE(N2Worker, n2_worker, N2, WORKER, GObject)

/** One process; it is ended with the object. */

/**
 * Sends @frame, and waits for the answer.
 *
 * @frame: (transfer full) (nullable): of frame.h; NULL (too long) fails.
 */
void n2_worker_ask_async(N2Worker *self,
                         GBytes *frame,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);

/**
 * @kind: (out): N2_FRAME_NEED or N2_FRAME_DONE.
 *
 * Returns: (transfer full): body of the answer; NULL with N2_RENDER_ERROR, or
 *          G_IO_ERROR_CANCELLED.
 */
GBytes *
n2_worker_ask_finish(N2Worker *self, GAsyncResult *result, n2_frame_kind *kind, GError **error);

/** For tests: number of the process. */
GPid n2_worker_get_pid(N2Worker *self);

#define N2_TYPE_RENDERER (n2_renderer_get_type())
G_DECLARE_FINAL_TYPE(N2Renderer, n2_renderer, N2, RENDERER, GObject)

/**
 * @program: (nullable): instead of net2o-render, for tests.
 * @is_fenced: the caller's own sandbox lets it neither start, signal nor wait for processes
 *             later: one worker is started now, and no other.
 */
N2Renderer *n2_renderer_new(const char *program, gboolean is_fenced);

/** A fresh process; the next is started at once (transfer full).  It is never NULL: one that
 *  could not be started fails with N2_RENDER_ABSENT when it is asked. */
N2Worker *n2_renderer_take(N2Renderer *self);

/** For tests: how long an answer may take; N2_RENDER_WALL_US unless told. */
void n2_renderer_set_patience(N2Renderer *self, guint ms);

/** Counts, and makes the error for, an answer whose body is malformed (transfer full). */
GError *n2_renderer_refuse(N2Renderer *self);

/** Pages that ended so, since the program began. */
guint n2_renderer_count(N2Renderer *self, n2_render_reason reason);

G_END_DECLS
