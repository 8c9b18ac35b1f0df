/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity.c - own identities in words.
 */
#include "model/identity.h"

#include <glib/gi18n.h>

#include "model/words.h"

G_DEFINE_FINAL_TYPE(N2OwnKey, n2_own_key, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2OwnIdentity, n2_own_identity, G_TYPE_OBJECT)

static void
n2_own_key_finalize(GObject *object)
{
    g_free(N2_OWN_KEY(object)->id);
    g_free(N2_OWN_KEY(object)->title);
    G_OBJECT_CLASS(n2_own_key_parent_class)->finalize(object);
}

static void
n2_own_key_class_init(N2OwnKeyClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_own_key_finalize;
}

static void
n2_own_key_init(N2OwnKey *self)
{
    (void)self;
}

N2OwnKey *
n2_own_key_new(const char *id, const char *title, N2KeyPlace place, gint64 since_us)
{
    N2OwnKey *self = g_object_new(N2_TYPE_OWN_KEY, NULL);

    self->id = g_strdup(id);
    self->title = g_strdup(title);
    self->place = place;
    self->since_us = since_us;
    return self;
}

static void
n2_own_identity_finalize(GObject *object)
{
    N2OwnIdentity *self = N2_OWN_IDENTITY(object);

    g_free(self->name);
    g_free(self->address);
    g_object_unref(self->keys);
    G_OBJECT_CLASS(n2_own_identity_parent_class)->finalize(object);
}

static void
n2_own_identity_class_init(N2OwnIdentityClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_own_identity_finalize;
}

static void
n2_own_identity_init(N2OwnIdentity *self)
{
    self->keys = g_list_store_new(N2_TYPE_OWN_KEY);
}

N2OwnIdentity *
n2_own_identity_new(const char *name, const char *address)
{
    N2OwnIdentity *self = g_object_new(N2_TYPE_OWN_IDENTITY, NULL);

    self->name = g_strdup(name);
    self->address = g_strdup(address);
    return self;
}

/* As daemon/node/control-keys.c names it. */
static gboolean
is_by_itself(const N2OwnIdentity *self)
{
    return g_str_equal(self->name, "default");
}

const char *
n2_own_identity_peek_title(const N2OwnIdentity *self)
{
    return is_by_itself(self) ? _("This computer") : self->name;
}

gboolean
n2_own_identity_is_untouched(const N2OwnIdentity *self)
{
    return is_by_itself(self) && !self->needs_token && !self->has_passphrase &&
           self->backup == N2_BACKUP_NONE;
}

char *
n2_own_identity_dup_session(const N2OwnIdentity *self, gint64 now_us)
{
    if (self->signed_in_until_us <= now_us)
        return g_strdup(self->needs_token ? _("Signed out. Signing in takes your token.")
                                          : _("Signed out"));
    g_autoptr(GDateTime) until =
        g_date_time_new_from_unix_local(self->signed_in_until_us / G_USEC_PER_SEC);
    /* Translators: a time of day. */
    g_autofree char *time = until ? g_date_time_format(until, _("%H:%M")) : g_strdup("");
    return g_strdup_printf(_("Signed in until %s"), time);
}

const char *
n2_own_identity_peek_backup(const N2OwnIdentity *self)
{
    switch (self->backup) {
    case N2_BACKUP_TESTED:
        return _("On paper, and tested");
    case N2_BACKUP_SHOWN:
        return _("On paper, not tested yet");
    case N2_BACKUP_NONE:
        break;
    }
    return _("Not printed yet. Without it, lost keys are lost for good.");
}

guint
n2_own_identity_count_tokens(const N2OwnIdentity *self)
{
    guint n = 0;

    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(self->keys)); i++) {
        g_autoptr(N2OwnKey) key = g_list_model_get_item(G_LIST_MODEL(self->keys), i);
        n += key->place == N2_KEY_TOKEN;
    }
    return n;
}

char *
n2_own_key_dup_words(const N2OwnKey *self, gint64 now_us)
{
    g_autofree char *since = n2_words_time(self->since_us, now_us);
    const char *where = _("Another device");

    if (self->place == N2_KEY_HERE)
        where = _("Sealed on this computer");
    else if (self->place == N2_KEY_TOKEN)
        where = _("Security token");
    if (!*since)
        return g_strdup(where);
    /* Translators: where a key lies, then when it was added: "Security token · 3 May". */
    return g_strdup_printf(_("%s · %s"), where, since);
}
