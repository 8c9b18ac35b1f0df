/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * merge-base.c - which head several of one tree come from.
 *
 * All ancestors are walked from the highest (counter, hash) down, each marked with the sides
 * that lead to it.  An ancestor is always lower than what comes from it, so the first with both
 * marks is the nearest, and of several the highest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "share/merge.h"

enum {
    OURS = 1,
    OTHERS = 2
};

typedef struct {
    uint64_t counter; /* of one that is not known here: what it can't be above */
    uint8_t hash[N2_HASH_BYTES];
    const n2_head *given; /* (transfer none) (nullable) */
    uint8_t marks;
    bool is_known;
} step;

enum {
    PLACES = 4 * N2_MERGE_WALK_MAX /* a power of two */
};

typedef struct {
    step steps[N2_MERGE_WALK_MAX];
    size_t n;
    uint16_t places[PLACES];             /* of steps by their hash, from 1; 0: free */
    uint16_t waiting[N2_MERGE_WALK_MAX]; /* a heap, the highest first */
    size_t n_waiting;
} walk;

static bool
is_above(const walk *w, size_t a, size_t b)
{
    const step *x = &w->steps[w->waiting[a]], *y = &w->steps[w->waiting[b]];

    return x->counter != y->counter ? x->counter > y->counter
                                    : memcmp(x->hash, y->hash, N2_HASH_BYTES) > 0;
}

static void
exchange(walk *w, size_t a, size_t b)
{
    uint16_t was = w->waiting[a];

    w->waiting[a] = w->waiting[b];
    w->waiting[b] = was;
}

static n2_err
put(walk *w, const step *s)
{
    size_t place = (size_t)(s->hash[0] << 16 | s->hash[1] << 8 | s->hash[2]) % PLACES;

    for (; w->places[place]; place = (place + 1) % PLACES) {
        step *there = &w->steps[w->places[place] - 1];

        if (!memcmp(there->hash, s->hash, N2_HASH_BYTES)) {
            there->marks |= s->marks;
            return N2_OK;
        }
    }
    if (w->n == N2_MERGE_WALK_MAX)
        return N2_ERR_LIMIT;
    w->steps[w->n] = *s;
    w->waiting[w->n_waiting] = (uint16_t)w->n;
    w->places[place] = (uint16_t)++w->n;
    for (size_t at = w->n_waiting++; at && is_above(w, at, (at - 1) / 2); at = (at - 1) / 2)
        exchange(w, at, (at - 1) / 2);
    return N2_OK;
}

/* Takes the highest of those that wait; NULL: none is left. */
static step *
highest(walk *w)
{
    if (!w->n_waiting)
        return NULL;
    step *found = &w->steps[w->waiting[0]];

    w->waiting[0] = w->waiting[--w->n_waiting];
    for (size_t at = 0, child; (child = 2 * at + 1) < w->n_waiting; at = child) {
        if (child + 1 < w->n_waiting && is_above(w, child + 1, child))
            child++;
        if (is_above(w, at, child))
            break;
        exchange(w, at, child);
    }
    return found;
}

static n2_err
put_given(walk *w, const n2_head *head, uint8_t marks)
{
    step s = {.counter = head->counter, .given = head, .marks = marks, .is_known = true};

    memcpy(s.hash, head->hash, N2_HASH_BYTES);
    return put(w, &s);
}

/* Where the damaged or lost one before was not known when a head was made, there are zeros. */
static bool
is_zero(const uint8_t hash[static N2_HASH_BYTES])
{
    static const uint8_t zero[N2_HASH_BYTES];

    return !memcmp(hash, zero, sizeof zero);
}

static n2_err
put_parents(const n2_merge_io *io, walk *w, const n2_head *child, uint8_t marks)
{
    n2_head parent;
    n2_err err = N2_OK;

    for (size_t i = 0; !err && i < child->n_parents; i++) {
        step s = {.marks = marks, .counter = child->counter - 1};

        if (is_zero(child->parents[i]))
            continue;
        err = io->head(io->user, child->parents[i], &parent);
        s.is_known = !err;
        if (!err && parent.counter >= child->counter)
            continue; /* a lie of who signed both: a parent is below its child */
        if (!err)
            s.counter = parent.counter;
        memcpy(s.hash, child->parents[i], N2_HASH_BYTES);
        if (!err || err == N2_ERR_NOTFOUND)
            err = put(w, &s);
    }
    return err;
}

n2_err
n2_merge_base(const n2_merge_io *io,
              const n2_head *heads,
              size_t n,
              const n2_head *other,
              bool is_all,
              n2_head *base,
              uint8_t missing[static N2_HASH_BYTES])
{
    walk *w = calloc(1, sizeof *w);
    step *s;

    *base = (n2_head){0};
    if (!w)
        return N2_ERR_NOMEM;
    n2_err err = put_given(w, other, OTHERS);
    for (size_t i = 0; !err && i < n; i++)
        err = put_given(w, &heads[i], OURS);
    while (!err && (s = highest(w))) {
        n2_head head;
        uint8_t marks = s->marks;

        if (!s->is_known && is_all)
            continue;
        if (!s->is_known) {
            memcpy(missing, s->hash, N2_HASH_BYTES);
            err = N2_ERR_NOTFOUND;
            break;
        }
        if (s->given)
            head = *s->given;
        else
            err = io->head(io->user, s->hash, &head);
        if (!err && marks == (OURS | OTHERS)) {
            *base = head;
            break;
        }
        if (!err)
            err = put_parents(io, w, &head, marks);
    }
    free(w);
    return err;
}

static int
highest_first(const void *a, const void *b)
{
    return n2_head_compare(b, a);
}

static int
by_hash(const void *a, const void *b)
{
    return memcmp((*(const n2_head *const *)a)->hash, (*(const n2_head *const *)b)->hash,
                  N2_HASH_BYTES);
}

n2_err
n2_merge_tips(n2_head *heads, size_t *n)
{
    const n2_head **index = calloc(*n + 1, sizeof *index);
    bool *is_parent = calloc(*n + 1, sizeof *is_parent);
    n2_err err = index && is_parent ? N2_OK : N2_ERR_NOMEM;
    size_t n_all = 0, kept = 0;

    if (!err)
        qsort(heads, *n, sizeof *heads, highest_first);
    for (size_t i = 0; !err && i < *n; i++) { /* each once */
        if (n_all && !n2_head_compare(&heads[n_all - 1], &heads[i]))
            continue;
        heads[n_all++] = heads[i];
    }
    for (size_t i = 0; i < n_all; i++)
        index[i] = &heads[i];
    if (!err)
        qsort(index, n_all, sizeof *index, by_hash);
    for (size_t i = 0; i < n_all; i++)
        for (size_t k = 0; k < heads[i].n_parents; k++) {
            n2_head wanted;
            const n2_head *key = &wanted;

            memcpy(wanted.hash, heads[i].parents[k], N2_HASH_BYTES);
            const n2_head **found = bsearch(&key, index, n_all, sizeof *index, by_hash);
            if (found && (*found)->counter < heads[i].counter)
                is_parent[*found - heads] = true;
        }
    for (size_t i = 0; i < n_all; i++)
        if (!is_parent[i])
            heads[kept++] = heads[i];
    if (!err)
        *n = kept;
    free(index);
    free(is_parent);
    return err;
}
