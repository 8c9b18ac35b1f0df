/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * value.h - tables of the control plane as GVariants with the shapes of the XML.
 *
 * Layer: ipc, private to it.
 */
#pragma once

#include <glib.h>

#include "node/table.h"

/**
 * Row @row as a{sv} (floating); an empty dictionary if there is no such row.
 *
 * Text is s, integers are x, tables are aa{sv}, but: listeners (comma-separated text), from,
 * path, damaged, qr, touch and can-touch are as; attributes is a{sv}, name to value.  Bytes
 * that are not UTF-8 are replaced.
 */
GVariant *n2_value_row(const n2_table *table, size_t row);

/** All rows as aa{sv} (floating); NULL counts as none. */
GVariant *n2_value_rows(const n2_table *table);

/** The fields of row @row but @without (nullable), into @dict, a builder of a{sv}. */
void
n2_value_add_row(GVariantBuilder *dict, const n2_table *table, size_t row, const char *without);
