/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-announce.c - any bytes as an attachment, as an announcement, as a value of the DHT.
 *
 * The first byte says as which.  What is read is written the same; a value opens only for what
 * it was sealed for.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/announce.h"
#include "fuzz.h"
#include "grow.h"

static const n2_id about = {.method = N2_METHOD_SHA256, .hash = {1, 2, 3}};

static void
try_attachment(const uint8_t *data, size_t size)
{
    uint8_t buf[N2_ATTACHMENT_BODY_BYTES_MAX], id[N2_HASH_BYTES];
    n2_attachment a;
    n2_box body, again;

    if (n2_box_check(&body, data, size, N2_KIND_ATTACHMENT, NULL) != N2_OK)
        return;
    if (n2_attachment_read(&a, &body) != N2_OK) {
        check(!a.node.method && !a.until_us);
        return;
    }
    check(a.down.bits + a.headroom <= N2_PATH_BITS && a.up.bits + a.headroom <= N2_PATH_BITS);
    n2_dht_id_of(&a, size % N2_DHT_SLOTS, id);
    if (n2_attachment_body(buf, sizeof buf, &a, &again) != N2_OK ||
        again.n_fields != body.n_fields)
        return; /* fields that this program ignores */
    check(again.len == size && memcmp(buf, data, size) == 0);
}

/* Whatever is signed as an announcement, by whom the harness likes, and sealed. */
static void
try_sealed(const uint8_t *data, size_t size)
{
    static const uint8_t seed[N2_SEED_BYTES_MAX] = {7}, nonce[N2_ANNOUNCE_NONCE_BYTES] = {9};
    uint8_t bytes[N2_ANNOUNCE_BYTES_MAX], value[N2_ANNOUNCE_BYTES_MAX];
    uint8_t room[N2_ANNOUNCE_BYTES_MAX], buf[2048];
    n2_signing_key key;
    n2_announce a;
    n2_box body, statement, again;
    size_t len = 0;

    if (n2_box_check(&body, data, size, N2_KIND_ANNOUNCE, NULL) != N2_OK)
        return;
    check(n2_signing_key_init(&key, N2_KEY_ED25519, seed) == N2_OK);
    if (n2_statement_sign(bytes, sizeof bytes, &body, &key, &statement) != N2_OK ||
        n2_announce_seal(N2_ANNOUNCE_HAS, &about, &statement, nonce, value, sizeof value,
                         &len) != N2_OK)
        return;
    uint8_t *copy = fuzz_copy(value, len);

    check(n2_announce_open(&a, N2_ANNOUNCE_WHERE, &about, copy, len, 0, NULL, room) ==
          N2_ERR_FORGED);
    if (n2_announce_open(&a, N2_ANNOUNCE_HAS, &about, copy, len, 0, NULL, room) == N2_OK) {
        check(n2_key_equal(&a.node, &key.key) && n2_key_equal(&a.place.node, &key.key));
        check(a.attachment >= room && a.attachment + a.attachment_len <= room + len);
        if (n2_announce_body(buf, sizeof buf, &a, &again) == N2_OK &&
            again.n_fields == body.n_fields)
            check(again.len == size && memcmp(buf, data, size) == 0);
    }
    free(copy);
}

static void
try_value(const uint8_t *data, size_t size)
{
    uint8_t room[N2_ANNOUNCE_BYTES_MAX];
    n2_announce a;

    check(n2_announce_open(&a, N2_ANNOUNCE_HAS, &about, data, size, 0, NULL, room) != N2_OK);
    check(!a.attachment);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    switch (data[0] % 3) {
    case 0:
        try_attachment(data + 1, size - 1);
        break;
    case 1:
        try_sealed(data + 1, size - 1);
        break;
    default:
        try_value(data + 1, size - 1);
        break;
    }
    return 0;
}

#ifdef N2_FUZZER
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return grow_mutate(data, size, max_size, seed, 1,
                       (const uint8_t[]){N2_KIND_ATTACHMENT, N2_KIND_ANNOUNCE, 0});
}
#endif
