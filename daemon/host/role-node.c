/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-node.c - the node process: control plane in the GLib main loop, data plane in its
 * thread.
 *
 * Everything that arrives (events, answers of the keys process, calls of clients, time) is fed
 * into the control plane as it comes; then drain() moves whatever it wants to say.
 */
#include "host/role.h"

#include <glib-unix.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "crypto/context.h"
#include "host/channel.h"
#include "host/clock.h"
#include "host/disk.h"
#include "host/doors.h"
#include "host/fault.h"
#include "host/fence.h"
#include "host/frames.h"
#include "host/helper.h"
#include "host/log.h"
#include "host/names.h"
#include "host/near.h"
#include "host/net.h"
#include "host/pump.h"
#include "host/random.h"
#include "host/screen.h"
#include "host/status.h"
#include "host/store.h"
#include "host/unicode.h"
#include "ipc/server.h"
#include "made-at.h"
#include "node/control.h"
#include "store/store.h"

enum {
    EVENTS_A_TURN = 256,  /* then clients and keys get their turn */
    FULL_PAUSE_US = 1000, /* the ring of orders is full */
    LAST_WORDS_S = 3      /* a process that hangs while it ends is killed by its alarm */
};

typedef struct {
    GMainLoop *loop;
    n2_status_day day;
    guint midnight;  /* timer */
    GSource *source; /* events of the data plane, and the control plane's deadline */

    /* from the parent */
    int listeners[N2_SOCKETS_MAX];
    n2_net_addr nets[N2_SOCKETS_MAX]; /* of them */
    n2_port_plan *ports;              /* (owned) of a switch without users */
    n2_wires *wires;                  /* NULL until it was briefed */
    int near[N2_SOCKETS_MAX];         /* of listeners that are Ethernets; 0: none */
    size_t n_listeners;
    GString *listener_text;
    int doors[N2_DOORS]; /* -1: none */
    n2_fence_list fences;
    int starts, keys_starts;
    char *last_end, *keys_last_end; /* (owned) */

    n2_env env;
    n2_crypto crypto;
    n2_host_disk *disk;
    n2_store *store;
    n2_pump *pump;
    n2_host_helper *helper;
    n2_control *control;
    n2_server *server;

    n2_frames *keys; /* NULL until the parent introduces us, and after a crash there */
    guint keys_watch;
    GIOCondition keys_want;
    bool had_keys;
    bool is_serving; /* clients are let in */

    n2_op held; /* did not fit into the ring */
    bool has_held;
    int code;
} node;

/* A GSource that knows its node. */
typedef struct {
    GSource source;
    node *node;
    gpointer plane, helper; /* tags of what wakes it */
} node_source;

/* ---- out of the control plane ---- */

static void
drain_ops(node *n)
{
    for (;;) {
        if (!n->has_held) {
            if (!n2_control_next_op(n->control, &n->held))
                return;
            n->has_held = true;
        }
        if (!n2_pump_push(n->pump, &n->held))
            return;
        n->has_held = false;
    }
}

static gboolean on_keys_cb(gint fd, GIOCondition condition, gpointer data);

static void
lose_keys(node *n)
{
    if (n->keys_watch)
        g_source_remove(n->keys_watch);
    n->keys_watch = 0;
    g_clear_pointer(&n->keys, n2_frames_free);
}

static void
watch_keys(node *n)
{
    GIOCondition want = n2_frames_wants_out(n->keys) ? G_IO_IN | G_IO_OUT : G_IO_IN;

    if (n->keys_watch && n->keys_want == want)
        return;
    if (n->keys_watch)
        g_source_remove(n->keys_watch);
    n->keys_watch = g_unix_fd_add(n2_frames_fd(n->keys), want, on_keys_cb, n);
    n->keys_want = want;
}

static void
drain_keys(node *n)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    int pipe;

    while (n->keys && n2_control_next_key_order(n->control, &bytes, &len, &pipe)) {
        n2_err err = pipe < 0 ? n2_frames_add(n->keys, bytes, len)
                              : n2_frames_add_fd(n->keys, bytes, len, pipe);
        free(bytes);
        if (err)
            lose_keys(n); /* the parent brings the next one; requests are made again */
    }
    /* All in one go: many hellos at a time cost the two processes one wake-up each. */
    if (n->keys && n2_frames_flush(n->keys))
        lose_keys(n);
    if (n->keys)
        watch_keys(n);
}

static void
drain_notices(node *n)
{
    n2_notice notice;

    while (n2_control_next_notice(n->control, &notice)) {
        /* Also while it waits for a passphrase, or nobody could say it. */
        bool is_locked = notice.kind == N2_NOTICE_LOCKED && !n->is_serving;
        if (notice.kind == N2_NOTICE_READY || is_locked) {
            const char *who = notice.text && *notice.text ? notice.text : "switch";
            n->is_serving = true;
            n2_server_start(n->server);
            n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_READY, 0, is_locked ? "locked" : who, -1);
        }
        if (notice.kind == N2_NOTICE_LOG) {
            n2_log(N2_LOG_INFO, "%s", notice.text);
            n2_notice_clear(&notice);
        } else {
            n2_server_take_notice(n->server, &notice);
        }
    }
}

static void
drain(node *n)
{
    drain_keys(n);
    drain_notices(n);
    drain_ops(n);
    n2_wires_flush(n->wires);
    uint64_t deadline_us = n2_control_deadline(n->control);
    if (n->has_held)
        deadline_us = MIN(deadline_us, n2_clock_us() + FULL_PAUSE_US);
    /* GLib's monotonic time is the same clock as ours. */
    g_source_set_ready_time(n->source,
                            deadline_us > (uint64_t)G_MAXINT64 ? -1 : (gint64)deadline_us);
    if (n->store && n2_store_is_broken(n->store)) {
        n2_log(N2_LOG_ERROR, "the store cannot be written any more; starting anew");
        n->code = 1;
        g_main_loop_quit(n->loop);
    }
}

static void
busy_cb(void *user)
{
    node *n = user;

    g_source_set_ready_time(n->source, 0);
}

/* ---- data plane and time ---- */

static gboolean
source_prepare(GSource *source, gint *timeout)
{
    node *n = ((node_source *)source)->node;

    *timeout = -1;
    bool is_idle = n2_pump_arm(n->pump);

    return (n->helper && !n2_host_helper_arm(n->helper)) || !is_idle;
}

static gboolean
source_check(GSource *source)
{
    const node_source *s = (node_source *)source;
    GIOCondition helper = s->helper ? g_source_query_unix_fd(source, s->helper) : 0;
    return ((g_source_query_unix_fd(source, s->plane) | helper) & G_IO_IN) != 0;
}

static gboolean
source_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    node *n = ((node_source *)source)->node;
    n2_event event;

    (void)callback;
    (void)data;
    n2_pump_disarm(n->pump);
    if (n->helper && n2_host_helper_disarm(n->helper))
        n2_control_worked(n->control, n2_clock_us(), n2_clock_wall_us());
    drain_ops(n); /* while these have no room, no event is taken that would make more */
    for (int i = 0; i < EVENTS_A_TURN && !n->has_held && n2_pump_pop(n->pump, &event); i++) {
        n2_control_input_event(n->control, &event, n2_clock_us(), n2_clock_wall_us());
        drain_ops(
            n); /* an event may take a millisecond; the data plane need not wait for all */
    }
    uint64_t now_us = n2_clock_us();
    if (now_us >= n2_control_deadline(n->control))
        n2_control_expire(n->control, now_us, n2_clock_wall_us());
    drain(n);
    return G_SOURCE_CONTINUE;
}

static void
attach_source(node *n)
{
    static GSourceFuncs functions = {
        .prepare = source_prepare, .check = source_check, .dispatch = source_dispatch};
    GSource *source = g_source_new(&functions, sizeof(node_source));

    node_source *s = (node_source *)source;
    s->node = n;
    s->plane = g_source_add_unix_fd(source, n2_pump_fd(n->pump), G_IO_IN);
    if (n->helper)
        s->helper = g_source_add_unix_fd(source, n2_host_helper_fd(n->helper), G_IO_IN);
    g_source_set_ready_time(source, 0);
    g_source_attach(source, NULL);
    n->source = source;
}

/* ---- keys process ---- */

static gboolean
on_keys_cb(gint fd, GIOCondition condition, gpointer data)
{
    node *n = data;
    const uint8_t *bytes;
    size_t len;
    n2_err err = n2_frames_read(n->keys);

    (void)fd;
    while (n2_frames_next(n->keys, &bytes, &len))
        n2_control_key_answer(n->control, bytes, len, n2_clock_us(), n2_clock_wall_us());
    if (!err && (condition & G_IO_OUT))
        err = n2_frames_flush(n->keys);
    if (err)
        lose_keys(n); /* also takes this source away */
    drain(n);
    return G_SOURCE_CONTINUE;
}

/* A new keys process, or the first. */
static void
meet_keys(node *n, int fd, const n2_channel_message *m)
{
    bool again = n->had_keys;

    lose_keys(n);
    n->keys = n2_frames_new(fd);
    n->had_keys = true;
    n->keys_starts = m->value;
    g_free(n->keys_last_end);
    n->keys_last_end = g_strdup(m->text);
    if (again)
        n2_control_keys_restarted(n->control, n2_clock_us(), n2_clock_wall_us());
    drain(n);
}

/* ---- the screen ---- */

static void
on_screen_cb(bool is_locked, void *data)
{
    node *n = data;

    n2_control_screen(n->control, is_locked, n2_clock_us(), n2_clock_wall_us());
    drain(n);
}

/* ---- parent ---- */

static gboolean
on_parent_cb(gint fd, GIOCondition condition, gpointer data)
{
    node *n = data;
    n2_channel_message m;
    int passed = -1;
    n2_err err = n2_channel_receive(fd, false, &m, &passed);

    (void)condition;
    if (err == N2_ERR_TIMEOUT)
        return G_SOURCE_CONTINUE;
    if (!err && m.kind == N2_CHANNEL_PEER && passed >= 0) {
        meet_keys(n, passed, &m);
        return G_SOURCE_CONTINUE;
    }
    if (passed >= 0)
        close(passed);
    if (!err && m.kind == N2_CHANNEL_SANDBOX) {
        n2_fence_list_set(&n->fences, m.text, n2_sandbox_unpack(m.value));
        return G_SOURCE_CONTINUE;
    }
    if (err || m.kind == N2_CHANNEL_STOP) { /* asked to end, or the parent is gone */
        (void)alarm(LAST_WORDS_S);
        g_main_loop_quit(n->loop);
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
on_term_cb(gpointer data)
{
    node *n = data;

    (void)alarm(LAST_WORDS_S);
    g_main_loop_quit(n->loop);
    return G_SOURCE_CONTINUE;
}
/* What the parent says before work can begin. */
static n2_err
be_briefed(node *n)
{
    n2_channel_message m;
    int passed = -1;

    for (;;) {
        n2_err err = n2_channel_receive(N2_CHANNEL_FD, true, &m, &passed);
        if (err)
            return err;
        if (m.kind == N2_CHANNEL_LISTENER && passed >= 0 && n->n_listeners < N2_SOCKETS_MAX) {
            g_string_append_printf(n->listener_text, "%s%s", n->n_listeners ? "," : "", m.text);
            if (n2_net_parse(&n->nets[n->n_listeners], m.text) != N2_OK)
                n->nets[n->n_listeners] = (n2_net_addr){0};
            n->listeners[n->n_listeners++] = passed;
        } else if (m.kind == N2_CHANNEL_NEAR && passed >= 0 && m.value >= 0 &&
                   m.value < N2_SOCKETS_MAX) {
            n->near[m.value] = passed;
        } else if (m.kind == N2_CHANNEL_DOOR && passed >= 0 && m.value >= 0 &&
                   m.value < N2_DOORS && n->doors[m.value] < 0) {
            n->doors[m.value] = passed;
        } else if (passed >= 0) {
            close(passed);
        }
        if (m.kind == N2_CHANNEL_SANDBOX)
            n2_fence_list_set(&n->fences, m.text, n2_sandbox_unpack(m.value));
        if (m.kind == N2_CHANNEL_START) {
            n->starts = m.value;
            n->last_end = g_strdup(m.text);
            return N2_OK;
        }
    }
}

/* ---- what the server asks for ---- */

static gboolean
on_midnight_cb(gpointer data)
{
    node *n = data;

    n->midnight =
        g_timeout_add_seconds(n2_status_turn_day(&n->day, n->pump), on_midnight_cb, n);
    return G_SOURCE_REMOVE;
}

static n2_table *
status_cb(void *user)
{
    node *n = user;

    return n2_status_table(&(n2_status_sources){.pump = n->pump,
                                                .day = &n->day,
                                                .crypto = n->store ? &n->crypto : NULL,
                                                .fences = &n->fences,
                                                .node_starts = n->starts,
                                                .keys_starts = n->keys_starts,
                                                .node_last_end = n->last_end,
                                                .keys_last_end = n->keys_last_end});
}

/* In a thread of the server.  Frames can only go out by an interface that has a listener. */
static n2_err
resolve_cb(void *user, n2_net_addr *out, const char *endpoint)
{
    const node *n = user;
    n2_err err = n2_names_resolve(n->doors[N2_DOOR_NAMES], out, endpoint);
    return !err && n2_net_is_ether(out) && !n2_net_has_interface(n->nets, n->n_listeners, out)
               ? N2_ERR_NOWAY
               : err;
}

/* ---- beginning and end ---- */

/* Before the first thread, and before a byte of the store or of the network is looked at.
 * @profile: (nullable): NULL for a switch without users. */
static n2_err
fence_in(node *n, const n2_profile *profile, GError **error)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local(); /* GLib keeps it for later */
    n2_sandbox_state state;
    (void)zone;
    n2_err err = n2_fence_node(profile, &state);
    if (err)
        return n2_fault_set(error, err, "net2od: the sandbox: %s. Try again", n2_err_text(err));
    n2_fence_list_set(&n->fences, "node", state);
    return N2_OK;
}

static n2_err
open_store(node *n, uint64_t cache_mib, const n2_profile *profile, GError **error)
{
    const n2_store_config config = {.env = &n->env,
                                    .crypto = &n->crypto,
                                    .unicode = n2_host_unicode(),
                                    .cache_bytes = cache_mib << 20};
    n2_err err = n2_crypto_init(&n->crypto, N2_IMPL_BEST);

    if (err)
        return n2_fault_set(error, err, "net2od: %s. Try again", n2_err_text(err));
    return n2_host_store_open(&n->store, &n->disk, profile->data_dir, &config, error);
}

static uint64_t
clock_cb(void *user)
{
    (void)user;
    return n2_clock_us();
}

static n2_err
open_planes(node *n, const n2_config *config, GError **error)
{
    const n2_pump_config pump = {.fds = n->listeners,
                                 .n_fds = n->n_listeners,
                                 .nets = n->nets,
                                 .ask = &n->doors[N2_DOOR_ASK_V4],
                                 .news = n->doors[N2_DOOR_NEWS],
                                 .width_bits = (uint8_t)config->switch_bits,
                                 .spin_us = config->spin_us,
                                 .is_shy = config->introductions == 0,
                                 .is_planned = config->is_switch,
                                 .link_rate_Bps = config->rate_kbit * 125};
    n2_err err = config->is_switch ? N2_OK : n2_host_helper_new(&n->helper);

    n->ports = n2_config_port_plans(config->ports);
    if (!err)
        err = n2_pump_start(&n->pump, &pump);
    const n2_control_config control = {.env = &n->env,
                                       .store = n->store,
                                       .ports = n->ports,
                                       .n_ports = config->ports->len,
                                       .labels = config->labels,
                                       .filter = config->filter,
                                       .reserve_role = (uint8_t)config->reservations,
                                       .crypto = &n->crypto,
                                       .unicode = n2_host_unicode(),
                                       .helper =
                                           n->helper ? n2_host_helper_table(n->helper) : NULL,
                                       .switch_bits = (uint8_t)config->switch_bits,
                                       .suites = (uint8_t)config->suites,
                                       .asks_to_meet = config->introductions == 2,
                                       .shows = (n2_shows)config->show_identity,
                                       .session_hours = (uint8_t)config->hours,
                                       .token_stays = !config->token_signs_out,
                                       .screen_stays = !config->screen_signs_out,
                                       .session_fixed = n2_config_session_fixed(config),
                                       .has_versions = true,
                                       .n_versions = config->versions,
                                       .build_us = (int64_t)N2_MADE_AT_S * G_USEC_PER_SEC,
                                       .listeners = n->listener_text->str,
                                       .clock = clock_cb,
                                       .local = (n2_local)config->local,
                                       .takes_part = config->dht,
                                       .offers = config->offers,
                                       .carries = config->carry,
                                       .cache = config->cache,
                                       .local_port = n2_wires_port(n->nets, n->n_listeners)};

    if (!err)
        err = n2_control_new(&n->control, &control, n2_clock_us(), n2_clock_wall_us());
    if (err)
        return n2_fault_set(error, err, "net2od: %s. Try again", n2_err_text(err));
    return N2_OK;
}

static n2_err
open_all(node *n, const n2_config *config, const n2_profile *profile, GError **error)
{
    const n2_server_host host = {
        .user = n, .busy = busy_cb, .resolve = resolve_cb, .status = status_cb};
    n2_err err = fence_in(n, config->is_switch ? NULL : profile, error);

    n->wires = n2_wires_new(&n->doors[N2_DOOR_NEAR], n->near, n->nets, n->n_listeners);
    if (!err && !config->is_switch)
        err = open_store(n, config->cache_mib, profile, error);
    if (!err)
        err = open_planes(n, config, error);
    if (!err)
        err = n2_server_new(&n->server, n->doors[N2_DOOR_BUS], n->control, &host, error);
    return err;
}

/* Clients first, then the network, which still touches memory of the control plane. */
static void
close_all(node *n)
{
    n2_wires_free(n->wires);
    n2_server_free(n->server);
    n2_pump_stop(n->pump);
    if (n->has_held)
        free(n->held.bytes);
    n2_control_free(n->control);
    n2_host_helper_free(n->helper);
    n2_store_close(n->store);
    n2_host_disk_free(n->disk);
    n2_crypto_clear(&n->crypto);
    lose_keys(n);
    if (n->doors[N2_DOOR_NAMES] >= 0)
        close(n->doors[N2_DOOR_NAMES]);
    if (n->midnight)
        g_source_remove(n->midnight);
    if (n->source) {
        g_source_destroy(n->source);
        g_source_unref(n->source);
    }
    g_string_free(n->listener_text, TRUE);
    g_free(n->last_end);
    g_free(n->keys_last_end);
    g_free(n->ports);
    g_main_loop_unref(n->loop);
}

int
n2_role_node(const n2_config *config, const n2_profile *profile)
{
    g_autoptr(GError) error = NULL;
    node n = {.env = {.random = n2_host_random},
              .listener_text = g_string_new(NULL),
              .doors = N2_DOORS_NONE};

    (void)signal(SIGINT, SIG_IGN); /* the terminal's Ctrl-C is the parent's business */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_setname_np(pthread_self(), "net2o-node");
    if (be_briefed(&n) != N2_OK)
        return 1;
    n.loop = g_main_loop_new(NULL, FALSE);
    n2_err err = open_all(&n, config, profile, &error);
    if (err) {
        n2_channel_send(N2_CHANNEL_FD, N2_CHANNEL_FATAL, err, error->message, -1);
        n.code = 1;
    } else {
        attach_source(&n);
        n2_wires_begin(n.wires, n.control, busy_cb, &n);
        (void)on_midnight_cb(&n);
        g_unix_fd_add(N2_CHANNEL_FD, G_IO_IN | G_IO_HUP, on_parent_cb, &n);
        if (n.doors[N2_DOOR_SCREEN] >= 0)
            n2_screen_watch(n.doors[N2_DOOR_SCREEN], on_screen_cb, &n);
        g_unix_signal_add(SIGTERM, on_term_cb, &n);
        g_main_loop_run(n.loop);
    }
    close_all(&n);
    return n.code;
}
