/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-show.c - askers who say who they are, or log in, and prove it for this connection.
 */
#include "crypto/login.h"
#include "crypto/proof.h"
#include "share/serve-private.h"
#include "store/account.h"

#include <stdlib.h>
#include <string.h>

void
n2_serve_clock(n2_serve *serve, uint64_t now_us, int64_t wall_us)
{
    serve->now_us = now_us;
    serve->wall_us = wall_us;
}

/* Signatures cost a stranger less to send than us to verify. */
static bool
may_show(n2_serve *s, n2_talker *t, unsigned weight)
{
    if (t->n_shows >= N2_SHOW_TRIES_MAX) {
        s->counts.n_shows_refused++;
        return false;
    }
    for (; weight; weight--)
        if (!n2_bucket_take(&s->shows, N2_SHOW_PER_S, N2_SHOW_PER_S, s->now_us)) {
            s->counts.n_shows_limited++;
            return false;
        }
    t->n_shows++;
    if (t->n_shows > s->counts.most_shows)
        s->counts.most_shows = t->n_shows;
    return true;
}

static bool
is_site(const n2_serve *s, const n2_id *who)
{
    for (size_t i = 0; i < s->n_owns; i++)
        if (n2_id_equal(&s->owns[i].who, who))
            return true;
    return false;
}

/* Who is known here is what all that was ever seen says, not only what is shown now: a device
 * that was removed shows an old picture.  What who is known, or let in, shows is kept for that;
 * strangers leave nothing behind, and of our own the keys process knows. */
static n2_err
check_known(n2_serve *s,
            const n2_id *who,
            const n2_value *chain,
            const n2_value *certificate,
            bool *was_news)
{
    n2_identity_set *set;
    n2_identity identity;
    n2_statement checked;
    bool is_kept = false, is_news = false;

    n2_err err = n2_store_identity(s->store, who, &s->verified, &set);
    if (!err && n2_identity_set_count(set))
        is_kept = true;
    else if (!err)
        err = n2_store_is_listed(s->store, who, &is_kept);
    if (!err && is_kept) {
        err = n2_chain_take(set, chain->bytes, chain->len, s->wall_us, &s->verified, &is_news);
        if (!err)
            err = n2_identity_look(set, s->wall_us, &identity);
        if (!err)
            err = n2_identity_check_once(&identity, &checked, certificate->bytes,
                                         certificate->len, N2_KIND_SESSION, s->wall_us,
                                         s->unicode, &s->verified);
        if (!err && is_news && !is_site(s, who))
            err = n2_store_identity_keep(s->store, set);
        *was_news = !err && is_news;
    }
    n2_identity_set_free(set);
    return err;
}

/* Known by its certificate, until that does not hold any more. */
static n2_err
keep_session(n2_talker *t, const n2_id *who, const n2_value *certificate, int64_t until_us)
{
    session *kept = malloc(sizeof *kept + certificate->len);

    if (!kept)
        return N2_ERR_NOMEM;
    kept->len = certificate->len;
    memcpy(kept->bytes, certificate->bytes, certificate->len);
    free(t->session);
    t->session = kept;
    t->who = *who;
    t->who_until_us = until_us;
    return N2_OK;
}

static void
forget(n2_serve *s, n2_talker *t)
{
    t->who = (n2_id){0};
    t->who_until_us = 0;
    free(t->session);
    t->session = NULL;
    s->counts.n_shows_over++;
    n2_op_queue_push(s->ops, &(n2_op){.kind = N2_OP_CLOSE, .conn = t->conn});
}

void
n2_serve_heard(n2_serve *serve, const n2_id *who)
{
    n2_identity_set *set = NULL;
    n2_identity identity;
    n2_statement checked;
    bool is_here = false;

    for (size_t i = 0; i < serve->talk->n_talkers && !is_here; i++)
        is_here = n2_id_equal(&serve->talk->talkers[i]->who, who);
    if (!is_here)
        return;
    n2_err known = n2_store_identity(serve->store, who, &serve->verified, &set);
    if (!known)
        known = n2_identity_look(set, serve->wall_us, &identity);
    for (size_t i = 0; i < serve->talk->n_talkers && known != N2_ERR_NOTFOUND; i++) {
        n2_talker *t = serve->talk->talkers[i];
        const session *by = t->session;

        if (!n2_id_equal(&t->who, who))
            continue;
        /* What cannot be looked at, for want of memory, is not trusted either. */
        if (known || !by ||
            n2_identity_check_once(&identity, &checked, by->bytes, by->len, N2_KIND_SESSION,
                                   serve->wall_us, serve->unicode, &serve->verified))
            forget(serve, t);
    }
    n2_identity_set_free(set);
}

n2_err
n2_serve_do_show(n2_serve *s, n2_conn conn, const n2_call *call)
{
    n2_talker *t = n2_talk_find(s->talk, conn);
    const n2_value *chain = &call->arg[0], *certificate = &call->arg[1],
                   *signature = &call->arg[2];
    int64_t until_us;
    bool is_news = false;

    bool is_known = n2_proof_is_known(chain->bytes, chain->len, certificate->bytes,
                                      certificate->len, &s->verified);
    if (!t || !may_show(s, t, is_known ? 1 : N2_SHOW_WEIGHT_NEW))
        return N2_ERR_LIMIT;
    n2_proof proof = {.role = N2_PROOF_ASKER, .suite = t->suite};

    memcpy(proof.hash, t->hash, sizeof proof.hash);
    n2_err err = n2_proof_check(&proof, chain->bytes, chain->len, certificate->bytes,
                                certificate->len, signature->bytes, signature->len, s->wall_us,
                                s->unicode, &s->verified, &until_us);
    if (!err)
        err = check_known(s, &proof.who, chain, certificate, &is_news);
    if (!err && n2_id_is_set(&t->who) && !n2_id_equal(&t->who, &proof.who))
        err = N2_ERR_REFUSED; /* a connection has one asker */
    if (!err)
        err = keep_session(t, &proof.who, certificate, until_us);
    if (err) {
        s->counts.n_shows_wrong++;
        return err;
    }
    s->counts.n_shows++;

    n2_asm a = n2_talk_values();

    n2_talk_answer(s->talk, &a, call->tag);
    if (is_news)
        n2_serve_heard(s, &proof.who);
    return N2_OK;
}

/* ---- accounts ---- */

static bool
may_login(n2_serve *s, n2_talker *t)
{
    if (t->n_logins >= N2_LOGIN_TRIES_MAX) {
        s->counts.n_logins_refused++;
        return false;
    }
    if (!n2_bucket_take(&s->shows, N2_SHOW_PER_S, N2_SHOW_PER_S, s->now_us)) {
        s->counts.n_shows_limited++;
        return false;
    }
    t->n_logins++;
    if (t->n_logins > s->counts.most_logins)
        s->counts.most_logins = t->n_logins;
    return true;
}

/* What no list names is kept so that a list may come later: it costs a stranger two signatures,
 * and us a place and a sync of the disk. */
static n2_err
take_move(n2_serve *s, const n2_login *login)
{
    bool is_strange;
    n2_err err =
        n2_store_account_is_strange(s->store, &login->old, &login->account, &is_strange);

    if (!err && is_strange &&
        !n2_bucket_take(&s->stranger_moves, N2_STRANGER_MOVES_PER_S, N2_STRANGER_MOVES_BURST,
                        s->now_us))
        err = N2_ERR_LIMIT;
    if (!err)
        err = n2_store_account_move(s->store, &login->site, &login->old, &login->account);
    s->counts.n_moves_limited += err == N2_ERR_LIMIT;
    return err;
}

n2_err
n2_serve_do_login(n2_serve *s, n2_conn conn, const n2_call *call)
{
    n2_talker *t = n2_talk_find(s->talk, conn);
    n2_login login = {0};

    if (!t || !may_login(s, t))
        return N2_ERR_LIMIT;
    memcpy(login.hash, t->hash, sizeof login.hash);
    n2_err err = n2_login_check(&login, call->arg[0].bytes, call->arg[0].len, s->unicode);
    account *a = t->account;
    n2_member now;

    if (!err && !is_site(s, &login.site))
        err = N2_ERR_NOTFOUND;
    if (!err && a &&
        ((!n2_key_equal(&a->key, &login.account) && !n2_key_equal(&a->key, &login.old)) ||
         !n2_id_equal(&a->site, &login.site)))
        err = N2_ERR_REFUSED; /* a connection has one account */
    if (!err && login.old.method)
        err = take_move(s, &login);
    n2_err moved = err ? err : n2_store_account_now(s->store, &login.account, &now);
    if (!err && moved != N2_ERR_NOTFOUND)
        err = moved ? moved : N2_ERR_REFUSED; /* who has the key still is not its owner */
    if (!err && !a && !(a = t->account = calloc(1, sizeof *a)))
        err = N2_ERR_NOMEM;
    if (err) {
        s->counts.n_logins_wrong++;
        return err;
    }
    *a = (account){.key = login.account, .site = login.site};
    s->counts.n_logins++;

    n2_asm nothing = n2_talk_values();

    n2_talk_answer(s->talk, &nothing, call->tag);
    return N2_OK;
}

bool
n2_serve_account(const n2_serve *serve, n2_conn conn, n2_key *key, n2_id *site)
{
    const n2_talker *t = n2_talk_find(serve->talk, conn);
    const account *a = t ? t->account : NULL;

    if (!a)
        return false;
    *key = a->key;
    *site = a->site;
    return true;
}

/* ---- who asks ---- */

bool
n2_serve_asker(const n2_serve *serve, n2_conn conn, n2_id *who)
{
    const n2_talker *t = n2_talk_find(serve->talk, conn);

    if (!t || !n2_id_is_set(&t->who) || (serve->wall_us && serve->wall_us >= t->who_until_us))
        return false;
    *who = t->who;
    return true;
}
