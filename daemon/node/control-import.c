/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-import.c - statements that come in: of others, of our own that another machine made,
 *                    and what another machine of ours answers to a key that this one drew.
 *
 *     pieces --> an add that lacks the signature of its key --JOIN--> a new own identity
 *            \-> all others: into the store, identity by identity, then the vouches;
 *                those of our own one by one to the keys process, too --TAKE--> done
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "crypto/pieces.h"
#include "name/vouch.h"
#include "node/control-statement.h"
#include "node/forms.h"
#include "store/people.h"

enum {
    WHO_MAX = 16, /* identities in one import */
    STATEMENT_WHO = 1,
    VOUCH_SUBJECT = 2,
    ADD_KEY = 3,
    KEY_KEY = 1
};

typedef struct {
    uint8_t *bytes; /* all that came; what follows is inside */
    size_t len;
    size_t at;     /* of the next that the keys process is to take */
    n2_slice half; /* an add that lacks the signature of its key; len 0: there is none */
    n2_id who[WHO_MAX];
    size_t n_who;
    bool has_vouch, has_end, has_own;
    n2_id about; /* to be told */
} import;

static void
free_import(void *state)
{
    import *m = state;

    if (m)
        free(m->bytes);
    free(m);
}

/* ---- what it is ---- */

static n2_err
body_of(const uint8_t *statement, size_t len, const n2_unicode *unicode, n2_box *body)
{
    n2_box box;
    n2_field f;

    n2_err err = n2_box_check(&box, statement, len, N2_KIND_SIGNED, unicode);
    if (err)
        return err;
    (void)n2_box_find(&box, STATEMENT_WHO, &f);
    *body = n2_box_of_field(&f);
    return N2_OK;
}

static bool
is_known(const import *m, const n2_id *who)
{
    for (size_t i = 0; i < m->n_who; i++)
        if (n2_id_equal(&m->who[i], who))
            return true;
    return false;
}

static n2_err
note(import *m, const n2_id *who)
{
    if (is_known(m, who))
        return N2_OK;
    if (m->n_who == WHO_MAX)
        return N2_ERR_LIMIT;
    m->who[m->n_who++] = *who;
    return N2_OK;
}

/* A birth has its identity's name only if one knows the method; the others say it. */
static n2_err
note_birth(import *m, const n2_box *body)
{
    n2_id who = n2_id_of_body(N2_METHOD_BLAKE2B, body);

    if (!is_known(m, &who))
        who = n2_id_of_body(N2_METHOD_SHA256, body);
    return note(m, &who);
}

/* Does an add lack the signature of the key that it adds, as the answer to Draw does? */
static bool
is_half(const uint8_t *statement, size_t len, const n2_unicode *unicode)
{
    n2_statement s;
    n2_field f;

    if (n2_statement_check(&s, statement, len, N2_KIND_ADD, unicode))
        return false;
    (void)n2_box_find(&s.body, ADD_KEY, &f);
    n2_box box = n2_box_of_field(&f);
    n2_key key = n2_box_key(&box, KEY_KEY);
    return n2_signature_bytes(key.method) && !n2_statement_is_by(&s, &key);
}

static n2_err
sort_one(
    import *m, const uint8_t *statement, size_t len, bool births, const n2_unicode *unicode)
{
    n2_box body;

    n2_err err = body_of(statement, len, unicode, &body);
    if (err || (body.kind == N2_KIND_BIRTH) != births)
        return err;
    if (births)
        return note_birth(m, &body);
    if (body.kind == N2_KIND_ADD && is_half(statement, len, unicode)) {
        m->half = (n2_slice){statement, len};
        m->about = n2_box_id(&body, STATEMENT_WHO);
        return N2_OK;
    }
    m->has_end = m->has_end || body.kind == N2_KIND_END;
    if (body.kind == N2_KIND_VOUCH) {
        m->has_vouch = true;
        return N2_OK;
    }
    if (!n2_statement_is_public(body.kind) && !n2_statement_is_ours_alone(body.kind))
        return N2_ERR_UNSUPPORTED;
    n2_id who = n2_box_id(&body, STATEMENT_WHO);
    return note(m, &who);
}

static n2_err
sort(import *m, const n2_unicode *unicode)
{
    const uint8_t *statement;
    size_t len, n;

    n2_err err = n2_container_check(m->bytes, m->len, &n);
    for (unsigned births = 0; births < 2 && !err; births++)
        for (size_t at = 0; !err && n2_container_next(m->bytes, m->len, &at, &statement, &len);)
            err = sort_one(m, statement, len, births, unicode);
    return err;
}

/* ---- taken in ---- */

static n2_err
take_vouch(n2_control *c, import *m, const uint8_t *statement, size_t len)
{
    n2_identity by;
    n2_vouch v;
    n2_box body;

    n2_err err = body_of(statement, len, c->config.unicode, &body);
    if (err)
        return err;
    n2_id who = n2_box_id(&body, STATEMENT_WHO);
    err = n2_keys_identity(c, &who, &by);
    if (!err)
        err = n2_vouch_check(&v, &by, statement, len, c->wall_us, c->config.unicode, NULL);
    if (!err)
        err = n2_store_vouch_put(c->config.store, &(n2_store_vouch){.by = v.by,
                                                                    .subject = v.subject,
                                                                    .scope = v.scope,
                                                                    .from_us = v.from_us,
                                                                    .until_us = v.until_us,
                                                                    .statement = statement,
                                                                    .len = len});
    if (!m->n_who)
        m->about = n2_box_id(&body, VOUCH_SUBJECT);
    return err == N2_ERR_EXISTS ? N2_OK : err;
}

/* Those whose signer is not known here are left out, if there is anything else. */
static n2_err
take_vouches(n2_control *c, import *m)
{
    const uint8_t *statement;
    size_t len, n_taken = 0;
    n2_err first = N2_OK;

    for (size_t at = 0; n2_container_next(m->bytes, m->len, &at, &statement, &len);) {
        if (n2_statement_kind(statement, len) != N2_KIND_VOUCH)
            continue;
        n2_err err = take_vouch(c, m, statement, len);
        n_taken += !err;
        if (err && (!first || first == N2_ERR_NOTFOUND))
            first = err;
    }
    return first == N2_ERR_NOTFOUND && (n_taken || m->n_who) ? N2_OK : first;
}

/* One that is refused does not keep the others out. */
static n2_err
take(n2_control *c, import *m)
{
    n2_err first = N2_OK, err;

    for (size_t i = 0; i < m->n_who; i++) {
        n2_identity identity;
        err = n2_statement_keep(c, &m->who[i], m->bytes, m->len, &identity);
        if (err && !first)
            first = err;
        if (!err && n2_keys_own(c, &m->who[i]))
            m->has_own = true;
    }
    err = m->has_vouch ? take_vouches(c, m) : N2_OK;
    return first ? first : err;
}

static void
finish(n2_control *c, job *j)
{
    const import *m = j->state;
    n2_table *t = n2_job_row();

    n2_table_text(t, "what",
                  m->has_end   ? "end"
                  : m->has_own ? "own"
                  : m->n_who   ? "identity"
                               : "vouch");
    n2_table_id(t, "address", N2_ID_IDENTITY, &m->about);
    for (size_t i = 0; i < m->n_who; i++) {
        n2_people_heard(c, &m->who[i]);
        if (n2_keys_own(c, &m->who[i]))
            n2_identity_changed(c, &m->who[i]);
    }
    if (m->has_vouch)
        n2_people_changed(c, &m->about);
    n2_control_changed(c, "identities");
    n2_job_done(c, j, t);
}

static void taken(n2_control *c, job *j, const n2_keys_answer *a);

/* What is ours goes to the keys process, too, also what is for our own machines alone. */
static void
take_next(n2_control *c, job *j)
{
    import *m = j->state;
    const uint8_t *statement;
    size_t len;

    while (n2_container_next(m->bytes, m->len, &m->at, &statement, &len)) {
        uint8_t kind = n2_statement_kind(statement, len);
        n2_box body;
        if (kind == N2_KIND_BIRTH || kind == N2_KIND_VOUCH ||
            body_of(statement, len, c->config.unicode, &body))
            continue;
        n2_id who = n2_box_id(&body, STATEMENT_WHO);
        if (!n2_keys_own(c, &who))
            continue;
        n2_keys_order(
            c, j,
            &(n2_keys_request){.kind = N2_KEYS_TAKE, .who = who, .body = {statement, len}}, -1,
            taken);
        return;
    }
    finish(c, j);
}

static void
taken(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (!n2_keys_refused(c, j, a))
        take_next(c, j);
}

/* ---- an answer to Draw ---- */

static void
joined(n2_control *c, job *j, const n2_keys_answer *a)
{
    import *m = j->state;
    n2_identity identity;

    if (a->err == N2_ERR_STATE) {
        n2_statement_failed(c, j, a->err);
        return;
    }
    if (n2_keys_refused(c, j, a))
        return;
    if (!n2_keys_take_identity(c, a)) {
        n2_job_failed(c, j, N2_ERR_LIMIT);
        return;
    }
    n2_table *t = n2_job_row();
    n2_table_text(t, "what", "own");
    n2_table_id(t, "address", N2_ID_IDENTITY, &a->who);
    /* What our other machines do not have yet is the add, signed by both. */
    n2_slice add = n2_device_whole_add(a, &m->half);
    if (add.len)
        n2_forms_put_text(t, N2_KIND_ADD, add.bytes, add.len);
    /* All else that came with it. */
    if (n2_statement_keep(c, &a->who, m->bytes, m->len, &identity) == N2_ERR_NOMEM)
        n2_control_log(c, "not all that came with an own identity could be kept");
    n2_identity_changed(c, &a->who);
    n2_job_done(c, j, t);
}

/* The add apart, and all about that identity beside it. */
static void
join(n2_control *c, job *j)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);
    import *m = j->state;
    const uint8_t *statement;
    size_t len;
    n2_box body;

    for (size_t at = 0; n2_container_next(m->bytes, m->len, &at, &statement, &len);) {
        if (statement == m->half.bytes || body_of(statement, len, NULL, &body) ||
            body.kind == N2_KIND_VOUCH)
            continue;
        n2_id who = body.kind == N2_KIND_BIRTH ? n2_id_of_body(m->about.method, &body)
                                               : n2_box_id(&body, STATEMENT_WHO);
        if (n2_id_equal(&who, &m->about))
            n2_container_put(&w, statement, len);
    }
    if (w.err)
        n2_job_failed(c, j, w.err);
    else
        n2_keys_order(
            c, j,
            &(n2_keys_request){.kind = N2_KEYS_JOIN, .first = m->half, .body = {w.buf, w.len}},
            -1, joined);
    n2_writer_clear(&w);
}

void
n2_import_begin(n2_control *c, job *j)
{
    import *m = calloc(1, sizeof *m);

    if (m)
        m->bytes = malloc(N2_IDENTITY_BYTES_MAX);
    j->state = m;
    j->free_state = free_import;
    n2_err err = !m || !m->bytes ? N2_ERR_NOMEM
                 : !j->bytes     ? N2_ERR_USAGE
                                 : n2_pieces_read(j->bytes, j->n_bytes, m->bytes, &m->len);
    if (!err)
        err = sort(m, c->config.unicode);
    if (!err && m->half.len) {
        join(c, j);
        return;
    }
    if (!err && m->n_who)
        m->about = m->who[0];
    if (!err)
        err = take(c, m);
    if (err)
        n2_statement_failed(c, j, err);
    else
        take_next(c, j);
}
