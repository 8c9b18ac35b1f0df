/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-devices.h - an identity in a keyring, and several machines of one person, a keyring
 *                     each: admitted, sent away, told what the others say.
 */
#pragma once

#include "keyring-fixture.h"

#include "crypto/container.h"
#include "crypto/identity-body.h"
#include "crypto/identity-set.h"
#include "crypto/login.h"

static inline n2_keys_request
of(const n2_id *who, n2_keys_kind kind)
{
    return (n2_keys_request){.id = 60 + kind, .kind = kind, .who = *who, .suite = 1};
}

static inline n2_err
simple(fixture *f, const n2_id *who, n2_keys_kind kind)
{
    n2_keys_request q = of(who, kind);

    return ask(f, &q);
}

static inline n2_id
ada(fixture *f)
{
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    return f->a.who;
}

/* What somebody who has all statements makes of it. */
static inline n2_identity
look(fixture *f)
{
    n2_identity_set *set;
    n2_identity who;

    g_assert_cmpint(list(f, 0), ==, N2_OK);
    g_assert_cmpint(n2_identity_set_new(&set, &f->a.who, NULL), ==, N2_OK);
    for (gsize i = 0; i < f->a.n_statements; i++)
        g_assert_cmpint(n2_identity_take(set, f->a.statements[i].bytes, f->a.statements[i].len,
                                         0, NULL, NULL),
                        ==, N2_OK);
    g_assert_cmpint(n2_identity_look(set, WALL_US, &who), ==, N2_OK);
    n2_identity_set_free(set);
    return who;
}

/* A log-in at @site; @number: of an older vault. */
static inline n2_err
log_in(fixture *f, const n2_id *who, guint8 site, guint32 number, n2_login *login)
{
    n2_keys_request q = of(who, N2_KEYS_ACCOUNT);

    q.site = (n2_id){.method = 1, .hash = {site}};
    q.number = number;
    memset(q.hash, 3, sizeof q.hash);
    memset(login->hash, 3, sizeof login->hash);
    n2_err err = ask(f, &q);
    if (!err)
        g_assert_cmpint(n2_login_check(login, f->a.statement.bytes, f->a.statement.len, NULL),
                        ==, N2_OK);
    return err;
}

static inline n2_key
account(fixture *f, const n2_id *who, guint8 site)
{
    n2_login login;

    g_assert_cmpint(log_in(f, who, site, 0, &login), ==, N2_OK);
    g_assert_cmpuint(login.old.method, ==, 0);
    return login.account;
}

static inline n2_slice
copy(n2_slice s)
{
    return (n2_slice){g_memdup2(s.bytes, s.len), s.len};
}

static n2_slice last_vault; /* that came with the last that was admitted; (owned) */

/* What a machine drew is admitted by @f, joined there, and what is new goes back. */
static inline void
admit(fixture *f, fixture *second, const n2_id *who, const char *label)
{
    guint8 *container = g_malloc(N2_KEYRING_MESSAGE_BYTES_MAX);
    n2_writer w = n2_writer_init(container, N2_KEYRING_MESSAGE_BYTES_MAX);
    n2_keys_request q = {.id = 1, .kind = N2_KEYS_DRAW}, join = {.id = 2, .kind = N2_KEYS_JOIN};
    gsize len;

    g_strlcpy(q.label, label, sizeof q.label);
    g_assert_cmpint(ask(second, &q), ==, N2_OK);
    g_assert_cmpuint(second->a.n_keys, ==, 2);
    q = of(who, N2_KEYS_ADMIT);
    g_strlcpy(q.label, label, sizeof q.label);
    q.days = 400;
    q.n_keys = second->a.n_keys;
    memcpy(q.keys, second->a.keys, sizeof q.keys);
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_true(n2_id_equal(&f->a.who, who));
    join.first = copy(f->a.statements[0]);
    for (gsize i = 1; i < f->a.n_statements; i++)
        n2_container_put(&w, f->a.statements[i].bytes, f->a.statements[i].len);
    g_assert_cmpint(n2_writer_finish(&w, &len), ==, N2_OK);
    g_free((gpointer)last_vault.bytes);
    last_vault = copy(f->a.statements[f->a.n_statements - 1]);
    join.body = (n2_slice){container, len};
    g_assert_cmpint(ask(second, &join), ==, N2_OK);
    g_free((gpointer)join.first.bytes);
    g_free(container);
    g_assert_cmpint(list(second, 0), ==, N2_OK);
    for (gsize i = 0; i < second->a.n_statements; i++) {
        n2_keys_request take = of(who, N2_KEYS_TAKE);
        take.body = second->a.statements[i];
        g_assert_cmpint(ask(f, &take), ==, N2_OK);
    }
}

static inline void
assert_same_account(fixture *a, fixture *b, const n2_id *who, guint8 site)
{
    n2_key of_a = account(a, who, site), of_b = account(b, who, site);

    g_assert_true(n2_key_equal(&of_a, &of_b));
}

/* Removes @key at @f; what came of it goes to @other (nullable). */
static inline gsize
send_away(fixture *f, fixture *other, const n2_id *who, const n2_key *key)
{
    n2_keys_request q = of(who, N2_KEYS_REMOVE);

    q.key = *key;
    q.reason = N2_REMOVED_LOST;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    gsize n = f->a.n_statements;
    for (gsize i = 0; other && i < n; i++) {
        n2_keys_request take = of(who, N2_KEYS_TAKE);
        take.body = f->a.statements[i];
        g_assert_cmpint(ask(other, &take), ==, N2_OK);
    }
    return n;
}

/* The device key of whoever asks. */
static inline n2_key
device_of(fixture *f, const n2_id *who)
{
    g_assert_cmpint(simple(f, who, N2_KEYS_STATE), ==, N2_OK);
    for (gsize i = 0; i < f->a.n_keys; i++)
        if (f->a.keys[i].rights & N2_RIGHT_DEVICE)
            return f->a.keys[i].key;
    g_assert_not_reached();
}
