/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-keyring-file.c - key files that open and are wrong inside: each field in turn, too many
 *                       of each; and a disk or memory that fails at every single call.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/sealed.h"
#include "disk-mem.h"
#include "fail-malloc.h"
#include "keys/keyring.h"
#include "keys/request.h"
#include "wire/box.h"

static const gint64 WALL_US = G_GINT64_CONSTANT(1800000000000000);

enum {
    OWN = 128, /* in secrets */
    OWN_WHO = 1,
    OWN_LABEL = 2,
    OWN_SERIAL = 3,
    OWN_SHEET = 4,
    OWN_STATEMENTS = 128,
    OWN_KEYS = 129,
    KEY_RIGHTS = 2,
    KEY_BYTES = 3,
    KEY_SERIAL = 4,
    KEY_UNTIL = 5
};

static void
random_cb(void *user, void *buf, size_t len)
{
    guint64 *x = user;

    for (gsize i = 0; i < len; i++) {
        *x = *x * 6364136223846793005u + 1442695040888963407u;
        ((guint8 *)buf)[i] = (guint8)(*x >> 33);
    }
}

static guint64 seed = 1;
static const n2_env env = {&seed, random_cb};

/* ---- boxes as lists of fields ---- */

typedef struct {
    guint8 number, type;
    GByteArray *value; /* (owned) */
} field;

static void
free_field(gpointer data)
{
    field *f = data;

    g_byte_array_unref(f->value);
    g_free(f);
}

static void
add_field(GPtrArray *fields, guint8 number, guint8 type, const void *value, gsize len)
{
    field *f = g_new0(field, 1);

    *f = (field){number, type, g_byte_array_new()};
    if (len)
        g_byte_array_append(f->value, value, (guint)len);
    g_ptr_array_add(fields, f);
}

static GPtrArray *
take_apart(const guint8 *bytes, gsize len, guint8 kind)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(free_field);
    n2_box box;
    n2_field f;

    g_assert_cmpint(n2_box_check(&box, bytes, len, kind, NULL), ==, N2_OK);
    for (size_t at = 0; n2_box_next(&box, &at, &f);)
        add_field(fields, f.number, f.type, f.value, f.len);
    return fields;
}

/* In any order and form: what comes of it need not be a good box. */
static GByteArray *
put_together(const GPtrArray *fields, guint8 kind)
{
    GByteArray *out = g_byte_array_new();
    const guint8 head[8] = {'n', '2', kind, 1};

    g_byte_array_append(out, head, sizeof head);
    for (guint i = 0; i < fields->len; i++) {
        const field *f = fields->pdata[i];
        const guint8 field_head[4] = {f->number, f->type, (guint8)(f->value->len >> 8),
                                      (guint8)f->value->len};
        g_byte_array_append(out, field_head, 4);
        g_byte_array_append(out, f->value->data, f->value->len);
    }
    guint32 be = GUINT32_TO_BE(out->len - 8);
    memcpy(out->data + 4, &be, 4);
    return out;
}

/* The @n-th field with @number, from 0. */
static field *
find(const GPtrArray *fields, guint8 number, guint n)
{
    for (guint i = 0; i < fields->len; i++) {
        field *f = fields->pdata[i];
        if (f->number == number && !n--)
            return f;
    }
    return NULL;
}

static void
set_int(field *f, gint64 value)
{
    gint64 be = GINT64_TO_BE(value);

    g_byte_array_set_size(f->value, 0);
    g_byte_array_append(f->value, (const guint8 *)&be, 8);
}

/* ---- a keyring with one identity and one connection key, opened ---- */

typedef struct {
    disk_mem *disk;
    n2_sealer sealer;
    GPtrArray *all, *own; /* of the file: secrets, and the identity in it */
} fixture;

static n2_err
answer_to(n2_keyring *ring, const n2_keys_request *request, n2_keys_answer *answer)
{
    static guint8 message[N2_KEYRING_MESSAGE_BYTES_MAX], bytes[N2_KEYRING_MESSAGE_BYTES_MAX];
    gsize len;

    g_assert_cmpint(n2_keys_request_write(request, message, sizeof message, &len), ==, N2_OK);
    g_assert_cmpint(n2_keyring_answer(ring, message, len, WALL_US, bytes, sizeof bytes, &len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keys_answer_read(answer, bytes, len), ==, N2_OK);
    return answer->err;
}

static void
fixture_init(fixture *f)
{
    n2_keys_request q = {.id = 1, .kind = N2_KEYS_NEW, .label = "me"};
    guint8 *file, plain[N2_SEALED_PLAIN_BYTES_MAX];
    n2_keys_answer answer;
    n2_keyring *ring;
    gsize len, plain_len;

    f->disk = disk_mem_new();
    g_assert_cmpint(n2_keyring_open(&ring, &f->disk->disk, &env, "", NULL), ==, N2_OK);
    g_assert_cmpint(answer_to(ring, &q, &answer), ==, N2_OK);
    q = (n2_keys_request){.id = 2, .kind = N2_KEYS_NODE_KEY, .who = answer.who, .suite = 1};
    g_assert_cmpint(answer_to(ring, &q, &answer), ==, N2_OK);
    n2_keyring_free(ring);

    g_assert_cmpint(n2_disk_read_file(&f->disk->disk, N2_KEYRING_FILE, 1 << 20, &file, &len),
                    ==, N2_OK);
    g_assert_cmpint(n2_sealer_of_file(&f->sealer, file, len, "", 0), ==, N2_OK);
    g_assert_cmpint(n2_sealer_open(&f->sealer, file, len, plain, sizeof plain, &plain_len), ==,
                    N2_OK);
    free(file);
    f->all = take_apart(plain, plain_len, N2_KIND_SECRETS);
    g_assert_cmpuint(f->all->len, ==, 1);
    const field *own = f->all->pdata[0];
    f->own = take_apart(own->value->data, own->value->len, N2_KIND_OWN);
}

static void
fixture_clear(fixture *f)
{
    g_ptr_array_unref(f->all);
    g_ptr_array_unref(f->own);
    disk_mem_free(f->disk);
}

/* Writes @plain as the key file, sealed as it should be, and opens it. */
static n2_err
open_sealed(fixture *f, const GByteArray *plain)
{
    g_autofree guint8 *file = g_malloc(plain->len + N2_SEALED_OVERHEAD_BYTES);
    n2_keyring *ring = NULL;
    n2_box box;

    g_assert_cmpint(n2_sealer_seal(&f->sealer, &env, plain->data, plain->len, file,
                                   plain->len + N2_SEALED_OVERHEAD_BYTES, &box),
                    ==, N2_OK);
    g_assert_cmpint(n2_disk_replace_file(&f->disk->disk, N2_KEYRING_FILE, box.bytes, box.len),
                    ==, N2_OK);
    n2_err err = n2_keyring_open(&ring, &f->disk->disk, &env, "", NULL);
    g_assert_true(!err == (ring != NULL));
    n2_keyring_free(ring);
    return err;
}

static n2_err
open_again(fixture *f)
{
    field *own = f->all->pdata[0];
    g_autoptr(GByteArray) plain = NULL;

    g_byte_array_unref(own->value);
    own->value = put_together(f->own, N2_KIND_OWN);
    plain = put_together(f->all, N2_KIND_SECRETS);
    return open_sealed(f, plain);
}

/* Changes field @number of the @n-th key of the identity. */
typedef enum {
    KEEP,
    INT,   /* to the row's value */
    FLIP,  /* a bit */
    CUT,   /* the last byte */
    EMPTY, /* all of it */
    LONG,  /* 64 bytes more */
    GONE,  /* the field */
    TWICE
} change;

typedef struct {
    const char *name;
    guint8 number, n; /* field of the identity */
    guint8 inner;     /* field of the key in it, 0: the field itself */
    change change;
    gint64 value;
    n2_err want;
} row;

/* Keys: 0 control, 1 device, 2 connection.  Statements: 0 birth, 1 add. */
static const row rows[] = {
    {"as-it-was", OWN_WHO, 0, 0, KEEP, 0, N2_OK},
    {"who-another", OWN_WHO, 0, 0, FLIP, 0, N2_ERR_CORRUPT},
    {"who-absent", OWN_WHO, 0, 0, GONE, 0, N2_ERR_CORRUPT},
    {"label-empty", OWN_LABEL, 0, 0, EMPTY, 0, N2_ERR_CORRUPT},
    {"label-long", OWN_LABEL, 0, 0, LONG, 0, N2_ERR_CORRUPT},
    {"control-long-secret", OWN_KEYS, 0, KEY_BYTES, LONG, 0, N2_ERR_CORRUPT},
    {"serial-negative", OWN_SERIAL, 0, 0, INT, -1, N2_ERR_CORRUPT},
    {"serial-large", OWN_SERIAL, 0, 0, INT, INT64_C(1) << 32, N2_ERR_CORRUPT},
    {"serial-below-the-last", OWN_SERIAL, 0, 0, INT, 0, N2_ERR_CORRUPT},
    {"sheet-cut", OWN_SHEET, 0, 0, CUT, 0, N2_ERR_CORRUPT},
    {"sheet-absent", OWN_SHEET, 0, 0, GONE, 0, N2_OK},
    {"birth-broken", OWN_STATEMENTS, 0, 0, FLIP, 0, N2_ERR_CORRUPT},
    {"birth-absent", OWN_STATEMENTS, 0, 0, GONE, 0, N2_ERR_CORRUPT},
    {"add-broken", OWN_STATEMENTS, 1, 0, FLIP, 0, N2_ERR_CORRUPT},
    {"add-twice", OWN_STATEMENTS, 1, 0, TWICE, 0, N2_OK},
    {"control-absent", OWN_KEYS, 0, 0, GONE, 0, N2_ERR_CORRUPT},
    {"control-twice", OWN_KEYS, 0, 0, TWICE, 0, N2_ERR_CORRUPT},
    {"control-another-secret", OWN_KEYS, 0, KEY_BYTES, FLIP, 0, N2_ERR_CORRUPT},
    {"control-short-secret", OWN_KEYS, 0, KEY_BYTES, CUT, 0, N2_ERR_CORRUPT},
    {"control-no-secret", OWN_KEYS, 0, KEY_BYTES, EMPTY, 0, N2_ERR_CORRUPT},
    {"control-other-rights", OWN_KEYS, 0, KEY_RIGHTS, INT, 2, N2_ERR_CORRUPT},
    {"control-as-connection", OWN_KEYS, 0, KEY_RIGHTS, INT, 0, N2_ERR_CORRUPT},
    {"device-absent", OWN_KEYS, 1, 0, GONE, 0, N2_ERR_CORRUPT},
    {"device-another-secret", OWN_KEYS, 1, KEY_BYTES, FLIP, 0, N2_ERR_CORRUPT},
    {"device-as-connection", OWN_KEYS, 1, KEY_RIGHTS, INT, 0, N2_ERR_CORRUPT},
    {"connection-absent", OWN_KEYS, 2, 0, GONE, 0, N2_OK},
    {"connection-as-control", OWN_KEYS, 2, KEY_RIGHTS, INT, 1, N2_ERR_CORRUPT},
    {"connection-another-secret", OWN_KEYS, 2, KEY_BYTES, FLIP, 0, N2_ERR_CORRUPT},
    {"connection-short-secret", OWN_KEYS, 2, KEY_BYTES, CUT, 0, N2_ERR_CORRUPT},
    {"connection-serial-0", OWN_KEYS, 2, KEY_SERIAL, INT, 0, N2_ERR_CORRUPT},
    {"connection-serial-above", OWN_KEYS, 2, KEY_SERIAL, INT, UINT32_MAX, N2_ERR_CORRUPT},
    {"connection-serial-absent", OWN_KEYS, 2, KEY_SERIAL, GONE, 0, N2_ERR_CORRUPT},
    {"connection-end-negative", OWN_KEYS, 2, KEY_UNTIL, INT, -1000000, N2_ERR_CORRUPT},
    {"connection-end-large", OWN_KEYS, 2, KEY_UNTIL, INT, INT64_MAX, N2_ERR_CORRUPT},
};

static void
apply(GPtrArray *fields, field *f, const row *r)
{
    switch (r->change) {
    case KEEP:
        break;
    case INT:
        set_int(f, r->value);
        break;
    case FLIP:
        f->value->data[f->value->len / 2] ^= 1;
        break;
    case CUT:
        g_byte_array_set_size(f->value, f->value->len - 1);
        break;
    case EMPTY:
        g_byte_array_set_size(f->value, 0);
        break;
    case LONG:
        for (guint i = 0; i < 64; i++)
            g_byte_array_append(f->value, (const guint8 *)"x", 1);
        break;
    case GONE:
        g_ptr_array_remove(fields, f);
        break;
    case TWICE:
        add_field(fields, f->number, f->type, f->value->data, f->value->len);
        break;
    }
}

static void
test_row(gconstpointer data)
{
    const row *r = data;
    fixture f;

    fixture_init(&f);
    field *outer = find(f.own, r->number, r->n);
    g_assert_nonnull(outer);
    if (r->inner) {
        g_autoptr(GPtrArray) key =
            take_apart(outer->value->data, outer->value->len, N2_KIND_SECRET);
        field *inner = find(key, r->inner, 0);
        g_assert_nonnull(inner);
        apply(key, inner, r);
        g_byte_array_unref(outer->value);
        outer->value = put_together(key, N2_KIND_SECRET);
    } else {
        apply(f.own, outer, r);
        /* A field put behind the last one is in its place only if lists are sorted again. */
        for (guint i = f.own->len - 1; r->change == TWICE && i > 0; i--) {
            field *a = f.own->pdata[i - 1], *b = f.own->pdata[i];
            if (a->number > b->number) {
                f.own->pdata[i - 1] = b;
                f.own->pdata[i] = a;
            }
        }
    }
    g_assert_cmpint(open_again(&f), ==, r->want);
    fixture_clear(&f);
}

/* ---- too much of it ---- */

static void
test_too_many(void)
{
    fixture f;

    fixture_init(&f);
    field *connection = find(f.own, OWN_KEYS, 2);
    for (guint i = 1; i < N2_KEYRING_STATICS_MAX; i++)
        add_field(f.own, OWN_KEYS, connection->type, connection->value->data,
                  connection->value->len);
    g_assert_cmpint(open_again(&f), ==, N2_OK);
    add_field(f.own, OWN_KEYS, connection->type, connection->value->data,
              connection->value->len);
    g_assert_cmpint(open_again(&f), ==, N2_ERR_LIMIT);
    fixture_clear(&f);

    fixture_init(&f);
    const field *own = f.all->pdata[0];
    for (guint i = 1; i < N2_KEYRING_IDENTITIES_MAX; i++)
        add_field(f.all, OWN, own->type, own->value->data, own->value->len);
    g_autoptr(GByteArray) full = put_together(f.all, N2_KIND_SECRETS);
    g_assert_cmpint(open_sealed(&f, full), ==, N2_OK);
    add_field(f.all, OWN, own->type, own->value->data, own->value->len);
    g_autoptr(GByteArray) more = put_together(f.all, N2_KIND_SECRETS);
    g_assert_cmpint(open_sealed(&f, more), ==, N2_ERR_LIMIT);
    fixture_clear(&f);

    fixture_init(&f);
    field *add = find(f.own, OWN_STATEMENTS, 1);
    g_autoptr(GPtrArray) rest = g_ptr_array_new_with_free_func(free_field);
    while (f.own->len && ((field *)f.own->pdata[f.own->len - 1])->number == OWN_KEYS)
        g_ptr_array_add(rest, g_ptr_array_steal_index(f.own, f.own->len - 1));
    for (guint i = 2; i <= N2_KEYRING_STATEMENTS_MAX; i++)
        add_field(f.own, OWN_STATEMENTS, add->type, add->value->data, add->value->len);
    while (rest->len)
        g_ptr_array_add(f.own, g_ptr_array_steal_index(rest, rest->len - 1));
    g_assert_cmpint(open_again(&f), ==, N2_OK); /* the same again and again is one */
    fixture_clear(&f);
}

/* What is inside is no such box: of another kind, of a newer version, cut. */
static void
test_not_secrets(void)
{
    fixture f;

    fixture_init(&f);
    g_autoptr(GByteArray) plain = put_together(f.all, N2_KIND_SECRETS);
    plain->data[2] = N2_KIND_OWN;
    g_assert_cmpint(open_sealed(&f, plain), ==, N2_ERR_CORRUPT);
    plain->data[2] = N2_KIND_SECRETS;
    plain->data[3] = 3;
    g_assert_cmpint(open_sealed(&f, plain), ==, N2_ERR_VERSION);
    plain->data[3] = 1;
    g_assert_cmpint(open_sealed(&f, plain), ==, N2_OK);
    g_byte_array_set_size(plain, plain->len - 1);
    g_assert_cmpint(open_sealed(&f, plain), ==, N2_ERR_CORRUPT);
    g_byte_array_set_size(plain, 0);
    g_assert_cmpint(open_sealed(&f, plain), ==, N2_ERR_CORRUPT);
    fixture_clear(&f);
}

/* ---- the disk and memory fail ---- */

static void
test_disk(void)
{
    fixture f;

    fixture_init(&f);
    guint n_failed = 0;
    for (guint64 at = 1;; at++) {
        disk_mem *disk = disk_mem_copy(f.disk);
        n2_keys_request q = {.id = 1, .kind = N2_KEYS_NEW, .label = "other"};
        n2_keys_answer answer;
        n2_keyring *ring = NULL;
        g_assert_cmpint(n2_keyring_open(&ring, &disk->disk, &env, "", NULL), ==, N2_OK);
        disk->fail_at = disk->calls + at;
        disk->fail_with = N2_ERR_NOSPACE;
        n2_err err = answer_to(ring, &q, &answer);
        gboolean is_over = disk->calls < disk->fail_at;
        n_failed += err != N2_OK;
        g_assert_true(!err || err == N2_ERR_NOSPACE);
        disk->fail_at = 0;
        /* Told: it is there after the keyring was opened again.  Not told: the old one is. */
        n2_keyring_free(ring);
        g_assert_cmpint(n2_keyring_open(&ring, &disk->disk, &env, "", NULL), ==, N2_OK);
        q = (n2_keys_request){.id = 3, .kind = N2_KEYS_LIST, .index = 0};
        g_assert_cmpint(answer_to(ring, &q, &answer), ==, N2_OK);
        g_assert_cmpstr(answer.label, ==, "me");
        q.index = 1;
        n2_err listed = answer_to(ring, &q, &answer);
        if (!err)
            g_assert_cmpint(listed, ==, N2_OK);
        n2_keyring_free(ring);
        disk_mem_free(disk);
        if (is_over)
            break;
    }
    g_assert_cmpuint(n_failed, >, 3);
    fixture_clear(&f);
}

/* A disk that takes no memory itself: it has one file, and forgets what is written. */
static n2_err
stat_cb(void *user, const char *path, n2_disk_stat *out)
{
    const GByteArray *file = user;

    if (strcmp(path, N2_KEYRING_FILE) != 0)
        return N2_ERR_NOTFOUND;
    *out = (n2_disk_stat){.size_bytes = file->len};
    return N2_OK;
}

static n2_err
open_cb(void *user, const char *path, unsigned flags, n2_file *file)
{
    (void)user;
    (void)path;
    (void)flags;
    *file = 0;
    return N2_OK;
}

static n2_err
pread_cb(void *user, n2_file file, guint64 offset, void *buf, size_t len, size_t *n_read)
{
    const GByteArray *bytes = user;

    (void)file;
    *n_read = MIN(len, bytes->len - (gsize)offset);
    memcpy(buf, bytes->data + offset, *n_read);
    return N2_OK;
}

static n2_err
pwrite_cb(void *user, n2_file file, guint64 offset, const void *buf, size_t len)
{
    (void)user;
    (void)file;
    (void)offset;
    (void)buf;
    (void)len;
    return N2_OK;
}

static n2_err
file_cb(void *user, n2_file file)
{
    (void)user;
    (void)file;
    return N2_OK;
}

static n2_err
rename_cb(void *user, const char *from, const char *to)
{
    (void)user;
    (void)from;
    (void)to;
    return N2_OK;
}

static n2_err
path_cb(void *user, const char *path)
{
    (void)user;
    (void)path;
    return N2_OK;
}

/* Opens the keyring, makes another identity and a connection key of it. */
static n2_err
make_more(void *user)
{
    const n2_disk disk = {.user = user,
                          .stat = stat_cb,
                          .open = open_cb,
                          .pread = pread_cb,
                          .pwrite = pwrite_cb,
                          .fdatasync = file_cb,
                          .close = file_cb,
                          .rename = rename_cb,
                          .unlink = path_cb,
                          .fsync_dir = path_cb};
    n2_keys_request q = {.id = 1, .kind = N2_KEYS_NEW, .label = "other"};
    n2_keys_answer answer = {0};
    n2_keyring *ring = NULL;
    n2_err err = n2_keyring_open(&ring, &disk, &env, "", NULL);

    if (!err)
        err = answer_to(ring, &q, &answer);
    q = (n2_keys_request){.id = 2, .kind = N2_KEYS_NODE_KEY, .who = answer.who, .suite = 1};
    if (!err)
        err = answer_to(ring, &q, &answer);
    n2_keyring_free(ring);
    return err;
}

static void
test_memory(void)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    fixture f;
    guint8 *file;
    gsize len;

    fixture_init(&f);
    g_assert_cmpint(n2_disk_read_file(&f.disk->disk, N2_KEYRING_FILE, 1 << 20, &file, &len), ==,
                    N2_OK);
    g_byte_array_append(bytes, file, (guint)len);
    free(file);
    g_assert_cmpuint(fail_malloc_each("keyring", make_more, bytes), >, 0);
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    fail_malloc_init();
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/keys/file/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/keys/file/too-many", test_too_many);
    g_test_add_func("/keys/file/not-secrets", test_not_secrets);
    g_test_add_func("/keys/file/disk-fails", test_disk);
    g_test_add_func("/keys/file/memory-refused", test_memory);
    return g_test_run();
}
