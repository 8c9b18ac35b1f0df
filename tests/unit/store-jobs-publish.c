/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store-jobs-publish.c - jobs that make a new tree: files, or one attribute.
 */
#include <string.h>

#include "crypto/directory.h"
#include "crypto/head.h"
#include "share/publish.h"
#include "store-jobs-private.h"

enum {
    SMALL = 100,
    LARGE = 40 * 1000,
    N_MANY = 12 /* so many files are synced with the disk, not one by one */
};

const gint64 job_wall_us = G_GINT64_CONSTANT(1700000000000000);
const n2_id job_identity = {.method = N2_METHOD_SHA256, .hash = {7}};

/* ---- publish ---- */

static void
put_number(GByteArray *a, guint64 n, guint bytes)
{
    for (guint i = bytes; i-- > 0;) {
        guint8 byte = (guint8)(n >> 8 * i);
        g_byte_array_append(a, &byte, 1);
    }
}

static void
put_file(GByteArray *a, const char *path, guint64 seed, gsize len)
{
    g_autofree guint8 *bytes = fixture_bytes(seed, len);

    put_number(a, 2, 1);
    put_number(a, strlen(path), 2);
    g_byte_array_append(a, (const guint8 *)path, (guint)strlen(path));
    put_number(a, len, 8);
    put_number(a, (guint64)job_wall_us, 8);
    g_byte_array_append(a, bytes, (guint)len);
}

static n2_err
sign_and_commit(n2_publish *p)
{
    guint8 seed[N2_SEED_BYTES_MAX] = {1}, buf[N2_STATEMENT_BYTES_SMALL];
    guint8 statement[2 * N2_STATEMENT_BYTES_SMALL];
    n2_signing_key key;
    n2_box body, box;
    n2_err err = n2_publish_body(p, job_wall_us, buf, sizeof buf, &body);

    if (err)
        return err;
    assert_ok(n2_signing_key_init(&key, N2_KEY_ED25519, seed));
    assert_ok(n2_statement_sign(statement, sizeof statement, &body, &key, &box));
    return n2_publish_commit(p, statement, box.len);
}

static n2_err
publish_archive(fixture *f, GByteArray *a)
{
    n2_publish *p = NULL;

    put_number(a, 3, 1);
    n2_err err = n2_publish_new(&p, f->store, &job_identity, NULL);
    if (!err)
        err = n2_publish_step(p, a->data, a->len);
    if (!err)
        err = sign_and_commit(p);
    n2_publish_free(p);
    return err;
}

n2_err
job_publish(fixture *f, guint64 seed, guint n_more)
{
    g_autoptr(GByteArray) a = g_byte_array_new();

    put_file(a, "a/one", 1, SMALL);
    put_file(a, "a/two", seed, LARGE);
    put_file(a, "b", seed + 1, JOB_MIDDLE);
    for (guint i = 0; i < n_more; i++) {
        g_autofree char *path = g_strdup_printf("c/%02u", i);
        put_file(a, path, seed + 10 + i, JOB_MIDDLE + i);
    }
    return publish_archive(f, a);
}

n2_err
job_publish_small(fixture *f, guint64 seed)
{
    g_autoptr(GByteArray) a = g_byte_array_new();

    put_file(a, "it", seed, 8);
    return publish_archive(f, a);
}

void
job_check_tree(fixture *f, const n2_ref *root)
{
    n2_directory dir;
    n2_view view;
    n2_entry e;

    assert_ok(n2_store_map(f->store, &root->id, &view));
    assert_ok(n2_directory_check(&dir, view.bytes, view.len, NULL));
    for (size_t at = 0; n2_directory_next(&dir, &at, &e);) {
        g_assert_cmpint(fixture_state(f, &e.ref), ==, N2_OBJECT_WHOLE);
        if (e.type == N2_ENTRY_DIR)
            job_check_tree(f, &e.ref);
    }
    n2_store_unmap(f->store, &view);
}

gboolean
job_has_version(fixture *f, guint64 counter, n2_ref *root)
{
    g_autofree char *slot = g_strdup_printf("main/%" G_GUINT64_FORMAT, counter);
    char who[N2_ID_TEXT_BYTES];
    gint64 owner = 0;

    n2_id_format(who, N2_ID_IDENTITY, &job_identity);
    assert_ok(n2_store_owner(f->store, N2_OWNER_TREE, who, 0, &owner));
    n2_err err = n2_store_ref_get(f->store, owner, slot, root);
    if (err)
        assert_err(err, N2_ERR_NOTFOUND);
    return !err;
}

/* Head, reference and tree of a version come together or not at all.  A second try may have
 * made one more; after changes that may be gone numbers are left out. */
static void
check_version(fixture *f, guint64 counter, job_outcome outcome)
{
    uint64_t floor = 0;
    n2_head head;
    n2_ref root;

    assert_ok(n2_store_head_floor(f->store, &floor));
    assert_ok(n2_store_head_get(f->store, &job_identity, N2_BRANCH_MAIN, &head, NULL, NULL));
    gboolean is_there = head.counter >= counter;
    g_assert_cmpuint(head.counter, >=, counter - 1);
    g_assert_cmpuint(head.counter, <=, MAX(counter, floor) + 1);
    g_assert_true(job_has_version(f, head.counter, &root));
    g_assert_false(job_has_version(f, head.counter + 1, &root));
    g_assert_true(job_has_version(f, head.counter, &root));
    g_assert_true(n2_ref_equal(&root, &head.root));
    job_check_tree(f, &head.root);
    if (outcome != JOB_MAYBE)
        g_assert_cmpint(is_there, ==, outcome == JOB_DONE);
}

void
job_check_second(fixture *f, job_outcome outcome)
{
    check_version(f, 2, outcome);
}

n2_err
job_run_publish(fixture *f)
{
    return job_publish(f, 60, 0);
}

n2_err
job_run_publish_many(fixture *f)
{
    return job_publish(f, 60, N_MANY);
}

/* ---- attribute ---- */

static bool
count_attr(void *user, const n2_store_attr *a)
{
    g_assert_cmpmem(a->attr.value, a->attr.len, "new", 3);
    return ++*(guint *)user != 0;
}

n2_err
job_run_attr(fixture *f)
{
    const n2_attr attr = {.name = (const guint8 *)"title",
                          .name_len = 5,
                          .type = N2_TYPE_TEXT,
                          .value = (const guint8 *)"new",
                          .len = 3};
    n2_publish *p = NULL;
    n2_err err = n2_publish_new(&p, f->store, &job_identity, NULL);

    if (!err)
        err = n2_publish_attr(p, "a/two", &attr);
    if (!err)
        err = sign_and_commit(p);
    n2_publish_free(p);
    return err;
}

void
job_check_attr(fixture *f, job_outcome outcome)
{
    guint n = 0;

    check_version(f, 2, outcome);
    assert_ok(n2_store_attrs(f->store, "title", count_attr, &n));
    if (outcome == JOB_DONE)
        g_assert_cmpuint(n, ==, 1);
}
