/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-memory.c - what a peer may write and where: D1, D2, regions granted, revoked,
 * numbered again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "transport-fixture.h"
#include "wire/packet.h"

typedef struct {
    const char *name;
    uint64_t address; /* added to the region's */
    size_t len;
    bool refused;
} write_row;

static const write_row writes[] = {
    {"first unit", 0, UNIT, false},
    {"last unit", 15 * UNIT / 32, UNIT, false},
    {"one behind the last", 16 * UNIT / 32, UNIT, true},
    {"far behind", 0xffffffff, UNIT, true},
    {"not at a unit", 1, UNIT, true},
    {"half a unit", UNIT / 64, UNIT, true},
    {"smaller than a unit", 0, 512, true},
    {"next generation", UINT64_C(1) << 32, UNIT, true},
    {"generation before", (uint64_t) - (INT64_C(1) << 32), UNIT, true},
    {"next region", UINT64_C(1) << 43, UNIT, true},
    {"top bit", UINT64_C(1) << 63, UNIT, true},
};

static void
test_writes(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT], none[UNIT] = {0};

    (void)data;
    grant(f, UNIT);
    for (gsize i = 0; i < G_N_ELEMENTS(writes); i++) {
        const write_row *row = &writes[i];
        n2_endpoint_stats before = stats(&f->h);
        memset(unit, (int)i + 1, sizeof unit);
        memset(f->memory, 0, REGION_BYTES);
        puppet_send(&f->p, f->address + row->address, unit, row->len);
        n2_endpoint_stats after = stats(&f->h);
        g_test_message("%s", row->name);
        g_assert_cmpuint(after.dropped - before.dropped, ==, row->refused);
        g_assert_cmpuint(after.opened - before.opened, ==, !row->refused);
        for (gsize at = 0; at < REGION_BYTES; at += UNIT)
            g_assert_cmpmem(f->memory + at, UNIT,
                            !row->refused && at == row->address * 32 ? unit : none, UNIT);
    }
}

/* Another connection's region is nobody else's, though its number is known. */
static void
test_foreign_region(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT] = {1};
    puppet other;

    (void)data;
    grant(f, UNIT);
    puppet_init(&other, &f->h, 1);
    g_assert_true(puppet_open(&other));
    n2_endpoint_stats before = stats(&f->h);
    puppet_send(&other, f->address, unit, sizeof unit);
    puppet_send(&other, f->p.peer.command, unit, 32);
    puppet_send(&other, f->p.peer.control, unit, 128);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 3);
    g_assert_cmpuint(f->memory[0], ==, 0);
    puppet_clear(&other);
}

/* 22: what is not sealed reaches address 0 and nothing else. */
static void
test_unsealed(fixture *f, gconstpointer data)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX] = {0};

    (void)data;
    grant(f, UNIT);
    n2_endpoint_stats before = stats(&f->h);
    for (unsigned i = 0; i < 4; i++) {
        n2_packet packet = {.is_long = i < 3,
                            .size = 3,
                            .class = N2_CLASS_DEFAULT,
                            .path = i < 3 ? f->p.way : 0,
                            .address = i == 0   ? f->address
                                       : i == 1 ? f->p.peer.command
                                       : i == 2 ? f->p.peer.control
                                                : 1};
        size_t head = n2_packet_write_head(bytes, &packet);
        memset(bytes + head, 0x55, UNIT);
        puppet_deliver(&f->p, bytes, head + UNIT);
    }
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 4);
    g_assert_cmpuint(f->memory[0], ==, 0);
}

/* D2: WRITTEN only when nothing is missing, once, and the acknowledgement names the hole. */
static void
test_holes(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT];
    n2_control_message m;

    (void)data;
    grant(f, UNIT);
    for (unsigned i = 0; i < 16; i++) {
        memset(unit, (int)i + 1, sizeof unit);
        if (i != 5 && i != 9)
            puppet_send(&f->p, f->address + i * UNIT / 32, unit, sizeof unit);
    }
    puppet_wait(&f->p, 100000, 5000, false);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_WRITTEN));
    const puppet_packet *last = &f->p.kept[f->p.n_kept - 1];
    g_assert_cmpint(n2_control_decode(&m, last->data, last->len), ==, N2_OK);
    g_assert_cmphex(m.ack.hole, ==, f->address + 5 * UNIT / 32);
    g_assert_cmpuint(m.ack.hole_bytes, ==, UNIT);
    memset(unit, 10, sizeof unit);
    puppet_send(&f->p, f->address + 9 * UNIT / 32, unit, sizeof unit);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_WRITTEN));
    memset(unit, 6, sizeof unit);
    puppet_send(&f->p, f->address + 5 * UNIT / 32, unit, sizeof unit);
    g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_WRITTEN)->size, ==, REGION_BYTES);
    for (unsigned i = 0; i < 16; i++)
        g_assert_cmpuint(f->memory[i * UNIT + 7], ==, i + 1);
    /* A unit that is there is not written again, and nothing is said twice. */
    memset(unit, 99, sizeof unit);
    puppet_send(&f->p, f->address + 5 * UNIT / 32, unit, sizeof unit);
    g_assert_cmpuint(f->memory[5 * UNIT], ==, 6);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_WRITTEN), ==, 1);
    /* With WRITTEN the region has ended: its memory is the control plane's, and what comes late
     * is acknowledged all the same. */
    g_free(f->memory);
    f->memory = NULL;
    puppet_send(&f->p, f->address + 9 * UNIT / 32, unit, sizeof unit);
    puppet_wait(&f->p, 100000, 5000, false);
    last = &f->p.kept[f->p.n_kept - 1];
    g_assert_cmpint(n2_control_decode(&m, last->data, last->len), ==, N2_OK);
    g_assert_cmpuint(m.ack.received, ==, 19);
    g_assert_cmpuint(m.ack.hole, ==, 0);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_WRITTEN), ==, 1);
    conn_op(f, N2_OP_REVOKE); /* that crossed it is answered */
    g_assert_cmphex(puppet_host_last(&f->h, N2_EVENT_REVOKED)->address, ==, f->address);
}

/* 21: forged and true packets for one unit, in both orders. */
static void
test_forged_unit(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT], packet[N2_PACKET_BYTES_MAX], forged[N2_PACKET_BYTES_MAX];

    (void)data;
    grant(f, UNIT);
    memset(unit, 7, sizeof unit);
    size_t len = puppet_seal(&f->p, f->address, unit, sizeof unit, packet);
    memcpy(forged, packet, len);
    forged[1000] ^= 1;
    puppet_deliver(&f->p, forged, len);
    puppet_deliver(&f->p, packet, len);
    g_assert_cmpmem(f->memory, UNIT, unit, UNIT);
    puppet_deliver(&f->p, forged, len);
    n2_packet other = {.is_long = true,
                       .is_sealed = true,
                       .size = 3,
                       .path = f->p.way,
                       .address = f->address,
                       .counter = 1000};
    (void)n2_packet_write_head(forged, &other);
    puppet_deliver(&f->p, forged, len);
    g_assert_cmpmem(f->memory, UNIT, unit, UNIT);
    /* The counter of a forged packet is not used up by it. */
    f->p.counter = 1000;
    puppet_send(&f->p, f->address + UNIT / 32, unit, sizeof unit);
    g_assert_cmpmem(f->memory + UNIT, UNIT, unit, UNIT);
}

/* 21: in the command stream one packet may hold units that are there and units that are not: a
 * forged one changes nothing, a true one fills in what is missing. */
static void
test_partly_there(fixture *f, gconstpointer data)
{
    uint8_t units[UNIT], packet[N2_PACKET_BYTES_MAX], one[32];

    (void)data;
    memset(one, 0x11, sizeof one);
    puppet_send(&f->p, f->p.peer.command + 3, one, sizeof one); /* units 1, 2 are missing */
    puppet_send(&f->p, f->p.peer.command + 6, one, sizeof one);
    memset(units, 0x99, sizeof units); /* another content for what is there */
    size_t len = puppet_seal(&f->p, f->p.peer.command + 1, units, 512, packet);
    packet[100] ^= 1;
    puppet_deliver(&f->p, packet, len);
    g_assert_cmpuint(f->h.command_bytes, ==, 32);
    packet[100] ^= 1;
    puppet_deliver(&f->p, packet, len);
    g_assert_cmpuint(f->h.command_bytes, ==, 32 + 512);
    for (unsigned u = 1; u <= 16; u++)
        g_assert_cmpuint(f->h.commands[u * 32], ==, u == 3 || u == 6 ? 0x11 : 0x99);
    /* Forged and true in one batch, for one unit of memory, in every order of four. */
    grant(f, UNIT);
    for (unsigned order = 0; order < 16; order++) {
        uint8_t unit[UNIT];
        memset(unit, (int)order + 1, sizeof unit);
        len = puppet_seal(&f->p, f->address + order * (UNIT / 32), unit, sizeof unit, packet);
        for (unsigned i = 0; i < 4; i++) {
            g_autofree uint8_t *copy = g_memdup2(packet, len);
            if (order >> i & 1)
                copy[len - 1 - i] ^= 0x40;
            n2_endpoint_packet(f->h.ep, copy, len, f->h.now_us); /* as they lie in a datagram */
        }
        puppet_host_settle(&f->h);
        for (unsigned i = 0; i < UNIT; i++)
            g_assert_cmpuint(f->memory[order * UNIT + i], ==, order == 15 ? 0 : order + 1);
    }
}

/* After REVOKED the memory is the control plane's: nothing touches it. */
static void
test_revoke(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT] = {3};
    n2_control_message m;

    (void)data;
    grant(f, UNIT);
    puppet_send(&f->p, f->address, unit, sizeof unit);
    conn_op(f, N2_OP_REVOKE);
    g_assert_cmphex(puppet_host_last(&f->h, N2_EVENT_REVOKED)->address, ==, f->address);
    g_free(f->memory);
    f->memory = NULL;
    puppet_send(&f->p, f->address, unit, sizeof unit);
    puppet_send(&f->p, f->address + 15 * UNIT / 32, unit, sizeof unit);
    puppet_send(&f->p, f->address + 16 * UNIT / 32, unit, sizeof unit);
    /* The late ones are acknowledged, so that their sender comes to an end. */
    puppet_wait(&f->p, 100000, 5000, false);
    const puppet_packet *last = &f->p.kept[f->p.n_kept - 1];
    g_assert_cmpint(n2_control_decode(&m, last->data, last->len), ==, N2_OK);
    g_assert_cmpuint(m.ack.received, ==, 4);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_WRITTEN));
}

/* 20: a number is used again, by another connection too; old packets reach nothing. */
static void
test_number_again(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT] = {3};
    puppet other;

    (void)data;
    puppet_init(&other, &f->h, 1);
    g_assert_true(puppet_open(&other));
    n2_conn conn = puppet_host_last(&f->h, N2_EVENT_CONNECTED)->conn;
    for (unsigned i = 0; i < 3000; i++) { /* more than there are generations */
        n2_op op = {.kind = N2_OP_GRANT,
                    .conn = i % 2 ? conn : f->conn,
                    .address = n2_region_address(N2_REGION_PLANE_MAX + 9, i),
                    .memory = f->memory,
                    .size = UNIT,
                    .unit = UNIT};
        n2_endpoint_op(f->h.ep, &op, f->h.now_us);
        op.kind = N2_OP_REVOKE;
        n2_endpoint_op(f->h.ep, &op, f->h.now_us);
    }
    puppet_host_settle(&f->h);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, N2_OK);
    f->address = n2_region_address(N2_REGION_PLANE_MAX + 9, 3000);
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = conn,
                .address = f->address,
                .memory = f->memory,
                .size = 2 * UNIT,
                .unit = UNIT};
    puppet_host_op(&f->h, &op);
    n2_endpoint_stats before = stats(&f->h);
    puppet_send(&f->p, f->address - (UINT64_C(1) << 32), unit, sizeof unit);
    puppet_send(&f->p, f->address, unit, sizeof unit);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 2);
    puppet_send(&other, f->address, unit, sizeof unit);
    g_assert_cmpuint(f->memory[0], ==, 3);
    /* A living one is not taken away. */
    op.address += UINT64_C(1) << 32;
    puppet_host_op(&f->h, &op);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, N2_ERR_EXISTS);
    /* One that is whole has ended. */
    puppet_send(&other, f->address + UNIT / 32, unit, sizeof unit);
    guint revoked = puppet_host_count(&f->h, N2_EVENT_REVOKED);
    puppet_host_op(&f->h, &op);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_REVOKED), ==, revoked);
    puppet_clear(&other);
}

/* A number that is granted again by the connection whose region had it before: what still comes
 * for that one is acknowledged, and touches nothing. */
static void
test_number_again_late(fixture *f, gconstpointer data)
{
    const uint64_t generation = UINT64_C(1) << 32;
    uint8_t unit[UNIT] = {3};
    n2_control_message m;

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        grant(f, UNIT);
        conn_op(f, N2_OP_REVOKE);
        f->address += generation;
        puppet_host_settle(&f->h);
        f->h.n_events = 0;
    }
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = f->conn,
                .address = f->address,
                .memory = f->memory,
                .size = UNIT,
                .unit = UNIT};
    puppet_host_op(&f->h, &op);
    n2_endpoint_stats before = stats(&f->h);
    for (unsigned i = 1; i <= 3; i++)
        puppet_send(&f->p, f->address - i * generation, unit, sizeof unit);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped);
    g_assert_cmpuint(f->memory[0], ==, 0);
    puppet_wait(&f->p, 100000, 5000, false);
    const puppet_packet *last = &f->p.kept[f->p.n_kept - 1];
    g_assert_cmpint(n2_control_decode(&m, last->data, last->len), ==, N2_OK);
    g_assert_cmpuint(m.ack.received, ==, 1 + 3);
    /* One that never was, one that is not yet, one beyond its end. */
    puppet_send(&f->p, f->address - 4 * generation, unit, sizeof unit);
    puppet_send(&f->p, f->address + generation, unit, sizeof unit);
    puppet_send(&f->p, f->address - generation + REGION_BYTES / 32, unit, sizeof unit);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 3);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_WRITTEN));
    puppet_send(&f->p, f->address, unit, sizeof unit);
    g_assert_cmpuint(f->memory[0], ==, 3);
    g_assert_nonnull(puppet_host_last(&f->h, N2_EVENT_WRITTEN));
    /* The oldest leave, as if each had a number of its own. */
    for (unsigned i = 0; i < N2_GONE_MAX; i++) {
        op.address += generation;
        puppet_host_op(&f->h, &op);
        op.kind = N2_OP_REVOKE;
        puppet_host_op(&f->h, &op);
        op.kind = N2_OP_GRANT;
    }
    before = stats(&f->h);
    puppet_send(&f->p, f->address, unit, sizeof unit);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 1);
    puppet_send(&f->p, f->address + generation, unit, sizeof unit);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 1);
}

/* Granted before it was known how much there is: again, smaller, by the same alone. */
static void
test_smaller(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT] = {3};
    puppet other;

    (void)data;
    puppet_init(&other, &f->h, 1);
    g_assert_true(puppet_open(&other));
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = f->conn,
                .address = f->address,
                .memory = f->memory,
                .size = REGION_BYTES,
                .unit = UNIT};
    n2_op wrong[] = {op, op, op, op};
    grant(f, UNIT);
    wrong[0].size += UNIT;
    wrong[1].memory += UNIT;
    wrong[1].size -= UNIT;
    wrong[2].conn = puppet_host_last(&f->h, N2_EVENT_CONNECTED)->conn;
    wrong[3].unit = wrong[3].size = 512;
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        guint revoked = puppet_host_count(&f->h, N2_EVENT_REVOKED);
        puppet_host_op(&f->h, &wrong[i]);
        g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_REVOKED), ==, revoked + 1);
        g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, N2_ERR_EXISTS);
    }
    for (unsigned i = 0; i < 6; i++)
        if (i != 2)
            puppet_send(&f->p, f->address + i * UNIT / 32, unit, sizeof unit);
    op.size = 4 * UNIT;
    puppet_host_op(&f->h, &op);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_WRITTEN));
    n2_endpoint_stats before = stats(&f->h);
    puppet_send(&f->p, f->address + 4 * UNIT / 32, unit, sizeof unit);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 1);
    puppet_send(&f->p, f->address + 2 * UNIT / 32, unit, sizeof unit);
    g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_WRITTEN)->size, ==, 4 * UNIT);
    /* It has ended: an order that was on its way meanwhile gives nobody its memory. */
    op.size = 2 * UNIT;
    memset(f->memory, 0, REGION_BYTES);
    puppet_host_op(&f->h, &op);
    puppet_send(&f->p, f->address, unit, sizeof unit);
    g_assert_cmpuint(f->memory[0], ==, 0);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_WRITTEN), ==, 1);
    /* What is there already may be all. */
    f->address = op.address = n2_region_address(N2_REGION_PLANE_MAX + 77, 0);
    op.size = REGION_BYTES;
    puppet_host_op(&f->h, &op);
    puppet_send(&f->p, f->address, unit, sizeof unit);
    op.size = UNIT;
    puppet_host_op(&f->h, &op);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_WRITTEN), ==, 2);
    g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_WRITTEN)->size, ==, UNIT);
    puppet_clear(&other);
}

static void
test_grant_errors(fixture *f, gconstpointer data)
{
    (void)data;
    n2_op op = {.kind = N2_OP_GRANT, .conn = f->conn, .memory = f->memory, .size = UNIT};
    static const struct {
        uint64_t address, size;
        uint32_t unit;
        n2_err err;
    } rows[] = {
        {(uint64_t)N2_REGION_PLANE_MAX << 43, UNIT, UNIT,
         N2_ERR_USAGE}, /* the plane's own numbers */
        {UINT64_C(600000) << 43 | 1, UNIT, UNIT, N2_ERR_USAGE},
        {UINT64_C(1) << 63, UNIT, UNIT, N2_ERR_USAGE},
        {UINT64_C(600000) << 43, UNIT, 64, N2_ERR_USAGE},
        {UINT64_C(600000) << 43, UNIT + 32, UNIT, N2_ERR_USAGE},
        {UINT64_C(600000) << 43, 0, UNIT, N2_ERR_USAGE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        op.address = rows[i].address;
        op.size = rows[i].size;
        op.unit = rows[i].unit;
        puppet_host_op(&f->h, &op);
        g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, rows[i].err);
        g_assert_cmphex(puppet_host_last(&f->h, N2_EVENT_REVOKED)->address, ==, op.address);
    }
    op.size = op.unit = 32;
    for (unsigned i = 0; i < N2_GRANTS_MAX; i++) {
        op.address = n2_region_address(600000 + i, 0);
        puppet_host_op(&f->h, &op);
    }
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, N2_ERR_USAGE);
    op.address = n2_region_address(700000, 0);
    puppet_host_op(&f->h, &op);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, N2_ERR_LIMIT);
}

/* What came of the command stream, and of the memory that send_op() names. */
static void
count_streams(const fixture *f, size_t *commands, size_t *data)
{
    *commands = *data = 0;
    for (unsigned i = 0; i < f->p.n_kept; i++) {
        const puppet_packet *k = &f->p.kept[i];
        if (k->address >> 32 == f->p.offer.command >> 32)
            *commands += k->len;
        else if (k->address >> 32 != f->p.offer.control >> 32)
            *data += k->len;
    }
}

static void
ack_without_window(fixture *f, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        n2_ack ack;
        f->h.now_us += 2000;
        puppet_take(&f->p);
        puppet_ack(&f->p, &ack);
        ack.command_end = N2_COMMAND_RING_BYTES; /* it takes no more commands */
        if (ack.received)
            puppet_send_ack(&f->p, &ack);
    }
}

/* D3: commands pass data that are under way, and data pass commands that nobody takes. */
static void
test_beside(fixture *f, gconstpointer data)
{
    static const uint8_t source[1000 * UNIT];
    size_t commands, memory;
    n2_op op = {.kind = N2_OP_COMMAND, .conn = f->conn, .bytes = calloc(1, 40), .len = 40};

    (void)data;
    puppet_forget(&f->p);
    send_op(f, source, sizeof source, 1);
    ack_without_window(f, 3);
    count_streams(f, &commands, &memory);
    g_assert_cmpuint(memory, >, 0);
    puppet_host_op(&f->h, &op);
    for (unsigned i = 0; i < 50 && !commands; i++) {
        ack_without_window(f, 1);
        count_streams(f, &commands, &memory);
    }
    g_assert_cmpuint(commands, >=, 40);
    g_assert_cmpuint(memory, <, sizeof source);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_SENT));
    ack_without_window(f, 2000);
    g_assert_nonnull(puppet_host_last(&f->h, N2_EVENT_SENT));
    op = (n2_op){.kind = N2_OP_COMMAND,
                 .conn = f->conn,
                 .bytes = calloc(1, 3 * N2_COMMAND_RING_BYTES),
                 .len = 3 * N2_COMMAND_RING_BYTES};
    puppet_host_op(&f->h, &op);
    ack_without_window(f, 500);
    count_streams(f, &commands, &memory);
    g_assert_cmpuint(commands, ==, N2_COMMAND_RING_BYTES);
    send_op(f, source, 20 * UNIT, 2);
    ack_without_window(f, 100);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_SENT), ==, 2);
}

/* The piece with least left goes first, of two alike the older: groups of a file become whole
 * one after the other, and what is short does not wait behind them. */
static void
test_order(fixture *f, gconstpointer data)
{
    static const uint8_t source[300 * UNIT];
    static const struct {
        uint64_t tag, bytes;
    } pieces[] = {{10, sizeof source}, {11, sizeof source}, {12, sizeof source}};
    static const uint64_t want[] = {20, 10, 11, 12};
    size_t commands, memory, in_all = 4 * UNIT;
    guint n = 0;

    (void)data;
    puppet_forget(&f->p);
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++)
        send_op(f, source, pieces[i].bytes, pieces[i].tag);
    ack_without_window(f, 3); /* the first is under way */
    send_op(f, source, 4 * UNIT, 20);
    for (unsigned i = 0; i < 3000 && n < G_N_ELEMENTS(want); i++) {
        ack_without_window(f, 1);
        if (puppet_host_count(&f->h, N2_EVENT_SENT) == n)
            continue;
        g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_SENT)->tag, ==, want[n]);
        /* Of those behind it no more than a turn, or what is under way. */
        in_all += n++ ? sizeof source : 0;
        count_streams(f, &commands, &memory);
        if (n > 1)
            g_assert_cmpuint(memory, <, in_all + sizeof source / 2);
    }
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(want));
}

#define ADD(name, function, data)                                                              \
    g_test_add("/transport/memory/" name, fixture, data, fixture_set_up, function,             \
               fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("D1-writes", test_writes, NULL);
    ADD("D1-foreign-region", test_foreign_region, NULL);
    ADD("attack-22-unsealed", test_unsealed, NULL);
    ADD("D2-holes", test_holes, NULL);
    ADD("attack-21-forged-unit", test_forged_unit, NULL);
    ADD("attack-21-partly-there", test_partly_there, NULL);
    ADD("D3-beside-each-other", test_beside, NULL);
    ADD("order", test_order, NULL);
    ADD("revoke", test_revoke, NULL);
    ADD("attack-20-number-again", test_number_again, NULL);
    ADD("number-again-late", test_number_again_late, NULL);
    ADD("smaller", test_smaller, NULL);
    ADD("grant-errors", test_grant_errors, NULL);
    return g_test_run();
}
