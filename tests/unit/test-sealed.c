/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-sealed.c - the promises in sealed.h and sheet.h.
 */
#include <glib.h>
#include <sodium.h>

#include "crypto/sealed.h"
#include "crypto/sheet.h"

static guint64 seed;

/* Repeatable, so that a known answer can be one. */
static void
random_bytes(void *user, void *buf, size_t len)
{
    (void)user;
    guint8 key[randombytes_SEEDBYTES] = {0};
    memcpy(key, &seed, sizeof seed);
    seed++;
    randombytes_buf_deterministic(buf, len, key);
}

static const n2_env env = {NULL, random_bytes};
static const char secret[] = "the seed of a control key, or so";

typedef struct {
    n2_sealer sealer;
    guint8 bytes[4096];
    n2_box file;
} sealed;

static void
seal(sealed *s, const char *passphrase)
{
    g_assert_cmpint(n2_sealer_init(&s->sealer, passphrase, strlen(passphrase), &env), ==,
                    N2_OK);
    g_assert_cmpint(n2_sealer_seal(&s->sealer, &env, secret, sizeof secret, s->bytes,
                                   sizeof s->bytes, &s->file),
                    ==, N2_OK);
    g_assert_cmpuint(s->file.len, <=, sizeof secret + N2_SEALED_OVERHEAD_BYTES);
}

/* As somebody opens it who has only the file and a passphrase. */
static n2_err
open_file(const void *file, gsize len, const char *passphrase)
{
    guint8 plain[4096];
    n2_sealer sealer;
    gsize plain_len = 0;

    n2_err err = n2_sealer_of_file(&sealer, file, len, passphrase, strlen(passphrase));
    if (!err)
        err = n2_sealer_open(&sealer, file, len, plain, sizeof plain, &plain_len);
    if (!err)
        g_assert_cmpmem(plain, plain_len, secret, sizeof secret);
    return err;
}

static void
test_round_trip(void)
{
    sealed s, again;

    seal(&s, "");
    g_assert_cmpint(open_file(s.file.bytes, s.file.len, ""), ==, N2_OK);
    g_assert_cmpint(n2_box_int(&s.file, 1), ==, N2_SEALED_PASSES_EMPTY);
    g_assert_cmpint(n2_box_int(&s.file, 2), ==, N2_SEALED_KIB_EMPTY);

    /* Sealed again: other bytes, same salt. */
    again = s;
    g_assert_cmpint(n2_sealer_seal(&s.sealer, &env, secret, sizeof secret, again.bytes,
                                   sizeof again.bytes, &again.file),
                    ==, N2_OK);
    g_assert_cmpint(open_file(again.file.bytes, again.file.len, ""), ==, N2_OK);
    gsize len;
    g_assert_cmpmem(n2_box_bytes(&s.file, 3, &len), 16, n2_box_bytes(&again.file, 3, &len), 16);
    g_assert_cmpint(memcmp(s.bytes, again.bytes, s.file.len), !=, 0);
    n2_sealer_clear(&s.sealer);
    g_assert_true(sodium_is_zero((guint8 *)&s.sealer, sizeof s.sealer));
}

static void
test_wrong_passphrase(void)
{
    sealed s;

    seal(&s, "correct horse");
    g_assert_cmpint(n2_box_int(&s.file, 1), ==, N2_SEALED_PASSES);
    g_assert_cmpint(n2_box_int(&s.file, 2), ==, N2_SEALED_KIB);
    g_assert_cmpint(open_file(s.file.bytes, s.file.len, "correct horse"), ==, N2_OK);
    g_assert_cmpint(open_file(s.file.bytes, s.file.len, "correct horsf"), ==, N2_ERR_REFUSED);
}

/* Every byte matters: one changed, or the file cut anywhere, is told from a wrong passphrase.
 */
static void
test_damaged(void)
{
    sealed s;

    seal(&s, "");
    for (gsize at = 0; at < s.file.len; at++) {
        s.bytes[at] ^= 0x40;
        n2_err err = open_file(s.bytes, s.file.len, "");
        s.bytes[at] ^= 0x40;
        if (at == 3)
            g_assert_cmpint(err, ==, N2_ERR_VERSION);
        else
            g_assert_cmpint(err, ==, N2_ERR_CORRUPT);
    }
    for (gsize len = 0; len < s.file.len; len++) {
        g_autofree guint8 *exact = g_memdup2(s.bytes, len);
        g_assert_cmpint(open_file(exact, len, ""), ==, N2_ERR_CORRUPT);
    }
    g_assert_cmpint(open_file(s.bytes, s.file.len, ""), ==, N2_OK);
}

/* The associated data hold too, for somebody who mends the checksum. */
static void
test_changed_with_checksum(void)
{
    sealed s;

    seal(&s, "");
    gsize len;
    const guint8 *check = n2_box_bytes(&s.file, 192, &len);
    gsize check_at = (gsize)(check - s.file.bytes);
    gsize nonce_at = (gsize)(n2_box_bytes(&s.file, 4, &len) - s.file.bytes);
    gsize sealed_at = (gsize)(n2_box_bytes(&s.file, 5, &len) - s.file.bytes);
    const gsize places[] = {nonce_at, sealed_at, sealed_at + len - 1};

    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        s.bytes[places[i]] ^= 1;
        crypto_hash_sha256(s.bytes + check_at, s.bytes, check_at - 4);
        g_assert_cmpint(open_file(s.bytes, s.file.len, ""), ==, N2_ERR_REFUSED);
        s.bytes[places[i]] ^= 1;
    }
}

/* Attack 39: a file that asks for an hour, or for 100 GB, is refused before any work. */
static void
test_costly(void)
{
    static const struct {
        const char *name;
        gint64 passes, kib;
        n2_err want;
    } rows[] = {
        {"an hour", 100000, 8 * 1024, N2_ERR_LIMIT},
        {"11 passes", 11, 8, N2_ERR_LIMIT},
        {"10 passes", 10, 8, N2_ERR_REFUSED},
        {"100 GB", 1, 100 * 1024 * 1024, N2_ERR_LIMIT},
        {"just above 1 GiB", 1, 1024 * 1024 + 1, N2_ERR_LIMIT},
        {"negative memory", 1, -1, N2_ERR_CORRUPT},
        {"too little memory", 1, 7, N2_ERR_CORRUPT},
        {"no pass", 0, 8, N2_ERR_CORRUPT},
        {"negative passes", -3, 8, N2_ERR_CORRUPT},
    };
    static const guint8 zero[64];

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 bytes[512];
        n2_box file;
        n2_box_writer w = n2_box_begin(bytes, sizeof bytes, N2_KIND_SEALED);

        n2_box_put_int(&w, 1, rows[i].passes);
        n2_box_put_int(&w, 2, rows[i].kib);
        n2_box_put_bytes(&w, 3, zero, 16);
        n2_box_put_bytes(&w, 4, zero, 24);
        n2_box_put_bytes(&w, 5, zero, 40);
        g_assert_cmpint(n2_box_end(&w, &file, NULL), ==, N2_OK);
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(open_file(file.bytes, file.len, ""), ==, rows[i].want);
    }
}

static void
test_limits(void)
{
    g_autofree char *passphrase = g_strnfill(N2_PASSPHRASE_BYTES_MAX + 1, 'a');
    g_autofree guint8 *plain = g_malloc0(N2_SEALED_PLAIN_BYTES_MAX + 1);
    g_autofree guint8 *buf = g_malloc(70000);
    g_autofree guint8 *back = g_malloc(70000);
    n2_sealer sealer;
    n2_box file;
    gsize len;

    g_assert_cmpint(n2_sealer_init(&sealer, passphrase, strlen(passphrase), &env), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpint(n2_sealer_init(&sealer, "", 0, &env), ==, N2_OK);
    g_assert_cmpint(
        n2_sealer_seal(&sealer, &env, plain, N2_SEALED_PLAIN_BYTES_MAX + 1, buf, 70000, &file),
        ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_sealer_seal(&sealer, &env, plain, 100, buf, 100, &file), ==,
                    N2_ERR_NOSPACE);
    g_assert_cmpint(n2_sealer_seal(&sealer, &env, plain, N2_SEALED_PLAIN_BYTES_MAX, buf,
                                   N2_SEALED_PLAIN_BYTES_MAX + N2_SEALED_OVERHEAD_BYTES, &file),
                    ==, N2_OK);
    g_assert_cmpint(n2_sealer_open(&sealer, file.bytes, file.len, back,
                                   N2_SEALED_PLAIN_BYTES_MAX - 1, &len),
                    ==, N2_ERR_NOSPACE);
    g_assert_cmpint(n2_sealer_open(&sealer, file.bytes, file.len, back, 70000, &len), ==,
                    N2_OK);
    g_assert_cmpuint(len, ==, N2_SEALED_PLAIN_BYTES_MAX);
}

/* Made with other programs from the words in sheet.h; a change here loses people their sheets.
 */
static void
test_sheet_known(void)
{
    guint8 sheet[16], commitment[32];
    n2_signing_key a, b;
    char hex[2 * 57 + 1];

    for (guint8 i = 0; i < 16; i++)
        sheet[i] = i;
    g_assert_cmpint(n2_sheet_keys(sheet, &a, &b), ==, N2_OK);
    sodium_bin2hex(hex, sizeof hex, a.key.bytes, 32);
    g_assert_cmpstr(hex, ==,
                    "33f11cd7d2cdad4bcb3d29efaeedd4607fc569fd557f6f7a8888028d54e8a0ba");
    sodium_bin2hex(hex, sizeof hex, b.key.bytes, 57);
    g_assert_cmpstr(hex, ==,
                    "3dd7b269a46a86768600a68a833a8f92851a876316933108826a6005798abd6c"
                    "af2888a4ce22caf8c3b68df33c8c45f9af4351d1a1ecab4d00");
    g_assert_cmpint(n2_sheet_commitment(sheet, commitment), ==, N2_OK);
    sodium_bin2hex(hex, sizeof hex, commitment, 32);
    g_assert_cmpstr(hex, ==,
                    "666da8de4ece766dd222a6b840af1bd457be38a934132ec2e62f9814363df49c");
    g_assert_cmpint(n2_sheet_commit(&b.key, &a.key, commitment), ==, N2_ERR_FORMAT);
    n2_signing_key_clear(&a);
    n2_signing_key_clear(&b);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_add_func("/crypto/sealed/round-trip", test_round_trip);
    g_test_add_func("/crypto/sealed/wrong-passphrase", test_wrong_passphrase);
    g_test_add_func("/crypto/sealed/damaged", test_damaged);
    g_test_add_func("/crypto/sealed/changed-with-checksum", test_changed_with_checksum);
    g_test_add_func("/crypto/sealed/39-costly", test_costly);
    g_test_add_func("/crypto/sealed/limits", test_limits);
    g_test_add_func("/crypto/sheet/known", test_sheet_known);
    return g_test_run();
}
