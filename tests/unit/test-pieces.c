/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-pieces.c - what people paste, type or read from a code, and the keys that a new machine
 *                 asks another one to add.
 */
#include "identity-world.h"

#include "crypto/armor.h"
#include "crypto/container.h"
#include "crypto/pieces.h"

typedef struct {
    world w;
    GBytes *add;
    guint8 *out; /* N2_IDENTITY_BYTES_MAX */
    gsize n;
} desk;

static void
set_up(desk *d, gconstpointer data)
{
    (void)data;
    world_init(&d->w, 1);
    d->add = add_by(&d->w.born, &d->w.device[0], "", BY(&d->w.control[0], &d->w.device[0]));
    d->out = g_malloc(N2_IDENTITY_BYTES_MAX);
}

static void
tear_down(desk *d, gconstpointer data)
{
    (void)data;
    g_free(d->out);
    g_bytes_unref(d->add);
    world_clear(&d->w);
}

static char *
text_of(GBytes *statement, guint8 kind)
{
    gsize len;
    const void *bytes = g_bytes_get_data(statement, &len);
    char *text = g_malloc(n2_armor_chars(len));

    g_assert_cmpint(n2_armor_write(text, n2_armor_chars(len), kind, bytes, len), ==, N2_OK);
    return text;
}

static char *
qr_of(GBytes *statement)
{
    gsize len;
    const void *bytes = g_bytes_get_data(statement, &len);
    char *text = g_malloc(n2_qr_chars(len));

    g_assert_cmpint(n2_qr_write(text, n2_qr_chars(len), bytes, len), ==, N2_OK);
    return text;
}

static n2_err
paste(desk *d, const char *text)
{
    return n2_pieces_read(text, strlen(text), d->out, &d->n);
}

#define assert_pasted(d, text, ...)                                                            \
    G_STMT_START                                                                               \
    {                                                                                          \
        g_autoptr(GByteArray) want = g_byte_array_new();                                       \
        GBytes *parts[] = {__VA_ARGS__};                                                       \
        for (gsize i_ = 0; i_ < G_N_ELEMENTS(parts); i_++)                                     \
            g_byte_array_append(want, g_bytes_get_data(parts[i_], NULL),                       \
                                (guint)g_bytes_get_size(parts[i_]));                           \
        g_assert_cmpint(paste(d, text), ==, N2_OK);                                            \
        g_assert_cmpmem((d)->out, (d)->n, want->data, want->len);                              \
    }                                                                                          \
    G_STMT_END

static void
test_forms(desk *d, gconstpointer data)
{
    g_autofree char *birth = text_of(d->w.birth, N2_KIND_BIRTH);
    g_autofree char *add = text_of(d->add, N2_KIND_ADD);
    g_autofree char *qr = qr_of(d->add);
    g_autofree char *mail = g_strdup_printf("Dear Ann,\r\nhere it is:\n\n%s\n-- \nBob\n", add);
    g_autofree char *both = g_strdup_printf("%s\n%s", birth, add);
    g_autofree char *mixed = g_strdup_printf("  %s \r\nand\n%s", qr, birth);

    (void)data;
    assert_pasted(d, add, d->add);
    assert_pasted(d, qr, d->add);
    assert_pasted(d, mail, d->add);
    assert_pasted(d, both, d->w.birth, d->add);
    assert_pasted(d, mixed, d->add, d->w.birth);
    gsize len;
    const guint8 *bytes = g_bytes_get_data(d->add, &len);
    g_assert_cmpint(n2_pieces_read(bytes, len, d->out, &d->n), ==, N2_OK);
    g_assert_cmpmem(d->out, d->n, bytes, len);
}

static void
test_refused(desk *d, gconstpointer data)
{
    g_autofree char *add = text_of(d->add, N2_KIND_ADD);
    g_autofree char *qr = qr_of(d->add);
    g_autofree char *cut = g_strndup(add, strlen(add) - 30);
    g_autofree char *wrong = g_strdup(add);
    gsize len;
    const guint8 *bytes = g_bytes_get_data(d->add, &len);
    g_autofree guint8 *longer = g_malloc0(len + 1);

    (void)data;
    g_assert_cmpint(paste(d, ""), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(paste(d, "folk back stand"), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(paste(d, "text N2:AAAA"), ==, N2_ERR_NOTFOUND); /* not on its own line */
    g_assert_cmpint(paste(d, cut), ==, N2_ERR_TRUNCATED);
    g_assert_cmpint(d->n, ==, 0);
    wrong[40] = '!';
    g_assert_cmpint(paste(d, wrong), ==, N2_ERR_FORMAT);
    qr[20] = qr[20] == 'A' ? 'B' : 'A';
    g_assert_cmpint(paste(d, qr), ==, N2_ERR_CORRUPT);
    /* The code of a recovery sheet is no box. */
    g_assert_cmpint(paste(d, "N2:ABQWEY3EMVTGO2DJNJVWY3LON5YG7SFQLI"), ==, N2_ERR_FORMAT);
    memcpy(longer, bytes, len);
    g_assert_cmpint(n2_pieces_read(longer, len + 1, d->out, &d->n), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_pieces_read(longer, len - 1, d->out, &d->n), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(d->n, ==, 0);
}

/* Many pieces, more together than one identity may have. */
static void
test_limit(desk *d, gconstpointer data)
{
    g_autofree char *add = text_of(d->add, N2_KIND_ADD);
    g_autoptr(GString) all = g_string_new(NULL);

    (void)data;
    for (gsize n = 0; n <= N2_IDENTITY_BYTES_MAX; n += g_bytes_get_size(d->add))
        g_string_append(all, add);
    g_assert_cmpint(paste(d, all->str), ==, N2_ERR_LIMIT);
    g_string_truncate(all, all->len - strlen(add));
    g_assert_cmpint(paste(d, all->str), ==, N2_OK);
}

/* ---- keys that are asked for ---- */

static void
test_keys(desk *d, gconstpointer data)
{
    const n2_asked_key asked[] = {
        {.key = d->w.device[0].key,
         .rights = N2_RIGHT_DEVICE | N2_RIGHT_PUBLISH | N2_RIGHT_SESSION,
         .label = "laptop"},
        {.key = {.method = N2_KEY_X25519, .bytes = {9}},
         .rights = N2_RIGHT_OPEN,
         .label = "laptop"},
    };
    n2_asked_key back[N2_PIECES_KEYS_MAX], five[5];
    guint8 bytes[2048];
    char text[4096];
    gsize len, n;
    guint8 kind;

    (void)data;
    g_assert_cmpint(n2_pieces_write_keys(bytes, sizeof bytes, asked, 2, now, &len), ==, N2_OK);
    g_assert_cmpint(n2_armor_write(text, sizeof text, N2_KIND_KEY, bytes, len), ==, N2_OK);
    g_assert_true(g_str_has_prefix(text, "-----BEGIN NET2O KEY-----\nbjIe"));
    g_assert_cmpint(n2_armor_read(text, strlen(text), d->out, 1024, &n, &kind), ==, N2_OK);
    g_assert_cmpint(kind, ==, N2_KIND_KEY);
    g_assert_cmpint(paste(d, text), ==, N2_OK);
    g_assert_cmpmem(d->out, d->n, bytes, len);
    g_assert_cmpint(n2_pieces_read_keys(d->out, d->n, back, &n, NULL), ==, N2_OK);
    g_assert_cmpint(n, ==, 2);
    for (gsize i = 0; i < n; i++) {
        g_assert_true(n2_key_equal(&back[i].key, &asked[i].key));
        g_assert_cmpint(back[i].rights, ==, asked[i].rights);
        g_assert_cmpstr(back[i].label, ==, "laptop");
    }
    for (gsize i = 0; i < 5; i++)
        five[i] = asked[0];
    g_assert_cmpint(n2_pieces_write_keys(bytes, sizeof bytes, five, 5, now, &len), ==,
                    N2_ERR_LIMIT);
    g_assert_cmpint(n2_pieces_write_keys(bytes, sizeof bytes, five, 4, now, &len), ==, N2_OK);
    g_assert_cmpint(n2_pieces_read_keys(bytes, len, back, &n, NULL), ==, N2_OK);
    g_autofree guint8 *twice = g_malloc(2 * len);
    memcpy(twice, bytes, len);
    memcpy(twice + len, bytes, len);
    g_assert_cmpint(n2_pieces_read_keys(twice, 2 * len, back, &n, NULL), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_pieces_read_keys(bytes, len - 1, back, &n, NULL), ==, N2_ERR_FORMAT);
    g_assert_cmpint(n2_pieces_read_keys(bytes, 0, back, &n, NULL), ==, N2_ERR_FORMAT);
    gsize add_len;
    const guint8 *add = g_bytes_get_data(d->add, &add_len);
    g_assert_cmpint(n2_pieces_read_keys(add, add_len, back, &n, NULL), ==, N2_ERR_FORMAT);
    /* A statement is no key, whatever its first line says. */
    g_autofree char *lie = text_of(d->add, N2_KIND_KEY);
    g_assert_cmpint(paste(d, lie), ==, N2_ERR_FORMAT);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(desk *d, gconstpointer data);
    } tests[] = {
        {"/pieces/forms", test_forms},
        {"/pieces/refused", test_refused},
        {"/pieces/limit", test_limit},
        {"/pieces/keys", test_keys},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, desk, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
