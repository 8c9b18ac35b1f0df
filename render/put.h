/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * put.h - text of a page into HTML: escaped, and what can't be seen made visible.
 *
 * Layer: render, private: included by render/ only.
 */
#pragma once

#include <glib.h>

/** Appends @text as content.  Marks are undone, controls become U+FFFD, invisible characters
 * and those that turn the direction become a span with their name. */
void n2_put_text(GString *out, const char *text, gsize len);

/** The same for text that people trust to be what it looks like: a word with letters of two
 *  alphabets that look alike gets a span that says so. */
void n2_put_name(GString *out, const char *text, gsize len);

/** Appends @text for a quoted attribute or a title. */
void n2_put_attribute(GString *out, const char *text);

/** Appends an address for an attribute: percent-encoded like cmark does, then escaped. */
void n2_put_href(GString *out, const char *href);

/** Appends a span that warns, if @address has a word made of letters that pass for others. */
void n2_put_warning(GString *out, const char *address);
