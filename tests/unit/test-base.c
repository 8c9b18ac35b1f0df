/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-base.c - the promises of reader, writer, varint, base32, ring, bucket, err and types.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/base32.h"
#include "base/bucket.h"
#include "base/err.h"
#include "base/reader.h"
#include "base/ring.h"
#include "base/types.h"
#include "base/varint.h"
#include "base/writer.h"

/* ---- reader ---- */

static void
test_reader_fields(void)
{
    static const uint8_t bytes[] = {1, 0x12, 0x34, 0x12, 0x34, 0x56, 0x78, 1, 2, 3, 4,    5,
                                    6, 1,    2,    3,    4,    5,    6,    7, 8, 0, 0xaa, 0xbb};
    uint8_t copy[2];
    n2_reader r = n2_reader_init(bytes, sizeof bytes);

    g_assert_cmphex(n2_read_u8(&r), ==, 1);
    g_assert_cmphex(n2_read_u16(&r), ==, 0x1234);
    g_assert_cmphex(n2_read_u32(&r), ==, 0x12345678);
    g_assert_cmphex(n2_read_u48(&r), ==, 0x010203040506);
    g_assert_cmphex(n2_read_u64(&r), ==, 0x0102030405060708);
    n2_read_zero(&r, 1);
    g_assert_cmpuint(n2_reader_left(&r), ==, 2);
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_ERR_TRAILING);
    n2_read_copy(&r, copy, 2);
    g_assert_cmpmem(copy, 2, "\xaa\xbb", 2);
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_OK);
}

static void
test_reader_error_is_sticky(void)
{
    static const uint8_t bytes[] = {0x01, 0x02, 0x03};
    uint8_t copy[2] = {9, 9};
    n2_reader r = n2_reader_init(bytes, sizeof bytes);

    g_assert_cmphex(n2_read_u16(&r), ==, 0x0102);
    g_assert_cmphex(n2_read_u64(&r), ==, 0); /* 1 byte left, 8 wanted */
    g_assert_cmphex(n2_read_u8(&r), ==, 0);  /* would fit, but the reader has failed */
    n2_read_copy(&r, copy, 1);
    g_assert_cmpuint(copy[0], ==, 0);
    g_assert_cmpuint(copy[1], ==, 9);
    g_assert_cmpuint(n2_reader_left(&r), ==, 0);
    n2_reader_fail(&r, N2_ERR_FORMAT); /* the first error stays */
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_ERR_TRUNCATED);
}

static void
test_reader_edges(void)
{
    static const uint8_t bytes[] = {0x00, 0x02};
    n2_reader r = n2_reader_init(bytes, sizeof bytes);

    g_assert_null(n2_read_bytes(&r, SIZE_MAX));
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_ERR_TRUNCATED);
    r = n2_reader_init(NULL, 0);
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_OK);
    n2_read_copy(&r, NULL, 0);
    n2_read_zero(&r, 0);
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_OK);
    (void)n2_read_u8(&r);
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_ERR_TRUNCATED);
    r = n2_reader_init(bytes, sizeof bytes);
    n2_read_zero(&r, 2);
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_ERR_FORMAT);
}

static void
test_reader_sub(void)
{
    static const uint8_t bytes[] = {0x01, 0x02};
    n2_reader r = n2_reader_init(bytes, sizeof bytes);
    n2_reader sub = n2_read_sub(&r, 1);

    g_assert_cmpuint(n2_read_u8(&sub), ==, 1);
    g_assert_cmpint(n2_reader_finish(&sub), ==, N2_OK);
    g_assert_cmpuint(n2_reader_left(&r), ==, 1);
    sub = n2_read_sub(&r, 3);
    g_assert_cmpint(n2_reader_finish(&sub), ==, N2_ERR_TRUNCATED);
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_ERR_TRUNCATED);
}

/* ---- writer ---- */

static void
test_writer_fields(void)
{
    uint8_t buf[24];
    size_t len = 0;
    n2_writer w = n2_writer_init(buf, sizeof buf);

    n2_write_u8(&w, 1);
    n2_write_u16(&w, 0x1234);
    n2_write_u32(&w, 0);
    n2_write_u48(&w, 0xff010203040506);
    n2_write_u64(&w, 0x0102030405060708);
    n2_write_zero(&w, 1);
    n2_write_bytes(&w, "\xaa\xbb", 2);
    n2_write_bytes(&w, NULL, 0);
    n2_writer_patch_u32(&w, 3, 0x12345678);
    g_assert_cmpint(n2_writer_finish(&w, &len), ==, N2_OK);
    g_assert_cmpmem(buf, len,
                    "\x01\x12\x34\x12\x34\x56\x78\x01\x02\x03\x04\x05\x06\x01\x02\x03\x04\x05"
                    "\x06\x07\x08\x00\xaa\xbb",
                    24);
}

static void
test_writer_is_bounded(void)
{
    uint8_t buf[4] = {9, 9, 9, 9};
    size_t len = 77;
    n2_writer w = n2_writer_init(buf, 3);

    n2_write_u16(&w, 0x0102);
    n2_write_u16(&w, 0x0304); /* does not fit: nothing of it is written */
    n2_write_u8(&w, 5);       /* would, but the writer has failed */
    g_assert_cmpint(n2_writer_finish(&w, &len), ==, N2_ERR_NOSPACE);
    g_assert_cmpuint(len, ==, 77);
    g_assert_cmpmem(buf, 4, "\x01\x02\x09\x09", 4);
    w = n2_writer_init(buf, sizeof buf);
    g_assert_null(n2_write_reserve(&w, SIZE_MAX));
}

static void
test_writer_grows(void)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    n2_writer w = n2_writer_init_growing(100000);

    for (guint i = 0; i < 50000; i++)
        n2_write_u16(&w, (uint16_t)i);
    g_assert_cmpint(n2_writer_steal(&w, &bytes, &len), ==, N2_OK);
    g_assert_cmpuint(len, ==, 100000);
    g_assert_cmpuint(bytes[2 * 49999] << 8 | bytes[2 * 49999 + 1], ==, 49999);
    free(bytes);

    w = n2_writer_init_growing(5);
    n2_write_u32(&w, 1);
    n2_write_u32(&w, 1);
    g_assert_cmpint(n2_writer_steal(&w, &bytes, &len), ==, N2_ERR_NOSPACE);
    g_assert_null(w.buf);

    w = n2_writer_init_growing(5);
    g_assert_cmpint(n2_writer_steal(&w, &bytes, &len), ==, N2_OK); /* empty is memory too */
    g_assert_cmpuint(len, ==, 0);
    g_assert_nonnull(bytes);
    free(bytes);
}

/* ---- varint ---- */

typedef struct {
    const char *name;
    const char *bytes;
    guint len;
    guint64 value;
    n2_err want;
} varint_row;

static const varint_row varint_rows[] = {
    {"0", "\0", 1, 0, N2_OK},
    {"127", "\x7f", 1, 127, N2_OK},
    {"128", "\x81\x00", 2, 128, N2_OK},
    {"16383", "\xff\x7f", 2, 16383, N2_OK},
    {"16384", "\x81\x80\x00", 3, 16384, N2_OK},
    {"2^63", "\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10, UINT64_C(1) << 63, N2_OK},
    {"largest", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, UINT64_MAX, N2_OK},
    {"empty", "", 0, 0, N2_ERR_TRUNCATED},
    {"cut", "\x81", 1, 0, N2_ERR_TRUNCATED},
    {"leading-zero-group", "\x80\x01", 2, 0, N2_ERR_FORMAT},
    {"2^64", "\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10, 0, N2_ERR_FORMAT},
    {"eleven-bytes", "\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, 0, N2_ERR_FORMAT},
};

static void
test_varint_row(gconstpointer data)
{
    const varint_row *t = data;
    g_autofree guint8 *exact = g_memdup2(t->bytes, t->len);
    n2_reader r = n2_reader_init(exact, t->len);

    g_assert_cmpuint(n2_read_varint(&r), ==, t->value);
    g_assert_cmpstr(n2_err_name(n2_reader_finish(&r)), ==, n2_err_name(t->want));
    if (!t->want) {
        uint8_t buf[N2_VARINT_BYTES_MAX];
        n2_writer w = n2_writer_init(buf, sizeof buf);
        n2_write_varint(&w, t->value);
        g_assert_cmpmem(buf, w.len, t->bytes, t->len);
        g_assert_cmpuint(n2_varint_bytes(t->value), ==, t->len);
    }
}

static void
test_svarint(void)
{
    static const gint64 values[] = {0, -1, 1, -2, 63, -64, 64, -65, INT64_MAX, INT64_MIN};

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        uint8_t buf[N2_VARINT_BYTES_MAX];
        n2_writer w = n2_writer_init(buf, sizeof buf);
        n2_write_svarint(&w, values[i]);
        if (i < 4)
            g_assert_cmpuint(buf[0], ==, i);
        g_assert_cmpuint(w.len, ==, i < 6 ? 1 : i < 8 ? 2 : 10);
        n2_reader r = n2_reader_init(buf, w.len);
        g_assert_cmpint(n2_read_svarint(&r), ==, values[i]);
        g_assert_cmpint(n2_reader_finish(&r), ==, N2_OK);
    }
}

/* ---- base32 ---- */

/* RFC 4648, section 10, in lower case and without padding. */
static void
test_base32_known(void)
{
    static const char *const texts[] = {"",        "my",       "mzxq",      "mzxw6",
                                        "mzxw6yq", "mzxw6ytb", "mzxw6ytboi"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        char text[16];
        uint8_t back[6];
        n2_base32_encode(text, (const uint8_t *)"foobar", i);
        g_assert_cmpstr(text, ==, texts[i]);
        g_assert_cmpuint(strlen(text), ==, N2_BASE32_CHARS(i));
        g_assert_cmpint(n2_base32_decode(back, i, text, strlen(text)), ==, N2_OK);
        g_assert_cmpmem(back, i, "foobar", i);
    }
}

typedef struct {
    const char *name, *text;
    n2_err want;
} base32_row;

static const base32_row base32_rows[] = {
    {"good", "mzxw6", N2_OK},
    {"upper-case", "MZXW6", N2_ERR_FORMAT},
    {"padding", "mzxw6===", N2_ERR_TRAILING},
    {"one-short", "mzxw", N2_ERR_TRUNCATED},
    {"spare-bit", "mzxw7", N2_ERR_FORMAT},
    {"digit-1", "mzx16", N2_ERR_FORMAT},
    {"space", "mzx 6", N2_ERR_FORMAT},
};

static void
test_base32_row(gconstpointer data)
{
    const base32_row *t = data;
    uint8_t out[3];

    g_assert_cmpstr(n2_err_name(n2_base32_decode(out, 3, t->text, strlen(t->text))), ==,
                    n2_err_name(t->want));
}

/* ---- ring ---- */

static void
test_ring_one_thread(void)
{
    n2_ring *ring = NULL;
    guint32 item;

    g_assert_cmpint(n2_ring_new(&ring, 4, 3), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_ring_new(&ring, 4, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_ring_new(&ring, 0, 4), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_ring_new(&ring, 4, 4), ==, N2_OK);
    for (guint32 round = 0; round < 10; round++) {
        item = 77;
        g_assert_false(n2_ring_pop(ring, &item));
        g_assert_cmpuint(item, ==, 77);
        g_assert_null(n2_ring_peek(ring));
        for (guint32 i = 0; i < 4; i++) {
            item = round * 4 + i;
            g_assert_true(n2_ring_push(ring, &item));
        }
        g_assert_false(n2_ring_push(ring, &item));
        g_assert_null(n2_ring_reserve(ring));
        g_assert_cmpuint(n2_ring_count(ring), ==, 4);
        g_assert_cmpuint(*(guint32 *)n2_ring_peek(ring), ==, round * 4);
        for (guint32 i = 0; i < 4; i++) {
            g_assert_true(n2_ring_pop(ring, &item));
            g_assert_cmpuint(item, ==, round * 4 + i);
        }
    }
    n2_ring_free(ring);
    n2_ring_free(NULL);
}

enum {
    RING_ITEMS = 200000
};

typedef struct {
    guint64 number, check;
} ring_item;

static gpointer
produce(gpointer ring)
{
    for (guint64 i = 0; i < RING_ITEMS;) {
        ring_item *item = n2_ring_reserve(ring);
        if (!item) {
            g_thread_yield();
            continue;
        }
        *item = (ring_item){.number = i, .check = i * 0x9e3779b97f4a7c15};
        n2_ring_commit(ring);
        i++;
    }
    return NULL;
}

/* All come, in order, each as it was written. */
static void
test_ring_two_threads(void)
{
    n2_ring *ring = NULL;

    g_assert_cmpint(n2_ring_new(&ring, sizeof(ring_item), 64), ==, N2_OK);
    GThread *thread = g_thread_new("producer", produce, ring);
    for (guint64 i = 0; i < RING_ITEMS;) {
        const ring_item *item = n2_ring_peek(ring);
        if (!item) {
            g_thread_yield();
            continue;
        }
        g_assert_cmpuint(item->number, ==, i);
        g_assert_cmpuint(item->check, ==, i * 0x9e3779b97f4a7c15);
        n2_ring_drop(ring);
        i++;
    }
    g_thread_join(thread);
    g_assert_null(n2_ring_peek(ring));
    n2_ring_free(ring);
}

/* ---- the rest ---- */

static void
test_bucket(void)
{
    n2_bucket bucket = {0};
    guint passed = 0;

    for (guint64 us = 0; us < 10000000; us += 1000)
        passed += n2_bucket_take(&bucket, 20, 5, us);
    g_assert_cmpuint(passed, >=, 200);
    g_assert_cmpuint(passed, <=, 205);
    for (passed = 0; n2_bucket_take(&bucket, 20, 5, UINT64_C(1) << 60);)
        passed++;
    g_assert_cmpuint(passed, ==, 5); /* a long rest earns one burst, no more */
}

static void
test_err(void)
{
    g_assert_cmpstr(n2_err_name(N2_ERR_FORGED), ==, "N2_ERR_FORGED");
    g_assert_cmpstr(n2_err_name((n2_err)-9999), ==, "N2_ERR_?");
    for (int value = 0; value > -60; value--) {
        n2_err err = n2_err_from_int(value);
        g_assert_true(err == value || err == N2_ERR_STATE);
        g_assert_cmpint(n2_err_exit(err), >=, 0);
        g_assert_cmpint(n2_err_exit(err), <=, 8);
        g_assert_cmpuint(strlen(n2_err_text(err)), >, 5);
    }
}

static void
test_types(void)
{
    static const struct {
        const char *name, *type;
    } rows[] = {
        {"index.md", "text/markdown"},
        {"a/b.c/READ.ME.MD", "text/markdown"},
        {"page.wiki", "text/x-net2o-wiki"},
        {"x.png", "image/png"},
        {"photo.JPEG", "image/jpeg"},
        {"md", "application/octet-stream"},
        {"a.md/file", "application/octet-stream"},
        {"README", "text/plain"},
        {"dir/LICENSE", "text/plain"},
        {"x.unheard", "application/octet-stream"},
        {"", "application/octet-stream"},
        {"x.", "application/octet-stream"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpstr(n2_type_by_name(rows[i].name), ==, rows[i].type);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/reader/fields", test_reader_fields);
    g_test_add_func("/base/reader/error-is-sticky", test_reader_error_is_sticky);
    g_test_add_func("/base/reader/edges", test_reader_edges);
    g_test_add_func("/base/reader/sub", test_reader_sub);
    g_test_add_func("/base/writer/fields", test_writer_fields);
    g_test_add_func("/base/writer/bounded", test_writer_is_bounded);
    g_test_add_func("/base/writer/grows", test_writer_grows);
    for (gsize i = 0; i < G_N_ELEMENTS(varint_rows); i++) {
        g_autofree char *path = g_strconcat("/base/varint/", varint_rows[i].name, NULL);
        g_test_add_data_func(path, &varint_rows[i], test_varint_row);
    }
    g_test_add_func("/base/varint/signed", test_svarint);
    g_test_add_func("/base/base32/known", test_base32_known);
    for (gsize i = 0; i < G_N_ELEMENTS(base32_rows); i++) {
        g_autofree char *path = g_strconcat("/base/base32/", base32_rows[i].name, NULL);
        g_test_add_data_func(path, &base32_rows[i], test_base32_row);
    }
    g_test_add_func("/base/ring/one-thread", test_ring_one_thread);
    g_test_add_func("/base/ring/two-threads", test_ring_two_threads);
    g_test_add_func("/base/bucket", test_bucket);
    g_test_add_func("/base/err", test_err);
    g_test_add_func("/base/types", test_types);
    return g_test_run();
}
