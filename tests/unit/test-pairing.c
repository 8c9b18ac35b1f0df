/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-pairing.c - three words that two devices show, whoever stands between; and what a
 *                  passphrase is worth.
 */
#include <glib.h>
#include <sodium.h>
#include <string.h>

#include "crypto/words.h"
#include "keys/pair.h"
#include "keys/strength.h"

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    randombytes_buf(buf, len);
}

static const n2_env env = {NULL, random_cb};

typedef struct {
    n2_pair a, b;
    n2_key key[2];
    guint8 m1[N2_PAIR_MESSAGE_BYTES_MAX], m2[N2_PAIR_MESSAGE_BYTES_MAX],
        m3[N2_PAIR_MESSAGE_BYTES_MAX];
    gsize n1, n2, n3, none;
} pairing;

static void
pair_begin(pairing *p)
{
    for (int i = 0; i < 2; i++)
        p->key[i] = (n2_key){.method = N2_KEY_ED25519, .bytes = {(guint8)(i + 1)}};
    g_assert_cmpint(n2_pair_begin(&p->a, true, &p->key[0], &env, p->m1, &p->n1), ==, N2_OK);
    g_assert_cmpint(n2_pair_begin(&p->b, false, &p->key[1], &env, p->m2, &p->n2), ==, N2_OK);
    g_assert_cmpuint(p->n2, ==, 0);
}

static void
test_pairing(void)
{
    pairing p;
    n2_key theirs;

    pair_begin(&p);
    g_assert_cmpint(n2_pair_take(&p.b, p.m1, p.n1, p.m2, &p.n2), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&p.a, p.m2, p.n2, p.m3, &p.n3), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&p.b, p.m3, p.n3, p.m1, &p.none), ==, N2_OK);
    g_assert_cmpuint(p.none, ==, 0);
    g_assert_cmpint(p.a.state, ==, N2_PAIR_SHOWS);
    g_assert_cmpmem(p.a.words, sizeof p.a.words, p.b.words, sizeof p.b.words);
    for (int i = 0; i < N2_PAIR_WORDS; i++)
        g_assert_cmpuint(p.a.words[i], <, 2048);
    g_assert_cmpint(n2_pair_settle(&p.a, true, &theirs), ==, N2_OK);
    g_assert_true(n2_key_equal(&theirs, &p.key[1]));
    g_assert_cmpint(n2_pair_settle(&p.a, true, &theirs), ==, N2_ERR_STATE);
    g_assert_cmpint(n2_pair_settle(&p.b, false, &theirs), ==, N2_ERR_REFUSED);
    g_assert_cmpint(n2_pair_settle(&p.b, true, &theirs), ==, N2_ERR_STATE);
}

/* Who stands between knows the first nonce only when its own are said: what it tries then is
 * refused, and that was its one try. */
static void
test_pairing_attacked(void)
{
    n2_key theirs;
    pairing p;

    /* Another nonce than the one promised; any byte of it. */
    for (guint i = 0; i < 33; i++) {
        pair_begin(&p);
        g_assert_cmpint(n2_pair_take(&p.b, p.m1, p.n1, p.m2, &p.n2), ==, N2_OK);
        g_assert_cmpint(n2_pair_take(&p.a, p.m2, p.n2, p.m3, &p.n3), ==, N2_OK);
        g_assert_cmpuint(p.n3, ==, 33);
        p.m3[i] ^= 1;
        g_assert_cmpint(n2_pair_take(&p.b, p.m3, p.n3, p.m1, &p.none), !=, N2_OK);
        p.m3[i] ^= 1;
        g_assert_cmpint(n2_pair_take(&p.b, p.m3, p.n3, p.m1, &p.none), ==, N2_ERR_STATE);
        g_assert_cmpint(n2_pair_settle(&p.b, true, &theirs), ==, N2_ERR_STATE);
    }
    /* A second message 1 or 2, to try again. */
    pair_begin(&p);
    g_assert_cmpint(n2_pair_take(&p.b, p.m1, p.n1, p.m2, &p.n2), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&p.b, p.m1, p.n1, p.m2, &p.n2), ==, N2_ERR_STATE);
    pair_begin(&p);
    g_assert_cmpint(n2_pair_take(&p.b, p.m1, p.n1, p.m2, &p.n2), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&p.a, p.m2, p.n2, p.m3, &p.n3), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&p.a, p.m2, p.n2, p.m3, &p.n3), ==, N2_ERR_STATE);
    /* Our own words back; another's key in between: then the words differ. */
    pair_begin(&p);
    g_assert_cmpint(n2_pair_take(&p.a, p.m1, p.n1, p.m3, &p.n3), ==, N2_ERR_STATE);
    pair_begin(&p);
    g_assert_cmpint(n2_pair_take(&p.b, p.m1, p.n1, p.m2, &p.n2), ==, N2_OK);
    p.m2[2] ^= 8; /* a key of its own */
    g_assert_cmpint(n2_pair_take(&p.a, p.m2, p.n2, p.m3, &p.n3), ==, N2_OK);
    g_assert_cmpint(n2_pair_take(&p.b, p.m3, p.n3, p.m1, &p.none), ==, N2_OK);
    g_assert_true(memcmp(p.a.words, p.b.words, sizeof p.a.words) != 0);
    for (gsize cut = 0; cut < p.n1; cut++) {
        pair_begin(&p);
        g_assert_cmpint(n2_pair_take(&p.b, p.m1, cut, p.m2, &p.n2), !=, N2_OK);
        g_assert_cmpint(p.b.state, ==, N2_PAIR_OVER);
    }
}

static void
test_strength(void)
{
    static const struct {
        const char *text;
        unsigned least, most;
        n2_strength_grade grade;
    } rows[] = {
        {"", 0, 0, N2_STRENGTH_NONE},
        {"a", 1, 6, N2_STRENGTH_WEAK},
        {"password", 1, 8, N2_STRENGTH_WEAK},
        {"Passwort1987", 8, 20, N2_STRENGTH_WEAK},
        {"aaaaaaaaaaaaaaaaaaaaaaaa", 1, 12, N2_STRENGTH_WEAK},
        {"abcdefghijklmnopqrstuvwxyz", 1, 14, N2_STRENGTH_WEAK},
        {"qwertz12345", 1, 20, N2_STRENGTH_WEAK},
        {"k7#Qv!2xZp", 50, 75, N2_STRENGTH_GOOD},
        {"j4xw9vqk", 35, 45, N2_STRENGTH_FAIR},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_strength s = n2_passphrase_strength(rows[i].text, strlen(rows[i].text));
        g_test_message("%s: %u", rows[i].text, s.bits);
        g_assert_cmpuint(s.bits, >=, rows[i].least);
        g_assert_cmpuint(s.bits, <=, rows[i].most);
        g_assert_cmpint(s.grade, ==, rows[i].grade);
    }
    g_autofree char *words = g_strjoin(" ", n2_sheet_word(5), n2_sheet_word(900),
                                       n2_sheet_word(1500), n2_sheet_word(77), NULL);
    n2_strength four = n2_passphrase_strength(words, strlen(words));
    g_assert_cmpuint(four.bits, >=, 40);
    g_assert_cmpuint(four.bits, <=, 50);
    g_autofree char *long_one = g_strnfill(5000, 'x');
    g_assert_cmpuint(n2_passphrase_strength(long_one, 5000).bits, <, 30);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_add_func("/pair/words", test_pairing);
    g_test_add_func("/pair/attack-40-pairing", test_pairing_attacked);
    g_test_add_func("/strength/rows", test_strength);
    return g_test_run();
}
