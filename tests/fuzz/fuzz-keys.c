/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-keys.c - requests to the keys process and its answers: what is read is written the same.
 *
 * The first byte says which of the two the rest is.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "keys/request.h"

static void
request(const uint8_t *data, size_t size)
{
    static uint8_t again[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_request q;
    size_t len = 0;

    if (n2_keys_request_read(&q, data, size) != N2_OK)
        return;
    if (n2_keys_request_write(&q, again, sizeof again, &len) != N2_OK || len != size ||
        memcmp(again, data, size) != 0)
        abort();
}

static void
answer(const uint8_t *data, size_t size)
{
    static uint8_t again[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_answer a;
    size_t len = 0;

    if (n2_keys_answer_read(&a, data, size) != N2_OK)
        return;
    if (n2_keys_answer_write(&a, again, sizeof again, &len) != N2_OK || len != size ||
        memcmp(again, data, size) != 0)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (data[0] & 1)
        answer(data + 1, size - 1);
    else
        request(data + 1, size - 1);
    return 0;
}
