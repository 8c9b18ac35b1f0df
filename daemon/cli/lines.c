/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lines.c - one line after the other from a descriptor.
 */
#include "cli/lines.h"

#include <errno.h>
#include <glib-unix.h>
#include <sodium.h>
#include <unistd.h>

#include "cli/secret.h"

struct N2CliLines {
    int fd;
    guint source; /* set while a line is wanted */
    char *buf;    /* owned, locked */
    gsize len;
    N2CliLineCb callback;
    gpointer user_data;
};

N2CliLines *
n2_cli_lines_new(int fd)
{
    N2CliLines *self = g_new0(N2CliLines, 1);

    self->fd = fd;
    self->buf = n2_cli_secret_new();
    return self;
}

void
n2_cli_lines_stop(N2CliLines *self)
{
    g_clear_handle_id(&self->source, g_source_remove);
    sodium_memzero(self->buf, N2_CLI_SECRET_CAP);
    self->len = 0;
}

void
n2_cli_lines_free(N2CliLines *self)
{
    if (!self)
        return;
    n2_cli_lines_stop(self);
    n2_cli_secret_free(self->buf);
    g_free(self);
}

/* The callback may ask for the next line, but not free us. */
static void
answer(N2CliLines *self, gboolean has_line)
{
    char *line = g_steal_pointer(&self->buf);
    gsize len = self->len;

    self->buf = n2_cli_secret_new();
    self->len = 0;
    self->source = 0;
    line[len] = '\0';
    self->callback(has_line ? line : NULL, has_line ? len : 0, self->user_data);
    n2_cli_secret_free(line);
}

static gboolean
on_readable_cb(int fd, GIOCondition condition, gpointer user_data)
{
    N2CliLines *self = user_data;
    char c = 0;
    gssize n = read(fd, &c, 1);
    (void)condition;

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (n == 1 && c != '\n' && self->len < N2_CLI_SECRET_BYTES_MAX) {
        self->buf[self->len++] = c;
        sodium_memzero(&c, 1);
        return G_SOURCE_CONTINUE;
    }
    answer(self, n == 1 ? c == '\n' : self->len > 0);
    return G_SOURCE_REMOVE;
}

void
n2_cli_lines_ask(N2CliLines *self, N2CliLineCb callback, gpointer user_data)
{
    n2_cli_lines_stop(self);
    self->callback = callback;
    self->user_data = user_data;
    self->source = g_unix_fd_add(self->fd, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL,
                                 on_readable_cb, self);
}
