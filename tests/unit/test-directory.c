/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-directory.c - directories and trees of them: the same bytes for the same files, always.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/directory.h"
#include "crypto/hash.h"

static n2_entry_spec
file(const char *name, guint8 hash)
{
    n2_entry_spec spec = {.name = name, .name_len = strlen(name), .type = N2_ENTRY_FILE};

    spec.ref.id.method = N2_METHOD_SHA256;
    spec.ref.id.hash[0] = hash;
    spec.ref.size = hash;
    return spec;
}

static n2_attr
text_attr(const char *name, const char *value)
{
    return (n2_attr){.name = (const guint8 *)name,
                     .name_len = (guint8)strlen(name),
                     .type = N2_TYPE_TEXT,
                     .value = (const guint8 *)value,
                     .len = (guint16)strlen(value)};
}

/* (transfer full): the directory of @names, in the order given. */
static guint8 *
make(const char *const *names, gsize n, gsize *len)
{
    n2_directory_maker *m = NULL;
    guint8 *bytes = NULL;

    g_assert_cmpint(n2_directory_maker_new(&m, NULL), ==, N2_OK);
    for (gsize i = 0; i < n; i++) {
        n2_entry_spec spec = file(names[i], (guint8)names[i][0]);
        g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_OK);
    }
    g_assert_cmpint(n2_directory_maker_finish(m, &bytes, len), ==, N2_OK);
    n2_directory_maker_free(m);
    return bytes;
}

static void
test_order(void)
{
    static const char *const one[] = {"b", "a", "ab", "B", "\xc3\xa4"};
    static const char *const two[] = {"\xc3\xa4", "ab", "B", "b", "a"};
    static const char *const sorted[] = {"B", "a", "ab", "b", "\xc3\xa4"};
    gsize len_one = 0, len_two = 0, i = 0;
    g_autofree guint8 *first = make(one, 5, &len_one), *second = make(two, 5, &len_two);
    n2_directory dir;
    n2_entry e;

    g_assert_cmpmem(first, len_one, second, len_two);
    g_assert_cmpint(n2_directory_check(&dir, first, len_one, NULL), ==, N2_OK);
    g_assert_cmpuint(dir.n_entries, ==, 5);
    for (size_t at = 0; n2_directory_next(&dir, &at, &e); i++)
        g_assert_cmpmem(e.name, e.name_len, sorted[i], strlen(sorted[i]));
    g_assert_cmpuint(i, ==, 5);
    g_assert_cmpint(n2_directory_find(&dir, "ab", 2, &e), ==, N2_OK);
    g_assert_cmpuint(e.ref.size, ==, 'a');
    g_assert_cmpint(n2_directory_find(&dir, "abc", 3, &e), ==, N2_ERR_NOTFOUND);
    g_assert_null(e.name);
}

static void
test_names(void)
{
    static const char *const bad[] = {"",
                                      ".",
                                      "..",
                                      "a/b",
                                      "a\nb",
                                      "a\tb",
                                      "a\x01",
                                      "\xff",
                                      "\xe2\x80\xae"
                                      "txt.exe"};
    n2_directory_maker *m = NULL;
    g_autofree char *long_name = g_strnfill(256, 'x');

    g_assert_cmpint(n2_directory_maker_new(&m, NULL), ==, N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        n2_entry_spec spec = file(bad[i], 1);
        g_test_message("row %" G_GSIZE_FORMAT, i);
        g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_ERR_FORMAT);
    }
    n2_entry_spec spec = file(long_name, 1);
    g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_ERR_FORMAT);
    spec.name_len = 255;
    g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_OK);
    spec = file("nul", 1);
    spec.name = "a\0b";
    g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_ERR_FORMAT);
    for (guint8 type = 0; type < 6; type++) {
        char name[] = {'t', (char)('0' + type), 0};
        spec = file(name, 1);
        spec.type = type;
        g_assert_cmpint(n2_directory_maker_add(m, &spec), ==,
                        type >= 1 && type <= 3 ? N2_OK : N2_ERR_FORMAT);
    }
    n2_directory_maker_free(m);
}

static void
test_twice(void)
{
    n2_directory_maker *m = NULL;
    guint8 *bytes = NULL;
    gsize len = 0;
    n2_entry_spec spec = file("a", 1);

    g_assert_cmpint(n2_directory_maker_new(&m, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_finish(m, &bytes, &len), ==, N2_ERR_EXISTS);
    n2_directory_maker_free(m);
}

/* A reader refuses what a maker never makes: unsorted, doubled, badly named entries. */
static void
test_foreign(void)
{
    static const struct {
        const char *one, *two;
        gint64 type;
        n2_err want;
    } rows[] = {{"a", "b", 1, N2_OK},           {"b", "a", 1, N2_ERR_FORMAT},
                {"a", "a", 1, N2_ERR_FORMAT},   {"ab", "a", 1, N2_ERR_FORMAT},
                {"a", "..", 1, N2_ERR_FORMAT},  {"a", "b/c", 1, N2_ERR_FORMAT},
                {"a", "b", 4, N2_ERR_FORMAT},   {"a", "b", G_MAXINT64, N2_ERR_FORMAT},
                {"a", "b", -255, N2_ERR_FORMAT}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 buf[1024], one[256];
        n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_DIRECTORY);
        n2_ref ref = {.id.method = 1};
        n2_box box, e;
        n2_directory dir;
        for (int k = 0; k < 2; k++) {
            n2_box_writer inner = n2_box_begin(one, sizeof one, N2_KIND_ENTRY);
            n2_box_put_text(&inner, 1, k ? rows[i].two : rows[i].one);
            n2_box_put_ref(&inner, 2, &ref);
            n2_box_put_int(&inner, 3, rows[i].type);
            g_assert_cmpint(n2_box_end(&inner, &e, NULL), ==, N2_OK);
            n2_box_put_box(&w, 128, &e);
        }
        g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
        g_test_message("row %" G_GSIZE_FORMAT, i);
        g_assert_cmpstr(n2_err_name(n2_directory_check(&dir, buf, box.len, NULL)), ==,
                        n2_err_name(rows[i].want));
    }
}

static void
test_attributes(void)
{
    n2_attr attrs[] = {text_attr("type", "text/plain"), text_attr("a", "1")};
    n2_directory_maker *m = NULL;
    g_autofree guint8 *bytes = NULL;
    gsize len = 0, n = 0;
    n2_entry_spec spec = file("x", 1);
    n2_directory dir;
    n2_entry e;
    n2_attr a;

    spec.attrs = attrs;
    spec.n_attrs = 2;
    g_assert_cmpint(n2_directory_maker_new(&m, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_OK);
    attrs[1] = text_attr("type", "image/png"); /* one attribute, two values */
    spec.name = "y";
    g_assert_cmpint(n2_directory_maker_add(m, &spec), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_directory_maker_finish(m, &bytes, &len), ==, N2_OK);
    n2_directory_maker_free(m);
    g_assert_cmpint(n2_directory_check(&dir, bytes, len, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_find(&dir, "x", 1, &e), ==, N2_OK);
    g_assert_true(n2_entry_attr(&e, N2_ATTR_TYPE, &a));
    g_assert_cmpmem(a.value, a.len, "text/plain", 10);
    g_assert_false(n2_entry_attr(&e, "typ", &a));
    for (size_t at = 0; n2_entry_next_attr(&e, &at, &a);)
        n++;
    g_assert_cmpuint(n, ==, 2);
}

static void
test_with(void)
{
    static const char *const names[] = {"a", "b", "c"};
    static const char *const without[] = {"a", "c"};
    gsize len = 0, got_len = 0, want_len = 0;
    g_autofree guint8 *bytes = make(names, 3, &len), *want = make(without, 2, &want_len);
    g_autofree guint8 *got = NULL, *back = NULL, *changed = NULL;
    n2_entry_spec spec = file("b", 'b');
    n2_directory dir;
    n2_entry e;

    g_assert_cmpint(n2_directory_check(&dir, bytes, len, NULL), ==, N2_OK);
    spec.type = 0; /* away with it */
    g_assert_cmpint(n2_directory_with(&dir, &spec, NULL, &got, &got_len), ==, N2_OK);
    g_assert_cmpmem(got, got_len, want, want_len);
    g_assert_cmpint(n2_directory_check(&dir, got, got_len, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_with(&dir, &spec, NULL, &back, &want_len), ==,
                    N2_ERR_NOTFOUND);
    spec = file("b", 'b');
    g_assert_cmpint(n2_directory_with(&dir, &spec, NULL, &back, &want_len), ==, N2_OK);
    g_assert_cmpmem(back, want_len, bytes, len);
    spec = file("b", 'x');
    g_assert_cmpint(n2_directory_check(&dir, back, want_len, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_with(&dir, &spec, NULL, &changed, &got_len), ==, N2_OK);
    g_assert_cmpint(n2_directory_check(&dir, changed, got_len, NULL), ==, N2_OK);
    g_assert_cmpint(n2_directory_find(&dir, "b", 1, &e), ==, N2_OK);
    g_assert_cmpuint(e.ref.size, ==, 'x');
    g_assert_cmpuint(dir.n_entries, ==, 3);
}

/* ---- trees ---- */

typedef struct {
    GHashTable *kept; /* first bytes of the hash -> bytes */
    guint n;
    guint fail_at;
} shelf;

static n2_err
put(void *user, const uint8_t *bytes, size_t len, n2_ref *ref)
{
    shelf *s = user;

    if (++s->n == s->fail_at)
        return N2_ERR_NOSPACE;
    *ref = (n2_ref){.id.method = N2_METHOD_SHA256, .size = len};
    n2_sha256_of(bytes, len, ref->id.hash);
    g_hash_table_insert(s->kept, g_memdup2(ref, sizeof *ref), g_bytes_new(bytes, len));
    return N2_OK;
}

static guint
hash_ref(gconstpointer p)
{
    guint32 h;

    memcpy(&h, ((const n2_ref *)p)->id.hash, sizeof h);
    return h;
}

static gboolean
equal_ref(gconstpointer a, gconstpointer b)
{
    return n2_ref_equal(a, b);
}

static shelf
shelf_new(void)
{
    return (shelf){.kept = g_hash_table_new_full(hash_ref, equal_ref, g_free,
                                                 (GDestroyNotify)g_bytes_unref)};
}

/* All paths below @dir, one a line. */
static void
list(const shelf *s, const n2_ref *ref, const char *prefix, GString *out)
{
    GBytes *bytes = g_hash_table_lookup(s->kept, ref);
    gsize len = 0;
    n2_directory dir;
    n2_entry e;

    g_assert_nonnull(bytes);
    const guint8 *data = g_bytes_get_data(bytes, &len);
    g_assert_cmpint(n2_directory_check(&dir, data, len, NULL), ==, N2_OK);
    for (size_t at = 0; n2_directory_next(&dir, &at, &e);) {
        g_autofree char *path = g_strdup_printf("%s%.*s", prefix, (int)e.name_len, e.name);
        n2_attr a;
        g_string_append_printf(out, "%s%s%s ", path, e.type == N2_ENTRY_DIR ? "/" : "",
                               n2_entry_attr(&e, "type", &a) ? "*" : "");
        if (e.type == N2_ENTRY_DIR) {
            g_autofree char *deeper = g_strconcat(path, "/", NULL);
            list(s, &e.ref, deeper, out);
        }
    }
}

typedef struct {
    const char *name;
    const char *items; /* blanks between; a '/' at the end: a folder; '*': with an attribute */
    const char *want;  /* paths as walked, or NULL */
    n2_err err;
} tree_row;

static const tree_row trees[] = {
    {"nothing", "", "", N2_OK},
    {"flat", "b a", "a b ", N2_OK},
    {"deep", "a/b/c/d", "a/ a/b/ a/b/c/ a/b/c/d ", N2_OK},
    {"byte-order-of-paths", "a-b a.txt a/x a0", "a/ a/x a-b a.txt a0 ", N2_OK},
    {"up-and-down", "a/b/c a/d e/f g", "a/ a/b/ a/b/c a/d e/ e/f g ", N2_OK},
    {"empty-folder", "a/ b/c/", "a/ b/ b/c/ ", N2_OK},
    {"folder-first", "a/* a/b", "a/* a/b ", N2_OK},
    {"folder-twice", "a/ a/", NULL, N2_ERR_EXISTS},
    {"folder-again", "a/x b a/y", NULL, N2_ERR_EXISTS},
    {"file-twice", "a/x a/x", NULL, N2_ERR_EXISTS},
    {"file-and-folder", "a a/x", NULL, N2_ERR_EXISTS},
    {"empty-name", "a//b", NULL, N2_ERR_FORMAT},
    {"absolute", "/a", NULL, N2_ERR_FORMAT},
    {"up", "a/../b", NULL, N2_ERR_FORMAT},
};

static n2_err
build(shelf *s, const char *items, n2_ref *root)
{
    g_auto(GStrv) list_of = g_strsplit(items, " ", -1);
    n2_attr attr = text_attr("type", "x/y");
    n2_tree_maker *m = NULL;
    n2_err err = n2_tree_maker_new(&m, put, s, NULL);

    for (gsize i = 0; !err && list_of[i] && *items; i++) {
        char *path = list_of[i];
        gsize n_attrs = g_str_has_suffix(path, "*");
        n2_ref ref = {.id.method = 1, .id.hash = {(guint8)i}, .size = i};
        if (n_attrs)
            path[strlen(path) - 1] = '\0';
        gboolean is_dir = g_str_has_suffix(path, "/");
        if (is_dir)
            path[strlen(path) - 1] = '\0';
        err = n2_tree_maker_add(m, path, strlen(path), is_dir ? N2_ENTRY_DIR : N2_ENTRY_FILE,
                                is_dir ? NULL : &ref, &attr, n_attrs);
    }
    if (!err)
        err = n2_tree_maker_finish(m, root);
    n2_tree_maker_free(m);
    return err;
}

static void
test_tree(gconstpointer data)
{
    const tree_row *t = data;
    g_autoptr(GString) got = g_string_new(NULL);
    shelf s = shelf_new();
    n2_ref root;

    g_assert_cmpstr(n2_err_name(build(&s, t->items, &root)), ==, n2_err_name(t->err));
    if (!t->err) {
        list(&s, &root, "", got);
        g_assert_cmpstr(got->str, ==, t->want);
    }
    g_hash_table_unref(s.kept);
}

static void
test_tree_depth(void)
{
    for (guint depth = N2_PATH_DEPTH_MAX; depth <= N2_PATH_DEPTH_MAX + 1; depth++) {
        g_autoptr(GString) path = g_string_new("x");
        shelf s = shelf_new();
        n2_ref root;
        for (guint i = 1; i < depth; i++)
            g_string_append(path, "/x");
        g_assert_cmpint(build(&s, path->str, &root), ==,
                        depth == N2_PATH_DEPTH_MAX ? N2_OK : N2_ERR_LIMIT);
        g_hash_table_unref(s.kept);
    }
}

/* Wherever the shelf refuses, the error comes back and nothing leaks. */
static void
test_tree_fails(void)
{
    for (guint n = 1; n <= 4; n++) {
        shelf s = shelf_new();
        n2_ref root;
        s.fail_at = n;
        g_assert_cmpint(build(&s, "a/b/c d/e", &root), ==, N2_ERR_NOSPACE);
        g_hash_table_unref(s.kept);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/directory/order", test_order);
    g_test_add_func("/crypto/directory/names", test_names);
    g_test_add_func("/crypto/directory/twice", test_twice);
    g_test_add_func("/crypto/directory/foreign", test_foreign);
    g_test_add_func("/crypto/directory/attributes", test_attributes);
    g_test_add_func("/crypto/directory/with", test_with);
    for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
        g_autofree char *path = g_strconcat("/crypto/tree-maker/", trees[i].name, NULL);
        g_test_add_data_func(path, &trees[i], test_tree);
    }
    g_test_add_func("/crypto/tree-maker/depth", test_tree_depth);
    g_test_add_func("/crypto/tree-maker/fails", test_tree_fails);
    return g_test_run();
}
