/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-names.c - the examples of daemon/PROTOCOL.md for vouches, for names in their
 * one form, and for announcements.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/identity-body.h"
#include "host/unicode.h"
#include "name/label.h"
#include "name/near.h"
#include "name/vouch.h"
#include "protocol-page.h"
#include "vm/asm.h"

#define SECOND G_GINT64_CONSTANT(1000000)
#define MADE (G_GINT64_CONSTANT(1767225600) * SECOND) /* 2026-01-01 */
#define DAY (86400 * SECOND)

/* The identity of test-protocol-data.c. */
static const char one[] = "k1-5gc3iul3q2iqiunp3ztsdpzwm2ins3dyz4gy5byhlrahimy7v2rq";

static void
test_vouch(void)
{
    n2_id by, subject = {.method = N2_METHOD_SHA256};
    guint8 body_bytes[512], statement_bytes[1024], seed[N2_SEED_BYTES_MAX] = {0};
    n2_box body, statement;
    n2_signing_key control;
    n2_vouch v;

    for (guint8 i = 0; i < 32; i++) {
        seed[i] = i + 1;
        subject.hash[i] = 0xa1 + i;
    }
    g_assert_cmpint(n2_signing_key_init(&control, N2_KEY_ED25519, seed), ==, N2_OK);
    g_assert_cmpint(n2_id_parse(&by, N2_ID_IDENTITY, one, strlen(one)), ==, N2_OK);
    g_assert_cmpint(n2_vouch_body(body_bytes, sizeof body_bytes, &by, &subject, N2_SCOPE_MET,
                                  "Anna", MADE, MADE + 365 * DAY, &body),
                    ==, N2_OK);
    protocol_page_expect("vouch", body.bytes, body.len);
    g_assert_cmpint(
        n2_statement_sign(statement_bytes, sizeof statement_bytes, &body, &control, &statement),
        ==, N2_OK);
    protocol_page_expect("vouch, signed", statement.bytes, statement.len);
    g_assert_cmpint(n2_vouch_read(&v, &body), ==, N2_OK);
    g_assert_cmpstr(v.claim, ==, "Anna");
}

static void
test_resolve(void)
{
    n2_asm block = n2_asm_init();
    guint8 zone[N2_ID_BYTES] = {N2_METHOD_SHA256};
    guint8 *bytes = NULL;
    gsize len = 0;

    for (guint8 i = 0; i < 32; i++)
        zone[1 + i] = 0xa1 + i;
    n2_asm_u64(&block, 7);
    n2_asm_word(&block, N2_WORD_TAG);
    n2_asm_bytes(&block, zone, sizeof zone);
    n2_asm_bytes(&block, "anna.village", 12);
    n2_asm_u64(&block, 6);
    n2_asm_u64(&block, 1 << 8 | 1);
    n2_asm_word(&block, N2_WORD_RESOLVE);
    g_assert_cmpint(n2_asm_finish(&block, &bytes, &len), ==, N2_OK);
    protocol_page_expect("resolve", bytes, len);
    free(bytes);
}

/* What is asked of a zone's own node. */
static void
test_zone_words(void)
{
    n2_asm block = n2_asm_init();
    guint8 zone[N2_ID_BYTES] = {N2_METHOD_SHA256};
    guint8 *bytes = NULL;
    gsize len = 0;

    for (guint8 i = 0; i < 32; i++)
        zone[1 + i] = 0xa1 + i;
    n2_asm_u64(&block, 7);
    n2_asm_word(&block, N2_WORD_TAG);
    n2_asm_bytes(&block, "\1\2\3", 3);
    n2_asm_bytes(&block, "\4", 1);
    n2_asm_word(&block, N2_WORD_NAME_ASK);
    g_assert_cmpint(n2_asm_finish(&block, &bytes, &len), ==, N2_OK);
    protocol_page_expect("name-ask", bytes, len);
    free(bytes);
    block = n2_asm_init();
    n2_asm_u64(&block, 8);
    n2_asm_word(&block, N2_WORD_TAG);
    n2_asm_bytes(&block, zone, sizeof zone);
    n2_asm_u64(&block, 6);
    n2_asm_u64(&block, 0);
    n2_asm_word(&block, N2_WORD_ZONE_MAP);
    g_assert_cmpint(n2_asm_finish(&block, &bytes, &len), ==, N2_OK);
    protocol_page_expect("zone-map", bytes, len);
    free(bytes);
}

static void
zero_cb(void *user, void *buf, size_t len)
{
    (void)user;
    memset(buf, 0, len);
}

/* An announcement, as it goes onto a wire. */
static void
test_near(void)
{
    static const n2_env env = {.random = zero_cb};
    guint8 body_bytes[512], statement_bytes[1024], seed[N2_SEED_BYTES_MAX] = {0};
    guint8 said[N2_NEAR_SAID_BYTES_MAX];
    const n2_attr files = {.name = (const guint8 *)"files",
                           .name_len = 5,
                           .type = N2_TYPE_TEXT,
                           .value = (const guint8 *)"/",
                           .len = 1};
    n2_near_words words = {.key = {.method = N2_KEY_X25519},
                           .suites = 1,
                           .switch_bits = 4,
                           .flags = N2_NEAR_TAKES_LINKS,
                           .serial = MADE,
                           .until_us = MADE + 3600 * SECOND};
    n2_box body, statement;
    n2_signing_key device;
    bool is_news;
    n2_near *near;

    for (guint8 i = 0; i < 32; i++) {
        seed[i] = i + 1;
        words.key.bytes[i] = 0x61 + i;
    }
    g_assert_cmpint(n2_signing_key_init(&device, N2_KEY_ED25519, seed), ==, N2_OK);
    g_assert_cmpint(n2_id_parse(&words.who, N2_ID_IDENTITY, one, strlen(one)), ==, N2_OK);
    g_assert_cmpint(n2_near_body(body_bytes, sizeof body_bytes, &words, &files, 1, &body), ==,
                    N2_OK);
    g_assert_cmpint(
        n2_statement_sign(statement_bytes, sizeof statement_bytes, &body, &device, &statement),
        ==, N2_OK);
    g_assert_cmpint(n2_near_new(&near, &env, 0), ==, N2_OK);
    g_assert_cmpint(n2_near_set_own(near, statement.bytes, statement.len, 0), ==, N2_OK);
    g_assert_true(n2_near_expire(near, 1, &is_news));
    protocol_page_expect("announcement", said, n2_near_write(near, 4711, said));
    n2_near_free(near);
}

/* The scopes, as the page has them. */
static void
test_scopes(void)
{
    static const struct {
        n2_scope scope;
        const char *word;
    } rows[] = {{N2_SCOPE_NAME, "name"},
                {N2_SCOPE_PLACE, "place"},
                {N2_SCOPE_MAIL, "mail"},
                {N2_SCOPE_AUDIT, "audit"},
                {N2_SCOPE_MET, "met"}};
    g_autofree char *page = protocol_page_read();

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *row = g_strdup_printf("| %d | %s |", rows[i].scope, rows[i].word);
        g_test_message("%s", row);
        g_assert_nonnull(strstr(page, row));
    }
}

/* "written | folded", as the page has them. */
static void
test_names(void)
{
    static const struct {
        const char *text, *want;
    } rows[] = {{"Hand-Book.DEMO", "hand-book.demo"},
                {"Stra\xc3\x9f"
                 "e.demo",
                 "strasse.demo"},
                {"bu\xcc\x88"
                 "cher.demo",
                 "b\xc3\xbc"
                 "cher.demo"},
                {"\xd0\x9c\xd0\xb8\xd1\x80.demo", "\xd0\xbc\xd0\xb8\xd1\x80.demo"},
                {"p\xd0\xb0ypal.demo", ""},
                {"a_b", ""},
                {"www.k1-a.demo", ""}};
    g_autofree char *page = protocol_page_read();
    char out[N2_NAME_BYTES_MAX + 1];

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_err err =
            n2_name_fold(out, rows[i].text, strlen(rows[i].text), n2_host_unicode(), NULL);
        g_assert_cmpint(!err, ==, *rows[i].want != '\0');
        g_autofree char *row =
            g_strdup_printf("| `%s` | %s%s%s |", rows[i].text, err ? "" : "`",
                            err ? "refused" : out, err ? "" : "`");
        g_test_message("%s", row);
        g_assert_cmpstr(out, ==, rows[i].want);
        g_assert_nonnull(strstr(page, row));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/names/vouch", test_vouch);
    g_test_add_func("/protocol/names/resolve", test_resolve);
    g_test_add_func("/protocol/names/zone-words", test_zone_words);
    g_test_add_func("/protocol/names/near", test_near);
    g_test_add_func("/protocol/names/scopes", test_scopes);
    g_test_add_func("/protocol/names/names", test_names);
    return g_test_run();
}
