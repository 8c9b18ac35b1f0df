/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network-list.c - a titled list beside the map.
 */
#include "widgets/network-list.h"

enum {
    TITLE_CHARS = 12, /* natural widths: less is shown only where there is no room */
    VALUE_CHARS = 19
};

typedef struct {
    GtkWidget *row; /* a child of the list, as all below are of it */
    GtkLabel *title, *value, *subtitle;
    GtkLevelBar *level;
    GtkButton *button;
    guint round; /* in which it was put last */
} item;

struct _N2NetworkList {
    GtkWidget parent_instance;

    GtkLabel *head;    /* a child */
    GtkListBox *list;  /* a child */
    GHashTable *items; /* owned: key to item */
    guint round;
    int n_put; /* in this round */
};

G_DEFINE_FINAL_TYPE(N2NetworkList, n2_network_list, GTK_TYPE_WIDGET)

enum {
    PROP_TITLE = 1,
    N_PROPS
};
enum {
    SIGNAL_PRESSED,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void
on_clicked_cb(GtkButton *button, gpointer user_data)
{
    g_signal_emit(user_data, signals[SIGNAL_PRESSED], 0,
                  g_object_get_data(G_OBJECT(button), "n2-key"));
}

static GtkLabel *
make_label(const char *const *classes)
{
    GtkWidget *label = gtk_label_new(NULL);

    for (gsize i = 0; classes[i]; i++)
        gtk_widget_add_css_class(label, classes[i]);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    return GTK_LABEL(label);
}

/* Title and value beside each other, the bar and the words below; the button at the end. */
static void
build(item *it)
{
    GtkWidget *all = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    GtkWidget *first = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);

    it->title = make_label((const char *[]){NULL});
    it->value = make_label((const char *[]){"small", "dim", "num", NULL});
    it->subtitle = make_label((const char *[]){"caption", "dim", NULL});
    it->level = GTK_LEVEL_BAR(gtk_level_bar_new());
    it->button = GTK_BUTTON(gtk_button_new());
    gtk_label_set_ellipsize(it->title, PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(GTK_WIDGET(it->title), TRUE);
    gtk_label_set_ellipsize(it->value, PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_max_width_chars(it->title, TITLE_CHARS);
    gtk_label_set_max_width_chars(it->value, VALUE_CHARS);
    gtk_label_set_max_width_chars(it->subtitle, TITLE_CHARS + VALUE_CHARS);
    gtk_label_set_wrap(it->subtitle, TRUE);
    gtk_level_bar_add_offset_value(it->level, GTK_LEVEL_BAR_OFFSET_LOW, 0);
    gtk_widget_add_css_class(GTK_WIDGET(it->level), "load");
    gtk_accessible_update_state(GTK_ACCESSIBLE(it->level), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE,
                                -1); /* the value says it */
    gtk_widget_set_valign(GTK_WIDGET(it->button), GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(GTK_WIDGET(it->button), "flat");
    gtk_box_append(GTK_BOX(first), GTK_WIDGET(it->title));
    gtk_box_append(GTK_BOX(first), GTK_WIDGET(it->value));
    gtk_box_append(GTK_BOX(words), first);
    gtk_box_append(GTK_BOX(words), GTK_WIDGET(it->level));
    gtk_box_append(GTK_BOX(words), GTK_WIDGET(it->subtitle));
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(all), words);
    gtk_box_append(GTK_BOX(all), GTK_WIDGET(it->button));
    gtk_widget_add_css_class(all, "step");
    gtk_widget_add_css_class(all, "oneline");
    it->row = gtk_list_box_row_new();
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(it->row), all);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(it->row), FALSE);
}

static void
set_text(GtkLabel *label, const char *text)
{
    gboolean is_there = text && *text;

    gtk_widget_set_visible(GTK_WIDGET(label), is_there);
    if (!is_there || g_str_equal(gtk_label_get_text(label), text))
        return;
    gtk_label_set_text(label, text);
    gtk_widget_set_tooltip_text(GTK_WIDGET(label), text);
}

static void
set_class(GtkWidget *widget, const char *name, gboolean has)
{
    if (has)
        gtk_widget_add_css_class(widget, name);
    else
        gtk_widget_remove_css_class(widget, name);
}

static void
show(item *it, const n2_network_row *row)
{
    gboolean has_level = row->level >= 0;
    const char *said = row->button_name ? row->button_name : row->button;

    set_text(it->title, row->title);
    set_text(it->value, row->value);
    set_text(it->subtitle, row->subtitle);
    gtk_widget_set_visible(GTK_WIDGET(it->level), has_level);
    if (has_level && gtk_level_bar_get_value(it->level) != MIN(row->level, 1))
        gtk_level_bar_set_value(it->level, MIN(row->level, 1));
    set_class(GTK_WIDGET(it->level), "jam", row->is_jam);
    set_class(GTK_WIDGET(it->title), "heading", row->is_strong);
    gtk_widget_set_visible(GTK_WIDGET(it->button), row->button != NULL);
    if (row->button && g_strcmp0(gtk_widget_get_tooltip_text(GTK_WIDGET(it->button)), said)) {
        gtk_widget_set_tooltip_text(GTK_WIDGET(it->button), said);
        gtk_button_set_label(it->button, row->button);
        gtk_accessible_update_property(GTK_ACCESSIBLE(it->button),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
    }
}

void
n2_network_list_begin(N2NetworkList *self)
{
    g_return_if_fail(N2_IS_NETWORK_LIST(self));

    self->round++;
    self->n_put = 0;
}

void
n2_network_list_put(N2NetworkList *self, const char *key, const n2_network_row *row)
{
    g_return_if_fail(N2_IS_NETWORK_LIST(self));

    item *it = g_hash_table_lookup(self->items, key);
    if (!it) {
        it = g_new0(item, 1);
        build(it);
        g_object_set_data_full(G_OBJECT(it->button), "n2-key", g_strdup(key), g_free);
        g_signal_connect(it->button, "clicked", G_CALLBACK(on_clicked_cb), self);
        gtk_list_box_insert(self->list, it->row, self->n_put);
        g_hash_table_insert(self->items, g_strdup(key), it);
    }
    self->n_put++;
    it->round = self->round;
    show(it, row);
}

void
n2_network_list_end(N2NetworkList *self)
{
    GHashTableIter iter;
    gpointer value;

    g_return_if_fail(N2_IS_NETWORK_LIST(self));

    g_hash_table_iter_init(&iter, self->items);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        item *it = value;
        if (it->round == self->round)
            continue;
        gtk_list_box_remove(self->list, it->row);
        g_hash_table_iter_remove(&iter);
    }
    gtk_widget_set_visible(GTK_WIDGET(self), self->n_put > 0);
}

/* ---- life ---- */

static void
n2_network_list_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_TITLE)
        g_value_set_string(value, gtk_label_get_text(N2_NETWORK_LIST(object)->head));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_network_list_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2NetworkList *self = N2_NETWORK_LIST(object);
    const char *title = id == PROP_TITLE ? g_value_get_string(value) : NULL;

    if (id != PROP_TITLE) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    gtk_label_set_text(self->head, title ? title : "");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   title ? title : "", -1);
}

static void
n2_network_list_dispose(GObject *object)
{
    N2NetworkList *self = N2_NETWORK_LIST(object);
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_pointer(&self->items, g_hash_table_unref);
    G_OBJECT_CLASS(n2_network_list_parent_class)->dispose(object);
}

static void
n2_network_list_class_init(N2NetworkListClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_network_list_get_property;
    object_class->set_property = n2_network_list_set_property;
    object_class->dispose = n2_network_list_dispose;
    props[PROP_TITLE] = g_param_spec_string("title", NULL, NULL, "",
                                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);
    signals[SIGNAL_PRESSED] =
        g_signal_new("pressed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BOX_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "networklist");
}

static void
n2_network_list_init(N2NetworkList *self)
{
    GtkLayoutManager *layout = gtk_widget_get_layout_manager(GTK_WIDGET(self));

    gtk_orientable_set_orientation(GTK_ORIENTABLE(layout), GTK_ORIENTATION_VERTICAL);
    self->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->head = make_label((const char *[]){"heading", NULL});
    self->list = GTK_LIST_BOX(gtk_list_box_new());
    gtk_list_box_set_selection_mode(self->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(GTK_WIDGET(self->list), "boxed-list");
    gtk_widget_set_margin_bottom(GTK_WIDGET(self->head), 6);
    gtk_widget_set_parent(GTK_WIDGET(self->head), GTK_WIDGET(self));
    gtk_widget_set_parent(GTK_WIDGET(self->list), GTK_WIDGET(self));
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}
