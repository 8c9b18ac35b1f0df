/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-wal.c - the log of newest changes, made by hand: what a power cut leaves is none of the
 *              damage that is refused, each bit that flips in what had been synced is.
 */
#include <string.h>

#include "store-fixture.h"
#include "store/wal.h"

#define LOG "store.db-wal"

enum {
    HEAD = 32,
    FRAME_HEAD = 24,
    SALT = 0x5a17,
    CHANGES = 4
};

/* ---- logs from the description of the format ---- */

typedef struct {
    GByteArray *bytes;
    gboolean is_big;
    guint page;
    guint32 salt, sums[2];
} maker;

static void
put_be(guint8 *at, guint32 n)
{
    for (gint i = 3; i >= 0; i--, n >>= 8)
        at[i] = (guint8)n;
}

static void
sum(maker *m, const guint8 *bytes, gsize len)
{
    for (gsize i = 0; i < len; i += 8) {
        guint32 x[2];
        for (guint k = 0; k < 2; k++) {
            memcpy(&x[k], bytes + i + 4 * k, 4);
            x[k] = m->is_big ? GUINT32_FROM_BE(x[k]) : GUINT32_FROM_LE(x[k]);
        }
        m->sums[0] += x[0] + m->sums[1];
        m->sums[1] += x[1] + m->sums[0];
    }
}

static maker
make_log(guint page, gboolean is_big, guint32 salt)
{
    maker m = {.bytes = g_byte_array_new(), .is_big = is_big, .page = page, .salt = salt};
    guint8 head[HEAD];
    const guint32 words[] = {0x377f0682u | (is_big ? 1 : 0), 3007000, page, 7, salt, ~salt};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        put_be(head + 4 * i, words[i]);
    sum(&m, head, 24);
    put_be(head + 24, m.sums[0]);
    put_be(head + 28, m.sums[1]);
    g_byte_array_append(m.bytes, head, HEAD);
    return m;
}

static void
add_frame(maker *m, guint32 number, guint32 ends)
{
    g_autofree guint8 *page = fixture_bytes(number * 1000 + ends, m->page);
    guint8 head[FRAME_HEAD];

    put_be(head, number);
    put_be(head + 4, ends);
    put_be(head + 8, m->salt);
    put_be(head + 12, ~m->salt);
    sum(m, head, 8);
    sum(m, page, m->page);
    put_be(head + 16, m->sums[0]);
    put_be(head + 20, m->sums[1]);
    g_byte_array_append(m->bytes, head, FRAME_HEAD);
    g_byte_array_append(m->bytes, page, m->page);
}

static void
add_change(maker *m, guint n_frames)
{
    for (guint i = 1; i <= n_frames; i++)
        add_frame(m, i + 1, i == n_frames ? 9 : 0);
}

static n2_wal
scan(const guint8 *bytes, gsize len)
{
    disk_mem *d = disk_mem_new();
    n2_wal found;

    disk_mem_put(d, LOG, bytes, len);
    assert_ok(n2_wal_scan(&d->disk, LOG, &found));
    g_assert_cmpuint(disk_mem_n_open(d), ==, 0);
    disk_mem_free(d);
    return found;
}

static n2_wal
scan_made(const maker *m)
{
    return scan(m->bytes->data, m->bytes->len);
}

static gsize
frame_at(const maker *m, guint n)
{
    return HEAD + n * (FRAME_HEAD + (gsize)m->page);
}

static void
test_none(void)
{
    disk_mem *d = disk_mem_new();
    guint8 zeros[9000] = {0};
    n2_wal found;

    assert_ok(n2_wal_scan(&d->disk, LOG, &found));
    g_assert_cmpint(found.state, ==, N2_WAL_NONE);
    disk_mem_free(d);
    g_assert_cmpint(scan(zeros, 0).state, ==, N2_WAL_NONE);
    g_assert_cmpint(scan(zeros, sizeof zeros).state, ==, N2_WAL_NONE);
    zeros[0] = zeros[20] = 1;
    g_assert_cmpint(scan(zeros, HEAD - 1).state, ==, N2_WAL_NONE); /* no room for a change */
    g_assert_cmpint(scan(zeros, HEAD).state, ==, N2_WAL_DAMAGED);
    zeros[0] = zeros[20] = 0;
    zeros[8999] = 1;
    g_assert_cmpint(scan(zeros, sizeof zeros).state, ==, N2_WAL_DAMAGED);
}

static void
test_whole(void)
{
    static const guint pages[] = {512, 4096, 65536};

    for (guint i = 0; i < 2 * G_N_ELEMENTS(pages); i++) {
        maker m = make_log(pages[i / 2], i % 2, SALT);
        n2_wal found = scan_made(&m);
        g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
        g_assert_cmpuint(found.good_bytes, ==, HEAD);
        add_change(&m, 3);
        add_change(&m, 1);
        gsize end = m.bytes->len;
        found = scan_made(&m);
        g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
        g_assert_cmpuint(found.n_changes, ==, 2);
        g_assert_cmpuint(found.good_bytes, ==, end);
        g_assert_false(found.has_rest);
        add_frame(&m, 5, 0); /* one that was not ended */
        found = scan_made(&m);
        g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
        g_assert_cmpuint(found.good_bytes, ==, end);
        g_assert_true(found.has_rest);
        g_assert_cmpuint(found.n_lost, ==, 0);
        g_byte_array_unref(m.bytes);
    }
}

/* A log begun anew over an older one, longer than it; its last change torn as well. */
static void
test_older_frames(void)
{
    maker old = make_log(512, FALSE, SALT), m = make_log(512, FALSE, SALT + 1);

    for (guint i = 0; i < 6; i++)
        add_change(&old, 2);
    add_change(&m, 3);
    gsize end = m.bytes->len;
    g_byte_array_append(m.bytes, old.bytes->data + end, (guint)(old.bytes->len - end));
    n2_wal found = scan_made(&m);
    g_assert_cmpint(found.state, ==, N2_WAL_WHOLE);
    g_assert_cmpuint(found.n_changes, ==, 1);
    g_assert_false(found.has_rest);
    m.bytes->data[frame_at(&m, 1) + 100] ^= 1;
    found = scan_made(&m);
    g_assert_cmpint(found.state, ==, N2_WAL_TORN);
    g_assert_cmpuint(found.n_lost, ==, 2); /* the wrong one, or the end */
    g_byte_array_unref(m.bytes);
    g_byte_array_unref(old.bytes);
}

/* Of the last change any 512 bytes came through or not, over what was there before. */
static void
test_torn(void)
{
    maker m = make_log(1024, FALSE, SALT), old = make_log(1024, FALSE, SALT - 1);
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);

    for (guint i = 0; i < 9; i++)
        add_change(&old, 1);
    add_change(&m, 2);
    add_change(&m, 1);
    gsize good = m.bytes->len;
    add_change(&m, 5);
    for (guint n = 0; n < 2000; n++) {
        g_autofree guint8 *log = g_memdup2(m.bytes->data, m.bytes->len);
        for (gsize at = good; at < m.bytes->len; at = (at | 511) + 1) {
            gsize to = MIN((at | 511) + 1, m.bytes->len);
            if (g_rand_boolean(rand) && n % 2)
                memset(log + at, 0, to - at);
            else if (g_rand_boolean(rand))
                memcpy(log + at, old.bytes->data + at, to - at);
        }
        n2_wal found = scan(log, m.bytes->len - (n % 3 ? 0 : n % 4000));
        g_assert_cmpint(found.state, !=, N2_WAL_DAMAGED);
        g_assert_cmpuint(found.n_changes, <=, 3);
        g_assert_cmpuint(found.good_bytes, ==, found.n_changes < 3 ? good : m.bytes->len);
        if (found.n_changes < 2)
            g_assert_cmpuint(n % 3, ==, 0); /* cut off */
    }
    g_byte_array_unref(m.bytes);
    g_byte_array_unref(old.bytes);
}

/* A change that failed for want of room left frames, its end without its page; a shorter one
 * came over it, and was torn. */
static void
test_rest_of_a_failed_change(void)
{
    maker m = make_log(512, FALSE, SALT);

    add_change(&m, 2);
    maker failed = m, torn = m;
    failed.bytes = g_byte_array_new();
    g_byte_array_append(failed.bytes, m.bytes->data, m.bytes->len);
    add_change(&failed, 6);
    failed.bytes->data[frame_at(&m, 7) + 300] ^= 1; /* the page of its end */
    add_change(&torn, 2);
    memcpy(failed.bytes->data, torn.bytes->data, torn.bytes->len);
    for (guint i = 0; i < 3; i++) {
        n2_wal found = scan_made(&failed);
        g_assert_cmpint(found.state, ==, N2_WAL_TORN);
        g_assert_cmpuint(found.n_changes, ==, i ? 1 : 2);
        failed.bytes->data[frame_at(&m, 2 + i) + 200] ^= 1;
    }
    g_byte_array_unref(failed.bytes);
    g_byte_array_unref(torn.bytes);
}

/* One bit, at each byte of a log of changes of one, two and three frames. */
static void
test_each_bit(void)
{
    static const guint sizes[CHANGES] = {3, 1, 2, 2};
    guint of[8], is_end[8], n_frames = 0;
    maker m = make_log(512, FALSE, SALT);

    for (guint i = 0; i < CHANGES; i++) {
        add_change(&m, sizes[i]);
        for (guint k = 0; k < sizes[i]; k++) {
            of[n_frames] = i;
            is_end[n_frames++] = k + 1 == sizes[i];
        }
    }
    for (gsize at = 0; at < m.bytes->len; at++) {
        gsize frame = at < HEAD ? 0 : (at - HEAD) / (FRAME_HEAD + m.page);
        gsize inside = at < HEAD ? FRAME_HEAD : (at - HEAD) % (FRAME_HEAD + m.page);
        m.bytes->data[at] ^= (guint8)(1 << at % 8);
        n2_wal found = scan_made(&m);
        m.bytes->data[at] ^= (guint8)(1 << at % 8);
        if (at < HEAD) {
            g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
            g_assert_cmpuint(found.good_bytes, ==, 0);
            continue;
        }
        g_assert_cmpuint(found.n_changes, ==, of[frame]);
        g_assert_cmpuint(found.n_lost, >=,
                         inside >= 4 && inside < 16 && is_end[frame] && of[frame] == CHANGES - 1
                             ? 0
                             : CHANGES - of[frame]);
        if (of[frame] < CHANGES - 2)
            g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
        else if (of[frame] == CHANGES - 1 && !is_end[frame] && inside >= 4 && inside < 8)
            g_assert_cmpint(found.state, !=, N2_WAL_WHOLE); /* an end where none was */
        else if (of[frame] == CHANGES - 1)
            g_assert_cmpint(found.state, !=, N2_WAL_DAMAGED); /* it may be a cut */
        else if (!is_end[frame] || inside < 4 || inside >= 16)
            g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
        else /* the mark of its end may be gone: then it looks like a part of the last */
            g_assert_cmpint(found.state, !=, N2_WAL_WHOLE);
    }
    g_byte_array_unref(m.bytes);
}

static void
test_too_many_copies(void)
{
    maker m = make_log(512, FALSE, SALT);
    disk_mem *d = disk_mem_new();
    char kept[N2_WAL_PATH_BYTES];
    n2_wal found;

    for (guint i = 0; i < 3; i++)
        add_change(&m, 1);
    m.bytes->data[100] ^= 1;
    for (guint i = 0; i <= N2_WAL_COPIES_MAX; i++) {
        disk_mem_put(d, LOG, m.bytes->data, m.bytes->len);
        assert_ok(n2_wal_scan(&d->disk, LOG, &found));
        g_assert_cmpint(found.state, ==, N2_WAL_DAMAGED);
        n2_err err = n2_wal_cut(&d->disk, LOG, &found, kept);
        g_assert_cmpstr(n2_err_name(err), ==,
                        i < N2_WAL_COPIES_MAX ? "N2_OK" : "N2_ERR_EXISTS");
    }
    gsize len = 0;
    (void)disk_mem_bytes(d, LOG, &len);
    g_assert_cmpuint(len, ==, m.bytes->len); /* it was not cut */
    disk_mem_free(d);
    g_byte_array_unref(m.bytes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/wal/none", test_none);
    g_test_add_func("/store/wal/whole", test_whole);
    g_test_add_func("/store/wal/older-frames", test_older_frames);
    g_test_add_func("/store/wal/torn", test_torn);
    g_test_add_func("/store/wal/rest-of-a-failed-change", test_rest_of_a_failed_change);
    g_test_add_func("/store/wal/each-bit", test_each_bit);
    g_test_add_func("/store/wal/too-many-copies", test_too_many_copies);
    return g_test_run();
}
