/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity-fixture.h - somebody with keys of their own, and statements by them.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/head.h"
#include "crypto/nodekey.h"

enum {
    SECOND = 1000000
};
#ifndef IDENTITY_NOW_S
#define IDENTITY_NOW_S 1700000000
#endif
static const gint64 now = (gint64)IDENTITY_NOW_S * SECOND;
static const gint64 day = G_GINT64_CONSTANT(86400) * SECOND;

typedef struct {
    n2_signing_key control, second, device, thief;
    guint8 birth[N2_STATEMENT_BYTES_SMALL], add[N2_STATEMENT_BYTES_SMALL];
    gsize birth_len, add_len;
    n2_identity who;  /* after the birth only */
    n2_identity full; /* after the add, too */
} person;

static inline n2_signing_key
key(guint8 number)
{
    guint8 seed[N2_SEED_BYTES_MAX] = {number, 77};
    n2_signing_key k;

    g_assert_cmpint(n2_signing_key_init(&k, N2_KEY_ED25519, seed), ==, N2_OK);
    return k;
}

static inline n2_signature
sign(const n2_signing_key *k, const n2_box *body)
{
    guint8 d[N2_DIGEST_BYTES];
    n2_signature s;

    n2_statement_digest(body->kind, body->version, body->bytes, body->len, d);
    g_assert_cmpint(n2_sign(&s, k, d), ==, N2_OK);
    return s;
}

/* A statement of @body by the @n keys. */
static inline gsize
state(guint8 *out, const n2_box *body, const n2_signing_key *const *keys, gsize n)
{
    n2_signature s[4];
    n2_box box;

    for (gsize i = 0; i < n; i++)
        s[i] = sign(keys[i], body);
    g_assert_cmpint(n2_statement_make(out, N2_STATEMENT_BYTES_SMALL, body, s, n, &box), ==,
                    N2_OK);
    return box.len;
}

static inline n2_grant
device_grant(const n2_signing_key *k)
{
    return (n2_grant){.key = k->key,
                      .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH,
                      .from_us = now - day,
                      .until_us = now + 300 * day};
}

static inline n2_box
birth_body(guint8 *buf, const person *p, guint8 salt_byte)
{
    guint8 sheet[N2_HASH_BYTES] = {9}, salt[N2_SALT_BYTES] = {salt_byte};
    n2_key keys[] = {p->control.key, p->second.key};
    n2_box body;

    g_assert_cmpint(n2_birth_body(buf, 1024, sheet, now - day, salt, keys, 2, &body), ==,
                    N2_OK);
    return body;
}

static inline void
person_init(person *p)
{
    guint8 buf[1024];

    memset(p, 0, sizeof *p);
    p->control = key(1);
    p->second = key(2);
    p->device = key(3);
    p->thief = key(4);
    n2_box body = birth_body(buf, p, 1);
    p->birth_len =
        state(p->birth, &body, (const n2_signing_key *[]){&p->control, &p->second}, 2);
    g_assert_cmpint(n2_identity_birth(&p->who, p->birth, p->birth_len, N2_METHOD_SHA256, NULL),
                    ==, N2_OK);
    n2_grant grant = device_grant(&p->device);
    g_assert_cmpint(n2_add_body(buf, sizeof buf, &p->who, &grant, "this machine", &body), ==,
                    N2_OK);
    p->add_len = state(p->add, &body, (const n2_signing_key *[]){&p->control, &p->device}, 2);
    p->full = p->who;
    g_assert_cmpint(n2_identity_add(&p->full, p->add, p->add_len, NULL), ==, N2_OK);
}

static inline n2_node_key
node_key(const person *p)
{
    n2_node_key k = {
        .suites = 1, .serial = 7, .until_s = (guint32)((now + 7 * day) / SECOND), .key = {42}};

    g_assert_cmpint(n2_node_key_sign(&k, &p->who.id, &p->device), ==, N2_OK);
    return k;
}
