/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-sign.c - jobs of an own identity that the keys process does: in and out, its sheet,
 *                  the passphrase, a key that goes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base32.h"
#include "crypto/armor.h"
#include "crypto/identity-body.h"
#include "node/control-statement.h"
#include "node/forms.h"

/* ---- sessions ---- */

static own_identity *
own_of(n2_control *c, const n2_id *who)
{
    for (size_t i = 0; i < c->n_owns; i++)
        if (n2_id_equal(&c->owns[i].who, who))
            return &c->owns[i];
    return NULL;
}

/* From now on it is the one that is shown; what is open already may know it, too. */
static void
began(n2_control *c, const n2_id *who, int64_t until_us)
{
    own_identity *own = own_of(c, who);

    if (!own)
        return;
    own->until_us = until_us;
    own->begun = ++c->last_session;
    n2_identity_changed(c, who);
    n2_fetch_offer(c->fetch);
}

static void
signed_in(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (n2_keys_refused(c, j, a))
        return;
    began(c, &j->who, a->until_us);
    n2_table *t = n2_job_row();

    n2_table_int(t, "until", a->until_us);
    n2_job_done(c, j, t);
}

static void
sign_in(n2_control *c, job *j)
{
    n2_keys_request request = {.kind = N2_KEYS_LOGIN, .hours = c->sessions.hours};

    if (j->number < 0 || j->number > N2_SESSION_HOURS_MAX) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    if (j->number)
        request.hours = (uint8_t)j->number;
    if (!n2_identity_own(c, j, j->address, &j->who))
        return;
    request.who = j->who;
    n2_keys_order(c, j, &request, -1, signed_in);
}

static void
signed_out(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (n2_keys_refused(c, j, a))
        return;
    n2_identity_over(c, &j->who);
    n2_job_done(c, j, NULL);
}

static void
sign_out(n2_control *c, job *j)
{
    bool is_all = j->address && !strcmp(j->address, "*");

    if (!is_all && !n2_identity_own(c, j, j->address, &j->who))
        return;
    n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_LOGOUT, .who = j->who}, -1,
                  signed_out);
}

/* No connection knows us any more; what was chosen for sites stays. */
static void
hide(n2_control *c, const n2_id *who)
{
    bool is_one = who && n2_id_is_set(who);

    for (size_t i = 0; i < c->n_owns; i++)
        if (!is_one || n2_id_equal(&c->owns[i].who, who))
            c->owns[i].until_us = 0;
    (void)n2_fetch_hide(c->fetch, is_one ? who : NULL, c->now_us);
    n2_identity_changed(c, is_one ? who : NULL);
}

void
n2_identity_over(n2_control *c, const n2_id *who)
{
    hide(c, who);
    n2_site_over(c, who && n2_id_is_set(who) ? who : NULL);
}

const own_identity *
n2_identity_shown(const n2_control *c)
{
    const own_identity *shown = c->owns;

    for (size_t i = 0; i < c->n_owns; i++)
        if (c->owns[i].until_us > c->wall_us &&
            (shown->until_us <= c->wall_us || c->owns[i].begun > shown->begun))
            shown = &c->owns[i];
    return c->n_owns ? shown : NULL;
}

void
n2_sessions_expire(n2_control *c)
{
    for (size_t i = 0; i < c->n_owns; i++)
        if (c->owns[i].until_us && c->owns[i].until_us <= c->wall_us)
            n2_identity_over(c, &c->owns[i].who);
}

uint64_t
n2_sessions_deadline(const n2_control *c)
{
    int64_t left_us = INT64_MAX;

    for (size_t i = 0; i < c->n_owns; i++)
        if (c->owns[i].until_us && c->owns[i].until_us - c->wall_us < left_us)
            left_us = c->owns[i].until_us - c->wall_us;
    return left_us == INT64_MAX ? UINT64_MAX
                                : c->now_us + (uint64_t)(left_us > 0 ? left_us : 0);
}

/* ---- a key that goes ---- */

static bool
key_named(const n2_identity *identity, const char *text, n2_key *out)
{
    for (size_t i = 0; i < identity->n_keys; i++) {
        const n2_key *key = &identity->keys[i].key;
        char id[N2_BASE32_CHARS(N2_KEY_BYTES_MAX) + 1];

        n2_base32_encode(id, key->bytes, n2_key_bytes(key->method));
        if (!strcmp(id, text)) {
            *out = *key;
            return true;
        }
    }
    return false;
}

/* The keys process refuses it, too; here it is said why. */
static bool
is_last_control(const n2_identity *identity, const n2_key *key)
{
    bool is_control = false, is_other = false;

    for (size_t i = 0; i < identity->n_keys; i++) {
        bool changes = identity->keys[i].rights & N2_RIGHT_CONTROL;
        bool is_it = n2_key_equal(&identity->keys[i].key, key);
        is_control = is_control || (changes && is_it);
        is_other = is_other || (changes && !is_it);
    }
    return is_control && !is_other;
}

static void
removed(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);

    if (n2_keys_refused(c, j, a))
        return;
    n2_err err = n2_statements_made(c, &j->who, a, &w);
    if (!err && !a->n_statements)
        err = N2_ERR_FORMAT;
    if (err) {
        n2_writer_clear(&w);
        n2_job_failed(c, j, err);
        return;
    }
    hide(c, &j->who); /* what that key certified counts no more */
    n2_table *t = n2_job_row();

    n2_table_id(t, "address", N2_ID_IDENTITY, &j->who);
    /* For our other machines: the vault is among it, if that machine could open it. */
    n2_forms_put_text(t, N2_ARMOR_CONTAINER, w.buf, w.len);
    n2_writer_clear(&w);
    n2_move_begin(c, j, &j->who, t);
}

static void
remove_key(n2_control *c, job *j)
{
    static const struct {
        const char *word;
        uint8_t reason;
    } reasons[] = {{"gone", N2_REMOVED_RETIRED},
                   {"lost", N2_REMOVED_LOST},
                   {"replaced", N2_REMOVED_REPLACED}};
    n2_keys_request request = {.kind = N2_KEYS_REMOVE};
    n2_identity identity;
    bool is_reason = false;

    for (size_t i = 0; j->type && i < sizeof reasons / sizeof *reasons; i++)
        if (!strcmp(reasons[i].word, j->type)) {
            request.reason = reasons[i].reason;
            is_reason = true;
        }
    if (!is_reason || !j->value) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    if (!n2_identity_own(c, j, j->address, &j->who))
        return;
    n2_err err = n2_keys_identity(c, &j->who, &identity);
    if (!err && !key_named(&identity, j->value, &request.key))
        err = N2_ERR_NOTFOUND;
    if (err) {
        n2_job_failed_words(c, j, err, n2_words_no_key_why, n2_words_no_key_next);
        return;
    }
    if (is_last_control(&identity, &request.key)) {
        n2_job_failed_words(c, j, N2_ERR_REFUSED, n2_words_last_key_why,
                            n2_words_last_key_next);
        return;
    }
    request.who = j->who;
    n2_keys_order(c, j, &request, -1, removed);
}

/* ---- sheet and passphrase ---- */

static void
changed(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (n2_keys_refused(c, j, a))
        return;
    n2_identity_changed(c, n2_id_is_set(&j->who) ? &j->who : NULL);
    n2_job_done(c, j, NULL);
}

static void
with_pipe(n2_control *c, job *j, n2_keys_kind kind)
{
    bool is_about_one = kind == N2_KEYS_SHEET_SHOW || kind == N2_KEYS_SHEET_TEST;

    if (is_about_one && !n2_identity_own(c, j, j->address, &j->who))
        return;
    n2_keys_order(c, j, &(n2_keys_request){.kind = kind, .who = j->who}, n2_job_take_pipe(j),
                  kind == N2_KEYS_UNLOCK ? n2_keys_unlock_done : changed);
}

void
n2_sign_job(n2_control *c, job *j)
{
    switch ((int)j->kind) {
    case N2_JOB_ID_SIGN_IN:
        sign_in(c, j);
        break;
    case N2_JOB_ID_SIGN_OUT:
        sign_out(c, j);
        break;
    case N2_JOB_ID_SHEET_SHOW:
        with_pipe(c, j, N2_KEYS_SHEET_SHOW);
        break;
    case N2_JOB_ID_SHEET_TEST:
        with_pipe(c, j, N2_KEYS_SHEET_TEST);
        break;
    case N2_JOB_ID_PASSPHRASE:
        with_pipe(c, j, N2_KEYS_PASSPHRASE);
        break;
    case N2_JOB_ID_UNLOCK:
        with_pipe(c, j, N2_KEYS_UNLOCK);
        break;
    default:
        remove_key(c, j);
        break;
    }
}

/* ---- the screen ---- */

/* What it is before it is signed out; the answers come in their order. */
static void
before_lock(n2_control *c, const n2_id *who)
{
    const n2_keys_kind kinds[] = {N2_KEYS_STATE, N2_KEYS_LOGOUT};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        key_request extra = {.who = *who};

        if (n2_keys_ask(c, &(n2_keys_request){.kind = kinds[i], .who = *who}, &extra))
            n2_control_log(c, "the screen is locked, and the keys process cannot be told");
    }
}

/* Before the screen was locked. */
static void
note_state(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    own_identity *own = own_of(c, &r->who);

    if (own && !r->job)
        own->comes_back = !(a->flags & (N2_OWN_NEEDS_TOKEN | N2_OWN_IS_SIGNED_OUT));
}

void
n2_sign_answered(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    if (a->err)
        return;
    switch ((int)r->kind) {
    case N2_KEYS_STATE:
        note_state(c, r, a);
        break;
    case N2_KEYS_LOGIN:
        began(c, &r->who, a->until_us);
        break;
    case N2_KEYS_LOGOUT:
        n2_identity_over(c, &r->who);
        break;
    case N2_KEYS_UNLOCK:
        n2_keys_unlocked(c);
        break;
    case N2_KEYS_JOIN:
    case N2_KEYS_ENTER:
        (void)n2_keys_take_identity(c, a);
        break;
    case N2_KEYS_REMOVE:
    case N2_KEYS_CONTROL:
    case N2_KEYS_ADMIT:
        if (n2_statements_made(c, &r->who, a, NULL))
            n2_control_log(c, "what the keys process signed could not be kept");
        n2_identity_changed(c, &r->who);
        break;
    default:
        break;
    }
}

void
n2_control_screen(n2_control *control, bool is_locked, uint64_t now_us, int64_t wall_us)
{
    n2_control *c = control;

    c->now_us = now_us;
    c->wall_us = wall_us;
    if (is_locked && c->sessions.screen_stays)
        return;
    n2_control_log(c,
                   is_locked ? "the screen is locked: signed out" : "the screen is unlocked");
    for (size_t i = 0; i < c->n_owns; i++) {
        own_identity *own = &c->owns[i];
        key_request extra = {.who = own->who};

        if (is_locked && !own->comes_back) {
            own->was_by_hand = own->until_us != 0;
            before_lock(c, &own->who);
        } else if (!is_locked && own->comes_back) {
            own->comes_back = false;
            if (n2_keys_ask(
                    c,
                    &(n2_keys_request){.kind = N2_KEYS_LOGIN,
                                       .who = own->who,
                                       .hours = own->was_by_hand ? c->sessions.hours : 0},
                    &extra))
                n2_control_log(c, "an identity cannot sign in again");
        }
    }
    if (is_locked)
        n2_identity_over(c, NULL); /* at once, whatever the keys process is busy with */
}
