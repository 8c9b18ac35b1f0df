/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * why.c - the words of reasons and verdicts.
 */
#include "base/why.h"

#include <stddef.h>
#include <string.h>

const char *
n2_why_word(n2_why why)
{
    switch (why) {
#define X(name, number, word, reading, other)                                                  \
    case N2_WHY_##name:                                                                        \
        return word;
        N2_WHY_LIST(X)
#undef X
    }
    return "";
}

n2_why
n2_why_of_word(const char *word)
{
    static const n2_why all[] = {
#define X(name, number, word, reading, other) N2_WHY_##name,
        N2_WHY_LIST(X)
#undef X
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(word, n2_why_word(all[i])) == 0)
            return all[i];
    return (n2_why)0;
}

const char *
n2_verdict_word(n2_verdict verdict)
{
    static const char *const words[] = {"go", "note", "ask", "stop"};

    return verdict <= N2_VERDICT_STOP ? words[verdict] : "";
}
