/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * announce.c - who has a content, or where an identity is (kind 20), and where in the DHT it
 *              lies.
 */
#include "crypto/announce.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "crypto/hkdf.h"

enum {
    FIELD_ROOT = 1,
    FIELD_NODE = 2,
    FIELD_ATTACHMENT = 3,
    FIELD_SERIAL = 4,
    FIELD_UNTIL = 5,
    FIELD_WHO = 192,

    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES
};

_Static_assert(N2_ANNOUNCE_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "the nonce of the cipher");

/* ---- where it lies ---- */

static const char *
label_of(n2_announce_kind kind)
{
    return kind == N2_ANNOUNCE_HAS ? "n2 has 1" : "n2 where 1";
}

static void
id_bytes(uint8_t out[N2_ID_BYTES], const n2_id *id)
{
    out[0] = id->method;
    memcpy(out + 1, id->hash, sizeof id->hash);
}

void
n2_announce_key(n2_announce_kind kind, const n2_id *about, uint8_t key[static N2_HASH_BYTES])
{
    uint8_t name[N2_ID_BYTES];
    n2_hash hash;

    id_bytes(name, about);
    n2_hash_init(&hash, N2_METHOD_SHA256);
    n2_hash_update(&hash, label_of(kind), strlen(label_of(kind)));
    n2_hash_update(&hash, name, sizeof name);
    n2_hash_final(&hash, key);
}

void
n2_dht_id_of(const n2_attachment *attachment, uint8_t slot, uint8_t id[static N2_HASH_BYTES])
{
    static const char label[] = "n2 dht 1";
    uint64_t until = attachment->until_us > 0 ? (uint64_t)attachment->until_us : 0;
    uint32_t week = (uint32_t)(until / N2_DHT_WEEK_US);
    const uint8_t tail[] = {slot, (uint8_t)(week >> 24), (uint8_t)(week >> 16),
                            (uint8_t)(week >> 8), (uint8_t)week};
    uint8_t domain[N2_ID_BYTES];
    n2_hash hash;

    assert(slot < N2_DHT_SLOTS);
    id_bytes(domain, &attachment->domain);
    n2_hash_init(&hash, N2_METHOD_SHA256);
    n2_hash_update(&hash, label, sizeof label - 1);
    n2_hash_update(&hash, domain, sizeof domain);
    n2_hash_update(&hash, attachment->place, sizeof attachment->place);
    n2_hash_update(&hash, tail, sizeof tail);
    n2_hash_final(&hash, id);
}

n2_id
n2_announce_here(const uint8_t *handshake)
{
    static const char label[] = "n2 dht here 1";
    n2_id id = {.method = N2_METHOD_SHA256};
    n2_hash hash;

    n2_hash_init(&hash, N2_METHOD_SHA256);
    n2_hash_update(&hash, label, sizeof label - 1);
    n2_hash_update(&hash, handshake, N2_ANNOUNCE_HERE_BYTES);
    n2_hash_final(&hash, id.hash);
    return id;
}

/* ---- the statement ---- */

/* The attachment in it has the form of one, and names the key that signs. */
static n2_err
read_place(n2_announce *a, const n2_unicode *unicode)
{
    n2_statement s;
    n2_err err =
        n2_statement_check(&s, a->attachment, a->attachment_len, N2_KIND_ATTACHMENT, unicode);

    if (!err)
        err = n2_attachment_read(&a->place, &s.body);
    if (!err && !n2_key_equal(&a->place.node, &a->node))
        err = N2_ERR_FORGED;
    return err;
}

static n2_err
read_body(n2_announce *out, const n2_box *body, const n2_unicode *unicode)
{
    int64_t serial = n2_box_int(body, FIELD_SERIAL);
    n2_announce a = {.node = n2_box_key(body, FIELD_NODE),
                     .who = n2_box_id(body, FIELD_WHO),
                     .serial = (uint64_t)serial,
                     .until_us = n2_box_int(body, FIELD_UNTIL)};

    if (body->kind != N2_KIND_ANNOUNCE || serial < 0)
        return N2_ERR_FORMAT;
    a.attachment = n2_box_bytes(body, FIELD_ATTACHMENT, &a.attachment_len);
    if (a.attachment_len > N2_ATTACHMENT_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_err err = read_place(&a, unicode);

    if (!err)
        *out = a;
    return err;
}

n2_err
n2_announce_body(void *buf, size_t cap, const n2_announce *a, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_ANNOUNCE);
    n2_announce read;

    *out = (n2_box){0};
    if (a->serial > INT64_MAX || a->attachment_len > N2_ATTACHMENT_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_box_put_bytes(&w, FIELD_ROOT, a->about.hash, sizeof a->about.hash);
    n2_box_put_key(&w, FIELD_NODE, &a->node);
    n2_box_put_bytes(&w, FIELD_ATTACHMENT, a->attachment, a->attachment_len);
    n2_box_put_int(&w, FIELD_SERIAL, (int64_t)a->serial);
    n2_box_put_time(&w, FIELD_UNTIL, a->until_us);
    if (a->who.method)
        n2_box_put_id(&w, FIELD_WHO, &a->who);
    n2_err err = n2_box_end(&w, out, NULL);

    if (!err && read_body(&read, out, NULL))
        err = N2_ERR_FORMAT;
    if (err)
        *out = (n2_box){0};
    return err;
}

/* ---- the seal ---- */

/* The key of all who announce the same. */
static void
seal_key(uint8_t key[KEY_BYTES], n2_announce_kind kind, const n2_id *about)
{
    uint8_t name[N2_ID_BYTES];

    id_bytes(name, about);
    n2_hkdf(NULL, 0, name, sizeof name, label_of(kind), strlen(label_of(kind)), key, KEY_BYTES);
}

n2_err
n2_announce_seal(n2_announce_kind kind,
                 const n2_id *about,
                 const n2_box *statement,
                 const uint8_t nonce[static N2_ANNOUNCE_NONCE_BYTES],
                 uint8_t *out,
                 size_t cap,
                 size_t *out_len)
{
    size_t len = N2_ANNOUNCE_NONCE_BYTES + statement->len + TAG_BYTES;
    uint8_t where[N2_HASH_BYTES], key[KEY_BYTES];

    if (len > N2_ANNOUNCE_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (len > cap)
        return N2_ERR_NOSPACE;
    seal_key(key, kind, about);
    n2_announce_key(kind, about, where);
    memcpy(out, nonce, N2_ANNOUNCE_NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + N2_ANNOUNCE_NONCE_BYTES, NULL,
                                               statement->bytes, statement->len, where,
                                               sizeof where, NULL, nonce, key);
    sodium_memzero(key, sizeof key);
    *out_len = len;
    return N2_OK;
}

/* Into @room.  Returns: as n2_announce_open(). */
static n2_err
unseal(
    n2_announce_kind kind, const n2_id *about, const uint8_t *value, size_t len, uint8_t *room)
{
    uint8_t where[N2_HASH_BYTES], key[KEY_BYTES];

    if (len <= N2_ANNOUNCE_NONCE_BYTES + TAG_BYTES)
        return N2_ERR_TRUNCATED;
    if (len > N2_ANNOUNCE_BYTES_MAX)
        return N2_ERR_LIMIT;
    seal_key(key, kind, about);
    n2_announce_key(kind, about, where);
    int err = crypto_aead_xchacha20poly1305_ietf_decrypt(
        room, NULL, NULL, value + N2_ANNOUNCE_NONCE_BYTES, len - N2_ANNOUNCE_NONCE_BYTES, where,
        sizeof where, value, key);

    sodium_memzero(key, sizeof key);
    return err ? N2_ERR_FORGED : N2_OK;
}

n2_err
n2_announce_check(n2_announce *out,
                  const n2_id *about,
                  const void *statement,
                  size_t len,
                  int64_t wall_us,
                  const n2_unicode *unicode)
{
    n2_statement s;
    n2_announce a;
    size_t root_len = 0;

    *out = (n2_announce){.serial = 0};
    n2_err err = n2_statement_check(&s, statement, len, N2_KIND_ANNOUNCE, unicode);

    if (!err)
        err = read_body(&a, &s.body, unicode);
    if (err)
        return err;
    const uint8_t *root = n2_box_bytes(&s.body, FIELD_ROOT, &root_len);

    a.about = about ? *about : a.who;
    if (!n2_id_is_set(&a.about) || root_len != sizeof a.about.hash ||
        memcmp(root, a.about.hash, root_len) != 0 || !n2_statement_is_by(&s, &a.node))
        return N2_ERR_FORGED;
    if (wall_us > 0 &&
        (a.until_us <= wall_us ||
         a.until_us - wall_us > (int64_t)N2_ANNOUNCE_US + (int64_t)N2_CLOCK_SKEW_US ||
         n2_attachment_is_over(&a.place, wall_us)))
        return N2_ERR_FORGED;
    *out = a;
    return N2_OK;
}

n2_err
n2_announce_open(n2_announce *out,
                 n2_announce_kind kind,
                 const n2_id *about,
                 const uint8_t *value,
                 size_t len,
                 int64_t wall_us,
                 const n2_unicode *unicode,
                 uint8_t room[static N2_ANNOUNCE_BYTES_MAX])
{
    *out = (n2_announce){.serial = 0};
    n2_err err = unseal(kind, about, value, len, room);

    if (!err)
        err = n2_announce_check(out, about, room, len - N2_ANNOUNCE_NONCE_BYTES - TAG_BYTES,
                                wall_us, unicode);
    if (!err && kind == N2_ANNOUNCE_WHERE && out->who.method &&
        !n2_id_equal(&out->who, about)) {
        *out = (n2_announce){.serial = 0};
        err = N2_ERR_FORGED;
    }
    return err;
}
