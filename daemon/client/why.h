/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * why.h - reasons for and against an identity, as sentences for people.
 *
 * Layer: client (may include: base; GLib).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * n2_why_dup_words:
 * @reason: (transfer none): a dictionary as base/why.h has it
 *
 * Names in it stand in isolation, so that one written from right to left does not turn what
 * stands beside it.
 *
 * Returns: (transfer full): one or two whole sentences, translated
 */
char *n2_why_dup_words(GVariant *reason);

/** "Latin and Cyrillic" of "Latn Cyrl"; codes that have no word stay (transfer full). */
char *n2_scripts_dup_words(const char *codes);

/** "3 May 2024" (transfer full). */
char *n2_date_dup_words(gint64 at_us);

G_END_DECLS
