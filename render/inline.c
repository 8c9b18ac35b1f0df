/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * inline.c - what cmark does not know: `[[page]]`, `![[page]]`, `~~struck~~`, tasks; blanks
 * folded.
 *
 * Each walk looks at each node once.  A node put into the tree costs cmark a walk to the root
 * (it checks for cycles), so below N2_PAGE_DEPTH_MAX the text is left as it is.
 */
#include "render/tree.h"

#include <string.h>

#define NBSP "\xc2\xa0"
#define STRIKE "~~"

/* "." blanks U+00A0 blanks -> ". ": what editors leave of two spaces after a full stop, and
 * what would begin a line with a blank. */
static void
fold_blanks(cmark_node *text)
{
    const char *from = cmark_node_get_literal(text);
    if (!from || !strstr(from, NBSP))
        return;
    GString *to = g_string_sized_new(strlen(from));
    while (*from) {
        char c = *from++;
        g_string_append_c(to, c);
        if (c != '.' && c != '!' && c != '?')
            continue;
        const char *end = from;
        gboolean folds = FALSE;
        for (;;) {
            if (g_str_has_prefix(end, NBSP)) {
                folds = TRUE;
                end += strlen(NBSP);
            } else if (*end == ' ') {
                end++;
            } else {
                break;
            }
        }
        if (folds) {
            g_string_append_c(to, ' ');
            from = end;
        }
    }
    cmark_node_set_literal(text, to->str);
    g_string_free(to, TRUE);
}

static cmark_node *
insert_text(cmark_node *before, const char *text, gsize len)
{
    cmark_node *node = cmark_node_new(CMARK_NODE_TEXT);
    g_autofree char *copy = g_strndup(text, len);
    cmark_node_set_literal(node, copy);
    cmark_node_insert_before(before, node);
    return node;
}

static void
insert_link(cmark_node *before, const char *inside, gsize len)
{
    g_autofree char *copy = g_strndup(inside, len);
    /* In a table people write "\|". */
    char *mark = strstr(copy, N2_MARK_PIPE), *pipe = strchr(copy, '|');
    const char *label = copy;
    if (pipe && (!mark || pipe < mark)) {
        *pipe = '\0';
        label = pipe + 1;
    } else if (mark) {
        *mark = '\0';
        label = mark + N2_MARK_BYTES;
    }
    g_autofree char *shown = g_strstrip(g_strdup(*label ? label : copy));
    g_autofree char *target = n2_link_wiki_target(g_strstrip(copy));
    cmark_node *link = cmark_node_new(CMARK_NODE_LINK), *text = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node_set_url(link, target);
    cmark_node_set_literal(text, *shown ? shown : target);
    cmark_node_append_child(link, text);
    cmark_node_insert_before(before, link);
}

/* Length of what stands between "[[" at @open and "]]", or 0 if that is no wiki link. */
static gsize
measure_link(const char *open)
{
    const char *inside = open + 2;
    gsize len = strcspn(inside, "[]\n");
    gboolean closes = inside[len] == ']' && inside[len + 1] == ']';
    return closes && len <= N2_PAGE_ADDRESS_MAX && strspn(inside, " |") < len ? len : 0;
}

static gboolean
is_picture_name(const char *inside, gsize len)
{
    static const char *const suffixes[] = {".png",  ".jpg",  ".jpeg", ".gif",
                                           ".webp", ".avif", ".svg"};
    gsize name = MIN(strcspn(inside, "|#"), len);
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        gsize n = strlen(suffixes[i]);
        if (name > n && !g_ascii_strncasecmp(inside + name - n, suffixes[i], n))
            return TRUE;
    }
    return FALSE;
}

/* "![[picture.png|what it shows]]" */
static void
insert_picture(cmark_node *before, const char *inside, gsize len)
{
    insert_link(before, inside, len);
    cmark_node *link = cmark_node_previous(before), *child;
    cmark_node *picture = cmark_node_new(CMARK_NODE_IMAGE);
    cmark_node_set_url(picture, cmark_node_get_url(link));
    cmark_node_insert_before(link, picture);
    while ((child = cmark_node_first_child(link)))
        cmark_node_append_child(picture, child);
    n2_node_drop(link);
}

/* Makes a block of a paragraph that is nothing but "[[toc]]" or "![[page]]"; FALSE if it is
 * something else. */
static gboolean
make_block(cmark_node *text)
{
    cmark_node *paragraph = cmark_node_parent(text);
    if (cmark_node_get_type(paragraph) != CMARK_NODE_PARAGRAPH || cmark_node_next(text) ||
        cmark_node_previous(text))
        return FALSE;
    g_autofree char *literal = g_strstrip(g_strdup(cmark_node_get_literal(text)));
    if (!g_ascii_strcasecmp(literal, "[[toc]]")) {
        cmark_node_insert_before(paragraph,
                                 n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_CONTENTS));
        n2_node_drop(paragraph);
        return TRUE;
    }
    gsize len = g_str_has_prefix(literal, "![[") ? measure_link(literal + 1) : 0;
    if (!len || literal[len + 5] || is_picture_name(literal + 3, len))
        return FALSE;
    cmark_node *include = n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_INCLUDE);
    cmark_node_insert_before(paragraph, include);
    cmark_node *from = n2_node_add(include, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_FROM);
    cmark_node_append_child(from, text);
    insert_link(text, literal + 3, len);
    n2_node_drop(text);
    n2_node_drop(paragraph);
    return TRUE;
}

/* Replaces @text by texts and links if it has wiki links. */
static void
make_links(cmark_node *text)
{
    const char *literal = cmark_node_get_literal(text);
    const char *from = literal, *at = literal;
    if (!literal || make_block(text))
        return;
    while ((at = strstr(at, "[["))) {
        gsize len = measure_link(at);
        if (!len) {
            at += 1;
            continue;
        }
        gboolean is_shown = at > from && at[-1] == '!';
        if (at - is_shown > from)
            insert_text(text, from, (gsize)(at - is_shown - from));
        if (is_shown && is_picture_name(at + 2, len))
            insert_picture(text, at + 2, len);
        else
            insert_link(text, at + 2, len);
        from = at = at + 2 + len + 2;
    }
    if (from == literal)
        return;
    if (*from)
        insert_text(text, from, strlen(from));
    cmark_node_unlink(text);
    cmark_node_free(text);
}

/* Splits @text so that each pair of tildes (no run of three) is a node of its own, and adds
 * these to @pairs. */
static void
split_pairs(cmark_node *text, GPtrArray *pairs)
{
    const char *literal = cmark_node_get_literal(text);
    const char *from = literal, *at = literal;
    while (at && (at = strstr(at, STRIKE))) {
        gsize run = strspn(at, "~");
        if (run == 2) {
            if (at > from)
                insert_text(text, from, (gsize)(at - from));
            g_ptr_array_add(pairs, insert_text(text, STRIKE, 2));
            from = at + run;
        }
        at += run;
    }
    if (!literal || from == literal)
        return;
    if (*from)
        insert_text(text, from, strlen(from));
    cmark_node_unlink(text);
    cmark_node_free(text);
}

/* Whether text touches a pair of tildes on that side. */
static gboolean
is_touched(cmark_node *neighbour, gboolean at_end)
{
    cmark_node_type type = neighbour ? cmark_node_get_type(neighbour) : CMARK_NODE_SOFTBREAK;
    if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
        return FALSE;
    if (type != CMARK_NODE_TEXT)
        return TRUE;
    const char *literal = cmark_node_get_literal(neighbour);
    gsize len = strlen(literal);
    return len && !g_ascii_isspace(at_end ? literal[len - 1] : literal[0]);
}

static void
strike(cmark_node *open, cmark_node *close)
{
    cmark_node *struck = n2_node_new(CMARK_NODE_CUSTOM_INLINE, N2_NODE_STRUCK), *node;
    cmark_node_insert_before(open, struck);
    while ((node = cmark_node_next(open)) && node != close)
        cmark_node_append_child(struck, node);
    cmark_node_unlink(open);
    cmark_node_free(open);
    cmark_node_unlink(close);
    cmark_node_free(close);
}

static void
strike_pairs(GPtrArray *pairs)
{
    cmark_node *open = NULL;
    for (guint i = 0; i < pairs->len; i++) {
        cmark_node *pair = g_ptr_array_index(pairs, i);
        gboolean closes = is_touched(cmark_node_previous(pair), TRUE);
        gboolean opens = is_touched(cmark_node_next(pair), FALSE);
        if (open && cmark_node_parent(open) != cmark_node_parent(pair))
            open = NULL;
        if (open && closes) {
            strike(open, pair);
            open = NULL;
        } else if (opens) {
            open = pair;
        }
    }
}

/* "[ ] text" or "[x] text" at the start of a list item. */
static void
make_task(cmark_node *item)
{
    cmark_node *paragraph = cmark_node_first_child(item);
    cmark_node *text = paragraph ? cmark_node_first_child(paragraph) : NULL;
    if (!text || cmark_node_get_type(paragraph) != CMARK_NODE_PARAGRAPH ||
        cmark_node_get_type(text) != CMARK_NODE_TEXT)
        return;
    const char *literal = cmark_node_get_literal(text);
    gboolean is_open = g_str_has_prefix(literal, "[ ] ");
    gboolean is_done = g_str_has_prefix(literal, "[x] ") || g_str_has_prefix(literal, "[X] ");
    if (!is_open && !is_done)
        return;
    cmark_node_insert_before(text, n2_node_new(CMARK_NODE_CUSTOM_INLINE,
                                               is_done ? N2_NODE_TASK_DONE : N2_NODE_TASK));
    g_autofree char *rest = g_strdup(literal + 3);
    cmark_node_set_literal(text, rest);
}

typedef struct {
    GPtrArray *texts; /* not inside a link, not too deep */
    GPtrArray *items;
} found;

static void
find(cmark_node *tree, found *f)
{
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    guint depth = 0, links = 0;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        gboolean is_link = type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE;
        if (event == CMARK_EVENT_EXIT) {
            depth--;
            links -= is_link ? 1U : 0U;
            continue;
        }
        if (type == CMARK_NODE_TEXT) {
            fold_blanks(node);
            if (!links && depth <= N2_PAGE_DEPTH_MAX)
                g_ptr_array_add(f->texts, node);
        } else if (type == CMARK_NODE_ITEM && depth <= N2_PAGE_DEPTH_MAX) {
            g_ptr_array_add(f->items, node);
        }
        if (n2_node_is_leaf(node))
            continue;
        depth++;
        links += is_link ? 1U : 0U;
    }
    cmark_iter_free(iter);
}

void
n2_inline_pass(cmark_node *tree)
{
    found f = {g_ptr_array_new(), g_ptr_array_new()};
    g_autoptr(GPtrArray) pairs = g_ptr_array_new();

    cmark_consolidate_text_nodes(tree);
    find(tree, &f);
    for (guint i = 0; i < f.items->len; i++)
        make_task(g_ptr_array_index(f.items, i));
    for (guint i = 0; i < f.texts->len; i++)
        make_links(g_ptr_array_index(f.texts, i));

    g_ptr_array_set_size(f.texts, 0);
    g_ptr_array_set_size(f.items, 0);
    find(tree, &f);
    for (guint i = 0; i < f.texts->len; i++)
        split_pairs(g_ptr_array_index(f.texts, i), pairs);
    strike_pairs(pairs);
    g_ptr_array_unref(f.texts);
    g_ptr_array_unref(f.items);
}
