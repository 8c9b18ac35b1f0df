/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-name.h - names of zones: looked up for the user, for pages, and for other nodes.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

#include "crypto/verified.h"
#include "name/known.h"
#include "name/resolve.h"

enum {
    NAME_SENDS = 64,   /* questions to others that wait for a connection or an answer */
    NAME_EVIDENCE = 16 /* names whose zone has just spoken */
};

/* A question to another node. */
typedef struct {
    uint32_t number;      /* 0: free */
    n2_question question; /* 0: what heads it has seen of `zone` */
    n2_id server, zone;
    char labels[N2_NAME_BYTES_MAX + 1];
    uint64_t floor;
    unsigned hops, flags;
    bool is_sent;
    uint64_t until_us;
} name_send;

/* Somebody else's question, that was asked on. */
typedef struct {
    n2_lookup lookup; /* 0: free */
    n2_conn conn;
    uint64_t tag;
    n2_id zone;
    char labels[N2_NAME_BYTES_MAX + 1];
    unsigned flags;
} name_other;

/* What a zone has said of a name, for the question of trust. */
typedef struct {
    char name[N2_NAME_BYTES_MAX + 1]; /* "": free */
    n2_id zone, who;
    int64_t since_us, until_us;
    bool is_kept;
    int64_t spoke_us;
} name_evidence;

/* An own name, looked up by way of somebody else: what do others hear? */
typedef struct {
    n2_lookup lookup; /* 0: free */
    char name[N2_NAME_BYTES_MAX + 1];
    n2_id own, server;
} name_check;

/** What a node does with names of zones. */
struct names {
    n2_resolver *resolver;
    n2_verified verified;
    name_send sends[NAME_SENDS];
    uint32_t last_send;
    name_other others[N2_LOOKUPS_OTHERS_MAX];
    name_evidence evidence[NAME_EVIDENCE];
    size_t next_evidence;
    name_check checks[2 * NAME_EVIDENCE];
    /** (nullable): answers of zones that are served here; see n2_resolver_calls */
    n2_err (*own)(void *user, const n2_id *zone, const char *label, n2_slice *answer);
    void *own_user;
    uint64_t heads_at_us;   /* when another is asked what it has seen */
    uint64_t n_per_refused; /* questions above what one connection may have under way */
};

/* ---- control-name.c ---- */

/** Reads roots and the heads that were seen.  Returns: N2_OK, N2_ERR_NOMEM, or what the store
 * says. */
N2_MUST_USE n2_err n2_names_begin(n2_control *c);
void n2_names_clear(n2_control *c);

/** NAME_LOOKUP, ROOT_ADD, ROOT_REMOVE, ROOT_LIST. */
void n2_names_job(n2_control *c, job *j);

/** Whom the zones call @text, if that is known here.  Returns: N2_OK, N2_ERR_NOTFOUND. */
N2_MUST_USE n2_err n2_names_known(n2_control *c, const char *text, n2_id *out);

/** @j wants to open the name of a zone: n2_open_named() follows, or @j ends. */
void n2_names_open(n2_control *c, job *j);

/** @j is over, whatever it waited for. */
void n2_names_dropped(n2_control *c, const job *j);

/** A connection to @who is there. */
void n2_names_proven(n2_control *c, const n2_id *who);

/** For n2_fetch_on_name() and n2_serve_on_name(); the DHT's go on to control-dht.h. */
void n2_names_answered(void *user,
                       uint32_t number,
                       const n2_id *who,
                       n2_err err,
                       const n2_value *values,
                       size_t n);
n2_err n2_names_asked(void *user, n2_conn conn, const n2_call *call, n2_asm *answer);

uint64_t n2_names_deadline(const n2_control *c);
void n2_names_expire(n2_control *c);

/** What the zone says of @name, as evidence; @query and @known as n2_trust_ask() wants them.
 * Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_names_evidence(n2_control *c,
                                     const char *name,
                                     n2_trust_query *query,
                                     n2_known *known);
void n2_names_uses(const n2_control *c, n2_uses *uses);

/** NAME_LOOKUP and OPEN: the resolver has something to do, or to tell. */
void n2_names_pump(n2_control *c);

/* ---- control-name-roots.c ---- */

/** Reads the roots that the user has set.  Returns: N2_OK, or what the store says. */
N2_MUST_USE n2_err n2_names_load(n2_control *c);
/** ROOT_ADD, ROOT_REMOVE, ROOT_LIST. */
void n2_roots_job(n2_control *c, job *j);

/* ---- control-name-answer.c ---- */

/** Whom @zone says @label is, as its proof holds; keeps what is learnt about its keys. */
n2_err n2_names_verify(void *user,
                       n2_zone_told *out,
                       const n2_id *zone,
                       const char *label,
                       const n2_slice *answer,
                       const n2_slice *statements,
                       int64_t wall_us);

/** Servers that a record names: attributes `server`. */
size_t
n2_names_servers(void *user, const n2_zone_word *word, n2_id out[static N2_LOOKUP_SERVERS_MAX]);

/** A head that @statement is, by a key of @zone; its bytes stay the caller's. */
n2_err n2_names_head(
    n2_control *c, const n2_id *zone, const uint8_t *statement, size_t len, n2_head_seen *out);

/** Steps as values of an answer. */
void n2_names_put_steps(n2_control *c,
                        n2_asm *answer,
                        const n2_answer_step *steps,
                        const n2_id *zones,
                        size_t n,
                        unsigned flags);

/** Reads them.  Returns: how many; 0 also if they are none. */
size_t n2_names_read_steps(const n2_value *values,
                           size_t n,
                           n2_answer_step out[static N2_NAME_STEPS_MAX]);

/** Keeps what was said of @name, so that the question of trust finds it. */
void n2_names_keep(n2_control *c, const char *name, const n2_resolved *r);

/** Own names that were looked up here, by way of two others each. */
void n2_names_check_own(n2_control *c, const n2_id *near, size_t n);
/** Was @lookup one of those?  Then another answer than ours is told. */
bool n2_names_checked(n2_control *c, n2_lookup lookup, const n2_resolved *r);

/** The row of an answer for people and programs. */
n2_table *n2_names_row(n2_control *c, const char *name, const n2_resolved *r);

/** Ends @j with the words for why there is no answer. */
void n2_names_failed(n2_control *c, job *j, const n2_resolved *r);
