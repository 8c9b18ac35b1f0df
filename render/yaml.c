/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * yaml.c - reads YAML event by event: nothing is ever looked up, so an alias can't grow.
 */
#include <string.h>
#include <yaml.h>

#include <glib/gi18n-lib.h>

#include "render/data.h"

/* What an unquoted scalar is, by YAML 1.2's core schema. */
static n2_node_kind
judge(const char *text)
{
    static const char *const words[] = {"true", "false", "null", "~",
                                        "yes",  "no",    "True", "False"};
    char *end = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (!strcmp(text, words[i]))
            return N2_NODE_DATA_WORD;
    gboolean may_be = g_ascii_isdigit(*text) || (*text && strchr("-+.", *text));
    if (may_be && strlen(text) < 64) {
        g_ascii_strtod(text, &end);
        if (end != text && !*end)
            return N2_NODE_DATA_NUMBER;
    }
    return N2_NODE_DATA_STRING;
}

static gboolean
take_scalar(n2_data *data, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    gboolean is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (n2_data_wants_key(data))
        return n2_data_key(data, g_strdup(text));
    return n2_data_value(data, is_plain ? judge(text) : N2_NODE_DATA_STRING, text);
}

static gboolean
take_alias(n2_data *data, const yaml_event_t *event)
{
    g_autofree char *name = g_strconcat("*", (const char *)event->data.alias.anchor, NULL);
    if (n2_data_wants_key(data))
        return n2_data_key(data, g_steal_pointer(&name));
    return n2_data_value(data, N2_NODE_DATA_ALIAS, name);
}

/* FALSE if the tree can't be whole. */
static gboolean
take_event(n2_data *data, const yaml_event_t *event)
{
    gboolean begins =
        event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
    if (begins && n2_data_wants_key(data))
        return n2_data_fail(data, "YAML", event->start_mark.line + 1);
    if (begins)
        return n2_data_begin(data, event->type == YAML_SEQUENCE_START_EVENT);
    if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        n2_data_end(data);
    else if (event->type == YAML_SCALAR_EVENT)
        return take_scalar(data, event);
    else if (event->type == YAML_ALIAS_EVENT)
        return take_alias(data, event);
    return TRUE;
}

cmark_node *
n2_yaml_parse(const char *source, gsize len, char **problem)
{
    n2_data data = n2_data_init();
    yaml_parser_t parser;
    yaml_event_t event;
    gboolean goes_on = TRUE;
    if (!yaml_parser_initialize(&parser))
        g_error("no memory for YAML");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const guchar *)source, len);
    while (goes_on) {
        if (!yaml_parser_parse(&parser, &event)) {
            goes_on = n2_data_fail(&data, "YAML", parser.problem_mark.line + 1);
            break;
        }
        goes_on = take_event(&data, &event) && event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return n2_data_take(&data, problem);
}
