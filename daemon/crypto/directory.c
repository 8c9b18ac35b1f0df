/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * directory.c - directories read.
 */
#include "crypto/directory.h"

#include <string.h>

#include "base/limits.h"
#include "crypto/directory-fields.h"

static n2_entry
entry_of(const n2_field *f)
{
    n2_entry e = {.box = n2_box_of_field(f)};

    e.name = (const char *)n2_box_bytes(&e.box, ENTRY_NAME, &e.name_len);
    e.ref = n2_box_ref(&e.box, ENTRY_CONTENT);
    int64_t type = n2_box_int(&e.box, ENTRY_TYPE);
    e.type = type >= N2_ENTRY_FILE && type <= N2_ENTRY_LINK ? (uint8_t)type : 0;
    return e;
}

int
n2_entry_name_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t common = a_len < b_len ? a_len : b_len;
    int order = common ? memcmp(a, b, common) : 0;

    return order ? order : (a_len > b_len) - (a_len < b_len);
}

n2_err
n2_directory_check(n2_directory *out,
                   const uint8_t *bytes,
                   size_t len,
                   const n2_unicode *unicode)
{
    n2_directory dir = {.bytes = bytes, .len = len};
    n2_entry before = {0}, e;

    *out = (n2_directory){0};
    n2_err err = n2_box_check(&dir.box, bytes, len, N2_KIND_DIRECTORY, unicode);
    if (err)
        return err;
    for (size_t at = 0; n2_directory_next(&dir, &at, &e); before = e, dir.n_entries++) {
        if (!e.type || n2_utf8_check_name(e.name, e.name_len, unicode))
            return N2_ERR_FORMAT;
        if (dir.n_entries &&
            n2_entry_name_compare(before.name, before.name_len, e.name, e.name_len) >= 0)
            return N2_ERR_FORMAT;
    }
    *out = dir;
    return N2_OK;
}

bool
n2_directory_next(const n2_directory *dir, size_t *at, n2_entry *out)
{
    n2_field f;

    while (n2_box_next(&dir->box, at, &f))
        if (f.number == DIRECTORY_ENTRIES) {
            *out = entry_of(&f);
            return true;
        }
    return false;
}

n2_err
n2_directory_find(const n2_directory *dir, const char *name, size_t name_len, n2_entry *out)
{
    n2_entry e;

    for (size_t at = 0; n2_directory_next(dir, &at, &e);)
        if (e.name_len == name_len && memcmp(e.name, name, name_len) == 0) {
            *out = e;
            return N2_OK;
        }
    *out = (n2_entry){0};
    return N2_ERR_NOTFOUND;
}

bool
n2_entry_next_attr(const n2_entry *entry, size_t *at, n2_attr *out)
{
    n2_field f;

    while (n2_box_next(&entry->box, at, &f))
        if (f.number == ENTRY_ATTRIBUTES) {
            *out = n2_field_attr(&f);
            return true;
        }
    return false;
}

bool
n2_entry_attr(const n2_entry *entry, const char *name, n2_attr *out)
{
    size_t len = strlen(name);
    n2_attr a;

    for (size_t at = 0; n2_entry_next_attr(entry, &at, &a);)
        if (a.name_len == len && memcmp(a.name, name, len) == 0) {
            *out = a;
            return true;
        }
    *out = (n2_attr){0};
    return false;
}
