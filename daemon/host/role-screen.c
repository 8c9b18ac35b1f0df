/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-screen.c - the process that hears when the screen is locked, and says so.
 *
 *     session bus  ActiveChanged of org.freedesktop.ScreenSaver, org.gnome.ScreenSaver
 *     system bus   Lock, Unlock and LockedHint of sessions of this user, by login1
 *
 * The node could not be given a way to these buses: who takes it over could have other programs
 * started there.  This process opens both, then has no other way out; it says LOCK with 1 or 0
 * to whoever has the other end of its channel, and believes no other sender than these
 * services.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/fence.h"
#include "host/role.h"
#include "host/screen.h"

#define LOGIN1 "org.freedesktop.login1"
#define SESSION "org.freedesktop.login1.Session"
#define PROPERTIES "org.freedesktop.DBus.Properties"

enum {
    ASK_MS = 1000 /* whose a session is */
};

static const char *const savers[] = {"org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver"};

static void
say(gboolean is_locked)
{
    /* A node that does not read, or is not there, has nothing to be told. */
    (void)n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_LOCK, is_locked, NULL, -1);
}

/* ---- session bus ---- */

static void
on_saver_cb(GDBusConnection *bus,
            const char *sender,
            const char *path,
            const char *interface,
            const char *signal,
            GVariant *arguments,
            gpointer data)
{
    gboolean is_active = FALSE;
    (void)bus;
    (void)sender;
    (void)path;
    (void)interface;
    (void)signal;
    (void)data;

    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(b)")))
        return;
    g_variant_get(arguments, "(b)", &is_active);
    say(is_active);
}

/* ---- system bus ---- */

static gboolean
is_ours(GDBusConnection *bus, const char *session)
{
    g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
        bus, LOGIN1, session, PROPERTIES, "Get", g_variant_new("(ss)", SESSION, "User"),
        G_VARIANT_TYPE("(v)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, ASK_MS, NULL, NULL);
    g_autoptr(GVariant) user = NULL;
    guint32 uid = 0;

    if (!answer)
        return FALSE;
    g_variant_get(answer, "(v)", &user);
    if (!g_variant_is_of_type(user, G_VARIANT_TYPE("(uo)")))
        return FALSE;
    g_variant_get(user, "(uo)", &uid, NULL);
    return uid == geteuid();
}

static void
on_session_cb(GDBusConnection *bus,
              const char *sender,
              const char *path,
              const char *interface,
              const char *signal,
              GVariant *arguments,
              gpointer data)
{
    g_autoptr(GVariant) changed = NULL;
    gboolean is_locked = g_str_equal(signal, "Lock");
    const char *of = NULL;
    (void)sender;
    (void)interface;
    (void)data;

    if (g_str_equal(signal, "PropertiesChanged")) {
        if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}as)")))
            return;
        g_variant_get(arguments, "(&s@a{sv}as)", &of, &changed, NULL);
        if (!g_str_equal(of, SESSION) ||
            !g_variant_lookup(changed, "LockedHint", "b", &is_locked))
            return;
    } else if (!is_locked && !g_str_equal(signal, "Unlock")) {
        return;
    }
    if (is_ours(bus, path))
        say(is_locked);
}

/* ---- the buses ---- */

static GDBusConnection *
speak(int fd)
{
    g_autoptr(GSocket) socket = fd < 0 ? NULL : g_socket_new_from_fd(fd, NULL);

    if (!socket)
        return NULL;
    g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection(socket);
    return g_dbus_connection_new_sync(G_IO_STREAM(stream), NULL,
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                      NULL, NULL, NULL);
}

static void
watch_session(GDBusConnection *bus)
{
    for (gsize i = 0; i < G_N_ELEMENTS(savers); i++)
        g_dbus_connection_signal_subscribe(bus, savers[i], savers[i], "ActiveChanged", NULL,
                                           NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_saver_cb, NULL,
                                           NULL);
}

static void
watch_system(GDBusConnection *bus)
{
    g_dbus_connection_signal_subscribe(bus, LOGIN1, SESSION, NULL, NULL, NULL,
                                       G_DBUS_SIGNAL_FLAGS_NONE, on_session_cb, NULL, NULL);
    g_dbus_connection_signal_subscribe(bus, LOGIN1, PROPERTIES, "PropertiesChanged", NULL,
                                       SESSION, G_DBUS_SIGNAL_FLAGS_MATCH_ARG0_NAMESPACE,
                                       on_session_cb, NULL, NULL);
}

static gboolean
on_parent_cb(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    g_main_loop_quit(data); /* nobody is left to be told */
    return G_SOURCE_REMOVE;
}

int
n2_role_screen(void)
{
    n2_sandbox_state state;

    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_setname_np(pthread_self(), "net2o-screen");
    int session_fd = n2_screen_session(), system_fd = n2_screen_system();
    if ((session_fd < 0 && system_fd < 0) || n2_fence_screen(&state) != N2_OK ||
        n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_SANDBOX, n2_sandbox_pack(&state), NULL, -1))
        return 1;
    g_autoptr(GDBusConnection) session_bus = speak(session_fd);
    g_autoptr(GDBusConnection) system_bus = speak(system_fd);
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);

    if (session_bus)
        watch_session(session_bus);
    if (system_bus)
        watch_system(system_bus);
    g_unix_fd_add(N2_CHANNEL_FD, G_IO_HUP | G_IO_ERR, on_parent_cb, loop);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
    return 0;
}
