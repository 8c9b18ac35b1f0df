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
    sw->mirrors = calloc((size_t)1 << width, sizeof *sw->mirrors);
    if (!sw->ports || !sw->mirrors) {
        n2_switch_clear(sw);
        return N2_ERR_NOMEM;
    }
    for (uint32_t port = 0; port < UINT32_C(1) << width; port++)
        sw->mirrors[port] = (uint16_t)n2_bits_reverse(port, width);
    sw->width = (uint8_t)width;
    return N2_OK;
}

void
n2_switch_clear(n2_switch *sw)
{
    n2_labels_free(sw->labels);
    n2_filter_free(sw->filter);
    n2_reserve_free(sw->reserve);
    free(sw->ports);
    free(sw->mirrors);
    *sw = (n2_switch){0};
}

static n2_step
drop(n2_switch *sw, uint32_t in_port, n2_drop why)
{
    sw->dropped[why]++;
    sw->ports[in_port].dropped++;
    return (n2_step){.verdict = N2_STEP_DROP, .drop = why};
}

static inline uint64_t
get_path(const uint8_t *at, bool is_long)
{
    uint64_t word;
    uint16_t near;

    if (is_long) {
        memcpy(&word, at, sizeof word);
        return be64toh(word);
    }
    memcpy(&near, at, sizeof near);
    return be16toh(near);
}

/* One step of @word; false: it is used up. */
static inline bool
step_path(
    const n2_switch *sw, uint64_t *word, bool is_long, uint32_t in_port, uint32_t *out_port)
{
    uint64_t mirrored = sw->mirrors[in_port];

    return is_long ? n2_path_turn(word, N2_PATH_BITS, N2_PATH_USED_BITS, sw->width, mirrored,
                                  out_port)
                   : n2_path_turn(word, N2_SHORT_PATH_BITS, N2_SHORT_PATH_USED_BITS, sw->width,
                                  mirrored, out_port);
}

typedef struct {
    uint64_t path;
    uint32_t out_port;
    n2_drop why; /* it is dropped, or N2_DROP_REASONS */
} turned;

/* The same where there are virtual labels.  By value and not inlined: where there are none, the
 * hot function keeps its path in a register. */
static __attribute__((noinline)) turned
step_labels(n2_switch *sw, uint64_t path, bool is_long, uint32_t in_port)
{
    unsigned bits = is_long ? N2_PATH_BITS : N2_SHORT_PATH_BITS;
    unsigned used_bits = is_long ? N2_PATH_USED_BITS : N2_SHORT_PATH_USED_BITS;
    turned t = {.path = path, .why = N2_DROP_REASONS};
    uint32_t shown = n2_labels_out(sw->labels, &t.path, bits, used_bits, in_port);

    if (!step_path(sw, &t.path, is_long, shown, &t.out_port)) {
        t.why = N2_DROP_BUDGET;
        return t;
    }
    switch (n2_labels_in(sw->labels, &t.path, bits, used_bits, &t.out_port)) {
    case N2_LABEL_NO_ROOM:
        t.why = N2_DROP_LABEL;
        break;
    case N2_LABEL_NO_SERVER:
        t.why = N2_DROP_SERVER;
        break;
    case N2_LABEL_IS_NONE:
    case N2_LABEL_IS_TAKEN:
        break;
    }
    return t;
}

static inline void
put_path(uint8_t *at, bool is_long, uint64_t word)
{
    if (is_long) {
        word = htobe64(word);
        memcpy(at, &word, sizeof word);
    } else {
        uint16_t near = htobe16((uint16_t)word);
        memcpy(at, &near, sizeof near);
    }
}

/* Is this packet in control mode a message that each switch on the way looks at? */
static bool
is_for_hops(const uint8_t *bytes)
{
    static const uint8_t connection_maker[8];
    const uint8_t *address = bytes + N2_PATH_AT + 8, *data = bytes + N2_LONG_HEAD_BYTES;
    uint8_t kind = bytes[0];

    return kind & N2_KIND_LONG && !(kind & N2_KIND_SEALED) &&
           !memcmp(address, connection_maker, sizeof connection_maker) &&
           data[0] >= N2_CONTROL_RESERVE && data[0] <= N2_CONTROL_CHANNEL &&
           data[1] & N2_CONTROL_HOPS;
}

static void
demote(uint8_t *bytes)
{
    bytes[1] = (uint8_t)((bytes[1] & ~(3u << N2_CARE_CLASS_SHIFT)) |
                         N2_CLASS_DEFAULT << N2_CARE_CLASS_SHIFT);
}

/* A class above the default is for who has paid for it; the short form can't. */
static void
police(n2_switch *sw,
       uint32_t in_port,
       uint32_t out_port,
       uint8_t *bytes,
       uint64_t path,
       size_t len,
       uint64_t now_us)
{
    unsigned class = bytes[1] >> N2_CARE_CLASS_SHIFT;

    if (!(bytes[0] & N2_KIND_LONG) ||
        !n2_police_packet(sw->reserve, in_port, out_port, path, class, len, now_us))
        demote(bytes);
}

bool
n2_switch_lets(n2_switch *sw,
               uint32_t in_port,
               uint32_t out_port,
               const uint8_t *bytes,
               uint64_t path,
               size_t len)
{
    if (!sw->filter ||
        n2_filter_passes(sw->filter, in_port, out_port, bytes[0], bytes[1], path, len))
        return true;
    sw->ports[in_port].filtered++;
    (void)drop(sw, in_port, N2_DROP_FILTER);
    return false;
}

/* Nothing is reserved for one to many. */
static void
police_copies(const n2_switch *sw, uint8_t *bytes)
{
    if (bytes[1] >> N2_CARE_CLASS_SHIFT < N2_CLASS_DEFAULT && sw->reserve)
        demote(bytes);
}

n2_step
n2_switch_step(n2_switch *sw, uint32_t in_port, uint8_t *bytes, size_t len, uint64_t now_us)
{
    assert(!(in_port >> sw->width));
    n2_switch_port *port = &sw->ports[in_port];
    uint32_t out_port;

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
    bool is_long = kind & N2_KIND_LONG;
    unsigned mode = (care & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;
    if (mode == N2_MODE_BROADCAST) {
        if (!is_long || !sw->has_channels)
            return drop(sw, in_port, N2_DROP_MODE);
        if (!n2_switch_lets(sw, in_port, 0, bytes, n2_packet_get_path(bytes), len))
            return (n2_step){.verdict = N2_STEP_DROP, .drop = N2_DROP_FILTER};
        police_copies(sw, bytes);
        return (n2_step){.verdict = N2_STEP_COPIES};
    }
    uint64_t path = get_path(bytes + N2_PATH_AT, is_long), received = path;
    if (sw->labels) {
        turned t = step_labels(sw, path, is_long, in_port);
        if (t.why != N2_DROP_REASONS)
            return drop(sw, in_port, t.why);
        path = t.path;
        out_port = t.out_port;
    } else if (!step_path(sw, &path, is_long, in_port, &out_port)) {
        return drop(sw, in_port, N2_DROP_BUDGET);
    }
    if (sw->filter && !n2_switch_lets(sw, in_port, out_port, bytes, received, len))
        return (n2_step){.verdict = N2_STEP_DROP, .drop = N2_DROP_FILTER};
    if (out_port) {
        if (care >> N2_CARE_CLASS_SHIFT < N2_CLASS_DEFAULT && sw->reserve)
            police(sw, in_port, out_port, bytes, path, len, now_us);
        put_path(bytes + N2_PATH_AT, is_long, path);
        sw->forwarded++;
        sw->ports[out_port].packets_out++;
        sw->ports[out_port].bytes_out += len;
        bool is_hop = mode == N2_MODE_CONTROL && is_for_hops(bytes);
        return (n2_step){.verdict = is_hop ? N2_STEP_HOP : N2_STEP_FORWARD,
                         .out_port = out_port};
    }
    if (mode == N2_MODE_MULTICAST) {
        if (!is_long || !sw->has_trees)
            return drop(sw, in_port, N2_DROP_MODE);
        put_path(bytes + N2_PATH_AT, is_long, path);
        police_copies(sw, bytes);
        return (n2_step){.verdict = N2_STEP_COPIES};
    }
    if (is_long ? !n2_path_is_at_end(path) : !n2_path_is_at_end_short((uint16_t)path))
        return drop(sw, in_port, N2_DROP_AHEAD);
    put_path(bytes + N2_PATH_AT, is_long, path);
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
    if (why == N2_DROP_QUEUE) {
        sw->dropped[why]++;
        sw->ports[out_port].overflowed++;
    } else {
        (void)drop(sw, in_port, why);
    }
}

void
n2_switch_torn(n2_switch *sw, uint32_t in_port, n2_err err)
{
    sw->ports[in_port].packets_in++;
    (void)drop(sw, in_port,
               err == N2_ERR_VERSION  ? N2_DROP_VERSION
               : err == N2_ERR_FORMAT ? N2_DROP_SPARE
                                      : N2_DROP_LENGTH);
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

    n2_write_u8(&w, N2_CONTROL_ECHO_QUESTION);
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
    if (type == N2_CONTROL_ECHO_ANSWER && e.width && e.width <= N2_SWITCH_WIDTH_MAX &&
        !(e.in_port >> e.width)) {
        *echo = e;
        return N2_ECHO_ANSWER;
    }
    if (type != N2_CONTROL_ECHO_QUESTION || e.width || e.in_port) {
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
    n2_write_u8(&w, N2_CONTROL_ECHO_ANSWER);
    n2_write_zero(&w, 7);
    n2_write_u64(&w, e.nonce);
    n2_write_u8(&w, sw->width);
    n2_write_u16(&w, (uint16_t)in_port);
    n2_write_zero(&w, 13);
    sw->echoed++;
    return N2_ECHO_QUESTION;
}
