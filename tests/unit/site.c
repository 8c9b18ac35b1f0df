/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * site.c - a small site on node 1, and pages of it asked for by node 0.
 */
#include "site.h"

#include <string.h>

void
site_init(site *s, guint64 seed)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();

    s->w = two_nodes_new(seed);
    s->big = fixture_bytes(7, BIG_BYTES);
    s->leafy = fixture_bytes(8, LEAFY_BYTES);
    archive_add(archive, 2, "index.md", (const guint8 *)SITE_INDEX, sizeof SITE_INDEX - 1);
    archive_add(archive, 1, "sub", NULL, 0);
    archive_add(archive, 2, "sub/big.bin", s->big, BIG_BYTES);
    archive_add(archive, 2, "sub/empty", NULL, 0);
    archive_add(archive, 2, "sub/leafy", s->leafy, LEAFY_BYTES);
    archive_add(archive, 2, "sub/one", (const guint8 *)"x", 1);
    archive_add(archive, 3, NULL, NULL, 0);

    n2_notice done = two_nodes_publish(s->w, 1, archive, NULL);

    assert_ok(done.err);
    g_assert_cmpint(n2_table_get(done.table, 0, "files")->integer, ==, 5);
    g_assert_cmpint(n2_table_get(done.table, 0, "counter")->integer, ==, 1);
    n2_notice_clear(&done);
}

void
site_clear(site *s)
{
    two_nodes_free(s->w);
    g_free(s->big);
    g_free(s->leafy);
}

n2_notice
site_open(site *s, const char *path)
{
    g_autofree char *address = two_nodes_address(s->w, 1, path);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job =
        two_nodes_start(s->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});

    return two_nodes_finish(s->w, 0, job, bytes, NULL);
}

void
site_assert_fails(site *s, const char *path, n2_err want)
{
    n2_notice done = site_open(s, path);

    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    g_assert_nonnull(done.what);
    g_assert_cmpuint(strlen(done.why), >, 0);
    n2_notice_clear(&done);
}
