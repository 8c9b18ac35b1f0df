/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-foreign.c - statements made by a foreign hand, well signed, with every field wrong in
 *                  turn: the writers of this program would not make them.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "crypto/head.h"
#include "crypto/nodekey.h"
#include "crypto/sheet.h"

enum {
    SECOND = 1000000
};
static const gint64 now = G_GINT64_CONSTANT(1700000000) * SECOND;
static const gint64 day = G_GINT64_CONSTANT(86400) * SECOND;

typedef struct {
    n2_signing_key control, other;
    guint8 birth[1024];
    gsize birth_len;
    n2_identity who;
} person;

static n2_signing_key
key_of(guint8 method, guint8 number)
{
    guint8 seed[N2_SEED_BYTES_MAX] = {number, 36};
    n2_signing_key k;

    g_assert_cmpint(n2_signing_key_init(&k, method, seed), ==, N2_OK);
    return k;
}

/* A statement of @body by @n keys. */
static gsize
state(guint8 *out, gsize cap, const n2_box *body, const n2_signing_key *const *keys, gsize n)
{
    guint8 d[N2_DIGEST_BYTES];
    n2_signature s[4];
    n2_box box;

    n2_statement_digest(body->kind, body->version, body->bytes, body->len, d);
    for (gsize i = 0; i < n; i++)
        g_assert_cmpint(n2_sign(&s[i], keys[i], d), ==, N2_OK);
    g_assert_cmpint(n2_statement_make(out, cap, body, s, n, &box), ==, N2_OK);
    return box.len;
}

static void
person_init(person *p)
{
    guint8 buf[1024], sheet[32] = {1}, salt[16] = {2};
    n2_box body;

    p->control = key_of(N2_KEY_ED25519, 1);
    p->other = key_of(N2_KEY_ED25519, 2);
    g_assert_cmpint(n2_birth_body(buf, sizeof buf, sheet, now, salt, &p->control.key, 1, &body),
                    ==, N2_OK);
    p->birth_len =
        state(p->birth, sizeof p->birth, &body, (const n2_signing_key *[]){&p->control}, 1);
    g_assert_cmpint(n2_identity_birth(&p->who, p->birth, p->birth_len, 1, NULL), ==, N2_OK);
}

/* ---- adds ---- */

typedef struct {
    const char *name;
    gint64 rights, from_us, until_us;
    n2_err want;
    guint how;
} add_row;

enum { /* how an add is made */
    AGREEMENT = 1 << 0,
    OF_ANOTHER = 1 << 1,
    UNDER_ANOTHER = 1 << 2,
    WITHOUT_CONTROL = 1 << 3,
    WITHOUT_NEW = 1 << 4,
    LABEL_64 = 1 << 5,
    LABEL_65 = 1 << 6
};

#define DEVICE_LIFE (400 * INT64_C(86400) * SECOND)

static const add_row add_rows[] = {
    {"good", 4, 1, 10, N2_OK, 0},
    {"rights-none", 0, 1, 10, N2_ERR_FORMAT, 0},
    {"rights-unknown", 64, 1, 10, N2_ERR_FORMAT, 0},
    {"rights-negative", -1, 1, 10, N2_ERR_FORMAT, 0},
    {"rights-beyond-32-bits", INT64_C(1) << 32 | 4, 1, 10, N2_ERR_FORMAT, 0},
    {"control", 1, 1, 10, N2_ERR_FORMAT, 0},
    {"control-and-device", 5, 1, 10, N2_ERR_FORMAT, 0},
    {"open-by-signing-key", 8, 1, 10, N2_ERR_FORMAT, 0},
    {"device-by-agreement-key", 4, 1, 10, N2_ERR_FORMAT, AGREEMENT},
    {"open-by-agreement-key", 8, 1, 10, N2_OK, AGREEMENT | WITHOUT_NEW},
    {"life-empty", 4, 10, 10, N2_ERR_FORMAT, 0},
    {"life-backwards", 4, 11, 10, N2_ERR_FORMAT, 0},
    {"device-too-long", 4, 1, DEVICE_LIFE + 2, N2_ERR_FORMAT, 0},
    {"device-as-long-as-may-be", 4, 1, DEVICE_LIFE + 1, N2_OK, 0},
    {"device-for-all-time", 4, INT64_MIN, INT64_MAX, N2_ERR_FORMAT, 0},
    {"zone-for-all-time", 16, INT64_MIN, INT64_MAX, N2_OK, 0},
    {"label-full", 4, 1, 10, N2_OK, LABEL_64},
    {"label-too-long", 4, 1, 10, N2_ERR_FORMAT, LABEL_65},
    {"of-another", 4, 1, 10, N2_ERR_FORGED, OF_ANOTHER},
    {"under-another-control", 4, 1, 10, N2_ERR_FORGED, UNDER_ANOTHER},
    {"without-control", 4, 1, 10, N2_ERR_FORGED, WITHOUT_CONTROL},
    {"without-the-new-key", 4, 1, 10, N2_ERR_FORGED, WITHOUT_NEW},
};

static void
test_add(gconstpointer data)
{
    const add_row *row = data;
    guint8 key_bytes[512], buf[1024], statement[2048];
    g_autofree char *label = g_strnfill(row->how & LABEL_65   ? 65
                                        : row->how & LABEL_64 ? 64
                                                              : 2,
                                        'x');
    const n2_signing_key *keys[2];
    n2_key added;
    n2_box key, body;
    gsize n = 0;
    person p;

    person_init(&p);
    added = p.other.key;
    if (row->how & AGREEMENT)
        added.method = N2_KEY_X25519;
    n2_box_writer k = n2_box_begin(key_bytes, sizeof key_bytes, N2_KIND_KEY);
    n2_box_put_key(&k, 1, &added);
    n2_box_put_int(&k, 2, row->rights);
    n2_box_put_text(&k, 3, label);
    n2_box_put_time(&k, 4, row->from_us);
    n2_box_put_time(&k, 5, row->until_us);
    g_assert_cmpint(n2_box_end(&k, &key, NULL), ==, N2_OK);
    n2_id who = p.who.id;
    guint8 control[32];
    memcpy(control, p.who.control, 32);
    who.hash[7] ^= (row->how & OF_ANOTHER) != 0;
    control[7] ^= (row->how & UNDER_ANOTHER) != 0;
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_ADD);
    n2_box_put_id(&w, 1, &who);
    n2_box_put_bytes(&w, 2, control, 32);
    n2_box_put_box(&w, 3, &key);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    if (!(row->how & WITHOUT_CONTROL))
        keys[n++] = &p.control;
    if (!(row->how & WITHOUT_NEW))
        keys[n++] = &p.other;
    gsize len = state(statement, sizeof statement, &body, keys, n);
    g_assert_cmpint(n2_identity_add(&p.who, statement, len, NULL), ==, row->want);
    g_assert_cmpuint(p.who.n_keys, ==, row->want ? 1 : 2);
    /* Broken in its last byte it is nothing, and changes nothing. */
    statement[len - 1] ^= 1;
    g_assert_cmpint(n2_identity_add(&p.who, statement, len, NULL), !=, N2_OK);
    g_assert_cmpuint(p.who.n_keys, ==, row->want ? 1 : 2);
}

/* One key, several grants: each is its own; the same twice is one. */
static void
test_grants_differ(void)
{
    static const n2_grant grants[] = {{.rights = 4, .from_us = 1, .until_us = 10},
                                      {.rights = 32, .from_us = 1, .until_us = 10},
                                      {.rights = 4, .from_us = 2, .until_us = 10},
                                      {.rights = 4, .from_us = 1, .until_us = 11},
                                      {.rights = 4, .from_us = 1, .until_us = 10}};
    guint8 buf[1024], statement[2048];
    n2_box body;
    person p;

    person_init(&p);
    for (gsize i = 0; i < G_N_ELEMENTS(grants); i++) {
        n2_grant grant = grants[i];
        grant.key = p.other.key;
        g_assert_cmpint(n2_add_body(buf, sizeof buf, &p.who, &grant, "", &body), ==, N2_OK);
        gsize len = state(statement, sizeof statement, &body,
                          (const n2_signing_key *[]){&p.control, &p.other}, 2);
        g_assert_cmpint(n2_identity_add(&p.who, statement, len, NULL), ==, N2_OK);
        g_assert_cmpuint(p.who.n_keys, ==, 1 + MIN(i + 1, 4));
    }
}

/* ---- births ---- */

static void
test_births(void)
{
    guint8 buf[1024], statement[2048];
    n2_identity who;
    n2_box body;
    person p;

    person_init(&p);
    /* Nobody's: a birth without control keys, signed by somebody. */
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_BIRTH);
    n2_box_put_bytes(&w, 1, "00000000000000000000000000000000", 32);
    n2_box_put_time(&w, 2, now);
    n2_box_put_bytes(&w, 3, "0000000000000000", 16);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    gsize len =
        state(statement, sizeof statement, &body, (const n2_signing_key *[]){&p.control}, 1);
    g_assert_cmpint(n2_identity_birth(&who, statement, len, 1, NULL), ==, N2_ERR_FORGED);
    /* A control key that can sign nothing. */
    n2_key agreement = {.method = N2_KEY_X25519, .bytes = {1}};
    w = n2_box_begin(buf, sizeof buf, N2_KIND_BIRTH);
    n2_box_put_bytes(&w, 1, "00000000000000000000000000000000", 32);
    n2_box_put_time(&w, 2, now);
    n2_box_put_bytes(&w, 3, "0000000000000000", 16);
    n2_box_put_key(&w, 64, &agreement);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    len = state(statement, sizeof statement, &body, (const n2_signing_key *[]){&p.control}, 1);
    g_assert_cmpint(n2_identity_birth(&who, statement, len, 1, NULL), ==, N2_ERR_FORGED);
    /* An identity by a hash that nobody has. */
    g_assert_cmpint(n2_identity_birth(&who, p.birth, p.birth_len, 3, NULL), ==,
                    N2_ERR_UNSUPPORTED);
    g_assert_cmpint(n2_identity_birth(&who, p.birth, p.birth_len, 2, NULL), ==, N2_OK);
    g_assert_cmpint(who.id.method, ==, 2);
    g_assert_false(n2_id_equal(&who.id, &p.who.id));
}

/* ---- heads ---- */

typedef struct {
    const char *name;
    const char *branch;
    gint64 counter;
    guint parents, parent_bytes;
    n2_err want;
} head_row;

static const head_row head_rows[] = {
    {"good", "main", 2, 1, 32, N2_OK},
    {"first", "main", 1, 0, 32, N2_OK},
    {"counter-0", "main", 0, 0, 32, N2_ERR_FORMAT},
    {"counter-negative", "main", -1, 1, 32, N2_ERR_FORMAT},
    {"first-with-parent", "main", 1, 1, 32, N2_ERR_FORMAT},
    {"second-without", "main", 2, 0, 32, N2_ERR_FORMAT},
    {"parent-short", "main", 2, 1, 31, N2_ERR_FORMAT},
    {"parent-long", "main", 2, 1, 33, N2_ERR_FORMAT},
    {"branch-empty", "", 1, 0, 32, N2_ERR_FORMAT},
    {"branch-full", "0123456789012345678901234567890123456789012345678901234567890123", 1, 0,
     32, N2_OK},
    {"branch-long", "01234567890123456789012345678901234567890123456789012345678901234", 1, 0,
     32, N2_ERR_FORMAT},
};

static void
test_head(gconstpointer data)
{
    const head_row *row = data;
    guint8 buf[1024], parent[33] = {0};
    n2_id who = {.method = 1};
    n2_ref root = {.id = {.method = 1}};
    n2_head head;
    n2_box body;

    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_TREE_HEAD);
    n2_box_put_id(&w, 1, &who);
    n2_box_put_text(&w, 2, row->branch);
    n2_box_put_int(&w, 3, row->counter);
    n2_box_put_ref(&w, 4, &root);
    n2_box_put_time(&w, 5, now);
    for (guint i = 0; i < row->parents; i++)
        n2_box_put_bytes(&w, 64, parent, row->parent_bytes);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    g_assert_cmpint(n2_head_read(&head, &body), ==, row->want);
    for (gsize i = 0; row->want && i < sizeof head; i++)
        g_assert_cmphex(((guint8 *)&head)[i], ==, 0);
}

static void
test_head_writer(void)
{
    guint8 buf[1024];
    n2_head head = {.who = {.method = 1},
                    .branch = N2_BRANCH_MAIN,
                    .counter = UINT64_C(1) << 63,
                    .root = {.id = {.method = 1}}};
    n2_box body, other;

    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_ERR_LIMIT);
    head.counter = 2;
    head.n_parents = N2_HEAD_PARENTS_MAX + 1;
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_ERR_LIMIT);
    head.n_parents = 0; /* a counter that needs one */
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_ERR_FORMAT);
    head.counter = 1;
    g_assert_cmpint(n2_head_body(buf, 20, &head, &body), ==, N2_ERR_NOSPACE);
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &body), ==, N2_OK);
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_DIRECTORY);
    g_assert_cmpint(n2_box_end(&w, &other, NULL), ==, N2_OK);
    g_assert_cmpint(n2_head_read(&head, &other), ==, N2_ERR_FORMAT); /* another kind */
}

/* ---- node keys ---- */

static void
test_node_keys(void)
{
    guint8 buf[1024], statement[2048];
    n2_signing_key long_key = key_of(N2_KEY_ED448, 9);
    n2_node_key k = {.suites = 1, .serial = 1, .until_s = (guint32)((now + day) / SECOND)};
    n2_identity before, chain;
    n2_box box, body;
    person p;

    person_init(&p);
    /* No room for a signature of Ed448, nor any use for it. */
    g_assert_cmpint(n2_node_key_sign(&k, &p.who.id, &long_key), ==, N2_ERR_UNSUPPORTED);
    g_assert_cmpint(n2_node_key_statement(buf, sizeof buf, &k, &p.who.id, &long_key.key, &box),
                    ==, N2_ERR_UNSUPPORTED);
    g_assert_cmpint(n2_node_key_statement(buf, 40, &k, &p.who.id, &p.other.key, &box), ==,
                    N2_ERR_NOSPACE);
    n2_id nobody = {.method = 77};
    g_assert_cmpint(n2_node_key_sign(&k, &nobody, &p.other), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_node_key_statement(buf, sizeof buf, &k, &nobody, &p.other.key, &box), ==,
                    N2_ERR_FORMAT);

    /* Signed by a key that the identity has, hint and all, which is no device. */
    g_assert_cmpint(n2_node_key_sign(&k, &p.who.id, &p.control), ==, N2_OK);
    g_assert_cmpint(n2_node_key_check(&k, &p.who, now), ==, N2_ERR_FORGED);
    n2_grant grant = {.key = p.other.key, .rights = 4, .from_us = now, .until_us = now + day};
    g_assert_cmpint(n2_add_body(buf, sizeof buf, &p.who, &grant, "", &body), ==, N2_OK);
    gsize len = state(statement, sizeof statement, &body,
                      (const n2_signing_key *[]){&p.control, &p.other}, 2);
    before = p.who;
    g_assert_cmpint(n2_identity_add(&p.who, statement, len, NULL), ==, N2_OK);
    g_assert_cmpint(n2_node_key_check(&k, &p.who, now), ==, N2_ERR_FORGED);
    g_assert_cmpint(n2_node_key_sign(&k, &p.who.id, &p.other), ==, N2_OK);
    g_assert_cmpint(n2_node_key_check(&k, &p.who, now), ==, N2_OK);
    g_assert_cmpint(n2_node_key_check(&k, &before, now), ==, N2_ERR_FORGED);
    k.signature[5] ^= 1; /* the hint leads to the key, the signature does not hold */
    g_assert_cmpint(n2_node_key_check(&k, &p.who, now), ==, N2_ERR_FORGED);
    k.signature[5] ^= 1;

    /* A chain: of somebody else; with a broken link; too long before anything is verified. */
    n2_slice birth = {p.birth, p.birth_len}, adds[2] = {{statement, len}, {statement, len}};
    n2_id want = p.who.id;
    g_assert_cmpint(n2_chain_check(&chain, &want, birth, adds, 2, &k, now, NULL), ==, N2_OK);
    g_assert_cmpuint(chain.n_keys, ==, 2);
    want.hash[3] ^= 1;
    g_assert_cmpint(n2_chain_check(&chain, &want, birth, adds, 1, &k, now, NULL), ==,
                    N2_ERR_FORGED);
    g_assert_cmpuint(chain.n_keys, ==, 0);
    want.hash[3] ^= 1;
    birth.len--;
    g_assert_cmpint(n2_chain_check(&chain, &want, birth, adds, 1, &k, now, NULL), !=, N2_OK);
    birth.len++;
    adds[0].len = N2_IDENTITY_BYTES_MAX; /* never looked at: the sum is too much */
    g_assert_cmpint(n2_chain_check(&chain, &want, birth, adds, 2, &k, now, NULL), ==,
                    N2_ERR_LIMIT);
}

/* Kinds that no right signs, or that are none; and a clock that is not known. */
static void
test_kinds_without_right(void)
{
    guint8 buf[1024], statement[2048];
    n2_statement out;
    n2_box body;
    person p;

    person_init(&p);
    static const guint8 kinds[] = {0, N2_KIND_SIGNED, N2_KIND_DIRECTORY, N2_KIND_END, 99};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        g_assert_cmpint(
            n2_identity_check(&p.who, &out, p.birth, p.birth_len, kinds[i], now, NULL), ==,
            N2_ERR_UNSUPPORTED);
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_FRESH);
    n2_box_put_id(&w, 1, &p.who.id);
    n2_box_put_bytes(&w, 2, p.who.control, 32);
    n2_box_put_bytes(&w, 3, p.who.control, 32);
    n2_box_put_time(&w, 4, now - 31 * day);
    g_assert_cmpint(n2_box_end(&w, &body, NULL), ==, N2_OK);
    gsize len =
        state(statement, sizeof statement, &body, (const n2_signing_key *[]){&p.control}, 1);
    g_assert_cmpint(n2_identity_check(&p.who, &out, statement, len, N2_KIND_FRESH, now, NULL),
                    ==, N2_ERR_FORGED); /* a month is over */
    g_assert_cmpint(n2_identity_check(&p.who, &out, statement, len, N2_KIND_FRESH, 0, NULL), ==,
                    N2_OK);
    g_assert_cmpint(
        n2_identity_check(&p.who, &out, statement, len - 1, N2_KIND_FRESH, now, NULL), ==,
        N2_ERR_TRUNCATED);
    g_assert_true(n2_statement_is_by(&out, &p.control.key) == false);
}

static void
test_sheet(void)
{
    n2_signing_key a = key_of(N2_KEY_ED25519, 3), b = key_of(N2_KEY_ED448, 4);
    guint8 commitment[32];

    g_assert_cmpint(n2_sheet_commit(&a.key, &b.key, commitment), ==, N2_OK);
    g_assert_cmpint(n2_sheet_commit(&b.key, &a.key, commitment), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_sheet_commit(&a.key, &a.key, commitment), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_sheet_commit(&b.key, &b.key, commitment), ==, N2_ERR_FORMAT);
}

/* ---- directories ---- */

/* A directory with attributes of its own keeps them when an entry is changed. */
static void
test_directory_attributes(void)
{
    guint8 buf[1024], entry_bytes[512], *bytes;
    n2_ref ref = {.id = {.method = 1}};
    n2_entry_spec spec = {.name = "b", .name_len = 1, .type = N2_ENTRY_FILE, .ref = ref};
    n2_attr attr = {.name = (const guint8 *)"note",
                    .name_len = 4,
                    .type = N2_TYPE_TEXT,
                    .value = (const guint8 *)"x",
                    .len = 1},
            got;
    n2_directory dir;
    n2_entry entry;
    n2_box box;
    gsize len;

    n2_box_writer e = n2_box_begin(entry_bytes, sizeof entry_bytes, N2_KIND_ENTRY);
    n2_box_put_text(&e, 1, "a");
    n2_box_put_ref(&e, 2, &ref);
    n2_box_put_int(&e, 3, N2_ENTRY_FILE);
    n2_box_put_attr(&e, 65, &attr);
    g_assert_cmpint(n2_box_end(&e, &box, NULL), ==, N2_OK);
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_DIRECTORY);
    n2_box_put_attr(&w, 65, &attr);
    n2_box_put_box(&w, 128, &box);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_check(&dir, box.bytes, box.len, NULL), ==, N2_OK);
    g_assert_cmpuint(dir.n_entries, ==, 1);
    g_assert_cmpint(n2_directory_find(&dir, "a", 1, &entry), ==, N2_OK);
    g_assert_true(n2_entry_attr(&entry, "note", &got));
    g_assert_false(n2_entry_attr(&entry, "nota", &got)); /* as long, but another */
    g_assert_false(n2_entry_attr(&entry, "notes", &got));

    g_assert_cmpint(n2_directory_with(&dir, &spec, NULL, &bytes, &len), ==, N2_OK);
    n2_directory more;
    g_assert_cmpint(n2_directory_check(&more, bytes, len, NULL), ==, N2_OK);
    g_assert_cmpuint(more.n_entries, ==, 2);
    n2_field f;
    g_assert_true(n2_box_find(&more.box, 65, &f));
    g_assert_cmpuint(n2_field_attr(&f).len, ==, 1);
    free(bytes);
    spec.name = "a"; /* gone: only the attribute is left */
    spec.type = 0;
    g_assert_cmpint(n2_directory_with(&dir, &spec, NULL, &bytes, &len), ==, N2_OK);
    g_assert_cmpint(n2_directory_check(&more, bytes, len, NULL), ==, N2_OK);
    g_assert_cmpuint(more.n_entries, ==, 0);
    g_assert_true(n2_box_find(&more.box, 65, &f));
    free(bytes);
    spec.name = "\x01"; /* no name */
    spec.type = N2_ENTRY_FILE;
    g_assert_cmpint(n2_directory_with(&dir, &spec, NULL, &bytes, &len), ==, N2_ERR_FORMAT);
}

/* An entry that is too much for a box, and entries that are too much for a directory. */
static void
test_directory_limits(void)
{
    g_autofree char *value = g_strnfill(65000, 'x');
    n2_attr attr = {.name = (const guint8 *)"note",
                    .name_len = 4,
                    .type = N2_TYPE_TEXT,
                    .value = (const guint8 *)value,
                    .len = 65000},
            attrs[2] = {attr, attr};
    n2_entry_spec spec = {.name_len = 4,
                          .type = N2_ENTRY_FILE,
                          .ref = {.id = {.method = 1}},
                          .attrs = attrs,
                          .n_attrs = 2};
    n2_directory_maker *maker;
    n2_err err = N2_OK;
    guint8 *bytes;
    gsize len;
    guint n = 0;

    attrs[1].name = (const guint8 *)"more";
    g_assert_cmpint(n2_directory_maker_new(&maker, NULL), ==, N2_OK);
    spec.name = "full";
    g_assert_cmpint(n2_directory_maker_add(maker, &spec), ==, N2_ERR_LIMIT);
    spec.n_attrs = 1;
    while (!err) { /* 16 MiB are reached before 100,000 entries */
        g_autofree char *name = g_strdup_printf("%04u", n++);
        spec.name = name;
        err = n2_directory_maker_add(maker, &spec);
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(n, >, 250);
    n2_directory_maker_free(maker);

    g_assert_cmpint(n2_directory_maker_new(&maker, NULL), ==, N2_OK);
    spec.n_attrs = 0;
    for (n = 0, err = N2_OK; !err; n++) {
        g_autofree char *name = g_strdup_printf("%06u", n);
        spec.name = name;
        spec.name_len = 6;
        err = n2_directory_maker_add(maker, &spec);
    }
    g_assert_cmpint(err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(n - 1, ==, N2_BOX_DIRECTORY_FIELDS_MAX);
    g_assert_cmpint(n2_directory_maker_finish(maker, &bytes, &len), ==, N2_OK);
    n2_directory_maker_free(maker);
    free(bytes);
}

#define ADD_ROWS(path, rows, func)                                                             \
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {                                           \
        g_autofree char *name = g_strconcat(path, (rows)[i].name, NULL);                       \
        g_test_add_data_func(name, &(rows)[i], func);                                          \
    }

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ROWS("/crypto/foreign/add/", add_rows, test_add)
    ADD_ROWS("/crypto/foreign/head/", head_rows, test_head)
    g_test_add_func("/crypto/foreign/grants-differ", test_grants_differ);
    g_test_add_func("/crypto/foreign/births", test_births);
    g_test_add_func("/crypto/foreign/head-writer", test_head_writer);
    g_test_add_func("/crypto/foreign/node-keys", test_node_keys);
    g_test_add_func("/crypto/foreign/kinds-without-right", test_kinds_without_right);
    g_test_add_func("/crypto/foreign/sheet", test_sheet);
    g_test_add_func("/crypto/foreign/directory-attributes", test_directory_attributes);
    g_test_add_func("/crypto/foreign/directory-limits", test_directory_limits);
    return g_test_run();
}
