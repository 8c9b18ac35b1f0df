/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-armor.c - statements as text and as QR text, containers, and the words of the sheet: one
 *                text for one thing, and every other text refused.
 */
#include "identity-world.h"

#include "crypto/armor.h"
#include "crypto/container.h"
#include "crypto/words.h"

enum {
    TEXT = 8192
};

static void
test_lines(void)
{
    guint8 bytes[512], back[512];
    char text[TEXT];
    gsize n;
    guint8 kind;
    world w;

    world_init(&w, 1);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    gsize len;
    const guint8 *statement = g_bytes_get_data(add, &len);
    g_assert_cmpint(n2_armor_write(text, n2_armor_chars(len), N2_KIND_ADD, statement, len), ==,
                    N2_OK);
    g_assert_true(g_str_has_prefix(text, "-----BEGIN NET2O ADD-----\nbjIBAQ"));
    g_assert_true(g_str_has_suffix(text, "\n-----END NET2O ADD-----\n"));
    g_assert_cmpint(n2_armor_read(text, strlen(text), back, sizeof back, &n, &kind), ==, N2_OK);
    g_assert_cmpint(kind, ==, N2_KIND_ADD);
    g_assert_cmpmem(back, n, statement, len);
    g_assert_cmpint(n2_armor_write(text, strlen(text), N2_KIND_ADD, statement, len), ==,
                    N2_ERR_NOSPACE);
    g_assert_cmpint(n2_armor_write(text, TEXT, 99, statement, len), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_armor_write(text, TEXT, N2_KIND_ADD, statement, 0), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_armor_write(text, TEXT, N2_KIND_ADD, statement, 256 * 1024 + 1), ==,
                    N2_ERR_LIMIT);
    /* every length, each line but the last of 64 characters, as GLib has it */
    for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8)(i * 37);
    for (gsize i = 1; i < 200; i++) {
        g_autofree char *glib = g_base64_encode(bytes, i);
        g_auto(GStrv) lines = NULL;
        g_autoptr(GString) joined = g_string_new(NULL);
        g_assert_cmpint(n2_armor_write(text, n2_armor_chars(i), N2_ARMOR_CONTAINER, bytes, i),
                        ==, N2_OK);
        lines = g_strsplit(text, "\n", -1);
        guint n_lines = g_strv_length(lines);
        for (guint k = 1; k + 2 < n_lines; k++) {
            g_assert_true(strlen(lines[k]) == 64 || (k + 3 == n_lines && *lines[k]));
            g_string_append(joined, lines[k]);
        }
        g_assert_cmpstr(joined->str, ==, glib);
    }
    world_clear(&w);
}

/* The text of a statement with something else in its place. */
typedef struct {
    const char *name, *from, *to;
    n2_err want;
} text_row;

static const text_row texts[] = {
    {"same", "ADD", "ADD", N2_OK},
    {"crlf", "\n", "\r\n", N2_OK},
    {"blanks-behind", "\n", " \t\n", N2_OK},
    {"empty-lines", "\n", "\n\n", N2_OK},
    {"one-line", "AAA", "AAA\n", N2_OK},
    {"no-first", "-----BEGIN", "----BEGIN", N2_ERR_NOTFOUND},
    {"before-first", "-----BEGIN", "x\n-----BEGIN", N2_ERR_NOTFOUND},
    {"blank-first", "-----BEGIN", " -----BEGIN", N2_ERR_NOTFOUND},
    {"small-first", "BEGIN NET2O", "begin net2o", N2_ERR_NOTFOUND},
    {"other-first", "BEGIN NET2O", "BEGIN PGP", N2_ERR_NOTFOUND},
    {"no-last", "-----END", "", N2_ERR_FORMAT},
    {"cut-last", "-----END NET2O ADD-----\n", "", N2_ERR_TRUNCATED},
    {"behind-last", "END NET2O ADD-----\n", "END NET2O ADD-----\nx", N2_ERR_TRAILING},
    {"twice", "-----END NET2O ADD-----\n", "-----BEGIN NET2O ADD-----\n", N2_ERR_FORMAT},
    {"last-another", "END NET2O ADD", "END NET2O REMOVE", N2_ERR_FORMAT},
    {"both-another", "NET2O ADD", "NET2O REMOVE", N2_ERR_FORMAT},
    {"both-container", "NET2O ADD", "NET2O IDENTITY", N2_OK},
    {"both-small", "NET2O ADD", "NET2O add", N2_ERR_FORMAT},
    {"word-empty", "NET2O ADD", "NET2O ", N2_ERR_NOTFOUND},
    {"word-long", "NET2O ADD", "NET2O AAAAAAAAAAAAAAAAAAAAAAAA", N2_ERR_NOTFOUND},
    {"other-character", "bjIB", "bj*B", N2_ERR_FORMAT},
    {"url-character", "bjIB", "bj_B", N2_ERR_FORMAT},
    {"blank-inside", "bjIB", "bj IB", N2_ERR_FORMAT},
    {"padding-inside", "bjIB", "bjI=", N2_ERR_FORMAT},
    {"padding-first", "bjIB", "====", N2_ERR_FORMAT},
    {"one-less", "bjIB", "bjI", N2_ERR_FORMAT},
    {"group-more", "\n-----END", "AAAA\n-----END", N2_ERR_FORMAT},
    {"body-another", "bjIB", "bjIC", N2_ERR_FORMAT},
};

static void
test_text(gconstpointer data)
{
    const text_row *row = data;
    char text[TEXT];
    guint8 back[TEXT], kind;
    gsize len, n;
    world w;

    world_init(&w, 1);
    g_autoptr(GBytes) add = add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0]));
    const guint8 *statement = g_bytes_get_data(add, &len);
    g_assert_cmpint(n2_armor_write(text, sizeof text, N2_KIND_ADD, statement, len), ==, N2_OK);
    g_auto(GStrv) parts = g_strsplit(text, row->from, -1);
    g_assert_cmpuint(g_strv_length(parts), >, 1);
    g_autofree char *changed = g_strjoinv(row->to, parts);
    g_autofree char *exact = g_memdup2(changed, strlen(changed));
    g_assert_cmpstr(
        n2_err_name(n2_armor_read(exact, strlen(changed), back, sizeof back, &n, &kind)), ==,
        n2_err_name(row->want));
    if (row->want)
        g_assert_cmpuint(n, ==, 0);
    else
        g_assert_cmpmem(back, n, statement, len);
    g_assert_cmpint(n2_armor_read(text, strlen(text), back, len - 1, &n, &kind), ==,
                    N2_ERR_NOSPACE);
    for (gsize cut = 0; cut + 1 < strlen(text); cut++)
        g_assert_cmpint(n2_armor_read(text, cut, back, sizeof back, &n, &kind), !=, N2_OK);
    world_clear(&w);
}

/* Of two texts that differ in spare bits only one is one. */
static void
test_spare(void)
{
    static const char *const good[] = {"-----BEGIN NET2O X-----\nAA==\n-----END NET2O X-----",
                                       "-----BEGIN NET2O X-----\nAAA=\n-----END NET2O X-----"};
    static const char *const bad[] = {"-----BEGIN NET2O X-----\nAB==\n-----END NET2O X-----",
                                      "-----BEGIN NET2O X-----\nAAB=\n-----END NET2O X-----"};
    guint8 back[8] = {9}, kind;
    gsize n;

    for (guint i = 0; i < 2; i++) { /* both are no statement; the one got as far as that */
        g_assert_cmpint(n2_armor_read(good[i], strlen(good[i]), back, 8, &n, &kind), ==,
                        N2_ERR_FORMAT);
        g_assert_cmpint(back[0], ==, 0);
        back[0] = 9;
        g_assert_cmpint(n2_armor_read(bad[i], strlen(bad[i]), back, 8, &n, &kind), ==,
                        N2_ERR_FORMAT);
        g_assert_cmpint(back[0], ==, 9);
    }
}

/* ---- containers ---- */

static void
test_container(void)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    const guint8 *one;
    gsize at = 0, one_len, n;
    person p;

    person_init(&p);
    g_byte_array_append(all, p.birth, (guint)p.birth_len);
    g_byte_array_append(all, p.add, (guint)p.add_len);
    g_assert_cmpint(n2_container_check(all->data, all->len, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_true(n2_container_next(all->data, all->len, &at, &one, &one_len));
    g_assert_cmpmem(one, one_len, p.birth, p.birth_len);
    g_assert_cmpint(n2_statement_kind(one, one_len), ==, N2_KIND_BIRTH);
    g_assert_true(n2_container_next(all->data, all->len, &at, &one, &one_len));
    g_assert_cmpmem(one, one_len, p.add, p.add_len);
    g_assert_false(n2_container_next(all->data, all->len, &at, &one, &one_len));
    g_assert_null(one);
    for (gsize len = 0; len < all->len; len++) {
        g_autofree guint8 *cut = g_memdup2(all->data, len);
        g_assert_cmpint(n2_container_check(cut, len, &n), ==,
                        len == p.birth_len ? N2_OK : N2_ERR_TRUNCATED);
    }
    all->data[2] = N2_KIND_ADD; /* a box that is no statement */
    g_assert_cmpint(n2_container_check(all->data, all->len, &n), ==, N2_ERR_FORMAT);
    all->data[2] = 1;
    all->data[4] = 0xff; /* longer than all */
    g_assert_cmpint(n2_container_check(all->data, all->len, &n), ==, N2_ERR_TRUNCATED);
    /* empty boxes, as many as fit */
    const guint8 empty[] = {'n', '2', 1, 1, 0, 0, 0, 0};
    g_autofree guint8 *many = g_malloc(256 * 1024 + 8);
    for (guint i = 0; i <= 256 * 1024 / 8; i++)
        memcpy(many + 8 * i, empty, 8);
    g_assert_cmpint(n2_container_check(many, 8 * N2_CONTAINER_STATEMENTS_MAX, &n), ==, N2_OK);
    g_assert_cmpuint(n, ==, N2_CONTAINER_STATEMENTS_MAX);
    g_assert_cmpint(n2_container_check(many, 8 * N2_CONTAINER_STATEMENTS_MAX + 8, &n), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpint(n2_container_check(many, 256 * 1024 + 8, &n), ==, N2_ERR_LIMIT);
}

/* ---- QR ---- */

static void
test_qr(void)
{
    g_autofree guint8 *bytes = g_malloc0(N2_QR_BYTES_MAX + 1);
    guint8 back[N2_QR_BYTES_MAX];
    char text[N2_QR_CHARS_MAX + 1];
    gsize n;

    for (gsize i = 0; i < N2_QR_BYTES_MAX; i++)
        bytes[i] = (guint8)(i * 91 + 5);
    for (gsize len = 1; len <= N2_QR_BYTES_MAX; len += len < 70 ? 1 : 613) {
        g_assert_cmpint(n2_qr_write(text, n2_qr_chars(len), bytes, len), ==, N2_OK);
        g_assert_cmpuint(strlen(text) + 1, ==, n2_qr_chars(len));
        g_assert_cmpint(n2_qr_read(text, strlen(text), back, sizeof back, &n), ==, N2_OK);
        g_assert_cmpmem(back, n, bytes, len);
        g_assert_cmpint(n2_qr_read(text, strlen(text), back, len - 1, &n), ==, N2_ERR_NOSPACE);
        g_assert_cmpint(n2_qr_write(text, n2_qr_chars(len) - 1, bytes, len), ==,
                        N2_ERR_NOSPACE);
    }
    g_assert_cmpuint(n2_qr_chars(N2_QR_BYTES_MAX), <=, N2_QR_CHARS_MAX + 1);
    g_assert_cmpint(n2_qr_write(text, sizeof text, bytes, N2_QR_BYTES_MAX + 1), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpint(n2_qr_write(text, sizeof text, bytes, 0), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_qr_read(text, N2_QR_CHARS_MAX + 1, back, sizeof back, &n), ==,
                    N2_ERR_LIMIT);

    /* any other character in any place is seen; small letters are none of it */
    g_assert_cmpint(n2_qr_write(text, sizeof text, bytes, 21), ==, N2_OK);
    gsize chars = strlen(text);
    for (gsize i = 0; i < chars; i++)
        for (const char *c = "ABN2Z7a1:-= "; *c; c++) {
            char was = text[i];
            if (*c == was)
                continue;
            text[i] = *c;
            g_assert_cmpint(n2_qr_read(text, chars, back, sizeof back, &n), !=, N2_OK);
            g_assert_cmpuint(n, ==, 0);
            text[i] = was;
        }
    for (gsize len = 0; len < chars; len++)
        g_assert_cmpint(n2_qr_read(text, len, back, sizeof back, &n), !=, N2_OK);
    text[chars] = 'A';
    g_assert_cmpint(n2_qr_read(text, chars + 1, back, sizeof back, &n), ==, N2_ERR_FORMAT);
}

/* ---- words ---- */

static void
test_words(void)
{
    for (gsize i = 0; i < N2_WORDS; i++) {
        const char *word = n2_sheet_word(i);
        gsize len = strlen(word);
        g_assert_cmpuint(len, >=, 3);
        g_assert_cmpuint(len, <=, N2_WORD_CHARS_MAX);
        for (gsize k = 0; k < len; k++)
            g_assert_true(g_ascii_islower(word[k]));
        if (i) {
            g_assert_cmpstr(n2_sheet_word(i - 1), <, word);
            g_assert_cmpint(strncmp(n2_sheet_word(i - 1), word, 4), !=, 0);
        }
        g_assert_cmpint(n2_sheet_word_find(word, len), ==, (int)i);
        g_assert_cmpint(n2_sheet_word_find(word, MIN(len, 4)), ==,
                        (int)i); /* four are enough */
        g_autofree char *capitals = g_ascii_strup(word, -1);
        g_assert_cmpint(n2_sheet_word_find(capitals, len), ==, (int)i);
        g_autofree char *more = g_strconcat(word, "x", NULL);
        g_assert_cmpint(n2_sheet_word_find(more, len + 1), ==, -1);
    }
    g_assert_cmpint(n2_sheet_word_find("", 0), ==, -1);
    g_assert_cmpint(n2_sheet_word_find("a", 1), ==, -1);
    g_assert_cmpint(n2_sheet_word_find("zzzz", 4), ==, -1);
    g_assert_cmpint(n2_sheet_word_find("zo", 2), ==, -1); /* zone, zoom */
}

static const guint8 sheet_seed[N2_SHEET_SEED_BYTES] = {1, 2, 3, 250, 251};

/* Ways to type a sheet: what is between and behind is for people. */
static char *
typed(guint how)
{
    char text[N2_SHEET_TEXT_BYTES];
    g_autoptr(GString) out = g_string_new(NULL);

    n2_sheet_words(sheet_seed, text);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_assert_cmpuint(g_strv_length(words), ==, N2_SHEET_WORDS);
    for (guint i = 0; i < N2_SHEET_WORDS; i++) {
        g_autofree char *capitals = g_ascii_strup(words[i], -1);
        switch (how) {
        case 0:
            g_string_append_printf(out, "%s%s", i ? " " : "", words[i]);
            break;
        case 1:
            g_string_append_printf(out, "  %s\t\n", capitals);
            break;
        case 2:
            g_string_append_printf(out, "%u. %.4s\r\n", i + 1, words[i]);
            break;
        default:
            g_string_append_printf(out, "%s-", words[i]);
        }
    }
    return g_strdup(out->str);
}

static void
test_sheet(void)
{
    guint8 seed[N2_SHEET_SEED_BYTES], bytes[N2_SHEET_QR_BYTES];
    gsize word;

    for (guint how = 0; how < 4; how++) {
        g_autofree char *text = typed(how);
        g_autofree char *exact = g_memdup2(text, strlen(text));
        g_assert_cmpint(n2_sheet_parse(seed, exact, strlen(text), NULL), ==, N2_OK);
        g_assert_cmpmem(seed, sizeof seed, sheet_seed, sizeof sheet_seed);
    }
    g_autofree char *text = typed(0);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    /* a word that is on the list, in the place of another: 15 bits tell, mostly */
    guint n_missed = 0;
    for (guint i = 0; i < N2_SHEET_WORDS; i++)
        for (gsize k = 0; k < N2_WORDS; k += 5) {
            char *was = words[i];
            words[i] = (char *)n2_sheet_word(k);
            g_autofree char *other = g_strjoinv(" ", words);
            n2_err err = n2_sheet_parse(seed, other, strlen(other), NULL);
            g_assert_true(err == N2_OK || err == N2_ERR_CORRUPT);
            n_missed += !err && strcmp(was, words[i]) != 0;
            words[i] = was;
        }
    g_assert_cmpuint(n_missed, <, 4);                /* 5,330 of 32,768 */
    for (guint i = 0; i + 1 < N2_SHEET_WORDS; i++) { /* two that changed places */
        char *was = words[i];
        if (!strcmp(words[i], words[i + 1]))
            continue;
        words[i] = words[i + 1];
        words[i + 1] = was;
        g_autofree char *other = g_strjoinv(" ", words);
        g_assert_cmpint(n2_sheet_parse(seed, other, strlen(other), NULL), ==, N2_ERR_CORRUPT);
        g_assert_cmpint(seed[0] | seed[3], ==, 0);
        words[i + 1] = words[i];
        words[i] = was;
    }
    /* each error, and which word it was */
    char *was = words[7];
    words[7] = (char *)"qqq";
    g_autofree char *wrong = g_strjoinv(" ", words);
    g_assert_cmpint(n2_sheet_parse(seed, wrong, strlen(wrong), &word), ==, N2_ERR_NOTFOUND);
    g_assert_cmpuint(word, ==, 7);
    words[7] = NULL;
    g_autofree char *fewer = g_strjoinv(" ", words);
    words[7] = was;
    g_assert_cmpint(n2_sheet_parse(seed, fewer, strlen(fewer), &word), ==, N2_ERR_TRUNCATED);
    g_assert_cmpuint(word, ==, 7);
    g_autofree char *more = g_strconcat(text, " zone", NULL);
    g_assert_cmpint(n2_sheet_parse(seed, more, strlen(more), &word), ==, N2_ERR_TRAILING);
    g_assert_cmpint(n2_sheet_parse(seed, "", 0, &word), ==, N2_ERR_TRUNCATED);
    g_assert_cmpuint(word, ==, 0);
    g_autofree char *blanks = g_strnfill(N2_SHEET_TYPED_BYTES_MAX + 1, ' ');
    g_assert_cmpint(n2_sheet_parse(seed, blanks, N2_SHEET_TYPED_BYTES_MAX + 1, NULL), ==,
                    N2_ERR_LIMIT);
    /* as a QR code it is no statement, and a statement is no sheet */
    n2_sheet_qr(sheet_seed, bytes);
    g_assert_cmpint(n2_sheet_of_qr(seed, bytes, sizeof bytes), ==, N2_OK);
    g_assert_cmpmem(seed, sizeof seed, sheet_seed, sizeof sheet_seed);
    g_assert_cmpint(n2_sheet_of_qr(seed, bytes, sizeof bytes - 1), ==, N2_ERR_FORMAT);
    bytes[0] = 'n';
    g_assert_cmpint(n2_sheet_of_qr(seed, bytes, sizeof bytes), ==, N2_ERR_FORMAT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crypto/armor/lines", test_lines);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = g_strconcat("/crypto/armor/text/", texts[i].name, NULL);
        g_test_add_data_func(path, &texts[i], test_text);
    }
    g_test_add_func("/crypto/armor/attack-36-spare-bits", test_spare);
    g_test_add_func("/crypto/container", test_container);
    g_test_add_func("/crypto/qr", test_qr);
    g_test_add_func("/crypto/words/list", test_words);
    g_test_add_func("/crypto/words/sheet", test_sheet);
    return g_test_run();
}
