/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-library.c - what the user's node knows of contents.
 */
#include "model/node-library.h"

struct _N2NodeLibrary {
    GObject parent_instance;

    N2Client *client; /* owned */
    char *profile;    /* owned; nullable */
};

static void library_init(N2LibraryInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2NodeLibrary,
                              n2_node_library,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_LIBRARY, library_init))

/* What came of a question. */
typedef struct {
    N2LibraryQuestion question;
    N2Client *client; /* owned */
    GVariant *info;   /* owned; nullable */
} asking;

static void
free_asking(gpointer data)
{
    asking *a = data;

    g_object_unref(a->client);
    g_clear_pointer(&a->info, g_variant_unref);
    g_free(a);
}

static void
on_answer_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    asking *a = g_task_get_task_data(task);
    gboolean is_query = a->question == N2_LIBRARY_FIND || a->question == N2_LIBRARY_WATCH;
    GError *error = NULL;
    GVariant *rows = is_query
                         ? n2_client_find_finish(N2_CLIENT(source), result, &a->info, &error)
                         : n2_client_finish(N2_CLIENT(source), result, &error);

    if (rows)
        g_task_return_pointer(task, rows, (GDestroyNotify)g_variant_unref);
    else
        g_task_return_error(task, error);
}

static void
find(const asking *a,
     const char *query,
     const char *since,
     guint limit,
     GCancellable *cancellable,
     GTask *task)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    if (since)
        g_variant_dict_insert(&options, "since", "s", since);
    if (limit)
        g_variant_dict_insert(&options, "limit", "x", (gint64)limit);
    n2_client_find_async(a->client, query, g_variant_dict_end(&options), cancellable,
                         on_answer_cb, task);
}

static void
ask_async(N2Library *library,
          N2LibraryQuestion question,
          const char *text,
          const char *since,
          guint limit,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data)
{
    N2NodeLibrary *self = N2_NODE_LIBRARY(library);
    GTask *task = g_task_new(self, cancellable, callback, user_data);
    asking *a = g_new0(asking, 1);

    a->question = question;
    a->client = question == N2_LIBRARY_WATCH ? n2_client_new(self->profile)
                                             : g_object_ref(self->client);
    g_task_set_task_data(task, a, free_asking);
    switch (question) {
    case N2_LIBRARY_FIND:
    case N2_LIBRARY_WATCH:
        find(a, text, since, limit, cancellable, task);
        break;
    case N2_LIBRARY_HISTORY:
        n2_client_history_async(a->client, text, cancellable, on_answer_cb, task);
        break;
    case N2_LIBRARY_NEIGHBOURS:
        n2_client_neighbours_async(a->client, text, cancellable, on_answer_cb, task);
        break;
    case N2_LIBRARY_WHY:
        n2_client_why_async(a->client, text, cancellable, on_answer_cb, task);
        break;
    case N2_LIBRARY_PIN:
        n2_client_pin_async(a->client, text, cancellable, on_answer_cb, task);
        break;
    case N2_LIBRARY_UNPIN:
        n2_client_unpin_async(a->client, text, cancellable, on_answer_cb, task);
        break;
    case N2_LIBRARY_ROOTS:
        n2_client_root_list_async(a->client, cancellable, on_answer_cb, task);
        break;
    }
}

static GVariant *
ask_finish(N2Library *library, GAsyncResult *result, GVariant **info, GError **error)
{
    asking *a = g_task_get_task_data(G_TASK(result));
    GVariant *rows = g_task_propagate_pointer(G_TASK(result), error);

    (void)library;
    if (rows && info)
        *info = g_steal_pointer(&a->info);
    return rows;
}

static void
library_init(N2LibraryInterface *iface)
{
    iface->ask_async = ask_async;
    iface->ask_finish = ask_finish;
}

static void
n2_node_library_finalize(GObject *object)
{
    g_object_unref(N2_NODE_LIBRARY(object)->client);
    g_free(N2_NODE_LIBRARY(object)->profile);
    G_OBJECT_CLASS(n2_node_library_parent_class)->finalize(object);
}

static void
n2_node_library_class_init(N2NodeLibraryClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_node_library_finalize;
}

static void
n2_node_library_init(N2NodeLibrary *self)
{
    (void)self;
}

N2NodeLibrary *
n2_node_library_new(N2Client *client, const char *profile)
{
    N2NodeLibrary *self = g_object_new(N2_TYPE_NODE_LIBRARY, NULL);

    self->client = g_object_ref(client);
    self->profile = g_strdup(profile);
    return self;
}
