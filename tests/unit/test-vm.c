/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-vm.c - blocks of commands: found in a stream, verified, run within their limits (A1,
 *             attack 28).
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "vm/asm.h"
#include "vm/stream.h"
#include "vm/verify.h"
#include "vm/vm.h"

enum {
    ALL = N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ | N2_MAY_ANSWER
};

typedef struct {
    const char *name;
    const char *hex;
    n2_err want;
} row;

static const row rows[] = {
    {"empty", "", N2_OK},
    {"u64", "01 05", N2_OK},
    {"u64-long-form", "01 80 05", N2_ERR_FORMAT},
    {"u64-cut", "01 85", N2_ERR_TRUNCATED},
    {"u64-absent", "01", N2_ERR_TRUNCATED},
    {"s64", "02 01", N2_OK},
    {"f64", "03 3f f0 00 00 00 00 00 00", N2_OK},
    {"f64-cut", "03 3f f0", N2_ERR_TRUNCATED},
    {"bytes", "04 02 61 62", N2_OK},
    {"bytes-cut", "04 03 61 62", N2_ERR_TRUNCATED},
    {"bytes-64k-and-one", "04 84 80 01", N2_ERR_LIMIT},
    {"unknown-word", "0f", N2_ERR_UNSUPPORTED},
    {"opcode-zero", "00", N2_ERR_UNSUPPORTED},
    {"opcode-high", "ff", N2_ERR_UNSUPPORTED},
    {"dup-of-nothing", "08", N2_ERR_FORMAT},
    {"drop-of-nothing", "09", N2_ERR_FORMAT},
    {"swap-of-one", "01 05 0a", N2_ERR_FORMAT},
    {"over", "01 05 04 00 0b", N2_OK},
    {"concat", "04 01 61 04 01 62 0c", N2_OK},
    {"concat-of-number", "04 01 61 01 05 0c", N2_ERR_FORMAT},
    {"swapped-types", "04 01 61 01 05 0a 10", N2_ERR_FORMAT}, /* tag would take bytes */
    {"swapped-right", "01 05 04 01 61 0a 10", N2_OK},
    {"tag-signed", "02 01 10", N2_ERR_FORMAT},
    {"object-of-number", "01 05 21", N2_ERR_FORMAT},
    {"stat-of-bytes", "04 00 22", N2_ERR_FORMAT},
    {"stat", "04 00 21 22", N2_OK},
    {"object-dup", "04 00 21 08 22 22", N2_OK},
    {"read-short", "04 00 21 01 00 01 01 24", N2_ERR_FORMAT},
    {"deliver-empty", "02 00 01 07 3f", N2_OK},
    {"deliver-without-error", "01 07 3f", N2_ERR_FORMAT},
    {"deliver-types-swapped", "01 07 02 00 3f", N2_ERR_FORMAT},
    {"deliver-two", "02 00 01 07 3f 04 00 02 00 01 08 3f", N2_OK},
    {"deliver-with-stack-word", "01 05 08 02 00 01 07 3f", N2_ERR_FORMAT},
    {"deliver-with-question", "01 01 10 02 00 01 07 3f", N2_ERR_FORMAT},
    {"question-after-deliver", "02 00 01 07 3f 11", N2_ERR_FORMAT},
};

static GByteArray *
from_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();

    while (*hex) {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        guint8 byte =
            (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));

        g_byte_array_append(bytes, &byte, 1);
        hex += 2;
    }
    return bytes;
}

static void
test_verify(gconstpointer data)
{
    const row *t = data;
    g_autoptr(GByteArray) hex = from_hex(t->hex);
    g_autofree guint8 *exact = g_malloc(hex->len); /* ASan sees an overread */
    n2_block_facts facts = {.n_commands = 99};
    char text[512];

    if (hex->len)
        memcpy(exact, hex->data, hex->len);
    n2_err err = n2_block_verify(exact, hex->len, &facts);

    g_assert_cmpstr(n2_err_name(err), ==, n2_err_name(t->want));
    if (err)
        g_assert_cmpuint(facts.n_commands, ==, 99);
    g_assert_cmpuint(n2_block_disassemble(exact, hex->len, text, sizeof text), ==,
                     strlen(text));
}

static void
test_stack_depth(void)
{
    guint8 block[2 * (N2_VM_STACK_MAX + 1)];
    n2_block_facts facts;

    for (size_t i = 0; i < sizeof block; i += 2) {
        block[i] = N2_WORD_U64;
        block[i + 1] = 1;
    }
    g_assert_cmpint(n2_block_verify(block, sizeof block - 2, &facts), ==, N2_OK);
    g_assert_cmpuint(facts.depth_max, ==, N2_VM_STACK_MAX);
    g_assert_cmpint(n2_block_verify(block, sizeof block, &facts), ==, N2_ERR_LIMIT);
}

static void
test_block_size(void)
{
    g_autofree guint8 *block = g_malloc(N2_VM_BLOCK_BYTES_MAX + 2);

    for (size_t i = 0; i < N2_VM_BLOCK_BYTES_MAX; i += 4)
        memcpy(block + i, "\x01\x01\x09\x11", 4); /* u64 1, drop, words */
    memcpy(block + N2_VM_BLOCK_BYTES_MAX, "\x11\x11", 2);
    g_assert_cmpint(n2_block_verify(block, N2_VM_BLOCK_BYTES_MAX, NULL), ==, N2_OK);
    g_assert_cmpint(n2_block_verify(block, N2_VM_BLOCK_BYTES_MAX + 1, NULL), ==, N2_ERR_LIMIT);
}

/* ---- running ---- */

typedef struct {
    n2_vm vm;
    n2_budget budget;
    guint8 *block;
} fixture;

static void
set_up(fixture *f, gconstpointer data)
{
    (void)data;
    n2_vm_init(&f->vm);
    n2_budget_init(&f->budget, 0);
}

static void
tear_down(fixture *f, gconstpointer data)
{
    (void)data;
    n2_vm_clear(&f->vm);
    g_free(f->block);
}

/* Loads what @a holds, without its length. */
static n2_err
load(fixture *f, n2_asm *a, unsigned rights)
{
    size_t len = a->body.len;

    g_free(f->block);
    f->block = g_memdup2(a->body.buf, len);
    n2_writer_clear(&a->body);
    return n2_vm_load(&f->vm, f->block, len, rights, &f->budget);
}

static void
test_arguments(fixture *f, gconstpointer data)
{
    n2_asm a = n2_asm_init();
    n2_call call;

    (void)data;
    n2_asm_u64(&a, 77);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, "ab", 2);
    n2_asm_bytes(&a, "cd", 2);
    n2_asm_word(&a, N2_WORD_CONCAT);
    n2_asm_word(&a, N2_WORD_OBJECT);
    n2_asm_u64(&a, 10);
    n2_asm_u64(&a, 11);
    n2_asm_u64(&a, 12);
    n2_asm_word(&a, N2_WORD_READ);
    g_assert_cmpint(load(f, &a, ALL), ==, N2_OK);

    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_OK);
    g_assert_cmpint(call.opcode, ==, N2_WORD_OBJECT);
    g_assert_cmpuint(call.tag, ==, 77);
    g_assert_cmpmem(call.arg[0].bytes, call.arg[0].len, "abcd", 4);
    n2_vm_put_object(&f->vm, 5);

    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_OK);
    g_assert_cmpint(call.opcode, ==, N2_WORD_READ);
    g_assert_cmpuint(call.arg[0].u, ==, 5);
    g_assert_cmpuint(call.arg[1].u, ==, 10);
    g_assert_cmpuint(call.arg[2].u, ==, 11);
    g_assert_cmpuint(call.arg[3].u, ==, 12);

    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_OK);
    g_assert_cmpint(call.opcode, ==, 0);
}

static void
test_deliver(fixture *f, gconstpointer data)
{
    n2_asm a = n2_asm_init();
    n2_call call;

    (void)data;
    n2_asm_u64(&a, 1);
    n2_asm_f64(&a, 0.5);
    n2_asm_s64(&a, N2_ERR_NOTFOUND);
    n2_asm_u64(&a, UINT64_MAX);
    n2_asm_word(&a, N2_WORD_DELIVER);
    n2_asm_s64(&a, INT64_MIN); /* no such error */
    n2_asm_u64(&a, 3);
    n2_asm_word(&a, N2_WORD_DELIVER);
    g_assert_cmpint(load(f, &a, N2_MAY_COMPUTE | N2_MAY_ANSWER), ==, N2_OK);

    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_OK);
    g_assert_cmpint(call.opcode, ==, N2_WORD_DELIVER);
    g_assert_cmpint(call.err, ==, N2_ERR_NOTFOUND);
    g_assert_true(call.tag == UINT64_MAX);
    g_assert_cmpuint(call.n_values, ==, 2);
    g_assert_cmpuint(call.values[0].u, ==, 1);
    g_assert_true(call.values[1].f == 0.5);

    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_OK);
    g_assert_cmpint(call.err, ==, N2_ERR_STATE);
    g_assert_cmpuint(call.n_values, ==, 0);
}

static void
test_rights(fixture *f, gconstpointer data)
{
    static const struct {
        n2_opcode word;
        unsigned right;
    } asked[] = {
        {N2_WORD_WORDS, N2_MAY_ASK},
        {N2_WORD_IDENTITY, N2_MAY_READ},
        {N2_WORD_HEAD, N2_MAY_ASK},
        {N2_WORD_OBJECT, N2_MAY_ASK},
    };
    n2_call call;

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(asked); i++)
        for (int with = 0; with < 2; with++) {
            n2_asm a = n2_asm_init();

            if (asked[i].word != N2_WORD_WORDS)
                n2_asm_bytes(&a, "", 0);
            n2_asm_word(&a, asked[i].word);
            g_assert_cmpint(load(f, &a, N2_MAY_COMPUTE | (with ? asked[i].right : 0)), ==,
                            N2_OK);
            g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, with ? N2_OK : N2_ERR_REFUSED);
            g_assert_cmpint(call.opcode, ==, with ? (int)asked[i].word : 0);
        }
}

/* A block that failed is over: what follows in it doesn't run. */
static void
test_failure_ends_block(fixture *f, gconstpointer data)
{
    n2_asm a = n2_asm_init();
    n2_call call;

    (void)data;
    n2_asm_u64(&a, 9);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, "", 0);
    n2_asm_word(&a, N2_WORD_IDENTITY);
    n2_asm_word(&a, N2_WORD_WORDS);
    g_assert_cmpint(load(f, &a, N2_MAY_COMPUTE | N2_MAY_ASK), ==, N2_OK);
    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_ERR_REFUSED);
    g_assert_cmpuint(n2_vm_tag(&f->vm), ==, 9);
    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_OK);
    g_assert_cmpint(call.opcode, ==, 0);
}

static void
put_doubling(n2_asm *a, int times)
{
    n2_asm_bytes(a, "x", 1);
    for (int i = 0; i < times; i++) {
        n2_asm_word(a, N2_WORD_DUP);
        n2_asm_word(a, N2_WORD_CONCAT);
    }
}

/* Attack 28: 70 bytes of program that ask for 2 GiB. */
static void
test_exploding_concat(fixture *f, gconstpointer data)
{
    n2_asm a = n2_asm_init();
    n2_call call;

    (void)data;
    put_doubling(&a, 31);
    g_assert_cmpint(load(f, &a, ALL), ==, N2_OK);
    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_ERR_LIMIT);

    a = n2_asm_init();
    put_doubling(&a, 16);
    g_assert_cmpint(load(f, &a, ALL), ==, N2_OK);
    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_OK);
    g_assert_cmpuint(f->vm.stack[0].len, ==, N2_VM_STRING_BYTES_MAX);
}

static void
test_arena_is_full(fixture *f, gconstpointer data)
{
    n2_asm a = n2_asm_init();
    n2_call call;

    (void)data;
    for (int i = 0; i < 9; i++) {
        put_doubling(&a, 16); /* each takes 128 KiB of the arena in all */
        n2_asm_word(&a, N2_WORD_DROP);
    }
    g_assert_cmpint(load(f, &a, ALL), ==, N2_OK);
    g_assert_cmpint(n2_vm_step(&f->vm, &call), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(f->vm.arena_used, <=, N2_VM_ARENA_BYTES);
}

static void
test_budget_of_a_second(fixture *f, gconstpointer data)
{
    n2_call call;
    n2_err err = N2_OK;
    guint64 runs = 0;

    (void)data;
    while (!err) {
        n2_asm a = n2_asm_init();

        put_doubling(&a, 16);
        g_assert_cmpint(load(f, &a, ALL), ==, N2_OK);
        err = n2_vm_step(&f->vm, &call);
        runs++;
        g_assert_cmpuint(runs, <, 1000);
    }
    g_assert_cmpint(err, ==, N2_ERR_BUDGET);
    g_assert_cmpuint(runs, >, 10);

    guint64 left = f->budget.left;

    n2_budget_refill(&f->budget, N2_SECOND_US / 2);
    g_assert_cmpuint(f->budget.left, ==, left + N2_VM_COST_PER_S / 2);
    n2_budget_refill(&f->budget, 100 * N2_SECOND_US);
    g_assert_cmpuint(f->budget.left, ==, N2_VM_COST_PER_S); /* no saving up */
}

static void
test_budget_of_a_block(fixture *f, gconstpointer data)
{
    g_autofree guint8 *block = g_malloc(N2_VM_BLOCK_BYTES_MAX);
    n2_call call;
    n2_err err = N2_OK;
    guint64 words = 0;

    (void)data;
    memset(block, N2_WORD_WORDS, N2_VM_BLOCK_BYTES_MAX);
    g_assert_cmpint(n2_vm_load(&f->vm, block, N2_VM_BLOCK_BYTES_MAX, ALL, &f->budget), ==,
                    N2_OK);
    while (!(err = n2_vm_step(&f->vm, &call)))
        words++;
    g_assert_cmpint(err, ==, N2_ERR_BUDGET);
    g_assert_cmpuint(words, ==, N2_VM_COST_PER_BLOCK / 64);
}

/* ---- stream ---- */

static void
test_stream_in_pieces(void)
{
    static const guint8 bytes[] = {2, 1, 5, 0, 0, 1, 0x11, 3, 4, 1, 'a'};

    for (size_t piece = 1; piece <= sizeof bytes; piece++) {
        n2_block_stream s;
        g_autoptr(GString) seen = g_string_new(NULL);

        n2_block_stream_init(&s);
        for (size_t at = 0; at < sizeof bytes; at += piece) {
            const guint8 *block;
            size_t len;

            g_assert_cmpint(
                n2_block_stream_input(&s, bytes + at, MIN(piece, sizeof bytes - at)), ==,
                N2_OK);
            while (!n2_block_stream_next(&s, &block, &len) && block)
                for (size_t i = 0; i < len; i++)
                    g_string_append_printf(seen, "%02x%s", block[i], i + 1 < len ? "" : " ");
        }
        g_assert_cmpstr(seen->str, ==, "0105 11 040161 ");
        n2_block_stream_clear(&s);
    }
}

static void
test_stream_limit(void)
{
    n2_block_stream s;
    const guint8 *block;
    size_t len;

    n2_block_stream_init(&s);
    g_assert_cmpint(n2_block_stream_input(&s, (const guint8 *)"\xc0\x80\x01", 3), ==, N2_OK);
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_ERR_LIMIT);
    g_assert_null(block);
    g_assert_cmpint(n2_block_stream_input(&s, (const guint8 *)"\x00", 1), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(s.room, <=, 4096); /* a promise of 1 MiB has taken nothing */
    n2_block_stream_clear(&s);

    n2_block_stream_init(&s);
    g_assert_cmpint(n2_block_stream_input(&s, (const guint8 *)"\x80\x01", 2), ==, N2_OK);
    g_assert_cmpint(n2_block_stream_next(&s, &block, &len), ==, N2_ERR_FORMAT);
    n2_block_stream_clear(&s);
}

static void
test_assembled(void)
{
    n2_asm a = n2_asm_init();
    guint8 *block = NULL;
    size_t len = 0;
    char text[256];

    n2_asm_u64(&a, 300);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_s64(&a, -3);
    n2_asm_bytes(&a, "hi", 2);
    g_assert_cmpint(n2_asm_finish(&a, &block, &len), ==, N2_OK);
    g_assert_cmpuint(block[0], ==, len - 1);
    n2_block_disassemble(block + 1, len - 1, text, sizeof text);
    g_assert_cmpstr(text, ==, "u64 300\ntag\ns64 -3\nbytes 2:6869\n");
    free(block);

    g_autofree guint8 *large = g_malloc0(N2_VM_STRING_BYTES_MAX + 1);

    block = NULL;
    a = n2_asm_init();
    n2_asm_bytes(&a, large, N2_VM_STRING_BYTES_MAX + 1);
    g_assert_cmpint(n2_asm_finish(&a, &block, &len), ==, N2_ERR_NOSPACE);
    g_assert_null(block);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/vm/verify/", rows[i].name, NULL);

        g_test_add_data_func(path, &rows[i], test_verify);
    }
    g_test_add_func("/vm/verify/stack-depth", test_stack_depth);
    g_test_add_func("/vm/verify/block-size", test_block_size);
#define ADD(name, func) g_test_add("/vm/run/" name, fixture, NULL, set_up, func, tear_down)
    ADD("arguments", test_arguments);
    ADD("deliver", test_deliver);
    ADD("rights", test_rights);
    ADD("failure-ends-block", test_failure_ends_block);
    ADD("attack-28-exploding-concat", test_exploding_concat);
    ADD("attack-28-arena-is-full", test_arena_is_full);
    ADD("attack-28-budget-of-a-second", test_budget_of_a_second);
    ADD("attack-28-budget-of-a-block", test_budget_of_a_block);
#undef ADD
    g_test_add_func("/vm/stream/in-pieces", test_stream_in_pieces);
    g_test_add_func("/vm/stream/limit", test_stream_limit);
    g_test_add_func("/vm/asm/text", test_assembled);
    return g_test_run();
}
