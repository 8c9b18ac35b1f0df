/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * front.c - front matter: YAML between "---" and "---" at the start of a page.
 *
 * Only a map of plain values and lists of them is read; what lies deeper is left out, aliases
 * are refused.  What does not look like front matter is part of the page.
 */
#include <string.h>
#include <yaml.h>

#include <glib/gi18n-lib.h>

#include "render/tree.h"

void
n2_attribute_free(n2_attribute *attribute)
{
    g_free(attribute->name);
    g_strfreev(attribute->values);
    g_free(attribute);
}

/* One line of at most N2_PAGE_ATTRIBUTE_MAX characters (transfer full). */
static char *
tidy(const char *text)
{
    GString *out = g_string_new(NULL);
    for (guint n = 0; *text && n < N2_PAGE_ATTRIBUTE_MAX; text = g_utf8_next_char(text), n++) {
        gunichar c = g_utf8_get_char(text);
        g_string_append_unichar(out, g_unichar_iscntrl(c) ? ' ' : c);
    }
    return g_strstrip(g_string_free(out, FALSE));
}

typedef struct {
    GPtrArray *attributes; /* (nullable) */
    guint depth;           /* open lists and maps */
    char *name;            /* (nullable) of the attribute being read */
    GPtrArray *values;     /* of it */
    gboolean is_map;       /* what stands outermost */
    const char *problem;
} reader;

static void
end_attribute(reader *r)
{
    if (!r->name)
        return;
    if (r->attributes && r->attributes->len < N2_PAGE_ATTRIBUTES_MAX) {
        n2_attribute *attribute = g_new0(n2_attribute, 1);
        attribute->name = tidy(r->name);
        attribute->values = g_new0(char *, r->values->len + 1);
        for (guint i = 0; i < r->values->len; i++)
            attribute->values[i] = tidy(g_ptr_array_index(r->values, i));
        g_ptr_array_add(r->attributes, attribute);
    }
    g_ptr_array_set_size(r->values, 0);
    g_clear_pointer(&r->name, g_free);
}

static void
take_scalar(reader *r, const char *text)
{
    if (r->depth == 1 && !r->name) {
        r->name = g_strdup(text);
        return;
    }
    if (r->depth <= 2 && r->values->len < N2_PAGE_ATTRIBUTES_MAX)
        g_ptr_array_add(r->values, g_strdup(text));
    if (r->depth == 1)
        end_attribute(r);
}

static void
take_event(reader *r, const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        if (!r->depth)
            r->is_map = event->type == YAML_MAPPING_START_EVENT;
        else if (r->depth == 1 && !r->name)
            r->problem =
                _("The lines at the top of this page can’t be read as its attributes.");
        if (++r->depth > N2_PAGE_DATA_DEPTH_MAX)
            r->problem =
                _("The lines at the top of this page can’t be read as its attributes.");
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        if (--r->depth == 1)
            end_attribute(r);
        break;
    case YAML_SCALAR_EVENT:
        take_scalar(r, (const char *)event->data.scalar.value);
        break;
    case YAML_ALIAS_EVENT:
        r->problem = _("The attributes at the top of this page refer to one another; that is "
                       "not done here.");
        break;
    default:
        break;
    }
}

/* Reads @text, which is front matter if it is a map. */
static void
read_yaml(reader *r, const char *text, gsize len)
{
    yaml_parser_t parser;
    yaml_event_t event;
    gboolean goes_on = TRUE;
    if (!yaml_parser_initialize(&parser))
        g_error("no memory for YAML");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const guchar *)text, len);
    while (goes_on && !r->problem) {
        if (!yaml_parser_parse(&parser, &event)) {
            r->problem =
                _("The lines at the top of this page can’t be read as its attributes.");
            break;
        }
        take_event(r, &event);
        goes_on = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

static gboolean
is_fence(const char *line, gsize len, gboolean is_end)
{
    while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    return len == 3 && (!strncmp(line, "---", 3) || (is_end && !strncmp(line, "...", 3)));
}

/* Whether the first line of @text that says something begins like "name:". */
static gboolean
has_name(const char *text, gsize len)
{
    gsize i = 0, start;
    while (i < len && (g_ascii_isspace(text[i]) || text[i] == '#'))
        i += text[i] == '#' ? strcspn(text + i, "\n") : 1;
    start = i;
    while (i < len && (g_ascii_isalnum(text[i]) || strchr("-_.\"'", text[i])))
        i++;
    return i > start && i < len && text[i] == ':';
}

const char *
n2_front_take(GString *source, GPtrArray *attributes, char **raw)
{
    const char *text = source->str;
    gsize start = strcspn(text, "\n"), end;
    *raw = NULL;
    if (!text[start] || !is_fence(text, start, FALSE))
        return NULL;
    start++;
    for (end = start;; end += strcspn(text + end, "\n") + 1) {
        gsize line = strcspn(text + end, "\n");
        if (is_fence(text + end, line, TRUE))
            break;
        if (!text[end + line] || end > N2_PAGE_FRONT_BYTES_MAX)
            return NULL;
    }
    gsize rest = end + strcspn(text + end, "\n");
    g_autofree char *marked = g_strndup(text + start, end - start);
    g_autofree char *front = n2_mark_restore(marked, FALSE);
    if (!has_name(front, strlen(front)))
        return NULL;
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    reader r = {.attributes = attributes, .values = values};
    read_yaml(&r, front, strlen(front));
    g_free(r.name);
    if (!r.problem && !r.is_map)
        return NULL;
    if (r.problem)
        *raw = g_steal_pointer(&front);
    g_string_erase(source, 0, (gssize)(rest + (text[rest] ? 1 : 0)));
    return r.problem;
}

const char *
n2_front_find(const n2_page *page, const char *name)
{
    for (guint i = 0; i < page->attributes->len; i++) {
        const n2_attribute *attribute = g_ptr_array_index(page->attributes, i);
        if (!g_ascii_strcasecmp(attribute->name, name) && attribute->values[0] &&
            *attribute->values[0])
            return attribute->values[0];
    }
    return NULL;
}

static gboolean
has_title(cmark_node *tree)
{
    for (cmark_node *node = cmark_node_first_child(tree); node; node = cmark_node_next(node))
        if (cmark_node_get_type(node) == CMARK_NODE_HEADING)
            return cmark_node_get_heading_level(node) == 1;
    return FALSE;
}

/* "Mira Berg · 2026-11-22" (transfer full). */
static char *
make_byline(const n2_page *page)
{
    GString *line = g_string_new(NULL);
    for (guint i = 0; i < page->attributes->len; i++) {
        const n2_attribute *attribute = g_ptr_array_index(page->attributes, i);
        if (g_ascii_strcasecmp(attribute->name, "author") &&
            g_ascii_strcasecmp(attribute->name, "date"))
            continue;
        g_autofree char *values = g_strjoinv(", ", attribute->values);
        if (*values)
            g_string_append_printf(line, "%s%s", line->len ? " · " : "", values);
    }
    return g_string_free(line, FALSE);
}

void
n2_front_place(n2_page *page)
{
    const char *title = n2_front_find(page, "title");
    g_autofree char *byline = make_byline(page);
    cmark_node *first = NULL;
    if (title && !has_title(page->tree)) {
        cmark_node *heading = cmark_node_new(CMARK_NODE_HEADING);
        cmark_node_set_heading_level(heading, 1);
        cmark_node_append_child(heading, n2_node_new_text(title));
        cmark_node_prepend_child(page->tree, heading);
    }
    if (!*byline)
        return;
    cmark_node *line = n2_node_new(CMARK_NODE_CUSTOM_BLOCK, N2_NODE_BYLINE);
    cmark_node_append_child(line, n2_node_new_text(byline));
    first = cmark_node_first_child(page->tree);
    if (first && cmark_node_get_type(first) == CMARK_NODE_HEADING)
        cmark_node_insert_after(first, line);
    else
        cmark_node_prepend_child(page->tree, line);
}
