/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-words.h - what went wrong and what to do next, for people.
 *
 * Layer: node.  Included by control-private.h only.
 */
#pragma once

/* ---- control-words.c ---- */

/** Cause and next step for people, English (static). */
const char *n2_words_why(n2_err err);
const char *n2_words_next(n2_err err);

/** The same for a route that cannot be composed (attack 4). */
extern const char n2_words_long_way_why[], n2_words_long_way_next[];
extern const char n2_words_long_address_why[], n2_words_long_address_next[];
extern const char n2_words_lost_why[], n2_words_lost_next[];
/** The same for what some only may read, and is not here or not for us. */
extern const char n2_words_closed_why[], n2_words_closed_next[];
/** The same for a list of who may read that is none, and for a group that is none. */
extern const char n2_words_list_why[], n2_words_list_next[];
extern const char n2_words_group_why[], n2_words_group_next[];
/** The same for what a switch without users cannot do. */
extern const char n2_words_switch_why[], n2_words_switch_next[];
/** The same for an answer to what nobody asks any more, and for what wants keys that are
 * locked.
 */
extern const char n2_words_nobody_why[], n2_words_nobody_next[];
extern const char n2_words_nobody_asks_why[], n2_words_nobody_asks_next[];
extern const char n2_words_not_own_why[], n2_words_not_own_next[];
extern const char n2_words_has_keys_why[], n2_words_has_keys_next[];
extern const char n2_words_owned_why[], n2_words_owned_next[];
extern const char n2_words_no_key_why[], n2_words_no_key_next[];
extern const char n2_words_last_key_why[], n2_words_last_key_next[];
extern const char n2_words_locked_why[], n2_words_locked_next[];
/** The same for a secret whose pipe ended before the secret did. */
extern const char n2_words_cut_why[], n2_words_cut_next[];
/** The same for a name of which no root that the user trusts speaks. */
extern const char n2_words_no_root_why[], n2_words_no_root_next[];
/** The same for a suffix that another root has. */
extern const char n2_words_claimed_why[], n2_words_claimed_next[];
/** The same for a peer that would be ourselves. */
extern const char n2_words_self_why[], n2_words_self_next[];
/** The same for the local network, which the configuration has switched off. */
extern const char n2_words_near_why[], n2_words_near_next[];
