/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * base32.h - bytes as lower-case letters and digits, for addresses.
 *
 * Layer:  base (may include: libc only).
 * Source: RFC 4648, section 6, in lower case and without padding.  One text for one value:
 *         upper case, padding and set spare bits are refused.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/** Characters that @len bytes take, without the final NUL; a constant expression. */
#define N2_BASE32_CHARS(len) (((len)*8 + 4) / 5)

/** Writes @len bytes as N2_BASE32_CHARS(@len) characters and a NUL to @out. */
void n2_base32_encode(char *out, const uint8_t *bytes, size_t len);

/**
 * Reads exactly @len bytes from @n_chars characters (which need no NUL).
 *
 * @out: @len bytes; undefined on failure.
 *
 * Returns: N2_OK, N2_ERR_TRUNCATED or N2_ERR_TRAILING (not N2_BASE32_CHARS(@len) characters),
 *          N2_ERR_FORMAT (another character, or a spare bit is set).
 */
N2_MUST_USE n2_err n2_base32_decode(uint8_t *out, size_t len, const char *text, size_t n_chars);
