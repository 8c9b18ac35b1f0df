/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store-jobs.c - the table of jobs, and those of contents: fetch, let go and collect, open,
 * mend.
 */
#include <string.h>

#include "crypto/directory.h"
#include "crypto/tree.h"
#include "store-jobs-private.h"

enum {
    FETCHED = N2_GROUP_BYTES + 5,
    N_MUCH = 280 /* of one leaf: more than the log holds */
};

static const char my_name[] = "k1-me-of-the-old-tree";

/* ---- fetch ---- */

typedef struct {
    guint8 *bytes;
    n2_ref ref;
    guint64 n_groups;
    uint8_t nodes[4][N2_HASH_BYTES];
} content;

static void
make_content(fixture *f, content *c, guint64 seed, gsize len)
{
    *c = (content){.bytes = fixture_bytes(seed, len),
                   .ref = {.id.method = N2_METHOD_SHA256, .size = len},
                   .n_groups = n2_tree_groups(len)};
    n2_tree_root_of(&f->crypto, N2_METHOD_SHA256, c->bytes, len, c->ref.id.hash);
    for (guint64 g = 0; g < c->n_groups; g++)
        n2_tree_group_node(&f->crypto, N2_METHOD_SHA256, c->bytes + g * N2_GROUP_BYTES,
                           MIN(N2_GROUP_BYTES, len - g * N2_GROUP_BYTES), c->nodes[g]);
}

static n2_err
take_part(n2_batch *batch, const content *c)
{
    n2_part *part = NULL;
    n2_err err = n2_part_open(&part, batch, &c->ref, N2_CONTENT_PLAIN);

    if (err == N2_ERR_EXISTS)
        return N2_OK;
    if (!err && c->n_groups > 1)
        err = n2_part_set_nodes(part, c->nodes, (size_t)c->n_groups);
    for (guint64 g = 0; !err && g < c->n_groups; g++) {
        err = n2_part_write(part, g, c->bytes + g * N2_GROUP_BYTES,
                            (size_t)MIN(N2_GROUP_BYTES, c->ref.size - g * N2_GROUP_BYTES));
        if (!err)
            err = n2_part_sync(part);
    }
    if (!err)
        err = n2_part_finish(part);
    n2_part_free(part);
    return err;
}

static n2_err
fetch(fixture *f, guint64 seed, gsize len)
{
    char slot[N2_ID_TEXT_BYTES];
    n2_batch *batch = NULL;
    gint64 owner = 0;
    content c;
    n2_err err = n2_store_owner(f->store, N2_OWNER_CACHE, "cache", 0, &owner);

    make_content(f, &c, seed, len);
    n2_id_format(slot, N2_ID_CONTENT, &c.ref.id);
    if (!err)
        err = n2_batch_new(&batch, f->store, 0);
    if (!err)
        err = take_part(batch, &c);
    if (!err)
        err = n2_batch_commit(batch,
                              &(n2_batch_end){.owner = owner, .slot = slot, .root = c.ref.id});
    n2_batch_free(batch);
    g_free(c.bytes);
    return err;
}

static n2_err
run_fetch(fixture *f)
{
    return fetch(f, 77, FETCHED);
}

static void
check_fetched(fixture *f, guint64 seed, gsize len, job_outcome outcome)
{
    char slot[N2_ID_TEXT_BYTES];
    gint64 owner = 0;
    content c;
    n2_ref got;

    make_content(f, &c, seed, len);
    n2_id_format(slot, N2_ID_CONTENT, &c.ref.id);
    assert_ok(n2_store_owner(f->store, N2_OWNER_CACHE, "cache", 0, &owner));
    n2_err err = n2_store_ref_get(f->store, owner, slot, &got);
    if (!err)
        fixture_assert_whole(f, &c.ref, c.bytes, len);
    if (outcome != JOB_MAYBE)
        g_assert_cmpint(!err, ==, outcome == JOB_DONE);
    g_free(c.bytes);
}

static void
check_fetch(fixture *f, job_outcome outcome)
{
    check_fetched(f, 77, FETCHED, outcome);
}

/* ---- letting go ---- */

static void
prepare_collect(fixture *f)
{
    n2_ref root;
    gint64 owner = 0;

    assert_ok(n2_store_owner(f->store, N2_OWNER_TREE, my_name, 1 << 30, &owner));
    assert_ok(fixture_publish(f, 5000, owner, "old", &root));
}

static n2_err
run_collect(fixture *f)
{
    size_t n_left = 1;
    gint64 owner = 0;
    n2_err err = n2_store_owner(f->store, N2_OWNER_TREE, my_name, 1 << 30, &owner);

    if (!err)
        err = n2_store_ref_drop(f->store, owner, "old");
    if (err == N2_ERR_NOTFOUND)
        err = N2_OK; /* the last try came so far */
    while (!err && n_left)
        err = n2_store_collect(f->store, &n_left);
    return err;
}

static void
check_collect(fixture *f, job_outcome outcome)
{
    n2_ref root;
    gint64 owner = 0;
    uint64_t used = 0;

    assert_ok(n2_store_owner(f->store, N2_OWNER_TREE, my_name, 1 << 30, &owner));
    n2_err err = n2_store_ref_get(f->store, owner, "old", &root);
    if (!err)
        job_check_tree(f, &root);
    if (outcome == JOB_DONE)
        assert_err(err, N2_ERR_NOTFOUND);
    assert_ok(n2_store_used(f->store, owner, &used));
    g_assert_cmpint(used == 0, ==, err != N2_OK);
    fixture_collect_all(f);
}

/* ---- of what was read, the oldest goes ---- */

static n2_err
leave_part(fixture *f, guint64 seed)
{
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    content c;
    n2_err err = n2_batch_new(&batch, f->store, 0);

    make_content(f, &c, seed, FETCHED);
    if (!err)
        err = n2_part_open(&part, batch, &c.ref, N2_CONTENT_PLAIN);
    if (!err)
        err = n2_part_set_nodes(part, (const uint8_t(*)[N2_HASH_BYTES])c.nodes,
                                (size_t)c.n_groups);
    if (!err)
        err = n2_part_write(part, 1, c.bytes + N2_GROUP_BYTES, FETCHED - N2_GROUP_BYTES);
    n2_part_free(part);
    n2_batch_free(batch);
    g_free(c.bytes);
    return err;
}

/* The one of the world is the newest; of the others one lies in a folder that was read, too. */
static void
prepare_evict(fixture *f)
{
    n2_directory_maker *maker = NULL;
    n2_entry_spec spec = {.name = "child", .name_len = 5, .type = N2_ENTRY_FILE};
    n2_batch *batch = NULL;
    guint8 *bytes = NULL;
    size_t len = 0;
    gint64 owner = 0;
    content c;
    n2_ref dir;

    for (guint i = 0; i < 4; i++) {
        n2_store_set_wall(f->store, job_wall_us - (20 - (gint64)i) * 24 * 3600 * 1000000);
        assert_ok(fetch(f, 700 + i, JOB_MIDDLE));
    }
    assert_ok(leave_part(f, 790));
    make_content(f, &c, 700, JOB_MIDDLE);
    spec.ref = c.ref;
    g_free(c.bytes);
    assert_ok(n2_directory_maker_new(&maker, NULL));
    assert_ok(n2_directory_maker_add(maker, &spec));
    assert_ok(n2_directory_maker_finish(maker, &bytes, &len));
    n2_directory_maker_free(maker);
    n2_store_set_wall(f->store, job_wall_us);
    assert_ok(leave_part(f, 791));
    assert_ok(n2_store_owner(f->store, N2_OWNER_CACHE, "cache", 0, &owner));
    assert_ok(n2_batch_new(&batch, f->store, 0));
    assert_ok(n2_batch_put_directory(batch, bytes, len, &dir));
    assert_ok(
        n2_batch_commit(batch, &(n2_batch_end){.owner = owner, .slot = "d", .root = dir.id}));
    n2_batch_free(batch);
    g_free(bytes);
}

static n2_err
run_evict(fixture *f)
{
    bool more = true;
    n2_err err = N2_OK;

    while (!err && more)
        err = n2_store_tend(f->store, &more);
    return err;
}

static void
check_evicted(fixture *f, job_outcome outcome)
{
    n2_store_counts counts;

    assert_ok(n2_store_count(f->store, &counts));
    if (outcome == JOB_DONE) {
        g_assert_cmpuint(counts.cache_bytes, <=, FETCHED + 2 * JOB_MIDDLE);
        check_fetched(f, 700, JOB_MIDDLE, JOB_NOT);
    }
}

/* ---- open, mend ---- */

static n2_err
run_open(fixture *f)
{
    n2_store_close(f->store);
    f->store = NULL;
    return fixture_open(f);
}

static void
check_nothing(fixture *f, job_outcome outcome)
{
    (void)f;
    (void)outcome;
}

static void
damage_rows(fixture *f)
{
    n2_store_close(f->store);
    f->store = NULL;
    fixture_sql(f, "INSERT INTO piece VALUES(9999, x'00');"
                   "INSERT INTO edge VALUES(9999, 1, 0);"
                   "INSERT INTO object VALUES(7777, zeroblob(33), 1, NULL, 0, 0, 0);"
                   "UPDATE attr SET value=x'00' WHERE rowid=1;"
                   "UPDATE tree SET nodes=zeroblob(64) WHERE have IS NULL;"
                   "UPDATE owner SET used=5 WHERE kind=3;"
                   "INSERT INTO head VALUES(CAST(x'01' || zeroblob(32) AS BLOB), 'main', 1,"
                   " zeroblob(32), 0, x'00')");
    assert_ok(fixture_open(f));
}

static void
damage(fixture *f)
{
    gsize len = 0;

    assert_ok(fetch(f, 99, JOB_MIDDLE));
    assert_ok(fetch(f, 98, FETCHED)); /* with group nodes */
    assert_ok(leave_part(f, 97));
    damage_rows(f);
    for (gsize i = 0; disk_mem_path(f->disk, i); i++) {
        g_autofree guint8 *bytes = NULL;
        const char *path = disk_mem_path(f->disk, i);
        const guint8 *now = disk_mem_bytes(f->disk, path, &len);
        g_autofree guint8 *want = fixture_bytes(99, JOB_MIDDLE);
        if (len != JOB_MIDDLE || memcmp(now, want, len) != 0)
            continue;
        bytes = g_memdup2(now, len);
        bytes[5] ^= 1;
        disk_mem_put(f->disk, path, bytes, len);
    }
}

static n2_err
run_mend(fixture *f)
{
    n2_fsck_report report;

    return n2_store_fsck(f->store, &report, NULL, NULL);
}

static void
check_mended(fixture *f, job_outcome outcome)
{
    content c;
    n2_view view;

    make_content(f, &c, 99, JOB_MIDDLE);
    if (outcome == JOB_DONE)
        assert_err(n2_store_map(f->store, &c.ref.id, &view), N2_ERR_NOTFOUND);
    g_free(c.bytes);
}

/* ---- the very first start ---- */

static n2_err
run_first(fixture *f)
{
    n2_err err = run_open(f);

    if (!err)
        err = n2_store_name_set(f->store, "first", "k1-x");
    return err ? err : fetch(f, 88, JOB_MIDDLE);
}

static void
check_first(fixture *f, job_outcome outcome)
{
    g_autofree char *target = NULL;
    n2_err err = n2_store_name_get(f->store, "first", &target);

    check_fetched(f, 88, JOB_MIDDLE, outcome);
    if (outcome == JOB_DONE)
        assert_ok(err);
    else if (err)
        assert_err(err, N2_ERR_NOTFOUND);
}

/* ---- so much that the log is carried over ---- */

static n2_err
run_much(fixture *f)
{
    n2_batch *batch = NULL;
    gint64 owner = 0;
    n2_ref ref;
    n2_err err = n2_store_owner(f->store, N2_OWNER_PIN, "pins", 0, &owner);

    if (!err)
        err = n2_batch_new(&batch, f->store, 0);
    for (guint i = 0; !err && i < N_MUCH; i++) {
        g_autofree guint8 *bytes = fixture_bytes(9000 + i, N2_LEAF_BYTES);
        err =
            n2_batch_put(batch, N2_METHOD_SHA256, bytes, N2_LEAF_BYTES, N2_CONTENT_PLAIN, &ref);
    }
    if (!err)
        err = n2_batch_commit(batch,
                              &(n2_batch_end){.owner = owner, .slot = "much", .root = ref.id});
    n2_batch_free(batch);
    return err;
}

static void
check_much(fixture *f, job_outcome outcome)
{
    g_autofree guint8 *bytes = fixture_bytes(9000 + N_MUCH - 1, N2_LEAF_BYTES);
    gint64 owner = 0;
    n2_ref ref;

    assert_ok(n2_store_owner(f->store, N2_OWNER_PIN, "pins", 0, &owner));
    n2_err err = n2_store_ref_get(f->store, owner, "much", &ref);
    if (!err)
        fixture_assert_whole(f, &ref, bytes, N2_LEAF_BYTES);
    if (outcome != JOB_MAYBE)
        g_assert_cmpint(!err, ==, outcome == JOB_DONE);
}

/* clang-format off */
const job jobs[] = {
    {.name = "publish", .run = job_run_publish, .check = job_check_second},
    {.name = "publish-many", .run = job_run_publish_many, .check = job_check_second},
    {.name = "attribute", .run = job_run_attr, .check = job_check_attr},
    {.name = "fetch", .run = run_fetch, .check = check_fetch},
    {.name = "notes", .run = job_run_notes, .check = job_check_notes},
    {.name = "collect", .prepare = prepare_collect, .run = run_collect, .check = check_collect},
    {.name = "evict", .prepare = prepare_evict, .run = run_evict, .check = check_evicted,
     .cache_bytes = FETCHED + 2 * JOB_MIDDLE},
    {.name = "open", .run = run_open, .check = check_nothing, .reopens = TRUE},
    {.name = "mend", .prepare = damage, .run = run_mend, .check = check_mended, .damages = TRUE},
    {.name = "first-open", .run = run_first, .check = check_first, .is_first = TRUE,
     .reopens = TRUE},
    {.name = "checkpoint", .run = run_much, .check = check_much, .step = 397}};
/* clang-format on */
const gsize n_jobs = G_N_ELEMENTS(jobs);

/* The checkpoint comes after thousands of equal calls, each tried in 20 ms: a prime meets each
 * kind of call in the cycle of a write, and some in the checkpoint itself. */
guint
job_step(const job *j)
{
    return j->step && !g_test_slow() ? j->step : 1;
}

/* ---- the world ---- */

disk_mem *
job_world(const job *j)
{
    fixture f;

    if (j->is_first)
        return disk_mem_new();
    fixture_init(&f, TRUE);
    n2_store_set_wall(f.store, job_wall_us);
    assert_ok(job_publish(&f, 50, 0));
    assert_ok(fetch(&f, 88, JOB_MIDDLE));
    for (guint i = 0; i < JOB_N_NOTES; i++)
        assert_ok(job_note(&f, i, "old"));
    if (j->prepare)
        j->prepare(&f);
    n2_store_close(f.store);
    f.store = NULL;
    disk_mem *world = disk_mem_copy(f.disk);
    fixture_clear(&f);
    return world;
}

void
job_begin(fixture *f, const job *j, const disk_mem *world)
{
    fixture_init_on(f, disk_mem_copy(world), FALSE);
    f->cache_bytes = j->cache_bytes;
    if (!j->is_first)
        assert_ok(fixture_open(f));
    if (f->store)
        n2_store_set_wall(f->store, job_wall_us);
}

void
job_check_world(fixture *f, const job *j)
{
    n2_ref root;

    if (j->is_first)
        return;
    g_assert_true(job_has_version(f, 1, &root));
    job_check_tree(f, &root);
    check_fetched(f, 88, JOB_MIDDLE, JOB_DONE);
    for (guint i = 0; i < JOB_N_NOTES; i++) {
        gboolean is_there = FALSE;
        assert_ok(job_noted(f, i, "old", &is_there));
        g_assert_true(is_there);
    }
}

void
job_check_sound(fixture *f)
{
    g_assert_cmpuint(fixture_fsck_but_orphans(f), ==, 0);
}
