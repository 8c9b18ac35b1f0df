/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-data.c - the examples of daemon/PROTOCOL.md for boxes, statements, identities,
 *                        heads, directories and content trees.
 *
 * One identity with fixed seeds: control key 01 02 ... 20, device key 21 22 ... 40, connection
 * key 41 42 ... 60, recovery sheet 61 62 ... 70, salt 71 72 ... 80.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/access.h"
#include "crypto/head.h"
#include "crypto/login.h"
#include "crypto/nodekey.h"
#include "crypto/noise.h"
#include "crypto/sheet.h"
#include "crypto/tree.h"
#include "protocol-page.h"

#define SECOND G_GINT64_CONSTANT(1000000)
#define MADE (G_GINT64_CONSTANT(1767225600) * SECOND) /* 2026-01-01 */
#define DAY (86400 * SECOND)

typedef struct {
    n2_signing_key control, device;
    guint8 birth_bytes[N2_STATEMENT_BYTES_SMALL];
    n2_box birth;
    n2_identity who;
} person;

static void
count_up(guint8 *bytes, gsize len, guint8 from)
{
    for (gsize i = 0; i < len; i++)
        bytes[i] = (guint8)(from + i);
}

static void
make_key(n2_signing_key *key, guint8 from)
{
    guint8 seed[32];

    count_up(seed, sizeof seed, from);
    g_assert_cmpint(n2_signing_key_init(key, N2_KEY_ED25519, seed), ==, N2_OK);
}

static void
expect(const char *what, const n2_box *box)
{
    protocol_page_expect(what, box->bytes, box->len);
}

static void
test_birth(person *p)
{
    guint8 sheet[16], salt[16], commitment[32], body_bytes[512], d[N2_DIGEST_BYTES];
    n2_box body;

    make_key(&p->control, 0x01);
    make_key(&p->device, 0x21);
    count_up(sheet, sizeof sheet, 0x61);
    count_up(salt, sizeof salt, 0x71);
    g_assert_cmpint(n2_sheet_commitment(sheet, commitment), ==, N2_OK);
    protocol_page_expect("sheet commitment", commitment, sizeof commitment);
    g_assert_cmpint(n2_birth_body(body_bytes, sizeof body_bytes, commitment, MADE, salt,
                                  &p->control.key, 1, &body),
                    ==, N2_OK);
    expect("birth body", &body);
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    protocol_page_expect("digest of the birth", d, sizeof d);
    g_assert_cmpint(
        n2_statement_sign(p->birth_bytes, sizeof p->birth_bytes, &body, &p->control, &p->birth),
        ==, N2_OK);
    expect("birth", &p->birth);
    g_assert_cmpint(
        n2_identity_birth(&p->who, p->birth.bytes, p->birth.len, N2_METHOD_SHA256, NULL), ==,
        N2_OK);
    protocol_page_expect("identity", p->who.id.hash, 32);
    char text[N2_ID_TEXT_BYTES];
    n2_id_format(text, N2_ID_IDENTITY, &p->who.id);
    protocol_page_expect_text("identity as text", text);
}

static void
test_add(person *p)
{
    n2_grant grant = {.key = p->device.key,
                      .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH,
                      .from_us = MADE,
                      .until_us = MADE + 365 * DAY};
    guint8 body_bytes[1024], bytes[1024], d[N2_DIGEST_BYTES];
    n2_signature signatures[2];
    n2_box body, add;

    g_assert_cmpint(n2_add_body(body_bytes, sizeof body_bytes, &p->who, &grant, "desk", &body),
                    ==, N2_OK);
    expect("add body", &body);
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    g_assert_cmpint(n2_sign(&signatures[0], &p->control, d), ==, N2_OK);
    g_assert_cmpint(n2_sign(&signatures[1], &p->device, d), ==, N2_OK);
    g_assert_cmpint(n2_statement_make(bytes, sizeof bytes, &body, signatures, 2, &add), ==,
                    N2_OK);
    expect("add", &add);
    g_assert_cmpint(n2_identity_add(&p->who, add.bytes, add.len, NULL), ==, N2_OK);
}

static void
test_node_key(person *p)
{
    n2_node_key k = {.suites = 1, .serial = 7, .until_s = (guint32)((MADE + 7 * DAY) / SECOND)};
    guint8 secret[32], answer[N2_ANSWER_BYTES], body_bytes[256], bytes[512];
    n2_statement statement;
    n2_box body, whole;

    count_up(secret, sizeof secret, 0x41);
    g_assert_cmpint(n2_noise_public(n2_noise_suite_find(N2_SUITE_1), secret, k.key), ==, N2_OK);
    g_assert_cmpint(n2_node_key_sign(&k, &p->who.id, &p->device), ==, N2_OK);
    g_assert_cmpint(n2_node_key_body(body_bytes, sizeof body_bytes, &p->who.id, &k, &body), ==,
                    N2_OK);
    expect("node key body", &body);
    n2_node_key_write(&k, answer);
    protocol_page_expect("key record", answer, sizeof answer);
    g_assert_cmpint(
        n2_node_key_statement(bytes, sizeof bytes, &k, &p->who.id, &p->device.key, &whole), ==,
        N2_OK);
    expect("node key statement", &whole);
    g_assert_cmpint(n2_identity_check(&p->who, &statement, whole.bytes, whole.len,
                                      N2_KIND_NODE_KEY, MADE, NULL),
                    ==, N2_OK);
}

/* Who asks, on the connection of the page's first handshake. */
static void
test_proof(person *p)
{
    n2_proof proof = {.role = N2_PROOF_ASKER,
                      .suite = N2_SUITE_1,
                      .hash = {0x48, 0xb8, 0xb4, 0xfc, 0x1a, 0xcf, 0xc9, 0x9c, 0x95, 0x84, 0x5a,
                               0x46, 0xf8, 0xe5, 0x2d, 0x9f, 0x3f, 0x5a, 0x0d, 0x4b, 0xd4, 0xdd,
                               0x4a, 0x16, 0x4c, 0x6c, 0xb3, 0x45, 0xde, 0x1b, 0xb5, 0xf6, 0xfc,
                               0xc3, 0xf0, 0xa0, 0x4a, 0x05, 0x32, 0xfe, 0xfa, 0x4e, 0x97, 0x8f,
                               0xc2, 0xd5, 0x47, 0x55, 0xfb, 0x19, 0x45, 0xba, 0x96, 0xf2, 0x13,
                               0x4b, 0xe7, 0xfb, 0x79, 0x70, 0x7b, 0xd6, 0xaa, 0x78},
                      .who = p->who.id};
    guint8 body_bytes[512], bytes[512], d[N2_DIGEST_BYTES];
    n2_signing_key session;
    n2_signature signature;
    n2_box body, certificate;

    protocol_page_expect("handshake hash", proof.hash, sizeof proof.hash);
    make_key(&session, 0xa1);
    proof.session = session.key;
    g_assert_cmpint(n2_session_body(body_bytes, sizeof body_bytes, &p->who.id, &session.key,
                                    N2_SESSION_LOG_IN, MADE + DAY, MADE + DAY + DAY / 2, &body),
                    ==, N2_OK);
    expect("session body", &body);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &p->device, &certificate), ==,
                    N2_OK);
    expect("session certificate", &certificate);
    n2_proof_digest(&proof, d);
    protocol_page_expect("digest of the transcript", d, sizeof d);
    g_assert_cmpint(n2_sign(&signature, &session, d), ==, N2_OK);
    protocol_page_expect("proof", signature.bytes, n2_signature_bytes(N2_KEY_ED25519));
}

/* An account logs in on the same connection; a list with it and somebody on it. */
static void
test_access(person *p)
{
    n2_login login = {.site = p->who.id,
                      .hash = {0x48, 0xb8, 0xb4, 0xfc, 0x1a, 0xcf, 0xc9, 0x9c, 0x95, 0x84, 0x5a,
                               0x46, 0xf8, 0xe5, 0x2d, 0x9f, 0x3f, 0x5a, 0x0d, 0x4b, 0xd4, 0xdd,
                               0x4a, 0x16, 0x4c, 0x6c, 0xb3, 0x45, 0xde, 0x1b, 0xb5, 0xf6, 0xfc,
                               0xc3, 0xf0, 0xa0, 0x4a, 0x05, 0x32, 0xfe, 0xfa, 0x4e, 0x97, 0x8f,
                               0xc2, 0xd5, 0x47, 0x55, 0xfb, 0x19, 0x45, 0xba, 0x96, 0xf2, 0x13,
                               0x4b, 0xe7, 0xfb, 0x79, 0x70, 0x7b, 0xd6, 0xaa, 0x78}};
    guint8 body_bytes[512], bytes[1024], root[N2_HASH_BYTES];
    n2_signing_key account, next;
    const n2_signing_key *both[] = {&next, &account};
    n2_signature signatures[2];
    guint8 d[N2_DIGEST_BYTES];
    n2_member members[2];
    n2_statement checked;
    n2_crypto crypto;
    n2_box body, whole;

    make_key(&account, 0xc1);
    login.account = account.key;
    g_assert_cmpint(n2_login_body(body_bytes, sizeof body_bytes, &login, N2_LOGIN_ENTER, &body),
                    ==, N2_OK);
    expect("log-in body", &body);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &account, &whole), ==, N2_OK);
    expect("log-in", &whole);
    g_assert_cmpint(n2_login_check(&login, whole.bytes, whole.len, NULL), ==, N2_OK);

    make_key(&next, 0x91);
    login.account = next.key;
    login.old = account.key;
    g_assert_cmpint(n2_login_body(body_bytes, sizeof body_bytes, &login,
                                  N2_LOGIN_ENTER | N2_LOGIN_MOVE, &body),
                    ==, N2_OK);
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    for (gsize i = 0; i < 2; i++)
        g_assert_cmpint(n2_sign(&signatures[i], both[i], d), ==, N2_OK);
    g_assert_cmpint(n2_statement_make(bytes, sizeof bytes, &body, signatures, 2, &whole), ==,
                    N2_OK);
    expect("log-in that moves", &whole);
    g_assert_cmpint(n2_login_check(&login, whole.bytes, whole.len, NULL), ==, N2_OK);

    members[0] = n2_member_of_key(&account.key);
    members[1] = n2_member_of_id(&p->who.id);
    g_assert_cmpint(
        n2_access_body(body_bytes, sizeof body_bytes, &p->who.id, 2, members, 2, &body), ==,
        N2_OK);
    expect("access body", &body);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &p->device, &whole), ==,
                    N2_OK);
    expect("access list", &whole);
    g_assert_cmpint(n2_identity_check(&p->who, &checked, whole.bytes, whole.len, N2_KIND_ACCESS,
                                      MADE, NULL),
                    ==, N2_OK);
    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    n2_tree_root_of(&crypto, N2_METHOD_SHA256, whole.bytes, whole.len, root);
    protocol_page_expect("root of the list", root, sizeof root);

    n2_head head = {.who = p->who.id,
                    .branch = N2_BRANCH_MAIN,
                    .counter = 1,
                    .made_us = MADE,
                    .root = {.id = {.method = N2_METHOD_SHA256}},
                    .access = {.id = {.method = N2_METHOD_SHA256}, .size = whole.len}};
    memset(head.root.id.hash, 0xd1, sizeof head.root.id.hash);
    memcpy(head.access.id.hash, root, sizeof root);
    g_assert_cmpint(n2_head_body(body_bytes, sizeof body_bytes, &head, &body), ==, N2_OK);
    expect("head of a restricted tree", &body);
    n2_crypto_clear(&crypto);
}

static void
test_tree(person *p)
{
    static const char page[] = "# Hello\n";
    guint8 *directory, head_bytes[512], bytes[1024];
    gsize len;
    n2_attr type = {.name = (const guint8 *)N2_ATTR_TYPE,
                    .name_len = strlen(N2_ATTR_TYPE),
                    .type = N2_TYPE_TEXT,
                    .value = (const guint8 *)"text/markdown",
                    .len = strlen("text/markdown")};
    n2_entry_spec spec = {.name = "index.md",
                          .name_len = 8,
                          .type = N2_ENTRY_FILE,
                          .attrs = &type,
                          .n_attrs = 1,
                          .ref = {.id = {.method = N2_METHOD_SHA256}, .size = strlen(page)}};
    n2_directory_maker *maker;
    n2_crypto crypto;
    n2_box body, whole;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    n2_tree_root_of(&crypto, N2_METHOD_SHA256, (const guint8 *)page, strlen(page),
                    spec.ref.id.hash);
    protocol_page_expect("root of the page", spec.ref.id.hash, 32);
    g_assert_cmpint(n2_directory_maker_new(&maker, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_add(maker, &spec), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_finish(maker, &directory, &len), ==, N2_OK);
    protocol_page_expect("directory", directory, len);
    n2_directory_maker_free(maker);

    n2_head head = {.who = p->who.id,
                    .branch = N2_BRANCH_MAIN,
                    .counter = 1,
                    .root = {.id = {.method = N2_METHOD_SHA256}, .size = len},
                    .made_us = MADE + DAY};
    n2_tree_root_of(&crypto, N2_METHOD_SHA256, directory, len, head.root.id.hash);
    g_assert_cmpint(n2_head_body(head_bytes, sizeof head_bytes, &head, &body), ==, N2_OK);
    expect("head body", &body);
    g_assert_cmpint(n2_statement_sign(bytes, sizeof bytes, &body, &p->device, &whole), ==,
                    N2_OK);
    expect("head", &whole);
    g_assert_cmpint(n2_head_check(&head, &p->who, whole.bytes, whole.len, MADE + DAY, NULL), ==,
                    N2_OK);
    free(directory);
    n2_crypto_clear(&crypto);
}

static void
test_identity(void)
{
    person p;

    test_birth(&p);
    test_add(&p);
    test_node_key(&p);
    test_tree(&p);
    test_proof(&p);
    test_access(&p);
}

/* Contents whose byte i is i modulo 251. */
static void
test_roots(void)
{
    static const gsize sizes[] = {0, 1, 16384, 16385, 49152, 1048576, 1048577, 3 << 20};
    n2_crypto crypto;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree guint8 *bytes = g_malloc(sizes[i] + 1);
        g_autofree char *line = NULL;
        g_autoptr(GString) hex = g_string_new(NULL);
        guint8 root[32];

        for (gsize k = 0; k < sizes[i]; k++)
            bytes[k] = (guint8)(k % 251);
        n2_tree_root_of(&crypto, N2_METHOD_SHA256, bytes, sizes[i], root);
        for (gsize k = 0; k < sizeof root; k++)
            g_string_append_printf(hex, "%02x", root[k]);
        line = g_strdup_printf("%" G_GSIZE_FORMAT " %s", sizes[i], hex->str);
        protocol_page_expect_text("root", line);
    }
    n2_crypto_clear(&crypto);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/data/identity", test_identity);
    g_test_add_func("/protocol/data/roots", test_roots);
    return g_test_run();
}
