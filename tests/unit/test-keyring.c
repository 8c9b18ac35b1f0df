/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring.c - the promises in keyring.h and request.h: what is asked for, and the answers.
 */
#include "keyring-fixture.h"

#include "keys/keyring-impl.h"

static void
test_new_and_list(fixture *f, gconstpointer data)
{
    n2_identity first, second, again;

    (void)data;
    g_assert_cmpint(list(f, 0), ==, N2_ERR_NOTFOUND);
    gsize len;

    g_assert_null(disk_mem_bytes(f->disk, N2_KEYRING_FILE, &len));

    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    g_assert_cmpstr(f->a.label, ==, "Ada");
    check_identity(f, &first);
    g_assert_cmpuint(disk_mem_unsynced(f->disk), ==, 0);
    g_assert_cmpint(new_identity(f, "Béla"), ==, N2_OK);
    check_identity(f, &second);
    g_assert_false(n2_id_equal(&first.id, &second.id));

    for (int round = 0; round < 2; round++) {
        g_assert_cmpint(list(f, 0), ==, N2_OK);
        g_assert_cmpstr(f->a.label, ==, "Ada");
        check_identity(f, &again);
        assert_same(&again, &first);
        g_assert_cmpint(list(f, 1), ==, N2_OK);
        g_assert_cmpstr(f->a.label, ==, "Béla");
        check_identity(f, &again);
        assert_same(&again, &second);
        g_assert_cmpint(list(f, 2), ==, N2_ERR_NOTFOUND);
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    }
}

static void
test_new_refused(fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_ERR_EXISTS);
    g_assert_cmpint(new_identity(f, "two\nlines\x01"), ==, N2_ERR_FORMAT);
    g_assert_cmpint(new_identity(f, "\xff\xfe"), ==, N2_ERR_FORMAT);
    n2_keys_request q = {.kind = N2_KEYS_NEW, .label = "no clock"};
    g_assert_cmpint(ask_at(f, &q, 0), ==, N2_ERR_STATE);
    for (int i = 1; i < N2_KEYRING_IDENTITIES_MAX; i++) {
        g_autofree char *label = g_strdup_printf("%060d", i);
        g_assert_cmpint(new_identity(f, label), ==, N2_OK);
    }
    g_assert_cmpint(new_identity(f, "one too many"), ==, N2_ERR_LIMIT);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(list(f, N2_KEYRING_IDENTITIES_MAX - 1), ==, N2_OK);
    g_assert_cmpint(list(f, N2_KEYRING_IDENTITIES_MAX), ==, N2_ERR_NOTFOUND);

    /* All of them full of connection keys still fit the file. */
    for (guint16 i = 0; i < N2_KEYRING_IDENTITIES_MAX; i += 15) {
        n2_node_key k;
        g_assert_cmpint(list(f, i), ==, N2_OK);
        n2_id who = f->a.who;
        for (int n = 0; n < N2_KEYRING_STATICS_MAX; n++)
            g_assert_cmpint(node_key(f, &who, TRUE, WALL_US, &k), ==, N2_OK);
    }
}

static void
test_node_keys(fixture *f, gconstpointer data)
{
    n2_identity who;
    n2_node_key first, same, second, third;

    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    check_identity(f, &who);
    g_assert_cmpint(node_key(f, &who.id, FALSE, WALL_US, &first), ==, N2_OK);
    g_assert_cmpuint(f->a.key_id, ==, n2_key_id_of(first.key));
    g_assert_cmpuint(disk_mem_unsynced(f->disk), ==, 0);
    g_assert_cmpint(n2_node_key_check(&first, &who, WALL_US), ==, N2_OK);
    g_assert_cmpint((gint64)first.until_s, ==,
                    (WALL_US + (gint64)N2_STATIC_LIFETIME_US) / 1000000);
    assert_es(f, &first, N2_OK, WALL_US);

    /* Kept while half of its life is left; unless a new one is wished. */
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(node_key(f, &who.id, FALSE, WALL_US + 3 * DAY_US, &same), ==, N2_OK);
    g_assert_cmpmem(same.key, sizeof same.key, first.key, sizeof first.key);
    g_assert_cmpmem(same.signature, 64, first.signature, 64);
    g_assert_cmpuint(same.serial, ==, first.serial);
    g_assert_cmpint(node_key(f, &who.id, FALSE, WALL_US + 4 * DAY_US, &second), ==, N2_OK);
    g_assert_cmpint(memcmp(second.key, first.key, 32), !=, 0);
    g_assert_cmpuint(second.serial, >, first.serial);
    g_assert_cmpint(node_key(f, &who.id, TRUE, WALL_US + 4 * DAY_US, &third), ==, N2_OK);
    g_assert_cmpuint(third.serial, >, second.serial);
    g_assert_cmpint(n2_node_key_check(&third, &who, WALL_US + 4 * DAY_US), ==, N2_OK);

    /* Earlier ones live until their end, through a restart. */
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    assert_es(f, &first, N2_OK, WALL_US + 6 * DAY_US);
    assert_es(f, &first, N2_OK, 0);
    assert_es(f, &first, N2_ERR_NOTFOUND, WALL_US + 7 * DAY_US + 2000000);
    assert_es(f, &first, N2_ERR_NOTFOUND, WALL_US);
    assert_es(f, &third, N2_OK, WALL_US + 7 * DAY_US + 2000000);

    /* The serial grows through the file, also with a clock that went back. */
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    g_assert_cmpint(node_key(f, &who.id, TRUE, WALL_US - 300 * DAY_US, &first), ==,
                    N2_ERR_REFUSED);
    g_assert_cmpint(node_key(f, &who.id, TRUE, WALL_US, &first), ==, N2_OK);
    g_assert_cmpuint(first.serial, >, third.serial);
    g_assert_cmpint(node_key(f, &who.id, TRUE, 0, &first), ==, N2_ERR_STATE);

    n2_id nobody = {.method = 1};
    g_assert_cmpint(node_key(f, &nobody, TRUE, WALL_US, &first), ==, N2_ERR_NOTFOUND);
    n2_keys_request q = {.kind = N2_KEYS_NODE_KEY, .who = who.id, .suite = 3};
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_UNSUPPORTED);
    q = (n2_keys_request){.kind = N2_KEYS_NODE_KEY, .who = who.id, .suite = 1, .offers = 2};
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORMAT);
}

/* A key for each suite, of one serial and one end; what was made before lives on, and a
 * keyring of a program that knew one suite only opens and gets the other. */
static void
test_suites(fixture *f, gconstpointer data)
{
    n2_node_key one, two, old;
    n2_identity who;

    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    check_identity(f, &who);
    g_assert_cmpint(node_key(f, &who.id, FALSE, WALL_US, &old), ==, N2_OK);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    one = offered(f, &who.id, 1, 3);
    two = offered(f, &who.id, 2, 3);
    g_assert_cmpuint(one.serial, >, old.serial);
    g_assert_cmpuint(one.serial, ==, two.serial);
    g_assert_cmpuint(one.until_s, ==, two.until_s);
    g_assert_cmpint(n2_node_key_check(&one, &who, WALL_US), ==, N2_OK);
    g_assert_cmpint(n2_node_key_check(&two, &who, WALL_US), ==, N2_OK);
    assert_es(f, &old, N2_OK, WALL_US);
    assert_es(f, &one, N2_OK, WALL_US);
    assert_es(f, &two, N2_OK, WALL_US);

    /* Through a restart, records are the same to the byte: askers keep their hash. */
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    n2_node_key again = offered(f, &who.id, 2, 3);
    g_assert_cmpmem(again.key, 56, two.key, 56);
    g_assert_cmpmem(again.signature, 64, two.signature, 64);
    again = offered(f, &who.id, 1, 3);
    g_assert_cmpmem(again.key, 32, one.key, 32);
    g_assert_cmpmem(again.signature, 64, one.signature, 64);
    assert_es(f, &old, N2_OK, WALL_US);

    /* An owner who offers another set gets new keys; whoever has old records is still served.
     */
    again = offered(f, &who.id, 2, 2);
    g_assert_cmpuint(again.serial, >, two.serial);
    assert_es(f, &two, N2_OK, WALL_US);

    /* A whole set goes when there are too many. */
    for (int i = 0; i < N2_KEYRING_STATICS_MAX; i++)
        (void)offered(f, &who.id, 1, i % 2 ? 3 : 1);
    assert_es(f, &one, N2_ERR_NOTFOUND, WALL_US);
    assert_es(f, &two, N2_ERR_NOTFOUND, WALL_US);
    g_assert_cmpint(reopen(f, ""), ==, N2_OK);

    /* A key of one suite makes no hello of the other. */
    one = offered(f, &who.id, 1, 3);
    n2_keys_request q = {
        .kind = N2_KEYS_ES, .suite = 2, .key_id = n2_key_id_of(one.key), .e = {5}};
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
}

static void
test_static_limit(fixture *f, gconstpointer data)
{
    n2_node_key keys[N2_KEYRING_STATICS_MAX + 3];

    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    n2_id who = f->a.who;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        g_assert_cmpint(node_key(f, &who, TRUE, WALL_US, &keys[i]), ==, N2_OK);
    for (int round = 0; round < 2; round++) {
        for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
            assert_es(f, &keys[i], i < 3 ? N2_ERR_NOTFOUND : N2_OK, WALL_US);
        g_assert_cmpint(reopen(f, ""), ==, N2_OK);
    }
}

static void
test_es_refused(fixture *f, gconstpointer data)
{
    n2_node_key k;

    (void)data;
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    n2_id who = f->a.who;
    g_assert_cmpint(node_key(f, &who, FALSE, WALL_US, &k), ==, N2_OK);
    n2_keys_request q = {.kind = N2_KEYS_ES, .suite = 1, .key_id = n2_key_id_of(k.key)};
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_FORGED); /* e = 0 */
    q.e[0] = 9;
    g_assert_cmpint(ask(f, &q), ==, N2_OK);
    q.key_id ^= 1;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
    q.key_id ^= 1;
    q.suite = 2;
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
}

static n2_err
sign(fixture *f, const n2_id *who, const n2_box *body, gint64 wall_us)
{
    n2_keys_request q = {
        .id = 6, .kind = N2_KEYS_SIGN, .who = *who, .body = {body->bytes, body->len}};

    return ask_at(f, &q, wall_us);
}

static void
test_sign(fixture *f, gconstpointer data)
{
    guint8 bytes[2048];
    n2_identity who, other;
    n2_head head = {.branch = N2_BRANCH_MAIN, .counter = 1, .made_us = WALL_US}, got;
    n2_statement statement;
    n2_node_key k;
    n2_box body;

    (void)data;
    g_assert_cmpint(new_identity(f, "Other"), ==, N2_OK);
    check_identity(f, &other);
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    check_identity(f, &who);

    head.who = who.id;
    head.root = (n2_ref){.id = who.id, .size = 5};
    g_assert_cmpint(n2_head_body(bytes, sizeof bytes, &head, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_OK);
    g_assert_cmpint(
        n2_head_check(&got, &who, f->a.statement.bytes, f->a.statement.len, WALL_US, NULL), ==,
        N2_OK);
    g_assert_cmpuint(got.counter, ==, 1);

    /* Not for another, not for a stranger, not after the device key's time. */
    n2_id nobody = {.method = 1};
    g_assert_cmpint(sign(f, &other.id, &body, WALL_US), ==, N2_ERR_REFUSED);
    g_assert_cmpint(sign(f, &nobody, &body, WALL_US), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US + 401 * DAY_US), ==, N2_ERR_REFUSED);
    g_assert_cmpint(sign(f, &who.id, &body, 0), ==, N2_ERR_STATE);

    /* A connection key only if its secret is here. */
    g_assert_cmpint(node_key(f, &who.id, FALSE, WALL_US, &k), ==, N2_OK);
    g_assert_cmpint(n2_node_key_body(bytes, sizeof bytes, &who.id, &k, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_OK);
    g_assert_cmpint(n2_identity_check(&who, &statement, f->a.statement.bytes,
                                      f->a.statement.len, N2_KIND_NODE_KEY, WALL_US, NULL),
                    ==, N2_OK);
    g_assert_cmpint(n2_node_key_body(bytes, sizeof bytes, &other.id, &k, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &other.id, &body, WALL_US), ==,
                    N2_OK); /* reached by the same key */
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_ERR_REFUSED);
    k.key[5] ^= 1;
    g_assert_cmpint(n2_node_key_body(bytes, sizeof bytes, &who.id, &k, &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_ERR_REFUSED);

    /* Nor anything that would change who somebody is, or that is no box. */
    n2_grant grant = {.key = who.keys[0].key,
                      .rights = N2_RIGHT_DEVICE,
                      .from_us = WALL_US,
                      .until_us = WALL_US + DAY_US};
    g_assert_cmpint(n2_add_body(bytes, sizeof bytes, &who, &grant, "thief", &body), ==, N2_OK);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_ERR_REFUSED);
    body.bytes = (const guint8 *)"net2o sign 1";
    body.len = 12;
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_ERR_FORMAT);
}

/* What concerns names: heads by a key with right zone, of its own zone alone; requests by the
 * device; transfers by the control key. */
static void
test_sign_names(fixture *f, gconstpointer data)
{
    const guint8 hash[N2_HASH_BYTES] = {0};
    guint8 bytes[2048];
    n2_identity who, other;
    n2_statement s;
    n2_box body;

    (void)data;
    g_assert_cmpint(new_identity(f, "Other"), ==, N2_OK);
    check_identity(f, &other);
    g_assert_cmpint(new_identity(f, "Zone"), ==, N2_OK);
    check_identity(f, &who);

    n2_box_writer w = n2_box_begin(bytes, sizeof bytes, N2_KIND_ZONE_HEAD);
    n2_box_put_id(&w, 1, &who.id);
    n2_box_put_int(&w, 2, 1);
    n2_box_put_bytes(&w, 3, hash, sizeof hash);
    n2_box_put_int(&w, 4, 0);
    n2_box_put_time(&w, 5, WALL_US);
    n2_box_put_time(&w, 6, WALL_US + DAY_US);
    n2_box_put_bytes(&w, 7, hash, sizeof hash);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_ERR_REFUSED); /* has no such key */
    n2_identity *own = &f->keyring->own[1].who; /* as if a control statement had given it */
    for (gsize i = 0; i < own->n_keys; i++)
        if (own->keys[i].rights & N2_RIGHT_DEVICE)
            own->keys[i].rights |= N2_RIGHT_ZONE;
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_OK);
    g_assert_cmpint(n2_identity_check(own, &s, f->a.statement.bytes, f->a.statement.len,
                                      N2_KIND_ZONE_HEAD, WALL_US, NULL),
                    ==, N2_OK);
    g_assert_cmpint(sign(f, &other.id, &body, WALL_US), ==, N2_ERR_REFUSED);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US + 2 * DAY_US), ==, N2_ERR_REFUSED);

    w = n2_box_begin(bytes, sizeof bytes, N2_KIND_NAME_REQUEST);
    n2_box_put_id(&w, 1, &who.id);
    n2_box_put_id(&w, 2, &other.id);
    n2_box_put_int(&w, 3, 1);
    n2_box_put_text(&w, 4, "anna");
    n2_box_put_time(&w, 5, WALL_US);
    n2_box_put_time(&w, 6, 0);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&s, f->a.statement.bytes, f->a.statement.len,
                                       N2_KIND_NAME_REQUEST, NULL),
                    ==, N2_OK);
    g_assert_true(n2_identity_may(&who, &s.keys[0], N2_RIGHT_DEVICE, WALL_US));
    g_assert_cmpint(sign(f, &other.id, &body, WALL_US), ==, N2_ERR_REFUSED);

    w = n2_box_begin(bytes, sizeof bytes, N2_KIND_TRANSFER);
    n2_box_put_text(&w, 1, "anna");
    n2_box_put_id(&w, 2, &who.id);
    n2_box_put_id(&w, 3, &other.id);
    n2_box_put_time(&w, 4, WALL_US);
    n2_box_put_id(&w, 5, &other.id);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    g_assert_cmpint(sign(f, &who.id, &body, WALL_US), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&s, f->a.statement.bytes, f->a.statement.len,
                                       N2_KIND_TRANSFER, NULL),
                    ==, N2_OK);
    g_assert_true(n2_identity_may(&who, &s.keys[0], N2_RIGHT_CONTROL, WALL_US));
    g_assert_cmpint(sign(f, &other.id, &body, WALL_US), ==, N2_ERR_REFUSED); /* not theirs */
}

/* Who we are, for one connection: the session key is certified as a stranger wants it, is the
 * same for half a day, and nothing of it is written down. */
static void
test_prove(fixture *f, gconstpointer data)
{
    n2_proof proof = {.role = N2_PROOF_ASKER, .suite = 1};
    n2_keys_request q = {.kind = N2_KEYS_PROVE, .suite = 1};
    guint8 chain[2000];
    n2_writer w = n2_writer_init(chain, sizeof chain);
    n2_key first = {0};
    gsize before, after;
    gint64 until_us;

    (void)data;
    q.who = (n2_id){.method = N2_METHOD_SHA256, .hash = {1}};
    g_assert_cmpint(ask(f, &q), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(new_identity(f, "Ada"), ==, N2_OK);
    for (gsize i = 0; i < f->a.n_statements; i++) {
        n2_write_u16(&w, (guint16)f->a.statements[i].len);
        n2_write_bytes(&w, f->a.statements[i].bytes, f->a.statements[i].len);
    }
    const guint8 *then = disk_mem_bytes(f->disk, N2_KEYRING_FILE, &before);
    g_autofree guint8 *file = g_memdup2(then, before);
    q.who = f->a.who;
    memset(q.hash, 0x5a, sizeof q.hash);
    memset(proof.hash, 0x5a, sizeof proof.hash);
    g_assert_cmpint(ask_at(f, &q, 0), ==, N2_ERR_STATE); /* no clock */
    static const struct {
        gint64 after_us;
        gboolean is_first;
    } rows[] = {{0, TRUE},
                {10 * HOUR_US, TRUE},
                {(gint64)(N2_SESSION_LIFETIME_US - N2_SESSION_RENEW_US) + 1, FALSE},
                {-HOUR_US, FALSE}}; /* the clock was put back: that of before is from later */
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        gint64 wall_us = WALL_US + rows[i].after_us;

        g_assert_cmpint(ask_at(f, &q, wall_us), ==, N2_OK);
        g_assert_cmpint(n2_proof_check(&proof, chain, w.len, f->a.statement.bytes,
                                       f->a.statement.len, f->a.signature.bytes,
                                       f->a.signature.len, MAX(wall_us, WALL_US), NULL, NULL,
                                       &until_us),
                        ==, N2_OK);
        g_assert_true(n2_id_equal(&proof.who, &q.who));
        if (!i)
            first = proof.session;
        g_assert_cmpint(n2_key_equal(&first, &proof.session), ==, rows[i].is_first);
        g_assert_cmpint(until_us - wall_us, <=, (gint64)N2_SESSION_LIFETIME_US);
    }
    const guint8 *now = disk_mem_bytes(f->disk, N2_KEYRING_FILE, &after);
    g_assert_cmpmem(now, after, file, before);
}

/* What cannot be read is answered by its kind, or not at all; nothing is done. */
static void
test_malformed(fixture *f, gconstpointer data)
{
    (void)data;
    static const struct {
        const char *name, *bytes; /* hex */
        n2_err returned, answered;
    } rows[] = {
        {"empty", "", N2_ERR_TRUNCATED, 0},
        {"no kind", "00000001", N2_ERR_TRUNCATED, 0},
        {"kind 0", "0000000100", N2_ERR_FORMAT, 0},
        {"kind 99", "0000000163", N2_ERR_FORMAT, 0},
        {"new without label", "0000000101", N2_OK, N2_ERR_TRUNCATED},
        {"new, empty label", "000000010100", N2_OK, N2_ERR_FORMAT},
        {"new, label cut", "00000001010341", N2_OK, N2_ERR_TRUNCATED},
        {"new, label with NUL", "000000010103410042", N2_OK, N2_ERR_FORMAT},
        {"new, more after it", "00000001010141000042", N2_OK, N2_ERR_TRAILING},
        {"list, short", "000000010200", N2_OK, N2_ERR_TRUNCATED},
        {"es, suite 9", "0000000104000009", N2_OK, N2_ERR_FORMAT},
        {"es, e cut", "000000010400000101", N2_OK, N2_ERR_TRUNCATED},
        {"prove, hash cut", "0000000107", N2_OK, N2_ERR_TRUNCATED},
        {"wipe with more", "000000010600", N2_OK, N2_ERR_TRAILING},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 bytes[64];
        gsize len = 0, answer_len;
        sodium_hex2bin(bytes, sizeof bytes, rows[i].bytes, strlen(rows[i].bytes), NULL, &len,
                       NULL);
        g_autofree guint8 *exact = g_memdup2(bytes, len);
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(n2_keyring_answer(f->keyring, exact, len, WALL_US, f->bytes,
                                          sizeof f->bytes, &answer_len),
                        ==, rows[i].returned);
        if (rows[i].returned)
            continue;
        g_assert_cmpint(n2_keys_answer_read(&f->a, f->bytes, answer_len), ==, N2_OK);
        g_assert_cmpint(f->a.err, ==, rows[i].answered);
        g_assert_cmpuint(f->a.id, ==, 1);
    }
    g_assert_cmpint(list(f, 0), ==, N2_ERR_NOTFOUND);

    g_autofree guint8 *long_one = g_malloc0(N2_KEYRING_MESSAGE_BYTES_MAX + 1);
    gsize answer_len;
    long_one[4] = N2_KEYS_SIGN;
    g_assert_cmpint(n2_keyring_answer(f->keyring, long_one, N2_KEYRING_MESSAGE_BYTES_MAX + 1,
                                      WALL_US, f->bytes, sizeof f->bytes, &answer_len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keys_answer_read(&f->a, f->bytes, answer_len), ==, N2_OK);
    g_assert_cmpint(f->a.err, ==, N2_ERR_LIMIT);
}

typedef struct {
    GPtrArray *answers; /* of GBytes */
    guint stop_at;
} heard;

static n2_err
hear(void *user, const uint8_t *answer, size_t len)
{
    heard *h = user;

    g_ptr_array_add(h->answers, g_bytes_new(answer, len));
    return h->answers->len == h->stop_at ? N2_ERR_CLOSED : N2_OK;
}

/* Many at once, of all kinds, good and bad: the answers are those to each alone, in their
 * order. */
static void
test_many(fixture *f, gconstpointer data)
{
    enum {
        MANY = 60
    };
    static guint8 message[MANY][256];
    n2_slice requests[MANY];
    n2_node_key k[2];

    (void)data;
    g_assert_cmpint(new_identity(f, "anna"), ==, N2_OK);
    n2_id who = f->a.who;
    for (guint8 suite = 1; suite <= 2; suite++) {
        n2_keys_request q = {
            .id = 79, .kind = N2_KEYS_NODE_KEY, .who = who, .suite = suite, .offers = 3};
        g_assert_cmpint(ask(f, &q), ==, N2_OK);
        g_assert_cmpint(n2_node_key_read(&k[suite - 1], f->a.answer, f->a.answer_len), ==,
                        N2_OK);
    }
    for (guint i = 0; i < MANY; i++) {
        guint8 suite = (guint8)(1 + (i % 5 == 3));
        n2_keys_request q = {.id = 1000 + i, .kind = N2_KEYS_ES, .suite = suite};
        q.key_id = n2_key_id_of(k[suite - 1].key);
        randombytes_buf(q.e, sizeof q.e);
        if (i % 7 == 4)
            q.key_id++; /* nobody's */
        if (i % 9 == 5)
            memset(q.e, 0, sizeof q.e); /* of low order */
        if (i % 11 == 6)
            q = (n2_keys_request){
                .id = 1000 + i, .kind = N2_KEYS_LIST, .index = (guint16)(i % 2)};
        gsize len;
        g_assert_cmpint(n2_keys_request_write(&q, message[i], sizeof message[i], &len), ==,
                        N2_OK);
        if (i % 13 == 7)
            len--; /* answered by its kind */
        requests[i] = (n2_slice){message[i], len};
    }
    for (guint at_once = 1; at_once <= N2_KEYRING_TURN; at_once += 3) {
        heard h = {.answers = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
        for (guint i = 0; i < MANY; i += at_once)
            g_assert_cmpint(n2_keyring_answer_many(f->keyring, &requests[i],
                                                   MIN(at_once, MANY - i), WALL_US, hear, &h),
                            ==, N2_OK);
        g_assert_cmpuint(h.answers->len, ==, MANY);
        for (guint i = 0; i < MANY; i++) {
            gsize len, got_len;
            const guint8 *got = g_bytes_get_data(h.answers->pdata[i], &got_len);
            g_assert_cmpint(n2_keyring_answer(f->keyring, requests[i].bytes, requests[i].len,
                                              WALL_US, f->bytes, sizeof f->bytes, &len),
                            ==, N2_OK);
            g_assert_cmpmem(got, got_len, f->bytes, len);
        }
        g_ptr_array_unref(h.answers);
    }
    /* One that can't even be answered ends it, and so does a listener who is gone. */
    heard h = {.answers = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
    requests[5] = (n2_slice){message[5], 4};
    g_assert_cmpint(n2_keyring_answer_many(f->keyring, requests, 16, WALL_US, hear, &h), ==,
                    N2_ERR_TRUNCATED);
    g_assert_cmpuint(h.answers->len, ==, 5);
    h.stop_at = 7;
    g_assert_cmpint(n2_keyring_answer_many(f->keyring, requests + 6, 10, WALL_US, hear, &h), ==,
                    N2_ERR_CLOSED);
    g_assert_cmpuint(h.answers->len, ==, 7);
    g_ptr_array_unref(h.answers);
    /* After WIPE, in the middle of others, nothing is agreed any more. */
    h = (heard){.answers = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
    n2_keys_request wipe = {.id = 5, .kind = N2_KEYS_WIPE};
    gsize len;
    g_assert_cmpint(n2_keys_request_write(&wipe, message[1], sizeof message[1], &len), ==,
                    N2_OK);
    n2_slice three[] = {requests[0], {message[1], len}, requests[2]};
    g_assert_cmpint(n2_keyring_answer_many(f->keyring, three, 3, WALL_US, hear, &h), ==, N2_OK);
    for (guint i = 0; i < 3; i++) {
        const guint8 *got = g_bytes_get_data(h.answers->pdata[i], &len);
        g_assert_cmpint(n2_keys_answer_read(&f->a, got, len), ==, N2_OK);
        g_assert_cmpint(f->a.err, ==, i == 2 ? N2_ERR_STATE : N2_OK);
    }
    g_ptr_array_unref(h.answers);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(fixture *f, gconstpointer data);
    } tests[] = {
        {"new-and-list", test_new_and_list},
        {"new-refused", test_new_refused},
        {"node-keys", test_node_keys},
        {"suites", test_suites},
        {"static-limit", test_static_limit},
        {"es-refused", test_es_refused},
        {"sign", test_sign},
        {"attack-42-sign-names", test_sign_names},
        {"prove", test_prove},
        {"malformed", test_malformed},
        {"many", test_many},
    };

    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/keys/keyring/", tests[i].name, NULL);
        g_test_add(path, fixture, NULL, setup, tests[i].run, teardown);
    }
    return g_test_run();
}
