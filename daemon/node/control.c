/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control.c - the control plane: where events go, and what comes out.
 */
#include "node/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "node/control-statement.h"

/* Was something due long ago, and nobody came?  Then it is not others who were silent. */
static void
look_at_clock(n2_control *c, uint64_t now_us)
{
    uint64_t due_us = c->now_us;

    if (now_us < due_us + N2_LATE_US)
        return;
    if (n2_control_deadline(c) > due_us)
        due_us = n2_control_deadline(c);
    if (c->fetch && now_us >= due_us && now_us - due_us >= N2_LATE_US)
        n2_fetch_slept(c->fetch, now_us - due_us);
}

static void
enter(n2_control *c, uint64_t now_us, int64_t wall_us)
{
    look_at_clock(c, now_us);
    c->now_us = now_us;
    c->wall_us = wall_us;
    if (n2_ports_is_switch(c))
        return;
    n2_fetch_clock(c->fetch, wall_us);
    n2_serve_expire(c->serve, now_us);
    n2_serve_clock(c->serve, now_us, wall_us);
    n2_store_set_wall(c->config.store, wall_us);
    c->woken_us = now_us;
    n2_keys_clock(c);
}

/* What takes part in giving and getting. */
static n2_err
new_parts(n2_control *c)
{
    const n2_control_config *config = &c->config;
    /* Who offers the first takes all; who does not wants none of it. */
    uint8_t takes = c->offers & 1 << (N2_SUITE_1 - 1) ? N2_SUITES_ALL : c->offers;
    n2_err err = n2_serve_new(&c->serve, config->store, &c->talk, &c->ops, config->unicode);

    if (err)
        return err;
    n2_serve_on_pair(c->serve, n2_pair_heard, c);
    n2_serve_on_name(c->serve, n2_routes_asked, c);
    n2_serve_on_carry(c->serve, config->carries ? n2_cache_asked : NULL, c);
    err = n2_fetch_new(&c->fetch, &(n2_fetch_config){.env = &c->env,
                                                     .suites = takes,
                                                     .store = config->store,
                                                     .crypto = config->crypto,
                                                     .unicode = config->unicode,
                                                     .talk = &c->talk,
                                                     .ops = &c->ops,
                                                     .helper = config->helper});
    if (!err) {
        n2_fetch_on_pair(c->fetch, n2_pair_answered, c);
        n2_fetch_on_name(c->fetch, n2_routes_answered, c);
    }
    return err;
}

n2_err
n2_control_new(n2_control **out,
               const n2_control_config *config,
               uint64_t now_us,
               int64_t wall_us)
{
    n2_control *c = calloc(1, sizeof *c);

    if (!c)
        return N2_ERR_NOMEM;
    c->config = *config;
    c->offers = config->suites ? config->suites : 1 << (N2_SUITE_1 - 1);
    c->env = *config->env;
    c->begun_us = now_us;
    c->keys_at_us = UINT64_MAX;
    c->looks.again_us = UINT64_MAX;
    n2_talk_init(&c->talk, &c->ops);
    n2_err err = !config->switch_bits || config->switch_bits > N2_SWITCH_WIDTH_MAX ||
                         c->offers & ~N2_SUITES_ALL
                     ? N2_ERR_USAGE
                     : n2_ports_check(config);

    if (!err && !n2_ports_is_switch(c))
        err = new_parts(c);
    if (!err) {
        enter(c, now_us, wall_us);
        err = n2_peers_load(c);
        if (!err && !n2_ports_is_switch(c))
            err = n2_names_begin(c);
        if (!err && !n2_ports_is_switch(c))
            err = n2_routes_begin(c);
    }
    if (!err)
        err = n2_rules_begin(c); /* before links take ports that are labels */
    if (!err)
        n2_ports_begin(c);
    if (!err)
        err = n2_domains_begin(c);
    if (!err)
        n2_reserved_begin(c);
    if (!err)
        err = n2_near_begin(c);
    if (!err)
        err = n2_dhts_begin(c);
    if (err) {
        n2_control_free(c);
        return err;
    }
    n2_peers_open_all(c);
    if (n2_ports_is_switch(c))
        n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_READY, .text = strdup("")});
    else
        n2_settings_begin(c), n2_keys_begin(c);
    *out = c;
    return N2_OK;
}

void
n2_control_free(n2_control *control)
{
    n2_notice notice;

    if (!control)
        return;
    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (control->jobs[i])
            n2_control_cancel(control, control->jobs[i]->id, control->now_us, control->wall_us);
    while (n2_control_next_notice(control, &notice))
        n2_notice_clear(&notice);
    free(control->notices);
    n2_fetch_free(control->fetch);
    n2_serve_free(control->serve);
    n2_talk_clear(&control->talk);
    n2_op_queue_clear(&control->ops);
    n2_peers_clear(control);
    n2_keys_clear(control);
    n2_people_clear(control);
    n2_names_clear(control);
    n2_crowd_clear(control);
    n2_routes_clear(control);
    n2_cache_clear(control);
    free(control->sites);
    n2_vault_clear(control);
    free(control->site_moves);
    n2_look_clear(control);
    n2_near_clear(control);
    n2_dhts_clear(control);
    free(control->casts);
    free(control->rules);
    free(control);
}

/* ---- notices ---- */

void
n2_notice_clear(n2_notice *notice)
{
    n2_table_free(notice->table);
    free(notice->text);
    free(notice->what);
    free(notice->why);
    free(notice->next);
    *notice = (n2_notice){0};
}

void
n2_control_tell(n2_control *c, const n2_notice *notice)
{
    if (c->n_notices == c->notices_room) {
        size_t room = c->notices_room ? c->notices_room * 2 : 32;
        n2_notice *grown = malloc(room * sizeof *grown);

        if (!grown) {
            n2_notice lost = *notice;

            n2_notice_clear(&lost);
            c->ops.err = N2_ERR_NOMEM;
            return;
        }
        for (size_t i = 0; i < c->n_notices; i++)
            grown[i] = c->notices[(c->notices_first + i) % c->notices_room];
        free(c->notices);
        c->notices = grown;
        c->notices_room = room;
        c->notices_first = 0;
    }
    c->notices[(c->notices_first + c->n_notices++) % c->notices_room] = *notice;
}

bool
n2_control_next_notice(n2_control *control, n2_notice *out)
{
    if (!control->n_notices)
        return false;
    *out = control->notices[control->notices_first];
    control->notices_first = (control->notices_first + 1) % control->notices_room;
    control->n_notices--;
    return true;
}

void
n2_control_changed(n2_control *c, const char *what)
{
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_CHANGED, .text = strdup(what)});
}

void
n2_control_log(n2_control *c, const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_LOG, .text = strdup(line)});
}

/* ---- data plane ---- */

/* A peer's commands: questions to serve, answers to fetch. */
static void
commands(n2_control *c, const n2_event *event)
{
    n2_call call;
    n2_err err = n2_talk_input(&c->talk, event->conn, event->bytes, event->len, c->now_us);

    if (err == N2_ERR_NOTFOUND)
        return; /* it was closed while these bytes were on their way */
    while (!err && n2_talk_next(&c->talk, event->conn, &call, &err, c->now_us))
        if (call.opcode == N2_WORD_DELIVER)
            n2_fetch_deliver(c->fetch, event->conn, &call, c->now_us);
        else
            n2_serve_call(c->serve, event->conn, &call);
    if (err)
        n2_op_queue_push(&c->ops,
                         &(n2_op){.kind = N2_OP_CLOSE, .conn = event->conn, .err = err});
}

static void
asker_came(n2_control *c, const n2_event *event)
{
    n2_err err = n2_talk_open(&c->talk, event->conn, N2_MAY_COMPUTE | N2_MAY_ASK | N2_MAY_READ,
                              c->now_us);

    if (err) {
        n2_op_queue_push(&c->ops,
                         &(n2_op){.kind = N2_OP_CLOSE, .conn = event->conn, .err = err});
    } else {
        n2_talker *t = n2_talk_find(&c->talk, event->conn);
        t->unit_max = event->unit;
        t->suite = event->suite;
        t->path = event->path;
        memcpy(t->hash, event->hash, sizeof t->hash);
    }
}

static void
restarted(n2_control *c)
{
    while (c->talk.n_talkers) {
        n2_conn conn = c->talk.talkers[0]->conn;

        n2_serve_closed(c->serve, conn);
        n2_pair_closed(c, conn);
        n2_talk_close(&c->talk, conn);
    }
    if (c->fetch)
        n2_fetch_restarted(c->fetch, c->now_us);
    for (size_t i = 0; i < c->n_peers; i++)
        c->peers[i].is_up = false;
    n2_meet_restarted(c);
    n2_look_restarted(c);
    n2_ports_begin(c);
    if (n2_rules_begin(c) || n2_domains_restarted(c))
        n2_control_log(c,
                       "no memory for the labels, the filter and the channels of net2o.conf");
    n2_reserved_restarted(c);
    n2_casts_restarted(c);
    n2_near_restarted(c);
    n2_peers_open_all(c);
    if (c->has_node_key)
        n2_keys_record(c);
    n2_control_changed(c, "links");
}

void
n2_control_input_event(n2_control *control, n2_event *event, uint64_t now_us, int64_t wall_us)
{
    n2_control *c = control;

    enter(c, now_us, wall_us);
    switch (event->kind) {
    case N2_EVENT_LINK_UP:
    case N2_EVENT_LINK_DOWN:
        n2_peers_event(c, event);
        n2_meet_link(c, event);
        if (event->kind == N2_EVENT_LINK_UP)
            n2_ports_up(c, event);
        n2_near_link(c, event);
        n2_routes_link(c, event);
        n2_casts_ways_changed(c);
        break;
    case N2_EVENT_NEED_ES:
        n2_keys_need_es(c, event);
        break;
    case N2_EVENT_ECHO:
        n2_trace_event(c, event);
        break;
    case N2_EVENT_CONNECTED:
        if (event->tag) {
            (void)n2_fetch_input_event(c->fetch, event, now_us);
            n2_meet_connected(c, event->conn);
            n2_reserved_connected(c, event->conn);
        } else {
            asker_came(c, event);
        }
        break;
    case N2_EVENT_CLOSED:
        if (event->conn)
            n2_serve_closed(c->serve, event->conn);
        n2_pair_closed(c, event->conn);
        (void)n2_fetch_input_event(c->fetch, event, now_us);
        if (event->conn)
            n2_talk_close(&c->talk, event->conn);
        break;
    case N2_EVENT_COMMAND:
        (void)n2_fetch_input_event(c->fetch, event, now_us);
        commands(c, event);
        break;
    case N2_EVENT_KEY_ANSWER:
    case N2_EVENT_WRITTEN:
    case N2_EVENT_REVOKED:
        (void)n2_fetch_input_event(c->fetch, event, now_us);
        break;
    case N2_EVENT_SENT:
        n2_serve_sent(c->serve, event->conn, event->tag);
        break;
    case N2_EVENT_MOVED:
    case N2_EVENT_PATH_LOST:
        n2_way_event(c, event);
        break;
    case N2_EVENT_PROBED: /* nobody here asks */
    case N2_EVENT_RATE:   /* nor assigns rates, */
    case N2_EVENT_PLAIN:  /* nor grants such a region yet */
        break;
    case N2_EVENT_CAST_STATE:
        if (!n2_domains_event(c, event))
            n2_casts_event_state(c, event);
        break;
    case N2_EVENT_CAST:
        if (!n2_near_packet(c, event))
            n2_casts_event_packet(c, event);
        break;
    case N2_EVENT_RESTARTED:
        restarted(c);
        break;
    case N2_EVENT_SWITCH_LOOK:
        n2_look_event(c, event);
        break;
    case N2_EVENT_RULES:
        n2_rules_event(c, event);
        break;
    case N2_EVENT_RESERVED:
        n2_reserved_event(c, event);
        break;
    }
    free(event->bytes);
    event->bytes = NULL;
    n2_control_drain_fetch(c);
}

void
n2_control_worked(n2_control *control, uint64_t now_us, int64_t wall_us)
{
    enter(control, now_us, wall_us);
    n2_fetch_worked(control->fetch, now_us);
    n2_control_drain_fetch(control);
}

bool
n2_control_next_op(n2_control *control, n2_op *out)
{
    return n2_op_queue_pop(&control->ops, out);
}

/* ---- fetch ---- */

void
n2_control_news(n2_control *c, const n2_id *who)
{
    char text[sizeof "tree net2o:///" + N2_ID_TEXT_BYTES];
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, who);
    (void)snprintf(text, sizeof text, "tree net2o://%s/", id);
    n2_control_changed(c, text);
}

/* All jobs that wait for this transfer. */
static void
pass_on(n2_control *c, const n2_fetch_event *event)
{
    n2_cache_event(c, event);
    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->transfer == event->transfer)
            n2_job_event(c, c->jobs[i], event);
}

void
n2_control_drain_fetch(n2_control *c)
{
    n2_fetch_event event;

    while (c->fetch && n2_fetch_next_event(c->fetch, &event))
        switch (event.kind) {
        case N2_FETCH_NEED_WAY:
            n2_way_tell(c, &event.who);
            break;
        case N2_FETCH_PROGRESS:
        case N2_FETCH_DONE:
            pass_on(c, &event);
            break;
        case N2_FETCH_LOST:
            n2_trace_lost(c, &event);
            break;
        case N2_FETCH_LIED:
            n2_trace_lied(c, &event.who, NULL);
            break;
        case N2_FETCH_SLOW:
            n2_trace_early(c, &event.who);
            break;
        case N2_FETCH_NEWS:
            n2_control_news(c, &event.who);
            break;
        case N2_FETCH_HEARD:
            n2_serve_heard(c->serve, &event.who);
            n2_people_changed(c, &event.who);
            break;
        case N2_FETCH_PROVEN:
            n2_show_begin(c, &event);
            n2_names_proven(c, &event.who);
            n2_crowd_proven(c, &event.who);
            n2_dhts_proven(c, &event.who);
            n2_routes_proven(c, &event.who);
            break;
        case N2_FETCH_SHOWN:
        case N2_FETCH_LOGGED_IN:
            n2_site_shown(c, &event);
            n2_show_ended(c, &event);
            n2_routes_proven(c, &event.who);
            break;
        }
}

/* ---- time ---- */

uint64_t
n2_control_deadline(const n2_control *control)
{
    if (n2_ports_is_switch(control))
        return n2_look_deadline(control);
    const uint64_t parts[] = {
        n2_meet_deadline(control),   n2_pair_deadline(control),
        n2_people_deadline(control), n2_serve_deadline(control->serve),
        n2_names_deadline(control),  n2_move_deadline(control),
        n2_site_deadline(control),   n2_confirm_deadline(control),
        n2_look_deadline(control),   n2_sessions_deadline(control),
        n2_find_deadline(control),   n2_near_when(control),
        n2_crowd_deadline(control),  n2_dhts_deadline(control),
        n2_routes_deadline(control),
    };
    uint64_t at = n2_fetch_deadline(control->fetch);

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i] < at)
            at = parts[i];
    if (control->keys_at_us < at)
        at = control->keys_at_us;
    if (control->has_node_key && control->woken_us + N2_KEYS_CLOCK_US < at)
        at = control->woken_us + N2_KEYS_CLOCK_US;
    if (n2_store_is_untidy(control->config.store) && control->tend_at_us < at)
        at = control->tend_at_us;
    return n2_check_is_running(control) ? control->now_us : at;
}

/* One step, and then a pause, in which packets and clients have their turn. */
static void
tend(n2_control *c)
{
    bool more = false;

    if (!n2_store_is_untidy(c->config.store) || c->now_us < c->tend_at_us)
        return;
    n2_err err = n2_store_tend(c->config.store, &more);

    if (err)
        n2_control_log(c, "the store cannot be tidied: %s", n2_err_text(err));
    c->tend_at_us = c->now_us + (err ? N2_MINUTE_US : N2_STORE_TEND_US);
}

void
n2_control_expire(n2_control *control, uint64_t now_us, int64_t wall_us)
{
    enter(control, now_us, wall_us);
    n2_look_expire(control);
    if (n2_ports_is_switch(control))
        return;
    n2_fetch_expire(control->fetch, now_us);
    n2_keys_expire(control);
    n2_sessions_expire(control);
    n2_meet_expire(control);
    n2_pair_expire(control);
    n2_people_expire(control);
    n2_names_expire(control);
    n2_crowd_expire(control);
    n2_routes_expire(control);
    n2_confirm_expire(control);
    n2_move_expire(control);
    n2_site_expire(control);
    n2_near_due(control);
    n2_dhts_expire(control);
    tend(control);
    n2_find_expire(control);
    n2_check_expire(control);
    n2_control_drain_fetch(control);
}

/* ---- jobs: the entries ---- */

n2_err
n2_control_read(
    n2_control *control, n2_job id, uint8_t *buf, size_t len, size_t *out_len, uint64_t now_us)
{
    job *j = n2_job_find(control, id);

    *out_len = 0;
    if (!j || !j->walk)
        return N2_ERR_NOTFOUND;
    enter(control, now_us, control->wall_us);
    n2_err err = n2_folder_is(j) && j->state ? n2_folder_copy(control, j, buf, len, out_len)
                                             : n2_reading_copy(control, j, buf, len, out_len);

    n2_control_drain_fetch(control);
    return err;
}

n2_err
n2_control_hand_out(
    n2_control *control, n2_job id, size_t len, int sink, size_t *out_len, uint64_t now_us)
{
    job *j = n2_job_find(control, id);

    *out_len = 0;
    if (!j || !j->walk)
        return N2_ERR_NOTFOUND;
    enter(control, now_us, control->wall_us);
    n2_err err = n2_reading_hand_out(control, j, len, sink, out_len);

    n2_control_drain_fetch(control);
    return err;
}

n2_err
n2_control_feed(n2_control *control,
                n2_job id,
                const uint8_t *bytes,
                size_t len,
                uint64_t now_us,
                int64_t wall_us)
{
    job *j = n2_job_find(control, id);

    if (!j || j->awaits != AWAIT_FEED)
        return N2_ERR_NOTFOUND;
    enter(control, now_us, wall_us);
    return n2_control_publish_feed(control, j, bytes, len);
}

void
n2_control_feed_end(n2_control *control, n2_job id, uint64_t now_us, int64_t wall_us)
{
    job *j = n2_job_find(control, id);

    if (!j || j->awaits != AWAIT_FEED)
        return;
    enter(control, now_us, wall_us);
    n2_control_publish_end(control, j);
}
