/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-words.c - the list of commands: opcodes, the answer to `words`, daemon/OPCODES.md.
 *
 * `test-words --manual > daemon/OPCODES.md` writes the page anew.
 */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "vm/words.h"

enum {
    PAGE_BYTES = 64 * 1024
};

static void
test_opcodes(void)
{
    const n2_word *w;
    int before = 0;

    for (size_t i = 0; (w = n2_word_at(i)); i++) {
        g_test_message("%s", w->name);
        g_assert_cmpint(w->opcode, >, before); /* ascending, so none twice */
        g_assert_true(n2_word_find(w->opcode) == w);
        g_assert_cmpint(w->cost, >, 0);
        g_assert_cmpuint(strlen(w->taken), <=, 4);
        before = w->opcode;
    }
    g_assert_null(n2_word_find(0));
    g_assert_null(n2_word_find(0xff));
}

static void
test_list(void)
{
    char text[4096];
    size_t len = n2_words_list(text, sizeof text);

    g_assert_cmpuint(len, >, 0);
    text[len] = 0;
    g_assert_nonnull(strstr(text, "04 bytes bytes - b\n"));
    g_assert_nonnull(strstr(text, "24 read - ouuu -\n"));
    for (size_t size = 0; size <= len; size++)
        g_assert_cmpuint(n2_words_list(text, size), ==, 0); /* needs room for a NUL */
}

static void
test_manual(void)
{
    const char *source = g_getenv("N2_SOURCE");
    g_autofree char *page = g_malloc(PAGE_BYTES);
    g_autofree char *kept = NULL;
    g_autofree char *path = NULL;
    size_t len = n2_words_manual(page, PAGE_BYTES);

    g_assert_cmpuint(len, >, 0);
    page[len] = 0;
    if (!source) {
        g_test_skip("N2_SOURCE is not set");
        return;
    }
    path = g_build_filename(source, "daemon", "OPCODES.md", NULL);
    g_assert_true(g_file_get_contents(path, &kept, NULL, NULL));
    g_assert_cmpstr(page, ==, kept);
}

int
main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--manual")) {
        g_autofree char *page = g_malloc(PAGE_BYTES);

        return fwrite(page, 1, n2_words_manual(page, PAGE_BYTES), stdout) == 0;
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vm/words/opcodes", test_opcodes);
    g_test_add_func("/vm/words/list", test_list);
    g_test_add_func("/vm/words/manual", test_manual);
    return g_test_run();
}
