/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card.h - what can be done with an OpenPGP card over a link.
 *
 * Layer: token (may include: base only).
 * Use:   n2_card_open(), operations, n2_card_close(): one transaction, kept short.  Open
 * selects the application each time, as others may have selected another one since; close makes
 *        the card forget the PIN if one was given.
 * PINs:  never tried again by themselves, never sent if their length cannot be right or if the
 *        card says that none is left; the last try only with consent.  They and all that cards
 *        answer are in n2_card only, which belongs into locked memory; close wipes it.
 * After a failure `status`, `pin` and `tries` of n2_card_result() say more.
 */
#pragma once

#include "token/openpgp.h"
#include "token/pinpad.h"

typedef struct {
    const n2_card_link *link;     /* (transfer none) */
    const n2_card_crypto *crypto; /* (transfer none) */
    n2_apdu_buffer io;
    uint8_t data[N2_APDU_DATA_BYTES_MAX]; /* of the command that is put together */
    n2_openpgp_info info;                 /* as far as it was read in this transaction */
    bool has_info;
    bool is_open;
    bool is_switched_off; /* a factory reset was not finished */
    bool is_verified;     /* a PIN was given: reset at the end */
    uint8_t pin, tries;
    uint16_t status;
} n2_card;

/** A PIN, or the order to ask for it at the reader's keys. */
typedef struct {
    uint8_t bytes[N2_CARD_PIN_BYTES_MAX];
    uint8_t n;            /* 0: none is given */
    bool is_at_reader;    /* `bytes` are not looked at */
    bool is_last_allowed; /* consent to the last try */
} n2_card_entry;

/** A private key to import; in locked memory. */
typedef struct {
    n2_card_key key;                          /* its public half */
    uint8_t point[N2_CARD_KEY_BYTES_MAX];     /* of P-256: its 65 bytes; unused else */
    uint8_t secret[N2_CARD_SECRET_BYTES_MAX]; /* seed (Ed), scalar little-endian (X), big-endian
                                                 (P-256) */
} n2_card_import_key;

/**
 * Begins a transaction and selects the application.
 *
 * Returns: N2_TOKEN_OK; N2_TOKEN_NO_APPLET; N2_TOKEN_SWITCHED_OFF (a factory reset was not
 *          finished: only n2_card_factory_reset() helps); what the link says.  Call
 *          n2_card_close() in any case.
 */
N2_MUST_USE n2_token_code n2_card_open(n2_card *card,
                                       const n2_card_link *link,
                                       const n2_card_crypto *crypto);

/** Ends the transaction and wipes @card. */
void n2_card_close(n2_card *card);

/** @code with what is known about it. */
n2_token_result n2_card_result(const n2_card *card, n2_token_code code);

/* ---- looking ---- */

/** Only the AID: which card is this? */
N2_MUST_USE n2_token_code n2_card_aid(n2_card *card, n2_openpgp_aid *aid);

/** All of it; @info: (transfer none) card->info, until close. */
N2_MUST_USE n2_token_code n2_card_info(n2_card *card, const n2_openpgp_info **info);

/** The public key of a slot; N2_TOKEN_KEY_MISSING, N2_TOKEN_NO_ALGORITHM (not one of ours). */
N2_MUST_USE n2_token_code n2_card_public(n2_card *card, n2_card_slot slot, n2_card_key *key);

/** Tries that a PIN has left; show them before asking for it. */
N2_MUST_USE n2_token_code n2_card_tries(n2_card *card, n2_card_pin pin, uint8_t *tries);

/** Can the reader ask for PINs at its own keys, and does the card take them plain? */
bool n2_card_has_pinpad(n2_card *card);

/* ---- PINs ---- */

/**
 * Gives a PIN: PW1 in either mode, or PW3.
 *
 * Returns: N2_TOKEN_OK; N2_TOKEN_PIN_NEEDED (@entry is empty), _PIN_LENGTH (not sent),
 *          _PIN_LAST (consent is missing, not sent), _PIN_BLOCKED, _PIN_WRONG, _PIN_HASHED
 *          (not sent: hashed in a way nobody knows), _NO_PINPAD, _PINPAD_TIMEOUT, _CANCELLED.
 */
N2_MUST_USE n2_token_code n2_card_verify(n2_card *card,
                                         n2_card_pin pin,
                                         const n2_card_entry *entry);

/** PW1 or PW3 from @old to @new_pin; at the reader if @old is.  Results as n2_card_verify(). */
N2_MUST_USE n2_token_code n2_card_change_pin(n2_card *card,
                                             n2_card_pin pin,
                                             const n2_card_entry *old,
                                             const n2_card_entry *new_pin);

/** A new PW1 where it was blocked: by @reset_code, or after PW3 if that is NULL. */
N2_MUST_USE n2_token_code n2_card_unblock(n2_card *card,
                                          const n2_card_entry *reset_code,
                                          const n2_card_entry *new_pin);

/** After PW3: the code that unblocks PW1; an empty one takes it away. */
N2_MUST_USE n2_token_code n2_card_set_reset_code(n2_card *card, const n2_card_entry *code);

/* ---- keys ---- */

/**
 * Signs the hash D of a statement with SIG (after PW1 in mode 81) or AUT (mode 82), and nothing
 * else; the signature is verified before it is given out.
 *
 * @key:    whose signature it is to be; N2_TOKEN_NOT_PROVEN if it is another's.
 * @digest: P-256 signs its SHA-256, as the box format says.
 * @out:    n2_card_method_result_bytes().
 *
 * Returns: also N2_TOKEN_PIN_NEEDED, _KEY_MISSING, _TOUCH_TIMEOUT, _NO_ALGORITHM.
 */
N2_MUST_USE n2_token_code n2_card_sign(n2_card *card,
                                       n2_card_slot slot,
                                       const n2_card_key *key,
                                       const uint8_t digest[static N2_CARD_DIGEST_BYTES],
                                       uint8_t *out);

/**
 * Agrees on a secret with @peer by DEC (after PW1 in mode 82).  Never hand the result out: it
 * goes into HPKE only.
 *
 * @out: n2_card_method_result_bytes(); wipe it.  N2_TOKEN_WEAK: it was all zero.
 */
N2_MUST_USE n2_token_code n2_card_agree(n2_card *card, const n2_card_key *peer, uint8_t *out);

/**
 * Makes a new key on the card (after PW3); what was there is gone.
 *
 * @created: s since 1970, written with the key.
 */
N2_MUST_USE n2_token_code n2_card_generate(n2_card *card,
                                           n2_card_slot slot,
                                           n2_card_method method,
                                           uint32_t created,
                                           n2_card_key *key);

/**
 * Puts a key onto the card (after PW3), and proves it: with a live signature or agreement,
 * before fingerprint and date are written.  Scalars are tried in both byte orders.
 *
 * @pw1: for the proof.
 *
 * Returns: N2_TOKEN_NOT_PROVEN: it took the key and does not use it; nothing else of it counts.
 */
N2_MUST_USE n2_token_code n2_card_import(n2_card *card,
                                         n2_card_slot slot,
                                         const n2_card_import_key *key,
                                         uint32_t created,
                                         const n2_card_entry *pw1);

/** A live signature or agreement (after PW1 in the slot's mode): is that @key's slot? */
N2_MUST_USE n2_token_code n2_card_prove(n2_card *card,
                                        n2_card_slot slot,
                                        const n2_card_key *key);

/* ---- settings ---- */

/** After PW3.  N2_TOUCH_FIXED and _CACHED_FIXED only with @is_fixed_allowed. */
N2_MUST_USE n2_token_code n2_card_set_touch(n2_card *card,
                                            n2_card_slot slot,
                                            n2_card_touch touch,
                                            bool is_fixed_allowed);

/** After PW3; @n: at most N2_OPENPGP_NAME_BYTES_MAX bytes, Latin-1, "Family<<Given". */
N2_MUST_USE n2_token_code n2_card_set_name(n2_card *card, const char *name, size_t n);

/**
 * All keys and PINs as they left the factory.  Without PW3 before it uses up the tries of both
 * PINs, which is the only other way.
 *
 * @is_allowed: consent; N2_TOKEN_CONSENT without.
 */
N2_MUST_USE n2_token_code n2_card_factory_reset(n2_card *card, bool is_allowed);
