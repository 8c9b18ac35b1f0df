/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-import.c - keys that come from outside, sections 4.4.3.12 and 7.2.8 (PUT DATA with odd
 * INS).
 */
#include "card-private.h"

#include <sodium.h>

/* What 7F48 lists and 5F48 holds: 92 the key, 99 the point. */
static bool
parts_of(const uint8_t *at, size_t left, tlv *key, tlv *point)
{
    tlv list, data, head;

    *key = *point = (tlv){0};
    if (!card_tlv(&at, &left, &list) || list.tag != 0x7f48 || !card_tlv(&at, &left, &data) ||
        data.tag != 0x5f48 || left)
        return false;
    while (list.n) {
        if (!card_tlv_head(&list.bytes, &list.n, &head) || head.n > data.n)
            return false;
        tlv *to = head.tag == 0x92 ? key : head.tag == 0x99 ? point : NULL;
        if (!to || to->tag)
            return false;
        *to = (tlv){head.tag, data.bytes, head.n};
        data.bytes += head.n;
        data.n -= head.n;
    }
    return key->tag && !data.n;
}

/* PUT DATA of 3FFF: 4D { CRT, 7F48 { 92 n [99 n] }, 5F48 { key [point] } }. */
int
card_import(card *c, const command *in)
{
    const uint8_t *at = in->data;
    size_t left = in->n;
    tlv list, key, point;
    card_slot slot;
    bool with_point;
    uint8_t secret[SECRET_MAX] = {0}, own[POINT_MAX];

    if (!card_is_open(c, 3))
        return SW_SECURITY;
    if (!card_tlv(&at, &left, &list) || list.tag != 0x4d || left)
        return SW_DATA;
    at = list.bytes;
    left = list.n;
    if (!card_slot_of(c, &at, &left, &slot) || !parts_of(at, left, &key, &point))
        return SW_DATA;
    card_alg alg = card_alg_of(c, slot, &with_point);
    size_t n = card_secret_bytes(alg);
    if (!n || key.n != n || (with_point && !point.tag))
        return SW_DATA;
    /* Scalars of Montgomery curves come big-endian, as OpenPGP writes numbers. */
    bool is_reversed = (alg == ALG_X25519 && !HAS(c, IMPORT_SWAPPED)) || alg == ALG_X448;
    for (size_t i = 0; i < n; i++)
        secret[i] = key.bytes[is_reversed ? n - 1 - i : i];
    bool is_any = HAS(c, IMPORT_ANY) || (alg == ALG_X25519 && HAS(c, IMPORT_SWAPPED));
    bool is_good = card_secret_is_good(alg, secret) ||
                   (is_any && alg != ALG_P256_SIGN && alg != ALG_P256_AGREE);
    if (is_good && point.tag && !is_any)
        is_good =
            card_point_of(alg, secret, own) == point.n && !memcmp(own, point.bytes, point.n);
    if (is_good && !HAS(c, IMPORT_LIES))
        card_set_key(c, slot, secret, n, 2);
    sodium_memzero(secret, sizeof secret);
    return is_good ? SW_OK : SW_DATA;
}
