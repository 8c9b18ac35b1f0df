/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-static.c - connection keys: made, signed, used for hellos, thrown away at their end.
 */
#include <string.h>

#include <sodium.h>

#include "crypto/agree.h"
#include "keys/keyring-impl.h"

enum {
    KEY_TRIES_MAX = 1000, /* until a key id is free; one try fails with 256 of 65,536 at most */
};

static void
drop_static(n2_own *own, n2_own_secrets *secrets, size_t i)
{
    size_t after = own->n_statics - i - 1;

    memmove(&own->statics[i], &own->statics[i + 1], after * sizeof own->statics[0]);
    memmove(secrets->statics[i], secrets->statics[i + 1], after * sizeof secrets->statics[0]);
    own->n_statics--;
    sodium_memzero(secrets->statics[own->n_statics], sizeof secrets->statics[0]);
}

/* Connection keys past their end; from the file they go when it is written next. */
void
n2_static_drop_old(n2_keyring *keyring, int64_t wall_us)
{
    if (wall_us <= 0)
        return;
    for (size_t o = 0; o < keyring->n_own; o++)
        for (size_t i = keyring->own[o].n_statics; i-- > 0;)
            if ((int64_t)keyring->own[o].statics[i].until_s * 1000000 < wall_us)
                drop_static(&keyring->own[o], &keyring->secrets->own[o], i);
}

size_t
n2_static_excess(const n2_own *own)
{
    size_t n =
        own->n_statics > N2_KEYRING_STATICS_MAX ? own->n_statics - N2_KEYRING_STATICS_MAX : 0;

    while (n && n < own->n_statics && own->statics[n].serial == own->statics[n - 1].serial)
        n++; /* a set goes as a whole */
    return n;
}

/* The living connection key with @key_id; false: none. */
static bool
find_static(const n2_keyring *keyring,
            uint16_t key_id,
            const n2_node_key **record,
            const uint8_t **secret)
{
    for (size_t o = 0; o < keyring->n_own; o++)
        for (size_t i = 0; i < keyring->own[o].n_statics; i++)
            if (n2_key_id_of(keyring->own[o].statics[i].key) == key_id) {
                *record = &keyring->own[o].statics[i];
                *secret = keyring->secrets->own[o].statics[i];
                return true;
            }
    return false;
}

/* Draws a pair whose key id no living key has. */
static n2_err
draw_static(const n2_keyring *keyring,
            const n2_noise_suite *suite,
            uint8_t *secret,
            uint8_t *public_key)
{
    const n2_node_key *other;
    const uint8_t *others;

    for (unsigned i = 0; i < KEY_TRIES_MAX; i++) {
        n2_err err = n2_noise_keypair(suite, keyring->env, secret, public_key);
        if (err)
            return err;
        if (!find_static(keyring, n2_key_id_of(public_key), &other, &others))
            return N2_OK;
    }
    return N2_ERR_LIMIT;
}

/* The device key that is here and may sign now, and until when; NULL: none. */
static const n2_signing_key *
device_of(const n2_own *own, const n2_own_secrets *secrets, int64_t wall_us, int64_t *until_us)
{
    size_t i = n2_own_signer(own, N2_RIGHT_DEVICE, wall_us);
    n2_grant grant;

    if (i == NO_KEY || own->keys[i].place.slot != N2_PLACE_HERE ||
        !n2_own_rights(own, &own->keys[i].key, &grant))
        return NULL;
    *until_us = grant.until_us;
    return &secrets->keys[i];
}

/* One key of the set that @record begins; it counts at once, so that the next gets another id.
 */
static n2_err
add_static(const n2_keyring *keyring,
           n2_own *own,
           n2_own_secrets *secrets,
           const n2_signing_key *device,
           n2_node_key record,
           uint8_t suite)
{
    size_t at = own->n_statics;

    record.is_x448 = suite == N2_SUITE_2;
    n2_err err =
        draw_static(keyring, n2_noise_suite_find(suite), secrets->statics[at], record.key);
    if (!err)
        err = n2_node_key_sign(&record, &own->who.id, device);
    if (err) {
        sodium_memzero(secrets->statics[at], sizeof secrets->statics[at]);
        return err;
    }
    own->statics[own->n_statics++] = record;
    return N2_OK;
}

/* A key for each suite of @offers, with one serial and one end. */
static n2_err
make_statics(
    n2_keyring *keyring, n2_own *own, n2_own_secrets *secrets, uint8_t offers, int64_t wall_us)
{
    n2_node_key record = {.suites = offers};
    int64_t until_us = 0;
    const n2_signing_key *device = device_of(own, secrets, wall_us, &until_us);
    uint32_t serial_before = own->serial;
    uint64_t wall_s = (uint64_t)wall_us / 1000000;

    if (!device)
        return N2_ERR_REFUSED;
    if (until_us > wall_us + (int64_t)N2_STATIC_LIFETIME_US)
        until_us = wall_us + (int64_t)N2_STATIC_LIFETIME_US;
    /* The clock in it makes the serial grow though the file came back from a backup. */
    uint64_t serial = own->serial >= wall_s ? (uint64_t)own->serial + 1 : wall_s;
    if (serial > UINT32_MAX || until_us / 1000000 > UINT32_MAX)
        return N2_ERR_LIMIT;
    record.serial = (uint32_t)serial;
    record.until_s = (uint32_t)(until_us / 1000000);

    /* More than are kept: the oldest go when the file that knows the newest is written. */
    size_t before = own->n_statics;
    n2_err err = N2_OK;
    for (uint8_t suite = N2_SUITE_1; !err && suite <= N2_SUITE_2; suite++)
        if (offers & 1 << (suite - 1))
            err = add_static(keyring, own, secrets, device, record, suite);
    if (!err) {
        own->serial = record.serial;
        err = n2_keyring_save(keyring);
    }
    if (err) {
        own->serial = serial_before;
        while (own->n_statics > before)
            drop_static(own, secrets, own->n_statics - 1);
    }
    for (size_t n = n2_static_excess(own); n; n--)
        drop_static(own, secrets, 0);
    return err;
}

/* The newest key of @suite, if the last that was made is for the suites of @offers; or NULL. */
static const n2_node_key *
newest_static(const n2_own *own, uint8_t suite, uint8_t offers)
{
    const n2_node_key *last = own->n_statics ? &own->statics[own->n_statics - 1] : NULL;

    if (!last || last->suites != offers)
        return NULL;
    for (size_t i = own->n_statics; i-- > 0 && own->statics[i].serial == last->serial;)
        if (n2_node_key_suite(&own->statics[i]) == suite)
            return &own->statics[i];
    return NULL;
}

n2_err
n2_static_answer_key(n2_keyring *keyring,
                     const n2_keys_request *q,
                     int64_t wall_us,
                     n2_keys_answer *a)
{
    size_t index;

    n2_err err = n2_own_find(keyring, &q->who, &index);
    if (err)
        return err;
    if (!n2_noise_suite_find(q->suite))
        return N2_ERR_UNSUPPORTED;
    uint8_t one = (uint8_t)(1 << (q->suite - 1));
    uint8_t offers = q->offers ? q->offers : one;
    if (!(offers & one))
        return N2_ERR_FORMAT;
    if (wall_us <= 0)
        return N2_ERR_STATE;
    n2_own *own = &keyring->own[index];
    const n2_node_key *newest = newest_static(own, q->suite, offers);
    int64_t left_us = newest ? (int64_t)newest->until_s * 1000000 - wall_us : 0;
    if (q->fresh || left_us < (int64_t)N2_STATIC_LIFETIME_US / 2)
        err = make_statics(keyring, own, &keyring->secrets->own[index], offers, wall_us);
    if (err)
        return err;
    newest = newest_static(own, q->suite, offers);
    n2_node_key_write(newest, a->answer);
    a->answer_len = n2_node_key_answer_len(newest);
    a->key_id = n2_key_id_of(newest->key);
    a->suite = q->suite;
    return N2_OK;
}

void
n2_static_answer_es(const n2_keyring *keyring,
                    const n2_keys_request *requests,
                    n2_keys_answer *answers,
                    size_t n)
{
    uint8_t shared[N2_KEYRING_TURN][N2_NOISE_DH_BYTES_MAX];
    n2_agreement agreements[N2_KEYRING_TURN];
    const n2_node_key *record;

    for (uint8_t number = N2_SUITE_1; number <= N2_SUITE_2; number++) {
        const n2_noise_suite *suite = n2_noise_suite_find(number);
        size_t which[N2_KEYRING_TURN], n_which = 0;

        for (size_t i = 0; i < n; i++) {
            n2_agreement *a = &agreements[n_which];
            if (requests[i].suite != number || answers[i].err)
                continue;
            *a = (n2_agreement){.public_key = requests[i].e, .out = shared[n_which]};
            if (!find_static(keyring, requests[i].key_id, &record, &a->secret) ||
                n2_node_key_suite(record) != number)
                answers[i].err = N2_ERR_NOTFOUND;
            else
                which[n_which++] = i;
        }
        n2_agree(suite, agreements, n_which);
        for (size_t i = 0; i < n_which; i++) {
            n2_keys_answer *to = &answers[which[i]];
            to->err = agreements[i].err;
            if (!to->err)
                n2_noise_es_of(suite, shared[i], &to->es);
        }
    }
    sodium_memzero(shared, sizeof shared);
}

/* A connection key whose secret is kept here, for whichever of the own identities it was made.
 */
bool
n2_static_is_own(const n2_keyring *keyring, const n2_key *key)
{
    n2_key own;

    for (size_t o = 0; o < keyring->n_own; o++)
        for (size_t i = 0; i < keyring->own[o].n_statics; i++) {
            n2_node_key_static(&keyring->own[o].statics[i], &own);
            if (n2_key_equal(key, &own))
                return true;
        }
    return false;
}
