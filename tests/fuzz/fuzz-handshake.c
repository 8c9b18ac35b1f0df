/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-handshake.c - links opened, answered and lied about while an honest link lives: what
 *                    comes from strangers never takes it away, nor more ports than there are.
 *
 * The harness fills in what a stranger learns: the cookie of the last CHALLENGE sent to him,
 * the token of his last ACCEPT, the nonce of his last PING.  Records: what 1, then
 *     bits 0-2  0: honest datagram: deliver; 1: drop it; 2: deliver it twice
 *               3: a stranger's bytes as they are: length 1, bytes
 *               4-6: a stranger's message, see message()
 *               7: time, 2 (ms)
 *     bits 3-4  which stranger
 */
#include "base/limits.h"
#include "base/reader.h"
#include "fuzz.h"
#include "link/message.h"
#include "link/run.h"

enum {
    STRANGERS = 4,
    NODE_A = 10, /* accepts */
    NODE_B = 11, /* opened a link to it */
    WIDTH = 3,
    FLYING_MAX = 64
};

typedef struct {
    bool has_cookie;
    uint64_t token, nonce;
    uint8_t cookie[N2_LINK_COOKIE_BYTES];
    size_t sent, received;
    bool is_proven; /* it echoed what only who reads there knows */
} stranger;

typedef struct {
    bool to_a;
    uint8_t bytes[N2_LINK_CONTROL_BYTES];
} flying;

typedef struct {
    n2_links *a, *b;
    uint64_t random, now_us;
    stranger strangers[STRANGERS];
    flying fly[FLYING_MAX];
    size_t n_flying;
} world;

static n2_net_addr
address(unsigned which)
{
    return (n2_net_addr){.len = 1, .bytes = {(uint8_t)which}};
}

/* What a stranger reads of a datagram for him. */
static void
overhear(stranger *s, const uint8_t *bytes)
{
    n2_link_message m;

    s->received += N2_LINK_CONTROL_BYTES;
    check(!n2_link_message_read(&m, bytes + N2_FRAME_HEAD_BYTES, N2_LINK_BODY_BYTES));
    s->nonce = m.nonce;
    if (m.type == N2_LINK_MSG_CHALLENGE) {
        memcpy(s->cookie, m.cookie, sizeof s->cookie);
        s->has_cookie = true;
    } else if (m.type == N2_LINK_MSG_ACCEPT && m.token) {
        s->token = m.token;
    }
}

static void
take_output(world *w, n2_links *from, bool to_a)
{
    n2_net_addr to;
    const uint8_t *bytes;

    while (n2_links_output(from, &to, &bytes)) {
        if (to.bytes[0] < STRANGERS) {
            stranger *s = &w->strangers[to.bytes[0]];

            overhear(s, bytes);
            check(s->is_proven || s->received <= s->sent);
        } else if (w->n_flying < FLYING_MAX) {
            w->fly[w->n_flying].to_a = to_a;
            memcpy(w->fly[w->n_flying++].bytes, bytes, N2_LINK_CONTROL_BYTES);
        }
    }
}

static void
settle(world *w)
{
    n2_link_event event;

    if (n2_links_deadline(w->a) <= w->now_us)
        n2_links_expire(w->a, w->now_us);
    if (n2_links_deadline(w->b) <= w->now_us)
        n2_links_expire(w->b, w->now_us);
    take_output(w, w->a, false);
    take_output(w, w->b, true);
    for (int i = 0; i < 2; i++)
        while (n2_links_event(i ? w->a : w->b, &event))
            check(event.port && event.port < 1 << WIDTH);
}

static void
arrive(world *w, n2_links *at, const n2_net_addr *from, const uint8_t *bytes, size_t len)
{
    uint8_t *exact = fuzz_copy(bytes, len), *packet;
    n2_link_data got = n2_links_input(at, from, exact, len, w->now_us);
    size_t packet_len;

    while (got.port && !n2_bundle_next(&got.packets, &packet, &packet_len))
        check(packet >= exact ? packet + packet_len <= exact + len : packet_len > 0);
    free(exact);
    settle(w);
}

static void
deliver(world *w, unsigned times)
{
    if (!w->n_flying)
        return;
    flying f = w->fly[0];
    n2_net_addr from = address(f.to_a ? NODE_B : NODE_A);

    memmove(w->fly, w->fly + 1, --w->n_flying * sizeof f);
    while (times--)
        arrive(w, f.to_a ? w->a : w->b, &from, f.bytes, sizeof f.bytes);
}

/* how 1: bit 0 the head's token his (else 0), 1 the body's token 0, 2 his nonce (else one of
 * 16), 3 a wrong cookie; type 1, link id 1, port 1. */
static void
message(world *w, n2_reader *r, unsigned which)
{
    stranger *s = &w->strangers[which];
    uint8_t how = n2_read_u8(r), link_id;
    n2_link_message m = {.type = (n2_link_message_type)n2_read_u8(r)};
    n2_net_addr to = address(which);
    n2_links_config config = {.env = {&w->random, fuzz_random_cb},
                              .width = WIDTH,
                              .datagram_bytes = N2_FRAME_BYTES_MIN};
    n2_links *pen; /* writes the bytes */
    const uint8_t *bytes;

    link_id = n2_read_u8(r);
    m.port = n2_read_u8(r);
    m.link_id = link_id;
    m.token = how & 2 ? 0 : 0x1000u + which;
    m.nonce = how & 4 ? s->nonce : how >> 4;
    m.width = (uint8_t)(how >> 4);
    memcpy(m.cookie, s->cookie, sizeof m.cookie);
    m.cookie[0] ^= how >> 3 & 1;
    if ((m.type == N2_LINK_MSG_CONFIRM && s->has_cookie) || m.type == N2_LINK_MSG_PONG)
        s->is_proven = true;
    check(!n2_links_new(&pen, &config));
    n2_link_message_send(pen, &to, how & 1 ? s->token : 0, 0, &m);
    check(n2_links_output(pen, &to, &bytes));
    s->sent += N2_LINK_CONTROL_BYTES;
    arrive(w, w->a, &to, bytes, N2_LINK_CONTROL_BYTES);
    n2_links_free(pen);
}

static void
act(world *w, n2_reader *r)
{
    uint8_t what = n2_read_u8(r);
    unsigned which = what >> 3 & (STRANGERS - 1);
    n2_net_addr from = address(which);

    switch (what & 7) {
    case 0:
        deliver(w, 1);
        break;
    case 1:
        deliver(w, 0);
        break;
    case 2:
        deliver(w, 2);
        break;
    case 3: {
        size_t len = n2_read_u8(r), left = n2_reader_left(r);

        len = len < left ? len : left;
        w->strangers[which].sent += len;
        arrive(w, w->a, &from, n2_read_bytes(r, len), len);
        break;
    }
    case 7:
        w->now_us += n2_read_u16(r) * UINT64_C(1000);
        settle(w);
        break;
    default:
        message(w, r, which);
        break;
    }
}

/* Time passes, and all that is honest arrives. */
static void
live(world *w, uint64_t us)
{
    uint64_t until_us = w->now_us + us;

    while (w->now_us < until_us) {
        settle(w);
        while (w->n_flying)
            deliver(w, 1);
        uint64_t a = n2_links_deadline(w->a), b = n2_links_deadline(w->b);
        uint64_t next = a < b ? a : b;

        w->now_us = next > w->now_us && next < until_us ? next : until_us;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    world w = {.random = 1};
    n2_links_config config = {.env = {&w.random, fuzz_random_cb},
                              .width = WIDTH,
                              .accepts = true,
                              .datagram_bytes = N2_FRAME_BYTES_MIN};
    n2_net_addr node_a = address(NODE_A);

    check(!n2_links_new(&w.a, &config) && !n2_links_new(&w.b, &config));
    check(!n2_links_open(w.b, &node_a, 99, 1, 0, 0));
    live(&w, 1000000);
    check(n2_links_is_up(w.b, 1));
    while (n2_reader_left(&r))
        act(&w, &r);
    /* It may have been lost, as datagrams were dropped: it comes back by itself. */
    live(&w, 120000000);
    check(n2_links_is_up(w.b, 1));
    n2_links_free(w.a);
    n2_links_free(w.b);
    return 0;
}
