/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-judge.c - whether a statement counts: by itself, and among the others of its set.
 */
#include <string.h>

#include "crypto/identity-set-private.h"
#include "crypto/sheet.h"

/* ---- form: what can be said of a statement alone ---- */

static n2_err
check_control(const n2_statement *s, n2_item *item)
{
    int64_t number = n2_box_int(&s->body, N2_CONTROL_NUMBER);
    n2_key seen[N2_IDENTITY_KEYS_MAX];
    size_t n = 0, n_control = 0;
    n2_field f;

    if (number < 1 || number > UINT32_MAX)
        return N2_ERR_FORMAT;
    item->number = (uint32_t)number;
    for (size_t at = 0; n2_box_next(&s->body, &at, &f);) {
        n2_grant grant;

        if (f.number != N2_CONTROL_KEYS)
            continue;
        n2_box key = n2_box_of_field(&f);
        n2_err err = n2_grant_read(&grant, &key, true);
        if (err)
            return err;
        for (size_t i = 0; i < n; i++)
            if (n2_key_equal(&seen[i], &grant.key))
                return N2_ERR_FORMAT;
        seen[n++] = grant.key; /* kinds.h: 64 at most */
        n_control += (grant.rights & N2_RIGHT_CONTROL) != 0;
    }
    return n_control && n_control <= N2_CONTROL_KEYS_MAX ? N2_OK : N2_ERR_FORMAT;
}

static n2_err
check_end(const n2_identity_set *set, const n2_statement *s)
{
    n2_key ed25519 = n2_box_key(&s->body, N2_END_ED25519);
    n2_key ed448 = n2_box_key(&s->body, N2_END_ED448);
    n2_id successor;
    n2_field f;

    if (ed25519.method != N2_KEY_ED25519 || ed448.method != N2_KEY_ED448)
        return N2_ERR_FORMAT;
    if (n2_box_find(&s->body, N2_END_SUCCESSOR, &f)) {
        successor = n2_box_id(&s->body, N2_END_SUCCESSOR);
        if (n2_id_equal(&successor, &set->who))
            return N2_ERR_FORMAT;
    }
    return s->n_keys == 2 && n2_statement_is_by(s, &ed25519) && n2_statement_is_by(s, &ed448)
               ? N2_OK
               : N2_ERR_FORGED;
}

n2_err
n2_item_read(const n2_identity_set *set, const n2_statement *s, n2_item *item)
{
    uint8_t under_field = item->kind == N2_KIND_CONTROL ? N2_CONTROL_BEFORE : N2_ADD_CONTROL;
    n2_grant grant;
    n2_err err = N2_OK;
    n2_field f;

    if (item->kind != N2_KIND_BIRTH && item->kind != N2_KIND_END) {
        (void)n2_box_find(&s->body, under_field, &f);
        memcpy(item->under, f.value, sizeof item->under);
    }
    switch (item->kind) {
    case N2_KIND_CONTROL:
        return check_control(s, item);
    case N2_KIND_ADD:
        err = n2_add_read(&grant, s);
        if (!err)
            item->key = grant.key;
        return err;
    case N2_KIND_REMOVE:
        item->key = n2_box_key(&s->body, N2_REMOVE_KEY);
        return N2_OK;
    case N2_KIND_END:
        return check_end(set, s);
    case N2_KIND_FRESH:
        if (s->n_keys != 1)
            return N2_ERR_FORGED; /* one word by one */
        item->key = s->keys[0];
        item->made_us = n2_box_int(&s->body, N2_FRESH_MADE);
        return N2_OK;
    default:
        return N2_OK;
    }
}

/* ---- judgement: does it count, among the others? ---- */

static n2_err
judge_end(const n2_identity_set *set, const n2_statement *s, bool *waits)
{
    uint8_t commitment[N2_HASH_BYTES];
    n2_key ed25519 = n2_box_key(&s->body, N2_END_ED25519);
    n2_key ed448 = n2_box_key(&s->body, N2_END_ED448);
    const n2_item *birth = n2_set_control(set, set->who.hash);
    n2_identity who;

    *waits = !birth;
    if (!birth)
        return N2_OK;
    n2_set_listed(set, birth, &who);
    n2_err err = n2_sheet_commit(&ed25519, &ed448, commitment);
    return err || memcmp(commitment, who.sheet, sizeof commitment) ? N2_ERR_FORGED : N2_OK;
}

/* Is @key listed by @control, or added under it? */
bool
n2_set_is_named(const n2_identity_set *set, const n2_item *control, const n2_key *key)
{
    n2_identity listed;

    for (size_t i = 0; i < set->n; i++)
        if (set->items[i].kind == N2_KIND_ADD && !set->items[i].waits &&
            n2_item_is_under(&set->items[i], control) && n2_key_equal(&set->items[i].key, key))
            return true;
    n2_set_listed(set, control, &listed);
    for (size_t i = 0; i < listed.n_keys; i++)
        if (n2_key_equal(&listed.keys[i].key, key))
            return true;
    return false;
}

static bool
is_too_many_keys(const n2_identity_set *set, const n2_item *control, const n2_key *key)
{
    n2_identity listed;
    size_t n = 0;

    if (n2_set_is_named(set, control, key))
        return false;
    n2_set_listed(set, control, &listed);
    n = listed.n_keys;
    for (size_t i = 0; i < set->n; i++) {
        const n2_item *a = &set->items[i];
        bool is_first = a->kind == N2_KIND_ADD && !a->waits && n2_item_is_under(a, control);

        for (size_t j = 0; j < listed.n_keys && is_first; j++)
            is_first = !n2_key_equal(&listed.keys[j].key, &a->key);
        for (size_t j = 0; j < i && is_first; j++)
            is_first = set->items[j].kind != N2_KIND_ADD || set->items[j].waits ||
                       !n2_item_is_under(&set->items[j], control) ||
                       !n2_key_equal(&set->items[j].key, &a->key);
        n += is_first;
    }
    return n >= N2_IDENTITY_NAMED_MAX;
}

n2_err
n2_set_judge(const n2_identity_set *set,
             const n2_statement *s,
             const n2_item *item,
             bool *waits)
{
    n2_identity listed;

    *waits = false;
    if (item->kind == N2_KIND_BIRTH)
        return n2_birth_read(&listed, s, set->who.method);
    if (item->kind == N2_KIND_END)
        return judge_end(set, s, waits);
    const n2_item *control = n2_set_control(set, item->under);
    *waits = !control;
    if (!control)
        return N2_OK;
    n2_set_listed(set, control, &listed);
    bool is_by_control = n2_identity_signed(&listed, s, N2_RIGHT_CONTROL, 0);
    switch (item->kind) {
    case N2_KIND_CONTROL:
        return is_by_control && item->number - 1 == listed.number ? N2_OK : N2_ERR_FORGED;
    case N2_KIND_ADD:
        if (is_by_control && is_too_many_keys(set, control, &item->key))
            return N2_ERR_LIMIT;
        return is_by_control ? N2_OK : N2_ERR_FORGED;
    case N2_KIND_REMOVE:
        if (!is_by_control && !n2_statement_is_by(s, &item->key))
            return N2_ERR_FORGED;
        *waits = !is_by_control && !n2_set_is_named(set, control, &item->key);
        return N2_OK;
    default: /* fresh, by whoever may be added yet */
        *waits = !is_by_control && !n2_set_is_named(set, control, &item->key);
        return N2_OK;
    }
}
