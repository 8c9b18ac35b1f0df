/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * id.c - text of a hash that names something.
 */
#include "base/id.h"

#include <assert.h>
#include <string.h>

#include "base/base32.h"

_Static_assert(N2_BASE32_CHARS(N2_ID_HASH_BYTES) + 3 == N2_ID_CHARS, "52 letters and a prefix");

bool
n2_id_equal(const n2_id *a, const n2_id *b)
{
    return a->method == b->method && !memcmp(a->hash, b->hash, sizeof a->hash);
}

bool
n2_id_is_set(const n2_id *id)
{
    return id->method != N2_METHOD_NONE;
}

void
n2_id_format(char out[static N2_ID_TEXT_BYTES], n2_id_kind kind, const n2_id *id)
{
    assert(id->method > 0 && id->method < 10);
    out[0] = (char)kind;
    out[1] = (char)('0' + id->method);
    out[2] = '-';
    n2_base32_encode(out + 3, id->hash, sizeof id->hash);
}

n2_err
n2_id_parse(n2_id *out, n2_id_kind kind, const char *text, size_t len)
{
    n2_id id = {0};

    if (len < 3 || text[0] != (char)kind || text[1] < '1' || text[1] > '9' || text[2] != '-')
        return N2_ERR_FORMAT;
    id.method = (uint8_t)(text[1] - '0');
    bool is_known = id.method == N2_METHOD_SHA256 ||
                    (id.method == N2_METHOD_BLAKE2B && kind != N2_ID_ACCOUNT);
    if (!is_known)
        return N2_ERR_UNSUPPORTED;
    if (n2_base32_decode(id.hash, sizeof id.hash, text + 3, len - 3))
        return N2_ERR_FORMAT;
    *out = id;
    return N2_OK;
}

uint32_t
n2_id_number(const n2_id *id)
{
    uint32_t number = 0;

    for (unsigned i = 0; i < 4; i++)
        number = number << 8 | id->hash[i];
    number &= INT32_MAX;
    return number ? number : 1;
}
