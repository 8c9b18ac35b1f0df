/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * asm.c - writes blocks of commands.
 */
#include "vm/asm.h"

#include <string.h>

#include "base/limits.h"
#include "base/varint.h"

n2_asm
n2_asm_init(void)
{
    return (n2_asm){.body = n2_writer_init_growing(N2_VM_BLOCK_BYTES_MAX)};
}

void
n2_asm_u64(n2_asm *a, uint64_t value)
{
    n2_write_u8(&a->body, N2_WORD_U64);
    n2_write_varint(&a->body, value);
}

void
n2_asm_s64(n2_asm *a, int64_t value)
{
    n2_write_u8(&a->body, N2_WORD_S64);
    n2_write_svarint(&a->body, value);
}

void
n2_asm_f64(n2_asm *a, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    n2_write_u8(&a->body, N2_WORD_F64);
    n2_write_u64(&a->body, bits);
}

void
n2_asm_bytes(n2_asm *a, const void *bytes, size_t len)
{
    if (len > N2_VM_STRING_BYTES_MAX) {
        n2_writer_fail(&a->body, N2_ERR_NOSPACE);
        return;
    }
    n2_write_u8(&a->body, N2_WORD_BYTES);
    n2_write_varint(&a->body, len);
    n2_write_bytes(&a->body, bytes, len);
}

void
n2_asm_word(n2_asm *a, n2_opcode word)
{
    n2_write_u8(&a->body, (uint8_t)word);
}

n2_err
n2_asm_finish(n2_asm *a, uint8_t **out, size_t *out_len)
{
    n2_writer w = n2_writer_init_growing(N2_VM_BLOCK_BYTES_MAX + N2_VARINT_BYTES_MAX);
    size_t len = 0;
    n2_err err = n2_writer_finish(&a->body, &len);

    if (!err) {
        n2_write_varint(&w, len);
        n2_write_bytes(&w, a->body.buf, len);
        err = n2_writer_steal(&w, out, out_len);
    }
    n2_writer_clear(&w);
    n2_writer_clear(&a->body);
    return err;
}
