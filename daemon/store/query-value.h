/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * query-value.h - what a value of a query may mean: a number, a time, an age.
 *
 * Layer: store, private.
 */
#pragma once

#include "store/query-parse.h"

/** Sets @v->may_be and what belongs to it by @v->text; nothing it could be is no error. */
void n2_find_value_read(n2_find_value *v);
