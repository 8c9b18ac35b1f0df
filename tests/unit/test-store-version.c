/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-version.c - the heads of a tree that are kept: all in order, the lowest go, and
 * what counts never goes back (attack 52).
 */
#include "base/limits.h"
#include "crypto/statement.h"
#include "store-jobs.h"
#include "store/version.h"

typedef struct {
    guint64 counters[8];
    guint n;
} seen;

static bool
see_cb(void *user, const n2_head *head, const uint8_t *statement, size_t len)
{
    seen *s = user;

    g_assert_nonnull(statement);
    g_assert_cmpuint(len, >, 0);
    if (s->n < G_N_ELEMENTS(s->counters))
        s->counters[s->n] = head->counter;
    s->n++;
    return true;
}

static seen
look(fixture *f, guint64 below)
{
    seen s = {.n = 0};

    assert_ok(n2_store_versions(f->store, &job_identity, "main", below, see_cb, &s));
    return s;
}

static void
test_kept(void)
{
    fixture f;
    n2_head head, found;

    fixture_init(&f, TRUE);
    for (guint i = 1; i <= 3; i++)
        assert_ok(job_publish_small(&f, i));
    seen all = look(&f, 0), some = look(&f, 3);
    g_assert_cmpuint(all.n, ==, 3);
    g_assert_cmpuint(all.counters[0], ==, 3);
    g_assert_cmpuint(all.counters[2], ==, 1);
    g_assert_cmpuint(some.n, ==, 2);
    g_assert_cmpuint(some.counters[0], ==, 2);
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, NULL, NULL));
    assert_ok(n2_store_version_get(f.store, head.parents[0], &found, NULL, NULL));
    g_assert_cmpuint(found.counter, ==, 2);
    head.hash[0] ^= 1;
    assert_err(n2_store_version_get(f.store, head.hash, &found, NULL, NULL), N2_ERR_NOTFOUND);
    fixture_reopen(&f, TRUE);
    g_assert_cmpuint(look(&f, 0).n, ==, 3);
    fixture_clear(&f);
}

/* An older one comes in beside what counts, and does not become it. */
static void
test_attack_52_rollback(void)
{
    g_autofree uint8_t *first = NULL, *second = NULL;
    size_t first_len = 0, second_len = 0;
    n2_head_news news;
    fixture f, other;
    n2_head head;
    bool is_new;

    fixture_init(&f, FALSE);
    assert_ok(job_publish_small(&f, 1));
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, &first, &first_len));
    assert_ok(job_publish_small(&f, 2));
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, &second, &second_len));
    fixture_init(&other, FALSE);
    assert_ok(n2_store_head_put(other.store, second, second_len, false, &news));
    assert_err(n2_store_head_put(other.store, first, first_len, false, &news), N2_ERR_OLD);
    g_assert_cmpuint(look(&other, 0).n, ==, 1);
    assert_ok(n2_store_version_put(other.store, first, first_len, &is_new));
    g_assert_true(is_new);
    assert_ok(n2_store_version_put(other.store, first, first_len, &is_new));
    g_assert_false(is_new);
    g_assert_cmpuint(look(&other, 0).n, ==, 2);
    assert_ok(n2_store_head_get(other.store, &job_identity, "main", &head, NULL, NULL));
    g_assert_cmpuint(head.counter, ==, 2);
    assert_err(n2_store_version_put(other.store, first, first_len - 1, &is_new), N2_ERR_FORMAT);
    fixture_clear(&other);
    fixture_clear(&f);
}

/* A row that was changed is no version. */
static void
test_damaged(void)
{
    fixture f;

    fixture_init(&f, TRUE);
    for (guint i = 1; i <= 3; i++)
        assert_ok(job_publish_small(&f, i));
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, "UPDATE version SET hash=zeroblob(32) WHERE counter=2;"
                    "UPDATE version SET statement=x'00' WHERE counter=1");
    assert_ok(fixture_open(&f));
    seen left = look(&f, 0);
    g_assert_cmpuint(left.n, ==, 1);
    g_assert_cmpuint(left.counters[0], ==, 3);
    fixture_clear(&f);
}

/* Attack 52: more heads than are kept, in any order: the lowest go. */
static void
test_attack_52_many(void)
{
    n2_head head = {.who = job_identity, .branch = "main", .root = {.id = job_identity}};
    guint8 body_bytes[512], bytes[1024];
    const guint8 signature[97] = {1};
    fixture f;
    bool is_new;

    fixture_init(&f, FALSE);
    for (guint i = 0; i < N2_VERSIONS_MAX + 50; i++) {
        n2_box_writer w = n2_box_begin(bytes, sizeof bytes, N2_KIND_SIGNED);
        n2_box body, box;

        head.counter = 2 + i * 11 % (N2_VERSIONS_MAX + 50); /* each once */
        head.n_parents = 1;
        assert_ok(n2_head_body(body_bytes, sizeof body_bytes, &head, &body));
        n2_box_put_box(&w, 1, &body);
        n2_box_put_bytes(&w, 64, signature, sizeof signature);
        assert_ok(n2_box_end(&w, &box, NULL));
        assert_ok(n2_store_version_put(f.store, box.bytes, box.len, &is_new));
    }
    seen all = look(&f, 0);
    g_assert_cmpuint(all.n, ==, N2_VERSIONS_MAX);
    g_assert_cmpuint(all.counters[0], ==, N2_VERSIONS_MAX + 51);
    g_assert_cmpuint(look(&f, 52).n, ==, 0);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/version/kept", test_kept);
    g_test_add_func("/store/version/attack-52-rollback", test_attack_52_rollback);
    g_test_add_func("/store/version/attack-52-many", test_attack_52_many);
    g_test_add_func("/store/version/damaged", test_damaged);
    return g_test_run();
}
