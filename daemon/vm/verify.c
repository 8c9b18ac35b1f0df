/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * verify.c - reads commands, and runs a block on types alone.
 */
#include "vm/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/varint.h"

n2_command
n2_command_read(n2_reader *r)
{
    n2_command c = {.word = n2_word_find(n2_read_u8(r))};

    if (!c.word) {
        n2_reader_fail(r, N2_ERR_UNSUPPORTED);
        return c;
    }
    switch (c.word->operand) {
    case N2_OPERAND_NONE:
        break;
    case N2_OPERAND_U64:
        c.u = n2_read_varint(r);
        break;
    case N2_OPERAND_S64:
        c.s = n2_read_svarint(r);
        break;
    case N2_OPERAND_F64: {
        uint64_t bits = n2_read_u64(r);

        memcpy(&c.f, &bits, sizeof c.f);
        break;
    }
    case N2_OPERAND_BYTES: {
        uint64_t len = n2_read_varint(r);

        if (len > N2_VM_STRING_BYTES_MAX)
            n2_reader_fail(r, N2_ERR_LIMIT);
        else
            c.bytes = n2_read_bytes(r, c.len = (size_t)len);
        break;
    }
    }
    return c;
}

/* The stack as types; letters as in words.h. */
typedef struct {
    char type[N2_VM_STACK_MAX];
    size_t depth;
    size_t depth_max;
} shadow;

/* What A and B stand for in the word at hand. */
typedef struct {
    char a;
    char b;
} binding;

static n2_err
take(shadow *s, char want, binding *bind)
{
    if (want == '*') {
        s->depth = 0;
        return N2_OK;
    }
    if (!s->depth)
        return N2_ERR_FORMAT;
    char is = s->type[--s->depth];

    if (want == 'A')
        bind->a = is;
    else if (want == 'B')
        bind->b = is;
    else if (is != want)
        return N2_ERR_FORMAT;
    return N2_OK;
}

static n2_err
leave(shadow *s, char type, const binding *bind)
{
    if (s->depth == N2_VM_STACK_MAX)
        return N2_ERR_LIMIT;
    s->type[s->depth++] = type == 'A' ? bind->a : type == 'B' ? bind->b : type;
    if (s->depth > s->depth_max)
        s->depth_max = s->depth;
    return N2_OK;
}

static n2_err
apply(shadow *s, const n2_word *word)
{
    binding bind = {0};
    n2_err err = N2_OK;

    for (size_t i = strlen(word->taken); i > 0 && !err; i--)
        err = take(s, word->taken[i - 1], &bind);
    for (const char *p = word->left; *p && !err; p++)
        err = leave(s, *p, &bind);
    return err;
}

n2_err
n2_block_verify(const uint8_t *bytes, size_t len, n2_block_facts *facts)
{
    n2_reader r = n2_reader_init(bytes, len);
    shadow s = {.depth = 0};
    n2_block_facts f = {0};
    bool asks = false; /* more than literals and deliver */

    if (len > N2_VM_BLOCK_BYTES_MAX)
        return N2_ERR_LIMIT;
    while (n2_reader_left(&r)) {
        n2_command c = n2_command_read(&r);

        if (r.err)
            return r.err;
        n2_err err = apply(&s, c.word);

        if (err)
            return err;
        f.n_commands++;
        if (c.word->opcode == N2_WORD_DELIVER)
            f.is_answer = true;
        else if (c.word->operand == N2_OPERAND_NONE)
            asks = true;
    }
    if (f.is_answer && asks)
        return N2_ERR_FORMAT;
    f.depth_max = s.depth_max;
    if (facts)
        *facts = f;
    return N2_OK;
}

/* Appends to a text that is cut where its room ends. */
static void __attribute__((format(printf, 4, 5)))
put(char *out, size_t size, size_t *used, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(out + *used, size - *used, format, args);
    va_end(args);
    if (n > 0)
        *used = (size_t)n < size - *used ? *used + (size_t)n : size - 1;
}

static void
put_operand(char *out, size_t size, size_t *used, const n2_command *c)
{
    enum {
        SHOWN = 48 /* bytes of a string that are shown */
    };

    switch (c->word->operand) {
    case N2_OPERAND_NONE:
        break;
    case N2_OPERAND_U64:
        put(out, size, used, " %" PRIu64, c->u);
        break;
    case N2_OPERAND_S64:
        put(out, size, used, " %" PRId64, c->s);
        break;
    case N2_OPERAND_F64:
        put(out, size, used, " %g", c->f);
        break;
    case N2_OPERAND_BYTES:
        put(out, size, used, " %zu:", c->len);
        for (size_t i = 0; i < c->len && i < SHOWN; i++)
            put(out, size, used, "%02x", c->bytes[i]);
        if (c->len > SHOWN)
            put(out, size, used, "...");
        break;
    }
}

size_t
n2_block_disassemble(const uint8_t *bytes, size_t len, char *out, size_t size)
{
    n2_reader r = n2_reader_init(bytes, len);
    size_t used = 0;

    out[0] = 0;
    while (n2_reader_left(&r)) {
        n2_command c = n2_command_read(&r);

        if (r.err) {
            put(out, size, &used, "? %s\n", n2_err_name(r.err));
            break;
        }
        put(out, size, &used, "%s", c.word->name);
        put_operand(out, size, &used, &c);
        put(out, size, &used, "\n");
    }
    return used;
}
