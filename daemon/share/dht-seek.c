/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-seek.c - one look-up in the DHT: whom to ask next, and who is nearest in the end.
 */
#include "share/dht-seek.h"

#include <string.h>

/* ---- who was heard of ---- */

/* The place of @id: where it stands, or would. */
static size_t
place_of(const n2_dht_seek *s, const uint8_t *id, bool *is_there)
{
    size_t from = 0, to = s->n;

    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int order = n2_dht_nearer(s->target, s->heard[mid].peer.id, id);

        if (!order) {
            *is_there = true;
            return mid;
        }
        if (order < 0)
            from = mid + 1;
        else
            to = mid;
    }
    *is_there = false;
    return from;
}

/* The farthest that was not asked makes room for one that is nearer. */
static bool
make_room(n2_dht_seek *s, size_t at)
{
    size_t last = s->n;

    if (s->n < N2_DHT_POOL_MAX)
        return true;
    while (last > at && s->heard[last - 1].state != N2_DHT_NEW)
        last--;
    if (last == at)
        return false;
    memmove(s->heard + last - 1, s->heard + last, (s->n - last) * sizeof *s->heard);
    s->n--;
    return true;
}

static void
hear(n2_dht_seek *s, const n2_dht_peer *peer, unsigned way, unsigned hop)
{
    bool is_there;
    size_t at = place_of(s, peer->id, &is_there);

    if (peer->node == s->self)
        return;
    if (is_there) {
        s->heard[at].ways |= (uint8_t)(1u << way);
        return;
    }
    if (!make_room(s, at))
        return;
    memmove(s->heard + at + 1, s->heard + at, (s->n - at) * sizeof *s->heard);
    s->n++;
    s->heard[at] = (n2_dht_told){.peer = *peer,
                                 .ways = (uint8_t)(1u << way),
                                 .hop = (uint8_t)(hop < UINT8_MAX ? hop : UINT8_MAX)};
}

void
n2_dht_seek_init(n2_dht_seek *seek,
                 const uint8_t target[static N2_DHT_ID_BYTES],
                 uint64_t self,
                 const n2_dht_peer *first,
                 size_t n)
{
    seek->n = 0;
    seek->self = self;
    seek->n_questions = 0;
    memset(seek->n_under_way, 0, sizeof seek->n_under_way);
    memcpy(seek->target, target, N2_DHT_ID_BYTES);
    for (size_t i = 0; i < n; i++)
        hear(seek, &first[i], (unsigned)(i % N2_DHT_WAYS), 1);
}

/* ---- asking ---- */

/* Whom @way asks next: the nearest of its list that nobody has asked; SIZE_MAX: it has nobody.
 */
static size_t
next_of(const n2_dht_seek *s, unsigned way)
{
    n2_dht_set list = {.n = 0};

    for (size_t i = 0; i < s->n && list.n < N2_DHT_K; i++) {
        const n2_dht_told *h = &s->heard[i];

        if (!(h->ways >> way & 1) || h->state == N2_DHT_FAILED || !n2_dht_pick(&list, &h->peer))
            continue;
        if (h->state == N2_DHT_NEW)
            return i;
    }
    return SIZE_MAX;
}

bool
n2_dht_seek_next(n2_dht_seek *seek, n2_dht_peer *out)
{
    n2_dht_told *best = NULL;
    unsigned best_way = 0;

    for (unsigned w = 0; w < N2_DHT_WAYS; w++) { /* who has least under way comes first */
        if (seek->n_under_way[w] >= N2_DHT_AT_ONCE ||
            (best && seek->n_under_way[w] >= seek->n_under_way[best_way]))
            continue;
        size_t at = next_of(seek, w);

        if (at != SIZE_MAX) {
            best = &seek->heard[at];
            best_way = w;
        }
    }
    if (!best)
        return false;
    best->state = N2_DHT_ASKED;
    best->by = (uint8_t)best_way;
    seek->n_under_way[best_way]++;
    seek->n_questions++;
    *out = best->peer;
    return true;
}

/* Who was asked and has said nothing yet. */
static n2_dht_told *
asked(n2_dht_seek *s, const n2_dht_peer *peer)
{
    bool is_there;
    size_t at = place_of(s, peer->id, &is_there);

    return is_there && s->heard[at].state == N2_DHT_ASKED ? &s->heard[at] : NULL;
}

unsigned
n2_dht_seek_answered(n2_dht_seek *seek,
                     const n2_dht_peer *peer,
                     const n2_dht_peer *told,
                     size_t n)
{
    n2_dht_told *h = asked(seek, peer);

    if (!h)
        return 0;
    unsigned way = h->by, hop = h->hop;

    h->state = N2_DHT_ANSWERED;
    seek->n_under_way[way]--;
    for (size_t i = 0; i < n && i < N2_DHT_K; i++)
        hear(seek, &told[i], way, hop + 1);
    return hop;
}

void
n2_dht_seek_failed(n2_dht_seek *seek, const n2_dht_peer *peer)
{
    n2_dht_told *h = asked(seek, peer);

    if (!h)
        return;
    h->state = N2_DHT_FAILED;
    seek->n_under_way[h->by]--;
}

bool
n2_dht_seek_has_asked(const n2_dht_seek *seek, const n2_dht_peer *peer)
{
    bool is_there;
    size_t at = place_of(seek, peer->id, &is_there);

    return is_there && seek->heard[at].state != N2_DHT_NEW;
}

bool
n2_dht_seek_again(n2_dht_seek *seek, const n2_dht_peer *first, size_t n)
{
    unsigned way = 0;
    size_t n_asked = 0;

    for (size_t i = 0; i < seek->n; i++) /* who was only told of makes room */
        if (seek->heard[i].state != N2_DHT_NEW) {
            seek->heard[n_asked] = seek->heard[i];
            seek->heard[n_asked++].ways = 0;
        }
    seek->n = n_asked;
    for (size_t i = 0; i < n; i++)
        if (!n2_dht_seek_has_asked(seek, &first[i]))
            hear(seek, &first[i], way++ % N2_DHT_WAYS, 1);
    return !n2_dht_seek_is_over(seek);
}

bool
n2_dht_seek_is_over(const n2_dht_seek *seek)
{
    for (unsigned w = 0; w < N2_DHT_WAYS; w++)
        if (seek->n_under_way[w] || next_of(seek, w) != SIZE_MAX)
            return false;
    return true;
}

size_t
n2_dht_seek_nearest(const n2_dht_seek *seek, n2_dht_peer *out)
{
    n2_dht_set set = {.n = 0};

    for (size_t i = 0; i < seek->n; i++)
        if (seek->heard[i].state == N2_DHT_ANSWERED)
            n2_dht_pick(&set, &seek->heard[i].peer);
    for (size_t i = 0; i < set.n; i++)
        out[i] = *set.peers[i];
    return set.n;
}
