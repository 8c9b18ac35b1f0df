/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve-cache.c - what zones have answered: a table of answers and one of zones, each answer
 *                   in two lists, of all and of its zone, the longest unused last.
 */
#include "name/resolve-cache.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    SALT_BYTES = crypto_shorthash_KEYBYTES,
    BUCKETS_LEAST = 64,
    ANSWERS_PER_ZONE = N2_NAME_ANSWERS_MAX * N2_NAME_ZONE_PERCENT_MAX / 100,
    BYTES_PER_ZONE = N2_NAME_ANSWERS_BYTES_MAX / 100 * N2_NAME_ZONE_PERCENT_MAX
};

/* Places in a list: towards the newer, towards the older. */
typedef struct {
    struct entry *newer, *older;
} places;

typedef struct {
    struct entry *newest, *oldest;
} list;

typedef struct zone {
    n2_id id;
    size_t n, bytes;
    list used;
    struct zone *next; /* in its bucket */
} zone;

typedef struct entry {
    n2_kept_word kept;
    zone *zone;
    uint64_t hash;
    places of_all, of_zone;
    struct entry *next; /* in its bucket */
    uint8_t bytes[];
} entry;

struct n2_name_cache {
    uint8_t salt[SALT_BYTES]; /* so that nobody can choose what falls into one bucket */
    entry **buckets;
    zone **zones;
    size_t n_buckets; /* of each table, a power of two */
    list used;
    n2_name_cache_counts counts;
};

n2_err
n2_name_cache_new(n2_name_cache **out, const n2_env *env)
{
    n2_name_cache *c = calloc(1, sizeof *c);

    if (c) {
        c->n_buckets = BUCKETS_LEAST;
        c->buckets = calloc(c->n_buckets, sizeof(entry *));
        c->zones = calloc(c->n_buckets, sizeof(zone *));
    }
    if (!c || !c->buckets || !c->zones) {
        n2_name_cache_free(c);
        return N2_ERR_NOMEM;
    }
    n2_env_random(env, c->salt, sizeof c->salt);
    *out = c;
    return N2_OK;
}

/* ---- tables ---- */

/* SipHash: without the salt nobody finds two in one bucket, and it is reckoned for each
 * question. */
static uint64_t
hash_of(const n2_name_cache *c, const n2_id *id, const char *label)
{
    uint8_t text[1 + sizeof id->hash + N2_LABEL_BYTES_MAX];
    size_t len = strnlen(label, N2_LABEL_BYTES_MAX);
    uint64_t out;

    text[0] = id->method;
    memcpy(text + 1, id->hash, sizeof id->hash);
    memcpy(text + 1 + sizeof id->hash, label, len);
    (void)crypto_shorthash((uint8_t *)&out, text, 1 + sizeof id->hash + len, c->salt);
    return out;
}

static entry **
place_of(n2_name_cache *c, uint64_t hash, const n2_id *id, const char *label)
{
    entry **at = &c->buckets[hash & (c->n_buckets - 1)];

    while (*at && ((*at)->hash != hash || !n2_id_equal(&(*at)->kept.word.zone, id) ||
                   strcmp((*at)->kept.word.label, label) != 0))
        at = &(*at)->next;
    return at;
}

static zone **
zone_place(n2_name_cache *c, const n2_id *id)
{
    zone **at = &c->zones[hash_of(c, id, "") & (c->n_buckets - 1)];

    while (*at && !n2_id_equal(&(*at)->id, id))
        at = &(*at)->next;
    return at;
}

/* Without memory the buckets get longer. */
static void
grow(n2_name_cache *c)
{
    size_t n = c->n_buckets * 2;
    entry **buckets = calloc(n, sizeof(entry *));
    zone **zones = calloc(n, sizeof(zone *));

    if (!buckets || !zones) {
        free(buckets);
        free(zones);
        return;
    }
    for (size_t i = 0; i < c->n_buckets; i++) {
        for (entry *e = c->buckets[i], *next; e; e = next) {
            next = e->next;
            e->next = buckets[e->hash & (n - 1)];
            buckets[e->hash & (n - 1)] = e;
        }
        for (zone *z = c->zones[i], *next; z; z = next) {
            size_t at = hash_of(c, &z->id, "") & (n - 1);

            next = z->next;
            z->next = zones[at];
            zones[at] = z;
        }
    }
    free(c->buckets);
    free(c->zones);
    c->buckets = buckets;
    c->zones = zones;
    c->n_buckets = n;
}

/* ---- lists ---- */

static places *
places_of(entry *e, bool of_zone)
{
    return of_zone ? &e->of_zone : &e->of_all;
}

static void
unlink_from(list *l, entry *e, bool of_zone)
{
    places *p = places_of(e, of_zone);

    if (p->newer)
        places_of(p->newer, of_zone)->older = p->older;
    else
        l->newest = p->older;
    if (p->older)
        places_of(p->older, of_zone)->newer = p->newer;
    else
        l->oldest = p->newer;
    *p = (places){0};
}

static void
link_newest(list *l, entry *e, bool of_zone)
{
    *places_of(e, of_zone) = (places){.older = l->newest};
    if (l->newest)
        places_of(l->newest, of_zone)->newer = e;
    else
        l->oldest = e;
    l->newest = e;
}

static void
use(n2_name_cache *c, entry *e)
{
    unlink_from(&c->used, e, false);
    unlink_from(&e->zone->used, e, true);
    link_newest(&c->used, e, false);
    link_newest(&e->zone->used, e, true);
}

/* ---- one out, one in ---- */

static size_t
cost(const n2_zone_word *word)
{
    return sizeof(entry) + word->len;
}

static void
take_out(n2_name_cache *c, entry *e)
{
    zone *z = e->zone;
    entry **at = place_of(c, e->hash, &e->kept.word.zone, e->kept.word.label);

    *at = e->next;
    unlink_from(&c->used, e, false);
    unlink_from(&z->used, e, true);
    c->counts.n--;
    c->counts.bytes -= cost(&e->kept.word);
    z->n--;
    z->bytes -= cost(&e->kept.word);
    if (!z->n) {
        zone **place = zone_place(c, &z->id);

        *place = z->next;
        free(z);
        c->counts.n_zones--;
    }
    free(e);
}

void
n2_name_cache_free(n2_name_cache *cache)
{
    if (!cache)
        return;
    while (cache->used.oldest)
        take_out(cache, cache->used.oldest);
    free(cache->buckets);
    free(cache->zones);
    free(cache);
}

void
n2_name_cache_drop(n2_name_cache *cache, const n2_id *id)
{
    zone *z = *zone_place(cache, id);

    for (size_t n = z ? z->n : 0; n; n--)
        take_out(cache, z->used.oldest); /* with its last one the zone goes */
}

static void
make_room(n2_name_cache *c, const zone *z, size_t bytes)
{
    while (z->n && (z->n >= ANSWERS_PER_ZONE || z->bytes + bytes > BYTES_PER_ZONE)) {
        bool is_last = z->n == 1;

        take_out(c, z->used.oldest);
        c->counts.n_zone_out++;
        if (is_last)
            return;
    }
}

static zone *
zone_for(n2_name_cache *c, const n2_id *id)
{
    zone **at = zone_place(c, id);

    if (!*at) {
        *at = calloc(1, sizeof **at);
        if (*at) {
            (*at)->id = *id;
            c->counts.n_zones++;
        }
    }
    return *at;
}

/* Us until @until_us, of the world's clock. */
static uint64_t
left_us(int64_t until_us, int64_t wall_us)
{
    return until_us > wall_us ? (uint64_t)until_us - (uint64_t)wall_us : 0;
}

uint64_t
n2_zone_word_fresh_us(const n2_zone_word *word, uint64_t age_s, int64_t wall_us)
{
    uint64_t caching_s = word->caching_s > 0 ? (uint64_t)word->caching_s : 0;
    uint64_t fresh_us;

    if (caching_s > N2_NAME_CACHING_S_MAX)
        caching_s = N2_NAME_CACHING_S_MAX;
    /* In its days of grace there is no end to come: as short as 'no'. */
    bool is_over = wall_us && word->until_us <= wall_us;
    fresh_us = !word->is_there || is_over ? N2_NAME_NO_US : caching_s * N2_SECOND_US;
    if (age_s >= fresh_us / N2_SECOND_US)
        return 0;
    fresh_us -= age_s * N2_SECOND_US;
    if (wall_us && word->is_there && !is_over && fresh_us > left_us(word->until_us, wall_us))
        fresh_us = left_us(word->until_us, wall_us);
    if (wall_us && fresh_us > left_us(word->head_until_us, wall_us))
        fresh_us = left_us(word->head_until_us, wall_us);
    return fresh_us;
}

n2_err
n2_name_cache_put(n2_name_cache *cache,
                  const n2_zone_word *word,
                  const n2_id *from,
                  uint64_t age_s,
                  uint64_t now_us,
                  int64_t wall_us)
{
    uint64_t hash = hash_of(cache, &word->zone, word->label);

    if (word->len > N2_ZONE_ANSWER_BYTES_MAX)
        return N2_ERR_LIMIT;
    entry *e = malloc(sizeof *e + word->len);
    if (!e)
        return N2_ERR_NOMEM;
    *e = (entry){
        .kept = {.word = *word,
                 .from = *from,
                 .got_us = now_us,
                 .got_wall_us = wall_us,
                 .fresh_until_us = now_us + n2_zone_word_fresh_us(word, age_s, wall_us)},
        .hash = hash};
    e->kept.kept_until_us = e->kept.fresh_until_us + (word->is_there ? N2_ZONE_KEPT_US : 0);
    if (word->len)
        memcpy(e->bytes, word->bytes, word->len);
    e->kept.word.bytes = e->bytes;
    if (word->record)
        e->kept.word.record = e->bytes + (word->record - word->bytes);

    entry *old = *place_of(cache, hash, &word->zone, word->label);

    if (old)
        take_out(cache, old);
    zone *z = *zone_place(cache, &word->zone);

    if (z)
        make_room(cache, z, cost(word));
    while (cache->used.oldest &&
           (cache->counts.n >= N2_NAME_ANSWERS_MAX ||
            cache->counts.bytes + cost(word) > N2_NAME_ANSWERS_BYTES_MAX)) {
        take_out(cache, cache->used.oldest);
        cache->counts.n_out++;
    }
    z = zone_for(cache, &word->zone);
    if (!z) {
        free(e);
        return N2_ERR_NOMEM;
    }
    if (cache->counts.n >= cache->n_buckets)
        grow(cache);
    e->zone = z;
    e->next = cache->buckets[hash & (cache->n_buckets - 1)];
    cache->buckets[hash & (cache->n_buckets - 1)] = e;
    link_newest(&cache->used, e, false);
    link_newest(&z->used, e, true);
    cache->counts.n++;
    cache->counts.bytes += cost(word);
    z->n++;
    z->bytes += cost(word);
    return N2_OK;
}

const n2_kept_word *
n2_name_cache_get(
    n2_name_cache *cache, const n2_id *id, const char *label, bool is_kept, uint64_t now_us)
{
    entry *e = *place_of(cache, hash_of(cache, id, label), id, label);

    if (e && e->kept.kept_until_us <= now_us && e->kept.fresh_until_us <= now_us) {
        take_out(cache, e);
        e = NULL;
    }
    if (!e || (!is_kept && e->kept.fresh_until_us <= now_us)) {
        cache->counts.n_misses++;
        return NULL;
    }
    cache->counts.n_hits++;
    use(cache, e);
    return &e->kept;
}

void
n2_name_cache_counts_get(const n2_name_cache *cache, n2_name_cache_counts *out)
{
    *out = cache->counts;
}

void
n2_name_cache_uses(const n2_name_cache *cache, n2_uses *uses)
{
    n2_uses_add(uses, "name_answers", cache->counts.n, N2_NAME_ANSWERS_MAX,
                cache->counts.n_out);
    n2_uses_add(uses, "name_answers_bytes", cache->counts.bytes, N2_NAME_ANSWERS_BYTES_MAX,
                cache->counts.n_out);
    n2_uses_add(uses, "name_zone_percent", N2_USE_NONE, N2_NAME_ZONE_PERCENT_MAX,
                cache->counts.n_zone_out);
}
