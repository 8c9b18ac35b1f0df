/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sink.c - where `get` puts the bytes: a file that appears whole or not at all, or stdout.
 */
#include "cli/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SPLICE_BYTES = 1 << 20
};

struct N2Sink {
    char *file; /* owned; NULL = stdout */
    char *temp; /* owned; NULL = written in place (a device, a pipe) */
    int fd;     /* owned unless stdout */
    gboolean is_terminal;
    gboolean is_cleaned; /* control characters are taken out */
};

static gboolean
fail(const char *file, GError **error)
{
    int cause = errno;

    n2_error_set(error,
                 cause == ENOSPC || cause == EDQUOT    ? N2_ERR_NOSPACE
                 : cause == EACCES || cause == EPERM   ? N2_ERR_REFUSED
                 : cause == ENOENT || cause == ENOTDIR ? N2_ERR_NOTFOUND
                                                       : N2_ERR_IO,
                 file ? file : _("standard output"), g_strerror(cause),
                 N_("Choose another file with '-o FILE'."));
    return FALSE;
}

/* A name of one's own for the file of a folder's index, or of an address without a path. */
static char *
name_for(GVariant *info)
{
    const char *index = info ? n2_dict_string(info, "index") : NULL;
    const char *address = info ? n2_dict_string(info, "address") : NULL;
    g_autofree char *bare =
        g_strndup(address ? address : "", strcspn(address ? address : "", "?#"));
    g_autofree char *base = g_path_get_basename(index ? index : bare);
    g_autofree char *name = g_uri_unescape_string(base, "/");
    g_autofree char *clean = n2_cli_clean(name ? name : "");

    if (!*clean || *clean == '.' || strchr(clean, '/'))
        return g_strdup("index");
    return g_steal_pointer(&clean);
}

/* Beside the file, so that the renaming is one step. */
static gboolean
open_temp(N2Sink *sink, GError **error)
{
    mode_t mask = umask(0);

    umask(mask);
    sink->temp = g_strconcat(sink->file, ".XXXXXX", NULL);
    sink->fd = g_mkstemp_full(sink->temp, O_WRONLY | O_CLOEXEC, (int)(0666 & ~mask));
    if (sink->fd >= 0)
        return TRUE;
    g_clear_pointer(&sink->temp, g_free);
    return fail(sink->file, error);
}

static gboolean
open_file(N2Sink *sink, const char *output, GVariant *info, GError **error)
{
    struct stat st;

    sink->file = g_strdup(output);
    if (g_stat(output, &st) == 0 && S_ISDIR(st.st_mode)) {
        g_autofree char *name = name_for(info);
        g_free(sink->file);
        sink->file = g_build_filename(output, name, NULL);
    }
    if (g_stat(sink->file, &st) < 0 || S_ISREG(st.st_mode))
        return open_temp(sink, error);
    sink->fd = open(sink->file, O_WRONLY | O_CLOEXEC);
    return sink->fd >= 0 || fail(sink->file, error);
}

N2Sink *
n2_sink_new(const N2Cli *cli, const char *output, GVariant *info, GError **error)
{
    N2Sink *sink = g_new0(N2Sink, 1);

    sink->fd = STDOUT_FILENO;
    if (output && !g_str_equal(output, "-")) {
        sink->fd = -1;
        if (!open_file(sink, output, info, error)) {
            n2_sink_free(sink);
            return NULL;
        }
        return sink;
    }
    sink->is_terminal = cli->out_is_terminal;
    sink->is_cleaned = cli->out_is_terminal && !output;
    return sink;
}

gboolean
n2_sink_is_named(const char *output)
{
    return output && !g_str_equal(output, "-") && !g_file_test(output, G_FILE_TEST_IS_DIR);
}

int
n2_sink_peek_fd(const N2Sink *sink)
{
    return sink->fd;
}

/* A terminal obeys C0, DEL and (as UTF-8) C1; text needs of them only tab and newline. */
static gsize
clean(guint8 *bytes, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        gboolean is_c1 = i && bytes[i - 1] == 0xc2 && bytes[i] >= 0x80 && bytes[i] < 0xa0;
        if ((bytes[i] < 0x20 && bytes[i] != '\n' && bytes[i] != '\t') || bytes[i] == 0x7f)
            bytes[i] = '?';
        else if (is_c1)
            bytes[i] = 0xbf; /* an inverted question mark */
    }
    return len;
}

gboolean
n2_sink_write(N2Sink *sink, const guint8 *bytes, gsize len, GError **error)
{
    g_autofree guint8 *cleaned = sink->is_cleaned ? g_memdup2(bytes, len) : NULL;
    const guint8 *at = cleaned ? cleaned : bytes;

    if (cleaned)
        clean(cleaned, len);
    while (len) {
        ssize_t n = write(sink->fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE && !sink->file)
            n2_cli_reader_gone();
        if (n < 0)
            return fail(sink->file, error);
        at += n;
        len -= (gsize)n;
    }
    return TRUE;
}

gssize
n2_sink_splice(N2Sink *sink, int pipe_fd, gboolean *is_able, GError **error)
{
    ssize_t n;

    *is_able = !sink->is_cleaned && !sink->is_terminal;
    if (!*is_able)
        return -1;
    do
        n = splice(pipe_fd, NULL, sink->fd, NULL, SPLICE_BYTES, SPLICE_F_MOVE);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EPIPE && !sink->file)
        n2_cli_reader_gone();
    if (n < 0 && (errno == EINVAL || errno == EAGAIN))
        *is_able = FALSE; /* not a pipe or a file that takes it */
    else if (n < 0)
        fail(sink->file, error);
    return n;
}

gboolean
n2_sink_finish(N2Sink *sink, GError **error)
{
    if (!sink->file)
        return TRUE;
    /* What is replaced must not be lost with what replaces it; a new file can be got again. */
    if (sink->temp && g_access(sink->file, F_OK) == 0 && fsync(sink->fd) < 0)
        return fail(sink->file, error);
    int fd = sink->fd;
    sink->fd = -1;
    if (close(fd) < 0)
        return fail(sink->file, error);
    if (sink->temp && g_rename(sink->temp, sink->file) < 0)
        return fail(sink->file, error);
    g_clear_pointer(&sink->temp, g_free);
    return TRUE;
}

const char *
n2_sink_peek_file(const N2Sink *sink)
{
    return sink->file;
}

gboolean
n2_sink_is_terminal(const N2Sink *sink)
{
    return sink->is_terminal;
}

void
n2_sink_free(N2Sink *sink)
{
    if (!sink)
        return;
    if (sink->file && sink->fd >= 0)
        close(sink->fd);
    if (sink->temp)
        (void)g_unlink(sink->temp);
    g_free(sink->temp);
    g_free(sink->file);
    g_free(sink);
}
