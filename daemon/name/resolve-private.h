/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * resolve-private.h - look-ups under way, and whom they ask.
 *
 * Layer: name, private to resolve*.c.
 */
#pragma once

#include "name/resolve.h"

/* What a look-up does next. */
typedef enum {
    WALK_FREE,
    WALK_GOES,   /* on, without anybody */
    WALK_ASKS,   /* the question is to be handed out */
    WALK_WAITS,  /* for its answer */
    WALK_JOINED, /* for the answer to the same question of another */
    WALK_ENDED   /* DONE is to be handed out */
} walk_state;

typedef struct {
    n2_lookup id;
    walk_state state;
    char name[N2_NAME_BYTES_MAX + 1]; /* below the zone it began with */
    size_t left;                      /* bytes of it not looked up yet */
    bool is_others;                   /* for another node */
    unsigned hops;
    n2_id only; /* set: nobody else is asked, and nothing kept is taken */
    n2_id zone; /* that is to say what comes next */
    n2_id servers[N2_LOOKUP_SERVERS_MAX];
    size_t n_servers, server;
    bool are_gathered;
    bool wants_statements;
    n2_id named[N2_LOOKUP_SERVERS_MAX]; /* servers of `zone`, as the step above names them */
    size_t n_named;
    n2_question question; /* ASKS to JOINED */
    uint64_t deadline_us;
    bool was_asked;
    n2_resolve_why trouble; /* the gravest of those that did not help; RESOLVED: none */
    n2_resolved result;
    uint8_t *record; /* (owned) (nullable) of the result */
} walk;

typedef struct {
    n2_id who;
    uint64_t until_us; /* 0: free */
} silent;

struct n2_resolver {
    n2_resolver_calls calls;
    n2_roots roots;
    n2_zone_seen *seen;
    n2_name_cache *cache;
    n2_id caches[N2_LOOKUP_CACHES_MAX];
    size_t n_caches;
    walk walks[N2_LOOKUPS_MAX];
    silent silents[N2_NAME_SILENT_MAX];
    uint32_t last_lookup, last_question;
    size_t turn; /* whose turn it is to be told */
    walk told;   /* the one that DONE is about */
    n2_resolve_counts counts;
};

/* ---- resolve-ask.c ---- */

/** The next server for the step at hand; false: there is none left. */
bool n2_walk_ask(n2_resolver *r, walk *w, uint64_t now_us);

/** @who gave no answer; or gave one. */
void n2_resolver_note(n2_resolver *r, const n2_id *who, bool is_silent, uint64_t now_us);

/* ---- resolve.c ---- */

/** Is @who one of the near caches? */
bool n2_resolver_is_near(const n2_resolver *r, const n2_id *who);

/** The last label of @name's first @left bytes; @left: (in) (out): bytes before it and its dot.
 *  Returns: false: there is none, or it is too long. */
bool n2_label_take(const char *name, size_t *left, char out[static N2_LABEL_BYTES_MAX + 1]);

/* ---- resolve-belief.c ---- */

/**
 * Verifies, holds its head against those seen, and keeps it.
 *
 * @why: (out): what to say if it is of no use.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (statements are wanted), any other: of no use.
 */
n2_err n2_resolver_take(n2_resolver *r,
                        n2_zone_told *out,
                        const n2_id *zone,
                        const char *label,
                        const n2_answer_step *step,
                        const n2_id *from,
                        n2_resolve_why *why,
                        uint64_t now_us,
                        int64_t wall_us);
