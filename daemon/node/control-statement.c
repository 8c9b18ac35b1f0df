/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-statement.c - statements that are shown to others, identities that their sheet ends,
 *                       and vouches.
 */
#include "node/control-statement.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/armor.h"
#include "crypto/container.h"
#include "crypto/identity-body.h"
#include "crypto/pieces.h"
#include "name/vouch.h"
#include "node/forms.h"
#include "store/people.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

enum {
    VOUCH_DAYS = 365,
    VOUCH_DAYS_MAX = 2 * 366
};

/* Kind: the job's; the first row that fits counts. */
static const struct {
    n2_job_kind kind;
    n2_err err;
    const char *why, *next;
} words[] = {
    {N2_JOB_ID_END, N2_ERR_NOTFOUND, N_("the statements of this identity are not known here"),
     N_("Import them first, from a file, a text or its code.")},
    {N2_JOB_ID_END, N2_ERR_ENDED, N_("this identity has ended already"),
     N_("Show it to see who follows it.")},
    {N2_JOB_ID_END, N2_ERR_USAGE, N_("no identity follows itself"),
     N_("Name another successor, or none.")},
    {N2_JOB_ID_IMPORT, N2_ERR_NOTFOUND,
     N_("there is nothing in it that could be taken in, or what it hangs on is not known here"),
     N_("Import the identity that it is about first, or that of who signed it.")},
    {N2_JOB_ID_IMPORT, N2_ERR_TRUNCATED, N_("the text ends too early"),
     N_("Copy all of it, with its first and its last line.")},
    {N2_JOB_ID_IMPORT, N2_ERR_CORRUPT, N_("the code was read wrong"), N_("Read it again.")},
    {N2_JOB_ID_IMPORT, N2_ERR_FORGED,
     N_("something of it is signed by nobody who may; what does hold was taken in"),
     N_("Ask who gave it to you, by another way.")},
    {N2_JOB_ID_IMPORT, N2_ERR_STATE,
     N_("this machine waits for no answer: what it asked for is forgotten"),
     N_("Ask anew, with: net2o id draw")},
    {N2_JOB_ID_ADD, N2_ERR_FORMAT, N_("this is not what a new machine asks for"),
     N_("Take what the new machine shows.")},
    {N2_JOB_ID_ADD, N2_ERR_NOTFOUND, N_("this is not what a new machine asks for"),
     N_("Take what the new machine shows.")},
    {N2_JOB_ID_ADD, N2_ERR_TRUNCATED, N_("the text ends too early"),
     N_("Copy all of it, with its first and its last line.")},
    {N2_JOB_ID_ADD, N2_ERR_CORRUPT, N_("the code was read wrong"), N_("Read it again.")},
};

void
n2_statement_failed(n2_control *c, job *j, n2_err err)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].kind == j->kind && words[i].err == err) {
            n2_job_failed_words(c, j, err, words[i].why, words[i].next);
            return;
        }
    n2_job_failed(c, j, err);
}

/* ---- kept and written ---- */

n2_err
n2_statement_keep(
    n2_control *c, const n2_id *who, const void *container, size_t len, n2_identity *out)
{
    n2_identity_set *set;
    n2_err refused = N2_OK;

    n2_err err = n2_store_identity(c->config.store, who, NULL, &set);
    if (!err)
        refused = n2_identity_take_all(set, container, len, c->wall_us, NULL);
    if (refused == N2_ERR_NOMEM)
        err = refused;
    if (!err)
        err = n2_identity_look(set, c->wall_us, out);
    if (!err)
        err = n2_store_identity_keep(c->config.store, set);
    n2_identity_set_free(set);
    if (!err)
        n2_serve_heard(c->serve, who);
    return err ? err : refused;
}

n2_err
n2_statement_write(n2_control *c, const n2_id *who, n2_writer *w, size_t *birth_len)
{
    n2_identity_set *set;

    n2_err err = n2_store_identity(c->config.store, who, NULL, &set);
    size_t n = err ? 0 : n2_identity_set_count(set);
    if (!err && (!n || n2_identity_set_at(set, 0).kind != N2_KIND_BIRTH))
        err = N2_ERR_NOTFOUND;
    for (size_t i = 0; i < n && !err; i++) {
        n2_kept s = n2_identity_set_at(set, i);
        n2_container_put(w, s.bytes, s.len);
        if (!i && birth_len)
            *birth_len = s.len;
    }
    n2_identity_set_free(set);
    return err ? err : w->err;
}

n2_err
n2_statements_made(n2_control *c, const n2_id *who, const n2_keys_answer *a, n2_writer *w)
{
    n2_err err = N2_OK;

    for (size_t i = 0; i < a->n_statements && !err; i++) {
        const n2_slice *s = &a->statements[i];
        n2_identity identity;
        if (n2_statement_is_public(n2_statement_kind(s->bytes, s->len)))
            err = n2_statement_keep(c, who, s->bytes, s->len, &identity);
        if (w)
            n2_container_put(w, s->bytes, s->len);
    }
    return err ? err : w ? w->err : N2_OK;
}

/* ---- export ---- */

typedef struct {
    n2_writer *w;
    size_t n;
} vouches;

static bool
put_vouch_cb(void *user, const n2_store_vouch *v)
{
    vouches *to = user;

    if (to->n == N2_CONTAINER_STATEMENTS_MAX || to->w->len + v->len > N2_IDENTITY_BYTES_MAX)
        return false;
    n2_container_put(to->w, v->statement, v->len);
    to->n++;
    return true;
}

/* With what others vouch for about it: what a key container is for.  @vault: (nullable). */
static void
tell(n2_control *c, job *j, const n2_slice *vault)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);
    vouches with = {.w = &w};
    n2_id who = j->who;

    n2_err err = n2_statement_write(c, &who, &w, NULL);
    if (!err && vault)
        n2_container_put(&w, vault->bytes, vault->len);
    if (!err)
        err = n2_container_check(w.buf, w.len, &with.n);
    if (!err)
        err = n2_store_vouches(c->config.store, &who, put_vouch_cb, &with);
    if (!err)
        err = w.err;
    if (err) {
        n2_statement_failed(c, j, err);
    } else {
        n2_table *t = n2_job_row();
        n2_table_id(t, "address", N2_ID_IDENTITY, &who);
        n2_forms_put_text(t, N2_ARMOR_CONTAINER, w.buf, w.len);
        n2_forms_put_parts(t, w.buf, w.len);
        n2_job_done(c, j, t);
    }
    n2_writer_clear(&w);
}

static void
told_vault(n2_control *c, job *j, const n2_keys_answer *a)
{
    if (a->err == N2_ERR_NOTFOUND || a->err == N2_ERR_REFUSED)
        tell(c, j, NULL); /* an older machine has it, or none can */
    else if (!n2_keys_refused(c, j, a))
        tell(c, j, &a->statement);
}

static void export(n2_control *c, job *j)
{
    bool is_ours = j->flags & N2_REQUEST_OURS;

    if (is_ours && !n2_identity_own(c, j, j->address, &j->who))
        return;
    n2_err err = is_ours ? N2_OK : n2_identity_named(c, j->address, &j->who);
    if (err)
        n2_statement_failed(c, j, err);
    else if (is_ours)
        n2_keys_order(c, j, &(n2_keys_request){.kind = N2_KEYS_VAULT, .who = j->who}, -1,
                      told_vault);
    else
        tell(c, j, NULL);
}

/* ---- end ---- */

static void
ended(n2_control *c, job *j, const n2_keys_answer *a)
{
    const n2_id *successor = j->state;
    n2_identity identity;

    if (n2_keys_refused(c, j, a))
        return;
    n2_id who = j->who;
    n2_err err = n2_statement_keep(c, &who, a->statement.bytes, a->statement.len, &identity);
    if (err) {
        n2_statement_failed(c, j, err);
        return;
    }
    n2_table *t = n2_job_row();
    n2_table_id(t, "address", N2_ID_IDENTITY, &who);
    n2_table_id(t, "successor", N2_ID_IDENTITY, successor);
    n2_forms_put_text(t, N2_KIND_END, a->statement.bytes, a->statement.len);
    n2_forms_put_qr(t, a->statement.bytes, a->statement.len);
    n2_identity_changed(c, &who);
    n2_control_changed(c, "identities");
    n2_job_done(c, j, t);
}

/* What came with the call, if its statements are not known here. */
static n2_err
bring(n2_control *c, const job *j, const n2_id *who)
{
    uint8_t *bytes = malloc(N2_IDENTITY_BYTES_MAX);
    n2_identity identity;
    size_t len;

    if (!bytes)
        return N2_ERR_NOMEM;
    n2_err err = n2_pieces_read(j->value, strlen(j->value), bytes, &len);
    if (!err)
        err = n2_statement_keep(c, who, bytes, len, &identity);
    free(bytes);
    return err;
}

static n2_err
may_end(n2_control *c, job *j, n2_id *successor)
{
    n2_identity identity;

    if (!j->address || !*j->address)
        return N2_ERR_USAGE;
    n2_err err = n2_identity_named(c, j->address, &j->who);
    if (!err && j->value && *j->value)
        err = bring(c, j, &j->who);
    if (!err && j->other && *j->other)
        err = n2_identity_named(c, j->other, successor);
    if (!err)
        err = n2_keys_identity(c, &j->who, &identity);
    if (!err && identity.state == N2_IDENTITY_ENDED)
        err = N2_ERR_ENDED; /* a second one, with another successor, would leave none */
    if (!err && n2_id_equal(successor, &j->who))
        err = N2_ERR_USAGE;
    return err;
}

static void
begin_end(n2_control *c, job *j)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);
    n2_id *successor = calloc(1, sizeof *successor);
    size_t birth_len = 0;

    j->state = successor;
    n2_err err = successor ? may_end(c, j, successor) : N2_ERR_NOMEM;
    if (!err)
        err = n2_statement_write(c, &j->who, &w, &birth_len);
    if (err)
        n2_statement_failed(c, j, err);
    else
        n2_keys_order(c, j,
                      &(n2_keys_request){.kind = N2_KEYS_END,
                                         .who = j->who,
                                         .successor = *successor,
                                         .body = {w.buf, birth_len}},
                      n2_job_take_pipe(j), ended);
    n2_writer_clear(&w);
}

/* ---- vouch ---- */

static const struct {
    const char *word;
    uint8_t scope;
} scopes[] = {
    {"met", N2_SCOPE_MET},      {"audit", N2_SCOPE_AUDIT}, {"zone", N2_SCOPE_NAME},
    {"domain", N2_SCOPE_PLACE}, {"mail", N2_SCOPE_MAIL},
};

static uint8_t
scope_of(const char *word)
{
    if (!word || !*word)
        return N2_SCOPE_MET;
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (!strcmp(scopes[i].word, word))
            return scopes[i].scope;
    return 0;
}

static void
vouched(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_identity by;
    n2_vouch v;

    if (n2_keys_refused(c, j, a))
        return;
    n2_err err = n2_keys_identity(c, &j->who, &by);
    if (!err)
        err = n2_vouch_check(&v, &by, a->statement.bytes, a->statement.len, c->wall_us,
                             c->config.unicode, NULL);
    if (!err)
        err = n2_store_vouch_put(c->config.store,
                                 &(n2_store_vouch){.by = v.by,
                                                   .subject = v.subject,
                                                   .scope = v.scope,
                                                   .from_us = v.from_us,
                                                   .until_us = v.until_us,
                                                   .statement = a->statement.bytes,
                                                   .len = a->statement.len,
                                                   .is_own = true});
    if (err && err != N2_ERR_EXISTS) {
        n2_statement_failed(c, j, err);
        return;
    }
    n2_table *t = n2_job_row();
    n2_forms_put_text(t, N2_KIND_VOUCH, a->statement.bytes, a->statement.len);
    n2_forms_put_qr(t, a->statement.bytes, a->statement.len);
    n2_table_int(t, "until", v.until_us);
    n2_people_changed(c, &v.subject);
    n2_job_done(c, j, t);
}

/* As whom the user says that it is: what was given, else the own name for it.  (transfer full)
 * NULL: there is none. */
static char *
claim_dup(n2_control *c, const job *j, const n2_id *subject, uint8_t scope)
{
    const char *given = j->value ? j->value : j->name;

    if (given)
        return strdup(given);
    return scope == N2_SCOPE_MET ? n2_name_dup(c, subject) : NULL;
}

static void
begin_vouch(n2_control *c, job *j)
{
    n2_keys_request request = {.kind = N2_KEYS_VOUCH, .scope = scope_of(j->type)};
    int64_t days = j->number ? j->number : VOUCH_DAYS;

    if (!n2_identity_own(c, j, j->address, &j->who))
        return;
    n2_err err =
        j->other && *j->other ? n2_identity_named(c, j->other, &request.subject) : N2_ERR_USAGE;
    if (!err && (!request.scope || days < 1 || days > VOUCH_DAYS_MAX ||
                 n2_id_equal(&request.subject, &j->who)))
        err = N2_ERR_USAGE;
    char *claim = err ? NULL : claim_dup(c, j, &request.subject, request.scope);
    if (!err && !claim) {
        n2_job_failed_words(c, j, N2_ERR_USAGE, N_("it is not said as whom"),
                            N_("Say the name under which you know them."));
        return;
    }
    if (!err && strlen(claim) > N2_CLAIM_BYTES_MAX)
        err = N2_ERR_LIMIT;
    if (!err && n2_utf8_check_text(claim, strlen(claim), c->config.unicode))
        err = N2_ERR_USAGE;
    if (err) {
        n2_statement_failed(c, j, err);
    } else {
        request.who = j->who;
        request.days = (uint16_t)days;
        request.body = (n2_slice){(const uint8_t *)claim, strlen(claim)};
        n2_keys_order(c, j, &request, -1, vouched);
    }
    free(claim);
}

void
n2_statement_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_ID_EXPORT)
        export(c, j);
    else if (j->kind == N2_JOB_ID_IMPORT)
        n2_import_begin(c, j);
    else if (j->kind == N2_JOB_ID_END)
        begin_end(c, j);
    else
        begin_vouch(c, j);
}
