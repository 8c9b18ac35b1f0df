/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html-check.h - reads the HTML of a page back and asserts what html.h promises of it.
 */
#pragma once

#include <glib.h>

/**
 * Asserts that @html, a page's body, has only tags, attributes and classes that are on the
 * list, links that lead where pages may lead, nothing unescaped, each tag closed in its place,
 * no id twice, no nesting beyond @depth_max and no character that can't be seen.
 */
void html_check(const char *html, guint depth_max);
