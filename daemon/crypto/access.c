/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * access.c - who may read what: the attribute "access" of an entry, and the list (kind 19) that
 *            it leads to.
 */
#include "crypto/access.h"

#include <assert.h>
#include <string.h>

enum {
    ACCESS_OWNER = 1,
    ACCESS_SERIAL = 2,
    ACCESS_READERS = 64,
    ACCESS_WRITERS = 65
};

n2_access
n2_access_of(const n2_entry *entry, n2_ref *list)
{
    static const char word[] = N2_ACCESS_WORD_PUBLIC;
    n2_attr a;

    *list = (n2_ref){0};
    if (!n2_entry_attr(entry, N2_ATTR_ACCESS, &a))
        return N2_ACCESS_AS_ABOVE;
    if (a.type == N2_TYPE_TEXT && a.len == sizeof word - 1 && !memcmp(a.value, word, a.len))
        return N2_ACCESS_PUBLIC;
    if (a.type != N2_TYPE_REF)
        return N2_ACCESS_NOBODY;
    n2_field f = n2_attr_field(&a);

    *list = n2_field_ref(&f);
    return N2_ACCESS_LIST;
}

/* ---- members ---- */

static n2_member
member_of(uint8_t type, const void *value, size_t len)
{
    n2_member m = {.len = 1 + len};

    assert(m.len <= sizeof m.bytes);
    m.bytes[0] = type;
    memcpy(m.bytes + 1, value, len);
    return m;
}

static n2_member
member_of_hash(uint8_t type, const n2_id *id, const uint8_t *more, size_t n)
{
    uint8_t value[N2_REF_BYTES] = {id->method};

    memcpy(value + 1, id->hash, sizeof id->hash);
    if (n)
        memcpy(value + N2_ID_BYTES, more, n);
    return member_of(type, value, N2_ID_BYTES + n);
}

n2_member
n2_member_of_id(const n2_id *who)
{
    return member_of_hash(N2_TYPE_ID, who, NULL, 0);
}

n2_member
n2_member_of_key(const n2_key *account)
{
    uint8_t value[1 + N2_KEY_BYTES_MAX] = {account->method};
    size_t n = n2_key_bytes(account->method);

    memcpy(value + 1, account->bytes, n);
    return member_of(N2_TYPE_KEY, value, 1 + n);
}

n2_member
n2_member_of_list(const n2_ref *group)
{
    uint8_t size[8];

    for (unsigned i = 0; i < sizeof size; i++)
        size[i] = (uint8_t)(group->size >> (56 - 8 * i));
    return member_of_hash(N2_TYPE_REF, &group->id, size, sizeof size);
}

bool
n2_member_is_list(const n2_member *member, n2_ref *list)
{
    n2_field f = {
        .type = N2_TYPE_REF, .len = (uint16_t)(member->len - 1), .value = member->bytes + 1};

    if (member->bytes[0] != N2_TYPE_REF)
        return false;
    *list = n2_field_ref(&f);
    return true;
}

/* ---- lists ---- */

n2_err
n2_access_body(void *buf,
               size_t cap,
               const n2_id *owner,
               int64_t serial,
               const n2_member *readers,
               size_t n,
               n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_ACCESS);

    n2_box_put_id(&w, ACCESS_OWNER, owner);
    n2_box_put_int(&w, ACCESS_SERIAL, serial);
    for (size_t i = 0; i < n; i++)
        n2_box_put(&w, ACCESS_READERS, readers[i].bytes[0], readers[i].bytes + 1,
                   readers[i].len - 1);
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_access_check(n2_box *body, const void *bytes, size_t len, const n2_unicode *unicode)
{
    n2_statement s;
    n2_err err = n2_statement_check(&s, bytes, len, N2_KIND_ACCESS, unicode);

    *body = s.body;
    return err;
}

n2_id
n2_access_owner(const n2_box *body)
{
    return n2_box_id(body, ACCESS_OWNER);
}

bool
n2_access_next(const n2_box *body, size_t *at, n2_member *out)
{
    n2_field f;

    while (n2_box_next(body, at, &f))
        if (f.number == ACCESS_READERS || f.number == ACCESS_WRITERS) {
            *out = member_of(f.type, f.value, f.len);
            return true;
        }
    return false;
}
