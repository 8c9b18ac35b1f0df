/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve-walk.c - many short contents asked for in one go, by a stranger: what is written,
 *                     what is told, within limits.
 */
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
want(GByteArray *refs, const n2_ref *ref, guint64 size)
{
    guint8 bytes[N2_REF_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);

    n2_write_u8(&w, ref->id.method);
    n2_write_bytes(&w, ref->id.hash, sizeof ref->id.hash);
    n2_write_u64(&w, size);
    g_byte_array_append(refs, bytes, sizeof bytes);
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
    g_test_add_func("/serve-walk/wrong", test_wrong);
    g_test_add("/serve-walk/memory", world, NULL, set_up, test_memory, tear_down);
    return g_test_run();
}
