/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-thin.c - what a set leaves out: what says nothing more than others do, and what has
 *                   fallen, when there is no room.
 */
#include <string.h>

#include "crypto/identity-set-private.h"

/* ---- what is too much ---- */

/* Of all of its kind together; ends and birth are few by their rules. */
static size_t
most_of_all(const n2_item *item)
{
    if (item->waits)
        return N2_IDENTITY_WAITING_BYTES_MAX;
    switch (item->kind) {
    case N2_KIND_CONTROL:
        return N2_IDENTITY_CONTROLS_BYTES_MAX;
    case N2_KIND_ADD:
        return N2_IDENTITY_ADDS_BYTES_MAX;
    case N2_KIND_REMOVE:
        return N2_IDENTITY_REMOVES_BYTES_MAX;
    case N2_KIND_FRESH:
        return N2_IDENTITY_FRESHS_BYTES_MAX;
    default:
        return N2_IDENTITY_BYTES_MAX;
    }
}

_Static_assert(N2_IDENTITY_BIRTH_BYTES_MAX + N2_IDENTITY_CONTROLS_BYTES_MAX +
                       N2_IDENTITY_ADDS_BYTES_MAX + N2_IDENTITY_REMOVES_BYTES_MAX +
                       N2_IDENTITY_ENDS_BYTES_MAX + N2_IDENTITY_FRESHS_BYTES_MAX +
                       N2_IDENTITY_WAITING_BYTES_MAX <=
                   N2_IDENTITY_BYTES_MAX,
               "all shares fit into one identity");

static bool
fits(const n2_identity_set *set, const n2_item *item)
{
    size_t sum = item->len;

    for (size_t i = 0; i < set->n; i++)
        if (set->items[i].waits == item->waits &&
            (item->waits || set->items[i].kind == item->kind))
            sum += set->items[i].len;
    return sum <= most_of_all(item);
}

/* What hangs on a control statement that another has followed counts for nothing any more. */
static bool
has_fallen(const n2_identity_set *set, const n2_item *item)
{
    bool is_disputed;
    const n2_item *tip = n2_set_tip(set, 0, &is_disputed);

    if (item->kind == N2_KIND_BIRTH || item->kind == N2_KIND_CONTROL || !tip ||
        n2_item_is_under(item, tip))
        return false;
    while (tip && tip->kind == N2_KIND_CONTROL) {
        tip = n2_set_control(set, tip->under);
        if (tip && n2_item_is_under(item, tip))
            return true;
    }
    return false;
}

/* A remove of a key that nobody has named. */
static bool
is_idle(const n2_identity_set *set, const n2_item *item)
{
    const n2_item *control = n2_set_control(set, item->under);

    return item->kind == N2_KIND_REMOVE && control &&
           !n2_set_is_named(set, control, &item->key);
}

n2_err
n2_set_make_room(n2_identity_set *set, const n2_item *item)
{
    bool (*const least[])(const n2_identity_set *, const n2_item *) = {has_fallen, is_idle};

    for (size_t k = 0; k < 2 && !item->waits; k++)
        for (size_t i = set->n; i-- && !fits(set, item);)
            if (!set->items[i].waits && set->items[i].kind == item->kind &&
                least[k](set, &set->items[i]))
                n2_set_drop(set, i);
    return fits(set, item) ? N2_OK : N2_ERR_LIMIT;
}

/* ---- of several the few that say all ---- */

/* Ascending by when it was held, then by name; one of which that is unknown may have been the
 * first. */
static bool
is_earlier(const n2_item *a, const n2_item *b)
{
    int64_t a_us = a->held_us > 0 ? a->held_us : 0, b_us = b->held_us > 0 ? b->held_us : 0;

    return a_us != b_us ? a_us < b_us : memcmp(a->body, b->body, sizeof a->body) < 0;
}

/* Ascending by successor (none first), then by name. */
static bool
is_lesser_end(const n2_item *a, const n2_item *b)
{
    n2_statement s;
    n2_id a_id = {0}, b_id = {0};

    if (!n2_statement_read(&s, a->bytes, a->len))
        a_id = n2_box_id(&s.body, N2_END_SUCCESSOR);
    if (!n2_statement_read(&s, b->bytes, b->len))
        b_id = n2_box_id(&s.body, N2_END_SUCCESSOR);
    if (a_id.method != b_id.method)
        return a_id.method < b_id.method;
    int by_hash = memcmp(a_id.hash, b_id.hash, sizeof a_id.hash);
    return (by_hash ? by_hash : memcmp(a->body, b->body, sizeof a->body)) < 0;
}

static bool
is_beside(const n2_item *a, const n2_item *b)
{
    return !memcmp(a->under, b->under, sizeof a->under);
}

/* Those of its kind that stand where it does; their number, and the least and greatest. */
static size_t
beside(const n2_identity_set *set,
       const n2_item *item,
       bool (*is_less)(const n2_item *, const n2_item *),
       size_t *least,
       size_t *most)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++) {
        const n2_item *it = &set->items[i];

        if (it->waits || it->kind != item->kind || !is_beside(it, item))
            continue;
        if (!n || is_less(it, &set->items[*least]))
            *least = i;
        if (!n || is_less(&set->items[*most], it))
            *most = i;
        n++;
    }
    return n;
}

/* What hangs on a control statement that has gone goes, too. */
static void
drop_orphans(n2_identity_set *set)
{
    for (size_t i = 0; i < set->n;) {
        const n2_item *it = &set->items[i];
        bool hangs = it->kind != N2_KIND_BIRTH && it->kind != N2_KIND_END && !it->waits;

        if (hangs && !n2_set_control(set, it->under)) {
            n2_set_drop(set, i);
            i = 0; /* others may hang on it */
        } else {
            i++;
        }
    }
}

/* Two controls that follow one are enough to see that it is disputed: the two held first. */
static bool
thin_controls(n2_identity_set *set, const n2_item *item)
{
    size_t least = 0, most = 0;

    if (beside(set, item, is_earlier, &least, &most) < 2)
        return true;
    if (is_earlier(&set->items[most], item))
        return false;
    n2_set_drop(set, most);
    drop_orphans(set);
    return true;
}

static bool
ends_fit(const n2_identity_set *set, const n2_item *item)
{
    size_t sum = item->len;

    for (size_t i = 0; i < set->n; i++)
        if (!set->items[i].waits && set->items[i].kind == N2_KIND_END)
            sum += set->items[i].len;
    return sum <= N2_IDENTITY_ENDS_BYTES_MAX;
}

/* Only the sheet makes them, and each may distrust other keys, so all are kept that fit; the
 * two of the least and greatest successor always, by which is seen whether all name one. */
static bool
thin_ends(n2_identity_set *set, const n2_item *item)
{
    while (!ends_fit(set, item)) {
        size_t least = 0, most = 0, n = beside(set, item, is_lesser_end, &least, &most);
        bool is_least = is_lesser_end(item, &set->items[least]);

        if (!is_least && !is_lesser_end(&set->items[most], item))
            return false;
        size_t gone = is_least ? least : most;
        for (size_t i = 0; i < set->n && n > 2; i++)
            if (!set->items[i].waits && set->items[i].kind == N2_KIND_END && i != least &&
                i != most)
                gone = i;
        n2_set_drop(set, gone);
    }
    return true;
}

/* The last word of each signer is enough. */
static bool
thin_freshs(n2_identity_set *set, const n2_item *item)
{
    for (size_t i = 0; i < set->n; i++) {
        const n2_item *it = &set->items[i];

        if (it->waits || it->kind != N2_KIND_FRESH || !is_beside(it, item) ||
            !n2_key_equal(&it->key, &item->key))
            continue;
        if (it->made_us > item->made_us ||
            (it->made_us == item->made_us && memcmp(it->body, item->body, sizeof it->body) > 0))
            return false;
        n2_set_drop(set, i);
        return true;
    }
    return true;
}

/* One remove of a key is enough: that of the lesser name, whichever came first. */
static bool
thin_removes(n2_identity_set *set, const n2_item *item)
{
    for (size_t i = 0; i < set->n; i++) {
        const n2_item *it = &set->items[i];

        if (it->waits || it->kind != N2_KIND_REMOVE || !is_beside(it, item) ||
            !n2_key_equal(&it->key, &item->key))
            continue;
        if (memcmp(it->body, item->body, sizeof it->body) < 0)
            return false;
        n2_set_drop(set, i);
        return true;
    }
    return true;
}

/* Makes place for @item among those that say the same; false: it adds nothing to them. */
bool
n2_set_thin(n2_identity_set *set, const n2_item *item)
{
    switch (item->kind) {
    case N2_KIND_CONTROL:
        return thin_controls(set, item);
    case N2_KIND_END:
        return thin_ends(set, item);
    case N2_KIND_FRESH:
        return thin_freshs(set, item);
    case N2_KIND_REMOVE:
        return thin_removes(set, item);
    default:
        return true;
    }
}
