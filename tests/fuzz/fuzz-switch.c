/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-switch.c - a switch and what its neighbours throw at it, packet by packet, as time
 *                 passes: all is counted once, and echoes and notices keep their rate.
 *
 * Records: how 1 (in-port 4 bits, what 4 bits), time 1 (ms), then for what
 *     0        length 2, bytes as they are
 *     1        an echo question: path 8, nonce 1
 *     2        an echo's answer, thrown back: width 1, port 2, path 8
 *     others   a well-formed packet: kind 1, care 1, path 8
 */
#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"
#include "fuzz.h"
#include "switch/notice.h"
#include "switch/switch.h"

enum {
    WIDTH = 4,
    PORTS = 1 << WIDTH,
    BURST = 64,        /* echoes that a port may ask for at once, at most */
    NOTICE_BURST = 128 /* the same of notices that it is told */
};

typedef struct {
    n2_switch sw;
    uint64_t now_us, begun_us;
    uint64_t n_in, n_bytes;
    uint64_t echoed[PORTS], noticed[PORTS];
} world;

static uint64_t
n_dropped(const n2_switch *sw)
{
    uint64_t n = 0;

    for (size_t i = 0; i < N2_DROP_REASONS; i++)
        n += sw->dropped[i];
    return n;
}

/* What came in went somewhere, once. */
static void
check_counters(const world *w)
{
    const n2_switch *sw = &w->sw;
    uint64_t in = 0, bytes = 0, out = 0, dropped = 0;

    for (size_t i = 0; i < PORTS; i++) {
        in += sw->ports[i].packets_in;
        bytes += sw->ports[i].bytes_in;
        out += sw->ports[i].packets_out;
        dropped += sw->ports[i].dropped + sw->ports[i].overflowed;
        check(w->echoed[i] <=
              BURST + (w->now_us - w->begun_us) * N2_SWITCH_ECHO_PER_S / 1000000 + 1);
        check(w->noticed[i] <=
              NOTICE_BURST + (w->now_us - w->begun_us) * N2_SWITCH_NOTICE_PER_S / 1000000 + 1);
    }
    check(in == w->n_in && bytes == w->n_bytes);
    check(out == sw->forwarded && dropped == n_dropped(sw));
    check(sw->forwarded + sw->delivered + dropped <= in);
}

static void take(world *w, uint32_t in_port, uint8_t *bytes, size_t len);

/* What is read of a notice is what was written, but for where it goes. */
static void
read_notice(const n2_switch_notice *notice)
{
    uint8_t bytes[N2_NOTICE_BYTES];
    n2_switch_notice back;

    n2_switch_notice_write(bytes, notice);
    check(!n2_switch_notice_read(&back, bytes, sizeof bytes));
    check(back.reason == notice->reason && back.queue == notice->queue &&
          back.rate == notice->rate && back.kind == notice->kind &&
          back.address == notice->address && back.counter == notice->counter &&
          back.noise == notice->noise && back.path == notice->path);
}

/* It did not fit: its sender is told, with less than what he sent, and not too often. */
static void
tell_dropped(world *w, uint32_t in_port, const uint8_t *cause, size_t len)
{
    n2_switch_notice notice = {.reason = N2_NOTICE_DROPPED, .rate = 1};
    uint8_t bytes[N2_NOTICE_BYTES];

    if (!n2_switch_says(&w->sw, in_port, &notice, cause, len, w->now_us))
        return;
    check(len > sizeof bytes);
    w->noticed[in_port]++;
    n2_switch_notice_write(bytes, &notice);
    read_notice(&notice);
    take(w, 0, bytes, sizeof bytes);
}

static void
control(world *w, uint32_t in_port, const uint8_t *bytes, size_t len)
{
    uint8_t answer[N2_ECHO_BYTES];
    n2_switch_notice notice;
    n2_echo echo;

    if (!n2_switch_notice_read(&notice, bytes, len)) {
        read_notice(&notice);
        return;
    }
    switch (n2_switch_control(&w->sw, in_port, bytes, len, w->now_us, answer, &echo)) {
    case N2_ECHO_QUESTION:
        check(len >= sizeof answer);
        w->echoed[in_port]++;
        take(w, 0, answer, sizeof answer);
        break;
    case N2_ECHO_ANSWER:
        check(echo.width >= 1 && echo.width <= 16 && !(echo.in_port >> echo.width));
        break;
    case N2_ECHO_NOTHING:
        break;
    }
}

static void
take(world *w, uint32_t in_port, uint8_t *bytes, size_t len)
{
    uint8_t *packet = fuzz_copy(bytes, len);
    n2_step step = n2_switch_step(&w->sw, in_port, packet, len, w->now_us);

    w->n_in++;
    w->n_bytes += len;
    if (step.verdict == N2_STEP_FORWARD || step.verdict == N2_STEP_HOP) {
        check(step.out_port && step.out_port < PORTS);
        if (step.out_port & 1) { /* no link there, or a full queue */
            n2_switch_undo(&w->sw, in_port, step.out_port, len,
                           step.out_port & 2 ? N2_DROP_QUEUE : N2_DROP_PORT);
            if (step.out_port & 2)
                tell_dropped(w, in_port, packet, len);
        }
    } else if (step.verdict == N2_STEP_CONTROL) {
        control(w, in_port, packet, len);
    }
    free(packet);
}

static void
thrown_back(world *w, uint32_t in_port, n2_reader *r)
{
    uint8_t bytes[N2_ECHO_BYTES], width = n2_read_u8(r);
    uint16_t port = n2_read_u16(r);
    n2_packet p = {.is_long = true,
                   .class = N2_CLASS_DEFAULT,
                   .mode = N2_MODE_CONTROL,
                   .path = n2_read_u64(r)};
    n2_writer out = n2_writer_init(bytes, sizeof bytes);

    out.len = n2_packet_write_head(bytes, &p);
    n2_write_u8(&out, 2);
    n2_write_zero(&out, 15);
    n2_write_u8(&out, width);
    n2_write_u16(&out, port);
    n2_write_zero(&out, 13);
    take(w, in_port, bytes, sizeof bytes);
}

static void
well_formed(world *w, uint32_t in_port, n2_reader *r)
{
    uint8_t bytes[N2_PACKET_BYTES_MAX] = {n2_read_u8(r), n2_read_u8(r)};
    uint64_t path = n2_read_u64(r);

    if (!n2_kind_is_valid(bytes[0]))
        bytes[0] = N2_KIND_VERSION | N2_KIND_LONG;
    n2_packet_set_path(bytes, path);
    take(w, in_port, bytes, n2_packet_bytes(bytes[0]));
}

static void
act(world *w, n2_reader *r)
{
    uint8_t how = n2_read_u8(r), question[N2_ECHO_BYTES];
    uint32_t in_port = how >> 4;

    w->now_us += n2_read_u8(r) * UINT64_C(1000);
    switch (how & 15) {
    case 0: {
        size_t len = n2_read_u16(r), left = n2_reader_left(r);
        const uint8_t *bytes = n2_read_bytes(r, len < left ? len : left);
        uint8_t *copy = fuzz_copy(bytes, bytes ? len < left ? len : left : 0);

        take(w, in_port, copy, bytes ? len < left ? len : left : 0);
        free(copy);
        break;
    }
    case 1: {
        uint64_t path = n2_read_u64(r);

        n2_echo_write(question, path, n2_read_u8(r));
        take(w, in_port, question, sizeof question);
        break;
    }
    case 2:
        thrown_back(w, in_port, r);
        break;
    default:
        well_formed(w, in_port, r);
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_reader r = n2_reader_init(data, size);
    world w = {.now_us = 1000000, .begun_us = 1000000};

    check(!n2_switch_init(&w.sw, WIDTH));
    while (n2_reader_left(&r)) {
        act(&w, &r);
        check_counters(&w);
    }
    /* An honest question is answered after all that. */
    uint8_t question[N2_ECHO_BYTES];
    uint64_t before = w.sw.echoed;

    w.now_us += 1000000;
    n2_echo_write(question, 0, 7);
    take(&w, 1, question, sizeof question);
    check(w.sw.echoed == before + 1);
    n2_switch_clear(&w.sw);
    return 0;
}
