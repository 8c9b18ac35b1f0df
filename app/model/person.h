/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * person.h - people whom the user knows, why an identity is to be believed or not, and the
 * sites at which somebody logged in: values that lists and views show.
 *
 * Layer:     app/model (no widgets).
 * Invariant: as of place.h: filled by the maker, then only read.
 * Text in them may be somebody else's; what is said in whole sentences has names isolated and
 * stripped (client/why.h).
 */
#pragma once

#include <gio/gio.h>

#include "base/why.h"

G_BEGIN_DECLS

/* ---- why ---- */

#define N2_TYPE_REASON (n2_reason_get_type())
G_DECLARE_FINAL_TYPE(N2Reason, n2_reason, N2, REASON, GObject)

struct _N2Reason {
    GObject parent_instance;
    n2_why why;         /* 0: of a newer node */
    n2_verdict verdict; /* what this one alone comes to */
    char *words;        /* one or two sentences */
    char *who;          /* (nullable) k1-...; of `ended` the successor */
};

#define N2_TYPE_TRUST (n2_trust_get_type())
G_DECLARE_FINAL_TYPE(N2Trust, n2_trust, N2, TRUST, GObject)

struct _N2Trust {
    GObject parent_instance;
    n2_verdict verdict;
    char *identity;    /* k1-..., "" unknown */
    char *name;        /* as it was asked for, "" by address */
    GListStore *items; /* N2Reason, those against before those for */
};

/**
 * @dict: what Contacts1.Trust returns, or a place's info with the same keys.
 *
 * Returns: (transfer full) (nullable): NULL if it says nothing of trust.
 */
N2Trust *n2_trust_read(GVariant *dict);

/** The first reason with this code, or NULL (transfer none). */
N2Reason *n2_trust_peek(const N2Trust *self, n2_why why);

/** Does the name lead to another identity than before? */
gboolean n2_trust_is_changed(const N2Trust *self);

/** k1-... of the one that took the place of an ended identity, or NULL (transfer none). */
const char *n2_trust_peek_successor(const N2Trust *self);

/** The one sentence that a bar above the page says, or NULL: nothing that a reader has to know
 * now (transfer none). */
const char *n2_trust_peek_notice(const N2Trust *self);

/** Equal for two answers that warn of the same thing (transfer full). */
char *n2_trust_dup_mark(const N2Trust *self);

/* ---- whom ---- */

typedef enum {
    N2_PERSON_UNKNOWN, /* no statements of it are here */
    N2_PERSON_LIVE,
    N2_PERSON_FROZEN,
    N2_PERSON_ENDED
} N2PersonState;

#define N2_TYPE_PERSON (n2_person_get_type())
G_DECLARE_FINAL_TYPE(N2Person, n2_person, N2, PERSON, GObject)

struct _N2Person {
    GObject parent_instance;
    char *address; /* k1-... */
    char *name;    /* the user's own; "" none */
    N2PersonState state;
    char *successor; /* (nullable) k1-... */
    gboolean is_met, introduces, audits;
    gint64 met_us, marked_us, first_us, last_us; /* since 1970; 0 unknown */
    char *vouched;           /* (nullable) as whom the user vouches for them */
    char *vouched_by;        /* (nullable) k1-... of the user's */
    gint64 vouched_until_us; /* 0 unknown */
};

N2Person *n2_person_new(const char *address, const char *name);

/** One of Contacts1.List; @dict without an address gives NULL (transfer full). */
N2Person *n2_person_read(GVariant *dict);

/** The own name, else the short address (transfer full). */
char *n2_person_dup_title(const N2Person *self);

/** Initials are made of this: the own name as words, or NULL (transfer full). */
char *n2_person_dup_initials(const N2Person *self);

/** What somebody typed as their name for a person: an own name is one word, which is an address
 * too, so blanks become hyphens (transfer full). */
char *n2_own_name_dup(const char *typed);

/** What the user has signed about them, or would: in one or two sentences (transfer full). */
char *n2_person_dup_vouch(const N2Person *self);

/** How this key came to be known, in one line (transfer full). */
char *n2_person_dup_words(const N2Person *self);

/* ---- where ---- */

#define N2_TYPE_ACCOUNT (n2_account_get_type())
G_DECLARE_FINAL_TYPE(N2Account, n2_account, N2, ACCOUNT, GObject)

struct _N2Account {
    GObject parent_instance;
    char *site; /* k1-... */
    char *name; /* as the user came there; "" by address */
    char *identity;
    char *key;           /* (nullable) a1-...: what its owner puts on a list */
    gboolean is_shared;  /* the site sees the identity, not a key of its own */
    gboolean is_allowed; /* without asking again, */
    gboolean is_session; /* or until the session ends */
    gint64 last_us;
};

/** One of Identity1.Accounts; @dict without a site gives NULL (transfer full). */
N2Account *n2_account_read(GVariant *dict);

char *n2_account_dup_title(const N2Account *self);
char *n2_account_dup_words(const N2Account *self, gint64 now_us);

/** "k1-abcdefgh…" (transfer full). */
char *n2_address_dup_short(const char *address);

/** @text as it may stand in the chrome: letters, digits, single spaces; 40 of them (transfer
 * full); "" if nothing is left. */
char *n2_chrome_dup_name(const char *text);

G_END_DECLS
