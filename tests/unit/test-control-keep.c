/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-keep.c - what is pinned is here, all of it, and stays; and why something is
 *                       here is said in full.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "site.h"

static n2_notice
ask(site *s, n2_job_kind kind, const char *address)
{
    return two_nodes_do(s->w, 0, &(n2_request){.kind = kind, .address = address});
}

static const char *
text(const n2_notice *done, size_t row, const char *name)
{
    const n2_cell *cell = n2_table_get(done->table, row, name);

    return cell ? cell->text : NULL;
}

static n2_object_state
state_at(site *s, const char *hash)
{
    n2_object found;
    n2_id id;

    assert_ok(n2_id_parse(&id, N2_ID_CONTENT, hash, strlen(hash)));
    assert_ok(n2_store_find(s->w->node[0].store.store, &id, &found));
    return found.state;
}

/* Pins the whole site; its hash. */
static char *
pin_all(site *s)
{
    g_autofree char *address = two_nodes_address(s->w, 1, "");
    n2_notice done = ask(s, N2_JOB_PIN, address);

    assert_ok(done.err);
    g_assert_cmpint(n2_table_get(done.table, 0, "files")->integer, ==, 5);
    g_assert_true(g_str_has_prefix(text(&done, 0, "address"), "net2o://h1-"));
    char *hash = g_strdup(text(&done, 0, "hash"));

    n2_notice_clear(&done);
    return hash;
}

static void
test_tree(void)
{
    site s;

    site_init(&s, 41);
    two_nodes_meet(s.w);
    g_autofree char *hash = pin_all(&s);
    g_autofree char *address = g_strconcat("net2o://", hash, NULL);

    /* The author is gone: all of it is here, though only the pin was asked for. */
    s.w->is_dead = s.w->is_silent = TRUE;
    s.w->now_us += N2_MINUTE_US;
    two_nodes_assert_page(s.w, 0, 1, "sub/big.bin", s.big, BIG_BYTES);
    two_nodes_assert_page(s.w, 0, 1, "sub/leafy", s.leafy, LEAFY_BYTES);
    n2_notice why = ask(&s, N2_JOB_WHY, address);

    assert_ok(why.err);
    gboolean is_pinned = FALSE;
    for (size_t i = 0; i < why.table->n_rows; i++)
        is_pinned = is_pinned || (!g_strcmp0(text(&why, i, "kind"), "pin") &&
                                  !g_strcmp0(text(&why, i, "hash"), hash));
    g_assert_true(is_pinned);
    n2_notice_clear(&why);
    site_clear(&s);
}

/* P4: what two keep lies there once, each pays in full, and it goes with the last. */
static void
test_unpin(void)
{
    site s;
    int64_t cache;

    site_init(&s, 42);
    two_nodes_meet(s.w);
    g_autofree char *hash = pin_all(&s);
    g_autofree char *address = g_strconcat("net2o://", hash, NULL);
    n2_store *store = s.w->node[0].store.store;
    n2_notice owners = ask(&s, N2_JOB_WHY, "");
    gint64 pins = 0, read = 0;

    assert_ok(owners.err);
    for (size_t i = 0; i < owners.table->n_rows; i++) {
        gint64 used = n2_table_get(owners.table, i, "used")->integer;

        if (!g_strcmp0(text(&owners, i, "kind"), "pin"))
            pins = used;
        if (!g_strcmp0(text(&owners, i, "kind"), "cache"))
            read += used;
    }
    g_assert_cmpint(pins, >, BIG_BYTES + LEAFY_BYTES);
    g_assert_cmpint(read, ==, pins);
    n2_notice_clear(&owners);

    /* The cache lets go of all; the pin holds. */
    assert_ok(n2_store_owner(store, N2_OWNER_CACHE, "cache", 0, &cache));
    g_autoptr(GPtrArray) slots = g_ptr_array_new_with_free_func(g_free);
    owners = ask(&s, N2_JOB_WHY, address);
    for (size_t i = 0; i < owners.table->n_rows; i++)
        if (!g_strcmp0(text(&owners, i, "kind"), "cache"))
            g_ptr_array_add(slots, g_strdup(text(&owners, i, "slot")));
    n2_notice_clear(&owners);
    for (guint i = 0; i < slots->len; i++)
        assert_ok(n2_store_ref_drop(store, cache, slots->pdata[i]));
    fixture_collect_all(&s.w->node[0].store);
    g_assert_cmpint(state_at(&s, hash), ==, N2_OBJECT_WHOLE);

    n2_notice done = ask(&s, N2_JOB_UNPIN, address);
    assert_ok(done.err);
    g_assert_cmpstr(text(&done, 0, "hash"), ==, hash);
    n2_notice_clear(&done);
    fixture_collect_all(&s.w->node[0].store);
    g_assert_cmpint(state_at(&s, hash), ==, N2_OBJECT_ABSENT);
    done = ask(&s, N2_JOB_UNPIN, address);
    g_assert_cmpint(done.err, ==, N2_ERR_NOTFOUND);
    n2_notice_clear(&done);
    done = ask(&s, N2_JOB_WHY, address);
    g_assert_cmpint(done.err, ==, N2_ERR_NOTFOUND);
    n2_notice_clear(&done);
    site_clear(&s);
}

/* attack 54: who serves the folder has not got its files: the pin fails, and none is left. */
static void
test_half_a_tree(void)
{
    site s;

    site_init(&s, 43);
    two_nodes_meet(s.w);
    g_autofree char *address = two_nodes_address(s.w, 1, "");
    s.w->wrong_bytes = TRUE;
    n2_notice done = ask(&s, N2_JOB_PIN, address);

    g_assert_cmpint(done.err, !=, N2_OK);
    n2_notice_clear(&done);
    n2_notice owners = ask(&s, N2_JOB_WHY, "");

    for (size_t i = 0; i < owners.table->n_rows; i++)
        if (!g_strcmp0(text(&owners, i, "kind"), "pin"))
            g_assert_cmpint(n2_table_get(owners.table, i, "used")->integer, ==, 0);
    n2_notice_clear(&owners);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/node/keep/tree", test_tree);
    g_test_add_func("/node/keep/unpin", test_unpin);
    g_test_add_func("/node/keep/attack-54-half-a-tree", test_half_a_tree);
    return g_test_run();
}
