/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * unseen.c - characters that can't be seen or that turn others, and letters that pass for
 * others.
 */
#include "render/unseen.h"

#include <glib/gi18n-lib.h>
#include <string.h>

enum {
    WORD_MAX = 256 /* bytes; of a longer word only the start is judged */
};

static const n2_unseen unseen[] = {
    {0x034f, 0x034f, "CGJ", "COMBINING GRAPHEME JOINER"},
    {0x061c, 0x061c, "ALM", "ARABIC LETTER MARK"},
    {0x115f, 0x1160, "HF", "HANGUL FILLER"},
    {0x17b4, 0x17b5, "KIV", "KHMER INHERENT VOWEL"},
    {0x180b, 0x180f, "MVS", "MONGOLIAN SELECTOR"},
    {0x200b, 0x200b, "ZWSP", "ZERO WIDTH SPACE"},
    {0x200c, 0x200c, "ZWNJ", "ZERO WIDTH NON-JOINER"},
    {0x200d, 0x200d, "ZWJ", "ZERO WIDTH JOINER"},
    {0x200e, 0x200e, "LRM", "LEFT-TO-RIGHT MARK"},
    {0x200f, 0x200f, "RLM", "RIGHT-TO-LEFT MARK"},
    {0x2028, 0x2028, "LSEP", "LINE SEPARATOR"},
    {0x2029, 0x2029, "PSEP", "PARAGRAPH SEPARATOR"},
    {0x202a, 0x202a, "LRE", "LEFT-TO-RIGHT EMBEDDING"},
    {0x202b, 0x202b, "RLE", "RIGHT-TO-LEFT EMBEDDING"},
    {0x202c, 0x202c, "PDF", "POP DIRECTIONAL FORMATTING"},
    {0x202d, 0x202d, "LRO", "LEFT-TO-RIGHT OVERRIDE"},
    {0x202e, 0x202e, "RLO", "RIGHT-TO-LEFT OVERRIDE"},
    {0x2060, 0x2060, "WJ", "WORD JOINER"},
    {0x2061, 0x2065, "OP", "INVISIBLE OPERATOR"},
    {0x2066, 0x2066, "LRI", "LEFT-TO-RIGHT ISOLATE"},
    {0x2067, 0x2067, "RLI", "RIGHT-TO-LEFT ISOLATE"},
    {0x2068, 0x2068, "FSI", "FIRST STRONG ISOLATE"},
    {0x2069, 0x2069, "PDI", "POP DIRECTIONAL ISOLATE"},
    {0x206a, 0x206f, "FMT", "DEPRECATED FORMATTING"},
    {0x2800, 0x2800, "BB", "BRAILLE PATTERN BLANK"},
    {0x3164, 0x3164, "HF", "HANGUL FILLER"},
    {0xfe00, 0xfe0f, "VS", "VARIATION SELECTOR"},
    {0xfeff, 0xfeff, "BOM", "ZERO WIDTH NO-BREAK SPACE"},
    {0xffa0, 0xffa0, "HF", "HALFWIDTH HANGUL FILLER"},
    {0xfff9, 0xfffb, "IA", "INTERLINEAR ANNOTATION"},
    {0x1bca0, 0x1bca3, "SH", "SHORTHAND FORMAT"},
    {0x1d173, 0x1d17a, "MUS", "MUSICAL FORMAT"},
    {0xe0000, 0xe0fff, "TAG", "TAG OR VARIATION SELECTOR"},
};

/* Scripts that write with joiners: Arabic, Syriac, those of India and their neighbours. */
static gboolean
joins(gunichar c)
{
    return (c >= 0x600 && c <= 0x109f) || (c >= 0x1780 && c <= 0x18af) ||
           (c >= 0xa840 && c <= 0xabff) || (c >= 0xfb50 && c <= 0xfdff) ||
           (c >= 0xfe70 && c <= 0xfefc) || (c >= 0x10a00 && c <= 0x11fff);
}

static gboolean
is_symbol(gunichar c)
{
    return (c >= 0x2010 && c <= 0x303f) || (c >= 0x1f000 && c <= 0x1faff) || c == 0xa9 ||
           c == 0xae || (c >= '0' && c <= '9') || c == '#' || c == '*';
}

const n2_unseen *
n2_unseen_find(gunichar c, gunichar before)
{
    guint low = 0, high = G_N_ELEMENTS(unseen);
    if (c < unseen[0].from)
        return NULL;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (c > unseen[middle].to)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == G_N_ELEMENTS(unseen) || c < unseen[low].from)
        return NULL;
    if ((c == 0x200c || c == 0x200d) && joins(before))
        return NULL;
    if (c == 0x200d && (is_symbol(before) || before == 0xfe0f))
        return NULL;
    if ((c == 0xfe0e || c == 0xfe0f) && is_symbol(before))
        return NULL;
    if (c >= 0xe0020 && c <= 0xe007f &&
        (before == 0x1f3f4 || (before >= 0xe0020 && before < 0xe007f)))
        return NULL; /* a flag */
    return &unseen[low];
}

/* Letters that pass for Latin ones, in pairs; UTS 39, confusables.txt. */
static const char *const passes_for =
    /* Cyrillic */
    "аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwӏlѵvгrьbАAВBЕEКKМMНHОOРPСCТTХXУYІIЈJЅSЗ3Ԛ"
    "QԜWӀlѴVԌGҮYЬbԍg"
    /* Greek */
    "αaοoνvρpιiυuγyκkχxσoϲcηnτtωwϳjΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXϹC"
    "Ϳ"
    "J"
    /* Armenian */
    "օoոnսuհhցgյjզqաwՕOՍUԼLՏSՑ3";

static gunichar
passes(gunichar c)
{
    for (const char *p = passes_for; c >= 0x80 && *p;) {
        gunichar from = g_utf8_get_char(p);
        p = g_utf8_next_char(p);
        if (from == c)
            return g_utf8_get_char(p);
        p = g_utf8_next_char(p);
    }
    return 0;
}

static gboolean
is_word(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

gsize
n2_alike_word(const char *text, gsize len)
{
    gsize i = 0;
    while (i < len && is_word(g_utf8_get_char(text + i)))
        i += (gsize)g_utf8_skip[(guchar)text[i]];
    return MIN(i, len);
}

n2_alike
n2_alike_judge(const char *word, gsize len, char **seen)
{
    gboolean latin = FALSE, plain_foreign = FALSE, passing = FALSE;
    guint letters = 0;
    len = MIN(len, (gsize)WORD_MAX);
    g_autoptr(GString) skeleton = g_string_new(NULL);
    for (gsize i = 0; i < len; i += (gsize)g_utf8_skip[(guchar)word[i]]) {
        gunichar c = g_utf8_get_char(word + i), as = passes(c);
        GUnicodeScript script = g_unichar_get_script(c);
        gboolean is_foreign = as || script == G_UNICODE_SCRIPT_CYRILLIC ||
                              script == G_UNICODE_SCRIPT_GREEK ||
                              script == G_UNICODE_SCRIPT_ARMENIAN;
        letters += g_unichar_isalpha(c) ? 1 : 0;
        latin = latin || (script == G_UNICODE_SCRIPT_LATIN && !as);
        plain_foreign = plain_foreign || (is_foreign && !as);
        passing = passing || as;
        g_string_append_unichar(skeleton, as ? as : c);
    }
    n2_alike alike = !passing                        ? N2_ALIKE_NO
                     : latin                         ? N2_ALIKE_MIXED
                     : !plain_foreign && letters > 3 ? N2_ALIKE_WHOLE
                                                     : N2_ALIKE_NO;
    if (seen)
        *seen = alike ? g_strndup(skeleton->str, skeleton->len) : NULL;
    return alike;
}

char *
n2_alike_explain(const char *address)
{
    g_autofree char *decoded = g_uri_unescape_string(address, NULL);
    const char *text = decoded && g_utf8_validate(decoded, -1, NULL) ? decoded : address;
    gunichar before = 0;
    if (!g_utf8_validate(text, -1, NULL))
        return NULL;
    while (*text) {
        gsize len = n2_alike_word(text, strlen(text));
        g_autofree char *seen = NULL;
        gunichar c = g_utf8_get_char(text);
        const n2_unseen *hidden = n2_unseen_find(c, before);
        if (hidden)
            return g_strdup_printf(_("The address has a character that can’t be seen: %s"),
                                   hidden->name);
        n2_alike alike = len ? n2_alike_judge(text, len, &seen) : N2_ALIKE_NO;
        if (alike == N2_ALIKE_MIXED)
            return g_strdup_printf(
                _("A word in the address mixes alphabets; it only looks like “%s”"), seen);
        if (alike == N2_ALIKE_WHOLE)
            return g_strdup_printf(
                _("A word in the address is not Latin; it only looks like “%s”"), seen);
        before = c;
        text += len ? len : (gsize)g_utf8_skip[(guchar)*text];
    }
    return NULL;
}
