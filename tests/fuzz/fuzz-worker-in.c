/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-worker-in.c - frames that a renderer is sent: a page, then what it needs, in any shape.
 *
 * The input is its stdin.  The program's own functions are called; where it would end, it comes
 * back here.
 */
#include <errno.h>
#include <glib.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "fuzz.h"
#include "render/html.h"
#include "render/worker/frame.h"
#include "sandbox/sandbox.h"

/* A program that ends soon frees little. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "detect_leaks=0";
}

static jmp_buf ends;
static const uint8_t *input;
static size_t n_input;
static void *unowned; /* what the program had when it ended */

_Noreturn static void
end_program(int code)
{
    (void)code;
    longjmp(ends, 1);
}

static ssize_t
read_input(int fd, void *buf, size_t len)
{
    size_t n = len < n_input ? len : n_input;
    (void)fd;

    if (n)
        memcpy(buf, input, n);
    input += n;
    n_input -= n;
    return (ssize_t)n;
}

static ssize_t
write_nowhere(int fd, const void *buf, size_t len)
{
    (void)fd;
    (void)buf;
    return (ssize_t)len;
}

#define main net2o_render
#define write write_nowhere
#define exit end_program
#define _exit end_program
#define read read_input
#define N2_LOCALEDIR "/nowhere"
#define g_malloc(len) (unowned = (g_malloc)(len))
#define g_bytes_new_take(bytes, len) (unowned = NULL, (g_bytes_new_take)(bytes, len))
int net2o_render(int argc, char **argv);
#include "render/worker/main.c"
#undef g_malloc
#undef read
#undef write
#undef main

static void
free_names(gpointer key, gpointer names, gpointer user)
{
    (void)user;
    g_free(key);
    if (names)
        g_hash_table_unref(names);
}

static void
forget(job *j)
{
    g_free(unowned);
    unowned = NULL;
    g_free(j->origin);
    g_free(j->path);
    g_free(j->name);
    g_clear_pointer(&j->body, g_bytes_unref);
    for (guint i = 0; i < j->parts->len; i++) {
        union {
            const char *in;
            char *out;
        } address = {g_array_index(j->parts, n2_page_part, i).address};

        g_free(address.out);
    }
    g_array_unref(j->parts);
    g_ptr_array_foreach(j->bodies, (GFunc)(void (*)(void))g_bytes_unref, NULL);
    g_ptr_array_unref(j->bodies);
    g_hash_table_foreach(j->folders, free_names, NULL);
    g_hash_table_unref(j->folders);
}

/* What the frames name is inside them. */
static void
check_job(const job *j)
{
    uint8_t *copy = fuzz_copy(j->page.bytes, j->page.len);

    free(copy);
    for (guint i = 0; i < j->parts->len; i++) {
        const n2_page_part *part = &g_array_index(j->parts, n2_page_part, i);

        check(g_utf8_validate(part->address, -1, NULL));
        if (part->bytes)
            free(fuzz_copy(part->bytes, part->len));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static job j;

    input = data;
    n_input = size;
    j = (job){.parts = g_array_new(FALSE, FALSE, sizeof(n2_page_part)),
              .bodies = g_ptr_array_new(),
              .folders = g_hash_table_new(g_str_hash, g_str_equal)};
    if (!setjmp(ends)) {
        read_page(&j);
        check_job(&j);
        while (read_supply(&j))
            check_job(&j);
        check_job(&j);
    }
    forget(&j);
    return 0;
}
