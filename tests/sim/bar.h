/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bar.h - a figure that is held to a bar, and printed so that tests/bench/bars.py finds it for
 *         the table of all bars.
 */
#pragma once

#include <glib.h>

/** @row: of the table.  @unit: with a space before it, if it wants one. */
static inline void
bar_most(const char *row, const char *what, double value, double most, const char *unit)
{
    g_test_message("bar: %s; %s; %.4g; <=; %.4g; %s", row, what, value, most, unit);
    g_assert_cmpfloat(value, <=, most);
}

static inline void
bar_least(const char *row, const char *what, double value, double least, const char *unit)
{
    g_test_message("bar: %s; %s; %.4g; >=; %.4g; %s", row, what, value, least, unit);
    g_assert_cmpfloat(value, >=, least);
}
