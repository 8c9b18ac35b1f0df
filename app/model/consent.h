/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * consent.h - what of a warned place may be seen: one answer for a page and all that it brings.
 *
 * Layer: app/model (no widgets).
 *
 * The node judges every place that is opened by the same function, whether a tab or a picture
 * on a page wants it.  Where it says `ask`, nothing of the place is shown until the user went
 * on with just that warning; where it says `stop`, nothing is.
 */
#pragma once

#include "model/source.h"

G_BEGIN_DECLS

/** May bytes of @place be shown?  Of a source that knows no people all may. */
gboolean n2_consent_covers(N2Source *source, const N2Place *place);

/** Under which host it is, and what its node said against it (transfer full). */
char *n2_consent_dup_mark(const N2Place *place);

/** The user went on with places of this mark, in this run of the program. */
void n2_consent_give(N2Source *source, const char *mark);

G_END_DECLS
