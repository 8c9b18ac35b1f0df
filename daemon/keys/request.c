/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * request.c - requests to the keys process and its answers, as bytes.
 */
#include "keys/request.h"

#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

static bool
kind_known(unsigned kind)
{
    return kind >= N2_KEYS_NEW && kind <= N2_KEYS_PROVE;
}

static void
write_label(n2_writer *w, const char *label)
{
    size_t len = strlen(label);

    if (!len || len > N2_OWN_LABEL_BYTES_MAX)
        n2_writer_fail(w, N2_ERR_FORMAT);
    n2_write_u8(w, (uint8_t)len);
    n2_write_bytes(w, label, len);
}

/* Text is checked where it is put into a box; here only that it is a C string. */
static void
read_label(n2_reader *r, char label[static N2_OWN_LABEL_BYTES_MAX + 1])
{
    size_t len = n2_read_u8(r);

    if (!len || len > N2_OWN_LABEL_BYTES_MAX)
        n2_reader_fail(r, N2_ERR_FORMAT);
    const uint8_t *bytes = n2_read_bytes(r, len);
    if (!bytes)
        return;
    if (memchr(bytes, 0, len))
        n2_reader_fail(r, N2_ERR_FORMAT);
    memcpy(label, bytes, len);
    label[len] = 0;
}

static void
write_id(n2_writer *w, const n2_id *id)
{
    n2_write_u8(w, id->method);
    n2_write_bytes(w, id->hash, sizeof id->hash);
}

static void
read_id(n2_reader *r, n2_id *id)
{
    id->method = n2_read_u8(r);
    n2_read_copy(r, id->hash, sizeof id->hash);
}

static n2_slice
read_rest(n2_reader *r)
{
    size_t len = n2_reader_left(r);

    return (n2_slice){n2_read_bytes(r, len), len};
}

n2_err
n2_keys_request_write(const n2_keys_request *request, void *buf, size_t cap, size_t *len)
{
    n2_writer w = n2_writer_init(buf, cap);
    const n2_noise_suite *suite = n2_noise_suite_find(request->suite);

    n2_write_u32(&w, request->id);
    n2_write_u8(&w, (uint8_t)request->kind);
    switch (request->kind) {
    case N2_KEYS_NEW:
        write_label(&w, request->label);
        break;
    case N2_KEYS_LIST:
        n2_write_u16(&w, request->index);
        break;
    case N2_KEYS_NODE_KEY:
        write_id(&w, &request->who);
        n2_write_u8(&w, request->suite);
        n2_write_u8(&w, request->fresh);
        n2_write_u8(&w, request->offers);
        break;
    case N2_KEYS_ES:
        if (!suite)
            return N2_ERR_FORMAT;
        n2_write_u16(&w, request->key_id);
        n2_write_u8(&w, request->suite);
        n2_write_bytes(&w, request->e, suite->dh_bytes);
        break;
    case N2_KEYS_SIGN:
        write_id(&w, &request->who);
        n2_write_bytes(&w, request->body.bytes, request->body.len);
        break;
    case N2_KEYS_PROVE:
        if (!suite)
            return N2_ERR_FORMAT;
        write_id(&w, &request->who);
        n2_write_u8(&w, request->suite);
        n2_write_bytes(&w, request->hash, sizeof request->hash);
        break;
    case N2_KEYS_WIPE:
        break;
    default:
        return N2_ERR_FORMAT;
    }
    return n2_writer_finish(&w, len);
}

n2_err
n2_keys_request_read(n2_keys_request *out, const void *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_keys_request q = {0};
    const n2_noise_suite *suite;
    uint8_t fresh;

    q.id = n2_read_u32(&r);
    unsigned kind = n2_read_u8(&r);
    if (len > N2_KEYRING_MESSAGE_BYTES_MAX)
        n2_reader_fail(&r, N2_ERR_LIMIT);
    if (!kind_known(kind))
        n2_reader_fail(&r, N2_ERR_FORMAT);
    else
        q.kind = (n2_keys_kind)kind;
    n2_keys_request head = q;
    switch (q.kind) {
    case N2_KEYS_NEW:
        read_label(&r, q.label);
        break;
    case N2_KEYS_LIST:
        q.index = n2_read_u16(&r);
        break;
    case N2_KEYS_NODE_KEY:
        read_id(&r, &q.who);
        q.suite = n2_read_u8(&r);
        fresh = n2_read_u8(&r);
        if (fresh > 1)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        q.fresh = fresh;
        q.offers = n2_read_u8(&r);
        if (q.offers & ~N2_SUITES_ALL)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    case N2_KEYS_ES:
        q.key_id = n2_read_u16(&r);
        q.suite = n2_read_u8(&r);
        suite = n2_noise_suite_find(q.suite);
        if (!suite)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        n2_read_copy(&r, q.e, suite ? suite->dh_bytes : 0);
        break;
    case N2_KEYS_SIGN:
        read_id(&r, &q.who);
        q.body = read_rest(&r);
        break;
    case N2_KEYS_PROVE:
        read_id(&r, &q.who);
        q.suite = n2_read_u8(&r);
        if (!n2_noise_suite_find(q.suite))
            n2_reader_fail(&r, N2_ERR_FORMAT);
        n2_read_copy(&r, q.hash, sizeof q.hash);
        break;
    case N2_KEYS_WIPE:
    default:
        break;
    }
    n2_err err = n2_reader_finish(&r);
    *out = err ? head : q;
    return err;
}

n2_err
n2_keys_answer_write(const n2_keys_answer *answer, void *buf, size_t cap, size_t *len)
{
    n2_writer w = n2_writer_init(buf, cap);

    n2_write_u32(&w, answer->id);
    n2_write_u8(&w, (uint8_t)answer->kind);
    n2_write_u16(&w, (uint16_t)answer->err);
    if (answer->err)
        return n2_writer_finish(&w, len);
    switch (answer->kind) {
    case N2_KEYS_NEW:
    case N2_KEYS_LIST:
        write_id(&w, &answer->who);
        write_label(&w, answer->label);
        if (answer->n_statements > N2_KEYRING_STATEMENTS_MAX)
            return N2_ERR_FORMAT;
        n2_write_u8(&w, (uint8_t)answer->n_statements);
        for (size_t i = 0; i < answer->n_statements; i++) {
            if (answer->statements[i].len > UINT16_MAX)
                return N2_ERR_FORMAT;
            n2_write_u16(&w, (uint16_t)answer->statements[i].len);
            n2_write_bytes(&w, answer->statements[i].bytes, answer->statements[i].len);
        }
        break;
    case N2_KEYS_NODE_KEY:
        n2_write_u16(&w, answer->key_id);
        n2_write_u8(&w, answer->suite);
        n2_write_bytes(&w, answer->answer, answer->answer_len);
        break;
    case N2_KEYS_ES:
        n2_write_bytes(&w, answer->es.ck, sizeof answer->es.ck);
        n2_write_bytes(&w, answer->es.k, sizeof answer->es.k);
        break;
    case N2_KEYS_SIGN:
        n2_write_bytes(&w, answer->statement.bytes, answer->statement.len);
        break;
    case N2_KEYS_PROVE:
        if (answer->statement.len > UINT16_MAX)
            return N2_ERR_FORMAT;
        n2_write_u16(&w, (uint16_t)answer->statement.len);
        n2_write_bytes(&w, answer->statement.bytes, answer->statement.len);
        n2_write_bytes(&w, answer->signature.bytes, answer->signature.len);
        break;
    case N2_KEYS_WIPE:
        break;
    default:
        return N2_ERR_FORMAT;
    }
    return n2_writer_finish(&w, len);
}

static void
read_statements(n2_reader *r, n2_keys_answer *a)
{
    size_t n = n2_read_u8(r);

    if (n > N2_KEYRING_STATEMENTS_MAX) {
        n2_reader_fail(r, N2_ERR_FORMAT);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t len = n2_read_u16(r);
        a->statements[i] = (n2_slice){n2_read_bytes(r, len), len};
    }
    a->n_statements = n;
}

/* What an answer without error holds. */
static void
read_result(n2_reader *r, n2_keys_answer *a)
{
    switch (a->kind) {
    case N2_KEYS_NEW:
    case N2_KEYS_LIST:
        read_id(r, &a->who);
        read_label(r, a->label);
        read_statements(r, a);
        break;
    case N2_KEYS_NODE_KEY:
        a->key_id = n2_read_u16(r);
        a->suite = n2_read_u8(r);
        a->answer_len = a->suite == N2_SUITE_2 ? N2_ANSWER_BYTES_MAX : N2_ANSWER_BYTES;
        n2_read_copy(r, a->answer, a->answer_len);
        break;
    case N2_KEYS_ES:
        n2_read_copy(r, a->es.ck, sizeof a->es.ck);
        n2_read_copy(r, a->es.k, sizeof a->es.k);
        break;
    case N2_KEYS_SIGN:
        a->statement = read_rest(r);
        break;
    case N2_KEYS_PROVE:
        a->statement.len = n2_read_u16(r);
        a->statement.bytes = n2_read_bytes(r, a->statement.len);
        a->signature = read_rest(r);
        break;
    case N2_KEYS_WIPE:
    default:
        break;
    }
}

n2_err
n2_keys_answer_read(n2_keys_answer *out, const void *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_keys_answer a = {0};

    *out = a;
    if (len > N2_KEYRING_MESSAGE_BYTES_MAX)
        n2_reader_fail(&r, N2_ERR_LIMIT);
    a.id = n2_read_u32(&r);
    unsigned kind = n2_read_u8(&r);
    int number = (int16_t)n2_read_u16(&r);
    if (!kind_known(kind))
        n2_reader_fail(&r, N2_ERR_FORMAT);
    a.kind = (n2_keys_kind)kind;
    a.err = n2_err_from_int(number);
    if (a.err != number)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    if (!a.err && !r.err)
        read_result(&r, &a);
    n2_err err = n2_reader_finish(&r);
    if (!err)
        *out = a;
    return err;
}
