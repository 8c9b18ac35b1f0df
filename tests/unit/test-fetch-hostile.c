/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch-hostile.c - holders that lie: wrong bytes, wrong hashes, half a tree, yesterday's
 * head.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "site.h"

/* Who waits is told who it was, once, and for what. */
static void
assert_told(site *s, gboolean is_told)
{
    n2_notice lied = {0};

    g_assert_cmpint(two_nodes_notice(s->w, 0, 0, N2_NOTICE_LIED, &lied), ==, is_told);
    if (is_told) {
        const n2_cell *who = n2_table_get(lied.table, 0, "identity");
        const n2_cell *what = n2_table_get(lied.table, 0, "address");

        g_assert_cmpuint(lied.job, !=, 0);
        g_assert_nonnull(strstr(what->text, who->text)); /* its own tree, by its key */
        n2_notice_clear(&lied);
    }
    g_assert_false(two_nodes_notice(s->w, 0, 0, N2_NOTICE_LIED, &lied));
}

static void
test_wrong_bytes(void)
{
    site s;

    site_init(&s, 14);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    s.w->wrong_bytes = TRUE;
    site_assert_fails(&s, "sub/big.bin", N2_ERR_FORGED);
    assert_told(&s, TRUE);
    /* It is out for an hour, though it is honest again. */
    s.w->wrong_bytes = FALSE;
    site_assert_fails(&s, "sub/leafy", N2_ERR_FORGED);
    assert_told(&s, FALSE);
    s.w->now_us += N2_FETCH_REFUSED_US + 1;
    two_nodes_assert_page(s.w, 0, 1, "sub/leafy", s.leafy, LEAFY_BYTES);
    site_clear(&s);
}

static gboolean
flip_nodes(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'b' || call->values[0].len != 6 * 32)
        return FALSE;
    g_autofree guint8 *copy = g_memdup2(call->values[0].bytes, call->values[0].len);

    copy[100] ^= 1;
    n2_asm_bytes(values, copy, call->values[0].len);
    return TRUE;
}

static gboolean
fewer_nodes(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'b' || call->values[0].len != 6 * 32)
        return FALSE;
    n2_asm_bytes(values, call->values[0].bytes, 5 * 32);
    return TRUE;
}

static gboolean
other_length(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'u')
        return FALSE;
    n2_asm_u64(values, call->values[0].u - 1);
    return TRUE;
}

static gboolean
two_values(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values != 1 || call->values[0].type != 'b')
        return FALSE;
    n2_asm_bytes(values, call->values[0].bytes, call->values[0].len);
    n2_asm_u64(values, 1);
    return TRUE;
}

/* One bit of every statement: births, adds, node keys, heads. */
static gboolean
flip_statement(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!call->n_values || call->values[0].type != 'b')
        return FALSE;
    for (gsize i = 0; i < call->n_values; i++) {
        g_autofree guint8 *copy = g_memdup2(call->values[i].bytes, call->values[i].len);

        copy[call->values[i].len - 7] ^= 4;
        n2_asm_bytes(values, copy, call->values[i].len);
    }
    return TRUE;
}

/* The chain of another identity. */
static gboolean
drop_birth(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values < 3)
        return FALSE;
    for (gsize i = 1; i < call->n_values; i++)
        n2_asm_bytes(values, call->values[i].bytes, call->values[i].len);
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*tamper)(two_nodes *w, const n2_call *call, n2_asm *values);
    n2_err want;
    gboolean is_told; /* else it lied when the link came up, before anybody asked */
} liars[] = {
    {"nodes-flipped", flip_nodes, N2_ERR_FORGED, TRUE},
    {"nodes-fewer", fewer_nodes, N2_ERR_FORGED, TRUE},
    {"read-other-length", other_length, N2_ERR_FORGED, TRUE},
    {"answer-of-two-values", two_values, N2_ERR_FORGED, TRUE},
    {"statement-flipped", flip_statement, N2_ERR_FORGED, FALSE},
    {"chain-without-birth", drop_birth, N2_ERR_FORGED, FALSE},
};

static void
test_liar(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    site s;

    site_init(&s, 20 + i);
    s.w->is_old = TRUE;
    s.w->tamper = liars[i].tamper;
    two_nodes_meet(s.w);
    site_assert_fails(&s, "sub/big.bin", liars[i].want);
    assert_told(&s, liars[i].is_told);
    site_clear(&s);
}

/* Attack 54: the folders are there, the file isn't. */
static void
test_half_a_tree(void)
{
    site s;
    fixture *f;
    guint damaged = 0;

    site_init(&s, 30);
    f = &s.w->node[1].store;
    for (gsize i = 0; i < f->disk->n_files; i++) {
        const char *path = disk_mem_path(f->disk, i);
        gsize len = 0;
        guint8 *bytes = path ? disk_mem_bytes(f->disk, path, &len) : NULL;

        if (bytes && len == BIG_BYTES) {
            bytes[len / 2] ^= 1;
            damaged++;
        }
    }
    g_assert_cmpuint(damaged, ==, 1);
    g_assert_cmpuint(fixture_fsck(f), >, 0);
    two_nodes_meet(s.w);
    site_assert_fails(&s, "sub/big.bin", N2_ERR_NOTFOUND);
    two_nodes_assert_page(s.w, 0, 1, "sub/leafy", s.leafy, LEAFY_BYTES);
    site_clear(&s);
}

/* Attack 52: yesterday's head as today's. */
static guint8 *old_head;
static gsize old_head_len;

static gboolean
serve_old_head(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    /* A head is the only answer of one long string that is not nodes. */
    if (call->n_values != 1 || call->values[0].type != 'b')
        return FALSE;
    n2_asm_bytes(values, old_head, old_head_len);
    return TRUE;
}

static void
test_old_head(void)
{
    site s;
    n2_head head;
    g_autofree char *address = NULL;
    n2_notice done;

    site_init(&s, 31);
    assert_ok(n2_store_head_get(s.w->node[1].store.store, &s.w->node[1].id, N2_BRANCH_MAIN,
                                &head, &old_head, &old_head_len));
    address = two_nodes_address(s.w, 1, "sub/one");
    done = two_nodes_do(
        s.w, 1,
        &(n2_request){.kind = N2_JOB_ATTR_SET, .address = address, .name = "a", .value = "b"});
    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    s.w->now_us += N2_MINUTE_US;
    s.w->tamper = serve_old_head;
    site_assert_fails(&s, "sub/one", N2_ERR_OLD);
    free(old_head);
    site_clear(&s);
}

/* Somebody on the way keeps the answer to a key query, loses the packets of those who have a
 * newer key, and answers their queries with the old one, which hasn't expired. */
static void
test_old_record(void)
{
    site s;
    guint8 answer[N2_ANSWER_BYTES], key[32];
    guint16 key_id;

    site_init(&s, 41);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    test_node *holder = &s.w->node[1];
    memcpy(answer, holder->answer, sizeof answer);
    memcpy(key, holder->key, sizeof key);
    key_id = holder->key_id;

    guint64 until_us = s.w->now_us + 149 * N2_HOUR_US; /* its sixth day is over: another key */
    while (two_nodes_step(s.w, until_us))
        ;
    s.w->wall_us += (gint64)(until_us - s.w->now_us);
    s.w->now_us = until_us;
    g_assert_true(memcmp(answer, holder->answer, sizeof answer) != 0);
    two_nodes_break(s.w);
    while (two_nodes_step(s.w, s.w->now_us + N2_SECOND_US))
        ;
    /* The key that it has is no longer known there: it is asked for anew. */
    g_autofree char *one = two_nodes_address(s.w, 1, "sub/one");
    for (guint i = 0; i < 2; i++) {
        n2_notice first = two_nodes_ask(s.w, N2_JOB_ATTR_LIST, one, NULL, NULL);
        n2_notice_clear(&first);
    }
    two_nodes_assert_page(s.w, 0, 1, "sub/leafy", s.leafy,
                          LEAFY_BYTES); /* the new one is proven */

    memcpy(holder->answer, answer, sizeof answer);
    memcpy(holder->key, key, sizeof key);
    holder->key_id = key_id;
    two_nodes_break(s.w);
    n2_conn last = s.w->last_conn;
    for (guint i = 0; i < 3; i++) {
        g_autofree char *address = two_nodes_address(s.w, 1, "sub/big.bin");
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        n2_job job =
            two_nodes_start(s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
        n2_notice done = two_nodes_finish(s.w, 0, job, bytes, NULL);

        g_test_message("%s", n2_err_name(done.err));
        g_assert_cmpint(done.err, !=, N2_OK);
        n2_notice_clear(&done);
    }
    g_assert_cmpuint(s.w->last_conn, ==, last); /* nor was anything said under the old key */
    site_clear(&s);
}

/* Somebody on the way answers each query with a record of suite 1 that names suite 2 too: that
 * one is asked for, and in vain; nobody asks for ever. */
static void
test_suite_not_given(void)
{
    site s;

    site_init(&s, 43);
    two_nodes_meet(s.w);
    s.w->node[1].answer[1] = 3; /* suites */
    guint before = s.w->node[0].queries;
    guint64 began_us = s.w->now_us;
    site_assert_fails(&s, "sub/one", N2_ERR_FORGED);
    guint n = s.w->node[0].queries - before;
    g_test_message("%u queries in %" G_GUINT64_FORMAT " ms", n,
                   (s.w->now_us - began_us) / 1000);
    g_assert_cmpuint(n, >=, 2);
    g_assert_cmpuint(n, <, 20);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/fetch/attack-29-wrong-bytes", test_wrong_bytes);
    g_test_add_func("/share/fetch/attack-54-half-a-tree", test_half_a_tree);
    g_test_add_func("/share/fetch/attack-52-old-head", test_old_head);
    g_test_add_func("/share/fetch/attack-13-old-record", test_old_record);
    g_test_add_func("/share/fetch/attack-13-suite-not-given", test_suite_not_given);
    for (gsize i = 0; i < G_N_ELEMENTS(liars); i++) {
        g_autofree char *path = g_strconcat("/share/fetch/liar/", liars[i].name, NULL);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_liar);
    }
    return g_test_run();
}
