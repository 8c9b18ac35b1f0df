/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * search-view.c - what is published or kept here, found by what it is.
 *
 * A query is asked while it is typed; once it rests it is watched, and the list follows.  Rows
 * that stay are not made anew, so that the focus stays where it is.
 */
#include "views/search-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/error.h"
#include "model/words.h"
#include "widgets/hit-row.h"
#include "widgets/watch-list.h"

enum {
    REST_MS = 1000, /* until a query is watched */
    PAGE = 100      /* answers, and that many further each time */
};

struct _N2SearchView {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkSearchEntry *entry;
    GtkWidget *fault;
    GtkLabel *fault_words;
    GtkLabel *fault_rest;
    GtkWidget *bar;
    GtkLabel *count;
    GtkToggleButton *watch;
    GtkWidget *more;
    N2WatchList *watched;
    GtkStack *stack;
    GtkListBox *examples;
    GtkListBox *list;

    N2Source *source;          /* owned */
    GListStore *hits;          /* owned; N2Hit */
    N2Watches *watches;        /* owned; nullable */
    char *query;               /* owned; what is shown or asked */
    char *state;               /* owned; nullable: of what is shown */
    GCancellable *cancellable; /* owned; nullable: of the question under way */
    guint rest;                /* timeout, 0: none */
    guint limit;               /* answers asked for */
    gboolean is_narrow;
    gboolean is_setting; /* the query comes from here, not from the keys */
    gboolean wants_hits; /* the cursor goes to the list when there is one */
};

G_DEFINE_FINAL_TYPE(N2SearchView, n2_search_view, GTK_TYPE_WIDGET)

enum {
    PROP_NARROW = 1,
    N_PROPS
};
enum {
    SIGNAL_GO,
    SIGNAL_QUERY,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

/* ---- rows ---- */

static GtkWidget *
make_row(gpointer item, gpointer user_data)
{
    (void)user_data;
    return n2_hit_row_new(item);
}

static void
open_row(N2SearchView *self, GtkListBoxRow *row, gboolean new_tab)
{
    int at = row ? gtk_list_box_row_get_index(row) : -1;
    g_autoptr(N2Hit) hit =
        at >= 0 ? g_list_model_get_item(G_LIST_MODEL(self->hits), (guint)at) : NULL;

    if (hit)
        g_signal_emit(self, signals[SIGNAL_GO], 0, hit->address, new_tab);
}

static void
on_row_cb(N2SearchView *self, GtkListBoxRow *row)
{
    GdkModifierType mods = 0;
    GdkDisplay *display = gtk_widget_get_display(GTK_WIDGET(self));
    GdkSeat *seat = gdk_display_get_default_seat(display);
    GdkDevice *keyboard = seat ? gdk_seat_get_keyboard(seat) : NULL;

    if (keyboard)
        mods = gdk_device_get_modifier_state(keyboard);
    open_row(self, row, (mods & GDK_CONTROL_MASK) != 0);
}

static void
on_middle_click_cb(N2SearchView *self, int n_press, double x, double y)
{
    (void)n_press;
    (void)x;
    open_row(self, gtk_list_box_get_row_at_y(self->list, (int)y), TRUE);
}

/* ---- answers ---- */

/* Puts what was found in the place of what is shown, but for what is the same at both ends. */
static void
follow(N2SearchView *self, GListModel *hits)
{
    GListModel *shown = G_LIST_MODEL(self->hits);
    guint n_old = g_list_model_get_n_items(shown), n_new = g_list_model_get_n_items(hits);
    guint head = 0, tail = 0;
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(g_object_unref);

    while (head < MIN(n_old, n_new)) {
        g_autoptr(N2Hit) a = g_list_model_get_item(shown, head);
        g_autoptr(N2Hit) b = g_list_model_get_item(hits, head);
        if (!n2_hit_equals(a, b))
            break;
        head++;
    }
    while (tail < MIN(n_old, n_new) - head) {
        g_autoptr(N2Hit) a = g_list_model_get_item(shown, n_old - 1 - tail);
        g_autoptr(N2Hit) b = g_list_model_get_item(hits, n_new - 1 - tail);
        if (!n2_hit_equals(a, b))
            break;
        tail++;
    }
    for (guint i = head; i < n_new - tail; i++)
        g_ptr_array_add(fresh, g_list_model_get_item(hits, i));
    if (fresh->len || n_old - head - tail)
        g_list_store_splice(self->hits, head, n_old - head - tail, fresh->pdata, fresh->len);
}

static void
say_count(N2SearchView *self, const N2Found *found)
{
    guint n = found ? g_list_model_get_n_items(G_LIST_MODEL(found->hits)) : 0;
    g_autofree char *words = NULL;
    const char *more = "";

    if (n && found->is_part)
        more = _("The time was over before everything was looked through: there may be more.");
    else if (n && found->has_more)
        more = n < N2_LIBRARY_ANSWERS_MAX
                   ? _("There are more.")
                   : _("There are more than can be shown: say more about what you look for.");
    else if (n && found->is_behind)
        more = _("Something has just changed and is not looked through yet.");
    words = g_strdup_printf(ngettext("%u place found.", "%u places found.", n), n);
    g_autofree char *all = g_strconcat(words, *more ? " " : "", more, NULL);
    gtk_label_set_text(self->count, n ? all : "");
    gtk_widget_set_visible(self->more,
                           n && found->has_more && self->limit < N2_LIBRARY_ANSWERS_MAX);
}

static void
say_fault(N2SearchView *self, const GError *error)
{
    g_autofree char *why = error ? n2_words_sentence(n2_error_peek_why(error)) : NULL;
    n2_err code = error ? n2_error_code(error) : N2_OK;
    gboolean has_rest = code == N2_ERR_FORMAT && *n2_error_peek_what(error);

    gtk_widget_set_visible(self->fault, error != NULL);
    gtk_label_set_text(self->fault_words, why ? why : "");
    gtk_label_set_text(self->fault_rest, has_rest ? n2_error_peek_what(error) : "");
    gtk_widget_set_visible(GTK_WIDGET(self->fault_rest), has_rest);
    if (error)
        gtk_widget_add_css_class(GTK_WIDGET(self->entry), "error");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self->entry), "error");
}

/* @is_answered: the query makes sense; what makes none can only be watched no more. */
static void
show_watched(N2SearchView *self, gboolean is_answered)
{
    gboolean is_watched = self->watches && n2_watches_has(self->watches, self->query);

    self->is_setting = TRUE;
    gtk_toggle_button_set_active(self->watch, is_watched);
    self->is_setting = FALSE;
    gtk_widget_set_visible(GTK_WIDGET(self->watch),
                           self->watches && (is_answered || is_watched));
    gtk_widget_set_visible(self->bar, is_answered || is_watched);
    if (is_watched && is_answered)
        n2_watches_see(self->watches, self->query);
}

static gboolean
focus_hits(N2SearchView *self)
{
    GtkListBoxRow *first = gtk_list_box_get_row_at_index(self->list, 0);

    return first && gtk_widget_get_mapped(GTK_WIDGET(first)) &&
           gtk_widget_grab_focus(GTK_WIDGET(first));
}

static void
show_found(N2SearchView *self, N2Found *found)
{
    gboolean has_some = g_list_model_get_n_items(G_LIST_MODEL(found->hits)) > 0;

    say_fault(self, NULL);
    say_count(self, found);
    show_watched(self, TRUE);
    follow(self, G_LIST_MODEL(found->hits));
    gtk_stack_set_visible_child_name(self->stack, has_some ? "hits" : "empty");
    g_free(self->state);
    self->state = g_strdup(found->state);
    if (self->wants_hits && has_some)
        focus_hits(self);
    self->wants_hits = FALSE;
}

static void watch_later(N2SearchView *self);

static void
on_found_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2SearchView) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Found) found = n2_library_found_finish(N2_LIBRARY(source), result, &error);

    if ((error && n2_error_code(error) == N2_ERR_CANCELLED) || !self->source)
        return;
    g_clear_object(&self->cancellable);
    if (found) {
        show_found(self, found);
        watch_later(self);
        return;
    }
    g_clear_pointer(&self->state, g_free);
    say_count(self, NULL);
    show_watched(self, FALSE);
    say_fault(self, error); /* what was found before stays to be seen */
}

static void
stop_asking(N2SearchView *self)
{
    g_clear_handle_id(&self->rest, g_source_remove);
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
}

static void
ask(N2SearchView *self, const char *since)
{
    stop_asking(self);
    self->cancellable = g_cancellable_new();
    n2_library_ask_async(n2_source_peek_library(self->source),
                         since ? N2_LIBRARY_WATCH : N2_LIBRARY_FIND, self->query, since,
                         self->limit, self->cancellable, on_found_cb, g_object_ref(self));
}

static gboolean
on_rest_cb(gpointer user_data)
{
    N2SearchView *self = user_data;

    self->rest = 0;
    ask(self, self->state);
    return G_SOURCE_REMOVE;
}

/* What nobody looks at is not watched. */
static void
watch_later(N2SearchView *self)
{
    if (self->state && gtk_widget_get_mapped(GTK_WIDGET(self)))
        self->rest = g_timeout_add(REST_MS, on_rest_cb, self);
}

/* ---- query ---- */

static void
show_query(N2SearchView *self)
{
    if (*self->query) {
        ask(self, NULL);
        return;
    }
    stop_asking(self);
    g_clear_pointer(&self->state, g_free);
    g_list_store_remove_all(self->hits);
    say_fault(self, NULL);
    say_count(self, NULL);
    show_watched(self, FALSE);
    gtk_stack_set_visible_child_name(self->stack, "help");
}

static void
on_more_cb(N2SearchView *self)
{
    self->limit = MIN(self->limit + PAGE, N2_LIBRARY_ANSWERS_MAX);
    ask(self, NULL);
}

static void
on_watch_cb(N2SearchView *self)
{
    if (self->is_setting || !self->watches)
        return;
    if (!gtk_toggle_button_get_active(self->watch))
        n2_watches_remove(self->watches, self->query);
    else if (!n2_watches_add(self->watches, self->query))
        gtk_label_set_text(self->count,
                           _("As many searches are watched as can be. Give one up first."));
    show_watched(self, TRUE);
}

static void
on_watched_cb(N2SearchView *self, const char *query)
{
    n2_search_view_set_query(self, query);
    g_signal_emit(self, signals[SIGNAL_QUERY], 0, self->query);
}

/* TRUE: it is another one now. */
static gboolean
take_query(N2SearchView *self)
{
    g_autofree char *typed =
        g_strstrip(g_strdup(gtk_editable_get_text(GTK_EDITABLE(self->entry))));

    if (g_str_equal(typed, self->query))
        return FALSE;
    g_free(self->query);
    self->query = g_steal_pointer(&typed);
    self->limit = PAGE;
    show_query(self);
    return TRUE;
}

static void
on_search_cb(N2SearchView *self)
{
    if (!self->is_setting && take_query(self))
        g_signal_emit(self, signals[SIGNAL_QUERY], 0, self->query);
}

/* Enter leads to what was found, or will be in a moment. */
static void
on_activate_cb(N2SearchView *self)
{
    on_search_cb(self);
    if (self->cancellable && !self->state)
        self->wants_hits = TRUE;
    else if (!focus_hits(self))
        gtk_widget_error_bell(GTK_WIDGET(self));
}

static gboolean
on_key_cb(N2SearchView *self, guint key)
{
    return (key == GDK_KEY_Down || key == GDK_KEY_KP_Down) && focus_hits(self);
}

void
n2_search_view_set_query(N2SearchView *self, const char *query)
{
    g_return_if_fail(N2_IS_SEARCH_VIEW(self));

    if (g_str_equal(query, self->query))
        return;
    self->is_setting = TRUE; /* the entry tells at once when it is emptied */
    gtk_editable_set_text(GTK_EDITABLE(self->entry), query);
    self->is_setting = FALSE;
    gtk_editable_set_position(GTK_EDITABLE(self->entry), -1);
    (void)take_query(self);
}

/* ---- examples ---- */

static const struct {
    const char *query; /* of the node's language, in all languages */
    const char *words; /* translated where it is used */
} examples[] = {
    {"type:audio", N_("what can be heard; also image, video, text, folder")},
    {"size:>1M", N_("more than a megabyte")},
    {"changed:7d", N_("changed within the last seven days")},
    {"title:chart -type:image", N_("“chart” in the title, but no pictures")},
    {"\"low water\" OR tide", N_("these two words in this order, or the other")},
    {"type:text sort:title", N_("all texts, by their titles")},
};

static GtkWidget *
make_example(gsize i)
{
    GtkWidget *row = adw_action_row_new();

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), examples[i].query);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), _(examples[i].words));
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(row), TRUE);
    g_object_set_data(G_OBJECT(row), "n2-example", GSIZE_TO_POINTER(i));
    return row;
}

static void
on_example_cb(N2SearchView *self, GtkListBoxRow *row)
{
    gsize i = GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(row), "n2-example"));

    n2_search_view_set_query(self, examples[i].query);
    g_signal_emit(self, signals[SIGNAL_QUERY], 0, self->query);
    gtk_widget_grab_focus(GTK_WIDGET(self->entry));
    gtk_editable_set_position(GTK_EDITABLE(self->entry), -1);
}

/* ---- object ---- */

static gboolean
n2_search_view_grab_focus(GtkWidget *widget)
{
    N2SearchView *self = N2_SEARCH_VIEW(widget);
    gboolean has_focus = gtk_widget_grab_focus(GTK_WIDGET(self->entry));

    gtk_editable_set_position(GTK_EDITABLE(self->entry), -1);
    return has_focus;
}

static void
n2_search_view_map(GtkWidget *widget)
{
    N2SearchView *self = N2_SEARCH_VIEW(widget);

    GTK_WIDGET_CLASS(n2_search_view_parent_class)->map(widget);
    if (*self->query && !self->cancellable)
        ask(self, NULL); /* it was not watched in the meantime */
}

static void
n2_search_view_unmap(GtkWidget *widget)
{
    stop_asking(N2_SEARCH_VIEW(widget));
    GTK_WIDGET_CLASS(n2_search_view_parent_class)->unmap(widget);
}

static void
n2_search_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_SEARCH_VIEW(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_search_view_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2SearchView *self = N2_SEARCH_VIEW(object);

    if (id != PROP_NARROW) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    self->is_narrow = g_value_get_boolean(value);
    if (self->is_narrow)
        gtk_widget_add_css_class(GTK_WIDGET(self), "narrow");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self), "narrow");
}

/* A node that is back is asked again. */
static void
on_presence_cb(N2SearchView *self)
{
    if (n2_source_is_present(self->source) && *self->query &&
        gtk_widget_get_mapped(GTK_WIDGET(self)))
        ask(self, NULL);
}

static void
n2_search_view_dispose(GObject *object)
{
    N2SearchView *self = N2_SEARCH_VIEW(object);
    GtkWidget *child = NULL;

    stop_asking(self);
    if (self->source)
        g_signal_handlers_disconnect_by_data(self->source, self);
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->hits);
    g_clear_object(&self->source);
    g_clear_object(&self->watches);
    g_clear_pointer(&self->query, g_free);
    g_clear_pointer(&self->state, g_free);
    G_OBJECT_CLASS(n2_search_view_parent_class)->dispose(object);
}

static void
n2_search_view_class_init(N2SearchViewClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_search_view_get_property;
    object_class->set_property = n2_search_view_set_property;
    object_class->dispose = n2_search_view_dispose;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    widget_class->grab_focus = n2_search_view_grab_focus;
    widget_class->map = n2_search_view_map;
    widget_class->unmap = n2_search_view_unmap;
    signals[SIGNAL_GO] =
        g_signal_new("go", N2_TYPE_SEARCH_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    signals[SIGNAL_QUERY] = g_signal_new("query", N2_TYPE_SEARCH_VIEW, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "searchview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/search-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, entry);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, fault);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, fault_words);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, fault_rest);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, bar);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, count);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, watch);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, more);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, watched);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, stack);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, examples);
    gtk_widget_class_bind_template_child(widget_class, N2SearchView, list);
    gtk_widget_class_bind_template_callback(widget_class, on_search_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_key_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_row_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_middle_click_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_example_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_more_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_watch_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_watched_cb);
}

static void
n2_search_view_init(N2SearchView *self)
{
    self->query = g_strdup("");
    self->limit = PAGE;
    g_type_ensure(N2_TYPE_WATCH_LIST);
    self->hits = g_list_store_new(N2_TYPE_HIT);
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_list_box_bind_model(self->list, G_LIST_MODEL(self->hits), make_row, NULL, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(examples); i++)
        gtk_list_box_append(self->examples, make_example(i));
    gtk_widget_set_visible(self->bar, FALSE);
}

GtkWidget *
n2_search_view_new(N2Source *source)
{
    N2SearchView *self = g_object_new(N2_TYPE_SEARCH_VIEW, NULL);

    self->source = g_object_ref(source);
    self->watches = n2_source_peek_watches(source);
    if (self->watches) {
        g_object_ref(self->watches);
        n2_watch_list_follow(self->watched, self->watches);
    }
    g_signal_connect_swapped(source, "presence", G_CALLBACK(on_presence_cb), self);
    return GTK_WIDGET(self);
}
