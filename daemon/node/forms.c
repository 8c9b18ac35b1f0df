/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * forms.c - statements as text and as QR texts.
 */
#include "node/forms.h"

#include <stdlib.h>

#include "crypto/armor.h"
#include "crypto/container.h"

void
n2_forms_put_text(n2_table *t, uint8_t kind, const void *bytes, size_t len)
{
    size_t room = n2_armor_chars(len);
    char *out = malloc(room);

    if (!out)
        n2_table_take(t, "text", NULL);
    else if (!n2_armor_write(out, room, kind, bytes, len))
        n2_table_text(t, "text", out);
    free(out);
}

/* (transfer full): NULL: no memory, or it is too long for a code. */
static char *
qr_dup(const void *bytes, size_t len)
{
    size_t room = n2_qr_chars(len);
    char *out = malloc(room);

    if (out && n2_qr_write(out, room, bytes, len)) {
        free(out);
        out = NULL;
    }
    return out;
}

void
n2_forms_put_qr(n2_table *t, const void *bytes, size_t len)
{
    char *qr = qr_dup(bytes, len);

    n2_table_text(t, "qr", qr);
    free(qr);
}

/* Statements from @at on that go into one code; a long one by itself. */
static size_t
part_len(const uint8_t *container, size_t len, size_t at)
{
    size_t begin = at, end = at, n;
    const uint8_t *statement;

    while (n2_container_next(container, len, &at, &statement, &n) &&
           (end == begin || at - begin <= N2_FORMS_PART_BYTES))
        end = at;
    return end - begin;
}

void
n2_forms_put_parts(n2_table *t, const void *container, size_t len)
{
    const uint8_t *bytes = container;
    n2_table *parts = n2_table_new();
    bool fits = true;

    for (size_t at = 0, n; fits && at < len; at += n) {
        n = part_len(bytes, len, at);
        char *qr = n ? qr_dup(bytes + at, n) : NULL;
        fits = qr != NULL;
        if (fits) {
            n2_table_row(parts);
            n2_table_text(parts, "part", qr);
        }
        free(qr);
    }
    if (fits)
        n2_table_take(t, "qr", parts);
    else
        n2_table_free(parts);
}
