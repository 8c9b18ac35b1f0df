/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * checked.c - reading a stored content of which no byte is given out before it was verified.
 */
#include "store/checked.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/tree.h"
#include "store/db.h"

/* Always N2_ERR_CORRUPT, unless even that cannot be written down. */
static n2_err
set_aside(n2_store *store, const n2_id *hash)
{
    n2_row row;
    n2_err err = n2_row_find(store, hash, &row);

    if (err || row.state != N2_OBJECT_WHOLE)
        return err ? err : N2_ERR_CORRUPT;
    err = n2_row_lose_whole(store, &row);
    if (err == N2_ERR_CORRUPT && row.file[0])
        n2_file_unlink(store, row.file);
    return err;
}

n2_err
n2_checked_open(n2_store *store, const n2_id *hash, n2_checked *out)
{
    size_t n = 0;

    *out = (n2_checked){.hash = *hash, .good = UINT64_MAX};
    n2_err err = n2_store_map(store, hash, &out->view);
    if (err || out->view.len <= N2_GROUP_BYTES)
        return err;
    err = n2_store_nodes(store, hash, &out->nodes, &n);
    if (err == N2_ERR_CORRUPT ||
        (!err &&
         (n != n2_tree_groups(out->view.len) ||
          !n2_tree_check_nodes(hash->method, out->view.len,
                               (const uint8_t(*)[N2_HASH_BYTES])out->nodes, hash->hash))))
        err = set_aside(store, hash);
    return err;
}

void
n2_checked_close(n2_store *store, n2_checked *checked)
{
    n2_store_unmap(store, &checked->view);
    free(checked->nodes);
    *checked = (n2_checked){0};
}

static bool
is_good(n2_store *store, const n2_checked *c, uint64_t group, const uint8_t *bytes, size_t len)
{
    n2_crypto *crypto = store->config.crypto;

    return c->nodes ? n2_tree_check_group(crypto, c->hash.method, bytes, len, c->nodes[group])
                    : n2_tree_check_whole(crypto, c->hash.method, bytes, len, c->hash.hash);
}

n2_err
n2_checked_bytes(
    n2_store *store, n2_checked *c, uint64_t offset, const uint8_t **bytes, size_t *len)
{
    uint64_t group = offset / N2_GROUP_BYTES, begin = group * N2_GROUP_BYTES;

    assert(offset < c->view.len);
    size_t left = c->view.len - (size_t)begin;
    size_t n = left < N2_GROUP_BYTES ? left : N2_GROUP_BYTES;
    if (c->good != group && !is_good(store, c, group, c->view.bytes + begin, n))
        return set_aside(store, &c->hash);
    c->good = group;
    *bytes = c->view.bytes + offset;
    *len = n - (size_t)(offset - begin);
    return N2_OK;
}

n2_err
n2_store_map_checked(n2_store *store, const n2_id *hash, n2_view *out)
{
    uint8_t root[N2_HASH_BYTES];
    n2_err err = n2_store_map(store, hash, out);

    if (err)
        return err;
    n2_tree_root_of(store->config.crypto, hash->method, out->bytes, out->len, root);
    if (memcmp(root, hash->hash, sizeof root) == 0)
        return N2_OK;
    n2_store_unmap(store, out);
    return set_aside(store, hash);
}
