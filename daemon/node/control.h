/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control.h - the control plane of a node: jobs, identities, names, paths, peers, fetch, serve.
 *
 * Layer:   node (may include: all below).  Sans-IO: no clock, no socket, no thread.
 * Threads: none; everything is called from the control thread (or the simulator).
 *
 *     ipc  --start, feed, read, cancel-->  control  --next_op-->      data plane
 *          <--------next_notice----------           <--input_event--
 *                                                   --next_key_request-->  keys process
 *                                                   <--key_answer--------
 *
 * Life:    a host calls, in any order, what it has something for, and then always drains
 *          next_op, next_key_request and next_notice until they return false, and asks
 *          n2_control_deadline.
 * Jobs:    every request becomes a job with a number.  A job ends with exactly one notice
 *          N2_NOTICE_DONE (its table is the answer; err says how it went), unless it was
 *          cancelled.  Jobs over bytes:
 *            open     INFO once the thing is found, READABLE when read has something again,
 *                     DONE when all bytes were read (or it failed).  With `no_content` DONE
 *                     follows INFO.
 *            publish  feed takes the archive stream of the client; n2_control_feed_end ends it.
 * Time:    now_us is monotonic; wall_us is microseconds since 1970, for signed times only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/env.h"
#include "base/err.h"
#include "node/table.h"
#include "store/store.h"
#include "transport/op.h"

typedef struct n2_control n2_control;

/** A running request; never 0. */
typedef uint32_t n2_job;

typedef struct {
    const n2_env *env;                            /* (transfer none) outlives the control */
    n2_store *store;                              /* (transfer none) outlives the control */
    bool (*is_nfc)(const char *text, size_t len); /* NULL: every valid UTF-8 passes */
    uint8_t switch_bits;                          /* width of our own switch, 1 to 16 */
    uint32_t mtu_bytes;                           /* wished for links we open; 0: the usual */
    const char *listeners; /* (transfer none) for status, e.g. "udp:127.0.0.1:4711" */
} n2_control_config;

typedef enum {
    N2_JOB_STATUS,    /* one row: identity, version, listeners, switch_bits, uptime_ms, links,
                         connections, jobs, objects, bytes, keys, counters */
    N2_JOB_OPEN,      /* address; no_content, no_index.  INFO: see N2_NOTICE_INFO */
    N2_JOB_LIST,      /* address of a directory: rows name, type, size, hash, address */
    N2_JOB_PUBLISH,   /* name (petname to set, or NULL), address (k1-..., or NULL: default).
                         DONE: key, hash, name (addresses), counter, files, bytes, ms */
    N2_JOB_ATTR_GET,  /* address, name: name, type, value */
    N2_JOB_ATTR_SET,  /* address (stored here), name, value (NULL: remove), type (NULL: text) */
    N2_JOB_ATTR_LIST, /* address: rows name, type, value */
    N2_JOB_ID_NEW,    /* name: a label for people.  identity, name */
    N2_JOB_ID_LIST,   /* rows identity, name, default, here (its keys are on this machine) */
    N2_JOB_ID_SHOW,  /* address = k1-..., NAME or NULL (default): identity, name, default, here,
                        made, keys (rows key, rights, label, from, until), counter, root */
    N2_JOB_PEER_ADD, /* net, value = its text, address = k1-... or NULL: net, identity, link.
                        Ends when it is written down; the link may take longer */
    N2_JOB_PEER_LIST,   /* rows net, identity, port, state (up, down, new), rtt_us */
    N2_JOB_PEER_REMOVE, /* value = text as given to add */
    N2_JOB_PATH_GET,    /* address = NAME or k1-...; no_content: don't ask the hops.
                           one row: identity, path, bits, says, hops (rows hop, port, bits, state,
                           ms) */
    N2_JOB_PATH_SET,    /* address = k1-... or NAME, value = "PORT/BITS PORT/BITS ..." */
    N2_JOB_PATH_UNSET,  /* address */
    N2_JOB_NAME_SET,    /* name, address = k1-... */
    N2_JOB_NAME_UNSET,  /* name */
    N2_JOB_NAME_LIST,   /* rows name, identity */
    N2_JOB_KINDS
} n2_job_kind;

/** All strings are (transfer none), NUL-terminated UTF-8, and checked by the job. */
typedef struct {
    n2_job_kind kind;
    const char *address;
    const char *name;
    const char *value;
    const char *type;
    n2_net_addr net; /* PEER_ADD: what the host made of `value` */
    bool no_content; /* OPEN: only what it is.  PATH_GET: only what is written down */
    bool no_index;   /* OPEN: a directory stays one, even with an index page in it */
} n2_request;

typedef enum {
    N2_NOTICE_READY, /* node key made, default identity known: text = "k1-..." */
    N2_NOTICE_INFO,  /* OPEN.  table, one row: address (as found), type, size, hash, tree (root
                        it  was found in), identity, name, directory (bool), attributes (rows
                        name,  type, value), from (rows holder), path, stored (bool), entries
                        (rows, of  a directory) */
    N2_NOTICE_PROGRESS, /* OPEN, PUBLISH: done_bytes of total_bytes (0: not known) */
    N2_NOTICE_READABLE, /* OPEN: n2_control_read has bytes, or the end, after it had none */
    N2_NOTICE_DONE,     /* err, words, table */
    N2_NOTICE_CHANGED,  /* no job: something that status, peer, name or path list show */
    N2_NOTICE_LOG       /* no job: one line for the log in `text`, no secret in it */
} n2_notice_kind;

typedef struct {
    n2_notice_kind kind;
    n2_job job;
    n2_err err;
    uint64_t done_bytes;
    uint64_t total_bytes;
    n2_table *table; /* (transfer full) (nullable) */
    char *text;      /* (transfer full) (nullable) READY, LOG */
    char *what; /* (transfer full) (nullable) DONE with err: what was tried, e.g. the address */
    char *why;  /* (transfer full) (nullable) the cause, an English clause */
    char *next; /* (transfer full) (nullable) what the user can do */
    int gone_hop; /* DONE with err: the first hop that didn't answer, 1 = nearest; 0: not known.
                     The table then holds the rows of the trace (hop, port, bits, state, ms) */
} n2_notice;

/** Frees what a notice owns; the struct is the caller's. */
void n2_notice_clear(n2_notice *notice);

/**
 * Makes the control plane of a node: asks the keys process for its identities (and for a new
 * one in a new profile) and a node key, and opens links to the peers written down.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_USAGE (a width outside 1 to 16), or what the store says.
 */
N2_MUST_USE n2_err n2_control_new(n2_control **out,
                                  const n2_control_config *config,
                                  uint64_t now_us,
                                  int64_t wall_us);

/** @control: (transfer full) (nullable).  Memory granted to the plane is freed too: stop it
 * before. */
void n2_control_free(n2_control *control);

/* ---- data plane ---- */

/** Feeds one event.  @event: its `bytes` are consumed. */
void
n2_control_input_event(n2_control *control, n2_event *event, uint64_t now_us, int64_t wall_us);

/** Takes the next thing for the plane to do; `bytes` pass to the caller.  False: none. */
bool n2_control_next_op(n2_control *control, n2_op *out);

/* ---- keys process ---- */

/** Takes the next request (transfer full, malloc'ed, without a length prefix).  False: none. */
bool n2_control_next_key_request(n2_control *control, uint8_t **out, size_t *out_len);

/** Feeds one whole answer (transfer none).  One that nobody waits for is dropped and counted.
 */
void n2_control_key_answer(
    n2_control *control, const uint8_t *bytes, size_t len, uint64_t now_us, int64_t wall_us);

/** The keys process was started anew: requests under way are made again, and the node key. */
void n2_control_keys_restarted(n2_control *control, uint64_t now_us, int64_t wall_us);

/* ---- time ---- */

/** When n2_control_expire wants to be called, monotonic; UINT64_MAX: never. */
uint64_t n2_control_deadline(const n2_control *control);

void n2_control_expire(n2_control *control, uint64_t now_us, int64_t wall_us);

/* ---- jobs ---- */

/**
 * Starts a job; what it answers comes as notices, never from inside this call.
 *
 * Returns: N2_OK, or N2_ERR_LIMIT (N2_JOBS_MAX run already), N2_ERR_NOMEM; then there is no
 * job. All else, wrong arguments too, is told by N2_NOTICE_DONE.
 */
N2_MUST_USE n2_err n2_control_start(n2_control *control,
                                    const n2_request *request,
                                    uint64_t now_us,
                                    int64_t wall_us,
                                    n2_job *out);

/** Ends a job without a notice; what it was about to write into the store stays unseen. */
void n2_control_cancel(n2_control *control, n2_job job, uint64_t now_us, int64_t wall_us);

/**
 * Reads verified bytes of an open job, in order.
 *
 * @out_len: bytes put into @buf, 0 if none are there yet or it is the end; wait for READABLE,
 *           or DONE.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no such job: it is done, or was cancelled), or what the
 * store says; then DONE follows.
 */
N2_MUST_USE n2_err n2_control_read(n2_control *control,
                                   n2_job job,
                                   uint8_t *buf,
                                   size_t len,
                                   size_t *out_len,
                                   uint64_t now_us);

/**
 * Gives the next bytes of the archive to a publish job; all are taken.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no such job); a wrong archive ends the job with DONE, and
 * what comes after it gets N2_ERR_NOTFOUND.
 */
N2_MUST_USE n2_err n2_control_feed(n2_control *control,
                                   n2_job job,
                                   const uint8_t *bytes,
                                   size_t len,
                                   uint64_t now_us,
                                   int64_t wall_us);

/** The client closed its pipe.  An archive without its end item fails with N2_ERR_TRUNCATED. */
void n2_control_feed_end(n2_control *control, n2_job job, uint64_t now_us, int64_t wall_us);

/** Takes the next notice; what it owns passes to the caller.  False: none. */
bool n2_control_next_notice(n2_control *control, n2_notice *out);

/** The default identity; false while there is none yet. */
bool n2_control_identity(const n2_control *control, n2_id *out);
