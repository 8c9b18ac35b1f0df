/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-body.c - bodies of control, remove, end, fresh and vouch.
 */
#include "crypto/identity-body.h"

#include <string.h>

#include "crypto/identity-private.h"

/* Does a control statement list what it may? */
static n2_err
check_listed(const n2_listed *keys, size_t n)
{
    size_t n_control = 0;

    if (n > N2_IDENTITY_KEYS_MAX)
        return N2_ERR_LIMIT;
    for (size_t i = 0; i < n; i++) {
        n_control += (keys[i].grant.rights & N2_RIGHT_CONTROL) != 0;
        for (size_t j = 0; j < i; j++)
            if (n2_key_equal(&keys[i].grant.key, &keys[j].grant.key))
                return N2_ERR_FORMAT;
    }
    if (!n_control)
        return N2_ERR_FORMAT;
    return n_control > N2_CONTROL_KEYS_MAX ? N2_ERR_LIMIT : N2_OK;
}

n2_err
n2_control_body(void *buf,
                size_t cap,
                const n2_identity *who,
                int64_t made_us,
                const n2_listed *keys,
                size_t n_keys,
                n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_CONTROL);

    *out = (n2_box){0};
    n2_err err = who->number == UINT32_MAX ? N2_ERR_LIMIT : check_listed(keys, n_keys);
    if (err)
        return err;
    n2_box_put_id(&w, N2_FIELD_WHO, &who->id);
    n2_box_put_int(&w, N2_CONTROL_NUMBER, (int64_t)who->number + 1);
    n2_box_put_bytes(&w, N2_CONTROL_BEFORE, who->control, sizeof who->control);
    n2_box_put_time(&w, N2_CONTROL_MADE, made_us);
    for (size_t i = 0; i < n_keys && !err; i++)
        err = n2_grant_put(&w, N2_CONTROL_KEYS, &keys[i].grant, keys[i].label, true);
    return err ? err : n2_box_end(&w, out, NULL);
}

n2_err
n2_remove_body(void *buf,
               size_t cap,
               const n2_identity *who,
               const n2_key *key,
               int64_t reason,
               n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_REMOVE);

    *out = (n2_box){0};
    if (n2_identity_may(who, key, N2_RIGHT_CONTROL, 0))
        return N2_ERR_FORMAT; /* that takes a control statement */
    n2_box_put_id(&w, N2_FIELD_WHO, &who->id);
    n2_box_put_bytes(&w, N2_ADD_CONTROL, who->control, sizeof who->control);
    n2_box_put_key(&w, N2_REMOVE_KEY, key);
    n2_box_put_int(&w, N2_REMOVE_REASON, reason);
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_end_body(void *buf,
            size_t cap,
            const n2_id *who,
            const n2_id *successor,
            int64_t made_us,
            const n2_key *sheet_ed25519,
            const n2_key *sheet_ed448,
            const n2_distrusted *distrusted,
            size_t n_distrusted,
            n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_END);

    *out = (n2_box){0};
    if (sheet_ed25519->method != N2_KEY_ED25519 || sheet_ed448->method != N2_KEY_ED448)
        return N2_ERR_FORMAT;
    if (successor && (!n2_id_is_set(successor) || n2_id_equal(successor, who)))
        return N2_ERR_FORMAT;
    n2_box_put_id(&w, N2_FIELD_WHO, who);
    if (successor)
        n2_box_put_id(&w, N2_END_SUCCESSOR, successor);
    n2_box_put_time(&w, N2_END_MADE, made_us);
    n2_box_put_key(&w, N2_END_ED25519, sheet_ed25519);
    n2_box_put_key(&w, N2_END_ED448, sheet_ed448);
    for (size_t i = 0; i < n_distrusted; i++) {
        uint8_t bytes[256];
        n2_box_writer k = n2_box_begin(bytes, sizeof bytes, N2_KIND_KEY);
        n2_box key;

        n2_box_put_key(&k, N2_KEY_KEY, &distrusted[i].key);
        n2_box_put_int(&k, N2_KEY_RIGHTS, 0);
        n2_box_put_text(&k, N2_KEY_LABEL, "");
        n2_box_put_time(&k, N2_KEY_FROM, distrusted[i].since_us);
        n2_box_put_time(&k, N2_KEY_UNTIL, INT64_MAX);
        n2_err err = n2_box_end(&k, &key, NULL);
        if (err)
            return err;
        n2_box_put_box(&w, N2_END_DISTRUSTED, &key);
    }
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_fresh_body(void *buf,
              size_t cap,
              const n2_identity *who,
              const uint8_t hash[static N2_HASH_BYTES],
              int64_t made_us,
              n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_FRESH);

    n2_box_put_id(&w, N2_FIELD_WHO, &who->id);
    n2_box_put_bytes(&w, N2_ADD_CONTROL, who->control, sizeof who->control);
    n2_box_put_bytes(&w, N2_FRESH_HASH, hash, N2_HASH_BYTES);
    n2_box_put_time(&w, N2_FRESH_MADE, made_us);
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_vouch_body(void *buf,
              size_t cap,
              const n2_id *by,
              const n2_id *subject,
              int64_t scope,
              const char *claim,
              int64_t from_us,
              int64_t until_us,
              n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_VOUCH);
    int64_t life_us = (int64_t)n2_kind_rule_of(N2_KIND_VOUCH)->lifetime_s * 1000000;

    *out = (n2_box){0};
    if (until_us <= from_us || (uint64_t)until_us - (uint64_t)from_us > (uint64_t)life_us)
        return N2_ERR_FORMAT;
    n2_box_put_id(&w, 1, by);
    n2_box_put_id(&w, 2, subject);
    n2_box_put_int(&w, 3, scope);
    n2_box_put_text(&w, 4, claim);
    n2_box_put_time(&w, 5, from_us);
    n2_box_put_time(&w, 6, until_us);
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_add_label(const void *statement, size_t len, n2_key *key, char *label)
{
    size_t label_len = 0;
    n2_statement s;
    n2_field f;

    if (n2_statement_read(&s, statement, len) || s.body.kind != N2_KIND_ADD ||
        !n2_box_find(&s.body, N2_ADD_KEY, &f))
        return N2_ERR_FORMAT;
    n2_box box = n2_box_of_field(&f);
    const uint8_t *text = n2_box_bytes(&box, N2_KEY_LABEL, &label_len);

    if (label_len > N2_KEY_LABEL_BYTES_MAX)
        return N2_ERR_FORMAT;
    *key = n2_box_key(&box, N2_KEY_KEY);
    if (label_len)
        memcpy(label, text, label_len);
    label[label_len] = 0;
    return N2_OK;
}
