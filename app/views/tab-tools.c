/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tab-tools.c - what is done in a tab, and what the window shows of it.
 */
#include "views/tab-private.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "model/words.h"
#include "views/saving.h"

static const double zooms[] = {0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3};

void
n2_tab_go(N2Tab *self, const char *text)
{
    g_return_if_fail(N2_IS_TAB(self));

    self->is_linked = FALSE;
    n2_tab_open_address(self, text, N2_TAB_MODE_PUSH, 0);
}

gboolean
n2_tab_is_foreign(N2Tab *self, const char *address)
{
    const char *present = NULL;

    g_return_val_if_fail(N2_IS_TAB(self), FALSE);

    /* Within a site it is as if the user had gone on there. */
    present = n2_history_peek(self->history, 0);
    return !present || n2_history_is_linked(self->history, 0) ||
           (self->kind == N2_TAB_DOCUMENT && !n2_location_same_site(present, address));
}

void
n2_tab_follow(N2Tab *self, const char *address)
{
    g_return_if_fail(N2_IS_TAB(self));

    self->is_linked = n2_tab_is_foreign(self, address);
    n2_tab_open_address(self, address, N2_TAB_MODE_PUSH, 0);
}

void
n2_tab_move(N2Tab *self, int steps)
{
    const char *address = NULL;

    g_return_if_fail(N2_IS_TAB(self));

    address = n2_history_peek(self->history, steps);
    if (address)
        n2_tab_open_address(self, address, N2_TAB_MODE_MOVE, steps);
}

void
n2_tab_reload(N2Tab *self)
{
    const char *address = n2_history_peek(self->history, 0);

    g_return_if_fail(N2_IS_TAB(self));

    if (address)
        n2_tab_open_address(self, address, N2_TAB_MODE_REPLACE, 0);
}

void
n2_tab_show_source(N2Tab *self)
{
    n2_tab_reload(self);
    self->wants_source = TRUE;
}

void
n2_tab_save_address(N2Tab *self, const char *address)
{
    g_autofree char *name = n2_location_dup_title(address);

    n2_saving_begin(GTK_WIDGET(self), n2_tab_peek_source(self), address, name);
}

void
n2_tab_stop(N2Tab *self)
{
    g_return_if_fail(N2_IS_TAB(self));

    if (!self->wanted)
        return;
    g_autofree char *address = g_strdup(self->wanted);
    gboolean shows_nothing = !n2_history_peek(self->history, 0);

    n2_tab_abandon(self);
    if (shows_nothing) {
        g_autoptr(GError) error = n2_error_make(N2_ERR_CANCELLED, address, NULL, NULL);

        n2_tab_fail(self, address, error);
        return;
    }
    n2_tab_tell_changed(self);
}

void
n2_tab_on_site_changed(N2Tab *self, const char *address)
{
    gboolean is_own = g_strcmp0(n2_tab_peek_address(self), N2_LOCATION_FILES) == 0;
    gboolean is_there = self->place && n2_location_same_site(self->place->address, address);

    /* A list may follow what happens; a page that somebody reads stays until they reload. */
    if (!self->wanted && (is_own || (is_there && self->kind == N2_TAB_FOLDER)))
        n2_tab_reload(self);
}

void
n2_tab_find(N2Tab *self)
{
    g_return_if_fail(N2_IS_TAB(self));

    if (self->kind == N2_TAB_DOCUMENT)
        n2_find_bar_open(self->find_bar);
    else if (self->kind == N2_TAB_FOLDER)
        n2_folder_view_find(self->folder);
}

void
n2_tab_find_next(N2Tab *self, gboolean backwards)
{
    g_return_if_fail(N2_IS_TAB(self));

    if (self->kind == N2_TAB_DOCUMENT)
        n2_document_view_find_next(self->document, backwards);
}

void
n2_tab_zoom(N2Tab *self, int steps)
{
    guint normal = 0;

    g_return_if_fail(N2_IS_TAB(self));

    while (zooms[normal] < 1)
        normal++;
    self->zoom = steps == 0
                     ? normal
                     : (guint)CLAMP((int)self->zoom + steps, 0, (int)G_N_ELEMENTS(zooms) - 1);
    if (self->document)
        g_object_set(self->document, "zoom", zooms[self->zoom], NULL);
    n2_tab_tell_changed(self);
}

double
n2_tab_get_zoom(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), 1);

    return zooms[self->zoom];
}

void
n2_tab_print(N2Tab *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    g_return_if_fail(N2_IS_TAB(self));

    if (self->kind == N2_TAB_DOCUMENT && GTK_IS_WINDOW(root))
        n2_document_view_print(self->document, GTK_WINDOW(root));
}

void
n2_tab_save(N2Tab *self)
{
    g_return_if_fail(N2_IS_TAB(self));

    if (!self->place || self->place->is_directory)
        return;
    g_autofree char *name =
        self->place->index ? g_strdup(self->place->index) : n2_place_dup_title(self->place);
    n2_saving_begin(GTK_WIDGET(self), n2_tab_peek_source(self), self->place->address, name);
}

gboolean
n2_tab_edit_start(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), FALSE);

    if (self->kind != N2_TAB_START || self->wanted)
        return FALSE;
    n2_start_view_edit(self->start);
    return TRUE;
}

void
n2_tab_on_find_text(N2Tab *self, const char *text)
{
    if (self->document)
        n2_document_view_find(self->document, text);
}

void
n2_tab_on_find_closed(N2Tab *self)
{
    if (!self->document)
        return;
    n2_document_view_find_end(self->document);
    gtk_widget_grab_focus(GTK_WIDGET(self->document));
}

void
n2_tab_tell_back(N2Tab *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
    GtkApplication *app =
        GTK_IS_WINDOW(root) ? gtk_window_get_application(GTK_WINDOW(root)) : NULL;
    g_autofree char *site = n2_location_dup_site(self->wanted);
    g_autofree char *title = g_strdup_printf(_("%s is back"), site);
    g_autoptr(GNotification) notification = g_notification_new(title);

    if (!app)
        return;
    g_notification_set_body(notification, _("The page is loaded."));
    g_application_send_notification(G_APPLICATION(app), self->wanted, notification);
}

/* ---- what the window shows of it ---- */

N2TabKind
n2_tab_get_kind(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), N2_TAB_START);

    return self->kind;
}

gboolean
n2_tab_is_loading(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), FALSE);

    return self->wanted != NULL;
}

N2History *
n2_tab_peek_history(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), NULL);

    return self->history;
}

const char *
n2_tab_peek_address(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), NULL);

    return self->wanted ? self->wanted : n2_history_peek(self->history, 0);
}

char *
n2_tab_dup_title(N2Tab *self)
{
    const char *address = n2_tab_peek_address(self);
    g_autofree char *title = NULL;

    g_return_val_if_fail(N2_IS_TAB(self), NULL);

    if (self->kind == N2_TAB_DOCUMENT && self->document && !self->coming)
        g_object_get(self->document, "title", &title, NULL);
    if (title && *title)
        return g_steal_pointer(&title);
    return address ? n2_location_dup_title(address) : g_strdup(_("New Tab"));
}

N2Place *
n2_tab_peek_place(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), NULL);

    return self->wanted && self->kind != N2_TAB_DOCUMENT ? NULL : self->place;
}

char *
n2_tab_dup_path_words(N2Tab *self, gboolean *is_bad)
{
    g_return_val_if_fail(N2_IS_TAB(self), NULL);

    *is_bad = FALSE;
    if (self->coming || (self->wanted && self->cancellable))
        return NULL;
    if (self->failure) {
        *is_bad = TRUE;
        return g_strdup(self->failure->short_words);
    }
    return self->place ? n2_words_path(self->place) : NULL;
}

const char *
n2_tab_peek_icon(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), NULL);

    switch (self->kind) {
    case N2_TAB_START:
        return "go-home-symbolic";
    case N2_TAB_FOLDER:
        return "folder-symbolic";
    case N2_TAB_NETWORK:
        return "net2o-switch-symbolic";
    case N2_TAB_PEOPLE:
        return "system-users-symbolic";
    case N2_TAB_SEARCH:
        return "system-search-symbolic";
    case N2_TAB_ERROR:
    case N2_TAB_WARNING:
        return "dialog-warning-symbolic";
    case N2_TAB_DOCUMENT:
    case N2_TAB_FILE:
        return NULL;
    }
    return NULL;
}

WebKitWebView *
n2_tab_peek_web_view(N2Tab *self)
{
    g_return_val_if_fail(N2_IS_TAB(self), NULL);

    return self->document ? n2_document_view_peek_web_view(self->document) : NULL;
}
