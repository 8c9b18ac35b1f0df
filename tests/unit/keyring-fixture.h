/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyring-fixture.h - a keyring on a disk in memory, asked through both codecs.
 */
#pragma once

#include <glib.h>
#include <sodium.h>

#include "crypto/head.h"
#include "crypto/sealed.h"
#include "crypto/sheet.h"
#include "disk-mem.h"
#include "keys/keyring.h"

static const gint64 WALL_US = G_GINT64_CONSTANT(1800000000000000);
static const gint64 DAY_US = G_GINT64_CONSTANT(86400000000);
static const gint64 HOUR_US = G_GINT64_CONSTANT(3600000000);

static inline void
random_bytes(void *user, void *buf, size_t len)
{
    (void)user;
    randombytes_buf(buf, len);
}

static const n2_env env = {NULL, random_bytes};

typedef struct {
    disk_mem *disk;
    n2_keyring *keyring;
    guint8 bytes[N2_KEYRING_MESSAGE_BYTES_MAX]; /* the last answer, borrowed by `a` */
    n2_keys_answer a;
} fixture;

static inline n2_err
reopen(fixture *f, const char *passphrase)
{
    n2_keyring_free(f->keyring);
    return n2_keyring_open(&f->keyring, &f->disk->disk, &env, passphrase, NULL);
}

static inline void
setup(fixture *f, gconstpointer data)
{
    (void)data;
    f->disk = disk_mem_new();
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
}

static inline void
teardown(fixture *f, gconstpointer data)
{
    (void)data;
    n2_keyring_free(f->keyring);
    disk_mem_free(f->disk);
}

/* Asks through both codecs; the answer's error. */
static inline n2_err
ask_at(fixture *f, const n2_keys_request *request, gint64 wall_us)
{
    g_autofree guint8 *message = g_malloc(N2_KEYRING_MESSAGE_BYTES_MAX);
    gsize len, answer_len;

    g_assert_cmpint(n2_keys_request_write(request, message, N2_KEYRING_MESSAGE_BYTES_MAX, &len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keyring_answer(f->keyring, message, len, wall_us, f->bytes,
                                      sizeof f->bytes, &answer_len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keys_answer_read(&f->a, f->bytes, answer_len), ==, N2_OK);
    g_assert_cmpuint(f->a.id, ==, request->id);
    g_assert_cmpint(f->a.kind, ==, request->kind);
    return f->a.err;
}

static inline n2_err
ask(fixture *f, const n2_keys_request *request)
{
    return ask_at(f, request, WALL_US);
}

static inline n2_err
new_identity(fixture *f, const char *label)
{
    n2_keys_request q = {.id = 77, .kind = N2_KEYS_NEW};

    g_strlcpy(q.label, label, sizeof q.label);
    return ask(f, &q);
}

static inline n2_err
list(fixture *f, guint16 index)
{
    return ask(f, &(n2_keys_request){.id = 78, .kind = N2_KEYS_LIST, .index = index});
}

static inline n2_err
node_key(fixture *f, const n2_id *who, gboolean fresh, gint64 wall_us, n2_node_key *out)
{
    n2_keys_request q = {
        .id = 79, .kind = N2_KEYS_NODE_KEY, .who = *who, .suite = 1, .fresh = fresh};

    n2_err err = ask_at(f, &q, wall_us);
    if (!err)
        g_assert_cmpint(n2_node_key_read(out, f->a.answer, f->a.answer_len), ==, N2_OK);
    return err;
}

/* What a stranger makes of the last answer to NEW or LIST. */
static inline void
check_identity(const fixture *f, n2_identity *out)
{
    n2_slice birth = f->a.statements[0];

    g_assert_cmpuint(f->a.n_statements, ==, 2);
    g_assert_cmpint(n2_identity_birth(out, birth.bytes, birth.len, N2_METHOD_SHA256, NULL), ==,
                    N2_OK);
    g_assert_true(n2_id_equal(&out->id, &f->a.who));
    g_assert_cmpint(
        n2_identity_add(out, f->a.statements[1].bytes, f->a.statements[1].len, NULL), ==,
        N2_OK);
    g_assert_cmpuint(out->n_keys, ==, 2);
    g_assert_cmpint(out->made_us, ==, WALL_US);
}

static inline void
assert_same(const n2_identity *a, const n2_identity *b)
{
    g_assert_true(n2_id_equal(&a->id, &b->id));
    g_assert_cmpmem(a->sheet, sizeof a->sheet, b->sheet, sizeof b->sheet);
    g_assert_cmpuint(a->n_keys, ==, b->n_keys);
    for (gsize i = 0; i < a->n_keys; i++) {
        g_assert_true(n2_key_equal(&a->keys[i].key, &b->keys[i].key));
        g_assert_cmpuint(a->keys[i].rights, ==, b->keys[i].rights);
    }
}

/* A hello to each connection key works until its end, and to no other key. */
static inline void
assert_es(fixture *f, const n2_node_key *k, n2_err want, gint64 wall_us)
{
    const n2_noise_suite *suite = n2_noise_suite_find(n2_node_key_suite(k));
    guint8 e[N2_NOISE_DH_BYTES_MAX], e_public[N2_NOISE_DH_BYTES_MAX];
    guint8 message[256], payload[256];
    n2_noise initiator, responder;
    n2_keys_request q = {
        .id = 5, .kind = N2_KEYS_ES, .suite = suite->number, .key_id = n2_key_id_of(k->key)};

    g_assert_cmpint(n2_noise_keypair(suite, &env, e, e_public), ==, N2_OK);
    memcpy(q.e, e_public, suite->dh_bytes);
    g_assert_cmpint(ask_at(f, &q, wall_us), ==, want);
    if (want)
        return;
    n2_noise_init_initiator(&initiator, suite, "p", 1, k->key);
    n2_noise_init_responder(&responder, suite, "p", 1, k->key);
    g_assert_cmpint(n2_noise_write1(&initiator, e, "hello", 5, message), ==, N2_OK);
    gsize len = n2_noise_message_bytes(suite, 5);
    g_assert_cmpint(n2_noise_read1(&responder, &f->a.es, message, len, payload), ==, N2_OK);
    g_assert_cmpmem(payload, 5, "hello", 5);
}

static inline n2_node_key
offered(fixture *f, const n2_id *who, uint8_t suite, uint8_t offers)
{
    n2_keys_request q = {
        .id = 7, .kind = N2_KEYS_NODE_KEY, .who = *who, .suite = suite, .offers = offers};
    n2_node_key k;

    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    g_assert_cmpuint(f->a.answer_len, ==, suite == 2 ? 136 : 112);
    g_assert_cmpint(n2_node_key_read(&k, f->a.answer, f->a.answer_len), ==, N2_OK);
    g_assert_cmpuint(f->a.key_id, ==, n2_key_id_of(k.key));
    g_assert_cmpuint(n2_node_key_suite(&k), ==, suite);
    g_assert_cmpuint(k.suites, ==, offers);
    return k;
}
