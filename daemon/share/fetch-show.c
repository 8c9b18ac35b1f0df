/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fetch-show.c - who we are, shown to a holder that is proven, accounts that log in there,
 * where the user wishes it, and messages of a pairing.
 */
#include <string.h>

#include "share/fetch-private.h"

void
n2_show_offer(n2_fetch *f, remote *r)
{
    n2_fetch_event event = {
        .kind = N2_FETCH_PROVEN, .who = r->who, .conn = r->conn, .suite = r->suite};

    memcpy(event.hash, r->hash, sizeof event.hash);
    n2_fetch_tell(f, &event);
}

static remote *
find_open(n2_fetch *f, n2_conn conn)
{
    for (size_t i = 0; conn && i < N2_FETCH_REMOTES_MAX; i++)
        if (f->remotes[i].conn == conn && f->remotes[i].state == REMOTE_OPEN)
            return &f->remotes[i];
    return NULL;
}

void
n2_fetch_showing(n2_fetch *fetch, n2_conn conn, bool is_showing, uint64_t now_us)
{
    remote *r = find_open(fetch, conn);

    if (r)
        r->showing_us = is_showing ? now_us : 0;
}

bool
n2_show_is_awaited(const remote *r, uint64_t now_us)
{
    return r->showing_us && now_us < r->showing_us + N2_FETCH_SHOW_US;
}

/* What was asked for too early. */
static void
ask_again(n2_fetch *f, const remote *r)
{
    for (size_t i = 0; i < N2_FETCH_TRANSFERS_MAX; i++)
        if (f->transfers[i].id && n2_crew_has(&f->transfers[i], r))
            n2_crew_hand(&f->transfers[i], r)->pause_until_us = 0;
}

n2_err
n2_fetch_show(n2_fetch *fetch, n2_conn conn, const n2_shown *shown, uint64_t now_us)
{
    remote *r = find_open(fetch, conn);
    n2_asm block;

    if (!r)
        return N2_ERR_NOTFOUND;
    if (shown->chain.len > N2_VM_STRING_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (!n2_fetch_ask(fetch, r, ASK_SHOW, 0, 0, &block, now_us))
        return N2_ERR_LIMIT;
    n2_asm_bytes(&block, shown->chain.bytes, shown->chain.len);
    n2_asm_bytes(&block, shown->certificate.bytes, shown->certificate.len);
    n2_asm_bytes(&block, shown->signature.bytes, shown->signature.len);
    n2_asm_word(&block, N2_WORD_SHOW);
    n2_fetch_say(fetch, r, &block);
    r->shown_as = shown->who;
    fetch->has_shown = true;
    return N2_OK;
}

void
n2_fetch_offer(n2_fetch *fetch)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];

        if (r->state == REMOTE_OPEN && !r->is_shown && !r->showing_us)
            n2_show_offer(fetch, r);
    }
}

/* An account is of whoever's vault it came from: which, its site alone knows.  One whose answer
 * is on the way is known there already. */
static bool
is_account(const remote *r)
{
    return r->is_logged_in || r->showing_us;
}

size_t
n2_fetch_hide(n2_fetch *fetch, const n2_id *who, uint64_t now_us)
{
    size_t n = 0;

    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];
        bool is_shown = n2_id_is_set(&r->shown_as) && (!who || n2_id_equal(&r->shown_as, who));

        if (r->state != REMOTE_OPEN || !(is_shown || is_account(r)))
            continue;
        n2_remote_lose(fetch, r, N2_ERR_CLOSED, now_us);
        n++;
    }
    return n;
}

bool
n2_fetch_open_to(n2_fetch *fetch, const n2_id *who, n2_fetch_at *out)
{
    *out = (n2_fetch_at){0};
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        const remote *r = &fetch->remotes[i];

        if (r->state != REMOTE_OPEN || !n2_id_equal(&r->who, who))
            continue;
        *out = (n2_fetch_at){.conn = r->conn,
                             .suite = r->suite,
                             .is_shown = r->is_shown,
                             .is_logged_in = r->is_logged_in};
        memcpy(out->hash, r->hash, sizeof out->hash);
        return true;
    }
    return false;
}

void
n2_fetch_hide_from(n2_fetch *fetch, const n2_id *who, uint64_t now_us)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++) {
        remote *r = &fetch->remotes[i];

        if (r->state == REMOTE_OPEN && n2_id_equal(&r->who, who) &&
            (n2_id_is_set(&r->shown_as) || is_account(r)))
            n2_remote_lose(fetch, r, N2_ERR_CLOSED, now_us);
    }
}

n2_err
n2_fetch_login(n2_fetch *fetch, n2_conn conn, const n2_slice *statement, uint64_t now_us)
{
    remote *r = find_open(fetch, conn);
    n2_asm block;

    if (!r)
        return N2_ERR_NOTFOUND;
    if (!n2_fetch_ask(fetch, r, ASK_LOGIN, 0, 0, &block, now_us))
        return N2_ERR_LIMIT;
    n2_asm_bytes(&block, statement->bytes, statement->len);
    n2_asm_word(&block, N2_WORD_LOGIN);
    n2_fetch_say(fetch, r, &block);
    fetch->has_shown = true;
    return N2_OK;
}

void
n2_show_answer(n2_fetch *f, remote *r, ask_kind kind, const n2_call *call)
{
    n2_err err = !call->err && call->n_values ? N2_ERR_FORMAT : call->err;

    r->showing_us = 0;
    ask_again(f, r);
    if (kind == ASK_LOGIN) {
        r->is_logged_in = r->is_logged_in || !err;
        n2_fetch_tell(
            f, &(n2_fetch_event){
                   .kind = N2_FETCH_LOGGED_IN, .who = r->who, .conn = r->conn, .err = err});
        return;
    }
    r->is_shown = !err;
    n2_fetch_tell(f, &(n2_fetch_event){.kind = N2_FETCH_SHOWN, .who = r->who, .err = err});
}

/* ---- pairing ---- */

void
n2_fetch_on_pair(n2_fetch *fetch, n2_fetch_paired *paired, void *user)
{
    fetch->paired = paired;
    fetch->paired_user = user;
}

static remote *
open_to(n2_fetch *f, const n2_id *who)
{
    for (size_t i = 0; i < N2_FETCH_REMOTES_MAX; i++)
        if (f->remotes[i].state == REMOTE_OPEN && n2_id_equal(&f->remotes[i].who, who))
            return &f->remotes[i];
    return NULL;
}

n2_err
n2_fetch_pair(n2_fetch *fetch, const n2_id *who, const n2_slice *message, uint64_t now_us)
{
    remote *r = open_to(fetch, who);
    n2_asm block;

    if (!r)
        return N2_ERR_NOTFOUND;
    if (!n2_fetch_ask(fetch, r, ASK_PAIR, 0, 0, &block, now_us))
        return N2_ERR_LIMIT;
    r->used_us = now_us;
    n2_asm_bytes(&block, message->bytes, message->len);
    n2_asm_word(&block, N2_WORD_PAIR);
    n2_fetch_say(fetch, r, &block);
    return N2_OK;
}

void
n2_pair_answer(n2_fetch *f, const remote *r, const n2_call *call)
{
    n2_id who = r->who;

    if (f->paired)
        f->paired(f->paired_user, &who, call->err, call->values,
                  call->err ? 0 : call->n_values);
}

/* ---- names ---- */

void
n2_fetch_on_name(n2_fetch *fetch, n2_fetch_named *named, void *user)
{
    fetch->named = named;
    fetch->named_user = user;
}

n2_err
n2_fetch_name(n2_fetch *fetch,
              const n2_id *who,
              uint32_t number,
              void (*put)(void *user, n2_asm *block),
              void *user,
              uint64_t now_us)
{
    remote *r = open_to(fetch, who);
    n2_asm block;

    if (!r)
        return N2_ERR_NOTFOUND;
    if (!n2_fetch_ask(fetch, r, ASK_NAME, 0, 0, &block, now_us))
        return N2_ERR_LIMIT;
    for (size_t i = 0; i < QUESTIONS_MAX; i++)
        if (fetch->questions[i].remote == r && fetch->questions[i].serial == fetch->serial)
            fetch->questions[i].address = number;
    r->used_us = now_us;
    put(user, &block);
    n2_fetch_say(fetch, r, &block);
    return N2_OK;
}

void
n2_name_answer(n2_fetch *f, const remote *r, const question *q, const n2_call *call)
{
    n2_id who = r->who;

    if (f->named)
        f->named(f->named_user, (uint32_t)q->address, &who, call->err, call->values,
                 call->err ? 0 : call->n_values);
}
