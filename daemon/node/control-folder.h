/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-folder.h - a folder with all that is in it, for a reader of archives.
 *
 * Layer: node.  Included by control-private.h only, behind its types.
 */
#pragma once

/** Does @j read whole folders? */
bool n2_folder_is(const job *j);

/** The walk has come to a folder. */
void n2_folder_begin(n2_control *c, job *j);

/** DONE of what AWAIT_GATHER waits for. */
void n2_folder_event(n2_control *c, job *j, const n2_fetch_event *event);

/** As n2_control_read(). */
N2_MUST_USE n2_err
n2_folder_copy(n2_control *c, job *j, uint8_t *buf, size_t len, size_t *out_len);
