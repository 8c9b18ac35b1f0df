/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-archive.c - an archive stream: taken whole or in pieces it makes the same tree, or the
 * same refusal; a tree that was made can be walked.
 */
#include <stdlib.h>
#include <string.h>

#include "empty-store.h"
#include "fuzz.h"
#include "share/publish.h"

static void
walk(n2_store *store, const n2_id *root, unsigned depth)
{
    n2_view view;
    n2_directory dir;
    n2_entry entry;

    check(depth <= 64 + 1);
    check(!n2_store_map(store, root, &view));
    check(!n2_directory_check(&dir, view.bytes, view.len, NULL));
    for (size_t at = 0; n2_directory_next(&dir, &at, &entry);) {
        check(entry.name_len && !memchr(entry.name, '/', entry.name_len));
        if (entry.type == N2_ENTRY_DIR)
            walk(store, &entry.ref.id, depth + 1);
    }
    n2_store_unmap(store, &view);
}

/* Feeds in pieces of @piece bytes. */
static n2_err
feed(const uint8_t *data, size_t size, size_t piece, n2_publish_info *info, bool *ended)
{
    static const n2_id who = {.method = N2_METHOD_SHA256, .hash = {1}};
    empty_store s;
    n2_publish *p;
    n2_err err = N2_OK;

    empty_store_open(&s);
    check(!n2_publish_new(&p, s.store, &who, NULL));
    for (size_t at = 0; at < size && !err; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        uint8_t *exact = malloc(len);

        check(exact);
        memcpy(exact, data + at, len);
        err = n2_publish_step(p, exact, len);
        free(exact);
    }
    n2_publish_info_get(p, info);
    *ended = n2_publish_has_ended(p);
    check(!err || !*ended);
    if (*ended) {
        check(!n2_store_flush(s.store));
        walk(s.store, &info->root.id, 0);
    }
    n2_publish_free(p);
    empty_store_close(&s);
    return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_publish_info whole = {0};
    n2_publish_info pieces = {0};
    bool whole_ended;
    bool pieces_ended;
    n2_err err = feed(data, size, size ? size : 1, &whole, &whole_ended);

    check(feed(data, size, 1 + size / 7, &pieces, &pieces_ended) == err);
    check(whole_ended == pieces_ended);
    check(n2_ref_equal(&whole.root, &pieces.root) && whole.n_files == pieces.n_files);
    return 0;
}
