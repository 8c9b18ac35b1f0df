/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * define.c - definition lists: a line of words, then lines that begin with ": ".
 *
 * clean.c makes a list item of each definition, so that cmark reads the blocks in it.  Here
 * the paragraph before such a list becomes its terms, one a line.
 */
#include <string.h>

#include "render/tree.h"

enum {
    TERMS_MAX = 8 /* lines of a paragraph that can be terms */
};

static cmark_node *
first_text(cmark_node *item)
{
    cmark_node *paragraph = cmark_node_first_child(item);
    cmark_node *text = paragraph && cmark_node_get_type(paragraph) == CMARK_NODE_PARAGRAPH
                           ? cmark_node_first_child(paragraph)
                           : NULL;
    return text && cmark_node_get_type(text) == CMARK_NODE_TEXT ? text : NULL;
}

static gboolean
is_definition(cmark_node *item)
{
    cmark_node *text = item ? first_text(item) : NULL;
    return text && g_str_has_prefix(cmark_node_get_literal(text), N2_MARK_TERM);
}

static gboolean
is_break(cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    return type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK;
}

static gboolean
has_terms(cmark_node *paragraph)
{
    guint n = 1;
    if (!paragraph || cmark_node_get_type(paragraph) != CMARK_NODE_PARAGRAPH)
        return FALSE;
    for (cmark_node *node = cmark_node_first_child(paragraph); node && n <= TERMS_MAX;
         node = cmark_node_next(node))
        n += is_break(node) ? 1 : 0;
    return n <= TERMS_MAX;
}

/* Moves the lines of @paragraph into @list, each a term, and frees it. */
static void
take_terms(cmark_node *paragraph, cmark_node *list)
{
    cmark_node *term = n2_node_add(list, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_TERM), *child;
    while ((child = cmark_node_first_child(paragraph))) {
        if (is_break(child)) {
            n2_node_drop(child);
            term = n2_node_add(list, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_TERM);
        } else {
            cmark_node_append_child(term, child);
        }
    }
    n2_node_drop(paragraph);
}

static void
take_definition(cmark_node *item, cmark_node *list)
{
    cmark_node *to = n2_node_add(list, CMARK_NODE_CUSTOM_BLOCK, N2_NODE_DEFINITION), *child;
    cmark_node *text = first_text(item);
    const char *literal = cmark_node_get_literal(text) + N2_MARK_BYTES;
    g_autofree char *rest = g_strdup(literal + strspn(literal, " \t"));
    cmark_node_set_literal(text, rest);
    while ((child = cmark_node_first_child(item)))
        cmark_node_append_child(to, child);
    n2_node_drop(item);
}

/* A definition of nothing is a paragraph that begins with a colon. */
static void
give_up(cmark_node *item, cmark_node *before)
{
    cmark_node *child;
    while ((child = cmark_node_first_child(item)))
        cmark_node_insert_before(before, child);
    n2_node_drop(item);
}

void
n2_define_pass(cmark_node *tree)
{
    cmark_node *next, *item, *list;
    for (cmark_node *node = cmark_node_first_child(tree); node; node = next) {
        cmark_node *before = cmark_node_previous(node);
        next = cmark_node_next(node);
        if (cmark_node_get_type(node) != CMARK_NODE_LIST ||
            !is_definition(cmark_node_first_child(node)))
            continue;
        gboolean goes_on = before && n2_node_get_kind(before) == N2_NODE_DEFINITIONS;
        if (goes_on) {
            list = before;
        } else if (has_terms(before)) {
            list = cmark_node_previous(before);
            if (!list || n2_node_get_kind(list) != N2_NODE_DEFINITIONS) {
                list = n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_DEFINITIONS);
                cmark_node_insert_before(before, list);
            }
            take_terms(before, list);
        } else {
            list = NULL;
        }
        while (is_definition(item = cmark_node_first_child(node))) {
            if (list)
                take_definition(item, list);
            else
                give_up(item, node);
        }
        if (!cmark_node_first_child(node))
            n2_node_drop(node);
    }
}
