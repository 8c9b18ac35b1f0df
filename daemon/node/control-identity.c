/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-identity.c - jobs about identities: list and show.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base32.h"
#include "crypto/identity-body.h"
#include "node/control-private.h"

/* "device publish" */
static void
rights_text(uint32_t rights, char *out, size_t size)
{
    static const struct {
        uint32_t right;
        const char *word;
    } words[] = {
        {N2_RIGHT_CONTROL, "control"}, {N2_RIGHT_SESSION, "session"},
        {N2_RIGHT_DEVICE, "device"},   {N2_RIGHT_OPEN, "open"},
        {N2_RIGHT_ZONE, "zone"},       {N2_RIGHT_PUBLISH, "publish"},
    };
    size_t used = 0;

    out[0] = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rights & words[i].right)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "",
                                     words[i].word);
}

static const char *
method_text(uint8_t method)
{
    switch (method) {
    case N2_KEY_ED25519:
        return "ed25519";
    case N2_KEY_ED448:
        return "ed448";
    case N2_KEY_X25519:
        return "x25519";
    case N2_KEY_X448:
        return "x448";
    case N2_KEY_P256:
    case N2_KEY_P256_ECDH:
        return "p256";
    default:
        return NULL;
    }
}

static void
put_place(n2_table *t, const n2_key *key, const n2_keys_answer *state)
{
    static const char *const slots[N2_PLACES] = {NULL, "sign", "open", "login"};
    const n2_keys_place *place = NULL;
    char id[N2_TOKEN_ID_CHARS];

    for (size_t i = 0; i < state->n_keys; i++)
        if (n2_key_equal(&state->keys[i].key, key))
            place = &state->keys[i].place;
    n2_table_text(t, "place", !place ? "elsewhere" : place->slot ? "token" : "here");
    if (!place || !place->slot || place->slot >= N2_PLACES)
        return;
    n2_token_id_write(id, place->aid);
    n2_table_text(t, "token", id);
    n2_table_text(t, "token-name", place->name);
    n2_table_text(t, "slot", slots[place->slot]);
}

typedef struct {
    const n2_identity *identity;
    char of[N2_IDENTITY_KEYS_MAX][N2_KEY_LABEL_BYTES_MAX + 1]; /* as identity->keys */
} labels;

static bool
take_label_cb(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    char label[N2_KEY_LABEL_BYTES_MAX + 1];
    labels *all = user;
    n2_key key;

    (void)kind;
    if (n2_add_label(statement, len, &key, label))
        return true;
    for (size_t i = 0; i < all->identity->n_keys; i++)
        if (n2_key_equal(&all->identity->keys[i].key, &key))
            memcpy(all->of[i], label, sizeof label);
    return true;
}

static n2_table *
keys_table(n2_control *c, const n2_identity *identity, const n2_keys_answer *state)
{
    labels names = {.identity = identity};
    n2_table *t = n2_table_new();

    if (n2_store_statements(c->config.store, &identity->id, N2_KIND_ADD, take_label_cb, &names))
        n2_control_log(c, "the store does not tell what keys are called");

    for (size_t i = 0; i < identity->n_keys; i++) {
        const n2_grant *g = &identity->keys[i];
        char text[N2_BASE32_CHARS(N2_KEY_BYTES_MAX) + 1];
        char rights[64];

        n2_base32_encode(text, g->key.bytes, n2_key_bytes(g->key.method));
        rights_text(g->rights, rights, sizeof rights);
        n2_table_row(t);
        n2_table_text(t, "id", text);
        n2_table_text(t, "method", method_text(g->key.method));
        n2_table_text(t, "rights", rights);
        if (*names.of[i])
            n2_table_text(t, "label", names.of[i]);
        if (g->from_us > 0) /* a control key has neither */
            n2_table_int(t, "from", g->from_us);
        if (g->until_us > 0 && g->until_us < INT64_MAX)
            n2_table_int(t, "until", g->until_us);
        if (state)
            put_place(t, &g->key, state);
    }
    return t;
}

static void
put_state(n2_table *t, const n2_keys_answer *a)
{
    n2_table_bool(t, "signed-in", a->flags & N2_OWN_IS_SIGNED_IN);
    if (a->flags & N2_OWN_IS_SIGNED_IN)
        n2_table_int(t, "until", a->until_us);
    n2_table_bool(t, "needs-token", a->flags & N2_OWN_NEEDS_TOKEN);
    n2_table_bool(t, "lacks-vault", a->flags & N2_OWN_LACKS_VAULT);
    n2_table_bool(t, "signed-out", a->flags & N2_OWN_IS_SIGNED_OUT);
    n2_table_text(t, "sheet",
                  !(a->flags & N2_OWN_HAS_SHEET)  ? "done"
                  : a->flags & N2_OWN_SHEET_SHOWN ? "shown"
                                                  : "kept");
    n2_table_bool(t, "passphrase", a->flags & N2_OWN_HAS_PASSPHRASE);
}

/* One row about @who; own or known from others.  @state: (nullable): what the keys process
 * says of it. */
static n2_err
put_row(
    n2_control *c, n2_table *t, const n2_id *who, const n2_keys_answer *state, bool with_keys)
{
    static const char *const states[] = {"live", "frozen", "ended"};
    const own_identity *own = n2_keys_own(c, who);
    n2_identity identity;
    n2_head head;
    n2_err err = n2_keys_identity(c, who, &identity);

    if (err)
        return err;
    n2_table_row(t);
    n2_table_text(t, "name", own ? own->label : "");
    n2_table_id(t, "address", N2_ID_IDENTITY, who);
    n2_table_bool(t, "default", own == c->owns && c->n_owns);
    n2_table_bool(t, "here", own);
    n2_table_bool(t, "publishes", own && own == n2_publisher(c));
    n2_table_int(t, "made", identity.made_us);
    n2_table_text(t, "state", states[identity.state]);
    if (identity.fresh_us)
        n2_table_int(t, "confirmed", identity.fresh_us);
    if (identity.state == N2_IDENTITY_ENDED)
        n2_table_id(t, "successor", N2_ID_IDENTITY, &identity.successor);
    if (state)
        put_state(t, state);
    if (!with_keys)
        return N2_OK;
    n2_table_take(t, "keys", keys_table(c, &identity, state));
    if (!n2_store_head_get(c->config.store, who, N2_BRANCH_MAIN, &head, NULL, NULL)) {
        n2_table_int(t, "counter", (int64_t)head.counter);
        n2_table_id(t, "root", N2_ID_CONTENT, &head.root.id);
    }
    return N2_OK;
}

static void
end(n2_control *c, job *j, n2_table *t, n2_err err)
{
    if (err) {
        n2_table_free(t);
        n2_job_failed(c, j, err);
    } else {
        n2_job_done(c, j, t);
    }
}

n2_err
n2_identity_named(n2_control *c, const char *text, n2_id *out)
{
    bool is_default = !text || !*text;

    for (size_t i = 0; i < c->n_owns; i++)
        if (is_default || !strcmp(c->owns[i].label, text)) {
            *out = c->owns[i].who;
            return N2_OK;
        }
    return is_default ? N2_ERR_NOTFOUND : n2_name_resolve(c, text, out);
}

bool
n2_identity_own(n2_control *c, job *j, const char *text, n2_id *out)
{
    n2_err err = n2_identity_named(c, text, out);

    if (!err && !n2_keys_own(c, out))
        err = N2_ERR_NOTFOUND;
    if (err)
        n2_job_failed_words(c, j, err, n2_words_not_own_why, n2_words_not_own_next);
    return !err;
}

void
n2_identity_changed(n2_control *c, const n2_id *who)
{
    n2_confirm_soon(c);
    char text[sizeof "identity " + N2_ID_TEXT_BYTES] = "identity ";

    if (who)
        n2_id_format(text + strlen(text), N2_ID_IDENTITY, who);
    n2_control_changed(c, text);
}

/* ---- list and show ---- */

/* Those of the list that the keys process has told about. */
typedef struct {
    n2_table *table; /* (owned) */
    size_t at;
} listing;

static void
free_listing(void *state)
{
    listing *l = state;

    n2_table_free(l->table);
    free(l);
}

static void list_next(n2_control *c, job *j);

static void
listed_one(n2_control *c, job *j, const n2_keys_answer *a)
{
    listing *l = j->state;
    n2_err err = put_row(c, l->table, &c->owns[l->at++].who, a->err ? NULL : a, false);

    if (err)
        n2_job_failed(c, j, err);
    else
        list_next(c, j);
}

static void
ask_state(n2_control *c, job *j, const n2_id *who, n2_keys_answered *then)
{
    n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_STATE, .who = *who}, -1, then);
}

static void
list_next(n2_control *c, job *j)
{
    listing *l = j->state;

    if (l->at < c->n_owns) {
        ask_state(c, j, &c->owns[l->at].who, listed_one);
        return;
    }
    n2_table *t = l->table;

    l->table = NULL;
    n2_job_done(c, j, t);
}

static void
list(n2_control *c, job *j)
{
    listing *l = calloc(1, sizeof *l);

    if (!l) {
        n2_job_failed(c, j, N2_ERR_NOMEM);
        return;
    }
    l->table = n2_table_new();
    j->state = l;
    j->free_state = free_listing;
    list_next(c, j);
}

static void
shown(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_table *t = n2_table_new();

    end(c, j, t, put_row(c, t, &j->who, a->err ? NULL : a, true));
}

static void
show(n2_control *c, job *j)
{
    n2_err err = n2_identity_named(c, j->address, &j->who);

    if (err)
        n2_job_failed(c, j, err);
    else if (n2_keys_own(c, &j->who))
        ask_state(c, j, &j->who, shown);
    else
        shown(c, j, &(n2_keys_answer){.err = N2_ERR_NOTFOUND});
}

void
n2_identity_made(n2_control *c, job *j, const own_identity *own)
{
    j->who = own->who;
    ask_state(c, j, &j->who, shown);
}

void
n2_identity_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_ID_NEW)
        n2_identity_new(c, j);
    else if (j->kind == N2_JOB_ID_LIST)
        list(c, j);
    else
        show(c, j);
}

bool
n2_control_identity(const n2_control *control, n2_id *out)
{
    if (!control->n_owns)
        return false;
    *out = control->owns[0].who;
    return true;
}
