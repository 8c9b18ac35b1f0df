/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * armor.c - statements as lines of base64 between two of words, and as text of a QR code.
 */
#include "crypto/armor.h"

#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/container.h"
#include "crypto/hash.h"

enum {
    LINE_CHARS = 64,
    QR_HEAD_CHARS = 3,
    GROUP_BYTES = 3,
    GROUP_CHARS = 4
};

static const char begin_words[] = "-----BEGIN NET2O ";
static const char end_words[] = "-----END NET2O ";
static const char dashes[] = "-----";
static const char container_word[] = "IDENTITY";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* Where text goes; what does not fit is counted, not written. */
typedef struct {
    char *out;
    size_t cap, n;
} sink;

static void
put(sink *s, char c)
{
    if (s->n < s->cap)
        s->out[s->n] = c;
    s->n++;
}

static void
put_text(sink *s, const char *text)
{
    for (; *text; text++)
        put(s, *text);
}

static char
capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* ---- lines ---- */

/* The word of a kind in capitals; false if there is no such kind. */
static bool
word_of(uint8_t kind, char out[static N2_ARMOR_WORD_BYTES])
{
    const n2_kind_rule *rule = n2_kind_rule_of(kind);
    const char *word = kind == N2_ARMOR_CONTAINER ? container_word : rule ? rule->word : NULL;
    size_t n = 0;

    if (!word || strlen(word) >= N2_ARMOR_WORD_BYTES)
        return false;
    for (; word[n]; n++)
        out[n] = capital(word[n]);
    out[n] = '\0';
    return true;
}

size_t
n2_armor_chars(size_t len)
{
    size_t chars = (len + GROUP_BYTES - 1) / GROUP_BYTES * GROUP_CHARS;
    size_t lines = (chars + LINE_CHARS - 1) / LINE_CHARS;

    return chars + lines + sizeof begin_words + sizeof end_words +
           2 * (N2_ARMOR_WORD_BYTES + sizeof dashes + 1);
}

static void
put_line(sink *s, const char *words, const char *word)
{
    put_text(s, words);
    put_text(s, word);
    put_text(s, dashes);
    put(s, '\n');
}

n2_err
n2_armor_write(char *out, size_t cap, uint8_t kind, const void *bytes, size_t len)
{
    const uint8_t *in = bytes;
    sink s = {.out = out, .cap = cap};
    char word[N2_ARMOR_WORD_BYTES];

    if (!word_of(kind, word) || !len)
        return N2_ERR_FORMAT;
    if (len > N2_IDENTITY_BYTES_MAX)
        return N2_ERR_LIMIT;
    put_line(&s, begin_words, word);
    for (size_t i = 0; i < len; i += GROUP_BYTES) {
        size_t n = len - i < GROUP_BYTES ? len - i : GROUP_BYTES;
        uint32_t bits = (uint32_t)in[i] << 16;

        if (n > 1)
            bits |= (uint32_t)in[i + 1] << 8;
        if (n > 2)
            bits |= in[i + 2];
        for (size_t k = 0; k < GROUP_CHARS; k++)
            put(&s, k <= n ? base64[bits >> (18 - 6 * k) & 63] : '=');
        if ((i + GROUP_BYTES) / GROUP_BYTES * GROUP_CHARS % LINE_CHARS == 0 ||
            i + GROUP_BYTES >= len)
            put(&s, '\n');
    }
    put_line(&s, end_words, word);
    put(&s, '\0');
    return s.n <= cap ? N2_OK : N2_ERR_NOSPACE;
}

typedef struct {
    const char *at;
    size_t left;
} text;

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next line that is not empty, without the white space at its end. */
static bool
next_line(text *t, const char **line, size_t *len)
{
    do {
        const char *end = memchr(t->at, '\n', t->left);
        size_t n = end ? (size_t)(end - t->at) : t->left;

        if (!t->left)
            return false;
        *line = t->at;
        *len = n;
        n += end != NULL;
        t->at += n;
        t->left -= n;
        while (*len && is_blank((*line)[*len - 1]))
            --*len;
    } while (!*len);
    return true;
}

/* Is it such a line?  The word between is written to @word. */
static bool
is_line(const char *line, size_t len, const char *words, char *word)
{
    size_t before = strlen(words), behind = strlen(dashes);

    if (len <= before + behind || len >= before + behind + N2_ARMOR_WORD_BYTES ||
        memcmp(line, words, before) || memcmp(line + len - behind, dashes, behind))
        return false;
    memcpy(word, line + before, len - before - behind);
    word[len - before - behind] = '\0';
    return true;
}

typedef struct {
    uint8_t *out;
    size_t cap, n;
    uint32_t bits;
    unsigned n_chars, n_pads; /* of the group that is begun */
    bool is_over;             /* padding has come */
} decoder;

static n2_err
take_char(decoder *d, char c)
{
    const char *at = c ? strchr(base64, c) : NULL;

    if (d->is_over || (c != '=' && (!at || d->n_pads)) || (c == '=' && d->n_chars < 2))
        return N2_ERR_FORMAT;
    d->n_pads += c == '=';
    d->bits = d->bits << 6 | (c == '=' ? 0 : (uint32_t)(at - base64));
    if (++d->n_chars < GROUP_CHARS)
        return N2_OK;
    size_t n = GROUP_BYTES - d->n_pads;
    if (d->bits & ((UINT32_C(1) << (8 * d->n_pads)) - 1))
        return N2_ERR_FORMAT; /* spare bits: a second text for the same bytes */
    if (d->n + n > N2_IDENTITY_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (d->n + n > d->cap)
        return N2_ERR_NOSPACE;
    for (size_t i = 0; i < n; i++)
        d->out[d->n++] = (uint8_t)(d->bits >> (16 - 8 * i));
    d->is_over = d->n_pads != 0;
    d->n_chars = 0;
    d->bits = 0;
    return N2_OK;
}

/* Boxes of kind 30, one behind the other? */
static bool
are_keys(const uint8_t *bytes, size_t len)
{
    uint8_t kind = N2_KIND_KEY;
    size_t at = 0, n;

    while (at < len && kind == N2_KIND_KEY && (n = n2_box_span(bytes + at, len - at, &kind)))
        at += n;
    return len && at == len && kind == N2_KIND_KEY;
}

/* Is it what the first line said? */
static n2_err
check_word(const char *word, const uint8_t *bytes, size_t len, uint8_t *kind)
{
    char want[N2_ARMOR_WORD_BYTES];
    size_t n;

    *kind = N2_KIND_KEY;
    if (word_of(N2_KIND_KEY, want) && !strcmp(word, want))
        return are_keys(bytes, len) ? N2_OK : N2_ERR_FORMAT;
    *kind = N2_ARMOR_CONTAINER;
    if (n2_container_check(bytes, len, &n))
        return N2_ERR_FORMAT;
    if (!strcmp(word, container_word))
        return N2_OK;
    *kind = n == 1 ? n2_statement_kind(bytes, len) : 0;
    return *kind && word_of(*kind, want) && !strcmp(word, want) ? N2_OK : N2_ERR_FORMAT;
}

n2_err
n2_armor_read(const char *in, size_t len, uint8_t *buf, size_t cap, size_t *n, uint8_t *kind)
{
    text t = {.at = in, .left = len};
    decoder d = {.out = buf, .cap = cap};
    char word[N2_ARMOR_WORD_BYTES], last[N2_ARMOR_WORD_BYTES];
    const char *line;
    size_t line_len;

    *n = 0;
    *kind = 0;
    if (!next_line(&t, &line, &line_len) || !is_line(line, line_len, begin_words, word))
        return N2_ERR_NOTFOUND;
    for (;;) {
        if (!next_line(&t, &line, &line_len))
            return N2_ERR_TRUNCATED;
        if (is_line(line, line_len, end_words, last))
            break;
        for (size_t i = 0; i < line_len; i++) {
            n2_err err = take_char(&d, line[i]);
            if (err)
                return err;
        }
    }
    if (d.n_chars || strcmp(word, last))
        return N2_ERR_FORMAT;
    if (next_line(&t, &line, &line_len))
        return N2_ERR_TRAILING;
    n2_err err = check_word(word, buf, d.n, kind);
    if (!err)
        *n = d.n;
    return err;
}

/* ---- QR ---- */

size_t
n2_qr_chars(size_t len)
{
    return QR_HEAD_CHARS + ((len + N2_QR_CHECK_BYTES) * 8 + 4) / 5 + 1;
}

n2_err
n2_qr_write(char *out, size_t cap, const void *bytes, size_t len)
{
    const uint8_t *in = bytes;
    uint8_t hash[N2_HASH_BYTES];
    sink s = {.out = out, .cap = cap};
    uint32_t bits = 0;
    unsigned n_bits = 0;

    if (!len || len > N2_QR_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_sha256_of(bytes, len, hash);
    put_text(&s, "N2:");
    for (size_t i = 0; i < len + N2_QR_CHECK_BYTES; i++) {
        bits = bits << 8 | (i < len ? in[i] : hash[i - len]);
        for (n_bits += 8; n_bits >= 5; n_bits -= 5)
            put(&s, base32[bits >> (n_bits - 5) & 31]);
    }
    if (n_bits)
        put(&s, base32[bits << (5 - n_bits) & 31]);
    put(&s, '\0');
    return s.n <= cap ? N2_OK : N2_ERR_NOSPACE;
}

n2_err
n2_qr_read(const char *in, size_t len, uint8_t *buf, size_t cap, size_t *n)
{
    uint8_t hash[N2_HASH_BYTES], check[N2_QR_CHECK_BYTES] = {0};
    uint32_t bits = 0;
    unsigned n_bits = 0;
    size_t at = 0;

    *n = 0;
    if (len > N2_QR_CHARS_MAX)
        return N2_ERR_LIMIT;
    if (len < QR_HEAD_CHARS || memcmp(in, "N2:", QR_HEAD_CHARS))
        return N2_ERR_FORMAT;
    size_t bytes = (len - QR_HEAD_CHARS) * 5 / 8;
    if (bytes <= N2_QR_CHECK_BYTES || n2_qr_chars(bytes - N2_QR_CHECK_BYTES) != len + 1)
        return N2_ERR_FORMAT;
    bytes -= N2_QR_CHECK_BYTES;
    if (bytes > cap)
        return N2_ERR_NOSPACE;
    for (size_t i = QR_HEAD_CHARS; i < len; i++) {
        const char *c = in[i] ? strchr(base32, in[i]) : NULL;

        if (!c)
            return N2_ERR_FORMAT;
        bits = bits << 5 | (uint32_t)(c - base32);
        n_bits += 5;
        if (n_bits < 8)
            continue;
        n_bits -= 8;
        uint8_t byte = (uint8_t)(bits >> n_bits);
        if (at < bytes)
            buf[at] = byte;
        else
            check[at - bytes] = byte;
        at++;
    }
    if (bits & ((UINT32_C(1) << n_bits) - 1))
        return N2_ERR_FORMAT; /* spare bits */
    n2_sha256_of(buf, bytes, hash);
    if (memcmp(hash, check, sizeof check))
        return N2_ERR_CORRUPT;
    *n = bytes;
    return N2_OK;
}
