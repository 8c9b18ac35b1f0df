/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-plain.c - what is not sealed reaches what was granted to its way back, and
 *                          nothing else: attack 22.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "transport-fixture.h"
#include "transport/plain.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    BACK = 0x12d, /* the way back as it arrives: 9 bits of labels */
    USED = 9,
    REGION = 0x0100,
    REGION_SIZE = 512
};

/* As a device's packet arrives at the end point. */
static size_t
make(uint8_t *out, bool is_long, uint64_t back, unsigned used, uint64_t address, unsigned size)
{
    n2_packet head = {.is_long = is_long,
                      .size = (uint8_t)size,
                      .class = N2_CLASS_DEFAULT,
                      .path = back << (is_long ? 6 : 4) | used,
                      .address = address};
    size_t at = n2_packet_write_head(out, &head);

    memset(out + at, 0x5a, n2_data_bytes(size));
    return at + n2_data_bytes(size);
}

static uint64_t
way_ahead(void)
{
    return n2_path_answer((uint64_t)BACK << 6 | USED);
}

static void
grant_plain(puppet_host *h, uint64_t address, uint64_t size, uint64_t path)
{
    n2_op op = {.kind = N2_OP_PLAIN_GRANT, .address = address, .size = size, .path = path};

    puppet_host_op(h, &op);
}

static void
deliver(puppet_host *h, const uint8_t *bytes, size_t len)
{
    g_autofree uint8_t *copy = g_memdup2(bytes, len);

    n2_endpoint_packet(h->ep, copy, len, h->now_us);
    puppet_host_settle(h);
}

typedef struct {
    const char *name;
    bool is_long, is_taken;
    uint64_t back;
    unsigned used;
    uint64_t address;
    unsigned size;      /* code */
    uint8_t kind, care; /* bits set besides */
} row;

static const row rows[] = {
    {"short", false, true, BACK, USED, REGION, 0, 0, 0},
    {"short-128", false, true, BACK, USED, REGION + 3, 1, 0, 0},
    {"short-fills-it", false, true, BACK, USED, REGION, 2, 0, 0},
    {"short-last-unit", false, true, BACK, USED, REGION + 15, 0, 0, 0},
    {"long", true, true, BACK, USED, REGION + 1, 0, 0, 0},
    {"urgent-and-jammed", false, true, BACK, USED, REGION, 0, 0, N2_CARE_JAM},
    {"another-port", false, false, BACK ^ 1, USED, REGION, 0, 0, 0},
    {"another-port-long", true, false, BACK ^ 1, USED, REGION, 0, 0, 0},
    {"another-port-far", false, false, BACK ^ 0x100, USED, REGION, 0, 0, 0},
    {"one-switch-more", true, false, 1 << USED | BACK, USED + 1, REGION, 0, 0, 0},
    {"one-switch-more-short", false, false, 1 << USED | BACK, USED + 1, REGION, 0, 0, 0},
    {"one-switch-less", false, false, BACK >> 1, USED - 1, REGION, 0, 0, 0},
    {"no-way-at-all", false, false, 0, 0, REGION, 0, 0, 0},
    {"behind-the-end", false, false, BACK, USED, REGION + 16, 0, 0, 0},
    {"over-the-end", false, false, BACK, USED, REGION + 13, 1, 0, 0},
    {"too-long", false, false, BACK, USED, REGION, 3, 0, 0},
    {"not-granted", false, false, BACK, USED, 0x0200, 0, 0, 0},
    {"number-0", false, false, BACK, USED, 0x0001, 0, 0, 0},
    {"address-0-short", false, false, BACK, USED, 0, 1, 0, 0},
    {"number-256-long", true, false, BACK, USED, 0x10100, 0, 0, 0},
    {"high-bits-long", true, false, BACK, USED, UINT64_C(1) << 43 | REGION, 0, 0, 0},
    {"top-bit-long", true, false, BACK, USED, UINT64_C(1) << 63 | REGION, 0, 0, 0},
    {"phase", false, false, BACK, USED, REGION, 0, N2_KIND_PHASE, 0},
    {"control-mode", true, false, BACK, USED, REGION, 0, 0, 0x30},
    {"multicast", false, false, BACK, USED, REGION, 0, 0, 0x10},
};

static void
test_row(gconstpointer data)
{
    const row *t = data;
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    fixture f = {0};

    puppet_host_init(&f.h, 3);
    grant_plain(&f.h, REGION, REGION_SIZE, way_ahead());
    size_t len = make(bytes, t->is_long, t->back, t->used, t->address, t->size);
    bytes[0] |= t->kind;
    bytes[1] |= t->care;
    deliver(&f.h, bytes, len);
    const n2_event *event = puppet_host_last(&f.h, N2_EVENT_PLAIN);
    g_assert_true((event != NULL) == t->is_taken);
    g_assert_cmpuint(stats(&f.h).dropped, ==, !t->is_taken);
    if (event) {
        g_assert_cmphex(event->address, ==, t->address);
        g_assert_cmphex(event->path, ==, way_ahead());
        g_assert_cmpuint(event->len, ==, n2_data_bytes(t->size));
    }
    /* Never an answer. */
    uint64_t path;
    g_assert_cmpuint(n2_endpoint_peek(f.h.ep, &path, f.h.now_us), ==, 0);
    puppet_host_clear(&f.h);
}

/* Numbers of connections' regions and plain ones have nothing to do with each other. */
static void
test_sealed_regions(fixture *f, gconstpointer data)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];

    (void)data;
    grant(f, UNIT);
    grant_plain(&f->h, REGION, REGION_SIZE, n2_path_answer(f->p.way));
    const uint64_t addresses[] = {
        f->address, f->p.peer.command, f->p.peer.control, UINT64_C(1) << 43, 0xffff, 1};
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++)
        for (unsigned size = 0; size < 4; size++)
            deliver(&f->h, bytes, make(bytes, true, f->p.way >> 6, 16, addresses[i], size));
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_PLAIN));
    g_assert_cmpuint(f->h.command_bytes, ==, 32);
    for (unsigned i = 0; i < REGION_BYTES; i++)
        g_assert_cmpuint(f->memory[i], ==, 0);
    /* A sealed packet does not reach a plain region either. */
    uint8_t zeros[32] = {0};
    puppet_send(&f->p, REGION, zeros, 32);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_PLAIN));
}

static void
test_grants(void)
{
    static const struct {
        uint64_t address, size;
        n2_err err;
    } bad[] = {{0, 32, N2_ERR_USAGE},          {0x10000, 32, N2_ERR_USAGE},
               {REGION + 1, 32, N2_ERR_USAGE}, {REGION, 0, N2_ERR_USAGE},
               {REGION, 33, N2_ERR_USAGE},     {REGION, 8192 + 32, N2_ERR_USAGE},
               {0xff00, 32, N2_ERR_EXISTS}};
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    fixture f = {0};

    puppet_host_init(&f.h, 3);
    grant_plain(&f.h, 0xff00, 8192, way_ahead());
    g_assert_null(puppet_host_last(&f.h, N2_EVENT_REVOKED));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        grant_plain(&f.h, bad[i].address, bad[i].size, way_ahead());
        g_assert_cmpint(puppet_host_last(&f.h, N2_EVENT_REVOKED)->err, ==, bad[i].err);
        g_assert_cmphex(puppet_host_last(&f.h, N2_EVENT_REVOKED)->address, ==, bad[i].address);
    }
    deliver(&f.h, bytes, make(bytes, false, BACK, USED, 0xff00 + 255, 0));
    g_assert_cmpuint(puppet_host_count(&f.h, N2_EVENT_PLAIN), ==, 1);
    n2_op op = {.kind = N2_OP_PLAIN_REVOKE, .address = 0xff00};
    puppet_host_op(&f.h, &op);
    puppet_host_op(&f.h, &op);
    op.address = 0;
    puppet_host_op(&f.h, &op);
    deliver(&f.h, bytes, make(bytes, false, BACK, USED, 0xff00, 0));
    g_assert_cmpuint(puppet_host_count(&f.h, N2_EVENT_PLAIN), ==, 1);
    grant_plain(&f.h, 0xff00, 32, way_ahead() ^ UINT64_C(1) << 63); /* to somebody else */
    deliver(&f.h, bytes, make(bytes, false, BACK, USED, 0xff00, 0));
    g_assert_cmpuint(puppet_host_count(&f.h, N2_EVENT_PLAIN), ==, 1);
    puppet_host_clear(&f.h);
}

/* A device that goes wild takes no more than its share, and the control plane's queue stays. */
static void
test_flood(void)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    fixture f = {0};

    puppet_host_init(&f.h, 3);
    grant_plain(&f.h, REGION, REGION_SIZE, way_ahead());
    grant_plain(&f.h, REGION + 0x100, 32, way_ahead());
    size_t len = make(bytes, false, BACK, USED, REGION, 0);
    for (unsigned i = 0; i < 100000; i++) {
        f.h.now_us += 20;
        deliver(&f.h, bytes, len);
    }
    g_assert_cmpuint(puppet_host_count(&f.h, N2_EVENT_PLAIN), >=, 2 * N2_PLAIN_PER_S);
    g_assert_cmpuint(puppet_host_count(&f.h, N2_EVENT_PLAIN), <=, 2 * N2_PLAIN_PER_S + 64);
    len = make(bytes, false, BACK, USED, REGION + 0x100, 0); /* another one is not disturbed */
    deliver(&f.h, bytes, len);
    g_assert_cmphex(puppet_host_last(&f.h, N2_EVENT_PLAIN)->address, ==, REGION + 0x100);
    /* A control plane that is behind is not pushed. */
    f.h.holds_events = true;
    unsigned before = puppet_host_count(&f.h, N2_EVENT_PLAIN);
    for (unsigned i = 0; i < 2 * N2_ENDPOINT_EVENTS_MAX; i++) {
        f.h.now_us += 2000;
        deliver(&f.h, bytes, len);
    }
    f.h.holds_events = false;
    puppet_host_settle(&f.h);
    g_assert_cmpuint(puppet_host_count(&f.h, N2_EVENT_PLAIN) - before, ==,
                     N2_ENDPOINT_EVENTS_MAX);
    puppet_host_clear(&f.h);
}

/* What we send ourselves: short if the route fits, long if not; nothing of another size. */
static void
test_sends(void)
{
    static const struct {
        unsigned bits;
        size_t len;
        uint64_t address;
        size_t bytes; /* of the packet; 0: none */
    } cases[] = {{9, 32, 0x0102, 38},    {12, 128, 0xffff, 134}, {13, 32, 0x0102, 50},
                 {58, 128, 0x0102, 146}, {9, 33, 0x0102, 0},     {9, 512, 0x0102, 0},
                 {9, 32, 0x10000, 0}};
    fixture f = {0};

    puppet_host_init(&f.h, 3);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t out[N2_PACKET_BYTES_MAX];
        uint64_t path = 0;
        n2_packet p;
        n2_op op = {.kind = N2_OP_PLAIN_SEND,
                    .path = way_ahead(),
                    .bits = (uint8_t)cases[i].bits,
                    .address = cases[i].address,
                    .bytes = malloc(cases[i].len),
                    .len = cases[i].len};
        memset(op.bytes, 7, op.len);
        puppet_host_op(&f.h, &op);
        g_assert_cmpuint(n2_endpoint_peek(f.h.ep, &path, f.h.now_us), ==, cases[i].bytes);
        if (!cases[i].bytes)
            continue;
        g_assert_cmphex(path, ==, way_ahead());
        g_assert_cmpuint(n2_endpoint_build(f.h.ep, out, f.h.now_us), ==, cases[i].bytes);
        g_assert_cmpint(n2_packet_parse(&p, out, cases[i].bytes), ==, N2_OK);
        g_assert_true(p.is_long == (cases[i].bits > 12));
        g_assert_cmphex(p.path, ==, p.is_long ? way_ahead() : way_ahead() >> 48);
        g_assert_cmphex(p.address, ==, cases[i].address);
        g_assert_cmpuint(p.data[p.data_bytes - 1], ==, 7);
    }
    puppet_host_clear(&f.h);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/transport/plain/attack-22-", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add("/transport/plain/attack-22-sealed-regions", fixture, NULL, fixture_set_up,
               test_sealed_regions, fixture_tear_down);
    g_test_add_func("/transport/plain/grants", test_grants);
    g_test_add_func("/transport/plain/attack-22-flood", test_flood);
    g_test_add_func("/transport/plain/sends", test_sends);
    return g_test_run();
}
