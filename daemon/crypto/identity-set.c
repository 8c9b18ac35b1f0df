/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-set.c - statements taken into a set: what counts, what waits, what is refused.
 */
#include "crypto/identity-set.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "crypto/identity-set-private.h"

n2_err
n2_identity_set_new(n2_identity_set **out, const n2_id *who, const n2_unicode *unicode)
{
    *out = NULL;
    if (!n2_hash_known(who->method))
        return N2_ERR_UNSUPPORTED;
    n2_identity_set *set = calloc(1, sizeof *set);
    if (!set)
        return N2_ERR_NOMEM;
    set->who = *who;
    set->unicode = unicode;
    *out = set;
    return N2_OK;
}

void
n2_identity_set_free(n2_identity_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->n; i++)
        free(set->items[i].bytes);
    free(set->items);
    free(set);
}

const n2_id *
n2_identity_set_who(const n2_identity_set *set)
{
    return &set->who;
}

/* ---- the list ---- */

static int
compare(const n2_item *a, const n2_item *b)
{
    if (a->waits != b->waits)
        return a->waits ? 1 : -1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    int by_body = memcmp(a->body, b->body, sizeof a->body);
    return by_body ? by_body : memcmp(a->hash, b->hash, sizeof a->hash);
}

/* Room for one more is there. */
static void
insert(n2_identity_set *set, const n2_item *item)
{
    size_t at = set->n++;

    for (; at && compare(&set->items[at - 1], item) > 0; at--)
        set->items[at] = set->items[at - 1];
    set->items[at] = *item;
}

static n2_item
steal(n2_identity_set *set, size_t i)
{
    n2_item item = set->items[i];

    set->n--;
    memmove(&set->items[i], &set->items[i + 1], (set->n - i) * sizeof *set->items);
    return item;
}

void
n2_set_drop(n2_identity_set *set, size_t i)
{
    n2_item item = steal(set, i);

    free(item.bytes);
}

static n2_err
reserve(n2_identity_set *set)
{
    if (set->n < set->room)
        return N2_OK;
    size_t room = set->room ? 2 * set->room : 16;
    n2_item *items = realloc(set->items, room * sizeof *items);
    if (!items)
        return N2_ERR_NOMEM;
    set->items = items;
    set->room = room;
    return N2_OK;
}

/* ---- taking ---- */

/* Of one statement; 0: its kind says nothing about keys. */
static size_t
most_of_one(uint8_t kind)
{
    switch (kind) {
    case N2_KIND_BIRTH:
        return N2_IDENTITY_BIRTH_BYTES_MAX;
    case N2_KIND_CONTROL:
        return N2_IDENTITY_CONTROL_BYTES_MAX;
    case N2_KIND_ADD:
        return N2_IDENTITY_ADD_BYTES_MAX;
    case N2_KIND_REMOVE:
        return N2_IDENTITY_REMOVE_BYTES_MAX;
    case N2_KIND_END:
        return N2_IDENTITY_END_BYTES_MAX;
    case N2_KIND_FRESH:
        return N2_IDENTITY_FRESH_BYTES_MAX;
    default:
        return 0;
    }
}

/* @item is put in, or freed.  Room comes first: what is thinned out must not be missed. */
static n2_err
admit(n2_identity_set *set, n2_item *item, n2_taken *taken)
{
    bool is_fresh = item->kind == N2_KIND_FRESH; /* the last word of one that is there */
    bool adds = item->waits || !is_fresh || n2_set_thin(set, item);
    n2_err err = adds ? n2_set_make_room(set, item) : N2_OK;

    if (!err && adds && !item->waits && !is_fresh)
        adds = n2_set_thin(set, item);
    if (err || !adds) {
        free(item->bytes);
        *taken = N2_TAKEN_NOTHING;
        return err;
    }
    insert(set, item);
    *taken = item->waits ? N2_TAKEN_WAITS : N2_TAKEN_NEW;
    return N2_OK;
}

/* The one that counts and has this body, or these very bytes.  Of a fresh it matters who said
 * it, too: two may say the same in one moment. */
static n2_item *
find(const n2_identity_set *set, const n2_item *item)
{
    for (size_t i = 0; i < set->n; i++) {
        n2_item *it = &set->items[i];
        bool is_same = it->waits ? !memcmp(it->hash, item->hash, sizeof it->hash)
                                 : !memcmp(it->body, item->body, sizeof it->body);

        if (it->kind == item->kind && is_same &&
            (it->kind != N2_KIND_FRESH || n2_key_equal(&it->key, &item->key)))
            return it;
    }
    return NULL;
}

/* Something counts that did not before: what waited for it is judged again. */
static void
settle(n2_identity_set *set)
{
    for (size_t i = 0; i < set->n;) {
        n2_item item = set->items[i];
        n2_taken taken;
        n2_statement s;
        bool waits = false;

        if (!item.waits) {
            i++;
            continue;
        }
        n2_err err = n2_statement_read(&s, item.bytes, item.len);
        if (!err)
            err = n2_set_judge(set, &s, &item, &waits);
        if (!err && waits) {
            i++;
            continue;
        }
        item = steal(set, i);
        item.waits = false;
        n2_item *same = err ? NULL : find(set, &item);
        if (same && item.held_us > 0 && (same->held_us <= 0 || item.held_us < same->held_us))
            same->held_us = item.held_us;
        if (err || same)
            free(item.bytes); /* by nobody who may, or it is there */
        else if (!admit(set, &item, &taken))
            i = 0;
    }
}

static n2_err
begin(const n2_identity_set *set,
      const void *statement,
      size_t len,
      n2_verified *verified,
      n2_statement *s,
      n2_item *item)
{
    uint8_t kind = n2_statement_kind(statement, len);
    size_t most = most_of_one(kind);
    n2_box box;

    *item = (n2_item){.kind = kind, .len = len};
    if (!most) {
        n2_err err = n2_box_check(&box, statement, len, N2_KIND_SIGNED, set->unicode);
        return err ? err : N2_ERR_UNSUPPORTED;
    }
    if (len > most)
        return N2_ERR_LIMIT;
    n2_err err = n2_statement_check_once(s, statement, len, kind, set->unicode, verified);
    if (err)
        return err;
    n2_id name = n2_id_of_body(set->who.method, &s->body);
    n2_id who = kind == N2_KIND_BIRTH ? name : n2_box_id(&s->body, N2_FIELD_WHO);
    if (!n2_id_equal(&who, &set->who))
        return N2_ERR_FORGED;
    memcpy(item->body, name.hash, sizeof item->body);
    n2_sha256_of(statement, len, item->hash);
    return n2_item_read(set, s, item);
}

/* A clock that ran ahead confirmed for then.  Kept, it would stand before all that its signer
 * says until that day. */
static bool
is_ahead(const n2_item *item, int64_t wall_us)
{
    return item->kind == N2_KIND_FRESH && wall_us > 0 &&
           item->made_us > wall_us + (int64_t)N2_CLOCK_SKEW_US;
}

bool
n2_identity_set_drop_ahead(n2_identity_set *set, int64_t wall_us)
{
    bool is_any = false;

    for (size_t i = set->n; i-- > 0;)
        if (is_ahead(&set->items[i], wall_us)) {
            n2_set_drop(set, i);
            is_any = true;
        }
    return is_any;
}

n2_err
n2_identity_take(n2_identity_set *set,
                 const void *statement,
                 size_t len,
                 int64_t held_us,
                 n2_verified *verified,
                 n2_taken *taken)
{
    n2_taken result = N2_TAKEN_KNOWN;
    n2_statement s;
    n2_item item;

    n2_err err = begin(set, statement, len, verified, &s, &item);
    if (err)
        return err;
    item.held_us = held_us;
    n2_item *known = find(set, &item);
    if (known) {
        if (held_us > 0 && (known->held_us <= 0 || held_us < known->held_us))
            known->held_us = held_us;
        if (known->waits)
            result = N2_TAKEN_WAITS;
    } else {
        err = n2_set_judge(set, &s, &item, &item.waits);
        if (!err && is_ahead(&item, held_us)) {
            if (taken)
                *taken = N2_TAKEN_NOTHING;
            return N2_OK;
        }
        if (!err)
            err = reserve(set);
        if (err)
            return err;
        item.bytes = malloc(len);
        if (!item.bytes)
            return N2_ERR_NOMEM;
        memcpy(item.bytes, statement, len);
        err = admit(set, &item, &result);
        if (!err && result == N2_TAKEN_NEW)
            settle(set);
    }
    if (!err && taken)
        *taken = result;
    return err;
}

/* Bytes that are no statement count as everybody's, so that somebody refuses them. */
static bool
is_about(const n2_identity_set *set, const void *statement, size_t len)
{
    n2_box box;
    n2_field f;

    if (n2_box_check(&box, statement, len, N2_KIND_SIGNED, NULL))
        return true;
    (void)n2_box_find(&box, 1, &f);
    n2_box body = n2_box_of_field(&f);
    n2_id who = body.kind == N2_KIND_BIRTH ? n2_id_of_body(set->who.method, &body)
                                           : n2_box_id(&body, N2_FIELD_WHO);
    return n2_id_equal(&who, &set->who);
}

n2_err
n2_identity_take_all(n2_identity_set *set,
                     const void *container,
                     size_t len,
                     int64_t held_us,
                     n2_verified *verified)
{
    /* In this order nothing has to wait, but controls that are not in theirs. */
    static const uint8_t kinds[] = {N2_KIND_BIRTH,  N2_KIND_CONTROL, N2_KIND_ADD,
                                    N2_KIND_REMOVE, N2_KIND_END,     N2_KIND_FRESH};
    n2_err first = N2_OK;
    size_t n;

    n2_err err = n2_container_check(container, len, &n);
    if (err)
        return err;
    for (size_t k = 0; k < sizeof kinds; k++) {
        const uint8_t *statement;
        size_t statement_len;

        for (size_t at = 0;
             n2_container_next(container, len, &at, &statement, &statement_len);) {
            if (n2_statement_kind(statement, statement_len) != kinds[k] ||
                !is_about(set, statement, statement_len))
                continue;
            err = n2_identity_take(set, statement, statement_len, held_us, verified, NULL);
            if (err == N2_ERR_NOMEM)
                return err;
            if (err && !first)
                first = err;
        }
    }
    return first;
}

/* ---- what is in it ---- */

size_t
n2_identity_set_count(const n2_identity_set *set)
{
    size_t n = 0;

    while (n < set->n && !set->items[n].waits)
        n++;
    return n;
}

n2_kept
n2_identity_set_at(const n2_identity_set *set, size_t i)
{
    const n2_item *it = &set->items[i];

    return (n2_kept){
        .bytes = it->bytes, .len = it->len, .kind = it->kind, .held_us = it->held_us};
}

n2_err
n2_identity_set_write(const n2_identity_set *set, uint8_t *buf, size_t cap, size_t *len)
{
    n2_writer w = n2_writer_init(buf, cap);

    for (size_t i = 0; i < n2_identity_set_count(set); i++)
        n2_container_put(&w, set->items[i].bytes, set->items[i].len);
    return n2_writer_finish(&w, len);
}
