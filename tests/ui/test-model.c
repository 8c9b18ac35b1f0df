/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-model.c - addresses, history, recent places, words, failures and whose a place
 *                is; needs no display.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "client/error.h"
#include "fake-people.h"
#include "fake-source.h"
#include "model/failure.h"
#include "model/history.h"
#include "model/location.h"
#include "model/log-in.h"
#include "model/person.h"
#include "model/recent.h"
#include "model/secret.h"
#include "model/supply.h"
#include "model/words.h"

#define KEY "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* ---- addresses ---- */

typedef struct {
    const char *name;
    const char *text;
    N2LocationKind kind;
    const char *want;
} location_row;

static const location_row locations[] = {
    {"whole", "net2o://handbook.demo/start.md", N2_LOCATION_SITE,
     "net2o://handbook.demo/start.md"},
    {"name-only", "handbook.demo", N2_LOCATION_SITE, "net2o://handbook.demo/"},
    {"blanks-around", "  handbook.demo/a ", N2_LOCATION_SITE, "net2o://handbook.demo/a"},
    {"upper-host", "net2o://Handbook.Demo/A", N2_LOCATION_SITE, "net2o://handbook.demo/A"},
    {"blank-inside", "handbook.demo/a b.md", N2_LOCATION_SITE,
     "net2o://handbook.demo/a%20b.md"},
    {"folded", "\u00c4RZTE.Stra\u00dfe/\u00c4", N2_LOCATION_SITE,
     "net2o://%C3%A4rzte.strasse/%C3%84"},
    {"composed", "net2o://a\u0308rzte/", N2_LOCATION_SITE, "net2o://%C3%A4rzte/"},
    {"own-style-in-disguise", "net2o://app.\u017felf/style/page.css", N2_LOCATION_BAD,
     "net2o://app.\u017felf/style/page.css"},
    {"key-in-disguise", "net2o://\u212a1-x/", N2_LOCATION_BAD, "net2o://\u212a1-x/"},
    {"key", "net2o://" KEY "/", N2_LOCATION_SITE, "net2o://" KEY "/"},
    {"start", "net2o://self/", N2_LOCATION_OWN, "net2o://self/"},
    {"network", "net2o://self/network/", N2_LOCATION_OWN, "net2o://self/network/"},
    {"http", "http://example.org/", N2_LOCATION_OUTSIDE, "http://example.org/"},
    {"https", "HTTPS://example.org/", N2_LOCATION_OUTSIDE, "HTTPS://example.org/"},
    {"mail", "mailto:a@example.org", N2_LOCATION_OUTSIDE, "mailto:a@example.org"},
    {"script", "javascript:alert(1)", N2_LOCATION_BAD, "javascript:alert(1)"},
    {"data", "data:text/html,x", N2_LOCATION_BAD, "data:text/html,x"},
    {"file", "file:///etc/passwd", N2_LOCATION_BAD, "file:///etc/passwd"},
    {"words", "how do I start", N2_LOCATION_BAD, "how do I start"},
    {"dots", "net2o://a.demo/../b", N2_LOCATION_BAD, "net2o://a.demo/../b"},
    {"own-style", "net2o://app.self/style/page.css", N2_LOCATION_BAD,
     "net2o://app.self/style/page.css"},
};

static void
test_location(gconstpointer data)
{
    const location_row *row = data;
    g_autofree char *out = NULL;

    g_assert_cmpint(n2_location_read(row->text, &out, NULL), ==, row->kind);
    g_assert_cmpstr(out, ==, row->want);
}

static void
test_location_words(void)
{
    g_autofree char *site = n2_location_dup_site("net2o://handbook.demo/a/b.md");
    g_autofree char *key = n2_location_dup_site("net2o://" KEY "/");
    g_autofree char *rest = n2_location_dup_rest("net2o://handbook.demo/a%20b/c.md");
    g_autofree char *top = n2_location_dup_rest("net2o://handbook.demo/");
    g_autofree char *title = n2_location_dup_title("net2o://handbook.demo/a/b%20c.md#d");
    g_autofree char *folder = n2_location_dup_title("net2o://handbook.demo/charts/");

    g_assert_cmpstr(site, ==, "handbook.demo");
    g_assert_cmpstr(key, ==, "k1-aaaaaaaa…");
    g_assert_cmpstr(rest, ==, "/a b/c.md");
    g_assert_cmpstr(top, ==, "");
    g_assert_cmpstr(title, ==, "b c.md");
    g_assert_cmpstr(folder, ==, "charts");
    g_assert_true(n2_location_same_document("net2o://a/b#c", "net2o://a/b"));
    g_assert_false(n2_location_same_document("net2o://a/b", "net2o://a/bc"));
    g_assert_true(n2_location_same_site("net2o://a.b/c", "net2o://a.b/d"));
    g_assert_false(n2_location_same_site("net2o://a.b/c", "net2o://a.bb/c"));
}

/* ---- history ---- */

static void
test_history(void)
{
    g_autoptr(N2History) history = n2_history_new();
    gboolean can_go_back = TRUE;

    g_assert_null(n2_history_peek(history, 0));
    n2_history_push(history, "a");
    n2_history_set_scroll(history, 120);
    n2_history_push(history, "b");
    n2_history_push(history, "c");
    g_assert_false(n2_history_move(history, 1));
    g_assert_true(n2_history_move(history, -2));
    g_assert_cmpstr(n2_history_peek(history, 0), ==, "a");
    g_assert_cmpfloat(n2_history_get_scroll(history), ==, 120);
    g_object_get(history, "can-go-back", &can_go_back, NULL);
    g_assert_false(can_go_back);
    n2_history_push(history, "d"); /* what lay ahead is forgotten */
    g_assert_null(n2_history_peek(history, 1));
    g_assert_cmpstr(n2_history_peek(history, -1), ==, "a");
}

static void
test_history_limit(void)
{
    g_autoptr(N2History) history = n2_history_new();

    for (int i = 0; i < N2_HISTORY_MAX + 10; i++)
        n2_history_push(history, "x");
    g_assert_nonnull(n2_history_peek(history, -(N2_HISTORY_MAX - 1)));
    g_assert_null(n2_history_peek(history, -N2_HISTORY_MAX));
}

/* ---- recent places ---- */

static void
test_recent(void)
{
    g_autofree char *folder = g_dir_make_tmp("n2-recent-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "sub", "recent", NULL);
    g_autofree char *sub = g_build_filename(folder, "sub", NULL);
    GStatBuf info;

    {
        g_autoptr(N2Recent) recent = n2_recent_new(path);

        n2_recent_add(recent, "net2o://a.demo/", "A");
        n2_recent_add(recent, "net2o://b.demo/", "B; [x]\n=y");
        n2_recent_add(recent, "net2o://a.demo/", "A again");
        g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(recent)), ==, 2);
    }
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmphex(info.st_mode & 0777, ==, 0600);
    {
        g_autoptr(N2Recent) recent = n2_recent_new(path);
        g_autoptr(N2RecentPlace) first = g_list_model_get_item(G_LIST_MODEL(recent), 0);
        g_autoptr(N2RecentPlace) second = g_list_model_get_item(G_LIST_MODEL(recent), 1);

        g_assert_cmpstr(first->title, ==, "A again");
        g_assert_cmpstr(second->title, ==, "B; [x]\n=y");
        n2_recent_clear(recent);
    }
    {
        g_autoptr(N2Recent) recent = n2_recent_new(path);

        g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(recent)), ==, 0);
    }
    g_remove(path);
    g_rmdir(sub);
    g_rmdir(folder);
}

static void
test_recent_limit(void)
{
    g_autoptr(N2Recent) recent = n2_recent_new(NULL);

    for (int i = 0; i < N2_RECENT_MAX + 5; i++) {
        g_autofree char *address = g_strdup_printf("net2o://site%d.demo/", i);

        n2_recent_add(recent, address, "x");
    }
    g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(recent)), ==, N2_RECENT_MAX);
}

/* ---- words ---- */

static void
test_words_path(void)
{
    g_autoptr(N2Place) place = n2_place_new();
    g_autofree char *kept = n2_words_path(place);

    g_assert_cmpstr(kept, ==, "kept here");
    place->n_switches = 0;
    place->ms = 4;
    g_autofree char *direct = n2_words_path(place);
    g_assert_cmpstr(direct, ==, "direct, 4 ms");
    place->n_switches = 3;
    place->ms = 52;
    g_autofree char *far = n2_words_path(place);
    g_assert_cmpstr(far, ==, "3 switches, 52 ms");
}

static void
test_words_time(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_local(2026, 11, 22, 14, 0, 0);
    g_autoptr(GDateTime) today = g_date_time_new_local(2026, 11, 22, 13, 50, 0);
    g_autoptr(GDateTime) yesterday = g_date_time_new_local(2026, 11, 21, 23, 59, 0);
    g_autoptr(GDateTime) spring = g_date_time_new_local(2026, 5, 3, 9, 0, 0);
    gint64 now_us = g_date_time_to_unix(now) * G_USEC_PER_SEC;
    g_autofree char *a = n2_words_time(g_date_time_to_unix(today) * G_USEC_PER_SEC, now_us);
    g_autofree char *b = n2_words_time(g_date_time_to_unix(yesterday) * G_USEC_PER_SEC, now_us);
    g_autofree char *c = n2_words_time(g_date_time_to_unix(spring) * G_USEC_PER_SEC, now_us);
    g_autofree char *d = n2_words_time(0, now_us);

    g_assert_cmpstr(a, ==, "Today 13:50");
    g_assert_cmpstr(b, ==, "Yesterday");
    g_assert_cmpstr(c, ==, "3 May");
    g_assert_cmpstr(d, ==, "");
}

/* ---- failures: each code has words and a next step ---- */

static void
check_failure(N2Failure *failure, const char *name)
{
    g_autoptr(N2Step) best = g_list_model_get_item(G_LIST_MODEL(failure->steps), 0);

    g_test_message("%s: %s", name, failure->title);
    g_assert_cmpstr(failure->title, !=, "");
    g_assert_cmpstr(failure->cause, !=, "");
    g_assert_nonnull(failure->short_words);
    g_assert_nonnull(best);
    g_assert_cmpstr(best->title, !=, "");
    g_assert_cmpstr(best->label, !=, "");
}

static void
test_failures(void)
{
    static const n2_err codes[] = {
#define X(name, value, exit, text) name,
        N2_ERR_LIST(X)
#undef X
    };

    for (gsize i = 1; i < G_N_ELEMENTS(codes); i++) { /* 0 is no error */
        g_autoptr(GError) error = n2_error_make(codes[i], "net2o://a.demo/b/c.md", NULL, NULL);
        g_autoptr(N2Failure) failure =
            n2_failure_new("net2o://a.demo/b/c.md", error, TRUE, NULL);

        g_assert_cmpint(failure->code, ==, codes[i]);
        check_failure(failure, n2_err_name(codes[i]));
    }
}

static void
test_failure_no_node(void)
{
    g_autoptr(GError) error = n2_error_make(N2_ERR_CLOSED, "net2o://a.demo/", NULL, NULL);
    g_autoptr(N2Failure) failure =
        n2_failure_new("net2o://a.demo/", error, FALSE, "/tmp/my node");
    g_autoptr(N2Step) best = g_list_model_get_item(G_LIST_MODEL(failure->steps), 0);

    check_failure(failure, "no node");
    g_assert_true(failure->is_no_node);
    g_assert_cmpstr(best->argument, ==, "net2od --profile '/tmp/my node'");
}

static void
test_failure_unpublished(void)
{
    g_autoptr(GError) error = n2_error_make(N2_ERR_NOTFOUND, "", NULL, NULL);
    g_autoptr(N2Failure) failure = n2_failure_new(N2_LOCATION_FILES, error, TRUE, NULL);

    check_failure(failure, "nothing published");
    g_assert_cmpstr(failure->title, ==, "You have published nothing yet");
}

static void
test_failure_up(void)
{
    g_autoptr(GError) error = n2_error_make(N2_ERR_NOTFOUND, "", NULL, NULL);
    g_autoptr(N2Failure) failure =
        n2_failure_new("net2o://a.demo/b/c%20d.md#e", error, TRUE, NULL);
    g_autoptr(N2Step) best = g_list_model_get_item(G_LIST_MODEL(failure->steps), 0);

    g_assert_cmpint(best->kind, ==, N2_STEP_UP);
    g_assert_cmpstr(best->argument, ==, "net2o://a.demo/b/");
}

static void
test_failure_hops(void)
{
    g_autoptr(GError) error = n2_error_make(N2_ERR_TIMEOUT, "", NULL, NULL);
    g_autoptr(N2Failure) failure = n2_failure_new("net2o://a.demo/", error, TRUE, NULL);
    g_autoptr(GListStore) hops = g_list_store_new(N2_TYPE_HOP);
    g_autoptr(N2Hop) here = n2_hop_new("This computer", N2_HOP_HERE, 0, FALSE);
    g_autoptr(N2Hop) gone = n2_hop_new("Switch 1", N2_HOP_SILENT, -1, FALSE);
    g_autoptr(N2Hop) end = n2_hop_new("a.demo", N2_HOP_BEYOND, -1, TRUE);
    g_autofree char *cause = NULL;
    g_autofree char *title = NULL;

    g_assert_true(failure->is_on_way);
    g_list_store_append(hops, here);
    g_list_store_append(hops, gone);
    g_list_store_append(hops, end);
    title = n2_failure_dup_hop_title(failure, G_LIST_MODEL(hops), &cause);
    g_assert_cmpstr(title, ==, "A switch on the way doesn’t answer");
    g_assert_nonnull(strstr(cause, "Switch 1"));
    g_assert_nonnull(strstr(cause, "This computer"));
}

/* ---- what a renderer may ask for ---- */

static void
on_supplied_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    GBytes **frame = user_data;

    *frame = n2_supply_fetch_finish(N2_SUPPLY(source), result, &error);
    g_assert_no_error(error);
}

/* How many of the parts and folders in the answer could be had; @n_told: how many there are. */
static guint
ask_supply(N2Supply *supply, GPtrArray *parts, GPtrArray *folders, guint *n_told)
{
    const n2_render_need need = {.parts = parts, .folders = folders};
    g_autoptr(GBytes) frame = NULL;
    gsize len = 0;
    guint n_had = 0;

    n2_supply_fetch_async(supply, &need, NULL, on_supplied_cb, &frame);
    while (!frame)
        g_main_context_iteration(NULL, TRUE);
    const guint8 *bytes = g_bytes_get_data(frame, &len);
    n2_reader r = n2_reader_init(bytes + N2_RENDER_HEAD_BYTES, len - N2_RENDER_HEAD_BYTES);
    (void)n2_read_u8(&r);
    *n_told = 0;
    for (guint32 n = n2_read_u32(&r); n; n--, ++*n_told) {
        g_free(n2_frame_read_text(&r));
        (void)n2_read_u8(&r);
        n_had += n2_read_u8(&r);
        (void)n2_read_bytes(&r, n2_read_u32(&r));
    }
    for (guint32 n = n2_read_u32(&r); n; n--, ++*n_told) {
        g_free(n2_frame_read_text(&r));
        n_had += n2_read_u8(&r);
        for (guint32 k = n2_read_u32(&r); k; k--)
            g_free(n2_frame_read_text(&r));
    }
    g_assert_cmpint(n2_reader_finish(&r), ==, N2_OK);
    return n_had;
}

/* A renderer that a page has taken over gets its own site's files, and no others'. */
static void
test_supply(void)
{
    static const char *const foreign[] = {
        "net2o://charts.demo/Names%20of%20the%20sandbanks.md",
        "net2o://wiki.demo.evil.demo/",
        "net2o://k1-own/notes.txt",
        "net2o://self/files/",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
    };
    static const char *const folders[] = {"", "guide/", "/guide/../../", "net2o://k1-own/"};
    g_autoptr(N2FakeSource) fake = n2_fake_source_new();
    g_autoptr(N2Supply) supply = n2_supply_new(N2_SOURCE(fake), "net2o://wiki.demo");
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    guint n_told = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(foreign); i++)
        g_ptr_array_add(parts, g_strdup(foreign[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
        g_ptr_array_add(paths, g_strdup(folders[i]));
    g_assert_cmpuint(ask_supply(supply, parts, paths, &n_told), ==, 0);
    g_assert_cmpuint(n_told, ==, G_N_ELEMENTS(foreign) + G_N_ELEMENTS(folders));
    g_assert_cmpuint(n2_fake_source_get_n_opened(fake), ==, 0); /* nobody was asked */

    g_ptr_array_set_size(parts, 0);
    g_ptr_array_set_size(paths, 0);
    g_ptr_array_add(parts, g_strdup("net2o://wiki.demo/guide/next.md"));
    g_ptr_array_add(paths, g_strdup("/guide/"));
    g_assert_cmpuint(ask_supply(supply, parts, paths, &n_told), ==, 2);
    g_assert_cmpuint(n2_fake_source_get_n_opened(fake), ==, 2);
}

/* However often it asks, it gets so much and no more. */
static void
test_supply_limits(void)
{
    g_autoptr(N2FakeSource) fake = n2_fake_source_new();
    g_autoptr(N2Supply) supply = n2_supply_new(N2_SOURCE(fake), "net2o://wiki.demo");
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    guint n_told = 0;
    guint n_had = 0;

    for (guint i = 0; i < N2_PAGE_INCLUDES_MAX; i++)
        g_ptr_array_add(parts, g_strdup("net2o://wiki.demo/guide/next.md"));
    for (guint i = 0; i < 3 * N2_RENDER_FOLDERS_MAX; i++)
        g_ptr_array_add(paths, g_strdup_printf("/%u/", i));
    for (guint round = 0; round < 3; round++)
        n_had += ask_supply(supply, parts, paths, &n_told);
    g_assert_cmpuint(n_had, <=, N2_PAGE_INCLUDES_MAX + 3 * (N2_RENDER_FOLDERS_MAX + 1));
    g_assert_cmpuint(n2_fake_source_get_n_opened(fake), <=,
                     N2_PAGE_INCLUDES_MAX + N2_RENDER_FOLDERS_MAX + 1);
}

/* A secret goes through its pipe whole, and not a byte too long. */
static void
test_secret(void)
{
    g_autofree char *much = g_strnfill(N2_SECRET_BYTES_MAX + 1, 'x');
    g_autoptr(GError) error = NULL;

    for (gsize len = 0; len <= N2_SECRET_BYTES_MAX; len += 512) {
        g_autofree char *text = g_strndup(much, len);
        int fd = n2_secret_pipe(text, &error);
        g_assert_no_error(error);
        char *back = n2_secret_read(fd, &error);
        g_assert_cmpstr(back, ==, text);
        n2_secret_free(back);
    }
    g_assert_cmpint(n2_secret_pipe(much, &error), ==, -1);
    g_assert_cmpint(n2_error_code(error), ==, N2_ERR_LIMIT);
    g_clear_error(&error);
    g_assert_cmpint(n2_secret_pipe_change("", much, &error), ==, -1);
    g_assert_cmpint(n2_error_code(error), ==, N2_ERR_LIMIT);
    g_clear_error(&error);
    char both[16];
    int fd = n2_secret_pipe_change("old", "", &error);
    g_assert_no_error(error);
    g_assert_cmpint(read(fd, both, sizeof both), ==, 5); /* it says itself where it ends */
    g_assert_cmpmem(both, 5, "old\0", 5);
    close(fd);
    g_assert_cmpint(n2_secret_grade(""), ==, N2_SECRET_EMPTY);
    g_assert_cmpint(n2_secret_grade("password1"), ==, N2_SECRET_WEAK);
    g_assert_cmpint(n2_secret_grade("correct horse battery staple ocean"), ==, N2_SECRET_GOOD);
}

/* ---- whose it is ---- */

static N2Trust *
read_trust(const char *text)
{
    g_autoptr(GVariant) dict = g_variant_ref_sink(g_variant_new_parsed(text));

    return n2_trust_read(dict);
}

static void
test_trust(void)
{
    static const struct {
        const char *text, *shown;
    } names[] = {
        {"wiki.demo", "wiki demo"},
        {"✔✔✔", ""},
        {"✔ Your bank ✔", "Your bank"},
        {"\xe2\x80\xae"
         "gnp.exe",
         "gnp exe"}, /* an override of direction */
        {"a\xff"
         "b",
         "a b"},
        {"  <b>x</b>  ", "b x b"},
        {"café", "café"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *shown = n2_chrome_dup_name(names[i].text);
        g_assert_cmpstr(shown, ==, names[i].shown);
    }
    /* What a newer node says warns; what says nothing is nothing. */
    g_autoptr(N2Trust) newer =
        read_trust("{'verdict': <'ponder'>, 'reasons': <[{'code': <'eclipse'>}]>}");
    g_assert_cmpint(newer->verdict, ==, N2_VERDICT_ASK);
    g_autoptr(N2Trust) none = read_trust("{'address': <'net2o://x.demo/'>}");
    g_assert_null(none);
    g_autoptr(N2Trust) wrong = read_trust("{'verdict': <'go'>, 'reasons': <'none'>}");
    g_assert_cmpint(wrong->verdict, ==, N2_VERDICT_GO);
    g_assert_null(n2_trust_peek_notice(wrong));
    /* A change that the user has answered warns no more. */
    g_autoptr(N2Trust) told = read_trust(
        "{'verdict': <'note'>, 'reasons': <[{'code': <'changed'>, 'verdict': <'note'>}]>}");
    g_assert_false(n2_trust_is_changed(told));
    /* Whether it is the site that is opened: by name, by key, and not by half of either. */
    g_autoptr(N2LogIn) ask = n2_log_in_new(N2_FAKE_NORA, "forum demo");
    g_assert_true(n2_log_in_is_at(ask, "net2o://forum.demo/x"));
    g_assert_true(n2_log_in_is_at(ask, "net2o://" N2_FAKE_NORA "/"));
    g_assert_false(n2_log_in_is_at(ask, "net2o://forum.demo.evil/"));
    g_assert_false(n2_log_in_is_at(ask, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(locations); i++) {
        g_autofree char *path = g_strconcat("/model/location/", locations[i].name, NULL);

        g_test_add_data_func(path, &locations[i], test_location);
    }
    g_test_add_func("/model/location/for-people", test_location_words);
    g_test_add_func("/model/history/moves", test_history);
    g_test_add_func("/model/history/limit", test_history_limit);
    g_test_add_func("/model/recent/kept", test_recent);
    g_test_add_func("/model/recent/limit", test_recent_limit);
    g_test_add_func("/model/words/path", test_words_path);
    g_test_add_func("/model/words/time", test_words_time);
    g_test_add_func("/model/failure/every-code", test_failures);
    g_test_add_func("/model/failure/no-node", test_failure_no_node);
    g_test_add_func("/model/failure/unpublished", test_failure_unpublished);
    g_test_add_func("/model/failure/up", test_failure_up);
    g_test_add_func("/model/failure/hops", test_failure_hops);
    g_test_add_func("/model/supply/own-site", test_supply);
    g_test_add_func("/model/supply/limits", test_supply_limits);
    g_test_add_func("/model/secret", test_secret);
    g_test_add_func("/model/trust", test_trust);
    return g_test_run();
}
