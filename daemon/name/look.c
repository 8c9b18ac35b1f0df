/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * look.c - what a name looks like: the table of Latin, Greek and Cyrillic look-alikes.
 */
#include <string.h>

#include "name/char.h"
#include "name/label.h"

typedef struct {
    uint16_t code_point; /* folded, without what is composed with it */
    char like[3];
} look;

/* Ascending. */
static const look looks[] = {
    {'0', "o"},     {'1', "l"},    {0x00e6, "ae"}, {0x00f0, "d"}, {0x00f8, "o"},  {0x00fe, "p"},
    {0x0111, "d"},  {0x0127, "h"}, {0x0131, "i"},  {0x0138, "k"}, {0x0142, "l"},  {0x014b, "n"},
    {0x0153, "oe"}, {0x0167, "t"}, {0x0180, "b"},  {0x0183, "b"}, {0x0188, "c"},  {0x018c, "d"},
    {0x0192, "f"},  {0x0199, "k"}, {0x019a, "l"},  {0x019e, "n"}, {0x01a5, "p"},  {0x01ab, "t"},
    {0x01ad, "t"},  {0x01b4, "y"}, {0x01b6, "z"},  {0x01bf, "p"}, {0x01c0, "l"},  {0x01e5, "g"},
    {0x0225, "z"},  {0x0237, "j"}, {0x023c, "c"},  {0x0247, "e"}, {0x0249, "j"},  {0x024b, "q"},
    {0x024d, "r"},  {0x024f, "y"}, {0x0251, "a"},  {0x0253, "b"}, {0x0256, "d"},  {0x0257, "d"},
    {0x025b, "e"},  {0x0260, "g"}, {0x0261, "g"},  {0x0262, "g"}, {0x0266, "h"},  {0x0268, "i"},
    {0x0269, "i"},  {0x026a, "i"}, {0x026b, "l"},  {0x026c, "l"}, {0x026d, "l"},  {0x026f, "w"},
    {0x0271, "m"},  {0x0272, "n"}, {0x0273, "n"},  {0x0274, "n"}, {0x0275, "o"},  {0x027c, "r"},
    {0x027d, "r"},  {0x0280, "r"}, {0x0282, "s"},  {0x0283, "f"}, {0x0284, "f"},  {0x0288, "t"},
    {0x0289, "u"},  {0x028b, "u"}, {0x028f, "y"},  {0x0290, "z"}, {0x0299, "b"},  {0x029c, "h"},
    {0x029d, "j"},  {0x029f, "l"}, {0x02a0, "q"},  {0x03b1, "a"}, {0x03b2, "b"},  {0x03b3, "y"},
    {0x03b5, "e"},  {0x03b7, "n"}, {0x03b8, "o"},  {0x03b9, "i"}, {0x03ba, "k"},  {0x03bc, "u"},
    {0x03bd, "v"},  {0x03bf, "o"}, {0x03c0, "n"},  {0x03c1, "p"}, {0x03c3, "o"},  {0x03c4, "t"},
    {0x03c5, "u"},  {0x03c7, "x"}, {0x03c9, "w"},  {0x03dd, "f"}, {0x03f2, "c"},  {0x03f3, "j"},
    {0x03f8, "p"},  {0x03fb, "m"}, {0x0430, "a"},  {0x0431, "6"}, {0x0432, "b"},  {0x0433, "r"},
    {0x0435, "e"},  {0x0437, "3"}, {0x043a, "k"},  {0x043c, "m"}, {0x043d, "h"},  {0x043e, "o"},
    {0x043f, "n"},  {0x0440, "p"}, {0x0441, "c"},  {0x0442, "t"}, {0x0443, "y"},  {0x0445, "x"},
    {0x0447, "4"},  {0x0448, "w"}, {0x0449, "w"},  {0x044a, "b"}, {0x044b, "bl"}, {0x044c, "b"},
    {0x0452, "h"},  {0x0454, "e"}, {0x0455, "s"},  {0x0456, "i"}, {0x0458, "j"},  {0x045b, "h"},
    {0x0461, "w"},  {0x0475, "v"}, {0x048f, "p"},  {0x0491, "r"}, {0x0493, "f"},  {0x049b, "k"},
    {0x049d, "k"},  {0x049f, "k"}, {0x04a1, "k"},  {0x04a3, "h"}, {0x04ab, "c"},  {0x04ad, "t"},
    {0x04af, "y"},  {0x04b1, "y"}, {0x04b3, "x"},  {0x04b7, "4"}, {0x04bb, "h"},  {0x04bd, "e"},
    {0x04c0, "l"},  {0x04cf, "l"}, {0x04d5, "ae"}, {0x04e9, "o"}, {0x0501, "d"},  {0x050d, "g"},
    {0x0511, "e"},  {0x051b, "q"}, {0x051d, "w"},  {0x1d00, "a"}, {0x1d04, "c"},  {0x1d05, "d"},
    {0x1d07, "e"},  {0x1d0a, "j"}, {0x1d0b, "k"},  {0x1d0d, "m"}, {0x1d0f, "o"},  {0x1d18, "p"},
    {0x1d1b, "t"},  {0x1d1c, "u"}, {0x1d20, "v"},  {0x1d21, "w"}, {0x1d22, "z"},
};

static const char *
find_look(int32_t c)
{
    size_t low = 0, high = sizeof looks / sizeof looks[0];

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (looks[middle].code_point == c)
            return looks[middle].like;
        if (looks[middle].code_point < c)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Writes one code point at *@used; false if there is no room. */
static bool
put(char *out, size_t cap, size_t *used, int32_t c)
{
    uint8_t bytes[4];
    size_t n;

    if (c < 0x80) {
        bytes[0] = (uint8_t)c;
        n = 1;
    } else if (c < 0x800) {
        bytes[0] = (uint8_t)(0xc0 | c >> 6);
        n = 2;
    } else if (c < 0x10000) {
        bytes[0] = (uint8_t)(0xe0 | c >> 12);
        n = 3;
    } else {
        bytes[0] = (uint8_t)(0xf0 | c >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        bytes[i] = (uint8_t)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
    if (n > cap - *used)
        return false;
    memcpy(out + *used, bytes, n);
    *used += n;
    return true;
}

/* Pairs that look like one letter. */
static size_t
join_pairs(char *text, size_t len)
{
    size_t to = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (to && c == 'n' && text[to - 1] == 'r')
            text[to - 1] = 'm';
        else if (to && c == 'v' && text[to - 1] == 'v')
            text[to - 1] = 'w';
        else
            text[to++] = c;
    }
    return to;
}

static bool
skeleton_of_folded(char *out, size_t *used, const char *text, size_t len, const n2_unicode *u)
{
    for (size_t at = 0; at < len;) {
        int32_t c = n2_utf8_next(text, len, &at);
        if (c < 0)
            return false;
        n2_glyph g = n2_glyph_of(c, u);
        if (g.kind == N2_CHAR_OTHER && c != '.' && c != '-' && c != ' ')
            continue; /* nothing of it is shown */
        const char *like = find_look(c);
        if (!like && g.kind != N2_CHAR_OTHER)
            like = find_look(g.base);
        for (; like && *like; like++)
            if (!put(out, N2_SKELETON_BYTES - 1, used, *like))
                return false;
        if (!like && !put(out, N2_SKELETON_BYTES - 1, used, g.base))
            return false;
    }
    return true;
}

void
n2_name_skeleton(char out[static N2_SKELETON_BYTES],
                 const char *text,
                 size_t len,
                 const n2_unicode *unicode)
{
    char folded[N2_NAME_BYTES_MAX];
    size_t folded_len = 0, used = 0;

    out[0] = '\0';
    if (!n2_text_fold(folded, sizeof folded, &folded_len, text, len, unicode) ||
        !skeleton_of_folded(out, &used, folded, folded_len, unicode))
        used = 0;
    out[join_pairs(out, used)] = '\0';
}

bool
n2_name_is_alike(const char *a, const char *b, const n2_unicode *unicode)
{
    char one[N2_SKELETON_BYTES], other[N2_SKELETON_BYTES];
    char folded_a[N2_NAME_BYTES_MAX], folded_b[N2_NAME_BYTES_MAX];
    size_t len_a = 0, len_b = 0;

    n2_name_skeleton(one, a, strlen(a), unicode);
    n2_name_skeleton(other, b, strlen(b), unicode);
    if (!one[0] || strcmp(one, other) != 0)
        return false;
    return !n2_text_fold(folded_a, sizeof folded_a, &len_a, a, strlen(a), unicode) ||
           !n2_text_fold(folded_b, sizeof folded_b, &len_b, b, strlen(b), unicode) ||
           len_a != len_b || memcmp(folded_a, folded_b, len_a) != 0;
}
