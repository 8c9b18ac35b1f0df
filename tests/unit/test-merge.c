/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-merge.c - heads that don't know of each other become one: what stays of each entry,
 * under which name, for whom, and what they come from.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "merge-world.h"
#include "protocol-page.h"

/* ---- entry by entry ---- */

static void
test_entries(void)
{
    static const struct {
        const char *what, *base, *high, *low, *merged;
    } rows[] = {
        {"nothing changed", "a=1", "a=1", "a=1", "a=1"},
        {"changed above", "a=1", "a=2", "a=1", "a=2"},
        {"changed below", "a=1", "a=1", "a=2", "a=2"},
        {"the same on both", "a=1", "a=2", "a=2", "a=2"},
        {"made above", "", "a=1", "", "a=1"},
        {"made below", "", "", "a=1", "a=1"},
        {"both make another", "", "a=1", "b=1", "a=1 b=1"},
        {"gone above", "a=1 b=1", "b=1", "a=1 b=1", "b=1"},
        {"gone below", "a=1 b=1", "a=1 b=1", "b=1", "b=1"},
        {"gone on both", "a=1 b=1", "b=1", "b=1", "b=1"},
        {"gone against changed", "a=1 b=1", "b=1", "a=2 b=1", "a=2 b=1"},
        {"gone against another time", "a=1:modified=1 b=1", "b=1", "a=1:modified=2 b=1", "b=1"},
        {"gone against another word", "a=1:x=1 b=1", "b=1", "a=1:x=2 b=1", "a=1:x=2 b=1"},
        {"changed against gone", "a=1 b=1", "a=2 b=1", "b=1", "a=2 b=1"},
        {"both change it", "a.md=1", "a.md=2", "a.md=3", "a (laptop, 2026-11-23).md=3 a.md=2"},
        {"both make it", "", "a.md=2", "a.md=3", "a (laptop, 2026-11-23).md=3 a.md=2"},
        {"without an ending", "", "a=2", "a=3", "a=2 a (laptop, 2026-11-23)=3"},
        {"a dot in front is no ending", "", ".a=2", ".a=3", ".a=2 .a (laptop, 2026-11-23)=3"},
        {"of several endings the last", "", "a.tar.gz=2", "a.tar.gz=3",
         "a.tar (laptop, 2026-11-23).gz=3 a.tar.gz=2"},
        {"the name is taken", "", "a=2", "a=3", "a=2 a (laptop, 2026-11-23)=3"},
        {"folders go down", "d/a=1 d/b=1", "d/a=2 d/b=1", "d/a=1 d/b=2", "d/ d/a=2 d/b=2"},
        {"folders made on both", "", "d/a=1", "d/b=1", "d/ d/a=1 d/b=1"},
        {"deep", "c/d/e/f=1 x=1", "c/d/e/f=2 x=1", "c/d/e/f=1 c/d/e/g=1 x=2",
         "c/ c/d/ c/d/e/ c/d/e/f=2 c/d/e/g=1 x=2"},
        {"a folder gone against changed", "d/a=1 d/b=1 x=1", "x=1", "d/a=2 d/b=1 x=1",
         "d/ d/a=2 d/b=1 x=1"},
        {"an empty folder stays", "d/a=1", "d/", "d/a=1 x=1", "d/ x=1"},
        {"a file against a folder", "", "a=1", "a/b=1",
         "a=1 a (laptop, 2026-11-23)/ "
         "a (laptop, 2026-11-23)/b=1"},
        {"a folder against a file", "", "a/b=1", "a=1", "a/ a/b=1 a (laptop, 2026-11-23)=1"},
        {"a file became a folder, the other changed it", "a=1", "a/b=1", "a=2",
         "a/ a/b=1 a (laptop, 2026-11-23)=2"},
        {"attributes one by one", "a=1:x=1", "a=1:y=1", "a=1:x=2", "a=1:x=2:y=1"},
        {"of one on both the higher's", "a=1:x=1", "a=1:x=2", "a=1:x=3", "a=1:x=2"},
        {"an attribute gone", "a=1:x=1", "a=1", "a=1:x=1", "a=1"},
        {"content above, attribute below", "a=1:x=1", "a=2:x=1", "a=1:x=2", "a=2:x=2"},
        {"content below, attribute above", "a=1:x=1", "a=1:x=2", "a=2:x=1", "a=2:x=2"},
        {"attribute of a folder", "d/:x=1 d/a=1", "d/:x=2 d/a=1", "d/:x=1 d/a=2",
         "d/:x=2 d/a=2"},
        /* who may read */
        {"closed above", "d/ d/a=1", "d/@family d/a=1", "d/ d/a=1 d/b=1",
         "d/@family d/a=1 d/b=1"},
        {"closed below", "d/ d/a=1", "d/ d/a=1 d/b=1", "d/@family d/a=1",
         "d/@family d/a=1 d/b=1"},
        {"opened against added", "d/@family d/a=1", "d/ d/a=1", "d/@family d/a=1 d/b=secret",
         "d/@family d/a=1 d/b=secret"},
        {"opened with a word against added", "d/@family d/a=1", "d/@public d/a=1",
         "d/@family d/a=1 d/b=secret", "d/@family d/a=1 d/b=secret"},
        {"opened, and nothing came", "d/@family d/a=1 x=1", "d/ d/a=1 x=1",
         "d/@family d/a=1 x=2", "d/ d/a=1 x=2"},
        {"another list against added", "d/@family d/a=1", "d/@friends d/a=1",
         "d/@family d/a=1 d/b=1", "d/@nobody d/a=1 d/b=1"},
        {"another list, and nothing came", "d/@family d/a=1 x=1", "d/@friends d/a=1 x=1",
         "d/@family d/a=1 x=2", "d/@friends d/a=1 x=2"},
        {"a word below a folder that closes", "d/ d/s/ d/s/a=1", "d/@family d/s/ d/s/a=1",
         "d/ d/s/@public d/s/a=1", "d/@family d/s/ d/s/a=1"},
        {"two files keep their own", "a=1", "a=2@family", "a=3",
         "a=2@family a (laptop, 2026-11-23)=3"},
        {"moved into an open folder", "c/@family c/a=1 o/b=1", "c/@family o/a=1 o/b=1",
         "c/@family c/a=2 o/b=1", "c/@family c/a=2 o/ o/a=1 o/b=1"},
    };
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const n2_head low = {.made_us = MERGE_NOON_US, .device = "laptop"};
        n2_merge_tree base = {.root = merge_plant(w, rows[i].base)};
        n2_merge_tree high = {.root = merge_plant(w, rows[i].high)}, out;
        n2_merge_tree below = {.root = merge_plant(w, rows[i].low)};

        g_test_message("%s", rows[i].what);
        g_assert_cmpint(n2_merge_trees(&io, &base, &high, &below, &low, &out), ==, N2_OK);
        g_autofree char *words = merge_words(w, &out.root);
        /* folders that say nothing are listed all the same: the rows name those they mean */
        n2_ref expected;
        g_autofree char *want = NULL;
        if (strchr(rows[i].merged, '(')) {
            want = g_strdup(rows[i].merged);
        } else {
            expected = merge_plant(w, rows[i].merged);
            want = merge_words(w, &expected);
        }
        g_assert_cmpstr(words, ==, want);
        g_assert_false(out.access.id.method);
    }
    merge_world_free(w);
}

/* A name is cut before its letters are, and is never one that is there. */
static void
test_names(void)
{
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    g_autofree char *many = g_strnfill(250, 'x');
    GString *wide = g_string_new(NULL);
    n2_head low = {.made_us = MERGE_NOON_US, .device = "laptop"};
    n2_merge_tree base = {0}, out;

    for (int i = 0; i < 83; i++)
        g_string_append(wide, "\xe2\x82\xac"); /* of three bytes */
    for (int i = 0; i < 2; i++) {
        const char *name = i ? wide->str : many;
        g_autofree char *one = g_strdup_printf("%s.md=1", name);
        g_autofree char *two = g_strdup_printf("%s.md=2", name);
        n2_merge_tree h = {.root = merge_plant(w, one)}, l = {.root = merge_plant(w, two)};

        g_assert_cmpint(n2_merge_trees(&io, &base, &h, &l, &low, &out), ==, N2_OK);
        g_autofree char *words = merge_words(w, &out.root);
        g_assert_nonnull(strstr(words, " (laptop, 2026-11-23).md=2"));
        g_assert_nonnull(strstr(words, one));
        g_assert_true(g_utf8_validate(words, -1, NULL));
    }
    g_string_free(wide, TRUE);
    /* Names as devices have them are no paths, and no tricks. */
    static const char *const odd[] = {"", "a/b", "\xe2\x80\xae", "x\ny"};
    for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
        n2_merge_tree h = {.root = merge_plant(w, "a=1")}, l = {.root = merge_plant(w, "a=2")};

        g_strlcpy(low.device, odd[i], sizeof low.device);
        low.hash[0] = 0xab;
        g_assert_cmpint(n2_merge_trees(&io, &base, &h, &l, &low, &out), ==, N2_OK);
        g_autofree char *words = merge_words(w, &out.root);
        g_assert_cmpstr(words, ==, "a=1 a (ab000000, 2026-11-23)=2");
    }
    merge_world_free(w);
}

/* The name is there already, of either side: it gets a number. */
static void
test_name_taken(void)
{
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    const n2_head low = {.made_us = MERGE_NOON_US, .device = "x"};
    n2_directory_maker *m;
    n2_merge_tree base = {0}, sides[2] = {base, base}, out;

    for (int s = 0; s < 2; s++) {
        g_autofree uint8_t *bytes = NULL;
        const char *other = s ? "a (x, 2026-11-23)" : "a (x, 2026-11-23 2)";
        size_t len;
        n2_entry_spec spec = {.name = "a", .name_len = 1, .type = N2_ENTRY_FILE};

        g_assert_cmpint(n2_directory_maker_new(&m, NULL), ==, N2_OK);
        g_assert_cmpint(merge_put(w, (const guint8 *)(s ? "l" : "h"), 1, &spec.ref), ==, N2_OK);
        g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_OK);
        spec.name = other;
        spec.name_len = strlen(other);
        g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_OK);
        g_assert_cmpint(n2_directory_maker_finish(m, &bytes, &len), ==, N2_OK);
        g_assert_cmpint(merge_put(w, bytes, len, &sides[s].root), ==, N2_OK);
        n2_directory_maker_free(m);
    }
    g_assert_cmpint(n2_merge_trees(&io, &base, &sides[0], &sides[1], &low, &out), ==, N2_OK);
    g_autofree char *words = merge_words(w, &out.root);
    g_assert_cmpstr(words, ==,
                    "a=h a (x, 2026-11-23 2)=h a (x, 2026-11-23 3)=l "
                    "a (x, 2026-11-23)=l");
    merge_world_free(w);
}

/* The whole tree of either side may be closed, by its head. */
static void
test_top(void)
{
    static const struct {
        const char *base, *high, *low, *merged;
    } rows[] = {
        {"", "", "", ""},
        {"", "family", "", "family"},
        {"", "", "family", "family"},
        {"family", "", "family", "family"},
        {"family", "family", "", "family"},
        {"family", "", "", ""},
        {"", "family", "family", "family"},
        {"", "family", "friends", "nobody"},
    };
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    const n2_head low = {.made_us = MERGE_NOON_US};
    const n2_ref none = merge_plant(w, "");

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *rules[] = {rows[i].base, rows[i].high, rows[i].low, rows[i].merged};
        const char *trees[] = {"a=1", "a=1 b=1", "a=1 c=1", ""};
        n2_merge_tree t[4] = {{{{0}, 0}, {{0}, 0}}}, out;

        for (int k = 0; k < 4; k++) {
            t[k].root = merge_plant(w, trees[k]);
            if (!strcmp(rules[k], "nobody"))
                t[k].access = none;
            else if (*rules[k])
                t[k].access = merge_ref(rules[k]);
        }
        g_test_message("row %" G_GSIZE_FORMAT, i);
        g_assert_cmpint(n2_merge_trees(&io, &t[0], &t[1], &t[2], &low, &out), ==, N2_OK);
        g_assert_true(n2_ref_equal(&out.access, &t[3].access));
    }
    merge_world_free(w);
}

/* ---- what they come from ---- */

static void
test_base(void)
{
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    const n2_ref root = merge_plant(w, "a=1");
    uint8_t missing[N2_HASH_BYTES];
    n2_head base, a, b, c, d, e, f, lone;

    a = merge_make_head(w, &root, NULL, 0, 1, "a");
    b = merge_make_head(w, &root, (const n2_head *[]){&a}, 1, 2, "b");
    c = merge_make_head(w, &root, (const n2_head *[]){&b}, 1, 3, "c");
    d = merge_make_head(w, &root, (const n2_head *[]){&b}, 1, 3, "d");
    lone = merge_make_head(w, &root, NULL, 0, 9, "lone");
    g_assert_cmpint(n2_merge_base(&io, &c, 1, &d, false, &base, missing), ==, N2_OK);
    g_assert_cmpmem(base.hash, N2_HASH_BYTES, b.hash, N2_HASH_BYTES);
    /* one is the other's ancestor */
    g_assert_cmpint(n2_merge_base(&io, &d, 1, &a, false, &base, missing), ==, N2_OK);
    g_assert_cmpmem(base.hash, N2_HASH_BYTES, a.hash, N2_HASH_BYTES);
    g_assert_cmpint(n2_merge_base(&io, &c, 1, &lone, false, &base, missing), ==, N2_OK);
    g_assert_cmpuint(base.counter, ==, 0);
    /* criss-cross: two that are as near, and the higher counts, from either side */
    e = merge_make_head(w, &root, (const n2_head *[]){&c, &d}, 2, 4, "e");
    f = merge_make_head(w, &root, (const n2_head *[]){&d, &c}, 2, 4, "f");
    const n2_head *higher = n2_head_compare(&c, &d) > 0 ? &c : &d;
    g_assert_cmpint(n2_merge_base(&io, &e, 1, &f, false, &base, missing), ==, N2_OK);
    g_assert_cmpmem(base.hash, N2_HASH_BYTES, higher->hash, N2_HASH_BYTES);
    g_assert_cmpint(n2_merge_base(&io, &f, 1, &e, false, &base, missing), ==, N2_OK);
    g_assert_cmpmem(base.hash, N2_HASH_BYTES, higher->hash, N2_HASH_BYTES);
    /* what is not known here may be it */
    g_autofree char *key = merge_key(b.hash);
    g_hash_table_remove(w->heads, key);
    g_assert_cmpint(n2_merge_base(&io, &c, 1, &d, false, &base, missing), ==, N2_ERR_NOTFOUND);
    g_assert_cmpmem(missing, N2_HASH_BYTES, b.hash, N2_HASH_BYTES);
    g_assert_cmpint(n2_merge_base(&io, &c, 1, &d, true, &base, missing), ==, N2_OK);
    g_assert_cmpuint(base.counter, ==, 0);
    /* but not if a nearer one is known: it can't be above that */
    g_assert_cmpint(n2_merge_base(&io, &e, 1, &f, false, &base, missing), ==, N2_OK);
    g_assert_cmpmem(base.hash, N2_HASH_BYTES, higher->hash, N2_HASH_BYTES);
    merge_world_free(w);
}

/* Who signs heads can say what he likes of their counters; the walk ends. */
static void
test_base_lies(void)
{
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    const n2_ref root = merge_plant(w, "a=1");
    uint8_t missing[N2_HASH_BYTES];
    n2_head base, last = merge_make_head(w, &root, NULL, 0, 0, ""), first = last, other;

    /* a parent that is above its child is no parent */
    n2_head high = merge_make_head(w, &root, (const n2_head *[]){&first}, 1, 1, "");
    n2_head lie = {.branch = N2_BRANCH_MAIN, .counter = 2, .root = root, .n_parents = 1};
    memcpy(lie.parents[0], high.hash, N2_HASH_BYTES);
    lie.who = first.who;
    lie = merge_seal(w, &lie);
    g_assert_cmpint(n2_merge_base(&io, &lie, 1, &high, true, &base, missing), ==, N2_OK);
    g_assert_cmpuint(base.counter, ==, 0);
    /* further than anybody goes */
    for (int i = 0; i < N2_MERGE_WALK_MAX; i++)
        last = merge_make_head(w, &root, (const n2_head *[]){&last}, 1, 1, "");
    other = merge_make_head(w, &root, (const n2_head *[]){&first}, 1, 5, "");
    g_assert_cmpint(n2_merge_base(&io, &last, 1, &other, false, &base, missing), ==,
                    N2_ERR_LIMIT);
    merge_world_free(w);
}

static void
test_tips(void)
{
    MergeWorld *w = merge_world_new();
    const n2_ref root = merge_plant(w, "a=1");
    n2_head a = merge_make_head(w, &root, NULL, 0, 1, "a");
    n2_head b = merge_make_head(w, &root, (const n2_head *[]){&a}, 1, 2, "b");
    n2_head c = merge_make_head(w, &root, (const n2_head *[]){&a}, 1, 3, "c");
    n2_head d = merge_make_head(w, &root, (const n2_head *[]){&b}, 1, 4, "d");
    n2_head all[] = {a, b, c, d, c, a};
    size_t n = G_N_ELEMENTS(all);

    g_assert_cmpint(n2_merge_tips(all, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpmem(all[0].hash, N2_HASH_BYTES, d.hash, N2_HASH_BYTES);
    g_assert_cmpmem(all[1].hash, N2_HASH_BYTES, c.hash, N2_HASH_BYTES);
    merge_world_free(w);
}

static void
test_heads_refused(void)
{
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    const n2_ref root = merge_plant(w, "a=1");
    uint8_t missing[N2_HASH_BYTES];
    n2_head out, a = merge_make_head(w, &root, NULL, 0, 1, "a"), b = a, many[9];
    n2_head c = merge_make_head(w, &root, NULL, 0, 2, "c");

    g_assert_cmpint(n2_merge_heads(&io, &a, 1, false, &out, missing), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_merge_heads(&io, many, 9, false, &out, missing), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_merge_heads(&io, (n2_head[]){a, b}, 2, false, &out, missing), ==,
                    N2_ERR_USAGE);
    b = c;
    b.who.hash[0] ^= 1;
    g_assert_cmpint(n2_merge_heads(&io, (n2_head[]){a, b}, 2, false, &out, missing), ==,
                    N2_ERR_USAGE);
    b = c;
    b.branch[0] = 'x';
    g_assert_cmpint(n2_merge_heads(&io, (n2_head[]){a, b}, 2, false, &out, missing), ==,
                    N2_ERR_USAGE);
    g_assert_cmpint(n2_merge_heads(&io, (n2_head[]){a, c}, 2, false, &out, missing), ==, N2_OK);
    g_assert_cmpuint(out.counter, ==, 2);
    g_assert_cmpuint(out.n_parents, ==, 2);
    g_assert_cmpint(out.made_us, ==, c.made_us);
    merge_world_free(w);
}

/* A folder that is not here ends it, and nothing is made. */
static void
test_missing(void)
{
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    const n2_head low = {.made_us = MERGE_NOON_US};
    n2_merge_tree base = {0}, h = {.root = merge_plant(w, "a=1")},
                  l = {.root = merge_plant(w, "b=1")}, out;
    g_autofree char *key = merge_key(l.root.id.hash);

    g_hash_table_remove(w->contents, key);
    g_assert_cmpint(n2_merge_trees(&io, &base, &h, &l, &low, &out), ==, N2_ERR_NOTFOUND);
    merge_world_free(w);
}

/* The example of PROTOCOL.md. */
static void
test_page(void)
{
    static const guint8 who[N2_HASH_BYTES] = {0xe9, 0x85, 0xb4, 0x51, 0x7b, 0x86, 0x91, 0x04,
                                              0x51, 0xaf, 0xde, 0x67, 0x21, 0xbf, 0x36, 0x66,
                                              0x90, 0xd9, 0x6c, 0x78, 0xcf, 0x0d, 0x8e, 0x87,
                                              0x07, 0x5c, 0x40, 0x74, 0x33, 0x1f, 0xae, 0xa3};
    static const char *const trees[] = {"a.md=1", "a.md=2 b=2", "a.md=3"};
    MergeWorld *w = merge_world_new();
    const n2_merge_io io = merge_io(w);
    n2_head heads[3], out;
    uint8_t missing[N2_HASH_BYTES], buf[512];
    n2_view view;
    n2_box body;

    for (int i = 0; i < 3; i++) {
        n2_head h = {.branch = N2_BRANCH_MAIN,
                     .counter = i ? 2 : 1,
                     .n_parents = i ? 1 : 0,
                     .root = merge_plant(w, trees[i]),
                     .made_us = INT64_C(1767355200000000)};

        h.who.method = N2_METHOD_SHA256;
        memcpy(h.who.hash, who, sizeof who);
        memcpy(h.parents[0], heads[0].hash, N2_HASH_BYTES);
        if (i == 2)
            g_strlcpy(h.device, "laptop", sizeof h.device);
        heads[i] = merge_seal(w, &h);
        g_assert_cmpint(N2_OK, ==, n2_head_body(buf, sizeof buf, &h, &body));
        if (i)
            protocol_page_expect("head of one device", body.bytes, body.len);
    }
    g_assert_cmpint(N2_OK, ==, n2_merge_heads(&io, &heads[1], 2, false, &out, missing));
    g_assert_cmpint(N2_OK, ==, io.map(w, &out.root, &view));
    protocol_page_expect("merged folder", view.bytes, view.len);
    g_assert_cmpint(N2_OK, ==, n2_head_body(buf, sizeof buf, &out, &body));
    protocol_page_expect("merged head", body.bytes, body.len);
    merge_world_free(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/merge/entries", test_entries);
    g_test_add_func("/merge/page", test_page);
    g_test_add_func("/merge/names", test_names);
    g_test_add_func("/merge/name-taken", test_name_taken);
    g_test_add_func("/merge/top", test_top);
    g_test_add_func("/merge/base", test_base);
    g_test_add_func("/merge/base-lies", test_base_lies);
    g_test_add_func("/merge/tips", test_tips);
    g_test_add_func("/merge/heads-refused", test_heads_refused);
    g_test_add_func("/merge/missing", test_missing);
    return g_test_run();
}
