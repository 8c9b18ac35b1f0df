/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-dht-say.c - what we announce in the DHT: the roots of own trees that all may read,
 *                     what is pinned, and where we are.
 *
 * One thing after the other, each 10 minutes: a list is made, each of it is signed by the keys
 * process, sealed under what it is about, and given to the nodes nearest to its key.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-dht-private.h"

static bool
add(struct dht_work *w, n2_announce_kind kind, const n2_id *about, size_t max)
{
    for (size_t i = 0; i < w->n_things; i++)
        if (w->things[i].kind == kind && n2_id_equal(&w->things[i].about, about))
            return true;
    if (w->n_things == max)
        return false;
    w->things[w->n_things++] = (dht_thing){.kind = kind, .about = *about};
    return true;
}

/* What was pinned of what only some may read is no news for all. */
static bool
pin_cb(void *user, const char *slot, const n2_ref *ref)
{
    n2_control *c = user;
    n2_object found = {0};

    (void)slot;
    return n2_store_find_for(c->config.store, &ref->id, NULL, &found) ||
           found.state != N2_OBJECT_WHOLE ||
           add(c->dht, N2_ANNOUNCE_HAS, &ref->id, N2_DHT_THINGS_MAX);
}

static void
list_things(n2_control *c)
{
    struct dht_work *w = c->dht;
    int64_t owner;
    n2_head head;

    w->n_things = w->at_thing = 0;
    for (size_t i = 0; i < c->n_owns; i++)
        if (!n2_store_head_get(c->config.store, &c->owns[i].who, N2_BRANCH_MAIN, &head, NULL,
                               NULL) &&
            !head.access.id.method)
            (void)add(w, N2_ANNOUNCE_HAS, &head.root.id, N2_DHT_THINGS_MAX);
    n2_err err = n2_store_owner(c->config.store, N2_OWNER_PIN, "pins", 0, &owner);

    if (!err)
        err = n2_store_refs(c->config.store, owner, pin_cb, c);
    if (err)
        n2_control_log(c, "what is pinned is not announced: %s", n2_err_text(err));
    (void)add(w, N2_ANNOUNCE_WHERE, &w->who, sizeof w->things / sizeof w->things[0]);
}

static n2_err
put(n2_control *c, const dht_thing *thing, const n2_slice *statement)
{
    struct dht_work *w = c->dht;
    uint8_t sealed[N2_ANNOUNCE_BYTES_MAX], nonce[N2_ANNOUNCE_NONCE_BYTES];
    const n2_box box = {.bytes = statement->bytes, .len = statement->len};
    n2_dht_value value = {.serial = (uint64_t)c->wall_us,
                          .until_us = c->wall_us + (int64_t)N2_ANNOUNCE_US / 2,
                          .bytes = sealed};

    n2_env_random(&c->env, nonce, sizeof nonce);
    n2_announce_key(thing->kind, &thing->about, value.key);
    n2_err err = n2_announce_seal(thing->kind, &thing->about, &box, nonce, sealed,
                                  sizeof sealed, &value.len);

    if (!err)
        err = n2_dht_put(w->dht, &value, NULL);
    if (!err)
        w->n_announced++;
    return err;
}

static void
next(n2_control *c)
{
    struct dht_work *w = c->dht;

    w->is_thing_signed = false;
    w->announce_us = ++w->at_thing < w->n_things ? c->now_us : c->now_us + N2_DHT_AGAIN_US;
}

void
n2_dhts_value_signed(n2_control *c, const n2_slice *statement)
{
    struct dht_work *w = c->dht;

    w->is_thing_signed = false;
    if (!statement || w->at_thing >= w->n_things) { /* the list is another now */
        w->announce_us = c->now_us + (statement ? 0 : N2_MINUTE_US);
        return;
    }
    n2_err err = put(c, &w->things[w->at_thing], statement);

    if (err == N2_ERR_LIMIT)
        w->announce_us = c->now_us + N2_SECOND_US; /* it is signed once more then */
    else
        next(c);
}

void
n2_dhts_announce(n2_control *c)
{
    struct dht_work *w = c->dht;
    uint8_t buf[N2_ANNOUNCE_BYTES_MAX];
    n2_box body;

    if (w->is_thing_signed || c->now_us < w->announce_us)
        return;
    if (!n2_dht_count(w->dht)) {
        w->announce_us = c->now_us + N2_SECOND_US; /* alone */
        return;
    }
    if (w->at_thing >= w->n_things)
        list_things(c);
    n2_err err = n2_dhts_body(c, &w->things[w->at_thing].about, buf, sizeof buf, &body);

    if (!err)
        err = n2_dhts_sign(c, &body, DHT_SIGN_VALUE, 0);
    w->is_thing_signed = !err;
    if (err) {
        n2_control_log(c, "not announced: %s", n2_err_text(err));
        w->announce_us = c->now_us + N2_MINUTE_US;
    }
}
