/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cards.c - what the keyring wants of tokens, one job each; who is asked for what meanwhile.
 */
#include "host/cards.h"

#include <sodium.h>
#include <string.h>

#include "crypto/hpke.h"
#include "host/cards-private.h"

enum {
    CLOSE_PATIENCE_MS = 200 /* a card that is asked cannot be interrupted; the process ends */
};

/* ---- wishes ---- */

n2_wish *
n2_wish_find(n2_cards *c, uint32_t id)
{
    for (size_t i = 0; i < N2_WISHES_MAX; i++)
        if (c->wishes[i].state != N2_WISH_FREE && c->wishes[i].id == id)
            return &c->wishes[i];
    return NULL;
}

n2_wish *
n2_wish_free_place(n2_cards *c)
{
    for (size_t i = 0; i < N2_WISHES_MAX; i++)
        if (c->wishes[i].state == N2_WISH_FREE)
            return &c->wishes[i];
    return NULL;
}

void
n2_wish_set_job(n2_wish *w, const n2_token_job *job, bool keep)
{
    n2_card_entry pin = {0}, admin = {0}, new_pin = {0};

    if (keep) {
        pin = w->job.pin;
        admin = w->job.admin;
        new_pin = w->job.new_pin;
        pin.is_last_allowed = admin.is_last_allowed = false;
    } else {
        pin = job->pin;
        admin = job->admin;
    }
    w->job = *job;
    w->job.pin = pin;
    w->job.admin = admin;
    w->job.new_pin = new_pin;
    sodium_memzero(&pin, sizeof pin);
    sodium_memzero(&admin, sizeof admin);
    sodium_memzero(&new_pin, sizeof new_pin);
}

n2_err
n2_wish_submit(n2_cards *c, n2_wish *w)
{
    w->job_id = n2_tokens_ask(c->tokens, &w->job);
    if (!w->job_id)
        return N2_ERR_LIMIT;
    w->state = N2_WISH_RUNS;
    return N2_OK;
}

void
n2_wish_ask(n2_cards *c,
            const n2_wish *w,
            n2_ask_want want,
            n2_token_code why,
            uint8_t tries,
            unsigned seconds)
{
    const n2_keys_said said = {.kind = N2_KEYS_ASK,
                               .request = w->id,
                               .want = want,
                               .why = (uint8_t)why,
                               .tries = tries,
                               .seconds =
                                   (uint16_t)(seconds < UINT16_MAX ? seconds : UINT16_MAX),
                               .place = w->place};

    c->events.say(c->events.user, &said);
}

void
n2_wish_end(n2_cards *c, n2_wish *w)
{
    n2_wish_ask(c, w, N2_ASK_DONE, N2_TOKEN_OK, 0, 0);
    sodium_free(w->order); /* wipes */
    sodium_memzero(w, sizeof *w);
}

/* The next of a request that goes on keeps the PIN of the last, if it is the same token's. */
static n2_err
begin(n2_cards *c, uint32_t id, const n2_keys_place *place, const n2_token_job *job)
{
    n2_wish *w = n2_wish_find(c, id);
    bool is_same = w && !w->order && !memcmp(w->place.aid, place->aid, sizeof place->aid);

    if (w && w->order)
        return N2_ERR_BUSY;
    if (!w)
        w = n2_wish_free_place(c);
    if (!w)
        return N2_ERR_LIMIT;
    w->id = id;
    w->place = *place;
    w->was_answered = false;
    n2_wish_set_job(w, job, is_same);
    n2_err err = n2_wish_submit(c, w);
    if (err)
        sodium_memzero(w, sizeof *w);
    return err;
}

static n2_err
sign_wish(void *user,
          uint32_t id,
          const n2_key *key,
          const n2_keys_place *place,
          const uint8_t d[N2_DIGEST_BYTES])
{
    n2_token_job job = {.op = N2_TOKEN_JOB_SIGN,
                        .key = n2_cards_card_key(key),
                        .slot = place->slot == N2_PLACE_SIG ? N2_CARD_SIG : N2_CARD_AUT};

    memcpy(job.digest, d, sizeof job.digest);
    return begin(user, id, place, &job);
}

static n2_err
agree_wish(void *user,
           uint32_t id,
           const n2_key *key,
           const n2_keys_place *place,
           const uint8_t *point)
{
    n2_key peer = {.method = key->method};

    memcpy(peer.bytes, point, n2_hpke_enc_bytes(key->method));
    const n2_token_job job = {.op = N2_TOKEN_JOB_AGREE,
                              .key = n2_cards_card_key(key),
                              .slot = N2_CARD_DEC,
                              .peer = n2_cards_card_key(&peer)};
    return begin(user, id, place, &job);
}

static void
cancel_wish(void *user, uint32_t id)
{
    n2_cards *c = user;
    n2_wish *w = n2_wish_find(c, id);

    if (!w || w->order)
        return;
    if (w->state == N2_WISH_RUNS)
        (void)n2_tokens_cancel(c->tokens, w->job_id);
    n2_wish_end(c, w);
}

/* Tells the keyring; what it asks for next under the same number goes on in this place. */
static void
answer(n2_cards *c, n2_wish *w, n2_err err, n2_token_code why, const uint8_t *bytes, size_t len)
{
    if (w->order) {
        n2_order_fail(c, w, err, why);
        return;
    }
    w->was_answered = true;
    w->state = N2_WISH_WANTS_TOKEN; /* none of ours runs */
    c->events.done(c->events.user, w->id, err, (uint8_t)why, bytes, len);
    if (w->was_answered && w->state != N2_WISH_FREE)
        n2_wish_end(c, w);
}

static uint8_t
tries_left(const n2_token_event *e)
{
    unsigned i = e->result.pin ? n2_openpgp_pin_index((n2_card_pin)e->result.pin) : 0;

    return e->result.tries != N2_TOKEN_TRIES_UNKNOWN ? e->result.tries
           : e->token.info.has_pins                  ? e->token.info.tries[i]
                                                     : N2_TOKEN_TRIES_UNKNOWN;
}

/* Which PIN it is about. */
static n2_ask_want
want_of(const n2_wish *w, const n2_token_event *e, uint8_t tries)
{
    n2_token_code code = e->result.code;
    bool is_set = w->job.op == N2_TOKEN_JOB_CHANGE || w->job.op == N2_TOKEN_JOB_UNBLOCK;

    if (e->result.pin == N2_CARD_RESET_CODE)
        return N2_ASK_RESET_CODE;
    if (is_set && code == N2_TOKEN_PIN_LENGTH) /* the other one was right before */
        return N2_ASK_NEW_PIN;
    if (e->result.pin == N2_CARD_PW3)
        return N2_ASK_ADMIN_PIN;
    if (code == N2_TOKEN_PIN_LAST || tries == 1)
        return N2_ASK_LAST_PIN;
    return w->place.slot == N2_PLACE_SIG && !w->order ? N2_ASK_SIGN_PIN : N2_ASK_PIN;
}

static n2_card_entry *
entry_of(n2_wish *w, n2_ask_want want)
{
    return want == N2_ASK_NEW_PIN     ? &w->job.new_pin
           : want == N2_ASK_ADMIN_PIN ? &w->job.admin
                                      : &w->job.pin;
}

static void
want_pin(n2_cards *c, n2_wish *w, const n2_token_event *e)
{
    uint8_t tries = tries_left(e);
    n2_ask_want want = want_of(w, e, tries);
    n2_card_entry *entry = entry_of(w, want);

    sodium_memzero(entry, sizeof *entry);
    w->wanted = want;
    w->state = N2_WISH_WANTS_PIN;
    n2_token_code why = e->result.code == N2_TOKEN_PIN_NEEDED ? N2_TOKEN_OK : e->result.code;
    n2_wish_ask(c, w, want, why, want == N2_ASK_NEW_PIN ? N2_TOKEN_TRIES_UNKNOWN : tries, 0);
}

/* A reader with keys of its own is asked there; false: it has none, or was. */
static bool
try_keypad(n2_cards *c, n2_wish *w, const n2_token_event *e)
{
    n2_card_entry *entry = e->result.pin == N2_CARD_PW3 ? &w->job.admin : &w->job.pin;

    if (!e->token.has_pinpad || entry->is_at_reader || e->result.pin == N2_CARD_RESET_CODE)
        return false;
    entry->is_at_reader = true;
    n2_err err = n2_wish_submit(c, w);
    if (err)
        answer(c, w, err, N2_TOKEN_FULL, NULL, 0);
    return true;
}

/* What comes next may be another one that says it has this key. */
static void
forget_pins(n2_wish *w)
{
    sodium_memzero(&w->job.pin, sizeof w->job.pin);
    sodium_memzero(&w->job.admin, sizeof w->job.admin);
}

static void
job_done(n2_cards *c, n2_wish *w, const n2_token_event *e)
{
    n2_token_code code = e->result.code;

    if (code == N2_TOKEN_OK || (w->order && w->order->q.kind == N2_KEYS_TOKENS)) {
        if (w->order)
            n2_order_done(c, w, e);
        else
            answer(c, w, N2_OK, code, e->output, e->n_output);
    } else if ((code == N2_TOKEN_PIN_NEEDED && try_keypad(c, w, e)) ||
               (code == N2_TOKEN_NO_ALGORITHM && w->order && n2_order_takes_second(c, w))) {
        return;
    } else if (code == N2_TOKEN_PIN_NEEDED || code == N2_TOKEN_PIN_WRONG ||
               code == N2_TOKEN_PIN_LENGTH || code == N2_TOKEN_PIN_LAST) {
        want_pin(c, w, e);
    } else if (code == N2_TOKEN_NO_SERVICE || code == N2_TOKEN_NO_READER ||
               code == N2_TOKEN_NO_CARD || code == N2_TOKEN_KEY_ABSENT ||
               code == N2_TOKEN_PULLED) {
        if (code == N2_TOKEN_PULLED) /* with a PIN in it: it is said anew */
            forget_pins(w);
        w->state = N2_WISH_WANTS_TOKEN;
        n2_wish_ask(c, w, N2_ASK_INSERT, code, N2_TOKEN_TRIES_UNKNOWN, 0);
    } else {
        n2_err err = n2_token_err(code);
        answer(c, w, err ? err : N2_ERR_TOKEN, code, NULL, 0);
    }
}

/* ---- tokens that come and go ---- */

static bool
has_key(const n2_token *token, const n2_card_key *key)
{
    for (size_t i = 0; i < N2_CARD_SLOTS; i++)
        if (n2_card_key_same(&token->key[i], key))
            return true;
    return false;
}

/* Its token came. */
static void
begin_again(n2_cards *c, n2_wish *w)
{
    if (w->order)
        n2_order_go_on(c, w);
    else if (n2_wish_submit(c, w))
        answer(c, w, N2_ERR_LIMIT, N2_TOKEN_FULL, NULL, 0);
}

static void
say_token(n2_cards *c, const n2_token *token)
{
    n2_keys_said said = {.kind = N2_KEYS_TOKEN};

    n2_cards_row(c, token, &said.token);
    c->events.say(c->events.user, &said);
}

static void
token_changed(n2_cards *c, const n2_token *token)
{
    bool is_there = token->state == N2_TOKEN_OK && token->info.has_aid;
    uint8_t aid[N2_KEYS_AID_BYTES] = {0};
    n2_seat_taken *s = NULL;

    for (size_t i = 0; i < c->n_seats; i++)
        if (!strcmp(c->seats[i].reader, token->reader))
            s = &c->seats[i];
    if (is_there)
        n2_cards_id(c, token, aid);
    /* In use by another, or mute: it may be there yet. */
    bool is_gone = s && (is_there ? memcmp(s->aid, aid, sizeof aid) != 0
                                  : token->state == N2_TOKEN_NO_CARD ||
                                        token->state == N2_TOKEN_NO_READER ||
                                        token->state == N2_TOKEN_PULLED);
    if (is_gone) {
        uint8_t was[N2_KEYS_AID_BYTES];
        memcpy(was, s->aid, sizeof was);
        *s = c->seats[--c->n_seats];
        s = NULL;
        c->events.pulled(c->events.user, was);
    }
    if (!is_there)
        return;
    if (!s && c->n_seats < N2_READERS_MAX) {
        s = &c->seats[c->n_seats++];
        memcpy(s->reader, token->reader, sizeof s->reader);
        memcpy(s->aid, aid, sizeof aid);
    }
    if (s)
        memcpy(s->key, token->key, sizeof s->key);
    for (size_t i = 0; i < N2_WISHES_MAX; i++) {
        n2_wish *w = &c->wishes[i];
        if (w->state != N2_WISH_WANTS_TOKEN)
            continue;
        bool is_it = !memcmp(w->place.aid, aid, sizeof aid);
        if (!(w->order ? is_it : has_key(token, &w->job.key)))
            continue;
        if (!is_it)
            forget_pins(w);
        begin_again(c, w);
    }
}

static void
take(n2_cards *c, const n2_token_event *e)
{
    n2_wish *w = NULL;

    for (size_t i = 0; i < N2_WISHES_MAX; i++)
        if (c->wishes[i].state == N2_WISH_RUNS && c->wishes[i].job_id == e->id)
            w = &c->wishes[i];
    switch (e->kind) {
    case N2_TOKEN_EVENT_TOKEN:
        token_changed(c, &e->token);
        say_token(c, &e->token);
        break;
    case N2_TOKEN_EVENT_TOUCH:
        if (w)
            n2_wish_ask(c, w, N2_ASK_TOUCH, N2_TOKEN_OK, N2_TOKEN_TRIES_UNKNOWN, e->seconds);
        break;
    case N2_TOKEN_EVENT_KEYPAD:
        if (w)
            n2_wish_ask(c, w, N2_ASK_KEYPAD, N2_TOKEN_OK, tries_left(e), 0);
        break;
    case N2_TOKEN_EVENT_DONE:
        if (w)
            job_done(c, w, e);
        break;
    case N2_TOKEN_EVENT_SERVICE:
        c->service = e->result.code;
        if (c->service)
            say_token(c, &(n2_token){.state = c->service});
        break;
    case N2_TOKEN_EVENT_IDLE:
        break;
    }
}

/* ---- the caller's side ---- */

static bool
is_there(void *user, const n2_key *key)
{
    const n2_card_key wanted = n2_cards_card_key(key);
    const n2_cards *c = user;

    for (size_t i = 0; i < c->n_seats; i++)
        for (size_t k = 0; k < N2_CARD_SLOTS; k++)
            if (n2_card_key_same(&c->seats[i].key[k], &wanted))
                return true;
    return false;
}

n2_err
n2_cards_new(n2_cards **out, const n2_cards_events *events)
{
    size_t bytes = N2_WISHES_MAX * sizeof(n2_wish);
    n2_cards *c = g_new0(n2_cards, 1);

    *out = NULL;
    c->events = *events;
    c->table = (n2_keys_tokens){.user = c,
                                .sign = sign_wish,
                                .agree = agree_wish,
                                .cancel = cancel_wish,
                                .is_there = is_there};
    c->wishes = sodium_init() < 0 ? NULL : sodium_malloc(bytes);
    if (c->wishes)
        memset(c->wishes, 0, bytes);
    n2_err err = c->wishes ? n2_tokens_new(&c->tokens, &n2_cards_options) : N2_ERR_NOMEM;
    if (err) {
        n2_cards_free(c);
        return err;
    }
    *out = c;
    return N2_OK;
}

void
n2_cards_free(n2_cards *cards)
{
    if (!cards)
        return;
    if (cards->tokens)
        (void)n2_tokens_close(cards->tokens, CLOSE_PATIENCE_MS);
    for (size_t i = 0; cards->wishes && i < N2_WISHES_MAX; i++)
        sodium_free(cards->wishes[i].order);
    sodium_free(cards->wishes); /* wipes */
    g_free(cards);
}

const n2_keys_tokens *
n2_cards_table(const n2_cards *cards)
{
    return &cards->table;
}

int
n2_cards_fd(const n2_cards *cards)
{
    return n2_tokens_fd(cards->tokens);
}

void
n2_cards_work(n2_cards *cards)
{
    n2_token_event e;

    while (n2_tokens_next(cards->tokens, &e))
        take(cards, &e);
    sodium_memzero(&e, sizeof e);
}

/* What was typed.  N2_ERR_FORMAT: no PIN of that kind is so short or long. */
static n2_err
take_pin(n2_wish *w, uint8_t how, const n2_keys_secret *secret)
{
    n2_card_entry *entry = entry_of(w, w->wanted);

    if (!secret || !secret->len || secret->len > sizeof entry->bytes)
        return N2_ERR_FORMAT;
    memcpy(entry->bytes, secret->bytes, secret->len);
    entry->n = (uint8_t)secret->len;
    entry->is_last_allowed = how == N2_TELL_LAST;
    return N2_OK;
}

n2_err
n2_cards_tell(n2_cards *cards, uint32_t id, uint8_t how, const n2_keys_secret *secret)
{
    n2_wish *w = n2_wish_find(cards, id);

    if (!w)
        return N2_ERR_NOTFOUND;
    if (how == N2_TELL_NO) {
        if (w->state == N2_WISH_RUNS)
            (void)n2_tokens_cancel(cards->tokens, w->job_id);
        answer(cards, w, N2_ERR_CANCELLED, N2_TOKEN_OK, NULL, 0);
        return N2_OK;
    }
    if (w->state != N2_WISH_WANTS_PIN)
        return N2_ERR_NOTFOUND;
    n2_err err = take_pin(w, how, secret);
    if (err)
        return err;
    if (w->wanted == N2_ASK_NEW_PIN && !n2_order_is_new_pin_good(w)) {
        sodium_memzero(&w->job.new_pin, sizeof w->job.new_pin);
        n2_wish_ask(cards, w, N2_ASK_NEW_PIN, N2_TOKEN_PIN_LENGTH, N2_TOKEN_TRIES_UNKNOWN, 0);
        return N2_OK;
    }
    if (w->order && w->wanted == N2_ASK_RESET_CODE && !w->job.new_pin.n) {
        n2_order_go_on(cards, w); /* what comes after it is still to be said */
        return N2_OK;
    }
    err = n2_wish_submit(cards, w);
    if (err)
        answer(cards, w, err, N2_TOKEN_FULL, NULL, 0);
    return N2_OK;
}
