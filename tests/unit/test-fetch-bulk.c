/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch-bulk.c - many short contents in one go: a folder of them pinned, and read whole;
 *                     holders that lie about them, go, or do not know how.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "crypto/tree.h"
#include "two-nodes.h"

enum {
    FOLDERS = 3,
    FILES = 220,
    FILE_BYTES = 600,
    LARGE_BYTES = N2_GROUP_BYTES + 5
};

typedef struct {
    two_nodes *w;
    guint8 *bytes;
    GByteArray *archive; /* as it was published */
} many;

static void
set_up(many *m, guint64 seed)
{
    m->archive = g_byte_array_new();
    m->w = two_nodes_new(seed);
    m->bytes = fixture_bytes(9, LARGE_BYTES + FOLDERS * FILES);
    for (guint k = 0; k < FOLDERS; k++) {
        g_autofree char *folder = g_strdup_printf("f%u", k);

        archive_add(m->archive, 1, folder, NULL, 0);
        for (guint i = 0; i < FILES; i++) {
            g_autofree char *path = g_strdup_printf("f%u/%04u", k, i);

            /* One of them empty, and one that is there twice. */
            archive_add(m->archive, 2, path,
                        m->bytes + (i == 8   ? 7
                                    : i == 9 ? 0
                                             : k * FILES + i),
                        i == 5 ? 0 : FILE_BYTES);
        }
    }
    archive_add(m->archive, 2, "large", m->bytes, LARGE_BYTES);
    archive_add(m->archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(m->w, 1, m->archive, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_meet(m->w);
}

static void
tear_down(many *m)
{
    two_nodes_free(m->w);
    g_byte_array_unref(m->archive);
    g_free(m->bytes);
}

static n2_err
pin(many *m)
{
    g_autofree char *address = two_nodes_address(m->w, 1, "");
    n2_notice done =
        two_nodes_do(m->w, 0, &(n2_request){.kind = N2_JOB_PIN, .address = address});
    n2_err err = done.err;

    if (!err)
        g_assert_cmpint(n2_table_get(done.table, 0, "files")->integer, ==, FOLDERS * FILES + 1);
    n2_notice_clear(&done);
    return err;
}

static void
assert_all_here(many *m)
{
    guint reads = m->w->node[1].reads;

    for (guint k = 0; k < FOLDERS; k++)
        for (guint i = 3; i < FILES; i += 100) {
            g_autofree char *path = g_strdup_printf("f%u/%04u", k, i);

            two_nodes_assert_page(m->w, 0, 1, path, m->bytes + k * FILES + i, FILE_BYTES);
        }
    two_nodes_assert_page(m->w, 0, 1, "large", m->bytes, LARGE_BYTES);
    g_assert_cmpuint(m->w->node[1].reads, ==, reads);
}

/* 660 files are asked for in a handful of questions. */
static void
test_few_questions(void)
{
    many m;

    set_up(&m, 1);
    assert_ok(pin(&m));
    g_assert_cmpuint(m.w->node[1].reads, <, 20);
    assert_all_here(&m);
    tear_down(&m);
}

static void
test_old_holder(void)
{
    many m;

    set_up(&m, 2);
    m.w->is_old = TRUE;
    assert_ok(pin(&m));
    g_assert_cmpuint(m.w->node[1].reads, >, FOLDERS * (FILES - 4));
    assert_all_here(&m);
    tear_down(&m);
}

static void
test_lost_connections(void)
{
    for (guint64 seed = 1; seed <= 4; seed++) {
        many m;

        set_up(&m, seed);
        m.w->lose_in_1000 = 200;
        assert_ok(pin(&m));
        m.w->lose_in_1000 = 0;
        assert_all_here(&m);
        tear_down(&m);
    }
}

/* ---- lies ---- */

static int lie;

static gboolean
is_of_many(const n2_call *call)
{
    return call->n_values == 1 && call->values[0].type == 'b' && call->values[0].len == FOLDERS;
}

static gboolean
change(two_nodes *w, const n2_call *call, n2_asm *values)
{
    guint8 has[FOLDERS + 1] = {1, 1, 1, 1};
    (void)w;

    if (!is_of_many(call))
        return FALSE;
    if (lie == 0)
        has[1] = 2;
    if (lie == 3)
        memset(has, 0, sizeof has);
    if (lie == 4)
        n2_asm_u64(values, 7);
    else
        n2_asm_bytes(values, has, FOLDERS + (lie == 1) - (lie == 2));
    return TRUE;
}

static const struct {
    const char *name;
    n2_err want;
} lies[] = {
    {"neither-yes-nor-no", N2_ERR_FORGED}, {"one-too-many", N2_ERR_FORGED},
    {"one-too-few", N2_ERR_FORGED},        {"nothing-is-here", N2_OK},
    {"a-number", N2_ERR_FORGED},
};

static void
test_lies(void)
{
    for (lie = 0; lie < (int)G_N_ELEMENTS(lies); lie++) {
        many m;

        g_test_message("%s", lies[lie].name);
        set_up(&m, 30 + (guint64)lie);
        m.w->tamper = change;
        g_assert_cmpstr(n2_err_name(pin(&m)), ==, n2_err_name(lies[lie].want));
        tear_down(&m);
    }
}

/* Attack 46: one wrong byte among many contents: nothing of that go is kept, and the holder is
 * out. */
static void
test_wrong_bytes(void)
{
    many m;

    set_up(&m, 40);
    m.w->wrong_bytes = TRUE;
    g_assert_cmpstr(n2_err_name(pin(&m)), ==, n2_err_name(N2_ERR_FORGED));
    m.w->wrong_bytes = FALSE;
    guint reads = m.w->node[1].reads;
    g_assert_cmpstr(n2_err_name(pin(&m)), !=, n2_err_name(N2_OK));
    g_assert_cmpuint(m.w->node[1].reads, ==, reads);
    m.w->now_us += N2_FETCH_REFUSED_US + N2_SECOND_US;
    assert_ok(pin(&m));
    assert_all_here(&m);
    tear_down(&m);
}

/* ---- read whole ---- */

typedef struct {
    guint8 type;
    guint64 size;
    guint offset; /* of the bytes, in the archive */
} found;

static GHashTable *
index_of(const GByteArray *archive)
{
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    n2_reader r = n2_reader_init(archive->data, archive->len);

    for (;;) {
        found f = {.type = n2_read_u8(&r)};

        if (f.type == 3)
            break;
        guint16 len = n2_read_u16(&r);
        char *path = g_malloc0((gsize)len + 1);
        n2_read_copy(&r, (guint8 *)path, len);
        f.size = n2_read_u64(&r);
        (void)n2_read_u64(&r);
        f.offset = archive->len - (guint)n2_reader_left(&r);
        g_autofree guint8 *skipped = g_malloc(f.size + 1);
        n2_read_copy(&r, skipped, f.size);
        g_assert_cmpint(r.err, ==, N2_OK);
        char *slash = strrchr(path, '/');
        g_autofree char *folder = slash ? g_strndup(path, (gsize)(slash - path)) : NULL;
        if (folder)
            g_assert_true(g_hash_table_contains(all, folder)); /* it came before */
        g_assert_true(g_hash_table_insert(all, path, g_memdup2(&f, sizeof f)));
    }
    g_assert_cmpuint(n2_reader_left(&r), ==, 0);
    return all;
}

static void
assert_same(const GByteArray *a, const GByteArray *b)
{
    g_autoptr(GHashTable) in_a = index_of(a), in_b = index_of(b);
    GHashTableIter iter;
    gpointer path, value;

    g_assert_cmpuint(g_hash_table_size(in_a), ==, g_hash_table_size(in_b));
    g_hash_table_iter_init(&iter, in_a);
    while (g_hash_table_iter_next(&iter, &path, &value)) {
        const found *x = value, *y = g_hash_table_lookup(in_b, path);

        g_assert_nonnull(y);
        g_assert_cmpint(x->type, ==, y->type);
        g_assert_cmpmem(a->data + x->offset, x->size, b->data + y->offset, y->size);
    }
}

static n2_err
read_whole(many *m, const char *path, GByteArray *bytes)
{
    g_autofree char *address = two_nodes_address(m->w, 1, path);
    n2_job job = two_nodes_start(m->w, 0,
                                 &(n2_request){.kind = N2_JOB_OPEN,
                                               .address = address,
                                               .no_index = true,
                                               .flags = N2_REQUEST_WHOLE});
    n2_notice info = {0};
    n2_notice done = two_nodes_finish(m->w, 0, job, bytes, &info);
    n2_err err = done.err;

    if (!err && !strcmp(path, ""))
        g_assert_nonnull(n2_table_get(info.table, 0, "whole"));
    n2_notice_clear(&info);
    n2_notice_clear(&done);
    return err;
}

static void
test_whole(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    many m;

    set_up(&m, 50);
    assert_ok(read_whole(&m, "", bytes));
    assert_same(m.archive, bytes);
    g_assert_cmpuint(m.w->node[1].reads, <, 20);
    /* And once more, where all is here; a file is a file. */
    g_byte_array_set_size(bytes, 0);
    assert_ok(read_whole(&m, "", bytes));
    assert_same(m.archive, bytes);
    g_byte_array_set_size(bytes, 0);
    assert_ok(read_whole(&m, "f1/0010", bytes));
    g_assert_cmpmem(bytes->data, bytes->len, m.bytes + FILES + 10, FILE_BYTES);
    tear_down(&m);
}

static void
test_whole_cancelled(void)
{
    many m;

    set_up(&m, 51);
    g_autofree char *address = two_nodes_address(m.w, 1, "");
    n2_job job = two_nodes_start(m.w, 0,
                                 &(n2_request){.kind = N2_JOB_OPEN,
                                               .address = address,
                                               .no_index = true,
                                               .flags = N2_REQUEST_WHOLE});

    for (guint i = 0; i < 200; i++)
        (void)two_nodes_step(m.w, UINT64_MAX);
    n2_control_cancel(m.w->node[0].control, job, m.w->now_us, m.w->wall_us);
    assert_ok(pin(&m)); /* goes on with what came */
    assert_all_here(&m);
    tear_down(&m);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fetch-bulk/few-questions", test_few_questions);
    g_test_add_func("/fetch-bulk/old-holder", test_old_holder);
    g_test_add_func("/fetch-bulk/lost-connections", test_lost_connections);
    g_test_add_func("/fetch-bulk/lies", test_lies);
    g_test_add_func("/fetch-bulk/attack-46-wrong-bytes", test_wrong_bytes);
    g_test_add_func("/fetch-bulk/whole", test_whole);
    g_test_add_func("/fetch-bulk/whole-cancelled", test_whole_cancelled);
    return g_test_run();
}
