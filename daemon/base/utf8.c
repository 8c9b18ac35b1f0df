/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * utf8.c - decoding by RFC 3629, and the characters that stored text must not hold.
 */
#include "base/utf8.h"

#include <string.h>

enum {
    LRE = 0x202a,
    RLE = 0x202b,
    PDF = 0x202c,
    LRO = 0x202d,
    RLO = 0x202e,
    LRI = 0x2066,
    FSI = 0x2068,
    PDI = 0x2069,
    BIDI_DEPTH_MAX = 125 /* UAX 9, BD2 */
};

int32_t
n2_utf8_next(const char *text, size_t len, size_t *at)
{
    static const int32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text[*at];
    size_t more;
    int32_t c;

    if (first < 0x80) {
        more = 0;
        c = first;
    } else if (first >= 0xc2 && first < 0xe0) {
        more = 1;
        c = first & 0x1f;
    } else if (first >= 0xe0 && first < 0xf0) {
        more = 2;
        c = first & 0x0f;
    } else if (first >= 0xf0 && first < 0xf5) {
        more = 3;
        c = first & 0x07;
    } else {
        return -1;
    }
    if (more >= len - *at)
        return -1;
    for (size_t i = 1; i <= more; i++) {
        uint8_t next = (uint8_t)text[*at + i];
        if ((next & 0xc0) != 0x80)
            return -1;
        c = c << 6 | (next & 0x3f);
    }
    if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return -1;
    *at += 1 + more;
    return c;
}

bool
n2_utf8_is_valid(const char *text, size_t len)
{
    for (size_t at = 0; at < len;)
        if (n2_utf8_next(text, len, &at) < 0)
            return false;
    return true;
}

static bool
is_forbidden(int32_t c)
{
    if (c < 0x20)
        return c != '\t' && c != '\n';
    return (c >= 0x7f && c < 0xa0) || (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c < 0xfdf0);
}

static bool
is_bidi_control(int32_t c)
{
    return (c >= LRE && c <= RLO) || (c >= LRI && c <= PDI) || c == 0x200e || c == 0x200f ||
           c == 0x061c;
}

static bool
is_invisible(int32_t c)
{
    return c == 0x00ad || c == 0x200b || (c >= 0x2028 && c <= 0x2029) ||
           (c >= 0x2060 && c <= 0x2064) || c == 0xfeff || c == 0x3164 || c == 0x115f ||
           c == 0x1160 || c == 0xffa0 || (c >= 0xe0000 && c < 0xe0080);
}

/* What was opened in this line and must be closed in it: 'e' embeddings, 'i' isolates. */
typedef struct {
    unsigned depth;
    char open[BIDI_DEPTH_MAX];
} bidi;

static bool
feed_bidi(bidi *b, int32_t c)
{
    char opens = 0, closes = 0;

    if (c == LRE || c == RLE || c == LRO || c == RLO)
        opens = 'e';
    else if (c >= LRI && c <= FSI)
        opens = 'i';
    else if (c == PDF)
        closes = 'e';
    else if (c == PDI)
        closes = 'i';
    else if (c == '\n' || c == 0x2028 || c == 0x2029 || c == 0x85)
        return b->depth == 0;
    if (opens) {
        if (b->depth == BIDI_DEPTH_MAX)
            return false;
        b->open[b->depth++] = opens;
    }
    if (closes) {
        if (!b->depth || b->open[b->depth - 1] != closes)
            return false;
        b->depth--;
    }
    return true;
}

static bool
is_nfc(const char *text, size_t len, const n2_unicode *unicode)
{
    bool ascii = true;

    for (size_t i = 0; ascii && i < len; i++)
        ascii = (uint8_t)text[i] < 0x80;
    return ascii || !unicode || !unicode->is_nfc || unicode->is_nfc(unicode->user, text, len);
}

n2_err
n2_utf8_check_text(const char *text, size_t len, const n2_unicode *unicode)
{
    bidi b = {.depth = 0};

    for (size_t at = 0; at < len;) {
        int32_t c = n2_utf8_next(text, len, &at);
        if (c < 0 || is_forbidden(c) || !feed_bidi(&b, c))
            return N2_ERR_FORMAT;
    }
    if (b.depth || !is_nfc(text, len, unicode))
        return N2_ERR_FORMAT;
    return N2_OK;
}

n2_err
n2_utf8_check_name(const char *text, size_t len, const n2_unicode *unicode)
{
    if (len > N2_FILE_NAME_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (!len || (len == 1 && text[0] == '.') || (len == 2 && !memcmp(text, "..", 2)))
        return N2_ERR_FORMAT;
    for (size_t at = 0; at < len;) {
        int32_t c = n2_utf8_next(text, len, &at);
        if (c < 0 || is_forbidden(c) || c == '\t' || c == '\n' || c == '/' ||
            is_bidi_control(c) || is_invisible(c))
            return N2_ERR_FORMAT;
    }
    return is_nfc(text, len, unicode) ? N2_OK : N2_ERR_FORMAT;
}

bool
n2_utf8_is_assigned(const char *text, size_t len, const n2_unicode *unicode)
{
    if (!unicode || !unicode->is_assigned)
        return true;
    for (size_t at = 0; at < len;) {
        int32_t c = n2_utf8_next(text, len, &at);
        if (c < 0 || (c >= 0x80 && !unicode->is_assigned(unicode->user, c)))
            return false;
    }
    return true;
}
