/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * directory-fields.h - numbers of the fields of directories and entries, for those who read
 *                      and those who make them.
 *
 * Layer: crypto, private to directory*.c.
 */
#pragma once

#include <stddef.h>

enum {
    DIRECTORY_ATTRIBUTES = 65,
    DIRECTORY_ENTRIES = 128,

    ENTRY_NAME = 1,
    ENTRY_CONTENT = 2,
    ENTRY_TYPE = 3,
    ENTRY_ATTRIBUTES = 65
};

/** The order of names: by bytes, a prefix first. */
int n2_entry_name_compare(const char *a, size_t a_len, const char *b, size_t b_len);
