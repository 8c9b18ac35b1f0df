/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * label.c - names folded to their one form, their scripts, and what of them is shown.
 */
#include "name/label.h"

#include <string.h>

#include "name/char.h"

/* ---- scripts ---- */

static void
add_script(n2_scripts *s, uint32_t script)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->of[i] == script)
            return;
    if (s->n < N2_SCRIPTS_SHOWN_MAX)
        s->of[s->n++] = script;
    else
        s->is_mixed = true;
}

/* Together with Han characters Japanese, Korean and Bopomofo are one writing each (ISO 15924:
 * Jpan, Kore, Hanb). */
static bool
go_together(const n2_scripts *s)
{
    static const uint32_t writings[][3] = {
        {N2_SCRIPT('H', 'a', 'n', 'i'), N2_SCRIPT('H', 'i', 'r', 'a'),
         N2_SCRIPT('K', 'a', 'n', 'a')},
        {N2_SCRIPT('H', 'a', 'n', 'i'), N2_SCRIPT('H', 'a', 'n', 'g')},
        {N2_SCRIPT('H', 'a', 'n', 'i'), N2_SCRIPT('B', 'o', 'p', 'o')}};

    if (s->is_mixed || s->n < 2)
        return !s->is_mixed;
    for (size_t i = 0; i < sizeof writings / sizeof writings[0]; i++) {
        size_t n = 0;
        for (size_t j = 0; j < s->n; j++)
            for (size_t k = 0; k < 3; k++)
                n += s->of[j] == writings[i][k];
        if (n == s->n)
            return true;
    }
    return false;
}

n2_scripts
n2_name_scripts(const char *text, size_t len, const n2_unicode *unicode)
{
    n2_scripts all = {.n = 0}, word = {.n = 0};
    bool is_mixed = false;

    for (size_t at = 0; at < len;) {
        int32_t c = n2_utf8_next(text, len, &at);
        if (c < 0) {
            at++;
            continue;
        }
        n2_glyph g = n2_glyph_of(c, unicode);
        if (g.kind == N2_CHAR_OTHER) {
            is_mixed |= !go_together(&word);
            word = (n2_scripts){.n = 0};
        } else if (g.script) {
            add_script(&word, g.script);
            add_script(&all, g.script);
        }
    }
    all.is_mixed = is_mixed || !go_together(&word);
    return all;
}

/* ---- one form ---- */

typedef struct {
    const n2_unicode *unicode;
    n2_spelling *spelling;
    n2_scripts scripts; /* of this label */
    size_t n_marks;     /* on the last letter */
    bool has_letter;    /* for a mark to stand on */
    bool has_ascii_digit, has_other_digit;
} label_check;

static n2_err
fault(n2_spelling *s, n2_spelling_fault why, int32_t c)
{
    s->fault = why;
    s->code_point = c;
    return why == N2_SPELLING_LONG ? N2_ERR_LIMIT : N2_ERR_FORMAT;
}

static n2_err
check_char(label_check *l, int32_t c)
{
    n2_glyph g = n2_glyph_of(c, l->unicode);
    bool is_good = g.kind != N2_CHAR_OTHER;

    if (g.kind == N2_CHAR_MARK)
        is_good = l->has_letter && ++l->n_marks <= N2_MARKS_IN_A_ROW;
    else
        l->n_marks = 0;
    if (g.kind == N2_CHAR_DIGIT) {
        l->has_ascii_digit |= !g.script;
        l->has_other_digit |= g.script != N2_SCRIPT_NONE;
        is_good = !(l->has_ascii_digit && l->has_other_digit);
    }
    l->has_letter = g.kind == N2_CHAR_LETTER || (g.kind == N2_CHAR_MARK && l->has_letter);
    if (!is_good)
        return fault(l->spelling, N2_SPELLING_CHARACTER, c);
    if (g.script)
        add_script(&l->scripts, g.script);
    return N2_OK;
}

static n2_err
check_label(const char *text, size_t len, const n2_unicode *unicode, n2_spelling *spelling)
{
    label_check l = {.unicode = unicode, .spelling = spelling};

    if (!len)
        return fault(spelling, N2_SPELLING_EMPTY, 0);
    if (len > N2_LABEL_BYTES_MAX)
        return fault(spelling, N2_SPELLING_LONG, 0);
    if (text[0] == '-' || text[len - 1] == '-')
        return fault(spelling, N2_SPELLING_HYPHEN, '-');
    for (size_t at = 0; at < len;) {
        int32_t c = n2_utf8_next(text, len, &at);
        if (c == '-') {
            l.has_letter = false;
            continue;
        }
        n2_err err = check_char(&l, c);
        if (err)
            return err;
    }
    for (size_t i = 0; i < l.scripts.n; i++)
        add_script(&spelling->scripts, l.scripts.of[i]);
    if (go_together(&l.scripts))
        return N2_OK;
    spelling->scripts = l.scripts;
    spelling->scripts.is_mixed = true;
    return fault(spelling, N2_SPELLING_MIXED, 0);
}

static bool
is_reserved(const char *text, size_t len)
{
    return len >= 3 && (text[0] == 'k' || text[0] == 'h') && text[1] >= '0' && text[1] <= '9' &&
           text[2] == '-';
}

static n2_err
check_folded(const char *text, size_t len, const n2_unicode *unicode, n2_spelling *spelling)
{
    size_t start = 0, n_labels = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != '.')
            continue;
        if (is_reserved(text + start, i - start))
            return fault(spelling, N2_SPELLING_RESERVED, 0);
        if (++n_labels > N2_NAME_LABELS_MAX)
            return fault(spelling, N2_SPELLING_LONG, 0);
        n2_err err = check_label(text + start, i - start, unicode, spelling);
        if (err)
            return err;
        start = i + 1;
    }
    spelling->scripts.is_mixed = false; /* each label by itself is not */
    return N2_OK;
}

n2_err
n2_name_fold(char out[static N2_NAME_BYTES_MAX + 1],
             const char *text,
             size_t len,
             const n2_unicode *unicode,
             n2_spelling *spelling)
{
    n2_spelling unused;
    n2_spelling *s = spelling ? spelling : &unused;
    size_t folded = 0;

    *s = (n2_spelling){.fault = N2_SPELLING_GOOD};
    out[0] = '\0';
    if (len > N2_NAME_BYTES_MAX)
        return fault(s, N2_SPELLING_LONG, 0);
    if (!n2_utf8_is_valid(text, len))
        return fault(s, N2_SPELLING_TEXT, 0);
    if (memchr(text, '\0', len))
        return fault(s, N2_SPELLING_CHARACTER, 0);
    if (!n2_text_fold(out, N2_NAME_BYTES_MAX, &folded, text, len, unicode)) {
        out[0] = '\0';
        return fault(s, N2_SPELLING_LONG, 0);
    }
    n2_err err = check_folded(out, folded, unicode, s);
    out[err ? 0 : folded] = '\0';
    return err;
}

/* ---- the chrome ---- */

/* A name in its one form, of which letters and gaps alone would make another? */
static bool
is_folded_name(const char *text, size_t len, const n2_unicode *unicode)
{
    char folded[N2_NAME_BYTES_MAX + 1];

    return len && (memchr(text, '.', len) || memchr(text, '-', len)) &&
           n2_name_fold(folded, text, len, unicode, NULL) == N2_OK && strlen(folded) == len &&
           memcmp(folded, text, len) == 0;
}

static size_t
count_chars(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t at = 0; at < len; n++)
        (void)n2_utf8_next(text, len, &at);
    return n;
}

/* May a shown name begin here: with a letter or digit, and not as an address does? */
static bool
may_begin(const char *text, size_t len, const n2_unicode *unicode)
{
    size_t at = 0;
    n2_char_class kind = n2_glyph_of(n2_utf8_next(text, len, &at), unicode).kind;

    return (kind == N2_CHAR_LETTER || kind == N2_CHAR_DIGIT) && !is_reserved(text, len);
}

/* The last labels of a folded name, as they say whose it is; if not even the last one fits, its
 * end. */
static void
show_end(char out[static N2_SHOWN_BYTES], const char *text, size_t len, const n2_unicode *u)
{
    for (const char *dot; count_chars(text, len) > N2_SHOWN_CHARS_MAX &&
                          (dot = memchr(text, '.', len)) != NULL;) {
        len -= (size_t)(dot + 1 - text);
        text = dot + 1;
    }
    while (len && (count_chars(text, len) > N2_SHOWN_CHARS_MAX || !may_begin(text, len, u))) {
        size_t at = 0;
        (void)n2_utf8_next(text, len, &at);
        text += at;
        len -= at;
    }
    memcpy(out, text, len);
    out[len] = '\0';
}

void
n2_name_show(char out[static N2_SHOWN_BYTES],
             const char *text,
             size_t len,
             const n2_unicode *unicode)
{
    size_t used = 0, n = 0, n_marks = 0;
    bool has_letter = false, is_gap = false;

    if (is_folded_name(text, len, unicode)) {
        show_end(out, text, len, unicode);
        return;
    }
    for (size_t at = 0; at < len && n < N2_SHOWN_CHARS_MAX;) {
        size_t start = at;
        int32_t c = n2_utf8_next(text, len, &at);
        n2_glyph g = {.kind = N2_CHAR_OTHER};
        if (c < 0)
            at++;
        else
            g = n2_glyph_of(c, unicode);
        if (g.kind == N2_CHAR_MARK && (!has_letter || ++n_marks > N2_MARKS_IN_A_ROW))
            g.kind = N2_CHAR_OTHER;
        if (g.kind == N2_CHAR_OTHER) {
            has_letter = false;
            is_gap = used > 0;
            continue;
        }
        if (g.kind != N2_CHAR_MARK) {
            n_marks = 0;
            has_letter = g.kind == N2_CHAR_LETTER;
        }
        if (is_gap) {
            if (n + 2 > N2_SHOWN_CHARS_MAX)
                break;
            out[used++] = ' ';
            n++;
            is_gap = false;
        }
        memcpy(out + used, text + start, at - start);
        used += at - start;
        n++;
    }
    out[used] = '\0';
}

/* ---- own names ---- */

bool
n2_name_is_own(const char *name)
{
    return !strchr(name, '.');
}

n2_err
n2_name_may_open(n2_name_source source, const char *name)
{
    return source == N2_NAME_LINKED && n2_name_is_own(name) ? N2_ERR_NOTFOUND : N2_OK;
}
