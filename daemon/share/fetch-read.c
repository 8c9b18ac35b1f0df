/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-read.c - what came of a transfer that still runs, for its readers.
 */
#include "share/fetch-private.h"

/* How much of @len bytes from @offset is there, up to the end of the stretch. */
static size_t
readable(const transfer *t, uint64_t offset, size_t len)
{
    if (!t->part || offset >= t->ref.size || !n2_part_has(t->part, offset / N2_GROUP_BYTES))
        return 0;
    uint64_t to_end = N2_GROUP_BYTES - offset % N2_GROUP_BYTES;

    if (to_end > t->ref.size - offset)
        to_end = t->ref.size - offset;
    return len > to_end ? (size_t)to_end : len;
}

n2_err
n2_fetch_read(
    n2_fetch *fetch, n2_transfer id, uint64_t offset, uint8_t *buf, size_t len, size_t *out_len)
{
    const transfer *t = n2_fetch_find(fetch, id);

    *out_len = 0;
    if (!t)
        return N2_ERR_NOTFOUND;
    len = readable(t, offset, len);
    n2_err err = len ? n2_part_read(t->part, offset, buf, len) : N2_OK;

    if (!err)
        *out_len = len;
    return err;
}

n2_err
n2_fetch_hand_out(
    n2_fetch *fetch, n2_transfer id, uint64_t offset, size_t len, int sink, size_t *out_len)
{
    const transfer *t = n2_fetch_find(fetch, id);

    *out_len = 0;
    if (!t)
        return N2_ERR_NOTFOUND;
    len = readable(t, offset, len);
    return len ? n2_part_hand_out(t->part, offset, len, sink, out_len) : N2_OK;
}

void
n2_fetch_reader_at(n2_fetch *fetch, n2_transfer id, uint64_t offset, uint64_t now_us)
{
    transfer *t = n2_fetch_find(fetch, id);

    if (!t)
        return;
    t->has_reader = true;
    if (offset > t->reader_at)
        t->reader_at = offset;
    n2_fetch_pump(fetch, now_us);
}
