/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cards-fixture.h - host/cards.h over tokens by a script: n2_tokens_*() as in token/tokens.h.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "host/cards.h"
#include "host/fence.h"
#include "token/tokens.h"

static struct {
    n2_token there[N2_READERS_MAX]; /* what n2_tokens_list() says */
    gsize n_there;
    n2_token_job job;
    guint64 id, cancelled;
    guint n_jobs;
    GQueue events; /* of n2_token_event */
} tokens;

n2_err
n2_tokens_new(n2_tokens **out, const n2_tokens_options *options)
{
    g_assert_nonnull(options->fence);
    *out = (n2_tokens *)&tokens;
    return N2_OK;
}

bool
n2_tokens_close(n2_tokens *t, unsigned patience_ms)
{
    (void)t;
    (void)patience_ms;
    return true;
}

int
n2_tokens_fd(const n2_tokens *t)
{
    (void)t;
    return -1;
}

uint64_t
n2_tokens_ask(n2_tokens *t, const n2_token_job *job)
{
    (void)t;
    tokens.job = *job;
    tokens.n_jobs++;
    return ++tokens.id;
}

bool
n2_tokens_cancel(n2_tokens *t, uint64_t id)
{
    (void)t;
    tokens.cancelled = id;
    return true;
}

bool
n2_tokens_next(n2_tokens *t, n2_token_event *event)
{
    g_autofree n2_token_event *first = g_queue_pop_head(&tokens.events);

    (void)t;
    if (first)
        *event = *first;
    return first != NULL;
}

size_t
n2_tokens_list(n2_tokens *t, n2_token *tokens_out)
{
    (void)t;
    memcpy(tokens_out, tokens.there, tokens.n_there * sizeof tokens.there[0]);
    return tokens.n_there;
}

n2_err
n2_fence_tokens(n2_sandbox_state *state)
{
    (void)state;
    return N2_OK;
}

typedef struct {
    n2_cards *cards;
    const n2_keys_tokens *table;
    guint n_done, n_said, again; /* how often done() asks for more */
    n2_err err;
    guint8 why;
    n2_keys_kind kind;
    guint8 rows[4096];
    gsize n_rows;
    guint n_tokens;
    n2_keys_said said;
    guint8 pulled[N2_KEYS_AID_BYTES];
    guint n_pulled;
} world;

static const n2_key KEY = {.method = N2_KEY_ED25519, .bytes = {4}};
static const n2_keys_place PLACE = {.slot = N2_PLACE_SIG, .aid = {0, 5, 0, 0, 0, 9, 3, 4}};

static inline n2_err
wish_for(world *w, guint32 id, const n2_keys_place *place)
{
    guint8 d[N2_DIGEST_BYTES] = {(guint8)id};

    return w->table->sign(w->table->user, id, &KEY, place, d);
}

static inline void
done_cb(void *user, uint32_t id, n2_err err, uint8_t why, const uint8_t *bytes, size_t len)
{
    world *w = user;

    (void)bytes;
    (void)len;
    w->n_done++;
    w->err = err;
    w->why = why;
    if (!err && w->again) {
        w->again--;
        g_assert_cmpint(wish_for(w, id, &PLACE), ==, N2_OK);
    }
}

static inline void
ordered_cb(void *user, const n2_keys_answer *a)
{
    world *w = user;

    w->n_done++;
    w->err = a->err;
    w->why = a->why;
    w->kind = a->kind;
    w->n_rows = a->rows.len;
    memcpy(w->rows, a->rows.bytes, a->rows.len);
}

static inline void
owner_cb(void *user, n2_keys_token *token)
{
    (void)user;
    if (token->keys[0].key.bytes[0] == 4)
        token->owner = (n2_id){.method = 1, .hash = {7}};
}

static inline void
say_cb(void *user, const n2_keys_said *said)
{
    world *w = user;

    if (said->kind == N2_KEYS_TOKEN) {
        w->n_tokens++;
        return;
    }
    w->n_said++;
    w->said = *said;
}

static inline void
pulled_cb(void *user, const uint8_t aid[N2_KEYS_AID_BYTES])
{
    world *w = user;

    w->n_pulled++;
    memcpy(w->pulled, aid, N2_KEYS_AID_BYTES);
}

static inline void
world_init(world *w, gconstpointer data)
{
    const n2_cards_events events = {.user = w,
                                    .done = done_cb,
                                    .ordered = ordered_cb,
                                    .owner = owner_cb,
                                    .say = say_cb,
                                    .pulled = pulled_cb};

    (void)data;
    memset(&tokens, 0, sizeof tokens);
    g_queue_init(&tokens.events);
    g_assert_cmpint(n2_cards_new(&w->cards, &events), ==, N2_OK);
    w->table = n2_cards_table(w->cards);
}

static inline void
world_clear(world *w, gconstpointer data)
{
    (void)data;
    n2_cards_free(w->cards);
}

static inline n2_token
token(n2_token_code state)
{
    n2_token t = {.reader = "blue", .state = state};

    if (state)
        return t;
    t.info.has_aid = true;
    t.info.has_pins = true;
    t.info.tries[0] = 3;
    t.info.aid = (n2_openpgp_aid){.major = 3, .minor = 4, .manufacturer = 5, .serial = 9};
    t.key[N2_CARD_SIG] = (n2_card_key){.method = N2_CARD_ED25519, .n = 32, .bytes = {4}};
    return t;
}

static inline void
happen(world *w, n2_token_event_kind kind, n2_token_code code, guint8 tries, n2_token t)
{
    n2_token_event e = {.kind = kind,
                        .id = tokens.id,
                        .result = {.code = code, .tries = tries},
                        .seconds = 30,
                        .token = t};

    g_queue_push_tail(&tokens.events, g_memdup2(&e, sizeof e));
    n2_cards_work(w->cards);
}

static inline void
end_job(world *w, n2_token_code code, guint8 tries)
{
    happen(w, N2_TOKEN_EVENT_DONE, code, tries, token(N2_TOKEN_OK));
}

static inline n2_err
tell(world *w, guint32 id, guint8 how, const char *pin)
{
    n2_keys_secret secret = {.len = pin ? strlen(pin) : 0};

    if (pin)
        memcpy(secret.bytes, pin, secret.len);
    return n2_cards_tell(w->cards, id, how, pin ? &secret : NULL);
}
