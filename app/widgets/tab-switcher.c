/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab-switcher.c - a button with the number of tabs, and a list of them.
 */
#include "widgets/tab-switcher.h"

#include <glib/gi18n.h>

struct _N2TabSwitcher {
    GtkWidget parent_instance;

    /* Template children: owned by the template, borrowed here. */
    GtkMenuButton *button;
    GtkLabel *count;
    GtkPopover *popover;
    GtkListBox *list;

    AdwTabView *view; /* owned */
};

G_DEFINE_FINAL_TYPE(N2TabSwitcher, n2_tab_switcher, GTK_TYPE_WIDGET)

static void
show_count(N2TabSwitcher *self)
{
    int n = adw_tab_view_get_n_pages(self->view);
    g_autofree char *number = g_strdup_printf("%d", n);
    g_autofree char *name = g_strdup_printf(ngettext("%d tab", "%d tabs", (gulong)n), n);

    gtk_label_set_text(self->count, number);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->button), name);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   name, -1);
}

static void
on_close_clicked_cb(GtkButton *button, gpointer user_data)
{
    N2TabSwitcher *self = user_data;

    adw_tab_view_close_page(self->view, g_object_get_data(G_OBJECT(button), "n2-page"));
    if (adw_tab_view_get_n_pages(self->view) <= 1)
        gtk_popover_popdown(self->popover);
}

static GtkWidget *
make_row(gpointer item, gpointer user_data)
{
    AdwTabPage *page = item;
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *label = gtk_label_new(NULL);
    GtkWidget *close = gtk_button_new_from_icon_name("window-close-symbolic");

    g_object_bind_property(page, "title", label, "label", G_BINDING_SYNC_CREATE);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(label, TRUE);
    gtk_widget_add_css_class(close, "flat");
    gtk_widget_add_css_class(close, "circular");
    gtk_widget_set_tooltip_text(close, _("Close tab"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(close), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Close tab"), -1);
    g_object_set_data(G_OBJECT(close), "n2-page", page); /* the row lives as long as the page */
    g_signal_connect(close, "clicked", G_CALLBACK(on_close_clicked_cb), user_data);
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), close);
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    return row;
}

static void
on_row_activated_cb(N2TabSwitcher *self, GtkListBoxRow *row)
{
    int i = gtk_list_box_row_get_index(row);

    adw_tab_view_set_selected_page(self->view, adw_tab_view_get_nth_page(self->view, i));
    gtk_popover_popdown(self->popover);
}

static void
on_new_clicked_cb(N2TabSwitcher *self)
{
    gtk_popover_popdown(self->popover);
}

void
n2_tab_switcher_set_view(N2TabSwitcher *self, AdwTabView *view)
{
    g_autoptr(GtkSelectionModel) pages = NULL;

    g_return_if_fail(N2_IS_TAB_SWITCHER(self));
    g_return_if_fail(ADW_IS_TAB_VIEW(view));

    g_set_object(&self->view, view);
    pages = adw_tab_view_get_pages(view);
    gtk_list_box_bind_model(self->list, G_LIST_MODEL(pages), make_row, self, NULL);
    g_signal_connect_object(view, "notify::n-pages", G_CALLBACK(show_count), self,
                            G_CONNECT_SWAPPED);
    show_count(self);
}

static void
n2_tab_switcher_dispose(GObject *object)
{
    N2TabSwitcher *self = N2_TAB_SWITCHER(object);
    GtkWidget *child = NULL;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self))))
        gtk_widget_unparent(child);
    g_clear_object(&self->view);
    G_OBJECT_CLASS(n2_tab_switcher_parent_class)->dispose(object);
}

static void
n2_tab_switcher_class_init(N2TabSwitcherClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = n2_tab_switcher_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "tabswitcher");
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/net2o/Browser/widgets/tab-switcher.ui");
    gtk_widget_class_bind_template_child(widget_class, N2TabSwitcher, button);
    gtk_widget_class_bind_template_child(widget_class, N2TabSwitcher, count);
    gtk_widget_class_bind_template_child(widget_class, N2TabSwitcher, popover);
    gtk_widget_class_bind_template_child(widget_class, N2TabSwitcher, list);
    gtk_widget_class_bind_template_callback(widget_class, on_row_activated_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_new_clicked_cb);
}

static void
n2_tab_switcher_init(N2TabSwitcher *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}
