/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-merge-histories.c - devices that change a tree apart and meet at random: all come to the
 *                          same bytes, in whatever order they hear, and nothing that was
 * written is lost (attack 52).
 */
#include <glib.h>
#include <string.h>

#include "merge-world.h"

/* ---- random histories ---- */

enum {
    DEVICES = 4,
    STEPS = 14,
    FILES = 5
};

typedef struct {
    n2_head tips[64];
    size_t n;
} Device;

static void
learn(Device *d, const n2_head *head, MergeWorld *w)
{
    n2_head all[128];
    size_t n = 0;

    for (; n < d->n; n++)
        all[n] = d->tips[n];
    all[n++] = *head;
    g_assert_cmpint(n2_merge_tips(all, &n), ==, N2_OK);
    /* ancestors further up */
    d->n = 0;
    for (size_t k = 0; k < n; k++) {
        const n2_merge_io io = merge_io(w);
        uint8_t missing[N2_HASH_BYTES];
        bool is_old = false;
        n2_head base;

        for (size_t m = 0; m < n && !is_old; m++) {
            if (m == k)
                continue;
            g_assert_cmpint(n2_merge_base(&io, &all[m], 1, &all[k], false, &base, missing), ==,
                            N2_OK);
            is_old = base.counter && !n2_head_compare(&base, &all[k]);
        }
        if (!is_old)
            d->tips[d->n++] = all[k];
    }
}

/* Paths, and the texts there: "path" -> "text". */
static GHashTable *
files_of(MergeWorld *w, const n2_ref *root)
{
    GHashTable *out = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *words = merge_words(w, root);
    g_auto(GStrv) all = g_strsplit(words, " ", -1);
    GString *name = g_string_new(NULL);

    /* a name may hold a space: a word without '=' or '/' at its end goes on */
    for (char **word = all; *word; word++) {
        g_string_append_printf(name, "%s%s", name->len ? " " : "", *word);
        char *equals = strchr(name->str, '=');
        if (equals)
            g_hash_table_insert(out, g_strndup(name->str, (gsize)(equals - name->str)),
                                g_strdup(equals + 1));
        if (equals || g_str_has_suffix(*word, "/"))
            g_string_truncate(name, 0);
    }
    g_string_free(name, TRUE);
    return out;
}

static n2_ref
plant_files(MergeWorld *w, GHashTable *files)
{
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(files), (GCompareFunc)strcmp);
    n2_tree_maker *m;
    n2_ref root, ref;

    g_assert_cmpint(n2_tree_maker_new(&m, merge_put, w, NULL), ==, N2_OK);
    for (GList *k = keys; k; k = k->next) {
        const char *text = g_hash_table_lookup(files, k->data);

        g_assert_cmpint(merge_put(w, (const guint8 *)text, strlen(text), &ref), ==, N2_OK);
        g_assert_cmpint(
            n2_tree_maker_add(m, k->data, strlen(k->data), N2_ENTRY_FILE, &ref, NULL, 0), ==,
            N2_OK);
    }
    g_assert_cmpint(n2_tree_maker_finish(m, &root), ==, N2_OK);
    n2_tree_maker_free(m);
    return root;
}

static bool
has_text(GHashTable *files, const char *text)
{
    GHashTableIter i;
    gpointer value;

    g_hash_table_iter_init(&i, files);
    while (g_hash_table_iter_next(&i, NULL, &value))
        if (!strcmp(value, text))
            return true;
    return false;
}

/* Every text that a side wrote is in the merge; what nobody touched is there too. */
static void
check_kept(MergeWorld *w, const n2_head *sides, const n2_head *base, const n2_ref *merged)
{
    g_autoptr(GHashTable) out = files_of(w, merged);
    n2_ref none = merge_plant(w, "");
    g_autoptr(GHashTable) old = files_of(w, base->counter ? &base->root : &none);

    for (int s = 0; s < 2; s++) {
        g_autoptr(GHashTable) mine = files_of(w, &sides[s].root);
        g_autoptr(GHashTable) others = files_of(w, &sides[1 - s].root);
        GHashTableIter i;
        gpointer path, text;

        g_hash_table_iter_init(&i, mine);
        while (g_hash_table_iter_next(&i, &path, &text)) {
            const char *was = g_hash_table_lookup(old, path);
            const char *there = g_hash_table_lookup(others, path);

            if (!was || strcmp(was, text) != 0 || (there && !strcmp(there, text)))
                g_assert_true(has_text(out, text));
        }
    }
}

static n2_head
merge_two(MergeWorld *w, const n2_head *a, const n2_head *b)
{
    const n2_merge_io io = merge_io(w);
    uint8_t missing[N2_HASH_BYTES];
    n2_head both[] = {*a, *b}, turned[] = {*b, *a}, out, again, base;

    g_assert_cmpint(n2_merge_heads(&io, both, 2, false, &out, missing), ==, N2_OK);
    g_assert_cmpint(n2_merge_heads(&io, turned, 2, false, &again, missing), ==, N2_OK);
    out = merge_seal(w, &out);
    again = merge_seal(w, &again);
    g_assert_cmpmem(out.hash, N2_HASH_BYTES, again.hash, N2_HASH_BYTES);
    g_assert_cmpint(n2_merge_base(&io, a, 1, b, false, &base, missing), ==, N2_OK);
    check_kept(w, both, &base, &out.root);
    return out;
}

static void
edit(MergeWorld *w, Device *d, GRand *rand, guint step, guint number)
{
    static const char *const paths[FILES] = {"a.md", "b", "d/a", "d/c", "d/e/f"};
    n2_ref none = merge_plant(w, ""), root;
    g_autoptr(GHashTable) files = files_of(w, d->n ? &d->tips[0].root : &none);
    g_autofree char *device = g_strdup_printf("m%u", number);

    for (int n = g_rand_int_range(rand, 1, 4); n; n--) {
        const char *path = paths[g_rand_int_range(rand, 0, FILES)];

        if (g_rand_int_range(rand, 0, 4))
            g_hash_table_insert(files, g_strdup(path),
                                g_strdup_printf("%u-%u-%d", number, step, n));
        else
            g_hash_table_remove(files, path);
    }
    root = plant_files(w, files);
    const n2_head *parents[] = {&d->tips[0]};
    n2_head head = merge_make_head(w, &root, parents, d->n ? 1 : 0, step, device);
    learn(d, &head, w);
}

static void
settle(MergeWorld *w, Device *d)
{
    while (d->n > 1) {
        n2_head merged = merge_two(w, &d->tips[0], &d->tips[1]);

        learn(d, &merged, w);
    }
}

/* @seed: of what happens; @order: of who hears of it when. */
static n2_head
live(MergeWorld *w, guint seed, guint order)
{
    GRand *rand = g_rand_new_with_seed(seed), *turns = g_rand_new_with_seed(order);
    g_autofree Device *devices = g_new0(Device, DEVICES);
    n2_head last;

    for (guint step = 0; step < STEPS; step++) {
        guint who = (guint)g_rand_int_range(rand, 0, DEVICES);

        edit(w, &devices[who], rand, step, who);
        if (!g_rand_int_range(rand, 0, 3)) { /* two meet, and one of them merges */
            guint to = (guint)g_rand_int_range(rand, 0, DEVICES);

            for (size_t i = 0; i < devices[who].n; i++)
                learn(&devices[to], &devices[who].tips[i], w);
            if (g_rand_int_range(rand, 0, 2))
                settle(w, &devices[to]);
        }
    }
    /* All hear of all, each in an order of its own; what they make of it is the same. */
    n2_head all[DEVICES * 64];
    size_t n = 0;
    for (guint i = 0; i < DEVICES; i++)
        for (size_t k = 0; k < devices[i].n; k++)
            all[n++] = devices[i].tips[k];
    for (guint i = 0; i < DEVICES; i++) {
        for (size_t left = n; left; left--) {
            size_t at = (size_t)g_rand_int_range(turns, 0, (gint32)left);
            n2_head swap = all[at];

            all[at] = all[left - 1];
            all[left - 1] = swap;
            learn(&devices[i], &swap, w);
        }
        settle(w, &devices[i]);
        g_assert_cmpuint(devices[i].n, ==, 1);
        if (i)
            g_assert_cmpmem(devices[i].tips[0].hash, N2_HASH_BYTES, last.hash, N2_HASH_BYTES);
        last = devices[i].tips[0];
    }
    g_rand_free(rand);
    g_rand_free(turns);
    return last;
}

static void
test_histories(void)
{
    guint first = g_test_rand_int() ? (guint)g_test_rand_int_range(0, 1 << 20) : 0;

    g_test_message("seeds from %u", first);
    for (guint seed = first; seed < first + 8; seed++) {
        MergeWorld *w = merge_world_new();
        n2_head one = live(w, seed, 1), two = live(w, seed, 2);

        g_assert_cmpmem(one.hash, N2_HASH_BYTES, two.hash, N2_HASH_BYTES);
        merge_world_free(w);
    }
}

/* Attack 52: a thousand heads at once.  Eight at a time, in whatever order they came. */
static void
test_thousand(void)
{
    enum {
        HEADS = 1000
    };
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    const n2_ref root = merge_plant(w, "a=1");
    n2_head first = merge_make_head(w, &root, NULL, 0, 0, "first"), done[2];
    g_autofree n2_head *all = g_new0(n2_head, 2 * HEADS);
    uint8_t missing[N2_HASH_BYTES];

    for (int order = 0; order < 2; order++) {
        size_t n = HEADS, rounds = 0;

        for (guint i = 0; i < HEADS; i++) {
            guint at = order ? HEADS - 1 - i : i;
            g_autofree char *words = g_strdup_printf("a=1 f%02u/%03u=%u", at % 32, at, at);
            n2_ref mine = merge_plant(w, words);

            all[i] = merge_make_head(w, &mine, (const n2_head *[]){&first}, 1, at % 7, "m");
        }
        g_assert_cmpint(n2_merge_tips(all, &n), ==, N2_OK);
        while (n > 1) {
            size_t some = n < N2_HEAD_PARENTS_MAX ? n : N2_HEAD_PARENTS_MAX;

            g_assert_cmpint(n2_merge_heads(&io, all, some, false, &all[n], missing), ==, N2_OK);
            all[n] = merge_seal(w, &all[n]);
            n++;
            g_assert_cmpint(n2_merge_tips(all, &n), ==, N2_OK);
            rounds++;
        }
        g_assert_cmpuint(rounds, ==,
                         (HEADS - 1 + N2_HEAD_PARENTS_MAX - 2) / (N2_HEAD_PARENTS_MAX - 1));
        done[order] = all[0];
    }
    g_assert_cmpmem(done[0].hash, N2_HASH_BYTES, done[1].hash, N2_HASH_BYTES);
    g_autoptr(GHashTable) files = files_of(w, &done[0].root);
    g_assert_cmpuint(g_hash_table_size(files), ==, HEADS + 1);
    merge_world_free(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/merge-histories/random", test_histories);
    g_test_add_func("/merge-histories/attack-52-thousand-heads", test_thousand);
    return g_test_run();
}
