/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cards-order.c - what a person wants of tokens: keys made, proven, copied; PINs; touch.
 *
 * An order is a row of jobs, each given when the one before it has succeeded.  A token that is
 * pulled meanwhile is waited for, and its step begins anew.
 */
#include <sodium.h>
#include <string.h>

#include "host/cards-private.h"
#include "host/clock.h"

enum {
    US_PER_S = 1000000,
    PW1_BYTES_MIN = 6, /* of a new PIN; the token's own limits come later */
    PW3_BYTES_MIN = 8
};

/* Steps of TOKEN_PIN. */
enum {
    PIN_OLD,
    PIN_ASKS,
    PIN_SETS
};

/* Of each slot, all of one kind first: a touch is wanted only when nothing else is to be done.
 */
enum {
    MAKE_KEYS,
    MAKE_PROOF,
    MAKE_TOUCH,
    MAKE_PHASES
};

bool
n2_cards_is_order(n2_keys_kind kind)
{
    return kind >= N2_KEYS_TOKENS && kind <= N2_KEYS_TOKEN_CLONE;
}

static n2_card_slot
slot_of(n2_keys_slot slot)
{
    return slot == N2_PLACE_SIG   ? N2_CARD_SIG
           : slot == N2_PLACE_DEC ? N2_CARD_DEC
                                  : N2_CARD_AUT;
}

/* ---- the end ---- */

static n2_err
add_row(const n2_cards *c, const n2_token *token, uint8_t *room, size_t cap, size_t *len)
{
    n2_keys_token row;
    size_t n;

    n2_cards_row(c, token, &row);
    n2_err err = n2_keys_token_write(&row, room + *len, cap - *len, &n);
    *len += err ? 0 : n;
    return err;
}

static void
finish(n2_cards *c, n2_wish *w, n2_err err, n2_token_code why)
{
    const n2_keys_request *q = &w->order->q;
    g_autofree uint8_t *room = g_malloc(N2_KEYRING_MESSAGE_BYTES_MAX);
    const size_t cap = N2_KEYRING_MESSAGE_BYTES_MAX - N2_KEYS_ANSWER_HEAD_BYTES - 1;
    n2_keys_answer a = {.id = w->id,
                        .kind = q->kind,
                        .err = err,
                        .why = (uint8_t)(err ? why : N2_TOKEN_OK),
                        .service = (uint8_t)c->service,
                        .rows = {room, 0}};
    g_autofree n2_token *all = g_new0(n2_token, N2_READERS_MAX);
    size_t n = !err && q->kind == N2_KEYS_TOKENS ? n2_tokens_list(c->tokens, all) : 0;

    for (size_t i = 0; i < n && !a.err; i++)
        a.err = add_row(c, &all[i], room, cap, &a.rows.len);
    bool has_rows = q->kind == N2_KEYS_TOKEN_MAKE || q->kind == N2_KEYS_TOKEN_CLONE;
    for (size_t i = 0; has_rows && !a.err && i < q->n_aids; i++)
        if (n2_cards_find(c, q->aids[i], all))
            a.err = add_row(c, all, room, cap, &a.rows.len);
    n2_wish_end(c, w);
    c->events.ordered(c->events.user, &a);
}

void
n2_order_fail(n2_cards *c, n2_wish *w, n2_err err, n2_token_code why)
{
    finish(c, w, err, why);
}

/* ---- steps ---- */

/* A job of this order's token. */
static n2_token_job
begin_job(const n2_wish *w, const n2_token *token, n2_token_op op)
{
    n2_token_job job = {
        .op = op, .has_aid = true, .aid = n2_cards_openpgp_aid(w->order->q.aids[w->order->at])};

    g_strlcpy(job.reader, token->reader, sizeof job.reader);
    return job;
}

static void
give(n2_cards *c, n2_wish *w, const n2_token_job *job)
{
    n2_wish_set_job(w, job, true);
    n2_err err = n2_wish_submit(c, w);
    if (err)
        finish(c, w, err, N2_TOKEN_FULL);
}

/* Has the slot something that would be lost? */
static bool
is_used(const n2_token *token, n2_card_slot slot)
{
    const n2_openpgp_slot *s = &token->info.slot[slot];

    return token->key[slot].method || s->has_fingerprint || s->origin == N2_KEY_GENERATED ||
           s->origin == N2_KEY_IMPORTED;
}

/* What is made where nobody says what: the first, if the token has it. */
static const n2_card_method wanted[][2] = {
    [N2_CARD_SIG] = {N2_CARD_ED25519, N2_CARD_P256},
    [N2_CARD_DEC] = {N2_CARD_X25519, N2_CARD_P256_ECDH},
    [N2_CARD_AUT] = {N2_CARD_ED25519, N2_CARD_P256},
};

static n2_card_method
choose(const n2_token *token, n2_card_slot slot)
{
    const n2_openpgp_slot *s = &token->info.slot[slot];

    for (size_t i = 0; i < 2 && token->info.has_offered; i++)
        for (size_t k = 0; k < s->n_offered; k++)
            if (s->offered[k] == wanted[slot][i])
                return wanted[slot][i];
    if (!token->info.can_attributes && s->method)
        return (n2_card_method)s->method;
    return wanted[slot][0];
}

/* Can it ask for a touch, if it shall? */
static bool
can_touch(const n2_keys_make *make, const n2_token *token)
{
    return make->touch == N2_TOUCH_OFF || make->touch == N2_TOUCH_UNKNOWN ||
           token->info.slot[slot_of(make->slot)].touch != N2_TOUCH_UNKNOWN;
}

/* What is on a token is looked at before the first thing is done to it.  Keys that an own
 * identity lists are not lost, whoever agrees to it: they are removed from it first.
 * @code: set if that is why. */
static n2_err
look_first(const n2_cards *c, n2_order *o, const n2_token *token, n2_token_code *code)
{
    const n2_keys_request *q = &o->q;
    n2_keys_token row;

    n2_cards_row(c, token, &row);
    for (size_t i = 0; i < q->n_makes; i++) {
        n2_card_slot slot = slot_of(q->makes[i].slot);
        if (!can_touch(&q->makes[i], token)) { /* before keys are made that nobody lists */
            *code = N2_TOKEN_NO_FUNCTION;
            return N2_ERR_UNSUPPORTED;
        }
        o->is_kept[i] =
            q->kind == N2_KEYS_TOKEN_MAKE && q->flags & N2_MAKE_KEEP && token->key[slot].method;
        if (o->is_kept[i]) {
            o->made[i] = token->key[slot];
            continue;
        }
        if (is_used(token, slot) && (row.owner.method || !(q->flags & N2_MAKE_REPLACE)))
            return N2_ERR_EXISTS;
        if (!o->methods[i])
            o->methods[i] =
                q->makes[i].method ? (n2_card_method)q->makes[i].method : choose(token, slot);
        if (q->kind == N2_KEYS_TOKEN_CLONE && !o->keys[i].key.method) {
            n2_err err = n2_cards_draw(o->methods[i], &o->keys[i]);
            if (err)
                return err;
        }
    }
    o->has_looked = true;
    return N2_OK;
}

/* The job for a slot in one phase; false: there is nothing to do. */
static bool
make_job(const n2_wish *w, const n2_token *token, size_t i, unsigned phase, n2_token_job *job)
{
    const n2_order *o = w->order;
    const n2_keys_make *make = &o->q.makes[i];
    bool is_clone = o->q.kind == N2_KEYS_TOKEN_CLONE;

    if (phase == MAKE_KEYS && o->is_kept[i])
        return false;
    if (phase == MAKE_KEYS) {
        *job = begin_job(w, token, is_clone ? N2_TOKEN_JOB_IMPORT : N2_TOKEN_JOB_GENERATE);
        job->method = o->methods[i];
        job->created = (uint32_t)(n2_clock_wall_us() / US_PER_S);
        if (is_clone)
            job->import = o->keys[i];
    } else if (phase == MAKE_PROOF) {
        if (is_clone || !(o->q.flags & N2_MAKE_PROVE)) /* an import proves itself */
            return false;
        *job = begin_job(w, token, N2_TOKEN_JOB_PROVE);
        job->key = o->made[i];
    } else {
        uint8_t now = token->info.slot[slot_of(make->slot)].touch;
        bool is_off = make->touch == N2_TOUCH_OFF && now == N2_TOUCH_UNKNOWN; /* no button */
        if (make->touch == N2_TOUCH_UNKNOWN || make->touch == now || is_off)
            return false;
        *job = begin_job(w, token, N2_TOKEN_JOB_TOUCH);
        job->touch = (n2_card_touch)make->touch;
        job->is_allowed = o->q.flags & N2_MAKE_FIXED;
    }
    job->slot = slot_of(make->slot);
    return true;
}

static void
make_next(n2_cards *c, n2_wish *w, const n2_token *token)
{
    n2_order *o = w->order;
    n2_token_job job;

    if (!o->has_looked) {
        n2_token_code code = N2_TOKEN_OK;
        n2_err err = look_first(c, o, token, &code);
        if (err) {
            finish(c, w, err, code);
            return;
        }
    }
    for (; o->step < MAKE_PHASES * o->q.n_makes; o->step++)
        if (make_job(w, token, o->step % o->q.n_makes, o->step / (unsigned)o->q.n_makes,
                     &job)) {
            give(c, w, &job);
            sodium_memzero(&job, sizeof job);
            return;
        }
    if (++o->at == o->q.n_aids) {
        finish(c, w, N2_OK, N2_TOKEN_OK);
        return;
    }
    o->step = 0; /* the next token, with PINs of its own */
    o->has_looked = false;
    sodium_memzero(&w->job, sizeof w->job);
    n2_order_go_on(c, w);
}

/* Whose PIN comes first, and what is done then. */
static n2_token_job
pin_job(const n2_wish *w, const n2_token *token, bool is_first)
{
    n2_keys_pin which = w->order->q.which;
    n2_token_job job = begin_job(w, token, N2_TOKEN_JOB_VERIFY);
    bool is_admin = which == N2_PIN_ADMIN || which == N2_PIN_UNBLOCK;

    job.which = is_admin ? N2_CARD_PW3 : N2_CARD_PW1;
    if (!is_first)
        job.op = which == N2_PIN_UNBLOCK ? N2_TOKEN_JOB_UNBLOCK : N2_TOKEN_JOB_CHANGE;
    return job;
}

static void
pin_next(n2_cards *c, n2_wish *w, const n2_token *token)
{
    n2_order *o = w->order;
    bool is_unblock = o->q.which == N2_PIN_UNBLOCK;
    /* The admin PIN is blocked: the reset code does, if there is one. */
    bool is_by_code = is_unblock && token->info.has_pins && !token->info.tries[2];
    n2_token_job job = pin_job(w, token, o->step == PIN_OLD);

    if (o->step == PIN_OLD && token->has_pinpad && !is_unblock) { /* both at the reader */
        job = pin_job(w, token, false);
        if (o->q.which == N2_PIN_ADMIN)
            job.admin.is_at_reader = true;
        else
            job.pin.is_at_reader = true;
        o->step = PIN_SETS;
        n2_wish_set_job(w, &job, false);
        n2_err err = n2_wish_submit(c, w);
        if (err)
            finish(c, w, err, N2_TOKEN_FULL);
        return;
    }
    if (o->step == PIN_OLD && is_by_code && !token->info.tries[1]) {
        finish(c, w, N2_ERR_TOKEN, N2_TOKEN_PIN_BLOCKED);
        return;
    }
    if (o->step == PIN_OLD && is_by_code) {
        o->step = PIN_ASKS;
        job = pin_job(w, token, false);
        n2_wish_set_job(w, &job, true);
        w->wanted = N2_ASK_RESET_CODE;
        w->state = N2_WISH_WANTS_PIN;
        n2_wish_ask(c, w, N2_ASK_RESET_CODE, N2_TOKEN_OK, token->info.tries[1], 0);
        return;
    }
    if (o->step == PIN_OLD) {
        give(c, w, &job);
        return;
    }
    if (o->step == PIN_ASKS) {
        n2_wish_set_job(w, &job, true);
        o->step = PIN_SETS;
        w->wanted = N2_ASK_NEW_PIN;
        w->state = N2_WISH_WANTS_PIN;
        n2_wish_ask(c, w, N2_ASK_NEW_PIN, N2_TOKEN_OK, N2_TOKEN_TRIES_UNKNOWN, 0);
        return;
    }
    give(c, w, &job);
}

void
n2_order_go_on(n2_cards *c, n2_wish *w)
{
    n2_order *o = w->order;
    g_autofree n2_token *token = g_new0(n2_token, 1);

    if (o->q.kind == N2_KEYS_TOKENS) {
        const n2_token_job look = {.op = N2_TOKEN_JOB_LOOK};
        give(c, w, &look);
        return;
    }
    memcpy(w->place.aid, o->q.aids[o->at], sizeof w->place.aid);
    if (!n2_cards_find(c, w->place.aid, token)) {
        w->state = N2_WISH_WANTS_TOKEN;
        n2_wish_ask(c, w, N2_ASK_INSERT, c->service ? c->service : N2_TOKEN_NO_CARD,
                    N2_TOKEN_TRIES_UNKNOWN, 0);
        return;
    }
    n2_keys_token row;
    n2_cards_row(c, token, &row);
    memcpy(w->place.name, row.title, sizeof w->place.name);
    if (o->q.kind == N2_KEYS_TOKEN_PIN)
        pin_next(c, w, token);
    else
        make_next(c, w, token);
}

bool
n2_order_takes_second(n2_cards *c, n2_wish *w)
{
    n2_order *o = w->order;
    bool is_clone = w->job.op == N2_TOKEN_JOB_IMPORT && !o->at; /* no other has it yet */

    if (w->job.op != N2_TOKEN_JOB_GENERATE && !is_clone)
        return false;
    size_t i = o->step % o->q.n_makes;
    n2_card_method second = wanted[slot_of(o->q.makes[i].slot)][1];
    if (o->q.makes[i].method || o->methods[i] == second ||
        (is_clone && n2_cards_draw(second, &o->keys[i])))
        return false;
    o->methods[i] = second;
    n2_order_go_on(c, w);
    return true;
}

bool
n2_order_is_new_pin_good(const n2_wish *w)
{
    bool is_admin = w->order && w->order->q.which == N2_PIN_ADMIN;

    return w->job.new_pin.n >= (is_admin ? PW3_BYTES_MIN : PW1_BYTES_MIN);
}

void
n2_order_done(n2_cards *c, n2_wish *w, const n2_token_event *e)
{
    n2_order *o = w->order;

    if (o->q.kind == N2_KEYS_TOKENS) {
        finish(c, w, N2_OK, N2_TOKEN_OK); /* whatever one look came to */
        return;
    }
    if (w->job.op == N2_TOKEN_JOB_GENERATE)
        o->made[o->step % o->q.n_makes] = e->key;
    if (o->q.kind == N2_KEYS_TOKEN_PIN && o->step == PIN_SETS) {
        finish(c, w, N2_OK, N2_TOKEN_OK);
        return;
    }
    o->step++;
    n2_order_go_on(c, w);
}

/* ---- the beginning ---- */

static bool
is_whole(const n2_keys_request *q)
{
    bool is_touch = q->kind == N2_KEYS_TOKEN_TOUCH;

    if (q->kind == N2_KEYS_TOKENS)
        return true;
    if (q->kind == N2_KEYS_TOKEN_CLONE ? q->n_aids < 2 : q->n_aids != 1)
        return false;
    for (size_t i = 0; i < q->n_aids; i++)
        for (size_t k = 0; k < i; k++)
            if (!memcmp(q->aids[i], q->aids[k], N2_KEYS_AID_BYTES))
                return false;
    for (size_t i = 0; i < q->n_makes; i++) {
        const n2_keys_make *make = &q->makes[i];
        if (make->method &&
            !n2_card_method_fits((n2_card_method)make->method, slot_of(make->slot)))
            return false;
        if (is_touch && (q->n_makes != 1 || make->touch > N2_TOUCH_CACHED_FIXED))
            return false;
        for (size_t k = 0; k < i; k++)
            if (q->makes[k].slot == make->slot)
                return false;
    }
    return q->kind == N2_KEYS_TOKEN_PIN || q->n_makes;
}

static bool
is_one_busy(const n2_cards *c)
{
    for (size_t i = 0; i < N2_WISHES_MAX; i++)
        if (c->wishes[i].state == N2_WISH_RUNS)
            return true;
    return false;
}

n2_err
n2_cards_order(n2_cards *c, const n2_keys_request *q)
{
    if (!is_whole(q))
        return N2_ERR_FORMAT;
    if (n2_wish_find(c, q->id))
        return N2_ERR_BUSY;
    n2_wish *w = n2_wish_free_place(c);
    if (!w)
        return N2_ERR_LIMIT;
    n2_order *o = sodium_malloc(sizeof *o);
    if (!o)
        return N2_ERR_NOMEM;
    memset(o, 0, sizeof *o);
    o->q = *q;
    o->q.body = o->q.first = (n2_slice){0};
    if (q->kind == N2_KEYS_TOKEN_TOUCH) { /* nothing is made */
        o->step = MAKE_TOUCH;
        o->has_looked = true;
    }
    w->id = q->id;
    w->order = o;
    w->state = N2_WISH_WANTS_TOKEN;
    w->place.slot = N2_PLACE_SIG;
    if (q->kind == N2_KEYS_TOKENS && is_one_busy(c))
        finish(c, w, N2_OK, N2_TOKEN_OK); /* a look would wait behind a finger */
    else
        n2_order_go_on(c, w);
    return N2_OK;
}

void
n2_cards_drop_orders(n2_cards *c)
{
    for (size_t i = 0; i < N2_WISHES_MAX; i++) {
        n2_wish *w = &c->wishes[i];
        if (!w->order)
            continue;
        if (w->state == N2_WISH_RUNS)
            (void)n2_tokens_cancel(c->tokens, w->job_id);
        n2_wish_end(c, w);
    }
}
