/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-publish.c - jobs that make a new tree: archives, heads, attributes.
 */
#include <glib.h>
#include <string.h>

#include "two-nodes.h"

typedef struct {
    two_nodes *w;
    char one[N2_ID_TEXT_BYTES]; /* the identity of node 1 */
} world;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    t->w = two_nodes_new(1);
    n2_id_format(t->one, N2_ID_IDENTITY, &t->w->node[1].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

static const struct {
    const char *name;
    const char *items; /* d: folder "a", f: file "a/b", F: file "f", u: "../x", s: "a//b",
                          e: end, c: a file cut short, ?: unknown type, d twice: again */
    n2_err want;
} archives[] = {
    {"empty-tree", "e", N2_OK},
    {"file", "Fe", N2_OK},
    {"folder", "dfe", N2_OK},
    {"folder-not-named", "fe", N2_OK},
    {"no-end", "F", N2_ERR_TRUNCATED},
    {"nothing", "", N2_ERR_TRUNCATED},
    {"after-the-end", "FeF", N2_ERR_TRAILING},
    {"twice", "FFe", N2_ERR_EXISTS},
    {"up", "ue", N2_ERR_FORMAT},
    {"empty-name", "se", N2_ERR_FORMAT},
    {"unknown-type", "?e", N2_ERR_FORMAT},
    {"cut-short", "c", N2_ERR_TRUNCATED},
};

static void
test_archives(world *t, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(archives); i++) {
        g_autoptr(GByteArray) archive = g_byte_array_new();

        g_test_message("%s", archives[i].name);
        for (const char *p = archives[i].items; *p; p++) {
            if (*p == 'd')
                archive_add(archive, 1, "a", NULL, 0);
            else if (*p == 'f')
                archive_add(archive, 2, "a/b", (const guint8 *)"1", 1);
            else if (*p == 'F' || *p == 'c')
                archive_add(archive, 2, "f", (const guint8 *)"12", 2);
            else if (*p == 'u')
                archive_add(archive, 2, "../x", (const guint8 *)"1", 1);
            else if (*p == 's')
                archive_add(archive, 2, "a//b", (const guint8 *)"1", 1);
            else if (*p == '?')
                archive_add(archive, 9, "x", NULL, 0);
            else
                archive_add(archive, 3, NULL, NULL, 0);
            if (*p == 'c')
                g_byte_array_set_size(archive, archive->len - 1);
        }
        n2_notice done = two_nodes_publish(t->w, 0, archive, NULL);

        g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(archives[i].want));
        n2_notice_clear(&done);
    }
}

static void
test_publish_with_name(world *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_notice done;

    (void)data;
    archive_add(archive, 2, "a.md", (const guint8 *)"1", 1);
    archive_add(archive, 3, NULL, NULL, 0);
    done = two_nodes_publish(t->w, 0, archive, "mine");
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "by_name")->text, ==, "net2o://mine/");
    g_autofree char *by_hash = g_strdup(n2_table_get(done.table, 0, "by_hash")->text);

    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_LIST, "net2o://mine/", NULL, NULL, N2_OK);
    done = two_nodes_publish(t->w, 0, archive, "no/name");
    assert_err(done.err, N2_ERR_USAGE);
    n2_notice_clear(&done);
    /* The same files are the same tree, under the next head. */
    done = two_nodes_publish(t->w, 0, archive, NULL);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "by_hash")->text, ==, by_hash);
    g_assert_cmpint(n2_table_get(done.table, 0, "counter")->integer, ==, 2);
    n2_notice_clear(&done);
    /* A tree that was replaced stays reachable by its hash. */
    g_byte_array_set_size(archive, 0);
    archive_add(archive, 3, NULL, NULL, 0);
    done = two_nodes_publish(t->w, 0, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    fixture_collect_all(&t->w->node[0].store);
    two_nodes_assert_done(t->w, N2_JOB_LIST, by_hash, NULL, NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_OPEN, "net2o://mine/a.md", NULL, NULL, N2_ERR_NOTFOUND);
}

/* Two publishes at once: each has a head of its own. */
static void
test_publish_race(world *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_job jobs[2];
    gint64 counters[2];

    (void)data;
    archive_add(archive, 2, "a.md", (const guint8 *)"1", 1);
    archive_add(archive, 3, NULL, NULL, 0);
    for (int i = 0; i < 2; i++) {
        jobs[i] = two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_PUBLISH});
        assert_ok(n2_control_feed(t->w->node[0].control, jobs[i], archive->data, archive->len,
                                  t->w->now_us, t->w->wall_us));
    }
    for (int i = 0; i < 2; i++)
        n2_control_feed_end(t->w->node[0].control, jobs[i], t->w->now_us, t->w->wall_us);
    for (int i = 0; i < 2; i++) {
        n2_notice done = two_nodes_finish(t->w, 0, jobs[i], NULL, NULL);

        assert_ok(done.err);
        counters[i] = n2_table_get(done.table, 0, "counter")->integer;
        n2_notice_clear(&done);
    }
    g_assert_cmpint(counters[0] + counters[1], ==, 1 + 2);
}

static void
test_attributes(world *t, gconstpointer data)
{
    static const struct {
        const char *type;
        const char *value;
        n2_err want;
    } rows[] = {
        {NULL, "text", N2_OK},
        {"integer", "-5", N2_OK},
        {"integer", "five", N2_ERR_USAGE},
        {"time", "1700000000000000", N2_OK},
        {"identity", "k1-rubbish", N2_ERR_USAGE},
        {"colour", "red", N2_ERR_USAGE},
    };
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_notice done;

    (void)data;
    archive_add(archive, 2, "d/a.md", (const guint8 *)"1", 1);
    archive_add(archive, 3, NULL, NULL, 0);
    done = two_nodes_publish(t->w, 0, archive, "mine");
    assert_ok(done.err);
    n2_notice_clear(&done);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        done = two_nodes_do(t->w, 0,
                            &(n2_request){.kind = N2_JOB_ATTR_SET,
                                          .address = "net2o://mine/d/a.md",
                                          .name = "x",
                                          .type = rows[i].type,
                                          .value = rows[i].value});
        g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(rows[i].want));
        n2_notice_clear(&done);
    }
    done = two_nodes_ask(t->w, N2_JOB_ATTR_LIST, "net2o://mine/d/a.md", NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpuint(done.table->n_rows, ==, 2);
    g_assert_cmpstr(n2_table_get(done.table, 1, "name")->text, ==, "x");
    g_assert_cmpstr(n2_table_get(done.table, 1, "type")->text, ==, "time");
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_ATTR_SET, "net2o://mine/d/a.md", "x", NULL,
                          N2_OK); /* removed */
    two_nodes_assert_done(t->w, N2_JOB_ATTR_GET, "net2o://mine/d/a.md", "x", NULL,
                          N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_ATTR_SET, "net2o://mine/d/a.md", "x", NULL,
                          N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_ATTR_SET, "net2o://mine/", "x", "y", N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_ATTR_SET, "net2o://mine/none", "x", "y",
                          N2_ERR_NOTFOUND);
    g_autofree char *foreign = g_strdup_printf("net2o://%s/a", t->one);

    two_nodes_assert_done(t->w, N2_JOB_ATTR_SET, foreign, "x", "y", N2_ERR_REFUSED);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(world *, gconstpointer);
    } tests[] = {
        {"archives", test_archives},
        {"name", test_publish_with_name},
        {"race", test_publish_race},
        {"attributes", test_attributes},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/node/control/publish/", tests[i].path, NULL);

        g_test_add(path, world, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}
