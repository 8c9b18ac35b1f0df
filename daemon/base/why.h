/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * why.h - the reasons for and against an identity, by code: what the node finds out, and the
 *         programs put into words.
 *
 * Layer: base (may include: libc only).
 * One list makes the enum, the words on the IPC and the weights.  Values and words are part of
 * the IPC: append only, never renumber.
 *
 * On the IPC a reason is a dictionary: "code" (the word below), and, where known, "verdict"
 * (a word), "name", "by" (texts for people, already stripped), "who" (k1-...), "at", "until"
 * (us since 1970 UTC), "scripts" (ISO 15924, a space between).
 */
#pragma once

#include <stdint.h>

/** What is done about it; the greatest of all reasons counts. */
typedef enum {
    N2_VERDICT_GO,
    N2_VERDICT_NOTE, /* go, and say why it may be less than it seems */
    N2_VERDICT_ASK,  /* the user decides, knowing why */
    N2_VERDICT_STOP
} n2_verdict;

/* X(NAME, number, word, verdict for reading, verdict for all else) */
#define N2_WHY_LIST(X)                                                                         \
    /* the identity itself */                                                                  \
    X(FORGED, 1, "forged", STOP, STOP)           /* a signature does not hold */               \
    X(ENDED, 2, "ended", STOP, STOP)             /* at; who: its successor, if any */          \
    X(ENDS_DIFFER, 3, "ends-differ", STOP, STOP) /* two ends, two successors */                \
    X(FROZEN, 4, "frozen", STOP, STOP)           /* two control statements of one number */    \
    X(OVER, 5, "over", STOP, STOP)               /* no key of it lives; at */                  \
    X(UNCONFIRMED, 6, "unconfirmed", NOTE, ASK)  /* no valid `fresh`; at: the last, or 0 */    \
    /* another one than before */                                                              \
    X(CHANGED, 10, "changed", ASK, STOP)           /* name; who it was, at: last seen */       \
    X(CHANGED_MARK, 11, "changed-mark", ASK, STOP) /* name; who the user met as that, by */    \
    X(ZONE_OTHER, 12, "zone-other", ASK, STOP)     /* name, by: zone; who it says */           \
    X(PUBLISHED_OTHER, 13, "published-other", ASK, ASK) /* name; who the page meant */         \
    X(SUCCEEDED, 14, "succeeded", NOTE, NOTE)           /* who ended, at */                    \
    X(TRANSFERRED, 15, "transferred", NOTE, NOTE)       /* name; who gave it away, at */       \
    /* the user's own marks */                                                                 \
    X(MET, 20, "met", GO, GO)         /* at, name: own name for it, if any */                  \
    X(PETNAME, 21, "petname", GO, GO) /* name */                                               \
    /* authorities, each in its scope */                                                       \
    X(ZONE, 30, "zone", GO, GO)             /* name, by: zone, at: since, until */             \
    X(ATTACHED, 31, "attached", GO, GO)     /* name: place, by: provider, at */                \
    X(MAIL, 32, "mail", GO, GO)             /* by: mail host, at */                            \
    X(AUDITED, 33, "audited", GO, GO)       /* name: what it says, by: auditor, at */          \
    X(INTRODUCED, 34, "introduced", GO, GO) /* by: who, name: as whom, at */                   \
    X(EXPIRED, 35, "expired", STOP, STOP)   /* name: its entry, beyond grace; at */            \
    X(GRACE, 36, "grace", NOTE, NOTE)       /* the same, within grace */                       \
    X(KEPT, 37, "kept", NOTE, STOP)    /* name, by: zone out of reach; at: its last answer */  \
    X(SILENT, 38, "silent", ASK, STOP) /* the same, for too long */                            \
    /* continuity */                                                                           \
    X(SEEN, 40, "seen", GO, GO)                 /* at: first */                                \
    X(FIRST, 41, "first", NOTE, NOTE)           /* never met before */                         \
    X(FIRST_NAME, 42, "first-name", NOTE, NOTE) /* met before, but not under this name */      \
    /* what else is to be known */                                                             \
    X(CLOCK, 50, "clock", NOTE, NOTE)   /* this machine does not know the date */              \
    X(LAPSED, 51, "lapsed", NOTE, NOTE) /* at: over then, if the clock were right */           \
    X(MIXED, 52, "mixed", NOTE, ASK)    /* name; scripts */                                    \
    X(ALIKE, 53, "alike", NOTE, ASK)    /* name; by: the known name that it looks like */

typedef enum {
#define X(name, number, word, reading, other) N2_WHY_##name = (number),
    N2_WHY_LIST(X)
#undef X
} n2_why;

/** The word of a reason, "" for no such (static). */
const char *n2_why_word(n2_why why);
/** The reason of a word; 0 for no such. */
n2_why n2_why_of_word(const char *word);
/** "go", "note", "ask" or "stop" (static). */
const char *n2_verdict_word(n2_verdict verdict);
