/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * application.c - the browser as a whole.
 */
#include "application.h"

#include <glib/gi18n.h>

#include "model/location.h"
#include "model/node-identities.h"
#include "model/node-source.h"
#include "who.h"
#include "widgets/watch-list.h"

#define HANDBOOK "net2o://handbook.demo/"

struct _N2Application {
    AdwApplication parent_instance;

    char *profile;                /* owned; nullable */
    N2Source *source;             /* owned */
    N2Engine *engine;             /* owned; from startup on */
    N2Recent *recent;             /* owned; from startup on */
    N2IdentitySource *identities; /* owned; nullable: places in memory come without */
    N2Who *who;                   /* owned; with them */
};

G_DEFINE_FINAL_TYPE(N2Application, n2_application, ADW_TYPE_APPLICATION)

static char *
dup_path(N2Application *self, const char *base, const char *name)
{
    return self->profile ? g_build_filename(self->profile, "browser", name, NULL)
                         : g_build_filename(base, "net2o", "browser", name, NULL);
}

N2Window *
n2_application_ensure_window(N2Application *self)
{
    g_return_val_if_fail(N2_IS_APPLICATION(self), NULL);

    /* The one in front comes first; over it may be windows of other classes. */
    for (GList *at = gtk_application_get_windows(GTK_APPLICATION(self)); at; at = at->next)
        if (N2_IS_WINDOW(at->data))
            return N2_WINDOW(at->data);
    return n2_window_new(GTK_APPLICATION(self), self->engine, self->recent, self->profile);
}

/* ---- actions ---- */

static void
on_new_window_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    N2Application *self = user_data;
    N2Window *window =
        n2_window_new(GTK_APPLICATION(self), self->engine, self->recent, self->profile);

    (void)action;
    (void)target;
    n2_window_open(window, NULL, FALSE);
    gtk_window_present(GTK_WINDOW(window));
}

static void
on_handbook_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    (void)action;
    (void)target;
    n2_window_open(n2_application_ensure_window(user_data), HANDBOOK, FALSE);
}

static void
on_about_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    N2Application *self = user_data;

    (void)action;
    (void)target;
    adw_show_about_window(gtk_application_get_active_window(GTK_APPLICATION(self)),
                          "application-name", "net2o", "application-icon", N2_APP_ID, "version",
                          N2_VERSION, "license-type", GTK_LICENSE_GPL_3_0, "comments",
                          _("Reads pages and folders that other people’s nodes hold, checked "
                            "and sealed, without a server in between."),
                          NULL);
}

static void
on_quit_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    GList *windows = gtk_application_get_windows(GTK_APPLICATION(user_data));

    (void)action;
    (void)target;
    while (windows) {
        GtkWindow *window = windows->data;

        windows = windows->next; /* closing takes it out of the list */
        gtk_window_close(window);
    }
}

static const GActionEntry actions[] = {
    {.name = "new-window", .activate = on_new_window_cb},
    {.name = "handbook", .activate = on_handbook_cb},
    {.name = "about", .activate = on_about_cb},
    {.name = "quit", .activate = on_quit_cb},
};

/* The row of a search that is watched and told of, opened. */
static void
on_watched_cb(GSimpleAction *action, GVariant *target, gpointer user_data)
{
    g_autofree char *address = n2_location_dup_search(g_variant_get_string(target, NULL));
    N2Window *window = n2_application_ensure_window(user_data);

    (void)action;
    n2_window_open(window, address, FALSE);
    gtk_window_present(GTK_WINDOW(window));
}

static const GActionEntry watched = {
    .name = "watched", .activate = on_watched_cb, .parameter_type = "s"};

/* ---- life ---- */

/* Without the answer itself: others may see the screen. */
static void
on_watch_found_cb(N2Application *self, const N2Watch *watch)
{
    g_autofree char *title = g_strdup_printf(_("Found for “%s”"), watch->query);
    g_autofree char *news = n2_watch_list_dup_news(watch);
    g_autofree char *id = g_strconcat("watch ", watch->query, NULL);
    g_autoptr(GNotification) notification = g_notification_new(title);

    g_notification_set_body(notification, news);
    g_notification_set_default_action_and_target(notification, "app.watched", "s",
                                                 watch->query);
    g_application_send_notification(G_APPLICATION(self), id, notification);
}

static void
on_presence_cb(N2Application *self)
{
    if (n2_source_is_present(self->source))
        n2_watches_wake(n2_source_peek_watches(self->source));
}

static void
begin_watches(N2Application *self)
{
    N2Library *library = n2_source_peek_library(self->source);
    g_autofree char *path = dup_path(self, g_get_user_state_dir(), "watches");
    g_autoptr(N2Watches) watches = library ? n2_watches_new(library, path) : NULL;

    if (!watches)
        return;
    n2_source_set_watches(self->source, watches);
    g_action_map_add_action_entries(G_ACTION_MAP(self), &watched, 1, self);
    g_signal_connect_object(watches, "found", G_CALLBACK(on_watch_found_cb), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->source, "presence", G_CALLBACK(on_presence_cb), self,
                            G_CONNECT_SWAPPED);
}

static void
end_watches(N2Application *self)
{
    N2Watches *watches = self->source ? n2_source_peek_watches(self->source) : NULL;

    if (!watches)
        return;
    g_signal_handlers_disconnect_by_data(self->source, self);
    n2_watches_stop(watches);
    n2_source_set_watches(self->source, NULL);
}

/* Who you are: of the node that the places come from. */
static void
begin_who(N2Application *self)
{
    g_autofree char *marker = dup_path(self, g_get_user_state_dir(), "welcome");

    if (!self->identities && N2_IS_NODE_SOURCE(self->source))
        self->identities = N2_IDENTITY_SOURCE(
            n2_node_identities_new(n2_node_source_peek_client(N2_NODE_SOURCE(self->source))));
    if (self->identities)
        self->who = n2_who_new(GTK_APPLICATION(self), self->identities,
                               n2_source_peek_people(self->source), marker);
}

static void
n2_application_startup(GApplication *app)
{
    N2Application *self = N2_APPLICATION(app);
    g_autofree char *cache = NULL;
    g_autofree char *recent = NULL;

    G_APPLICATION_CLASS(n2_application_parent_class)->startup(app);
    gtk_window_set_default_icon_name(N2_APP_ID);
    g_action_map_add_action_entries(G_ACTION_MAP(app), actions, G_N_ELEMENTS(actions), app);
    gtk_application_set_accels_for_action(GTK_APPLICATION(app), "app.new-window",
                                          (const char *[]){"<Control>n", NULL});
    gtk_application_set_accels_for_action(GTK_APPLICATION(app), "app.handbook",
                                          (const char *[]){"F1", NULL});
    gtk_application_set_accels_for_action(GTK_APPLICATION(app), "app.quit",
                                          (const char *[]){"<Control>q", NULL});
    if (!self->source)
        self->source = N2_SOURCE(n2_node_source_new(self->profile));
    cache = dup_path(self, g_get_user_cache_dir(), "cache");
    recent = dup_path(self, g_get_user_state_dir(), "recent");
    self->engine = n2_engine_new(self->source, cache);
    self->recent = n2_recent_new(recent);
    begin_watches(self);
    begin_who(self);
}

static void
n2_application_activate(GApplication *app)
{
    N2Window *window = n2_application_ensure_window(N2_APPLICATION(app));

    if (!n2_window_peek_tab(window))
        n2_window_open(window, NULL, FALSE);
    gtk_window_present(GTK_WINDOW(window));
    if (N2_APPLICATION(app)->who)
        n2_who_welcome(N2_APPLICATION(app)->who);
}

/* In the first process of this program, for its own arguments and for those of later ones. */
static int
n2_application_command_line(GApplication *app, GApplicationCommandLine *line)
{
    int n = 0;
    g_auto(GStrv) arguments = g_application_command_line_get_arguments(line, &n);
    N2Window *window = NULL;

    if (n <= 1) {
        g_application_activate(app);
        return 0;
    }
    window = n2_application_ensure_window(N2_APPLICATION(app));
    for (int i = 1; i < n; i++)
        n2_window_open(window, arguments[i], FALSE);
    gtk_window_present(GTK_WINDOW(window));
    return 0;
}

/* Asked for over the bus: by a launcher, or by another program with an address for us. */
static void
n2_application_open(GApplication *app, GFile **files, int n_files, const char *hint)
{
    N2Window *window = n2_application_ensure_window(N2_APPLICATION(app));
    (void)hint;

    for (int i = 0; i < n_files; i++) {
        g_autofree char *address = g_file_get_uri(files[i]);

        n2_window_open(window, address, FALSE);
    }
    gtk_window_present(GTK_WINDOW(window));
}

static void
n2_application_shutdown(GApplication *app)
{
    N2Application *self = N2_APPLICATION(app);

    G_APPLICATION_CLASS(n2_application_parent_class)->shutdown(app);
    end_watches(self);
    g_clear_object(&self->who);
    g_clear_object(&self->identities);
    g_clear_object(&self->engine);
    g_clear_object(&self->recent);
    g_clear_object(&self->source);
}

static void
n2_application_finalize(GObject *object)
{
    N2Application *self = N2_APPLICATION(object);

    g_clear_object(&self->identities);
    g_clear_object(&self->source);
    g_free(self->profile);
    G_OBJECT_CLASS(n2_application_parent_class)->finalize(object);
}

static void
n2_application_class_init(N2ApplicationClass *klass)
{
    GApplicationClass *app_class = G_APPLICATION_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = n2_application_finalize;
    app_class->startup = n2_application_startup;
    app_class->activate = n2_application_activate;
    app_class->command_line = n2_application_command_line;
    app_class->open = n2_application_open;
    app_class->shutdown = n2_application_shutdown;
}

static void
n2_application_init(N2Application *self)
{
    (void)self;
}

N2Application *
n2_application_new(const char *profile, N2Source *source)
{
    N2Application *self = NULL;
    g_autofree char *whole = profile ? g_canonicalize_filename(profile, NULL) : NULL;
    g_autofree char *sum =
        whole ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, whole, -1) : NULL;
    g_autofree char *id = sum ? g_strdup_printf(N2_APP_ID ".p%.12s", sum) : g_strdup(N2_APP_ID);

    self = g_object_new(N2_TYPE_APPLICATION, "application-id", id, "flags",
                        G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_HANDLES_OPEN,
                        "resource-base-path", "/org/net2o/Browser", NULL);
    self->profile = g_steal_pointer(&whole);
    self->source = source;
    return self;
}

void
n2_application_set_identities(N2Application *self, N2IdentitySource *identities)
{
    g_return_if_fail(N2_IS_APPLICATION(self));
    g_return_if_fail(!g_application_get_is_registered(G_APPLICATION(self)));

    g_set_object(&self->identities, identities);
}
