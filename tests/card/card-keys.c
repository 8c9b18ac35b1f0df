/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-keys.c - what the virtual card does with keys, sections 4.4.3.9 to 4.4.3.12, 7.2.9
 * to 7.2.14.
 */
#include "card-private.h"

#include <sodium.h>

enum {
    UIF_OFF,
    UIF_ON,
    UIF_FIXED,
    UIF_CACHED,
    UIF_CACHED_FIXED,

    EDDSA_MAX = 256, /* bytes that are signed at once */
};

/* Which slots an algorithm is for. */
enum {
    SIGNS = 1 << CARD_SIG | 1 << CARD_AUT,
    AGREES = 1 << CARD_DEC,
};

/* Algorithm attributes; with the identifiers of RFC 8410 there is a second row. */
static const struct {
    uint8_t bytes[12];
    uint8_t n;
    uint8_t slots;
    card_alg alg;
    bool is_8410;
    bool is_25519;
} algorithms[] = {
    {{0x16, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01},
     10,
     SIGNS,
     ALG_ED25519,
     false,
     true},
    {{0x12, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01},
     11,
     AGREES,
     ALG_X25519,
     false,
     true},
    {{0x16, 0x2b, 0x65, 0x70}, 4, SIGNS, ALG_ED25519, true, true},
    {{0x12, 0x2b, 0x65, 0x6e}, 4, AGREES, ALG_X25519, true, true},
    {{0x13, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07},
     9,
     SIGNS,
     ALG_P256_SIGN,
     false,
     false},
    {{0x12, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07},
     9,
     AGREES,
     ALG_P256_AGREE,
     false,
     false},
    {{0x16, 0x2b, 0x65, 0x71}, 4, SIGNS, ALG_ED448, false, true},
    {{0x12, 0x2b, 0x65, 0x6f}, 4, AGREES, ALG_X448, false, true},
    {{0x01, 0x08, 0x00, 0x00, 0x20, 0x00}, 6, SIGNS | AGREES, ALG_RSA, false, false},
};
enum {
    ALGORITHMS = sizeof algorithms / sizeof *algorithms
};

/* Which of them this is, of those the card knows; the trailing FF (import with the point)
 * apart. */
static size_t
algorithm(const card *c, card_slot slot, const uint8_t *bytes, size_t n)
{
    size_t i = 0;

    if (n && bytes[0] != 1 && bytes[n - 1] == 0xff)
        n--;
    for (; i < ALGORITHMS; i++)
        if (algorithms[i].n == n && !memcmp(algorithms[i].bytes, bytes, n) &&
            algorithms[i].slots >> slot & 1)
            break;
    if (i < ALGORITHMS && algorithms[i].is_8410 && !HAS(c, RFC8410))
        return ALGORITHMS;
    return i;
}

static bool
is_offered(const card *c, size_t i)
{
    if ((algorithms[i].is_25519 && HAS(c, NO_25519)) ||
        (algorithms[i].is_8410 && !HAS(c, RFC8410)))
        return false;
    return algorithms[i].alg != ALG_RSA || HAS(c, RSA_FIRST);
}

card_alg
card_alg_of(const card *c, card_slot slot, bool *with_point)
{
    size_t n;
    const uint8_t *bytes = card_get(c, 0xc1 + (uint32_t)slot, &n);
    size_t i = algorithm(c, slot, bytes, n);

    if (with_point)
        *with_point = n && bytes[0] != 1 && bytes[n - 1] == 0xff;
    return i < ALGORITHMS ? algorithms[i].alg : ALG_NONE;
}

/* The row to show for row @i: with RFC8410 the newer identifier. */
static size_t
shown(const card *c, size_t i)
{
    for (size_t k = 0; HAS(c, RFC8410) && i < ALGORITHMS && k < ALGORITHMS; k++)
        if (algorithms[k].is_8410 && algorithms[k].alg == algorithms[i].alg)
            return k;
    return i;
}

void
card_add_attributes(const card *c, card_slot slot, answer *out, unsigned tag)
{
    size_t n;
    const uint8_t *bytes = card_get(c, 0xc1 + (uint32_t)slot, &n);
    size_t i = shown(c, algorithm(c, slot, bytes, n));

    if (i < ALGORITHMS && algorithms[i].is_8410) {
        bytes = algorithms[i].bytes;
        n = algorithms[i].n;
    }
    answer all = {.n = 0};
    card_add(&all, bytes, n);
    if (HAS(c, ATTR_FF) && n && bytes[0] != 1 && bytes[n - 1] != 0xff)
        card_add(&all, "\xff", 1);
    card_add_tlv(out, tag, all.bytes, all.n);
}

void
card_add_algorithms(const card *c, answer *out)
{
    answer inner = {.n = 0};

    for (unsigned slot = 0; slot < CARD_SLOTS; slot++)
        for (size_t i = 0; i < ALGORITHMS; i++)
            if (algorithms[i].slots >> slot & 1 && is_offered(c, i) && shown(c, i) == i)
                card_add_tlv(&inner, 0xc1 + slot, algorithms[i].bytes, algorithms[i].n);
    card_add_tlv(out, 0xfa, inner.bytes, inner.n);
}

int
card_set_attributes(card *c, card_slot slot, const uint8_t *bytes, size_t n)
{
    size_t i = algorithm(c, slot, bytes, n), old_n;
    const uint8_t *old = card_get(c, 0xc1 + (uint32_t)slot, &old_n);

    if (i == ALGORITHMS || !is_offered(c, i))
        return SW_DATA;
    if (old_n == n && !memcmp(old, bytes, n))
        return SW_OK;
    const change all[] = {
        {0xc1 + (uint32_t)slot, bytes, n}, /* and the key is gone */
        {REC_SECRET + (uint32_t)slot, NULL, 0},
        {REC_ORIGIN + (uint32_t)slot, NULL, 0},
    };
    card_put_all(c, all, algorithms[i].alg == card_alg_of(c, slot, NULL) ? 1 : 3);
    return SW_OK;
}

static bool
is_fixed(uint8_t uif)
{
    return uif == UIF_FIXED || uif == UIF_CACHED_FIXED;
}

int
card_set_uif(card *c, card_slot slot, const uint8_t *bytes, size_t n)
{
    uint32_t id = 0xd6 + (uint32_t)slot;

    if (bytes[0] > (HAS(c, UIF_CACHED) ? UIF_CACHED_FIXED : UIF_FIXED) || bytes[1] != 0x20)
        return SW_DATA;
    uint8_t old = card_get(c, id, NULL)[0];
    if (is_fixed(old) && bytes[0] != old)
        return SW_CONDITION;
    card_put(c, id, bytes, n);
    return SW_OK;
}

/* Writes a new key and all that goes with it, at once. */
void
card_set_key(card *c, card_slot slot, const uint8_t *secret, size_t n, uint8_t origin)
{
    uint32_t uif = 0xd6 + (uint32_t)slot;
    bool ends = is_fixed(card_get(c, uif, NULL)[0]); /* until there is a new key */
    const change all[] = {
        {REC_SECRET + (uint32_t)slot, secret, n},
        {REC_ORIGIN + (uint32_t)slot, &origin, 1},
        {uif, ends ? (const uint8_t *)"\0\x20" : card_get(c, uif, NULL), 2},
        {0x93, slot == CARD_SIG ? NULL : card_get(c, 0x93, NULL), 3},
    };

    card_put_all(c, all, sizeof all / sizeof *all);
}

static const uint8_t *
secret_of(const card *c, card_slot slot)
{
    return card_get(c, REC_SECRET + (uint32_t)slot, NULL);
}

static int
no_key(const card *c)
{
    return HAS(c, NO_KEY_6985) ? SW_CONDITION : SW_NO_OBJECT;
}

/* Before a key is used: is it there, is its PIN, is its button pressed? */
static int
ask(card *c, card_slot slot, unsigned mode)
{
    if (!card_is_open(c, mode))
        return SW_SECURITY;
    return secret_of(c, slot) ? SW_OK : no_key(c);
}

static int
wait_for_touch(card *c, card_slot slot)
{
    uint8_t uif = card_get(c, 0xd6 + (uint32_t)slot, NULL)[0];

    if (HAS(c, NO_UIF) || uif == UIF_OFF || !c->options.touch)
        return SW_OK;
    if (uif >= UIF_CACHED && c->touched[slot])
        return SW_OK;
    switch (c->options.touch(c->options.user, slot)) {
    case CARD_TOUCHED:
        c->touched[slot] = true;
        return SW_OK;
    case CARD_PULLED:
        card_lose_power(c);
    case CARD_NOT_TOUCHED:
        break;
    }
    return HAS(c, UIF_6985) ? SW_CONDITION : SW_UIF;
}

static int
make_signature(card *c, card_slot slot, const command *in, answer *out)
{
    card_alg alg = card_alg_of(c, slot, NULL);
    size_t max = alg == ALG_P256_SIGN ? 32 : HAS(c, SHORT_EDDSA) ? 64 : EDDSA_MAX;
    uint8_t signature[144];

    if (!in->n || in->n > max || (alg == ALG_P256_SIGN && in->n != 32))
        return SW_DATA;
    int sw = wait_for_touch(c, slot);
    if (sw != SW_OK)
        return sw;
    size_t n =
        card_signature(alg, secret_of(c, slot), in->data, in->n, signature, HAS(c, P256_DER));
    if (HAS(c, BAD_SIGN))
        signature[n / 2] ^= 1;
    if (alg == ALG_P256_SIGN && HAS(c, P256_LONG) && !HAS(c, P256_DER)) {
        card_add(out, "", 1);
        card_add(out, signature, 32);
        card_add(out, "", 1);
        card_add(out, signature + 32, 32);
        return SW_OK;
    }
    card_add(out, signature, n);
    return SW_OK;
}

/* PSO: COMPUTE DIGITAL SIGNATURE; it counts, and uses up the PIN where C4 says so. */
int
card_sign(card *c, const command *in, answer *out)
{
    uint8_t count[3] = {0};
    int sw = ask(c, CARD_SIG, 1);

    if (sw == SW_OK)
        sw = make_signature(c, CARD_SIG, in, out);
    if (sw != SW_OK)
        return sw;
    const uint8_t *old = card_get(c, 0x93, NULL);
    if (old)
        memcpy(count, old, 3);
    for (int i = 2; i >= 0 && !++count[i]; i--)
        continue;
    card_put(c, 0x93, count, 3);
    if (!card_get(c, 0xc4, NULL)[0])
        c->open[1] = false;
    return SW_OK;
}

int
card_authenticate(card *c, const command *in, answer *out)
{
    int sw = ask(c, CARD_AUT, 2);

    return sw == SW_OK ? make_signature(c, CARD_AUT, in, out) : sw;
}

/* PSO: DECIPHER: A6 { 7F49 { 86 point } }. */
int
card_decipher(card *c, const command *in, answer *out)
{
    const uint8_t *at = in->data;
    size_t left = in->n, n;
    tlv cipher, key, point;
    uint8_t shared[POINT_MAX];
    int sw = ask(c, CARD_DEC, 2);

    if (sw != SW_OK)
        return sw;
    if (!card_tlv(&at, &left, &cipher) || cipher.tag != 0xa6 || left)
        return SW_DATA;
    at = cipher.bytes;
    left = cipher.n;
    if (!card_tlv(&at, &left, &key) || key.tag != 0x7f49 || left)
        return SW_DATA;
    at = key.bytes;
    left = key.n;
    if (!card_tlv(&at, &left, &point) || point.tag != 0x86 || left)
        return SW_DATA;
    card_alg alg = card_alg_of(c, CARD_DEC, NULL);
    if (alg == ALG_X25519 && HAS(c, PREFIX_40) && point.n == 33 && point.bytes[0] == 0x40) {
        point.bytes++;
        point.n--;
    }
    sw = wait_for_touch(c, CARD_DEC);
    if (sw != SW_OK)
        return sw;
    if (!card_agreement(alg, secret_of(c, CARD_DEC), point.bytes, point.n, shared, &n))
        return SW_DATA;
    if (sodium_is_zero(shared, n) && !HAS(c, ZERO_AGREE))
        return SW_DATA;
    if (alg == ALG_P256_AGREE && !HAS(c, P256_POINT))
        card_add(out, shared + 1, 32);
    else
        card_add(out, shared, n);
    sodium_memzero(shared, sizeof shared);
    return SW_OK;
}

/* The slot that a control reference template names: B6 00, or B6 03 84 01 01. */
bool
card_slot_of(const card *c, const uint8_t **at, size_t *left, card_slot *slot)
{
    static const uint8_t tags[CARD_SLOTS] = {0xb6, 0xb8, 0xa4};
    tlv t;

    if (!card_tlv(at, left, &t))
        return false;
    for (unsigned i = 0; i < CARD_SLOTS; i++)
        if (t.tag == tags[i]) {
            *slot = (card_slot)i;
            if (!t.n)
                return !HAS(c, CRT_LONG);
            return t.n == 3 && t.bytes[0] == 0x84 && t.bytes[1] == 1 && t.bytes[2] == i + 1;
        }
    return false;
}

/* GENERATE ASYMMETRIC KEY PAIR: a new key, or the point of the one that is there. */
int
card_generate(card *c, const command *in, answer *out)
{
    const uint8_t *at = in->data;
    size_t left = in->n;
    card_slot slot;
    uint8_t secret[SECRET_MAX], point[POINT_MAX];

    if ((in->p1 != 0x80 && in->p1 != 0x81) || in->p2)
        return SW_P1P2;
    if (!card_slot_of(c, &at, &left, &slot) || left)
        return SW_DATA;
    card_alg alg = card_alg_of(c, slot, NULL);
    if (in->p1 == 0x80) {
        if (!card_is_open(c, 3))
            return SW_SECURITY;
        if (!card_secret_bytes(alg))
            return SW_CONDITION; /* RSA, which is shown and not made */
        card_secret_make(c, alg, secret);
        card_set_key(c, slot, secret, card_secret_bytes(alg), 1);
        sodium_memzero(secret, sizeof secret);
    }
    if (!secret_of(c, slot))
        return no_key(c);
    size_t n = card_point_of(alg, secret_of(c, slot), point);
    answer inner = {.n = 0}, value = {.n = 0};
    if (HAS(c, PREFIX_40) && (alg == ALG_X25519 || alg == ALG_ED25519))
        card_add(&value, "\x40", 1);
    card_add(&value, point, n);
    card_add_tlv(&inner, 0x86, value.bytes, value.n);
    card_add_tlv(out, 0x7f49, inner.bytes, inner.n);
    return SW_OK;
}
