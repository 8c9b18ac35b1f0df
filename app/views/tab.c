/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab.c - one tab: a place, its view, its history.
 */
#include "views/tab.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "model/words.h"
#include "views/saving.h"
#include "views/tab-private.h"

G_DEFINE_FINAL_TYPE(N2Tab, n2_tab, GTK_TYPE_WIDGET)

enum {
    PROP_NARROW = 1,
    N_PROPS
};
enum {
    SIGNAL_CHANGED,
    SIGNAL_NEW_TAB,
    SIGNAL_EDIT_ADDRESS,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

N2Source *
n2_tab_peek_source(N2Tab *self)
{
    return n2_engine_peek_source(self->engine);
}

void
n2_tab_tell_changed(N2Tab *self)
{
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

/* ---- views ---- */

static void
on_view_go_cb(N2Tab *self, const char *text, gboolean new_tab)
{
    if (!new_tab && self->kind == N2_TAB_DOCUMENT)
        n2_tab_follow(self, text);
    else if (!new_tab)
        n2_tab_go(self, text);
    else
        g_signal_emit(self, signals[SIGNAL_NEW_TAB], 0, text, n2_tab_is_foreign(self, text));
}

static void
on_step_cb(N2Tab *self, N2Step *step)
{
    switch (step->kind) {
    case N2_STEP_RETRY:
        if (!self->wanted) /* else another place is on its way */
            n2_tab_reload(self);
        break;
    case N2_STEP_EDIT:
        g_signal_emit(self, signals[SIGNAL_EDIT_ADDRESS], 0);
        break;
    case N2_STEP_UP:
        n2_tab_go(self, step->argument);
        break;
    case N2_STEP_START:
        n2_tab_go(self, N2_LOCATION_START);
        break;
    case N2_STEP_SOURCE:
        n2_tab_show_source(self);
        break;
    case N2_STEP_SAVE:
        n2_tab_save_address(self, self->failure->address);
        break;
    case N2_STEP_SITES:
        gtk_widget_activate_action(GTK_WIDGET(self), "app.preferences", NULL);
        break;
    case N2_STEP_WATCH:
    case N2_STEP_COPY: /* done by the view */
        break;
    }
}

static void
on_entry_save_cb(N2Tab *self, N2Entry *entry)
{
    n2_saving_begin(GTK_WIDGET(self), n2_tab_peek_source(self), entry->address, entry->name);
}

void
n2_tab_add_view(N2Tab *self, GtkWidget *view, const char *name)
{
    gtk_stack_add_named(self->stack, view, name);
    if (g_signal_lookup("go", G_OBJECT_TYPE(view)))
        g_signal_connect_swapped(view, "go", G_CALLBACK(on_view_go_cb), self);
    if (g_object_class_find_property(G_OBJECT_GET_CLASS(view), "narrow"))
        g_object_bind_property(self, "narrow", view, "narrow", G_BINDING_SYNC_CREATE);
}

static void on_begun_cb(N2Tab *self);
static void on_shown_cb(N2Tab *self);
static void on_failed_cb(N2Tab *self);
static void on_crashed_cb(N2Tab *self);

static void
on_hover_cb(N2Tab *self, const char *address)
{
    n2_wait_overlay_set_target(self->wait, address);
}

static void
on_found_cb(N2Tab *self, guint n)
{
    n2_find_bar_set_found(self->find_bar, n);
}

static void
on_scroll_told_cb(N2Tab *self, double pixels)
{
    n2_history_set_scroll(self->history, pixels);
}

static void
on_progress_cb(N2Tab *self)
{
    double progress = 0;

    g_object_get(self->document, "progress", &progress, NULL);
    n2_wait_overlay_set_progress(self->wait, progress);
}

static N2DocumentView *
ensure_document(N2Tab *self)
{
    if (self->document)
        return self->document;
    self->document = N2_DOCUMENT_VIEW(n2_document_view_new(self->engine));
    n2_tab_add_view(self, GTK_WIDGET(self->document), "document");
    g_object_connect(self->document, "swapped-signal::hover", on_hover_cb, self,
                     "swapped-signal::begun", on_begun_cb, self, "swapped-signal::shown",
                     on_shown_cb, self, "swapped-signal::failed", on_failed_cb, self,
                     "swapped-signal::crashed", on_crashed_cb, self, "swapped-signal::found",
                     on_found_cb, self, "swapped-signal::scroll-told", on_scroll_told_cb, self,
                     "swapped-signal::notify::title", n2_tab_tell_changed, self,
                     "swapped-signal::notify::progress", on_progress_cb, self, NULL);
    g_object_set(self->document, "zoom", n2_tab_get_zoom(self), NULL);
    return self->document;
}

static void
show_view(N2Tab *self, N2TabKind kind)
{
    static const char *const names[] = {
        [N2_TAB_START] = "start", [N2_TAB_DOCUMENT] = "document", [N2_TAB_FOLDER] = "folder",
        [N2_TAB_FILE] = "file",   [N2_TAB_NETWORK] = "network",   [N2_TAB_PEOPLE] = "people",
        [N2_TAB_ERROR] = "error", [N2_TAB_WARNING] = "warning",   [N2_TAB_SEARCH] = "search",
    };

    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
    GtkWidget *focus = root ? gtk_root_get_focus(root) : NULL;

    self->kind = kind;
    gtk_stack_set_visible_child_name(self->stack, names[kind]);
    /* Unless the user is busy elsewhere, the keys are for what is shown. */
    if (root && (!focus || gtk_widget_is_ancestor(focus, GTK_WIDGET(self))))
        gtk_widget_grab_focus(GTK_WIDGET(self));
    n2_wait_overlay_set_target(self->wait, NULL);
    n2_find_bar_close(self->find_bar);
}

/* ---- from asking to showing ---- */

static void
end_waiting(N2Tab *self)
{
    g_clear_pointer(&self->wanted, g_free);
    g_clear_object(&self->coming);
    g_clear_object(&self->cancellable);
    n2_wait_overlay_end(self->wait);
}

void
n2_tab_abandon(N2Tab *self)
{
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    if (self->document)
        n2_document_view_stop(self->document);
    end_waiting(self);
}

/* The place that was wanted is the present one from now on. */
static void
commit(N2Tab *self, const char *address)
{
    const char *present = n2_history_peek(self->history, 0);

    if (self->mode == N2_TAB_MODE_MOVE)
        n2_history_move(self->history, self->steps);
    else if (self->mode == N2_TAB_MODE_PUSH && g_strcmp0(present, address) != 0)
        n2_history_push(self->history, address);
    n2_history_replace(self->history, address);
    n2_history_set_linked(self->history, self->is_linked);
    self->mode = N2_TAB_MODE_REPLACE;
}

static void
show_failure(N2Tab *self, N2Failure *failure)
{
    if (!self->error) {
        self->error = N2_ERROR_VIEW(n2_error_view_new(n2_tab_peek_source(self)));
        n2_tab_add_view(self, GTK_WIDGET(self->error), "error");
        g_signal_connect_swapped(self->error, "step", G_CALLBACK(on_step_cb), self);
    }
    commit(self, failure->address);
    g_set_object(&self->failure, failure);
    g_clear_object(&self->place);
    n2_trust_bar_set_trust(self->trust_bar, NULL);
    n2_version_bar_set_place(self->version_bar, NULL);
    n2_copy_bar_set_place(self->copy_bar, NULL);
    n2_error_view_set_failure(self->error, failure);
    show_view(self, N2_TAB_ERROR);
    end_waiting(self);
    n2_tab_tell_changed(self);
}

void
n2_tab_fail(N2Tab *self, const char *address, const GError *error)
{
    g_autoptr(N2Failure) failure = n2_failure_new(
        address, error, n2_source_is_present(n2_tab_peek_source(self)), self->profile);

    show_failure(self, failure);
}

static void
remember(N2Tab *self)
{
    g_autofree char *title = n2_tab_dup_title(self);

    n2_recent_add(self->recent, self->place->address, title);
}

void
n2_tab_settle(N2Tab *self, N2Place *place, N2TabKind kind)
{
    if (self->error && place && self->failure && n2_error_view_is_watching(self->error) &&
        n2_location_same_document(self->failure->address, self->wanted))
        n2_tab_tell_back(self);
    if (self->error)
        n2_error_view_end(self->error);
    commit(self, self->wanted);
    g_clear_object(&self->failure);
    g_set_object(&self->place, place);
    n2_trust_bar_set_trust(self->trust_bar, place ? place->trust : NULL);
    n2_version_bar_set_place(self->version_bar, place);
    n2_copy_bar_set_place(self->copy_bar, place);
    show_view(self, kind);
    if (kind != N2_TAB_DOCUMENT)
        end_waiting(self);
    n2_tab_tell_changed(self);
}

static void
on_begun_cb(N2Tab *self)
{
    g_autoptr(N2Place) place = g_steal_pointer(&self->coming);

    if (place)
        n2_tab_settle(self, place, N2_TAB_DOCUMENT);
}

static void
on_shown_cb(N2Tab *self)
{
    end_waiting(self);
    if (self->place)
        remember(self);
    n2_tab_tell_changed(self);
}

static void
on_failed_cb(N2Tab *self)
{
    g_autoptr(GError) error = n2_document_view_dup_error(self->document);
    g_autofree char *address = g_strdup(n2_tab_peek_address(self));

    n2_tab_fail(self, address, error);
}

static void
on_crashed_cb(N2Tab *self)
{
    g_autoptr(N2Failure) failure = NULL;

    if (self->kind != N2_TAB_DOCUMENT && !self->coming)
        return; /* a page that nobody looks at; it is loaded anew when wanted */
    if (self->coming && !self->is_second) {
        /* It has shown nothing yet: on a busy machine a process may fail to start. */
        self->is_second = TRUE;
        g_clear_object(&self->coming);
        g_clear_object(&self->cancellable); /* the document ends all that was for it */
        self->cancellable = g_cancellable_new();
        n2_tab_ask_source(self, self->wanted, N2_OPEN_DEFAULT);
        return;
    }
    failure = n2_failure_new_crash(n2_tab_peek_address(self));
    show_failure(self, failure);
}

static void
show_folder(N2Tab *self, N2Place *place)
{
    g_autofree char *title = g_str_equal(self->wanted, N2_LOCATION_FILES)
                                 ? g_strdup(_("Files that you published"))
                                 : n2_place_dup_title(place);

    if (!self->folder) {
        self->folder = N2_FOLDER_VIEW(n2_folder_view_new());
        n2_tab_add_view(self, GTK_WIDGET(self->folder), "folder");
        g_signal_connect_swapped(self->folder, "save", G_CALLBACK(on_entry_save_cb), self);
    }
    n2_folder_view_set_place(self->folder, place, title);
    n2_tab_settle(self, place, N2_TAB_FOLDER);
    if (!g_str_equal(n2_tab_peek_address(self), N2_LOCATION_FILES))
        remember(self);
}

static void
show_file(N2Tab *self, N2Place *place)
{
    g_autoptr(N2Entry) entry = n2_entry_new();

    entry->name = n2_place_dup_title(place);
    entry->address = g_strdup(place->address);
    entry->type = g_strdup(place->type);
    entry->hash = g_strdup(place->hash);
    entry->size_bytes = place->size_bytes;
    g_set_object(&entry->attributes, place->attributes);
    n2_file_pane_set_entry(self->file_pane, entry);
    n2_tab_settle(self, place, N2_TAB_FILE);
    remember(self);
}

static void
on_opened_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Tab) self = user_data;
    g_autoptr(GInputStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Place) place =
        n2_source_open_finish(N2_SOURCE(source), result, &stream, &error);

    if (error && n2_error_code(error) == N2_ERR_CANCELLED)
        return; /* another place is wanted by now, or none */
    if (n2_tab_warns(self, place, error)) {
        if (stream)
            g_input_stream_close_async(stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        return;
    }
    if (!place) {
        g_autofree char *address = g_strdup(self->wanted);

        n2_tab_fail(self, address, error);
        return;
    }
    if (!g_str_equal(self->wanted, N2_LOCATION_FILES)) {
        g_free(self->wanted);
        self->wanted = g_strdup(place->address);
    }
    place->is_source = self->wants_source;
    if (place->is_directory) {
        show_folder(self, place);
    } else if (n2_words_is_page(place->type) || n2_words_is_picture(place->type)) {
        double scroll = self->mode == N2_TAB_MODE_PUSH ? 0 : -1;

        if (scroll < 0) { /* of the visit it goes to */
            int from = self->mode == N2_TAB_MODE_MOVE ? self->steps : 0;

            n2_history_move(self->history, from);
            scroll = n2_history_get_scroll(self->history);
            n2_history_move(self->history, -from);
        }
        g_set_object(&self->coming, place);
        n2_document_view_load(ensure_document(self), place, stream, self->cancellable, scroll);
    } else {
        g_input_stream_close_async(stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        show_file(self, place);
    }
}

void
n2_tab_ask_source(N2Tab *self, const char *address, N2OpenFlags flags)
{
    if (self->is_linked)
        flags |= N2_OPEN_LINKED;
    n2_source_open_async(n2_tab_peek_source(self), address, flags, self->cancellable,
                         on_opened_cb, g_object_ref(self));
}

void
n2_tab_open_address(N2Tab *self, const char *text, n2_tab_mode mode, int steps)
{
    g_autofree char *address = NULL;
    n2_err why = N2_OK;
    N2LocationKind kind = n2_location_read(text, &address, &why);

    n2_outside_bar_close(self->outside);
    if (kind == N2_LOCATION_OUTSIDE) {
        n2_outside_bar_open(self->outside, address);
        return;
    }
    if (self->kind == N2_TAB_DOCUMENT && self->document && !self->wanted)
        n2_document_view_ask_scroll(self->document);
    n2_tab_abandon(self);
    self->wants_source = self->is_second = FALSE;
    if (mode != N2_TAB_MODE_PUSH) /* what led there then */
        self->is_linked =
            n2_history_is_linked(self->history, mode == N2_TAB_MODE_MOVE ? steps : 0);
    self->mode = mode;
    self->steps = steps;
    self->wanted = g_strdup(address);
    if (kind == N2_LOCATION_BAD) {
        g_autoptr(GError) error =
            why == N2_ERR_LIMIT
                ? n2_error_make(why, address, N_("this address is too long"),
                                N_("Its name has 8 parts of 63 bytes at most, its path 64 "
                                   "names, and all of it 4096 bytes."))
                : n2_error_make(why, address, NULL, NULL);

        n2_tab_fail(self, address, error);
        return;
    }
    if (mode == N2_TAB_MODE_PUSH && self->kind == N2_TAB_DOCUMENT && strchr(address, '#') &&
        n2_location_same_document(address, n2_history_peek(self->history, 0))) {
        n2_document_view_go_to_fragment(self->document, address);
        commit(self, address);
        end_waiting(self);
        n2_tab_tell_changed(self);
        return;
    }
    self->cancellable = g_cancellable_new();
    n2_wait_overlay_begin(self->wait, address);
    if (kind == N2_LOCATION_OWN)
        n2_tab_open_own(self, address);
    else
        n2_tab_ask_source(self, address, N2_OPEN_DEFAULT);
    n2_tab_tell_changed(self);
}

static void
on_presence_cb(N2Tab *self)
{
    if (self->failure && self->failure->is_no_node && !self->wanted &&
        n2_source_is_present(n2_tab_peek_source(self)))
        n2_tab_reload(self);
}

/* ---- object ---- */

static gboolean
n2_tab_grab_focus(GtkWidget *widget)
{
    GtkWidget *view = gtk_stack_get_visible_child(N2_TAB(widget)->stack);

    return view && gtk_widget_grab_focus(view);
}

static void
n2_tab_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_TAB(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_tab_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        N2_TAB(object)->is_narrow = g_value_get_boolean(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_tab_dispose(GObject *object)
{
    N2Tab *self = N2_TAB(object);
    GtkWidget *child = NULL;

    if (self->engine) {
        n2_tab_abandon(self);
        g_signal_handlers_disconnect_by_data(n2_tab_peek_source(self), self);
        if (n2_source_peek_people(n2_tab_peek_source(self)))
            g_signal_handlers_disconnect_by_data(
                n2_source_peek_people(n2_tab_peek_source(self)), self);
    }
    if (self->document)
        g_signal_handlers_disconnect_by_data(self->document, self);
    self->document = NULL;
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->engine);
    g_clear_object(&self->recent);
    g_clear_object(&self->history);
    g_clear_object(&self->place);
    g_clear_object(&self->failure);
    g_clear_object(&self->warned);
    g_clear_pointer(&self->warned_mark, g_free);
    g_clear_pointer(&self->profile, g_free);
    G_OBJECT_CLASS(n2_tab_parent_class)->dispose(object);
}

static void
n2_tab_class_init(N2TabClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GType type = G_TYPE_FROM_CLASS(klass);

    object_class->get_property = n2_tab_get_property;
    object_class->set_property = n2_tab_set_property;
    object_class->dispose = n2_tab_dispose;
    widget_class->grab_focus = n2_tab_grab_focus;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_NEW_TAB] = g_signal_new("new-tab", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                           NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    signals[SIGNAL_EDIT_ADDRESS] = g_signal_new("edit-address", type, G_SIGNAL_RUN_LAST, 0,
                                                NULL, NULL, NULL, G_TYPE_NONE, 0);

    g_type_ensure(N2_TYPE_OUTSIDE_BAR);
    g_type_ensure(N2_TYPE_LOG_IN_BAR);
    g_type_ensure(N2_TYPE_TRUST_BAR);
    g_type_ensure(N2_TYPE_VERSION_BAR);
    g_type_ensure(N2_TYPE_COPY_BAR);
    g_type_ensure(N2_TYPE_FIND_BAR);
    g_type_ensure(N2_TYPE_WAIT_OVERLAY);
    g_type_ensure(N2_TYPE_FILE_PANE);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "n2tab");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/tab.ui");
    gtk_widget_class_bind_template_child(widget_class, N2Tab, outside);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, log_in);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, trust_bar);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, version_bar);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, copy_bar);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, find_bar);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, stack);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, wait);
    gtk_widget_class_bind_template_child(widget_class, N2Tab, file_pane);
    gtk_widget_class_bind_template_callback_full(widget_class, "on_find_text_cb",
                                                 G_CALLBACK(n2_tab_on_find_text));
    gtk_widget_class_bind_template_callback_full(widget_class, "on_find_step_cb",
                                                 G_CALLBACK(n2_tab_find_next));
    gtk_widget_class_bind_template_callback_full(widget_class, "on_find_closed_cb",
                                                 G_CALLBACK(n2_tab_on_find_closed));
    gtk_widget_class_bind_template_callback_full(widget_class, "on_save_cb",
                                                 G_CALLBACK(n2_tab_save));
}

static void
n2_tab_init(N2Tab *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->history = n2_history_new();
    n2_tab_zoom(self, 0);
}

GtkWidget *
n2_tab_new(N2Engine *engine, N2Recent *recent, const char *profile)
{
    N2Tab *self = g_object_new(N2_TYPE_TAB, NULL);

    self->engine = g_object_ref(engine);
    self->recent = g_object_ref(recent);
    self->profile = g_strdup(profile);
    g_signal_connect_swapped(n2_tab_peek_source(self), "presence", G_CALLBACK(on_presence_cb),
                             self);
    g_signal_connect_swapped(n2_tab_peek_source(self), "site-changed",
                             G_CALLBACK(n2_tab_on_site_changed), self);
    if (n2_source_peek_people(n2_tab_peek_source(self)))
        g_signal_connect_swapped(n2_source_peek_people(n2_tab_peek_source(self)), "log-in",
                                 G_CALLBACK(n2_tab_on_log_in), self);
    g_object_bind_property(self, "narrow", self->log_in, "narrow", G_BINDING_SYNC_CREATE);
    return GTK_WIDGET(self);
}
