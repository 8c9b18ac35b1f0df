/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label-text.c - orders about virtual labels as people write them.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "switch/label.h"
#include "switch/text.h"

static n2_err
read_way(n2_slice line, n2_label *out)
{
    n2_err err = n2_slice_number(n2_slice_word(&line), UINT16_MAX, &out->port);

    out->kind = N2_LABEL_WAY;
    for (n2_slice hop = n2_slice_word(&line); hop.len && !err; hop = n2_slice_word(&line)) {
        uint16_t port = 0, bits = 0;
        err = n2_slice_hop(hop, &port, &bits);
        if (!err)
            err = n2_route_add(&out->hidden, bits, port);
        if (!err)
            out->ends |= UINT64_C(1) << (64 - out->hidden.bits);
    }
    return err;
}

static n2_err
read_spread(n2_slice line, n2_label *out)
{
    n2_err err = N2_OK;

    out->kind = N2_LABEL_SPREAD;
    for (n2_slice one = n2_slice_word(&line); one.len && !err; one = n2_slice_word(&line)) {
        if (out->n == N2_LABEL_SERVERS_MAX)
            return N2_ERR_LIMIT;
        err = n2_slice_number(one, UINT16_MAX, &out->members[out->n++]);
    }
    return err || out->n ? err : N2_ERR_FORMAT;
}

/* A word and a number, and nothing behind them. */
static n2_err
read_one(n2_slice line, uint16_t *out)
{
    n2_err err = n2_slice_number(n2_slice_word(&line), UINT16_MAX, out);

    return err || !n2_slice_word(&line).len ? err : N2_ERR_FORMAT;
}

static n2_err
read_order(n2_slice line, n2_label *out)
{
    n2_slice first = n2_slice_word(&line);

    *out = (n2_label){0};
    if (n2_slice_is(first, "forget"))
        return read_one(line, &out->label);
    if (n2_slice_is(first, "hide") || n2_slice_is(first, "show")) {
        out->kind = n2_slice_is(first, "hide") ? N2_LABEL_HIDE : N2_LABEL_SHOW;
        return read_one(line, &out->port);
    }
    n2_err err = n2_slice_number(first, UINT16_MAX, &out->label);
    n2_slice verb = n2_slice_word(&line);
    if (err)
        return err;
    if (n2_slice_is(verb, "to"))
        return read_way(line, out);
    return n2_slice_is(verb, "any") ? read_spread(line, out) : N2_ERR_FORMAT;
}

n2_err
n2_label_parse(const char **text, n2_label *out)
{
    n2_slice all = {*text, strlen(*text)}, line, word;

    do {
        line = n2_slice_take(&all, ";\n");
        n2_slice look = line;
        word = n2_slice_word(&look);
    } while (!word.len && all.len);
    *text = all.at;
    return word.len ? read_order(line, out) : N2_ERR_NOTFOUND;
}

/* ---- writing ---- */

/* A label and a port, then labels of one bit at worst (" 1/1"), or members (" 65535"). */
static_assert(32 + 4 * N2_PATH_BITS < N2_LABEL_TEXT_BYTES, "room for a way");
static_assert(32 + 6 * N2_LABEL_SERVERS_MAX < N2_LABEL_TEXT_BYTES, "room for servers");

typedef struct {
    char *out;
    size_t len;
} writer;

__attribute__((format(printf, 2, 3))) static void
say(writer *w, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(w->out + w->len, N2_LABEL_TEXT_BYTES - w->len, format, args);
    va_end(args);
    if (n > 0)
        w->len += (size_t)n;
    if (w->len > N2_LABEL_TEXT_BYTES - 1)
        w->len = N2_LABEL_TEXT_BYTES - 1;
}

/* Label by label; in pieces of 16 bits where it is not known how wide they are. */
static void
say_hidden(writer *w, const n2_label *label)
{
    uint64_t word = label->hidden.word, ends = label->ends;
    unsigned left = label->hidden.bits;

    while (left) {
        unsigned bits = 1;
        while (bits < left && bits < N2_SWITCH_WIDTH_MAX && !(ends >> (64 - bits) & 1))
            bits++;
        say(w, " %u/%u", (unsigned)(word >> (64 - bits)), bits);
        word <<= bits;
        ends <<= bits;
        left -= bits;
    }
}

void
n2_label_format(char out[static N2_LABEL_TEXT_BYTES], const n2_label *label)
{
    writer w = {.out = out};

    switch ((n2_label_kind)label->kind) {
    case N2_LABEL_NONE:
        say(&w, "forget %u", label->label);
        break;
    case N2_LABEL_WAY:
        say(&w, "%u to %u", label->label, label->port);
        say_hidden(&w, label);
        break;
    case N2_LABEL_SPREAD:
        say(&w, "%u any", label->label);
        for (unsigned i = 0; i < label->n && i < N2_LABEL_SERVERS_MAX; i++)
            say(&w, " %u", label->members[i]);
        break;
    case N2_LABEL_HIDE:
        say(&w, "hide %u", label->port);
        break;
    case N2_LABEL_SHOW:
        say(&w, "show %u", label->port);
        break;
    }
}
