/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-store-edges.c - a broken store says so at every call; lists stop when told to; rows that
 *                      are not as they should be are refused; parts at their edges.
 */
#include <string.h>

#include "base/limits.h"
#include "crypto/tree.h"
#include "store-jobs.h"

enum {
    TWO_GROUPS = N2_GROUP_BYTES + 7
};

/* ---- broken ---- */

static bool
no_name(void *user, const char *name, const char *target)
{
    (void)name;
    (void)target;
    return ++*(guint *)user > 99;
}

static bool
no_path(void *user, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    (void)who;
    (void)hops;
    (void)n;
    return ++*(guint *)user > 99;
}

static bool
no_peer(void *user, const n2_store_peer *peer)
{
    (void)peer;
    return ++*(guint *)user > 99;
}

static bool
no_port(void *user, uint64_t link_id, uint16_t port)
{
    (void)link_id;
    (void)port;
    return ++*(guint *)user > 99;
}

static bool
no_statement(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    (void)kind;
    (void)statement;
    (void)len;
    return ++*(guint *)user > 99;
}

static bool
no_attr(void *user, const n2_store_attr *attr)
{
    (void)attr;
    return ++*(guint *)user > 99;
}

static bool
no_ref(void *user, const char *slot, const n2_ref *ref)
{
    (void)slot;
    (void)ref;
    return ++*(guint *)user > 99;
}

/* After a sync of the database has failed nothing it says can be believed. */
static void
test_broken(void)
{
    const n2_id who = {.method = N2_METHOD_SHA256, .hash = {1}};
    const n2_store_hop hop = {.port = 3, .bits = 4};
    const n2_store_peer peer = {.net = "udp:a:1", .key = who};
    g_autofree guint8 *bytes = fixture_bytes(1, 30000);
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    guint8 answer[N2_ANSWER_BYTES_MAX] = {0};
    gsize len = 0;
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    n2_fsck *check = NULL;
    n2_store_counts counts;
    n2_fsck_report report;
    n2_head_news news;
    n2_object object;
    n2_head head;
    n2_view view;
    n2_ref ref = {.id = who, .size = 30000};
    char *text = NULL;
    uint64_t used = 0;
    gint64 owner = 0;
    size_t n = 0;
    guint seen = 0;
    bool more = false;
    fixture f;

    fixture_init(&f, TRUE);
    n2_tree_root_of(&f.crypto, N2_METHOD_SHA256, bytes, 30000, ref.id.hash);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    assert_ok(n2_part_open(&part, batch, &ref, N2_CONTENT_PLAIN));
    assert_ok(n2_part_write(part, 0, bytes, 30000));
    f.disk->fail_at = f.disk->calls + 3; /* the log's second write, then its sync */
    for (int i = 0; !n2_store_is_broken(f.store) && i < 100; i++) {
        f.disk->fail_at = f.disk->calls + 3;
        (void)!n2_store_name_set(f.store, "x", "y");
    }
    f.disk->fail_at = 0;
    g_assert_true(n2_store_is_broken(f.store));
    g_assert_false(n2_store_is_untidy(f.store));
    assert_err(n2_store_find(f.store, &who, &object), N2_ERR_IO);
    assert_err(n2_store_map(f.store, &who, &view), N2_ERR_IO);
    assert_err(n2_store_owner(f.store, N2_OWNER_PIN, "p", 0, &owner), N2_ERR_IO);
    assert_err(n2_store_used(f.store, 1, &used), N2_ERR_IO);
    assert_err(n2_store_ref_set(f.store, 1, "s", &who, 0), N2_ERR_IO);
    assert_err(n2_store_ref_get(f.store, 1, "s", &ref), N2_ERR_IO);
    assert_err(n2_store_ref_drop(f.store, 1, "s"), N2_ERR_IO);
    assert_err(n2_store_refs(f.store, 1, no_ref, &seen), N2_ERR_IO);
    assert_err(n2_store_count(f.store, &counts), N2_ERR_IO);
    assert_err(n2_store_collect(f.store, &n), N2_ERR_IO);
    assert_err(n2_store_tend(f.store, &more), N2_ERR_IO);
    assert_err(n2_store_flush(f.store), N2_ERR_IO);
    assert_err(n2_store_fsck(f.store, &report, NULL, NULL), N2_ERR_IO);
    assert_ok(n2_fsck_new(&check, f.store, NULL, NULL));
    assert_err(n2_fsck_step(check, &more), N2_ERR_IO);
    n2_fsck_free(check);
    assert_err(n2_store_name_set(f.store, "a", "b"), N2_ERR_IO);
    assert_err(n2_store_name_unset(f.store, "a"), N2_ERR_IO);
    assert_err(n2_store_name_get(f.store, "a", &text), N2_ERR_IO);
    assert_err(n2_store_names(f.store, no_name, &seen), N2_ERR_IO);
    assert_err(n2_store_path_set(f.store, &who, &hop, 1), N2_ERR_IO);
    assert_err(n2_store_path_get(f.store, &who, hops, &n), N2_ERR_IO);
    assert_err(n2_store_paths(f.store, no_path, &seen), N2_ERR_IO);
    assert_err(n2_store_path_unset(f.store, &who), N2_ERR_IO);
    assert_err(n2_store_peer_put(f.store, &peer), N2_ERR_IO);
    assert_err(n2_store_peers(f.store, no_peer, &seen), N2_ERR_IO);
    assert_err(n2_store_port_put(f.store, 1, 2), N2_ERR_IO);
    assert_err(n2_store_ports(f.store, no_port, &seen), N2_ERR_IO);
    assert_err(n2_store_statement_put(f.store, &who, 2, "x", 1), N2_ERR_IO);
    assert_err(n2_store_statements(f.store, &who, 0, no_statement, &seen), N2_ERR_IO);
    assert_err(n2_store_node_key_put(f.store, &who, answer, N2_ANSWER_BYTES), N2_ERR_IO);
    assert_err(n2_store_node_key_get(f.store, &who, answer, &len), N2_ERR_IO);
    assert_err(n2_store_head_get(f.store, &who, "main", &head, NULL, NULL), N2_ERR_IO);
    assert_err(n2_store_head_put(f.store, "x", 1, false, &news), N2_ERR_IO);
    assert_err(n2_store_attrs(f.store, "a", no_attr, &seen), N2_ERR_IO);
    assert_err(n2_store_setting_get(f.store, "a", &text), N2_ERR_IO);
    g_assert_cmpuint(seen, ==, 0);
    g_assert_null(text);
    assert_err(n2_part_sync(part), N2_ERR_IO);
    n2_part_free(part);
    n2_batch_free(batch);
    fixture_reopen(&f, FALSE);
    assert_ok(n2_store_name_set(f.store, "a", "b"));
    g_assert_cmpuint(fixture_fsck(&f), ==, 0);
    fixture_clear(&f);
}

/* ---- lists ---- */

static void
test_lists_stop(void)
{
    const n2_id who = {.method = N2_METHOD_SHA256, .hash = {1}};
    const n2_id other = {.method = N2_METHOD_SHA256, .hash = {2}};
    const n2_store_hop hop = {.port = 3, .bits = 4};
    guint seen = 0;
    gint64 owner = 0;
    n2_ref root;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(fixture_publish(&f, 7, owner, "a", &root));
    assert_ok(fixture_publish(&f, 8, owner, "b", &root));
    for (guint i = 0; i < 2; i++) {
        const n2_id *id = i ? &who : &other;
        const n2_store_peer peer = {.net = i ? "udp:a:1" : "udp:b:1", .link_id = i};
        assert_ok(n2_store_path_set(f.store, id, &hop, 1));
        assert_ok(n2_store_peer_put(f.store, &peer));
        assert_ok(n2_store_port_put(f.store, i, 2));
        assert_ok(n2_store_statement_put(f.store, &who, 2, i ? "x" : "y", 1));
    }
    assert_ok(n2_store_paths(f.store, no_path, &seen));
    g_assert_cmpuint(seen, ==, 1);
    assert_ok(n2_store_peers(f.store, no_peer, &seen));
    g_assert_cmpuint(seen, ==, 2);
    assert_ok(n2_store_ports(f.store, no_port, &seen));
    g_assert_cmpuint(seen, ==, 3);
    assert_ok(n2_store_statements(f.store, &who, 0, no_statement, &seen));
    g_assert_cmpuint(seen, ==, 4);
    assert_ok(n2_store_attrs(f.store, "type", no_attr, &seen));
    g_assert_cmpuint(seen, ==, 5);
    assert_ok(n2_store_refs(f.store, owner, no_ref, &seen));
    g_assert_cmpuint(seen, ==, 6);
    fixture_clear(&f);
}

/* ---- damaged rows ---- */

static void
test_odd_rows(void)
{
    const n2_id who = {.method = N2_METHOD_SHA256, .hash = {1}};
    const n2_store_hop hop = {.port = 3, .bits = 4};
    n2_store_hop hops[N2_STORE_HOPS_MAX + 1];
    guint8 answer[N2_ANSWER_BYTES_MAX] = {0};
    gsize len = 0;
    guint seen = 0;
    gint64 owner = 0;
    size_t n = 0;
    n2_ref root;
    fixture f;

    fixture_init(&f, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(hops); i++)
        hops[i] = (n2_store_hop){.port = 0, .bits = 1};
    assert_err(n2_store_path_set(f.store, &who, hops, N2_STORE_HOPS_MAX + 1), N2_ERR_USAGE);
    assert_ok(n2_store_path_set(f.store, &who, &hop, 1));
    assert_ok(n2_store_node_key_put(f.store, &who, answer, N2_ANSWER_BYTES));
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    assert_ok(fixture_publish(&f, 7, owner, "a", &root));
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, "UPDATE path SET hops=x'0001'; UPDATE node_key SET answer=x'00';"
                    "UPDATE object SET hash=x'00' WHERE id=1;"
                    "UPDATE object SET hash=x'00' WHERE id IN (SELECT object FROM ref)");
    assert_ok(fixture_open(&f));
    assert_err(n2_store_path_get(f.store, &who, hops, &n), N2_ERR_NOTFOUND);
    assert_err(n2_store_paths(f.store, no_path, &seen), N2_ERR_CORRUPT);
    assert_err(n2_store_node_key_get(f.store, &who, answer, &len), N2_ERR_NOTFOUND);
    assert_err(n2_store_attrs(f.store, "type", no_attr, &seen), N2_ERR_CORRUPT);
    assert_err(n2_store_refs(f.store, owner, no_ref, &seen), N2_ERR_CORRUPT);
    assert_err(n2_store_ref_get(f.store, owner, "a", &root), N2_ERR_CORRUPT);
    g_assert_cmpuint(seen, ==, 0);
    n2_store_close(f.store);
    f.store = NULL;
    fixture_sql(&f, "UPDATE path SET hops=zeroblob(200), who=x'00'");
    assert_ok(fixture_open(&f));
    assert_err(n2_store_paths(f.store, no_path, &seen), N2_ERR_CORRUPT);
    fixture_clear(&f);
}

/* ---- parts ---- */

typedef struct {
    guint8 *bytes;
    n2_ref ref;
    uint8_t nodes[2][N2_HASH_BYTES];
} two;

static void
make_two(fixture *f, two *t)
{
    t->bytes = fixture_bytes(5, TWO_GROUPS);
    t->ref = (n2_ref){.id.method = N2_METHOD_SHA256, .size = TWO_GROUPS};
    n2_tree_root_of(&f->crypto, N2_METHOD_SHA256, t->bytes, TWO_GROUPS, t->ref.id.hash);
    n2_tree_group_node(&f->crypto, N2_METHOD_SHA256, t->bytes, N2_GROUP_BYTES, t->nodes[0]);
    n2_tree_group_node(&f->crypto, N2_METHOD_SHA256, t->bytes + N2_GROUP_BYTES,
                       TWO_GROUPS - N2_GROUP_BYTES, t->nodes[1]);
}

static void
open_two(n2_part **part, n2_batch *batch, const two *t)
{
    assert_ok(n2_part_open(part, batch, &t->ref, N2_CONTENT_PLAIN));
    assert_ok(n2_part_set_nodes(*part, (const uint8_t(*)[N2_HASH_BYTES])t->nodes, 2));
}

/* What a former fetch left is taken over if all of it is right, else begun anew. */
static void
test_take_over(void)
{
    static const char *const changes[] = {
        "UPDATE tree SET nodes=x'00'",
        "UPDATE tree SET have=x'0000'",
        "DELETE FROM tree",
        "UPDATE object SET file='files/ffffffffffffffff'",
    };

    for (gsize i = 0; i <= G_N_ELEMENTS(changes); i++) {
        n2_batch *batch = NULL;
        n2_part *part = NULL;
        fixture f;
        two t;

        fixture_init(&f, TRUE);
        make_two(&f, &t);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        open_two(&part, batch, &t);
        assert_ok(n2_part_write(part, 0, t.bytes, N2_GROUP_BYTES));
        n2_part_free(part);
        n2_batch_free(batch);
        n2_store_close(f.store);
        f.store = NULL;
        if (i < G_N_ELEMENTS(changes))
            fixture_sql(&f, changes[i]);
        assert_ok(fixture_open(&f));
        assert_ok(n2_batch_new(&batch, f.store, 0));
        open_two(&part, batch, &t);
        g_assert_cmpint(n2_part_has(part, 0), ==, i == G_N_ELEMENTS(changes));
        g_assert_false(n2_part_has(part, 2));
        g_assert_null(n2_part_node(part, 2));
        for (guint64 g = 0; g < 2; g++)
            assert_ok(n2_part_write(part, g, t.bytes + g * N2_GROUP_BYTES,
                                    g ? TWO_GROUPS - N2_GROUP_BYTES : N2_GROUP_BYTES));
        assert_ok(n2_part_finish(part));
        assert_err(n2_part_finish(part), N2_ERR_STATE);
        n2_part_free(part);
        assert_ok(n2_store_flush(f.store));
        fixture_assert_whole(&f, &t.ref, t.bytes, TWO_GROUPS);
        n2_batch_free(batch);
        g_free(t.bytes);
        fixture_clear(&f);
    }
}

static n2_err
hand_out(void *user, n2_file file, uint64_t offset, size_t len, int sink, size_t *n_out)
{
    (void)user;
    (void)file;
    (void)offset;
    *n_out = len;
    return sink == 7 ? N2_OK : N2_ERR_CLOSED;
}

static guint n_begun;

static void
write_soon(void *user, n2_file file, uint64_t offset, size_t len)
{
    (void)user;
    (void)file;
    (void)offset;
    n_begun += len > 0;
}

/* Read back while it is being fetched: from the file, from memory, and into a pipe. */
static void
test_read_back(void)
{
    g_autofree guint8 *small = fixture_bytes(6, 100);
    n2_ref small_ref = {.id.method = N2_METHOD_SHA256, .size = 100};
    guint8 buf[64];
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    size_t n_out = 0, len = 0;
    fixture f;
    two t;

    fixture_init(&f, FALSE);
    make_two(&f, &t);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    open_two(&part, batch, &t);
    n_begun = 0;
    f.disk->disk.write_soon = write_soon;
    assert_ok(n2_part_write(part, 0, t.bytes, N2_GROUP_BYTES));
    g_assert_cmpuint(n_begun, ==, 1);
    assert_ok(n2_part_read(part, 1000, buf, sizeof buf));
    g_assert_cmpmem(buf, sizeof buf, t.bytes + 1000, sizeof buf);
    assert_err(n2_part_hand_out(part, 0, 10, 7, &n_out), N2_ERR_UNSUPPORTED);
    f.disk->disk.hand_out = hand_out;
    assert_ok(n2_part_hand_out(part, 0, 10, 7, &n_out));
    g_assert_cmpuint(n_out, ==, 10);
    assert_err(n2_part_hand_out(part, 0, 10, 8, &n_out), N2_ERR_CLOSED);
    g_assert_nonnull(disk_mem_bytes(f.disk, disk_mem_path(f.disk, 0), &len));
    f.disk->fail_at = f.disk->calls + 1;
    assert_err(n2_part_read(part, 0, buf, sizeof buf), N2_ERR_IO);
    f.disk->fail_at = f.disk->calls + 1;
    assert_err(n2_part_write(part, 1, t.bytes + N2_GROUP_BYTES, TWO_GROUPS - N2_GROUP_BYTES),
               N2_ERR_IO); /* and from then on */
    f.disk->fail_at = 0;
    assert_err(n2_part_read(part, 0, buf, sizeof buf), N2_ERR_IO);
    assert_err(n2_part_hand_out(part, 0, 10, 7, &n_out), N2_ERR_IO);
    assert_err(n2_part_write(part, 1, t.bytes + N2_GROUP_BYTES, TWO_GROUPS - N2_GROUP_BYTES),
               N2_ERR_IO);
    assert_err(n2_part_finish(part), N2_ERR_IO);
    n2_part_free(part);
    n2_tree_root_of(&f.crypto, N2_METHOD_SHA256, small, 100, small_ref.id.hash);
    assert_ok(n2_part_open(&part, batch, &small_ref, N2_CONTENT_PLAIN));
    assert_ok(n2_part_write(part, 0, small, 100));
    assert_ok(n2_part_read(part, 3, buf, 10));
    g_assert_cmpmem(buf, 10, small + 3, 10);
    assert_err(n2_part_hand_out(part, 0, 10, 7, &n_out), N2_ERR_UNSUPPORTED);
    n2_part_free(part);
    n2_part_free(NULL);
    n2_batch_free(batch);
    n2_batch_free(NULL);
    n2_store_writer_free(NULL);
    n2_store_close(NULL);
    n2_fsck_free(NULL);
    g_free(t.bytes);
    fixture_clear(&f);
}

/* A file that got shorter under a part is told, not read as zeros. */
static void
test_file_gets_shorter(void)
{
    guint8 buf[64];
    n2_batch *batch = NULL;
    n2_part *part = NULL;
    n2_file file = -1;
    fixture f;
    two t;

    fixture_init(&f, FALSE);
    make_two(&f, &t);
    assert_ok(n2_batch_new(&batch, f.store, 0));
    open_two(&part, batch, &t);
    assert_ok(n2_part_write(part, 0, t.bytes, N2_GROUP_BYTES));
    assert_ok(f.disk->disk.open(f.disk, disk_mem_path(f.disk, 0), N2_OPEN_WRITE, &file));
    assert_ok(f.disk->disk.truncate(f.disk, file, 20));
    assert_ok(f.disk->disk.close(f.disk, file));
    assert_err(n2_part_read(part, 0, buf, sizeof buf), N2_ERR_CORRUPT);
    n2_part_free(part);
    n2_batch_free(batch);
    g_free(t.bytes);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/edges/broken", test_broken);
    g_test_add_func("/store/edges/lists-stop", test_lists_stop);
    g_test_add_func("/store/edges/odd-rows", test_odd_rows);
    g_test_add_func("/store/edges/take-over", test_take_over);
    g_test_add_func("/store/edges/read-back", test_read_back);
    g_test_add_func("/store/edges/file-gets-shorter", test_file_gets_shorter);
    return g_test_run();
}
