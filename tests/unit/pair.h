/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pair.h - two end points with a made-up line between them: what goes over it can be seen,
 *          changed, lost, kept and put in again.
 */
#pragma once

#include <glib.h>

#include "transport/endpoint.h"

enum {
    PAIR_SUITES = 2,
    PAIR_KEY_ID = 0x0907, /* of suite 1; of suite 2 one more */
    PAIR_PACKET_MAX = 2090
};

typedef struct pair pair;

typedef struct {
    pair *pair;
    n2_endpoint *ep;
    guint64 random;
    guint8 secret[PAIR_SUITES][N2_STATIC_BYTES_MAX], key[PAIR_SUITES][N2_STATIC_BYTES_MAX];
    guint8 answer[PAIR_SUITES][N2_KEY_ANSWER_BYTES_MAX], record[PAIR_SUITES][32];
    guint n_es; /* agreements with a static key */
    guint n_connected, n_resumed, n_closed, n_keys;
    n2_err err;        /* of the last CLOSED */
    n2_conn conn;      /* of the last CONNECTED */
    guint8 suite;      /* the same */
    guint8 hash[64];   /* the same */
    GByteArray *heard; /* (owned) commands */
    n2_event last_key; /* of the last KEY_ANSWER; bytes (owned) */
} pair_side;

/** @bytes may be changed.  FALSE: it is lost. */
typedef gboolean (*pair_way)(void *user, pair_side *from, guint8 *bytes, gsize len);

struct pair {
    guint64 now_us;
    pair_side a, b; /* a asks */
    pair_way way;   /* (nullable) */
    void *user;
    guint64 bytes_of[2]; /* sent by a, by b */
};

void pair_init(pair *p, guint64 seed);
void pair_clear(pair *p);

/** A new end point for @side, which knows nothing but its static keys. */
void pair_restart(pair_side *side);

/** CONNECT of a to b. */
void pair_connect(pair *p, guint8 suite, gboolean fresh);

/** A packet for @to, as from the line. */
void pair_deliver(pair_side *to, const guint8 *bytes, gsize len);

/** Exchanges packets until there are none. */
void pair_settle(pair *p);

/** Lets time pass. */
void pair_wait(pair *p, guint64 us);

/** a ends its connection. */
void pair_close(pair *p);

/** Commands over it, both ways; asserts that they arrive. */
void pair_talk(pair *p);
