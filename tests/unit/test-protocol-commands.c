/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-commands.c - the examples of commands in daemon/PROTOCOL.md are what the code
 *                            makes and takes, byte for byte.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"
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
    gsize head = 1 + (block[0] >> 7); /* the blocks here are shorter than 16 KiB */
    g_assert_cmpint(n2_block_verify(block + head, len - head, NULL), ==, N2_OK);
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

/* The folder of the section "Trees", with one page in it; free(). */
static guint8 *
make_folder(gsize *len)
{
    static const char page[] = "# Hello\n";
    n2_attr type = {.name = (const guint8 *)N2_ATTR_TYPE,
                    .name_len = strlen(N2_ATTR_TYPE),
                    .type = N2_TYPE_TEXT,
                    .value = (const guint8 *)"text/markdown",
                    .len = strlen("text/markdown")};
    n2_entry_spec spec = {.name = "index.md",
                          .name_len = 8,
                          .type = N2_ENTRY_FILE,
                          .attrs = &type,
                          .n_attrs = 1,
                          .ref = {.id = {.method = N2_METHOD_SHA256}, .size = strlen(page)}};
    n2_directory_maker *maker;
    n2_crypto crypto;
    guint8 *bytes;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    n2_tree_root_of(&crypto, N2_METHOD_SHA256, (const guint8 *)page, strlen(page),
                    spec.ref.id.hash);
    n2_crypto_clear(&crypto);
    g_assert_cmpint(n2_directory_maker_new(&maker, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_add(maker, &spec), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_finish(maker, &bytes, len), ==, N2_OK);
    n2_directory_maker_free(maker);
    return bytes;
}

static const guint8 who[N2_ID_BYTES] = {1,    0xe9, 0x85, 0xb4, 0x51, 0x7b, 0x86, 0x91, 0x04,
                                        0x51, 0xaf, 0xde, 0x67, 0x21, 0xbf, 0x36, 0x66, 0x90,
                                        0xd9, 0x6c, 0x78, 0xcf, 0x0d, 0x8e, 0x87, 0x07, 0x5c,
                                        0x40, 0x74, 0x33, 0x1f, 0xae, 0xa3};

static void
test_known(void)
{
    n2_asm a = n2_asm_init();

    n2_asm_u64(&a, 4);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, who, sizeof who);
    n2_asm_u64(&a, 7);
    n2_asm_word(&a, N2_WORD_KNOWN);
    expect_block("known", &a);
}

static void
test_carry(void)
{
    n2_ref ref = example();
    guint8 bytes[N2_REF_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);
    n2_asm a = n2_asm_init();

    n2_write_u8(&w, ref.id.method);
    n2_write_bytes(&w, ref.id.hash, sizeof ref.id.hash);
    n2_write_u64(&w, ref.size);
    n2_asm_u64(&a, 5);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, bytes, sizeof bytes);
    n2_asm_bytes(&a, who, sizeof who);
    n2_asm_word(&a, N2_WORD_CARRY);
    n2_asm_word(&a, N2_WORD_STAT);
    expect_block("carry", &a);
}

static void
test_follow(void)
{
    n2_asm a = n2_asm_init();
    gsize len;
    guint8 *folder = make_folder(&len);

    n2_asm_u64(&a, 3);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, who, sizeof who);
    n2_asm_word(&a, N2_WORD_TREE);
    n2_asm_bytes(&a, "index.md", 8);
    n2_asm_u64(&a, 4);
    n2_asm_u64(&a, UINT64_C(0x0800080000000000));
    n2_asm_word(&a, N2_WORD_FOLLOW);
    expect_block("follow", &a);

    a = n2_talk_values();
    n2_asm_bytes(&a, folder, len);
    n2_asm_u64(&a, 8);
    n2_asm_u64(&a, 0);
    n2_asm_bytes(&a, "# Hello\n", 8);
    n2_asm_s64(&a, N2_OK);
    n2_asm_u64(&a, 3);
    n2_asm_word(&a, N2_WORD_DELIVER);
    expect_block("followed", &a);
    free(folder);
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

static void
test_walk(void)
{
    guint8 refs[2 * N2_WALK_PIECE_BYTES];
    n2_writer w = n2_writer_init(refs, sizeof refs);
    const guint8 *contents[] = {(const guint8 *)"hello", (const guint8 *)""};
    const gsize lens[] = {5, 0};
    n2_crypto crypto;
    n2_asm a = n2_asm_init();

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    for (guint i = 0; i < 2; i++) {
        guint8 root[N2_HASH_BYTES];

        n2_tree_root_of(&crypto, N2_METHOD_SHA256, contents[i], lens[i], root);
        n2_write_u8(&w, N2_METHOD_SHA256);
        n2_write_bytes(&w, root, sizeof root);
        n2_write_u64(&w, lens[i]);
        n2_write_u64(&w, 0); /* first, count */
    }
    n2_crypto_clear(&crypto);
    n2_asm_u64(&a, 4);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, refs, sizeof refs);
    n2_asm_u64(&a, UINT64_C(0x0800000000000000));
    n2_asm_word(&a, N2_WORD_WALK);
    expect_block("walk", &a);

    a = n2_talk_values();
    n2_asm_bytes(&a, "\1\1", 2);
    n2_asm_s64(&a, N2_OK);
    n2_asm_u64(&a, 4);
    n2_asm_word(&a, N2_WORD_DELIVER);
    expect_block("walked", &a);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/commands/questions", test_questions);
    g_test_add_func("/protocol/commands/follow", test_follow);
    g_test_add_func("/protocol/commands/known", test_known);
    g_test_add_func("/protocol/commands/walk", test_walk);
    g_test_add_func("/protocol/commands/carry", test_carry);
    g_test_add_func("/protocol/commands/answers", test_answers);
    g_test_add_func("/protocol/commands/units", test_units);
    return g_test_run();
}
