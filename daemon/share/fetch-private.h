/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-private.h - what the parts of fetch share: remotes, transfers, questions, stretches.
 *
 * Layer: share.  Included by fetch*.c only.
 */
#pragma once

#include "base/limits.h"
#include "crypto/nodekey.h"
#include "crypto/tree.h"
#include "share/fetch.h"
#include "store/part.h"

/* Named by what they await; assigned by n2_remote_enter only. */
typedef enum {
    REMOTE_FREE,
    REMOTE_IDLE, /* somebody to want it */
    REMOTE_WAY,
    REMOTE_KEY,
    REMOTE_CONNECTED,
    REMOTE_IDENTITY,
    REMOTE_OPEN, /* nothing more: it answers questions */
    REMOTE_PAUSE,
    REMOTE_STATES
} remote_state;

typedef struct {
    remote_state state;
    n2_id who;
    n2_conn conn;        /* from IDENTITY on */
    uint64_t path, last; /* and the bits of its last label, as we were told them */
    uint8_t label_bits;  /* as in n2_remote_info */
    uint16_t common_label, own_label;
    uint64_t deadline_us;
    uint64_t heard_us;         /* OPEN: something came, or the first question after a rest */
    uint64_t stalled_us;       /* the last stretch was whole, or the first asked for */
    uint64_t used_us;          /* a transfer ended */
    uint64_t head_us;          /* its head was confirmed; 0: never */
    uint64_t refused_until_us; /* it gave wrong bytes */
    uint64_t going; /* by this way, if the peer is there: MOVE is under way; 0: not */
    n2_conn going_conn;
    uint32_t attempt; /* of CONNECT and KEY_QUERY; its answers carry it */
    uint32_t rtt_us;
    uint64_t trouble_us;      /* the first try that failed since it was of use */
    uint64_t busy_us, n_busy; /* how long it wrote lately, and how many stretches */
    uint64_t busy_since_us;
    unsigned n_stretches; /* that it was asked to write */
    unsigned n_tries;
    unsigned n_waiting;  /* questions without an answer, and stretches */
    bool is_probed;      /* since it was heard last */
    bool is_slow;        /* said, since this state was entered */
    bool is_greeted;     /* wanted for its key and proof alone */
    bool is_called;      /* wanted for a connection to it */
    bool cant_follow;    /* it refused the block that asks it to */
    bool cant_walk;      /* the same */
    bool is_shown;       /* it knows who we are: on this connection */
    n2_id shown_as;      /* who that is, or will be once it says so */
    uint64_t showing_us; /* since when the proof is on its way to it; 0: it is not */
    bool is_logged_in;   /* an account of ours, on this connection */
    uint8_t suite;       /* of the connection, */
    uint8_t hash[64];    /* and the hash of its handshake */
    bool has_key;
    bool key_is_kept;      /* from the store, not just asked for: it may be out of date */
    uint8_t ask_suite;     /* whose key a record named, that is asked for next; 0: none */
    uint8_t key_suite;     /* of the query under way: an answer of another one is none */
    uint32_t serial_floor; /* of the newest key that was proven: older records are replays */
    uint8_t suites_floor;  /* that it named; 0: none was proven yet */
    bool is_proven;        /* `identity` is its, and the key is one of its node keys */
    bool is_proving;       /* OPEN: its identity is asked for again */
    uint64_t proven_us;    /* when it was; 0: to be asked for again */
    uint8_t answer[N2_ANSWER_BYTES_MAX];
    n2_node_key key;
    n2_identity identity;
} remote;

typedef enum {
    PHASE_HEAD,
    PHASE_HEADS,  /* those before it, too */
    PHASE_FOLLOW, /* the head is here; the way down from it is asked for */
    PHASE_SIZE,
    PHASE_NODES,
    PHASE_STRETCHES,
    PHASE_WALK /* many short contents at once */
} transfer_phase;

/* One of the holders of a content, as far as it serves it. */
typedef struct {
    remote *remote;          /* (nullable) it was called */
    n2_err err;              /* it does not serve: why */
    uint64_t pause_until_us; /* nothing is asked of it before */
} hand;

/* What a transfer of many short contents asks for, and what of it came. */
typedef struct {
    n2_fetch_item items[N2_WALK_CONTENTS_MAX];
    size_t n;
    uint64_t bytes;                    /* of them together */
    uint8_t has[N2_WALK_CONTENTS_MAX]; /* as the holder says */
    bool is_answered;                  /* it has said */
} bulk_list;

typedef struct {
    n2_transfer id; /* 0: free */
    transfer_phase phase;
    bool is_head;
    bool is_asked;           /* the question of this phase is under way */
    bool is_follow_asked;    /* HEAD: that of the next one is too */
    uint64_t below;          /* HEADS: their counters are */
    char *path;              /* (owned) (nullable) HEAD: what to follow from there */
    bulk_list *list;         /* (owned) (nullable) WALK */
    unsigned n_ahead;        /* and how many groups of what it leads to */
    uint64_t ahead_until_us; /* without askers: until one comes; 0: it has one */
    bool size_is_said;       /* by a holder, and proven by nothing yet */
    unsigned n_askers;
    unsigned content;
    n2_ref ref;
    n2_id cache, origin; /* who is asked to fetch it, and from whom; not set: nobody is */
    n2_id holders[N2_FETCH_HOLDERS_MAX];
    hand hands[N2_FETCH_HOLDERS_MAX];
    size_t n_holders;
    size_t holder;     /* who is asked for all but stretches, */
    remote *remote;    /* and its connection */
    n2_err err;        /* how the first holder failed */
    uint64_t hedge_us; /* it was of no use for long then */
    unsigned n_hedged; /* times that it was, while it wrote */
    uint64_t reader_at;
    bool has_reader;
    n2_batch *batch;                 /* (owned) (nullable) */
    n2_part *part;                   /* (owned) (nullable) */
    n2_fetch_sink *sink;             /* (transfer none) (nullable) */
    uint8_t (*nodes)[N2_HASH_BYTES]; /* (owned) (nullable) until they are all there */
    uint64_t n_nodes;
    uint64_t done_bytes;
    unsigned n_stretches; /* under way */
} transfer;

typedef enum {
    ASK_IDENTITY,
    ASK_HEAD,
    ASK_HEADS,
    ASK_FOLLOW,
    ASK_SIZE,
    ASK_NODES,
    ASK_READ,
    ASK_SHOW,
    ASK_LOGIN,
    ASK_PAIR,
    ASK_NAME,
    ASK_WALK,
    ASK_PROBE /* whether it is still there, while it writes */
} ask_kind;

typedef struct {
    remote *remote; /* NULL: free */
    ask_kind kind;
    uint32_t serial;
    n2_transfer transfer;
    size_t stretch;   /* READ: the place, */
    uint64_t address; /* and which of those that had this place; NAME: its number */
} question;

typedef enum {
    STRETCH_FREE,
    STRETCH_ASKED,
    STRETCH_WAITS,   /* all written, its memory is ours again; its group node is awaited, or
                        what it belongs to */
    STRETCH_STORED,  /* the same, and it is being verified and stored */
    STRETCH_GIVEN_UP /* revoked; what is in it does not count */
} stretch_state;

/* What the helper does for a stretch; only the last three are its to write. */
typedef struct {
    n2_work work; /* the first */
    n2_part_place place;
    uint8_t *bytes;
    size_t len;
    uint8_t method;
    uint8_t node[N2_HASH_BYTES];
    n2_file sink; /* of a reader, -1: none */
    bool is_right;
    bool is_sunk; /* the reader's file has it, too */
    n2_err err;   /* of storing what is right */
} storing;

typedef struct {
    stretch_state state;
    uint8_t *block;  /* (owned) (nullable) made at the first need, kept */
    uint8_t *memory; /* N2_GROUP_BYTES in it, with something before them */
    remote *remote;
    n2_conn conn;
    n2_transfer transfer;
    uint64_t group;
    uint64_t address;
    uint64_t asked_us;
    size_t len;
    storing job;
} stretch;

enum {
    QUESTIONS_MAX = N2_FETCH_TRANSFERS_MAX + N2_FETCH_REMOTES_MAX + N2_FETCH_REGIONS_MAX
};

struct n2_fetch {
    n2_fetch_config config;
    uint64_t now_us;
    int64_t wall_us;
    int64_t cache; /* owner */
    n2_verified verified;
    remote remotes[N2_FETCH_REMOTES_MAX];
    transfer transfers[N2_FETCH_TRANSFERS_MAX];
    size_t n_transfers; /* of them in use */
    question questions[QUESTIONS_MAX];
    stretch stretches[N2_FETCH_REGIONS_MAX];
    uint32_t n_regions; /* granted so far: makes the numbers */
    uint32_t last_transfer;
    n2_fetch_paired *paired; /* (nullable) */
    void *paired_user;
    n2_fetch_named *named; /* (nullable) */
    void *named_user;
    bool has_shown; /* somebody was told who we are: what comes may be for us alone */
    uint32_t serial;
    size_t turn;            /* the transfer whose turn it is for a stretch */
    n2_fetch_event *events; /* (owned) ring */
    size_t events_first, n_events, events_room;
    n2_fetch_counts counts;
};

/* ---- fetch.c ---- */

void n2_fetch_tell(n2_fetch *f, const n2_fetch_event *event);
transfer *n2_fetch_find(n2_fetch *f, n2_transfer id);

/** One with one asker; NULL: too many. */
transfer *n2_transfer_new(n2_fetch *f);

/** Joins @t to the holder at hand, or the first after it that can be asked; or @t ends. */
void n2_transfer_attach(n2_fetch *f, transfer *t, uint64_t now_us);

/** Ends a transfer and tells. */
void n2_transfer_end(n2_fetch *f, transfer *t, n2_err err, uint64_t now_us);

/**
 * A transfer of a content that nobody asked for yet, from @r; ends unless somebody does within
 * N2_FETCH_AHEAD_US.  NULL: there is one already, or too many.
 */
transfer *
n2_transfer_ahead(n2_fetch *f, remote *r, const n2_ref *ref, unsigned content, uint64_t now_us);

/** The first holder did not serve: another is the first, or @t ends with the first cause. */
void n2_transfer_next_holder(n2_fetch *f, transfer *t, n2_err err, uint64_t now_us);

/** Another holder that was called, holders[@at], is the first from now on. */
void n2_transfer_lead(n2_fetch *f, transfer *t, size_t at);

/** Asks whatever is to be asked next, for all transfers. */
void n2_fetch_pump(n2_fetch *f, uint64_t now_us);

/* ---- fetch-remote.c ---- */

/** The remote for @who, made if needed; NULL: too many. */
remote *n2_remote_for(n2_fetch *f, const n2_id *who, uint64_t now_us);

/** Something wants it: begins to connect unless it does already. */
void n2_remote_want(n2_fetch *f, remote *r, uint64_t now_us);

/** It was proven long ago: asks for its identity again, before anything else on an open
 *  connection. */
void n2_remote_prove_again(n2_fetch *f, remote *r, uint64_t now_us);

/** The connection is of no use any more, or never came: tries again, or fails its transfers. */
void n2_remote_lose(n2_fetch *f, remote *r, n2_err err, uint64_t now_us);

/** It gave something that did not verify. */
void n2_remote_refuse(n2_fetch *f, remote *r, uint64_t now_us);

/** It was of use: failures before don't count any more. */
void n2_remote_served(remote *r);

bool n2_remote_event(n2_fetch *f, const n2_event *event, uint64_t now_us);
void n2_remote_identity_answer(n2_fetch *f, remote *r, const n2_call *call, uint64_t now_us);
uint64_t n2_remote_deadline(const remote *r);
void n2_remote_expire(n2_fetch *f, remote *r, uint64_t now_us);
void n2_remote_enter(n2_fetch *f, remote *r, remote_state state, uint64_t now_us);

/* ---- fetch-key.c ---- */

/** The strongest of @suites that we take, 0: none. */
uint8_t n2_remote_best_suite(const n2_fetch *f, uint8_t suites);

/** What was proven of @r at any time: nothing older or weaker is taken. */
void n2_remote_recall_floor(n2_fetch *f, remote *r);

/** The key record of an earlier time, if it still holds. */
void n2_remote_recall_key(n2_fetch *f, remote *r);

/** Nobody answers to it any more; that it was there stays known. */
void n2_remote_forget_key(n2_fetch *f, remote *r);

/** Whose key is asked for: of the suite that a record has just named; else of the strongest
 *  that was ever proven; else of any (0), whose record names the others.
 */
uint8_t n2_remote_suite_to_ask(const n2_fetch *f, const remote *r);

/**
 * Is the record of @r->key one that we may use, as far as can be said before it is proven?
 *
 * Returns: N2_OK, N2_ERR_TIMEOUT, N2_ERR_FORMAT, N2_ERR_UNSUPPORTED
 *          N2_ERR_FORGED  older than what was proven, or of that time and names other suites
 */
N2_MUST_USE n2_err n2_remote_judge_key(const n2_fetch *f, const remote *r);

/**
 * Checks birth, adds, node key statement: in this order, as serve sends them.
 *
 * What holds of the statements is kept, whatever else is wrong.
 *
 * Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_FORGED and what their readers say
 *          N2_ERR_FROZEN, N2_ERR_ENDED  no lie: nobody may speak for it any more
 *          N2_ERR_STATE  proven, but there is a better key than that of this connection, newer
 *                        or of a stronger suite: it is asked for next
 */
N2_MUST_USE n2_err n2_remote_check_chain(n2_fetch *f,
                                         remote *r,
                                         const n2_value *values,
                                         size_t n);

/** Keeps what was proven; a full disk only costs asking again. */
void n2_remote_keep(n2_fetch *f, const remote *r);

/* ---- fetch-heads.c ---- */

void n2_heads_ask(n2_fetch *f, transfer *t, uint64_t now_us);
/** Keeps those that count.  Returns: N2_OK, N2_ERR_FORMAT, or what the store says. */
N2_MUST_USE n2_err n2_heads_take(n2_fetch *f, remote *r, const n2_call *call);

/* ---- fetch-ask.c ---- */

/** Registers a question and begins its block with the tag; false: too many. */
bool n2_fetch_ask(n2_fetch *f,
                  remote *r,
                  ask_kind kind,
                  n2_transfer transfer,
                  size_t stretch_at,
                  n2_asm *block,
                  uint64_t now_us);

/** The same within a block that has been begun. */
bool n2_fetch_ask_too(n2_fetch *f,
                      remote *r,
                      ask_kind kind,
                      n2_transfer transfer,
                      size_t stretch_at,
                      n2_asm *block,
                      uint64_t now_us);

/** Ends the block and sends it. */
void n2_fetch_say(n2_fetch *f, const remote *r, n2_asm *block);

/** Forgets questions: of @r (nullable) and of @transfer (0: any). */
void n2_fetch_forget(n2_fetch *f, const remote *r, n2_transfer id);

static inline uint64_t
n2_transfer_groups(const transfer *t)
{
    return n2_tree_groups(t->ref.size);
}

static inline size_t
n2_transfer_group_bytes(const transfer *t, uint64_t group)
{
    uint64_t left = t->ref.size - group * N2_GROUP_BYTES;

    return left < N2_GROUP_BYTES ? (size_t)left : N2_GROUP_BYTES;
}

/* It came into the store by another way meanwhile: as good as fetched. */
static inline n2_err
n2_or_here(n2_err err)
{
    return err == N2_ERR_EXISTS ? N2_OK : err;
}

static inline bool
n2_is_lie(n2_err err)
{
    return err == N2_ERR_FORMAT || err == N2_ERR_FORGED || err == N2_ERR_TRUNCATED ||
           err == N2_ERR_TRAILING;
}

/* ---- fetch-show.c ---- */

/** @r is proven: tells, so that it may be shown who we are. */
void n2_show_offer(n2_fetch *f, remote *r);
/** May what @r does not have be there for us in a moment? */
bool n2_show_is_awaited(const remote *r, uint64_t now_us);
void n2_pair_answer(n2_fetch *f, const remote *r, const n2_call *call);
void n2_name_answer(n2_fetch *f, const remote *r, const question *q, const n2_call *call);
void n2_show_answer(n2_fetch *f, remote *r, ask_kind kind, const n2_call *call);

/* ---- fetch-crew.c ---- */

/** What @r is for @t; NULL: nothing. */
hand *n2_crew_hand(transfer *t, const remote *r);

/** Is @r one of those whom @t asks? */
bool n2_crew_has(const transfer *t, const remote *r);

/** Calls those whom @t needs besides the first, and lets another be the first if that one is
 *  silent; gives the stretches of one that is stuck to others. */
void n2_crew_tend(n2_fetch *f, transfer *t, uint64_t now_us);

/** When n2_crew_tend() is needed again. */
uint64_t n2_crew_deadline(const n2_fetch *f, const transfer *t);

/** Who is to write the next stretch of @t; NULL: nobody can. */
remote *n2_crew_pick(n2_fetch *f, transfer *t, uint64_t now_us);

/** @r does not serve @t. @t may end by it. */
void n2_crew_fail(n2_fetch *f, transfer *t, remote *r, n2_err err, uint64_t now_us);

/** Adds to the holders of @t, as far as there is room. */
void n2_crew_add(transfer *t, const n2_id *holders, size_t n);

/* ---- fetch-follow.c ---- */

/** Asks, in @block, for the way down that @t wants; false: too many questions. */
bool n2_follow_put(n2_fetch *f, transfer *t, n2_asm *block, uint64_t now_us);

/**
 * Keeps what of an answer holds.  @t and others of its holder may have ended.
 *
 * Returns: N2_OK, also where it held nothing of use; N2_ERR_FORMAT, N2_ERR_FORGED: a lie.
 */
n2_err n2_follow_answer(n2_fetch *f, transfer *t, const n2_call *call, uint64_t now_us);

/** A block of ours was refused as a whole: @r does not know the command; all is asked for step
 * by step from now on. */
void n2_follow_refused(n2_fetch *f, remote *r, uint64_t now_us);

/* ---- fetch-bulk.c ---- */

/** Grants the memory and asks. */
void n2_bulk_ask(n2_fetch *f, transfer *t, uint64_t now_us);

/** What the holder says.  Returns: N2_OK, N2_ERR_FORMAT. */
N2_MUST_USE n2_err n2_bulk_answer(transfer *t, const n2_call *call);

/** Keeps what came and holds, once all was written and answered; @t ends by it then. */
void n2_bulk_take(n2_fetch *f, transfer *t, uint64_t now_us);

/** Its memory came back without what was asked for: it is asked for again. */
void n2_bulk_lost(n2_fetch *f, transfer *t);

/** A block of ours was refused as a whole: if it was such a one, @r does not know the command.
 */
void n2_bulk_refused(n2_fetch *f, remote *r, uint64_t now_us);

/* ---- fetch-content.c ---- */

/** Is what was asked for so (N2_CONTENT_*) nobody else's? */
bool n2_fetch_is_closed(const n2_fetch *f, unsigned content);

/** A batch for what others gave us, if @batch is not one yet. */
N2_MUST_USE n2_err n2_fetch_batch(n2_fetch *f, n2_batch **batch);

/** The size of @t is said: finds out what is here already.  True if @t has ended. */
bool n2_content_begin(n2_fetch *f, transfer *t, uint64_t now_us);

/** The next group nodes of @t, as many as are asked for at a time.  Returns: N2_OK,
 *  N2_ERR_FORMAT, N2_ERR_FORGED, N2_ERR_NOMEM or what the store says. */
N2_MUST_USE n2_err n2_content_take_nodes(n2_fetch *f,
                                         transfer *t,
                                         const uint8_t *bytes,
                                         size_t len);

/** Opens the part; only after the size was proven, or was known before. */
n2_err n2_transfer_open_part(n2_fetch *f, transfer *t);

/** All groups are there: makes the content whole, and ends the transfer. */
void n2_transfer_complete(n2_fetch *f, transfer *t, uint64_t now_us);

/** Writes a reference and `object`. */
/** Its content, opened by @r; of a cache: fetched, too. */
void n2_fetch_put_object(n2_asm *block, const transfer *t, const remote *r);

/** Asks what the phase of @t needs, stretches apart. */
void n2_content_advance(n2_fetch *f, transfer *t, uint64_t now_us);

/** Asks @r, which writes and says nothing, whether it is there. */
void n2_content_probe(n2_fetch *f, remote *r, uint64_t now_us);

/** An answer to a question of kind HEAD, SIZE, NODES or READ. */
void n2_content_answer(
    n2_fetch *f, remote *r, const question *q, const n2_call *call, uint64_t now_us);

/* ---- fetch-stretch.c ---- */

/** The next group to ask for; the number of groups if there is none, or the reader is behind.
 */
uint64_t n2_stretch_next_group(const n2_fetch *f, const transfer *t);

/** Begins one stretch of @t; false: nothing to do, no region free, or no memory. */
bool n2_content_stretch(n2_fetch *f, transfer *t, uint64_t now_us);

/** The next @n regions have numbers one behind the other. */
void n2_stretch_numbers_in_a_row(n2_fetch *f, unsigned n);

/** Grants a region for @group of @t, of @len bytes; NULL: none free, or others need them more.
 */
stretch *
n2_stretch_grant(n2_fetch *f, transfer *t, uint64_t group, size_t len, uint64_t now_us);

/** The first @n groups granted for @from belong to @to, whose size is known now. */
void n2_stretch_adopt(n2_fetch *f, const transfer *from, transfer *to, uint64_t n);

/** Gives up one that was asked for. */
void n2_stretch_give_up(n2_fetch *f, stretch *s);

/** WRITTEN, REVOKED, and what CLOSED gives back (before the remote learns of it). */
void n2_content_event(n2_fetch *f, const n2_event *event, uint64_t now_us);

/** The group nodes are there: verifies what waited for them; @t may end by it. */
void n2_stretch_take_waiting(n2_fetch *f, transfer *t, uint64_t now_us);

/** Gives up the stretches of @t that are under way, or those of @r (nullable). */
void n2_content_give_up(n2_fetch *f, transfer *t, const remote *r);

/** One of @r's is over, however. */
void n2_stretch_left(stretch *s);

/* ---- fetch-store.c ---- */

/** All of @s is in its memory, which is ours: it is verified and stored, now or by the helper.
 *  Its transfer may end by it. */
void n2_stretch_store(n2_fetch *f, stretch *s, uint64_t now_us);

/** @t ends: waits for what the helper does for it. */
void n2_stretch_settle(n2_fetch *f, const transfer *t);
