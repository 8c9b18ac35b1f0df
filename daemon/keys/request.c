/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * request.c - requests to the keys process, as bytes.
 */
#include "keys/request.h"

#include "keys/request-parts.h"

/* What changes an identity, or says something in its name. */
static void
write_changes(n2_writer *w, const n2_keys_shape *s, const n2_keys_request *q)
{
    if (s->asks & ASK_SUBJECT) {
        n2_keys_write_id(w, &q->subject);
        n2_write_u8(w, q->scope);
    }
    if (s->asks & ASK_KEY)
        n2_keys_write_key(w, &q->key);
    if (s->asks & ASK_RIGHTS) {
        n2_keys_write_rights(w, q->rights);
        n2_write_u16(w, q->days);
        n2_keys_write_place(w, &q->place);
    }
    if (s->asks & ASK_REASON)
        n2_write_u8(w, q->reason);
    if (s->asks & ASK_DAYS)
        n2_write_u16(w, q->days);
    if (s->asks & ASK_TOKENS)
        n2_keys_write_keys(w, q->keys, q->n_keys, false);
    if (s->asks & ASK_DROPS) {
        if (q->n_drops > N2_KEYRING_KEYS_MAX)
            n2_writer_fail(w, N2_ERR_FORMAT);
        n2_write_u8(w, (uint8_t)q->n_drops);
        for (size_t i = 0; i < q->n_drops && !w->err; i++)
            n2_keys_write_key(w, &q->drops[i]);
    }
}

/* What a token is to do. */
static void
write_orders(n2_writer *w, const n2_keys_shape *s, const n2_keys_request *q)
{
    if (s->asks & ASK_AIDS) {
        if (!q->n_aids || q->n_aids > N2_KEYS_CLONES_MAX)
            n2_writer_fail(w, N2_ERR_FORMAT);
        n2_write_u8(w, (uint8_t)q->n_aids);
        for (size_t i = 0; i < q->n_aids && !w->err; i++)
            n2_write_bytes(w, q->aids[i], sizeof q->aids[i]);
    }
    if (s->asks & ASK_WHICH)
        n2_write_u8(w, (uint8_t)q->which);
    if (!(s->asks & ASK_MAKES))
        return;
    if (!q->n_makes || q->n_makes > sizeof q->makes / sizeof *q->makes)
        n2_writer_fail(w, N2_ERR_FORMAT);
    n2_write_u8(w, q->flags);
    n2_write_u8(w, (uint8_t)q->n_makes);
    for (size_t i = 0; i < q->n_makes && !w->err; i++) {
        n2_write_u8(w, (uint8_t)q->makes[i].slot);
        n2_write_u8(w, q->makes[i].method);
        n2_write_u8(w, q->makes[i].touch);
    }
}

n2_err
n2_keys_request_write(const n2_keys_request *request, void *buf, size_t cap, size_t *len)
{
    n2_writer w = n2_writer_init(buf, cap);
    const n2_noise_suite *suite = n2_noise_suite_find(request->suite);
    const n2_keys_shape *s = n2_keys_shape_of(request->kind);

    if (!s || (s->asks & (ASK_E | ASK_HASH) && s->asks & ASK_SUITE && !suite))
        return N2_ERR_FORMAT;
    n2_write_u32(&w, request->id);
    n2_write_u8(&w, (uint8_t)request->kind);
    if (s->asks & ASK_LABEL)
        n2_keys_write_text(&w, request->label, 1, N2_OWN_LABEL_BYTES_MAX);
    if (s->asks & ASK_METHOD)
        n2_write_u8(&w, request->method);
    if (s->asks & ASK_INDEX)
        n2_write_u16(&w, request->index);
    if (s->asks & ASK_KEY_ID)
        n2_write_u16(&w, request->key_id);
    if (s->asks & ASK_FIRST)
        n2_keys_write_piece(&w, request->first);
    if (s->asks & ASK_WHO)
        n2_keys_write_id(&w, &request->who);
    if (s->asks & ASK_SUITE)
        n2_write_u8(&w, request->suite);
    if (s->asks & ASK_RENEW) {
        n2_write_u8(&w, request->fresh);
        n2_write_u8(&w, request->offers);
    }
    if (s->asks & ASK_E)
        n2_write_bytes(&w, request->e, suite->dh_bytes);
    if (s->asks & ASK_HASH)
        n2_write_bytes(&w, request->hash, sizeof request->hash);
    if (s->asks & ASK_HOURS)
        n2_write_u8(&w, request->hours);
    if (s->asks & ASK_SUCCESSOR)
        n2_keys_write_id(&w, &request->successor);
    if (s->asks & ASK_SITE) {
        n2_keys_write_id(&w, &request->site);
        n2_write_u32(&w, request->number);
    }
    write_changes(&w, s, request);
    write_orders(&w, s, request);
    if (s->asks & ASK_ABOUT) {
        n2_write_u32(&w, request->about);
        n2_write_u8(&w, request->how);
    }
    if (s->asks & ASK_BODY)
        n2_write_bytes(&w, request->body.bytes, request->body.len);
    return n2_writer_finish(&w, len);
}

/* NODE_KEY may name a suite that is not there: it is told so. */
static void
read_suite(n2_reader *r, const n2_keys_shape *s, n2_keys_request *q)
{
    q->suite = n2_read_u8(r);
    const n2_noise_suite *suite = n2_noise_suite_find(q->suite);

    if (s->asks & (ASK_E | ASK_HASH) && !suite)
        n2_reader_fail(r, N2_ERR_FORMAT);
    if (s->asks & ASK_E)
        n2_read_copy(r, q->e, suite ? suite->dh_bytes : 0);
}

static void
read_renew(n2_reader *r, n2_keys_request *q)
{
    uint8_t fresh = n2_read_u8(r);

    q->fresh = fresh;
    q->offers = n2_read_u8(r);
    if (fresh > 1 || q->offers & ~N2_SUITES_ALL)
        n2_reader_fail(r, N2_ERR_FORMAT);
}

static void
read_changes(n2_reader *r, const n2_keys_shape *s, n2_keys_request *q)
{
    if (s->asks & ASK_SUBJECT) {
        n2_keys_read_id(r, &q->subject);
        q->scope = n2_read_u8(r);
    }
    if (s->asks & ASK_KEY)
        n2_keys_read_key(r, &q->key);
    if (s->asks & ASK_RIGHTS) {
        q->rights = n2_keys_read_rights(r);
        q->days = n2_read_u16(r);
        n2_keys_read_place(r, &q->place);
    }
    if (s->asks & ASK_REASON)
        q->reason = n2_read_u8(r);
    if (s->asks & ASK_DAYS)
        q->days = n2_read_u16(r);
    if (s->asks & ASK_TOKENS)
        q->n_keys = n2_keys_read_keys(r, q->keys, false);
    if (s->asks & ASK_DROPS) {
        q->n_drops = n2_read_u8(r);
        if (q->n_drops > N2_KEYRING_KEYS_MAX)
            n2_reader_fail(r, N2_ERR_FORMAT);
        for (size_t i = 0; i < q->n_drops && !r->err; i++)
            n2_keys_read_key(r, &q->drops[i]);
    }
}

static void
read_make(n2_reader *r, n2_keys_make *make)
{
    uint8_t slot = n2_read_u8(r);

    if (slot == N2_PLACE_HERE || slot >= N2_PLACES)
        n2_reader_fail(r, N2_ERR_FORMAT);
    make->slot = (n2_keys_slot)slot;
    make->method = n2_read_u8(r);
    make->touch = n2_read_u8(r);
}

static void
read_orders(n2_reader *r, const n2_keys_shape *s, n2_keys_request *q)
{
    uint8_t which;

    if (s->asks & ASK_AIDS) {
        q->n_aids = n2_read_u8(r);
        if (!q->n_aids || q->n_aids > N2_KEYS_CLONES_MAX)
            n2_reader_fail(r, N2_ERR_FORMAT);
        for (size_t i = 0; i < q->n_aids && !r->err; i++)
            n2_read_copy(r, q->aids[i], sizeof q->aids[i]);
    }
    if (s->asks & ASK_WHICH) {
        which = n2_read_u8(r);
        if (!which || which >= N2_PINS)
            n2_reader_fail(r, N2_ERR_FORMAT);
        q->which = (n2_keys_pin)which;
    }
    if (!(s->asks & ASK_MAKES))
        return;
    q->flags = n2_read_u8(r);
    q->n_makes = n2_read_u8(r);
    if (q->flags & ~N2_MAKE_ALL || !q->n_makes ||
        q->n_makes > sizeof q->makes / sizeof *q->makes)
        n2_reader_fail(r, N2_ERR_FORMAT);
    for (size_t i = 0; i < q->n_makes && !r->err; i++)
        read_make(r, &q->makes[i]);
}

static void
read_parts(n2_reader *r, const n2_keys_shape *s, n2_keys_request *q)
{
    if (s->asks & ASK_LABEL)
        n2_keys_read_text(r, q->label, 1, N2_OWN_LABEL_BYTES_MAX);
    if (s->asks & ASK_METHOD)
        q->method = n2_read_u8(r);
    if (s->asks & ASK_INDEX)
        q->index = n2_read_u16(r);
    if (s->asks & ASK_KEY_ID)
        q->key_id = n2_read_u16(r);
    if (s->asks & ASK_FIRST)
        q->first = n2_keys_read_piece(r);
    if (s->asks & ASK_WHO)
        n2_keys_read_id(r, &q->who);
    if (s->asks & ASK_SUITE)
        read_suite(r, s, q);
    if (s->asks & ASK_RENEW)
        read_renew(r, q);
    if (s->asks & ASK_HASH)
        n2_read_copy(r, q->hash, sizeof q->hash);
    if (s->asks & ASK_HOURS)
        q->hours = n2_read_u8(r);
    if (s->asks & ASK_SUCCESSOR)
        n2_keys_read_id(r, &q->successor);
    if (s->asks & ASK_SITE) {
        n2_keys_read_id(r, &q->site);
        q->number = n2_read_u32(r);
    }
    read_changes(r, s, q);
    read_orders(r, s, q);
    if (s->asks & ASK_ABOUT) {
        q->about = n2_read_u32(r);
        q->how = n2_read_u8(r);
        if (q->how >= N2_TELLS)
            n2_reader_fail(r, N2_ERR_FORMAT);
    }
    if (s->asks & ASK_BODY)
        q->body = n2_keys_read_rest(r);
}

n2_err
n2_keys_request_read(n2_keys_request *out, const void *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);

    *out = (n2_keys_request){0};
    out->id = n2_read_u32(&r);
    unsigned kind = n2_read_u8(&r);
    const n2_keys_shape *s = n2_keys_shape_of(kind);
    if (len > N2_KEYRING_MESSAGE_BYTES_MAX)
        n2_reader_fail(&r, N2_ERR_LIMIT);
    if (s)
        out->kind = (n2_keys_kind)kind;
    else
        n2_reader_fail(&r, N2_ERR_FORMAT);
    if (!r.err)
        read_parts(&r, s, out);
    n2_err err = n2_reader_finish(&r);
    if (err)
        *out = (n2_keys_request){.id = out->id, .kind = out->kind};
    return err;
}
