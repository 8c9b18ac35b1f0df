/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-account.c - where somebody logged in from here is kept: in order, up to a limit,
 * over a restart; accounts that moved.
 */
#include "store-fixture.h"
#include "store/account.h"
#include "store/db.h"

static n2_id
id(guint number)
{
    return (n2_id){.method = N2_METHOD_SHA256,
                   .hash = {(guint8)(number >> 8), (guint8)number, 7}};
}

static n2_key
key(guint8 number)
{
    return (n2_key){.method = N2_KEY_ED25519, .bytes = {number, 1}};
}

static void
put(fixture *f, guint site, guint who, gboolean is_allowed, gint64 last_us)
{
    n2_store_login l = {.site = id(site),
                        .who = id(who),
                        .as = N2_STORE_AS_ACCOUNT,
                        .is_allowed = is_allowed,
                        .last_us = last_us,
                        .number = 3,
                        .account = key((guint8)site),
                        .name = "somewhere"};

    assert_ok(n2_store_login_put(f->store, &l));
}

static bool
collect_cb(void *user, const n2_store_login *l)
{
    g_string_append_printf(user, "%u.%u@%" G_GINT64_FORMAT "%s ",
                           l->site.hash[0] << 8 | l->site.hash[1], l->who.hash[1], l->last_us,
                           l->is_allowed ? "!" : "");
    g_assert_cmpstr(l->name, ==, "somewhere");
    g_assert_cmpuint(l->number, ==, 3);
    n2_key want = key(l->site.hash[1]);
    g_assert_true(n2_key_equal(&l->account, &want));
    return true;
}

static void
assert_logins(fixture *f, const n2_id *site, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);

    assert_ok(n2_store_logins(f->store, site, collect_cb, got));
    g_assert_cmpstr(got->str, ==, want);
}

static void
test_kept(void)
{
    fixture f;
    n2_id two = id(2), nine = id(9);

    fixture_init(&f, TRUE);
    put(&f, 2, 1, FALSE, 20);
    put(&f, 1, 1, TRUE, 10);
    put(&f, 2, 3, FALSE, 30);
    assert_logins(&f, NULL, "1.1@10! 2.3@30 2.1@20 ");
    assert_logins(&f, &two, "2.3@30 2.1@20 ");
    put(&f, 2, 1, TRUE, 40); /* the same once more */
    fixture_reopen(&f, TRUE);
    assert_logins(&f, &two, "2.1@40! 2.3@30 ");
    assert_ok(n2_store_login_drop(f.store, &two));
    assert_err(n2_store_login_drop(f.store, &nine), N2_ERR_NOTFOUND);
    assert_logins(&f, NULL, "1.1@10! ");
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

static bool
count_cb(void *user, const n2_store_login *l)
{
    guint *n = user;

    n[0]++;
    n[1] += l->is_allowed;
    return true;
}

/* The longest unused goes, and of those that are allowed none while there is another. */
static void
test_limit(void)
{
    guint n[2] = {0};
    fixture f;
    n2_id one = id(1);

    fixture_init(&f, FALSE);
    for (guint i = 0; i < N2_LOGINS_KEPT_MAX; i++)
        put(&f, i, 1, i < 2, (gint64)i);
    put(&f, N2_LOGINS_KEPT_MAX, 1, FALSE, 1);
    assert_ok(n2_store_logins(f.store, NULL, count_cb, n));
    g_assert_cmpuint(n[0], ==, N2_LOGINS_KEPT_MAX);
    g_assert_cmpuint(n[1], ==, 2);
    assert_logins(&f, &one, "1.1@1! ");
    n2_id third = id(2);
    assert_logins(&f, &third, "");
    put(&f, N2_LOGINS_KEPT_MAX, 1, FALSE, 5); /* one that is there needs no room */
    third = id(3);
    assert_logins(&f, &third, "3.1@3 ");
    fixture_clear(&f);
}

static void
list(fixture *f, const n2_key *k, gint64 realm)
{
    n2_member m = n2_member_of_key(k);
    GString *hex = g_string_new(NULL);

    for (gsize i = 0; i < m.len; i++)
        g_string_append_printf(hex, "%02x", m.bytes[i]);
    g_autofree char *sql =
        g_strdup_printf("INSERT INTO member VALUES(x'%s', %d)", hex->str, (int)realm);
    g_assert_cmpint(sqlite3_exec(f->store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    g_string_free(hex, TRUE);
}

static gboolean
is_strange(fixture *f, const n2_key *old, const n2_key *now)
{
    bool is;

    assert_ok(n2_store_account_is_strange(f->store, old, now, &is));
    return is;
}

static void
assert_now(fixture *f, const n2_key *old, const n2_key *now)
{
    n2_member want = n2_member_of_key(now), m;

    assert_ok(n2_store_account_now(f->store, old, &m));
    g_assert_cmpmem(m.bytes, m.len, want.bytes, want.len);
}

/* Of whom no list speaks yet, one may tomorrow: it is kept, and followed. */
static void
test_stranger_moves(void)
{
    fixture f;
    n2_id site = id(1);
    n2_key first = key(1), second = key(2), third = key(3);

    fixture_init(&f, FALSE);
    g_assert_true(is_strange(&f, &first, &second));
    assert_ok(n2_store_account_move(f.store, &site, &first, &second));
    assert_now(&f, &first, &second);
    g_assert_false(is_strange(&f, &first, &second));
    assert_ok(n2_store_account_move(f.store, &site, &second, &third));
    assert_now(&f, &first, &third);
    assert_err(n2_store_account_move(f.store, &site, &first, &second), N2_ERR_REFUSED);
    fixture_clear(&f);
}

/* N2_STRANGER_MOVES_MAX of them: no more, and none is forgotten; who is on a list moves all the
 * same, from there and to there, and of one account to or from it N2_ACCOUNT_MOVES_MAX. */
static void
test_stranger_limit(void)
{
    static const char fill[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n"
                               " WHERE i<%d) INSERT INTO moved SELECT CAST(i AS BLOB), x'01',"
                               " CAST(-i AS BLOB) FROM n";
    fixture f;
    n2_id site = id(1);
    n2_key listed = key(1), other = key(2), old = key(3), now = key(4);
    uint64_t n;

    fixture_init(&f, FALSE);
    list(&f, &listed, 7);
    assert_ok(n2_store_account_move(f.store, &site, &old, &now));
    g_autofree char *sql = g_strdup_printf(fill, N2_STRANGER_MOVES_MAX - 1);
    g_assert_cmpint(sqlite3_exec(f.store->db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    assert_ok(n2_store_account_moves(f.store, &n));
    g_assert_cmpuint(n, ==, N2_STRANGER_MOVES_MAX);
    assert_err(n2_store_account_move(f.store, &site, &other, &now), N2_ERR_LIMIT);
    assert_now(&f, &old, &now);
    assert_ok(n2_store_account_move(f.store, &site, &old, &now)); /* the same again */
    g_assert_false(is_strange(&f, &listed, &other));
    assert_ok(n2_store_account_move(f.store, &site, &listed, &other));
    assert_now(&f, &listed, &other);
    for (guint i = 1; i <= N2_ACCOUNT_MOVES_MAX; i++) {
        n2_key one = key((guint8)(100 + i));
        g_assert_false(is_strange(&f, &one, &other));
        g_assert_cmpint(n2_store_account_move(f.store, &site, &one, &other), ==,
                        i < N2_ACCOUNT_MOVES_MAX ? N2_OK : N2_ERR_LIMIT);
    }
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/account/kept", test_kept);
    g_test_add_func("/store/account/limit", test_limit);
    g_test_add_func("/store/account/stranger-moves", test_stranger_moves);
    g_test_add_func("/store/account/stranger-limit", test_stranger_limit);
    return g_test_run();
}
