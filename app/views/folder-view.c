/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * folder-view.c - a folder as a list, with a pane about one entry.
 */
#include "views/folder-view.h"

#include <glib/gi18n.h>

#include "model/location.h"
#include "model/words.h"
#include "views/folder-columns.h"
#include "widgets/file-pane.h"

struct _N2FolderView {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkLabel *title;
    GtkLabel *words;
    GtkToggleButton *find_button;
    GtkSearchBar *search_bar;
    GtkSearchEntry *search;
    GtkStack *stack;
    GtkColumnView *list;
    GtkWidget *pane_side;
    N2FilePane *pane;
    GtkLabel *empty;

    N2Place *place;                /* owned */
    GtkCustomFilter *filter;       /* owned */
    GtkSingleSelection *selection; /* owned by the list */
    n2_folder_columns columns;
    char *needle; /* owned; case-folded text to filter by, NULL: all */
    gboolean is_narrow;
};

G_DEFINE_FINAL_TYPE(N2FolderView, n2_folder_view, GTK_TYPE_WIDGET)

enum {
    PROP_NARROW = 1,
    N_PROPS
};
enum {
    SIGNAL_GO,
    SIGNAL_SAVE,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static N2Entry *
peek_selected(N2FolderView *self)
{
    return self->selection ? gtk_single_selection_get_selected_item(self->selection) : NULL;
}

static void
open_entry(N2FolderView *self, N2Entry *entry, gboolean new_tab)
{
    if (entry)
        g_signal_emit(self, signals[SIGNAL_GO], 0, entry->address, new_tab);
}

static void
on_activate_cb(N2FolderView *self, guint position)
{
    g_autoptr(N2Entry) entry = g_list_model_get_item(G_LIST_MODEL(self->selection), position);

    open_entry(self, entry, FALSE);
}

static gboolean
on_key_cb(N2FolderView *self, guint key, guint code, GdkModifierType modifiers)
{
    (void)code;
    if ((key != GDK_KEY_Return && key != GDK_KEY_KP_Enter) || !(modifiers & GDK_CONTROL_MASK))
        return FALSE;
    open_entry(self, peek_selected(self), TRUE);
    return TRUE;
}

/* A middle click selects what it hits, then opens it in a new tab. */
static void
on_middle_click_cb(N2FolderView *self, int n_press, double x, double y)
{
    GtkWidget *hit = gtk_widget_pick(GTK_WIDGET(self->list), x, y, GTK_PICK_DEFAULT);

    (void)n_press;
    for (; hit && hit != GTK_WIDGET(self->list); hit = gtk_widget_get_parent(hit)) {
        N2Entry *entry = g_object_get_data(G_OBJECT(hit), N2_FOLDER_ENTRY);

        if (entry) {
            open_entry(self, entry, TRUE);
            return;
        }
    }
}

static void
show_selected(N2FolderView *self)
{
    N2Entry *entry = peek_selected(self);

    gtk_widget_set_visible(self->pane_side, entry && !self->is_narrow);
    n2_file_pane_set_entry(self->pane, entry);
}

static void
on_pane_open_cb(N2FolderView *self)
{
    open_entry(self, peek_selected(self), FALSE);
}

static void
on_pane_save_cb(N2FolderView *self)
{
    N2Entry *entry = peek_selected(self);

    if (entry)
        g_signal_emit(self, signals[SIGNAL_SAVE], 0, entry);
}

/* ---- filter ---- */

static gboolean
matches(gpointer item, gpointer user_data)
{
    N2FolderView *self = user_data;
    N2Entry *entry = item;

    if (!self->needle)
        return TRUE;
    g_autofree char *folded = g_utf8_casefold(entry->name, -1);
    return g_strstr_len(folded, -1, self->needle) != NULL;
}

static void
show_stack(N2FolderView *self)
{
    gboolean has_rows = g_list_model_get_n_items(G_LIST_MODEL(self->selection)) > 0;

    gtk_label_set_text(self->empty, self->needle ? _("Nothing in this folder has such a name.")
                                                 : _("This folder is empty."));
    gtk_stack_set_visible_child_name(self->stack, has_rows ? "list" : "empty");
}

static void
on_search_changed_cb(N2FolderView *self)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->search));

    g_free(self->needle);
    self->needle = *text ? g_utf8_casefold(text, -1) : NULL;
    gtk_filter_changed(GTK_FILTER(self->filter), GTK_FILTER_CHANGE_DIFFERENT);
    show_stack(self);
}

static void
on_search_activate_cb(N2FolderView *self)
{
    open_entry(self, peek_selected(self), FALSE);
}

void
n2_folder_view_find(N2FolderView *self)
{
    g_return_if_fail(N2_IS_FOLDER_VIEW(self));

    gtk_search_bar_set_search_mode(self->search_bar, TRUE);
    gtk_widget_grab_focus(GTK_WIDGET(self->search));
}

/* ---- place ---- */

static gboolean
any_has_time(GListModel *entries)
{
    for (guint i = 0; i < g_list_model_get_n_items(entries); i++) {
        g_autoptr(N2Entry) entry = g_list_model_get_item(entries, i);

        if (entry->changed_us > 0)
            return TRUE;
    }
    return FALSE;
}

static void
show_columns(N2FolderView *self)
{
    gboolean has_time = self->place && any_has_time(G_LIST_MODEL(self->place->entries));

    n2_folder_columns_show(&self->columns, self->list, !self->is_narrow,
                           has_time && !self->is_narrow);
    gtk_column_view_set_single_click_activate(self->list, self->is_narrow);
}

void
n2_folder_view_set_place(N2FolderView *self, N2Place *place, const char *title)
{
    g_autofree char *words = NULL;
    GtkFilterListModel *filtered = NULL;
    GtkSortListModel *sorted = NULL;

    g_return_if_fail(N2_IS_FOLDER_VIEW(self));
    g_return_if_fail(N2_IS_PLACE(place));

    g_set_object(&self->place, place);
    gtk_search_bar_set_search_mode(self->search_bar, FALSE);
    gtk_label_set_text(self->title, title);
    words = n2_words_folder(G_LIST_MODEL(place->entries));
    gtk_label_set_text(self->words, words);

    filtered = gtk_filter_list_model_new(G_LIST_MODEL(g_object_ref(place->entries)),
                                         GTK_FILTER(g_object_ref(self->filter)));
    sorted = gtk_sort_list_model_new(G_LIST_MODEL(filtered),
                                     n2_folder_columns_make_sorter(self->list));
    self->selection = gtk_single_selection_new(G_LIST_MODEL(sorted));
    gtk_single_selection_set_autoselect(self->selection, FALSE);
    gtk_single_selection_set_can_unselect(self->selection, TRUE);
    gtk_single_selection_set_selected(self->selection, GTK_INVALID_LIST_POSITION);
    g_signal_connect_object(self->selection, "notify::selected-item", G_CALLBACK(show_selected),
                            self, G_CONNECT_SWAPPED);
    gtk_column_view_set_model(self->list, GTK_SELECTION_MODEL(self->selection));
    g_object_unref(self->selection); /* the list keeps it */
    show_columns(self);
    show_selected(self);
    show_stack(self);
}

static gboolean
n2_folder_view_grab_focus(GtkWidget *widget)
{
    return gtk_widget_child_focus(GTK_WIDGET(N2_FOLDER_VIEW(widget)->list),
                                  GTK_DIR_TAB_FORWARD);
}

static void
n2_folder_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_FOLDER_VIEW(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_folder_view_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2FolderView *self = N2_FOLDER_VIEW(object);

    if (id != PROP_NARROW) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    self->is_narrow = g_value_get_boolean(value);
    show_columns(self);
    show_selected(self);
}

static void
n2_folder_view_dispose(GObject *object)
{
    N2FolderView *self = N2_FOLDER_VIEW(object);
    GtkWidget *child = NULL;

    self->selection = NULL;
    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->place);
    g_clear_object(&self->filter);
    n2_folder_columns_clear(&self->columns);
    g_clear_pointer(&self->needle, g_free);
    G_OBJECT_CLASS(n2_folder_view_parent_class)->dispose(object);
}

static void
n2_folder_view_class_init(N2FolderViewClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_folder_view_get_property;
    object_class->set_property = n2_folder_view_set_property;
    object_class->dispose = n2_folder_view_dispose;
    widget_class->grab_focus = n2_folder_view_grab_focus;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_GO] =
        g_signal_new("go", N2_TYPE_FOLDER_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    signals[SIGNAL_SAVE] = g_signal_new("save", N2_TYPE_FOLDER_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, N2_TYPE_ENTRY);
    g_type_ensure(N2_TYPE_FILE_PANE);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "folderview");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/views/folder-view.ui");
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, title);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, words);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, find_button);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, search_bar);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, search);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, stack);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, list);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, pane_side);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, pane);
    gtk_widget_class_bind_template_child(widget_class, N2FolderView, empty);
    gtk_widget_class_bind_template_callback(widget_class, on_activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_key_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_middle_click_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_search_changed_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_search_activate_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_pane_open_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_pane_save_cb);
}

static void
n2_folder_view_init(N2FolderView *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    self->filter = gtk_custom_filter_new(matches, self, NULL);
    self->columns = n2_folder_columns_add(self->list);
    g_object_bind_property(self->find_button, "active", self->search_bar, "search-mode-enabled",
                           G_BINDING_BIDIRECTIONAL);
    gtk_search_bar_connect_entry(self->search_bar, GTK_EDITABLE(self->search));
}

GtkWidget *
n2_folder_view_new(void)
{
    return g_object_new(N2_TYPE_FOLDER_VIEW, NULL);
}
