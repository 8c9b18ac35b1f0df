/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-render-parts.c - a page that holds others, which hold others: each is there once in a
 *                       row, and none but those that were given.
 *
 * Texts between zero bytes: the page, then its parts 1.md, 2.md, ...; the first byte says which
 * of them can't be had.
 */
#include "render-any.h"

enum {
    PARTS_MAX = 6
};

typedef struct {
    n2_page_part part[PARTS_MAX];
    char *address[PARTS_MAX];
    uint8_t *bytes[PARTS_MAX];
    guint n;
} parts;

static n2_exists
is_there(const char *path, void *user)
{
    (void)has(path, user);
    return g_str_has_suffix(path, ".md") ? N2_EXISTS_YES : N2_EXISTS_NO;
}

static void
cut(parts *p, const uint8_t *data, size_t size, uint8_t missing)
{
    while (p->n < PARTS_MAX && size) {
        const uint8_t *end = memchr(data, 0, size);
        size_t len = end ? (size_t)(end - data) : size;

        p->address[p->n] = g_strdup_printf("net2o://fuzz.test/a/%u.md", p->n + 1);
        p->bytes[p->n] = fuzz_copy(data, len);
        p->part[p->n] = (n2_page_part){.address = p->address[p->n],
                                       .bytes = missing >> p->n & 1 ? NULL : p->bytes[p->n],
                                       .len = len,
                                       .format = p->n == 3 ? N2_PAGE_WIKI : N2_PAGE_MARKDOWN};
        p->n++;
        size -= len;
        data += len;
        if (end) {
            data++;
            size--;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    n2_page_context context = {
        .origin = "net2o://fuzz.test", .path = "/a/0.md", .name = "0.md", .exists = is_there};
    parts p = {.n = 0};

    if (!size || size > 1 << 15)
        return 0;
    const uint8_t *end = memchr(data + 1, 0, size - 1);
    size_t len = end ? (size_t)(end - data) - 1 : size - 1;

    if (end)
        cut(&p, end + 1, size - len - 2, data[0]);
    context.parts = p.part;
    context.n_parts = p.n;
    n2_page *page = n2_page_read(data + 1, len, N2_PAGE_MARKDOWN, &context);

    check(n2_page_peek_wanted(page)->len <= N2_PAGE_INCLUDES_MAX);
    for (guint i = 0; i < n2_page_peek_wanted(page)->len; i++)
        for (guint k = 0; k < p.n; k++)
            check(strcmp(g_ptr_array_index(n2_page_peek_wanted(page), i), p.address[k]) != 0);
    check_page(page);
    n2_page_free(page);
    for (guint i = 0; i < p.n; i++) {
        g_free(p.address[i]);
        free(p.bytes[i]);
    }
    return 0;
}
