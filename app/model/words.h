/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * words.h - quantities and kinds as people say them.
 *
 * Layer: app/model (no widgets).
 */
#pragma once

#include "model/place.h"
#include "model/status.h"

G_BEGIN_DECLS

/** "direct, 4 ms", "2 switches, 52 ms", "kept here"; short, for the path button (transfer
 * full). */
char *n2_words_path(const N2Place *place);

/** What stands above a page whose author could not be asked (transfer full). */
char *n2_words_copy(const N2Place *place, gint64 now_us);

/** Where it comes from (transfer full). */
char *n2_words_copy_origin(const N2Place *place);

/** "Page", "Picture", "Folder" ... for a media type (static, translated). */
const char *n2_words_type(const char *type);

/** Symbolic icon for a media type (static). */
const char *n2_words_icon(const char *type);

/** "Today 13:50", "Yesterday", "12 November", "3 May 2024", or "" for 0 (transfer full). */
char *n2_words_time(gint64 when_us, gint64 now_us);

/** "0.4 ms", "52 ms", or "" if unknown (transfer full). */
char *n2_words_delay(gint64 delay_us);

/** "10 items, 249 MB" (transfer full). */
char *n2_words_folder(GListModel *entries);

/** One sentence on how the node is connected (transfer full). */
char *n2_words_network(const N2Status *status);

/** "the token was pulled out" -> "The token was pulled out." (transfer full). */
char *n2_words_sentence(const char *clause);

/** Can a page show this type, or must it be saved and opened elsewhere? */
gboolean n2_words_is_page(const char *type);
gboolean n2_words_is_picture(const char *type);

G_END_DECLS
