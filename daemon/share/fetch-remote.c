/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-remote.c - a connection to one identity: way, key, hello, proof, and again if it
 * breaks.
 *
 *     IDLE --wanted--> WAY --way--> KEY --answer--> CONNECTED --connected--> IDENTITY
 * --proof--> OPEN |  `--way, key is kept--------^   `--connected, proven before---------->^
 *                       `--no way--> IDLE, its transfers fail
 *     KEY --answer that names a stronger suite--> KEY, for that one
 *     KEY, CONNECTED, IDENTITY, OPEN --closed or silent--> PAUSE --time--> WAY
 *     the same, N2_FETCH_TRIES_MAX times or N2_FETCH_TROUBLE_US in vain --> IDLE, its transfers
 * fail OPEN --nothing wanted for N2_FETCH_IDLE_US--> IDLE
 */
#include "share/fetch-private.h"

#include <string.h>

#include "keys/request.h"

static const uint64_t patience_us[REMOTE_STATES] = {
    [REMOTE_WAY] = N2_FETCH_WAY_US,         [REMOTE_KEY] = N2_FETCH_SETUP_US,
    [REMOTE_CONNECTED] = N2_FETCH_SETUP_US, [REMOTE_IDENTITY] = N2_FETCH_SILENCE_US,
    [REMOTE_PAUSE] = N2_FETCH_AGAIN_US,
};

static uint64_t
attempt_tag(n2_fetch *f, remote *r)
{
    r->attempt = ++f->serial;
    return (uint64_t)r->attempt << 32 | (uint64_t)(r - f->remotes + 1);
}

/* The remote whose attempt @tag is; NULL: given up meanwhile. */
static remote *
remote_of_tag(n2_fetch *f, uint64_t tag)
{
    uint64_t at = tag & UINT32_MAX;

    if (!at || at > N2_FETCH_REMOTES_MAX || f->remotes[at - 1].attempt != tag >> 32)
        return NULL;
    return &f->remotes[at - 1];
}

static remote *
remote_of_conn(n2_fetch *f, n2_conn conn)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        if (conn && f->remotes[i].conn == conn)
            return &f->remotes[i];
    return NULL;
}

static void
connect_to(n2_fetch *f, remote *r)
{
    n2_op op = {.kind = N2_OP_CONNECT,
                .tag = attempt_tag(f, r),
                .path = r->path,
                .last = r->last,
                .suite = n2_node_key_suite(&r->key),
                .key_id = n2_key_id_of(r->key.key)};

    memcpy(op.key, r->key.key, sizeof r->key.key);
    n2_sha256_of(r->answer, n2_node_key_answer_len(&r->key), op.record);
    n2_op_queue_push(f->config.ops, &op);
}

static void
ask_identity(n2_fetch *f, remote *r, uint64_t now_us)
{
    uint8_t id[N2_ID_BYTES];
    n2_asm block;

    if (!n2_fetch_ask(f, r, ASK_IDENTITY, 0, 0, &block, now_us))
        return; /* the time-out of the state follows */
    id[0] = r->who.method;
    memcpy(id + 1, r->who.hash, sizeof r->who.hash);
    n2_asm_bytes(&block, id, sizeof id);
    n2_asm_word(&block, N2_WORD_IDENTITY);
    n2_fetch_say(f, r, &block);
}

void
n2_remote_enter(n2_fetch *f, remote *r, remote_state state, uint64_t now_us)
{
    r->state = state;
    r->is_slow = false;
    r->deadline_us = patience_us[state] ? now_us + patience_us[state] : UINT64_MAX;
    switch (state) {
    case REMOTE_WAY:
        n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_NEED_WAY, .who = r->who});
        break;
    case REMOTE_KEY:
        r->key_suite = n2_remote_suite_to_ask(f, r);
        n2_op_queue_push(f->config.ops, &(n2_op){.kind = N2_OP_KEY_QUERY,
                                                 .tag = attempt_tag(f, r),
                                                 .path = r->path,
                                                 .suite = r->key_suite});
        r->ask_suite = 0; /* the next try begins anew */
        break;
    case REMOTE_CONNECTED:
        connect_to(f, r);
        break;
    case REMOTE_IDENTITY:
        ask_identity(f, r, now_us);
        break;
    case REMOTE_OPEN:
        r->heard_us = now_us;
        r->used_us = now_us;
        r->is_called = false;
        n2_show_offer(f, r);
        break;
    case REMOTE_FREE:
    case REMOTE_IDLE:
    case REMOTE_PAUSE:
    case REMOTE_STATES:
        break;
    }
}

static bool
is_wanted(const n2_fetch *f, const remote *r)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        if (f->transfers[i].id && n2_crew_has(&f->transfers[i], r))
            return true;
    return r->is_greeted || r->is_called;
}

void
n2_fetch_greet(n2_fetch *fetch, const n2_id *who, uint64_t now_us)
{
    remote *r = n2_remote_for(fetch, who, now_us);

    if (!r || r->state != REMOTE_IDLE || r->refused_until_us > now_us)
        return;
    if (r->has_key && r->is_proven && !n2_node_key_fresh(&r->key, fetch->wall_us))
        return;
    r->is_greeted = true;
    n2_remote_want(fetch, r, now_us);
}

void
n2_fetch_open(n2_fetch *fetch, const n2_id *who, uint64_t now_us)
{
    remote *r = n2_remote_for(fetch, who, now_us);

    if (!r || r->state == REMOTE_OPEN || r->refused_until_us > now_us)
        return;
    r->is_called = true;
    if (r->state == REMOTE_IDLE)
        n2_remote_want(fetch, r, now_us);
}

bool
n2_fetch_is_known(const n2_fetch *fetch, const n2_id *who)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        const remote *r = &fetch->remotes[i];

        if (r->state != REMOTE_FREE && n2_id_equal(&r->who, who))
            return r->has_key && r->is_proven;
    }
    return false;
}

remote *
n2_remote_for(n2_fetch *f, const n2_id *who, uint64_t now_us)
{
    remote *place = NULL;

    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &f->remotes[i];

        if (r->state != REMOTE_FREE && n2_id_equal(&r->who, who))
            return r;
        /* One that refuses wrong bytes is remembered as long as its hour lasts. */
        if (r->state == REMOTE_FREE ||
            (r->state == REMOTE_IDLE && !is_wanted(f, r) && r->refused_until_us <= now_us))
            if (!place || (place->state != REMOTE_FREE && r->state == REMOTE_FREE))
                place = r;
    }
    if (!place) {
        f->counts.n_remotes_refused++;
        return NULL;
    }
    *place = (remote){.who = *who};
    n2_remote_recall_floor(f, place);
    n2_remote_enter(f, place, REMOTE_IDLE, now_us);
    return place;
}

void
n2_remote_want(n2_fetch *f, remote *r, uint64_t now_us)
{
    if (r->state == REMOTE_IDLE) {
        r->n_tries = 0;
        /* One that came in clear and opened nothing may have been somebody's on the way. */
        r->has_key = r->has_key && r->is_proven;
        r->key_is_kept =
            r->has_key; /* since an earlier connection; the holder may have another */
        n2_remote_enter(f, r, REMOTE_WAY, now_us);
    }
}

void
n2_remote_served(remote *r)
{
    r->n_tries = 0;
}

/* Lets go of connection, questions and stretches; the transfers stay. */
static void
disconnect(n2_fetch *f, remote *r, bool is_closed)
{
    n2_fetch_forget(f, r, 0);
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        if (f->transfers[i].id && n2_crew_has(&f->transfers[i], r)) {
            if (f->transfers[i].remote == r)
                f->transfers[i].is_asked = f->transfers[i].is_follow_asked = false;
            n2_content_give_up(f, &f->transfers[i], r);
        }
    if (r->conn && !is_closed)
        n2_op_queue_push(f->config.ops, &(n2_op){.kind = N2_OP_CLOSE, .conn = r->conn});
    if (r->conn)
        n2_talk_close(f->config.talk, r->conn);
    r->conn = 0;
    r->is_proving = false;
    r->attempt = 0;
}

static void
fail_transfers(n2_fetch *f, remote *r, n2_err err, uint64_t now_us)
{
    r->is_greeted = r->is_called = false;
    n2_remote_enter(f, r, REMOTE_IDLE, now_us);
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        if (f->transfers[i].id && n2_crew_has(&f->transfers[i], r))
            n2_crew_fail(f, &f->transfers[i], r, err, now_us);
}

static void
try_again(n2_fetch *f, remote *r, n2_err err, uint64_t now_us)
{
    bool was_up = r->state == REMOTE_IDENTITY || r->state == REMOTE_OPEN;

    r->is_greeted = false; /* a visit will try again */

    /* A kept key that no longer works costs no try: it is asked for anew. */
    if (r->state == REMOTE_CONNECTED && r->key_is_kept)
        n2_remote_forget_key(f, r);
    else if (!r->n_tries++)
        r->trouble_us = now_us;
    if (was_up)
        f->counts.n_lost++;
    if (!is_wanted(f, r)) {
        n2_remote_enter(f, r, REMOTE_IDLE, now_us);
        return;
    }
    if (r->n_tries >= N2_FETCH_TRIES_MAX ||
        (r->n_tries > 1 && now_us - r->trouble_us >= N2_FETCH_TROUBLE_US)) {
        fail_transfers(f, r, err, now_us);
        return;
    }
    n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_LOST, .who = r->who, .err = err});
    n2_remote_enter(f, r, REMOTE_PAUSE, now_us);
}

void
n2_remote_lose(n2_fetch *f, remote *r, n2_err err, uint64_t now_us)
{
    disconnect(f, r, false);
    try_again(f, r, err, now_us);
}

void
n2_remote_refuse(n2_fetch *f, remote *r, uint64_t now_us)
{
    f->counts.n_forged++;
    r->refused_until_us = now_us + N2_FETCH_REFUSED_US;
    n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_LIED, .who = r->who});
    disconnect(f, r, false);
    fail_transfers(f, r, N2_ERR_FORGED, now_us);
}

/* ---- events ---- */

static void
key_answered(n2_fetch *f, remote *r, const n2_event *event, uint64_t now_us)
{
    n2_err err = event->err;

    if (!err)
        err = n2_node_key_read(&r->key, event->bytes, event->len);
    if (!err && r->key_suite && n2_node_key_suite(&r->key) != r->key_suite)
        err = N2_ERR_FORGED; /* or it would be asked for again and again */
    if (!err)
        err = n2_remote_judge_key(f, r);
    if (err) {
        try_again(f, r, err, now_us);
        return;
    }
    uint8_t best = n2_remote_best_suite(f, r->key.suites);

    if (best > n2_node_key_suite(&r->key)) {
        /* It names a stronger one that we know: that key, or none. */
        r->ask_suite = best;
        n2_remote_enter(f, r, REMOTE_KEY, now_us);
        return;
    }
    memcpy(r->answer, event->bytes, event->len);
    r->has_key = true;
    r->key_is_kept = false;
    r->is_proven = false;
    n2_remote_served(r); /* somebody is there; the key is asked for once, so this ends */
    n2_remote_enter(f, r, REMOTE_CONNECTED, now_us);
}

static bool
is_old_proof(const remote *r, uint64_t now_us)
{
    return !r->proven_us || now_us - r->proven_us >= N2_FETCH_PROVEN_US;
}

void
n2_remote_prove_again(n2_fetch *f, remote *r, uint64_t now_us)
{
    if (r->state != REMOTE_OPEN || r->is_proving || !is_old_proof(r, now_us))
        return;
    r->is_proving = true;
    ask_identity(f, r, now_us);
}

void
n2_fetch_doubt(n2_fetch *fetch, const n2_id *who)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        if (n2_id_equal(&fetch->remotes[i].who, who))
            fetch->remotes[i].proven_us = 0;
}

static void
connected(n2_fetch *f, remote *r, const n2_event *event, uint64_t now_us)
{
    if (n2_talk_open(f->config.talk, event->conn, N2_MAY_COMPUTE | N2_MAY_ANSWER, now_us)) {
        n2_op_queue_push(f->config.ops, &(n2_op){.kind = N2_OP_CLOSE, .conn = event->conn});
        try_again(f, r, N2_ERR_NOMEM, now_us);
        return;
    }
    r->conn = event->conn;
    r->suite = event->suite;
    memcpy(r->hash, event->hash, sizeof r->hash);
    r->is_shown = r->is_logged_in = false;
    r->shown_as = (n2_id){0};
    r->showing_us = 0;
    r->rtt_us = event->rtt_us;
    r->heard_us = now_us;
    /* A key of it may have been removed since it was proven. */
    r->is_proven = r->is_proven && !is_old_proof(r, now_us);
    n2_remote_enter(f, r, r->is_proven ? REMOTE_OPEN : REMOTE_IDENTITY, now_us);
}

bool
n2_remote_event(n2_fetch *f, const n2_event *event, uint64_t now_us)
{
    remote *r = event->tag ? remote_of_tag(f, event->tag) : NULL;

    if (event->kind == N2_EVENT_KEY_ANSWER) {
        if (r && r->state == REMOTE_KEY)
            key_answered(f, r, event, now_us);
        return true;
    }
    if (event->kind == N2_EVENT_CONNECTED && event->tag) {
        if (r && r->state == REMOTE_CONNECTED)
            connected(f, r, event, now_us);
        else
            n2_op_queue_push(f->config.ops, &(n2_op){.kind = N2_OP_CLOSE, .conn = event->conn});
        return true;
    }
    if (event->kind == N2_EVENT_COMMAND) {
        r = remote_of_conn(f, event->conn);
        if (r) {
            r->heard_us = now_us;
            r->is_probed = false;
        }
        return r;
    }
    if (event->kind != N2_EVENT_CLOSED)
        return false;
    if (event->tag) {
        if (r && r->state == REMOTE_CONNECTED)
            try_again(f, r, event->err ? event->err : N2_ERR_CLOSED, now_us);
        return true;
    }
    r = remote_of_conn(f, event->conn);
    if (!r)
        return false;
    if (r->state == REMOTE_OPEN && !r->n_waiting) {
        /* Nothing was asked (readers pause): no failure, and made again when it is wanted. */
        disconnect(f, r, true);
        n2_remote_enter(f, r, REMOTE_IDLE, now_us);
        return true;
    }
    disconnect(f, r, true);
    try_again(f, r, event->err ? event->err : N2_ERR_CLOSED, now_us);
    return true;
}

/* ---- proof ---- */

void
n2_remote_identity_answer(n2_fetch *f, remote *r, const n2_call *call, uint64_t now_us)
{
    bool is_again = r->state == REMOTE_OPEN && r->is_proving;
    n2_err err = call->err;

    if (r->state != REMOTE_IDENTITY && !is_again)
        return;
    r->is_proving = false;
    if (err == N2_ERR_BUDGET || err == N2_ERR_LIMIT) {
        if (!is_again) /* else with the next head */
            n2_remote_lose(f, r, err, now_us);
        return;
    }
    if (err) {
        /* It is there, but it isn't who we asked for: any more, or at all. */
        bool was_kept = r->key_is_kept;

        if (err == N2_ERR_NOTFOUND)
            err = N2_ERR_NOWAY; /* the way leads to another; no file is missing */
        n2_remote_forget_key(f, r);
        disconnect(f, r, false);
        if (was_kept)
            try_again(f, r, err, now_us);
        else
            fail_transfers(f, r, err, now_us);
        return;
    }
    err = n2_remote_check_chain(f, r, call->values, call->n_values);
    if (err == N2_ERR_STATE) {
        n2_remote_forget_key(f, r);
        n2_remote_lose(f, r, N2_ERR_FORGED, now_us);
        return;
    }
    if (err == N2_ERR_FROZEN || err == N2_ERR_ENDED) {
        /* It does not lie; nobody there may speak for it any more. */
        n2_remote_forget_key(f, r);
        disconnect(f, r, false);
        fail_transfers(f, r, err, now_us);
        return;
    }
    if (err) {
        n2_remote_forget_key(f, r);
        n2_remote_refuse(f, r, now_us);
        return;
    }
    r->is_proven = true;
    r->proven_us = now_us ? now_us : 1;
    if (is_again)
        return;
    r->cant_follow = r->cant_walk = false; /* another program may run there now */
    n2_remote_served(r);
    n2_remote_keep(f, r);
    r->is_greeted = false;
    if (is_wanted(f, r)) {
        n2_remote_enter(f, r, REMOTE_OPEN, now_us);
    } else {
        /* Known now, and nothing else was wished. */
        disconnect(f, r, false);
        n2_remote_enter(f, r, REMOTE_IDLE, now_us);
    }
}

/* ---- way and time ---- */

void
n2_fetch_way(n2_fetch *fetch,
             const n2_id *who,
             n2_err err,
             uint64_t path,
             uint64_t last,
             uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];

        if (r->state != REMOTE_WAY || !n2_id_equal(&r->who, who))
            continue;
        if (!err) {
            r->path = path;
            r->last = last;
            r->label_bits = 0;
            n2_remote_recall_key(fetch, r);
            n2_remote_enter(fetch, r, r->has_key ? REMOTE_CONNECTED : REMOTE_KEY, now_us);
        } else if (err != N2_ERR_BUSY) {
            fail_transfers(fetch, r, err, now_us);
        }
    }
    n2_fetch_pump(fetch, now_us);
}

static bool
is_connecting(const remote *r)
{
    return r->state == REMOTE_KEY || r->state == REMOTE_CONNECTED;
}

void
n2_fetch_gone(n2_fetch *fetch, const n2_id *who, uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];

        if (!n2_id_equal(&r->who, who) || (!is_connecting(r) && r->state != REMOTE_PAUSE))
            continue;
        disconnect(fetch, r, false);
        fail_transfers(fetch, r, N2_ERR_TIMEOUT, now_us);
    }
    n2_fetch_pump(fetch, now_us);
}

uint64_t
n2_remote_deadline(const remote *r)
{
    if (r->state == REMOTE_FREE)
        return UINT64_MAX;
    if (is_connecting(r) && !r->is_slow)
        return r->deadline_us - N2_FETCH_SETUP_US + N2_FETCH_SLOW_US;
    if (r->state != REMOTE_OPEN)
        return r->deadline_us;
    if (!r->n_waiting)
        return r->used_us + N2_FETCH_IDLE_US;

    uint64_t silence_us =
        r->heard_us + (r->is_probed ? N2_FETCH_SILENCE_US : N2_FETCH_PROBE_US);
    uint64_t stall_us = r->stalled_us + N2_FETCH_STALL_US;

    return silence_us < stall_us ? silence_us : stall_us;
}

/* OPEN, and something was awaited too long.  One that writes is quiet until a stretch is whole,
 * so it is asked before it is given up; one that answers and doesn't write is given up too. */
static void
expire_open(n2_fetch *f, remote *r, uint64_t now_us)
{
    if (r->n_waiting && !r->is_probed && now_us < r->stalled_us + N2_FETCH_STALL_US) {
        r->is_probed = true;
        n2_content_probe(f, r, now_us);
    } else if (r->n_waiting) {
        n2_remote_lose(f, r, N2_ERR_TIMEOUT, now_us);
    } else if (is_wanted(f, r)) {
        r->used_us = now_us; /* its transfers wait for their readers */
    } else {
        disconnect(f, r, false);
        n2_remote_enter(f, r, REMOTE_IDLE, now_us);
    }
}

void
n2_remote_expire(n2_fetch *f, remote *r, uint64_t now_us)
{
    if (n2_remote_deadline(r) > now_us)
        return;
    switch (r->state) {
    case REMOTE_WAY:
        fail_transfers(f, r, N2_ERR_UNREACHABLE, now_us);
        break;
    case REMOTE_KEY:
    case REMOTE_CONNECTED:
        if (!r->is_slow) {
            r->is_slow = true;
            n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_SLOW, .who = r->who});
            break;
        }
        n2_remote_lose(f, r, N2_ERR_TIMEOUT, now_us);
        break;
    case REMOTE_IDENTITY:
        n2_remote_lose(f, r, N2_ERR_TIMEOUT, now_us);
        break;
    case REMOTE_OPEN:
        expire_open(f, r, now_us);
        break;
    case REMOTE_PAUSE:
        n2_remote_enter(f, r, REMOTE_WAY, now_us);
        break;
    case REMOTE_FREE:
    case REMOTE_IDLE:
    case REMOTE_STATES:
        break;
    }
}
