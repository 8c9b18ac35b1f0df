/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * unicode.c - the Unicode tables of GLib, as the layers below want them.
 */
#include "host/unicode.h"

#include <glib.h>
#include <string.h>

static bool
is_nfc_cb(void *user, const char *text, size_t len)
{
    g_autofree char *normal = g_utf8_normalize(text, (gssize)len, G_NORMALIZE_NFC);

    (void)user;
    return normal && strlen(normal) == len && memcmp(normal, text, len) == 0;
}

static bool
is_assigned_cb(void *user, int32_t code_point)
{
    (void)user;
    return g_unichar_isdefined((gunichar)code_point);
}

static bool
fold_cb(void *user, const char *text, size_t len, char *out, size_t cap, size_t *out_len)
{
    enum {
        ROUNDS_MAX = 4 /* composing may make a letter that folds again */
    };
    g_autofree char *now = NULL;

    (void)user;
    if (!g_utf8_validate(text, (gssize)len, NULL))
        return false;
    now = g_strndup(text, len);
    for (int i = 0; i < ROUNDS_MAX; i++) {
        g_autofree char *folded = g_utf8_casefold(now, -1);
        g_autofree char *next = g_utf8_normalize(folded, -1, G_NORMALIZE_NFC);
        if (!next)
            return false;
        if (strcmp(now, next) == 0) {
            *out_len = strlen(now);
            if (*out_len > cap)
                return false;
            memcpy(out, now, *out_len);
            return true;
        }
        g_free(now);
        now = g_steal_pointer(&next);
    }
    return false;
}

static n2_char_class
class_of(gunichar c)
{
    if (g_unichar_isalpha(c))
        return N2_CHAR_LETTER;
    if (g_unichar_ismark(c))
        return N2_CHAR_MARK;
    return g_unichar_isdigit(c) ? N2_CHAR_DIGIT : N2_CHAR_OTHER;
}

static n2_char
look_cb(void *user, int32_t code_point)
{
    gunichar c = (gunichar)code_point;
    gunichar same[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gunichar plain[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize n = g_unichar_fully_decompose(c, FALSE, same, G_N_ELEMENTS(same));
    gsize n_plain = g_unichar_fully_decompose(c, TRUE, plain, G_N_ELEMENTS(plain));

    (void)user;
    return (n2_char){.kind = class_of(c),
                     .script = g_unicode_script_to_iso15924(g_unichar_get_script(c)),
                     .base = (int32_t)same[0],
                     .is_variant = n != n_plain || memcmp(same, plain, n * sizeof same[0])};
}

const n2_unicode *
n2_host_unicode(void)
{
    static const n2_unicode unicode = {
        .is_nfc = is_nfc_cb, .is_assigned = is_assigned_cb, .fold = fold_cb, .look = look_cb};

    return &unicode;
}
