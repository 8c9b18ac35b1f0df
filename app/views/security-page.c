/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * security-page.c - preferences: how long a sign-in lasts, what ends it, and the passphrase of
 *                   the keys on this computer.
 */
#include "views/security-page.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "views/passphrase-window.h"

enum {
    SPIN_MS = 500 /* the number has come to rest */
};

struct _N2SecurityPage {
    AdwPreferencesPage parent_instance;

    /* Borrowed: they are inside of it. */
    AdwActionRow *hours_row, *token_row, *screen_row, *passphrase_row;
    GtkSpinButton *hours;
    GtkSwitch *token, *screen;
    GtkButton *change;
    GtkWidget *remove;

    N2IdentitySource *source;  /* owned */
    GCancellable *cancellable; /* owned */
    guint rest_id;
    gboolean is_filling;     /* by us, not by the user */
    gboolean has_passphrase; /* the keys are sealed by one */
};

G_DEFINE_FINAL_TYPE(N2SecurityPage, n2_security_page, ADW_TYPE_PREFERENCES_PAGE)

/* ---- what is shown ---- */

static void
fill_row(AdwActionRow *row, const char *words, gboolean is_known, gboolean is_fixed)
{
    adw_action_row_set_subtitle(row,
                                is_fixed ? _("As the configuration of your node says") : words);
    gtk_widget_set_sensitive(GTK_WIDGET(row), is_known && !is_fixed);
}

static void
on_settings_cb(N2SecurityPage *self)
{
    const N2Settings *s = n2_identity_source_peek_settings(self->source);

    self->is_filling = TRUE;
    fill_row(self->hours_row, _("Hours, until you have to sign in again: 1 to 24"), s->is_known,
             s->is_hours_fixed);
    fill_row(self->token_row, _("The one that you signed in with"), s->is_known,
             s->is_token_fixed);
    fill_row(self->screen_row, _("Where no token is needed, unlocking it signs in again"),
             s->is_known, s->is_screen_fixed);
    if (s->is_known && !self->rest_id)
        gtk_spin_button_set_value(self->hours, s->hours);
    gtk_switch_set_active(self->token, s->token_signs_out);
    gtk_switch_set_active(self->screen, s->screen_signs_out);
    self->is_filling = FALSE;
}

static void
on_identities_cb(N2SecurityPage *self)
{
    GListModel *all = n2_identity_source_peek_identities(self->source);
    guint n = g_list_model_get_n_items(all);

    self->has_passphrase = FALSE;
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2OwnIdentity) identity = g_list_model_get_item(all, i);
        self->has_passphrase = self->has_passphrase || identity->has_passphrase;
    }
    adw_action_row_set_subtitle(self->passphrase_row,
                                self->has_passphrase
                                    ? _("Asked for when your node starts")
                                    : _("None: whoever takes this computer takes your keys"));
    gtk_button_set_label(self->change, self->has_passphrase ? _("Change…") : _("Set…"));
    gtk_accessible_update_property(
        GTK_ACCESSIBLE(self->change), GTK_ACCESSIBLE_PROPERTY_LABEL,
        self->has_passphrase ? _("Change the passphrase") : _("Set a passphrase"), -1);
    gtk_widget_set_visible(self->remove, self->has_passphrase);
    gtk_widget_set_sensitive(GTK_WIDGET(self->passphrase_row), n > 0);
}

/* ---- what is ordered ---- */

static void
on_ordered_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2SecurityPage) self = user_data;
    g_autoptr(GError) error = NULL;
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    if (n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, NULL, &error) ||
        n2_error_code(error) == N2_ERR_CANCELLED || !self->source)
        return;
    on_settings_cb(self); /* as it was */
    if (!ADW_IS_PREFERENCES_WINDOW(root))
        return;
    g_autofree char *plain = g_markup_escape_text(error->message, -1);
    adw_preferences_window_add_toast(ADW_PREFERENCES_WINDOW(root), adw_toast_new(plain));
}

static void
give(N2SecurityPage *self, N2Order order)
{
    order.kind = N2_ORDER_SETTINGS;
    order.secret = -1;
    n2_identity_source_order_async(self->source, &order, self->cancellable, on_ordered_cb,
                                   g_object_ref(self));
}

static gboolean
on_rest_cb(gpointer user_data)
{
    N2SecurityPage *self = user_data;

    self->rest_id = 0;
    give(self, (N2Order){.hours = (guint)gtk_spin_button_get_value_as_int(self->hours)});
    return G_SOURCE_REMOVE;
}

static void
on_hours_cb(N2SecurityPage *self)
{
    if (self->is_filling)
        return;
    g_clear_handle_id(&self->rest_id, g_source_remove);
    self->rest_id = g_timeout_add(SPIN_MS, on_rest_cb, self);
}

static void
on_token_cb(N2SecurityPage *self)
{
    if (!self->is_filling)
        give(self,
             (N2Order){.token_removed = gtk_switch_get_active(self->token) ? N2_YES : N2_NO});
}

static void
on_screen_cb(N2SecurityPage *self)
{
    if (!self->is_filling)
        give(self,
             (N2Order){.screen_locked = gtk_switch_get_active(self->screen) ? N2_YES : N2_NO});
}

static void
on_change_cb(N2SecurityPage *self)
{
    n2_passphrase_window_open(GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(self))), self->source,
                              self->has_passphrase, FALSE);
}

static void
on_remove_cb(N2SecurityPage *self)
{
    n2_passphrase_window_open(GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(self))), self->source,
                              TRUE, TRUE);
}

/* ---- rows ---- */

/* @control: (nullable): also what a click on the row is for. */
static AdwActionRow *
add_row(AdwPreferencesGroup *group, const char *title, GtkWidget *control)
{
    AdwActionRow *row = ADW_ACTION_ROW(adw_action_row_new());

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_title_lines(row, 0);
    adw_action_row_set_subtitle_lines(row, 0);
    if (control) {
        gtk_widget_set_valign(control, GTK_ALIGN_CENTER);
        gtk_accessible_update_property(GTK_ACCESSIBLE(control), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       title, -1);
        adw_action_row_add_suffix(row, control);
        adw_action_row_set_activatable_widget(row, control);
    }
    adw_preferences_group_add(group, GTK_WIDGET(row));
    return row;
}

static void
add_sign_in(N2SecurityPage *self)
{
    AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());

    adw_preferences_group_set_title(group, _("Signing in"));
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(self), group);
    self->hours = GTK_SPIN_BUTTON(gtk_spin_button_new_with_range(1, 24, 1));
    self->token = GTK_SWITCH(gtk_switch_new());
    self->screen = GTK_SWITCH(gtk_switch_new());
    self->hours_row = add_row(group, _("A sign-in lasts"), GTK_WIDGET(self->hours));
    self->token_row =
        add_row(group, _("Sign out when the token is removed"), GTK_WIDGET(self->token));
    self->screen_row =
        add_row(group, _("Sign out when the screen locks"), GTK_WIDGET(self->screen));
    g_signal_connect_swapped(self->hours, "value-changed", G_CALLBACK(on_hours_cb), self);
    g_signal_connect_swapped(self->token, "notify::active", G_CALLBACK(on_token_cb), self);
    g_signal_connect_swapped(self->screen, "notify::active", G_CALLBACK(on_screen_cb), self);
}

static void
add_passphrase(N2SecurityPage *self)
{
    AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());

    adw_preferences_group_set_title(group, _("Keys on this computer"));
    adw_preferences_group_set_description(
        group, _("What your tokens hold has a PIN of its own and is not sealed by it."));
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(self), group);
    self->passphrase_row = add_row(group, _("Passphrase"), NULL);
    self->change = GTK_BUTTON(gtk_button_new());
    self->remove = gtk_button_new_with_label(_("Remove…"));
    gtk_widget_set_valign(GTK_WIDGET(self->change), GTK_ALIGN_CENTER);
    gtk_widget_set_valign(self->remove, GTK_ALIGN_CENTER);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->remove), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Remove the passphrase"), -1);
    adw_action_row_add_suffix(self->passphrase_row, GTK_WIDGET(self->change));
    adw_action_row_add_suffix(self->passphrase_row, self->remove);
    g_signal_connect_swapped(self->change, "clicked", G_CALLBACK(on_change_cb), self);
    g_signal_connect_swapped(self->remove, "clicked", G_CALLBACK(on_remove_cb), self);
}

static void
n2_security_page_dispose(GObject *object)
{
    N2SecurityPage *self = N2_SECURITY_PAGE(object);

    if (self->rest_id && self->source) /* what was typed last counts */
        on_rest_cb(self);
    g_clear_handle_id(&self->rest_id, g_source_remove);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->source);
    G_OBJECT_CLASS(n2_security_page_parent_class)->dispose(object);
}

static void
n2_security_page_class_init(N2SecurityPageClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_security_page_dispose;
}

static void
n2_security_page_init(N2SecurityPage *self)
{
    self->cancellable = g_cancellable_new();
    adw_preferences_page_set_title(ADW_PREFERENCES_PAGE(self), _("Security"));
    adw_preferences_page_set_icon_name(ADW_PREFERENCES_PAGE(self), "changes-prevent-symbolic");
    add_sign_in(self);
    add_passphrase(self);
}

N2SecurityPage *
n2_security_page_new(N2IdentitySource *source)
{
    N2SecurityPage *self = g_object_new(N2_TYPE_SECURITY_PAGE, NULL);

    self->source = g_object_ref(source);
    g_signal_connect_object(source, "settings", G_CALLBACK(on_settings_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(n2_identity_source_peek_identities(source), "items-changed",
                            G_CALLBACK(on_identities_cb), self, G_CONNECT_SWAPPED);
    on_settings_cb(self);
    on_identities_cb(self);
    return self;
}
