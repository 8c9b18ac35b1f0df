/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-pair-new.c - the side of a pairing that asks: a new machine of somebody who has
 *                      another.
 */
#include "node/control-pair.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

#define FIRST_US (1 * N2_MINUTE_US) /* until the other machine may have begun */
#define PAUSE_US (1 * N2_SECOND_US) /* between two questions whether it is done there */

void
n2_pair_say(n2_control *c, job *j)
{
    pairing *p = j->state;
    n2_err err =
        n2_fetch_pair(c->fetch, &p->other, &(n2_slice){p->message, p->message_len}, c->now_us);

    p->is_asking = !err;
    p->asked_us = c->now_us;
    if (err)
        n2_pair_failed(c, j, err == N2_ERR_NOTFOUND ? N2_ERR_CLOSED : err);
}

static void
drawn(n2_control *c, job *j, const n2_keys_answer *a)
{
    pairing *p = j->state;

    if (n2_keys_refused(c, j, a))
        return;
    n2_err err =
        n2_device_drawn(c, a, p->label, p->keys, p->asked, sizeof p->asked, &p->asked_len);
    p->n_keys = err ? 0 : a->n_keys;
    n2_key mine = n2_pair_name(p->asked, p->asked_len);
    if (!err)
        err = n2_pair_begin(&p->pair, true, &mine, &c->env, p->message, &p->message_len);
    if (!err) {
        p->phase = PHASE_CONNECTS;
        err = n2_fetch_head(c->fetch, &p->other, NULL, 0, c->now_us, &j->transfer);
    }
    if (err)
        n2_pair_failed(c, j, err);
    else
        j->awaits = AWAIT_HEAD;
}

/* Whether it has published anything does not matter. */
void
n2_pair_connected(n2_control *c, job *j, const n2_fetch_event *event)
{
    pairing *p = j->state;

    if (event->kind != N2_FETCH_DONE)
        return;
    j->transfer = 0;
    j->awaits = AWAIT_NOTHING;
    if (event->err && event->err != N2_ERR_NOTFOUND) {
        n2_job_failed(c, j, event->err);
        return;
    }
    p->phase = PHASE_FIRST;
    p->first_us = c->now_us + FIRST_US;
    n2_pair_say(c, j);
}

static void
joined(n2_control *c, job *j, const n2_keys_answer *a)
{
    pairing *p = j->state;
    size_t at = 0, len;
    const uint8_t *half;

    if (n2_keys_refused(c, j, a))
        return;
    if (!n2_keys_take_identity(c, a)) {
        n2_job_failed(c, j, N2_ERR_LIMIT);
        return;
    }
    j->who = a->who;
    (void)n2_container_next(p->given, p->given_len, &at, &half, &len);
    n2_slice add = n2_device_whole_add(a, &(n2_slice){half, len});
    if (!add.len || add.len >= sizeof p->message) { /* theirs to fetch another way */
        n2_pair_done(c, j, &a->who);
        return;
    }
    p->phase = PHASE_TELLS;
    p->message[0] = SAYS_ADD;
    memcpy(p->message + 1, add.bytes, add.len);
    p->message_len = 1 + add.len;
    n2_pair_say(c, j);
}

/* What came is the identity that the words stood for, and this machine one of its own. */
static void
join(n2_control *c, job *j)
{
    pairing *p = j->state;
    const uint8_t *half;
    size_t at = 0, len, n;
    n2_box box;
    n2_field f;

    n2_err err = n2_container_check(p->given, p->given_len, &n);
    if (!err && n < 2)
        err = N2_ERR_FORMAT;
    if (!err && (!n2_container_next(p->given, p->given_len, &at, &half, &len) ||
                 n2_box_check(&box, half, len, N2_KIND_SIGNED, c->config.unicode)))
        err = N2_ERR_FORMAT;
    if (err) {
        n2_pair_failed(c, j, err);
        return;
    }
    size_t rest = at;
    (void)n2_box_find(&box, 1, &f);
    n2_box body = n2_box_of_field(&f);
    n2_id who = n2_box_id(&body, 1);
    n2_key name = n2_pair_name_of(&who);
    if (body.kind != N2_KIND_ADD || !n2_key_equal(&name, &p->theirs)) {
        n2_pair_failed(c, j, N2_ERR_FORGED);
        return;
    }
    p->phase = PHASE_JOINS;
    n2_keys_order(c, j,
                  &(n2_keys_request){.kind = N2_KEYS_JOIN,
                                     .first = {half, len},
                                     .body = {p->given + rest, p->given_len - rest}},
                  -1, joined);
}

static n2_err
take_given(pairing *p, const n2_value *values, size_t n)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);

    for (size_t i = 0; i < n; i++)
        if (values[i].type == 'b')
            n2_write_bytes(&w, values[i].bytes, values[i].len);
        else
            n2_writer_fail(&w, N2_ERR_FORMAT);
    free(p->given);
    p->given = NULL;
    return n2_writer_steal(&w, &p->given, &p->given_len);
}

/* An answer to what was said last. */
static void
answered(n2_control *c, job *j, n2_err err, const n2_value *values, size_t n)
{
    pairing *p = j->state;
    uint8_t next[N2_PAIR_MESSAGE_BYTES_MAX];
    size_t len = 0;

    p->is_asking = false;
    if (err == N2_ERR_NOTFOUND && p->phase == PHASE_FIRST && c->now_us < p->first_us) {
        p->again_us = c->now_us + PAUSE_US; /* it may be about to */
        return;
    }
    if (err == N2_ERR_NOTFOUND && p->phase == PHASE_FIRST) {
        n2_job_failed_words(c, j, err, N_("the other machine waits for no other"),
                            N_("Begin there first."));
        return;
    }
    if (err == N2_ERR_NOTFOUND)
        err = N2_ERR_REFUSED;      /* it was given up there */
    if (p->phase == PHASE_TELLS) { /* whatever it says: it is one of ours now */
        n2_id who = j->who;
        n2_pair_done(c, j, &who);
        return;
    }
    if (!err && p->phase == PHASE_FIRST)
        err = n != 1 || values[0].type != 'b'
                  ? N2_ERR_FORMAT
                  : n2_pair_take(&p->pair, values[0].bytes, values[0].len, next, &len);
    else if (!err && p->phase == PHASE_AGREED && n)
        err = take_given(p, values, n);
    if (err) {
        n2_pair_failed(c, j, err);
        return;
    }
    if (p->phase == PHASE_FIRST) {
        p->phase = PHASE_THIRD;
        memcpy(p->message, next, len);
        p->message_len = len;
        n2_pair_say(c, j);
    } else if (p->phase == PHASE_THIRD) {
        p->phase = PHASE_SHOWS;
        p->message[0] = SAYS_NOTHING;
        p->message_len = 1;
        p->again_us = c->now_us + PAUSE_US;
        n2_pair_show(c, j);
    } else if (p->phase == PHASE_AGREED && n) {
        join(c, j);
    } else {
        p->again_us = c->now_us + PAUSE_US;
    }
}

void
n2_pair_answered(void *user, const n2_id *who, n2_err err, const n2_value *values, size_t n)
{
    n2_control *c = user;
    job *j = n2_pairing_find(c, NULL);
    pairing *p = j ? j->state : NULL;

    if (n2_vault_answered(c, who, err, values, n))
        return;
    if (p && n2_pair_is_new(p) && p->is_asking && n2_id_equal(&p->other, who))
        answered(c, j, err, values, n);
}

static n2_err
whose(n2_control *c, const char *address, n2_id *out)
{
    n2_address a;
    n2_err err = n2_address_parse(&a, address, c->config.unicode);

    if (err)
        return N2_ERR_USAGE;
    if (a.kind == N2_ADDRESS_CONTENT)
        return N2_ERR_USAGE;
    *out = a.id;
    return a.kind == N2_ADDRESS_IDENTITY ? N2_OK : n2_name_resolve(c, a.name, out);
}

void
n2_pair_begin_new(n2_control *c, job *j)
{
    pairing *p = j->state;
    n2_keys_request request = {.kind = N2_KEYS_DRAW};

    p->phase = PHASE_DRAWS;
    if (!n2_device_label(c, j, j->name ? j->name : "paired", p->label))
        return;
    memcpy(request.label, p->label, sizeof p->label);
    n2_err err = j->other ? whose(c, j->other, &p->other) : N2_ERR_USAGE;
    if (!err && n2_keys_own(c, &p->other))
        err = N2_ERR_USAGE;
    if (err)
        n2_job_failed(c, j, err);
    else
        n2_keys_order(c, j, &request, -1, drawn);
}
