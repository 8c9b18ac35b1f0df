/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wal.c - where the log of newest changes stops being right, and whether it once went on.
 *
 * Source: SQLite's file format, section 4.  Head of 32 bytes: magic (odd: sums of big-endian
 *         words), version, page size, serial, two salts, two sums.  Frame: page, size of the
 *         database if it ends a change, else 0, the salts, two sums over all so far, the page.
 */
#include "store/wal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "store/doubt.h"

enum {
    HEAD_BYTES = 32,
    FRAME_HEAD_BYTES = 24,
    SUMMED_BYTES = 8, /* of a frame's head */
    PAGE_MIN = 512,
    PAGE_MAX = 65536,
    USUAL_PAGE = 4096,
    VERSION = 3007000,
    STEP_BYTES = 256 * 1024
};

static const uint32_t magic = 0x377f0682;

typedef struct {
    uint32_t a, b;
} sums;

typedef struct {
    bool is_big_endian;
    bool is_future; /* sums are right, but it is of a version that nobody knows yet */
    uint32_t page_bytes, salts[2];
    sums last; /* as the frame before says, or the head */
} scan;

typedef struct {
    uint32_t page, ends, salts[2];
    sums said;
    bool is_right; /* follows from what the frame before says */
} frame;

static uint32_t
word(const uint8_t *p, bool is_big_endian)
{
    return is_big_endian
               ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* @len: a multiple of 8. */
static sums
add(sums s, const uint8_t *bytes, size_t len, bool is_big_endian)
{
    for (size_t i = 0; i < len; i += 8) {
        s.a += word(bytes + i, is_big_endian) + s.b;
        s.b += word(bytes + i + 4, is_big_endian) + s.a;
    }
    return s;
}

static bool
is_same(sums x, sums y)
{
    return x.a == y.a && x.b == y.b;
}

/* False: it is no head. */
static bool
read_head(scan *s, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    uint32_t kind = n2_read_u32(&r);
    uint32_t version = n2_read_u32(&r);

    s->is_big_endian = kind & 1;
    s->page_bytes = n2_read_u32(&r);
    (void)n2_read_u32(&r); /* serial */
    s->salts[0] = n2_read_u32(&r);
    s->salts[1] = n2_read_u32(&r);
    s->last.a = n2_read_u32(&r);
    s->last.b = n2_read_u32(&r);
    if (n2_reader_finish(&r) || (kind & ~1u) != magic)
        return false;
    sums real = add((sums){0}, bytes, HEAD_BYTES - sizeof(sums), s->is_big_endian);
    s->is_future = version != VERSION;
    return is_same(real, s->last) && s->page_bytes >= PAGE_MIN && s->page_bytes <= PAGE_MAX &&
           !(s->page_bytes & (s->page_bytes - 1));
}

static frame
read_frame(scan *s, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);
    frame f = {.page = n2_read_u32(&r), .ends = n2_read_u32(&r)};

    f.salts[0] = n2_read_u32(&r);
    f.salts[1] = n2_read_u32(&r);
    f.said.a = n2_read_u32(&r);
    f.said.b = n2_read_u32(&r);
    const uint8_t *page = n2_read_bytes(&r, s->page_bytes);
    if (n2_reader_finish(&r) || !page)
        return (frame){0};
    sums real = add(s->last, bytes, SUMMED_BYTES, s->is_big_endian);
    real = add(real, page, s->page_bytes, s->is_big_endian);
    bool is_ours = f.salts[0] == s->salts[0] && f.salts[1] == s->salts[1];
    f.is_right = is_ours && f.page && is_same(real, f.said);
    f.ends = is_ours ? f.ends : 0;
    f.page = is_ours ? f.page : 0;
    s->last = f.said;
    return f;
}

/* Behind the first wrong frame; that one, too. */
typedef struct {
    uint64_t n_doubtful; /* frames that may have ended a change, so far */
    bool has_end;
} rest;

static void
look_behind(n2_wal *out, rest *r, const frame *f)
{
    out->has_rest |= f->page || f->ends;
    r->n_doubtful += f->ends || !f->is_right;
    if (!f->ends)
        return;
    out->n_lost = r->n_doubtful;
    if (out->state == N2_WAL_WHOLE)
        out->state = N2_WAL_TORN;
    if (r->has_end && f->is_right)
        out->state = N2_WAL_DAMAGED;
    r->has_end = true;
}

static n2_err
read_frames(const n2_disk *disk, n2_file fd, scan *s, uint8_t *buf, n2_wal *out)
{
    size_t len = FRAME_HEAD_BYTES + s->page_bytes, n = 0;
    bool is_right = true;
    rest behind = {0};

    for (uint64_t at = HEAD_BYTES;; at += len) {
        n2_err err = disk->pread(disk->user, fd, at, buf, len, &n);
        if (err || n < len)
            return err;
        frame f = read_frame(s, buf, n);
        is_right = is_right && f.is_right;
        if (!is_right)
            look_behind(out, &behind, &f);
        else if (f.ends) {
            out->n_changes++;
            out->good_bytes = at + len;
            out->has_rest = false;
        } else
            out->has_rest = true;
    }
}

/* Without its head a log says nothing: but a system that could not write one yet leaves zeros,
 * as the head is synced before anything follows. */
static n2_err
look_at_headless(const n2_disk *disk, n2_file fd, uint8_t *buf, n2_wal *out)
{
    size_t n = STEP_BYTES;
    uint64_t at = 0;

    for (; n == STEP_BYTES; at += n) {
        n2_err err = disk->pread(disk->user, fd, at, buf, STEP_BYTES, &n);
        if (err)
            return err;
        for (size_t i = 0; i < n; i++)
            if (buf[i])
                out->state = N2_WAL_DAMAGED;
    }
    if (out->state == N2_WAL_DAMAGED) {
        out->has_rest = true;
        out->n_lost = at / (FRAME_HEAD_BYTES + USUAL_PAGE) + 1;
    }
    return N2_OK;
}

n2_err
n2_wal_scan(const n2_disk *disk, const char *path, n2_wal *out)
{
    uint8_t *buf = malloc(STEP_BYTES);
    size_t n = 0;
    n2_file fd = -1;
    scan s = {0};
    n2_err err = buf ? disk->open(disk->user, path, N2_OPEN_READ, &fd) : N2_ERR_NOMEM;

    *out = (n2_wal){.state = N2_WAL_NONE};
    if (!err)
        err = disk->pread(disk->user, fd, 0, buf, HEAD_BYTES, &n);
    bool is_empty = err || n < HEAD_BYTES;
    if (!is_empty && !read_head(&s, buf, n))
        err = look_at_headless(disk, fd, buf, out);
    else if (!is_empty && !s.is_future) {
        out->state = N2_WAL_WHOLE;
        out->good_bytes = HEAD_BYTES;
        err = read_frames(disk, fd, &s, buf, out);
    }
    if (fd >= 0)
        (void)disk->close(disk->user, fd);
    free(buf);
    return err == N2_ERR_NOTFOUND ? N2_OK : err;
}

/* ---- set aside ---- */

static n2_err
copy(const n2_disk *disk, const char *from, n2_file to)
{
    uint8_t *buf = malloc(STEP_BYTES);
    size_t n = STEP_BYTES;
    n2_file fd = -1;
    n2_err err = buf ? disk->open(disk->user, from, N2_OPEN_READ, &fd) : N2_ERR_NOMEM;

    for (uint64_t at = 0; !err && n == STEP_BYTES; at += n) {
        err = disk->pread(disk->user, fd, at, buf, STEP_BYTES, &n);
        if (!err && n)
            err = disk->pwrite(disk->user, to, at, buf, n);
    }
    if (fd >= 0)
        (void)disk->close(disk->user, fd);
    free(buf);
    return err ? err : disk->fdatasync(disk->user, to);
}

static n2_err
keep_copy(const n2_disk *disk, const char *path, char kept[static N2_WAL_PATH_BYTES])
{
    const unsigned how = N2_OPEN_WRITE | N2_OPEN_CREATE | N2_OPEN_EXCLUSIVE;
    n2_err err = N2_ERR_EXISTS;
    n2_file fd = -1;

    for (int i = 1; err == N2_ERR_EXISTS && i <= N2_WAL_COPIES_MAX; i++) {
        (void)snprintf(kept, N2_WAL_PATH_BYTES, "%.30s.damaged-%d", path, i);
        err = disk->open(disk->user, kept, how, &fd);
    }
    if (err)
        return err;
    err = copy(disk, path, fd);
    (void)disk->close(disk->user, fd);
    if (err)
        (void)disk->unlink(disk->user, kept); /* half a copy helps nobody */
    return err ? err : disk->fsync_dir(disk->user, "");
}

n2_err
n2_wal_cut(const n2_disk *disk,
           const char *path,
           const n2_wal *found,
           char kept[static N2_WAL_PATH_BYTES])
{
    n2_file fd = -1;
    n2_err err = keep_copy(disk, path, kept);

    if (!err)
        err = n2_doubt_note(disk, found->n_lost);
    if (!err)
        err = disk->open(disk->user, path, N2_OPEN_WRITE, &fd);
    if (err)
        return err;
    err = disk->truncate(disk->user, fd, found->good_bytes);
    if (!err)
        err = disk->fdatasync(disk->user, fd);
    (void)disk->close(disk->user, fd);
    return err;
}
