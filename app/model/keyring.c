/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring.c - the passphrase of the keys in the keyring of the desktop, over libsecret.
 */
#include "model/keyring.h"

#include <glib/gi18n.h>
#include <libsecret/secret.h>

#include "client/error.h"
#include "model/secret.h"

static const SecretSchema schema = {.name = "org.net2o.Keys",
                                    .flags = SECRET_SCHEMA_NONE,
                                    .attributes = {
                                        {"profile", SECRET_SCHEMA_ATTRIBUTE_STRING},
                                    }};

static void
on_looked_up_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    GError *error = NULL;
    char *passphrase = secret_password_lookup_nonpageable_finish(result, &error);
    int fd = -1;
    (void)source;

    if (passphrase)
        fd = n2_secret_pipe(passphrase, &error);
    secret_password_free(passphrase);
    if (error)
        g_task_return_error(task, error);
    else
        g_task_return_int(task, fd);
}

void
n2_keyring_look_up_async(const char *profile,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
    secret_password_lookup(&schema, cancellable, on_looked_up_cb,
                           g_task_new(NULL, cancellable, callback, user_data), "profile",
                           profile, NULL);
}

int
n2_keyring_look_up_finish(GAsyncResult *result, GError **error)
{
    GError *cause = NULL;
    gssize fd = g_task_propagate_int(G_TASK(result), &cause);

    if (!cause)
        return (int)fd;
    g_propagate_error(error, cause);
    return -1;
}

static void
return_done(GTask *task, GError *cause)
{
    GError *error = NULL;

    if (!cause) {
        g_task_return_boolean(task, TRUE);
        return;
    }
    n2_error_set(&error, N2_ERR_UNREACHABLE, _("The keyring of this desktop"), cause->message,
                 N_("Type the passphrase each time, or set a keyring up."));
    g_error_free(cause);
    g_task_return_error(task, error);
}

static void
on_kept_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    GError *error = NULL;
    (void)source;

    (void)secret_password_store_finish(result, &error);
    return_done(task, error);
}

void
n2_keyring_keep_async(const char *profile,
                      const char *passphrase,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
    secret_password_store(&schema, SECRET_COLLECTION_DEFAULT, _("Keys of net2o"), passphrase,
                          cancellable, on_kept_cb,
                          g_task_new(NULL, cancellable, callback, user_data), "profile",
                          profile, NULL);
}

gboolean
n2_keyring_keep_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void
on_forgotten_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    GError *error = NULL;
    (void)source;

    (void)secret_password_clear_finish(result, &error);
    return_done(task, error);
}

void
n2_keyring_forget_async(const char *profile,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
    secret_password_clear(&schema, cancellable, on_forgotten_cb,
                          g_task_new(NULL, cancellable, callback, user_data), "profile",
                          profile, NULL);
}

gboolean
n2_keyring_forget_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}
