/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html.c - writes a page's tree as HTML.  The only place that makes tags.
 */
#include "render/html.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "render/tree.h"

typedef struct {
    const n2_page *page;
    GString *out;
    guint depth;       /* open containers */
    cmark_node *plain; /* picture whose words are being written as its alt text */
    GHashTable *slugs; /* (nullable) slug -> how often it was used; without it no ids */
} writer;

enum {
    SLUG_MAX = 100 /* characters */
};

static const char hex[] = "0123456789ABCDEF";

/* Appends @text so that it is text in content and in a quoted attribute. */
static void
put_escaped(GString *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '&':
            g_string_append(out, "&amp;");
            continue;
        case '<':
            g_string_append(out, "&lt;");
            continue;
        case '>':
            g_string_append(out, "&gt;");
            continue;
        case '"':
            g_string_append(out, "&quot;");
            continue;
        default:
            break;
        }
        if (*p == '\xef' && g_str_has_prefix(p, N2_MARK_PIPE)) {
            g_string_append_c(out, '|');
            p += N2_MARK_BYTES - 1;
        } else if (*p == '\xef' && p[1] == '\xb7' && (guchar)p[2] >= 0x90 &&
                   (guchar)p[2] <= 0xaf) {
            p += N2_MARK_BYTES - 1;
        } else if ((*p > 0 && *p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f) {
            g_string_append(out, "\xef\xbf\xbd");
        } else {
            g_string_append_c(out, *p);
        }
    }
}

/* Code outside tables keeps the backslash before a pipe. */
static void
put_code(writer *w, const char *text, gboolean in_cell)
{
    if (in_cell || !strstr(text, N2_MARK_PIPE)) {
        put_escaped(w->out, text);
        return;
    }
    g_auto(GStrv) parts = g_strsplit(text, N2_MARK_PIPE, -1);
    g_autofree char *whole = g_strjoinv("\\|", parts);
    put_escaped(w->out, whole);
}

/* Appends an address for an attribute: percent-encoded like cmark does, then escaped. */
static void
put_href(GString *out, const char *href)
{
    for (const char *p = href; *p; p++) {
        if (*p == '\xef' && g_str_has_prefix(p, N2_MARK_PIPE)) {
            g_string_append(out, "%7C");
            p += N2_MARK_BYTES - 1;
        } else if (*p == '&') {
            g_string_append(out, "&amp;");
        } else if (*p == '\'') {
            g_string_append(out, "&#x27;");
        } else if (g_ascii_isalnum(*p) || strchr("-_.+!*(),%#@?=;:/$~", *p)) {
            g_string_append_c(out, *p);
        } else {
            g_string_append_c(out, '%');
            g_string_append_c(out, hex[(guchar)*p >> 4]);
            g_string_append_c(out, hex[*p & 15]);
        }
    }
}

static void
put_line(writer *w)
{
    if (w->out->len && w->out->str[w->out->len - 1] != '\n')
        g_string_append_c(w->out, '\n');
}

/* A container's tag: the first on a line of its own, unless the nesting is too deep. */
static void
put_block(writer *w, const char *tag)
{
    put_line(w);
    if (w->depth <= N2_PAGE_DEPTH_MAX)
        g_string_append(w->out, tag);
}

static void
put_inline(writer *w, const char *tag)
{
    if (w->depth <= N2_PAGE_DEPTH_MAX)
        g_string_append(w->out, tag);
}

static gboolean
is_in(cmark_node *node, cmark_node_type type)
{
    guint steps = 0;
    while ((node = cmark_node_parent(node)) && steps++ <= N2_PAGE_DEPTH_MAX)
        if (cmark_node_get_type(node) == type)
            return TRUE;
    return FALSE;
}

static gboolean
is_in_cell(cmark_node *node)
{
    guint steps = 0;
    while ((node = cmark_node_parent(node)) && steps++ <= N2_PAGE_DEPTH_MAX)
        if (n2_node_is_cell(n2_node_get_kind(node)))
            return TRUE;
    return FALSE;
}

static void
put_title(writer *w, cmark_node *node)
{
    const char *title = cmark_node_get_title(node);
    if (title && *title) {
        g_string_append(w->out, " title=\"");
        put_escaped(w->out, title);
        g_string_append_c(w->out, '"');
    }
}

static void
write_link(writer *w, cmark_node *node, gboolean enter)
{
    const n2_link *link = cmark_node_get_user_data(node);
    if (w->depth > N2_PAGE_DEPTH_MAX)
        return;
    if (!enter) {
        g_string_append(w->out, link->kind == N2_LINK_REFUSED ? "</span>" : "</a>");
    } else if (link->kind == N2_LINK_REFUSED) {
        g_string_append(w->out, "<span class=\"refused\" title=\"");
        put_escaped(w->out, link->href);
        g_string_append(w->out, "\">");
    } else {
        g_string_append(w->out,
                        link->is_missing ? "<a class=\"missing\" href=\"" : "<a href=\"");
        put_href(w->out, link->href);
        g_string_append_c(w->out, '"');
        put_title(w, node);
        g_string_append_c(w->out, '>');
    }
}

/* Between enter and exit of a shown picture only plain words are written: its alt text. */
static void
write_picture(writer *w, cmark_node *node, gboolean enter)
{
    const n2_link *link = cmark_node_get_user_data(node);
    gboolean shown = link->kind == N2_LINK_SITE && !link->is_missing;
    if (w->plain && w->plain != node)
        return;
    if (enter) {
        w->plain = node;
        if (shown) {
            g_string_append(w->out, "<img src=\"");
            put_href(w->out, link->href);
            g_string_append(w->out, "\" alt=\"");
        } else {
            g_string_append(w->out, "<span class=\"noimage\" role=\"img\">");
        }
        return;
    }
    w->plain = NULL;
    if (shown) {
        g_string_append_c(w->out, '"');
        put_title(w, node);
        g_string_append(w->out, " />");
        return;
    }
    if (!cmark_node_first_child(node))
        put_escaped(w->out, link->href);
    g_string_append(w->out, "</span>");
    gboolean leads = link->kind == N2_LINK_OUTSIDE || link->kind == N2_LINK_NET2O;
    if (leads && !is_in(node, CMARK_NODE_LINK)) {
        g_string_append(w->out, " <a href=\"");
        put_href(w->out, link->href);
        g_string_append(w->out, "\">");
        put_escaped(w->out, _("Picture on another site"));
        g_string_append(w->out, "</a>");
    }
}

static void
write_code_block(writer *w, cmark_node *node)
{
    const char *info = cmark_node_get_fence_info(node);
    put_line(w);
    if (info && *info) {
        g_autofree char *language = g_strndup(info, strcspn(info, " \t\n"));
        g_string_append(w->out, "<pre><code class=\"language-");
        put_escaped(w->out, language);
        g_string_append(w->out, "\">");
    } else {
        g_string_append(w->out,
                        w->page->is_plain ? "<pre class=\"plain\"><code>" : "<pre><code>");
    }
    put_code(w, cmark_node_get_literal(node), FALSE);
    g_string_append(w->out, "</code></pre>\n");
}

static void
write_list(writer *w, cmark_node *node, gboolean enter)
{
    gboolean ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    int start = cmark_node_get_list_start(node);
    if (!enter) {
        put_inline(w, ordered ? "</ol>\n" : "</ul>\n");
    } else if (ordered && start != 1) {
        g_autofree char *tag = g_strdup_printf("<ol start=\"%d\">\n", start);
        put_block(w, tag);
    } else {
        put_block(w, ordered ? "<ol>\n" : "<ul>\n");
    }
}

static void
write_paragraph(writer *w, cmark_node *node, gboolean enter)
{
    cmark_node *list = cmark_node_parent(cmark_node_parent(node));
    gboolean tight =
        list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
    if (tight)
        return;
    if (enter)
        put_block(w, "<p>");
    else
        put_inline(w, "</p>\n");
}

static void
write_cell(writer *w, cmark_node *node, n2_node_kind kind, gboolean enter)
{
    static const char *const align[] = {"", " align=\"left\"", " align=\"center\"",
                                        " align=\"right\""};
    cmark_node *group = cmark_node_parent(cmark_node_parent(node));
    char name = n2_node_get_kind(group) == N2_NODE_TABLE_HEAD ? 'h' : 'd';
    if (w->depth > N2_PAGE_DEPTH_MAX)
        return;
    if (enter)
        g_string_append_printf(w->out, "<t%c%s>", name, align[kind - N2_NODE_CELL]);
    else
        g_string_append_printf(w->out, "</t%c>\n", name);
}

static void
write_custom(writer *w, cmark_node *node, gboolean enter)
{
    static const struct {
        const char *open, *close;
    } tags[] = {
        [N2_NODE_TABLE] = {"<table>\n", "</table>\n"},
        [N2_NODE_TABLE_HEAD] = {"<thead>\n", "</thead>\n"},
        [N2_NODE_TABLE_BODY] = {"<tbody>\n", "</tbody>\n"},
        [N2_NODE_ROW] = {"<tr>\n", "</tr>\n"},
        [N2_NODE_STRUCK] = {"<del>", "</del>"},
        [N2_NODE_UNDERLINED] = {"<u>", "</u>"},
        [N2_NODE_LOWERED] = {"<sub>", "</sub>"},
        [N2_NODE_RAISED] = {"<sup>", "</sup>"},
        [N2_NODE_TASK] = {"<input type=\"checkbox\" disabled=\"\" />", ""},
        [N2_NODE_TASK_DONE] = {"<input type=\"checkbox\" checked=\"\" disabled=\"\" />", ""},
    };
    n2_node_kind kind = n2_node_get_kind(node);
    if (n2_node_is_cell(kind))
        write_cell(w, node, kind, enter);
    else if (enter && cmark_node_get_type(node) == CMARK_NODE_CUSTOM_BLOCK)
        put_block(w, tags[kind].open);
    else
        put_inline(w, enter ? tags[kind].open : tags[kind].close);
}

/* Words only: what stands in a picture's alt text. */
static void
write_plain(writer *w, cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE || type == CMARK_NODE_HTML_INLINE)
        put_escaped(w->out, cmark_node_get_literal(node));
    else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
        g_string_append_c(w->out, ' ');
}

static void
write_leaf(writer *w, cmark_node *node)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_HTML_INLINE:
        put_escaped(w->out, cmark_node_get_literal(node));
        break;
    case CMARK_NODE_CODE:
        g_string_append(w->out, "<code>");
        put_code(w, cmark_node_get_literal(node), is_in_cell(node));
        g_string_append(w->out, "</code>");
        break;
    case CMARK_NODE_SOFTBREAK:
        g_string_append_c(w->out, '\n');
        break;
    case CMARK_NODE_LINEBREAK:
        g_string_append(w->out, "<br />\n");
        break;
    case CMARK_NODE_CODE_BLOCK:
        write_code_block(w, node);
        break;
    case CMARK_NODE_HTML_BLOCK:
        put_line(w);
        g_string_append(w->out, "<pre><code class=\"source\">");
        put_code(w, cmark_node_get_literal(node), FALSE);
        g_string_append(w->out, "</code></pre>\n");
        break;
    default:
        put_line(w);
        g_string_append(w->out, "<hr />\n");
        break;
    }
}

/* "A way is broken!" -> "a-way-is-broken"; what a link's "#..." names (transfer full). */
static char *
make_slug(cmark_node *heading)
{
    GString *slug = g_string_new(NULL);
    cmark_iter *iter = cmark_iter_new(heading);
    cmark_event_type event;
    guint n = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE && n < SLUG_MAX) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        const char *p = type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE
                            ? cmark_node_get_literal(node)
                        : type == CMARK_NODE_SOFTBREAK ? " "
                                                       : "";
        for (; *p && n < SLUG_MAX; p = g_utf8_next_char(p)) {
            gunichar c = g_utf8_get_char(p);
            if (!g_unichar_isalnum(c) && c != ' ' && c != '-' && c != '_')
                continue;
            g_string_append_unichar(slug, c == ' ' ? '-' : g_unichar_tolower(c));
            n++;
        }
    }
    cmark_iter_free(iter);
    return g_string_free(slug, FALSE);
}

/* The second heading of the same words gets "-1", the next "-2". */
static void
put_id(writer *w, cmark_node *heading)
{
    g_autofree char *slug = make_slug(heading);
    guint used = GPOINTER_TO_UINT(g_hash_table_lookup(w->slugs, slug));
    g_string_truncate(w->out, w->out->len - 1); /* the tag's ">" */
    g_string_append(w->out, " id=\"");
    put_escaped(w->out, slug);
    if (used)
        g_string_append_printf(w->out, "-%u", used);
    g_string_append(w->out, "\">");
    g_hash_table_insert(w->slugs, g_steal_pointer(&slug), GUINT_TO_POINTER(used + 1));
}

static void
write_heading(writer *w, cmark_node *node, gboolean enter)
{
    char tag[] = "<h1>", tag_end[] = "</h1>\n";
    tag[2] = tag_end[3] = (char)('0' + cmark_node_get_heading_level(node));
    if (!enter) {
        put_inline(w, tag_end);
        return;
    }
    put_block(w, tag);
    if (w->slugs && w->depth <= N2_PAGE_DEPTH_MAX)
        put_id(w, node);
}

static void
write_container(writer *w, cmark_node *node, gboolean enter)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_BLOCK_QUOTE:
        put_block(w, enter ? "<blockquote>\n" : "</blockquote>\n");
        break;
    case CMARK_NODE_LIST:
        write_list(w, node, enter);
        break;
    case CMARK_NODE_ITEM:
        if (enter)
            put_block(w, "<li>");
        else
            put_inline(w, "</li>\n");
        break;
    case CMARK_NODE_HEADING:
        write_heading(w, node, enter);
        break;
    case CMARK_NODE_PARAGRAPH:
        write_paragraph(w, node, enter);
        break;
    case CMARK_NODE_EMPH:
        put_inline(w, enter ? "<em>" : "</em>");
        break;
    case CMARK_NODE_STRONG:
        put_inline(w, enter ? "<strong>" : "</strong>");
        break;
    case CMARK_NODE_LINK:
        write_link(w, node, enter);
        break;
    case CMARK_NODE_CUSTOM_BLOCK:
    case CMARK_NODE_CUSTOM_INLINE:
        write_custom(w, node, enter);
        break;
    default:
        break;
    }
}

static GString *
write_body(const n2_page *page, GHashTable *slugs)
{
    writer w = {.page = page, .out = g_string_new(NULL), .slugs = slugs};
    cmark_iter *iter = cmark_iter_new(page->tree);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        gboolean enter = event == CMARK_EVENT_ENTER;
        gboolean leaf = n2_node_is_leaf(node);
        if (cmark_node_get_type(node) == CMARK_NODE_DOCUMENT)
            continue;
        if (!leaf && enter)
            w.depth++;
        if (cmark_node_get_type(node) == CMARK_NODE_IMAGE)
            write_picture(&w, node, enter);
        else if (w.plain)
            write_plain(&w, node);
        else if (leaf)
            write_leaf(&w, node);
        else
            write_container(&w, node, enter);
        if (!leaf && !enter)
            w.depth--;
    }
    cmark_iter_free(iter);
    if (page->is_cut) {
        g_string_append(w.out, "<p><em>");
        put_escaped(w.out, _("This page is too long; the rest is not shown."));
        g_string_append(w.out, "</em></p>\n");
    }
    return w.out;
}

GString *
n2_page_html_body(const n2_page *page)
{
    return write_body(page, NULL);
}

GString *
n2_page_html(const n2_page *page)
{
    g_autoptr(GHashTable) slugs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GString *out = g_string_new("<!DOCTYPE html>\n<html lang=\"");
    GString *body = write_body(page, slugs);
    put_escaped(out, page->language);
    g_string_append_printf(out, "\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
                           page->is_rtl ? "rtl" : "ltr");
    put_escaped(out, page->title);
    g_string_append(out, "</title>\n<link rel=\"stylesheet\" href=\"" N2_PAGE_STYLE "\">\n"
                         "</head>\n<body>\n<main class=\"page\">\n");
    g_string_append_len(out, body->str, (gssize)body->len);
    g_string_append(out, "</main>\n</body>\n</html>\n");
    g_string_free(body, TRUE);
    return out;
}
