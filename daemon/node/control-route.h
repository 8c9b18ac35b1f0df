/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-route.h - domains and routes on the wire: where this node hangs, what it answers as a
 *                   domain's server, and the ways to others that servers compose.
 *
 * Layer: node.  Included by control-private.h only.
 *
 *     link up --NEIGHBOUR--> who is at the other end, and the way to its server
 *     server  --ATTACH-----> our attachment, renewed at half of its life
 *     switch  --REPORT-----> its links, on change and each minute
 *     child   --PARENT-----> what it says of itself, countersigned
 *     open    --ROUTE------> ways to somebody's domain; his attachment makes them ways to him
 */
#pragma once

#include "name/domain-server.h"

enum {
    ROUTE_NUMBER = 1 << 29, /* in numbers of questions, beside those of others */
    ROUTE_SENDS = 32,       /* questions to others under way */
    ROUTE_NEIGHBOURS = 64,  /* links whose other end is known */
    ROUTE_SWITCHES = 64,    /* that the operator of a domain admits */
    ROUTE_HANGS = 1 + N2_DOMAIN_PARENTS_MAX,
    ROUTE_PLACES = 128, /* attachments of others that are known */
    ROUTE_TARGETS = 64, /* identities to whom ways were asked for */
    ROUTE_DOMAINS = 64, /* domains whose word is handed on */
    ROUTE_CHILDREN = 8, /* of children, that are being signed */
    ROUTE_LOOKS = 8,    /* ways that went silent, and are looked at */
    ROUTE_AVOIDED = N2_AVOID_MAX
};

/** What is asked of others. */
typedef enum {
    ROUTE_ASKS_NOTHING,
    ROUTE_ASKS_NEIGHBOUR,
    ROUTE_ASKS_PLACE,
    ROUTE_ASKS_REPORT,
    ROUTE_ASKS_WAYS,
    ROUTE_ASKS_DOMAIN,
    ROUTE_ASKS_PARENT,
    ROUTE_ASKS_WHERE,
    ROUTE_ASKS_COMPLAINT
} route_asks;

/** What the keys process signs. */
typedef enum {
    ROUTE_SIGNS_NOTHING,
    ROUTE_SIGNS_PLACE,
    ROUTE_SIGNS_REPORT,
    ROUTE_SIGNS_DOMAIN,
    ROUTE_SIGNS_CHILD
} route_signs;

/** Who waits for what is signed. */
typedef struct {
    n2_conn conn; /* 0: we */
    uint64_t tag;
    bool is_told; /* a place: whoever asks may hear of it */
} route_asker;

typedef struct {
    uint32_t number; /* 0: free */
    route_asks what;
    n2_id server, about;
    bool is_sent;
    n2_conn shown_at; /* where the proof of who we are was begun for it */
    uint64_t until_us;
} route_send;

/** Who is at the other end of a link of ours. */
typedef struct {
    uint16_t port; /* ours; 0: free */
    uint16_t remote_port;
    n2_id who;
    n2_id domain; /* whose switch it is; or not set */
    n2_store_hop way[N2_STORE_HOPS_MAX];
    size_t n_way; /* from there to the domain's server */
    bool has_way;
    uint64_t again_us;
} route_neighbour;

/** A domain that we hang in: our own, and those that are parents of the one we serve. */
typedef struct {
    n2_id domain;
    uint8_t bytes[N2_ATTACHMENT_BYTES_MAX];
    size_t len; /* 0: no attachment yet */
    n2_attachment at;
    uint64_t again_us;
    unsigned n_tries;
    n2_err err; /* of the last try */
} route_hang;

/** Where somebody is. */
typedef struct {
    n2_id who;
    uint8_t bytes[N2_ATTACHMENT_BYTES_MAX];
    size_t len; /* 0: free */
    n2_attachment at;
    bool is_user; /* of the domain that we serve, and told to who asks */
    uint64_t used_us;
} route_place;

/** Ways to somebody, as they were answered. */
typedef struct {
    n2_id who; /* not set: free */
    n2_composed ways[N2_COMPOSED_MAX];
    size_t n;
    n2_err err; /* of the last answer */
    bool is_asked;
    bool is_news; /* whoever waits was not told yet */
    unsigned n_tries;
    uint64_t again_us; /* not asked for anew before */
    uint64_t look_us;  /* asked for anew then, as somebody looks at a link; 0: not */
    uint64_t used_us;
} route_target;

/** What a domain says of itself. */
typedef struct {
    n2_id who;
    uint8_t *bytes; /* (owned) (nullable) */
    size_t len;
} route_domain;

/** What a child says of itself, until it is signed. */
typedef struct {
    n2_conn conn; /* 0: free */
    uint64_t tag;
    uint8_t *bytes; /* (owned) */
    size_t len;
} route_child;

/** A switch that is asked for an echo. */
typedef struct {
    uint64_t path;
    uint8_t state; /* HOP_... */
    uint8_t n_tries;
} route_echo;

/** A way that went silent: up to which switch of our domain does it lead? */
typedef struct {
    uint32_t id; /* 0: free */
    n2_id who;
    uint32_t numbers[N2_COMPOSED_HOPS_MAX]; /* of the switches, as they follow each other */
    route_echo echoes[N2_COMPOSED_HOPS_MAX];
    size_t n;
    uint32_t answers, silent; /* what came of it: 0 not yet */
} route_look;

/** A link of our domain that is probed: the two ends of it. */
typedef struct {
    uint32_t id; /* 0: free */
    uint32_t number;
    uint16_t port;
    route_echo echoes[2]; /* the nearer, the farther by the link */
} route_probe;

struct routes {
    bool is_server, is_switch, is_hidden, is_fixed;
    n2_domain_server *server; /* (owned) (nullable) */
    n2_id switches[ROUTE_SWITCHES];
    size_t n_switches;
    route_hang hangs[ROUTE_HANGS]; /* the first: the own domain */
    n2_domain_said said;           /* of the domain we serve: who is not set: not yet */
    bool is_whole;                 /* all parents have signed it */
    n2_err said_err;               /* why a parent did not sign */
    uint64_t said_again_us;
    route_neighbour neighbours[ROUTE_NEIGHBOURS];
    route_place places[ROUTE_PLACES];
    route_target targets[ROUTE_TARGETS];
    route_domain domains[ROUTE_DOMAINS];
    route_child children[ROUTE_CHILDREN];
    route_send sends[ROUTE_SENDS];
    uint32_t last_send;
    route_look looks[ROUTE_LOOKS];
    route_probe probes[N2_LINK_PROBES_MAX];
    uint32_t last_look;
    char avoided[ROUTE_AVOIDED][N2_ID_TEXT_BYTES]; /* "": free; k1-..., or #NUMBER */
    uint64_t tick_us;                              /* when all that may be due is looked at */
    uint64_t report_at_us;
    uint8_t report[64 * 1024]; /* the last one signed */
    size_t report_len;
    bool is_report_due; /* something changed while one was being signed */
    n2_err report_err;
    uint64_t n_sends_refused, n_places_refused;
};

/* ---- control-route.c ---- */

/** Reads what the user has set.  Returns: N2_OK, N2_ERR_NOMEM, or what the store says. */
N2_MUST_USE n2_err n2_routes_begin(n2_control *c);
void n2_routes_clear(n2_control *c);
uint64_t n2_routes_deadline(const n2_control *c);
void n2_routes_expire(n2_control *c);
void n2_routes_uses(const n2_control *c, n2_uses *uses);

/** Reads it again.  Returns: N2_OK. */
N2_MUST_USE n2_err n2_routes_read(n2_control *c);
/** The identities of a setting.  Returns: how many. */
size_t n2_routes_get_ids(n2_control *c, const char *key, n2_id *out, size_t room);

/* ---- control-route-job.c ---- */

/** PLACE_SET, PLACE_SHOW, PLACE_LEARN, AVOID_SET, AVOID_LIST. */
void n2_routes_job(n2_control *c, job *j);

/** What no way goes through: rows as AVOID_LIST answers them (transfer full). */
n2_table *n2_routes_avoided(n2_control *c);

/* ---- control-route.c ---- */

/** Is @who a domain that we hang in, so that it is to know who we are? */
bool n2_routes_shows(const n2_control *c, const n2_id *who);

/** LINK_UP, LINK_DOWN. */
void n2_routes_link(n2_control *c, const n2_event *event);

/** Something that a report says has changed. */
void n2_routes_report_soon(n2_control *c);

/** The key that this machine signs by.  Returns: N2_OK, N2_ERR_NOTFOUND: it has none yet. */
N2_MUST_USE n2_err n2_routes_device(n2_control *c, n2_key *out);

/* ---- control-route-ask.c ---- */

/** Asks @server; nothing, if the same is under way. */
void n2_routes_ask(n2_control *c, route_asks what, const n2_id *server, const n2_id *about);

/** A connection to @who is there. */
void n2_routes_proven(n2_control *c, const n2_id *who);
void n2_routes_sends_expire(n2_control *c);
uint64_t n2_routes_sends_deadline(const n2_control *c);

/** For n2_fetch_on_name(): what is about names goes on there. */
void n2_routes_answered(void *user,
                        uint32_t number,
                        const n2_id *who,
                        n2_err err,
                        const n2_value *values,
                        size_t n);

void n2_routes_put_id(n2_asm *block, const n2_id *id); /* of none: no bytes */
bool n2_routes_read_id(n2_id *out, const n2_value *v);
/** Hops as bytes: port 2, bits 1 each. */
void n2_routes_put_hops(n2_asm *block, const n2_store_hop *hops, size_t n);
bool n2_routes_read_hops(route_neighbour *out, const n2_value *v);

/* ---- control-route-answer.c ---- */

/** For n2_serve_on_name(): what is about names goes on there. */
n2_err n2_routes_asked(void *user, n2_conn conn, const n2_call *call, n2_asm *answer);

/** Has @body signed. */
void
n2_routes_sign(n2_control *c, route_signs what, const n2_box *body, const route_asker *asker);
/** True: it was the answer to that. */
bool n2_routes_signed(n2_control *c, const key_request *r, const n2_keys_answer *a);

/** The neighbour at @port, or a free place for it; NULL: none. */
route_neighbour *n2_routes_neighbour(n2_control *c, uint16_t port, bool is_new);

/** What we tell a neighbour of our domain: block gets domain and way. */
void n2_routes_put_own(n2_control *c, n2_asm *block);

/* ---- control-route-domain.c ---- */

n2_err n2_routes_asked_domain(n2_control *c, n2_conn conn, const n2_call *call, n2_asm *answer);
/** Asks the parents of the domain that we serve about @about, and about themselves, as far as
 *  that is not known. */
void n2_routes_ask_up(n2_control *c, const n2_id *about);
/** What @from answered about a domain. */
void n2_routes_take_domain(n2_control *c, const n2_id *from, const n2_value *values, size_t n);
n2_err n2_routes_asked_parent(
    n2_control *c, n2_conn conn, uint64_t path, const n2_call *call, n2_asm *answer);
/** Our signature under what a child says has come. */
void n2_routes_child_signed(n2_control *c,
                            const key_request *r,
                            const n2_slice *statement,
                            n2_err err);

/** Takes what a domain says of itself, with what is known of it and its parents in @chain
 *  (may be empty); all signatures must hold. */
N2_MUST_USE n2_err n2_routes_hear_domain(n2_control *c,
                                         const void *statement,
                                         size_t len,
                                         const n2_slice *chain);

/** An attachment of our own has come. */
N2_MUST_USE n2_err n2_routes_take_own(n2_control *c,
                                      route_hang *h,
                                      const void *statement,
                                      size_t len);

/** What the domain that we serve says of itself, to be signed anew. */
void n2_routes_say_domain(n2_control *c);
/** A statement of it has come back with more signatures. */
void n2_routes_said(n2_control *c, const void *statement, size_t len);

/* ---- control-route-way.c ---- */

/**
 * Takes an attachment of @who (not set: of whom of @chain it suits), whoever handed it over.
 *
 * @chain: statements about the keys of the domain, and of who it is.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (who, or the domain, is not known here), or as
 *          n2_attachment_check() and n2_attachment_suits().
 */
N2_MUST_USE n2_err n2_routes_learn(n2_control *c,
                                   const n2_id *who,
                                   const n2_slice *statement,
                                   const n2_slice *chain);

/** Where @who is, as far as it is known and not over; NULL. */
route_place *n2_routes_place(n2_control *c, const n2_id *who);

/** Keeps it, in the place of what was known of him. */
void n2_routes_keep_place(n2_control *c,
                          const n2_id *who,
                          const n2_attachment *at,
                          const void *bytes,
                          size_t len,
                          bool is_user);

/** The ways to @who, one after the other: @at begins as 0. */
bool n2_routes_way(n2_control *c,
                   const n2_id *who,
                   size_t *at,
                   n2_store_hop hops[static N2_STORE_HOPS_MAX],
                   size_t *n);

/** Nobody else knows a good way to @who: is one asked for? */
bool n2_routes_reach(n2_control *c, const n2_id *who);

/** Is there anything that the user wants to avoid? */
bool n2_routes_avoid(const n2_control *c);

/** Asks again for those that were not known yet. */
void n2_routes_targets_expire(n2_control *c);

/** Is one being asked for?  n2_path_way_came() tells when that is over. */
bool n2_routes_is_asked(n2_control *c, const n2_id *who);

/** Who was asked about @who has answered, or will not. */
void
n2_routes_came(n2_control *c, const n2_id *who, n2_err err, const n2_value *values, size_t n);
void n2_routes_where_came(n2_control *c, const n2_id *who, n2_err err);

/** The question for ways to @who. */
void n2_routes_question(n2_control *c, const n2_id *who, n2_route_question *out);

/** What is known of a way to @who: NULL: it is none of a domain. */
const n2_composed *n2_routes_composed(const n2_control *c, const n2_id *who, uint64_t path);
/** Cells domain and number of the switch whose label begins behind so many bits. */
void n2_routes_put_hop(n2_table *t, const n2_composed *way, unsigned bits_before);

/** A way to @who carries nothing any more. */
void n2_routes_lost(n2_control *c, const n2_id *who);
/** Another answer is to be had in a moment: it is asked for then. */
void n2_routes_soon(n2_control *c, const n2_id *who);
/** Other ways may be there: all are asked for anew. */
void n2_routes_anew(n2_control *c);

/* ---- control-route-look.c ---- */

/** @path to @who was silent: finds out by echoes which switch of our domain does not answer any
 *  more, and tells its server. */
void n2_routes_silent(n2_control *c, const n2_id *who, uint64_t path);

/** ECHO.  False: it is not ours. */
bool n2_routes_echo(n2_control *c, const n2_event *event);

/** Links of the domain that we serve which are to be probed. */
void n2_routes_probe(n2_control *c);

/** What was found on the way to @who, as a server is told.  False: nothing. */
bool n2_routes_complaint(const n2_control *c, const n2_id *who, n2_complaint *out);
/** It was told, or could not be. */
void n2_routes_complained(n2_control *c, const n2_id *who);

n2_err n2_routes_asked_complaint(n2_control *c, uint64_t path, const n2_call *call);
