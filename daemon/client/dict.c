/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dict.c - reading the dictionaries that the node answers with.
 */
#include "client/client.h"

const char *
n2_dict_string(GVariant *dict, const char *key)
{
    const char *text = NULL;

    return dict && g_variant_lookup(dict, key, "&s", &text) ? text : NULL;
}

static guint64
positive(gint64 value)
{
    return value > 0 ? (guint64)value : 0;
}

guint64
n2_dict_uint(GVariant *dict, const char *key)
{
    g_autoptr(GVariant) value = dict ? g_variant_lookup_value(dict, key, NULL) : NULL;

    if (!value)
        return 0;
    switch (g_variant_classify(value)) {
    case G_VARIANT_CLASS_INT64:
        return positive(g_variant_get_int64(value));
    case G_VARIANT_CLASS_UINT64:
        return g_variant_get_uint64(value);
    case G_VARIANT_CLASS_INT32:
        return positive(g_variant_get_int32(value));
    case G_VARIANT_CLASS_UINT32:
        return g_variant_get_uint32(value);
    case G_VARIANT_CLASS_UINT16:
        return g_variant_get_uint16(value);
    case G_VARIANT_CLASS_BYTE:
        return g_variant_get_byte(value);
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DOUBLE:
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
        break;
    }
    return 0;
}

gboolean
n2_dict_bool(GVariant *dict, const char *key)
{
    gboolean value = FALSE;

    return dict && g_variant_lookup(dict, key, "b", &value) && value;
}

GVariant *
n2_dict_dup(GVariant *dict, const char *key, const char *type)
{
    return dict ? g_variant_lookup_value(dict, key, G_VARIANT_TYPE(type)) : NULL;
}
