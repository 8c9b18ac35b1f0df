/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * access.h - who may read what: the attribute "access" of an entry, and the list (kind 19) that
 *            it leads to.
 *
 * Layer:  crypto (may include: base, wire).
 * Source: data.md, section 6; PROTOCOL.md, "Who may".
 *
 * A list is a statement of its owner and a content of its tree.  Its members are identities,
 * keys of accounts (login.h), and groups: lists again, by reference.
 */
#pragma once

#include "crypto/directory.h"
#include "crypto/statement.h"

#define N2_ATTR_ACCESS "access"
#define N2_ACCESS_WORD_PUBLIC "public"

enum {
    N2_MEMBER_BYTES_MAX = 1 + 1 + N2_KEY_BYTES_MAX
};

/** What the attribute of an entry says; the nearest one upwards counts. */
typedef enum {
    N2_ACCESS_AS_ABOVE, /* there is none */
    N2_ACCESS_PUBLIC,
    N2_ACCESS_LIST,
    N2_ACCESS_NOBODY /* one that this program cannot read */
} n2_access;

/** @list: (out): of N2_ACCESS_LIST. */
n2_access n2_access_of(const n2_entry *entry, n2_ref *list);

/** A member: type and value as in the field of its list, so that equal ones are equal bytes. */
typedef struct {
    uint8_t bytes[N2_MEMBER_BYTES_MAX];
    size_t len;
} n2_member;

n2_member n2_member_of_id(const n2_id *who);
n2_member n2_member_of_key(const n2_key *account);
n2_member n2_member_of_list(const n2_ref *group);
/** Is it a group?  @list: (out): which. */
bool n2_member_is_list(const n2_member *member, n2_ref *list);

/**
 * Writes the body of a list, to be signed by a key of @owner with right publish.
 *
 * @serial:  greater than that of the list before.
 * @readers: any order.
 *
 * Returns: N2_OK, N2_ERR_NOSPACE, N2_ERR_LIMIT, N2_ERR_FORMAT (one of them twice).
 */
N2_MUST_USE n2_err n2_access_body(void *buf,
                                  size_t cap,
                                  const n2_id *owner,
                                  int64_t serial,
                                  const n2_member *readers,
                                  size_t n,
                                  n2_box *out);

/** Checks a list as it lies in a store.  @body: (out): borrows @bytes.  Returns: as
 *  n2_statement_check(). */
N2_MUST_USE n2_err n2_access_check(n2_box *body,
                                   const void *bytes,
                                   size_t len,
                                   const n2_unicode *unicode);

/** Whose list it is. */
n2_id n2_access_owner(const n2_box *body);

/** Walks who may read: readers, and writers too.  Start with @at = 0; false at the end. */
bool n2_access_next(const n2_box *body, size_t *at, n2_member *out);
