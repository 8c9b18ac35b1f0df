/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-edges.c - small functions of base and wire over all of their values, or at each edge:
 *                every code point, every error, every letter of an address.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/netaddr.h"
#include "base/uses.h"
#include "base/utf8.h"
#include "base/varint.h"
#include "base/writer.h"
#include "wire/box.h"
#include "wire/path.h"

/* ---- text ---- */

/* What daemon/PROTOCOL.md says of text and names, one range a row. */
typedef struct {
    gint32 first, last;
} range;

static const range controls[] = {{0x00, 0x08}, {0x0b, 0x1f}, {0x7f, 0x9f}, {0xfdd0, 0xfdef}};
static const range directions[] = {{0x202a, 0x202e}, {0x2066, 0x2069}};
static const range not_in_names[] = {
    {'\t', '\n'},     {'/', '/'},       {0x00ad, 0x00ad}, {0x061c, 0x061c},  {0x115f, 0x1160},
    {0x200b, 0x200b}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2064},  {0x2066, 0x2069},
    {0x3164, 0x3164}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xe0000, 0xe007f}};

static gboolean
is_in(const range *ranges, gsize n, gint32 c)
{
    for (gsize i = 0; i < n; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return TRUE;
    return FALSE;
}

static gboolean
is_control(gint32 c)
{
    return is_in(controls, G_N_ELEMENTS(controls), c) || (c & 0xfffe) == 0xfffe;
}

static void
test_code_points(void)
{
    for (gint32 c = 0; c < 0x110000; c++) {
        char text[6];
        gint len;

        if (c >= 0xd800 && c < 0xe000)
            continue; /* no characters */
        len = g_unichar_to_utf8((gunichar)c, text);
        gboolean text_ok = !is_control(c) && !is_in(directions, G_N_ELEMENTS(directions), c);
        gboolean name_ok =
            !is_control(c) && c != '.' && !is_in(not_in_names, G_N_ELEMENTS(not_in_names), c);
        if ((n2_utf8_check_text(text, (gsize)len, NULL) == N2_OK) != text_ok ||
            (n2_utf8_check_name(text, (gsize)len, NULL) == N2_OK) != name_ok)
            g_error("U+%04X", (guint)c);
    }
}

/* Whatever opens a direction is closed in its line, by its own kind of end. */
static void
test_directions(void)
{
    static const char *const opens[] = {"\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xad",
                                        "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7",
                                        "\xe2\x81\xa8"};
    static const char pop[] = "\xe2\x80\xac", pop_isolate[] = "\xe2\x81\xa9";
    static const char *const line_ends[] = {"\n", "\xe2\x80\xa8", "\xe2\x80\xa9"};

    for (gsize i = 0; i < G_N_ELEMENTS(opens); i++) {
        const char *end = i < 4 ? pop : pop_isolate, *other = i < 4 ? pop_isolate : pop;
        g_autofree char *good = g_strconcat(opens[i], "x", end, NULL);
        g_autofree char *open = g_strconcat(opens[i], "x", NULL);
        g_autofree char *wrong = g_strconcat(opens[i], "x", other, NULL);
        g_autofree char *twice = g_strconcat(opens[i], "x", end, end, NULL);
        g_assert_cmpint(n2_utf8_check_text(good, strlen(good), NULL), ==, N2_OK);
        g_assert_cmpint(n2_utf8_check_text(open, strlen(open), NULL), ==, N2_ERR_FORMAT);
        g_assert_cmpint(n2_utf8_check_text(wrong, strlen(wrong), NULL), ==, N2_ERR_FORMAT);
        g_assert_cmpint(n2_utf8_check_text(twice, strlen(twice), NULL), ==, N2_ERR_FORMAT);
        for (gsize k = 0; k < G_N_ELEMENTS(line_ends); k++) {
            g_autofree char *over = g_strconcat(opens[i], "x", line_ends[k], end, NULL);
            g_autofree char *behind = g_strconcat(good, line_ends[k], good, NULL);
            g_assert_cmpint(n2_utf8_check_text(over, strlen(over), NULL), ==, N2_ERR_FORMAT);
            g_assert_cmpint(n2_utf8_check_text(behind, strlen(behind), NULL), ==, N2_OK);
        }
    }
}

static void
test_without_tables(void)
{
    static const char decomposed[] = "u\xcc\x88";
    const n2_unicode none = {0};

    /* Who has no tables cannot ask; whoever gave none is told nothing. */
    g_assert_cmpint(n2_utf8_check_text(decomposed, 3, NULL), ==, N2_OK);
    g_assert_cmpint(n2_utf8_check_text(decomposed, 3, &none), ==, N2_OK);
    g_assert_cmpint(n2_utf8_check_name(decomposed, 3, &none), ==, N2_OK);
}

/* ---- errors ---- */

static void
test_errors(void)
{
    static const int values[] = {
#define X(name, value, exit, text) value,
        N2_ERR_LIST(X)
#undef X
    };

    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        n2_err err = n2_err_from_int(values[i]);
        g_assert_cmpint(err, ==, values[i]);
        g_assert_true(!strcmp(n2_err_name(err), "N2_OK") ||
                      g_str_has_prefix(n2_err_name(err), "N2_ERR_"));
        g_assert_cmpuint(strlen(n2_err_text(err)), >, 5);
        g_assert_cmpint(n2_err_exit(err), >=, err ? 1 : 0);
        g_assert_cmpint(n2_err_exit(err), <=, 8);
        for (gsize k = 0; k < i; k++) {
            g_assert_cmpstr(n2_err_name(err), !=, n2_err_name((n2_err)values[k]));
            g_assert_cmpint(values[i], !=, values[k]);
        }
    }
    g_assert_cmpint(n2_err_from_int(1), ==, N2_ERR_STATE);
    g_assert_cmpint(n2_err_from_int(-1000), ==, N2_ERR_STATE);
    g_assert_cmpstr(n2_err_name((n2_err)-1000), ==, "N2_ERR_?");
    g_assert_cmpuint(strlen(n2_err_text((n2_err)-1000)), >, 0);
    g_assert_cmpint(n2_err_exit((n2_err)-1000), ==, 1);
}

/* ---- addresses ---- */

/* Each byte in the place of a letter of a name and of a path, and as hex digits. */
static void
test_address_bytes(void)
{
    g_autofree n2_address *a = g_malloc(sizeof *a), *b = g_malloc(sizeof *b);
    g_autofree char *again = g_malloc(6 * N2_ADDRESS_TEXT_BYTES_MAX);

    for (int c = 1; c < 256; c++)
        for (int where = 0; where < 4; where++) {
            char text[] = "net2o://nxme/pxth%2X%X2";
            static const guint at[] = {9, 14, 19, 21};
            text[at[where]] = (char)c;
            if (where < 2)
                text[17] = '\0';
            else
                text[where == 2 ? 20 : 23] = '\0';
            if (n2_address_parse(a, text, NULL))
                continue;
            g_assert_cmpint(
                n2_address_format(again, 6 * N2_ADDRESS_TEXT_BYTES_MAX, a, N2_ADDRESS_URI), ==,
                N2_OK);
            g_assert_cmpint(n2_address_parse(b, again, NULL), ==, N2_OK);
            g_assert_cmpmem(a->name, sizeof a->name, b->name, sizeof b->name);
            g_assert_cmpstr(a->path, ==, b->path);
            g_assert_cmpstr(a->place, ==, b->place);
        }
    static const char *const bad[] = {"net2o://n/%",   "net2o://n/%4",  "net2o://n/%4g",
                                      "net2o://n/%g4", "net2o://n/%00", "net2o://n/%2f",
                                      "net2o://n/%:1", "net2o://%6",    "net2o://%zz/"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(n2_address_parse(a, bad[i], NULL), ==, N2_ERR_FORMAT);
}

/* What looks like an id is no name, and what nearly does is one. */
static void
test_reserved(void)
{
    static const char *const reserved[] = {"k1-", "h9-x", "k0-abc"};
    static const char *const names[] = {"k1", "k1x", "j1-x", "kk-x", "k:", "h"};

    for (gsize i = 0; i < G_N_ELEMENTS(reserved); i++)
        g_assert_cmpint(n2_name_check(reserved[i], strlen(reserved[i]), NULL), ==,
                        N2_ERR_FORMAT);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpint(n2_name_check(names[i], strlen(names[i]), NULL), ==,
                        strchr(names[i], ':') ? N2_ERR_FORMAT : N2_OK);
    g_assert_cmpint(n2_name_check("Upper", 5, NULL), ==, N2_ERR_FORMAT);
}

static void
test_net_addresses(void)
{
    n2_net_addr a = {.len = 4, .bytes = {1, 2, 3, 4}}, b = a;

    g_assert_true(n2_net_addr_equal(&a, &b));
    b.len = 5; /* the same bytes as far as they go */
    g_assert_false(n2_net_addr_equal(&a, &b));
    b = a;
    b.bytes[3]++;
    g_assert_false(n2_net_addr_equal(&a, &b));
    b = a;
    b.bytes[4] = 9; /* behind the end */
    g_assert_true(n2_net_addr_equal(&a, &b));
}

static void
test_uses(void)
{
    n2_uses uses = {0};

    for (guint i = 0; i < N2_USES_MAX + 3; i++)
        n2_uses_add(&uses, "x", i, 10, 0);
    g_assert_cmpuint(uses.n, ==, N2_USES_MAX);
    g_assert_cmpuint(uses.rows[N2_USES_MAX - 1].at, ==, N2_USES_MAX - 1);
}

/* ---- writers ---- */

static void
test_writers(void)
{
    guint8 buf[4], *bytes;
    n2_writer w = n2_writer_init(buf, 0);
    size_t len = 99;

    n2_write_bytes(&w, NULL, 0); /* nothing fits everywhere */
    g_assert_cmpint(n2_writer_finish(&w, &len), ==, N2_OK);
    g_assert_cmpuint(len, ==, 0);
    n2_write_u8(&w, 1);
    n2_write_varint(&w, 1);
    n2_writer_fail(&w, N2_ERR_FORMAT); /* the first failure stays */
    g_assert_cmpint(n2_writer_finish(&w, &len), ==, N2_ERR_NOSPACE);
    n2_writer_clear(&w); /* not its memory */

    w = n2_writer_init_growing(10);
    g_assert_cmpint(n2_writer_steal(&w, &bytes, &len), ==, N2_OK); /* empty, and yet there */
    g_assert_nonnull(bytes);
    free(bytes);
    w = n2_writer_init_growing(0); /* the same with no room at all */
    g_assert_cmpint(n2_writer_steal(&w, &bytes, &len), ==, N2_OK);
    g_assert_nonnull(bytes);
    free(bytes);
    w = n2_writer_init_growing(10);
    n2_write_zero(&w, 0);
    n2_write_zero(&w, 11);
    bytes = NULL;
    g_assert_cmpint(n2_writer_steal(&w, &bytes, &len), ==, N2_ERR_NOSPACE);
    g_assert_null(bytes);
}

/* ---- wire ---- */

static void
test_equal(void)
{
    n2_key a = {.method = N2_KEY_ED25519, .bytes = {1}}, b = a;
    n2_ref r = {.id = {.method = 1, .hash = {1}}, .size = 5}, s = r;

    g_assert_true(n2_key_equal(&a, &b));
    b.method = N2_KEY_X25519;
    g_assert_false(n2_key_equal(&a, &b));
    b = a;
    b.bytes[31] = 1;
    g_assert_false(n2_key_equal(&a, &b));
    g_assert_true(n2_ref_equal(&r, &s));
    s.size++;
    g_assert_false(n2_ref_equal(&r, &s));
    s = r;
    s.id.hash[31] = 1;
    g_assert_false(n2_ref_equal(&r, &s));
    s = r;
    s.id.method = 2;
    g_assert_false(n2_ref_equal(&r, &s));
}

/* A set that is not the last field, one of a single value, one of values that begin alike. */
static void
test_sets(void)
{
    guint8 buf[512], small[40];
    n2_box box, entry;
    n2_field f;
    n2_attr attrs[] = {{.name = (const guint8 *)"b", .name_len = 1, .type = N2_TYPE_BYTES},
                       {.name = (const guint8 *)"a",
                        .name_len = 1,
                        .type = N2_TYPE_BYTES,
                        .value = (const guint8 *)"x",
                        .len = 1}},
            nameless = {.type = N2_TYPE_BYTES};
    n2_ref ref = {.id = {.method = 1}};

    for (guint n = 1; n <= 2; n++) {
        guint8 entry_bytes[128];
        n2_box_writer e = n2_box_begin(entry_bytes, sizeof entry_bytes, N2_KIND_ENTRY);
        n2_box_put_text(&e, 1, "n");
        n2_box_put_ref(&e, 2, &ref);
        n2_box_put_int(&e, 3, 1);
        g_assert_cmpint(n2_box_end(&e, &entry, NULL), ==, N2_OK);
        n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_DIRECTORY);
        for (guint i = 0; i < n; i++)
            n2_box_put_attr(&w, 65, &attrs[i]);
        n2_box_put_box(&w, 128, &entry);
        g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
        g_assert_true(n2_box_find(&box, 65, &f));
        g_assert_cmpint(n2_field_attr(&f).name[0], ==, n == 1 ? 'b' : 'a');
    }
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_DIRECTORY);
    n2_box_put_attr(&w, 65, &nameless);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_ERR_FORMAT);
    w = n2_box_begin(small, sizeof small, N2_KIND_DIRECTORY);
    for (guint i = 0; i < 8; i++)
        n2_box_put_attr(&w, 65, &attrs[i % 2]);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_ERR_NOSPACE);
    /* Values of a set where one begins another: the shorter first; empty ones before all. */
    w = n2_box_begin(buf, sizeof buf, N2_KIND_LINKS);
    n2_id id = {.method = 1};
    n2_box_put_id(&w, 1, &id);
    n2_box_put_int(&w, 2, 1);
    n2_box_put_int(&w, 3, 1);
    n2_box_put_time(&w, 4, 1);
    n2_box_put_bytes(&w, 64, "ab", 2);
    n2_box_put_bytes(&w, 64, "a", 1);
    n2_box_put_bytes(&w, 64, "", 0);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    guint want = 0;
    for (size_t at = 0; n2_box_next(&box, &at, &f);)
        if (f.number == 64)
            g_assert_cmpuint(f.len, ==, want++);
    g_assert_cmpuint(want, ==, 3);
}

/* A liar may say that more was used than there are bits. */
static void
test_path_ends(void)
{
    for (guint used = 0; used < 64; used++) {
        g_assert_true(n2_path_is_at_end(used) == (used <= N2_PATH_BITS));
        guint64 ahead = UINT64_C(1) << 63 | used; /* one label bit ahead of all that is used */
        g_assert_true(n2_path_is_at_end(ahead) == (used == N2_PATH_BITS));
    }
    for (guint used = 0; used < 16; used++) {
        g_assert_true(n2_path_is_at_end_short((guint16)used) == (used <= N2_SHORT_PATH_BITS));
        g_assert_true(n2_path_is_at_end_short((guint16)(0x8000 | used)) ==
                      (used == N2_SHORT_PATH_BITS));
    }
    g_assert_cmpuint(n2_bits_reverse(5, 0), ==, 0);
    g_assert_cmpuint(n2_bits_reverse(1, 4), ==, 8);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/edges/attack-36-code-points", test_code_points);
    g_test_add_func("/base/edges/directions", test_directions);
    g_test_add_func("/base/edges/without-tables", test_without_tables);
    g_test_add_func("/base/edges/errors", test_errors);
    g_test_add_func("/base/edges/attack-36-address-bytes", test_address_bytes);
    g_test_add_func("/base/edges/reserved", test_reserved);
    g_test_add_func("/base/edges/net-addresses", test_net_addresses);
    g_test_add_func("/base/edges/uses", test_uses);
    g_test_add_func("/base/edges/writers", test_writers);
    g_test_add_func("/wire/edges/equal", test_equal);
    g_test_add_func("/wire/edges/sets", test_sets);
    g_test_add_func("/wire/edges/path-ends", test_path_ends);
    return g_test_run();
}
