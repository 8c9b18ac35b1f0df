/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * disk-mem-power.c - what a disk in memory holds when the power goes, or a call fails.
 */
#include <glib.h>
#include <stdio.h>

#include "disk-mem-private.h"

static uint64_t
draw(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static bool
fails_on(const disk_mem *d, disk_mem_call call)
{
    if (!d->fails_on || !d->fail_at || d->calls < d->fail_at)
        return false;
    return call == DISK_MEM_WRITES ||
           (call == DISK_MEM_REMOVES && d->fail_with == N2_ERR_REFUSED);
}

n2_err
disk_mem_may_fail(disk_mem *d, disk_mem_call call)
{
    d->calls++;
    if (d->cut_at && d->calls >= d->cut_at)
        return N2_ERR_IO;
    if (d->fails_on ? fails_on(d, call) : d->calls == d->fail_at)
        return d->fail_with;
    return N2_OK;
}

bool
disk_mem_is_cut_now(const disk_mem *d)
{
    return d->cut_at && d->calls == d->cut_at;
}

void
disk_mem_note(disk_mem_file *f, uint64_t offset, const void *bytes, size_t len)
{
    disk_mem_change *c;

    if (f->n_changes == f->changes_room) {
        size_t room = f->changes_room ? 2 * f->changes_room : 16;
        disk_mem_change *grown = g_realloc(f->changes, room * sizeof *grown);
        f->changes = grown;
        f->changes_room = room;
    }
    c = &f->changes[f->n_changes];
    *c = (disk_mem_change){.offset = offset, .len = len};
    if (bytes) {
        c->bytes = g_malloc(len + 1);
        memcpy(c->bytes, bytes, len);
    }
    f->n_changes++;
}

void
disk_mem_forget(disk_mem_file *f)
{
    for (size_t i = 0; i < f->n_changes; i++)
        g_free(f->changes[i].bytes);
    f->n_changes = 0;
}

static void
grow_kept(disk_mem_file *f, size_t len)
{
    uint8_t *kept = g_realloc(f->kept, len + 1);

    if (len > f->kept_len)
        memset(kept + f->kept_len, 0, len - f->kept_len);
    f->kept = kept;
    f->kept_len = len;
}

/* Bytes [from, to) of a change reach the disk. */
static void
carry(disk_mem_file *f, const disk_mem_change *c, uint64_t from, uint64_t to)
{
    if (to > f->kept_len)
        grow_kept(f, (size_t)to);
    memcpy(f->kept + from, c->bytes + (from - c->offset), (size_t)(to - from));
}

/* @seed: NULL: all of it. */
static void
carry_over(disk_mem_file *f, uint64_t *seed)
{
    for (size_t i = 0; i < f->n_changes; i++) {
        const disk_mem_change *c = &f->changes[i];
        uint64_t end = c->offset + c->len, to;
        if (!c->bytes) {
            if (!seed || draw(seed) % 2)
                grow_kept(f, (size_t)c->offset);
            continue;
        }
        if (!seed) {
            carry(f, c, c->offset, end);
            continue;
        }
        for (uint64_t from = c->offset; from < end; from = to) {
            to = from - from % DISK_MEM_SECTOR_BYTES + DISK_MEM_SECTOR_BYTES;
            to = to < end ? to : end;
            if (draw(seed) % 2)
                carry(f, c, from, to);
        }
    }
    if (seed && f->kept_len < f->len && draw(seed) % 4 == 0)
        grow_kept(f, f->len); /* its new size came through, its bytes did not */
    disk_mem_forget(f);
}

void
disk_mem_keep(disk_mem_file *f)
{
    carry_over(f, NULL);
}

void
disk_mem_keep_some(disk_mem_file *f, uint64_t *seed)
{
    carry_over(f, seed);
}

bool
disk_mem_is_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    if (!len)
        return !strchr(path, '/');
    return strncmp(path, folder, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

void
disk_mem_rename(disk_mem *d, disk_mem_file *f, const char *path, disk_mem_file *replaced)
{
    disk_mem_name *names = g_realloc(d->names, (d->n_names + 1) * sizeof *names);

    d->names = names;
    d->names[d->n_names] = (disk_mem_name){.file = f, .replaced = replaced};
    (void)snprintf(d->names[d->n_names++].path, sizeof f->path, "%s", path);
    if (replaced)
        replaced->path[0] = '\0';
    (void)snprintf(f->path, sizeof f->path, "%s", path);
}

static void
settle_name(const disk_mem_name *n)
{
    if (n->replaced)
        n->replaced->kept_path[0] = '\0';
    memcpy(n->file->kept_path, n->path, sizeof n->path);
}

static bool
concerns(const disk_mem_name *n, const char *folder)
{
    return !folder || disk_mem_is_in(*n->path ? n->path : n->file->kept_path, folder) ||
           (*n->file->kept_path && disk_mem_is_in(n->file->kept_path, folder));
}

void
disk_mem_keep_names(disk_mem *d, const char *folder)
{
    size_t left = 0;

    for (size_t i = 0; i < d->n_names; i++)
        if (concerns(&d->names[i], folder))
            settle_name(&d->names[i]);
        else
            d->names[left++] = d->names[i];
    d->n_names = left;
}

void
disk_mem_kill(disk_mem *d)
{
    memset(d->open, 0, sizeof d->open);
    for (size_t i = 0; i < d->n_files; i++) {
        disk_mem_file *f = d->files[i];
        f->n_refs = f->n_shared = 0;
        f->lock = 0;
        f->lock_owner = NULL;
    }
    d->cut_at = d->fail_at = 0;
}

static bool
has_folder(const disk_mem *d, const disk_mem_file *f)
{
    const char *slash = strchr(f->kept_path, '/');
    size_t len = slash ? (size_t)(slash - f->kept_path) : 0;

    for (size_t i = 0; slash && i < d->n_files; i++) {
        const disk_mem_file *dir = d->files[i];
        if (dir->is_dir && strlen(dir->kept_path) == len &&
            strncmp(dir->kept_path, f->kept_path, len) == 0)
            return true;
    }
    return !slash;
}

static void
cut(disk_mem *d, uint64_t *seed)
{
    size_t n_names = seed ? draw(seed) % (d->n_names + 1) : 0;

    disk_mem_kill(d);
    for (size_t i = 0; i < n_names; i++)
        settle_name(&d->names[i]);
    d->n_names = 0;
    for (size_t i = 0; i < d->n_files; i++) {
        disk_mem_file *f = d->files[i];
        if (!has_folder(d, f))
            f->kept_path[0] = '\0';
        memcpy(f->path, f->kept_path, sizeof f->path);
        if (seed)
            disk_mem_keep_some(f, seed);
        disk_mem_forget(f);
        disk_mem_resize(f, f->kept_len);
        if (f->kept_len)
            memcpy(f->bytes, f->kept, f->kept_len);
    }
    disk_mem_sweep(d);
}

void
disk_mem_cut(disk_mem *d)
{
    cut(d, NULL);
}

void
disk_mem_cut_some(disk_mem *d, uint64_t seed)
{
    cut(d, &seed);
}
