/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * secret.c - secrets of people, in locked memory and by pipe.
 */
#include "cli/secret.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/error.h"
#include "keys/strength.h"

char *
n2_cli_secret_new(void)
{
    char *secret = sodium_init() < 0 ? NULL : sodium_malloc(N2_CLI_SECRET_CAP);

    if (!secret)
        g_error("there is no memory for a secret");
    sodium_memzero(secret, N2_CLI_SECRET_CAP);
    return secret;
}

void
n2_cli_secret_free(char *secret)
{
    sodium_free(secret); /* wipes */
}

/* @parts: with the NUL of each. */
static int
put(const char *parts, gsize len, GError **error)
{
    int ends[2];

    /* So much goes into a pipe at once, whoever reads it and when. */
    G_STATIC_ASSERT(N2_CLI_SECRET_CAP <= PIPE_BUF);
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, NULL)) {
        n2_error_set(error, N2_ERR_IO, "net2o", NULL, NULL);
        return -1;
    }
    gssize n = write(ends[1], parts, len);
    close(ends[1]);
    if (n < 0 || (gsize)n != len) {
        close(ends[0]);
        n2_error_set(error, N2_ERR_IO, "net2o", NULL, NULL);
        return -1;
    }
    return ends[0];
}

int
n2_cli_secret_pipe(const char *secret, gsize len, GError **error)
{
    g_assert(len <= N2_CLI_SECRET_BYTES_MAX && secret[len] == '\0');
    return put(secret, len + 1, error);
}

int
n2_cli_secret_pipe_change(const char *old, const char *new, GError **error)
{
    char *both = n2_cli_secret_new();
    gsize n_old = strlen(old) + 1, n_new = strlen(new) + 1;

    g_assert(n_old + n_new <= N2_CLI_SECRET_CAP);
    memcpy(both, old, n_old);
    memcpy(both + n_old, new, n_new);
    int fd = put(both, n_old + n_new, error);
    n2_cli_secret_free(both);
    return fd;
}

void
n2_cli_secret_guard(void)
{
    const struct rlimit none = {0, 0};

    /* Both only make it harder for others of the same user; without them it works too. */
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        g_debug("this process can be dumped");
}

const char *
n2_cli_secret_peek_strength(const char *passphrase, gsize len)
{
    switch (n2_passphrase_strength(passphrase, len).grade) {
    case N2_STRENGTH_WEAK:
        return _("Weak: somebody who has the file finds it in days.");
    case N2_STRENGTH_FAIR:
        return _("Fair: it withstands all who are not after you alone.");
    case N2_STRENGTH_GOOD:
        return _("Good: nobody finds it by trying.");
    case N2_STRENGTH_NONE:
        break;
    }
    return _("None: who reads the disk reads the keys.");
}
