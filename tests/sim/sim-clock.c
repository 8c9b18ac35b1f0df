/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-clock.c - clocks jump: that of the machine forwards and back under a data plane, that of
 *               the world under keys, heads and certificates.
 */
#include <string.h>

#include "base/limits.h"
#include "star.h"
#include "two-nodes.h"

/* ---- the machine's: deadlines, tokens, links, connections
 * ------------------------------------
 */

enum {
    PIECE_BYTES = 500000
};

static const world_wire wire = {.rate_Bps = 12500000, .delay_us = 5000, .loss_ppm = 10000};

typedef struct {
    const char *name;
    int node;
    int64_t jump_us;
    bool lives; /* the connection does */
} jump;

static const jump jumps[] = {
    {"server-forwards-1-s", STAR_SERVER, N2_SECOND_US, true},
    {"server-forwards-9-s", STAR_SERVER, 9 * N2_SECOND_US, true},
    {"server-forwards-a-day", STAR_SERVER, 24 * (int64_t)N2_HOUR_US, false},
    {"client-forwards-a-day", STAR_CLIENT, 24 * (int64_t)N2_HOUR_US, false},
    {"switch-forwards-a-day", STAR_HUB, 24 * (int64_t)N2_HOUR_US, true},
    {"server-back-10-ms", STAR_SERVER, -10000, true},
    {"client-back-half-a-second", STAR_CLIENT, -(int64_t)N2_SECOND_US / 2, true},
    {"switch-back-half-a-second", STAR_HUB, -(int64_t)N2_SECOND_US / 2, true},
};

static void
test_machine(gconstpointer data)
{
    const jump *j = data;
    star *s = star_new(3, &wire, 1472);

    star_run(s, 5 * N2_SECOND_US);
    star_connect(s);
    g_assert_true(star_until_connected(s, 5000000));
    star_send(s, true, PIECE_BYTES, 2048);
    star_send(s, false, PIECE_BYTES, 512);
    star_run(s, 20000);
    s->node[j->node]->skew_us += j->jump_us;
    if (j->lives) {
        g_assert_true(star_finish(s, 30 * N2_SECOND_US));
        g_assert_cmpuint(star_count(s, STAR_SERVER, N2_EVENT_CLOSED), ==, 0);
        g_assert_cmpuint(star_count(s, STAR_CLIENT, N2_EVENT_CLOSED), ==, 0);
        star_free(s);
        return;
    }
    /* It was away for a day: the connection is at its end, and a new one comes by new links. */
    star_run(s, N2_MINUTE_US);
    s->conn[STAR_SERVER] = s->conn[STAR_CLIENT] = 0;
    star_connect(s);
    g_assert_true(star_until_connected(s, 20 * N2_SECOND_US));
    star_free(s);
}

/* ---- the world's: node keys, heads
 * ------------------------------------------------------------
 */

#define DAY_US (24 * (int64_t)N2_HOUR_US)

typedef struct {
    const char *name;
    int64_t asker_us, holder_us; /* wrong by so much from then on */
    int64_t later_us;            /* and so much time goes by */
    int64_t before_us;           /* as before, since the identities were born */
    gboolean works;
} wall_jump;

static const wall_jump wall_jumps[] = {
    {"asker-an-hour-ahead", (int64_t)N2_HOUR_US, 0, 0, 0, TRUE},
    {"asker-half-an-hour-behind", -(int64_t)N2_HOUR_US / 2, 0, 0, 0, TRUE},
    {"asker-five-hours-ahead", 5 * (int64_t)N2_HOUR_US, 0, 0, 3 * DAY_US, TRUE},
    {"asker-five-hours-behind", -5 * (int64_t)N2_HOUR_US, 0, 0, 3 * DAY_US, TRUE},
    {"holder-five-hours-ahead", 0, 5 * (int64_t)N2_HOUR_US, 0, 3 * DAY_US, TRUE},
    {"holder-five-hours-behind", 0, -5 * (int64_t)N2_HOUR_US, 0, 3 * DAY_US, TRUE},
    {"both-a-day-ahead", DAY_US, DAY_US, 0, 0, TRUE},
    {"both-a-day-behind", -DAY_US, -DAY_US, 0, 3 * DAY_US, TRUE},
    {"both-before-their-birth", -DAY_US, -DAY_US, 0, 0, FALSE},
    {"asker-a-day-ahead", DAY_US, 0, 0, 0, TRUE},
    {"asker-a-month-ahead", 30 * DAY_US, 0, 0, 0, FALSE},
    {"asker-a-year-behind", -365 * DAY_US, 0, 0, 0, FALSE},
    {"both-a-month-ahead", 30 * DAY_US, 30 * DAY_US, 2 * (int64_t)N2_HOUR_US, 0, TRUE},
    {"holder-a-month-ahead-and-back", 0, 30 * DAY_US, 0, 0, FALSE},
};

static n2_err
read_page(two_nodes *w, const char *path)
{
    g_autofree char *address = two_nodes_address(w, 1, path);
    n2_job job = two_nodes_start(w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_notice done = two_nodes_finish(w, 0, job, bytes, NULL);
    n2_err err = done.err;

    if (!err)
        g_assert_cmpuint(bytes->len, ==, 100000);
    else
        g_assert_true(done.why && *done.why && done.next && *done.next);
    n2_notice_clear(&done);
    return err;
}

static void
publish(two_nodes *w)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    g_autofree guint8 *file = fixture_bytes(3, 100003);

    for (guint i = 0; i < 4; i++) {
        const char name[] = {(char)('a' + i), 0};
        archive_add(archive, 2, name, file + i, 100000);
    }
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(w, 1, archive, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static void
pass_time(two_nodes *w, guint64 us)
{
    guint64 end_us = w->now_us + us;

    while (two_nodes_step(w, end_us))
        ;
    w->wall_us += (gint64)(end_us - w->now_us);
    w->now_us = end_us;
}

static void
test_wall(gconstpointer data)
{
    const wall_jump *j = data;
    two_nodes *w = two_nodes_new(8);

    publish(w);
    two_nodes_meet(w);
    assert_ok(read_page(w, "a"));
    pass_time(w, (guint64)j->before_us);
    w->node[0].wall_skew_us = j->asker_us;
    w->node[1].wall_skew_us = j->holder_us;
    pass_time(w, (guint64)j->later_us);
    (void)read_page(w, "b"); /* the connection that is there may do, or not */
    two_nodes_break(w);
    pass_time(w, 5 * N2_SECOND_US);
    n2_err err = read_page(w, "c");
    g_test_message("%s", n2_err_name(err));
    g_assert_cmpint(err == N2_OK, ==, j->works);

    /* The clocks are put right: everything works again, without anybody's help. */
    w->node[0].wall_skew_us = w->node[1].wall_skew_us = 0;
    two_nodes_break(w);
    pass_time(w, 2 * N2_HOUR_US);
    if (read_page(w,
                  "d")) /* the plane that plays here knows the newest key only: it costs 10 s */
        assert_ok(read_page(w, "d"));
    two_nodes_free(w);
}

/* ---- a control plane that does not get the processor
 * ------------------------------------------
 */

static int64_t
count_of(two_nodes *w, const char *name)
{
    n2_notice done = two_nodes_ask(w, N2_JOB_STATUS, NULL, NULL, NULL);

    assert_ok(done.err);
    int64_t n = n2_table_get(done.table, 0, name)->integer;
    n2_notice_clear(&done);
    return n;
}

/* In the midst of a visit, after each of its steps in turn, the asker stands still for twenty
 * seconds, and finds first what is due: nobody was silent but itself, and nothing is given up.
 */
static void
test_asker_starved(void)
{
    for (guint steps = 1; steps <= 24; steps++) {
        two_nodes *w = two_nodes_new(8);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_autofree char *address = two_nodes_address(w, 1, "b");

        publish(w);
        two_nodes_meet(w);
        assert_ok(read_page(w, "a"));
        n2_job job =
            two_nodes_start(w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
        for (guint i = 0; i < steps; i++)
            (void)two_nodes_step(w, w->now_us + N2_SECOND_US);
        w->now_us += 20 * N2_SECOND_US;
        w->wall_us += 20 * (gint64)N2_SECOND_US;
        while (n2_control_deadline(w->node[0].control) <= w->now_us) {
            guint64 due_us = n2_control_deadline(w->node[0].control);
            n2_control_expire(w->node[0].control, w->now_us, w->wall_us);
            if (n2_control_deadline(w->node[0].control) == due_us)
                break; /* it waits for somebody else */
        }
        n2_notice done = two_nodes_finish(w, 0, job, bytes, NULL);
        assert_ok(done.err);
        n2_notice_clear(&done);
        g_assert_cmpuint(bytes->len, ==, 100000);
        if (count_of(w, "fetch_lost"))
            g_error("lost after %u steps", steps);
        two_nodes_free(w);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(jumps); i++) {
        g_autofree char *path = g_strconcat("/sim/clock/machine/", jumps[i].name, NULL);
        g_test_add_data_func(path, &jumps[i], test_machine);
    }
    g_test_add_func("/sim/clock/asker-starved", test_asker_starved);
    for (size_t i = 0; i < G_N_ELEMENTS(wall_jumps); i++) {
        g_autofree char *path = g_strconcat("/sim/clock/world/", wall_jumps[i].name, NULL);
        g_test_add_data_func(path, &wall_jumps[i], test_wall);
    }
    return g_test_run();
}
