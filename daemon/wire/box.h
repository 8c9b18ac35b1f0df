/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * box.h - the one canonical encoding of all that is signed or stored (data.md, section 1).
 *
 *     head  "n2" 2, kind 1, version 1, length of what follows 4
 *     field number 1, type 1, length 2, value         (all big-endian, numbers ascending)
 *
 * Layer:     wire (may include: base).
 * Invariant: a box that n2_box_check let through has exactly one meaning and no second
 *            encoding: kinds.h says which fields and types, 64-127 are sorted sets, nothing is
 *            left over.  Bytes are kept, hashed and passed on as received, never written anew.
 * Memory:    everything read borrows the caller's bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "base/utf8.h"
#include "base/writer.h"
#include "wire/kinds.h"

enum {
    N2_BOX_HEAD_BYTES = 8,
    N2_FIELD_HEAD_BYTES = 4,
    N2_REF_BYTES = 41,
    N2_KEY_BYTES_MAX = 65 /* P-256 for agreement */
};

/** Methods of a key. */
enum {
    N2_KEY_ED25519 = 1,
    N2_KEY_ED448 = 2,
    N2_KEY_P256 = 3, /* compressed */
    N2_KEY_X25519 = 17,
    N2_KEY_X448 = 18,
    N2_KEY_P256_ECDH = 19
};

/** A content: hash of its tree (or, for a statement, of its body) and its size in bytes. */
typedef struct {
    n2_id id;
    uint64_t size;
} n2_ref;

/** A public key; bytes from n2_key_bytes(method) on are zero, so equal keys compare equal. */
typedef struct {
    uint8_t method;
    uint8_t bytes[N2_KEY_BYTES_MAX];
} n2_key;

/** Bytes of a public key of @method, 0 if there is no such method. */
size_t n2_key_bytes(uint8_t method);
bool n2_key_equal(const n2_key *a, const n2_key *b);
bool n2_ref_equal(const n2_ref *a, const n2_ref *b);

/** A box in the caller's bytes. */
typedef struct {
    const uint8_t *bytes; /* with head */
    size_t len;
    uint8_t kind;
    uint8_t version;
    uint32_t n_fields;
} n2_box;

typedef struct {
    uint8_t number;
    uint8_t type;
    uint16_t len;
    const uint8_t *value;
} n2_field;

typedef struct {
    const uint8_t *name; /* name_len bytes of UTF-8, 1 to 255 */
    const uint8_t *value;
    uint8_t name_len;
    uint8_t type; /* N2_TYPE_TEXT to N2_TYPE_ID */
    uint16_t len; /* of the value */
} n2_attr;

/**
 * Checks the box that fills the @len bytes at @bytes, with all boxes in it, and nothing else.
 *
 * @out:  (out): filled on success, zeroed on failure; borrows @bytes.
 * @kind: what it must be, or N2_KIND_ANY.
 * @unicode: (nullable): tests for normal form C; NULL: only UTF-8 and controls are checked.
 *
 * Returns: N2_OK
 *          N2_ERR_TRUNCATED, N2_ERR_TRAILING  the length is not that of the box
 *          N2_ERR_VERSION    a version of this kind that came after this program
 *          N2_ERR_LIMIT      larger, deeper or with more fields than N2_BOX_*_MAX allow
 *          N2_ERR_FORMAT     anything else: unknown kind or field, order, type, text
 */
N2_MUST_USE n2_err n2_box_check(
    n2_box *out, const void *bytes, size_t len, uint8_t kind, const n2_unicode *unicode);

/** Like n2_box_check for the value of a box field of a checked box: cannot fail, reads the head
 * only. */
n2_box n2_box_of_field(const n2_field *f);

/** Walks the fields of a checked box: start with @at = 0; false at the end. */
bool n2_box_next(const n2_box *box, size_t *at, n2_field *out);

/** The first field @number of a checked box; false (and *@out zeroed) if it is absent. */
bool n2_box_find(const n2_box *box, uint8_t number, n2_field *out);

/* Values of a checked box's fields.  A field that is absent yields zeroes, so optional fields
 * are asked for with n2_box_find first. */
int64_t n2_box_int(const n2_box *box, uint8_t number);
n2_ref n2_box_ref(const n2_box *box, uint8_t number);
n2_id n2_box_id(const n2_box *box, uint8_t number);
n2_key n2_box_key(const n2_box *box, uint8_t number);
/** @len: (out): bytes of the value.  Returns: (transfer none): text, bytes or a whole box. */
const uint8_t *n2_box_bytes(const n2_box *box, uint8_t number, size_t *len);

int64_t n2_field_int(const n2_field *f); /* also times */
n2_ref n2_field_ref(const n2_field *f);
n2_id n2_field_id(const n2_field *f);
n2_key n2_field_key(const n2_field *f);
n2_attr n2_field_attr(const n2_field *f);
/** The attribute as the value of a type 1 to 7 field, for the n2_field_* functions. */
n2_field n2_attr_field(const n2_attr *a);

/**
 * Checks one attribute alone: a name of 1 to 255 bytes and a value of its type.
 * Returns: N2_OK, N2_ERR_FORMAT.
 */
N2_MUST_USE n2_err n2_attr_check(const n2_attr *a, const n2_unicode *unicode);

/**
 * Writes a box into the caller's buffer.  Fields are put in ascending order of number; the
 * values of a set in any order (n2_box_end sorts them).  The first failure sticks.
 */
typedef struct {
    n2_writer out;
    uint8_t kind;
} n2_box_writer;

n2_box_writer n2_box_begin(void *buf, size_t cap, uint8_t kind);
void n2_box_put(n2_box_writer *w, uint8_t number, uint8_t type, const void *value, size_t len);
void n2_box_put_text(n2_box_writer *w, uint8_t number, const char *text); /* NUL-terminated */
void n2_box_put_bytes(n2_box_writer *w, uint8_t number, const void *bytes, size_t len);
void n2_box_put_int(n2_box_writer *w, uint8_t number, int64_t value);
void n2_box_put_time(n2_box_writer *w, uint8_t number, int64_t us);
void n2_box_put_ref(n2_box_writer *w, uint8_t number, const n2_ref *ref);
void n2_box_put_id(n2_box_writer *w, uint8_t number, const n2_id *id);
void n2_box_put_key(n2_box_writer *w, uint8_t number, const n2_key *key);
void n2_box_put_box(n2_box_writer *w, uint8_t number, const n2_box *box);
void n2_box_put_attr(n2_box_writer *w, uint8_t number, const n2_attr *a);

/**
 * Ends the box: writes its length, sorts its sets, and checks it as a reader would, so that no
 * box leaves that a reader refuses.
 *
 * @out: (out): the finished box in the writer's buffer; zeroed on failure.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE (buffer), or what n2_box_check says.
 */
N2_MUST_USE n2_err n2_box_end(n2_box_writer *w, n2_box *out, const n2_unicode *unicode);
