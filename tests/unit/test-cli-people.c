/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cli-people.c - net2o id contact and net2o id trust as a user and a program run them,
 *                     against a node that only plays.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "fake-peer.h"

#define K1 "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define K2 "k1-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

typedef struct {
    char *dir;
    fake_peer *peer;
    char *out, *err;
    int code;
    gboolean is_over;
} fixture;

typedef struct {
    const char *name;
    const char *words; /* of the command line, separated by '|' */
    const char *reply;
    int code;
    const char *called; /* parts of it, & between them; NULL: no order came */
    const char *out;    /* part of stdout; NULL: it is empty */
    const char *err;    /* part of stderr; NULL: it is empty */
} row;

#define SHOWN "({'address': <'" K1 "'>, 'name': <'ann'>, 'met': <true>},)"
#define CHANGED                                                                                \
    "({'identity': <'" K1 "'>, 'name': <'shop'>, 'verdict': <'ask'>, 'reasons': <["            \
    "{'code': <'changed'>, 'verdict': <'ask'>, 'name': <'shop'>, 'who': <'" K2                 \
    "'>, 'at': <int64 1700000000000000>},"                                                     \
    "{'code': <'introduced'>, 'verdict': <'go'>, 'name': <'Ann\033[2J'>, 'by': <'bob'>}]>},)"

/* clang-format off */
static const row rows[] = {
    {"list", "id|contact", "([{'address': <'" K1 "'>, 'name': <'ann'>, 'met': <true>, 'met-at': <int64 1700000000000000>, 'introduces': <true>, 'audits': <true>, 'state': <'live'>}],)",
     0, .called = "List()", K1 "  ann  met in person on 14 November 2023, introduces others, judges others"},
    {"list-ended", "id|contact", "([{'address': <'" K1 "'>, 'state': <'ended'>, 'successor': <'" K2 "'>}, {'address': <'" K2 "'>, 'met': <true>, 'state': <'frozen'>}],)",
     0, .called = "List()", "ended; its successor is " K2 "\n" K2 "    met in person  frozen: its keys are in dispute"},
    {"list-json", "id|contact|--json", "([{'address': <'" K1 "'>, 'name': <'ann'>}],)", 0, .called = "List()", "{\"address\": \"" K1 "\", \"name\": \"ann\"}\n"},
    {"list-empty", "id|contact", "([],)", 0, .called = "List()"},
    {"met", "id|contact|ann|--met", SHOWN, 0, .called = "Set('ann', {'met': <true>})"},
    {"met-on", "id|contact|ann|--met-on|2023-11-14", SHOWN, 0, .called = "'met': <true>&'met-at': <int64 1699963200000000>"},
    {"name", "id|contact|" K1 "|--name|ann|--json", SHOWN, 0, .called = "Set('" K1 "', {'name': <'ann'>})", "\"met\": true"},
    {"introduces", "id|contact|ann|--introduces|--audits", SHOWN, 0, .called = "Set('ann', &'introduces': <true>&'audits': <true>"},
    {"not", "id|contact|ann|--not|met|--not|introduces|--not|audits|--not|name", SHOWN, 0, .called = "'name': <''>&'met': <false>&'introduces': <false>&'audits': <false>"},
    {"nothing-said", "id|contact|ann", SHOWN, 0, .called = "Set('ann'"},
    {"not-what", "id|contact|ann|--not|x", SHOWN, 2, .err = "net2o: x: this is not how it is used. See 'net2o id contact --help'."},
    {"no-day", "id|contact|ann|--met-on|yesterday", SHOWN, 2, .err = "net2o: yesterday: a day is written 2026-05-31"},
    {"day-that-is-none", "id|contact|ann|--met-on|2023-02-30", SHOWN, 2, .err = "a day is written"},
    {"remove", "id|contact|ann|--remove", "", 0, .called = "Remove('ann',)"},
    {"remove-json", "id|contact|ann|--remove|--json", "", 0, .called = "Remove('ann',)", "{\"removed\": \"ann\"}\n"},
    {"forget-met", "id|contact|--forget-met", "", 0, .called = "Forget("},
    {"forget-met-json", "id|contact|--forget-met|--json", "", 0, .called = "Forget(", .out = "{\"forgotten\": \"met\"}\n"},
    {"forget-met-whom", "id|contact|ann|--forget-met", "", 2, .err = "this word is one too many"},
    {"refused", "id|contact|ann|--met", "!-6", 3, .called = "Set('ann', {'met': <true>})", .err = "net2o: order: it failed. Do so.\n"},
    {"too-many-words", "id|contact|ann|bob", "", 2, .err = "this word is one too many"},
    {"contact-help", "id|contact|--help", "", 0, .called = NULL, "net2o id contact - whom you know"},

    {"trust", "id|trust|shop", CHANGED, 0, .called = "Trust('shop', 'read')", K1 "\nDecide yourself, knowing this:\n  shop was another identity until 14 November 2023. That one neither ended nor handed the name over.\n  Introduced by bob, as Ann"},
    {"trust-for", "id|trust|shop|--for|log-in|--json", CHANGED, 0, .called = "Trust('shop', 'log-in')", "\"verdict\": \"ask\""},
    {"trust-go", "id|trust|" K1, "({'identity': <'" K1 "'>, 'verdict': <'go'>, 'reasons': <@aa{sv} []>},)", 0, .called = "Trust('" K1 "', 'read')", "Nothing stands against it.\n"},
    {"trust-note", "id|trust|a", "({'identity': <'" K1 "'>, 'verdict': <'note'>, 'reasons': <[{'code': <'first'>}]>},)", 0, .called = "Trust('a', 'read')", "Go on, but know this:\n  You have not met this identity before.\n"},
    {"trust-stop", "id|trust|a", "({'identity': <'" K1 "'>, 'verdict': <'stop'>, 'reasons': <[{'code': <'ended'>, 'who': <'" K2 "'>, 'at': <int64 1700000000000000>}]>},)", 0, .called = "Trust('a', 'read')", "Do not go on:\n  This identity was ended on 14 November 2023 by its recovery sheet. Its successor is k1-bbbbbbbb"},
    {"trust-word-of-tomorrow", "id|trust|a", "({'identity': <'" K1 "'>, 'verdict': <'perhaps'>, 'reasons': <[{'code': <'new'>}]>},)", 0, .called = "Trust('a', 'read')", "Do not go on:\n  For a reason called “new”.\n"},
    {"accept-address", "id|trust|" K1 "|--accept", "({'identity': <'" K1 "'>, 'name': <''>, 'verdict': <'go'>},)", 2, .called = "Trust('" K1 "', 'read')", .err = "this is no name, so it is always the same"},
    {"trust-nobody", "id|trust", "", 2, .err = "a word is missing"},
    {"trust-help", "id|trust|--help", "", 0, .called = NULL, "net2o id trust - who vouches for whom"},
};
/* clang-format on */

static void
on_exit_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    fixture *f = user_data;
    g_autoptr(GError) error = NULL;

    g_assert_true(g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, &f->out,
                                                       &f->err, &error));
    g_assert_no_error(error);
    f->code = g_subprocess_get_exit_status(G_SUBPROCESS(source));
    f->is_over = TRUE;
}

static void
run(fixture *f, const row *t)
{
    g_auto(GStrv) split = g_strsplit(t->words, "|", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(argv, (char *)g_getenv("NET2O"));
    g_ptr_array_add(argv, (char *)"--profile");
    g_ptr_array_add(argv, f->dir);
    for (char **word = split; *word; word++)
        g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, NULL);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_subprocess_launcher_setenv(launcher, "TZ", "UTC", TRUE);
    fake_peer_play(f->peer, &(fake_scene){.reply = t->reply});
    g_autoptr(GSubprocess) process =
        g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8_async(process, NULL, NULL, on_exit_cb, f);
    while (!f->is_over)
        g_main_context_iteration(NULL, TRUE);
}

static void
assert_part(const char *text, const char *part)
{
    if (!part)
        g_assert_cmpstr(text, ==, "");
    else if (!strstr(text, part))
        g_error("not there: %s\nin: %s", part, text);
    g_assert_null(strchr(text, '\033'));
}

static void
test_row(gconstpointer data)
{
    const row *t = data;
    fixture f = {.dir = g_dir_make_tmp("n2-cli-XXXXXX", NULL)};
    g_autofree char *bus = g_build_filename(f.dir, "bus", NULL);

    f.peer = fake_peer_new(f.dir);
    run(&f, t);
    g_test_message("%s -> %d\nout: %s\nerr: %s\ncalled: %s", t->words, f.code, f.out, f.err,
                   fake_peer_called(f.peer));
    g_assert_cmpint(f.code, ==, t->code);
    g_auto(GStrv) called = g_strsplit(t->called ? t->called : "", "&", -1);
    for (char **part = called; *part; part++)
        assert_part(fake_peer_called(f.peer), *part);
    g_assert_true(t->called || !*fake_peer_called(f.peer));
    assert_part(f.out, t->out);
    assert_part(f.err, t->err);
    fake_peer_free(f.peer);
    (void)g_unlink(bus);
    g_assert_cmpint(g_rmdir(f.dir), ==, 0);
    g_free(f.dir);
    g_free(f.out);
    g_free(f.err);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/cli/people/%s", rows[i].name);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
