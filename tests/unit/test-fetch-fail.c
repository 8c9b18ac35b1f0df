/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch-fail.c - the asker's disk fails at its n-th call, for every n, while a page and a
 * file are fetched from another node: the user is told in words, nothing that is not verified
 * is shown, nothing half is visible, and asking again works.
 */
#include <string.h>

#include "site.h"
#include "store/fsck.h"

enum {
    CALLS_MAX = 3000,
    FILE_BYTES = N2_GROUP_BYTES + 777, /* two groups: nodes first, parts on the disk */
    PAGE_BYTES = 3000
};

typedef struct {
    const char *name;
    n2_err with;
    gboolean fails_on; /* from there on, until somebody makes room */
    gboolean cut;      /* the power goes soon after */
} fault;

static const fault faults[] = {{.name = "io", .with = N2_ERR_IO},
                               {.name = "io-then-power-cut", .with = N2_ERR_IO, .cut = TRUE},
                               {.name = "full", .with = N2_ERR_NOSPACE, .fails_on = TRUE},
                               {.name = "read-only", .with = N2_ERR_IO, .fails_on = TRUE}};

typedef struct {
    two_nodes *w;
    guint8 *file, *page;
    disk_mem *world; /* of node 0 before it asks: it has met node 1 */
} scene;

static void
scene_init(scene *s)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();

    s->w = two_nodes_new(41);
    s->file = fixture_bytes(7, FILE_BYTES);
    s->page = fixture_bytes(8, PAGE_BYTES);
    archive_add(archive, 2, "page", s->page, PAGE_BYTES);
    archive_add(archive, 1, "sub", NULL, 0);
    archive_add(archive, 2, "sub/file", s->file, FILE_BYTES);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(s->w, 1, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    two_nodes_restart(s->w, 0, disk_mem_new());
    two_nodes_meet(s->w);
    s->world = disk_mem_copy(s->w->node[0].store.disk);
}

static void
scene_clear(scene *s)
{
    two_nodes_free(s->w);
    disk_mem_free(s->world);
    g_free(s->file);
    g_free(s->page);
}

/* What was shown before the end is the beginning of what was asked for. */
static n2_err
ask(scene *s, const char *path, const guint8 *want, gsize len, n2_err with)
{
    g_autofree char *address = two_nodes_address(s->w, 1, path);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_request request = {.kind = N2_JOB_OPEN, .address = address};
    n2_job job = 0;
    n2_err err =
        n2_control_start(s->w->node[0].control, &request, s->w->now_us, s->w->wall_us, &job);

    if (err)
        return err;
    n2_notice done = two_nodes_finish(s->w, 0, job, bytes, NULL);
    err = done.err;
    g_assert_cmpuint(bytes->len, <=, len);
    g_assert_cmpmem(bytes->data, bytes->len, want, bytes->len);
    if (err) {
        g_assert_cmpstr(done.what, ==, address);
        g_assert_cmpuint(strlen(done.why), >, 0);
        g_assert_cmpuint(strlen(done.next), >, 0);
        if (err != N2_ERR_IO)
            g_assert_cmpstr(n2_err_name(err), ==, n2_err_name(with));
    } else {
        g_assert_cmpuint(bytes->len, ==, len);
    }
    n2_notice_clear(&done);
    return err;
}

static n2_err
ask_both(scene *s, n2_err with)
{
    n2_err err = ask(s, "page", s->page, PAGE_BYTES, with);
    n2_err second = ask(s, "sub/file", s->file, FILE_BYTES, with);

    return err ? err : second;
}

/* Every content that the store calls whole has its hash, and each synced piece of a part. */
static void
check_sound(scene *s)
{
    g_assert_cmpuint(fixture_fsck_but_orphans(&s->w->node[0].store), ==, 0);
}

/* (transfer full): what a power cut leaves. */
static disk_mem *
without_power(scene *s, guint64 seed)
{
    disk_mem *d = s->w->node[0].store.disk;

    d->cut_at = d->calls + 1; /* the process does no more */
    n2_control_free(s->w->node[0].control);
    s->w->node[0].control = NULL;
    fixture_kill(&s->w->node[0].store);
    disk_mem_cut_some(d, seed);
    return disk_mem_copy(d);
}

static gboolean
fail_at(scene *s, const fault *k, guint64 n, guint *n_told)
{
    two_nodes_restart(s->w, 0, disk_mem_copy(s->world));
    two_nodes_meet(s->w);
    disk_mem *d = s->w->node[0].store.disk;
    d->fail_with = k->with;
    d->fails_on = k->fails_on;
    d->fail_at = d->calls + n;
    n2_err err = ask_both(s, k->with);
    gboolean fired = d->calls >= d->fail_at;
    if (!fired)
        assert_ok(err);
    *n_told += err != N2_OK;
    d->fail_at = 0;
    if (k->cut || n2_store_is_broken(s->w->node[0].store.store)) {
        /* the process would end, and begin anew */
        two_nodes_restart(s->w, 0, k->cut ? without_power(s, n) : disk_mem_copy(d));
        two_nodes_meet(s->w);
    }
    check_sound(s);
    s->w->now_us += N2_MINUTE_US * 61; /* a holder is not asked again at once */
    assert_ok(ask_both(s, N2_OK));
    check_sound(s);
    /* From here on it is read from the disk.  Where also letting go of a fetch that had failed
     * was refused, the next start lets go of what it had brought: that is fetched once more. */
    s->w->is_dead = s->w->is_silent = !k->fails_on;
    two_nodes_restart(s->w, 0, disk_mem_copy(s->w->node[0].store.disk));
    if (k->fails_on)
        two_nodes_meet(s->w);
    two_nodes_assert_page(s->w, 0, 1, "sub/file", s->file, FILE_BYTES);
    two_nodes_assert_page(s->w, 0, 1, "page", s->page, PAGE_BYTES);
    s->w->is_dead = s->w->is_silent = FALSE;
    return fired;
}

static void
test_failing(gconstpointer data)
{
    const fault *k = data;
    guint64 n = 1;
    guint n_told = 0;
    scene s;

    scene_init(&s);
    while (n < CALLS_MAX && fail_at(&s, k, n, &n_told))
        n++;
    g_test_message("%u calls, %u times told", (guint)n - 1, n_told);
    g_assert_cmpuint(n, >, 20);
    g_assert_cmpuint(n, <, CALLS_MAX);
    g_assert_cmpuint(n_told, >, 10);
    scene_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *path = g_strdup_printf("/fetch/fail/%s", faults[i].name);
        g_test_add_data_func(path, &faults[i], test_failing);
    }
    return g_test_run();
}
