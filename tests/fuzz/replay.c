/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * replay.c - runs a fuzz target over the files of its corpus, without libFuzzer; prints TAP.
 *
 * A crash ends the program before its plan is complete, which the harness counts as failed.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
by_name(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

int
main(int argc, char **argv)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = argc > 1 ? g_dir_open(argv[1], 0, NULL) : NULL;
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    if (!names->len) {
        puts("1..1\nnot ok 1 - a corpus is there");
        return 1;
    }
    printf("1..%u\n", names->len);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(argv[1], g_ptr_array_index(names, i), NULL);
        g_autofree char *bytes = NULL;
        gsize len = 0;
        gboolean read = g_file_get_contents(path, &bytes, &len, NULL);
        if (read) {
            /* A copy of the exact size, so that a sanitizer sees a read past the end. */
            uint8_t *exact = g_memdup2(bytes, len);
            (void)LLVMFuzzerTestOneInput(exact ? exact : (const uint8_t *)"", len);
            g_free(exact);
        }
        printf("%s %u - %s\n", read ? "ok" : "not ok", i + 1,
               (char *)g_ptr_array_index(names, i));
        fflush(stdout);
    }
    return 0;
}
