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
        static const gsize shown[] = {40, 40, 52, 32};
        protocol_page_expect("link handshake", copy, shown[i]);
        n2_links_input(links[1 - i % 2], &net[i % 2], copy, sizeof copy, 0);
    }
    g_assert_true(n2_links_is_up(links[0], 1));
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
    g_assert_cmpint(n2_switch_step(&sw, 5, ask, sizeof ask).verdict, ==, N2_STEP_CONTROL);
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
    g_assert_cmpuint(n2_switch_step(&sw, 2, packet, sizeof packet).out_port, ==, 11);
    g_assert_true(n2_switch_says(&sw, 2, &n, packet, sizeof packet, 0));
    n2_switch_notice_write(bytes, &n);
    protocol_page_expect("notice", bytes, sizeof bytes);
    g_assert_cmpint(n2_switch_notice_read(&got, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmphex(got.noise, ==, n.noise);
    n2_switch_clear(&sw);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/packet", test_packet);
    g_test_add_func("/protocol/path", test_path);
    g_test_add_func("/protocol/link", test_link);
    g_test_add_func("/protocol/introduction", test_introduction);
    g_test_add_func("/protocol/echo", test_echo);
    g_test_add_func("/protocol/notice", test_notice);
    return g_test_run();
}
