/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * screen.c - ways to the message buses that tell when a screen is locked.
 */
#include "host/screen.h"

#include <glib-unix.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/channel.h"

/* Where one of the addresses leads that a Unix socket reaches; -1: nowhere.  Done by hand: what
 * GIO would do may start a bus, and load modules. */
static int
connect_one(const char *address)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    g_auto(GStrv) words = NULL;
    socklen_t len = 0;

    if (!g_str_has_prefix(address, "unix:"))
        return -1;
    words = g_strsplit(address + strlen("unix:"), ",", -1);
    for (char **word = words; *word && !len; word++) {
        gboolean is_abstract = g_str_has_prefix(*word, "abstract=");
        if (!is_abstract && !g_str_has_prefix(*word, "path="))
            continue;
        g_autofree char *name = g_uri_unescape_string(strchr(*word, '=') + 1, NULL);
        if (!name || strlen(name) + 1 >= sizeof to.sun_path)
            return -1;
        memcpy(to.sun_path + is_abstract, name, strlen(name));
        len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1);
    }
    int fd = len ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, len) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int
connect_any(const char *addresses)
{
    g_auto(GStrv) list = g_strsplit(addresses ? addresses : "", ";", -1);
    int fd = -1;

    for (char **address = list; *address && fd < 0; address++)
        fd = connect_one(*address);
    return fd;
}

static char *
session_address(void)
{
    const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");

    if (address && *address)
        return g_strdup(address);
    return runtime && *runtime ? g_strdup_printf("unix:path=%s/bus", runtime) : g_strdup("");
}

int
n2_screen_session(void)
{
    g_autofree char *address = session_address();

    return connect_any(address);
}

int
n2_screen_system(void)
{
    const char *address = g_getenv("DBUS_SYSTEM_BUS_ADDRESS");

    return connect_any(address && *address ? address : "unix:path=/run/dbus/system_bus_socket");
}

/* ---- the node's end ---- */

typedef struct {
    void (*told)(bool is_locked, void *user);
    void *user;
    int channel;
} watch;

static void
watch_free(gpointer data)
{
    watch *w = data;

    close(w->channel);
    g_free(w);
}

static gboolean
on_channel_cb(gint fd, GIOCondition condition, gpointer data)
{
    const watch *w = data;
    n2_channel_message m;
    int passed = -1;
    n2_err err = n2_channel_receive(fd, false, &m, &passed);

    (void)condition;
    if (passed >= 0)
        close(passed);
    if (err == N2_ERR_TIMEOUT)
        return G_SOURCE_CONTINUE;
    if (err) /* it has ended, which the parent says */
        return G_SOURCE_REMOVE;
    if (m.kind == N2_CHANNEL_LOCK)
        w->told(m.value != 0, w->user);
    return G_SOURCE_CONTINUE;
}

void
n2_screen_watch(int channel, void (*told)(bool is_locked, void *user), void *user)
{
    watch *w = g_new(watch, 1);

    *w = (watch){.told = told, .user = user, .channel = channel};
    g_unix_fd_add_full(G_PRIORITY_DEFAULT, channel, G_IO_IN | G_IO_HUP, on_channel_cb, w,
                       watch_free);
}
