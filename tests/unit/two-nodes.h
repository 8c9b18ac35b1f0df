/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * two-nodes.h - two control planes back to back, with real stores and keyrings, a data plane
 * that only plays, and a made-up clock.
 *
 * Node 0 asks, node 1 serves; either may do both.  The plane copies memory instead of sealing
 * packets, cuts command streams at random, and can be told to lose connections, to be silent,
 * or to change what node 1 says.  Everything follows from the seed.
 */
#pragma once

#include <glib.h>

#include "disk-mem.h"
#include "keys/keyring.h"
#include "node/control.h"
#include "share/talk.h"
#include "store-fixture.h"

enum {
    NODES = 2,
    LATENCY_US = 5000
};

typedef struct two_nodes two_nodes;

typedef struct {
    fixture store;
    disk_mem *disk;
    n2_keyring *ring;
    n2_control *control;
    n2_id id;
    GPtrArray *notices; /* of n2_notice, in order */
    GPtrArray *grants;  /* of n2_op */
    GPtrArray *works;   /* of n2_work: given to the helper, not done yet */
    guint works_done, works_waited;
    gboolean has_worked; /* the control plane does not know yet */
    n2_helper helper;
    guint8 answer[N2_ANSWER_BYTES];
    guint8 key[32];
    guint16 key_id;
    gboolean has_key;
    gint64 wall_skew_us; /* by which its clock of the world is wrong */
    guint reads;         /* SEND orders */
    guint queries;       /* KEY_QUERY orders */
    guint follows;       /* questions for a way down */
} test_node;

struct two_nodes {
    test_node node[NODES];
    guint64 now_us;
    gint64 wall_us;
    guint64 rng;
    GPtrArray *items; /* of what is under way */
    guint64 n_items;
    n2_conn last_conn;
    GArray *conns; /* of n2_conn that are open */
    GArray *moves; /* of uint64_t: paths that connections were told to go */
    guint64 events;

    /* what goes wrong */
    guint lose_in_1000; /* SENDs that end their connection */
    gboolean is_silent; /* nothing of node 1 arrives any more */
    gboolean is_dead;   /* nor does a connection come about */
    guint dead_hop;     /* echoes behind so many hops and more have no answer; 0: all answer */
    gboolean wrong_bytes; /* one byte of each SEND is changed */
    gboolean half_send;   /* only the first half of a SEND arrives */
    guint64 late_us;      /* so much later arrives what node 1 says; what it sends does not */
    n2_shows shows;       /* of node 0, from its next start on: who it is, */
    guint8 session_hours; /* and what its operator says of sign-ins */
    unsigned session_fixed;
    gboolean no_keys; /* the keys process does not answer */
    gboolean is_old;  /* node 1 does not know `follow` and `walk`: all is asked for by itself */
    gboolean is_lazy; /* helpers do nothing before they are waited for */
    gboolean is_prompt;  /* helpers do all at once */
    gboolean is_relayed; /* somebody between them answers key queries with a key of their own */
    GPtrArray *chain;    /* (nullable) of GBytes: for a tamper that keeps an identity */
    /** (nullable) Changes an answer of node 1: writes its values anew, without error; false:
     * leave it. */
    gboolean (*tamper)(two_nodes *w, const n2_call *call, n2_asm *values);
    /** (nullable) The person at either node, asked for a log-in: fills in what to choose;
     * false: a no. */
    gboolean (*choose)(two_nodes *w, const n2_notice *ask, n2_request *choose);
    guint asks; /* that came so far */
    /** (nullable) Orders of node 1 about connections that the plane doesn't know: a stranger's.
     */
    void (*stranger)(two_nodes *w, const n2_op *op);
    /** (nullable) Answers in the place of the keys process of node @i; FALSE: that does. */
    gboolean (*keys)(two_nodes *w, int i, const n2_keys_request *q, n2_keys_answer *a);
    GArray *ways; /* of n2_op: introductions, closed links, moves, and what is reserved and
                     given back: that node 0 ordered */
};

/** Do nodes that are made from now on take part in the DHT?  A test says so in its main(). */
extern gboolean two_nodes_take_part;

two_nodes *two_nodes_new(guint64 seed);
void two_nodes_free(two_nodes *w);

/** Node @i ends and begins anew with the store on @disk (transfer full), database and all; its
 * connections are gone. */
void two_nodes_restart(two_nodes *w, int i, disk_mem *disk);

/** Node 0 gets node 1 as a peer with its key. */
void two_nodes_meet(two_nodes *w);

/** Does what is to be done now, on both nodes. */
void two_nodes_drain(two_nodes *w);

/** Moves the clock to the next thing that happens and does it; FALSE: nothing ever will, or not
 * before @until_us. */
gboolean two_nodes_step(two_nodes *w, guint64 until_us);

/** Node 1 writes @bytes to what node 0 granted last, asked or not. */
void two_nodes_write(two_nodes *w, const guint8 *bytes, gsize len);

/** The helper of node 0 does one of its works. */
void two_nodes_work(two_nodes *w);

/** All connections end. */
void two_nodes_break(two_nodes *w);

/** Asks the keys process of node @i itself.  @a: borrows @room, N2_KEYRING_MESSAGE_BYTES_MAX.
 */
void two_nodes_keys(two_nodes *w,
                    int i,
                    const n2_keys_request *q,
                    const n2_keys_secret *in,
                    n2_keys_answer *a,
                    guint8 *room);

/** Starts a job on node @i. */
n2_job two_nodes_start(two_nodes *w, int i, const n2_request *request);

/**
 * Runs until @job of node @i ends.
 *
 * @bytes: (nullable): what an open job gives to read.
 * @info:  (nullable) (out): the INFO notice, to be cleared.
 *
 * Returns: its DONE notice, to be cleared.
 */
n2_notice two_nodes_finish(two_nodes *w, int i, n2_job job, GByteArray *bytes, n2_notice *info);

/** The next notice of @kind of @job (0: any) of node @i, taken out; FALSE: none. */
gboolean two_nodes_notice(two_nodes *w, int i, n2_job job, n2_notice_kind kind, n2_notice *out);

/** Starts and finishes. */
n2_notice two_nodes_do(two_nodes *w, int i, const n2_request *request);

/** Starts and finishes a job of node 0. */
n2_notice two_nodes_ask(
    two_nodes *w, n2_job_kind kind, const char *address, const char *name, const char *value);

/** The same, for its error alone; one has words for people. */
void two_nodes_assert_done(two_nodes *w,
                           n2_job_kind kind,
                           const char *address,
                           const char *name,
                           const char *value,
                           n2_err want);

/** An archive item; the end: @type 3. */
void
archive_add(GByteArray *archive, guint8 type, const char *path, const guint8 *bytes, gsize len);

/** Publishes @archive on node @i in pieces. */
n2_notice two_nodes_publish(two_nodes *w, int i, const GByteArray *archive, const char *name);

/** Opens net2o://k1-(node @of)/@path on node @i; @want: its bytes. */
void two_nodes_assert_page(
    two_nodes *w, int i, int of, const char *path, const guint8 *want, gsize len);
char *two_nodes_address(two_nodes *w, int of, const char *path);
