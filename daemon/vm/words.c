/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * words.c - tables and texts made from the list of commands.
 */
#include "vm/words.h"

#include <stdarg.h>
#include <stdio.h>

static const n2_word table[] = {
#define X(id, code, word, kind, in, out, base, byte, may, words, wrong)                        \
    {.opcode = (code),                                                                         \
     .right = N2_MAY_##may,                                                                    \
     .cost = (base),                                                                           \
     .cost_byte = (byte),                                                                      \
     .operand = N2_OPERAND_##kind,                                                             \
     .name = (word),                                                                           \
     .taken = (in),                                                                            \
     .left = (out),                                                                            \
     .text = (words),                                                                          \
     .errors = (wrong)},
    N2_WORD_LIST(X)
#undef X
};

#define X(id, code, word, kind, in, out, base, byte, may, words, wrong)                        \
    _Static_assert((code) > 0 && (code) < N2_WORDS_MAX, "0 is padding");
N2_WORD_LIST(X)
#undef X

enum {
    N_WORDS = sizeof table / sizeof table[0]
};

const n2_word *
n2_word_find(uint8_t opcode)
{
    for (size_t i = 0; i < N_WORDS; i++)
        if (table[i].opcode == opcode)
            return &table[i];
    return NULL;
}

const n2_word *
n2_word_at(size_t i)
{
    return i < N_WORDS ? &table[i] : NULL;
}

const char *
n2_operand_name(n2_operand operand)
{
    switch (operand) {
    case N2_OPERAND_NONE:
        return "-";
    case N2_OPERAND_U64:
        return "u64";
    case N2_OPERAND_S64:
        return "s64";
    case N2_OPERAND_F64:
        return "f64";
    case N2_OPERAND_BYTES:
        return "bytes";
    }
    return "-";
}

/* Text that grows in a buffer; too small is remembered. */
typedef struct {
    char *at;
    size_t size;
    size_t used;
    int failed;
} text;

static void __attribute__((format(printf, 2, 3))) put(text *t, const char *format, ...)
{
    va_list args;

    if (t->failed)
        return;
    va_start(args, format);
    int n = vsnprintf(t->at + t->used, t->size - t->used, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= t->size - t->used)
        t->failed = 1;
    else
        t->used += (size_t)n;
}

static const char *
types(const char *letters)
{
    return letters[0] ? letters : "-";
}

size_t
n2_words_list(char *out, size_t size)
{
    text t = {.at = out, .size = size};

    for (size_t i = 0; i < N_WORDS; i++)
        put(&t, "%02x %s %s %s %s\n", table[i].opcode, table[i].name,
            n2_operand_name(table[i].operand), types(table[i].taken), types(table[i].left));
    return t.failed ? 0 : t.used;
}

static const char *
right_name(uint8_t right)
{
    switch ((n2_right)right) {
    case N2_MAY_COMPUTE:
        return "compute";
    case N2_MAY_ASK:
        return "ask";
    case N2_MAY_READ:
        return "read";
    case N2_MAY_ANSWER:
        return "answer";
    }
    return "?";
}

/* "u s" from "us", each letter as a type in words. */
static void
put_types(text *t, const char *letters)
{
    for (const char *p = letters; *p; p++) {
        const char *name = *p == 'u'   ? "u64"
                           : *p == 's' ? "s64"
                           : *p == 'f' ? "f64"
                           : *p == 'b' ? "bytes"
                           : *p == 'o' ? "object"
                           : *p == '*' ? "..."
                           : *p == 'A' ? "a"
                                       : "b";
        put(t, "%s%s", p == letters ? "" : " ", name);
    }
    if (!*letters)
        put(t, "-");
}

static void
put_cost(text *t, const n2_word *w)
{
    if (w->cost_byte)
        put(t, "%u + %u a byte", w->cost, w->cost_byte);
    else
        put(t, "%u", w->cost);
}

size_t
n2_words_manual(char *out, size_t size)
{
    text t = {.at = out, .size = size};

    put(&t,
        "# Commands of the active messages\n\n"
        "Made from `daemon/vm/words.h`; a test compares this page with the list. To change it, "
        "change the list and run `test-words --manual`.\n\n"
        "A block is a varint length and so many bytes of commands; a length of 0 is padding. A "
        "command is one byte, then its operand: u64 as varint, s64 as varint of its zigzag "
        "form, "
        "f64 as 8 bytes, bytes as varint length and bytes. There are no jumps. The top of the "
        "stack is the last type named; `a` and `b` stand for any type.\n\n"
        "A block that holds `deliver` is an answer and may hold nothing else but literals. A "
        "block is checked whole before it runs: words, operands, types and depth of the "
        "stack.\n\n"
        "| opcode | word | operand | taken | left | cost | right | | errors |\n"
        "|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < N_WORDS; i++) {
        const n2_word *w = &table[i];

        put(&t, "| %02x | `%s` | %s | ", w->opcode, w->name, n2_operand_name(w->operand));
        put_types(&t, w->taken);
        put(&t, " | ");
        put_types(&t, w->left);
        put(&t, " | ");
        put_cost(&t, w);
        put(&t, " | %s | %s | %s |\n", right_name(w->right), w->text,
            w->errors[0] ? w->errors : "-");
    }
    put(&t,
        "\nRights: *compute* everybody; *ask* and *read* whoever opened a connection, as soon "
        "as "
        "a sealed packet of it has opened (which proves that the asker is where answers go: "
        "nothing is answered before); *answer* the other end of a connection on which "
        "something "
        "was asked.\n\n"
        "Errors: those of the word itself, under its tag. *LIMIT: later* is not for ever: half "
        "a "
        "second on, or when a read has ended, the same question may be answered. Each word "
        "also BUDGET (too dear for now) and REFUSED (no right to it), each question NOMEM, IO "
        "and CORRUPT, which are the holder's own trouble. For what a block is refused as a "
        "whole, and the numbers, see `PROTOCOL.md`, *Errors*.\n");
    return t.failed ? 0 : t.used;
}
