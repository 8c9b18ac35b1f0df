/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * container.c - statements one behind the other.
 */
#include "crypto/container.h"

#include "base/reader.h"

size_t
n2_box_span(const void *bytes, size_t len, uint8_t *kind)
{
    n2_reader r = n2_reader_init(bytes, len);
    bool is_box = n2_read_u16(&r) == 0x6e32;
    uint8_t number = n2_read_u8(&r);

    (void)n2_read_u8(&r); /* version */
    size_t rest = n2_read_u32(&r);
    if (!is_box || r.err || rest > n2_reader_left(&r) || !n2_kind_rule_of(number))
        return 0;
    if (kind)
        *kind = number;
    return N2_BOX_HEAD_BYTES + rest;
}

/* The next statement as its head has it; NULL: there is none that is whole. */
static const uint8_t *
next(n2_reader *r, size_t *len)
{
    n2_reader head = *r;

    if (n2_read_u16(&head) != 0x6e32 || n2_read_u8(&head) != N2_KIND_SIGNED) {
        n2_reader_fail(r, head.err ? head.err : N2_ERR_FORMAT);
        return NULL;
    }
    (void)n2_read_u8(&head); /* whatever version: n2_box_check() says */
    *len = (size_t)n2_read_u32(&head) + N2_BOX_HEAD_BYTES;
    if (head.err)
        n2_reader_fail(r, head.err);
    return n2_read_bytes(r, *len);
}

n2_err
n2_container_check(const void *bytes, size_t len, size_t *n)
{
    n2_reader r = n2_reader_init(bytes, len);
    size_t count = 0, statement_len = 0;

    *n = 0;
    if (len > N2_IDENTITY_BYTES_MAX)
        return N2_ERR_LIMIT;
    do {
        if (!next(&r, &statement_len))
            return r.err;
        if (++count > N2_CONTAINER_STATEMENTS_MAX)
            return N2_ERR_LIMIT;
    } while (n2_reader_left(&r));
    *n = count;
    return N2_OK;
}

bool
n2_container_next(
    const void *bytes, size_t len, size_t *at, const uint8_t **statement, size_t *statement_len)
{
    n2_reader r = n2_reader_init(bytes, len);

    *statement = NULL;
    *statement_len = 0;
    (void)n2_read_bytes(&r, *at);
    if (!n2_reader_left(&r))
        return false;
    *statement = next(&r, statement_len);
    *at = len - n2_reader_left(&r);
    return *statement != NULL;
}

uint8_t
n2_statement_kind(const void *statement, size_t len)
{
    n2_reader r = n2_reader_init(statement, len);

    if (n2_read_u16(&r) != 0x6e32 || n2_read_u8(&r) != N2_KIND_SIGNED)
        return 0;
    (void)n2_read_bytes(&r, N2_BOX_HEAD_BYTES - 3 + N2_FIELD_HEAD_BYTES); /* head, field 1 */
    bool is_box = n2_read_u16(&r) == 0x6e32;
    uint8_t kind = n2_read_u8(&r);
    return is_box && !r.err ? kind : 0;
}
