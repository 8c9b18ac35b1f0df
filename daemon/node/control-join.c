/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-join.c - a new machine of somebody who has the token here that changes the identity:
 *                  no other machine has to be on.
 *
 *     statements known? --no--> asked of who serves it --> TOKENS --> ENTER --> our own
 *                                                   the vault, of another machine <--|
 */
#include <string.h>

#include "crypto/armor.h"
#include "crypto/container.h"
#include "node/control-statement.h"
#include "node/forms.h"
#include "token/result.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static void
failed(n2_control *c, job *j, n2_err err)
{
    switch ((int)err) {
    case N2_ERR_NOTFOUND:
        n2_job_failed_words(c, j, err,
                            N_("the statements of this identity are not known here, and nobody "
                               "who has them could be asked"),
                            N_("Bring them in a file, from: net2o id export --own"));
        break;
    case N2_ERR_EXISTS:
        n2_job_failed_words(c, j, err, N_("one of your identities is called like this already"),
                            N_("Give it another name here."));
        break;
    case N2_ERR_REFUSED:
        n2_job_failed_words(c, j, err,
                            N_("the token that is plugged in may not change this identity"),
                            N_("Plug in the one that its list of keys names, and bring its "
                               "newest statements."));
        break;
    default:
        n2_job_failed(c, j, err);
    }
}

static void
free_table(void *state)
{
    n2_table_free(state);
}

static void
stated(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_table *t = j->state;

    /* It is one of ours, whatever else is not known of it. */
    n2_table_bool(t, "lacks-vault", a->err || a->flags & N2_OWN_LACKS_VAULT);
    j->state = NULL;
    n2_job_done(c, j, t);
}

void
n2_join_has_asked(n2_control *c, job *j)
{
    n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_STATE, .who = j->who}, -1, stated);
}

/* The vault is not here yet: if another machine can be asked, it is, before this ends. */
static void
entered(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);

    if (a->err == N2_ERR_EXISTS || a->err == N2_ERR_REFUSED) {
        failed(c, j, a->err);
        return;
    }
    if (n2_keys_refused(c, j, a))
        return;
    if (!n2_keys_take_identity(c, a)) {
        n2_job_failed(c, j, N2_ERR_LIMIT);
        return;
    }
    n2_table *t = n2_job_row();
    n2_table_text(t, "name", a->label);
    n2_table_id(t, "address", N2_ID_IDENTITY, &a->who);
    /* With the add, for our other machines. */
    for (size_t i = 0; i < a->n_statements; i++)
        n2_container_put(&w, a->statements[i].bytes, a->statements[i].len);
    if (!w.err)
        n2_forms_put_text(t, N2_ARMOR_CONTAINER, w.buf, w.len);
    n2_writer_clear(&w);
    n2_identity_changed(c, &a->who);
    j->state = t;
    j->free_state = free_table;
    j->awaits = AWAIT_KEYS;
    if (!n2_vault_seek(c, &a->who, j->id))
        n2_join_has_asked(c, j);
}

/* Those of the token that the identity lists. */
static void
take_listed(const n2_keys_token *token, const n2_identity *identity, n2_keys_request *request)
{
    for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++) {
        const n2_key *key = &token->keys[slot - 1].key;
        for (size_t i = 0; key->method && i < identity->n_keys; i++) {
            if (!n2_key_equal(&identity->keys[i].key, key) ||
                request->n_keys == N2_KEYRING_KEYS_MAX - 1)
                continue;
            n2_keys_own_key *k = &request->keys[request->n_keys++];
            *k = (n2_keys_own_key){.key = *key, .place = {.slot = slot}};
            memcpy(k->place.aid, token->aid, sizeof k->place.aid);
            memcpy(k->place.name, token->title, sizeof k->place.name);
        }
    }
}

/* What is in the readers is known. */
static void
looked(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);
    n2_keys_request request = {.kind = N2_KEYS_ENTER, .who = j->who};
    n2_token_code code = a->service ? (n2_token_code)a->service : N2_TOKEN_NO_READER;
    n2_slice rows = a->rows;
    n2_identity identity;
    n2_keys_token token;

    if (n2_keys_refused(c, j, a))
        return;
    n2_err err = n2_keys_identity(c, &j->who, &identity);
    while (!err && !a->service && n2_keys_token_next(&rows, &token)) {
        if (code)
            code = (n2_token_code)token.state;
        if (token.state == N2_TOKEN_OK)
            take_listed(&token, &identity, &request);
    }
    if (!err)
        err = n2_statement_write(c, &j->who, &w, NULL);
    if (err)
        failed(c, j, err);
    else if (code)
        n2_job_failed_words(c, j, N2_ERR_TOKEN, n2_token_why(code), n2_token_next(code));
    else if (n2_device_label(c, j, j->name ? j->name : "joined", request.label)) {
        request.body = (n2_slice){w.buf, w.len};
        n2_keys_order(c, j, &request, -1, entered);
    }
    n2_writer_clear(&w);
}

static void
look(n2_control *c, job *j)
{
    n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_TOKENS}, -1, looked);
}

/* Whether it has published anything does not matter: who serves it has said who it is. */
void
n2_join_connected(n2_control *c, job *j, const n2_fetch_event *event)
{
    n2_identity identity;

    if (event->kind != N2_FETCH_DONE)
        return;
    j->transfer = 0;
    j->awaits = AWAIT_NOTHING;
    if (n2_keys_identity(c, &j->who, &identity))
        failed(c, j, N2_ERR_NOTFOUND);
    else
        look(c, j);
}

void
n2_join_job(n2_control *c, job *j)
{
    n2_identity identity;
    n2_err err = n2_identity_named(c, j->address && *j->address ? j->address : "-", &j->who);

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    if (n2_keys_own(c, &j->who)) {
        n2_job_failed_words(c, j, N2_ERR_EXISTS,
                            N_("this identity is one of yours on this machine already"),
                            N_("Sign in, with: net2o id login"));
        return;
    }
    if (!n2_keys_identity(c, &j->who, &identity)) {
        look(c, j);
        return;
    }
    err = n2_fetch_head(c->fetch, &j->who, NULL, 0, c->now_us, &j->transfer);
    if (err)
        failed(c, j, N2_ERR_NOTFOUND);
    else
        j->awaits = AWAIT_HEAD;
}
