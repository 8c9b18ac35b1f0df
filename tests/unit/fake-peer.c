/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-peer.c - a node that only plays, on the far side of the socket.
 */
#include "fake-peer.h"

#include <gio/gunixfdlist.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "n2-ipc.h"

#define A "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_A "0006123456780304"
#define ID_B "0006aabbccdd0304"

/* Two tokens and a reader without one; what lists say, whatever the scene. */
static const char *const tokens =
    "([{'reader': <'Reader 0'>, 'id': <'" ID_A "'>, 'title': <'Token A'>, 'state': <'ok'>,"
    " 'tries': <int64 3>, 'keys': <[{'slot': <'login'>, 'method': <'ed25519'>}]>},"
    " {'reader': <'Reader 1'>, 'id': <'" ID_B "'>, 'title': <'Token B'>, 'state': <'ok'>},"
    " {'reader': <'Reader 2'>, 'id': <''>, 'state': <'no-card'>, 'why': <'the reader is "
    "empty'>,"
    " 'next': <'Plug a token in.'>}],)";
static const char *const identities =
    "([{'name': <'me'>, 'address': <'" A "'>, 'default': <true>, 'state': <'live'>,"
    " 'signed-in': <true>, 'until': <int64 1700000000000000>, 'sheet': <'kept'>,"
    " 'passphrase': <true>}],)";

struct fake_peer {
    GDBusServer *server;
    GDBusConnection *connection; /* owned: of whoever came last */
    fake_scene scene;
    char **asks; /* owned: left of the scene */
    guint at;    /* of the next one */
    guint id;    /* of the one that waits; 0: none does */
    char *want;  /* owned: of it */
    gboolean is_agent, is_left;
    GDBusMethodInvocation *waiting; /* the order */
    GString *called, *told;
};

static const GDBusInterfaceInfo *
info_of(const char *name)
{
    GDBusInterfaceInfo *(*const infos[])(void) = {
        n2_ipc_identity1_interface_info, n2_ipc_token1_interface_info,
        n2_ipc_agent1_interface_info, n2_ipc_contacts1_interface_info};

    for (guint i = 0; i < G_N_ELEMENTS(infos); i++)
        if (g_str_equal(infos[i]()->name, name))
            return infos[i]();
    g_assert_not_reached();
}

/* @text may leave types to the method. */
static void
answer_text(GDBusMethodInvocation *call, const char *text)
{
    const GDBusMethodInfo *method = g_dbus_method_invocation_get_method_info(call);
    g_autoptr(GString) type = g_string_new("(");
    g_autoptr(GError) error = NULL;

    for (GDBusArgInfo **arg = method->out_args; arg && *arg; arg++)
        g_string_append(type, (*arg)->signature);
    g_string_append_c(type, ')');
    g_autoptr(GVariantType) whole = g_variant_type_new(type->str);
    GVariant *value = g_variant_parse(whole, *text ? text : "()", NULL, NULL, &error);
    g_assert_no_error(error);
    g_dbus_method_invocation_return_value(call, value);
}

static void
answer(fake_peer *p)
{
    GDBusMethodInvocation *call = g_steal_pointer(&p->waiting);

    if (p->scene.reply[0] != '!') {
        answer_text(call, p->scene.reply);
        return;
    }
    g_autofree char *text = g_strdup_printf("order\nit failed\nDo so.\n%s", p->scene.reply + 1);
    g_dbus_method_invocation_return_dbus_error(call, "org.net2o.Error.Any", text);
}

static void
say(fake_peer *p, const char *signal, GVariant *args)
{
    g_dbus_connection_emit_signal(p->connection, NULL, "/org/net2o/Node", "org.net2o.Agent1",
                                  signal, args, NULL);
}

/* "pin@B:3" */
static void
ask(fake_peer *p, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);
    g_auto(GStrv) names = g_strsplit(parts[0], "@", 2);
    gboolean is_text = g_str_has_suffix(names[0], "pin") || g_str_equal(names[0], "passphrase");
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "token", "s", names[1] ? names[1] : "Token A\033[2J\u202e");
    if (parts[1])
        g_variant_dict_insert(&options, is_text ? "tries" : "seconds", "x",
                              g_ascii_strtoll(parts[1], NULL, 10));
    if (g_str_equal(names[0], "words")) {
        g_variant_dict_insert(&options, "words", "s", "acid bold cake");
        g_variant_dict_insert(&options, "other", "s", A);
    }
    p->id = ++p->at + 40;
    g_free(p->want);
    p->want = g_strdup(names[0]);
    say(p, "Ask", g_variant_new("(us@a{sv})", p->id, p->want, g_variant_dict_end(&options)));
}

/* The next of the scene; at its end the answer. */
static void
go_on(fake_peer *p)
{
    while (p->waiting && p->asks && p->asks[p->at]) {
        if (!g_str_equal(p->asks[p->at], "over")) {
            ask(p, p->asks[p->at]);
            gboolean is_shown = g_str_equal(p->want, "touch") ||
                                g_str_equal(p->want, "insert") ||
                                g_str_equal(p->want, "keypad");
            if (!is_shown)
                return;
            continue;
        }
        p->at++;
        say(p, "Over", g_variant_new("(u)", p->id));
        p->id = 0;
    }
    if (p->waiting && !p->scene.is_mute)
        answer(p);
}

static gboolean
on_later_cb(gpointer user_data)
{
    fake_peer *p = user_data;

    if (p->waiting)
        go_on(p);
    return G_SOURCE_REMOVE;
}

/* Handle 0, to be closed. */
static int
take_pipe(GDBusMethodInvocation *call)
{
    GUnixFDList *fds =
        g_dbus_message_get_unix_fd_list(g_dbus_method_invocation_get_message(call));
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(fds);
    int fd = g_unix_fd_list_get(fds, 0, &error);
    g_assert_no_error(error);
    return fd;
}

/* All that is in the pipe of handle 0, a NUL as "|", but for the last: that it ends with. */
static void
read_pipe(fake_peer *p, GDBusMethodInvocation *call)
{
    int fd = take_pipe(call);
    char buf[4096];
    gssize n = 0;

    while ((n = read(fd, buf, sizeof buf)) > 0)
        for (gssize i = 0; i < n; i++)
            g_string_append_c(p->told, buf[i] ? buf[i] : '|');
    close(fd);
    g_assert_true(g_str_has_suffix(p->told->str, "|"));
    g_string_truncate(p->told, p->told->len - 1);
}

static void
write_pipe(fake_peer *p, GDBusMethodInvocation *call)
{
    int fd = take_pipe(call);

    g_assert_cmpint(write(fd, p->scene.pipe, strlen(p->scene.pipe)), ==,
                    (gssize)strlen(p->scene.pipe));
    close(fd);
}

/* ---- Agent1 ---- */

static void
take_answer(fake_peer *p, const char *method, GVariant *args, GDBusMethodInvocation *call)
{
    guint32 id = 0;
    gboolean is_last = FALSE;

    g_variant_get_child(args, 0, "u", &id);
    if (!p->waiting || id != p->id) {
        g_dbus_method_invocation_return_dbus_error(call, "org.net2o.Error.State",
                                                   "ask\nnobody waits\n\n-4");
        return;
    }
    p->id = 0;
    if (g_str_equal(method, "Refuse")) {
        g_string_append(p->told, "no;");
        p->scene.reply = "!-17"; /* as the node does: the order is cancelled */
        p->asks[p->at] = NULL;
    } else if (g_str_equal(method, "Choose")) {
        g_autoptr(GVariant) options = g_variant_get_child_value(args, 1);
        g_autofree char *text = g_variant_print(options, FALSE);
        g_string_append_printf(p->told, "%s%s;", p->want, text);
    } else {
        g_variant_get_child(args, 2, "b", &is_last);
        g_string_append_printf(p->told, "%s=", p->want);
        read_pipe(p, call);
        g_string_append(p->told, is_last ? " last;" : ";");
    }
    g_dbus_method_invocation_return_value(call, NULL);
    g_idle_add(on_later_cb, p);
}

/* ---- orders ---- */

static void
take_order(fake_peer *p, const char *method, GVariant *args, GDBusMethodInvocation *call)
{
    g_autofree char *text = g_variant_print(args, FALSE);

    g_string_printf(p->called, "%s%s", method, text);
    p->waiting = call;
    if (p->scene.reads) {
        read_pipe(p, call);
        g_string_append_c(p->told, ';');
    }
    if (p->scene.pipe)
        write_pipe(p, call);
    go_on(p);
}

static void
on_call_cb(GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *method,
           GVariant *args,
           GDBusMethodInvocation *call,
           gpointer user_data)
{
    fake_peer *p = user_data;
    (void)connection;
    (void)sender;
    (void)path;

    if (g_str_equal(method, "Register")) {
        p->is_agent = TRUE;
        g_dbus_method_invocation_return_value(call, NULL);
    } else if (g_str_equal(interface, "org.net2o.Agent1")) {
        take_answer(p, method, args, call);
    } else if (g_str_equal(method, "List") && !g_str_equal(interface, "org.net2o.Contacts1")) {
        answer_text(call, g_str_equal(interface, "org.net2o.Token1") ? tokens : identities);
    } else {
        g_assert_true(p->is_agent || !p->asks); /* before the order */
        take_order(p, method, args, call);
    }
}

static void
on_closed_cb(fake_peer *p)
{
    p->is_left = p->waiting != NULL;
    p->is_agent = FALSE;
    g_clear_object(&p->waiting);
}

static gboolean
on_connection_cb(GDBusServer *server, GDBusConnection *connection, gpointer user_data)
{
    static const char *const names[] = {"org.net2o.Identity1", "org.net2o.Token1",
                                        "org.net2o.Agent1", "org.net2o.Contacts1"};
    const GDBusInterfaceVTable table = {.method_call = on_call_cb};
    fake_peer *p = user_data;
    (void)server;

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpuint(g_dbus_connection_register_object(
                             connection, "/org/net2o/Node",
                             (GDBusInterfaceInfo *)info_of(names[i]), &table, p, NULL, NULL),
                         !=, 0);
    g_set_object(&p->connection, connection);
    g_signal_connect_swapped(connection, "closed", G_CALLBACK(on_closed_cb), p);
    return TRUE;
}

fake_peer *
fake_peer_new(const char *dir)
{
    fake_peer *p = g_new0(fake_peer, 1);
    g_autofree char *address = g_strdup_printf("unix:path=%s/bus", dir);
    g_autofree char *guid = g_dbus_generate_guid();
    g_autoptr(GError) error = NULL;

    p->called = g_string_new(NULL);
    p->told = g_string_new(NULL);
    p->server =
        g_dbus_server_new_sync(address, G_DBUS_SERVER_FLAGS_NONE, guid, NULL, NULL, &error);
    g_assert_no_error(error);
    g_signal_connect(p->server, "new-connection", G_CALLBACK(on_connection_cb), p);
    g_dbus_server_start(p->server);
    return p;
}

void
fake_peer_play(fake_peer *p, const fake_scene *scene)
{
    p->scene = *scene;
    g_clear_pointer(&p->asks, g_strfreev);
    p->asks = scene->asks ? g_strsplit(scene->asks, " ", -1) : NULL;
    p->at = 0;
    p->is_left = FALSE;
    g_string_truncate(p->called, 0);
    g_string_truncate(p->told, 0);
}

const char *
fake_peer_called(const fake_peer *p)
{
    return p->called->str;
}

const char *
fake_peer_told(const fake_peer *p)
{
    return p->told->str;
}

gboolean
fake_peer_is_left(const fake_peer *p)
{
    return p->is_left;
}

void
fake_peer_free(fake_peer *p)
{
    if (p->connection)
        g_signal_handlers_disconnect_by_data(p->connection, p);
    g_dbus_server_stop(p->server);
    g_clear_object(&p->waiting);
    g_clear_object(&p->connection);
    g_clear_object(&p->server);
    g_strfreev(p->asks);
    g_free(p->want);
    g_string_free(p->called, TRUE);
    g_string_free(p->told, TRUE);
    g_free(p);
}
