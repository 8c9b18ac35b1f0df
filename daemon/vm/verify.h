/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * verify.h - checks a block of commands whole, before any of it runs.
 *
 * Layer:    vm (may include: base, wire, crypto, store).
 * Promised: a block that passes has only known words with whole operands; every word finds what
 *           it takes, of the right type; the stack never holds more than N2_VM_STACK_MAX; a
 * block with `deliver` holds nothing else but literals.  What depends on values (lengths
 *           joined, rights, cost) is checked as each command runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/reader.h"
#include "vm/words.h"

typedef struct {
    bool is_answer; /* holds `deliver` */
    size_t n_commands;
    size_t depth_max; /* places of the stack used at most */
} n2_block_facts;

/** One command taken apart; only the member that its operand kind names is set. */
typedef struct {
    const n2_word *word;
    uint64_t u;
    int64_t s;
    double f;
    const uint8_t *bytes; /* (transfer none) inside the block */
    size_t len;
} n2_command;

/**
 * Reads one command; failures stick to @r: N2_ERR_UNSUPPORTED (unknown word), N2_ERR_LIMIT
 * (string longer than N2_VM_STRING_BYTES_MAX), N2_ERR_TRUNCATED, N2_ERR_FORMAT (varint).
 */
n2_command n2_command_read(n2_reader *r);

/**
 * @facts: (out) (nullable): untouched on failure.
 *
 * Returns: N2_OK
 *          N2_ERR_LIMIT        block, string or stack too large
 *          N2_ERR_UNSUPPORTED  a word this version doesn't know
 *          N2_ERR_TRUNCATED    the block ends inside an operand
 *          N2_ERR_FORMAT       nothing, or another type, on the stack where a word takes
 * something; a varint that is not the shortest; an answer that is more
 */
N2_MUST_USE n2_err n2_block_verify(const uint8_t *bytes, size_t len, n2_block_facts *facts);

/**
 * Writes a block as text, one command a line, up to the first that can't be read.
 *
 * Returns: bytes written, NUL-terminated, cut where @size (at least 1) ends.
 */
size_t n2_block_disassemble(const uint8_t *bytes, size_t len, char *out, size_t size);
