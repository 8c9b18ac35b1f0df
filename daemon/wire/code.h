/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code.h - rates in one byte and delays in two, as offers, records and notices carry them.
 *
 * Layer: wire (may include: base).
 * Rate:  code r says 1000 * 2^(r/8) bits a second: 1 kbit/s to 4 * 10^12, steps of 9 %;
 *        0 is unknown.
 * Delay: units of 100 us, up to 6.5 s; 0 is unknown.
 */
#pragma once

#include <stdint.h>

/** Bytes a second of code @rate; 0 for unknown.  Never more than the code says. */
uint64_t n2_rate_from_code(uint8_t rate);

/** The highest code whose rate is @Bps (bytes a second) at most; 1 at least, 0 if @Bps is 0. */
uint8_t n2_rate_to_code(uint64_t Bps);

/** Microseconds of code @delay; 0 for unknown. */
uint64_t n2_delay_from_code(uint16_t delay);

/** The code for @us microseconds, rounded up, 65535 at most; 0 if @us is 0. */
uint16_t n2_delay_to_code(uint64_t us);
