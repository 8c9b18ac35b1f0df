/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * connection.h - one sealed connection: keys, regions, streams, acknowledgements, resends.
 *
 * Layer:  transport (may include: base, wire, crypto).
 * Source: net2o white paper, "Distributed Shared Memory", "Flow control", "Encryption".
 *
 *     OPENING  hello sent, answer awaited          initiator
 *     HALF     answer sent, first packet awaited   responder; sends nothing
 *     OPEN     both
 *
 *     OPENING --answer opens--> OPEN       HALF --first sealed packet opens--> OPEN
 *     any --close, silence, forged proof, too many forged packets--> gone
 *
 * Keys change while it is open, each direction by itself: epoch.h, rekey.c.
 *
 * The end point owns connections and drives them; nobody else includes this.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/env.h"
#include "base/limits.h"
#include "crypto/aead.h"
#include "crypto/noise.h"
#include "crypto/resume.h"
#include "transport/ack.h"
#include "transport/epoch.h"
#include "transport/first.h"
#include "transport/flight.h"
#include "transport/op.h"
#include "transport/outgoing.h"
#include "transport/queue.h"
#include "transport/rate.h"
#include "transport/receipt.h"
#include "transport/region.h"
#include "wire/packet.h"

typedef enum {
    N2_CONNECTION_OPENING,
    N2_CONNECTION_HALF,
    N2_CONNECTION_OPEN
} n2_connection_state;

/** Commands of the control plane that the ring has no room for yet. */
typedef struct n2_chunk {
    struct n2_chunk *next;
    uint8_t *bytes; /* (transfer full) */
    size_t len, done;
} n2_chunk;

enum {
    N2_SENDS_BLOCK = 8 /* slots made at once; the first of them is each connection's own */
};

typedef struct {
    uint32_t generation; /* 24 bits: a late acknowledgement doesn't count for the next user */
    uint32_t number;     /* of the piece: an older one has a smaller */
    n2_outgoing out;
} n2_send_slot;

/** What is kept of a hello until its answer. */
typedef struct {
    n2_noise noise;
    n2_resume resume; /* hello is a RESUME, made with this; suite NULL: it is none */
    uint64_t ticket_until_us;
    uint16_t key_id;
    uint64_t last; /* bits of the path that the answer may change */
    uint8_t key[N2_STATIC_BYTES_MAX], record[32]; /* of the CONNECT */
    bool is_made;                                 /* hello */
    uint8_t hello[N2_FIRST_BYTES];
    unsigned tries;
    uint64_t due_us, step_us; /* when again; how long between two */
    uint64_t rtt_us;          /* what the route record says, or a guess */
    struct n2_connection *next;
} n2_opening;

typedef struct n2_connection {
    n2_conn id;
    n2_connection_state state;
    bool is_initiator;
    uint8_t suite;
    uint64_t tag;  /* of the CONNECT */
    uint64_t path; /* way ahead, fixed when the connection was made */
    uint64_t made_us;

    struct n2_half *half; /* HALF: its entry in the maker's table */

    n2_opening *opening; /* (transfer full) OPENING, else NULL */
    uint64_t record_Bps; /* what the route record says; 0 unknown */

    /* keys */
    const n2_key_limits *limits; /* (borrowed) */
    const n2_env *env;           /* (borrowed) */
    n2_aead_key *spare;          /* (borrowed) for a key that is not expanded */
    n2_pool *pool;               /* (borrowed) of what all connections hold while they move */
    uint64_t *queues_bytes;      /* (borrowed) sum of the chunks of all */
    n2_epochs seal, open;
    uint64_t seal_base[2]; /* by phase: number of the first packet under that key */
    uint64_t seal_us;      /* when the key in use was new */
    bool is_seen;          /* the peer has opened something under it */
    bool wants_turn;       /* and the next is due at once */
    uint64_t old_us;       /* the key before of the peer is wiped then */
    n2_prf prf[2]; /* by phase; ours alone: the peer can't work out the proof of what it didn't
                      get */
    uint64_t failed_openings; /* under the peer's key in use */
    uint8_t handshake_hash[N2_NOISE_HASH_BYTES];

    /* our memory */
    n2_region *control, *command, *data;
    n2_region *gone; /* revoked, the newest first */
    unsigned n_data, n_gone;
    uint64_t granted_bytes;
    n2_receipt receipts[2]; /* by phase: of the peer's key in use and of the one before */
    uint64_t n_counted;     /* of keys longer gone */

    /* the peer's memory */
    uint64_t peer_control;
    uint64_t command_limit; /* units of the stream that may be sent */
    uint32_t packet_bytes;  /* largest data */
    n2_outgoing stream;
    n2_chunk *chunks, **chunks_end;
    size_t chunk_bytes;
    /* (transfer full) (nullable) slots by blocks, the lowest first */
    n2_send_slot *sends[N2_SENDS_MAX / N2_SENDS_BLOCK];
    uint64_t used_sends[N2_SENDS_MAX / 64]; /* bit set of the slots in use */
    unsigned n_sends;
    unsigned send_turn;     /* packets sent in turn, modulo 2^32 */
    uint32_t send_at;       /* slot whose turn it is */
    uint32_t n_sends_begun; /* numbers them */
    uint64_t n_resent;
    n2_flight flight;
    n2_rate rate;

    /* acknowledging */
    unsigned unacknowledged; /* counted packets since the last one */
    unsigned n_early;        /* counted packets, up to the end of the beginning */
    unsigned ack_repeats;
    unsigned old_tellings; /* acknowledgements still to be sent about the key before */
    bool told_old;         /* the last one was */
    uint64_t ack_due_us, acked_us;
    uint16_t jams;

    /* time */
    bool is_awake;           /* something was sealed or opened since it rested */
    uint64_t heard_us;       /* last packet that opened */
    uint64_t asked_us;       /* when the peer was first asked for an answer, after a rest */
    uint64_t progress_us;    /* last news about what is under way */
    uint64_t slept_first;    /* first packet sent since our own process slept */
    uint64_t pace_us;        /* not before */
    uint64_t first_us;       /* when we had a piece to send for the first time; 0: never */
    bool is_begun;           /* and it may leave, nor is any other waited with */
    uint64_t tail_us;        /* when the last few are sent again */
    unsigned n_silent;       /* timers since the last news */
    uint32_t silent_packets; /* given up by them */
    uint64_t deadline_us;
    size_t heap_at; /* place in the end point's heap */

    /* end point's list of those at rest that others opened, the longest silent first */
    bool is_listed;
    struct n2_connection *rest_next, *rest_before;

    /* end point's list of those whose commands the control plane was not told of */
    bool is_held;
    struct n2_connection *next_held;

    /* end point's list of those that may have something to send */
    bool is_active;
    bool is_path_lost; /* and the control plane was told */
    uint8_t class;     /* n2_class of its packets */
    struct n2_connection *next_active;

    struct n2_handover *handover; /* (transfer full) (nullable) once it was needed */
    struct n2_notices *notices;   /* (transfer full) (nullable) the same */
    struct n2_fresh *fresh; /* (transfer full) (nullable) resumed: until keys were exchanged */
} n2_connection;

/**
 * Derives both directions' keys.
 *
 * @env, @limits: (transfer none): for as long as the connection lives.
 *
 * Returns: N2_OK, N2_ERR_UNSUPPORTED, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_connection_set_keys(n2_connection *c,
                                          const n2_crypto *crypto,
                                          const n2_env *env,
                                          const n2_key_limits *limits,
                                          const n2_noise_keys *keys,
                                          uint8_t cipher);

/**
 * Takes what the peer's half of the handshake says: state OPEN, or for a responder all that is
 * needed to become it.  Rings and tables are made at the first need.
 */
N2_MUST_USE n2_err n2_connection_open(n2_connection *c,
                                      const n2_hello *peer,
                                      uint32_t rtt_us,
                                      uint64_t now_us);

/** The hello of an initiator is answered or over; harmless if it was. */
void n2_connection_forget_hello(n2_connection *c);

/** Frees everything but the regions (the end point's table has them) and @c itself; wipes. */
void n2_connection_clear(n2_connection *c);

/** Is there anything that was never sent yet and may be? */
bool n2_connection_has_new(const n2_connection *c);

/** Bytes of the packet that it has to send at @now_us, 0: none.  Sets pace_us if only the pace
 *  forbids it. */
size_t n2_connection_wants(n2_connection *c, uint64_t now_us);

/**
 * Makes that packet.
 *
 * @out: N2_PACKET_BYTES_MAX of room.
 *
 * Returns: its length; 0 if there was nothing after all.
 */
size_t n2_connection_build(n2_connection *c, uint8_t *out, uint64_t now_us);

/** An acknowledgement, which is due now: its bitmap reaches back 512 packets only, so it can't
 *  wait until all that has arrived together is taken in. */
size_t n2_connection_build_ack(n2_connection *c, uint8_t *out, uint64_t now_us);

/** Seals @data as a control message. */
size_t n2_connection_build_control(n2_connection *c,
                                   const uint8_t data[static N2_CONTROL_BYTES],
                                   uint8_t *out,
                                   uint64_t now_us);

/** Bytes that a chunk counts for in that sum. */
static inline size_t
n2_chunk_bytes(const n2_chunk *chunk)
{
    return sizeof *chunk + chunk->len;
}

/** Appends commands; (transfer full) of @bytes.  Returns: N2_OK, N2_ERR_LIMIT, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_connection_command(n2_connection *c, uint8_t *bytes, size_t len);

/** Returns: N2_OK, N2_ERR_LIMIT (too many at once), N2_ERR_USAGE, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_connection_send(n2_connection *c,
                                      uint64_t tag,
                                      uint64_t address,
                                      const uint8_t *memory,
                                      uint64_t size,
                                      uint32_t unit,
                                      uint64_t now_us);

/** What a packet carried, by its record's stream; NULL: that is done. */
n2_outgoing *n2_connection_outgoing(n2_connection *c, uint32_t stream);

static inline n2_send_slot *
n2_connection_slot(const n2_connection *c, unsigned slot)
{
    return &c->sends[slot / N2_SENDS_BLOCK][slot % N2_SENDS_BLOCK];
}

static inline bool
n2_connection_has_send(const n2_connection *c, unsigned slot)
{
    return c->used_sends[slot / 64] >> slot % 64 & 1;
}

/** Is the peer owing an answer?  Then its silence is its end. */
bool n2_connection_awaits(const n2_connection *c);

/** An acknowledgement came.  Emits SENT.  Returns: N2_OK, N2_ERR_FORGED: close. */
N2_MUST_USE n2_err n2_connection_acknowledged(n2_connection *c,
                                              const n2_ack *ack,
                                              n2_event_queue *events,
                                              uint64_t now_us);

/**
 * A packet opened under the peer's key of @epoch, which is the one in use or the one before;
 * @counted: it is acknowledged.
 *
 * Returns: false: no memory to note it, so it did not come.
 */
N2_MUST_USE bool n2_connection_received(n2_connection *c,
                                        bool counted,
                                        uint32_t epoch,
                                        uint32_t counter,
                                        uint32_t half,
                                        bool is_jammed,
                                        uint64_t now_us);

/** The peer may send more commands than it was last told: tells it. */
void n2_connection_window_moved(n2_connection *c, uint64_t now_us);

/** Its timers.  Returns: N2_OK, or why it has to end: N2_ERR_TIMEOUT, N2_ERR_CLOSED (idle),
 *  N2_ERR_LIMIT (the key's life is over, and the peer never saw it). */
N2_MUST_USE n2_err n2_connection_expire(n2_connection *c, uint64_t now_us);

/** Our own process did nothing for @pause_us, up to now: the peer's silence does not count, and
 *  round trips that the pause is part of say nothing. */
void n2_connection_slept(n2_connection *c, uint64_t pause_us, uint64_t now_us);

/**
 * Nothing is under way and nothing was heard for N2_REST_US: gives back, wiped, all that is
 * there only while something moves.
 *
 * Returns: whether it was time.
 */
bool n2_connection_rest(n2_connection *c, uint64_t now_us);

/** When expire or build want to be called next. */
uint64_t n2_connection_deadline(const n2_connection *c);

/* ---- rekey.c -------------------------------------------------------------------------------
 */

/**
 * Which keys of the peer a packet of @phase with @counter may be sealed with, the likelier
 * first; a counter that came already is of none.
 *
 * Returns: how many, 0 to 2.
 */
unsigned n2_connection_epochs_for(n2_connection *c,
                                  bool phase,
                                  uint32_t counter,
                                  uint32_t epochs[static 2]);

/** A packet opened under the key of @epoch: if that is the next, it is in use now. */
void n2_connection_opened(n2_connection *c, uint32_t epoch, uint64_t now_us);

/** A packet is about to be sealed: under a new key, if that is due and may be. */
void n2_connection_turn_if_due(n2_connection *c, uint64_t now_us);

/** The counter of the next packet to be sealed. */
uint64_t n2_connection_counter(const n2_connection *c);

/** Has its key sealed so much that only a farewell may still go? */
bool n2_connection_is_exhausted(const n2_connection *c);

/**
 * Which of our keys @ack tells of.
 *
 * Returns: N2_OK and *@span
 *          N2_ERR_FORGED  a key that we never had: end the connection
 *          N2_ERR_STATE   one from before the last: too late, ignore it
 */
N2_MUST_USE n2_err n2_connection_span_of(n2_connection *c,
                                         const n2_ack *ack,
                                         n2_flight_span *span);

/** Chooses which of the peer's keys the next acknowledgement tells of, and fills that in. */
void n2_connection_tell(n2_connection *c, n2_ack *ack);

/** Nothing sealed has come yet. */
bool n2_connection_is_unheard(const n2_connection *c);
