/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve-follow.c - a path followed for a stranger: as far as it goes, within limits.
 */
#include "crypto/directory.h"
#include "crypto/tree.h"
#include "serve-fixture.h"
#include "transport/region.h"

enum {
    LONG_BYTES = 2 * N2_GROUP_BYTES + 100,
    MIDDLE_BYTES = N2_SERVE_GIVEN_BYTES + 1,
    DEEP = N2_SERVE_FOLDERS_MAX + 3,
    WIDE = 700 /* entries of a folder that is longer than a string may be */
};

typedef struct {
    fixture f;
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
    guint8 *bytes;
    n2_ref root;
    GString *deep; /* x/x/.../end */
} world;

static void
add(world *t, n2_batch *batch, n2_tree_maker *maker, const char *path, gsize len)
{
    n2_ref ref;

    assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, t->bytes, len, N2_CONTENT_PLAIN, &ref));
    assert_ok(n2_tree_maker_add(maker, path, strlen(path), N2_ENTRY_FILE, &ref, NULL, 0));
}

static void
set_up(world *t, gconstpointer data)
{
    n2_tree_maker *maker;
    n2_batch *batch;
    gint64 owner;

    (void)data;
    memset(t, 0, sizeof *t);
    fixture_init(&t->f, FALSE);
    t->bytes = fixture_bytes(3, LONG_BYTES);
    t->deep = g_string_new(NULL);
    for (guint i = 0; i < DEEP; i++)
        g_string_append(t->deep, "x/");
    g_string_append(t->deep, "end");
    assert_ok(n2_batch_new(&batch, t->f.store, 0));
    assert_ok(n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL));
    add(t, batch, maker, "a/b/long", LONG_BYTES);
    add(t, batch, maker, "a/b/short", 100);
    add(t, batch, maker, "a/given", N2_SERVE_GIVEN_BYTES);
    add(t, batch, maker, "a/middle", MIDDLE_BYTES);
    add(t, batch, maker, "empty", 0);
    for (guint i = 0; i < WIDE; i++) {
        g_autofree char *name = g_strdup_printf("wide/%0100u", i);

        add(t, batch, maker, name, 1);
    }
    add(t, batch, maker, t->deep->str, 5);
    assert_ok(n2_tree_maker_finish(maker, &t->root));
    n2_tree_maker_free(maker);
    assert_ok(n2_store_flush(t->f.store));
    assert_ok(n2_store_owner(t->f.store, N2_OWNER_PIN, "pins", 0, &owner));
    assert_ok(n2_store_ref_set(t->f.store, owner, "tree", &t->root.id, 0));
    n2_batch_free(batch);
    serve_begin(&t->f, &t->ops, &t->talk, &t->serve);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    serve_end(&t->ops, &t->talk, t->serve);
    g_free(t->bytes);
    g_string_free(t->deep, TRUE);
    fixture_clear(&t->f);
}

/* The answer, and what is sent before it. */
typedef struct {
    n2_vm vm;
    n2_budget budget;
    guint8 *block;
    n2_call call;
    n2_op sends[N2_SERVE_GROUPS_MAX + 1];
    guint n_sends;
} answer;

static void
take_answer(world *t, answer *a)
{
    n2_op op;

    a->n_sends = 0;
    for (;;) {
        g_assert_true(n2_op_queue_pop(&t->ops, &op));
        if (op.kind != N2_OP_SEND)
            break;
        a->sends[a->n_sends++] = op;
    }
    a->block = serve_take(&op, &a->vm, &a->budget, &a->call);
    g_assert_cmpuint(a->call.tag, ==, 9);
}

static void
follow(world *t, const char *path, guint64 groups, guint64 address, answer *out)
{
    guint8 ref[N2_REF_BYTES];
    n2_writer w = n2_writer_init(ref, sizeof ref);
    n2_asm a = n2_asm_init();

    n2_write_u8(&w, t->root.id.method);
    n2_write_bytes(&w, t->root.id.hash, sizeof t->root.id.hash);
    n2_write_u64(&w, t->root.size);
    n2_asm_u64(&a, 9);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, ref, sizeof ref);
    n2_asm_word(&a, N2_WORD_OBJECT);
    n2_asm_bytes(&a, path, strlen(path));
    n2_asm_u64(&a, groups);
    n2_asm_u64(&a, address);
    n2_asm_word(&a, N2_WORD_FOLLOW);
    assert_ok(serve_say(&t->talk, t->serve, &a, 0));
    take_answer(t, out);
}

static void
clear(answer *a)
{
    n2_vm_clear(&a->vm);
    g_free(a->block);
}

#define ADDRESS n2_region_address(N2_REGION_PLANE_MAX + 5, 3)

/* Folders that are answered, and what is at the end. */
static const struct {
    const char *path;
    guint n_folders;
    gboolean is_reached;
    guint64 size;
    gsize last_bytes; /* of the last value */
    guint n_sends;    /* of 16 groups */
} ways[] = {
    {"a/b/short", 3, TRUE, 100, 100, 0},
    {"a/b/long", 3, TRUE, LONG_BYTES, 3 * N2_HASH_BYTES, 3},
    {"a/given", 2, TRUE, N2_SERVE_GIVEN_BYTES, N2_SERVE_GIVEN_BYTES, 0},
    {"a/middle", 2, TRUE, MIDDLE_BYTES, 0, 1},
    {"empty", 1, TRUE, 0, 0, 0},
    {"nothing", 1, FALSE, 0, 0, 0},
    {"a/nothing/at/all", 2, FALSE, 0, 0, 0},
    {"a/b/short/below", 3, FALSE, 0, 0, 0},
    {"wide/1", 1, FALSE, 0, 0, 0}, /* the folder is longer than a string */
    {"wide", 1, TRUE, 0, 0, 1},    /* as a content it comes like any other */
};

static void
test_ways(world *t, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        answer a;

        g_test_message("%s", ways[i].path);
        follow(t, ways[i].path, N2_SERVE_GROUPS_MAX, ADDRESS, &a);
        assert_ok(a.call.err);
        g_assert_cmpuint(a.call.n_values, ==, ways[i].n_folders + 3 * ways[i].is_reached);
        for (guint k = 0; k < ways[i].n_folders; k++)
            g_assert_cmpint(a.call.values[k].type, ==, 'b');
        g_assert_cmpuint(a.n_sends, ==, ways[i].n_sends);
        if (ways[i].is_reached) {
            const n2_value *v = &a.call.values[ways[i].n_folders];

            if (ways[i].size)
                g_assert_cmpuint(v[0].u, ==, ways[i].size);
            g_assert_cmpuint(v[1].u, ==, ways[i].n_sends);
            g_assert_cmpuint(v[2].len, ==, ways[i].last_bytes);
            if (v[0].u <= N2_SERVE_GIVEN_BYTES)
                g_assert_cmpmem(v[2].bytes, v[2].len, t->bytes, v[0].u);
        }
        for (guint k = 0; k < a.n_sends; k++)
            n2_serve_sent(t->serve, CONN, a.sends[k].tag);
        clear(&a);
    }
}

/* Each group to a region of its own, the last unit not cut to what is left. */
static void
test_groups(world *t, gconstpointer data)
{
    answer a;

    (void)data;
    follow(t, "a/b/long", 2, ADDRESS, &a);
    g_assert_cmpuint(a.n_sends, ==, 2);
    clear(&a);
    follow(t, "a/b/long", 3, ADDRESS, &a);
    g_assert_cmpuint(a.n_sends, ==, 3);
    for (guint i = 0; i < 3; i++) {
        gsize at = (gsize)i * N2_GROUP_BYTES;

        g_assert_cmphex(a.sends[i].address, ==,
                        n2_region_address(N2_REGION_PLANE_MAX + 5 + i, 3));
        g_assert_cmpuint(a.sends[i].unit, ==, 2048);
        g_assert_cmpmem(a.sends[i].memory, a.sends[i].size, t->bytes + at,
                        MIN(LONG_BYTES - at, N2_GROUP_BYTES));
    }
    clear(&a);
    /* Numbers end; and who takes no large packets is asked to read. */
    follow(t, "a/b/long", 3, n2_region_address(N2_REGION_INDICES - 1, 0), &a);
    g_assert_cmpuint(a.n_sends, ==, 1);
    clear(&a);
    n2_talk_find(&t->talk, CONN)->unit_max = 512;
    follow(t, "a/b/long", 3, ADDRESS, &a);
    assert_ok(a.call.err);
    g_assert_cmpuint(a.n_sends, ==, 0);
    g_assert_cmpuint(a.call.values[4].u, ==, 0);
    clear(&a);
}

/* The reads of one connection are counted, whoever begins them. */
static void
test_sends_are_bounded(world *t, gconstpointer data)
{
    guint n = 0;

    (void)data;
    for (guint i = 0; i < N2_SERVE_SENDS_MAX; i++) {
        answer a;

        follow(t, "a/b/long", 3, ADDRESS, &a);
        assert_ok(a.call.err);
        n += a.n_sends;
        clear(&a);
    }
    g_assert_cmpuint(n, ==, N2_SERVE_SENDS_MAX);
}

/* N2_SERVE_FOLDERS_MAX folders, no more. */
static void
test_deep(world *t, gconstpointer data)
{
    answer a;

    (void)data;
    g_string_truncate(t->deep, 2 * (N2_SERVE_FOLDERS_MAX + 1) - 1); /* names: one too many */
    follow(t, t->deep->str, 0, 0, &a);
    assert_ok(a.call.err);
    g_assert_cmpuint(a.call.n_values, ==, N2_SERVE_FOLDERS_MAX);
    clear(&a);
    g_string_truncate(t->deep, 2 * N2_SERVE_FOLDERS_MAX - 1);
    follow(t, t->deep->str, 0, 0, &a);
    assert_ok(a.call.err);
    g_assert_cmpuint(a.call.n_values, ==, N2_SERVE_FOLDERS_MAX + 3);
    clear(&a);
}

static void
test_usage(world *t, gconstpointer data)
{
    static const struct {
        const char *path;
        guint64 groups, address;
    } rows[] = {
        {"/a", 0, 0},          {"a/", 0, 0},
        {"a//b", 0, 0},        {"/", 0, 0},
        {"a", 1, 0},           {"a", N2_SERVE_GROUPS_MAX + 1, UINT64_C(1) << 62},
        {"a", 1, UINT64_C(1)}, {"a", 1, UINT64_C(1) << 63},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        answer a;

        follow(t, rows[i].path, rows[i].groups, rows[i].address, &a);
        g_assert_cmpstr(n2_err_name(a.call.err), ==, n2_err_name(N2_ERR_USAGE));
        clear(&a);
    }
}

/* What it was given, with no folders before it; without groups the address is not looked at. */
static void
test_no_path(world *t, gconstpointer data)
{
    answer a;

    (void)data;
    follow(t, "", 0, UINT64_MAX, &a);
    assert_ok(a.call.err);
    g_assert_cmpuint(a.call.n_values, ==, 3);
    g_assert_cmpuint(a.call.values[0].u, ==, a.call.values[2].len);
    g_assert_cmpuint(a.call.values[1].u, ==, 0);
    g_assert_cmpuint(a.call.values[2].len, >, 0);
    g_assert_cmpuint(a.n_sends, ==, 0);
    clear(&a);
}

/* A tree that nobody signed here. */
static void
test_no_tree(world *t, gconstpointer data)
{
    static const struct {
        gsize len;
        guint8 method;
        n2_err want;
    } rows[] = {{N2_ID_BYTES, N2_METHOD_SHA256, N2_ERR_NOTFOUND},
                {N2_ID_BYTES, 9, N2_ERR_UNSUPPORTED},
                {N2_ID_BYTES - 1, N2_METHOD_SHA256, N2_ERR_FORMAT}};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 id[N2_ID_BYTES] = {rows[i].method, 1, 2, 3};
        n2_asm a = n2_asm_init();
        answer got;

        n2_asm_u64(&a, 9);
        n2_asm_word(&a, N2_WORD_TAG);
        n2_asm_bytes(&a, id, rows[i].len);
        n2_asm_word(&a, N2_WORD_TREE);
        n2_asm_word(&a, N2_WORD_STAT);
        assert_ok(serve_say(&t->talk, t->serve, &a, 0));
        take_answer(t, &got);
        g_assert_cmpstr(n2_err_name(got.call.err), ==, n2_err_name(rows[i].want));
        clear(&got);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add("/share/follow/" path, world, NULL, set_up, func, tear_down)
    ADD("ways", test_ways);
    ADD("groups", test_groups);
    ADD("sends-are-bounded", test_sends_are_bounded);
    ADD("deep", test_deep);
    ADD("usage", test_usage);
    ADD("no-path", test_no_path);
    ADD("no-tree", test_no_tree);
    return g_test_run();
}
