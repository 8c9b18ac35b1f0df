/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sites-page.c - sites at which somebody logged in.
 *
 * Rows are made anew whenever something changes; there are few.
 */
#include "views/sites-page.h"

#include <glib/gi18n.h>

#include "client/error.h"

struct _N2SitesPage {
    AdwPreferencesPage parent_instance;

    AdwPreferencesGroup *group; /* borrowed */
    GPtrArray *rows;            /* of GtkWidget (borrowed) */
    N2PeopleSource *people;     /* owned */
    GCancellable *cancellable;  /* owned */
};

G_DEFINE_FINAL_TYPE(N2SitesPage, n2_sites_page, ADW_TYPE_PREFERENCES_PAGE)

static void ask(N2SitesPage *self);

static void
tell(N2SitesPage *self, const char *words)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));
    g_autofree char *plain = g_markup_escape_text(words, -1); /* a toast reads markup */

    if (ADW_IS_PREFERENCES_WINDOW(root))
        adw_preferences_window_add_toast(ADW_PREFERENCES_WINDOW(root), adw_toast_new(plain));
}

static void
on_forgotten_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2SitesPage) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *whose =
        n2_people_source_order_finish(N2_PEOPLE_SOURCE(source), result, &error);

    if (!self->people || (error && n2_error_code(error) == N2_ERR_CANCELLED))
        return;
    if (!whose)
        tell(self, error->message);
    ask(self);
}

static void
on_forget_cb(GtkButton *button, gpointer user_data)
{
    N2SitesPage *self = user_data;
    const N2Account *account = g_object_get_data(G_OBJECT(button), "n2-account");

    n2_people_source_order_async(
        self->people, &(N2PeopleOrder){.kind = N2_PEOPLE_FORGET, .identity = account->site},
        self->cancellable, on_forgotten_cb, g_object_ref(self));
}

/* For the owner of the site, who puts it on a list. */
static void
on_copy_cb(GtkButton *button, gpointer user_data)
{
    const N2Account *account = g_object_get_data(G_OBJECT(button), "n2-account");

    gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(button)), account->key);
    tell(user_data, _("Copied. Its owner can let this account in."));
}

/* Names come from others: no markup. */
static GtkWidget *
add_row(N2SitesPage *self, const char *icon, const char *title, const char *words)
{
    GtkWidget *row = adw_action_row_new();

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), words);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 0);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 0);
    adw_action_row_add_prefix(ADW_ACTION_ROW(row), gtk_image_new_from_icon_name(icon));
    adw_preferences_group_add(self->group, row);
    g_ptr_array_add(self->rows, row);
    return row;
}

/* @name: for who does not see the row. */
static void
add_button(GtkWidget *row,
           N2Account *account,
           GtkWidget *button,
           const char *name,
           GCallback callback,
           N2SitesPage *self)
{
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_set_tooltip_text(button, name);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    g_object_set_data_full(G_OBJECT(button), "n2-account", g_object_ref(account),
                           g_object_unref);
    g_signal_connect(button, "clicked", callback, self);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
}

static void
add_account(N2SitesPage *self, N2Account *account)
{
    g_autofree char *title = n2_account_dup_title(account);
    g_autofree char *words = n2_account_dup_words(account, g_get_real_time());
    g_autofree char *forget = g_strdup_printf(_("Forget %s"), title);
    g_autofree char *copy = g_strdup_printf(_("Copy your account at %s"), title);
    GtkWidget *row = add_row(
        self, account->is_shared ? "avatar-default-symbolic" : "dialog-password-symbolic",
        title, words);
    if (account->key)
        add_button(row, account, gtk_button_new_from_icon_name("edit-copy-symbolic"), copy,
                   G_CALLBACK(on_copy_cb), self);
    add_button(row, account, gtk_button_new_with_label(_("Forget")), forget,
               G_CALLBACK(on_forget_cb), self);
}

static void
on_accounts_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2SitesPage) self = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GListModel) accounts =
        n2_people_source_accounts_finish(N2_PEOPLE_SOURCE(source), result, &error);
    guint n = accounts ? g_list_model_get_n_items(accounts) : 0;

    if (!self->people || (error && n2_error_code(error) == N2_ERR_CANCELLED))
        return;
    for (guint i = 0; i < self->rows->len; i++)
        adw_preferences_group_remove(self->group, g_ptr_array_index(self->rows, i));
    g_ptr_array_set_size(self->rows, 0);
    if (!accounts)
        add_row(self, "dialog-warning-symbolic", _("The node doesn’t say"), error->message);
    else if (n == 0)
        add_row(self, "dialog-password-symbolic", _("No site"),
                _("None has asked who you are, or you have stayed unknown."));
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2Account) account = g_list_model_get_item(accounts, i);
        add_account(self, account);
    }
}

static void
ask(N2SitesPage *self)
{
    n2_people_source_accounts_async(self->people, self->cancellable, on_accounts_cb,
                                    g_object_ref(self));
}

static void
n2_sites_page_dispose(GObject *object)
{
    N2SitesPage *self = N2_SITES_PAGE(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->people);
    G_OBJECT_CLASS(n2_sites_page_parent_class)->dispose(object);
}

static void
n2_sites_page_finalize(GObject *object)
{
    g_object_unref(N2_SITES_PAGE(object)->cancellable);
    g_ptr_array_unref(N2_SITES_PAGE(object)->rows);
    G_OBJECT_CLASS(n2_sites_page_parent_class)->finalize(object);
}

static void
n2_sites_page_class_init(N2SitesPageClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_sites_page_dispose;
    G_OBJECT_CLASS(klass)->finalize = n2_sites_page_finalize;
}

static void
n2_sites_page_init(N2SitesPage *self)
{
    self->cancellable = g_cancellable_new();
    self->rows = g_ptr_array_new();
    self->group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    adw_preferences_group_set_title(self->group, _("Where you logged in"));
    adw_preferences_group_set_description(
        self->group, _("A site that is forgotten asks anew. Its key for you stays the same."));
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(self), self->group);
    adw_preferences_page_set_title(ADW_PREFERENCES_PAGE(self), _("Sites"));
    adw_preferences_page_set_icon_name(ADW_PREFERENCES_PAGE(self), "dialog-password-symbolic");
}

N2SitesPage *
n2_sites_page_new(N2PeopleSource *people)
{
    N2SitesPage *self = g_object_new(N2_TYPE_SITES_PAGE, NULL);

    self->people = g_object_ref(people);
    g_signal_connect_object(people, "accounts-changed", G_CALLBACK(ask), self,
                            G_CONNECT_SWAPPED);
    ask(self);
    return self;
}
