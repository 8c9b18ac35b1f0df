/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-page.c - own identities and tokens in preferences: a group for each identity, one
 *                   for the tokens that are plugged in.
 *
 * Groups are made anew when the source's lists change; there are few rows.
 */
#include "views/identity-page.h"

#include <glib/gi18n.h>

#include "client/error.h"
#include "views/add-device.h"
#include "views/ask-view.h"
#include "views/first-run.h"

struct _N2IdentityPage {
    AdwPreferencesPage parent_instance;

    N2IdentitySource *source;  /* owned */
    GCancellable *cancellable; /* owned */
    GPtrArray *groups;         /* of AdwPreferencesGroup (borrowed) */
    guint idle_id;
    guint n_orders; /* that run and were given here */
};

G_DEFINE_FINAL_TYPE(N2IdentityPage, n2_identity_page, ADW_TYPE_PREFERENCES_PAGE)

/* What a row's button does. */
typedef struct {
    N2IdentityPage *page; /* borrowed: the button is inside of it */
    N2OrderKind kind;
    char *identity, *token, *key, *title;
    N2OwnIdentity *whose; /* owned; nullable: of SHEET_SHOW, ADD_DEVICE */
} deed;

static void
deed_free(gpointer data, GClosure *closure)
{
    deed *d = data;

    (void)closure;
    g_free(d->identity);
    g_free(d->token);
    g_free(d->key);
    g_free(d->title);
    g_clear_object(&d->whose);
    g_free(d);
}

/* ---- orders ---- */

static void
on_ordered_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2IdentityPage) self = user_data;
    g_autoptr(GError) error = NULL;
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    self->n_orders--;
    if (n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, NULL, &error) ||
        n2_error_code(error) == N2_ERR_CANCELLED || !ADW_IS_PREFERENCES_WINDOW(root))
        return;
    AdwToast *toast = adw_toast_new("");
    g_autofree char *plain = g_markup_escape_text(error->message, -1);
    adw_toast_set_title(toast, plain);
    adw_toast_set_timeout(toast, 0); /* until it was read */
    adw_preferences_window_add_toast(ADW_PREFERENCES_WINDOW(root), toast);
}

static void
on_sheet_finished_cb(GtkWindow *window)
{
    gtk_window_destroy(window);
}

static void
open_sheet(N2IdentityPage *self, N2OwnIdentity *identity)
{
    GtkWidget *window = adw_window_new();
    GtkWidget *run = n2_first_run_new(self->source);

    adw_window_set_content(ADW_WINDOW(window), run);
    gtk_window_set_title(GTK_WINDOW(window), _("Recovery sheet"));
    gtk_window_set_default_size(GTK_WINDOW(window), 560, 640);
    gtk_window_set_modal(GTK_WINDOW(window), TRUE);
    gtk_window_set_transient_for(GTK_WINDOW(window),
                                 GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(self))));
    g_signal_connect_swapped(run, "finished", G_CALLBACK(on_sheet_finished_cb), window);
    n2_first_run_show_sheet(N2_FIRST_RUN(run), identity);
    gtk_window_present(GTK_WINDOW(window));
}

static void
give(const deed *d)
{
    d->page->n_orders++;
    n2_identity_source_order_async(d->page->source,
                                   &(N2Order){.kind = d->kind,
                                              .identity = d->identity,
                                              .token = d->token,
                                              .key = d->key,
                                              .secret = -1},
                                   d->page->cancellable, on_ordered_cb, g_object_ref(d->page));
}

static void
on_response_cb(AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    (void)dialog;
    if (g_str_equal(response, "remove"))
        give(user_data);
}

/* What is removed stays so: adding it again makes new keys.  The answer is the dialogue's own
 * deed, as rows are made anew meanwhile. */
static void
confirm(const deed *d)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(d->page));
    g_autofree char *heading = g_strdup_printf(_("Remove %s?"), d->title);
    GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(root), heading,
                                               _("It speaks for you no longer, and new letters "
                                                 "stay closed to it. This can’t be undone."));
    deed *own = g_new(deed, 1);

    *own = (deed){.page = d->page,
                  .kind = d->kind,
                  .identity = g_strdup(d->identity),
                  .key = g_strdup(d->key)};
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("Cancel"),
                                     "remove", _("Remove"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "remove",
                                               ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    g_signal_connect_data(dialog, "response", G_CALLBACK(on_response_cb), own, deed_free, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void
on_deed_cb(GtkButton *button, gpointer user_data)
{
    const deed *d = user_data;

    (void)button;
    if (d->kind == N2_ORDER_ADD_DEVICE)
        n2_add_device_open(GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(d->page))),
                           d->page->source, d->whose);
    else if (d->kind == N2_ORDER_SHEET_SHOW)
        open_sheet(d->page, d->whose);
    else if (d->kind == N2_ORDER_REMOVE_KEY)
        confirm(d);
    else
        give(d);
}

static gboolean
on_ask_cb(N2IdentityPage *self, N2Ask *ask)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    if (!self->n_orders || !GTK_IS_WINDOW(root))
        return FALSE;
    n2_ask_window_open(GTK_WINDOW(root), ask);
    return TRUE;
}

/* ---- rows ---- */

/* @name: of the button, for who does not see its row. */
static void
add_button(N2IdentityPage *self, GtkWidget *row, const char *label, const char *name, deed what)
{
    GtkWidget *button = gtk_button_new_with_label(label);
    deed *d = g_new(deed, 1);

    *d = what;
    d->page = self;
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                   -1);
    g_signal_connect_data(button, "clicked", G_CALLBACK(on_deed_cb), d, deed_free, 0);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
}

/* Names may come from others: no markup. */
static GtkWidget *
add_row(AdwPreferencesGroup *group, const char *icon, const char *title, const char *words)
{
    GtkWidget *row = adw_action_row_new();

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), words);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 0);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 0);
    adw_action_row_add_prefix(ADW_ACTION_ROW(row), gtk_image_new_from_icon_name(icon));
    adw_preferences_group_add(group, row);
    return row;
}

static AdwPreferencesGroup *
add_group(N2IdentityPage *self, const char *title, const char *description)
{
    AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    g_autofree char *plain = g_markup_escape_text(title, -1);

    adw_preferences_group_set_title(group, plain);
    adw_preferences_group_set_description(group, description);
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(self), group);
    g_ptr_array_add(self->groups, group);
    return group;
}

static const char *
icon_of(const N2OwnKey *key)
{
    return key->place == N2_KEY_TOKEN  ? "net2o-token-symbolic"
           : key->place == N2_KEY_HERE ? "computer-symbolic"
                                       : "phone-symbolic";
}

/* @is_plain: nothing to be done with it but to sign in and out. */
static void
add_identity(N2IdentityPage *self, N2OwnIdentity *identity, gboolean is_plain)
{
    const char *title = n2_own_identity_peek_title(identity);
    AdwPreferencesGroup *group =
        add_group(self, title,
                  n2_own_identity_is_untouched(identity)
                      ? _("Your node made it by itself, so that others can reach it.")
                      : _("Shown to people you write to. Sites see a key of their own."));
    gint64 now_us = g_get_real_time();
    gboolean is_in = identity->signed_in_until_us > now_us;
    g_autofree char *session = n2_own_identity_dup_session(identity, now_us);
    GListModel *keys = G_LIST_MODEL(identity->keys);
    GtkWidget *row = add_row(group, "avatar-default-symbolic", _("Session"), session);
    g_autofree char *in = g_strdup_printf(is_in ? _("Sign out %s") : _("Sign in %s"), title);

    add_button(self, row, is_in ? _("Sign Out") : _("Sign In"), in,
               (deed){.kind = is_in ? N2_ORDER_SIGN_OUT : N2_ORDER_SIGN_IN,
                      .identity = g_strdup(identity->address)});
    if (is_plain)
        return;
    if (identity->lacks_vault)
        add_row(group, "dialog-warning-symbolic", _("Accounts at sites are missing"),
                _("Another device of yours has them. They come once both are linked; or enter "
                  "“net2o id export --own” there and “net2o id import” here."));
    for (guint i = 0; i < g_list_model_get_n_items(keys); i++) {
        g_autoptr(N2OwnKey) key = g_list_model_get_item(keys, i);
        g_autofree char *words = n2_own_key_dup_words(key, now_us);
        g_autofree char *name = g_strdup_printf(_("Remove %s"), key->title);

        row = add_row(group, icon_of(key), key->title, words);
        if (!key->is_last)
            add_button(self, row, _("Remove"), name,
                       (deed){.kind = N2_ORDER_REMOVE_KEY,
                              .identity = g_strdup(identity->address),
                              .key = g_strdup(key->id),
                              .title = g_strdup(key->title)});
    }
    row = add_row(group, "list-add-symbolic", _("Add a device"),
                  _("It gets keys of its own, and can be removed by itself."));
    g_autofree char *device = g_strdup_printf(_("Add a device to %s"), title);
    add_button(self, row, _("Add"), device,
               (deed){.kind = N2_ORDER_ADD_DEVICE, .whose = g_object_ref(identity)});
    row = add_row(group, "printer-symbolic", _("Recovery sheet"),
                  n2_own_identity_peek_backup(identity));
    g_autofree char *sheet = g_strdup_printf(_("Recovery sheet of %s"), title);
    if (identity->backup != N2_BACKUP_TESTED) /* then it was erased here */
        add_button(self, row, _("Print and Test"), sheet,
                   (deed){.kind = N2_ORDER_SHEET_SHOW, .whose = g_object_ref(identity)});
}

static void
add_tokens(N2IdentityPage *self, GListModel *tokens, N2OwnIdentity *identity)
{
    AdwPreferencesGroup *group = add_group(self, _("Plugged in"), NULL);
    guint n = g_list_model_get_n_items(tokens);

    if (n == 0)
        add_row(group, "net2o-token-symbolic", _("No token"), _("Plug one in to use it."));
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2TokenModel) token = g_list_model_get_item(tokens, i);
        g_autofree char *words = n2_token_model_dup_words(token);
        GtkWidget *row = add_row(group, "net2o-token-symbolic", token->title, words);
        g_autofree char *add = g_strdup_printf(_("Add %s"), token->title);
        g_autofree char *pin = g_strdup_printf(_("Change the PIN of %s"), token->title);

        if (identity && n2_token_model_is_free(token))
            add_button(self, row, _("Add"), add,
                       (deed){.kind = N2_ORDER_ADD_TOKEN,
                              .identity = g_strdup(identity->address),
                              .token = g_strdup(token->id)});
        else if (n2_token_model_is_ready(token) && token->tries)
            add_button(self, row, _("Change PIN"), pin,
                       (deed){.kind = N2_ORDER_SET_PIN, .token = g_strdup(token->id)});
    }
}

static gboolean
on_fill_cb(gpointer user_data)
{
    N2IdentityPage *self = user_data;
    GListModel *identities = n2_identity_source_peek_identities(self->source);
    guint n = g_list_model_get_n_items(identities);
    g_autoptr(N2OwnIdentity) first = g_list_model_get_item(identities, 0);

    self->idle_id = 0;
    for (guint i = 0; i < self->groups->len; i++)
        adw_preferences_page_remove(ADW_PREFERENCES_PAGE(self),
                                    g_ptr_array_index(self->groups, i));
    g_ptr_array_set_size(self->groups, 0);
    g_autoptr(N2OwnIdentity) mine = NULL; /* the first that somebody made, else the first */
    for (guint i = 0; i < n; i++) {
        g_autoptr(N2OwnIdentity) identity = g_list_model_get_item(identities, i);
        if (n2_own_identity_is_untouched(identity))
            continue;
        add_identity(self, identity, FALSE);
        if (!mine)
            mine = g_object_ref(identity);
    }
    for (guint i = 0; i < n; i++) { /* the node's own comes last */
        g_autoptr(N2OwnIdentity) identity = g_list_model_get_item(identities, i);
        if (n2_own_identity_is_untouched(identity))
            add_identity(self, identity, mine != NULL);
    }
    add_tokens(self, n2_identity_source_peek_tokens(self->source), mine ? mine : first);
    return G_SOURCE_REMOVE;
}

static void
fill_soon(N2IdentityPage *self)
{
    if (!self->idle_id)
        self->idle_id = g_idle_add(on_fill_cb, self);
}

static void
n2_identity_page_dispose(GObject *object)
{
    N2IdentityPage *self = N2_IDENTITY_PAGE(object);

    g_clear_handle_id(&self->idle_id, g_source_remove);
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    g_clear_object(&self->source);
    g_clear_pointer(&self->groups, g_ptr_array_unref);
    G_OBJECT_CLASS(n2_identity_page_parent_class)->dispose(object);
}

static void
n2_identity_page_class_init(N2IdentityPageClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_identity_page_dispose;
}

static void
n2_identity_page_init(N2IdentityPage *self)
{
    self->cancellable = g_cancellable_new();
    self->groups = g_ptr_array_new();
    adw_preferences_page_set_title(ADW_PREFERENCES_PAGE(self), _("Identities and tokens"));
    adw_preferences_page_set_icon_name(ADW_PREFERENCES_PAGE(self), "net2o-seal-symbolic");
}

N2IdentityPage *
n2_identity_page_new(N2IdentitySource *source)
{
    N2IdentityPage *self = g_object_new(N2_TYPE_IDENTITY_PAGE, NULL);

    self->source = g_object_ref(source);
    g_signal_connect_object(n2_identity_source_peek_identities(source), "items-changed",
                            G_CALLBACK(fill_soon), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(n2_identity_source_peek_tokens(source), "items-changed",
                            G_CALLBACK(fill_soon), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(source, "ask", G_CALLBACK(on_ask_cb), self, G_CONNECT_SWAPPED);
    on_fill_cb(self);
    return self;
}
