/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * folder-columns.c - the columns of a folder's list.
 */
#include "views/folder-columns.h"

#include <glib/gi18n.h>

#include "model/place.h"
#include "model/words.h"

/* ---- the name, with its tile ---- */

static void
setup_name_cb(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *tile = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    GtkWidget *icon = gtk_image_new();
    GtkWidget *label = gtk_label_new(NULL);

    (void)factory;
    gtk_widget_add_css_class(tile, "ficon");
    gtk_widget_set_valign(tile, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(tile, FALSE); /* or the icon's wish would spread to it */
    gtk_widget_set_hexpand(icon, TRUE);
    gtk_widget_set_halign(icon, GTK_ALIGN_CENTER);
    gtk_box_append(GTK_BOX(tile), icon);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_MIDDLE);
    gtk_box_append(GTK_BOX(box), tile);
    gtk_box_append(GTK_BOX(box), label);
    gtk_list_item_set_child(item, box);
}

static void
bind_name_cb(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    N2Entry *entry = gtk_list_item_get_item(item);
    GtkWidget *tile = gtk_widget_get_first_child(gtk_list_item_get_child(item));
    GtkWidget *label = gtk_widget_get_next_sibling(tile);

    (void)factory;
    gtk_image_set_from_icon_name(GTK_IMAGE(gtk_widget_get_first_child(tile)),
                                 n2_words_icon(entry->type));
    if (entry->is_directory)
        gtk_widget_add_css_class(tile, "folder");
    else
        gtk_widget_remove_css_class(tile, "folder");
    gtk_label_set_text(GTK_LABEL(label), entry->name);
    gtk_widget_set_tooltip_text(label, entry->name);
    /* By this a middle click finds what it hit; the cell's parent is as wide as the column. */
    g_object_set_data_full(G_OBJECT(gtk_list_item_get_child(item)), N2_FOLDER_ENTRY,
                           g_object_ref(entry), g_object_unref);
}

/* ---- plain words ---- */

static void
setup_words_cb(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
    GtkWidget *label = gtk_label_new(NULL);

    (void)factory;
    gtk_label_set_xalign(GTK_LABEL(label), GPOINTER_TO_INT(user_data) ? 1 : 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(label, "small");
    gtk_widget_add_css_class(label, "dim");
    gtk_widget_add_css_class(label, "num");
    gtk_list_item_set_child(item, label);
}

static void
bind_type_cb(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    N2Entry *entry = gtk_list_item_get_item(item);

    (void)factory;
    gtk_label_set_text(GTK_LABEL(gtk_list_item_get_child(item)), n2_words_type(entry->type));
}

static void
bind_changed_cb(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    N2Entry *entry = gtk_list_item_get_item(item);
    g_autofree char *words = n2_words_time(entry->changed_us, g_get_real_time());

    (void)factory;
    gtk_label_set_text(GTK_LABEL(gtk_list_item_get_child(item)), words);
}

static void
bind_size_cb(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    N2Entry *entry = gtk_list_item_get_item(item);
    g_autofree char *words =
        entry->is_directory ? g_strdup("") : g_format_size(entry->size_bytes);

    (void)factory;
    gtk_label_set_text(GTK_LABEL(gtk_list_item_get_child(item)), words);
}

/* ---- order ---- */

static int
by_name(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const N2Entry *x = a;
    const N2Entry *y = b;
    g_autofree char *x_name = g_utf8_casefold(x->name, -1);
    g_autofree char *y_name = g_utf8_casefold(y->name, -1);
    g_autofree char *x_key = g_utf8_collate_key_for_filename(x_name, -1);
    g_autofree char *y_key = g_utf8_collate_key_for_filename(y_name, -1);

    (void)user_data;
    return g_strcmp0(x_key, y_key);
}

static int
by_type(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const N2Entry *x = a;
    const N2Entry *y = b;
    int order = g_utf8_collate(n2_words_type(x->type), n2_words_type(y->type));

    return order ? order : by_name(a, b, user_data);
}

static int
by_changed(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const N2Entry *x = a;
    const N2Entry *y = b;

    if (x->changed_us == y->changed_us)
        return by_name(a, b, user_data);
    return x->changed_us < y->changed_us ? -1 : 1;
}

static int
by_size(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const N2Entry *x = a;
    const N2Entry *y = b;

    if (x->size_bytes == y->size_bytes)
        return by_name(a, b, user_data);
    return x->size_bytes < y->size_bytes ? -1 : 1;
}

static int
by_folder(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const N2Entry *x = a;
    const N2Entry *y = b;

    (void)user_data;
    return y->is_directory - x->is_directory;
}

GtkSorter *
n2_folder_columns_make_sorter(GtkColumnView *view)
{
    GtkMultiSorter *sorter = gtk_multi_sorter_new();

    gtk_multi_sorter_append(sorter, GTK_SORTER(gtk_custom_sorter_new(by_folder, NULL, NULL)));
    gtk_multi_sorter_append(sorter, g_object_ref(gtk_column_view_get_sorter(view)));
    return GTK_SORTER(sorter);
}

static GtkColumnViewColumn *
add(GtkColumnView *view,
    const char *title,
    GCallback setup,
    GCallback bind,
    GCompareDataFunc compare,
    gboolean at_end)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
    g_autoptr(GtkColumnViewColumn) column = gtk_column_view_column_new(title, factory);
    g_autoptr(GtkSorter) sorter = GTK_SORTER(gtk_custom_sorter_new(compare, NULL, NULL));

    g_signal_connect(factory, "setup", setup, GINT_TO_POINTER(at_end));
    g_signal_connect(factory, "bind", bind, NULL);
    gtk_column_view_column_set_sorter(column, sorter);
    gtk_column_view_append_column(view, column);
    return column;
}

/* The title of the last column stands over numbers that are aligned at the end. */
static void
align_last_title(GtkColumnView *view)
{
    GtkWidget *header = gtk_widget_get_first_child(GTK_WIDGET(view));
    GtkWidget *title = header ? gtk_widget_get_last_child(header) : NULL;
    GtkWidget *box = title ? gtk_widget_get_first_child(title) : NULL;

    if (box)
        gtk_widget_set_halign(box, GTK_ALIGN_END);
}

/* Widths in pixels at the usual text size; they grow with it. */
static void
set_widths(n2_folder_columns *columns, GtkColumnView *view)
{
    int dpi = 0;
    double scale = 1;

    g_object_get(gtk_widget_get_settings(GTK_WIDGET(view)), "gtk-xft-dpi", &dpi, NULL);
    if (dpi > 0)
        scale = MAX(dpi / (96.0 * 1024), 1);
    gtk_column_view_column_set_fixed_width(columns->type, (int)(110 * scale));
    gtk_column_view_column_set_fixed_width(columns->changed, (int)(130 * scale));
    gtk_column_view_column_set_fixed_width(columns->size, (int)(100 * scale));
}

n2_folder_columns
n2_folder_columns_add(GtkColumnView *view)
{
    GtkColumnViewColumn *name = add(view, _("Name"), G_CALLBACK(setup_name_cb),
                                    G_CALLBACK(bind_name_cb), by_name, FALSE);
    n2_folder_columns columns = {.has_type = TRUE, .has_changed = TRUE};

    columns.type = g_object_ref(add(view, _("Kind"), G_CALLBACK(setup_words_cb),
                                    G_CALLBACK(bind_type_cb), by_type, FALSE));
    columns.changed = g_object_ref(add(view, _("Changed"), G_CALLBACK(setup_words_cb),
                                       G_CALLBACK(bind_changed_cb), by_changed, FALSE));
    columns.size = g_object_ref(add(view, _("Size"), G_CALLBACK(setup_words_cb),
                                    G_CALLBACK(bind_size_cb), by_size, TRUE));
    gtk_column_view_column_set_expand(name, TRUE);
    set_widths(&columns, view);
    gtk_column_view_sort_by_column(view, name, GTK_SORT_ASCENDING);
    align_last_title(view);
    return columns;
}

/* Takes it out instead of hiding it: GTK 4.8 leaves a hidden column its width. */
static void
show(GtkColumnView *view, GtkColumnViewColumn *column, guint position, gboolean is_shown)
{
    if (is_shown)
        gtk_column_view_insert_column(view, position, column);
    else
        gtk_column_view_remove_column(view, column);
}

void
n2_folder_columns_show(n2_folder_columns *columns,
                       GtkColumnView *view,
                       gboolean has_type,
                       gboolean has_changed)
{
    set_widths(columns, view);
    if (columns->has_type != has_type)
        show(view, columns->type, 1, has_type);
    if (columns->has_changed != has_changed)
        show(view, columns->changed, has_type ? 2 : 1, has_changed);
    columns->has_type = has_type;
    columns->has_changed = has_changed;
}

void
n2_folder_columns_clear(n2_folder_columns *columns)
{
    g_clear_object(&columns->type);
    g_clear_object(&columns->changed);
    g_clear_object(&columns->size);
}
