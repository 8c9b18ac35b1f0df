/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes-ladder.h - the Montgomery ladder of RFC 7748, eight of them side by side, with 52-bit
 *                  multiplications (AVX-512 IFMA); code for lanes-25519.c and lanes-448.c only.
 *
 * Layer:     crypto (may include: base, wire).
 * Source:    RFC 7748, section 5.
 * Invariant: no branch and no address depends on a secret; what held secrets is wiped.
 *
 * Who includes it says what the field is: LIMBS of RADIX bits; HI_SHIFT, by which the upper
 * half of a product of limbs (weight 2^52) is shifted to be one limb further; A24; BITS of a
 * scalar; BYTES; and
 *
 *     fold(r, columns)     a product's 2 * LIMBS columns, each below 2^58, to LIMBS small ones
 *     carry(r)             carries between limbs, each below 2^61; the result is small
 *     BIAS[LIMBS]          a multiple of p whose limbs are greater than any small one
 *     SUMS_ARE_SMALL       a sum or difference of small ones can be multiplied as it is
 *
 * Small: RADIX bits and a little; what is multiplied must be below 2^52.
 */
#pragma once

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "crypto/lanes.h"

#define VECTOR __attribute__((target("avx512f,avx512ifma")))
#define INNER VECTOR static inline __attribute__((always_inline))

typedef __m512i element[LIMBS]; /* limb i of eight numbers */

INNER __m512i
many(uint64_t v)
{
    return _mm512_set1_epi64((long long)v);
}

static void fold(element r, const __m512i columns[2 * LIMBS]);
static void carry(element r);

INNER void
mul(element r, const element a, const element b)
{
    __m512i lo[2 * LIMBS], hi[2 * LIMBS];

    for (int i = 0; i < 2 * LIMBS; i++)
        lo[i] = hi[i] = _mm512_setzero_si512();
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS; i++)
#pragma GCC unroll 16
        for (int j = 0; j < LIMBS; j++) {
            lo[i + j] = _mm512_madd52lo_epu64(lo[i + j], a[i], b[j]);
            hi[i + j + 1] = _mm512_madd52hi_epu64(hi[i + j + 1], a[i], b[j]);
        }
#pragma GCC unroll 32
    for (int i = 0; i < 2 * LIMBS; i++)
        lo[i] = _mm512_add_epi64(lo[i], _mm512_slli_epi64(hi[i], HI_SHIFT));
    fold(r, lo);
}

INNER void
square(element r, const element a)
{
    __m512i lo[2 * LIMBS], hi[2 * LIMBS];

    for (int i = 0; i < 2 * LIMBS; i++)
        lo[i] = hi[i] = _mm512_setzero_si512();
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS; i++)
#pragma GCC unroll 16
        for (int j = i + 1; j < LIMBS; j++) {
            lo[i + j] = _mm512_madd52lo_epu64(lo[i + j], a[i], a[j]);
            hi[i + j + 1] = _mm512_madd52hi_epu64(hi[i + j + 1], a[i], a[j]);
        }
#pragma GCC unroll 32
    for (int i = 0; i < 2 * LIMBS; i++) {
        lo[i] = _mm512_slli_epi64(lo[i], 1);
        hi[i] = _mm512_slli_epi64(hi[i], 1);
    }
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS; i++) {
        lo[2 * i] = _mm512_madd52lo_epu64(lo[2 * i], a[i], a[i]);
        hi[2 * i + 1] = _mm512_madd52hi_epu64(hi[2 * i + 1], a[i], a[i]);
    }
#pragma GCC unroll 32
    for (int i = 0; i < 2 * LIMBS; i++)
        lo[i] = _mm512_add_epi64(lo[i], _mm512_slli_epi64(hi[i], HI_SHIFT));
    fold(r, lo);
}

/* r = a^(2^n) */
VECTOR static void
square_many(element r, const element a, int n)
{
    square(r, a);
    while (--n > 0)
        square(r, r);
}

/* r = a^(2^n) * b */
VECTOR static void
chain(element r, const element a, int n, const element b)
{
    element t;

    square_many(t, a, n);
    mul(r, t, b);
}

INNER void
add(element r, const element a, const element b)
{
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS; i++)
        r[i] = _mm512_add_epi64(a[i], b[i]);
    if (!SUMS_ARE_SMALL)
        carry(r);
}

INNER void
sub(element r, const element a, const element b)
{
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS; i++)
        r[i] = _mm512_sub_epi64(_mm512_add_epi64(a[i], many(BIAS[i])), b[i]);
    if (!SUMS_ARE_SMALL)
        carry(r);
}

/* r = a + A24 * b */
INNER void
add_a24(element r, const element a, const element b)
{
    __m512i columns[2 * LIMBS];
    const __m512i a24 = many(A24);

    for (int i = 0; i < 2 * LIMBS; i++)
        columns[i] = i < LIMBS ? a[i] : _mm512_setzero_si512();
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS; i++) {
        __m512i hi = _mm512_madd52hi_epu64(_mm512_setzero_si512(), b[i], a24);
        columns[i] = _mm512_madd52lo_epu64(columns[i], b[i], a24);
        columns[i + 1] = _mm512_add_epi64(columns[i + 1], _mm512_slli_epi64(hi, HI_SHIFT));
    }
    fold(r, columns);
}

INNER void
swap(__mmask8 which, element a, element b)
{
#pragma GCC unroll 16
    for (int i = 0; i < LIMBS; i++) {
        __m512i t = a[i];
        a[i] = _mm512_mask_mov_epi64(a[i], which, b[i]);
        b[i] = _mm512_mask_mov_epi64(b[i], which, t);
    }
}

typedef struct {
    element x1, x2, z2, x3, z3;
} ladder;

INNER void
ladder_step(ladder *l)
{
    element a, b, c, d, aa, bb, da, cb, e;

    add(a, l->x2, l->z2);
    sub(b, l->x2, l->z2);
    add(c, l->x3, l->z3);
    sub(d, l->x3, l->z3);
    mul(da, d, a);
    mul(cb, c, b);
    square(aa, a);
    square(bb, b);
    mul(l->x2, aa, bb);
    sub(e, aa, bb);
    add_a24(a, aa, e);
    mul(l->z2, e, a);
    add(a, da, cb);
    square(l->x3, a);
    sub(b, da, cb);
    square(b, b);
    mul(l->z3, l->x1, b);
}

/* Eight scalars, already clamped, as words; bit by bit from the highest. */
VECTOR static void
climb(ladder *l, uint64_t words[static(BYTES + 7) / 8][N2_LANES])
{
    __m512i before = _mm512_setzero_si512();

    memset(l->x2, 0, sizeof l->x2);
    memset(l->z2, 0, sizeof l->z2);
    memset(l->z3, 0, sizeof l->z3);
    memcpy(l->x3, l->x1, sizeof l->x3);
    l->x2[0] = l->z3[0] = many(1);
    for (int t = BITS - 1; t >= 0; t--) {
        __m512i word = _mm512_load_si512(words[t / 64]);
        __m512i bit = _mm512_and_si512(_mm512_srli_epi64(word, (unsigned)t % 64), many(1));
        __m512i differs = _mm512_xor_si512(bit, before);
        __mmask8 which = _mm512_test_epi64_mask(differs, differs);
        swap(which, l->x2, l->x3);
        swap(which, l->z2, l->z3);
        before = bit;
        ladder_step(l);
    }
    __mmask8 which = _mm512_test_epi64_mask(before, before);
    swap(which, l->x2, l->x3);
    swap(which, l->z2, l->z3);
}

static inline uint64_t
word_of(const uint8_t *bytes, size_t i)
{
    uint64_t v = 0;

    for (size_t j = 0; j < 8 && 8 * i + j < BYTES; j++)
        v |= (uint64_t)bytes[8 * i + j] << 8 * j;
    return v;
}

/* Limbs of a number of BYTES; what is above the highest limb's share is left out. */
static inline void
to_limbs(uint64_t limbs[LIMBS], const uint8_t *bytes, unsigned bits)
{
    for (unsigned i = 0; i < LIMBS; i++) {
        unsigned at = i * RADIX, n = bits - at < RADIX ? bits - at : RADIX;
        uint64_t v = word_of(bytes, at / 64) >> at % 64;
        if (at % 64 + n > 64)
            v |= word_of(bytes, at / 64 + 1) << (64 - at % 64);
        limbs[i] = v & ((UINT64_C(1) << n) - 1);
    }
}

/* The bytes of limbs that are reduced in full. */
static inline void
from_limbs(uint8_t *bytes, const uint64_t limbs[LIMBS])
{
    memset(bytes, 0, BYTES);
    for (unsigned bit = 0; bit < 8 * BYTES; bit += 8) {
        unsigned i = bit / RADIX, at = bit % RADIX;
        uint64_t v = i < LIMBS ? limbs[i] >> at : 0;
        if (at + 8 > RADIX && i + 1 < LIMBS)
            v |= limbs[i + 1] << (RADIX - at);
        bytes[bit / 8] = (uint8_t)v;
    }
}
