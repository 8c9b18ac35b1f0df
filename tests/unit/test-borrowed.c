/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-borrowed.c - attack 31: a signature that was made for something else never makes a
 *                   statement, though the attacker chose what was signed.
 *
 * Each row builds the very bytes that a foreign program hands to Ed25519, with as much of them
 * chosen by the attacker as that program lets him, and shows the signature as one of ours.
 */
#include <glib.h>
#include <sodium.h>
#include <string.h>

#include "crypto/head.h"
#include "crypto/identity.h"

typedef struct {
    n2_signing_key key;
    guint8 secret[64];
    guint8 body_bytes[512];
    n2_box body;                    /* what the attacker would like to have signed */
    guint8 chosen[12 + 1 + 2 + 64]; /* what D hashes, but for its last word */
} victim;

static void
victim_init(victim *v)
{
    guint8 seed[32] = {1, 2, 3}, public[32];
    n2_head head = {.who = {.method = 1, .hash = {9}},
                    .branch = N2_BRANCH_MAIN,
                    .counter = 1,
                    .root = {.id = {.method = 1, .hash = {8}}, .size = 1},
                    .made_us = 1};

    g_assert_cmpint(n2_signing_key_init(&v->key, N2_KEY_ED25519, seed), ==, N2_OK);
    crypto_sign_seed_keypair(public, v->secret, seed);
    g_assert_cmpint(n2_head_body(v->body_bytes, sizeof v->body_bytes, &head, &v->body), ==,
                    N2_OK);
    memcpy(v->chosen, "net2o sign 1", 13);
    v->chosen[13] = v->body.kind;
    v->chosen[14] = v->body.version;
    n2_sha512_of(v->body.bytes, v->body.len, v->chosen + 15);
}

/* Shows @signature as that of the body the attacker wants. */
static n2_err
show(const victim *v, const guint8 *signature)
{
    n2_signature s = {.key = v->key.key};
    guint8 buf[1024];
    n2_statement out;
    n2_box box;

    memcpy(s.bytes, signature, 64);
    g_assert_cmpint(n2_statement_make(buf, sizeof buf, &v->body, &s, 1, &box), ==, N2_OK);
    return n2_statement_check(&out, buf, box.len, N2_KIND_ANY, NULL);
}

static void
assert_refused(const victim *v, const void *message, gsize len)
{
    guint8 signature[64];

    crypto_sign_detached(signature, NULL, message, len, v->secret);
    g_assert_cmpint(show(v, signature), ==, N2_ERR_FORGED);
}

/* The tools of this test do make a statement if D is what was signed. */
static void
assert_sharp(const victim *v)
{
    guint8 d[N2_DIGEST_BYTES], signature[64];
    g_autoptr(GByteArray) text = g_byte_array_new();

    g_byte_array_append(text, v->chosen, sizeof v->chosen);
    g_byte_array_append(text, (const guint8 *)"net2o", 5);
    n2_sha512_of(text->data, text->len, d);
    crypto_sign_detached(signature, NULL, d, sizeof d, v->secret);
    g_assert_cmpint(show(v, signature), ==, N2_OK);
}

/* OpenPGP (RFC 4880 5.2.4; RFC 9580): EdDSA signs the hash of document and trailer; the trailer
 * ends with a version, ff, and the length of what was hashed of it. */
static void
test_gpg(void)
{
    static const guint8 v4_head[] = {4, 0, 22, 10, 0, 6, 5, 2}; /* binary document, SHA-512 */
    victim v;

    victim_init(&v);
    assert_sharp(&v);
    for (guint with_word = 0; with_word < 2; with_word++)
        for (guint time = 0; time < 64; time++) {
            g_autoptr(GByteArray) text = g_byte_array_new();
            guint8 d[64], tail[4] = {0, 0, 0, (guint8)time};
            guint8 v4_end[] = {4, 0xff, 0, 0, 0, 12},
                   v6_end[] = {6, 0xff, 0, 0, 0, 0, 0, 0, 0, 12};

            g_byte_array_append(text, v.chosen, sizeof v.chosen); /* the document */
            if (with_word)
                g_byte_array_append(text, (const guint8 *)"net2o", 5);
            g_byte_array_append(text, v4_head, sizeof v4_head);
            g_byte_array_append(text, tail, sizeof tail);
            guint at = text->len;
            g_byte_array_append(text, v4_end, sizeof v4_end);
            n2_sha512_of(text->data, text->len, d);
            assert_refused(&v, d, sizeof d);
            g_byte_array_set_size(text, at);
            g_byte_array_append(text, v6_end, sizeof v6_end);
            n2_sha512_of(text->data, text->len, d);
            assert_refused(&v, d, sizeof d);
        }
    /* Whatever document there is: behind it an ff stands five bytes before the end of what is
     * hashed, where D has an n. */
}

static void
put_string(GByteArray *text, const void *bytes, gsize len)
{
    guint32 be = GUINT32_TO_BE((guint32)len);

    g_byte_array_append(text, (const guint8 *)&be, 4);
    g_byte_array_append(text, bytes, (guint)len);
}

/* PROTOCOL.sshsig: "SSHSIG", namespace, reserved, hash name, hash of the message. */
static void
test_ssh(void)
{
    victim v;
    guint8 hash[64];

    victim_init(&v);
    for (guint with_word = 0; with_word < 2; with_word++) {
        g_autoptr(GByteArray) text = g_byte_array_new();
        g_autoptr(GByteArray) document = g_byte_array_new();

        g_byte_array_append(document, v.chosen, sizeof v.chosen);
        if (with_word)
            g_byte_array_append(document, (const guint8 *)"net2o", 5);
        n2_sha512_of(document->data, document->len, hash); /* with the word it is D itself */
        g_byte_array_append(text, (const guint8 *)"SSHSIG", 6);
        put_string(text, "file", 4);
        put_string(text, "", 0);
        put_string(text, "sha512", 6);
        put_string(text, hash, sizeof hash);
        assert_refused(&v, text->data, text->len);
        /* log-in (RFC 4252, 7): session id, then a request; the server chose part of the id */
        g_byte_array_set_size(text, 0);
        put_string(text, hash, sizeof hash);
        g_byte_array_append(text, (const guint8 *)"\x32", 1);
        put_string(text, "me", 2);
        assert_refused(&v, text->data, text->len);
    }
}

/* Programs that sign a document as it is, if it is any of what we hash; not D itself: who signs
 * 64 foreign bytes unseen signs anything. */
static void
test_plain(void)
{
    victim v;
    guint8 d[64];

    victim_init(&v);
    assert_refused(&v, v.body.bytes, v.body.len);
    assert_refused(&v, v.chosen, sizeof v.chosen);
    assert_refused(&v, v.chosen + 15, 64); /* SHA-512 of the body */
    n2_sha512_of(v.chosen, sizeof v.chosen, d);
    assert_refused(&v, d, sizeof d); /* D without its last word */
    /* TLS 1.3 (RFC 8446, 4.4.3): 64 spaces, a context, a zero, the hash */
    g_autoptr(GByteArray) text = g_byte_array_new();
    for (guint i = 0; i < 64; i++)
        g_byte_array_append(text, (const guint8 *)" ", 1);
    g_byte_array_append(text, (const guint8 *)"TLS 1.3, server CertificateVerify", 34);
    g_byte_array_append(text, d, sizeof d);
    assert_refused(&v, text->data, text->len);
}

/* Our own signatures: the same body as each other kind and version, and another body. */
static void
test_kinds(void)
{
    victim v;
    guint8 d[N2_DIGEST_BYTES];
    n2_signature s;

    victim_init(&v);
    for (guint kind = 0; kind < 256; kind++)
        for (guint8 version = 0; version < 3; version++) {
            if (kind == v.body.kind && version == v.body.version)
                continue;
            n2_statement_digest((guint8)kind, version, v.body.bytes, v.body.len, d);
            g_assert_cmpint(n2_sign(&s, &v.key, d), ==, N2_OK);
            g_assert_cmpint(show(&v, s.bytes), ==, N2_ERR_FORGED);
        }
    n2_statement_digest(v.body.kind, v.body.version, v.body.bytes, v.body.len - 1, d);
    g_assert_cmpint(n2_sign(&s, &v.key, d), ==, N2_OK);
    g_assert_cmpint(show(&v, s.bytes), ==, N2_ERR_FORGED);
}

/* A good statement of one kind, shown where another is wanted; by its form, or by its signer.
 */
static void
test_shown_as_another(void)
{
    victim v;
    guint8 buf[1024], sheet[32] = {0}, salt[16] = {0}, birth_bytes[1024], body_bytes[512];
    n2_statement out;
    n2_identity who;
    n2_box box, body, birth;

    victim_init(&v);
    g_assert_cmpint(n2_statement_sign(buf, sizeof buf, &v.body, &v.key, &box), ==, N2_OK);
    for (guint kind = 1; kind < 40; kind++)
        if (kind != v.body.kind && n2_kind_rule_of((guint8)kind))
            g_assert_cmpint(n2_statement_check(&out, buf, box.len, (guint8)kind, NULL), ==,
                            N2_ERR_FORMAT);
    g_assert_cmpint(n2_identity_birth(&who, buf, box.len, 1, NULL), ==, N2_ERR_FORMAT);

    /* A control key changes an identity; it publishes nothing, and makes no node key. */
    g_assert_cmpint(
        n2_birth_body(body_bytes, sizeof body_bytes, sheet, 1, salt, &v.key.key, 1, &body), ==,
        N2_OK);
    g_assert_cmpint(n2_statement_sign(birth_bytes, sizeof birth_bytes, &body, &v.key, &birth),
                    ==, N2_OK);
    g_assert_cmpint(n2_identity_birth(&who, birth.bytes, birth.len, 1, NULL), ==, N2_OK);
    n2_head head = {.who = who.id,
                    .branch = N2_BRANCH_MAIN,
                    .counter = 1,
                    .root = {.id = {.method = 1}, .size = 1},
                    .made_us = 1};
    g_assert_cmpint(n2_head_body(v.body_bytes, sizeof v.body_bytes, &head, &v.body), ==, N2_OK);
    g_assert_cmpint(n2_statement_sign(buf, sizeof buf, &v.body, &v.key, &box), ==, N2_OK);
    g_assert_cmpint(n2_statement_check(&out, buf, box.len, N2_KIND_TREE_HEAD, NULL), ==, N2_OK);
    g_assert_cmpint(n2_head_check(&head, &who, buf, box.len, 0, NULL), ==, N2_ERR_FORGED);
    /* A birth is no add, an add of nobody's no birth. */
    g_assert_cmpint(n2_identity_add(&who, birth.bytes, birth.len, NULL), ==,
                    N2_ERR_UNSUPPORTED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(sodium_init(), >=, 0);
    g_test_add_func("/crypto/attack-31-gpg", test_gpg);
    g_test_add_func("/crypto/attack-31-ssh", test_ssh);
    g_test_add_func("/crypto/attack-31-plain", test_plain);
    g_test_add_func("/crypto/attack-31-kinds", test_kinds);
    g_test_add_func("/crypto/attack-31-shown-as-another", test_shown_as_another);
    return g_test_run();
}
