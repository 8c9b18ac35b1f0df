/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-ask.c - what waits for a person: asked by the keys process, or by a job itself.
 *
 * Each has a number that agents know, and is answered once.  A secret comes as the end of a
 * pipe, and goes on as that.
 */
#include <stdio.h>
#include <string.h>

#include "node/control-private.h"
#include "token/result.h"

static void
end(n2_control *c, person_ask *q)
{
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_ASK_OVER, .job = q->job, .ask = q->id});
    *q = (person_ask){0};
}

static person_ask *
find(n2_control *c, uint32_t id)
{
    for (size_t i = 0; id && i < N2_PERSON_ASKS_MAX; i++)
        if (c->asks[i].id == id)
            return &c->asks[i];
    return NULL;
}

/* NULL: there are too many.  @options: (transfer full). */
static person_ask *
begin(n2_control *c, const person_ask *how, const char *want, n2_table *options)
{
    person_ask *q = NULL;

    for (size_t i = 0; i < N2_PERSON_ASKS_MAX && !q; i++)
        if (!c->asks[i].id)
            q = &c->asks[i];
    if (!q) {
        c->met.asks++;
        n2_table_free(options);
        return NULL;
    }
    *q = *how;
    if (!++c->last_ask)
        ++c->last_ask;
    q->id = c->last_ask;
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_ASK,
                                    .job = q->job,
                                    .ask = q->id,
                                    .text = strdup(want),
                                    .table = options});
    return q;
}

void
n2_ask_over(n2_control *c, n2_job waits, uint32_t request)
{
    for (size_t i = 0; i < N2_PERSON_ASKS_MAX; i++) {
        person_ask *q = &c->asks[i];

        if (q->id && ((waits && q->job == waits) || (request && q->request == request)))
            end(c, q);
    }
}

void
n2_ask_unlocked(n2_control *c)
{
    for (size_t i = 0; i < N2_PERSON_ASKS_MAX; i++)
        if (c->asks[i].id && c->asks[i].wants_unlock)
            end(c, &c->asks[i]);
}

void
n2_ask_person(n2_control *c, job *j, const char *want, n2_table *options, n2_asked *then)
{
    j->awaits = AWAIT_PERSON;
    if (!begin(c, &(person_ask){.job = j->id, .then = then}, want, options))
        n2_job_failed(c, j, N2_ERR_LIMIT);
}

/* ---- asked by the keys process ---- */

/* The token's name for people, else its serial number as it is printed on it. */
static void
put_token(n2_table *t, const n2_keys_place *place)
{
    char text[N2_KEYS_NAME_BYTES_MAX + 1];

    if (!place->slot)
        return;
    (void)snprintf(text, sizeof text, "%s", place->name);
    if (!*text)
        (void)snprintf(text, sizeof text, "%02X%02X %02X%02X%02X%02X", place->aid[0],
                       place->aid[1], place->aid[2], place->aid[3], place->aid[4],
                       place->aid[5]);
    n2_table_text(t, "token", text);
}

static n2_table *
options_of(const n2_keys_said *s)
{
    n2_table *t = n2_job_row();

    put_token(t, &s->place);
    if (s->why)
        n2_table_text(t, "why", n2_token_why((n2_token_code)s->why));
    if (s->tries != N2_TRIES_UNKNOWN)
        n2_table_int(t, "tries", s->tries);
    if (s->seconds)
        n2_table_int(t, "seconds", s->seconds);
    return t;
}

static n2_job
job_of(const n2_control *c, uint32_t request)
{
    for (size_t i = 0; request && i < c->n_requests; i++)
        if (c->requests[i].id == request)
            return c->requests[i].job;
    return 0;
}

static void
refuse(n2_control *c, uint32_t request)
{
    const n2_keys_request no = {.kind = N2_KEYS_TELL, .about = request, .how = N2_TELL_NO};
    key_request extra = {0};

    if (request && n2_keys_ask(c, &no, &extra))
        n2_control_log(c, "the keys process could not be told that nobody answers");
}

void
n2_ask_said(n2_control *c, const n2_keys_said *said)
{
    bool wants_unlock = said->want == N2_ASK_PASSPHRASE && !said->request;
    person_ask how = {.job = job_of(c, said->request),
                      .request = said->request,
                      .wants_unlock = wants_unlock};

    if (wants_unlock) {
        n2_ask_unlocked(c);
        c->is_locked = true;
        c->was_locked = c->was_locked || !c->is_ready;
        n2_control_log(c, "the keys are locked: their passphrase is wanted");
        n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_LOCKED});
    }
    n2_ask_over(c, 0, said->request); /* one thing at a time */
    const char *want = n2_ask_name(said->want);
    if (want && !begin(c, &how, want, options_of(said)))
        refuse(c, said->request);
}

/* ---- answered ---- */

static void
told(n2_control *c, job *j, const n2_keys_answer *a)
{
    person_ask *q = find(c, (uint32_t)j->number);

    if (q && a->err)
        q->is_told = false; /* it was no PIN at all, or the wrong passphrase: once more */
    if (q && !a->err && q->wants_unlock)
        n2_keys_unlock_done(c, j, a);
    else
        n2_keys_done(c, j, a);
}

static void
tell(n2_control *c, job *j, person_ask *q)
{
    n2_keys_request request = {.kind = N2_KEYS_TELL,
                               .about = q->request,
                               .how =
                                   j->flags & N2_REQUEST_LAST ? N2_TELL_LAST : N2_TELL_SECRET};

    if (q->wants_unlock)
        request = (n2_keys_request){.kind = N2_KEYS_UNLOCK};
    if (!j->has_pipe || q->then) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    n2_job id = j->id;

    q->is_told = true;
    n2_keys_order(c, j, &request, n2_job_take_pipe(j), told);
    if (!n2_job_find(c, id)) /* it could not even be sent */
        q->is_told = false;
}

/* Whoever waits says then what it means. */
static void
note_nobody(n2_control *c, const person_ask *q)
{
    job *waits = n2_job_find(c, q->job);

    if (waits)
        waits->flags |= N2_REQUEST_NOBODY;
}

/* The ask is over before its job goes on: that may ask again. */
static void
choose(n2_control *c, person_ask *q, const n2_chosen *chosen)
{
    person_ask was = *q;
    job *waits = n2_job_find(c, was.job);

    end(c, q);
    if (was.then && waits)
        was.then(c, waits, chosen);
    else if (!was.then)
        refuse(c, was.request);
}

void
n2_ask_job(n2_control *c, job *j)
{
    person_ask *q =
        j->number > 0 && j->number <= UINT32_MAX ? find(c, (uint32_t)j->number) : NULL;

    if (!q || q->is_told) {
        n2_job_failed_words(c, j, N2_ERR_STATE, n2_words_nobody_asks_why,
                            n2_words_nobody_asks_next);
    } else if (j->kind == N2_JOB_ASK_TELL) {
        tell(c, j, q);
    } else if (j->kind == N2_JOB_ASK_REFUSE) {
        if (j->flags & N2_REQUEST_NOBODY)
            note_nobody(c, q);
        if (!q->wants_unlock) /* that goes on to be wanted, of whoever comes next */
            choose(c, q, NULL);
        n2_job_done(c, j, NULL);
    } else if (!q->then) {
        n2_job_failed(c, j, N2_ERR_USAGE);
    } else {
        choose(c, q,
               &(n2_chosen){.as = j->value ? j->value : "",
                            .identity = j->address ? j->address : "",
                            .is_always = j->flags & N2_REQUEST_ALWAYS,
                            .is_same = j->flags & N2_REQUEST_SAME});
        n2_job_done(c, j, NULL);
    }
}
