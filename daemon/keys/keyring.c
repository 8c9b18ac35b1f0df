/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring.c - requests to the keyring, one function each.
 */
#include "keys/keyring.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "keys/keyring-impl.h"

static void
wipe(n2_keyring *keyring)
{
    for (size_t i = 0; i < N2_KEYRING_PENDING_MAX && keyring->secrets; i++)
        if (keyring->secrets->pending[i].is_used)
            n2_keyring_cancel(keyring, keyring->secrets->pending[i].id);
    for (size_t i = 0; i < keyring->n_own && keyring->secrets; i++)
        n2_own_clear(&keyring->own[i], &keyring->secrets->own[i]);
    keyring->n_own = 0;
    sodium_free(keyring->secrets); /* wipes */
    keyring->secrets = NULL;
}

n2_err
n2_keyring_open(n2_keyring **out,
                const n2_disk *disk,
                const n2_env *env,
                const char *passphrase,
                const n2_unicode *unicode)
{
    n2_err err = N2_ERR_NOMEM;

    *out = NULL;
    if (sodium_init() < 0)
        return N2_ERR_UNSUPPORTED;
    n2_keyring *keyring = calloc(1, sizeof *keyring);
    if (!keyring)
        return N2_ERR_NOMEM;
    keyring->disk = disk;
    keyring->env = env;
    keyring->unicode = unicode;
    keyring->own = calloc(N2_KEYRING_IDENTITIES_MAX, sizeof *keyring->own);
    keyring->secrets = sodium_malloc(sizeof *keyring->secrets);
    if (keyring->secrets)
        memset(keyring->secrets, 0, sizeof *keyring->secrets);
    if (keyring->own && keyring->secrets)
        err = n2_keyring_load(keyring, passphrase);
    if (err) {
        n2_keyring_free(keyring);
        return err;
    }
    *out = keyring;
    return N2_OK;
}

void
n2_keyring_free(n2_keyring *keyring)
{
    if (!keyring)
        return;
    wipe(keyring);
    free(keyring->own);
    free(keyring);
}

void
n2_keyring_set_tokens(n2_keyring *keyring, const n2_keys_tokens *tokens)
{
    keyring->tokens = tokens;
}

static n2_err
answer_list(const n2_keyring *keyring, const n2_keys_request *q, n2_keys_answer *a)
{
    if (q->index >= keyring->n_own)
        return N2_ERR_NOTFOUND;
    n2_own_show(&keyring->own[q->index], a);
    return N2_OK;
}

/* sessions */

static n2_err
answer_state(const n2_keyring *keyring, const n2_keys_request *q, n2_answering *w)
{
    size_t index;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    const n2_own *own = &keyring->own[index];
    const n2_own_secrets *secrets = &keyring->secrets->own[index];
    n2_keys_answer *a = w->a;
    bool is_on = n2_session_is_on(own, w->wall_us);
    bool needs = n2_own_needs_token(own, w->wall_us);
    bool is_out = !is_on && (own->is_signed_out || own->is_by_hand);

    a->flags =
        (uint8_t)((secrets->has_sheet ? N2_OWN_HAS_SHEET : 0) |
                  (own->was_sheet_shown ? N2_OWN_SHEET_SHOWN : 0) |
                  (keyring->secrets->sealer.kib != N2_SEALED_KIB_EMPTY ? N2_OWN_HAS_PASSPHRASE
                                                                       : 0) |
                  (is_on ? N2_OWN_IS_SIGNED_IN : 0) | (needs ? N2_OWN_NEEDS_TOKEN : 0) |
                  (is_out ? N2_OWN_IS_SIGNED_OUT : 0) |
                  (n2_vault_is_lacking(own, w->wall_us) ? N2_OWN_LACKS_VAULT : 0));
    a->until_us = is_on ? own->session_until_us : 0;
    a->n_keys = own->n_keys;
    for (size_t i = 0; i < own->n_keys; i++) {
        n2_grant grant = {0};
        a->keys[i].key = own->keys[i].key;
        a->keys[i].rights = n2_own_rights(own, &own->keys[i].key, &grant);
        a->keys[i].from_us = grant.from_us;
        a->keys[i].until_us = grant.until_us;
        a->keys[i].place = own->keys[i].place;
    }
    return N2_OK;
}

/* A touch that comes yet begins no session. */
static void
forget_login(n2_keyring *keyring, size_t own)
{
    for (size_t i = 0; i < N2_KEYRING_PENDING_MAX; i++) {
        n2_pending *p = &keyring->secrets->pending[i];
        if (p->is_used && p->own == own && p->kind == N2_KEYS_LOGIN)
            p->until_us = 0;
    }
}

static n2_err
answer_logout(n2_keyring *keyring, const n2_keys_request *q)
{
    bool is_any = false, is_new = false;

    for (size_t i = 0; i < keyring->n_own; i++) {
        if (q->who.method && !n2_id_equal(&keyring->own[i].who.id, &q->who))
            continue;
        is_new = is_new || !(keyring->own[i].is_signed_out || keyring->own[i].is_by_hand);
        n2_session_end(&keyring->own[i], &keyring->secrets->own[i]);
        forget_login(keyring, i);
        keyring->own[i].is_signed_out = true;
        is_any = true;
    }
    if (is_new) /* it lasts over a restart */
        return n2_keyring_save(keyring);
    return is_any || !q->who.method ? N2_OK : N2_ERR_NOTFOUND;
}

/* Others are begun again when somebody is to be shown who we are. */
size_t
n2_keyring_expire(n2_keyring *keyring, int64_t wall_us, n2_id *said, int64_t *next_us)
{
    size_t n = 0;

    *next_us = 0;
    for (size_t i = 0; keyring->secrets && wall_us > 0 && i < keyring->n_own; i++) {
        n2_own *own = &keyring->own[i];
        if (!own->session)
            continue;
        if (wall_us < own->session_until_us) {
            if (!*next_us || own->session_until_us < *next_us)
                *next_us = own->session_until_us;
            continue;
        }
        if (own->is_by_hand) {
            own->is_signed_out = true;
            said[n++] = own->who.id;
        }
        n2_session_end(own, &keyring->secrets->own[i]);
    }
    return n;
}

static void
drop_over(n2_keyring *keyring, int64_t wall_us)
{
    n2_id whose[N2_KEYRING_IDENTITIES_MAX];
    int64_t next_us;

    n2_static_drop_old(keyring, wall_us);
    (void)n2_keyring_expire(keyring, wall_us, whose, &next_us);
}

/* Of any kind but ES. */
static n2_err
answer_other(n2_keyring *keyring, const n2_keys_request *q, n2_answering *w)
{
    switch (q->kind) {
    case N2_KEYS_NEW:
        return n2_change_new(keyring, q, w);
    case N2_KEYS_LIST:
        return answer_list(keyring, q, w->a);
    case N2_KEYS_NODE_KEY:
        return n2_static_answer_key(keyring, q, w->wall_us, w->a);
    case N2_KEYS_SIGN:
        return n2_say_sign(keyring, q, w);
    case N2_KEYS_PROVE:
        return n2_session_prove(keyring, q, w);
    case N2_KEYS_WIPE:
        wipe(keyring);
        return N2_OK;
    case N2_KEYS_STATE:
        return answer_state(keyring, q, w);
    case N2_KEYS_LOGIN:
        return n2_session_login(keyring, q, w);
    case N2_KEYS_LOGOUT:
        return answer_logout(keyring, q);
    case N2_KEYS_SHEET_SHOW:
        return n2_sheet_show(keyring, q, w);
    case N2_KEYS_SHEET_TEST:
        return n2_sheet_test(keyring, q, w);
    case N2_KEYS_PASSPHRASE:
        return n2_passphrase_change(keyring, w);
    case N2_KEYS_UNLOCK: /* it is open */
        return N2_ERR_STATE;
    case N2_KEYS_END:
        return n2_sheet_end(keyring, q, w);
    case N2_KEYS_ADD:
        return n2_change_add(keyring, q, w);
    case N2_KEYS_REMOVE:
        return n2_list_remove(keyring, q, w);
    case N2_KEYS_DRAW:
        return n2_device_draw(keyring, q, w);
    case N2_KEYS_JOIN:
        return n2_device_join(keyring, q, w);
    case N2_KEYS_TAKE:
        return n2_device_take(keyring, q, w);
    case N2_KEYS_ACCOUNT:
        return n2_account_ask(keyring, q, w);
    case N2_KEYS_FRESH:
        return n2_say_fresh(keyring, q, w);
    case N2_KEYS_VOUCH:
        return n2_say_vouch(keyring, q, w);
    case N2_KEYS_CONTROL:
        return n2_list_control(keyring, q, w);
    case N2_KEYS_ADMIT:
        return n2_list_admit(keyring, q, w);
    case N2_KEYS_ENTER:
        return n2_enter(keyring, q, w);
    case N2_KEYS_VAULT:
        return n2_vault_show(keyring, q, w);
    case N2_KEYS_ZONE:
        return n2_change_zone(keyring, q, w);
    case N2_KEYS_TELL: /* these are for who talks to tokens */
    case N2_KEYS_TOKENS:
    case N2_KEYS_TOKEN_MAKE:
    case N2_KEYS_TOKEN_PIN:
    case N2_KEYS_TOKEN_TOUCH:
    case N2_KEYS_TOKEN_CLONE:
    case N2_KEYS_PULL:
        return N2_ERR_NOTFOUND;
    case N2_KEYS_ES:
    default:
        return N2_ERR_FORMAT;
    }
}

n2_err
n2_keyring_ask(n2_keyring *keyring,
               const void *request,
               size_t len,
               const n2_keys_secret *in,
               n2_keys_secret *out,
               int64_t wall_us,
               void *buf,
               size_t cap,
               size_t *answer_len)
{
    uint8_t room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_request q;

    *answer_len = 0;
    if (out)
        out->len = 0;
    if (len < N2_KEYS_HEAD_BYTES)
        return N2_ERR_TRUNCATED;
    n2_err err = n2_keys_request_read(&q, request, len);
    if (!q.kind)
        return N2_ERR_FORMAT;
    n2_keys_answer a = {.id = q.id, .kind = q.kind, .err = err};
    n2_answering w = {.wall_us = wall_us, .in = in, .out = out, .room = room, .a = &a};
    if (!a.err && !keyring->secrets)
        a.err = N2_ERR_STATE;
    if (!a.err) {
        drop_over(keyring, wall_us);
        for (size_t i = 0; i < keyring->n_own; i++)
            keyring->own[i].tokens = keyring->tokens;
        if (q.kind == N2_KEYS_ES)
            n2_static_answer_es(keyring, &q, &a, 1);
        else
            a.err = answer_other(keyring, &q, &w);
    }
    err = w.is_later ? N2_OK : n2_keys_answer_write(&a, buf, cap, answer_len);
    sodium_memzero(&a.es, sizeof a.es);
    return err;
}

n2_err
n2_keyring_answer(n2_keyring *keyring,
                  const void *request,
                  size_t len,
                  int64_t wall_us,
                  void *buf,
                  size_t cap,
                  size_t *answer_len)
{
    return n2_keyring_ask(keyring, request, len, NULL, NULL, wall_us, buf, cap, answer_len);
}

n2_err
n2_keys_refuse(
    const void *request, size_t len, n2_err err, void *buf, size_t cap, size_t *answer_len)
{
    n2_keys_request q;

    *answer_len = 0;
    if (len < N2_KEYS_HEAD_BYTES)
        return N2_ERR_TRUNCATED;
    n2_err malformed = n2_keys_request_read(&q, request, len);
    if (!q.kind)
        return N2_ERR_FORMAT;
    const n2_keys_answer a = {.id = q.id, .kind = q.kind, .err = malformed ? malformed : err};
    return n2_keys_answer_write(&a, buf, cap, answer_len);
}

static n2_err
say_wiping(n2_keyring_say *say, void *user, uint8_t *bytes, size_t len)
{
    n2_err err = say(user, bytes, len);

    sodium_memzero(bytes, len);
    return err;
}

/* How many of the first are well-formed requests of kind ES; they are read. */
static size_t
read_hellos(const n2_slice *requests, size_t n, n2_keys_request *out)
{
    size_t found = 0;

    while (found < n && found < N2_KEYRING_TURN &&
           !n2_keys_request_read(&out[found], requests[found].bytes, requests[found].len) &&
           out[found].kind == N2_KEYS_ES)
        found++;
    return found;
}

static n2_err
answer_hellos(n2_keyring *keyring,
              const n2_keys_request *requests,
              size_t n,
              int64_t wall_us,
              n2_keyring_say *say,
              void *user)
{
    n2_keys_answer answers[N2_KEYRING_TURN];
    uint8_t bytes[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_err err = N2_OK;
    size_t len;

    for (size_t i = 0; i < n; i++)
        answers[i] = (n2_keys_answer){.id = requests[i].id, .kind = N2_KEYS_ES};
    n2_static_drop_old(keyring, wall_us);
    n2_static_answer_es(keyring, requests, answers, n);
    for (size_t i = 0; i < n && !err; i++) {
        err = n2_keys_answer_write(&answers[i], bytes, sizeof bytes, &len);
        if (!err)
            err = say_wiping(say, user, bytes, len);
    }
    sodium_memzero(answers, sizeof answers);
    return err;
}

n2_err
n2_keyring_answer_many(n2_keyring *keyring,
                       const n2_slice *requests,
                       size_t n,
                       int64_t wall_us,
                       n2_keyring_say *say,
                       void *user)
{
    n2_keys_request hellos[N2_KEYRING_TURN];
    uint8_t bytes[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_err err = N2_OK;
    size_t len, done;

    for (; n && !err; requests += done, n -= done) {
        done = keyring->secrets ? read_hellos(requests, n, hellos) : 0;
        if (done) {
            err = answer_hellos(keyring, hellos, done, wall_us, say, user);
            continue;
        }
        done = 1;
        err = n2_keyring_answer(keyring, requests->bytes, requests->len, wall_us, bytes,
                                sizeof bytes, &len);
        if (!err && len)
            err = say_wiping(say, user, bytes, len);
    }
    return err;
}
