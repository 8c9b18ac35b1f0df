/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * merge-world.c - heads and trees in memory.
 */
#include "merge-world.h"

#include <string.h>

#include "crypto/tree.h"

char *
merge_key(const uint8_t *hash)
{
    char *s = g_malloc0(2 * N2_HASH_BYTES + 1);

    for (int i = 0; i < 2 * N2_HASH_BYTES; i++)
        s[i] = "0123456789abcdef"[hash[i / 2] >> (i % 2 ? 0 : 4) & 15];
    return s;
}

MergeWorld *
merge_world_new(void)
{
    MergeWorld *w = g_new0(MergeWorld, 1);

    w->contents =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    w->heads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return w;
}

void
merge_world_free(MergeWorld *w)
{
    g_hash_table_unref(w->contents);
    g_hash_table_unref(w->heads);
    g_free(w);
}

static void
hash(const guint8 *bytes, gsize len, guint8 root[static N2_HASH_BYTES])
{
    n2_crypto crypto;

    g_assert_cmpint(n2_crypto_init(&crypto, N2_IMPL_BEST), ==, N2_OK);
    n2_tree_root_of(&crypto, N2_METHOD_SHA256, bytes, len, root);
    n2_crypto_clear(&crypto);
}

n2_err
merge_put(void *user, const uint8_t *bytes, size_t len, n2_ref *ref)
{
    MergeWorld *w = user;

    *ref = (n2_ref){.id.method = N2_METHOD_SHA256, .size = len};
    hash(bytes, len, ref->id.hash);
    g_hash_table_insert(w->contents, merge_key(ref->id.hash), g_bytes_new(bytes, len));
    return N2_OK;
}

static n2_err
map(void *user, const n2_ref *folder, n2_view *view)
{
    MergeWorld *w = user;
    g_autofree char *key = merge_key(folder->id.hash);
    GBytes *b = g_hash_table_lookup(w->contents, key);

    if (!b)
        return N2_ERR_NOTFOUND;
    *view = (n2_view){.bytes = g_bytes_get_data(b, NULL), .len = g_bytes_get_size(b)};
    return N2_OK;
}

static void
unmap(void *user, n2_view *view)
{
    (void)user;
    *view = (n2_view){0};
}

static n2_err
head_of(void *user, const uint8_t hash[static N2_HASH_BYTES], n2_head *head)
{
    MergeWorld *w = user;
    g_autofree char *key = merge_key(hash);
    const n2_head *found = g_hash_table_lookup(w->heads, key);

    if (!found)
        return N2_ERR_NOTFOUND;
    *head = *found;
    return N2_OK;
}

n2_merge_io
merge_io(MergeWorld *w)
{
    return (n2_merge_io){
        .user = w, .head = head_of, .map = map, .unmap = unmap, .put = merge_put};
}

/* The head as it is once its body is written, known in @w. */
n2_head
merge_seal(MergeWorld *w, const n2_head *head)
{
    uint8_t buf[1024];
    n2_box body;
    n2_head read;

    g_assert_cmpint(n2_head_body(buf, sizeof buf, head, &body), ==, N2_OK);
    g_assert_cmpint(n2_head_read(&read, &body), ==, N2_OK);
    g_hash_table_insert(w->heads, merge_key(read.hash), g_memdup2(&read, sizeof read));
    return read;
}

n2_head
merge_make_head(MergeWorld *w,
                const n2_ref *root,
                const n2_head *const *parents,
                size_t n,
                guint day,
                const char *device)
{
    n2_head h = {.branch = N2_BRANCH_MAIN,
                 .counter = 1,
                 .root = *root,
                 .made_us = MERGE_NOON_US + (gint64)day * MERGE_DAY_US,
                 .n_parents = n};

    h.who.method = N2_METHOD_SHA256;
    g_strlcpy(h.device, device, sizeof h.device);
    for (size_t i = 0; i < n; i++) {
        memcpy(h.parents[i], parents[i]->hash, N2_HASH_BYTES);
        if (parents[i]->counter >= h.counter)
            h.counter = parents[i]->counter + 1;
    }
    return merge_seal(w, &h);
}

/* ---- trees as words: "a/b=content@rule:attribute=value" ---- */

n2_ref
merge_ref(const char *text)
{
    n2_ref ref = {.id.method = N2_METHOD_SHA256, .size = strlen(text)};

    hash((const guint8 *)text, strlen(text), ref.id.hash);
    return ref;
}

static char *
text_of(MergeWorld *w, const n2_ref *ref)
{
    g_autofree char *key = merge_key(ref->id.hash);
    GBytes *b = g_hash_table_lookup(w->contents, key);

    return b ? g_strndup(g_bytes_get_data(b, NULL), g_bytes_get_size(b)) : g_strdup("?");
}

/* The value of a rule: "public", or the reference to a list of this name. */
static n2_attr
access_attr(const char *rule, uint8_t list[static N2_REF_BYTES])
{
    n2_attr a = {.name = (const guint8 *)N2_ATTR_ACCESS,
                 .name_len = sizeof N2_ATTR_ACCESS - 1,
                 .type = N2_TYPE_TEXT,
                 .value = (const guint8 *)rule,
                 .len = (guint16)strlen(rule)};

    if (strcmp(rule, "public") != 0 && strcmp(rule, "nobody") != 0) {
        n2_ref ref = merge_ref(rule);

        memset(list, 0, N2_REF_BYTES);
        list[0] = ref.id.method;
        memcpy(list + 1, ref.id.hash, N2_HASH_BYTES);
        list[N2_REF_BYTES - 1] = (guint8)ref.size;
        a.type = N2_TYPE_REF;
        a.value = list;
        a.len = N2_REF_BYTES;
    }
    return a;
}

/* @words: sorted as a walk of the tree is; a folder is named before what is in it, as "a/". */
n2_ref
merge_plant(MergeWorld *w, const char *words)
{
    g_auto(GStrv) all = g_strsplit(words, " ", -1);
    n2_tree_maker *m;
    n2_ref root;

    g_assert_cmpint(n2_tree_maker_new(&m, merge_put, w, NULL), ==, N2_OK);
    for (char **word = all; *word && **word; word++) {
        uint8_t list[N2_REF_BYTES];
        n2_attr attrs[2];
        size_t n = 0;
        n2_ref ref;
        char *attr = strchr(*word, ':');

        if (attr) {
            char *value = strchr(attr, '=');

            *attr++ = 0;
            *value++ = 0;
            attrs[n++] = (n2_attr){.name = (guint8 *)attr,
                                   .name_len = (guint8)strlen(attr),
                                   .type = N2_TYPE_TEXT,
                                   .value = (guint8 *)value,
                                   .len = (guint16)strlen(value)};
        }
        char *rule = strchr(*word, '@');
        if (rule) {
            *rule++ = 0;
            attrs[n++] = access_attr(rule, list);
        }
        char *text = strchr(*word, '=');
        if (text)
            *text++ = 0;
        bool is_folder = g_str_has_suffix(*word, "/");
        if (is_folder)
            (*word)[strlen(*word) - 1] = 0;
        else
            g_assert_cmpint(merge_put(w, (guint8 *)text, strlen(text), &ref), ==, N2_OK);
        g_assert_cmpint(n2_tree_maker_add(m, *word, strlen(*word),
                                          is_folder ? N2_ENTRY_DIR : N2_ENTRY_FILE,
                                          is_folder ? NULL : &ref, attrs, n),
                        ==, N2_OK);
    }
    g_assert_cmpint(n2_tree_maker_finish(m, &root), ==, N2_OK);
    n2_tree_maker_free(m);
    return root;
}

static const char *
rule_of(const n2_entry *e)
{
    static const char *const lists[] = {"family", "friends", "work"};
    n2_ref list;
    n2_access kind = n2_access_of(e, &list);

    for (size_t i = 0; kind == N2_ACCESS_LIST && i < G_N_ELEMENTS(lists); i++) {
        n2_ref ref = merge_ref(lists[i]);

        if (n2_ref_equal(&ref, &list))
            return lists[i];
    }
    return kind == N2_ACCESS_AS_ABOVE ? NULL
           : kind == N2_ACCESS_PUBLIC ? "public"
           : kind == N2_ACCESS_LIST   ? "?"
                                      : "nobody";
}

/* What a tree holds, in the words of merge_plant(): of folders only those that say something.
 */
static void
list_tree(MergeWorld *w, const n2_ref *root, const char *above, GString *out)
{
    n2_view view;
    n2_directory dir;
    n2_entry e;

    g_assert_cmpint(map(w, root, &view), ==, N2_OK);
    g_assert_cmpint(n2_directory_check(&dir, view.bytes, view.len, NULL), ==, N2_OK);
    for (size_t at = 0; n2_directory_next(&dir, &at, &e);) {
        g_autofree char *path = g_strdup_printf("%s%.*s", above, (int)e.name_len, e.name);
        g_autofree char *below = g_strdup_printf("%s/", path);
        const char *rule = rule_of(&e);
        n2_attr a;

        if (e.type == N2_ENTRY_FILE) {
            g_autofree char *text = text_of(w, &e.ref);
            g_string_append_printf(out, "%s=%s", path, text);
        } else {
            g_string_append(out, below);
        }
        if (rule)
            g_string_append_printf(out, "@%s", rule);
        for (size_t i = 0; n2_entry_next_attr(&e, &i, &a);)
            if (a.name_len != sizeof N2_ATTR_ACCESS - 1 || memcmp(a.name, "access", 6) != 0)
                g_string_append_printf(out, ":%.*s=%.*s", a.name_len, a.name, a.len, a.value);
        g_string_append_c(out, ' ');
        if (e.type == N2_ENTRY_DIR)
            list_tree(w, &e.ref, below, out);
    }
}

char *
merge_words(MergeWorld *w, const n2_ref *root)
{
    GString *out = g_string_new(NULL);

    list_tree(w, root, "", out);
    if (out->len)
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}
