/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pieces.c - boxes as text, QR texts and bytes; keys that are asked for.
 */
#include "crypto/pieces.h"

#include <string.h>

#include "crypto/armor.h"
#include "crypto/container.h"

enum {
    KEY_KEY = 1, /* fields of kind 30 */
    KEY_RIGHTS = 2,
    KEY_LABEL = 3,
    KEY_FROM = 4,
    KEY_UNTIL = 5
};

static const char begin_words[] = "-----BEGIN NET2O ";
static const char end_words[] = "-----END NET2O ";
static const char qr_words[] = "N2:";

/* ---- in ---- */

typedef struct {
    const char *at;
    size_t left;
} text;

/* The line at hand without its end; the text goes on behind it.  False: there is none. */
static bool
next_line(text *t, const char **line, size_t *len)
{
    const char *end = memchr(t->at, '\n', t->left);
    size_t n = end ? (size_t)(end - t->at) : t->left;

    if (!t->left)
        return false;
    *line = t->at;
    *len = n;
    t->at += n + (end != NULL);
    t->left -= n + (end != NULL);
    return true;
}

static bool
begins_with(const char *line, size_t len, const char *words)
{
    return len >= strlen(words) && !memcmp(line, words, strlen(words));
}

/* A QR text may stand between blanks. */
static void
trim(const char **line, size_t *len)
{
    while (*len && (unsigned char)**line <= ' ') {
        ++*line;
        --*len;
    }
    while (*len && (unsigned char)(*line)[*len - 1] <= ' ')
        --*len;
}

/* From the line of its beginning, which was read, to that of its end. */
static n2_err
read_block(text *t, const char *begin, uint8_t *out, size_t cap, size_t *n)
{
    const char *line;
    size_t len;
    uint8_t kind;

    do {
        if (!next_line(t, &line, &len))
            return N2_ERR_TRUNCATED;
    } while (!begins_with(line, len, end_words));
    n2_err err = n2_armor_read(begin, (size_t)(line + len - begin), out, cap, n, &kind);
    return err == N2_ERR_NOSPACE ? N2_ERR_LIMIT : err;
}

static n2_err
read_text(const char *bytes, size_t len, uint8_t *out, size_t *n)
{
    text t = {.at = bytes, .left = len};
    bool has_any = false;
    const char *line;
    size_t line_len, got = 0;
    n2_err err = N2_OK;

    *n = 0;
    while (!err && next_line(&t, &line, &line_len)) {
        got = 0;
        if (begins_with(line, line_len, begin_words)) {
            err = read_block(&t, line, out + *n, N2_IDENTITY_BYTES_MAX - *n, &got);
            has_any = true;
        } else {
            trim(&line, &line_len);
            if (!begins_with(line, line_len, qr_words))
                continue;
            err = n2_qr_read(line, line_len, out + *n, N2_IDENTITY_BYTES_MAX - *n, &got);
            err = err == N2_ERR_NOSPACE ? N2_ERR_LIMIT : err;
            has_any = true;
        }
        *n += err ? 0 : got;
    }
    return err ? err : has_any ? N2_OK : N2_ERR_NOTFOUND;
}

n2_err
n2_pieces_read(const void *bytes, size_t len, uint8_t *out, size_t *n)
{
    n2_err err = N2_OK;

    *n = 0;
    if (n2_box_span(bytes, len, NULL)) {
        if (len > N2_IDENTITY_BYTES_MAX)
            return N2_ERR_LIMIT;
        memcpy(out, bytes, len);
        *n = len;
    } else {
        err = read_text(bytes, len, out, n);
    }
    for (size_t at = 0, box; !err && at < *n; at += box) {
        box = n2_box_span(out + at, *n - at, NULL);
        if (!box)
            err = N2_ERR_FORMAT;
    }
    if (err)
        *n = 0;
    return err;
}

/* ---- keys ---- */

n2_err
n2_pieces_write_keys(
    uint8_t *buf, size_t cap, const n2_asked_key *keys, size_t n, int64_t wall_us, size_t *len)
{
    *len = 0;
    if (!n || n > N2_PIECES_KEYS_MAX)
        return N2_ERR_LIMIT;
    for (size_t i = 0; i < n; i++) {
        n2_box_writer w = n2_box_begin(buf + *len, cap - *len, N2_KIND_KEY);
        n2_box box;

        n2_box_put_key(&w, KEY_KEY, &keys[i].key);
        n2_box_put_int(&w, KEY_RIGHTS, keys[i].rights);
        n2_box_put_text(&w, KEY_LABEL, keys[i].label);
        n2_box_put_time(&w, KEY_FROM, wall_us);
        n2_box_put_time(&w, KEY_UNTIL, wall_us + (int64_t)N2_DEVICE_LIFETIME_US);
        n2_err err = n2_box_end(&w, &box, NULL);
        if (err)
            return err;
        *len += box.len;
    }
    return N2_OK;
}

static n2_err
read_key(const uint8_t *bytes, size_t len, n2_asked_key *out, const n2_unicode *unicode)
{
    n2_box box;
    size_t label_len;

    n2_err err = n2_box_check(&box, bytes, len, N2_KIND_KEY, unicode);
    if (err)
        return N2_ERR_FORMAT;
    const uint8_t *label = n2_box_bytes(&box, KEY_LABEL, &label_len);
    int64_t rights = n2_box_int(&box, KEY_RIGHTS);
    if (label_len > N2_KEY_LABEL_BYTES_MAX || rights < 0 || rights > N2_RIGHTS_ALL)
        return N2_ERR_FORMAT;
    *out = (n2_asked_key){.key = n2_box_key(&box, KEY_KEY), .rights = (uint32_t)rights};
    memcpy(out->label, label, label_len);
    return N2_OK;
}

n2_err
n2_pieces_read_keys(
    const uint8_t *bytes, size_t len, n2_asked_key *keys, size_t *n, const n2_unicode *unicode)
{
    n2_err err = len ? N2_OK : N2_ERR_FORMAT;

    *n = 0;
    for (size_t at = 0, box; !err && at < len; at += box) {
        box = n2_box_span(bytes + at, len - at, NULL);
        if (*n == N2_PIECES_KEYS_MAX)
            err = N2_ERR_LIMIT;
        else if (!box)
            err = N2_ERR_FORMAT;
        else
            err = read_key(bytes + at, box, &keys[(*n)++], unicode);
    }
    return err;
}
