/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fsck.c - each kind of damage is found, named, mended or set aside; a disk that cannot be
 *               read is no damage; and a check goes on while the store is used.
 */
#include <string.h>

#include "crypto/directory.h"
#include "crypto/tree.h"
#include "store-jobs.h"

enum {
    KINDS = N2_FSCK_ORPHAN + 1,
    TWO_GROUPS = N2_GROUP_BYTES + 7
};

typedef struct {
    guint of[KINDS], all;
    guint id_seen; /* findings that name a content or identity */
} counts;

static void
count_finding(void *user, const n2_fsck_finding *finding)
{
    counts *c = user;

    g_test_message("%s: %s", n2_fsck_word(finding->kind), finding->text);
    c->of[finding->kind]++;
    c->all++;
    c->id_seen += n2_id_is_set(&finding->ref.id);
}

static counts
look(fixture *f)
{
    n2_fsck_report report;
    counts c = {0};

    assert_ok(n2_store_fsck(f->store, &report, count_finding, &c));
    g_assert_cmpuint(report.n_findings, ==, c.all);
    return c;
}

/* A content of two groups, held by a pin. */
static void
put_two_groups(fixture *f, n2_ref *ref)
{
    g_autofree guint8 *bytes = fixture_bytes(321, TWO_GROUPS);
    n2_batch *batch = NULL;
    gint64 owner = 0;

    assert_ok(n2_store_owner(f->store, N2_OWNER_PIN, "pins", 0, &owner));
    assert_ok(n2_batch_new(&batch, f->store, 0));
    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, bytes, TWO_GROUPS, N2_CONTENT_PLAIN, ref));
    assert_ok(n2_batch_commit(batch,
                              &(n2_batch_end){.owner = owner, .slot = "two", .root = ref->id}));
    n2_batch_free(batch);
}

/* The first group of a content of two, synced; the fetch has ended. */
static void
put_part(fixture *f)
{
    g_autofree guint8 *bytes = fixture_bytes(322, TWO_GROUPS);
    uint8_t nodes[2][N2_HASH_BYTES];
    n2_ref ref = {.id.method = N2_METHOD_SHA256, .size = TWO_GROUPS};
    n2_batch *batch = NULL;
    n2_part *part = NULL;

    n2_tree_root_of(&f->crypto, N2_METHOD_SHA256, bytes, TWO_GROUPS, ref.id.hash);
    for (gsize g = 0; g < 2; g++)
        n2_tree_group_node(&f->crypto, N2_METHOD_SHA256, bytes + g * N2_GROUP_BYTES,
                           g ? TWO_GROUPS - N2_GROUP_BYTES : N2_GROUP_BYTES, nodes[g]);
    assert_ok(n2_batch_new(&batch, f->store, 0));
    assert_ok(n2_part_open(&part, batch, &ref, N2_CONTENT_PLAIN));
    assert_ok(n2_part_set_nodes(part, (const uint8_t(*)[N2_HASH_BYTES])nodes, 2));
    assert_ok(n2_part_write(part, 0, bytes, N2_GROUP_BYTES));
    n2_part_free(part);
    n2_batch_free(batch);
}

typedef struct {
    const char *name;
    const char *sql; /* what is done to the closed database */
    n2_fsck_kind kind;
    guint n;        /* findings of that kind; 0: one or more, and others may come with them */
    gboolean stays; /* the second look finds it, too */
} damage;

#define CONTENT_OF_TREE "(SELECT min(object) FROM tree WHERE have IS NULL)"

static const damage damages[] = {
    {"name-elsewhere", "UPDATE name SET object=object+1000 WHERE object=1", N2_FSCK_ROW, 2, 0},
    {"hash-is-none", "UPDATE object SET hash=x'00' WHERE id=1", N2_FSCK_ROW, 0, 0},
    {"piece-of-none", "INSERT INTO piece VALUES(9999, x'00')", N2_FSCK_ROW, 1, 0},
    {"tree-of-none", "INSERT INTO tree VALUES(9999, x'', NULL)", N2_FSCK_ROW, 1, 0},
    {"edge-of-none", "INSERT INTO edge VALUES(9999, 1, 0)", N2_FSCK_ROW, 1, 0},
    {"edge-to-none", "INSERT INTO edge VALUES(1, 9999, 0)", N2_FSCK_ROW, 1, 0},
    {"ref-of-none", "INSERT INTO ref VALUES(9999, 'x', 1, 0)", N2_FSCK_ROW, 1, 0},
    {"ref-to-none", "INSERT INTO ref VALUES(1, 'x', 9999, 0)", N2_FSCK_ROW, 1, 0},
    {"attr-of-none", "INSERT INTO attr VALUES(9999, 1, 'n', 1, x'00')", N2_FSCK_ROW, 1, 0},
    {"garbage",
     "INSERT INTO object VALUES(777, zeroblob(33), 1, NULL, 0, 0, 0);"
     "INSERT INTO name VALUES(zeroblob(33), 777)",
     N2_FSCK_ROW, 1, 0},
    {"piece-gone", "DELETE FROM piece WHERE object=(SELECT min(object) FROM piece)",
     N2_FSCK_MISSING, 1, 0},
    {"piece-short", "UPDATE piece SET bytes=x'00' WHERE object=(SELECT min(object) FROM piece)",
     N2_FSCK_MISSING, 1, 0},
    {"piece-changed",
     "UPDATE piece SET bytes=zeroblob(length(bytes))"
     " WHERE object=(SELECT min(object) FROM piece)",
     N2_FSCK_DAMAGED, 1, 0},
    {"nodes-changed", "UPDATE tree SET nodes=zeroblob(64) WHERE object=" CONTENT_OF_TREE,
     N2_FSCK_NODES, 1, 0},
    {"nodes-gone", "DELETE FROM tree WHERE object=" CONTENT_OF_TREE, N2_FSCK_NODES, 1, 0},
    {"nodes-odd", "UPDATE tree SET nodes=x'0011' WHERE object=" CONTENT_OF_TREE, N2_FSCK_NODES,
     1, 0},
    {"edge-missing", "DELETE FROM edge WHERE child=(SELECT min(child) FROM edge)", N2_FSCK_EDGE,
     1, 0},
    {"edge-too-many",
     "INSERT INTO edge SELECT min(parent), (SELECT max(parent) FROM edge), 0 FROM edge",
     N2_FSCK_EDGE, 1, 0},
    {"attribute-changed", "UPDATE attr SET value=x'00' WHERE rowid=1", N2_FSCK_EDGE, 1, 0},
    {"attribute-gone", "DELETE FROM attr WHERE rowid=1", N2_FSCK_EDGE, 1, 0},
    {"attribute-twice",
     "INSERT INTO attr SELECT parent, object, name, type, value FROM attr WHERE rowid=1",
     N2_FSCK_EDGE, 1, 0},
    {"attribute-of-another-type", "UPDATE attr SET type=1 WHERE rowid=1", N2_FSCK_EDGE, 1, 0},
    {"head-changed", "UPDATE head SET statement=x'00'", N2_FSCK_HEAD, 1, 0},
    {"head-bit",
     "UPDATE head SET statement=CAST(substr(statement, 1, length(statement)-1) || x'ff'"
     " AS BLOB)",
     N2_FSCK_HEAD, 1, 0},
    {"head-of-another", "UPDATE head SET who=CAST(x'01' || zeroblob(32) AS BLOB)", N2_FSCK_HEAD,
     1, 0},
    {"head-of-another-counter", "UPDATE head SET counter=counter+1", N2_FSCK_HEAD, 1, 0},
    {"head-of-another-branch", "UPDATE head SET branch='other'", N2_FSCK_HEAD, 1, 0},
    {"head-of-another-hash", "UPDATE head SET hash=zeroblob(32)", N2_FSCK_HEAD, 1, 0},
    {"head-who-is-none", "UPDATE head SET who=x'00'", N2_FSCK_ROW, 1, 0},
    {"head-without-tree", "DELETE FROM ref WHERE slot LIKE 'main/%'", N2_FSCK_HEAD, 0, 0},
    {"version-changed", "UPDATE version SET statement=x'00'", N2_FSCK_HEAD, 1, 0},
    {"version-bit",
     "UPDATE version SET statement=CAST(substr(statement, 1, length(statement)-1) || x'ff'"
     " AS BLOB)",
     N2_FSCK_HEAD, 1, 0},
    {"version-of-another", "UPDATE version SET who=CAST(x'01' || zeroblob(32) AS BLOB)",
     N2_FSCK_HEAD, 1, 0},
    {"version-of-another-counter", "UPDATE version SET counter=counter+1", N2_FSCK_HEAD, 1, 0},
    {"version-of-another-branch", "UPDATE version SET branch='other'", N2_FSCK_HEAD, 1, 0},
    {"version-of-another-hash", "UPDATE version SET hash=zeroblob(32)", N2_FSCK_HEAD, 1, 0},
    {"version-who-is-none", "UPDATE version SET who=x'00'", N2_FSCK_ROW, 1, 0},
    {"used", "UPDATE owner SET used=5 WHERE kind=3 AND name='cache'", N2_FSCK_USED, 1, 0},
    {"part-nodes", "UPDATE tree SET nodes=zeroblob(64) WHERE have IS NOT NULL", N2_FSCK_DAMAGED,
     1, 0},
    {"part-nodes-short", "UPDATE tree SET nodes=x'00' WHERE have IS NOT NULL", N2_FSCK_DAMAGED,
     1, 0},
    {"part-have", "UPDATE tree SET have=x'0101' WHERE have IS NOT NULL", N2_FSCK_DAMAGED, 1, 0},
    {"part-claims-more", "UPDATE tree SET have=x'03' WHERE have IS NOT NULL", N2_FSCK_DAMAGED,
     1, 0},
    {"part-without-tree", "DELETE FROM tree WHERE have IS NOT NULL", N2_FSCK_DAMAGED, 1, 0},
    {"part-file-name", "UPDATE object SET file='files/ffffffffffffffff' WHERE state=1",
     N2_FSCK_DAMAGED, 1, 0},
    {"index-gone", "PRAGMA writable_schema=1; DELETE FROM sqlite_schema WHERE name='port'",
     N2_FSCK_DATABASE, 1, TRUE},
};

static void
test_damage(gconstpointer data)
{
    const damage *d = data;
    disk_mem *world = job_world(&jobs[0]);
    n2_ref two;
    fixture f;

    job_begin(&f, &jobs[0], world);
    disk_mem_free(world);
    put_two_groups(&f, &two);
    put_part(&f);
    g_assert_cmpuint(look(&f).all, ==, 0);
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, d->sql);
    assert_ok(fixture_open(&f));
    counts c = look(&f);
    g_assert_cmpuint(c.of[d->kind], >=, 1);
    if (d->n) {
        g_assert_cmpuint(c.of[d->kind], ==, d->n);
        g_assert_cmpuint(c.all, ==, d->n);
    }
    if (d->kind == N2_FSCK_DAMAGED || d->kind == N2_FSCK_MISSING || d->kind == N2_FSCK_HEAD)
        g_assert_cmpuint(c.id_seen, >=, 1);
    if (!d->stays) {
        fixture_collect_all(&f);
        g_assert_cmpuint(look(&f).all, ==, 0);
    }
    fixture_clear(&f);
}

/* Damaged or lost files: named, absent, and welcome when they come again. */
static void
test_files(void)
{
    for (int what = 0; what < 4; what++) {
        g_autofree guint8 *bytes = fixture_bytes(321, TWO_GROUPS);
        g_autofree char *path = NULL;
        n2_batch *batch = NULL;
        n2_file file = -1;
        gsize len = 0;
        n2_ref two;
        fixture f;

        fixture_init(&f, TRUE);
        put_two_groups(&f, &two);
        path = g_strdup(disk_mem_path(f.disk, 0));
        if (what == 0)
            disk_mem_bytes(f.disk, path, &len)[N2_GROUP_BYTES + 3] ^= 1;
        if (what == 1)
            assert_ok(f.disk->disk.unlink(f.disk, path));
        if (what == 2) {
            assert_ok(f.disk->disk.open(f.disk, path, N2_OPEN_WRITE, &file));
            assert_ok(f.disk->disk.truncate(f.disk, file, 5));
        }
        if (what == 3)
            assert_ok(f.disk->disk.open(f.disk, "files/0123456789abcdef",
                                        N2_OPEN_WRITE | N2_OPEN_CREATE, &file));
        counts c = look(&f);
        g_assert_cmpuint(c.all, ==, 1);
        g_assert_cmpuint(c.of[what == 0   ? N2_FSCK_DAMAGED
                              : what == 3 ? N2_FSCK_ORPHAN
                                          : N2_FSCK_MISSING],
                         ==, 1);
        g_assert_cmpint(fixture_state(&f, &two), ==,
                        what == 3 ? N2_OBJECT_WHOLE : N2_OBJECT_ABSENT);
        g_assert_cmpuint(look(&f).all, ==, 0);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(
            n2_batch_put(batch, N2_METHOD_SHA256, bytes, TWO_GROUPS, N2_CONTENT_PLAIN, &two));
        assert_ok(n2_batch_commit(batch, NULL));
        n2_batch_free(batch);
        fixture_assert_whole(&f, &two, bytes, TWO_GROUPS);
        g_assert_cmpuint(look(&f).all, ==, 0);
        fixture_clear(&f);
    }
}

/* After a head was set aside: publishing goes on above it, and another's is taken anew. */
static void
test_head_set_aside(void)
{
    g_autofree uint8_t *statement = NULL;
    size_t len = 0;
    n2_head head;
    fixture f;

    fixture_init(&f, TRUE);
    for (guint i = 0; i < 3; i++)
        assert_ok(job_publish_small(&f, i));
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, &statement, &len));
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, "UPDATE head SET statement=x'00'");
    assert_ok(fixture_open(&f));
    assert_err(n2_store_head_get(f.store, &job_identity, "main", &head, NULL, NULL),
               N2_ERR_CORRUPT);
    g_assert_cmpuint(look(&f).of[N2_FSCK_HEAD], ==, 1);
    assert_err(n2_store_head_get(f.store, &job_identity, "main", &head, NULL, NULL),
               N2_ERR_NOTFOUND);
    g_assert_cmpuint(head.counter, ==, 3);
    n2_head_news news;
    assert_ok(n2_store_head_put(f.store, statement, len, true, &news));
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, NULL, NULL));
    assert_ok(job_publish_small(&f, 9));
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, NULL, NULL));
    g_assert_cmpuint(head.counter, ==, 4);
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, "UPDATE head SET statement=x''");
    assert_ok(fixture_open(&f));
    assert_ok(job_publish_small(&f, 10)); /* without the one before, and above it */
    assert_ok(n2_store_head_get(f.store, &job_identity, "main", &head, NULL, NULL));
    g_assert_cmpuint(head.counter, ==, 5);
    g_assert_cmpuint(look(&f).all, ==, 0);
    fixture_clear(&f);
}

/* A disk that cannot be read says nothing about what is on it. */
static void
test_unreadable_disk(void)
{
    disk_mem *world = job_world(&jobs[0]);
    n2_err err = N2_ERR_IO;
    guint64 n = 1;

    for (; n < 500; n++) {
        n2_fsck_report report;
        n2_ref two;
        fixture f;

        job_begin(&f, &jobs[0], world);
        put_two_groups(&f, &two);
        put_part(&f);
        f.disk->fail_at = f.disk->calls + n;
        err = n2_store_fsck(f.store, &report, NULL, NULL);
        gboolean fired = f.disk->calls >= f.disk->fail_at;
        f.disk->fail_at = 0;
        if (n2_store_is_broken(f.store))
            fixture_reopen(&f, FALSE);
        job_check_world(&f, &jobs[0]);
        g_assert_cmpint(fixture_state(&f, &two), ==, N2_OBJECT_WHOLE);
        g_assert_cmpuint(look(&f).all, ==, 0);
        fixture_clear(&f);
        if (!fired)
            break;
    }
    assert_ok(err);
    g_assert_cmpuint(n, >, 5);
    disk_mem_free(world);
}

/* Step by step, while everything else goes on: nothing is taken for damage. */
static void
test_beside_the_work(void)
{
    g_autofree guint8 *bytes = fixture_bytes(77, 40000);
    n2_store_writer *writer = NULL;
    n2_batch *batch = NULL;
    n2_fsck *check = NULL;
    counts c = {0};
    gint64 owner = 0;
    bool more = true, tending = false;
    n2_ref root, two;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-other", 1 << 30, &owner));
    put_two_groups(&f, &two);
    put_part(&f);
    assert_ok(fixture_publish(&f, 1, owner, "main", &root));
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_fsck_new(&check, f.store, count_finding, &c));
    for (guint64 i = 0; more; i++) {
        g_assert_cmpuint(i, <, 10000);
        assert_ok(n2_fsck_step(check, &more));
        switch (i % 6) {
        case 0:
            assert_ok(job_publish_small(&f, i));
            break;
        case 1:
            assert_ok(fixture_publish(&f, i / 6 % 5, owner, "main", &root));
            break;
        case 2:
            assert_ok(n2_store_tend(f.store, &tending));
            break;
        case 3:
            if (!writer)
                assert_ok(n2_store_writer_new(&writer, batch, N2_METHOD_SHA256));
            assert_ok(n2_store_writer_add(writer, bytes, 40000));
            break;
        case 4:
            assert_ok(n2_store_ref_drop(f.store, owner, "main"));
            break;
        default:
            assert_ok(fixture_publish(&f, i, owner, "main", &root));
            break;
            break;
        }
    }
    g_assert_cmpuint(c.all, ==, 0);
    g_assert_cmpuint(n2_fsck_result(check)->n_contents, >, 2);
    n2_fsck_free(check);
    n2_store_writer_free(writer);
    n2_batch_free(batch);
    g_assert_cmpuint(look(&f).all, ==, 0);
    assert_ok(n2_fsck_new(&check, f.store, NULL, NULL)); /* given up in the middle of a file */
    for (int i = 0; i < 4; i++)
        assert_ok(n2_fsck_step(check, &more));
    n2_fsck_free(check);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
        g_autofree char *path = g_strdup_printf("/store/fsck/%s", damages[i].name);
        g_test_add_data_func(path, &damages[i], test_damage);
    }
    g_test_add_func("/store/fsck/files", test_files);
    g_test_add_func("/store/fsck/head-set-aside", test_head_set_aside);
    g_test_add_func("/store/fsck/unreadable-disk", test_unreadable_disk);
    g_test_add_func("/store/fsck/beside-the-work", test_beside_the_work);
    return g_test_run();
}
