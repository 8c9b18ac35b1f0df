/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-query-attacks.c - attack 51, query bombs: nesting, operators, a look at everything.
 */
#include "query-fixture.h"

static n2_err
ask(fixture *f, const char *text)
{
    n2_store_search s = {.is_own = true};
    n2_store_found found;
    g_autofree char *paths = NULL;

    return query(f, &s, text, &paths, &found);
}

static char *
repeated(const char *what, guint n, const char *middle, const char *after)
{
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < n; i++)
        g_string_append(s, what);
    g_string_append(s, middle);
    for (guint i = 0; i < n; i++)
        g_string_append(s, after);
    return g_string_free(s, FALSE);
}

static void
test_nesting(void)
{
    fixture f;

    garden_init(&f);
    for (guint n = 1; n < 1200; n += n < 20 ? 1 : 90) {
        g_autofree char *plain = repeated("(", n, "frogs", ")");
        g_autofree char *mixed = repeated("-(frogs OR x:1 ", n, "frogs", ")");
        g_autofree char *open = repeated("(", n, "frogs", "");

        if (n <= N2_FIND_DEPTH_MAX)
            assert_finds(&f, plain, "pond.md");
        else
            assert_err(ask(&f, plain), N2_ERR_LIMIT);
        n2_err err = ask(&f, mixed);
        g_assert_true(n <= N2_FIND_DEPTH_MAX ? !err : err == N2_ERR_LIMIT);
        g_assert_true(ask(&f, open));
    }
    g_autofree char *all = repeated("frogs ", N2_FIND_TERMS_MAX, "", "");
    g_autofree char *one_more = repeated("frogs ", N2_FIND_TERMS_MAX + 1, "", "");
    g_autofree char *facts = repeated("a:2026..2027 OR ", N2_FIND_TERMS_MAX - 1, "frogs", "");
    g_autofree char *minus = repeated("-", 3000, "frogs", "");
    g_autofree char *nots = repeated("-(", N2_FIND_DEPTH_MAX, "frogs", ")");
    g_autofree char *long_one = repeated("x", N2_FIND_TEXT_BYTES_MAX, "x", "");
    g_autofree char *paths = repeated("-path:a/b/c ", N2_FIND_TERMS_MAX - 1, "frogs", "");
    assert_finds(&f, all, "pond.md");
    assert_err(ask(&f, one_more), N2_ERR_LIMIT);
    assert_finds(&f, facts, "pond.md");
    assert_finds(&f, minus,
                 "index.md music/new/three.ogg music/one.ogg music/two.ogg "
                 "letters/invoice.txt music/new music letters");
    assert_finds(&f, nots, "pond.md");
    assert_err(ask(&f, long_one), N2_ERR_LIMIT);
    assert_finds(&f, paths, "pond.md");
    fixture_clear(&f);
}

/* What means something to the full-text search, or to SQL, is a word like any other. */
static void
test_operators(void)
{
    static const char *const words[] = {
        "frogs*",
        "^frogs",
        "NEAR(frogs newts)",
        "frogs+newts",
        "name:frogs",
        "{body}:x",
        "AND",
        "NOT",
        "\"frogs\" AND",
        "*",
        "\"*\"",
        "\"\"\"\"",
        "'; DROP TABLE entry; --",
        "%",
        "_",
        "?1",
        "body:frogs",
        "rowid:1",
        "rank:x",
        "x:\"\"\"\"",
        "\"\"",
        "\\",
        "-rank",
        "entry_words:x",
        "name:\"\\\"",
        "artist:\"%\"",
        "type:\"' OR 1=1\"",
        "path:\"../..\"",
        "path:/",
        "a:>\"'\"",
        "sort:rank",
        "sort:id frogs",
    };
    fixture f;

    garden_init(&f);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_test_message("%s", words[i]);
        assert_ok(ask(&f, words[i]));
    }
    assert_finds(&f, "AND", "pond.md");         /* it stands in "here, and newts" */
    assert_finds(&f, "\"frogs NOT live\"", ""); /* a phrase of three words */
    assert_finds(&f, "artist:\"%\"", "");
    assert_finds(&f, "type:\"' OR 1=1\"", "");
    assert_finds(&f, "frogs", "pond.md");
    fixture_clear(&f);
}

static bool
late_cb(void *user)
{
    return ++*(guint *)user > 3;
}

/* A query that must look at everything ends with its time, and says so. */
static void
test_everything(void)
{
    enum {
        N = 4000
    };
    g_autofree item *items = g_new0(item, N);
    guint n_asked = 0;
    n2_store_search s = {.is_own = true, .is_late = late_cb, .user = &n_asked};
    n2_store_found found;
    g_autofree char *paths = NULL, *again = NULL;
    fixture f;

    fixture_init(&f, FALSE);
    for (gsize i = 0; i < N; i++)
        items[i] = (item){g_strdup_printf("f%02u/n%04u.txt", (guint)i / 50, (guint)i),
                          "text",
                          "a",
                          "b",
                          0,
                          (int)i};
    publish_as(&f, items, N, N2_OWNER_TREE, "main/1");
    tend(&f);
    assert_ok(query(&f, &s, "-x:1 -y:2 -n:<3 sort:a", &paths, &found));
    g_assert_true(found.is_part);
    g_assert_cmpuint(n_asked, ==, 4);
    n_asked = 0;
    assert_ok(query(&f, &s, "path:f01 OR path:f02 OR path:/ sort:a", &again, &found));
    g_assert_true(found.is_part);
    g_assert_cmpuint(n_asked, ==, 4);
    assert_finds(&f, "name:n0007", "f00/n0007.txt"); /* the store is as it was */
    for (gsize i = 0; i < N; i++)
        g_free((char *)items[i].path);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/attack-51-nesting", test_nesting);
    g_test_add_func("/query/attack-51-operators", test_operators);
    g_test_add_func("/query/attack-51-everything", test_everything);
    return g_test_run();
}
