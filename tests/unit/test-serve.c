/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve.c - what a stranger can ask of a node: public contents within limits, nothing else
 *                (A1, attacks 28, 46).
 */
#include "crypto/tree.h"
#include "serve-world.h"

static n2_asm
tagged(guint64 tag)
{
    n2_asm a = n2_asm_init();

    n2_asm_u64(&a, tag);
    n2_asm_word(&a, N2_WORD_TAG);
    return a;
}

static void
read_block(
    world *t, guint64 tag, const n2_ref *ref, guint64 offset, guint64 len, guint64 address)
{
    n2_asm a = tagged(tag);

    put_ref(&a, ref, ref->size);
    n2_asm_u64(&a, offset);
    n2_asm_u64(&a, len);
    n2_asm_u64(&a, address);
    n2_asm_word(&a, N2_WORD_READ);
    assert_ok(say(t, &a, 0));
}

/* ---- tests ---- */

static void
test_stat(world *t, gconstpointer data)
{
    answer a;

    (void)data;
    for (int known = 0; known < 2; known++) {
        n2_asm block = tagged(1);

        put_ref(&block, &t->open, known ? t->open.size : N2_SIZE_UNKNOWN);
        n2_asm_word(&block, N2_WORD_STAT);
        assert_ok(say(t, &block, 0));
        next_answer(t, &a);
        assert_ok(a.call.err);
        g_assert_cmpuint(a.call.values[0].u, ==, OPEN_BYTES);
        clear_answer(&a);
    }
}

/* Attack 46: closed, unfinished, unknown and mis-sized are one answer. */
static void
test_not_for_you(world *t, gconstpointer data)
{
    n2_ref unknown = {.id = {.method = N2_METHOD_SHA256, .hash = {1}}, .size = 5};
    n2_ref mis_sized = t->open;
    const n2_ref *refs[] = {&t->closed, &t->loose, &unknown, &mis_sized};

    (void)data;
    mis_sized.size--;
    for (gsize i = 0; i < G_N_ELEMENTS(refs); i++) {
        n2_asm a = tagged(i);

        put_ref(&a, refs[i], refs[i]->size);
        n2_asm_word(&a, N2_WORD_STAT);
        assert_ok(say(t, &a, 0));
        assert_answer(t, i, N2_ERR_NOTFOUND);
    }
}

static void
test_nodes(world *t, gconstpointer data)
{
    static const struct {
        guint64 level, first, count;
        n2_err want;
    } rows[] = {
        {6, 0, 3, N2_OK},
        {6, 2, 1, N2_OK},
        {6, 0, 4, N2_ERR_USAGE},
        {6, 3, 1, N2_ERR_USAGE},
        {6, UINT64_MAX, 1, N2_ERR_USAGE},
        {6, 0, 0, N2_ERR_USAGE},
        {6, 0, UINT64_MAX, N2_ERR_USAGE},
        {0, 0, 1, N2_ERR_UNSUPPORTED},
        {64, 0, 1, N2_ERR_UNSUPPORTED},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_asm a = tagged(i);
        answer got;

        put_ref(&a, &t->open, t->open.size);
        n2_asm_u64(&a, rows[i].level);
        n2_asm_u64(&a, rows[i].first);
        n2_asm_u64(&a, rows[i].count);
        n2_asm_word(&a, N2_WORD_NODES);
        assert_ok(say(t, &a, 0));
        next_answer(t, &got);
        g_assert_cmpstr(n2_err_name(got.call.err), ==, n2_err_name(rows[i].want));
        if (!rows[i].want)
            g_assert_cmpuint(got.call.values[0].len, ==, rows[i].count * N2_HASH_BYTES);
        clear_answer(&got);
    }
}

static void
test_read(world *t, gconstpointer data)
{
    static const struct {
        guint64 offset, len, address;
        n2_err want;
    } rows[] = {
        {0, 1, 32, N2_OK},
        {N2_GROUP_BYTES, N2_GROUP_BYTES, UINT64_C(1) << 43, N2_OK},
        {OPEN_BYTES - 1, 1, 32, N2_OK},
        {OPEN_BYTES, 1, 32, N2_ERR_USAGE},
        {OPEN_BYTES - 1, 2, 32, N2_ERR_USAGE},
        {UINT64_MAX, 1, 32, N2_ERR_USAGE},
        {1, UINT64_MAX, 32, N2_ERR_USAGE},
        {0, 0, 32, N2_ERR_USAGE},
        {0, 1, 0, N2_ERR_USAGE},                 /* address 0 is the maker's */
        {0, 1, UINT64_C(1) << 63, N2_ERR_USAGE}, /* a channel */
        {0, N2_GROUP_BYTES + 1, 32, N2_ERR_USAGE},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_op op;

        read_block(t, i, &t->open, rows[i].offset, rows[i].len, rows[i].address);
        if (rows[i].want) {
            assert_answer(t, i, rows[i].want);
            continue;
        }
        g_assert_true(n2_op_queue_pop(&t->ops, &op));
        g_assert_cmpint(op.kind, ==, N2_OP_SEND);
        g_assert_cmpuint(op.address, ==, rows[i].address);
        g_assert_cmpmem(op.memory, op.size, t->bytes + rows[i].offset, rows[i].len);
        g_assert_cmpuint(op.unit, ==, n2_read_unit(rows[i].len));
        n2_serve_sent(t->serve, CONN, op.tag);
        n2_serve_sent(t->serve, CONN, op.tag); /* twice is once */
        assert_answer(t, i, N2_OK);
    }
    g_assert_cmpuint(n2_talk_find(&t->talk, CONN)->n_sends, ==, 0);
    g_assert_cmpuint(n2_talk_find(&t->talk, CONN)->send_bytes, ==, 0);
}

/* Who offered small packets gets an error for what needs larger ones, not silence. */
static void
test_small_packets(world *t, gconstpointer data)
{
    n2_op op;

    (void)data;
    n2_talk_find(&t->talk, CONN)->unit_max = 128;
    read_block(t, 1, &t->open, 0, 129, 32);
    assert_answer(t, 1, N2_ERR_USAGE);
    read_block(t, 2, &t->open, 0, 128, 32);
    g_assert_true(n2_op_queue_pop(&t->ops, &op));
    g_assert_cmpint(op.kind, ==, N2_OP_SEND);
    assert_answer(t, 2, N2_OK);
}

/* A name or reference of another length, or of a method that nobody has. */
static void
test_names(world *t, gconstpointer data)
{
    static const struct {
        n2_opcode word;
        gsize len;
        guint8 method;
        n2_err want;
    } rows[] = {
        {N2_WORD_IDENTITY, 32, 1, N2_ERR_FORMAT}, {N2_WORD_IDENTITY, 33, 9, N2_ERR_UNSUPPORTED},
        {N2_WORD_HEAD, 34, 1, N2_ERR_FORMAT},     {N2_WORD_HEAD, 33, 9, N2_ERR_UNSUPPORTED},
        {N2_WORD_OBJECT, 40, 1, N2_ERR_FORMAT},   {N2_WORD_OBJECT, 42, 1, N2_ERR_FORMAT},
        {N2_WORD_OBJECT, 0, 1, N2_ERR_FORMAT},    {N2_WORD_OBJECT, 41, 9, N2_ERR_UNSUPPORTED},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 bytes[42] = {rows[i].method};
        n2_asm a = tagged(i);

        n2_asm_bytes(&a, bytes, rows[i].len);
        n2_asm_word(&a, rows[i].word);
        assert_ok(say(t, &a, 0));
        assert_answer(t, i, rows[i].want);
    }
}

/* Reads that are not taken stop at a limit; each that ends makes room for one. */
static void
test_sends_at_once(world *t, gconstpointer data)
{
    guint64 first_tag = 0;
    n2_op op;

    (void)data;
    for (guint i = 0; i < N2_SERVE_SENDS_MAX; i++) {
        read_block(t, i, &t->open, 0, N2_GROUP_BYTES, 32);
        g_assert_true(n2_op_queue_pop(&t->ops, &op));
        g_assert_cmpint(op.kind, ==, N2_OP_SEND);
        first_tag = i ? first_tag : op.tag;
        assert_answer(t, i, N2_OK);
    }
    read_block(t, 99, &t->open, 0, 1, 32);
    assert_answer(t, 99, N2_ERR_LIMIT);
    n2_serve_sent(t->serve, CONN, first_tag);
    read_block(t, 100, &t->open, 0, 1, 32);
    g_assert_true(n2_op_queue_pop(&t->ops, &op));
    assert_answer(t, 100, N2_OK);
}

/* What is being sent stays readable though the content is gone. */
static void
test_sent_outlives_content(world *t, gconstpointer data)
{
    n2_op op;
    gint64 owner;

    (void)data;
    read_block(t, 1, &t->open, N2_GROUP_BYTES, 5000, 32);
    g_assert_true(n2_op_queue_pop(&t->ops, &op));
    assert_ok(n2_store_owner(t->f.store, N2_OWNER_PIN, "pins", 0, &owner));
    assert_ok(n2_store_ref_drop(t->f.store, owner, "open"));
    fixture_collect_all(&t->f);
    g_assert_cmpmem(op.memory, op.size, t->bytes + N2_GROUP_BYTES, 5000);
    assert_answer(t, 1, N2_OK);
    read_block(t, 2, &t->open, 0, 1, 32); /* but it is not served any more */
    assert_answer(t, 2, N2_ERR_NOTFOUND);
}

static void
test_words(world *t, gconstpointer data)
{
    n2_asm a = tagged(5);
    char text[4096];
    answer got;

    (void)data;
    n2_asm_word(&a, N2_WORD_WORDS);
    assert_ok(say(t, &a, 0));
    next_answer(t, &got);
    g_assert_cmpmem(got.call.values[0].bytes, got.call.values[0].len, text,
                    n2_words_list(text, sizeof text));
    clear_answer(&got);
}

/* Answers to nothing that was asked: refused without a word, as an answer is never answered. */
static void
test_answer_is_refused(world *t, gconstpointer data)
{
    n2_asm a = n2_asm_init();

    (void)data;
    n2_asm_s64(&a, 0);
    n2_asm_u64(&a, 3);
    n2_asm_word(&a, N2_WORD_DELIVER);
    assert_ok(say(t, &a, 0));
    n2_op op;
    g_assert_false(n2_op_queue_pop(&t->ops, &op));
    g_assert_cmpuint(t->talk.n_blocks_refused, ==, 1);
}

static void
test_rubbish_closes(world *t, gconstpointer data)
{
    n2_err err = N2_OK;

    (void)data;
    for (guint i = 0; i < N2_VM_REFUSED_MAX; i++) {
        n2_asm a = n2_asm_init();

        g_assert_cmpint(err, ==, N2_OK);
        n2_asm_word(&a, (n2_opcode)0x3e);
        err = say(t, &a, 0);
        assert_answer(t, 0, N2_ERR_UNSUPPORTED);
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(t->talk.n_blocks_refused, ==, N2_VM_REFUSED_MAX);
}

/* Answers are paid for: more than a second's worth has to wait, and isn't an offence. */
static void
test_answers_cost(world *t, gconstpointer data)
{
    n2_err last = N2_OK;
    guint n = 0;

    (void)data;
    while (!last && n++ < 100000) {
        n2_asm a = tagged(n);
        answer got;

        n2_asm_word(&a, N2_WORD_WORDS);
        assert_ok(say(t, &a, 0));
        next_answer(t, &got);
        last = got.call.err;
        clear_answer(&got);
    }
    g_assert_cmpint(last, ==, N2_ERR_BUDGET);
    g_assert_cmpuint(n * 300 * N2_VM_COST_ANSWER_BYTE, <, 2 * N2_VM_COST_PER_S);
    n2_asm a = tagged(1);

    n2_asm_word(&a, N2_WORD_WORDS);
    assert_ok(say(t, &a, N2_SECOND_US));
    assert_answer(t, 1, N2_OK);
    g_assert_cmpuint(n2_talk_find(&t->talk, CONN)->n_refused, ==, 0);
}

static void
test_identity_and_head(world *t, gconstpointer data)
{
    static const guint8 nobody[N2_ID_BYTES] = {1};

    (void)data;
    for (int i = 0; i < 2; i++) {
        n2_asm a = tagged(i);

        n2_asm_bytes(&a, nobody, sizeof nobody);
        n2_asm_word(&a, i ? N2_WORD_HEAD : N2_WORD_IDENTITY);
        assert_ok(say(t, &a, 0));
        assert_answer(t, i, N2_ERR_NOTFOUND);
        a = tagged(i);
        n2_asm_bytes(&a, nobody, 5);
        n2_asm_word(&a, i ? N2_WORD_HEAD : N2_WORD_IDENTITY);
        assert_ok(say(t, &a, 0));
        assert_answer(t, i, N2_ERR_FORMAT);
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(world *, gconstpointer);
    } tests[] = {
        {"stat", test_stat},
        {"not-for-you", test_not_for_you},
        {"nodes", test_nodes},
        {"small-packets", test_small_packets},
        {"names", test_names},
        {"read", test_read},
        {"sends-at-once", test_sends_at_once},
        {"sent-outlives-content", test_sent_outlives_content},
        {"words", test_words},
        {"attack-28-answer-to-nothing", test_answer_is_refused},
        {"attack-28-rubbish-closes", test_rubbish_closes},
        {"attack-28-answers-cost", test_answers_cost},
        {"identity-and-head", test_identity_and_head},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/share/serve/", tests[i].path, NULL);

        g_test_add(path, world, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}
