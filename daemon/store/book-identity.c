/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * book-identity.c - the statements that make an identity, kept as one set.
 *
 * Rows of kind 0 say when a control statement came: its hash 32, us since 1970 UTC 8.
 */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/container.h"
#include "crypto/hash.h"
#include "store/book.h"
#include "store/db.h"

enum {
    KIND_NOTE = 0,
    NOTE_BYTES = N2_HASH_BYTES + 8,
    NOTES_MAX = 256 /* more control statements than fit into a set */
};

/* ---- reading ---- */

typedef struct {
    uint8_t hash[N2_HASH_BYTES];
    int64_t held_us;
} note;

typedef struct {
    n2_identity_set *set;
    n2_verified *verified;
    note notes[NOTES_MAX];
    size_t n_notes;
    n2_err err;
} loading;

static void
read_note(loading *l, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    note n;

    n2_read_copy(&r, n.hash, sizeof n.hash);
    n.held_us = (int64_t)n2_read_u64(&r);
    if (!n2_reader_finish(&r) && l->n_notes < NOTES_MAX)
        l->notes[l->n_notes++] = n;
}

static int64_t
held_since(const loading *l, const uint8_t *statement, size_t len)
{
    uint8_t hash[N2_HASH_BYTES];

    n2_sha256_of(statement, len, hash);
    for (size_t i = 0; i < l->n_notes; i++)
        if (!memcmp(l->notes[i].hash, hash, sizeof hash))
            return l->notes[i].held_us;
    return 0;
}

/* Notes come first, then births, controls, and so on. */
static bool
load_cb(void *user, uint8_t kind, const uint8_t *bytes, size_t len)
{
    loading *l = user;

    if (kind == KIND_NOTE) {
        read_note(l, bytes, len);
        return true;
    }
    int64_t held_us = kind == N2_KIND_CONTROL ? held_since(l, bytes, len) : 0;
    n2_err err = n2_identity_take(l->set, bytes, len, held_us, l->verified, NULL);
    if (err == N2_ERR_NOMEM)
        l->err = err; /* else the row is not what it was: left out */
    return !l->err;
}

n2_err
n2_store_identity(n2_store *store,
                  const n2_id *who,
                  n2_verified *verified,
                  n2_identity_set **out)
{
    loading *l = calloc(1, sizeof *l);

    *out = NULL;
    if (!l)
        return N2_ERR_NOMEM;
    l->verified = verified;
    n2_err err = n2_identity_set_new(&l->set, who, store->config.unicode);
    if (!err)
        err = n2_store_statements(store, who, KIND_NOTE, load_cb, l);
    if (!err)
        err = l->err;
    if (err)
        n2_identity_set_free(l->set);
    else
        *out = l->set;
    free(l);
    return err;
}

/* ---- keeping ---- */

typedef struct {
    uint8_t hash[N2_HASH_BYTES];
    bool is_kept;
} row;

typedef struct {
    row *rows;
    size_t n, room;
    n2_err err;
} rows;

static bool
list_cb(void *user, uint8_t kind, const uint8_t *bytes, size_t len)
{
    rows *r = user;

    (void)kind;
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        row *grown = realloc(r->rows, room * sizeof *grown);
        if (!grown) {
            r->err = N2_ERR_NOMEM;
            return false;
        }
        r->rows = grown;
        r->room = room;
    }
    r->rows[r->n] = (row){.is_kept = false};
    n2_sha256_of(bytes, len, r->rows[r->n++].hash);
    return true;
}

static n2_err
keep_row(
    n2_store *store, const n2_id *who, rows *r, uint8_t kind, const void *bytes, size_t len)
{
    uint8_t hash[N2_HASH_BYTES];

    n2_sha256_of(bytes, len, hash);
    for (size_t i = 0; i < r->n; i++)
        if (!memcmp(r->rows[i].hash, hash, sizeof hash)) {
            r->rows[i].is_kept = true;
            return N2_OK;
        }
    n2_query q = n2_query_init(store, N2_SQL_STATEMENT_PUT);

    n2_query_id(&q, who);
    n2_query_int(&q, kind);
    n2_query_blob(&q, hash, sizeof hash);
    n2_query_blob(&q, bytes, len);
    return n2_query_run(&q);
}

static n2_err
keep_item(n2_store *store, const n2_id *who, rows *r, const n2_kept *kept)
{
    uint8_t bytes[NOTE_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);
    uint8_t hash[N2_HASH_BYTES];
    size_t len;

    n2_err err = keep_row(store, who, r, kept->kind, kept->bytes, kept->len);
    if (err || kept->kind != N2_KIND_CONTROL || kept->held_us <= 0)
        return err;
    n2_sha256_of(kept->bytes, kept->len, hash);
    n2_write_bytes(&w, hash, sizeof hash);
    n2_write_u64(&w, (uint64_t)kept->held_us);
    err = n2_writer_finish(&w, &len);
    return err ? err : keep_row(store, who, r, KIND_NOTE, bytes, len);
}

typedef struct {
    const n2_identity_set *set;
} keeping;

static n2_err
keep(n2_store *store, void *data)
{
    const n2_identity_set *set = ((const keeping *)data)->set;
    const n2_id *who = n2_identity_set_who(set);
    rows r = {0};

    n2_err err = n2_store_statements(store, who, KIND_NOTE, list_cb, &r);
    if (!err)
        err = r.err;
    for (size_t i = 0; i < n2_identity_set_count(set) && !err; i++) {
        n2_kept kept = n2_identity_set_at(set, i);
        err = keep_item(store, who, &r, &kept);
    }
    for (size_t i = 0; i < r.n && !err; i++) {
        if (r.rows[i].is_kept)
            continue;
        n2_query q = n2_query_init(store, N2_SQL_STATEMENT_FORGET);
        n2_query_id(&q, who);
        n2_query_blob(&q, r.rows[i].hash, sizeof r.rows[i].hash);
        err = n2_query_run(&q);
    }
    free(r.rows);
    return err;
}

n2_err
n2_store_identity_keep(n2_store *store, const n2_identity_set *set)
{
    keeping c = {.set = set};

    return n2_db_transact(store, keep, &c);
}
