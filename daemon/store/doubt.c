/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * doubt.c - after changes that may be gone.
 */
#include "store/doubt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/book.h"
#include "store/db.h"

enum {
    NOTE_BYTES_MAX = 24,
    LOST_MAX = 1 << 24,           /* more changes than a log has frames */
    IN_DOUBT_REALM = N2_REALM_OWN /* nobody has asked for a tree that leads there */
};

#define NOTE "store.db-doubt"
#define FLOOR "head-floor"

n2_err
n2_doubt_read(const n2_disk *disk, uint64_t *n_lost)
{
    uint8_t *text = NULL;
    size_t len = 0;
    n2_err err = n2_disk_read_file(disk, NOTE, NOTE_BYTES_MAX, &text, &len);

    *n_lost = 0;
    if (!err) {
        uint64_t n = strtoull((const char *)text, NULL, 10);
        *n_lost = n && n < LOST_MAX ? n : LOST_MAX; /* it was noted, whatever it says */
    } else if (err == N2_ERR_LIMIT) {
        *n_lost = LOST_MAX;
    }
    free(text);
    return err == N2_ERR_NOTFOUND || err == N2_ERR_LIMIT ? N2_OK : err;
}

n2_err
n2_doubt_note(const n2_disk *disk, uint64_t n_lost)
{
    char text[NOTE_BYTES_MAX];
    uint64_t before = 0;
    n2_err err = n2_doubt_read(disk, &before);

    if (err)
        return err;
    n_lost = n_lost < LOST_MAX - before ? n_lost + before : LOST_MAX;
    int len = snprintf(text, sizeof text, "%" PRIu64 "\n", n_lost);
    return n2_disk_replace_file(disk, NOTE, text, (size_t)len);
}

static n2_err
keep_work(n2_store *store, void *data)
{
    n2_query q = n2_query_init(store, N2_SQL_REF_KEEP_WORK);

    (void)data;
    n2_query_int(&q, store->cache);
    n2_query_int(&q, IN_DOUBT_REALM);
    return n2_query_run(&q);
}

n2_err
n2_doubt_keep_work(n2_store *store)
{
    return n2_db_transact(store, keep_work, NULL);
}

n2_err
n2_doubt_keep_file(n2_store *store, const char *file)
{
    const n2_disk *disk = store->config.disk;
    char to[sizeof N2_STORE_DOUBTFUL + N2_STORE_FILE_BYTES];
    n2_err err = disk->mkdir(disk->user, N2_STORE_DOUBTFUL);

    if (!err) /* else what is moved there would be nowhere */
        err = disk->fsync_dir(disk->user, "");
    if (err && err != N2_ERR_EXISTS)
        return err;
    (void)snprintf(to, sizeof to, N2_STORE_DOUBTFUL "/%s", file + sizeof N2_STORE_FOLDER);
    return disk->rename(disk->user, file, to);
}

static n2_err
raise_floor(n2_store *store, uint64_t n_lost)
{
    char text[NOTE_BYTES_MAX];
    uint64_t floor = 0, top = 0;
    n2_query q = n2_query_init(store, N2_SQL_HEAD_TOP);

    if (n2_query_row(&q))
        top = (uint64_t)n2_column_int(&q, 0);
    n2_err err = n2_query_end(&q);
    if (!err)
        err = n2_store_head_floor(store, &floor);
    if (err)
        return err;
    top = top < floor ? floor : top;
    (void)snprintf(text, sizeof text, "%" PRIu64, top + n_lost + 1);
    return n2_store_setting_set(store, FLOOR, text);
}

n2_err
n2_store_head_floor(n2_store *store, uint64_t *floor)
{
    char *text = NULL;
    n2_err err = n2_store_setting_get(store, FLOOR, &text);

    *floor = err ? 0 : strtoull(text, NULL, 10);
    free(text);
    if (*floor > INT64_MAX / 2)
        *floor = 0; /* none that was ever set */
    return err == N2_ERR_NOTFOUND ? N2_OK : err;
}

n2_err
n2_doubt_settle(n2_store *store, uint64_t n_lost)
{
    const n2_disk *disk = store->config.disk;
    n2_err err = disk->fsync_dir(disk->user, N2_STORE_DOUBTFUL);

    if (!err || err == N2_ERR_NOTFOUND)
        err = disk->fsync_dir(disk->user, N2_STORE_FOLDER);
    if (!err)
        err = raise_floor(store, n_lost);
    if (!err)
        err = disk->unlink(disk->user, NOTE);
    return err ? err : disk->fsync_dir(disk->user, "");
}
