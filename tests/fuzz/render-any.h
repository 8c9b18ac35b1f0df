/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * render-any.h - any bytes as a page of one format: HTML without foreign tags, text without
 *                controls, the same of both however often it is asked.
 *
 * A target defines FORMAT and NAMES, the names of files that its first byte chooses from.
 */
#pragma once

#include "fuzz.h"
#include "render/html.h"
#include "render/text.h"

static n2_exists
has(const char *path, void *user)
{
    (void)user;
    check(*path == '/' && !strstr(path, "/../") && !g_str_has_suffix(path, "/.."));
    return (n2_exists)(strlen(path) % 3);
}

/* What the promise of html.h forbids. */
static void
check_html(const char *html)
{
    static const char *const forbidden[] = {
        "<script", "<style", "<iframe", "<object", "<svg", "<base", "<link", "<form", "<meta",
    };
    for (guint i = 0; i < G_N_ELEMENTS(forbidden); i++)
        check(!strstr(html, forbidden[i]));
    for (const char *p = strstr(html, "href=\""); p; p = strstr(p + 1, "href=\""))
        check(g_ascii_strncasecmp(p + 6, "javascript:", 11) &&
              g_ascii_strncasecmp(p + 6, "data:", 5));
}

/* Nothing drives the terminal, nothing turns the text that follows. */
static void
check_text(const char *text)
{
    check(g_utf8_validate(text, -1, NULL));
    for (const char *p = text; *p; p += g_utf8_skip[(guchar)*p]) {
        gunichar c = g_utf8_get_char(p);

        check(c >= 0x20 || c == '\n');
        check(c != 0x7f && c != 0x202d && c != 0x202e);
    }
}

static void
check_page(const n2_page *page)
{
    GString *html = n2_page_html_body(page);
    GString *wide = n2_page_text(page, 0, N2_TEXT_LINKS);
    GString *narrow = n2_page_text(page, 30, N2_TEXT_PLAIN);
    GString *ansi = n2_page_text(page, 60, N2_TEXT_ANSI | N2_TEXT_LINKS);
    const GPtrArray *attributes = n2_page_peek_attributes(page);

    check(g_utf8_validate(html->str, (gssize)html->len, NULL));
    check_html(html->str);
    check_text(wide->str);
    check_text(narrow->str);
    check(g_utf8_validate(ansi->str, (gssize)ansi->len, NULL));
    check(g_utf8_validate(n2_page_peek_title(page), -1, NULL));
    for (guint i = 0; i < attributes->len; i++) {
        const n2_attribute *a = g_ptr_array_index(attributes, i);

        for (char **v = a->values; *v; v++)
            check(g_utf8_validate(*v, -1, NULL));
    }
    for (guint i = 0; i < n2_page_peek_links(page)->len; i++) {
        const n2_link *l = g_ptr_array_index(n2_page_peek_links(page), i);

        check(l->href && l->address);
    }
    g_string_free(html, TRUE);
    g_string_free(wide, TRUE);
    g_string_free(narrow, TRUE);
    g_string_free(ansi, TRUE);
}

#ifdef FORMAT
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {NAMES};
    n2_page_context context = {.origin = "net2o://fuzz.test", .exists = has};
    char path[64];

    if (!size || size > 1 << 16)
        return 0;
    context.name = names[data[0] % G_N_ELEMENTS(names)];
    (void)g_snprintf(path, sizeof path, "/a/%s", context.name ? context.name : "b.md");
    context.path = path;
    n2_page *page = n2_page_read(data + 1, size - 1, FORMAT, &context);
    GString *whole = n2_page_html(page);

    check_page(page);
    g_string_free(whole, TRUE);
    n2_page_free(page);
    return 0;
}
#endif
