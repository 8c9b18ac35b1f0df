/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-directory.c - any bytes as a directory, or (first byte odd) as the paths of a tree.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"
#include "crypto/hash.h"
#include "fuzz.h"
#include "grow.h"

enum {
    ATTRS_MAX = 64
};

/* With any entry put in the place of itself it is the same directory. */
static void
try_directory(const uint8_t *data, size_t size)
{
    n2_directory dir;
    n2_entry e, found;
    uint8_t *bytes = NULL;
    size_t len = 0;

    if (n2_directory_check(&dir, data, size, NULL) != N2_OK)
        return;
    for (size_t at = 0; n2_directory_next(&dir, &at, &e);) {
        n2_attr attrs[ATTRS_MAX], a;
        n2_entry_spec spec = {.name = e.name,
                              .name_len = e.name_len,
                              .type = e.type,
                              .ref = e.ref,
                              .attrs = attrs};
        for (size_t k = 0; spec.n_attrs < ATTRS_MAX && n2_entry_next_attr(&e, &k, &a);)
            attrs[spec.n_attrs++] = a;
        check(n2_directory_find(&dir, e.name, e.name_len, &found) == N2_OK);
        check(found.name == e.name);
        if (spec.n_attrs == ATTRS_MAX || e.box.n_fields != 3 + spec.n_attrs)
            continue; /* fields that this program ignores */
        if (n2_directory_with(&dir, &spec, NULL, &bytes, &len) != N2_OK)
            continue;       /* so large that it does not go through a maker */
        check(len <= size); /* less only by ignored fields of the directory */
        if (len == size)
            check(memcmp(bytes, data, len) == 0);
        free(bytes);
    }
}

static n2_err
put(void *user, const uint8_t *bytes, size_t len, n2_ref *ref)
{
    n2_directory dir;

    (void)user;
    check(n2_directory_check(&dir, bytes, len, NULL) == N2_OK);
    *ref = (n2_ref){.id.method = N2_METHOD_SHA256, .size = len};
    n2_sha256_of(bytes, len, ref->id.hash);
    return N2_OK;
}

/* Lines are paths; one that ends in '/' is a folder. */
static void
try_tree(const uint8_t *data, size_t size)
{
    n2_tree_maker *m = NULL;
    n2_ref ref = {.id.method = N2_METHOD_SHA256}, root;
    n2_err err = n2_tree_maker_new(&m, put, NULL, NULL);

    while (!err && size) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t len = end ? (size_t)(end - data) : size;
        bool is_dir = len && data[len - 1] == '/';
        err = n2_tree_maker_add(m, (const char *)data, len - is_dir,
                                is_dir ? N2_ENTRY_DIR : N2_ENTRY_FILE, is_dir ? NULL : &ref,
                                NULL, 0);
        len += end != NULL;
        data += len;
        size -= len;
    }
    if (!err)
        err = n2_tree_maker_finish(m, &root);
    n2_tree_maker_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (data[0] & 1)
        try_tree(data + 1, size - 1);
    else
        try_directory(data + 1, size - 1);
    return 0;
}

#ifdef N2_FUZZER
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return grow_mutate(data, size, max_size, seed, 1, (const uint8_t[]){N2_KIND_DIRECTORY, 0});
}
#endif
