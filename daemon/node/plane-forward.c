/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plane-forward.c - packets to their links, straight or by the queues, and what their senders
 *                   are told.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "node/plane-private.h"
#include "switch/notice.h"
#include "wire/code.h"

enum {
    LINE_BYTES = 64, /* that memory gives at once */
    LATER_BYTES_MAX = N2_SEALED_HEAD_BYTES + 512 + N2_TAG_BYTES
};

static_assert((int)LATER_BYTES_MAX + (int)N2_FRAME_HEAD_BYTES <= (int)N2_LINK_BYTES_BASE,
              "whole in every link");

/* About the packet @cause, which came in by @in_port and is stepped: its sender hears of it,
 * unless too many did, or a notice has pushed it out: one word never leads to another. */
static void
say(n2_plane *plane,
    uint32_t in_port,
    n2_switch_notice *notice,
    const uint8_t *cause,
    size_t len,
    uint64_t now_us)
{
    uint8_t bytes[N2_NOTICE_BYTES];

    if (plane->is_telling || !n2_switch_says(&plane->sw, in_port, notice, cause, len, now_us))
        return;
    n2_switch_notice_write(bytes, notice);
    n2_step step = n2_switch_step(&plane->sw, 0, bytes, sizeof bytes, now_us);
    if (step.verdict == N2_STEP_CONTROL) { /* it was our own */
        if (!n2_switch_notice_read(notice, bytes, sizeof bytes))
            n2_endpoint_notice(plane->endpoint, notice, now_us);
    } else if (step.verdict == N2_STEP_FORWARD) {
        plane->is_telling = true;
        n2_plane_forward(plane, 0, step.out_port, bytes, sizeof bytes, now_us);
        plane->is_telling = false;
    }
}

/* It did not fit into the queue of @out_port. */
static void
say_dropped(
    n2_plane *plane, uint32_t out_port, const n2_queued *packet, uint64_t Bps, uint64_t now_us)
{
    uint32_t waiting = n2_queues_bytes(plane->queues, out_port);

    n2_switch_undo(&plane->sw, packet->in_port, out_port, packet->len, N2_DROP_QUEUE);
    n2_switch_notice notice = {.reason = N2_NOTICE_DROPPED,
                               .queue = n2_delay_to_code(n2_queue_us(waiting, Bps)),
                               .rate = n2_rate_to_code(Bps)};
    say(plane, packet->in_port, &notice, packet->bytes, packet->len, now_us);
}

/* The packet in the reserved room joins the queue of @out_port. */
static void
wait(n2_plane *plane,
     uint32_t in_port,
     uint32_t out_port,
     n2_class class,
     size_t len,
     uint64_t now_us)
{
    uint64_t Bps = n2_links_rate(plane->links, out_port);
    const uint8_t *bytes = n2_queues_reserve(plane->queues); /* the room it stands in */
    n2_queue_word word =
        n2_queues_join(plane->queues, in_port, out_port, class, len, Bps, now_us);
    n2_queued gone;

    n2_runs_joined(plane->runs, out_port);
    if (word.is_to_tell) {
        n2_switch_notice notice = {.reason = N2_NOTICE_JAM,
                                   .queue = n2_delay_to_code(word.queue_us),
                                   .rate = n2_rate_to_code(word.rate_Bps)};
        say(plane, in_port, &notice, bytes, len, now_us);
    }
    while (n2_queues_evict(plane->queues, out_port, Bps, &gone))
        say_dropped(plane, out_port, &gone, Bps, now_us);
}

void
n2_plane_wait(n2_plane *plane, uint32_t in_port, uint32_t out_port, size_t len, uint64_t now_us)
{
    const uint8_t *bytes = n2_queues_reserve(plane->queues); /* the room it stands in */

    wait(plane, in_port, out_port, (n2_class)(bytes[1] >> N2_CARE_CLASS_SHIFT), len, now_us);
}

/* It does not go straight into a run: the link is busy, or gone. */
static void
forward_slowly(n2_plane *plane,
               uint32_t in_port,
               uint32_t out_port,
               const uint8_t *bytes,
               size_t len,
               uint64_t now_us)
{
    n2_class class = (n2_class)(bytes[1] >> N2_CARE_CLASS_SHIFT);
    bool is_up = n2_links_is_up(plane->links, out_port);
    uint64_t Bps = n2_links_rate(plane->links, out_port);
    uint8_t *to = is_up && Bps ? n2_queues_reserve(plane->queues) : NULL;

    if (to) {
        memcpy(to, bytes, len);
        wait(plane, in_port, out_port, class, len, now_us);
    } else if (is_up) {
        say_dropped(plane, out_port, &(n2_queued){bytes, len, in_port, class}, Bps, now_us);
    } else {
        n2_switch_undo(&plane->sw, in_port, out_port, len, N2_DROP_PORT);
    }
}

void
n2_plane_forward(n2_plane *plane,
                 uint32_t in_port,
                 uint32_t out_port,
                 const uint8_t *bytes,
                 size_t len,
                 uint64_t now_us)
{
    uint8_t *to = n2_runs_reserve(plane->runs, out_port, len, now_us);

    n2_users_saw(&plane->users, in_port, out_port);
    if (!to) {
        forward_slowly(plane, in_port, out_port, bytes, len, now_us);
        return;
    }
    memcpy(to, bytes, len);
    n2_runs_commit(plane->runs, out_port);
}

static inline void
copy_first(n2_plane *plane)
{
    const n2_plane_copy *copy = &plane->later[plane->first_later];

    memcpy(copy->to, copy->from, copy->len);
    plane->first_later = (plane->first_later + 1) % N2_PLANE_COPIES_LATER;
    plane->n_later--;
}

void
n2_plane_copy_all(n2_plane *plane)
{
    while (plane->n_later)
        copy_first(plane);
}

void
n2_plane_pass(n2_plane *plane,
              uint32_t in_port,
              uint32_t out_port,
              const uint8_t *bytes,
              size_t len,
              uint64_t now_us)
{
    /* A long one goes in two halves, which a commit moves, and is read in order, so that memory
     * comes by itself. */
    if (len > LATER_BYTES_MAX) {
        n2_plane_forward(plane, in_port, out_port, bytes, len, now_us);
        return;
    }
    for (size_t at = LINE_BYTES; at < len; at += LINE_BYTES)
        __builtin_prefetch(bytes + at);
    __builtin_prefetch(bytes + len - 1);
    uint8_t *to = n2_runs_reserve(plane->runs, out_port, len, now_us);
    n2_users_saw(&plane->users, in_port, out_port);
    if (!to) {
        forward_slowly(plane, in_port, out_port, bytes, len, now_us);
        return;
    }
    n2_runs_commit(plane->runs, out_port);
    if (plane->n_later == N2_PLANE_COPIES_LATER)
        copy_first(plane);
    unsigned last = (plane->first_later + plane->n_later++) % N2_PLANE_COPIES_LATER;
    plane->later[last] = (n2_plane_copy){.to = to, .from = bytes, .len = len};
}
