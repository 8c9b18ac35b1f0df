/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * jam.c - when a line is too long, who makes it so, and what he may send.
 *
 * Nothing is known of connections.  That several stand behind one in-port is seen by their
 * paths and the regions that they write to: 256 places by hash count how many there are.  In
 * one such count some share a place, and a twentieth too few would be told a twentieth too much
 * for as long as they send: so each count has a hash of its own, and what is told follows
 * their mean.
 */
#include <endian.h>
#include <string.h>

#include "switch/queue-private.h"

enum {
    TARGET_PACKETS = 2,
    COUNT_PACKETS = 64,     /* full ones, in whose time all who send are seen, */
    COUNT_PACKETS_EACH = 2, /* of many */
    TOLD_PER_S = N2_SWITCH_NOTICE_PER_S * 4 / 5, /* the rest is for what is dropped */
    TOLD_BURST = N2_SWITCH_NOTICE_BURST * 4 / 5,
    DRAIN_US = 500000,
    SERVED_US = 20000,     /* what left is summed up so often */
    SERVED_OLD_US = 200000 /* longer ago it says nothing */
};

uint64_t
n2_queue_left_Bps(const n2_queue_port *port, unsigned class, uint64_t rate_Bps)
{
    uint64_t taken_Bps = 0;

    for (unsigned i = 0; i < class; i++)
        taken_Bps += port->served_Bps[i];
    /* They may have been late, and send more at once than the link carries. */
    return taken_Bps < rate_Bps - rate_Bps / 16 ? rate_Bps - taken_Bps : rate_Bps / 16;
}

void
n2_queue_served(n2_queue_port *port, unsigned class, size_t len, uint64_t now_us)
{
    uint64_t us = now_us - port->begin_us;

    port->served[class] += (uint32_t)len;
    if (us < SERVED_US)
        return;
    for (unsigned i = 0; i < N2_CLASSES; i++) {
        uint64_t Bps = port->served[i] * UINT64_C(1000000) / us;
        if (us < SERVED_OLD_US)
            Bps = (3 * (uint64_t)port->served_Bps[i] + Bps) / 4;
        port->served_Bps[i] = Bps < UINT32_MAX ? (uint32_t)Bps : UINT32_MAX;
        port->served[i] = 0;
    }
    port->begin_us = now_us;
}

static uint64_t
load64(const uint8_t *at)
{
    uint64_t x;

    memcpy(&x, at, sizeof x);
    return be64toh(x);
}

/* Was the place of @who free? */
static bool
see(n2_queue_seen *seen, uint64_t who)
{
    static_assert(N2_QUEUE_PLACES == 1 << (64 - 56), "the top bits choose a place");
    uint64_t at = n2_queue_mix(who ^ seen->key) >> 56, bit = UINT64_C(1) << at % 64;
    bool is_new = !(seen->places[at / 64] & bit);

    seen->places[at / 64] |= bit;
    return is_new;
}

/* Places that are taken say how many were thrown: n of 256 as a rule -256 ln(1 - n / 256).
 * More than 1420 look like 1420. */
static uint32_t
count(const n2_queue_seen *seen)
{
    static const uint16_t thrown[] = {
        /* by fours */
        0,   4,   8,   12,  17,  21,  25,  30,  34,  39,  43,  48,  53,   58,   63,  68,  74,
        79,  85,  90,  96,  102, 108, 114, 120, 127, 133, 140, 147, 155,  162,  170, 177, 186,
        194, 203, 212, 221, 231, 241, 251, 262, 273, 285, 298, 311, 325,  339,  355, 371, 389,
        408, 429, 451, 475, 502, 532, 567, 606, 653, 710, 783, 887, 1065, 1420, 1420};
    uint32_t n = 0;

    static_assert(sizeof thrown / sizeof *thrown == N2_QUEUE_PLACES / 4 + 2, "and one to be");
    for (size_t i = 0; i < sizeof seen->places / sizeof *seen->places; i++)
        n += (uint32_t)__builtin_popcountll(seen->places[i]);
    return thrown[n / 4] + (uint32_t)(thrown[n / 4 + 1] - thrown[n / 4]) * (n % 4) / 4;
}

/* So many share the line.  Who has begun since the last count is seen at once, if there are
 * more of them than chance makes. */
static uint32_t
senders(const n2_queue_line *line)
{
    uint32_t n = count(&line->seen[0]);

    return n > line->senders + line->senders / 4 ? n : line->senders;
}

/* The slower it is, and the more they are, the longer it takes until each has sent something.
 */
static uint64_t
count_span_us(const n2_queue_line *line, uint64_t part_Bps)
{
    uint64_t n = senders(line) * COUNT_PACKETS_EACH;
    uint64_t bytes = (n > COUNT_PACKETS ? n : COUNT_PACKETS) * N2_PACKET_BYTES_MAX;
    uint64_t us = bytes * N2_SECOND_US / (part_Bps + 1);

    return us < N2_QUEUE_JAM_US ? N2_QUEUE_JAM_US : us < N2_SECOND_US ? us : N2_SECOND_US;
}

/* The notices that an in-port may get are for all who come by it: nobody is told twice while
 * others wait for their first. */
static uint64_t
told_span_us(const n2_queue_line *line)
{
    uint64_t n = senders(line);
    uint64_t us = (n < N2_QUEUE_PLACES ? n : N2_QUEUE_PLACES) * N2_SECOND_US / TOLD_PER_S;

    return us > N2_QUEUE_JAM_US ? us : N2_QUEUE_JAM_US;
}

static void
turn_stretches(n2_queue_line *line, uint64_t part_Bps, uint64_t now_us)
{
    if (now_us >= line->count_us) {
        uint64_t span_us = count_span_us(line, part_Bps);
        uint32_t n = count(&line->seen[0]);
        bool is_late = !line->count_us || now_us >= line->count_us + span_us;
        line->senders = is_late ? 0 : line->senders ? (line->senders + n + 1) / 2 : n;
        line->seen[0] = is_late ? (n2_queue_seen){.key = line->key} : line->seen[1];
        line->seen[1] = (n2_queue_seen){.key = n2_queue_mix(line->key + now_us)};
        line->count_us = now_us + span_us;
    }
    if (now_us >= line->until_us) {
        /* Who has a place with another one now has not in the next stretch. */
        line->told = (n2_queue_seen){.key = n2_queue_mix(line->key - now_us)};
        line->since_us = now_us;
        line->until_us = now_us + told_span_us(line);
        line->n_told = 0;
    }
}

/* Less than would come through, so that what waits gets less; the less the more there is, but
 * not so little that those who obey for a round trip leave the link idle before they hear that
 * it is over: at @queue_us / DRAIN_US less, no round trip below DRAIN_US does. */
static uint64_t
allowed(uint64_t part_Bps, uint64_t queue_us)
{
    uint64_t less = part_Bps * queue_us / DRAIN_US;
    uint64_t least = part_Bps / 16, most = 3 * part_Bps / 4;

    return part_Bps - (less < least ? least : less < most ? less : most);
}

n2_queue_word
n2_queue_jam(n2_queue_port *port,
             n2_queue_line *line,
             uint8_t *bytes,
             uint64_t rate_Bps,
             uint64_t now_us)
{
    /* Who has reserved is let in only as far as there is room. */
    if (line->class < N2_CLASS_DEFAULT || !(bytes[0] & N2_KIND_LONG))
        return (n2_queue_word){0};
    uint64_t way = load64(bytes + N2_PATH_AT), address = load64(bytes + N2_PATH_AT + 8);
    const n2_queue_share *share = line->share;
    uint64_t part_Bps = n2_queue_left_Bps(port, line->class, rate_Bps) * share->weight /
                        port->weights[line->class] / share->n_lines;
    uint64_t target = part_Bps * N2_QUEUE_TARGET_US / N2_SECOND_US +
                      TARGET_PACKETS * (uint64_t)N2_PACKET_BYTES_MAX;

    /* Each connection has regions of its own; its way is that of its host. */
    uint64_t who = way ^ address >> 32 << 20;

    turn_stretches(line, part_Bps, now_us);
    (void)see(&line->seen[0], who);
    (void)see(&line->seen[1], who);
    if (line->bytes <= target)
        return (n2_queue_word){0};
    bytes[1] |= N2_CARE_JAM;
    port->marks++;
    if (!n2_queue_is_jammed(port, now_us))
        port->jam_since_us = now_us;
    port->jam_last_us = now_us;
    port->n_long += !line->is_long;
    line->is_long = true;
    line->target = (uint32_t)target; /* of which it has more */
    n2_queue_word word = {.is_jammed = true};
    if (line->n_told >= TOLD_BURST + (now_us - line->since_us) * TOLD_PER_S / N2_SECOND_US ||
        !see(&line->told, who))
        return word;
    line->n_told++;
    word.is_to_tell = true;
    word.queue_us = n2_queue_us(line->bytes, part_Bps);
    word.rate_Bps = allowed(part_Bps, word.queue_us) / senders(line);
    return word;
}
