/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-rest.c - an idle connection takes little memory, strangers can't make it take
 *                         more, and it goes on as if it had never rested.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "transport-fixture.h"

enum {
    MANY = 300,
    IDLE_BYTES_MAX = 2304, /* of the 4 KiB that the whole node may take for it */
    FORGED = 50
};

/* In a sanitizer's runtime, if there is one. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t
allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Acknowledged, then quiet for long enough. */
static void
let_rest(fixture *f)
{
    for (unsigned i = 0; i < 100; i++)
        puppet_wait(&f->p, 10000, 10000, true);
    puppet_wait(&f->p, N2_REST_US + 1000000, 100000, false);
    puppet_forget(&f->p);
}

static void
command(fixture *f, size_t len)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = f->conn, .bytes = calloc(1, len), .len = len};

    puppet_host_op(&f->h, &op);
}

/* Everything that takes memory. */
static void
move_all(fixture *f, unsigned turn)
{
    static const uint8_t source[20 * UNIT];
    uint8_t units[UNIT] = {0};
    n2_op op;

    memset(units, (int)turn + 1, sizeof units);
    puppet_send(&f->p, f->p.peer.command + 1 + turn * 16, units, 512);
    op = (n2_op){.kind = N2_OP_GRANT,
                 .conn = f->conn,
                 .address = f->address,
                 .memory = f->memory,
                 .size = REGION_BYTES,
                 .unit = UNIT};
    puppet_host_op(&f->h, &op);
    for (unsigned i = 0; i < REGION_BYTES / UNIT; i++)
        puppet_send(&f->p, f->address + i * UNIT / 32, units, UNIT);
    conn_op(f, N2_OP_REVOKE);
    send_op(f, source, sizeof source, turn);
    command(f, 5000);
}

static void
test_size(fixture *f, gconstpointer data)
{
    fixture *all = g_new0(fixture, MANY);
    unsigned n_sent = 0;

    (void)data;
    let_rest(f);
    for (unsigned i = 0; i < MANY; i++)
        puppet_init(&all[i].p, &f->h, i + 1);
    size_t before = allocated();
    size_t most = 0;
    for (unsigned i = 0; i < MANY; i++) {
        static const uint8_t source[4 * UNIT];
        g_assert_true(puppet_open(&all[i].p));
        f->conn = puppet_host_last(&f->h, N2_EVENT_CONNECTED)->conn;
        send_op(f, source, sizeof source, i);
        command(f, 500);
        for (unsigned k = 0; k < 10; k++)
            puppet_wait(&all[i].p, 10000, 10000, true);
        most = MAX(most, allocated() - before);
        n_sent = puppet_host_count(&f->h, N2_EVENT_SENT);
        puppet_forget(&all[i].p);
    }
    g_assert_cmpuint(n_sent, ==, MANY);
    puppet_wait(&f->p, N2_REST_US + 1000000, 100000, false);
    for (unsigned i = 0; i < MANY; i++) { /* what the puppets keep doesn't count */
        g_free(all[i].p.kept);
        all[i].p.kept = NULL;
        all[i].p.room = 0;
    }
    g_assert_cmpuint(stats(&f->h).connections, ==, MANY + 1);
    size_t idle = allocated() - before;
    g_test_message("%zu bytes each when idle, %zu in all before", idle / MANY, most);
    g_assert_cmpuint(idle / MANY, <=, IDLE_BYTES_MAX);
    for (unsigned i = 0; i < MANY; i++)
        puppet_clear(&all[i].p);
    g_free(all);
}

static void
test_goes_on(fixture *f, gconstpointer data)
{
    size_t idle = 0;

    (void)data;
    g_free(f->p.kept);
    f->p.room = PUPPET_KEPT;
    f->p.kept = g_new(puppet_packet, f->p.room);
    for (unsigned turn = 0; turn < 6; turn++) {
        move_all(f, turn);
        let_rest(f);
        g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
        g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_SENT), ==, turn + 1);
        g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_WRITTEN), ==, turn + 1);
        g_assert_cmpuint(f->h.command_bytes, ==, 32 + (turn + 1) * 512);
        g_assert_cmpuint(f->h.commands[f->h.command_bytes - 1], ==, turn + 1);
        f->address += UINT64_C(1) << 43;
        if (turn > 2) /* by then the queues have the size they keep */
            g_assert_cmpuint(allocated(), <=, idle + 2048);
        idle = allocated();
        if (turn == 3)
            puppet_turn(&f->p); /* to the next key */
    }
    n2_endpoint_stats s = stats(&f->h);
    g_assert_cmpuint(s.dropped, ==, 0);
}

/* What came before the rest comes again, or late: it counts as taken. */
static void
test_replay(fixture *f, gconstpointer data)
{
    uint8_t unit[32] = {7}, seen[N2_PACKET_BYTES_MAX], late[N2_PACKET_BYTES_MAX];

    (void)data;
    size_t len = puppet_seal(&f->p, f->p.peer.command + 1, unit, 32, seen);
    puppet_deliver(&f->p, seen, len);
    size_t late_len = puppet_seal(&f->p, f->p.peer.command + 2, unit, 32, late);
    puppet_send(&f->p, f->p.peer.control, (uint8_t[N2_CONTROL_BYTES]){0}, N2_CONTROL_BYTES);
    let_rest(f);
    uint64_t dropped = stats(&f->h).dropped;
    puppet_deliver(&f->p, seen, len);
    puppet_deliver(&f->p, late, late_len);
    g_assert_cmpuint(stats(&f->h).dropped, ==, dropped + 2);
    g_assert_cmpuint(f->h.command_bytes, ==, 64);
    /* Its sender says it again, under a new counter. */
    puppet_send(&f->p, f->p.peer.command + 2, unit, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 96);
    puppet_deliver(&f->p, seen, len);
    puppet_deliver(&f->p, late, late_len);
    g_assert_cmpuint(stats(&f->h).dropped, ==, dropped + 4);
}

/* 21: what does not open makes a connection at rest take nothing. */
static void
test_forged(fixture *f, gconstpointer data)
{
    uint8_t packet[N2_PACKET_BYTES_MAX], unit[UNIT] = {0};
    const uint64_t to[] = {f->p.peer.control, f->p.peer.command + 1, f->p.peer.command + 64};
    const size_t lens[] = {128, 2048, 32};

    (void)data;
    let_rest(f);
    size_t before = allocated();
    uint64_t dropped = stats(&f->h).dropped;
    for (unsigned i = 0; i < FORGED; i++) {
        puppet other = f->p; /* the counters of the honest one go on */
        size_t len = puppet_seal(&other, to[i % 3], unit, lens[i % 3], packet);
        packet[0] ^= i & 4 ? 2 : 0; /* now and then of the next key */
        packet[len - 1] ^= 1;
        puppet_deliver(&f->p, packet, len);
    }
    g_assert_cmpuint(stats(&f->h).dropped, ==, dropped + FORGED);
    g_assert_cmpuint(allocated(), <=, before);
    puppet_send(&f->p, f->p.peer.command + 1, unit, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 64);
}

/* A part of the command stream waits for what is missing before it, for as long as it takes. */
static void
test_gap(fixture *f, gconstpointer data)
{
    uint8_t unit[32];

    (void)data;
    memset(unit, 9, sizeof unit);
    puppet_send(&f->p, f->p.peer.command + 2, unit, 32);
    let_rest(f);
    memset(unit, 8, sizeof unit);
    puppet_send(&f->p, f->p.peer.command + 1, unit, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 96);
    g_assert_cmpuint(f->h.commands[32], ==, 8);
    g_assert_cmpuint(f->h.commands[64], ==, 9);
}

#define ADD(name, function)                                                                    \
    g_test_add("/transport/rest/" name, fixture, NULL, fixture_set_up, function,               \
               fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("size", test_size);
    ADD("goes-on", test_goes_on);
    ADD("replay", test_replay);
    ADD("attack-21-forged-takes-nothing", test_forged);
    ADD("gap", test_gap);
    return g_test_run();
}
