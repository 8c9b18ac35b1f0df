/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-vm.c - a command stream from a stranger: found, verified, run; nothing leaves its
 * limits.
 *
 * The first byte says in pieces of which length the rest arrives.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "fuzz.h"
#include "vm/stream.h"
#include "vm/verify.h"
#include "vm/vm.h"

static void
check_value(const n2_value *v)
{
    uint8_t sum = 0;

    check(v->type && strchr("usfbo", v->type));
    if (v->type != 'b')
        return;
    check(v->len <= N2_VM_STRING_BYTES_MAX);
    for (size_t i = 0; i < v->len; i++)
        sum ^= v->bytes[i]; /* every byte can be read */
    (void)*(volatile uint8_t *)&sum;
}

static void
run(n2_vm *vm, const uint8_t *block, size_t len)
{
    n2_budget budget;
    n2_block_facts facts = {0};
    n2_call call;
    char text[256];
    n2_err verified = n2_block_verify(block, len, &facts);

    check(n2_block_disassemble(block, len, text, sizeof text) < sizeof text);
    n2_budget_init(&budget, 0);
    check(n2_vm_load(vm, block, len, ~0u, &budget) == verified);
    for (size_t n = 0;; n++) {
        n2_err err = n2_vm_step(vm, &call);

        check(vm->depth <= N2_VM_STACK_MAX && vm->arena_used <= N2_VM_ARENA_BYTES);
        check(budget.left <= N2_VM_COST_PER_S && n <= facts.n_commands);
        if (err || !call.opcode)
            break;
        check(!verified);
        if (call.opcode == N2_WORD_DELIVER) {
            check(facts.is_answer);
            for (size_t i = 0; i < call.n_values; i++)
                check_value(&call.values[i]);
            continue;
        }
        check(!facts.is_answer);
        for (size_t i = 0; i < strlen(n2_word_find(call.opcode)->taken); i++)
            check_value(&call.arg[i]);
        if (call.opcode == N2_WORD_OBJECT)
            n2_vm_put_object(vm, 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_block_stream stream;
    n2_vm vm;
    size_t piece = size && data[0] ? data[0] : SIZE_MAX;

    n2_vm_init(&vm);
    n2_block_stream_init(&stream);
    for (size_t at = 1; at < size;) {
        size_t len = size - at < piece ? size - at : piece;
        const uint8_t *block;
        size_t block_len;

        if (n2_block_stream_input(&stream, data + at, len))
            break;
        while (!n2_block_stream_next(&stream, &block, &block_len) && block) {
            uint8_t *exact = malloc(block_len);

            check(exact);
            memcpy(exact, block, block_len);
            run(&vm, exact, block_len);
            free(exact);
        }
        at += len;
    }
    n2_block_stream_clear(&stream);
    n2_vm_clear(&vm);
    return 0;
}
