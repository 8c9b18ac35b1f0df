/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * turn.c - which way a page and each of its blocks run.
 */
#include <string.h>

#include "render/tree.h"

enum {
    LOOK_MAX = 1000, /* characters in front of the first letter */
};

static gboolean
is_rtl_script(GUnicodeScript script)
{
    static const GUnicodeScript rtl[] = {
        G_UNICODE_SCRIPT_ARABIC, G_UNICODE_SCRIPT_HEBREW,  G_UNICODE_SCRIPT_SYRIAC,
        G_UNICODE_SCRIPT_THAANA, G_UNICODE_SCRIPT_NKO,     G_UNICODE_SCRIPT_SAMARITAN,
        G_UNICODE_SCRIPT_ADLAM,  G_UNICODE_SCRIPT_MANDAIC,
    };
    for (guint i = 0; i < G_N_ELEMENTS(rtl); i++)
        if (script == rtl[i])
            return TRUE;
    return FALSE;
}

typedef enum {
    RUNS_NOWHERE, /* no letter */
    RUNS_LEFT_TO_RIGHT,
    RUNS_RIGHT_TO_LEFT,
} run;

/* Where the first letter of @text leads. */
static run
find_run(const char *text)
{
    for (guint n = 0; *text && n < LOOK_MAX; text = g_utf8_next_char(text), n++) {
        gunichar c = g_utf8_get_char(text);
        if (g_unichar_isalpha(c))
            return is_rtl_script(g_unichar_get_script(c)) ? RUNS_RIGHT_TO_LEFT
                                                          : RUNS_LEFT_TO_RIGHT;
    }
    return RUNS_NOWHERE;
}

static gboolean
is_block(cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    n2_node_kind kind = n2_node_get_kind(node);
    return type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING || kind == N2_NODE_TERM ||
           kind == N2_NODE_DEFINITION || n2_node_is_cell(kind);
}

/* The quote or list that @block is right below, or NULL. */
static cmark_node *
find_group(cmark_node *block)
{
    cmark_node *parent = cmark_node_parent(block);
    if (parent && cmark_node_get_type(parent) == CMARK_NODE_ITEM)
        parent = cmark_node_parent(parent);
    cmark_node_type type = parent ? cmark_node_get_type(parent) : CMARK_NODE_NONE;
    return type == CMARK_NODE_BLOCK_QUOTE || type == CMARK_NODE_LIST ? parent : NULL;
}

/* A tight paragraph has no tag: its item speaks for it. */
static void
turn(n2_page *page, cmark_node *block)
{
    cmark_node *parent = cmark_node_parent(block);
    g_hash_table_add(page->turned, block);
    if (parent && (cmark_node_get_type(parent) == CMARK_NODE_ITEM ||
                   n2_node_get_kind(parent) == N2_NODE_DEFINITION))
        g_hash_table_add(page->turned, parent);
}

/* Turns the @blocks that run against @base, and the quotes and lists that hold only such. */
static void
turn_all(n2_page *page, GPtrArray *blocks, GArray *runs, run base)
{
    g_autoptr(GHashTable) mixed = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < blocks->len; i++) {
        cmark_node *block = g_ptr_array_index(blocks, i);
        cmark_node *group = find_group(block);
        gboolean turns = g_array_index(runs, run, i) != base;
        if (turns)
            turn(page, block);
        else if (group)
            g_hash_table_add(mixed, group);
    }
    for (guint i = 0; i < blocks->len; i++) {
        cmark_node *group = find_group(g_ptr_array_index(blocks, i));
        if (group && !g_hash_table_contains(mixed, group))
            g_hash_table_add(page->turned, group);
    }
}

void
n2_turn_pass(n2_page *page)
{
    const char *wish = n2_front_find(page, "dir");
    g_autoptr(GPtrArray) blocks = g_ptr_array_new();
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(run));
    cmark_iter *iter = cmark_iter_new(page->tree);
    cmark_event_type event;
    cmark_node *block = NULL;
    run first = RUNS_NOWHERE;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (is_block(node)) {
            block = event == CMARK_EVENT_ENTER ? node : NULL;
            continue;
        }
        gboolean is_code = type == CMARK_NODE_CODE_BLOCK && first == RUNS_NOWHERE;
        if (event != CMARK_EVENT_ENTER || !(is_code || (type == CMARK_NODE_TEXT && block)))
            continue;
        run found = find_run(cmark_node_get_literal(node));
        if (found == RUNS_NOWHERE)
            continue;
        first = first == RUNS_NOWHERE ? found : first;
        if (is_code)
            continue;
        g_ptr_array_add(blocks, block);
        g_array_append_val(runs, found);
        block = NULL; /* its direction is known */
    }
    cmark_iter_free(iter);

    page->is_rtl = wish && !g_ascii_strcasecmp(wish, "rtl")   ? TRUE
                   : wish && !g_ascii_strcasecmp(wish, "ltr") ? FALSE
                                                              : first == RUNS_RIGHT_TO_LEFT;
    run base = page->is_rtl ? RUNS_RIGHT_TO_LEFT : RUNS_LEFT_TO_RIGHT;
    turn_all(page, blocks, runs, base);
}
