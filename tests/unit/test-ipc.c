/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc.c - calls, errors, signals, and the life of the socket.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"
#include "ipc-fixture.h"

static void
test_status(fixture *f, gconstpointer data)
{
    (void)data;
    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_autoptr(GVariant) status = n2_client_finish(f->client, result, NULL);
    g_autoptr(GVariant) listeners = n2_dict_dup(status, "listeners", "as");
    g_autoptr(GVariant) links = n2_dict_dup(status, "links", "aa{sv}");

    g_assert_cmpstr(n2_dict_string(status, "version"), ==, N2_VERSION);
    g_assert_cmpuint(n2_dict_uint(status, "pid"), ==, (guint64)getpid());
    g_assert_cmpuint(n2_dict_uint(status, "uptime_s"), ==, 75);
    g_assert_cmpuint(g_variant_n_children(listeners), ==, 2);
    g_assert_cmpuint(g_variant_n_children(links), ==, 1);
    g_assert_true(n2_client_is_connected(f->client));
}

/* Each method reaches the control plane with its arguments in their places. */
static void
test_requests(fixture *f, gconstpointer data)
{
    const char *hops[] = {"1/4", "3/2", NULL};
    fake_seen *seen = fake_control_seen(f->control);
    (void)data;

#define EXPECT(kind, rest, call)                                                               \
    do {                                                                                       \
        g_autofree char *want = g_strdup_printf("%d %s", (int)(kind), rest);                   \
        g_autofree char *text = NULL;                                                          \
        g_autoptr(GError) error = NULL;                                                        \
        call;                                                                                  \
        text = await_text(f, &error);                                                          \
        g_assert_no_error(error);                                                              \
        g_assert_cmpstr(seen->last->str, ==, want);                                            \
    } while (0)
    N2Client *c = f->client;
    EXPECT(N2_JOB_CHECK, "-|-|-|-", n2_client_check_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_NEW, "-|me|-|-", n2_client_id_new_async(c, "me", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_LIST, "-|-|-|-", n2_client_id_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_SHOW, "-|-|-|-", n2_client_id_show_async(c, NULL, NULL, on_done_cb, f));
    EXPECT(N2_JOB_PEER_ADD, "k1-x|-|udp:h:1|-",
           n2_client_peer_add_async(c, "udp:h:1", "k1-x", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PEER_REMOVE, "-|-|udp:h:1|-",
           n2_client_peer_remove_async(c, "udp:h:1", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PEER_LIST, "-|-|-|-", n2_client_peer_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_SET, "k1-x|-|1/4 3/2|-",
           n2_client_path_set_async(c, "k1-x", hops, NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_UNSET, "k1-x|-|-|-",
           n2_client_path_unset_async(c, "k1-x", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_GET, "demo|-|-|-",
           n2_client_path_get_async(c, "demo", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PATH_LIST, "-|-|-|-", n2_client_path_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_NAME_SET, "k1-x|n|-|-",
           n2_client_name_set_async(c, "n", "k1-x", NULL, on_done_cb, f));
    EXPECT(N2_JOB_NAME_UNSET, "-|n|-|-",
           n2_client_name_unset_async(c, "n", NULL, on_done_cb, f));
    EXPECT(N2_JOB_NAME_LIST, "-|-|-|-", n2_client_name_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_LABEL_SET, "-|-|12 any 8 9|-",
           n2_client_label_set_async(c, "12 any 8 9", NULL, on_done_cb, f));
    EXPECT(N2_JOB_LABEL_LIST, "-|-|-|-", n2_client_label_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_FILTER_SET, "-|-|deny in 3|-",
           n2_client_filter_set_async(c, "deny in 3", NULL, on_done_cb, f));
    EXPECT(N2_JOB_FILTER_LIST, "-|-|-|-", n2_client_filter_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_OPEN, "-|-||tree",
           n2_client_cast_open_async(c, "tree", "", 0, NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_OPEN, "-|-|77|channel",
           n2_client_cast_open_async(c, "channel", "77", 3, NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_CLOSE, "-|-|77|channel",
           n2_client_cast_close_async(c, "channel", "77", NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_JOIN, "k1-x|-|77|tree",
           n2_client_cast_join_async(c, "k1-x", "tree", "77", NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_JOIN, "-|-|77|channel",
           n2_client_cast_join_async(c, "", "channel", "77", NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_LEAVE, "-|-|77|tree",
           n2_client_cast_leave_async(c, "tree", "77", NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_PROBE, "-|-|77|tree",
           n2_client_cast_probe_async(c, "tree", "77", 5, NULL, on_done_cb, f));
    EXPECT(N2_JOB_CAST_LIST, "-|-|-|-", n2_client_cast_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_NEIGHBOURS, "-|files|-|-",
           n2_client_neighbours_async(c, "files", NULL, on_done_cb, f));
    EXPECT(N2_JOB_DOMAIN_SET, "-|-|256-511|block",
           n2_client_domain_set_async(c, 3, "block", "256-511", NULL, on_done_cb, f));
    EXPECT(N2_JOB_DOMAIN_LIST, "-|-|-|-", n2_client_domain_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_TRACE, "demo|-|-|-", n2_client_trace_async(c, "demo", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_GET, "a|n|-|-",
           n2_client_attr_get_async(c, "a", "n", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_SET, "a|n|v|time",
           n2_client_attr_set_async(c, "a", "n", "v", "time", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_SET, "a|n|-|-",
           n2_client_attr_set_async(c, "a", "n", NULL, NULL, NULL, on_done_cb, f));
    EXPECT(N2_JOB_ATTR_LIST, "a|-|-|-", n2_client_attr_list_async(c, "a", NULL, on_done_cb, f));
    EXPECT(N2_JOB_PIN, "a|-|-|-", n2_client_pin_async(c, "a", NULL, on_done_cb, f));
    EXPECT(N2_JOB_UNPIN, "a|-|-|-", n2_client_unpin_async(c, "a", NULL, on_done_cb, f));
    EXPECT(N2_JOB_WHY, "a|-|-|-", n2_client_why_async(c, "a", NULL, on_done_cb, f));
#undef EXPECT
}

static void
test_errors(fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) plain = NULL;
    g_autoptr(GError) endpoint = NULL;
    (void)data;

    n2_client_name_set_async(f->client, "taken", "k1-x", NULL, on_done_cb, f);
    g_assert_null(await_text(f, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_EXISTS);
    g_assert_cmpstr(n2_error_peek_what(error), ==, "taken");
    g_assert_cmpstr(n2_error_peek_why(error), ==, "it is another's already");
    g_assert_cmpstr(n2_error_peek_next(error), ==, "Choose another.");
    g_assert_cmpstr(error->message, ==, "taken: it is another's already. Choose another.");

    /* Where the node says no more than the code, the client has words. */
    g_assert_null(open_address(f, "net2o://demo/nothing", &plain));
    g_assert_error(plain, N2_ERROR, N2_ERR_NOTFOUND);
    g_assert_cmpstr(n2_error_peek_why(plain), ==, "there is no such thing");
    g_assert_cmpstr(n2_error_peek_next(plain), !=, "");

    n2_client_peer_add_async(f->client, "tcp:h:1", NULL, NULL, on_done_cb, f);
    g_assert_null(await_text(f, &endpoint));
    g_assert_error(endpoint, N2_ERROR, N2_ERR_USAGE);
}

static void
test_unknown_option(fixture *f, gconstpointer data)
{
    GVariantDict options;
    g_autoptr(GError) error = NULL;
    (void)data;

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "indx", "b", TRUE);
    n2_client_open_async(f->client, "net2o://demo/", g_variant_dict_end(&options), NULL,
                         on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_client_open_finish(f->client, result, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_USAGE);
    g_assert_cmpstr(n2_error_peek_what(error), ==, "indx");
}

/* ---- the socket ---- */

static void
test_path_too_long(fixture *f, gconstpointer data)
{
    g_autofree char *name = g_strnfill(100, 'x');
    g_autofree char *dir = g_build_filename(f->dir, name, NULL);
    g_autofree char *path = g_build_filename(dir, "bus", NULL);
    g_autoptr(N2Client) client = n2_client_new(dir);
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) client_error = NULL;
    g_autoptr(GError) call_error = NULL;
    int socket = -1;
    (void)data;

    g_assert_cmpint(n2_ipc_listen(&socket, path, &error), ==, N2_ERR_LIMIT);
    g_assert_cmpint(socket, ==, -1);
    g_assert_nonnull(strstr(error->message, "107"));
    g_assert_null(n2_client_peek_socket(client, &client_error));
    g_assert_error(client_error, N2_ERROR, N2_ERR_LIMIT);
    n2_client_status_async(client, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_client_finish(client, result, &call_error));
    g_assert_error(call_error, N2_ERROR, N2_ERR_LIMIT);
}

static void
test_no_node(fixture *f, gconstpointer data)
{
    g_autoptr(N2Client) client = n2_client_new("/nonexistent");
    g_autoptr(GError) error = NULL;
    (void)data;

    n2_client_status_async(client, NULL, on_done_cb, f);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_client_finish(client, result, &error));
    g_assert_error(error, N2_ERROR, N2_ERR_CLOSED);
    g_assert_cmpstr(n2_error_peek_what(error), ==, "/nonexistent/bus");
    g_assert_cmpstr(n2_error_peek_next(error), !=, "");
}

static void
count_cb(N2Client *client, guint *n)
{
    (void)client;
    (*n)++;
}

/* The node dies and comes back: the dead socket is replaced, the client returns by itself. */
static void
test_restart(fixture *f, gconstpointer data)
{
    guint n_appeared = 0;
    guint n_vanished = 0;
    (void)data;

    g_signal_connect(f->client, "appeared", G_CALLBACK(count_cb), &n_appeared);
    g_signal_connect(f->client, "vanished", G_CALLBACK(count_cb), &n_vanished);
    n2_client_start(f->client);
    while (n_appeared < 1)
        g_main_context_iteration(NULL, TRUE);

    g_autoptr(GError) error = NULL;
    g_autoptr(N2Transfer) transfer = open_address(f, "net2o://demo/stuck", &error);
    n2_transfer_wait_async(transfer, NULL, on_done_cb, f);
    spin();
    n2_server_free(f->server);
    g_autoptr(GAsyncResult) result = await(f);
    g_assert_null(n2_transfer_wait_finish(transfer, result, &error));
    g_assert_nonnull(error);
    while (n_vanished < 1)
        g_main_context_iteration(NULL, TRUE);
    g_assert_false(n2_client_is_connected(f->client));

    /* What a killed node leaves behind. */
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint(g_unlink(f->socket), ==, 0);
    g_strlcpy(name.sun_path, f->socket, sizeof name.sun_path);
    g_assert_cmpint(bind(dead, (struct sockaddr *)&name, sizeof name), ==, 0);
    close(dead);
    start_server(f);
    while (n_appeared < 2)
        g_main_context_iteration(NULL, TRUE);
    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autoptr(GError) second = NULL;
    g_autofree char *status = await_text(f, &second);
    g_assert_no_error(second);
}

/* ---- signals ---- */

static void
on_changed_cb(N2Client *client, const char *const *parts, GString *seen)
{
    (void)client;
    for (; *parts; parts++)
        g_string_append_printf(seen, "%s ", *parts);
    g_string_append_c(seen, '.');
}

static void
on_site_cb(N2Client *client, const char *address, char **seen)
{
    (void)client;
    *seen = g_strdup(address);
}

static void
test_changed(fixture *f, gconstpointer data)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autofree char *site = NULL;
    g_autoptr(GError) error = NULL;
    (void)data;

    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autofree char *status = await_text(f, &error);
    g_signal_connect(f->client, "changed", G_CALLBACK(on_changed_cb), seen);
    g_signal_connect(f->client, "site-changed", G_CALLBACK(on_site_cb), &site);
    for (int i = 0; i < 10; i++)
        fake_control_tell(f->control, N2_NOTICE_CHANGED, "names");
    fake_control_tell(f->control, N2_NOTICE_CHANGED, "tree net2o://k1-x/");
    fake_control_drain(f->control, f->server);
    while (!seen->len || !site)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(seen->str, ==, "names ."); /* ten in one */
    g_assert_cmpstr(site, ==, "net2o://k1-x/");
}

static const row rows[] = {
    {"status", test_status},
    {"requests", test_requests},
    {"errors", test_errors},
    {"unknown-option", test_unknown_option},
    {"path-too-long", test_path_too_long},
    {"no-node", test_no_node},
    {"restart", test_restart},
    {"changed", test_changed},
};

int
main(int argc, char **argv)
{
    return ipc_run(argc, argv, "/ipc/", rows, G_N_ELEMENTS(rows));
}
