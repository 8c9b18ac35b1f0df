/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flank.c - signs such as "£" beside `*` and `_`, which cmark 0.30 does not take for
 * punctuation.
 *
 * Since CommonMark 0.31 a symbol (Unicode's categories S) beside a run of stars or underscores
 * counts as punctuation does: `*£*x` holds no emphasis.  cmark 0.30, which Debian 12 has, knows
 * the categories P only.  So a full stop is put between the two before cmark reads, with a mark
 * beside it, and both are taken away again from all that cmark made of it.  One walk over the
 * source, one over the tree; a page without such a pair is not touched.
 */
#include "render/tree.h"

#include <string.h>

#define STAND_IN "." /* punctuation that means nothing to CommonMark */

static gboolean
is_symbol(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_MATH_SYMBOL:
    case G_UNICODE_CURRENCY_SYMBOL:
    case G_UNICODE_MODIFIER_SYMBOL:
    case G_UNICODE_OTHER_SYMBOL:
        return c >= 0x80; /* cmark knows those of ASCII */
    default:
        return FALSE;
    }
}

gboolean
n2_flank_put(GString *source)
{
    GString *out = NULL;
    const char *done = source->str, *end = source->str + source->len;
    for (const char *run = strpbrk(done, "*_"), *to; run; run = strpbrk(to, "*_")) {
        to = run + strspn(run, "*_");
        gboolean before = run > source->str && (guchar)run[-1] >= 0x80 &&
                          is_symbol(g_utf8_get_char(g_utf8_prev_char(run)));
        gboolean behind = (guchar)*to >= 0x80 && is_symbol(g_utf8_get_char(to));
        if (!before && !behind)
            continue;
        if (!out)
            out = g_string_sized_new(source->len + source->len / 8);
        g_string_append_len(out, done, run - done);
        if (before)
            g_string_append(out, N2_MARK_FLANK_BEFORE STAND_IN);
        g_string_append_len(out, run, to - run);
        if (behind)
            g_string_append(out, STAND_IN N2_MARK_FLANK_BEHIND);
        done = to;
    }
    if (!out)
        return FALSE;
    g_string_append_len(out, done, end - done);
    g_string_assign(source, out->str);
    g_string_free(out, TRUE);
    return TRUE;
}

/* @text as it was; NULL if nothing was put into it (transfer full) (nullable). */
static char *
restore(const char *text)
{
    if (!text || !strstr(text, "\xef\xb7"))
        return NULL;
    GString *out = g_string_sized_new(strlen(text));
    while (*text) {
        if (g_str_has_prefix(text, N2_MARK_FLANK_BEFORE STAND_IN) ||
            g_str_has_prefix(text, STAND_IN N2_MARK_FLANK_BEHIND))
            text += strlen(N2_MARK_FLANK_BEFORE STAND_IN);
        else
            g_string_append_c(out, *text++);
    }
    return g_string_free(out, FALSE);
}

static void
restore_by(cmark_node *node,
           const char *(*get)(cmark_node *node),
           int (*set)(cmark_node *node, const char *text))
{
    g_autofree char *text = restore(get(node));
    if (text)
        set(node, text);
}

void
n2_flank_take(cmark_node *tree)
{
    cmark_iter *iter = cmark_iter_new(tree);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (event != CMARK_EVENT_ENTER)
            continue;
        if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE) {
            restore_by(node, cmark_node_get_url, cmark_node_set_url);
            restore_by(node, cmark_node_get_title, cmark_node_set_title);
            continue;
        }
        if (type == CMARK_NODE_CODE_BLOCK)
            restore_by(node, cmark_node_get_fence_info, cmark_node_set_fence_info);
        restore_by(node, cmark_node_get_literal, cmark_node_set_literal);
    }
    cmark_iter_free(iter);
}
