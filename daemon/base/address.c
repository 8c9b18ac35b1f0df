/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * address.c - reading and writing net2o:// addresses.
 */
#include "base/address.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/writer.h"

static const char scheme[] = "net2o://";
static const char question[] = "in=";
static const char version_question[] = "version=";

static bool
is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int
hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX of @len characters into @out (at least as long) and ends it with NUL. */
static n2_err
decode(char *out, size_t *out_len, const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = len - i > 2 ? hex(text[i + 1]) : -1;
            int low = high >= 0 ? hex(text[i + 2]) : -1;
            if (low < 0)
                return N2_ERR_FORMAT;
            c = (char)(high << 4 | low);
            i += 2;
            if (c == '/')
                return N2_ERR_FORMAT; /* would move the borders between names */
        }
        if (!c)
            return N2_ERR_FORMAT;
        out[n++] = c;
    }
    out[n] = '\0';
    *out_len = n;
    return N2_OK;
}

/* "k1-", "h2-", ...: looks like an id, so it is never a name. */
static bool
is_reserved(const char *text, size_t len)
{
    return len >= 3 && (text[0] == 'k' || text[0] == 'h') && text[1] >= '0' && text[1] <= '9' &&
           text[2] == '-';
}

n2_err
n2_name_check(const char *text, size_t len, const n2_unicode *unicode)
{
    size_t label = 0, n_labels = 0;

    if (len > N2_NAME_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (is_reserved(text, len))
        return N2_ERR_FORMAT;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != '.') {
            if (strchr("@:?#%[]\\\"<>|^`{} ", text[i]) || lower(text[i]) != text[i])
                return N2_ERR_FORMAT;
            continue;
        }
        if (++n_labels > N2_NAME_LABELS_MAX || i - label > N2_LABEL_BYTES_MAX)
            return N2_ERR_LIMIT;
        n2_err err = n2_utf8_check_name(text + label, i - label, unicode);
        if (err)
            return err;
        if (!n2_utf8_is_assigned(text + label, i - label, unicode))
            return N2_ERR_FORMAT;
        label = i + 1;
    }
    return N2_OK;
}

static n2_err
parse_host(n2_address *a, const char *text, size_t len, const n2_unicode *unicode)
{
    char host[N2_ADDRESS_TEXT_BYTES_MAX + 1], folded[N2_ADDRESS_TEXT_BYTES_MAX + 1];
    n2_err err = decode(host, &len, text, len);

    if (err)
        return err;
    for (size_t i = 0; i < len; i++)
        host[i] = lower(host[i]);
    if (is_reserved(host, len)) {
        bool is_identity = host[0] == 'k';
        a->kind = is_identity ? N2_ADDRESS_IDENTITY : N2_ADDRESS_CONTENT;
        return n2_id_parse(&a->id, is_identity ? N2_ID_IDENTITY : N2_ID_CONTENT, host, len);
    }
    a->kind = N2_ADDRESS_NAME;
    /* Names are kept folded, so that all ways to type one mean the same. */
    if (!unicode || !unicode->fold) {
        memcpy(folded, host, len + 1);
    } else if (!unicode->fold(unicode->user, host, len, folded, sizeof folded - 1, &len)) {
        return n2_utf8_is_valid(host, len) ? N2_ERR_LIMIT : N2_ERR_FORMAT;
    }
    folded[len] = '\0';
    err = n2_name_check(folded, len, unicode);
    if (!err)
        memcpy(a->name, folded, len + 1);
    return err;
}

/* @text: (nullable): what stands behind the host's slash. */
static n2_err
parse_path(n2_address *a, const char *text, size_t len, const n2_unicode *unicode)
{
    size_t n_names = 0;

    if (!text) {
        a->is_folder = a->kind != N2_ADDRESS_CONTENT;
        return N2_OK;
    }
    a->is_folder = !len || text[len - 1] == '/';
    if (len && a->is_folder)
        len--;
    n2_err err = decode(a->path, &len, text, len);
    for (size_t start = 0; !err && len && start <= len; n_names++) {
        const char *slash = memchr(a->path + start, '/', len - start);
        size_t end = slash ? (size_t)(slash - a->path) : len;
        err = n2_utf8_check_name(a->path + start, end - start, unicode);
        start = end + 1;
    }
    if (!err && n_names > N2_PATH_DEPTH_MAX)
        err = N2_ERR_LIMIT;
    return err;
}

/* Cuts off what begins at the last @mark of @text, of *@len characters; NULL if there is none.
 */
static const char *
cut(const char *text, size_t *len, char mark, size_t *tail_len)
{
    const char *at = memchr(text, mark, *len);

    if (!at)
        return NULL;
    *tail_len = *len - (size_t)(at - text) - 1;
    *len = (size_t)(at - text);
    return at + 1;
}

static n2_err
skip_scheme(const char **text, size_t *len)
{
    size_t n = sizeof scheme - 1;
    size_t same = 0;

    while (same < n && same < *len && lower((*text)[same]) == scheme[same])
        same++;
    if (same == n) {
        *text += n;
        *len -= n;
        return N2_OK;
    }
    for (size_t i = 0; i < *len && (is_ascii_letter((*text)[i]) || i); i++) {
        if ((*text)[i] == ':')
            return N2_ERR_UNSUPPORTED;
        if ((*text)[i] == '/')
            break;
    }
    return N2_OK;
}

/* "version=N", N as it is written: no sign, no zero in front. */
static bool
parse_version(n2_address *a, const char *text, size_t len)
{
    size_t n = sizeof version_question - 1;
    uint64_t version = 0;

    if (len <= n || len > n + 18 || memcmp(text, version_question, n) != 0 || text[n] == '0')
        return false;
    for (size_t i = n; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        version = version * 10 + (uint64_t)(text[i] - '0');
    }
    a->version = version;
    return true;
}

static void
write_version(n2_writer *w, uint64_t version)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRIu64, version);

    n2_write_u8(w, '?');
    n2_write_bytes(w, version_question, sizeof version_question - 1);
    n2_write_bytes(w, text, (size_t)n);
}

n2_err
n2_address_parse(n2_address *out, const char *text, const n2_unicode *unicode)
{
    n2_address a = {.kind = N2_ADDRESS_NAME};
    size_t len = strnlen(text, N2_ADDRESS_TEXT_BYTES_MAX + 1);
    size_t tail_len = 0;

    if (len > N2_ADDRESS_TEXT_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_err err = skip_scheme(&text, &len);
    if (err)
        return err;
    const char *tail = cut(text, &len, '#', &tail_len);
    if (tail) {
        err = decode(a.place, &tail_len, tail, tail_len);
        if (!err)
            err = n2_utf8_check_text(a.place, tail_len, unicode);
    }
    tail = cut(text, &len, '?', &tail_len);
    if (!err && tail) {
        size_t n = sizeof question - 1;

        if (parse_version(&a, tail, tail_len))
            err = N2_OK;
        else
            err = tail_len < n || memcmp(tail, question, n)
                      ? N2_ERR_FORMAT
                      : n2_id_parse(&a.in, N2_ID_CONTENT, tail + n, tail_len - n);
    }
    tail = cut(text, &len, '/', &tail_len);
    if (!err)
        err = parse_host(&a, text, len, unicode);
    if (!err)
        err = parse_path(&a, tail, tail_len, unicode);
    if (!err && a.version && a.kind == N2_ADDRESS_CONTENT)
        err = N2_ERR_FORMAT; /* a content has one */
    if (!err)
        *out = a;
    return err;
}

/* Characters that stand for themselves in a path (RFC 3986, pchar) and in a host. */
static bool
is_plain(char c)
{
    return is_ascii_letter(c) || (c >= '0' && c <= '9') ||
           (c && strchr("-._~!$&'()*+,;=:@/", c));
}

static void
encode(n2_writer *w, const char *text, n2_address_form form)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text; text++) {
        uint8_t byte = (uint8_t)*text;
        if (is_plain(*text) || (byte >= 0x80 && form == N2_ADDRESS_READABLE)) {
            n2_write_u8(w, byte);
        } else {
            n2_write_u8(w, '%');
            n2_write_u8(w, (uint8_t)digits[byte >> 4]);
            n2_write_u8(w, (uint8_t)digits[byte & 15]);
        }
    }
}

static void
write_id(n2_writer *w, n2_id_kind kind, const n2_id *id)
{
    char text[N2_ID_TEXT_BYTES];

    n2_id_format(text, kind, id);
    n2_write_bytes(w, text, N2_ID_CHARS);
}

n2_err
n2_address_format(char *buf, size_t size, const n2_address *a, n2_address_form form)
{
    n2_writer w = n2_writer_init(buf, size);

    n2_write_bytes(&w, scheme, sizeof scheme - 1);
    if (a->kind == N2_ADDRESS_NAME)
        encode(&w, a->name, form);
    else
        write_id(&w, a->kind == N2_ADDRESS_IDENTITY ? N2_ID_IDENTITY : N2_ID_CONTENT, &a->id);
    if (a->path[0]) {
        n2_write_u8(&w, '/');
        encode(&w, a->path, form);
    }
    if (a->is_folder)
        n2_write_u8(&w, '/');
    if (a->version)
        write_version(&w, a->version);
    if (n2_id_is_set(&a->in)) {
        n2_write_u8(&w, '?');
        n2_write_bytes(&w, question, sizeof question - 1);
        write_id(&w, N2_ID_CONTENT, &a->in);
    }
    if (a->place[0]) {
        n2_write_u8(&w, '#');
        encode(&w, a->place, form);
    }
    n2_write_u8(&w, 0);
    return n2_writer_finish(&w, NULL);
}
