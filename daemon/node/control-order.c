/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-order.c - what a job orders of the keys process, and how it gets the answer.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/control-private.h"
#include "token/result.h"

enum {
    GIVEN_UP = 4 /* orders of one job that are under way */
};

int
n2_job_take_pipe(job *j)
{
    int pipe = j->has_pipe ? j->pipe : -1;

    j->has_pipe = false;
    return pipe;
}

void
n2_keys_order(
    n2_control *c, job *j, const n2_keys_request *request, int pipe, n2_keys_answered *then)
{
    key_request extra = {
        .job = j->id, .then = then, .has_pipe = pipe >= 0, .pipe = pipe, .who = request->who};
    n2_err err = N2_OK;

    if (pipe < 0 && n2_keys_pipe_of(request->kind) != N2_PIPE_NONE)
        err = N2_ERR_USAGE;
    if (!err)
        err = n2_keys_ask(c, request, &extra);
    if (!err) {
        j->awaits = AWAIT_KEYS;
        return;
    }
    if (pipe >= 0)
        close(pipe);
    n2_job_failed(c, j, err);
}

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

/* What an error of the keys process means; the first that fits counts.  Kind 0: of any. */
static const struct {
    n2_keys_kind kind;
    n2_err err;
    const char *why, *next;
} words[] = {
    {N2_KEYS_PASSPHRASE, N2_ERR_REFUSED, N_("the passphrase is wrong"),
     N_("Type it again; look whether the caps lock is on.")},
    {N2_KEYS_UNLOCK, N2_ERR_REFUSED, N_("the passphrase is wrong"),
     N_("Type it again; look whether the caps lock is on.")},
    {N2_KEYS_UNLOCK, N2_ERR_STATE, N_("the keys are open already"), ""},
    {N2_KEYS_PASSPHRASE, N2_ERR_LIMIT, N_("the passphrase is too long"),
     N_("Take one of at most 1,024 bytes.")},
    {N2_KEYS_PASSPHRASE, N2_ERR_TRUNCATED, n2_words_cut_why, n2_words_cut_next},
    {N2_KEYS_UNLOCK, N2_ERR_TRUNCATED, n2_words_cut_why, n2_words_cut_next},
    {N2_KEYS_TELL, N2_ERR_TRUNCATED, n2_words_cut_why, n2_words_cut_next},
    {N2_KEYS_TELL, N2_ERR_NOTFOUND, n2_words_nobody_asks_why, n2_words_nobody_asks_next},
    {N2_KEYS_SHEET_TEST, N2_ERR_REFUSED, N_("these are not the words of this sheet"),
     N_("Compare them with the paper, word by word.")},
    {N2_KEYS_SHEET_TEST, N2_ERR_STATE, N_("this sheet was not shown yet"),
     N_("Print it first.")},
    {N2_KEYS_SHEET_SHOW, N2_ERR_STATE,
     N_("the sheet was printed and tested, and is not kept here any more"),
     N_("The paper is the only copy; keep it safe.")},
    {N2_KEYS_SHEET_SHOW, N2_ERR_NOTFOUND, N_("no sheet of this identity is kept here"),
     N_("The paper is the only copy; keep it safe.")},
    {N2_KEYS_SHEET_TEST, N2_ERR_FORMAT, N_("a word is none of the words of sheets"),
     N_("Compare them with the paper; the first four letters of each are enough.")},
    {N2_KEYS_SHEET_TEST, N2_ERR_TRUNCATED, N_("a sheet has 13 words, these are fewer"),
     N_("Type all of them, in their order.")},
    {N2_KEYS_SHEET_TEST, N2_ERR_TRAILING, N_("a sheet has 13 words, these are more"),
     N_("Type those of one sheet, in their order.")},
    {N2_KEYS_SHEET_TEST, N2_ERR_CORRUPT, N_("these words do not fit together: one is another"),
     N_("Compare them with the paper, word by word.")},
    {N2_KEYS_END, N2_ERR_FORMAT, N_("a word is none of the words of sheets"),
     N_("Compare them with the paper; the first four letters of each are enough.")},
    {N2_KEYS_END, N2_ERR_TRUNCATED, N_("a sheet has 13 words, these are fewer"),
     N_("Type all of them, in their order.")},
    {N2_KEYS_END, N2_ERR_TRAILING, N_("a sheet has 13 words, these are more"),
     N_("Type those of one sheet, in their order.")},
    {N2_KEYS_END, N2_ERR_CORRUPT, N_("these words do not fit together: one is another"),
     N_("Compare them with the paper, word by word.")},
    {N2_KEYS_SHEET_TEST, N2_ERR_NOTFOUND, N_("no sheet of this identity is kept here"),
     N_("The paper is the only copy; keep it safe.")},
    {N2_KEYS_END, N2_ERR_REFUSED, N_("these are not the words of this identity's sheet"),
     N_("Compare them with the paper, word by word.")},
    {N2_KEYS_NEW, N2_ERR_EXISTS, N_("an own identity with this name is here already"),
     N_("Take another name.")},
    {0, N2_ERR_REFUSED, N_("no key that may do this is here"),
     N_("Insert the token that has one, or do it on the machine that has one.")},
    {0, N2_ERR_STATE, N_("the keys cannot do this now"),
     N_("Unlock them with their passphrase, or sign in first.")},
    {0, N2_ERR_TOKEN, N_("a token is needed"), N_("Insert the token, then try again.")},
    {0, N2_ERR_TIMEOUT, N_("nobody did it in time"), N_("Try again.")},
    {0, N2_ERR_CLOSED, N_("the process that keeps the keys was started anew meanwhile"),
     N_("Try again.")},
    {0, N2_ERR_NOTFOUND, N_("there is no such key here"),
     N_("List the identities that are here.")},
};

bool
n2_keys_refused(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (!a->err)
        return false;
    if (a->err == N2_ERR_CANCELLED && j->flags & N2_REQUEST_NOBODY) {
        n2_job_failed_words(c, j, N2_ERR_TOKEN, n2_words_nobody_why, n2_words_nobody_next);
        return true;
    }
    if (a->why) {
        n2_job_failed_words(c, j, a->err, n2_token_why((n2_token_code)a->why),
                            n2_token_next((n2_token_code)a->why));
        return true;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].err == a->err && (!words[i].kind || words[i].kind == a->kind)) {
            n2_job_failed_words(c, j, a->err, words[i].why, words[i].next);
            return true;
        }
    n2_job_failed(c, j, a->err);
    return true;
}

void
n2_keys_done(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (!n2_keys_refused(c, j, a))
        n2_job_done(c, j, NULL);
}

void
n2_token_id_write(char out[static N2_TOKEN_ID_CHARS], const uint8_t *aid)
{
    for (size_t i = 0; i < N2_KEYS_AID_BYTES; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", aid[i]);
}

bool
n2_token_id_read(uint8_t *aid, const char *text)
{
    size_t len = 0;

    return !sodium_hex2bin(aid, N2_KEYS_AID_BYTES, text, strlen(text), NULL, &len, NULL) &&
           len == N2_KEYS_AID_BYTES && strlen(text) == N2_TOKEN_ID_CHARS - 1;
}

/* A request that was not sent yet is as if it had never been made. */
static void
forget(n2_control *c, size_t at)
{
    key_request r = c->requests[at];

    memmove(&c->requests[at], &c->requests[at + 1],
            (--c->n_requests - at) * sizeof *c->requests);
    if (r.has_pipe && r.pipe >= 0)
        close(r.pipe);
    free(r.bytes);
}

/* Nobody hears any more whether it was heard. */
static void
untell(n2_control *c, const job *j)
{
    for (size_t i = 0; j->kind == N2_JOB_ASK_TELL && i < N2_PERSON_ASKS_MAX; i++)
        if (c->asks[i].id && c->asks[i].id == j->number)
            c->asks[i].is_told = false;
}

void
n2_orders_drop(n2_control *c, const job *j)
{
    uint32_t sent[GIVEN_UP];
    size_t n_sent = 0;

    for (size_t i = 0; i < c->n_requests;) {
        key_request *r = &c->requests[i];

        if (r->job != j->id || !(r->then || r->kind == N2_KEYS_NEW)) {
            i++;
            continue;
        }
        untell(c, j);
        if (!r->is_sent) {
            forget(c, i);
        } else {
            r->then = NULL; /* its answer is for nobody; NEW and JOIN are still heard */
            if (n_sent < GIVEN_UP)
                sent[n_sent++] = r->id;
            i++;
        }
    }
    /* It may wait for a token, or for a person. */
    for (size_t i = 0; i < n_sent; i++) {
        const n2_keys_request no = {.kind = N2_KEYS_TELL, .about = sent[i], .how = N2_TELL_NO};
        key_request extra = {0};

        if (n2_keys_ask(c, &no, &extra))
            n2_control_log(c, "an order to the keys process could not be given up");
    }
    n2_ask_over(c, j->id, 0);
}
