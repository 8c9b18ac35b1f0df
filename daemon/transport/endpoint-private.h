/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * endpoint-private.h - what the end point's files share.
 *
 * Layer: transport.  endpoint.c: table of connections, output; orders.c: ops; turns.c: who is
 * next; agreeing.c: what several first packets wait for; receive.c: opening; maker.c: address
 * 0; asker.c: our own hellos, queries and echoes.
 */
#pragma once

#include "base/bucket.h"
#include "base/limits.h"
#include "transport/agreeing.h"
#include "transport/connection.h"
#include "transport/endpoint.h"
#include "transport/fresh.h"
#include "transport/handover.h"
#include "transport/notice.h"
#include "transport/plain.h"
#include "transport/ticket.h"

enum {
    N2_SLOT_BITS = 18, /* 2 * N2_CONNECTIONS_MAX: open and half open */
    N2_SLOTS = 1 << N2_SLOT_BITS,
    N2_MAKER_CHAINS = 4096
};

/** One of our static keys that hellos may name. */
typedef struct {
    bool in_use;
    uint16_t id;
    uint8_t suite;
    uint32_t serial;
    uint64_t until_us;
    uint8_t key[N2_STATIC_BYTES_MAX];
    uint8_t answer[N2_KEY_ANSWER_BYTES_MAX];
    uint8_t answer_len;
    uint8_t hash[32]; /* SHA-256 of answer */
} n2_key_record;

/** A hello that was let in. */
typedef struct n2_half {
    bool in_use;
    bool is_spent; /* it was worth nothing, and holds its place only */
    uint16_t turn; /* part of the tag of NEED_ES */
    n2_conn conn;  /* 0: the keys process is still asked */
    uint64_t path; /* way back */
    uint64_t until_us;
    uint8_t hello[N2_FIRST_BYTES];
    uint8_t answer[N2_FIRST_BYTES];
    n2_ticket ticket; /* for the next connection, kept when this one opens */
    uint64_t ticket_until_us;
    struct n2_half *next; /* same chain, or free */
} n2_half;

/** The connection maker: strangers' first packets. */
typedef struct {
    n2_key_record records[N2_KEY_RECORDS_MAX];
    n2_half *halves; /* (transfer full) N2_HALF_OPEN_MAX */
    n2_half *free;
    n2_half *chains[N2_MAKER_CHAINS]; /* by e */
    uint16_t ways[N2_MAKER_CHAINS];   /* half-open ones by way back */
    uint32_t n_half, n_answered;      /* of them with a connection */
    uint64_t sweep_us;                /* next look for those that waited too long */
    uint64_t second_us;               /* the second that is counted */
    uint32_t hellos_this_second, queries_this_second, unknown_this_second;
    n2_bucket tokens, tokens_of[N2_MAKER_CHAINS]; /* made or looked at: of all, by way back */
    uint8_t token_key[2][32];                     /* of this minute and the last */
    uint64_t token_turn_us;
} n2_maker;

/** A query or an echo of ours. */
typedef struct {
    bool in_use, is_echo;
    uint8_t suite; /* of a query; 0: any */
    uint64_t tag, path, nonce;
    uint8_t token[N2_FIRST_TOKEN_BYTES];
    uint64_t began_us, again_us, until_us, step_us;
    unsigned tries; /* after the first */
} n2_ask;

struct n2_endpoint {
    n2_env env;
    n2_crypto crypto;
    n2_key_limits key_limits;
    n2_pool pool;                      /* of what connections hold while they move */
    uint64_t queues_bytes, queues_max; /* of answers waiting for room in their streams */
    n2_aead_key spare; /* of whichever connection is at work and has none expanded */
    n2_region_table regions;
    n2_connection **slots; /* (transfer full) N2_SLOTS */
    uint32_t *generations;
    uint32_t next_slot, n_connections, connections_max;
    n2_connection *opening;
    n2_connection *active, **active_end;
    unsigned burst;       /* packets of the first active one since its turn began */
    n2_connection **heap; /* by deadline */
    size_t n_heap;
    n2_maker maker;
    n2_tickets tickets;     /* that we gave */
    n2_tickets own_tickets; /* that we may use */
    n2_plain plain;
    n2_ask asks[N2_ASKS_MAX];
    size_t n_asks; /* of them in use */
    n2_agreeings agreeings;
    n2_raw_queue raw;
    n2_event_queue events;
    n2_connection
        *held;        /* with commands that the control plane was not told of: it is behind */
    uint64_t held_us; /* not to be tried before */
    n2_connection *rest, *rest_last; /* at rest, opened by others: the longest silent first */
    n2_endpoint_stats stats;
    n2_endpoint_met met;
    n2_handover_met moves;
    n2_notice_met notices;
    n2_conn
        recent[N2_RECENT_PACKETS]; /* who sent, by the random half: where a notice may belong */
    uint8_t scratch[N2_DATA_BYTES_MAX];
};

/** Keeps the greatest figure seen. */
static inline void
n2_endpoint_note(uint32_t *most, size_t now)
{
    if (now > *most)
        *most = (uint32_t)now;
}

/* endpoint.c */
n2_connection *n2_endpoint_find(n2_endpoint *ep, n2_conn conn);

/** A new connection with its control and command region, in no state yet; NULL: limit. */
n2_connection *n2_endpoint_add(n2_endpoint *ep, uint64_t path, uint64_t now_us);

/** Tells the control plane (if it knows of it), frees; with @tell says CLOSE to the peer. */
void n2_endpoint_end(n2_endpoint *ep, n2_connection *c, n2_err err, bool tell, uint64_t now_us);

/**
 * Makes place if there are more than @most connections, half-open ones not counted: of those
 * that others opened the one goes that was silent for longest, but never @keep.
 */
void n2_endpoint_make_place(n2_endpoint *ep,
                            uint32_t most,
                            const n2_connection *keep,
                            uint64_t now_us);

/**
 * Too many answers wait, all connections together: those go that hold most of them.
 *
 * Returns: whether @c is still there.
 */
bool n2_endpoint_thin_queues(n2_endpoint *ep, const n2_connection *c, uint64_t now_us);

/** Fills what we offer in both halves of the handshake. */
void n2_endpoint_offer(const n2_endpoint *ep, const n2_connection *c, n2_hello *hello);

/* receive.c */

/** Hands the control plane the commands that were held back while it was behind. */
void n2_endpoint_tell_held(n2_endpoint *ep, uint64_t now_us);

/** Tells of a data region that is whole, once. */
void n2_endpoint_tell_written(n2_endpoint *ep, n2_connection *c, n2_region *r);

/** @c ends: nothing of it is told any more. */
void n2_endpoint_let_go(n2_endpoint *ep, n2_connection *c);

/* orders.c */

/** The data region of @address, if there is one, ends: its memory is the control plane's again,
 * late packets are acknowledged and thrown away. */
void n2_endpoint_end_region(n2_endpoint *ep, n2_connection *c, uint64_t address);

/* turns.c */
/** Something about @c changed: it may have something to send, its deadline may be another. */
void n2_endpoint_touch(n2_endpoint *ep, n2_connection *c);

/** A new connection; one that ends. */
void n2_turns_add(n2_endpoint *ep, n2_connection *c);
void n2_turns_remove(n2_endpoint *ep, n2_connection *c);

/** @c rests now if it may; it moves again. */
void n2_turns_lie_down(n2_endpoint *ep, n2_connection *c, uint64_t now_us);
void n2_turns_get_up(n2_endpoint *ep, n2_connection *c);

/** The first of those that may send lets the others go before it / has nothing to send now. */
void n2_turns_yield(n2_endpoint *ep);
void n2_turns_rest(n2_endpoint *ep);

/** The deadlines of many have changed. */
void n2_turns_order(n2_endpoint *ep);

/** Looks at @c no earlier than @at_us, which is after its deadline. */
void n2_turns_put_off(n2_endpoint *ep, n2_connection *c, uint64_t at_us);

/* maker.c */
enum {
    N2_PROLOGUE_BYTES =
        7 + 1 + 1 + 2 + 32 /* "net2o 1", type, suite, key id, key record's hash */
};
void n2_prologue(uint8_t out[static N2_PROLOGUE_BYTES],
                 n2_first_type type,
                 uint8_t suite,
                 uint16_t key_id,
                 const uint8_t record[static 32]);
N2_MUST_USE n2_err n2_maker_init(n2_endpoint *ep, uint64_t now_us);
void n2_maker_clear(n2_endpoint *ep);
void n2_maker_record(n2_endpoint *ep, const n2_op *op);
void n2_maker_query(n2_endpoint *ep, const n2_first *first, uint64_t back, uint64_t now_us);
void n2_maker_hello(n2_endpoint *ep,
                    const n2_first *first,
                    const uint8_t bytes[static N2_FIRST_BYTES],
                    uint64_t back,
                    uint64_t now_us);
void n2_maker_es(n2_endpoint *ep, const n2_op *op, uint64_t now_us);

/** Its agreements are there, or @err: answers the hello. */
void n2_maker_es_agreed(n2_endpoint *ep, n2_agreeing *one, n2_err err, uint64_t now_us);

/** Seconds and minutes that are counted by. */
void n2_maker_turn_second(n2_endpoint *ep, uint64_t now_us);

/** (transfer none) (nullable): the entry of the same hello by the same way; then it was
 *  answered again, if it had been. */
n2_half *n2_maker_repeat(n2_endpoint *ep, const n2_first *first, uint64_t back);

/** Is there room for another that costs @weight of N2_HELLO_PER_S?  If not, it was told to come
 *  again with a token. */
bool n2_maker_admits(
    n2_endpoint *ep, const n2_first *first, unsigned weight, uint64_t back, uint64_t now_us);

/** (transfer none) (nullable): a place for the hello in @bytes. */
n2_half *n2_maker_let_in(n2_endpoint *ep, const uint8_t *bytes, uint64_t back, uint64_t now_us);
void n2_maker_drop(n2_endpoint *ep, n2_half *half);

/** The cipher of those that both have, 0: none. */
uint8_t n2_maker_choose_cipher(uint8_t offered, uint8_t ours);

/** Keys are there and @half->answer holds the answer: says it; @c is half open. */
n2_err n2_maker_half_open(n2_endpoint *ep,
                          n2_half *half,
                          n2_connection *c,
                          const n2_noise_keys *keys,
                          const n2_hello *theirs,
                          uint8_t cipher,
                          uint64_t now_us);
void
n2_maker_half_open_failed(n2_endpoint *ep, n2_half *half, n2_connection *c, uint64_t now_us);

/* maker-record.c */
const n2_key_record *
n2_maker_find_record(const n2_maker *m, uint8_t suite, uint16_t id, uint64_t now_us);

/* resume.c */

/** RESUME: both sides know a ticket; if we don't, says so. */
void n2_maker_resume(n2_endpoint *ep,
                     const n2_first *first,
                     const uint8_t bytes[static N2_FIRST_BYTES],
                     uint64_t back,
                     uint64_t now_us);

/** Makes RESUME the hello of @c, if there is a ticket for it.  False: there is none. */
bool n2_asker_resume(n2_endpoint *ep, n2_connection *c, const n2_op *op, uint64_t now_us);
void n2_asker_resumed(n2_endpoint *ep, const n2_first *first, uint64_t back, uint64_t now_us);
void n2_asker_unknown(n2_endpoint *ep, const n2_first *first, uint64_t now_us);

/** The connection made for a half-open entry has ended. */
void n2_maker_settle(n2_endpoint *ep, n2_connection *c);

/** It has opened: its ticket counts from now on. */
void n2_maker_opened(n2_endpoint *ep, n2_connection *c, uint64_t now_us);
uint64_t n2_maker_deadline(const n2_endpoint *ep);
void n2_maker_expire(n2_endpoint *ep, uint64_t now_us);

/* asker.c */
void n2_asker_connect(n2_endpoint *ep, const n2_op *op, uint64_t now_us);
void n2_asker_answer(n2_endpoint *ep, const n2_first *first, uint64_t back, uint64_t now_us);

/** Their agreements are there, or @err: says the hello; opens the connection. */
void
n2_asker_hello_agreed(n2_endpoint *ep, const n2_agreeing *one, n2_err err, uint64_t now_us);
void
n2_asker_answer_agreed(n2_endpoint *ep, const n2_agreeing *one, n2_err err, uint64_t now_us);

/** (nullable): whose hello begins with @token. */
n2_connection *n2_asker_find(n2_endpoint *ep, const uint8_t *token);

/** The ticket did not serve: the same connection says a full hello. */
void n2_asker_say_hello(n2_endpoint *ep, n2_connection *c, uint64_t now_us);

/** Does what the answer says fit to what we offered? */
bool n2_asker_accepts(const n2_endpoint *ep, const n2_connection *c, const n2_hello *peer);

/** The answer held, which came from where @back leads: @c is open, and keeps @ticket. */
void n2_asker_opened(n2_endpoint *ep,
                     n2_connection *c,
                     const n2_noise_keys *keys,
                     const n2_hello *peer,
                     uint64_t back,
                     uint64_t ticket_until_us,
                     uint64_t now_us);
void n2_asker_again(n2_endpoint *ep, const n2_first *first, uint64_t now_us);

/** The hello of @c is over. */
void n2_asker_leave(n2_endpoint *ep, n2_connection *c);
void n2_asker_hello_due(n2_endpoint *ep, n2_connection *c, uint64_t now_us);
void n2_asker_ask(n2_endpoint *ep, const n2_op *op, uint64_t now_us);
void n2_asker_key(n2_endpoint *ep, const n2_first *first, uint64_t now_us);
void n2_asker_slept(n2_endpoint *ep, uint64_t pause_us);
uint64_t n2_asker_deadline(const n2_endpoint *ep);
void n2_asker_expire(n2_endpoint *ep, uint64_t now_us);
