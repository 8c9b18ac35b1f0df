/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * methods-sign.c - the methods of Identity1 that change what an own identity is on this
 *                  machine: new, in and out, its sheet, the passphrase, a key that goes.
 */
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/methods-private.h"

int
n2_ipc_passed(GUnixFDList *fds, gint32 handle)
{
    bool is_there = fds && handle >= 0 && handle < g_unix_fd_list_get_length(fds);

    return is_there ? g_unix_fd_list_get(fds, handle, NULL) : -1;
}

/* The keys process opens it anew to read it or write into it, which it can with nothing else.
 */
static gboolean
is_pipe(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

gboolean
n2_ipc_begin_pipe(n2_server *server,
                  invocation *call,
                  n2_shape shape,
                  GUnixFDList *fds,
                  gint32 handle,
                  n2_request request)
{
    request.pipe = n2_ipc_passed(fds, handle);
    request.has_pipe = is_pipe(request.pipe);
    if (!request.has_pipe) {
        if (request.pipe >= 0)
            close(request.pipe);
        n2_ipc_refuse(call, N2_ERR_USAGE, request.address, N_("the pipe is missing"), "");
        return TRUE;
    }
    return n2_ipc_begin(server, call, shape, request);
}

static gboolean
on_new_cb(N2IpcIdentity1 *object,
          invocation *call,
          GUnixFDList *fds,
          const char *name,
          GVariant *options,
          n2_server *server)
{
    static const char *const known[] = {"as tokens", "as touch", "s method", "h passphrase",
                                        "b replace", "b keep",   NULL};
    n2_request request = {.kind = N2_JOB_ID_NEW, .name = name};
    g_autofree const char **tokens = NULL;
    g_autofree char *touch = NULL;
    g_auto(GStrv) slots = NULL;
    gboolean may_replace = FALSE, keeps = FALSE;
    gint32 handle = -1;
    (void)object;

    if (!n2_ipc_allows(call, options, known))
        return TRUE;
    (void)g_variant_lookup(options, "tokens", "^a&s", &tokens);
    if (g_variant_lookup(options, "touch", "^as", &slots))
        request.other = touch = g_strjoinv(" ", slots);
    (void)g_variant_lookup(options, "method", "&s", &request.type);
    (void)g_variant_lookup(options, "replace", "b", &may_replace);
    (void)g_variant_lookup(options, "keep", "b", &keeps);
    request.list = tokens;
    request.flags = may_replace ? N2_REQUEST_REPLACE : keeps ? N2_REQUEST_KEEP : 0;
    if (g_variant_lookup(options, "passphrase", "h", &handle))
        return n2_ipc_begin_pipe(server, call, N2_SHAPE_ROW, fds, handle, request);
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_sign_in_cb(N2IpcIdentity1 *object,
              invocation *call,
              const char *identity,
              guint hours,
              n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_UNTIL,
        (n2_request){.kind = N2_JOB_ID_SIGN_IN, .address = identity, .number = hours});
}

static gboolean
on_sign_out_cb(N2IpcIdentity1 *object,
               invocation *call,
               const char *identity,
               n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_ID_SIGN_OUT, .address = identity});
}

static gboolean
on_settings_cb(N2IpcIdentity1 *object, invocation *call, GVariant *changes, n2_server *server)
{
    static const char *const known[] = {"x hours", "b token-removed", "b screen-locked",
                                        "s publisher", NULL};
    n2_request request = {.kind = N2_JOB_ID_SETTINGS};
    gboolean is = FALSE;
    (void)object;

    if (!n2_ipc_allows(call, changes, known))
        return TRUE;
    if (g_variant_lookup(changes, "hours", "x", &request.number) && request.number < 1) {
        n2_ipc_refuse(call, N2_ERR_USAGE, "hours", N_("it is out of range"), "");
        return TRUE;
    }
    if (g_variant_lookup(changes, "token-removed", "b", &is))
        request.flags |= N2_SESSION_SAYS_TOKEN * (N2_SETTINGS_SAID + (is ? 1u : 0u));
    if (g_variant_lookup(changes, "screen-locked", "b", &is))
        request.flags |= N2_SESSION_SAYS_SCREEN * (N2_SETTINGS_SAID + (is ? 1u : 0u));
    (void)g_variant_lookup(changes, "publisher", "&s", &request.address);
    return n2_ipc_begin(server, call, N2_SHAPE_ROW, request);
}

static gboolean
on_sheet_show_cb(N2IpcIdentity1 *object,
                 invocation *call,
                 GUnixFDList *fds,
                 const char *identity,
                 GVariant *out,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin_pipe(server, call, N2_SHAPE_NOTHING, fds, g_variant_get_handle(out),
                             (n2_request){.kind = N2_JOB_ID_SHEET_SHOW, .address = identity});
}

static gboolean
on_sheet_test_cb(N2IpcIdentity1 *object,
                 invocation *call,
                 GUnixFDList *fds,
                 const char *identity,
                 GVariant *words,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin_pipe(server, call, N2_SHAPE_NOTHING, fds, g_variant_get_handle(words),
                             (n2_request){.kind = N2_JOB_ID_SHEET_TEST, .address = identity});
}

static gboolean
on_set_passphrase_cb(N2IpcIdentity1 *object,
                     invocation *call,
                     GUnixFDList *fds,
                     GVariant *secret,
                     n2_server *server)
{
    (void)object;
    return n2_ipc_begin_pipe(server, call, N2_SHAPE_NOTHING, fds, g_variant_get_handle(secret),
                             (n2_request){.kind = N2_JOB_ID_PASSPHRASE});
}

static gboolean
on_unlock_cb(N2IpcIdentity1 *object,
             invocation *call,
             GUnixFDList *fds,
             GVariant *secret,
             n2_server *server)
{
    (void)object;
    return n2_ipc_begin_pipe(server, call, N2_SHAPE_NOTHING, fds, g_variant_get_handle(secret),
                             (n2_request){.kind = N2_JOB_ID_UNLOCK});
}

static gboolean
on_remove_key_cb(N2IpcIdentity1 *object,
                 invocation *call,
                 const char *identity,
                 const char *key,
                 const char *reason,
                 n2_server *server)
{
    (void)object;
    return n2_ipc_begin(
        server, call, N2_SHAPE_ROW,
        (n2_request){
            .kind = N2_JOB_ID_REMOVE_KEY, .address = identity, .value = key, .type = reason});
}

static gboolean
on_accounts_cb(N2IpcIdentity1 *object, invocation *call, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_ROWS, (n2_request){.kind = N2_JOB_ID_ACCOUNTS});
}

static gboolean
on_forget_cb(N2IpcIdentity1 *object, invocation *call, const char *site, n2_server *server)
{
    (void)object;
    return n2_ipc_begin(server, call, N2_SHAPE_NOTHING,
                        (n2_request){.kind = N2_JOB_ID_FORGET, .address = site});
}

void
n2_ipc_connect_sign(n2_server *server)
{
    const n2_method sign[] = {
        {"handle-new", G_CALLBACK(on_new_cb)},
        {"handle-sign-in", G_CALLBACK(on_sign_in_cb)},
        {"handle-sign-out", G_CALLBACK(on_sign_out_cb)},
        {"handle-settings", G_CALLBACK(on_settings_cb)},
        {"handle-sheet-show", G_CALLBACK(on_sheet_show_cb)},
        {"handle-sheet-test", G_CALLBACK(on_sheet_test_cb)},
        {"handle-set-passphrase", G_CALLBACK(on_set_passphrase_cb)},
        {"handle-unlock", G_CALLBACK(on_unlock_cb)},
        {"handle-remove-key", G_CALLBACK(on_remove_key_cb)},
        {"handle-accounts", G_CALLBACK(on_accounts_cb)},
        {"handle-forget", G_CALLBACK(on_forget_cb)},
    };

    n2_ipc_connect_all(server->identity, sign, G_N_ELEMENTS(sign), server);
}
