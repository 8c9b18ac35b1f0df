/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-people.c - contacts, history and vouches as they are kept: limits, replacing, damage,
 * and a database that had none.
 */
#include <string.h>

#include "base/limits.h"
#include "store-fixture.h"
#include "store/people.h"

static n2_id
id(guint number)
{
    return (n2_id){.method = N2_METHOD_SHA256, .hash = {(guint8)(number >> 8), (guint8)number}};
}

/* ---- contacts ---- */

static bool
append_contact(void *user, const n2_store_contact *c)
{
    g_string_append_printf(user, "%u:%u,%d,%d,%s ", c->who.hash[1], c->marks, (int)c->met_us,
                           (int)c->marked_us, c->name);
    return c->who.hash[1] != 9;
}

static void
test_contacts(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    n2_id who = id(3);
    char *name = NULL;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_contact_put(
        f.store, &(n2_store_contact){.who = id(5), .marks = 2, .met_us = 7, .marked_us = 8}));
    assert_ok(n2_store_contact_put(
        f.store,
        &(n2_store_contact){
            .who = who, .marks = 1, .met_us = -1, .marked_us = 2, .name = "anna.demo"}));
    assert_ok(n2_store_contact_put(
        f.store,
        &(n2_store_contact){.who = who, .marks = 3, .marked_us = 4, .name = "x'; --"}));
    fixture_reopen(&f, TRUE);
    assert_ok(n2_store_contacts(f.store, append_contact, got));
    g_assert_cmpstr(got->str, ==, "3:3,0,4,x'; -- 5:2,7,8, ");
    assert_ok(n2_store_contact_drop(f.store, &who));
    assert_err(n2_store_contact_drop(f.store, &who), N2_ERR_NOTFOUND);
    g_string_truncate(got, 0);
    for (guint i = 8; i < 11; i++) /* the callback stops at 9 */
        assert_ok(n2_store_contact_put(f.store, &(n2_store_contact){.who = id(i)}));
    assert_ok(n2_store_contacts(f.store, append_contact, got));
    g_assert_cmpstr(got->str, ==, "5:2,7,8, 8:0,0,0, 9:0,0,0, ");

    char text[N2_ID_TEXT_BYTES];
    n2_id_format(text, N2_ID_IDENTITY, &who);
    assert_err(n2_store_petname_of(f.store, &who, &name), N2_ERR_NOTFOUND);
    assert_ok(n2_store_name_set(f.store, "zoe", text));
    assert_ok(n2_store_name_set(f.store, "anna", text));
    assert_ok(n2_store_petname_of(f.store, &who, &name));
    g_assert_cmpstr(name, ==, "anna");
    g_free(name);
    fixture_clear(&f);
}

static void
test_contacts_full(void)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    n2_id known = id(0);
    fixture f;

    fixture_init(&f, TRUE);
    n2_store_close(f.store);
    f.store = NULL;
    g_string_printf(sql,
                    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n LIMIT %d)"
                    " INSERT INTO contact SELECT unhex2, 1, 0, 0, '' FROM"
                    " (SELECT CAST(char(1) || substr('0000' || i, -4)"
                    "  || substr(hex(zeroblob(14)), 1, 28) AS BLOB) AS unhex2 FROM n)",
                    N2_CONTACTS_MAX);
    fixture_sql(&f, sql->str);
    assert_ok(fixture_open(&f));
    assert_err(n2_store_contact_put(f.store, &(n2_store_contact){.who = known}), N2_ERR_LIMIT);
    memset(known.hash, '0', sizeof known.hash); /* one of them may change */
    assert_ok(n2_store_contact_put(f.store, &(n2_store_contact){.who = known, .marks = 2}));
    fixture_clear(&f);
}

/* ---- history ---- */

static bool
append_seen(void *user, const n2_store_seen *s)
{
    g_string_append_printf(user, "%s=%u,%d,%d ", s->name, s->who.hash[1], (int)s->first_us,
                           (int)s->last_us);
    return true;
}

static void
test_seen(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    n2_id anna = id(1), eve = id(2);
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_seen_put(f.store, "anna.demo", &anna, 10));
    assert_ok(n2_store_seen_put(f.store, "anna.demo", &anna, 30));
    assert_ok(n2_store_seen_put(f.store, "anna.demo", &anna, 20)); /* the clock went back */
    assert_ok(n2_store_seen_put(f.store, "anna.demo", &eve, 40));
    assert_ok(n2_store_seen_put(f.store, "", &anna, 5));
    assert_ok(n2_store_seen_put(f.store, "", &eve, 6));
    assert_ok(n2_store_seen_put(f.store, "other.demo", &eve, 7));
    fixture_reopen(&f, TRUE);
    assert_ok(n2_store_seen_list(f.store, "anna.demo", &anna, append_seen, got));
    g_assert_cmpstr(got->str, ==, "=1,5,5 anna.demo=1,10,30 anna.demo=2,40,40 ");
    g_string_truncate(got, 0);
    assert_ok(n2_store_seen_list(f.store, NULL, &anna, append_seen, got));
    g_assert_cmpstr(got->str, ==, "=1,5,5 anna.demo=1,10,30 ");
    g_string_truncate(got, 0);
    assert_ok(n2_store_seen_list(f.store, "other.demo", NULL, append_seen, got));
    g_assert_cmpstr(got->str, ==, "other.demo=2,7,7 ");
    g_string_truncate(got, 0);
    assert_ok(n2_store_seen_forget(f.store, 30));
    assert_ok(n2_store_seen_list(f.store, NULL, NULL, append_seen, got));
    g_assert_cmpstr(got->str, ==, "anna.demo=1,10,30 anna.demo=2,40,40 ");
    g_string_truncate(got, 0);
    assert_ok(n2_store_seen_forget(f.store, INT64_MAX));
    assert_ok(n2_store_seen_list(f.store, NULL, NULL, append_seen, got));
    g_assert_cmpstr(got->str, ==, "");
    fixture_clear(&f);
}

static void
test_seen_full(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_autofree char *sql = g_strdup_printf(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT %d)"
        " INSERT INTO seen SELECT 'n' || i, CAST(char(1) || substr(hex(zeroblob(16)), 1, 32)"
        " AS BLOB), 1000-i, 100000-i FROM n",
        N2_SEEN_MAX);
    n2_id who = id(1);
    fixture f;

    fixture_init(&f, TRUE);
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, sql);
    assert_ok(fixture_open(&f));
    assert_ok(n2_store_seen_put(f.store, "new.demo", &who, 200000));
    g_autofree char *oldest = g_strdup_printf("n%d", N2_SEEN_MAX);
    assert_ok(n2_store_seen_list(f.store, oldest, NULL, append_seen, got));
    g_assert_cmpstr(got->str, ==, "");
    assert_ok(n2_store_seen_list(f.store, "n1", NULL, append_seen, got));
    assert_ok(n2_store_seen_list(f.store, "new.demo", NULL, append_seen, got));
    g_assert_nonnull(strstr(got->str, "n1="));
    g_assert_nonnull(strstr(got->str, "new.demo="));
    fixture_clear(&f);
}

/* ---- vouches ---- */

static n2_err
put(fixture *f, guint by, guint subject, guint64 scope, gint64 from_us, const char *text)
{
    return n2_store_vouch_put(f->store, &(n2_store_vouch){.by = id(by),
                                                          .subject = id(subject),
                                                          .scope = scope,
                                                          .from_us = from_us,
                                                          .until_us = from_us + 100,
                                                          .statement = (const guint8 *)text,
                                                          .len = strlen(text)});
}

static bool
append_vouch(void *user, const n2_store_vouch *v)
{
    g_string_append_printf(user, "%u>%u:%d@%d=%.*s ", v->by.hash[1], v->subject.hash[1],
                           (int)v->scope, (int)v->from_us, (int)v->len,
                           (const char *)v->statement);
    return true;
}

static char *
all_vouches(fixture *f, const n2_id *subject)
{
    GString *got = g_string_new(NULL);

    assert_ok(n2_store_vouches(f->store, subject, append_vouch, got));
    return g_string_free(got, FALSE);
}

static void
test_vouches(void)
{
    g_autofree char *much = g_strnfill(N2_VOUCH_BYTES_MAX + 1, 'x');
    n2_id one = id(1), two = id(2);
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(put(&f, 2, 1, 5, 10, "b"));
    assert_err(put(&f, 2, 1, 5, 10, "b"), N2_ERR_EXISTS);
    assert_err(put(&f, 2, 1, 5, 9, "old"), N2_ERR_EXISTS);
    assert_err(put(&f, 2, 1, 5, 10, "a"), N2_ERR_EXISTS); /* whichever came first */
    assert_ok(put(&f, 2, 1, 5, 10, "c"));
    assert_ok(put(&f, 2, 1, 5, 11, "a"));
    assert_ok(put(&f, 2, 1, 4, 3, "audit")); /* another scope, another vouch */
    assert_ok(put(&f, 3, 1, G_MAXUINT64, 3, "later scope"));
    assert_ok(put(&f, 2, 9, 5, 3, "other"));
    assert_err(put(&f, 4, 1, 5, 3, much), N2_ERR_LIMIT);
    fixture_reopen(&f, TRUE);
    g_autofree char *got = all_vouches(&f, &one);
    g_assert_cmpstr(got, ==, "2>1:4@3=audit 2>1:5@11=a 3>1:-1@3=later scope ");
    assert_ok(n2_store_vouches_drop(f.store, NULL, 104));
    g_autofree char *rest = all_vouches(&f, NULL);
    g_assert_cmpstr(rest, ==, "2>1:5@11=a ");
    assert_ok(n2_store_vouches_drop(f.store, &two, 0));
    g_autofree char *none = all_vouches(&f, NULL);
    g_assert_cmpstr(none, ==, "");
    fixture_clear(&f);
}

/* Strangers fill what there is for strangers; whom the user marked has room all the same. */
static void
test_vouches_of_strangers(void)
{
    const guint n_signers = N2_VOUCHES_OTHERS_MAX / N2_VOUCHES_PER_OTHER_MAX;
    fixture f;

    fixture_init(&f, FALSE);
    for (guint by = 0; by < n_signers; by++)
        for (guint i = 0; i <= N2_VOUCHES_PER_OTHER_MAX; i++)
            g_assert_cmpint(put(&f, 1000 + by, i, 5, 10 + by, "x"), ==,
                            i < N2_VOUCHES_PER_OTHER_MAX ? N2_OK : N2_ERR_LIMIT);
    assert_err(put(&f, 999, 1, 5, 10, "x"), N2_ERR_LIMIT);
    assert_ok(put(&f, 1000, 1, 5, 500, "newer")); /* the same place */
    for (guint by = 0; by < 4; by++)
        assert_ok(
            n2_store_contact_put(f.store, &(n2_store_contact){.who = id(by), .marks = 2}));
    for (guint by = 0; by < 4; by++)
        for (guint i = 0; i < N2_VOUCHES_PER_SIGNER_MAX; i++)
            assert_ok(put(&f, by, 5000 + i, 5, 1, "marked"));
    assert_err(put(&f, 0, 4999, 5, 1, "marked"), N2_ERR_LIMIT);
    g_autofree char *all = all_vouches(&f, NULL);
    g_assert_null(strstr(all, "=x"));
    g_auto(GStrv) each = g_strsplit(g_strchomp(all), " ", 0);
    g_assert_cmpuint(g_strv_length(each), ==, N2_VOUCHES_MAX);
    /* and when all of them are of people with a mark, there is an end */
    assert_ok(n2_store_contact_put(f.store, &(n2_store_contact){.who = id(4), .marks = 2}));
    assert_err(put(&f, 4, 1, 5, 1, "marked"), N2_ERR_LIMIT);
    assert_err(put(&f, 998, 1, 5, 10, "x"), N2_ERR_LIMIT);
    fixture_clear(&f);
}

/* ---- what others did to the rows ---- */

static void
test_damage(void)
{
    static const char *const damages[] = {
        "INSERT INTO contact VALUES(x'01', 1, 0, 0, '')",
        "UPDATE contact SET name=x'ff'",
        "UPDATE contact SET name='a' || char(0) || 'b'",
        "INSERT INTO seen VALUES('n', 'text', 1, 2)",
        "UPDATE seen SET name=zeroblob(3)",
        "UPDATE vouch SET signer=x'0102'",
        "UPDATE vouch SET bytes=x''", /* nothing */
        "UPDATE vouch SET bytes='text'",
    };
    n2_id who = id(1);

    for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
        g_autoptr(GString) got = g_string_new(NULL);
        fixture f;
        fixture_init(&f, TRUE);
        assert_ok(n2_store_contact_put(f.store, &(n2_store_contact){.who = who, .marks = 2}));
        assert_ok(n2_store_seen_put(f.store, "n", &who, 1));
        assert_ok(put(&f, 1, 2, 5, 10, "x"));
        n2_store_close(f.store);
        f.store = NULL;
        fixture_sql(&f, damages[i]);
        assert_ok(fixture_open(&f));
        g_test_message("%s", damages[i]);
        for (int again = 0; again < 2; again++) {
            n2_err contacts = n2_store_contacts(f.store, append_contact, got);
            n2_err seen = n2_store_seen_list(f.store, NULL, NULL, append_seen, got);
            n2_err vouches = n2_store_vouches(f.store, NULL, append_vouch, got);
            g_assert_cmpint(!contacts && !seen && !vouches, ==, again);
            if (!again) /* which takes out what nobody can read */
                g_assert_cmpuint(fixture_fsck(&f), ==, 1);
        }
        fixture_clear(&f);
    }
}

/* Attack 62: a database from before there were any. */
static void
test_old(void)
{
    n2_id who = id(1);
    gsize len = 0;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_name_set(f.store, "anna", "k1-x"));
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, STORE_TO_VERSION_2);
    assert_ok(fixture_open(&f));
    g_assert_nonnull(disk_mem_bytes(f.disk, "store.db.v2", &len));
    assert_ok(n2_store_contact_put(f.store, &(n2_store_contact){.who = who, .marks = 2}));
    assert_ok(n2_store_seen_put(f.store, "n", &who, 1));
    assert_ok(put(&f, 1, 2, 5, 10, "x"));
    char *target = NULL;
    assert_ok(n2_store_name_get(f.store, "anna", &target));
    g_free(target);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/people/contacts", test_contacts);
    g_test_add_func("/people/contacts-full", test_contacts_full);
    g_test_add_func("/people/seen", test_seen);
    g_test_add_func("/people/seen-full", test_seen_full);
    g_test_add_func("/people/vouches", test_vouches);
    g_test_add_func("/people/vouches-of-strangers", test_vouches_of_strangers);
    g_test_add_func("/people/damage", test_damage);
    g_test_add_func("/people/attack-62-version-2", test_old);
    return g_test_run();
}
