/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * html-check.c - reads the HTML of a page back and asserts what html.h promises of it.
 */
#include "html-check.h"

#include <string.h>
#include <time.h>

#include "render/html.h"
#include "render/text.h"

enum {
    GROWTH_MAX = 64, /* the output may be so many times as long as the input */
    DEPTH_MAX = N2_PAGE_DEPTH_MAX + 8,
};

/* Each tag and, between blanks, the attributes that it may have. */
static const struct {
    const char *name, *attributes;
    gboolean is_void;
} tags[] = {
    {"p", " class role dir ", FALSE},
    {"h1", " id dir ", FALSE},
    {"h2", " id dir ", FALSE},
    {"h3", " id dir ", FALSE},
    {"h4", " id dir ", FALSE},
    {"h5", " id dir ", FALSE},
    {"h6", " id dir ", FALSE},
    {"ul", " class dir ", FALSE},
    {"ol", " class start dir ", FALSE},
    {"li", " id dir ", FALSE},
    {"blockquote", " dir ", FALSE},
    {"pre", " class ", FALSE},
    {"code", " class ", FALSE},
    {"hr", " ", TRUE},
    {"br", " ", TRUE},
    {"em", " ", FALSE},
    {"strong", " ", FALSE},
    {"del", " ", FALSE},
    {"u", " ", FALSE},
    {"sub", " ", FALSE},
    {"sup", " class ", FALSE},
    {"a", " href title class id aria-label ", FALSE},
    {"img", " src alt title ", TRUE},
    {"span", " class title role ", FALSE},
    {"table", " ", FALSE},
    {"thead", " ", FALSE},
    {"tbody", " ", FALSE},
    {"tr", " ", FALSE},
    {"th", " align dir ", FALSE},
    {"td", " align dir ", FALSE},
    {"input", " type checked disabled ", TRUE},
    {"section", " class ", FALSE},
    {"dl", " ", FALSE},
    {"dt", " dir ", FALSE},
    {"dd", " dir ", FALSE},
    {"nav", " class aria-label ", FALSE},
    {"details", " class open ", FALSE},
    {"summary", " ", FALSE},
    {"figure", " dir ", FALSE},
    {"figcaption", " ", FALSE},
    {"bdi", " class ", FALSE},
};

static const char classes[] =
    " source plain missing refused noimage footnote-ref footnote-backref footnotes include "
    "from "
    "problem byline toc data key size attributes unseen alike warning k t s c n a p i d h ";

typedef struct {
    const char *at;
    GPtrArray *open; /* of const char *: names of open tags */
    GHashTable *ids;
    guint depth_max;
} checker;

static char *
unescape(const char *text)
{
    GString *out = g_string_new(text);
    g_string_replace(out, "&quot;", "\"", 0);
    g_string_replace(out, "&#x27;", "'", 0);
    g_string_replace(out, "&lt;", "<", 0);
    g_string_replace(out, "&gt;", ">", 0);
    g_string_replace(out, "&amp;", "&", 0);
    return g_string_free(out, FALSE);
}

/* Nothing invisible, nothing that turns, no mark of the passes, no "&" of the page's own. */
static void
check_text(const char *text, gsize len)
{
    for (const char *p = text; p < text + len; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_assert_true(c >= ' ' || c == '\n' || c == '\t');
        g_assert_false(c == 0x7f || (c >= 0x80 && c < 0xa0));
        g_assert_false((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
        g_assert_false(c == 0x200b || c == 0x2060 || c == 0xfeff || c == 0x200e || c == 0x200f);
        g_assert_false(c >= 0xfdd0 && c <= 0xfdef);
        if (c == '&')
            g_assert_true(g_str_has_prefix(p, "&amp;") || g_str_has_prefix(p, "&lt;") ||
                          g_str_has_prefix(p, "&gt;") || g_str_has_prefix(p, "&quot;") ||
                          g_str_has_prefix(p, "&#x27;"));
        g_assert_true(c != '>' && c != '"');
    }
}

static void
check_address(const char *address, gboolean is_picture)
{
    static const char *const leads[] = {"net2o://", "http://", "https://", "mailto:"};
    static const char *const harmful[] = {"javascript:", "vbscript:",   "file:",  "data:",
                                          "blob:",       "filesystem:", "about:", "net2o:"};
    gsize scheme = strspn(address, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789+-.\t\n\r ");
    g_assert_true(g_str_is_ascii(address));
    g_assert_null(strpbrk(address, "\"<> \n\t"));
    if (address[scheme] != ':' || !scheme)
        return; /* relative */
    g_assert_false(is_picture && !g_str_has_prefix(address, "net2o://"));
    for (guint i = 0; i < G_N_ELEMENTS(leads); i++)
        if (!g_ascii_strncasecmp(address, leads[i], strlen(leads[i])))
            return;
    /* Any other scheme may be named, if it is one to the letter and does no harm. */
    g_assert_true(g_ascii_isalpha(*address));
    g_assert_null(memchr(address, '\t', scheme));
    g_assert_null(memchr(address, '\r', scheme));
    for (guint i = 0; i < G_N_ELEMENTS(harmful); i++)
        if (!g_ascii_strncasecmp(address, harmful[i], strlen(harmful[i])))
            g_error("leads to %s", address);
}

static void
check_class(const char *value)
{
    g_autofree char *word = g_strconcat(" ", value, " ", NULL);
    g_assert_true(g_str_has_prefix(value, "language-") || strstr(classes, word));
}

static void
check_attribute(checker *c, const char *allowed, const char *name, const char *value)
{
    g_autofree char *word = g_strconcat(" ", name, " ", NULL);
    g_autofree char *meant = unescape(value);
    g_assert_nonnull(strstr(allowed, word));
    check_text(value, strlen(value));
    if (!strcmp(name, "href") || !strcmp(name, "src"))
        check_address(meant, !strcmp(name, "src"));
    else if (!strcmp(name, "class"))
        check_class(value);
    else if (!strcmp(name, "dir"))
        g_assert_true(!strcmp(value, "ltr") || !strcmp(value, "rtl"));
    else if (!strcmp(name, "id"))
        g_assert_true(g_hash_table_add(c->ids, g_strdup(value)));
}

/* What stands between the tag's name and its end. */
static void
check_attributes(checker *c, const char *allowed)
{
    while (*c->at == ' ' && c->at[1] != '/') {
        const char *name = c->at + 1;
        gsize len = strspn(name, "abcdefghijklmnopqrstuvwxyz-");
        g_assert_true(g_str_has_prefix(name + len, "=\""));
        const char *value = name + len + 2;
        const char *end = strchr(value, '"');
        g_assert_nonnull(end);
        g_autofree char *name_text = g_strndup(name, len);
        g_autofree char *value_text = g_strndup(value, (gsize)(end - value));
        check_attribute(c, allowed, name_text, value_text);
        c->at = end + 1;
    }
}

static void
check_tag(checker *c)
{
    gboolean closes = c->at[1] == '/';
    const char *name = c->at + (closes ? 2 : 1);
    gsize len = strspn(name, "abcdefghijklmnopqrstuvwxyz123456");
    guint i = 0;
    while (i < G_N_ELEMENTS(tags) &&
           (strlen(tags[i].name) != len || strncmp(tags[i].name, name, len) != 0))
        i++;
    g_assert_cmpuint(i, <, G_N_ELEMENTS(tags));
    c->at = name + len;
    if (closes) {
        g_assert_cmpuint(c->open->len, >, 0);
        g_assert_cmpstr(g_ptr_array_index(c->open, c->open->len - 1), ==, tags[i].name);
        g_ptr_array_set_size(c->open, (int)c->open->len - 1);
    } else {
        check_attributes(c, tags[i].attributes);
        if (!tags[i].is_void)
            g_ptr_array_add(c->open, (gpointer)tags[i].name);
        g_assert_cmpuint(c->open->len, <=, c->depth_max);
    }
    if (!closes && tags[i].is_void) {
        g_assert_true(g_str_has_prefix(c->at, " />"));
        c->at += 2;
    }
    g_assert_cmpint(*c->at, ==, '>');
    c->at++;
}

void
html_check(const char *html, guint depth_max)
{
    checker c = {.at = html,
                 .open = g_ptr_array_new(),
                 .ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                 .depth_max = depth_max};
    g_assert_true(g_utf8_validate(html, -1, NULL));
    while (*c.at) {
        gsize len = strcspn(c.at, "<");
        check_text(c.at, len);
        c.at += len;
        if (*c.at)
            check_tag(&c);
    }
    g_assert_cmpuint(c.open->len, ==, 0);
    g_ptr_array_unref(c.open);
    g_hash_table_unref(c.ids);
}

/* CPU time of this process; what else the machine does is not in it. */
static double
cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
check_controls(const char *text)
{
    for (; *text; text++)
        g_assert_true(*text >= ' ' || *text < 0 || *text == '\n');
}

double
html_check_page(const char *text,
                gsize len,
                n2_page_format format,
                const n2_page_context *context)
{
    double start = cpu_seconds();
    g_autoptr(n2_page) page = n2_page_read(text, len, format, context);
    GString *whole = n2_page_html(page);
    GString *body = n2_page_html_body(page);
    GString *plain = n2_page_text(page, 80, N2_TEXT_LINKS);
    double seconds = cpu_seconds() - start;
    char *from =
        strstr(whole->str, "<main class=\"page\">\n") + strlen("<main class=\"page\">\n");
    char *to = g_strrstr(whole->str, "</main>");
    g_assert_cmpuint(whole->len, <, len * GROWTH_MAX + 4096);
    g_assert_cmpuint(plain->len, <, len * GROWTH_MAX + 4096);
    *to = '\0';
    html_check(from, DEPTH_MAX);
    html_check(body->str, DEPTH_MAX);
    check_controls(plain->str);
    g_string_free(whole, TRUE);
    g_string_free(body, TRUE);
    g_string_free(plain, TRUE);
    return seconds;
}

double
html_time_page(const char *text,
               gsize len,
               n2_page_format format,
               const n2_page_context *context)
{
    double start = cpu_seconds();
    g_autoptr(n2_page) page = n2_page_read(text, len, format, context);

    g_string_free(n2_page_html(page), TRUE);
    g_string_free(n2_page_text(page, 80, N2_TEXT_LINKS), TRUE);
    return cpu_seconds() - start;
}
