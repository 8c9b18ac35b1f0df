/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-downgrade.c - attack 13: who sits on the way between two whole nodes drops, changes and
 *                   replays first packets, so that they meet by a weaker suite than both know.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/nodekey.h"
#include "disk-mem.h"
#include "keys/keyring.h"
#include "node/control.h"
#include "store-fixture.h"
#include "transport/first.h"
#include "world.h"

enum {
    WIDTH = 4,
    LINK_HEAD = 8,
    LONG_HEAD = 18,
    PAGE_BYTES = 3000
};

#define SECOND_US UINT64_C(1000000)
#define LIMIT_US (300 * SECOND_US)

typedef struct {
    fixture store;
    disk_mem *disk;
    n2_keyring *ring;
    n2_control *control;
    n2_id id;
    GPtrArray *notices; /* of n2_notice */
    guint8 suites;
} end_node;

typedef struct {
    world *w;
    world_node *node[2]; /* who asks, who has the page */
    end_node end[2];
    unsigned links_up;
    guint16 port;
    guint8 *page;
    /* who sits between */
    gboolean drops_query_2, drops_hello_2, hides_suites, replays_record;
    guint8 old[N2_FIRST_BYTES];  /* KEY of suite 1, once seen */
    guint hellos[3], answers[3]; /* by suite */
    guint resumed;
    guint sealed; /* packets of the asker */
} net;

static gint64
wall(const net *n)
{
    return G_GINT64_CONSTANT(1760000000000000) + (gint64)world_now(n->w);
}

/* ---- the attacker ---- */

/* Of a whole packet, by its first byte. */
static gsize
packet_bytes(guint8 kind)
{
    gsize data = (gsize)32 << 2 * (kind >> 2 & 3);

    return data + (kind & 0x10 ? 26 + 16 : kind & 0x20 ? LONG_HEAD : 6);
}

/* An unsealed packet to address 0.  What it shall not pass as gets a type that is none. */
static void
first_packet(net *n, guint8 *data, gboolean is_asker)
{
    guint8 suite = MIN(data[1], 2);

    if (data[0] == N2_FIRST_HELLO && is_asker) {
        n->hellos[suite]++;
        if (n->drops_hello_2 && suite == 2)
            data[0] = 0xff;
    } else if (data[0] == N2_FIRST_RESUME && n->drops_hello_2 && suite == 2) {
        data[0] = 0xff;
    } else if (data[0] == N2_FIRST_RESUMED) {
        n->resumed++;
    } else if (data[0] == N2_FIRST_ANSWER) {
        n->answers[suite]++;
    } else if (data[0] == N2_FIRST_QUERY && suite == 2 && n->drops_query_2) {
        data[0] = 0xff;
    } else if (data[0] == N2_FIRST_KEY && suite == 1) {
        if (n->hides_suites)
            data[N2_FIRST_HEAD_BYTES + 1] = 1;
        if (n->replays_record) {
            memcpy(data + 2, n->old + 2, 2); /* its key id; the token is this query's */
            memcpy(data + N2_FIRST_HEAD_BYTES, n->old + N2_FIRST_HEAD_BYTES,
                   N2_FIRST_BODY_BYTES);
        } else {
            memcpy(n->old, data, sizeof n->old);
        }
    }
}

static bool
tap_cb(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    net *n = user;

    (void)w;
    (void)to;
    for (gsize at = LINK_HEAD; bytes[6] < 0x40 && at < len && bytes[at];) {
        gsize packet = packet_bytes(bytes[at]);
        if (!packet || packet > len - at)
            break;
        if (bytes[at] & 0x10)
            n->sealed += from == n->node[0];
        else if (bytes[at] & 0x20 && packet >= LONG_HEAD + N2_FIRST_BYTES)
            first_packet(n, bytes + at + LONG_HEAD, from == n->node[0]);
        at += packet;
    }
    return true;
}

/* ---- two nodes ---- */

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
        world_op(n->w, n->node[i], &op);
    while (n2_control_next_notice(e->control, &notice))
        g_ptr_array_add(e->notices, g_memdup2(&notice, sizeof notice));
}

static void
on_event_cb(world *w, world_node *node, const n2_event *event, void *user)
{
    net *n = user;
    n2_event copy = *event;
    int i = node == n->node[1];

    (void)w;
    if (event->kind == N2_EVENT_LINK_UP) {
        n->links_up++;
        if (event->initiator)
            n->port = event->port;
    }
    if (!n->end[i].control)
        return;
    copy.bytes = event->bytes ? g_memdup2(event->bytes, event->len) : NULL;
    n2_control_input_event(n->end[i].control, &copy, world_now(n->w), wall(n));
    drain(n, i);
}

static gboolean
step(net *n)
{
    gboolean more = world_step(n->w);

    for (int i = 0; i < 2; i++) {
        if (n2_control_deadline(n->end[i].control) <= world_now(n->w))
            n2_control_expire(n->end[i].control, world_now(n->w), wall(n));
        drain(n, i);
    }
    return more;
}

/* The control plane begins anew, with what store and keyring hold. */
static void
begin(net *n, int i, guint8 suites)
{
    end_node *e = &n->end[i];
    n2_control *before = e->control;

    e->control = NULL;
    n2_control_free(before);
    assert_ok(n2_control_new(&e->control,
                             &(n2_control_config){.env = &e->store.env,
                                                  .store = e->store.store,
                                                  .crypto = &e->store.crypto,
                                                  .suites = suites,
                                                  .switch_bits = WIDTH},
                             world_now(n->w), wall(n)));
    drain(n, i);
    g_assert_true(n2_control_identity(e->control, &e->id));
}

static void
free_notice(gpointer data)
{
    n2_notice_clear(data);
    g_free(data);
}

static n2_notice
finish(net *n, int i, n2_job job, GByteArray *bytes)
{
    GPtrArray *all = n->end[i].notices;
    guint64 limit_us = world_now(n->w) + LIMIT_US;
    guint8 buf[20000];
    gsize len;

    for (;;) {
        while (
            bytes &&
            !n2_control_read(n->end[i].control, job, buf, sizeof buf, &len, world_now(n->w)) &&
            len)
            g_byte_array_append(bytes, buf, (guint)len);
        drain(n, i);
        for (guint k = 0; k < all->len; k++) {
            n2_notice *notice = all->pdata[k], done = *notice;

            if (notice->kind != N2_NOTICE_DONE || notice->job != job)
                continue;
            *notice = (n2_notice){0};
            g_ptr_array_remove_index(all, k);
            return done;
        }
        g_assert_true(step(n));
        g_assert_cmpuint(world_now(n->w), <, limit_us);
    }
}

static n2_job
start(net *n, int i, const n2_request *request)
{
    n2_job job;

    assert_ok(n2_control_start(n->end[i].control, request, world_now(n->w), wall(n), &job));
    drain(n, i);
    return job;
}

static void
assert_done(net *n, int i, n2_job job)
{
    n2_notice done = finish(n, i, job, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
publish(net *n)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_job job = start(n, 1, &(n2_request){.kind = N2_JOB_PUBLISH});
    guint64 size = GUINT64_TO_BE(PAGE_BYTES), time = 0;

    g_byte_array_append(archive, (const guint8 *)"\2\0\10index.md", 11);
    g_byte_array_append(archive, (const guint8 *)&size, 8);
    g_byte_array_append(archive, (const guint8 *)&time, 8);
    g_byte_array_append(archive, n->page, PAGE_BYTES);
    g_byte_array_append(archive, (const guint8 *)"\3", 1);
    assert_ok(n2_control_feed(n->end[1].control, job, archive->data, archive->len,
                              world_now(n->w), wall(n)));
    n2_control_feed_end(n->end[1].control, job, world_now(n->w), wall(n));
    assert_done(n, 1, job);
}

static net *
net_new(guint64 seed, guint8 asker, guint8 holder)
{
    net *n = g_new0(net, 1);
    world_wire wire = {.delay_us = 5000};
    char id[N2_ID_TEXT_BYTES];

    n->w = world_new(seed);
    n->page = fixture_bytes(seed, PAGE_BYTES);
    world_set_tap(n->w, tap_cb, n);
    for (int i = 0; i < 2; i++)
        n->node[i] = world_add(n->w, WIDTH, on_event_cb, n);
    for (int i = 0; i < 2; i++) {
        end_node *e = &n->end[i];
        fixture_init(&e->store, FALSE);
        e->store.seed = seed * 2 + (guint64)i;
        e->disk = disk_mem_new();
        e->notices = g_ptr_array_new_with_free_func(free_notice);
        assert_ok(n2_keyring_open(&e->ring, &e->disk->disk, &e->store.env, "", NULL));
        begin(n, i, i ? holder : asker);
    }
    n2_op op = {.kind = N2_OP_LINK_OPEN, .net = n->node[1]->addr, .link_id = 7};
    world_lay(n->w, n->node[0], n->node[1], &wire);
    world_op(n->w, n->node[0], &op);
    while (n->links_up < 2)
        g_assert_true(step(n));
    publish(n);
    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    g_autofree char *hops = g_strdup_printf("%u/%u", n->port, WIDTH);
    assert_done(
        n, 0,
        start(n, 0, &(n2_request){.kind = N2_JOB_PATH_SET, .address = id, .value = hops}));
    return n;
}

static void
net_free(net *n)
{
    for (int i = 0; i < 2; i++) {
        n2_control *control = n->end[i].control;
        n->end[i].control = NULL;
        n2_control_free(control);
    }
    world_free(n->w);
    for (int i = 0; i < 2; i++) {
        end_node *e = &n->end[i];
        n2_keyring_free(e->ring);
        disk_mem_free(e->disk);
        g_ptr_array_unref(e->notices);
        fixture_clear(&e->store);
    }
    g_free(n->page);
    g_free(n);
}

/* Whether the page came, as it is now: an old one is shown from the store, and nobody asked. */
static gboolean
reads(net *n)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &n->end[1].id);
    g_autofree char *address = g_strdup_printf("net2o://%s/", id);
    memset(n->hellos, 0, sizeof n->hellos);
    memset(n->answers, 0, sizeof n->answers);
    n2_notice done = finish(
        n, 0, start(n, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address}), bytes);
    gboolean ok =
        !done.err && bytes->len == PAGE_BYTES && memcmp(bytes->data, n->page, PAGE_BYTES) == 0;
    g_test_message("%s; hellos of suite 1: %u, 2: %u", n2_err_name(done.err), n->hellos[1],
                   n->hellos[2]);
    n2_notice_clear(&done);
    return ok;
}

/* What was asked for inside a connection. */
static void
assert_nothing_asked(net *n)
{
    n2_notice done = finish(n, 1, start(n, 1, &(n2_request){.kind = N2_JOB_STATUS}), NULL);

    assert_ok(done.err);
    const n2_cell *cell = n2_table_get(done.table, 0, "served_reads");
    g_assert_nonnull(cell);
    g_assert_cmpint(cell->integer, ==, 0);
    n2_notice_clear(&done);
}

/* ---- tests ---- */

/* The strongest that both know, whatever the owner of either chose. */
static void
test_strongest(void)
{
    static const struct {
        guint8 asker, holder, suite; /* 0: they have none in common */
    } rows[] = {{1, 1, 1}, {1, 3, 2}, {1, 2, 2}, {3, 1, 1}, {3, 3, 2}, {2, 3, 2}, {2, 1, 0}};

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        net *n = net_new(10 + i, rows[i].asker, rows[i].holder);
        g_assert_cmpint(reads(n), ==, rows[i].suite != 0);
        for (guint suite = 1; suite <= 2; suite++)
            g_assert_cmpint(n->hellos[suite] > 0, ==, suite == rows[i].suite);
        net_free(n);
    }
}

/* Silence about the stronger one: no page, and no weaker hello; then he goes, and it comes. */
static void
test_silence(void)
{
    net *n = net_new(30, 1, 3);

    n->drops_query_2 = TRUE;
    g_assert_false(reads(n));
    g_assert_cmpuint(n->hellos[1] + n->hellos[2], ==, 0);
    n->drops_query_2 = FALSE;
    n->drops_hello_2 = TRUE;
    g_assert_false(reads(n));
    g_assert_cmpuint(n->hellos[1], ==, 0);
    g_assert_cmpuint(n->hellos[2], >, 0);
    n->drops_hello_2 = FALSE;
    g_assert_true(reads(n));
    g_assert_cmpuint(n->hellos[1], ==, 0);
    net_free(n);
}

/* The record's list of suites is cut on the way: such a record opens no handshake. */
static void
test_hidden(void)
{
    net *n = net_new(40, 1, 3);

    n->hides_suites = TRUE;
    g_assert_false(reads(n));
    g_assert_cmpuint(n->hellos[1], >, 0);
    g_assert_cmpuint(n->answers[1], ==, 0);
    assert_nothing_asked(n);
    n->hides_suites = FALSE;
    g_assert_true(reads(n));
    g_assert_cmpuint(n->hellos[1], ==, 0);
    net_free(n);
}

/* A record of the time when the holder had one suite only, which still holds: the statement
 * inside the connection says what there is now, and nothing is asked before that. */
static void
test_old_record(void)
{
    net *n = net_new(50, 1, 1);

    g_assert_true(reads(n)); /* he sees the record */
    begin(n, 1, 3);          /* the owner has turned the other suite on */
    n->page[0] ^= 1;
    publish(n);
    begin(n, 0, 1);
    n->replays_record = n->drops_query_2 = TRUE;
    g_assert_false(reads(n));
    g_assert_cmpuint(n->answers[1], <=, 1); /* and from then on it is known to be old */
    assert_nothing_asked(n);
    n->drops_query_2 = FALSE;
    g_assert_true(reads(n));
    g_assert_cmpuint(n->hellos[1], ==, 0);

    /* What was proven is known after a restart too, though the key is of no use any more. */
    n->page[1] ^= 1;
    publish(n);
    begin(n, 0, 1);
    n->replays_record = n->drops_query_2 = n->drops_hello_2 = TRUE;
    g_assert_false(reads(n));
    g_assert_cmpuint(n->hellos[1], ==, 0);
    begin(n, 0, 1);
    n->drops_query_2 = n->drops_hello_2 = FALSE;
    g_assert_true(reads(n));
    g_assert_cmpuint(n->hellos[1], ==, 0);
    net_free(n);
}

/* Nothing a user does: a connection that ended for idleness goes on from where it was, by the
 * suite that it had, and with no other word than that. */
static void
test_goes_on(void)
{
    for (guint8 holder = 1; holder <= 3; holder += 2) {
        net *n = net_new(60 + holder, 1, holder);
        g_assert_true(reads(n));
        guint64 until_us = world_now(n->w) + 200 * SECOND_US;
        while (world_now(n->w) < until_us)
            g_assert_true(step(n));
        n->page[0] ^= 1;
        publish(n);
        g_assert_true(reads(n));
        g_assert_cmpuint(n->resumed, ==, 1);
        g_assert_cmpuint(n->hellos[1] + n->hellos[2], ==, 0);
        net_free(n);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/downgrade/goes-on", test_goes_on);
    g_test_add_func("/sim/downgrade/attack-13-strongest", test_strongest);
    g_test_add_func("/sim/downgrade/attack-13-silence", test_silence);
    g_test_add_func("/sim/downgrade/attack-13-hidden", test_hidden);
    g_test_add_func("/sim/downgrade/attack-13-old-record", test_old_record);
    return g_test_run();
}
