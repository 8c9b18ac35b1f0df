/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label.c - virtual labels: the table, and the two steps.
 *
 * On the way in a label is an index.  On the way out the label is found by in-port, length and
 * last bits of the way back, in a hash table; which lengths there are for a port says one word,
 * so what comes in by a port without labels costs one look.
 */
#include "switch/label.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM_FIRST = 16
};

#define NO_ENTRY UINT32_MAX
/* Bits 0 to 58 of a port's word are lengths of hidden ways behind it. */
#define PORT_HIDDEN (UINT64_C(1) << 63)
#define PORT_DOWN (UINT64_C(1) << 62)
#define PORT_LENGTHS ((UINT64_C(1) << (N2_PATH_BITS + 1)) - 1)

typedef struct {
    uint64_t packets, refused;
    union {
        struct {
            uint64_t hidden;  /* the labels, in the low bits */
            uint64_t back;    /* the same mirrored: what stands in the way back */
            uint64_t answers; /* that went out with it */
            uint64_t ends;    /* as in n2_label */
        } way;
        uint16_t members[N2_LABEL_SERVERS_MAX];
    };
    uint32_t next; /* of those with the same hash; NO_ENTRY: none */
    uint16_t label, port;
    uint8_t kind;
    uint8_t bits; /* WAY: of the hidden way */
    uint8_t n;    /* SPREAD: members */
} entry;

static_assert(sizeof(entry) == N2_LABEL_BYTES, "one line of the cache for a label");

struct n2_labels {
    unsigned width;
    uint64_t key;
    uint32_t *at;    /* (owned) 2^width: entry of this label; NO_ENTRY: none */
    uint64_t *ports; /* (owned) 2^width: PORT_* of what comes in by it */
    entry *entries;  /* (owned) in no order */
    uint32_t n, room;
    uint32_t *heads; /* (owned) 2 * room, a power of two */
    uint64_t n_refused;
};

static uint64_t
mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t
low(unsigned n)
{
    return n > 63 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static uint32_t *
head_of(const n2_labels *l, uint32_t port, unsigned bits, uint64_t back)
{
    uint64_t hash = mix(back ^ (uint64_t)port << 48 ^ (uint64_t)bits << 42 ^ l->key);

    return &l->heads[hash & (2 * (uint64_t)l->room - 1)];
}

static entry *
find_way(const n2_labels *l, uint32_t port, unsigned bits, uint64_t back)
{
    for (uint32_t i = *head_of(l, port, bits, back); i != NO_ENTRY; i = l->entries[i].next) {
        entry *e = &l->entries[i];
        if (e->port == port && e->bits == bits && e->way.back == back)
            return e;
    }
    return NULL;
}

static entry *
find_label(const n2_labels *l, uint32_t label)
{
    uint32_t i = label >> l->width ? NO_ENTRY : l->at[label];

    return i == NO_ENTRY ? NULL : &l->entries[i];
}

/* ---- the two steps --------------------------------------------------------------------------
 */

uint32_t
n2_labels_out(n2_labels *labels,
              uint64_t *word,
              unsigned label_bits,
              unsigned used_bits,
              uint32_t in_port)
{
    uint64_t known = labels->ports[in_port];

    if (!(known & ~PORT_DOWN))
        return in_port;
    unsigned used = (unsigned)(*word & low(used_bits));
    if (used > label_bits)
        return in_port; /* the step will say that it is used up */
    /* The longest first: it is the one that says most. */
    for (uint64_t left = known & PORT_LENGTHS & low(used + 1); left;) {
        unsigned bits = 63 - (unsigned)__builtin_clzll(left);
        entry *e = find_way(labels, in_port, bits, *word >> used_bits & low(bits));
        if (e) {
            *word &= ~(low(bits) << used_bits);
            e->way.answers++;
            return e->label;
        }
        left &= low(bits);
    }
    if (!(known & PORT_HIDDEN))
        return in_port;
    *word &= ~(low(used) << used_bits);
    return 0;
}

/* The highest of the members' lots for this way back: whoever comes or goes changes only where
 * it is the highest itself. */
static entry *
choose(const n2_labels *l, const entry *spread, uint64_t back, unsigned used)
{
    uint64_t seed = mix(back ^ (uint64_t)used << 58 ^ l->key);
    uint64_t most = 0;
    entry *found = NULL;

    for (unsigned i = 0; i < spread->n; i++) {
        entry *e = &l->entries[l->at[spread->members[i]]];
        uint64_t lot = mix(seed + spread->members[i] * UINT64_C(0x9e3779b97f4a7c15));
        if ((lot >= most || !found) && !(l->ports[e->port] & PORT_DOWN)) {
            most = lot;
            found = e;
        }
    }
    return found;
}

n2_label_found
n2_labels_in(n2_labels *labels,
             uint64_t *word,
             unsigned label_bits,
             unsigned used_bits,
             uint32_t *out_port)
{
    uint32_t i = labels->at[*out_port];

    if (i == NO_ENTRY)
        return N2_LABEL_IS_NONE;
    entry *e = &labels->entries[i];
    unsigned used = (unsigned)(*word & low(used_bits));
    uint64_t path = *word >> used_bits;
    e->packets++;
    if (e->kind == N2_LABEL_SPREAD) {
        entry *way = choose(labels, e, path & low(used), used);
        if (!way) {
            e->refused++;
            return N2_LABEL_NO_SERVER;
        }
        e = way;
        e->packets++;
    }
    if (used + e->bits > label_bits || path >> (label_bits - e->bits)) {
        e->refused++;
        return N2_LABEL_NO_ROOM;
    }
    *word |= e->way.hidden << (label_bits - e->bits) << used_bits;
    *out_port = e->port;
    return N2_LABEL_IS_TAKEN;
}

/* ---- orders ---------------------------------------------------------------------------------
 */

n2_err
n2_labels_new(n2_labels **out, unsigned width, uint64_t key)
{
    if (width < 1 || width > N2_SWITCH_WIDTH_MAX)
        return N2_ERR_USAGE;
    size_t n_ports = (size_t)1 << width;
    n2_labels *l = calloc(1, sizeof *l);
    if (!l)
        return N2_ERR_NOMEM;
    l->width = width;
    l->key = key;
    l->room = ROOM_FIRST;
    l->at = malloc(n_ports * sizeof *l->at);
    l->ports = calloc(n_ports, sizeof *l->ports);
    l->entries = calloc(l->room, sizeof *l->entries);
    l->heads = malloc(2 * (size_t)l->room * sizeof *l->heads);
    if (!l->at || !l->ports || !l->entries || !l->heads) {
        n2_labels_free(l);
        return N2_ERR_NOMEM;
    }
    memset(l->at, 0xff, n_ports * sizeof *l->at);
    memset(l->heads, 0xff, 2 * (size_t)l->room * sizeof *l->heads);
    *out = l;
    return N2_OK;
}

void
n2_labels_free(n2_labels *labels)
{
    if (!labels)
        return;
    free(labels->at);
    free(labels->ports);
    free(labels->entries);
    free(labels->heads);
    free(labels);
}

/* All that is derived from the entries: chains, and which lengths there are. */
static void
index_all(n2_labels *l)
{
    memset(l->heads, 0xff, 2 * (size_t)l->room * sizeof *l->heads);
    for (size_t port = 0; port < (size_t)1 << l->width; port++)
        l->ports[port] &= ~PORT_LENGTHS;
    for (uint32_t i = 0; i < l->n; i++) {
        entry *e = &l->entries[i];
        l->at[e->label] = i;
        if (e->kind != N2_LABEL_WAY)
            continue;
        uint32_t *head = head_of(l, e->port, e->bits, e->way.back);
        e->next = *head;
        *head = i;
        l->ports[e->port] |= UINT64_C(1) << e->bits;
    }
}

/* Room for one more. */
static n2_err
grow(n2_labels *l)
{
    if (l->n == N2_LABELS_MAX) {
        l->n_refused++;
        return N2_ERR_LIMIT;
    }
    if (l->n < l->room)
        return N2_OK;
    uint32_t room = 2 * l->room;
    uint32_t *heads = malloc(2 * (size_t)room * sizeof *heads);
    entry *entries = heads ? realloc(l->entries, room * sizeof *entries) : NULL;
    if (!entries) {
        free(heads);
        return N2_ERR_NOMEM;
    }
    free(l->heads);
    l->heads = heads;
    l->entries = entries;
    l->room = room;
    return N2_OK;
}

/* Does a label lead out by this port? */
static bool
has_label_behind(const n2_labels *l, uint32_t port)
{
    return l->ports[port] & PORT_LENGTHS;
}

static bool
is_member(const n2_labels *l, uint32_t label)
{
    for (uint32_t i = 0; i < l->n; i++)
        for (unsigned k = 0; l->entries[i].kind == N2_LABEL_SPREAD && k < l->entries[i].n; k++)
            if (l->entries[i].members[k] == label)
                return true;
    return false;
}

/* The entry that @order makes; what it replaces is not looked at. */
static n2_err
make_way(const n2_labels *l, const n2_label *order, entry *out)
{
    unsigned bits = order->hidden.bits;

    if (!order->port || order->port >> l->width || order->port == order->label ||
        find_label(l, order->port))
        return N2_ERR_USAGE;
    if (bits + l->width > N2_PATH_BITS)
        return N2_ERR_LIMIT;
    uint64_t hidden = bits ? order->hidden.word >> (64 - bits) : 0;
    if (bits && order->hidden.word << bits)
        return N2_ERR_USAGE;
    *out = (entry){
        .kind = N2_LABEL_WAY,
        .label = order->label,
        .port = order->port,
        .bits = (uint8_t)bits,
        .way = {.hidden = hidden, .back = n2_bits_reverse(hidden, bits), .ends = order->ends}};
    const entry *same = find_way(l, out->port, out->bits, out->way.back);
    return same && same->label != order->label ? N2_ERR_EXISTS : N2_OK;
}

static n2_err
make_spread(const n2_labels *l, const n2_label *order, entry *out)
{
    if (order->n > N2_LABEL_SERVERS_MAX)
        return N2_ERR_LIMIT;
    if (!order->n || is_member(l, order->label))
        return N2_ERR_USAGE;
    *out = (entry){.kind = N2_LABEL_SPREAD, .label = order->label, .n = order->n};
    for (unsigned i = 0; i < order->n; i++) {
        const entry *e = find_label(l, order->members[i]);
        if (!e || e->kind != N2_LABEL_WAY || order->members[i] == order->label)
            return N2_ERR_USAGE;
        for (unsigned k = 0; k < i; k++)
            if (order->members[k] == order->members[i])
                return N2_ERR_USAGE;
        out->members[i] = order->members[i];
    }
    return N2_OK;
}

static n2_err
set(n2_labels *l, const n2_label *order)
{
    entry made, *old = find_label(l, order->label);

    if (!order->label || order->label >> l->width || has_label_behind(l, order->label))
        return N2_ERR_USAGE;
    n2_err err =
        order->kind == N2_LABEL_WAY ? make_way(l, order, &made) : make_spread(l, order, &made);
    if (!err && !old)
        err = grow(l);
    if (err)
        return err;
    if (old) {
        made.packets = old->packets;
        made.refused = old->refused;
        if (old->kind == N2_LABEL_WAY && made.kind == N2_LABEL_WAY)
            made.way.answers = old->way.answers;
        *old = made;
    } else {
        l->entries[l->n++] = made;
    }
    index_all(l);
    return N2_OK;
}

static n2_err
forget(n2_labels *l, uint32_t label)
{
    entry *e = find_label(l, label);

    if (!e)
        return N2_ERR_NOTFOUND;
    l->at[label] = NO_ENTRY;
    *e = l->entries[--l->n];
    for (uint32_t i = 0; i < l->n; i++) {
        entry *s = &l->entries[i];
        unsigned kept = 0;
        if (s->kind != N2_LABEL_SPREAD)
            continue;
        for (unsigned k = 0; k < s->n; k++)
            if (s->members[k] != label)
                s->members[kept++] = s->members[k];
        s->n = (uint8_t)kept;
    }
    index_all(l);
    return N2_OK;
}

n2_err
n2_labels_order(n2_labels *labels, const n2_label *order)
{
    switch ((n2_label_kind)order->kind) {
    case N2_LABEL_NONE:
        return forget(labels, order->label);
    case N2_LABEL_WAY:
    case N2_LABEL_SPREAD:
        return set(labels, order);
    case N2_LABEL_HIDE:
    case N2_LABEL_SHOW:
        if (!order->port || order->port >> labels->width || find_label(labels, order->port))
            return N2_ERR_USAGE;
        if (order->kind == N2_LABEL_HIDE)
            labels->ports[order->port] |= PORT_HIDDEN;
        else
            labels->ports[order->port] &= ~PORT_HIDDEN;
        return N2_OK;
    }
    return N2_ERR_USAGE;
}

void
n2_labels_link(n2_labels *labels, uint32_t port, bool is_up)
{
    if (!labels || port >> labels->width)
        return;
    if (is_up)
        labels->ports[port] &= ~PORT_DOWN;
    else
        labels->ports[port] |= PORT_DOWN;
}

bool
n2_labels_is_label(const n2_labels *labels, uint32_t port)
{
    return labels && find_label(labels, port);
}

/* ---- what is shown --------------------------------------------------------------------------
 */

static n2_label_row
row_of(const n2_labels *l, const entry *e)
{
    n2_label_row row = {.label = {.kind = e->kind, .label = e->label},
                        .packets = e->packets,
                        .refused = e->refused};

    if (e->kind == N2_LABEL_SPREAD) {
        row.label.n = e->n;
        memcpy(row.label.members, e->members, sizeof row.label.members);
        return row;
    }
    row.label.port = e->port;
    row.label.hidden.bits = e->bits;
    row.label.hidden.word = e->bits ? e->way.hidden << (64 - e->bits) : 0;
    row.label.ends = e->way.ends;
    row.answers = e->way.answers;
    row.is_up = !(l->ports[e->port] & PORT_DOWN);
    return row;
}

size_t
n2_labels_rows(const n2_labels *labels, n2_label_row *rows, size_t room)
{
    size_t n_ports = labels ? (size_t)1 << labels->width : 0;
    size_t n = 0;

    for (size_t label = 0; label < n_ports; label++)
        if (labels->at[label] != NO_ENTRY && n++ < room)
            rows[n - 1] = row_of(labels, &labels->entries[labels->at[label]]);
    for (size_t port = 0; port < n_ports; port++)
        if (labels->ports[port] & PORT_HIDDEN && n++ < room)
            rows[n - 1] =
                (n2_label_row){.label = {.kind = N2_LABEL_HIDE, .port = (uint16_t)port},
                               .is_up = !(labels->ports[port] & PORT_DOWN)};
    return n;
}

void
n2_labels_look(const n2_labels *labels, n2_look *look)
{
    size_t n_ports = labels ? (size_t)1 << labels->width : 0;

    for (size_t label = 0; label < n_ports; label++) {
        if (labels->at[label] == NO_ENTRY)
            continue;
        const entry *e = &labels->entries[labels->at[label]];
        n2_look_label *row = n2_look_add_labels(look);
        if (row)
            *row = (n2_look_label){.label = e->label,
                                   .bits = (uint8_t)labels->width,
                                   .n_ways = e->kind == N2_LABEL_SPREAD ? e->n : 1,
                                   .packets = e->packets};
    }
}

size_t
n2_labels_count(const n2_labels *labels)
{
    return labels ? labels->n : 0;
}

uint64_t
n2_labels_refused(const n2_labels *labels)
{
    return labels ? labels->n_refused : 0;
}
