/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-link.c - any datagrams from anywhere: no address that never proved itself is sent more
 *               than it sent, but a few messages if a neighbour introduced it; and what a link
 *               yields are whole packets.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "fuzz.h"
#include "link/link.h"
#include "link/run.h"

enum {
    N_ADDRESSES = 4, /* 0 is our proven neighbour */
    N_SIZES = 1100,
    MET_BURST = 4
};

#define LINK_ID UINT64_C(0x4d4d4d4d4d4d4d4d) /* of a link that is asked for by introduction */

typedef struct {
    n2_links *a, *b;
    uint64_t random;
    size_t sent[N_ADDRESSES], received[N_ADDRESSES];
    size_t introduced; /* messages to addresses that somebody named */
} world;

static void
random_cb(void *user, void *buf, size_t len)
{
    uint64_t *state = user;

    for (size_t i = 0; i < len; i++) {
        *state = *state * UINT64_C(6364136223846793005) + 1;
        ((uint8_t *)buf)[i] = (uint8_t)(*state >> 56);
    }
}

static n2_net_addr
address(unsigned which)
{
    return (n2_net_addr){.len = 1, .bytes = {(uint8_t)which}};
}

static void
connect(world *w)
{
    n2_links_config config = {.env = {&w->random, random_cb},
                              .width = 2,
                              .accepts = true,
                              .meets = true,
                              .datagram_bytes = N2_FRAME_BYTES_MIN};
    n2_net_addr self = address(9), peer = address(0), to;
    const uint8_t *bytes;

    check(!n2_links_new(&w->a, &config) && !n2_links_new(&w->b, &config));
    check(!n2_links_open(w->b, &self, 1, 0, 0, 0));
    for (unsigned i = 0; i < 4; i++) {
        uint8_t copy[N2_LINK_CONTROL_BYTES];
        check(n2_links_output(i % 2 ? w->a : w->b, &to, &bytes));
        memcpy(copy, bytes, sizeof copy);
        (void)n2_links_input(i % 2 ? w->b : w->a, i % 2 ? &self : &peer, copy, sizeof copy, 0);
    }
    check(n2_links_is_up(w->a, 1) && n2_links_is_up(w->b, 1));
    check(!n2_links_meet(w->a, 1, 2, LINK_ID, 0));
    n2_links_set_datagram(w->a, 1, 9000);
}

/* The token that a wants, as b's next datagram carries it. */
static void
learn_token(world *w, uint8_t token[6])
{
    uint8_t buf[2 * N2_FRAME_BYTES_MIN];
    n2_net_addr to;
    size_t segment;
    n2_run run;

    n2_run_begin(&run, w->b, 1, buf, sizeof buf);
    memset(n2_run_reserve(&run, N2_PACKET_BYTES_MIN), 0x40, N2_PACKET_BYTES_MIN);
    n2_run_commit(&run);
    check(n2_run_finish(&run, &to, &segment));
    memcpy(token, buf, 6);
}

static void
drain(world *w, uint64_t now_us)
{
    n2_net_addr to;
    const uint8_t *bytes;
    n2_link_event event;
    size_t len;

    if (n2_links_deadline(w->a) <= now_us)
        n2_links_expire(w->a, now_us);
    while ((len = n2_links_output(w->a, &to, &bytes))) {
        if (to.bytes[0] < N_ADDRESSES)
            w->received[to.bytes[0]] += len;
        w->introduced += to.len > 1;
    }
    check(w->introduced <=
          (1 + MET_BURST + now_us / N2_SECOND_US * N2_LINK_MET_PER_S) * 2 * N2_LINK_MET_TRIES);
    while (n2_links_event(w->a, &event))
        check(event.kind != N2_LINK_MOVED); /* nobody here can answer a PING's nonce */
    for (unsigned i = 1; i < N_ADDRESSES; i++)
        check(w->received[i] <= w->sent[i]);
}

/* Records: how 1 (address 2 bits, token given 1, time 5 in 8 ms), length 2, bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    world w = {.random = 1};
    uint8_t token[6];
    uint64_t now_us = 0;

    connect(&w);
    learn_token(&w, token);
    while (size >= 3) {
        unsigned how = data[0];
        size_t len = (size_t)(data[1] << 8 | data[2]) % N_SIZES;
        data += 3;
        size -= 3;
        if (len > size)
            len = size;
        uint8_t *datagram = fuzz_copy(data, len);
        data += len;
        size -= len;
        if (how & 4)
            memcpy(datagram, token, len < 6 ? len : 6);
        now_us += (how >> 3) * UINT64_C(8000);
        n2_net_addr from = address(how & 3);
        w.sent[how & 3] += len;
        n2_link_data got = n2_links_input(w.a, &from, datagram, len, now_us);
        uint8_t *packet;
        size_t packet_len;
        while (got.port && !n2_bundle_next(&got.packets, &packet, &packet_len))
            check(got.port < 4 && n2_kind_is_valid(packet[0]) &&
                  n2_packet_bytes(packet[0]) == packet_len);
        free(datagram);
        drain(&w, now_us);
    }
    n2_links_free(w.a);
    n2_links_free(w.b);
    return 0;
}
