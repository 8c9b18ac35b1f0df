/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve-walk.c - many short contents asked for in one go, by a stranger: what is written,
 *                     what is told, within limits.
 */
#include <stdlib.h>

#include "crypto/directory.h"
#include "serve-world.h"
#include "transport/region.h"

enum {
    SHORT_BYTES = 300,
    SHORTS = 3
};

#define ADDRESS n2_region_address(N2_REGION_PLANE_MAX + 5, 3)

static GByteArray *
wish(void)
{
    return g_byte_array_new();
}

static void
want_entries(GByteArray *refs, const n2_ref *ref, guint64 size, guint32 first, guint32 count)
{
    guint8 bytes[N2_WALK_PIECE_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);

    n2_write_u8(&w, ref->id.method);
    n2_write_bytes(&w, ref->id.hash, sizeof ref->id.hash);
    n2_write_u64(&w, size);
    n2_write_u32(&w, first);
    n2_write_u32(&w, count);
    g_byte_array_append(refs, bytes, sizeof bytes);
}

static void
want(GByteArray *refs, const n2_ref *ref, guint64 size)
{
    want_entries(refs, ref, size, 0, 0);
}

static void
walk(world *t, const GByteArray *refs, guint64 address)
{
    n2_asm a = n2_asm_init();

    n2_asm_u64(&a, 9);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, refs->data, refs->len);
    n2_asm_u64(&a, address);
    n2_asm_word(&a, N2_WORD_WALK);
    assert_ok(say(t, &a, 0));
}

/* What is sent, then the answer. */
static n2_op
take(world *t, answer *out)
{
    n2_op send;

    g_assert_true(n2_op_queue_pop(&t->ops, &send));
    g_assert_cmpint(send.kind, ==, N2_OP_SEND);
    next_answer(t, out);
    assert_ok(out->call.err);
    g_assert_cmpuint(out->call.n_values, ==, 1);
    return send;
}

static n2_ref
short_one(world *t, guint i)
{
    g_autofree char *slot = g_strdup_printf("short %u", i);

    return put(t, t->bytes + 1000 * (gsize)i, SHORT_BYTES, slot, 0);
}

/* One behind the other, zeros for those that are not here or not for a stranger, which look
 * alike. */
static void
test_written(world *t, gconstpointer data)
{
    g_autoptr(GByteArray) refs = wish();
    static const guint8 nothing[SHORT_BYTES];
    n2_ref absent = {.id = {.method = N2_METHOD_SHA256, .hash = {1}}, .size = SHORT_BYTES};
    n2_ref one = short_one(t, 1), two = short_one(t, 2);
    answer a;
    (void)data;

    want(refs, &one, one.size);
    want(refs, &absent, absent.size);
    want(refs, &t->closed, t->closed.size);
    want(refs, &t->loose, t->loose.size);
    want(refs, &two, two.size);
    want(refs, &one, one.size + 1); /* of another size */
    walk(t, refs, ADDRESS);
    n2_op send = take(t, &a);

    g_assert_cmpuint(send.address, ==, ADDRESS);
    g_assert_cmpuint(send.unit, ==, 2048);
    g_assert_cmpuint(send.size, ==,
                     3 * SHORT_BYTES + t->closed.size + t->loose.size + SHORT_BYTES + 1);
    g_assert_cmpmem(send.memory, SHORT_BYTES, t->bytes + 1000, SHORT_BYTES);
    g_assert_cmpmem(send.memory + SHORT_BYTES, SHORT_BYTES, nothing, SHORT_BYTES);
    g_assert_cmpmem(send.memory + 2 * SHORT_BYTES, SHORT_BYTES, nothing, SHORT_BYTES);
    g_assert_cmpmem(send.memory + 2 * SHORT_BYTES + t->closed.size + t->loose.size, SHORT_BYTES,
                    t->bytes + 2000, SHORT_BYTES);
    g_assert_cmpmem(a.call.values[0].bytes, a.call.values[0].len, "\1\0\0\0\1\0", 6);
    clear_answer(&a);
    n2_serve_sent(t->serve, CONN, send.tag);
}

/* Entries by their numbers in a folder; a folder that is not for a stranger is not here. */
static void
test_entries(world *t, gconstpointer data)
{
    static const struct {
        guint32 first, count;
        n2_err err;
    } rows[] = {
        {0, 2, N2_OK},
        {1, 2, N2_OK},
        {2, 1, N2_OK},
        {2, 2, N2_ERR_USAGE},
        {3, 1, N2_ERR_USAGE},
        {0, 4, N2_ERR_USAGE},
        {UINT32_MAX, 2, N2_ERR_USAGE},
        {2, UINT32_MAX, N2_ERR_USAGE},
    };
    n2_ref refs[SHORTS];
    n2_directory_maker *maker;
    guint8 *folder;
    gsize len;
    (void)data;

    assert_ok(n2_directory_maker_new(&maker, NULL));
    for (guint i = 0; i < SHORTS; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);

        refs[i] = short_one(t, i + 1);
        assert_ok(n2_directory_maker_add(
            maker, &(n2_entry_spec){
                       .name = name, .name_len = 1, .type = N2_ENTRY_FILE, .ref = refs[i]}));
    }
    assert_ok(n2_directory_maker_finish(maker, &folder, &len));
    n2_directory_maker_free(maker);
    n2_ref open = put(t, folder, len, "folder", 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GByteArray) wanted = wish();
        answer a;

        want_entries(wanted, &open, open.size, rows[i].first, rows[i].count);
        walk(t, wanted, ADDRESS);
        if (rows[i].err) {
            assert_answer(t, 9, rows[i].err);
            continue;
        }
        n2_op send = take(t, &a);
        g_assert_cmpuint(send.size, ==, rows[i].count * SHORT_BYTES);
        for (guint k = 0; k < rows[i].count; k++)
            g_assert_cmpmem(send.memory + k * SHORT_BYTES, SHORT_BYTES,
                            t->bytes + 1000 * (1 + rows[i].first + k), SHORT_BYTES);
        clear_answer(&a);
        n2_serve_sent(t->serve, CONN, send.tag);
    }
    g_autoptr(GByteArray) not_a_folder = wish();
    want_entries(not_a_folder, &refs[0], refs[0].size, 0, 1);
    walk(t, not_a_folder, ADDRESS);
    assert_answer(t, 9, N2_ERR_NOTFOUND);
    g_autoptr(GByteArray) closed = wish();
    want_entries(closed, &t->closed, t->closed.size, 0, 1);
    walk(t, closed, ADDRESS);
    assert_answer(t, 9, N2_ERR_NOTFOUND);
    free(folder);
}

static const struct {
    const char *name;
    guint n;
    guint64 size, address;
    gsize more; /* bytes behind the last reference */
    n2_err err;
} wrong[] = {
    {"none", 0, 0, 1, 0, N2_ERR_USAGE},
    {"half-a-reference", 1, SHORT_BYTES, 1, 7, N2_ERR_FORMAT},
    {"no-address", 1, SHORT_BYTES, 0, 0, N2_ERR_USAGE},
    {"top-address", 1, SHORT_BYTES, UINT64_C(1) << 63, 0, N2_ERR_USAGE},
    {"too-long", 2, N2_GROUP_BYTES, 1, 0, N2_ERR_USAGE},
    {"size-unknown", 1, N2_SIZE_UNKNOWN, 1, 0, N2_ERR_USAGE},
    {"empty", 3, 0, 1, 0, N2_ERR_USAGE},
    {"too-many", N2_WALK_CONTENTS_MAX + 1, 1, 1, 0, N2_ERR_USAGE},
    {"not-here", 2, SHORT_BYTES + 1, 1, 0, N2_ERR_NOTFOUND},
};

static void
test_wrong(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GByteArray) refs = wish();
        world t;

        g_test_message("%s", wrong[i].name);
        set_up(&t, NULL);
        n2_ref one = short_one(&t, 1);
        for (guint k = 0; k < wrong[i].n; k++)
            want(refs, &one, wrong[i].size);
        g_byte_array_append(refs, (const guint8 *)"1234567", (guint)wrong[i].more);
        walk(&t, refs, wrong[i].address);
        assert_answer(&t, 9, wrong[i].err);
        tear_down(&t, NULL);
    }
}

/* Copies of all askers together are bounded, and make room when they were sent. */
static void
test_memory(world *t, gconstpointer data)
{
    g_autoptr(GByteArray) refs = wish();
    n2_ref big = put(t, t->bytes, N2_GROUP_BYTES, "group", 0);
    guint64 tag = 0;
    answer a;
    (void)data;

    want(refs, &big, big.size);
    for (guint i = 0; i < N2_SERVE_WALK_BYTES / N2_GROUP_BYTES; i++) {
        walk(t, refs, ADDRESS);
        tag = take(t, &a).tag;
        clear_answer(&a);
    }
    walk(t, refs, ADDRESS);
    assert_answer(t, 9, N2_ERR_LIMIT);
    n2_serve_sent(t->serve, CONN, tag);
    walk(t, refs, ADDRESS);
    (void)take(t, &a);
    clear_answer(&a);
    n2_serve_closed(t->serve, CONN);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/serve-walk/written", world, NULL, set_up, test_written, tear_down);
    g_test_add("/serve-walk/entries", world, NULL, set_up, test_entries, tear_down);
    g_test_add_func("/serve-walk/wrong", test_wrong);
    g_test_add("/serve-walk/memory", world, NULL, set_up, test_memory, tear_down);
    return g_test_run();
}
