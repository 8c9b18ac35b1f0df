/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht-private.h - what the files about the DHT share.
 *
 * Layer: node.  Included by control-dht*.c only.
 *
 *     own identity --kind 14--> our attachment --kind 20--> our record: which node we are
 *     neighbour --dht-here--> its record, and ours there --> n2_dht (share/dht.h) knows it
 *     n2_dht_next() --send--> connection --> dht-here, if need be --> the question
 *     records that others tell of come with a way from them: ours to them and theirs together
 */
#pragma once

#include "crypto/announce.h"
#include "node/control-private.h"
#include "share/dht.h"

enum {
    DHT_WAYS = 3,                         /* to one node */
    DHT_WAY_BITS_MAX = N2_PATH_BITS - 10, /* of one: the last switch takes a label, too */
    DHT_SENDS = 256,  /* questions that wait for a connection or an answer */
    DHT_CONNS = 256,  /* connections on which we said or asked which node it is */
    DHT_ASKERS = 256, /* of others, who said it */
    DHT_PLACES = 64,  /* of identities, as they were announced */
    DHT_REACHES = 32, /* identities to whom a way is looked for, or was in vain */
    DHT_FINDS = 32,   /* contents whose holders are looked for */
    DHT_TRIES = 4     /* places of one identity that are tried */
};

/* A node of the DHT that we heard of. */
typedef struct {
    n2_dht_peer peer; /* node 0: free */
    n2_id who;        /* to be asked for */
    uint8_t *record;  /* (owned) as it says it, kind 20 */
    size_t len;
    uint64_t serial;
    int64_t until_us;
    n2_route ways[DHT_WAYS];
    size_t n_ways;
    uint64_t used_us;
    bool is_proven;
} dht_node;

/* A question to another node. */
typedef struct {
    uint32_t number; /* 0: free */
    n2_dht_ask ask;  /* its value: bytes below */
    uint8_t *bytes;  /* (owned) (nullable) */
    n2_id who;
    bool is_sent;
    uint64_t until_us;
} dht_send;

typedef enum {
    DHT_SIGNING, /* what we say there is being signed */
    DHT_SAID,
    DHT_READY,
    DHT_REFUSED /* no node of the DHT is there */
} dht_conn_state;

/* A connection that we opened. */
typedef struct {
    n2_id who; /* not set: free */
    n2_conn conn;
    dht_conn_state state;
    uint32_t number;   /* of the question */
    bool is_shown;     /* it knows, or is about to, which node we are */
    bool was_shown;    /* of the question under way */
    uint64_t again_us; /* REFUSED: not before */
    uint64_t used_us;
} dht_conn;

/* Who said on a connection which node it is. */
typedef struct {
    n2_conn conn; /* 0: free */
    uint8_t hash[8];
    n2_dht_peer peer;
} dht_asker;

/* Where somebody's node is, as was announced. */
typedef struct {
    n2_id who;
    uint8_t id[N2_DHT_ID_BYTES];
} dht_place;

typedef struct {
    n2_id who;      /* not set: free */
    uint64_t job;   /* 0: it was in vain */
    bool has_place; /* a node is looked for, not where it is */
    uint8_t ids[DHT_TRIES][N2_DHT_ID_BYTES];
    size_t n_ids, at;
    uint64_t until_us; /* of "in vain" */
} dht_reach;

typedef struct {
    uint64_t job; /* 0: free */
    n2_job waits;
    n2_id root;
    n2_err err; /* why it is looked for */
    size_t n_found;
} dht_find;

/* What is to be announced. */
typedef struct {
    n2_announce_kind kind;
    n2_id about;
} dht_thing;

/* What is being signed: key_request.dht. */
enum {
    DHT_SIGN_ATTACHMENT = 1,
    DHT_SIGN_RECORD,
    DHT_SIGN_HERE, /* conn */
    DHT_SIGN_VALUE
};

struct dht_work {
    n2_dht *dht; /* (owned) (nullable): not before we know which node we are */
    n2_verified verified;
    /* ourselves */
    n2_id who;
    n2_key node;
    uint8_t *attachment; /* (owned) statement */
    size_t attachment_len;
    uint8_t *record; /* (owned) */
    size_t record_len;
    bool is_signing;
    bool is_due;     /* something was begun from within a call of another part */
    bool is_routing; /* a way is asked for to tell of it: none is looked for */
    uint64_t renew_us;
    /* others */
    dht_node *nodes; /* (owned) N2_DHT_NODES_MAX */
    dht_conn conns[DHT_CONNS];
    dht_send sends[DHT_SENDS];
    dht_asker askers[DHT_ASKERS];
    size_t next_asker;
    uint32_t last_number;
    uint64_t greet_us;
    /* look-ups */
    dht_place places[DHT_PLACES];
    size_t next_place;
    dht_reach reaches[DHT_REACHES];
    dht_find finds[DHT_FINDS];
    /* announcements */
    dht_thing things[N2_DHT_THINGS_MAX + N2_SERVE_IDENTITIES_MAX];
    size_t n_things, at_thing;
    bool is_thing_signed;         /* one is being */
    uint64_t announce_us;         /* next */
    uint64_t n_announced, n_kept; /* values; nodes that took them */
    uint64_t n_found, n_lied;     /* holders and places; what did not hold */
    uint64_t n_nodes_refused;
};

/* ---- control-dht.c ---- */

/** Asks the keys process to sign @body for @what (DHT_SIGN_*). */
N2_MUST_USE n2_err n2_dhts_sign(n2_control *c, const n2_box *body, uint8_t what, n2_conn conn);

/** The body of what we say about @about.  Returns: N2_OK, and as n2_announce_body(). */
N2_MUST_USE n2_err
n2_dhts_body(n2_control *c, const n2_id *about, void *buf, size_t cap, n2_box *out);

/** Asks what is to be asked, takes what has ended. */
void n2_dhts_pump(n2_control *c);

/* ---- control-dht-nodes.c ---- */

dht_node *n2_dhts_node(struct dht_work *w, uint64_t node);

/** Which node it is of whom @a says where it is; but for its parent, which is here the one by
 * whose wire it is reached. */
void n2_dhts_peer_of(const n2_announce *a, n2_dht_peer *out);

/** A node whose record @a holds, by @way (nullable) from here.  NULL: it is ourselves, or there
 * is no room. */
dht_node *n2_dhts_learn(n2_control *c,
                        const n2_announce *a,
                        const uint8_t *record,
                        size_t len,
                        const n2_route *way);

void n2_dhts_add_way(dht_node *n, const n2_route *way); /* @way: (nullable) */

/** Is that record known already? */
dht_node *n2_dhts_known(struct dht_work *w, const uint8_t *record, size_t len);

/** Did the domain sign the attachment of @a?  @statements: (nullable) about its keys. */
N2_MUST_USE n2_err n2_dhts_domain(n2_control *c,
                                  const n2_announce *a,
                                  const uint8_t *statements,
                                  size_t len);

/** The way that n2_way_find() knows to @who.  Returns: N2_OK, or why there is none. */
N2_MUST_USE n2_err n2_dhts_route(n2_control *c, const n2_id *who, n2_route *out);

/* ---- control-dht-talk.c ---- */

void n2_dhts_send(n2_control *c, const n2_dht_ask *ask);

/** Our record, and what is about the keys of our domain. */
void n2_dhts_put_here(n2_control *c, n2_asm *answer);
void n2_dhts_here_signed(n2_control *c, n2_conn conn, const n2_slice *statement);

/** Has a connection to @who been used to ask which node it is? */
bool n2_dhts_has_met(const struct dht_work *w, const n2_id *who);

/** A way to whom there is none yet is not looked for in the DHT: the way to that is it. */
bool n2_dhts_is_asking(const struct dht_work *w, const n2_id *who);

/* ---- control-dht-find.c ---- */

/** Values came for look-up @dht_job. */
void n2_dhts_values(n2_control *c, uint64_t dht_job, const n2_value *values, size_t n);
/** Somebody told of @node. */
void n2_dhts_told(n2_control *c, const dht_node *node);
void n2_dhts_ended(n2_control *c, const n2_dht_end *end);

/* ---- control-dht-say.c ---- */

/** Announces what is next, if it is time. */
void n2_dhts_announce(n2_control *c);
void n2_dhts_value_signed(n2_control *c, const n2_slice *statement);
