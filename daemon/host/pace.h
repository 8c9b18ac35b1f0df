/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pace.h - do frames come faster than it is worth to take them one by one?
 *
 * Layer: host; no clock.
 *
 * They are counted for a millisecond at a time.  If there were many, as good as surely there
 * will be in the next one: a short rest between two looks lets them gather, so that they cost
 * less and leave together.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    N2_PACE_WINDOW_US = 1000,
    N2_PACE_MANY = 200,  /* frames in it */
    N2_PACE_REST_US = 10 /* a sleep of so much takes 15 to 50, as the machine has it */
};

typedef struct {
    uint64_t since_us, n_frames;
    bool is_on;
} n2_pace;

/** Counts @n frames that were there at @now_us.  Returns: has is_on changed? */
static inline bool
n2_pace_count(n2_pace *pace, size_t n, uint64_t now_us)
{
    uint64_t passed_us = now_us - pace->since_us;
    bool was_on = pace->is_on;

    pace->n_frames += n;
    if (passed_us < N2_PACE_WINDOW_US)
        return false;
    /* Who slept long in between has seen few of them in all that time. */
    pace->is_on = pace->n_frames * N2_PACE_WINDOW_US >= passed_us * N2_PACE_MANY;
    pace->since_us = now_us;
    pace->n_frames = 0;
    return pace->is_on != was_on;
}
