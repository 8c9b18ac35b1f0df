/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch-follow.c - the way down asked for in one go: what a holder may answer to it, true
 * or not, and whom it is asked of.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "site.h"

enum {
    FOLDERS = 2,
    GROUPS = 6
};

/* Of the question about sub/big.bin: root, sub, size, groups, nodes. */
static gboolean
is_way(const n2_call *call)
{
    return call->n_values == FOLDERS + 3 && call->values[FOLDERS].type == 'u';
}

static void
put(n2_asm *a, const n2_value *v, int flip)
{
    g_autofree guint8 *copy = NULL;

    if (v->type == 'u') {
        n2_asm_u64(a, v->u + (guint64)(flip >= 0));
        return;
    }
    copy = g_memdup2(v->bytes, v->len);
    if (flip >= 0)
        copy[(gsize)flip] ^= 1;
    n2_asm_bytes(a, copy, v->len);
}

static struct {
    gsize value; /* that is changed; 5: none */
    guint n_said;
} lie;

static gboolean
change_value(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_way(call))
        return FALSE;
    for (gsize i = 0; i < call->n_values; i++)
        put(values, &call->values[i], i == lie.value ? 40 : -1);
    lie.n_said++;
    return TRUE;
}

static gboolean
too_many_groups(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_way(call))
        return FALSE;
    for (gsize i = 0; i < call->n_values; i++)
        if (i == FOLDERS + 1)
            n2_asm_u64(values, UINT64_MAX);
        else
            put(values, &call->values[i], -1);
    return TRUE;
}

static gboolean
less(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_way(call))
        return FALSE;
    for (gsize i = 0; i < lie.value; i++)
        put(values, &call->values[i], -1);
    return TRUE;
}

static gboolean
other_types(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_way(call))
        return FALSE;
    for (gsize i = 0; i < call->n_values; i++)
        n2_asm_u64(values, 7);
    return TRUE;
}

/* A folder of the liar's own in the place of `sub`, by which the name leads elsewhere; all that
 * follows fits it. */
static gboolean
other_folder(two_nodes *w, const n2_call *call, n2_asm *values)
{
    n2_entry_spec spec = {.name = "big.bin",
                          .name_len = 7,
                          .type = N2_ENTRY_FILE,
                          .ref = {.id = {.method = N2_METHOD_SHA256}, .size = 1}};
    n2_directory_maker *maker;
    guint8 *folder;
    gsize len;

    if (!is_way(call))
        return FALSE;
    n2_tree_root_of(&w->node[1].store.crypto, N2_METHOD_SHA256, (const guint8 *)"y", 1,
                    spec.ref.id.hash);
    assert_ok(n2_directory_maker_new(&maker, NULL));
    assert_ok(n2_directory_maker_add(maker, &spec));
    assert_ok(n2_directory_maker_finish(maker, &folder, &len));
    n2_directory_maker_free(maker);
    put(values, &call->values[0], -1);
    n2_asm_bytes(values, folder, len);
    n2_asm_u64(values, 1);
    n2_asm_u64(values, 0);
    n2_asm_bytes(values, "y", 1);
    free(folder);
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*tamper)(two_nodes *w, const n2_call *call, n2_asm *values);
    gsize value;
    n2_err want;
} answers[] = {
    /* A root that is not that of the head: its tree may be newer, so nothing is said of it. */
    {"another-root", change_value, 0, N2_OK},
    {"folder-flipped", change_value, 1, N2_ERR_FORGED},
    {"another-folder", other_folder, 0, N2_ERR_FORGED},
    {"another-size", change_value, 2, N2_ERR_FORGED},
    {"nodes-flipped", change_value, 4, N2_ERR_FORGED},
    {"groups-above-limit", too_many_groups, 0, N2_ERR_FORGED},
    {"nothing", less, 0, N2_OK},
    {"root-alone", less, 1, N2_OK},
    {"folders-alone", less, 2, N2_OK},
    {"cut-behind-size", less, 3, N2_OK},
    {"cut-behind-groups", less, 4, N2_OK},
    {"numbers-alone", other_types, 0, N2_OK},
};

static void
test_answer(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    site s;

    site_init(&s, 50 + i);
    two_nodes_meet(s.w);
    lie.value = answers[i].value;
    s.w->tamper = answers[i].tamper;
    if (answers[i].want)
        site_assert_fails(&s, "sub/big.bin", answers[i].want);
    else
        two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    site_clear(&s);
}

static gboolean
other_content(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_way(call))
        return FALSE;
    for (gsize i = 0; i + 1 < call->n_values; i++)
        put(values, &call->values[i], -1);
    n2_asm_bytes(values, "y", 1);
    return TRUE;
}

/* What comes in the answer itself is no more believed. */
static void
test_other_content(void)
{
    site s;

    site_init(&s, 69);
    two_nodes_meet(s.w);
    s.w->tamper = other_content;
    site_assert_fails(&s, "sub/one", N2_ERR_FORGED);
    site_clear(&s);
}

/* Says of a group that is written that it is not: it comes, and is asked for once more. */
static gboolean
no_groups(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_way(call))
        return FALSE;
    for (gsize i = 0; i < call->n_values; i++)
        if (i == FOLDERS + 1)
            n2_asm_u64(values, 0);
        else
            put(values, &call->values[i], -1);
    return TRUE;
}

static void
test_groups_denied(void)
{
    site s;

    site_init(&s, 70);
    two_nodes_meet(s.w);
    s.w->tamper = no_groups;
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    g_assert_cmpuint(s.w->node[1].reads, ==, N2_FETCH_AHEAD_GROUPS + GROUPS);
    site_clear(&s);
}

/* Every length: what is given, one group in part, above one; each is whole after one question,
 * and reads are those of the groups. */
static void
test_lengths(void)
{
    static const struct {
        const char *path;
        guint reads;
    } rows[] = {
        {"", 0}, {"sub/one", 0}, {"sub/empty", 0}, {"sub/leafy", 1}, {"sub/big.bin", 6}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        site s;

        site_init(&s, 71 + i);
        two_nodes_meet(s.w);
        n2_notice done = site_open(&s, rows[i].path);

        assert_ok(done.err);
        n2_notice_clear(&done);
        g_assert_cmpuint(s.w->node[1].reads, ==, rows[i].reads);
        g_assert_cmpuint(s.w->node[0].follows, ==, 1);
        /* All of it is here: asked again, only for the head. */
        s.w->now_us += N2_MINUTE_US;
        done = site_open(&s, rows[i].path);
        assert_ok(done.err);
        n2_notice_clear(&done);
        g_assert_cmpuint(s.w->node[0].follows, ==, 1);
        g_assert_cmpuint(s.w->node[1].reads, ==, rows[i].reads);
        site_clear(&s);
    }
}

/* What comes with the answer and was verified before the reader came is his. */
static void
test_late_answer(void)
{
    site s;

    site_init(&s, 80);
    two_nodes_meet(s.w);
    s.w->late_us = 8 * LATENCY_US; /* groups are written long before */
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    g_assert_cmpuint(s.w->node[1].reads, ==, GROUPS);
    site_clear(&s);
}

/* Wrong bytes in what was granted ahead: as anywhere else. */
static void
test_wrong_bytes(void)
{
    site s;

    site_init(&s, 81);
    two_nodes_meet(s.w);
    s.w->wrong_bytes = TRUE;
    site_assert_fails(&s, "sub/big.bin", N2_ERR_FORGED);
    site_clear(&s);
}

/* Who wanted it has gone before the answer: nothing is left granted. */
static void
test_cancelled(void)
{
    site s;
    g_autofree char *address = NULL;

    site_init(&s, 82);
    two_nodes_meet(s.w);
    address = two_nodes_address(s.w, 1, "sub/big.bin");
    n2_job job =
        two_nodes_start(s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    while (!s.w->node[0].follows)
        g_assert_true(two_nodes_step(s.w, s.w->now_us + N2_SECOND_US));
    n2_control_cancel(s.w->node[0].control, job, s.w->now_us, s.w->wall_us);
    for (guint64 until_us = s.w->now_us + 4 * N2_SECOND_US; two_nodes_step(s.w, until_us);)
        ;
    g_assert_cmpuint(s.w->node[0].grants->len, ==, 0);
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    site_clear(&s);
}

/* Attack 12: whoever stands between learns nothing of what is wanted: the way is asked of who
 * is proven alone. */
static void
test_nothing_said_unproven(void)
{
    site s;

    site_init(&s, 83);
    s.w->is_relayed = TRUE;
    two_nodes_meet(s.w);
    site_assert_fails(&s, "sub/one", N2_ERR_FORGED);
    s.w->now_us += N2_FETCH_REFUSED_US + 1;
    site_assert_fails(&s, "sub/one", N2_ERR_FORGED); /* this time by the visit itself */
    g_assert_cmpuint(s.w->node[0].follows, ==, 0);
    site_clear(&s);
}

/* A neighbour shows its key when the link comes up, once. */
static void
test_greeting(void)
{
    site s;

    site_init(&s, 84);
    two_nodes_meet(s.w);
    g_assert_cmpuint(s.w->node[0].queries, ==, 1);
    g_assert_cmpuint(s.w->last_conn, ==, 1);
    g_assert_cmpuint(s.w->conns->len, ==, 0); /* and the connection has ended */
    n2_notice done = two_nodes_ask(s.w, N2_JOB_PEER_LIST, NULL, NULL, NULL);

    assert_ok(done.err);
    g_assert_cmpint(n2_table_get(done.table, 0, "known")->integer, ==, TRUE);
    n2_notice_clear(&done);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    g_assert_cmpuint(s.w->node[0].queries, ==, 1);
    g_assert_cmpuint(s.w->last_conn, ==, 2);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *path = g_strdup_printf("/share/fetch-follow/%s", answers[i].name);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_answer);
    }
    g_test_add_func("/share/fetch-follow/another-content", test_other_content);
    g_test_add_func("/share/fetch-follow/groups-denied", test_groups_denied);
    g_test_add_func("/share/fetch-follow/lengths", test_lengths);
    g_test_add_func("/share/fetch-follow/late-answer", test_late_answer);
    g_test_add_func("/share/fetch-follow/wrong-bytes", test_wrong_bytes);
    g_test_add_func("/share/fetch-follow/cancelled", test_cancelled);
    g_test_add_func("/share/fetch-follow/attack-12-nothing-said-unproven",
                    test_nothing_said_unproven);
    g_test_add_func("/share/fetch-follow/greeting", test_greeting);
    return g_test_run();
}
