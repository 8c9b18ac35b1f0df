/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-holders.c - one content from three holders at once, each at the end of a line of its own:
 *                 all lines are full; one that lies, stalls or goes away holds nothing up.
 *
 *   sim-holders         a GLib test
 */
#include <string.h>

#include "disk-mem.h"
#include "keys/keyring.h"
#include "node/control.h"
#include "store-fixture.h"
#include "world.h"

enum {
    HOLDERS = 3,
    NODES = 1 + HOLDERS,
    WIDTH = 4,
    DATAGRAM_BYTES = 2200,
    LINE_BPS = 12500000, /* bytes a second: 100 Mbit/s */
    DELAY_US = 10000,
    GROUP = 1 << 20,
    FULL_GROUPS = 256,
    SOME_GROUPS = 24
};

#define SECOND_US UINT64_C(1000000)

typedef enum {
    HONEST,
    LIAR,    /* writes other bytes */
    STALLER, /* answers, and writes nothing more after a while */
    GOES     /* away in mid-transfer */
} manner;

typedef struct {
    fixture store;
    disk_mem *disk;
    n2_keyring *ring;
    n2_control *control;
    n2_id id;
    GPtrArray *notices; /* of n2_notice */
    world_node *node;
    manner manner;
    guint n_sends, n_held;
    guint64 sent_bytes; /* asked of it */
} member;

typedef struct {
    world *w;
    member m[NODES]; /* the first is the reader */
    guint links_up;
    guint8 *file, *other;
    gsize bytes;
} crowd;

static gint64
wall(const crowd *c)
{
    return G_GINT64_CONSTANT(1760000000000000) + (gint64)world_now(c->w);
}

/* What a holder does with an order of its control plane; FALSE: nothing. */
static gboolean
tamper(crowd *c, member *m, n2_op *op)
{
    if (op->kind != N2_OP_SEND)
        return TRUE;
    m->n_sends++;
    m->sent_bytes += op->size;
    if (m->manner == LIAR)
        op->memory = c->other;
    if (m->manner == STALLER && m->n_sends > 3) {
        m->n_held++;
        return FALSE;
    }
    if (m->manner == GOES && m->n_sends > 6)
        m->node->is_dead = true;
    return TRUE;
}

static void
drain(crowd *c, member *m)
{
    n2_notice notice;
    guint8 *request;
    gsize len;
    n2_op op;

    while (n2_control_next_key_request(m->control, &request, &len)) {
        guint8 answer[N2_KEYRING_MESSAGE_BYTES_MAX];
        gsize answer_len;

        assert_ok(n2_keyring_answer(m->ring, request, len, wall(c), answer, sizeof answer,
                                    &answer_len));
        free(request);
        n2_control_key_answer(m->control, answer, answer_len, world_now(c->w), wall(c));
    }
    while (n2_control_next_op(m->control, &op))
        if (tamper(c, m, &op))
            world_op(c->w, m->node, &op);
    while (n2_control_next_notice(m->control, &notice))
        g_ptr_array_add(m->notices, g_memdup2(&notice, sizeof notice));
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    crowd *c = user;
    n2_event copy = *event;

    (void)w;
    c->links_up += event->kind == N2_EVENT_LINK_UP;
    for (int i = 0; i < NODES; i++) {
        if (node != c->m[i].node || !c->m[i].control)
            continue;
        copy.bytes = event->bytes ? malloc(event->len) : NULL;
        if (copy.bytes)
            memcpy(copy.bytes, event->bytes, event->len);
        n2_control_input_event(c->m[i].control, &copy, world_now(c->w), wall(c));
        drain(c, &c->m[i]);
    }
}

static gboolean
step(crowd *c)
{
    gboolean more = world_step(c->w);

    for (int i = 0; i < NODES; i++) {
        if (n2_control_deadline(c->m[i].control) <= world_now(c->w))
            n2_control_expire(c->m[i].control, world_now(c->w), wall(c));
        drain(c, &c->m[i]);
    }
    return more;
}

static n2_job
start(crowd *c, int i, const n2_request *request)
{
    n2_job job;

    assert_ok(n2_control_start(c->m[i].control, request, world_now(c->w), wall(c), &job));
    drain(c, &c->m[i]);
    return job;
}

/* Runs until @job ends; what it gives to read is @want (nullable), byte for byte. */
static n2_notice
finish(crowd *c, int i, n2_job job, const guint8 *want, gsize *got)
{
    guint64 limit_us = world_now(c->w) + 300 * SECOND_US;
    static guint8 buf[GROUP];
    gsize len, at = 0;

    for (;;) {
        while (want &&
               !n2_control_read(c->m[i].control, job, buf, sizeof buf, &len, world_now(c->w)) &&
               len) {
            g_assert_cmpuint(at + len, <=, c->bytes);
            g_assert_true(memcmp(want + at, buf, len) == 0);
            at += len;
        }
        drain(c, &c->m[i]);
        for (guint k = 0; k < c->m[i].notices->len; k++) {
            n2_notice *notice = c->m[i].notices->pdata[k];

            if (notice->kind != N2_NOTICE_DONE || notice->job != job)
                continue;
            n2_notice out = *notice;
            *notice = (n2_notice){0};
            g_ptr_array_remove_index(c->m[i].notices, k);
            if (got)
                *got = at;
            return out;
        }
        if (!step(c) || world_now(c->w) > limit_us)
            g_error("job %u hangs", job);
    }
}

static void
run(crowd *c, int i, const n2_request *request)
{
    n2_notice done = finish(c, i, start(c, i, request), NULL, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
free_notice(gpointer data)
{
    n2_notice_clear(data);
    g_free(data);
}

static void
make_member(crowd *c, int i)
{
    member *m = &c->m[i];

    fixture_init(&m->store, FALSE);
    m->store.seed = 100 + (guint64)i;
    m->disk = disk_mem_new();
    m->notices = g_ptr_array_new_with_free_func(free_notice);
    assert_ok(n2_keyring_open(&m->ring, &m->disk->disk, &m->store.env, "", NULL));
    assert_ok(n2_control_new(&m->control,
                             &(n2_control_config){.env = &m->store.env,
                                                  .store = m->store.store,
                                                  .crypto = &m->store.crypto,
                                                  .switch_bits = WIDTH},
                             world_now(c->w), wall(c)));
    drain(c, m);
    g_assert_true(n2_control_identity(m->control, &m->id));
}

static void
publish(crowd *c, int i)
{
    g_autoptr(GByteArray) head = g_byte_array_new();
    n2_job job = start(c, i, &(n2_request){.kind = N2_JOB_PUBLISH});
    guint64 size = GUINT64_TO_BE(c->bytes), time = 0;
    n2_control *control = c->m[i].control;

    g_byte_array_append(head, (const guint8 *)"\2\0\4file", 7);
    g_byte_array_append(head, (const guint8 *)&size, 8);
    g_byte_array_append(head, (const guint8 *)&time, 8);
    assert_ok(n2_control_feed(control, job, head->data, head->len, world_now(c->w), wall(c)));
    assert_ok(n2_control_feed(control, job, c->file, c->bytes, world_now(c->w), wall(c)));
    assert_ok(n2_control_feed(control, job, (const guint8 *)"\3", 1, world_now(c->w), wall(c)));
    n2_control_feed_end(control, job, world_now(c->w), wall(c));
    n2_notice done = finish(c, i, job, NULL, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

/* The address of the file by its hash alone. */
static char *
hash_address(crowd *c)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &c->m[1].id);
    g_autofree char *folder = g_strdup_printf("net2o://%s/", id);
    n2_notice done = finish(
        c, 1, start(c, 1, &(n2_request){.kind = N2_JOB_LIST, .address = folder}), NULL, NULL);
    assert_ok(done.err);
    n2_table *entries = n2_table_get(done.table, 0, "entries")->table;
    char *address = g_strconcat("net2o://", n2_table_get(entries, 0, "hash")->text, NULL);

    n2_notice_clear(&done);
    return address;
}

static crowd *
crowd_new(gsize n_groups, manner third)
{
    const world_wire wire = {
        .rate_Bps = LINE_BPS, .delay_us = DELAY_US, .queue_bytes = 256 * 1024};
    crowd *c = g_new0(crowd, 1);

    c->w = world_new(7);
    c->bytes = n_groups * GROUP - 1000;
    c->file = fixture_bytes(5, c->bytes);
    c->other = fixture_bytes(6, GROUP);
    world_set_datagram(c->w, DATAGRAM_BYTES);
    for (int i = 0; i < NODES; i++)
        c->m[i].node = world_add(c->w, WIDTH, on_event_cb, c);
    for (int i = 0; i < NODES; i++)
        make_member(c, i);
    for (int i = 1; i < NODES; i++) {
        g_autofree char *endpoint = g_strdup_printf("udp:holder:%d", i);
        char id[N2_ID_TEXT_BYTES];

        world_lay(c->w, c->m[0].node, c->m[i].node, &wire);
        publish(c, i);
        n2_id_format(id, N2_ID_IDENTITY, &c->m[i].id);
        run(c, 0,
            &(n2_request){.kind = N2_JOB_PEER_ADD,
                          .address = id,
                          .value = endpoint,
                          .net = c->m[i].node->addr});
    }
    while (c->links_up < 2 * HOLDERS)
        g_assert_true(step(c));
    c->m[HOLDERS].manner = third;
    return c;
}

static void
crowd_free(crowd *c)
{
    for (int i = 0; i < NODES; i++) {
        n2_control *control = c->m[i].control;

        c->m[i].control = NULL;
        n2_control_free(control);
    }
    world_free(c->w);
    for (int i = 0; i < NODES; i++) {
        n2_keyring_free(c->m[i].ring);
        disk_mem_free(c->m[i].disk);
        g_ptr_array_unref(c->m[i].notices);
        fixture_clear(&c->m[i].store);
    }
    g_free(c->file);
    g_free(c->other);
    g_free(c);
}

/* Reads it all; seconds. */
static double
read_all(crowd *c)
{
    g_autofree char *address = hash_address(c);
    guint64 began_us = world_now(c->w);
    n2_job job = start(c, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    gsize got;
    n2_notice done = finish(c, 0, job, c->file, &got);

    assert_ok(done.err);
    g_assert_cmpuint(got, ==, c->bytes);
    n2_notice_clear(&done);
    return (double)(world_now(c->w) - began_us) / (double)SECOND_US;
}

/* Bytes that came over all lines, with every head. */
static guint64
line_bytes(const crowd *c)
{
    guint64 sum = 0;

    for (int i = 1; i < NODES; i++)
        sum += world_wire_peek(c->w, c->m[i].node, c->m[0].node).delivered_bytes;
    return sum;
}

/* ---- tests ---- */

static void
test_lines_are_full(void)
{
    crowd *c = crowd_new(FULL_GROUPS, HONEST);
    double s = read_all(c);
    double share = (double)c->bytes / s / (HOLDERS * (double)LINE_BPS);

    g_test_message("%.2f s: %.3f of the sum of the lines", s, share);
    g_assert_cmpfloat(share, >=, 0.92);
    /* And none twice: 2 % of what was asked for, at most. */
    guint64 asked = 0;
    for (int i = 1; i < NODES; i++) {
        g_assert_cmpuint(c->m[i].sent_bytes, >, c->bytes / HOLDERS * 8 / 10);
        asked += c->m[i].sent_bytes;
    }
    g_assert_cmpuint(asked, <=, c->bytes + c->bytes / 50);
    crowd_free(c);
}

static void
test_one_is_slow(void)
{
    crowd *c = crowd_new(FULL_GROUPS / 2, HONEST);
    const world_wire slow = {
        .rate_Bps = LINE_BPS / 10, .delay_us = DELAY_US, .queue_bytes = 256 * 1024};

    world_change(c->w, c->m[HOLDERS].node, c->m[0].node, &slow);
    double s = read_all(c);
    double share = (double)c->bytes / s / (2.1 * (double)LINE_BPS);
    guint64 came = line_bytes(c);

    g_test_message("%.2f s: %.3f of the sum of the lines, %.3f of the bytes came", s, share,
                   (double)came / (double)c->bytes);
    g_assert_cmpfloat(share, >=, 0.8);
    g_assert_cmpuint(came, <=, (guint64)((double)c->bytes * 1.05 * 1.02));
    crowd_free(c);
}

/* attack 29: its first wrong block is its last. */
static void
test_liar(void)
{
    crowd *c = crowd_new(SOME_GROUPS, LIAR);
    double s = read_all(c);
    guint n = c->m[HOLDERS].n_sends;

    g_test_message("%.2f s, the liar was asked %u times", s, n);
    g_assert_cmpuint(n, >, 0);
    g_assert_cmpfloat(s, <, (double)c->bytes / (2 * (double)LINE_BPS) + 1.5);
    /* It is out: another content is not asked of it. */
    n2_notice status =
        finish(c, 0, start(c, 0, &(n2_request){.kind = N2_JOB_STATUS}), NULL, NULL);
    assert_ok(status.err);
    g_assert_cmpint(n2_table_get(status.table, 0, "fetch_forged")->integer, >, 0);
    n2_notice_clear(&status);
    crowd_free(c);
}

static void
test_staller(void)
{
    crowd *c = crowd_new(SOME_GROUPS, STALLER);
    double s = read_all(c);

    g_test_message("%.2f s, %u stretches were held back", s, c->m[HOLDERS].n_held);
    g_assert_cmpuint(c->m[HOLDERS].n_held, >, 0);
    g_assert_cmpfloat(s, <, (double)c->bytes / (2 * (double)LINE_BPS) + 1.5);
    crowd_free(c);
}

static void
test_one_goes_away(void)
{
    crowd *c = crowd_new(SOME_GROUPS, GOES);
    double s = read_all(c);

    g_test_message("%.2f s", s);
    g_assert_true(c->m[HOLDERS].node->is_dead);
    g_assert_cmpfloat(s, <, (double)c->bytes / (2 * (double)LINE_BPS) + 1.5);
    crowd_free(c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/holders/lines-are-full", test_lines_are_full);
    g_test_add_func("/sim/holders/one-is-slow", test_one_is_slow);
    g_test_add_func("/sim/holders/liar", test_liar);
    g_test_add_func("/sim/holders/staller", test_staller);
    g_test_add_func("/sim/holders/one-goes-away", test_one_goes_away);
    return g_test_run();
}
