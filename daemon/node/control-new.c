/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-new.c - a new identity, on tokens if the user wants that.
 *
 *     (PASSPHRASE) --> TOKENS, TOKEN_MAKE of each token --> NEW with the keys that were made
 * there
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-statement.h"

enum {
    TOUCH_AS_IT_IS = 255 /* N2_TOUCH_UNKNOWN */
};

typedef struct {
    n2_keys_request request; /* NEW, as far as it is known */
    size_t at;               /* in the job's list of tokens */
} making;

static void next_token(n2_control *c, job *j);

static void
token_made(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_keys_token token;
    n2_slice rows = a->rows;

    if (a->err == N2_ERR_EXISTS) {
        n2_job_failed_words(c, j, a->err, n2_words_has_keys_why, n2_words_has_keys_next);
        return;
    }
    if (n2_keys_refused(c, j, a))
        return;
    making *m = j->state;

    if (n2_keys_token_next(&rows, &token) &&
        n2_token_take_keys(&token, m->request.keys, &m->request.n_keys, N2_KEYRING_KEYS_MAX))
        next_token(c, j);
    else
        n2_job_failed(c, j, N2_ERR_TOKEN);
}

static void
make_on(n2_control *c, job *j, const char *id)
{
    n2_keys_request request = {.kind = N2_KEYS_TOKEN_MAKE, .n_aids = 1, .n_makes = 3};

    for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++)
        request.makes[slot - 1] = (n2_keys_make){.slot = slot, .touch = TOUCH_AS_IT_IS};
    if (!n2_token_read_touches(j->other, request.makes)) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    if (j->flags & N2_REQUEST_REPLACE)
        request.flags = N2_MAKE_REPLACE;
    if (j->flags & N2_REQUEST_KEEP) /* somebody else made them: do they work? */
        request.flags = N2_MAKE_KEEP | N2_MAKE_PROVE;
    if (n2_token_id_read(request.aids[0], id))
        n2_keys_order(c, j, &request, -1, token_made);
    else
        n2_job_failed(c, j, N2_ERR_USAGE);
}

/* Keys that one of our identities lists are not made anew. */
static void
looked(n2_control *c, job *j, const n2_keys_answer *a)
{
    const making *m = j->state;

    if (n2_keys_refused(c, j, a))
        return;
    if (n2_token_is_owned(a, j->list[m->at - 1]))
        n2_job_failed_words(c, j, N2_ERR_EXISTS, n2_words_owned_why, n2_words_owned_next);
    else
        make_on(c, j, j->list[m->at - 1]);
}

static void
next_token(n2_control *c, job *j)
{
    making *m = j->state;
    key_request extra = {.job = j->id};

    if (j->list && j->list[m->at]) {
        m->at++;
        n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_TOKENS}, -1, looked);
        return;
    }
    n2_err err = n2_keys_ask(c, &m->request, &extra);

    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_KEYS;
}

static void
sealed(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (!n2_keys_refused(c, j, a))
        next_token(c, j);
}

/* "": Ed25519. */
static bool
method_of(const char *text, uint8_t *out)
{
    bool is_448 = text && !strcmp(text, "ed448");

    *out = is_448 ? N2_KEY_ED448 : N2_KEY_ED25519;
    return is_448 || !text || !*text || !strcmp(text, "ed25519");
}

void
n2_identity_new(n2_control *c, job *j)
{
    size_t len = j->name ? strlen(j->name) : 0;
    making *m = calloc(1, sizeof *m);
    n2_err err = !m ? N2_ERR_NOMEM
                 : len > N2_OWN_LABEL_BYTES_MAX
                     ? N2_ERR_LIMIT
                     : n2_utf8_check_name(j->name ? j->name : "", len, c->config.unicode);

    j->state = m;
    if (err || !n2_utf8_is_assigned(j->name, len, c->config.unicode) ||
        !method_of(j->type, &m->request.method)) {
        n2_job_failed(c, j, err == N2_ERR_NOMEM ? err : N2_ERR_USAGE);
        return;
    }
    for (size_t i = 0; i < c->n_owns; i++)
        if (!strcmp(c->owns[i].label, j->name)) { /* before anything is done to a token */
            n2_job_failed(c, j, N2_ERR_EXISTS);
            return;
        }
    m->request.kind = N2_KEYS_NEW;
    memcpy(m->request.label, j->name, len);
    if (j->has_pipe)
        n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_PASSPHRASE}, n2_job_take_pipe(j),
                      sealed);
    else
        next_token(c, j);
}
