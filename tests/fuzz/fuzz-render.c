/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-render.c - any bytes as a page: HTML without foreign tags, text without controls.
 *
 * The first byte chooses the format.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "render/html.h"
#include "render/text.h"

static n2_exists
has(const char *path, void *user)
{
    (void)user;
    if (*path != '/' || strstr(path, "/../") || g_str_has_suffix(path, "/.."))
        abort();
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
        if (strstr(html, forbidden[i]))
            abort();
    for (const char *p = strstr(html, "href=\""); p; p = strstr(p + 1, "href=\""))
        if (!g_ascii_strncasecmp(p + 6, "javascript:", 11) ||
            !g_ascii_strncasecmp(p + 6, "data:", 5))
            abort();
}

static void
check_text(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p > 0 && *p < ' ' && *p != '\n')
            abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const n2_page_context context = {
        .origin = "net2o://fuzz.test", .path = "/a/b.md", .exists = has};
    if (!size || size > 1 << 16)
        return 0;
    n2_page *page = n2_page_read(data + 1, size - 1, (n2_page_format)(data[0] % 3), &context);
    GString *html = n2_page_html_body(page);
    GString *wide = n2_page_text(page, 0, N2_TEXT_LINKS);
    GString *narrow = n2_page_text(page, 30, N2_TEXT_PLAIN);
    if (!g_utf8_validate(html->str, (gssize)html->len, NULL) ||
        !g_utf8_validate(wide->str, (gssize)wide->len, NULL))
        abort();
    check_html(html->str);
    check_text(wide->str);
    check_text(narrow->str);
    g_string_free(html, TRUE);
    g_string_free(wide, TRUE);
    g_string_free(narrow, TRUE);
    n2_page_free(page);
    return 0;
}
