/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-access-large.c - who may read a large tree is worked out in time that grows as the tree
 *                       does, and no faster.
 */
#include "crypto/access.h"
#include "two-nodes.h"

/* The store's inside and the tables of answers have rows of one name. */
#define n2_row n2_store_row
#include "store/db.h"
#undef n2_row

enum {
    FOLDERS = 8
};

/* Steps of the database for one change of a rule in a tree of @n files. */
static guint64
steps_for(guint n)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    two_nodes *w = two_nodes_new(n);
    char me[N2_ID_TEXT_BYTES];
    guint64 steps = 0;

    for (guint i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("%u/%04u", i * FOLDERS / n, i);
        archive_add(archive, 2, path, (const guint8 *)path, strlen(path));
    }
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(w, 1, archive, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
    n2_id_format(me, N2_ID_IDENTITY, &w->node[0].id);
    g_autofree char *address = two_nodes_address(w, 1, "5");
    done = two_nodes_do(
        w, 1,
        &(n2_request){
            .kind = N2_JOB_ATTR_SET, .address = address, .name = N2_ATTR_ACCESS, .value = me});
    assert_ok(done.err);
    n2_notice_clear(&done);
    sqlite3_stmt *const *s = w->node[1].store.store->statements;
    for (int sql = N2_SQL_REALM_BELOW; sql <= N2_SQL_MEMBER_COMES; sql++)
        if (s[sql])
            steps += (guint64)sqlite3_stmt_status(s[sql], SQLITE_STMTSTATUS_VM_STEP, 0);
    two_nodes_free(w);
    return steps;
}

static void
test_grows(void)
{
    guint64 small = steps_for(200), large = steps_for(800);

    g_test_message("%" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT " steps", small, large);
    g_assert_cmpuint(small, >, 200);
    g_assert_cmpuint(large, <, 5 * small);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/access/large/grows", test_grows);
    return g_test_run();
}
