/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * book.c - what is known of people: heads, statements, node keys.
 */
#include "store/book.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "store/db.h"

n2_err
n2_head_of_statement(const n2_store *store, const void *statement, size_t len, n2_head *out)
{
    n2_field f;
    n2_box box;
    n2_err err = n2_box_check(&box, statement, len, N2_KIND_SIGNED, store->config.unicode);

    if (err)
        return N2_ERR_FORMAT;
    (void)n2_box_find(&box, 1, &f);
    box = n2_box_of_field(&f);
    return n2_head_read(out, &box);
}

n2_err
n2_head_put_inside(n2_store *store,
                   const void *statement,
                   size_t len,
                   bool is_own,
                   bool must_be_new,
                   int *news)
{
    uint8_t hash[N2_HASH_BYTES] = {0};
    uint64_t counter = 0;
    bool has_one = false;
    n2_head head;
    n2_err err = n2_head_of_statement(store, statement, len, &head);

    if (err)
        return err;
    n2_query q = n2_query_init(store, N2_SQL_HEAD_GET);
    n2_query_id(&q, &head.who);
    n2_query_text(&q, head.branch);
    if (n2_query_row(&q)) {
        counter = (uint64_t)n2_column_int(&q, 0);
        (void)n2_column_copy(&q, 1, hash, sizeof hash);
        has_one = sqlite3_column_bytes(q.stmt, 2) > 0; /* it may have been set aside */
    }
    err = n2_query_end(&q);
    if (err)
        return err;
    int order = memcmp(head.hash, hash, sizeof hash);
    if (head.counter < counter || (must_be_new && head.counter == counter))
        return N2_ERR_OLD; /* yesterday's head */
    bool is_new;
    err = n2_version_keep_inside(store, &head, statement, len, &is_new);
    if (err)
        return err;
    *news = head.counter > counter ? N2_HEAD_NEW : order ? N2_HEAD_TWIN : N2_HEAD_SAME;
    if (head.counter == counter && (order < 0 || (order == 0 && has_one)))
        return N2_OK;
    q = n2_query_init(store, N2_SQL_HEAD_PUT);
    n2_query_id(&q, &head.who);
    n2_query_text(&q, head.branch);
    n2_query_int(&q, (int64_t)head.counter);
    n2_query_blob(&q, head.hash, sizeof head.hash);
    n2_query_int(&q, is_own);
    n2_query_blob(&q, statement, len);
    return n2_query_run(&q);
}

typedef struct {
    const void *statement;
    size_t len;
    bool is_own;
    int news;
} head_call;

static n2_err
head_put(n2_store *store, void *data)
{
    head_call *c = data;

    return n2_head_put_inside(store, c->statement, c->len, c->is_own, false, &c->news);
}

n2_err
n2_store_head_put(
    n2_store *store, const void *statement, size_t len, bool is_own, n2_head_news *news)
{
    head_call c = {.statement = statement, .len = len, .is_own = is_own};
    n2_err err = n2_db_transact(store, head_put, &c);

    if (!err)
        *news = (n2_head_news)c.news;
    return err;
}

n2_err
n2_store_head_get(n2_store *store,
                  const n2_id *who,
                  const char *branch,
                  n2_head *head,
                  uint8_t **statement,
                  size_t *len)
{
    n2_query q = n2_query_init(store, N2_SQL_HEAD_GET);
    uint8_t *bytes = NULL;
    size_t bytes_len = 0;

    *head = (n2_head){0};
    n2_query_id(&q, who);
    n2_query_text(&q, branch);
    if (n2_query_row(&q)) {
        head->counter = (uint64_t)n2_column_int(&q, 0);
        (void)n2_column_copy(&q, 1, head->hash, sizeof head->hash);
        bytes = n2_column_dup(&q, 2, &bytes_len);
    }
    n2_err err = n2_query_end(&q);
    if (!err && !bytes_len) /* none, or a damaged one that was set aside */
        err = N2_ERR_NOTFOUND;
    if (!err && n2_head_of_statement(store, bytes, bytes_len, head))
        err = N2_ERR_CORRUPT;
    if (!err && statement) {
        *statement = bytes;
        *len = bytes_len;
        bytes = NULL;
    }
    free(bytes);
    return err;
}

typedef struct {
    const n2_id *who;
    uint8_t kind;
    const void *statement;
    size_t len;
} statement_call;

static n2_err
statement_put(n2_store *store, void *data)
{
    const statement_call *c = data;
    uint8_t hash[N2_HASH_BYTES];
    n2_query q = n2_query_init(store, N2_SQL_STATEMENT_SUM);

    n2_query_id(&q, c->who);
    int64_t sum = n2_query_row(&q) ? n2_column_int(&q, 0) : 0;
    n2_err err = n2_query_end(&q);
    if (!err && (uint64_t)sum + c->len > N2_IDENTITY_BYTES_MAX)
        err = N2_ERR_LIMIT;
    if (err)
        return err;
    n2_sha256_of(c->statement, c->len, hash);
    q = n2_query_init(store, N2_SQL_STATEMENT_PUT);
    n2_query_id(&q, c->who);
    n2_query_int(&q, c->kind);
    n2_query_blob(&q, hash, sizeof hash);
    n2_query_blob(&q, c->statement, c->len);
    return n2_query_run(&q);
}

n2_err
n2_store_statement_put(
    n2_store *store, const n2_id *who, uint8_t kind, const void *statement, size_t len)
{
    statement_call c = {.who = who, .kind = kind, .statement = statement, .len = len};

    return n2_db_transact(store, statement_put, &c);
}

n2_err
n2_store_statements(
    n2_store *store, const n2_id *who, uint8_t kind, n2_store_statement_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_STATEMENT_LIST);

    n2_query_id(&q, who);
    n2_query_int(&q, kind);
    while (n2_query_row(&q))
        if (!cb(user, (uint8_t)n2_column_int(&q, 0), sqlite3_column_blob(q.stmt, 1),
                (size_t)sqlite3_column_bytes(q.stmt, 1)))
            break;
    return n2_query_end(&q);
}

n2_err
n2_store_node_key_put(n2_store *store, const n2_id *who, const uint8_t *answer, size_t len)
{
    n2_query q = n2_query_init(store, N2_SQL_NODE_KEY_PUT);

    n2_query_id(&q, who);
    n2_query_blob(&q, answer, len);
    return n2_query_run(&q);
}

n2_err
n2_store_node_key_get(n2_store *store,
                      const n2_id *who,
                      uint8_t answer[static N2_ANSWER_BYTES_MAX],
                      size_t *len)
{
    static const size_t lengths[] = {N2_ANSWER_BYTES, N2_ANSWER_BYTES_MAX,
                                     N2_NODE_KEY_FLOOR_BYTES};
    n2_query q = n2_query_init(store, N2_SQL_NODE_KEY_GET);
    bool found = false;

    n2_query_id(&q, who);
    bool is_row = n2_query_row(&q);
    for (size_t i = 0; is_row && !found && i < sizeof lengths / sizeof lengths[0]; i++) {
        *len = lengths[i];
        found = n2_column_copy(&q, 0, answer, *len);
    }
    n2_err err = n2_query_end(&q);
    return !err && !found ? N2_ERR_NOTFOUND : err;
}

n2_err
n2_store_attrs(n2_store *store, const char *name, n2_store_attr_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_ATTR_LIST);

    n2_query_text(&q, name);
    while (n2_query_row(&q)) {
        n2_store_attr a = {.directory.size = (uint64_t)n2_column_int(&q, 1),
                           .content.size = (uint64_t)n2_column_int(&q, 3),
                           .attr = {.name = sqlite3_column_text(q.stmt, 4),
                                    .name_len = (uint8_t)sqlite3_column_bytes(q.stmt, 4),
                                    .type = (uint8_t)n2_column_int(&q, 5),
                                    .value = sqlite3_column_blob(q.stmt, 6),
                                    .len = (uint16_t)sqlite3_column_bytes(q.stmt, 6)}};
        if (!n2_column_id(&q, 0, &a.directory.id) || !n2_column_id(&q, 2, &a.content.id))
            q.err = N2_ERR_CORRUPT;
        else if (!cb(user, &a))
            break;
    }
    return n2_query_end(&q);
}
