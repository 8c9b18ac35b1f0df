/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-identity.c - birth, add, node key, head: what proves who somebody is, and every way to
 *                   pretend.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/head.h"
#include "crypto/nodekey.h"

enum {
    SECOND = 1000000
};
static const gint64 now = G_GINT64_CONSTANT(1700000000) * SECOND;
static const gint64 day = G_GINT64_CONSTANT(86400) * SECOND;

typedef struct {
    n2_signing_key control, second, device, thief;
    guint8 birth[N2_STATEMENT_BYTES_SMALL], add[N2_STATEMENT_BYTES_SMALL];
    gsize birth_len, add_len;
    n2_identity who;  /* after the birth only */
    n2_identity full; /* after the add, too */
} person;

static n2_signing_key
key(guint8 number)
{
    guint8 seed[N2_SEED_BYTES_MAX] = {number, 77};
    n2_signing_key k;

    g_assert_cmpint(n2_signing_key_init(&k, N2_KEY_ED25519, seed), ==, N2_OK);
    return k;
}

static n2_signature
sign(const n2_signing_key *k, const n2_box *body)
{
    guint8 d[N2_DIGEST_BYTES];
    n2_signature s;

    n2_statement_digest(body->kind, body->version, body->bytes, body->len, d);
    g_assert_cmpint(n2_sign(&s, k, d), ==, N2_OK);
    return s;
}

/* A statement of @body by the @n keys. */
static gsize
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

static n2_grant
device_grant(const n2_signing_key *k)
{
    return (n2_grant){.key = k->key,
                      .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH,
                      .from_us = now - day,
                      .until_us = now + 300 * day};
}

static n2_box
birth_body(guint8 *buf, const person *p, guint8 salt_byte)
{
    guint8 sheet[N2_HASH_BYTES] = {9}, salt[N2_SALT_BYTES] = {salt_byte};
    n2_key keys[] = {p->control.key, p->second.key};
    n2_box body;

    g_assert_cmpint(n2_birth_body(buf, 1024, sheet, now - day, salt, keys, 2, &body), ==,
                    N2_OK);
    return body;
}

static void
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

static void
test_birth(void)
{
    guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_identity other;
    person p;

    person_init(&p);
    g_assert_cmpuint(p.who.n_keys, ==, 2);
    g_assert_cmpint(p.who.made_us, ==, now - day);
    g_assert_cmpuint(p.who.sheet[0], ==, 9);
    g_assert_true(n2_identity_may(&p.who, &p.second.key, N2_RIGHT_CONTROL, now));
    g_assert_false(n2_identity_may(&p.who, &p.second.key, N2_RIGHT_DEVICE, now));
    g_assert_false(n2_identity_may(&p.who, &p.device.key, N2_RIGHT_CONTROL, now));

    /* the address is the hash of the body, whatever signatures stand around it */
    n2_box body = birth_body(buf, &p, 1);
    n2_id id = n2_id_of_body(N2_METHOD_SHA256, &body);
    g_assert_true(n2_id_equal(&id, &p.who.id));
    g_assert_cmpint(n2_identity_birth(&other, p.birth, p.birth_len, N2_METHOD_BLAKE2B, NULL),
                    ==, N2_OK);
    g_assert_false(n2_id_equal(&other.id, &p.who.id));
    g_assert_cmpint(n2_identity_birth(&other, p.birth, p.birth_len, 9, NULL), ==,
                    N2_ERR_UNSUPPORTED);

    /* attack 32: a thief with every key makes another birth; it has another address */
    body = birth_body(buf, &p, 2);
    gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.control, &p.second}, 2);
    g_assert_cmpint(n2_identity_birth(&other, stmt, len, N2_METHOD_SHA256, NULL), ==, N2_OK);
    g_assert_false(n2_id_equal(&other.id, &p.who.id));

    /* each key must sign, and nobody else */
    body = birth_body(buf, &p, 1);
    len = state(stmt, &body, (const n2_signing_key *[]){&p.control}, 1);
    g_assert_cmpint(n2_identity_birth(&other, stmt, len, N2_METHOD_SHA256, NULL), ==,
                    N2_ERR_FORGED);
    len = state(stmt, &body, (const n2_signing_key *[]){&p.control, &p.thief}, 2);
    g_assert_cmpint(n2_identity_birth(&other, stmt, len, N2_METHOD_SHA256, NULL), ==,
                    N2_ERR_FORGED);
    len = state(stmt, &body, (const n2_signing_key *[]){&p.control, &p.second, &p.thief}, 3);
    g_assert_cmpint(n2_identity_birth(&other, stmt, len, N2_METHOD_SHA256, NULL), ==,
                    N2_ERR_FORGED);
    g_assert_cmpint(n2_identity_birth(&other, p.add, p.add_len, N2_METHOD_SHA256, NULL), ==,
                    N2_ERR_FORMAT);
}

static void
test_birth_keys(void)
{
    guint8 buf[1024], sheet[N2_HASH_BYTES] = {0}, salt[N2_SALT_BYTES] = {0};
    n2_key keys[9];
    n2_box body;

    for (guint8 i = 0; i < 9; i++)
        keys[i] = key(i).key;
    g_assert_cmpint(n2_birth_body(buf, sizeof buf, sheet, now, salt, keys, 0, &body), ==,
                    N2_ERR_FORMAT);
    g_assert_cmpint(n2_birth_body(buf, sizeof buf, sheet, now, salt, keys, 8, &body), ==,
                    N2_OK);
    g_assert_cmpint(n2_birth_body(buf, sizeof buf, sheet, now, salt, keys, 9, &body), ==,
                    N2_ERR_LIMIT);
    keys[1] = keys[0];
    g_assert_cmpint(n2_birth_body(buf, sizeof buf, sheet, now, salt, keys, 2, &body), ==,
                    N2_ERR_FORMAT);
}

static void
test_add(void)
{
    guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_identity other;
    n2_box body;
    person p;

    person_init(&p);
    g_assert_true(
        n2_identity_may(&p.full, &p.device.key, N2_RIGHT_PUBLISH | N2_RIGHT_ZONE, now));
    g_assert_false(n2_identity_may(&p.full, &p.device.key, N2_RIGHT_CONTROL, now));
    g_assert_false(n2_identity_may(&p.full, &p.device.key, N2_RIGHT_DEVICE, now + 301 * day));
    g_assert_false(n2_identity_may(&p.full, &p.device.key, N2_RIGHT_DEVICE, now - 2 * day));
    g_assert_true(n2_identity_may(&p.full, &p.device.key, N2_RIGHT_DEVICE, 0));   /* no clock */
    g_assert_cmpint(n2_identity_add(&p.full, p.add, p.add_len, NULL), ==, N2_OK); /* again */
    g_assert_cmpuint(p.full.n_keys, ==, 3);
    g_assert_cmpint(n2_identity_add(&p.full, p.birth, p.birth_len, NULL), ==,
                    N2_ERR_UNSUPPORTED);

    n2_grant grant = device_grant(&p.thief);
    g_assert_cmpint(n2_add_body(buf, sizeof buf, &p.who, &grant, "", &body), ==, N2_OK);
    const struct {
        const n2_signing_key *keys[2];
        gsize n;
    } bad[] = {{{&p.thief}, 1},             /* the new key alone */
               {{&p.control}, 1},           /* the control key alone */
               {{&p.device, &p.thief}, 2}}; /* a device is no control key */
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        gsize len = state(stmt, &body, bad[i].keys, bad[i].n);
        other = p.full;
        g_assert_cmpint(n2_identity_add(&other, stmt, len, NULL), ==, N2_ERR_FORGED);
        g_assert_cmpuint(other.n_keys, ==, 3);
    }
    /* an add of another identity, or under another control statement (attack 34) */
    other = p.who;
    other.id.hash[0] ^= 1;
    g_assert_cmpint(n2_identity_add(&other, p.add, p.add_len, NULL), ==, N2_ERR_FORGED);
    other = p.who;
    other.control[0] ^= 1;
    g_assert_cmpint(n2_identity_add(&other, p.add, p.add_len, NULL), ==, N2_ERR_FORGED);
}

static void
test_grants(void)
{
    static const struct {
        const char *name;
        guint32 rights;
        guint8 method;
        gint64 days;
        n2_err want;
    } rows[] = {{"device", N2_RIGHT_DEVICE, N2_KEY_ED25519, 400, N2_OK},
                {"device-too-long", N2_RIGHT_DEVICE, N2_KEY_ED25519, 401, N2_ERR_FORMAT},
                {"publish-long", N2_RIGHT_PUBLISH, N2_KEY_ED25519, 4000, N2_OK},
                {"open", N2_RIGHT_OPEN, N2_KEY_X25519, 4000, N2_OK},
                {"open-that-signs", N2_RIGHT_OPEN, N2_KEY_ED25519, 4000, N2_ERR_FORMAT},
                {"signer-that-agrees", N2_RIGHT_DEVICE, N2_KEY_X25519, 10, N2_ERR_FORMAT},
                {"control", N2_RIGHT_CONTROL, N2_KEY_ED25519, 10, N2_ERR_FORMAT},
                {"nothing", 0, N2_KEY_ED25519, 10, N2_ERR_FORMAT},
                {"unknown", 64, N2_KEY_ED25519, 10, N2_ERR_FORMAT},
                {"no-time", N2_RIGHT_DEVICE, N2_KEY_ED25519, 0, N2_ERR_FORMAT},
                {"backwards", N2_RIGHT_DEVICE, N2_KEY_ED25519, -1, N2_ERR_FORMAT}};
    guint8 buf[1024];
    n2_box body;
    person p;

    person_init(&p);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_grant g = {.key = {.method = rows[i].method, .bytes = {1}},
                      .rights = rows[i].rights,
                      .from_us = now,
                      .until_us = now + rows[i].days * day};
        g_test_message("%s", rows[i].name);
        g_assert_cmpstr(n2_err_name(n2_add_body(buf, sizeof buf, &p.who, &g, "", &body)), ==,
                        n2_err_name(rows[i].want));
    }
    n2_grant g = device_grant(&p.device);
    g_assert_cmpint(
        n2_add_body(
            buf, sizeof buf, &p.who, &g,
            "a label of more than sixty-four bytes is longer than anybody wants to read",
            &body),
        ==, N2_ERR_LIMIT);
}

static n2_node_key
node_key(const person *p)
{
    n2_node_key k = {
        .suites = 1, .serial = 7, .until_s = (guint32)((now + 7 * day) / SECOND), .key = {42}};

    g_assert_cmpint(n2_node_key_sign(&k, &p->who.id, &p->device), ==, N2_OK);
    return k;
}

static void
test_node_key(void)
{
    guint8 answer[N2_ANSWER_BYTES], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_identity got;
    n2_statement s;
    n2_box box;
    person p;

    person_init(&p);
    n2_node_key k = node_key(&p), read;
    n2_slice birth = {p.birth, p.birth_len}, add = {p.add, p.add_len};

    n2_node_key_write(&k, answer);
    g_assert_cmpint(n2_node_key_read(&read, answer, sizeof answer), ==, N2_OK);
    g_assert_cmpmem(&read, sizeof read, &k, sizeof k);
    g_assert_cmpint(n2_node_key_read(&read, answer, 111), ==, N2_ERR_TRUNCATED);
    g_assert_cmpint(n2_chain_check(&got, &p.who.id, birth, &add, 1, &k, now, NULL), ==, N2_OK);
    g_assert_cmpuint(got.n_keys, ==, 3);
    g_assert_cmpint(n2_chain_check(&got, &p.who.id, birth, NULL, 0, &k, now, NULL), ==,
                    N2_ERR_FORGED);
    g_assert_cmpuint(got.n_keys, ==, 0);
    n2_id other = p.who.id;
    other.hash[5] ^= 1;
    g_assert_cmpint(n2_chain_check(&got, &other, birth, &add, 1, &k, now, NULL), ==,
                    N2_ERR_FORGED);

    /* every bit of the answer counts */
    for (gsize bit = 0; bit < 8 * sizeof answer; bit++) {
        answer[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_true(n2_node_key_read(&read, answer, sizeof answer) ||
                      n2_node_key_check(&read, &p.full, now));
        answer[bit / 8] ^= (guint8)(1 << bit % 8);
    }
    /* the statement says the same */
    g_assert_cmpint(
        n2_node_key_statement(stmt, sizeof stmt, &k, &p.who.id, &p.device.key, &box), ==,
        N2_OK);
    g_assert_cmpint(n2_identity_check(&p.full, &s, stmt, box.len, N2_KIND_NODE_KEY, now, NULL),
                    ==, N2_OK);
    g_assert_cmpint(n2_identity_check(&p.who, &s, stmt, box.len, N2_KIND_NODE_KEY, now, NULL),
                    ==, N2_ERR_FORGED);
    g_assert_cmpint(
        n2_identity_check(&p.full, &s, stmt, box.len, N2_KIND_NODE_KEY, now + 8 * day, NULL),
        ==, N2_ERR_FORGED);
    g_assert_cmpint(
        n2_identity_check(&p.full, &s, stmt, box.len, N2_KIND_NODE_KEY, now - 2 * day, NULL),
        ==, N2_ERR_FORGED); /* lives 9 days from there */
}

static void
test_node_key_life(void)
{
    static const struct {
        const char *name;
        gint64 s; /* the end, from now */
        n2_err fresh, check;
    } rows[] = {{"over", 0, N2_ERR_TIMEOUT, N2_ERR_FORGED},
                {"one-second", 1, N2_OK, N2_OK},
                {"eight-days", 8 * 86400, N2_OK, N2_OK},
                {"clocks-differ", 8 * 86400 + 3600, N2_OK, N2_OK},
                {"too-long", 8 * 86400 + 3601, N2_ERR_FORMAT, N2_ERR_FORGED}};
    person p;

    person_init(&p);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_node_key k = node_key(&p);
        k.until_s = (guint32)(now / SECOND + rows[i].s);
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(n2_node_key_sign(&k, &p.who.id, &p.device), ==, N2_OK);
        g_assert_cmpint(n2_node_key_fresh(&k, now), ==, rows[i].fresh);
        g_assert_cmpint(n2_node_key_check(&k, &p.full, now), ==, rows[i].check);
        g_assert_cmpint(n2_node_key_fresh(&k, 0), ==, N2_OK);
    }
    n2_node_key k = node_key(&p);
    g_assert_cmpint(n2_node_key_sign(&k, &p.who.id, &p.control), ==, N2_OK);
    g_assert_cmpint(n2_node_key_check(&k, &p.full, now), ==, N2_ERR_FORGED); /* no device key */
    guint8 seed[N2_SEED_BYTES_MAX] = {0};
    n2_signing_key large;
    g_assert_cmpint(n2_signing_key_init(&large, N2_KEY_ED448, seed), ==, N2_OK);
    g_assert_cmpint(n2_node_key_sign(&k, &p.who.id, &large), ==, N2_ERR_UNSUPPORTED);
}

static void
test_head(void)
{
    guint8 buf[2048], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_head head = {.branch = N2_BRANCH_MAIN, .counter = 1, .made_us = now}, got, later;
    n2_box body;
    person p;

    person_init(&p);
    head.who = p.who.id;
    head.root = (n2_ref){.id = {.method = N2_METHOD_SHA256, .hash = {3}}, .size = 99};
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_OK);
    gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
    g_assert_cmpint(n2_head_check(&got, &p.full, stmt, len, now, NULL), ==, N2_OK);
    g_assert_cmpstr(got.branch, ==, "main");
    g_assert_true(n2_ref_equal(&got.root, &head.root));
    g_assert_cmpint(n2_head_check(&got, &p.who, stmt, len, now, NULL), ==, N2_ERR_FORGED);
    len = state(stmt, &body, (const n2_signing_key *[]){&p.control}, 1); /* no right publish */
    g_assert_cmpint(n2_head_check(&got, &p.full, stmt, len, now, NULL), ==, N2_ERR_FORGED);
    len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
    g_assert_cmpint(n2_head_check(&got, &p.full, stmt, len, now, NULL), ==, N2_OK);

    later = head;
    later.counter = 2;
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &later, &body), ==, N2_ERR_FORMAT);
    later.n_parents = 1;
    memcpy(later.parents[0], got.hash, N2_HASH_BYTES);
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &later, &body), ==, N2_OK);
    g_assert_cmpint(n2_head_read(&later, &body), ==, N2_OK);
    g_assert_cmpint(n2_head_compare(&got, &later), <, 0);
    g_assert_cmpint(n2_head_compare(&later, &got), >, 0);
    g_assert_cmpint(n2_head_compare(&later, &later), ==, 0);
    later.n_parents = 9;
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &later, &body), ==, N2_ERR_LIMIT);
    head.counter = 0;
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_ERR_FORMAT);
    head.counter = 1;
    head.branch[0] = '\0';
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_ERR_FORMAT);
}

/* Kinds live as long as kinds.h says, from when they say, and clocks may differ by an hour. */
typedef struct {
    const char *name;
    guint8 kind;
    gint64 from_days, until_days; /* from now; what the kind has of them */
    gint64 clock_minutes;         /* the reader's clock, from now */
    n2_err want;
} life_row;

static const life_row lives[] = {
    {"fresh", N2_KIND_FRESH, 0, 0, 0, N2_OK},
    {"fresh-29-days", N2_KIND_FRESH, -29, 0, 0, N2_OK},
    {"fresh-30-days", N2_KIND_FRESH, -30, 0, 0, N2_ERR_FORGED},
    {"fresh-ahead", N2_KIND_FRESH, 0, 0, -59, N2_OK},
    {"fresh-too-far-ahead", N2_KIND_FRESH, 0, 0, -61, N2_ERR_FORGED},
    {"session", N2_KIND_SESSION, 0, 1, 0, N2_OK},
    {"session-two-days", N2_KIND_SESSION, 0, 2, 0, N2_ERR_FORGED},
    {"session-over", N2_KIND_SESSION, 0, 1, 24 * 60, N2_ERR_FORGED},
    {"session-backwards", N2_KIND_SESSION, 0, -1, 0, N2_ERR_FORGED},
    {"vouch", N2_KIND_VOUCH, 0, 700, 0, N2_OK},
    {"vouch-three-years", N2_KIND_VOUCH, 0, 1095, 0, N2_ERR_FORGED},
    {"mail-keys", N2_KIND_MAIL_KEYS, 0, 40, 0, N2_OK},
    {"mail-keys-too-long", N2_KIND_MAIL_KEYS, 0, 41, 0, N2_ERR_FORGED},
    {"mail-keys-over", N2_KIND_MAIL_KEYS, 0, 0, 0, N2_ERR_FORGED},
    {"domain", N2_KIND_DOMAIN, 0, 1, 0, N2_OK},
    {"domain-two-days", N2_KIND_DOMAIN, 0, 2, 0, N2_ERR_FORGED},
    {"zone-head", N2_KIND_ZONE_HEAD, 0, 1, 0, N2_OK},
    {"zone-head-two-days", N2_KIND_ZONE_HEAD, 0, 2, 0, N2_ERR_FORGED},
    {"channel", N2_KIND_CHANNEL, 0, 1, 0, N2_OK},
    {"channel-over", N2_KIND_CHANNEL, 0, -1, 0, N2_ERR_FORGED},
};

/* Any body of @kind by its rule: field 1 is @who, times are set as they come. */
static n2_box
any_body(guint8 *buf, guint8 kind, const n2_id *who, gint64 from, gint64 until)
{
    const n2_kind_rule *rule = n2_kind_rule_of(kind);
    n2_box_writer w = n2_box_begin(buf, 1024, kind);
    guint8 zeros[64] = {0};
    n2_key k = {.method = N2_KEY_ED25519};
    n2_ref ref = {.id = *who};
    int n_times = 0;
    n2_box box;

    for (const n2_field_rule *f = rule->fields; f->number && f->number < 64; f++) {
        if (f->optional)
            continue;
        if (f->types & 1 << N2_TYPE_ID)
            n2_box_put_id(&w, f->number, who);
        else if (f->types & 1 << N2_TYPE_KEY)
            n2_box_put_key(&w, f->number, &k);
        else if (f->types & 1 << N2_TYPE_INT)
            n2_box_put_int(&w, f->number, 1);
        else if (f->types & 1 << N2_TYPE_TIME)
            n2_box_put_time(&w, f->number,
                            n_times++ || kind == N2_KIND_MAIL_KEYS || kind == N2_KIND_DOMAIN ||
                                    kind == N2_KIND_CHANNEL
                                ? until
                                : from);
        else if (f->types & 1 << N2_TYPE_TEXT)
            n2_box_put_text(&w, f->number, "x");
        else if (f->types & 1 << N2_TYPE_REF)
            n2_box_put_ref(&w, f->number, &ref);
        else
            n2_box_put_bytes(&w, f->number, zeros, f->n);
    }
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    return box;
}

static void
test_life(gconstpointer data)
{
    const life_row *t = data;
    guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_statement s;
    person p;

    person_init(&p);
    for (gsize i = 0; i < p.full.n_keys; i++) /* who may sign is another test's question */
        p.full.keys[i] = (n2_grant){.key = p.full.keys[i].key,
                                    .rights = N2_RIGHTS_ALL,
                                    .from_us = G_MININT64,
                                    .until_us = G_MAXINT64};
    n2_box body =
        any_body(buf, t->kind, &p.who.id, now + t->from_days * day, now + t->until_days * day);
    gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
    g_assert_cmpstr(n2_err_name(n2_identity_check(&p.full, &s, stmt, len, t->kind,
                                                  now + t->clock_minutes * 60 * SECOND, NULL)),
                    ==, n2_err_name(t->want));
}

/* Times at the ends of what 64 bits hold are refused like others, and nothing overflows. */
static void
test_life_extremes(void)
{
    static const gint64 times[] = {G_MININT64, -1, 0, G_MAXINT64};
    static const guint8 kinds[] = {N2_KIND_FRESH, N2_KIND_SESSION, N2_KIND_MAIL_KEYS,
                                   N2_KIND_ZONE_HEAD};
    guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
    n2_statement s;
    person p;

    person_init(&p);
    for (gsize i = 0; i < p.full.n_keys; i++)
        p.full.keys[i].rights = N2_RIGHTS_ALL;
    for (gsize k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (gsize i = 0; i < G_N_ELEMENTS(times); i++)
            for (gsize j = 0; j < G_N_ELEMENTS(times); j++) {
                n2_box body = any_body(buf, kinds[k], &p.who.id, times[i], times[j]);
                gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
                g_assert_cmpint(n2_identity_check(&p.full, &s, stmt, len, kinds[k], now, NULL),
                                ==, N2_ERR_FORGED);
            }
    n2_box body = any_body(buf, N2_KIND_NAME, &p.who.id, 0, 0);
    gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.device}, 1);
    g_assert_cmpint(n2_identity_check(&p.full, &s, stmt, len, N2_KIND_NAME, now, NULL), ==,
                    N2_ERR_UNSUPPORTED); /* nobody signs names */
}

/* An identity's statements are counted before any costs a signature check. */
static void
test_much(void)
{
    g_autofree guint8 *much = g_malloc0(N2_IDENTITY_BYTES_MAX + 1);
    n2_identity got;
    person p;

    person_init(&p);
    n2_node_key k = node_key(&p);
    n2_slice add = {much, N2_IDENTITY_BYTES_MAX};
    g_assert_cmpint(n2_chain_check(&got, &p.who.id, (n2_slice){p.birth, p.birth_len}, &add, 1,
                                   &k, now, NULL),
                    ==, N2_ERR_LIMIT);
    for (guint i = 0; i <= N2_IDENTITY_KEYS_MAX; i++) {
        guint8 buf[1024], stmt[N2_STATEMENT_BYTES_SMALL];
        n2_signing_key device = key((guint8)(100 + i));
        n2_grant grant = device_grant(&device);
        n2_box body;
        g_assert_cmpint(n2_add_body(buf, sizeof buf, &p.who, &grant, "", &body), ==, N2_OK);
        gsize len = state(stmt, &body, (const n2_signing_key *[]){&p.control, &device}, 2);
        g_assert_cmpint(n2_identity_add(&p.who, stmt, len, NULL), ==,
                        i < N2_IDENTITY_KEYS_MAX - 2 ? N2_OK : N2_ERR_LIMIT);
    }
}

/* The chain of @p as a stranger checks it, at @wall_us. */
static n2_err
check_chain(const person *p,
            const guint8 *birth,
            const guint8 *add,
            const guint8 *fresh,
            gsize fresh_len,
            gint64 wall_us,
            n2_verified *verified)
{
    n2_identity who;
    n2_statement s;
    n2_err err =
        n2_identity_birth_once(&who, birth, p->birth_len, N2_METHOD_SHA256, NULL, verified);

    if (!err)
        err = n2_identity_add_once(&who, add, p->add_len, NULL, verified);
    if (!err)
        err = n2_identity_check_once(&who, &s, fresh, fresh_len, N2_KIND_FRESH, wall_us, NULL,
                                     verified);
    return err;
}

/* What was verified is not verified again; whatever differs by a bit is, and what depends on
 * the time is looked at always. */
static void
test_once(void)
{
    guint8 buf[1024], fresh[N2_STATEMENT_BYTES_SMALL], changed[N2_STATEMENT_BYTES_SMALL];
    g_autofree n2_verified *verified = g_new0(n2_verified, 1);
    person p;

    person_init(&p);
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_FRESH);
    n2_box body;
    guint8 hash[N2_HASH_BYTES] = {1};
    n2_box_put_id(&w, 1, &p.who.id);
    n2_box_put_bytes(&w, 2, p.who.control, sizeof p.who.control);
    n2_box_put_bytes(&w, 3, hash, sizeof hash);
    n2_box_put_time(&w, 4, now);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    gsize len = state(fresh, &body, (const n2_signing_key *[]){&p.device}, 1);

    /* One that is forged is never kept. */
    memcpy(changed, p.birth, sizeof changed);
    changed[p.birth_len - 1] ^= 1;
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(check_chain(&p, changed, p.add, fresh, len, now, verified), ==,
                        N2_ERR_FORGED);
    g_assert_cmpuint(verified->n_met, ==, 0);

    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now, verified), ==, N2_OK);
    g_assert_cmpuint(verified->n_met, ==, 0);
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now, verified), ==, N2_OK);
    g_assert_cmpuint(verified->n_met, ==, 3);

    /* Any bit of any of the three. */
    for (gsize bit = 0; bit < 8 * len; bit += 5) {
        memcpy(changed, fresh, sizeof changed);
        changed[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(check_chain(&p, p.birth, p.add, changed, len, now, verified), !=,
                        N2_OK);
    }
    for (gsize bit = 0; bit < 8 * p.birth_len; bit += 7) {
        memcpy(changed, p.birth, sizeof changed);
        changed[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(check_chain(&p, changed, p.add, fresh, len, now, verified), !=, N2_OK);
    }
    for (gsize bit = 0; bit < 8 * p.add_len; bit += 7) {
        memcpy(changed, p.add, sizeof changed);
        changed[bit / 8] ^= (guint8)(1 << bit % 8);
        g_assert_cmpint(check_chain(&p, p.birth, changed, fresh, len, now, verified), !=,
                        N2_OK);
    }
    /* Its time is over, or the device's: known, and refused all the same. */
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now + 31 * day, verified), ==,
                    N2_ERR_FORGED);
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now + 301 * day, verified), ==,
                    N2_ERR_FORGED);
    /* Of somebody else's birth, though both are known. */
    person other;
    person_init(&other);
    n2_box other_body = birth_body(buf, &other, 2);
    other.birth_len =
        state(other.birth, &other_body, (const n2_signing_key *[]){&p.control, &p.second}, 2);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpint(check_chain(&other, other.birth, p.add, fresh, len, now, verified), ==,
                        N2_ERR_FORGED);
    g_assert_cmpint(check_chain(&p, p.birth, p.add, fresh, len, now, verified), ==, N2_OK);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/identity/birth", test_birth);
    g_test_add_func("/crypto/identity/birth-keys", test_birth_keys);
    g_test_add_func("/crypto/identity/add", test_add);
    g_test_add_func("/crypto/identity/grants", test_grants);
    g_test_add_func("/crypto/identity/node-key", test_node_key);
    g_test_add_func("/crypto/identity/node-key-life", test_node_key_life);
    for (size_t i = 0; i < G_N_ELEMENTS(lives); i++) {
        g_autofree char *path = g_strconcat("/crypto/identity/life/", lives[i].name, NULL);
        g_test_add_data_func(path, &lives[i], test_life);
    }
    g_test_add_func("/crypto/identity/life-extremes", test_life_extremes);
    g_test_add_func("/crypto/identity/head", test_head);
    g_test_add_func("/crypto/identity/much", test_much);
    g_test_add_func("/crypto/identity/once", test_once);
    return g_test_run();
}
