/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes-448.c - X448 of eight pairs side by side: the field of 2^448 - 2^224 - 1, 9 limbs of 50
 * bits.
 */
#include <sodium.h>

#define LIMBS 9
#define RADIX 50u
#define HI_SHIFT 2
#define A24 39081
#define BITS 448
#define BYTES 56
#define SUMS_ARE_SMALL 1
#define MASK ((UINT64_C(1) << RADIX) - 1)
#define TOP 48 /* bits of the highest limb of a number below 2^448 */

/* 8p, so written that each limb is about 2^51 */
#define AROUND ((1ull << 51) - 2)
static const unsigned long long BIAS[] = {
    AROUND - 6, AROUND, AROUND, AROUND, AROUND - (1ull << 27), AROUND, AROUND, AROUND, AROUND};

#include "crypto/lanes-ladder.h"

/* 2^450 is 2^226 + 4, and 226 is 4 limbs and 26 bits. */
INNER void
carry(element r)
{
    __m512i c[LIMBS];

#pragma GCC unroll 9
    for (int i = 0; i < LIMBS; i++) {
        c[i] = _mm512_srli_epi64(r[i], RADIX);
        r[i] = _mm512_and_si512(r[i], many(MASK));
    }
#pragma GCC unroll 9
    for (int i = 1; i < LIMBS; i++)
        r[i] = _mm512_add_epi64(r[i], c[i - 1]);
    r[0] = _mm512_add_epi64(r[0], _mm512_slli_epi64(c[LIMBS - 1], 2));
    r[4] = _mm512_add_epi64(r[4], _mm512_slli_epi64(c[LIMBS - 1], 26));
}

/* From above, as what a column gives may fall into another one that is too high. */
INNER void
fold(element r, const __m512i columns[2 * LIMBS])
{
    __m512i c[2 * LIMBS];

#pragma GCC unroll 18
    for (int i = 0; i < 2 * LIMBS; i++)
        c[i] = columns[i];
#pragma GCC unroll 9
    for (int i = 2 * LIMBS - 1; i >= LIMBS; i--) {
        __m512i low = _mm512_and_si512(c[i], many((1 << 24) - 1));
        c[i - 5] = _mm512_add_epi64(c[i - 5], _mm512_slli_epi64(low, 26));
        c[i - 4] = _mm512_add_epi64(c[i - 4], _mm512_srli_epi64(c[i], 24));
        c[i - 9] = _mm512_add_epi64(c[i - 9], _mm512_slli_epi64(c[i], 2));
    }
#pragma GCC unroll 9
    for (int i = 0; i < LIMBS; i++)
        r[i] = c[i];
    carry(r);
}

/* r = a^(p - 2): in binary 223 ones, 0, 222 ones, 0, 1. */
VECTOR static void
invert(element r, const element a)
{
    element t, e3, e9, e37, e222;

    chain(t, a, 1, a);
    chain(e3, t, 1, a); /* e3: a^(2^3 - 1), and so on */
    chain(t, e3, 3, e3);
    chain(e9, t, 3, e3);
    chain(t, e9, 9, e9);
    chain(t, t, 18, t);
    chain(e37, t, 1, a);
    chain(t, e37, 37, e37);
    chain(t, t, 37, e37);
    chain(e222, t, 111, t);
    chain(t, e222, 1, a);
    chain(t, t, 223, e222);
    chain(r, t, 2, a);
}

/* Carries; what is above 2^448 comes back at 2^224 and 1. */
static void
settle(uint64_t v[static LIMBS])
{
    for (int i = 0; i < LIMBS - 1; i++) {
        v[i + 1] += v[i] >> RADIX;
        v[i] &= MASK;
    }
    uint64_t over = v[LIMBS - 1] >> TOP;
    v[LIMBS - 1] &= (UINT64_C(1) << TOP) - 1;
    v[0] += over;
    v[4] += over << 24;
}

/* Below p, each limb below 2^RADIX. */
static void
reduce(uint64_t v[static LIMBS])
{
    uint64_t less[LIMBS]; /* v - p, if v >= p: v + 2^224 + 1 without its bit 448 */

    for (int round = 0; round < 3; round++)
        settle(v);
    for (int i = 0; i < LIMBS; i++)
        less[i] = v[i];
    less[0] += 1;
    less[4] += UINT64_C(1) << 24;
    for (int i = 0; i < LIMBS - 1; i++) {
        less[i + 1] += less[i] >> RADIX;
        less[i] &= MASK;
    }
    uint64_t is_over = less[LIMBS - 1] >> TOP;
    less[LIMBS - 1] &= (UINT64_C(1) << TOP) - 1;
    for (int i = 0; i < LIMBS; i++)
        v[i] ^= (0 - is_over) & (v[i] ^ less[i]);
    sodium_memzero(less, sizeof less);
}

static void
load(uint64_t u[LIMBS][N2_LANES], uint64_t words[BYTES / 8][N2_LANES], const n2_lanes *lanes)
{
    uint64_t limbs[LIMBS];

    for (size_t lane = 0; lane < N2_LANES; lane++) {
        to_limbs(limbs, lanes->public_key[lane], 448);
        for (size_t i = 0; i < LIMBS; i++)
            u[i][lane] = limbs[i];
        for (size_t i = 0; i < BYTES / 8; i++)
            words[i][lane] = word_of(lanes->secret[lane], i);
        words[0][lane] &= ~UINT64_C(3);
        words[6][lane] |= UINT64_C(1) << 63;
    }
}

VECTOR void
n2_lanes_448(const n2_lanes *lanes)
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
