/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control.c - jobs of the control plane: names, paths, peers, identities, and
 *                  what happens when the keys process or the data plane is not there.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "two-nodes.h"

typedef struct {
    two_nodes *w;
    char one[N2_ID_TEXT_BYTES]; /* the identity of node 1 */
} world;

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    t->w = two_nodes_new(1);
    n2_id_format(t->one, N2_ID_IDENTITY, &t->w->node[1].id);
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
}

/* ---- names ---- */

static void
test_names(world *t, gconstpointer data)
{
    n2_notice done;

    (void)data;
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, t->one, "ann", NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, "ann", "also.ann", NULL,
                          N2_OK); /* a name of a name */
    done = two_nodes_ask(t->w, N2_JOB_NAME_LIST, NULL, NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpuint(done.table->n_rows, ==, 2);
    g_assert_cmpstr(n2_table_get(done.table, 0, "name")->text, ==, "also.ann");
    g_assert_cmpstr(n2_table_get(done.table, 0, "identity")->text, ==, t->one);
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_NAME_UNSET, NULL, "ann", NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_NAME_UNSET, NULL, "ann", NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, "nobody", "x", NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, t->one, "../x", NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, t->one, "k1-x", NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, NULL, "x", NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_OPEN, "net2o://nobody/", NULL, NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_OPEN, "http://nobody/", NULL, NULL, N2_ERR_UNSUPPORTED);
    two_nodes_assert_done(t->w, N2_JOB_OPEN, NULL, NULL, NULL, N2_ERR_USAGE);
}

/* ---- paths (attack 4) ---- */

static const struct {
    const char *name;
    const char *hops;
    n2_err want;
} paths[] = {
    {"one", "3/4", N2_OK},
    {"two", "3/4 200/8", N2_OK},
    {"commas", "3/4,200/8, 1/1", N2_OK},
    {"exactly-58-bits", "1/4 1/16 1/16 1/16 1/6", N2_OK},
    {"59-bits", "1/4 1/16 1/16 1/16 1/7", N2_ERR_LIMIT},
    {"empty", "", N2_ERR_USAGE},
    {"own-width-is-another", "3/5", N2_ERR_USAGE},
    {"port-too-wide", "16/4", N2_ERR_USAGE},
    {"second-port-too-wide", "1/4 256/8", N2_ERR_USAGE},
    {"no-width", "3", N2_ERR_USAGE},
    {"width-zero", "0/0", N2_ERR_USAGE},
    {"width-17", "1/4 1/17", N2_ERR_USAGE},
    {"negative", "-1/4", N2_ERR_USAGE},
    {"letters", "a/4", N2_ERR_USAGE},
    {"rubbish-behind", "3/4x", N2_ERR_USAGE},
};

static void
test_path_rows(world *t, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_test_message("%s", paths[i].name);
        two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, paths[i].hops,
                              paths[i].want);
    }
}

static void
test_path_kept(world *t, gconstpointer data)
{
    n2_notice done;

    (void)data;
    two_nodes_assert_done(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL, N2_ERR_NOWAY);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, t->one, "ann", NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, "ann", NULL, "3/4 200/8", N2_OK);
    done = two_nodes_ask(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "identity")->text, ==, t->one);
    g_assert_cmpstr(n2_table_get(done.table, 0, "name")->text, ==, "ann");
    g_assert_cmpstr(n2_table_get(done.table, 0, "source")->text, ==, "hand");
    g_assert_cmpstr(n2_table_get(done.table, 0, "labels")->text, ==, "3c80000000000000");
    n2_table *hops = n2_table_get(done.table, 0, "hops")->table;

    g_assert_cmpuint(hops->n_rows, ==, 2);
    g_assert_cmpint(n2_table_get(hops, 1, "port")->integer, ==, 200);
    g_assert_cmpint(n2_table_get(hops, 1, "bits")->integer, ==, 8);
    n2_notice_clear(&done);
    done = two_nodes_ask(t->w, N2_JOB_PATH_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 1);
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_PATH_UNSET, "ann", NULL, NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_PATH_UNSET, "ann", NULL, NULL, N2_ERR_NOTFOUND);
}

/* Attack 4: what cannot be composed is refused with words of its own, and not kept; and a way
 * that was good before stays. */
static void
test_depth(world *t, gconstpointer data)
{
    n2_notice done;

    (void)data;
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "3/4 200/8", N2_OK);
    done = two_nodes_ask(t->w, N2_JOB_PATH_SET, t->one, NULL, "1/4 1/16 1/16 1/16 1/7");
    g_assert_cmpint(done.err, ==, N2_ERR_LIMIT);
    g_assert_nonnull(strstr(done.why, "58 bits"));
    g_assert_nonnull(strstr(done.next, "shorter"));
    n2_notice_clear(&done);
    done = two_nodes_ask(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL);
    g_assert_cmpstr(n2_table_get(done.table, 0, "labels")->text, ==, "3c80000000000000");
    n2_notice_clear(&done);
}

/* ---- peers ---- */

static n2_notice
add_peer(world *t, const char *endpoint, const char *who)
{
    return two_nodes_do(t->w, 0,
                        &(n2_request){.kind = N2_JOB_PEER_ADD,
                                      .value = endpoint,
                                      .address = who,
                                      .net = {.len = 6, .bytes = {4, 127, 0, 0, 1, 9}}});
}

/* No node links to itself: neither by its identity, nor by a name of it, nor by its endpoint.
 */
static void
test_own_peer(world *t)
{
    char own[N2_ID_TEXT_BYTES];
    const char *const tries[][2] = {
        {"udp:192.0.2.9:1", own}, {"udp:192.0.2.9:1", "me"}, {"test:0", t->one}};
    n2_notice done;

    n2_id_format(own, N2_ID_IDENTITY, &t->w->node[0].id);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, own, "me", NULL, N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
        done = add_peer(t, tries[i][0], tries[i][1]);
        g_assert_cmpint(done.err, ==, N2_ERR_USAGE);
        g_assert_cmpstr(done.why, ==, "this is the node itself, and no node links to itself");
        g_assert_nonnull(strstr(done.next, "the other node"));
        n2_notice_clear(&done);
    }
    done = two_nodes_ask(t->w, N2_JOB_PEER_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 0);
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_NAME_UNSET, NULL, "me", NULL, N2_OK);

    /* By an address that is ours only on the way: the link finds it out. */
    n2_request request = {.kind = N2_JOB_PEER_ADD,
                          .value = "udp:our-name:9",
                          .net = {.len = 6, .bytes = {4, 127, 0, 0, 1, 9}}};
    n2_job job = two_nodes_start(t->w, 0, &request);
    n2_op op;
    do
        g_assert_true(n2_control_next_op(t->w->node[0].control, &op));
    while (op.kind != N2_OP_LINK_OPEN);
    done = two_nodes_finish(t->w, 0, job, NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "state")->text, ==, "opening");
    n2_notice_clear(&done);
    n2_event event = {.kind = N2_EVENT_LINK_DOWN,
                      .err = N2_ERR_USAGE,
                      .initiator = true,
                      .link_id = op.link_id,
                      .port = 1,
                      .net = op.net};
    n2_control_input_event(t->w->node[0].control, &event, t->w->now_us, t->w->wall_us);
    done = two_nodes_ask(t->w, N2_JOB_PEER_LIST, NULL, NULL, NULL);
    g_assert_cmpstr(n2_table_get(done.table, 0, "state")->text, ==, "self");
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_PEER_REMOVE, NULL, NULL, "udp:our-name:9", N2_OK);
}

static void
test_peers(world *t, gconstpointer data)
{
    n2_notice done;

    (void)data;
    two_nodes_assert_done(t->w, N2_JOB_PEER_ADD, NULL, NULL, "udp:x:1",
                          N2_ERR_USAGE); /* not resolved */
    test_own_peer(t);
    two_nodes_meet(t->w);
    two_nodes_meet(t->w); /* twice is once */
    done = two_nodes_ask(t->w, N2_JOB_PEER_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 1);
    g_assert_cmpstr(n2_table_get(done.table, 0, "endpoint")->text, ==, "udp:192.0.2.1:4711");
    g_assert_cmpstr(n2_table_get(done.table, 0, "identity")->text, ==, t->one);
    g_assert_cmpstr(n2_table_get(done.table, 0, "state")->text, ==, "up");
    g_assert_true(n2_table_get(done.table, 0, "opened")->integer);
    g_assert_cmpint(n2_table_get(done.table, 0, "port")->integer, ==, 1);
    n2_notice_clear(&done);
    done =
        two_nodes_ask(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL); /* a peer's link is a path */
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "source")->text, ==, "peer");
    n2_notice_clear(&done);
    /* The other side sees who came, and which port it has. */
    done = two_nodes_do(t->w, 1, &(n2_request){.kind = N2_JOB_PEER_LIST});
    g_assert_cmpuint(done.table->n_rows, ==, 1);
    g_assert_null(n2_table_get(done.table, 0, "endpoint"));
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_PEER_REMOVE, NULL, NULL, t->one, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_PEER_REMOVE, NULL, NULL, "udp:192.0.2.1:4711",
                          N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_PATH_GET, t->one, NULL, NULL, N2_ERR_NOWAY);
}

/* A second control plane over the same store: what a start brings back. */
static void
test_start_again(world *t, gconstpointer data)
{
    test_node *n = &t->w->node[0];
    n2_op op;
    guint opened = 0, known = 0;

    (void)data;
    two_nodes_meet(t->w);
    n2_control_free(n->control);
    assert_ok(n2_control_new(&n->control,
                             &(n2_control_config){.env = &n->store.env,
                                                  .store = n->store.store,
                                                  .crypto = &n->store.crypto,
                                                  .switch_bits = 4},
                             t->w->now_us, t->w->wall_us));
    while (n2_control_next_op(n->control, &op)) {
        if (op.kind == N2_OP_LINK_OPEN) {
            g_assert_cmpuint(op.net.len, ==, 4);
            g_assert_cmpint(op.net.bytes[0], ==, 192);
            g_assert_cmpint(op.port, ==, 1); /* the port it had, for good */
            opened++;
        }
        known += op.kind == N2_OP_LINK_KNOWN && op.port == 1;
        free(op.bytes);
    }
    g_assert_cmpuint(opened, ==, 1);
    g_assert_cmpuint(known, ==, 1);
}

/* ---- trace ---- */

static void
test_trace(world *t, gconstpointer data)
{
    static const struct {
        guint dead_hop;
        const char *states;
    } rows[] = {
        {0, "answers answers answers answers "},
        {3, "answers answers answers silent "},
        {2, "answers answers silent silent "},
        {1, "answers silent silent silent "},
    };

    (void)data;
    two_nodes_assert_done(t->w, N2_JOB_TRACE, t->one, NULL, NULL, N2_ERR_NOWAY);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, t->one, NULL, "1/4 2/4 3/4", N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) states = g_string_new(NULL);

        t->w->dead_hop = rows[i].dead_hop;
        n2_notice done = two_nodes_ask(t->w, N2_JOB_TRACE, t->one, NULL, NULL);

        assert_ok(done.err);
        for (gsize k = 0; k < done.table->n_rows; k++)
            g_string_append_printf(states, "%s ", n2_table_get(done.table, k, "state")->text);
        g_assert_cmpstr(states->str, ==, rows[i].states);
        n2_notice_clear(&done);
    }
}

/* ---- identities ---- */

static void
test_identities(world *t, gconstpointer data)
{
    n2_notice done;
    g_autofree char *second = NULL;

    (void)data;
    done = two_nodes_ask(t->w, N2_JOB_ID_NEW, NULL, "Work", NULL);
    assert_ok(done.err);
    second = g_strdup(n2_table_get(done.table, 0, "address")->text);
    g_assert_cmpuint(n2_table_get(done.table, 0, "keys")->table->n_rows, ==, 2);
    n2_notice_clear(&done);
    done = two_nodes_ask(t->w, N2_JOB_ID_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 2);
    g_assert_true(n2_table_get(done.table, 0, "default")->integer);
    g_assert_false(n2_table_get(done.table, 1, "default")->integer);
    g_assert_cmpstr(n2_table_get(done.table, 1, "name")->text, ==, "Work");
    n2_notice_clear(&done);
    done = two_nodes_ask(t->w, N2_JOB_ID_SHOW, "Work", NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "address")->text, ==, second);
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_ID_SHOW, NULL, NULL, NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_ID_SHOW, "Nobody", NULL, NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_ID_SHOW, "no body", NULL, NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_ID_NEW, NULL, "Work", NULL, N2_ERR_EXISTS);
    two_nodes_assert_done(t->w, N2_JOB_ID_NEW, NULL, "", NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_ID_NEW, NULL, "a/b", NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_ID_NEW, NULL, NULL, NULL, N2_ERR_USAGE);
}

/* A second identity of a node is reached at the node, with a node key that it signed itself. */
static void
test_second_identity_serves(world *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_notice done =
        two_nodes_do(t->w, 1, &(n2_request){.kind = N2_JOB_ID_NEW, .name = "Second"});
    g_autofree char *second = g_strdup(n2_table_get(done.table, 0, "address")->text);
    g_autofree char *address = g_strdup_printf("net2o://%s/", second);
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    (void)data;
    n2_notice_clear(&done);
    archive_add(archive, 2, "index.md", (const guint8 *)"hi", 2);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_job job =
        two_nodes_start(t->w, 1, &(n2_request){.kind = N2_JOB_PUBLISH, .address = address});

    assert_ok(n2_control_feed(t->w->node[1].control, job, archive->data, archive->len,
                              t->w->now_us, t->w->wall_us));
    n2_control_feed_end(t->w->node[1].control, job, t->w->now_us, t->w->wall_us);
    done = two_nodes_finish(t->w, 1, job, NULL, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, second, NULL, "1/4", N2_OK);
    job = two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    done = two_nodes_finish(t->w, 0, job, bytes, NULL);
    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, "hi", 2);
    n2_notice_clear(&done);
}

/* The path leads to a node that is somebody else. */
static void
test_wrong_identity(world *t, gconstpointer data)
{
    g_autofree char *address = NULL;
    n2_id nobody = {.method = N2_METHOD_SHA256, .hash = {1, 2, 3}};
    char text[N2_ID_TEXT_BYTES];

    (void)data;
    n2_id_format(text, N2_ID_IDENTITY, &nobody);
    address = g_strdup_printf("net2o://%s/", text);
    two_nodes_assert_done(t->w, N2_JOB_PATH_SET, text, NULL, "1/4", N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_OPEN, address, NULL, NULL, N2_ERR_NOWAY);
}

/* ---- the keys process ---- */

static void
test_keys_restart(world *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    guint8 *lost;
    gsize len;

    (void)data;
    archive_add(archive, 3, NULL, NULL, 0);
    t->w->no_keys = TRUE;
    n2_job job = two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_PUBLISH});
    n2_control *c = t->w->node[0].control;

    assert_ok(
        n2_control_feed(c, job, archive->data, archive->len, t->w->now_us, t->w->wall_us));
    n2_control_feed_end(c, job, t->w->now_us, t->w->wall_us);
    g_assert_true(n2_control_next_key_request(c, &lost, &len)); /* and the process dies */
    free(lost);
    g_assert_false(n2_control_next_key_request(c, &lost, &len));
    n2_control_keys_restarted(c, t->w->now_us, t->w->wall_us);
    t->w->no_keys = FALSE;
    n2_notice done = two_nodes_finish(t->w, 0, job, NULL, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
test_es_is_relayed(world *t, gconstpointer data)
{
    n2_control *c = t->w->node[0].control;
    n2_event event = {.kind = N2_EVENT_NEED_ES,
                      .tag = 77,
                      .key_id = t->w->node[0].key_id,
                      .suite = 1,
                      .key = {9}};
    guint8 *request;
    gsize len;
    n2_op op;

    (void)data;
    for (int twice = 0; twice < 2; twice++) {
        guint8 answer[N2_KEYRING_MESSAGE_BYTES_MAX];
        gsize answer_len;

        event.key_id = (guint16)(t->w->node[0].key_id + twice); /* the second: no such key */
        n2_control_input_event(c, &event, t->w->now_us, t->w->wall_us);
        g_assert_true(n2_control_next_key_request(c, &request, &len));
        assert_ok(n2_keyring_answer(t->w->node[0].ring, request, len, t->w->wall_us, answer,
                                    sizeof answer, &answer_len));
        free(request);
        n2_control_key_answer(c, answer, answer_len, t->w->now_us, t->w->wall_us);
        /* The same answer again belongs to no request. */
        n2_control_key_answer(c, answer, answer_len, t->w->now_us, t->w->wall_us);
        g_assert_true(n2_control_next_op(c, &op));
        g_assert_cmpint(op.kind, ==, N2_OP_ES);
        g_assert_cmpuint(op.tag, ==, 77);
        g_assert_cmpint(op.err, ==, twice ? N2_ERR_NOTFOUND : N2_OK);
        g_assert_cmpuint(op.len, ==, twice ? 0 : 96);
        free(op.bytes);
        g_assert_false(n2_control_next_op(c, &op));
    }
    n2_control_key_answer(c, (const guint8 *)"rubbish", 7, t->w->now_us, t->w->wall_us);
}

/* Before a node key ends there is a new one. */
static void
test_node_key_is_renewed(world *t, gconstpointer data)
{
    guint8 before[32];

    (void)data;
    memcpy(before, t->w->node[0].key, sizeof before);
    for (int day = 0; day < 8; day++) {
        gint64 at_day = day + 1;
        guint64 until_us = t->w->now_us + 24 * N2_HOUR_US;

        while (two_nodes_step(t->w, until_us))
            ;
        t->w->wall_us += (gint64)(until_us - t->w->now_us);
        t->w->now_us = until_us;
        g_test_message("day %d", (int)at_day);
    }
    g_assert_cmpint(memcmp(before, t->w->node[0].key, sizeof before), !=, 0);
}

/* ---- limits ---- */

static void
test_too_many_jobs(world *t, gconstpointer data)
{
    n2_job jobs[N2_JOBS_MAX];
    n2_job more;
    n2_control *c = t->w->node[0].control;
    const n2_request request = {.kind = N2_JOB_PUBLISH};

    (void)data;
    for (gsize i = 0; i < N2_JOBS_MAX; i++)
        jobs[i] = two_nodes_start(t->w, 0, &request);
    assert_err(n2_control_start(c, &request, t->w->now_us, t->w->wall_us, &more), N2_ERR_LIMIT);
    n2_control_cancel(c, jobs[5], t->w->now_us, t->w->wall_us);
    assert_ok(n2_control_start(c, &request, t->w->now_us, t->w->wall_us, &more));
    assert_err(n2_control_feed(c, jobs[5], (const guint8 *)"x", 1, t->w->now_us, t->w->wall_us),
               N2_ERR_NOTFOUND);
}

static void
test_status(world *t, gconstpointer data)
{
    n2_notice done;

    (void)data;
    two_nodes_meet(t->w);
    done = two_nodes_ask(t->w, N2_JOB_STATUS, NULL, NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpstr(n2_table_get(done.table, 0, "version")->text, ==, N2_VERSION);
    g_assert_cmpstr(n2_table_get(done.table, 0, "listeners")->text, ==, "test:0");
    g_assert_cmpuint(n2_table_get(done.table, 0, "links")->table->n_rows, ==, 1);
    n2_notice_clear(&done);
    done = two_nodes_ask(t->w, N2_JOB_CHECK, NULL, NULL, NULL);
    assert_ok(done.err);
    g_assert_cmpuint(n2_table_get(done.table, 0, "damaged")->table->n_rows, ==, 0);
    n2_notice_clear(&done);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(world *, gconstpointer);
    } tests[] = {
        {"names", test_names},
        {"path/attack-04-rows", test_path_rows},
        {"path/attack-04-depth", test_depth},
        {"path/kept", test_path_kept},
        {"peers", test_peers},
        {"start-again", test_start_again},
        {"trace", test_trace},
        {"identity/jobs", test_identities},
        {"identity/second-serves", test_second_identity_serves},
        {"identity/wrong", test_wrong_identity},
        {"keys/restart", test_keys_restart},
        {"keys/es", test_es_is_relayed},
        {"keys/node-key-is-renewed", test_node_key_is_renewed},
        {"too-many-jobs", test_too_many_jobs},
        {"status", test_status},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/node/control/", tests[i].path, NULL);

        g_test_add(path, world, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run();
}
