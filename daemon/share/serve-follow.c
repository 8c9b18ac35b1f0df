/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-follow.c - a path followed for who asks: folders, content and its first groups in one
 * go.
 *
 * Each step is a question that the asker could ask by itself; here they cost one round trip
 * together.  Where it cannot go on, because a name is not there or a folder is too long for an
 * answer, it stops: what is answered so far is of use, and the asker asks for the rest.
 */
#include "share/serve-private.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"
#include "crypto/head.h"
#include "transport/region.h"

n2_err
n2_serve_do_tree(n2_serve *s, const n2_call *call)
{
    object *o = NULL;
    n2_head head;
    n2_id who;
    n2_err err = n2_serve_read_id(&call->arg[0], &who);

    if (!err)
        err = n2_store_head_get(s->store, &who, N2_BRANCH_MAIN, &head, NULL, NULL);
    if (!err)
        err = n2_serve_open(s, &head.root.id, head.root.size, &o);
    if (!err)
        n2_talk_put_object(s->talk, n2_serve_number(s, o));
    return err;
}

/* Bytes up to the next '/'. */
static size_t
name_len(const uint8_t *path, size_t len)
{
    const uint8_t *end = len ? memchr(path, '/', len) : NULL;

    return end ? (size_t)(end - path) : len;
}

static bool
is_path(const uint8_t *path, size_t len)
{
    for (size_t at = 0; len; at += name_len(path + at, len - at) + 1) {
        if (at >= len || path[at] == '/')
            return false;
        if (at + name_len(path + at, len - at) == len)
            break;
    }
    return true;
}

/* Puts folders into @a on the way to the end of the path: *o, N2_OK.  Else it stopped before.
 */
static n2_err
go_down(n2_serve *s, object **o, const uint8_t *path, size_t len, n2_asm *a)
{
    size_t bytes = 0;
    n2_err err = N2_OK;

    for (unsigned depth = 0; len && !err; depth++) {
        const n2_view *view = &(*o)->view;
        size_t n = name_len(path, len);
        n2_directory dir;
        n2_entry entry;

        bytes += view->len;
        if (depth == N2_SERVE_FOLDERS_MAX || view->len > N2_VM_STRING_BYTES_MAX ||
            bytes > N2_SERVE_FOLDERS_BYTES)
            return N2_ERR_LIMIT;
        err = n2_directory_check(&dir, view->bytes, view->len, NULL);
        if (err)
            return err; /* a file where a folder should be */
        n2_asm_bytes(a, view->bytes, view->len);
        err = n2_directory_find(&dir, (const char *)path, n, &entry);
        if (!err && entry.type == N2_ENTRY_LINK)
            err = N2_ERR_UNSUPPORTED;
        if (!err)
            err = n2_serve_open(s, &entry.ref.id, entry.ref.size, o);
        n += n < len; /* the '/' */
        path += n;
        len -= n;
    }
    return err;
}

/* Writes the first groups; returns how many. */
static uint64_t
begin_groups(n2_serve *s, n2_conn conn, object *o, uint64_t wanted, uint64_t address)
{
    uint64_t n = n2_tree_groups(o->view.len);
    uint64_t at = 0;

    for (n = wanted < n ? wanted : n; at < n; at++) {
        uint64_t left = o->view.len - at * N2_GROUP_BYTES;
        uint64_t len = left < N2_GROUP_BYTES ? left : N2_GROUP_BYTES;
        uint32_t index = n2_region_index(address) + (uint32_t)at;

        if (index >= N2_REGION_INDICES ||
            n2_serve_send(s, conn, o, at * N2_GROUP_BYTES, len,
                          n2_region_address(index, n2_region_generation(address)),
                          n2_read_unit(N2_GROUP_BYTES)))
            break;
    }
    return at;
}

static n2_err
put_end(n2_serve *s, n2_conn conn, const n2_call *call, object *o, n2_asm *a)
{
    uint64_t size = o->view.len;
    uint8_t(*nodes)[N2_HASH_BYTES] = NULL;
    size_t n = 0;
    n2_err err = N2_OK;

    n2_asm_u64(a, size);
    if (size <= N2_SERVE_GIVEN_BYTES) {
        n2_asm_u64(a, 0);
        n2_asm_bytes(a, o->view.bytes, (size_t)size);
        return N2_OK;
    }
    if (n2_tree_groups(size) > 1)
        err = n2_store_nodes(s->store, &o->hash, &nodes, &n);
    if (!err) {
        n = n < N2_SERVE_NODES_MAX ? n : N2_SERVE_NODES_MAX;
        n2_asm_u64(a, begin_groups(s, conn, o, call->arg[2].u, call->arg[3].u));
        n2_asm_bytes(a, nodes, n * N2_HASH_BYTES);
    }
    free(nodes);
    return err;
}

n2_err
n2_serve_do_follow(n2_serve *s, n2_conn conn, const n2_call *call)
{
    object *o = n2_serve_object(s, &call->arg[0]);
    const n2_value *path = &call->arg[1];
    uint64_t groups = call->arg[2].u, address = call->arg[3].u;

    if (!o)
        return N2_ERR_LIMIT;
    if (groups > N2_SERVE_GROUPS_MAX || !is_path(path->bytes, path->len) ||
        (groups && (!address || address >> 63 || n2_region_offset(address))))
        return N2_ERR_USAGE;

    n2_asm a = n2_talk_values();
    n2_err err = go_down(s, &o, path->bytes, path->len, &a);

    /* Not at the end: the folders alone. */
    err = err ? N2_OK : put_end(s, conn, call, o, &a);
    if (err) {
        n2_writer_clear(&a.body);
        return err;
    }
    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}
