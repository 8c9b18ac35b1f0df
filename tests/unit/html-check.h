/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html-check.h - reads the HTML of a page back and asserts what html.h promises of it.
 */
#pragma once

#include <glib.h>

#include "render/page.h"

/**
 * Asserts that @html, a page's body, has only tags, attributes and classes that are on the
 * list, links that lead where pages may lead, nothing unescaped, each tag closed in its place,
 * no id twice, no nesting beyond @depth_max and no character that can't be seen.
 */
void html_check(const char *html, guint depth_max);

/**
 * Renders a page in every way and checks each result, and that none is much longer than the
 * page.  Returns: the seconds of CPU time that it took, without the checks.
 */
double html_check_page(const char *text,
                       gsize len,
                       n2_page_format format,
                       const n2_page_context *context);

/** The same without any check: only the seconds. */
double html_time_page(const char *text,
                      gsize len,
                      n2_page_format format,
                      const n2_page_context *context);

/* AddressSanitizer measures the whole string at each strstr(), which is quadratic by itself. */
#ifdef __SANITIZE_ADDRESS__
#define HTML_IS_TIMED FALSE
#else
#define HTML_IS_TIMED TRUE
#endif
