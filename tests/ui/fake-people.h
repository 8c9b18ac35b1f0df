/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-people.h - people, trust and log-ins in memory.
 *
 * What it says of a site goes through the same dictionaries as the node's.
 */
#pragma once

#include "model/people-source.h"

G_BEGIN_DECLS

#define N2_TYPE_FAKE_PEOPLE (n2_fake_people_get_type())
G_DECLARE_FINAL_TYPE(N2FakePeople, n2_fake_people, N2, FAKE_PEOPLE, GObject)

#define N2_FAKE_NORA "k1-norahansenaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define N2_FAKE_MIRA "k1-miraokaforaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define N2_FAKE_HEIR "k1-mirassuccessoraaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define N2_FAKE_BEFORE "k1-beforeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define N2_FAKE_NOW "k1-nowsomebodyelseaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define N2_FAKE_STATEMENTS "-----BEGIN NET2O IDENTITY-----"

N2FakePeople *n2_fake_people_new(void); /* knows four */

/** Everybody is forgotten. */
void n2_fake_people_clear(N2FakePeople *self);

/** What is known of whoever is at @address (transfer full). */
N2Trust *n2_fake_people_trust(N2FakePeople *self, const char *address);

/** From now on nobody says whose turns.demo is. */
void n2_fake_people_turn(N2FakePeople *self);

/** The next order fails so. */
void n2_fake_people_fail(N2FakePeople *self, const char *why, const char *next);

/** How many orders of a kind were given. */
guint n2_fake_people_count(N2FakePeople *self, N2PeopleOrderKind kind);

/** The site at @name asks who is there (transfer none); see n2_fake_people_answer(). */
N2LogIn *n2_fake_people_ask(N2FakePeople *self, const char *site, const char *name);

/** "refused", "nobody", "account k1-...", "identity k1-... always", or "" as long as nobody
 * answered (transfer none). */
const char *n2_fake_people_answer(N2FakePeople *self);

G_END_DECLS
