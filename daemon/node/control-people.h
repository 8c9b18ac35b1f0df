/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-people.h - whom the user knows, who has been met under which name, and what that
 * comes to when somebody is to be dealt with.
 *
 * Layer: node.  Included by control-private.h only.
 *
 *     name, address --n2_people_follow--> identity --n2_trust_of--> verdict, reasons
 *     it answered, and nothing stands against it --n2_trust_met--> history
 */
#pragma once

/** When this program was made, or the clock of the world if that is not known. */
int64_t n2_build_of(const n2_control *c);

#include "name/trust.h"

/* ---- control-people.c ---- */

/** PEOPLE_LIST, PEOPLE_SET, PEOPLE_REMOVE, PEOPLE_TRUST, PEOPLE_ACCEPT, PEOPLE_FORGET. */
void n2_people_job(n2_control *c, job *j);

/* ---- control-trust.c ---- */

/**
 * What is to be known before somebody is dealt with.  The same question has the same answer for
 * some seconds, unless n2_people_changed().
 *
 * @name: (nullable): by which the user came, folded; NULL: by address.
 * @was:  (nullable): whom that name means, if an end has led from there to @who.
 *
 * Returns: (transfer none), until the next call; NULL: the store could not be read, or no
 *          memory: nothing is to be believed then.
 */
const n2_trust *n2_trust_of(
    n2_control *c, n2_purpose purpose, const n2_id *who, const char *name, const n2_id *was);

/** Cells `verdict` and `reasons` (base/why.h). */
void n2_trust_put(n2_table *t, const n2_trust *trust);

/** The error for what stops reading; N2_OK: nothing does. */
n2_err n2_trust_stops(const n2_trust *trust);

/** It has answered, now: goes into the history, unless @trust says ask or stop. */
void n2_trust_met(n2_control *c, const n2_id *who, const char *name, const n2_trust *trust);

/**
 * Names follow the successor: if the sheet of @who has ended it and named one, @who is that
 * one, or whoever comes after it.  False: it stays.
 */
bool n2_people_follow(n2_control *c, n2_id *who);

/** Something was learnt or said of @who (NULL: of anybody, or of names): answers given before
 * do not count any more, and who looks at people is told. */
void n2_people_changed(n2_control *c, const n2_id *who);

/** The same, and statements of @who came by another way than a visit: the next one asks for
 * them, too. */
void n2_people_heard(n2_control *c, const n2_id *who);

/** Writes down who was met.  The deadline is now while there is anybody. */
void n2_people_expire(n2_control *c);
uint64_t n2_people_deadline(const n2_control *c);
void n2_people_clear(n2_control *c);

/* ---- control-open.c ---- */

/** Is somebody on the way to @who because a name meant another, whom it succeeds? */
bool n2_open_was(const n2_control *c, const n2_id *who, n2_id *was);

/* ---- control-path.c ---- */

/**
 * A name as its giver typed it, in the one form in which it is kept.
 *
 * @why: (out) (static): with an error, what is wrong with it.
 *
 * Returns: N2_OK, N2_ERR_USAGE.
 */
n2_err n2_name_take(n2_control *c,
                    const char *text,
                    char out[static N2_NAME_BYTES_MAX + 1],
                    const char **why);
extern const char n2_words_name_next[];

/* ---- control-words.c ---- */

/** Why and what next, for who was ended and has a successor; for who is another than before. */
extern const char n2_words_moved_why[], n2_words_moved_next[];
extern const char n2_words_asks_why[], n2_words_asks_next[];
