/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * err.c - the tables made from the error list.
 */
#include "base/err.h"

const char *
n2_err_name(n2_err err)
{
    switch (err) {
#define X(name, value, exit, text)                                                             \
    case name:                                                                                 \
        return #name;
        N2_ERR_LIST(X)
#undef X
    }
    return "N2_ERR_?";
}

const char *
n2_err_text(n2_err err)
{
    switch (err) {
#define X(name, value, exit, text)                                                             \
    case name:                                                                                 \
        return text;
        N2_ERR_LIST(X)
#undef X
    }
    return "unknown error";
}

int
n2_err_exit(n2_err err)
{
    switch (err) {
#define X(name, value, exit, text)                                                             \
    case name:                                                                                 \
        return exit;
        N2_ERR_LIST(X)
#undef X
    }
    return 1;
}

n2_err
n2_err_from_int(int value)
{
    switch (value) {
#define X(name, number, exit, text)                                                            \
    case number:                                                                               \
        return name;
        N2_ERR_LIST(X)
#undef X
    }
    return N2_ERR_STATE;
}
