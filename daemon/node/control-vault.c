/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-vault.c - the vault of an own identity, from one of its machines to another.
 *
 *     who asks                              who has it, answers `pair`
 *     a connection, SIGN (kind 38)
 *                     -- 6, ask, add -->    is it of a device that stands?  VAULT
 *                     <-- nothing --        not yet: asked again in a second
 *     TAKE            <-- the vault --
 *
 * Asked for when this machine joins, and whenever a connection to another machine of ours is
 * there: what was drawn anew comes by itself.  The ask holds the hash of the handshake, so
 * nobody between can use it; who has it learns of a machine that joined by the add.
 */
#include "base/bucket.h"
#include "base/reader.h"
#include "base/writer.h"
#include "crypto/container.h"
#include "node/control-statement.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE_US (1 * N2_SECOND_US)   /* between two questions whether it is there */
#define ANSWER_US (15 * N2_SECOND_US) /* for one answer, or for the keys process */
#define SEEK_US (30 * N2_SECOND_US)   /* for all of it */

enum {
    ASK_WHO = 1, /* fields of kind 38 */
    ASK_HASH = 2,
    ASK_BODY_BYTES = 256
};

/* What another machine gets. */
typedef struct {
    n2_id who;
    n2_conn conn; /* 0: nobody has asked */
    uint64_t asked_us;
    bool is_there; /* the keys process has answered */
    n2_err err;
    uint8_t *bytes; /* (owned) (nullable) */
    size_t len;
} gift;

typedef struct vault_work {
    bool is_on; /* it is asked for here; then: */
    n2_id who;
    n2_job job;   /* that waits for it; 0: none */
    n2_conn conn; /* 0: it is being opened */
    bool is_asking;
    uint64_t asked_us, again_us, until_us;
    uint8_t *message; /* (owned) (nullable) */
    size_t message_len;
    gift gift;
    n2_bucket asks;
} vault_work;

static vault_work *
work_of(n2_control *c)
{
    if (!c->vault)
        c->vault = calloc(1, sizeof *c->vault);
    return c->vault;
}

void
n2_vault_clear(n2_control *c)
{
    if (c->vault) {
        free(c->vault->message);
        free(c->vault->gift.bytes);
    }
    free(c->vault);
    c->vault = NULL;
}

/* ---- who asks ---- */

static void
finish(n2_control *c, n2_err err)
{
    vault_work *v = c->vault;
    n2_id who = v->who;
    job *j = n2_job_find(c, v->job);
    char id[N2_ID_TEXT_BYTES];

    v->is_on = v->is_asking = false;
    free(v->message);
    v->message = NULL;
    n2_id_format(id, N2_ID_IDENTITY, &who);
    if (!err)
        n2_identity_changed(c, &who);
    else if (err != N2_ERR_NOTFOUND)
        n2_control_log(c, "the vault of %s did not come from its other machine: %s", id,
                       n2_err_text(err));
    if (j)
        n2_join_has_asked(c, j);
}

static void
sign(n2_control *c, const n2_fetch_at *at)
{
    vault_work *v = c->vault;
    uint8_t buf[ASK_BODY_BYTES];
    key_request extra = {.who = v->who, .conn = at->conn};
    n2_box body;

    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_VAULT_ASK);
    n2_box_put_id(&w, ASK_WHO, &v->who);
    n2_box_put_bytes(&w, ASK_HASH, at->hash, sizeof at->hash);
    n2_err err = n2_box_end(&w, &body, NULL);
    if (!err)
        err = n2_keys_ask(c,
                          &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                             .who = v->who,
                                             .body = {.bytes = body.bytes, .len = body.len}},
                          &extra);
    v->conn = at->conn;
    v->again_us = v->until_us;
    if (err)
        finish(c, err);
}

bool
n2_vault_seek(n2_control *c, const n2_id *who, n2_job waits)
{
    vault_work *v = work_of(c);
    n2_fetch_at at;

    if (v && v->is_on && !v->job && n2_id_equal(&v->who, who)) {
        v->job = waits;
        return true;
    }
    if (!v || v->is_on)
        return false;
    bool is_open = n2_fetch_open_to(c->fetch, who, &at);
    if (!is_open && !n2_way_is_there(c, who))
        return false;
    v->is_on = true;
    v->who = *who;
    v->job = waits;
    v->conn = 0;
    v->again_us = v->until_us = c->now_us + SEEK_US;
    if (is_open)
        sign(c, &at);
    else
        n2_fetch_open(c->fetch, who, c->now_us);
    return true;
}

bool
n2_vault_proven(n2_control *c, const n2_fetch_event *event)
{
    vault_work *v = c->vault;
    n2_fetch_at at;

    if (!n2_keys_own(c, &event->who))
        return false;
    if (!v || !v->is_on)
        (void)n2_vault_seek(c, &event->who, 0);
    else if (!v->conn && n2_id_equal(&v->who, &event->who) &&
             n2_fetch_open_to(c->fetch, &v->who, &at))
        sign(c, &at);
    return true;
}

typedef struct {
    const n2_key *key;
    n2_writer *w;
} adding;

static bool
put_add_cb(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    adding *a = user;
    n2_statement s;

    (void)kind;
    if (n2_statement_check(&s, statement, len, N2_KIND_ADD, NULL) ||
        !n2_statement_is_by(&s, a->key))
        return true;
    n2_write_bytes(a->w, statement, len);
    return false;
}

static void
say(n2_control *c)
{
    vault_work *v = c->vault;

    v->is_asking = true;
    v->asked_us = c->now_us;
    n2_err err =
        n2_fetch_pair(c->fetch, &v->who, &(n2_slice){v->message, v->message_len}, c->now_us);
    if (err)
        finish(c, err == N2_ERR_NOTFOUND ? N2_ERR_CLOSED : err);
}

static void
was_signed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_writer w = n2_writer_init_growing(N2_STATEMENT_BYTES_SMALL);
    vault_work *v = c->vault;
    n2_statement s;

    if (!v || !v->is_on || v->message || r->conn != v->conn || !n2_id_equal(&v->who, &r->who))
        return;
    n2_err err = a->err;
    if (!err)
        err = n2_statement_check(&s, a->statement.bytes, a->statement.len, N2_KIND_VAULT_ASK,
                                 NULL);
    if (!err) {
        n2_write_u8(&w, N2_SAYS_VAULT);
        n2_write_u16(&w, (uint16_t)a->statement.len);
        n2_write_bytes(&w, a->statement.bytes, a->statement.len);
        err = n2_store_statements(c->config.store, &v->who, N2_KIND_ADD, put_add_cb,
                                  &(adding){&s.keys[0], &w});
    }
    if (!err)
        err = n2_writer_steal(&w, &v->message, &v->message_len);
    else
        n2_writer_clear(&w);
    if (err)
        finish(c, err);
    else
        say(c);
}

bool
n2_vault_answered(n2_control *c, const n2_id *who, n2_err err, const n2_value *values, size_t n)
{
    vault_work *v = c->vault;

    if (!v || !v->is_on || !v->is_asking || !n2_id_equal(&v->who, who))
        return false;
    v->is_asking = false;
    v->again_us = v->until_us;
    if (!err && n &&
        (n != 1 || values[0].type != 'b' ||
         n2_statement_kind(values[0].bytes, values[0].len) != N2_KIND_VAULT))
        err = N2_ERR_FORMAT;
    if (!err && n) {
        key_request extra = {.who = v->who, .conn = v->conn};
        err = n2_keys_ask(c,
                          &(n2_keys_request){.kind = N2_KEYS_TAKE,
                                             .who = v->who,
                                             .body = {values[0].bytes, values[0].len}},
                          &extra);
    } else if (!err || err == N2_ERR_LIMIT) {
        err = N2_OK;
        v->again_us = c->now_us + PAUSE_US;
    }
    if (err)
        finish(c, err);
    return true;
}

static void
taken(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    const vault_work *v = c->vault;

    if (v && v->is_on && r->conn && r->conn == v->conn && n2_id_equal(&v->who, &r->who))
        finish(c, a->err);
}

uint64_t
n2_vault_deadline(const n2_control *c)
{
    const vault_work *v = c->vault;

    if (!v || !v->is_on)
        return UINT64_MAX;
    if (v->is_asking && v->asked_us + ANSWER_US < v->until_us)
        return v->asked_us + ANSWER_US;
    return v->again_us;
}

void
n2_vault_expire(n2_control *c)
{
    vault_work *v = c->vault;

    if (!v || !v->is_on || c->now_us < n2_vault_deadline(c))
        return;
    if (v->is_asking || c->now_us >= v->until_us)
        finish(c, N2_ERR_TIMEOUT);
    else
        say(c);
}

/* ---- who has it ---- */

/* A machine that joined elsewhere: from now on it is known here, too. */
static void
hear(n2_control *c, const n2_id *who, const n2_slice *add)
{
    key_request extra = {.who = *who};
    n2_err err = n2_keys_ask(
        c, &(n2_keys_request){.kind = N2_KEYS_TAKE, .who = *who, .body = *add}, &extra);

    if (err)
        n2_control_log(c, "a machine that joined is not known everywhere: %s",
                       n2_err_text(err));
    n2_identity_changed(c, who);
    n2_control_changed(c, "identities");
}

/* Is it by a device key that stands, for this connection? */
static n2_err
check_ask(n2_control *c, n2_conn conn, const n2_slice *ask, const n2_slice *add, n2_id *who)
{
    const n2_talker *t = n2_talk_find(&c->talk, conn);
    n2_identity identity;
    n2_statement s, adds, checked;
    size_t hash_len;

    n2_err err =
        n2_statement_check(&s, ask->bytes, ask->len, N2_KIND_VAULT_ASK, c->config.unicode);
    if (err)
        return err;
    *who = n2_box_id(&s.body, ASK_WHO);
    if (!t || !n2_keys_own(c, who))
        return N2_ERR_NOTFOUND;
    const uint8_t *hash = n2_box_bytes(&s.body, ASK_HASH, &hash_len);
    if (s.n_keys != 1 || hash_len != sizeof t->hash || memcmp(hash, t->hash, hash_len) != 0)
        return N2_ERR_FORGED;
    err = n2_keys_identity(c, who, &identity);
    if (err)
        return err;
    err = n2_identity_check(&identity, &checked, ask->bytes, ask->len, N2_KIND_VAULT_ASK,
                            c->wall_us, c->config.unicode);
    if (err != N2_ERR_FORGED || !add->len ||
        n2_statement_check(&adds, add->bytes, add->len, N2_KIND_ADD, c->config.unicode) ||
        !n2_statement_is_by(&adds, &s.keys[0]))
        return err;
    err = n2_statement_keep(c, who, add->bytes, add->len, &identity);
    if (!err)
        err = n2_identity_check(&identity, &checked, ask->bytes, ask->len, N2_KIND_VAULT_ASK,
                                c->wall_us, c->config.unicode);
    if (!err)
        hear(c, who, add);
    return err;
}

/* What it gets now; nothing, while it is being made. */
static n2_err
give(n2_control *c, n2_conn conn, const n2_id *who, n2_asm *answer)
{
    gift *g = &c->vault->gift;
    bool is_its = g->conn == conn && n2_id_equal(&g->who, who);

    if (g->conn && !g->is_there && c->now_us < g->asked_us + ANSWER_US)
        return N2_OK; /* it, or another's, is on its way */
    if (is_its && g->is_there) {
        n2_err err = g->err;
        if (!err)
            n2_asm_bytes(answer, g->bytes, g->len);
        free(g->bytes);
        *g = (gift){0};
        return err;
    }
    key_request extra = {.who = *who, .conn = conn};
    n2_err err = n2_keys_ask(c, &(n2_keys_request){.kind = N2_KEYS_VAULT, .who = *who}, &extra);
    free(g->bytes);
    *g = err ? (gift){0} : (gift){.who = *who, .conn = conn, .asked_us = c->now_us};
    return err;
}

n2_err
n2_vault_heard(n2_control *c, n2_conn conn, const uint8_t *bytes, size_t len, n2_asm *answer)
{
    n2_reader r = n2_reader_init(bytes, len);
    vault_work *v = work_of(c);
    n2_id who;

    if (!v)
        return N2_ERR_NOMEM;
    if (!n2_bucket_take(&v->asks, N2_VAULT_ASKS_PER_S, N2_VAULT_ASKS_PER_S, c->now_us))
        return N2_ERR_LIMIT;
    n2_slice ask = {.len = n2_read_u16(&r)};
    ask.bytes = n2_read_bytes(&r, ask.len);
    n2_slice add = {.len = n2_reader_left(&r)};
    add.bytes = n2_read_bytes(&r, add.len);
    n2_err err = n2_reader_finish(&r);
    if (!err && add.len > N2_IDENTITY_ADD_BYTES_MAX)
        err = N2_ERR_LIMIT;
    if (!err)
        err = check_ask(c, conn, &ask, &add, &who);
    return err ? err : give(c, conn, &who, answer);
}

static void
came(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    gift *g = c->vault ? &c->vault->gift : NULL;

    if (!g || !g->conn || g->conn != r->conn || !n2_id_equal(&g->who, &r->who))
        return;
    g->err = a->err == N2_ERR_REFUSED ? N2_ERR_NOTFOUND : a->err;
    g->is_there = true;
    if (g->err)
        return;
    g->bytes = malloc(a->statement.len);
    g->len = a->statement.len;
    if (g->bytes)
        memcpy(g->bytes, a->statement.bytes, g->len);
    else
        g->err = N2_ERR_NOMEM;
}

bool
n2_vault_said(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    if (r->job || !r->conn)
        return false;
    if (r->kind == N2_KEYS_SIGN)
        was_signed(c, r, a);
    else if (r->kind == N2_KEYS_TAKE)
        taken(c, r, a);
    else if (r->kind == N2_KEYS_VAULT)
        came(c, r, a);
    else
        return false;
    return true;
}
