/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-cache.h - contents that are fetched for others, and fetched by way of who does that.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

void n2_cache_clear(n2_control *c);
void n2_cache_uses(const n2_control *c, n2_uses *uses);

/** For n2_serve_on_carry(). */
n2_err n2_cache_asked(void *user, const n2_ref *ref, const n2_id *author, const n2_part **part);

/** A transfer is over, perhaps one of those. */
void n2_cache_event(n2_control *c, const n2_fetch_event *event);

/** Is what @w has come to asked of our cache first? */
bool n2_cache_is_asked(const n2_control *c, const walk *w);

/** Fetches it there; @j waits for @awaits then.  Errors as n2_fetch_content(). */
N2_MUST_USE n2_err n2_cache_fetch(n2_control *c, job *j, unsigned content, awaited awaits);

/** What @j waited for could not be fetched: if it was by the cache, it is now without. Returns:
 *  whether @j is taken care of. */
bool n2_cache_failed(n2_control *c, job *j, awaited was);
