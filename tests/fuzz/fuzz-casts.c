/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-casts.c - one node that takes part in trees and channels, and all that its neighbours
 * and its own end point may say and send, as time passes: its tables stay what they must be,
 * limits hold, and what nobody renews is gone in the end.
 *
 * Records: how 1 (in-port 4 bits, what 4 bits), time 1 (32 ms each), then for what
 *     0        length 1, bytes as they are
 *     1        a tree's message: kind 1, number 2, rank 1, taken 3, id 1, nonce 1, mask 8, path
 * 8 2        a channel's message: kind 1, number 2, id 3, nonce 1, path 8 3        a multicast
 * packet: path 8 4        a broadcast: path 8 5        an order: kind 1, tag 1, id 1, path 8 6
 * the link goes, or comes as 1 says 7        an answer to what our own end point said last:
 * kind 1, mask 8 others   nothing, time passes
 */
#include "base/limits.h"
#include "base/reader.h"
#include "fuzz.h"
#include "node/casts.h"
#include "switch/switch.h"
#include "wire/path.h"

enum {
    WIDTH = 4,
    PORTS = 1 << WIDTH,
    RECORDS_MAX = 400
};

typedef struct {
    n2_switch sw;
    n2_casts *casts;
    uint64_t now_us, nonce;
    unsigned depth;
} world;

static void take(world *w, uint32_t in_port, const uint8_t *bytes, size_t len);

/* Every branch is in the list of its tree and nowhere else, and counted once. */
static void
check_trees(const n2_trees *t)
{
    uint32_t n_trees = 0, n_branches = 0, by_port[PORTS] = {0}, for_port[PORTS] = {0};

    check(t->n_trees <= N2_TREES_MAX && t->n_branches < N2_TREE_BRANCHES_MAX);
    for (uint32_t at = 0; at < t->trees_room; at++) {
        const n2_tree *tree = &t->trees[at];
        uint32_t n = 0, before = 0;
        if (!tree->is_used)
            continue;
        n_trees++;
        for_port[tree->for_port]++;
        for (uint32_t p = tree->branches; p; p = t->branches[p].next, n++) {
            check(t->branches[p].tree == at && t->branches[p].before == before);
            check((t->branches[p].path & 63) == WIDTH);
            by_port[t->branches[p].out_port]++;
            before = p;
        }
        check(n == tree->n_branches);
        check(tree->rank <= N2_PATH_BITS && tree->number >> 12);
        n_branches += n;
    }
    check(n_trees == t->n_trees && n_branches == t->n_branches);
    for (uint32_t port = 0; t->ports && port < PORTS; port++)
        check(t->ports[port].n_branches == by_port[port] &&
              t->ports[port].n_trees == for_port[port] &&
              for_port[port] <= N2_TREES_PER_PORT_MAX);
}

static void
check_channels(const n2_channels *c)
{
    uint32_t n = 0, joined[PORTS] = {0};
    const n2_channel_row *row;

    for (uint32_t at = 0; (row = n2_rows_next(&c->rows, &at)); n++) {
        check(n2_rows_find(&c->rows, row->key) == row);
        check(row->in_port < PORTS);
        check((row->key & (N2_ROWS_BLOCK - 1)) >= N2_CHANNELS_LOCAL);
        for (uint32_t port = 0; port < PORTS; port++)
            joined[port] += (row->ports[0] | row->ports[1]) >> port & 1;
    }
    check(n == c->rows.n);
    for (uint32_t port = 0; c->ports && port < PORTS; port++)
        check(c->ports[port].n_joined == joined[port] &&
              joined[port] <= N2_CHANNELS_PER_PORT_MAX);
}

/* One in-port has no more than half, and each way of a tree is there once. */
static void
check_feeds(const n2_feeds *f)
{
    uint32_t by_port[PORTS] = {0};

    check(f->n <= N2_FEEDS_MAX);
    for (uint32_t i = 0; i < f->n; i++) {
        check(++by_port[f->feeds[i].in_port] <= N2_FEEDS_MAX / 2);
        for (uint32_t k = 0; k < i; k++)
            check(f->feeds[k].id != f->feeds[i].id || f->feeds[k].path != f->feeds[i].path);
    }
}

static void
say(world *w)
{
    uint8_t bytes[N2_CAST_BYTES];
    n2_cast cast;
    n2_event e;

    while (n2_casts_said(w->casts, bytes)) {
        check(!n2_cast_read(&cast, bytes, sizeof bytes));
        if (cast.kind == N2_CAST_JOIN)
            w->nonce = cast.nonce;
        take(w, 0, bytes, sizeof bytes);
    }
    while (n2_casts_event(w->casts, &e))
        free(e.bytes);
}

static void
copy(world *w, uint32_t in_port, const uint8_t *bytes, size_t len)
{
    n2_copies copies;
    uint32_t port, n = 0;
    uint64_t path;

    if (!n2_casts_copies(w->casts, in_port, bytes, len, w->now_us, &copies))
        return;
    while (n2_copies_next(&copies, &port, &path)) {
        check(port < PORTS && n2_path_used(path) <= N2_PATH_BITS);
        check(++n <= N2_TREE_BRANCHES_MAX);
        if (!port)
            n2_casts_packet(w->casts, bytes, len, w->now_us);
    }
}

static void
take(world *w, uint32_t in_port, const uint8_t *bytes, size_t len)
{
    uint8_t *packet = fuzz_copy(bytes, len);
    n2_step step = n2_switch_step(&w->sw, in_port, packet, len, w->now_us);
    bool is_control = step.verdict == N2_STEP_CONTROL || step.verdict == N2_STEP_HOP;

    check(++w->depth < 100000);
    if (is_control && n2_casts_is_message(packet, len)) {
        bool passes = n2_casts_hop(w->casts, in_port, step.out_port, packet, len, w->now_us);
        check(!passes || step.out_port);
        /* Nothing but what it says of its way is changed. */
        check(!memcmp(packet + 10, bytes + 10, 12) && !memcmp(packet + 26, bytes + 26, 16));
    } else if (step.verdict == N2_STEP_COPIES) {
        copy(w, in_port, packet, len);
    }
    free(packet);
}

static void
message(world *w, uint32_t in_port, n2_cast_type type, n2_reader *r)
{
    uint8_t bytes[N2_CAST_BYTES], kind = n2_read_u8(r);
    n2_cast cast = {.type = type, .number = n2_read_u16(r), .is_for_hops = kind & 0x80};

    cast.kind = (n2_cast_kind)(kind & 7);
    if (type == N2_CAST_TREE) {
        cast.rank = n2_read_u8(r);
        cast.taken = (uint32_t)n2_read_u16(r) << 8;
        cast.taken |= n2_read_u8(r);
        cast.id = n2_read_u8(r);
    } else {
        cast.id = (uint64_t)n2_read_u8(r) << 16;
        cast.id |= n2_read_u16(r);
    }
    cast.nonce = (uint64_t)n2_read_u8(r) << 56;
    if (type == N2_CAST_TREE)
        cast.mask = n2_read_u64(r);
    cast.path = n2_read_u64(r);
    n2_cast_write(bytes, &cast);
    take(w, in_port, bytes, sizeof bytes);
}

static void
packet(world *w, uint32_t in_port, n2_mode mode, n2_reader *r)
{
    uint8_t bytes[N2_LONG_HEAD_BYTES + 32] = {0};
    n2_packet head = {.is_long = true, .mode = (uint8_t)mode, .path = n2_read_u64(r)};

    head.address = n2_cast_address(1);
    n2_packet_write_head(bytes, &head);
    take(w, in_port, bytes, sizeof bytes);
}

static void
order(world *w, uint32_t port, n2_reader *r)
{
    uint8_t kind = n2_read_u8(r);
    n2_op op = {.kind = (n2_op_kind)(N2_OP_CAST_JOIN + kind % 4),
                .bits = kind & 0x80 ? N2_MODE_BROADCAST : N2_MODE_MULTICAST,
                .size = kind >> 6 & 1,
                .port = (uint16_t)port,
                .tag = n2_read_u8(r)};

    op.address = n2_read_u8(r) * (kind & 0x20 ? 256u : 1u);
    op.path = n2_read_u64(r);
    n2_casts_op(w->casts, &op, w->now_us);
}

/* Somebody on the way of our own join answers it. */
static void
reply(world *w, uint32_t in_port, n2_reader *r)
{
    uint8_t bytes[N2_CAST_BYTES], how = n2_read_u8(r);
    n2_cast cast = {.type = how & 2 ? N2_CAST_TREE : N2_CAST_CHANNEL,
                    .kind = how & 1 ? N2_CAST_ACCEPT : N2_CAST_REFUSE,
                    .id = how >> 2,
                    .nonce = w->nonce,
                    .mask = n2_read_u64(r)};

    cast.is_for_hops = cast.type == N2_CAST_CHANNEL;
    if (cast.kind == N2_CAST_REFUSE)
        cast.number = cast.mask & 7; /* whatever reason, that of an end too */
    for (uint64_t id = 0; id < 4; id++) {
        cast.id = id * (how & 0x80 ? 256u : 1u);
        cast.path = how & 0x70 ? 3 : 0; /* a way back of so many bits */
        n2_cast_write(bytes, &cast);
        take(w, in_port, bytes, sizeof bytes);
    }
}

static void
record(world *w, n2_reader *r)
{
    uint8_t how = n2_read_u8(r);
    uint32_t in_port = how >> 4;

    w->now_us += n2_read_u8(r) * UINT64_C(32000);
    w->depth = 0;
    switch (how & 15) {
    case 0: {
        size_t len = n2_read_u8(r);
        const uint8_t *bytes = n2_read_bytes(r, len);
        if (bytes)
            take(w, in_port, bytes, len);
        break;
    }
    case 1:
        message(w, in_port, N2_CAST_TREE, r);
        break;
    case 2:
        message(w, in_port, N2_CAST_CHANNEL, r);
        break;
    case 3:
        packet(w, in_port, N2_MODE_MULTICAST, r);
        break;
    case 4:
        packet(w, in_port, N2_MODE_BROADCAST, r);
        break;
    case 5:
        order(w, in_port, r);
        break;
    case 6: {
        uint8_t flags = n2_read_u8(r);
        if (flags & 4)
            n2_casts_port_down(w->casts, in_port);
        else
            n2_casts_port_up(w->casts, in_port, flags & 3);
        break;
    }
    case 7:
        reply(w, in_port, r);
        break;
    default:
        break;
    }
    say(w);
    if (n2_casts_deadline(w->casts) <= w->now_us)
        n2_casts_expire(w->casts, w->now_us);
    say(w);
}

/* Nobody says anything any more: only what our own end point wants is left. */
static void
fall_silent(world *w)
{
    for (uint64_t tag = 0; tag < 256; tag++) {
        n2_op op = {.kind = N2_OP_CAST_LEAVE, .tag = tag};
        n2_casts_op(w->casts, &op, w->now_us);
        say(w);
    }
    for (unsigned i = 0; i < 400; i++) {
        w->now_us += N2_SECOND_US / 4;
        w->depth = 0;
        n2_casts_expire(w->casts, w->now_us);
        say(w);
    }
    const n2_trees *t = &w->casts->trees;
    check(!t->n_branches && !w->casts->feeds.n && !w->casts->n_joined);
    for (uint32_t at = 0; at < t->trees_room; at++)
        check(!t->trees[at].is_used || t->trees[at].is_root);
    const n2_channel_row *row;
    for (uint32_t at = 0; (row = n2_rows_next(&w->casts->channels.rows, &at));)
        check(row->is_source && !row->ports[0] && !row->ports[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    uint64_t seed = 1;
    n2_env env = {.user = &seed, .random = fuzz_random_cb};
    world w = {.now_us = N2_SECOND_US};
    n2_rows_kind kind = n2_read_u8(&r) & 1 ? N2_ROWS_MAP : N2_ROWS_HASH;

    check(!n2_switch_init(&w.sw, WIDTH));
    check(!n2_casts_new(&w.casts, &env, WIDTH, kind));
    w.sw.has_trees = w.sw.has_channels = true;
    for (unsigned i = 0; n2_reader_left(&r) && i < RECORDS_MAX; i++) {
        record(&w, &r);
        check_trees(&w.casts->trees);
        check_channels(&w.casts->channels);
        check_feeds(&w.casts->feeds);
    }
    fall_silent(&w);
    n2_casts_free(w.casts);
    n2_switch_clear(&w.sw);
    return 0;
}
