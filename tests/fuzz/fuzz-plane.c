/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-plane.c - whole data planes: a client and a server talk through a switch while an
 *                attacker at it sends what he likes and the wires change what they carry; then
 *                all is quiet, and a piece goes through whole.  What a switch counts adds up.
 *
 * Records: what 1 (low 3 bits), then
 *     0  a datagram of the attacker, with his token if bit 3 is set, eight times as long with
 *        zeros if bit 4 is: length 1, bytes
 *     1  a packet of his: kind 1, care 1, path (whom 1, back 8, used 1), length 1, bytes
 *     2  to address 0 of the server: back 4, used 1, length 1, bytes
 *     3  honest packets: from the n-th on (n 1), m of them (1): byte (at 2) changed by (1)
 *     4  a command of client or server: length 1, bytes
 *     5  a piece of memory, to the client if bit 3 is set: size 2
 *     6  time 2 (ms)
 *     7  an honest packet that passed before, again and changed: which 1, at 2, by 1
 */
#include "base/reader.h"
#include "fuzz.h"
#include "node/plane-private.h"
#include "star.h"
#include "transport/first.h"
#include "wire/packet.h"

enum {
    KEPT = 32,
    TURNS = 200,    /* inputs with one network, if there are pieces left for them */
    LOOK_EVERY = 4, /* inputs after which a piece must go through */
    RECORDS_MAX = 12,
    PIECES_MAX = 2
};

typedef struct {
    star *s;
    uint8_t packets[KEPT][N2_PACKET_BYTES_MAX];
    size_t lens[KEPT];
    unsigned n_kept;
    unsigned from, until, seen; /* packets that are changed */
    uint16_t at;
    uint8_t by;
    unsigned n_pieces;
} table;

/* Each whole packet between client and server. */
static void
on_packet(star *s, int from, int to, uint8_t *packet, size_t len)
{
    table *t = s->user;

    if (from == STAR_ATTACKER || to == STAR_ATTACKER)
        return;
    memcpy(t->packets[t->n_kept % KEPT], packet, len);
    t->lens[t->n_kept++ % KEPT] = len;
    if (t->seen >= t->from && t->seen < t->until)
        packet[t->at % len] ^= t->by;
    t->seen++;
}

static uint64_t
read_path(const star *s, n2_reader *r)
{
    uint8_t whom = n2_read_u8(r);
    uint64_t back = n2_read_u64(r);
    unsigned used = n2_read_u8(r) % 60;

    if (whom & 0x80)
        return back;
    return star_path_from_hub(s, STAR_SERVER + whom % 2, back, used < 58 ? used : 58);
}

/* Up to @max bytes of the input, length 1 before them. */
static size_t
read_some(n2_reader *r, uint8_t *out, size_t max)
{
    size_t len = n2_read_u8(r), left = n2_reader_left(r);

    len = len < left ? len : left;
    len = len < max ? len : max;
    const uint8_t *bytes = n2_read_bytes(r, len);

    if (bytes && len)
        memcpy(out, bytes, len);
    return bytes ? len : 0;
}

static void
send_packet(table *t, n2_reader *r)
{
    uint8_t packet[N2_PACKET_BYTES_MAX] = {n2_read_u8(r), n2_read_u8(r)};

    n2_packet_set_path(packet, read_path(t->s, r));
    (void)read_some(r, packet + 10, 255);
    star_inject(t->s, STAR_ATTACKER, packet,
                n2_kind_is_valid(packet[0]) ? n2_packet_bytes(packet[0]) : 64);
}

static void
send_first(table *t, n2_reader *r)
{
    uint8_t data[N2_FIRST_BYTES] = {0};
    uint64_t back = n2_read_u32(r);
    unsigned used = n2_read_u8(r) % 59;

    (void)read_some(r, data, sizeof data);
    star_inject_first(t->s, STAR_ATTACKER, data, back, used);
}

static void
replay(table *t, n2_reader *r)
{
    unsigned which = n2_read_u8(r) % KEPT;
    uint16_t at = n2_read_u16(r);
    uint8_t by = n2_read_u8(r), packet[N2_PACKET_BYTES_MAX];

    if (which >= t->n_kept)
        return;
    memcpy(packet, t->packets[which], t->lens[which]);
    packet[at % t->lens[which]] ^= by;
    star_inject(t->s, which & 1 ? STAR_ATTACKER : STAR_CLIENT, packet, t->lens[which]);
}

static bool
is_connected(const star *s)
{
    return s->conn[STAR_CLIENT] && s->conn[STAR_SERVER];
}

static void
act(table *t, n2_reader *r)
{
    uint8_t what = n2_read_u8(r), bytes[8 * 255] = {0};
    size_t len;

    switch (what & 7) {
    case 0:
        len = read_some(r, bytes, 255);
        if (what & 8) /* with the token of his link */
            memcpy(bytes, t->s->head[STAR_ATTACKER], len < 6 ? len : 6);
        star_inject_datagram(t->s, STAR_ATTACKER, bytes, what & 16 ? len * 8 : len);
        break;
    case 1:
        send_packet(t, r);
        break;
    case 2:
        send_first(t, r);
        break;
    case 3:
        t->from = t->seen + n2_read_u8(r);
        t->until = t->from + n2_read_u8(r) % 16;
        t->at = n2_read_u16(r);
        t->by = n2_read_u8(r);
        break;
    case 4:
        len = read_some(r, bytes, 255);
        if (is_connected(t->s) && len)
            star_command(t->s, what & 8 ? STAR_SERVER : STAR_CLIENT, bytes, len);
        break;
    case 5: {
        size_t size = 1 + n2_read_u16(r) % 8192;

        if (is_connected(t->s) && t->n_pieces++ < PIECES_MAX)
            (void)star_send(t->s, what & 8, size, 512);
        break;
    }
    case 6:
        star_run(t->s, n2_read_u16(r) % 512 * UINT64_C(1000));
        break;
    case 7:
        replay(t, r);
        break;
    }
    star_run(t->s, 1000);
}

/* What left and what was dropped is counted at one port each. */
static void
check_counted(const n2_plane *plane)
{
    const n2_switch *sw = &plane->sw;
    uint64_t out = 0, lost = 0, dropped = 0;

    for (uint32_t port = 0; !(port >> sw->width); port++) {
        const n2_switch_port *p = &sw->ports[port];
        n2_queue_stats queue;

        n2_queues_look(plane->queues, port, plane->seen_us, &queue);
        check(queue.packets <= p->packets_out && queue.bytes <= p->bytes_out);
        out += p->packets_out;
        lost += p->dropped + p->overflowed;
    }
    for (size_t i = 0; i < N2_DROP_REASONS; i++)
        dropped += sw->dropped[i];
    check(lost == dropped && out == sw->forwarded);
}

/* Nobody means harm any more. */
static void
quiet(table *t)
{
    t->until = 0;
    star_run(t->s, 20000);
    for (int tries = 0; !is_connected(t->s) && tries < 8; tries++) {
        if (!t->s->conn[STAR_CLIENT])
            star_connect(t->s);
        (void)star_until_connected(t->s, 10000000);
    }
    check(is_connected(t->s));
    const star_piece *last = star_send(t->s, true, 3000, 512);

    for (int n = 0; !last->is_written && n < 500; n++)
        star_run(t->s, 20000);
    check(last->is_written);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 2000};
    static unsigned turn;
    static star *s;
    n2_reader r = n2_reader_init(data, size);
    table *t = calloc(1, sizeof *t);

    check(t);
    if (turn++ % TURNS == 0 || s->n_pieces + PIECES_MAX + 1 > STAR_PIECES) {
        if (s)
            star_free(s);
        s = star_new(1, &wire, 0);
        star_connect(s);
        check(star_until_connected(s, 1000000));
    }
    t->s = s;
    s->user = t;
    s->on_packet = on_packet;
    for (unsigned n = 0; n < RECORDS_MAX && n2_reader_left(&r); n++)
        act(t, &r);
    for (int i = 0; i < STAR_NODES; i++)
        check_counted(s->node[i]->plane);
    if (turn % LOOK_EVERY == 0)
        quiet(t);
    s->on_packet = NULL;
    free(t);
    return 0;
}
