/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-unlock.c - the passphrase of the keys: asked until it is right, and kept in the keyring
 *                 of the desktop only where the user said so.
 *
 * The keyring is libsecret's own file, in a folder of the test; the node's end is here.
 */
#include <adwaita.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>

#include "client/error.h"
#include "model/keyring.h"
#include "model/node-identities.h"
#include "model/secret.h"
#include "n2-ipc.h"
#include "ui.h"
#include "views/ask-view.h"

#define RIGHT "correct horse battery staple"
#define ASK_ID 9

typedef struct {
    char *profile;
    GDBusServer *server;
    GDBusConnection *connection;
    N2IpcAgent1 *agent;
    GString *told; /* owned; each passphrase, a semicolon behind */
    guint n_agents, n_refused;

    N2Client *client;
    N2IdentitySource *source;
    N2Ask *ask; /* owned; that stands before the user */
    guint n_asks;
    N2AskView *view; /* borrowed */
    GtkWindow *window;
} scene;

static gboolean
on_register_cb(N2IpcAgent1 *object, GDBusMethodInvocation *call, scene *s)
{
    s->n_agents++;
    n2_ipc_agent1_complete_register(object, call);
    return TRUE;
}

/* As the node: a wrong one leaves the ask as it is. */
static gboolean
on_tell_cb(N2IpcAgent1 *object,
           GDBusMethodInvocation *call,
           GUnixFDList *fds,
           guint id,
           GVariant *secret,
           gboolean last,
           scene *s)
{
    char *text =
        n2_secret_read(g_unix_fd_list_get(fds, g_variant_get_handle(secret), NULL), NULL);

    g_assert_cmpuint(id, ==, ASK_ID);
    g_assert_false(last);
    g_string_append_printf(s->told, "%s;", text);
    g_autofree char *fault = g_strdup_printf(
        "passphrase\nthe passphrase is wrong\nType it again.\n%d", N2_ERR_REFUSED);
    if (g_str_equal(text, RIGHT))
        n2_ipc_agent1_complete_tell(object, call, NULL);
    else
        g_dbus_method_invocation_return_dbus_error(call, "org.net2o.Error.REFUSED", fault);
    n2_secret_free(text);
    return TRUE;
}

static gboolean
on_refuse_cb(N2IpcAgent1 *object, GDBusMethodInvocation *call, guint id, scene *s)
{
    g_assert_cmpuint(id, ==, ASK_ID);
    s->n_refused++;
    n2_ipc_agent1_complete_refuse(object, call);
    return TRUE;
}

static gboolean
on_connection_cb(GDBusServer *server, GDBusConnection *connection, scene *s)
{
    (void)server;
    g_set_object(&s->connection, connection);
    g_assert_true(g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(s->agent),
                                                   connection, "/org/net2o/Node", NULL));
    return TRUE;
}

static gboolean
on_ask_cb(scene *s, N2Ask *ask)
{
    g_set_object(&s->ask, ask);
    s->n_asks++;
    n2_ask_view_set_ask(s->view, ask);
    return TRUE;
}

static gboolean
is_registered(gpointer data)
{
    return ((scene *)data)->n_agents > 0;
}

static void
set_up(scene *s)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *guid = g_dbus_generate_guid();

    *s = (scene){.profile = g_dir_make_tmp("n2-unlock-XXXXXX", NULL),
                 .told = g_string_new(NULL)};
    g_autofree char *address = g_strdup_printf("unix:path=%s/bus", s->profile);
    s->server =
        g_dbus_server_new_sync(address, G_DBUS_SERVER_FLAGS_NONE, guid, NULL, NULL, &error);
    g_assert_no_error(error);
    s->agent = n2_ipc_agent1_skeleton_new();
    g_object_connect(s->agent, "signal::handle-register", on_register_cb, s,
                     "signal::handle-tell", on_tell_cb, s, "signal::handle-refuse",
                     on_refuse_cb, s, NULL);
    g_signal_connect(s->server, "new-connection", G_CALLBACK(on_connection_cb), s);
    g_dbus_server_start(s->server);
    s->window = GTK_WINDOW(adw_window_new());
    s->view = g_object_new(N2_TYPE_ASK_VIEW, NULL);
    adw_window_set_content(ADW_WINDOW(s->window), GTK_WIDGET(s->view));
    gtk_window_present(s->window);
    s->client = n2_client_new(s->profile);
    s->source = N2_IDENTITY_SOURCE(n2_node_identities_new(s->client));
    g_signal_connect_swapped(s->source, "ask", G_CALLBACK(on_ask_cb), s);
    n2_client_start(s->client);
    ui_wait(is_registered, s, "an agent");
}

static void
tear_down(scene *s)
{
    g_autofree char *bus = g_build_filename(s->profile, "bus", NULL);

    gtk_window_destroy(s->window);
    g_clear_object(&s->ask);
    g_object_unref(s->source);
    g_object_unref(s->client);
    ui_sleep(20);
    g_dbus_server_stop(s->server);
    g_clear_object(&s->connection);
    g_clear_object(&s->agent);
    g_clear_object(&s->server);
    g_unlink(bus);
    g_rmdir(s->profile);
    g_free(s->profile);
    g_string_free(s->told, TRUE);
}

/* The node says that its keys are locked. */
static void
lock(scene *s)
{
    s->n_asks = 0;
    g_string_truncate(s->told, 0);
    n2_ipc_agent1_emit_ask(s->agent, ASK_ID, "passphrase",
                           g_variant_new_array(G_VARIANT_TYPE("{sv}"), NULL, 0));
}

static gboolean
is_asked(gpointer data)
{
    return ((scene *)data)->n_asks > 0;
}

static gboolean
is_asked_twice(gpointer data)
{
    return ((scene *)data)->n_asks > 1;
}

static gboolean
is_told(gpointer data)
{
    return ((scene *)data)->told->len > 0;
}

static GtkWidget *
child(scene *s, const char *name)
{
    return GTK_WIDGET(
        gtk_widget_get_template_child(GTK_WIDGET(s->view), N2_TYPE_ASK_VIEW, name));
}

static void
type(scene *s, const char *text, gboolean is_kept)
{
    GtkWidget *keep = child(s, "keep");

    g_assert_true(gtk_widget_get_visible(keep));
    g_assert_false(gtk_check_button_get_active(GTK_CHECK_BUTTON(keep)));
    gtk_check_button_set_active(GTK_CHECK_BUTTON(keep), is_kept);
    gtk_editable_set_text(GTK_EDITABLE(child(s, "entry")), text);
    g_signal_emit_by_name(child(s, "go"), "clicked");
}

typedef struct {
    int fd;
    gboolean has_ended;
} looked;

static void
on_looked_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    looked *l = user_data;
    g_autoptr(GError) error = NULL;
    (void)source;

    l->fd = n2_keyring_look_up_finish(result, &error);
    g_assert_no_error(error);
    l->has_ended = TRUE;
}

static gboolean
has_looked(gpointer data)
{
    return ((looked *)data)->has_ended;
}

/* What the keyring has for this node; NULL: nothing. */
static char *
kept(scene *s)
{
    looked l = {.fd = -1};

    n2_keyring_look_up_async(n2_client_peek_socket(s->client, NULL), NULL, on_looked_cb, &l);
    ui_wait(has_looked, &l, "the keyring");
    return l.fd < 0 ? NULL : n2_secret_read(l.fd, NULL);
}

/* A wrong one is said to be wrong, and asked for again; nothing is kept unasked. */
static void
test_until_right(void)
{
    scene s;

    set_up(&s);
    lock(&s);
    ui_wait(is_asked, &s, "the passphrase");
    g_assert_false(s.ask->is_again);
    type(&s, "password", FALSE);
    ui_wait(is_asked_twice, &s, "the passphrase again");
    g_assert_true(s.ask->is_again);
    g_autofree char *words = n2_ask_dup_words(s.ask);
    g_assert_nonnull(strstr(words, "not the passphrase"));
    s.n_asks = 0;
    type(&s, RIGHT, FALSE);
    ui_sleep(50);
    g_assert_cmpstr(s.told->str, ==, "password;" RIGHT ";");
    g_assert_cmpuint(s.n_asks, ==, 0);
    g_assert_null(kept(&s));
    tear_down(&s);
}

/* Kept, the next start asks nobody; one that does not fit any more is forgotten. */
static void
test_kept(void)
{
    scene s;

    set_up(&s);
    lock(&s);
    ui_wait(is_asked, &s, "the passphrase");
    type(&s, RIGHT, TRUE);
    ui_wait(is_told, &s, "the node is told");
    char *known = kept(&s);
    g_assert_cmpstr(known, ==, RIGHT);
    n2_secret_free(known);

    lock(&s);
    ui_wait(is_told, &s, "the node is told by the keyring");
    g_assert_cmpstr(s.told->str, ==, RIGHT ";");
    ui_sleep(50);
    g_assert_cmpuint(s.n_asks, ==, 0);
    tear_down(&s);
}

static void
test_wrong_is_forgotten(void)
{
    scene s;

    set_up(&s);
    lock(&s);
    ui_wait(is_asked, &s, "the passphrase");
    type(&s, "of yesterday", TRUE);
    ui_wait(is_asked_twice, &s, "the passphrase again");
    g_assert_null(kept(&s));
    tear_down(&s);
}

static void
on_kept_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    looked *l = user_data;
    (void)source;

    g_assert_true(n2_keyring_keep_finish(result, NULL));
    l->has_ended = TRUE;
}

/* The passphrase was changed on another day: the kept one is tried, and nobody is blamed. */
static void
test_changed(void)
{
    looked l = {.fd = -1};
    scene s;

    set_up(&s);
    n2_keyring_keep_async(n2_client_peek_socket(s.client, NULL), "of yesterday", NULL,
                          on_kept_cb, &l);
    ui_wait(has_looked, &l, "the keyring");
    lock(&s);
    ui_wait(is_asked, &s, "the passphrase");
    g_assert_cmpstr(s.told->str, ==, "of yesterday;");
    g_assert_false(s.ask->is_again);
    g_assert_null(kept(&s));
    tear_down(&s);
}

static void
test_no(void)
{
    scene s;

    set_up(&s);
    lock(&s);
    ui_wait(is_asked, &s, "the passphrase");
    g_signal_emit_by_name(child(&s, "cancel"), "clicked");
    ui_sleep(50);
    g_assert_cmpuint(s.n_refused, ==, 1);
    g_assert_cmpuint(s.told->len, ==, 0);
    tear_down(&s);
}

int
main(int argc, char **argv)
{
    g_autofree char *folder = g_dir_make_tmp("n2-keyring-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "keyring", NULL);

    g_setenv("SECRET_BACKEND", "file", TRUE);
    g_setenv("SECRET_FILE_TEST_PATH", file, TRUE);
    g_setenv("SECRET_FILE_TEST_PASSWORD", "of the test", TRUE);
    ui_init(&argc, &argv);
    adw_init();
    g_test_add_func("/unlock/until-right", test_until_right);
    g_test_add_func("/unlock/kept", test_kept);
    g_test_add_func("/unlock/wrong-is-forgotten", test_wrong_is_forgotten);
    g_test_add_func("/unlock/changed", test_changed);
    g_test_add_func("/unlock/no", test_no);
    int failed = g_test_run();
    g_unlink(file);
    g_rmdir(folder);
    return failed;
}
