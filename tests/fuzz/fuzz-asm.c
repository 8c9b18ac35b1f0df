/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-asm.c - blocks written command by command: what the writer made is read back the same,
 *              and any block as text ends where its room does.
 *
 * Records: what 1 (0-3: a literal of that operand, else the word of that opcode), operand.  The
 * first two bytes say how much room the text has.
 */
#include "base/limits.h"
#include "base/reader.h"
#include "base/varint.h"
#include "fuzz.h"
#include "vm/asm.h"
#include "vm/verify.h"

enum {
    COMMANDS_MAX = 64
};

typedef struct {
    uint8_t opcode;
    uint64_t number;
    const uint8_t *bytes;
    size_t len;
} made;

static bool
write_one(n2_asm *a, n2_reader *r, made *m)
{
    static const uint8_t literals[] = {N2_WORD_U64, N2_WORD_S64, N2_WORD_F64, N2_WORD_BYTES};
    uint8_t what = n2_read_u8(r);

    *m = (made){.opcode = what < sizeof literals ? literals[what] : what};
    const n2_word *word = n2_word_find(m->opcode);

    if (!word)
        return false;
    if (word->operand == N2_OPERAND_BYTES) {
        m->len = n2_read_u8(r);
        m->bytes = n2_read_bytes(r, m->len);
        if (!m->bytes)
            return false;
        n2_asm_bytes(a, m->bytes, m->len);
        return true;
    }
    if (word->operand != N2_OPERAND_NONE)
        m->number = n2_read_u64(r);
    double f;

    memcpy(&f, &m->number, sizeof f);
    if (word->operand == N2_OPERAND_U64)
        n2_asm_u64(a, m->number);
    else if (word->operand == N2_OPERAND_S64)
        n2_asm_s64(a, (int64_t)m->number);
    else if (word->operand == N2_OPERAND_F64)
        n2_asm_f64(a, f);
    else
        n2_asm_word(a, (n2_opcode)m->opcode);
    return true;
}

static void
read_back(const uint8_t *block, size_t len, const made *m, size_t n)
{
    n2_reader r = n2_reader_init(block, len);

    for (size_t i = 0; i < n; i++) {
        n2_command c = n2_command_read(&r);
        uint64_t number = c.word->operand == N2_OPERAND_S64 ? (uint64_t)c.s : c.u;

        check(!r.err && c.word->opcode == m[i].opcode);
        if (c.word->operand == N2_OPERAND_F64)
            memcpy(&number, &c.f, sizeof number);
        check(number == m[i].number && c.len == m[i].len);
        check(!c.len || !memcmp(c.bytes, m[i].bytes, c.len));
    }
    check(!n2_reader_finish(&r));
}

static void
as_text(const uint8_t *block, size_t len, size_t room)
{
    uint8_t *exact = fuzz_copy(block, len);
    char *text = malloc(room);

    check(text);
    size_t n = n2_block_disassemble(exact, len, text, room);

    check(n < room && strlen(text) == n);
    free(text);
    free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    size_t room = 1 + n2_read_u16(&r) % 4096, n = 0, len = 0;
    made m[COMMANDS_MAX];
    n2_asm a = n2_asm_init();
    uint8_t *bytes;

    if (size < 2)
        return 0;
    as_text(data + 2, size - 2, room);
    while (n < COMMANDS_MAX && n2_reader_left(&r) && write_one(&a, &r, &m[n]))
        n++;
    if (n2_asm_finish(&a, &bytes, &len))
        return 0;
    n2_reader block = n2_reader_init(bytes, len);
    uint64_t said = n2_read_varint(&block);

    check(!block.err && said == n2_reader_left(&block));
    read_back(block.pos, (size_t)said, m, n);
    as_text(block.pos, (size_t)said, room);
    free(bytes);
    return 0;
}
