/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-limits.c - strangers fill what links, switch and connection maker give them, while an
 *                honest transfer goes through the same node: it is as quick as without them,
 *                no more is held than the limit says, and memory doesn't grow.
 */
#include <string.h>

#include "base/limits.h"
#include "base/writer.h"
#include "link/link.h"
#include "met.h"
#include "star.h"
#include "switch/cast.h"
#include "switch/reserve-message.h"
#include "switch/switch.h"
#include "transport/first.h"
#include "wire/frame.h"
#include "wire/packet.h"

enum {
    PIECE_BYTES = 1000000,
    SEED = 7,
    TOKENS = 8192
};

static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 5000};

typedef struct attack attack;

struct attack {
    const char *limit;
    int at;                   /* the node whose limit it is */
    uint32_t datagram_bytes;  /* of the links */
    unsigned warm_ms;         /* until the limit is full */
    gboolean fills;           /* `at` reaches the limit, too */
    double factor;            /* so much longer may the transfer take */
    void (*each_ms)(star *s); /* what the stranger does */
    star_packet_cb on_packet; /* what it sees on its wire */
    star_packet_cb on_control;
};

/* What the stranger remembers. */
static struct {
    uint8_t bodies[TOKENS][112]; /* of its hellos, by the first two bytes */
    uint64_t backs[TOKENS];
    uint64_t ways;
    uint64_t number;
    uint64_t tokens[64]; /* of links it has opened */
    unsigned n_tokens;
} mind;

static void
draw(star *s, void *out, size_t len)
{
    world_random_fill(world_peek_random(s->w), out, len);
}

/* ---- first packets --------------------------------------------------------------------------
 */

static void
put_hello(star *s, const uint8_t token[12], const uint8_t *body, uint64_t back)
{
    uint8_t data[N2_FIRST_BYTES];
    n2_first first = {.type = N2_FIRST_HELLO,
                      .suite = 1,
                      .key_id = STAR_KEY_ID,
                      .token = token,
                      .body = body};

    n2_first_encode(&first, data);
    star_inject_first(s, STAR_ATTACKER, data, back, 40);
}

static void
hellos(star *s)
{
    static const uint8_t no_token[12];

    for (unsigned i = 0; i < 8; i++) {
        unsigned at = (unsigned)(mind.number++ % TOKENS);
        uint64_t back;

        draw(s, mind.bodies[at], sizeof mind.bodies[at]);
        mind.bodies[at][0] = (uint8_t)(at >> 8);
        mind.bodies[at][1] = (uint8_t)at;
        draw(s, &back, sizeof back);
        mind.backs[at] = back % mind.ways;
        put_hello(s, no_token, mind.bodies[at], mind.backs[at]);
    }
}

static void
hellos_many_ways(star *s)
{
    mind.ways = UINT64_C(1) << 40;
    s->drops_es = true;
    hellos(s);
}

static void
hellos_one_way(star *s)
{
    mind.ways = 1;
    s->drops_es = true;
    hellos(s);
}

/* Gives each token back, as an honest one would. */
static void
give_token_back(star *s, int from, int to, uint8_t *packet, size_t len)
{
    n2_packet p;
    n2_first first;

    if (to != STAR_ATTACKER || from != STAR_HUB || n2_packet_parse(&p, packet, len) ||
        !p.is_long || p.is_sealed || p.address || p.mode != N2_MODE_UNICAST ||
        n2_first_decode(&first, p.data, p.data_bytes) || first.type != N2_FIRST_AGAIN)
        return;
    unsigned at = (unsigned)(first.token[0] << 8 | first.token[1]) % TOKENS;
    put_hello(s, first.body, mind.bodies[at], mind.backs[at]);
}

static void
queries(star *s)
{
    uint8_t data[N2_FIRST_BYTES] = {N2_FIRST_QUERY, 1};

    for (unsigned i = 0; i < 10; i++) {
        draw(s, data + 4, 12);
        star_inject_first(s, STAR_ATTACKER, data, 0, 0);
    }
}

static void
echoes(star *s)
{
    uint8_t bytes[N2_ECHO_BYTES];

    for (unsigned i = 0; i < 5; i++) {
        n2_echo_write(bytes, 0, mind.number++); /* ends at the switch that gets it */
        star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
    }
}

/* ---- links ----------------------------------------------------------------------------------
 */

/* Type, token, nonce, link id, port, cookie: as link.h draws them. */
static void
put_message(star *s,
            int from,
            uint64_t link_token,
            uint8_t type,
            uint64_t token,
            uint64_t number,
            const uint8_t *cookie)
{
    uint8_t bytes[N2_LINK_CONTROL_BYTES];
    n2_frame frame = {.token = link_token, .kind = N2_FRAME_CONTROL};
    n2_writer w = n2_writer_init(bytes + N2_FRAME_HEAD_BYTES, N2_LINK_BODY_BYTES);

    n2_frame_write(bytes, &frame);
    n2_write_u8(&w, type);
    n2_write_u8(&w, 1);
    n2_write_u48(&w, token);
    n2_write_u64(&w, type == 7 ? 0 : number);
    if (type == 1 || type == 3) {
        n2_write_u64(&w, number);
        n2_write_u16(&w, 0);
    }
    if (cookie)
        n2_write_bytes(&w, cookie, N2_LINK_COOKIE_BYTES);
    n2_write_zero(&w, N2_LINK_BODY_BYTES - w.len);
    star_inject_datagram(s, from, bytes, sizeof bytes);
}

static void
open_links(star *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t number = UINT64_C(0x5000000) + mind.number++;
        put_message(s, STAR_ATTACKER, 0, 1, number, number, NULL);
    }
}

static void
opens(star *s)
{
    open_links(s, 4);
}

/* Proves its address: CHALLENGE is answered by CONFIRM; and keeps what it got. */
static void
confirm(star *s, int from, int to, uint8_t *bytes, size_t len)
{
    const uint8_t *body = bytes + N2_FRAME_HEAD_BYTES;
    uint64_t number = 0, token = 0;

    (void)len;
    if (from != STAR_HUB || to != STAR_ATTACKER)
        return;
    for (int i = 0; i < 8; i++)
        number = number << 8 | body[8 + i];
    for (int i = 0; i < 6; i++)
        token = token << 8 | body[2 + i];
    if (number >> 24 != 5)
        return; /* its honest link */
    if (body[0] == 2)
        put_message(s, STAR_ATTACKER, 0, 3, number, number, body + 16);
    else if (body[0] == 4 && token && mind.n_tokens < G_N_ELEMENTS(mind.tokens))
        mind.tokens[mind.n_tokens++] = token;
}

/* Opens and closes, each time another link. */
static void
opens_and_closes(star *s)
{
    while (mind.n_tokens)
        put_message(s, STAR_ATTACKER, mind.tokens[--mind.n_tokens], 7, 0, 0, NULL);
    if (world_now(s->w) % 5000 < 1000)
        open_links(s, 1);
}

static void
pings(star *s)
{
    uint64_t token = 0;

    for (int i = 0; i < 6; i++)
        token = token << 8 | s->head[STAR_ATTACKER][i];
    put_message(s, STAR_ATTACKER, token, 5, 0, mind.number++, NULL);
}

static void
lonely_halves(star *s)
{
    uint8_t bytes[N2_FRAME_HEAD_BYTES + N2_HALF_BYTES] = {0};
    n2_packet packet = {.is_long = true, .size = 3, .class = N2_CLASS_DEFAULT};
    n2_frame frame = {.kind = N2_FRAME_FIRST_HALF};

    (void)n2_packet_write_head(bytes + N2_FRAME_HEAD_BYTES, &packet);
    for (int i = 0; i < 6; i++)
        frame.token = frame.token << 8 | s->head[STAR_ATTACKER][i];
    for (unsigned i = 0; i < 4; i++) {
        frame.number = (uint16_t)(2 * mind.number++ & N2_FRAME_NUMBER_MASK);
        n2_frame_write(bytes, &frame);
        star_inject_datagram(s, STAR_ATTACKER, bytes, sizeof bytes);
    }
}

/* A batch such as the socket gives at once, all for one port. */
static void
put_batch(star *s, uint8_t size)
{
    uint8_t bytes[N2_FRAME_HEAD_BYTES + N2_LONG_HEAD_BYTES + 2048] = {0};
    n2_packet packet = {.is_long = true, .size = size, .class = N2_CLASS_DEFAULT};
    size_t len = N2_FRAME_HEAD_BYTES + N2_LONG_HEAD_BYTES + n2_data_bytes(size);

    for (unsigned i = 0; i < 5000; i++) {
        memcpy(bytes, s->head[STAR_ATTACKER], N2_FRAME_HEAD_BYTES);
        bytes[6] &= 0x3f;
        packet.path = star_path_from_hub(s, STAR_SERVER, 0, 0);
        (void)n2_packet_write_head(bytes + N2_FRAME_HEAD_BYTES, &packet);
        n2_plane_input(s->node[STAR_HUB]->plane, &s->node[STAR_ATTACKER]->addr, bytes, len,
                       world_now(s->w));
    }
}

static void
one_great_batch(star *s)
{
    put_batch(s, 3);
}

/* Bandwidth for one flow after the other, which nobody uses. */
static void
asks_for_bandwidth(star *s)
{
    uint8_t bytes[N2_RESERVE_BYTES];

    for (unsigned i = 0; i < 5; i++) {
        n2_reserve_message m = {.what = N2_RESERVE_ASK,
                                .class = N2_CLASS_HIGH,
                                .id = ++mind.number,
                                .kbps = 1,
                                .offer_kbps = UINT32_MAX,
                                .path = star_path_from_hub(s, STAR_SERVER, mind.number, 20)};
        n2_reserve_message_write(bytes, &m);
        star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
    }
}

static void
say_cast(star *s, n2_cast cast)
{
    uint8_t bytes[N2_CAST_BYTES];

    cast.is_for_hops = true;
    n2_cast_write(bytes, &cast);
    star_inject(s, STAR_ATTACKER, bytes, sizeof bytes);
}

/* It says that two who do not join stand behind the hub, and joins a tree of the hub's as many
 * who are not there. */
static void
joins_and_splits(star *s)
{
    n2_op open = {.kind = N2_OP_CAST_OPEN, .address = 1, .bits = N2_MODE_MULTICAST};

    if (!mind.number)
        world_op(s->w, s->node[STAR_HUB], &open);
    for (unsigned i = 0; i < 5; i++) {
        mind.number++;
        say_cast(s, (n2_cast){.type = N2_CAST_TREE,
                              .kind = i ? N2_CAST_SPLIT : N2_CAST_JOIN,
                              .id = i ? mind.number : 1,
                              .nonce = mind.number,
                              .mask = 4,
                              .path = i ? 2 : (mind.number % 1024) << 6 | 10});
    }
}

/* More channels than one may have, all of the hub's own. */
static void
joins_channels(star *s)
{
    for (unsigned i = 0; !mind.number && i < N2_CHANNELS_PER_PORT_MAX + 100; i++) {
        n2_op open = {.kind = N2_OP_CAST_OPEN, .address = 1000 + i, .bits = N2_MODE_BROADCAST};
        world_op(s->w, s->node[STAR_HUB], &open);
    }
    for (unsigned i = 0; i < 5; i++)
        say_cast(s, (n2_cast){.type = N2_CAST_CHANNEL,
                              .kind = N2_CAST_JOIN,
                              .id = 1000 + mind.number++ % (N2_CHANNELS_PER_PORT_MAX + 100)});
}

/* Much for a link whose rate is known. */
static void
set_rate_once(star *s)
{
    n2_op rate = {.kind = N2_OP_LINK_RATE,
                  .port = s->port_at_hub[STAR_SERVER],
                  .size = 20 * UINT64_C(12500000)};

    if (!mind.number++)
        world_op(s->w, s->node[STAR_HUB], &rate);
}

static void
more_than_the_link_takes(star *s)
{
    set_rate_once(s);
    put_batch(s, 3);
}

static void
more_small_ones(star *s)
{
    set_rate_once(s);
    put_batch(s, 0);
}

/* The same as somebody seals it: the hub says to whom it was that it did not fit. */
static void
sealed_batch(star *s)
{
    uint8_t bytes[N2_FRAME_HEAD_BYTES + N2_LONG_HEAD_BYTES + 2048 + 32] = {0};
    n2_packet packet = {
        .is_long = true, .is_sealed = true, .size = 3, .class = N2_CLASS_DEFAULT};

    for (unsigned i = 0; i < 5000; i++) {
        memcpy(bytes, s->head[STAR_ATTACKER], N2_FRAME_HEAD_BYTES);
        bytes[6] &= 0x3f;
        packet.path = star_path_from_hub(s, STAR_SERVER, 0, 0);
        packet.counter = (uint32_t)mind.number++;
        size_t head = n2_packet_write_head(bytes + N2_FRAME_HEAD_BYTES, &packet);
        n2_plane_input(s->node[STAR_HUB]->plane, &s->node[STAR_ATTACKER]->addr, bytes,
                       N2_FRAME_HEAD_BYTES + head + 2048 + 16, world_now(s->w));
    }
}

/* ---- introductions ---- */

/* MEET or MEETING by the stranger's honest link; @net: of the latter. */
static void
put_meet(star *s, uint8_t type, uint16_t port, uint32_t host)
{
    uint8_t bytes[N2_LINK_CONTROL_BYTES];
    n2_frame frame = {.kind = N2_FRAME_CONTROL};

    for (int i = 0; i < 6; i++)
        frame.token = frame.token << 8 | s->head[STAR_ATTACKER][i];
    n2_writer w = n2_writer_init(bytes + N2_FRAME_HEAD_BYTES, N2_LINK_BODY_BYTES);
    n2_frame_write(bytes, &frame);
    n2_write_u8(&w, type);
    n2_write_u8(&w, 1);
    n2_write_u48(&w, 0);
    n2_write_u64(&w, UINT64_C(0x6000000) + mind.number++);
    n2_write_u16(&w, port);
    if (host) {
        n2_write_u8(&w, 4);
        n2_write_u16(&w, 4096);
        n2_write_u32(&w, host);
    }
    n2_write_zero(&w, N2_LINK_BODY_BYTES - w.len);
    star_inject_datagram(s, STAR_ATTACKER, bytes, sizeof bytes);
}

/* It wants to be introduced to the honest one, again and again. */
static void
asks_for_introductions(star *s)
{
    put_meet(s, 8, s->port_at_hub[STAR_CLIENT], 0);
}

/* It has the hub knock at doors all over the net. */
static void
introduces(star *s)
{
    put_meet(s, 9, 2, 0x0b010000 + (uint32_t)(mind.number % 60000) + 1);
}

/* Links come and go while the hub's control plane does something else. */
static void
links_beside_a_busy_control_plane(star *s)
{
    s->node[STAR_HUB]->is_behind = true;
    opens_and_closes(s);
}

/* ---- the rows -------------------------------------------------------------------------------
 */

static const attack rows[] = {
    {"hello_per_s", STAR_SERVER, 1472, 100, FALSE, 1.2, hellos_many_ways, NULL, NULL},
    {"half_open", STAR_SERVER, 1472, 900, TRUE, 1.2, hellos_many_ways, give_token_back, NULL},
    {"half_open_per_way", STAR_SERVER, 1472, 100, TRUE, 1.2, hellos_one_way, give_token_back,
     NULL},
    {"query_per_s", STAR_SERVER, 1472, 300, FALSE, 1.2, queries, NULL, NULL},
    {"switch_echo_per_s", STAR_HUB, 1472, 300, FALSE, 1.2, echoes, NULL, NULL},
    {"link_challenge_per_s", STAR_HUB, 1472, 100, FALSE, 1.2, opens, NULL, NULL},
    {"link_accept_per_s", STAR_HUB, 1472, 300, FALSE, 1.2, opens, NULL, confirm},
    {"switch_ports", STAR_HUB, 1472, 300, TRUE, 1.2, opens, NULL, confirm},
    {"link_known", STAR_HUB, 1472, 22000, TRUE, 1.2, opens_and_closes, NULL, confirm},
    {"link_pong_per_s", STAR_HUB, 1472, 100, FALSE, 1.2, pings, NULL, NULL},
    {"link_halves", STAR_HUB, 1472, 100, TRUE, 1.2, lonely_halves, NULL, NULL},
    {"reserve_per_s", STAR_HUB, 1472, 300, FALSE, 1.2, asks_for_bandwidth, NULL, NULL},
    {"reserves", STAR_HUB, 1472, 2600, FALSE, 1.2, asks_for_bandwidth, NULL, NULL},
    {"tree_per_s", STAR_HUB, 1472, 600, FALSE, 1.2, joins_and_splits, NULL, NULL},
    {"tree_branches", STAR_HUB, 1472, 300, FALSE, 1.2, joins_and_splits, NULL, NULL},
    {"trees", STAR_HUB, 1472, 1500, FALSE, 1.2, joins_and_splits, NULL, NULL},
    {"channel_per_s", STAR_HUB, 1472, 600, FALSE, 1.2, joins_channels, NULL, NULL},
    {"channels", STAR_HUB, 1472, 1500, FALSE, 1.2, joins_channels, NULL, NULL},
    {"switch_notice_per_s", STAR_HUB, 1472, 3, FALSE, 3.0, sealed_batch, NULL, NULL},
    {"link_meet_per_s", STAR_HUB, 1472, 300, FALSE, 1.2, asks_for_introductions, NULL, NULL},
    {"link_met_per_s", STAR_HUB, 1472, 300, FALSE, 1.2, introduces, NULL, NULL},
    {"link_events", STAR_HUB, 1472, 12000, FALSE, 1.2, links_beside_a_busy_control_plane, NULL,
     confirm},
    {"queue_cap_bytes", STAR_HUB, 1472, 3, FALSE, 3.0, more_than_the_link_takes, NULL, NULL},
    {"queue_packets", STAR_HUB, 1472, 3, FALSE, 3.0, more_small_ones, NULL, NULL},
    {"plane_runs", STAR_HUB, 1472, 3, FALSE, 2.5, one_great_batch, NULL, NULL},
};

static star *
begin(uint32_t datagram_bytes)
{
    world_wire quick = {.delay_us = wire.delay_us}; /* the net is not what is attacked */
    star *s = star_new(SEED, &wire, datagram_bytes);

    memset(&mind, 0, sizeof mind);
    star_connect(s);
    g_assert_true(star_until_connected(s, 1000000));
    for (int i = 0; i < 2; i++) {
        int node = i ? STAR_ATTACKER : STAR_SERVER;
        world_change(s->w, s->node[STAR_HUB], s->node[node], &quick);
        world_change(s->w, s->node[node], s->node[STAR_HUB], &quick);
    }
    return s;
}

/* Lets the attack go on for so long, or until the transfers are done.  Returns the most that
 * was held. */
static guint64
go_on(star *s, const attack *a, uint64_t ms, gboolean until_done)
{
    guint64 most = 0;

    for (uint64_t last_us = world_now(s->w) + ms * 1000; world_now(s->w) < last_us;) {
        if (a)
            a->each_ms(s);
        uint64_t end_us = world_now(s->w) + 1000;
        while (world_now(s->w) < end_us && world_step(s->w))
            if (until_done && s->n_written == s->n_pieces && s->n_sent == s->n_pieces)
                return most;
        n2_plane_stats stats = star_stats(s, a ? a->at : STAR_HUB);
        const n2_use *use = a ? met_find(&stats.uses, a->limit) : NULL;
        if (use && use->at != N2_USE_NONE)
            most = MAX(most, use->at);
    }
    return most;
}

/* Microseconds that a transfer from the server to the client takes. */
static guint64
transfer(star *s, const attack *a, guint64 *most)
{
    uint64_t began_us = world_now(s->w);

    star_send(s, true, PIECE_BYTES, 2048);
    star_send(s, false, PIECE_BYTES / 10, 512);
    guint64 held = go_on(s, a, 20000, TRUE);
    if (s->n_written < s->n_pieces)
        g_error("%s: the transfer hangs", a ? a->limit : "undisturbed");
    *most = MAX(*most, held);
    return world_now(s->w) - began_us;
}

static void
test_row(gconstpointer data)
{
    const attack *a = data;
    guint64 most = 0;
    star *calm = begin(a->datagram_bytes);
    (void)go_on(calm, NULL, a->warm_ms, FALSE);
    guint64 calm_us = transfer(calm, NULL, &most);

    star_free(calm);
    star *s = begin(a->datagram_bytes);
    s->on_packet = a->on_packet;
    s->on_control = a->on_control;
    most = go_on(s, a, a->warm_ms, FALSE);
    guint64 us = transfer(s, a, &most);
    size_t before = met_allocated();
    most = MAX(most, go_on(s, a, MIN(a->warm_ms, 1000), FALSE));
    /* Full is full: no more memory while it goes on; what is on the wires comes and goes. */
    g_assert_cmpuint(met_allocated(), <, before + (2 << 20));
    n2_plane_stats stats = star_stats(s, a->at);
    met_assert(met_find(&stats.uses, a->limit), a->fills, most);
    g_test_message("%.0f ms instead of %.0f ms", (double)us / 1000, (double)calm_us / 1000);
    g_assert_cmpfloat((double)us, <, (double)calm_us * a->factor + 20000);
    g_assert_cmpuint(s->conn[STAR_CLIENT], !=, 0);
    g_assert_cmpuint(s->conn[STAR_SERVER], !=, 0);
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    world_use_internet(true);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/limits/", rows[i].limit, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
