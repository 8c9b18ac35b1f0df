/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * country-tests.h - what the parts of sim-country share.
 */
#pragma once

#include "country.h"

enum {
    COUNTRY_TREE,
    COUNTRY_MESH,
    COUNTRY_SHAPES
};

/** A country of this shape, small or large as the program was asked for. */
country_plan country_plan_of(gconstpointer shape);
country *country_of(gconstpointer shape, uint64_t rate_Bps);
country *country_of_rates(gconstpointer shape, uint64_t rate_Bps, uint64_t end_rate_Bps);
unsigned country_n_ends(void);
unsigned country_n_switches(void);
unsigned country_pick(unsigned small, unsigned large);

void country_test_multicast(gconstpointer shape);
void country_test_channels(gconstpointer shape);
void country_test_labels(gconstpointer shape);
void country_test_jams(gconstpointer shape);
void country_test_calls(gconstpointer shape);
void country_test_steps(gconstpointer shape);
