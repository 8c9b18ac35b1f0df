/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-identities.h - identities and tokens in memory: what views order, without a node.
 *
 * Orders answer from the main loop.  With tokens they ask for N2_FAKE_PIN, then for a touch.
 */
#pragma once

#include "model/identity-source.h"

G_BEGIN_DECLS

#define N2_TYPE_FAKE_IDENTITIES (n2_fake_identities_get_type())
G_DECLARE_FINAL_TYPE(N2FakeIdentities, n2_fake_identities, N2, FAKE_IDENTITIES, GObject)

#define N2_FAKE_PIN "123456"
#define N2_FAKE_PASSPHRASE "harbour lemon quiet amber" /* that seals, if one does */
#define N2_FAKE_WORDS                                                                          \
    "able acid actor adopt after agent ahead alarm album alley amber anchor apple"
#define N2_FAKE_REQUEST "-----BEGIN NET2O REQUEST-----"
#define N2_FAKE_ANSWER "-----BEGIN NET2O ADD-----"
#define N2_FAKE_CODE "N2:MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"

N2FakeIdentities *n2_fake_identities_new(void); /* without tokens and identities */

/** Plugs one in; @state: "ok", or a name of token/result.h with its words. */
void n2_fake_identities_plug(N2FakeIdentities *self,
                             const char *title,
                             const char *state,
                             const char *why,
                             const char *next);

/** Pulls all out. */
void n2_fake_identities_pull(N2FakeIdentities *self);

/** All that are plugged in hold keys of an identity that is not here. */
void n2_fake_identities_fill(N2FakeIdentities *self);

/** What the last order that brings a text brought. */
const char *n2_fake_identities_peek_text(N2FakeIdentities *self);

/** An identity with two tokens and a phone. */
void n2_fake_identities_own(N2FakeIdentities *self);

/** That one joined by a token, and got no accounts yet. */
void n2_fake_identities_lack(N2FakeIdentities *self);

/** The next order that is not about a sheet fails so; NULL: it works. */
void n2_fake_identities_fail(N2FakeIdentities *self, const char *why, const char *next);

/** What orders with tokens ask for: the tries that are left. */
void n2_fake_identities_set_tries(N2FakeIdentities *self, guint tries);

/** The PIN comes from the reader's keys. */
void n2_fake_identities_set_keypad(N2FakeIdentities *self, gboolean has_keypad);

/** The finger comes. */
void n2_fake_identities_touch(N2FakeIdentities *self);

/** For what the last token that got keys was to ask for a touch; NULL: nobody chose. */
const char *n2_fake_identities_peek_touch(N2FakeIdentities *self);

/** How many orders of a kind were given. */
/** What sign-ins are like (transfer none); emit ::settings after a change. */
N2Settings *n2_fake_identities_settings(N2FakeIdentities *self);

guint n2_fake_identities_count(N2FakeIdentities *self, N2OrderKind kind);

/** Was the last try agreed to? */
gboolean n2_fake_identities_has_consent(N2FakeIdentities *self);

/** Was another identity ended with N2_FAKE_WORDS? */
gboolean n2_fake_identities_was_ended(N2FakeIdentities *self);

G_END_DECLS
