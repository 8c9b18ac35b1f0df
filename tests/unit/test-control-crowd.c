/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-crowd.c - a tree whose author is out of reach: node 1 has read it, node 0 asks;
 *                        and what node 1 can do about it that it should not.
 */
#define IDENTITY_NOW_S 1760000000 /* as two-nodes.c has it */

#include "identity-world.h"
#include "two-nodes.h"

#include "node/control-private.h"

#define PAGE "# Spring\n"

typedef struct {
    two_nodes *w;
    world author; /* who is nowhere to be found */
    n2_signing_key key, thief;
    n2_ref root;
    char address[N2_ID_TEXT_BYTES + 16];
} crowd_world;

/* A head of the author's, signed by @by; of the tree that node 1 has. */
static GBytes *
head_of(const crowd_world *t, guint64 counter, const n2_signing_key *by, gboolean is_closed)
{
    guint8 buf[2048];
    n2_box body;
    n2_head head = {.who = t->author.id,
                    .branch = N2_BRANCH_MAIN,
                    .counter = counter,
                    .root = t->root,
                    .made_us = now - day + (gint64)counter,
                    .n_parents = counter > 1};

    if (is_closed)
        head.access = t->root;
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_OK);
    return say(&body, BY(by));
}

static void
knows(crowd_world *t, int node, guint64 counter, const n2_signing_key *by, gboolean is_closed)
{
    n2_store *store = t->w->node[node].store.store;
    n2_identity_set *set = set_of(&t->author);
    g_autoptr(GBytes) head = head_of(t, counter, by, is_closed);
    guint8 buf[1024];
    n2_box body;
    n2_grant grant = grant_of(&t->key, N2_RIGHT_PUBLISH);
    n2_head_news news;
    gsize len;

    g_assert_cmpint(n2_add_body(buf, sizeof buf, &t->author.born, &grant, "laptop", &body), ==,
                    N2_OK);
    g_autoptr(GBytes) add = say(&body, BY(&t->author.control[0], &t->key));
    assert_took(set, add);
    g_assert_cmpint(n2_store_identity_keep(store, set), ==, N2_OK);
    n2_identity_set_free(set);
    const void *bytes = g_bytes_get_data(head, &len);
    g_assert_cmpint(n2_store_head_put(store, bytes, len, false, &news), ==, N2_OK);
}

static void
set_up(crowd_world *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_head own;

    (void)data;
    memset(t, 0, sizeof *t);
    t->w = two_nodes_new(7);
    two_nodes_meet(t->w);
    two_nodes_drain(t->w);
    world_init(&t->author, 1);
    t->key = key(71);
    t->thief = key(72);
    /* The author's tree is the same as node 1's own, so that node 1 has it. */
    archive_add(archive, 2, "index.md", (const guint8 *)PAGE, strlen(PAGE));
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->w, 1, archive, NULL);
    g_assert_cmpint(done.err, ==, N2_OK);
    n2_notice_clear(&done);
    g_assert_cmpint(n2_store_head_get(t->w->node[1].store.store, &t->w->node[1].id,
                                      N2_BRANCH_MAIN, &own, NULL, NULL),
                    ==, N2_OK);
    t->root = own.root;
    char id[N2_ID_TEXT_BYTES];
    n2_id_format(id, N2_ID_IDENTITY, &t->author.id);
    g_snprintf(t->address, sizeof t->address, "net2o://%s/", id);
}

static void
tear_down(crowd_world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
    world_clear(&t->author);
}

/* Opens it on node 0; @info: (nullable) (out). */
static n2_err
open_page(crowd_world *t, n2_notice *info)
{
    g_autoptr(GByteArray) got = g_byte_array_new();
    n2_job opening =
        two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = t->address});
    n2_notice done = two_nodes_finish(t->w, 0, opening, got, info);
    n2_err err = done.err;

    if (!err)
        g_assert_cmpmem(got->data, got->len, PAGE, strlen(PAGE));
    n2_notice_clear(&done);
    return err;
}

static gint64
number(const n2_notice *info, const char *name)
{
    const n2_cell *cell = n2_table_get(info->table, 0, name);

    return cell ? cell->integer : -1;
}

static gboolean
is_told_of_liar(crowd_world *t)
{
    n2_notice notice;
    gboolean is_told = FALSE;

    while (two_nodes_notice(t->w, 0, 0, N2_NOTICE_LOG, &notice)) {
        is_told = is_told || strstr(notice.text, "forged");
        n2_notice_clear(&notice);
    }
    return is_told;
}

/* From who read it: with its date, and that the author has not said so now. */
static void
test_open(crowd_world *t, gconstpointer data)
{
    n2_notice info = {0};
    char holder[N2_ID_TEXT_BYTES];

    (void)data;
    knows(t, 1, 4, &t->key, FALSE);
    g_assert_cmpint(open_page(t, &info), ==, N2_OK);
    g_assert_cmpint(number(&info, "unconfirmed"), ==, 1);
    g_assert_cmpint(number(&info, "counter"), ==, 4);
    g_assert_cmpint(number(&info, "published"), ==, now - day + 4);
    n2_id_format(holder, N2_ID_IDENTITY, &t->w->node[1].id);
    const n2_table *from = n2_table_get(info.table, 0, "from")->table;
    g_assert_cmpuint(from->n_rows, ==, 1);
    g_assert_cmpstr(n2_table_get(from, 0, "identity")->text, ==, holder);
    n2_notice_clear(&info);
    /* Without it, too: what is here now is enough, and nobody is asked for a while. */
    t->w->is_silent = TRUE;
    g_assert_cmpint(open_page(t, NULL), ==, N2_OK);
}

/* Nobody knows it: then it is as unreachable as before. */
static void
test_nobody(crowd_world *t, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(open_page(t, NULL), ==, N2_ERR_NOWAY);
    g_assert_false(is_told_of_liar(t));
}

/* Attack 52: yesterday's head is neither shown where a newer one was seen, nor kept. */
static void
test_older(crowd_world *t, gconstpointer data)
{
    n2_notice info = {0};
    n2_head head;

    (void)data;
    knows(t, 1, 2, &t->key, FALSE);
    knows(t, 0, 5, &t->key, FALSE);
    g_assert_cmpint(open_page(t, &info), ==, N2_OK);
    g_assert_cmpint(number(&info, "counter"), ==, 5);
    n2_notice_clear(&info);
    g_assert_cmpint(n2_store_head_get(t->w->node[0].store.store, &t->author.id, N2_BRANCH_MAIN,
                                      &head, NULL, NULL),
                    ==, N2_OK);
    g_assert_cmpuint(head.counter, ==, 5);
}

/* A newer one than that of a visit long ago. */
static void
test_newer(crowd_world *t, gconstpointer data)
{
    n2_notice info = {0};

    (void)data;
    knows(t, 1, 6, &t->key, FALSE);
    knows(t, 0, 5, &t->key, FALSE);
    g_assert_cmpint(open_page(t, &info), ==, N2_OK);
    g_assert_cmpint(number(&info, "counter"), ==, 6);
    n2_notice_clear(&info);
}

/* Attack 41: a head that no key of the author's has signed. */
static void
test_forged(crowd_world *t, gconstpointer data)
{
    (void)data;
    knows(t, 1, 9, &t->thief, FALSE);
    g_assert_cmpint(open_page(t, NULL), ==, N2_ERR_NOWAY);
    g_assert_true(is_told_of_liar(t));
}

static gboolean
is_of_head(const n2_call *call)
{
    return !call->err && call->n_values == 2 && call->values[0].type == 'b' &&
           call->values[1].type == 'b' && call->values[0].len > 100 &&
           call->values[1].len > 100;
}

static gboolean
never(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w, (void)values;
    g_assert_false(is_of_head(call));
    return FALSE;
}

/* Attack 46: that a closed tree was read here is nobody's business. */
static void
test_closed(crowd_world *t, gconstpointer data)
{
    (void)data;
    knows(t, 1, 4, &t->key, TRUE);
    t->w->tamper = never;
    g_assert_cmpint(open_page(t, NULL), ==, N2_ERR_NOWAY);
    g_assert_false(is_told_of_liar(t));
}

static gboolean
without_keys(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_of_head(call))
        return FALSE;
    n2_asm_bytes(values, call->values[0].bytes, call->values[0].len);
    n2_asm_bytes(values, "", 0);
    return TRUE;
}

static gboolean
head_alone(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_of_head(call))
        return FALSE;
    n2_asm_bytes(values, call->values[0].bytes, call->values[0].len);
    return TRUE;
}

static gboolean
numbers(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (!is_of_head(call))
        return FALSE;
    n2_asm_u64(values, 1);
    n2_asm_u64(values, 2);
    return TRUE;
}

static gboolean (*const odd[])(two_nodes *w, const n2_call *call, n2_asm *values) = {
    without_keys, head_alone, numbers};

/* Answers that are none. */
static void
test_odd(crowd_world *t, gconstpointer data)
{
    (void)data;
    knows(t, 1, 4, &t->key, FALSE);
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
        t->w->tamper = odd[i];
        g_assert_cmpint(open_page(t, NULL), ==, N2_ERR_NOWAY);
        g_assert_true(is_told_of_liar(t));
        t->w->now_us += N2_CROWD_FRESH_US; /* within it nobody is asked again */
        two_nodes_drain(t->w);
    }
    t->w->tamper = NULL;
    g_assert_cmpint(open_page(t, NULL), ==, N2_OK);
}

/* Whoever is asked says nothing: it ends. */
static void
test_silent(crowd_world *t, gconstpointer data)
{
    (void)data;
    knows(t, 1, 4, &t->key, FALSE);
    t->w->is_silent = TRUE;
    guint64 begun_us = t->w->now_us;
    g_assert_cmpint(open_page(t, NULL), !=, N2_OK);
    g_assert_cmpuint(t->w->now_us - begun_us, <, 2 * N2_CROWD_WAIT_US);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test)                                                                        \
    g_test_add("/control-crowd/" name, crowd_world, NULL, set_up, test, tear_down)
    ADD("open", test_open);
    ADD("nobody", test_nobody);
    ADD("attack-52-older", test_older);
    ADD("newer", test_newer);
    ADD("attack-41-forged", test_forged);
    ADD("attack-46-closed", test_closed);
    ADD("odd-answers", test_odd);
    ADD("silent", test_silent);
#undef ADD
    return g_test_run();
}
