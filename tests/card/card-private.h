/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-private.h - what the files of the virtual card share.
 *
 * Everything that outlives power is a record: an identifier and bytes.  A record is written
 * whole or not at all, and power may be lost before and after each: card_put() then does not
 * return.
 */
#pragma once

#include <setjmp.h>
#include <string.h>

#include "card.h"

enum {
    RECORD_MAX = 2048, /* bytes of one record */
    RECORDS_MAX = 64,  /* records of a card */
    CHAIN_MAX = 2048,  /* bytes of all commands of a chain */
    DATA_MAX = 4096,   /* bytes of an answer's data */
    SPECIAL_MAX = 255, /* bytes of an object for people's words */
    CERT_MAX = 1536,   /* bytes of a certificate */
    SECRET_MAX = 57,   /* bytes of a private key */
    POINT_MAX = 66,    /* bytes of a public one */
    TRIES = 3,
};

/* Records beside the data objects, whose identifiers are their tags. */
enum {
    REC_TRIES = 0x10000, /* of PW1, reset code, PW3 */
    REC_TERMINATED = 0x10001,
    REC_PIN = 0x10080,    /* + 1 PW1, 2 reset code, 3 PW3 */
    REC_SECRET = 0x20000, /* + slot; a private key */
    REC_ORIGIN = 0x20010, /* + slot; 1 made here, 2 imported */
    REC_CERT = 0x30000,   /* + occurrence; AUT, DEC, SIG */
};

enum { /* status words, section 7.13 of the specification */
    SW_OK = 0x9000,
    SW_MORE = 0x6100,
    SW_TERMINATED = 0x6285,
    SW_TRIES_LEFT = 0x63c0,
    SW_UIF = 0x6600,
    SW_LENGTH = 0x6700,
    SW_CHANNEL = 0x6881,
    SW_NO_SM = 0x6882,
    SW_LAST_EXPECTED = 0x6883,
    SW_NO_CHAINING = 0x6884,
    SW_SECURITY = 0x6982,
    SW_BLOCKED = 0x6983,
    SW_CONDITION = 0x6985,
    SW_DATA = 0x6a80,
    SW_NO_FILE = 0x6a82,
    SW_NO_OBJECT = 0x6a88,
    SW_P1P2 = 0x6b00,
    SW_INS = 0x6d00,
    SW_CLASS = 0x6e00,
    SW_FAILED = 0x6f00,
};

typedef struct {
    uint32_t id;
    size_t n;
    uint8_t *bytes; /* (transfer full) */
} record;

typedef struct {
    uint32_t id;
    const void *bytes; /* (nullable) NULL: the record goes */
    size_t n;
} change;

typedef struct {
    uint8_t ins, p1, p2;
    const uint8_t *data; /* of the whole chain */
    size_t n;
    bool has_le;
    size_t le; /* bytes that may come back; 0 without Le */
} command;

typedef struct {
    uint8_t bytes[DATA_MAX];
    size_t n;
} answer;

struct card {
    card_options options;
    char *path;
    record records[RECORDS_MAX];
    size_t n_records;

    /* Gone with the power. */
    bool is_on;
    bool is_selected;
    bool is_other;            /* another application is selected */
    bool open[4];             /* by the low bits of P2: PW1 81, PW1 82, PW3 83 */
    bool touched[CARD_SLOTS]; /* with UIF_CACHED */
    unsigned cert;            /* occurrence of 7F21 */
    uint8_t chain_head[3];
    uint8_t chain[CHAIN_MAX];
    size_t chained;
    bool in_chain;
    answer rest; /* for GET RESPONSE, from rest_at */
    size_t rest_at;

    /* Of the command at work. */
    jmp_buf torn;
    size_t tear_in;
    size_t came_out, answer_size;
    uint64_t drawn; /* draws from the seed */
};

static inline bool
card_has(const card *c, card_quirk quirk)
{
    return c->options.quirks >> quirk & 1;
}

#define HAS(c, name) card_has((c), CARD_QUIRK_##name)

/* card-life.c */
void card_clear(card *c); /* what was volatile is gone */
void
card_pass(card *c, card_point point, size_t at); /* does not return if power is lost there */
_Noreturn void card_lose_power(card *c);
void card_random(card *c, uint8_t *out, size_t n);

/* card-store.c */
const uint8_t *card_get(const card *c, uint32_t id, size_t *n); /* NULL: no such record */
void card_put(card *c, uint32_t id, const void *bytes, size_t n);
void card_put_all(card *c, const change *changes, size_t n); /* one write: all or none */
void card_make(card *c); /* as the factory does; one write */
bool card_load(card *c);
void card_forget(card *c);

/* card-pin.c */
bool card_is_open(const card *c, unsigned mode); /* 1, 2, 3 as in P2 */
int card_verify(card *c, const command *in);
int card_change(card *c, const command *in);
int card_unblock(card *c, const command *in);
int card_set_reset_code(card *c, const command *in);
int card_set_kdf(card *c, const command *in);

/* card-data.c */
int card_get_data(card *c, const command *in, answer *out);
int card_next_data(card *c, const command *in, answer *out);
int card_select_data(card *c, const command *in);
int card_put_data(card *c, const command *in);
size_t card_aid(const card *c, uint8_t *out);
size_t card_historical(const card *c, uint8_t *out);
void card_add(answer *out, const void *bytes, size_t n);
void card_add_tlv(answer *out, unsigned tag, const void *bytes, size_t n);

/* card-tlv.c: strict BER; the next object of *at, which is moved behind it. */
typedef struct {
    unsigned tag;
    const uint8_t *bytes;
    size_t n;
} tlv;
bool card_tlv(const uint8_t **at, size_t *left, tlv *out);
bool
card_tlv_head(const uint8_t **at, size_t *left, tlv *out); /* its content may be elsewhere */

/* card-keys.c */
int card_generate(card *c, const command *in, answer *out);
int card_sign(card *c, const command *in, answer *out);
int card_decipher(card *c, const command *in, answer *out);
int card_authenticate(card *c, const command *in, answer *out);
int card_set_attributes(card *c, card_slot slot, const uint8_t *bytes, size_t n);
int card_set_uif(card *c, card_slot slot, const uint8_t *bytes, size_t n);
void card_add_attributes(const card *c, card_slot slot, answer *out, unsigned tag);
void card_add_algorithms(const card *c, answer *out);

/* card-import.c */
int card_import(card *c, const command *in);

/* card-crypto.c */
typedef enum {
    ALG_NONE,
    ALG_ED25519,
    ALG_X25519,
    ALG_P256_SIGN,
    ALG_P256_AGREE,
    ALG_ED448,
    ALG_X448,
    ALG_RSA,
} card_alg;
size_t card_secret_bytes(card_alg alg);
void card_secret_make(card *c, card_alg alg, uint8_t *secret);
bool card_secret_is_good(card_alg alg,
                         const uint8_t *secret); /* of ours: little-endian if 25519 */
size_t card_point_of(card_alg alg, const uint8_t *secret, uint8_t point[POINT_MAX]);
size_t card_signature(card_alg alg,
                      const uint8_t *secret,
                      const uint8_t *data,
                      size_t n,
                      uint8_t signature[144],
                      bool is_der);
bool card_agreement(card_alg alg,
                    const uint8_t *secret,
                    const uint8_t *peer,
                    size_t n,
                    uint8_t shared[POINT_MAX],
                    size_t *shared_n); /* all zero: true, and zeros */

/* card-keys.c, for card-import.c: the slot's algorithm, and whether imports bring the point; a
 * new key with all that goes with it; the slot that a control reference template names, B6 00
 * or B6 03 84 01 01. */
card_alg card_alg_of(const card *c, card_slot slot, bool *with_point);
void card_set_key(card *c, card_slot slot, const uint8_t *secret, size_t n, uint8_t origin);
bool card_slot_of(const card *c, const uint8_t **at, size_t *left, card_slot *slot);
