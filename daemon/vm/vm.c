/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * vm.c - runs verified blocks.
 *
 * The verifier has shown that the stack holds what each word takes, so that is asserted here.
 */
#include "vm/vm.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vm/verify.h"

void
n2_budget_init(n2_budget *budget, uint64_t now_us)
{
    *budget = (n2_budget){.left = N2_VM_COST_PER_S, .at_us = now_us};
}

void
n2_budget_refill(n2_budget *budget, uint64_t now_us)
{
    uint64_t passed_us = now_us - budget->at_us;

    budget->at_us = now_us;
    if (passed_us >= N2_SECOND_US)
        budget->left = N2_VM_COST_PER_S;
    else
        budget->left += passed_us * N2_VM_COST_PER_S / N2_SECOND_US;
    if (budget->left > N2_VM_COST_PER_S)
        budget->left = N2_VM_COST_PER_S;
}

void
n2_vm_init(n2_vm *vm)
{
    memset(vm, 0, sizeof *vm);
}

void
n2_vm_clear(n2_vm *vm)
{
    free(vm->arena);
    n2_vm_init(vm);
}

n2_err
n2_vm_load(n2_vm *vm, const uint8_t *bytes, size_t len, unsigned rights, n2_budget *budget)
{
    n2_block_facts facts = {0};
    n2_err err = n2_block_verify(bytes, len, &facts);

    vm->is_answer = facts.is_answer;
    vm->code = n2_reader_init(err ? NULL : bytes, err ? 0 : len);
    vm->rights = rights;
    vm->tag = 0;
    vm->cost_left = N2_VM_COST_PER_BLOCK;
    vm->budget = budget;
    vm->arena_used = 0;
    vm->depth = 0;
    return err;
}

uint64_t
n2_vm_tag(const n2_vm *vm)
{
    return vm->tag;
}

static void
push(n2_vm *vm, n2_value value)
{
    assert(vm->depth < N2_VM_STACK_MAX);
    vm->stack[vm->depth++] = value;
}

static n2_value
pop(n2_vm *vm)
{
    assert(vm->depth);
    return vm->stack[--vm->depth];
}

void
n2_vm_put_object(n2_vm *vm, uint64_t number)
{
    push(vm, (n2_value){.type = 'o', .u = number});
}

/* Base cost, and the bytes of the operand and of strings that the word takes. */
static n2_err
charge(n2_vm *vm, const n2_command *c)
{
    bool all = c->word->taken[0] == '*'; /* `deliver`: paid for as literals */
    size_t n_taken = all ? 0 : strlen(c->word->taken);
    uint64_t bytes = c->len;

    assert(n_taken <= vm->depth);
    for (size_t i = vm->depth - n_taken; i < vm->depth; i++)
        bytes += vm->stack[i].type == 'b' ? vm->stack[i].len : 0;

    uint64_t cost = c->word->cost + bytes * c->word->cost_byte;

    if (cost > vm->cost_left || cost > vm->budget->left)
        return N2_ERR_BUDGET;
    vm->cost_left -= cost;
    vm->budget->left -= cost;
    return N2_OK;
}

static n2_err
concat(n2_vm *vm)
{
    n2_value b = pop(vm);
    n2_value a = pop(vm);
    size_t len = a.len + b.len;

    if (len > N2_VM_STRING_BYTES_MAX || len > N2_VM_ARENA_BYTES - vm->arena_used)
        return N2_ERR_LIMIT;
    if (!vm->arena)
        vm->arena = malloc(N2_VM_ARENA_BYTES);
    if (!vm->arena)
        return N2_ERR_NOMEM;

    uint8_t *at = vm->arena + vm->arena_used;

    if (a.len)
        memcpy(at, a.bytes, a.len);
    if (b.len)
        memcpy(at + a.len, b.bytes, b.len);
    vm->arena_used += len;
    push(vm, (n2_value){.type = 'b', .bytes = at, .len = len});
    return N2_OK;
}

/* `deliver`: all of the stack, its top being error and tag. */
static void
deliver(n2_vm *vm, n2_call *call)
{
    call->tag = pop(vm).u;
    int64_t number = pop(vm).s;

    call->err =
        number < INT32_MIN || number > INT32_MAX ? N2_ERR_STATE : n2_err_from_int((int)number);
    memcpy(vm->taken, vm->stack, vm->depth * sizeof vm->stack[0]);
    call->values = vm->taken;
    call->n_values = vm->depth;
    vm->depth = 0;
}

/* Does @c here (false), or fills @call for the caller (true). */
static bool
run(n2_vm *vm, const n2_command *c, n2_call *call, n2_err *err)
{
    switch ((n2_opcode)c->word->opcode) {
    case N2_WORD_U64:
        push(vm, (n2_value){.type = 'u', .u = c->u});
        return false;
    case N2_WORD_S64:
        push(vm, (n2_value){.type = 's', .s = c->s});
        return false;
    case N2_WORD_F64:
        push(vm, (n2_value){.type = 'f', .f = c->f});
        return false;
    case N2_WORD_BYTES:
        push(vm, (n2_value){.type = 'b', .bytes = c->bytes, .len = c->len});
        return false;
    case N2_WORD_DUP:
        push(vm, vm->stack[vm->depth - 1]);
        return false;
    case N2_WORD_DROP:
        (void)pop(vm);
        return false;
    case N2_WORD_SWAP: {
        n2_value b = pop(vm);
        n2_value a = pop(vm);

        push(vm, b);
        push(vm, a);
        return false;
    }
    case N2_WORD_OVER:
        push(vm, vm->stack[vm->depth - 2]);
        return false;
    case N2_WORD_CONCAT:
        *err = concat(vm);
        return false;
    case N2_WORD_TAG:
        vm->tag = pop(vm).u;
        return false;
    case N2_WORD_DELIVER:
        call->opcode = c->word->opcode;
        deliver(vm, call);
        return true;
    case N2_WORD_WORDS:
    case N2_WORD_IDENTITY:
    case N2_WORD_HEAD:
    case N2_WORD_HEADS:
    case N2_WORD_KNOWN:
    case N2_WORD_CARRY:
    case N2_WORD_OBJECT:
    case N2_WORD_STAT:
    case N2_WORD_NODES:
    case N2_WORD_READ:
    case N2_WORD_TREE:
    case N2_WORD_FOLLOW:
    case N2_WORD_WALK:
    case N2_WORD_SHOW:
    case N2_WORD_LOGIN:
    case N2_WORD_PAIR:
    case N2_WORD_NAME_ASK:
    case N2_WORD_ZONE_MAP:
    case N2_WORD_RESOLVE:
    case N2_WORD_ZONE_HEADS:
    case N2_WORD_NEIGHBOUR:
    case N2_WORD_ATTACH:
    case N2_WORD_REPORT:
    case N2_WORD_ROUTES:
    case N2_WORD_DOMAIN:
    case N2_WORD_PARENT:
    case N2_WORD_COMPLAIN:
    case N2_WORD_WHERE:
    case N2_WORD_DHT_HERE:
    case N2_WORD_DHT_NEAR:
    case N2_WORD_DHT_VALUES:
    case N2_WORD_DHT_KEEP:
        break;
    }
    call->opcode = c->word->opcode;
    call->tag = vm->tag;
    for (size_t i = strlen(c->word->taken); i > 0; i--)
        call->arg[i - 1] = pop(vm);
    return true;
}

n2_err
n2_vm_step(n2_vm *vm, n2_call *call)
{
    *call = (n2_call){0};
    while (n2_reader_left(&vm->code)) {
        n2_command c = n2_command_read(&vm->code);

        assert(!vm->code.err);
        n2_err err = vm->rights & c.word->right ? charge(vm, &c) : N2_ERR_REFUSED;

        if (!err && run(vm, &c, call, &err))
            return N2_OK;
        if (err) {
            vm->code = n2_reader_init(NULL, 0);
            return err;
        }
    }
    return N2_OK;
}
