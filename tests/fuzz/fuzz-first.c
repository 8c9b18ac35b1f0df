/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-first.c - first packets and what is inside hellos: what is read is written the same.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "transport/first.h"

/* How 1 (bit 0: a hello's payload), then the bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[N2_FIRST_LONG_BYTES];
    n2_first first;
    n2_hello hello;

    if (!size)
        return 0;
    if (data[0] & 1) {
        n2_err err = n2_hello_decode(&hello, data + 1, size - 1);
        if (err) {
            check(!hello.control && !hello.command && !hello.window);
            return 0;
        }
        /* of suite 2, of a ticket, or of suite 1 */
        check(size - 1 == 40 || size - 1 == 48 || size - 1 == N2_HELLO_PAYLOAD_BYTES);
        check(hello.control && hello.command);
        check(hello.window >= 10 && hello.window <= 24 && hello.size <= 3);
        n2_hello_encode(&hello, again);
        check(!memcmp(again, data + 1, size - 1));
        for (size_t i = size - 1; i < N2_HELLO_PAYLOAD_BYTES; i++)
            check(!again[i]);
        return 0;
    }
    if (n2_first_decode(&first, data + 1, size - 1)) {
        check(!first.body && !first.token);
        return 0;
    }
    check(size - 1 == n2_first_bytes(first.type, first.suite));
    n2_first_encode(&first, again);
    check(!memcmp(again, data + 1, size - 1));
    return 0;
}
