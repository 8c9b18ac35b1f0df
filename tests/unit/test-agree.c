/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-agree.c - agreements side by side: each as alone, as two libraries have it, whatever is
 *                beside it.  (Where the processor has no lanes, this holds the libraries.)
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include <glib.h>
#include <string.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "crypto/agree.h"

enum {
    ROUNDS = 150,
    MANY = 21, /* two full turns and a rest */
    N = N2_NOISE_DH_BYTES_MAX
};

static guint64 seed = 4711;

static void
draw(void *buf, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        ((guint8 *)buf)[i] = (guint8)(seed >> 33);
    }
}

/* Long runs of zeros and ones: where carries go far and sums come near to p. */
static void
draw_runs(guint8 *bytes, gsize len)
{
    guint8 kind[N];

    draw(kind, sizeof kind);
    draw(bytes, len);
    for (gsize i = 0; i < len; i++) {
        if (kind[i / 7] % 3 == 0)
            bytes[i] = 0;
        else if (kind[i / 7] % 3 == 1)
            bytes[i] = 0xff;
    }
}

/* By other code than n2_agree_singly() has for suite 1; NULL public: the base point's. */
static gboolean
by_openssl(guint8 number, const guint8 *secret, const guint8 *public_key, guint8 *out)
{
    int type = number == N2_SUITE_1 ? EVP_PKEY_X25519 : EVP_PKEY_X448;
    gsize n = n2_noise_suite_find(number)->dh_bytes, len = n;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(type, NULL, secret, n);
    EVP_PKEY *other =
        public_key ? EVP_PKEY_new_raw_public_key(type, NULL, public_key, n) : NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
    gboolean ok = other ? EVP_PKEY_derive_init(ctx) == 1 &&
                              EVP_PKEY_derive_set_peer(ctx, other) == 1 &&
                              EVP_PKEY_derive(ctx, out, &len) == 1
                        : EVP_PKEY_get_raw_public_key(own, out, &len) == 1;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(other);
    EVP_PKEY_free(own);
    return ok;
}

typedef struct {
    guint8 secret[MANY][N], public_key[MANY][N], out[MANY][N], want[N];
    n2_agreement a[MANY];
} batch;

static void
fill(batch *b, gsize n)
{
    for (gsize i = 0; i < n; i++)
        b->a[i] = (n2_agreement){b->secret[i], b->public_key[i], b->out[i], N2_ERR_STATE};
}

static void
compare(batch *b, guint8 number, gsize n)
{
    const n2_noise_suite *suite = n2_noise_suite_find(number);

    n2_agree(suite, b->a, n);
    for (gsize i = 0; i < n; i++) {
        n2_agreement alone = b->a[i];
        alone.out = b->want;
        n2_agree_singly(suite, &alone, 1);
        g_assert_cmpint(b->a[i].err, ==, alone.err);
        if (!alone.err)
            g_assert_cmpmem(b->out[i], suite->dh_bytes, b->want, suite->dh_bytes);
        g_assert_cmpint(by_openssl(number, b->a[i].secret, b->a[i].public_key, b->want), ==,
                        !alone.err);
        if (!alone.err)
            g_assert_cmpmem(b->out[i], suite->dh_bytes, b->want, suite->dh_bytes);
    }
}

/* However many there are, public keys among them, they are as alone. */
static void
test_random(void)
{
    g_autofree batch *b = g_new(batch, 1);

    for (guint round = 0; round < ROUNDS; round++) {
        gsize n = 1 + round % MANY;
        fill(b, n);
        for (gsize i = 0; i < n; i++) {
            draw(b->secret[i], N);
            if (round % 2)
                draw_runs(b->public_key[i], N);
            else
                draw(b->public_key[i], N);
            if ((round + i) % 5 == 0)
                b->a[i].public_key = NULL;
            if ((round + i) % 11 == 0)
                draw_runs(b->secret[i], N);
        }
        compare(b, round % 3 ? N2_SUITE_1 : N2_SUITE_2, n);
    }
}

/* @bytes = 2^255 - 19 or 2^448 - 2^224 - 1, and @plus */
static void
around_p(guint8 number, int plus, guint8 *bytes)
{
    gsize n = number == N2_SUITE_1 ? 32 : 56;
    int carry = plus;

    memset(bytes, 0xff, n);
    if (number == N2_SUITE_1) {
        bytes[0] = 0xed;
        bytes[31] = 0x7f;
    } else {
        bytes[28] = 0xfe;
    }
    for (gsize i = 0; i < n && carry; i++) {
        int v = bytes[i] + carry;
        bytes[i] = (guint8)v;
        carry = v < 0 ? -1 : v >> 8;
    }
}

/* All u around 0, p and 2^bits: each lane has another one, and the next round moves them on. */
static void
test_edges(void)
{
    g_autofree batch *b = g_new(batch, 1);

    for (guint8 number = 1; number <= 2; number++)
        for (guint round = 0; round < 8; round++) {
            fill(b, MANY);
            for (guint i = 0; i < MANY; i++) {
                guint at = (i + round) % MANY;
                draw(b->secret[i], N);
                memset(b->public_key[i], 0, N);
                if (at < 7)
                    b->public_key[i][0] = (guint8)at;
                else if (at < 14)
                    around_p(number, (int)at - 10, b->public_key[i]);
                else if (at < 18)
                    memset(b->public_key[i], 0xff, N);
                else
                    b->public_key[i][round + 3 * (at - 17)] = 0x80;
                if (at == 15)
                    b->public_key[i][0] = (guint8)round;
                if (at == 16)
                    memset(b->secret[i], 0xff, N);
                if (at == 17)
                    memset(b->secret[i], 0, N);
            }
            compare(b, number, MANY);
        }
}

/* Points of low order are refused, and only they, in whichever lane they are. */
static void
test_low_order(void)
{
    static const guint8 order_8[32] = {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae,
                                       0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
                                       0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
                                       0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00};
    g_autofree batch *b = g_new(batch, 1);

    for (guint8 number = 1; number <= 2; number++) {
        const n2_noise_suite *suite = n2_noise_suite_find(number);
        for (guint bad = 0; bad < 8; bad++) {
            fill(b, 8);
            draw(b->secret, sizeof b->secret);
            draw(b->public_key, sizeof b->public_key);
            memset(b->public_key[bad], 0, N);
            b->public_key[bad][0] = bad % 2;
            if (number == N2_SUITE_1 && bad > 4)
                memcpy(b->public_key[bad], order_8, sizeof order_8);
            if (bad == 4)
                around_p(number, -1, b->public_key[bad]);
            n2_agree(suite, b->a, 8);
            for (guint i = 0; i < 8; i++)
                g_assert_cmpint(b->a[i].err, ==, i == bad ? N2_ERR_FORGED : N2_OK);
        }
    }
}

static void
from_hex(guint8 *out, gsize n, const char *hex)
{
    g_assert_cmpint(sodium_hex2bin(out, n, hex, 2 * n, NULL, NULL, NULL), ==, 0);
}

/* RFC 7748, section 5.2: after 1 and after 1,000 iterations.  Eight chains, all alike. */
static void
test_iterated(void)
{
    static const struct {
        guint8 suite;
        const char *first, *last;
    } rows[] = {
        {1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
         "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"},
        {2,
         "3f482c8a9f19b01e6c46ee9711d9dc14fd4bf67af30765c2ae2b846a4d23a8cd0db897086239492caf350"
         "b51"
         "f833868b9bc2b3bca9cf4113",
         "aa3b4749d55b9daf1e5b00288826c467274ce3ebbdd5c17b975e09d4af6c67cf10d087202db88286e2b79"
         "fce"
         "ea3ec353ef54faa26e219f38"},
    };
    g_autofree batch *b = g_new(batch, 1);
    guint8 k[N], u[N], want[N];

    for (guint row = 0; row < G_N_ELEMENTS(rows); row++) {
        const n2_noise_suite *suite = n2_noise_suite_find(rows[row].suite);
        gsize n = suite->dh_bytes;
        memset(k, 0, sizeof k);
        k[0] = rows[row].suite == N2_SUITE_1 ? 9 : 5;
        memcpy(u, k, sizeof u);
        for (guint i = 0; i < 1000; i++) {
            fill(b, 8);
            for (guint lane = 0; lane < 8; lane++) {
                b->a[lane].secret = k;
                b->a[lane].public_key = u;
            }
            n2_agree(suite, b->a, 8);
            for (guint lane = 1; lane < 8; lane++)
                g_assert_cmpmem(b->out[lane], n, b->out[0], n);
            memcpy(u, k, n);
            memcpy(k, b->out[0], n);
            if (i == 0) {
                from_hex(want, n, rows[row].first);
                g_assert_cmpmem(k, n, want, n);
            }
        }
        from_hex(want, n, rows[row].last);
        g_assert_cmpmem(k, n, want, n);
    }
}

/* A handshake whose agreements were worked out with others is byte by byte the usual one. */
static void
test_noise(void)
{
    for (guint8 number = 1; number <= 2; number++) {
        const n2_noise_suite *suite = n2_noise_suite_find(number);
        guint8 s[N], s_public[N], e[2][N], m1[2][200], m2[2][200], got[64], shared[4][N];
        n2_noise_keys keys[2][2];
        n2_noise_es_result es;

        draw(s, sizeof s);
        draw(e, sizeof e);
        g_assert_cmpint(n2_noise_public(suite, s, s_public), ==, N2_OK);
        for (guint way = 0; way < 2; way++) {
            n2_noise i, r;
            n2_noise_pair pair[2];
            for (guint side = 0; side < 2; side++)
                memcpy(pair[side].secret, e[side], N);
            n2_noise_init_initiator(&i, suite, "p", 1, s_public);
            n2_noise_init_responder(&r, suite, "p", 1, s_public);
            n2_agreement first[] = {{e[0], NULL, pair[0].public_key, 0},
                                    {e[1], NULL, pair[1].public_key, 0},
                                    {e[0], i.remote, shared[0], 0},
                                    {s, pair[0].public_key, shared[1], 0}};
            n2_agree(suite, first, 3);
            n2_agree(suite, first + 3, 1);
            if (way) {
                g_assert_cmpint(n2_noise_write1(&i, e[0], "abc", 3, m1[way]), ==, N2_OK);
                g_assert_cmpint(n2_noise_es(suite, s, m1[way], &es), ==, N2_OK);
            } else {
                g_assert_cmpint(
                    n2_noise_write_agreed(&i, &pair[0], shared[0], "abc", 3, m1[way]), ==,
                    N2_OK);
                n2_noise_es_of(suite, shared[1], &es);
            }
            gsize len = n2_noise_message_bytes(suite, 3);
            g_assert_cmpint(n2_noise_read1(&r, &es, m1[way], len, got), ==, N2_OK);
            g_assert_cmpmem(got, 3, "abc", 3);
            n2_agreement second[] = {{e[1], r.remote, shared[2], 0},
                                     {e[0], pair[1].public_key, shared[3], 0}};
            n2_agree(suite, second, 2);
            if (way)
                g_assert_cmpint(n2_noise_write2(&r, e[1], "def", 3, m2[way]), ==, N2_OK);
            else
                g_assert_cmpint(
                    n2_noise_write_agreed(&r, &pair[1], shared[2], "def", 3, m2[way]), ==,
                    N2_OK);
            g_assert_cmpint(way ? n2_noise_read2(&i, m2[way], len, got)
                                : n2_noise_read2_agreed(&i, shared[3], m2[way], len, got),
                            ==, N2_OK);
            g_assert_cmpmem(got, 3, "def", 3);
            g_assert_cmpint(n2_noise_split(&i, &keys[way][0]), ==, N2_OK);
            g_assert_cmpint(n2_noise_split(&r, &keys[way][1]), ==, N2_OK);
            g_assert_cmpmem(&keys[way][0], sizeof keys[way][0], &keys[way][1],
                            sizeof keys[way][1]);
            /* Out of order: nothing is written. */
            g_assert_cmpint(n2_noise_write_agreed(&i, &pair[0], shared[0], "", 0, m1[way]), ==,
                            N2_ERR_STATE);
            g_assert_cmpint(n2_noise_read2_agreed(&i, shared[0], m2[way], len, got), ==,
                            N2_ERR_STATE);
        }
        g_assert_cmpmem(&keys[0][0], sizeof keys[0][0], &keys[1][0], sizeof keys[1][0]);
        g_assert_cmpmem(m1[0], n2_noise_message_bytes(suite, 3), m1[1],
                        n2_noise_message_bytes(suite, 3));
        g_assert_cmpmem(m2[0], n2_noise_message_bytes(suite, 3), m2[1],
                        n2_noise_message_bytes(suite, 3));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_message("X25519 by %s, X448 by %s", n2_agree_name(n2_noise_suite_find(N2_SUITE_1)),
                   n2_agree_name(n2_noise_suite_find(N2_SUITE_2)));
    g_test_add_func("/crypto/agree/random", test_random);
    g_test_add_func("/crypto/agree/edges", test_edges);
    g_test_add_func("/crypto/agree/low-order", test_low_order);
    g_test_add_func("/crypto/agree/iterated", test_iterated);
    g_test_add_func("/crypto/agree/noise", test_noise);
    return g_test_run();
}
