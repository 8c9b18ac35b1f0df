/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-commands.c - the examples of commands in daemon/PROTOCOL.md are what the code
 *                            makes and takes, byte for byte.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/tree.h"
#include "protocol-page.h"
#include "share/talk.h"
#include "vm/verify.h"
#include "wire/box.h"

static void
expect_block(const char *what, n2_asm *a)
{
    guint8 *block;
    gsize len;

    g_assert_cmpint(n2_asm_finish(a, &block, &len), ==, N2_OK);
    g_assert_cmpint(n2_block_verify(block + 1, len - 1, NULL), ==, N2_OK);
    protocol_page_expect(what, block, len);
    free(block);
}

/* The example's content: five bytes. */
static n2_ref
example(void)
{
    n2_ref ref = {.id = {.method = N2_METHOD_SHA256}, .size = 5};
    n2_crypto crypto;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    n2_tree_root_of(&crypto, N2_METHOD_SHA256, (const guint8 *)"hello", 5, ref.id.hash);
    n2_crypto_clear(&crypto);
    return ref;
}

static void
put_object(n2_asm *a, const n2_ref *ref)
{
    guint8 bytes[N2_REF_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);

    n2_write_u8(&w, ref->id.method);
    n2_write_bytes(&w, ref->id.hash, sizeof ref->id.hash);
    n2_write_u64(&w, ref->size);
    n2_asm_bytes(a, bytes, sizeof bytes);
    n2_asm_word(a, N2_WORD_OBJECT);
}

static void
test_questions(void)
{
    n2_ref ref = example();
    n2_asm a = n2_asm_init();

    n2_asm_u64(&a, 1);
    n2_asm_word(&a, N2_WORD_TAG);
    put_object(&a, &ref);
    n2_asm_word(&a, N2_WORD_STAT);
    expect_block("stat", &a);

    a = n2_asm_init();
    n2_asm_u64(&a, 2);
    n2_asm_word(&a, N2_WORD_TAG);
    put_object(&a, &ref);
    n2_asm_u64(&a, 0);
    n2_asm_u64(&a, 5);
    n2_asm_u64(&a, UINT64_C(0x0800000000000000));
    n2_asm_word(&a, N2_WORD_READ);
    expect_block("read", &a);
}

static void
test_answers(void)
{
    n2_asm a = n2_talk_values();

    n2_asm_u64(&a, 5);
    n2_asm_s64(&a, N2_OK);
    n2_asm_u64(&a, 1);
    n2_asm_word(&a, N2_WORD_DELIVER);
    expect_block("answer", &a);

    a = n2_talk_values();
    n2_asm_s64(&a, N2_ERR_NOTFOUND);
    n2_asm_u64(&a, 1);
    n2_asm_word(&a, N2_WORD_DELIVER);
    expect_block("error", &a);
}

static void
test_units(void)
{
    static const struct {
        guint64 len;
        guint unit;
    } rows[] = {{1, 32},    {32, 32},   {33, 128},   {128, 128},
                {129, 512}, {512, 512}, {513, 2048}, {1 << 20, 2048}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpuint(n2_read_unit(rows[i].len), ==, rows[i].unit);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/commands/questions", test_questions);
    g_test_add_func("/protocol/commands/answers", test_answers);
    g_test_add_func("/protocol/commands/units", test_units);
    return g_test_run();
}
