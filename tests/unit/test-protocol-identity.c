/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-identity.c - the examples of daemon/PROTOCOL.md for what happens to an
 * identity: remove, fresh, control, end; and for statements as text, QR text and the words of
 * the sheet.
 *
 * The identity is that of test-protocol-data.c; the next control key has the seed 81 82 ... a0.
 */
#include <glib.h>
#include <string.h>

#include "crypto/armor.h"
#include "crypto/identity-body.h"
#include "crypto/identity-set.h"
#include "crypto/sheet.h"
#include "crypto/words.h"
#include "protocol-page.h"

#define SECOND G_GINT64_CONSTANT(1000000)
#define MADE (G_GINT64_CONSTANT(1767225600) * SECOND) /* 2026-01-01 */
#define DAY (86400 * SECOND)

typedef struct {
    n2_signing_key control, device, next, sheet_25519, sheet_448;
    guint8 sheet[N2_SHEET_SEED_BYTES];
    n2_identity_set *set;
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

/* The statement of @body by those keys, taken into the set; and what the set comes to then. */
static n2_box
say(person *p,
    guint8 *buf,
    gsize cap,
    const n2_box *body,
    const n2_signing_key *a,
    const n2_signing_key *b)
{
    guint8 d[N2_DIGEST_BYTES];
    n2_signature signatures[2];
    n2_box statement;

    n2_statement_digest(body->kind, body->version, body->bytes, body->len, d);
    g_assert_cmpint(n2_sign(&signatures[0], a, d), ==, N2_OK);
    if (b)
        g_assert_cmpint(n2_sign(&signatures[1], b, d), ==, N2_OK);
    g_assert_cmpint(n2_statement_make(buf, cap, body, signatures, b ? 2 : 1, &statement), ==,
                    N2_OK);
    g_assert_cmpint(
        n2_identity_take(p->set, statement.bytes, statement.len, MADE + 2 * DAY, NULL, NULL),
        ==, N2_OK);
    g_assert_cmpint(n2_identity_look(p->set, MADE + 3 * DAY, &p->who), ==, N2_OK);
    return statement;
}

static void
expect(const char *what, const n2_box *box)
{
    protocol_page_expect(what, box->bytes, box->len);
}

static void
begin(person *p)
{
    guint8 salt[16], commitment[32], body_bytes[1024], bytes[2048];
    n2_grant grant;
    n2_box body;

    make_key(&p->control, 0x01);
    make_key(&p->device, 0x21);
    make_key(&p->next, 0x81);
    count_up(p->sheet, sizeof p->sheet, 0x61);
    count_up(salt, sizeof salt, 0x71);
    g_assert_cmpint(n2_sheet_keys(p->sheet, &p->sheet_25519, &p->sheet_448), ==, N2_OK);
    g_assert_cmpint(n2_sheet_commitment(p->sheet, commitment), ==, N2_OK);
    g_assert_cmpint(n2_birth_body(body_bytes, sizeof body_bytes, commitment, MADE, salt,
                                  &p->control.key, 1, &body),
                    ==, N2_OK);
    n2_id id = n2_id_of_body(N2_METHOD_SHA256, &body);
    g_assert_cmpint(n2_identity_set_new(&p->set, &id, NULL), ==, N2_OK);
    (void)say(p, bytes, sizeof bytes, &body, &p->control, NULL);
    grant = (n2_grant){.key = p->device.key,
                       .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH,
                       .from_us = MADE,
                       .until_us = MADE + 365 * DAY};
    g_assert_cmpint(n2_add_body(body_bytes, sizeof body_bytes, &p->who, &grant, "desk", &body),
                    ==, N2_OK);
    (void)say(p, bytes, sizeof bytes, &body, &p->control, &p->device);
    g_assert_cmpuint(p->who.n_keys, ==, 2);
}

static void
test_statements(void)
{
    guint8 body_bytes[1024], bytes[2048], hash[N2_HASH_BYTES], d[N2_DIGEST_BYTES];
    person p;
    n2_box body, statement;

    begin(&p);
    g_assert_cmpint(n2_identity_set_hash(p.set, hash), ==, N2_OK);
    protocol_page_expect("hash of the add", hash, sizeof hash);
    g_assert_cmpint(n2_remove_body(body_bytes, sizeof body_bytes, &p.who, &p.device.key,
                                   N2_REMOVED_STOLEN, &body),
                    ==, N2_OK);
    statement = say(&p, bytes, sizeof bytes, &body, &p.control, NULL);
    expect("remove", &statement);
    g_assert_cmpuint(p.who.n_keys, ==, 1);

    g_assert_cmpint(n2_identity_set_hash(p.set, hash), ==, N2_OK);
    g_assert_cmpint(
        n2_fresh_body(body_bytes, sizeof body_bytes, &p.who, hash, MADE + DAY, &body), ==,
        N2_OK);
    statement = say(&p, bytes, sizeof bytes, &body, &p.control, NULL);
    expect("fresh", &statement);
    g_assert_cmpint(p.who.fresh_us, ==, MADE + DAY);

    const n2_listed listed = {{.key = p.next.key,
                               .rights = N2_RIGHT_CONTROL | N2_RIGHT_SESSION,
                               .from_us = MADE,
                               .until_us = MADE + 3650 * DAY},
                              "token"};
    g_assert_cmpint(n2_control_body(body_bytes, sizeof body_bytes, &p.who, MADE + 2 * DAY,
                                    &listed, 1, &body),
                    ==, N2_OK);
    statement = say(&p, bytes, sizeof bytes, &body, &p.control, NULL);
    expect("control", &statement);
    g_assert_cmpuint(p.who.number, ==, 1);
    g_assert_true(n2_identity_may(&p.who, &p.next.key, N2_RIGHT_CONTROL, MADE));

    const n2_distrusted stolen = {p.device.key, MADE + DAY / 2};
    g_assert_cmpint(n2_end_body(body_bytes, sizeof body_bytes, &p.who.id, NULL, MADE + 3 * DAY,
                                &p.sheet_25519.key, &p.sheet_448.key, &stolen, 1, &body),
                    ==, N2_OK);
    expect("end body", &body);
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    protocol_page_expect("digest of the end", d, sizeof d);
    statement = say(&p, bytes, sizeof bytes, &body, &p.sheet_25519, &p.sheet_448);
    g_assert_cmpint(p.who.state, ==, N2_IDENTITY_ENDED);
    n2_identity_set_free(p.set);
}

static void
test_texts(void)
{
    guint8 body_bytes[1024], bytes[2048], qr_bytes[N2_SHEET_QR_BYTES];
    char text[4096], words[N2_SHEET_TEXT_BYTES];
    person p;
    n2_box body, statement;

    begin(&p);
    g_assert_cmpint(n2_remove_body(body_bytes, sizeof body_bytes, &p.who, &p.device.key,
                                   N2_REMOVED_STOLEN, &body),
                    ==, N2_OK);
    statement = say(&p, bytes, sizeof bytes, &body, &p.control, NULL);
    g_assert_cmpint(
        n2_armor_write(text, sizeof text, N2_KIND_REMOVE, statement.bytes, statement.len), ==,
        N2_OK);
    g_strchomp(g_strdelimit(text, "\n", ' ')); /* as the page is looked at */
    protocol_page_expect_text("remove as text", text);
    n2_sheet_words(p.sheet, words);
    protocol_page_expect_text("sheet in words", words);
    n2_sheet_qr(p.sheet, qr_bytes);
    g_assert_cmpint(n2_qr_write(text, sizeof text, qr_bytes, sizeof qr_bytes), ==, N2_OK);
    protocol_page_expect_text("sheet as QR text", text);
    n2_identity_set_free(p.set);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/identity/statements", test_statements);
    g_test_add_func("/protocol/identity/texts", test_texts);
    return g_test_run();
}
