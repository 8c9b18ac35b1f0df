/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve-private.h - the tables behind reserve.h, for the files that make it up.
 *
 * Layer:     switch.
 * Files:     reserve.c (messages that pass or end), reserve-table.c (rows and what they add up
 *            to), reserve-claim.c (our own and allotments), police.c (packets).
 * Invariant: an out-port's `kbps` is the sum of n2_kept_counted() of its rows, a pair's of
 * those of its own; only reserve-table.c changes them.
 */
#pragma once

#include "base/bucket.h"
#include "base/limits.h"
#include "switch/police.h"
#include "switch/reserve.h"

enum {
    N2_ROW_NONE = UINT16_MAX, /* no row, pair or claim */
    N2_ROW_HEADS = 4096,      /* of each hash: a power of two */
    N2_POT_FIRST = 0x10000    /* a pair's in-port, from here: in-ports of one share */
};

/* One reservation of a flow through this switch: 112 bytes. */
typedef struct {
    uint64_t key; /* the path behind our step, and in its low bits the class */
    uint64_t id;
    uint64_t until_us;
    n2_meter meter;
    uint64_t packets, bytes, over;
    uint32_t kbps;       /* held; 0: noted only */
    uint32_t asked_kbps; /* noted; 0: no ask is under way */
    uint32_t step_kbps; /* of what is held, in an allotment of ours; with `word`: what it was */
    uint16_t claim;     /* that allotment */
    uint16_t in_port, out_port;
    uint16_t next_flow, next_id; /* in their hashes; next_flow: in the free list */
    uint16_t pair, pot;          /* pot: the pair of its share; N2_ROW_NONE: `pair` */
    uint8_t used;                /* bits of the path behind our step */
    uint8_t noted_s;             /* when it was noted: seconds, modulo 256 */
    uint8_t word; /* the reason of a CUT that its asker is still to be told; 0: none */
    bool is_taken, is_allotment, is_cut;
} n2_kept;

_Static_assert(sizeof(n2_kept) == 112, "what DESIGN.md states");

/* All from one in-port, or from all in-ports of one share, to one out-port: 88 bytes. */
typedef struct {
    n2_meter meter; /* of what allotments let through */
    uint64_t kbps;
    uint64_t allotted_kbps; /* held by allotments, */
    uint64_t unread_kbps;   /* and asked for inside them since then: their calls */
    uint64_t unread_us;
    uint64_t over;
    uint32_t n; /* rows; 0: free */
    uint32_t in_port;
    uint16_t out_port;
    uint16_t next;
    bool is_gross;
} n2_pair;

_Static_assert(sizeof(n2_pair) == 88, "what DESIGN.md states");

typedef struct {
    n2_bucket asks; /* that may still come in here */
    uint64_t kbps;  /* promised of what leaves here */
    uint64_t demoted;
    uint32_t n; /* rows of what comes in here */
} n2_reserve_port;

_Static_assert(sizeof(n2_reserve_port) == 32, "the same");

typedef enum {
    N2_CLAIM_FREE,
    N2_CLAIM_ASKING, /* first, again, or for another rate */
    N2_CLAIM_HELD,
    N2_CLAIM_RESTING /* an allotment that was refused: until next_us it is not asked for */
} n2_claim_state;

/* One reservation that our own node has, or wants: 96 bytes. */
typedef struct {
    uint64_t tag, id, path;
    uint64_t next_us, until_us;
    uint64_t grow_us;    /* an allotment: not made larger until then */
    uint64_t back_path;  /* an event's: from where it was refused */
    uint32_t kbps;       /* given; 0: nothing yet */
    uint32_t want_kbps;  /* asked for */
    uint32_t used_kbps;  /* an allotment: by calls in it */
    uint32_t step_kbps;  /* an allotment grows by so much at most */
    uint32_t offer_kbps; /* an event's */
    n2_claim_state state;
    int8_t err; /* an event's, as are the next three */
    uint8_t reason, place, unsure;
    uint8_t class, tries;
    uint8_t bits;   /* of an allotment: labels behind our own step that it covers, */
    uint32_t share; /* and whose call was the first that way */
    bool is_allotment : 1, has_event : 1, is_over : 1, wants_change : 1;
} n2_claim;

_Static_assert(sizeof(n2_claim) == 96, "the same");

struct n2_reserve {
    n2_env env;
    uint8_t width;
    n2_reserve_role role;
    uint64_t secret; /* odd; of the hashes */
    n2_kept *rows;   /* N2_RESERVES_MAX, with pairs and heads; NULL until first used */
    n2_pair *pairs;
    uint16_t *flow_heads, *id_heads, *pair_heads;
    n2_reserve_port *ports; /* 2^width, the same; of a share: N2_RESERVE_POTS behind them */
    n2_claim *claims;       /* N2_CLAIMS_MAX, and N2_STEPS_MAX; NULL until first used */
    uint16_t free_rows, free_pairs;     /* first of those used before */
    uint16_t n_rows_used, n_pairs_used; /* ever: what lies above was never touched */
    uint32_t n_claims, n_steps;         /* all; and of them allotments */
    uint32_t n_events;
    bool has_gross;
    uint64_t next_us;   /* when rows are looked through, */
    uint64_t claims_us; /* and claims */
    n2_reserve_message out[N2_RESERVE_OUT];
    uint32_t out_head, out_tail;
    uint32_t n_words; /* rows whose askers are to be told something, */
    uint16_t word_at; /* and where the next of them is looked for */
    n2_reserve_stats stats;
};

/* What counts against its out-port. */
static inline uint32_t
n2_kept_counted(const n2_kept *row)
{
    return row->kbps > row->asked_kbps ? row->kbps : row->asked_kbps;
}

static inline uint64_t
n2_kept_key(uint64_t path, unsigned class)
{
    return (path & ~UINT64_C(63)) | class;
}

/* ---- reserve-table.c ---- */

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_rows_need(n2_reserve *r);

/** NULL: there is none, or no table. */
n2_kept *n2_kept_find(const n2_reserve *r, uint32_t in_port, uint32_t out_port, uint64_t key);
n2_kept *n2_kept_find_id(const n2_reserve *r, uint32_t in_port, uint32_t out_port, uint64_t id);
n2_pair *n2_pair_find(const n2_reserve *r, uint32_t in_port, uint32_t out_port);

/** NULL: all are taken. */
n2_kept *n2_kept_add(n2_reserve *r, const n2_reserve_way *way, uint64_t key, uint64_t id);

/** The in-port of a pair for @way's share: its in-port's, or that of its source. */
uint32_t n2_share_of(const n2_reserve *r, const n2_reserve_way *way);

/** That of a row which is there. */
uint32_t n2_share_of_row(const n2_reserve *r, const n2_kept *row);

/** What is counted for @share. */
n2_reserve_port *n2_share_port(const n2_reserve *r, uint32_t share);
void n2_kept_remove(n2_reserve *r, n2_kept *row);

/** The flow's asker has another number for it now. */
void n2_kept_set_id(n2_reserve *r, n2_kept *row, uint64_t id);

/** The only place where rates change. */
void n2_kept_set(n2_reserve *r, n2_kept *row, uint32_t kbps, uint32_t asked_kbps);

/** It ends with a word to its asker, and stays as a mark that there is none. */
void n2_kept_cut(n2_reserve *r, n2_kept *row, uint64_t now_us);

/** It ends, and the row with it, as soon as its asker was told that its line is gone. */
void n2_kept_down(n2_reserve *r, n2_kept *row);

/** The next of these words: however many end at once, none is lost.  False: none is due. */
bool n2_kept_word(n2_reserve *r, n2_reserve_message *out);

/** Lets @row take @kbps of the allotment @claim (N2_ROW_NONE: of none). */
void n2_kept_join(n2_reserve *r, n2_kept *row, uint16_t claim, uint32_t kbps);

static inline n2_kept *
n2_kept_at(const n2_reserve *r, uint16_t i)
{
    return &r->rows[i];
}

/* ---- reserve.c ---- */

/** Puts @message into the queue of output(). */
void n2_reserve_say(n2_reserve *r, const n2_reserve_message *message);

/* ---- reserve-claim.c ---- */

/** An answer for our own node; @in_port: by which it came; @is_known: a row says that the ask
 *  left by it.  What we didn't ask there is not believed. */
void n2_claim_answer(n2_reserve *r,
                     uint32_t in_port,
                     bool is_known,
                     const n2_reserve_message *m,
                     uint64_t now_us);

/** Allotment for @row, whose ask for @kbps passes: it is joined, if there is room; else it will
 *  be larger, if it can.  Returns: it, or NULL: the call asks all of its way itself. */
const n2_claim *n2_step_join(n2_reserve *r, n2_kept *row, uint32_t kbps, uint64_t now_us);

/** The answer @m to @row's ask passes back, with the marks of large switches. */
void
n2_step_learn(n2_reserve *r, const n2_kept *row, const n2_reserve_message *m, uint64_t now_us);

void n2_claims_expire(n2_reserve *r, uint64_t now_us);
