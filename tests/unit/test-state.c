/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-state.c - what a switch keeps for others, in bytes an entry: as DESIGN.md says, and as
 *                malloc counts it in tables that are full.
 */
#include <glib.h>
#include <malloc.h>
#include <string.h>

#include "bar.h"
#include "base/limits.h"
#include "switch/label.h"
#include "switch/reserve-private.h"
#include "switch/rows.h"
#include "switch/tree.h"

enum {
    WIDTH = 14, /* ports enough for a full table of labels */
    PAGE_BYTES = 4096
};

static guint64
used_bytes(void)
{
    struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    memset(buf, 7, len);
}

static const n2_env env = {.random = random_cb};

/* ---- the page -------------------------------------------------------------------------------
 */

typedef struct {
    const char *what;
    gsize bytes, more; /* more: of the tables that find it */
    gsize most;
} row;

static const row rows[] = {
    {"a multicast tree that branches here", sizeof(n2_tree), 2, N2_TREES_MAX},
    {"one of its branches", sizeof(n2_branch), 1, N2_TREE_BRANCHES_MAX},
    {"a broadcast channel, and 2 bits for each port", sizeof(n2_channel_row), 2,
     N2_CHANNELS_MAX},
    {"a reservation", sizeof(n2_kept), 4, N2_RESERVES_MAX},
    {"two ports that have any between them", sizeof(n2_pair), 1, (gsize)2 * N2_RESERVES_MAX},
    {"a reservation of our own", sizeof(n2_claim), 0, N2_CLAIMS_MAX},
    {"an allotment with large switches", sizeof(n2_claim), 0, N2_STEPS_MAX},
    {"a virtual label", N2_LABEL_BYTES, 8, N2_LABELS_MAX},
};

/* DESIGN.md has a row for each, word for word. */
static void
test_stated(void)
{
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *path =
        g_build_filename(source ? source : ".", "daemon", "DESIGN.md", NULL);
    g_autofree char *page = NULL;

    g_assert_true(g_file_get_contents(path, &page, NULL, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const row *r = &rows[i];
        g_autofree char *line =
            g_strdup_printf("| %s | %zu + %zu | %zu |", r->what, r->bytes, r->more, r->most);
        g_autofree char *bar = g_strconcat("bytes of ", r->what, NULL);
        if (!strstr(page, line))
            g_error("daemon/DESIGN.md lacks %s", line);
        bar_most("state", bar, (double)(r->bytes + r->more), (double)(r->bytes + r->more), "");
    }
}

/* ---- tables that are full -------------------------------------------------------------------
 */

static const row *
find(const char *what)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (g_str_has_prefix(rows[i].what, what))
            return &rows[i];
    g_error("no row %s", what);
}

/* @n of them take no more than was stated, and @beside for other tables. */
static void
check(const char *what, gsize n, guint64 bytes, guint64 beside)
{
    const row *r = find(what);

    g_test_message("%zu of them: %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT
                   " of them beside",
                   n, bytes, beside);
    /* Tables are whole pages, and this test has words of its own. */
    g_assert_cmpuint(bytes, <=, n * r->bytes + r->most * r->more + beside + 4 * PAGE_BYTES);
}

static void
test_trees(void)
{
    guint64 before = used_bytes();
    n2_trees trees;
    uint16_t number;

    n2_trees_init(&trees, &env, 4);
    for (guint64 i = 0; i < N2_TREES_PER_PORT_MAX; i++)
        g_assert_cmpint(n2_trees_open(&trees, i + 1, &number), ==, N2_OK);
    g_assert_cmpint(n2_trees_open(&trees, 1 << 20, &number), ==, N2_ERR_LIMIT);
    check("a multicast tree", N2_TREES_PER_PORT_MAX, used_bytes() - before,
          find("one of its")->most + ((guint64)1 << 4) * sizeof(n2_tree_port));
    n2_trees_clear(&trees);
}

static void
test_labels(void)
{
    n2_labels *labels;

    g_assert_cmpint(n2_labels_new(&labels, WIDTH, 1), ==, N2_OK);
    guint64 before = used_bytes();
    for (guint i = 0; i < N2_LABELS_MAX; i++) {
        n2_label order = {.kind = N2_LABEL_WAY,
                          .label = (uint16_t)(N2_LABELS_MAX + i),
                          .port = 1,
                          .hidden = {.word = (guint64)i << (64 - 16), .bits = 16}};
        g_assert_cmpint(n2_labels_order(labels, &order), ==, N2_OK);
    }
    check("a virtual label", N2_LABELS_MAX, used_bytes() - before, 0);
    n2_labels_free(labels);
}

/* All at once, when somebody asks for the first. */
static void
test_reservations(void)
{
    guint64 before = used_bytes();
    n2_reserve *r;

    g_assert_cmpint(n2_reserve_new(&r, &env, 4), ==, N2_OK);
    g_assert_cmpuint(used_bytes() - before, <=, sizeof(n2_reserve) + PAGE_BYTES);
    g_assert_cmpint(n2_rows_need(r), ==, N2_OK);
    const row *pair = find("two ports");
    check("a reservation", N2_RESERVES_MAX, used_bytes() - before,
          sizeof(n2_reserve) + pair->most * (pair->bytes + pair->more) +
              (N2_RESERVE_POTS + (1 << 4)) * sizeof(n2_reserve_port));
    n2_reserve_free(r);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/state/stated", test_stated);
    g_test_add_func("/state/trees", test_trees);
    g_test_add_func("/state/labels", test_labels);
    g_test_add_func("/state/reservations", test_reservations);
    return g_test_run();
}
