/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes-25519.c - X25519 of eight pairs side by side: the field of 2^255 - 19, 5 limbs of 51
 * bits.
 */
#include <sodium.h>

#define LIMBS 5
#define RADIX 51u
#define HI_SHIFT 1
#define A24 121665
#define BITS 255
#define BYTES 32
#define SUMS_ARE_SMALL 0
#define MASK ((UINT64_C(1) << RADIX) - 1)

static const unsigned long long BIAS[] = {(1ull << 52) - 38, (1ull << 52) - 2, (1ull << 52) - 2,
                                          (1ull << 52) - 2, (1ull << 52) - 2}; /* 2p */

#include "crypto/lanes-ladder.h"

/* 19 * v */
INNER __m512i
times19(__m512i v)
{
    __m512i sum = _mm512_add_epi64(v, _mm512_slli_epi64(v, 1));

    return _mm512_add_epi64(sum, _mm512_slli_epi64(v, 4));
}

INNER void
carry(element r)
{
    __m512i c[LIMBS];

#pragma GCC unroll 5
    for (int i = 0; i < LIMBS; i++) {
        c[i] = _mm512_srli_epi64(r[i], RADIX);
        r[i] = _mm512_and_si512(r[i], many(MASK));
    }
    r[0] = _mm512_add_epi64(r[0], times19(c[LIMBS - 1]));
#pragma GCC unroll 5
    for (int i = 1; i < LIMBS; i++)
        r[i] = _mm512_add_epi64(r[i], c[i - 1]);
}

INNER void
fold(element r, const __m512i columns[2 * LIMBS])
{
#pragma GCC unroll 5
    for (int i = 0; i < LIMBS; i++)
        r[i] = _mm512_add_epi64(columns[i], times19(columns[i + LIMBS]));
    carry(r);
}

/* r = a^(p - 2) */
VECTOR static void
invert(element r, const element a)
{
    element t, a2, a9, a11, e5, e10, e20, e50, e100;

    square(a2, a);
    chain(a9, a2, 2, a);
    mul(a11, a9, a2);
    chain(e5, a11, 1, a9); /* e5: a^(2^5 - 1), and so on */
    chain(e10, e5, 5, e5);
    chain(e20, e10, 10, e10);
    chain(t, e20, 20, e20);
    chain(e50, t, 10, e10);
    chain(e100, e50, 50, e50);
    chain(t, e100, 100, e100);
    chain(t, t, 50, e50);
    chain(r, t, 5, a11);
}

/* Below p, each limb below 2^RADIX. */
static void
reduce(uint64_t v[static LIMBS])
{
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LIMBS - 1; i++) {
            v[i + 1] += v[i] >> RADIX;
            v[i] &= MASK;
        }
        v[0] += 19 * (v[LIMBS - 1] >> RADIX);
        v[LIMBS - 1] &= MASK;
    }
    uint64_t over = 19; /* carried through: 1 at the end if v >= p */
    for (int i = 0; i < LIMBS; i++)
        over = (v[i] + over) >> RADIX;
    v[0] += 19 * over;
    for (int i = 0; i < LIMBS - 1; i++) {
        v[i + 1] += v[i] >> RADIX;
        v[i] &= MASK;
    }
    v[LIMBS - 1] &= MASK;
}

static void
load(uint64_t u[LIMBS][N2_LANES], uint64_t words[BYTES / 8][N2_LANES], const n2_lanes *lanes)
{
    uint64_t limbs[LIMBS];

    for (size_t lane = 0; lane < N2_LANES; lane++) {
        to_limbs(limbs, lanes->public_key[lane], 255);
        for (size_t i = 0; i < LIMBS; i++)
            u[i][lane] = limbs[i];
        for (size_t i = 0; i < BYTES / 8; i++)
            words[i][lane] = word_of(lanes->secret[lane], i);
        words[0][lane] &= ~UINT64_C(7);
        words[3][lane] = (words[3][lane] & ~(UINT64_C(1) << 63)) | UINT64_C(1) << 62;
    }
}

VECTOR void
n2_lanes_25519(const n2_lanes *lanes)
{
    _Alignas(64) uint64_t u[LIMBS][N2_LANES], words[BYTES / 8][N2_LANES];
    uint64_t limbs[LIMBS];
    element inverse;
    ladder l;

    load(u, words, lanes);
    for (int i = 0; i < LIMBS; i++)
        l.x1[i] = _mm512_load_si512(u[i]);
    climb(&l, words);
    invert(inverse, l.z2);
    mul(l.x2, l.x2, inverse);
    for (int i = 0; i < LIMBS; i++)
        _mm512_store_si512(u[i], l.x2[i]);
    for (size_t lane = 0; lane < N2_LANES; lane++) {
        for (size_t i = 0; i < LIMBS; i++)
            limbs[i] = u[i][lane];
        reduce(limbs);
        from_limbs(lanes->out[lane], limbs);
    }
    sodium_memzero(&l, sizeof l);
    sodium_memzero(u, sizeof u);
    sodium_memzero(words, sizeof words);
    sodium_memzero(limbs, sizeof limbs);
    sodium_memzero(inverse, sizeof inverse);
}
