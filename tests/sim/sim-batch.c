/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-batch.c - datagrams handed to a data plane as a batch do what they do one by one: two
 *               worlds that are alike, and all that comes out is compared.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "star.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    DATAGRAMS_MAX = 200,
    RATE_BPS = 1000 * 1000, /* of one line: queues and notices take part */
    CONTROL_PING = 5,
    CONTROL_CLOSE = 7
};

static const size_t sizes[] = {0, 1, 2, 15, 16, 17, 64, 200};

typedef struct {
    star *s;
    GPtrArray *blocks; /* uint8_t *, each as long as its datagram: a byte too far is seen */
    n2_datagram batch[DATAGRAMS_MAX];
    size_t n;
} play;

static uint64_t
draw(world_random *lot, uint64_t n)
{
    return world_random_next(lot) % n;
}

/* ---- what comes in ---- */

static void
add(play *p, int from, const uint8_t *bytes, size_t len)
{
    uint8_t *block = g_malloc(len ? len : 1);

    memcpy(block, bytes, len);
    g_ptr_array_add(p->blocks, block);
    p->batch[p->n++] =
        (n2_datagram){.from = p->s->node[from]->addr, .bytes = block, .len = len};
}

static void
write_head(const play *p, int from, n2_frame_kind kind, uint16_t number, uint8_t *out)
{
    n2_frame frame;

    g_assert_cmpint(n2_frame_read(&frame, p->s->head[from], N2_FRAME_HEAD_BYTES), ==, N2_OK);
    g_assert_cmpuint(frame.token, !=, 0);
    frame.kind = (uint8_t)kind;
    frame.number = number;
    n2_frame_write(out, &frame);
}

/* A packet of any kind to anywhere; of @size, or any that is small.  Returns: its length. */
static size_t
write_packet(world_random *lot, unsigned size, uint8_t *out)
{
    uint64_t path = world_random_next(lot);
    n2_packet head = {.is_long = size == 3 || draw(lot, 4) != 0,
                      .class = (uint8_t)draw(lot, 4),
                      .mode = (uint8_t)(draw(lot, 3) ? N2_MODE_UNICAST : draw(lot, 4)),
                      .size = (uint8_t)size,
                      .address = draw(lot, 3) ? 0 : draw(lot, 1000)};

    if (draw(lot, 2)) /* near, and perhaps to us */
        path = draw(lot, 4) << 60;
    head.path = head.is_long ? path : path >> 48;
    size_t at = n2_packet_write_head(out, &head), len = at + n2_data_bytes(size);
    world_random_fill(lot, out + at, len - at);
    if (draw(lot, 2)) { /* a message of the switch, perhaps */
        out[at] = (uint8_t)draw(lot, 8);
        out[at + 1] = draw(lot, 2) ? 0x80 : 0;
    }
    return len;
}

static void
add_bundle(play *p, world_random *lot, int from)
{
    uint8_t bytes[N2_FRAME_HEAD_BYTES + 6 * N2_PACKET_BYTES_MAX];
    size_t len = N2_FRAME_HEAD_BYTES;

    write_head(p, from, N2_FRAME_WHOLE, 0, bytes);
    for (uint64_t n = 1 + draw(lot, 6); n; n--)
        len += write_packet(lot, (unsigned)draw(lot, 3), bytes + len);
    add(p, from, bytes, len - (draw(lot, 20) ? 0 : draw(lot, 30))); /* or cut off */
}

static void
add_halves(play *p, world_random *lot, int from, uint16_t number)
{
    uint8_t packet[N2_PACKET_BYTES_MAX], bytes[N2_FRAME_BYTES_MIN];
    size_t len = write_packet(lot, 3, packet);
    unsigned first = (unsigned)draw(lot, 2);

    for (unsigned i = 0; i < 2 && draw(lot, 8); i++) {
        bool is_first = i == first;
        size_t half = is_first ? (size_t)N2_HALF_BYTES : len - N2_HALF_BYTES;
        write_head(p, from, is_first ? N2_FRAME_FIRST_HALF : N2_FRAME_SECOND_HALF,
                   (uint16_t)(number + !is_first), bytes);
        memcpy(bytes + N2_FRAME_HEAD_BYTES, packet + (is_first ? 0 : N2_HALF_BYTES), half);
        add(p, from, bytes, N2_FRAME_HEAD_BYTES + half);
    }
}

static void
add_control(play *p, world_random *lot, int from)
{
    uint8_t bytes[N2_LINK_CONTROL_BYTES] = {0};

    write_head(p, from, N2_FRAME_CONTROL, 0, bytes);
    bytes[N2_FRAME_HEAD_BYTES] = draw(lot, 5) ? CONTROL_PING : CONTROL_CLOSE;
    bytes[N2_FRAME_HEAD_BYTES + 1] = 1;
    if (bytes[N2_FRAME_HEAD_BYTES] == CONTROL_PING)
        world_random_fill(lot, bytes + N2_FRAME_HEAD_BYTES + 8, 8);
    add(p, from, bytes, sizeof bytes);
}

static void
add_rubbish(play *p, world_random *lot, int from)
{
    uint8_t bytes[100];
    size_t len = draw(lot, sizeof bytes);

    world_random_fill(lot, bytes, sizeof bytes);
    if (draw(lot, 2))
        write_head(p, from, (n2_frame_kind)draw(lot, 4), 0, bytes);
    add(p, from, bytes, len);
}

static void
make_batch(play *p, world_random *lot, size_t n)
{
    p->n = 0;
    while (p->n < n) {
        int from = (int)(STAR_SERVER + draw(lot, 3));
        uint64_t what = draw(lot, 40);
        if (what < 4 && p->n + 2 <= n)
            add_halves(p, lot, from, (uint16_t)(2 * p->n));
        else if (what == 4)
            add_control(p, lot, from);
        else if (what < 8)
            add_rubbish(p, lot, from);
        else
            add_bundle(p, lot, from);
    }
}

/* ---- what comes out ---- */

static void
put(GByteArray *out, const void *bytes, size_t len)
{
    g_byte_array_append(out, bytes, (guint)len);
}

static void
put_stats(GByteArray *out, const n2_plane *plane)
{
    n2_plane_stats s;

    n2_plane_stats_get(plane, &s);
    const uint64_t counts[] = {s.datagrams_in, s.datagrams_out,  s.bytes_in,
                               s.bytes_out,    s.forwarded,      s.delivered,
                               s.dropped_link, s.dropped_switch, s.dropped_endpoint,
                               s.hellos,       s.hellos_refused, s.pauses};
    put(out, counts, sizeof counts);
    for (unsigned i = 0; i < s.uses.n; i++) {
        put(out, &s.uses.rows[i].at, sizeof s.uses.rows[i].at);
        put(out, &s.uses.rows[i].refused, sizeof s.uses.rows[i].refused);
    }
}

static void
put_output(GByteArray *out, n2_plane *plane, uint64_t now_us)
{
    n2_plane_run run;
    n2_event event;

    while (n2_plane_output(plane, &run, now_us)) {
        put(out, &run.to.len, 1);
        put(out, run.to.bytes, run.to.len);
        put(out, &run.segment, sizeof run.segment);
        put(out, run.bytes, run.len);
    }
    while (n2_plane_event(plane, &event)) {
        put(out, &event.kind, sizeof event.kind);
        put(out, &event.port, sizeof event.port);
        put(out, &event.err, sizeof event.err);
        put(out, event.bytes, event.len);
        free(event.bytes);
    }
    put_stats(out, plane);
}

/* ---- both ---- */

/* Batches of each size, with 5 ms between them, into a world of this seed. */
static GByteArray *
play_all(uint64_t seed, bool in_batches)
{
    const world_wire wire = {.delay_us = 1000};
    play p = {.s = star_new(seed, &wire, 0)};
    n2_plane *hub = p.s->node[STAR_HUB]->plane;
    GByteArray *out = g_byte_array_new();
    world_random lot;

    world_random_init(&lot, seed);
    star_run(p.s, 3 * N2_SECOND_US / 2); /* each has said something by its link */
    uint64_t now_us = world_now(p.s->w);
    n2_plane_op(hub,
                &(n2_op){.kind = N2_OP_LINK_RATE,
                         .port = p.s->port_at_hub[STAR_SERVER],
                         .size = RATE_BPS},
                now_us);
    for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
        p.blocks = g_ptr_array_new_with_free_func(g_free);
        make_batch(&p, &lot, sizes[k]);
        now_us += 5000;
        if (in_batches)
            n2_plane_input_all(hub, p.batch, p.n, now_us);
        for (size_t i = 0; i < p.n && !in_batches; i++)
            n2_plane_input(hub, &p.batch[i].from, p.batch[i].bytes, p.batch[i].len, now_us);
        put_output(out, hub, now_us);
        g_ptr_array_unref(p.blocks);
    }
    star_free(p.s);
    return out;
}

static void
test_alike(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        GByteArray *one = play_all(seed, false), *all = play_all(seed, true);
        g_assert_cmpuint(one->len, >, 10000);
        g_assert_cmpmem(all->data, all->len, one->data, one->len);
        g_byte_array_unref(one);
        g_byte_array_unref(all);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/batch/as-one-by-one", test_alike);
    return g_test_run();
}
