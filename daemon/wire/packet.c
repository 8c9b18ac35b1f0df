/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * packet.c - heads read and written.
 */
#include "wire/packet.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

_Static_assert(N2_PACKET_BYTES_MAX == 2090, "two halves of 1045 bytes");

enum {
    ADDRESS_AT = 10
};

uint64_t
n2_packet_get_path(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes + N2_PATH_AT, sizeof word);
    return be64toh(word);
}

uint32_t
n2_packet_get_noise(const uint8_t *bytes)
{
    uint32_t word;

    memcpy(&word, bytes + N2_LONG_HEAD_BYTES + N2_JUNK_BYTES / 2, sizeof word);
    return be32toh(word);
}

void
n2_packet_set_path(uint8_t *bytes, uint64_t path)
{
    uint64_t word = htobe64(path);

    memcpy(bytes + N2_PATH_AT, &word, sizeof word);
}

void
n2_packet_associated(uint8_t out[static N2_ASSOCIATED_BYTES], const uint8_t *bytes)
{
    out[0] = bytes[0];
    out[1] = bytes[1] & N2_CARE_MODE_MASK;
    memcpy(out + 2, bytes + ADDRESS_AT, 8);
}

n2_err
n2_packet_parse(n2_packet *out, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_packet p = {0};
    uint8_t kind = n2_read_u8(&r);
    uint8_t care = n2_read_u8(&r);

    p.is_long = kind & N2_KIND_LONG;
    p.is_sealed = kind & N2_KIND_SEALED;
    p.phase = kind & N2_KIND_PHASE;
    p.size = (kind & N2_KIND_SIZE_MASK) >> N2_KIND_SIZE_SHIFT;
    p.class = care >> N2_CARE_CLASS_SHIFT;
    p.mode = (care & N2_CARE_MODE_MASK) >> N2_CARE_MODE_SHIFT;
    p.jam = care & N2_CARE_JAM;
    p.path = p.is_long ? n2_read_u64(&r) : n2_read_u16(&r);
    p.address = p.is_long ? n2_read_u64(&r) : n2_read_u16(&r);
    if (p.is_sealed) {
        p.counter = n2_read_u32(&r);
        p.noise = n2_read_u32(&r);
    }
    p.data_bytes = n2_data_bytes(p.size);
    p.data = n2_read_bytes(&r, p.data_bytes);
    if (p.is_sealed)
        (void)n2_read_bytes(&r, N2_TAG_BYTES);

    n2_err err = n2_reader_finish(&r);
    if (len && (kind & N2_KIND_VERSION_MASK) != N2_KIND_VERSION)
        err = N2_ERR_VERSION;
    else if (!err && (!n2_kind_is_valid(kind) || (care & N2_CARE_SPARE)))
        err = N2_ERR_FORMAT;
    *out = err ? (n2_packet){0} : p;
    return err;
}

size_t
n2_packet_write_head(uint8_t *out, const n2_packet *p)
{
    n2_writer w = n2_writer_init(out, N2_SEALED_HEAD_BYTES);
    size_t len = 0;

    assert(p->is_long || !p->is_sealed);
    n2_write_u8(&w, (uint8_t)(N2_KIND_VERSION | (p->is_long ? N2_KIND_LONG : 0) |
                              (p->is_sealed ? N2_KIND_SEALED : 0) |
                              (p->size & 3) << N2_KIND_SIZE_SHIFT |
                              (p->phase ? N2_KIND_PHASE : 0)));
    n2_write_u8(&w,
                (uint8_t)((p->class & 3) << N2_CARE_CLASS_SHIFT |
                          (p->mode & 3) << N2_CARE_MODE_SHIFT | (p->jam ? N2_CARE_JAM : 0)));
    if (p->is_long) {
        n2_write_u64(&w, p->path);
        n2_write_u64(&w, p->address);
    } else {
        n2_write_u16(&w, (uint16_t)p->path);
        n2_write_u16(&w, (uint16_t)p->address);
    }
    if (p->is_sealed) {
        n2_write_u32(&w, p->counter);
        n2_write_u32(&w, p->noise);
    }
    n2_err err = n2_writer_finish(&w, &len);
    assert(!err);
    (void)err;
    return len;
}
