/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-labels.c - one label for four servers, asked for by a whole country: one switch keeps
 *                    it, whoever asks, and nobody else anything.
 */
#include <string.h>

#include "base/limits.h"
#include "country-tests.h"
#include "switch/label.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    SERVERS = 4,
    LABEL = 15, /* ports of a switch with 16: the last ones have no link */
    ROUNDS = 3,
    QUESTION = 1,
    ANSWER
};

typedef struct {
    country *c;
    unsigned home;               /* switch of the servers */
    unsigned servers[SERVERS];   /* ends */
    unsigned asked[SERVERS];     /* questions that each got */
    int *chosen;                 /* by end: its server, -1 none yet */
    unsigned answered, wandered; /* wandered: another server than before */
} play;

static void
send_one(play *p, unsigned end, uint64_t path, uint8_t what, unsigned who)
{
    n2_packet head = {
        .is_long = true, .class = N2_CLASS_DEFAULT, .path = path, .address = what};
    uint8_t bytes[N2_LONG_HEAD_BYTES + N2_DATA_BYTES_MIN] = {0};
    size_t at = n2_packet_write_head(bytes, &head);

    memcpy(bytes + at, &who, sizeof who);
    country_send(p->c, end, bytes, sizeof bytes);
}

static void
hear_cb(country *c, unsigned end, uint64_t path, const uint8_t *packet, size_t len, void *user)
{
    play *p = user;
    n2_packet head;
    unsigned who;

    (void)c;
    g_assert_cmpint(n2_packet_parse(&head, packet, len), ==, N2_OK);
    memcpy(&who, head.data, sizeof who);
    if (head.address == ANSWER) {
        g_assert_cmpuint(end, ==, who);
        p->answered++;
        return;
    }
    for (int i = 0; i < SERVERS; i++) {
        if (p->servers[i] != end)
            continue;
        p->asked[i]++;
        p->wandered += p->chosen[who] >= 0 && p->chosen[who] != i;
        p->chosen[who] = i;
    }
    send_one(p, end, n2_path_answer(path), ANSWER, who);
}

static void
rules_cb(country *c, unsigned which, const n2_event *event, void *user)
{
    (void)c;
    (void)which;
    (void)user;
    if (event->kind == N2_EVENT_RULES)
        g_assert_cmpint(event->err, ==, N2_OK);
}

static void
order(play *p, const n2_label *label)
{
    n2_op op = {.kind = N2_OP_LABEL, .bytes = malloc(sizeof *label), .len = sizeof *label};

    memcpy(op.bytes, label, sizeof *label);
    country_op(p->c, p->home, &op);
}

/* A label of its own for each server, and one for all of them. */
static void
set_labels(play *p)
{
    n2_label all = {.kind = N2_LABEL_SPREAD, .label = LABEL, .n = SERVERS};
    unsigned n = 0;

    p->home = country_switch_of(p->c, 0);
    for (unsigned end = 0; n < SERVERS; end++) {
        if (country_switch_of(p->c, end) != p->home)
            continue;
        n2_label one = {.kind = N2_LABEL_WAY,
                        .label = (uint16_t)(LABEL - 1 - n),
                        .port = country_port_of(p->c, end),
                        .hidden = {.bits = 1}}; /* port 0 of its own switch */
        order(p, &one);
        all.members[n] = one.label;
        p->servers[n++] = end;
    }
    order(p, &all);
}

static uint64_t
path_to_label(const play *p, unsigned end)
{
    uint64_t path = country_path_to_switch(p->c, end, p->home);
    unsigned way[COUNTRY_WAY_MAX], n = country_way_to_switch(p->c, end, p->home, way);

    /* The last label, which was 0; the bits of the hidden way behind it are 0, too. */
    return path | (uint64_t)LABEL << (64 - 1 - 4 * n);
}

/* T6: everybody asks by one label; each is always answered by the same server, all have
 * something to do, and what is kept is five labels in one switch. */
void
country_test_labels(gconstpointer shape)
{
    country_plan plan = country_plan_of(shape);
    unsigned n = 0;

    plan.n_ends /= 2; /* so that the servers' switch has ports to spare */
    play p = {.c = country_new(&plan), .chosen = g_new(int, plan.n_ends)};

    country_set_packet_cb(p.c, hear_cb, &p);
    country_set_event_cb(p.c, rules_cb, NULL);
    memset(p.chosen, 0xff, sizeof *p.chosen * plan.n_ends);
    set_labels(&p);
    for (int round = 0; round < ROUNDS; round++)
        for (unsigned end = 0; end < plan.n_ends; end++) {
            if (country_switch_of(p.c, end) == p.home)
                continue;
            send_one(&p, end, path_to_label(&p, end), QUESTION, end);
            if (++n % 256 == 0)
                country_settle(p.c);
        }
    country_settle(p.c);
    g_assert_cmpuint(p.answered, ==, n);
    g_assert_cmpuint(p.wandered, ==, 0);
    g_test_message("%u questions by one label: %u, %u, %u and %u to its servers", n, p.asked[0],
                   p.asked[1], p.asked[2], p.asked[3]);
    for (int i = 0; i < SERVERS; i++)
        g_assert_cmpuint(p.asked[i], >, n / SERVERS / 2);
    for (unsigned i = 0; i < country_n_switches(); i++)
        g_assert_cmpuint(country_look(p.c, i)->n_all_labels, ==,
                         i == p.home ? SERVERS + 1 : 0u);
    g_free(p.chosen);
    country_free(p.c);
}
