/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-forms.c - attack 36: one meaning has one form.
 *
 * Good boxes are written in every other way: fields in another order, twice, unknown, with
 * bytes behind them, cut, in other types, with text that is not in normal form, boxes in boxes.
 * tests/vectors/boxes.txt holds what became of each; both implementations must agree with it.
 * With N2_VECTORS_WRITE set to a file name, the verdicts are written there.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/base32.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/varint.h"
#include "crypto/access.h"
#include "crypto/head.h"
#include "crypto/identity.h"
#include "crypto/login.h"
#include "crypto/nodekey.h"
#include "wire/path.h"

enum {
    BOXES_MAX = 10
};

static bool
is_nfc(void *user, const char *text, size_t len)
{
    g_autofree char *normal = g_utf8_normalize(text, (gssize)len, G_NORMALIZE_NFC);

    (void)user;
    return normal && strlen(normal) == len && !memcmp(normal, text, len);
}

static const n2_unicode unicode = {.is_nfc = is_nfc};

/* ---- good boxes of the kinds that are on the wire ---- */

typedef struct {
    const char *name;
    GBytes *bytes;
} good;

static good goods[BOXES_MAX];
static guint n_goods;

static void
keep(const char *name, const n2_box *box)
{
    goods[n_goods++] = (good){name, g_bytes_new(box->bytes, box->len)};
}

static void
make_goods(void)
{
    guint8 buf[4096], body_bytes[2048], seed[32] = {1}, sheet[32] = {2}, salt[16] = {3};
    guint8 *directory;
    gsize len;
    n2_signing_key control, device;
    n2_grant grant = {
        .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH, .from_us = 1, .until_us = 1000000};
    n2_key keys[2];
    n2_signature signatures[2];
    n2_identity who = {.id = {.method = 1, .hash = {4}}};
    n2_node_key node = {.suites = 1, .serial = 2, .until_s = 3};
    n2_head head = {.branch = N2_BRANCH_MAIN,
                    .counter = 2,
                    .root = {.id = {.method = 1, .hash = {5}}, .size = 6},
                    .made_us = -7,
                    .parents = {{8}, {9}},
                    .n_parents = 2};
    guint8 d[N2_DIGEST_BYTES];
    n2_box box, body;

    g_assert_cmpint(n2_signing_key_init(&control, N2_KEY_ED25519, seed), ==, N2_OK);
    seed[0]++;
    g_assert_cmpint(n2_signing_key_init(&device, N2_KEY_ED25519, seed), ==, N2_OK);
    keys[0] = control.key;
    keys[1] = device.key;
    g_assert_cmpint(n2_birth_body(buf, sizeof buf, sheet, 1, salt, keys, 2, &box), ==, N2_OK);
    keep("birth", &box);
    grant.key = device.key;
    g_assert_cmpint(n2_add_body(body_bytes, sizeof body_bytes, &who, &grant, "Büro", &body), ==,
                    N2_OK);
    keep("add", &body);
    n2_statement_digest(body.kind, body.version, body.bytes, body.len, d);
    g_assert_cmpint(n2_sign(&signatures[0], &control, d), ==, N2_OK);
    g_assert_cmpint(n2_sign(&signatures[1], &device, d), ==, N2_OK);
    g_assert_cmpint(n2_statement_make(buf, sizeof buf, &body, signatures, 2, &box), ==, N2_OK);
    keep("signed", &box);
    g_assert_cmpint(n2_node_key_body(buf, sizeof buf, &who.id, &node, &box), ==, N2_OK);
    keep("node-key", &box);
    head.who = who.id;
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &box), ==, N2_OK);
    keep("head", &box);
    head.access = (n2_ref){.id = {.method = 1, .hash = {12}}, .size = 13};
    g_assert_cmpint(n2_head_body(buf, sizeof buf, &head, &box), ==, N2_OK);
    keep("head-access", &box);

    n2_login login = {.site = who.id, .hash = {10}, .account = device.key};
    g_assert_cmpint(n2_login_body(buf, sizeof buf, &login, N2_LOGIN_ENTER, &box), ==, N2_OK);
    keep("log-in", &box);
    login.old = control.key;
    g_assert_cmpint(
        n2_login_body(buf, sizeof buf, &login, N2_LOGIN_ENTER | N2_LOGIN_MOVE, &box), ==,
        N2_OK);
    keep("log-in-moves", &box);
    n2_member members[] = {n2_member_of_id(&who.id), n2_member_of_key(&device.key),
                           n2_member_of_list(&head.root)};
    g_assert_cmpint(n2_access_body(buf, sizeof buf, &who.id, 11, members, 3, &box), ==, N2_OK);
    keep("access", &box);

    n2_attr attrs[] = {{.name = (const guint8 *)"note",
                        .name_len = 4,
                        .type = N2_TYPE_TEXT,
                        .value = (const guint8 *)"gr\xc3\xbc\xc3\x9f",
                        .len = 6},
                       {.name = (const guint8 *)"rate",
                        .name_len = 4,
                        .type = N2_TYPE_INT,
                        .value = (const guint8 *)"\0\0\0\0\0\0\0\1",
                        .len = 8}};
    n2_entry_spec specs[] = {
        {.name = "a",
         .name_len = 1,
         .type = N2_ENTRY_FILE,
         .ref = head.root,
         .attrs = attrs,
         .n_attrs = 2},
        {.name = "\xc3\xa4", .name_len = 2, .type = N2_ENTRY_DIR, .ref = head.root}};
    n2_directory_maker *maker;
    g_assert_cmpint(n2_directory_maker_new(&maker, &unicode), ==, N2_OK);
    for (gsize i = 0; i < G_N_ELEMENTS(specs); i++)
        g_assert_cmpint(n2_directory_maker_add(maker, &specs[i]), ==, N2_OK);
    g_assert_cmpint(n2_directory_maker_finish(maker, &directory, &len), ==, N2_OK);
    n2_directory_maker_free(maker);
    goods[n_goods++] = (good){"directory", g_bytes_new_take(directory, len)};
}

/* ---- other forms ---- */

/* A field with its place; @depth of the box it is in, 0 outermost. */
typedef struct {
    gsize at, len; /* with its head */
    guint8 number, type;
} place;

typedef struct {
    GString *text;    /* (nullable): verdicts are written here */
    GHashTable *want; /* (nullable): name -> verdict and hex */
    guint n, n_good;
} verdicts;

/* With what the kind's own reader asks for beyond the form of a box. */
static gboolean
is_taken(const guint8 *bytes, gsize len)
{
    g_autofree guint8 *copy = g_memdup2(bytes, len); /* exact size: a sanitizer sees more */
    n2_box box;
    n2_err err = n2_box_check(&box, copy, len, N2_KIND_ANY, &unicode);

    if (err)
        for (gsize i = 0; i < sizeof box; i++)
            g_assert_cmphex(((guint8 *)&box)[i], ==, 0);
    n2_directory dir;
    n2_head head;
    n2_statement statement;
    if (!err && box.kind == N2_KIND_DIRECTORY)
        err = n2_directory_check(&dir, copy, len, &unicode);
    else if (!err && box.kind == N2_KIND_TREE_HEAD)
        err = n2_head_read(&head, &box);
    else if (!err && box.kind == N2_KIND_SIGNED)
        err = n2_statement_check(&statement, copy, len, N2_KIND_ANY, &unicode);
    return !err;
}

static void
judge(verdicts *v, const char *name, const GByteArray *bytes)
{
    g_autoptr(GString) line = g_string_new(NULL);
    gboolean taken = is_taken(bytes->data, bytes->len);

    g_string_append_printf(line, "%s %s ", taken ? "take" : "refuse", name);
    for (guint i = 0; i < bytes->len; i++)
        g_string_append_printf(line, "%02x", bytes->data[i]);
    v->n++;
    v->n_good += taken;
    if (v->text)
        g_string_append_printf(v->text, "%s\n", line->str);
    else if (!g_hash_table_contains(v->want, line->str))
        g_error("not in tests/vectors/boxes.txt: %.300s", line->str);
}

static guint
fields_of(const guint8 *box, gsize len, place *out, guint max)
{
    n2_reader r = n2_reader_init(box, len);
    guint n = 0;

    (void)n2_read_bytes(&r, 8);
    while (n2_reader_left(&r) && n < max) {
        gsize at = len - n2_reader_left(&r);
        out[n].at = at;
        out[n].number = n2_read_u8(&r);
        out[n].type = n2_read_u8(&r);
        guint16 value = n2_read_u16(&r);
        (void)n2_read_bytes(&r, value);
        out[n++].len = 4u + value;
    }
    g_assert_cmpint(r.err, ==, N2_OK);
    return n;
}

static void
set_length(GByteArray *box)
{
    guint32 be = GUINT32_TO_BE(box->len - 8);

    memcpy(box->data + 4, &be, 4);
}

/* @insert: bytes put before field @before (or behind the last). */
static GByteArray *
with(const guint8 *box, gsize len, gsize at, const void *insert, gsize n, gsize skip)
{
    GByteArray *out = g_byte_array_new();

    g_byte_array_append(out, box, (guint)at);
    if (n)
        g_byte_array_append(out, insert, (guint)n);
    g_byte_array_append(out, box + at + skip, (guint)(len - at - skip));
    set_length(out);
    return out;
}

/* Told of each other form of a box. */
typedef void (*form_cb)(gpointer user, const char *name, GByteArray *bytes);

static void
other_orders(const guint8 *box, gsize len, const place *f, guint n, form_cb tell, gpointer user)
{
    for (guint i = 0; i + 1 < n; i++) { /* two neighbours change places */
        g_autoptr(GByteArray) out = g_byte_array_new();
        g_autofree char *name = g_strdup_printf("swapped-%u", i);
        g_byte_array_append(out, box, (guint)f[i].at);
        g_byte_array_append(out, box + f[i + 1].at, (guint)f[i + 1].len);
        g_byte_array_append(out, box + f[i].at, (guint)f[i].len);
        gsize end = f[i + 1].at + f[i + 1].len;
        g_byte_array_append(out, box + end, (guint)(len - end));
        tell(user, name, out);
    }
    for (guint i = 0; i < n; i++) {
        g_autofree char *twice = g_strdup_printf("twice-%u", i);
        g_autofree char *gone = g_strdup_printf("gone-%u", i);
        g_autofree char *last = g_strdup_printf("again-last-%u", i);
        g_autoptr(GByteArray) doubled = with(box, len, f[i].at, box + f[i].at, f[i].len, 0);
        g_autoptr(GByteArray) missing = with(box, len, f[i].at, NULL, 0, f[i].len);
        g_autoptr(GByteArray) behind = with(box, len, len, box + f[i].at, f[i].len, 0);
        tell(user, twice, doubled);
        tell(user, gone, missing);
        tell(user, last, behind);
    }
}

static void
other_fields(const guint8 *box, gsize len, const place *f, guint n, form_cb tell, gpointer user)
{
    static const guint8 numbers[] = {0, 1, 7, 63, 64, 66, 127, 128, 129, 191, 192, 254, 255};

    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) { /* an unknown one, in its place */
        const guint8 field[] = {numbers[i], 4, 0, 1, 0x55};
        g_autofree char *name = g_strdup_printf("extra-%u", numbers[i]);
        gsize at = len;
        for (guint k = n; k-- > 0;)
            if (f[k].number > numbers[i])
                at = f[k].at;
        g_autoptr(GByteArray) out = with(box, len, at, field, sizeof field, 0);
        tell(user, name, out);
    }
    for (guint i = 0; i < n; i++)
        for (guint8 type = 0; type < 11; type++) { /* the same bytes called something else */
            g_autofree char *name = g_strdup_printf("type-%u-%u", i, type);
            g_autoptr(GByteArray) out = with(box, len, len, NULL, 0, 0);
            if (type == f[i].type)
                continue;
            out->data[f[i].at + 1] = type;
            tell(user, name, out);
        }
    for (guint i = 0; i < n; i++) /* a length that is one more or less */
        for (int more = -1; more <= 1; more += 2) {
            g_autofree char *name = g_strdup_printf("length-%u%s", i, more < 0 ? "-less" : "");
            g_autoptr(GByteArray) out = with(box, len, len, NULL, 0, 0);
            out->data[f[i].at + 3] = (guint8)(out->data[f[i].at + 3] + more);
            tell(user, name, out);
        }
}

/* A value that is a byte longer or shorter, in good order. */
static void
other_lengths(
    const guint8 *box, gsize len, const place *f, guint n, form_cb tell, gpointer user)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *grown = g_strdup_printf("grown-%u", i);
        g_autofree char *shrunk = g_strdup_printf("shrunk-%u", i);
        gsize end = f[i].at + f[i].len;
        g_autoptr(GByteArray) more = with(box, len, end, "\0", 1, 0);
        g_autoptr(GByteArray) less = with(box, len, end - 1, NULL, 0, 1);
        for (int k = 0; k < 2; k++) {
            GByteArray *out = k ? less : more;
            guint value = (guint)(f[i].len - 4 + (k ? -1u : 1u));
            out->data[f[i].at + 2] = (guint8)(value >> 8);
            out->data[f[i].at + 3] = (guint8)value;
            tell(user, k ? shrunk : grown, out);
        }
    }
}

static void
other_ends(const guint8 *box, gsize len, form_cb tell, gpointer user)
{
    static const guint8 heads[][2] = {{0, 'N'}, {1, '3'}, {2, 0}, {2, 200}, {3, 0}, {3, 2}};

    for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_autofree char *name = g_strdup_printf("head-%u-%u", heads[i][0], heads[i][1]);
        g_autoptr(GByteArray) out = with(box, len, len, NULL, 0, 0);
        out->data[heads[i][0]] = heads[i][1];
        tell(user, name, out);
    }
    for (gsize cut = 1; cut < len; cut += 1 + cut / 8) { /* with the length right and wrong */
        g_autofree char *name = g_strdup_printf("cut-%" G_GSIZE_FORMAT, cut);
        g_autoptr(GByteArray) out = with(box, len, len - cut, NULL, 0, cut);
        if (out->len > 8)
            tell(user, name, out);
    }
    for (guint n = 1; n < 6; n++) { /* zeros behind it, in its length or not */
        g_autofree char *in = g_strdup_printf("zeros-in-%u", n);
        g_autofree char *behind = g_strdup_printf("zeros-behind-%u", n);
        g_autoptr(GByteArray) out = with(box, len, len, "\0\0\0\0\0", n, 0);
        tell(user, in, out);
        guint32 be = GUINT32_TO_BE((guint32)(len - 8));
        memcpy(out->data + 4, &be, 4);
        tell(user, behind, out);
    }
}

/* Every text, written decomposed. */
static void
other_texts(const guint8 *box, gsize len, const place *f, guint n, form_cb tell, gpointer user)
{
    for (guint i = 0; i < n; i++) {
        const char *value = (const char *)box + f[i].at + 4;
        guint8 head[4] = {f[i].number, f[i].type};
        g_autofree char *name = g_strdup_printf("nfd-%u", i);

        if (f[i].type != N2_TYPE_TEXT)
            continue;
        g_autofree char *text =
            g_utf8_normalize(value, (gssize)(f[i].len - 4), G_NORMALIZE_NFD);
        gsize text_len = strlen(text);
        g_autoptr(GByteArray) field = g_byte_array_new();
        head[3] = (guint8)text_len;
        g_byte_array_append(field, head, 4);
        g_byte_array_append(field, (const guint8 *)text, (guint)text_len);
        g_autoptr(GByteArray) out = with(box, len, f[i].at, field->data, field->len, f[i].len);
        tell(user, name, out);
    }
}

static void other_forms(const guint8 *box, gsize len, form_cb tell, gpointer user);

/* A form of an inner box, put back into the outer one. */
typedef struct {
    const guint8 *box;
    gsize len;
    place field;
    guint index;
    form_cb tell;
    gpointer user;
} outer;

static void
tell_outer(gpointer user, const char *name, GByteArray *inner)
{
    const outer *o = user;
    guint8 head[4] = {o->field.number, N2_TYPE_BOX, (guint8)(inner->len >> 8),
                      (guint8)inner->len};
    g_autofree char *path = g_strdup_printf("%u/%s", o->index, name);
    g_autoptr(GByteArray) field = g_byte_array_new();

    g_byte_array_append(field, head, 4);
    g_byte_array_append(field, inner->data, inner->len);
    g_autoptr(GByteArray) out =
        with(o->box, o->len, o->field.at, field->data, field->len, o->field.len);
    o->tell(o->user, path, out);
}

static void
other_forms(const guint8 *box, gsize len, form_cb tell, gpointer user)
{
    place f[32];
    guint n = fields_of(box, len, f, G_N_ELEMENTS(f));

    other_orders(box, len, f, n, tell, user);
    other_fields(box, len, f, n, tell, user);
    other_lengths(box, len, f, n, tell, user);
    other_ends(box, len, tell, user);
    other_texts(box, len, f, n, tell, user);
    for (guint i = 0; i < n; i++) {
        outer o = {box, len, f[i], i, tell, user};
        if (f[i].type == N2_TYPE_BOX)
            other_forms(box + f[i].at + 4, f[i].len - 4, tell_outer, &o);
    }
}

typedef struct {
    verdicts *v;
    const char *name;
} named;

static void
tell_verdict(gpointer user, const char *name, GByteArray *bytes)
{
    const named *at = user;
    g_autofree char *path = g_strdup_printf("%s/%s", at->name, name);

    judge(at->v, path, bytes);
}

static GHashTable *
read_verdicts(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("N2_SOURCE"), "tests", "vectors", "boxes.txt", NULL);
    g_autofree char *text = NULL;
    GHashTable *lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) all = g_strsplit(text, "\n", -1);
    for (guint i = 0; all[i]; i++)
        g_hash_table_add(lines, g_strdup(all[i]));
    return lines;
}

static void
test_boxes(void)
{
    static const char intro[] =
        "# Boxes in good form, and in every other: what a reader must do with each.\n"
        "# Made and compared by tests/unit/test-forms.c; tests/vectors/check.py agrees.\n";
    const char *to = g_getenv("N2_VECTORS_WRITE");
    verdicts v = {0};

    if (to)
        v.text = g_string_new(intro);
    else
        v.want = read_verdicts();
    for (guint i = 0; i < n_goods; i++) {
        named at = {&v, goods[i].name};
        gsize len;
        const guint8 *bytes = g_bytes_get_data(goods[i].bytes, &len);
        g_autoptr(GByteArray) same = g_byte_array_new();
        g_byte_array_append(same, bytes, (guint)len);
        g_assert_true(is_taken(bytes, len));
        judge(&v, goods[i].name, same);
        other_forms(bytes, len, tell_verdict, &at);
    }
    g_assert_cmpuint(v.n, >, 1000);
    if (to) {
        g_assert_true(g_file_set_contents(to, v.text->str, -1, NULL));
        g_string_free(v.text, TRUE);
    } else {
        g_hash_table_unref(v.want);
    }
}

/* What is taken is written again from its fields: there is no second form, whatever bytes are
 * changed. */
static void
test_written_again(void)
{
    guint64 random = 36;
    guint taken = 0;

    for (guint round = 0; round < 200000; round++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(goods[round % n_goods].bytes, &len);
        g_autofree guint8 *changed = g_memdup2(bytes, len);
        g_autofree guint8 *again = g_malloc(len);
        n2_box box, made;
        n2_field f;

        for (guint k = 0; k < 1 + round % 3; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            changed[(random >> 33) % len] = (guint8)(random >> 24);
        }
        if (n2_box_check(&box, changed, len, N2_KIND_ANY, &unicode))
            continue;
        taken++;
        n2_box_writer w = n2_box_begin(again, len, (guint8)box.kind);
        for (size_t at = 0; n2_box_next(&box, &at, &f);)
            n2_box_put(&w, f.number, f.type, f.value, f.len);
        g_assert_cmpint(n2_box_end(&w, &made, &unicode), ==, N2_OK);
        g_assert_cmpmem(made.bytes, made.len, changed, len);
    }
    g_assert_cmpuint(taken, >, 1000);
}

/* ---- other things that could be written twice ---- */

static void
test_numbers(void)
{
    static const struct {
        const char *bytes;
        guint8 len;
    } rows[] = {{"\x80\x05", 2},
                {"\x80\x80\x05", 3},
                {"\x80\x00", 2},
                {"\x83\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10}, /* above 64 bits */
                {"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_reader r = n2_reader_init(rows[i].bytes, rows[i].len);
        (void)n2_read_varint(&r);
        g_assert_cmpint(r.err, ==, N2_ERR_FORMAT);
    }
}

static void
test_names(void)
{
    n2_id id = {.method = 1, .hash = {1, 2, 3}}, got;
    char text[N2_ID_TEXT_BYTES];

    n2_id_format(text, N2_ID_IDENTITY, &id);
    g_assert_cmpint(n2_id_parse(&got, N2_ID_IDENTITY, text, strlen(text)), ==, N2_OK);
    for (gsize i = 0; i < strlen(text); i++) { /* upper case, and each other letter there is */
        char was = text[i];
        for (int c = 1; c < 256; c++) {
            text[i] = (char)c;
            if (text[i] != was &&
                n2_id_parse(&got, N2_ID_IDENTITY, text, strlen(text)) == N2_OK) {
                char again[N2_ID_TEXT_BYTES];
                n2_id_format(again, N2_ID_IDENTITY, &got);
                g_assert_cmpstr(again, ==, text);
                g_assert_false(n2_id_equal(&got, &id));
            }
        }
        text[i] = was;
    }
}

static void
test_routes(void)
{
    guint8 bytes[N2_PATH_STORED_BYTES] = {0xb6, 0, 0, 0, 0, 0, 0, 0, 9};
    n2_route route;

    g_assert_cmpint(n2_route_read(&route, bytes), ==, N2_OK);
    bytes[8] = 6; /* a label beyond the count */
    g_assert_cmpint(n2_route_read(&route, bytes), ==, N2_ERR_FORMAT);
    bytes[8] = 59;
    g_assert_cmpint(n2_route_read(&route, bytes), ==, N2_ERR_FORMAT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    make_goods();
    g_test_add_func("/wire/attack-36-boxes", test_boxes);
    g_test_add_func("/wire/attack-36-written-again", test_written_again);
    g_test_add_func("/wire/attack-36-numbers", test_numbers);
    g_test_add_func("/wire/attack-36-names", test_names);
    g_test_add_func("/wire/attack-36-routes", test_routes);
    int status = g_test_run();
    for (guint i = 0; i < n_goods; i++)
        g_bytes_unref(goods[i].bytes);
    return status;
}
