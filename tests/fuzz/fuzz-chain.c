/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-chain.c - chains of statements whose signatures hold, made by somebody who lies in what
 *                he signs: what nobody gave a right to has none.
 *
 * The harness signs.  Records: what 1 (bits 0-1: kind; with bit 5, 0-4; bit 6: grown by the
 * kind's rules), who signs 1 (a bit for each key), time 4 (s), then what body() reads.
 */
#include "base/reader.h"
#include "crypto/head.h"
#include "crypto/nodekey.h"
#include "fuzz.h"
#include "grow.h"

enum {
    KEYS = 4, /* 0: control key of the identity, 1: its device, 2 and 3: strangers */
    ROOM = 8192,
    CHANGES_MAX = 8
};

typedef struct {
    n2_signing_key key[KEYS];
    n2_identity who;
    bool has_added[KEYS];
    uint8_t birth[1024];
    n2_box birth_box;
} world;

static void
make_identity(world *w)
{
    uint8_t body_bytes[512], salt[N2_SALT_BYTES] = {1}, sheet[N2_HASH_BYTES] = {2};
    uint8_t seed[N2_SEED_BYTES_MAX] = {0};
    n2_box body;

    for (size_t i = 0; i < KEYS; i++) {
        seed[0] = (uint8_t)i;
        check(!n2_signing_key_init(&w->key[i], N2_KEY_ED25519, seed));
    }
    check(!n2_birth_body(body_bytes, sizeof body_bytes, sheet, 1000, salt, &w->key[0].key, 1,
                         &body));
    check(!n2_statement_sign(w->birth, sizeof w->birth, &body, &w->key[0], &w->birth_box));
}

static n2_id
read_id(const world *w, n2_reader *r)
{
    n2_id id = w->who.id;
    uint8_t change = n2_read_u8(r);

    if (change & 0x80)
        id.hash[change & 31] ^= 1;
    return id;
}

/* A body of @kind: for adds and heads with values of the input's in their fields, else grown;
 * then single bytes of it are changed as the input says. */
static size_t
body(const world *w, uint8_t kind, bool grows, n2_reader *r, uint8_t *out, size_t room)
{
    n2_box box = {0};

    if (kind == N2_KIND_ADD && !grows) {
        n2_identity who = w->who;
        n2_grant g = {.key = w->key[n2_read_u8(r) % KEYS].key, .rights = n2_read_u8(r)};

        who.id = read_id(w, r);
        g.from_us = (int64_t)n2_read_u32(r) * 1000000;
        g.until_us = g.from_us + (int64_t)n2_read_u32(r) * 1000000;
        if (n2_add_body(out, room, &who, &g, "x", &box))
            return 0;
    } else if (kind == N2_KIND_TREE_HEAD && !grows) {
        n2_head head = {.who = read_id(w, r),
                        .branch = N2_BRANCH_MAIN,
                        .counter = n2_read_u16(r),
                        .root = {.id = {.method = N2_METHOD_SHA256}},
                        .n_parents = n2_read_u8(r) % (N2_HEAD_PARENTS_MAX + 1)};

        for (size_t i = 0; i < head.n_parents; i++)
            head.parents[i][0] = (uint8_t)i;
        if (n2_head_body(out, room, &head, &box))
            return 0;
    }
    size_t len = box.len ? box.len : grow_box(out, room, kind, n2_read_u32(r));

    for (unsigned n = n2_read_u8(r) % CHANGES_MAX; n && len; n--) {
        size_t at = n2_read_u16(r) % len;

        out[at] = n2_read_u8(r);
    }
    return len;
}

/* @body and @n signatures over it, whatever it is. */
static size_t
sign(const world *w, const uint8_t *bytes, size_t len, uint8_t keys, uint8_t *out)
{
    uint8_t d[N2_DIGEST_BYTES];
    n2_signature signatures[KEYS];
    n2_box box = {.bytes = bytes, .len = len, .kind = bytes[2], .version = bytes[3]}, made;
    size_t n = 0;

    n2_statement_digest(box.kind, box.version, bytes, len, d);
    for (size_t i = 0; i < KEYS; i++)
        if (keys & 1 << i)
            check(!n2_sign(&signatures[n++], &w->key[i], d));
    return n && !n2_statement_make(out, ROOM, &box, signatures, n, &made) ? made.len : 0;
}

/* Nobody but the holder of the control key gives rights. */
static void
check_rights(const world *w, uint8_t signers, const n2_identity *before)
{
    check(w->who.n_keys <= N2_IDENTITY_KEYS_MAX);
    check(w->who.n_keys == before->n_keys ||
          (w->who.n_keys == before->n_keys + 1 && signers & 1));
    for (size_t i = 1; i < w->who.n_keys; i++)
        check(!(w->who.keys[i].rights & N2_RIGHT_CONTROL));
    check(n2_identity_may(&w->who, &w->key[0].key, N2_RIGHT_CONTROL, 0));
}

static void
act(world *w, n2_reader *r)
{
    static const uint8_t often[] = {N2_KIND_ADD, N2_KIND_TREE_HEAD, N2_KIND_NODE_KEY,
                                    N2_KIND_BIRTH};
    uint8_t bytes[ROOM / 2], signed_bytes[ROOM];
    uint8_t what = n2_read_u8(r), signers = n2_read_u8(r) & 15;
    uint8_t kind = what & 0x20 ? what & 0x1f : often[what & 3];
    int64_t wall_us = (int64_t)n2_read_u32(r) * 1000000;
    n2_identity before = w->who, born;
    n2_statement s;
    n2_head head;

    size_t len = body(w, kind, what & 0x40, r, bytes, sizeof bytes);
    len = len >= N2_BOX_HEAD_BYTES ? sign(w, bytes, len, signers, signed_bytes) : 0;
    if (!len)
        return;
    uint8_t *exact = fuzz_copy(signed_bytes, len);

    if (kind == N2_KIND_BIRTH && !n2_identity_birth(&born, exact, len, N2_METHOD_SHA256, NULL))
        check(!n2_id_equal(&born.id, &w->who.id));
    n2_err err = n2_identity_add(&w->who, exact, len, NULL);
    check(!err || w->who.n_keys == before.n_keys);
    check_rights(w, signers, &before);
    if (!n2_statement_check(&s, exact, len, N2_KIND_TREE_HEAD, NULL)) {
        uint8_t *alone = fuzz_copy(s.body.bytes, s.body.len);
        n2_box box;

        check(!n2_box_check(&box, alone, s.body.len, N2_KIND_TREE_HEAD, NULL));
        if (!n2_head_read(&head, &box))
            check(head.n_parents <= N2_HEAD_PARENTS_MAX && head.counter);
        free(alone);
    }
    if (!n2_identity_check(&w->who, &s, exact, len, kind, wall_us, NULL)) {
        check(s.body.kind == kind && s.n_keys);
        check(signers & 3 || w->who.n_keys > 1);
    }
    if (!n2_head_check(&head, &w->who, exact, len, wall_us, NULL))
        check(head.counter && n2_id_equal(&head.who, &w->who.id));
    free(exact);
}

/* The whole chain, as one who asks gets it. */
static void
check_chain(const world *w)
{
    n2_node_key k = {.suites = 1, .serial = 1, .until_s = 4000};
    n2_slice birth = {w->birth, w->birth_box.len};
    n2_identity who;
    bool is_device = n2_identity_may(&w->who, &w->key[1].key, N2_RIGHT_DEVICE, 0);

    check(!n2_node_key_sign(&k, &w->who.id, &w->key[1]));
    check(!n2_node_key_check(&k, &w->who, 0) == is_device);
    check(n2_chain_check(&who, &w->who.id, birth, NULL, 0, &k, 0, NULL) != N2_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world fresh;
    n2_reader r = n2_reader_init(data, size);

    if (!fresh.birth_box.len)
        make_identity(&fresh);
    world w = fresh;

    check(!n2_identity_birth(&w.who, w.birth, w.birth_box.len, N2_METHOD_SHA256, NULL));
    for (unsigned n = 0; n < 12 && n2_reader_left(&r); n++)
        act(&w, &r);
    check_chain(&w);
    return 0;
}
