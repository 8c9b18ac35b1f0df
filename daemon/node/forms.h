/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * forms.h - statements in the forms in which people hand them around, as cells of a table.
 *
 * Layer: node (may include: base, wire, crypto).  Control plane only.  In: crypto/pieces.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "node/table.h"

enum {
    N2_FORMS_PART_BYTES = 1000 /* of statements in one QR code, so that a camera reads it */
};

/** Cell `text`.  @kind: as in n2_armor_write(). */
void n2_forms_put_text(n2_table *t, uint8_t kind, const void *bytes, size_t len);

/** Cell `qr`, one text; absent if it fits no code. */
void n2_forms_put_qr(n2_table *t, const void *bytes, size_t len);

/** Cell `qr`, a table of rows `part`, each a container of some of the statements of this one;
 *  absent if one of them fits no code. */
void n2_forms_put_parts(n2_table *t, const void *container, size_t len);
