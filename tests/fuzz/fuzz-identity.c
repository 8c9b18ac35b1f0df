/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-identity.c - sets of statements: any bytes as one, and statements that the harness signs
 *                   with keys of its own, in two orders, with words of the input's in them.
 * What they come to is the same, and nobody has a right that nobody gave.
 *
 * First byte: 0 the rest is a container, else records: kind 1, who signs 1 (a bit for each
 * key), control it is under 1 (0: the birth, else the last, or another's), key 1, value 1,
 * change 1 (128 and above: one byte of the body, at 2, to 1).
 */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "crypto/container.h"
#include "crypto/identity-body.h"
#include "crypto/identity-set.h"
#include "crypto/sheet.h"
#include "fuzz.h"

enum {
    KEYS = 6, /* 0, 1: control keys; 2, 3: devices; 4, 5: the sheet's */
    MADE = 1000,
    STATEMENTS_MAX = 12, /* all of them may wait */
    ROOM = 4096
};

typedef struct {
    n2_signing_key key[KEYS];
    n2_identity born;
    uint8_t birth[1024];
    size_t birth_len;
} world;

static void
make_world(world *w)
{
    uint8_t body_bytes[512], salt[N2_SALT_BYTES] = {1}, sheet[N2_HASH_BYTES];
    uint8_t seed[N2_SEED_BYTES_MAX] = {0};
    n2_signature s;
    n2_box body, box;
    uint8_t d[N2_DIGEST_BYTES];

    for (uint8_t i = 0; i < 4; i++) {
        seed[0] = i;
        check(!n2_signing_key_init(&w->key[i], N2_KEY_ED25519, seed));
    }
    check(!n2_sheet_keys(seed, &w->key[4], &w->key[5]));
    check(!n2_sheet_commit(&w->key[4].key, &w->key[5].key, sheet));
    check(!n2_birth_body(body_bytes, sizeof body_bytes, sheet, MADE, salt, &w->key[0].key, 1,
                         &body));
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    check(!n2_sign(&s, &w->key[0], d));
    check(!n2_statement_make(w->birth, sizeof w->birth, &body, &s, 1, &box));
    w->birth_len = box.len;
    check(!n2_identity_birth(&w->born, w->birth, box.len, N2_METHOD_SHA256, NULL));
}

static n2_grant
grant(const world *w, uint8_t key, uint8_t rights)
{
    return (n2_grant){.key = w->key[key % KEYS].key,
                      .rights = rights,
                      .from_us = MADE,
                      .until_us = MADE + INT64_C(1000000) * (1 + rights)};
}

/* A body of @kind, by what the record says; empty: there is none. */
static n2_box
make_body(const world *w,
          const n2_identity *under,
          uint8_t kind,
          uint8_t key,
          uint8_t value,
          uint8_t *out)
{
    n2_grant g = grant(w, key, value);
    n2_listed listed[2] = {{g, "a"}, {grant(w, (uint8_t)(key + 1), N2_RIGHT_CONTROL), "b"}};
    n2_distrusted d = {g.key, value};
    n2_id other = {.method = 1, .hash = {value}};
    uint8_t hash[N2_HASH_BYTES] = {value};
    n2_err err = N2_ERR_FORMAT;
    n2_box box = {0};

    if (kind == N2_KIND_CONTROL)
        err = n2_control_body(out, ROOM, under, MADE + value, listed, 2, &box);
    else if (kind == N2_KIND_ADD)
        err = n2_add_body(out, ROOM, under, &g, "x", &box);
    else if (kind == N2_KIND_REMOVE)
        err = n2_remove_body(out, ROOM, under, &g.key, value, &box);
    else if (kind == N2_KIND_END)
        err = n2_end_body(out, ROOM, &under->id, value & 1 ? &other : NULL, value,
                          &w->key[4].key, &w->key[5].key, &d, 1, &box);
    else if (kind == N2_KIND_FRESH)
        err = n2_fresh_body(out, ROOM, under, hash, MADE + value, &box);
    return err ? (n2_box){0} : box;
}

static size_t
sign(const world *w, const n2_box *body, uint8_t signers, uint8_t *out)
{
    n2_signature s[KEYS];
    uint8_t d[N2_DIGEST_BYTES];
    n2_box box;
    size_t n = 0;

    n2_statement_digest(body->kind, body->version, body->bytes, body->len, d);
    for (size_t i = 0; i < KEYS; i++)
        if (signers & 1 << i)
            check(!n2_sign(&s[n++], &w->key[i], d));
    return n && !n2_statement_make(out, 2 * ROOM, body, s, n, &box) ? box.len : 0;
}

static bool
is_alike(const n2_identity *a, const n2_identity *b)
{
    bool same = n2_id_equal(&a->id, &b->id) && a->made_us == b->made_us &&
                !memcmp(a->sheet, b->sheet, sizeof a->sheet) &&
                !memcmp(a->control, b->control, sizeof a->control) && a->number == b->number &&
                a->state == b->state && n2_id_equal(&a->successor, &b->successor) &&
                a->is_contested == b->is_contested && a->ended_us == b->ended_us &&
                a->fresh_us == b->fresh_us && a->other_us == b->other_us &&
                a->n_keys == b->n_keys;

    for (size_t i = 0; same && i < a->n_keys; i++)
        same = n2_key_equal(&a->keys[i].key, &b->keys[i].key) &&
               a->keys[i].rights == b->keys[i].rights &&
               a->keys[i].from_us == b->keys[i].from_us &&
               a->keys[i].until_us == b->keys[i].until_us;
    return same;
}

static n2_identity_set *
new_set(const world *w)
{
    n2_identity_set *set;

    check(!n2_identity_set_new(&set, &w->born.id, NULL));
    return set;
}

/* What was made: every statement, and whether a control key of the birth signed any. */
typedef struct {
    uint8_t *bytes[STATEMENTS_MAX];
    size_t len[STATEMENTS_MAX], n;
    bool has_control, has_sheet;
} story;

static void
record(const world *w, n2_reader *r, const n2_identity *last, story *s)
{
    uint8_t body_bytes[ROOM], bytes[2 * ROOM];
    uint8_t kind = (uint8_t)(2 + n2_read_u8(r) % 6), signers = n2_read_u8(r) & 63;
    uint8_t under = n2_read_u8(r), key = n2_read_u8(r), value = n2_read_u8(r);
    uint8_t change = n2_read_u8(r);
    n2_identity who = under ? *last : w->born;

    if (under & 0x80)
        who.control[0] ^= under;
    n2_box body = make_body(w, &who, kind, key, value, body_bytes);
    if (body.len && change & 0x80) {
        size_t at = n2_read_u16(r) % body.len;
        body_bytes[at] = n2_read_u8(r);
        if (at < N2_BOX_HEAD_BYTES)
            return; /* another kind: its signature would be another */
    }
    size_t len = body.len ? sign(w, &body, signers, bytes) : 0;
    if (!len)
        return;
    s->has_control |= signers & 1;
    s->has_sheet |= (signers & 0x30) == 0x30;
    s->bytes[s->n] = fuzz_copy(bytes, len);
    s->len[s->n++] = len;
}

static n2_identity
look(const n2_identity_set *set)
{
    n2_identity who;

    if (n2_identity_look(set, 0, &who))
        check(!who.n_keys);
    check(who.n_keys <= N2_IDENTITY_KEYS_MAX);
    check(who.successor.method == 0 || (who.state == N2_IDENTITY_ENDED && !who.is_contested));
    return who;
}

/* Its own container comes to the same. */
static void
check_container(const world *w, const n2_identity_set *set, const n2_identity *want)
{
    uint8_t *buf = malloc(N2_IDENTITY_BYTES_MAX);
    n2_identity_set *again = new_set(w);
    size_t len;

    check(buf && !n2_identity_set_write(set, buf, N2_IDENTITY_BYTES_MAX, &len));
    if (len)
        check(!n2_identity_take_all(again, buf, len, 0, NULL));
    n2_identity who = look(again);
    check(is_alike(&who, want));
    n2_identity_set_free(again);
    free(buf);
}

static void
try_story(const world *w, n2_reader *r)
{
    n2_identity_set *forth = new_set(w), *back = new_set(w);
    n2_identity last = w->born;
    story s = {0};

    check(!n2_identity_take(forth, w->birth, w->birth_len, 0, NULL, NULL));
    while (n2_reader_left(r) && s.n < STATEMENTS_MAX) {
        size_t before = s.n;

        record(w, r, &last, &s);
        if (s.n == before)
            continue;
        n2_err err = n2_identity_take(forth, s.bytes[before], s.len[before], 0, NULL, NULL);
        check(err != N2_ERR_NOMEM);
        last = look(forth);
    }
    for (size_t i = s.n; i--;)
        (void)!n2_identity_take(back, s.bytes[i], s.len[i], 0, NULL, NULL);
    check(!n2_identity_take(back, w->birth, w->birth_len, 0, NULL, NULL));
    n2_identity a = look(forth), b = look(back);
    check(is_alike(&a, &b));
    check(a.state != N2_IDENTITY_ENDED || s.has_sheet);
    if (!s.has_control) { /* only who has the first control key begins anything */
        check(a.state != N2_IDENTITY_FROZEN && a.number == 0 && a.n_keys == 1);
        check(n2_key_equal(&a.keys[0].key, &w->key[0].key));
    }
    check_container(w, forth, &a);
    for (size_t i = 0; i < s.n; i++)
        free(s.bytes[i]);
    n2_identity_set_free(forth);
    n2_identity_set_free(back);
}

/* Nobody's bytes: what is taken at all is the birth that everybody has. */
static void
try_container(const world *w, const uint8_t *data, size_t size)
{
    n2_identity_set *set = new_set(w);
    uint8_t *exact = fuzz_copy(data, size);
    const uint8_t *one;
    size_t n, n_met = 0, at = 0, len;

    n2_err err = n2_container_check(exact, size, &n);
    if (!err) {
        while (n2_container_next(exact, size, &at, &one, &len)) {
            (void)n2_statement_kind(one, len);
            n_met++;
        }
        check(n_met == n && at == size);
    }
    (void)!n2_identity_take_all(set, exact, size, 0, NULL);
    (void)!n2_identity_take(set, exact, size, 0, NULL, NULL);
    check(n2_identity_set_count(set) <= 1);
    n2_identity_set_free(set);
    free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world w;
    n2_reader r = n2_reader_init(data, size);

    if (!w.birth_len)
        make_world(&w);
    if (!size)
        return 0;
    if (!n2_read_u8(&r))
        try_container(&w, data + 1, size - 1);
    else
        try_story(&w, &r);
    return 0;
}
