/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve-show.c - askers who say who they are, and prove it for this connection.
 */
#include "crypto/proof.h"
#include "share/serve-private.h"

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

n2_err
n2_serve_do_show(n2_serve *s, n2_conn conn, const n2_call *call)
{
    n2_talker *t = n2_talk_find(s->talk, conn);
    const n2_value *chain = &call->arg[0], *certificate = &call->arg[1],
                   *signature = &call->arg[2];
    int64_t until_us;

    bool is_known = n2_proof_is_known(chain->bytes, chain->len, certificate->bytes,
                                      certificate->len, &s->verified);
    if (!t || !may_show(s, t, is_known ? 1 : N2_SHOW_WEIGHT_NEW))
        return N2_ERR_LIMIT;
    n2_proof proof = {.role = N2_PROOF_ASKER, .suite = t->suite};

    memcpy(proof.hash, t->hash, sizeof proof.hash);
    n2_err err = n2_proof_check(&proof, chain->bytes, chain->len, certificate->bytes,
                                certificate->len, signature->bytes, signature->len, s->wall_us,
                                s->unicode, &s->verified, &until_us);
    if (!err && n2_id_is_set(&t->who) && !n2_id_equal(&t->who, &proof.who))
        err = N2_ERR_REFUSED; /* a connection has one asker */
    if (err) {
        s->counts.n_shows_wrong++;
        return err;
    }
    t->who = proof.who;
    t->who_until_us = until_us;
    s->counts.n_shows++;

    n2_asm a = n2_talk_values();

    n2_talk_answer(s->talk, &a, call->tag);
    return N2_OK;
}

bool
n2_serve_asker(const n2_serve *serve, n2_conn conn, n2_id *who)
{
    const n2_talker *t = n2_talk_find(serve->talk, conn);

    if (!t || !n2_id_is_set(&t->who) || (serve->wall_us && serve->wall_us >= t->who_until_us))
        return false;
    *who = t->who;
    return true;
}
