/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tokens-look.c - which readers there are, and what the cards in them hold.
 */
#include <stdlib.h>
#include <string.h>
#include <winscard.h>

#include "token/pcsc.h"
#include "token/tokens-private.h"

enum {
    NAMES_BYTES = N2_READERS_MAX * N2_READER_NAME_BYTES + 1,
    COUNTER_SHIFT = 16
};

/* What the service says of one reader. */
typedef struct {
    char reader[N2_READER_NAME_BYTES];
    n2_token_code state; /* OK: there is a card, and nobody holds it */
    uint32_t insertion;
} seen;

static n2_token_code
state_of(DWORD state)
{
    if (state & SCARD_STATE_MUTE)
        return N2_TOKEN_MUTE;
    if (!(state & SCARD_STATE_PRESENT))
        return N2_TOKEN_NO_CARD;
    return state & SCARD_STATE_EXCLUSIVE ? N2_TOKEN_IN_USE : N2_TOKEN_OK;
}

static n2_token_code
look(seen *all, size_t *n)
{
    long context;
    char names[NAMES_BYTES];
    DWORD n_bytes = sizeof names;
    n2_token_code code = n2_pcsc_context(&context);

    *n = 0;
    if (code)
        return code;
    code = n2_pcsc_code(SCardListReaders(context, NULL, names, &n_bytes));
    for (const char *name = names; !code && *name && *n < N2_READERS_MAX;
         name += strlen(name) + 1) {
        SCARD_READERSTATE state = {.szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE};
        if (strlen(name) >= N2_READER_NAME_BYTES ||
            SCardGetStatusChange(context, 0, &state, 1) != SCARD_S_SUCCESS)
            continue; /* it was pulled out since */
        seen *s = &all[(*n)++];
        *s = (seen){.state = state_of(state.dwEventState),
                    .insertion = (uint32_t)(state.dwEventState >> COUNTER_SHIFT)};
        memcpy(s->reader, name, strlen(name));
    }
    (void)SCardReleaseContext(context);
    return !code && !*n ? N2_TOKEN_NO_READER : code;
}

static n2_token_code
read_card(n2_tokens *t, n2_token *token)
{
    const n2_openpgp_info *info;
    n2_token_code code = n2_card_info(&t->card, &info);

    if (code)
        return code;
    token->info = *info;
    token->has_pinpad = n2_card_has_pinpad(&t->card);
    for (unsigned i = 0; i < N2_CARD_SLOTS; i++) {
        code = n2_card_public(&t->card, (n2_card_slot)i, &token->key[i]);
        if (code == N2_TOKEN_KEY_MISSING || code == N2_TOKEN_NO_ALGORITHM ||
            code == N2_TOKEN_REFUSED || code == N2_TOKEN_MALFORMED)
            token->key[i] = (n2_card_key){.method = N2_CARD_NO_METHOD};
        else if (code)
            return code;
    }
    return N2_TOKEN_OK;
}

/* All that a token says without a PIN. */
static void
read_token(n2_tokens *t, n2_token *token)
{
    n2_pcsc *pcsc;
    n2_token_code code = n2_pcsc_connect(&pcsc, token->reader, 0);

    if (!code) {
        code = n2_card_open(&t->card, n2_pcsc_link(pcsc), &t->options.crypto);
        if (!code)
            code = read_card(t, token);
        n2_card_close(&t->card);
        n2_pcsc_close(pcsc);
    }
    token->state = code == N2_TOKEN_PULLED ? N2_TOKEN_NO_CARD : code;
}

static n2_seat *
free_seat(n2_tokens *t)
{
    n2_seat *seat = NULL;

    if (t->n_seats < N2_READERS_MAX)
        seat = &t->seats[t->n_seats++];
    for (size_t i = 0; i < t->n_seats && !seat; i++)
        if (t->seats[i].is_gone) /* nobody has asked for its last event */
            seat = &t->seats[i];
    if (seat)
        *seat = (n2_seat){.is_gone = true};
    return seat;
}

/* One reader as it is now; seats are changed by this thread only, read by others: the lock. */
static void
renew(n2_tokens *t, const seen *s)
{
    n2_seat *seat = NULL;
    n2_token token;

    (void)pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < t->n_seats; i++)
        if (strcmp(t->seats[i].token.reader, s->reader) == 0)
            seat = &t->seats[i];
    bool is_known =
        seat && !seat->is_gone && !seat->is_stale && s->state == N2_TOKEN_OK &&
        seat->token.insertion == s->insertion &&
        (seat->token.state == N2_TOKEN_OK || seat->token.state == N2_TOKEN_NO_APPLET ||
         seat->token.state == N2_TOKEN_SWITCHED_OFF);
    (void)pthread_mutex_unlock(&t->lock);
    if (is_known)
        return;
    memset(&token, 0, sizeof token); /* compared as bytes */
    token.state = s->state;
    token.insertion = s->insertion;
    memcpy(token.reader, s->reader, sizeof token.reader);
    if (s->state == N2_TOKEN_OK)
        read_token(t, &token);
    (void)pthread_mutex_lock(&t->lock);
    seat = NULL; /* events that were fetched meanwhile move seats */
    for (size_t i = 0; i < t->n_seats; i++)
        if (strcmp(t->seats[i].token.reader, s->reader) == 0)
            seat = &t->seats[i];
    if (!seat)
        seat = free_seat(t);
    if (seat) {
        seat->is_due =
            seat->is_due || seat->is_gone || memcmp(&seat->token, &token, sizeof token) != 0;
        seat->is_gone = seat->is_stale = false;
        seat->token = token;
        if (seat->is_due)
            n2_tokens_tell(t);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

/* Readers that are no longer there. */
static void
forget(n2_tokens *t, const seen *all, size_t n)
{
    for (size_t i = 0; i < t->n_seats; i++) {
        n2_seat *seat = &t->seats[i];
        bool is_there = false;
        for (size_t k = 0; k < n; k++)
            is_there = is_there || strcmp(seat->token.reader, all[k].reader) == 0;
        if (is_there || seat->is_gone)
            continue;
        char reader[N2_READER_NAME_BYTES];
        memcpy(reader, seat->token.reader, sizeof reader);
        seat->token = (n2_token){.state = N2_TOKEN_NO_READER};
        memcpy(seat->token.reader, reader, sizeof reader);
        seat->is_gone = seat->is_due = true;
        n2_tokens_tell(t);
    }
}

void
n2_tokens_refresh(n2_tokens *t)
{
    seen all[N2_READERS_MAX];
    size_t n;
    n2_token_code code = look(all, &n);

    (void)pthread_mutex_lock(&t->lock);
    if (t->is_service_lost)
        forget(t, NULL, 0); /* the counters of a new service begin anew */
    t->is_service_lost = false;
    forget(t, all, n);
    if (!t->is_service_known || t->service != code) {
        t->service = code;
        t->is_service_known = t->is_service_due = true;
        n2_tokens_tell(t);
    }
    (void)pthread_mutex_unlock(&t->lock);
    for (size_t i = 0; i < n; i++)
        renew(t, &all[i]);
}
