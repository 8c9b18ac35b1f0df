/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * char.c - which characters a name may hold, and of what script each is.
 */
#include "name/char.h"

#include <stddef.h>

enum {
    PROLONGED = 0x30fc, /* of Hiragana and Katakana, Unicode says of all */
    ARABIC_ZERO = 0x660,
    ARABIC_NINE = 0x669 /* the same */
};

#define COMMON N2_SCRIPT('Z', 'y', 'y', 'y')
#define INHERITED N2_SCRIPT('Z', 'i', 'n', 'h')
#define UNKNOWN N2_SCRIPT('Z', 'z', 'z', 'z')

/* Letters and marks that show nothing, and parts of Hangul syllables: composed they are
 * letters, alone they lie one on the other. */
static bool
is_blank(int32_t c)
{
    return (c >= 0x1100 && c <= 0x11ff) || (c >= 0xa960 && c <= 0xa97f) ||
           (c >= 0xd7b0 && c <= 0xd7ff) || c == 0x3164 || c == 0xffa0 || c == 0x17b4 ||
           c == 0x17b5 || c == 0x034f || (c >= 0x180b && c <= 0x180f) ||
           (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c < 0xe1000);
}

/* Scripts whose letters stand alone: what cannot be composed with them is ornament. */
static bool
writes_without_marks(uint32_t script)
{
    return script == N2_SCRIPT_LATIN || script == N2_SCRIPT('G', 'r', 'e', 'k') ||
           script == N2_SCRIPT('C', 'y', 'r', 'l') || script == COMMON || script == INHERITED;
}

static n2_glyph
glyph_of_ascii(int32_t c)
{
    if (c >= '0' && c <= '9')
        return (n2_glyph){.kind = N2_CHAR_DIGIT, .base = c};
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return (n2_glyph){.kind = N2_CHAR_LETTER, .script = N2_SCRIPT_LATIN, .base = c};
    return (n2_glyph){.kind = N2_CHAR_OTHER, .base = c};
}

n2_glyph
n2_glyph_of(int32_t c, const n2_unicode *unicode)
{
    n2_glyph other = {.kind = N2_CHAR_OTHER, .base = c};

    if (c < 0x80)
        return glyph_of_ascii(c);
    if (!unicode || !unicode->look || is_blank(c))
        return other;
    n2_char known = unicode->look(unicode->user, c);
    n2_glyph g = {.kind = known.kind, .script = known.script, .base = known.base};
    if (c == PROLONGED)
        g.script = N2_SCRIPT('K', 'a', 'n', 'a');
    else if (c >= ARABIC_ZERO && c <= ARABIC_NINE)
        g.script = N2_SCRIPT('A', 'r', 'a', 'b');
    if (known.is_variant || g.script == COMMON || g.script == INHERITED ||
        g.script == UNKNOWN || (g.kind == N2_CHAR_MARK && writes_without_marks(g.script)))
        return other;
    return g;
}

static bool
is_ascii(const char *text, size_t len)
{
    bool is = true;

    for (size_t i = 0; is && i < len; i++)
        is = (uint8_t)text[i] < 0x80;
    return is;
}

bool
n2_text_fold(
    char *out, size_t cap, size_t *out_len, const char *text, size_t len, const n2_unicode *u)
{
    if (!is_ascii(text, len)) {
        if (!n2_utf8_is_valid(text, len))
            return false;
        if (u && u->fold)
            return u->fold(u->user, text, len, out, cap, out_len);
    }
    if (len > cap)
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    *out_len = len;
    return true;
}
