/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-render-code.c - colours of code: what each language is known by, and nothing lost.
 */
#include <glib.h>
#include <string.h>

#include "render/code.h"
#include "render/html.h"

/* One letter a byte: what a byte of @text is; "." is plain (transfer full). */
static char *
kinds_of(const n2_language *language, const char *text)
{
    static const char letters[] = {
        [N2_CODE_PLAIN] = '.',   [N2_CODE_WORD] = 'k',    [N2_CODE_TYPE] = 't',
        [N2_CODE_STRING] = 's',  [N2_CODE_COMMENT] = 'c', [N2_CODE_NUMBER] = 'n',
        [N2_CODE_NAME] = 'a',    [N2_CODE_COMMAND] = 'p', [N2_CODE_ADDED] = 'i',
        [N2_CODE_REMOVED] = 'd', [N2_CODE_HEADING] = 'h',
    };
    n2_code_reader reader = {.language = language, .text = text, .len = strlen(text)};
    GString *kinds = g_string_new(NULL);
    while (reader.at < reader.len) {
        gsize at = reader.at, len;
        n2_code_kind kind = n2_code_next(&reader, &len);
        g_assert_cmpuint(len, >, 0);
        g_assert_cmpuint(reader.at, ==, at + len);
        g_assert_true(g_utf8_validate(text + at, (gssize)len, NULL));
        for (gsize i = 0; i < len; i++)
            g_string_append_c(kinds, letters[kind]);
    }
    return g_string_free(kinds, FALSE);
}

static void
test_languages(void)
{
    static const struct {
        const char *file, *text, *kinds;
    } rows[] = {
        {"a.c", "#include <x>\nint a = 0x1f; // b", "pppppppp.....ttt.....nnnn..cccc"},
        {"a.h", "return \"a\\\"b\" /* c\n */ 'x'", "kkkkkk.ssssss.cccccccc.sss"},
        {"a.py", "@x\ndef f(a): # b\n", "pp.kkk.......ccc."},
        {"a.py", "\"\"\"a\n\"b\"\"\" 1", "ssssssssss.n"},
        {"a.sh", "if [ $A ]; then # x\necho 'a\nb'", "kk...pp....kkkk.ccc.tttt.sssss"},
        {"a.sh", "a#b ${X}", "....pppp"},
        {"a.json", "{\"a\": [1, true]}", ".aaa...n..tttt.."},
        {"a.yaml", "a-b: 1 # c\n- \"x\": y", "aaa..n.ccc...aaa..."},
        {"a.js", "const a = `x\ny`;", "kkkkk.....sssss."},
        {"a.html", "<a b=\"c\">&amp;<!-- d -->", "aa.t.sssapppppcccccccccc"},
        {"a.xml", "<?xml?>x", "aaaaa.a."},
        {"a.css", "@media p { color: #fff; }", "pppppp.....aaaaa........."},
        {"a.fs", ": sq dup * ; \\ x\n.\" a b\" ( y ) 12", "k....ttt...k.ccc.sssssss.ccccc.nn"},
        {"Makefile", "all: $(X)\n\techo # y", "aaa..pppp.......ccc"},
        {"a.diff", "--- a\n+++ b\n@@ 1\n-x\n+y\n z", "hhhhh.hhhhh.pppp.dd.ii..."},
        {"a.sql", "SELECT 'a' -- b\nfrom X", "kkkkkk.sss.cccc.kkkk.."},
        {"a.md", "# A\ntext\n> b\n", "hhh......ccc."},
        {"a.toml", "a = 1\n# b", "a...n.ccc"},
        {"a.rs", "fn a() -> u8", "kk........tt"},
        {"a.go", "func a() error", "kkkk.....ttttt"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const n2_language *language = n2_code_find_file(rows[i].file);
        g_test_message("%s: %s", rows[i].file, rows[i].text);
        g_assert_nonnull(language);
        g_autofree char *kinds = kinds_of(language, rows[i].text);
        g_assert_cmpstr(kinds, ==, rows[i].kinds);
    }
}

static void
test_names(void)
{
    static const char *const known[] = {"c",    "C",  "cpp",  "py",  "python",
                                        "bash", "js", "html", "make"};
    static const char *const unknown[] = {"", "zz", " ", "c cpp", "py python", "text"};
    for (guint i = 0; i < G_N_ELEMENTS(known); i++)
        g_assert_nonnull(n2_code_find(known[i], strlen(known[i])));
    for (guint i = 0; i < G_N_ELEMENTS(unknown); i++)
        g_assert_null(n2_code_find(unknown[i], strlen(unknown[i])));
    g_assert_cmpstr(n2_code_peek_name(n2_code_find_file("/x/meson.build")), ==, "meson ");
    g_assert_null(n2_code_find_file("/x.c/readme"));
    g_assert_null(n2_code_find_file("c"));
}

/* Any bytes in any language: pieces that are never empty and make up the whole. */
static void
test_random(void)
{
    static const char *const files[] = {"a.c",    "a.py",  "a.sh", "a.json",   "a.yaml",
                                        "a.html", "a.css", "a.fs", "Makefile", "a.diff",
                                        "a.sql",  "a.md",  "a.lua"};
    static const char bytes[] = "ab1 \n\t\"'`/*-#<>!&;:=(){}[]\\@$.|%~+_";
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (guint i = 0; i < 3000; i++) {
        GString *text = g_string_new(NULL);
        guint n = (guint)g_rand_int_range(rand, 0, 80);
        for (guint k = 0; k < n; k++)
            g_string_append_c(text, bytes[g_rand_int_range(rand, 0, sizeof bytes - 1)]);
        g_string_append(text, i % 3 ? "" : "\xc3\xa4\xe2\x82\xac");
        const char *file = files[i % G_N_ELEMENTS(files)];
        g_autofree char *kinds = kinds_of(n2_code_find_file(file), text->str);
        g_assert_cmpuint(strlen(kinds), ==, text->len);
        g_string_free(text, TRUE);
    }
}

/* A page of more code than the limit: the block that goes beyond it has no colours. */
static void
test_limit(void)
{
    GString *text = g_string_new("```c\nreturn;\n```\n\n```c\n");
    for (guint i = 0; i < N2_PAGE_CODE_BYTES_MAX; i += 8)
        g_string_append(text, "return;\n");
    g_string_append(text, "```\n\n```c\nint a;\n```\n");
    g_autoptr(n2_page) page = n2_page_read(text->str, text->len, N2_PAGE_MARKDOWN, NULL);
    GString *html = n2_page_html(page);
    const char *first = strstr(html->str, "<span class=\"k\">return</span>");
    g_assert_nonnull(first);
    g_assert_null(strstr(first + 1, "<span class=\"k\">return</span>"));
    g_assert_nonnull(strstr(html->str, "<span class=\"t\">int</span> a;"));
    g_string_free(html, TRUE);
    g_string_free(text, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/render/code/languages", test_languages);
    g_test_add_func("/render/code/names", test_names);
    g_test_add_func("/render/code/random", test_random);
    g_test_add_func("/render/code/limit", test_limit);
    return g_test_run();
}
