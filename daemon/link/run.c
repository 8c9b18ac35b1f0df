/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * run.c - datagrams of one size, built where they are sent from.
 */
#include "link/run.h"

#include <assert.h>
#include <string.h>

#include "link/set.h"

enum {
    SPLIT_BYTES = N2_FRAME_BYTES_MIN, /* of a datagram with a first half */
    RATE_SHARE_PER_S = 1000           /* a run lasts 1 / 1000 s */
};

/* The link, if it is still the one the run was begun for. */
static n2_link *
link_of(const n2_run *run)
{
    n2_link *link = run->links->by_port[run->port];

    return link && link->state == N2_LINK_OPEN && link->token == run->token ? link : NULL;
}

void
n2_run_begin(n2_run *run, n2_links *links, uint32_t port, uint8_t *buf, size_t size)
{
    const n2_link *link = links->by_port[port];

    assert(n2_links_is_up(links, port) && size >= 2 * SPLIT_BYTES);
    if (size > N2_RUN_BYTES_MAX)
        size = N2_RUN_BYTES_MAX;
    if (link->rate_Bps && link->rate_Bps / RATE_SHARE_PER_S < size) {
        size = link->rate_Bps / RATE_SHARE_PER_S;
        if (size < 2 * SPLIT_BYTES)
            size = 2 * SPLIT_BYTES;
    }
    *run =
        (n2_run){.links = links, .token = link->token, .port = port, .buf = buf, .size = size};
}

bool
n2_run_is_empty(const n2_run *run)
{
    return !run->len && !run->open;
}

static void
write_head(n2_link *link, uint8_t *at, n2_frame_kind kind)
{
    n2_frame head = {.token = link->peer_token, .kind = (uint8_t)kind, .number = link->number};

    n2_frame_write(at, &head);
    link->number = (uint16_t)((link->number + 1) & N2_FRAME_NUMBER_MASK);
}

/* Counts a finished datagram of @bytes at the end of the run. */
static void
finish_datagram(n2_run *run, size_t bytes)
{
    if (!run->segment)
        run->segment = bytes;
    assert(!run->is_last && bytes <= run->segment);
    run->is_last = bytes < run->segment;
    run->len += bytes;
    run->n_segments++;
}

static void
close_open(n2_run *run, n2_link *link)
{
    if (!run->open)
        return;
    write_head(link, run->buf + run->len, N2_FRAME_WHOLE);
    finish_datagram(run, run->open);
    run->open = 0;
}

uint8_t *
n2_run_reserve(n2_run *run, size_t len)
{
    n2_link *link = link_of(run);

    assert(len >= N2_PACKET_BYTES_MIN && len <= N2_PACKET_BYTES_MAX);
    run->reserved = 0;
    if (!link)
        return NULL;
    size_t limit = run->segment ? run->segment : link->datagram_bytes;
    if (run->open && run->open + len > limit)
        close_open(run, link);
    limit = run->segment ? run->segment : link->datagram_bytes;
    size_t left = run->size - run->len - run->open;
    if (run->open) {
        if (len > left)
            return NULL;
        run->reserved = len;
        return run->buf + run->len + run->open;
    }
    run->is_split = N2_FRAME_HEAD_BYTES + len > link->datagram_bytes;
    size_t needs = len + N2_FRAME_HEAD_BYTES * (run->is_split ? 2 : 1);
    size_t first = run->is_split ? (size_t)SPLIT_BYTES : needs;
    unsigned n = run->is_split ? 2 : 1;
    if (run->is_last || needs > left || first > limit ||
        run->n_segments + n > N2_RUN_SEGMENTS_MAX ||
        (run->is_split && run->segment && run->segment != first))
        return NULL;
    run->reserved = len;
    return run->buf + run->len + N2_FRAME_HEAD_BYTES;
}

void
n2_run_commit(n2_run *run)
{
    n2_link *link = link_of(run);
    size_t len = run->reserved;

    assert(len);
    run->reserved = 0;
    if (!link)
        return;
    if (run->open || !run->is_split) {
        run->open += len + (run->open ? 0 : N2_FRAME_HEAD_BYTES);
        return;
    }
    uint8_t *first = run->buf + run->len;
    uint8_t *second = first + SPLIT_BYTES;
    memmove(second + N2_FRAME_HEAD_BYTES, second, len - N2_HALF_BYTES);
    write_head(link, first, N2_FRAME_FIRST_HALF);
    write_head(link, second, N2_FRAME_SECOND_HALF);
    finish_datagram(run, SPLIT_BYTES);
    finish_datagram(run, N2_FRAME_HEAD_BYTES + len - N2_HALF_BYTES);
}

bool
n2_run_add(n2_run *run, const uint8_t *packet, size_t len)
{
    uint8_t *at = n2_run_reserve(run, len);

    if (!at)
        return false;
    memcpy(at, packet, len);
    n2_run_commit(run);
    return true;
}

size_t
n2_run_finish(n2_run *run, n2_net_addr *to, size_t *segment)
{
    n2_link *link = link_of(run);

    if (!link)
        return 0;
    close_open(run, link);
    if (!run->len)
        return 0;
    *to = link->net;
    *segment = run->segment;
    link->datagrams_out += run->n_segments;
    link->bytes_out += run->len;
    return run->len;
}
