/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * net.c - whole nodes at the two ends of a chain of switches.
 */
#include "net.h"

#include <stdlib.h>
#include <string.h>

enum {
    DATAGRAM_BYTES = 2200
};

static const uint8_t widths[NET_NODES_MAX] = {4, 2, 5, 3, 6};

static gint64
wall(const net *n)
{
    return G_GINT64_CONSTANT(1760000000000000) + (gint64)world_now(n->w);
}

static world_node *
node_of(const net *n, int end)
{
    return n->node[end ? n->server : 0];
}

/* The person at that end. */
static void
answer_ask(net *n, int i, const n2_notice *notice)
{
    const n2_request request = {.kind = n->as ? N2_JOB_ASK_CHOOSE : N2_JOB_ASK_REFUSE,
                                .number = notice->ask,
                                .value = n->as};
    n2_job job;

    assert_ok(n2_control_start(n->end[i].control, &request, world_now(n->w), wall(n), &job));
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
    while (n2_control_next_op(e->control, &op)) {
        if (n->tap)
            n->tap(n, i, &op);
        world_op(n->w, node_of(n, i), &op);
    }
    while (n2_control_next_notice(e->control, &notice)) {
        if (notice.kind == N2_NOTICE_ASK)
            answer_ask(n, i, &notice);
        g_ptr_array_add(e->notices, g_memdup2(&notice, sizeof notice));
    }
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    net *n = user;
    n2_event copy = *event;

    (void)w;
    if (event->kind == N2_EVENT_LINK_UP) {
        for (unsigned i = 0; i < n->server; i++)
            if (node == n->node[i] && event->initiator)
                n->port_towards[i] = event->port;
        n->links_up++;
    }
    for (int i = 0; i < NET_ENDS; i++) {
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
gboolean
net_step(net *n)
{
    gboolean more = world_step(n->w);

    for (int i = 0; i < NET_ENDS; i++) {
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
                                                  .shows = n->plan.shows,
                                                  .switch_bits = widths[i ? n->server : 0]},
                             world_now(n->w), wall(n)));
    drain(n, i);
    g_assert_true(n2_control_identity(e->control, &e->id));
}

n2_job
net_start(net *n, int i, const n2_request *request)
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

n2_notice
net_finish(net *n, int i, n2_job job, GByteArray *bytes)
{
    guint64 limit_us = world_now(n->w) + NET_LIMIT_US;
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
        if (!net_step(n) || world_now(n->w) > limit_us)
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
    n2_job job = net_start(n, 1, &(n2_request){.kind = N2_JOB_PUBLISH});

    add_file(archive, "data/file", n->file, n->plan.file_bytes);
    add_file(archive, "index.md", n->page, NET_PAGE_BYTES);
    g_byte_array_append(archive, (const guint8 *)"\3", 1);
    assert_ok(n2_control_feed(n->end[1].control, job, archive->data, archive->len,
                              world_now(n->w), wall(n)));
    n2_control_feed_end(n->end[1].control, job, world_now(n->w), wall(n));
    n2_notice done = net_finish(n, 1, job, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
set_path(net *n)
{
    g_autoptr(GString) hops = g_string_new(NULL);
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    for (unsigned i = 0; i < n->server; i++)
        g_string_append_printf(hops, "%u/%u ", n->port_towards[i], widths[i]);
    n2_notice done = net_finish(
        n, 0,
        net_start(n, 0,
                  &(n2_request){.kind = N2_JOB_PATH_SET, .address = id, .value = hops->str}),
        NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
open_links(net *n)
{
    for (unsigned i = 0; i < n->server; i++) {
        n2_op op = {.kind = N2_OP_LINK_OPEN,
                    .net = n->node[i + 1]->addr,
                    .link_id = n->seed * NET_NODES_MAX + i};

        world_op(n->w, n->node[i], &op);
    }
}

static void
meet(net *n)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    n2_notice done = net_finish(n, 0,
                                net_start(n, 0,
                                          &(n2_request){.kind = N2_JOB_PEER_ADD,
                                                        .address = id,
                                                        .value = "udp:server:1",
                                                        .net = n->node[1]->addr}),
                                NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

void
net_renew_client(net *n)
{
    end_node *e = &n->end[0];

    n2_control *control = e->control;
    e->control = NULL;
    n2_control_free(control);
    n2_keyring_free(e->ring);
    disk_mem_free(e->disk);
    g_ptr_array_unref(e->notices);
    fixture_clear(&e->store);
    n->seed++;
    make_end(n, 0);
    set_path(n);
}

void
net_run(net *n, guint64 us)
{
    guint64 until_us = world_now(n->w) + us;

    while (world_now(n->w) < until_us)
        g_assert_true(net_step(n));
}

net *
net_new(guint64 seed, const net_plan *plan)
{
    net *n = g_new0(net, 1);

    g_assert_cmpuint(plan->n_switches + 2, <=, NET_NODES_MAX);
    n->seed = seed;
    n->plan = *plan;
    n->server = plan->n_switches + 1;
    n->w = world_new(seed);
    n->page = fixture_bytes(seed, NET_PAGE_BYTES);
    n->file = fixture_bytes(seed + 1, n->plan.file_bytes);
    world_set_datagram(n->w, plan->datagram_bytes ? plan->datagram_bytes : DATAGRAM_BYTES);
    for (unsigned i = 0; i <= n->server; i++)
        n->node[i] = world_add(n->w, widths[i], on_event_cb, n);
    for (int i = 0; i < NET_ENDS; i++)
        make_end(n, i);
    for (unsigned i = 0; i < n->server; i++)
        world_lay(n->w, n->node[i], n->node[i + 1], &n->plan.wire);
    publish(n);
    if (n->server == 1)
        meet(n);
    else
        open_links(n);
    while (n->links_up < 2 * n->server)
        g_assert_true(net_step(n));
    for (unsigned i = 0; i < n->server; i++)
        world_set_loss(n->w, n->node[i], n->node[i + 1], plan->loss_ppm);
    if (n->server > 1)
        set_path(n);
    return n;
}

void
net_free(net *n)
{
    for (int i = 0; i < NET_ENDS; i++) {
        end_node *e = &n->end[i];
        n2_control *control = e->control;

        e->control = NULL;
        n2_control_free(control);
    }
    world_free(n->w);
    for (int i = 0; i < NET_ENDS; i++) {
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

n2_job
net_open(net *n, const char *path)
{
    char id[N2_ID_TEXT_BYTES];
    g_autofree char *address = NULL;

    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    address = g_strdup_printf("net2o://%s/%s", id, path);
    return net_start(n, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
}

void
net_assert_path(net *n, const char *path, const guint8 *want, gsize len)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_notice done = net_finish(n, 0, net_open(n, path), bytes);

    if (done.err)
        g_error("seed %" G_GUINT64_FORMAT ": %s: %s", n->seed, path, n2_err_name(done.err));
    g_assert_cmpmem(bytes->data, bytes->len, want, len);
    n2_notice_clear(&done);
}
