/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-who.c - who you are, without views: the source over a socket, whose other end is here;
 *              the sheet on paper.
 *
 * test-who [FOLDER]: the sheet goes to FOLDER.
 */
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "client/error.h"
#include "fake-identities.h"
#include "model/node-identities.h"
#include "model/secret.h"
#include "n2-ipc.h"
#include "ui.h"
#include "views/sheet-print.h"

#define NORA "k1-nora"
#define HERE "k1-here"

static const char *folder; /* NULL: a temporary one */

/* ---- a node that does what the test says ---- */

typedef struct {
    char *profile;
    GDBusServer *server;
    GDBusConnection *connection; /* the last that came */
    N2IpcIdentity1 *identity;
    N2IpcToken1 *token;
    N2IpcAgent1 *agent;
    GDBusMethodInvocation *waits; /* owned: SignIn, until the test ends it */
    gboolean is_signed_in;
    char *pin;     /* owned; told */
    guint refused; /* id */
    guint n_agents, n_lists;
    GString *removed;
} node;

static GVariant *
key(const char *id, const char *rights, const char *place, const char *token)
{
    GVariantDict d;

    g_variant_dict_init(&d, NULL);
    g_variant_dict_insert(&d, "id", "s", id);
    g_variant_dict_insert(&d, "rights", "s", rights);
    g_variant_dict_insert(&d, "place", "s", place);
    if (token) {
        g_variant_dict_insert(&d, "token", "s", token);
        g_variant_dict_insert(&d, "token-name", "s", "Nitrokey 3");
    }
    return g_variant_dict_end(&d);
}

static GVariant *
identity(node *n, const char *address, gboolean with_keys)
{
    gboolean is_nora = g_str_equal(address, NORA);
    GVariantDict d;

    g_variant_dict_init(&d, NULL);
    g_variant_dict_insert(&d, "name", "s", is_nora ? "Nora" : "default");
    g_variant_dict_insert(&d, "address", "s", address);
    g_variant_dict_insert(&d, "here", "b", TRUE);
    g_variant_dict_insert(&d, "state", "s", "live");
    g_variant_dict_insert(&d, "sheet", "s", is_nora ? "shown" : "kept");
    g_variant_dict_insert(&d, "needs-token", "b", is_nora);
    g_variant_dict_insert(&d, "signed-in", "b", is_nora && n->is_signed_in);
    if (is_nora && n->is_signed_in)
        g_variant_dict_insert(&d, "until", "x",
                              g_get_real_time() + G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC);
    if (is_nora && with_keys) {
        GVariantBuilder rows;

        g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
        g_variant_builder_add_value(&rows, key("k-sign", "control", "token", "t1"));
        g_variant_builder_add_value(&rows, key("k-far", "session", "elsewhere", NULL));
        g_variant_builder_add_value(&rows, key("k-open", "open", "token", "t1"));
        g_variant_dict_insert_value(&d, "keys", g_variant_builder_end(&rows));
    }
    return g_variant_dict_end(&d);
}

static gboolean
on_list_cb(N2IpcIdentity1 *object, GDBusMethodInvocation *call, node *n)
{
    GVariantBuilder rows;

    n->n_lists++;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    g_variant_builder_add_value(&rows, identity(n, HERE, FALSE));
    g_variant_builder_add_value(&rows, identity(n, NORA, FALSE));
    n2_ipc_identity1_complete_list(object, call, g_variant_builder_end(&rows));
    return TRUE;
}

static gboolean
on_show_cb(N2IpcIdentity1 *object, GDBusMethodInvocation *call, const char *who, node *n)
{
    n2_ipc_identity1_complete_show(object, call, identity(n, who, TRUE));
    return TRUE;
}

static gboolean
on_sign_in_cb(
    N2IpcIdentity1 *object, GDBusMethodInvocation *call, const char *who, guint hours, node *n)
{
    (void)object;
    g_assert_cmpstr(who, ==, NORA);
    g_assert_cmpuint(hours, ==, 0);
    g_clear_object(&n->waits);
    n->waits = g_object_ref(call);
    return TRUE;
}

static gboolean
on_sheet_cb(N2IpcIdentity1 *object,
            GDBusMethodInvocation *call,
            GUnixFDList *fds,
            const char *who,
            GVariant *out,
            node *n)
{
    static const char sheet[] = N2_FAKE_WORDS "\n" N2_FAKE_CODE "\n";
    int fd = g_unix_fd_list_get(fds, g_variant_get_handle(out), NULL);

    (void)who;
    (void)n;
    g_assert_cmpint(write(fd, sheet, strlen(sheet)), ==, (gssize)strlen(sheet));
    close(fd);
    n2_ipc_identity1_complete_sheet_show(object, call, NULL);
    return TRUE;
}

static gboolean
on_remove_cb(N2IpcIdentity1 *object,
             GDBusMethodInvocation *call,
             const char *who,
             const char *id,
             const char *reason,
             node *n)
{
    GVariantDict d;

    g_string_append_printf(n->removed, "%s %s %s;", who, id, reason);
    g_variant_dict_init(&d, NULL);
    n2_ipc_identity1_complete_remove_key(object, call, g_variant_dict_end(&d));
    return TRUE;
}

static gboolean
on_tokens_cb(N2IpcToken1 *object, GDBusMethodInvocation *call, node *n)
{
    GVariantBuilder rows, keys;
    GVariantDict d;

    (void)n;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    g_variant_builder_init(&keys, G_VARIANT_TYPE("aa{sv}"));
    g_variant_builder_add_value(&keys, key("k-sign", "", "token", NULL));
    g_variant_dict_init(&d, NULL);
    g_variant_dict_insert(&d, "reader", "s", "A reader");
    g_variant_dict_insert(&d, "id", "s", "t1");
    g_variant_dict_insert(&d, "title", "s", "Nitrokey 3");
    g_variant_dict_insert(&d, "state", "s", "ok");
    g_variant_dict_insert(&d, "tries", "x", G_GINT64_CONSTANT(2));
    g_variant_dict_insert(&d, "owner", "s", NORA);
    g_variant_dict_insert_value(&d, "keys", g_variant_builder_end(&keys));
    g_variant_builder_add_value(&rows, g_variant_dict_end(&d));
    g_variant_dict_init(&d, NULL);
    g_variant_dict_insert(&d, "state", "s", "no-reader");
    g_variant_builder_add_value(&rows, g_variant_dict_end(&d));
    n2_ipc_token1_complete_list(object, call, g_variant_builder_end(&rows));
    return TRUE;
}

static gboolean
on_register_cb(N2IpcAgent1 *object, GDBusMethodInvocation *call, node *n)
{
    n->n_agents++;
    n2_ipc_agent1_complete_register(object, call);
    return TRUE;
}

static gboolean
on_tell_cb(N2IpcAgent1 *object,
           GDBusMethodInvocation *call,
           GUnixFDList *fds,
           guint id,
           GVariant *secret,
           gboolean last,
           node *n)
{
    char *text =
        n2_secret_read(g_unix_fd_list_get(fds, g_variant_get_handle(secret), NULL), NULL);

    g_assert_cmpuint(id, ==, 7);
    g_assert_false(last);
    n->pin = g_strdup(text);
    n2_secret_free(text);
    n2_ipc_agent1_complete_tell(object, call, NULL);
    return TRUE;
}

static gboolean
on_refuse_cb(N2IpcAgent1 *object, GDBusMethodInvocation *call, guint id, node *n)
{
    n->refused = id;
    n2_ipc_agent1_complete_refuse(object, call);
    return TRUE;
}

static gboolean
on_connection_cb(GDBusServer *server, GDBusConnection *connection, node *n)
{
    const char *path = "/org/net2o/Node";

    (void)server;
    g_set_object(&n->connection, connection);
    for (gsize i = 0; i < 3; i++) {
        GDBusInterfaceSkeleton *all[] = {G_DBUS_INTERFACE_SKELETON(n->identity),
                                         G_DBUS_INTERFACE_SKELETON(n->token),
                                         G_DBUS_INTERFACE_SKELETON(n->agent)};
        g_assert_true(g_dbus_interface_skeleton_export(all[i], connection, path, NULL));
    }
    return TRUE;
}

static void
node_init(node *n)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *guid = g_dbus_generate_guid();

    *n =
        (node){.profile = g_dir_make_tmp("n2-who-XXXXXX", NULL), .removed = g_string_new(NULL)};
    g_autofree char *address = g_strdup_printf("unix:path=%s/bus", n->profile);
    n->server =
        g_dbus_server_new_sync(address, G_DBUS_SERVER_FLAGS_NONE, guid, NULL, NULL, &error);
    g_assert_no_error(error);
    n->identity = n2_ipc_identity1_skeleton_new();
    n->token = n2_ipc_token1_skeleton_new();
    n->agent = n2_ipc_agent1_skeleton_new();
    g_object_connect(n->identity, "signal::handle-list", on_list_cb, n, "signal::handle-show",
                     on_show_cb, n, "signal::handle-sign-in", on_sign_in_cb, n,
                     "signal::handle-sheet-show", on_sheet_cb, n, "signal::handle-remove-key",
                     on_remove_cb, n, NULL);
    g_signal_connect(n->token, "handle-list", G_CALLBACK(on_tokens_cb), n);
    g_object_connect(n->agent, "signal::handle-register", on_register_cb, n,
                     "signal::handle-tell", on_tell_cb, n, "signal::handle-refuse",
                     on_refuse_cb, n, NULL);
    g_signal_connect(n->server, "new-connection", G_CALLBACK(on_connection_cb), n);
    g_dbus_server_start(n->server);
}

static void
node_clear(node *n)
{
    g_autofree char *bus = g_build_filename(n->profile, "bus", NULL);

    g_dbus_server_stop(n->server);
    g_clear_object(&n->connection);
    g_clear_object(&n->waits);
    g_clear_object(&n->identity);
    g_clear_object(&n->token);
    g_clear_object(&n->agent);
    g_clear_object(&n->server);
    g_unlink(bus);
    g_rmdir(n->profile);
    g_free(n->profile);
    g_free(n->pin);
    g_string_free(n->removed, TRUE);
}

static void
put_ask(node *n, guint id, const char *want)
{
    GVariantDict d;

    g_variant_dict_init(&d, NULL);
    g_variant_dict_insert(&d, "token", "s", "Nitrokey 3");
    g_variant_dict_insert(&d, "tries", "x", G_GINT64_CONSTANT(2));
    n2_ipc_agent1_emit_ask(n->agent, id, want, g_variant_dict_end(&d));
}

/* ---- the source ---- */

typedef struct {
    node n;
    N2Client *client;
    N2IdentitySource *source;
    N2Ask *ask;
    guint n_known, n_ended, n_closed;
    n2_err code;
    N2Ordered out;
} scene;

static gboolean
on_ask_cb(scene *s, N2Ask *ask)
{
    g_set_object(&s->ask, ask);
    return TRUE;
}

static void
on_known_cb(scene *s)
{
    s->n_known++;
}

static void
on_closed_cb(scene *s)
{
    s->n_closed++;
}

static void
on_ended_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    scene *s = user_data;
    g_autoptr(GError) error = NULL;

    n2_ordered_clear(&s->out);
    (void)n2_identity_source_order_finish(N2_IDENTITY_SOURCE(source), result, &s->out, &error);
    s->code = error ? n2_error_code(error) : N2_OK;
    s->n_ended++;
}

static gboolean
is_known(gpointer data)
{
    return n2_identity_source_is_known(((scene *)data)->source);
}

static gboolean
has_ask(gpointer data)
{
    return ((scene *)data)->ask != NULL;
}

static gboolean
has_ended(gpointer data)
{
    return ((scene *)data)->n_ended > 0;
}

static gboolean
has_pin(gpointer data)
{
    return ((scene *)data)->n.pin != NULL;
}

static gboolean
has_refused(gpointer data)
{
    return ((scene *)data)->n.refused > 0;
}

static gboolean
does_wait(gpointer data)
{
    return ((scene *)data)->n.waits != NULL;
}

static gboolean
has_closed(gpointer data)
{
    return ((scene *)data)->n_closed > 0;
}

static N2OwnIdentity *
get(scene *s, guint i)
{
    g_autoptr(N2OwnIdentity) one =
        g_list_model_get_item(n2_identity_source_peek_identities(s->source), i);

    g_assert_nonnull(one);
    return one; /* the list holds it */
}

static gboolean
is_in(gpointer data)
{
    return get(data, 1)->signed_in_until_us > 0;
}

static void
set_up(scene *s)
{
    *s = (scene){.out = {.fd = -1}};
    node_init(&s->n);
    s->client = n2_client_new(s->n.profile);
    s->source = N2_IDENTITY_SOURCE(n2_node_identities_new(s->client));
    g_signal_connect_swapped(s->source, "ask", G_CALLBACK(on_ask_cb), s);
    g_signal_connect_swapped(s->source, "known", G_CALLBACK(on_known_cb), s);
    n2_client_start(s->client);
    ui_wait(is_known, s, "what there is");
    g_assert_cmpuint(s->n_known, ==, 1);
    g_assert_cmpuint(s->n.n_agents, ==, 1);
}

static void
tear_down(scene *s)
{
    n2_ordered_clear(&s->out);
    g_clear_object(&s->ask);
    g_object_unref(s->source);
    g_object_unref(s->client);
    ui_sleep(20);
    node_clear(&s->n);
}

static void
give(scene *s, N2OrderKind kind, const char *id, GCancellable *cancellable)
{
    s->n_ended = 0;
    n2_identity_source_order_async(
        s->source, &(N2Order){.kind = kind, .identity = NORA, .key = id, .secret = -1},
        cancellable, on_ended_cb, s);
}

/* Keys of one token are one; whose the token is has a name; no reader is no row. */
static void
test_lists(void)
{
    scene s;

    set_up(&s);
    g_assert_true(n2_own_identity_is_untouched(get(&s, 0)));
    N2OwnIdentity *nora = get(&s, 1);
    g_assert_cmpstr(nora->name, ==, "Nora");
    g_assert_true(nora->needs_token);
    g_assert_cmpint(nora->backup, ==, N2_BACKUP_SHOWN);
    g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(nora->keys)), ==, 2);
    g_autoptr(N2OwnKey) token = g_list_model_get_item(G_LIST_MODEL(nora->keys), 0);
    g_assert_cmpstr(token->id, ==, "k-sign k-open");
    g_assert_true(token->is_last);
    GListModel *tokens = n2_identity_source_peek_tokens(s.source);
    g_assert_cmpuint(g_list_model_get_n_items(tokens), ==, 1);
    g_autoptr(N2TokenModel) one = g_list_model_get_item(tokens, 0);
    g_assert_cmpstr(one->owner, ==, "Nora");
    g_assert_cmpuint(one->tries, ==, 2);
    g_assert_cmpuint(one->admin_tries, ==, 255);
    g_assert_false(n2_token_model_is_free(one));
    /* All keys of a place go together. */
    give(&s, N2_ORDER_REMOVE_KEY, token->id, NULL);
    ui_wait(has_ended, &s, "the order");
    g_assert_cmpstr(s.n.removed->str, ==, NORA " k-sign gone;" NORA " k-open gone;");
    /* The sheet comes by a pipe. */
    give(&s, N2_ORDER_SHEET_SHOW, NULL, NULL);
    ui_wait(has_ended, &s, "the sheet");
    g_assert_cmpint(s.code, ==, N2_OK);
    char *sheet = n2_secret_read(s.out.fd, NULL);
    s.out.fd = -1;
    g_assert_cmpstr(sheet, ==, N2_FAKE_WORDS "\n" N2_FAKE_CODE "\n");
    n2_secret_free(sheet);
    tear_down(&s);
}

/* An order asks; what was typed goes by pipe; the list tells what came of it. */
static void
test_ask(void)
{
    scene s;

    set_up(&s);
    give(&s, N2_ORDER_SIGN_IN, NULL, NULL);
    ui_wait(does_wait, &s, "SignIn");
    put_ask(&s.n, 7, "pin");
    ui_wait(has_ask, &s, "the question");
    g_assert_cmpint(s.ask->want, ==, N2_ASKS_PIN);
    g_assert_cmpstr(s.ask->token, ==, "Nitrokey 3");
    g_assert_cmpuint(s.ask->tries, ==, 2);
    n2_ask_tell(s.ask, n2_secret_pipe("4711", NULL), FALSE);
    ui_wait(has_pin, &s, "the answer");
    g_assert_cmpstr(s.n.pin, ==, "4711");
    n2_ipc_agent1_emit_over(s.n.agent, 7); /* too late for anything */
    s.n.is_signed_in = TRUE;
    n2_ipc_identity1_complete_sign_in(s.n.identity, g_steal_pointer(&s.n.waits),
                                      g_get_real_time());
    ui_wait(has_ended, &s, "the order");
    g_assert_cmpint(s.code, ==, N2_OK);
    ui_wait(is_in, &s, "the list");
    /* What the node takes back goes away. */
    g_clear_object(&s.ask);
    put_ask(&s.n, 8, "passphrase");
    ui_wait(has_ask, &s, "another question");
    g_signal_connect_swapped(s.ask, "closed", G_CALLBACK(on_closed_cb), &s);
    n2_ipc_agent1_emit_over(s.n.agent, 8);
    ui_wait(has_closed, &s, "its end");
    g_assert_cmpuint(s.n.refused, ==, 0);
    tear_down(&s);
}

/* Who gives up says no: to what was asked, and to what is asked only then. */
static void
test_given_up(void)
{
    g_autoptr(GCancellable) one = g_cancellable_new(), other = g_cancellable_new();
    scene s;

    set_up(&s);
    give(&s, N2_ORDER_SIGN_IN, NULL, one);
    ui_wait(does_wait, &s, "SignIn");
    put_ask(&s.n, 7, "pin");
    ui_wait(has_ask, &s, "the question");
    g_signal_connect_swapped(s.ask, "closed", G_CALLBACK(on_closed_cb), &s);
    g_cancellable_cancel(one);
    ui_wait(has_refused, &s, "the no");
    ui_wait(has_ended, &s, "the order");
    g_assert_cmpuint(s.n.refused, ==, 7);
    g_assert_cmpuint(s.n_closed, ==, 1);
    g_assert_cmpint(s.code, ==, N2_ERR_CANCELLED);
    s.n.refused = 0;
    g_clear_object(&s.ask);
    g_clear_object(&s.n.waits);
    give(&s, N2_ORDER_SIGN_IN, NULL, other);
    ui_wait(does_wait, &s, "SignIn");
    g_cancellable_cancel(other);
    ui_wait(has_ended, &s, "the order");
    put_ask(&s.n, 9, "pin");
    ui_wait(has_refused, &s, "the no");
    g_assert_cmpuint(s.n.refused, ==, 9);
    g_assert_null(s.ask);
    tear_down(&s);
}

/* A node that goes takes its questions along, and its tokens; who you are stays to be seen. */
static void
test_vanished(void)
{
    scene s;

    set_up(&s);
    give(&s, N2_ORDER_SIGN_IN, NULL, NULL);
    ui_wait(does_wait, &s, "SignIn");
    put_ask(&s.n, 7, "pin");
    ui_wait(has_ask, &s, "the question");
    g_signal_connect_swapped(s.ask, "closed", G_CALLBACK(on_closed_cb), &s);
    g_dbus_server_stop(s.n.server);
    g_assert_true(g_dbus_connection_close_sync(s.n.connection, NULL, NULL));
    ui_wait(has_closed, &s, "the question's end");
    ui_wait(has_ended, &s, "the order's end");
    g_assert_cmpint(s.code, ==, N2_ERR_CLOSED);
    g_assert_cmpuint(g_list_model_get_n_items(n2_identity_source_peek_tokens(s.source)), ==, 0);
    g_assert_cmpstr(get(&s, 1)->name, ==, "Nora");
    tear_down(&s);
}

/* ---- paper ---- */

/* The sheet goes to paper: a page with ink; what is no sheet is refused. */
static void
test_sheet(void)
{
    g_autofree char *file =
        g_build_filename(folder ? folder : g_get_tmp_dir(), "who-sheet.pdf", NULL);
    g_autoptr(GError) error = NULL;
    int fd = n2_secret_pipe(N2_FAKE_WORDS "\n" N2_FAKE_CODE "\n", &error);
    g_autoptr(GtkPrintOperation) job =
        n2_sheet_print_new(n2_secret_read(fd, &error), "Nora Hansen", "k1-nora");

    if (folder)
        g_mkdir_with_parents(folder, 0755);
    gtk_print_operation_set_export_filename(job, file);
    g_assert_cmpint(
        gtk_print_operation_run(job, GTK_PRINT_OPERATION_ACTION_EXPORT, NULL, &error), ==,
        GTK_PRINT_OPERATION_RESULT_APPLY);
    g_assert_no_error(error);
    g_autoptr(GSubprocess) text = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error,
                                                   "pdftotext", "-layout", file, "-", NULL);
    g_autofree char *words = NULL;
    g_assert_true(g_subprocess_communicate_utf8(text, NULL, NULL, &words, NULL, &error));
    g_assert_nonnull(strstr(words, "Nora Hansen"));
    g_assert_nonnull(strstr(words, "amber"));
    g_assert_nonnull(strstr(words, "apple"));
    fd = n2_secret_pipe("nothing", &error);
    g_assert_null(n2_sheet_print_new(n2_secret_read(fd, &error), "x", "k1-x"));
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    if (argc > 1)
        folder = argv[1];
    g_test_add_func("/who/lists", test_lists);
    g_test_add_func("/who/ask", test_ask);
    g_test_add_func("/who/given-up", test_given_up);
    g_test_add_func("/who/vanished", test_vanished);
    g_test_add_func("/who/sheet", test_sheet);
    return g_test_run();
}
