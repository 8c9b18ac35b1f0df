/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-token.c - jobs about tokens: what is in the readers, PINs, touches, new keys.
 *
 *     ENROL, BACKUP   TOKENS --> TOKEN_MAKE --> (CONTROL: an identity lists the new keys, too)
 *     CLONE           TOKENS --> TOKEN_CLONE --> (the same)
 *
 * Keys that an own identity lists are never made anew here: with them could go the only one
 * that changes it.  They are removed from the identity first.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base32.h"
#include "node/control-statement.h"
#include "token/result.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

/* As token/openpgp.h has them. */
enum {
    TOUCH_OFF,
    TOUCH_ON,
    TOUCH_FIXED,
    TOUCH_CACHED,
    TOUCH_CACHED_FIXED,
    TOUCH_AS_IT_IS = 255,

    TRIES_ADMIN = 2,
    DAYS = 20 * 365 /* that a token's keys live */
};

typedef struct {
    n2_keys_request request; /* TOKEN_MAKE or TOKEN_CLONE */
    n2_keys_token made[N2_KEYS_CLONES_MAX];
    size_t n_made;
    bool has_owner; /* the job's who */
} making;

/* By n2_keys_slot. */
static const char *const slots[N2_PLACES] = {"", "sign", "open", "login"};

static const uint32_t rights[N2_PLACES] = {
    [N2_PLACE_SIG] = N2_RIGHT_CONTROL,
    [N2_PLACE_DEC] = N2_RIGHT_OPEN,
    [N2_PLACE_AUT] = N2_RIGHT_SESSION,
};

static const struct {
    uint8_t method;
    const char *word;
} methods[] = {
    {N2_KEY_ED25519, "ed25519"}, {N2_KEY_ED448, "ed448"}, {N2_KEY_P256, "p256"},
    {N2_KEY_X25519, "x25519"},   {N2_KEY_X448, "x448"},   {N2_KEY_P256_ECDH, "p256"},
};

/* ---- rows ---- */

static const char *
method_word(uint8_t method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].method == method)
            return methods[i].word;
    return "";
}

static bool
wants_touch(uint8_t touch)
{
    return touch != TOUCH_OFF && touch != TOUCH_AS_IT_IS;
}

static n2_table *
keys_of(const n2_keys_token *token)
{
    n2_table *t = n2_table_new();

    for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++) {
        const n2_keys_token_key *k = &token->keys[slot - 1];
        char id[N2_BASE32_CHARS(N2_KEY_BYTES_MAX) + 1];
        if (!k->key.method)
            continue;
        n2_base32_encode(id, k->key.bytes, n2_key_bytes(k->key.method));
        n2_table_row(t);
        n2_table_text(t, "slot", slots[slot]);
        n2_table_text(t, "method", method_word(k->key.method));
        n2_table_text(t, "key", id);
        if (k->made_s)
            n2_table_int(t, "made", (int64_t)k->made_s * (int64_t)N2_SECOND_US);
    }
    return t;
}

static void
put_state(n2_table *t, n2_token_code code)
{
    n2_table_text(t, "state", n2_token_name(code));
    n2_table_text(t, "why", n2_token_why(code));
    n2_table_text(t, "next", n2_token_next(code));
}

static void
put_slot(n2_table *list, n2_keys_slot slot)
{
    n2_table_row(list);
    n2_table_text(list, "slot", slots[slot]);
}

static void
put_token(n2_table *t, const n2_keys_token *token)
{
    bool is_there = token->state == N2_TOKEN_OK;
    n2_table *touch = n2_table_new(), *can_touch = n2_table_new();
    char id[N2_TOKEN_ID_CHARS] = "";

    if (is_there)
        n2_token_id_write(id, token->aid);
    n2_table_row(t);
    n2_table_text(t, "reader", token->reader);
    n2_table_text(t, "id", id);
    n2_table_text(t, "title", token->title);
    put_state(t, (n2_token_code)token->state);
    n2_table_int(t, "tries", is_there ? token->tries[0] : N2_TRIES_UNKNOWN);
    n2_table_int(t, "admin-tries", is_there ? token->tries[TRIES_ADMIN] : N2_TRIES_UNKNOWN);
    n2_table_bool(t, "keypad", token->flags & N2_KEYS_TOKEN_KEYPAD);
    for (n2_keys_slot slot = N2_PLACE_SIG; is_there && slot < N2_PLACES; slot++) {
        if (wants_touch(token->keys[slot - 1].touch))
            put_slot(touch, slot);
        if (token->keys[slot - 1].touch != TOUCH_AS_IT_IS)
            put_slot(can_touch, slot);
    }
    n2_table_take(t, "touch", touch);
    n2_table_take(t, "can-touch", can_touch);
    n2_table_take(t, "keys", is_there ? keys_of(token) : n2_table_new());
    n2_table_id(t, "owner", N2_ID_IDENTITY, &token->owner);
}

static n2_table *
rows_of(const n2_keys_answer *a)
{
    n2_table *t = n2_table_new();
    n2_slice rows = a->rows;
    n2_keys_token token;

    while (n2_keys_token_next(&rows, &token))
        put_token(t, &token);
    if (a->kind == N2_KEYS_TOKENS && (a->service || !t || !t->n_rows)) {
        n2_table_row(t);
        put_state(t, a->service ? (n2_token_code)a->service : N2_TOKEN_NO_READER);
    }
    return t;
}

void
n2_token_said(n2_control *c, const n2_keys_token *token)
{
    n2_table *t = n2_table_new();

    put_token(t, token);
    n2_control_tell(c, &(n2_notice){.kind = N2_NOTICE_TOKEN, .table = t});
}

bool
n2_token_take_keys(const n2_keys_token *token, n2_keys_own_key *keys, size_t *n, size_t max)
{
    for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++) {
        n2_keys_own_key *k = &keys[*n];

        if (*n == max || !token->keys[slot - 1].key.method)
            return false;
        *k = (n2_keys_own_key){
            .key = token->keys[slot - 1].key, .rights = rights[slot], .place = {.slot = slot}};
        memcpy(k->place.aid, token->aid, sizeof k->place.aid);
        memcpy(k->place.name, token->title, sizeof k->place.name);
        ++*n;
    }
    return true;
}

bool
n2_token_is_owned(const n2_keys_answer *tokens, const char *id)
{
    uint8_t aid[N2_KEYS_AID_BYTES];
    n2_slice rows = tokens->rows;
    n2_keys_token token;

    while (n2_token_id_read(aid, id) && !tokens->service && n2_keys_token_next(&rows, &token))
        if (token.state == N2_TOKEN_OK && !memcmp(token.aid, aid, sizeof aid))
            return token.owner.method;
    return false;
}

/* ---- why an order failed ---- */

static bool
is_asked(const job *j, const uint8_t *aid)
{
    uint8_t id[N2_KEYS_AID_BYTES];

    for (char **text = j->list; text && *text; text++)
        if (n2_token_id_read(id, *text) && !memcmp(id, aid, sizeof id))
            return true;
    return j->value && n2_token_id_read(id, j->value) && !memcmp(id, aid, sizeof id);
}

/* An order failed for a reason of the token's: the readers say which. */
static void
explained(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_token_code code = (n2_token_code)a->service;
    bool is_there = false, is_blocked = false;
    n2_token_code other = N2_TOKEN_OK;
    n2_slice rows = a->rows;
    n2_keys_token token;

    while (!a->err && !code && n2_keys_token_next(&rows, &token)) {
        if (token.state != N2_TOKEN_OK) {
            other = (n2_token_code)token.state;
        } else if (is_asked(j, token.aid)) {
            is_there = true;
            is_blocked = is_blocked || !token.tries[0] || !token.tries[TRIES_ADMIN];
        }
    }
    if (!a->err && !code)
        code = is_blocked ? N2_TOKEN_PIN_BLOCKED
               : is_there ? N2_TOKEN_OK
               : other    ? other
                          : N2_TOKEN_NO_READER;
    if (code && code < N2_TOKEN_CODES)
        n2_job_failed_words(c, j, N2_ERR_TOKEN, n2_token_why(code), n2_token_next(code));
    else
        n2_job_failed_words(c, j, N2_ERR_TOKEN, N_("the token did not do it"),
                            N_("Look at it with: net2o token list"));
}

/* True: @a is an error, and @j has ended or is about to. */
static bool
is_refused(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (a->err == N2_ERR_TOKEN) {
        n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_TOKENS}, -1, explained);
        return true;
    }
    if (a->err == N2_ERR_EXISTS) {
        n2_job_failed_words(c, j, a->err, n2_words_has_keys_why, n2_words_has_keys_next);
        return true;
    }
    return n2_keys_refused(c, j, a);
}

static void
is_done(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (!is_refused(c, j, a))
        n2_job_done(c, j, NULL);
}

/* ---- list, PIN, touch ---- */

static void
listed(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (!n2_keys_refused(c, j, a))
        n2_job_done(c, j, rows_of(a));
}

static void
set_pin(n2_control *c, job *j)
{
    static const char *const which[N2_PINS] = {"", "user", "admin", "unblock"};
    n2_keys_request request = {.kind = N2_KEYS_TOKEN_PIN, .n_aids = 1};

    for (n2_keys_pin i = N2_PIN_USER; i < N2_PINS; i++)
        if (j->type && !strcmp(j->type, which[i]))
            request.which = i;
    if (request.which && n2_token_id_read(request.aids[0], j->value ? j->value : ""))
        n2_keys_order(c, j, &request, -1, is_done);
    else
        n2_job_failed(c, j, N2_ERR_USAGE);
}

static n2_keys_slot
slot_of(const char *word, size_t len)
{
    for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++)
        if (strlen(slots[slot]) == len && !memcmp(word, slots[slot], len))
            return slot;
    return N2_PLACE_HERE;
}

static void
set_touch(n2_control *c, job *j)
{
    static const struct {
        const char *word;
        uint8_t touch;
    } policies[] = {
        {"off", TOUCH_OFF}, {"on", TOUCH_ON}, {"cached", TOUCH_CACHED}, {"fixed", TOUCH_FIXED}};
    n2_keys_request request = {.kind = N2_KEYS_TOKEN_TOUCH, .n_aids = 1, .n_makes = 1};
    n2_keys_slot slot = j->name ? slot_of(j->name, strlen(j->name)) : N2_PLACE_HERE;

    request.makes[0] = (n2_keys_make){.slot = slot, .touch = TOUCH_AS_IT_IS};
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        if (j->type && !strcmp(j->type, policies[i].word))
            request.makes[0].touch = policies[i].touch;
    if (!slot || request.makes[0].touch == TOUCH_AS_IT_IS ||
        !n2_token_id_read(request.aids[0], j->value ? j->value : "")) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    if (request.makes[0].touch == TOUCH_FIXED && !(j->flags & N2_REQUEST_FIXED)) {
        n2_job_failed_words(c, j, N2_ERR_REFUSED, n2_token_why(N2_TOKEN_CONSENT),
                            n2_token_next(N2_TOKEN_CONSENT));
        return;
    }
    request.flags = j->flags & N2_REQUEST_FIXED ? N2_MAKE_FIXED : 0;
    n2_keys_order(c, j, &request, -1, is_done);
}

/* ---- new keys ---- */

bool
n2_token_read_touches(const char *words, n2_keys_make makes[3])
{
    for (n2_keys_slot slot = N2_PLACE_SIG; words && slot < N2_PLACES; slot++)
        makes[slot - 1].touch = TOUCH_OFF;
    while (words && *words) {
        size_t len = strcspn(words, " ");
        n2_keys_slot slot = slot_of(words, len);
        if (!slot)
            return false;
        makes[slot - 1].touch = TOUCH_ON;
        words += len + (words[len] == ' ');
    }
    return true;
}

/* "": what the token has best. */
static bool
read_method(const char *word, n2_keys_make makes[3])
{
    static const struct {
        const char *word;
        uint8_t signs, agrees;
    } pairs[] = {{"", 0, 0},
                 {"ed25519", N2_KEY_ED25519, N2_KEY_X25519},
                 {"p256", N2_KEY_P256, N2_KEY_P256_ECDH}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (strcmp(word ? word : "", pairs[i].word) != 0)
            continue;
        for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++)
            makes[slot - 1].method = slot == N2_PLACE_DEC ? pairs[i].agrees : pairs[i].signs;
        return true;
    }
    return false;
}

static bool
read_ids(const job *j, n2_keys_request *request)
{
    if (j->kind != N2_JOB_TOKEN_CLONE) {
        request->n_aids = 1;
        return n2_token_id_read(request->aids[0], j->value ? j->value : "");
    }
    for (char **text = j->list; text && *text; text++) {
        uint8_t *aid = request->aids[request->n_aids];
        if (request->n_aids == N2_KEYS_CLONES_MAX || !n2_token_id_read(aid, *text))
            return false;
        for (size_t i = 0; i < request->n_aids; i++)
            if (!memcmp(request->aids[i], aid, N2_KEYS_AID_BYTES))
                return false;
        request->n_aids++;
    }
    return request->n_aids > 1;
}

static void
told(n2_control *c, job *j)
{
    making *m = j->state;
    n2_table *rows = n2_table_new();

    for (size_t i = 0; i < m->n_made; i++) {
        if (m->has_owner)
            m->made[i].owner = j->who;
        put_token(rows, &m->made[i]);
    }
    if (m->has_owner)
        n2_identity_changed(c, &j->who);
    n2_job_done(c, j, rows);
}

static void
listed_by_identity(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (is_refused(c, j, a))
        return;
    n2_err err = n2_statements_made(c, &j->who, a, NULL);
    if (err)
        n2_job_failed(c, j, err);
    else
        told(c, j);
}

static void
made(n2_control *c, job *j, const n2_keys_answer *a)
{
    making *m = j->state;
    n2_keys_request request = {.kind = N2_KEYS_CONTROL, .who = j->who, .days = DAYS};
    n2_slice rows = a->rows;

    if (is_refused(c, j, a))
        return;
    while (m->n_made < N2_KEYS_CLONES_MAX && n2_keys_token_next(&rows, &m->made[m->n_made]))
        m->n_made++;
    if (!m->has_owner) {
        told(c, j);
        return;
    }
    /* The same keys are on all clones: the first row tells them. */
    if (!m->n_made ||
        !n2_token_take_keys(&m->made[0], request.keys, &request.n_keys, N2_KEYRING_KEYS_MAX)) {
        n2_job_failed(c, j, N2_ERR_TOKEN);
        return;
    }
    memcpy(request.label, m->made[0].title, sizeof request.label);
    if (!*request.label)
        memcpy(request.label, "token", sizeof "token");
    n2_keys_order(c, j, &request, -1, listed_by_identity);
}

/* BACKUP: as the one that is there has it. */
static void
copy_manner(const n2_keys_token *like, n2_keys_make makes[3])
{
    for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++) {
        const n2_keys_token_key *k = &like->keys[slot - 1];
        makes[slot - 1].method = k->key.method;
        /* What nothing but a new key takes back wants consent: the same without that. */
        makes[slot - 1].touch = k->touch == TOUCH_FIXED          ? TOUCH_ON
                                : k->touch == TOUCH_CACHED_FIXED ? TOUCH_CACHED
                                                                 : k->touch;
    }
}

/* What is in the readers is known: may it be done? */
static void
looked(n2_control *c, job *j, const n2_keys_answer *a)
{
    making *m = j->state;
    n2_slice rows = a->rows;
    n2_keys_token token;
    bool is_owned = false, has_button[3] = {0};

    if (n2_keys_refused(c, j, a))
        return;
    while (!a->service && n2_keys_token_next(&rows, &token)) {
        if (token.state != N2_TOKEN_OK)
            continue;
        if (is_asked(j, token.aid)) {
            is_owned = is_owned || token.owner.method;
            for (size_t i = 0; i < 3; i++)
                has_button[i] = token.keys[i].touch != TOUCH_AS_IT_IS;
        } else if (j->kind == N2_JOB_TOKEN_BACKUP && n2_id_equal(&token.owner, &j->who))
            copy_manner(&token, m->request.makes);
    }
    for (size_t i = 0; j->kind == N2_JOB_TOKEN_BACKUP && i < 3; i++)
        if (!has_button[i]) /* a second one without it is better than none */
            m->request.makes[i].touch = TOUCH_AS_IT_IS;
    if (is_owned)
        n2_job_failed_words(c, j, N2_ERR_EXISTS, n2_words_owned_why, n2_words_owned_next);
    else
        n2_keys_order(c, j, &m->request, -1, made);
}

static void
make(n2_control *c, job *j)
{
    making *m = calloc(1, sizeof *m);
    bool wants_owner = (j->address && *j->address) || j->kind == N2_JOB_TOKEN_BACKUP;

    j->state = m;
    if (!m) {
        n2_job_failed(c, j, N2_ERR_NOMEM);
        return;
    }
    if (wants_owner && !n2_identity_own(c, j, j->address, &j->who))
        return;
    m->has_owner = wants_owner;
    n2_keys_request *request = &m->request;
    request->kind = j->kind == N2_JOB_TOKEN_CLONE ? N2_KEYS_TOKEN_CLONE : N2_KEYS_TOKEN_MAKE;
    request->n_makes = 3;
    for (n2_keys_slot slot = N2_PLACE_SIG; slot < N2_PLACES; slot++)
        request->makes[slot - 1] = (n2_keys_make){.slot = slot, .touch = TOUCH_AS_IT_IS};
    if (!read_ids(j, request) || !n2_token_read_touches(j->other, request->makes) ||
        !read_method(j->type, request->makes)) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    /* What an identity will rest on is tried first. */
    request->flags = (uint8_t)((j->flags & N2_REQUEST_REPLACE ? N2_MAKE_REPLACE : 0) |
                               (j->flags & N2_REQUEST_KEEP ? N2_MAKE_KEEP : 0) |
                               (wants_owner ? N2_MAKE_PROVE : 0));
    n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_TOKENS}, -1, looked);
}

void
n2_token_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_TOKEN_LIST)
        n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_TOKENS}, -1, listed);
    else if (j->kind == N2_JOB_TOKEN_PIN)
        set_pin(c, j);
    else if (j->kind == N2_JOB_TOKEN_TOUCH)
        set_touch(c, j);
    else
        make(c, j);
}
