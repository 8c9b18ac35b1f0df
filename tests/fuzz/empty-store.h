/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * empty-store.h - a store in memory for fuzz targets: contents of one leaf, no files.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "store/write.h"

/* A disk that has nothing: one leaf lies in the database. */
static inline n2_err
no_list(void *user, const char *path, n2_disk_entry_cb entry_cb, void *data)
{
    (void)user;
    (void)path;
    (void)entry_cb;
    (void)data;
    return N2_OK;
}

static inline n2_err
no_path(void *user, const char *path)
{
    (void)user;
    (void)path;
    return N2_OK;
}

static inline n2_err
no_open(void *user, const char *path, unsigned flags, n2_file *file)
{
    (void)user;
    (void)path;
    (void)flags;
    (void)file;
    return N2_ERR_NOTFOUND;
}

static inline n2_err
free_space(void *user, uint64_t *free_bytes)
{
    (void)user;
    *free_bytes = UINT64_C(1) << 40;
    return N2_OK;
}

static inline void
counted(void *user, void *buf, size_t len)
{
    uint8_t *next = user;

    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buf)[i] = (*next)++;
}

typedef struct {
    n2_disk disk;
    uint8_t seed;
    n2_env env;
    n2_crypto crypto;
    n2_store *store;
} empty_store;

static inline void
empty_store_begin(empty_store *e)
{
    check(!n2_store_open(&e->store, &(n2_store_config){.disk = &e->disk,
                                                       .env = &e->env,
                                                       .crypto = &e->crypto,
                                                       .in_memory = true}));
}

/* @disk: for contents that are longer than a leaf; the database lies in memory. */
static inline void
empty_store_open_on(empty_store *e, const n2_disk *disk)
{
    memset(e, 0, sizeof *e);
    e->disk = *disk;
    e->env = (n2_env){.user = &e->seed, .random = counted};
    check(!n2_crypto_init(&e->crypto, N2_IMPL_BEST));
    empty_store_begin(e);
}

/* As it was when it was opened. */
static inline void
empty_store_renew(empty_store *e)
{
    n2_store_close(e->store);
    e->seed = 0;
    empty_store_begin(e);
}

static inline void
empty_store_open(empty_store *e)
{
    static const n2_disk none = {.list = no_list,
                                 .mkdir = no_path,
                                 .fsync_dir = no_path,
                                 .unlink = no_path,
                                 .open = no_open,
                                 .free_space = free_space};

    empty_store_open_on(e, &none);
}

static inline void
empty_store_close(empty_store *e)
{
    n2_store_close(e->store);
    n2_crypto_clear(&e->crypto);
}
