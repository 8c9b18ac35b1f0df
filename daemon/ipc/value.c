/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * value.c - tables of the control plane as GVariants with the shapes of the XML.
 */
#include "ipc/value.h"

#include <gio/gio.h>
#include <string.h>

#include "base/netaddr.h"

static GVariant *
string_value(const char *text)
{
    return g_variant_new_take_string(g_utf8_make_valid(text ? text : "", -1));
}

/* The first text of each row: how lists of plain words come out of a table. */
static GVariant *
words_value(const n2_table *table)
{
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
    for (size_t i = 0; table && i < table->n_rows; i++)
        if (table->rows[i].n_cells && table->rows[i].cells[0].type == N2_VALUE_TEXT)
            g_variant_builder_add_value(&list, string_value(table->rows[i].cells[0].text));
    return g_variant_builder_end(&list);
}

static GVariant *
split_value(const char *text)
{
    GVariantBuilder list;
    g_auto(GStrv) words = g_strsplit(text ? text : "", ",", -1);

    g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
    for (char **word = words; *word; word++)
        if (**word)
            g_variant_builder_add_value(&list, string_value(*word));
    return g_variant_builder_end(&list);
}

static GVariant *field_value(const n2_cell *field);

/* Rows of name, type, value as name to value; the first of a name counts. */
static GVariant *
attributes_value(const n2_table *table)
{
    GVariantBuilder dict;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    for (size_t i = 0; table && i < table->n_rows; i++) {
        const n2_cell *name = n2_table_get(table, i, "name");
        const n2_cell *value = n2_table_get(table, i, "value");
        if (!name || name->type != N2_VALUE_TEXT || !value)
            continue;
        char *key = g_utf8_make_valid(name->text, -1);
        if (!g_hash_table_contains(seen, key))
            g_variant_builder_add(&dict, "{sv}", key, field_value(value));
        g_hash_table_add(seen, key);
    }
    return g_variant_builder_end(&dict);
}

static GVariant *
table_value(const char *name, const n2_table *table)
{
    if (strcmp(name, "attributes") == 0)
        return attributes_value(table);
    if (strcmp(name, "from") == 0 || strcmp(name, "path") == 0 ||
        strcmp(name, "damaged") == 0 || strcmp(name, "qr") == 0 || strcmp(name, "touch") == 0 ||
        strcmp(name, "can-touch") == 0)
        return words_value(table);
    return n2_value_rows(table);
}

/* A transport address (base/netaddr.h) as people write it: where a link comes from that the
 * other side opened. */
static GVariant *
endpoint_value(const uint8_t *bytes, gsize len)
{
    gboolean is_v4 = len == 1 + 2 + 4 && bytes[0] == 4;
    gboolean is_v6 = len >= 1 + 2 + 16 && bytes[0] == 6;
    n2_net_addr net = {.len = (uint8_t)MIN(len, sizeof net.bytes)};

    memcpy(net.bytes, bytes, net.len);
    if (n2_net_is_ether(&net)) {
        char text[N2_NET_ETHER_TEXT_BYTES];
        n2_net_ether_format(&net, text);
        return g_variant_new_string(text);
    }

    if (!is_v4 && !is_v6)
        return string_value("");
    g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes(
        bytes + 3, is_v4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
    g_autofree char *host = g_inet_address_to_string(address);

    return g_variant_new_take_string(
        g_strdup_printf(is_v4 ? "udp:%s:%u" : "udp:[%s]:%u", host, bytes[1] << 8 | bytes[2]));
}

static GVariant *
field_value(const n2_cell *field)
{
    switch (field->type) {
    case N2_VALUE_TEXT:
        return strcmp(field->name, "listeners") == 0 || strcmp(field->name, "identities") == 0
                   ? split_value(field->text)
                   : string_value(field->text);
    case N2_VALUE_INT:
        return g_variant_new_int64(field->integer);
    case N2_VALUE_BOOL:
        return g_variant_new_boolean(field->integer != 0);
    case N2_VALUE_BYTES:
        return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, field->text,
                                         (gsize)field->integer, 1);
    case N2_VALUE_TABLE:
        return table_value(field->name, field->table);
    }
    g_assert_not_reached();
}

void
n2_value_add_row(GVariantBuilder *dict, const n2_table *table, size_t row, const char *without)
{
    if (!table || row >= table->n_rows)
        return;
    for (size_t i = 0; i < table->rows[row].n_cells; i++) {
        const n2_cell *field = &table->rows[row].cells[i];
        if (g_strcmp0(field->name, without) == 0)
            continue;
        if (strcmp(field->name, "net") == 0 && field->type == N2_VALUE_BYTES)
            g_variant_builder_add(
                dict, "{sv}", "endpoint",
                endpoint_value((const uint8_t *)field->text, (gsize)field->integer));
        else
            g_variant_builder_add(dict, "{sv}", field->name, field_value(field));
    }
}

GVariant *
n2_value_row(const n2_table *table, size_t row)
{
    GVariantBuilder dict;

    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    n2_value_add_row(&dict, table, row, NULL);
    return g_variant_builder_end(&dict);
}

GVariant *
n2_value_rows(const n2_table *table)
{
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; table && i < table->n_rows; i++)
        g_variant_builder_add_value(&list, n2_value_row(table, i));
    return g_variant_builder_end(&list);
}
