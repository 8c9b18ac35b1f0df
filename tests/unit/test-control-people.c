/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-people.c - whom the user knows, and what is said of who answers: at first,
 * again, under a name that was another's.
 */
#include "people-world.h"

/* ---- contacts ---- */

static void
assert_accept(people *p, const char *name, const char *who, n2_err want)
{
    two_nodes_assert_done(p->w, N2_JOB_PEOPLE_ACCEPT, who, name, NULL, want);
}

static void
test_contacts(people *p, gconstpointer data)
{
    char own[N2_ID_TEXT_BYTES];
    (void)data;

    n2_notice done = set(p, p->one, "Ann", MET, 7);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "address")->text, ==, p->one);
    g_assert_cmpstr(n2_table_get(done.table, 0, "name")->text, ==, "ann");
    g_assert_true(n2_table_get(done.table, 0, "met")->integer);
    g_assert_cmpint(n2_table_get(done.table, 0, "met-at")->integer, ==, 7);
    g_assert_false(n2_table_get(done.table, 0, "introduces")->integer);
    g_assert_cmpint(n2_table_get(done.table, 0, "marked")->integer, ==, p->w->wall_us);
    g_assert_cmpstr(n2_table_get(done.table, 0, "state")->text, ==, "live"); /* as a peer */
    n2_notice_clear(&done);
    /* What is not said stays, and the name leads there. */
    done = set(p, "ann", NULL, INTRODUCES, 0);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "name")->text, ==, "ann");
    g_assert_cmpint(n2_table_get(done.table, 0, "met-at")->integer, ==, 7);
    g_assert_true(n2_table_get(done.table, 0, "introduces")->integer);
    n2_notice_clear(&done);
    assert_set(p, p->other, "ann", 0, N2_ERR_EXISTS);
    assert_set(p, p->one, "an.n", 0, N2_ERR_USAGE);
    assert_set(p, p->one, "an n", 0, N2_ERR_USAGE);
    assert_set(p, "nobody", "x", 0, N2_ERR_NOTFOUND);
    n2_id_format(own, N2_ID_IDENTITY, &p->w->node[0].id);
    assert_set(p, own, "me", MET, N2_ERR_USAGE);
    /* Another name takes the place of the first. */
    assert_set(p, p->one, "anna", NOT_MET, N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_TRACE, "ann", NULL, NULL, N2_ERR_NOTFOUND);
    assert_set(p, p->other, "ann", 0, N2_OK);
    done = two_nodes_ask(p->w, N2_JOB_PEOPLE_LIST, NULL, NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpuint(done.table->n_rows, ==, 2);
    for (size_t i = 0; i < 2; i++) {
        gboolean is_one = !strcmp(n2_table_get(done.table, i, "address")->text, p->one);
        g_assert_cmpstr(n2_table_get(done.table, i, "name")->text, ==, is_one ? "anna" : "ann");
        g_assert_false(n2_table_get(done.table, i, "met")->integer);
        g_assert_null(n2_table_get(done.table, i, "met-at"));
    }
    n2_notice_clear(&done);
    two_nodes_assert_done(p->w, N2_JOB_PEOPLE_REMOVE, "anna", NULL, NULL, N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_PEOPLE_REMOVE, p->one, NULL, NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(p->w, N2_JOB_PEOPLE_REMOVE, "anna", NULL, NULL, N2_ERR_NOTFOUND);
    /* A name alone, set by hand, makes somebody known as well. */
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "by.hand", NULL, N2_OK);
    done = two_nodes_ask(p->w, N2_JOB_PEOPLE_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 2);
    n2_notice_clear(&done);
    two_nodes_assert_done(p->w, N2_JOB_PEOPLE_REMOVE, p->one, NULL, NULL, N2_OK);
    done = two_nodes_ask(p->w, N2_JOB_NAME_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 1);
    n2_notice_clear(&done);
    /* A name that is taken back leaves nobody behind. */
    assert_accept(p, "ann", p->other, N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_NAME_UNSET, NULL, "ann", NULL, N2_OK);
    done = two_nodes_ask(p->w, N2_JOB_PEOPLE_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 0);
    n2_notice_clear(&done);
}

/* Whatever somebody is called, and however often, goes with them. */
static void
test_many_names(people *p, gconstpointer data)
{
    n2_store *store = p->w->node[0].store.store;
    n2_notice done;
    (void)data;

    for (guint i = 0; i < 2 * N2_PEOPLE_NAMES_MAX + 1; i++) {
        g_autofree char *name = g_strdup_printf("%s%u", i % 2 ? "own" : "zone.", i);
        assert_ok(n2_store_name_set(store, name, p->one));
    }
    assert_ok(n2_store_name_set(store, "other", p->other));
    assert_set(p, p->one, "", 0, N2_OK); /* those that are the user's own way */
    done = two_nodes_ask(p->w, N2_JOB_NAME_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, N2_PEOPLE_NAMES_MAX + 2);
    n2_notice_clear(&done);
    two_nodes_assert_done(p->w, N2_JOB_PEOPLE_REMOVE, p->one, NULL, NULL, N2_OK);
    done = two_nodes_ask(p->w, N2_JOB_NAME_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 1);
    n2_notice_clear(&done);
}

/* Who looks at people hears of it. */
static void
test_told(people *p, gconstpointer data)
{
    g_autofree char *want = g_strconcat("person ", p->one, NULL);
    gboolean is_told = FALSE;
    n2_notice told;
    (void)data;

    while (two_nodes_notice(p->w, 0, 0, N2_NOTICE_CHANGED, &told))
        n2_notice_clear(&told);
    assert_set(p, p->one, NULL, MET, N2_OK);
    while (two_nodes_notice(p->w, 0, 0, N2_NOTICE_CHANGED, &told)) {
        is_told |= !strcmp(told.text, want);
        n2_notice_clear(&told);
    }
    g_assert_true(is_told);
}

/* ---- who answers ---- */

static void
test_first_and_again(people *p, gconstpointer data)
{
    g_autofree char *page = two_nodes_address(p->w, 1, "index.md");
    g_autofree char *own = NULL;
    (void)data;

    assert_trust(p, p->one, "read", "note: note:first");
    assert_visit(p, page, "note: note:first");
    assert_visit(p, page, "go: go:seen");
    assert_trust(p, p->one, "log-in", "go: go:seen");
    assert_set(p, p->one, "ann", MET, N2_OK);
    assert_visit(p, "net2o://ann/", "go: go:met go:petname go:seen go:first-name");
    assert_visit(p, "net2o://ann/", "go: go:met go:petname go:seen");
    assert_trust(p, "Ann", "read", "go: go:met go:petname go:seen");
    /* What was met is forgotten, what was said is not. */
    n2_notice forgot =
        two_nodes_do(p->w, 0,
                     &(n2_request){.kind = N2_JOB_PEOPLE_FORGET,
                                   .number = p->w->wall_us - (gint64)N2_HOUR_US});
    assert_ok(forgot.err);
    n2_notice_clear(&forgot);
    assert_trust(p, "ann", "read", "go: go:met go:petname go:seen");
    two_nodes_assert_done(p->w, N2_JOB_PEOPLE_FORGET, NULL, NULL, NULL, N2_OK);
    assert_trust(p, "ann", "read", "go: go:met go:petname go:first");
    forgot = two_nodes_do(p->w, 0, &(n2_request){.kind = N2_JOB_PEOPLE_FORGET, .number = -1});
    g_assert_cmpint(forgot.err, ==, N2_ERR_USAGE);
    n2_notice_clear(&forgot);
    /* Of one's own there is nothing to be said. */
    own = g_strdup_printf("%s", p->one);
    n2_notice done = two_nodes_do(
        p->w, 1, &(n2_request){.kind = N2_JOB_PEOPLE_TRUST, .address = own, .type = "pay"});
    assert_ok(done.err);
    g_autofree char *words = words_of(done.table);
    g_assert_cmpstr(words, ==, "go:");
    n2_notice_clear(&done);
}

static void
test_what_is_no_question(people *p, gconstpointer data)
{
    g_autofree char *content = g_strconcat("h1-", p->one + 3, NULL);
    static const struct {
        const char *address, *purpose;
        n2_err want;
    } rows[] = {{"nobody", "read", N2_ERR_NOTFOUND},
                {"no body", "read", N2_ERR_USAGE},
                {"http://x/", "read", N2_ERR_UNSUPPORTED},
                {NULL, "read", N2_ERR_USAGE},
                {"", "read", N2_ERR_USAGE}};
    (void)data;

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_notice done = ask(p, rows[i].address, rows[i].purpose);
        g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(rows[i].want));
        n2_notice_clear(&done);
    }
    for (gsize i = 0; i < 3; i++) {
        n2_notice done = ask(p, i ? p->one : content, i == 1 ? "steal" : i ? NULL : "read");
        g_assert_cmpstr(n2_err_name(done.err), ==, "N2_ERR_USAGE");
        n2_notice_clear(&done);
    }
}

/* ---- a name that was another's ---- */

static void
test_changed_name(people *p, gconstpointer data)
{
    (void)data;
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "shop", NULL, N2_OK);
    assert_visit(p, "net2o://shop/", "go: go:petname go:first");
    pass(p, N2_HOUR_US);
    /* Somebody, who is not the user, lets the name lead elsewhere. */
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->other, "shop", NULL, N2_OK);
    for (int i = 0; i < 3; i++) { /* to have looked is not to have agreed */
        n2_table *t = visit(p, "net2o://shop/");
        g_autofree char *words = words_of(t);
        g_assert_cmpstr(words, ==, "ask: ask:changed go:petname go:first");
        g_assert_cmpstr(cell_of(t, "changed", "who"), ==, p->one);
        g_assert_cmpstr(cell_of(t, "changed", "name"), ==, "shop");
        n2_table_free(t);
        pass(p, N2_HOUR_US);
    }
    assert_trust(p, "shop", "pay", "stop: stop:changed go:petname go:first");
    /* What cannot ask does not answer. */
    two_nodes_assert_done(p->w, N2_JOB_ATTR_LIST, "net2o://shop/index.md", NULL, NULL,
                          N2_ERR_REFUSED);
    /* By its address it is itself, whoever that is. */
    assert_trust(p, p->other, "read", "go: go:petname go:first");
    /* Agreed to what was shown, and to nothing else. */
    assert_accept(p, "shop", p->one, N2_ERR_STATE);
    assert_accept(p, "nobody", p->other, N2_ERR_STATE);
    assert_accept(p, p->other, p->other, N2_ERR_USAGE);
    assert_accept(p, "shop", "shop", N2_ERR_USAGE);
    assert_accept(p, NULL, p->other, N2_ERR_USAGE);
    assert_accept(p, "Shop", p->other, N2_OK);
    assert_visit(p, "net2o://shop/", "note: note:changed go:petname go:first");
    assert_visit(p, "net2o://shop/", "go: go:petname go:seen");
    /* And back again: as new as the first time. */
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "shop", NULL, N2_OK);
    n2_table *t = visit(p, "net2o://shop/");
    g_assert_cmpstr(n2_table_get(t, 0, "verdict")->text, ==, "ask");
    g_assert_cmpstr(cell_of(t, "changed", "who"), ==, p->other);
    n2_table_free(t);
}

/* It is remembered over a restart, whichever way it was met. */
static void
test_remembered(people *p, gconstpointer data)
{
    (void)data;
    /* from now on its database lies on its disk */
    two_nodes_restart(p->w, 0, disk_mem_copy(p->w->node[0].store.disk));
    two_nodes_meet(p->w);
    two_nodes_assert_done(p->w, N2_JOB_PATH_SET, p->other, NULL, "1/4", N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "shop", NULL, N2_OK);
    n2_table_free(visit(p, "net2o://shop/"));
    two_nodes_restart(p->w, 0, disk_mem_copy(p->w->node[0].store.disk));
    two_nodes_meet(p->w);
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->other, "shop", NULL, N2_OK);
    assert_trust(p, "net2o://shop/x", "read", "ask: ask:changed go:petname go:first");
}
/* ---- names ---- */

/* A name is what it is folded to, however it was typed. */
static void
test_folded(people *p, gconstpointer data)
{
    (void)data;
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "Ann.Example", NULL, N2_OK);
    n2_notice done = two_nodes_ask(p->w, N2_JOB_NAME_LIST, NULL, NULL, NULL);
    g_assert_cmpstr(n2_table_get(done.table, 0, "name")->text, ==, "ann.example");
    n2_notice_clear(&done);
    n2_table_free(visit(p, "net2o://ANN.example/"));
    two_nodes_assert_done(p->w, N2_JOB_NAME_UNSET, NULL, "ANN.EXAMPLE", NULL, N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "-ann", NULL, N2_ERR_USAGE);
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "a_b", NULL, N2_ERR_USAGE);
    /* One that was given when names were freer is found, used, and taken back. */
    assert_ok(n2_store_name_set(p->w->node[0].store.store, "a_b", p->one));
    n2_table_free(visit(p, "net2o://a_b/"));
    two_nodes_assert_done(p->w, N2_JOB_NAME_UNSET, NULL, "a_b", NULL, N2_OK);
}

static void
test_alike(people *p, gconstpointer data)
{
    (void)data;
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->one, "paypal", NULL, N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, p->other, "paypa1", NULL, N2_OK);
    n2_notice done = ask(p, "paypa1", "read"); /* one's own name for it: no question */
    assert_ok(done.err);
    g_assert_null(cell_of(done.table, "alike", "by"));
    n2_notice_clear(&done);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("contacts", test_contacts);
    ADD("many-names", test_many_names);
    ADD("told", test_told);
    ADD("first-and-again", test_first_and_again);
    ADD("no-question", test_what_is_no_question);
    ADD("changed-name", test_changed_name);
    ADD("remembered", test_remembered);
    ADD("attack-42-folded", test_folded);
    ADD("alike", test_alike);
    return g_test_run();
}
