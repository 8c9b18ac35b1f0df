/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * node-source.c - places that come from the user's node.
 */
#include "model/node-source.h"

#include <string.h>

#include <glib/gi18n.h>

#include "base/types.h"
#include "model/location.h"
#include "model/node-library.h"
#include "model/node-people.h"
#include "model/transfer-stream.h"

struct _N2NodeSource {
    GObject parent_instance;

    N2Client *client;       /* owned */
    N2NodePeople *people;   /* owned */
    N2NodeLibrary *library; /* owned */
};

static void source_init(N2SourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2NodeSource,
                              n2_node_source,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_SOURCE, source_init))

/* ---- opening ---- */

typedef struct {
    char *address;        /* owned; as asked for */
    N2Place *place;       /* owned */
    GInputStream *stream; /* owned; NULL for a folder */
    gint64 began_us;
} opening;

static void
free_opening(gpointer data)
{
    opening *o = data;

    g_free(o->address);
    g_clear_object(&o->place);
    g_clear_object(&o->stream);
    g_free(o);
}

/* A value of an attribute as one line for people; bytes are only counted. */
static char *
attribute_text(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return g_variant_dup_string(value, NULL);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
        gulong n = (gulong)g_variant_n_children(value);

        return g_strdup_printf(ngettext("%lu byte", "%lu bytes", n), n);
    }
    return g_variant_print(value, FALSE);
}

static void
read_attributes(GListStore *to, GVariant *dict)
{
    g_autoptr(GVariant) attributes = n2_dict_dup(dict, "attributes", "a{sv}");
    GVariantIter iter;
    const char *name = NULL;
    GVariant *value = NULL;

    if (!attributes)
        return;
    g_variant_iter_init(&iter, attributes);
    while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
        g_autofree char *text = attribute_text(value);
        g_autoptr(N2Attribute) attribute = n2_attribute_new(name, text);

        g_list_store_append(to, attribute);
    }
}

/* The time under @name among the attributes, text or microseconds since 1970, or 0. */
static gint64
read_time(GVariant *dict, const char *name)
{
    g_autoptr(GVariant) attributes = n2_dict_dup(dict, "attributes", "a{sv}");
    const char *text = attributes ? n2_dict_string(attributes, name) : NULL;
    guint64 us = attributes ? n2_dict_uint(attributes, name) : 0;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) when = text ? g_date_time_new_from_iso8601(text, utc) : NULL;

    return when ? g_date_time_to_unix(when) * G_USEC_PER_SEC : (gint64)MIN(us, G_MAXINT64);
}

static N2Entry *
read_entry(GVariant *dict, const char *folder)
{
    N2Entry *entry = n2_entry_new();
    const char *name = n2_dict_string(dict, "name");
    const char *type = n2_dict_string(dict, "type");
    g_autofree char *escaped = NULL;

    entry->name = g_strdup(name ? name : "");
    escaped = g_uri_escape_string(entry->name, NULL, FALSE);
    entry->is_directory = g_strcmp0(n2_dict_string(dict, "kind"), "directory") == 0;
    entry->address = g_strconcat(folder, escaped, entry->is_directory ? "/" : "", NULL);
    if (entry->is_directory)
        entry->type = g_strdup("inode/directory");
    else
        entry->type = g_strdup(type ? type : n2_type_by_name(entry->name));
    entry->hash = g_strdup(n2_dict_string(dict, "hash"));
    entry->size_bytes = n2_dict_uint(dict, "size");
    entry->changed_us = read_time(dict, N2_ATTRIBUTE_MODIFIED);
    read_attributes(entry->attributes, dict);
    return entry;
}

static N2Place *
read_place(GVariant *info, const char *asked)
{
    N2Place *place = n2_place_new();
    const char *address = n2_dict_string(info, "address");
    const char *type = n2_dict_string(info, "type");
    gboolean is_directory = g_strcmp0(n2_dict_string(info, "kind"), "directory") == 0;
    g_autoptr(GVariant) from = n2_dict_dup(info, "from", "as");
    g_autoptr(GVariant) path = n2_dict_dup(info, "path", "as");
    const char *mark = strchr(asked, '#');

    if (!address)
        address = asked;
    gsize len = strcspn(address, "#");
    /* Links on an index page are relative to its folder, so that the folder's '/' matters. */
    gboolean needs_slash =
        is_directory && len > 0 && address[len - 1] != '/' && !strchr(address, '?');
    place->address = g_strdup_printf("%.*s%s%s", (int)len, address, needs_slash ? "/" : "",
                                     mark ? mark : "");
    place->site = n2_location_dup_site(place->address);
    place->index = g_strdup(n2_dict_string(info, "index"));
    place->is_directory = is_directory && !place->index;
    place->type = g_strdup(place->is_directory ? "inode/directory"
                           : type              ? type
                                               : "application/octet-stream");
    place->hash = g_strdup(n2_dict_string(info, "hash"));
    place->size_bytes = n2_dict_uint(info, "size");
    place->ms = (gint64)n2_dict_uint(info, "ms");
    place->published_us = (gint64)n2_dict_uint(info, "published");
    place->is_unconfirmed = n2_dict_bool(info, "unconfirmed");
    place->trust = n2_trust_read(info);
    if (from && g_variant_n_children(from) > 0)
        g_variant_get_child(from, 0, "s", &place->holder);
    /* The path counts labels: our own switch's, then one for each switch on the way. */
    if (place->holder && path)
        place->n_switches = MAX((int)g_variant_n_children(path) - 1, 0);
    read_attributes(place->attributes, info);
    return place;
}

static void
on_listed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    opening *o = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) entries =
        n2_client_list_finish(N2_CLIENT(source), result, NULL, &error);
    gsize len = strcspn(o->place->address, "#");
    g_autofree char *folder = g_strndup(o->place->address, len);

    if (!entries) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    for (gsize i = 0; i < g_variant_n_children(entries); i++) {
        g_autoptr(GVariant) dict = g_variant_get_child_value(entries, i);
        g_autoptr(N2Entry) entry = read_entry(dict, folder);

        g_list_store_append(o->place->entries, entry);
    }
    o->place->ms = (g_get_monotonic_time() - o->began_us) / 1000;
    g_task_return_boolean(task, TRUE);
}

static void
on_opened_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    opening *o = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Transfer) transfer = n2_client_open_finish(N2_CLIENT(source), result, &error);

    if (!transfer) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    o->place = read_place(n2_transfer_peek_info(transfer), o->address);
    if (o->place->is_directory) {
        GCancellable *cancellable = g_task_get_cancellable(task);

        n2_client_list_async(N2_CLIENT(source), o->address, cancellable, on_listed_cb,
                             g_steal_pointer(&task));
        return;
    }
    o->stream = n2_transfer_stream_new(g_steal_pointer(&transfer));
    g_task_return_boolean(task, TRUE);
}

static void
open_async(N2Source *source,
           const char *address,
           N2OpenFlags flags,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
    N2NodeSource *self = N2_NODE_SOURCE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);
    opening *o = g_new0(opening, 1);
    g_autofree char *plain = g_strndup(address, strcspn(address, "#"));
    GVariantDict options;

    o->address = g_strdup(address);
    o->began_us = g_get_monotonic_time();
    g_task_set_task_data(task, o, free_opening);
    g_variant_dict_init(&options, NULL);
    if (flags & N2_OPEN_NO_INDEX)
        g_variant_dict_insert(&options, "index", "b", FALSE);
    if (flags & N2_OPEN_LINKED)
        g_variant_dict_insert(&options, "linked", "b", TRUE);
    n2_client_open_async(self->client, plain, g_variant_dict_end(&options), cancellable,
                         on_opened_cb, task);
}

static N2Place *
open_finish(N2Source *source, GAsyncResult *result, GInputStream **stream, GError **error)
{
    opening *o = g_task_get_task_data(G_TASK(result));

    (void)source;
    if (!g_task_propagate_boolean(G_TASK(result), error))
        return NULL;
    if (stream)
        *stream = g_steal_pointer(&o->stream);
    return g_steal_pointer(&o->place);
}

/* ---- asking the hops ---- */

static gboolean
does_answer(GVariant *row)
{
    return g_strcmp0(n2_dict_string(row, "state"), "answers") == 0;
}

/* How many hops there are up to the last that answers.  Who is silent before it lets packets
 * through: a switch may keep for itself who it is. */
static gsize
count_passed(GVariant *rows)
{
    gsize n_passed = 0;

    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        if (does_answer(row))
            n_passed = i + 1;
    }
    return n_passed;
}

static GListStore *
read_hops(GVariant *rows, const char *address)
{
    GListStore *hops = g_list_store_new(N2_TYPE_HOP);
    gsize n = g_variant_n_children(rows), n_passed = count_passed(rows);
    g_autoptr(N2Hop) here = n2_hop_new(_("This computer"), N2_HOP_HERE, 0, FALSE);

    g_list_store_append(hops, here);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        gboolean is_end = i + 1 == n;
        gboolean passes = i < n_passed;
        g_autofree char *title =
            is_end ? n2_location_dup_site(address) : g_strdup_printf(_("Switch %u"), (guint)i);
        N2HopState state = passes          ? N2_HOP_ANSWERS
                           : i == n_passed ? N2_HOP_SILENT
                                           : N2_HOP_BEYOND;

        if (i == 0 && !is_end && passes)
            continue; /* our own switch is this computer */
        g_autoptr(N2Hop) hop = n2_hop_new(
            title, state, does_answer(row) ? (gint64)n2_dict_uint(row, "rtt_us") : -1, is_end);
        g_list_store_append(hops, hop);
    }
    return hops;
}

static void
on_traced_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) rows = n2_client_finish(N2_CLIENT(source), result, &error);

    if (!rows)
        g_task_return_error(task, g_steal_pointer(&error));
    else
        g_task_return_pointer(task, read_hops(rows, g_task_get_task_data(task)),
                              g_object_unref);
}

static void
trace_async(N2Source *source,
            const char *address,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    N2NodeSource *self = N2_NODE_SOURCE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);
    g_autofree char *plain = g_strndup(address, strcspn(address, "#"));

    g_task_set_task_data(task, g_strdup(address), g_free);
    n2_client_trace_async(self->client, plain, cancellable, on_traced_cb, task);
}

static GListModel *
trace_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- status ---- */

static N2Line *
read_line(GVariant *dict)
{
    N2Line *line = n2_line_new();
    const char *state = n2_dict_string(dict, "state");

    line->endpoint = g_strdup(n2_dict_string(dict, "endpoint"));
    line->identity = g_strdup(n2_dict_string(dict, "identity"));
    line->is_up = g_strcmp0(state, "up") == 0;
    line->is_opening = g_strcmp0(state, "opening") == 0;
    line->is_self = g_strcmp0(state, "self") == 0;
    if (line->is_up && n2_dict_uint(dict, "rtt_us") > 0)
        line->rtt_us = (gint64)n2_dict_uint(dict, "rtt_us");
    return line;
}

static N2Status *
read_status(GVariant *dict)
{
    N2Status *status = n2_status_new();
    g_autoptr(GVariant) listeners = n2_dict_dup(dict, "listeners", "as");
    g_autoptr(GVariant) lines = n2_dict_dup(dict, "links", "aa{sv}");
    g_autoptr(GVariant) connections = n2_dict_dup(dict, "connections", "aa{sv}");

    status->identity = g_strdup(n2_dict_string(dict, "identity"));
    status->version = g_strdup(n2_dict_string(dict, "version"));
    status->uptime_s = n2_dict_uint(dict, "uptime_s");
    if (listeners) {
        g_auto(GStrv) list = g_variant_dup_strv(listeners, NULL);

        status->listeners = g_strjoinv(", ", list);
    }
    for (gsize i = 0; lines && i < g_variant_n_children(lines); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(lines, i);
        g_autoptr(N2Line) line = read_line(row);

        g_list_store_append(status->lines, line);
    }
    status->n_connections = connections ? (guint)g_variant_n_children(connections) : 0;
    status->n_objects = n2_dict_uint(dict, "objects");
    status->stored_bytes = n2_dict_uint(dict, "size");
    status->packets = n2_dict_uint(dict, "forwarded") + n2_dict_uint(dict, "delivered");
    status->dropped = n2_dict_uint(dict, "dropped_switch");
    status->in_bytes = n2_dict_uint(dict, "today_in");
    status->out_bytes = n2_dict_uint(dict, "today_out");
    status->given_bytes = n2_dict_uint(dict, "served_bytes");
    return status;
}

static void
on_status_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = n2_client_finish(N2_CLIENT(source), result, &error);

    if (!dict)
        g_task_return_error(task, g_steal_pointer(&error));
    else
        g_task_return_pointer(task, read_status(dict), g_object_unref);
}

static void
status_async(N2Source *source,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
    N2NodeSource *self = N2_NODE_SOURCE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    n2_client_status_async(self->client, cancellable, on_status_cb, task);
}

static N2Status *
status_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- the ways ---- */

static void
on_looked_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) look = n2_client_finish(N2_CLIENT(source), result, &error);

    if (!look)
        g_task_return_error(task, g_steal_pointer(&error));
    else
        g_task_return_pointer(task, n2_network_read(look), g_object_unref);
}

static void
network_async(N2Source *source,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
    N2NodeSource *self = N2_NODE_SOURCE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    n2_client_switch_look_async(self->client, cancellable, on_looked_cb, task);
}

static N2Network *
network_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* Of reservations, and of what is avoided: there is no more to the answer than that it came. */
static void
on_done_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = n2_client_finish(N2_CLIENT(source), result, &error);

    if (!answer)
        g_task_return_error(task, g_steal_pointer(&error));
    else
        g_task_return_boolean(task, TRUE);
}

static void
release_async(N2Source *source,
              guint64 number,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
    N2NodeSource *self = N2_NODE_SOURCE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    n2_client_reserve_release_async(self->client, number, cancellable, on_done_cb, task);
}

static void
avoid_async(N2Source *source,
            const char *hop,
            gboolean is_avoided,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);

    n2_client_avoid_set_async(N2_NODE_SOURCE(source)->client, hop, is_avoided, cancellable,
                              on_done_cb, task);
}

static gboolean
release_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static gboolean
is_present(N2Source *source)
{
    return n2_client_is_connected(N2_NODE_SOURCE(source)->client);
}

static N2PeopleSource *
peek_people(N2Source *source)
{
    return N2_PEOPLE_SOURCE(N2_NODE_SOURCE(source)->people);
}

static N2Library *
peek_library(N2Source *source)
{
    return N2_LIBRARY(N2_NODE_SOURCE(source)->library);
}

static void
source_init(N2SourceInterface *iface)
{
    iface->peek_library = peek_library;
    iface->peek_people = peek_people;
    iface->open_async = open_async;
    iface->open_finish = open_finish;
    iface->trace_async = trace_async;
    iface->trace_finish = trace_finish;
    iface->status_async = status_async;
    iface->status_finish = status_finish;
    iface->network_async = network_async;
    iface->network_finish = network_finish;
    iface->release_async = release_async;
    iface->release_finish = release_finish;
    iface->avoid_async = avoid_async;
    iface->avoid_finish = release_finish;
    iface->is_present = is_present;
}

static void
on_presence_cb(N2NodeSource *self)
{
    n2_source_emit_presence(N2_SOURCE(self));
    n2_source_emit_changed(N2_SOURCE(self));
}

static void
on_site_changed_cb(N2NodeSource *self, const char *address)
{
    n2_source_emit_site_changed(N2_SOURCE(self), address);
}

static void
on_lied_cb(N2NodeSource *self, const char *identity, const char *name)
{
    n2_source_emit_lied(N2_SOURCE(self), *name ? name : identity);
}

static void
n2_node_source_dispose(GObject *object)
{
    N2NodeSource *self = N2_NODE_SOURCE(object);

    if (self->client)
        g_signal_handlers_disconnect_by_data(self->client, self);
    g_clear_object(&self->people);
    g_clear_object(&self->library);
    g_clear_object(&self->client);
    G_OBJECT_CLASS(n2_node_source_parent_class)->dispose(object);
}

static void
n2_node_source_class_init(N2NodeSourceClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_node_source_dispose;
}

static void
n2_node_source_init(N2NodeSource *self)
{
    (void)self;
}

N2NodeSource *
n2_node_source_new(const char *profile)
{
    N2NodeSource *self = g_object_new(N2_TYPE_NODE_SOURCE, NULL);

    self->client = n2_client_new(profile);
    g_signal_connect_swapped(self->client, "appeared", G_CALLBACK(on_presence_cb), self);
    g_signal_connect_swapped(self->client, "vanished", G_CALLBACK(on_presence_cb), self);
    g_signal_connect_swapped(self->client, "changed", G_CALLBACK(n2_source_emit_changed), self);
    g_signal_connect_swapped(self->client, "site-changed", G_CALLBACK(on_site_changed_cb),
                             self);
    g_signal_connect_swapped(self->client, "lied", G_CALLBACK(on_lied_cb), self);
    self->people = n2_node_people_new(self->client);
    self->library = n2_node_library_new(self->client, profile);
    n2_client_start(self->client);
    return self;
}

N2Client *
n2_node_source_peek_client(N2NodeSource *self)
{
    g_return_val_if_fail(N2_IS_NODE_SOURCE(self), NULL);

    return self->client;
}
