/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-source.c - a source of places in memory.
 */
#include "fake-source.h"

#include <string.h>

#include "base/types.h"
#include "client/error.h"
#include "fake-library.h"
#include "fake-network.h"
#include "fake-people.h"
#include "model/location.h"

struct _N2FakeSource {
    GObject parent_instance;

    gboolean is_present;
    guint delay_ms;
    guint silent_hop;
    guint n_opened;
    GHashTable *linked; /* owned; addresses */
    guint n_cancelled;
    gboolean is_awake;
    gboolean is_unpublished;
    gboolean is_released;   /* what was reserved */
    char *hostile;          /* owned */
    N2FakePeople *people;   /* owned */
    N2FakeLibrary *library; /* owned */
};

static void source_init(N2SourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(N2FakeSource,
                              n2_fake_source,
                              G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(N2_TYPE_SOURCE, source_init))

typedef struct {
    const char *address;
    const char *bytes; /* NULL: a folder of what lies below it */
    gint64 changed_s;  /* before now */
} fake_file;

static const char start_page[] =
    "# Topology\n\n"
    "net2o assumes a hierarchical topology, i.e. a tree topology. There may be multiple paths "
    "reaching the same destination, so this doesn't exclude that parts of the tree are "
    "actually "
    "mesh networks. This reflects reality in the current Internet, and the expensive layer 1 "
    "infrastructure isn't likely to be replaced soon.\n\n"
    "Most connections send a larger number of packets, so routing each packet is wasteful, "
    "drives up costs and lowers speed. Therefore the decision is to switch packets, and route "
    "connections — at the source. See [the next page](guide/next.md), [the guide](guide/), "
    "[the part below](#path-switching) or [the old web](http://old.example/never).\n\n"
    "## Path Switching\n\n"
    "* Take the first *n* bits of the path field and use those to select the destination\n"
    "* Shift the path field by *n* bits to the left\n"
    "* Insert the bit-reversed *n* bit source into the rear end of the path field\n\n"
    "The receiver bit-reverses the entire path, and thereby gets a way back to the source.\n\n"
    "| Width | Ports |\n|---|---|\n| 4 | 16 |\n| 8 | 256 |\n\n"
    "![A dot](dot.png)\n\n"
    "<script>document.title = 'broken in'</script>\n\n"
    "Filler.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\n"
    "Filler.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\nFiller.\n\n";

/* What paper shows in another way. */
static const char print_page[] =
    "# On paper\n\n[[toc]]\n\nRead [far](https://print.example/where-it-leads) and "
    "[near](other.md).\n\n## Whatever\n\nWords.\n\n## Something\n\nWords.\n";

/* A red picture of 1 x 1. */
static const guint8 png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00,
    0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x08,
    0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0x18, 0xdd, 0x8d,
    0xb0, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

#define DAY 86400

static const fake_file files[] = {
    {"net2o://wiki.demo/", start_page, 0},
    {"net2o://wiki.demo/index.md", start_page, 0},
    {"net2o://wiki.demo/dot.png", (const char *)png, 0},
    {"net2o://wiki.demo/guide/", NULL, 0},
    {"net2o://wiki.demo/guide/next.md", "# The next page\n\nBack to [the first](../).\n", 0},
    {"net2o://wiki.demo/escape.md",
     "# Escape\n\n![x](http://127.0.0.1:PORT/picture.png) <img "
     "src=http://127.0.0.1:PORT/raw>\n\n"
     "[link](http://127.0.0.1:PORT/link)\n",
     0},
    {"net2o://changed.demo/", "# Changed\n\nWords.\n", 0},
    {"net2o://silent.demo/", NULL, 0},
    {"net2o://turns.demo/", "# Turns\n\n![A dot](dot.png)\n", 0},
    {"net2o://turns.demo/dot.png", (const char *)png, 0},
    {"net2o://turns.demo/late.png", (const char *)png, 0},
    {"net2o://turns.demo/later.png", (const char *)png, 0},
    {"net2o://mixed.demo/", "# Mixed\n\nWords.\n", 0},
    {"net2o://marks.demo/", "# \xe2\x9c\x94 Confirmed by your bank\n\nWords.\n", 0},
    {"net2o://print.demo/", print_page, 0},
    {"net2o://print.demo/index.md", print_page, 0},
    {"net2o://print.demo/tree.yaml",
     "a:\n  b:\n    c:\n      d:\n        e:\n          f: deep-below-the-fold\n", 0},
    {"net2o://leads.demo/",
     "# Leads\n\n[far](net2o://wiki.demo/guide/next.md) [near](more.md)\n", 0},
    {"net2o://leads.demo/more.md", "# More\n", 0},
    {"net2o://charts.demo/", NULL, 0},
    {"net2o://charts.demo/Soundings/", NULL, 10 * DAY},
    {"net2o://charts.demo/Photographs/", NULL, 20 * DAY},
    {"net2o://charts.demo/Harbour%20chart%201911.png", (const char *)png, DAY},
    {"net2o://charts.demo/Tide%20tables%202027.ods", "ods", 120},
    {"net2o://charts.demo/Reading%20the%20swell.md", "# Reading the swell\n\nWait.\n", 8 * DAY},
    {"net2o://charts.demo/Names%20of%20the%20sandbanks.md", "# Names\n", 44 * DAY},
    {"net2o://charts.demo/fog%20signals.opus", "opus", 93 * DAY},
    {"net2o://charts.demo/Low%20water%20walk.webm", "webm", 93 * DAY},
    {"net2o://charts.demo/Letter%20of%20the%20harbour%20master.md", "# Letter\n", 142 * DAY},
    {"net2o://charts.demo/Older%20editions.tar.zst", "zst", 194 * DAY},
    {"net2o://k1-own/", NULL, 0},
    {"net2o://k1-own/notes.txt", "Buy string.\n", DAY},
};

static guint64
size_of(const fake_file *file)
{
    if (!file->bytes)
        return 0;
    return file->bytes == (const char *)png ? sizeof png : strlen(file->bytes);
}

static const fake_file *
find(const char *address)
{
    g_autofree char *plain = g_strndup(address, strcspn(address, "?#"));

    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (g_str_equal(files[i].address, plain))
            return &files[i];
    return NULL;
}

static void
add_entries(N2Place *place, const char *folder)
{
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        const char *rest = files[i].address + strlen(folder);
        const char *slash = NULL;

        if (!g_str_has_prefix(files[i].address, folder) || !*rest)
            continue;
        slash = strchr(rest, '/');
        if (slash && slash[1])
            continue;
        g_autoptr(N2Entry) entry = n2_entry_new();
        g_autofree char *name = n2_location_dup_title(files[i].address);
        entry->name = g_steal_pointer(&name);
        entry->address = g_strdup(files[i].address);
        entry->is_directory = files[i].bytes == NULL;
        entry->type =
            g_strdup(entry->is_directory ? "inode/directory" : n2_type_by_name(entry->name));
        entry->size_bytes = size_of(&files[i]);
        if (files[i].changed_s > 0)
            entry->changed_us = g_get_real_time() - files[i].changed_s * G_USEC_PER_SEC;
        g_autoptr(N2Attribute) licence = n2_attribute_new("licence", "Free to copy");
        g_list_store_append(entry->attributes, licence);
        g_list_store_append(place->entries, entry);
    }
}

static N2Place *
make_place(N2FakeSource *self, const fake_file *file, const char *address)
{
    N2Place *place = n2_place_new();

    place->address = g_strdup(address);
    place->site = n2_location_dup_site(address);
    place->is_directory = file->bytes == NULL;
    place->size_bytes = size_of(file);
    if (place->is_directory) {
        place->type = g_strdup("inode/directory");
        add_entries(place, file->address);
    } else if (g_str_has_suffix(file->address, "/")) {
        place->index = g_strdup("index.md");
        place->type = g_strdup("text/markdown");
    } else {
        place->type = g_strdup(n2_type_by_name(file->address));
    }
    place->holder = g_strdup("k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    place->hash = g_strdup("h1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    place->trust = n2_fake_people_trust(self->people, address);
    place->n_switches = g_str_has_prefix(address, "net2o://charts") ? 0 : 2;
    place->ms = g_str_has_prefix(address, "net2o://charts") ? 4 : 52;
    place->published_us = n2_fake_library_published_us(n2_location_get_version(address));
    return place;
}

/* ---- opening ---- */

/* As find(), and what a test put there; @own is room for that. */
static const fake_file *
look_up(N2FakeSource *self, const char *address, fake_file *own)
{
    *own = (fake_file){"net2o://hostile.demo/page.md", self->hostile, 0};
    if (self->hostile && g_str_equal(address, own->address))
        return own;
    *own = (fake_file){"net2o://slow.demo/", start_page, 0};
    if (self->is_awake && g_str_equal(address, own->address))
        return own;
    return find(address);
}

/* net2o://fail.demo/14 fails with error -14. */
static gboolean
is_failure(const char *address, n2_err *code)
{
    static const char prefix[] = "net2o://fail.demo/";

    if (!g_str_has_prefix(address, prefix))
        return FALSE;
    *code = n2_err_from_int(-(int)g_ascii_strtoll(address + strlen(prefix), NULL, 10));
    return TRUE;
}

static void
answer_open(GTask *task)
{
    N2FakeSource *self = g_task_get_source_object(task);
    const char *address = g_task_get_task_data(task);
    fake_file own;
    const fake_file *file = look_up(self, address, &own);
    n2_err code = N2_OK;

    if (is_failure(address, &code))
        g_task_return_error(task, n2_error_make(code, address, NULL, NULL));
    else if (!self->is_present)
        g_task_return_error(task, n2_error_make(N2_ERR_CLOSED, address, "no node", NULL));
    else if (!self->is_awake && g_str_has_prefix(address, "net2o://slow.demo/"))
        g_task_return_error(task, n2_error_make(N2_ERR_TIMEOUT, address, NULL, NULL));
    else if (g_str_has_prefix(address, "net2o://ended.demo/"))
        g_task_return_error(task, n2_error_make(N2_ERR_ENDED, address, NULL, NULL));
    else if (g_str_has_prefix(address, "net2o://forged.demo/"))
        g_task_return_error(task, n2_error_make(N2_ERR_FORGED, address, NULL, NULL));
    else if (!file || (self->is_unpublished && g_str_has_prefix(address, "net2o://k1-own/")))
        g_task_return_error(task, n2_error_make(N2_ERR_NOTFOUND, address, NULL, NULL));
    else
        g_task_return_pointer(task, make_place(self, file, address), g_object_unref);
}

static gboolean
on_open_cb(gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2FakeSource *self = g_task_get_source_object(task);

    if (g_cancellable_is_cancelled(g_task_get_cancellable(task))) {
        self->n_cancelled++;
        g_task_return_error(task, n2_error_make(N2_ERR_CANCELLED, "", NULL, NULL));
    } else {
        answer_open(task);
    }
    return G_SOURCE_REMOVE;
}

static void
later(N2FakeSource *self, GSourceFunc func, GTask *task)
{
    g_task_set_check_cancellable(task, FALSE);
    g_timeout_add(self->delay_ms, func, task);
}

static void
open_async(N2Source *source,
           const char *address,
           N2OpenFlags flags,
           GCancellable *cancellable,
           GAsyncReadyCallback callback,
           gpointer user_data)
{
    N2FakeSource *self = N2_FAKE_SOURCE(source);
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    if (flags & N2_OPEN_LINKED)
        g_hash_table_add(self->linked, g_strdup(address));
    else
        g_hash_table_remove(self->linked, address);
    self->n_opened++;
    g_task_set_task_data(task, g_strdup(address), g_free);
    later(self, on_open_cb, task);
}

static N2Place *
open_finish(N2Source *source, GAsyncResult *result, GInputStream **stream, GError **error)
{
    N2Place *place = g_task_propagate_pointer(G_TASK(result), error);
    fake_file own;
    const fake_file *file =
        place ? look_up(N2_FAKE_SOURCE(source), place->address, &own) : NULL;

    if (file && file->bytes && stream)
        *stream = g_memory_input_stream_new_from_data(file->bytes, (gssize)size_of(file), NULL);
    return place;
}

/* ---- hops ---- */

static gboolean
on_trace_cb(gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2FakeSource *self = g_task_get_source_object(task);
    static const char *const names[] = {"This computer", "Switch 1", "Switch 2", "Switch 3"};
    const char *address = g_task_get_task_data(task);
    gboolean is_slow = g_str_has_prefix(address, "net2o://slow.demo/");
    GListStore *hops = g_list_store_new(N2_TYPE_HOP);
    guint silent = is_slow ? self->silent_hop : 0;

    for (guint i = 0; i <= G_N_ELEMENTS(names); i++) {
        gboolean is_end = i == G_N_ELEMENTS(names);
        g_autofree char *site = n2_location_dup_site(address);
        N2HopState state = i == 0                  ? N2_HOP_HERE
                           : silent && i == silent ? N2_HOP_SILENT
                           : silent && i > silent  ? N2_HOP_BEYOND
                                                   : N2_HOP_ANSWERS;
        g_autoptr(N2Hop) hop =
            n2_hop_new(is_end ? site : names[i], state,
                       state == N2_HOP_ANSWERS ? (gint64)i * 9000 : -1, is_end);

        g_list_store_append(hops, hop);
    }
    g_task_return_pointer(task, hops, g_object_unref);
    return G_SOURCE_REMOVE;
}

static void
trace_async(N2Source *source,
            const char *address,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);

    g_task_set_task_data(task, g_strdup(address), g_free);
    later(N2_FAKE_SOURCE(source), on_trace_cb, task);
}

static GListModel *
trace_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- status ---- */

static gboolean
on_status_cb(gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2FakeSource *self = g_task_get_source_object(task);
    N2Status *status = NULL;

    if (!self->is_present) {
        g_task_return_error(task, n2_error_make(N2_ERR_CLOSED, "", NULL, NULL));
        return G_SOURCE_REMOVE;
    }
    status = n2_status_new();
    status->identity = g_strdup("k1-own");
    status->version = g_strdup("0.1.0");
    status->listeners = g_strdup("udp:127.0.0.1:40211");
    status->n_connections = 1;
    status->n_objects = 65;
    status->stored_bytes = 1234567;
    status->packets = 4711;
    status->uptime_s = 3600;
    status->in_bytes = 1200000000;
    status->out_bytes = 240000000;
    status->given_bytes = 71000000;
    for (guint i = 0; i < 2; i++) {
        g_autoptr(N2Line) line = n2_line_new();

        line->endpoint = g_strdup_printf("udp:127.0.0.1:%u", 40212 + i);
        line->identity = g_strdup("k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        line->is_up = i == 0;
        line->rtt_us = 420;
        g_list_store_append(status->lines, line);
    }
    g_task_return_pointer(task, status, g_object_unref);
    return G_SOURCE_REMOVE;
}

static void
status_async(N2Source *source,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
    later(N2_FAKE_SOURCE(source), on_status_cb,
          g_task_new(source, cancellable, callback, user_data));
}

static N2Status *
status_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

/* ---- the ways ---- */

static gboolean
on_network_cb(gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    N2FakeSource *self = g_task_get_source_object(task);

    if (!self->is_present)
        g_task_return_error(task, n2_error_make(N2_ERR_CLOSED, "", "no node", NULL));
    else
        g_task_return_pointer(task, n2_fake_network(self->is_released), g_object_unref);
    return G_SOURCE_REMOVE;
}

static void
network_async(N2Source *source,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
    later(N2_FAKE_SOURCE(source), on_network_cb,
          g_task_new(source, cancellable, callback, user_data));
}

static N2Network *
network_finish(N2Source *source, GAsyncResult *result, GError **error)
{
    (void)source;
    return g_task_propagate_pointer(G_TASK(result), error);
}

static void
release_async(N2Source *source,
              guint64 number,
              GCancellable *cancellable,
              GAsyncReadyCallback callback,
              gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);

    N2_FAKE_SOURCE(source)->is_released = number == 1;
    g_task_return_boolean(task, TRUE);
    g_object_unref(task);
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
    return N2_FAKE_SOURCE(source)->is_present;
}

static N2PeopleSource *
peek_people(N2Source *source)
{
    return N2_PEOPLE_SOURCE(N2_FAKE_SOURCE(source)->people);
}

static N2Library *
peek_library(N2Source *source)
{
    return N2_LIBRARY(N2_FAKE_SOURCE(source)->library);
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
    n2_fake_network_avoid_init(iface);
    iface->is_present = is_present;
}

void
n2_fake_source_set_present(N2FakeSource *self, gboolean present)
{
    self->is_present = present;
    n2_source_emit_presence(N2_SOURCE(self));
    n2_source_emit_changed(N2_SOURCE(self));
}

void
n2_fake_source_set_delay(N2FakeSource *self, guint delay_ms)
{
    self->delay_ms = delay_ms;
}

void
n2_fake_source_set_silent_hop(N2FakeSource *self, guint hop)
{
    self->silent_hop = hop;
}

void
n2_fake_source_unpublish(N2FakeSource *self)
{
    self->is_unpublished = TRUE;
}

void
n2_fake_source_wake(N2FakeSource *self)
{
    self->is_awake = TRUE;
}

void
n2_fake_source_set_hostile(N2FakeSource *self, const char *text)
{
    g_free(self->hostile);
    self->hostile = g_strdup(text);
}

guint
n2_fake_source_get_n_opened(N2FakeSource *self)
{
    return self->n_opened;
}

gboolean
n2_fake_source_was_linked(N2FakeSource *self, const char *address)
{
    return g_hash_table_contains(self->linked, address);
}

guint
n2_fake_source_get_n_cancelled(N2FakeSource *self)
{
    return self->n_cancelled;
}

static void
n2_fake_source_finalize(GObject *object)
{
    g_free(N2_FAKE_SOURCE(object)->hostile);
    g_object_unref(N2_FAKE_SOURCE(object)->people);
    g_hash_table_unref(N2_FAKE_SOURCE(object)->linked);
    g_object_unref(N2_FAKE_SOURCE(object)->library);
    G_OBJECT_CLASS(n2_fake_source_parent_class)->finalize(object);
}

static void
n2_fake_source_class_init(N2FakeSourceClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_fake_source_finalize;
}

static void
n2_fake_source_init(N2FakeSource *self)
{
    self->is_present = TRUE;
    self->delay_ms = 1;
    self->silent_hop = 3;
    self->people = n2_fake_people_new();
    self->linked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->library = n2_fake_library_new();
}

N2FakeSource *
n2_fake_source_new(void)
{
    return g_object_new(N2_TYPE_FAKE_SOURCE, NULL);
}
