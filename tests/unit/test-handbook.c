/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-handbook.c - the handbook holds together: every link and section exists, every page is
 * reached, and what the programs point to is there.
 */
#include <glib.h>
#include <string.h>

#include "render/html.h"

enum {
    PAGES = 13,
    SECTIONS = 15 /* that errors and warnings of the browser lead to */
};

typedef struct {
    char *folder;
    GHashTable *pages; /* "/name.md" -> its whole HTML */
    GPtrArray *wanted; /* of char *: "/name.md#section" */
    GHashTable *linked;
} handbook;

static n2_exists
has(const char *path, void *user)
{
    g_autofree char *file = g_strconcat(user, path, NULL);
    return g_file_test(file, G_FILE_TEST_EXISTS) ? N2_EXISTS_YES : N2_EXISTS_NO;
}

static void
check_links(handbook *h, const char *path, const n2_page *page)
{
    const GPtrArray *links = n2_page_peek_links(page);
    for (guint i = 0; i < links->len; i++) {
        const n2_link *link = g_ptr_array_index(links, i);
        const char *fragment = strchr(link->href, '#');
        const char *target = link->kind == N2_LINK_HERE ? path : link->path;
        if (link->is_missing || link->kind == N2_LINK_REFUSED ||
            link->kind == N2_LINK_FOREIGN || link->kind == N2_LINK_OUTSIDE)
            g_error("%s leads to %s", path, link->href);
        if (target)
            g_hash_table_add(h->linked, g_strdup(target));
        if (target && fragment)
            g_ptr_array_add(h->wanted, g_strconcat(target, fragment, NULL));
    }
}

static void
read_page(handbook *h, const char *name)
{
    g_autofree char *file = g_build_filename(h->folder, name, NULL);
    g_autofree char *path = g_strconcat("/", name, NULL);
    g_autofree char *text = NULL;
    gsize len;
    n2_page_context context = {
        .origin = "net2o://handbook.demo", .path = path, .exists = has, .user = h->folder};
    g_assert_true(g_file_get_contents(file, &text, &len, NULL));
    g_autoptr(n2_page) page = n2_page_read(text, len, N2_PAGE_MARKDOWN, &context);
    check_links(h, path, page);
    g_hash_table_insert(h->pages, g_strdup(path), g_string_free(n2_page_html(page), FALSE));
}

static void
check_section(const handbook *h, const char *address)
{
    const char *fragment = strchr(address, '#');
    g_autofree char *path = g_strndup(address, (gsize)(fragment - address));
    g_autofree char *id = g_strdup_printf(" id=\"%s\"", fragment + 1);
    const char *html = g_hash_table_lookup(h->pages, path);
    if (!html || !strstr(html, id))
        g_error("there is no section %s", address);
}

/* Sections that the browser's errors lead to, by its own list or its translation: how many. */
static guint
check_browser(const handbook *h, const char *source, const char *list, const char *prefix)
{
    g_autofree char *file = g_build_filename(source, list, NULL);
    g_autofree char *text = NULL;
    guint n = 0;

    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    for (const char *p = strstr(text, prefix); p; p = strstr(p + 1, prefix)) {
        const char *section = strchr(p, '"') + 1;
        g_autofree char *address =
            g_strdup_printf("/%.*s", (int)strcspn(section, "\""), section);
        check_section(h, address);
        n++;
    }
    return n;
}

static void
check_codes(const handbook *h, const char *page)
{
    const char *errors = g_hash_table_lookup(h->pages, page);

    g_assert_nonnull(errors);
    for (guint code = 0; code <= 8; code++) {
        g_autofree char *heading = g_strdup_printf("\">%u: ", code);
        g_assert_nonnull(strstr(errors, heading));
    }
}

static void
test_handbook(void)
{
    const char *source = g_getenv("N2_SOURCE");
    handbook h = {
        .folder = g_build_filename(source, "app", "handbook", NULL),
        .pages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .wanted = g_ptr_array_new_with_free_func(g_free),
        .linked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    g_autoptr(GDir) dir = g_dir_open(h.folder, 0, NULL);
    GHashTableIter iter;
    gpointer path;
    const char *name;

    while ((name = g_dir_read_name(dir)))
        read_page(&h, name);
    g_assert_cmpuint(g_hash_table_size(h.pages), ==, PAGES);
    for (guint i = 0; i < h.wanted->len; i++)
        check_section(&h, g_ptr_array_index(h.wanted, i));
    g_hash_table_iter_init(&iter, h.pages);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        if (!g_hash_table_contains(h.linked, path))
            g_error("nothing leads to %s", (const char *)path);

    check_codes(&h, "/errors.md");
    check_codes(&h, "/errors.de.md");
    guint n = check_browser(&h, source, "app/model/failure.c", "\"troubleshooting.md#");
    n += check_browser(&h, source, "app/views/warn-view.c", "\"troubleshooting.md#");
    g_assert_cmpuint(n, ==, SECTIONS);
    n = check_browser(&h, source, "po/de.po", "msgstr \"troubleshooting.de.md#");
    g_assert_cmpuint(n, ==, SECTIONS);

    g_free(h.folder);
    g_hash_table_unref(h.pages);
    g_ptr_array_unref(h.wanted);
    g_hash_table_unref(h.linked);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/handbook/holds-together", test_handbook);
    return g_test_run();
}
