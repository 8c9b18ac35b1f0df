/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * grow.h - boxes for a fuzzer: grown by the rules of kinds.h, and changed so that all lengths
 *          around a change stay true.
 *
 * A box says its length in each layer, so that of bytes changed at random none gets behind the
 * first check.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * Writes a box of @kind (0: any) that follows its rules; what they leave open comes from @seed.
 *
 * Returns: its length; 0 if @cap is too small.
 */
size_t grow_box(uint8_t *out, size_t cap, uint8_t kind, unsigned seed);

/**
 * What a LLVMFuzzerCustomMutator returns for an input of @prefix bytes and a box, of one of
 * @kinds (ended by 0; NULL: any).
 */
size_t grow_mutate(
    uint8_t *data, size_t size, size_t max, unsigned seed, size_t prefix, const uint8_t *kinds);

/* libFuzzer's own; in builds without it nothing calls the mutators. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
