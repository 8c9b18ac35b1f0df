/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * part-read.c - of contents that come group by group: what is here, for who does not wait for
 *               the rest.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/part-private.h"

/* A content of one group has no nodes: its root says what it is. */
static bool
verifies(const n2_part *p, uint64_t group, const uint8_t *bytes, size_t len)
{
    n2_crypto *crypto = p->batch->store->config.crypto;
    uint8_t method = p->ref.id.method;

    return p->n_groups > 1
               ? n2_tree_check_group(crypto, method, bytes, len, n2_part_node(p, group))
               : n2_tree_check_whole(crypto, method, bytes, len, p->ref.id.hash);
}

/* What another fetch wrote, perhaps long ago, is held against its node before it is given out;
 * if it fails it is missing again. */
static n2_err
verify_old(n2_part *p, uint64_t group)
{
    n2_store *store = p->batch->store;
    const n2_disk *disk = store->config.disk;
    uint8_t bit = (uint8_t)(1 << group % 8);
    size_t len = n2_part_group_bytes(p, group), n_read = 0;

    if (!p->old || !(p->old[group / 8] & bit))
        return N2_OK;
    uint8_t *bytes = malloc(len);
    n2_err err =
        bytes ? disk->pread(disk->user, p->fd, group * N2_GROUP_BYTES, bytes, len, &n_read)
              : N2_ERR_NOMEM;
    if (!err && (n_read < len || !verifies(p, group, bytes, len)))
        err = N2_ERR_CORRUPT;
    free(bytes);
    if (!err || err == N2_ERR_CORRUPT)
        p->old[group / 8] = (uint8_t)(p->old[group / 8] & ~bit);
    if (err == N2_ERR_CORRUPT) {
        p->have[group / 8] = (uint8_t)(p->have[group / 8] & ~bit);
        p->n_have--;
    }
    return err;
}

n2_err
n2_part_read(n2_part *part, uint64_t offset, uint8_t *buf, size_t len)
{
    const n2_disk *disk = part->batch->store->config.disk;
    uint64_t group = offset / N2_GROUP_BYTES;
    size_t n_read = 0;

    assert(n2_part_has(part, group));
    assert(offset % N2_GROUP_BYTES + len <= n2_part_group_bytes(part, group));
    if (part->err)
        return part->err;
    if (part->small) {
        memcpy(buf, part->small + offset, len);
        return N2_OK;
    }
    n2_err err = verify_old(part, group);
    if (!err)
        err = disk->pread(disk->user, part->fd, offset, buf, len, &n_read);
    return !err && n_read < len ? N2_ERR_CORRUPT : err;
}

n2_err
n2_part_hand_out(n2_part *part, uint64_t offset, size_t len, int sink, size_t *n_out)
{
    const n2_disk *disk = part->batch->store->config.disk;
    uint64_t group = offset / N2_GROUP_BYTES;

    assert(n2_part_has(part, group));
    assert(offset % N2_GROUP_BYTES + len <= n2_part_group_bytes(part, group));
    if (part->err)
        return part->err;
    if (part->small || !disk->hand_out)
        return N2_ERR_UNSUPPORTED;
    n2_err err = verify_old(part, group);
    if (err)
        return err;
    return disk->hand_out(disk->user, part->fd, offset, len, sink, n_out);
}

bool
n2_part_is_sure(const n2_part *part, uint64_t group)
{
    return !part->err && n2_part_has(part, group) &&
           !(part->old && part->old[group / 8] & 1 << group % 8);
}

n2_err
n2_part_map(const n2_part *part, n2_view *out)
{
    const n2_disk *disk = part->batch->store->config.disk;
    n2_view view = {.len = (size_t)part->ref.size};

    *out = (n2_view){0};
    if (part->fd < 0 || part->err)
        return N2_ERR_NOTFOUND;
    n2_err err = disk->map(disk->user, part->fd, 0, view.len, &view.bytes);
    if (err)
        return err;
    view.is_mapped = true;
    part->batch->is_mapped = true;
    *out = view;
    return N2_OK;
}
