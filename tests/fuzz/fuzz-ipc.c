/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-ipc.c - a client of the node's socket who calls anything with anything, and a control
 *              plane that answers anything: each answer has the type that the XML says, and of
 *              a client who left nothing stays.
 *
 * Records: method 1, its arguments (see put_args()), then what the control plane does with the
 * job that it starts: how 1 (0 done, 1 failed, 2 nothing at all, 3 found, then bytes), table.
 * A last call shows that the server still lives.
 */
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "base/reader.h"
#include "fuzz.h"
#include "ipc/server.h"

enum {
    CALLS_MAX = 12,
    DEPTH_MAX = 2,
    READ_BYTES = 3000,
    TURNS = 32 /* inputs by one client who leaves nothing open */
};

/* s text, S texts, O options, t number, h a pipe; what comes back. */
static const struct {
    const char *interface, *method, *args, *reply;
} methods[] = {
    {"Node1", "Status", "", "(a{sv})"},
    {"Node1", "Check", "", "(a{sv})"},
    {"Identity1", "New", "sO", "(a{sv})"},
    {"Identity1", "List", "", "(aa{sv})"},
    {"Identity1", "Show", "s", "(a{sv})"},
    {"Network1", "PeerAdd", "ssO", "(a{sv})"},
    {"Network1", "PeerRemove", "s", "()"},
    {"Network1", "PeerList", "", "(aa{sv})"},
    {"Network1", "PathSet", "sS", "(a{sv})"},
    {"Network1", "PathUnset", "s", "()"},
    {"Network1", "PathGet", "s", "(a{sv})"},
    {"Network1", "PathList", "", "(aa{sv})"},
    {"Network1", "NameSet", "ss", "()"},
    {"Network1", "NameUnset", "s", "()"},
    {"Network1", "NameList", "", "(aa{sv})"},
    {"Network1", "Trace", "s", "(aa{sv})"},
    {"Files1", "Open", "sO", "(a{sv}h)"},
    {"Files1", "Wait", "t", "(a{sv})"},
    {"Files1", "Cancel", "t", "()"},
    {"Files1", "List", "s", "(a{sv}aa{sv})"},
    {"Files1", "Publish", "hO", "(a{sv})"},
    {"Files1", "AttrGet", "ss", "(a{sv})"},
    {"Files1", "AttrSet", "sssO", "(a{sv})"},
    {"Files1", "AttrList", "s", "(aa{sv})"},
    {"Files1", "History", "s", "(aa{sv})"},
    {"Files1", "Sync", "s", "(a{sv})"},
    {"Contacts1", "List", "", "(aa{sv})"},
    {"Contacts1", "Set", "sO", "(a{sv})"},
    {"Contacts1", "Remove", "s", "()"},
    {"Contacts1", "Trust", "ss", "(a{sv})"},
    {"Contacts1", "Accept", "ss", "()"},
    {"Files1", "Open", "ss", NULL}, /* not its arguments: refused before any of our code */
};

/* The control plane that plays; there is one. */
struct n2_control {
    n2_reader *input; /* (nullable): where its answers come from */
    n2_server *server;
    n2_job last;
    GHashTable *running; /* n2_job to bytes left to read, plus 1 */
    GQueue notices;
};

static n2_control control;

/* ---- the control plane ---- */

static char *
read_text(n2_reader *r)
{
    size_t len = n2_read_u8(r), left = n2_reader_left(r);

    len = len < left ? len : left;
    const uint8_t *bytes = n2_read_bytes(r, len);

    return bytes ? g_strndup((const char *)bytes, len) : g_strdup("");
}

static n2_table *
read_table(n2_reader *r, unsigned depth)
{
    static const char *const names[] = {
        "net",   "listeners", "attributes", "from",  "path", "damaged", "entries", "kind",
        "index", "identity",  "name",       "value", "hash", "limits",  "size",    "endpoint",
    };
    n2_table *t = n2_table_new();
    unsigned n_rows = n2_read_u8(r) % 4;

    for (unsigned i = 0; i < n_rows; i++) {
        n2_table_row(t);
        for (unsigned n = n2_read_u8(r) % 6; n; n--) {
            uint8_t what = n2_read_u8(r);
            const char *name = names[what % G_N_ELEMENTS(names)];
            g_autofree char *text = what >> 4 < 2 ? read_text(r) : NULL;
            size_t len = text ? strlen(text) : 0;

            switch (what >> 4 & 7) {
            case 0:
                n2_table_text(t, name, text);
                break;
            case 1:
                n2_table_bytes(t, name, text, len);
                break;
            case 2:
                n2_table_bool(t, name, n2_read_u8(r) & 1);
                break;
            case 3:
                n2_table_take(t, name,
                              depth < DEPTH_MAX ? read_table(r, depth + 1) : n2_table_new());
                break;
            default:
                n2_table_int(t, name, (int64_t)n2_read_u64(r));
                break;
            }
        }
    }
    return t;
}

static void
push(n2_notice notice)
{
    g_queue_push_tail(&control.notices, g_memdup2(&notice, sizeof notice));
}

static void
end_job(n2_job job, n2_reader *r)
{
    n2_notice done = {.kind = N2_NOTICE_DONE, .job = job};

    if (!r) {
        done.err = N2_ERR_CLOSED;
    } else {
        done.err = n2_err_from_int(-1 - n2_read_u8(r) % 30);
        done.what = strdup("what");
        g_autofree char *why = read_text(r);
        done.why = strdup(why);
        done.gone_hop = n2_read_u8(r);
        done.table = read_table(r, 1);
    }
    push(done);
}

n2_err
n2_control_start(
    n2_control *c, const n2_request *request, uint64_t now_us, int64_t wall_us, n2_job *out)
{
    n2_reader *r = c->input;
    uint8_t how = r ? n2_read_u8(r) : 0;
    n2_job job = ++c->last;
    bool is_open = request->kind == N2_JOB_OPEN;
    (void)now_us;
    (void)wall_us;

    check(request->kind < N2_JOB_KINDS);
    if (how == 255)
        return N2_ERR_LIMIT;
    *out = job;
    g_hash_table_insert(c->running, GUINT_TO_POINTER(job), GUINT_TO_POINTER(1));
    if (!r || how % 4 == 1) {
        end_job(job, r);
    } else if (is_open && how % 4 == 3) {
        g_hash_table_insert(c->running, GUINT_TO_POINTER(job),
                            GUINT_TO_POINTER(1 + READ_BYTES));
        push((n2_notice){.kind = N2_NOTICE_INFO, .job = job, .table = read_table(r, 0)});
        push((n2_notice){.kind = N2_NOTICE_PROGRESS, .job = job, .done_bytes = 1});
        push((n2_notice){.kind = N2_NOTICE_READABLE, .job = job});
    } else if (how % 4 != 2 && request->kind != N2_JOB_PUBLISH) {
        push((n2_notice){.kind = N2_NOTICE_DONE, .job = job, .table = read_table(r, 0)});
    }
    return N2_OK;
}

void
n2_control_cancel(n2_control *c, n2_job job, uint64_t now_us, int64_t wall_us)
{
    (void)now_us;
    (void)wall_us;
    (void)g_hash_table_remove(c->running, GUINT_TO_POINTER(job));
}

n2_err
n2_control_hand_out(
    n2_control *c, n2_job job, size_t len, int sink, size_t *out_len, uint64_t now_us)
{
    (void)c, (void)job, (void)len, (void)sink, (void)now_us;
    *out_len = 0;
    return N2_ERR_UNSUPPORTED;
}

n2_err
n2_control_read(
    n2_control *c, n2_job job, uint8_t *buf, size_t len, size_t *out_len, uint64_t now_us)
{
    guint left = GPOINTER_TO_UINT(g_hash_table_lookup(c->running, GUINT_TO_POINTER(job)));
    (void)now_us;

    if (!left)
        return N2_ERR_NOTFOUND;
    *out_len = MIN(len, left - 1);
    memset(buf, 'x', *out_len);
    g_hash_table_insert(c->running, GUINT_TO_POINTER(job),
                        GUINT_TO_POINTER(left - (guint)*out_len));
    if (left > 1 && left - *out_len == 1)
        push((n2_notice){.kind = N2_NOTICE_DONE, .job = job});
    return N2_OK;
}

n2_err
n2_control_feed(n2_control *c,
                n2_job job,
                const uint8_t *bytes,
                size_t len,
                uint64_t now_us,
                int64_t wall_us)
{
    (void)now_us;
    (void)wall_us;
    check(len);
    if (!g_hash_table_contains(c->running, GUINT_TO_POINTER(job)))
        return N2_ERR_NOTFOUND;
    if (bytes[0] == 'e')
        end_job(job, NULL);
    return N2_OK;
}

void
n2_control_feed_end(n2_control *c, n2_job job, uint64_t now_us, int64_t wall_us)
{
    (void)now_us;
    (void)wall_us;
    if (g_hash_table_contains(c->running, GUINT_TO_POINTER(job)))
        push((n2_notice){.kind = N2_NOTICE_DONE, .job = job, .table = n2_table_new()});
}

void
n2_notice_clear(n2_notice *notice)
{
    n2_table_free(notice->table);
    free(notice->text);
    free(notice->what);
    free(notice->why);
    free(notice->next);
    *notice = (n2_notice){.kind = notice->kind};
}

static void
drain_cb(void *user)
{
    n2_notice *notice;
    (void)user;

    while ((notice = g_queue_pop_head(&control.notices))) {
        bool is_there = g_hash_table_contains(control.running, GUINT_TO_POINTER(notice->job));

        if (notice->kind == N2_NOTICE_DONE)
            g_hash_table_remove(control.running, GUINT_TO_POINTER(notice->job));
        if (is_there)
            n2_server_take_notice(control.server, notice);
        else
            n2_notice_clear(notice);
        g_free(notice);
    }
}

static n2_err
resolve(void *user, n2_net_addr *out, const char *endpoint)
{
    (void)user;
    out->len = 1;
    return g_str_has_prefix(endpoint, "udp:") ? N2_OK : N2_ERR_FORMAT;
}

/* ---- the client ---- */

static GVariant *
read_string(n2_reader *r)
{
    g_autofree char *text = read_text(r);

    return g_variant_new_take_string(g_utf8_make_valid(text, -1));
}

static GVariant *
read_option(n2_reader *r)
{
    switch (n2_read_u8(r) % 4) {
    case 0:
        return g_variant_new_int64((gint64)n2_read_u64(r));
    case 1:
        return g_variant_new_boolean(n2_read_u8(r) & 1);
    case 2:
        return g_variant_new_strv(NULL, 0);
    default:
        return read_string(r);
    }
}

static GVariant *
read_options(n2_reader *r)
{
    static const char *const known[] = {"port", "index", "name", "type", "remove", "x"};
    GVariantBuilder dict;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    for (unsigned n = n2_read_u8(r) % 4; n; n--) {
        const char *key = known[n2_read_u8(r) % G_N_ELEMENTS(known)];

        g_variant_builder_add(&dict, "{sv}", key, read_option(r));
    }
    return g_variant_builder_end(&dict);
}

/* The reading end of a pipe that holds bytes of the input. */
static int
read_pipe(n2_reader *r)
{
    g_autofree char *bytes = read_text(r);
    int ends[2];

    check(!pipe2(ends, O_CLOEXEC));
    check(write(ends[1], bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
    close(ends[1]);
    return ends[0];
}

static GVariant *
put_args(const char *args, n2_reader *r, GUnixFDList *fds)
{
    GVariantBuilder tuple, list;

    g_variant_builder_init(&tuple, G_VARIANT_TYPE_TUPLE);
    for (; *args; args++) {
        switch (*args) {
        case 's':
            g_variant_builder_add_value(&tuple, read_string(r));
            break;
        case 'S':
            g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
            for (unsigned n = n2_read_u8(r) % 4; n; n--)
                g_variant_builder_add_value(&list, read_string(r));
            g_variant_builder_add_value(&tuple, g_variant_builder_end(&list));
            break;
        case 'O':
            g_variant_builder_add_value(&tuple, read_options(r));
            break;
        case 't':
            g_variant_builder_add_value(&tuple, g_variant_new_uint64(n2_read_u8(r)));
            break;
        default: {
            int fd = read_pipe(r);

            (void)g_unix_fd_list_append(fds, fd, NULL);
            close(fd);
            g_variant_builder_add_value(&tuple, g_variant_new_handle(n2_read_u8(r) % 2));
            break;
        }
        }
    }
    return g_variant_builder_end(&tuple);
}

typedef struct {
    const char *reply;
    bool *is_answered; /* (nullable) */
} call;

static unsigned n_called, n_answered;

static void
on_reply_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree call *c = user_data;
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply = g_dbus_connection_call_with_unix_fd_list_finish(
        G_DBUS_CONNECTION(source), &fds, result, &error);

    if (reply)
        check(c->reply && g_variant_is_of_type(reply, G_VARIANT_TYPE(c->reply)));
    else
        check(error->message && g_utf8_validate(error->message, -1, NULL));
    n_answered++;
    if (c->is_answered)
        *c->is_answered = true;
}

static void
send_call(GDBusConnection *bus, size_t which, n2_reader *r, bool *is_answered)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_autofree char *interface = g_strconcat("org.net2o.", methods[which].interface, NULL);
    call *c = g_new0(call, 1);

    *c = (call){methods[which].reply, is_answered};
    n_called++;
    g_dbus_connection_call_with_unix_fd_list(
        bus, NULL, "/org/net2o/Node", interface, methods[which].method,
        put_args(methods[which].args, r, fds), NULL, G_DBUS_CALL_FLAGS_NONE, G_MAXINT, fds,
        NULL, on_reply_cb, c);
}

static void
on_connected_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    GDBusConnection **bus = user_data;
    (void)source;

    *bus = g_dbus_connection_new_for_address_finish(result, NULL);
    check(*bus);
}

static void
on_closed_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    (void)g_dbus_connection_close_finish(G_DBUS_CONNECTION(source), result, NULL);
    *(bool *)user_data = true;
}

static char path[48];

static void
leave_cb(void)
{
    n2_server_free(control.server);
    (void)g_unlink(path);
}

static const char *
start_server(void)
{
    static const n2_server_host host = {.busy = drain_cb, .resolve = resolve};
    static char address[64];
    int listener;

    if (*path)
        return address;
    (void)g_snprintf(path, sizeof path, "/tmp/n2-fuzz-ipc.%d", (int)getpid());
    (void)g_snprintf(address, sizeof address, "unix:path=%s", path);
    control.running = g_hash_table_new(NULL, NULL);
    check(!n2_ipc_listen(&listener, path, NULL));
    check(!n2_server_new(&control.server, listener, &control, &host, NULL));
    n2_server_start(control.server);
    (void)atexit(leave_cb);
    return address;
}

static GDBusConnection *
enter(void)
{
    GDBusConnection *bus = NULL;

    g_dbus_connection_new_for_address(start_server(),
                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL,
                                      on_connected_cb, &bus);
    while (!bus)
        g_main_context_iteration(NULL, TRUE);
    return bus;
}

/* The client goes: what he began ends, and what he waited for too. */
static void
leave(GDBusConnection *bus)
{
    bool is_closed = false;

    g_dbus_connection_close(bus, NULL, on_closed_cb, &is_closed);
    while (!is_closed || g_hash_table_size(control.running) || n_answered < n_called)
        g_main_context_iteration(NULL, TRUE);
    g_object_unref(bus);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size), none = n2_reader_init(NULL, 0);
    static GDBusConnection *bus;
    static unsigned turn;
    static bool is_alive;

    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    if (!bus)
        bus = enter();
    control.input = &r;
    for (unsigned n = 0; n < CALLS_MAX && n2_reader_left(&r); n++) {
        size_t which = n2_read_u8(&r) % G_N_ELEMENTS(methods);
        unsigned answered = n_answered;
        n2_job last = control.last;

        send_call(bus, which, &r, NULL);
        /* Until it is answered or has begun, so that inputs mean the same each time. */
        while (strcmp(methods[which].method, "Wait") && n_answered == answered &&
               control.last == last)
            g_main_context_iteration(NULL, TRUE);
    }
    control.input = NULL;
    is_alive = false;
    send_call(bus, 0, &none, &is_alive);
    while (!is_alive)
        g_main_context_iteration(NULL, TRUE);
    if (++turn % TURNS == 0 || g_hash_table_size(control.running) || n_answered < n_called) {
        leave(bus);
        bus = NULL;
    }
    return 0;
}
