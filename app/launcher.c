/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * launcher.c - a process that starts other programs, outside the browser's fence.
 */
#include "launcher.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/location.h"

enum {
    MESSAGE_BYTES_MAX = 64 << 10 /* of "TOKEN\nADDRESS" */
};

static int channel = -1; /* owned; the browser's end */

/* ---- in the launcher ---- */

static void
on_launched_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;

    (void)source;
    if (!g_app_info_launch_default_for_uri_finish(result, &error))
        g_printerr("net2o-browser: %s\n", error->message);
    *(gboolean *)user_data = TRUE;
}

/* In a process for this address alone, so that nothing it starts or keeps is left here. */
static G_NORETURN void
launch(const char *token, const char *address)
{
    g_autoptr(GAppLaunchContext) context = g_app_launch_context_new();
    gboolean is_done = FALSE;

    if (*token) {
        g_app_launch_context_setenv(context, "DESKTOP_STARTUP_ID", token);
        g_app_launch_context_setenv(context, "XDG_ACTIVATION_TOKEN", token);
    }
    g_app_info_launch_default_for_uri_async(address, context, NULL, on_launched_cb, &is_done);
    while (!is_done)
        g_main_context_iteration(NULL, TRUE);
    _exit(0);
}

static void
take(char *message)
{
    char *address = strchr(message, '\n');
    g_autofree char *read = NULL;
    pid_t pid = 0;

    if (!address)
        return;
    *address++ = '\0';
    if (n2_location_read(address, &read, NULL) != N2_LOCATION_OUTSIDE)
        return;
    pid = fork();
    if (pid == 0) {
        close(channel);
        launch(message, read);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static G_NORETURN void
serve(void)
{
    g_autofree char *message = g_malloc(MESSAGE_BYTES_MAX + 1);
    ssize_t len = 0;

    (void)prctl(PR_SET_NAME, "net2o-launcher");
    (void)prctl(PR_SET_DUMPABLE, 0); /* nobody in the fence writes into this memory */
    for (;;) {
        do
            len = recv(channel, message, MESSAGE_BYTES_MAX, 0);
        while (len < 0 && errno == EINTR);
        if (len <= 0)
            _exit(0); /* the browser ended */
        message[len] = '\0';
        take(message);
    }
}

/* ---- in the browser ---- */

gboolean
n2_launcher_start(void)
{
    int ends[2];
    pid_t pid = 0;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return FALSE;
    pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return FALSE;
    }
    channel = ends[pid == 0];
    close(ends[pid != 0]);
    if (pid == 0)
        serve();
    return TRUE;
}

gboolean
n2_launcher_open(const char *address, const char *token)
{
    g_autofree char *message = g_strdup_printf("%s\n%s", token ? token : "", address);
    g_autofree char *read = NULL;
    gsize len = strlen(message);

    if (channel < 0 || n2_location_read(address, &read, NULL) != N2_LOCATION_OUTSIDE ||
        (token && strchr(token, '\n')) || len > MESSAGE_BYTES_MAX)
        return FALSE;
    return send(channel, message, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}
