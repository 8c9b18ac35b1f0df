/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * role-fsck.c - the store verified while no node runs.
 *
 * Answers `net2o fsck` in one line on stdout: `found ` and what the node's method Check would
 * have returned; `log ` and the folder, if the log of the newest changes is damaged; or
 * `failed `, the number of the error and the folder.
 */
#include "host/role.h"

#include <stdio.h>
#include <unistd.h>

#include "crypto/context.h"
#include "host/disk.h"
#include "host/fence.h"
#include "host/random.h"
#include "host/unicode.h"
#include "store/fsck.h"
#include "store/wal.h"

typedef struct {
    GVariantBuilder damaged, findings;
} findings;

static void
add_finding(findings *f, const char *word, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    g_variant_builder_open(&f->findings, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&f->findings, "{sv}", "finding", g_variant_new_string(word));
    g_variant_builder_add(&f->findings, "{sv}", "text", g_variant_new_string(valid));
    g_variant_builder_close(&f->findings);
}

static void
finding_cb(void *user, const n2_fsck_finding *finding)
{
    findings *f = user;
    char id[N2_ID_TEXT_BYTES];

    add_finding(f, n2_fsck_word(finding->kind), finding->text);
    if (finding->kind != N2_FSCK_DAMAGED && finding->kind != N2_FSCK_MISSING)
        return;
    n2_id_format(id, N2_ID_CONTENT, &finding->ref.id);
    g_variant_builder_add_value(&f->damaged,
                                g_variant_new_take_string(g_strconcat("net2o://", id, NULL)));
}

static void
print_found(const n2_fsck_report *report, findings *f)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "objects", "x", (gint64)report->n_contents);
    g_variant_dict_insert(&dict, "size", "x", (gint64)report->bytes);
    g_variant_dict_insert_value(&dict, "damaged", g_variant_builder_end(&f->damaged));
    g_variant_dict_insert_value(&dict, "findings", g_variant_builder_end(&f->findings));
    g_autoptr(GVariant) all = g_variant_ref_sink(g_variant_dict_end(&dict));
    g_autofree char *text = g_variant_print(all, TRUE);

    printf("found %s\n", text);
}

/* Of the log of newest changes, what is whole stays. */
static n2_err
cut(const n2_disk *disk, findings *f)
{
    char kept[N2_WAL_PATH_BYTES];
    n2_wal log;
    n2_err err = n2_wal_scan(disk, N2_STORE_LOG, &log);

    if (err || log.state != N2_WAL_DAMAGED)
        return err;
    err = n2_wal_cut(disk, N2_STORE_LOG, &log, kept);
    if (err)
        return err;
    g_autofree char *text = g_strdup_printf(
        "the first %" G_GUINT64_FORMAT " of the newest changes stay, up to %" G_GUINT64_FORMAT
        " after them are gone; all of them are kept in %s, files that may belong to them in "
        "files-in-doubt",
        log.n_changes, log.n_lost, kept);
    add_finding(f, "log", text);
    return N2_OK;
}

static bool
is_log_damaged(const n2_disk *disk)
{
    n2_wal log;

    return n2_wal_scan(disk, N2_STORE_LOG, &log) == N2_OK && log.state == N2_WAL_DAMAGED;
}

/* @log: (out): it is the log that is damaged, and nothing else was looked at. */
static n2_err
verify(const n2_profile *profile, gboolean cuts, bool *log)
{
    const n2_env env = {.random = n2_host_random};
    findings f;
    n2_fsck_report report;
    n2_crypto crypto = {0};
    n2_host_disk *disk = NULL;
    n2_store *store = NULL;
    n2_err err = n2_crypto_init(&crypto, N2_IMPL_BEST);

    g_variant_builder_init(&f.damaged, G_VARIANT_TYPE_STRING_ARRAY);
    g_variant_builder_init(&f.findings, G_VARIANT_TYPE("aa{sv}"));
    if (!err)
        err = n2_host_disk_open(&disk, profile->data_dir);
    if (!err && cuts)
        err = cut(n2_host_disk_table(disk), &f);
    if (!err) {
        const n2_store_config config = {.disk = n2_host_disk_table(disk),
                                        .env = &env,
                                        .crypto = &crypto,
                                        .unicode = n2_host_unicode()};
        err = n2_store_open(&store, &config);
    }
    *log = err == N2_ERR_CORRUPT && is_log_damaged(n2_host_disk_table(disk));
    if (!err)
        err = n2_store_fsck(store, &report, finding_cb, &f);
    if (!err)
        print_found(&report, &f);
    g_variant_builder_clear(&f.damaged);
    g_variant_builder_clear(&f.findings);
    n2_store_close(store);
    n2_host_disk_free(disk);
    n2_crypto_clear(&crypto);
    return err;
}

int
n2_role_fsck(const n2_profile *profile, gboolean cuts)
{
    g_autoptr(GError) error = NULL;
    n2_sandbox_state state;
    int lock_fd = -1;
    bool log = false;
    n2_err err = n2_profile_lock(profile, &lock_fd, &error);

    if (!err)
        err = n2_fence_node(profile, &state);
    if (!err)
        err = verify(profile, cuts, &log);
    if (log)
        printf("log %s\n", profile->data_dir);
    else if (err)
        printf("failed %d %s\n", err, profile->data_dir);
    if (lock_fd >= 0)
        close(lock_fd);
    return n2_err_exit(err);
}
