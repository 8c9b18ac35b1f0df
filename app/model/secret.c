/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * secret.c - secrets of people, by pipe and in locked memory.
 */
#include "model/secret.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "client/error.h"
#include "keys/strength.h"

/* Each with its NUL. */
static int
put(const char *const *texts, gsize n, GError **error)
{
    gboolean is_put = TRUE;
    int ends[2];

    /* So much always goes into a pipe, whoever reads it and when. */
    G_STATIC_ASSERT(2 * (N2_SECRET_BYTES_MAX + 1) <= PIPE_BUF);
    for (gsize i = 0; i < n; i++) {
        if (strlen(texts[i]) <= N2_SECRET_BYTES_MAX)
            continue;
        n2_error_set(error, N2_ERR_LIMIT, _("What you typed"), N_("it is too long"),
                     N_("Take something shorter."));
        return -1;
    }
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, NULL)) {
        n2_error_set(error, N2_ERR_IO, _("What you typed"), NULL, NULL);
        return -1;
    }
    for (gsize i = 0; is_put && i < n; i++) {
        gsize len = strlen(texts[i]) + 1;
        is_put = write(ends[1], texts[i], len) == (gssize)len;
    }
    close(ends[1]);
    if (!is_put) {
        close(ends[0]);
        n2_error_set(error, N2_ERR_IO, _("What you typed"), NULL, NULL);
        return -1;
    }
    return ends[0];
}

int
n2_secret_pipe(const char *text, GError **error)
{
    return put(&text, 1, error);
}

int
n2_secret_pipe_change(const char *old, const char *new, GError **error)
{
    const char *const both[] = {old, new};

    return put(both, G_N_ELEMENTS(both), error);
}

char *
n2_secret_read(int fd, GError **error)
{
    char *text = sodium_init() < 0 ? NULL : sodium_malloc(N2_SECRET_BYTES_MAX + 1);
    gsize len = 0;
    gssize n = -1;

    if (text)
        do {
            n = read(fd, text + len, N2_SECRET_BYTES_MAX - len);
            len += n > 0 ? (gsize)n : 0;
        } while (n > 0 && len < N2_SECRET_BYTES_MAX);
    close(fd);
    if (n < 0) {
        n2_error_set(error, text ? N2_ERR_IO : N2_ERR_NOMEM, _("The recovery sheet"), NULL,
                     NULL);
        n2_secret_free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

void
n2_secret_free(char *text)
{
    sodium_free(text); /* wipes */
}

N2SecretGrade
n2_secret_grade(const char *passphrase)
{
    switch (n2_passphrase_strength(passphrase, strlen(passphrase)).grade) {
    case N2_STRENGTH_WEAK:
        return N2_SECRET_WEAK;
    case N2_STRENGTH_FAIR:
        return N2_SECRET_FAIR;
    case N2_STRENGTH_GOOD:
        return N2_SECRET_GOOD;
    case N2_STRENGTH_NONE:
        break;
    }
    return N2_SECRET_EMPTY;
}

const char *
n2_secret_peek_words(N2SecretGrade grade)
{
    switch (grade) {
    case N2_SECRET_WEAK:
        return _("Weak: one machine finds it within days.");
    case N2_SECRET_FAIR:
        return _("Fair: finding it costs more than most people are worth to a thief.");
    case N2_SECRET_GOOD:
        return _("Strong: nobody finds it by trying.");
    case N2_SECRET_EMPTY:
        break;
    }
    return _("Four or five words that nobody would put together are easy to keep in mind.");
}
