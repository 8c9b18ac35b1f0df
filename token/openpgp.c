/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * openpgp.c - the OpenPGP application of smart cards: what its answers say.
 */
#include "token/openpgp.h"

#include <string.h>

#include "base/reader.h"
#include "token/tlv.h"

enum {
    APPLICATION_OPENPGP = 1,
    DEPTH_MAX = 3, /* 6E in which 73 is, in which objects are */
    WITH_POINT = 0xff,
    REFERENCES = 3, /* of keys and PINs: 1 to 3 */

    TAG_AID = 0x4f,
    TAG_NAME = 0x5b,
    TAG_CARDHOLDER = 0x65,
    TAG_APPLICATION = 0x6e,
    TAG_DISCRETIONARY = 0x73,
    TAG_SECURITY = 0x7a,
    TAG_SIGNATURES = 0x93,
    TAG_CAPABILITIES = 0xc0,
    TAG_ATTRIBUTES = 0xc1, /* and the two after it */
    TAG_PINS = 0xc4,
    TAG_FINGERPRINTS = 0xc5,
    TAG_DATES = 0xcd,
    TAG_TOUCH = 0xd6, /* and the two after it */
    TAG_KEYS = 0xde,
    TAG_OFFERED = 0xfa,

    CAN_IMPORT = 1 << 5, /* first byte of C0 */
    CAN_ATTRIBUTES = 1 << 2,
    CAN_KDF = 1 << 0
};

static const uint8_t rid[5] = {0xd2, 0x76, 0x00, 0x01, 0x24}; /* FSF Europe e.V. */

const uint8_t n2_openpgp_select[11] = {0x00, 0xa4, 0x04, 0x00, 0x06, 0xd2,
                                       0x76, 0x00, 0x01, 0x24, 0x01};
const uint8_t n2_openpgp_get_aid[5] = {0x00, 0xca, 0x00, 0x4f, 0x00};

unsigned
n2_openpgp_pin_index(n2_card_pin pin)
{
    return pin == N2_CARD_PW3 ? 2 : pin == N2_CARD_RESET_CODE ? 1 : 0;
}

static n2_err
read_aid(const uint8_t *bytes, size_t n, n2_openpgp_aid *aid)
{
    uint8_t named[sizeof rid];
    n2_reader r = n2_reader_init(bytes, n);

    n2_read_copy(&r, named, sizeof named);
    uint8_t application = n2_read_u8(&r);
    n2_openpgp_aid found = {
        .major = n2_read_u8(&r),
        .minor = n2_read_u8(&r),
        .manufacturer = n2_read_u16(&r),
        .serial = n2_read_u32(&r),
    };
    (void)n2_read_u16(&r); /* kept for later versions, whatever they put there */
    n2_err err = n2_reader_finish(&r);
    if (err)
        return err;
    if (memcmp(named, rid, sizeof rid) != 0 || application != APPLICATION_OPENPGP)
        return N2_ERR_FORMAT;
    *aid = found;
    return N2_OK;
}

n2_err
n2_openpgp_aid_parse(const uint8_t *answer, size_t n, n2_openpgp_aid *aid)
{
    const uint8_t *data = NULL;
    size_t n_data = 0;
    n2_err err = n2_apdu_check(answer, n, &data, &n_data);

    if (err)
        return err;
    n2_tlv inner = n2_tlv_unwrap(TAG_AID, data, n_data, false);
    return read_aid(inner.bytes, inner.n, aid);
}

void
n2_openpgp_info_init(n2_openpgp_info *info)
{
    *info = (n2_openpgp_info){.can_import = true, .can_attributes = true};
    memset(info->tries, N2_TOKEN_TRIES_UNKNOWN, sizeof info->tries);
    memset(info->pin_bytes_max, N2_CARD_PIN_BYTES_MAX, sizeof info->pin_bytes_max);
    for (unsigned i = 0; i < N2_CARD_SLOTS; i++)
        info->slot[i].touch = N2_TOUCH_UNKNOWN;
}

/* ---- single objects: each checks its length by finishing its reader ---- */

/* Tokens with a fourth key, to attest the others, tell of it behind the three. */
static void
skip_others(n2_reader *r)
{
    (void)n2_read_bytes(r, n2_reader_left(r));
}

static void
read_pins(n2_openpgp_info *info, n2_reader *r)
{
    info->is_sign_pin_kept = n2_read_u8(r) != 0;
    for (unsigned i = 0; i < REFERENCES; i++) { /* the high bit tells of the format */
        uint8_t most = n2_read_u8(r);
        info->is_pin_block[i] = most > N2_CARD_PIN_BYTES_MAX;
        most &= N2_CARD_PIN_BYTES_MAX;
        info->pin_bytes_max[i] = most ? most : N2_CARD_PIN_BYTES_MAX;
    }
    for (unsigned i = 0; i < REFERENCES; i++)
        info->tries[i] = n2_read_u8(r);
    info->has_pins = true;
}

bool
n2_openpgp_pin_block(const uint8_t *pin, size_t n, uint8_t *out)
{
    enum {
        DIGITS_MIN = 4,
        DIGITS_MAX = 12,
        FORMAT = 0x20,
        NO_DIGIT = 0xf
    };

    if (n < DIGITS_MIN || n > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (pin[i] < '0' || pin[i] > '9')
            return false;
    out[0] = (uint8_t)(FORMAT | n);
    for (size_t i = 0; i < N2_CARD_PIN_BLOCK_BYTES - 1; i++) {
        unsigned high = 2 * i < n ? pin[2 * i] - '0' : NO_DIGIT;
        unsigned low = 2 * i + 1 < n ? pin[2 * i + 1] - '0' : NO_DIGIT;
        out[1 + i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void
read_fingerprints(n2_openpgp_info *info, n2_reader *r)
{
    for (unsigned i = 0; i < N2_CARD_SLOTS; i++) {
        n2_openpgp_slot *slot = &info->slot[i];
        slot->has_fingerprint = false;
        n2_read_copy(r, slot->fingerprint, sizeof slot->fingerprint);
        for (size_t b = 0; b < sizeof slot->fingerprint; b++)
            slot->has_fingerprint = slot->has_fingerprint || slot->fingerprint[b];
    }
    skip_others(r);
}

static void
read_dates(n2_openpgp_info *info, n2_reader *r)
{
    for (unsigned i = 0; i < N2_CARD_SLOTS; i++)
        info->slot[i].created = n2_read_u32(r);
    skip_others(r);
}

/* Pairs of key reference and status. */
static void
read_keys(n2_openpgp_info *info, n2_reader *r)
{
    while (n2_reader_left(r)) {
        uint8_t reference = n2_read_u8(r), status = n2_read_u8(r);
        if (reference >= 1 && reference <= REFERENCES)
            info->slot[reference - 1].origin = status == 0   ? N2_KEY_NONE
                                               : status == 1 ? N2_KEY_GENERATED
                                               : status == 2 ? N2_KEY_IMPORTED
                                                             : N2_KEY_UNKNOWN;
    }
}

static void
read_touch(n2_openpgp_slot *slot, n2_reader *r)
{
    uint8_t said = n2_read_u8(r);

    if (n2_reader_left(r))
        (void)n2_read_u8(r); /* what kind of button */
    slot->touch = said <= N2_TOUCH_CACHED_FIXED ? said : N2_TOUCH_ON;
}

static void
read_attributes(n2_openpgp_slot *slot, const uint8_t *bytes, size_t n)
{
    slot->method = (uint8_t)n2_card_method_of(bytes, n);
    slot->is_point_wanted = n && bytes[0] != 1 && bytes[n - 1] == WITH_POINT; /* 1: RSA */
}

static void
read_capabilities(n2_openpgp_info *info, n2_reader *r)
{
    uint8_t flags = n2_read_u8(r);

    info->can_import = flags & CAN_IMPORT;
    info->can_attributes = flags & CAN_ATTRIBUTES;
    info->has_kdf = flags & CAN_KDF;
    (void)n2_read_bytes(r, n2_reader_left(r));
}

static void
read_name(n2_openpgp_info *info, n2_reader *r)
{
    size_t n = n2_reader_left(r);

    if (n > N2_OPENPGP_NAME_BYTES_MAX)
        n = N2_OPENPGP_NAME_BYTES_MAX;
    memset(info->name, 0, sizeof info->name);
    n2_read_copy(r, info->name, n);
    (void)n2_read_bytes(r, n2_reader_left(r));
}

/* What FA lists: attributes, each under the tag of its slot. */
static n2_err
read_offered(n2_openpgp_info *info, n2_reader *r)
{
    n2_tlv tlv;

    info->has_offered = true;
    while (n2_tlv_next(r, &tlv)) {
        if (tlv.tag < TAG_ATTRIBUTES || tlv.tag >= TAG_ATTRIBUTES + N2_CARD_SLOTS)
            continue;
        n2_openpgp_slot *slot = &info->slot[tlv.tag - TAG_ATTRIBUTES];
        n2_card_method method = n2_card_method_of(tlv.bytes, tlv.n);
        if (method == N2_CARD_NO_METHOD || slot->n_offered == N2_OPENPGP_OFFERED_MAX)
            continue;
        size_t n;
        const uint8_t *first =
            n2_card_attributes(method, (n2_card_slot)(tlv.tag - TAG_ATTRIBUTES), 0, &n);
        if (!first)
            continue; /* an agreement in a slot for signatures */
        slot->offered[slot->n_offered] = (uint8_t)method;
        slot->is_offered_with_point[slot->n_offered] = tlv.bytes[tlv.n - 1] == WITH_POINT;
        slot->offered_form[slot->n_offered++] = tlv.n < n || memcmp(first, tlv.bytes, n) != 0;
    }
    return r->err;
}

static n2_err take(n2_openpgp_info *info, const n2_tlv *tlv, unsigned depth);

static n2_err
take_all(n2_openpgp_info *info, n2_reader *r, unsigned depth)
{
    n2_tlv inner;
    n2_err err = N2_OK;

    while (!err && n2_tlv_next(r, &inner))
        err = take(info, &inner, depth + 1);
    return err ? err : r->err;
}

static n2_err
take(n2_openpgp_info *info, const n2_tlv *tlv, unsigned depth)
{
    n2_reader r = n2_reader_init(tlv->bytes, tlv->n);
    unsigned tag = tlv->tag;

    if (depth > DEPTH_MAX)
        return N2_ERR_FORMAT;
    switch (tag) {
    case TAG_APPLICATION:
    case TAG_DISCRETIONARY:
    case TAG_CARDHOLDER:
    case TAG_SECURITY:
        return take_all(info, &r, depth);
    case TAG_OFFERED:
        return read_offered(info, &r);
    case TAG_AID: {
        n2_err err = read_aid(tlv->bytes, tlv->n, &info->aid);
        info->has_aid = !err;
        return err;
    }
    case TAG_NAME:
        read_name(info, &r);
        break;
    case TAG_SIGNATURES:
        info->signatures = (uint32_t)n2_read_u16(&r) << 8;
        info->signatures |= n2_read_u8(&r);
        break;
    case TAG_CAPABILITIES:
        read_capabilities(info, &r);
        break;
    case TAG_ATTRIBUTES:
    case TAG_ATTRIBUTES + N2_CARD_DEC:
    case TAG_ATTRIBUTES + N2_CARD_AUT:
        read_attributes(&info->slot[tag - TAG_ATTRIBUTES], tlv->bytes, tlv->n);
        return N2_OK;
    case TAG_PINS:
        read_pins(info, &r);
        break;
    case TAG_FINGERPRINTS:
        read_fingerprints(info, &r);
        break;
    case TAG_DATES:
        read_dates(info, &r);
        break;
    case TAG_KEYS:
        read_keys(info, &r);
        break;
    case TAG_TOUCH:
    case TAG_TOUCH + N2_CARD_DEC:
    case TAG_TOUCH + N2_CARD_AUT:
        read_touch(&info->slot[tag - TAG_TOUCH], &r);
        break;
    default:
        return N2_OK; /* what we do not need */
    }
    return n2_reader_finish(&r);
}

n2_err
n2_openpgp_read(n2_openpgp_info *info, uint16_t tag, const uint8_t *bytes, size_t n)
{
    n2_openpgp_info next = *info;
    n2_tlv tlv = n2_tlv_unwrap(tag, bytes, n, tag == TAG_OFFERED);
    n2_err err = take(&next, &tlv, 0);

    if (!err)
        *info = next;
    return err;
}
