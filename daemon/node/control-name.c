/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-name.c - names of zones: questions to others and of others, and who waits for what
 *                  they come to.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "node/control-private.h"

enum {
    HEADS_ASKED = 16 /* zones, of which one other is asked what it has seen */
};

/* Puts a peer among those from @first on, the one that answers soonest first; who is too far
 * for
 * @most is none of them.  A link whose round trip is not known may be any length. */
static size_t
put_nearest(const peer *nearest[static N2_LOOKUP_CACHES_MAX],
            size_t n,
            size_t most,
            const peer *p)
{
    size_t at = n < most ? n++ : n;

    while (at && p->rtt_us - 1 < nearest[at - 1]->rtt_us - 1) { /* 0 is the longest */
        if (at < n)
            nearest[at] = nearest[at - 1];
        at--;
    }
    if (at < n)
        nearest[at] = p;
    return n;
}

/* The near caches: who says in the local network that it answers for a root which the user has
 * taken, nobody else there, as it hears what is asked; then those that we have a link to, the
 * nearest first: one that has to be asked for nothing costs a connection and a question. */
static size_t
look_around(n2_control *c, n2_id near[static N2_LOOKUP_CACHES_MAX])
{
    const peer *nearest[N2_LOOKUP_CACHES_MAX];
    size_t n = n2_near_name_servers(c, n2_resolver_roots(c->names->resolver), near,
                                    N2_LOOKUP_CACHES_MAX);
    size_t n_nearest = 0;

    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].is_up && !c->peers[i].is_self && n2_id_is_set(&c->peers[i].key))
            n_nearest = put_nearest(nearest, n_nearest, N2_LOOKUP_CACHES_MAX - n, &c->peers[i]);
    for (size_t i = 0; i < n_nearest; i++)
        near[n++] = nearest[i]->key;
    n2_resolver_caches(c->names->resolver, near, n);
    return n;
}

/* ---- what others have seen ---- */

void
n2_names_take_heads(n2_control *c, const n2_id *zone, const n2_value *values, size_t n)
{
    size_t at = 0, len, n_statements;
    const uint8_t *statement;

    if (n != 1 || values[0].type != 'b' ||
        n2_container_check(values[0].bytes, values[0].len, &n_statements) ||
        n_statements > N2_ZONE_HEADS_SEEN_MAX + 2)
        return;
    while (n2_container_next(values[0].bytes, values[0].len, &at, &statement, &len)) {
        n2_head_seen head;
        n2_seen_news news = N2_SEEN_SAME;

        if (n2_names_head(c, zone, statement, len, &head))
            return; /* a liar, or a key that is not known here */
        if (n2_resolve_saw(c->names->resolver, &head, &news) || news == N2_SEEN_FRAUD)
            return;
    }
}

/* One near node, by chance, what it has seen of the zones that were used last. */
static void
ask_heads(n2_control *c)
{
    struct names *n = c->names;
    n2_id who = {0}, zone;
    uint32_t drawn;
    size_t n_near = 0;

    n->heads_at_us = c->now_us + N2_ZONE_HEADS_US;
    n2_env_random(&c->env, &drawn, sizeof drawn);
    for (size_t i = 0; i < c->n_peers; i++)
        if (c->peers[i].is_up && n2_id_is_set(&c->peers[i].key) && !drawn--)
            who = c->peers[i].key;
        else
            n_near += c->peers[i].is_up && n2_id_is_set(&c->peers[i].key);
    if (!n2_id_is_set(&who) && n_near) {
        drawn %= (uint32_t)n_near;
        for (size_t i = 0; i < c->n_peers; i++)
            if (c->peers[i].is_up && n2_id_is_set(&c->peers[i].key) && !drawn--)
                who = c->peers[i].key;
    }
    if (!n2_id_is_set(&who))
        return;
    for (size_t i = 0; i < HEADS_ASKED; i++) {
        if (!n2_zone_seen_zone(n2_resolver_seen(n->resolver), i, &zone))
            return;
        n2_names_send(c, &(name_send){.server = who, .zone = zone});
    }
}

/* ---- questions of others ---- */

static n2_err
asked_heads(n2_control *c, const n2_id *zone, n2_asm *answer)
{
    n2_writer w = n2_writer_init_growing(N2_VM_STRING_BYTES_MAX);
    n2_head_seen head;
    size_t n = 0;

    for (; n2_zone_seen_at(n2_resolver_seen(c->names->resolver), zone, n, &head); n++)
        n2_container_put(&w, head.bytes, head.len);
    n2_err err = n ? n2_writer_finish(&w, NULL) : N2_ERR_NOTFOUND;

    if (!err)
        n2_asm_bytes(answer, w.buf, w.len);
    n2_writer_clear(&w);
    return err;
}

/* Somebody who asks for nothing but this may have so many under way. */
static bool
may_ask_on(n2_control *c, n2_conn conn)
{
    size_t n = 0;

    for (size_t i = 0; i < N2_LOOKUPS_OTHERS_MAX; i++)
        n += c->names->others[i].lookup && c->names->others[i].conn == conn;
    c->names->n_per_refused += n >= N2_LOOKUPS_PER_OTHER_MAX;
    return n < N2_LOOKUPS_PER_OTHER_MAX;
}

static bool
ask_on(n2_control *c, const name_other *from, unsigned hops)
{
    n2_id near[N2_LOOKUP_CACHES_MAX];
    name_other *o = NULL;

    for (size_t i = 0; i < N2_LOOKUPS_OTHERS_MAX && !o; i++)
        if (!c->names->others[i].lookup)
            o = &c->names->others[i];
    if (!o || !may_ask_on(c, from->conn))
        return false;
    *o = *from;
    (void)look_around(c, near);
    if (n2_resolve_begin_at(c->names->resolver, &o->zone, o->labels, hops - 1, c->now_us,
                            c->wall_us, &o->lookup)) {
        *o = (name_other){0};
        return false;
    }
    return true;
}

static n2_err
asked_name(n2_control *c, n2_conn conn, const n2_call *call, const n2_id *zone, n2_asm *answer)
{
    const n2_value *labels = &call->arg[1];
    uint64_t how = call->arg[3].u, hops = how >> N2_HOW_HOPS_SHIFT;
    name_other o = {.conn = conn,
                    .tag = call->tag,
                    .zone = *zone,
                    .flags = how & N2_HOW_STATEMENTS ? N2_ASK_STATEMENTS : 0};
    n2_answer_step steps[N2_NAME_STEPS_MAX];
    n2_id zones[N2_NAME_STEPS_MAX];
    bool is_whole;

    /* In its one form, so that nothing is kept twice. */
    if (n2_name_fold(o.labels, (const char *)labels->bytes, labels->len, c->config.unicode,
                     NULL) ||
        strlen(o.labels) != labels->len || memcmp(o.labels, labels->bytes, labels->len) != 0 ||
        how & 0xff & ~(uint64_t)N2_HOW_STATEMENTS)
        return N2_ERR_FORMAT;
    size_t n = n2_resolve_known(c->names->resolver, zone, o.labels, call->arg[2].u, steps,
                                zones, &is_whole, c->now_us, c->wall_us);

    if (!is_whole && hops &&
        ask_on(c, &o, hops > N2_LOOKUP_HOPS_MAX ? N2_LOOKUP_HOPS_MAX : (unsigned)hops)) {
        n2_names_pump(c);
        return N2_ERR_BUSY; /* it is answered when that is over */
    }
    if (!n)
        return N2_ERR_NOTFOUND;
    n2_names_put_steps(c, answer, steps, zones, n, o.flags);
    return N2_OK;
}

n2_err
n2_names_zone_of(const n2_value *value, n2_id *out)
{
    if (value->len != N2_ID_BYTES)
        return N2_ERR_FORMAT;
    *out = (n2_id){.method = value->bytes[0]};
    memcpy(out->hash, value->bytes + 1, sizeof out->hash);
    return n2_hash_known(out->method) ? N2_OK : N2_ERR_UNSUPPORTED;
}

n2_err
n2_names_asked(void *user, n2_conn conn, const n2_call *call, n2_asm *answer)
{
    n2_control *c = user;
    n2_id zone;

    if (call->opcode >= N2_WORD_DHT_HERE && call->opcode <= N2_WORD_DHT_KEEP)
        return n2_dhts_asked(c, conn, call, answer);
    if (!c->names)
        return N2_ERR_NOTFOUND;
    if (call->opcode == N2_WORD_NAME_ASK || call->opcode == N2_WORD_ZONE_MAP)
        return n2_zones_asked(c, call, answer);
    n2_err err = n2_names_zone_of(&call->arg[0], &zone);

    if (err)
        return err;
    return call->opcode == N2_WORD_ZONE_HEADS ? asked_heads(c, &zone, answer)
                                              : asked_name(c, conn, call, &zone, answer);
}

/* What was asked on for somebody is over: all that is known now. */
static void
answer_other(n2_control *c, name_other *o)
{
    name_other was = *o;
    n2_answer_step steps[N2_NAME_STEPS_MAX];
    n2_id zones[N2_NAME_STEPS_MAX];
    bool is_whole;
    n2_asm answer = n2_talk_values();

    *o = (name_other){0};
    size_t n = n2_resolve_known(c->names->resolver, &was.zone, was.labels, 0, steps, zones,
                                &is_whole, c->now_us, c->wall_us);

    n2_names_put_steps(c, &answer, steps, zones, n, was.flags);
    n2_talk_answer_later(&c->talk, was.conn, &answer, was.tag, n ? N2_OK : N2_ERR_NOTFOUND);
}

/* ---- the end of a look-up ---- */

static void
done(n2_control *c, n2_lookup lookup, const n2_resolved *r)
{
    for (size_t i = 0; i < N2_LOOKUPS_OTHERS_MAX; i++)
        if (c->names->others[i].lookup == lookup) {
            answer_other(c, &c->names->others[i]);
            return;
        }
    if (n2_names_checked(c, lookup, r))
        return;
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];

        if (!j || j->lookup != lookup)
            continue;
        j->lookup = 0;
        j->awaits = AWAIT_NOTHING;
        if (n2_claim_is(j->kind)) {
            n2_claim_named(c, j, r);
            return;
        }
        if (r->err) {
            n2_names_failed(c, j, r);
            return;
        }
        n2_names_keep(c, j->walk ? j->walk->address.name : j->name, r);
        if (j->kind == N2_JOB_NAME_LOOKUP)
            n2_job_done(c, j, n2_names_row(c, j->name, r));
        else
            n2_open_named(c, j, &r->who);
        return;
    }
}

void
n2_names_pump(n2_control *c)
{
    n2_id near[N2_LOOKUP_CACHES_MAX];

    if (!c->names)
        return;
    (void)look_around(c, near);
    for (;;) {
        n2_resolve_event e = n2_resolve_next(c->names->resolver);

        if (e.kind == N2_RESOLVE_NOTHING)
            return;
        if (e.kind == N2_RESOLVE_DONE) {
            done(c, e.lookup, e.resolved);
            continue;
        }
        name_send s = {.question = e.question,
                       .server = e.server,
                       .zone = e.zone,
                       .floor = e.floor,
                       .hops = e.hops,
                       .flags = e.flags};

        memcpy(s.labels, e.labels, sizeof s.labels);
        n2_names_send(c, &s);
    }
}

/* ---- jobs ---- */

n2_err
n2_names_look(n2_control *c, job *j, const char *name)
{
    n2_id near[N2_LOOKUP_CACHES_MAX];

    if (!c->names)
        return N2_ERR_NOTFOUND;
    (void)look_around(c, near);
    n2_err err = n2_resolve_begin(c->names->resolver, name, c->now_us, c->wall_us, &j->lookup);

    if (!err)
        j->awaits = AWAIT_NAME;
    return err;
}

void
n2_names_open(n2_control *c, job *j)
{
    n2_err err = n2_names_look(c, j, j->walk->address.name);

    if (err)
        n2_job_failed_words(c, j, err, n2_words_no_root_why, n2_words_no_root_next);
    else
        n2_names_pump(c);
}

static void
lookup(n2_control *c, job *j)
{
    char name[N2_NAME_BYTES_MAX + 1];
    const char *why = NULL;
    n2_id who;
    n2_err err = j->name ? n2_name_take(c, j->name, name, &why) : N2_ERR_USAGE;

    if (err && !why) {
        n2_job_failed(c, j, err);
        return;
    }
    if (err) {
        n2_job_failed_words(c, j, err, why, n2_words_name_next);
        return;
    }
    if (!n2_name_own(c, name, &who)) {
        n2_table *t = n2_job_row();

        n2_table_text(t, "name", name);
        n2_table_id(t, "identity", N2_ID_IDENTITY, &who);
        n2_table_bool(t, "own", true);
        n2_job_done(c, j, t);
        return;
    }
    free(j->name);
    j->name = strdup(name);
    if (!err)
        err = !j->name               ? N2_ERR_NOMEM
              : n2_name_is_own(name) ? N2_ERR_NOTFOUND
                                     : n2_names_look(c, j, name);
    if (err == N2_ERR_NOTFOUND && !n2_name_is_own(name))
        n2_job_failed_words(c, j, err, n2_words_no_root_why, n2_words_no_root_next);
    else if (err)
        n2_job_failed(c, j, err);
    else
        n2_names_pump(c);
}

void
n2_names_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_NAME_LOOKUP)
        lookup(c, j);
    else
        n2_roots_job(c, j);
}

void
n2_names_dropped(n2_control *c, const job *j)
{
    if (c->names && j->lookup)
        n2_resolve_cancel(c->names->resolver, j->lookup);
}

/* ---- begin, time, end ---- */

static void
seen_cb(void *user, const n2_head_seen *head)
{
    n2_control *c = user;
    n2_head_seen two[2];
    n2_err err = n2_store_seen_head_put(c->config.store, &head->zone, head->serial, head->hash,
                                        head->bytes, head->len);

    if (err)
        n2_control_log(c, "cannot note the head of a zone: %s", n2_err_text(err));
    if (n2_zone_seen_fraud(n2_resolver_seen(c->names->resolver), &head->zone, two)) {
        char zone[N2_ID_TEXT_BYTES];

        n2_id_format(zone, N2_ID_IDENTITY, &head->zone);
        n2_control_log(c, "the zone %s has signed two states of itself", zone);
        n2_control_changed(c, "names");
    }
}

static n2_err
own_cb(void *user, const n2_id *zone, const char *label, n2_slice *answer)
{
    n2_control *c = user;

    return c->names->own ? c->names->own(c->names->own_user, zone, label, answer)
                         : n2_zones_own(c, zone, label, answer);
}

static uint64_t
own_serial_cb(void *user, const n2_id *zone)
{
    n2_control *c = user;
    const kept_zone *k = c->names->own ? NULL : n2_zones_find(c, zone);

    return k ? n2_zone_head_of(k->zone)->serial : 0;
}

n2_err
n2_names_begin(n2_control *c)
{
    n2_resolver_calls calls = {.user = c,
                               .verify = n2_names_verify,
                               .own = own_cb,
                               .own_serial = own_serial_cb,
                               .servers = n2_names_servers,
                               .seen = seen_cb};

    c->names = calloc(1, sizeof *c->names);
    if (!c->names)
        return N2_ERR_NOMEM;
    n2_err err = n2_resolver_new(&c->names->resolver, &c->env, &calls);

    c->names->heads_at_us = c->now_us + N2_ZONE_HEADS_US;
    if (!err)
        err = n2_zones_begin(c);
    return err ? err : n2_names_load(c);
}

void
n2_names_clear(n2_control *c)
{
    n2_zones_clear(c);
    if (c->names)
        n2_resolver_free(c->names->resolver);
    free(c->names);
    c->names = NULL;
}

uint64_t
n2_names_deadline(const n2_control *c)
{
    uint64_t at;

    if (!c->names)
        return UINT64_MAX;
    at = n2_resolver_deadline(c->names->resolver);
    if (n2_zones_deadline(c) < at)
        at = n2_zones_deadline(c);
    if (n2_names_sends_deadline(c) < at)
        at = n2_names_sends_deadline(c);
    return at < c->names->heads_at_us ? at : c->names->heads_at_us;
}

void
n2_names_expire(n2_control *c)
{
    if (!c->names || c->now_us < n2_names_deadline(c))
        return;
    n2_names_sends_expire(c);
    n2_zones_expire(c);
    n2_resolver_expire(c->names->resolver, c->now_us, c->wall_us);
    if (c->now_us >= c->names->heads_at_us) {
        n2_id near[N2_LOOKUP_CACHES_MAX];

        ask_heads(c);
        n2_names_check_own(c, near, look_around(c, near));
    }
    n2_names_pump(c);
}

void
n2_names_uses(const n2_control *c, n2_uses *uses)
{
    if (!c->names)
        return;
    n2_resolver_uses(c->names->resolver, uses);
    n2_zones_uses(c, uses);
    n2_uses_add(uses, "lookups_per_other", N2_USE_NONE, N2_LOOKUPS_PER_OTHER_MAX,
                c->names->n_per_refused);
}
