/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * vm.h - runs verified blocks, one at a time, and hands out what concerns objects.
 *
 * Layer:  vm (may include: base, wire, crypto, store).
 * Use:    n2_vm_load verifies; then n2_vm_step runs stack commands by itself and stops at each
 *         command that the caller must do, until it stops at the end.  No callbacks.
 * Bounds: time by the budget (a block's and a connection's), memory by the arena
 *         (N2_VM_ARENA_BYTES for all strings made by a block) and the stack (N2_VM_STACK_MAX).
 *         One n2_vm serves all connections in turn.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/reader.h"
#include "vm/words.h"

/** What a connection may spend: refilled by time, never above one second's worth. */
typedef struct {
    uint64_t left;
    uint64_t at_us; /* last refill */
} n2_budget;

void n2_budget_init(n2_budget *budget, uint64_t now_us);

/** Adds what came due until @now_us. */
void n2_budget_refill(n2_budget *budget, uint64_t now_us);

typedef struct {
    char type;  /* letters as in words.h */
    uint64_t u; /* u; o: the number that the caller gave */
    int64_t s;
    double f;
    const uint8_t *bytes; /* (transfer none) in the block or the arena: until the next load */
    size_t len;
} n2_value;

enum {
    N2_CALL_ARGS_MAX = 4
};

/** A command for the caller to do. */
typedef struct {
    uint8_t opcode;                 /* 0: the block is done */
    uint64_t tag;                   /* under which to answer */
    n2_value arg[N2_CALL_ARGS_MAX]; /* in the order of the list; not for DELIVER */
    const n2_value *values;         /* DELIVER: what is delivered, until the next step */
    size_t n_values;
    n2_err err; /* DELIVER: how the question went */
} n2_call;

typedef struct {
    n2_reader code;
    unsigned rights;
    bool is_answer; /* the block delivers, and asks nothing */
    uint64_t tag;
    uint64_t cost_left; /* of the block */
    n2_budget *budget;  /* (transfer none) of the connection */
    uint8_t *arena;     /* (owned) (nullable): made at the first need */
    size_t arena_used;
    size_t depth;
    n2_value stack[N2_VM_STACK_MAX];
    n2_value taken[N2_VM_STACK_MAX]; /* what `deliver` took */
} n2_vm;

void n2_vm_init(n2_vm *vm);
void n2_vm_clear(n2_vm *vm);

/**
 * Verifies a block and makes it ready.
 *
 * @bytes:  (transfer none) until the next load.
 * @rights: set of n2_right.
 * @budget: (transfer none) until the next load; refilled by the caller.
 *
 * Returns: N2_OK, or what n2_block_verify says; then nothing of it will run.
 */
N2_MUST_USE n2_err
n2_vm_load(n2_vm *vm, const uint8_t *bytes, size_t len, unsigned rights, n2_budget *budget);

/**
 * Runs up to the next command for the caller, or the end.
 *
 * Returns: N2_OK
 *          N2_ERR_REFUSED  the connection lacks the right for a command
 *          N2_ERR_BUDGET   block or connection have spent what they may
 *          N2_ERR_LIMIT    a string longer than N2_VM_STRING_BYTES_MAX, or the arena is full
 *          N2_ERR_NOMEM    After any of these the block is over; n2_vm_tag tells whose it was.
 */
N2_MUST_USE n2_err n2_vm_step(n2_vm *vm, n2_call *call);

/** Leaves the object that `object` asked for: any number of the caller's. */
void n2_vm_put_object(n2_vm *vm, uint64_t number);

/** Tag of the question at hand; 0 before the first `tag`. */
uint64_t n2_vm_tag(const n2_vm *vm);
