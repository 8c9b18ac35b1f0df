/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card.h - a virtual OpenPGP card, version 3.4 of the specification, for tests.
 *
 * Layer:   tests (libc, libsodium, OpenSSL).  It is written to the specification and shares no
 * line with token/, so that a misreading there is not repeated here. Threads: none; a card
 * belongs to one thread.  It has no clock: waiting is up to the callbacks.
 *
 * Without quirks the card is strict: it refuses what the specification does not allow, and
 * where the specification leaves a choice it takes the one in README.md.  Each quirk takes
 * another choice.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CARD_COMMAND_MAX = 65544, /* bytes of the longest command, extended */
    CARD_ANSWER_MAX = 65538,  /* bytes of the longest answer with its status word */
    CARD_ATR_MAX = 33,
    CARD_PIN_MAX = 127,
};

/* Choices that the specification leaves to makers, and faults that cards have: name, words. */
#define CARD_QUIRK_LIST(X)                                                                     \
    X(PIN_63C, "pin-63c", "a wrong PIN answers 63Cx with the tries left, not 6982")            \
    X(LAST_6982, "last-6982", "the try that blocks answers 6982, not 6983")                    \
    X(SHORT_6700, "short-6700", "a PIN of a length that cannot be answers 6700, not 6A80")     \
    X(SHORT_COUNTS, "short-counts", "a PIN of a length that cannot be costs a try")            \
    X(STATUS_6982, "status-6982", "VERIFY without data answers 6982 and not the tries left")   \
    X(STATUS_6983, "status-6983", "VERIFY without data answers 6983 once blocked, not 63C0")   \
    X(NO_DROP, "no-drop", "VERIFY with P1 FF is unknown: 6B00")                                \
    X(PW3_OPENS, "pw3-opens", "PW3 opens what PW1 in mode 82 opens, too")                      \
    X(SIGN_MANY, "sign-many", "made with C4 01: mode 81 is good for many signatures")          \
    X(BARE, "bare", "6E, 65, 7A and FA answer without their outer tag")                        \
    X(WRAP, "wrap", "C4, D6-D8, DE, F9, 4F, 5F52, 7F66 answer with their outer tag")           \
    X(FLAT, "flat", "6E holds everything directly, without 73")                                \
    X(PARTS_ALONE, "parts-alone", "parts of 6E, 65 and 7A answer to GET DATA by themselves")   \
    X(C4_IN_6E, "c4-in-6e", "C4 answers only inside 6E")                                       \
    X(UIF_IN_6E, "uif-in-6e", "D6-D8 answer only inside 6E")                                   \
    X(UIF_ALONE, "uif-alone", "D6-D8 answer only by themselves")                               \
    X(NO_UIF, "no-uif", "there is no button: no D6-D8, no 7F74")                               \
    X(UIF_CACHED, "uif-cached", "touch values 03 and 04 exist: one touch lasts until a reset") \
    X(NO_FA, "no-fa", "there is no algorithm information")                                     \
    X(FA_LONG, "fa-long", "the length of FA is 2 more than what comes")                        \
    X(NO_DE, "no-de", "there is no key information")                                           \
    X(NO_KDF, "no-kdf", "there is no KDF object, and C0 says so")                              \
    X(KDF_KEEPS, "kdf-keeps", "setting the KDF leaves the PINs as they were")                  \
    X(EMPTY_6A88, "empty-6a88", "an object without content answers 6A88, not an empty 9000")   \
    X(NO_CHAINING, "no-chaining", "commands cannot be chained: 6884")                          \
    X(NO_EXTENDED, "no-extended", "extended lengths are refused, and not announced")           \
    X(LE_OPTIONAL, "le-optional", "a missing Le counts as 00")                                 \
    X(PIECES, "pieces", "answers come in pieces of 32 bytes, with 61xx")                       \
    X(LATER, "later", "each answer with data is fetched: 61xx alone comes first")              \
    X(SELECTED, "selected", "the application is selected after a reset")                       \
    X(SELECT_FCI, "select-fci", "SELECT answers with an FCI")                                  \
    X(OTHER_6E00, "other-6e00", "under another application commands answer 6E00, not 6D00")    \
    X(NO_RESET, "no-reset", "no TERMINATE and ACTIVATE; the life cycle is not told")           \
    X(RFC8410, "rfc8410", "the identifiers of RFC 8410 for Ed25519 and X25519 are used")       \
    X(ATTR_FF, "attr-ff", "attributes of curves are told with FF behind them")                 \
    X(RSA_FIRST, "rsa-first", "RSA 2048 is what the slots are made with")                      \
    X(NO_25519, "no-25519", "only P-256 is offered")                                           \
    X(CRT_LONG, "crt-long", "a key's template must be written B6 03 84 01 01")                 \
    X(NO_KEY_6985, "no-key-6985", "a slot without a key answers 6985, not 6A88")               \
    X(P256_DER, "p256-der", "ECDSA signatures are DER, not r and s")                           \
    X(P256_LONG, "p256-long", "r and s have a zero byte before them")                          \
    X(P256_POINT, "p256-point", "ECDH answers with the whole point")                           \
    X(PREFIX_40, "prefix-40", "X25519 and Ed25519 points have 40 before them, both ways")      \
    X(IMPORT_ANY, "import-any", "imports are taken unseen, scalars of wrong byte order too")   \
    X(IMPORT_SWAPPED, "import-swapped", "X25519 scalars are taken in little-endian order")     \
    X(IMPORT_LIES, "import-lies", "an import answers 9000 and keeps the key that was there")   \
    X(ZERO_AGREE, "zero-agree", "an agreement that is all zero answers 9000")                  \
    X(BAD_SIGN, "bad-sign", "signatures have a wrong bit")                                     \
    X(UIF_6985, "uif-6985", "without a touch 6985 is answered, not 6600")                      \
    X(PIN_BLOCK, "pin-block", "PINs are blocks of format 2, and C4 says so")                   \
    X(SHORT_EDDSA, "short-eddsa", "EdDSA signs at most 64 bytes")

typedef enum {
#define X(name, word, text) CARD_QUIRK_##name,
    CARD_QUIRK_LIST(X)
#undef X
    CARD_QUIRKS
} card_quirk;

/** A set of one quirk for card_options.quirks. */
#define CARD_WITH(name) ((uint64_t)1 << CARD_QUIRK_##name)

typedef enum {
    CARD_SIG, /* B6: signatures, PW1 mode 81 */
    CARD_DEC, /* B8: key agreement, PW1 mode 82 */
    CARD_AUT, /* A4: log-in, PW1 mode 82 */
    CARD_SLOTS
} card_slot;

typedef enum {
    CARD_TOUCHED,
    CARD_NOT_TOUCHED, /* time is up: 6600 */
    CARD_PULLED,      /* the card lost its power meanwhile */
} card_touch;

/* Where a card may lose its power. */
typedef enum {
    CARD_AT_COMMAND, /* after a byte of the command */
    CARD_AT_WRITE,   /* before a record of its memory is written */
    CARD_AT_WRITTEN, /* after that */
    CARD_AT_ANSWER,  /* after a byte of the answer */
} card_point;

typedef struct {
    uint64_t quirks;       /* CARD_WITH(...) | ... */
    uint16_t version;      /* as in the AID; 0: 0x0304 */
    uint16_t manufacturer; /* 0: 0xfffe, for tests */
    uint32_t serial;
    const char
        *path; /* (nullable) file that keeps the card's memory; NULL: it ends with the card */
    uint64_t seed; /* keys and challenges come from it; 0: from the system's random source */

    /** Asked when a slot's button is on, before the key is used; may wait.  NULL: touched at
     * once. */
    card_touch (*touch)(void *user, card_slot slot);

    /** Says true where power is lost; @at counts bytes of the command or answer.  NULL:
     * nowhere. */
    bool (*tear)(void *user, card_point point, size_t at);
    void *user; /* for both */
} card_options;

typedef struct card card;

/**
 * A card, powered, nothing selected.
 *
 * @options: copied, the path too; NULL is all zero.
 *
 * Returns: (transfer full): the card, free with card_free(); NULL if the file of its memory is
 * there and is no card's.
 */
card *card_new(const card_options *options);

/** Ends a card; its file stays.  NULL is nothing. */
void card_free(card *c);

/**
 * Gives one command to the card.
 *
 * @in:  (nullable): @n bytes, at most CARD_COMMAND_MAX.
 * @out: CARD_ANSWER_MAX bytes; whatever had come out before power was lost is there in any
 * case.
 *
 * Returns: bytes of the answer with its status word, 2 or more;
 *          -1 if the card has no power or lost it (card_came_out() says how much had come out).
 */
int card_apdu(card *c, const uint8_t *in, size_t n, uint8_t *out);

/** Bytes of the last answer that came out, all of it or up to where the card was torn. */
size_t card_came_out(const card *c);

/** Bytes that the last answer has, 2 or more; 0 if the card was torn before it had one. */
size_t card_answer_size(const card *c);

/** Writes the answer to reset into @out, CARD_ATR_MAX bytes; returns its length. */
size_t card_atr(const card *c, uint8_t *out);

/** Power on or off: either way nothing is selected, verified or half sent afterwards. */
void card_power(card *c, bool on);

/** A warm reset; a card without power stays without. */
void card_reset(card *c);

/** Has it power?  Not after a tear, until card_power(). */
bool card_is_on(const card *c);

/**
 * Makes the card lose its power at the @n-th point from now, whichever; 0: at none.  Counting
 * up from 1 until the card lives meets each byte and each write of a command.
 */
void card_tear_in(card *c, size_t n);

/** Switches a quirk of a living card. */
void card_set_quirk(card *c, card_quirk quirk, bool on);

/** Copies the memory of @from, which may have a file, into @to: the same card with other
 * quirks. */
void card_copy_memory(card *to, const card *from);

/** The quirk of that word, as on command lines; returns false if there is none. */
bool card_quirk_of(const char *word, card_quirk *quirk);

/** The word of a quirk (static), and what it does. */
const char *card_quirk_word(card_quirk quirk);
const char *card_quirk_text(card_quirk quirk);
