/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * packet.h - the one packet format, its two forms and four sizes.
 *
 * Layer:  wire (may include: base).
 * Source: net2o white paper, "Packet format"; PROTOCOL.md, section "Packet".
 *
 *   offset  long form                     offset  short form (never sealed)
 *   0       kind 1                        0       kind 1
 *   1       care 1                        1       care 1
 *   2       path 8                        2       path 2
 *   10      address 8                     4       address 2
 *   18      junk 8, only if sealed:       6       data
 *           counter 4, noise 4
 *   18/26   data 32, 128, 512 or 2048
 *   +data   tag 16, only if sealed
 *
 *   kind    7-6 version, 01;  5 form, 1 = long;  4 sealed;  3-2 size, data = 32 << 2 * size;
 *           1 key phase;  0 zero
 *   care    7-6 class, 00 most urgent;  5-4 mode;  3 jam mark;  2-0 zero
 *
 * All integers are big-endian.  A packet never begins with a zero byte, so one ends a bundle.
 * On the way only path, class and jam mark may change.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    N2_KIND_VERSION_MASK = 0xc0,
    N2_KIND_VERSION = 0x40,
    N2_KIND_LONG = 0x20,
    N2_KIND_SEALED = 0x10,
    N2_KIND_SIZE_SHIFT = 2,
    N2_KIND_SIZE_MASK = 0x0c,
    N2_KIND_PHASE = 0x02,
    N2_KIND_SPARE = 0x01,

    N2_CARE_CLASS_SHIFT = 6,
    N2_CARE_MODE_SHIFT = 4,
    N2_CARE_MODE_MASK = 0x30,
    N2_CARE_JAM = 0x08,
    N2_CARE_SPARE = 0x07,

    N2_PATH_AT = 2, /* of the path in both forms */
    N2_LONG_HEAD_BYTES = 18,
    N2_JUNK_BYTES = 8,
    N2_SEALED_HEAD_BYTES = N2_LONG_HEAD_BYTES + N2_JUNK_BYTES,
    N2_SHORT_HEAD_BYTES = 6,
    N2_TAG_BYTES = 16,
    N2_DATA_BYTES_MIN = 32,
    N2_DATA_BYTES_MAX = 2048,
    N2_PACKET_BYTES_MIN = N2_SHORT_HEAD_BYTES + N2_DATA_BYTES_MIN,
    N2_PACKET_BYTES_MAX = N2_SEALED_HEAD_BYTES + N2_DATA_BYTES_MAX + N2_TAG_BYTES, /* 2090 */

    N2_ASSOCIATED_BYTES = 10 /* kind, mode bits of care, address: what the AEAD also covers */
};

typedef enum {
    N2_MODE_UNICAST,
    N2_MODE_MULTICAST,
    N2_MODE_BROADCAST,
    N2_MODE_CONTROL
} n2_mode;

typedef enum {
    N2_CLASS_URGENT,
    N2_CLASS_HIGH,
    N2_CLASS_DEFAULT,
    N2_CLASS_LOW
} n2_class;

/** The head of a packet, taken apart. */
typedef struct {
    bool is_long;
    bool is_sealed;
    bool phase;
    bool jam;
    uint8_t size;        /* code, 0..3 */
    uint8_t class;       /* n2_class */
    uint8_t mode;        /* n2_mode */
    uint64_t path;       /* as it stands there: 64 bits, or 16 in the short form */
    uint64_t address;    /* 64 bits, or 16 */
    uint32_t counter;    /* sealed only, else 0 */
    uint32_t noise;      /* the random half; sealed only, else 0 */
    size_t data_bytes;   /* 32 << 2 * size */
    const uint8_t *data; /* (transfer none): data, and if sealed the tag behind them */
} n2_packet;

/** Bytes of data for size code 0..3. */
static inline size_t
n2_data_bytes(unsigned size)
{
    return (size_t)N2_DATA_BYTES_MIN << 2 * (size & 3);
}

/** The smallest size code whose data hold @len bytes; @len is at most 2048. */
static inline unsigned
n2_size_for(size_t len)
{
    return len <= 32 ? 0 : len <= 128 ? 1 : len <= 512 ? 2 : 3;
}

/** Is this first byte one of a packet we know: version, no spare bit, no sealed short form? */
static inline bool
n2_kind_is_valid(uint8_t kind)
{
    return (kind & (N2_KIND_VERSION_MASK | N2_KIND_SPARE)) == N2_KIND_VERSION &&
           (kind & (N2_KIND_LONG | N2_KIND_SEALED)) != N2_KIND_SEALED;
}

/** Bytes before the data, by the first byte (which must be valid). */
static inline size_t
n2_head_bytes(uint8_t kind)
{
    if (!(kind & N2_KIND_LONG))
        return N2_SHORT_HEAD_BYTES;
    return kind & N2_KIND_SEALED ? N2_SEALED_HEAD_BYTES : N2_LONG_HEAD_BYTES;
}

/** Bytes of the whole packet, by its first byte (which must be valid). */
static inline size_t
n2_packet_bytes(uint8_t kind)
{
    return n2_head_bytes(kind) +
           n2_data_bytes((kind & N2_KIND_SIZE_MASK) >> N2_KIND_SIZE_SHIFT) +
           (kind & N2_KIND_SEALED ? N2_TAG_BYTES : 0);
}

/** The path of the long packet at @bytes (at least 10 of them), as received. */
uint64_t n2_packet_get_path(const uint8_t *bytes);

/** Puts another path into the long packet at @bytes. */
void n2_packet_set_path(uint8_t *bytes, uint64_t path);

/** The random half of the sealed packet at @bytes (at least 26 of them). */
uint32_t n2_packet_get_noise(const uint8_t *bytes);

/** What the AEAD covers besides the data, from the first bytes of a long packet. */
void n2_packet_associated(uint8_t out[static N2_ASSOCIATED_BYTES], const uint8_t *bytes);

/**
 * Takes one packet apart.  Checks shape only: nothing is opened, no field is trusted.
 *
 * @out:   filled on success, zeroed on failure; borrows @bytes.
 * @bytes: exactly one packet, @len bytes.
 *
 * Returns: N2_OK
 *          N2_ERR_TRUNCATED, N2_ERR_TRAILING  another length than its first byte says
 *          N2_ERR_VERSION                     another version
 *          N2_ERR_FORMAT                      a spare bit is set, or the short form sealed
 */
N2_MUST_USE n2_err n2_packet_parse(n2_packet *out, const uint8_t *bytes, size_t len);

/**
 * Writes the head of a packet.  `data` and `data_bytes` are not looked at: the caller puts
 * the data behind the head and seals.
 *
 * @out: n2_head_bytes() of room.
 *
 * Returns: bytes written.
 */
size_t n2_packet_write_head(uint8_t *out, const n2_packet *packet);
