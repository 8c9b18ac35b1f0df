/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * error.h - the node's errors as GError: the code of base/err.h and three texts.
 *
 * Layer: client (may include: base).
 * The message of such an error is 'WHAT: WHY. NEXT', translated.
 */
#pragma once

#include <glib.h>

#include "base/err.h"

G_BEGIN_DECLS

#define N2_ERROR (n2_error_quark())
GQuark n2_error_quark(void);

/**
 * Makes an error.  @why and @next may be NULL or "": the usual words for @code then.  All three
 * are English and are translated here.
 */
GError *n2_error_make(n2_err code, const char *what, const char *why, const char *next);

/** As n2_error_make(), into @error (nullable). */
void
n2_error_set(GError **error, n2_err code, const char *what, const char *why, const char *next);

/** What was asked for, e.g. an address; "" for an error of another domain (transfer none). */
const char *n2_error_peek_what(const GError *error);

/** Why it failed: one clause without full stop, translated (transfer none). */
const char *n2_error_peek_why(const GError *error);

/** What to do next: whole sentences, translated, or "" (transfer none). */
const char *n2_error_peek_next(const GError *error);

/** The hop of the way that does not answer, 1 = the own switch; 0 if not known. */
guint n2_error_get_hop(const GError *error);

/** Code of @error; errors of other domains are mapped to the nearest one. */
n2_err n2_error_code(const GError *error);

/**
 * Turns whatever a D-Bus call failed with into an error of this domain.
 *
 * @error: (transfer full): consumed.
 * @what:  what the caller asked for; used where the error itself does not say.
 */
GError *n2_error_take_remote(GError *error, const char *what);

G_END_DECLS
