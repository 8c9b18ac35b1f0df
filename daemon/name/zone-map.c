/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-map.c - the sorted names of a zone and the tree over them.
 */
#include "name/zone-map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum {
    LEVELS_MAX = 26, /* leaves, and 2^24 of them halved until one is left */
    TURN = 1024      /* nodes that are hashed in one call */
};

_Static_assert(N2_ZONE_NAMES_MAX <= 1 << (LEVELS_MAX - 2), "levels");
_Static_assert(sizeof(n2_zone_entry) == 2 * N2_HASH_BYTES, "an entry is hashed as it lies");

struct n2_zone_map {
    n2_crypto *crypto;
    n2_zone_entry *entries;                       /* (owned) */
    uint8_t (*levels[LEVELS_MAX])[N2_HASH_BYTES]; /* (owned) 0: leaves; a lone last node is
                                                   * the one below it */
    uint32_t count;
    uint32_t room; /* entries */
};

n2_err
n2_zone_map_new(n2_zone_map **out, n2_crypto *crypto)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return N2_ERR_NOMEM;
    (*out)->crypto = crypto;
    return N2_OK;
}

void
n2_zone_map_free(n2_zone_map *map)
{
    if (!map)
        return;
    free(map->entries);
    for (size_t i = 0; i < LEVELS_MAX; i++)
        free(map->levels[i]);
    free(map);
}

uint32_t
n2_zone_map_count(const n2_zone_map *map)
{
    return map->count;
}

const n2_zone_entry *
n2_zone_map_entry(const n2_zone_map *map, uint32_t index)
{
    assert(index < map->count);
    return &map->entries[index];
}

/* Entries from @from on alone are looked at. */
static bool
find_from(const n2_zone_map *map,
          uint32_t from,
          const uint8_t label[static N2_HASH_BYTES],
          uint32_t *index)
{
    uint32_t to = map->count;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int order = memcmp(map->entries[middle].label, label, N2_HASH_BYTES);
        if (!order) {
            *index = middle;
            return true;
        }
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    *index = from;
    return false;
}

bool
n2_zone_map_find(const n2_zone_map *map,
                 const uint8_t label[static N2_HASH_BYTES],
                 uint32_t *index)
{
    return find_from(map, 0, label, index);
}

/* ---- changes ---- */

static n2_err
make_room(n2_zone_map *map, size_t count)
{
    size_t room = count + count / 8 + 16;

    if (count > N2_ZONE_NAMES_MAX)
        return N2_ERR_LIMIT;
    if (count <= map->room)
        return N2_OK;
    n2_zone_entry *entries = realloc(map->entries, room * sizeof *entries);
    if (!entries)
        return N2_ERR_NOMEM;
    map->entries = entries;
    size_t n = room;
    for (size_t i = 0; i < LEVELS_MAX; i++) {
        void *level = realloc(map->levels[i], n * N2_HASH_BYTES);
        if (!level)
            return N2_ERR_NOMEM; /* what has grown may stay so */
        map->levels[i] = level;
        n = (n + 1) / 2;
    }
    map->room = (uint32_t)room;
    return N2_OK;
}

/* Hashes nodes @from to @to (not included) of a level above the leaves. */
static void
hash_nodes(n2_zone_map *map, size_t level, uint32_t below, uint32_t from, uint32_t to)
{
    uint8_t(*children)[N2_HASH_BYTES] = map->levels[level - 1];
    const uint8_t *src[TURN];

    if (from < to && to * 2 - 1 == below) { /* the last one stands alone */
        to--;
        memcpy(map->levels[level][to], children[below - 1], N2_HASH_BYTES);
    }
    while (from < to) {
        uint32_t n = to - from < TURN ? to - from : TURN;
        for (uint32_t i = 0; i < n; i++)
            src[i] = children[2 * (size_t)(from + i)];
        n2_sha256_many(map->crypto, n, 1, src, 2 * N2_HASH_BYTES, map->levels[level] + from);
        from += n;
    }
}

/* All nodes over the leaves @dirty (ascending, @n of them), and over all from @shifted on. */
static void
hash_up(n2_zone_map *map, uint32_t *dirty, size_t n, uint32_t shifted)
{
    uint32_t below = map->count;

    for (size_t level = 1; below > 1; level++) {
        uint32_t count = (below + 1) / 2, left = 0;
        shifted /= 2;
        for (size_t i = 0; i < n; i++) {
            uint32_t node = dirty[i] / 2;
            if (node >= shifted || (left && dirty[left - 1] == node))
                continue;
            dirty[left++] = node;
            hash_nodes(map, level, below, node, node + 1);
        }
        n = left;
        if (shifted < count)
            hash_nodes(map, level, below, shifted, count);
        below = count;
    }
}

static int
compare_changes(const void *a, const void *b)
{
    return memcmp(((const n2_zone_change *)a)->entry.label,
                  ((const n2_zone_change *)b)->entry.label, N2_HASH_BYTES);
}

/* Sorts them, equal ones as they came, and keeps the last of each label. */
static n2_err
sort_changes(n2_zone_change *changes, size_t *n)
{
    size_t left = 0;

    for (size_t width = 1; width < *n; width *= 2) { /* merges: stable, unlike qsort() */
        n2_zone_change *to = malloc(*n * sizeof *to);
        if (!to)
            return N2_ERR_NOMEM;
        for (size_t at = 0; at < *n; at += 2 * width) {
            size_t a = at, a_end = at + width < *n ? at + width : *n;
            size_t b = a_end, b_end = b + width < *n ? b + width : *n;
            for (size_t i = at; i < b_end; i++)
                to[i] =
                    a < a_end && (b == b_end || compare_changes(&changes[a], &changes[b]) <= 0)
                        ? changes[a++]
                        : changes[b++];
        }
        memcpy(changes, to, *n * sizeof *to);
        free(to);
    }
    for (size_t i = 0; i < *n; i++)
        if (i + 1 == *n || compare_changes(&changes[i], &changes[i + 1]) != 0)
            changes[left++] = changes[i];
    *n = left;
    return N2_OK;
}

static void
move(n2_zone_map *map, uint32_t to, uint32_t from, uint32_t n)
{
    memmove(&map->entries[to], &map->entries[from], n * sizeof *map->entries);
    memmove(map->levels[0][to], map->levels[0][from], (size_t)n * N2_HASH_BYTES);
}

static void
put(n2_zone_map *map, uint32_t at, const n2_zone_entry *entry)
{
    map->entries[at] = *entry;
    n2_zone_leaf(entry, map->levels[0][at]);
}

/* Closes the gaps of what goes. */
static void
take_out(n2_zone_map *map, const n2_zone_change *changes, size_t n)
{
    uint32_t to = 0, from = 0, index;

    for (size_t i = 0; i < n; i++) {
        /* entries that have not moved yet are still in order behind `from` */
        if (!changes[i].goes || !find_from(map, from, changes[i].entry.label, &index))
            continue;
        move(map, to, from, index - from);
        to += index - from;
        from = index + 1;
    }
    move(map, to, from, map->count - from);
    map->count = to + map->count - from;
}

/* Opens gaps for what is new, from the back, and fills them. */
static void
put_in(n2_zone_map *map, const n2_zone_change *changes, const uint32_t *fresh, size_t n)
{
    uint32_t end = map->count, at;

    for (size_t left = n; left--;) {
        const n2_zone_entry *entry = &changes[fresh[left]].entry;
        uint32_t count = map->count;
        map->count = end;
        (void)n2_zone_map_find(map, entry->label, &at);
        map->count = count;
        move(map, at + (uint32_t)left + 1, at, end - at);
        put(map, at + (uint32_t)left, entry);
        end = at;
    }
    map->count += (uint32_t)n;
}

n2_err
n2_zone_map_apply(n2_zone_map *map, n2_zone_change *changes, size_t n)
{
    size_t n_dirty = 0, n_fresh = 0, n_gone = 0;
    uint32_t index, shifted = UINT32_MAX;
    n2_err err = sort_changes(changes, &n);

    if (err || !n)
        return err;
    uint32_t *dirty = calloc(n, sizeof *dirty), *fresh = calloc(n, sizeof *fresh);
    for (size_t i = 0; dirty && fresh && i < n; i++) {
        bool is_there = n2_zone_map_find(map, changes[i].entry.label, &index);
        if (is_there && changes[i].goes)
            n_gone++;
        else if (!is_there && !changes[i].goes)
            fresh[n_fresh++] = (uint32_t)i;
        else
            continue;
        shifted = index < shifted ? index : shifted;
    }
    err = dirty && fresh ? make_room(map, map->count - n_gone + n_fresh) : N2_ERR_NOMEM;
    if (err)
        goto out;
    for (size_t i = 0; i < n; i++)
        if (!changes[i].goes && n2_zone_map_find(map, changes[i].entry.label, &index)) {
            put(map, index, &changes[i].entry);
            if (index < shifted)
                dirty[n_dirty++] = index;
        }
    if (n_gone)
        take_out(map, changes, n);
    put_in(map, changes, fresh, n_fresh);
    hash_up(map, dirty, n_dirty, shifted < map->count ? shifted : map->count);
out:
    free(dirty);
    free(fresh);
    return err;
}

/* ---- proofs ---- */

/* The node over @count leaves from @from on, one of those that a proof may name. */
static const uint8_t *
node_over(const n2_zone_map *map, uint32_t from, uint32_t count)
{
    unsigned level = 0;

    while (count > UINT32_C(1) << level)
        level++;
    return map->levels[level][from >> level];
}

void
n2_zone_map_top(const n2_zone_map *map, uint8_t top[static N2_HASH_BYTES])
{
    if (map->count)
        memcpy(top, node_over(map, 0, map->count), N2_HASH_BYTES);
    else
        n2_zone_proof_top(0, 0, NULL, 0, NULL, top);
}

/* The same way down as n2_zone_proof_top() goes up. */
static void
prove(const n2_zone_map *map,
      uint32_t from,
      uint32_t count,
      uint32_t index,
      uint32_t n,
      uint8_t **hashes)
{
    uint32_t left = 1;

    if (index + n <= from || index >= from + count) {
        memcpy(*hashes, node_over(map, from, count), N2_HASH_BYTES);
        *hashes += N2_HASH_BYTES;
        return;
    }
    if (count == 1)
        return;
    while (left < count - left)
        left *= 2;
    prove(map, from, left, index, n, hashes);
    prove(map, from + left, count - left, index, n, hashes);
}

size_t
n2_zone_map_prove(const n2_zone_map *map,
                  uint32_t index,
                  uint32_t n,
                  uint8_t hashes[static N2_ZONE_PROOF_HASHES_MAX * N2_HASH_BYTES])
{
    uint8_t *end = hashes;

    assert(n && n <= 2 && n <= map->count && index <= map->count - n);
    prove(map, 0, map->count, index, n, &end);
    return (size_t)(end - hashes) / N2_HASH_BYTES;
}

bool
n2_zone_map_answer(const n2_zone_map *map,
                   const uint8_t label[static N2_HASH_BYTES],
                   n2_zone_answer_parts *parts,
                   uint8_t hashes[static N2_ZONE_PROOF_HASHES_MAX * N2_HASH_BYTES])
{
    uint32_t index;
    bool is_there = n2_zone_map_find(map, label, &index);

    parts->hashes = hashes;
    parts->n_hashes = 0;
    parts->index = is_there || !index ? index : index - 1;
    parts->n_neighbours = is_there || !map->count ? 0 : index && index < map->count ? 2 : 1;
    for (uint32_t i = 0; i < parts->n_neighbours; i++)
        parts->neighbours[i] = map->entries[parts->index + i];
    if (map->count)
        parts->n_hashes =
            n2_zone_map_prove(map, parts->index, is_there ? 1 : parts->n_neighbours, hashes);
    return is_there;
}
