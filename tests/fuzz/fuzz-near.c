/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-near.c - announcements of neighbours: raw, and with words of an attacker's who signs
 * well.
 *
 * The first byte: bit 0: the rest is a body that the harness signs and wraps; bits 1 to 7:
 * where it is heard.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "grow.h"
#include "name/near.h"

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    memset(buf, 7, len);
}

static n2_signing_key
device(uint8_t number)
{
    const uint8_t seed[N2_SEED_BYTES_MAX] = {number};
    n2_signing_key key;

    check(n2_signing_key_init(&key, N2_KEY_ED25519, seed) == N2_OK);
    return key;
}

/* What an offer says can be walked, and is in its bounds. */
static void
try_offers(const n2_neighbour *who)
{
    size_t n = 0;
    n2_attr a;

    for (size_t at = 0; n2_near_next_offer(who, &at, &a); n++) {
        check(a.name_len && a.name_len <= N2_NEAR_WORD_BYTES_MAX);
        check(a.len <= N2_NEAR_VALUE_BYTES_MAX);
        check(a.value >= who->bytes && a.value + a.len <= who->bytes + who->len);
    }
    check(n <= N2_NEAR_OFFERS_MAX);
    check(who->words.switch_bits >= 1 && who->words.switch_bits <= 16);
}

/* Read and written again it is the same. */
static void
try_again(const n2_neighbour *who)
{
    n2_attr offers[N2_NEAR_OFFERS_MAX];
    uint8_t buf[N2_NEAR_BYTES_MAX];
    n2_statement s;
    n2_box body;
    size_t n = 0;

    check(n2_statement_read(&s, who->bytes, who->len) == N2_OK);
    for (size_t at = 0; n < N2_NEAR_OFFERS_MAX && n2_near_next_offer(who, &at, &offers[n]);)
        n++;
    n2_err err = n2_near_body(buf, sizeof buf, &who->words, offers, n, &body);
    if (err == N2_OK && body.n_fields == s.body.n_fields)
        check(body.len == s.body.len && memcmp(body.bytes, s.body.bytes, body.len) == 0);
}

static size_t
wrap(uint8_t *out, const uint8_t *bytes, size_t len)
{
    memcpy(out, "n2c\1\0\0\x12\x34", 8);
    out[8] = (uint8_t)(len >> 8);
    out[9] = (uint8_t)len;
    memcpy(out + N2_NEAR_HEAD_BYTES, bytes, len);
    return N2_NEAR_HEAD_BYTES + len;
}

/* Signed by whoever made the words up. */
static size_t
sign(uint8_t *out, size_t cap, const uint8_t *data, size_t size, uint8_t number)
{
    n2_signing_key key = device(number);
    uint8_t statement[2 * N2_NEAR_BYTES_MAX];
    n2_box body, whole;

    if (n2_box_check(&body, data, size, N2_KIND_ANY, NULL) != N2_OK ||
        n2_statement_sign(statement, sizeof statement, &body, &key, &whole) != N2_OK ||
        whole.len + N2_NEAR_HEAD_BYTES > cap)
        return 0;
    return wrap(out, whole.bytes, whole.len);
}

static void
hear(n2_near *near, const uint8_t *data, size_t size, uint8_t where, uint64_t now_us)
{
    n2_near_place place = {0};
    bool is_news;

    if (where & 1)
        place.net = (n2_net_addr){.len = 23, .bytes = {6, 0, 0, 0xfe, 0x80, where}};
    else if (where & 2)
        place.net = (n2_net_addr){.len = 8, .bytes = {N2_NET_ETHER, 2, 0, 0, 0, 0, where, 'e'}};
    else
        place = (n2_near_place){.path = (uint64_t)(where | 1) << 56, .port = where >> 4};
    uint8_t *exact = fuzz_copy(data, size);
    n2_err err = n2_near_hear(near, exact, size, &place, now_us, 1, &is_news);
    check(!is_news || err == N2_OK);
    if (err == N2_OK)
        check(n2_near_hear(near, exact, size, &place, now_us, 1, &is_news) == N2_OK &&
              !is_news);
    free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const n2_env env = {.random = random_cb};
    uint8_t out[3 * N2_NEAR_BYTES_MAX];
    n2_near *near;
    bool is_news;

    if (!size || n2_near_new(&near, &env, 0) != N2_OK)
        return 0;
    uint8_t where = data[0] >> 1;
    if (data[0] & 1) {
        size_t len = sign(out, sizeof out, data + 1, size - 1, where);
        if (len)
            hear(near, out, len, where, 1);
    } else {
        hear(near, data + 1, size - 1, where, 1);
    }
    for (size_t i = 0; i < n2_near_count(near); i++) {
        try_offers(n2_near_at(near, i));
        try_again(n2_near_at(near, i));
    }
    check(n2_near_count(near) <= 1);
    (void)n2_near_pick(near);
    check(!n2_near_expire(near, 1 + N2_NEAR_SILENT_US, &is_news));
    check(n2_near_count(near) == 0);
    n2_near_free(near);
    return 0;
}

#ifdef N2_FUZZER
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return grow_mutate(data, size, max_size, seed, 1,
                       (const uint8_t[]){N2_KIND_NEAR, N2_KIND_SIGNED, 0});
}
#endif
