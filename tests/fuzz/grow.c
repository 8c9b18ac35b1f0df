/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * grow.c - boxes for a fuzzer: grown by the rules of kinds.h, and changed so that all lengths
 *          around a change stay true.
 */
#include "grow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/box.h"

typedef struct {
    uint8_t *at; /* NULL: no room left */
    uint8_t *end;
    unsigned seed;
    unsigned depth;
} grower;

static unsigned
draw(unsigned *seed, unsigned below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 16) % below;
}

static void
put(grower *g, uint64_t value, unsigned bytes)
{
    if (!g->at || (size_t)(g->end - g->at) < bytes) {
        g->at = NULL;
        return;
    }
    while (bytes--)
        *g->at++ = (uint8_t)(value >> 8 * bytes);
}

static void
put_any(grower *g, size_t len)
{
    while (len--)
        put(g, draw(&g->seed, 256), 1);
}

static void
put_letters(grower *g, size_t len)
{
    while (len--)
        put(g, 'a' + draw(&g->seed, 26), 1);
}

static void put_box(grower *g, uint8_t kind);

static void
put_plain(grower *g, uint8_t type, size_t n)
{
    static const uint8_t methods[] = {N2_KEY_ED25519, N2_KEY_ED448, N2_KEY_P256,
                                      N2_KEY_X25519,  N2_KEY_X448,  N2_KEY_P256_ECDH};
    uint8_t method;

    switch (type) {
    case N2_TYPE_TEXT:
        put_letters(g, n ? n : 1 + draw(&g->seed, draw(&g->seed, 8) ? 12 : 300));
        break;
    case N2_TYPE_INT:
    case N2_TYPE_TIME:
        put(g, draw(&g->seed, 6), 8);
        break;
    case N2_TYPE_BYTES:
        put_any(g, n ? n : draw(&g->seed, 40));
        break;
    case N2_TYPE_REF:
        put(g, 1, 1);
        put_any(g, 32);
        put(g, draw(&g->seed, 1 << 16), 8);
        break;
    case N2_TYPE_KEY:
        method = methods[draw(&g->seed, sizeof methods)];
        put(g, method, 1);
        put_any(g, n2_key_bytes(method));
        break;
    default: /* N2_TYPE_ID */
        put(g, 1, 1);
        put_any(g, 32);
        break;
    }
}

static void
put_value(grower *g, const n2_field_rule *rule, uint8_t type)
{
    size_t len = 1 + draw(&g->seed, 8);

    if (type == N2_TYPE_BOX) {
        put_box(g, rule->inner);
    } else if (type == N2_TYPE_ATTRIBUTE) {
        uint8_t inner = (uint8_t)(1 + draw(&g->seed, N2_TYPE_ID));

        put(g, len, 1);
        put_letters(g, len);
        put(g, inner, 1);
        put_plain(g, inner, 0);
    } else {
        put_plain(g, type, rule->number < 64 ? rule->n : 0);
    }
}

static void
put_field(grower *g, const n2_field_rule *rule)
{
    uint8_t type = 0;

    do
        type = (uint8_t)(1 + draw(&g->seed, N2_TYPES - 1));
    while (!(rule->types & 1u << type));
    put(g, rule->number, 1);
    put(g, type, 1);
    put(g, 0, 2);
    uint8_t *value = g->at;

    put_value(g, rule, type);
    if (!g->at)
        return;
    size_t len = (size_t)(g->at - value);

    value[-2] = (uint8_t)(len >> 8);
    value[-1] = (uint8_t)len;
}

static void
put_box(grower *g, uint8_t kind)
{
    const n2_kind_rule *rule = n2_kind_rule_of(kind);

    if (g->depth == N2_BOX_DEPTH_MAX) {
        g->at = NULL;
        return;
    }
    while (!rule)
        rule = n2_kind_rule_of((uint8_t)draw(&g->seed, 40));
    put(g, 'n' << 8 | '2', 2);
    put(g, rule->kind, 1);
    put(g, 1, 1);
    put(g, 0, 4);
    uint8_t *first = g->at;

    g->depth++;
    for (size_t i = 0; i < N2_KIND_FIELDS_MAX && rule->fields[i].number; i++) {
        const n2_field_rule *f = &rule->fields[i];
        unsigned n = f->number >= 64 ? draw(&g->seed, 3) : f->optional ? draw(&g->seed, 2) : 1;

        while (n--)
            put_field(g, f);
    }
    g->depth--;
    for (size_t i = 0; g->at && i < 4; i++)
        first[(ptrdiff_t)i - 4] = (uint8_t)((size_t)(g->at - first) >> 8 * (3 - i));
}

size_t
grow_box(uint8_t *out, size_t cap, uint8_t kind, unsigned seed)
{
    grower g = {.at = out, .end = out + cap, .seed = seed};

    put_box(&g, kind);
    return g.at ? (size_t)(g.at - out) : 0;
}

#ifdef N2_FUZZER

/* Changes the value of one field; lengths follow.  Returns the box's new length. */
static size_t
change(uint8_t *box, size_t len, size_t max, unsigned *seed)
{
    size_t n = 0, at, value_len = 0, room = max - len < UINT16_MAX ? max - len : UINT16_MAX;

    for (at = N2_BOX_HEAD_BYTES; at + 4 <= len; n++) {
        value_len = (size_t)(box[at + 2] << 8 | box[at + 3]);
        if (value_len > len - at - 4)
            return LLVMFuzzerMutate(box, len, max); /* no box any more */
        at += 4 + value_len;
    }
    if (!n || at != len)
        return LLVMFuzzerMutate(box, len, max);
    n = draw(seed, (unsigned)n);
    for (at = N2_BOX_HEAD_BYTES;; at += 4 + value_len) {
        value_len = (size_t)(box[at + 2] << 8 | box[at + 3]);
        if (!n--)
            break;
    }
    uint8_t *value = malloc(value_len + room);

    if (!value)
        return len;
    memcpy(value, box + at + 4, value_len);
    bool descends = box[at + 1] == N2_TYPE_BOX && value_len >= N2_BOX_HEAD_BYTES;
    size_t changed;

    if (descends && draw(seed, 4))
        changed = change(value, value_len, value_len + room, seed);
    else if (value_len + room && draw(seed, 16))
        changed = LLVMFuzzerMutate(value, value_len, value_len + room);
    else
        changed = 0;

    if (changed > UINT16_MAX) {
        free(value);
        return len;
    }
    memmove(box + at + 4 + changed, box + at + 4 + value_len, len - at - 4 - value_len);
    memcpy(box + at + 4, value, changed);
    free(value);
    box[at + 2] = (uint8_t)(changed >> 8);
    box[at + 3] = (uint8_t)changed;
    len = len - value_len + changed;
    for (size_t i = 0; i < 4; i++)
        box[4 + i] = (uint8_t)((len - N2_BOX_HEAD_BYTES) >> 8 * (3 - i));
    return len;
}

size_t
grow_mutate(
    uint8_t *data, size_t size, size_t max, unsigned seed, size_t prefix, const uint8_t *kinds)
{
    unsigned how = draw(&seed, 8);
    size_t n_kinds = kinds ? strlen((const char *)kinds) : 0;

    if (max < prefix + N2_BOX_HEAD_BYTES || how == 0)
        return LLVMFuzzerMutate(data, size, max);
    if (size < prefix + N2_BOX_HEAD_BYTES || how == 1) {
        uint8_t kind = n_kinds ? kinds[draw(&seed, (unsigned)n_kinds)] : 0;

        if (prefix)
            data[0] = (uint8_t)draw(&seed, 256);
        for (size_t i = 1; i < prefix && i >= size; i++)
            data[i] = 0;
        return prefix + grow_box(data + prefix, max - prefix, kind, seed);
    }
    return prefix + change(data + prefix, size - prefix, max - prefix, &seed);
}

#endif
