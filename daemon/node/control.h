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
#include "base/utf8.h"
#include "crypto/context.h"
#include "crypto/work.h"
#include "node/table.h"
#include "store/store.h"
#include "transport/op.h"

typedef struct n2_control n2_control;

/** A running request; never 0. */
typedef uint32_t n2_job;

/** To which holders, once they are proven. */
typedef enum {
    N2_SHOW_NOBODY,
    N2_SHOW_PEERS, /* those that are written down as peers */
    N2_SHOW_ALL
} n2_shows;

/** What a node has to do with announcements of the local network (name/near.h). */
typedef enum {
    N2_LOCAL_OFF,
    N2_LOCAL_FINDS, /* hears and asks; says who it is when it offers something */
    N2_LOCAL_SHOWS  /* says it in any case */
} n2_local;

/** What is said of sessions. */
enum {
    N2_SESSION_SAYS_TOKEN = 1,
    N2_SESSION_SAYS_SCREEN = 2,
    N2_SESSION_SAYS_HOURS = 4
};

/** A port of a switch as its configuration wants it. */
typedef struct {
    uint16_t port;        /* from 1 */
    uint16_t remote_port; /* ours at the other end, if we may wish; 0: any */
    uint64_t rate_Bps;    /* of its link; 0: not known */
    uint32_t users_max;   /* that may stand behind it; 0: one */
    const char *channels_take, *channels_block; /* (transfer none) (nullable) as in
                                                   switch/domains.h */
    const char *endpoint; /* (transfer none) (nullable): to be opened, as written */
    n2_net_addr net;      /* of it, or of who may come by this port; len 0: anybody may */
} n2_port_plan;

typedef struct {
    const n2_env *env; /* (transfer none) outlives the control */
    n2_store *store;   /* (transfer none) (nullable) outlives the control; NULL: the node
                          is a switch without users, and has no keys process */
    const n2_port_plan *ports; /* (transfer none) of such a switch */
    size_t n_ports;
    const char *labels;        /* (transfer none) (nullable) orders as in switch/label.h */
    const char *filter;        /* (transfer none) (nullable) rules as in switch/filter.h */
    uint8_t reserve_role;      /* n2_reserve_role of switch/reserve.h */
    n2_crypto *crypto;         /* (transfer none) of the control thread */
    const n2_unicode *unicode; /* (transfer none) (nullable): the host's test for form C */
    const n2_helper *helper;   /* (transfer none) (nullable): who works meanwhile; without one
                                  all is done in the calls */
    uint8_t switch_bits;       /* width of our own switch, 1 to 16 */
    uint8_t suites;            /* bits of those that we offer; 0: suite 1.  Without suite 1
                                  in it, no connection of ours is made by that either */
    bool has_versions;         /* else as many as a store keeps */
    bool asks_to_meet;         /* for direct links to those behind a neighbour */
    n2_shows shows;            /* to whom our default identity proves who it is */
    uint8_t session_hours;     /* of a sign-in that says nothing else; 0: 12 */
    bool token_stays;          /* a session goes on though its token was pulled, */
    bool screen_stays;         /* or the screen was locked */
    unsigned session_fixed;    /* N2_SESSION_SAYS_*: of these three, those that the user may not
                                  change */
    uint64_t n_versions;       /* own trees kept beside the newest */
    int64_t build_us;          /* when this program was made, us since 1970: no clock is
                                  before it, nor 10 years after; 0: any may be right */
    const char *listeners;     /* (transfer none) for status, e.g. "udp:127.0.0.1:4711" */
    uint64_t (*clock)(void *user); /* (nullable) the time while one call runs, us: a query ends
                                      by it; NULL: after a number of steps */
    void *clock_user;
    bool takes_part;     /* in the DHT */
    n2_local local;      /* what is said to the local network */
    bool carries;        /* a cache: fetches for others what they ask for */
    n2_id cache;         /* such a one, that is asked first; or not set */
    const char *offers;  /* (transfer none) (nullable) services of this node, "WORD" or
                            "WORD=VALUE", with ; between */
    uint16_t local_port; /* of UDP, where links of the local network are taken; 0: none */
} n2_control_config;

/* Cells of tables have the names of daemon/ipc/org.net2o.*1.xml; times are `int` in us since
 * 1970 there. */
/* clang-format off */
typedef enum {
    N2_JOB_STATUS,      /* row: identity, version, listeners, bits, uptime_s, links (rows as PEER_LIST),
                           connections (rows identity, rtt_us, opened, shown), transfers, objects, size */
    N2_JOB_OPEN,        /* address; no_content, no_index; flags: LINKED, WHOLE (with no_index).  INFO: see N2_NOTICE_INFO */
    N2_JOB_LIST,        /* address of a folder.  row as INFO, with entries (rows name, kind, type, size,
                           hash, attributes) */
    N2_JOB_PUBLISH,     /* name (to set for it, or NULL), address (k1-..., label, or NULL: who publishes here).
                           row: by_key, by_hash, by_name, address, hash, counter, files, size, ms */
    N2_JOB_ATTR_GET,    /* address, name.  row: name, type, value */
    N2_JOB_ATTR_SET,    /* address in an own tree, name, value (NULL: remove), type (NULL: text): row as
                           PUBLISH, it publishes a new tree */
    N2_JOB_ATTR_LIST,   /* address.  rows name, type, value */
    N2_JOB_PIN,         /* address: all of it is fetched, and stays.  row: address, hash, files, size */
    N2_JOB_UNPIN,       /* address.  row: address, hash */
    N2_JOB_WHY,         /* address.  rows kind (tree, pin, cache, work), owner, slot, address, size: what keeps it.
                           "": rows kind, owner, used, quota: who keeps how much */
    N2_JOB_ID_NEW,      /* name: a label for people; list: ids of tokens; type: ed25519, ed448; pipe: as
                           ID_PASSPHRASE, done first; flags: REPLACE.  row as ID_SHOW */
    N2_JOB_ID_LIST,     /* rows as ID_SHOW without keys, the default first */
    N2_JOB_ID_SHOW,     /* address = k1-..., label, NULL or "" (default).  row: name, address, default,
                           made, keys (rows id, rights, label, from, until), counter, root */
    N2_JOB_PEER_ADD,    /* net, value = its text, address = k1-..., NULL or "", port (wished, or 0).  row
                           as PEER_LIST.  Ends when it is written down; the link may take longer */
    N2_JOB_PEER_LIST,   /* rows endpoint (absent: the other side opened it; then net, its
                            address as bytes), identity, state (up, opening, down, or self: the
                            endpoint is our own), opened, known, port, bits, rtt_us */
    N2_JOB_PEER_REMOVE, /* value = endpoint as given to add, or k1-... */
    N2_JOB_PATH_GET,    /* address = name or k1-...  row: identity, name, source (hand, peer, met, self), labels
                           (hex), hops (rows n, port, bits) */
    N2_JOB_PATH_SET,    /* address = k1-... or name, value = "PORT/BITS PORT/BITS ...": row as PATH_GET */
    N2_JOB_PATH_UNSET,  /* address */
    N2_JOB_PATH_LIST,   /* rows as PATH_GET */
    N2_JOB_NAME_SET,    /* name, address = k1-... */
    N2_JOB_NAME_UNSET,  /* name */
    N2_JOB_NAME_LIST,   /* rows name, identity; sorted */
    N2_JOB_NAME_LOOKUP, /* name.  row: see Network1.NameLookup */
    N2_JOB_ROOT_ADD,    /* name = suffix, "." all; address = k1-... or name of the zone; list: servers, likewise */
    N2_JOB_ROOT_REMOVE, /* name = suffix */
    N2_JOB_ROOT_LIST,   /* rows suffix, zone, servers (rows identity), serial, fraud (rows serial, made, statement) */
    N2_JOB_TRACE,       /* address, name or k1-...  rows n, port, bits, state (answers, silent), rtt_us,
                           identity (of the last) */
    N2_JOB_CHECK,       /* row: objects, size, damaged (rows address) */
    N2_JOB_SWITCH_LOOK, /* row: the switch as it is, with tables; see Network1.SwitchLook */
    N2_JOB_LABEL_SET,   /* value: one order as in switch/label.h */
    N2_JOB_LABEL_LIST,  /* rows label (as it would be ordered), port, up, number, packets, refused, answers */
    N2_JOB_FILTER_SET,  /* value: all rules as in switch/filter.h; "": none */
    N2_JOB_FILTER_LIST, /* rows rule (the last has none), packets, bytes */
    N2_JOB_RESERVE,     /* address, name or k1-..., value = bits a second, type: high (or NULL), urgent.  row: see
                           Network1.Reserve */
    N2_JOB_RESERVE_LIST,    /* rows of the same */
    N2_JOB_RESERVE_RELEASE, /* value = its number */
    N2_JOB_CAST_OPEN,   /* type: tree or channel, value = its number (of a tree may be "": drawn), port: of a channel:
                           by which it comes, 0 from us.  row: see Network1.CastOpen */
    N2_JOB_CAST_CLOSE,  /* type, value */
    N2_JOB_CAST_JOIN,   /* the same, value of a block as "256-511"; address of its source, name or k1-...; a local
                           channel has none.  row: see Network1.CastJoin */
    N2_JOB_CAST_LEAVE,  /* type, value */
    N2_JOB_CAST_PROBE,  /* type, value, port = how many packets.  row of the same */
    N2_JOB_CAST_LIST,   /* rows of the same */
    N2_JOB_DOMAIN_SET,  /* port, type: take or block, value = channels as in switch/domains.h; "": none */
    N2_JOB_DOMAIN_LIST, /* rows port, what, first, last */
    N2_JOB_ID_SIGN_IN,  /* address; number: hours, 0: as configured.  row: until */
    N2_JOB_ID_SIGN_OUT, /* address, "*": all */
    N2_JOB_ID_SETTINGS, /* number: hours, 0: as they are; flags: N2_SESSION_SAYS_TOKEN, _SCREEN: a pulled token, a locked
                           screen signs out; and times N2_SETTINGS_SAID: that it is said.  row: see Identity1 */
    N2_JOB_ID_SHEET_SHOW, /* address; pipe for writing */
    N2_JOB_ID_SHEET_TEST, /* address; pipe */
    N2_JOB_ID_PASSPHRASE, /* pipe */
    N2_JOB_ID_UNLOCK,     /* pipe */
    N2_JOB_ID_REMOVE_KEY, /* address; value: id of the key, type: why.  row: text, accounts, accounts-left */
    N2_JOB_ID_ACCOUNTS, /* rows site, name, identity, as, account (a1-...), last, allowed */
    N2_JOB_ID_FORGET,   /* address = k1-... or name of a site */
    N2_JOB_ID_EXPORT,   /* address; flags: OURS.  row: address, text, qr (rows part) */
    N2_JOB_ID_IMPORT,   /* bytes, in any form.  row: what, address; of an answer to DRAW text (the add, whole) */
    N2_JOB_ID_END,      /* address, other = successor or "", value = its statements as text (or NULL); pipe: the
                           sheet.  row: address, successor, text, qr */
    N2_JOB_ID_VOUCH,    /* address = who, other = for whom, type = scope, value = claim or name = as whom, number =
                           days.  row: text, qr, until */
    N2_JOB_ID_DRAW,     /* name.  row: text, qr, key */
    N2_JOB_ID_ADD,      /* address, bytes = what DRAW gave.  row: text, qr (rows part), key */
    N2_JOB_ID_PAIR,     /* address: whose, or "": this is the new machine; then other = net2o:// of the other one,
                           name = label.  row: address, name, key */
    N2_JOB_ID_JOIN,     /* address, name = label here.  row: address, name, text (all of it, with the add), lacks-vault */
    N2_JOB_TOKEN_LIST,  /* rows: see Token1 */
    N2_JOB_TOKEN_ENROL, /* value = its id, address = whose, "" nobody's, type = method, other = slots that want a
                           touch, blanks between; flags: REPLACE.  row of the same */
    N2_JOB_TOKEN_PIN,   /* value = its id, type = which */
    N2_JOB_TOKEN_TOUCH, /* value = its id, name = slot, type = policy; flags: FIXED */
    N2_JOB_TOKEN_BACKUP, /* value, address.  row of the same */
    N2_JOB_TOKEN_CLONE, /* as ENROL, list = ids.  rows of the same */
    N2_JOB_ASK_TELL,    /* number: of an ASK; pipe: what was typed; flags: LAST */
    N2_JOB_ASK_REFUSE,  /* number */
    N2_JOB_ASK_CHOOSE,  /* number; value = as, address = identity; flags: ALWAYS, SAME */
    N2_JOB_PEOPLE_LIST, /* rows: see Contacts1 */
    N2_JOB_PEOPLE_SET,  /* address; name (NULL: as it is, "": none), flags: N2_PEOPLE_*, number = when met, 0: now.
                           row of the same */
    N2_JOB_PEOPLE_REMOVE, /* address */
    N2_JOB_PEOPLE_TRUST,  /* address, type = purpose.  row: identity, name, verdict, reasons (rows) */
    N2_JOB_PEOPLE_ACCEPT, /* name, address */
    N2_JOB_FIND, /* value = query, number = answers passed over, port = how many (0: 100), name = state of the answer
                    that is known (or NULL): it ends when there is another.  row: see Files1.Find, with entries */
    N2_JOB_PEOPLE_FORGET, /* number: who was met last before then; 0: all */
    N2_JOB_SYNC,        /* (address of an own identity; none: who publishes).  row address, counter, hash,
                           merged, taken: how many heads */
    N2_JOB_HISTORY,     /* address of a tree, or of something in it.  rows address, counter, time, hash, device
                           (if it is said), merges (how many heads it joined), current */
    N2_JOB_NEIGHBOURS,    /* name: a service, or NULL: all.  rows: see Network1.Neighbours */
    N2_JOB_NAME_REGISTER, /* name, address = an own identity, other = zone below it or "", list: "mail=HOST",
                             "server=k1-..." of that zone, number: days or 0, value = who had it and has ended, or
                             "".  row: name, zone, identity, below, since, until */
    N2_JOB_NAME_RENEW,    /* name, address, number, value.  row of the same, as of all up to TRANSFER */
    N2_JOB_NAME_CHANGE,   /* name, address, other, list */
    N2_JOB_NAME_REVOKE,   /* name, address */
    N2_JOB_NAME_TRANSFER, /* name, address, other = to whom */
    N2_JOB_ZONE_NEW,      /* name = suffix, address = an own identity; flags: FIXED: only its owner gets names.
                             row: suffix, zone */
    N2_JOB_ZONE_FOLLOW,   /* address = k1-... or name of a zone.  row: zone, serial, names */
    N2_JOB_ZONE_UNFOLLOW, /* address = k1-... or name of a zone that is followed.  row: zone */
    N2_JOB_ZONE_LIST,     /* rows zone, serial, names, waiting, made, until, follows, closed, suffixes (rows suffix) */
    N2_JOB_ZONE_SHOW,     /* address = zone, number = names to be passed over.  row as of ZONE_LIST, with names
                             (rows, 1,000 at most): see Network1.ZoneShow */
    N2_JOB_ZONE_IMPORT,   /* address = zone, list: names, see Network1.ZoneImport.  row: names */
    N2_JOB_PLACE_SET,   /* type: what, address: whom it is about, or NULL.  See Network1.PlaceSet */
    N2_JOB_PLACE_SHOW,  /* row: see Network1.PlaceShow; flags: 1: fails where there is no place yet */
    N2_JOB_PLACE_LEARN, /* bytes: attachment and statements, in any form */
    N2_JOB_AVOID_SET,   /* address: k1-..., name or #NUMBER; flags: 1: it is avoided, 0: no more */
    N2_JOB_AVOID_LIST,  /* rows hop, name */
    N2_JOB_KINDS
} n2_job_kind;
/* clang-format on */

/** n2_request.flags: what was said yes to. */
enum {
    N2_REQUEST_LAST = 1,     /* ASK_TELL: the last try */
    N2_REQUEST_ALWAYS = 2,   /* ASK_CHOOSE: do not ask again */
    N2_REQUEST_SAME = 4,     /* ASK_CHOOSE: the words are */
    N2_REQUEST_REPLACE = 8,  /* to lose keys that are on a token */
    N2_REQUEST_FIXED = 16,   /* to what cannot be undone */
    N2_REQUEST_NOBODY = 32,  /* ASK_REFUSE: there is nobody to be asked */
    N2_REQUEST_KEEP = 64,    /* keys that are on a token are used */
    N2_REQUEST_OURS = 128,   /* ID_EXPORT: with what is for our own machines alone */
    N2_REQUEST_LINKED = 256, /* OPEN: a page leads there, not the user */
    N2_REQUEST_WHOLE =
        512 /* OPEN: a folder is read with all that is in it, as PUBLISH takes it */
};

/** n2_request.flags of PEOPLE_SET: a mark that is said to be there or not, else it stays as it
 *  is. */
enum {
    N2_PEOPLE_MET = 1, /* as in name/trust.h */
    N2_PEOPLE_INTRODUCES = 2,
    N2_PEOPLE_AUDITS = 4,
    N2_PEOPLE_ALL = 7,
    N2_PEOPLE_SAID = 8 /* times one of these: that it is said */
};

/** The same of ID_SETTINGS. */
enum {
    N2_SETTINGS_ALL = N2_SESSION_SAYS_TOKEN | N2_SESSION_SAYS_SCREEN,
    N2_SETTINGS_SAID = 4
};

/** All strings are (transfer none), NUL-terminated UTF-8, and checked by the job. */
typedef struct {
    n2_job_kind kind;
    const char *address;
    const char *name;
    const char *value;
    const char *type;
    n2_net_addr net; /* PEER_ADD: what the host made of `value` */
    uint16_t port;   /* PEER_ADD, CAST_OPEN, CAST_PROBE, DOMAIN_SET */
    bool no_content; /* OPEN: only what it is */
    bool no_index;   /* OPEN: a directory stays one, even with an index page in it */
    bool has_sink;   /* OPEN: @sink takes the bytes, anywhere in it, until the job ends.  INFO
                        says `direct` if what is fetched is written there; n2_control_hand_out
                        then passes over what was, and read gives the rest */
    int sink;
    const char *other;       /* a second identity, label, ... */
    const char *const *list; /* (nullable) NULL-terminated */
    const uint8_t *bytes;    /* (nullable) @n_bytes of them */
    size_t n_bytes;
    int64_t number;
    unsigned flags; /* N2_REQUEST_* */
    bool has_pipe;  /* @pipe is an end of a pipe (transfer full, also on failure), which goes on
                       to the keys process unread */
    int pipe;
} n2_request;

typedef enum {
    N2_NOTICE_READY, /* node key made, default identity known: text = "k1-..."; of a switch
                        without users at once: text = "" */
    N2_NOTICE_INFO, /* OPEN.  row: address (as found), kind (file, directory), type, size, hash,
                       tree (root it was found in), identity, counter, attributes (rows name,
                       type, value), from (rows identity), path (rows hop), ms, index (name, if
                       a folder was asked for and its index page is answered) */
    N2_NOTICE_PROGRESS, /* OPEN, PUBLISH: done_bytes of total_bytes (0: not known) */
    N2_NOTICE_READABLE, /* OPEN: n2_control_read has bytes, or the end, after it had none */
    N2_NOTICE_DONE,     /* err, words, table */
    N2_NOTICE_LIED,     /* OPEN, LIST, PIN and the like: a holder sent something that did not
                           verify, and is not asked for N2_FETCH_REFUSED_US.  row: identity, name
                           (the user's own, if there is one), address (of the job) */
    N2_NOTICE_CHANGED,  /* no job; text: "links", "identities", "paths", "names", "store",
                           "reservations", "casts", "neighbours", "tree net2o://k1-.../", or
                           "identity k1-..."  (an own one; "identity ": any) */
    N2_NOTICE_LOG,      /* no job: one line for the log in `text`, no secret in it */
    N2_NOTICE_ASK,      /* a person is to do something: ask (its number), text (what, see
                           Agent1.Ask), table (one row: options); job: who waits for it, 0:
                           nobody in particular.  ASK_TELL, ASK_CHOOSE or ASK_REFUSE answer */
    N2_NOTICE_ASK_OVER, /* ask: nothing is waited for any more */
    N2_NOTICE_TOKEN,    /* table: one row of a token that came, went or changed, see Token1 */
    N2_NOTICE_LOCKED    /* the keys wait for their passphrase; an ASK for it follows */
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
    uint32_t ask; /* ASK, ASK_OVER */
    int gone_hop; /* DONE with err: `n` of the first hop that didn't answer, 1 = our own switch;
                     0: not known.  The table then holds the rows of the trace, as of TRACE */
} n2_notice;

/** Frees what a notice owns; the struct is the caller's. */
void n2_notice_clear(n2_notice *notice);

/**
 * Makes the control plane of a node: asks the keys process for its identities (and for a new
 * one in a new profile) and a node key, and opens links to the peers written down.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_USAGE (a width outside 1 to 16, a port that the switch
 *          does not have, or has twice), or what the store says.
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

/** The helper has done something. */
void n2_control_worked(n2_control *control, uint64_t now_us, int64_t wall_us);

/** Takes the next thing for the plane to do; `bytes` pass to the caller.  False: none. */
bool n2_control_next_op(n2_control *control, n2_op *out);

/* ---- keys process ---- */

/** Takes the next request (transfer full, malloc'ed, without a length prefix).  False: none.
 *  @pipe: (out) (transfer full): a descriptor that goes with it; -1: none. */
bool n2_control_next_key_order(n2_control *control, uint8_t **out, size_t *out_len, int *pipe);

/** The same for who cannot hand on descriptors: they are closed. */
bool n2_control_next_key_request(n2_control *control, uint8_t **out, size_t *out_len);

/** Feeds one whole answer (transfer none).  One that nobody waits for is dropped and counted.
 */
void n2_control_key_answer(
    n2_control *control, const uint8_t *bytes, size_t len, uint64_t now_us, int64_t wall_us);

/** The keys process was started anew: requests under way are made again, and the node key. */
void n2_control_keys_restarted(n2_control *control, uint64_t now_us, int64_t wall_us);

/* ---- the screen ---- */

/** It was locked: sessions end at once; or unlocked: who had signed in by itself, does so
 * again. */
void n2_control_screen(n2_control *control, bool is_locked, uint64_t now_us, int64_t wall_us);

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

/** The same into the pipe @sink, without copying.  Also N2_ERR_BUSY (the pipe is full),
 *  N2_ERR_CLOSED (nobody reads it), N2_ERR_UNSUPPORTED (use n2_control_read()): the job goes on
 *  after these three. */
N2_MUST_USE n2_err n2_control_hand_out(
    n2_control *control, n2_job job, size_t len, int sink, size_t *out_len, uint64_t now_us);

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

/** What came on a wire from @from, to the group of announcements. */
void n2_control_hear(n2_control *control,
                     const n2_net_addr *from,
                     const uint8_t *bytes,
                     size_t len,
                     uint64_t now_us,
                     int64_t wall_us);

/** The next announcement, to be sent on each wire; @out: N2_NEAR_SAID_BYTES_MAX of name/near.h.
 *  Returns: its length, 0: none. */
size_t n2_control_next_near(n2_control *control, uint8_t *out);

/** There are other wires than before. */
void n2_control_wires_changed(n2_control *control, uint64_t now_us);

/** The default identity; false while there is none yet. */
bool n2_control_identity(const n2_control *control, n2_id *out);
