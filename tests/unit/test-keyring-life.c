/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-life.c - what a keyring keeps, and what becomes of it: files of former programs,
 *                       damaged ones, disks that fail, and its end.
 */
#include "keyring-fixture.h"

/* A word of tests/vectors/keyring-1.txt, as it stands behind @name. */
static char *
word_of(const char *text, const char *name)
{
    g_autofree char *head = g_strdup_printf("\n%s ", name);
    const char *at = strstr(text, head);

    g_assert_nonnull(at);
    at += strlen(head);
    return g_strndup(at, strcspn(at, "\n"));
}

/* The file of a former program: the same identity, the same record to the byte, its key still
 * good for hellos; the keys of the other suite are made beside it, and nothing is lost then. */
static void
test_former_file(fixture *f, gconstpointer data)
{
    const char *source = g_getenv("N2_SOURCE");
    n2_keys_request q = {.id = 3, .kind = N2_KEYS_LIST};
    g_autofree char *text = NULL;
    n2_node_key old, two;
    gsize len;

    (void)data;
    if (!source) {
        g_test_skip("N2_SOURCE is not set");
        return;
    }
    g_autofree char *path = g_build_filename(source, "tests", "vectors", "keyring-1.txt", NULL);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autofree char *identity = word_of(text, "identity"), *record = word_of(text, "record");
    g_autofree char *base64 = word_of(text, "file");
    g_autofree guint8 *file = g_base64_decode(base64, &len);
    g_assert_cmpint(n2_disk_replace_file(&f->disk->disk, N2_KEYRING_FILE, file, len), ==,
                    N2_OK);
    for (guint round = 0; round < 2; round++) {
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
        g_assert_cmpint(ask(f, &q), ==, N2_OK);
        g_assert_cmpstr(f->a.label, ==, "old");
        n2_id who = f->a.who;
        g_autofree char *hex = g_malloc(2 * sizeof who.hash + 1);
        sodium_bin2hex(hex, 2 * sizeof who.hash + 1, who.hash, sizeof who.hash);
        g_assert_cmpstr(hex, ==, identity);
        guint8 answer[N2_ANSWER_BYTES];
        g_assert_cmpint(
            sodium_hex2bin(answer, sizeof answer, record, strlen(record), NULL, NULL, NULL), ==,
            0);
        g_assert_cmpint(n2_node_key_read(&old, answer, sizeof answer), ==, N2_OK);
        assert_es(f, &old, N2_OK, WALL_US);
        if (round == 0) {
            n2_node_key same = offered(f, &who, 1, 1);
            g_assert_cmpmem(f->a.answer, f->a.answer_len, answer, sizeof answer);
            g_assert_cmpuint(same.serial, ==, old.serial);
        }
        two = offered(f, &who, 2, 3);
        g_assert_cmpuint(two.serial, >, old.serial);
        assert_es(f, &two, N2_OK, WALL_US);
        assert_es(f, &old, N2_OK, WALL_US);
    }
}

static void
test_wipe(fixture *f, gconstpointer data)
{
    n2_node_key k;

    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    n2_id who = f->a.who;
    g_assert_cmpint(ask(f, &(n2_keys_request){.kind = N2_KEYS_WIPE}), ==, N2_OK);
    g_assert_cmpint(list(f, 0), ==, N2_ERR_STATE);
    g_assert_cmpint(node_key(f, &who, TRUE, WALL_US, &k), ==, N2_ERR_STATE);
    g_assert_cmpint(new_identity(f, "Béla"), ==, N2_ERR_STATE);
    g_assert_cmpint(ask(f, &(n2_keys_request){.kind = N2_KEYS_WIPE}), ==, N2_ERR_STATE);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(list(f, 0), ==, N2_OK);
}

/* Each way a file cannot be opened has its own error, and the file stays as it is. */
static void
test_open_errors(fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(reopen(f, "pass"), ==, N2_OK);
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    n2_keyring_free(f->keyring);
    f->keyring = NULL;
    gsize len, now_len;
    guint8 *now = disk_mem_bytes(f->disk, N2_KEYRING_FILE, &len);
    g_autofree guint8 *good = g_memdup2(now, len);
    g_autofree guint8 *bad = g_memdup2(good, len);
    n2_box file;
    g_assert_cmpint(n2_box_check(&file, good, len, N2_KIND_SEALED, NULL), ==, N2_OK);
    static const char name[] = "Ada";
    g_assert_null(memmem(good, len, name, 3));

    const struct {
        const char *what;
        gsize at, len;
        guint8 flip;
        const char *passphrase;
        n2_err want;
    } rows[] = {
        {"wrong passphrase", 0, len, 0, "Pass", N2_ERR_REFUSED},
        {"no passphrase", 0, len, 0, "", N2_ERR_REFUSED},
        {"damaged", len / 2, len, 1, "pass", N2_ERR_CORRUPT},
        {"cut", 0, len - 9, 0, "pass", N2_ERR_CORRUPT},
        {"empty", 0, 0, 0, "pass", N2_ERR_CORRUPT},
        {"newer version", 3, len, 3, "pass", N2_ERR_VERSION},
        {"right", 0, len, 0, "pass", N2_OK},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].what);
        bad[rows[i].at] ^= rows[i].flip;
        g_assert_cmpint(n2_disk_replace_file(&f->disk->disk, N2_KEYRING_FILE, bad, rows[i].len),
                        ==, N2_OK);
        g_assert_cmpint(reopen(f, rows[i].passphrase), ==, rows[i].want);
        if (rows[i].want)
            g_assert_null(f->keyring);
        now = disk_mem_bytes(f->disk, N2_KEYRING_FILE, &now_len);
        g_assert_cmpmem(now, now_len, bad, rows[i].len);
        bad[rows[i].at] ^= rows[i].flip;
    }
    g_assert_cmpint(list(f, 0), ==, N2_OK);
}

/* The disk fails at each of its calls in turn: the request says so and nothing has changed,
 * here and in the file. */
static void
test_disk_fails(fixture *f, gconstpointer data)
{
    n2_node_key before, k;
    guint failed = 0;

    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    n2_id who = f->a.who;
    g_assert_cmpint(node_key(f, &who, TRUE, WALL_US, &before), ==, N2_OK);
    for (guint n = 1;; n++) {
        g_autofree char *label = g_strdup_printf("label %u", n);
        f->disk->calls = 0;
        f->disk->fail_at = n;
        f->disk->fail_with = n % 2 ? N2_ERR_IO : N2_ERR_NOSPACE;
        n2_err err = node_key(f, &who, TRUE, WALL_US, &k);
        f->disk->calls = 0;
        n2_err err2 = new_identity(f, label);
        f->disk->fail_at = 0;
        if (!err) {
            g_assert_cmpint(err2, ==, N2_OK);
            break;
        }
        failed++;
        g_assert_cmpint(err, ==, f->disk->fail_with);
        g_assert_cmpint(err2, ==, f->disk->fail_with);
        g_assert_cmpint(list(f, 1), ==, N2_ERR_NOTFOUND);
        g_assert_cmpint(node_key(f, &who, FALSE, WALL_US, &k), ==, N2_OK);
        g_assert_cmpmem(k.key, sizeof k.key, before.key, sizeof before.key);
        g_assert_cmpuint(k.serial, ==, before.serial);
    }
    g_assert_cmpuint(failed, >=, 4); /* open, write, sync, rename, sync of the folder */
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(list(f, 1), ==, N2_OK);
}

/* The sheet's commitment in the birth is that of the seed in the file (opened here as its
 * owner). */
static void
test_sheet_is_kept(fixture *f, gconstpointer data)
{
    n2_identity who;
    guint8 plain[8192], commitment[32];
    n2_sealer sealer;
    n2_box all, own;
    n2_field field;
    gsize len;

    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    check_identity(f, &who);
    gsize file_len;
    guint8 *file = disk_mem_bytes(f->disk, N2_KEYRING_FILE, &file_len);
    g_assert_cmpint(n2_sealer_of_file(&sealer, file, file_len, "", 0), ==, N2_OK);
    g_assert_cmpint(n2_sealer_open(&sealer, file, file_len, plain, sizeof plain, &len), ==,
                    N2_OK);
    g_assert_cmpint(n2_box_check(&all, plain, len, N2_KIND_SECRETS, NULL), ==, N2_OK);
    g_assert_true(n2_box_find(&all, 128, &field));
    own = n2_box_of_field(&field);
    g_assert_cmpint(n2_sheet_commitment(n2_box_bytes(&own, 4, &len), commitment), ==, N2_OK);
    g_assert_cmpmem(commitment, 32, who.sheet, 32);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(fixture *f, gconstpointer data);
    } tests[] = {
        {"former-file", test_former_file},     {"wipe", test_wipe},
        {"open-errors", test_open_errors},     {"disk-fails", test_disk_fails},
        {"sheet-is-kept", test_sheet_is_kept},
    };

    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/keys/keyring/", tests[i].name, NULL);
        g_test_add(path, fixture, NULL, setup, tests[i].run, teardown);
    }
    return g_test_run();
}
