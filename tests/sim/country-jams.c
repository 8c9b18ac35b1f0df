/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-jams.c - everybody wants to send to one end point: where a queue grows, who hears of
 *                  it, and who does not.
 */
#include <string.h>

#include "base/limits.h"
#include "country-tests.h"
#include "switch/notice.h"
#include "wire/code.h"
#include "wire/frame.h"
#include "wire/path.h"
#include "world.h"

enum {
    LINE_BPS = 125 * 1000 * 1000,
    END_BPS = 12500 * 1000, /* of the line to an end point */
    BEGIN_BPS = 500 * 1000,
    DATA_CODE = 3, /* 2048 bytes */
    PACKET_BYTES = 2090,
    TICK_US = 1000,
    RUN_US = 2 * 1000 * 1000,
    QUEUE_US = 30 * 1000,
    GROW_US = 100 * 1000, /* without a notice: a 16th more */
    WANTED = 1,           /* address of the packets to him, others are bystanders' */
    BESIDE = 2
};

/* Whoever sends, as much as it may. */
typedef struct {
    uint64_t path, address, Bps;
    uint64_t credit; /* bytes, in 1 / 1,000,000 */
    uint64_t told_us;
    unsigned end, told;
} sender;

typedef struct {
    country *c;
    sender *senders; /* the first n to one, the others to whom nobody else sends */
    GHashTable *by_end;
    unsigned n, n_beside, wanted;
    uint32_t counter;
    uint64_t got_late, jams, drops; /* drops: notices of such */
    uint64_t elsewhere;             /* notices by another switch than his */
    uint64_t late_us;               /* what comes later counts as late */
} play;

static void
send_one(play *p, sender *s)
{
    n2_packet head = {.is_long = true,
                      .is_sealed = true,
                      .class = N2_CLASS_DEFAULT,
                      .size = DATA_CODE,
                      .path = s->path,
                      .address = s->address,
                      .counter = ++p->counter,
                      .noise = s->end};
    uint8_t bytes[PACKET_BYTES] = {0};

    n2_packet_write_head(bytes, &head);
    country_send(p->c, s->end, bytes, sizeof bytes);
}

static void
tick(play *p)
{
    uint64_t now_us = country_now(p->c);

    for (unsigned i = 0; i < p->n + p->n_beside; i++) {
        sender *s = &p->senders[i];
        if (now_us - s->told_us >= GROW_US && s->Bps < BEGIN_BPS) {
            s->told_us = now_us;
            s->Bps += s->Bps / 16;
        }
        s->credit += s->Bps * TICK_US;
        for (; s->credit >= (uint64_t)PACKET_BYTES * 1000000;
             s->credit -= (uint64_t)PACKET_BYTES * 1000000)
            send_one(p, s);
    }
}

static void
hear_cb(country *c, unsigned end, uint64_t path, const uint8_t *packet, size_t len, void *user)
{
    play *p = user;
    n2_packet head;
    n2_switch_notice notice;
    uint8_t bytes[N2_NOTICE_BYTES];

    g_assert_cmpint(n2_packet_parse(&head, packet, len), ==, N2_OK);
    if (head.mode != N2_MODE_CONTROL) {
        p->got_late += head.address == WANTED && country_now(c) >= p->late_us;
        return;
    }
    g_assert_cmpuint(len, ==, sizeof bytes);
    memcpy(bytes, packet, len);
    n2_packet_set_path(bytes, path);
    g_assert_cmpint(n2_switch_notice_read(&notice, bytes, len), ==, N2_OK);
    sender *s = g_hash_table_lookup(p->by_end, GUINT_TO_POINTER(end + 1));
    g_assert_nonnull(s); /* it goes to who has sent, and to nobody else */
    p->drops += notice.reason == N2_NOTICE_DROPPED;
    p->jams += notice.reason == N2_NOTICE_JAM;
    p->elsewhere +=
        n2_path_answer(path) != country_path_to_switch(c, end, country_switch_of(c, p->wanted));
    if (notice.reason != N2_NOTICE_JAM)
        return;
    s->told++;
    s->told_us = country_now(c);
    s->Bps = n2_rate_from_code(notice.rate);
}

/* Ends by lot: the first one is the wanted one. */
static void
begin(play *p, gconstpointer shape)
{
    unsigned n = country_n_ends();
    g_autofree unsigned *order = g_new(unsigned, n);
    world_random lot;

    *p = (play){.c = country_of_rates(shape, LINE_BPS, END_BPS),
                .n = 100,
                .n_beside = country_pick(10, 50),
                .by_end = g_hash_table_new(NULL, NULL)};
    world_random_init(&lot, 10);
    country_set_packet_cb(p->c, hear_cb, p);
    p->senders = g_new0(sender, p->n + p->n_beside);
    for (unsigned i = 0; i < n; i++) {
        unsigned k = (unsigned)(world_random_next(&lot) % (i + 1));
        order[i] = order[k];
        order[k] = i;
    }
    p->wanted = order[0];
    for (unsigned i = 0; i < p->n + p->n_beside; i++) {
        sender *s = &p->senders[i];
        bool is_beside = i >= p->n;
        unsigned to = is_beside ? order[1 + p->n + p->n_beside + i - p->n] : p->wanted;
        *s = (sender){.end = order[1 + i],
                      .Bps = BEGIN_BPS,
                      .credit = world_random_next(&lot) % ((uint64_t)PACKET_BYTES * 1000000),
                      .address = is_beside ? BESIDE : WANTED,
                      .path = country_path(p->c, order[1 + i], to)};
        g_hash_table_insert(p->by_end, GUINT_TO_POINTER(s->end + 1), s);
    }
}

/* F1, F2: one line is jammed; its switch and no other says so, to those who send there and to
 * no bystander; nothing is lost, and most of the line is used. */
void
country_test_jams(gconstpointer shape)
{
    unsigned told = 0, beside = 0;
    uint64_t dropped = 0, queue_us = 0; /* the longest at the end */
    play p;

    begin(&p, shape);
    uint64_t end_us = country_now(p.c) + RUN_US;
    p.late_us = end_us - N2_SECOND_US;
    while (country_now(p.c) < end_us) {
        tick(&p);
        country_run(p.c, TICK_US);
    }
    for (unsigned i = 0; i < country_n_switches(); i++) {
        const n2_look *look = country_look(p.c, i);
        for (size_t k = 0; k < look->n_ports; k++) {
            dropped += look->ports[k].dropped_out;
            if (look->ports[k].queue_us > queue_us)
                queue_us = look->ports[k].queue_us;
        }
    }
    for (unsigned i = 0; i < p.n + p.n_beside; i++)
        *(i < p.n ? &told : &beside) += p.senders[i].told > 0;
    double used = (double)p.got_late * (PACKET_BYTES + 2 * N2_FRAME_HEAD_BYTES) / END_BPS;
    g_test_message("%u senders to one, %u beside: %" G_GUINT64_FORMAT
                   " jam notices, %.1f a second for each, %u heard one, %" G_GUINT64_FORMAT
                   " packets dropped, %.0f %% of the line used in the last second, a queue of "
                   "%.1f ms at its end",
                   p.n, p.n_beside, p.jams, (double)p.jams / p.n / (RUN_US / 1e6), told,
                   dropped, used * 100, (double)queue_us / 1000);
    g_assert_cmpuint(dropped, ==, 0);
    g_assert_cmpuint(p.drops, ==, 0);
    g_assert_cmpuint(p.elsewhere, ==, 0);
    g_assert_cmpuint(beside, ==, 0);
    g_assert_cmpuint(told, >, p.n / 2);
    g_assert_cmpuint(queue_us, <, QUEUE_US);
    g_assert_cmpfloat(used, >, 0.8);
    g_hash_table_unref(p.by_end);
    g_free(p.senders);
    country_free(p.c);
}
