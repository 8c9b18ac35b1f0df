/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * announce.h - who has a content, or where an identity is, said so that only who asks for just
 *              that can read it (kind 20); and where in the DHT it lies.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 8; PROTOCOL.md, "Who has what".
 *
 *     key    SHA-256("n2 has 1" | root), SHA-256("n2 where 1" | identity)
 *     value  nonce 24 | the statement, sealed by XChaCha20-Poly1305 | tag 16
 *            under HKDF-SHA512(root or identity, "n2 has 1" or "n2 where 1"), with the key as
 *            associated data
 *     node   SHA-256("n2 dht 1" | domain | place 8 | slot 1 | week 4)
 *
 *     here   SHA-256("n2 dht here 1" | hash of a handshake 64): what is said of it on that
 *            connection alone is about that
 *
 *     Root, identity and domain are 33 bytes each: method, hash.
 *
 * The announcement is signed by the key that its attachment names: nobody announces for another
 * (attack 53).  Whether the domain has signed the attachment is for the reader to ask, who has
 * to find the domain for it: n2_attachment_check().
 */
#pragma once

#include "crypto/attachment.h"
#include "crypto/hash.h"

enum {
    N2_DHT_SLOTS = 8,             /* nodes that may stand on one place */
    N2_ANNOUNCE_BYTES_MAX = 3072, /* of a value, sealed */
    N2_ANNOUNCE_NONCE_BYTES = 24,
    N2_ANNOUNCE_HERE_BYTES = 64 /* of a handshake's hash */
};

#define N2_ANNOUNCE_US (UINT64_C(7200) * 1000000) /* the longest life */
#define N2_DHT_WEEK_US (UINT64_C(604800) * 1000000)

/** What is announced. */
typedef enum {
    N2_ANNOUNCE_HAS,  /* a content: by who holds it */
    N2_ANNOUNCE_WHERE /* an identity: by a machine of it */
} n2_announce_kind;

typedef struct {
    n2_id about; /* the root of the content, or the identity */
    n2_key node; /* that signs */
    n2_id who;   /* whose machine it is, to be asked for; not set: not said */
    uint64_t serial;
    int64_t until_us;
    const uint8_t *attachment; /* statement, borrowed */
    size_t attachment_len;
    n2_attachment place; /* what it says; set by reading */
} n2_announce;

/** Where it lies. */
void
n2_announce_key(n2_announce_kind kind, const n2_id *about, uint8_t key[static N2_HASH_BYTES]);

/** The id of a node in the DHT.  The week is that in which the attachment ends, so that all who
 *  see it know it, whatever their clocks say.  @slot: below N2_DHT_SLOTS. */
void
n2_dht_id_of(const n2_attachment *attachment, uint8_t slot, uint8_t id[static N2_HASH_BYTES]);

/** The body, to be signed by @a->node.  Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT (also:
 * the attachment is none, or names another key), N2_ERR_LIMIT. */
N2_MUST_USE n2_err n2_announce_body(void *buf, size_t cap, const n2_announce *a, n2_box *out);

/**
 * Seals a statement of that body.
 *
 * @nonce:  random, another one each time.
 * @out:    @cap bytes.
 * @out_len: (out).
 *
 * Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_LIMIT (N2_ANNOUNCE_BYTES_MAX).
 */
N2_MUST_USE n2_err n2_announce_seal(n2_announce_kind kind,
                                    const n2_id *about,
                                    const n2_box *statement,
                                    const uint8_t nonce[static N2_ANNOUNCE_NONCE_BYTES],
                                    uint8_t *out,
                                    size_t cap,
                                    size_t *out_len);

/**
 * Looks at a statement as it is before it is sealed: at all in it but the domain's word.
 *
 * @about:     (nullable): what it has to be about; NULL: where the identity is that it names.
 * @statement: @out borrows it.
 * @out:       zeroed on failure.
 *
 * Returns: as n2_announce_open().
 */
N2_MUST_USE n2_err n2_announce_check(n2_announce *out,
                                     const n2_id *about,
                                     const void *statement,
                                     size_t len,
                                     int64_t wall_us,
                                     const n2_unicode *unicode);

/** What a node says of itself on a connection is about: its handshake, of
 * N2_ANNOUNCE_HERE_BYTES.
 */
n2_id n2_announce_here(const uint8_t *handshake);

/**
 * Opens a value, and looks at all in it but the domain's word.
 *
 * @room: N2_ANNOUNCE_BYTES_MAX; @out borrows it.
 * @out:  zeroed on failure.
 *
 * Returns: N2_OK, N2_ERR_FORGED (not sealed for this, not signed by the key that the attachment
 *          names, about something else, over, too long a life), N2_ERR_TRUNCATED, N2_ERR_LIMIT,
 *          N2_ERR_FORMAT, or what n2_statement_check says.
 */
N2_MUST_USE n2_err n2_announce_open(n2_announce *out,
                                    n2_announce_kind kind,
                                    const n2_id *about,
                                    const uint8_t *value,
                                    size_t len,
                                    int64_t wall_us,
                                    const n2_unicode *unicode,
                                    uint8_t room[static N2_ANNOUNCE_BYTES_MAX]);
