/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * terminal.c - notes and questions on the terminal.
 */
#include "cli/terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

struct N2CliTerminal {
    int fd;
    gboolean is_own; /* of ours, to be closed */
    N2CliLines *lines;
    struct termios before; /* set while is_silent */
    gboolean is_silent;
    gboolean is_asking;
    gboolean is_shown; /* a passing line stands there */
    N2CliLineCb callback;
    gpointer user_data;
};

N2CliTerminal *
n2_cli_terminal_open(void)
{
    int fd = STDIN_FILENO;
    gboolean is_own = FALSE;

    /* With neither there may still be a terminal far away, which is none of ours. */
    if (!isatty(STDIN_FILENO) && !isatty(STDERR_FILENO))
        return NULL;
    int own = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) {
        fd = own;
        is_own = TRUE;
    } else if (!isatty(STDIN_FILENO)) {
        return NULL;
    }
    N2CliTerminal *self = g_new0(N2CliTerminal, 1);
    self->fd = fd;
    self->is_own = is_own;
    self->lines = n2_cli_lines_new(fd);
    return self;
}

/* A terminal that takes nothing is gone, and its person with it. */
static void
put(N2CliTerminal *self, const char *text)
{
    gsize len = strlen(text);

    while (len > 0) {
        gssize n = write(self->fd, text, len);
        if (n <= 0)
            return;
        text += n;
        len -= (gsize)n;
    }
}

void
n2_cli_terminal_show(N2CliTerminal *self, const char *text)
{
    g_autofree char *clean = text ? n2_cli_clean(text) : NULL;

    if (self->is_shown)
        put(self, "\r\033[K");
    if (clean)
        put(self, clean);
    self->is_shown = clean != NULL;
}

void
n2_cli_terminal_say(N2CliTerminal *self, const char *text)
{
    g_autofree char *clean = n2_cli_clean(text);

    n2_cli_terminal_show(self, NULL);
    put(self, clean);
    put(self, "\n");
}

static void
set_silent(N2CliTerminal *self, gboolean is_silent)
{
    struct termios now;

    if (is_silent == self->is_silent)
        return;
    if (!is_silent) {
        self->is_silent = FALSE;
        (void)tcsetattr(self->fd, TCSANOW, &self->before);
        return;
    }
    if (tcgetattr(self->fd, &self->before) != 0)
        return;
    now = self->before;
    now.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
    now.c_lflag |= ICANON | ISIG | ECHONL;
    now.c_iflag |= ICRNL;
    /* What was typed before the question was not meant for it. */
    self->is_silent = tcsetattr(self->fd, TCSAFLUSH, &now) == 0;
}

void
n2_cli_terminal_stop(N2CliTerminal *self)
{
    if (!self->is_asking)
        return;
    self->is_asking = FALSE;
    n2_cli_lines_stop(self->lines);
    set_silent(self, FALSE);
    put(self, "\n");
}

static void
on_line_cb(const char *line, gsize len, gpointer user_data)
{
    N2CliTerminal *self = user_data;

    self->is_asking = FALSE;
    set_silent(self, FALSE);
    if (!line)
        put(self, "\n");
    self->callback(line, len, self->user_data);
}

void
n2_cli_terminal_ask(N2CliTerminal *self,
                    const char *prompt,
                    gboolean is_secret,
                    N2CliLineCb callback,
                    gpointer user_data)
{
    g_autofree char *clean = n2_cli_clean(prompt);

    n2_cli_terminal_stop(self);
    n2_cli_terminal_show(self, NULL);
    self->callback = callback;
    self->user_data = user_data;
    set_silent(self, is_secret);
    self->is_asking = TRUE;
    put(self, clean);
    put(self, " ");
    if (is_secret && !self->is_silent) { /* it would be shown, or is no terminal any more */
        self->is_asking = FALSE;
        callback(NULL, 0, user_data);
        return;
    }
    n2_cli_lines_ask(self->lines, on_line_cb, self);
}

void
n2_cli_terminal_free(N2CliTerminal *self)
{
    if (!self)
        return;
    n2_cli_terminal_stop(self);
    n2_cli_terminal_show(self, NULL);
    n2_cli_lines_free(self->lines);
    if (self->is_own)
        close(self->fd);
    g_free(self);
}
