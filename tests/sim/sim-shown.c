/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-shown.c - whole nodes: an asker shows who it is to whom its user wishes, and to nobody
 * else.
 */
#include "net.h"

enum {
    DELAY_US = 10000
};

static net *
make(unsigned n_switches, n2_shows shows)
{
    net *n = net_new(31 + n_switches, &(net_plan){.n_switches = n_switches,
                                                  .wire = {.delay_us = DELAY_US},
                                                  .file_bytes = 100,
                                                  .shows = shows});

    net_run(n, NET_SECOND_US);
    return n;
}

/* The rows of connections of @end, all opened by end 0. */
static n2_table *
connections(net *n, int end, n2_notice *status)
{
    *status = net_finish(n, end, net_start(n, end, &(n2_request){.kind = N2_JOB_STATUS}), NULL);
    assert_ok(status->err);
    return n2_table_get(status->table, 0, "connections")->table;
}

static void
assert_known(net *n, gboolean is_known)
{
    char id[N2_ID_TEXT_BYTES];
    n2_notice status;
    n2_table *t;

    net_assert_path(n, "", n->page, NET_PAGE_BYTES);
    net_run(n, NET_SECOND_US);
    t = connections(n, 1, &status);
    g_assert_cmpuint(t->n_rows, ==, 1);
    const n2_cell *who = n2_table_get(t, 0, "identity");
    n2_id_format(id, N2_ID_IDENTITY, &n->end[0].id);
    g_assert_cmpint(who != NULL, ==, is_known);
    if (who)
        g_assert_cmpstr(who->text, ==, id);
    g_assert_cmpint(n2_table_get(status.table, 0, "askers_proven")->integer, ==, is_known);
    g_assert_cmpint(n2_table_get(status.table, 0, "askers_not_proven")->integer, ==, 0);
    n2_notice_clear(&status);
    t = connections(n, 0, &status);
    g_assert_cmpuint(t->n_rows, ==, 1);
    g_assert_cmpint(n2_table_get(t, 0, "shown")->integer, ==, is_known);
    n2_notice_clear(&status);
}

static const struct {
    const char *name;
    unsigned n_switches;
    n2_shows shows;
    gboolean is_known;
} rows[] = {
    {"neighbour/nobody", 0, N2_SHOW_NOBODY, FALSE},
    {"neighbour/peers", 0, N2_SHOW_PEERS, TRUE},
    {"neighbour/all", 0, N2_SHOW_ALL, TRUE},
    {"stranger/nobody", 1, N2_SHOW_NOBODY, FALSE},
    {"stranger/peers", 1, N2_SHOW_PEERS, FALSE},
    {"stranger/all", 1, N2_SHOW_ALL, TRUE},
};

static void
test_row(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    net *n = make(rows[i].n_switches, rows[i].shows);

    assert_known(n, rows[i].is_known);
    net_free(n);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/sim/shown/%s", rows[i].name);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    return g_test_run();
}
