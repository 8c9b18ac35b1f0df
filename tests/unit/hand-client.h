/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * hand-client.h - a client made by hand from daemon/PROTOCOL.md: one link, no switch, suite 1.
 *
 * It shares with the node under test the codecs and primitives, nothing that decides.  It sends
 * and takes datagrams through two functions of its user, and draws nothing: all its secrets
 * count up, so that its bytes are the same in each run.
 */
#pragma once

#include <glib.h>

#include "crypto/aead.h"
#include "crypto/noise.h"
#include "crypto/tree.h"
#include "transport/ack.h"
#include "transport/first.h"
#include "vm/asm.h"
#include "vm/stream.h"

enum {
    HAND_COUNTERS = 1024,
    HAND_VALUES = 16,
    HAND_DATA_BYTES = 1 << 16
};

/** An answer, taken apart. */
typedef struct {
    guint64 tag;
    gint64 err;
    guint n;
    struct {
        guint8 type; /* opcode of the literal */
        guint64 u;
        GBytes *bytes; /* (owned) (nullable) */
    } value[HAND_VALUES];
} hand_answer;

typedef struct hand_client hand_client;

typedef struct {
    void *user;
    /** Sends one datagram; what comes back is given to hand_client_take() meanwhile. */
    void (*send)(void *user, const guint8 *bytes, gsize len);
    /** (nullable) Told of each packet's data, sealed or for address 0, before or after sealing.
     */
    void (*show)(void *user, gboolean is_ours, guint64 address, const guint8 *data, gsize len);
    /** Time of the client, us. */
    guint64 (*now)(void *user);
} hand_client_host;

struct hand_client {
    hand_client_host host;
    /* link */
    guint64 token, peer_token, nonce, link_id;
    guint8 cookie[16];
    guint16 number;
    gboolean is_challenged, is_up;
    guint8 half[2090];
    gint half_number; /* of the first half that is in `half`; -1: none */
    /* connection */
    guint8 record[112], e_secret[32], noise_key[16], peer_e[32];
    gboolean has_record, is_open, is_closed;
    n2_noise noise;
    n2_noise_keys keys;
    n2_hello peer;
    n2_crypto crypto;
    n2_aead_key seal, open;
    n2_prf prf;
    guint8 seal_salt[4], open_salt[4];
    guint32 counter;
    /* what came */
    gboolean came[HAND_COUNTERS];
    guint32 noise_of[HAND_COUNTERS], highest;
    guint64 n_counted, arrived_us, last_command_end;
    guint8 ring[HAND_DATA_BYTES]; /* the holder's command stream, from its beginning */
    gsize ring_bytes;
    gsize taken;         /* of it */
    guint64 asked_units; /* of our own stream */
    guint64 data_address;
    guint8 data[HAND_DATA_BYTES];
    gsize data_bytes; /* received into `data`, whole units */
    guint32 data_unit;
    hand_answer answers[8];
    guint n_answers;
};

hand_client *hand_client_new(const hand_client_host *host);
void hand_client_free(hand_client *c);

/** One datagram from the node. */
void hand_client_take(hand_client *c, const guint8 *bytes, gsize len);

/* Steps, each ends when what it sent was sent; answers arrive by take(). */
void hand_client_open_link(hand_client *c);
void hand_client_query(hand_client *c);
void hand_client_hello(hand_client *c);
void hand_client_acknowledge(hand_client *c);
/** A block into the command stream; consumes @a. */
void hand_client_ask(hand_client *c, n2_asm *a);
/** Grants itself a region at @address for @len bytes. */
void hand_client_grant(hand_client *c, guint64 address, gsize len);
void hand_client_close(hand_client *c);

/** The answer with @tag, or NULL. */
const hand_answer *hand_client_answer(const hand_client *c, guint64 tag);
