/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc-agent.c - who is asked when something waits for a person, and who may answer.
 */
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc-fixture.h"

#define AGENT "org.net2o.Agent1"

/* A connection, and what was asked of it. */
typedef struct {
    fixture *f;
    GDBusConnection *raw;
    GString *heard; /* "Ask 1 pin", "Over 1"; the last */
    guint subscription;
} agent;

static void
on_signal_cb(GDBusConnection *connection,
             const char *sender,
             const char *path,
             const char *interface,
             const char *signal,
             GVariant *arguments,
             gpointer data)
{
    agent *a = data;
    const char *want = "";
    guint32 id = 0;
    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;

    if (g_str_equal(signal, "Ask"))
        g_variant_get(arguments, "(u&s@a{sv})", &id, &want, NULL);
    else
        g_variant_get(arguments, "(u)", &id);
    g_string_append_printf(a->heard, "%s %u%s%s;", signal, id, *want ? " " : "", want);
}

/* Calls @method of @interface and says how it ended: "" or the error's last word. */
static char *
call_of(agent *a, const char *interface, const char *method, GVariant *arguments, int fd)
{
    g_autoptr(GUnixFDList) fds = fd >= 0 ? g_unix_fd_list_new() : NULL;
    g_autoptr(GError) error = NULL;

    if (fd >= 0)
        g_assert_cmpint(g_unix_fd_list_append(fds, fd, NULL), ==, 0);
    g_dbus_connection_call_with_unix_fd_list(a->raw, NULL, "/org/net2o/Node", interface, method,
                                             arguments, NULL, G_DBUS_CALL_FLAGS_NONE, -1, fds,
                                             NULL, on_done_cb, a->f);
    g_autoptr(GAsyncResult) result = await(a->f);
    g_autoptr(GVariant) value =
        g_dbus_connection_call_with_unix_fd_list_finish(a->raw, NULL, result, &error);
    if (!error)
        return g_strdup("");
    g_autofree char *name = g_dbus_error_get_remote_error(error);
    return g_strdup(name ? strrchr(name, '.') + 1 : "?");
}

static char *
call(agent *a, const char *method, GVariant *arguments, int fd)
{
    return call_of(a, AGENT, method, arguments, fd);
}

static void
begin(agent *a, fixture *f, gboolean registers)
{
    *a = (agent){.f = f, .raw = connect_raw(f), .heard = g_string_new(NULL)};
    a->subscription = g_dbus_connection_signal_subscribe(
        a->raw, NULL, AGENT, NULL, NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal_cb, a, NULL);
    if (registers) {
        g_autofree char *how = call(a, "Register", NULL, -1);
        g_assert_cmpstr(how, ==, "");
    }
}

static void
end(agent *a)
{
    g_dbus_connection_signal_unsubscribe(a->raw, a->subscription);
    g_dbus_connection_close(a->raw, NULL, on_done_cb, a->f);
    g_object_unref(await(a->f));
    g_clear_object(&a->raw);
    g_string_free(a->heard, TRUE);
}

/* A call of @a that waits, as its number in the control plane. */
static n2_job
order(agent *a)
{
    fake_seen *seen = fake_control_seen(a->f->control);
    guint before = seen->n_running;

    call_open(a->raw, "net2o://demo/silent");
    while (seen->n_running == before)
        g_main_context_iteration(NULL, TRUE);
    return fake_control_last(a->f->control);
}

static void
ask(fixture *f, n2_job job, guint32 id, const char *want)
{
    fake_control_ask(f->control, job, id, want);
    fake_control_drain(f->control, f->server);
}

/* Waits for what it hears; then forgets it. */
static void
assert_heard(agent *a, const char *want)
{
    while (strlen(a->heard->str) < strlen(want))
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(a->heard->str, ==, want);
    g_string_truncate(a->heard, 0);
}

/* Nothing came, though there was time for it: a call was answered after it. */
static void
assert_silent(agent *a)
{
    g_autofree char *how = call(a, "Refuse", g_variant_new("(u)", 4711), -1);

    g_assert_cmpstr(how, ==, "STATE");
    g_assert_cmpstr(a->heard->str, ==, "");
}

static int
pipe_end(ino_t *inode)
{
    struct stat st;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    close(ends[1]);
    g_assert_cmpint(fstat(ends[0], &st), ==, 0);
    *inode = st.st_ino;
    return ends[0];
}

/* Whose order waits is asked, though another registered later; and nobody else may answer. */
static void
test_own_connection(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    agent first, second;
    ino_t inode;

    (void)data;
    begin(&first, f, TRUE);
    begin(&second, f, TRUE);
    ask(f, order(&first), 5, "pin");
    assert_heard(&first, "Ask 5 pin;");
    assert_silent(&second);
    int fd = pipe_end(&inode);
    g_autofree char *other = call(&second, "Tell", g_variant_new("(uhb)", 5, 0, FALSE), fd);
    g_assert_cmpstr(other, ==, "STATE");
    g_assert_cmpuint(seen->pipe_inode, ==, 0);
    g_autofree char *own = call(&first, "Tell", g_variant_new("(uhb)", 5, 0, TRUE), fd);
    g_assert_cmpstr(own, ==, "");
    g_assert_cmpuint(seen->pipe_inode, ==, inode);
    g_assert_cmpint(seen->number, ==, 5);
    g_assert_cmpuint(seen->flags, ==, N2_REQUEST_LAST);
    g_autofree char *none = call(&first, "Tell", g_variant_new("(uhb)", 5, 0, TRUE), -1);
    g_assert_cmpstr(none, ==, "USAGE");
    ask(f, 0, 5, NULL);
    assert_heard(&first, "Over 5;");
    g_autofree char *late = call(&first, "Refuse", g_variant_new("(u)", 5), -1);
    g_assert_cmpstr(late, ==, "STATE");
    close(fd);
    end(&second);
    end(&first);
}

/* An order of a connection that is no agent goes to whoever registered last; when that one
 * goes, to the one before; when all are gone, it is refused. */
static void
test_last_registered(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    agent plain, first, second;

    (void)data;
    begin(&plain, f, FALSE);
    begin(&first, f, TRUE);
    begin(&second, f, TRUE);
    n2_job job = order(&plain);
    ask(f, job, 6, "passphrase");
    assert_heard(&second, "Ask 6 passphrase;");
    assert_silent(&first);
    end(&second);
    assert_heard(&first, "Ask 6 passphrase;");
    seen->flags = 0;
    end(&first);
    while (!seen->flags)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(seen->number, ==, 6);
    g_assert_cmpuint(seen->flags, ==, N2_REQUEST_NOBODY);
    assert_silent(&plain);
    end(&plain);
}

/* What ends by itself waits without anybody; what needs somebody is refused at once; the
 * passphrase of the file, which no order wants, waits for whoever comes. */
static void
test_nobody(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    agent plain, late;

    (void)data;
    begin(&plain, f, FALSE);
    n2_job job = order(&plain);
    ask(f, job, 7, "touch");
    g_assert_cmpuint(seen->flags, ==, 0);
    ask(f, 0, 8, "passphrase");
    g_assert_cmpuint(seen->flags, ==, 0);
    ask(f, job, 9, "insert");
    g_assert_cmpuint(seen->flags, ==, N2_REQUEST_NOBODY);
    g_assert_cmpint(seen->number, ==, 9);
    ask(f, 0, 9, NULL);
    begin(&late, f, TRUE);
    while (strlen(late.heard->str) < strlen("Ask 7 touch;Ask 8 passphrase;"))
        g_main_context_iteration(NULL, TRUE);
    g_assert_nonnull(strstr(late.heard->str, "Ask 7 touch;"));
    g_assert_nonnull(strstr(late.heard->str, "Ask 8 passphrase;"));
    end(&late);
    end(&plain);
}

/* The keys process reads what it is handed: never a file, a directory or a device, whose reads
 * may wait for somebody for ever. */
static void
test_no_pipe(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    static const char *const paths[] = {"/dev/zero", "/dev/null", "/", "/proc/self/cmdline"};
    agent a;

    (void)data;
    begin(&a, f, TRUE);
    ask(f, order(&a), 5, "pin");
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        g_assert_cmpint(fd, >=, 0);
        g_autofree char *tell = call(&a, "Tell", g_variant_new("(uhb)", 5, 0, FALSE), fd);
        g_assert_cmpstr(tell, ==, "USAGE");
        g_autofree char *unlock =
            call_of(&a, "org.net2o.Identity1", "Unlock", g_variant_new("(h)", 0), fd);
        g_assert_cmpstr(unlock, ==, "USAGE");
        g_assert_cmpuint(seen->pipe_inode, ==, 0);
        close(fd);
    }
    end(&a);
}

static void
test_choose(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    GVariantBuilder options;
    agent a;

    (void)data;
    begin(&a, f, TRUE);
    ask(f, order(&a), 11, "log-in");
    assert_heard(&a, "Ask 11 log-in;");
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&options, "{sv}", "As", g_variant_new_string("account"));
    g_autofree char *wrong = call(&a, "Choose", g_variant_new("(ua{sv})", 11, &options), -1);
    g_assert_cmpstr(wrong, ==, "USAGE");
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&options, "{sv}", "as", g_variant_new_string("account"));
    g_variant_builder_add(&options, "{sv}", "always", g_variant_new_boolean(TRUE));
    g_autofree char *right = call(&a, "Choose", g_variant_new("(ua{sv})", 11, &options), -1);
    g_assert_cmpstr(right, ==, "");
    g_autofree char *want = g_strdup_printf("%d -|-|account|-", N2_JOB_ASK_CHOOSE);
    g_assert_cmpstr(seen->last->str, ==, want);
    g_assert_cmpuint(seen->flags, ==, N2_REQUEST_ALWAYS);
    end(&a);
}

int
main(int argc, char **argv)
{
    static const row rows[] = {
        {"own-connection", test_own_connection},
        {"last-registered", test_last_registered},
        {"nobody", test_nobody},
        {"no-pipe", test_no_pipe},
        {"choose", test_choose},
    };

    return ipc_run(argc, argv, "/ipc-agent/", rows, G_N_ELEMENTS(rows));
}
