/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link.c - where a page's links lead, and which of them a page may have.
 */
#include "render/tree.h"

#include <string.h>

/* A target that `[[name]]` made and that the link pass still has to resolve. */
#define WIKI_SCHEME "n2wiki:"

static const char *const suffixes[] = {"", ".md", ".wiki", ".markdown", ".txt"};

static gboolean
is_scheme_char(char c)
{
    return g_ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
}

/* Length of the scheme with its colon, 0 if @href has none.  Blanks and controls count as
 * part of it, as browsers skip some of them: "java\nscript:" is a scheme, a refused one. */
static gsize
scheme_length(const char *href)
{
    gsize i = 0;
    while (is_scheme_char(href[i]) || (href[i] > 0 && href[i] <= ' '))
        i++;
    return i && href[i] == ':' ? i + 1 : 0;
}

static gboolean
has_scheme(const char *href, const char *scheme)
{
    return !g_ascii_strncasecmp(href, scheme, strlen(scheme));
}

/* Whether a page may name @href's scheme, of @len bytes with its colon, in a link.  Nobody here
 * follows such a link, but somebody may copy it: what runs, or reads the reader's own files, is
 * not among them.  cmark refuses the first four in its safe mode. */
static gboolean
may_name(const char *href, gsize len)
{
    static const char *const refused[] = {"javascript:", "vbscript:",   "file:",  "data:",
                                          "blob:",       "filesystem:", "about:", "net2o:"};
    if (!g_ascii_isalpha(*href))
        return FALSE;
    for (gsize i = 0; i + 1 < len; i++)
        if (!is_scheme_char(href[i]))
            return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++)
        if (has_scheme(href, refused[i]))
            return FALSE;
    return TRUE;
}

/* Takes "." and ".." out of an absolute path; never goes above "/" (transfer full). */
static char *
normalise(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    gboolean is_folder = TRUE;
    for (guint i = 0; parts[i]; i++) {
        gboolean up = !strcmp(parts[i], "..");
        is_folder = up || !*parts[i] || !strcmp(parts[i], ".");
        if (up && kept->len)
            g_ptr_array_set_size(kept, (int)kept->len - 1);
        else if (!is_folder)
            g_ptr_array_add(kept, parts[i]);
    }
    GString *out = g_string_new("/");
    for (guint i = 0; i < kept->len; i++)
        g_string_append_printf(out, i ? "/%s" : "%s", (char *)g_ptr_array_index(kept, i));
    if (is_folder && kept->len)
        g_string_append_c(out, '/');
    return g_string_free(out, FALSE);
}

/* Decoded absolute path of @href, which has neither scheme nor host; NULL if it is none. */
static char *
resolve(const char *href, const char *page_path)
{
    gsize len = strcspn(href, "?#");
    g_autofree char *encoded = g_strndup(href, len);
    g_autofree char *decoded = g_uri_unescape_string(encoded, NULL);
    if (!decoded || !g_utf8_validate(decoded, -1, NULL))
        return NULL;
    if (!len)
        return g_strdup(page_path);
    if (*decoded == '/')
        return normalise(decoded);
    const char *slash = strrchr(page_path, '/');
    g_autofree char *folder = g_strndup(page_path, slash ? (gsize)(slash - page_path) : 0);
    g_autofree char *joined = g_strconcat(folder, "/", decoded, NULL);
    return normalise(joined);
}

static char *
encode(const char *path)
{
    return g_uri_escape_string(path, "/!$&'()*+,;=:@~", TRUE);
}

static n2_exists
ask(const n2_page_context *context, const char *path)
{
    return context->exists && path ? context->exists(path, context->user) : N2_EXISTS_UNKNOWN;
}

char *
n2_link_wiki_target(const char *name)
{
    if (scheme_length(name) || g_str_has_prefix(name, "//"))
        return g_strdup(name);
    return g_strconcat(WIKI_SCHEME, name, NULL);
}

/* `[[name#section]]`: the first of name, name.md, ... that the site has; else name.md, or name
 * itself if it has a suffix (transfer full). */
static char *
resolve_wiki(const char *name, const n2_page_context *context, const char *page_path)
{
    gsize len = strcspn(name, "#");
    const char *fragment = name + len;
    g_autofree char *bare = g_strndup(name, len);
    g_autofree char *encoded = encode(bare);
    if (!*bare)
        return g_strdup(name);
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *tried = g_strconcat(encoded, suffixes[i], NULL);
        g_autofree char *path = resolve(tried, page_path);
        if (ask(context, path) == N2_EXISTS_YES)
            return g_strconcat(tried, fragment, NULL);
    }
    const char *slash = strrchr(bare, '/');
    gboolean has_suffix = strchr(slash ? slash : bare, '.') || g_str_has_suffix(bare, "/");
    return g_strconcat(encoded, has_suffix ? "" : ".md", fragment, NULL);
}

static n2_link_kind
classify(const n2_link *link, const char *origin)
{
    const char *href = link->href;
    gsize scheme = scheme_length(href);
    gsize len = strlen(origin);
    if (strlen(href) > N2_PAGE_ADDRESS_MAX)
        return N2_LINK_REFUSED;
    if (scheme) {
        if (has_scheme(href, "http://") || has_scheme(href, "https://") ||
            has_scheme(href, "mailto:"))
            return N2_LINK_OUTSIDE;
        if (!has_scheme(href, "net2o://"))
            return !link->is_picture && may_name(href, scheme) ? N2_LINK_FOREIGN
                                                               : N2_LINK_REFUSED;
        gboolean same = len && !strncmp(href, origin, len) && strchr("/?#", href[len]);
        return same ? N2_LINK_SITE : N2_LINK_NET2O;
    }
    /* Browsers read "\" as "/". */
    if (strchr("/\\", href[0]) && *href && strchr("/\\", href[1]) && href[1])
        return N2_LINK_NET2O;
    return *href == '#' ? N2_LINK_HERE : N2_LINK_SITE;
}

/* Fills @link from its href. */
static void
fill(n2_link *link, const n2_file *file)
{
    const n2_page_context *context = file->context;
    const char *origin = context->origin ? context->origin : "";
    const char *page_path = file->path;
    const char *href = link->href;

    link->kind = classify(link, origin);
    if (link->kind == N2_LINK_SITE || link->kind == N2_LINK_HERE) {
        const char *local = has_scheme(href, "net2o://") ? href + strlen(origin) : href;
        g_autofree char *path = resolve(*local ? local : "/", page_path);
        g_autofree char *encoded = encode(path ? path : page_path);
        link->address = g_strconcat(origin, encoded, local + strcspn(local, "?#"), NULL);
        if (link->kind == N2_LINK_SITE) {
            link->is_missing = ask(context, path) == N2_EXISTS_NO;
            link->path = g_steal_pointer(&path);
        }
    } else if (link->kind == N2_LINK_NET2O && !has_scheme(href, "net2o://")) {
        link->address = g_strconcat("net2o:", href, NULL);
    } else {
        link->address = g_strdup(href);
    }
}

static void
link_free(n2_link *link)
{
    g_free(link->href);
    g_free(link->path);
    g_free(link->address);
    g_free(link);
}

/* What a part's link says is meant from where the part lies, but it stands in another page. */
static void
move_href(n2_link *link, const n2_file *file)
{
    gboolean is_here = link->kind == N2_LINK_HERE;
    if (!file->number || !(is_here || link->kind == N2_LINK_SITE) ||
        has_scheme(link->href, "net2o://") || *link->href == '/')
        return;
    g_autofree char *encoded = encode(link->path ? link->path : file->path);
    char *href = g_strconcat(encoded, link->href + strcspn(link->href, "?#"), NULL);
    g_free(link->href);
    link->href = href;
}

void
n2_link_pass(n2_page *page, cmark_node *tree, const n2_file *file)
{
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    if (!page->all_links)
        page->all_links = g_ptr_array_new_with_free_func((GDestroyNotify)link_free);
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (event != CMARK_EVENT_ENTER || (type != CMARK_NODE_LINK && type != CMARK_NODE_IMAGE))
            continue;
        g_autofree char *url = n2_mark_restore(cmark_node_get_url(node), TRUE);
        n2_link *link = g_new0(n2_link, 1);
        link->is_picture = type == CMARK_NODE_IMAGE;
        if (g_str_has_prefix(url, WIKI_SCHEME))
            link->href = resolve_wiki(url + strlen(WIKI_SCHEME), file->context, file->path);
        else
            link->href = g_steal_pointer(&url);
        fill(link, file);
        move_href(link, file);
        cmark_node_set_user_data(node, link);
        g_ptr_array_add(page->all_links, link);
    }
    cmark_iter_free(iter);
}

void
n2_link_gather(n2_page *page)
{
    cmark_iter *iter = cmark_iter_new(page->tree);
    cmark_event_type event;
    page->links = g_ptr_array_new();
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (event == CMARK_EVENT_ENTER && (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE))
            g_ptr_array_add(page->links, cmark_node_get_user_data(node));
    }
    cmark_iter_free(iter);
}
