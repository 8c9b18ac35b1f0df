/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-text.c - the promises of utf8, id, address and disk.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/disk.h"
#include "base/id.h"
#include "base/utf8.h"

#define K1 "k1-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq"
#define H2 "h2-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq"

static bool
is_nfc_cb(void *user, const char *text, size_t len)
{
    g_autofree char *normal = g_utf8_normalize(text, (gssize)len, G_NORMALIZE_NFC);

    (void)user;
    return normal && strlen(normal) == len && !memcmp(normal, text, len);
}

static bool
is_assigned_cb(void *user, int32_t code_point)
{
    (void)user;
    return g_unichar_isdefined((gunichar)code_point);
}

static const n2_unicode unicode = {.is_nfc = is_nfc_cb, .is_assigned = is_assigned_cb};

/* ---- UTF-8 ---- */

/* Every code point there and back against GLib, and every pair of bytes. */
static void
test_utf8_against_glib(void)
{
    for (guint32 c = 0; c <= 0x110000; c++) {
        char text[6];
        size_t at = 0;
        gint len = g_unichar_to_utf8(c, text);
        gboolean legal = c <= 0x10ffff && (c < 0xd800 || c >= 0xe000);
        int32_t got = n2_utf8_next(text, (size_t)len, &at);
        if (got != (legal ? (gint32)c : -1) || at != (legal ? (size_t)len : 0))
            g_error("U+%04X", c);
        at = 0;
        if (len > 1 && n2_utf8_next(text, (size_t)len - 1, &at) != -1)
            g_error("U+%04X cut", c);
    }
    for (guint pair = 1; pair < 65536; pair++) {
        char text[2] = {(char)(pair >> 8), (char)pair};
        if (text[0] && text[1] && n2_utf8_is_valid(text, 2) != !!g_utf8_validate(text, 2, NULL))
            g_error("bytes %04x", pair);
        /* the same two at the head of three and four: overlong forms, surrogates */
        char four[4] = {(char)(pair >> 8), (char)pair, (char)0x80, (char)0x80};
        for (gsize len = 3; len <= 4 && four[0] && four[1]; len++)
            if (n2_utf8_is_valid(four, len) != !!g_utf8_validate(four, (gssize)len, NULL))
                g_error("bytes %04x 80 80, %zu of them", pair, len);
    }
}

typedef struct {
    const char *name, *text;
    n2_err text_want, name_want;
} utf8_row;

static const utf8_row utf8_rows[] = {
    {"ascii", "a-b_c.md", N2_OK, N2_OK},
    {"empty", "", N2_OK, N2_ERR_FORMAT},
    {"umlaut-nfc", "\xc3\xa4", N2_OK, N2_OK},
    {"umlaut-nfd", "a\xcc\x88", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"tab", "a\tb", N2_OK, N2_ERR_FORMAT},
    {"newline", "a\nb", N2_OK, N2_ERR_FORMAT},
    {"return", "a\rb", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"escape", "\x1b[0m", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"delete", "\x7f", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"c1-control", "\xc2\x85", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"noncharacter", "\xef\xbf\xbf", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"noncharacter-fdd0", "\xef\xb7\x90", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"overlong", "\xc0\xaf", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"surrogate", "\xed\xa0\x80", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"cut", "\xe2\x82", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"slash", "a/b", N2_OK, N2_ERR_FORMAT},
    {"dot", ".", N2_OK, N2_ERR_FORMAT},
    {"dot-dot", "..", N2_OK, N2_ERR_FORMAT},
    {"three-dots", "...", N2_OK, N2_OK},
    {"hidden-file", ".x", N2_OK, N2_OK},
    {"override-closed",
     "a\xe2\x80\xae"
     "b\xe2\x80\xac",
     N2_OK, N2_ERR_FORMAT},
    {"override-open",
     "a\xe2\x80\xae"
     "b",
     N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"override-over-lines", "\xe2\x80\xae\n\xe2\x80\xac", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"isolate-closed", "\xe2\x81\xa6x\xe2\x81\xa9", N2_OK, N2_ERR_FORMAT},
    {"closed-crosswise", "\xe2\x81\xa6\xe2\x80\xaa\xe2\x81\xa9\xe2\x80\xac", N2_ERR_FORMAT,
     N2_ERR_FORMAT},
    {"closed-unopened", "\xe2\x80\xac", N2_ERR_FORMAT, N2_ERR_FORMAT},
    {"right-to-left-letters", "\xd7\xa9\xd7\x9c", N2_OK, N2_OK},
    {"right-to-left-mark", "\xe2\x80\x8f", N2_OK, N2_ERR_FORMAT},
    {"zero-width-space",
     "a\xe2\x80\x8b"
     "b",
     N2_OK, N2_ERR_FORMAT},
    {"byte-order-mark",
     "\xef\xbb\xbf"
     "a",
     N2_OK, N2_ERR_FORMAT},
    {"tag-letter", "\xf3\xa0\x81\x81", N2_OK, N2_ERR_FORMAT},
    {"emoji", "\xf0\x9f\x98\x80", N2_OK, N2_OK},
};

static void
test_utf8_row(gconstpointer data)
{
    const utf8_row *t = data;
    size_t len = strlen(t->text);
    g_autofree char *exact = g_memdup2(t->text, len);

    g_assert_cmpstr(n2_err_name(n2_utf8_check_text(exact, len, &unicode)), ==,
                    n2_err_name(t->text_want));
    g_assert_cmpstr(n2_err_name(n2_utf8_check_name(exact, len, &unicode)), ==,
                    n2_err_name(t->name_want));
}

static void
test_utf8_limits(void)
{
    g_autofree char *long_name = g_strnfill(256, 'x');
    g_autoptr(GString) deep = g_string_new(NULL);

    g_assert_cmpint(n2_utf8_check_name(long_name, 255, NULL), ==, N2_OK);
    g_assert_cmpint(n2_utf8_check_name(long_name, 256, NULL), ==, N2_ERR_LIMIT);
    for (guint i = 0; i < 126; i++)
        g_string_append(deep, "\xe2\x81\xa6");
    for (guint i = 0; i < 126; i++)
        g_string_append(deep, "\xe2\x81\xa9");
    g_assert_cmpint(n2_utf8_check_text(deep->str + 3, deep->len - 6, NULL), ==, N2_OK);
    g_assert_cmpint(n2_utf8_check_text(deep->str, deep->len, NULL), ==, N2_ERR_FORMAT);
}

/* ---- ids ---- */

typedef struct {
    const char *name, *text;
    n2_err want;
} id_row;

static const id_row id_rows[] = {
    {"good", K1, N2_OK},
    {"other-kind", "h1-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq", N2_ERR_FORMAT},
    {"method-0", "k0-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq", N2_ERR_FORMAT},
    {"method-9", "k9-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq", N2_ERR_UNSUPPORTED},
    {"upper-case", "k1-AEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQ", N2_ERR_FORMAT},
    {"spare-bits", "k1-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeab", N2_ERR_FORMAT},
    {"one-short", "k1-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaea", N2_ERR_FORMAT},
    {"one-over", K1 "a", N2_ERR_FORMAT},
    {"nothing", "", N2_ERR_FORMAT},
    {"prefix", "k1-", N2_ERR_FORMAT},
};

static void
test_id_row(gconstpointer data)
{
    const id_row *t = data;
    size_t len = strlen(t->text);
    g_autofree char *exact = g_memdup2(t->text, len);
    n2_id id = {0};

    g_assert_cmpstr(n2_err_name(n2_id_parse(&id, N2_ID_IDENTITY, exact, len)), ==,
                    n2_err_name(t->want));
    g_assert_true(n2_id_is_set(&id) == (t->want == N2_OK));
    if (!t->want) {
        char text[N2_ID_TEXT_BYTES];
        n2_id_format(text, N2_ID_IDENTITY, &id);
        g_assert_cmpstr(text, ==, t->text);
    }
}

/* ---- addresses ---- */

typedef struct {
    const char *text;
    const char *uri; /* NULL: refused with @want */
    n2_err want;
} address_row;

static const address_row address_rows[] = {
    {"net2o://handbook.demo/", "net2o://handbook.demo/", N2_OK},
    {"net2o://handbook.demo", "net2o://handbook.demo/", N2_OK},
    {"handbook.demo", "net2o://handbook.demo/", N2_OK},
    {"NET2O://HandBook.Demo/A/B.md", "net2o://handbook.demo/A/B.md", N2_OK},
    {"demo/a b.md", "net2o://demo/a%20b.md", N2_OK},
    {"demo/a%20b.md", "net2o://demo/a%20b.md", N2_OK},
    {"demo/%61", "net2o://demo/a", N2_OK},
    {"demo/caf\xc3\xa9", "net2o://demo/caf%C3%A9", N2_OK},
    {"demo/caf%C3%A9/", "net2o://demo/caf%C3%A9/", N2_OK},
    {"m\xc3\xbcll/x", "net2o://m%C3%BCll/x", N2_OK},
    {"demo/a%3Fb%23c%25d", "net2o://demo/a%3Fb%23c%25d", N2_OK},
    {"demo/x#part two", "net2o://demo/x#part%20two", N2_OK},
    {"demo/#top", "net2o://demo/#top", N2_OK},
    {"net2o://" K1 "/x", "net2o://" K1 "/x", N2_OK},
    {"net2o://" K1, "net2o://" K1 "/", N2_OK},
    {H2, "net2o://" H2, N2_OK},
    {H2 "/", "net2o://" H2 "/", N2_OK},
    {H2 "?in=" H2, "net2o://" H2 "?in=" H2, N2_OK},
    {H2 "?in=" H2 "#a", "net2o://" H2 "?in=" H2 "#a", N2_OK},
    {"", NULL, N2_ERR_FORMAT},
    {"net2o://", NULL, N2_ERR_FORMAT},
    {"net2o:///x", NULL, N2_ERR_FORMAT},
    {"http://example.com/", NULL, N2_ERR_UNSUPPORTED},
    {"mailto:x", NULL, N2_ERR_UNSUPPORTED},
    {"demo:80/x", NULL, N2_ERR_UNSUPPORTED},
    {"net2o://demo:80/x", NULL, N2_ERR_FORMAT},
    {"net2o://user@demo/x", NULL, N2_ERR_FORMAT},
    {"demo/../x", NULL, N2_ERR_FORMAT},
    {"demo/%2e%2E/x", NULL, N2_ERR_FORMAT},
    {"demo/./x", NULL, N2_ERR_FORMAT},
    {"demo//x", NULL, N2_ERR_FORMAT},
    {"demo/x//", NULL, N2_ERR_FORMAT},
    {"demo/a%2Fb", NULL, N2_ERR_FORMAT},
    {"demo/a%00b", NULL, N2_ERR_FORMAT},
    {"demo/a%0Ab", NULL, N2_ERR_FORMAT},
    {"demo/a%zzb", NULL, N2_ERR_FORMAT},
    {"demo/a%2", NULL, N2_ERR_FORMAT},
    {"demo/%ff", NULL, N2_ERR_FORMAT},
    {"demo/a\xcc\x88", NULL, N2_ERR_FORMAT},
    {"demo/x?in=" K1, NULL, N2_ERR_FORMAT},
    {"demo/x?other=1", NULL, N2_ERR_FORMAT},
    {"demo/x?", NULL, N2_ERR_FORMAT},
    {"a..b/x", NULL, N2_ERR_FORMAT},
    {".demo/x", NULL, N2_ERR_FORMAT},
    {"demo./x", NULL, N2_ERR_FORMAT},
    {"k1-abc/x", NULL, N2_ERR_FORMAT},
    {"k9-aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq/x", NULL, N2_ERR_UNSUPPORTED},
    {"a b/x", NULL, N2_ERR_FORMAT},
    {"d\xe2\x80\xae"
     "emo/x",
     NULL, N2_ERR_FORMAT},
};

static void
test_address_row(gconstpointer data)
{
    const address_row *t = data;
    n2_address a = {.kind = 77}, again;
    char uri[N2_ADDRESS_TEXT_BYTES_MAX * 6];

    g_assert_cmpstr(n2_err_name(n2_address_parse(&a, t->text, &unicode)), ==,
                    n2_err_name(t->want));
    if (t->want) {
        g_assert_cmpint(a.kind, ==, 77);
        return;
    }
    for (guint form = N2_ADDRESS_URI; form <= N2_ADDRESS_READABLE; form++) {
        g_assert_cmpint(n2_address_format(uri, sizeof uri, &a, form), ==, N2_OK);
        if (form == N2_ADDRESS_URI)
            g_assert_cmpstr(uri, ==, t->uri);
        g_assert_cmpint(n2_address_parse(&again, uri, &unicode), ==, N2_OK);
        g_assert_cmpmem(&a, sizeof a, &again, sizeof again);
    }
    for (size_t room = 0; room <= strlen(t->uri); room++)
        g_assert_cmpint(n2_address_format(uri, room, &a, N2_ADDRESS_URI), ==, N2_ERR_NOSPACE);
    g_assert_cmpint(n2_address_format(uri, strlen(t->uri) + 1, &a, N2_ADDRESS_URI), ==, N2_OK);
}

static void
test_address_fields(void)
{
    n2_address a;

    g_assert_cmpint(n2_address_parse(&a, "Demo/a/b%20c/#d", NULL), ==, N2_OK);
    g_assert_cmpint(a.kind, ==, N2_ADDRESS_NAME);
    g_assert_cmpstr(a.name, ==, "demo");
    g_assert_cmpstr(a.path, ==, "a/b c");
    g_assert_cmpstr(a.place, ==, "d");
    g_assert_true(a.is_folder);
    g_assert_cmpint(n2_address_parse(&a, "net2o://" H2 "?in=" H2, NULL), ==, N2_OK);
    g_assert_cmpint(a.kind, ==, N2_ADDRESS_CONTENT);
    g_assert_cmpuint(a.id.method, ==, N2_METHOD_BLAKE2B);
    g_assert_true(n2_id_equal(&a.id, &a.in));
    g_assert_false(a.is_folder);
    g_assert_cmpint(n2_address_parse(&a, "x/caf\xc3\xa9", NULL), ==, N2_OK);
    char text[64];
    g_assert_cmpint(n2_address_format(text, sizeof text, &a, N2_ADDRESS_READABLE), ==, N2_OK);
    g_assert_cmpstr(text, ==, "net2o://x/caf\xc3\xa9");
}

/* Who gives a name uses characters only; what others wrote may be newer than our tables. */
static void
test_names_of_tomorrow(void)
{
    static const struct {
        const char *name;
        bool is_assigned;
    } names[] = {
        {"plain.name", true}, {"gr\u00fcn", true},   {"\u7db2.gr\u00fcn", true},
        {"a\ue000b", true},   {"\ud7fb", true},      {"\ud7ff", false},
        {"a.\ud7ff", false},  {"\u0378", false},     {"ok.\U000e0fff.ok", false},
        {"\U0001f600", true}, {"\U0003fffd", false},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *name = names[i].name;
        gsize len = strlen(name);
        n2_err want = names[i].is_assigned ? N2_OK : N2_ERR_FORMAT;
        g_autofree char *address = g_strconcat("net2o://demo/", name, NULL);
        n2_address a;

        g_test_message("%s", name);
        g_assert_cmpint(n2_utf8_is_assigned(name, len, &unicode), ==, names[i].is_assigned);
        g_assert_true(n2_utf8_is_assigned(name, len, NULL));
        g_assert_true(n2_utf8_is_assigned(name, len, &(n2_unicode){.is_nfc = is_nfc_cb}));
        g_assert_cmpint(n2_name_check(name, len, &unicode), ==, want);
        g_assert_cmpint(n2_address_parse(&a, address, &unicode), ==, N2_OK);
    }
    g_assert_false(n2_utf8_is_assigned("\xff", 1, &unicode));
}

static void
test_address_limits(void)
{
    g_autoptr(GString) text = g_string_new("demo");
    g_autofree char *label = g_strnfill(64, 'x');
    n2_address a;

    for (guint i = 0; i < 64; i++)
        g_string_append(text, "/x");
    g_assert_cmpint(n2_address_parse(&a, text->str, NULL), ==, N2_OK);
    g_string_append(text, "/x");
    g_assert_cmpint(n2_address_parse(&a, text->str, NULL), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_name_check(label, 63, NULL), ==, N2_OK);
    g_assert_cmpint(n2_name_check(label, 64, NULL), ==, N2_ERR_LIMIT);
    g_string_assign(text, "");
    for (guint n = 1; n <= 65; n++) { /* labels: 8 at most, given or in an address */
        n2_err want = n <= 8 ? N2_OK : N2_ERR_LIMIT;

        g_string_append(text, n > 1 ? ".a" : "a");
        g_assert_cmpint(n2_name_check(text->str, text->len, NULL), ==, want);
        g_assert_cmpint(n2_address_parse(&a, text->str, NULL), ==, want);
    }
    g_string_assign(text, label);
    g_string_truncate(text, 61);
    for (guint i = 0; i < 3; i++)
        g_string_append_printf(text, ".%.63s", label);
    g_assert_cmpuint(text->len, ==, N2_NAME_BYTES_MAX);
    g_assert_cmpint(n2_name_check(text->str, text->len, NULL), ==, N2_OK);
    g_string_prepend_c(text, 'x');
    g_assert_cmpint(n2_name_check(text->str, text->len, NULL), ==, N2_ERR_LIMIT);
    g_string_set_size(text, 0);
    for (guint i = 0; i < 4097; i++)
        g_string_append_c(text, 'a');
    g_assert_cmpint(n2_address_parse(&a, text->str, NULL), ==, N2_ERR_LIMIT);
}

/* ---- small files over a disk that fails ---- */

typedef struct {
    guint calls, fail_at;
    GHashTable *files; /* path -> GBytes */
    char *open_path;
    GByteArray *open;
    GString *log;
} play_disk;

static gboolean
fails(play_disk *d, const char *what)
{
    g_string_append_printf(d->log, "%s ", what);
    return d->calls++ == d->fail_at;
}

static n2_err
open_cb(void *user, const char *path, unsigned flags, n2_file *file)
{
    play_disk *d = user;
    GBytes *old = g_hash_table_lookup(d->files, path);

    if (fails(d, "open"))
        return N2_ERR_IO;
    if (!old && !(flags & N2_OPEN_CREATE))
        return N2_ERR_NOTFOUND;
    g_assert_null(d->open);
    d->open = g_byte_array_new();
    if (old && !(flags & N2_OPEN_TRUNCATE))
        g_byte_array_append(d->open, g_bytes_get_data(old, NULL), (guint)g_bytes_get_size(old));
    d->open_path = g_strdup(path);
    *file = 3;
    return N2_OK;
}

static n2_err
close_cb(void *user, n2_file file)
{
    play_disk *d = user;

    g_assert_cmpint(file, ==, 3);
    g_hash_table_insert(d->files, d->open_path, g_byte_array_free_to_bytes(d->open));
    d->open = NULL;
    return fails(d, "close") ? N2_ERR_IO : N2_OK;
}

static n2_err
pread_cb(void *user, n2_file file, uint64_t offset, void *buf, size_t len, size_t *n_read)
{
    play_disk *d = user;

    (void)file;
    if (fails(d, "pread"))
        return N2_ERR_IO;
    *n_read = MIN(len, d->open->len - offset);
    if (*n_read)
        memcpy(buf, d->open->data + offset, *n_read);
    return N2_OK;
}

static n2_err
pwrite_cb(void *user, n2_file file, uint64_t offset, const void *buf, size_t len)
{
    play_disk *d = user;

    (void)file;
    if (fails(d, "pwrite"))
        return N2_ERR_NOSPACE;
    g_byte_array_set_size(d->open, (guint)(offset + len));
    memcpy(d->open->data + offset, buf, len);
    return N2_OK;
}

static n2_err
fdatasync_cb(void *user, n2_file file)
{
    (void)file;
    return fails(user, "sync") ? N2_ERR_IO : N2_OK;
}

static n2_err
fsync_dir_cb(void *user, const char *path)
{
    g_assert_cmpstr(path, ==, "keys");
    return fails(user, "sync-dir") ? N2_ERR_IO : N2_OK;
}

static n2_err
rename_cb(void *user, const char *from, const char *to)
{
    play_disk *d = user;

    if (fails(d, "rename"))
        return N2_ERR_IO;
    gpointer key = NULL, value = NULL;
    g_assert_true(g_hash_table_steal_extended(d->files, from, &key, &value));
    g_free(key);
    g_hash_table_insert(d->files, g_strdup(to), value);
    return N2_OK;
}

static n2_err
unlink_cb(void *user, const char *path)
{
    play_disk *d = user;

    return g_hash_table_remove(d->files, path) ? N2_OK : N2_ERR_NOTFOUND;
}

static n2_err
stat_cb(void *user, const char *path, n2_disk_stat *st)
{
    play_disk *d = user;
    GBytes *bytes = g_hash_table_lookup(d->files, path);

    if (fails(d, "stat"))
        return N2_ERR_IO;
    if (!bytes)
        return N2_ERR_NOTFOUND;
    *st = (n2_disk_stat){.size_bytes = g_bytes_get_size(bytes)};
    return N2_OK;
}

static n2_disk
disk_of(play_disk *d)
{
    return (n2_disk){.user = d,
                     .open = open_cb,
                     .close = close_cb,
                     .pread = pread_cb,
                     .pwrite = pwrite_cb,
                     .fdatasync = fdatasync_cb,
                     .fsync_dir = fsync_dir_cb,
                     .rename = rename_cb,
                     .unlink = unlink_cb,
                     .stat = stat_cb};
}

static void
assert_content(play_disk *d, const char *want)
{
    n2_disk disk = disk_of(d);
    uint8_t *bytes = NULL;
    size_t len = 0;

    d->fail_at = UINT_MAX;
    g_assert_cmpint(n2_disk_read_file(&disk, "keys/file", 100, &bytes, &len), ==, N2_OK);
    g_assert_cmpmem(bytes, len, want, strlen(want));
    g_assert_cmpuint(bytes[len], ==, 0);
    free(bytes);
}

/* Fails at the n-th call until one succeeds: old or new, never a mixture, nothing left over. */
static void
test_disk_replace(void)
{
    n2_err err = N2_ERR_IO;
    guint n = 0;

    for (; err; n++) {
        play_disk d = {.fail_at = UINT_MAX,
                       .files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                      (GDestroyNotify)g_bytes_unref),
                       .log = g_string_new(NULL)};
        n2_disk disk = disk_of(&d);
        g_assert_cmpint(n2_disk_replace_file(&disk, "keys/file", "old", 3), ==, N2_OK);
        g_string_truncate(d.log, 0);
        d.calls = 0;
        d.fail_at = n;
        err = n2_disk_replace_file(&disk, "keys/file", "newer", 5);
        g_assert_cmpuint(g_hash_table_size(d.files), ==, 1);
        if (!err)
            g_assert_cmpstr(d.log->str, ==, "open pwrite sync close rename sync-dir ");
        assert_content(&d, !err || strstr(d.log->str, "sync-dir") ? "newer" : "old");
        g_hash_table_unref(d.files);
        g_string_free(d.log, TRUE);
    }
    g_assert_cmpuint(n, ==, 7);
}

static void
test_disk_read(void)
{
    play_disk d = {.fail_at = UINT_MAX,
                   .files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                  (GDestroyNotify)g_bytes_unref),
                   .log = g_string_new(NULL)};
    n2_disk disk = disk_of(&d);
    uint8_t *bytes = NULL;
    size_t len = 77;
    g_autofree char *deep = g_strnfill(600, 'x');

    g_assert_cmpint(n2_disk_read_file(&disk, "keys/file", 9, &bytes, &len), ==,
                    N2_ERR_NOTFOUND);
    g_assert_cmpint(n2_disk_replace_file(&disk, deep, "x", 1), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_disk_replace_file(&disk, "keys/file", "0123456789", 10), ==, N2_OK);
    g_assert_cmpint(n2_disk_read_file(&disk, "keys/file", 9, &bytes, &len), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_disk_replace_file(&disk, "keys/file", NULL, 0), ==, N2_OK);
    for (guint n = 0; n < 3; n++) {
        d.calls = 0;
        d.fail_at = n;
        g_assert_cmpint(n2_disk_read_file(&disk, "keys/file", 9, &bytes, &len), ==, N2_ERR_IO);
        g_assert_null(d.open);
    }
    g_assert_null(bytes);
    g_assert_cmpuint(len, ==, 77);
    assert_content(&d, "");
    g_hash_table_unref(d.files);
    g_string_free(d.log, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/utf8/against-glib", test_utf8_against_glib);
    for (gsize i = 0; i < G_N_ELEMENTS(utf8_rows); i++) {
        g_autofree char *path = g_strconcat("/base/utf8/", utf8_rows[i].name, NULL);
        g_test_add_data_func(path, &utf8_rows[i], test_utf8_row);
    }
    g_test_add_func("/base/utf8/limits", test_utf8_limits);
    for (gsize i = 0; i < G_N_ELEMENTS(id_rows); i++) {
        g_autofree char *path = g_strconcat("/base/id/", id_rows[i].name, NULL);
        g_test_add_data_func(path, &id_rows[i], test_id_row);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(address_rows); i++) {
        g_autofree char *escaped = g_uri_escape_string(address_rows[i].text, ":.-", FALSE);
        g_autofree char *path = g_strdup_printf("/base/address/%zu-%.40s", i, escaped);
        g_test_add_data_func(path, &address_rows[i], test_address_row);
    }
    g_test_add_func("/base/address/fields", test_address_fields);
    g_test_add_func("/base/address/limits", test_address_limits);
    g_test_add_func("/base/address/names-of-tomorrow", test_names_of_tomorrow);
    g_test_add_func("/base/disk/replace", test_disk_replace);
    g_test_add_func("/base/disk/read", test_disk_read);
    return g_test_run();
}
