/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keys-messages.c - every message between node and keys process: as it was, cut at each
 *                        byte, with one byte more, with each field wrong.
 */
#include <glib.h>
#include <string.h>

#include "keys/ask.h"
#include "keys/secret.h"

enum {
    ROOM = N2_KEYRING_MESSAGE_BYTES_MAX + 100
};

static const guint8 text[] = "statement";

static n2_keys_own_key
a_key(gboolean has_life)
{
    n2_keys_own_key k = {.key = {.method = N2_KEY_P256, .bytes = {2, 7}},
                         .rights = N2_RIGHT_CONTROL,
                         .place = {.slot = N2_PLACE_SIG, .aid = {1, 2}, .name = "blue"}};

    if (has_life) {
        k.from_us = 5;
        k.until_us = 0x0102030405060708;
    }
    return k;
}

static gboolean
is_order(n2_keys_kind kind)
{
    return kind >= N2_KEYS_TOKEN_MAKE && kind <= N2_KEYS_TOKEN_CLONE;
}

static gboolean
has_rows(n2_keys_kind kind)
{
    return kind == N2_KEYS_TOKENS || kind == N2_KEYS_TOKEN_MAKE || kind == N2_KEYS_TOKEN_CLONE;
}

static n2_keys_request
request(n2_keys_kind kind)
{
    n2_keys_request q = {.id = 0x01020304, .kind = kind};

    if (kind == N2_KEYS_NEW || kind == N2_KEYS_ADD || kind == N2_KEYS_DRAW ||
        kind == N2_KEYS_CONTROL || kind == N2_KEYS_ADMIT || kind == N2_KEYS_ENTER ||
        kind == N2_KEYS_ZONE)
        g_strlcpy(q.label, "me", sizeof q.label);
    if (kind == N2_KEYS_NEW)
        q.method = N2_KEY_ED448;
    if (kind == N2_KEYS_NEW || kind == N2_KEYS_CONTROL || kind == N2_KEYS_ADMIT ||
        kind == N2_KEYS_ENTER) {
        q.n_keys = 1;
        q.keys[0] = a_key(FALSE);
    }
    if (kind == N2_KEYS_CONTROL) {
        q.n_drops = 2;
        q.drops[0] = (n2_key){.method = N2_KEY_ED25519, .bytes = {5}};
        q.drops[1] = (n2_key){.method = N2_KEY_ED448, .bytes = {6}};
    }
    if (kind == N2_KEYS_CONTROL || kind == N2_KEYS_ADMIT || kind == N2_KEYS_VOUCH)
        q.days = 0x0203;
    if (kind == N2_KEYS_VOUCH) {
        q.subject = (n2_id){.method = 2, .hash = {3}};
        q.scope = 4;
    }
    if (is_order(kind)) {
        q.n_aids = kind == N2_KEYS_TOKEN_CLONE ? N2_KEYS_CLONES_MAX : 1;
        for (gsize i = 0; i < q.n_aids; i++)
            memset(q.aids[i], (int)i + 1, sizeof q.aids[i]);
    }
    if (kind == N2_KEYS_TOKEN_PIN) {
        q.which = N2_PIN_UNBLOCK;
    } else if (is_order(kind)) {
        q.flags = N2_MAKE_REPLACE | N2_MAKE_FIXED;
        q.n_makes = 2;
        q.makes[0] = (n2_keys_make){N2_PLACE_AUT, N2_KEY_P256, 2};
        q.makes[1] = (n2_keys_make){N2_PLACE_DEC, 0, 255};
    }
    if (kind == N2_KEYS_ADD || kind == N2_KEYS_REMOVE)
        q.key = (n2_key){.method = N2_KEY_X448, .bytes = {4}};
    if (kind == N2_KEYS_ADD) {
        q.rights = N2_RIGHT_OPEN;
        q.days = 0x0102;
        q.place = a_key(FALSE).place;
    }
    if (kind == N2_KEYS_REMOVE || kind == N2_KEYS_PULL)
        q.reason = 3;
    if (kind == N2_KEYS_LOGIN)
        q.hours = 24;
    if (kind == N2_KEYS_END)
        q.successor = (n2_id){.method = 1, .hash = {8}};
    if (kind == N2_KEYS_ACCOUNT) {
        q.site = (n2_id){.method = 2, .hash = {9}};
        q.number = 0x01020304;
    }
    if (kind == N2_KEYS_TELL) {
        q.about = 0x0a0b0c0d;
        q.how = 1;
    }
    if (kind == N2_KEYS_JOIN)
        q.first = (n2_slice){text, 5};
    if (kind == N2_KEYS_LIST)
        q.index = 0x0506;
    if (kind != N2_KEYS_NEW && kind != N2_KEYS_LIST && kind != N2_KEYS_ES &&
        kind != N2_KEYS_WIPE && kind != N2_KEYS_PASSPHRASE && kind != N2_KEYS_UNLOCK &&
        kind != N2_KEYS_DRAW && kind != N2_KEYS_JOIN && kind != N2_KEYS_TELL &&
        kind != N2_KEYS_TOKENS && kind != N2_KEYS_PULL && !is_order(kind))
        q.who = (n2_id){.method = 1, .hash = {7}};
    if (kind == N2_KEYS_NODE_KEY || kind == N2_KEYS_ES || kind == N2_KEYS_PROVE)
        q.suite = 2;
    if (kind == N2_KEYS_PROVE || kind == N2_KEYS_ACCOUNT)
        memset(q.hash, 8, sizeof q.hash);
    q.fresh = kind == N2_KEYS_NODE_KEY;
    if (kind == N2_KEYS_ES) {
        q.key_id = 0x0809;
        memset(q.e, 9, sizeof q.e);
    }
    if (kind == N2_KEYS_SIGN || kind == N2_KEYS_END || kind == N2_KEYS_JOIN ||
        kind == N2_KEYS_TAKE || kind == N2_KEYS_VOUCH || kind == N2_KEYS_ENTER)
        q.body = (n2_slice){text, sizeof text};
    return q;
}

static n2_keys_answer
answer(n2_keys_kind kind)
{
    n2_keys_answer a = {.id = 0x01020304, .kind = kind};

    if (kind == N2_KEYS_NEW || kind == N2_KEYS_LIST || kind == N2_KEYS_JOIN ||
        kind == N2_KEYS_ADMIT || kind == N2_KEYS_ENTER) {
        a.who = (n2_id){.method = 1, .hash = {7}};
        g_strlcpy(a.label, "me", sizeof a.label);
    }
    if (a.who.method || kind == N2_KEYS_REMOVE || kind == N2_KEYS_CONTROL) {
        a.n_statements = 2;
        a.statements[0] = (n2_slice){text, 3};
        a.statements[1] = (n2_slice){text, sizeof text};
    }
    if (kind == N2_KEYS_NODE_KEY) {
        a.key_id = 0x0809;
        a.suite = 1;
        a.answer_len = a.suite == 2 ? N2_ANSWER_BYTES_MAX : N2_ANSWER_BYTES;
        memset(a.answer, 5, a.answer_len);
    }
    if (kind == N2_KEYS_ES) {
        memset(a.es.ck, 6, sizeof a.es.ck);
        memset(a.es.k, 7, sizeof a.es.k);
    }
    if (kind == N2_KEYS_SIGN || kind == N2_KEYS_PROVE || kind == N2_KEYS_END ||
        kind == N2_KEYS_ADD || kind == N2_KEYS_ACCOUNT || kind == N2_KEYS_FRESH ||
        kind == N2_KEYS_VOUCH || kind == N2_KEYS_VAULT || kind == N2_KEYS_ZONE)
        a.statement = (n2_slice){text, sizeof text};
    if (kind == N2_KEYS_STATE) {
        a.flags = N2_OWN_HAS_SHEET | N2_OWN_IS_SIGNED_OUT;
        a.n_keys = 2;
        a.keys[0] = a_key(TRUE);
        a.keys[1] = (n2_keys_own_key){.key = {.method = N2_KEY_ED25519, .bytes = {3}}};
    }
    if (kind == N2_KEYS_STATE || kind == N2_KEYS_LOGIN)
        a.until_us = 0x1122334455667788;
    if (kind == N2_KEYS_DRAW) {
        a.n_keys = 1;
        a.keys[0] = a_key(FALSE);
    }
    if (kind == N2_KEYS_ACCOUNT)
        a.number = 0x05060708;
    if (kind == N2_KEYS_TOKENS)
        a.service = 1;
    if (kind == N2_KEYS_PROVE)
        a.signature = (n2_slice){text, sizeof text};
    return a;
}

/* Copies of exact size: a sanitizer sees whoever reads behind the end. */
static n2_err
read_request(n2_keys_request *out, const guint8 *bytes, gsize len)
{
    g_autofree guint8 *copy = g_memdup2(bytes, len);
    n2_err err = n2_keys_request_read(out, copy, len);

    if (out->body.bytes)
        out->body.bytes = bytes + (out->body.bytes - copy);
    return err;
}

static n2_err
read_answer(n2_keys_answer *out, const guint8 *bytes, gsize len)
{
    g_autofree guint8 *copy = g_memdup2(bytes, len);

    return n2_keys_answer_read(out, copy, len);
}

static void
test_requests(void)
{
    g_autofree guint8 *bytes = g_malloc0(ROOM);
    n2_keys_request got;
    gsize len;

    for (n2_keys_kind kind = N2_KEYS_NEW; kind <= N2_KEYS_KIND_LAST; kind++) {
        n2_keys_request q = request(kind);
        gboolean has_rest = kind == N2_KEYS_SIGN || kind == N2_KEYS_END ||
                            kind == N2_KEYS_JOIN || kind == N2_KEYS_TAKE ||
                            kind == N2_KEYS_VOUCH || kind == N2_KEYS_ENTER;
        g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_OK);
        g_assert_cmpint(read_request(&got, bytes, len), ==, N2_OK);
        g_assert_cmpuint(got.id, ==, q.id);
        g_assert_cmpint(got.kind, ==, kind);
        g_assert_cmpstr(got.label, ==, q.label);
        g_assert_cmpuint(got.index, ==, q.index);
        g_assert_true(n2_id_equal(&got.who, &q.who));
        g_assert_cmpuint(got.suite, ==, q.suite);
        g_assert_cmpint(got.fresh, ==, q.fresh);
        g_assert_cmpuint(got.key_id, ==, q.key_id);
        g_assert_cmpmem(got.e, sizeof got.e, q.e, sizeof q.e);
        g_assert_cmpmem(got.hash, sizeof got.hash, q.hash, sizeof q.hash);
        g_assert_cmpmem(got.body.bytes, got.body.len, q.body.bytes, q.body.len);
        g_assert_cmpuint(got.first.len, ==, q.first.len);
        g_assert_cmpuint(got.hours, ==, q.hours);
        g_assert_true(n2_id_equal(&got.successor, &q.successor));
        g_assert_true(n2_id_equal(&got.site, &q.site));
        g_assert_true(n2_key_equal(&got.key, &q.key));
        g_assert_cmpuint(got.rights, ==, q.rights);
        g_assert_cmpuint(got.days, ==, q.days);
        g_assert_cmpuint(got.reason, ==, q.reason);
        g_assert_cmpmem(&got.place, sizeof got.place, &q.place, sizeof q.place);
        g_assert_cmpuint(got.n_keys, ==, q.n_keys);
        g_assert_cmpmem(got.keys, sizeof got.keys, q.keys, sizeof q.keys);
        g_assert_cmpuint(got.method, ==, q.method);
        g_assert_cmpuint(got.number, ==, q.number);
        g_assert_true(n2_id_equal(&got.subject, &q.subject));
        g_assert_cmpuint(got.scope, ==, q.scope);
        g_assert_cmpuint(got.n_drops, ==, q.n_drops);
        g_assert_cmpmem(got.drops, sizeof got.drops, q.drops, sizeof q.drops);
        g_assert_cmpuint(got.n_aids, ==, q.n_aids);
        g_assert_cmpmem(got.aids, sizeof got.aids, q.aids, sizeof q.aids);
        g_assert_cmpuint(got.flags, ==, q.flags);
        g_assert_cmpint(got.which, ==, q.which);
        g_assert_cmpuint(got.n_makes, ==, q.n_makes);
        g_assert_cmpmem(got.makes, sizeof got.makes, q.makes, sizeof q.makes);
        g_assert_cmpuint(got.about, ==, q.about);
        g_assert_cmpuint(got.how, ==, q.how);
        for (gsize cut = 0; cut < len; cut++) {
            n2_err err = read_request(&got, bytes, cut);
            g_assert_true(err || (has_rest && cut >= len - sizeof text));
            if (cut >= 5 && err) { /* who asked is known, so it can be told */
                g_assert_cmpuint(got.id, ==, q.id);
                g_assert_cmpint(got.kind, ==, kind);
                g_assert_cmpuint(got.suite, ==, 0);
            }
        }
        g_assert_cmpint(read_request(&got, bytes, len + 1), ==,
                        has_rest ? N2_OK : N2_ERR_TRAILING);
        for (gsize room = 0; room < len; room++)
            g_assert_cmpint(n2_keys_request_write(&q, bytes, room, &len), ==, N2_ERR_NOSPACE);
    }
}

static void
test_wrong_requests(void)
{
    g_autofree guint8 *bytes = g_malloc0(ROOM);
    n2_keys_request q = request(N2_KEYS_NEW), got;
    gsize len;

    q.label[0] = '\0';
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_ERR_FORMAT);
    q.kind = (n2_keys_kind)0;
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_ERR_FORMAT);
    q = request(N2_KEYS_ES);
    q.suite = 3;
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_ERR_FORMAT);

    q = request(N2_KEYS_NEW);
    q.n_keys = 0;
    q.method = 0;
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_OK);
    for (guint kind = 0; kind < 256; kind++) {
        bytes[4] = (guint8)kind;
        if (kind < N2_KEYS_NEW || kind > N2_KEYS_KIND_LAST)
            g_assert_cmpint(read_request(&got, bytes, len), ==, N2_ERR_FORMAT);
    }
    bytes[4] = N2_KEYS_NEW;
    for (guint n = 0; n < 256; n++) { /* the label's length; only the true one fits */
        bytes[5] = (guint8)n;
        g_assert_cmpint(read_request(&got, bytes, len), ==,
                        n == 2                                 ? N2_OK
                        : n == 1                               ? N2_ERR_TRAILING
                        : n <= 4 || n > N2_OWN_LABEL_BYTES_MAX ? N2_ERR_FORMAT
                                                               : N2_ERR_TRUNCATED);
    }
    bytes[5] = 2;
    bytes[6] = 0;
    g_assert_cmpint(read_request(&got, bytes, len), ==, N2_ERR_FORMAT);
    q = request(N2_KEYS_NODE_KEY);
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_OK);
    bytes[len - 2] = 2; /* neither yes nor no */
    g_assert_cmpint(read_request(&got, bytes, len), ==, N2_ERR_FORMAT);
    bytes[len - 2] = 1;
    bytes[len - 1] = 4; /* a suite that nobody has */
    g_assert_cmpint(read_request(&got, bytes, len), ==, N2_ERR_FORMAT);
    q = request(N2_KEYS_PROVE);
    q.suite = 3;
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_ERR_FORMAT);
    q.suite = 1;
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_OK);
    bytes[5 + N2_ID_BYTES] = 0;
    g_assert_cmpint(read_request(&got, bytes, len), ==, N2_ERR_FORMAT);
    q = request(N2_KEYS_ES);
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_OK);
    bytes[7] = 9;
    g_assert_cmpint(read_request(&got, bytes, len), ==, N2_ERR_FORMAT);
    q = request(N2_KEYS_SIGN);
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_OK);
    g_assert_cmpint(read_request(&got, bytes, N2_KEYRING_MESSAGE_BYTES_MAX), ==, N2_OK);
    g_assert_cmpint(read_request(&got, bytes, N2_KEYRING_MESSAGE_BYTES_MAX + 1), ==,
                    N2_ERR_LIMIT);
}

static void
test_answers(void)
{
    g_autofree guint8 *bytes = g_malloc0(ROOM);
    n2_keys_answer got;
    gsize len;

    for (n2_keys_kind kind = N2_KEYS_NEW; kind <= N2_KEYS_KIND_LAST; kind++) {
        n2_keys_answer a = answer(kind);
        gboolean has_rest = a.statement.len != 0;
        g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_OK);
        g_assert_cmpint(n2_keys_answer_read(&got, bytes, len), ==, N2_OK);
        g_assert_cmpstr(got.label, ==, a.label);
        g_assert_cmpuint(got.n_statements, ==, a.n_statements);
        for (gsize i = 0; i < got.n_statements; i++)
            g_assert_cmpmem(got.statements[i].bytes, got.statements[i].len,
                            a.statements[i].bytes, a.statements[i].len);
        g_assert_cmpmem(got.answer, sizeof got.answer, a.answer, sizeof a.answer);
        g_assert_cmpmem(&got.es, sizeof got.es, &a.es, sizeof a.es);
        g_assert_cmpmem(got.statement.bytes, got.statement.len, a.statement.bytes,
                        a.statement.len);
        g_assert_cmpmem(got.signature.bytes, got.signature.len, a.signature.bytes,
                        a.signature.len);
        g_assert_cmpuint(got.flags, ==, a.flags);
        g_assert_cmpint(got.until_us, ==, a.until_us);
        g_assert_cmpuint(got.n_keys, ==, a.n_keys);
        g_assert_cmpmem(got.keys, sizeof got.keys, a.keys, sizeof a.keys);
        g_assert_cmpuint(got.number, ==, a.number);
        g_assert_cmpuint(got.service, ==, a.service);
        for (gsize cut = 0; cut < len; cut++)
            g_assert_true(read_answer(&got, bytes, cut) ||
                          (has_rest && cut >= len - sizeof text));
        g_assert_cmpint(read_answer(&got, bytes, len + 1), ==,
                        has_rest         ? N2_OK
                        : has_rows(kind) ? N2_ERR_TRUNCATED /* one that began */
                                         : N2_ERR_TRAILING);
        a.err = N2_ERR_REFUSED; /* then nothing more is in it but why */
        a.why = 18;
        g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_OK);
        g_assert_cmpuint(len, ==, 8);
        g_assert_cmpint(read_answer(&got, bytes, len), ==, N2_OK);
        g_assert_cmpint(got.err, ==, N2_ERR_REFUSED);
        g_assert_cmpuint(got.why, ==, 18);
        g_assert_cmpint(read_answer(&got, bytes, len + 1), ==, N2_ERR_TRAILING);
    }
}

static void
test_wrong_answers(void)
{
    g_autofree guint8 *bytes = g_malloc0(ROOM), *large = g_malloc0(70000);
    n2_keys_answer a = answer(N2_KEYS_NEW), got;
    gsize len;

    a.n_statements = N2_KEYS_STATEMENTS_MAX + 1;
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_ERR_FORMAT);
    a = answer(N2_KEYS_NEW);
    a.statements[0] = (n2_slice){large, 65536};
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_ERR_FORMAT);
    a = answer(N2_KEYS_PROVE);
    a.statement = (n2_slice){large, 65536};
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_ERR_FORMAT);
    a.kind = (n2_keys_kind)99;
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_ERR_FORMAT);

    a = answer(N2_KEYS_NEW);
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_OK);
    bytes[4] = 99;
    g_assert_cmpint(read_answer(&got, bytes, len), ==, N2_ERR_FORMAT);
    bytes[4] = N2_KEYS_NEW;
    bytes[6] = 1; /* a number that no error has */
    g_assert_cmpint(read_answer(&got, bytes, len), ==, N2_ERR_FORMAT);
    bytes[6] = 0;
    bytes[7 + 33 + 3] = N2_KEYS_STATEMENTS_MAX + 1;
    g_assert_cmpint(read_answer(&got, bytes, len), ==, N2_ERR_FORMAT);
    for (gsize i = 0; i < sizeof got; i++)
        g_assert_cmphex(((guint8 *)&got)[i], ==, 0);
    a = answer(N2_KEYS_SIGN);
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_OK);
    g_assert_cmpint(read_answer(&got, bytes, N2_KEYRING_MESSAGE_BYTES_MAX + 1), ==,
                    N2_ERR_LIMIT);
}

static n2_keys_token
a_token(void)
{
    n2_keys_token t = {.reader = "a reader 00 00",
                       .aid = {0, 6, 1, 2, 3, 4, 3, 4},
                       .title = "a token",
                       .tries = {3, 0, 255},
                       .flags = N2_KEYS_TOKEN_KEYPAD,
                       .owner = {.method = 1, .hash = {6}}};

    t.keys[0] = (n2_keys_token_key){{.method = N2_KEY_ED448, .bytes = {1}}, 1, 2, 0x01020304};
    t.keys[2] = (n2_keys_token_key){{.method = N2_KEY_P256, .bytes = {2}}, 255, 0, 7};
    return t;
}

/* What is said without being asked; and which kinds bring a pipe. */
static void
test_said(void)
{
    n2_keys_said ask = {.kind = N2_KEYS_ASK,
                        .request = 7,
                        .want = N2_ASK_PIN,
                        .why = 17,
                        .tries = 3,
                        .seconds = 30,
                        .place = a_key(FALSE).place},
                 over = {.kind = N2_KEYS_OVER, .who = {.method = 1, .hash = {5}}},
                 token = {.kind = N2_KEYS_TOKEN, .token = a_token()}, got;
    const n2_keys_said *all[] = {&ask, &over, &token};
    guint8 bytes[256];
    gsize len;

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        const n2_keys_said *said = all[i];
        g_assert_cmpint(n2_keys_said_write(said, bytes, sizeof bytes, &len), ==, N2_OK);
        g_assert_true(n2_keys_is_said(bytes, len));
        g_assert_cmpint(n2_keys_said_read(&got, bytes, len), ==, N2_OK);
        g_assert_cmpmem(&got, sizeof got, said, sizeof *said);
        for (gsize cut = 0; cut < len; cut++)
            g_assert_cmpint(n2_keys_said_read(&got, bytes, cut), !=, N2_OK);
        g_assert_cmpint(n2_keys_said_read(&got, bytes, len + 1), ==, N2_ERR_TRAILING);
        for (gsize room = 0; room < len; room++)
            g_assert_cmpint(n2_keys_said_write(said, bytes, room, &len), ==, N2_ERR_NOSPACE);
    }
    g_assert_cmpint(n2_keys_said_write(&ask, bytes, sizeof bytes, &len), ==, N2_OK);
    for (int want = N2_ASK_PIN; want < N2_ASKS; want++)
        g_assert_true((n2_ask_name((n2_ask_want)want) == NULL) == (want == N2_ASK_DONE));
    g_assert_cmpstr(n2_ask_name(N2_ASK_ADMIN_PIN), ==, "admin-pin");
    g_assert_null(n2_ask_name(N2_ASKS));
    bytes[5] = N2_ASKS;
    g_assert_cmpint(n2_keys_said_read(&got, bytes, len), ==, N2_ERR_FORMAT);
    bytes[4] = N2_KEYS_TELL;
    g_assert_false(n2_keys_is_said(bytes, len));
    g_assert_cmpint(n2_keys_said_read(&got, bytes, len), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_keys_pipe_of(N2_KEYS_UNLOCK), ==, N2_PIPE_IN);
    g_assert_cmpint(n2_keys_pipe_of(N2_KEYS_SHEET_SHOW), ==, N2_PIPE_OUT);
    g_assert_cmpint(n2_keys_pipe_of(N2_KEYS_SIGN), ==, N2_PIPE_NONE);
    g_assert_cmpint(n2_keys_pipe_of((n2_keys_kind)200), ==, N2_PIPE_NONE);
}

/* Rows of tokens, in an answer and said by themselves. */
static void
test_tokens(void)
{
    const n2_keys_token row = a_token(), none = {.reader = "empty", .state = 6};
    guint8 bytes[2048], rows[1024];
    gsize len, n, n_rows;
    n2_keys_token got;
    n2_keys_answer a = {.id = 1, .kind = N2_KEYS_TOKENS, .rows = {rows, 0}}, read;

    g_assert_cmpint(n2_keys_token_write(&row, rows, sizeof rows, &n), ==, N2_OK);
    for (gsize room = 0; room < n; room++)
        g_assert_cmpint(n2_keys_token_write(&row, rows, room, &len), ==, N2_ERR_NOSPACE);
    g_assert_cmpint(n2_keys_token_write(&row, rows, sizeof rows, &n), ==, N2_OK);
    g_assert_cmpint(n2_keys_token_write(&none, rows + n, sizeof rows - n, &n_rows), ==, N2_OK);
    a.rows.len = n + n_rows;
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, sizeof bytes, &len), ==, N2_OK);
    g_assert_cmpint(n2_keys_answer_read(&read, bytes, len), ==, N2_OK);
    g_assert_true(n2_keys_token_next(&read.rows, &got));
    g_assert_cmpmem(&got, sizeof got, &row, sizeof row);
    g_assert_true(n2_keys_token_next(&read.rows, &got));
    g_assert_cmpmem(&got, sizeof got, &none, sizeof none);
    g_assert_false(n2_keys_token_next(&read.rows, &got));
    for (gsize cut = 0; cut < len; cut++) /* whole rows only */
        g_assert_cmpint(read_answer(&read, bytes, cut), ==,
                        cut == 8 || cut == 8 + n ? N2_OK : N2_ERR_TRUNCATED);
    bytes[8 + 1 + 1 + 14 + 8 + 1 + 7 + 3] = 2; /* a flag that nobody knows */
    g_assert_cmpint(read_answer(&read, bytes, len), ==, N2_ERR_FORMAT);

    n2_slice wrong = {rows, n - 1};
    g_assert_false(n2_keys_token_next(&wrong, &got));
    g_assert_cmpuint(wrong.len, ==, 0);
}

/* Each order names a token, slots of tokens only, and nothing that is not known. */
static void
test_wrong_orders(void)
{
    guint8 bytes[512];
    n2_keys_request q = request(N2_KEYS_TOKEN_MAKE), got;
    gsize len;

    g_assert_cmpint(n2_keys_request_write(&q, bytes, sizeof bytes, &len), ==, N2_OK);
    const struct {
        gsize at;
        guint8 byte;
    } wrong[] = {{5, 0}, {5, N2_KEYS_CLONES_MAX + 1}, {14, 16}, {15, 0}, {15, 4}, {16, 0},
                 {16, 4}};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        guint8 was = bytes[wrong[i].at];
        bytes[wrong[i].at] = wrong[i].byte;
        g_assert_cmpint(n2_keys_request_read(&got, bytes, len), ==, N2_ERR_FORMAT);
        bytes[wrong[i].at] = was;
    }
    q.n_makes = 4;
    g_assert_cmpint(n2_keys_request_write(&q, bytes, sizeof bytes, &len), ==, N2_ERR_FORMAT);
    q.n_aids = 0;
    g_assert_cmpint(n2_keys_request_write(&q, bytes, sizeof bytes, &len), ==, N2_ERR_FORMAT);
    q = request(N2_KEYS_TOKEN_PIN);
    g_assert_cmpint(n2_keys_request_write(&q, bytes, sizeof bytes, &len), ==, N2_OK);
    for (guint which = 0; which < 256; which++) {
        bytes[len - 1] = (guint8)which;
        g_assert_cmpint(n2_keys_request_read(&got, bytes, len), ==,
                        which && which < N2_PINS ? N2_OK : N2_ERR_FORMAT);
    }
}

/* A secret says itself where it ends, in whatever pieces it comes. */
static void
test_secrets(void)
{
    static const struct {
        const char *path;
        n2_keys_kind kind;
        const char *bytes;
        gsize len, left; /* bytes that come, and that are the secret's if it is whole */
        n2_err err;
    } rows[] = {
        {"pin", N2_KEYS_TELL, "123456", 7, 6, N2_OK},
        {"pin-cut", N2_KEYS_TELL, "123456", 6, 6, N2_ERR_TRUNCATED},
        {"nothing", N2_KEYS_TELL, "", 0, 0, N2_ERR_TRUNCATED},
        {"empty", N2_KEYS_UNLOCK, "", 1, 0, N2_OK},
        {"two-for-one", N2_KEYS_UNLOCK, "a\0b", 4, 4, N2_ERR_TRAILING},
        {"words", N2_KEYS_SHEET_TEST, "acid bold", 10, 9, N2_OK},
        {"change", N2_KEYS_PASSPHRASE, "old\0new", 8, 7, N2_OK},
        {"first", N2_KEYS_PASSPHRASE, "\0new", 5, 4, N2_OK},
        {"removal", N2_KEYS_PASSPHRASE, "old\0", 5, 4, N2_OK},
        {"old-alone", N2_KEYS_PASSPHRASE, "old", 4, 4, N2_ERR_TRUNCATED}, /* no removal */
        {"new-cut", N2_KEYS_PASSPHRASE, "old\0ne", 6, 6, N2_ERR_TRUNCATED},
        {"three", N2_KEYS_PASSPHRASE, "a\0b\0c", 6, 6, N2_ERR_TRAILING},
        {"of-none", N2_KEYS_SIGN, "a", 2, 2, N2_ERR_USAGE},
        {"outwards", N2_KEYS_SHEET_SHOW, "a", 2, 2, N2_ERR_USAGE},
    };
    g_autofree n2_keys_secret *s = g_new0(n2_keys_secret, 1);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        memset(s, 'x', sizeof *s); /* behind what came is whatever was there */
        memcpy(s->bytes, rows[i].bytes, rows[i].len);
        s->len = rows[i].len;
        g_test_message("%s", rows[i].path);
        g_assert_cmpint(n2_keys_secret_end(s, rows[i].kind), ==, rows[i].err);
        g_assert_cmpuint(s->len, ==, rows[i].left);
    }
    memset(s->bytes, 'x', sizeof s->bytes);
    s->len = sizeof s->bytes;
    g_assert_cmpint(n2_keys_secret_end(s, N2_KEYS_TELL), ==, N2_ERR_LIMIT);
    s->bytes[s->len - 1] = 0;
    g_assert_cmpint(n2_keys_secret_end(s, N2_KEYS_TELL), ==, N2_OK);
    for (n2_keys_kind kind = N2_KEYS_NEW; kind <= N2_KEYS_KIND_LAST; kind++)
        g_assert_cmpint(n2_keys_parts_of(kind) > 0, ==, n2_keys_pipe_of(kind) == N2_PIPE_IN);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keys/messages/requests", test_requests);
    g_test_add_func("/keys/messages/wrong-requests", test_wrong_requests);
    g_test_add_func("/keys/messages/answers", test_answers);
    g_test_add_func("/keys/messages/wrong-answers", test_wrong_answers);
    g_test_add_func("/keys/messages/said", test_said);
    g_test_add_func("/keys/messages/tokens", test_tokens);
    g_test_add_func("/keys/messages/wrong-orders", test_wrong_orders);
    g_test_add_func("/keys/messages/secrets", test_secrets);
    return g_test_run();
}
