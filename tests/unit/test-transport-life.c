/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-life.c - commands, full windows, silence and the end: attack 7.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "transport-fixture.h"
#include "wire/packet.h"

/* Who only receives acknowledges for as long as data come. */
static void
test_only_receives(fixture *f, gconstpointer data)
{
    uint8_t unit[32] = {0};
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = f->conn,
                .address = f->address,
                .memory = f->memory,
                .size = 32,
                .unit = 32};

    (void)data;
    puppet_host_op(&f->h, &op);
    for (unsigned i = 0; i < 70000; i++) { /* more than N2_FLIGHT_PACKETS_MAX */
        puppet_send(&f->p, f->address, unit, 32);
        f->h.now_us += 30000;
        f->p.n_kept = 0;
        puppet_take(&f->p);
        if (!f->p.n_kept)
            g_error("no acknowledgement after %u", i);
    }
}

/* All that is allowed under way, and acknowledgements still leave. */
static void
test_full_window(fixture *f, gconstpointer data)
{
    static uint8_t source[64 * UNIT];
    uint8_t zeros[32] = {0};
    unsigned n = 0;

    (void)data;
    for (unsigned i = 0; i < N2_SENDS_MAX; i++)
        send_op(f, source, sizeof source, i);
    puppet_wait(&f->p, 1500000, 1000, false); /* it sends until it may not */
    puppet_forget(&f->p);
    puppet_send(&f->p, f->p.peer.command + 1, zeros, 32);
    puppet_wait(&f->p, 40000, 1000, false);
    for (unsigned i = 0; i < f->p.n_kept; i++)
        n += f->p.kept[i].address == f->p.offer.control;
    g_assert_cmpuint(n, >=, 1);
    send_op(f, source, sizeof source, 999);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_SENT)->err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_SENT)->tag, ==, 999);
}

/* The control plane is behind: commands are held, and told when it has caught up, though no
 * packet comes any more. */
static void
test_held_commands(fixture *f, gconstpointer data)
{
    uint8_t unit[32] = {0};

    (void)data;
    f->h.holds_events = true;
    /* Each unit is an event: fill the queue, going through the ring as far as it goes. */
    unsigned n = 1;
    for (; n < N2_ENDPOINT_EVENTS_MAX + 1500; n++) {
        unit[0] = (uint8_t)n;
        unit[1] = (uint8_t)(n >> 8);
        puppet_send(&f->p, f->p.peer.command + n, unit, 32);
    }
    f->h.holds_events = false;
    for (unsigned i = 0; i < 10; i++) {
        f->h.now_us += 20000;
        puppet_take(&f->p);
    }
    g_assert_cmpuint(f->h.command_bytes, ==, n * 32);
    for (unsigned i = 1; i < n; i++)
        g_assert_cmpuint(f->h.commands[i * 32] | f->h.commands[i * 32 + 1] << 8, ==, i);
}

/* Units out of order, twice, over the ring's end: the stream comes whole and in order, and
 * nothing beyond the window is taken. */
static void
test_stream(fixture *f, gconstpointer data)
{
    const unsigned ring = N2_COMMAND_RING_BYTES / 32;
    uint8_t big[UNIT];

    (void)data;
    n2_endpoint_stats before = stats(&f->h);
    puppet_send(&f->p, f->p.peer.command + ring + 1, big, 32);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 1);
    for (unsigned at = 1; at < 3 * ring; at += 64) {
        for (unsigned i = 0; i < 64; i++)
            memset(big + i * 32, (int)((at + i) * 7), 32);
        puppet_send(&f->p, f->p.peer.command + at + 32, big + 1024, 512);
        puppet_send(&f->p, f->p.peer.command + at + 17, big + 17 * 32, 32);
        puppet_send(&f->p, f->p.peer.command + at, big, UNIT);
    }
    g_assert_cmpuint(f->h.command_bytes, >=, 3 * N2_COMMAND_RING_BYTES);
    for (unsigned u = 1; u < 3 * ring; u++)
        g_assert_cmpuint(f->h.commands[u * 32 + 31], ==, (uint8_t)(u * 7));
}

/* Units that the control plane has long taken come again, as they do when an acknowledgement
 * was lost: they change nothing. */
static void
test_old_units(fixture *f, gconstpointer data)
{
    uint8_t units[UNIT];

    (void)data;
    memset(units, 1, sizeof units);
    for (unsigned at = 1; at < 3 * 64; at += 64)
        puppet_send(&f->p, f->p.peer.command + at, units, UNIT);
    size_t taken = f->h.command_bytes;
    g_assert_cmpuint(taken, ==, (1 + 3 * 64) * 32);
    memset(units, 2, sizeof units);
    for (unsigned at = 0; at < 64; at++)
        puppet_send(&f->p, f->p.peer.command + at, units, 32);
    puppet_send(&f->p, f->p.peer.command + 1, units, UNIT);
    puppet_send(&f->p, f->p.peer.command + 100, units, 512);
    g_assert_cmpuint(f->h.command_bytes, ==, taken);
    for (unsigned i = 32; i < taken; i++)
        g_assert_cmpuint(f->h.commands[i], ==, 1);
    puppet_send(&f->p, f->p.peer.command + 150, units, UNIT); /* some of it is new */
    g_assert_cmpuint(f->h.command_bytes, ==, (150 + 64) * 32);
    g_assert_cmpuint(f->h.commands[taken - 1], ==, 1);
    g_assert_cmpuint(f->h.commands[taken], ==, 2);
    taken = f->h.command_bytes;
    for (unsigned i = 0; i < 100; i++) /* it rests, and has no ring */
        puppet_wait(&f->p, 50000, 50000, true);
    puppet_send(&f->p, f->p.peer.command + 1, units, UNIT);
    puppet_send(&f->p, f->p.peer.command + 213, units, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, taken);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
}

static void
test_command_sizes(fixture *f, gconstpointer data)
{
    static const size_t sizes[] = {1, 31, 32, 33, 2048, 2049, 65536, 300000};
    g_autofree uint8_t *got = g_malloc0(1 << 20);
    uint64_t expect = 0;

    (void)data;
    for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++) {
        n2_op op = {
            .kind = N2_OP_COMMAND, .conn = f->conn, .bytes = malloc(sizes[s]), .len = sizes[s]};
        memset(op.bytes, (int)s + 1, op.len);
        puppet_host_op(&f->h, &op);
        for (unsigned i = 0; i < 400; i++)
            puppet_wait(&f->p, 5000, 5000, true);
        for (unsigned i = 0; i < f->p.n_kept; i++) {
            const puppet_packet *k = &f->p.kept[i];
            uint64_t at = (k->address - f->p.offer.command) * 32;
            if (k->address >> 32 == f->p.offer.command >> 32)
                memcpy(got + at, k->data, k->len);
        }
        for (size_t i = 0; i < (sizes[s] + 31) / 32 * 32; i++)
            g_assert_cmpuint(got[expect + i], ==, i < sizes[s] ? s + 1 : 0);
        expect += (sizes[s] + 31) / 32 * 32;
    }
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
    /* More than may wait ends it. */
    n2_op op = {.kind = N2_OP_COMMAND,
                .conn = f->conn,
                .bytes = calloc(1, N2_COMMAND_QUEUE_BYTES_MAX + 1),
                .len = N2_COMMAND_QUEUE_BYTES_MAX + 1};
    puppet_host_op(&f->h, &op);
    g_assert_true(is_closed(f, N2_ERR_LIMIT));
}

static void
test_peer_vanishes(fixture *f, gconstpointer data)
{
    static uint8_t source[UNIT];

    (void)data;
    puppet_wait(&f->p, 60000000, 100000, false);
    uint64_t began_us = f->h.now_us;
    send_op(f, source, sizeof source, 1);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
    while (!puppet_host_last(&f->h, N2_EVENT_CLOSED)) {
        puppet_wait(&f->p, 10000, 10000, false);
        if ((f->h.now_us - began_us) % 4000000 < 10000) { /* commands renew no patience */
            n2_op op = {
                .kind = N2_OP_COMMAND, .conn = f->conn, .bytes = calloc(1, 9), .len = 9};
            puppet_host_op(&f->h, &op);
        }
        g_assert_cmpuint(f->h.now_us - began_us, <, 11000000);
    }
    g_assert_true(is_closed(f, N2_ERR_TIMEOUT));
    g_assert_cmpuint(f->h.now_us - began_us, >=, 9900000);
    g_assert_cmpuint(stats(&f->h).connections, ==, 0);
}

static void
test_idle(fixture *f, gconstpointer data)
{
    (void)data;
    puppet_wait(&f->p, N2_IDLE_US - 1000000, 500000, false);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
    puppet_wait(&f->p, 2000000, 500000, false);
    g_assert_true(is_closed(f, N2_ERR_CLOSED));
}

static void
test_close(fixture *f, gconstpointer data)
{
    static uint8_t source[64 * UNIT];
    n2_control_message m = {.type = N2_CONTROL_CLOSE, .error = N2_ERR_CANCELLED};
    uint8_t bytes[N2_CONTROL_BYTES];

    (void)data;
    grant(f, UNIT);
    send_op(f, source, sizeof source, 1);
    puppet_wait(&f->p, 2000, 1000, false);
    n2_control_encode(&m, bytes);
    puppet_send(&f->p, f->p.peer.control, bytes, sizeof bytes);
    g_assert_true(is_closed(f, N2_ERR_CANCELLED));
    g_free(f->memory);
    f->memory = NULL;
    puppet_forget(&f->p);
    puppet_send(&f->p, f->address, source, UNIT);
    puppet_wait(&f->p, 1000000, 10000, false);
    g_assert_cmpuint(f->p.n_kept, ==, 0);
    conn_op(f, N2_OP_REVOKE); /* orders that crossed are ignored */
    conn_op(f, N2_OP_CLOSE);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_CLOSED), ==, 1);
}

/* However many there are, each peer is told of the end. */
static void
test_all_close(fixture *f, gconstpointer data)
{
    enum {
        PEERS = 200
    };
    g_autofree puppet *peers = g_new0(puppet, PEERS);
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    unsigned n = 0;
    uint64_t path;
    bool more;

    (void)data;
    for (unsigned i = 0; i < PEERS; i++) {
        puppet_init(&peers[i], &f->h, i + 1);
        g_assert_true(puppet_open(&peers[i]));
        puppet_take(&peers[i]);
    }
    do {
        more = n2_endpoint_close(f->h.ep, f->h.now_us);
        for (; n2_endpoint_peek(f->h.ep, &path, f->h.now_us); n++)
            g_assert_cmpuint(n2_endpoint_build(f->h.ep, bytes, f->h.now_us), >, 0);
    } while (more);
    puppet_host_settle(&f->h);
    g_assert_cmpuint(n, >=, 2 * (PEERS + 1));
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_CLOSED), ==, PEERS + 1);
    for (unsigned i = 0; i < PEERS; i++)
        puppet_clear(&peers[i]);
}

/* Messages to the control region that are none, or of another size, are counted. */
static void
test_bad_control(fixture *f, gconstpointer data)
{
    uint8_t bytes[UNIT] = {9};
    n2_endpoint_stats before = stats(&f->h);

    (void)data;
    puppet_send(&f->p, f->p.peer.control, bytes, 128);
    puppet_send(&f->p, f->p.peer.control, bytes, 32);
    puppet_send(&f->p, f->p.peer.control, bytes, 512);
    puppet_send(&f->p, f->p.peer.control + 1, bytes, 128);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 4);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
}

#define ADD(name, function, data)                                                              \
    g_test_add("/transport/life/" name, fixture, data, fixture_set_up, function,               \
               fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("attack-07-only-receives", test_only_receives, NULL);
    ADD("attack-07-full-window", test_full_window, NULL);
    ADD("attack-07-held-commands", test_held_commands, NULL);
    ADD("stream", test_stream, NULL);
    ADD("old-units", test_old_units, NULL);
    ADD("command-sizes", test_command_sizes, NULL);
    ADD("peer-vanishes", test_peer_vanishes, NULL);
    ADD("idle", test_idle, NULL);
    ADD("close", test_close, NULL);
    ADD("all-close", test_all_close, NULL);
    ADD("attack-08-bad-control", test_bad_control, NULL);
    return g_test_run();
}
