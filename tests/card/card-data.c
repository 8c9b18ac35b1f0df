/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * card-data.c - data objects of the virtual card, sections 4.3, 4.4, 7.2.5 to 7.2.8.
 */
#include "card-private.h"

enum access {
    NEVER,
    PW1_82 = 2, /* as in P2 */
    PW3 = 3,
    ALWAYS,
    INSIDE, /* read as part of another object */
};

static const struct {
    unsigned tag;
    enum access get, put;
    size_t put_min, put_max;
} objects[] = {
    {0x4f, ALWAYS, NEVER, 0, 0},
    {0x5b, INSIDE, PW3, 0, 39},
    {0x5e, ALWAYS, PW3, 0, SPECIAL_MAX},
    {0x65, ALWAYS, NEVER, 0, 0},
    {0x6e, ALWAYS, NEVER, 0, 0},
    {0x7a, ALWAYS, NEVER, 0, 0},
    {0x93, INSIDE, NEVER, 0, 0},
    {0xc0, INSIDE, NEVER, 0, 0},
    {0xc1, INSIDE, PW3, 1, 16},
    {0xc2, INSIDE, PW3, 1, 16},
    {0xc3, INSIDE, PW3, 1, 16},
    {0xc4, ALWAYS, PW3, 1, 1},
    {0xc5, INSIDE, NEVER, 0, 0},
    {0xc6, INSIDE, NEVER, 0, 0},
    {0xc7, NEVER, PW3, 20, 20},
    {0xc8, NEVER, PW3, 20, 20},
    {0xc9, NEVER, PW3, 20, 20},
    {0xca, NEVER, PW3, 20, 20},
    {0xcb, NEVER, PW3, 20, 20},
    {0xcc, NEVER, PW3, 20, 20},
    {0xcd, INSIDE, NEVER, 0, 0},
    {0xce, NEVER, PW3, 4, 4},
    {0xcf, NEVER, PW3, 4, 4},
    {0xd0, NEVER, PW3, 4, 4},
    {0xd3, NEVER, PW3, 0, CARD_PIN_MAX},
    {0xd6, ALWAYS, PW3, 2, 2},
    {0xd7, ALWAYS, PW3, 2, 2},
    {0xd8, ALWAYS, PW3, 2, 2},
    {0xde, ALWAYS, NEVER, 0, 0},
    {0xf9, ALWAYS, PW3, 3, SPECIAL_MAX},
    {0xfa, ALWAYS, NEVER, 0, 0},
    {0x0101, ALWAYS, PW1_82, 0, SPECIAL_MAX},
    {0x0102, ALWAYS, PW3, 0, SPECIAL_MAX},
    {0x0103, PW1_82, PW1_82, 0, SPECIAL_MAX},
    {0x0104, PW3, PW3, 0, SPECIAL_MAX},
    {0x5f2d, INSIDE, PW3, 0, 8},
    {0x5f35, INSIDE, PW3, 1, 1},
    {0x5f50, ALWAYS, PW3, 0, SPECIAL_MAX},
    {0x5f52, ALWAYS, NEVER, 0, 0},
    {0x7f21, ALWAYS, PW3, 0, CERT_MAX},
    {0x7f66, ALWAYS, NEVER, 0, 0},
    {0x7f74, ALWAYS, NEVER, 0, 0},
};
enum {
    OBJECTS = sizeof objects / sizeof *objects
};

/* Is @tag an object of this card?  OBJECTS: no. */
static size_t
object(const card *c, unsigned tag)
{
    size_t i = 0;

    if ((HAS(c, NO_UIF) && ((tag >= 0xd6 && tag <= 0xd8) || tag == 0x7f74)) ||
        (HAS(c, NO_FA) && tag == 0xfa) || (HAS(c, NO_DE) && tag == 0xde) ||
        (HAS(c, NO_KDF) && tag == 0xf9) || (HAS(c, NO_EXTENDED) && tag == 0x7f66))
        return OBJECTS;
    while (i < OBJECTS && objects[i].tag != tag)
        i++;
    return i;
}

static bool
may(const card *c, enum access access)
{
    return access == ALWAYS ||
           ((access == PW1_82 || access == PW3) && card_is_open(c, (unsigned)access));
}

size_t
card_aid(const card *c, uint8_t *out)
{
    const card_options *o = &c->options;

    memcpy(out, (uint8_t[]){0xd2, 0x76, 0x00, 0x01, 0x24, 0x01}, 6);
    memcpy(out + 6,
           (uint8_t[]){(uint8_t)(o->version >> 8), (uint8_t)o->version,
                       (uint8_t)(o->manufacturer >> 8), (uint8_t)o->manufacturer,
                       (uint8_t)(o->serial >> 24), (uint8_t)(o->serial >> 16),
                       (uint8_t)(o->serial >> 8), (uint8_t)o->serial, 0, 0},
           10);
    return 16;
}

/* Section 6: what the card can do, and the state of its life. */
size_t
card_historical(const card *c, uint8_t *out)
{
    bool is_dead = card_get(c, REC_TERMINATED, NULL);
    uint8_t can =
        (uint8_t)((HAS(c, NO_CHAINING) ? 0 : 0x80) | (HAS(c, NO_EXTENDED) ? 0 : 0x60));

    memcpy(out,
           (uint8_t[]){0x00, 0x31, 0xc5, 0x73, 0xc0, 0x01, can,
                       HAS(c, NO_RESET) ? 0x00
                       : is_dead        ? 0x03
                                        : 0x05,
                       0x90, 0x00},
           10);
    return 10;
}

/* @n bytes for each slot, of records from @id on; what is not there is zero. */
static void
add_three(const card *c, uint32_t id, size_t n, unsigned tag, answer *out)
{
    uint8_t all[60] = {0};

    for (uint32_t i = 0; i < 3; i++) {
        size_t got;
        const uint8_t *bytes = card_get(c, id + i, &got);
        if (bytes && got == n)
            memcpy(all + i * n, bytes, n);
    }
    card_add_tlv(out, tag, all, 3 * n);
}

static void add(card *c, unsigned tag, answer *out);

static void
add_all(card *c, const unsigned *tags, size_t n, unsigned tag, answer *out)
{
    answer inner = {.n = 0};

    for (size_t i = 0; i < n; i++)
        add(c, tags[i], &inner);
    if (tag)
        card_add_tlv(out, tag, inner.bytes, inner.n);
    else
        card_add(out, inner.bytes, inner.n);
}

#define ADD_ALL(c, tag, out, ...)                                                              \
    add_all(c, (const unsigned[]){__VA_ARGS__},                                                \
            sizeof(const unsigned[]){__VA_ARGS__} / sizeof(unsigned), tag, out)

static void
add_application(card *c, answer *out)
{
    static const unsigned parts[] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5,
                                     0xc6, 0xcd, 0xde, 0xd6, 0xd7, 0xd8};
    answer inner = {.n = 0};

    ADD_ALL(c, 0, &inner, 0x4f, 0x5f52, 0x7f66, 0x7f74);
    add_all(c, parts, HAS(c, UIF_ALONE) ? 9 : 12, HAS(c, FLAT) ? 0 : 0x73, &inner);
    card_add_tlv(out, 0x6e, inner.bytes, inner.n);
}

/* One object with its tag; what the card has not is not added. */
static void
add(card *c, unsigned tag, answer *out)
{
    uint8_t b[16];
    size_t n;

    if (object(c, tag) == OBJECTS && tag != 0x73)
        return;
    switch (tag) {
    case 0x4f:
        card_add_tlv(out, tag, b, card_aid(c, b));
        return;
    case 0x5f52:
        card_add_tlv(out, tag, b, card_historical(c, b));
        return;
    case 0x65:
        ADD_ALL(c, tag, out, 0x5b, 0x5f2d, 0x5f35);
        return;
    case 0x7a:
        ADD_ALL(c, tag, out, 0x93);
        return;
    case 0x6e:
        add_application(c, out);
        return;
    case 0x93: {
        const uint8_t *count = card_get(c, 0x93, NULL);
        card_add_tlv(out, tag, count ? count : (const uint8_t *)"\0\0", 3);
        return;
    }
    case 0x7f66: /* bytes of a command and of an answer */
        card_add_tlv(out, tag, (uint8_t[]){0x02, 0x02, 0x08, 0x00, 0x02, 0x02, 0x08, 0x00}, 8);
        return;
    case 0x7f74:
        card_add_tlv(out, tag, (uint8_t[]){0x81, 0x01, 0x20}, 3);
        return;
    case 0xc0: /* challenge, import, C4, private use, attributes, KDF */
        card_add_tlv(out, tag,
                     (uint8_t[]){HAS(c, NO_KDF) ? 0x7c : 0x7d, 0x00, 0x01, 0x00, CERT_MAX >> 8,
                                 CERT_MAX & 0xff, 0x00, SPECIAL_MAX, 0x00, 0x00},
                     10);
        return;
    case 0xc1:
    case 0xc2:
    case 0xc3:
        card_add_attributes(c, (card_slot)(tag - 0xc1), out, tag);
        return;
    case 0xc4: {
        const uint8_t *tries = card_get(c, REC_TRIES, NULL);
        const uint8_t most = HAS(c, PIN_BLOCK) ? 0x80 | CARD_PIN_MAX : CARD_PIN_MAX;
        card_add_tlv(out, tag,
                     (uint8_t[]){card_get(c, 0xc4, NULL)[0], most, most, most, tries[0],
                                 tries[1], tries[2]},
                     7);
        return;
    }
    case 0xc5:
        add_three(c, 0xc7, 20, tag, out);
        return;
    case 0xc6:
        add_three(c, 0xca, 20, tag, out);
        return;
    case 0xcd:
        add_three(c, 0xce, 4, tag, out);
        return;
    case 0xde:
        for (uint8_t i = 0; i < 3; i++) {
            const uint8_t *origin = card_get(c, REC_ORIGIN + i, NULL);
            b[2 * i] = (uint8_t)(i + 1);
            b[2 * i + 1] = origin ? *origin : 0;
        }
        card_add_tlv(out, tag, b, 6);
        return;
    case 0xf9: {
        const uint8_t *kdf = card_get(c, tag, &n);
        card_add_tlv(out, tag, kdf ? kdf : (const uint8_t *)"\x81\x01", kdf ? n : 3);
        return;
    }
    case 0xfa:
        card_add_algorithms(c, out);
        return;
    case 0x7f21: {
        const uint8_t *cert = card_get(c, REC_CERT + c->cert, &n);
        card_add_tlv(out, tag, cert, n);
        return;
    }
    default: {
        const uint8_t *bytes = card_get(c, tag, &n);
        card_add_tlv(out, tag, bytes, n);
        return;
    }
    }
}

int
card_get_data(card *c, const command *in, answer *out)
{
    unsigned tag = (unsigned)in->p1 << 8 | in->p2;
    size_t i = object(c, tag);
    bool is_uif = tag >= 0xd6 && tag <= 0xd8;

    if (in->n)
        return SW_LENGTH;
    if (i == OBJECTS || (tag == 0xc4 && HAS(c, C4_IN_6E)) || (is_uif && HAS(c, UIF_IN_6E)))
        return SW_NO_OBJECT;
    if (objects[i].get == NEVER || (objects[i].get == INSIDE && !HAS(c, PARTS_ALONE)))
        return SW_NO_OBJECT;
    if (objects[i].get != INSIDE && !may(c, objects[i].get))
        return SW_SECURITY;

    if (tag < 0x200 && tag > 0xff) { /* for private use: no BER tag */
        size_t n;
        const uint8_t *bytes = card_get(c, tag, &n);
        card_add(out, bytes, n);
        return bytes || !HAS(c, EMPTY_6A88) ? SW_OK : SW_NO_OBJECT;
    }
    answer whole = {.n = 0};
    tlv inner;
    add(c, tag, &whole);
    const uint8_t *at = whole.bytes;
    size_t left = whole.n;
    if (!card_tlv(&at, &left, &inner))
        return SW_FAILED;
    if (!inner.n && HAS(c, EMPTY_6A88))
        return SW_NO_OBJECT;
    bool is_template = tag == 0x6e || tag == 0x65 || tag == 0x7a || tag == 0xfa;
    bool is_plain = is_uif || tag == 0xc4 || tag == 0xde || tag == 0xf9 || tag == 0x4f ||
                    tag == 0x5f52 || tag == 0x7f66;
    if (tag == 0xfa && HAS(c, FA_LONG))
        whole.bytes[1] += 2;
    if ((is_template && !HAS(c, BARE)) || (is_plain && HAS(c, WRAP)))
        card_add(out, whole.bytes, whole.n);
    else
        card_add(out, inner.bytes, inner.n);
    return SW_OK;
}

/* GET NEXT DATA: the following certificate. */
int
card_next_data(card *c, const command *in, answer *out)
{
    if (in->p1 != 0x7f || in->p2 != 0x21)
        return SW_NO_OBJECT;
    if (c->cert == 2)
        return SW_NO_OBJECT;
    c->cert++;
    return card_get_data(c, in, out);
}

/* SELECT DATA, section 7.2.5: which certificate is meant. */
int
card_select_data(card *c, const command *in)
{
    static const uint8_t path[] = {0x60, 0x04, 0x5c, 0x02, 0x7f, 0x21};

    if (in->p1 > 2 || in->p2 != 0x04)
        return SW_P1P2;
    if (in->n != sizeof path || memcmp(in->data, path, sizeof path) != 0)
        return SW_DATA;
    c->cert = in->p1;
    return SW_OK;
}

int
card_put_data(card *c, const command *in)
{
    unsigned tag = (unsigned)in->p1 << 8 | in->p2;
    size_t i = object(c, tag);

    if (i == OBJECTS || objects[i].put == NEVER)
        return SW_NO_OBJECT;
    if (!may(c, objects[i].put))
        return SW_SECURITY;
    if (in->n < objects[i].put_min || in->n > objects[i].put_max)
        return tag == 0xd3 && !HAS(c, SHORT_6700) ? SW_DATA : SW_LENGTH;
    switch (tag) {
    case 0xc1:
    case 0xc2:
    case 0xc3:
        return card_set_attributes(c, (card_slot)(tag - 0xc1), in->data, in->n);
    case 0xc4:
        if (in->data[0] > 1)
            return SW_DATA;
        break;
    case 0xd3:
        return card_set_reset_code(c, in);
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return card_set_uif(c, (card_slot)(tag - 0xd6), in->data, in->n);
    case 0xf9:
        return card_set_kdf(c, in);
    case 0x5f35:
        if (!memchr("0129", in->data[0], 4))
            return SW_DATA;
        break;
    case 0x7f21:
        card_put(c, REC_CERT + c->cert, in->n ? in->data : NULL, in->n);
        return SW_OK;
    default:
        break;
    }
    card_put(c, tag, in->n ? in->data : NULL, in->n);
    return SW_OK;
}
