/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-endpoint.c - an end point against a peer that may lie: the promises of
 *                             endpoint.h and the page, and the attacks on them by number.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "puppet.h"
#include "transport/region.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    UNIT = 2048,
    REGION_BYTES = 16 * UNIT
};

typedef struct {
    puppet_host h;
    puppet p;
    n2_conn conn;
    uint8_t *memory; /* exact size: a sanitizer sees a write beside it */
    uint64_t address;
} fixture;

static void
set_up(fixture *f, gconstpointer data)
{
    (void)data;
    puppet_host_init(&f->h, 77);
    puppet_init(&f->p, &f->h, 0);
    g_assert_true(puppet_open(&f->p));
    f->conn = puppet_host_last(&f->h, N2_EVENT_CONNECTED)->conn;
    f->memory = g_malloc0(REGION_BYTES);
    f->address = n2_region_address(N2_REGION_PLANE_MAX + 9, 4);
}

static void
tear_down(fixture *f, gconstpointer data)
{
    (void)data;
    puppet_clear(&f->p);
    puppet_host_clear(&f->h);
    g_free(f->memory);
}

static n2_endpoint_stats
stats(const puppet_host *h)
{
    n2_endpoint_stats s;

    n2_endpoint_stats_get(h->ep, &s);
    return s;
}

static void
grant(fixture *f, uint32_t unit)
{
    n2_op op = {.kind = N2_OP_GRANT,
                .conn = f->conn,
                .address = f->address,
                .memory = f->memory,
                .size = REGION_BYTES,
                .unit = unit};

    puppet_host_op(&f->h, &op);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_REVOKED));
}

static void
conn_op(fixture *f, n2_op_kind kind)
{
    n2_op op = {.kind = kind, .conn = f->conn, .address = f->address};

    puppet_host_op(&f->h, &op);
}

static void
send_op(fixture *f, const uint8_t *memory, uint64_t size, uint64_t tag)
{
    n2_op op = {.kind = N2_OP_SEND,
                .conn = f->conn,
                .tag = tag,
                .address = UINT64_C(0x0800000300000000),
                .memory = (uint8_t *)(uintptr_t)memory,
                .size = size,
                .unit = UNIT};

    puppet_host_op(&f->h, &op);
}

static bool
is_closed(const fixture *f, n2_err err)
{
    const n2_event *event = puppet_host_last(&f->h, N2_EVENT_CLOSED);

    return event && event->err == err && event->conn == f->conn;
}

/* ---- D1: memory ----------------------------------------------------------------------------
 */

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
                .size = UNIT,
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
        {UINT64_C(65535) << 43, UNIT, UNIT, N2_ERR_USAGE}, /* the plane's own numbers */
        {UINT64_C(70000) << 43 | 1, UNIT, UNIT, N2_ERR_USAGE},
        {UINT64_C(1) << 63, UNIT, UNIT, N2_ERR_USAGE},
        {UINT64_C(70000) << 43, UNIT, 64, N2_ERR_USAGE},
        {UINT64_C(70000) << 43, UNIT + 32, UNIT, N2_ERR_USAGE},
        {UINT64_C(70000) << 43, 0, UNIT, N2_ERR_USAGE},
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
        op.address = n2_region_address(80000 + i, 0);
        puppet_host_op(&f->h, &op);
    }
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, N2_ERR_USAGE);
    op.address = n2_region_address(90000, 0);
    puppet_host_op(&f->h, &op);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_REVOKED)->err, ==, N2_ERR_LIMIT);
}

/* ---- F3: proof of receipt
 * --------------------------------------------------------------------
 */

typedef enum {
    LIE_NONE,
    LIE_ONE_MORE,
    LIE_NEVER_SENT,
    LIE_CONTROL,
    LIE_PROOF,
    LIE_ONE_LESS,
    LIE_BEFORE_ZERO,
    LIE_HIGHEST_UNSET
} lie;

static void
claim(n2_ack *ack, uint32_t counter)
{
    uint32_t back = ack->highest - counter;

    ack->bitmap[back / 64] |= UINT64_C(1) << (63 - back % 64);
}

/* The puppet got every packet but one (or all), and then says something else. */
static void
test_lies(fixture *f, gconstpointer data)
{
    lie kind = (lie)GPOINTER_TO_INT(data);
    static uint8_t source[32 * UNIT];
    uint32_t missed = UINT32_MAX, control = UINT32_MAX;
    n2_ack ack;

    send_op(f, source, sizeof source, 5);
    puppet_wait(&f->p, 30000, 1000, false);
    g_assert_cmpuint(f->p.n_kept, >=, 6);
    for (unsigned i = 0, n = 0; i < f->p.n_kept; i++) {
        puppet_packet *k = &f->p.kept[i];
        if (k->address == f->p.offer.control)
            control = k->counter;
        else if (++n == 3 && kind == LIE_ONE_MORE) {
            missed = k->counter;
            k->address = f->p.offer.control; /* as if it had never come */
        }
    }
    puppet_ack(&f->p, &ack);
    if (kind == LIE_ONE_MORE)
        claim(&ack, missed);
    else if (kind == LIE_NEVER_SENT)
        ack.highest += 40;
    else if (kind == LIE_CONTROL)
        claim(&ack, control);
    else if (kind == LIE_PROOF)
        ack.proof ^= 1;
    else if (kind == LIE_BEFORE_ZERO)
        ack.bitmap[7] |= 1;
    else if (kind == LIE_HIGHEST_UNSET)
        ack.bitmap[0] &= ~(UINT64_C(1) << 63);
    else if (kind == LIE_ONE_LESS)
        ack.proof ^= f->p.kept[f->p.n_kept - 1].half;
    puppet_send_ack(&f->p, &ack);
    if (kind == LIE_NONE) {
        g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
        puppet_send_ack(&f->p, &ack); /* again, under another counter */
        g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
        return;
    }
    g_assert_true(is_closed(f, N2_ERR_FORGED));
    /* It is told so, and gets nothing more. */
    puppet_forget(&f->p);
    puppet_wait(&f->p, 3000000, 1000, false);
    g_assert_cmpuint(f->p.n_kept, ==, 2);
    n2_control_message m;
    g_assert_cmpint(n2_control_decode(&m, f->p.kept[0].data, 128), ==, N2_OK);
    g_assert_cmpint(m.error, ==, N2_ERR_FORGED);
}

/* 6: an honest receiver whose packets were doubled and copied stays honest. */
static void
test_copies(fixture *f, gconstpointer data)
{
    uint8_t unit[UNIT], packet[N2_PACKET_BYTES_MAX];
    n2_control_message m;

    (void)data;
    grant(f, UNIT);
    for (unsigned i = 0; i < 16; i++) {
        memset(unit, (int)i, sizeof unit);
        size_t len = puppet_seal(&f->p, f->address + i * UNIT / 32, unit, sizeof unit, packet);
        for (unsigned copy = 0; copy < 3; copy++)
            puppet_deliver(&f->p, packet, len);
        n2_packet_set_path(packet, UINT64_C(0x77) << 6 | 8); /* another way */
        puppet_deliver(&f->p, packet, len);
    }
    puppet_wait(&f->p, 100000, 5000, false);
    const puppet_packet *last = &f->p.kept[f->p.n_kept - 1];
    g_assert_cmpint(n2_control_decode(&m, last->data, last->len), ==, N2_OK);
    g_assert_cmpuint(m.ack.received, ==, 17); /* and the unit of commands */
    g_assert_cmpuint(m.ack.highest, ==, f->p.counter - 1);
}

/* 2: a copy by another way, even the first to come, does not move where answers go. */
static void
test_hijack(fixture *f, gconstpointer data)
{
    uint8_t packet[N2_PACKET_BYTES_MAX], zeros[32] = {0}, out[N2_PACKET_BYTES_MAX];
    uint64_t path;
    size_t len = puppet_seal(&f->p, f->p.peer.command + 1, zeros, 32, packet);

    (void)data;
    n2_packet_set_path(packet, UINT64_C(0x77) << 6 | 8);
    puppet_deliver(&f->p, packet, len);
    f->h.now_us += 100000;
    puppet_host_settle(&f->h);
    unsigned n = 0;
    while ((len = n2_endpoint_peek(f->h.ep, &path, f->h.now_us))) {
        g_assert_cmphex(path, ==, n2_path_answer(f->p.way));
        g_assert_cmpuint(n2_endpoint_build(f->h.ep, out, f->h.now_us), ==, len);
        n++;
    }
    g_assert_cmpuint(n, >, 0);
}

/* A counter that no honest sender reaches: it must neither hang nor close the window. */
static void
test_high_counters(fixture *f, gconstpointer data)
{
    static const uint32_t counters[] = {UINT32_MAX - 10, UINT32_MAX, 0x80000000,
                                        N2_COUNTERS_MAX};
    uint8_t zeros[32] = {0};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(counters); i++) {
        f->p.counter = counters[i];
        puppet_send(&f->p, f->p.peer.command + 1, zeros, 32);
    }
    g_assert_cmpuint(f->h.command_bytes, ==, 32);
    f->p.counter = 1;
    puppet_send(&f->p, f->p.peer.command + 1, zeros, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 64);
    /* The last of all may come, and what lies in its window. */
    f->p.counter = N2_COUNTERS_MAX - 1;
    puppet_send(&f->p, f->p.peer.command + 3, zeros, 32);
    f->p.counter = N2_COUNTERS_MAX - 2;
    puppet_send(&f->p, f->p.peer.command + 2, zeros, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 128);
}

/* ---- 7: nothing waits for ever
 * ---------------------------------------------------------------
 */

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

/* ---- commands
 * --------------------------------------------------------------------------------
 */

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

/* ---- time
 * ------------------------------------------------------------------------------------
 */

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
test_key_ends(fixture *f, gconstpointer data)
{
    uint8_t zeros[32] = {0};

    (void)data;
    for (unsigned i = 1; i < 40 && !puppet_host_last(&f->h, N2_EVENT_CLOSED); i++) {
        puppet_send(&f->p, f->p.peer.command + i, zeros, 32);
        puppet_wait(&f->p, 100000000, 20000000, false);
    }
    g_assert_true(is_closed(f, N2_ERR_LIMIT));
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

/* 16: a peer that promises to take 100 Gbit/s does not get more than one that promises nothing.
 */
static void
test_wants_flood(void)
{
    static uint8_t source[1 << 20];
    size_t bytes[2];

    for (unsigned i = 0; i < 2; i++) {
        fixture f;
        puppet_host_init(&f.h, 5);
        puppet_init(&f.p, &f.h, 0);
        f.p.offer.rate = i ? 255 : 0;
        g_assert_true(puppet_open(&f.p));
        f.conn = puppet_host_last(&f.h, N2_EVENT_CONNECTED)->conn;
        for (unsigned n = 0; n < 8; n++)
            send_op(&f, source, sizeof source, n);
        puppet_forget(&f.p);
        puppet_wait(&f.p, 50000, 1000, false);
        bytes[i] = f.p.bytes;
        puppet_wait(&f.p, 9000000, 5000, false);
        /* And who says nothing at all is not sent megabytes for ten seconds. */
        g_assert_cmpuint(f.p.bytes, <, 1500000);
        puppet_clear(&f.p);
        puppet_host_clear(&f.h);
    }
    g_assert_cmpuint(bytes[1], ==, bytes[0]);
    g_assert_cmpuint(bytes[0], <, 40000);
}

/* 20: strangers open connections and keep them: whoever talks stays, the longest silent goes,
 * and our own connects still find a place. */
static void
test_too_many(fixture *f, gconstpointer data)
{
    uint8_t zeros[32] = {0};
    unsigned at = 1;

    (void)data;
    for (unsigned i = 0; i < N2_CONNECTIONS_MAX + 300; i++) {
        puppet stranger;
        puppet_init(&stranger, &f->h, i + 1);
        f->h.now_us += 5000;
        if (!puppet_open(&stranger))
            g_error("stranger %u got no connection", i);
        puppet_clear(&stranger);
        if (i % 100 == 0) {
            puppet_send(&f->p, f->p.peer.command + at++, zeros, 32);
            puppet_take(&f->p);
        }
    }
    g_assert_cmpuint(stats(&f->h).connections, ==, N2_CONNECTIONS_MAX);
    g_assert_cmpuint(f->h.command_bytes, >=, at * 32);
    unsigned before = puppet_host_count(&f->h, N2_EVENT_CLOSED);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_CLOSED)->err, ==, N2_ERR_LIMIT);
    n2_op op = {.kind = N2_OP_CONNECT, .tag = 4, .path = 1, .suite = N2_SUITE_1};
    memcpy(op.key, f->h.key, sizeof f->h.key);
    puppet_host_op(&f->h, &op);
    g_assert_cmpuint(puppet_host_last(&f->h, N2_EVENT_CLOSED)->tag, ==, 0);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_CLOSED), >=, before);
    g_assert_cmpuint(stats(&f->h).connections, ==, N2_CONNECTIONS_MAX);
}

#define ADD(name, function, data)                                                              \
    g_test_add("/transport/endpoint/" name, fixture, data, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("D1-writes", test_writes, NULL);
    ADD("D1-foreign-region", test_foreign_region, NULL);
    ADD("22-unsealed", test_unsealed, NULL);
    ADD("D2-holes", test_holes, NULL);
    ADD("21-forged-unit", test_forged_unit, NULL);
    ADD("revoke", test_revoke, NULL);
    ADD("20-number-again", test_number_again, NULL);
    ADD("20-too-many", test_too_many, NULL);
    ADD("grant-errors", test_grant_errors, NULL);
    ADD("F3-honest", test_lies, GINT_TO_POINTER(LIE_NONE));
    ADD("F3-one-more", test_lies, GINT_TO_POINTER(LIE_ONE_MORE));
    ADD("F3-never-sent", test_lies, GINT_TO_POINTER(LIE_NEVER_SENT));
    ADD("F3-control", test_lies, GINT_TO_POINTER(LIE_CONTROL));
    ADD("F3-proof", test_lies, GINT_TO_POINTER(LIE_PROOF));
    ADD("F3-one-less", test_lies, GINT_TO_POINTER(LIE_ONE_LESS));
    ADD("F3-before-zero", test_lies, GINT_TO_POINTER(LIE_BEFORE_ZERO));
    ADD("F3-highest-unset", test_lies, GINT_TO_POINTER(LIE_HIGHEST_UNSET));
    ADD("6-copies", test_copies, NULL);
    ADD("2-hijack", test_hijack, NULL);
    ADD("9-high-counters", test_high_counters, NULL);
    ADD("7-only-receives", test_only_receives, NULL);
    ADD("7-full-window", test_full_window, NULL);
    ADD("7-held-commands", test_held_commands, NULL);
    ADD("stream", test_stream, NULL);
    ADD("command-sizes", test_command_sizes, NULL);
    ADD("peer-vanishes", test_peer_vanishes, NULL);
    ADD("idle", test_idle, NULL);
    ADD("key-ends", test_key_ends, NULL);
    ADD("close", test_close, NULL);
    ADD("bad-control", test_bad_control, NULL);
    g_test_add_func("/transport/endpoint/16-wants-flood", test_wants_flood);
    return g_test_run();
}
