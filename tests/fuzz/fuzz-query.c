/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-query.c - any text as a query, run over a small store: it is refused where it is wrong,
 *                or SQLite takes all that is made of it, and one answer comes; and any text as
 * a page: only its own characters, no controls.
 */
#include "crypto/directory.h"
#include "empty-store.h"
#include "store/plain.h"
#include "store/query.h"

static const char *const pages[] = {"# Frogs\n\nIn the *pond*.\n", "Newts | and `more`\n"};

static void
put_tree(n2_store *store)
{
    static const uint8_t year[8] = {0, 0, 0, 0, 0, 0, 7, 180};
    const n2_attr attrs[] = {{.name = (const uint8_t *)"artist",
                              .name_len = 6,
                              .type = N2_TYPE_TEXT,
                              .value = (const uint8_t *)"can",
                              .len = 3},
                             {.name = (const uint8_t *)"year",
                              .name_len = 4,
                              .type = N2_TYPE_INT,
                              .value = year,
                              .len = 8}};
    static const char *const paths[] = {"frogs.md", "a/newts.md"};
    n2_batch *batch = NULL;
    n2_tree_maker *maker = NULL;
    bool more = true;
    int64_t owner;
    n2_ref ref;

    check(!n2_store_owner(store, N2_OWNER_TREE, "k1-me", 0, &owner));
    check(!n2_batch_new(&batch, store, N2_REALM_PUBLIC));
    check(!n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL));
    for (int i = 0; i < 2; i++) {
        check(!n2_batch_put(batch, N2_METHOD_SHA256, pages[i], strlen(pages[i]),
                            N2_CONTENT_PLAIN, &ref));
        check(!n2_tree_maker_add(maker, paths[i], strlen(paths[i]), N2_ENTRY_FILE, &ref, attrs,
                                 2));
    }
    check(!n2_tree_maker_finish(maker, &ref));
    n2_tree_maker_free(maker);
    check(!n2_batch_commit(batch,
                           &(n2_batch_end){.owner = owner, .slot = "main/1", .root = ref.id}));
    n2_batch_free(batch);
    while (more)
        check(!n2_store_tend(store, &more));
}

static bool
hit_cb(void *user, const n2_store_hit *hit)
{
    check(n2_utf8_is_valid(hit->path, strlen(hit->path)) && hit->type && hit->top_owner);
    ++*(size_t *)user;
    return true;
}

static void
read_page(const uint8_t *data, size_t size)
{
    n2_plain plain;

    check(!n2_plain_read(&plain, data, size));
    check(plain.len <= 2 * size && n2_utf8_is_valid(plain.text, plain.len));
    for (size_t i = 0; i < plain.len; i++)
        check((uint8_t)plain.text[i] >= ' ' && plain.text[i] != 0x7f);
    check(strlen(plain.title) < N2_PLAIN_TITLE_BYTES &&
          n2_utf8_is_valid(plain.title, strlen(plain.title)));
    n2_plain_clear(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static empty_store store;
    n2_store_found found;
    size_t n = 0;

    if (!store.store) {
        empty_store_open(&store);
        put_tree(store.store);
    }
    uint8_t *copy = fuzz_copy(data, size);
    n2_store_search s = {.text = (const char *)copy, .len = size, .is_own = size & 1, .max = 3};
    n2_err err = n2_store_query(store.store, &s, hit_cb, &n, &found);
    check(!err || err == N2_ERR_FORMAT || err == N2_ERR_LIMIT);
    check(found.n_hits == n && n <= 3 && (!err || !n) && found.wrong_at <= size);
    read_page(copy, size);
    free(copy);
    return 0;
}
