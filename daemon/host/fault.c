/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fault.c - a failure of the host with words for the person who started the program.
 */
#include "host/fault.h"

G_DEFINE_QUARK(n2 - fault - quark, n2_fault)

n2_err
n2_fault_set(GError **error, n2_err err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    /* It may quote what somebody wrote, and goes to a terminal. */
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (char *c = valid; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    g_set_error_literal(error, N2_FAULT, err, valid);
    return err;
}
