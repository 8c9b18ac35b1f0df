/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * request.h - what the node asks of the keys process, and what comes back: both sides' codec.
 *
 * Layer: keys (may include: base, wire, crypto).  The bytes of one message; how messages are
 *        told apart on a socket is the host's.
 *
 *     request  id 4, kind 1, then
 *         NEW         label length 1, label, method 1, count 1 of keys on tokens, each: key,
 *                     rights 1, place
 *         LIST        index 2
 *         NODE_KEY    identity 33, suite 1, fresh 1, offers 1
 *         ES          key id 2, suite 1, e (32 or 56)
 *         SIGN        identity 33, body (a box, the rest)
 *         WIPE, PASSPHRASE, UNLOCK   -
 *         PROVE       identity 33, suite 1, handshake hash 64
 *         STATE, LOGOUT, SHEET_SHOW, SHEET_TEST   identity 33
 *         LOGIN       identity 33, hours 1
 *         END         identity 33, successor 33 (method 0: none), birth (the rest)
 *         ADD         label, identity 33, key, rights 1, days 2, place
 *         REMOVE      identity 33, key, reason 1
 *         DRAW        label
 *         JOIN        add length 2, bytes; container (the rest)
 *         TAKE        identity 33, statement (the rest)
 *         ACCOUNT     identity 33, handshake hash 64, site 33, vault number 4
 *         TELL        request 4, how 1
 *         TOKENS      -
 *         TOKEN_MAKE  token, flags 1, count 1 of slots, each: slot 1, method 1, touch 1
 *         TOKEN_PIN   token, which 1
 *         TOKEN_TOUCH token, flags 1, count 1 (1), slot as TOKEN_MAKE (method 0)
 *         TOKEN_CLONE tokens, flags 1, slots as TOKEN_MAKE
 *         FRESH, VAULT   identity 33
 *         VOUCH       identity 33, subject 33, scope 1, days 2, claim (the rest)
 *         CONTROL     label, identity 33, days 2, keys as NEW, count 1 of keys that go, each
 *         ADMIT       label, identity 33, days 2, keys as NEW
 *         ENTER       label, identity 33, keys as NEW, container (the rest)
 *         PULL        ends sessions 1
 *     answer   id 4, kind 1, error 2 (two's complement), then, if it is not 0, what the token
 *              said 1, else
 *         NEW, LIST, JOIN   identity 33, label length 1, label, count 1, statements: length 2,
 *                     bytes
 *         NODE_KEY    key id 2, suite 1, answer (the rest: 112 or 136)
 *         ES          ck 64, k 32
 *         SIGN, END, ADD, FRESH, VOUCH, VAULT      statement (the rest)
 *         REMOVE, CONTROL   count 1, statements: length 2, bytes
 *         ADMIT, ENTER    as NEW
 *         ACCOUNT     vault number 4, statement (the rest)
 *         PROVE       certificate: length 2, bytes; signature (the rest)
 *         STATE       flags 1, until 8, count 1, keys: key, rights 1, from 8, until 8, place
 *         LOGIN       until 8
 *         DRAW        count 1, keys: key, rights 1, place
 *         TOKENS      service 1, rows (the rest)
 *         TOKEN_MAKE, TOKEN_CLONE   rows (the rest)
 *         all others  -
 *     said without being asked (keys/ask.h): request 4, kind 1 from N2_KEYS_SAYS on, ...
 *
 *     key    method 1, bytes
 *     place  slot 1; if it is not 0: AID 8, name length 1, name
 *     token, tokens  count 1, each: AID 8
 *     row    state 1, reader length 1, reader; if state is 0: AID 8, title length 1, title,
 *            tries of PIN, reset code and admin PIN 1 each, flags 1, owner 33, three slots:
 *            has key 1, key, touch 1, origin 1, made 4
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/limits.h"
#include "crypto/nodekey.h"
#include "crypto/noise.h"
#include "crypto/proof.h"

enum {
    N2_OWN_LABEL_BYTES_MAX = 63,
    N2_KEYS_HEAD_BYTES = 5,        /* of a request: id and kind */
    N2_KEYS_ANSWER_HEAD_BYTES = 7, /* of an answer: the same, and the error */
    N2_KEYS_AID_BYTES = 8,         /* of a token: manufacturer 2, serial 4, version 2 */
    N2_KEYS_AID_NUMBER_BYTES = 6,  /* the first of them: what is printed on it */
    N2_KEYS_NAME_BYTES_MAX = 63,
    N2_KEYS_READER_BYTES_MAX = 127,
    N2_KEYS_CLONES_MAX = 8,                                 /* tokens in one ceremony */
    N2_KEYS_STATEMENTS_MAX = N2_KEYRING_STATEMENTS_MAX + 2, /* of an answer */
    N2_KEYS_SAYS = 128 /* kinds from here on are said without being asked */
};

/** Where the private half of a key is. */
typedef enum {
    N2_PLACE_HERE = 0, /* in the sealed file */
    N2_PLACE_SIG = 1,  /* slots of a token */
    N2_PLACE_DEC = 2,
    N2_PLACE_AUT = 3,
    N2_PLACES = 4
} n2_keys_slot;

typedef struct {
    n2_keys_slot slot;
    uint8_t aid[N2_KEYS_AID_BYTES];        /* of a token */
    char name[N2_KEYS_NAME_BYTES_MAX + 1]; /* the token's, for people; may be empty */
} n2_keys_place;

typedef struct {
    n2_key key;
    uint32_t rights; /* as the identity has it; 0: it stands no more */
    int64_t from_us, until_us;
    n2_keys_place place;
} n2_keys_own_key;

/** STATE: bits of flags. */
enum {
    N2_OWN_HAS_SHEET = 1, /* kept until it was printed and tested */
    N2_OWN_SHEET_SHOWN = 2,
    N2_OWN_HAS_PASSPHRASE = 4, /* the file is sealed by more than nothing */
    N2_OWN_IS_SIGNED_IN = 8,   /* until `until_us` */
    N2_OWN_NEEDS_TOKEN = 16,   /* to sign in */
    N2_OWN_IS_SIGNED_OUT = 32, /* it does not sign in by itself */
    N2_OWN_LACKS_VAULT = 64,   /* an older device has it; TAKE brings it */
    N2_OWN_FLAGS_ALL = 127
};

/** What TOKEN_MAKE and TOKEN_CLONE do with a slot, and TOKEN_TOUCH. */
typedef struct {
    n2_keys_slot slot;
    uint8_t method; /* N2_KEY_*, 0: Ed25519 or X25519, if the token offers them, else P-256 */
    uint8_t touch;  /* n2_card_touch of token/openpgp.h; N2_TOUCH_UNKNOWN: as it is */
} n2_keys_make;

/** Bits of `flags` of orders to tokens. */
enum {
    N2_MAKE_REPLACE = 1, /* consent: keys that are there are lost */
    N2_MAKE_PROVE = 2,   /* by a live signature or agreement, which wants the PIN */
    N2_MAKE_FIXED = 4,   /* consent: nothing but a new key takes that touch back */
    N2_MAKE_KEEP = 8,    /* TOKEN_MAKE: a key that is in the slot stays, whoever made it */
    N2_MAKE_ALL = 15
};

/** Which PIN TOKEN_PIN sets. */
typedef enum {
    N2_PIN_USER = 1,
    N2_PIN_ADMIN,
    N2_PIN_UNBLOCK, /* of the user, by the admin PIN, or by the reset code if that is blocked */
    N2_PINS
} n2_keys_pin;

typedef struct {
    n2_key key;     /* method 0: none, or none of ours */
    uint8_t touch;  /* n2_card_touch of token/openpgp.h */
    uint8_t origin; /* n2_card_origin */
    uint32_t made_s;
} n2_keys_token_key;

enum {
    N2_KEYS_TOKEN_KEYPAD = 1, /* flags */
    N2_KEYS_TOKEN_FLAGS_ALL = 1
};

/** A reader and the token in it. */
typedef struct {
    char reader[N2_KEYS_READER_BYTES_MAX + 1];
    uint8_t state; /* n2_token_code of token/result.h; the rest holds only if it is 0 */
    uint8_t aid[N2_KEYS_AID_BYTES];
    char title[N2_KEYS_NAME_BYTES_MAX + 1]; /* UTF-8, for people */
    uint8_t tries[3];                       /* PIN, reset code, admin PIN; 255: unknown */
    uint8_t flags;                          /* N2_KEYS_TOKEN_* */
    n2_id owner;               /* own identity that lists one of its keys; method 0: none */
    n2_keys_token_key keys[3]; /* by n2_keys_slot - 1 */
} n2_keys_token;

typedef enum {
    N2_KEYS_NEW = 1, /* make an identity with its birth, device key and sheet, and keep it */
    N2_KEYS_LIST, /* own identity number `index` from 0, the default first; N2_ERR_NOTFOUND: no
                     more */
    N2_KEYS_NODE_KEY, /* a connection key of one suite, signed: the answer to key queries.  The
                         newest, if it was made for the suites offered, else a new one for each
                       */
    N2_KEYS_ES,       /* the responder's part of a hello (n2_noise_es) by one of those keys */
    N2_KEYS_SIGN,     /* a statement of `body`, signed by the key that has the right */
    N2_KEYS_WIPE,     /* forget all secrets; every later request gets N2_ERR_STATE */
    N2_KEYS_PROVE, /* who we are, to the holder of this connection: the certificate of a session
                      key, and its signature over the handshake (crypto/proof.h) */
    N2_KEYS_STATE, /* of an own identity: signed in?  which keys, and where? */
    N2_KEYS_LOGIN, /* a session key for `hours`, certified by the key that may: on a token if
                      the identity has one there */
    N2_KEYS_LOGOUT, /* the session key of `who` (method 0: of all) is wiped at once, and what
                       the vault gave; nothing signs in by itself until LOGIN */
    N2_KEYS_SHEET_SHOW, /* secret out: the 13 words, a newline, the QR text, a newline */
    N2_KEYS_SHEET_TEST, /* secret in: either of them; right: the sheet is erased here */
    N2_KEYS_PASSPHRASE, /* secret in: the old one and the new one; empty: there is none */
    N2_KEYS_UNLOCK,     /* secret in: the passphrase, while the file is not open yet */
    N2_KEYS_END, /* secret in: a sheet, words or QR; an end of `who`, also of one that is not
                    our own.  `body`: its birth */
    N2_KEYS_ADD, /* an add of `key` by a control key.  If that key signs and is not here or on
                    a token of ours, its own signature is still missing (JOIN) */
    N2_KEYS_REMOVE,  /* of `key`, by a control key, or by itself, and of the open key that came
                        with it (ADMIT); a new vault if it could open.  The statements, that of
                        the new vault last: for our other devices (TAKE), not for the world */
    N2_KEYS_DRAW,    /* a device key and an open key for an identity that lives elsewhere; kept
                        until JOIN, one at a time */
    N2_KEYS_JOIN,    /* that key signs the add `first`, and the identity of the container `body`
                        is one of ours */
    N2_KEYS_TAKE,    /* a statement that another device of ours, or the sheet, made */
    N2_KEYS_ACCOUNT, /* a log-in at `site` on the connection with `hash` (crypto/login.h), by
                        the account key that the vault has for that site.  `number` of an older
                        vault: a move (N2_LOGIN_MOVE) from its account to today's */
    N2_KEYS_TELL,    /* what was asked for (keys/ask.h); secret in, unless it is a no */
    N2_KEYS_TOKENS, /* all readers and the tokens in them.  This, TOKEN_PIN and TOKEN_TOUCH also
                       while the file is locked */
    N2_KEYS_TOKEN_MAKE, /* new keys in `makes`, made on the token: its row.  N2_ERR_EXISTS: keys
                           are there, and N2_MAKE_REPLACE is not, or they are an own identity's
                         */
    N2_KEYS_TOKEN_PIN,  /* sets `which`; old and new are asked for */
    N2_KEYS_TOKEN_TOUCH, /* of the slot of `makes` */
    N2_KEYS_TOKEN_CLONE, /* one set of keys onto all of `aids`: made here in locked memory,
                            proven on each, then wiped.  Their rows */
    N2_KEYS_FRESH,       /* "just these keys stand", by the device key that is here */
    N2_KEYS_VOUCH,       /* of `who` for `subject`, from now on for `days`; `body`: the claim */
    N2_KEYS_CONTROL, /* the next control statement: what stands without `drops`, and `keys`, as
                        `label`; with neither it makes room for more statements.  It, and that
                        of the vault if that changed (see REMOVE) */
    N2_KEYS_ADMIT,   /* of what another machine of ours drew: as NEW, but first the add of its
                        device key, for JOIN there, and last the vault.  N2_ERR_FORMAT: not a
                        device key first and then at most an open key; N2_ERR_LIMIT: there is no
                        room for it, CONTROL makes some */
    N2_KEYS_ENTER,   /* the identity of the container `body` is one of ours: of `keys` of tokens
                        it lists one that changes it, and that signs the add of a device key
                        made here.  N2_ERR_REFUSED: it lists none */
    N2_KEYS_VAULT, /* what the vault is, for our other devices (TAKE), not for the world; drawn
                     if there is none yet.  N2_ERR_NOTFOUND: that is for an older device */
    N2_KEYS_PULL,  /* `reason`: from now on a token that is pulled ends the sessions that it
                      certified (1), or not (0).  Also while the file is locked */
    N2_KEYS_ZONE   /* a key with right zone, drawn here, and the add of it: for a year and a
                      month.  N2_ERR_LIMIT: there is no room for it, CONTROL makes some */
} n2_keys_kind;

#define N2_KEYS_KIND_LAST N2_KEYS_ZONE

/** What a pipe that comes with a request is for. */
typedef enum {
    N2_PIPE_NONE,
    N2_PIPE_IN, /* its end for reading: the keys process reads a secret from it (secret.h) */
    N2_PIPE_OUT /* its end for writing */
} n2_keys_pipe;

/** So the node, through whose hands it goes, has nothing to read. */
n2_keys_pipe n2_keys_pipe_of(n2_keys_kind kind);

/** One request; members that its kind does not use are zero. */
typedef struct {
    uint32_t id; /* the asker's, comes back in the answer */
    n2_keys_kind kind;
    n2_id who;
    char label[N2_OWN_LABEL_BYTES_MAX + 1]; /* NEW, ADD, DRAW, CONTROL, ADMIT, ENTER, ZONE:
                                               UTF-8, 1 to 63 bytes */
    uint8_t method;                         /* NEW: of keys that are here; 0: Ed25519 */
    uint16_t index;                         /* LIST */
    uint16_t key_id;                        /* ES */
    uint8_t suite;                          /* NODE_KEY, ES, PROVE */
    uint8_t hash[N2_HANDSHAKE_HASH_BYTES];  /* PROVE, ACCOUNT */
    bool fresh;     /* NODE_KEY: a new one, though the last is good for days yet */
    uint8_t offers; /* NODE_KEY: all suites that the node offers, `suite` among them; 0: only
                       that */
    uint8_t e[N2_NOISE_DH_BYTES_MAX]; /* ES */
    n2_slice body;   /* SIGN, END, JOIN, TAKE, VOUCH, ENTER; (transfer none), inside the message
                        when read */
    n2_slice first;  /* JOIN; as `body` */
    uint8_t hours;   /* LOGIN: 1 to N2_SESSION_HOURS_MAX; 0: none now, but it signs in by itself
                        again, where it needs no token */
    n2_id successor; /* END */
    n2_id site;      /* ACCOUNT */
    uint32_t number; /* ACCOUNT: of the vault; 0: the newest */
    n2_id subject;   /* VOUCH */
    uint8_t scope;   /* VOUCH */
    n2_key key;      /* ADD, REMOVE */
    uint32_t rights; /* ADD */
    uint16_t days;   /* ADD, VOUCH, CONTROL, ADMIT: from now on */
    uint8_t reason;  /* REMOVE: N2_REMOVED_*; PULL */
    n2_keys_place place;                       /* ADD */
    n2_keys_own_key keys[N2_KEYRING_KEYS_MAX]; /* NEW: key, rights, place: all on tokens;
                                                  CONTROL, ADMIT: those that come; ENTER: those
                                                  of tokens at hand, rights 0 */
    size_t n_keys;
    n2_key drops[N2_KEYRING_KEYS_MAX]; /* CONTROL */
    size_t n_drops;
    uint8_t aids[N2_KEYS_CLONES_MAX][N2_KEYS_AID_BYTES]; /* TOKEN_*: CLONE 2 or more, else 1 */
    size_t n_aids;
    n2_keys_make makes[3]; /* TOKEN_MAKE, TOKEN_TOUCH, TOKEN_CLONE */
    size_t n_makes;
    uint8_t flags;     /* the same: N2_MAKE_* */
    n2_keys_pin which; /* TOKEN_PIN */
    uint32_t about;    /* TELL: the request that waits */
    uint8_t how;       /* TELL: N2_TELL_* */
} n2_keys_request;

/** One answer; members that its kind does not use, or that an error leaves out, are zero. */
typedef struct {
    uint32_t id;
    n2_keys_kind kind;
    n2_err err;
    uint8_t why; /* with an error: n2_token_code of token/result.h; 0: it is not a token's */
    n2_id who;   /* NEW, LIST, JOIN */
    char label[N2_OWN_LABEL_BYTES_MAX + 1];      /* NEW, LIST, JOIN */
    n2_slice statements[N2_KEYS_STATEMENTS_MAX]; /* NEW, LIST, JOIN: birth first; REMOVE,
                                                    CONTROL, ADMIT; as `body` */
    size_t n_statements;
    uint16_t key_id;                     /* NODE_KEY */
    uint8_t suite;                       /* NODE_KEY */
    uint8_t answer[N2_ANSWER_BYTES_MAX]; /* NODE_KEY: as n2_node_key_read() reads it */
    size_t answer_len;
    n2_noise_es_result es; /* ES; wipe */
    n2_slice statement;    /* SIGN and the like; PROVE: the certificate; as `body` */
    n2_slice signature;    /* PROVE; as `body` */
    uint8_t flags;         /* STATE: N2_OWN_* */
    int64_t until_us;      /* STATE, LOGIN: 0: not signed in */
    n2_keys_own_key keys[N2_KEYRING_KEYS_MAX]; /* STATE; DRAW: as ADMIT wants them */
    size_t n_keys;
    uint32_t number; /* ACCOUNT: of the vault that it is from */
    uint8_t service; /* TOKENS: n2_token_code; 0: rows tell of readers */
    n2_slice rows;   /* TOKENS, TOKEN_MAKE, TOKEN_CLONE: n2_keys_token_next(); as `body` */
} n2_keys_answer;

/**
 * The key id by which a hello names the receiver's static key: its first two bytes.  The
 * keyring sees to it that those of its living keys differ.
 */
static inline uint16_t
n2_key_id_of(const uint8_t *static_public)
{
    return (uint16_t)(static_public[0] << 8 | static_public[1]);
}

/**
 * Writes a request into @cap bytes at @buf; N2_KEYRING_MESSAGE_BYTES_MAX are enough for any.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_FORMAT (no such kind, label or suite).
 */
N2_MUST_USE n2_err n2_keys_request_write(const n2_keys_request *request,
                                         void *buf,
                                         size_t cap,
                                         size_t *len);

/**
 * Reads a request.
 *
 * @out: filled on success; on failure zero but for `id` and `kind`, if they were there, so that
 * an answer can be given.
 *
 * Returns: N2_OK, N2_ERR_TRUNCATED, N2_ERR_TRAILING, N2_ERR_LIMIT (too long)
 *          N2_ERR_FORMAT  no such kind, suite, flag; empty label
 */
N2_MUST_USE n2_err n2_keys_request_read(n2_keys_request *out, const void *bytes, size_t len);

/** The same for answers; an answer with an error has nothing else but `why`. */
N2_MUST_USE n2_err n2_keys_answer_write(const n2_keys_answer *answer,
                                        void *buf,
                                        size_t cap,
                                        size_t *len);

/** @out: zeroed on failure.  Errors as n2_keys_request_read(). */
N2_MUST_USE n2_err n2_keys_answer_read(n2_keys_answer *out, const void *bytes, size_t len);

/** Writes one row.  Errors: n2_keys_request_write(). */
N2_MUST_USE n2_err n2_keys_token_write(const n2_keys_token *token,
                                       void *buf,
                                       size_t cap,
                                       size_t *len);

/** The next row of @rows, which it shortens; false: there is none. */
bool n2_keys_token_next(n2_slice *rows, n2_keys_token *token);
