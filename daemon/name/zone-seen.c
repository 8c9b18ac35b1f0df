/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-seen.c - which heads the zones in use were seen to sign.
 */
#include "name/zone-seen.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    n2_id id;
    n2_head_seen heads[N2_ZONE_HEADS_SEEN_MAX]; /* ascending; their bytes are ours */
    size_t n;
    n2_head_seen fraud[2]; /* the same; serial 0: none */
    uint64_t used;         /* turn of the last use */
} zone;

struct n2_zone_seen {
    zone *zones[N2_ZONES_SEEN_MAX]; /* (owned) */
    size_t n;
    uint64_t turn;
    uint64_t n_out;
};

n2_err
n2_zone_seen_new(n2_zone_seen **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? N2_OK : N2_ERR_NOMEM;
}

static void
clear_head(n2_head_seen *head)
{
    free((uint8_t *)(uintptr_t)head->bytes);
    *head = (n2_head_seen){0};
}

static void
free_zone(zone *z)
{
    for (size_t i = 0; i < z->n; i++)
        clear_head(&z->heads[i]);
    clear_head(&z->fraud[0]);
    clear_head(&z->fraud[1]);
    free(z);
}

void
n2_zone_seen_free(n2_zone_seen *seen)
{
    if (!seen)
        return;
    for (size_t i = 0; i < seen->n; i++)
        free_zone(seen->zones[i]);
    free(seen);
}

static zone *
find(const n2_zone_seen *seen, const n2_id *id)
{
    for (size_t i = 0; i < seen->n; i++)
        if (n2_id_equal(&seen->zones[i]->id, id))
            return seen->zones[i];
    return NULL;
}

/* What lied is remembered longer than what did not. */
static size_t
longest_unused(const n2_zone_seen *seen)
{
    size_t best = 0;

    for (size_t i = 1; i < seen->n; i++) {
        const zone *a = seen->zones[i], *b = seen->zones[best];
        bool lied_a = a->fraud[0].len > 0, lied_b = b->fraud[0].len > 0;

        if (lied_a != lied_b ? lied_b : a->used < b->used)
            best = i;
    }
    return best;
}

static zone *
zone_for(n2_zone_seen *seen, const n2_id *id)
{
    zone *z = find(seen, id);

    if (!z) {
        z = calloc(1, sizeof *z);
        if (!z)
            return NULL;
        z->id = *id;
        if (seen->n == N2_ZONES_SEEN_MAX) {
            size_t at = longest_unused(seen);

            free_zone(seen->zones[at]);
            seen->zones[at] = z;
            seen->n_out++;
        } else {
            seen->zones[seen->n++] = z;
        }
    }
    z->used = ++seen->turn;
    return z;
}

/* ---- one more head ---- */

static n2_err
copy(n2_head_seen *out, const n2_head_seen *head)
{
    uint8_t *bytes = malloc(head->len ? head->len : 1);

    if (!bytes)
        return N2_ERR_NOMEM;
    if (head->len)
        memcpy(bytes, head->bytes, head->len);
    *out = *head;
    out->bytes = bytes;
    return N2_OK;
}

static bool
is_same(const n2_head_seen *a, const n2_head_seen *b)
{
    return !memcmp(a->hash, b->hash, sizeof a->hash);
}

/* Cannot be two of one chain. */
static bool
contradicts(const n2_head_seen *a, const n2_head_seen *b)
{
    const n2_head_seen *low = a->serial < b->serial ? a : b, *high = low == a ? b : a;

    if (low->serial == high->serial)
        return !is_same(low, high);
    return high->serial == low->serial + 1 &&
           memcmp(high->previous, low->hash, sizeof low->hash) != 0;
}

static n2_err
note_fraud(zone *z, const n2_head_seen *one, const n2_head_seen *other)
{
    n2_err err = copy(&z->fraud[0], one);

    if (!err)
        err = copy(&z->fraud[1], other);
    if (err) {
        clear_head(&z->fraud[0]);
        clear_head(&z->fraud[1]);
    }
    return err;
}

/* In its place; the oldest goes if there are too many. */
static n2_err
insert(zone *z, size_t at, const n2_head_seen *head)
{
    n2_head_seen mine;
    n2_err err = copy(&mine, head);

    if (err)
        return err;
    if (z->n == N2_ZONE_HEADS_SEEN_MAX) {
        clear_head(&z->heads[0]);
        memmove(&z->heads[0], &z->heads[1], (z->n - 1) * sizeof z->heads[0]);
        z->n--;
        at--;
    }
    memmove(&z->heads[at + 1], &z->heads[at], (z->n - at) * sizeof z->heads[0]);
    z->heads[at] = mine;
    z->n++;
    return N2_OK;
}

n2_err
n2_zone_seen_take(n2_zone_seen *seen,
                  const n2_head_seen *head,
                  n2_seen_news *news,
                  bool *is_news)
{
    size_t at;
    n2_err err = N2_OK;
    bool has_more = false;

    if (head->len > N2_ZONE_HEAD_BYTES_MAX)
        return N2_ERR_LIMIT;
    zone *z = zone_for(seen, &head->zone);
    if (!z)
        return N2_ERR_NOMEM;
    for (at = z->n; at && z->heads[at - 1].serial >= head->serial;)
        at--;
    bool is_there = at < z->n && z->heads[at].serial == head->serial;

    for (size_t i = at ? at - 1 : 0; !z->fraud[0].len && i < z->n && i <= at + 1; i++)
        if (contradicts(&z->heads[i], head)) {
            err = note_fraud(z, &z->heads[i], head);
            has_more = true;
            break;
        }
    if (!err && !is_there && (at || z->n < N2_ZONE_HEADS_SEEN_MAX)) {
        err = insert(z, at, head);
        has_more = true;
    }
    if (err)
        return err;
    if (is_news)
        *is_news = has_more;
    uint64_t newest = z->heads[z->n - 1].serial;

    *news = z->fraud[0].len         ? N2_SEEN_FRAUD
            : head->serial < newest ? N2_SEEN_OLD
            : has_more              ? N2_SEEN_NEW
                                    : N2_SEEN_SAME;
    return N2_OK;
}

/* ---- what was seen ---- */

uint64_t
n2_zone_seen_floor(const n2_zone_seen *seen, const n2_id *id)
{
    const zone *z = find(seen, id);

    return z && z->n ? z->heads[z->n - 1].serial : 0;
}

bool
n2_zone_seen_fraud(const n2_zone_seen *seen, const n2_id *id, n2_head_seen two[2])
{
    const zone *z = find(seen, id);

    if (!z || !z->fraud[0].len)
        return false;
    two[0] = z->fraud[0];
    two[1] = z->fraud[1];
    return true;
}

bool
n2_zone_seen_at(const n2_zone_seen *seen, const n2_id *id, size_t i, n2_head_seen *out)
{
    const zone *z = find(seen, id);
    size_t n_fraud = z && z->fraud[0].len ? 2 : 0;

    if (!z || i >= n_fraud + z->n)
        return false;
    *out = i < n_fraud ? z->fraud[i] : z->heads[z->n - 1 - (i - n_fraud)];
    return true;
}

bool
n2_zone_seen_zone(const n2_zone_seen *seen, size_t i, n2_id *out)
{
    uint64_t below = UINT64_MAX;

    for (size_t k = 0; k <= i; k++) {
        const zone *best = NULL;

        for (size_t j = 0; j < seen->n; j++)
            if (seen->zones[j]->used < below && (!best || seen->zones[j]->used > best->used))
                best = seen->zones[j];
        if (!best)
            return false;
        below = best->used;
        *out = best->id;
    }
    return true;
}

void
n2_zone_seen_uses(const n2_zone_seen *seen, n2_uses *uses)
{
    n2_uses_add(uses, "zones_seen", seen->n, N2_ZONES_SEEN_MAX, seen->n_out);
}
