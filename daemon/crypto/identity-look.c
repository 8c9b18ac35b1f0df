/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-look.c - what the statements of a set come to: a function of the set alone.
 */
#include <string.h>

#include "crypto/identity-set-private.h"

const n2_item *
n2_set_control(const n2_identity_set *set, const uint8_t name[static N2_HASH_BYTES])
{
    for (size_t i = 0; i < set->n && set->items[i].kind <= N2_KIND_CONTROL; i++)
        if (!set->items[i].waits && !memcmp(set->items[i].body, name, N2_HASH_BYTES))
            return &set->items[i];
    return NULL;
}

void
n2_set_listed(const n2_identity_set *set, const n2_item *control, n2_identity *out)
{
    n2_statement s;
    n2_field f;

    *out = (n2_identity){0};
    if (n2_statement_read(&s, control->bytes, control->len))
        return;
    if (control->kind == N2_KIND_BIRTH) {
        if (n2_birth_read(out, &s, set->who.method))
            *out = (n2_identity){0};
        return;
    }
    out->id = set->who;
    memcpy(out->control, control->body, sizeof out->control);
    out->number = control->number;
    for (size_t at = 0; n2_box_next(&s.body, &at, &f);) {
        if (f.number != N2_CONTROL_KEYS)
            continue;
        n2_box key = n2_box_of_field(&f);
        if (!n2_grant_read(&out->keys[out->n_keys], &key, true))
            out->n_keys++;
    }
}

/* Was @a held so long when @b came that @b disputes nothing? */
static bool
is_settled(const n2_item *a, const n2_item *b, int64_t wall_us)
{
    int64_t ahead = wall_us ? wall_us + (int64_t)N2_CLOCK_SKEW_US : INT64_MAX;

    return a->held_us > 0 && b->held_us > a->held_us && b->held_us <= ahead &&
           b->held_us - a->held_us >= (int64_t)N2_IDENTITY_SETTLED_US;
}

/* The one control statement behind @tip that is followed; NULL: there is none, or two. */
static const n2_item *
next_of(const n2_identity_set *set, const n2_item *tip, int64_t wall_us, bool *is_disputed)
{
    const n2_item *first = NULL, *second = NULL;

    for (size_t i = 0; i < set->n && set->items[i].kind <= N2_KIND_CONTROL; i++) {
        const n2_item *c = &set->items[i];

        if (c->waits || c->kind != N2_KIND_CONTROL || !n2_item_is_under(c, tip))
            continue;
        if (first)
            second = c; /* the set keeps two of them at most */
        else
            first = c;
    }
    if (!second || is_settled(first, second, wall_us))
        return first;
    if (is_settled(second, first, wall_us))
        return second;
    *is_disputed = true;
    return NULL;
}

const n2_item *
n2_set_tip(const n2_identity_set *set, int64_t wall_us, bool *is_disputed)
{
    const n2_item *tip = NULL;

    *is_disputed = false;
    if (set->n && set->items[0].kind == N2_KIND_BIRTH && !set->items[0].waits)
        tip = &set->items[0];
    for (const n2_item *next = tip; next; next = next_of(set, tip, wall_us, is_disputed))
        tip = next;
    return tip;
}

static bool
is_removed(const n2_identity_set *set, const n2_item *control, const n2_key *key)
{
    for (size_t i = 0; i < set->n; i++) {
        const n2_item *r = &set->items[i];

        if (r->kind == N2_KIND_REMOVE && !r->waits && n2_item_is_under(r, control) &&
            n2_key_equal(&r->key, key))
            return true;
    }
    return false;
}

static void
take_listed(const n2_identity_set *set, const n2_item *tip, n2_identity *out)
{
    size_t n = 0;

    n2_set_listed(set, tip, out);
    for (size_t i = 0; i < out->n_keys; i++) /* a control key takes a control statement */
        if (out->keys[i].rights & N2_RIGHT_CONTROL || !is_removed(set, tip, &out->keys[i].key))
            out->keys[n++] = out->keys[i];
    out->n_keys = n;
}

static void
take_add(const n2_item *add, n2_identity *out)
{
    n2_statement s;
    n2_grant grant;

    if (out->n_keys == N2_IDENTITY_KEYS_MAX || n2_statement_read(&s, add->bytes, add->len) ||
        n2_add_read(&grant, &s))
        return;
    for (size_t i = 0; i < out->n_keys; i++)
        if (n2_grant_equal(&out->keys[i], &grant))
            return;
    out->keys[out->n_keys++] = grant;
}

static void
take_end(const n2_item *end, n2_identity *out)
{
    n2_id successor = {0};
    n2_statement s;
    n2_field f;

    if (n2_statement_read(&s, end->bytes, end->len))
        return;
    int64_t made_us = n2_box_int(&s.body, N2_END_MADE);
    if (n2_box_find(&s.body, N2_END_SUCCESSOR, &f))
        successor = n2_box_id(&s.body, N2_END_SUCCESSOR);
    if (out->state == N2_IDENTITY_ENDED && !n2_id_equal(&successor, &out->successor)) {
        out->is_contested = true;
        successor = (n2_id){0};
    }
    if (out->state != N2_IDENTITY_ENDED || made_us < out->ended_us)
        out->ended_us = made_us;
    out->state = N2_IDENTITY_ENDED;
    out->successor = successor;
}

static void
take_fresh(const n2_item *fresh, const uint8_t *hash, int64_t wall_us, n2_identity *out)
{
    n2_statement s;
    n2_field f;

    int64_t ahead = wall_us ? wall_us : INT64_MAX - (int64_t)N2_CLOCK_SKEW_US;

    if (fresh->made_us > ahead) /* a clock that runs an hour ahead confirms an hour later */
        return;
    if (!n2_identity_may(out, &fresh->key, N2_RIGHT_DEVICE | N2_RIGHT_CONTROL,
                         fresh->made_us) ||
        n2_statement_read(&s, fresh->bytes, fresh->len))
        return;
    (void)n2_box_find(&s.body, N2_FRESH_HASH, &f);
    int64_t *at = memcmp(f.value, hash, N2_HASH_BYTES) ? &out->other_us : &out->fresh_us;
    if (fresh->made_us > *at)
        *at = fresh->made_us;
}

/* Over the names of the adds that stand and the removes, ascending. */
static void
hash_under(const n2_identity_set *set, const n2_item *tip, uint8_t *hash)
{
    const uint8_t *last = NULL;
    n2_hash h;

    n2_hash_init(&h, set->who.method);
    for (;;) { /* adds and removes each ascend by name: the least of both that is left */
        const n2_item *least = NULL;

        for (size_t i = 0; i < set->n; i++) {
            const n2_item *it = &set->items[i];
            bool is_add = it->kind == N2_KIND_ADD;

            if (it->waits || (!is_add && it->kind != N2_KIND_REMOVE) ||
                !n2_item_is_under(it, tip) ||
                (last && memcmp(it->body, last, N2_HASH_BYTES) <= 0) ||
                (least && memcmp(it->body, least->body, N2_HASH_BYTES) >= 0) ||
                (is_add && is_removed(set, tip, &it->key)))
                continue;
            least = it;
        }
        if (!least)
            break;
        n2_hash_update(&h, least->body, N2_HASH_BYTES);
        last = least->body;
    }
    n2_hash_final(&h, hash);
}

n2_err
n2_identity_look(const n2_identity_set *set, int64_t wall_us, n2_identity *out)
{
    uint8_t hash[N2_HASH_BYTES];
    bool is_disputed;
    const n2_item *tip = n2_set_tip(set, wall_us, &is_disputed);
    n2_identity birth;

    *out = (n2_identity){0};
    if (!tip)
        return N2_ERR_NOTFOUND;
    n2_set_listed(set, &set->items[0], &birth);
    take_listed(set, tip, out);
    out->made_us = birth.made_us;
    memcpy(out->sheet, birth.sheet, sizeof out->sheet);
    hash_under(set, tip, hash);
    for (size_t i = 0; i < set->n && !set->items[i].waits; i++) { /* freshs come last */
        const n2_item *it = &set->items[i];

        if (it->kind == N2_KIND_END)
            take_end(it, out);
        else if (!n2_item_is_under(it, tip))
            continue;
        else if (it->kind == N2_KIND_ADD && !is_removed(set, tip, &it->key))
            take_add(it, out);
        else if (it->kind == N2_KIND_FRESH)
            take_fresh(it, hash, wall_us, out);
    }
    if (is_disputed && out->state == N2_IDENTITY_LIVE)
        out->state = N2_IDENTITY_FROZEN;
    return N2_OK;
}

n2_err
n2_identity_set_hash(const n2_identity_set *set, uint8_t hash[static N2_HASH_BYTES])
{
    bool is_disputed;
    const n2_item *tip = n2_set_tip(set, 0, &is_disputed);

    if (!tip)
        return N2_ERR_NOTFOUND;
    hash_under(set, tip, hash);
    return N2_OK;
}

bool
n2_identity_distrusts(const n2_identity_set *set, const n2_key *key, int64_t *since_us)
{
    int64_t since = INT64_MAX;
    bool is_named = false;

    for (size_t i = 0; i < set->n; i++) {
        const n2_item *end = &set->items[i];
        n2_statement s;
        n2_field f;

        if (end->kind != N2_KIND_END || end->waits ||
            n2_statement_read(&s, end->bytes, end->len))
            continue;
        for (size_t at = 0; n2_box_next(&s.body, &at, &f);) {
            if (f.number != N2_END_DISTRUSTED)
                continue;
            n2_box box = n2_box_of_field(&f);
            n2_key named = n2_box_key(&box, N2_KEY_KEY);
            int64_t from = n2_box_int(&box, N2_KEY_FROM);
            if (!n2_key_equal(&named, key))
                continue;
            is_named = true;
            since = from < since ? from : since;
        }
    }
    if (is_named && since_us)
        *since_us = since;
    return is_named;
}
