/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * book-net.c - what is known of the network by hand: names, paths, peers, ports, settings.
 */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "store/book.h"
#include "store/db.h"

enum {
    HOP_BYTES = 3, /* port 2, bits 1 */
    HOPS_BYTES_MAX = N2_STORE_HOPS_MAX * HOP_BYTES,
    PATH_BITS_MAX = 58,
    HOP_BITS_MAX = 16
};

static n2_err
put_texts(n2_store *store, n2_sql sql, const char *key, const char *value)
{
    n2_query q = n2_query_init(store, sql);

    n2_query_text(&q, key);
    n2_query_text(&q, value);
    return n2_query_run(&q);
}

static n2_err
get_text(n2_store *store, n2_sql sql, const char *key, char **value)
{
    n2_query q = n2_query_init(store, sql);
    uint8_t *bytes = NULL;
    size_t len = 0;

    n2_query_text(&q, key);
    if (n2_query_row(&q))
        bytes = n2_column_dup(&q, 0, &len);
    n2_err err = n2_query_end(&q);
    if (!err && !bytes)
        err = N2_ERR_NOTFOUND;
    if (!err)
        *value = (char *)bytes;
    else
        free(bytes);
    return err;
}

n2_err
n2_store_name_set(n2_store *store, const char *name, const char *target)
{
    return put_texts(store, N2_SQL_PETNAME_PUT, name, target);
}

n2_err
n2_store_name_unset(n2_store *store, const char *name)
{
    n2_query q = n2_query_init(store, N2_SQL_PETNAME_DROP);

    n2_query_text(&q, name);
    return n2_query_changed(&q);
}

n2_err
n2_store_name_get(n2_store *store, const char *name, char **target)
{
    return get_text(store, N2_SQL_PETNAME_GET, name, target);
}

n2_err
n2_store_names(n2_store *store, n2_store_name_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_PETNAME_LIST);

    while (n2_query_row(&q))
        if (!cb(user, (const char *)sqlite3_column_text(q.stmt, 0),
                (const char *)sqlite3_column_text(q.stmt, 1)))
            break;
    return n2_query_end(&q);
}

n2_err
n2_store_path_set(n2_store *store, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    uint8_t bytes[HOPS_BYTES_MAX];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);
    unsigned bits = 0;

    if (!n || n > N2_STORE_HOPS_MAX)
        return N2_ERR_USAGE;
    for (size_t i = 0; i < n; i++) {
        if (!hops[i].bits || hops[i].bits > HOP_BITS_MAX || hops[i].port >> hops[i].bits)
            return N2_ERR_USAGE;
        bits += hops[i].bits;
        n2_write_u16(&w, hops[i].port);
        n2_write_u8(&w, hops[i].bits);
    }
    if (bits > PATH_BITS_MAX)
        return N2_ERR_USAGE;
    n2_query q = n2_query_init(store, N2_SQL_PATH_PUT);
    n2_query_id(&q, who);
    n2_query_blob(&q, bytes, w.len);
    return n2_query_run(&q);
}

n2_err
n2_store_path_unset(n2_store *store, const n2_id *who)
{
    n2_query q = n2_query_init(store, N2_SQL_PATH_DROP);

    n2_query_id(&q, who);
    return n2_query_changed(&q);
}

/* Number of hops in a column; 0 if it holds anything else. */
static size_t
read_hops(n2_query *q, int column, n2_store_hop hops[static N2_STORE_HOPS_MAX])
{
    n2_reader r = n2_reader_init(sqlite3_column_blob(q->stmt, column),
                                 (size_t)sqlite3_column_bytes(q->stmt, column));
    size_t n = 0;

    for (; n2_reader_left(&r) && n < N2_STORE_HOPS_MAX; n++) {
        hops[n].port = n2_read_u16(&r);
        hops[n].bits = n2_read_u8(&r);
    }
    return n2_reader_finish(&r) ? 0 : n;
}

n2_err
n2_store_path_get(n2_store *store,
                  const n2_id *who,
                  n2_store_hop hops[static N2_STORE_HOPS_MAX],
                  size_t *n)
{
    n2_query q = n2_query_init(store, N2_SQL_PATH_GET);

    n2_query_id(&q, who);
    size_t found = n2_query_row(&q) ? read_hops(&q, 0, hops) : 0;
    n2_err err = n2_query_end(&q);
    if (!err && !found)
        err = N2_ERR_NOTFOUND;
    if (!err)
        *n = found;
    return err;
}

n2_err
n2_store_paths(n2_store *store, n2_store_path_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_PATH_LIST);

    while (n2_query_row(&q)) {
        n2_store_hop hops[N2_STORE_HOPS_MAX];
        n2_id who;
        size_t n = read_hops(&q, 1, hops);
        if (!n || !n2_column_id(&q, 0, &who))
            q.err = N2_ERR_CORRUPT;
        else if (!cb(user, &who, hops, n))
            break;
    }
    return n2_query_end(&q);
}

n2_err
n2_store_peer_put(n2_store *store, const n2_store_peer *peer)
{
    n2_query q = n2_query_init(store, N2_SQL_PEER_PUT);

    n2_query_text(&q, peer->net);
    n2_query_int(&q, (int64_t)peer->link_id);
    if (n2_id_is_set(&peer->key))
        n2_query_id(&q, &peer->key);
    else
        n2_query_text(&q, NULL);
    n2_query_int(&q, peer->port);
    return n2_query_run(&q);
}

n2_err
n2_store_peer_drop(n2_store *store, const char *net)
{
    n2_query q = n2_query_init(store, N2_SQL_PEER_DROP);

    n2_query_text(&q, net);
    return n2_query_changed(&q);
}

n2_err
n2_store_peers(n2_store *store, n2_store_peer_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_PEER_LIST);

    while (n2_query_row(&q)) {
        n2_store_peer peer = {.net = (const char *)sqlite3_column_text(q.stmt, 0),
                              .link_id = (uint64_t)n2_column_int(&q, 1),
                              .port = (uint16_t)n2_column_int(&q, 3)};
        if (!n2_column_id(&q, 2, &peer.key))
            peer.key = (n2_id){0};
        if (!cb(user, &peer))
            break;
    }
    return n2_query_end(&q);
}

n2_err
n2_store_port_put(n2_store *store, uint64_t link_id, uint16_t port)
{
    n2_query q = n2_query_init(store, N2_SQL_PORT_PUT);

    n2_query_int(&q, (int64_t)link_id);
    n2_query_int(&q, port);
    return n2_query_run(&q);
}

n2_err
n2_store_ports(n2_store *store, n2_store_port_cb cb, void *user)
{
    n2_query q = n2_query_init(store, N2_SQL_PORT_LIST);

    while (n2_query_row(&q))
        if (!cb(user, (uint64_t)n2_column_int(&q, 0), (uint16_t)n2_column_int(&q, 1)))
            break;
    return n2_query_end(&q);
}

n2_err
n2_store_setting_set(n2_store *store, const char *name, const char *value)
{
    return put_texts(store, N2_SQL_SETTING_PUT, name, value);
}

n2_err
n2_store_setting_get(n2_store *store, const char *name, char **value)
{
    return get_text(store, N2_SQL_SETTING_GET, name, value);
}
