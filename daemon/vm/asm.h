/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * asm.h - writes blocks of commands.
 *
 * Layer: vm (may include: base, wire, crypto, store).
 * A failure (no memory, longer than a block may be) sticks and is told by n2_asm_finish.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/writer.h"
#include "vm/words.h"

typedef struct {
    n2_writer body;
} n2_asm;

n2_asm n2_asm_init(void);

void n2_asm_u64(n2_asm *a, uint64_t value);
void n2_asm_s64(n2_asm *a, int64_t value);
void n2_asm_f64(n2_asm *a, double value);

/** @len at most N2_VM_STRING_BYTES_MAX. */
void n2_asm_bytes(n2_asm *a, const void *bytes, size_t len);

/** A command without operand. */
void n2_asm_word(n2_asm *a, n2_opcode word);

/**
 * Ends the block.
 *
 * @out: (transfer full): length and commands, as they go into the command stream; free().
 *
 * Returns: N2_OK, N2_ERR_NOSPACE (string or block too long), N2_ERR_NOMEM.  @a is cleared
 * anyway.
 */
N2_MUST_USE n2_err n2_asm_finish(n2_asm *a, uint8_t **out, size_t *out_len);
