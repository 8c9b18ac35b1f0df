/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-casts.c - trees and channels that the user is the source of, or follows: opened,
 *                   joined, listed, left.
 *
 * The data plane asks, renews, and falls back to unicast by itself; here are the names, and
 * what came.  What was joined once stays until it is left, whatever becomes of it; what could
 * not be joined at all is forgotten, as the user has its reason.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"

enum {
    CAST_ROWS = N2_CASTS_MAX + N2_CAST_SOURCES_MAX,
    PROBE_BYTES = 128,
    MULTICAST = 1, /* n2_mode, of wire/packet.h */
    BROADCAST = 2
};

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static const char what_why[] = N_("it is no tree, which is up to 16 hexadecimal digits, and no "
                                  "channel, which is a number below 16777216");
static const char what_next[] = N_("See 'net2o switch --help'.");
static const char exists_why[] = N_("it is open or joined already");
static const char exists_next[] = N_("Close or leave it before.");
static const char border_why[] = N_("this channel may not pass that port");
static const char border_next[] = N_("See 'net2o switch channel ports'.");

/* ---- what is meant --------------------------------------------------------------------------
 */

typedef struct {
    bool is_channel, is_block;
    uint64_t id;
} subject;

static bool
parse_tree(const char *text, uint64_t *id)
{
    char *end = NULL;
    size_t n = strspn(text, "0123456789abcdefABCDEF");

    if (!n || n > 16 || text[n])
        return false;
    *id = strtoull(text, &end, 16);
    return *id;
}

/* One channel, or a range that is a whole block. */
static bool
parse_channel(const char *text, subject *s)
{
    n2_channel_rule rules[N2_CHANNEL_RULES_MAX];
    size_t n = 0;

    if (n2_channel_rules_parse(text, N2_DOMAIN_TAKE, 0, rules, &n) || n != 1)
        return false;
    s->id = rules->first;
    s->is_block = rules->first != rules->last;
    return !s->is_block || (rules->first % N2_CHANNEL_BLOCK == 0 &&
                            rules->last == rules->first + N2_CHANNEL_BLOCK - 1);
}

/* Type and value of @j. */
static bool
parse_subject(const job *j, subject *s)
{
    const char *value = j->value ? j->value : "";

    *s = (subject){0};
    if (!j->type)
        return false;
    if (strcmp(j->type, "tree") == 0)
        return parse_tree(value, &s->id);
    s->is_channel = true;
    return strcmp(j->type, "channel") == 0 && parse_channel(value, s);
}

static to_many *
find(n2_control *c, const subject *s, bool is_source)
{
    for (size_t i = 0; c->casts && i < CAST_ROWS; i++) {
        to_many *at = &c->casts[i];
        if (at->number && at->is_source == is_source && at->is_channel == s->is_channel &&
            at->is_block == s->is_block && at->id == s->id)
            return at;
    }
    return NULL;
}

static to_many *
find_number(n2_control *c, uint64_t number)
{
    for (size_t i = 0; number && c->casts && i < CAST_ROWS; i++)
        if (c->casts[i].number == number)
            return &c->casts[i];
    return NULL;
}

static n2_err
make(n2_control *c, const subject *s, bool is_source, to_many **out)
{
    size_t n = 0;

    *out = NULL;
    if (!c->casts)
        c->casts = calloc(CAST_ROWS, sizeof *c->casts);
    if (!c->casts)
        return N2_ERR_NOMEM;
    for (size_t i = 0; i < CAST_ROWS; i++) {
        n += c->casts[i].number && c->casts[i].is_source == is_source;
        if (!c->casts[i].number && !*out)
            *out = &c->casts[i];
    }
    if (n == (is_source ? N2_CAST_SOURCES_MAX : N2_CASTS_MAX))
        return N2_ERR_LIMIT;
    if (!++c->last_cast)
        ++c->last_cast;
    **out = (to_many){.number = c->last_cast,
                      .is_source = is_source,
                      .is_channel = s->is_channel,
                      .is_block = s->is_block,
                      .id = s->id};
    return N2_OK;
}

/* ---- rows -----------------------------------------------------------------------------------
 */

static const char *
reason_word(const to_many *at)
{
    switch ((n2_refuse)at->reason) {
    case N2_REFUSE_FULL:
        return "full";
    case N2_REFUSE_NONE:
    case N2_REFUSE_ENDED:
        return "none";
    case N2_REFUSE_DOMAIN:
        return "domain";
    case N2_REFUSE_OTHER:
        return "other";
    }
    return "silent";
}

static const char *
state_of(const to_many *at)
{
    if (!at->is_told)
        return "asking";
    if (at->is_source)
        return !at->err ? "open" : at->err == N2_ERR_REFUSED ? "blocked" : "lost";
    if (at->how)
        return at->how == N2_CAST_SHARED ? "joined" : "alone";
    return at->reason ? "refused" : "lost";
}

static void
put(n2_control *c, n2_table *t, const to_many *at)
{
    char text[24];
    char *name = n2_id_is_set(&at->who) ? n2_name_dup(c, &at->who) : NULL;

    n2_table_row(t);
    n2_table_text(t, "kind", at->is_channel ? "channel" : "tree");
    (void)snprintf(text, sizeof text, at->is_channel ? "%" PRIu64 : "%016" PRIx64, at->id);
    n2_table_text(t, "number", text);
    if (at->is_block)
        n2_table_bool(t, "block", true);
    n2_table_text(t, "role", at->is_source ? "source" : "joined");
    n2_table_text(t, "state", state_of(at));
    if (at->port)
        n2_table_int(t, "port", at->port);
    n2_table_id(t, "identity", N2_ID_IDENTITY, &at->who);
    n2_table_text(t, "name", name);
    if (at->is_told && !at->is_source && at->how != N2_CAST_SHARED) {
        n2_table_text(t, "reason", reason_word(at));
        if (at->place)
            n2_table_int(t, "hop", at->place);
    }
    n2_table_int(t, "packets", (int64_t)at->packets);
    n2_table_int(t, "bytes", (int64_t)at->bytes);
    free(name);
}

static void
list(n2_control *c, job *j)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; c->casts && i < CAST_ROWS; i++)
        if (c->casts[i].number)
            put(c, t, &c->casts[i]);
    n2_job_done(c, j, t);
}

/* ---- orders ---------------------------------------------------------------------------------
 */

static uint8_t
mode_of(const to_many *at)
{
    return at->is_channel ? BROADCAST : MULTICAST;
}

static void
order(n2_control *c, const to_many *at, n2_op_kind kind)
{
    n2_op_queue_push(&c->ops, &(n2_op){.kind = kind,
                                       .tag = at->number,
                                       .address = at->id,
                                       .bits = mode_of(at),
                                       .port = at->port,
                                       .path = at->path,
                                       .size = at->is_block});
}

static void
end(n2_control *c, to_many *at)
{
    job *waiting = n2_job_find(c, at->job);

    order(c, at, at->is_source ? N2_OP_CAST_CLOSE : N2_OP_CAST_LEAVE);
    *at = (to_many){0};
    if (waiting)
        n2_job_failed(c, waiting, N2_ERR_CANCELLED);
    n2_control_changed(c, "casts");
}

static n2_err
way_to(n2_control *c, const n2_id *who, uint64_t *path)
{
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_route route = {0};
    size_t n = 0;
    n2_err err = n2_way_find(c, who, hops, &n, NULL);

    if (err)
        return err == N2_ERR_BUSY ? N2_ERR_UNREACHABLE : err;
    err = n2_way_path(hops, n, &route); /* to ourselves there is none: our own switch */
    if (!err)
        *path = route.word;
    return err;
}

static void
join(n2_control *c, job *j, const subject *s)
{
    bool is_local = s->is_channel && s->id < N2_CHANNELS_LOCAL;
    n2_id who = {0};
    uint64_t path = 0;
    to_many *at = NULL;
    n2_err err = N2_OK;

    if (!is_local)
        err = j->address ? n2_name_resolve(c, j->address, &who) : N2_ERR_USAGE;
    if (!err && !is_local)
        err = way_to(c, &who, &path);
    if (!err)
        err = make(c, s, false, &at);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    at->who = who;
    at->path = path;
    at->job = j->id;
    order(c, at, N2_OP_CAST_JOIN);
}

static void
open_source(n2_control *c, job *j, const subject *s)
{
    to_many *at = NULL;
    n2_err err = make(c, s, true, &at);

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    at->port = j->port;
    at->job = j->id;
    order(c, at, N2_OP_CAST_OPEN);
}

/* Packets by which a user sees that it works: those who follow count them. */
static void
probe(n2_control *c, job *j, to_many *at)
{
    n2_table *t;
    uint16_t n = j->port ? j->port : 1;

    if (n > N2_CAST_PROBES_MAX) {
        n2_job_failed(c, j, N2_ERR_LIMIT);
        return;
    }
    for (uint16_t i = 0; i < n; i++) {
        n2_op op = {.kind = N2_OP_CAST_SEND,
                    .address = at->id,
                    .bits = mode_of(at),
                    .size = (uint32_t)at->packets,
                    .bytes = calloc(1, PROBE_BYTES),
                    .len = PROBE_BYTES};
        if (!op.bytes) {
            n2_job_failed(c, j, N2_ERR_NOMEM);
            return;
        }
        (void)snprintf((char *)op.bytes, PROBE_BYTES, "net2o probe %" PRIu64, at->packets);
        n2_op_queue_push(&c->ops, &op);
        at->packets++;
        at->bytes += PROBE_BYTES;
    }
    t = n2_table_new();
    put(c, t, at);
    n2_job_done(c, j, t);
}

/* A tree's number is drawn, if the user names none. */
static void
draw(n2_control *c, job *j)
{
    uint64_t id = 0;
    char text[24];

    if (!j->type || strcmp(j->type, "tree") != 0 || (j->value && *j->value))
        return;
    while (!id)
        n2_env_random(&c->env, &id, sizeof id);
    (void)snprintf(text, sizeof text, "%016" PRIx64, id);
    free(j->value);
    j->value = strdup(text);
}

static bool
is_new(n2_job_kind kind)
{
    return kind == N2_JOB_CAST_OPEN || kind == N2_JOB_CAST_JOIN;
}

void
n2_casts_job(n2_control *c, job *j)
{
    bool is_source = j->kind != N2_JOB_CAST_JOIN && j->kind != N2_JOB_CAST_LEAVE;
    subject s;

    if (j->kind == N2_JOB_CAST_LIST) {
        list(c, j);
        return;
    }
    if (j->kind == N2_JOB_CAST_OPEN)
        draw(c, j);
    if (!parse_subject(j, &s)) {
        n2_job_failed_words(c, j, N2_ERR_USAGE, what_why, what_next);
        return;
    }
    to_many *at = find(c, &s, is_source);
    if (!at && !is_new(j->kind)) {
        n2_job_failed(c, j, N2_ERR_NOTFOUND);
        return;
    }
    if (at && is_new(j->kind)) {
        n2_job_failed_words(c, j, N2_ERR_EXISTS, exists_why, exists_next);
        return;
    }
    j->awaits = AWAIT_CAST;
    if (j->kind == N2_JOB_CAST_JOIN) {
        join(c, j, &s);
    } else if (j->kind == N2_JOB_CAST_OPEN) {
        open_source(c, j, &s);
    } else if (j->kind == N2_JOB_CAST_PROBE) {
        probe(c, j, at);
    } else {
        end(c, at);
        n2_job_done(c, j, NULL);
    }
}

/* ---- events ---------------------------------------------------------------------------------
 */

/* A refusal is an answer; what the user never had is not kept. */
static void
answer(n2_control *c, job *j, to_many *at)
{
    n2_table *t = n2_table_new();
    bool is_ours =
        at->err == N2_ERR_USAGE || at->err == N2_ERR_NOSPACE || (at->is_source && at->err);
    n2_err err = at->err == N2_ERR_NOSPACE ? N2_ERR_LIMIT : at->err;

    put(c, t, at);
    if (at->err) {
        if (!is_ours)
            order(c, at, N2_OP_CAST_LEAVE);
        *at = (to_many){0};
    }
    if (is_ours) {
        n2_table_free(t);
        if (err == N2_ERR_REFUSED)
            n2_job_failed_words(c, j, err, border_why, border_next);
        else
            n2_job_failed(c, j, err);
    } else {
        n2_job_done(c, j, t);
    }
}

void
n2_casts_event_state(n2_control *c, const n2_event *event)
{
    to_many *at = find_number(c, event->tag);

    if (!at)
        return;
    at->is_told = true;
    at->err = event->err;
    at->how = event->width;
    at->reason = (uint8_t)event->key_id;
    at->place = (uint16_t)event->size;
    job *j = n2_job_find(c, at->job);
    at->job = 0;
    if (j)
        answer(c, j, at);
    n2_control_changed(c, "casts");
}

void
n2_casts_event_packet(n2_control *c, const n2_event *event)
{
    to_many *at = find_number(c, event->tag);

    if (at) {
        at->packets++;
        at->bytes += event->len;
    }
}

/* By the way that there is now: what is not shared with others may be better off by it. */
static void
ask_again(n2_control *c, to_many *at)
{
    uint64_t path = 0;

    if (!n2_id_is_set(&at->who) || way_to(c, &at->who, &path) || path == at->path)
        return;
    order(c, at, N2_OP_CAST_LEAVE);
    at->path = path;
    order(c, at, N2_OP_CAST_JOIN);
}

void
n2_casts_ways_changed(n2_control *c)
{
    for (size_t i = 0; c->casts && i < CAST_ROWS; i++)
        if (c->casts[i].number && !c->casts[i].is_source)
            ask_again(c, &c->casts[i]);
}

void
n2_casts_borders_changed(n2_control *c)
{
    for (size_t i = 0; c->casts && i < CAST_ROWS; i++)
        if (c->casts[i].number && c->casts[i].is_source && c->casts[i].port)
            order(c, &c->casts[i], N2_OP_CAST_OPEN);
}

void
n2_casts_restarted(n2_control *c)
{
    for (size_t i = 0; c->casts && i < CAST_ROWS; i++) {
        to_many *at = &c->casts[i];
        if (!at->number)
            continue;
        at->is_told = false;
        order(c, at, at->is_source ? N2_OP_CAST_OPEN : N2_OP_CAST_JOIN);
    }
}
