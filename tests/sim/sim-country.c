/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-country.c - what switches keep and say, counted in a country of them.
 *
 *   sim-country                  40 switches, 400 end points
 *   sim-country --large          1,000 switches, 10,000 end points; as its output says, minutes
 */
#include <string.h>

#include "bar.h"
#include "base/limits.h"
#include "country-tests.h"
#include "met.h"
#include "wire/packet.h"
#include "wire/path.h"
#include "world.h"

enum {
    TOGETHER = 500 /* flows begun before the first is waited for */
};

static bool is_large;

country *
country_of(gconstpointer shape, uint64_t rate_Bps)
{
    return country_of_rates(shape, rate_Bps, rate_Bps);
}

country *
country_of_rates(gconstpointer shape, uint64_t rate_Bps, uint64_t end_rate_Bps)
{
    country_plan plan = country_plan_of(shape);

    plan.rate_Bps = rate_Bps;
    plan.end_rate_Bps = end_rate_Bps;
    return country_new(&plan);
}

country_plan
country_plan_of(gconstpointer shape)
{
    bool is_mesh = GPOINTER_TO_INT(shape) == COUNTRY_MESH;

    return (country_plan){.seed = 60 + is_mesh,
                          .n_switches = country_n_switches(),
                          .n_ends = country_n_ends(),
                          .fan = is_large ? 10 : 6,
                          .n_meshes = !is_mesh   ? 0
                                      : is_large ? 300
                                                 : 15};
}

unsigned
country_n_ends(void)
{
    return is_large ? 10000 : 300;
}

unsigned
country_n_switches(void)
{
    return is_large ? 1000 : 40;
}

unsigned
country_pick(unsigned small, unsigned large)
{
    return is_large ? large : small;
}

/* ---- unicast ---- */

typedef struct {
    uint64_t asked, answered, wrong;
} traffic;

/* What is in a packet. */
typedef struct {
    unsigned from, to;
    bool is_answer;
} letter;

/* A packet of 32 bytes; @flow: the address that it is for. */
static void
send_from(country *c, unsigned from, uint64_t path, uint64_t flow, const letter *what)
{
    n2_packet head = {
        .is_long = true, .class = N2_CLASS_DEFAULT, .path = path, .address = flow};
    uint8_t bytes[N2_LONG_HEAD_BYTES + N2_DATA_BYTES_MIN] = {0};

    memcpy(bytes + n2_packet_write_head(bytes, &head), what, sizeof *what);
    country_send(c, from, bytes, sizeof bytes);
}

static void
answer_cb(
    country *c, unsigned end, uint64_t path, const uint8_t *packet, size_t len, void *user)
{
    traffic *t = user;
    n2_packet p;
    letter l;

    g_assert_cmpint(n2_packet_parse(&p, packet, len), ==, N2_OK);
    memcpy(&l, p.data, sizeof l);
    t->wrong += l.to != end;
    if (l.is_answer) {
        t->answered++;
        return;
    }
    t->asked++;
    send_from(c, end, n2_path_answer(path), p.address,
              &(letter){.from = end, .to = l.from, .is_answer = true});
}

static void
ask(country *c, unsigned from, unsigned to, uint64_t flow)
{
    send_from(c, from, country_path(c, from, to), flow, &(letter){.from = from, .to = to});
}

/* So many questions between ends drawn by lot, each answered by the way it came. */
static void
make_flows(country *c, world_random *lot, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned from = (unsigned)(world_random_next(lot) % country_n_ends());
        unsigned to = (unsigned)(world_random_next(lot) % country_n_ends());
        ask(c, from, to, 0);
        if (i % TOGETHER == TOGETHER - 1)
            country_settle(c);
    }
    country_settle(c);
}

/* What all switches keep for others. */
static uint64_t
count_state(country *c, unsigned n_switches)
{
    uint64_t all = 0;

    for (unsigned i = 0; i < n_switches; i++) {
        const n2_look *look = country_look(c, i);
        all += look->n_all_reservations + look->n_all_labels + look->n_all_trees +
               look->n_all_channels;
    }
    return all;
}

/* T1: memory is the same with one flow and with many, through all of the country. */
static void
test_flows(gconstpointer shape)
{
    country *c = country_of(shape, 0);
    traffic t = {0};
    world_random lot;

    world_random_init(&lot, 7);
    country_set_packet_cb(c, answer_cb, &t);
    for (unsigned end = 0; end < country_n_ends();
         end++) { /* each switch has passed something on */
        unsigned to = (end + country_n_ends() / 2) % country_n_ends();
        ask(c, end, to, 0);
        if (end % TOGETHER == TOGETHER - 1)
            country_settle(c);
    }
    make_flows(c, &lot, 4 * TOGETHER);
    (void)country_take_crossings(c);
    t = (traffic){0};
    make_flows(c, &lot, 1);
    uint64_t one = met_allocated();
    unsigned n = country_pick(2000, 100000);
    make_flows(c, &lot, n - 1);
    uint64_t many = met_allocated();
    country_crossings crossed = country_take_crossings(c);
    g_assert_cmpuint(t.asked, ==, n);
    g_assert_cmpuint(t.answered, ==, n);
    g_assert_cmpuint(t.wrong, ==, 0);
    g_assert_cmpuint(count_state(c, country_n_switches()), ==, 0);
    g_test_message("%u flows over %u switches: %.1f lines each way; memory %" G_GUINT64_FORMAT
                   " bytes with one, %" G_GUINT64_FORMAT " with all",
                   n, country_n_switches(), (double)crossed.others / (2.0 * n), one, many);
    g_assert_cmpuint(many, ==, one);
    country_free(c);
}

enum {
    FLOWS = 100 * 1000,
    SOME_ENDS = 30
};

/* Flows that differ in their ends or in the address that they are for. */
static void
make_distinct(country *c, unsigned first, unsigned n)
{
    for (unsigned i = first; i < first + n; i++) {
        ask(c, i % SOME_ENDS, i / SOME_ENDS % SOME_ENDS, i);
        if (i % TOGETHER == TOGETHER - 1)
            country_settle(c);
    }
    country_settle(c);
}

/* The bar: memory is equal at 1 and at 100,000 flows, to the byte.  Four switches are enough,
 * as each sees a good part of all flows. */
static void
test_100000_flows(void)
{
    const country_plan plan = {.seed = 62, .n_switches = 4, .n_ends = SOME_ENDS, .fan = 3};
    country *c = country_new(&plan);
    traffic t = {0};
    uint64_t busiest = 0;

    country_set_packet_cb(c, answer_cb, &t);
    make_distinct(c, 0, 4 * TOGETHER); /* buffers, and the test's own heap */
    t = (traffic){0};
    make_distinct(c, 4 * TOGETHER, 1);
    uint64_t one = met_allocated();
    make_distinct(c, 4 * TOGETHER + 1, FLOWS - 1);
    uint64_t many = met_allocated();
    g_assert_cmpuint(t.asked, ==, FLOWS);
    g_assert_cmpuint(t.answered, ==, FLOWS);
    g_assert_cmpuint(t.wrong, ==, 0);
    for (unsigned i = 0; i < plan.n_switches; i++)
        busiest = MAX(busiest, country_look(c, i)->forwarded);
    g_test_message("%u flows, %" G_GUINT64_FORMAT
                   " packets through one switch; memory %" G_GUINT64_FORMAT
                   " bytes with one, %" G_GUINT64_FORMAT " with all",
                   FLOWS, busiest, one, many);
    bar_most("state", "memory with 100,000 unicast flows beside one",
             (double)many / (double)one, 1, " x");
    g_assert_cmpuint(many, ==, one);
    g_assert_cmpuint(count_state(c, plan.n_switches), ==, 0);
    country_free(c);
}

static void
add(const char *path, const char *shape, int number, GTestDataFunc what)
{
    g_autofree char *whole = g_strconcat(path, shape, NULL);

    g_test_add_data_func(whole, GINT_TO_POINTER(number), what);
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--large") == 0) {
            is_large = true;
            memmove(argv + i, argv + i + 1, sizeof *argv * (size_t)(argc-- - i));
        }
    g_test_init(&argc, &argv, NULL);
    for (int shape = 0; shape < COUNTRY_SHAPES; shape++) {
        static const char *const names[COUNTRY_SHAPES] = {"tree", "mesh"};
        add("/country/flows/", names[shape], shape, test_flows);
        add("/country/multicast/", names[shape], shape, country_test_multicast);
        add("/country/jams/", names[shape], shape, country_test_jams);
        add("/country/labels/", names[shape], shape, country_test_labels);
        add("/country/calls/", names[shape], shape, country_test_calls);
        add("/country/steps/", names[shape], shape, country_test_steps);
    }
    g_test_add_func("/country/100000-flows", test_100000_flows);
    /* With meshes a shortest way may lead up by a line that was opened from above. */
    add("/country/channels/", "tree", COUNTRY_TREE, country_test_channels);
    return g_test_run();
}
