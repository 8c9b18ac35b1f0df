/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-table.c - the nodes that one node of the DHT knows, and which of many may stand together.
 */
#include "share/dht-table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* A word of an id, as a number that compares like its bytes. */
static uint64_t
word_of(const uint8_t *id, size_t i)
{
    uint64_t w;

    memcpy(&w, id + 8 * i, sizeof w);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

int
n2_dht_nearer(const uint8_t target[static N2_DHT_ID_BYTES],
              const uint8_t a[static N2_DHT_ID_BYTES],
              const uint8_t b[static N2_DHT_ID_BYTES])
{
    for (size_t i = 0; i < N2_DHT_ID_BYTES / 8; i++) {
        uint64_t t = word_of(target, i), x = word_of(a, i) ^ t, y = word_of(b, i) ^ t;

        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

unsigned
n2_dht_common(const uint8_t a[static N2_DHT_ID_BYTES], const uint8_t b[static N2_DHT_ID_BYTES])
{
    for (size_t i = 0; i < N2_DHT_ID_BYTES / 8; i++) {
        uint64_t x = word_of(a, i) ^ word_of(b, i);

        if (x)
            return (unsigned)(64 * i) + (unsigned)__builtin_clzll(x);
    }
    return 8 * N2_DHT_ID_BYTES;
}

/* ---- the rule ---- */

static bool
same_parent(const n2_dht_peer *a, const n2_dht_peer *b)
{
    return a->parent && a->parent == b->parent;
}

bool
n2_dht_pick(n2_dht_set *set, const n2_dht_peer *peer)
{
    unsigned n_domain = 0, n_parent = 0;

    if (set->n == N2_DHT_K)
        return false;
    for (size_t i = 0; i < set->n; i++) {
        n_domain += set->peers[i]->domain == peer->domain;
        n_parent += same_parent(set->peers[i], peer);
    }
    if (n_domain >= N2_DHT_DOMAIN_MAX || n_parent >= N2_DHT_PARENT_MAX)
        return false;
    set->peers[set->n++] = peer;
    return true;
}

/* ---- buckets ---- */

void
n2_dht_table_init(n2_dht_table *table, const uint8_t id[static N2_DHT_ID_BYTES])
{
    *table = (n2_dht_table){.n_refused = 0};
    memcpy(table->id, id, N2_DHT_ID_BYTES);
}

void
n2_dht_table_clear(n2_dht_table *table)
{
    for (size_t i = 0; i < N2_DHT_BUCKETS; i++)
        free(table->buckets[i]);
    *table = (n2_dht_table){.n_refused = 0};
}

static size_t
bucket_of(const n2_dht_table *table, const uint8_t *id)
{
    unsigned n = n2_dht_common(table->id, id);

    return n < N2_DHT_BUCKETS ? n : N2_DHT_BUCKETS - 1;
}

static n2_dht_known *
find(const n2_dht_table *table, const n2_dht_peer *peer)
{
    n2_dht_bucket *b = table->buckets[bucket_of(table, peer->id)];

    for (size_t i = 0; b && i < b->n; i++)
        if (!memcmp(b->known[i].peer.id, peer->id, N2_DHT_ID_BYTES))
            return &b->known[i];
    return NULL;
}

static bool
gives_way(const n2_dht_known *k, uint64_t now_us)
{
    return k->n_failed || k->heard_us + N2_DHT_STALE_US < now_us;
}

/* Where @peer may stand in @b: a place that is free, or one that gives way; -1: none. */
static int
place_for(const n2_dht_bucket *b, const n2_dht_peer *peer, uint64_t now_us, bool *is_rule)
{
    unsigned n_domain = 0, n_parent = 0;
    int old = -1, old_domain = -1, old_parent = -1;

    for (size_t i = 0; i < b->n; i++) {
        const n2_dht_known *k = &b->known[i];
        bool is_domain = k->peer.domain == peer->domain, is_old = gives_way(k, now_us);
        bool is_parent = same_parent(&k->peer, peer);

        n_domain += is_domain;
        n_parent += is_parent;
        if (is_old)
            old = (int)i;
        if (is_old && is_domain)
            old_domain = (int)i;
        if (is_old && is_parent)
            old_parent = (int)i;
    }
    *is_rule = n_domain >= N2_DHT_DOMAIN_MAX || n_parent >= N2_DHT_PARENT_MAX;
    if (n_domain >= N2_DHT_DOMAIN_MAX) /* in the place of one of its own domain, and parent */
        return n_parent <= N2_DHT_PARENT_MAX ? old_domain : -1;
    if (n_parent >= N2_DHT_PARENT_MAX)
        return old_parent;
    return b->n < N2_DHT_K ? b->n : old;
}

n2_err
n2_dht_table_heard(n2_dht_table *table, const n2_dht_peer *peer, uint64_t now_us)
{
    n2_dht_known *known = find(table, peer);
    size_t at = bucket_of(table, peer->id);
    bool is_rule = false;

    if (known) {
        known->heard_us = now_us;
        known->n_failed = 0;
        known->peer.node = peer->node;
        return N2_OK;
    }
    if (!memcmp(table->id, peer->id, N2_DHT_ID_BYTES))
        return N2_ERR_LIMIT;
    if (!table->buckets[at])
        table->buckets[at] = calloc(1, sizeof *table->buckets[at]);
    n2_dht_bucket *b = table->buckets[at];

    if (!b)
        return N2_ERR_NOMEM;
    int place = place_for(b, peer, now_us, &is_rule);

    if (place < 0) {
        table->n_refused += is_rule;
        return N2_ERR_LIMIT;
    }
    b->known[place] = (n2_dht_known){.peer = *peer, .heard_us = now_us};
    if (place == b->n)
        b->n++;
    return N2_OK;
}

static void
take_out(n2_dht_table *table, n2_dht_known *k)
{
    n2_dht_bucket *b = table->buckets[bucket_of(table, k->peer.id)];

    *k = b->known[--b->n];
}

void
n2_dht_table_failed(n2_dht_table *table, const n2_dht_peer *peer)
{
    n2_dht_known *k = find(table, peer);

    if (k && k->n_failed++)
        take_out(table, k);
}

void
n2_dht_table_drop(n2_dht_table *table, const n2_dht_peer *peer)
{
    n2_dht_known *k = find(table, peer);

    if (k)
        take_out(table, k);
}

/* ---- the nearest ---- */

enum {
    NEAR_MAX = N2_DHT_BUCKETS * N2_DHT_K
};

/* Puts those of @b behind the @n of @near, each in its place among those from @from on. */
static size_t
put_bucket(const n2_dht_bucket *b,
           const uint8_t *target,
           const n2_dht_peer **near,
           size_t from,
           size_t n)
{
    for (size_t i = 0; b && i < b->n; i++) {
        const n2_dht_peer *p = &b->known[i].peer;
        size_t at = n++;

        if (b->known[i].n_failed) {
            n--;
            continue;
        }
        for (; at > from && n2_dht_nearer(target, p->id, near[at - 1]->id) < 0; at--)
            near[at] = near[at - 1];
        near[at] = p;
    }
    return n;
}

/* Which may be picked at all. */
typedef struct {
    bool (*is_wanted)(const void *user, const n2_dht_peer *peer); /* (nullable) */
    const void *user;
} wish;

static void
pick_all(n2_dht_set *set, const wish *by, const n2_dht_peer **near, size_t from, size_t n)
{
    for (size_t i = from; i < n; i++)
        if (!by->is_wanted || by->is_wanted(by->user, near[i]))
            n2_dht_pick(set, near[i]);
}

static size_t
choose(const n2_dht_table *table, const uint8_t *target, const wish *by, n2_dht_peer *out)
{
    const n2_dht_peer *near[NEAR_MAX];
    size_t at = bucket_of(table, target),
           n = put_bucket(table->buckets[at], target, near, 0, 0);
    n2_dht_set set = {.n = 0};

    /* Nearest are those that share with the target what it shares with us and one bit more;
     * then all that share with us still more, whatever they are; then, bucket by bucket, those
     * that share less. */
    pick_all(&set, by, near, 0, n);
    size_t from = n;

    for (size_t i = at + 1; i < N2_DHT_BUCKETS; i++)
        n = put_bucket(table->buckets[i], target, near, from, n);
    pick_all(&set, by, near, from, n);
    for (size_t i = at; i-- > 0 && set.n < N2_DHT_K;) {
        from = n;
        n = put_bucket(table->buckets[i], target, near, from, n);
        pick_all(&set, by, near, from, n);
    }
    for (size_t i = 0; i < set.n; i++)
        out[i] = *set.peers[i];
    return set.n;
}

size_t
n2_dht_table_near(const n2_dht_table *table,
                  const uint8_t target[static N2_DHT_ID_BYTES],
                  n2_dht_peer *out)
{
    return choose(table, target, &(wish){.is_wanted = NULL}, out);
}

size_t
n2_dht_table_choose(const n2_dht_table *table,
                    const uint8_t target[static N2_DHT_ID_BYTES],
                    bool (*is_wanted)(const void *user, const n2_dht_peer *peer),
                    const void *user,
                    n2_dht_peer *out)
{
    return choose(table, target, &(wish){.is_wanted = is_wanted, .user = user}, out);
}

uint64_t
n2_dht_thinness(const uint8_t target[static N2_DHT_ID_BYTES],
                const n2_dht_peer *peers,
                size_t n)
{
    return n ? word_of(target, 0) ^ word_of(peers[n - 1].id, 0) : UINT64_MAX;
}

const n2_dht_known *
n2_dht_table_stalest(const n2_dht_table *table)
{
    const n2_dht_known *stalest = NULL;

    for (size_t i = 0; i < N2_DHT_BUCKETS; i++)
        for (size_t k = 0; table->buckets[i] && k < table->buckets[i]->n; k++) {
            const n2_dht_known *known = &table->buckets[i]->known[k];

            if (!stalest || known->heard_us < stalest->heard_us)
                stalest = known;
        }
    return stalest;
}

size_t
n2_dht_table_count(const n2_dht_table *table)
{
    size_t n = 0;

    for (size_t i = 0; i < N2_DHT_BUCKETS; i++)
        n += table->buckets[i] ? table->buckets[i]->n : 0;
    return n;
}
