/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-people-ends.c - what is said of who answers after an end, and by somebody who
 *                              introduces.
 */
#include "people-world.h"

/* ---- after an end ---- */

static void
keep(people *p, const n2_id *who, GBytes *const *statements)
{
    n2_store *store = p->w->node[0].store.store;
    n2_identity_set *set;

    assert_ok(n2_store_identity(store, who, NULL, &set));
    for (; *statements; statements++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(*statements, &len);
        assert_ok(n2_identity_take(set, bytes, len, now, NULL, NULL));
    }
    assert_ok(n2_store_identity_keep(store, set));
    n2_identity_set_free(set);
    pass(p, N2_MINUTE_US);
}

static void
test_successor(people *p, gconstpointer data)
{
    char old[N2_ID_TEXT_BYTES];
    world w;
    (void)data;

    world_init(&w, 1);
    n2_id_format(old, N2_ID_IDENTITY, &w.id);
    g_autoptr(GBytes) end =
        end_by(&w, &p->w->node[1].id, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    assert_set(p, old, "ann", MET, N2_OK);
    assert_trust(p, "ann", "read", "go: go:met go:petname go:first");
    keep(p, &w.id, (GBytes *const[]){w.birth, end, NULL});
    /* The name follows, and says so; who was met is met. */
    n2_table *t = visit(p, "net2o://ann/");
    g_autofree char *words = words_of(t);
    g_assert_cmpstr(words, ==, "note: note:succeeded go:met go:petname go:first");
    g_assert_cmpstr(cell_of(t, "succeeded", "who"), ==, old);
    g_assert_cmpstr(n2_table_get(t, 0, "identity")->text, ==, p->one);
    g_assert_cmpstr(n2_table_get(t, 0, "was")->text, ==, old);
    n2_table_free(t);
    n2_notice done = ask(p, "ann", "read");
    g_assert_cmpstr(n2_table_get(done.table, 0, "identity")->text, ==, p->one);
    n2_notice_clear(&done);
    /* An address does not. */
    done = ask(p, old, "read");
    g_assert_cmpstr(n2_table_get(done.table, 0, "verdict")->text, ==, "stop");
    g_assert_cmpstr(cell_of(done.table, "ended", "who"), ==, p->one);
    n2_notice_clear(&done);
    done = two_nodes_ask(p->w, N2_JOB_PEOPLE_LIST, NULL, NULL, NULL);
    g_assert_cmpstr(n2_table_get(done.table, 0, "state")->text, ==, "ended");
    g_assert_cmpstr(n2_table_get(done.table, 0, "successor")->text, ==, p->one);
    n2_notice_clear(&done);
    /* Two sheets' words: none is followed. */
    g_autoptr(GBytes) twice =
        end_by(&w, &p->w->node[0].id, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    keep(p, &w.id, (GBytes *const[]){twice, NULL});
    assert_trust(p, "ann", "read",
                 "stop: stop:ends-differ stop:ended ask:changed go:met go:petname go:first");
    world_clear(&w);
}

/* Where the one before was is where the successor is looked for, if nothing else is known. */
static void
test_successor_is_there(people *p, gconstpointer data)
{
    char old[N2_ID_TEXT_BYTES];
    n2_id other;
    world w;
    (void)data;

    world_init(&w, 1);
    n2_id_format(old, N2_ID_IDENTITY, &w.id);
    assert_ok(n2_id_parse(&other, N2_ID_IDENTITY, p->other, strlen(p->other)));
    g_autoptr(GBytes) end = end_by(&w, &other, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    keep(p, &w.id, (GBytes *const[]){w.birth, end, NULL});
    two_nodes_assert_done(p->w, N2_JOB_NAME_SET, old, "ann", NULL, N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_PATH_UNSET, p->other, NULL, NULL, N2_OK);
    two_nodes_assert_done(p->w, N2_JOB_PATH_SET, old, NULL, "1/4", N2_OK);
    n2_table *t = visit(p, "net2o://ann/");
    g_assert_cmpstr(n2_table_get(t, 0, "identity")->text, ==, p->other);
    n2_table_free(t);
    world_clear(&w);
}

/* One after another, so far and no farther; and in a circle nobody is found. */
static void
test_successors(people *p, gconstpointer data)
{
    world w[N2_PEOPLE_FOLLOWED_MAX + 2];
    char first[N2_ID_TEXT_BYTES], last[N2_ID_TEXT_BYTES];
    gsize n = G_N_ELEMENTS(w);
    (void)data;

    for (gsize i = 0; i < n; i++) {
        gsize len;
        world_init(&w[i], 1);
        world_clear(&w[i]);
        w[i].birth = birth_by(&w[i], (guint8)(1 + i), 1);
        const guint8 *bytes = g_bytes_get_data(w[i].birth, &len);
        assert_ok(n2_identity_birth(&w[i].born, bytes, len, N2_METHOD_SHA256, NULL));
        w[i].id = w[i].born.id;
    }
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GBytes) end = end_by(&w[i], &w[(i + 1) % n].id, now, NULL, 0,
                                       BY(&w[i].sheet_25519, &w[i].sheet_448));
        keep(p, &w[i].id, (GBytes *const[]){w[i].birth, i < n - 2 ? end : NULL, NULL});
        if (i == n - 2) { /* so many steps as are gone */
            n2_id_format(first, N2_ID_IDENTITY, &w[0].id);
            n2_id_format(last, N2_ID_IDENTITY, &w[i].id);
            two_nodes_assert_done(p->w, N2_JOB_NAME_SET, first, "ann", NULL, N2_OK);
            n2_notice done = ask(p, "ann", "read");
            g_assert_cmpstr(n2_table_get(done.table, 0, "identity")->text, ==, last);
            g_assert_cmpstr(n2_table_get(done.table, 0, "verdict")->text, ==, "note");
            n2_notice_clear(&done);
        }
        if (i >= n - 2)
            keep(p, &w[i].id, (GBytes *const[]){end, NULL});
    }
    n2_notice done = ask(p, "ann", "read");
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "verdict")->text, ==, "stop");
    n2_notice_clear(&done);
    for (gsize i = 0; i < n; i++)
        world_clear(&w[i]);
}

/* Its tree is here, since its device @k published what node 0 has as its own. */
static void
keep_head(people *p, const world *w, const n2_signing_key *k)
{
    n2_store *store = p->w->node[0].store.store;
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_head head = {.who = w->id, .branch = N2_BRANCH_MAIN, .counter = 1, .made_us = now}, own;
    n2_head_news news;
    guint8 buf[1024];
    n2_box body;

    archive_add(archive, 2, "index.md", (const guint8 *)PAGE, sizeof PAGE - 1);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(p->w, 0, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    assert_ok(n2_store_head_get(store, &p->w->node[0].id, N2_BRANCH_MAIN, &own, NULL, NULL));
    head.root = own.root;
    assert_ok(n2_head_body(buf, sizeof buf, &head, &body));
    g_autoptr(GBytes) statement = say(&body, BY(k));
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);
    assert_ok(n2_store_head_put(store, bytes, len, false, &news));
}

static void
assert_open(people *p, const char *address, n2_err want, const char *why)
{
    n2_notice done = two_nodes_ask(p->w, N2_JOB_LIST, address, NULL, NULL);

    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    if (why)
        g_assert_nonnull(strstr(done.why, why));
    n2_notice_clear(&done);
}

/* Statements that came by another way than a visit count at once: nothing that is kept here of
 * somebody is shown any more, though nobody there can be asked. */
static void
test_stopped_offline(people *p, gconstpointer data)
{
    char who[N2_ID_TEXT_BYTES];
    world w;
    (void)data;

    world_init(&w, 2);
    const n2_signing_key *d = w.device;
    n2_id_format(who, N2_ID_IDENTITY, &w.id);
    g_autoptr(GBytes) add = add_by(&w.born, d, "one", BY(&w.control[0], d));
    g_autoptr(GBytes) next =
        control_by(&w.born, now, BY(&w.control[0]), BY(d), BY(&w.control[0]));
    g_autoptr(GBytes) fork = control_by(&w.born, now, BY(&w.thief), BY(d), BY(&w.control[1]));
    g_autoptr(GBytes) end =
        end_by(&w, &p->w->node[1].id, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    keep(p, &w.id, (GBytes *const[]){w.birth, add, NULL});
    keep_head(p, &w, d);
    assert_open(p, who, N2_OK, NULL); /* what was read once can be read */
    keep(p, &w.id, (GBytes *const[]){next, fork, NULL});
    assert_open(p, who, N2_ERR_FROZEN, "in dispute");
    assert_trust(p, who, "read", "stop: stop:frozen note:first");
    keep(p, &w.id, (GBytes *const[]){end, NULL});
    assert_open(p, who, N2_ERR_ENDED, "named a successor");
    assert_trust(p, who, "read", "stop: stop:ended note:first");
    world_clear(&w);
}

/* ---- vouches ---- */

static GBytes *
vouch_by(const world *by, const n2_id *subject, const char *claim, const n2_signing_key *key)
{
    guint8 buf[2048];
    n2_box body;

    g_assert_cmpint(n2_vouch_body(buf, sizeof buf, &by->id, subject, N2_SCOPE_MET, claim,
                                  now - day, now + 300 * day, &body),
                    ==, N2_OK);
    return say(&body, BY(key));
}

static void
keep_vouch(people *p, const world *by, GBytes *statement)
{
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);

    assert_ok(n2_store_vouch_put(p->w->node[0].store.store,
                                 &(n2_store_vouch){.by = by->id,
                                                   .subject = p->w->node[1].id,
                                                   .scope = N2_SCOPE_MET,
                                                   .from_us = now - day,
                                                   .until_us = now + 300 * day,
                                                   .statement = bytes,
                                                   .len = len}));
    pass(p, N2_MINUTE_US);
}

/* One step, only who the user marked as such, and only as long as that one stands. */
static void
test_introduced(people *p, gconstpointer data)
{
    char friend[N2_ID_TEXT_BYTES];
    world w;
    (void)data;

    world_init(&w, 1);
    n2_id_format(friend, N2_ID_IDENTITY, &w.id);
    keep(p, &w.id, (GBytes *const[]){w.birth, NULL});
    g_autoptr(GBytes) vouch = vouch_by(&w, &p->w->node[1].id, "Ann", &w.control[0]);
    keep_vouch(p, &w, vouch);
    assert_set(p, friend, "bob", MET, N2_OK);
    assert_trust(p, p->one, "read", "note: note:first");
    assert_set(p, friend, NULL, INTRODUCES, N2_OK);
    n2_notice done = ask(p, p->one, "read");
    g_autofree char *words = words_of(done.table);
    g_assert_cmpstr(words, ==, "go: go:introduced go:first");
    g_assert_cmpstr(cell_of(done.table, "introduced", "by"), ==, "bob");
    g_assert_cmpstr(cell_of(done.table, "introduced", "name"), ==, "Ann");
    g_assert_cmpstr(cell_of(done.table, "introduced", "who"), ==, friend);
    g_assert_cmpstr(cell_of(done.table, "introduced", "scripts"), ==, "Latn");
    n2_notice_clear(&done);
    /* What lies in the store as a vouch of his, and is another's, introduces nobody. */
    g_autoptr(GBytes) stolen = vouch_by(&w, &p->w->node[1].id, "Ann", &w.thief);
    assert_ok(n2_store_vouches_drop(p->w->node[0].store.store, &w.id, 0));
    keep_vouch(p, &w, stolen);
    assert_trust(p, p->one, "read", "note: note:first");
    assert_ok(n2_store_vouches_drop(p->w->node[0].store.store, &w.id, 0));
    keep_vouch(p, &w, vouch);
    assert_trust(p, p->one, "read", "go: go:introduced go:first");
    /* Ended, he speaks for nobody. */
    g_autoptr(GBytes) end = end_by(&w, NULL, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    keep(p, &w.id, (GBytes *const[]){end, NULL});
    assert_trust(p, p->one, "read", "note: note:first");
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("successor", test_successor);
    ADD("successor-is-there", test_successor_is_there);
    ADD("successors", test_successors);
    ADD("stopped-offline", test_stopped_offline);
    ADD("introduced", test_introduced);
    return g_test_run();
}
