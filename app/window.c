/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * window.c - a browser window: header, places, tabs.
 */
#include "window.h"

#include <glib/gi18n.h>

#include "model/location.h"
#include "widgets/adaptive-bin.h"
#include "widgets/address-bar.h"
#include "widgets/places-list.h"
#include "widgets/tab-switcher.h"
#include "window-actions.h"

enum {
    CLOSED_MAX = 20 /* tabs that can be opened again */
};

struct _N2Window {
    AdwApplicationWindow parent_instance;

    /* Template children: owned by the template, borrowed here. */
    N2AdaptiveBin *root;
    AdwHeaderBar *header;
    GtkStack *title_stack;
    GtkLabel *title;
    N2AddressBar *address;
    GtkButton *reload;
    GtkToggleButton *places_toggle;
    GtkToggleButton *narrow_places_toggle;
    AdwFlap *flap;
    N2PlacesList *places;
    AdwTabView *tab_view;
    AdwTabBar *tab_bar;
    GtkRevealer *node_bar;
    GtkWidget *fraud_bar;
    GtkLabel *fraud;
    N2TabSwitcher *switcher;
    AdwToastOverlay *toasts;

    N2Engine *engine;  /* owned */
    N2Recent *recent;  /* owned */
    char *profile;     /* owned; nullable */
    GPtrArray *closed; /* owned; addresses of tabs that were closed, the last one last */
    gboolean is_asking_roots;
    gboolean is_narrow;
    gboolean was_present; /* a node has answered in this window's life */
    gboolean edits_address;
    gboolean wide_places; /* whether the places are to be seen in a wide window */
};

G_DEFINE_FINAL_TYPE(N2Window, n2_window, ADW_TYPE_APPLICATION_WINDOW)

enum {
    PROP_NARROW = 1,
    N_PROPS
};

static GParamSpec *props[N_PROPS];

AdwTabView *
n2_window_peek_tab_view(N2Window *self)
{
    g_return_val_if_fail(N2_IS_WINDOW(self), NULL);

    return self->tab_view;
}

N2Recent *
n2_window_peek_recent(N2Window *self)
{
    g_return_val_if_fail(N2_IS_WINDOW(self), NULL);

    return self->recent;
}

N2Tab *
n2_window_peek_tab(N2Window *self)
{
    AdwTabPage *page = NULL;

    g_return_val_if_fail(N2_IS_WINDOW(self), NULL);

    page = adw_tab_view_get_selected_page(self->tab_view);
    return page ? N2_TAB(adw_tab_page_get_child(page)) : NULL;
}

void
n2_window_tell(N2Window *self, const char *words)
{
    AdwToast *toast = NULL;

    g_return_if_fail(N2_IS_WINDOW(self));

    g_autofree char *escaped = g_markup_escape_text(words, -1); /* a toast reads markup */
    toast = adw_toast_new(escaped);
    adw_toast_overlay_add_toast(self->toasts, toast);
}

static void
on_lied_cb(N2Window *self, const char *who)
{
    /* Translators: k1-... or a personal name of another computer. */
    g_autofree char *words = g_strdup_printf(
        _("%s sent something forged or damaged. None of it is shown, and it is not asked "
          "again for an hour."),
        who);

    n2_window_tell(self, words);
}

static void ask_roots(N2Window *self);

/* ---- what the window shows of its tab ---- */

static void
show_path(N2Window *self, N2Tab *tab)
{
    gboolean is_bad = FALSE;
    g_autofree char *words = n2_tab_dup_path_words(tab, &is_bad);
    N2Place *place = n2_tab_peek_place(tab);
    g_autofree char *title = n2_tab_dup_title(tab);

    n2_address_bar_set_path(self->address, words, is_bad);
    n2_address_bar_set_has_info(self->address, place != NULL);
    n2_address_bar_set_doubt(self->address,
                             place && place->trust && place->trust->verdict >= N2_VERDICT_ASK);
    n2_page_info_set_place(n2_address_bar_peek_info(self->address),
                           n2_engine_peek_source(self->engine), place, title);
}

static void
show_reload(N2Window *self, gboolean is_loading)
{
    const char *words = is_loading ? _("Stop") : _("Reload");

    gtk_button_set_icon_name(self->reload,
                             is_loading ? "process-stop-symbolic" : "view-refresh-symbolic");
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->reload), words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->reload), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   words, -1);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(self->reload),
                                   is_loading ? "win.stop" : "win.reload");
}

static void
show_tab(N2Window *self)
{
    N2Tab *tab = n2_window_peek_tab(self);
    g_autofree char *title = tab ? n2_tab_dup_title(tab) : NULL;
    g_autofree char *window_title = NULL;
    const char *address = tab ? n2_tab_peek_address(tab) : NULL;
    gboolean is_start = tab && n2_tab_get_kind(tab) == N2_TAB_START && !n2_tab_is_loading(tab);

    if (!self->engine) /* the window goes */
        return;
    n2_window_actions_update(self);
    if (!tab)
        return;
    /* Translators: title of the window: the page's title, then the program's name. */
    window_title = g_strdup_printf(_("%s – net2o"), title);
    gtk_window_set_title(GTK_WINDOW(self), window_title);
    gtk_label_set_text(self->title, title);
    gtk_stack_set_visible_child_name(self->title_stack,
                                     is_start && !self->edits_address ? "title" : "address");
    n2_address_bar_set_address(self->address, address);
    n2_places_list_set_address(self->places, address);
    show_reload(self, n2_tab_is_loading(tab));
    show_path(self, tab);
}

static void
show_page(AdwTabPage *page, N2Tab *tab)
{
    g_autofree char *title = n2_tab_dup_title(tab);
    g_autofree char *tooltip = g_markup_escape_text(title, -1);
    const char *name = n2_tab_peek_icon(tab);
    g_autoptr(GIcon) icon = name ? g_themed_icon_new(name) : NULL;

    adw_tab_page_set_title(page, title);
    adw_tab_page_set_tooltip(page, tooltip);
    adw_tab_page_set_icon(page, icon);
    adw_tab_page_set_loading(page, n2_tab_is_loading(tab));
}

static void
on_tab_changed_cb(N2Window *self, N2Tab *tab)
{
    AdwTabPage *page = adw_tab_view_get_page(self->tab_view, GTK_WIDGET(tab));

    if (!page)
        return;
    show_page(page, tab);
    if (!n2_tab_is_loading(tab))
        ask_roots(self);
    if (page == adw_tab_view_get_selected_page(self->tab_view))
        show_tab(self);
}

static N2Tab *
open_tab(N2Window *self, const char *text, gboolean in_background, gboolean is_link);

static void
on_new_tab_cb(N2Window *self, const char *address, gboolean is_link)
{
    open_tab(self, address, TRUE, is_link);
}

static void
on_selected_cb(N2Window *self)
{
    self->edits_address = FALSE;
    show_tab(self);
}

static N2Tab *
open_tab(N2Window *self, const char *text, gboolean in_background, gboolean is_link)
{
    GtkWidget *tab = NULL;
    AdwTabPage *page = NULL;

    tab = n2_tab_new(self->engine, self->recent, self->profile);
    g_object_bind_property(self, "narrow", tab, "narrow", G_BINDING_SYNC_CREATE);
    page = adw_tab_view_append(self->tab_view, tab);
    g_signal_connect_object(tab, "changed", G_CALLBACK(on_tab_changed_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(tab, "new-tab", G_CALLBACK(on_new_tab_cb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(tab, "edit-address", G_CALLBACK(n2_window_edit_address), self,
                            G_CONNECT_SWAPPED);
    if (is_link)
        n2_tab_follow(N2_TAB(tab), text);
    else
        n2_tab_go(N2_TAB(tab), text ? text : N2_LOCATION_START);
    show_page(page, N2_TAB(tab));
    if (!in_background) {
        adw_tab_view_set_selected_page(self->tab_view, page);
        gtk_widget_grab_focus(tab);
    }
    return N2_TAB(tab);
}

N2Tab *
n2_window_open(N2Window *self, const char *text, gboolean in_background)
{
    g_return_val_if_fail(N2_IS_WINDOW(self), NULL);

    return open_tab(self, text, in_background, FALSE);
}

void
n2_window_follow(N2Window *self, const char *address)
{
    N2Tab *tab = NULL;

    g_return_if_fail(N2_IS_WINDOW(self));

    tab = n2_window_peek_tab(self);
    open_tab(self, address, TRUE, !tab || n2_tab_is_foreign(tab, address));
}

/* ---- tabs that go ---- */

static gboolean
on_close_page_cb(N2Window *self, AdwTabPage *page)
{
    N2Tab *tab = N2_TAB(adw_tab_page_get_child(page));
    const char *address = n2_tab_peek_address(tab);

    if (address && !g_str_equal(address, N2_LOCATION_START)) {
        g_ptr_array_add(self->closed, g_strdup(address));
        if (self->closed->len > CLOSED_MAX)
            g_ptr_array_remove_index(self->closed, 0);
    }
    adw_tab_view_close_page_finish(self->tab_view, page, TRUE);
    return GDK_EVENT_STOP;
}

static void
on_n_pages_cb(N2Window *self)
{
    if (adw_tab_view_get_n_pages(self->tab_view) == 0)
        gtk_window_close(GTK_WINDOW(self));
}

void
n2_window_reopen_tab(N2Window *self)
{
    g_return_if_fail(N2_IS_WINDOW(self));

    if (self->closed->len == 0)
        return;
    g_autofree char *address = g_ptr_array_steal_index(self->closed, self->closed->len - 1);
    n2_window_open(self, address, FALSE);
}

/* A tab dragged out of the window gets one of its own. */
static AdwTabView *
on_create_window_cb(N2Window *self)
{
    N2Window *window = n2_window_new(gtk_window_get_application(GTK_WINDOW(self)), self->engine,
                                     self->recent, self->profile);

    gtk_window_present(GTK_WINDOW(window));
    return window->tab_view;
}

/* ---- address and places ---- */

static void
on_address_go_cb(N2Window *self, const char *text)
{
    N2Tab *tab = n2_window_peek_tab(self);

    self->edits_address = FALSE;
    if (!tab)
        return;
    gtk_window_set_focus(GTK_WINDOW(self), NULL); /* for the view that comes */
    n2_tab_go(tab, text);
}

static void
on_address_leave_cb(N2Window *self)
{
    N2Tab *tab = n2_window_peek_tab(self);

    self->edits_address = FALSE;
    if (tab)
        gtk_widget_grab_focus(GTK_WIDGET(tab));
    show_tab(self);
}

void
n2_window_edit_address(N2Window *self)
{
    N2Tab *tab = n2_window_peek_tab(self);

    g_return_if_fail(N2_IS_WINDOW(self));

    if (tab && n2_tab_edit_start(tab))
        return;
    self->edits_address = TRUE;
    gtk_stack_set_visible_child_name(self->title_stack, "address");
    n2_address_bar_edit(self->address);
}

void
n2_window_open_info(N2Window *self)
{
    g_return_if_fail(N2_IS_WINDOW(self));

    n2_address_bar_open_info(self->address);
}

static void
on_places_go_cb(N2Window *self, const char *address, gboolean new_tab)
{
    N2Tab *tab = n2_window_peek_tab(self);

    if (new_tab || !tab)
        n2_window_open(self, address, new_tab);
    else
        n2_tab_go(tab, address);
    if (self->is_narrow)
        adw_flap_set_reveal_flap(self->flap, FALSE);
}

void
n2_window_toggle_places(N2Window *self)
{
    g_return_if_fail(N2_IS_WINDOW(self));

    adw_flap_set_reveal_flap(self->flap, !adw_flap_get_reveal_flap(self->flap));
}

static void
on_revealed_cb(N2Window *self)
{
    if (!self->is_narrow)
        self->wide_places = adw_flap_get_reveal_flap(self->flap);
}

/* ---- narrow ---- */

static void
on_narrow_cb(N2Window *self)
{
    gboolean is_narrow = n2_adaptive_bin_get_narrow(self->root);

    if (is_narrow == self->is_narrow)
        return;
    self->is_narrow = is_narrow;
    adw_flap_set_fold_policy(self->flap, is_narrow ? ADW_FLAP_FOLD_POLICY_ALWAYS
                                                   : ADW_FLAP_FOLD_POLICY_NEVER);
    adw_flap_set_reveal_flap(self->flap, is_narrow ? FALSE : self->wide_places);
    adw_header_bar_set_centering_policy(self->header, is_narrow ? ADW_CENTERING_POLICY_LOOSE
                                                                : ADW_CENTERING_POLICY_STRICT);
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_NARROW]);
}

/* For bindings of the template: what is seen in wide windows only. */
static gboolean
is_wide(GObject *object, gboolean narrow)
{
    (void)object;
    return !narrow;
}

/* ---- who speaks for names ---- */

static void
on_roots_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Window) self = user_data;
    g_autofree char *words = n2_library_roots_finish(N2_LIBRARY(source), result, NULL);

    self->is_asking_roots = FALSE;
    if (!words || !self->engine) /* what was said stays said */
        return;
    gtk_label_set_text(self->fraud, words);
    gtk_widget_set_visible(self->fraud_bar, *words != '\0');
}

/* A zone that says two things at once is found out when one of its names is looked up. */
static void
ask_roots(N2Window *self)
{
    N2Source *source = self->engine ? n2_engine_peek_source(self->engine) : NULL;

    if (!source || !n2_source_peek_library(source) || self->is_asking_roots ||
        !n2_source_is_present(source))
        return;
    self->is_asking_roots = TRUE;
    n2_library_ask_async(n2_source_peek_library(source), N2_LIBRARY_ROOTS, "", NULL, 0, NULL,
                         on_roots_cb, g_object_ref(self));
}

/* ---- the node comes and goes ---- */

static void
on_presence_cb(N2Window *self)
{
    gboolean is_present = n2_source_is_present(n2_engine_peek_source(self->engine));

    self->was_present = self->was_present || is_present;
    /* Hidden as a whole, or a screen reader would find it all the time. */
    gtk_widget_set_visible(GTK_WIDGET(self->node_bar), self->was_present && !is_present);
    gtk_revealer_set_reveal_child(self->node_bar, self->was_present && !is_present);
}

/* A site asks who is there, and no tab waits for it: then it was for a part of what is shown.
 */
static gboolean
on_log_in_cb(N2Window *self, N2LogIn *ask)
{
    GtkApplication *app = gtk_window_get_application(GTK_WINDOW(self));
    N2Tab *tab = n2_window_peek_tab(self);

    return app && gtk_application_get_active_window(app) == GTK_WINDOW(self) && tab &&
           n2_tab_show_log_in(tab, ask);
}

/* ---- object ---- */

static void
n2_window_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_NARROW)
        g_value_set_boolean(value, N2_WINDOW(object)->is_narrow);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
n2_window_dispose(GObject *object)
{
    N2Window *self = N2_WINDOW(object);

    if (self->engine)
        g_signal_handlers_disconnect_by_data(n2_engine_peek_source(self->engine), self);
    if (self->engine && n2_source_peek_people(n2_engine_peek_source(self->engine)))
        g_signal_handlers_disconnect_by_data(
            n2_source_peek_people(n2_engine_peek_source(self->engine)), self);
    g_clear_object(&self->engine);
    g_clear_object(&self->recent);
    g_clear_pointer(&self->profile, g_free);
    g_clear_pointer(&self->closed, g_ptr_array_unref);
    G_OBJECT_CLASS(n2_window_parent_class)->dispose(object);
}

static void
n2_window_class_init(N2WindowClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->get_property = n2_window_get_property;
    object_class->dispose = n2_window_dispose;
    props[PROP_NARROW] = g_param_spec_boolean("narrow", NULL, NULL, FALSE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);

    g_type_ensure(N2_TYPE_ADAPTIVE_BIN);
    g_type_ensure(N2_TYPE_ADDRESS_BAR);
    g_type_ensure(N2_TYPE_PLACES_LIST);
    g_type_ensure(N2_TYPE_TAB_SWITCHER);
    n2_window_actions_install(widget_class);
    gtk_widget_class_set_template_from_resource(widget_class, "/org/net2o/Browser/window.ui");
    gtk_widget_class_bind_template_child(widget_class, N2Window, root);
    gtk_widget_class_bind_template_child(widget_class, N2Window, header);
    gtk_widget_class_bind_template_child(widget_class, N2Window, title_stack);
    gtk_widget_class_bind_template_child(widget_class, N2Window, title);
    gtk_widget_class_bind_template_child(widget_class, N2Window, address);
    gtk_widget_class_bind_template_child(widget_class, N2Window, reload);
    gtk_widget_class_bind_template_child(widget_class, N2Window, places_toggle);
    gtk_widget_class_bind_template_child(widget_class, N2Window, narrow_places_toggle);
    gtk_widget_class_bind_template_child(widget_class, N2Window, flap);
    gtk_widget_class_bind_template_child(widget_class, N2Window, places);
    gtk_widget_class_bind_template_child(widget_class, N2Window, tab_view);
    gtk_widget_class_bind_template_child(widget_class, N2Window, tab_bar);
    gtk_widget_class_bind_template_child(widget_class, N2Window, node_bar);
    gtk_widget_class_bind_template_child(widget_class, N2Window, fraud_bar);
    gtk_widget_class_bind_template_child(widget_class, N2Window, fraud);
    gtk_widget_class_bind_template_child(widget_class, N2Window, switcher);
    gtk_widget_class_bind_template_child(widget_class, N2Window, toasts);
    gtk_widget_class_bind_template_callback(widget_class, on_narrow_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_address_go_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_address_leave_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_places_go_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_selected_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_n_pages_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_close_page_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_create_window_cb);
    gtk_widget_class_bind_template_callback(widget_class, on_revealed_cb);
    gtk_widget_class_bind_template_callback(widget_class, is_wide);
}

static void
n2_window_init(N2Window *self)
{
    self->closed = g_ptr_array_new_with_free_func(g_free);
    self->wide_places = TRUE;
    gtk_widget_init_template(GTK_WIDGET(self));
    n2_window_actions_capture(self);
    n2_tab_switcher_set_view(self->switcher, self->tab_view);
    g_object_bind_property(self->flap, "reveal-flap", self->places_toggle, "active",
                           G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
    g_object_bind_property(self->flap, "reveal-flap", self->narrow_places_toggle, "active",
                           G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

N2Window *
n2_window_new(GtkApplication *app, N2Engine *engine, N2Recent *recent, const char *profile)
{
    N2Window *self = g_object_new(N2_TYPE_WINDOW, "application", app, NULL);

    self->engine = g_object_ref(engine);
    self->recent = g_object_ref(recent);
    if (n2_source_peek_library(n2_engine_peek_source(engine)))
        n2_address_bar_set_recent(self->address, recent);
    self->profile = g_strdup(profile);
    g_signal_connect_swapped(n2_engine_peek_source(engine), "presence",
                             G_CALLBACK(on_presence_cb), self);
    g_signal_connect_swapped(n2_engine_peek_source(engine), "lied", G_CALLBACK(on_lied_cb),
                             self);
    if (n2_source_peek_people(n2_engine_peek_source(engine)))
        g_signal_connect_data(n2_source_peek_people(n2_engine_peek_source(engine)), "log-in",
                              G_CALLBACK(on_log_in_cb), self, NULL,
                              G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    on_presence_cb(self);
    n2_window_actions_update(self);
    return self;
}
