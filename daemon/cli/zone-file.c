/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-file.c - a zone as YAML for administrators: written, and read with limits.
 *
 *     net2o-zone: 1
 *     zone: k1-...
 *     names:
 *       anna:
 *         identity: k1-...
 *         until: 2027-01-01T00:00:00Z
 *         mail: [mail.demo]
 *         servers: [k1-...]
 *         offers:
 *           text:phone: ...
 *
 * Of YAML: maps, lists and scalars, in one document; no anchors, aliases and tags.
 */
#include <glib/gi18n.h>
#include <yaml.h>

#include "cli/zone.h"

enum {
    FORM = 1
};

typedef struct {
    yaml_parser_t parser;
    GError **error;
    gsize n_names;
} reader;

static gboolean
fail_at(reader *r, n2_err code, gsize line, const char *why)
{
    g_autofree char *what = g_strdup_printf(_("line %zu"), line + 1);

    n2_error_set(r->error, code, what, why,
                 N_("Nothing was changed. Compare it with what 'net2o name zone "
                    "export' writes."));
    return FALSE;
}

static gboolean
next(reader *r, yaml_event_t *event)
{
    if (!yaml_parser_parse(&r->parser, event))
        return fail_at(r, N2_ERR_FORMAT, r->parser.problem_mark.line, N_("this is no YAML"));
    gsize line = event->start_mark.line;
    gboolean is_fine = event->type != YAML_ALIAS_EVENT;
    gboolean is_long = FALSE;

    if (event->type == YAML_SCALAR_EVENT) {
        const char *text = (const char *)event->data.scalar.value;

        is_long = event->data.scalar.length > N2_ZONE_FILE_WORD_BYTES_MAX;
        is_fine = !event->data.scalar.anchor && !event->data.scalar.tag &&
                  strlen(text) == event->data.scalar.length && !strpbrk(text, "\t\n\r");
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        is_fine = !event->data.mapping_start.anchor && !event->data.mapping_start.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        is_fine = !event->data.sequence_start.anchor && !event->data.sequence_start.tag;
    }
    if (is_fine && !is_long)
        return TRUE;
    yaml_event_delete(event);
    return is_long ? fail_at(r, N2_ERR_LIMIT, line, N_("this is too long"))
                   : fail_at(r, N2_ERR_FORMAT, line,
                             N_("this part of YAML is not used in zone files"));
}

/* The next one must be of this type. */
static gboolean
expect(reader *r, yaml_event_type_t type)
{
    yaml_event_t event;

    if (!next(r, &event))
        return FALSE;
    gboolean is_it = event.type == type;
    gsize line = event.start_mark.line;

    yaml_event_delete(&event);
    return is_it || fail_at(r, N2_ERR_FORMAT, line, N_("something else is expected here"));
}

/* A scalar (transfer full), or NULL: the map or list is over, or (@error set) it failed. */
static char *
word(reader *r, yaml_event_type_t end, gboolean *is_over)
{
    yaml_event_t event;
    char *text = NULL;

    *is_over = FALSE;
    if (!next(r, &event))
        return NULL;
    gsize line = event.start_mark.line;

    if (event.type == YAML_SCALAR_EVENT)
        text = g_strdup((const char *)event.data.scalar.value);
    *is_over = event.type == end;
    yaml_event_delete(&event);
    if (!text && !*is_over)
        (void)fail_at(r, N2_ERR_FORMAT, line, N_("something else is expected here"));
    return text;
}

/* ---- values ---- */

static gboolean
add_time(reader *r, GString *line, const char *key, const char *value)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) at = g_date_time_new_from_iso8601(value, utc);

    if (!at)
        return fail_at(r, N2_ERR_FORMAT, r->parser.mark.line, N_("this is no time"));
    g_string_append_printf(line, "\t%s=%" G_GINT64_FORMAT, key,
                           g_date_time_to_unix(at) * G_USEC_PER_SEC +
                               g_date_time_get_microsecond(at));
    return TRUE;
}

static gboolean
add_list(reader *r, GString *line, const char *key)
{
    gboolean is_over;

    if (!expect(r, YAML_SEQUENCE_START_EVENT))
        return FALSE;
    for (;;) {
        g_autofree char *value = word(r, YAML_SEQUENCE_END_EVENT, &is_over);

        if (!value)
            return is_over;
        g_string_append_printf(line, "\t%s=%s", key, value);
    }
}

static gboolean
add_offers(reader *r, GString *line)
{
    gboolean is_over, is_none;

    if (!expect(r, YAML_MAPPING_START_EVENT))
        return FALSE;
    for (;;) {
        g_autofree char *key = word(r, YAML_MAPPING_END_EVENT, &is_over);
        if (!key)
            return is_over;
        g_autofree char *value = word(r, YAML_NO_EVENT, &is_none);
        if (!value)
            return FALSE;
        if (strchr(key, '=') || !strchr(key, ':'))
            return fail_at(r, N2_ERR_FORMAT, r->parser.mark.line,
                           N_("something else is expected here"));
        g_string_append_printf(line, "\t%s=%s", key, value);
    }
}

static gboolean
add_member(reader *r, GString *line, const char *key)
{
    static const char *const plain[] = {"identity", "zone", "caching", NULL};
    static const char *const times[] = {"since", "until", NULL};
    gboolean is_none;

    if (g_str_equal(key, "mail"))
        return add_list(r, line, "mail");
    if (g_str_equal(key, "servers"))
        return add_list(r, line, "id:server");
    if (g_str_equal(key, "offers"))
        return add_offers(r, line);
    if (!g_strv_contains(plain, key) && !g_strv_contains(times, key))
        return fail_at(r, N2_ERR_FORMAT, r->parser.mark.line,
                       N_("there is no such member of a name"));
    g_autofree char *value = word(r, YAML_NO_EVENT, &is_none);
    if (!value)
        return FALSE;
    if (g_strv_contains(times, key))
        return add_time(r, line, key, value);
    g_string_append_printf(line, "\t%s=%s", key, value);
    return TRUE;
}

static gboolean
read_names(reader *r, GStrvBuilder *names)
{
    gboolean is_over;

    if (!expect(r, YAML_MAPPING_START_EVENT))
        return FALSE;
    for (;;) {
        g_autofree char *label = word(r, YAML_MAPPING_END_EVENT, &is_over);
        if (!label)
            return is_over;
        g_autoptr(GString) line = g_string_new(label);

        if (++r->n_names > N2_ZONE_FILE_NAMES_MAX)
            return fail_at(r, N2_ERR_LIMIT, r->parser.mark.line,
                           N_("these are too many names"));
        if (!expect(r, YAML_MAPPING_START_EVENT))
            return FALSE;
        for (;;) {
            g_autofree char *key = word(r, YAML_MAPPING_END_EVENT, &is_over);

            if (!key && !is_over)
                return FALSE;
            if (!key)
                break;
            if (!add_member(r, line, key))
                return FALSE;
        }
        g_strv_builder_add(names, line->str);
    }
}

static gboolean
read_document(reader *r, char **zone, GStrvBuilder *names)
{
    gboolean is_over, has_form = FALSE, is_none;

    if (!expect(r, YAML_STREAM_START_EVENT) || !expect(r, YAML_DOCUMENT_START_EVENT) ||
        !expect(r, YAML_MAPPING_START_EVENT))
        return FALSE;
    for (;;) {
        g_autofree char *key = word(r, YAML_MAPPING_END_EVENT, &is_over);
        if (!key && !is_over)
            return FALSE;
        if (!key)
            break;
        if (g_str_equal(key, "names") && has_form) {
            if (!read_names(r, names))
                return FALSE;
            continue;
        }
        g_autofree char *value = word(r, YAML_NO_EVENT, &is_none);
        if (!value)
            return FALSE;
        if (g_str_equal(key, "net2o-zone") && !has_form) {
            has_form = g_str_equal(value, "1");
            if (!has_form)
                return fail_at(r, N2_ERR_VERSION, r->parser.mark.line,
                               N_("this form came after this program"));
        } else if (g_str_equal(key, "zone") && has_form && !*zone) {
            *zone = g_steal_pointer(&value);
        } else {
            return fail_at(r, N2_ERR_FORMAT, r->parser.mark.line,
                           N_("a zone file begins with 'net2o-zone: 1'"));
        }
    }
    return expect(r, YAML_DOCUMENT_END_EVENT) && expect(r, YAML_STREAM_END_EVENT);
}

gboolean
n2_cli_zone_read(GBytes *text, char **zone, GStrv *names, GError **error)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *of = NULL;
    reader r = {.error = error};
    gsize len;
    const guint8 *bytes = g_bytes_get_data(text, &len);

    if (!yaml_parser_initialize(&r.parser))
        g_error("no memory for YAML");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, bytes ? bytes : (const guint8 *)"", len);
    gboolean is_fine = read_document(&r, &of, builder);
    yaml_parser_delete(&r.parser);
    if (!is_fine)
        return FALSE;
    *zone = g_steal_pointer(&of);
    *names = g_strv_builder_end(builder);
    return TRUE;
}

/* ---- writing ---- */

void
n2_cli_zone_write_head(GString *out, const char *zone)
{
    g_string_append_printf(out, "net2o-zone: %d\nzone: %s\nnames:\n", FORM, zone);
}

/* In double quotes, so that nothing in it means something. */
static void
put_word(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (; *text; text++) {
        if (strchr("\"\\", *text))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

static void
put_text(GString *out, GVariant *name, const char *key)
{
    const char *text = NULL;

    if (g_variant_lookup(name, key, "&s", &text) && *text)
        g_string_append_printf(out, "    %s: %s\n", key, text);
}

static void
put_time(GString *out, GVariant *name, const char *key)
{
    gint64 at_us = 0;

    if (!g_variant_lookup(name, key, "x", &at_us))
        return;
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(at_us / G_USEC_PER_SEC);
    g_autofree char *text = at ? g_date_time_format(at, "%Y-%m-%dT%H:%M:%S") : NULL;
    if (text)
        g_string_append_printf(out, "    %s: %s.%06" G_GINT64_FORMAT "Z\n", key, text,
                               at_us % G_USEC_PER_SEC);
}

static void
put_list(GString *out, const char *key, GPtrArray *words)
{
    if (!words->len)
        return;
    g_string_append_printf(out, "    %s: [", key);
    for (guint i = 0; i < words->len; i++) {
        g_string_append(out, i ? ", " : "");
        put_word(out, g_ptr_array_index(words, i));
    }
    g_string_append(out, "]\n");
}

static gboolean
put_offers(GString *out, GVariant *name, GError **error)
{
    g_autoptr(GVariant) offers =
        g_variant_lookup_value(name, "offers", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GPtrArray) servers = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) others = g_string_new(NULL);

    for (gsize i = 0; offers && i < g_variant_n_children(offers); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(offers, i);
        g_autoptr(GVariant) value = g_variant_lookup_value(row, "value", NULL);
        const char *key = n2_dict_string(row, "name"), *type = n2_dict_string(row, "type");
        gboolean is_id = !g_strcmp0(type, "identity");
        gboolean is_int = !g_strcmp0(type, "integer");
        g_autofree char *text =
            value && g_variant_is_of_type(value, G_VARIANT_TYPE_INT64)
                ? g_strdup_printf("%" G_GINT64_FORMAT, g_variant_get_int64(value))
            : value && g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)
                ? g_variant_dup_string(value, NULL)
                : NULL;

        if (!key || !text || (!is_id && !is_int && g_strcmp0(type, "text") != 0)) {
            n2_error_set(error, N2_ERR_UNSUPPORTED, key ? key : "",
                         N_("a zone file has no form for what this name offers"),
                         N_("Only texts, integers and identities can be written there."));
            return FALSE;
        }
        if (is_id && g_str_equal(key, "server")) {
            g_ptr_array_add(servers, g_steal_pointer(&text));
            continue;
        }
        g_autofree char *typed = g_strconcat(is_id    ? "id:"
                                             : is_int ? "int:"
                                                      : "text:",
                                             key, NULL);
        g_string_append(others, "      ");
        put_word(others, typed);
        g_string_append(others, ": ");
        put_word(others, text);
        g_string_append_c(others, '\n');
    }
    put_list(out, "servers", servers);
    if (others->len)
        g_string_append_printf(out, "    offers:\n%s", others->str);
    return TRUE;
}

gboolean
n2_cli_zone_write_name(GString *out, GVariant *name, GError **error)
{
    g_autoptr(GVariant) hosts =
        g_variant_lookup_value(name, "mail-hosts", G_VARIANT_TYPE("aa{sv}"));
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *label = n2_dict_string(name, "label");
    gint64 caching = 0;

    g_string_append(out, "  ");
    put_word(out, label ? label : "");
    g_string_append(out, ":\n");
    put_text(out, name, "identity");
    put_text(out, name, "zone");
    put_time(out, name, "since");
    put_time(out, name, "until");
    if (g_variant_lookup(name, "caching", "x", &caching))
        g_string_append_printf(out, "    caching: %" G_GINT64_FORMAT "\n", caching);
    for (gsize i = 0; hosts && i < g_variant_n_children(hosts); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(hosts, i);

        g_ptr_array_add(words, g_strdup(n2_dict_string(row, "host")));
    }
    put_list(out, "mail", words);
    return put_offers(out, name, error);
}
