/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol.c - the examples of daemon/PROTOCOL.md are what the code makes, byte for byte.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "link/link.h"
#include "protocol-page.h"
#include "switch/switch.h"
#include "wire/code.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

static void
random_cb(void *user, void *buf, size_t len)
{
    guint8 *next = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (*next)++;
}

static void
test_packet(void)
{
    guint8 head[N2_SEALED_HEAD_BYTES], associated[N2_ASSOCIATED_BYTES];
    n2_packet sealed = {.is_long = TRUE,
                        .is_sealed = TRUE,
                        .size = 3,
                        .class = N2_CLASS_DEFAULT,
                        .path = 0xb000000000000000,
                        .address = 0x0001000200000010,
                        .counter = 7,
                        .noise = 0x1a2b3c4d};
    n2_packet brief = {.size = 0, .class = N2_CLASS_DEFAULT, .path = 0xb000, .address = 0x0102};

    protocol_page_expect("sealed head", head, n2_packet_write_head(head, &sealed));
    n2_packet_associated(associated, head);
    protocol_page_expect("associated data", associated, sizeof associated);
    protocol_page_expect("short head", head, n2_packet_write_head(head, &brief));
}

static void
expect_word(const char *what, guint64 word)
{
    guint8 bytes[8];

    for (guint i = 0; i < 8; i++)
        bytes[i] = (guint8)(word >> (56 - 8 * i));
    protocol_page_expect(what, bytes, sizeof bytes);
}

/* A route by port 11 of 16, then port 3 of 8, then the end point; in by ports 0, 5 and 2. */
static void
test_path(void)
{
    static const guint width[] = {4, 3, 2}, in[] = {0, 5, 2}, out[] = {11, 3, 0};
    n2_route route = {0};
    guint8 stored[N2_PATH_STORED_BYTES];
    uint32_t port = 0;

    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(n2_route_add(&route, width[i], out[i]), ==, N2_OK);
    n2_route_write(stored, &route);
    protocol_page_expect("stored route", stored, sizeof stored);
    uint64_t word = route.word;
    expect_word("path as sent", word);
    for (guint i = 0; i < 3; i++) {
        g_assert_true(n2_path_step(&word, width[i], in[i], &port));
        g_assert_cmpuint(port, ==, out[i]);
        expect_word("path behind a switch", word);
    }
    expect_word("answer", n2_path_answer(word));
}

/* A step of @labels' switch of width 4, as n2_switch_step() takes it. */
static guint
label_step(n2_labels *labels, uint64_t *word, uint32_t in_port)
{
    uint32_t port = 0;
    uint32_t shown = n2_labels_out(labels, word, N2_PATH_BITS, N2_PATH_USED_BITS, in_port);

    g_assert_true(n2_path_step(word, 4, shown, &port));
    (void)n2_labels_in(labels, word, N2_PATH_BITS, N2_PATH_USED_BITS, &port);
    expect_word("path behind the border", *word);
    return port;
}

/* By port 1 of a switch of width 2 to label 12 of one of width 4, in by port 5, which hides
 * port 3 there and 6/3 2/2 0/2; those switches are entered by ports 1, 1 and 3. */
static void
test_label(void)
{
    static const guint width[] = {3, 2, 2}, there[] = {1, 1, 3}, out[] = {6, 2, 0},
                       back[] = {6, 2, 0};
    const char *text = "12 to 3 6/3 2/2 0/2";
    n2_labels *labels = NULL;
    n2_route route = {0};
    uint32_t port = 0;
    n2_label label;

    g_assert_cmpint(n2_labels_new(&labels, 4, 1), ==, N2_OK);
    g_assert_cmpint(n2_label_parse(&text, &label), ==, N2_OK);
    g_assert_cmpint(n2_labels_order(labels, &label), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, 2, 1), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, 4, 12), ==, N2_OK);
    uint64_t word = route.word;
    expect_word("path with a virtual label", word);
    g_assert_true(n2_path_step(&word, 2, 0, &port));
    expect_word("path before the border", word);
    g_assert_cmpuint(label_step(labels, &word, 5), ==, 3);
    for (guint i = 0; i < 3; i++) {
        g_assert_true(n2_path_step(&word, width[i], there[i], &port));
        g_assert_cmpuint(port, ==, out[i]);
    }
    expect_word("path at the server", word);
    word = n2_path_answer(word);
    expect_word("answer of the server", word);
    for (guint i = 0; i < 3; i++)
        g_assert_true(n2_path_step(&word, width[2 - i], back[2 - i], &port));
    expect_word("answer before the border", word);
    g_assert_cmpuint(label_step(labels, &word, 3), ==, 5);
    g_assert_true(n2_path_step(&word, 2, 1, &port));
    expect_word("answer at the client", word);
    g_assert_cmphex(n2_path_answer(word), ==, route.word);
    n2_labels_free(labels);
}

static void
test_link(void)
{
    guint8 next = 0x10, copy[N2_LINK_CONTROL_BYTES];
    n2_links_config config = {
        .env = {&next, random_cb}, .width = 4, .accepts = TRUE, .datagram_bytes = 1452};
    n2_net_addr net[2] = {{.len = 1, .bytes = {1}}, {.len = 1, .bytes = {2}}}, to;
    n2_links *links[2];
    const uint8_t *out;

    for (guint i = 0; i < 2; i++)
        g_assert_cmpint(n2_links_new(&links[i], &config), ==, N2_OK);
    g_assert_cmpint(n2_links_open(links[0], &net[1], 0x0123456789abcdef, 0, 0, 0), ==, N2_OK);
    for (guint i = 0; i < 4; i++) {
        g_assert_true(n2_links_output(links[i % 2], &to, &out));
        memcpy(copy, out, sizeof copy);
        /* all the bytes that are not zero */
        static const gsize shown[] = {40, 40, 52, 43};
        protocol_page_expect("link handshake", copy, shown[i]);
        n2_links_input(links[1 - i % 2], &net[i % 2], copy, sizeof copy, 0);
    }
    g_assert_true(n2_links_is_up(links[0], 1));
    n2_links_tell_users(links[0], 1, 5, true);
    g_assert_cmpuint(n2_links_output(links[0], &to, &out), ==, sizeof copy);
    protocol_page_expect("users", out, 27);
    n2_links_free(links[0]);
    n2_links_free(links[1]);
}

enum {
    ASKER,
    OTHER,
    MIDDLE,
    MEETERS
};

/* Carries what there is from one to another, @shown bytes of it stand on the page. */
static void
carry(n2_links **links, const n2_net_addr *nets, guint from, guint to, gsize shown)
{
    guint8 copy[N2_LINK_CONTROL_BYTES];
    const uint8_t *out;
    n2_net_addr net;

    g_assert_cmpuint(n2_links_output(links[from], &net, &out), ==, sizeof copy);
    g_assert_true(n2_net_addr_equal(&net, &nets[to]));
    memcpy(copy, out, sizeof copy);
    if (shown)
        protocol_page_expect("introduction", copy, shown);
    n2_links_input(links[to], &nets[from], copy, sizeof copy, 0);
}

static void
test_introduction(void)
{
    guint8 next = 0x10;
    n2_links_config config = {.env = {&next, random_cb},
                              .width = 4,
                              .accepts = TRUE,
                              .meets = TRUE,
                              .datagram_bytes = 1232};
    n2_links *links[MEETERS];
    n2_net_addr nets[MEETERS];

    for (guint i = 0; i < MEETERS; i++) {
        nets[i] = (n2_net_addr){.len = 7, .bytes = {4, 0x12, 0x34, 10, 0, 0, (guint8)(i + 1)}};
        g_assert_cmpint(n2_links_new(&links[i], &config), ==, N2_OK);
    }
    for (guint i = ASKER; i <= OTHER; i++) {
        g_assert_cmpint(n2_links_open(links[i], &nets[MIDDLE], i + 1, 0, 0, 0), ==, N2_OK);
        for (guint k = 0; k < 4; k++)
            carry(links, nets, k % 2 ? MIDDLE : i, k % 2 ? i : MIDDLE, 0);
    }
    g_assert_cmpint(n2_links_meet(links[ASKER], 1, 2, 0x8877665544332211, 0), ==, N2_OK);
    carry(links, nets, ASKER, MIDDLE, 26);
    carry(links, nets, MIDDLE, OTHER, 33);
    carry(links, nets, OTHER, MIDDLE, 26);
    carry(links, nets, MIDDLE, ASKER, 33);
    for (guint k = 0; k < 8; k++) /* from both sides, and each accepts */
        carry(links, nets, k % 2 ? ASKER : OTHER, k % 2 ? OTHER : ASKER, 0);
    g_assert_true(n2_links_is_up(links[ASKER], 2) && n2_links_is_up(links[OTHER], 2));
    for (guint i = 0; i < MEETERS; i++)
        n2_links_free(links[i]);
}

static void
test_echo(void)
{
    guint8 ask[N2_ECHO_BYTES], answer[N2_ECHO_BYTES];
    n2_switch sw;
    n2_echo echo;

    n2_echo_write(ask, 0xb000000000000000, 0x1122334455667788);
    protocol_page_expect("echo question", ask, sizeof ask);
    g_assert_cmpint(n2_switch_init(&sw, 3), ==, N2_OK);
    n2_packet_set_path(ask, 0x4); /* as it comes from a switch of width 4, in-port 0 */
    g_assert_cmpint(n2_switch_step(&sw, 5, ask, sizeof ask, 0).verdict, ==, N2_STEP_CONTROL);
    g_assert_cmpint(n2_switch_control(&sw, 5, ask, sizeof ask, 0, answer, &echo), ==,
                    N2_ECHO_QUESTION);
    protocol_page_expect("echo answer", answer, sizeof answer);
    n2_switch_clear(&sw);
}

/* The packet of test_packet() did not fit into the queue for port 11; it came in by port 2. */
static void
test_notice(void)
{
    guint8 packet[N2_PACKET_BYTES_MAX] = {0}, bytes[N2_NOTICE_BYTES];
    n2_packet sealed = {.is_long = TRUE,
                        .is_sealed = TRUE,
                        .size = 3,
                        .class = N2_CLASS_DEFAULT,
                        .path = 0xb000000000000000,
                        .address = 0x0001000200000010,
                        .counter = 7,
                        .noise = 0x1a2b3c4d};
    n2_switch_notice n = {.reason = N2_NOTICE_DROPPED,
                          .queue = n2_delay_to_code(1600),
                          .rate = n2_rate_to_code(1000000)},
                     got;
    n2_switch sw;

    (void)n2_packet_write_head(packet, &sealed);
    g_assert_cmpint(n2_switch_init(&sw, 4), ==, N2_OK);
    g_assert_cmpuint(n2_switch_step(&sw, 2, packet, sizeof packet, 0).out_port, ==, 11);
    g_assert_true(n2_switch_says(&sw, 2, &n, packet, sizeof packet, 0));
    n2_switch_notice_write(bytes, &n);
    protocol_page_expect("notice", bytes, sizeof bytes);
    g_assert_cmpint(n2_switch_notice_read(&got, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmphex(got.noise, ==, n.noise);
    n2_switch_clear(&sw);
}

/* 4 Mbit/s by port 11 of our own switch of width 4, whose line carries 10; the far end's switch
 * has width 3 and gets it by port 5.  Then 9 Mbit/s, which our own switch refuses. */
static void
test_reserve(void)
{
    guint8 next = 0x20, bytes[N2_RESERVE_BYTES];
    n2_env env = {&next, random_cb};
    n2_reserve_way way = {.out_port = 11, .rate_Bps = 1250000};
    n2_reserve_claim claim = {
        .tag = 1, .path = UINT64_C(0xb000000000000000), .kbps = 4000, .class = N2_CLASS_HIGH};
    n2_switch ours, far;

    g_assert_cmpint(n2_switch_init(&ours, 4), ==, N2_OK);
    g_assert_cmpint(n2_switch_init(&far, 3), ==, N2_OK);
    g_assert_cmpint(n2_reserve_new(&ours.reserve, &env, 4), ==, N2_OK);
    g_assert_cmpint(n2_reserve_new(&far.reserve, &env, 3), ==, N2_OK);
    g_assert_cmpint(n2_reserve_ask(ours.reserve, &claim, 1), ==, N2_OK);
    g_assert_true(n2_reserve_output(ours.reserve, bytes, 1));
    protocol_page_expect("ask", bytes, sizeof bytes);
    n2_step step = n2_switch_step(&ours, 0, bytes, sizeof bytes, 1);
    g_assert_cmpint(step.verdict, ==, N2_STEP_HOP);
    g_assert_true(n2_reserve_hop(ours.reserve, &way, bytes, sizeof bytes, 1));
    protocol_page_expect("ask behind the first switch", bytes, sizeof bytes);
    step = n2_switch_step(&far, 5, bytes, sizeof bytes, 1);
    g_assert_cmpint(step.verdict, ==, N2_STEP_CONTROL);
    n2_reserve_end(far.reserve, 5, 1, bytes, sizeof bytes, 1);
    g_assert_true(n2_reserve_output(far.reserve, bytes, 1));
    protocol_page_expect("granted", bytes, sizeof bytes);

    claim.tag = 2;
    claim.path = UINT64_C(0xb400000000000000);
    claim.kbps = 9000;
    g_assert_cmpint(n2_reserve_ask(ours.reserve, &claim, 1), ==, N2_OK);
    g_assert_true(n2_reserve_output(ours.reserve, bytes, 1));
    (void)n2_switch_step(&ours, 0, bytes, sizeof bytes, 1);
    g_assert_false(n2_reserve_hop(ours.reserve, &way, bytes, sizeof bytes, 1));
    g_assert_true(n2_reserve_output(ours.reserve, bytes, 1));
    protocol_page_expect("refused", bytes, sizeof bytes);
    n2_switch_clear(&ours);
    n2_switch_clear(&far);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/packet", test_packet);
    g_test_add_func("/protocol/path", test_path);
    g_test_add_func("/protocol/virtual-label", test_label);
    g_test_add_func("/protocol/link", test_link);
    g_test_add_func("/protocol/introduction", test_introduction);
    g_test_add_func("/protocol/echo", test_echo);
    g_test_add_func("/protocol/notice", test_notice);
    g_test_add_func("/protocol/reservation", test_reserve);
    return g_test_run();
}
