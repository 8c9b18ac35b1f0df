/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kinds.h - every kind of box: its number, its fields, who may sign it and how long it lives.
 *
 * Layer: wire (may include: base).
 *
 * This one list makes the enum below and the table that box.c checks by, so a kind that is not
 * here cannot be read, and a field that is not here is refused (or, from 192 on, ignored).
 *
 *   K(number, NAME, "word", version, signers, lifetime in seconds (0 none), fields)
 *   R(field, types, n)   must be there     O(field, types, n)  may be absent
 *   M(field, types, n)   64-127 a set, 128-191 a list; n = most of them (0: the box's own
 * limit) `n` of R and O is the exact length of the value in bytes, 0 = any.  X(kind) is a box
 * of kind.
 *
 * A statement's lifetime runs from its `from` or `made` to its `until`, or, where it says no
 * start, is what may lie ahead of the reader's clock.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

/* Types of a field's value.  A rule holds a set of them, as bits. */
enum {
    N2_TYPE_TEXT = 1,      /* UTF-8, NFC, no controls but tab and newline */
    N2_TYPE_INT = 2,       /* 8 bytes, two's complement */
    N2_TYPE_TIME = 3,      /* 8 bytes, signed, us since 1970 UTC */
    N2_TYPE_BYTES = 4,     /* anything */
    N2_TYPE_REF = 5,       /* method 1, hash 32, size 8 */
    N2_TYPE_KEY = 6,       /* method 1, public key */
    N2_TYPE_ID = 7,        /* method 1, hash 32 */
    N2_TYPE_BOX = 8,       /* a whole box */
    N2_TYPE_ATTRIBUTE = 9, /* name length 1, name, type 1 (1 to 7), value */
    N2_TYPES = 10
};

/* Rights of a key (data.md, section 2), and signers that are not rights. */
enum {
    N2_RIGHT_CONTROL = 1,
    N2_RIGHT_SESSION = 2,
    N2_RIGHT_DEVICE = 4,
    N2_RIGHT_OPEN = 8,
    N2_RIGHT_ZONE = 16,
    N2_RIGHT_PUBLISH = 32,
    N2_RIGHTS_ALL = 63,

    N2_SIGNER_NONE = 0,          /* not signed itself */
    N2_SIGNER_ITS_KEYS = 1 << 8, /* each key it holds in field 64 */
    N2_SIGNER_NEW_KEY = 1 << 9,  /* also the key it adds */
    N2_SIGNER_ITSELF = 1 << 10,  /* or the key it removes */
    N2_SIGNER_SHEET = 1 << 11,   /* both keys of the recovery sheet */
    N2_SIGNER_SESSION = 1 << 12, /* a session key under a certificate */
    N2_SIGNER_STREAM = 1 << 13,  /* the stream key of its channel */
    N2_SIGNER_ACCOUNT = 1 << 14, /* the account key it names */
    N2_SIGNER_PARENTS = 1 << 15  /* also a device of each parent */
};

/* clang-format off */
#define N2_KIND_LIST(K)                                                                        \
    K(1, SIGNED, "signed", 1, N2_SIGNER_NONE, 0,                                               \
      R(1, XANY, 0) M(64, B, 16))                                                              \
    K(2, BIRTH, "birth", 1, N2_SIGNER_ITS_KEYS, 0,                                             \
      R(1, B, 32) R(2, T, 0) R(3, B, 16) M(64, KEY, 8))                                        \
    K(3, CONTROL, "control", 1, N2_RIGHT_CONTROL, 0,                                           \
      R(1, ID, 0) R(2, I, 0) R(3, B, 32) R(4, T, 0) M(64, X(30), 64))                          \
    K(4, ADD, "add", 1, N2_RIGHT_CONTROL | N2_SIGNER_NEW_KEY, 0,                               \
      R(1, ID, 0) R(2, B, 32) R(3, X(30), 0))                                                  \
    K(5, REMOVE, "remove", 1, N2_RIGHT_CONTROL | N2_SIGNER_ITSELF, 0,                          \
      R(1, ID, 0) R(2, B, 32) R(3, KEY, 0) R(4, I, 0))                                         \
    K(6, END, "end", 1, N2_SIGNER_SHEET, 0,                                                    \
      R(1, ID, 0) O(2, ID, 0) R(3, T, 0) R(4, KEY, 0) R(5, KEY, 0) M(64, X(30), 64))           \
    K(7, FRESH, "fresh", 1, N2_RIGHT_DEVICE | N2_RIGHT_CONTROL, 30 * 86400,                    \
      R(1, ID, 0) R(2, B, 32) R(3, B, 32) R(4, T, 0))                                          \
    K(8, SESSION, "session", 1, N2_RIGHT_SESSION, 86400,                                       \
      R(1, ID, 0) R(2, KEY, 0) R(3, I, 0) R(4, T, 0) R(5, T, 0))                               \
    K(9, NODE_KEY, "node-key", 1, N2_RIGHT_DEVICE, 8 * 86400,                                  \
      R(1, ID, 0) R(2, KEY, 0) R(3, I, 0) R(4, I, 0) R(5, T, 0))                               \
    K(10, VOUCH, "vouch", 1, N2_RIGHT_SESSION | N2_RIGHT_CONTROL, 2 * 366 * 86400,             \
      R(1, ID, 0) R(2, ID, 0) R(3, I, 0) R(4, TEXT, 0) R(5, T, 0) R(6, T, 0))                  \
    K(11, MAIL_KEYS, "mail-keys", 1, N2_RIGHT_DEVICE, 40 * 86400,                              \
      R(1, ID, 0) R(2, I, 0) R(3, T, 0) M(64, TEXT, 0) M(65, X(30), 0))                        \
    K(12, LINKS, "links", 1, N2_RIGHT_DEVICE, 0,                                               \
      R(1, ID, 0) R(2, I, 0) R(3, I, 0) R(4, T, 0) M(64, B, 0))                                \
    K(13, DOMAIN, "domain", 1, N2_RIGHT_DEVICE | N2_SIGNER_PARENTS, 86400,                     \
      R(1, ID, 0) R(2, I, 0) R(3, I, 0) R(4, T, 0) M(64, X(33), 0))                            \
    K(14, ATTACHMENT, "attachment", 1, N2_RIGHT_DEVICE, 86400,                                 \
      R(1, KEY, 0) R(2, ID, 0) R(3, B, 8) R(4, B, 9) R(5, B, 9) R(6, I, 0) R(7, I, 0)          \
      R(8, I, 0) R(9, I, 0) R(10, T, 0) R(11, I, 0))                                           \
    K(15, NAME, "name", 1, N2_SIGNER_NONE, 0,                                                  \
      R(1, TEXT, 0) O(2, ID, 0) O(3, ID, 0) R(4, T, 0) R(5, T, 0) R(6, I, 0)                   \
      M(64, TEXT, 0) M(65, ATTR, 0))                                                           \
    K(16, ZONE_HEAD, "zone-head", 1, N2_RIGHT_ZONE, 86400,                                     \
      R(1, ID, 0) R(2, I, 0) R(3, B, 32) R(4, I, 0) R(5, T, 0) R(6, T, 0) R(7, B, 32))         \
    K(17, TREE_HEAD, "tree-head", 1, N2_RIGHT_PUBLISH, 0,                                      \
      R(1, ID, 0) R(2, TEXT, 0) R(3, I, 0) R(4, REF, 0) R(5, T, 0) O(6, REF, 0) M(64, B, 8)    \
      O(192, TEXT, 0))                                                                         \
    K(18, DIRECTORY, "directory", 1, N2_SIGNER_NONE, 0,                                        \
      M(65, ATTR, 0) M(128, X(31), 0))                                                         \
    K(19, ACCESS, "access", 1, N2_RIGHT_PUBLISH, 0,                                            \
      R(1, ID, 0) R(2, I, 0) M(64, ID | KEY | REF, 0) M(65, ID | KEY | REF, 0))                \
    K(20, ANNOUNCE, "announce", 1, N2_RIGHT_DEVICE, 2 * 3600,                                  \
      R(1, B, 32) R(2, KEY, 0) R(3, B, 0) R(4, I, 0) R(5, T, 0) O(192, ID, 0))                 \
    K(21, LETTER, "letter", 1, N2_SIGNER_NONE, 0,                                              \
      R(1, ID, 0) R(2, T, 0) R(3, TEXT, 0) R(4, TEXT, 0) O(5, B, 0) O(6, B, 0) R(7, B, 0)      \
      M(64, ID, 0) M(65, ID, 0) M(128, X(32), 0))                                              \
    K(22, STATEMENT, "statement", 1, N2_SIGNER_SESSION, 0,                                     \
      R(1, B, 32) R(2, B, 32) R(3, ID, 0) R(4, ID, 0) R(5, T, 0))                              \
    K(23, ENVELOPE, "envelope", 1, N2_SIGNER_NONE, 0,                                          \
      R(1, ID, 0) R(2, B, 32) R(3, I, 0) R(4, T, 0) O(5, B, 16) R(6, B, 32) R(7, B, 0)         \
      M(64, B, 16))                                                                            \
    K(24, STATUS, "status", 1, N2_RIGHT_DEVICE, 0,                                             \
      R(1, B, 32) R(2, I, 0) R(3, T, 0) R(4, ID, 0))                                           \
    K(25, CHANNEL, "channel", 1, N2_RIGHT_DEVICE, 86400,                                       \
      R(1, ID, 0) R(2, I, 0) R(3, KEY, 0) R(4, I, 0) O(5, B, 32) R(6, I, 0) R(7, T, 0)         \
      M(64, XANY, 0))                                                                          \
    K(26, NOW, "now", 1, N2_SIGNER_STREAM, 0,                                                  \
      R(1, I, 0) R(2, I, 0) R(3, T, 0) R(4, B, 0))                                             \
    K(27, SEALED, "sealed", 1, N2_SIGNER_NONE, 0,                                              \
      R(1, I, 0) R(2, I, 0) R(3, B, 16) R(4, B, 24) R(5, B, 0) O(192, B, 32))                  \
    K(28, LOG_IN, "log-in", 1, N2_SIGNER_ACCOUNT, 0,                                           \
      R(1, ID, 0) R(2, B, 0) R(3, KEY, 0) R(4, I, 0) O(5, KEY, 0))                             \
    K(29, TRANSFER, "transfer", 1, N2_RIGHT_CONTROL, 0,                                        \
      R(1, TEXT, 0) R(2, ID, 0) R(3, ID, 0) R(4, T, 0) R(5, ID, 0))                            \
    K(30, KEY, "key", 1, N2_SIGNER_NONE, 0,                                                    \
      R(1, KEY, 0) R(2, I, 0) R(3, TEXT, 0) R(4, T, 0) R(5, T, 0))                             \
    K(31, ENTRY, "entry", 1, N2_SIGNER_NONE, 0,                                                \
      R(1, TEXT, 0) R(2, REF, 0) R(3, I, 0) M(65, ATTR, 0))                                    \
    K(32, PART, "part", 1, N2_SIGNER_NONE, 0,                                                  \
      R(1, TEXT, 0) R(2, TEXT, 0) R(3, REF, 0) R(4, B, 0))                                     \
    K(33, PARENT, "parent", 1, N2_SIGNER_NONE, 0,                                              \
      R(1, ID, 0) R(2, B, 9) R(3, B, 9) R(4, I, 0) R(5, I, 0) R(6, I, 0))                      \
    K(34, SECRETS, "secrets", 2, N2_SIGNER_NONE, 0,                                            \
      M(128, X(35), 0))                                                                        \
    K(35, OWN, "own", 2, N2_SIGNER_NONE, 0,                                                    \
      R(1, ID, 0) R(2, TEXT, 0) R(3, I, 0) O(4, B, 16) O(5, I, 0) O(6, I, 0)                   \
      M(128, B, 0) M(129, X(36), 0) M(130, B, 0) M(131, B, 0) O(192, B, 0))                    \
    K(36, SECRET, "secret", 2, N2_SIGNER_NONE, 0,                                              \
      R(1, KEY, 0) R(2, I, 0) R(3, B, 0) O(4, I, 0) O(5, T, 0) O(6, B, 8) O(7, I, 0)           \
      O(8, TEXT, 0))                                                                           \
    K(37, VAULT, "vault", 1, N2_RIGHT_DEVICE | N2_RIGHT_CONTROL, 0,                            \
      R(1, ID, 0) R(2, I, 0) R(3, T, 0) M(64, B, 0) M(65, B, 0) O(192, KEY, 0) O(193, B, 0))   \
    K(38, VAULT_ASK, "vault-ask", 1, N2_RIGHT_DEVICE, 0,                                       \
      R(1, ID, 0) R(2, B, 64))                                                                 \
    K(39, NAME_REQUEST, "name-request", 1, N2_RIGHT_DEVICE | N2_RIGHT_CONTROL, 3600,           \
      R(1, ID, 0) R(2, ID, 0) R(3, I, 0) R(4, TEXT, 0) R(5, T, 0) R(6, T, 0) O(7, ID, 0)       \
      M(64, TEXT, 0) M(65, ATTR, 0))                                                           \
    K(44, NEAR, "near", 1, N2_RIGHT_DEVICE, 3600,                                              \
      R(1, ID, 0) R(2, KEY, 0) R(3, I, 0) R(4, I, 0) R(5, I, 0) R(6, T, 0) M(65, ATTR, 24))
/* clang-format on */

typedef enum {
#define K(number, name, word, version, signers, lifetime, fields) N2_KIND_##name = (number),
    N2_KIND_LIST(K)
#undef K
    N2_KIND_ANY = 0 /* to n2_box_check only */
} n2_kind;

/** One field of a kind. */
typedef struct {
    uint8_t number;
    uint8_t inner;    /* kind of the box, 0 = any */
    uint8_t optional; /* 0-63 only; sets and lists may always be empty */
    uint16_t types;   /* bit set: 1 << N2_TYPE_x */
    uint16_t n; /* exact bytes (0-63, 192-255) or most values (64-191); 0 = no such rule */
} n2_field_rule;

enum {
    N2_KIND_FIELDS_MAX = 12
};

typedef struct {
    const char *word; /* as in -----BEGIN NET2O word----- and in reports */
    uint8_t kind;
    uint8_t version;                          /* the newest this program knows */
    uint32_t signers;                         /* N2_RIGHT_* and N2_SIGNER_* */
    uint32_t lifetime_s;                      /* 0 = no limit */
    n2_field_rule fields[N2_KIND_FIELDS_MAX]; /* ascending; ends at number 0 */
} n2_kind_rule;

/** The rule of @kind (static), or NULL if there is no such kind. */
const n2_kind_rule *n2_kind_rule_of(uint8_t kind);
