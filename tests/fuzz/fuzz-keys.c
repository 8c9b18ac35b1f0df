/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-keys.c - requests to the keys process, its answers, and what it says by itself: what is
 *               read is written the same.  And pairing: whatever comes, one try.
 *
 * The first byte says which of them the rest is.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "keys/ask.h"
#include "keys/pair.h"

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
    n2_slice rows = a.rows;
    n2_keys_token row;
    while (n2_keys_token_next(&rows, &row)) /* each of them is one */
        if (n2_keys_token_write(&row, again, sizeof again, &len) != N2_OK)
            abort();
    if (rows.len || (a.rows.len && !rows.bytes))
        abort();
}

static void
said(const uint8_t *data, size_t size)
{
    static uint8_t again[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_said s;
    size_t len = 0;

    if (n2_keys_said_read(&s, data, size) != N2_OK)
        return;
    if (!n2_keys_is_said(data, size) ||
        n2_keys_said_write(&s, again, sizeof again, &len) != N2_OK || len != size ||
        memcmp(again, data, size) != 0)
        abort();
}

/* Messages of a stranger, each its length 1 and bytes, to either side. */
static void
pairing(const uint8_t *data, size_t size, bool is_first)
{
    static uint64_t seed = 1;
    const n2_env env = {&seed, fuzz_random_cb};
    const n2_key key = {.method = N2_KEY_ED25519, .bytes = {1}};
    uint8_t out[N2_PAIR_MESSAGE_BYTES_MAX];
    unsigned n_failed = 0;
    n2_key theirs;
    n2_pair pair;
    size_t n;

    if (n2_pair_begin(&pair, is_first, &key, &env, out, &n) != N2_OK)
        abort();
    while (size) {
        size_t len = data[0] < size - 1 ? data[0] : size - 1;
        n2_err err = n2_pair_take(&pair, data + 1, len, out, &n);
        if (n > sizeof out || (!err && n_failed))
            abort(); /* it went on after its one try */
        n_failed += err != N2_OK;
        data += 1 + len;
        size -= 1 + len;
    }
    n2_err err = n2_pair_settle(&pair, true, &theirs);
    if (!err && (n_failed || n2_key_equal(&theirs, &key)))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (data[0] & 4)
        pairing(data + 1, size - 1, data[0] & 1);
    else if (data[0] & 2)
        said(data + 1, size - 1);
    else if (data[0] & 1)
        answer(data + 1, size - 1);
    else
        request(data + 1, size - 1);
    return 0;
}
