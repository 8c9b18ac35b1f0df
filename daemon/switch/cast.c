/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cast.c - form of the messages, ways that run together, copies one by one.
 */
#include "switch/cast.h"

#include <string.h>

#include "base/reader.h"
#include "base/writer.h"
#include "switch/switch.h"
#include "switch/tree.h"
#include "wire/path.h"

enum {
    KIND_MASK = 0x7f,
    TAKEN_AT = N2_LONG_HEAD_BYTES + 4,
    MASK_AT = N2_LONG_HEAD_BYTES + 24
};

static bool
is_kind(const n2_cast *c)
{
    switch (c->kind) {
    case N2_CAST_JOIN:
    case N2_CAST_LEAVE:
        return c->is_for_hops ||
               (c->type == N2_CAST_TREE && !c->number && !c->rank && !c->taken && !c->mask);
    case N2_CAST_SPLIT:
        return c->is_for_hops && c->type == N2_CAST_TREE;
    case N2_CAST_ACCEPT:
    case N2_CAST_REFUSE:
        return c->is_for_hops == (c->type == N2_CAST_CHANNEL);
    }
    return false;
}

n2_err
n2_cast_read(n2_cast *out, const uint8_t *bytes, size_t len)
{
    n2_packet p;
    n2_err err = n2_packet_parse(&p, bytes, len);

    if (err)
        return err;
    n2_reader r = n2_reader_init(p.data, p.data_bytes);
    n2_cast c = {.type = (n2_cast_type)n2_read_u8(&r), .path = p.path};
    uint8_t kind = n2_read_u8(&r);

    c.is_for_hops = kind & N2_CONTROL_HOPS;
    c.kind = (n2_cast_kind)(kind & KIND_MASK);
    c.number = n2_read_u16(&r);
    uint32_t both = n2_read_u32(&r);
    c.rank = (uint8_t)(both >> 24);
    c.taken = both & 0xffffff;
    c.id = n2_read_u64(&r);
    c.nonce = n2_read_u64(&r);
    c.mask = n2_read_u64(&r);
    if (c.rank > N2_PATH_BITS || (c.rank && c.type != N2_CAST_TREE) ||
        (c.type != N2_CAST_TREE && c.type != N2_CAST_CHANNEL) || !is_kind(&c) ||
        (c.taken &&
         ((c.kind != N2_CAST_JOIN && c.kind != N2_CAST_ACCEPT) || c.type != N2_CAST_TREE)) ||
        (c.type == N2_CAST_CHANNEL && c.id >> N2_CHANNEL_BITS) || p.mode != N2_MODE_CONTROL ||
        !p.is_long || p.is_sealed || p.phase || p.address)
        n2_reader_fail(&r, N2_ERR_FORMAT);
    err = n2_reader_finish(&r);
    if (!err)
        *out = c;
    return err;
}

void
n2_cast_write(uint8_t out[static N2_CAST_BYTES], const n2_cast *cast)
{
    n2_packet head = {.is_long = true,
                      .class = N2_CLASS_DEFAULT,
                      .mode = N2_MODE_CONTROL,
                      .path = cast->path};
    size_t at = n2_packet_write_head(out, &head);
    n2_writer w = n2_writer_init(out + at, N2_CAST_DATA_BYTES);

    n2_write_u8(&w, (uint8_t)cast->type);
    n2_write_u8(&w, (uint8_t)(cast->kind | (cast->is_for_hops ? N2_CONTROL_HOPS : 0)));
    n2_write_u16(&w, cast->number);
    n2_write_u32(&w, (uint32_t)cast->rank << 24 | cast->taken);
    n2_write_u64(&w, cast->id);
    n2_write_u64(&w, cast->nonce);
    n2_write_u64(&w, cast->mask);
}

void
n2_cast_patch(uint8_t bytes[static N2_CAST_BYTES], const n2_cast *cast)
{
    n2_writer taken = n2_writer_init(bytes + TAKEN_AT, sizeof cast->taken);
    n2_writer mask = n2_writer_init(bytes + MASK_AT, sizeof cast->mask);

    n2_write_u32(&taken, (uint32_t)cast->rank << 24 | cast->taken);
    n2_write_u64(&mask, cast->mask);
}

void
n2_cast_gather(n2_cast *cast, unsigned width)
{
    unsigned used = n2_path_used(cast->path);

    cast->mask &= (UINT64_C(2) << (used - width)) - 2;
    cast->mask |= UINT64_C(1) << used;
}

uint64_t
n2_cast_ahead(uint64_t path, unsigned width, uint32_t out_port)
{
    unsigned used = n2_path_used(path);
    uint64_t labels = path >> N2_PATH_USED_BITS >> used << used << N2_PATH_USED_BITS;

    return (uint64_t)out_port << (64 - width) | labels >> width;
}

n2_cast
n2_cast_answer(const n2_cast *question, n2_cast_kind kind)
{
    return (n2_cast){.type = question->type,
                     .kind = kind,
                     .is_for_hops = question->type == N2_CAST_CHANNEL,
                     .number = question->type == N2_CAST_CHANNEL ? question->number : 0,
                     .id = question->id,
                     .nonce = question->nonce,
                     .mask = question->mask,
                     .path = n2_path_answer(question->path)};
}

/* ---- ways ---- */

unsigned
n2_way_shared(const n2_way *a, const n2_way *b, unsigned skip)
{
    unsigned bits_a = n2_way_bits(a), bits_b = n2_way_bits(b);

    /* From the far end of a towards us; the top bit is our own step. */
    for (uint64_t left = a->mask & (a->mask - 1) ? a->mask : 0; left & (left - 1);
         left &= left - 1) {
        unsigned bits = bits_a - (unsigned)__builtin_ctzll(left);
        if (bits >= bits_b || !(b->mask >> (bits_b - bits) & 1) ||
            !n2_way_is_same(a->labels, b->labels, bits))
            continue;
        if (!skip--)
            return bits;
    }
    return 0;
}

bool
n2_way_passes(const n2_way *way, const n2_way *to)
{
    unsigned bits = n2_way_bits(to) - (unsigned)__builtin_ctzll(to->mask);

    return n2_way_bits(way) > bits && way->mask >> (n2_way_bits(way) - bits) & 1 &&
           n2_way_is_same(way->labels, to->labels, bits);
}

/* ---- what a table says ---- */

void
n2_said_put(n2_said *said, const n2_cast *cast)
{
    if (said->n == N2_SAID_MAX) {
        said->lost++;
        return;
    }
    n2_cast_write(said->bytes[(said->first + said->n++) % N2_SAID_MAX], cast);
}

bool
n2_said_take(n2_said *said, uint8_t out[static N2_CAST_BYTES])
{
    if (!said->n)
        return false;
    memcpy(out, said->bytes[said->first], N2_CAST_BYTES);
    said->first = (said->first + 1) % N2_SAID_MAX;
    said->n--;
    return true;
}

/* ---- copies ---- */

static bool
next_word(n2_copies *c)
{
    while (!c->left) {
        if (c->at == c->words)
            return false;
        for (size_t i = 0; i < sizeof c->ports / sizeof *c->ports; i++)
            if (c->ports[i])
                c->left |= c->ports[i][c->at];
        if (c->in_port / 64 == c->at)
            c->left &= ~(UINT64_C(1) << c->in_port % 64);
        c->at++;
    }
    return true;
}

bool
n2_copies_next(n2_copies *copies, uint32_t *out_port, uint64_t *path)
{
    if (copies->branches) {
        /* Who is still somebody else's gets it from there. */
        while (copies->next && copies->branches[copies->next].taken)
            copies->next = copies->branches[copies->next].next;
        if (!copies->next)
            return false;
        const n2_branch *b = &copies->branches[copies->next];
        copies->next = b->next;
        *out_port = b->out_port;
        *path = b->path;
        return true;
    }
    if (!next_word(copies))
        return false;
    *out_port = (copies->at - 1) * 64 + (unsigned)__builtin_ctzll(copies->left);
    copies->left &= copies->left - 1;
    *path = copies->path;
    return true;
}
