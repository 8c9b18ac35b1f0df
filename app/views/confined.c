/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * confined.c - whether WebKit's web process is in its sandbox, as a matter of fact.
 */
#include "views/confined.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define NAME "WebKitWebProces" /* the kernel keeps 15 characters */

enum {
    HOPS_MAX = 8 /* from a web process up to the browser: two of bwrap, and some */
};

/* The value of @field in /proc/PID/status, e.g. "PPid:" (transfer full) (nullable). */
static char *
dup_status(guint64 pid, const char *field)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GUINT64_FORMAT "/status", pid);
    g_autofree char *text = NULL;
    const char *line = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !(line = strstr(text, field)))
        return NULL;
    line += strlen(field);
    return g_strstrip(g_strndup(line, strcspn(line, "\n")));
}

static gboolean
is_ours(guint64 pid)
{
    for (int hops = 0; hops < HOPS_MAX && pid > 1; hops++) {
        g_autofree char *parent = dup_status(pid, "\nPPid:");

        pid = parent ? g_ascii_strtoull(parent, NULL, 10) : 0;
        if (pid == (guint64)getpid())
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_web_process(const char *pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/comm", pid);
    g_autofree char *comm = NULL;

    return g_file_get_contents(path, &comm, NULL, NULL) && g_str_has_prefix(comm, NAME);
}

/* It has a number here and another one inside. */
static gboolean
has_own_namespace(guint64 pid)
{
    g_autofree char *numbers = dup_status(pid, "\nNSpid:");

    return numbers && strpbrk(numbers, "\t ");
}

static gboolean
is_flatpak(void)
{
    GStatBuf info;

    return g_stat("/.flatpak-info", &info) == 0 && info.st_size > 0;
}

gboolean
n2_confined_check(void)
{
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *name = NULL;
    guint n = 0;

    while (proc && (name = g_dir_read_name(proc))) {
        guint64 pid = g_ascii_strtoull(name, NULL, 10);

        if (!pid || !is_web_process(name) || !is_ours(pid))
            continue;
        if (!has_own_namespace(pid))
            return FALSE;
        n++;
    }
    return n > 0 || is_flatpak();
}
