/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-visit.c - how many round trips a visit takes before the page is there, or a file flows.
 *
 * Wires without a rate, so that nothing but round trips takes time; machines take none at all.
 * Who adds a trip makes a number here larger.
 */
#include "net.h"

enum {
    RTT_US = 200000,
    SLACK_US = 6000, /* acknowledgements and pace, less than a trip by far */
    FILE_BYTES = 20 << 20,
    MANY_BYTES = 8 * 1024 /* more than keys, proof and folders together */
};

typedef struct {
    net *n;
    guint64 bytes;   /* that left the server */
    guint64 flow_us; /* when it became many; 0: not yet */
} watch;

static bool
tap_cb(world *w, world_node *from, world_node *to, uint8_t *bytes, size_t len, void *user)
{
    watch *v = user;

    (void)to;
    (void)bytes;
    if (from == v->n->node[v->n->server] && !v->flow_us) {
        v->bytes += len;
        v->flow_us = v->bytes > MANY_BYTES ? world_now(w) : 0;
    }
    return true;
}

/* In hundredths of a round trip. */
static guint
trips(guint64 us)
{
    return (guint)((us + SLACK_US / 2) * 100 / RTT_US);
}

static void
assert_trips(const char *what, guint64 us, guint want)
{
    g_test_message("%s: %.3f round trips, wanted %u.%02u", what, (double)us / RTT_US,
                   want / 100, want % 100);
    g_assert_cmpuint(trips(us), >=, want);
    g_assert_cmpuint(us, <=, (guint64)want * RTT_US / 100 + SLACK_US);
}

static net *
make(unsigned n_switches)
{
    net *n = net_new(11 + n_switches,
                     &(net_plan){.n_switches = n_switches,
                                 .wire = {.delay_us = RTT_US / 2 / (n_switches + 1)},
                                 .file_bytes = FILE_BYTES});

    net_run(n, 10 * NET_SECOND_US); /* neighbours have met */
    return n;
}

static void
page(net *n, const char *what, guint want)
{
    guint64 began_us = world_now(n->w);

    net_assert_path(n, "", n->page, NET_PAGE_BYTES);
    assert_trips(what, world_now(n->w) - began_us, want);
}

/* When the server begins to send it. */
static void
file(net *n, const char *what, guint want)
{
    guint64 began_us = world_now(n->w);
    watch v = {.n = n};

    world_set_tap(n->w, tap_cb, &v);
    net_assert_path(n, "data/file", n->file, n->plan.file_bytes);
    world_set_tap(n->w, NULL, NULL);
    assert_trips(what, v.flow_us - began_us, want);
}

/* Hello; all that is asked. */
static void
test_neighbour_page(void)
{
    net *n = make(0);

    page(n, "page of a neighbour", 200);
    net_run(n, 3 * NET_SECOND_US);
    page(n, "again, nothing new", 100);
    net_free(n);
}

static void
test_neighbour_file(void)
{
    net *n = make(0);

    file(n, "file of a neighbour", 150);
    net_free(n);
}

/* Key; hello; proof and head; all that is asked. */
static void
test_stranger_page(void)
{
    net *n = make(1);

    page(n, "page of a stranger", 400);
    net_run(n, 3 * NET_SECOND_US);
    file(n, "then a file by the same connection", 50);
    net_free(n);
}

static void
test_stranger_file(void)
{
    net *n = make(1);

    file(n, "file of a stranger", 350);
    net_run(n, 2 * NET_SECOND_US);
    page(n, "then a page", 100);
    net_free(n);
}

/* The lines of tests/bench/lines.py, from the command to the last byte verified; there the
 * programs take some time too. */
static const struct {
    const char *name;
    world_wire wire;
    guint32 loss_ppm;
    guint64 most_us;
} lines[] = {
    {"long", {.rate_Bps = 12500000, .delay_us = 25000, .queue_bytes = 1250000}, 0, 1980000},
    {"lossy", {.rate_Bps = 12500000, .delay_us = 5000, .queue_bytes = 250000}, 10000, 1880000},
    {"far", {.rate_Bps = 6250000, .delay_us = 100000, .queue_bytes = 2500000}, 0, 4200000},
};

static void
test_line(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    net *n = net_new(41, &(net_plan){.wire = lines[i].wire,
                                     .loss_ppm = lines[i].loss_ppm,
                                     .datagram_bytes = 1472,
                                     .file_bytes = FILE_BYTES});

    net_run(n, 10 * NET_SECOND_US);
    guint64 began_us = world_now(n->w);
    watch v = {.n = n};

    world_set_tap(n->w, tap_cb, &v);
    net_assert_path(n, "data/file", n->file, n->plan.file_bytes);
    guint64 took_us = world_now(n->w) - began_us;
    g_test_message("%s: %.3f s, flows after %.3f s", lines[i].name,
                   (double)took_us / NET_SECOND_US,
                   (double)(v.flow_us - began_us) / NET_SECOND_US);
    g_assert_cmpuint(took_us, <=, lines[i].most_us);
    net_free(n);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/visit/neighbour/page", test_neighbour_page);
    g_test_add_func("/sim/visit/neighbour/file", test_neighbour_file);
    g_test_add_func("/sim/visit/stranger/page", test_stranger_page);
    g_test_add_func("/sim/visit/stranger/file", test_stranger_file);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *path = g_strdup_printf("/sim/visit/line/%s", lines[i].name);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_line);
    }
    return g_test_run();
}
