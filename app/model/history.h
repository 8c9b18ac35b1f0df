/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * history.h - where a tab has been: a line of visits with a position on it.
 *
 * Layer:     app/model (no widgets).
 * Invariant: position < number of visits, unless there is none at all.
 * Limit:     N2_HISTORY_MAX visits; the oldest go first.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

enum {
    N2_HISTORY_MAX = 500
};

#define N2_TYPE_HISTORY (n2_history_get_type())
G_DECLARE_FINAL_TYPE(N2History, n2_history, N2, HISTORY, GObject)

/** Notifies "can-go-back" and "can-go-forward" (booleans).  Returns: (transfer full): empty. */
N2History *n2_history_new(void);

/** A new visit behind the present one; what lay ahead is forgotten. */
void n2_history_push(N2History *self, const char *address);

/** The present visit is to @address now; an empty history gets its first visit. */
void n2_history_replace(N2History *self, const char *address);

/** Moves by @steps (negative: back).  Returns: FALSE, and moves nothing, beyond either end. */
gboolean n2_history_move(N2History *self, int steps);

/** Address at @steps from the present one (0: it), or NULL (transfer none). */
const char *n2_history_peek(N2History *self, int steps);

/** Whether a link of a page led to the visit at @steps, and not the user. */
void n2_history_set_linked(N2History *self, gboolean is_linked);
gboolean n2_history_is_linked(N2History *self, int steps);

/** How far down the page of the present visit was read, in CSS pixels. */
void n2_history_set_scroll(N2History *self, double scroll);
double n2_history_get_scroll(N2History *self);

G_END_DECLS
