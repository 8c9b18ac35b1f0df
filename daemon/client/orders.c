/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * orders.c - calls about identities, tokens and people, and the agent's answers.
 */
#include "client/orders.h"

#include "client/client-private.h"

#define CALL(interface, method, what, args)                                                    \
    n2_client_call(self, interface, method, what, args, -1, cancellable, callback, user_data)
#define CALL_FD(interface, method, what, args, fd)                                             \
    n2_client_call(self, interface, method, what, args, fd, cancellable, callback, user_data)

static const char *
or_empty(const char *word)
{
    return word ? word : "";
}

/* A floating a{sv}, in any case. */
static GVariant *
or_none(GVariant *options)
{
    return options ? options : g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0);
}

static GVariant *
bytes(GBytes *text)
{
    return g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, text, FALSE);
}

/* ---- Identity1 ---- */

void
n2_client_id_make_async(
    N2Client *self, const char *name, GVariant *options, int passphrase, N2_CALL_ARGS)
{
    g_autoptr(GVariant) given = g_variant_ref_sink(or_none(options));
    GVariantDict all;

    g_variant_dict_init(&all, given);
    if (passphrase >= 0)
        g_variant_dict_insert(&all, "passphrase", "h", 0);
    CALL_FD(N2_ON_IDENTITY, "New", name,
            g_variant_new("(s@a{sv})", name, g_variant_dict_end(&all)), passphrase);
}

void
n2_client_sign_in_async(N2Client *self, const char *identity, guint hours, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "SignIn", identity,
         g_variant_new("(su)", or_empty(identity), (guint32)hours));
}

void
n2_client_sign_out_async(N2Client *self, const char *identity, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "SignOut", identity, g_variant_new("(s)", or_empty(identity)));
}

void
n2_client_id_settings_async(N2Client *self, GVariant *changes, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Settings", "settings", g_variant_new("(@a{sv})", or_none(changes)));
}

void
n2_client_sheet_show_async(N2Client *self, const char *identity, int out, N2_CALL_ARGS)
{
    CALL_FD(N2_ON_IDENTITY, "SheetShow", identity, g_variant_new("(sh)", or_empty(identity), 0),
            out);
}

void
n2_client_sheet_test_async(N2Client *self, const char *identity, int words, N2_CALL_ARGS)
{
    CALL_FD(N2_ON_IDENTITY, "SheetTest", identity, g_variant_new("(sh)", or_empty(identity), 0),
            words);
}

void
n2_client_set_passphrase_async(N2Client *self, int secret, N2_CALL_ARGS)
{
    CALL_FD(N2_ON_IDENTITY, "SetPassphrase", "passphrase", g_variant_new("(h)", 0), secret);
}

void
n2_client_unlock_async(N2Client *self, int secret, N2_CALL_ARGS)
{
    CALL_FD(N2_ON_IDENTITY, "Unlock", "passphrase", g_variant_new("(h)", 0), secret);
}

void
n2_client_id_end_async(N2Client *self,
                       const char *identity,
                       const char *successor,
                       int secret,
                       const char *statements,
                       N2_CALL_ARGS)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (statements)
        g_variant_dict_insert(&options, "identity", "s", statements);
    CALL_FD(N2_ON_IDENTITY, "End", identity,
            g_variant_new("(ssh@a{sv})", or_empty(identity), or_empty(successor), 0,
                          g_variant_dict_end(&options)),
            secret);
}

void
n2_client_id_remove_key_async(
    N2Client *self, const char *identity, const char *key, const char *reason, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "RemoveKey", key,
         g_variant_new("(sss)", or_empty(identity), key, reason));
}

void
n2_client_id_export_async(N2Client *self, const char *identity, GVariant *options, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Export", identity,
         g_variant_new("(s@a{sv})", or_empty(identity), or_none(options)));
}

void
n2_client_id_import_async(N2Client *self, GBytes *text, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Import", "import", g_variant_new("(@ay)", bytes(text)));
}

void
n2_client_id_draw_async(N2Client *self, const char *name, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Draw", name, g_variant_new("(s)", name));
}

void
n2_client_id_add_async(N2Client *self, const char *identity, GBytes *request, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Add", identity,
         g_variant_new("(s@ay)", or_empty(identity), bytes(request)));
}

void
n2_client_id_pair_async(N2Client *self, const char *identity, GVariant *options, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Pair", identity,
         g_variant_new("(s@a{sv})", or_empty(identity), or_none(options)));
}

void
n2_client_id_join_async(N2Client *self, const char *identity, GVariant *options, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Join", identity,
         g_variant_new("(s@a{sv})", identity, or_none(options)));
}

void
n2_client_vouch_async(
    N2Client *self, const char *identity, const char *subject, GVariant *options, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Vouch", subject,
         g_variant_new("(ss@a{sv})", or_empty(identity), subject, or_none(options)));
}

void
n2_client_account_list_async(N2Client *self, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Accounts", "accounts", NULL);
}

void
n2_client_account_forget_async(N2Client *self, const char *site, N2_CALL_ARGS)
{
    CALL(N2_ON_IDENTITY, "Forget", site, g_variant_new("(s)", site));
}

/* ---- Token1 ---- */

void
n2_client_token_list_async(N2Client *self, N2_CALL_ARGS)
{
    CALL(N2_ON_TOKEN, "List", NULL, NULL);
}

void
n2_client_token_enrol_async(
    N2Client *self, const char *token, const char *identity, GVariant *options, N2_CALL_ARGS)
{
    CALL(N2_ON_TOKEN, "Enrol", token,
         g_variant_new("(ss@a{sv})", token, or_empty(identity), or_none(options)));
}

void
n2_client_token_set_pin_async(N2Client *self,
                              const char *token,
                              const char *which,
                              N2_CALL_ARGS)
{
    CALL(N2_ON_TOKEN, "SetPin", token, g_variant_new("(ss)", token, which));
}

void
n2_client_token_set_touch_async(N2Client *self,
                                const char *token,
                                const char *slot,
                                const char *policy,
                                gboolean has_consent,
                                N2_CALL_ARGS)
{
    CALL(N2_ON_TOKEN, "SetTouch", token,
         g_variant_new("(sssb)", token, slot, policy, has_consent));
}

void
n2_client_token_backup_async(N2Client *self,
                             const char *token,
                             const char *identity,
                             N2_CALL_ARGS)
{
    CALL(N2_ON_TOKEN, "Backup", token, g_variant_new("(ss)", token, or_empty(identity)));
}

void
n2_client_token_clone_async(N2Client *self,
                            const char *const *tokens,
                            const char *identity,
                            GVariant *options,
                            N2_CALL_ARGS)
{
    CALL(N2_ON_TOKEN, "Clone", *tokens,
         g_variant_new("(^ass@a{sv})", tokens, or_empty(identity), or_none(options)));
}

/* ---- Agent1 ---- */

void
n2_client_agent_register_async(N2Client *self, N2_CALL_ARGS)
{
    CALL(N2_ON_AGENT, "Register", "agent", NULL);
}

void
n2_client_agent_tell_async(
    N2Client *self, guint id, int secret, gboolean is_last_allowed, N2_CALL_ARGS)
{
    CALL_FD(N2_ON_AGENT, "Tell", NULL, g_variant_new("(uhb)", (guint32)id, 0, is_last_allowed),
            secret);
}

void
n2_client_agent_refuse_async(N2Client *self, guint id, N2_CALL_ARGS)
{
    CALL(N2_ON_AGENT, "Refuse", NULL, g_variant_new("(u)", (guint32)id));
}

void
n2_client_agent_choose_async(N2Client *self, guint id, GVariant *options, N2_CALL_ARGS)
{
    CALL(N2_ON_AGENT, "Choose", NULL,
         g_variant_new("(u@a{sv})", (guint32)id, or_none(options)));
}

/* ---- Contacts1 ---- */

void
n2_client_contact_list_async(N2Client *self, N2_CALL_ARGS)
{
    CALL(N2_ON_CONTACTS, "List", NULL, NULL);
}

void
n2_client_contact_set_async(N2Client *self,
                            const char *identity,
                            GVariant *options,
                            N2_CALL_ARGS)
{
    CALL(N2_ON_CONTACTS, "Set", identity,
         g_variant_new("(s@a{sv})", identity, or_none(options)));
}

void
n2_client_contact_remove_async(N2Client *self, const char *identity, N2_CALL_ARGS)
{
    CALL(N2_ON_CONTACTS, "Remove", identity, g_variant_new("(s)", identity));
}

void
n2_client_trust_async(N2Client *self, const char *address, const char *purpose, N2_CALL_ARGS)
{
    CALL(N2_ON_CONTACTS, "Trust", address, g_variant_new("(ss)", address, purpose));
}

void
n2_client_trust_accept_async(N2Client *self,
                             const char *name,
                             const char *identity,
                             N2_CALL_ARGS)
{
    CALL(N2_ON_CONTACTS, "Accept", name, g_variant_new("(ss)", name, identity));
}

void
n2_client_met_forget_async(N2Client *self, gint64 before_us, N2_CALL_ARGS)
{
    CALL(N2_ON_CONTACTS, "Forget", NULL, g_variant_new("(x)", before_us));
}
