/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * places-list.c - the list on the left.
 */
#include "widgets/places-list.h"

#include <glib/gi18n.h>

#include "model/location.h"

struct _N2PlacesList {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkListBox *list;
};

G_DEFINE_FINAL_TYPE(N2PlacesList, n2_places_list, GTK_TYPE_WIDGET)

enum {
    SIGNAL_GO,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct {
    const char *address;
    const char *title; /* translated where it is used */
    const char *icon;
} place_row;

static const place_row rows[] = {
    {N2_LOCATION_START, N_("Start"), "go-home-symbolic"},
    {N2_LOCATION_FILES, N_("Files"), "folder-symbolic"},
    {N2_LOCATION_SEARCH, N_("Search"), "system-search-symbolic"},
    {N2_LOCATION_PEOPLE, N_("People"), "system-users-symbolic"},
    {N2_LOCATION_NETWORK, N_("Network"), "net2o-switch-symbolic"},
};

static GtkWidget *
make_row(const place_row *place)
{
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *icon = gtk_image_new_from_icon_name(place->icon);
    GtkWidget *label = gtk_label_new(_(place->title));

    gtk_box_append(GTK_BOX(box), icon);
    gtk_box_append(GTK_BOX(box), label);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _(place->title), -1);
    return row;
}

static void
on_row_activated_cb(N2PlacesList *self, GtkListBoxRow *row)
{
    g_signal_emit(self, signals[SIGNAL_GO], 0, rows[gtk_list_box_row_get_index(row)].address,
                  FALSE);
}

static void
on_middle_click_cb(N2PlacesList *self, int n_press, double x, double y)
{
    GtkListBoxRow *row = gtk_list_box_get_row_at_y(self->list, (int)y);

    (void)n_press;
    (void)x;
    if (row)
        g_signal_emit(self, signals[SIGNAL_GO], 0,
                      rows[gtk_list_box_row_get_index(row)].address, TRUE);
}

void
n2_places_list_set_address(N2PlacesList *self, const char *address)
{
    g_return_if_fail(N2_IS_PLACES_LIST(self));

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (g_strcmp0(rows[i].address, address) == 0 ||
            (address && n2_location_peek_person(address) &&
             g_str_equal(rows[i].address, N2_LOCATION_PEOPLE)) ||
            (address && g_str_has_prefix(address, N2_LOCATION_SEARCH) &&
             g_str_equal(rows[i].address, N2_LOCATION_SEARCH))) {
            gtk_list_box_select_row(self->list,
                                    gtk_list_box_get_row_at_index(self->list, (int)i));
            return;
        }
    gtk_list_box_unselect_all(self->list);
}

static void
n2_places_list_dispose(GObject *object)
{
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(object))))
        gtk_widget_unparent(child);
    G_OBJECT_CLASS(n2_places_list_parent_class)->dispose(object);
}

static void
n2_places_list_class_init(N2PlacesListClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_places_list_dispose;
    signals[SIGNAL_GO] =
        g_signal_new("go", N2_TYPE_PLACES_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "placeslist");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/places-list.ui");
    gtk_widget_class_bind_template_child(widget_class, N2PlacesList, list);
    gtk_widget_class_bind_template_callback(widget_class, on_row_activated_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_middle_click_cb);
}

static void
n2_places_list_init(N2PlacesList *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        gtk_list_box_append(self->list, make_row(&rows[i]));
}
