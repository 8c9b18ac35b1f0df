/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * secret.c - secrets that come by pipe say themselves where they end.
 */
#include "keys/secret.h"

#include <string.h>

unsigned
n2_keys_parts_of(n2_keys_kind kind)
{
    if (n2_keys_pipe_of(kind) != N2_PIPE_IN)
        return 0;
    return kind == N2_KEYS_PASSPHRASE ? 2 : 1;
}

n2_err
n2_keys_secret_end(n2_keys_secret *secret, n2_keys_kind kind)
{
    unsigned parts = n2_keys_parts_of(kind);
    size_t at = 0;

    if (!parts)
        return N2_ERR_USAGE;
    for (; parts; parts--) {
        const uint8_t *end = memchr(secret->bytes + at, 0, secret->len - at);

        if (!end)
            return secret->len < sizeof secret->bytes ? N2_ERR_TRUNCATED : N2_ERR_LIMIT;
        at = (size_t)(end - secret->bytes) + 1;
    }
    if (at < secret->len)
        return N2_ERR_TRAILING;
    secret->len--;
    return N2_OK;
}
