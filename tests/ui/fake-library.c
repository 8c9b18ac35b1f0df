/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-library.c - what can be found, as the node's tables, in memory.
 */
#include "fake-library.h"

#include <string.h>

#include "client/error.h"

struct _N2FakeLibrary {
    GObject parent_instance;

    GPtrArray *watches; /* owned; GTask (owned), each until it is answered or given up */
    gboolean is_published;
    char *pinned; /* owned; an address, or NULL */
    gboolean is_alone;
    gboolean is_cheating;
};

static void library_init(N2LibraryInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2FakeLibrary,
                              n2_fake_library,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_LIBRARY, library_init))

#define KEY "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* A title that turns what stands behind it around, marks that lie, a folder, a pin. */
static const char charts[] =
    "[{'address': <'net2o://charts.demo/Harbour%20chart%201911.png'>, 'name': <'Harbour chart "
    "1911.png'>, 'title': <'Harbour chart'>, 'kind': <'file'>, 'type': <'image/png'>, 'size': "
    "<int64 240123>, 'changed': <int64 1790000000000000>, 'by': <'" KEY "'>, 'here': <true>},"
    "{'address': <'net2o://charts.demo/Reading%20the%20swell.md'>, 'name': <'Reading the "
    "swell.md'>, 'title': <'Reading the \u202eswell'>, 'kind': <'file'>, 'type': "
    "<'text/markdown'>, 'size': <int64 12034>, 'here': <true>, 'text': <'… what no chart "
    "shows, "
    "the swell does: wait, and count the waves …'>, 'marks': <[{'from': <int64 10>, 'until': "
    "<int64 15>}, {'from': <int64 3>, 'until': <int64 4000>}]>},"
    "{'address': <'net2o://charts.demo/'>, 'name': <'charts'>, 'kind': <'directory'>, 'here': "
    "<true>},"
    "{'name': <'nothing leads there'>, 'kind': <'file'>}]";

static const char one_more[] =
    "[{'hash': <'h1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'>, 'name': <'New "
    "chart.png'>, 'kind': <'file'>, 'type': <'image/png'>, 'size': <int64 88>}]";

static GVariant *
rows_of(const char *text)
{
    return g_variant_ref_sink(
        g_variant_parse(G_VARIANT_TYPE("aa{sv}"), text, NULL, NULL, NULL));
}

enum {
    N_MANY = 230 /* places that "many" finds */
};

static GVariant *
find(N2FakeLibrary *self, const char *query, guint limit)
{
    g_autoptr(GVariant) more = rows_of(one_more);
    g_autoptr(GVariant) all = rows_of(charts);
    GVariantBuilder rows;

    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; self->is_published && i < g_variant_n_children(more); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(more, i);
        g_variant_builder_add_value(&rows, row);
    }
    for (gsize i = 0; g_str_equal(query, "chart") && i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(all, i);
        g_variant_builder_add_value(&rows, row);
    }
    for (guint i = 0; g_str_equal(query, "many") && i < MIN(limit, N_MANY); i++) {
        g_autofree char *row = g_strdup_printf("{'address': <'net2o://many.demo/%u'>, 'name': "
                                               "<'Place %u'>, 'kind': <'file'>}",
                                               i, i);
        g_variant_builder_add_value(
            &rows, g_variant_parse(G_VARIANT_TYPE_VARDICT, row, NULL, NULL, NULL));
    }
    return g_variant_ref_sink(g_variant_builder_end(&rows));
}

enum {
    VERSIONS = 7
};

gint64
n2_fake_library_published_us(guint64 version)
{
    /* 2024-03-01, and each a month later */
    return (G_GINT64_CONSTANT(1709290800) + (gint64)version * 2629800) * G_USEC_PER_SEC;
}

static GVariant *
history(const char *address)
{
    static const char *const devices[] = {"Desk", "Phone", "Desk"};
    GVariantBuilder rows;

    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint64 i = VERSIONS; i > 0 && !strstr(address, "guide"); i--) {
        g_autofree char *at = g_strdup_printf("%s?version=%" G_GUINT64_FORMAT, address, i);
        GVariantDict dict;

        g_variant_dict_init(&dict, NULL);
        g_variant_dict_insert(&dict, "address", "s", at);
        g_variant_dict_insert(&dict, "counter", "x", (gint64)i);
        g_variant_dict_insert(&dict, "time", "x", n2_fake_library_published_us(i));
        g_variant_dict_insert(&dict, "merges", "x", (gint64)(i == 4 ? 2 : 0));
        g_variant_dict_insert(&dict, "current", "b", i == VERSIONS);
        if (i > 1)
            g_variant_dict_insert(&dict, "device", "s", devices[i % G_N_ELEMENTS(devices)]);
        g_variant_builder_add_value(&rows, g_variant_dict_end(&dict));
    }
    return g_variant_ref_sink(g_variant_builder_end(&rows));
}

static GVariant *
why(N2FakeLibrary *self, const char *address)
{
    return rows_of(g_strcmp0(self->pinned, address) == 0
                       ? "[{'kind': <'cache'>}, {'kind': <'pin'>}]"
                       : "[{'kind': <'cache'>}, {'kind': <'cache'>}]");
}

static const char around[] =
    "[{'identity': <'" KEY "'>, 'name': <'harbour'>, 'state': <'proven'>, 'reachable': <true>, "
    "'leads-out': <true>, 'services': <[{'service': <'files'>}, {'service': <'names'>}]>},"
    "{'identity': <'k1-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'>, 'state': "
    "<'claimed'>, 'reachable': <true>, 'services': <[{'service': <'x-lamp'>}]>},"
    "{'identity': <'k1-cccccccccccccccccccccccccccccccccccccccccccccccccccc'>, 'state': "
    "<'claimed'>, 'reachable': <false>}, {'state': <'claimed'>}]";

static guint
limit_of(gpointer task)
{
    return GPOINTER_TO_UINT(g_object_get_data(task, "limit"));
}

static void
answer(N2FakeLibrary *self, GTask *task, N2LibraryQuestion question)
{
    const char *text = g_task_get_task_data(task);

    switch (question) {
    case N2_LIBRARY_FIND:
    case N2_LIBRARY_WATCH:
        if (strchr(text, ':'))
            g_task_return_error(task,
                                n2_error_make(N2_ERR_FORMAT, strchr(text, ':'),
                                              "the query makes no sense from here on", NULL));
        else
            g_task_return_pointer(task, find(self, text, limit_of(task)),
                                  (GDestroyNotify)g_variant_unref);
        return;
    case N2_LIBRARY_HISTORY:
        g_task_return_pointer(task, history(text), (GDestroyNotify)g_variant_unref);
        return;
    case N2_LIBRARY_NEIGHBOURS:
        g_task_return_pointer(task, rows_of(self->is_alone ? "[]" : around),
                              (GDestroyNotify)g_variant_unref);
        return;
    case N2_LIBRARY_WHY:
        g_task_return_pointer(task, why(self, text), (GDestroyNotify)g_variant_unref);
        return;
    case N2_LIBRARY_PIN:
    case N2_LIBRARY_UNPIN:
        g_free(self->pinned);
        self->pinned = question == N2_LIBRARY_PIN ? g_strdup(text) : NULL;
        g_task_return_pointer(task, rows_of("[]"), (GDestroyNotify)g_variant_unref);
        return;
    case N2_LIBRARY_ROOTS:
        g_task_return_pointer(task,
                              rows_of(self->is_cheating
                                          ? "[{'suffix': <'demo'>, 'fraud': <[{'serial': "
                                            "<int64 4>}]>}, {'suffix': <'honest'>}]"
                                          : "[{'suffix': <'demo'>}]"),
                              (GDestroyNotify)g_variant_unref);
        return;
    }
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
    N2FakeLibrary *self = N2_FAKE_LIBRARY(library);
    g_autoptr(GTask) task = g_task_new(self, cancellable, callback, user_data);

    g_task_set_task_data(task, g_strdup(text), g_free);
    g_task_set_name(task, since);
    g_object_set_data(G_OBJECT(task), "limit", GUINT_TO_POINTER(limit ? limit : 100));
    if (question == N2_LIBRARY_WATCH)
        g_ptr_array_add(self->watches, g_object_ref(task));
    else
        answer(self, task, question);
}

static GVariant *
ask_finish(N2Library *library, GAsyncResult *result, GVariant **info, GError **error)
{
    N2FakeLibrary *self = N2_FAKE_LIBRARY(library);
    GVariant *rows = g_task_propagate_pointer(G_TASK(result), error);

    if (rows && info)
        *info = g_variant_ref_sink(g_variant_new_parsed(
            "{'state': <%s>, 'more': <%b>}", self->is_published ? "two" : "one",
            g_str_equal(g_task_get_task_data(G_TASK(result)), "many") &&
                limit_of(result) < N_MANY));
    if (!rows && error && g_error_matches(*error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_clear_error(error);
        *error = n2_error_make(N2_ERR_CANCELLED, "", NULL, NULL);
    }
    return rows;
}

static void
drop_cancelled(N2FakeLibrary *self)
{
    for (guint i = self->watches->len; i-- > 0;)
        if (g_task_return_error_if_cancelled(g_ptr_array_index(self->watches, i)))
            g_ptr_array_remove_index(self->watches, i);
}

void
n2_fake_library_publish(N2FakeLibrary *self)
{
    drop_cancelled(self);
    self->is_published = TRUE;
    while (self->watches->len) {
        g_autoptr(GTask) task = g_ptr_array_steal_index(self->watches, 0);
        answer(self, task, N2_LIBRARY_WATCH);
    }
}

const char *
n2_fake_library_peek_pinned(N2FakeLibrary *self)
{
    return self->pinned;
}

void
n2_fake_library_cheat(N2FakeLibrary *self)
{
    self->is_cheating = TRUE;
}

void
n2_fake_library_leave(N2FakeLibrary *self)
{
    self->is_alone = TRUE;
}

guint
n2_fake_library_get_n_watched(N2FakeLibrary *self)
{
    drop_cancelled(self);
    return self->watches->len;
}

static void
library_init(N2LibraryInterface *iface)
{
    iface->ask_async = ask_async;
    iface->ask_finish = ask_finish;
}

static void
n2_fake_library_finalize(GObject *object)
{
    g_ptr_array_unref(N2_FAKE_LIBRARY(object)->watches);
    g_free(N2_FAKE_LIBRARY(object)->pinned);
    G_OBJECT_CLASS(n2_fake_library_parent_class)->finalize(object);
}

static void
n2_fake_library_class_init(N2FakeLibraryClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_fake_library_finalize;
}

static void
n2_fake_library_init(N2FakeLibrary *self)
{
    self->watches = g_ptr_array_new_with_free_func(g_object_unref);
}

N2FakeLibrary *
n2_fake_library_new(void)
{
    return g_object_new(N2_TYPE_FAKE_LIBRARY, NULL);
}
