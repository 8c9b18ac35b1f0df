/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store.c - the store opened for the node; why it does not open, and what to do then.
 */
#include "host/store.h"

#include "host/fault.h"
#include "host/log.h"
#include "store/wal.h"

/* True, and words, if the newest changes are damaged, and not the database. */
static bool
is_log_damaged(const n2_host_disk *disk, const char *folder, GError **error)
{
    n2_wal log;

    if (!disk || n2_wal_scan(n2_host_disk_table(disk), N2_STORE_LOG, &log) != N2_OK ||
        log.state != N2_WAL_DAMAGED)
        return false;
    n2_fault_set(error, N2_ERR_CORRUPT,
                 "%s: of the newest changes the first %" G_GUINT64_FORMAT
                 " are whole and the others damaged. Put the folder back from a copy, or take "
                 "the damaged ones back with `net2o fsck --cut`",
                 folder, log.n_changes);
    return true;
}

static void
tell_doubts(const n2_store *store, const char *folder)
{
    n2_store_doubt doubt = n2_store_doubts(store);

    if (doubt.n_changes)
        n2_log(N2_LOG_WARNING,
               "%s: the last change before this start was not whole; %" G_GUINT64_FORMAT
               " files that may belong to it are kept in files-in-doubt",
               folder, doubt.n_files);
}

static const char *
words(n2_err err)
{
    return err == N2_ERR_VERSION ? "it was made by a newer version. Update net2o"
           : err == N2_ERR_CORRUPT
               ? "the database is damaged. Move it away, or put it back from a copy"
           : err == N2_ERR_BUSY    ? "another process has it open. End that one"
           : err == N2_ERR_NOSPACE ? "the disk is full. Make room"
                                   : NULL;
}

n2_err
n2_host_store_open(n2_store **store,
                   n2_host_disk **disk,
                   const char *folder,
                   const n2_store_config *config,
                   GError **error)
{
    n2_store_config with_disk = *config;
    n2_err err = n2_host_disk_open(disk, folder);

    *store = NULL;
    if (!err) {
        with_disk.disk = n2_host_disk_table(*disk);
        err = n2_store_open(store, &with_disk);
    }
    if (!err) {
        tell_doubts(*store, folder);
        return N2_OK;
    }
    if (err == N2_ERR_CORRUPT && is_log_damaged(*disk, folder, error))
        return err;
    if (words(err))
        return n2_fault_set(error, err, "%s: %s", folder, words(err));
    return n2_fault_set(error, err, "%s: %s. Check the disk", folder, n2_err_text(err));
}
