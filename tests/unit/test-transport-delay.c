/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-delay.c - queues are told from ways and from clocks: attack 15.
 */
#include <glib.h>

#include "transport/delay.h"

enum {
    FORTH_US = 30000, /* of an empty way */
    BACK_US = 20000,
    STEP_US = 10000,
    CLOCKS_US = 0x7ffffff0 /* by which the two differ */
};

typedef struct {
    n2_delay d;
    uint64_t now_us;
    uint64_t longer_us; /* the way there became so much longer */
    double drift_ppm, drifted_us;
} ways;

/* One sample with @there_us and @back_us of queues; returns what is held for the queue there.
 */
static uint32_t
sample(ways *w, uint32_t there_us, uint32_t back_us)
{
    w->now_us += STEP_US;
    w->drifted_us += w->drift_ppm * STEP_US / 1e6;
    uint32_t forth_us = FORTH_US + (uint32_t)w->longer_us + there_us;

    return n2_delay_sample(&w->d, forth_us + CLOCKS_US + (uint32_t)(int32_t)w->drifted_us,
                           forth_us + BACK_US + back_us, w->now_us);
}

static uint32_t
samples(ways *w, unsigned seconds, uint32_t there_us, uint32_t back_us)
{
    uint32_t us = 0;

    for (unsigned i = 0; i < seconds * 1000000 / STEP_US; i++)
        us = sample(w, there_us, back_us);
    return us;
}

static void
test_queues(void)
{
    ways w = {.now_us = 5};

    g_assert_cmpuint(sample(&w, 0, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 7000, 0), ==, 7000);
    g_assert_cmpuint(sample(&w, 0, 9000), ==, 0);
    g_assert_cmpuint(sample(&w, 7000, 9000), ==, 7000);
    g_assert_cmpuint(w.d.least, ==, FORTH_US + BACK_US);
    /* Who came late takes the others' queue for none, until he sees it empty. */
    w = (ways){.now_us = 5};
    g_assert_cmpuint(sample(&w, 5000, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 9000, 0), ==, 4000);
    g_assert_cmpuint(sample(&w, 0, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 9000, 0), ==, 9000);
}

/* A queue that another keeps full, up and down as CUBIC does, is one for minutes. */
static void
test_standing(void)
{
    ways w = {.now_us = 5};

    samples(&w, 1, 0, 0);
    for (unsigned i = 0; i < 12; i++)
        for (uint32_t us = 55000; us < 100000; us += 50)
            g_assert_cmpuint(sample(&w, us, 0), ==, us);
}

/* A way that became longer is one after ten seconds, and not before. */
static void
test_longer(void)
{
    ways w = {.now_us = 5};

    samples(&w, 3, 0, 0);
    w.longer_us = 25000;
    g_assert_cmpuint(samples(&w, 8, 0, 0), ==, 25000);
    g_assert_cmpuint(samples(&w, 5, 0, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 3000, 0), ==, 3000);
    w.longer_us = 0; /* a shorter one at once */
    g_assert_cmpuint(sample(&w, 0, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 3000, 0), ==, 3000);
}

/* From one packet to the next no queue grows by half a second: after two or three seconds in
 * which it stays the same, that is the way.  One that had time to grow is a queue for ten. */
static void
test_longer_at_once(void)
{
    ways w = {.now_us = 5};

    samples(&w, 3, 0, 0);
    w.longer_us = 500000;
    g_assert_cmpuint(samples(&w, 1, 0, 0), ==, 500000);
    g_assert_cmpuint(samples(&w, 3, 0, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 3000, 0), ==, 3000);

    w = (ways){.now_us = 5};
    samples(&w, 3, 0, 0);
    for (uint32_t us = 0; us < 500000; us += 5000)
        g_assert_cmpuint(sample(&w, us, 0), ==, us);
    g_assert_cmpuint(samples(&w, 8, 500000, 0), ==, 500000);

    w = (ways){.now_us = 5};
    samples(&w, 3, 0, 0);
    w.now_us += 1000000; /* in which nothing was sent */
    g_assert_cmpuint(samples(&w, 8, 500000, 0), ==, 500000);

    w = (ways){.now_us = 5}; /* it is gone again */
    samples(&w, 3, 0, 0);
    samples(&w, 1, 500000, 0);
    samples(&w, 1, 0, 0);
    for (uint32_t us = 0; us < 500000; us += 5000)
        (void)sample(&w, us, 0);
    g_assert_cmpuint(samples(&w, 8, 500000, 0), ==, 500000);
}

/* 50 ppm in ten minutes are 30 ms: with an empty queue now and then they are known, and
 * foretold while it stands. */
static void
test_drift(gconstpointer data)
{
    ways w = {.now_us = 5, .drift_ppm = GPOINTER_TO_INT(data)};

    for (unsigned i = 0; i < 20; i++) {
        samples(&w, 9, 3000, 0);
        samples(&w, 1, 0, 0);
    }
    for (unsigned i = 0; i < 12; i++)
        for (uint32_t us = 55000; us < 95000; us += 50) {
            uint32_t held = sample(&w, us, 0);
            g_assert_cmpuint(held, >=, us - 1500);
            g_assert_cmpuint(held, <=, us + 1500);
        }
}

/* A clock that is put on moves the times of one way only, and that is seen at once. */
static void
test_jump(void)
{
    ways w = {.now_us = 5};

    samples(&w, 3, 0, 0);
    w.drifted_us = 3000000;
    g_assert_cmpuint(samples(&w, 1, 0, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 4000, 0), ==, 4000);
    w.drifted_us = -3000000;
    g_assert_cmpuint(samples(&w, 1, 0, 0), ==, 0);
    g_assert_cmpuint(sample(&w, 4000, 0), ==, 4000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transport/delay/attack-15-queues", test_queues);
    g_test_add_func("/transport/delay/longer-at-once", test_longer_at_once);
    g_test_add_func("/transport/delay/attack-15-standing-queue", test_standing);
    g_test_add_func("/transport/delay/longer-way", test_longer);
    g_test_add_data_func("/transport/delay/attack-15-clock-too-fast", GINT_TO_POINTER(50),
                         test_drift);
    g_test_add_data_func("/transport/delay/attack-15-clock-too-slow", GINT_TO_POINTER(-50),
                         test_drift);
    g_test_add_func("/transport/delay/clock-jumps", test_jump);
    return g_test_run();
}
