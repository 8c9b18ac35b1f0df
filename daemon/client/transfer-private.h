/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * transfer-private.h - how the client makes a transfer.
 *
 * Layer: client, private to it.
 */
#pragma once

#include "client/transfer.h"
#include "n2-ipc.h"

G_BEGIN_DECLS

/**
 * @files: (transfer none): the connection on which it was opened
 * @info: (transfer none): as Files1.Open gave it
 * @fd: (transfer full): reading end of its pipe, or -1
 */
N2Transfer *n2_transfer_new(N2IpcFiles1 *files, GVariant *info, int fd);

G_END_DECLS
