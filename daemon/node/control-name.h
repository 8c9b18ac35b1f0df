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
#include "name/zone-record.h"

enum {
    NAME_SENDS = 64,       /* questions to others that wait for a connection or an answer */
    NAME_EVIDENCE = 16,    /* names whose zone has just spoken */
    N2_HOW_STATEMENTS = 1, /* on the wire: bits of `how`, */
    N2_HOW_HOPS_SHIFT = 8  /* and from this one on the hops */
};

/* A question to another node. */
typedef struct {
    uint32_t number;      /* 0: free */
    n2_question question; /* 0: what heads it has seen of `zone` */
    n2_job job;           /* not 0: what that job asks of the zone; */
    bool is_follow;       /* or what is next of a zone that is followed */
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
    /** (nullable): answers of zones, before those that are kept here; see n2_resolver_calls */
    n2_err (*own)(void *user, const n2_id *zone, const char *label, n2_slice *answer);
    void *own_user;
    struct zones *zones;    /* (owned) that are kept here; see control-zones.h */
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

/** An identity that a question names.  Returns: N2_OK, N2_ERR_FORMAT, N2_ERR_UNSUPPORTED. */
n2_err n2_names_zone_of(const n2_value *value, n2_id *out);

/** Looks @name (in its one form) up for @j, which waits then.  Errors: n2_resolve_begin(). */
N2_MUST_USE n2_err n2_names_look(n2_control *c, job *j, const char *name);

/** The heads that a neighbour has seen of @zone. */
void n2_names_take_heads(n2_control *c, const n2_id *zone, const n2_value *values, size_t n);

/* ---- control-name-send.c ---- */

/** Asks somebody, when there is a connection; whoever asks hears of it in any case. */
void n2_names_send(n2_control *c, const name_send *from);
/** What is waited for too long. */
void n2_names_sends_expire(n2_control *c);
uint64_t n2_names_sends_deadline(const n2_control *c);

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

/** @text as a suffix, "" for "." or nothing.  N2_ERR_USAGE: none; @why: (out) (nullable). */
N2_MUST_USE n2_err n2_roots_suffix(n2_control *c,
                                   const char *text,
                                   char out[static N2_NAME_BYTES_MAX + 1],
                                   const char **why);
/** May @zone speak for @suffix, or does it? */
bool n2_roots_may_claim(n2_control *c, const char *suffix, const n2_id *zone);
/** From now on it does, and that is written down.  Errors: n2_roots_add(), the store's. */
N2_MUST_USE n2_err n2_roots_claim(n2_control *c, const char *suffix, const n2_id *zone);

/* ---- control-name-answer.c ---- */

/** Whom @zone says @label is, as its proof holds; keeps what is learnt about its keys. */
n2_err n2_names_verify(void *user,
                       n2_zone_told *out,
                       const n2_id *zone,
                       const char *label,
                       const n2_slice *answer,
                       const n2_slice *statements,
                       int64_t wall_us);

/** Name of the attributes that say who else serves what is below. */
extern const char n2_names_server[];

/** Servers that a record names: attributes `server`. */
size_t
n2_names_servers(void *user, const n2_zone_word *word, n2_id out[static N2_LOOKUP_SERVERS_MAX]);

/** A head that @statement is, by a key of @zone; its bytes stay the caller's. */
n2_err n2_names_head(
    n2_control *c, const n2_id *zone, const uint8_t *statement, size_t len, n2_head_seen *out);

/** All that is known about the keys of @zone as a value of an answer; empty if it is too long.
 */
void n2_names_put_statements(n2_control *c, n2_asm *answer, const n2_id *zone);

/** Keeps what holds of @statements about @zone. */
void n2_names_hear(n2_control *c, const n2_id *zone, const n2_slice *statements);

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

/** Cells mail-hosts and offers.  @record: (nullable): none. */
void n2_names_put_lists(n2_table *t, const n2_zone_record *record);

/** The row of an answer for people and programs. */
n2_table *n2_names_row(n2_control *c, const char *name, const n2_resolved *r);

/** Ends @j with the words for why there is no answer. */
void n2_names_failed(n2_control *c, job *j, const n2_resolved *r);
