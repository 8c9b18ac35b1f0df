/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-access.c - a folder that only some may read: by path, by hash, at its reader, and what
 *                 its owner does to it.
 */
#include "crypto/access.h"
#include "site.h"

/* The store's inside and the tables of answers have rows of one name. */
#define n2_row n2_store_row
#include "store/db.h"
#undef n2_row

typedef struct {
    site s;
    n2_id one, big;               /* contents of the folder "sub" */
    char me[N2_ID_TEXT_BYTES];    /* who asks: node 0 */
    char owner[N2_ID_TEXT_BYTES]; /* node 1 */
} world;

static n2_id
root_of(world *t, const guint8 *bytes, gsize len)
{
    n2_id id = {.method = N2_METHOD_SHA256};

    n2_tree_root_of(&t->s.w->node[0].store.crypto, id.method, bytes, len, id.hash);
    return id;
}

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    site_init(&t->s, 5);
    t->one = root_of(t, (const guint8 *)"x", 1);
    t->big = root_of(t, t->s.big, BIG_BYTES);
    n2_id_format(t->me, N2_ID_IDENTITY, &t->s.w->node[0].id);
    n2_id_format(t->owner, N2_ID_IDENTITY, &t->s.w->node[1].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    site_clear(&t->s);
}

/* The owner sets an attribute "access"; @value NULL takes it away. */
static void
set_access(world *t, const char *path, const char *value, n2_err want)
{
    g_autofree char *address = two_nodes_address(t->s.w, 1, path);
    n2_notice done = two_nodes_do(t->s.w, 1,
                                  &(n2_request){.kind = N2_JOB_ATTR_SET,
                                                .address = address,
                                                .name = N2_ATTR_ACCESS,
                                                .value = value});

    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    if (want)
        g_assert_cmpuint(strlen(done.why), >, 0);
    n2_notice_clear(&done);
}

/* What `attr get` says at the owner; NULL: there is none.  (transfer full) */
static char *
get_access(world *t, const char *path, const char *cell)
{
    g_autofree char *address = two_nodes_address(t->s.w, 1, path);
    n2_notice done = two_nodes_do(
        t->s.w, 1,
        &(n2_request){.kind = N2_JOB_ATTR_GET, .address = address, .name = N2_ATTR_ACCESS});
    const n2_cell *value = done.err ? NULL : n2_table_get(done.table, 0, cell);
    char *text = g_strdup(value ? value->text : NULL);

    n2_notice_clear(&done);
    return text;
}

/* Node 0 begins anew with an empty store, and says who it is, or not. */
static void
become(world *t, gboolean is_known)
{
    t->s.w->shows = is_known ? N2_SHOW_ALL : N2_SHOW_NOBODY;
    two_nodes_restart(t->s.w, 0, disk_mem_new());
    two_nodes_meet(t->s.w);
}

static n2_err
open_address(world *t, const char *address)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job =
        two_nodes_start(t->s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    n2_notice done = two_nodes_finish(t->s.w, 0, job, bytes, NULL);
    n2_err err = done.err;

    n2_notice_clear(&done);
    return err;
}

static n2_err
open_path(world *t, const char *path)
{
    g_autofree char *address = two_nodes_address(t->s.w, 1, path);

    return open_address(t, address);
}

static n2_err
open_hash(world *t, const n2_id *hash)
{
    char text[N2_ID_TEXT_BYTES];

    n2_id_format(text, N2_ID_CONTENT, hash);
    g_autofree char *address = g_strdup_printf("net2o://%s", text);
    return open_address(t, address);
}

/* Is it open to strangers at node @i? */
static gboolean
is_open(world *t, int i, const n2_id *hash)
{
    n2_object found;

    assert_ok(n2_store_find(t->s.w->node[i].store.store, hash, &found));
    return found.is_open;
}

static void
assert_clean(world *t, int i)
{
    g_assert_cmpuint(fixture_fsck(&t->s.w->node[i].store), ==, 0);
}

/* By path and by hash, to who is on the list and to nobody else; the rest of the site is as it
 * was. */
static void
test_one_key(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me, N2_OK);
    become(t, FALSE);
    assert_ok(open_path(t, "index.md"));
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    assert_err(open_path(t, "sub/big.bin"), N2_ERR_NOTFOUND);
    assert_err(open_hash(t, &t->one), N2_ERR_NOTFOUND);
    assert_err(open_hash(t, &t->big), N2_ERR_NOTFOUND);
    become(t, TRUE);
    assert_ok(open_path(t, "sub/one"));
    assert_ok(open_path(t, "sub/big.bin"));
    become(t, TRUE);
    assert_ok(open_path(t, "index.md"));
    assert_ok(open_hash(t, &t->one));
    assert_ok(open_hash(t, &t->big));
    assert_clean(t, 1);
    /* Another one's list: we are not on it. */
    set_access(t, "sub", t->owner, N2_OK);
    become(t, TRUE);
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    assert_err(open_hash(t, &t->one), N2_ERR_NOTFOUND);
}

/* What was read from a closed folder stays closed here, whichever way it was asked for. */
static void
test_at_reader(world *t, gconstpointer data)
{
    n2_id index = root_of(t, (const guint8 *)SITE_INDEX, sizeof SITE_INDEX - 1);

    (void)data;
    set_access(t, "sub", t->me, N2_OK);
    become(t, TRUE);
    assert_ok(open_path(t, "index.md"));
    assert_ok(open_path(t, "sub/one"));
    assert_ok(open_path(t, "sub/big.bin"));
    g_assert_true(is_open(t, 0, &index));
    g_assert_false(is_open(t, 0, &t->one));
    g_assert_false(is_open(t, 0, &t->big));
    become(t, TRUE);
    assert_ok(open_path(t, "index.md"));
    assert_ok(open_hash(t, &t->one));
    assert_ok(open_hash(t, &t->big));
    g_assert_false(is_open(t, 0, &t->one));
    g_assert_false(is_open(t, 0, &t->big));
    assert_clean(t, 0);
}

/* Somebody's public folder that names a closed content opens it neither at its reader nor at
 * its owner: reading that folder is not reading what it names. */
static void
test_named_elsewhere(world *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_id page = root_of(t, (const guint8 *)"page", 4);

    (void)data;
    set_access(t, "sub", t->me, N2_OK);
    become(t, TRUE);
    assert_ok(open_path(t, "sub/one"));
    g_assert_false(is_open(t, 0, &t->one));
    /* The owner lets go of the folder, and what is in it is public under another name. */
    archive_add(archive, 2, "bait/one", (const guint8 *)"x", 1);
    archive_add(archive, 2, "bait/page", (const guint8 *)"page", 4);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->s.w, 1, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    set_access(t, "bait", N2_ACCESS_WORD_PUBLIC, N2_OK);
    t->s.w->now_us += N2_HEAD_FRESH_US;
    assert_ok(open_path(t, "bait/page"));
    g_assert_true(is_open(t, 0, &page));
    g_assert_false(is_open(t, 0, &t->one));
    assert_clean(t, 0);
}

/* 'Not here' and 'not for you' are one answer after the same work: the database runs the same
 * steps for both. */
static void
test_by_timing(world *t, gconstpointer data)
{
    const n2_id nothing = {.method = N2_METHOD_SHA256, .hash = {1, 2, 3}};
    n2_store *store = t->s.w->node[1].store.store;
    n2_id stranger = {.method = N2_METHOD_SHA256, .hash = {9}};
    const n2_store_asker askers[] = {{0}, {.who = &stranger}};
    n2_object found;

    (void)data;
    set_access(t, "sub", t->me, N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(askers); i++) {
        int steps[2];

        for (int k = 0; k < 2; k++) {
            assert_ok(n2_store_find_for(store, k ? &t->big : &nothing, &askers[i], &found));
            g_assert_false(found.is_open);
            steps[k] = sqlite3_stmt_status(store->statements[N2_SQL_IS_OPEN],
                                           SQLITE_STMTSTATUS_VM_STEP, 1);
        }
        if (i)
            g_assert_cmpint(steps[0], ==, steps[1]);
    }
}

/* Who asks is not told by which of the two it was: tag, error and values are the same. */
static void
test_words(world *t, gconstpointer data)
{
    g_autofree char *closed = NULL, *nothing = NULL;

    (void)data;
    set_access(t, "sub", t->owner, N2_OK);
    become(t, FALSE);
    for (int k = 0; k < 2; k++) {
        n2_notice done = site_open(&t->s, k ? "sub/one" : "sub/none");
        char **text = k ? &closed : &nothing;

        assert_err(done.err, N2_ERR_NOTFOUND);
        *text = g_strdup_printf("%s %s", done.why, done.next);
        n2_notice_clear(&done);
    }
    g_assert_cmpstr(closed, ==, nothing);
}

static void
publish_again(world *t, const char *page)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();

    archive_add(archive, 2, "index.md", (const guint8 *)page, strlen(page));
    archive_add(archive, 2, "sub/one", (const guint8 *)"x", 1);
    archive_add(archive, 2, "sub/two", (const guint8 *)page, strlen(page));
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->s.w, 1, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
}

/* A folder stays restricted when its tree is published anew. */
static void
test_published_again(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me, N2_OK);
    publish_again(t, "new");
    g_autofree char *value = get_access(t, "sub", "value");
    g_assert_cmpstr(value, ==, t->me);
    become(t, FALSE);
    assert_ok(open_path(t, "index.md"));
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    assert_err(open_hash(t, &t->one), N2_ERR_NOTFOUND);
    /* What it shares with the page is public there. */
    n2_id page = root_of(t, (const guint8 *)"new", 3);
    become(t, FALSE);
    assert_ok(open_hash(t, &page));
    become(t, TRUE);
    assert_ok(open_path(t, "sub/two"));
    assert_clean(t, 1);
}

/* Two changes at once: none is lost, whichever is signed first. */
static void
test_race(world *t, gconstpointer data)
{
    static const char *const paths[] = {"sub", "index.md"};
    n2_job jobs[2];

    (void)data;
    for (int i = 0; i < 2; i++) {
        g_autofree char *address = two_nodes_address(t->s.w, 1, paths[i]);
        jobs[i] = two_nodes_start(t->s.w, 1,
                                  &(n2_request){.kind = N2_JOB_ATTR_SET,
                                                .address = address,
                                                .name = N2_ATTR_ACCESS,
                                                .value = t->me});
    }
    for (int i = 0; i < 2; i++) {
        n2_notice done = two_nodes_finish(t->s.w, 1, jobs[i], NULL, NULL);
        assert_ok(done.err);
        n2_notice_clear(&done);
    }
    for (int i = 0; i < 2; i++) {
        g_autofree char *value = get_access(t, paths[i], "value");
        g_assert_cmpstr(value, ==, t->me);
    }
    become(t, FALSE);
    assert_err(open_path(t, "index.md"), N2_ERR_NOTFOUND);
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
}

/* The nearest rule upwards counts; what is public in a closed folder is; taken away, the folder
 * is as the one above. */
static void
test_nearest(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->owner, N2_OK);
    set_access(t, "sub/one", "public", N2_OK);
    g_assert_true(is_open(t, 1, &t->one));
    g_assert_false(is_open(t, 1, &t->big));
    g_autofree char *value = get_access(t, "sub/one", "value");
    g_assert_cmpstr(value, ==, "public");
    become(t, FALSE);
    assert_ok(open_hash(t, &t->one));
    assert_err(open_hash(t, &t->big), N2_ERR_NOTFOUND);
    set_access(t, "sub/one", NULL, N2_OK);
    g_assert_false(is_open(t, 1, &t->one));
    set_access(t, "sub/one", t->me, N2_OK);
    become(t, TRUE);
    assert_ok(open_hash(t, &t->one));
    assert_err(open_hash(t, &t->big), N2_ERR_NOTFOUND);
    set_access(t, "sub", "public", N2_OK);
    become(t, FALSE);
    assert_ok(open_path(t, "sub/big.bin"));
    assert_err(open_hash(t, &t->one), N2_ERR_NOTFOUND);
    assert_clean(t, 1);
}

/* The tree before, in which the folder was public, opens nothing of it any more. */
static void
test_tree_before(world *t, gconstpointer data)
{
    n2_store *store = t->s.w->node[1].store.store;
    n2_head before;

    (void)data;
    assert_ok(
        n2_store_head_get(store, &t->s.w->node[1].id, N2_BRANCH_MAIN, &before, NULL, NULL));
    g_assert_true(is_open(t, 1, &before.root.id));
    g_assert_true(is_open(t, 1, &t->big));
    set_access(t, "sub", t->me, N2_OK);
    g_assert_false(is_open(t, 1, &before.root.id));
    g_assert_false(is_open(t, 1, &t->big));
    /* Nothing is restricted any more, in any tree that is kept: all are open again. */
    set_access(t, "sub", "public", N2_OK);
    g_assert_true(is_open(t, 1, &t->big));
    fixture_collect_all(&t->s.w->node[1].store);
    g_assert_true(is_open(t, 1, &t->big));
    assert_clean(t, 1);
}

/* Groups: the list of one folder is the group of another, three deep and no deeper. */
static void
test_groups(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub/leafy", t->me, N2_OK);
    for (guint depth = 1; depth <= N2_ACCESS_DEPTH_MAX + 1; depth++) {
        g_autofree char *list = get_access(t, "sub/leafy", "list");

        g_assert_nonnull(list);
        set_access(t, "sub/leafy", list, depth > N2_ACCESS_DEPTH_MAX ? N2_ERR_LIMIT : N2_OK);
    }
    g_autofree char *list = get_access(t, "sub/leafy", "list");
    set_access(t, "sub/leafy", NULL, N2_OK);
    set_access(t, "sub/one", "public", N2_OK);
    g_autofree char *both = g_strdup_printf("%s, %s", t->owner, t->owner);
    set_access(t, "sub", both, N2_OK); /* named twice is once */
    become(t, TRUE);
    assert_err(open_path(t, "sub/big.bin"), N2_ERR_NOTFOUND);
    set_access(t, "sub", list, N2_ERR_LIMIT); /* it is three deep itself */
    fixture_collect_all(&t->s.w->node[1].store);
    assert_clean(t, 1);
}

/* What is no list is told so, and changes nothing. */
static void
test_bad_lists(world *t, gconstpointer data)
{
    char one[N2_ID_TEXT_BYTES], none[N2_ID_TEXT_BYTES];
    const n2_id nothing = {.method = N2_METHOD_SHA256, .hash = {1, 2, 3}};
    GString *many = g_string_new(NULL);

    (void)data;
    n2_id_format(one, N2_ID_CONTENT, &t->one);
    n2_id_format(none, N2_ID_CONTENT, &nothing);
    set_access(t, "sub", "everybody", N2_ERR_USAGE);
    set_access(t, "sub", ", ,", N2_ERR_USAGE);
    set_access(t, "sub", "k1-abc", N2_ERR_USAGE);
    set_access(t, "sub", one, N2_ERR_NOTFOUND);  /* a page */
    set_access(t, "sub", none, N2_ERR_NOTFOUND); /* not here */
    set_access(t, "nowhere", t->me, N2_ERR_NOTFOUND);
    for (guint i = 0; i <= N2_ACCESS_READERS_MAX; i++) {
        n2_id id = {.method = N2_METHOD_SHA256, .hash = {(guint8)i, (guint8)(i >> 8)}};
        char text[N2_ID_TEXT_BYTES];

        n2_id_format(text, N2_ID_IDENTITY, &id);
        g_string_append_printf(many, "%s%s", i ? "," : "", text);
    }
    set_access(t, "sub", many->str, N2_ERR_LIMIT);
    g_assert_true(is_open(t, 1, &t->big));
    g_string_truncate(many, many->len - N2_ID_TEXT_BYTES);
    set_access(t, "sub", many->str, N2_OK); /* so many fit */
    g_assert_false(is_open(t, 1, &t->big));
    g_autofree char *value = get_access(t, "sub", "value");
    g_assert_cmpuint(strlen(value), ==, many->len);
    g_string_free(many, TRUE);
}

/* A list of the owner's in the store; @n_readers beside @groups. */
static n2_ref
put_list(world *t, n2_batch *batch, guint number, guint n_readers, const GArray *groups)
{
    const gsize room = 65536;
    g_autofree n2_member *m = g_new0(n2_member, n_readers + groups->len);
    g_autofree guint8 *body_bytes = g_malloc(room), *bytes = g_malloc(room);
    guint8 seed[N2_SEED_BYTES_MAX] = {1};
    n2_signing_key key;
    n2_box body, box;
    n2_ref ref;

    for (guint i = 0; i < n_readers; i++) {
        n2_id id = {.method = N2_METHOD_SHA256,
                    .hash = {(guint8)i, (guint8)(i >> 8), (guint8)number}};
        m[i] = n2_member_of_id(&id);
    }
    for (guint i = 0; i < groups->len; i++)
        m[n_readers + i] = n2_member_of_list(&g_array_index(groups, n2_ref, i));
    assert_ok(n2_signing_key_init(&key, N2_KEY_ED25519, seed));
    assert_ok(n2_access_body(body_bytes, room, &t->s.w->node[1].id, number, m,
                             n_readers + groups->len, &body));
    assert_ok(n2_statement_sign(bytes, room, &body, &key, &box));
    assert_ok(
        n2_batch_put(batch, N2_METHOD_SHA256, box.bytes, box.len, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_store_flush(t->s.w->node[1].store.store));
    return ref;
}

/* N2_ACCESS_GROUPS_MAX and N2_ACCESS_MEMBERS_MAX: so many, and one more. */
static void
test_list_limits(world *t, gconstpointer data)
{
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(n2_ref));
    g_autoptr(GArray) small = g_array_new(FALSE, FALSE, sizeof(n2_ref));
    g_autoptr(GArray) large = g_array_new(FALSE, FALSE, sizeof(n2_ref));
    const guint n_large = N2_ACCESS_MEMBERS_MAX / 1000;
    n2_store *store = t->s.w->node[1].store.store;
    n2_batch *batch;

    (void)data;
    assert_ok(n2_batch_new(&batch, store, N2_REALM_OWN));
    for (guint i = 0; i <= N2_ACCESS_GROUPS_MAX; i++) {
        n2_ref ref = put_list(t, batch, i, 1, none);
        if (i == N2_ACCESS_GROUPS_MAX) {
            ref = put_list(t, batch, 200, 0, small);
            assert_ok(n2_store_check_list(store, &ref.id));
            ref = put_list(t, batch, N2_ACCESS_GROUPS_MAX, 1, none);
        }
        g_array_append_val(small, ref);
    }
    n2_ref ref = put_list(t, batch, 201, 0, small);
    assert_err(n2_store_check_list(store, &ref.id), N2_ERR_LIMIT);
    /* Each of them has its owner on it, too. */
    for (guint i = 0; i < n_large; i++) {
        ref = put_list(t, batch, 100 + i, 999, none);
        g_array_append_val(large, ref);
    }
    ref = put_list(t, batch, 202, N2_ACCESS_MEMBERS_MAX - 1000 * n_large - 1, large);
    assert_ok(n2_store_check_list(store, &ref.id));
    ref = put_list(t, batch, 203, N2_ACCESS_MEMBERS_MAX - 1000 * n_large, large);
    assert_err(n2_store_check_list(store, &ref.id), N2_ERR_LIMIT);
    n2_batch_free(batch);
}

/* A row that was written wrong, or by nobody, is found and mended; one of a list too. */
static void
test_fsck(world *t, gconstpointer data)
{
    static const char *const wrongs[] = {
        "UPDATE OR REPLACE edge SET realm=0 WHERE realm>0",
        "DELETE FROM edge WHERE realm>0",
        "DELETE FROM member",
        "UPDATE OR REPLACE member SET who=x'0701'",
        "INSERT INTO member VALUES(x'0702', 99999)",
        "UPDATE ref SET realm=0",
    };
    fixture *f = &t->s.w->node[1].store;

    (void)data;
    set_access(t, "sub", t->me, N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(wrongs); i++) {
        g_test_message("%s", wrongs[i]);
        g_assert_cmpint(sqlite3_exec(f->store->db, wrongs[i], NULL, NULL, NULL), ==, SQLITE_OK);
        g_assert_cmpuint(fixture_fsck(f), >, 0);
        assert_clean(t, 1);
        g_assert_false(is_open(t, 1, &t->big));
        n2_object found;
        assert_ok(n2_store_find_for(f->store, &t->big,
                                    &(n2_store_asker){.who = &t->s.w->node[0].id}, &found));
        g_assert_true(found.is_open);
    }
}

/* The list is held while its folder is, and goes with it. */
static void
test_held(world *t, gconstpointer data)
{
    fixture *f = &t->s.w->node[1].store;
    n2_id id;

    (void)data;
    set_access(t, "sub", t->me, N2_OK);
    g_autofree char *list = get_access(t, "sub", "list");
    assert_ok(n2_id_parse(&id, N2_ID_CONTENT, list, strlen(list)));
    fixture_collect_all(f);
    g_assert_cmpint(fixture_state(f, &(n2_ref){.id = id}), ==, N2_OBJECT_WHOLE);
    /* Who is on it is told to nobody, not to them either. */
    n2_object found;
    assert_ok(n2_store_find_for(f->store, &id, &(n2_store_asker){.who = &t->s.w->node[0].id},
                                &found));
    g_assert_false(found.is_open);
    n2_store_set_wall(f->store, t->s.w->wall_us);
    for (guint i = 0; i < N2_STORE_VERSIONS_MAX + 2; i++) {
        g_autofree char *page = g_strdup_printf("%u", i);
        if (!i)
            set_access(t, "sub", NULL, N2_OK);
        publish_again(t, page);
    }
    fixture_collect_all(f);
    g_assert_cmpint(fixture_state(f, &(n2_ref){.id = id}), ==, N2_OBJECT_ABSENT);
    assert_clean(t, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add("/access/" path, world, NULL, set_up, func, tear_down)
    ADD("one-key", test_one_key);
    ADD("attack-46-at-reader", test_at_reader);
    ADD("attack-46-named-elsewhere", test_named_elsewhere);
    ADD("attack-46-by-timing", test_by_timing);
    ADD("attack-46-words", test_words);
    ADD("attack-46-tree-before", test_tree_before);
    ADD("published-again", test_published_again);
    ADD("race", test_race);
    ADD("nearest", test_nearest);
    ADD("groups", test_groups);
    ADD("bad-lists", test_bad_lists);
    ADD("list-limits", test_list_limits);
    ADD("fsck", test_fsck);
    if (g_test_slow())
        ADD("held", test_held);
    return g_test_run();
}
