/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * json.c - results and errors for programs: one JSON object a line.
 */
#include <glib/gi18n.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* RFC 8259 7.  Controls beyond it and DEL are written as \u too, so that no terminal minds. */
static void
append_text(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *p = text; *p; p = n2_cli_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '"' || c == '\\')
            g_string_append_printf(out, "\\%c", (char)c);
        else if (c == '\n')
            g_string_append(out, "\\n");
        else if (c == '\t')
            g_string_append(out, "\\t");
        else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
    g_string_append_c(out, '"');
}

static void append_value(GString *out, GVariant *value);

static void
append_object(GString *out, GVariant *dict)
{
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_string_append_c(out, '{');
    g_variant_iter_init(&iter, dict);
    for (gboolean is_first = TRUE; g_variant_iter_next(&iter, "{&sv}", &key, &value);
         is_first = FALSE) {
        if (!is_first)
            g_string_append(out, ", ");
        append_text(out, key);
        g_string_append(out, ": ");
        append_value(out, value);
        g_variant_unref(value);
    }
    g_string_append_c(out, '}');
}

static void
append_array(GString *out, GVariant *list)
{
    g_string_append_c(out, '[');
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(list, i);
        if (i)
            g_string_append(out, ", ");
        append_value(out, child);
    }
    g_string_append_c(out, ']');
}

static void
append_bytes(GString *out, GVariant *bytes)
{
    gsize len = 0;
    const guchar *data = g_variant_get_fixed_array(bytes, &len, 1);
    g_autofree char *text = g_base64_encode(data, len);

    append_text(out, text);
}

static void
append_value(GString *out, GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARDICT))
        append_object(out, value);
    else if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING))
        append_bytes(out, value);
    else if (g_variant_is_of_type(value, G_VARIANT_TYPE_ARRAY) ||
             g_variant_is_of_type(value, G_VARIANT_TYPE_TUPLE))
        append_array(out, value);
    else if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        append_text(out, g_variant_get_string(value, NULL));
    else {
        g_autofree char *plain = g_variant_print(value, FALSE); /* numbers, true and false */
        g_string_append(out, plain);
    }
}

char *
n2_cli_json(GVariant *value)
{
    GString *out = g_string_new(NULL);

    append_value(out, value);
    return g_string_free(out, FALSE);
}

static void
print_line(GVariant *value)
{
    g_autofree char *line = n2_cli_json(value);

    printf("%s\n", line);
}

void
n2_cli_print_json(GVariant *value)
{
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE("aa{sv}"))) {
        print_line(value);
        return;
    }
    for (gsize i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(value, i);
        print_line(row);
    }
}

void
n2_cli_print_json_words(const char *key, ...)
{
    GVariantBuilder dict;
    va_list words;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    va_start(words, key);
    for (; key; key = va_arg(words, const char *)) {
        const char *word = va_arg(words, const char *);
        if (word)
            g_variant_builder_add(&dict, "{sv}", key, g_variant_new_string(word));
    }
    va_end(words);
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_builder_end(&dict));
    print_line(value);
}

int
n2_cli_print_error(const N2Cli *cli, const GError *error)
{
    n2_err code = n2_error_code(error);
    const char *what = n2_error_peek_what(error);
    const char *why = n2_error_peek_why(error);
    const char *next = n2_error_peek_next(error);

    if (cli->is_json) {
        GVariantBuilder dict;
        g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add(&dict, "{sv}", "code", g_variant_new_int64(n2_err_exit(code)));
        g_variant_builder_add(&dict, "{sv}", "error",
                              g_variant_new_string(n2_err_name(code) + strlen("N2_ERR_")));
        g_variant_builder_add(&dict, "{sv}", "what", g_variant_new_string(what));
        g_variant_builder_add(&dict, "{sv}", "why", g_variant_new_string(why));
        g_variant_builder_add(&dict, "{sv}", "next", g_variant_new_string(next));
        if (n2_error_get_hop(error))
            g_variant_builder_add(&dict, "{sv}", "hop",
                                  g_variant_new_int64(n2_error_get_hop(error)));
        g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_builder_end(&dict));
        g_autofree char *line = n2_cli_json(value);
        fprintf(stderr, "%s\n", line);
    } else {
        g_autofree char *clean = n2_cli_clean(error->message);
        fprintf(stderr, "net2o: %s\n", clean);
    }
    return n2_err_exit(code);
}
