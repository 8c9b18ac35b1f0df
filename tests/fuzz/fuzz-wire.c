/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-wire.c - any bytes as a packet: read and written again they are the same, and a switch
 *               changes nothing but the path, or nothing at all.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "switch/switch.h"
#include "wire/path.h"

static void
check_parse(const uint8_t *bytes, size_t len)
{
    n2_packet p;
    uint8_t head[N2_SEALED_HEAD_BYTES];

    if (n2_packet_parse(&p, bytes, len)) {
        check(!p.data);
        return;
    }
    size_t n = n2_packet_write_head(head, &p);
    check(p.data == bytes + n && !memcmp(head, bytes, n));
    check(n2_packet_bytes(bytes[0]) == len);
}

/* First byte: width and in-port; then one packet. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t answer[N2_ECHO_BYTES];
    n2_switch sw;
    n2_echo echo;

    if (!size || size > N2_PACKET_BYTES_MAX + 1)
        return 0;
    unsigned width = 1 + (data[0] & 15);
    uint32_t in_port = data[0] >> 4 & ((1u << width) - 1);
    data++;
    size--;
    check_parse(data, size);
    if (size >= N2_PATH_STORED_BYTES) {
        uint8_t *stored = fuzz_copy(data, N2_PATH_STORED_BYTES);
        uint8_t again[N2_PATH_STORED_BYTES];
        n2_route route;

        if (!n2_route_read(&route, stored)) {
            n2_route_write(again, &route);
            check(!memcmp(again, stored, sizeof again));
        }
        free(stored);
    }
    if (n2_switch_init(&sw, width))
        return 0;
    const uint8_t *before = data;
    uint8_t *after = fuzz_copy(data, size);
    n2_step step = n2_switch_step(&sw, in_port, after, size, 0);
    size_t path = size && before[0] & N2_KIND_LONG ? 8 : 2;
    if (step.verdict == N2_STEP_DROP)
        check(!memcmp(before, after, size) && sw.dropped[step.drop] == 1);
    else
        check(!memcmp(before, after, N2_PATH_AT) &&
              !memcmp(before + N2_PATH_AT + path, after + N2_PATH_AT + path,
                      size - N2_PATH_AT - path));
    if (step.verdict == N2_STEP_FORWARD)
        check(step.out_port && !(step.out_port >> width));
    if (step.verdict != N2_STEP_DROP && path == 8)
        check(n2_path_used(n2_packet_get_path(after)) ==
              n2_path_used(n2_packet_get_path(before)) + width);
    if (step.verdict == N2_STEP_CONTROL &&
        n2_switch_control(&sw, in_port, after, size, 0, answer, &echo) == N2_ECHO_QUESTION) {
        n2_step back = n2_switch_step(&sw, 0, answer, sizeof answer, 0);
        check(size == sizeof answer);
        check(back.verdict == N2_STEP_DROP || back.out_port == in_port);
    }
    free(after);
    n2_switch_clear(&sw);
    return 0;
}
