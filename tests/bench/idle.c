/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * idle.c - makes connections to a node and keeps them open.
 *
 *   bench-idle udp:ADDRESS:PORT CONTENT COUNT
 *
 * Each one is made by a full handshake, asks one small question, is answered, and then says
 * nothing more.  Prints how many there are and the seconds that took; ends when its input does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"
#include "host/clock.h"

enum {
    AT_ONCE = 16
};

typedef struct {
    asker asker;
    n2_id content;
    uint64_t wanted, begun, there;
} bench;

static void
next(bench *b)
{
    if (b->begun < b->wanted)
        asker_connect(&b->asker, ++b->begun, true);
}

static void
hear(bench *b, n2_event *e)
{
    if (e->kind == N2_EVENT_CONNECTED) {
        asker_ask_size(&b->asker, e->conn, &b->content, 1);
    } else if (e->kind == N2_EVENT_COMMAND) { /* the answer: it is short, and comes whole */
        b->there++;
        next(b);
    } else if (e->kind == N2_EVENT_CLOSED) {
        g_error("closed after %" G_GUINT64_FORMAT ": %s", b->there, n2_err_name(e->err));
    }
    free(e->bytes);
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        g_error("usage: bench-idle ENDPOINT CONTENT COUNT");
    bench b = {.wanted = g_ascii_strtoull(argv[3], NULL, 10)};
    char byte;

    g_assert_cmpint(n2_id_parse(&b.content, N2_ID_CONTENT, argv[2], strlen(argv[2])), ==,
                    N2_OK);
    asker_init(&b.asker, argv[1]);
    asker_ask_key(&b.asker, 1);
    uint64_t began_us = n2_clock_us();
    for (int i = 0; i < AT_ONCE; i++)
        next(&b);
    while (b.there < b.wanted) {
        n2_event e = asker_hear(&b.asker);
        hear(&b, &e);
    }
    /* What is late still goes out: acknowledgements, mostly. */
    for (uint64_t until_us = n2_clock_us() + 500000; n2_clock_us() < until_us;)
        asker_turn(&b.asker, 10000);
    printf("%" G_GUINT64_FORMAT " %.3f\n", b.there, (double)(n2_clock_us() - began_us) * 1e-6);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    asker_clear(&b.asker);
    return 0;
}
