/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pcsc.h - the line to a card in a reader of this machine, by PC/SC.
 *
 * Layer:   token (may include: base only; PC/SC-lite).
 * Threads: a n2_pcsc belongs to one thread.
 * A connection is made for one job and ended after it: nothing goes stale, others get their
 * turn.  It is shared; a reset by another program is noticed and healed at begin().
 */
#pragma once

#include "token/link.h"

typedef struct n2_pcsc n2_pcsc;

/** What a PC/SC return code means. */
n2_token_code n2_pcsc_code(long code);

/** A context of the service, as SCARDCONTEXT; to be released by SCardReleaseContext(). */
N2_MUST_USE n2_token_code n2_pcsc_context(long *context);

/**
 * Connects to the card in @reader.
 *
 * @patience_ms: for how long to try again, later and later, while another program holds the
 *               card for itself (N2_TOKEN_IN_USE).
 * @pcsc: (out) (transfer full): n2_pcsc_close(); NULL on failure.
 */
N2_MUST_USE n2_token_code n2_pcsc_connect(n2_pcsc **pcsc,
                                          const char *reader,
                                          unsigned patience_ms);
void n2_pcsc_close(n2_pcsc *pcsc);

/**
 * Has the card gone since?  Waits up to a second, as the service may need a moment to notice:
 * for answers that make no sense, as some drivers give out the beginning of one that was cut
 * off.
 */
bool n2_pcsc_is_gone(n2_pcsc *pcsc);

/** (transfer none): valid until close. */
const n2_card_link *n2_pcsc_link(n2_pcsc *pcsc);
