/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-rekey.c - from one key to the next, seen from both sides: attack 9.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "transport-fixture.h"
#include "wire/packet.h"

enum {
    OFTEN = 50, /* packets under one key, where a test says so */
    FEW = 200,  /* the most under one */
    FORGED = 30
};

static const n2_key_limits often = {
    .packets = OFTEN, .packets_max = 1 << 20, .us = N2_EPOCH_US, .failed_max = FORGED};
static const n2_key_limits few = {
    .packets = OFTEN, .packets_max = FEW, .us = N2_EPOCH_US, .failed_max = FORGED};

static void
set_up(fixture *f, gconstpointer limits)
{
    puppet_host_init(&f->h, 77);
    if (limits)
        n2_endpoint_set_key_limits(f->h.ep, limits);
    puppet_init(&f->p, &f->h, 0);
    g_assert_true(puppet_open(&f->p));
    f->conn = puppet_host_last(&f->h, N2_EVENT_CONNECTED)->conn;
    f->memory = g_malloc0(REGION_BYTES);
    f->address = n2_region_address(N2_REGION_PLANE_MAX + 9, 4);
}

/* The last acknowledgement that the end point sent about @epoch; false: none. */
static bool
told(const puppet *p, unsigned epoch, n2_ack *ack)
{
    n2_control_message m;

    for (unsigned i = p->n_kept; i-- > 0;) {
        const puppet_packet *k = &p->kept[i % PUPPET_KEPT];
        if (k->address != p->offer.control)
            continue;
        g_assert_cmpint(n2_control_decode(&m, k->data, k->len), ==, N2_OK);
        g_assert_cmpint(m.type, ==, N2_CONTROL_ACK);
        *ack = m.ack;
        if (m.ack.epoch == epoch)
            return true;
    }
    return false;
}

static unsigned
claimed(const n2_ack *ack)
{
    unsigned n = 0;

    for (unsigned i = 0; i < N2_ACK_WORDS; i++)
        n += (unsigned)__builtin_popcountll(ack->bitmap[i]);
    return n;
}

static void
seal_unit(fixture *f, unsigned at, uint8_t *packet, size_t *len)
{
    uint8_t unit[UNIT];

    memset(unit, (int)at + 1, sizeof unit);
    *len = puppet_seal(&f->p, f->address + at * (UNIT / 32), unit, sizeof unit, packet);
}

/* ---- the end point receives
 * ------------------------------------------------------------------
 */

/* Late, doubled, replayed packets around the change; what was acknowledged is exact. */
static void
test_follows(fixture *f, gconstpointer data)
{
    uint8_t packet[8][N2_PACKET_BYTES_MAX];
    size_t len[8];
    n2_ack ack;

    (void)data;
    grant(f, UNIT);
    for (unsigned i = 0; i < 4; i++) /* counters 1 to 4 of epoch 0 */
        seal_unit(f, i, packet[i], &len[i]);
    puppet_turn(&f->p);
    for (unsigned i = 4; i < 8; i++) /* 0 to 3 of epoch 1 */
        seal_unit(f, i, packet[i], &len[i]);
    puppet_deliver(&f->p, packet[0], len[0]);
    puppet_deliver(&f->p, packet[5], len[5]); /* not even the first of its key */
    puppet_take(&f->p);
    /* At once, and of the key before first. */
    g_assert_true(told(&f->p, 0, &ack));
    g_assert_cmpuint(ack.highest, ==, 1);
    g_assert_cmpuint(claimed(&ack), ==, 2); /* and the unit that opened the connection */
    puppet_deliver(&f->p, packet[3], len[3]);
    puppet_deliver(&f->p, packet[4], len[4]);
    puppet_deliver(&f->p, packet[1], len[1]);
    n2_endpoint_stats before = stats(&f->h);
    for (unsigned i = 0; i < 6; i++)
        if (i != 2)
            puppet_deliver(&f->p, packet[i], len[i]);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 5);
    g_assert_cmpuint(stats(&f->h).opened, ==, before.opened);
    puppet_wait(&f->p, 500000, 5000, false);
    g_assert_true(told(&f->p, 0, &ack));
    g_assert_cmpuint(ack.highest, ==, 4);
    g_assert_cmpuint(claimed(&ack), ==, 4);
    g_assert_cmpuint(ack.received, ==, 6);
    g_assert_true(told(&f->p, 1, &ack));
    g_assert_cmpuint(ack.highest, ==, 1);
    g_assert_cmpuint(claimed(&ack), ==, 2);
    for (unsigned i = 0; i < 6; i++)
        g_assert_cmpuint(f->memory[i * UNIT], ==, i == 2 ? 0 : i + 1);
    /* After ten seconds the key before is gone, and with it what was late. */
    puppet_wait(&f->p, N2_EPOCH_OLD_US + 100000, 100000, false);
    puppet_deliver(&f->p, packet[2], len[2]);
    g_assert_cmpuint(f->memory[2 * UNIT], ==, 0);
    puppet_deliver(&f->p, packet[6], len[6]);
    puppet_deliver(&f->p, packet[7], len[7]);
    g_assert_cmpuint(f->memory[7 * UNIT], ==, 8);
}

/* A quick sender: the second change comes while the key of before the first is still there, and
 * has the phase of the one after. */
static void
test_two_turns(fixture *f, gconstpointer data)
{
    uint8_t packet[3][N2_PACKET_BYTES_MAX];
    size_t len[3];

    (void)data;
    grant(f, UNIT);
    for (unsigned epoch = 0; epoch < 3; epoch++) {
        uint8_t now[N2_PACKET_BYTES_MAX];
        size_t now_bytes;
        if (epoch)
            puppet_turn(&f->p);
        seal_unit(f, epoch, packet[epoch], &len[epoch]); /* each is late ... */
        seal_unit(f, epoch + 6, now, &now_bytes);        /* ... behind this one */
        puppet_deliver(&f->p, now, now_bytes);
        g_assert_cmpuint(f->memory[(epoch + 6) * UNIT], ==, epoch + 7);
    }
    puppet_deliver(&f->p, packet[1], len[1]); /* of the key before */
    g_assert_cmpuint(f->memory[1 * UNIT], ==, 2);
    puppet_deliver(&f->p, packet[2], len[2]);
    g_assert_cmpuint(f->memory[2 * UNIT], ==, 3);
    n2_endpoint_stats before = stats(&f->h);
    puppet_deliver(&f->p, packet[0], len[0]); /* of the key before that */
    puppet_deliver(&f->p, packet[1], len[1]);
    g_assert_cmpuint(stats(&f->h).dropped, ==, before.dropped + 2);
    g_assert_cmpuint(f->memory[0], ==, 0);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
}

/* Nobody goes on two keys at once. */
static void
test_skipped(fixture *f, gconstpointer data)
{
    uint8_t zeros[32] = {0};

    (void)data;
    puppet_turn(&f->p);
    puppet_turn(&f->p);
    puppet_send(&f->p, f->p.peer.command + 1, zeros, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 32);
    puppet_turn(&f->p);
    puppet_send(&f->p, f->p.peer.command + 1, zeros, 32);
    g_assert_cmpuint(f->h.command_bytes, ==, 32);
}

/* Packets that do not open are counted for each key; too many end the connection. */
static void
test_forged(fixture *f, gconstpointer data)
{
    uint8_t packet[N2_PACKET_BYTES_MAX], zeros[32] = {0};
    size_t len;

    (void)data;
    for (unsigned epoch = 0; epoch < 3; epoch++) {
        len = puppet_seal(&f->p, f->p.peer.command + 1 + epoch, zeros, 32, packet);
        packet[len - 1] ^= 1;
        for (unsigned i = 0; i < FORGED - 1; i++)
            puppet_deliver(&f->p, packet, len);
        g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
        puppet_turn(&f->p);
        puppet_send(&f->p, f->p.peer.command + 1 + epoch, zeros, 32);
        g_assert_cmpuint(f->h.command_bytes, ==, (epoch + 2) * 32);
    }
    packet[0] ^= N2_KIND_PHASE; /* the other phase counts too */
    for (unsigned i = 0; i < FORGED / 2; i++)
        puppet_deliver(&f->p, packet, len);
    packet[0] ^= N2_KIND_PHASE;
    for (unsigned i = 0; i < FORGED; i++)
        puppet_deliver(&f->p, packet, len);
    g_assert_true(is_closed(f, N2_ERR_LIMIT));
}

/* ---- the end point sends --------------------------------------------------------------------
 */

/* Holds each counter of each key against those seen: none twice, none left out at the end. */
static unsigned
check_counters(const puppet *p)
{
    uint32_t next[64] = {0};
    unsigned epochs = 0;

    g_assert_cmpuint(p->n_kept, <=, PUPPET_KEPT);
    g_assert_cmpuint(p->n_wrong, ==, 0);
    for (unsigned i = 0; i < p->n_kept; i++) {
        g_assert_cmpuint(p->kept[i].epoch, <, G_N_ELEMENTS(next));
        g_assert_cmpuint(p->kept[i].counter, ==, next[p->kept[i].epoch]++);
        epochs = MAX(epochs, p->kept[i].epoch + 1);
    }
    return epochs;
}

static void
test_turns(fixture *f, gconstpointer data)
{
    static uint8_t source[500 * UNIT];

    (void)data;
    send_op(f, source, sizeof source, 1);
    for (unsigned i = 0; i < 2000 && !puppet_host_last(&f->h, N2_EVENT_SENT); i++)
        puppet_wait(&f->p, 5000, 5000, true);
    g_assert_cmpuint(check_counters(&f->p), >=, 4);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_SENT)->err, ==, N2_OK);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
}

/* Who is not told that it was followed stays with its key, and ends with it. */
static void
test_unseen(fixture *f, gconstpointer data)
{
    static uint8_t source[500 * UNIT];
    n2_control_message m;

    (void)data;
    send_op(f, source, sizeof source, 1);
    uint8_t zeros[32] = {0};
    for (unsigned i = 1; i < 4000 && !puppet_host_last(&f->h, N2_EVENT_CLOSED); i++) {
        puppet_wait(&f->p, 20000, 20000, false);
        puppet_send(&f->p, f->p.peer.command + i, zeros,
                    32); /* it is there, but says nothing */
    }
    g_assert_true(is_closed(f, N2_ERR_LIMIT));
    puppet_take(&f->p);
    g_assert_cmpuint(check_counters(&f->p), ==, 2);
    const puppet_packet *last = &f->p.kept[f->p.n_kept - 1];
    g_assert_cmpuint(last->counter, <, FEW);
    g_assert_cmpint(n2_control_decode(&m, last->data, last->len), ==, N2_OK);
    g_assert_cmpint(m.error, ==, N2_ERR_LIMIT);
}

/* An hour, and the next packet is under a new key; before that none is. */
static void
test_hour(fixture *f, gconstpointer data)
{
    uint8_t zeros[32] = {0};

    (void)data;
    for (unsigned hour = 0; hour < 4; hour++) {
        for (unsigned i = 0; i < 15; i++) {
            puppet_send(&f->p, f->p.peer.command + 1 + hour * 15 + i, zeros, 32);
            puppet_wait(&f->p, 4 * N2_MINUTE_US - 1000000, 20 * N2_SECOND_US, true);
            n2_ack ack = {.epoch = f->p.open[1].epoch & N2_ACK_EPOCH_MASK};
            puppet_send_ack(&f->p, &ack);
        }
        g_assert_cmpuint(f->p.open[1].epoch, ==, hour);
        f->h.now_us += N2_MINUTE_US;
    }
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
    (void)check_counters(&f->p);
}

/* Who asks whether its new key was seen is told so, once for each time. */
static void
test_asks(fixture *f, gconstpointer data)
{
    n2_ack ack = {.asks = true};

    (void)data;
    puppet_wait(&f->p, 3000000, 10000, false);
    puppet_forget(&f->p);
    puppet_turn(&f->p);
    puppet_send_ack(&f->p, &(n2_ack){0});
    puppet_wait(&f->p, 3000000, 10000, false);
    g_assert_cmpuint(f->p.n_kept, ==, N2_ACK_TOLD + N2_ACK_TOLD); /* of both keys, in turn */
    for (unsigned i = 0; i < 3; i++) {
        puppet_forget(&f->p);
        puppet_send_ack(&f->p, &ack);
        puppet_wait(&f->p, 3000000, 10000, false);
        g_assert_cmpuint(f->p.n_kept, ==, 1);
        g_assert_true(told(&f->p, 1, &ack));
        g_assert_false(ack.asks);
        ack = (n2_ack){.asks = true};
    }
}

/* ---- acknowledgements around the change
 * ------------------------------------------------------
 */

typedef enum {
    SAY_ALL,
    SAY_OLD_LAST,     /* honest, but late: of the key before after that of the one in use */
    SAY_OLD_AS_NEW,   /* the random halves of the key before */
    SAY_BEHIND_OLD,   /* a counter of the key before that belongs to the next */
    SAY_BEFORE_NEW,   /* a counter before the first of the key in use */
    SAY_NEVER,        /* an epoch that never was */
    SAY_BEFORE_FIRST, /* the one before the first */
    SAY_LONG_AGO,     /* an epoch long gone */
    SAY_NEW_PROOF_WRONG,
    SAY_OLD_PROOF_WRONG,
    SAY_NOTHING_BUT_PROOF
} saying;

static void
test_says(fixture *f, gconstpointer data)
{
    saying what = (saying)GPOINTER_TO_INT(data);
    static uint8_t source[500 * UNIT];
    n2_ack old, new;

    n2_endpoint_set_key_limits(f->h.ep, &often);
    send_op(f, source, sizeof source, 1);
    bool is_second = what == SAY_LONG_AGO;
    for (unsigned i = 0; i < 2000 && f->p.open[1].epoch < 1u + is_second; i++)
        puppet_wait(&f->p, 5000, 5000, true);
    uint32_t epoch = f->p.open[1].epoch;
    g_assert_cmpuint(epoch, ==, 1 + is_second);
    puppet_wait(&f->p, 1000, 1000, false);
    g_assert_cmpuint(f->p.open[1].epoch, ==, epoch);
    puppet_ack_of(&f->p, epoch - 1, &old);
    puppet_ack_of(&f->p, epoch, &new);
    g_assert_cmpuint(claimed(&old), >, 20);
    g_assert_cmpuint(claimed(&new), >, 1);
    bool is_lie = true;
    n2_ack say = old;
    switch (what) {
    case SAY_ALL:
        say = new;
        is_lie = false;
        break;
    case SAY_OLD_LAST:
        puppet_send_ack(&f->p, &new);
        is_lie = false;
        break;
    case SAY_OLD_AS_NEW:
        say = new;
        say.proof = 0;
        for (unsigned i = 0; i <= new.highest; i++)
            for (unsigned k = 0; k < f->p.n_kept; k++)
                if (f->p.kept[k].epoch == epoch - 1 && f->p.kept[k].counter == i &&
                    new.bitmap[(new.highest - i) / 64] >> (63 - (new.highest - i) % 64) & 1)
                    say.proof ^= f->p.kept[k].half;
        break;
    case SAY_BEHIND_OLD:
        say = (n2_ack){.epoch = old.epoch, .received = 1, .bitmap = {UINT64_C(1) << 63}};
        for (unsigned k = 0; k < f->p.n_kept; k++) {
            const puppet_packet *last = &f->p.kept[k];
            if (last->epoch == epoch - 1)
                say.highest = MAX(say.highest, last->counter + 1);
        }
        for (unsigned k = 0; k < f->p.n_kept; k++)
            if (f->p.kept[k].epoch == epoch && !f->p.kept[k].counter)
                say.proof = f->p.kept[k].half;
        break;
    case SAY_BEFORE_NEW:
        say = new;
        say.bitmap[(new.highest + 1) / 64] |= UINT64_C(1) << (63 - (new.highest + 1) % 64);
        break;
    case SAY_NEVER:
        say.epoch = (uint8_t)(epoch + 1);
        break;
    case SAY_BEFORE_FIRST:
        say.epoch = N2_ACK_EPOCH_MASK;
        break;
    case SAY_LONG_AGO:
        say.epoch = 0;
        is_lie = false;
        break;
    case SAY_NEW_PROOF_WRONG:
        say = new;
        say.proof ^= 1;
        break;
    case SAY_OLD_PROOF_WRONG:
        say.proof ^= 1;
        break;
    case SAY_NOTHING_BUT_PROOF:
        memset(say.bitmap, 0, sizeof say.bitmap);
        is_lie = false;
        break;
    }
    puppet_send_ack(&f->p, &say);
    if (is_lie) {
        g_assert_true(is_closed(f, N2_ERR_FORGED));
        return;
    }
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
    for (unsigned i = 0; i < 2000 && !puppet_host_last(&f->h, N2_EVENT_SENT); i++) {
        puppet_wait(&f->p, 5000, 5000, true);
        puppet_ack_of(&f->p, f->p.open[0].epoch, &old);
        puppet_send_ack(&f->p, &old);
    }
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_SENT)->err, ==, N2_OK);
}

#define ADD(name, function, limits)                                                            \
    g_test_add("/transport/rekey/attack-09-" name, fixture, limits, set_up, function,          \
               fixture_tear_down)
#define SAY(name, what)                                                                        \
    g_test_add("/transport/rekey/attack-09-says-" name, fixture, GINT_TO_POINTER(what),        \
               fixture_set_up, test_says, fixture_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("follows", test_follows, NULL);
    ADD("two-turns", test_two_turns, NULL);
    ADD("skipped", test_skipped, NULL);
    ADD("forged", test_forged, &often);
    ADD("turns", test_turns, &often);
    ADD("unseen", test_unseen, &few);
    ADD("hour", test_hour, NULL);
    ADD("asks", test_asks, NULL);
    SAY("all", SAY_ALL);
    SAY("old-last", SAY_OLD_LAST);
    SAY("old-as-new", SAY_OLD_AS_NEW);
    SAY("behind-old", SAY_BEHIND_OLD);
    SAY("before-new", SAY_BEFORE_NEW);
    SAY("never", SAY_NEVER);
    SAY("before-first", SAY_BEFORE_FIRST);
    SAY("long-ago", SAY_LONG_AGO);
    SAY("new-proof-wrong", SAY_NEW_PROOF_WRONG);
    SAY("old-proof-wrong", SAY_OLD_PROOF_WRONG);
    SAY("nothing", SAY_NOTHING_BUT_PROOF);
    return g_test_run();
}
