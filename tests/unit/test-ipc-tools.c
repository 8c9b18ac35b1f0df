/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc-tools.c - tools of other people on the socket, and other users.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "ipc-fixture.h"

static void
on_tool_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    on_done_cb(source, result, user_data);
}

/* What a program prints; NULL if it is not installed. */
static char *
run_tool(fixture *f, const char *const *argv)
{
    g_autofree char *program = g_find_program_in_path(argv[0]);
    g_autoptr(GError) error = NULL;
    char *out = NULL;

    if (!program)
        return NULL;
    g_autoptr(GSubprocess) tool = g_subprocess_newv(
        argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8_async(tool, NULL, NULL, on_tool_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_subprocess_communicate_utf8_finish(tool, result, &out, NULL, &error);
    g_assert_no_error(error);
    g_test_message("%s: %s", argv[0], out);
    return out;
}

static void
test_gdbus(fixture *f, gconstpointer data)
{
    g_autofree char *address = g_strconcat("unix:path=", f->socket, NULL);
    const char *introspect[] = {"gdbus",  "introspect",     "--address",
                                address,  "--object-path",  "/org/net2o/Node",
                                "--dest", "org.net2o.Node", NULL};
    const char *get[] = {"gdbus",           "call",
                         "--address",       address,
                         "--dest",          "org.net2o.Node",
                         "--object-path",   "/org/net2o/Node",
                         "--method",        "org.freedesktop.DBus.Properties.GetAll",
                         "org.net2o.Node1", NULL};
    (void)data;

    g_autofree char *all = run_tool(f, introspect);
    if (!all) {
        g_test_skip("gdbus is not installed");
        return;
    }
    g_assert_nonnull(strstr(all, "interface org.net2o.Files1"));
    g_assert_nonnull(strstr(all, "interface org.net2o.Identity1"));
    g_assert_nonnull(strstr(all, "interface org.net2o.Network1"));
    g_assert_nonnull(strstr(all, "PeerAdd"));
    g_autofree char *properties = run_tool(f, get);
    g_assert_nonnull(strstr(properties, "'Version': <'" N2_VERSION "'>"));
}

static void
test_busctl(fixture *f, gconstpointer data)
{
    g_autofree char *address = g_strconcat("--address=unix:path=", f->socket, NULL);
    const char *introspect[] = {"busctl",         address,           "--no-pager", "introspect",
                                "org.net2o.Node", "/org/net2o/Node", NULL};
    const char *call[] = {
        "busctl",          address,           "--no-pager", "call", "org.net2o.Node",
        "/org/net2o/Node", "org.net2o.Node1", "Status",     NULL};
    (void)data;

    g_autofree char *all = run_tool(f, introspect);
    if (!all) {
        g_test_skip("busctl is not installed");
        return;
    }
    g_assert_nonnull(strstr(all, "org.net2o.Files1"));
    g_autofree char *status = run_tool(f, call);
    g_assert_nonnull(strstr(status, "uptime_s"));
}

/* Another user gets nothing, even where the file's mode would let it in. */
static void
test_other_user(fixture *f, gconstpointer data)
{
    g_autofree char *address = g_strconcat("unix:path=", f->socket, NULL);
    const char *argv[] = {
        "setpriv",   "--reuid=65534", "--clear-groups", "gdbus",           "introspect",
        "--address", address,         "--object-path",  "/org/net2o/Node", NULL};
    (void)data;

    if (geteuid() != 0) {
        g_test_skip("needs root to become another user");
        return;
    }
    g_chmod(f->dir, 0755);
    g_chmod(f->socket, 0666);
    g_autofree char *out = run_tool(f, argv);
    if (!out) {
        g_test_skip("setpriv is not installed");
        return;
    }
    g_assert_null(strstr(out, "interface org.net2o"));
}

static const row rows[] = {
    {"gdbus", test_gdbus},
    {"busctl", test_busctl},
    {"other-user", test_other_user},
};

int
main(int argc, char **argv)
{
    return ipc_run(argc, argv, "/ipc/tools/", rows, G_N_ELEMENTS(rows));
}
