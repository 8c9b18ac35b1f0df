/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wiki.c - pages in the old wiki's markup, simple HTML tags, into the same tree as Markdown.
 *
 * An allow-list of tags gives shape; of attributes only href is read.  Any other tag is text.
 */
#include "render/wiki-build.h"

#include <string.h>

enum {
    TAG_MAX = N2_PAGE_ADDRESS_MAX + 256,
};

typedef enum {
    TAG_BREAKS, /* ends the paragraph and is nothing itself: div, p */
    TAG_HEADING,
    TAG_LIST,
    TAG_ITEM,
    TAG_QUOTE,
    TAG_PRE,
    TAG_RULE,
    TAG_NEWLINE,
    TAG_CODE,
    TAG_SPAN,
    TAG_LINK,
} tag_class;

typedef struct {
    const char *name;
    tag_class class;
    int value; /* level, list type, cmark_node_type or n2_node_kind */
} tag;

/* clang-format off */
static const tag tags[] = {
    {"p", TAG_BREAKS, 0},                       {"div", TAG_BREAKS, 0},
    {"h1", TAG_HEADING, 1},                     {"h2", TAG_HEADING, 2},
    {"h3", TAG_HEADING, 3},                     {"h4", TAG_HEADING, 4},
    {"h5", TAG_HEADING, 5},                     {"h6", TAG_HEADING, 6},
    {"ul", TAG_LIST, CMARK_BULLET_LIST},        {"ol", TAG_LIST, CMARK_ORDERED_LIST},
    {"li", TAG_ITEM, 0},                        {"blockquote", TAG_QUOTE, 0},
    {"pre", TAG_PRE, 0},                        {"verbatim", TAG_PRE, 0},
    {"hr", TAG_RULE, 0},                        {"br", TAG_NEWLINE, 0},
    {"code", TAG_CODE, 0},                      {"tt", TAG_CODE, 0},
    {"b", TAG_SPAN, CMARK_NODE_STRONG},         {"strong", TAG_SPAN, CMARK_NODE_STRONG},
    {"i", TAG_SPAN, CMARK_NODE_EMPH},           {"em", TAG_SPAN, CMARK_NODE_EMPH},
    {"u", TAG_SPAN, -N2_NODE_UNDERLINED},       {"s", TAG_SPAN, -N2_NODE_STRUCK},
    {"del", TAG_SPAN, -N2_NODE_STRUCK},         {"sub", TAG_SPAN, -N2_NODE_LOWERED},
    {"sup", TAG_SPAN, -N2_NODE_RAISED},         {"a", TAG_LINK, 0},
};
/* clang-format on */

static void
open_span(n2_wiki_builder *b, const tag *t, const char *href)
{
    n2_wiki_flush(b);
    n2_wiki_open_leaf(b);
    if (b->n_spans == N2_WIKI_SPANS_MAX)
        return;
    cmark_node *span;
    if (t->class == TAG_LINK) {
        span = cmark_node_new(CMARK_NODE_LINK);
        cmark_node_set_url(span, href);
    } else if (t->value < 0) {
        span = n2_node_new(CMARK_NODE_CUSTOM_INLINE, (n2_node_kind)-t->value);
    } else {
        span = cmark_node_new((cmark_node_type)t->value);
    }
    cmark_node_append_child(n2_wiki_top(b), span);
    b->spans[b->n_spans] = span;
    b->span_tags[b->n_spans++] = t;
}

static void
close_span(n2_wiki_builder *b, const tag *t)
{
    guint n = b->n_spans;
    n2_wiki_flush(b);
    while (n && b->span_tags[n - 1] != t)
        n--;
    if (n)
        b->n_spans = n - 1;
}

/* Text up to "</name", as it stands; returns the bytes used. */
static gsize
take_verbatim(n2_wiki_builder *b, const char *at, gsize left, const tag *t)
{
    g_autofree char *close = g_strconcat("</", t->name, ">", NULL);
    const char *end = g_strstr_len(at, (gssize)left, close);
    gsize len = end ? (gsize)(end - at) : left;
    g_autofree char *literal = g_strndup(at, len);
    cmark_node *node;
    if (t->class == TAG_PRE) {
        n2_wiki_end_leaf(b);
        node = cmark_node_new(CMARK_NODE_CODE_BLOCK);
        cmark_node_set_literal(node, literal + (*literal == '\n'));
        if (!cmark_node_append_child(b->block, node)) {
            n2_wiki_open_item(b);
            cmark_node_append_child(b->block, node);
        }
    } else {
        n2_wiki_flush(b);
        n2_wiki_open_leaf(b);
        node = cmark_node_new(CMARK_NODE_CODE);
        cmark_node_set_literal(node, literal);
        cmark_node_append_child(n2_wiki_top(b), node);
    }
    return end ? len + strlen(close) : len;
}

static void
open_tag(n2_wiki_builder *b, const tag *t, const char *href)
{
    cmark_node *node;
    switch (t->class) {
    case TAG_BREAKS:
        n2_wiki_end_leaf(b);
        break;
    case TAG_HEADING:
        n2_wiki_end_leaf(b);
        node = cmark_node_new(CMARK_NODE_HEADING);
        cmark_node_set_heading_level(node, t->value);
        if (cmark_node_append_child(b->block, node))
            b->leaf = node;
        else
            cmark_node_free(node);
        break;
    case TAG_LIST:
        n2_wiki_open_list(b, (cmark_list_type)t->value);
        break;
    case TAG_ITEM:
        n2_wiki_open_item(b);
        break;
    case TAG_QUOTE:
        n2_wiki_open_block(b, cmark_node_new(CMARK_NODE_BLOCK_QUOTE));
        break;
    case TAG_RULE:
        n2_wiki_end_leaf(b);
        node = cmark_node_new(CMARK_NODE_THEMATIC_BREAK);
        if (!cmark_node_append_child(b->block, node))
            cmark_node_free(node);
        break;
    case TAG_NEWLINE:
        n2_wiki_flush(b);
        if (b->leaf)
            cmark_node_append_child(n2_wiki_top(b), cmark_node_new(CMARK_NODE_LINEBREAK));
        break;
    case TAG_SPAN:
    case TAG_LINK:
        open_span(b, t, href);
        break;
    case TAG_PRE:
    case TAG_CODE:
        break;
    }
}

static void
close_tag(n2_wiki_builder *b, const tag *t)
{
    switch (t->class) {
    case TAG_BREAKS:
    case TAG_HEADING:
        n2_wiki_end_leaf(b);
        break;
    case TAG_LIST:
        n2_wiki_close_block(b, CMARK_NODE_LIST);
        break;
    case TAG_ITEM:
        n2_wiki_close_block(b, CMARK_NODE_ITEM);
        break;
    case TAG_QUOTE:
        n2_wiki_close_block(b, CMARK_NODE_BLOCK_QUOTE);
        break;
    case TAG_SPAN:
    case TAG_LINK:
        close_span(b, t);
        break;
    case TAG_PRE:
    case TAG_CODE:
    case TAG_RULE:
    case TAG_NEWLINE:
        break;
    }
}

/* Value of href in a tag's @inside (transfer full). */
static char *
read_href(const char *inside)
{
    const char *at = strstr(inside, "href=");
    if (!at)
        return g_strdup("");
    at += strlen("href=");
    if (*at == '"' || *at == '\'')
        return g_strndup(at + 1, strcspn(at + 1, *at == '"' ? "\"" : "'"));
    return g_strndup(at, strcspn(at, " \t\n>"));
}

static const tag *
find_tag(const char *name, gsize len)
{
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++)
        if (strlen(tags[i].name) == len && !g_ascii_strncasecmp(tags[i].name, name, len))
            return &tags[i];
    return NULL;
}

/* Handles what stands at "<"; returns the bytes used, 0 if it is no tag of ours. */
static gsize
take_tag(n2_wiki_builder *b, const char *at, gsize left)
{
    gsize limit = MIN(left, (gsize)TAG_MAX);
    gboolean closes = limit > 1 && at[1] == '/';
    const char *name = at + (closes ? 2 : 1);
    const char *end = memchr(at, '>', limit);
    gsize len = 0;
    while (end && name + len < end && g_ascii_isalnum(name[len]))
        len++;
    const tag *t = end ? find_tag(name, len) : NULL;
    if (!t || !strchr(" \t\n/>", name[len]))
        return 0;
    gsize used = (gsize)(end - at) + 1;
    if (closes) {
        close_tag(b, t);
    } else if (t->class == TAG_PRE || t->class == TAG_CODE) {
        used += take_verbatim(b, at + used, left - used, t);
    } else {
        g_autofree char *inside = g_strndup(name + len, (gsize)(end - name) - len);
        g_autofree char *href = read_href(inside);
        open_tag(b, t, href);
    }
    return used;
}

/* Handles what stands at "&"; returns the bytes used, 0 if it is no reference we know. */
static gsize
take_reference(n2_wiki_builder *b, const char *at, gsize left)
{
    static const struct {
        const char *name, *text;
    } known[] = {{"amp", "&"},
                 {"lt", "<"},
                 {"gt", ">"},
                 {"quot", "\""},
                 {"apos", "'"},
                 {"nbsp", "\xc2\xa0"},
                 {"copy", "\xc2\xa9"},
                 {"ndash", "\xe2\x80\x93"},
                 {"mdash", "\xe2\x80\x94"},
                 {"hellip", "\xe2\x80\xa6"}};
    gsize len = 1;
    while (len < left && len < 10 && (g_ascii_isalnum(at[len]) || at[len] == '#'))
        len++;
    if (len == left || at[len] != ';')
        return 0;
    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strlen(known[i].name) == len - 1 && !strncmp(known[i].name, at + 1, len - 1)) {
            g_string_append(b->text, known[i].text);
            return len + 1;
        }
    }
    if (at[1] != '#')
        return 0;
    gboolean hex = at[2] == 'x' || at[2] == 'X';
    guint64 number = g_ascii_strtoull(at + (hex ? 3 : 2), NULL, hex ? 16 : 10);
    gboolean valid = number && number < 0x110000 && g_unichar_validate((gunichar)number) &&
                     !(number >= 0xfdd0 && number <= 0xfdef);
    g_string_append_unichar(b->text, valid ? (gunichar)number : 0xfffd);
    return len + 1;
}

cmark_node *
n2_wiki_parse(const GString *source)
{
    cmark_node *tree = cmark_node_new(CMARK_NODE_DOCUMENT);
    n2_wiki_builder b = {.block = tree, .text = g_string_new(NULL)};
    const char *at = source->str, *end = at + source->len;
    while (at < end) {
        gsize plain = strcspn(at, "<&\n");
        gsize left, used = 0;
        n2_wiki_put(&b, at, plain);
        at += plain;
        left = (gsize)(end - at);
        if (!left)
            break;
        if (*at == '<')
            used = take_tag(&b, at, left);
        else if (*at == '&')
            used = take_reference(&b, at, left);
        else if (left > 1 && at[1] == '\n')
            n2_wiki_end_leaf(&b);
        if (!used) {
            n2_wiki_put(&b, at, 1);
            used = 1;
        }
        at += used;
    }
    n2_wiki_end_leaf(&b);
    g_string_free(b.text, TRUE);
    return tree;
}
