/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-talk.c - answers to answers (attack 28): two ends that refuse what the other says, each
 *               fed with what the other answers, fall silent.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "share/talk.h"

enum {
    CONN = 7,
    ROUNDS = 100, /* blocks after which it is taken for endless */
    BLOCKS_MAX = 2
};

static const unsigned asked = N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ;
static const unsigned asking = N2_MAY_COMPUTE | N2_MAY_ANSWER;

typedef struct {
    n2_op_queue ops;
    n2_talk talk;
} end;

static void
end_init(end *e, unsigned rights, gboolean is_poor)
{
    memset(e, 0, sizeof *e);
    n2_talk_init(&e->talk, &e->ops);
    g_assert_cmpint(n2_talk_open(&e->talk, CONN, rights, 0), ==, N2_OK);
    if (is_poor)
        n2_talk_find(&e->talk, CONN)->budget.left = 0;
}

static void
end_clear(end *e)
{
    n2_talk_clear(&e->talk);
    n2_op_queue_clear(&e->ops);
}

/* What a node does with a block, but that every question fails: an error is the only answer
 * that it needs no store for. */
static void
hear(end *e, const guint8 *block, gsize len)
{
    n2_call call;
    n2_err err;

    g_assert_cmpint(n2_talk_input(&e->talk, CONN, block, len, 0), ==, N2_OK);
    while (n2_talk_next(&e->talk, CONN, &call, &err, 0))
        if (call.opcode != N2_WORD_DELIVER)
            n2_talk_fail(&e->talk, N2_ERR_NOTFOUND);
    g_assert_cmpint(err, ==, N2_OK); /* nobody closes: they are honest */
}

/* The next block that it says; (transfer full), or NULL. */
static guint8 *
next_said(end *e, gsize *len)
{
    n2_op op;

    if (!n2_op_queue_pop(&e->ops, &op))
        return NULL;
    g_assert_cmpint(op.kind, ==, N2_OP_COMMAND);
    *len = op.len;
    return op.bytes;
}

/* ---- what comes first -----------------------------------------------------------------------
 */

typedef void (*first_block)(n2_asm *a);

static void
answer_to_nothing(n2_asm *a)
{
    n2_asm_s64(a, 0);
    n2_asm_u64(a, 3);
    n2_asm_word(a, N2_WORD_DELIVER);
}

static void
refusal(n2_asm *a)
{
    n2_asm_s64(a, N2_ERR_REFUSED);
    n2_asm_u64(a, 0);
    n2_asm_word(a, N2_WORD_DELIVER);
}

static void
many_answers(n2_asm *a)
{
    for (guint i = 0; i < 1000; i++)
        answer_to_nothing(a);
}

static void
answer_of_wrong_types(n2_asm *a)
{
    n2_asm_u64(a, 3);
    n2_asm_word(a, N2_WORD_DELIVER);
}

static void
answer_that_asks(n2_asm *a)
{
    answer_to_nothing(a);
    n2_asm_word(a, N2_WORD_WORDS);
}

static void
dear_answer(n2_asm *a)
{
    static guint8 bytes[N2_VM_STRING_BYTES_MAX];

    n2_asm_bytes(a, bytes, sizeof bytes);
    answer_to_nothing(a);
}

static void
question(n2_asm *a)
{
    n2_asm_u64(a, 5);
    n2_asm_word(a, N2_WORD_TAG);
    n2_asm_word(a, N2_WORD_WORDS);
}

static void
many_questions(n2_asm *a)
{
    question(a); /* the first that fails ends the block */
    question(a);
}

static void
no_word(n2_asm *a)
{
    n2_asm_word(a, (n2_opcode)0x3e);
}

static const struct {
    const char *name;
    first_block begin;
} begins[] = {
    {"answer to nothing", answer_to_nothing},
    {"refusal", refusal},
    {"many answers", many_answers},
    {"answer of wrong types", answer_of_wrong_types},
    {"answer that asks", answer_that_asks},
    {"dear answer", dear_answer},
    {"question", question},
    {"many questions", many_questions},
    {"no word", no_word},
};

/* ---- they talk ------------------------------------------------------------------------------
 */

/* How many blocks follow the first. */
static guint
talk_out(end ends[2], first_block begin)
{
    n2_asm a = n2_asm_init();
    guint8 *block;
    gsize len;
    guint n = 0;

    begin(&a);
    g_assert_cmpint(n2_asm_finish(&a, &block, &len), ==, N2_OK);
    hear(&ends[0], block, len);
    free(block);
    for (gboolean more = TRUE; more && n < ROUNDS;) {
        more = FALSE;
        for (guint i = 0; i < 2; i++)
            while (n < ROUNDS && (block = next_said(&ends[i], &len))) {
                n++;
                more = TRUE;
                hear(&ends[!i], block, len);
                free(block);
            }
    }
    return n;
}

/* Whoever was asked and whoever asked, two who think that they were asked, two who asked; with
 * and without anything left to spend. */
static void
test_dies_out(void)
{
    const unsigned rights[] = {asked, asking};

    for (guint i = 0; i < G_N_ELEMENTS(begins); i++)
        for (guint mix = 0; mix < 16; mix++) {
            end ends[2];
            end_init(&ends[0], rights[mix & 1], mix >> 1 & 1);
            end_init(&ends[1], rights[mix >> 2 & 1], mix >> 3 & 1);
            guint n = talk_out(ends, begins[i].begin);
            if (n > BLOCKS_MAX)
                g_error("%s, %u: %u blocks", begins[i].name, mix, n);
            end_clear(&ends[0]);
            end_clear(&ends[1]);
        }
}

/* Refused answers are counted as all that is refused: who sends nothing else is closed. */
static void
test_closes(void)
{
    end e;
    n2_call call;
    n2_err err = N2_OK;

    end_init(&e, asked, FALSE);
    for (guint i = 0; i < N2_VM_REFUSED_MAX; i++) {
        n2_asm a = n2_asm_init();
        guint8 *block;
        gsize len;

        g_assert_cmpint(err, ==, N2_OK);
        answer_to_nothing(&a);
        g_assert_cmpint(n2_asm_finish(&a, &block, &len), ==, N2_OK);
        g_assert_cmpint(n2_talk_input(&e.talk, CONN, block, len, 0), ==, N2_OK);
        free(block);
        g_assert_false(n2_talk_next(&e.talk, CONN, &call, &err, 0));
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    end_clear(&e);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/talk/attack-28-answers-to-answers", test_dies_out);
    g_test_add_func("/share/talk/attack-28-answers-only", test_closes);
    return g_test_run();
}
