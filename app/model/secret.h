/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * secret.h - what somebody types that only the keys process may know: how it travels there.
 *
 * Layer: app/model (no widgets).
 * INVARIANT secret-by-pipe: a PIN, a passphrase or the words of a sheet is in the entry's
 * locked buffer (GtkPasswordEntryBuffer) and in a pipe, nowhere else; never in a message, an
 * argument or a string of ours.  The reading end goes through the node unread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    N2_SECRET_EMPTY,
    N2_SECRET_WEAK,
    N2_SECRET_FAIR,
    N2_SECRET_GOOD
} N2SecretGrade;

/**
 * Puts @text into a pipe, with the NUL that says that this is all, and closes its writing end.
 *
 * @text: (transfer none): not copied elsewhere; at most N2_SECRET_BYTES_MAX bytes.
 *
 * Returns: the end for reading, the caller's to close or to give away; -1 with @error set
 *          (N2_ERR_LIMIT: too long; N2_ERR_IO).
 */
int n2_secret_pipe(const char *text, GError **error);

/** The same for Identity1.SetPassphrase, and for the first one that Identity1.New sets; "":
 * there is none. */
int n2_secret_pipe_change(const char *old, const char *new, GError **error);

/**
 * Reads what a pipe holds, up to its end, into locked memory.
 *
 * @fd: consumed.
 *
 * Returns: (transfer full): text, to be freed with n2_secret_free(); NULL with @error set.
 */
char *n2_secret_read(int fd, GError **error);

/** Wipes and frees. @text: (nullable). */
void n2_secret_free(char *text);

/** How much guessing a passphrase withstands. */
N2SecretGrade n2_secret_grade(const char *passphrase);

/** One sentence on a grade (static, translated). */
const char *n2_secret_peek_words(N2SecretGrade grade);

enum {
    N2_SECRET_BYTES_MAX = 1024
};

G_END_DECLS
