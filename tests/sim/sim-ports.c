/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-ports.c - what belongs to a port of a switch, and to whom: a link that is closed by
 * order, a link that never came, a port whose next link is somebody else's.
 */
#include <string.h>

#include "base/limits.h"
#include "crowd.h"
#include "node/plane-look.h"
#include "node/plane-private.h"
#include "star.h"
#include "switch/label.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

#define MBIT(n) ((n)*UINT64_C(125000))
#define SECOND UINT64_C(1000000)

enum {
    CHANNEL = 0x123456,
    TAG = 5,
    NUMBER = 10,
    USERS = 3,
    PIECE = 3 << 20
};

#define RESERVED MBIT(1)

/* ---- no link --------------------------------------------------------------------------------
 */

static void
order(star *s, int node, n2_op op)
{
    world_op(s->w, s->node[node], &op);
}

/* The client follows a channel of the server, and has something reserved to it. */
static star *
make_follower(void)
{
    static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 1000};
    star *s = star_new(1, &wire, 1472);
    const n2_channel_rule rule = {N2_DOMAIN_TAKE, s->port_at_hub[STAR_SERVER], 0x120000,
                                  0x12ffff};
    n2_route route = {0};
    uint64_t way = star_path_from_hub(s, STAR_SERVER, 0, 0);

    g_assert_cmpint(n2_route_add(&route, 3, s->port_to_hub[STAR_CLIENT]), ==, N2_OK);
    way = route.word | way >> 3;
    order(s, STAR_SERVER,
          (n2_op){.kind = N2_OP_CAST_OPEN, .address = CHANNEL, .bits = N2_MODE_BROADCAST});
    order(s, STAR_HUB,
          (n2_op){.kind = N2_OP_CHANNEL_RULES,
                  .bytes = (uint8_t *)g_memdup2(&rule, sizeof rule),
                  .len = sizeof rule});
    order(s, STAR_CLIENT,
          (n2_op){.kind = N2_OP_CAST_JOIN,
                  .tag = TAG,
                  .address = CHANNEL,
                  .bits = N2_MODE_BROADCAST,
                  .path = way});
    order(s, STAR_CLIENT,
          (n2_op){
              .kind = N2_OP_LINK_RATE, .port = s->port_to_hub[STAR_CLIENT], .size = MBIT(10)});
    order(s, STAR_CLIENT,
          (n2_op){.kind = N2_OP_RESERVE,
                  .tag = TAG,
                  .path = way,
                  .size = RESERVED,
                  .bits = N2_CLASS_HIGH});
    star_run(s, SECOND);
    return s;
}

static void
check_follows(star *s)
{
    const n2_plane *plane = s->node[STAR_CLIENT]->plane;
    unsigned before = star_count(s, STAR_CLIENT, N2_EVENT_CAST);

    for (unsigned i = 0; i < NUMBER; i++) {
        order(s, STAR_SERVER,
              (n2_op){.kind = N2_OP_CAST_SEND,
                      .address = CHANNEL,
                      .bits = N2_MODE_BROADCAST,
                      .bytes = g_malloc0(512),
                      .len = 512});
        star_run(s, 10000);
    }
    g_assert_cmpuint(star_count(s, STAR_CLIENT, N2_EVENT_CAST) - before, ==, NUMBER);
    g_assert_cmpuint(n2_reserve_promised_kbps(plane->sw.reserve, s->port_to_hub[STAR_CLIENT]),
                     ==, RESERVED / 125);
}

/* An introduction that comes to nothing is no port that goes down: least of all our own. */
static void
test_nobody_met(void)
{
    star *s = make_follower();

    check_follows(s);
    order(s, STAR_CLIENT,
          (n2_op){.kind = N2_OP_LINK_MEET,
                  .port = s->port_to_hub[STAR_CLIENT],
                  .remote_port = 15,
                  .link_id = 0xabc});
    for (unsigned i = 0; !star_count(s, STAR_CLIENT, N2_EVENT_LINK_DOWN); i++) {
        g_assert_cmpuint(i, <, 1000);
        star_run(s, 10000);
    }
    const n2_event *down = star_last(s, STAR_CLIENT, N2_EVENT_LINK_DOWN);
    g_assert_cmpint(down->err, ==, N2_ERR_TIMEOUT);
    g_assert_cmpuint(down->port, ==, 0);
    check_follows(s);
    star_free(s);
}

/* ---- a link that is closed by order ---------------------------------------------------------
 */

static void
set_label(crowd *c, unsigned at, const n2_label *label)
{
    n2_op op = {.kind = N2_OP_LABEL,
                .bytes = (uint8_t *)g_memdup2(label, sizeof *label),
                .len = sizeof *label};

    world_op(c->w, c->switches[at], &op);
}

/* By our own order or by the other end's: nothing that was kept for the link stays with the
 * number of its port. */
static void
test_closed(gconstpointer data)
{
    bool is_ours = GPOINTER_TO_INT(data);
    crowd *c = crowd_new(2, 2, MBIT(20), 2500);
    n2_plane *plane = c->switches[1]->plane;
    n2_label_row rows[4];

    crowd_user *user = crowd_add(c, 0);
    crowd_weigh(c, 40);
    set_label(c, 1, &(n2_label){.kind = N2_LABEL_WAY, .label = 20, .port = c->down[1]});
    n2_op reserve = {.kind = N2_OP_RESERVE,
                     .tag = TAG,
                     .path = user->path,
                     .size = RESERVED,
                     .bits = N2_CLASS_HIGH};
    world_op(c->w, user->node, &reserve);
    crowd_run(c, 3 * SECOND);
    g_assert_cmpuint(n2_reserve_promised_kbps(plane->sw.reserve, c->up[1]), ==, RESERVED / 125);
    g_assert_cmpuint(plane->users.most[c->down[1]], ==, 40);
    g_assert_cmpuint(n2_labels_rows(plane->sw.labels, rows, G_N_ELEMENTS(rows)), ==, 1);
    g_assert_true(rows[0].is_up);

    n2_op close = {.kind = N2_OP_LINK_CLOSE, .port = is_ours ? c->down[1] : c->up[0]};
    world_op(c->w, c->switches[is_ours ? 1 : 0], &close);
    crowd_run(c, SECOND / 100);
    g_assert_false(n2_links_is_up(plane->links, c->down[1]));
    g_assert_cmpuint(n2_reserve_promised_kbps(plane->sw.reserve, c->up[1]), ==, 0);
    g_assert_cmpuint(plane->users.most[c->down[1]], ==, 0);
    g_assert_cmpuint(n2_labels_rows(plane->sw.labels, rows, G_N_ELEMENTS(rows)), ==, 1);
    g_assert_false(rows[0].is_up);
    crowd_free(c);
}

/* ---- whose packets wait ---------------------------------------------------------------------
 */

/* The row of the switch's port that leads to the sink. */
static n2_look_port
look_at_up(const crowd *c)
{
    n2_plane *plane = c->switches[0]->plane;
    n2_look *look =
        n2_plane_look_new(&plane->sw, plane->links, plane->queues, 0, world_now(c->w));

    g_assert_nonnull(look);
    g_assert_nonnull(n2_look_find_port(look, c->up[0]));
    n2_look_port row = *n2_look_find_port(look, c->up[0]);
    free(look);
    return row;
}

/* What waits for a slow link when it is closed is dropped there and then, so that who gets the
 * port next gets nothing of it, and does not wait for what the last one took. */
static void
test_next_one(void)
{
    crowd *c = crowd_new(3, 1, MBIT(20), 2500);
    n2_plane *plane = c->switches[0]->plane;

    for (unsigned i = 0; i < USERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    n2_op slow = {.kind = N2_OP_LINK_RATE, .port = c->up[0], .size = 125};
    world_op(c->w, c->switches[0], &slow);
    for (unsigned i = 0; i < USERS; i++)
        crowd_push(&c->users[i], 0, PIECE);
    crowd_run(c, SECOND);
    g_assert_cmpuint(n2_queues_bytes(plane->queues, c->up[0]), >, 0);
    g_assert_cmpuint(n2_runs_free_us(plane->runs, c->up[0]), >, world_now(c->w) + SECOND);
    uint64_t dropped = plane->sw.dropped[N2_DROP_PORT];
    n2_look_port before = look_at_up(c);
    g_assert_cmpuint(before.queue_packets, >, 0);
    n2_op close = {.kind = N2_OP_LINK_CLOSE, .port = c->up[0]};
    world_op(c->w, c->switches[0], &close);
    crowd_run(c, 1);
    g_assert_cmpuint(n2_queues_bytes(plane->queues, c->up[0]), ==, 0);
    g_assert_cmpuint(plane->sw.dropped[N2_DROP_PORT], >, dropped);
    g_assert_cmpuint(n2_runs_free_us(plane->runs, c->up[0]), <=, world_now(c->w));
    /* It had not left, and so is not taken back from what has. */
    n2_look_port after = look_at_up(c);
    g_assert_cmpuint(after.queue_packets, ==, 0);
    g_assert_cmpuint(after.packets_out, ==, before.packets_out);
    g_assert_cmpuint(after.bytes_out, ==, before.bytes_out);
    crowd_free(c);
}

/* ---- what is counted ------------------------------------------------------------------------
 */

/* Users who don't listen, bad paths, a link that goes: each packet that is lost is counted at
 * one port, at that one whose fault it is. */
static void
test_counted_once(void)
{
    crowd *c = crowd_new(4, 1, MBIT(5), 2500);
    n2_plane *plane = c->switches[0]->plane;
    uint64_t now_us, in = 0, out = 0;
    n2_plane_stats stats;

    for (unsigned i = 0; i < USERS; i++)
        crowd_connect(crowd_add(c, 0), 1);
    for (unsigned i = 0; i < USERS; i++)
        crowd_blast(&c->users[i], MBIT(5));
    crowd_run(c, SECOND);
    /* Behind its own switch, which has 2 bits: a port where nobody is. */
    c->users[0].path = (c->users[0].path & UINT64_C(3) << 62) | UINT64_C(31) << 57;
    crowd_run(c, SECOND);
    now_us = world_now(c->w);
    n2_look *look = n2_plane_look_new(&plane->sw, plane->links, plane->queues, 0, now_us);
    g_assert_nonnull(look);
    for (size_t i = 0; i < look->n_ports; i++) {
        const n2_look_port *p = &look->ports[i];
        in += p->dropped_in;
        out += p->dropped_out;
        if (p->port == c->up[0])
            g_assert_cmpuint(p->dropped_out, ==, plane->sw.dropped[N2_DROP_QUEUE]);
        else
            g_assert_cmpuint(p->dropped_out, ==, 0);
        if (p->port != c->users[0].port_at)
            g_assert_cmpuint(p->dropped_in, ==, 0);
    }
    g_assert_cmpuint(in, >, 0);
    g_assert_cmpuint(out, >, 0);
    n2_plane_stats_get(plane, &stats);
    g_assert_cmpuint(in + out, ==, stats.dropped_switch);
    free(look);
    crowd_free(c);
}

/* What stands behind the packets of a datagram and is none is lost, and counted. */
static void
test_torn(void)
{
    static const struct {
        uint8_t rest[4];
        n2_drop why;
        bool is_counted;
    } rows[] = {{{0, 0x60, 0, 0}, N2_DROP_LENGTH, false},
                {{0x60, 0x80, 0, 0}, N2_DROP_LENGTH, true},
                {{0xa0, 0x80, 0, 0}, N2_DROP_VERSION, true},
                {{0x61, 0x80, 0, 0}, N2_DROP_SPARE, true}};
    static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 1000};
    star *s = star_new(5, &wire, 1472);
    const n2_switch *sw = &s->node[STAR_HUB]->plane->sw;
    const n2_switch_port *port = &sw->ports[s->port_at_hub[STAR_ATTACKER]];

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t bytes[N2_FRAME_HEAD_BYTES + N2_PACKET_BYTES_MIN + 4] = {0};
        uint8_t *packet = bytes + N2_FRAME_HEAD_BYTES;
        uint64_t dropped = sw->dropped[rows[i].why], of_port = port->dropped,
                 delivered = sw->delivered;

        memcpy(bytes, s->head[STAR_ATTACKER], N2_FRAME_HEAD_BYTES);
        bytes[6] &= 0x3f; /* whole packets */
        packet[0] = N2_KIND_VERSION;
        memcpy(packet + N2_PACKET_BYTES_MIN, rows[i].rest, sizeof rows[i].rest);
        star_inject_datagram(s, STAR_ATTACKER, bytes, sizeof bytes);
        star_run(s, SECOND / 10);
        g_assert_cmpuint(sw->delivered - delivered, ==, 1);
        g_assert_cmpuint(sw->dropped[rows[i].why] - dropped, ==, rows[i].is_counted);
        g_assert_cmpuint(port->dropped - of_port, ==, rows[i].is_counted);
    }
    star_free(s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/ports/nobody-met", test_nobody_met);
    g_test_add_data_func("/sim/ports/closed-by-us", GINT_TO_POINTER(1), test_closed);
    g_test_add_data_func("/sim/ports/closed-by-them", GINT_TO_POINTER(0), test_closed);
    g_test_add_func("/sim/ports/next-one", test_next_one);
    g_test_add_func("/sim/ports/counted-once", test_counted_once);
    g_test_add_func("/sim/ports/torn", test_torn);
    return g_test_run();
}
