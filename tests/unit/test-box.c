/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-box.c - one encoding for one meaning: every way to write it otherwise is refused.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/box.h"

/* Boxes written as hex, blanks free. */
typedef struct {
    const char *name;
    const char *hex; /* "LLLLLLLL" is replaced by the true length */
    n2_err want;
} row;

/* entry: 1 name "a", 2 content, 3 type 1 */
#define REF20 "00000000000000000000000000000000000000000000000000000000000000ff"
#define ENTRY_FIELDS                                                                           \
    "0101 0001 61"                                                                             \
    "0205 0029 01" REF20 "0000000000000005"                                                    \
    "0302 0008 0000000000000001"
#define ID1 "01" REF20
#define ATTR_A1 "4109 000b 0161 02 0000000000000001"
#define ATTR_A2 "4109 000b 0161 02 0000000000000002"
#define ATTR_B "4109 000b 0162 02 0000000000000001"
#define ATTR_LONG "4109 000c 02 6161 02 0000000000000001"

static const row rows[] = {
    {"entry", "6e321f01 LLLLLLLL" ENTRY_FIELDS, N2_OK},
    {"empty", "", N2_ERR_TRUNCATED},
    {"head-only-short", "6e321f01 000000", N2_ERR_TRUNCATED},
    {"magic", "6e331f01 LLLLLLLL" ENTRY_FIELDS, N2_ERR_FORMAT},
    {"kind-0", "6e320001 LLLLLLLL" ENTRY_FIELDS, N2_ERR_FORMAT},
    {"kind-unknown", "6e32c801 LLLLLLLL" ENTRY_FIELDS, N2_ERR_FORMAT},
    {"version-0", "6e321f00 LLLLLLLL" ENTRY_FIELDS, N2_ERR_FORMAT},
    {"version-2", "6e321f02 LLLLLLLL" ENTRY_FIELDS, N2_ERR_VERSION},
    {"length-more", "6e321f01 00000fff" ENTRY_FIELDS, N2_ERR_TRUNCATED},
    {"length-less", "6e321f01 00000004" ENTRY_FIELDS, N2_ERR_TRAILING},
    {"field-cut", "6e321f01 LLLLLLLL" ENTRY_FIELDS "41", N2_ERR_TRUNCATED},
    {"field-0", "6e321f01 LLLLLLLL 0001 0001 61" ENTRY_FIELDS, N2_ERR_FORMAT},
    {"missing", "6e321f01 LLLLLLLL 0101 0001 61 0205 0029 01" REF20 "0000000000000005",
     N2_ERR_FORMAT},
    {"doubled", "6e321f01 LLLLLLLL 0101 0001 61" ENTRY_FIELDS, N2_ERR_FORMAT},
    {"out-of-order",
     "6e321f01 LLLLLLLL 0205 0029 01" REF20 "0000000000000005"
     "0101 0001 61 0302 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"unknown-field", "6e321f01 LLLLLLLL" ENTRY_FIELDS "0402 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"unknown-set", "6e321f01 LLLLLLLL" ENTRY_FIELDS "5001 0001 61", N2_ERR_FORMAT},
    {"unknown-list", "6e321f01 LLLLLLLL" ENTRY_FIELDS "8001 0001 61", N2_ERR_FORMAT},
    {"ignorable", "6e321f01 LLLLLLLL" ENTRY_FIELDS "c001 0001 ff c1ff 0000", N2_OK},
    {"ignorable-twice", "6e321f01 LLLLLLLL" ENTRY_FIELDS "c001 0001 61 c001 0001 62",
     N2_ERR_FORMAT},
    {"wrong-type",
     "6e321f01 LLLLLLLL 0104 0001 61 0205 0029 01" REF20 "0000000000000005"
     "0302 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"type-unknown",
     "6e321f01 LLLLLLLL 0114 0001 61 0205 0029 01" REF20 "0000000000000005"
     "0302 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"integer-short",
     "6e321f01 LLLLLLLL 0101 0001 61 0205 0029 01" REF20 "0000000000000005"
     "0302 0007 00000000000001",
     N2_ERR_FORMAT},
    {"ref-short",
     "6e321f01 LLLLLLLL 0101 0001 61 0205 0028 01" REF20 "00000000000005"
     "0302 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"ref-method",
     "6e321f01 LLLLLLLL 0101 0001 61 0205 0029 03" REF20 "0000000000000005"
     "0302 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"text-control",
     "6e321f01 LLLLLLLL 0101 0001 07 0205 0029 01" REF20 "0000000000000005"
     "0302 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"text-utf8",
     "6e321f01 LLLLLLLL 0101 0002 c328 0205 0029 01" REF20 "0000000000000005"
     "0302 0008 0000000000000001",
     N2_ERR_FORMAT},
    {"attributes", "6e321f01 LLLLLLLL" ENTRY_FIELDS ATTR_A1 ATTR_B ATTR_LONG, N2_OK},
    {"attribute-twice", "6e321f01 LLLLLLLL" ENTRY_FIELDS ATTR_A1 ATTR_A1, N2_ERR_FORMAT},
    {"attribute-two-values", "6e321f01 LLLLLLLL" ENTRY_FIELDS ATTR_A1 ATTR_A2, N2_ERR_FORMAT},
    {"set-unsorted", "6e321f01 LLLLLLLL" ENTRY_FIELDS ATTR_B ATTR_A1, N2_ERR_FORMAT},
    {"attribute-nameless", "6e321f01 LLLLLLLL" ENTRY_FIELDS "4109 000a 00 02 0000000000000001",
     N2_ERR_FORMAT},
    {"attribute-nested", "6e321f01 LLLLLLLL" ENTRY_FIELDS "4109 0005 0161 09 0161",
     N2_ERR_FORMAT},
    {"attribute-box", "6e321f01 LLLLLLLL" ENTRY_FIELDS "4109 0004 0161 08 00", N2_ERR_FORMAT},
    {"attribute-cut", "6e321f01 LLLLLLLL" ENTRY_FIELDS "4109 0002 0561", N2_ERR_FORMAT},
    {"attribute-tab", "6e321f01 LLLLLLLL" ENTRY_FIELDS "4109 0004 0109 01 61", N2_ERR_FORMAT},
    {"secrets-empty", "6e322201 00000000", N2_OK},
    {"directory-empty", "6e321201 00000000", N2_OK},
    {"directory-inner-wrong-kind", "6e321201 LLLLLLLL 8008 0008 6e32120100000000",
     N2_ERR_FORMAT},
    {"directory-inner-trailing", "6e321201 LLLLLLLL 8008 0009 6e321f0100000000 00",
     N2_ERR_TRAILING},
    {"key-method",
     "6e321c01 LLLLLLLL 0107 0021" ID1 "0204 0000 0306 0002 6300 0402 0008 0000000000000000",
     N2_ERR_FORMAT},
    {"key-length",
     "6e321c01 LLLLLLLL 0107 0021" ID1 "0204 0000 0306 0002 0100 0402 0008 0000000000000000",
     N2_ERR_FORMAT},
    {"key-empty",
     "6e321c01 LLLLLLLL 0107 0021" ID1 "0204 0000 0306 0000 0402 0008 0000000000000000",
     N2_ERR_FORMAT},
    {"bytes-exact-length",
     "6e321b01 LLLLLLLL 0102 0008 0000000000000003 0202 0008 0000000000000400"
     "0304 000f 000000000000000000000000000000"
     "0404 0018 000000000000000000000000000000000000000000000000 0504 0000",
     N2_ERR_FORMAT},
};

/* (transfer full): exact size, so that a sanitizer sees an overread. */
static guint8 *
from_hex(const char *hex, gsize *len)
{
    guint8 *bytes = g_malloc(strlen(hex) / 2 + 1);
    gssize length_at = -1;
    int digits = 0, value = 0;

    *len = 0;
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        if (*hex == 'L') {
            length_at = length_at < 0 ? (gssize)*len : length_at;
            value = 0;
        } else {
            value = value << 4 | g_ascii_xdigit_value(*hex);
        }
        if (++digits % 2 == 0) {
            bytes[(*len)++] = (guint8)value;
            value = 0;
        }
    }
    for (int i = 0; length_at >= 0 && i < 4; i++)
        bytes[length_at + i] = (guint8)((*len - 8) >> (24 - 8 * i));
    return g_realloc(bytes, *len ? *len : 1);
}

static void
test_row(gconstpointer data)
{
    const row *t = data;
    gsize len = 0;
    g_autofree guint8 *bytes = from_hex(t->hex, &len);
    n2_box box = {.kind = 99};

    g_assert_cmpstr(n2_err_name(n2_box_check(&box, bytes, len, N2_KIND_ANY, NULL)), ==,
                    n2_err_name(t->want));
    if (t->want)
        g_assert_null(box.bytes);
    else
        g_assert_true(box.bytes == bytes && box.len == len);
}

static n2_ref
some_ref(guint8 last)
{
    n2_ref ref = {.id.method = N2_METHOD_SHA256, .size = last};

    ref.id.hash[31] = last;
    return ref;
}

static n2_box
entry(guint8 *buf, gsize cap, const char *name)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_ENTRY);
    n2_ref ref = some_ref(5);
    n2_box box;

    n2_box_put_text(&w, 1, name);
    n2_box_put_ref(&w, 2, &ref);
    n2_box_put_int(&w, 3, 1);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    return box;
}

static void
test_write_and_read(void)
{
    guint8 buf[512];
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_ENTRY);
    n2_ref ref = some_ref(5), got;
    n2_attr late = {.name = (const guint8 *)"b",
                    .name_len = 1,
                    .type = N2_TYPE_TEXT,
                    .value = (const guint8 *)"x",
                    .len = 1};
    n2_attr early = late;
    n2_field f;
    n2_box box;
    gsize len = 0;

    early.name = (const guint8 *)"a";
    n2_box_put_text(&w, 1, "name");
    n2_box_put_ref(&w, 2, &ref);
    n2_box_put_int(&w, 3, -2);
    n2_box_put_attr(&w, 65, &late); /* sorted at the end */
    n2_box_put_attr(&w, 65, &early);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_OK);
    g_assert_cmpuint(box.n_fields, ==, 5);
    g_assert_cmpint(n2_box_int(&box, 3), ==, -2);
    got = n2_box_ref(&box, 2);
    g_assert_true(n2_ref_equal(&got, &ref));
    g_assert_cmpmem(n2_box_bytes(&box, 1, &len), 4, "name", 4);
    g_assert_true(n2_box_find(&box, 65, &f));
    n2_attr a = n2_field_attr(&f);
    g_assert_cmpmem(a.name, a.name_len, "a", 1);
    g_assert_false(n2_box_find(&box, 64, &f));
    g_assert_cmpuint(f.len, ==, 0);
    g_assert_cmpint(n2_box_int(&box, 9), ==, 0);
    g_assert_cmpint(n2_box_check(&box, buf, box.len, N2_KIND_KEY, NULL), ==, N2_ERR_FORMAT);
}

/* What a reader would refuse is never written. */
static void
test_writer_refuses(void)
{
    guint8 buf[128], small[20];
    n2_box box;
    n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_ENTRY);

    n2_box_put_text(&w, 1, "name");
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_ERR_FORMAT);
    w = n2_box_begin(small, sizeof small, N2_KIND_ENTRY);
    n2_box_put_text(&w, 1, "longer than twenty bytes");
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_ERR_NOSPACE);
    w = n2_box_begin(buf, sizeof buf, 200);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_ERR_FORMAT);
    g_autofree guint8 *much = g_malloc0(70000);
    g_autofree guint8 *room = g_malloc0(80000);
    w = n2_box_begin(room, 80000, N2_KIND_SEALED);
    n2_box_put_bytes(&w, 5, much, 70000);
    g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, N2_ERR_LIMIT);
}

/* Every cut of a good box, and every byte more, is refused. */
static void
test_cuts(void)
{
    guint8 buf[256];
    n2_box box = entry(buf, sizeof buf, "name"), got;

    for (gsize len = 0; len < box.len; len++) {
        g_autofree guint8 *cut = g_memdup2(buf, len ? len : 1);
        g_assert_cmpint(n2_box_check(&got, cut, len, N2_KIND_ANY, NULL), !=, N2_OK);
    }
    g_assert_cmpint(n2_box_check(&got, buf, box.len + 1, N2_KIND_ANY, NULL), ==,
                    N2_ERR_TRAILING);
}

static n2_err
nest(guint depth)
{
    g_autofree guint8 *buf = g_malloc(4096);
    gsize cap = 4096;
    n2_box box = {0};

    /* signed around signed around ... around a directory */
    static const guint8 directory[] = {'n', '2', 18, 1, 0, 0, 0, 0};
    guint8 inner[4096];
    memcpy(inner, directory, sizeof directory);
    gsize inner_len = sizeof directory;
    n2_err err = N2_OK;
    for (guint i = 1; i < depth && !err; i++) {
        n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_SIGNED);
        n2_box_put(&w, 1, N2_TYPE_BOX, inner, inner_len);
        err = n2_box_end(&w, &box, NULL);
        if (!err) {
            memcpy(inner, buf, box.len);
            inner_len = box.len;
        }
    }
    return err;
}

/* A box in a box in a box in a box, and no deeper. */
static void
test_depth(void)
{
    g_assert_cmpint(nest(N2_BOX_DEPTH_MAX), ==, N2_OK);
    g_assert_cmpint(nest(N2_BOX_DEPTH_MAX + 1), ==, N2_ERR_LIMIT);
}

static n2_err
directory_of(guint n, gsize name_len)
{
    gsize cap = 64 + n * (name_len + 100);
    g_autofree guint8 *buf = g_malloc(cap);
    g_autofree char *name = g_malloc(name_len + 1);
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_DIRECTORY);
    n2_box box;

    memset(name, 'x', name_len);
    name[name_len] = '\0';
    for (guint i = 0; i < n; i++) {
        guint8 one[70000];
        n2_box e = entry(one, sizeof one, name);
        n2_box_put_box(&w, 128, &e);
    }
    return n2_box_end(&w, &box, NULL);
}

static void
test_limits(void)
{
    g_assert_cmpint(directory_of(N2_BOX_DIRECTORY_FIELDS_MAX, 1), ==, N2_OK);
    g_assert_cmpint(directory_of(N2_BOX_DIRECTORY_FIELDS_MAX + 1, 1), ==, N2_ERR_LIMIT);
    g_assert_cmpint(directory_of(250, 64000), ==, N2_OK);
    g_assert_cmpint(directory_of(270, 64000), ==, N2_ERR_LIMIT); /* over 16 MiB */

    /* 16 signatures, 1,024 fields at most */
    for (guint n = 16; n <= 17; n++) {
        guint8 buf[2048];
        n2_box_writer w = n2_box_begin(buf, sizeof buf, N2_KIND_SIGNED);
        n2_box box;
        n2_box_put(&w, 1, N2_TYPE_BOX, "n2\x12\x01\0\0\0\0", 8);
        for (guint i = 0; i < n; i++)
            n2_box_put_int(&w, 64, i); /* put as bytes below */
        for (gsize at = 0; at < n; at++)
            buf[8 + 12 + at * 12 + 1] = N2_TYPE_BYTES;
        g_assert_cmpint(n2_box_end(&w, &box, NULL), ==, n == 16 ? N2_OK : N2_ERR_LIMIT);
    }
    for (guint n = N2_BOX_FIELDS_MAX; n <= N2_BOX_FIELDS_MAX + 1; n++) {
        g_autofree guint8 *buf = g_malloc(65536);
        n2_box_writer w = n2_box_begin(buf, 65536, N2_KIND_ACCESS);
        n2_id id = {.method = N2_METHOD_SHA256};
        n2_box box;
        n2_box_put_id(&w, 1, &id);
        n2_box_put_int(&w, 2, 1);
        for (guint i = 2; i < n; i++) {
            id.hash[0] = (guint8)(i >> 8);
            id.hash[1] = (guint8)i;
            n2_box_put_id(&w, 64, &id);
        }
        g_assert_cmpint(n2_box_end(&w, &box, NULL), ==,
                        n == N2_BOX_FIELDS_MAX ? N2_OK : N2_ERR_LIMIT);
    }
}

static bool
never_nfc(void *user, const char *text, size_t len)
{
    (void)text;
    (void)len;
    ++*(guint *)user;
    return false;
}

/* Text outside ASCII is asked for; text inside is NFC by itself. */
static void
test_nfc(void)
{
    guint asked = 0;
    n2_unicode unicode = {.user = &asked, .is_nfc = never_nfc};
    guint8 buf[256];
    n2_box box = entry(buf, sizeof buf, "plain"), got;

    g_assert_cmpint(n2_box_check(&got, buf, box.len, N2_KIND_ANY, &unicode), ==, N2_OK);
    g_assert_cmpuint(asked, ==, 0);
    box = entry(buf, sizeof buf, "u\xcc\x88"); /* decomposed */
    g_assert_cmpint(n2_box_check(&got, buf, box.len, N2_KIND_ANY, &unicode), ==, N2_ERR_FORMAT);
    g_assert_cmpuint(asked, ==, 1);
}

/* The table itself: fields ascend, and what the numbers say about repeating is kept. */
static void
test_table(void)
{
    guint n_kinds = 0;

    for (guint kind = 0; kind < 256; kind++) {
        const n2_kind_rule *rule = n2_kind_rule_of((uint8_t)kind);
        if (!rule)
            continue;
        n_kinds++;
        g_assert_cmpuint(rule->kind, ==, kind);
        g_assert_cmpuint(rule->fields[N2_KIND_FIELDS_MAX - 1].number, ==, 0); /* its end */
        /* the sealed file, which nobody else reads, has changed once */
        g_assert_cmpuint(rule->version, ==,
                         kind >= N2_KIND_SECRETS && kind <= N2_KIND_SECRET ? 2 : 1);
        for (guint i = 0; i < N2_KIND_FIELDS_MAX && rule->fields[i].number; i++) {
            const n2_field_rule *f = &rule->fields[i];
            if (i)
                g_assert_cmpuint(f->number, >, f[-1].number);
            g_assert_cmpuint(f->types, !=, 0);
            g_assert_true(f->number < 64 || f->optional);
            if (f->inner)
                g_assert_nonnull(n2_kind_rule_of(f->inner));
        }
    }
    g_assert_cmpuint(n_kinds, >=, 33);
    g_assert_null(n2_kind_rule_of(0));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/wire/box/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/wire/box/write-and-read", test_write_and_read);
    g_test_add_func("/wire/box/writer-refuses", test_writer_refuses);
    g_test_add_func("/wire/box/cuts", test_cuts);
    g_test_add_func("/wire/box/depth", test_depth);
    g_test_add_func("/wire/box/limits", test_limits);
    g_test_add_func("/wire/box/nfc", test_nfc);
    g_test_add_func("/wire/box/table", test_table);
    return g_test_run();
}
