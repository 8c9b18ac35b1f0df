/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-memory.c - whatever needs memory says so when there is none, leaves nothing behind, and
 *                 works the next time.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "base/ring.h"
#include "base/writer.h"
#include "crypto/aead.h"
#include "crypto/directory.h"
#include "crypto/noise.h"
#include "crypto/sheet.h"
#include "crypto/statement.h"
#include "crypto/tree.h"
#include "fail-malloc.h"
#include "wire/box.h"

static void
random_cb(void *user, void *buf, size_t len)
{
    guint8 *next = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (*next)++;
}

/* Not every allocation that is refused is missed: what is only a help may be left out. */
static void
refuse_each(const char *name, n2_err (*what)(void *user), void *user)
{
    g_assert_cmpuint(fail_malloc_each(name, what, user), >, 0);
}

/* ---- base ---- */

static n2_err
write_growing(void *user)
{
    n2_writer w = n2_writer_init_growing(100000);
    guint8 *bytes = NULL;
    size_t len = 0;

    (void)user;
    for (int i = 0; i < 1000; i++)
        n2_write_u64(&w, (guint64)i);
    n2_err err = n2_writer_steal(&w, &bytes, &len);
    g_assert_true(!err == (bytes != NULL));
    free(bytes);
    return err;
}

static n2_err
make_ring(void *user)
{
    n2_ring *ring = NULL;
    n2_err err = n2_ring_new(&ring, 8, 16);

    (void)user;
    n2_ring_free(ring);
    return err;
}

/* A disk whose files are three bytes long. */
static n2_err
stat_cb(void *user, const char *path, n2_disk_stat *out)
{
    (void)user;
    (void)path;
    *out = (n2_disk_stat){.size_bytes = 3};
    return N2_OK;
}

static n2_err
open_cb(void *user, const char *path, unsigned flags, n2_file *file)
{
    (void)user;
    (void)path;
    (void)flags;
    *file = 0;
    return N2_OK;
}

static n2_err
pread_cb(void *user, n2_file file, guint64 offset, void *buf, size_t len, size_t *n_read)
{
    (void)file;
    (void)offset;
    *n_read = MIN(len, *(size_t *)user);
    memset(buf, 'x', *n_read);
    return N2_OK;
}

static n2_err
close_cb(void *user, n2_file file)
{
    (void)user;
    (void)file;
    return N2_OK;
}

static n2_err
read_file(void *user)
{
    const n2_disk disk = {
        .user = user, .stat = stat_cb, .open = open_cb, .pread = pread_cb, .close = close_cb};
    guint8 *bytes = NULL;
    size_t len = 0;
    n2_err err = n2_disk_read_file(&disk, "file", 100, &bytes, &len);

    g_assert_true(!err == (bytes != NULL));
    g_assert_cmpuint(len, ==, err ? 0 : 3);
    free(bytes);
    return err;
}

static void
test_base(void)
{
    size_t there = 3;

    refuse_each("writer", write_growing, NULL);
    refuse_each("ring", make_ring, NULL);
    refuse_each("file", read_file, &there);
    there = 2; /* somebody shortened it between the two calls */
    g_assert_cmpint(read_file(&there), ==, N2_ERR_IO);
}

/* ---- wire ---- */

static n2_err
write_set(void *user)
{
    guint8 buf[1024];
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_ENTRY);
    n2_attr b = {.name = (const guint8 *)"b", .name_len = 1, .type = N2_TYPE_TEXT};
    n2_attr a = {.name = (const guint8 *)"a", .name_len = 1, .type = N2_TYPE_TEXT};
    n2_ref ref = {.id = {.method = 1}};
    n2_box box;

    (void)user;
    n2_box_put_text(&w, 1, "name");
    n2_box_put_ref(&w, 2, &ref);
    n2_box_put_int(&w, 3, 1);
    n2_box_put_attr(&w, 65, &b);
    n2_box_put_attr(&w, 65, &a);
    return n2_box_end(&w, &box, NULL);
}

static void
test_wire(void)
{
    refuse_each("set", write_set, NULL);
}

/* ---- crypto ---- */

static n2_err
use_cipher(void *user)
{
    guint8 key_bytes[N2_AEAD_KEY_BYTES] = {1}, nonce[12] = {0}, text[64] = {0}, tag[16];
    n2_impl impl = *(n2_impl *)user;
    n2_aead_key key;
    n2_crypto crypto;
    n2_err err = n2_crypto_init(&crypto, impl);

    for (int cipher = 1; !err && cipher <= 2; cipher++) {
        err = n2_aead_key_init(&key, &crypto, cipher, key_bytes);
        if (!err) {
            n2_aead_seal(&key, nonce, nonce, sizeof nonce, text, sizeof text, text, tag);
            n2_aead_key_clear(&key);
        }
    }
    n2_crypto_clear(&crypto);
    return err;
}

static void
test_ciphers(void)
{
    static const n2_impl impls[] = {N2_IMPL_BEST, N2_IMPL_IPSECMB, N2_IMPL_OPENSSL};

    for (gsize i = 0; i < G_N_ELEMENTS(impls); i++) {
        n2_impl impl = impls[i];
        n2_crypto crypto;
        n2_err err = n2_crypto_init(&crypto, impl);

        n2_crypto_clear(&crypto);
        if (err == N2_ERR_UNSUPPORTED)
            continue; /* not in this build, or not on this processor */
        g_assert_cmpint(err, ==, N2_OK);
        (void)fail_malloc_each("cipher", use_cipher, &impl);
    }
}

static n2_err
shake(void *user)
{
    static const guint8 prologue[] = "prologue";
    const n2_noise_suite *suite = n2_noise_suite_find(N2_SUITE_2);
    guint8 next = 1, s[56], s_public[56], e[56], e_public[56], r[56], r_public[56];
    guint8 message[112], payload[40] = {0};
    n2_env env = {&next, random_cb};
    n2_noise_es_result es;
    n2_noise_keys keys;
    n2_noise asker = {0}, holder = {0};

    (void)user;
    n2_err err = n2_noise_keypair(suite, &env, s, s_public);
    if (!err)
        err = n2_noise_keypair(suite, &env, e, e_public);
    if (!err)
        err = n2_noise_keypair(suite, &env, r, r_public);
    n2_noise_init_initiator(&asker, suite, prologue, sizeof prologue, s_public);
    n2_noise_init_responder(&holder, suite, prologue, sizeof prologue, s_public);
    if (!err)
        err = n2_noise_write1(&asker, e, payload, sizeof payload, message);
    if (!err)
        err = n2_noise_es(suite, s, message, &es);
    if (!err)
        err = n2_noise_read1(&holder, &es, message, sizeof message, payload);
    if (!err)
        err = n2_noise_write2(&holder, r, payload, sizeof payload, message);
    if (!err)
        err = n2_noise_read2(&asker, message, sizeof message, payload);
    if (!err)
        err = n2_noise_split(&asker, &keys);
    n2_noise_clear(&asker);
    n2_noise_clear(&holder);
    return err;
}

static n2_err
sign_448(void *user)
{
    guint8 seed[57] = {7}, d[N2_DIGEST_BYTES] = {9};
    n2_signature signature;
    n2_signing_key key;

    (void)user;
    n2_err err = n2_signing_key_init(&key, N2_KEY_ED448, seed);
    if (!err)
        err = n2_sign(&signature, &key, d);
    if (!err)
        err = n2_signature_check(&signature, d);
    n2_signing_key_clear(&key);
    return err == N2_ERR_FORGED ? N2_ERR_NOMEM : err; /* see statement.h */
}

/* The last example of RFC 6979, A.2.5 (P-256, SHA-256, "sample"), has a high s; this one is of
 * the tests of statements.  Any signature will do: that it is wrong is not what is asked. */
static n2_err
check_p256(void *user)
{
    /* The generator of P-256 is a point; r = s = 1 is a signature of something else. */
    static const guint8 generator[33] = {0x03, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
                                         0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77,
                                         0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1,
                                         0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96};
    guint8 d[N2_DIGEST_BYTES] = {9};
    n2_signature signature = {.key = {.method = N2_KEY_P256}};

    (void)user;
    memcpy(signature.key.bytes, generator, sizeof generator);
    signature.bytes[31] = signature.bytes[63] = 1;
    n2_err err = n2_signature_check(&signature, d);
    return err == N2_ERR_FORGED ? N2_OK : err;
}

static n2_err
make_sheet(void *user)
{
    guint8 seed[N2_SHEET_SEED_BYTES] = {5}, commitment[32];

    (void)user;
    return n2_sheet_commitment(seed, commitment);
}

static n2_err
grow_tree(void *user)
{
    n2_tree *tree = NULL;
    n2_err err = n2_tree_new(&tree, user, N2_METHOD_SHA256);

    g_assert_true(!err == (tree != NULL));
    n2_tree_free(tree);
    return err;
}

static void
test_crypto(void)
{
    n2_crypto crypto;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    refuse_each("handshake of suite 2", shake, NULL);
    refuse_each("Ed448", sign_448, NULL);
    refuse_each("P-256", check_p256, NULL);
    refuse_each("sheet", make_sheet, NULL);
    refuse_each("tree", grow_tree, &crypto);
    n2_crypto_clear(&crypto);
}

static n2_err
put_cb(void *user, const guint8 *bytes, size_t len, n2_ref *ref)
{
    *ref = (n2_ref){.id = {.method = 1}, .size = len};
    n2_tree_root_of(user, 1, bytes, len, ref->id.hash);
    return N2_OK;
}

static n2_err
make_folders(void *user)
{
    n2_attr attr = {.name = (const guint8 *)"note",
                    .name_len = 4,
                    .type = N2_TYPE_TEXT,
                    .value = (const guint8 *)"x",
                    .len = 1};
    n2_ref ref = {.id = {.method = 1}}, root;
    n2_tree_maker *m = NULL;
    n2_err err = n2_tree_maker_new(&m, put_cb, user, NULL);

    if (!err)
        err = n2_tree_maker_add(m, "a", 1, N2_ENTRY_DIR, NULL, &attr, 1);
    for (int i = 0; !err && i < 100; i++) { /* the maker's table grows at 64 */
        g_autofree char *path = g_strdup_printf("a/%d", i);
        err = n2_tree_maker_add(m, path, strlen(path), N2_ENTRY_FILE, &ref, NULL, 0);
    }
    if (!err)
        err = n2_tree_maker_add(m, "b/c", 3, N2_ENTRY_FILE, &ref, &attr, 1);
    if (!err)
        err = n2_tree_maker_finish(m, &root);
    n2_tree_maker_free(m);
    return err;
}

static n2_err
change_folder(void *user)
{
    const n2_directory *dir = user;
    n2_entry_spec spec = {
        .name = "new", .name_len = 3, .type = N2_ENTRY_FILE, .ref = {.id = {.method = 1}}};
    guint8 *bytes = NULL;
    size_t len = 0;
    n2_err err = n2_directory_with(dir, &spec, NULL, &bytes, &len);

    g_assert_true(!err == (bytes != NULL));
    free(bytes);
    return err;
}

static void
test_folders(void)
{
    n2_entry_spec spec = {
        .name = "old", .name_len = 3, .type = N2_ENTRY_FILE, .ref = {.id = {.method = 1}}};
    n2_directory_maker *maker;
    n2_directory dir;
    n2_crypto crypto;
    guint8 *bytes;
    size_t len;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    refuse_each("folders", make_folders, &crypto);
    g_assert_cmpint(n2_directory_maker_new(&maker, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_add(maker, &spec), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_finish(maker, &bytes, &len), ==, N2_OK);
    n2_directory_maker_free(maker);
    g_assert_cmpint(n2_directory_check(&dir, bytes, len, NULL), ==, N2_OK);
    refuse_each("folder with one more", change_folder, &dir);
    free(bytes);
    n2_crypto_clear(&crypto);
}

int
main(int argc, char **argv)
{
    fail_malloc_init();
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory/base", test_base);
    g_test_add_func("/memory/wire", test_wire);
    g_test_add_func("/memory/ciphers", test_ciphers);
    g_test_add_func("/memory/crypto", test_crypto);
    g_test_add_func("/memory/folders", test_folders);
    return g_test_run();
}
