/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve.h - from a name to whom it means: the root that claims it, then zone by zone down, by
 *             way of caches where they know.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, section 4.
 * Use:       n2_resolve_begin(), then n2_resolve_next() after each call, until there is
 *            nothing: ASK is to be sent to somebody (or n2_resolve_failed()), its answer comes
 *            in by n2_resolve_answer(); DONE ends a look-up.  Time is passed in.
 * Invariant: nothing counts that was not verified here, whoever gave it.  The first root that
 *            claims a name is the only one asked.  At most N2_NAME_STEPS_MAX zones, each once.
 *            A head below one that was seen of its zone is not believed, nor anything of a zone
 *            that was found to sign two states.
 * Servers:   for each step: zones that are served here, the cache, near caches (which may ask
 *            on), then those that the record above names, then the zone itself; a silent one
 *            last.  If none answers, an answer that was kept may do, and is said to be so.
 */
#pragma once

#include "crypto/nodekey.h"
#include "name/resolve-cache.h"
#include "name/roots.h"
#include "name/zone-seen.h"

typedef struct n2_resolver n2_resolver;

typedef uint32_t n2_lookup;   /* never 0, not soon used again */
typedef uint32_t n2_question; /* the same */

/** What was verified of an answer of a zone. */
typedef struct {
    n2_zone_word word; /* its bytes: as given */
    n2_head_seen head;
} n2_zone_told;

typedef struct {
    void *user;
    /**
     * Verifies what is said to be an answer of @zone about @label.
     *
     * @statements: (nullable): a container about the zone's keys, not believed either.
     *
     * Returns: N2_OK, N2_ERR_NOTFOUND (who the zone is is not known: ask for its statements),
     *          N2_ERR_FORGED or any other: it does not hold.
     */
    n2_err (*verify)(void *user,
                     n2_zone_told *out,
                     const n2_id *zone,
                     const char *label,
                     const n2_slice *answer,
                     const n2_slice *statements,
                     int64_t wall_us);
    /** (nullable) What a zone that is served here says: N2_ERR_NOTFOUND: it is not.  @answer:
     * (out) (transfer none) until the next call. */
    n2_err (*own)(void *user, const n2_id *zone, const char *label, n2_slice *answer);
    /** (nullable) Serial of the head that `own` answers by, 0: the zone is not served here.
     * What the cache has of that head is answered without asking `own` again. */
    uint64_t (*own_serial)(void *user, const n2_id *zone);
    /** (nullable) Servers of a zone that its record names. */
    size_t (*servers)(void *user,
                      const n2_zone_word *word,
                      n2_id out[static N2_LOOKUP_SERVERS_MAX]);
    /** (nullable) A head that is to be written down. */
    void (*seen)(void *user, const n2_head_seen *head);
} n2_resolver_calls;

/** What may be asked for besides. */
enum {
    N2_ASK_STATEMENTS = 1 /* the statements of the zones, too */
};

/** Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_resolver_new(n2_resolver **out,
                                   const n2_env *env,
                                   const n2_resolver_calls *calls);
void n2_resolver_free(n2_resolver *resolver); /* (nullable) */

/** To be changed at any time (transfer none). */
n2_roots *n2_resolver_roots(n2_resolver *resolver);
n2_zone_seen *n2_resolver_seen(n2_resolver *resolver);
n2_name_cache *n2_resolver_cache(n2_resolver *resolver);

/** Who is near: asked first, in this order; N2_LOOKUP_CACHES_MAX at most. */
void n2_resolver_caches(n2_resolver *resolver, const n2_id *who, size_t n);

/**
 * Looks a name up.
 *
 * @name: folded, of more than one label.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (no root claims it), N2_ERR_LIMIT (labels, look-ups),
 *          N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_resolve_begin(
    n2_resolver *resolver, const char *name, uint64_t now_us, int64_t wall_us, n2_lookup *out);

/**
 * The same for somebody else: what is below @zone.
 *
 * @hops: caches that may ask on; 0: only servers of the zones are asked.
 */
N2_MUST_USE n2_err n2_resolve_begin_at(n2_resolver *resolver,
                                       const n2_id *zone,
                                       const char *name,
                                       unsigned hops,
                                       uint64_t now_us,
                                       int64_t wall_us,
                                       n2_lookup *out);

/** The same by one server alone, past all that is kept here: what does that one say?  As a
 *  check of an own name (attack 41). */
N2_MUST_USE n2_err n2_resolve_begin_by(n2_resolver *resolver,
                                       const char *name,
                                       const n2_id *server,
                                       uint64_t now_us,
                                       int64_t wall_us,
                                       n2_lookup *out);

void n2_resolve_cancel(n2_resolver *resolver, n2_lookup lookup);

/** Why a look-up ended as it did; words come from it. */
typedef enum {
    N2_RESOLVED,
    N2_RESOLVE_NO_NAME, /* the zone says that there is none */
    N2_RESOLVE_NOBODY,  /* it is there, but leads to no identity: to a zone, or to nothing */
    N2_RESOLVE_NO_ZONE, /* it is there, but nothing is below it */
    N2_RESOLVE_LOOP,    /* a zone leads back to one above it */
    N2_RESOLVE_FORGED,  /* nobody who answered told the truth */
    N2_RESOLVE_FRAUD,   /* a zone on the way was found to sign two states */
    N2_RESOLVE_OLD,     /* all who answered had an older state than one that was seen */
    N2_RESOLVE_EXPIRED, /* of a record on the way, beyond its days of grace */
    N2_RESOLVE_SILENT,  /* nobody answered */
} n2_resolve_why;

typedef struct {
    n2_id zone;
    char label[N2_LABEL_BYTES_MAX + 1];
    int64_t since_us, until_us;
    uint64_t serial;
    int64_t head_until_us;
    n2_id from;       /* who gave it; not set: it was served here */
    bool is_cached;   /* it was here before; */
    bool is_kept;     /* it may only serve because the zone is out of reach */
    int64_t spoke_us; /* KEPT: when it came, 0: not known */
} n2_resolve_step;

typedef struct {
    n2_err err;
    n2_resolve_why why;
    n2_id who;
    n2_resolve_step steps[N2_NAME_STEPS_MAX]; /* from the root's zone down */
    size_t n_steps;
    n2_id zone;            /* that spoke last, or did not */
    const uint8_t *record; /* (transfer none) (nullable): of the last step, kind 15 */
    size_t record_len;
} n2_resolved;

typedef enum {
    N2_RESOLVE_NOTHING,
    N2_RESOLVE_ASK,
    N2_RESOLVE_DONE
} n2_resolve_kind;

typedef struct {
    n2_resolve_kind kind;
    /* ASK */
    n2_question question;
    n2_id server;
    n2_id zone;
    char labels[N2_NAME_BYTES_MAX + 1]; /* what is to be looked up below it */
    uint64_t floor;                     /* serial of its head: an older one is of no use */
    unsigned hops, flags;
    /* DONE */
    n2_lookup lookup;
    const n2_resolved *resolved; /* until the next call */
} n2_resolve_event;

/** What is to be done; NOTHING: until the next call of another function. */
n2_resolve_event n2_resolve_next(n2_resolver *resolver);

/** One step of an answer. */
typedef struct {
    n2_slice answer, statements;
    uint64_t age_s; /* that it was in a cache, as that says */
} n2_answer_step;

/** The server's answer: steps down from the zone, as far as it knew. */
void n2_resolve_answer(n2_resolver *resolver,
                       n2_question question,
                       const n2_answer_step *steps,
                       size_t n,
                       uint64_t now_us,
                       int64_t wall_us);

/** It gave none. */
void n2_resolve_failed(
    n2_resolver *resolver, n2_question question, n2_err err, uint64_t now_us, int64_t wall_us);

uint64_t n2_resolver_deadline(const n2_resolver *resolver);
void n2_resolver_expire(n2_resolver *resolver, uint64_t now_us, int64_t wall_us);

/* ---- for others ---- */

/**
 * What is known here of @labels below @zone: served or in the cache, and not below @floor.
 *
 * @steps: (out): valid until the next call of anything.
 * @is_whole: (out): there is nothing more that somebody else could say.
 *
 * Returns: steps.
 */
size_t n2_resolve_known(n2_resolver *resolver,
                        const n2_id *zone,
                        const char *labels,
                        uint64_t floor,
                        n2_answer_step steps[static N2_NAME_STEPS_MAX],
                        n2_id zones[static N2_NAME_STEPS_MAX],
                        bool *is_whole,
                        uint64_t now_us,
                        int64_t wall_us);

/** A head that somebody showed.  Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_resolve_saw(n2_resolver *resolver,
                                  const n2_head_seen *head,
                                  n2_seen_news *news);

typedef struct {
    uint64_t n_lookups, n_cached; /* of them without a question */
    uint64_t n_asked, n_silent;   /* questions; of them without an answer */
    uint64_t n_forged, n_old, n_frauds;
    uint64_t n_refused; /* limits met */
} n2_resolve_counts;
void n2_resolve_counts_get(const n2_resolver *resolver, n2_resolve_counts *out);
void n2_resolver_uses(const n2_resolver *resolver, n2_uses *uses);
