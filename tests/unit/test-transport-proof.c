/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-proof.c - acknowledgements that lie and packets that are copied: F3, attacks
 * 2, 6, 9.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "transport-fixture.h"
#include "wire/packet.h"
#include "wire/path.h"

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
            control = control < k->counter ? control : k->counter;
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

#define ADD(name, function, data)                                                              \
    g_test_add("/transport/proof/" name, fixture, data, fixture_set_up, function,              \
               fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("attack-06-says-honest", test_lies, GINT_TO_POINTER(LIE_NONE));
    ADD("attack-06-says-one-more", test_lies, GINT_TO_POINTER(LIE_ONE_MORE));
    ADD("attack-06-says-never-sent", test_lies, GINT_TO_POINTER(LIE_NEVER_SENT));
    ADD("attack-06-says-control", test_lies, GINT_TO_POINTER(LIE_CONTROL));
    ADD("attack-06-says-proof", test_lies, GINT_TO_POINTER(LIE_PROOF));
    ADD("attack-06-says-one-less", test_lies, GINT_TO_POINTER(LIE_ONE_LESS));
    ADD("attack-06-says-before-zero", test_lies, GINT_TO_POINTER(LIE_BEFORE_ZERO));
    ADD("attack-06-says-highest-unset", test_lies, GINT_TO_POINTER(LIE_HIGHEST_UNSET));
    ADD("attack-06-copies", test_copies, NULL);
    ADD("attack-02-hijack", test_hijack, NULL);
    ADD("attack-09-high-counters", test_high_counters, NULL);
    return g_test_run();
}
