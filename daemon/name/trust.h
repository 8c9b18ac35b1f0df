/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * trust.h - the one function that says whether to go on with an identity, and why.
 *
 * Layer:     name (may include: base, wire, crypto).
 * Source:    data.md, section 3.
 * Invariant: a function of its arguments alone, whatever their order.  No sum and no score:
 *            each reason has a verdict of its own (base/why.h), and the greatest counts.  What
 *            nobody asked (a scope, a signer, a subject that is not in question) changes
 *            nothing.
 * Caller:    everything in a query was verified; whoever vouches is neither ended nor frozen;
 *            what did not hold is said by N2_STANDING_FORGED alone.
 */
#pragma once

#include "base/why.h"
#include "name/label.h"
#include "name/vouch.h"

/** What somebody is about to do. */
typedef enum {
    N2_PURPOSE_READ,
    N2_PURPOSE_LOG_IN,
    N2_PURPOSE_WRITE,
    N2_PURPOSE_SCRIPT,
    N2_PURPOSE_INSTALL,
    N2_PURPOSE_PAY
} n2_purpose;

/** What the subject's own statements say. */
enum {
    N2_STANDING_FORGED = 1,      /* a signature among what was shown does not hold */
    N2_STANDING_ENDED = 2,       /* by its sheet */
    N2_STANDING_ENDS_DIFFER = 4, /* two ends name two successors: none is followed */
    N2_STANDING_FROZEN = 8,
    N2_STANDING_OVER = 16,       /* no key of it lives any more */
    N2_STANDING_UNCONFIRMED = 32 /* no valid `fresh` */
};

typedef struct {
    uint32_t is;          /* N2_STANDING_* */
    int64_t since_us;     /* ended, frozen, over */
    int64_t confirmed_us; /* the last `fresh`, 0 = none ever */
    n2_id successor;      /* of ENDED, or zero */
} n2_standing;

/** What the user marked somebody as. */
enum {
    N2_MARK_MET = 1,
    N2_MARK_INTRODUCES = 2,
    N2_MARK_AUDITS = 4
};

typedef struct {
    n2_id who;
    uint32_t is;         /* N2_MARK_* */
    int64_t met_us;      /* 0 = not known */
    int64_t marked_us;   /* when the user said so */
    const char *name;    /* of a zone, folded, under which the user means this one; nullable */
    const char *petname; /* nullable */
} n2_mark;

/** One identity as it was met under one name, or by address. */
typedef struct {
    n2_id who;
    const char *name; /* folded; "" by address */
    int64_t first_us;
    int64_t last_us;
} n2_seen;

/** A verified way from one identity to the next. */
typedef struct {
    n2_id from;
    n2_id to;
    const char *name; /* transfer: of this name only; NULL: end, for all */
    int64_t made_us;
} n2_move;

/** A name that the user knows: petname, bookmark, history. */
typedef struct {
    const char *name;
    n2_id who; /* zero: not known */
} n2_known_name;

typedef struct {
    n2_purpose purpose;
    n2_id subject;
    n2_standing standing;

    /* How the user came here: by a name of a zone, by an own name, or (neither) by address. */
    const char *name;    /* folded; nullable */
    const char *petname; /* nullable */
    n2_id published;     /* page attribute `name:X` for @name; zero: none */

    /* Who may answer which question, and what they are called. */
    n2_id zone, domain, mail_host;                   /* zero: nobody */
    const char *zone_name, *domain_name, *mail_name; /* nullable */
    bool is_zone_silent;   /* it could not be asked; evidence of it is a kept answer */
    int64_t zone_spoke_us; /* then: its last answer, 0 = not known */

    const n2_vouch *evidence; /* in any order */
    size_t n_evidence;
    const n2_mark *marks; /* ascending by who */
    size_t n_marks;
    const n2_seen *seen; /* of this subject or this name; more does not matter */
    size_t n_seen;
    const n2_move *moves;
    size_t n_moves;
    const n2_known_name *known; /* N2_NAMES_KNOWN_MAX; later ones are not looked at */
    size_t n_known;

    int64_t wall_us;  /* 0 = this machine does not know */
    int64_t build_us; /* when this program was made */
    const n2_unicode *unicode;
} n2_trust_query;

typedef struct {
    n2_why why;
    n2_verdict verdict; /* what this one alone would come to */
    n2_id who;          /* see base/why.h */
    char name[N2_SHOWN_BYTES];
    char by[N2_SHOWN_BYTES];
    int64_t at_us;    /* 0 = not known */
    int64_t until_us; /* 0 = none */
    n2_scripts scripts;
} n2_reason;

typedef struct {
    n2_verdict verdict;
    n2_reason reasons[N2_TRUST_REASONS_MAX];
    size_t n_reasons;
    size_t n_left; /* of the same kind as those shown, but too many */
} n2_trust;

/**
 * @out: (out): the answer; its reasons stand in the order in which they are to be read, those
 *       against before those for.
 */
void n2_trust_ask(n2_trust *out, const n2_trust_query *query);

/** The time, or 0 if it cannot be: before @build_us or more than 10 years after it. */
int64_t n2_trust_clock(int64_t wall_us, int64_t build_us);
