/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * err.h - every way a daemon function can fail, its name and its exit code.
 *
 * Layer: base (may include: libc only).
 * One list makes the enum, the names, the texts and the exit codes, so an error without text
 * does not compile.  Values are part of the IPC: append only, never renumber.
 */
#pragma once

/* X(name, value, exit code of the command line, English clause) */
#define N2_ERR_LIST(X)                                                                         \
    X(N2_OK, 0, 0, "no error")                                                                 \
    X(N2_ERR_TRUNCATED, -1, 6, "input ends inside a field")                                    \
    X(N2_ERR_TRAILING, -2, 6, "input continues after the last field")                          \
    X(N2_ERR_FORMAT, -3, 6, "field has a value the format forbids")                            \
    X(N2_ERR_STATE, -4, 1, "event is not allowed in this state")                               \
    X(N2_ERR_NOSPACE, -5, 8, "output buffer, disk or quota is full")                           \
    X(N2_ERR_NOTFOUND, -6, 3, "no such name, file or object")                                  \
    X(N2_ERR_CORRUPT, -7, 6, "stored object does not match its hash")                          \
    X(N2_ERR_NOMEM, -8, 8, "out of memory")                                                    \
    X(N2_ERR_IO, -9, 1, "the operating system refused a read or a write")                      \
    X(N2_ERR_REFUSED, -10, 4, "the other side does not allow it")                              \
    X(N2_ERR_UNREACHABLE, -11, 5, "there is no way to the other side")                         \
    X(N2_ERR_TIMEOUT, -12, 5, "the other side does not answer")                                \
    X(N2_ERR_FORGED, -13, 6, "a signature, tag or proof is wrong")                             \
    X(N2_ERR_LIMIT, -14, 8, "a named limit is reached")                                        \
    X(N2_ERR_USAGE, -15, 2, "the request itself is wrong")                                     \
    X(N2_ERR_VERSION, -16, 1, "the data are of a version this program does not know")          \
    X(N2_ERR_CANCELLED, -17, 1, "cancelled")                                                   \
    X(N2_ERR_BUSY, -18, 1, "in use by another process")                                        \
    X(N2_ERR_TOKEN, -19, 7, "a token is needed, absent, blocked or was withdrawn")             \
    X(N2_ERR_CLOSED, -20, 5, "the connection is closed")                                       \
    X(N2_ERR_BUDGET, -21, 8, "the program costs more than its budget")                         \
    X(N2_ERR_UNSUPPORTED, -22, 1, "a method or suite this build does not have")                \
    X(N2_ERR_NOWAY, -23, 3, "no path to this identity is known")                               \
    X(N2_ERR_EXISTS, -24, 1, "it exists already")                                              \
    X(N2_ERR_FROZEN, -25, 6, "the identity is frozen: its keys are claimed by two")            \
    X(N2_ERR_ENDED, -26, 6, "the identity was ended by its recovery sheet")                    \
    X(N2_ERR_OLD, -27, 6, "it is older than what was seen before")

typedef enum {
#define X(name, value, exit, text) name = (value),
    N2_ERR_LIST(X)
#undef X
} n2_err;

#define N2_MUST_USE __attribute__((warn_unused_result))

/** Name of @err for logs, e.g. "N2_ERR_STATE"; "N2_ERR_?" for no such error (static). */
const char *n2_err_name(n2_err err);

/** One English clause for @err, for the developer; app and cli translate by code (static). */
const char *n2_err_text(n2_err err);

/** Exit code of the command line for @err, 0 to 8, as in the man page. */
int n2_err_exit(n2_err err);

/** The error that has number @value, or N2_ERR_STATE if none has. */
n2_err n2_err_from_int(int value);
