/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * code-main.c - net2o-code: reads the QR code in one picture, behind walls, and ends.
 *
 * The picture comes through stdin, the answer (widgets/code-decode.h) goes to stdout.  Before
 * it reads the first byte it has given up everything else: it opens no file, no socket, starts
 * nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sandbox/sandbox.h"
#include "widgets/code-decode.h"

enum {
    MEMORY_BYTES = 1 << 30, /* of address space: 50 million points four times, and libraries */
    CPU_S = 20,
    DESCRIPTORS = 8,
    PIECE_BYTES = 64 * 1024
};

/* To the end, or until it is more than is read. */
static GBytes *
get_all(void)
{
    GByteArray *all = g_byte_array_new();
    guint8 piece[PIECE_BYTES];
    ssize_t n = 1;

    while (n && all->len <= N2_CODE_BYTES_MAX) {
        n = read(STDIN_FILENO, piece, sizeof piece);
        if (n > 0)
            g_byte_array_append(all, piece, (guint)n);
        else if (n < 0 && errno != EINTR)
            break;
    }
    return g_byte_array_free_to_bytes(all);
}

static gboolean
put(const void *bytes, gsize len)
{
    const guint8 *at = bytes;

    while (len) {
        ssize_t n = write(STDOUT_FILENO, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        at += n;
        len -= (gsize)n;
    }
    return TRUE;
}

int
main(int argc, char **argv)
{
    const n2_sandbox_plan plan = {.promises = 0,
                                  .memory_bytes = MEMORY_BYTES,
                                  .cpu_s = CPU_S,
                                  .descriptors = DESCRIPTORS};
    n2_sandbox_state state;
    GBytes *text = NULL;

    if (argc > 1) {
        if (strcmp(argv[1], "--version") == 0)
            printf("net2o-code %s\n", N2_VERSION);
        else
            printf(
                "net2o-code - reads the QR code in a picture for net2o-browser\n"
                "\n"
                "Started by it: takes a PNG or JPEG on stdin and gives the text of the code\n"
                "behind an 'r', or why there is none.  It can reach nothing else.\n");
        return 0;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends with the program that wants the text */
    n2_code_prepare();
    if (n2_sandbox_enter(&plan, &state))
        return 1;
    char result = (char)n2_code_decode(get_all(), &text);
    gsize n = text ? MIN(g_bytes_get_size(text), (gsize)N2_CODE_TEXT_BYTES_MAX) : 0;
    return put(&result, 1) && put(text ? g_bytes_get_data(text, NULL) : "", n) ? 0 : 1;
}
