/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trust-world.h - a question about an identity, put together of switches.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "host/unicode.h"
#include "name/trust.h"

enum {
    EVIDENCE_MAX = 64,
    ZONE_ID = 90,
    DOMAIN_ID = 91,
    MAIL_ID = 92,
    SUBJECT = 1,
    OTHER = 2,
    INTRODUCER = 10, /* marked */
    AUDITOR = 11,    /* marked */
    STRANGER = 12
};

#define DAY_US (24 * (gint64)N2_HOUR_US)
static const gint64 build_us = G_GINT64_CONSTANT(1700000000000000);
static const gint64 now_us = G_GINT64_CONSTANT(1700000000000000) + 400 * DAY_US;

enum {
    FORGED = 1 << 0,
    ENDED = 1 << 1,
    ENDS_DIFFER = 1 << 2,
    FROZEN = 1 << 3,
    OVER = 1 << 4,
    UNCONFIRMED = 1 << 5,
    NAMED = 1 << 6, /* by a name of a zone */
    ZONE = 1 << 7,  /* which says it is the subject */
    ZONE_SAYS_OTHER = 1 << 8,
    SEEN = 1 << 9, /* the subject, under this name */
    SEEN_BY_ADDRESS = 1 << 10,
    SEEN_OTHER = 1 << 11,    /* another, under this name, later */
    END_MOVES = 1 << 12,     /* the other ended, the subject is its successor */
    TRANSFER = 1 << 13,      /* the other gave the name to the subject */
    TRANSFER_ELSE = 1 << 14, /* and this was another name */
    MET = 1 << 15,
    MARKED_SO = 1 << 16,     /* the user said: this name is the subject, after SEEN_OTHER */
    MARKED_OTHER = 1 << 17,  /* the user said: this name is another */
    PETNAME = 1 << 18,       /* opened by an own name */
    INTRODUCED = 1 << 19,    /* as "Anna" */
    INTRODUCED_SO = 1 << 20, /* as the name in use */
    PUBLISHED_OTHER = 1 << 21,
    GRACE = 1 << 22,   /* the name's entry is over for a day */
    EXPIRED = 1 << 23, /* and for 31 */
    KEPT = 1 << 24,    /* the zone is silent for a day */
    SILENT = 1 << 25,  /* and for 8 */
    CLOCK_EARLY = 1 << 26,
    CLOCK_LATE = 1 << 27,
    ALIKE = 1 << 28,
    ATTACHED = 1 << 29,
    AUDITED = 1 << 30
};

typedef struct {
    n2_trust_query query;
    n2_vouch evidence[EVIDENCE_MAX];
    n2_mark marks[8];
    n2_seen seen[4];
    n2_move moves[4];
    n2_known_name known[2];
} trust_world;

static inline n2_id
id_of(guint8 number)
{
    return (n2_id){.method = N2_METHOD_SHA256, .hash = {number}};
}

static inline n2_vouch
vouch_of(guint8 by, guint8 subject, guint64 scope, const char *claim, gint64 from_us)
{
    n2_vouch v = {.by = id_of(by),
                  .subject = id_of(subject),
                  .scope = scope,
                  .from_us = from_us,
                  .until_us = now_us + 300 * DAY_US};

    g_assert_cmpuint(g_strlcpy(v.claim, claim, sizeof v.claim), <, sizeof v.claim);
    return v;
}

static inline n2_vouch *
world_add(trust_world *w, n2_vouch v)
{
    g_assert_cmpuint(w->query.n_evidence, <, EVIDENCE_MAX);
    w->evidence[w->query.n_evidence] = v;
    return &w->evidence[w->query.n_evidence++];
}

static inline void
world_standing(trust_world *w, guint32 is)
{
    static const struct {
        guint32 flag, is;
    } rows[] = {{FORGED, N2_STANDING_FORGED},
                {ENDED, N2_STANDING_ENDED},
                {ENDS_DIFFER, N2_STANDING_ENDS_DIFFER},
                {FROZEN, N2_STANDING_FROZEN},
                {OVER, N2_STANDING_OVER},
                {UNCONFIRMED, N2_STANDING_UNCONFIRMED}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (is & rows[i].flag)
            w->query.standing.is |= rows[i].is;
    w->query.standing.since_us = now_us - 3 * DAY_US;
    w->query.standing.confirmed_us = now_us - 40 * DAY_US;
    w->query.standing.successor = id_of(55);
}

static inline void
world_zone(trust_world *w, guint32 is)
{
    n2_trust_query *q = &w->query;
    n2_vouch *v;

    if (is & NAMED) {
        q->name = "anna.demo";
        q->zone = id_of(ZONE_ID);
        q->zone_name = "demo";
    }
    if (is & (ZONE | ZONE_SAYS_OTHER)) {
        v = world_add(w, vouch_of(ZONE_ID, is & ZONE ? SUBJECT : OTHER, N2_SCOPE_NAME,
                                  "anna.demo", now_us - 200 * DAY_US));
        if (is & (GRACE | EXPIRED))
            v->until_us = now_us - (is & GRACE ? 1 : 31) * DAY_US;
    }
    if (is & (KEPT | SILENT)) {
        q->is_zone_silent = true;
        q->zone_spoke_us = now_us - (is & KEPT ? 1 : 8) * DAY_US;
    }
    if (is & PUBLISHED_OTHER)
        q->published = id_of(OTHER);
    if (is & ATTACHED) {
        q->domain = id_of(DOMAIN_ID);
        q->domain_name = "Provider & Sons";
        world_add(w, vouch_of(DOMAIN_ID, SUBJECT, N2_SCOPE_PLACE, "Hall 3", now_us - DAY_US));
    }
}

static inline void
world_history(trust_world *w, guint32 is)
{
    n2_trust_query *q = &w->query;

    if (is & SEEN)
        w->seen[q->n_seen++] =
            (n2_seen){id_of(SUBJECT), "anna.demo", now_us - 100 * DAY_US, now_us - 20 * DAY_US};
    if (is & SEEN_BY_ADDRESS)
        w->seen[q->n_seen++] =
            (n2_seen){id_of(SUBJECT), "", now_us - 150 * DAY_US, now_us - 20 * DAY_US};
    if (is & SEEN_OTHER)
        w->seen[q->n_seen++] =
            (n2_seen){id_of(OTHER), "anna.demo", now_us - 90 * DAY_US, now_us - 10 * DAY_US};
    if (is & END_MOVES)
        w->moves[q->n_moves++] =
            (n2_move){id_of(OTHER), id_of(SUBJECT), NULL, now_us - 5 * DAY_US};
    if (is & (TRANSFER | TRANSFER_ELSE))
        w->moves[q->n_moves++] =
            (n2_move){id_of(OTHER), id_of(SUBJECT), is & TRANSFER ? "anna.demo" : "other.demo",
                      now_us - 5 * DAY_US};
}

static inline void
world_people(trust_world *w, guint32 is)
{
    n2_trust_query *q = &w->query;

    if (is & (MET | MARKED_SO))
        w->marks[q->n_marks++] = (n2_mark){.who = id_of(SUBJECT),
                                           .is = is & MET ? N2_MARK_MET : 0,
                                           .met_us = now_us - 50 * DAY_US,
                                           .marked_us = now_us - DAY_US,
                                           .name = is & MARKED_SO ? "anna.demo" : NULL};
    if (is & MARKED_OTHER)
        w->marks[q->n_marks++] = (n2_mark){.who = id_of(OTHER),
                                           .is = N2_MARK_MET,
                                           .marked_us = now_us - 30 * DAY_US,
                                           .name = "anna.demo",
                                           .petname = "Anna"};
    w->marks[q->n_marks++] = (n2_mark){.who = id_of(INTRODUCER),
                                       .is = N2_MARK_INTRODUCES | N2_MARK_MET,
                                       .met_us = now_us - 60 * DAY_US,
                                       .petname = "Bob \xe2\x9c\x93"};
    w->marks[q->n_marks++] =
        (n2_mark){.who = id_of(AUDITOR), .is = N2_MARK_AUDITS, .petname = "Watchers"};
    if (is & (INTRODUCED | INTRODUCED_SO))
        world_add(w, vouch_of(INTRODUCER, SUBJECT, N2_SCOPE_MET,
                              is & INTRODUCED ? "Anna" : "Anna.Demo", now_us - 30 * DAY_US));
    if (is & AUDITED)
        world_add(w, vouch_of(AUDITOR, SUBJECT, N2_SCOPE_AUDIT, "keeps its word",
                              now_us - 30 * DAY_US));
    if (is & PETNAME)
        q->petname = "my anna";
}

static inline void
world_init(trust_world *w, guint32 is, n2_purpose purpose)
{
    *w = (trust_world){.query = {.purpose = purpose,
                                 .subject = id_of(SUBJECT),
                                 .wall_us = now_us,
                                 .build_us = build_us,
                                 .unicode = n2_host_unicode()}};
    n2_trust_query *q = &w->query;

    world_standing(w, is);
    world_zone(w, is);
    world_history(w, is);
    world_people(w, is);
    if (is & CLOCK_EARLY)
        q->wall_us = build_us - 1;
    if (is & CLOCK_LATE)
        q->wall_us = build_us + 11 * 365 * DAY_US;
    if (is & ALIKE) {
        w->known[0] = (n2_known_name){"\xd0\xb0nna.demo", id_of(77)};
        q->n_known = 1;
    }
    q->evidence = w->evidence;
    q->marks = w->marks;
    q->seen = w->seen;
    q->moves = w->moves;
    q->known = w->known;
}

/* "stop:forged go:seen", in order (transfer full). */
static inline char *
trust_words(const n2_trust *t)
{
    GString *s = g_string_new(NULL);

    for (gsize i = 0; i < t->n_reasons; i++)
        g_string_append_printf(s, "%s%s:%s", i ? " " : "",
                               n2_verdict_word(t->reasons[i].verdict),
                               n2_why_word(t->reasons[i].why));
    return g_string_free(s, FALSE);
}
