/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * receipt.c - two sliding windows over the peer's counters.
 */
#include "transport/receipt.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static bool
get(const uint64_t *bits, uint32_t at)
{
    return bits[at / 64] >> at % 64 & 1;
}

static void
put(uint64_t *bits, uint32_t at, bool value)
{
    uint64_t bit = UINT64_C(1) << at % 64;

    bits[at / 64] = value ? bits[at / 64] | bit : bits[at / 64] & ~bit;
}

bool
n2_receipt_is_new(const n2_receipt *r, uint32_t counter)
{
    if (counter >= N2_COUNTERS_MAX)
        return false;
    if (!r->any || counter > r->highest)
        return true;
    if (r->highest - counter >= N2_RECEIPT_WINDOW)
        return false;
    return r->windows && !get(r->windows->seen, counter % N2_RECEIPT_WINDOW);
}

void
n2_receipt_rest(n2_receipt *r)
{
    if (!r->windows)
        return;
    sodium_memzero(r->windows, sizeof *r->windows);
    free(r->windows);
    r->windows = NULL;
}

void
n2_receipt_clear(n2_receipt *r)
{
    n2_receipt_rest(r);
    *r = (n2_receipt){0};
}

/* What came before them counts as taken, and of the counted ones only the highest is told. */
static bool
make_windows(n2_receipt *r)
{
    n2_receipt_windows *w = r->windows = calloc(1, sizeof *w);

    if (!w)
        return false;
    if (r->any)
        memset(w->seen, 0xff, sizeof w->seen);
    if (r->any_counted) {
        put(w->counted, r->highest_counted % N2_ACK_COUNTERS, true);
        w->half[r->highest_counted % N2_ACK_COUNTERS] = w->proof = r->highest_half;
    }
    return true;
}

/* Moves a window's head from @from (exclusive; or from nothing) to @to, clearing what it
 * passes. */
static void
slide(uint64_t *bits, uint32_t size, bool any, uint32_t from, uint32_t to)
{
    if (!any || to - from >= size) {
        memset(bits, 0, size / 8);
        return;
    }
    /* By number of steps: a counter may be the highest there is. */
    for (uint32_t n = to - from; n; n--)
        put(bits, (from + n) % size, false);
}

/* The same of those that are told of; what goes is not proven any more. */
static void
slide_counted(n2_receipt_windows *w, bool any, uint32_t from, uint32_t to)
{
    if (!any || to - from >= N2_ACK_COUNTERS) {
        memset(w->counted, 0, sizeof w->counted);
        w->proof = 0;
        return;
    }
    for (uint32_t n = to - from; n; n--) {
        uint32_t at = (from + n) % N2_ACK_COUNTERS;
        if (get(w->counted, at))
            w->proof ^= w->half[at];
        put(w->counted, at, false);
    }
}

static void
count(n2_receipt *r, uint32_t counter, uint32_t half, uint64_t now_us)
{
    n2_receipt_windows *w = r->windows;

    if (!r->any_counted || counter > r->highest_counted) {
        slide_counted(w, r->any_counted, r->highest_counted, counter);
        r->any_counted = true;
        r->highest_counted = counter;
        r->highest_half = half;
        r->arrived_us = (uint32_t)now_us;
    } else if (r->highest_counted - counter >= N2_ACK_COUNTERS) {
        return; /* too late to be told about */
    }
    put(w->counted, counter % N2_ACK_COUNTERS, true);
    w->half[counter % N2_ACK_COUNTERS] = half;
    w->proof ^= half;
    r->n_counted++;
}

bool
n2_receipt_take(
    n2_receipt *r, uint32_t counter, uint32_t half, bool counted, uint64_t now_us, bool *gap)
{
    *gap = false;
    if (!n2_receipt_is_new(r, counter))
        return false;
    /* Control messages one after the other leave nothing to note but the last. */
    bool is_next = r->any ? counter == r->highest + 1 : !counter;
    if (!r->windows && is_next && !counted) {
        r->any = true;
        r->highest = counter;
        return true;
    }
    if (!r->windows && !make_windows(r))
        return false;
    if (!r->any || counter > r->highest) {
        *gap = !is_next;
        slide(r->windows->seen, N2_RECEIPT_WINDOW, r->any, r->highest, counter);
        r->any = true;
        r->highest = counter;
    }
    put(r->windows->seen, counter % N2_RECEIPT_WINDOW, true);
    if (counted)
        count(r, counter, half, now_us);
    return true;
}

void
n2_receipt_tell(const n2_receipt *r, n2_ack *ack)
{
    ack->highest = r->highest_counted;
    ack->arrived_us = r->arrived_us;
    ack->received = r->n_counted;
    ack->proof = 0;
    memset(ack->bitmap, 0, sizeof ack->bitmap);
    if (!r->any_counted)
        return;
    if (!r->windows) {
        ack->bitmap[0] = UINT64_C(1) << 63;
        ack->proof = r->highest_half;
        return;
    }
    /* Each word ends at its highest counter, which lies anywhere in one of the window. */
    const uint64_t *counted = r->windows->counted;
    uint32_t bit = r->highest_counted % 64, word = r->highest_counted / 64 % N2_ACK_WORDS;
    for (uint32_t i = 0; i < N2_ACK_WORDS;
         i++, word = (word + N2_ACK_WORDS - 1) % N2_ACK_WORDS) {
        uint64_t below = counted[(word + N2_ACK_WORDS - 1) % N2_ACK_WORDS];
        ack->bitmap[i] = counted[word] << (63 - bit) | (bit < 63 ? below >> (bit + 1) : 0);
    }
    ack->proof = r->windows->proof;
}
