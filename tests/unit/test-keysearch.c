/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keysearch.c - the search that the promise 'no private key in the node' rests on finds a
 * key that was planted, in every dress, and nothing where there is none.
 */
#include <glib.h>
#include <sodium.h>

#include "../e2e/keysearch.h"
#include "base/base32.h"

enum {
    KEY = 32,
    MEMORY = 100000
};

typedef struct {
    guint8 *memory;
    guint8 key[KEY];
    n2_key_search *search;
} fixture;

static void
setup(fixture *f, gconstpointer data)
{
    (void)data;
    f->memory = g_malloc(MEMORY);
    randombytes_buf(f->memory, MEMORY);
    randombytes_buf(f->key, KEY);
    f->search = n2_key_search_new(f->key, KEY);
}

static void
teardown(fixture *f, gconstpointer data)
{
    (void)data;
    n2_key_search_free(f->search);
    g_free(f->memory);
}

/* Plants at the start, the end and anywhere; then takes it out again. */
static void
plant(fixture *f, gconstpointer bytes, gsize len, const char *want)
{
    const gsize places[] = {0, MEMORY - len,
                            1 + randombytes_uniform((guint32)(MEMORY - len - 1))};

    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_assert_null(n2_key_search_in(f->search, f->memory, MEMORY));
        memcpy(f->memory + places[i], bytes, len);
        const char *found = n2_key_search_in(f->search, f->memory, MEMORY);
        g_assert_nonnull(found);
        g_assert_true(g_str_has_prefix(found, want));
        randombytes_buf(f->memory + places[i], len);
    }
    g_assert_cmpuint(len - 1, <=, n2_key_search_overlap(f->search) + 16);
}

static void
test_bytes(fixture *f, gconstpointer data)
{
    guint8 turned[KEY];

    (void)data;
    plant(f, f->key, KEY, "as it is");
    for (gsize i = 0; i < KEY; i++)
        turned[i] = f->key[KEY - 1 - i];
    plant(f, turned, KEY, "backwards");
    for (gsize i = 0; i < KEY; i++)
        turned[i] = f->key[i ^ 3];
    plant(f, turned, KEY, "words of 4");
    for (gsize i = 0; i < KEY; i++)
        turned[i] = f->key[i ^ 7];
    plant(f, turned, KEY, "words of 8");
}

/* Texts made by others' encoders, with up to four bytes of something before and behind the key.
 */
static void
test_texts(fixture *f, gconstpointer data)
{
    char hex[2 * KEY + 1];
    guint8 longer[KEY + 8];

    (void)data;
    sodium_bin2hex(hex, sizeof hex, f->key, KEY);
    plant(f, hex, 2 * KEY, "hex");
    g_autofree char *capital = g_ascii_strup(hex, -1);
    plant(f, capital, 2 * KEY, "capital hex");

    for (gsize before = 0; before <= 4; before++) {
        gsize len = before + KEY + 4;
        randombytes_buf(longer, sizeof longer);
        memcpy(longer + before, f->key, KEY);
        g_autofree char *base64 = g_base64_encode(longer, len);
        plant(f, base64, strlen(base64), "base64");

        char url[200];
        sodium_bin2base64(url, sizeof url, longer, len,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        plant(f, url, strlen(url), "base64");

        char base32[200];
        n2_base32_encode(base32, longer, len);
        plant(f, base32, strlen(base32), "base32");
        g_autofree char *base32_capital = g_ascii_strup(base32, -1);
        plant(f, base32_capital, strlen(base32_capital), "capital base32");
    }
}

/* A memory that is read in pieces: with the overlap no hit is lost between two. */
static void
test_pieces(fixture *f, gconstpointer data)
{
    char hex[2 * KEY + 1];
    gsize piece = 1000, overlap = n2_key_search_overlap(f->search);

    (void)data;
    sodium_bin2hex(hex, sizeof hex, f->key, KEY);
    for (gsize at = 900; at < 1100; at++) {
        gboolean found = FALSE;
        memcpy(f->memory + at, hex, 2 * KEY);
        for (gsize from = 0; from + overlap < 5000; from += piece - overlap)
            found |= n2_key_search_in(f->search, f->memory + from, piece) != NULL;
        g_assert_true(found);
        randombytes_buf(f->memory + at, 2 * KEY);
    }
}

static void
test_absent(fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_null(n2_key_search_in(f->search, f->memory, MEMORY));
    g_assert_null(n2_key_search_in(f->search, f->memory, 0));
    memcpy(f->memory + 50, f->key, KEY - 1); /* all but one byte of it */
    f->memory[50 + KEY - 1] = (guint8)~f->key[KEY - 1];
    g_assert_null(n2_key_search_in(f->search, f->memory, MEMORY));
    g_assert_null(n2_key_search_in(f->search, f->key, KEY - 1));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(fixture *f, gconstpointer data);
    } tests[] = {{"bytes", test_bytes},
                 {"texts", test_texts},
                 {"pieces", test_pieces},
                 {"absent", test_absent}};

    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/e2e/keysearch/", tests[i].name, NULL);
        g_test_add(path, fixture, NULL, setup, tests[i].run, teardown);
    }
    return g_test_run();
}
