/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * request-parts.c - a table says of which parts a kind consists; each small part is written and
 *                   read at one place.
 */
#include "keys/request-parts.h"

#include <string.h>

static const n2_keys_shape shapes[] = {
    [N2_KEYS_NEW] = {ASK_LABEL | ASK_METHOD | ASK_TOKENS, SAY_OWN, N2_PIPE_NONE},
    [N2_KEYS_LIST] = {ASK_INDEX, SAY_OWN, N2_PIPE_NONE},
    [N2_KEYS_NODE_KEY] = {ASK_WHO | ASK_SUITE | ASK_RENEW, SAY_NODE_KEY, N2_PIPE_NONE},
    [N2_KEYS_ES] = {ASK_KEY_ID | ASK_SUITE | ASK_E, SAY_ES, N2_PIPE_NONE},
    [N2_KEYS_SIGN] = {ASK_WHO | ASK_BODY, SAY_STATEMENT, N2_PIPE_NONE},
    [N2_KEYS_WIPE] = {0, 0, N2_PIPE_NONE},
    [N2_KEYS_PROVE] = {ASK_WHO | ASK_SUITE | ASK_HASH, SAY_PROOF, N2_PIPE_NONE},
    [N2_KEYS_STATE] = {ASK_WHO, SAY_STATE, N2_PIPE_NONE},
    [N2_KEYS_LOGIN] = {ASK_WHO | ASK_HOURS, SAY_UNTIL, N2_PIPE_NONE},
    [N2_KEYS_LOGOUT] = {ASK_WHO, 0, N2_PIPE_NONE},
    [N2_KEYS_SHEET_SHOW] = {ASK_WHO, 0, N2_PIPE_OUT},
    [N2_KEYS_SHEET_TEST] = {ASK_WHO, 0, N2_PIPE_IN},
    [N2_KEYS_PASSPHRASE] = {0, 0, N2_PIPE_IN},
    [N2_KEYS_UNLOCK] = {0, 0, N2_PIPE_IN},
    [N2_KEYS_END] = {ASK_WHO | ASK_SUCCESSOR | ASK_BODY, SAY_STATEMENT, N2_PIPE_IN},
    [N2_KEYS_ADD] = {ASK_LABEL | ASK_WHO | ASK_KEY | ASK_RIGHTS, SAY_STATEMENT, N2_PIPE_NONE},
    [N2_KEYS_REMOVE] = {ASK_WHO | ASK_KEY | ASK_REASON, SAY_PIECES, N2_PIPE_NONE},
    [N2_KEYS_DRAW] = {ASK_LABEL, SAY_KEYS, N2_PIPE_NONE},
    [N2_KEYS_JOIN] = {ASK_FIRST | ASK_BODY, SAY_OWN, N2_PIPE_NONE},
    [N2_KEYS_TAKE] = {ASK_WHO | ASK_BODY, 0, N2_PIPE_NONE},
    [N2_KEYS_ACCOUNT] = {ASK_WHO | ASK_HASH | ASK_SITE, SAY_NUMBER | SAY_STATEMENT,
                         N2_PIPE_NONE},
    [N2_KEYS_TELL] = {ASK_ABOUT, 0, N2_PIPE_IN},
    [N2_KEYS_TOKENS] = {0, SAY_SERVICE | SAY_ROWS, N2_PIPE_NONE},
    [N2_KEYS_TOKEN_MAKE] = {ASK_AIDS | ASK_MAKES, SAY_ROWS, N2_PIPE_NONE},
    [N2_KEYS_TOKEN_PIN] = {ASK_AIDS | ASK_WHICH, 0, N2_PIPE_NONE},
    [N2_KEYS_TOKEN_TOUCH] = {ASK_AIDS | ASK_MAKES, 0, N2_PIPE_NONE},
    [N2_KEYS_TOKEN_CLONE] = {ASK_AIDS | ASK_MAKES, SAY_ROWS, N2_PIPE_NONE},
    [N2_KEYS_FRESH] = {ASK_WHO, SAY_STATEMENT, N2_PIPE_NONE},
    [N2_KEYS_VOUCH] = {ASK_WHO | ASK_SUBJECT | ASK_DAYS | ASK_BODY, SAY_STATEMENT,
                       N2_PIPE_NONE},
    [N2_KEYS_CONTROL] = {ASK_LABEL | ASK_WHO | ASK_DAYS | ASK_TOKENS | ASK_DROPS, SAY_PIECES,
                         N2_PIPE_NONE},
    [N2_KEYS_ADMIT] = {ASK_LABEL | ASK_WHO | ASK_DAYS | ASK_TOKENS, SAY_OWN, N2_PIPE_NONE},
    [N2_KEYS_ENTER] = {ASK_LABEL | ASK_WHO | ASK_TOKENS | ASK_BODY, SAY_OWN, N2_PIPE_NONE},
    [N2_KEYS_VAULT] = {ASK_WHO, SAY_STATEMENT, N2_PIPE_NONE},
    [N2_KEYS_PULL] = {ASK_REASON, 0, N2_PIPE_NONE},
    [N2_KEYS_ZONE] = {ASK_LABEL | ASK_WHO, SAY_STATEMENT, N2_PIPE_NONE},
};

_Static_assert(sizeof shapes / sizeof *shapes == N2_KEYS_KIND_LAST + 1, "one for each kind");

const n2_keys_shape *
n2_keys_shape_of(unsigned kind)
{
    return kind && kind < sizeof shapes / sizeof *shapes ? &shapes[kind] : NULL;
}

n2_keys_pipe
n2_keys_pipe_of(n2_keys_kind kind)
{
    const n2_keys_shape *s = n2_keys_shape_of(kind);

    return s ? s->pipe : N2_PIPE_NONE;
}

void
n2_keys_write_text(n2_writer *w, const char *text, size_t min, size_t max)
{
    size_t len = strlen(text);

    if (len < min || len > max)
        n2_writer_fail(w, N2_ERR_FORMAT);
    n2_write_u8(w, (uint8_t)len);
    n2_write_bytes(w, text, len);
}

void
n2_keys_read_text(n2_reader *r, char *text, size_t min, size_t max)
{
    size_t len = n2_read_u8(r);

    if (len < min || len > max)
        n2_reader_fail(r, N2_ERR_FORMAT);
    const uint8_t *bytes = n2_read_bytes(r, len);
    if (!bytes || r->err)
        return;
    if (memchr(bytes, 0, len))
        n2_reader_fail(r, N2_ERR_FORMAT);
    memcpy(text, bytes, len);
    text[len] = 0;
}

void
n2_keys_write_id(n2_writer *w, const n2_id *id)
{
    n2_write_u8(w, id->method);
    n2_write_bytes(w, id->hash, sizeof id->hash);
}

void
n2_keys_read_id(n2_reader *r, n2_id *id)
{
    id->method = n2_read_u8(r);
    n2_read_copy(r, id->hash, sizeof id->hash);
}

void
n2_keys_write_key(n2_writer *w, const n2_key *key)
{
    size_t len = n2_key_bytes(key->method);

    if (!len)
        n2_writer_fail(w, N2_ERR_FORMAT);
    n2_write_u8(w, key->method);
    n2_write_bytes(w, key->bytes, len);
}

void
n2_keys_read_key(n2_reader *r, n2_key *key)
{
    key->method = n2_read_u8(r);
    size_t len = n2_key_bytes(key->method);

    if (!len)
        n2_reader_fail(r, N2_ERR_FORMAT);
    n2_read_copy(r, key->bytes, len);
}

void
n2_keys_write_rights(n2_writer *w, uint32_t rights)
{
    if (rights & ~(uint32_t)N2_RIGHTS_ALL)
        n2_writer_fail(w, N2_ERR_FORMAT);
    n2_write_u8(w, (uint8_t)rights);
}

uint32_t
n2_keys_read_rights(n2_reader *r)
{
    uint8_t rights = n2_read_u8(r);

    if (rights & ~N2_RIGHTS_ALL)
        n2_reader_fail(r, N2_ERR_FORMAT);
    return rights;
}

void
n2_keys_write_place(n2_writer *w, const n2_keys_place *place)
{
    n2_write_u8(w, (uint8_t)place->slot);
    if (place->slot == N2_PLACE_HERE)
        return;
    n2_write_bytes(w, place->aid, sizeof place->aid);
    n2_keys_write_text(w, place->name, 0, N2_KEYS_NAME_BYTES_MAX);
}

void
n2_keys_read_place(n2_reader *r, n2_keys_place *place)
{
    uint8_t slot = n2_read_u8(r);

    if (slot >= N2_PLACES)
        n2_reader_fail(r, N2_ERR_FORMAT);
    place->slot = (n2_keys_slot)slot;
    if (slot == N2_PLACE_HERE)
        return;
    n2_read_copy(r, place->aid, sizeof place->aid);
    n2_keys_read_text(r, place->name, 0, N2_KEYS_NAME_BYTES_MAX);
}

void
n2_keys_write_keys(n2_writer *w, const n2_keys_own_key *keys, size_t n, bool has_life)
{
    if (n > N2_KEYRING_KEYS_MAX)
        n2_writer_fail(w, N2_ERR_FORMAT);
    n2_write_u8(w, (uint8_t)n);
    for (size_t i = 0; i < n && !w->err; i++) {
        n2_keys_write_key(w, &keys[i].key);
        n2_keys_write_rights(w, keys[i].rights);
        if (has_life) {
            n2_write_u64(w, (uint64_t)keys[i].from_us);
            n2_write_u64(w, (uint64_t)keys[i].until_us);
        }
        n2_keys_write_place(w, &keys[i].place);
    }
}

size_t
n2_keys_read_keys(n2_reader *r, n2_keys_own_key *keys, bool has_life)
{
    size_t n = n2_read_u8(r);

    if (n > N2_KEYRING_KEYS_MAX)
        n2_reader_fail(r, N2_ERR_FORMAT);
    for (size_t i = 0; i < n && !r->err; i++) {
        n2_keys_read_key(r, &keys[i].key);
        keys[i].rights = n2_keys_read_rights(r);
        if (has_life) {
            keys[i].from_us = (int64_t)n2_read_u64(r);
            keys[i].until_us = (int64_t)n2_read_u64(r);
        }
        n2_keys_read_place(r, &keys[i].place);
    }
    return n;
}

void
n2_keys_write_piece(n2_writer *w, n2_slice piece)
{
    if (piece.len > UINT16_MAX)
        n2_writer_fail(w, N2_ERR_FORMAT);
    n2_write_u16(w, (uint16_t)piece.len);
    n2_write_bytes(w, piece.bytes, piece.len);
}

n2_slice
n2_keys_read_piece(n2_reader *r)
{
    size_t len = n2_read_u16(r);

    return (n2_slice){n2_read_bytes(r, len), len};
}

n2_slice
n2_keys_read_rest(n2_reader *r)
{
    size_t len = n2_reader_left(r);

    return (n2_slice){n2_read_bytes(r, len), len};
}

/* ---- rows of tokens ---- */

static void
write_token_key(n2_writer *w, const n2_keys_token_key *key)
{
    n2_write_u8(w, key->key.method != 0);
    if (key->key.method)
        n2_keys_write_key(w, &key->key);
    n2_write_u8(w, key->touch);
    n2_write_u8(w, key->origin);
    n2_write_u32(w, key->made_s);
}

static void
read_token_key(n2_reader *r, n2_keys_token_key *key)
{
    uint8_t has_key = n2_read_u8(r);

    if (has_key > 1)
        n2_reader_fail(r, N2_ERR_FORMAT);
    if (has_key)
        n2_keys_read_key(r, &key->key);
    key->touch = n2_read_u8(r);
    key->origin = n2_read_u8(r);
    key->made_s = n2_read_u32(r);
}

void
n2_keys_write_row(n2_writer *w, const n2_keys_token *token)
{
    n2_write_u8(w, token->state);
    n2_keys_write_text(w, token->reader, 0, N2_KEYS_READER_BYTES_MAX);
    if (token->state)
        return;
    n2_write_bytes(w, token->aid, sizeof token->aid);
    n2_keys_write_text(w, token->title, 0, N2_KEYS_NAME_BYTES_MAX);
    n2_write_bytes(w, token->tries, sizeof token->tries);
    n2_write_u8(w, token->flags);
    n2_keys_write_id(w, &token->owner);
    for (unsigned i = 0; i < 3; i++)
        write_token_key(w, &token->keys[i]);
}

void
n2_keys_read_row(n2_reader *r, n2_keys_token *token)
{
    token->state = n2_read_u8(r);
    n2_keys_read_text(r, token->reader, 0, N2_KEYS_READER_BYTES_MAX);
    if (token->state)
        return;
    n2_read_copy(r, token->aid, sizeof token->aid);
    n2_keys_read_text(r, token->title, 0, N2_KEYS_NAME_BYTES_MAX);
    n2_read_copy(r, token->tries, sizeof token->tries);
    token->flags = n2_read_u8(r);
    if (token->flags & ~N2_KEYS_TOKEN_FLAGS_ALL)
        n2_reader_fail(r, N2_ERR_FORMAT);
    n2_keys_read_id(r, &token->owner);
    for (unsigned i = 0; i < 3; i++)
        read_token_key(r, &token->keys[i]);
}

n2_err
n2_keys_token_write(const n2_keys_token *token, void *buf, size_t cap, size_t *len)
{
    n2_writer w = n2_writer_init(buf, cap);

    n2_keys_write_row(&w, token);
    return n2_writer_finish(&w, len);
}

bool
n2_keys_token_next(n2_slice *rows, n2_keys_token *token)
{
    n2_reader r = n2_reader_init(rows->bytes, rows->len);

    *token = (n2_keys_token){0};
    if (!rows->len)
        return false;
    n2_keys_read_row(&r, token);
    if (r.err) {
        *token = (n2_keys_token){0};
        *rows = (n2_slice){0};
        return false;
    }
    size_t left = n2_reader_left(&r);
    *rows = (n2_slice){rows->bytes + (rows->len - left), left};
    return true;
}
