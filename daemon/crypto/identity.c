/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity.c - births and adds, made and checked; what a key may sign.
 */
#include "crypto/identity.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/identity-private.h"

enum {
    KEY_BOX_BYTES_MAX = 512
};

static const int64_t device_life_us = INT64_C(400) * 86400 * 1000000;

n2_id
n2_id_of_body(uint8_t method, const n2_box *body)
{
    n2_id id = {.method = method};

    n2_hash_of(method, body->bytes, body->len, id.hash);
    return id;
}

n2_err
n2_birth_body(void *buf,
              size_t cap,
              const uint8_t sheet[static N2_HASH_BYTES],
              int64_t made_us,
              const uint8_t salt[static N2_SALT_BYTES],
              const n2_key *keys,
              size_t n_keys,
              n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_BIRTH);

    *out = (n2_box){0};
    if (!n_keys)
        return N2_ERR_FORMAT;
    n2_box_put_bytes(&w, N2_BIRTH_SHEET, sheet, N2_HASH_BYTES);
    n2_box_put_time(&w, N2_BIRTH_MADE, made_us);
    n2_box_put_bytes(&w, N2_BIRTH_SALT, salt, N2_SALT_BYTES);
    for (size_t i = 0; i < n_keys; i++)
        n2_box_put_key(&w, N2_BIRTH_KEYS, &keys[i]);
    return n2_box_end(&w, out, NULL);
}

n2_err
n2_grant_check(const n2_grant *g, bool may_control)
{
    bool signs = n2_signature_bytes(g->key.method) != 0;
    uint32_t signing = N2_RIGHTS_ALL & ~(uint32_t)N2_RIGHT_OPEN;

    if (!g->rights || g->rights & ~(uint32_t)N2_RIGHTS_ALL ||
        (g->rights & N2_RIGHT_CONTROL && !may_control))
        return N2_ERR_FORMAT; /* control keys stand in birth and control statements only */
    if ((g->rights & signing && !signs) || (g->rights & N2_RIGHT_OPEN && signs))
        return N2_ERR_FORMAT;
    if (g->until_us <= g->from_us)
        return N2_ERR_FORMAT;
    if (g->rights & N2_RIGHT_DEVICE &&
        (uint64_t)g->until_us - (uint64_t)g->from_us > (uint64_t)device_life_us)
        return N2_ERR_FORMAT;
    return N2_OK;
}

n2_err
n2_grant_read(n2_grant *out, const n2_box *key, bool may_control)
{
    n2_field label;
    n2_grant grant = {.key = n2_box_key(key, N2_KEY_KEY),
                      .from_us = n2_box_int(key, N2_KEY_FROM),
                      .until_us = n2_box_int(key, N2_KEY_UNTIL)};
    int64_t rights = n2_box_int(key, N2_KEY_RIGHTS);

    (void)n2_box_find(key, N2_KEY_LABEL, &label);
    if (rights < 0 || rights > N2_RIGHTS_ALL || label.len > N2_KEY_LABEL_BYTES_MAX)
        return N2_ERR_FORMAT;
    grant.rights = (uint32_t)rights;
    n2_err err = n2_grant_check(&grant, may_control);
    if (!err)
        *out = grant;
    return err;
}

n2_err
n2_grant_put(
    n2_box_writer *w, uint8_t field, const n2_grant *grant, const char *label, bool may_control)
{
    uint8_t bytes[KEY_BOX_BYTES_MAX];
    n2_box_writer k = n2_box_begin(bytes, sizeof bytes, N2_KIND_KEY);
    n2_box key;

    n2_err err = strlen(label) > N2_KEY_LABEL_BYTES_MAX ? N2_ERR_LIMIT
                                                        : n2_grant_check(grant, may_control);
    if (err)
        return err;
    n2_box_put_key(&k, N2_KEY_KEY, &grant->key);
    n2_box_put_int(&k, N2_KEY_RIGHTS, grant->rights);
    n2_box_put_text(&k, N2_KEY_LABEL, label);
    n2_box_put_time(&k, N2_KEY_FROM, grant->from_us);
    n2_box_put_time(&k, N2_KEY_UNTIL, grant->until_us);
    err = n2_box_end(&k, &key, NULL);
    if (!err)
        n2_box_put_box(w, field, &key);
    return err;
}

n2_err
n2_add_body(void *buf,
            size_t cap,
            const n2_identity *who,
            const n2_grant *grant,
            const char *label,
            n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_ADD);

    *out = (n2_box){0};
    n2_box_put_id(&w, N2_FIELD_WHO, &who->id);
    n2_box_put_bytes(&w, N2_ADD_CONTROL, who->control, sizeof who->control);
    n2_err err = n2_grant_put(&w, N2_ADD_KEY, grant, label, false);
    return err ? err : n2_box_end(&w, out, NULL);
}

n2_err
n2_identity_birth(n2_identity *out,
                  const void *statement,
                  size_t len,
                  uint8_t method,
                  const n2_unicode *unicode)
{
    return n2_identity_birth_once(out, statement, len, method, unicode, NULL);
}

n2_err
n2_birth_read(n2_identity *out, const n2_statement *s, uint8_t method)
{
    n2_identity who = {.id = n2_id_of_body(method, &s->body),
                       .made_us = n2_box_int(&s->body, N2_BIRTH_MADE)};
    n2_field f;

    memcpy(who.control, who.id.hash, sizeof who.control);
    (void)n2_box_find(&s->body, N2_BIRTH_SHEET, &f);
    memcpy(who.sheet, f.value, sizeof who.sheet);
    for (size_t at = 0; n2_box_next(&s->body, &at, &f);) {
        if (f.number != N2_BIRTH_KEYS)
            continue;
        n2_key key = n2_field_key(&f);
        if (!n2_statement_is_by(s, &key))
            return N2_ERR_FORGED;
        who.keys[who.n_keys++] = (n2_grant){.key = key,
                                            .rights = N2_RIGHT_CONTROL,
                                            .from_us = INT64_MIN,
                                            .until_us = INT64_MAX};
    }
    if (!who.n_keys || s->n_keys != who.n_keys)
        return N2_ERR_FORGED; /* nobody, or a signature by somebody else as well */
    *out = who;
    return N2_OK;
}

n2_err
n2_identity_birth_once(n2_identity *out,
                       const void *statement,
                       size_t len,
                       uint8_t method,
                       const n2_unicode *unicode,
                       n2_verified *verified)
{
    n2_statement s;

    *out = (n2_identity){0};
    if (!n2_hash_known(method))
        return N2_ERR_UNSUPPORTED;
    n2_err err = n2_statement_check_once(&s, statement, len, N2_KIND_BIRTH, unicode, verified);
    return err ? err : n2_birth_read(out, &s, method);
}

bool
n2_identity_signed(const n2_identity *who,
                   const n2_statement *s,
                   uint32_t rights,
                   int64_t wall_us)
{
    for (size_t i = 0; i < s->n_keys; i++)
        if (n2_identity_may(who, &s->keys[i], rights, wall_us))
            return true;
    return false;
}

bool
n2_grant_equal(const n2_grant *a, const n2_grant *b)
{
    return n2_key_equal(&a->key, &b->key) && a->rights == b->rights &&
           a->from_us == b->from_us && a->until_us == b->until_us;
}

/* Agreement keys cannot sign for themselves; all others must. */
n2_err
n2_add_read(n2_grant *out, const n2_statement *s)
{
    n2_grant grant;
    n2_field f;

    (void)n2_box_find(&s->body, N2_ADD_KEY, &f);
    n2_box key = n2_box_of_field(&f);
    n2_err err = n2_grant_read(&grant, &key, false);
    if (!err && n2_signature_bytes(grant.key.method) && !n2_statement_is_by(s, &grant.key))
        err = N2_ERR_FORGED;
    if (!err)
        *out = grant;
    return err;
}

n2_err
n2_identity_add(n2_identity *identity,
                const void *statement,
                size_t len,
                const n2_unicode *unicode)
{
    return n2_identity_add_once(identity, statement, len, unicode, NULL);
}

n2_err
n2_identity_add_once(n2_identity *identity,
                     const void *statement,
                     size_t len,
                     const n2_unicode *unicode,
                     n2_verified *verified)
{
    n2_statement s;
    n2_grant grant;
    n2_field f;

    n2_err err = n2_statement_check_once(&s, statement, len, N2_KIND_ANY, unicode, verified);
    if (err)
        return err;
    if (s.body.kind != N2_KIND_ADD)
        return N2_ERR_UNSUPPORTED;
    n2_id who = n2_box_id(&s.body, N2_FIELD_WHO);
    (void)n2_box_find(&s.body, N2_ADD_CONTROL, &f);
    if (!n2_id_equal(&who, &identity->id) ||
        memcmp(f.value, identity->control, sizeof identity->control) != 0)
        return N2_ERR_FORGED;
    err = n2_add_read(&grant, &s);
    if (!err && !n2_identity_signed(identity, &s, N2_RIGHT_CONTROL, 0))
        err = N2_ERR_FORGED;
    if (err)
        return err;
    for (size_t i = 0; i < identity->n_keys; i++)
        if (n2_grant_equal(&identity->keys[i], &grant))
            return N2_OK;
    if (identity->n_keys == N2_IDENTITY_KEYS_MAX)
        return N2_ERR_LIMIT;
    identity->keys[identity->n_keys++] = grant;
    return N2_OK;
}

static bool
is_now(int64_t from_us, int64_t until_us, int64_t wall_us)
{
    if (!wall_us)
        return true;
    int64_t ahead = wall_us + (int64_t)N2_CLOCK_SKEW_US;
    return from_us <= ahead && wall_us < until_us;
}

bool
n2_identity_may(const n2_identity *identity,
                const n2_key *key,
                uint32_t rights,
                int64_t wall_us)
{
    for (size_t i = 0; i < identity->n_keys; i++) {
        const n2_grant *g = &identity->keys[i];
        if (g->rights & rights && n2_key_equal(&g->key, key) &&
            is_now(g->from_us, g->until_us, wall_us))
            return true;
    }
    return false;
}

bool
n2_identity_is_confirmed(const n2_identity *identity, int64_t wall_us)
{
    int64_t life = (int64_t)n2_kind_rule_of(N2_KIND_FRESH)->lifetime_s * 1000000, until;

    return wall_us && identity->fresh_us &&
           !__builtin_add_overflow(identity->fresh_us, life, &until) &&
           is_now(identity->fresh_us, until, wall_us);
}

n2_err
n2_identity_stands(const n2_identity *identity)
{
    switch (identity->state) {
    case N2_IDENTITY_LIVE:
        return N2_OK;
    case N2_IDENTITY_FROZEN:
        return N2_ERR_FROZEN;
    case N2_IDENTITY_ENDED:
        return N2_ERR_ENDED;
    }
    return N2_ERR_STATE;
}

/* Where a kind says from when and until when it holds (field numbers, 0 none). */
static void
life_fields(uint8_t kind, uint8_t *from, uint8_t *until)
{
    *from = *until = 0;
    switch (kind) {
    case N2_KIND_FRESH:
        *from = 4;
        break;
    case N2_KIND_SESSION:
        *from = 4;
        *until = 5;
        break;
    case N2_KIND_NODE_KEY:
        *until = 5;
        break;
    case N2_KIND_VOUCH:
        *from = 5;
        *until = 6;
        break;
    case N2_KIND_MAIL_KEYS:
        *until = 3;
        break;
    case N2_KIND_DOMAIN:
        *until = 4;
        break;
    case N2_KIND_ATTACHMENT:
        *until = 10;
        break;
    case N2_KIND_ZONE_HEAD:
        *from = 5;
        *until = 6;
        break;
    case N2_KIND_NAME_REQUEST:
        *from = 5;
        break;
    case N2_KIND_NEAR:
        *until = 6;
        break;
    case N2_KIND_CHANNEL:
        *until = 7;
        break;
    default:
        break;
    }
}

static n2_err
check_life(const n2_box *body, const n2_kind_rule *rule, int64_t wall_us)
{
    uint8_t from_at, until_at;
    int64_t life = (int64_t)rule->lifetime_s * 1000000;

    life_fields(body->kind, &from_at, &until_at);
    if (!life || (!from_at && !until_at))
        return N2_OK;
    int64_t from = from_at ? n2_box_int(body, from_at) : wall_us;
    int64_t until = INT64_MAX;
    if (until_at)
        until = n2_box_int(body, until_at);
    else if (__builtin_add_overflow(from, life, &until))
        return N2_ERR_FORGED;
    if (from_at && (until <= from || (uint64_t)until - (uint64_t)from > (uint64_t)life))
        return N2_ERR_FORGED;
    if (!wall_us)
        return N2_OK;
    if (!from_at && until > wall_us &&
        (uint64_t)until - (uint64_t)wall_us > (uint64_t)life + N2_CLOCK_SKEW_US)
        return N2_ERR_FORGED;
    return is_now(from, until, wall_us) ? N2_OK : N2_ERR_FORGED;
}

bool
n2_identity_speaks(const n2_id *who, const n2_box *body)
{
    n2_id by;

    switch (body->kind) {
    case N2_KIND_LINKS: /* of a switch of a domain, by the switch */
        return n2_box_int(body, 2) == n2_id_number(who);
    case N2_KIND_ATTACHMENT: /* of a node, by the domain */
        by = n2_box_id(body, 2);
        break;
    case N2_KIND_ANNOUNCE: /* of a machine, for whose it is */
        by = n2_box_id(body, 192);
        break;
    default:
        by = n2_box_id(body, N2_FIELD_WHO);
        break;
    }
    return n2_id_equal(&by, who);
}

n2_err
n2_identity_check(const n2_identity *identity,
                  n2_statement *out,
                  const void *statement,
                  size_t len,
                  uint8_t kind,
                  int64_t wall_us,
                  const n2_unicode *unicode)
{
    return n2_identity_check_once(identity, out, statement, len, kind, wall_us, unicode, NULL);
}

n2_err
n2_identity_check_once(const n2_identity *identity,
                       n2_statement *out,
                       const void *statement,
                       size_t len,
                       uint8_t kind,
                       int64_t wall_us,
                       const n2_unicode *unicode,
                       n2_verified *verified)
{
    const n2_kind_rule *rule = n2_kind_rule_of(kind);
    n2_statement s;

    *out = (n2_statement){0};
    if (!rule || !(rule->signers & N2_RIGHTS_ALL))
        return N2_ERR_UNSUPPORTED;
    n2_err err = n2_statement_check_once(&s, statement, len, kind, unicode, verified);
    if (err)
        return err;
    if (!n2_identity_speaks(&identity->id, &s.body) ||
        !n2_identity_signed(identity, &s, rule->signers & N2_RIGHTS_ALL, wall_us))
        return N2_ERR_FORGED;
    err = check_life(&s.body, rule, wall_us);
    if (!err)
        err = n2_identity_stands(identity);
    if (!err)
        *out = s;
    return err;
}
