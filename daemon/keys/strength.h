/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * strength.h - how many tries a passphrase is worth, for who chooses one.
 *
 * Layer: keys (may include: base, wire, crypto).
 * Bits:  log2 of the tries until somebody who knows how people choose has found it: the
 *        cheapest way to write it of letters, words of the list (crypto/words.h), runs, rows of
 *        keys, years and the passwords that everybody takes.  An estimate: too high for what
 *        is known about the owner (names, dates), too low for nothing.
 */
#pragma once

#include <stddef.h>

typedef enum {
    N2_STRENGTH_NONE, /* empty: who reads the disk reads the keys */
    N2_STRENGTH_WEAK, /* below N2_STRENGTH_FAIR_BITS: found in days by one machine */
    N2_STRENGTH_FAIR, /* below N2_STRENGTH_GOOD_BITS: worth the effort only for one person */
    N2_STRENGTH_GOOD
} n2_strength_grade;

enum {
    /* One try costs half a second of one processor and 256 MiB (crypto/sealed.h): 2^35 are
     * 500 years of one, half a year of a thousand. */
    N2_STRENGTH_FAIR_BITS = 35,
    N2_STRENGTH_GOOD_BITS = 50,
    N2_STRENGTH_BITS_MAX = 999
};

typedef struct {
    unsigned bits;
    n2_strength_grade grade;
} n2_strength;

/** @passphrase: UTF-8, @len bytes; those behind N2_PASSPHRASE_BYTES_MAX are not looked at. */
n2_strength n2_passphrase_strength(const char *passphrase, size_t len);
