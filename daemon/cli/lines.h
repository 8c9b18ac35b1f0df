/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lines.h - one line after the other from a descriptor, into locked memory, without waiting.
 *
 * Layer:   cli.
 * Threads: the main context of the program.
 *
 * Never reads further than the end of the line, so that what follows stays for who is next.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct N2CliLines N2CliLines;

/** @line: (nullable): without its newline, NUL-terminated, wiped after the call; NULL: there is
 * none any more, or it is longer than a secret may be. */
typedef void (*N2CliLineCb)(const char *line, gsize len, gpointer user_data);

/** @fd: (transfer none): must outlive it (transfer full). */
N2CliLines *n2_cli_lines_new(int fd);

/** Stops. @lines: (nullable). */
void n2_cli_lines_free(N2CliLines *lines);

/** Calls @callback, once, from the main loop; what was asked before is forgotten. */
void n2_cli_lines_ask(N2CliLines *lines, N2CliLineCb callback, gpointer user_data);

/** Forgets what was asked. */
void n2_cli_lines_stop(N2CliLines *lines);

G_END_DECLS
