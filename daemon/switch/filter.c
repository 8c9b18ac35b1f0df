/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * filter.c - the rules as words of bits, and the look at one packet.
 */
#include "switch/filter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/packet.h"

enum {
    WORD_BITS = 64,
    WORDS = N2_FILTER_RULES_MAX / WORD_BITS,
    FORMS = 3,
    HEADS = FORMS * 4 * 4 * 4 /* form, size, mode, class */
};

static_assert(N2_FILTER_RULES_MAX % WORD_BITS == 0, "whole words");

/* A bit for each rule. */
typedef struct {
    uint64_t words[WORDS];
} rules_set;

/* What a rule says of paths, and its counters. */
typedef struct {
    uint64_t to_mask, to;     /* of 58 label bits, from the top */
    uint64_t from_mask, from; /* of the last bits of the way back */
    uint8_t to_bits, from_bits;
    bool allows;
    uint64_t packets, bytes;
} checked;

struct n2_filter {
    unsigned width;
    size_t n;
    rules_set *in, *out; /* (owned) 2^width: the rules that fit this port */
    rules_set heads[HEADS];
    checked rules[N2_FILTER_RULES_MAX + 1]; /* the last one for what none of them fits */
    n2_filter_rule written[N2_FILTER_RULES_MAX];
};

n2_filter_rule
n2_filter_any(bool allows)
{
    return (n2_filter_rule){.allows = allows,
                            .heads = N2_FILTER_ALL_HEADS,
                            .in_hi = UINT16_MAX,
                            .out_hi = UINT16_MAX};
}

/* ---- the hot path ---------------------------------------------------------------------------
 */

static unsigned
form_of(uint8_t kind)
{
    return !(kind & N2_KIND_LONG) ? 0 : kind & N2_KIND_SEALED ? 2 : 1;
}

static unsigned
head_of(unsigned form, unsigned size, unsigned mode, unsigned class)
{
    return ((form * 4 + size) * 4 + mode) * 4 + class;
}

static bool
count(checked *rule, size_t len)
{
    rule->packets++;
    rule->bytes += len;
    return rule->allows;
}

bool
n2_filter_passes(n2_filter *filter,
                 uint32_t in_port,
                 uint32_t out_port,
                 uint8_t kind,
                 uint8_t care,
                 uint64_t path,
                 size_t len)
{
    bool is_long = kind & N2_KIND_LONG;
    unsigned bits = is_long ? N2_PATH_BITS : N2_SHORT_PATH_BITS;
    unsigned used_bits = is_long ? N2_PATH_USED_BITS : N2_SHORT_PATH_USED_BITS;
    unsigned used = (unsigned)(path & ((1u << used_bits) - 1));
    uint64_t back = path >> used_bits, ahead = back << (N2_PATH_BITS - bits);
    unsigned left = used < bits ? bits - used : 0;
    const rules_set *in = &filter->in[in_port], *out = &filter->out[out_port];
    const rules_set *head = &filter->heads[head_of(
        form_of(kind), (kind & N2_KIND_SIZE_MASK) >> N2_KIND_SIZE_SHIFT,
        (care & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT, care >> N2_CARE_CLASS_SHIFT)];

    for (size_t i = 0; i < WORDS; i++) {
        uint64_t fits = in->words[i] & out->words[i] & head->words[i];
        for (; fits; fits &= fits - 1) {
            checked *rule = &filter->rules[i * WORD_BITS + (size_t)__builtin_ctzll(fits)];
            if (rule->to_bits <= left && (ahead & rule->to_mask) == rule->to &&
                rule->from_bits <= used && (back & rule->from_mask) == rule->from)
                return count(rule, len);
        }
    }
    return count(&filter->rules[filter->n], len);
}

/* ---- a set is made --------------------------------------------------------------------------
 */

static n2_err
route_of(const n2_filter_way *way, n2_route *out)
{
    *out = (n2_route){0};
    if (way->n > N2_FILTER_HOPS_MAX)
        return N2_ERR_LIMIT;
    for (unsigned i = 0; i < way->n; i++) {
        n2_err err = n2_route_add(out, way->bits[i], way->ports[i]);
        if (err)
            return err;
    }
    return N2_OK;
}

static n2_err
check(const n2_filter_rule *rule, unsigned width, checked *out)
{
    n2_route to, from;

    if (rule->in_lo > rule->in_hi || rule->out_lo > rule->out_hi || rule->in_lo >> width ||
        rule->out_lo >> width || !(rule->heads & N2_FILTER_SIZES) ||
        !(rule->heads & N2_FILTER_MODES) || !(rule->heads & N2_FILTER_CLASSES) ||
        !(rule->heads & N2_FILTER_FORMS) || rule->heads & ~N2_FILTER_ALL_HEADS)
        return N2_ERR_USAGE;
    n2_err err = route_of(&rule->to, &to);
    if (!err)
        err = route_of(&rule->from, &from);
    if (err)
        return err;
    *out = (checked){.allows = rule->allows, .to_bits = to.bits, .from_bits = from.bits};
    out->to = to.word >> N2_PATH_USED_BITS;
    out->to_mask = ((UINT64_C(1) << to.bits) - 1) << (N2_PATH_BITS - to.bits);
    out->from = n2_bits_reverse(from.bits ? from.word >> (64 - from.bits) : 0, from.bits);
    out->from_mask = (UINT64_C(1) << from.bits) - 1;
    return N2_OK;
}

static void
put(rules_set *set, size_t rule)
{
    set->words[rule / WORD_BITS] |= UINT64_C(1) << rule % WORD_BITS;
}

/* Who fits the ports: the same as for the one before, but where a range begins or has ended. */
static void
fill_ports(const n2_filter *f, rules_set *sets, bool are_out)
{
    size_t n_ports = (size_t)1 << f->width;
    bool is_new = true;

    for (size_t port = 0; port < n_ports; port++) {
        for (size_t i = 0; i < f->n && !is_new; i++) {
            const n2_filter_rule *r = &f->written[i];
            is_new = port == (are_out ? r->out_lo : r->in_lo) ||
                     port == (are_out ? r->out_hi : r->in_hi) + (size_t)1;
        }
        if (!is_new) {
            sets[port] = sets[port - 1];
            continue;
        }
        is_new = false;
        for (size_t i = 0; i < f->n; i++) {
            const n2_filter_rule *r = &f->written[i];
            if (port >= (are_out ? r->out_lo : r->in_lo) &&
                port <= (are_out ? r->out_hi : r->in_hi))
                put(&sets[port], i);
        }
    }
}

static void
fill_heads(n2_filter *f)
{
    for (unsigned form = 0; form < FORMS; form++)
        for (unsigned low = 0; low < HEADS / FORMS; low++) {
            unsigned size = low >> 4, mode = low >> 2 & 3, class = low & 3;
            unsigned head = 1u << size | 0x10u << mode | 0x100u << class |
                            (unsigned)N2_FILTER_SHORT << form;
            for (size_t i = 0; i < f->n; i++)
                if ((f->written[i].heads & head) == head)
                    put(&f->heads[head_of(form, size, mode, class)], i);
        }
}

n2_err
n2_filter_new(n2_filter **out, unsigned width, const n2_filter_rule *rules, size_t n)
{
    if (width < 1 || width > N2_SWITCH_WIDTH_MAX)
        return N2_ERR_USAGE;
    if (n > N2_FILTER_RULES_MAX)
        return N2_ERR_LIMIT;
    n2_filter *f = calloc(1, sizeof *f);
    if (!f)
        return N2_ERR_NOMEM;
    f->width = width;
    f->n = n;
    f->in = calloc((size_t)1 << width, sizeof *f->in);
    f->out = calloc((size_t)1 << width, sizeof *f->out);
    n2_err err = f->in && f->out ? N2_OK : N2_ERR_NOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        err = check(&rules[i], width, &f->rules[i]);
        f->written[i] = rules[i];
    }
    if (err) {
        n2_filter_free(f);
        return err;
    }
    f->rules[n].allows = true;
    fill_ports(f, f->in, false);
    fill_ports(f, f->out, true);
    fill_heads(f);
    *out = f;
    return N2_OK;
}

void
n2_filter_free(n2_filter *filter)
{
    if (!filter)
        return;
    free(filter->in);
    free(filter->out);
    free(filter);
}

size_t
n2_filter_rows(const n2_filter *filter, n2_filter_row *rows, size_t room)
{
    if (!filter)
        return 0;
    for (size_t i = 0; i <= filter->n && i < room; i++)
        rows[i] =
            (n2_filter_row){.rule = i < filter->n ? filter->written[i] : n2_filter_any(true),
                            .packets = filter->rules[i].packets,
                            .bytes = filter->rules[i].bytes};
    return filter->n + 1;
}

size_t
n2_filter_count(const n2_filter *filter)
{
    return filter ? filter->n : 0;
}
