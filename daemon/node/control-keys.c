/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-keys.c - what the control plane asks of the keys process, and what it makes of it.
 *
 *     LIST 0, 1, ... --no more--> (none at all: NEW) --> NODE_KEY --> ready
 *     NODE_KEY is asked for once for each suite that we offer, and again before the keys end;
 *     each other identity signs the same keys.
 *     A request that fails for a reason of the process itself is made again after
 *     N2_KEYS_AGAIN_US; those under way are made again when the process was restarted.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/container.h"
#include "keys/ask.h"
#include "node/control-private.h"
#include "node/control-statement.h"

void
n2_keys_clear(n2_control *c)
{
    for (size_t i = 0; i < c->n_requests; i++) {
        if (c->requests[i].has_pipe && c->requests[i].pipe >= 0)
            close(c->requests[i].pipe);
        free(c->requests[i].bytes);
    }
    free(c->requests);
}

n2_err
n2_keys_ask(n2_control *c, const n2_keys_request *request, key_request *extra)
{
    uint8_t buf[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_request numbered = *request;

    if (c->n_requests >= N2_KEY_REQUESTS_MAX) {
        c->met.key_requests++;
        return N2_ERR_LIMIT;
    }
    if (c->n_requests == c->requests_room) {
        size_t room = c->requests_room ? c->requests_room * 2 : 16;
        key_request *grown = realloc(c->requests, room * sizeof *grown);

        if (!grown)
            return N2_ERR_NOMEM;
        c->requests = grown;
        c->requests_room = room;
    }
    extra->id = numbered.id = ++c->last_request;
    extra->kind = request->kind;
    extra->is_sent = false;
    n2_err err = n2_keys_request_write(&numbered, buf, sizeof buf, &extra->len);

    if (err)
        return err;
    extra->bytes = malloc(extra->len);
    if (!extra->bytes)
        return N2_ERR_NOMEM;
    memcpy(extra->bytes, buf, extra->len);
    c->requests[c->n_requests++] = *extra;
    return N2_OK;
}

static void
again_later(n2_control *c)
{
    c->keys_at_us = c->now_us + N2_KEYS_AGAIN_US;
}

static void
ask_list(n2_control *c, uint16_t index)
{
    key_request extra = {.index = index};

    if (n2_keys_ask(c, &(n2_keys_request){.kind = N2_KEYS_LIST, .index = index}, &extra))
        again_later(c);
}

static void
ask_node_key(n2_control *c, uint8_t suite, bool fresh)
{
    n2_keys_request request = {.kind = N2_KEYS_NODE_KEY,
                               .who = c->owns[0].who,
                               .suite = suite,
                               .fresh = fresh,
                               .offers = c->offers};
    key_request extra = {.suite = suite};

    if (n2_keys_ask(c, &request, &extra))
        again_later(c);
}

/* The first of the suites offered, from @suite on; 0: none left. */
static uint8_t
offered_from(const n2_control *c, uint8_t suite)
{
    while (suite <= N2_SUITE_2 && !(c->offers & 1 << (suite - 1)))
        suite++;
    return suite <= N2_SUITE_2 ? suite : 0;
}

static void
ask_first(n2_control *c)
{
    n2_keys_request request = {.kind = N2_KEYS_NEW, .label = "default"};
    key_request extra = {0};

    if (n2_keys_ask(c, &request, &extra))
        again_later(c);
}

void
n2_keys_begin(n2_control *c)
{
    c->keys_at_us = UINT64_MAX;
    if (!c->are_owns_known)
        ask_list(c, 0);
    else if (!c->n_owns)
        ask_first(c);
    else
        ask_node_key(c, offered_from(c, N2_SUITE_1), c->renew);
}

const own_identity *
n2_keys_own(const n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < c->n_owns; i++)
        if (n2_id_equal(&c->owns[i].who, who))
            return &c->owns[i];
    return NULL;
}

/* ---- identities ---- */

/* Another identity of ours signs a node key too, so that it can be reached here. */
static void
ask_signature(n2_control *c, const n2_id *who, uint8_t suite)
{
    uint8_t buf[N2_STATEMENT_BYTES_SMALL];
    key_request extra = {.who = *who, .suite = suite};
    n2_box body;

    if (n2_node_key_body(buf, sizeof buf, who, &c->keys[suite - 1].record, &body) ||
        n2_keys_ask(c,
                    &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                       .who = *who,
                                       .body = {.bytes = body.bytes, .len = body.len}},
                    &extra))
        again_later(c);
}

static void
ask_signatures(n2_control *c, const n2_id *who)
{
    for (uint8_t suite = offered_from(c, N2_SUITE_1); suite;
         suite = offered_from(c, (uint8_t)(suite + 1)))
        ask_signature(c, who, suite);
}

/* The statements, so that `identity` can answer; then the identity itself. */
const own_identity *
n2_keys_take_identity(n2_control *c, const n2_keys_answer *a)
{
    const own_identity *known = n2_keys_own(c, &a->who);
    n2_err err = N2_OK;

    if (known)
        return known;
    if (c->n_owns == N2_SERVE_IDENTITIES_MAX)
        return NULL;
    n2_identity_set *set;

    err = n2_store_identity(c->config.store, &a->who, NULL, &set);
    for (size_t i = 0; i < a->n_statements && !err; i++)
        err = n2_identity_take(set, a->statements[i].bytes, a->statements[i].len, c->wall_us,
                               NULL, NULL);
    if (!err)
        err = n2_store_identity_keep(c->config.store, set);
    n2_identity_set_free(set);
    if (err) {
        n2_control_log(c, "cannot keep an own identity: %s", n2_err_text(err));
        return NULL;
    }
    own_identity *own = &c->owns[c->n_owns++];

    own->who = a->who;
    memcpy(own->label, a->label, sizeof own->label);
    n2_control_changed(c, "identities");
    n2_identity_changed(c, &own->who);
    if (c->has_node_key)
        ask_signatures(c, &own->who);
    return own;
}

static void
listed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    if (a->err == N2_ERR_NOTFOUND) {
        c->are_owns_known = true;
        n2_keys_begin(c);
    } else if (a->err == N2_ERR_STATE && c->is_locked) {
        c->keys_at_us = UINT64_MAX; /* until somebody unlocks them */
    } else if (a->err) {
        n2_control_log(c, "the keys process cannot list identities: %s", n2_err_text(a->err));
        again_later(c);
    } else if (n2_keys_take_identity(c, a)) {
        ask_list(c, (uint16_t)(r->index + 1));
    } else {
        c->are_owns_known = true; /* as many as this node serves */
        n2_keys_begin(c);
    }
}

static void
made(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    job *j = n2_job_find(c, r->job);
    const own_identity *own = a->err ? NULL : n2_keys_take_identity(c, a);
    n2_err err = a->err ? a->err : own ? N2_OK : N2_ERR_LIMIT;

    if (j && a->err)
        (void)n2_keys_refused(c, j, a);
    else if (j && err)
        n2_job_failed(c, j, err);
    else if (j)
        n2_identity_made(c, j, own);
    if (err && !r->job) {
        n2_control_log(c, "cannot make an identity: %s", n2_err_text(err));
        again_later(c);
    } else if (!err && !c->has_node_key) {
        n2_keys_begin(c);
    }
}

/* ---- node key ---- */

static void
record(n2_control *c, uint8_t suite)
{
    const own_key *k = &c->keys[suite - 1];
    int64_t left_us = (int64_t)k->record.until_s * 1000000 - c->wall_us;
    size_t len = n2_node_key_answer_len(&k->record);
    n2_op op = {.kind = N2_OP_KEY_RECORD,
                .suite = suite,
                .key_id = k->id,
                .until_us = c->now_us + (uint64_t)(left_us > 0 ? left_us : 0),
                .bytes = malloc(len),
                .len = len};

    if (!op.bytes)
        return;
    memcpy(op.bytes, k->answer, len);
    memcpy(op.key, k->record.key, sizeof k->record.key);
    n2_op_queue_push(&c->ops, &op);
}

void
n2_keys_record(n2_control *c)
{
    for (uint8_t suite = offered_from(c, N2_SUITE_1); suite;
         suite = offered_from(c, (uint8_t)(suite + 1)))
        record(c, suite);
}

n2_err
n2_keys_identity(n2_control *c, const n2_id *who, n2_identity *out)
{
    n2_identity_set *set;
    n2_err err = n2_store_identity(c->config.store, who, NULL, &set);

    if (!err)
        err = n2_identity_look(set, c->wall_us, out);
    n2_identity_set_free(set);
    return err;
}

/* The device key that signed the node key: its hint says which. */
static const n2_key *
device_of(const n2_identity *identity, const n2_node_key *k)
{
    uint8_t hash[N2_HASH_BYTES];

    for (size_t i = 0; i < identity->n_keys; i++) {
        const n2_key *key = &identity->keys[i].key;

        n2_sha256_of(key->bytes, n2_key_bytes(key->method), hash);
        if (!memcmp(hash, k->hint, sizeof k->hint))
            return key;
    }
    return NULL;
}

/* Serves a node key of the default identity as the whole statement. */
static n2_err
serve_own(n2_control *c, const n2_node_key *k)
{
    uint8_t buf[N2_STATEMENT_BYTES_SMALL];
    const n2_id *who = &c->owns[0].who;
    n2_identity identity;
    n2_box box;
    n2_err err = n2_keys_identity(c, who, &identity);
    const n2_key *device = err ? NULL : device_of(&identity, k);

    if (!err && !device)
        err = N2_ERR_FORGED;
    if (!err)
        err = n2_node_key_statement(buf, sizeof buf, k, who, device, &box);
    if (!err)
        err = n2_serve_set_node_key(c->serve, who, n2_node_key_suite(k), box.bytes, box.len);
    return err;
}

static void
ready(n2_control *c)
{
    char text[N2_ID_TEXT_BYTES];

    if (c->is_ready)
        return;
    c->is_ready = true; /* from now on the local network is told, too */
    n2_id_format(text, N2_ID_IDENTITY, &c->owns[0].who);
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_READY, .text = strdup(text)});
    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->awaits == AWAIT_READY)
            n2_job_done(c, c->jobs[i], NULL);
}

/* All of them are there: when they are renewed, and who else signs them. */
static void
node_keys_there(n2_control *c)
{
    const n2_node_key *k = &c->keys[offered_from(c, N2_SUITE_1) - 1].record;
    int64_t left_us =
        (int64_t)k->until_s * 1000000 - c->wall_us - (int64_t)N2_NODE_KEY_RENEW_US;

    c->has_node_key = true;
    c->renew = true;
    c->keys_at_us =
        c->now_us + (left_us > (int64_t)N2_HOUR_US ? (uint64_t)left_us : N2_HOUR_US);
    n2_keys_record(c);
    for (size_t i = 1; i < c->n_owns; i++)
        ask_signatures(c, &c->owns[i].who);
    ready(c);
}

static void
node_key_came(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_node_key k;
    n2_err err = a->err;

    if (!err)
        err = n2_node_key_read(&k, a->answer, a->answer_len);
    if (!err && n2_node_key_suite(&k) != r->suite)
        err = N2_ERR_FORMAT;
    if (!err) {
        own_key *own = &c->keys[r->suite - 1];
        own->record = k;
        own->id = a->key_id;
        memcpy(own->answer, a->answer, a->answer_len);
        err = serve_own(c, &k);
    }
    uint8_t next = offered_from(c, (uint8_t)(r->suite + 1));

    if (err == N2_ERR_STATE && c->is_locked) {
        c->keys_at_us = UINT64_MAX; /* until somebody unlocks them */
    } else if (err) {
        n2_control_log(c, "cannot get a node key: %s", n2_err_text(err));
        again_later(c);
    } else if (next) {
        ask_node_key(c, next, false);
    } else {
        node_keys_there(c);
    }
}

static void
node_key_signed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_err err = a->err;

    if (!err)
        err = n2_serve_set_node_key(c->serve, &r->who, r->suite, a->statement.bytes,
                                    a->statement.len);
    if (err)
        n2_control_log(c, "an identity cannot sign the node key: %s", n2_err_text(err));
}

/* ---- in and out ---- */

bool
n2_control_next_key_order(n2_control *control, uint8_t **out, size_t *out_len, int *pipe)
{
    *pipe = -1;
    for (size_t i = 0; i < control->n_requests; i++) {
        key_request *r = &control->requests[i];

        if (r->is_sent)
            continue;
        *out = malloc(r->len);
        if (!*out)
            return false;
        memcpy(*out, r->bytes, r->len);
        *out_len = r->len;
        r->is_sent = true;
        if (r->has_pipe)
            *pipe = r->pipe;
        r->pipe = -1;
        return true;
    }
    return false;
}

bool
n2_control_next_key_request(n2_control *control, uint8_t **out, size_t *out_len)
{
    int pipe;
    bool is_there = n2_control_next_key_order(control, out, out_len, &pipe);

    if (pipe >= 0)
        close(pipe);
    return is_there;
}

static void
answered(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    job *j = n2_job_find(c, r->job);

    n2_ask_over(c, 0, r->id);
    if (r->then && j) {
        r->then(c, j, a);
        return;
    }
    if (n2_routes_signed(c, r, a) || n2_dhts_signed(c, r, a) || n2_vault_said(c, r, a))
        return;
    switch ((int)r->kind) {
    case N2_KEYS_NEW:
        made(c, r, a);
        break;
    case N2_KEYS_LIST:
        listed(c, r, a);
        break;
    case N2_KEYS_NODE_KEY:
        node_key_came(c, r, a);
        break;
    case N2_KEYS_ES:
        n2_keys_es_came(c, r, a);
        break;
    case N2_KEYS_SIGN:
        if (r->signed_then)
            r->signed_then(c, r, a);
        else if (!r->job && !r->suite)
            n2_confirm_signed(c, r, a);
        else if (!r->job)
            node_key_signed(c, r, a);
        else if (j)
            n2_control_publish_signed(c, j, a);
        break;
    case N2_KEYS_ACCOUNT:
        n2_site_account(c, r, a);
        break;
    case N2_KEYS_PROVE:
        n2_show_proof(c, r, a);
        break;
    default: /* given up, or of no job */
        n2_sign_answered(c, r, a);
        break;
    }
}

/* What was not asked for: a session is over, or a token or the file waits for a person. */
static void
said(n2_control *c, const uint8_t *bytes, size_t len)
{
    n2_keys_said s;

    if (n2_keys_said_read(&s, bytes, len))
        n2_control_log(c, "the keys process said something that nobody understands");
    else if (s.kind == N2_KEYS_OVER)
        n2_identity_over(c, &s.who);
    else if (s.kind == N2_KEYS_TOKEN)
        n2_token_said(c, &s.token);
    else
        n2_ask_said(c, &s);
}

void
n2_keys_unlock_done(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (n2_keys_refused(c, j, a))
        return;
    n2_keys_unlocked(c);
    if (c->is_ready)
        n2_job_done(c, j, NULL);
    else
        j->awaits = AWAIT_READY;
}

void
n2_keys_unlocked(n2_control *c)
{
    c->is_locked = false;
    n2_ask_unlocked(c);
    if (c->is_ready)
        ask_node_key(c, offered_from(c, N2_SUITE_1), false); /* that for hellos may be new */
    else
        n2_keys_begin(c);
}

void
n2_control_key_answer(
    n2_control *control, const uint8_t *bytes, size_t len, uint64_t now_us, int64_t wall_us)
{
    n2_control *c = control;
    n2_keys_answer answer;

    c->now_us = now_us;
    c->wall_us = wall_us;
    n2_fetch_clock(c->fetch, wall_us);
    if (n2_keys_is_said(bytes, len)) {
        said(c, bytes, len);
        return;
    }
    if (n2_keys_answer_read(&answer, bytes, len)) {
        n2_control_log(c, "the keys process sent something that is no answer");
        return;
    }
    for (size_t i = 0; i < c->n_requests; i++) {
        key_request r = c->requests[i];

        if (r.id != answer.id || r.kind != answer.kind || !r.is_sent)
            continue;
        memmove(&c->requests[i], &c->requests[i + 1],
                (--c->n_requests - i) * sizeof *c->requests);
        answered(c, &r, &answer);
        free(r.bytes);
        break;
    }
    sodium_memzero(&answer.es, sizeof answer.es);
    n2_control_drain_fetch(c);
}

/* All is asked again, but for what came with a pipe: that was read already, or is lost. */
static void
again(n2_control *c)
{
    for (size_t i = 0; i < c->n_requests;) {
        key_request r = c->requests[i];

        if (!r.is_sent || !(r.has_pipe || r.kind == N2_KEYS_TELL)) {
            c->requests[i++].is_sent = false;
            continue;
        }
        memmove(&c->requests[i], &c->requests[i + 1],
                (--c->n_requests - i) * sizeof *c->requests);
        answered(c, &r, &(n2_keys_answer){.id = r.id, .kind = r.kind, .err = N2_ERR_CLOSED});
        free(r.bytes);
        i = 0; /* others may have gone with it */
    }
    for (size_t i = 0; i < c->n_requests; i++)
        n2_ask_over(c, 0, c->requests[i].id); /* it is asked anew */
}

void
n2_control_keys_restarted(n2_control *control, uint64_t now_us, int64_t wall_us)
{
    n2_control *c = control;

    c->now_us = now_us;
    c->wall_us = wall_us;
    n2_control_log(c, "the keys process was started anew");
    again(c);
    n2_settings_tell(c);
    /* The key that hellos are made with may be gone with it. */
    if (c->has_node_key)
        ask_node_key(c, offered_from(c, N2_SUITE_1), false);
}

/* The timer is the machine's, the key's times are the world's, whose clock may be put right or
 * wrong: a key that others would not take now is made anew. */
void
n2_keys_clock(n2_control *c)
{
    if (c->has_node_key && c->keys_at_us > c->now_us + N2_KEYS_AGAIN_US &&
        c->now_us >= c->clock_at_us &&
        n2_node_key_fresh(&c->keys[offered_from(c, N2_SUITE_1) - 1].record, c->wall_us)) {
        c->keys_at_us = c->now_us;
        c->clock_at_us = c->now_us + N2_KEYS_CLOCK_US; /* if that doesn't help, not for ever */
    }
}

void
n2_keys_expire(n2_control *c)
{
    if (c->keys_at_us <= c->now_us)
        n2_keys_begin(c);
}
