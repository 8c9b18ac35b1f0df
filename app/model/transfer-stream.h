/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * transfer-stream.h - the bytes of a transfer as a stream that keeps its transfer alive.
 *
 * Layer:   app/model (no widgets).
 * Threads: main context; only the asynchronous reads are for use.
 *
 * Closing it before the end cancels the transfer.  Where a read fails because the stream ended
 * too early, the node is asked why, and that is the error.
 */
#pragma once

#include "client/client.h"

G_BEGIN_DECLS

#define N2_TYPE_TRANSFER_STREAM (n2_transfer_stream_get_type())
G_DECLARE_FINAL_TYPE(N2TransferStream, n2_transfer_stream, N2, TRANSFER_STREAM, GInputStream)

/** @transfer: (transfer full).  Returns: (transfer full). */
GInputStream *n2_transfer_stream_new(N2Transfer *transfer);

G_END_DECLS
