/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keys-messages.c - every message between node and keys process: as it was, cut at each
 *                        byte, with one byte more, with each field wrong.
 */
#include <glib.h>
#include <string.h>

#include "keys/request.h"

enum {
    ROOM = N2_KEYRING_MESSAGE_BYTES_MAX + 100
};

static const guint8 text[] = "statement";

static n2_keys_request
request(n2_keys_kind kind)
{
    n2_keys_request q = {.id = 0x01020304, .kind = kind};

    if (kind == N2_KEYS_NEW)
        g_strlcpy(q.label, "me", sizeof q.label);
    if (kind == N2_KEYS_LIST)
        q.index = 0x0506;
    if (kind == N2_KEYS_NODE_KEY || kind == N2_KEYS_SIGN || kind == N2_KEYS_PROVE)
        q.who = (n2_id){.method = 1, .hash = {7}};
    if (kind == N2_KEYS_NODE_KEY || kind == N2_KEYS_ES || kind == N2_KEYS_PROVE)
        q.suite = 2;
    if (kind == N2_KEYS_PROVE)
        memset(q.hash, 8, sizeof q.hash);
    q.fresh = kind == N2_KEYS_NODE_KEY;
    if (kind == N2_KEYS_ES) {
        q.key_id = 0x0809;
        memset(q.e, 9, sizeof q.e);
    }
    if (kind == N2_KEYS_SIGN)
        q.body = (n2_slice){text, sizeof text};
    return q;
}

static n2_keys_answer
answer(n2_keys_kind kind)
{
    n2_keys_answer a = {.id = 0x01020304, .kind = kind};

    if (kind == N2_KEYS_NEW || kind == N2_KEYS_LIST) {
        a.who = (n2_id){.method = 1, .hash = {7}};
        g_strlcpy(a.label, "me", sizeof a.label);
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
    if (kind == N2_KEYS_SIGN || kind == N2_KEYS_PROVE)
        a.statement = (n2_slice){text, sizeof text};
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

    for (n2_keys_kind kind = N2_KEYS_NEW; kind <= N2_KEYS_PROVE; kind++) {
        n2_keys_request q = request(kind);
        gboolean has_rest = kind == N2_KEYS_SIGN;
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
    g_assert_cmpint(n2_keys_request_write(&q, bytes, ROOM, &len), ==, N2_OK);
    for (guint kind = 0; kind < 256; kind++) {
        bytes[4] = (guint8)kind;
        if (kind < N2_KEYS_NEW || kind > N2_KEYS_PROVE)
            g_assert_cmpint(read_request(&got, bytes, len), ==, N2_ERR_FORMAT);
    }
    bytes[4] = N2_KEYS_NEW;
    for (guint n = 0; n < 256; n++) { /* the label's length; only the true one fits */
        bytes[5] = (guint8)n;
        g_assert_cmpint(read_request(&got, bytes, len), ==,
                        n == 2                                 ? N2_OK
                        : n == 1                               ? N2_ERR_TRAILING
                        : n == 0 || n > N2_OWN_LABEL_BYTES_MAX ? N2_ERR_FORMAT
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

    for (n2_keys_kind kind = N2_KEYS_NEW; kind <= N2_KEYS_PROVE; kind++) {
        n2_keys_answer a = answer(kind);
        gboolean has_rest = kind == N2_KEYS_SIGN || kind == N2_KEYS_PROVE;
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
        for (gsize cut = 0; cut < len; cut++)
            g_assert_true(read_answer(&got, bytes, cut) ||
                          (has_rest && cut >= len - sizeof text));
        g_assert_cmpint(read_answer(&got, bytes, len + 1), ==,
                        has_rest ? N2_OK : N2_ERR_TRAILING);
        a.err = N2_ERR_REFUSED; /* then nothing more is in it */
        g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_OK);
        g_assert_cmpuint(len, ==, 7);
        g_assert_cmpint(read_answer(&got, bytes, len), ==, N2_OK);
        g_assert_cmpint(got.err, ==, N2_ERR_REFUSED);
        g_assert_cmpint(read_answer(&got, bytes, len + 1), ==, N2_ERR_TRAILING);
    }
}

static void
test_wrong_answers(void)
{
    g_autofree guint8 *bytes = g_malloc0(ROOM), *large = g_malloc0(70000);
    n2_keys_answer a = answer(N2_KEYS_NEW), got;
    gsize len;

    a.n_statements = N2_KEYRING_STATEMENTS_MAX + 1;
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
    bytes[7 + 33 + 3] = N2_KEYRING_STATEMENTS_MAX + 1;
    g_assert_cmpint(read_answer(&got, bytes, len), ==, N2_ERR_FORMAT);
    for (gsize i = 0; i < sizeof got; i++)
        g_assert_cmphex(((guint8 *)&got)[i], ==, 0);
    a = answer(N2_KEYS_SIGN);
    g_assert_cmpint(n2_keys_answer_write(&a, bytes, ROOM, &len), ==, N2_OK);
    g_assert_cmpint(read_answer(&got, bytes, N2_KEYRING_MESSAGE_BYTES_MAX + 1), ==,
                    N2_ERR_LIMIT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keys/messages/requests", test_requests);
    g_test_add_func("/keys/messages/wrong-requests", test_wrong_requests);
    g_test_add_func("/keys/messages/answers", test_answers);
    g_test_add_func("/keys/messages/wrong-answers", test_wrong_answers);
    return g_test_run();
}
