/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * include.c - puts parts into a page: `![[other]]` and `![[other#section]]`.
 *
 * Only bytes that the caller has handed in are used.  A part may hold parts: the files that are
 * open form a stack, none may be in it twice; their number, depth and bytes are bounded.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/tree.h"

typedef struct {
    n2_page *page;
    const n2_page_context *context;
    const char *open[N2_PAGE_INCLUDE_DEPTH_MAX + 1]; /* paths of the files around */
    guint depth;
    guint n_parts;
    gsize bytes;
} includer;

static void expand(includer *inc, cmark_node *tree);

/* Says after the link in @include why the part is not there. */
static void
explain(cmark_node *include, const char *why)
{
    cmark_node *from = cmark_node_last_child(include);
    g_autofree char *text = g_strconcat(" (", why, ")", NULL);
    cmark_node_append_child(from, n2_node_new_text(text));
}

static gboolean
is_open(const includer *inc, const char *path)
{
    for (guint i = 0; i < inc->depth; i++)
        if (!strcmp(inc->open[i], path))
            return TRUE;
    return FALSE;
}

/* Address of @link's file without query and fragment (transfer full). */
static char *
file_address(const n2_link *link)
{
    return g_strndup(link->address, strcspn(link->address, "?#"));
}

static const n2_page_part *
find_part(const includer *inc, const char *address)
{
    for (guint i = 0; i < inc->context->n_parts; i++)
        if (!strcmp(inc->context->parts[i].address, address))
            return &inc->context->parts[i];
    return NULL;
}

static void
want(includer *inc, const char *address)
{
    GPtrArray *wanted = inc->page->wanted;
    for (guint i = 0; i < wanted->len; i++)
        if (!strcmp(g_ptr_array_index(wanted, i), address))
            return;
    g_ptr_array_add(wanted, g_strdup(address));
}

/* Leaves only @heading and what belongs to it. */
static void
keep_section(cmark_node *tree, cmark_node *heading)
{
    int level = cmark_node_get_heading_level(heading);
    gboolean is_inside = FALSE;
    cmark_node *next;
    for (cmark_node *node = cmark_node_first_child(tree); node; node = next) {
        next = cmark_node_next(node);
        gboolean ends = cmark_node_get_type(node) == CMARK_NODE_HEADING &&
                        cmark_node_get_heading_level(node) <= level;
        is_inside = node == heading || (is_inside && !ends);
        if (!is_inside && n2_node_get_kind(node) != N2_NODE_NOTES)
            n2_node_drop(node);
    }
}

/* Level of the heading that @node stands under, 0 if under none. */
static int
level_around(cmark_node *node)
{
    for (; node; node = cmark_node_parent(node))
        for (cmark_node *before = node; before; before = cmark_node_previous(before))
            if (cmark_node_get_type(before) == CMARK_NODE_HEADING)
                return cmark_node_get_heading_level(before);
    return 0;
}

/* Makes the headings of a part smaller than the one it stands under. */
static void
lower_headings(cmark_node *tree, int around)
{
    for (cmark_node *node = cmark_node_first_child(tree); node; node = cmark_node_next(node))
        if (cmark_node_get_type(node) == CMARK_NODE_HEADING)
            cmark_node_set_heading_level(node,
                                         MIN(cmark_node_get_heading_level(node) + around, 6));
}

static const char *
put_part(includer *inc, cmark_node *include, const n2_link *link, const n2_page_part *part)
{
    const char *fragment = strchr(link->address, '#'), *why = NULL;
    g_autofree char *section =
        fragment && fragment[1] ? g_uri_unescape_string(fragment + 1, NULL) : NULL;
    n2_file file = {.context = inc->context,
                    .path = link->path,
                    .number = inc->n_parts,
                    .section = section};
    cmark_node *tree = n2_file_read(inc->page, part->bytes, part->len, part->format, &file);
    cmark_node *heading = section ? n2_heading_find(tree, section) : NULL;
    cmark_node *from = cmark_node_last_child(include), *child;
    if (section && !heading) {
        why = _("it has no such section");
    } else {
        if (heading)
            keep_section(tree, heading);
        inc->open[inc->depth++] = link->path;
        int above = heading ? cmark_node_get_heading_level(heading) - 1 : 0;
        lower_headings(tree, MAX(level_around(include) - above, 0));
        while ((child = cmark_node_first_child(tree)))
            cmark_node_insert_before(from, child);
        expand(inc, include);
        inc->depth--;
    }
    cmark_node_free(tree);
    return why;
}

/* Why the part that @link leads to is not shown, translated; NULL if it is, or is wanted. */
static const char *
put_include(includer *inc, cmark_node *include, const n2_link *link)
{
    if (link->kind != N2_LINK_SITE || !link->path || !*link->path)
        return _("only files of this site can be a part of it");
    if (link->is_missing)
        return NULL; /* the link says so */
    if (is_open(inc, link->path))
        return _("it would hold itself");
    if (inc->depth > N2_PAGE_INCLUDE_DEPTH_MAX)
        return _("parts in parts in parts, too deep");
    if (inc->n_parts == N2_PAGE_INCLUDES_MAX)
        return _("too many parts");
    inc->n_parts++;
    g_autofree char *address = file_address(link);
    const n2_page_part *part = find_part(inc, address);
    if (!part) {
        want(inc, address);
        return NULL;
    }
    if (!part->bytes)
        return _("it can’t be had");
    if (part->len > N2_PAGE_INCLUDE_BYTES_MAX - inc->bytes)
        return _("too long");
    inc->bytes += part->len;
    return put_part(inc, include, link, part);
}

/* Depth of recursion: N2_PAGE_INCLUDE_DEPTH_MAX. */
static void
expand(includer *inc, cmark_node *tree)
{
    g_autoptr(GPtrArray) includes = g_ptr_array_new();
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && node != tree &&
            n2_node_get_kind(node) == N2_NODE_INCLUDE)
            g_ptr_array_add(includes, node);
    }
    cmark_iter_free(iter);
    for (guint i = 0; i < includes->len; i++) {
        cmark_node *include = g_ptr_array_index(includes, i);
        cmark_node *from = cmark_node_last_child(include);
        const n2_link *link = cmark_node_get_user_data(cmark_node_first_child(from));
        const char *why = put_include(inc, include, link);
        if (why)
            explain(include, why);
    }
}

void
n2_include_pass(n2_page *page, const n2_page_context *context)
{
    includer inc = {.page = page, .context = context, .depth = 1};
    inc.open[0] = context->path ? context->path : "";
    expand(&inc, page->tree);
}
