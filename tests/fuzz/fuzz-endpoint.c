/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-endpoint.c - packets thrown at an end point with an open connection: as they are, as
 *                   first packets, or well sealed by a peer who means no good.
 *
 * Held to: memory outside the region granted stays as it was, a region's memory is left alone
 * after it was revoked, and who did not prove himself gets no more than he sent.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "puppet.h"
#include "transport/region.h"
#include "wire/packet.h"
#include "wire/path.h"

enum {
    GUARD = 4096,
    REGION = 8 * 512,
    UNIT = 512,
    TURNS = 64 /* inputs with one end point */
};

#define HOUR_US UINT64_C(3600000000)

typedef struct {
    puppet_host *h;
    puppet p, stranger;
    n2_conn conn;
    uint8_t memory[GUARD + REGION + GUARD];
    uint64_t address;
    size_t sent;   /* by the stranger */
    uint64_t said; /* in the command stream, units of 32 bytes */
} table;

/* The end point is made anew now and then only: that takes longer than all the rest. */
static puppet_host *
host(unsigned turn)
{
    static puppet_host *h;

    if (h && turn % TURNS == 0) {
        puppet_host_clear(h);
        g_clear_pointer(&h, g_free);
    }
    if (!h) {
        h = g_new0(puppet_host, 1);
        puppet_host_init(h, 1);
    }
    return h;
}

static void
sit_down(table *t, unsigned turn)
{
    t->h = host(turn);
    puppet_init(&t->p, t->h, 3 * (turn % TURNS));
    puppet_init(&t->stranger, t->h, 3 * (turn % TURNS) + 1);
    check(puppet_open(&t->p));
    t->said = 1;
    puppet_make_hello(&t->stranger);
    t->stranger.is_ready = true; /* it never proves itself, and reads no answer */
    t->conn = puppet_host_last(t->h, N2_EVENT_CONNECTED)->conn;
    t->address = n2_region_address(N2_REGION_PLANE_MAX + 5, 1 + turn % TURNS);
    n2_op grant = {.kind = N2_OP_GRANT,
                   .conn = t->conn,
                   .address = t->address,
                   .memory = t->memory + GUARD,
                   .size = REGION,
                   .unit = UNIT};
    n2_op send = {.kind = N2_OP_SEND,
                  .conn = t->conn,
                  .address = t->address,
                  .memory = t->memory,
                  .size = 4096,
                  .unit = UNIT};
    puppet_host_op(t->h, &grant);
    puppet_host_op(t->h, &send);
}

/* Somebody honest comes after all that, and is served. */
static void
get_up(table *t, unsigned turn)
{
    puppet honest;
    n2_op close = {.kind = N2_OP_CLOSE, .conn = t->conn};

    puppet_host_op(t->h, &close);
    t->h->now_us += HOUR_US;
    puppet_host_settle(t->h);
    puppet_init(&honest, t->h, 3 * (turn % TURNS) + 2);
    check(puppet_open(&honest));
    close.conn = puppet_host_last(t->h, N2_EVENT_CONNECTED)->conn;
    puppet_host_op(t->h, &close);
    puppet_take(&honest);
    t->h->now_us += HOUR_US;
    puppet_host_settle(t->h);
    puppet_clear(&honest);
    for (size_t i = 0; i < GUARD; i++)
        check(!t->memory[i] && !t->memory[GUARD + REGION + i]);
    puppet_clear(&t->p);
    puppet_clear(&t->stranger);
}

static uint64_t
read_address(const table *t, uint8_t which, uint64_t add)
{
    switch (which % 4) {
    case 0:
        return t->p.peer.command + add;
    case 1:
        return t->p.peer.control + add;
    case 2: /* whole units in and around the region, or any byte of it */
        return t->address + (add & 0x8000 ? add & 0x7fff : add % 16 * (UNIT / 32));
    default:
        return add << 32 | add;
    }
}

/* Moves and probes, ours and the peer's from another way, and words about what is under way. */
static void
act_on_way(table *t, unsigned what, uint64_t add, const uint8_t *data)
{
    uint64_t kept = t->p.way, other = (UINT64_C(0x5000) + add % 4) << N2_PATH_USED_BITS | 16;
    n2_op op = {.kind = what ? N2_OP_PROBE : N2_OP_MOVE,
                .conn = t->conn,
                .tag = add,
                .path = n2_path_answer(other)};
    n2_switch_notice notice = {.reason = (n2_notice_reason)(1 + (data[0] & 1)),
                               .rate = data[1]};
    uint8_t message[128] = {0};

    switch (what) {
    case 2:
        if (!t->p.n_kept)
            break;
        const puppet_packet *quoted = &t->p.kept[add % t->p.n_kept];
        notice.kind = 0x70 | data[2];
        notice.address = quoted->address;
        notice.counter = quoted->counter + data[3];
        notice.noise = quoted->half ^ data[4];
        n2_endpoint_notice(t->h->ep, &notice, t->h->now_us);
        break;
    case 3:
        message[0] = 3 + data[0] % 3;
        memcpy(message + 4, data + 1, 12);
        t->p.way = data[13] & 1 ? other : kept;
        puppet_send(&t->p, t->p.peer.control, message, sizeof message);
        t->p.way = kept;
        break;
    default:
        puppet_host_op(t->h, &op);
    }
}

/* How 1, add 2, length 2, bytes.  Bits 0-2 of how: what is done. */
static void
act(table *t, uint8_t how, uint64_t add, const uint8_t *bytes, size_t len)
{
    static const size_t sizes[] = {32, 128, 512, 2048};
    uint8_t data[N2_PACKET_BYTES_MAX] = {0};
    n2_ack ack;

    memcpy(data, bytes, MIN(len, sizeof data));
    switch (how & 7) {
    case 0: /* as it is */
        puppet_deliver(&t->p, bytes, len);
        break;
    case 1: /* a first packet of a stranger */
        t->sent += N2_LONG_HEAD_BYTES + N2_FIRST_BYTES;
        puppet_first(&t->stranger, data);
        break;
    case 2: /* its true hello, but for some bytes */
        memcpy(data, t->stranger.hello, N2_FIRST_BYTES);
        for (size_t i = 0; i < len && i < N2_FIRST_BYTES; i++)
            data[i] ^= bytes[i];
        t->sent += N2_LONG_HEAD_BYTES + N2_FIRST_BYTES;
        puppet_first(&t->stranger, data);
        break;
    case 3: /* sealed, to anywhere */
        puppet_send(&t->p, read_address(t, how >> 3, add), data, sizes[how >> 5 & 3]);
        break;
    case 4: /* what comes next in the command stream, in some packets */
        for (uint64_t n = 1 + add % 64; n; n--) {
            puppet_send(&t->p, t->p.peer.command + t->said, data, sizes[how >> 5 & 3]);
            t->said += sizes[how >> 5 & 3] / 32;
        }
        break;
    case 5: /* an acknowledgement, nearly true */
        puppet_take(&t->p);
        puppet_ack(&t->p, &ack);
        if (how & 8)
            ack.bitmap[add % N2_ACK_WORDS] ^= data[0];
        if (how & 16)
            ack.highest += data[1];
        ack.held_us = (uint32_t)data[2] << 24 | data[3];
        puppet_send_ack(&t->p, &ack);
        break;
    case 6: /* counters and time */
        if (how & 8)
            t->p.counter = (uint32_t)(add * 65521);
        t->h->now_us += how & 16 ? add * 1000 : add;
        puppet_take(&t->p);
        break;
    case 7: {
        if (how & 16) {
            act_on_way(t, how >> 5 & 3, add, data);
            break;
        }
        n2_op op = {.kind = how & 8 ? N2_OP_REVOKE : N2_OP_GRANT,
                    .conn = t->conn,
                    .address = t->address,
                    .memory = t->memory + GUARD,
                    .size = REGION,
                    .unit = UNIT};
        puppet_host_op(t->h, &op);
        if (how & 8) {
            memset(t->memory + GUARD, 0, REGION);
            puppet_send(&t->p, t->address, memset(data, 0xee, UNIT), UNIT);
            check(!t->memory[GUARD]);
        }
        break;
    }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned turn;
    table *t = g_new0(table, 1);

    sit_down(t, turn);
    while (size >= 5) {
        uint8_t how = data[0];
        uint64_t add = (uint64_t)(data[1] << 8 | data[2]);
        size_t len = (size_t)(data[3] << 8 | data[4]);
        data += 5;
        size -= 5;
        len = MIN(len, size);
        act(t, how, add, data, len);
        data += len;
        size -= len;
        puppet_take(&t->stranger);
        check(t->stranger.bytes <= t->sent);
    }
    get_up(t, turn++);
    g_free(t);
    return 0;
}
