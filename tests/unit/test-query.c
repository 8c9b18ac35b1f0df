/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-query.c - finding what is published and pinned: the language, what comes into the index
 *                and goes from it, who may find what.
 */
#include "query-fixture.h"

/* ---- what a query says ---- */

static void
test_finds(void)
{
    static const struct {
        const char *query, *paths;
    } rows[] = {
        {"pond", "index.md pond.md"},
        {"frogs", "pond.md"},
        {"frog", "pond.md"},
        {"FROGS newts", "pond.md"},
        {"\"frog\"", ""},
        {"\"frogs live\"", "pond.md"},
        {"\"live frogs\"", ""},
        {"garden -pond", ""},
        {"-type:audio -type:folder sort:name", "index.md letters/invoice.txt pond.md"},
        {"type:audio sort:name", "music/one.ogg music/new/three.ogg music/two.ogg"},
        {"type:audio sort:-size", "music/one.ogg music/new/three.ogg music/two.ogg"},
        {"type:audio sort:size", "music/two.ogg music/new/three.ogg music/one.ogg"},
        {"type:audio", "music/new/three.ogg music/one.ogg music/two.ogg"},
        {"type:text/markdown", "index.md pond.md"},
        {"type:text", "index.md pond.md letters/invoice.txt"},
        {"type:folder sort:name", "letters music music/new"},
        {"type:au", ""},
        {"artist:\"amon duul\"", "music/one.ogg"},
        {"artist:am", "music/one.ogg"},
        {"ARTIST:can", "music/two.ogg"},
        {"artist:<b", "music/one.ogg"},
        {"artist:b..c", "music/two.ogg"},
        {"amon", "music/one.ogg"},
        {"subject:invoice", "letters/invoice.txt"},
        {"name:invoice", "letters/invoice.txt"},
        {"title:pond", "pond.md"},
        {"title:>n type:text/markdown", "pond.md"},
        {"size:12", "music/one.ogg"},
        {"size:3..6 type:audio", "music/new/three.ogg music/two.ogg"},
        {"size:<=3", "music/two.ogg"},
        {"size:<1k type:audio size:>3", "music/new/three.ogg music/one.ogg"},
        {"size:>1M", ""},
        {"year:1972", "music/new/three.ogg"},
        {"year:>1970", "music/new/three.ogg"},
        {"year:1960..1971", ""},
        {"year:<1k", ""},
        {"changed:7d", "index.md music/new/three.ogg"},
        {"changed:<7d", "index.md music/new/three.ogg"},
        {"changed:>1y", "music/two.ogg"},
        {"changed:5d..2w", "pond.md"},
        {"changed:2026-11", "index.md music/new/three.ogg pond.md"},
        {"changed:2026-11-22", "index.md"},
        {"changed:<2026", "music/two.ogg"},
        {"changed:2025..2026-08", "music/one.ogg music/two.ogg"},
        {"changed:>=2026-11-21 -changed:2026-11-22", "music/new/three.ogg"},
        {"path:music sort:name",
         "music music/new music/one.ogg music/new/three.ogg music/two.ogg"},
        {"path:/music/new/", "music/new/three.ogg music/new"},
        {"path:pond.md", "pond.md"},
        {"path:nowhere", ""},
        {"path:music -path:music/new type:audio", "music/one.ogg music/two.ogg"},
        {"frogs OR artist:can", "pond.md music/two.ogg"},
        {"(frogs OR type:audio) changed:<50d", "music/new/three.ogg pond.md"},
        {"-(frogs OR type:audio OR type:folder) sort:name", "index.md letters/invoice.txt"},
        {"sort:-name type:text", "pond.md letters/invoice.txt index.md"},
        {"sort:artist type:audio", "music/one.ogg music/two.ogg music/new/three.ogg"},
        {"\"a \"\"quoted\"\" word\"", ""},
        {"nosuch:thing", ""},
        {"or", "letters/invoice.txt"},
        {"- x", ""},
    };
    fixture f;

    garden_init(&f);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_finds(&f, rows[i].query, rows[i].paths);
    assert_finds(&f, "",
                 "index.md music/new/three.ogg pond.md music/one.ogg music/two.ogg "
                 "letters/invoice.txt music/new music letters");
    fixture_clear(&f);
}

static void
test_refused(void)
{
    static const struct {
        const char *query;
        gsize at;
    } rows[] = {
        {"\"open", 0},
        {"a \"open", 2},
        {"(a", 0},
        {"a)", 1},
        {"()", 0},
        {"a OR", 4},
        {"OR a", 0},
        {"a OR OR b", 5},
        {"size:", 5},
        {"size:big", 0},
        {"size:>1d", 0},
        {"changed:blue", 0},
        {"changed:2026-13", 0},
        {"size:1..", 8},
        {"size:..1", 5},
        {"size:>1..2", 7},
        {"(sort:name)", 6},
        {"-sort:name", 10},
        {"sort:a sort:b", 12},
        {"sort:\"a\"", 5},
        {"path:>a", 0},
        {"x size:1d", 2},
        {"a\x01", 0},
        {"\xff", 0},
        {"sort:", 5},
    };
    fixture f;

    garden_init(&f);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_store_search s = {.is_own = true};
        n2_store_found found;
        g_autofree char *paths = NULL;

        g_test_message("%s", rows[i].query);
        assert_err(query(&f, &s, rows[i].query, &paths, &found), N2_ERR_FORMAT);
        g_assert_cmpuint(found.wrong_at, ==, rows[i].at);
        g_assert_cmpstr(paths, ==, "");
    }
    fixture_clear(&f);
}

static void
test_values(void)
{
    static const struct {
        const char *text;
        unsigned may_be;
        gint64 number, seconds, long_s;
    } rows[] = {
        {"0", N2_VALUE_NUMBER, 0, 0, 0},
        {"-3", N2_VALUE_NUMBER, -3, 0, 0},
        {"1.5M", N2_VALUE_NUMBER, 1572864, 0, 0},
        {"2k", N2_VALUE_NUMBER, 2048, 0, 0},
        {"9223372036854775807", N2_VALUE_NUMBER, G_MAXINT64, 0, 0},
        {"9223372036854775808", 0, 0, 0, 0},
        {"9007199254740992G", 0, 0, 0, 0},
        {"1.k", 0, 0, 0, 0},
        {"1970", N2_VALUE_NUMBER | N2_VALUE_TIME, 1970, 0, 365 * 86400},
        {"2024-02", N2_VALUE_TIME, 0, 1706745600, 29 * 86400},
        {"2023-02-29", 0, 0, 0, 0},
        {"2026-11-23", N2_VALUE_TIME, 0, 1795392000, 86400},
        {"2026-11-23T20:05", N2_VALUE_TIME, 0, 1795464300, 60},
        {"2026-11-23T24:00", 0, 0, 0, 0},
        {"7d", N2_VALUE_AGE, 0, 7 * 86400, 0},
        {"1y", N2_VALUE_AGE, 0, 365 * 86400, 0},
        {"7dd", 0, 0, 0, 0},
    };
    n2_find_query *q = g_new(n2_find_query, 1);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("x:%s", rows[i].text);

        assert_ok(n2_find_parse(q, text, strlen(text)));
        const n2_find_value *v = &q->nodes[q->root].from;
        g_assert_cmpstr(v->text, ==, rows[i].text);
        g_assert_cmpuint(v->may_be, ==, rows[i].may_be);
        if (v->may_be & N2_VALUE_NUMBER)
            g_assert_cmpint(v->number, ==, rows[i].number);
        if (v->may_be & N2_VALUE_TIME) {
            g_assert_cmpint(v->at, ==, rows[i].seconds * 1000000);
            g_assert_cmpint(v->until - v->at, ==, rows[i].long_s * 1000000);
        }
        if (v->may_be & N2_VALUE_AGE)
            g_assert_cmpint(v->age_us, ==, rows[i].seconds * 1000000);
    }
    g_free(q);
}

static void
test_pages(void)
{
    n2_store_search s = {.is_own = true, .max = 2};
    n2_store_found found;
    fixture f;

    garden_init(&f);
    for (gsize skip = 0; skip < 9; skip += 2) {
        g_autofree char *paths = NULL;

        s.skip = skip;
        assert_ok(query(&f, &s, "sort:name", &paths, &found));
        g_assert_cmpuint(found.n_hits, ==, skip == 8 ? 1 : 2);
        g_assert_true(found.has_more == (skip < 8));
        if (skip == 2)
            g_assert_cmpstr(paths, ==, "letters music");
    }
    s.max = N2_FIND_ANSWERS_MAX + 1;
    g_autofree char *none = NULL;
    assert_err(query(&f, &s, "x", &none, &found), N2_ERR_LIMIT);
    fixture_clear(&f);
}

static void
test_text(void)
{
    n2_store_search s = {
        .is_own = true, .max = 10, .text = "newts -\"frogs there\"", .len = 20};
    answer a = {.paths = g_string_new(NULL), .texts = g_string_new(NULL)};
    n2_store_found found;
    fixture f;

    garden_init(&f);
    assert_ok(n2_store_query(f.store, &s, hit_cb, &a, &found));
    g_assert_cmpstr(a.texts->str, ==, "The pond Frogs live here, and \x02newts\x03.|");
    g_string_free(a.paths, TRUE);
    g_string_free(a.texts, TRUE);
    fixture_clear(&f);
}

/* Each answer has its own text, whatever their order is: two names of one file the same, and a
 * file that has the words in its name alone has none. */
static void
test_texts(void)
{
    static const item items[] = {
        {"a.md", "# One\n\nA newt swims.\n", NULL, NULL, 0, 3},
        {"b.md", "# Two\n\nNewts and frogs sleep.\n", NULL, NULL, 0, 1},
        {"c.md", "# One\n\nA newt swims.\n", NULL, NULL, 0, 2},
        {"newts.ogg", "ogg", NULL, NULL, 0, 4},
        {"z.md", "# Three\n\nFrogs.\n", NULL, NULL, 0, 5},
    };
    static const struct {
        const char *query, *paths, *texts;
    } rows[] = {
        {"newt", "b.md c.md a.md newts.ogg",
         "Two \002Newts\003 and frogs sleep.|One A \002newt\003 swims.|"
         "One A \002newt\003 swims.|"},
        {"newt sort:name", "a.md b.md c.md newts.ogg",
         "One A \002newt\003 swims.|Two \002Newts\003 and frogs sleep.|"
         "One A \002newt\003 swims.|"},
        {"newt OR fro sort:-name", "z.md newts.ogg c.md b.md a.md",
         "Three \002Frogs\003.|One A \002newt\003 swims.|"
         "Two \002Newts\003 and \002frogs\003 sleep.|One A \002newt\003 swims.|"},
        {"type:text", "b.md c.md a.md z.md", ""},
    };
    n2_store_search s = {.is_own = true, .max = 10};
    n2_store_found found;
    fixture f;

    fixture_init(&f, FALSE);
    publish_as(&f, items, G_N_ELEMENTS(items), N2_OWNER_TREE, "main/1");
    tend(&f);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        answer a = {.paths = g_string_new(NULL), .texts = g_string_new(NULL)};

        s.text = rows[i].query;
        s.len = strlen(s.text);
        assert_ok(n2_store_query(f.store, &s, hit_cb, &a, &found));
        g_assert_cmpstr(a.paths->str, ==, rows[i].paths);
        g_assert_cmpstr(a.texts->str, ==, rows[i].texts);
        g_string_free(a.paths, TRUE);
        g_string_free(a.texts, TRUE);
    }
    fixture_clear(&f);
}

/* Of what is too long the beginning is found. */
static void
test_long(void)
{
    g_autofree char *fact = g_strnfill(N2_INDEX_FACT_BYTES_MAX + 6, 'x');
    g_autofree char *page = g_strnfill(N2_INDEX_PAGE_BYTES_MAX + 16, ' ');
    n2_store_search s = {.is_own = true, .skip = N2_FIND_SKIPPED_MAX};
    n2_store_found found;
    g_autofree char *none = NULL, *more = NULL;
    fixture f;

    memcpy(fact, "first ", 6);
    memcpy(fact + N2_INDEX_FACT_BYTES_MAX, " last", 5);
    memcpy(page, "frogs", 5);
    memcpy(page + N2_INDEX_PAGE_BYTES_MAX + 2, "newts", 5);
    const item items[] = {{"a.md", page, "about", fact, 0, 1}};

    fixture_init(&f, FALSE);
    publish_as(&f, items, 1, N2_OWNER_TREE, "main/1");
    tend(&f);
    assert_finds(&f, "frogs", "a.md");
    assert_finds(&f, "newts", "");
    assert_finds(&f, "about:first", "a.md");
    assert_finds(&f, "about:last", "");
    assert_ok(query(&f, &s, "frogs", &none, &found));
    g_assert_cmpuint(found.n_hits, ==, 0);
    s.skip++;
    assert_err(query(&f, &s, "frogs", &more, &found), N2_ERR_LIMIT);
    fixture_clear(&f);
}

/* A folder that stands in very many, none of which is to be seen: the way up is given up. */
static void
test_climb(void)
{
    fixture f;

    fixture_init(&f, TRUE);
    publish_as(&f, garden, G_N_ELEMENTS(garden), N2_OWNER_TREE, "main/1");
    tend(&f);
    n2_store_close(f.store);
    f.store = NULL;
    g_autofree char *sql = g_strdup_printf(
        "UPDATE entry SET id=10000000 WHERE name='music';"
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION SELECT i+1 FROM n WHERE i<1000+%d)"
        " INSERT INTO entry SELECT i, i, (SELECT object FROM entry WHERE name='music'),"
        " 2, 'x', NULL, 'folder', 0, NULL FROM n;"
        "UPDATE entry SET object=(SELECT object FROM entry WHERE name='music'),"
        " parent=id WHERE name='x';"
        "INSERT INTO shelf SELECT id, 1, 0, 0 FROM entry WHERE name='x'",
        N2_FIND_CLIMB_MAX);
    fixture_sql(&f, sql);
    assert_ok(fixture_open(&f));
    assert_finds(&f, "artist:can", "");
    assert_finds(&f, "frogs", "pond.md");
    fixture_clear(&f);
}

/* ---- what comes and goes ---- */

static void
test_new_tree(void)
{
    item changed[G_N_ELEMENTS(garden)];
    guint64 before;
    fixture f;

    garden_init(&f);
    before = n2_store_index_changes(f.store);
    memcpy(changed, garden, sizeof changed);
    changed[1].text = "# The lake\n\nFish.\n";
    changed[3].path = "music/new/four.ogg";
    publish_as(&f, changed, G_N_ELEMENTS(changed), N2_OWNER_TREE, "main/2");
    assert_finds(&f, "frogs", "pond.md"); /* of before, all of it */
    assert_finds(&f, "fish", "");
    tend(&f);
    g_assert_cmpuint(n2_store_index_changes(f.store), !=, before);
    assert_finds(&f, "frogs", "");
    assert_finds(&f, "fish", "pond.md");
    assert_finds(&f, "artist:can", "music/new/four.ogg");
    assert_finds(&f, "title:lake", "pond.md");
    assert_finds(&f, "type:folder sort:name", "letters music music/new");
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    before = n2_store_index_changes(f.store);
    tend(&f);
    g_assert_cmpuint(n2_store_index_changes(f.store), ==, before);
    fixture_clear(&f);
}

static void
test_pin(void)
{
    static const item notes[] = {
        {"deep/er/notes.md", "# Notes\n\nNewts too.\n", NULL, NULL, 0, 3}};
    gint64 owner;
    fixture f;

    garden_init(&f);
    publish_as(&f, notes, 1, N2_OWNER_PIN, "h1-notes");
    tend(&f);
    assert_finds(&f, "newts", "deep/er/notes.md pond.md");
    assert_finds(&f, "path:deep type:text", "deep/er/notes.md");
    assert_ok(n2_store_owner(f.store, N2_OWNER_PIN, "k1-me", 0, &owner));
    assert_ok(n2_store_ref_drop(f.store, owner, "h1-notes"));
    tend(&f);
    assert_finds(&f, "newts", "pond.md");
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    /* what goes and comes before it is gone */
    publish_as(&f, notes, 1, N2_OWNER_PIN, "h1-notes");
    tend(&f);
    assert_ok(n2_store_ref_drop(f.store, owner, "h1-notes"));
    bool more;
    assert_ok(n2_store_tend(f.store, &more));
    publish_as(&f, notes, 1, N2_OWNER_PIN, "h1-notes");
    tend(&f);
    assert_finds(&f, "newts", "deep/er/notes.md pond.md");
    fixture_clear(&f);
}

/* A folder of many is read in steps, and is seen when all of it is. */
static void
test_many(void)
{
    enum {
        N = 3 * N2_INDEX_ENTRIES + 7
    };
    g_autofree item *items = g_new0(item, N);
    n2_store_search s = {.is_own = true, .max = 5};
    n2_store_found found;
    bool more = true;
    guint n = 0;
    fixture f;

    fixture_init(&f, TRUE);
    for (gsize i = 0; i < N; i++)
        items[i] = (item){
            g_strdup_printf("n%04u.txt", (guint)i), "the same text", NULL, NULL, 0, (int)i};
    publish_as(&f, items, N, N2_OWNER_TREE, "main/1");
    for (; more; n++) {
        g_autofree char *paths = NULL;
        assert_ok(n2_store_tend(f.store, &more));
        if (n == 2)
            fixture_reopen(&f, TRUE);
        assert_ok(query(&f, &s, "name:n", &paths, &found));
        g_assert_true(found.n_hits == 0 || found.n_hits == 5);
    }
    g_assert_cmpuint(n, >, 4);
    g_assert_cmpuint(found.n_hits, ==, 5);
    g_assert_true(found.has_more);
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    for (gsize i = 0; i < N; i++)
        g_free((char *)items[i].path);
    fixture_clear(&f);
}

/* A word that very many have is not looked up but compared; the answers are the same ones, in
 * the same order. */
static void
test_frequent(void)
{
    enum {
        N = N2_FIND_LOOKED_UP_MAX / 3 + 100 /* in name, attribute and text */
    };
    static const struct {
        const char *text, *same;
    } rows[] = {{"common", "name:common"},
                {"common other", "name:common name:other"},
                {"common rare", "name:rare"},
                {"common -rare", "name:common -name:rare"},
                {"rare OR common", "name:rare OR name:common"},
                {"common sort:name", "name:common sort:name"},
                {"common sort:title", "name:common sort:title"},
                {"shared", "name:common"},
                {"artist:common", "name:common"},
                {"shared -other", "name:common -name:other"},
                {"common \"shared\" -nowhere", "name:common"},
                {"-(common shared) OR rare", "name:rare"},
                {"common (shared OR nowhere)", "name:common"},
                {"common nowhere", "name:nowhere"}};
    g_autofree item *items = g_new0(item, N);
    n2_store_search s = {.is_own = true, .max = 300};
    n2_store_found found;
    fixture f;

    fixture_init(&f, TRUE);
    for (guint i = 0; i < N; i++)
        items[i] = (item){g_strdup_printf("common %s%04u.md", i % 500 ? "other " : "rare ", i),
                          g_strdup_printf("Common %u, shared", i),
                          "artist",
                          "common",
                          0,
                          (int)i};
    publish_as(&f, items, N, N2_OWNER_TREE, "main/1");
    tend(&f);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = NULL, *want = NULL;

        g_test_message("%s", rows[i].text);
        assert_ok(query(&f, &s, rows[i].text, &got, &found));
        g_assert_false(found.is_part);
        assert_ok(query(&f, &s, rows[i].same, &want, &found));
        g_assert_cmpstr(got, ==, want);
        g_assert_true(*want || i == G_N_ELEMENTS(rows) - 1);
    }
    for (gsize i = 0; i < N; i++) {
        g_free((char *)items[i].path);
        g_free((char *)items[i].text);
    }
    fixture_clear(&f);
}

/* A database of before: what is published there is found, too. */
static void
test_migrated(void)
{
    fixture f;

    fixture_init(&f, TRUE);
    publish_as(&f, garden, G_N_ELEMENTS(garden), N2_OWNER_TREE, "main/1");
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, STORE_TO_VERSION_4);
    assert_ok(fixture_open(&f));
    assert_finds(&f, "frogs", "");
    g_assert_true(n2_store_is_untidy(f.store));
    tend(&f);
    assert_finds(&f, "frogs", "pond.md");
    fixture_clear(&f);
}

/* What does not fit together is made anew. */
static void
test_damaged(void)
{
    static const char *const damages[] = {
        "DELETE FROM shelf",
        "DELETE FROM entry WHERE name='pond.md'",
        "UPDATE entry SET name='lake.md' WHERE name='pond.md'",
        "DELETE FROM page",
        "DELETE FROM page_words",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
        fixture f;

        g_test_message("%s", damages[i]);
        fixture_init(&f, TRUE);
        publish_as(&f, garden, G_N_ELEMENTS(garden), N2_OWNER_TREE, "main/1");
        tend(&f);
        n2_store_close(f.store);
        f.store = NULL;
        fixture_sql(&f, damages[i]);
        assert_ok(fixture_open(&f));
        g_assert_cmpuint(fixture_fsck(&f), ==, 1);
        tend(&f);
        g_assert_cmpuint(fixture_fsck(&f), ==, 0);
        assert_finds(&f, "frogs", "pond.md");
        fixture_clear(&f);
    }
}

/* ---- who may find it ---- */

static void
test_open(void)
{
    n2_store_search s = {.is_own = false};
    n2_store_found found;
    g_autofree char *public = NULL, *closed = NULL, *of_page = NULL;
    fixture f;

    fixture_init(&f, TRUE);
    publish_as(&f, garden, G_N_ELEMENTS(garden), N2_OWNER_TREE, "main/1");
    tend(&f);
    assert_ok(query(&f, &s, "artist:can", &public, &found));
    g_assert_cmpstr(public, ==, "music/two.ogg");
    n2_store_close(f.store);
    f.store = NULL;
    /* the folder "music" is nobody else's now: what it leads to, and the way there */
    fixture_sql(&f, "UPDATE edge SET realm=-1 WHERE child IN (SELECT object FROM entry"
                    "  WHERE name='music' OR parent IN (SELECT object FROM entry"
                    "  WHERE name='music'))");
    assert_ok(fixture_open(&f));
    assert_ok(query(&f, &s, "artist:can", &closed, &found));
    g_assert_cmpstr(closed, ==, "");
    g_assert_cmpuint(found.n_hits, ==, 0);
    g_assert_false(found.has_more);
    assert_ok(query(&f, &s, "frogs", &of_page, &found));
    g_assert_cmpstr(of_page, ==, "pond.md");
    assert_finds(&f, "artist:can", "music/two.ogg");
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/query/finds", test_finds);
    g_test_add_func("/query/refused", test_refused);
    g_test_add_func("/query/values", test_values);
    g_test_add_func("/query/pages", test_pages);
    g_test_add_func("/query/text", test_text);
    g_test_add_func("/query/texts", test_texts);
    g_test_add_func("/query/long", test_long);
    g_test_add_func("/query/climb", test_climb);
    g_test_add_func("/query/new-tree", test_new_tree);
    g_test_add_func("/query/pin", test_pin);
    g_test_add_func("/query/many", test_many);
    g_test_add_func("/query/frequent", test_frequent);
    g_test_add_func("/query/migrated", test_migrated);
    g_test_add_func("/query/damaged", test_damaged);
    g_test_add_func("/query/open", test_open);
    return g_test_run();
}
