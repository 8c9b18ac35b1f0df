/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-notice.c - words of switches: their form, which packets they may be about,
 * what is believed of them, and how often.
 */
#include <string.h>

#include "base/limits.h"
#include "base/uses.h"
#include "switch/switch.h"
#include "transport-fixture.h"
#include "wire/code.h"
#include "wire/path.h"

#define SECOND UINT64_C(1000000)

/* ---- form ----------------------------------------------------------------------------------
 */

static const n2_switch_notice usual = {.reason = N2_NOTICE_JAM,
                                       .queue = 0x0102,
                                       .rate = 0x67,
                                       .kind = 0x7e,
                                       .address = UINT64_C(0x0102030405060708),
                                       .counter = 0x11121314,
                                       .noise = 0x21222324,
                                       .path = UINT64_C(0xb000000000000000)};

static void
test_form(void)
{
    uint8_t bytes[N2_NOTICE_BYTES + 1] = {0};
    n2_switch_notice out;

    n2_switch_notice_write(bytes, &usual);
    g_assert_cmpint(n2_switch_notice_read(&out, bytes, N2_NOTICE_BYTES), ==, N2_OK);
    g_assert_cmpint(out.reason, ==, usual.reason);
    g_assert_cmpuint(out.queue, ==, usual.queue);
    g_assert_cmpuint(out.rate, ==, usual.rate);
    g_assert_cmpuint(out.kind, ==, usual.kind);
    g_assert_cmphex(out.address, ==, usual.address);
    g_assert_cmphex(out.counter, ==, usual.counter);
    g_assert_cmphex(out.noise, ==, usual.noise);
    g_assert_cmphex(out.path, ==, usual.path);
    for (size_t len = 0; len < N2_NOTICE_BYTES; len++)
        g_assert_cmpint(n2_switch_notice_read(&out, bytes, len), !=, N2_OK);
    g_assert_cmpint(n2_switch_notice_read(&out, bytes, sizeof bytes), !=, N2_OK);
    for (unsigned reason = 0; reason < 256; reason++) {
        bytes[N2_LONG_HEAD_BYTES + 1] = (uint8_t)reason;
        g_assert_cmpint(n2_switch_notice_read(&out, bytes, N2_NOTICE_BYTES), ==,
                        reason == 1 || reason == 2 ? N2_OK : N2_ERR_FORMAT);
    }
}

typedef struct {
    const char *name;
    size_t at;
    uint8_t value;
} form_row;

static const form_row forms[] = {
    {"an echo's answer", N2_LONG_HEAD_BYTES, 2},
    {"a kind of another version", N2_LONG_HEAD_BYTES + 5, 0xbc},
    {"an unsealed kind", N2_LONG_HEAD_BYTES + 5, 0x6c},
    {"a short kind", N2_LONG_HEAD_BYTES + 5, 0x4c},
    {"zeros that are none", N2_LONG_HEAD_BYTES + 6, 1},
    {"zeros at the end that are none", N2_NOTICE_BYTES - 1, 1},
    {"an address", 17, 1},
    {"a key phase", 0, 0x62},
};

static void
test_wrong_form(gconstpointer data)
{
    const form_row *row = data;
    uint8_t bytes[N2_NOTICE_BYTES];
    n2_switch_notice out;

    n2_switch_notice_write(bytes, &usual);
    bytes[row->at] = row->value;
    g_assert_cmpint(n2_switch_notice_read(&out, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
}

/* Never about a notice, an echo, an unsealed or short packet; never longer than its cause. */
static void
test_causes(void)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX];
    unsigned n = 0;

    for (unsigned kind = 0; kind < 256; kind++)
        for (unsigned care = 0; care < 256; care += 8) {
            n2_switch_notice notice = {.reason = N2_NOTICE_DROPPED};
            memset(bytes, 0, sizeof bytes);
            bytes[0] = (uint8_t)kind;
            bytes[1] = (uint8_t)care;
            if (!n2_kind_is_valid((uint8_t)kind))
                continue;
            size_t len = n2_packet_bytes((uint8_t)kind);
            bool is_cause = kind & N2_KIND_SEALED && !(care & N2_CARE_MODE_MASK);
            g_assert_cmpint(n2_switch_notice_about(&notice, bytes, len), ==, is_cause);
            n += is_cause;
            if (is_cause)
                g_assert_cmpuint(len, >, N2_NOTICE_BYTES);
        }
    g_assert_cmpuint(n, >, 0);
}

static void
test_switch_limit(void)
{
    uint8_t packet[N2_PACKET_BYTES_MAX] = {0x7c, 0x80};
    unsigned said = 0;
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, 4), ==, N2_OK);
    for (unsigned i = 0; i < 4 * N2_SWITCH_NOTICE_PER_S; i++) {
        n2_switch_notice notice = {.reason = N2_NOTICE_DROPPED};
        said += n2_switch_says(&sw, 2, &notice, packet, sizeof packet, i * SECOND / 4000);
    }
    g_assert_cmpuint(said, <=, N2_SWITCH_NOTICE_PER_S + 100);
    g_assert_cmpuint(said, >=, N2_SWITCH_NOTICE_PER_S);
    g_assert_cmpuint(sw.notices_refused, ==, 4 * N2_SWITCH_NOTICE_PER_S - said);
    n2_switch_notice notice = {.reason = N2_NOTICE_DROPPED};
    g_assert_true(
        n2_switch_says(&sw, 3, &notice, packet, sizeof packet, 0)); /* another's port */
    n2_switch_clear(&sw);
}

/* ---- what is believed ----------------------------------------------------------------------
 */

static uint64_t
refused(fixture *f, const char *name)
{
    n2_uses uses = {0};

    n2_endpoint_uses(f->h.ep, &uses);
    for (size_t i = 0; i < uses.n; i++)
        if (g_str_equal(uses.rows[i].name, name))
            return uses.rows[i].refused;
    g_error("no row %s", name);
}

enum {
    UNITS = 8 /* 16 KiB: no more before the first answer */
};

static uint8_t memory[REGION_BYTES];

static unsigned
n_units(const fixture *f)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->p.n_kept; i++)
        n += f->p.kept[i].len == UNIT;
    return n;
}

/* As many as leave before the first answer are under way. */
static void
send_units(fixture *f)
{
    send_op(f, memory, sizeof memory, 1);
    for (unsigned i = 0; i < 200 && n_units(f) < UNITS; i++) {
        f->h.now_us += 1000;
        puppet_take(&f->p);
    }
    g_assert_cmpuint(n_units(f), ==, UNITS);
}

static const puppet_packet *
kept_unit(const fixture *f, unsigned i)
{
    for (unsigned k = 0; k < f->p.n_kept; k++)
        if (f->p.kept[k].len == UNIT && !i--)
            return &f->p.kept[k];
    g_error("not so many");
}

static n2_switch_notice
about(const puppet_packet *p, n2_notice_reason reason)
{
    return (n2_switch_notice){.reason = reason,
                              .kind = 0x7c,
                              .address = p->address,
                              .counter = p->counter,
                              .noise = p->half};
}

static void
say(fixture *f, const n2_switch_notice *notice)
{
    n2_endpoint_notice(f->h.ep, notice, f->h.now_us);
    for (unsigned i = 0; i < 15; i++) { /* the pace may hold it up, but no timer runs out yet */
        puppet_take(&f->p);
        f->h.now_us += 1000;
    }
}

/* How often the unit at @address was sent. */
static unsigned
times(const fixture *f, uint64_t address)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->p.n_kept; i++)
        n += f->p.kept[i].len == UNIT && f->p.kept[i].address == address;
    return n;
}

/* The packet with @address that was sent last. */
static const puppet_packet *
last_of(const fixture *f, uint64_t address)
{
    const puppet_packet *found = NULL;

    for (unsigned i = 0; i < f->p.n_kept; i++)
        if (f->p.kept[i].len == UNIT && f->p.kept[i].address == address)
            found = &f->p.kept[i];
    if (!found)
        g_error("it was never sent");
    return found;
}

/* F2: at once, under another counter; a second time by notice, and then not. */
static void
test_dropped(fixture *f, gconstpointer data)
{
    (void)data;
    send_units(f);
    uint64_t address = kept_unit(f, 3)->address;
    for (unsigned i = 0; i < 5; i++) {
        n2_switch_notice n = about(last_of(f, address), N2_NOTICE_DROPPED);
        uint32_t counter = n.counter;
        say(f, &n);
        say(f, &n); /* the same once more is about nothing */
        g_assert_cmpuint(times(f, address), ==, i < 2 ? i + 2 : 3);
        if (i < 2)
            g_assert_cmpuint(last_of(f, address)->counter, >, counter);
    }
}

typedef struct {
    const char *name;
    uint64_t address;
    uint32_t counter, noise;
    uint8_t kind;
} quote_row;

static const quote_row quotes[] = {
    {"another address", 64, 0, 0, 0},
    {"another counter", 0, 1, 0, 0},
    {"a counter never sent", 0, 0x10000000, 0, 0},
    {"another random half", 0, 0, 1, 0},
    {"another in its upper bits", 0, 0, UINT32_C(1) << 31, 0},
    {"another key", 0, 0, 0, N2_KIND_PHASE},
};

/* 8: a quote that is wrong in any part. */
static void
test_wrong_quote(fixture *f, gconstpointer data)
{
    const quote_row *row = data;

    send_units(f);
    n2_switch_notice n = about(kept_unit(f, 3), N2_NOTICE_DROPPED);
    n.address ^= row->address;
    n.counter ^= row->counter;
    n.noise ^= row->noise;
    n.kind ^= row->kind;
    say(f, &n);
    g_assert_cmpuint(n_units(f), ==, UNITS);
}

/* 8: what was said to be dropped is acknowledged: three of those, and no more is believed. */
static void
test_lies(fixture *f, gconstpointer data)
{
    n2_ack ack;

    (void)data;
    send_units(f);
    puppet_ack(&f->p, &ack); /* all came */
    for (unsigned i = 0; i < N2_NOTICE_LIES_MAX; i++) {
        n2_switch_notice n = about(kept_unit(f, i), N2_NOTICE_DROPPED);
        say(f, &n);
    }
    g_assert_cmpuint(refused(f, "notice_lies"), ==, 0);
    puppet_send_ack(&f->p, &ack);
    puppet_forget(&f->p);
    f->h.now_us += SECOND;
    puppet_take(&f->p);
    send_units(f);
    n2_switch_notice n =
        about(kept_unit(f, UNITS - 1), N2_NOTICE_DROPPED); /* it has just left */
    n2_endpoint_notice(f->h.ep, &n, f->h.now_us);
    g_assert_cmpuint(refused(f, "notice_lies"), ==, 1);
}

static void
test_limit(fixture *f, gconstpointer data)
{
    n2_switch_notice n = usual;

    (void)data;
    for (unsigned i = 0; i < 2 * N2_NOTICE_PER_S; i++) {
        n.noise += 7;
        n2_endpoint_notice(f->h.ep, &n, f->h.now_us + i * SECOND / (2 * N2_NOTICE_PER_S));
    }
    g_assert_cmpuint(refused(f, "notice_per_s"), >, N2_NOTICE_PER_S - 300);
    g_assert_cmpuint(refused(f, "notice_per_s"), <=, N2_NOTICE_PER_S);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/notice/form", test_form);
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        char *path = g_strdup_printf("/transport/notice/form/%s", forms[i].name);
        g_test_add_data_func(path, &forms[i], test_wrong_form);
        g_free(path);
    }
    g_test_add_func("/transport/notice/causes", test_causes);
    g_test_add_func("/transport/notice/switch-limit", test_switch_limit);
#define ADD(name, data, function)                                                              \
    g_test_add("/transport/notice/" name, fixture, data, fixture_set_up, function,             \
               fixture_tear_down)
    ADD("dropped", NULL, test_dropped);
    for (gsize i = 0; i < G_N_ELEMENTS(quotes); i++) {
        char *path = g_strdup_printf("/transport/notice/attack-08-quote/%s", quotes[i].name);
        g_test_add(path, fixture, &quotes[i], fixture_set_up, test_wrong_quote,
                   fixture_tear_down);
        g_free(path);
    }
    ADD("attack-08-lies", NULL, test_lies);
    ADD("limit", NULL, test_limit);
    return g_test_run();
}
