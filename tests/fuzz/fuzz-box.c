/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-box.c - any bytes as a box: what is let through has one encoding only.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "grow.h"
#include "wire/box.h"

/* Every value is read as what its type says, every inner box walked. */
static void
read_fields(const n2_box *box, unsigned depth)
{
    n2_field f;
    uint32_t n = 0;

    check(depth <= 4);
    for (size_t at = 0; n2_box_next(box, &at, &f); n++) {
        check(f.value >= box->bytes && f.value + f.len <= box->bytes + box->len);
        n2_field first;
        check(n2_box_find(box, f.number, &first));
        if (f.number >= 192)
            continue;
        if (f.type == N2_TYPE_BOX) {
            n2_box inner = n2_box_of_field(&f), again;
            check(n2_box_check(&again, f.value, f.len, inner.kind, NULL) == N2_OK);
            check(again.n_fields == inner.n_fields);
            read_fields(&inner, depth + 1);
        } else if (f.type == N2_TYPE_ATTRIBUTE) {
            n2_attr a = n2_field_attr(&f);
            check(n2_attr_check(&a, NULL) == N2_OK);
        } else if (f.type == N2_TYPE_KEY) {
            check(n2_key_bytes(n2_field_key(&f).method) + 1 == f.len);
        }
    }
    check(n == box->n_fields);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_box box, again;
    n2_field f;

    if (n2_box_check(&box, data, size, N2_KIND_ANY, NULL) != N2_OK)
        return 0;
    check(box.bytes == data && box.len == size);
    read_fields(&box, 1);
    uint8_t *buf = malloc(size);
    check(buf);
    n2_box_writer w = n2_box_begin(buf, size, box.kind);
    for (size_t at = 0; n2_box_next(&box, &at, &f);)
        n2_box_put(&w, f.number, f.type, f.value, f.len);
    check(n2_box_end(&w, &again, NULL) == N2_OK);
    check(again.len == size && memcmp(buf, data, size) == 0);
    free(buf);
    return 0;
}

#ifdef N2_FUZZER
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return grow_mutate(data, size, max_size, seed, 0, NULL);
}
#endif
