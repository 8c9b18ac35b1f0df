/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * secret.h - what somebody types for the keys process alone: where it is kept, how it is handed
 *            on.
 *
 * Layer: cli.
 * INVARIANT secret-by-pipe: a PIN, a passphrase or the words of a sheet is in locked memory and
 * in a pipe, nowhere else; never in an argument, a message or a string of ours.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum {
    N2_CLI_SECRET_BYTES_MAX = 1024, /* typed at once */
    N2_CLI_SECRET_CAP =
        2 * (N2_CLI_SECRET_BYTES_MAX + 1) /* an old one, a NUL, a new one, a NUL */
};

/** N2_CLI_SECRET_CAP bytes that are not swapped (transfer full); ends the program if
 * there is no memory. */
char *n2_cli_secret_new(void);

/** Wipes and frees. @secret: (nullable). */
void n2_cli_secret_free(char *secret);

/** Puts @len bytes, behind which is a NUL, into a pipe, and the NUL, which says that this is
 * all.  Returns: its reading end, the caller's; -1 with @error set. */
int n2_cli_secret_pipe(const char *secret, gsize len, GError **error);

/** The same for a change of a passphrase; "": there is none. */
int n2_cli_secret_pipe_change(const char *old, const char *new, GError **error);

/** Keeps this process out of core files and away from debuggers; before the fence. */
void n2_cli_secret_guard(void);

/** One sentence on how much guessing a passphrase withstands (static, translated). */
const char *n2_cli_secret_peek_strength(const char *passphrase, gsize len);

G_END_DECLS
