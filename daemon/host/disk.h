/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk.h - the table of disk functions (base/disk.h) over one real folder.
 *
 * Layer:   host.
 * Threads: the table may be used by several; each file by one.
 */
#pragma once

#include "base/disk.h"
#include "base/err.h"

typedef struct n2_host_disk n2_host_disk;

/**
 * @dir: an existing folder; everything the table does happens inside it, and paths that would
 *       lead out of it (absolute, "..") or through a symbolic link are refused.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND, N2_ERR_REFUSED, N2_ERR_NOMEM, N2_ERR_IO.
 */
N2_MUST_USE n2_err n2_host_disk_open(n2_host_disk **out, const char *dir);

/** @disk: (transfer full) (nullable).  Files still open stay open. */
void n2_host_disk_free(n2_host_disk *disk);

/** (transfer none): valid as long as @disk. */
const n2_disk *n2_host_disk_table(const n2_host_disk *disk);
