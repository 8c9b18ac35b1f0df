/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-source.h - a source of places in memory, so that views run without a node.
 *
 * It knows what each test tells it, answers from the main loop, and counts what it was asked.
 */
#pragma once

#include "model/source.h"

G_BEGIN_DECLS

#define N2_TYPE_FAKE_SOURCE (n2_fake_source_get_type())
G_DECLARE_FINAL_TYPE(N2FakeSource, n2_fake_source, N2, FAKE_SOURCE, GObject)

/** A source with the sites that fake-source.c lists (transfer full). */
N2FakeSource *n2_fake_source_new(void);

/** The node comes or goes. */
void n2_fake_source_set_present(N2FakeSource *self, gboolean is_present);

/** Every answer waits so long. */
void n2_fake_source_set_delay(N2FakeSource *self, guint delay_ms);

/** The hop of the way to slow.demo that is silent: 1 the first switch, ...; 0 none. */
void n2_fake_source_set_silent_hop(N2FakeSource *self, guint hop);

/** From now on slow.demo answers. */
void n2_fake_source_wake(N2FakeSource *self);

/** What net2o://hostile.demo/page.md holds. */
void n2_fake_source_set_hostile(N2FakeSource *self, const char *text);

/** One's own folder is there no more. */
void n2_fake_source_unpublish(N2FakeSource *self);

/** How often a place was opened, whatever came of it. */
guint n2_fake_source_get_n_opened(N2FakeSource *self);

/** Was this place opened as a link, the last time?  What its page asks for is not it. */
gboolean n2_fake_source_was_linked(N2FakeSource *self, const char *address);

/** How many openings were cancelled before their answer. */
guint n2_fake_source_get_n_cancelled(N2FakeSource *self);

G_END_DECLS
