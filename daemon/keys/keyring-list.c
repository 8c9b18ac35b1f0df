/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-list.c - which keys stand: keys removed, all listed anew, another device's admitted;
 *                  and the vault, which those may open who stand.
 *
 * The vault is opened before anything is signed, as what was drawn from it moves on with it.
 * If it cannot be opened the keys go all the same: what somebody may do no more comes first.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "keys/keyring-impl.h"

enum {
    SIGNED_BODY = 1,
    ADD_KEY = 3,       /* of an add: kind 30 */
    CONTROL_KEYS = 64, /* of a control statement: the same */
    KEY_KEY = 1,       /* of kind 30 */
    KEY_LABEL = 3,
    REMOVE_BYTES_MAX = 512, /* of a whole statement, any method */
    ANSWER_SPARE = 256      /* of a message: what is no statement */
};

/* ---- what a key is called ---- */

static void
label_in(const n2_box *body, const n2_key *key, char label[N2_KEY_LABEL_BYTES_MAX + 1])
{
    n2_field f;
    size_t len;

    for (size_t at = 0; n2_box_next(body, &at, &f);) {
        if (!(body->kind == N2_KIND_ADD && f.number == ADD_KEY) &&
            !(body->kind == N2_KIND_CONTROL && f.number == CONTROL_KEYS))
            continue;
        n2_box box = n2_box_of_field(&f);
        n2_key its = n2_box_key(&box, KEY_KEY);
        const uint8_t *text = n2_box_bytes(&box, KEY_LABEL, &len);
        if (!n2_key_equal(&its, key) || len > N2_KEY_LABEL_BYTES_MAX)
            continue;
        memset(label, 0, N2_KEY_LABEL_BYTES_MAX + 1);
        if (len)
            memcpy(label, text, len);
    }
}

/* As the statements say; those of the birth have none, and get the identity's. */
static void
label_of(const n2_own *own, const n2_key *key, char label[N2_KEY_LABEL_BYTES_MAX + 1])
{
    n2_field f;
    n2_box box;

    memset(label, 0, N2_KEY_LABEL_BYTES_MAX + 1);
    memcpy(label, own->label, strlen(own->label));
    for (size_t i = 0; i < n2_identity_set_count(own->set); i++) {
        n2_kept kept = n2_identity_set_at(own->set, i);
        if (n2_box_check(&box, kept.bytes, kept.len, N2_KIND_SIGNED, NULL) ||
            !n2_box_find(&box, SIGNED_BODY, &f))
            continue;
        n2_box body = n2_box_of_field(&f);
        label_in(&body, key, label);
    }
}

/* ---- bodies ---- */

/* Is @key among the first @n of @keys? */
static bool
is_among(const n2_key *keys, size_t n, const n2_key *key)
{
    for (size_t i = 0; i < n; i++)
        if (n2_key_equal(&keys[i], key))
            return true;
    return false;
}

static const n2_keys_own_key *
coming(const n2_keys_request *q, const n2_key *key)
{
    for (size_t i = 0; i < q->n_keys; i++)
        if (n2_key_equal(&q->keys[i].key, key))
            return &q->keys[i];
    return NULL;
}

/* Can it be what it is to be? */
static n2_err
check_coming(const n2_keys_request *q)
{
    for (size_t i = 0; i < q->n_keys; i++) {
        const n2_keys_own_key *k = &q->keys[i];
        bool signs = n2_signature_bytes(k->key.method) != 0;
        n2_err err = N2_OK;

        if (!k->rights || signs == !!(k->rights & N2_RIGHT_OPEN) || coming(q, &k->key) != k)
            return N2_ERR_FORMAT;
        if (k->place.slot != N2_PLACE_HERE)
            err = n2_change_check_token_key(k);
        if (err)
            return err;
    }
    return N2_OK;
}

/* What is listed from now on: labels as they were. */
typedef struct {
    n2_listed keys[N2_IDENTITY_KEYS_MAX];
    char labels[N2_IDENTITY_KEYS_MAX][N2_KEY_LABEL_BYTES_MAX + 1];
    size_t n;
} listing;

static n2_err
add_listed(listing *l, const n2_grant *grant)
{
    if (l->n == N2_IDENTITY_KEYS_MAX)
        return N2_ERR_LIMIT;
    l->keys[l->n] = (n2_listed){.grant = *grant, .label = l->labels[l->n]};
    l->n++;
    return N2_OK;
}

static n2_err
make_listing(const n2_own *own, const n2_pending *p, listing *l)
{
    const n2_keys_request *q = &p->q;
    n2_err err = N2_OK;

    for (size_t i = 0; i < own->who.n_keys && !err; i++) {
        const n2_grant *g = &own->who.keys[i];
        if (is_among(q->drops, q->n_drops, &g->key) || coming(q, &g->key) ||
            (g->until_us && g->until_us <= p->wall_us))
            continue;
        err = add_listed(l, g);
        if (!err)
            label_of(own, &g->key, l->labels[l->n - 1]);
    }
    for (size_t i = 0; i < q->n_keys && !err; i++) {
        const n2_grant g = {.key = q->keys[i].key,
                            .rights = q->keys[i].rights,
                            .from_us = p->wall_us,
                            .until_us = p->wall_us + q->days * 24 * (int64_t)N2_HOUR_US};
        err = add_listed(l, &g);
        if (!err)
            memcpy(l->labels[l->n - 1], q->label, sizeof q->label);
    }
    return err;
}

/* Keys of tokens are ours from the moment they are listed, not before. */
static n2_err
expect_keys(n2_own *own, n2_pending *p)
{
    for (size_t i = 0; i < p->q.n_keys; i++) {
        const n2_keys_own_key *k = &p->q.keys[i];
        if (k->place.slot == N2_PLACE_HERE || n2_own_key_index(own, &k->key) != NO_KEY)
            continue;
        if (own->n_keys == N2_KEYRING_KEYS_MAX)
            return N2_ERR_LIMIT;
        own->keys[own->n_keys++] = (n2_own_key){k->key, k->place};
        p->n_added++;
    }
    return N2_OK;
}

static n2_err
control_body(n2_own *own, n2_pending *p, uint8_t *buf, size_t cap, n2_box *body)
{
    listing *l = calloc(1, sizeof *l);

    if (!l)
        return N2_ERR_NOMEM;
    n2_err err = make_listing(own, p, l);
    if (!err)
        err = n2_control_body(buf, cap, &own->who, p->wall_us, l->keys, l->n, body);
    free(l);
    if (err == N2_ERR_NOSPACE)
        err = N2_ERR_LIMIT;
    return err ? err : expect_keys(own, p);
}

static n2_err
add_body(const n2_own *own, const n2_pending *p, uint8_t *buf, size_t cap, n2_box *body)
{
    const n2_keys_own_key *k = &p->q.keys[p->n_kept];
    const n2_grant grant = {.key = k->key,
                            .rights = k->rights,
                            .from_us = p->wall_us,
                            .until_us = p->wall_us + p->q.days * 24 * (int64_t)N2_HOUR_US};

    return n2_add_body(buf, cap, &own->who, &grant, p->q.label, body);
}

/* The body that comes next, and who signs it. */
static n2_err
set_body(n2_keyring *k, n2_pending *p)
{
    n2_own *own = &k->own[p->own];
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t by = n2_own_control(own, p->drops, p->n_drops, p->wall_us);
    n2_box body;
    n2_err err;

    if (p->kind == N2_KEYS_REMOVE && by == NO_KEY)
        by = p->target; /* a key may always take itself out */
    if (by == NO_KEY)
        return N2_ERR_REFUSED;
    if (p->lists_anew)
        err = control_body(own, p, bytes, sizeof bytes, &body);
    else if (p->kind == N2_KEYS_ADMIT)
        err = add_body(own, p, bytes, sizeof bytes, &body);
    else
        err = n2_remove_body(bytes, sizeof bytes, &own->who, &p->drops[p->n_kept], p->q.reason,
                             &body);
    if (!err)
        n2_draft_body(p, &body, &by, 1);
    return err;
}

n2_err
n2_list_go_on(n2_keyring *k, n2_pending *p, n2_answering *w)
{
    n2_err err = set_body(k, p);

    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    return n2_draft_run(k, p, w);
}

/* The keys that go when this is signed. */
static const n2_key *
going(const n2_pending *p, size_t *n)
{
    *n = p->lists_anew ? p->q.n_drops : p->n_drops;
    return p->lists_anew ? p->q.drops : p->drops;
}

/* The vault first, if it is to move on: that of those who stay. */
static n2_err
begin(n2_keyring *k, n2_pending *p, bool wants_vault, n2_answering *w)
{
    if (wants_vault && k->own[p->own].vault.n_slots) {
        size_t n;
        const n2_key *keys = going(p, &n);
        n2_vault_choose(&k->own[p->own], &k->secrets->own[p->own], keys, n, p->wall_us);
        n2_err err = n2_vault_open(k, p, w);
        if (!err && w->is_later)
            return N2_OK;
    }
    return n2_list_go_on(k, p, w);
}

/* ---- remove ---- */

/* The open key that came with a device: it has its label, and its hour, or there is no other
 * device of that name. */
static bool
companion(const n2_own *own, const n2_key *device, n2_key *open)
{
    char its[N2_KEY_LABEL_BYTES_MAX + 1], label[N2_KEY_LABEL_BYTES_MAX + 1];
    bool is_only = true, is_found = false;
    n2_grant grant = {0};

    if (!(n2_own_rights(own, device, &grant) & N2_RIGHT_DEVICE))
        return false;
    label_of(own, device, its);
    for (size_t i = 0; i < own->who.n_keys; i++) {
        const n2_grant *g = &own->who.keys[i];
        if (!(g->rights & N2_RIGHT_DEVICE) || n2_key_equal(&g->key, device))
            continue;
        label_of(own, &g->key, label);
        is_only = is_only && strcmp(label, its) != 0;
    }
    for (size_t i = 0; i < own->who.n_keys && !is_found; i++) {
        const n2_grant *g = &own->who.keys[i];
        size_t at = n2_own_key_index(own, &g->key);
        if (g->rights != N2_RIGHT_OPEN || !(is_only || g->from_us == grant.from_us) ||
            (at != NO_KEY && own->keys[at].place.slot != N2_PLACE_HERE)) /* a token's */
            continue;
        label_of(own, &g->key, label);
        is_found = !strcmp(label, its);
        *open = g->key;
    }
    return is_found;
}

n2_err
n2_list_remove(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p;

    n2_err err = n2_change_begin(k, q, w, &p);
    if (err)
        return err;
    const n2_own *own = &k->own[p->own];
    bool has_control = n2_own_signer(own, N2_RIGHT_CONTROL, w->wall_us) != NO_KEY;
    uint32_t rights = n2_own_rights(own, &q->key, NULL);
    p->target = n2_own_key_index(own, &q->key);
    if (!n2_signature_bytes(q->key.method))
        p->target = NO_KEY; /* it cannot sign */
    if (!has_control && p->target == NO_KEY)
        err = N2_ERR_REFUSED;
    else if (!rights)
        err = N2_ERR_NOTFOUND;
    else if (rights & N2_RIGHT_CONTROL &&
             (!has_control || n2_own_is_last_control(own, &q->key)))
        err = N2_ERR_REFUSED;
    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    p->drops[p->n_drops++] = q->key;
    if (has_control && companion(own, &q->key, &p->drops[1]))
        p->n_drops++;
    /* Whoever is to go goes: where there is no room for one more word, what stands is listed;
     * and a key that changes the identity goes only so. */
    if (rights & N2_RIGHT_CONTROL ||
        (has_control && !n2_own_has_room(own, p->n_drops, p->n_drops * REMOVE_BYTES_MAX))) {
        p->lists_anew = true;
        memcpy(p->q.drops, p->drops, sizeof p->drops);
        p->q.n_drops = p->n_drops;
    }
    return begin(k, p, has_control && n2_vault_had(own, &q->key), w);
}

/* ---- control, admit ---- */

n2_err
n2_list_control(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    bool wants_vault = false;
    n2_pending *p;

    n2_err err = n2_change_begin(k, q, w, &p);
    if (err)
        return err;
    const n2_own *own = &k->own[p->own];
    err = check_coming(q);
    if (!err && q->n_keys && !q->days)
        err = N2_ERR_FORMAT;
    p->lists_anew = true;
    for (size_t i = 0; i < q->n_drops && !err; i++) {
        uint32_t rights = n2_own_rights(own, &q->drops[i], NULL);
        err = rights ? N2_OK : N2_ERR_NOTFOUND;
        wants_vault = wants_vault || n2_vault_had(own, &q->drops[i]);
    }
    for (size_t i = 0; i < q->n_keys; i++)
        wants_vault = wants_vault || q->keys[i].rights & N2_RIGHT_OPEN;
    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    return begin(k, p, wants_vault, w);
}

n2_err
n2_list_admit(n2_keyring *k, const n2_keys_request *q, n2_answering *w)
{
    n2_pending *p;

    n2_err err = n2_change_begin(k, q, w, &p);
    if (err)
        return err;
    n2_own *own = &k->own[p->own];
    bool has_open = q->n_keys == 2;
    err = check_coming(q);
    if (!q->n_keys || q->n_keys > 2 || !q->days || !(q->keys[0].rights & N2_RIGHT_DEVICE) ||
        q->keys[0].rights & ~(uint32_t)DEVICE_RIGHTS ||
        (has_open && q->keys[1].rights != N2_RIGHT_OPEN))
        err = N2_ERR_FORMAT;
    for (size_t i = 0; i < q->n_keys && !err; i++)
        if (q->keys[i].place.slot != N2_PLACE_HERE)
            err = N2_ERR_FORMAT;
        else if (n2_own_rights(own, &q->keys[i].key, NULL))
            err = N2_ERR_EXISTS;
    if (!err && n2_own_signer(own, N2_RIGHT_CONTROL, w->wall_us) == NO_KEY)
        err = N2_ERR_REFUSED;
    /* Before anybody is asked for a touch. */
    if (!err && !n2_own_make_room(own, q->n_keys, q->n_keys * ADD_BYTES_MAX))
        err = N2_ERR_LIMIT;
    if (!err && has_open && !own->vault.n_slots) {
        err = n2_vault_first(k, p->own, w->wall_us);
        /* No key here that could make one to open it, or an older device has it. */
        if (err == N2_ERR_REFUSED || err == N2_ERR_NOTFOUND)
            err = N2_OK;
    }
    if (err) {
        n2_draft_drop(k, p);
        return err;
    }
    return begin(k, p, has_open, w);
}

/* ---- the end ---- */

/* The secret goes, and the places behind it move up: nobody else of this identity waits. */
static void
forget_key(n2_own *own, n2_own_secrets *secrets, const n2_key *key)
{
    size_t i = n2_own_key_index(own, key);

    if (i == NO_KEY)
        return;
    size_t after = own->n_keys - i - 1;
    n2_signing_key_clear(&secrets->keys[i]);
    memmove(&own->keys[i], &own->keys[i + 1], after * sizeof own->keys[0]);
    memmove(&secrets->keys[i], &secrets->keys[i + 1], after * sizeof secrets->keys[0]);
    own->n_keys--;
    own->keys[own->n_keys] = (n2_own_key){0};
    n2_signing_key_clear(&secrets->keys[own->n_keys]);
}

/* Adds a statement to the answer, in the room behind what is there. */
static n2_err
answer_piece(n2_answering *w, size_t *used, const uint8_t *bytes, size_t len)
{
    n2_keys_answer *a = w->a;

    if (a->n_statements == N2_KEYS_STATEMENTS_MAX || len > N2_KEYRING_MESSAGE_BYTES_MAX - *used)
        return N2_ERR_LIMIT;
    memcpy(w->room + *used, bytes, len);
    a->statements[a->n_statements++] = (n2_slice){w->room + *used, len};
    *used += len;
    return N2_OK;
}

/* ADMIT: all that the other device needs; else what is new.  @has_vault: with the vault. */
static n2_err
tell(n2_keyring *k, n2_pending *p, bool has_vault, n2_answering *w)
{
    const n2_own *own = &k->own[p->own];
    bool is_admit = p->kind == N2_KEYS_ADMIT;
    uint8_t bytes[N2_STATEMENT_BYTES_SMALL];
    size_t used = 0, whole = ANSWER_SPARE;
    n2_box vault;
    n2_err err = N2_OK;

    w->a->n_statements = 0;
    for (size_t i = 0; i < (is_admit ? 1 : p->n_kept) && !err; i++) {
        n2_slice s = n2_draft_kept(p, i);
        err = answer_piece(w, &used, s.bytes, s.len);
    }
    if (is_admit) {
        w->a->who = own->who.id;
        memcpy(w->a->label, own->label, sizeof w->a->label);
    }
    for (size_t i = 0; is_admit && i < n2_identity_set_count(own->set) && !err; i++) {
        n2_kept kept = n2_identity_set_at(own->set, i);
        err = answer_piece(w, &used, kept.bytes, kept.len);
    }
    if (!err && has_vault) {
        err = n2_vault_statement(k, p->own, bytes, sizeof bytes, &vault);
        if (!err)
            err = answer_piece(w, &used, vault.bytes, vault.len);
        if (err == N2_ERR_NOTFOUND)
            err = N2_OK;
    }
    for (size_t i = 0; i < w->a->n_statements; i++)
        whole += 2 + w->a->statements[i].len;
    return !err && whole > N2_KEYRING_MESSAGE_BYTES_MAX ? N2_ERR_LIMIT : err;
}

static void
go_back(n2_own *own, n2_own_secrets *secrets, const n2_own *was, const n2_own_secrets *kept)
{
    memcpy(own->keys, was->keys, sizeof own->keys);
    own->n_keys = was->n_keys;
    own->vault = was->vault;
    memcpy(own->words, was->words, sizeof own->words);
    own->n_words = was->n_words;
    *secrets = *kept;
}

static n2_err
change(n2_keyring *k, n2_pending *p, size_t first, bool *has_new, n2_answering *w)
{
    n2_own *own = &k->own[p->own];
    n2_own_secrets *secrets = &k->secrets->own[p->own];
    size_t n;
    const n2_key *keys = going(p, &n);
    bool has_lost = n2_vault_is_lost(own, keys, n, p->wall_us);
    n2_err err = N2_OK;

    for (size_t i = first; i < p->n_kept && !err; i++) {
        n2_slice s = n2_draft_kept(p, i);
        err = n2_own_take(own, s.bytes, s.len, true, p->wall_us);
    }
    if (!err)
        err = n2_vault_settle(k, p->own, keys, n, has_lost, p->wall_us, has_new);
    if (err)
        return err;
    for (size_t i = 0; i < p->n_drops; i++)
        forget_key(own, secrets, &p->drops[i]);
    for (size_t i = 0; p->lists_anew && i < p->q.n_drops; i++)
        forget_key(own, secrets, &p->q.drops[i]);
    /* Whoever is to be told is told before it is written, so that it cannot fail after. */
    if (p->kind != N2_KEYS_ADD && p->kind != N2_KEYS_ZONE)
        err = tell(k, p, *has_new || p->kind == N2_KEYS_ADMIT, w);
    return err ? err : n2_keyring_save(k);
}

n2_err
n2_list_commit(n2_keyring *k, n2_pending *p, size_t first, n2_answering *w)
{
    n2_own *own = &k->own[p->own];
    n2_own_secrets *secrets = &k->secrets->own[p->own];
    n2_own *was = malloc(sizeof *was);
    n2_own_secrets *kept = sodium_malloc(sizeof *kept);
    n2_own_picture picture = {0};
    bool has_new = false;

    n2_err err = was && kept ? n2_own_picture_take(&picture, own) : N2_ERR_NOMEM;
    if (!err) {
        *was = *own;
        *kept = *secrets;
        err = change(k, p, first, &has_new, w);
        if (err)
            go_back(own, secrets, was, kept);
        n2_own_picture_end(&picture, own, err, k->unicode, p->wall_us);
    }
    free(was);
    sodium_free(kept); /* wipes */
    if (err)
        return err;
    p->n_added = 0; /* what was to be is */
    n2_session_recheck(own, secrets, w->wall_us);
    return N2_OK;
}

n2_err
n2_list_signed(
    n2_keyring *k, n2_pending *p, const n2_box *statement, n2_answering *w, bool *is_over)
{
    size_t n = p->lists_anew               ? 1
               : p->kind == N2_KEYS_REMOVE ? p->n_drops
               : p->kind == N2_KEYS_ADMIT  ? p->q.n_keys
                                           : 1;

    n2_err err = n2_draft_keep(p, statement);
    if (err)
        return err;
    *is_over = p->n_kept == n;
    return *is_over ? n2_list_commit(k, p, p->kind == N2_KEYS_ADMIT ? 1 : 0, w)
                    : set_body(k, p);
}
