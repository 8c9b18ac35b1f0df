/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * size.c - the longest datagram that a link's way carries, proven by the link itself.
 *
 * A PING padded to the size on trial is sent, with a short one beside it.  The long one's PONG
 * proves the size; when the short ones are heard and the long ones not, it does not pass.
 *
 *     limit the host's figure first; then what is in use; then by halves between what passes
 *     and what doesn't, until they are STEP_BYTES apart; again after N2_LINK_SEARCH_US
 *
 * What is in use is proven again every N2_LINK_PROVE_US in which packets left: a way may become
 * narrow without a word (a black hole), and then N2_LINK_BYTES_BASE is used, or in the end
 * N2_FRAME_BYTES_MIN, which every link carries.
 */
#include "base/limits.h"
#include "link/message.h"
#include "link/set.h"

enum {
    TRIES_LONGER = 3, /* a size that is not in use yet */
    TRIES_PROOF = 5,  /* one that is: at 20 % loss one proof in 3,000 fails, and costs little */
    STEP_BYTES = 16
};

void
n2_link_size_begin(n2_links *links, n2_link *link)
{
    n2_link_size *s = &link->size;

    *s = (n2_link_size){.limit = s->limit, .failed = s->limit + 1};
    if (s->limit && link->state == N2_LINK_OPEN)
        n2_link_set_deadline(links, link, 0);
}

void
n2_link_size_forget(n2_links *links, n2_link *link)
{
    link->size = (n2_link_size){0};
    link->datagram_bytes = links->config.datagram_bytes;
}

void
n2_link_size_doubt(n2_link *link, uint64_t now_us)
{
    n2_link_size *s = &link->size;

    if (s->trial || !s->limit)
        return;
    s->proven_out = UINT64_MAX;
    if (s->search_us)
        s->search_us = now_us;
    s->next_us = now_us;
}

/* The next size to try, 0: all is known. */
static uint32_t
choose(const n2_link *link)
{
    const n2_link_size *s = &link->size;

    if (s->proven < s->limit && s->failed > s->limit)
        return s->limit;
    if (s->proven < link->datagram_bytes)
        return link->datagram_bytes;
    return s->failed - s->proven > STEP_BYTES ? s->proven + (s->failed - s->proven) / 2 : 0;
}

static void
send_pings(n2_links *links, n2_link *link, uint64_t now_us)
{
    n2_link_size *s = &link->size;
    uint64_t wait_us = UINT64_C(3) * link->rtt_us;

    s->tries++;
    n2_link_send_padded(links, link, s->nonce, s->trial);
    n2_link_send_padded(links, link, s->nonce + 1, N2_LINK_CONTROL_BYTES);
    if (wait_us < N2_LINK_PROBE_US)
        wait_us = N2_LINK_PROBE_US;
    if (wait_us > N2_SECOND_US)
        wait_us = N2_SECOND_US;
    s->next_us = now_us + wait_us;
}

static void
begin_trial(n2_links *links, n2_link *link, uint32_t bytes, uint64_t now_us)
{
    n2_link_size *s = &link->size;

    s->trial = bytes;
    s->tries = 0;
    s->is_small_heard = false;
    n2_env_random(&links->config.env, &s->nonce, sizeof s->nonce);
    s->proven_out = link->datagrams_out;
    send_pings(links, link, now_us);
}

/* All PINGs of a size were in vain. */
static void
fail_trial(n2_link *link)
{
    n2_link_size *s = &link->size;

    s->failed = s->trial;
    s->decided = s->nonce;
    s->trial = 0;
    if (s->failed > link->datagram_bytes)
        return;
    link->datagram_bytes = s->failed > N2_LINK_BYTES_BASE ? (uint32_t)N2_LINK_BYTES_BASE
                                                          : (uint32_t)N2_FRAME_BYTES_MIN;
    s->proven = link->datagram_bytes == N2_FRAME_BYTES_MIN ? (uint32_t)N2_FRAME_BYTES_MIN : 0;
}

/* Nothing is on trial: what is next? */
static void
go_on(n2_links *links, n2_link *link, uint64_t now_us)
{
    n2_link_size *s = &link->size;

    if (s->search_us && now_us >= s->search_us) {
        s->failed = s->limit + 1;
        s->search_us = 0;
    }
    uint32_t bytes = choose(link);
    if (!bytes && s->proven < s->limit && !s->search_us)
        s->search_us = now_us + N2_LINK_SEARCH_US;
    if (!bytes && now_us >= s->next_us && link->datagrams_out != s->proven_out &&
        link->datagram_bytes > N2_FRAME_BYTES_MIN)
        bytes = link->datagram_bytes;
    if (bytes)
        begin_trial(links, link, bytes, now_us);
    else
        s->next_us = now_us + N2_LINK_PROVE_US;
}

uint64_t
n2_link_size_tick(n2_links *links, n2_link *link, uint64_t now_us)
{
    n2_link_size *s = &link->size;

    if (!s->limit)
        return UINT64_MAX;
    if (now_us < s->next_us)
        return s->next_us;
    if (!s->trial) {
        go_on(links, link, now_us);
    } else if (s->tries < (s->trial > link->datagram_bytes ? TRIES_LONGER : TRIES_PROOF)) {
        send_pings(links, link, now_us);
    } else if (s->is_small_heard) {
        fail_trial(link);
        go_on(links, link, now_us);
    } else { /* nothing passes at all: whether the link lives is decided elsewhere */
        s->tries = 0;
        s->next_us = now_us + N2_SECOND_US;
    }
    return s->next_us;
}

bool
n2_link_size_pong(n2_links *links, n2_link *link, uint64_t nonce, uint64_t now_us)
{
    n2_link_size *s = &link->size;

    if (!s->trial || nonce - s->nonce > 1)
        return nonce - s->decided <= 1; /* the short one's, once the long one has told */
    if (nonce != s->nonce) {
        s->is_small_heard = true;
        return true;
    }
    if (s->trial > s->proven)
        s->proven = s->trial;
    if (s->trial > link->datagram_bytes)
        link->datagram_bytes = s->trial;
    s->decided = s->nonce;
    s->trial = 0;
    s->next_us = now_us + N2_LINK_PROVE_US;
    go_on(links, link, now_us);
    if (s->next_us < link->deadline_us)
        n2_link_set_deadline(links, link, s->next_us);
    return true;
}

void
n2_links_set_datagram(n2_links *links, uint32_t port, uint32_t datagram_bytes)
{
    n2_link *link = port < n2_links_n_ports(links) ? links->by_port[port] : NULL;

    if (!link)
        return;
    if (datagram_bytes < N2_FRAME_BYTES_MIN)
        datagram_bytes = N2_FRAME_BYTES_MIN;
    if (datagram_bytes > N2_FRAME_BYTES_MAX)
        datagram_bytes = N2_FRAME_BYTES_MAX;
    uint32_t before = link->size.limit;
    uint32_t least = before ? (uint32_t)N2_LINK_BYTES_BASE : (uint32_t)N2_FRAME_BYTES_MIN;
    bool is_less = datagram_bytes < link->datagram_bytes;
    if (is_less)
        link->datagram_bytes = datagram_bytes > least ? datagram_bytes : least;
    if (datagram_bytes > before)
        link->size.limit = datagram_bytes;
    if (is_less || datagram_bytes > before)
        n2_link_size_begin(links, link);
}
