/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code.c - logarithmic rates by integers, the same on every machine.
 */
#include "wire/code.h"

enum {
    DELAY_UNIT_US = 100,
    RATE_UNIT_bps = 1000,
    STEPS = 8 /* codes for each doubling */
};

/* 2^(i/8) * 2^32, rounded down */
static const uint64_t eighths[STEPS] = {
    0x100000000, 0x1172b83c7, 0x1306fe0a3, 0x14bfdad53,
    0x16a09e667, 0x18ace5422, 0x1ae89f995, 0x1d5818dcf,
};

uint64_t
n2_rate_from_code(uint8_t rate)
{
    if (!rate)
        return 0;
    /* 2^33 * 1000 stays below 2^43; up to 31 doublings come after 11 bits went away. */
    uint64_t scaled = eighths[rate % STEPS] * RATE_UNIT_bps;
    unsigned doublings = rate / STEPS;
    uint64_t bits =
        doublings < 20 ? (scaled << doublings) >> 32 : (scaled >> 12 << doublings) >> 20;
    return bits / 8;
}

uint8_t
n2_rate_to_code(uint64_t Bps)
{
    uint8_t low = 1, high = 255;

    if (!Bps)
        return 0;
    while (low < high) {
        uint8_t middle = (uint8_t)((low + high + 1) / 2);
        if (n2_rate_from_code(middle) <= Bps)
            low = middle;
        else
            high = (uint8_t)(middle - 1);
    }
    return low;
}

uint64_t
n2_delay_from_code(uint16_t delay)
{
    return (uint64_t)delay * DELAY_UNIT_US;
}

uint16_t
n2_delay_to_code(uint64_t us)
{
    if (us > (uint64_t)UINT16_MAX * DELAY_UNIT_US)
        return UINT16_MAX;
    return (uint16_t)((us + DELAY_UNIT_US - 1) / DELAY_UNIT_US);
}
