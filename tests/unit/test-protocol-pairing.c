/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-pairing.c - the examples of daemon/PROTOCOL.md for two devices of one person:
 *                           pairing by three words, and the account at a site.
 */
#include <glib.h>
#include <string.h>

#include "crypto/pieces.h"
#include "crypto/words.h"
#include "keys/pair.h"
#include "protocol-page.h"

/* The nonce of the first is 11 12 ... 30, that of the second 51 52 ... 70. */
static void
count_cb(void *user, void *buf, size_t len)
{
    const guint8 *from = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)(*from + i);
}

static void
test_pairing(void)
{
    guint8 from[] = {0x11, 0x51};
    const n2_env first = {&from[0], count_cb}, second = {&from[1], count_cb};
    n2_key keys[2] = {{.method = N2_KEY_ED25519}, {.method = N2_KEY_ED25519}};
    guint8 m[3][N2_PAIR_MESSAGE_BYTES_MAX];
    gsize len[3], none;
    n2_pair a, b;

    memset(keys[0].bytes, 0xa1, 32);
    memset(keys[1].bytes, 0xb2, 32);
    g_assert_cmpint(n2_pair_begin(&a, true, &keys[0], &first, m[0], &len[0]), ==, N2_OK);
    g_assert_cmpint(n2_pair_begin(&b, false, &keys[1], &second, m[1], &len[1]), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&b, m[0], len[0], m[1], &len[1]), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&a, m[1], len[1], m[2], &len[2]), ==, N2_OK);
    for (guint i = 0; i < 3; i++)
        protocol_page_expect("pairing", m[i], len[i]);
    g_assert_cmpint(n2_pair_take(&b, m[2], len[2], m[0], &none), ==, N2_OK);
    g_autofree char *words =
        g_strdup_printf("`%s %s %s`", n2_sheet_word(b.words[0]), n2_sheet_word(b.words[1]),
                        n2_sheet_word(b.words[2]));
    protocol_page_expect_text("words of a pairing", words);
    g_assert_cmpmem(a.words, sizeof a.words, b.words, sizeof b.words);
}

/* What a new machine asks for, and by which name the words stand for it, and for the person. */
static void
test_asked(void)
{
    n2_asked_key asked = {.key = {.method = N2_KEY_ED25519},
                          .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH | N2_RIGHT_SESSION,
                          .label = "laptop"};
    guint8 bytes[512], message[513] = {4}, hash[N2_HASH_BYTES];
    gsize len;

    memset(asked.key.bytes, 0xa1, 32);
    g_assert_cmpint(n2_pieces_write_keys(bytes, sizeof bytes, &asked, 1,
                                         G_GINT64_CONSTANT(1767225600) * 1000000, &len),
                    ==, N2_OK);
    memcpy(message + 1, bytes, len);
    protocol_page_expect("keys that are asked for", message, len + 1);
    n2_sha256_of(bytes, len, hash);
    protocol_page_expect("their name in a pairing", hash, sizeof hash);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/pairing", test_pairing);
    g_test_add_func("/protocol/pairing/asked", test_asked);
    return g_test_run();
}
