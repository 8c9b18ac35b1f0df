/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ether-out.c - frames that leave by a packet socket.
 */
#include "host/ether-out.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/netaddr.h"
#include "host/ether.h"

n2_err
n2_ether_out_init(n2_ether_out *out, int fd, int interface)
{
    *out = (n2_ether_out){.fd = fd,
                          .to = {.sll_family = AF_PACKET,
                                 .sll_protocol = htons(N2_ETHER_TYPE),
                                 .sll_ifindex = interface,
                                 .sll_halen = N2_NET_ETHER_BYTES},
                          .messages = calloc(N2_RUN_SEGMENTS_MAX, sizeof *out->messages),
                          .places = calloc(N2_RUN_SEGMENTS_MAX, sizeof *out->places)};
    if (!out->messages || !out->places) {
        n2_ether_out_clear(out);
        return N2_ERR_NOMEM;
    }
    for (size_t i = 0; i < N2_RUN_SEGMENTS_MAX; i++)
        out->messages[i].msg_hdr = (struct msghdr){.msg_name = &out->to,
                                                   .msg_namelen = sizeof out->to,
                                                   .msg_iov = &out->places[i],
                                                   .msg_iovlen = 1};
    return N2_OK;
}

void
n2_ether_out_clear(n2_ether_out *out)
{
    free(out->messages);
    free(out->places);
    *out = (n2_ether_out){0};
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- through the ring ---- */

/* The kernel takes the last @n slots.  Those that it leaves must not go with the next run,
 * which may be for somebody else: they are ours again, and it goes on where it stopped.
 * Returns: how many it left. */
static size_t
send_filled(n2_ether_out *out, const n2_ether_ring *ring, size_t n, int *cause)
{
    size_t all = n2_ether_ring_slots(ring), left = 0;

    if (sendto(out->fd, NULL, 0, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&out->to,
               sizeof out->to) < 0)
        *cause = errno;
    for (; left < n; left++) {
        struct tpacket2_hdr *slot = n2_ether_ring_at(ring, (out->at + all - 1) % all);
        uint32_t status = n2_ether_slot_status(slot);
        if (status == TP_STATUS_AVAILABLE || status == TP_STATUS_SENDING)
            break;
        n2_ether_slot_give(slot, TP_STATUS_AVAILABLE);
        out->at = (out->at + all - 1) % all;
    }
    return left;
}

static int
send_by_ring(n2_ether_out *out,
             const n2_ether_ring *ring,
             const uint8_t *bytes,
             size_t len,
             size_t segment,
             uint64_t *n_left,
             uint64_t *writes)
{
    size_t all = n2_ether_ring_slots(ring), n = 0;
    int cause = EAGAIN;

    while (len) {
        struct tpacket2_hdr *slot = n2_ether_ring_at(ring, out->at);
        size_t step = least(segment, len);
        if (n2_ether_slot_status(slot) != TP_STATUS_AVAILABLE)
            break;
        memcpy(n2_ether_slot_out(slot), bytes, step);
        slot->tp_len = slot->tp_snaplen = (uint32_t)step;
        n2_ether_slot_give(slot, TP_STATUS_SEND_REQUEST);
        out->at = (out->at + 1) % all;
        bytes += step;
        len -= step;
        n++;
    }
    *n_left = (len + segment - 1) / segment;
    if (n) {
        ++*writes;
        *n_left += send_filled(out, ring, n, &cause);
    }
    return *n_left ? cause : 0;
}

/* ---- copied ---- */

static int
send_copies(n2_ether_out *out,
            const uint8_t *bytes,
            size_t len,
            size_t segment,
            uint64_t *n_left,
            uint64_t *writes)
{
    while (len) {
        unsigned n = 0, done = 0;
        for (; n < N2_RUN_SEGMENTS_MAX && len; n++) {
            size_t step = least(segment, len);
            out->places[n] =
                (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = step};
            bytes += step;
            len -= step;
        }
        while (done < n) {
            int sent =
                sendmmsg(out->fd, out->messages + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent <= 0) {
                *n_left = n - done + (len + segment - 1) / segment;
                return errno;
            }
            ++*writes;
            done += (unsigned)sent;
        }
    }
    return 0;
}

int
n2_ether_out_send(n2_ether_out *out,
                  const n2_ether_ring *ring,
                  const uint8_t *station,
                  const uint8_t *bytes,
                  size_t len,
                  size_t segment,
                  uint64_t *n_left,
                  uint64_t *writes)
{
    *n_left = 0;
    memcpy(out->to.sll_addr, station, N2_NET_ETHER_BYTES);
    return ring->n_blocks ? send_by_ring(out, ring, bytes, len, segment, n_left, writes)
                          : send_copies(out, bytes, len, segment, n_left, writes);
}
