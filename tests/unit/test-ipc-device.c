/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc-device.c - the methods about statements, other machines and tokens: each reaches the
 *                     control plane with its arguments in their places, and is refused where it
 *                     makes no sense.
 */
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "client/orders.h"
#include "ipc-fixture.h"

#define EXPECT(kind, rest, call)                                                               \
    G_STMT_START                                                                               \
    {                                                                                          \
        g_autofree char *want = g_strdup_printf("%d %s", (int)(kind), rest);                   \
        g_autofree char *text = NULL;                                                          \
        g_autoptr(GError) error = NULL;                                                        \
        call;                                                                                  \
        text = await_text(f, &error);                                                          \
        g_assert_no_error(error);                                                              \
        g_assert_cmpstr(fake_control_seen(f->control)->last->str, ==, want);                   \
    }                                                                                          \
    G_STMT_END

static GVariant *
options(const char *text)
{
    return g_variant_new_parsed(text);
}

static int
pipe_end(void)
{
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    close(ends[1]);
    return ends[0];
}

static void
test_statements(fixture *f, gconstpointer data)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("x\0y", 3);
    N2Client *c = f->client;

    (void)data;
    EXPECT(N2_JOB_ID_EXPORT, "me|-|-|-",
           n2_client_id_export_async(c, "me", options("{'own': <true>}"), NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_IMPORT, "-|-|-|-",
           n2_client_id_import_async(c, bytes, NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_END, "me|-|TEXT|-",
           n2_client_id_end_async(c, "me", "k1-y", pipe_end(), "TEXT", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_DRAW, "-|laptop|-|-",
           n2_client_id_draw_async(c, "laptop", NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_ADD, "me|-|-|-",
           n2_client_id_add_async(c, "me", bytes, NULL, on_done_cb, f));
    EXPECT(
        N2_JOB_ID_VOUCH, "me|Ann|about|audit",
        n2_client_vouch_async(
            c, "me", "k1-x",
            options("{'scope': <'audit'>, 'claim': <'about'>, 'name': <'Ann'>, 'days': <int64 "
                    "9>}"),
            NULL, on_done_cb, f));
    EXPECT(N2_JOB_ID_JOIN, "k1-x|laptop|-|-",
           n2_client_id_join_async(c, "k1-x", options("{'name': <'laptop'>}"), NULL, on_done_cb,
                                   f));
    EXPECT(N2_JOB_ID_PAIR, "|laptop|-|-",
           n2_client_id_pair_async(c, NULL,
                                   options("{'with': <'net2o://k1-x/'>, 'name': <'laptop'>}"),
                                   NULL, on_done_cb, f));
}

static void
test_tokens(fixture *f, gconstpointer data)
{
    const char *two[] = {"aa", "bb", NULL};
    N2Client *c = f->client;

    (void)data;
    EXPECT(N2_JOB_TOKEN_LIST, "-|-|-|-", n2_client_token_list_async(c, NULL, on_done_cb, f));
    EXPECT(N2_JOB_TOKEN_ENROL, "me|-|aa|p256",
           n2_client_token_enrol_async(
               c, "aa", "me",
               options("{'touch': <['sign', 'login']>, 'method': <'p256'>, 'replace': <true>}"),
               NULL, on_done_cb, f));
    EXPECT(N2_JOB_TOKEN_PIN, "-|-|aa|admin",
           n2_client_token_set_pin_async(c, "aa", "admin", NULL, on_done_cb, f));
    EXPECT(
        N2_JOB_TOKEN_TOUCH, "-|sign|aa|fixed",
        n2_client_token_set_touch_async(c, "aa", "sign", "fixed", TRUE, NULL, on_done_cb, f));
    EXPECT(N2_JOB_TOKEN_BACKUP, "me|-|aa|-",
           n2_client_token_backup_async(c, "aa", "me", NULL, on_done_cb, f));
    EXPECT(N2_JOB_TOKEN_CLONE, "|-|-|-",
           n2_client_token_clone_async(c, two, NULL, NULL, NULL, on_done_cb, f));
}

static void
test_refused(fixture *f, gconstpointer data)
{
    g_autofree char *much = g_malloc0(N2_IPC_IMPORT_BYTES_MAX + 1);
    g_autoptr(GBytes) most = g_bytes_new(much, N2_IPC_IMPORT_BYTES_MAX);
    g_autoptr(GBytes) more = g_bytes_new(much, N2_IPC_IMPORT_BYTES_MAX + 1);
    g_autoptr(GError) too_long = NULL;
    g_autoptr(GError) unknown = NULL;
    g_autoptr(GError) type = NULL;
    N2Client *c = f->client;

    (void)data;
    EXPECT(N2_JOB_ID_IMPORT, "-|-|-|-",
           n2_client_id_import_async(c, most, NULL, on_done_cb, f));
    n2_client_id_add_async(c, "me", more, NULL, on_done_cb, f);
    g_assert_null(await_text(f, &too_long));
    g_assert_error(too_long, N2_ERROR, N2_ERR_LIMIT);
    n2_client_vouch_async(c, "me", "k1-x", options("{'forever': <true>}"), NULL, on_done_cb, f);
    g_assert_null(await_text(f, &unknown));
    g_assert_error(unknown, N2_ERROR, N2_ERR_USAGE);
    n2_client_token_enrol_async(c, "aa", NULL, options("{'touch': <'sign'>}"), NULL, on_done_cb,
                                f);
    g_assert_null(await_text(f, &type));
    g_assert_error(type, N2_ERROR, N2_ERR_USAGE);
}

static void
on_changed_cb(N2Client *client, GVariant *token, gpointer user_data)
{
    guint *n = user_data;

    (void)client;
    g_assert_true(g_variant_is_of_type(token, G_VARIANT_TYPE_VARDICT));
    ++*n;
}

static void
test_changed(fixture *f, gconstpointer data)
{
    guint n = 0;

    (void)data;
    g_signal_connect(f->client, "token-changed", G_CALLBACK(on_changed_cb), &n);
    EXPECT(N2_JOB_TOKEN_LIST, "-|-|-|-",
           n2_client_token_list_async(f->client, NULL, on_done_cb, f));
    fake_control_tell(f->control, N2_NOTICE_TOKEN, NULL);
    fake_control_drain(f->control, f->server);
    while (!n)
        spin();
    g_assert_cmpuint(n, ==, 1);
}

int
main(int argc, char **argv)
{
    const row rows[] = {
        {"statements", test_statements},
        {"tokens", test_tokens},
        {"refused", test_refused},
        {"changed", test_changed},
    };

    return ipc_run(argc, argv, "/ipc/device/", rows, G_N_ELEMENTS(rows));
}
