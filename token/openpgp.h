/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * openpgp.h - the OpenPGP application of smart cards: what its answers say.
 *
 * Layer: token (may include: base only).
 * Source: Functional Specification of the OpenPGP application on ISO Smart Card Operating
 * Systems, version 3.4, sections 4.2.1 (AID), 4.4.3 (data objects) and 7.2.6 (GET DATA).
 * Every variant that the specification allows is read: objects with their outer tag or
 * without, inside 6E, inside 73 or alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "token/apdu.h"
#include "token/key.h"

enum {
    N2_OPENPGP_AID_BYTES = 16,
    N2_OPENPGP_NAME_BYTES_MAX = 39, /* of the cardholder */
    N2_OPENPGP_OFFERED_MAX = 8,     /* methods of a slot */
    N2_CARD_PIN_BYTES_MAX = 127,    /* greatest that C4 can say */
    N2_CARD_PIN_BLOCK_BYTES = 8,
    N2_CARD_KDF_SALT_BYTES_MAX = 32,  /* the specification has 8 */
    N2_CARD_KDF_BYTES_MAX = 0x3e00000 /* hashed for a PIN: the most that OpenPGP can write */
};

/** SELECT of the application, and GET DATA of its full AID. */
extern const uint8_t n2_openpgp_select[11];
extern const uint8_t n2_openpgp_get_aid[5];

typedef struct {
    uint8_t major, minor;  /* of the specification it follows */
    uint16_t manufacturer; /* registered number; 0 and from 0xff00: tests */
    uint32_t serial;       /* of the manufacturer */
} n2_openpgp_aid;

/** PINs, by the P2 of VERIFY. */
typedef enum {
    N2_CARD_PW1_SIGN = 0x81,
    N2_CARD_PW1 = 0x82,
    N2_CARD_PW3 = 0x83,       /* of the administrator */
    N2_CARD_RESET_CODE = 0xd3 /* no P2: the object that holds it */
} n2_card_pin;

/** When a key asks for a touch (D6, D7, D8). */
typedef enum {
    N2_TOUCH_OFF,
    N2_TOUCH_ON,
    N2_TOUCH_FIXED, /* on until the key is made anew */
    N2_TOUCH_CACHED,
    N2_TOUCH_CACHED_FIXED,
    N2_TOUCH_UNKNOWN = 255 /* the card has no button, or does not say */
} n2_card_touch;

typedef enum {
    N2_KEY_UNKNOWN, /* the card does not say */
    N2_KEY_NONE,
    N2_KEY_GENERATED,
    N2_KEY_IMPORTED
} n2_card_origin;

typedef struct {
    uint8_t method;       /* n2_card_method, of its algorithm attributes */
    bool is_point_wanted; /* attributes end in FF: imports bring the public key */
    uint8_t origin;       /* n2_card_origin */
    uint8_t touch;        /* n2_card_touch */
    bool has_fingerprint; /* not all zero */
    uint8_t fingerprint[N2_CARD_FINGERPRINT_BYTES];
    uint32_t created;                                   /* s since 1970; 0: not said */
    uint8_t offered[N2_OPENPGP_OFFERED_MAX];            /* methods of ours that FA lists */
    uint8_t offered_form[N2_OPENPGP_OFFERED_MAX];       /* for n2_card_attributes() */
    bool is_offered_with_point[N2_OPENPGP_OFFERED_MAX]; /* they end in FF there */
    uint8_t n_offered;
} n2_openpgp_slot;

typedef struct {
    n2_openpgp_aid aid;
    bool has_aid;
    bool has_pins;            /* C4 was there */
    bool is_sign_pin_kept;    /* mode 81 is good for more than one signature */
    uint8_t pin_bytes_max[3]; /* PW1, reset code, PW3 */
    bool is_pin_block[3];     /* the same; it goes as a PIN block of format 2 (ISO 9564-1) */
    uint8_t tries[3];         /* the same */
    bool has_offered;         /* FA was there */
    bool can_attributes;      /* C0: algorithm attributes can be changed */
    bool can_import;
    bool has_kdf;        /* C0 */
    uint32_t signatures; /* made so far (93) */
    n2_openpgp_slot slot[N2_CARD_SLOTS];
    char name[N2_OPENPGP_NAME_BYTES_MAX + 1]; /* Latin-1, as written: "Family<<Given" */
} n2_openpgp_info;

/** Hashing of PINs (F9). */
typedef struct {
    bool is_on;
    uint8_t hash; /* n2_card_hash */
    uint32_t bytes;
    uint8_t salt[3][N2_CARD_KDF_SALT_BYTES_MAX]; /* PW1, reset code, PW3 */
    uint8_t n_salt[3];
} n2_openpgp_kdf;

/** Index of a PIN in pin_bytes_max, tries and salt. */
unsigned n2_openpgp_pin_index(n2_card_pin pin);

/**
 * A PIN of 4 to 12 digits as a block of format 2: the count, a digit for each half of a byte,
 * ones.
 *
 * @out: (out): N2_CARD_PIN_BLOCK_BYTES; wipe it.
 * Returns: false, with nothing written, if it is no such PIN.
 */
bool n2_openpgp_pin_block(const uint8_t *pin, size_t n, uint8_t *out);

/**
 * Reads what a card said to n2_openpgp_get_aid, status word included.
 *
 * Returns: N2_OK; N2_ERR_REFUSED if the card refused; N2_ERR_TRUNCATED, N2_ERR_TRAILING,
 *          N2_ERR_FORMAT if that is no AID of this application.
 */
N2_MUST_USE n2_err n2_openpgp_aid_parse(const uint8_t *answer, size_t n, n2_openpgp_aid *aid);

/** An @info about which nothing is known yet. */
void n2_openpgp_info_init(n2_openpgp_info *info);

/**
 * Reads the object @tag (6E, 65, 7A, FA, C4, D6...) into @info, which may hold others already.
 *
 * Returns: N2_OK, or what is wrong with it; then @info is as it was.
 */
N2_MUST_USE n2_err n2_openpgp_read(n2_openpgp_info *info,
                                   uint16_t tag,
                                   const uint8_t *bytes,
                                   size_t n);

/**
 * Reads F9.
 *
 * Returns: N2_OK; N2_ERR_UNSUPPORTED (a way of hashing that nobody knows: send no PIN),
 *          N2_ERR_LIMIT (more than N2_CARD_KDF_BYTES_MAX), or what is wrong with it.
 */
N2_MUST_USE n2_err n2_openpgp_kdf_read(n2_openpgp_kdf *kdf, const uint8_t *bytes, size_t n);

/**
 * What is sent for a PIN.
 *
 * @out: (out): N2_CARD_PIN_BYTES_MAX; wipe it.
 */
N2_MUST_USE n2_token_code n2_openpgp_kdf_pin(const n2_openpgp_kdf *kdf,
                                             const n2_card_crypto *crypto,
                                             n2_card_pin which,
                                             const uint8_t *pin,
                                             size_t n,
                                             uint8_t *out,
                                             size_t *n_out);
