/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * switch.c - the step, its counters, and the echo.
 */
#include "switch/switch.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"
#include "wire/path.h"

enum {
    ECHO_QUESTION = 1,
    ECHO_ANSWER = 2
};

const char *
n2_drop_text(n2_drop drop)
{
    switch (drop) {
#define X(name, text)                                                                          \
    case name:                                                                                 \
        return text;
        N2_DROP_LIST(X)
#undef X
    case N2_DROP_REASONS:
        break;
    }
    return "unknown reason";
}

n2_err
n2_switch_init(n2_switch *sw, unsigned width)
{
    *sw = (n2_switch){0};
    if (width < 1 || width > N2_SWITCH_WIDTH_MAX)
        return N2_ERR_USAGE;
    sw->ports = calloc((size_t)1 << width, sizeof *sw->ports);
    if (!sw->ports)
        return N2_ERR_NOMEM;
    sw->width = (uint8_t)width;
    return N2_OK;
}

void
n2_switch_clear(n2_switch *sw)
{
    free(sw->ports);
    *sw = (n2_switch){0};
}

static n2_step
drop(n2_switch *sw, uint32_t in_port, n2_drop why)
{
    sw->dropped[why]++;
    sw->ports[in_port].dropped++;
    return (n2_step){.verdict = N2_STEP_DROP, .drop = why};
}

/* Steps the long path at @at in place. */
static inline bool
step_long(uint8_t *at, unsigned width, uint32_t in_port, uint32_t *out_port, bool *at_end)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    word = be64toh(word);
    if (!n2_path_step(&word, width, in_port, out_port))
        return false;
    *at_end = n2_path_is_at_end(word);
    word = htobe64(word);
    if (*out_port || *at_end) /* else it will be dropped, as it came */
        memcpy(at, &word, sizeof word);
    return true;
}

static inline bool
step_short(uint8_t *at, unsigned width, uint32_t in_port, uint32_t *out_port, bool *at_end)
{
    uint16_t word;

    memcpy(&word, at, sizeof word);
    word = be16toh(word);
    if (!n2_path_step_short(&word, width, in_port, out_port))
        return false;
    *at_end = n2_path_is_at_end_short(word);
    word = htobe16(word);
    if (*out_port || *at_end) /* else it will be dropped, as it came */
        memcpy(at, &word, sizeof word);
    return true;
}

n2_step
n2_switch_step(n2_switch *sw, uint32_t in_port, uint8_t *bytes, size_t len)
{
    assert(!(in_port >> sw->width));
    n2_switch_port *port = &sw->ports[in_port];
    uint32_t out_port;
    bool at_end;

    port->packets_in++;
    port->bytes_in += len;
    if (len < N2_PACKET_BYTES_MIN)
        return drop(sw, in_port, N2_DROP_LENGTH);
    uint8_t kind = bytes[0], care = bytes[1];
    if (!n2_kind_is_valid(kind) || (care & N2_CARE_SPARE)) {
        bool is_ours = (kind & N2_KIND_VERSION_MASK) == N2_KIND_VERSION;
        return drop(sw, in_port, is_ours ? N2_DROP_SPARE : N2_DROP_VERSION);
    }
    if (len != n2_packet_bytes(kind))
        return drop(sw, in_port, N2_DROP_LENGTH);
    unsigned mode = (care & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;
    if (mode == N2_MODE_MULTICAST || mode == N2_MODE_BROADCAST)
        return drop(sw, in_port, N2_DROP_MODE);
    bool ok = kind & N2_KIND_LONG
                  ? step_long(bytes + N2_PATH_AT, sw->width, in_port, &out_port, &at_end)
                  : step_short(bytes + N2_PATH_AT, sw->width, in_port, &out_port, &at_end);
    if (!ok)
        return drop(sw, in_port, N2_DROP_BUDGET);
    if (out_port) {
        sw->forwarded++;
        sw->ports[out_port].packets_out++;
        sw->ports[out_port].bytes_out += len;
        return (n2_step){.verdict = N2_STEP_FORWARD, .out_port = out_port};
    }
    if (!at_end)
        return drop(sw, in_port, N2_DROP_AHEAD);
    if (mode == N2_MODE_CONTROL)
        return (n2_step){.verdict = N2_STEP_CONTROL};
    sw->delivered++;
    return (n2_step){.verdict = N2_STEP_DELIVER};
}

void
n2_switch_undo(n2_switch *sw, uint32_t in_port, uint32_t out_port, size_t len, n2_drop why)
{
    sw->forwarded--;
    sw->ports[out_port].packets_out--;
    sw->ports[out_port].bytes_out -= len;
    (void)drop(sw, in_port, why);
}

bool
n2_switch_says(n2_switch *sw,
               uint32_t in_port,
               n2_switch_notice *notice,
               const uint8_t *cause,
               size_t len,
               uint64_t now_us)
{
    if (!n2_switch_notice_about(notice, cause, len))
        return false;
    if (!n2_bucket_take(&sw->ports[in_port].notices, N2_SWITCH_NOTICE_PER_S,
                        N2_SWITCH_NOTICE_BURST, now_us)) {
        sw->notices_refused++;
        return false;
    }
    sw->noticed++;
    return true;
}

static size_t
write_head(uint8_t *out, uint64_t path)
{
    n2_packet head = {
        .is_long = true, .class = N2_CLASS_DEFAULT, .mode = N2_MODE_CONTROL, .path = path};

    return n2_packet_write_head(out, &head);
}

void
n2_echo_write(uint8_t out[static N2_ECHO_BYTES], uint64_t path, uint64_t nonce)
{
    n2_writer w = n2_writer_init(out + write_head(out, path), N2_ECHO_DATA_BYTES);

    n2_write_u8(&w, ECHO_QUESTION);
    n2_write_zero(&w, 7);
    n2_write_u64(&w, nonce);
    n2_write_zero(&w, 16);
}

n2_echo_kind
n2_switch_control(n2_switch *sw,
                  uint32_t in_port,
                  const uint8_t *bytes,
                  size_t len,
                  uint64_t now_us,
                  uint8_t answer[static N2_ECHO_BYTES],
                  n2_echo *echo)
{
    n2_packet p;
    n2_echo e = {0};
    n2_err err = n2_packet_parse(&p, bytes, len);
    n2_reader r = n2_reader_init(p.data, p.data_bytes);
    uint8_t type = n2_read_u8(&r);

    n2_read_zero(&r, 7);
    e.nonce = n2_read_u64(&r);
    e.width = n2_read_u8(&r);
    e.in_port = n2_read_u16(&r);
    n2_read_zero(&r, 13);
    e.path = p.path;
    if (!err)
        err = n2_reader_finish(&r);
    if (err || !p.is_long || p.is_sealed || p.phase || p.address) {
        (void)drop(sw, in_port, N2_DROP_CONTROL);
        return N2_ECHO_NOTHING;
    }
    if (type == ECHO_ANSWER && e.width && e.width <= N2_SWITCH_WIDTH_MAX &&
        !(e.in_port >> e.width)) {
        *echo = e;
        return N2_ECHO_ANSWER;
    }
    if (type != ECHO_QUESTION || e.width || e.in_port) {
        (void)drop(sw, in_port, N2_DROP_CONTROL);
        return N2_ECHO_NOTHING;
    }
    if (!n2_bucket_take(&sw->ports[in_port].echoes, N2_SWITCH_ECHO_PER_S, N2_SWITCH_ECHO_BURST,
                        now_us)) {
        (void)drop(sw, in_port, N2_DROP_ECHO_RATE);
        return N2_ECHO_NOTHING;
    }
    n2_writer w =
        n2_writer_init(answer + write_head(answer, n2_path_answer(p.path)), N2_ECHO_DATA_BYTES);
    n2_write_u8(&w, ECHO_ANSWER);
    n2_write_zero(&w, 7);
    n2_write_u64(&w, e.nonce);
    n2_write_u8(&w, sw->width);
    n2_write_u16(&w, (uint16_t)in_port);
    n2_write_zero(&w, 13);
    sw->echoed++;
    return N2_ECHO_QUESTION;
}
