/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * who.c - who you are, in the application.
 */
#include "who.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "client/error.h"
#include "views/ask-view.h"
#include "views/first-run.h"
#include "views/identity-page.h"
#include "views/security-page.h"
#include "views/sites-page.h"
#include "window.h"

struct _N2Who {
    GObject parent_instance;

    GtkApplication *app;       /* borrowed */
    N2IdentitySource *source;  /* owned */
    N2PeopleSource *people;    /* owned; nullable */
    char *marker;              /* owned */
    GCancellable *cancellable; /* owned */
    GtkWindow *assistant;      /* borrowed while it is open */
    GtkWindow *preferences;    /* borrowed while it is open */
    gboolean is_welcome;       /* the assistant is to come up */
};

G_DEFINE_FINAL_TYPE(N2Who, n2_who, G_TYPE_OBJECT)

/* The browser's window in front, or NULL. */
static N2Window *
peek_window(N2Who *self)
{
    for (GList *at = gtk_application_get_windows(self->app); at; at = at->next)
        if (N2_IS_WINDOW(at->data))
            return at->data;
    return NULL;
}

/* Whom the user means: the first that somebody made, else the node's own. */
static N2OwnIdentity *
dup_identity(N2Who *self)
{
    GListModel *all = n2_identity_source_peek_identities(self->source);

    for (guint i = 0; i < g_list_model_get_n_items(all); i++) {
        g_autoptr(N2OwnIdentity) identity = g_list_model_get_item(all, i);

        if (!n2_own_identity_is_untouched(identity) && !identity->is_over)
            return g_steal_pointer(&identity);
    }
    return NULL;
}

static void
tell(N2Who *self, const char *words)
{
    N2Window *window = peek_window(self);

    if (window)
        n2_window_tell(window, words);
}

/* ---- the assistant ---- */

static void
note_opened(N2Who *self)
{
    g_autofree char *folder = g_path_get_dirname(self->marker);

    /* If it cannot be written the assistant comes again: better than never. */
    (void)g_mkdir_with_parents(folder, 0700);
    (void)g_file_set_contents(self->marker, "", 0, NULL);
}

static void
on_assistant_gone_cb(N2Who *self)
{
    self->assistant = NULL;
}

static void
on_finished_cb(GtkWindow *window)
{
    gtk_window_destroy(window);
}

static void
open_assistant(N2Who *self)
{
    N2Window *parent = peek_window(self);
    GtkWidget *run = NULL;

    if (self->assistant) {
        gtk_window_present(self->assistant);
        return;
    }
    note_opened(self);
    self->assistant = GTK_WINDOW(adw_window_new());
    run = n2_first_run_new(self->source);
    adw_window_set_content(ADW_WINDOW(self->assistant), run);
    gtk_window_set_title(self->assistant, _("Who you are"));
    gtk_window_set_default_size(self->assistant, 880, 720);
    if (parent)
        gtk_window_set_transient_for(self->assistant, GTK_WINDOW(parent));
    gtk_window_set_destroy_with_parent(self->assistant, TRUE);
    g_signal_connect_swapped(run, "finished", G_CALLBACK(on_finished_cb), self->assistant);
    g_signal_connect_object(self->assistant, "destroy", G_CALLBACK(on_assistant_gone_cb), self,
                            G_CONNECT_SWAPPED);
    gtk_window_present(self->assistant);
}

static void
welcome(N2Who *self)
{
    if (!self->is_welcome || !n2_identity_source_is_known(self->source))
        return;
    self->is_welcome = FALSE;
    g_autoptr(N2OwnIdentity) identity = dup_identity(self);
    if (!identity && !g_file_test(self->marker, G_FILE_TEST_EXISTS))
        open_assistant(self);
}

void
n2_who_welcome(N2Who *self)
{
    g_return_if_fail(N2_IS_WHO(self));

    self->is_welcome = TRUE;
    welcome(self);
}

/* ---- preferences ---- */

static void
on_preferences_gone_cb(N2Who *self)
{
    self->preferences = NULL;
}

static void
open_preferences(N2Who *self)
{
    N2Window *parent = peek_window(self);
    AdwPreferencesWindow *window = NULL;

    if (self->preferences) {
        gtk_window_present(self->preferences);
        return;
    }
    window = ADW_PREFERENCES_WINDOW(adw_preferences_window_new());
    self->preferences = GTK_WINDOW(window);
    adw_preferences_window_set_search_enabled(window, FALSE);
    adw_preferences_window_add(window,
                               ADW_PREFERENCES_PAGE(n2_identity_page_new(self->source)));
    adw_preferences_window_add(window,
                               ADW_PREFERENCES_PAGE(n2_security_page_new(self->source)));
    if (self->people)
        adw_preferences_window_add(window,
                                   ADW_PREFERENCES_PAGE(n2_sites_page_new(self->people)));
    gtk_window_set_default_size(self->preferences, 820, 690);
    if (parent)
        gtk_window_set_transient_for(self->preferences, GTK_WINDOW(parent));
    gtk_window_set_destroy_with_parent(self->preferences, TRUE);
    gtk_window_set_modal(self->preferences, TRUE);
    g_signal_connect_object(window, "destroy", G_CALLBACK(on_preferences_gone_cb), self,
                            G_CONNECT_SWAPPED);
    gtk_window_present(self->preferences);
}

/* ---- in and out ---- */

static void
on_signed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Who) self = user_data;
    g_autoptr(GError) error = NULL;

    if (n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, NULL, &error) ||
        n2_error_code(error) == N2_ERR_CANCELLED)
        return;
    tell(self, error->message);
}

static void
sign(N2Who *self, N2OrderKind kind)
{
    g_autoptr(N2OwnIdentity) identity = dup_identity(self);

    if (!identity)
        return;
    n2_identity_source_order_async(
        self->source,
        &(N2Order){.kind = kind,
                   .identity = kind == N2_ORDER_SIGN_OUT ? "*" : identity->address,
                   .secret = -1},
        self->cancellable, on_signed_cb, g_object_ref(self));
}

static gboolean
is_signed_in(N2Who *self)
{
    GListModel *all = n2_identity_source_peek_identities(self->source);
    gint64 now_us = g_get_real_time();

    for (guint i = 0; i < g_list_model_get_n_items(all); i++) {
        g_autoptr(N2OwnIdentity) identity = g_list_model_get_item(all, i);

        if (!n2_own_identity_is_untouched(identity) && identity->signed_in_until_us > now_us)
            return TRUE;
    }
    return FALSE;
}

/* ---- actions ---- */

static void
on_new_identity_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    (void)action;
    (void)target;
    open_assistant(user_data);
}

static void
on_preferences_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    (void)action;
    (void)target;
    open_preferences(user_data);
}

static void
on_sign_in_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    (void)action;
    (void)target;
    sign(user_data, N2_ORDER_SIGN_IN);
}

static void
on_sign_out_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    (void)action;
    (void)target;
    sign(user_data, N2_ORDER_SIGN_OUT);
}

static const GActionEntry actions[] = {
    {.name = "new-identity", .activate = on_new_identity_cb},
    {.name = "preferences", .activate = on_preferences_cb},
    {.name = "sign-in", .activate = on_sign_in_cb},
    {.name = "sign-out", .activate = on_sign_out_cb},
};

static void
enable(N2Who *self, const char *name, gboolean is_enabled)
{
    GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self->app), name);

    g_simple_action_set_enabled(G_SIMPLE_ACTION(action), is_enabled);
}

static void
on_identities_cb(N2Who *self)
{
    g_autoptr(N2OwnIdentity) identity = dup_identity(self);
    gboolean is_in = is_signed_in(self);

    enable(self, "new-identity", !identity);
    enable(self, "sign-in", identity && !is_in);
    enable(self, "sign-out", identity && is_in);
}

/* What no view of its own waits for. */
static gboolean
on_ask_cb(N2Who *self, N2Ask *ask)
{
    N2Window *window = peek_window(self);

    if (!window)
        return FALSE;
    n2_ask_window_open(GTK_WINDOW(window), ask);
    return TRUE;
}

/* ---- life ---- */

static void
n2_who_dispose(GObject *object)
{
    N2Who *self = N2_WHO(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->people);
    g_clear_object(&self->source);
    G_OBJECT_CLASS(n2_who_parent_class)->dispose(object);
}

static void
n2_who_finalize(GObject *object)
{
    N2Who *self = N2_WHO(object);

    g_object_unref(self->cancellable);
    g_free(self->marker);
    G_OBJECT_CLASS(n2_who_parent_class)->finalize(object);
}

static void
n2_who_class_init(N2WhoClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = n2_who_dispose;
    G_OBJECT_CLASS(klass)->finalize = n2_who_finalize;
}

static void
n2_who_init(N2Who *self)
{
    self->cancellable = g_cancellable_new();
}

N2Who *
n2_who_new(GtkApplication *app,
           N2IdentitySource *source,
           N2PeopleSource *people,
           const char *marker)
{
    N2Who *self = g_object_new(N2_TYPE_WHO, NULL);

    self->app = app;
    self->source = g_object_ref(source);
    self->people = people ? g_object_ref(people) : NULL;
    self->marker = g_strdup(marker);
    g_action_map_add_action_entries(G_ACTION_MAP(app), actions, G_N_ELEMENTS(actions), self);
    gtk_application_set_accels_for_action(app, "app.preferences",
                                          (const char *[]){"<Control>comma", NULL});
    g_signal_connect_object(source, "ask", G_CALLBACK(on_ask_cb), self,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    g_signal_connect_object(source, "known", G_CALLBACK(welcome), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(n2_identity_source_peek_identities(source), "items-changed",
                            G_CALLBACK(on_identities_cb), self, G_CONNECT_SWAPPED);
    on_identities_cb(self);
    return self;
}
