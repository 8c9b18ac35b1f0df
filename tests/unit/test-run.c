/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-run.c - the promises in run.h: what is packed comes out again, in datagrams that
 *              segmentation offload takes.
 */
#include <glib.h>
#include <string.h>

#include "link/link.h"
#include "link/run.h"

enum {
    UDP_BYTES = 28 /* IPv4 and UDP heads of a datagram */
};

typedef struct {
    n2_links *links[2];
    n2_net_addr net[2];
} pair;

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)g_test_rand_int_range(0, 256);
}

static void
pair_init(pair *p, guint datagram_bytes)
{
    n2_links_config config = {
        .env.random = random_cb, .width = 3, .accepts = TRUE, .datagram_bytes = datagram_bytes};
    n2_net_addr to;
    const uint8_t *bytes;

    for (guint8 i = 0; i < 2; i++) {
        g_assert_cmpint(n2_links_new(&p->links[i], &config), ==, N2_OK);
        p->net[i] = (n2_net_addr){.len = 1, .bytes = {i}};
    }
    g_assert_cmpint(n2_links_open(p->links[0], &p->net[1], 1, 0, 0, 0), ==, N2_OK);
    for (guint i = 0; i < 4; i++) {
        guint8 copy[N2_LINK_CONTROL_BYTES];
        g_assert_true(n2_links_output(p->links[i % 2], &to, &bytes));
        memcpy(copy, bytes, sizeof copy);
        n2_links_input(p->links[1 - i % 2], &p->net[i % 2], copy, sizeof copy, 0);
    }
    g_assert_true(n2_links_is_up(p->links[0], 1) && n2_links_is_up(p->links[1], 1));
}

static void
pair_clear(pair *p)
{
    n2_links_free(p->links[0]);
    n2_links_free(p->links[1]);
}

static size_t
make_packet(guint8 *buf, guint size, gboolean sealed)
{
    n2_packet head = {.is_long = TRUE, .is_sealed = sealed, .size = (uint8_t)size};

    random_cb(NULL, buf, N2_PACKET_BYTES_MAX);
    (void)n2_packet_write_head(buf, &head);
    return n2_packet_bytes(buf[0]);
}

/* Feeds a run to the other end; returns how many packets came out of it, each compared with
 * what @packets holds from *@at on. */
static guint
deliver(pair *p, const guint8 *run, size_t len, size_t segment, GByteArray *packets, guint *at)
{
    guint n = 0;

    g_assert_cmpuint((len + segment - 1) / segment, <=, N2_RUN_SEGMENTS_MAX);
    for (size_t i = 0; i < len; i += segment) {
        size_t datagram = MIN(segment, len - i);
        g_autofree guint8 *copy = g_memdup2(run + i, datagram);
        n2_link_data got = n2_links_input(p->links[1], &p->net[0], copy, datagram, 0);
        uint8_t *packet;
        size_t packet_len;
        while (got.port && !n2_bundle_next(&got.packets, &packet, &packet_len)) {
            g_assert_cmpmem(packet, packet_len, packets->data + *at, packet_len);
            *at += packet_len;
            n++;
        }
    }
    return n;
}

/* Random packets of all sizes through every kind of link: none lost, none changed, in order. */
static void
test_round_trip(gconstpointer datagram_bytes)
{
    g_autoptr(GByteArray) packets = g_byte_array_new();
    g_autofree guint8 *buf = g_malloc(N2_RUN_BYTES_MAX);
    guint limit = GPOINTER_TO_UINT(datagram_bytes);
    guint in = 0, out = 0, at = 0;
    n2_net_addr to;
    size_t segment;
    n2_run run;
    pair p;

    pair_init(&p, limit);
    n2_run_begin(&run, p.links[0], 1, buf, N2_RUN_BYTES_MAX);
    for (guint i = 0; i < 3000; i++) {
        guint8 packet[N2_PACKET_BYTES_MAX];
        /* runs of one size, as a transfer sends them, and mixtures */
        guint size = i % 100 < 50 ? 3 : (guint)g_test_rand_int_range(0, 4);
        size_t len = make_packet(packet, size, i % 100 < 50 || i % 2);
        if (!n2_run_add(&run, packet, len)) {
            size_t bytes = n2_run_finish(&run, &to, &segment);
            g_assert_cmpuint(segment, <=, limit);
            g_assert_cmpuint(bytes, <=, N2_RUN_BYTES_MAX);
            out += deliver(&p, buf, bytes, segment, packets, &at);
            n2_run_begin(&run, p.links[0], 1, buf, N2_RUN_BYTES_MAX);
            g_assert_true(n2_run_is_empty(&run));
            g_assert_true(n2_run_add(&run, packet, len));
        }
        g_byte_array_append(packets, packet, (guint)len);
        in++;
    }
    size_t bytes = n2_run_finish(&run, &to, &segment);
    out += deliver(&p, buf, bytes, segment, packets, &at);
    g_assert_true(n2_net_addr_equal(&to, &p.net[1]));
    g_assert_cmpuint(out, ==, in);
    g_assert_cmpuint(at, ==, packets->len);
    pair_clear(&p);
}

static void
test_link_gone(void)
{
    g_autofree guint8 *buf = g_malloc(N2_RUN_BYTES_MAX);
    guint8 packet[N2_PACKET_BYTES_MAX];
    n2_net_addr to;
    size_t segment;
    n2_run run;
    pair p;

    pair_init(&p, 1472);
    size_t len = make_packet(packet, 0, FALSE);
    n2_run_begin(&run, p.links[0], 1, buf, N2_RUN_BYTES_MAX);
    g_assert_true(n2_run_add(&run, packet, len));
    n2_links_close(p.links[0], 1, 0);
    g_assert_false(n2_run_add(&run, packet, len));
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==, 0);
    pair_clear(&p);
}

static void
test_nothing_to_send(void)
{
    guint8 buf[4096];
    n2_net_addr to;
    size_t segment;
    n2_run run;
    pair p;

    pair_init(&p, 1472);
    n2_run_begin(&run, p.links[0], 1, buf, sizeof buf);
    g_assert_nonnull(n2_run_reserve(&run, 100)); /* and forgotten */
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==, 0);
    pair_clear(&p);
}

typedef struct {
    size_t bytes, payload, datagrams;
} filled;

/* A run as full as it gets, of packets of one size. */
static filled
fill(pair *p, guint size)
{
    g_autofree guint8 *buf = g_malloc(N2_RUN_BYTES_MAX);
    guint8 packet[N2_PACKET_BYTES_MAX];
    n2_net_addr to;
    size_t segment;
    filled f = {0};
    n2_run run;

    n2_run_begin(&run, p->links[0], 1, buf, N2_RUN_BYTES_MAX);
    for (size_t len = make_packet(packet, size, TRUE); n2_run_add(&run, packet, len);)
        f.payload += n2_data_bytes(size);
    f.bytes = n2_run_finish(&run, &to, &segment);
    f.datagrams = (f.bytes + segment - 1) / segment;
    return f;
}

/* The payload's share of a link, heads of Internet 1.0 counted, is what PROTOCOL.md states. */
static void
test_attack_14_share(void)
{
    static const struct {
        guint datagram_bytes, size, permille;
    } rows[] = {{1472, 3, 947}, {1472, 2, 895}, {1252, 3, 947}, {65000, 3, 979}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        pair p;
        pair_init(&p, rows[i].datagram_bytes);
        filled f = fill(&p, rows[i].size);
        size_t on_the_wire = f.bytes + f.datagrams * UDP_BYTES;
        g_test_message("%u-byte datagrams, %zu-byte data: %zu per mille",
                       rows[i].datagram_bytes, n2_data_bytes(rows[i].size),
                       f.payload * 1000 / on_the_wire);
        g_assert_cmpuint(f.payload * 1000 / on_the_wire, ==, rows[i].permille);
        pair_clear(&p);
    }
}

/* What is handed over at once lasts 1 ms at the link's rate, or is one packet. */
static void
test_attack_14_one_millisecond(void)
{
    static const guint64 rates_Bps[] = {1000, 125000, 12500000, 125000000};

    for (gsize i = 0; i < G_N_ELEMENTS(rates_Bps); i++) {
        for (guint datagram_bytes = 1472; datagram_bytes <= 65000; datagram_bytes += 63528) {
            pair p;
            pair_init(&p, datagram_bytes);
            n2_links_set_rate(p.links[0], 1, rates_Bps[i]);
            filled f = fill(&p, 3);
            g_assert_cmpuint(f.payload, >=, N2_DATA_BYTES_MAX);
            if (f.payload > N2_DATA_BYTES_MAX)
                g_assert_cmpuint(f.bytes * 1000, <=, rates_Bps[i]);
            if (rates_Bps[i] == 125000000)
                g_assert_cmpuint(f.bytes, >, 60000);
            pair_clear(&p);
        }
    }
}

int
main(int argc, char **argv)
{
    static const guint sizes[] = {1053, 1252, 1472, 2098, 2097, 9000, 65000};

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *path = g_strdup_printf("/link/run/round-trip/%u", sizes[i]);
        g_test_add_data_func(path, GUINT_TO_POINTER(sizes[i]), test_round_trip);
    }
    g_test_add_func("/link/run/link-gone", test_link_gone);
    g_test_add_func("/link/run/nothing-to-send", test_nothing_to_send);
    g_test_add_func("/link/run/attack-14-share", test_attack_14_share);
    g_test_add_func("/link/run/attack-14-one-millisecond", test_attack_14_one_millisecond);
    return g_test_run();
}
