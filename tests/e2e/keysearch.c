/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keysearch.c - looks for a key in bytes, in many encodings.
 */
#include "keysearch.h"

#include <string.h>

enum {
    KEY_BYTES_MAX = 128
};

typedef struct {
    char *name;
    guint8 *bytes;
    gsize len;
} pattern;

struct n2_key_search {
    GArray *patterns; /* of pattern */
};

static void
pattern_clear(gpointer data)
{
    pattern *p = data;

    g_free(p->name);
    g_free(p->bytes);
}

static void
add(n2_key_search *s, const char *name, gconstpointer bytes, gsize len)
{
    pattern p = {g_strdup(name), g_memdup2(bytes, len), len};

    g_array_append_val(s->patterns, p);
}

/* Each word of @word bytes turned round; a rest at the end as it is. */
static void
add_turned(n2_key_search *s, const char *name, const guint8 *key, gsize len, gsize word)
{
    guint8 turned[KEY_BYTES_MAX];

    memcpy(turned, key, len);
    for (gsize at = 0; at + word <= len; at += word)
        for (gsize i = 0; i < word; i++)
            turned[at + i] = key[at + word - 1 - i];
    add(s, name, turned, len);
}

/*
 * The characters that depend on the key alone, when @before bytes of something stand before it:
 * @bits a character.
 */
static void
add_text(n2_key_search *s,
         const char *name,
         const guint8 *key,
         gsize len,
         const char *alphabet,
         gsize bits,
         gsize before)
{
    g_autofree char *title =
        g_strdup_printf("%s, %" G_GSIZE_FORMAT " bytes before it", name, before);
    g_autoptr(GString) text = g_string_new(NULL);
    gsize first = before * 8, last = (before + len) * 8;

    for (gsize at = (first + bits - 1) / bits * bits; at + bits <= last; at += bits) {
        unsigned value = 0;
        for (gsize b = at - first; b < at - first + bits; b++)
            value = value << 1 | (key[b / 8] >> (7 - b % 8) & 1);
        g_string_append_c(text, alphabet[value]);
    }
    add(s, title, text->str, text->len);
}

n2_key_search *
n2_key_search_new(const guint8 *key, gsize len)
{
    static const char hex[] = "0123456789abcdef", hex_capital[] = "0123456789ABCDEF";
    static const char base64[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char base64url[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
    static const char base32_capital[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    n2_key_search *s = g_new0(n2_key_search, 1);

    g_assert(len >= 16 && len <= KEY_BYTES_MAX);
    s->patterns = g_array_new(FALSE, FALSE, sizeof(pattern));
    g_array_set_clear_func(s->patterns, pattern_clear);
    add(s, "as it is", key, len);
    add_turned(s, "backwards", key, len, len);
    add_turned(s, "words of 4 backwards", key, len, 4);
    add_turned(s, "words of 8 backwards", key, len, 8);
    add_text(s, "hex", key, len, hex, 4, 0);
    add_text(s, "capital hex", key, len, hex_capital, 4, 0);
    for (gsize before = 0; before < 3; before++) {
        add_text(s, "base64", key, len, base64, 6, before);
        add_text(s, "base64url", key, len, base64url, 6, before);
    }
    for (gsize before = 0; before < 5; before++) {
        add_text(s, "base32", key, len, base32, 5, before);
        add_text(s, "capital base32", key, len, base32_capital, 5, before);
    }
    return s;
}

void
n2_key_search_free(n2_key_search *search)
{
    if (!search)
        return;
    g_array_unref(search->patterns);
    g_free(search);
}

gsize
n2_key_search_overlap(const n2_key_search *search)
{
    gsize most = 0;

    for (guint i = 0; i < search->patterns->len; i++)
        most = MAX(most, g_array_index(search->patterns, pattern, i).len);
    return most - 1;
}

const char *
n2_key_search_in(const n2_key_search *search, const guint8 *bytes, gsize len)
{
    for (guint i = 0; i < search->patterns->len; i++) {
        const pattern *p = &g_array_index(search->patterns, pattern, i);
        if (memmem(bytes, len, p->bytes, p->len))
            return p->name;
    }
    return NULL;
}
