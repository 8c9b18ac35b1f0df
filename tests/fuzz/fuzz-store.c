/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-store.c - a store whose rows say anything: every call tells or refuses, none believes a
 *                length that a row says, and the check comes to its end.
 *
 * Records, up to a zero byte: table 1 (from 1; 255: a file), column 1, then a value, see
 * bind(); for a file: which 1, offset 4, bytes 4 to change it with.  What follows the zero byte
 * says which checks are done, see below.
 */
#include <stdio.h>

#include "base/reader.h"
#include "crypto/directory.h"
#include "crypto/tree.h"
#include "disk-mem.h"
#include "empty-store.h"
#include "fuzz.h"
#include "store/book.h"
#include "store/db.h"
#include "store/fsck.h"
#include "store/part.h"
#include "store/people.h"

enum {
    RECORDS_MAX = 16,
    PART_BYTES = 20000,
    LARGE_BYTES = 3 << 20, /* what a row may say that it has */
    TEXT_MAX = 256
};

static const char *const tables[] = {
    "object", "name", "piece",   "tree",      "edge",     "owner", "ref",
    "doom",   "attr", "head",    "statement", "node_key", "path",  "petname",
    "peer",   "port", "setting", "contact",   "seen",     "vouch",
};

/* What a healthy store has; made once. */
typedef struct {
    disk_mem *disk;
    n2_id who;
    n2_ref small, dir, part;
    uint8_t head[1024];
    size_t head_len;
} model;

static void
store_open(empty_store *e, disk_mem *d, n2_err *err)
{
    memset(e, 0, sizeof *e);
    e->env = (n2_env){.user = &e->seed, .random = counted};
    check(!n2_crypto_init(&e->crypto, N2_IMPL_SODIUM));
    *err = n2_store_open(
        &e->store, &(n2_store_config){.disk = &d->disk, .env = &e->env, .crypto = &e->crypto});
}

static void
make_head(model *m)
{
    n2_signing_key key;
    n2_head head = {
        .who = m->who, .branch = N2_BRANCH_MAIN, .counter = 1, .root = m->dir, .made_us = 1};
    uint8_t seed[N2_SEED_BYTES_MAX] = {3}, body_bytes[512];
    n2_box body, statement;

    check(!n2_signing_key_init(&key, N2_KEY_ED25519, seed));
    check(!n2_head_body(body_bytes, sizeof body_bytes, &head, &body));
    check(!n2_statement_sign(m->head, sizeof m->head, &body, &key, &statement));
    m->head_len = statement.len;
}

static void
make_people(const model *m, n2_store *store)
{
    n2_id by = {.method = N2_METHOD_SHA256, .hash = {10}};

    check(!n2_store_contact_put(
        store, &(n2_store_contact){.who = by, .marks = 2, .marked_us = 3, .name = "a.demo"}));
    check(!n2_store_seen_put(store, "a.demo", &m->who, 5));
    check(!n2_store_vouch_put(store, &(n2_store_vouch){.by = by,
                                                       .subject = m->who,
                                                       .scope = 5,
                                                       .from_us = 1,
                                                       .until_us = 2,
                                                       .statement = m->head,
                                                       .len = m->head_len}));
}

static void
make_book(const model *m, n2_store *store)
{
    uint8_t answer[N2_ANSWER_BYTES] = {1, 1};
    n2_store_hop hops[2] = {{.port = 3, .bits = 4}, {.port = 1, .bits = 2}};
    n2_store_peer peer = {.link_id = 7, .net = "udp:127.0.0.1:4711", .key = m->who, .port = 2};
    n2_head_news news;

    check(!n2_store_head_put(store, m->head, m->head_len, true, &news));
    check(!n2_store_statement_put(store, &m->who, N2_KIND_BIRTH, m->head, m->head_len));
    check(!n2_store_node_key_put(store, &m->who, answer, sizeof answer));
    check(!n2_store_name_set(store, "anna", "k1-something"));
    check(!n2_store_path_set(store, &m->who, hops, 2));
    check(!n2_store_peer_put(store, &peer));
    check(!n2_store_port_put(store, 7, 2));
    check(!n2_store_setting_set(store, "a", "b"));
    make_people(m, store);
}

/* All of it was written, but not finished. */
static void
make_part(model *m, empty_store *s)
{
    static const uint8_t zeros[PART_BYTES];
    n2_batch *batch;
    n2_part *part;

    m->part = (n2_ref){.id = {.method = N2_METHOD_SHA256}, .size = PART_BYTES};
    n2_tree_root_of(&s->crypto, N2_METHOD_SHA256, zeros, PART_BYTES, m->part.id.hash);
    check(!n2_batch_new(&batch, s->store, 0));
    check(!n2_part_open(&part, batch, &m->part, N2_CONTENT_PLAIN));
    check(!n2_part_write(part, 0, zeros, PART_BYTES));
    check(!n2_part_sync(part));
    n2_part_free(part);
    n2_batch_free(batch);
}

static void
make_model(model *m)
{
    static const uint8_t text[100], value[8];
    n2_attr attr = {.name = (const uint8_t *)"size",
                    .name_len = 4,
                    .type = N2_TYPE_INT,
                    .value = value,
                    .len = sizeof value};
    empty_store s;
    n2_batch *batch;
    n2_tree_maker *maker;
    int64_t owner;
    n2_err err;

    m->disk = disk_mem_new();
    m->who = (n2_id){.method = N2_METHOD_SHA256, .hash = {9}};
    store_open(&s, m->disk, &err);
    check(!err);
    check(!n2_batch_new(&batch, s.store, 0));
    check(!n2_batch_put(batch, N2_METHOD_SHA256, text, sizeof text, 0, &m->small));
    check(!n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL));
    check(!n2_tree_maker_add(maker, "a", 1, N2_ENTRY_FILE, &m->small, &attr, 1));
    check(!n2_tree_maker_finish(maker, &m->dir));
    n2_tree_maker_free(maker);
    check(!n2_store_owner(s.store, N2_OWNER_TREE, "me", 1 << 20, &owner));
    check(!n2_batch_commit(batch,
                           &(n2_batch_end){.owner = owner, .slot = "main", .root = m->dir.id}));
    n2_batch_free(batch);
    make_head(m);
    make_book(m, s.store);
    make_part(m, &s);
    empty_store_close(&s);
}

/* A value: 0 null, 1 a small number, 2 a large one (with 8: LARGE_BYTES), 3 text, 4 bytes, 5 an
 * id, 6 a head, 7 zeros of any length. */
static void
bind(sqlite3_stmt *stmt, const model *m, n2_reader *r)
{
    uint8_t id[N2_ID_BYTES], what = n2_read_u8(r);
    size_t len;

    switch (what % 8) {
    case 0:
        break; /* what is not bound is NULL */
    case 1:
        sqlite3_bind_int(stmt, 1, (int8_t)n2_read_u8(r));
        break;
    case 2:
        sqlite3_bind_int64(stmt, 1, what & 8 ? LARGE_BYTES : (int64_t)n2_read_u64(r));
        break;
    case 3:
    case 4: {
        len = n2_read_u8(r);
        const uint8_t *bytes = n2_read_bytes(r, len);

        if (bytes && what % 8 == 3)
            sqlite3_bind_text(stmt, 1, (const char *)bytes, (int)len, SQLITE_TRANSIENT);
        else if (bytes)
            sqlite3_bind_blob(stmt, 1, bytes, (int)len, SQLITE_TRANSIENT);
        break;
    }
    case 5:
        id[0] = m->who.method;
        memcpy(id + 1, what & 8 ? m->small.id.hash : m->dir.id.hash, sizeof id - 1);
        sqlite3_bind_blob(stmt, 1, id, sizeof id, SQLITE_TRANSIENT);
        break;
    case 6:
        sqlite3_bind_blob(stmt, 1, m->head, (int)m->head_len, SQLITE_TRANSIENT);
        break;
    case 7:
        sqlite3_bind_zeroblob(stmt, 1, n2_read_u16(r) % 4096);
        break;
    }
}

static void
damage_rows(sqlite3 *db, const char *table, uint8_t column, const model *m, n2_reader *r)
{
    char sql[TEXT_MAX];
    sqlite3_stmt *stmt = NULL;

    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s LIMIT 0", table);
    check(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK);
    int n = sqlite3_column_count(stmt);

    (void)snprintf(sql, sizeof sql, "UPDATE OR IGNORE %s SET %s=?1", table,
                   sqlite3_column_name(stmt, column % n));
    sqlite3_finalize(stmt);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
        bind(stmt, m, r);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            ;
    }
    sqlite3_finalize(stmt);
}

static void
damage_file(disk_mem *d, n2_reader *r)
{
    const char *path = disk_mem_path(d, n2_read_u8(r) % 4);
    uint64_t offset = n2_read_u32(r);
    size_t len = 0;
    uint8_t *bytes = path ? disk_mem_bytes(d, path, &len) : NULL;

    for (size_t i = 0; i < 4; i++) {
        uint8_t change = n2_read_u8(r);

        if (bytes && len)
            bytes[(offset + i) % len] ^= change;
    }
}

static void
read_all(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = fuzz_copy(bytes, len);

    free(copy);
}

static bool
name_cb(void *user, const char *name, const char *target)
{
    (void)user;
    return strlen(name ? name : "") + strlen(target ? target : "") < SIZE_MAX;
}

static bool
path_cb(void *user, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    (void)user;
    (void)who;
    check(n && n <= N2_STORE_HOPS_MAX);
    read_all((const uint8_t *)hops, n * sizeof *hops);
    return true;
}

static bool
peer_cb(void *user, const n2_store_peer *peer)
{
    (void)user;
    return strlen(peer->net ? peer->net : "") < SIZE_MAX;
}

static bool
port_cb(void *user, uint64_t link_id, uint16_t port)
{
    (void)user;
    (void)link_id;
    (void)port;
    return true;
}

static bool
statement_cb(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    (void)user;
    (void)kind;
    read_all(statement, len);
    return true;
}

static bool
attr_cb(void *user, const n2_store_attr *a)
{
    (void)user;
    read_all(a->attr.name, a->attr.name_len);
    read_all(a->attr.value, a->attr.len);
    return true;
}

static bool
ref_cb(void *user, const char *slot, const n2_ref *ref)
{
    (void)user;
    (void)ref;
    return strlen(slot ? slot : "") < SIZE_MAX;
}

static bool
contact_cb(void *user, const n2_store_contact *c)
{
    (void)user;
    return strlen(c->name) < SIZE_MAX && n2_id_is_set(&c->who);
}

static bool
seen_cb(void *user, const n2_store_seen *seen)
{
    (void)user;
    return strlen(seen->name) < SIZE_MAX && n2_id_is_set(&seen->who);
}

static bool
vouch_cb(void *user, const n2_store_vouch *v)
{
    (void)user;
    read_all(v->statement, v->len);
    return n2_id_is_set(&v->by) && v->len;
}

static void
ask_people(const model *m, n2_store *store)
{
    n2_store_vouch v = {.by = m->who,
                        .subject = {.method = N2_METHOD_SHA256, .hash = {10}},
                        .statement = m->head,
                        .len = m->head_len};
    char *text = NULL;

    (void)!n2_store_contacts(store, contact_cb, NULL);
    (void)!n2_store_seen_list(store, NULL, NULL, seen_cb, NULL);
    (void)!n2_store_seen_list(store, "a.demo", &m->who, seen_cb, NULL);
    (void)!n2_store_vouches(store, &m->who, vouch_cb, NULL);
    (void)!n2_store_vouches(store, NULL, vouch_cb, NULL);
    (void)!n2_store_vouch_put(store, &v);
    if (!n2_store_petname_of(store, &m->who, &text))
        free(text);
}

static void
ask_book(const model *m, n2_store *store)
{
    size_t answer_len;
    uint8_t answer[N2_ANSWER_BYTES_MAX], *statement = NULL;
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    char *text = NULL;
    size_t n = 0, len = 0;
    n2_head head;

    if (!n2_store_head_get(store, &m->who, N2_BRANCH_MAIN, &head, &statement, &len))
        read_all(statement, len);
    free(statement);
    (void)!n2_store_node_key_get(store, &m->who, answer, &answer_len);
    if (!n2_store_path_get(store, &m->who, hops, &n))
        check(n && n <= N2_STORE_HOPS_MAX);
    if (!n2_store_name_get(store, "anna", &text))
        free(text);
    if (!n2_store_setting_get(store, "a", &text))
        free(text);
    (void)!n2_store_names(store, name_cb, NULL);
    (void)!n2_store_paths(store, path_cb, NULL);
    (void)!n2_store_peers(store, peer_cb, NULL);
    (void)!n2_store_ports(store, port_cb, NULL);
    (void)!n2_store_statements(store, &m->who, 0, statement_cb, NULL);
    (void)!n2_store_attrs(store, "size", attr_cb, NULL);
    ask_people(m, store);
}

static void
ask_contents(const model *m, n2_store *store)
{
    const n2_ref *all[] = {&m->small, &m->dir, &m->part};
    uint8_t(*nodes)[N2_HASH_BYTES] = NULL;
    n2_store_counts counts;
    uint64_t used;
    int64_t owner;
    size_t n = 0;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        n2_object object;
        n2_view view;

        (void)!n2_store_find(store, &all[i]->id, &object);
        if (!n2_store_map(store, &all[i]->id, &view)) {
            read_all(view.bytes, view.len);
            n2_store_unmap(store, &view);
        }
        if (!n2_store_nodes(store, &all[i]->id, &nodes, &n) && n)
            read_all(nodes[0], n * N2_HASH_BYTES);
        free(nodes);
        nodes = NULL;
    }
    (void)!n2_store_count(store, &counts);
    if (!n2_store_owner(store, N2_OWNER_TREE, "me", 0, &owner)) {
        (void)!n2_store_used(store, owner, &used);
        (void)!n2_store_refs(store, owner, ref_cb, NULL);
    }
}

/* Goes on with what a former fetch left. */
static void
go_on(const model *m, n2_store *store)
{
    n2_ref large = {.id = m->part.id, .size = LARGE_BYTES};
    const n2_ref *refs[] = {&m->part, &m->small, &large};
    n2_batch *batch;

    if (n2_batch_new(&batch, store, 0))
        return;
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        n2_part *part;

        if (n2_part_open(&part, batch, refs[i], 0))
            continue;
        check(n2_part_groups(part) == n2_tree_groups(refs[i]->size));
        for (uint64_t g = 0; g < n2_part_groups(part); g++) {
            if (n2_part_node(part, g))
                read_all(n2_part_node(part, g), N2_HASH_BYTES);
            uint8_t byte;

            if (n2_part_has(part, g))
                (void)!n2_part_read(part, g * N2_GROUP_BYTES, &byte, 1);
        }
        n2_part_free(part);
    }
    n2_batch_free(batch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static model m;
    n2_reader r = n2_reader_init(data, size);
    n2_fsck_report report;
    empty_store s;
    size_t n_left = 1;
    n2_err err;

    if (!m.disk)
        make_model(&m);
    disk_mem *d = disk_mem_copy(m.disk);

    store_open(&s, d, &err);
    check(!err);
    for (unsigned n = 0; n < RECORDS_MAX; n++) {
        uint8_t table = n2_read_u8(&r);

        if (!table)
            break;
        if (table == 255)
            damage_file(d, &r);
        else
            damage_rows(s.store->db, tables[table % (sizeof tables / sizeof *tables)],
                        n2_read_u8(&r), &m, &r);
    }
    uint8_t what = n2_read_u8(&r);

    if (what & 1) { /* opened again, as after a start */
        n2_store_close(s.store);
        n2_crypto_clear(&s.crypto);
        store_open(&s, d, &err);
    }
    if (!err && what & 2)
        (void)!n2_store_fsck(s.store, &report, NULL, NULL);
    if (!err) {
        ask_book(&m, s.store);
        ask_contents(&m, s.store);
        go_on(&m, s.store);
        if (what & 4)
            (void)!n2_store_collect(s.store, &n_left);
        n2_store_close(s.store);
    }
    n2_crypto_clear(&s.crypto);
    check(disk_mem_n_open(d) == 0);
    disk_mem_free(d);
    return 0;
}
