/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sink.h - where `get` puts the bytes: a file that appears whole or not at all, or stdout.
 *
 * Layer: cli.
 */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct N2Sink N2Sink;

/**
 * @output: (nullable): a file, a folder to put it into under its own name, "-" for stdout as it
 * is, or %NULL for stdout, where a terminal gets no control characters.
 * @info: (nullable): of the transfer, for the name; not needed if n2_sink_is_named().
 *
 * Returns: (transfer full): %NULL with @error set if it cannot be written.
 */
N2Sink *n2_sink_new(const N2Cli *cli, const char *output, GVariant *info, GError **error);

/** Whether @output is a file whose name needs no info of a transfer. */
gboolean n2_sink_is_named(const char *output);

/** The file's descriptor (transfer none). */
int n2_sink_peek_fd(const N2Sink *sink);

gboolean n2_sink_write(N2Sink *sink, const guint8 *bytes, gsize len, GError **error);

/**
 * Moves what a pipe holds into the sink without copying it through this process.
 *
 * @is_able: (out): FALSE if this kind of sink can't, and nothing was moved.
 *
 * Returns: bytes moved, 0 at the end of the pipe, -1 with @error set (if @is_able).
 */
gssize n2_sink_splice(N2Sink *sink, int pipe_fd, gboolean *is_able, GError **error);

/** All bytes were written: if it takes the place of another file, syncs, and gives the file its
 * name. */
gboolean n2_sink_finish(N2Sink *sink, GError **error);

/** The file's path; NULL for stdout (transfer none). */
const char *n2_sink_peek_file(const N2Sink *sink);

gboolean n2_sink_is_terminal(const N2Sink *sink);

/** Removes what is not finished.  @sink: (transfer full) (nullable). */
void n2_sink_free(N2Sink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(N2Sink, n2_sink_free)

G_END_DECLS
