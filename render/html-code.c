/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html-code.c - writes blocks of code as HTML, with colours where the language is known.
 */
#include <string.h>

#include "render/code.h"
#include "render/write.h"

/* Classes of page.css; NULL for what gets no span. */
static const char *const classes[] = {
    [N2_CODE_PLAIN] = NULL,  [N2_CODE_WORD] = "k",    [N2_CODE_TYPE] = "t",
    [N2_CODE_STRING] = "s",  [N2_CODE_COMMENT] = "c", [N2_CODE_NUMBER] = "n",
    [N2_CODE_NAME] = "a",    [N2_CODE_COMMAND] = "p", [N2_CODE_ADDED] = "i",
    [N2_CODE_REMOVED] = "d", [N2_CODE_HEADING] = "h",
};

static void
put_colours(n2_writer *w, const n2_language *language, const char *code)
{
    n2_code_reader reader = {.language = language, .text = code, .len = strlen(code)};
    while (reader.at < reader.len) {
        gsize at = reader.at, len;
        n2_code_kind kind = n2_code_next(&reader, &len);
        if (classes[kind])
            g_string_append_printf(w->out, "<span class=\"%s\">", classes[kind]);
        n2_put_text(w->out, code + at, len);
        if (classes[kind])
            g_string_append(w->out, "</span>");
    }
    w->code_left -= MIN(reader.len, w->code_left);
}

void
n2_write_code_block(n2_writer *w, cmark_node *node, const char *class)
{
    const char *info = class ? NULL : cmark_node_get_fence_info(node);
    gsize name = info ? strcspn(info, " \t\n") : 0;
    const n2_language *language = name ? n2_code_find(info, name) : NULL;
    g_autofree char *code = n2_mark_restore(cmark_node_get_literal(node), FALSE);

    n2_write_line(w);
    g_string_append(w->out, w->page->is_plain ? "<pre class=\"plain\"><code" : "<pre><code");
    if (name || class) {
        g_autofree char *text = class ? g_strdup(class) : g_strndup(info, name);
        g_string_append(w->out, class ? " class=\"" : " class=\"language-");
        n2_put_attribute(w->out, text);
        g_string_append_c(w->out, '"');
    }
    g_string_append_c(w->out, '>');
    if (language && w->is_whole && strlen(code) <= w->code_left)
        put_colours(w, language, code);
    else
        n2_put_text(w->out, code, strlen(code));
    g_string_append(w->out, "</code></pre>\n");
}
