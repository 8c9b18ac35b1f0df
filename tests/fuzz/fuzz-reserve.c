/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-reserve.c - a switch and what its neighbours say about reservations, in any order, true
 *                  or not, with packets that want to be first: what is promised adds up and is
 *                  no more than the lines carry, nobody gets more words than he said, and for
 *                  one more there is always something left.
 *
 * Records: how 1 (in-port 4 bits, what 4 bits), time 1 (of 10 ms), then for what
 *     0        length 1, bytes as they are
 *     1        a message: what and flags 1, class 1, from 1, id 1, rate 4, marks 8, path 8
 *     2        the answer to the message said last, from its out-port: what 1
 *     3        that message again
 *     4        a packet: care 1, path 8, so many 1
 *     5        our own node asks: tag 1, rate 4, path 8
 *     6        our own node gives back: tag 1
 *     7        the link is down
 *     8        seconds pass: 1
 *     9        the answer to what we asked for last ourselves: what 1, rate 1 (0: the same)
 */
#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"
#include "fuzz.h"
#include "switch/reserve-private.h"
#include "switch/switch.h"
#include "wire/path.h"

enum {
    WIDTH = 4,
    PORTS = 1 << WIDTH,
    HONEST = 14, /* says nothing until the end, and then goes by */
    SPARE = 15   /* this port */
};

typedef struct {
    n2_switch sw;
    uint64_t seed, now_us;
    n2_reserve_message last;
    uint32_t last_in, last_out;
    n2_reserve_message own; /* as it left */
    uint32_t own_out;
} world;

static uint64_t
rate_of(uint32_t port)
{
    return port == 3 ? 0 : UINT64_C(125000) * (port + 1); /* one is not known */
}

static void
take(world *w, uint32_t in_port, const uint8_t *bytes, size_t len)
{
    uint8_t *packet = fuzz_copy(bytes, len);
    n2_step step = n2_switch_step(&w->sw, in_port, packet, len, w->now_us);
    n2_reserve_way way = {.in_port = in_port,
                          .out_port = step.out_port,
                          .rate_Bps = rate_of(step.out_port),
                          .users = in_port == 5 ? 3 : 1};

    if (step.verdict == N2_STEP_HOP && n2_reserve_is_message(packet, len)) {
        n2_reserve_message m;
        bool goes_on = n2_reserve_hop(w->sw.reserve, &way, packet, len, w->now_us);
        check(!goes_on || !n2_reserve_message_read(&m, packet, len));
        if (goes_on && !in_port && m.what == N2_RESERVE_ASK) {
            w->own = m;
            w->own_out = step.out_port;
        }
    } else if (step.verdict == N2_STEP_CONTROL && n2_reserve_is_message(packet, len)) {
        n2_reserve_end(w->sw.reserve, in_port, way.users, packet, len, w->now_us);
    }
    free(packet);
}

static void
say_all(world *w)
{
    uint8_t bytes[N2_RESERVE_BYTES];

    while (n2_reserve_output(w->sw.reserve, bytes, w->now_us))
        take(w, 0, bytes, sizeof bytes);
}

static void
message(world *w, uint32_t in_port, const n2_reserve_message *m)
{
    uint8_t bytes[N2_RESERVE_BYTES];

    n2_reserve_message_write(bytes, m);
    take(w, in_port, bytes, sizeof bytes);
}

static void
read_message(world *w, uint32_t in_port, n2_reader *r)
{
    uint8_t what = n2_read_u8(r);
    n2_reserve_message m = {.what = (n2_reserve_what)(what & 7),
                            .is_allotment = what & 8,
                            .class = n2_read_u8(r),
                            .from = n2_read_u8(r),
                            .id = n2_read_u8(r),
                            .kbps = n2_read_u32(r),
                            .offer_kbps = UINT32_MAX,
                            .marks = n2_read_u64(r)};

    m.path = n2_read_u64(r);
    w->last = m;
    w->last_in = in_port;
    w->last_out = (uint32_t)(m.path >> (64 - WIDTH));
    message(w, in_port, &m);
}

static void
answer_last(world *w, n2_reader *r)
{
    n2_reserve_message m = w->last;
    uint32_t out_port;
    uint64_t path = m.path;

    m.what = (n2_reserve_what)(n2_read_u8(r) & 7);
    if (w->last_out == HONEST || !n2_path_step(&path, WIDTH, w->last_in, &out_port))
        return;
    m.path = n2_path_answer(path);
    message(w, w->last_out, &m);
}

static void
answer_own(world *w, n2_reader *r)
{
    n2_reserve_message m = w->own;
    uint8_t what = n2_read_u8(r), rate = n2_read_u8(r);

    m.what = (n2_reserve_what)(what & 7);
    m.reason = what >> 4;
    m.kbps = rate ? rate : m.kbps;
    m.path = n2_path_answer(m.path);
    if (w->own_out && w->own_out != HONEST)
        message(w, w->own_out, &m);
}

static void
packets(world *w, uint32_t in_port, n2_reader *r)
{
    uint8_t bytes[N2_LONG_HEAD_BYTES + 512] = {
        [0] = N2_KIND_VERSION | N2_KIND_LONG | 2 << N2_KIND_SIZE_SHIFT, [1] = n2_read_u8(r)};
    uint64_t path = n2_read_u64(r);

    for (unsigned n = n2_read_u8(r); n; n--) {
        n2_packet_set_path(bytes, path);
        take(w, in_port, bytes, sizeof bytes);
    }
}

static void
ask(world *w, n2_reader *r)
{
    n2_reserve_claim claim = {.tag = n2_read_u8(r), .kbps = n2_read_u32(r), .class = 1};

    claim.path = n2_read_u64(r);
    n2_err err = n2_reserve_ask(w->sw.reserve, &claim, w->now_us);
    check(!err || err == N2_ERR_USAGE || err == N2_ERR_LIMIT || err == N2_ERR_EXISTS);
}

/* The sums are those of the rows, and no line is promised away. */
static void
check_sums(const world *w)
{
    const n2_reserve *r = w->sw.reserve;
    uint64_t by_port[PORTS] = {0}, in_step[N2_STEPS_MAX] = {0}, allotted = 0, of_pairs = 0;
    uint32_t n = 0, n_in[PORTS] = {0};

    if (!r->rows)
        return;
    for (size_t i = 0; i < r->n_rows_used; i++) {
        const n2_kept *row = &r->rows[i];
        if (!row->is_taken)
            continue;
        n++;
        n_in[row->in_port]++;
        by_port[row->out_port] += n2_kept_counted(row);
        allotted += row->is_allotment ? row->kbps : 0;
        check(!row->is_cut || !n2_kept_counted(row));
        if (row->claim != N2_ROW_NONE)
            in_step[row->claim - N2_CLAIMS_MAX] += row->step_kbps;
    }
    for (size_t i = 0; r->claims && i < N2_STEPS_MAX; i++) {
        const n2_claim *c = &r->claims[N2_CLAIMS_MAX + i];
        check(in_step[i] == (c->state == N2_CLAIM_FREE ? 0 : c->used_kbps));
        check(in_step[i] <= c->kbps || c->state == N2_CLAIM_FREE);
    }
    for (uint32_t port = 0; port < PORTS; port++) {
        check(r->ports[port].kbps == by_port[port] && r->ports[port].n == n_in[port]);
        check(!rate_of(port) ||
              by_port[port] <= rate_of(port) * N2_RESERVE_PERCENT / 100 / N2_RESERVE_BPS);
    }
    for (size_t i = 0; i < r->n_pairs_used; i++)
        of_pairs += r->pairs[i].n ? r->pairs[i].allotted_kbps : 0;
    check(n == r->stats.n && n <= N2_RESERVES_MAX && allotted == of_pairs);
}

static void
act(world *w, n2_reader *r)
{
    uint8_t how = n2_read_u8(r);
    uint32_t in_port = (how >> 4) % HONEST;
    n2_reserve_event event;

    w->now_us += n2_read_u8(r) * UINT64_C(10000);
    switch (how & 15) {
    case 0: {
        size_t len = n2_read_u8(r), left = n2_reader_left(r);
        const uint8_t *bytes = n2_read_bytes(r, len < left ? len : left);
        if (bytes)
            take(w, in_port, bytes, len < left ? len : left);
        break;
    }
    case 1:
        read_message(w, in_port, r);
        break;
    case 2:
        answer_last(w, r);
        break;
    case 3:
        message(w, w->last_in, &w->last);
        break;
    case 4:
        packets(w, in_port, r);
        break;
    case 5:
        ask(w, r);
        break;
    case 6:
        n2_reserve_give_back(w->sw.reserve, n2_read_u8(r), w->now_us);
        break;
    case 7:
        n2_reserve_down(w->sw.reserve, in_port, w->now_us);
        break;
    case 9:
        answer_own(w, r);
        break;
    default:
        w->now_us += n2_read_u8(r) * N2_SECOND_US;
        break;
    }
    if (n2_reserve_deadline(w->sw.reserve) <= w->now_us)
        n2_reserve_expire(w->sw.reserve, w->now_us);
    say_all(w);
    while (n2_reserve_take_event(w->sw.reserve, &event))
        check(event.is_over || event.kbps);
}

/* A neighbour who never said anything asks for a little, by a line that others wanted, too. */
static void
ask_honestly(world *w)
{
    n2_route route = {0};
    n2_reserve_stats before, after;

    w->now_us += N2_SECOND_US;
    check(!n2_route_add(&route, WIDTH, SPARE));
    n2_reserve_stats_get(w->sw.reserve, &before);
    message(w, HONEST,
            &(n2_reserve_message){.what = N2_RESERVE_ASK,
                                  .class = 1,
                                  .id = UINT64_C(0x1234567890),
                                  .kbps = 1,
                                  .offer_kbps = UINT32_MAX,
                                  .path = route.word});
    n2_reserve_stats_get(w->sw.reserve, &after);
    check(after.asked == before.asked + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    world w = {.seed = 1, .now_us = 1000000};
    n2_env env = {.user = &w.seed, .random = fuzz_random_cb};

    check(!n2_switch_init(&w.sw, WIDTH));
    check(!n2_reserve_new(&w.sw.reserve, &env, WIDTH));
    n2_reserve_set_role(w.sw.reserve, (n2_reserve_role)(n2_read_u8(&r) % 3));
    while (n2_reader_left(&r)) {
        act(&w, &r);
        check_sums(&w);
    }
    ask_honestly(&w);
    n2_switch_clear(&w.sw);
    return 0;
}
