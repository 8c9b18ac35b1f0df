/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-casts.c - the examples of daemon/PROTOCOL.md, sections "Multicast" and
 *                         "Broadcast".
 */
#include <glib.h>
#include <string.h>

#include "protocol-page.h"
#include "switch/channels.h"
#include "switch/switch.h"
#include "switch/tree.h"
#include "wire/path.h"

enum {
    NEAR = 3,   /* width of the joiner's switch, out by port 5 */
    MIDDLE = 4, /* in by port 6, out by port 11 */
    FAR = 2     /* of the source's switch, in by port 1 */
};

#define TREE UINT64_C(0x0123456789abcdef)
#define NONCE UINT64_C(0x1112131415161718)

static void
random_cb(void *user, void *buf, size_t len)
{
    guint8 *next = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (*next)++;
}

static guint64
way_to_source(void)
{
    n2_route route = {0};

    g_assert_cmpint(n2_route_add(&route, NEAR, 5), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, MIDDLE, 11), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, FAR, 0), ==, N2_OK);
    return route.word;
}

/* The step of a switch of @width, which has none of what it is about. */
static void
pass(guint8 *bytes, unsigned width, guint32 in_port, const n2_env *env)
{
    n2_trees trees;
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, width), ==, N2_OK);
    n2_step step = n2_switch_step(&sw, in_port, bytes, N2_CAST_BYTES, 1);
    n2_trees_init(&trees, env, width);
    if (step.verdict == N2_STEP_HOP)
        g_assert_cmpint(n2_trees_hop(&trees, in_port, step.out_port, bytes, N2_CAST_BYTES, 1),
                        ==, N2_CAST_PASSES);
    n2_trees_clear(&trees);
    n2_switch_clear(&sw);
}

static void
test_multicast(void)
{
    guint8 next = 0x20, bytes[N2_CAST_BYTES], packet[N2_LONG_HEAD_BYTES + 32] = {0};
    const n2_env env = {&next, random_cb};
    n2_cast join = {.type = N2_CAST_TREE,
                    .kind = N2_CAST_JOIN,
                    .is_for_hops = true,
                    .id = TREE,
                    .nonce = NONCE,
                    .path = way_to_source()};
    n2_trees source;
    n2_switch sw;
    uint16_t number;

    n2_cast_write(bytes, &join);
    protocol_page_expect("join", bytes, sizeof bytes);
    pass(bytes, NEAR, 0, &env);
    protocol_page_expect("join behind the first switch", bytes, sizeof bytes);
    pass(bytes, MIDDLE, 6, &env);

    n2_trees_init(&source, &env, FAR);
    g_assert_cmpint(n2_trees_open(&source, TREE, &number), ==, N2_OK);
    g_assert_cmpint(n2_switch_init(&sw, FAR), ==, N2_OK);
    sw.has_trees = true;
    g_assert_cmpint(n2_switch_step(&sw, 1, bytes, sizeof bytes, 1).verdict, ==,
                    N2_STEP_CONTROL);
    g_assert_cmpint(n2_trees_hop(&source, 1, 0, bytes, sizeof bytes, 1000000), ==,
                    N2_CAST_ENDS);
    g_assert_true(n2_said_take(&source.said, bytes));
    protocol_page_expect("accept", bytes, sizeof bytes);

    /* A second one behind port 7 of the same middle: that is told to hold an entry. */
    join.nonce += 1;
    join.path = UINT64_C(11) << 60;
    n2_cast_write(bytes, &join);
    pass(bytes, MIDDLE, 7, &env);
    (void)n2_switch_step(&sw, 1, bytes, sizeof bytes, 1);
    g_assert_cmpint(n2_trees_hop(&source, 1, 0, bytes, sizeof bytes, 1100000), ==,
                    N2_CAST_ENDS);
    g_assert_true(n2_said_take(&source.said, bytes));
    g_assert_true(n2_said_take(&source.said, bytes));
    protocol_page_expect("split", bytes, sizeof bytes);

    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_MULTICAST,
                      .path = (guint64)number << (48 - FAR),
                      .address = n2_cast_address(TREE) | 7};
    (void)n2_packet_write_head(packet, &head);
    protocol_page_expect("multicast packet's head", packet, N2_LONG_HEAD_BYTES);
    g_assert_cmpint(n2_switch_step(&sw, 0, packet, sizeof packet, 1).verdict, ==,
                    N2_STEP_COPIES);
    n2_copies copies;
    guint32 port;
    guint64 path = 0;
    g_assert_true(n2_trees_copies(&source, n2_packet_get_path(packet), &copies));
    while (n2_copies_next(&copies, &port, &path))
        n2_packet_set_path(packet, path);
    protocol_page_expect("copy's head", packet, N2_LONG_HEAD_BYTES);

    /* The last who joined is told first. */
    n2_trees_close(&source, TREE);
    g_assert_true(n2_trees_said(&source, bytes));
    g_assert_true(n2_trees_said(&source, bytes));
    protocol_page_expect("end of the tree", bytes, sizeof bytes);
    g_assert_false(n2_trees_said(&source, bytes));
    n2_trees_clear(&source);
    n2_switch_clear(&sw);
}

/* Who no tree takes asks the source alone: nobody on the way looks. */
static void
test_alone(void)
{
    guint8 next = 0x20, bytes[N2_CAST_BYTES];
    const n2_env env = {&next, random_cb};
    const n2_cast ask = {.type = N2_CAST_TREE,
                         .kind = N2_CAST_JOIN,
                         .id = TREE,
                         .nonce = NONCE,
                         .path = way_to_source()};
    n2_switch sw;
    n2_cast read;

    n2_cast_write(bytes, &ask);
    protocol_page_expect("join alone", bytes, sizeof bytes);
    pass(bytes, NEAR, 0, &env);
    pass(bytes, MIDDLE, 6, &env);
    g_assert_cmpint(n2_switch_init(&sw, FAR), ==, N2_OK);
    g_assert_cmpint(n2_switch_step(&sw, 1, bytes, sizeof bytes, 1).verdict, ==,
                    N2_STEP_CONTROL);
    g_assert_cmpint(n2_cast_read(&read, bytes, sizeof bytes), ==, N2_OK);
    read = n2_cast_answer(&read, N2_CAST_ACCEPT);
    n2_cast_write(bytes, &read);
    protocol_page_expect("its accept", bytes, sizeof bytes);
    n2_switch_clear(&sw);
}

static void
test_broadcast(void)
{
    guint8 next = 0x20, bytes[N2_CAST_BYTES], packet[N2_LONG_HEAD_BYTES + 32] = {0};
    const n2_env env = {&next, random_cb};
    const n2_cast join = {.type = N2_CAST_CHANNEL,
                          .kind = N2_CAST_JOIN,
                          .is_for_hops = true,
                          .id = 0x123456,
                          .nonce = NONCE,
                          .path = way_to_source()};
    const n2_channel_rule rule = {N2_DOMAIN_TAKE, 1, 0x120000, 0x12ffff};
    n2_channels channels;
    n2_switch sw;

    n2_cast_write(bytes, &join);
    protocol_page_expect("join of a channel", bytes, sizeof bytes);
    n2_channels_init(&channels, &env, NEAR, N2_ROWS_HASH);
    g_assert_cmpint(n2_switch_init(&sw, NEAR), ==, N2_OK);
    g_assert_cmpint(n2_channels_set_rules(&channels, &rule, 1), ==, N2_OK);
    n2_step step = n2_switch_step(&sw, 0, bytes, sizeof bytes, 1);
    g_assert_cmpint(n2_channels_hop(&channels, 0, step.out_port, bytes, sizeof bytes, 1), ==,
                    N2_CAST_ENDS);
    g_assert_true(n2_said_take(&channels.said, bytes));
    protocol_page_expect("refusal", bytes, sizeof bytes);

    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_BROADCAST,
                      .path = UINT64_C(0x123456) << 40,
                      .address = UINT64_C(0x8012345600000000)};
    (void)n2_packet_write_head(packet, &head);
    protocol_page_expect("broadcast's head", packet, N2_LONG_HEAD_BYTES);
    guint64 path = head.path;
    g_assert_true(n2_path_step_broadcast(&path, FAR, 0));
    g_assert_true(n2_path_step_broadcast(&path, MIDDLE, 11));
    n2_packet_set_path(packet, path);
    protocol_page_expect("broadcast's head behind the second switch", packet,
                         N2_LONG_HEAD_BYTES);
    n2_channels_clear(&channels);
    n2_switch_clear(&sw);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/casts/multicast", test_multicast);
    g_test_add_func("/protocol/casts/alone", test_alone);
    g_test_add_func("/protocol/casts/broadcast", test_broadcast);
    return g_test_run();
}
