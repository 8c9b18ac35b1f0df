/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-library.h - what can be found, as the node's tables, in memory.
 */
#pragma once

#include "model/library.h"

G_BEGIN_DECLS

#define N2_TYPE_FAKE_LIBRARY (n2_fake_library_get_type())
G_DECLARE_FINAL_TYPE(N2FakeLibrary, n2_fake_library, N2, FAKE_LIBRARY, GObject)

/** Queries: "chart" finds three places, "chart:" makes no sense, all others find nothing
 * (transfer full). */
N2FakeLibrary *n2_fake_library_new(void);

/** One more chart is there: who waits for it is told. */
void n2_fake_library_publish(N2FakeLibrary *self);

/** When @version of anything was published; us since 1970. */
gint64 n2_fake_library_published_us(guint64 version);

/** What somebody is asked to keep, or NULL (transfer none). */
const char *n2_fake_library_peek_pinned(N2FakeLibrary *self);

/** Who speaks for names that end in demo says two things at once. */
void n2_fake_library_cheat(N2FakeLibrary *self);

/** Nobody else is in the local network. */
void n2_fake_library_leave(N2FakeLibrary *self);

/** How many questions wait for another answer. */
guint n2_fake_library_get_n_watched(N2FakeLibrary *self);

G_END_DECLS
