/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-unlock.c - the passphrase that opens the keys of the node: from the keyring of the
 *                 desktop, if one was kept there, else from the user, until it is the right
 * one.
 */
#include "client/error.h"
#include "model/keyring.h"
#include "model/node-identities-private.h"

#include <unistd.h>

typedef struct {
    N2NodeIdentities *self; /* owned */
    guint id;
    gboolean was_kept; /* the passphrase is from the keyring */
} trying;

static void show(N2NodeIdentities *self, guint id, gboolean is_again);

static const char *
name_of(N2NodeIdentities *self)
{
    const char *socket = self->client ? n2_client_peek_socket(self->client, NULL) : NULL;

    return socket ? socket : "";
}

static void
on_forgotten_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    (void)source;
    (void)user_data;

    if (!n2_keyring_forget_finish(result, &error))
        g_info("a passphrase that opens nothing stays in the keyring: %s", error->message);
}

static void
on_tried_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    trying *t = user_data;
    N2NodeIdentities *self = t->self;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) done = n2_client_finish(N2_CLIENT(source), result, &error);
    n2_err code = error ? n2_error_code(error) : N2_OK;
    gboolean is_wrong = code == N2_ERR_REFUSED || code == N2_ERR_FORMAT;

    if (is_wrong) /* what was kept while it was typed, too */
        n2_keyring_forget_async(name_of(self), NULL, on_forgotten_cb, NULL);
    if (is_wrong && self->client && self->unlock_id == t->id)
        show(self, t->id, !t->was_kept);
    g_object_unref(self);
    g_free(t);
}

void
n2_node_identities_forget_kept(N2NodeIdentities *self)
{
    n2_keyring_forget_async(name_of(self), NULL, on_forgotten_cb, NULL);
}

static void
try(N2NodeIdentities *self, guint id, int fd, gboolean was_kept)
{
    trying *t = g_new(trying, 1);

    *t = (trying){.self = g_object_ref(self), .id = id, .was_kept = was_kept};
    n2_client_agent_tell_async(self->client, id, fd, FALSE, NULL, on_tried_cb, t);
}

static void
on_told_cb(N2Ask *ask, int fd, gboolean is_last_allowed, gpointer user_data)
{
    N2NodeIdentities *self = user_data;
    guint id = n2_node_identities_forget_ask(self, ask);
    (void)is_last_allowed;

    if (self->client && fd >= 0) {
        try(self, id, fd, FALSE);
    } else if (self->client) {
        n2_client_agent_refuse_async(self->client, id, NULL, NULL, NULL);
    } else if (fd >= 0) {
        close(fd);
    }
}

static void
show(N2NodeIdentities *self, guint id, gboolean is_again)
{
    g_autoptr(N2Ask) ask = n2_ask_new(N2_ASKS_PASSPHRASE, NULL, N2_ASK_TRIES_UNKNOWN, 0);

    ask->is_again = is_again;
    ask->kept_as = g_strdup(name_of(self));
    g_signal_connect_object(ask, "told", G_CALLBACK(on_told_cb), self, 0);
    n2_node_identities_add_ask(self, id, ask);
    n2_identity_source_emit_ask(N2_IDENTITY_SOURCE(self), ask);
}

static void
on_looked_up_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    trying *t = user_data;
    g_autoptr(GError) error = NULL;
    int fd = n2_keyring_look_up_finish(result, &error);
    (void)source;

    if (error)
        g_info("the keyring of the desktop: %s", error->message);
    gboolean is_wanted = t->self->client && t->self->unlock_id == t->id;
    if (fd >= 0 && is_wanted)
        try(t->self, t->id, fd, TRUE);
    else if (fd >= 0)
        close(fd);
    else if (is_wanted)
        show(t->self, t->id, FALSE);
    g_object_unref(t->self);
    g_free(t);
}

void
n2_node_identities_unlock(N2NodeIdentities *self, guint id)
{
    trying *t = g_new(trying, 1);

    *t = (trying){.self = g_object_ref(self), .id = id};
    self->unlock_id = id;
    n2_keyring_look_up_async(name_of(self), self->cancellable, on_looked_up_cb, t);
}
