/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * orders.h - identities, tokens, the agent that asks, and people: more calls of the client.
 *
 * Layer:   client (may include: base, and the code generated from ipc's XML).
 * Threads, results, errors: client.h; each of these ends with n2_client_finish().
 * Secrets: travel as the end of a pipe.  A descriptor that is handed in is consumed, whatever
 *          comes of the call.
 *
 * Most of these wait for a person or a token, as long as that takes.  Whoever starts one should
 * be agent (n2_client_agent_register_async(), before, on the same client) and listen to ::ask;
 * cancelling alone only stops waiting here: n2_client_agent_refuse_async() gives the order up,
 * and so does the end of the connection.
 *
 * Signals of N2Client for it, each emitted in the client's main context:
 *   ::identity-changed (char *address)                  Identity1.Changed; "" is any
 *   ::token-changed (GVariant *token)                   Token1.Changed, a{sv}
 *   ::contact-changed (char *identity)                  Contacts1.Changed
 *   ::ask (guint id, char *want, GVariant *options)     Agent1.Ask
 *   ::ask-over (guint id)                               Agent1.Over
 * A client that lost its node is no agent any more: register again at ::appeared.
 */
#pragma once

#include "client/client.h"

G_BEGIN_DECLS

/* Identity1; @identity may be NULL for the default one */

/** @options: (nullable): of New, without the passphrase, sunk.  @passphrase: reading end, or
 * -1. */
void n2_client_id_make_async(
    N2Client *self, const char *name, GVariant *options, int passphrase, N2_CALL_ARGS);
/** @hours: 1 to 24, 0 as configured.  Ends with an x: us since 1970. */
void n2_client_sign_in_async(N2Client *self, const char *identity, guint hours, N2_CALL_ARGS);
/** @identity: "*" for all. */
void n2_client_sign_out_async(N2Client *self, const char *identity, N2_CALL_ARGS);
/** @changes: (nullable): of Settings, sunk. */
void n2_client_id_settings_async(N2Client *self, GVariant *changes, N2_CALL_ARGS);
/** @out: writing end: 13 words, newline, QR text, newline. */
void n2_client_sheet_show_async(N2Client *self, const char *identity, int out, N2_CALL_ARGS);
/** @words: reading end. */
void n2_client_sheet_test_async(N2Client *self, const char *identity, int words, N2_CALL_ARGS);
/** @secret: reading end: old, a NUL, new. */
void n2_client_set_passphrase_async(N2Client *self, int secret, N2_CALL_ARGS);
/** @secret: reading end. */
void n2_client_unlock_async(N2Client *self, int secret, N2_CALL_ARGS);
/** @successor: (nullable): none.  @secret: reading end, words or QR text of the sheet.
 * @statements: (nullable): the identity in text form, where it is not known to this node. */
void n2_client_id_end_async(N2Client *self,
                            const char *identity,
                            const char *successor,
                            int secret,
                            const char *statements,
                            N2_CALL_ARGS);
/** @reason: gone, lost, replaced. */
void n2_client_id_remove_key_async(
    N2Client *self, const char *identity, const char *key, const char *reason, N2_CALL_ARGS);
/** @options: (nullable), sunk. */
void n2_client_id_export_async(N2Client *self,
                               const char *identity,
                               GVariant *options,
                               N2_CALL_ARGS);
void n2_client_id_import_async(N2Client *self, GBytes *text, N2_CALL_ARGS);
void n2_client_id_draw_async(N2Client *self, const char *name, N2_CALL_ARGS);
void
n2_client_id_add_async(N2Client *self, const char *identity, GBytes *request, N2_CALL_ARGS);
/** @identity: (nullable): this machine is the new one.  @options: (nullable), sunk. */
void
n2_client_id_pair_async(N2Client *self, const char *identity, GVariant *options, N2_CALL_ARGS);
/** @options: (nullable), sunk. */
void
n2_client_id_join_async(N2Client *self, const char *identity, GVariant *options, N2_CALL_ARGS);
/** @options: (nullable): of Vouch, sunk. */
void n2_client_vouch_async(
    N2Client *self, const char *identity, const char *subject, GVariant *options, N2_CALL_ARGS);
void n2_client_account_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_account_forget_async(N2Client *self, const char *site, N2_CALL_ARGS);

/* Token1; @identity may be NULL where the keys shall be nobody's, @options NULL for none */
void n2_client_token_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_token_enrol_async(
    N2Client *self, const char *token, const char *identity, GVariant *options, N2_CALL_ARGS);
/** @which: user, admin, unblock. */
void n2_client_token_set_pin_async(N2Client *self,
                                   const char *token,
                                   const char *which,
                                   N2_CALL_ARGS);
/** @slot: sign, login, open.  @policy: off, on, cached, fixed. */
void n2_client_token_set_touch_async(N2Client *self,
                                     const char *token,
                                     const char *slot,
                                     const char *policy,
                                     gboolean has_consent,
                                     N2_CALL_ARGS);
void n2_client_token_backup_async(N2Client *self,
                                  const char *token,
                                  const char *identity,
                                  N2_CALL_ARGS);
void n2_client_token_clone_async(N2Client *self,
                                 const char *const *tokens,
                                 const char *identity,
                                 GVariant *options,
                                 N2_CALL_ARGS);

/* Agent1 */
void n2_client_agent_register_async(N2Client *self, N2_CALL_ARGS);
/** @secret: reading end.  @is_last_allowed: consent to the last try. */
void n2_client_agent_tell_async(
    N2Client *self, guint id, int secret, gboolean is_last_allowed, N2_CALL_ARGS);
void n2_client_agent_refuse_async(N2Client *self, guint id, N2_CALL_ARGS);
/** @options: (nullable): of Choose, sunk. */
void n2_client_agent_choose_async(N2Client *self, guint id, GVariant *options, N2_CALL_ARGS);

/* Contacts1 */
void n2_client_contact_list_async(N2Client *self, N2_CALL_ARGS);
/** @options: (nullable): of Set, sunk. */
void n2_client_contact_set_async(N2Client *self,
                                 const char *identity,
                                 GVariant *options,
                                 N2_CALL_ARGS);
void n2_client_contact_remove_async(N2Client *self, const char *identity, N2_CALL_ARGS);
/** @purpose: read, log-in, write, script, install, pay. */
void
n2_client_trust_async(N2Client *self, const char *address, const char *purpose, N2_CALL_ARGS);
void n2_client_trust_accept_async(N2Client *self,
                                  const char *name,
                                  const char *identity,
                                  N2_CALL_ARGS);
/** @before_us: of those not met since; 0: all. */
void n2_client_met_forget_async(N2Client *self, gint64 before_us, N2_CALL_ARGS);

G_END_DECLS
