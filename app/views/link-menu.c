/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link-menu.c - the context menu of a page.
 */
#include "views/link-menu.h"

#include <glib/gi18n.h>

static void
on_activate_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    GtkWidget *widget = GTK_WIDGET(user_data);

    (void)target;
    gtk_widget_activate_action_variant(widget, g_object_get_data(G_OBJECT(action), "n2-action"),
                                       g_object_get_data(G_OBJECT(action), "n2-target"));
}

/* An item that does the window's action @name with @text as its target, if there is one. */
static void
add(WebKitContextMenu *menu,
    GtkWidget *widget,
    const char *label,
    const char *name,
    const char *text)
{
    g_autoptr(GSimpleAction) action = g_simple_action_new(name, NULL);

    g_object_set_data_full(G_OBJECT(action), "n2-action", g_strconcat("win.", name, NULL),
                           g_free);
    if (text)
        g_object_set_data_full(G_OBJECT(action), "n2-target",
                               g_variant_ref_sink(g_variant_new_string(text)),
                               (GDestroyNotify)g_variant_unref);
    g_signal_connect_object(action, "activate", G_CALLBACK(on_activate_cb), widget, 0);
    webkit_context_menu_append(
        menu, webkit_context_menu_item_new_from_gaction(G_ACTION(action), label, NULL));
}

void
n2_link_menu_fill(WebKitContextMenu *menu, WebKitHitTestResult *hit, GtkWidget *widget)
{
    gboolean is_link = webkit_hit_test_result_context_is_link(hit);

    webkit_context_menu_remove_all(menu);
    if (is_link) {
        const char *uri = webkit_hit_test_result_get_link_uri(hit);

        add(menu, widget, _("Open Link in New _Tab"), "follow-in-tab", uri);
        add(menu, widget, _("Copy Link _Address"), "copy-text", uri);
    }
    if (webkit_hit_test_result_context_is_selection(hit)) {
        webkit_context_menu_append(menu, webkit_context_menu_item_new_from_stock_action(
                                             WEBKIT_CONTEXT_MENU_ACTION_COPY));
    }
    if (is_link)
        return;
    add(menu, widget, _("_Back"), "back", NULL);
    add(menu, widget, _("_Forward"), "forward", NULL);
    add(menu, widget, _("_Reload"), "reload", NULL);
    webkit_context_menu_append(menu, webkit_context_menu_item_new_separator());
    add(menu, widget, _("_Find in Page…"), "find", NULL);
}
