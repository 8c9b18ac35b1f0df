/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * terminal.h - the terminal of whoever runs the program: notes, and questions with or without
 *              echo.
 *
 * Layer:   cli.
 * Threads: the main context of the program.
 * It is the one that a person looks at, whatever the standard streams are: a pipe may hang on
 * those.
 */
#pragma once

#include "cli/lines.h"

G_BEGIN_DECLS

typedef struct N2CliTerminal N2CliTerminal;

/** Before the fence (transfer full) (nullable): nobody sits there. */
N2CliTerminal *n2_cli_terminal_open(void);

/** @self: (nullable).  The terminal is as it was. */
void n2_cli_terminal_free(N2CliTerminal *self);

/** One line, cleaned of what drives terminals. */
void n2_cli_terminal_say(N2CliTerminal *self, const char *text);

/** A line that the next one, or the next of these, takes the place of; NULL takes it away. */
void n2_cli_terminal_show(N2CliTerminal *self, const char *text);

/**
 * Asks for one line.  An empty one is the caller's matter; NULL: the end of file was typed.
 *
 * @is_secret: what is typed is not shown.
 */
void n2_cli_terminal_ask(N2CliTerminal *self,
                         const char *prompt,
                         gboolean is_secret,
                         N2CliLineCb callback,
                         gpointer user_data);

/** Ends the question. */
void n2_cli_terminal_stop(N2CliTerminal *self);

G_END_DECLS
