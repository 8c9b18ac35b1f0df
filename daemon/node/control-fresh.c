/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-fresh.c - "just these keys stand": said of each own identity by the device key that
 * is here, once an hour, and given to whoever asks who we are.
 *
 * It is said of what the store has, which is what is served: so what reached this node and not
 * the keys process counts too.  Whoever meets a newer one that says something else knows that
 * something was kept from him.
 */
#include "crypto/identity-body.h"
#include "node/control-private.h"

enum {
    FRESH_BODY_BYTES = 256
};

/* When the next is due of @who, us from now: 0: one is to be made. */
static n2_err
ask(n2_control *c, const n2_id *who, uint64_t *wait_us)
{
    uint8_t buf[FRESH_BODY_BYTES], hash[N2_HASH_BYTES];
    key_request extra = {.who = *who};
    n2_identity_set *set;
    n2_identity identity;
    n2_box body;

    *wait_us = N2_FRESH_AGAIN_US;
    n2_err err = n2_store_identity(c->config.store, who, NULL, &set);
    if (!err)
        err = n2_identity_look(set, c->wall_us, &identity);
    if (!err)
        err = n2_identity_set_hash(set, hash);
    n2_identity_set_free(set);
    if (err || identity.state != N2_IDENTITY_LIVE)
        return err;
    int64_t age_us = c->wall_us - identity.fresh_us;
    if (identity.fresh_us && age_us >= 0 && age_us < (int64_t)N2_FRESH_AGAIN_US) {
        *wait_us -= (uint64_t)age_us;
        return N2_OK;
    }
    err = n2_fresh_body(buf, sizeof buf, &identity, hash, c->wall_us, &body);
    if (!err)
        err = n2_keys_ask(c,
                          &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                             .who = *who,
                                             .body = {.bytes = body.bytes, .len = body.len}},
                          &extra);
    return err;
}

void
n2_confirm_expire(n2_control *c)
{
    uint64_t next_us = N2_FRESH_AGAIN_US;

    if (!c->is_ready || c->fresh_at_us > c->now_us)
        return;
    for (size_t i = 0; c->wall_us > 0 && i < c->n_owns; i++) {
        uint64_t wait_us;
        n2_err err = ask(c, &c->owns[i].who, &wait_us);

        if (err)
            n2_control_log(c, "cannot confirm the keys of an own identity: %s",
                           n2_err_text(err));
        if (wait_us < next_us)
            next_us = wait_us;
    }
    c->fresh_at_us = c->now_us + next_us;
}

uint64_t
n2_confirm_deadline(const n2_control *c)
{
    return c->is_ready ? c->fresh_at_us : UINT64_MAX;
}

void
n2_confirm_soon(n2_control *c)
{
    c->fresh_at_us = c->now_us;
}

void
n2_confirm_signed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    n2_identity_set *set = NULL;
    n2_err err = a->err;

    /* This machine's key was removed, or is over: others confirm. */
    if (err == N2_ERR_REFUSED)
        return;
    if (!err)
        err = n2_store_identity(c->config.store, &r->who, NULL, &set);
    if (!err)
        (void)n2_identity_set_drop_ahead(set, c->wall_us); /* of a clock that was wrong */
    if (!err)
        err =
            n2_identity_take(set, a->statement.bytes, a->statement.len, c->wall_us, NULL, NULL);
    if (!err)
        err = n2_store_identity_keep(c->config.store, set);
    n2_identity_set_free(set);
    if (err)
        n2_control_log(c, "cannot confirm the keys of an own identity: %s", n2_err_text(err));
}
