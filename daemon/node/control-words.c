/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-words.c - what went wrong and what to do next, in whole English sentences.
 *
 * Front ends translate these by looking them up as they are, so a text here has no parameters.
 */
#include "node/control-private.h"

typedef struct {
    n2_err err;
    const char *why;
    const char *next;
} words;

static const words table[] = {
    {N2_ERR_NOTFOUND, "there is no such name, file or object",
     "Check the spelling, or list the folder above it."},
    {N2_ERR_NOWAY, "no path to this identity is known",
     "Add the node as a peer with its key, or set a path by hand."},
    {N2_ERR_UNREACHABLE, "there is no way to the other side at present",
     "Check the link to the next node, then try again."},
    {N2_ERR_TIMEOUT, "the other side does not answer",
     "Trace the path to see which hop is gone, or try again later."},
    {N2_ERR_CLOSED, "the other side closed the connection", "Try again."},
    {N2_ERR_FORGED, "what came was not signed by, or does not match, what was asked for",
     "Nothing of it was kept or shown. Ask the owner, or try another way there."},
    {N2_ERR_CORRUPT, "what is stored is damaged",
     "Run a check of the store; what is damaged will be fetched anew."},
    {N2_ERR_FORMAT, "it is not of the form it should have",
     "Check the spelling; if it came from another node, tell its owner."},
    {N2_ERR_TRUNCATED, "it ended too early", "Try again."},
    {N2_ERR_TRAILING, "something follows after its end", "Try again."},
    {N2_ERR_USAGE, "the request itself is wrong", "See the help of this command."},
    {N2_ERR_LIMIT, "a limit of this node is reached", "Wait until other work is done."},
    {N2_ERR_NOSPACE, "the disk or its quota is full", "Free some space, then try again."},
    {N2_ERR_NOMEM, "there is not enough memory", "End other programs, then try again."},
    {N2_ERR_REFUSED, "the other side does not allow it", "Ask its owner."},
    {N2_ERR_EXISTS, "it exists already", "Take another name."},
    {N2_ERR_UNSUPPORTED, "a method that this program does not know",
     "A newer version of the program may know it."},
    {N2_ERR_VERSION, "it was made by a newer version of the program", "Update the program."},
    {N2_ERR_IO, "the disk refused a read or a write", "Look at the log of the node."},
    {N2_ERR_STATE, "this is not possible now", "Try again in a moment."},
    {N2_ERR_BUDGET, "the other side is busy", "Try again in a moment."},
    {N2_ERR_BUSY, "something else is using it", "Try again in a moment."},
    {N2_ERR_CANCELLED, "it was cancelled", ""},
    {N2_ERR_TOKEN, "a token is needed", "Insert the token, then try again."},
};

static const words *
find(n2_err err)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].err == err)
            return &table[i];
    return NULL;
}

const char *
n2_words_why(n2_err err)
{
    const words *w = find(err);

    return w ? w->why : n2_err_text(err);
}

const char *
n2_words_next(n2_err err)
{
    const words *w = find(err);

    return w ? w->next : "";
}
