/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dht-seek.h - one look-up in the DHT: whom to ask next, and who is nearest in the end.
 *
 * Layer:  share (may include: base, wire, crypto, store, keys, transport, vm).
 * Source: S/Kademlia: N2_DHT_WAYS ways go from different beginnings and never ask the same
 * node, so that one that lies spoils its own way only.  Each way has its list of the nearest
 *         that it was told of, under the rule of dht-table.h, asks N2_DHT_AT_ONCE of them at
 *         once, and is over when all of its list have answered.
 * Use:    n2_dht_seek_next() until it has nobody; then n2_dht_seek_answered() or
 *         n2_dht_seek_failed() for each that it gave, as they come.  It knows no time.
 */
#pragma once

#include "base/limits.h"
#include "share/dht-table.h"

enum {
    N2_DHT_WAYS = 4,
    N2_DHT_AT_ONCE = 3
};

typedef enum {
    N2_DHT_NEW,
    N2_DHT_ASKED,
    N2_DHT_ANSWERED,
    N2_DHT_FAILED
} n2_dht_asked;

/** A node that was heard of. */
typedef struct {
    n2_dht_peer peer;
    uint8_t ways; /* set: bits of those that were told of it */
    uint8_t by;   /* the way that asked it */
    uint8_t hop;  /* 1: we knew it ourselves */
    uint8_t state;
} n2_dht_told;

typedef struct {
    uint8_t target[N2_DHT_ID_BYTES];
    uint64_t self;                      /* node that is never asked: our own */
    n2_dht_told heard[N2_DHT_POOL_MAX]; /* ascending by distance */
    size_t n;
    unsigned n_under_way[N2_DHT_WAYS];
    uint64_t n_questions;
} n2_dht_seek;

/** @first: the @n nearest that we know, ascending. */
void n2_dht_seek_init(n2_dht_seek *seek,
                      const uint8_t target[static N2_DHT_ID_BYTES],
                      uint64_t self,
                      const n2_dht_peer *first,
                      size_t n);

/** Whom to ask next.  @out: (out).  Returns: false: nobody, for now. */
bool n2_dht_seek_next(n2_dht_seek *seek, n2_dht_peer *out);

/** @peer answered, with @told of @n nodes.  Returns: the hop at which it stands, 0: it was not
 *  asked. */
unsigned n2_dht_seek_answered(n2_dht_seek *seek,
                              const n2_dht_peer *peer,
                              const n2_dht_peer *told,
                              size_t n);

/** @peer did not answer. */
void n2_dht_seek_failed(n2_dht_seek *seek, const n2_dht_peer *peer);

/**
 * Begins again, when what was found may be what liars wanted: with others to begin with, and
 * lists of its own for each way.  Nobody is asked twice.
 *
 * @first: those of the @n nearest that were not asked are begun with.
 *
 * Returns: false: there is none.
 */
bool n2_dht_seek_again(n2_dht_seek *seek, const n2_dht_peer *first, size_t n);

/** Was it asked? */
bool n2_dht_seek_has_asked(const n2_dht_seek *seek, const n2_dht_peer *peer);

/** Is everybody asked, and has nobody still to answer? */
bool n2_dht_seek_is_over(const n2_dht_seek *seek);

/** The nearest that answered, under the rule, ascending: the holder set.  @out: (out):
 *  N2_DHT_K.  Returns: how many. */
size_t n2_dht_seek_nearest(const n2_dht_seek *seek, n2_dht_peer *out);
