/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-identity.c - birth, add, node key, head: what proves who somebody is, and every way to
 *                   pretend.
 */
#include "identity-fixture.h"

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
    g_test_add_func("/crypto/identity/head", test_head);
    return g_test_run();
}
