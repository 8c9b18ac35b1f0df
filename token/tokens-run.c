/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tokens-run.c - one job: which card, which operation, who is to be prompted.
 */
#include <string.h>
#include <sys/timerfd.h>

#include "token/pcsc.h"
#include "token/tokens-private.h"

enum {
    NS_PER_MS = 1000000,
    MAKER_YUBICO = 0x0006,
    YUBICO_WAIT_S = 15
};

/* ---- prompts ---- */

static void
set_timer(n2_tokens *t, bool is_on)
{
    struct itimerspec spec = {.it_value.tv_nsec = is_on ? N2_TOKENS_TOUCH_MS * NS_PER_MS : 0,
                              .it_interval.tv_sec = is_on ? 1 : 0};

    (void)timerfd_settime(t->timer_fd, 0, &spec, NULL);
}

/* From now on the card may wait for a finger. */
static void
expect_touch(n2_tokens *t, n2_job *slot, const n2_token *token, n2_card_slot key)
{
    uint8_t touch = token->info.slot[key].touch;

    if (touch == N2_TOUCH_OFF || touch == N2_TOUCH_UNKNOWN)
        return;
    (void)pthread_mutex_lock(&t->lock);
    if (!slot->is_abandoned) {
        t->touching = slot;
        t->touch_from_us = n2_tokens_now_us();
        t->touch_wait_s = token->info.aid.manufacturer == MAKER_YUBICO ? YUBICO_WAIT_S
                                                                       : N2_TOKENS_TOUCH_WAIT_S;
        set_timer(t, true);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

static void
end_touch(n2_tokens *t)
{
    (void)pthread_mutex_lock(&t->lock);
    t->touching = NULL;
    set_timer(t, false);
    (void)pthread_mutex_unlock(&t->lock);
}

/* The PIN is to be typed at the reader. */
static void
expect_keys(n2_tokens *t, n2_job *slot, const n2_card_entry *entry)
{
    if (!entry->is_at_reader)
        return;
    (void)pthread_mutex_lock(&t->lock);
    slot->is_keypad_due = !slot->is_abandoned;
    n2_tokens_tell(t);
    (void)pthread_mutex_unlock(&t->lock);
}

static n2_token_code
verify(n2_tokens *t, n2_job *slot, n2_card_pin pin, const n2_card_entry *entry)
{
    expect_keys(t, slot, entry);
    return n2_card_verify(&t->card, pin, entry);
}

/* ---- what is done with a card ---- */

static n2_card_pin
mode_of(n2_card_slot slot)
{
    return slot == N2_CARD_SIG ? N2_CARD_PW1_SIGN : N2_CARD_PW1;
}

/* PW1 if it was given; a card that needs it says so itself. */
static n2_token_code
use_key(n2_tokens *t, n2_job *slot, const n2_token *token, n2_card_slot key)
{
    n2_token_job *j = &t->job;
    n2_token_code code = N2_TOKEN_OK;

    if (j->pin.n || j->pin.is_at_reader)
        code = verify(t, slot, mode_of(key), &j->pin);
    if (code)
        return code;
    expect_touch(t, slot, token, key);
    if (j->op == N2_TOKEN_JOB_PROVE)
        code = n2_card_prove(&t->card, key, &j->key);
    else if (j->op == N2_TOKEN_JOB_SIGN)
        code = n2_card_sign(&t->card, key, &j->key, j->digest, t->out.output);
    else
        code = n2_card_agree(&t->card, &j->peer, t->out.output);
    end_touch(t);
    if (!code && j->op != N2_TOKEN_JOB_PROVE)
        t->out.n_output = n2_card_method_result_bytes(
            (n2_card_method)(key == N2_CARD_DEC ? j->peer.method : j->key.method));
    return code;
}

static n2_token_code
bring_key(n2_tokens *t, n2_job *slot, const n2_token *token)
{
    n2_token_job *j = &t->job;

    expect_touch(t, slot, token, j->slot);
    n2_token_code code = n2_card_import(&t->card, j->slot, &j->import, j->created, &j->pin);
    end_touch(t);
    return code;
}

static n2_token_code
as_admin(n2_tokens *t, n2_job *slot, const n2_token *token)
{
    n2_token_job *j = &t->job;
    n2_token_code code = verify(t, slot, N2_CARD_PW3, &j->admin);

    if (code)
        return code;
    if (j->op == N2_TOKEN_JOB_GENERATE)
        return n2_card_generate(&t->card, j->slot, j->method, j->created, &t->out.key);
    if (j->op == N2_TOKEN_JOB_IMPORT)
        return bring_key(t, slot, token);
    if (j->op == N2_TOKEN_JOB_TOUCH)
        return n2_card_set_touch(&t->card, j->slot, j->touch, j->is_allowed);
    if (j->op == N2_TOKEN_JOB_NAME)
        return n2_card_set_name(&t->card, j->name, strnlen(j->name, sizeof j->name));
    if (j->op == N2_TOKEN_JOB_UNBLOCK)
        return n2_card_unblock(&t->card, NULL, &j->new_pin);
    if (j->op == N2_TOKEN_JOB_RESET_CODE)
        return n2_card_set_reset_code(&t->card, &j->new_pin);
    return n2_card_factory_reset(&t->card, j->is_allowed);
}

static n2_token_code
operate(n2_tokens *t, n2_job *slot, const n2_token *token, n2_card_slot key)
{
    n2_token_job *j = &t->job;
    bool has_admin = j->admin.n || j->admin.is_at_reader;
    const n2_card_entry *entry = j->which == N2_CARD_PW3 ? &j->admin : &j->pin;

    switch (j->op) {
    case N2_TOKEN_JOB_LOOK:
        return N2_TOKEN_OK;
    case N2_TOKEN_JOB_SIGN:
    case N2_TOKEN_JOB_AGREE:
    case N2_TOKEN_JOB_PROVE:
        return use_key(t, slot, token, key);
    case N2_TOKEN_JOB_VERIFY:
        return verify(t, slot, j->which, entry);
    case N2_TOKEN_JOB_CHANGE:
        expect_keys(t, slot, entry); /* for both PINs */
        return n2_card_change_pin(&t->card, j->which, entry, &j->new_pin);
    case N2_TOKEN_JOB_UNBLOCK:
        if (!has_admin)
            return n2_card_unblock(&t->card, &j->pin, &j->new_pin);
        return as_admin(t, slot, token);
    case N2_TOKEN_JOB_FACTORY:
        if (!has_admin || t->card.is_switched_off)
            return n2_card_factory_reset(&t->card, j->is_allowed);
        return as_admin(t, slot, token);
    case N2_TOKEN_JOB_GENERATE:
    case N2_TOKEN_JOB_IMPORT:
    case N2_TOKEN_JOB_TOUCH:
    case N2_TOKEN_JOB_NAME:
    case N2_TOKEN_JOB_RESET_CODE:
        return as_admin(t, slot, token);
    case N2_TOKEN_JOBS:
    default:
        return N2_TOKEN_USAGE;
    }
}

/* ---- which card ---- */

static bool
is_by_key(const n2_token_job *j)
{
    return j->op == N2_TOKEN_JOB_SIGN || j->op == N2_TOKEN_JOB_AGREE ||
           j->op == N2_TOKEN_JOB_PROVE;
}

/* The token with the key, wherever it is. */
static n2_token_code
find_key(n2_tokens *t, n2_token *token, n2_card_slot *key)
{
    n2_token_code code = N2_TOKEN_KEY_ABSENT;

    for (size_t i = 0; i < t->n_seats; i++) {
        const n2_token *there = &t->seats[i].token;
        if (there->state == N2_TOKEN_IN_USE && code == N2_TOKEN_KEY_ABSENT)
            code = N2_TOKEN_IN_USE; /* it may be that one */
        for (unsigned k = 0; k < N2_CARD_SLOTS && there->state == N2_TOKEN_OK; k++)
            if (n2_card_key_same(&there->key[k], &t->job.key)) {
                *token = *there;
                *key = (n2_card_slot)k;
                code = N2_TOKEN_OK;
            }
    }
    return code;
}

static bool
is_usable(const n2_token *token, n2_token_op op)
{
    return token->state == N2_TOKEN_OK ||
           (token->state == N2_TOKEN_SWITCHED_OFF && op == N2_TOKEN_JOB_FACTORY);
}

static n2_token_code
find_reader(n2_tokens *t, n2_token *token)
{
    const n2_token_job *j = &t->job;
    n2_token_code code = N2_TOKEN_NO_READER;
    unsigned n = 0;

    for (size_t i = 0; i < t->n_seats; i++) {
        const n2_token *there = &t->seats[i].token;
        if (t->seats[i].is_gone || (*j->reader && strcmp(there->reader, j->reader) != 0))
            continue;
        if (is_usable(there, j->op)) {
            *token = *there;
            n++;
        } else if (code == N2_TOKEN_NO_READER || code == N2_TOKEN_NO_CARD) {
            code = there->state;
        }
    }
    if (!n)
        return code;
    return n > 1 ? N2_TOKEN_WRONG_CARD : N2_TOKEN_OK;
}

static bool
is_same_aid(const n2_openpgp_aid *a, const n2_openpgp_aid *b)
{
    return a->manufacturer == b->manufacturer && a->serial == b->serial;
}

static n2_token_code
find(n2_tokens *t, n2_token *token, n2_card_slot *key)
{
    n2_token_code code = t->service;

    (void)pthread_mutex_lock(&t->lock);
    if (!code)
        code = is_by_key(&t->job) ? find_key(t, token, key) : find_reader(t, token);
    (void)pthread_mutex_unlock(&t->lock);
    if (!code && t->job.has_aid && token->state == N2_TOKEN_OK &&
        !is_same_aid(&token->info.aid, &t->job.aid))
        code = N2_TOKEN_WRONG_CARD;
    return code;
}

/* Refreshes until the token is found, or nobody else holds one. */
static n2_token_code
find_patiently(n2_tokens *t, n2_token *token, n2_card_slot *key)
{
    uint64_t until_us = n2_tokens_now_us() + N2_TOKENS_IN_USE_MS * 1000;
    unsigned wait_ms = 50;

    for (;;) {
        n2_tokens_refresh(t);
        n2_token_code code = find(t, token, key);
        if (code != N2_TOKEN_IN_USE || n2_tokens_now_us() >= until_us)
            return code;
        (void)pthread_mutex_lock(&t->lock);
        if (!t->is_closing)
            n2_tokens_wait(t, wait_ms);
        bool is_closing = t->is_closing;
        (void)pthread_mutex_unlock(&t->lock);
        if (is_closing)
            return N2_TOKEN_CLOSED;
        wait_ms *= 2;
    }
}

/* Somebody may have changed the card while we looked away. */
static n2_token_code
check_same(n2_tokens *t, const n2_token *token)
{
    n2_openpgp_aid aid;
    n2_token_code code = n2_card_aid(&t->card, &aid);

    if (!code && !is_same_aid(&aid, &token->info.aid))
        code = N2_TOKEN_WRONG_CARD;
    return code;
}

static void
make_stale(n2_tokens *t, const char *reader)
{
    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->n_seats; i++)
        if (strcmp(t->seats[i].token.reader, reader) == 0)
            t->seats[i].is_stale = true;
    (void)pthread_mutex_unlock(&t->lock);
}

void
n2_tokens_run(n2_tokens *t, n2_job *slot)
{
    n2_token token = {.state = N2_TOKEN_NO_READER};
    n2_card_slot key = N2_CARD_AUT;
    n2_pcsc *pcsc = NULL;

    t->out = (n2_token_event){.kind = N2_TOKEN_EVENT_DONE, .id = slot->id};
    t->out.result.tries = N2_TOKEN_TRIES_UNKNOWN;
    n2_token_code code = find_patiently(t, &token, &key);
    if (!code) {
        (void)pthread_mutex_lock(&t->lock);
        if (!slot->is_abandoned)
            slot->event.token = token; /* prompts name it */
        (void)pthread_mutex_unlock(&t->lock);
        code = n2_pcsc_connect(&pcsc, token.reader, N2_TOKENS_IN_USE_MS);
    }
    if (!code) {
        code = n2_card_open(&t->card, n2_pcsc_link(pcsc), &t->options.crypto);
        bool is_off = code == N2_TOKEN_SWITCHED_OFF && t->job.op == N2_TOKEN_JOB_FACTORY;
        if (!code)
            code = check_same(t, &token);
        if (!code || is_off)
            code = operate(t, slot, &token, key);
        if ((code == N2_TOKEN_MALFORMED || code == N2_TOKEN_REFUSED ||
             code == N2_TOKEN_NOT_PROVEN) &&
            n2_pcsc_is_gone(pcsc))
            code = N2_TOKEN_PULLED; /* its last answer was cut off */
        t->out.result = n2_card_result(&t->card, code);
        n2_card_close(&t->card);
        n2_pcsc_close(pcsc);
        if (code || !is_by_key(&t->job))
            make_stale(t, token.reader);
    }
    t->out.result.code = code;
    if (code) {
        explicit_bzero(t->out.output, sizeof t->out.output);
        t->out.n_output = 0;
    }
    if (code || !is_by_key(&t->job)) {
        n2_tokens_refresh(t);
        (void)pthread_mutex_lock(&t->lock);
        for (size_t i = 0; i < t->n_seats; i++)
            if (strcmp(t->seats[i].token.reader, token.reader) == 0)
                token = t->seats[i].token;
        (void)pthread_mutex_unlock(&t->lock);
    }
    t->out.token = token;
}
