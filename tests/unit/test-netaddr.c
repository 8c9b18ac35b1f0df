/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-netaddr.c - addresses on Ethernets as text, and what a link to strangers there gives
 * them.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "host/net.h"
#include "link/link.h"

typedef struct {
    const char *name;
    const char *text;
    n2_err want;
    const char *canonical; /* NULL: as @text */
} row;

static const row rows[] = {
    {"plain", "eth:eth0/02:00:00:00:00:01", N2_OK, NULL},
    {"longest", "eth:abcdefghijklmno/fe:dc:ba:98:76:54", N2_OK, NULL},
    {"upper", "eth:eth0/FE:DC:BA:98:76:54", N2_OK, "eth:eth0/fe:dc:ba:98:76:54"},
    {"dot", "eth:eth0.5@x/02:00:00:00:00:01", N2_OK, NULL},
    {"no-scheme", "eth0/02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"no-name", "eth:/02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"no-address", "eth:eth0", N2_ERR_FORMAT, NULL},
    {"empty-address", "eth:eth0/", N2_ERR_FORMAT, NULL},
    {"name-too-long", "eth:abcdefghijklmnop/02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"name-dot", "eth:./02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"name-dots", "eth:../02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"name-comma", "eth:a,b/02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"name-space", "eth:a b/02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"name-control", "eth:a\033/02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"name-not-ascii", "eth:\xc3\xa4/02:00:00:00:00:01", N2_ERR_FORMAT, NULL},
    {"address-short", "eth:eth0/02:00:00:00:00:0", N2_ERR_FORMAT, NULL},
    {"address-long", "eth:eth0/02:00:00:00:00:01:02", N2_ERR_FORMAT, NULL},
    {"address-digit", "eth:eth0/02:00:00:00:00:0g", N2_ERR_FORMAT, NULL},
    {"address-dashes", "eth:eth0/02-00-00-00-00-01", N2_ERR_FORMAT, NULL},
    {"group", "eth:eth0/01:00:5e:00:00:01", N2_ERR_FORMAT, NULL},
    {"broadcast", "eth:eth0/ff:ff:ff:ff:ff:ff", N2_ERR_FORMAT, NULL},
    {"nobody", "eth:eth0/00:00:00:00:00:00", N2_ERR_FORMAT, NULL},
};

static void
test_text(gconstpointer data)
{
    const row *t = data;
    n2_net_addr net = {0}, again;
    char text[N2_NET_TEXT_BYTES];

    g_assert_cmpstr(n2_err_name(n2_net_parse(&net, t->text)), ==, n2_err_name(t->want));
    g_assert_cmpint(n2_net_is_ether(&net), ==, t->want == N2_OK);
    if (t->want)
        return;
    n2_net_format(&net, text);
    g_assert_cmpstr(text, ==, t->canonical ? t->canonical : t->text);
    g_assert_cmpint(n2_net_parse(&again, text), ==, N2_OK);
    g_assert_true(n2_net_addr_equal(&net, &again));
}

static void
test_same_interface(void)
{
    n2_net_addr a, b, other, udp;

    g_assert_cmpint(n2_net_parse(&a, "eth:a/02:00:00:00:00:01"), ==, N2_OK);
    g_assert_cmpint(n2_net_parse(&b, "eth:a/02:00:00:00:00:02"), ==, N2_OK);
    g_assert_cmpint(n2_net_parse(&other, "eth:b/02:00:00:00:00:01"), ==, N2_OK);
    g_assert_cmpint(n2_net_parse(&udp, "udp:10.0.0.1:1"), ==, N2_OK);
    g_assert_true(n2_net_same_interface(&a, &b));
    g_assert_false(n2_net_same_interface(&a, &other));
    g_assert_false(n2_net_same_interface(&a, &udp));
    g_assert_false(n2_net_same_interface(&udp, &udp));
    g_assert_cmpint(n2_net_ether_parse(&b, "eth:a", true), ==, N2_OK);
    g_assert_true(n2_net_same_interface(&a, &b));
    g_assert_false(n2_net_is_ether(&b)); /* nobody can be reached there */
}

/* attacks.md 5: whoever greets under any name on a shared wire is answered with no more than he
 * sent, so often a second and no more, and leaves nothing behind. */
static void
random_cb(void *user, void *buf, size_t len)
{
    guint32 *seed = user;

    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)((*seed = *seed * 1103515245 + 12345) >> 16);
}

static n2_net_addr
somebody(guint32 who)
{
    n2_net_addr net;
    g_autofree char *text = g_strdup_printf("eth:eth0/02:00:%02x:%02x:%02x:%02x", who >> 24,
                                            who >> 16 & 255, who >> 8 & 255, who & 255);

    g_assert_cmpint(n2_net_parse(&net, text), ==, N2_OK);
    return net;
}

static void
test_spoofed(void)
{
    guint32 seed = 5;
    const n2_links_config config = {
        .env = {&seed, random_cb}, .width = 4, .accepts = TRUE, .datagram_bytes = 1500};
    guint8 open[N2_LINK_CONTROL_BYTES], copy[N2_LINK_CONTROL_BYTES];
    const n2_net_addr self = somebody(1);
    n2_links *links = NULL, *opener = NULL;
    const uint8_t *bytes;
    guint answers = 0;
    n2_net_addr to;

    g_assert_cmpint(n2_links_new(&links, &config), ==, N2_OK);
    g_assert_cmpint(n2_links_new(&opener, &config), ==, N2_OK);
    g_assert_cmpint(n2_links_open(opener, &self, 7, 0, 0, 0), ==, N2_OK);
    g_assert_true(n2_links_output(opener, &to, &bytes));
    memcpy(open, bytes, sizeof open);
    for (guint32 i = 0; i < 100000; i++) { /* in one second */
        const n2_net_addr from = somebody(0x100 + i);
        memcpy(copy, open, sizeof copy);
        g_assert_cmpuint(n2_links_input(links, &from, copy, sizeof copy, i * UINT64_C(10)).port,
                         ==, 0);
        while (n2_links_output(links, &to, &bytes)) {
            g_assert_true(n2_net_addr_equal(&to, &from));
            answers++;
        }
    }
    g_assert_cmpuint(answers, >=, N2_LINK_CHALLENGE_PER_S);
    g_assert_cmpuint(answers, <=, 2 * N2_LINK_CHALLENGE_PER_S); /* the first at once */
    for (guint port = 1; port < 16; port++)
        g_assert_false(n2_links_info(links, port, &(n2_link_info){0}));
    n2_links_free(links);
    n2_links_free(opener);
}

/* Where local broadcasts go. */
static void
test_local(void)
{
    static const struct {
        const char *text;
        bool want;
    } locals[] = {{"eth:eth0/02:00:00:00:00:01", true},
                  {"udp:[fe80::1%1]:4711", true},
                  {"udp:[febf::1%1]:4711", true},
                  {"udp:[fec0::1]:4711", false},
                  {"udp:[::1]:4711", false},
                  {"udp:[2001:db8::fe80]:4711", false},
                  {"udp:169.254.1.1:4711", false},
                  {"udp:254.128.1.1:4711", false}};

    for (gsize i = 0; i < G_N_ELEMENTS(locals); i++) {
        n2_net_addr net;
        g_test_message("%s", locals[i].text);
        g_assert_cmpint(n2_net_parse(&net, locals[i].text), ==, N2_OK);
        g_assert_cmpint(n2_net_is_local(&net), ==, locals[i].want);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/netaddr/ether/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_text);
    }
    g_test_add_func("/netaddr/same-interface", test_same_interface);
    g_test_add_func("/netaddr/attack-05-spoofed-stations", test_spoofed);
    g_test_add_func("/netaddr/local", test_local);
    return g_test_run();
}
