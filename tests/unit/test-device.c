/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-device.c - statements that two nodes hand to each other as text, ends and vouches, and
 * one identity on two machines by text.
 */
#include <unistd.h>

#include "base/base32.h"
#include "crypto/armor.h"
#include "crypto/container.h"
#include "crypto/pieces.h"
#include "device-fixture.h"

/* The end of a pipe that holds @text. */
static int
secret_of(const char *text)
{
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_cmpint(write(ends[1], text, strlen(text) + 1), ==, (gssize)strlen(text) + 1);
    close(ends[1]);
    return ends[0];
}

/* The words of the sheet of node @i (transfer full). */
static char *
sheet_of(world *t, int i)
{
    g_autofree n2_keys_secret *out = g_new0(n2_keys_secret, 1);
    guint8 request[256], answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    gsize len;

    g_assert_cmpint(n2_keys_request_write(
                        &(n2_keys_request){.kind = N2_KEYS_SHEET_SHOW, .who = t->w->node[i].id},
                        request, sizeof request, &len),
                    ==, N2_OK);
    g_assert_cmpint(n2_keyring_ask(t->w->node[i].ring, request, len, NULL, out, t->w->wall_us,
                                   answer, sizeof answer, &len),
                    ==, N2_OK);
    char *end = memchr(out->bytes, '\n', out->len);
    return g_strndup((const char *)out->bytes, (gsize)(end - (char *)out->bytes));
}

/* ---- as text ---- */

static void
test_export(world *t, gconstpointer data)
{
    g_autofree char *text = exported(t, 1, NULL);
    n2_notice notice;

    (void)data;
    g_assert_true(g_str_has_prefix(text, "-----BEGIN NET2O IDENTITY-----\n"));
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_SHOW, .address = t->id[1]}, N2_ERR_NOTFOUND);
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_EXPORT, .address = t->id[1]}, N2_ERR_NOTFOUND);
    assert_imported(t, 0, text, "identity");
    assert_imported(t, 0, text, "identity"); /* again: nothing new, nothing wrong */
    g_assert_cmpint(keys_of(t, 0, t->id[1]), ==, keys_of(t, 1, NULL));
    g_assert_false(is_here(t, 0, t->id[1]));
    g_autofree char *again = exported(t, 0, t->id[1]);
    g_assert_cmpstr(again, ==, text);
    /* Codes: each alone is whole, and together they are all of it. */
    notice = done(t, 1, (n2_request){.kind = N2_JOB_ID_EXPORT}, N2_OK);
    const n2_table *parts = n2_table_get(notice.table, 0, "qr")->table;
    g_autoptr(GString) codes = g_string_new(NULL);
    g_assert_cmpuint(parts->n_rows, >=, 1);
    for (gsize i = parts->n_rows; i; i--)
        g_string_append_printf(codes, "%s\n", n2_table_get(parts, i - 1, "part")->text);
    n2_notice_clear(&notice);
    assert_imported(t, 0, codes->str, "identity");
    assert_imported(t, 1, codes->str, "own");
}

static void
test_import_refused(world *t, gconstpointer data)
{
    g_autofree char *text = exported(t, 1, NULL);
    g_autofree guint8 *bytes = g_malloc(strlen(text));
    gsize n;
    guint8 kind;

    (void)data;
    fails(t, 0, to_import(""), N2_ERR_USAGE);
    fails(t, 0, to_import("hello"), N2_ERR_NOTFOUND);
    g_autofree char *cut = g_strndup(text, strlen(text) - 20);
    fails(t, 0, to_import(cut), N2_ERR_TRUNCATED);
    /* A signature that does not hold: nothing of that statement is known. */
    g_assert_cmpint(n2_armor_read(text, strlen(text), bytes, strlen(text), &n, &kind), ==,
                    N2_OK);
    bytes[n - 5] ^= 1;
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_IMPORT, .bytes = bytes, .n_bytes = n},
          N2_ERR_FORGED);
    bytes[n - 5] ^= 1;
    /* Without the birth there is nobody. */
    gsize at = 0, len;
    const guint8 *statement;
    g_assert_true(n2_container_next(bytes, n, &at, &statement, &len));
    two_nodes_free(t->w);
    t->w = two_nodes_new(2);
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_IMPORT, .bytes = bytes + at, .n_bytes = n - at},
          N2_ERR_NOTFOUND);
}

static void
test_vouch(world *t, gconstpointer data)
{
    const n2_request plain = {.kind = N2_JOB_ID_VOUCH, .address = t->id[1], .other = t->id[0]};
    n2_request request = plain;

    (void)data;
    fails(t, 1, plain, N2_ERR_USAGE); /* as whom? */
    request.name = "Ann";
    g_autofree char *text = said(t, 1, request, "text");
    g_assert_true(g_str_has_prefix(text, "-----BEGIN NET2O VOUCH-----\n"));
    fails(t, 0, to_import(text), N2_ERR_NOTFOUND); /* by somebody who is not known here */
    g_autofree char *by = exported(t, 1, NULL);
    assert_imported(t, 0, by, "identity");
    assert_imported(t, 0, text, "vouch");
    assert_imported(t, 0, text, "vouch");
    /* Whoever gets the one who is vouched for gets the vouch with it. */
    g_autofree char *with = exported(t, 0, NULL);
    g_autofree char *mine = exported(t, 1, NULL);
    g_assert_cmpuint(strlen(with), >, strlen(mine));
    request.type = "nonsense";
    fails(t, 1, request, N2_ERR_USAGE);
    request.type = "audit";
    request.number = 800;
    fails(t, 1, request, N2_ERR_USAGE);
    request.number = 30;
    g_autofree char *audit = said(t, 1, request, "text");
    request.other = t->id[1]; /* nobody for himself */
    fails(t, 1, request, N2_ERR_USAGE);
    request = plain;
    request.address = t->id[0]; /* not ours to speak for */
    request.name = "x";
    request.other = t->id[1];
    fails(t, 1, request, N2_ERR_NOTFOUND);
    /* The own name for somebody is as whom they are known. */
    done(t, 1, (n2_request){.kind = N2_JOB_NAME_SET, .name = "ann", .address = t->id[0]},
         N2_OK);
    g_autofree char *named = said(t, 1, plain, "text");
    g_assert_nonnull(named);
}

static void
test_end(world *t, gconstpointer data)
{
    g_autofree char *words = sheet_of(t, 1);
    g_autofree char *theirs = exported(t, 1, NULL);
    n2_request request = {
        .kind = N2_JOB_ID_END, .address = t->id[1], .other = t->id[0], .has_pipe = true};

    (void)data;
    /* From another machine, with the paper and the statements alone. */
    request.pipe = secret_of(words);
    fails(t, 0, request, N2_ERR_NOTFOUND);
    request.value = theirs;
    request.pipe = secret_of("folk back stand sheet gallop quiet pepper dwarf grape gold oasis "
                             "target thistle");
    fails(t, 0, request, N2_ERR_REFUSED);
    request.other = t->id[1];
    request.pipe = secret_of(words);
    fails(t, 0, request, N2_ERR_USAGE);
    request.other = t->id[0];
    request.pipe = secret_of(words);
    g_autofree char *end = said(t, 0, request, "text");
    g_assert_true(g_str_has_prefix(end, "-----BEGIN NET2O END-----\n"));
    request.pipe = secret_of(words);
    fails(t, 0, request, N2_ERR_ENDED); /* a second one would leave no successor */
    /* The machine that it was taken from hears of it. */
    assert_imported(t, 1, end, "end");
    g_autofree char *state =
        said(t, 1, (n2_request){.kind = N2_JOB_ID_SHOW, .address = t->id[1]}, "state");
    g_assert_cmpstr(state, ==, "ended");
    fails(t, 1,
          (n2_request){
              .kind = N2_JOB_ID_VOUCH, .address = t->id[1], .other = t->id[0], .name = "x"},
          N2_ERR_ENDED);
}

/* ---- a second machine ---- */

static void
test_draw(world *t, gconstpointer data)
{
    n2_request add = {.kind = N2_JOB_ID_ADD, .address = t->id[1]};
    gint64 before = keys_of(t, 1, NULL);

    (void)data;
    fails(t, 0, (n2_request){.kind = N2_JOB_ID_DRAW, .name = ""}, N2_ERR_USAGE);
    g_autofree char *asked =
        said(t, 0, (n2_request){.kind = N2_JOB_ID_DRAW, .name = "laptop"}, "text");
    g_assert_true(g_str_has_prefix(asked, "-----BEGIN NET2O KEY-----\n"));
    add.bytes = (const guint8 *)"hello";
    add.n_bytes = 5;
    fails(t, 1, add, N2_ERR_NOTFOUND);
    g_autofree char *identity = exported(t, 1, NULL);
    add.bytes = (const guint8 *)identity;
    add.n_bytes = strlen(identity);
    fails(t, 1, add, N2_ERR_FORMAT); /* statements are no keys */
    add.bytes = (const guint8 *)asked;
    add.n_bytes = strlen(asked);
    g_autofree char *answer = said(t, 1, add, "text");
    g_assert_cmpint(keys_of(t, 1, NULL), >=, before);
    /* Only the machine that drew it can sign. */
    fails(t, 1, to_import(answer), N2_ERR_STATE);
    n2_notice joined = done(t, 0, to_import(answer), N2_OK);
    g_assert_cmpstr(n2_table_get(joined.table, 0, "what")->text, ==, "own");
    g_assert_cmpstr(n2_table_get(joined.table, 0, "address")->text, ==, t->id[1]);
    g_autofree char *back = g_strdup(n2_table_get(joined.table, 0, "text")->text);
    n2_notice_clear(&joined);
    g_assert_true(is_here(t, 0, t->id[1]));
    g_assert_cmpint(keys_of(t, 0, t->id[1]), >, before);
    assert_imported(t, 1, back, "own");
    g_assert_cmpint(keys_of(t, 1, NULL), ==, keys_of(t, 0, t->id[1]));
    fails(t, 0, to_import(answer), N2_ERR_STATE); /* once */
    assert_same_account(t);
}

/* All that there is room for is said of who she is: then what stands is listed anew, and the
 * machine is admitted all the same. */
static void
test_full(world *t, gconstpointer data)
{
    n2_request add = {.kind = N2_JOB_ID_ADD, .address = t->id[1]};
    g_autofree char *asked =
        said(t, 0, (n2_request){.kind = N2_JOB_ID_DRAW, .name = "laptop"}, "text");
    g_autofree n2_keys_answer *a = g_new0(n2_keys_answer, 1);
    guint8 room[N2_KEYRING_MESSAGE_BYTES_MAX];
    n2_keys_request q = {
        .who = t->w->node[1].id, .rights = N2_RIGHT_OPEN, .days = 9, .label = "x"};

    (void)data;
    for (guint n = 0; !a->err; n++) {
        q.kind = n % 2 ? N2_KEYS_REMOVE : N2_KEYS_ADD;
        q.key = (n2_key){.method = N2_KEY_X25519, .bytes = {(guint8)(n / 2), 1}};
        two_nodes_keys(t->w, 1, &q, NULL, a, room);
    }
    g_assert_cmpint(a->err, ==, N2_ERR_LIMIT);
    g_assert_cmpint(q.kind, ==, N2_KEYS_ADD);
    add.bytes = (const guint8 *)asked;
    add.n_bytes = strlen(asked);
    g_autofree char *answer = said(t, 1, add, "text");
    q.kind = N2_KEYS_LIST;
    two_nodes_keys(t->w, 1, &q, NULL, a, room);
    g_assert_cmpint(a->err, ==, N2_OK);
    g_assert_cmpuint(a->n_statements, <, 6);
    g_autofree char *back = said(t, 0, to_import(answer), "text");
    assert_imported(t, 1, back, "own");
    assert_same_account(t);
}

/* Node 0 becomes a machine of node 1's identity. */
static void
become_one(world *t)
{
    n2_request add = {.kind = N2_JOB_ID_ADD, .address = t->id[1]};
    g_autofree char *asked =
        said(t, 0, (n2_request){.kind = N2_JOB_ID_DRAW, .name = "laptop"}, "text");

    add.bytes = (const guint8 *)asked;
    add.n_bytes = strlen(asked);
    g_autofree char *answer = said(t, 1, add, "text");
    g_autofree char *back = said(t, 0, to_import(answer), "text");
    assert_imported(t, 1, back, "own");
}

/* A third machine that could open the vault is gone: the others go on with another vault, and
 * what the one that removed it says is all that they need for it. */
static void
test_removed(world *t, gconstpointer data)
{
    const n2_asked_key third[] = {
        {.key = {.method = N2_KEY_ED25519, .bytes = {3}}, .rights = 4 | 32, .label = "third"},
        {.key = {.method = N2_KEY_X25519, .bytes = {9}}, .rights = 8, .label = "third"}};
    const n2_id who = t->w->node[1].id, site = t->w->node[0].id;
    n2_request add = {.kind = N2_JOB_ID_ADD, .address = t->id[1]};
    char id[N2_BASE32_CHARS(32) + 1];
    guint8 asked[1024];

    (void)data;
    become_one(t);
    g_assert_cmpint(
        n2_pieces_write_keys(asked, sizeof asked, third, 2, t->w->wall_us, &add.n_bytes), ==,
        N2_OK);
    add.bytes = asked;
    fails(t, 1, add, N2_OK);
    assert_same_account(t);
    n2_key before = account_of(t, 1, &who, &site);
    n2_base32_encode(id, third[1].key.bytes, 32);
    g_autofree char *text = said(
        t, 1,
        (n2_request){
            .kind = N2_JOB_ID_REMOVE_KEY, .address = t->id[1], .value = id, .type = "lost"},
        "text");
    n2_key after = account_of(t, 1, &who, &site);
    g_assert_false(n2_key_equal(&before, &after));
    assert_imported(t, 0, text, "own");
    assert_same_account(t);
    /* The vault is shown to nobody else. */
    g_autofree char *shown = exported(t, 1, NULL);
    g_autofree guint8 *bytes = g_malloc(strlen(shown));
    const guint8 *statement;
    gsize len, n;
    guint8 kind;
    g_assert_cmpint(n2_armor_read(shown, strlen(shown), bytes, strlen(shown), &n, &kind), ==,
                    N2_OK);
    for (gsize at = 0; n2_container_next(bytes, n, &at, &statement, &len);)
        g_assert_cmpint(n2_statement_kind(statement, len), !=, N2_KIND_VAULT);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(world *t, gconstpointer data);
    } tests[] = {
        {"/device/export", test_export},   {"/device/import/refused", test_import_refused},
        {"/device/vouch", test_vouch},     {"/device/end", test_end},
        {"/device/full", test_full},       {"/device/draw", test_draw},
        {"/device/removed", test_removed},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, world, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
