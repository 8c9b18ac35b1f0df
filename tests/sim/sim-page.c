/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-page.c - whole nodes (keys, control plane, store, data plane) over a made-up network: a
 * site read through three switches that lose 30 % a link; a switch that dies is named.
 *
 *   sim-page            a few seeds of each, as a GLib test
 *   sim-page =17        one seed, twice: the traces must be the same
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "disk-mem.h"
#include "keys/keyring.h"
#include "node/control.h"
#include "store-fixture.h"
#include "world.h"

enum {
    SWITCHES = 3,
    NODES = SWITCHES + 2,
    CLIENT = 0,
    SERVER = NODES - 1,
    ENDS = 2, /* client and server have a control plane */
    RATE_BPS = 1250000,
    DELAY_US = 5000,
    QUEUE_BYTES = 64 * 1024,
    DATAGRAM_BYTES = 2200,
    LOSS_PPM = 300000,
    PAGE_BYTES = 3000,
    FILE_BYTES = (1 << 20) + 100000, /* two groups */
    SEEDS = 15
};

#define SECOND_US UINT64_C(1000000)
#define LIMIT_US (300 * SECOND_US)

static const uint8_t widths[NODES] = {4, 2, 5, 3, 6};

typedef struct {
    fixture store;
    disk_mem *disk;
    n2_keyring *ring;
    n2_control *control;
    n2_id id;
    GPtrArray *notices; /* of n2_notice */
} end_node;

typedef struct {
    world *w;
    guint64 seed;
    world_node *node[NODES];
    end_node end[ENDS];
    uint16_t port_towards[NODES];
    unsigned links_up;
    guint8 *page, *file;
} net;

static gint64
wall(const net *n)
{
    return G_GINT64_CONSTANT(1760000000000000) + (gint64)world_now(n->w);
}

static world_node *
node_of(const net *n, int end)
{
    return n->node[end ? SERVER : CLIENT];
}

static void
drain(net *n, int i)
{
    end_node *e = &n->end[i];
    n2_notice notice;
    guint8 *request;
    gsize len;
    n2_op op;

    while (n2_control_next_key_request(e->control, &request, &len)) {
        guint8 answer[N2_KEYRING_MESSAGE_BYTES_MAX];
        gsize answer_len;

        assert_ok(n2_keyring_answer(e->ring, request, len, wall(n), answer, sizeof answer,
                                    &answer_len));
        free(request);
        n2_control_key_answer(e->control, answer, answer_len, world_now(n->w), wall(n));
    }
    while (n2_control_next_op(e->control, &op))
        world_op(n->w, node_of(n, i), &op);
    while (n2_control_next_notice(e->control, &notice))
        g_ptr_array_add(e->notices, g_memdup2(&notice, sizeof notice));
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    net *n = user;
    n2_event copy = *event;

    (void)w;
    if (event->kind == N2_EVENT_LINK_UP) {
        for (int i = 0; i < SERVER; i++)
            if (node == n->node[i] && event->initiator)
                n->port_towards[i] = event->port;
        n->links_up++;
    }
    for (int i = 0; i < ENDS; i++) {
        if (node != node_of(n, i) || !n->end[i].control)
            continue;
        copy.bytes = event->bytes ? malloc(event->len) : NULL;
        if (copy.bytes)
            memcpy(copy.bytes, event->bytes, event->len);
        n2_control_input_event(n->end[i].control, &copy, world_now(n->w), wall(n));
        drain(n, i);
    }
}

/* FALSE: nothing will ever happen. */
static gboolean
step(net *n)
{
    gboolean more = world_step(n->w);

    for (int i = 0; i < ENDS; i++) {
        if (n2_control_deadline(n->end[i].control) <= world_now(n->w))
            n2_control_expire(n->end[i].control, world_now(n->w), wall(n));
        drain(n, i);
    }
    return more;
}

/* ---- life ---- */

static void
free_notice(gpointer data)
{
    n2_notice_clear(data);
    g_free(data);
}

static void
make_end(net *n, int i)
{
    end_node *e = &n->end[i];

    fixture_init(&e->store, FALSE);
    e->store.seed = n->seed * 2 + (guint64)i;
    e->disk = disk_mem_new();
    e->notices = g_ptr_array_new_with_free_func(free_notice);
    assert_ok(n2_keyring_open(&e->ring, &e->disk->disk, &e->store.env, "", NULL));
    assert_ok(n2_control_new(&e->control,
                             &(n2_control_config){.env = &e->store.env,
                                                  .store = e->store.store,
                                                  .crypto = &e->store.crypto,
                                                  .switch_bits = widths[i ? SERVER : CLIENT]},
                             world_now(n->w), wall(n)));
    drain(n, i);
    g_assert_true(n2_control_identity(e->control, &e->id));
}

static n2_job
start(net *n, int i, const n2_request *request)
{
    n2_job job;

    assert_ok(n2_control_start(n->end[i].control, request, world_now(n->w), wall(n), &job));
    drain(n, i);
    return job;
}

static gboolean
take_done(net *n, int i, n2_job job, n2_notice *out)
{
    GPtrArray *all = n->end[i].notices;

    for (guint k = 0; k < all->len; k++) {
        n2_notice *notice = all->pdata[k];

        if (notice->kind != N2_NOTICE_DONE || notice->job != job)
            continue;
        *out = *notice;
        *notice = (n2_notice){0};
        g_ptr_array_remove_index(all, k);
        return TRUE;
    }
    return FALSE;
}

static n2_notice
finish(net *n, int i, n2_job job, GByteArray *bytes)
{
    guint64 limit_us = world_now(n->w) + LIMIT_US;
    guint8 buf[20000];
    n2_notice done;
    gsize len;

    for (;;) {
        while (
            bytes &&
            !n2_control_read(n->end[i].control, job, buf, sizeof buf, &len, world_now(n->w)) &&
            len)
            g_byte_array_append(bytes, buf, (guint)len);
        drain(n, i);
        if (take_done(n, i, job, &done))
            return done;
        if (!step(n) || world_now(n->w) > limit_us)
            g_error("seed %" G_GUINT64_FORMAT ": job %u hangs", n->seed, job);
    }
}

static void
add_file(GByteArray *archive, const char *path, const guint8 *bytes, gsize len)
{
    guint16 path_len = GUINT16_TO_BE((guint16)strlen(path));
    guint64 size = GUINT64_TO_BE(len);
    guint64 time = 0;

    g_byte_array_append(archive, (const guint8 *)"\2", 1);
    g_byte_array_append(archive, (const guint8 *)&path_len, 2);
    g_byte_array_append(archive, (const guint8 *)path, (guint)strlen(path));
    g_byte_array_append(archive, (const guint8 *)&size, 8);
    g_byte_array_append(archive, (const guint8 *)&time, 8);
    g_byte_array_append(archive, bytes, (guint)len);
}

static void
publish(net *n)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_job job = start(n, 1, &(n2_request){.kind = N2_JOB_PUBLISH});

    add_file(archive, "data/file", n->file, FILE_BYTES);
    add_file(archive, "index.md", n->page, PAGE_BYTES);
    g_byte_array_append(archive, (const guint8 *)"\3", 1);
    assert_ok(n2_control_feed(n->end[1].control, job, archive->data, archive->len,
                              world_now(n->w), wall(n)));
    n2_control_feed_end(n->end[1].control, job, world_now(n->w), wall(n));
    n2_notice done = finish(n, 1, job, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
set_path(net *n)
{
    g_autoptr(GString) hops = g_string_new(NULL);
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    for (int i = 0; i < SERVER; i++)
        g_string_append_printf(hops, "%u/%u ", n->port_towards[i], widths[i]);
    n2_notice done = finish(
        n, 0,
        start(n, 0, &(n2_request){.kind = N2_JOB_PATH_SET, .address = id, .value = hops->str}),
        NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static net *
net_new(guint64 seed, guint32 loss_ppm)
{
    net *n = g_new0(net, 1);
    world_wire wire = {.rate_Bps = RATE_BPS, .delay_us = DELAY_US, .queue_bytes = QUEUE_BYTES};

    n->seed = seed;
    n->w = world_new(seed);
    n->page = fixture_bytes(seed, PAGE_BYTES);
    n->file = fixture_bytes(seed + 1, FILE_BYTES);
    world_set_datagram(n->w, DATAGRAM_BYTES);
    for (int i = 0; i < NODES; i++)
        n->node[i] = world_add(n->w, widths[i], on_event_cb, n);
    for (int i = 0; i < ENDS; i++)
        make_end(n, i);
    for (int i = 0; i < SERVER; i++) {
        n2_op op = {.kind = N2_OP_LINK_OPEN,
                    .net = n->node[i + 1]->addr,
                    .link_id = seed * NODES + (guint64)i};

        world_lay(n->w, n->node[i], n->node[i + 1], &wire);
        world_op(n->w, n->node[i], &op);
    }
    while (n->links_up < 2 * SERVER)
        g_assert_true(step(n));
    for (int i = 0; i < SERVER; i++)
        world_set_loss(n->w, n->node[i], n->node[i + 1], loss_ppm);
    publish(n);
    set_path(n);
    return n;
}

static void
net_free(net *n)
{
    for (int i = 0; i < ENDS; i++) {
        end_node *e = &n->end[i];
        n2_control *control = e->control;

        e->control = NULL;
        n2_control_free(control);
    }
    world_free(n->w);
    for (int i = 0; i < ENDS; i++) {
        end_node *e = &n->end[i];

        n2_keyring_free(e->ring);
        disk_mem_free(e->disk);
        g_ptr_array_unref(e->notices);
        fixture_clear(&e->store);
    }
    g_free(n->page);
    g_free(n->file);
    g_free(n);
}

static n2_job
open_path(net *n, const char *path)
{
    char id[N2_ID_TEXT_BYTES];
    g_autofree char *address = NULL;

    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    address = g_strdup_printf("net2o://%s/%s", id, path);
    return start(n, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
}

static void
assert_path(net *n, const char *path, const guint8 *want, gsize len)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_notice done = finish(n, 0, open_path(n, path), bytes);

    if (done.err)
        g_error("seed %" G_GUINT64_FORMAT ": %s: %s", n->seed, path, n2_err_name(done.err));
    g_assert_cmpmem(bytes->data, bytes->len, want, len);
    n2_notice_clear(&done);
}

/* ---- tests ---- */

static guint64
read_site(guint64 seed, guint32 loss_ppm)
{
    net *n = net_new(seed, loss_ppm);
    guint64 began_us = world_now(n->w);

    assert_path(n, "", n->page, PAGE_BYTES);
    assert_path(n, "data/file", n->file, FILE_BYTES);
    g_test_message("seed %" G_GUINT64_FORMAT ": %.2f s", seed,
                   (double)(world_now(n->w) - began_us) / SECOND_US);
    guint64 trace = world_trace(n->w);

    net_free(n);
    return trace;
}

static void
test_no_loss(void)
{
    (void)read_site(1, 0);
}

static void
test_loss(void)
{
    for (guint64 seed = 1; seed <= SEEDS; seed++)
        (void)read_site(seed, LOSS_PPM);
}

static void
test_replays(void)
{
    g_assert_cmphex(read_site(77, LOSS_PPM), ==, read_site(77, LOSS_PPM));
}

/* Each switch in turn dies in mid-transfer; the job ends, and says which hop it was. */
static void
test_dead_switch(void)
{
    for (int dead = 1; dead <= SWITCHES; dead++) {
        net *n = net_new(100 + (guint64)dead, 0);
        n2_job job = open_path(n, "data/file");
        guint64 until_us = world_now(n->w) + SECOND_US / 2;

        while (world_now(n->w) < until_us)
            g_assert_true(step(n));
        n->node[dead]->is_dead = true;
        n2_notice done = finish(n, 0, job, NULL);

        g_assert_cmpint(n2_err_exit(done.err), ==, 5);
        g_assert_cmpint(done.gone_hop, ==, dead + 1);
        g_test_message("switch %d: %s after %.1f s", dead, n2_err_name(done.err),
                       (double)(world_now(n->w) - until_us) / SECOND_US);
        n2_notice_clear(&done);
        net_free(n);
    }
}

/* A switch that is away for a while costs time, nothing else. */
static void
test_switch_comes_back(void)
{
    net *n = net_new(200, 0);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job = open_path(n, "data/file");
    guint64 until_us = world_now(n->w) + SECOND_US / 2;

    while (world_now(n->w) < until_us)
        g_assert_true(step(n));
    n->node[2]->is_dead = true;
    while (world_now(n->w) < until_us + 4 * SECOND_US)
        g_assert_true(step(n));
    n->node[2]->is_dead = false;
    n2_notice done = finish(n, 0, job, bytes);

    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, n->file, FILE_BYTES);
    n2_notice_clear(&done);
    net_free(n);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && argv[1][0] == '=') {
        guint64 seed = g_ascii_strtoull(argv[1] + 1, NULL, 10);

        return read_site(seed, LOSS_PPM) != read_site(seed, LOSS_PPM);
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/page/no-loss", test_no_loss);
    g_test_add_func("/sim/page/loss", test_loss);
    g_test_add_func("/sim/page/replays", test_replays);
    g_test_add_func("/sim/page/dead-switch", test_dead_switch);
    g_test_add_func("/sim/page/switch-comes-back", test_switch_comes_back);
    return g_test_run();
}
