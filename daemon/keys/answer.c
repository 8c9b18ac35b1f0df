/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * answer.c - answers of the keys process, and what it says without being asked, as bytes.
 */
#include <string.h>

#include "keys/ask.h"
#include "keys/request-parts.h"

static void
write_own(n2_writer *w, const n2_keys_answer *a)
{
    n2_keys_write_id(w, &a->who);
    n2_keys_write_text(w, a->label, 1, N2_OWN_LABEL_BYTES_MAX);
}

static void
write_pieces(n2_writer *w, const n2_keys_answer *a)
{
    if (a->n_statements > N2_KEYS_STATEMENTS_MAX) {
        n2_writer_fail(w, N2_ERR_FORMAT);
        return;
    }
    n2_write_u8(w, (uint8_t)a->n_statements);
    for (size_t i = 0; i < a->n_statements; i++)
        n2_keys_write_piece(w, a->statements[i]);
}

n2_err
n2_keys_answer_write(const n2_keys_answer *answer, void *buf, size_t cap, size_t *len)
{
    n2_writer w = n2_writer_init(buf, cap);
    const n2_keys_shape *s = n2_keys_shape_of(answer->kind);

    if (!s)
        return N2_ERR_FORMAT;
    n2_write_u32(&w, answer->id);
    n2_write_u8(&w, (uint8_t)answer->kind);
    n2_write_u16(&w, (uint16_t)answer->err);
    if (answer->err) {
        n2_write_u8(&w, answer->why);
        return n2_writer_finish(&w, len);
    }
    if (s->answers & SAY_OWN)
        write_own(&w, answer);
    if (s->answers & (SAY_OWN | SAY_PIECES))
        write_pieces(&w, answer);
    if (s->answers & SAY_NODE_KEY) {
        n2_write_u16(&w, answer->key_id);
        n2_write_u8(&w, answer->suite);
        n2_write_bytes(&w, answer->answer, answer->answer_len);
    }
    if (s->answers & SAY_ES) {
        n2_write_bytes(&w, answer->es.ck, sizeof answer->es.ck);
        n2_write_bytes(&w, answer->es.k, sizeof answer->es.k);
    }
    if (s->answers & SAY_PROOF) {
        n2_keys_write_piece(&w, answer->statement);
        n2_write_bytes(&w, answer->signature.bytes, answer->signature.len);
    }
    if (s->answers & SAY_STATE)
        n2_write_u8(&w, answer->flags);
    if (s->answers & (SAY_STATE | SAY_UNTIL))
        n2_write_u64(&w, (uint64_t)answer->until_us);
    if (s->answers & SAY_STATE)
        n2_keys_write_keys(&w, answer->keys, answer->n_keys, true);
    if (s->answers & SAY_KEYS)
        n2_keys_write_keys(&w, answer->keys, answer->n_keys, false);
    if (s->answers & SAY_NUMBER)
        n2_write_u32(&w, answer->number);
    if (s->answers & SAY_SERVICE)
        n2_write_u8(&w, answer->service);
    if (s->answers & SAY_ROWS)
        n2_write_bytes(&w, answer->rows.bytes, answer->rows.len);
    if (s->answers & SAY_STATEMENT)
        n2_write_bytes(&w, answer->statement.bytes, answer->statement.len);
    return n2_writer_finish(&w, len);
}

static void
read_own(n2_reader *r, n2_keys_answer *a)
{
    n2_keys_read_id(r, &a->who);
    n2_keys_read_text(r, a->label, 1, N2_OWN_LABEL_BYTES_MAX);
}

static void
read_pieces(n2_reader *r, n2_keys_answer *a)
{
    size_t n = n2_read_u8(r);

    if (n > N2_KEYS_STATEMENTS_MAX) {
        n2_reader_fail(r, N2_ERR_FORMAT);
        return;
    }
    for (size_t i = 0; i < n; i++)
        a->statements[i] = n2_keys_read_piece(r);
    a->n_statements = n;
}

/* The rest; each row of it is one. */
static n2_slice
read_rows(n2_reader *r)
{
    n2_slice rows = n2_keys_read_rest(r);
    n2_reader each = n2_reader_init(rows.bytes, rows.len);
    n2_keys_token row;

    while (!each.err && n2_reader_left(&each)) {
        row = (n2_keys_token){0};
        n2_keys_read_row(&each, &row);
    }
    if (each.err)
        n2_reader_fail(r, each.err);
    return rows;
}

/* What an answer without error holds. */
static void
read_result(n2_reader *r, const n2_keys_shape *s, n2_keys_answer *a)
{
    if (s->answers & SAY_OWN)
        read_own(r, a);
    if (s->answers & (SAY_OWN | SAY_PIECES))
        read_pieces(r, a);
    if (s->answers & SAY_NODE_KEY) {
        a->key_id = n2_read_u16(r);
        a->suite = n2_read_u8(r);
        a->answer_len = a->suite == N2_SUITE_2 ? N2_ANSWER_BYTES_MAX : N2_ANSWER_BYTES;
        n2_read_copy(r, a->answer, a->answer_len);
    }
    if (s->answers & SAY_ES) {
        n2_read_copy(r, a->es.ck, sizeof a->es.ck);
        n2_read_copy(r, a->es.k, sizeof a->es.k);
    }
    if (s->answers & SAY_PROOF) {
        a->statement = n2_keys_read_piece(r);
        a->signature = n2_keys_read_rest(r);
    }
    if (s->answers & SAY_STATE) {
        a->flags = n2_read_u8(r);
        if (a->flags & ~N2_OWN_FLAGS_ALL)
            n2_reader_fail(r, N2_ERR_FORMAT);
    }
    if (s->answers & (SAY_STATE | SAY_UNTIL))
        a->until_us = (int64_t)n2_read_u64(r);
    if (s->answers & SAY_STATE)
        a->n_keys = n2_keys_read_keys(r, a->keys, true);
    if (s->answers & SAY_KEYS)
        a->n_keys = n2_keys_read_keys(r, a->keys, false);
    if (s->answers & SAY_NUMBER)
        a->number = n2_read_u32(r);
    if (s->answers & SAY_SERVICE)
        a->service = n2_read_u8(r);
    if (s->answers & SAY_ROWS)
        a->rows = read_rows(r);
    if (s->answers & SAY_STATEMENT)
        a->statement = n2_keys_read_rest(r);
}

n2_err
n2_keys_answer_read(n2_keys_answer *out, const void *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);

    *out = (n2_keys_answer){0};
    if (len > N2_KEYRING_MESSAGE_BYTES_MAX)
        n2_reader_fail(&r, N2_ERR_LIMIT);
    out->id = n2_read_u32(&r);
    unsigned kind = n2_read_u8(&r);
    int number = (int16_t)n2_read_u16(&r);
    const n2_keys_shape *s = n2_keys_shape_of(kind);
    if (!s)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    out->kind = (n2_keys_kind)kind;
    out->err = n2_err_from_int(number);
    if (out->err != number)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    if (out->err)
        out->why = n2_read_u8(&r);
    else if (!r.err)
        read_result(&r, s, out);
    n2_err err = n2_reader_finish(&r);
    if (err)
        *out = (n2_keys_answer){0};
    return err;
}

/* ---- what is said without being asked ---- */

n2_err
n2_keys_said_write(const n2_keys_said *said, void *buf, size_t cap, size_t *len)
{
    n2_writer w = n2_writer_init(buf, cap);

    n2_write_u32(&w, said->kind == N2_KEYS_ASK ? said->request : 0);
    n2_write_u8(&w, (uint8_t)said->kind);
    if (said->kind == N2_KEYS_ASK) {
        n2_write_u8(&w, (uint8_t)said->want);
        n2_write_u8(&w, said->why);
        n2_write_u8(&w, said->tries);
        n2_write_u16(&w, said->seconds);
        n2_keys_write_place(&w, &said->place);
    } else if (said->kind == N2_KEYS_OVER) {
        n2_keys_write_id(&w, &said->who);
    } else if (said->kind == N2_KEYS_TOKEN) {
        n2_keys_write_row(&w, &said->token);
    } else {
        return N2_ERR_FORMAT;
    }
    return n2_writer_finish(&w, len);
}

bool
n2_keys_is_said(const void *bytes, size_t len)
{
    return len >= N2_KEYS_HEAD_BYTES && ((const uint8_t *)bytes)[4] >= N2_KEYS_SAYS;
}

n2_err
n2_keys_said_read(n2_keys_said *out, const void *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_keys_said said = {0};
    uint8_t want;

    said.request = n2_read_u32(&r);
    said.kind = n2_read_u8(&r);
    if (said.kind == N2_KEYS_ASK) {
        want = n2_read_u8(&r);
        if (!want || want >= N2_ASKS)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        said.want = (n2_ask_want)want;
        said.why = n2_read_u8(&r);
        said.tries = n2_read_u8(&r);
        said.seconds = n2_read_u16(&r);
        n2_keys_read_place(&r, &said.place);
    } else if ((said.kind != N2_KEYS_OVER && said.kind != N2_KEYS_TOKEN) || said.request) {
        n2_reader_fail(&r, N2_ERR_FORMAT);
    } else if (said.kind == N2_KEYS_OVER) {
        n2_keys_read_id(&r, &said.who);
    } else {
        n2_keys_read_row(&r, &said.token);
    }
    n2_err err = n2_reader_finish(&r);
    *out = err ? (n2_keys_said){0} : said;
    return err;
}

const char *
n2_ask_name(n2_ask_want want)
{
    static const char *const names[N2_ASKS] = {
        [N2_ASK_PIN] = "pin",
        [N2_ASK_SIGN_PIN] = "sign-pin",
        [N2_ASK_LAST_PIN] = "last-pin",
        [N2_ASK_KEYPAD] = "keypad",
        [N2_ASK_TOUCH] = "touch",
        [N2_ASK_INSERT] = "insert",
        [N2_ASK_PASSPHRASE] = "passphrase",
        [N2_ASK_NEW_PIN] = "new-pin",
        [N2_ASK_ADMIN_PIN] = "admin-pin",
        [N2_ASK_RESET_CODE] = "reset-code",
    };

    return (unsigned)want < N2_ASKS ? names[want] : NULL;
}
