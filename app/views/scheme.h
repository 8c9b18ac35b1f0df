/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * scheme.h - what the web engine gets for a net2o: address.
 *
 * Layer: app/views.
 *
 * A main document is served only if the browser opened it (n2_engine_expect()); the engine
 * itself can open none.  Beside it a page gets style sheets from the program's resources, and
 * pictures of its own site.  The body of a request is never looked at.
 */
#pragma once

#include "views/engine.h"

G_BEGIN_DECLS

/** Answers @request, at once or later, exactly once. */
void n2_scheme_answer(N2Engine *engine, WebKitURISchemeRequest *request);

G_END_DECLS
