/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-carry.c - contents that this node fetches for others and passes on while they come.
 *
 * An entry of the table of open contents may be a part: the file that it is written to, mapped
 * in its whole length.  Only groups that were verified here are read from it.  When all of it
 * has come the entry is as any other.
 */
#include "share/serve-private.h"
#include "store/part.h"

void
n2_serve_on_carry(n2_serve *serve, n2_serve_carry *carry, void *user)
{
    serve->carry = carry;
    serve->carry_user = user;
}

/* The part of what is coming in just now; NULL: nothing of it is. */
static const n2_part *
coming(const n2_serve *s, const object *o)
{
    const n2_ref ref = {.id = o->hash, .size = o->view.len};
    const n2_part *part = NULL;

    return s->carry && !s->carry(s->carry_user, &ref, NULL, &part) ? part : NULL;
}

/* It has become whole: from now on it is what the store has, in whichever file. */
static bool
is_whole_now(n2_serve *s, object *o)
{
    n2_object found;
    n2_view view;

    if (o->n_users || n2_store_find(s->store, &o->hash, &found) ||
        found.state != N2_OBJECT_WHOLE || n2_store_map(s->store, &o->hash, &view))
        return false;
    s->mapped_bytes -= o->view.len;
    n2_store_unmap(s->store, &o->view);
    o->view = view;
    s->mapped_bytes += o->view.len;
    o->is_part = false;
    return true;
}

bool
n2_serve_is_whole(n2_serve *s, object *o)
{
    return !o->is_part || (!coming(s, o) && is_whole_now(s, o));
}

bool
n2_serve_has(n2_serve *s, object *o, uint64_t offset, uint64_t length)
{
    if (n2_serve_is_whole(s, o))
        return true;
    const n2_part *part = coming(s, o);
    for (uint64_t g = offset / N2_GROUP_BYTES; part && g * N2_GROUP_BYTES < offset + length;
         g++)
        if (!n2_part_is_sure(part, g))
            return false;
    return part && length;
}

n2_err
n2_serve_part_nodes(n2_serve *s, object *o, uint64_t first, uint64_t count, n2_asm *a)
{
    const n2_part *part = coming(s, o);
    uint64_t n = part ? n2_part_groups(part) : 0;

    if (!n || !n2_part_node(part, 0))
        return N2_ERR_LIMIT; /* later */
    if (n < 2 || first >= n || count > n - first)
        return N2_ERR_USAGE;
    /* One behind the other, as the store has them. */
    n2_asm_bytes(a, n2_part_node(part, first), (size_t)count * N2_HASH_BYTES);
    return N2_OK;
}

n2_err
n2_serve_do_carry(n2_serve *s, const n2_call *call)
{
    n2_reader r = n2_reader_init(call->arg[0].bytes, call->arg[0].len);
    n2_ref ref = {.id = {.method = n2_read_u8(&r)}};
    n2_id who = {0};
    const n2_part *part = NULL;
    object *o = NULL;

    n2_read_copy(&r, ref.id.hash, sizeof ref.id.hash);
    ref.size = n2_read_u64(&r);
    n2_err err = n2_reader_finish(&r) ? N2_ERR_FORMAT : n2_serve_read_id(&call->arg[1], &who);

    if (!err && !s->carry)
        err = N2_ERR_UNSUPPORTED;
    if (!err) {
        err = n2_serve_open(s, &ref.id, ref.size, &o);
        if (err == N2_ERR_NOTFOUND) {
            err = s->carry(s->carry_user, &ref, &who, &part);
            if (!err)
                err = part ? n2_serve_open_part(s, &ref, part, &o) : N2_ERR_LIMIT;
        }
    }
    if (!err)
        n2_talk_put_object(s->talk, n2_serve_number(s, o));
    return err;
}
