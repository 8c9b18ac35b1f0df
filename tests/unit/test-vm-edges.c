/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-vm-edges.c - the edges of blocks, streams and the virtual machine: nothing, one more
 * than enough, a place that is too small.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "vm/asm.h"
#include "vm/stream.h"
#include "vm/verify.h"
#include "vm/vm.h"
#include "vm/words.h"

static void
feed(n2_block_stream *s, const guint8 *bytes, gsize len)
{
    g_assert_cmpint(n2_block_stream_input(s, bytes, len), ==, N2_OK);
}

/* A block makes the room grow; once all is taken the room is given back. */
static void
test_room_is_given_back(void)
{
    enum {
        LEN = 300000
    };
    g_autofree guint8 *bytes = g_malloc0(LEN + 3);
    n2_block_stream s;
    const guint8 *block;
    gsize len;

    n2_block_stream_init(&s);
    bytes[0] = 0x80 | LEN >> 14;
    bytes[1] = 0x80 | (LEN >> 7 & 0x7f);
    bytes[2] = LEN & 0x7f;
    feed(&s, bytes, LEN / 2);
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_null(block);
    feed(&s, bytes + LEN / 2, LEN + 3 - LEN / 2);
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_cmpuint(len, ==, LEN);
    g_assert_cmpuint(s.room, >=, LEN);
    feed(&s, NULL, 0);
    g_assert_cmpuint(s.room, ==, 0);
    feed(&s, (const guint8 *)"\x01\x01", 2); /* and it goes on */
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_cmpuint(len, ==, 1);
    feed(&s, (const guint8 *)"\x00\x00", 2); /* padding */
    g_assert_cmpuint(s.room, >, 0);
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_null(block);
    g_assert_cmpuint(s.room, ==, 0);
    feed(&s, (const guint8 *)"\x02\x01", 2); /* half a block: it stays */
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_null(block);
    feed(&s, (const guint8 *)"\x01", 1);
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_cmpuint(len, ==, 2);
    n2_block_stream_clear(&s);
}

/* Who never takes what is there gets no more memory than one block needs. */
static void
test_nobody_takes(void)
{
    g_autofree guint8 *bytes = g_malloc0(256 * 1024);
    n2_block_stream s;
    n2_err err = N2_OK;
    guint n = 0;

    n2_block_stream_init(&s);
    memset(bytes, 1, 256 * 1024); /* blocks of one byte each */
    while (!err && n++ < 100)
        err = n2_block_stream_input(&s, bytes, 256 * 1024);
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(s.len, <=, N2_VM_BLOCK_BYTES_MAX + 512 * 1024);
    n2_block_stream_clear(&s);
}

/* A length whose bytes come one by one. */
static void
test_length_in_pieces(void)
{
    n2_block_stream s;
    const guint8 *block;
    gsize len;

    n2_block_stream_init(&s);
    feed(&s, (const guint8 *)"\x81", 1);
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_null(block);
    feed(&s, (const guint8 *)"\x00", 1); /* 128 */
    for (guint i = 0; i < 128; i++) {
        g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
        g_assert_null(block);
        feed(&s, (const guint8 *)"\x01", 1);
    }
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_OK);
    g_assert_cmpuint(len, ==, 128);
    n2_block_stream_clear(&s);
}

/* ---- the machine ---- */

static n2_err
run(n2_vm *vm, n2_asm *a, n2_call *call, guint8 **block)
{
    n2_budget budget;
    gsize len;

    g_assert_cmpint(n2_asm_finish(a, block, &len), ==, N2_OK);
    gsize head = 1;
    while ((*block)[head - 1] & 0x80)
        head++;
    n2_budget_init(&budget, 0);
    g_assert_cmpint(n2_vm_load(vm, *block + head, len - head, ~0u, &budget), ==, N2_OK);
    return n2_vm_step(vm, call);
}

static void
test_concat_of_nothing(void)
{
    static const char *const parts[][2] = {{"", ""}, {"a", ""}, {"", "b"}, {"a", "b"}};
    n2_vm vm;

    n2_vm_init(&vm);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *want = g_strconcat(parts[i][0], parts[i][1], NULL);
        n2_asm a = n2_asm_init();
        n2_call call;
        guint8 *block;

        n2_asm_bytes(&a, parts[i][0], strlen(parts[i][0]));
        n2_asm_bytes(&a, parts[i][1], strlen(parts[i][1]));
        n2_asm_word(&a, N2_WORD_CONCAT);
        g_assert_cmpint(run(&vm, &a, &call, &block), ==, N2_OK);
        g_assert_cmpmem(vm.stack[0].bytes, vm.stack[0].len, want, strlen(want));
        free(block);
    }
    n2_vm_clear(&vm);
}

static void
test_errors_out_of_range(void)
{
    static const gint64 numbers[] = {G_MININT64, (gint64)G_MININT32 - 1, (gint64)G_MAXINT32 + 1,
                                     G_MAXINT64};
    n2_vm vm;

    n2_vm_init(&vm);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        n2_asm a = n2_asm_init();
        n2_call call;
        guint8 *block;

        n2_asm_s64(&a, numbers[i]);
        n2_asm_u64(&a, 1);
        n2_asm_word(&a, N2_WORD_DELIVER);
        g_assert_cmpint(run(&vm, &a, &call, &block), ==, N2_OK);
        g_assert_cmpint(call.err, ==, N2_ERR_STATE);
        free(block);
    }
    n2_vm_clear(&vm);
}

/* ---- text ---- */

/* Every operand; into every size of place, which is never overrun and always ended. */
static void
test_text_fits(void)
{
    static const guint8 bytes[60] = {1, 2, 3};
    n2_asm a = n2_asm_init();
    char whole[512], part[512];
    guint8 *block;
    gsize len;

    n2_asm_f64(&a, 1.5);
    n2_asm_s64(&a, -7);
    n2_asm_u64(&a, 9);
    n2_asm_bytes(&a, bytes, sizeof bytes); /* longer than what is shown */
    n2_asm_word(&a, N2_WORD_DROP);
    g_assert_cmpint(n2_asm_finish(&a, &block, &len), ==, N2_OK);
    (void)n2_block_disassemble(block + 1, len - 1, whole, sizeof whole);
    g_assert_nonnull(strstr(whole, "f64 1.5\n"));
    g_assert_nonnull(strstr(whole, "...\ndrop\n"));
    for (gsize size = 1; size < strlen(whole) + 2; size++) {
        memset(part, 'x', sizeof part);
        (void)n2_block_disassemble(block + 1, len - 1, part, size);
        g_assert_cmpuint(strlen(part), <, size);
        g_assert_true(g_str_has_prefix(whole, part));
        g_assert_cmpint(part[size], ==, 'x');
    }
    free(block);
}

static void
test_names(void)
{
    char small[40];

    g_assert_cmpstr(n2_operand_name(N2_OPERAND_NONE), ==, "-");
    g_assert_cmpstr(n2_operand_name(N2_OPERAND_U64), ==, "u64");
    g_assert_cmpstr(n2_operand_name(N2_OPERAND_S64), ==, "s64");
    g_assert_cmpstr(n2_operand_name(N2_OPERAND_F64), ==, "f64");
    g_assert_cmpstr(n2_operand_name(N2_OPERAND_BYTES), ==, "bytes");
    g_assert_cmpuint(n2_words_manual(small, sizeof small), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vm/edges/room-is-given-back", test_room_is_given_back);
    g_test_add_func("/vm/edges/nobody-takes", test_nobody_takes);
    g_test_add_func("/vm/edges/length-in-pieces", test_length_in_pieces);
    g_test_add_func("/vm/edges/concat-of-nothing", test_concat_of_nothing);
    g_test_add_func("/vm/edges/errors-out-of-range", test_errors_out_of_range);
    g_test_add_func("/vm/edges/text-fits", test_text_fits);
    g_test_add_func("/vm/edges/names", test_names);
    return g_test_run();
}
