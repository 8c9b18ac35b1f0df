/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * filter-text.c - rules as people write them.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "switch/filter.h"
#include "switch/text.h"

/* A word and the bits of n2_filter_rule.heads that it stands for. */
typedef struct {
    const char *group;
    const char *name;
    uint16_t bits;
} word;

static const word words[] = {
    {"form", "short", N2_FILTER_SHORT},
    {"form", "long", N2_FILTER_LONG},
    {"form", "sealed", N2_FILTER_SEALED},
    {"mode", "unicast", 0x10},
    {"mode", "multicast", 0x20},
    {"mode", "broadcast", 0x40},
    {"mode", "control", 0x80},
    {"class", "urgent", 0x100},
    {"class", "high", 0x200},
    {"class", "default", 0x400},
    {"class", "low", 0x800},
    {"size", "32", 1},
    {"size", "128", 2},
    {"size", "512", 4},
    {"size", "2048", 8},
};

enum {
    N_WORDS = sizeof words / sizeof words[0]
};

static const struct {
    const char *name;
    uint16_t all;
} groups[] = {
    {"form", N2_FILTER_FORMS},
    {"mode", N2_FILTER_MODES},
    {"class", N2_FILTER_CLASSES},
    {"size", N2_FILTER_SIZES},
};

enum {
    N_GROUPS = sizeof groups / sizeof groups[0]
};

/* ---- reading ----
 */

static n2_err
read_range(n2_slice s, uint16_t *lo, uint16_t *hi)
{
    bool has_end = memchr(s.at, '-', s.len);
    n2_slice first = n2_slice_take(&s, "-");
    n2_err err = n2_slice_number(first, UINT16_MAX, lo);

    if (!err && has_end)
        err = n2_slice_number(s, UINT16_MAX, hi);
    else if (!err)
        *hi = *lo;
    return err || *lo <= *hi ? err : N2_ERR_USAGE;
}

static n2_err
read_way(n2_slice s, n2_filter_way *out)
{
    n2_route sum = {0};
    n2_err err = s.len ? N2_OK : N2_ERR_FORMAT;

    while (s.len && !err) {
        n2_slice hop = n2_slice_take(&s, ",");
        uint16_t bits = 0;
        if (out->n == N2_FILTER_HOPS_MAX)
            return N2_ERR_LIMIT;
        err = n2_slice_hop(hop, &out->ports[out->n], &bits);
        out->bits[out->n] = (uint8_t)bits;
        if (!err)
            err = n2_route_add(&sum, bits, out->ports[out->n]);
        out->n++;
    }
    return err;
}

static n2_err
read_heads(n2_slice s, const char *group, uint16_t *heads)
{
    uint16_t bits = 0;

    while (s.len) {
        n2_slice name = n2_slice_take(&s, ",");
        size_t i = 0;
        while (i < N_WORDS &&
               (strcmp(words[i].group, group) != 0 || !n2_slice_is(name, words[i].name)))
            i++;
        if (i == N_WORDS)
            return N2_ERR_FORMAT;
        bits |= words[i].bits;
    }
    if (!bits)
        return N2_ERR_FORMAT;
    for (size_t i = 0; i < N_GROUPS; i++)
        if (strcmp(groups[i].name, group) == 0)
            *heads = (uint16_t)((*heads & ~groups[i].all) | bits);
    return N2_OK;
}

static n2_err
read_part(n2_slice name, n2_slice value, n2_filter_rule *rule)
{
    if (n2_slice_is(name, "in"))
        return read_range(value, &rule->in_lo, &rule->in_hi);
    if (n2_slice_is(name, "out"))
        return read_range(value, &rule->out_lo, &rule->out_hi);
    if (n2_slice_is(name, "to"))
        return rule->to.n ? N2_ERR_FORMAT : read_way(value, &rule->to);
    if (n2_slice_is(name, "from"))
        return rule->from.n ? N2_ERR_FORMAT : read_way(value, &rule->from);
    for (size_t i = 0; i < N_GROUPS; i++)
        if (n2_slice_is(name, groups[i].name))
            return read_heads(value, groups[i].name, &rule->heads);
    return N2_ERR_FORMAT;
}

static n2_err
read_rule(n2_slice line, n2_slice verdict, n2_filter_rule *rule)
{
    n2_err err = N2_OK;

    if (!n2_slice_is(verdict, "allow") && !n2_slice_is(verdict, "deny"))
        return N2_ERR_FORMAT;
    *rule = n2_filter_any(n2_slice_is(verdict, "allow"));
    for (n2_slice name = n2_slice_word(&line); name.len && !err; name = n2_slice_word(&line))
        err = read_part(name, n2_slice_word(&line), rule);
    return err;
}

n2_err
n2_filter_parse(const char *text, n2_filter_rule *rules, size_t *n, unsigned *line)
{
    n2_slice all = {text, strlen(text)};
    n2_err err = N2_OK;

    *n = 0;
    for (*line = 1; all.len && !err; ++*line) {
        n2_slice row = n2_slice_take(&all, "\n");
        n2_slice said = n2_slice_take(&row, "#");
        while (said.len && !err) {
            n2_slice rest = n2_slice_take(&said, ";");
            n2_slice verdict = n2_slice_word(&rest);
            if (!verdict.len)
                continue;
            if (*n == N2_FILTER_RULES_MAX)
                err = N2_ERR_LIMIT;
            else
                err = read_rule(rest, verdict, &rules[(*n)++]);
        }
        if (err)
            break;
    }
    return err;
}

/* ---- writing ----
 */

/* The longest rule: each way N2_FILTER_HOPS_MAX labels of 8 bytes, two ranges of 16, all words
 * but one of each group. */
static_assert(2 * 8 * N2_FILTER_HOPS_MAX + 2 * 16 + 200 < N2_FILTER_LINE_BYTES, "room");

typedef struct {
    char *out;
    size_t len;
} line_writer;

__attribute__((format(printf, 2, 3))) static void
say(line_writer *w, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(w->out + w->len, N2_FILTER_LINE_BYTES - w->len, format, args);
    va_end(args);
    if (n > 0)
        w->len += (size_t)n;
    if (w->len > N2_FILTER_LINE_BYTES - 1)
        w->len = N2_FILTER_LINE_BYTES - 1;
}

static void
say_range(line_writer *w, const char *name, unsigned lo, unsigned hi)
{
    if (lo == hi)
        say(w, " %s %u", name, lo);
    else if (lo || hi != UINT16_MAX)
        say(w, " %s %u-%u", name, lo, hi);
}

static void
say_way(line_writer *w, const char *name, const n2_filter_way *way)
{
    for (unsigned i = 0; i < way->n && i < N2_FILTER_HOPS_MAX; i++)
        say(w, "%s%s%u/%u", i ? "," : name, i ? "" : " ", way->ports[i], way->bits[i]);
}

void
n2_filter_format(char out[static N2_FILTER_LINE_BYTES], const n2_filter_rule *rule)
{
    line_writer w = {.out = out};

    say(&w, "%s", rule->allows ? "allow" : "deny");
    say_range(&w, "in", rule->in_lo, rule->in_hi);
    say_range(&w, "out", rule->out_lo, rule->out_hi);
    say_way(&w, " to", &rule->to);
    say_way(&w, " from", &rule->from);
    for (size_t g = 0; g < N_GROUPS; g++) {
        bool is_begun = false;
        if ((rule->heads & groups[g].all) == groups[g].all)
            continue;
        for (size_t i = 0; i < N_WORDS; i++) {
            if (!(words[i].bits & groups[g].all) || !(words[i].bits & rule->heads))
                continue;
            if (!is_begun)
                say(&w, " %s ", groups[g].name);
            say(&w, "%s%s", is_begun ? "," : "", words[i].name);
            is_begun = true;
        }
    }
}
