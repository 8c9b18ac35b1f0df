/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * roots.c - whom the user trusts with which suffix of names.
 */
#include "name/roots.h"

#include <string.h>

/* Does @suffix end @name, at a dot?  @len: of what stands before. */
static bool
ends(const char *name, const char *suffix, size_t *len)
{
    size_t n = strlen(name), n_suffix = strlen(suffix);

    if (!n_suffix) {
        *len = n;
        return n > 0;
    }
    if (n < n_suffix + 2 || name[n - n_suffix - 1] != '.' ||
        memcmp(name + n - n_suffix, suffix, n_suffix) != 0)
        return false;
    *len = n - n_suffix - 1;
    return true;
}

const n2_root *
n2_roots_find(const n2_roots *roots, const char *name, size_t *len)
{
    for (size_t i = 0; i < roots->n; i++)
        if (ends(name, roots->of[i].suffix, len))
            return &roots->of[i];
    return NULL;
}

static size_t
index_of(const n2_roots *roots, const char *suffix)
{
    size_t i = 0;

    while (i < roots->n && strcmp(roots->of[i].suffix, suffix) != 0)
        i++;
    return i;
}

n2_err
n2_roots_add(n2_roots *roots,
             const char *suffix,
             const n2_id *zone,
             const n2_id *servers,
             size_t n_servers)
{
    size_t len = strlen(suffix), before;

    if (!n2_id_is_set(zone) || n_servers > N2_ROOT_SERVERS_MAX || len > N2_NAME_BYTES_MAX)
        return N2_ERR_USAGE;
    if (index_of(roots, suffix) < roots->n || n2_roots_find(roots, suffix, &before))
        return N2_ERR_EXISTS;
    if (roots->n == N2_ROOTS_MAX)
        return N2_ERR_LIMIT;
    n2_root *r = &roots->of[roots->n++];

    *r = (n2_root){.zone = *zone, .n_servers = n_servers};
    memcpy(r->suffix, suffix, len + 1);
    for (size_t i = 0; i < n_servers; i++)
        r->servers[i] = servers[i];
    return N2_OK;
}

n2_err
n2_roots_remove(n2_roots *roots, const char *suffix)
{
    size_t at = index_of(roots, suffix);

    if (at == roots->n)
        return N2_ERR_NOTFOUND;
    memmove(&roots->of[at], &roots->of[at + 1], (roots->n - at - 1) * sizeof roots->of[0]);
    roots->n--;
    return N2_OK;
}

/* ---- as a text ---- */

static void
put_id(n2_writer *out, const n2_id *id)
{
    char text[N2_ID_TEXT_BYTES];

    n2_id_format(text, N2_ID_IDENTITY, id);
    n2_write_u8(out, ' ');
    n2_write_bytes(out, text, N2_ID_CHARS);
}

void
n2_roots_write(const n2_roots *roots, n2_writer *out)
{
    for (size_t i = 0; i < roots->n; i++) {
        const n2_root *r = &roots->of[i];

        if (*r->suffix)
            n2_write_bytes(out, r->suffix, strlen(r->suffix));
        else
            n2_write_u8(out, '.');
        put_id(out, &r->zone);
        for (size_t k = 0; k < r->n_servers; k++)
            put_id(out, &r->servers[k]);
        n2_write_u8(out, '\n');
    }
}

/* "SUFFIX k1-ZONE k1-SERVER..." */
static n2_err
read_line(n2_roots *out, const char *line, size_t len)
{
    const char *blank = memchr(line, ' ', len);
    size_t at = blank ? (size_t)(blank - line) : len, n = 0;
    char suffix[N2_NAME_BYTES_MAX + 1];
    n2_id ids[1 + N2_ROOT_SERVERS_MAX];

    if (!at || at > N2_NAME_BYTES_MAX)
        return N2_ERR_FORMAT;
    memcpy(suffix, line, at);
    suffix[at] = '\0';
    if (!strcmp(suffix, "."))
        *suffix = '\0';
    for (; at < len; at += 1 + N2_ID_CHARS, n++)
        if (n > N2_ROOT_SERVERS_MAX || line[at] != ' ' || len - at < 1 + N2_ID_CHARS ||
            n2_id_parse(&ids[n], N2_ID_IDENTITY, line + at + 1, N2_ID_CHARS))
            return N2_ERR_FORMAT;
    return n ? n2_roots_add(out, suffix, &ids[0], &ids[1], n - 1) : N2_ERR_FORMAT;
}

n2_err
n2_roots_read(n2_roots *out, const char *text, size_t len)
{
    *out = (n2_roots){0};
    while (len) {
        const char *end = memchr(text, '\n', len);
        size_t line = end ? (size_t)(end - text) : len;
        n2_err err = read_line(out, text, line);

        if (err)
            return err;
        line += end != NULL;
        text += line;
        len -= line;
    }
    return N2_OK;
}
