/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cli.c - the program net2o, run as a user runs it, against a node that only plays.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "fake-control.h"

#define IDENTITY "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define EIGHT "a.b.c.d.e.f.g.h"

typedef struct {
    char *dir;
    n2_control *control;
    n2_server *server;
    char *out; /* of the last run */
    char *err;
    int code;
    gboolean is_over;
} fixture;

static void
on_busy(void *user)
{
    fixture *f = user;

    fake_control_drain(f->control, f->server);
}

static n2_err
fake_resolve(void *user, n2_net_addr *out, const char *endpoint)
{
    (void)user;
    out->len = 1;
    return g_str_has_prefix(endpoint, "udp:") ? N2_OK : N2_ERR_FORMAT;
}

static void
set_up(fixture *f, gconstpointer data)
{
    const n2_server_host host = {.user = f, .busy = on_busy, .resolve = fake_resolve};
    g_autoptr(GError) error = NULL;
    (void)data;

    f->dir = g_dir_make_tmp("n2-cli-XXXXXX", NULL);
    f->control = fake_control_new();
    g_autofree char *path = g_build_filename(f->dir, "bus", NULL);
    int socket = -1;
    g_assert_cmpint(n2_ipc_listen(&socket, path, &error), ==, N2_OK);
    g_assert_cmpint(n2_server_new(&f->server, socket, f->control, &host, &error), ==, N2_OK);
    n2_server_start(f->server);
}

static void
tear_down(fixture *f, gconstpointer data)
{
    const char *argv[] = {"rm", "-rf", f->dir, NULL};
    (void)data;

    n2_server_free(f->server);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    fake_control_free(f->control);
    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                 NULL);
    g_free(f->dir);
    g_free(f->out);
    g_free(f->err);
}

static void
on_exit_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    fixture *f = user_data;
    GSubprocess *process = G_SUBPROCESS(source);
    g_autoptr(GError) error = NULL;

    g_subprocess_communicate_utf8_finish(process, result, &f->out, &f->err, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_if_exited(process));
    f->code = g_subprocess_get_exit_status(process);
    f->is_over = TRUE;
}

/* @words: separated by '|'; '%' stands for the fixture's folder. */
static void
run(fixture *f, const char *words)
{
    g_auto(GStrv) split = g_strsplit(words, "|", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(argv, g_strdup(g_getenv("NET2O")));
    g_ptr_array_add(argv, g_strdup("--profile"));
    g_ptr_array_add(argv, g_strdup(f->dir));
    for (char **word = split; *word; word++) {
        g_auto(GStrv) parts = g_strsplit(*word, "%", -1);
        g_ptr_array_add(argv, g_strjoinv(f->dir, parts));
    }
    g_ptr_array_add(argv, NULL);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_autoptr(GSubprocess) process =
        g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
    g_assert_no_error(error);
    g_clear_pointer(&f->out, g_free);
    g_clear_pointer(&f->err, g_free);
    f->is_over = FALSE;
    g_subprocess_communicate_utf8_async(process, NULL, NULL, on_exit_cb, f);
    while (!f->is_over)
        g_main_context_iteration(NULL, TRUE);
    g_test_message("net2o %s -> %d\n%s%s", words, f->code, f->out, f->err);
}

typedef struct {
    const char *name;
    const char *words;
    int code;
    const char *out; /* in stdout; NULL: stdout is empty */
    const char *err; /* in stderr; NULL: stderr is empty */
} row;

static const row rows[] = {
    {"help", "--help", 0, "net2o COMMAND --help", NULL},
    {"help-of-command", "path|--help", 0, "net2o path set", NULL},
    {"version", "--version", 0, "net2o " N2_VERSION "\n", NULL},
    {"no-command", "--json", 2, NULL, "the command is missing"},
    {"unknown-command", "frob", 2, NULL,
     "net2o: frob: there is no such command. See 'net2o --help'.\n"},
    {"unknown-option", "ls|--frob|x", 2, NULL, "See 'net2o ls --help'"},
    {"word-missing", "get", 2, NULL, "net2o: get: a word is missing"},
    {"word-too-many", "ls|a|b", 2, NULL, "net2o: b: this word is one too many"},
    {"wrong-verb", "peer|frob", 2, NULL, "net2o: frob: this is not how it is used"},

    {"status", "status", 0, "udp:127.0.0.1:4000 udp:[::1]:4000", NULL},
    {"status-links", "status", 0, "port 1  0.2 ms  " IDENTITY, NULL},
    {"status-json", "status|--json", 0, "\"bits\": 4, \"uptime_s\": 75", NULL},
    {"status-limit", "status", 0, "connections                           3     4096        2\n",
     NULL},
    {"status-limit-per-s", "status", 0,
     "connections asked for, per second     \xe2\x80\x93      256        7\n", NULL},
    {"status-limit-unknown", "status", 0,
     "of_a_newer_node                       1        2        3\n", NULL},
    {"status-limits-idle", "status", 0, "more limits, unused (--verbose shows them)\n", NULL},
    {"status-switch", "status|switch", 0,
     "Switch         16 ports\nPassed on      4711 packets\nFor this node  0 packets\n"
     "Filter         2 rules\n\nPort  State ",
     NULL},
    {"status-switch-port", "status|switch", 0,
     "   2  up         10 Mbit/s  500 kbit/s, 5 %  9.7 Mbit/s, 97 %  14 ms    42 s        3  "
     "4 Mbit/s  hafen\n",
     NULL},
    {"status-switch-clean", "status|switch", 0, "udp:192.0.2.3:4000", NULL},
    {"status-switch-reservation", "status|switch", 0,
     "\nReservations\n4 Mbit/s  from port 2 to port 3  12 s left  cut off: it took too much\n",
     NULL},
    {"status-switch-label", "status|switch", 0, "9/4  4 ways  0 packets\n", NULL},
    {"status-switch-tree", "status|switch", 0,
     "00000000deadbeef  from port 2  2 branches  0 packets  1 by unicast\nand 299 more\n",
     NULL},
    {"status-switch-channel", "status|switch", 0, "77  from port 3  to 1 port  0 packets\n",
     NULL},
    {"status-switch-json", "status|switch|--json", 0, "{\"bits\": 4, \"forwarded\": 4711",
     NULL},
    {"status-other", "status|colour", 2, NULL, "this is not how it is used"},
    {"status-verbose", "status|--verbose", 0, "keys asked for, per second", NULL},
    {"status-limits-json", "status|--json", 0,
     "{\"name\": \"connections\", \"at\": 3, \"max\": 4096, \"refused\": 2}", NULL},
    {"json-before-command", "--json|status", 0, "{\"identity\": \"k1-", NULL},
    {"fsck", "fsck", 0, "53 files verified", NULL},

    {"id-list", "id|list", 0, IDENTITY "  me  default\n", NULL},
    {"id-show", "id|show|me", 0, "Identity  " IDENTITY, NULL},
    {"id-new", "id|new|me", 0, IDENTITY, NULL},
    {"id-new-json", "--json|id|new|me", 0, "\"default\": true", NULL},

    {"peer-add", "peer|add|udp:h:1|" IDENTITY, 0, "udp:h:1  opening  port 2", NULL},
    {"peer-add-wrong", "peer|add|tcp:h:1", 2, NULL, "Write udp:HOST:PORT"},
    {"peer-list-json", "--json|peer|list", 0, "\"state\": \"opening\"", NULL},
    {"peer-remove", "peer|remove|udp:h:1", 0, NULL, NULL},
    {"peer-remove-json", "--json|peer|remove|udp:h:1", 0, "{\"removed\": \"udp:h:1\"}\n", NULL},

    {"path", "path|demo", 0, "3  3/4  silent\n", NULL},
    {"path-says", "path|demo", 0, "set by hand", NULL},
    {"path-json", "path|--json|demo", 0, "\"rtt_us\": 2000", NULL},
    {"path-list", "path", 0, IDENTITY "  1230000000000000  demo\n", NULL},
    {"path-set", "path|set|" IDENTITY "|1/4|3/2", 0, NULL, NULL},
    {"path-set-wrong-hop", "path|set|" IDENTITY "|1:4", 2, NULL, "PORT/BITS"},
    {"path-set-port-too-high", "path|set|demo|4/2", 2, NULL, "does not fit into so few bits"},
    {"path-set-bits-too-many", "path|set|demo|4/17", 2, NULL, "PORT/BITS"},
    {"path-set-wrong-identity", "path|set|k1-nonsense|1/4", 2, NULL,
     "net2o: k1-nonsense: this is not the address of an identity. It is written"},
    {"name-set-wrong-name", "name|set|bad..name|" IDENTITY, 2, NULL, "this cannot be a name"},
    {"name-nine-labels", "name|lookup|a.b.c.d.e.f.g.h.i", 2, NULL,
     "a.b.c.d.e.f.g.h.i: this name is too long (8 parts of 63 bytes at most)"},
    {"name-64-labels",
     "name|lookup|" EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT,
     2, NULL, "this name is too long"},
    {"name-65-labels",
     "name|register|a." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT "." EIGHT
     "." EIGHT,
     2, NULL, "this name is too long"},
    {"name-set-nine-labels", "name|set|a.b.c.d.e.f.g.h.i|" IDENTITY, 2, NULL,
     "this name is too long"},
    {"name-root-nine-labels", "name|root|add|a.b.c.d.e.f.g.h.i|" IDENTITY, 2, NULL,
     "this name is too long"},
    {"name-zone-nine-labels", "name|zone|new|a.b.c.d.e.f.g.h.i", 2, NULL,
     "this name is too long"},
    {"name-set-wrong-identity", "name|set|n|somebody", 2, NULL,
     "not the address of an identity"},
    {"attr-set-wrong-time", "attr|set|a|n|tomorrow|--type|time", 2, NULL, "2024-12-31"},
    {"path-set-no-hop", "path|set|" IDENTITY, 2, NULL, "not how it is used"},
    {"path-unset", "path|unset|" IDENTITY, 0, NULL, NULL},

    {"name-set", "name|set|n|" IDENTITY, 0, NULL, NULL},
    {"name-set-taken", "name|set|taken|" IDENTITY, 1, NULL,
     "net2o: taken: it is another's already. Choose another.\n"},
    {"name-set-taken-json", "--json|name|set|taken|" IDENTITY, 1, NULL,
     "{\"code\": 1, \"error\": \"EXISTS\", \"what\": \"taken\", \"why\": "
     "\"it is another's already\", \"next\": \"Choose another.\"}\n"},
    {"name-unset", "name|unset|n", 0, NULL, NULL},
    {"name-list", "name|list", 0, "demo  " IDENTITY "\n", NULL},

    {"reserve", "reserve|demo|4M", 0, "kept  by 3 switches  demo", NULL},
    {"reserve-doubt", "reserve|demo|500k", 0, "1 does not know what its line carries", NULL},
    {"reserve-json", "--json|reserve|demo|64000|--urgent", 0, "\"rate_bps\": 64000", NULL},
    {"reserve-refused", "reserve|demo|9M", 4, NULL, "switch 2 on the way has not so much left"},
    {"reserve-refused-next", "reserve|demo|1G", 4, NULL, "Ask for 8 Mbit/s at most."},
    {"reserve-list", "reserve", 0, "kept", NULL},
    {"reserve-release", "--json|reserve|release|3", 0, "{\"removed\": \"3\"}\n", NULL},
    {"reserve-release-what", "reserve|release|x", 2, NULL, "not the number of a reservation"},
    {"reserve-no-rate", "reserve|demo|fast", 2, NULL, "this is not a rate, such as 4M"},
    {"reserve-rate-of-nothing", "reserve|demo|0", 2, NULL, "this is not a rate, such as 4M"},
    {"reserve-rate-too-long", "reserve|demo|99999999999999999999G", 2, NULL, "not a rate"},
    {"reserve-one-word", "reserve|demo", 2, NULL, "this is not how it is used"},
    {"switch-label", "switch|label", 0, "8 to 1 0/2  up          5        4        1\n", NULL},
    {"switch-label-hidden", "switch|label|list", 0, "hide 1      down", NULL},
    {"switch-label-json", "--json|switch|label", 0, "\"number\": 8, \"packets\": 5", NULL},
    {"switch-label-set", "switch|label|set|12|any|8|9", 0, NULL, NULL},
    {"switch-label-set-json", "--json|switch|label|set|12|to|3|6/3", 0,
     "{\"label\": \"12 to 3 6/3\"}\n", NULL},
    {"switch-label-unset", "--json|switch|label|unset|12", 0, "{\"label\": \"forget 12\"}\n",
     NULL},
    {"switch-label-hide", "--json|switch|label|hide|3", 0, "{\"label\": \"hide 3\"}\n", NULL},
    {"switch-label-wrong", "switch|label|frob", 2, NULL, "See 'net2o switch label --help'"},
    {"switch-filter", "switch|filter", 0, "deny in 3 class urgent        7    700\n", NULL},
    {"switch-filter-others", "switch|filter", 0, "(all others)                  8     80\n",
     NULL},
    {"switch-filter-unset", "switch|filter|unset", 0, NULL, NULL},
    {"switch-filter-no-file", "switch|filter|set|%/none", 3, NULL, "there is no such file"},
    {"switch-filter-wrong", "switch|filter|set|a|b", 2, NULL,
     "See 'net2o switch filter --help'"},
    {"switch-tree", "switch|tree", 0,
     "Tree  00000000deadbeef  by unicast: switch 3 on the way has no room in the tree  20 "
     "packets  demo\n",
     NULL},
    {"switch-tree-list", "--json|switch|tree|list", 0, "\"state\": \"alone\"", NULL},
    {"switch-tree-none", "switch|channel", 0, "", NULL},
    {"switch-tree-open", "switch|tree|open", 0, "Tree  00000000deadbeef  open, comes from here",
     NULL},
    {"switch-tree-open-json", "--json|switch|tree|open|77", 0, "\"number\": \"77\"", NULL},
    {"switch-tree-open-port", "switch|tree|open|77|3", 2, NULL, "not how it is used"},
    {"switch-tree-join", "switch|tree|join|77|demo", 0, "by unicast", NULL},
    {"switch-tree-join-full", "switch|tree|join|4|demo", 8, NULL,
     "switch 3 on the way has no room for one more"},
    {"switch-tree-join-whom", "switch|tree|join|77", 2, NULL, "not how it is used"},
    {"switch-tree-leave", "--json|switch|tree|leave|77", 0, "{\"removed\": \"77\"}\n", NULL},
    {"switch-tree-close", "switch|tree|close|77", 0, NULL, NULL},
    {"switch-tree-probe", "--json|switch|tree|probe|77|9", 0, "\"packets\": 20", NULL},
    {"switch-tree-probe-much", "switch|tree|probe|77|65", 2, NULL, "from 1 to 64"},
    {"switch-tree-help", "switch|tree|--help", 0, "net2o switch tree - multicasts", NULL},
    {"switch-channel-open", "switch|channel|open|4711|3", 0, "Channel  4711  open", NULL},
    {"switch-channel-open-port", "switch|channel|open|4711|x", 2, NULL, "number of a port"},
    {"switch-channel-join", "switch|channel|join|7", 0, "Channel  7", NULL},
    {"switch-channel-take", "--json|switch|channel|take|3|256-511", 0,
     "{\"take\": \"256-511\"}\n", NULL},
    {"switch-channel-block", "switch|channel|block|3|none", 0, NULL, NULL},
    {"switch-channel-block-port", "switch|channel|block|0|7", 2, NULL, "number of a port"},
    {"switch-channel-ports", "switch|channel|ports", 0, "port 3  does not pass  256-511\n",
     NULL},
    {"switch-channel-ports-json", "--json|switch|channel|ports", 0, "\"last\": 511", NULL},
    {"switch-help", "switch|--help", 0, "net2o switch tree ...", NULL},
    {"switch-wrong", "switch|frob", 2, NULL, "See 'net2o switch --help'"},

    {"get", "get|net2o://demo/page.md", 0, "# Demo\n\nHello there.\n", NULL},
    {"get-json", "--json|get|net2o://demo/page.md", 0, "# Demo\n\nHello there.\n",
     "\"type\": \"text/markdown\", \"size\": 21"},
    {"get-index", "get|net2o://demo/", 0, "# Demo", NULL},
    {"get-empty", "get|net2o://demo/empty", 0, NULL, NULL},
    {"get-folder", "get|net2o://demo/folder/", 2, NULL, "this is a folder. See what is in it"},
    {"get-nothing", "get|net2o://demo/nothing", 3, NULL,
     "net2o: net2o://demo/nothing: there is no such thing. "},
    {"get-gone", "get|net2o://demo/gone", 5, NULL, "hop 2 on the way does not answer. "},
    {"get-gone-json", "--json|get|net2o://demo/gone", 5, NULL, "\"hop\": 2}"},
    {"get-forged", "get|net2o://demo/forged|-o|%/f", 6, NULL, "a leaf has another hash"},
    {"get-no-such-folder", "get|net2o://demo/page.md|-o|%/no/file", 3, NULL, "-o FILE"},

    {"ls", "ls|net2o://demo/folder/", 0, "text/markdown  page.md\n", NULL},
    {"ls-folder", "ls|net2o://demo/folder/", 0, "pictures/\n", NULL},
    {"ls-json", "--json|ls|net2o://demo/folder/", 0,
     "{\"name\": \"page.md\", \"kind\": \"file\"", NULL},
    {"show", "show|net2o://demo/page.md", 0, "Hello there.", NULL},
    {"show-json", "show|net2o://demo/page.md|--json", 0, "\"text\": \"", NULL},
    {"show-folder", "show|net2o://demo/folder/", 0, "page.md", NULL},
    {"show-no-text", "show|net2o://demo/big", 1, NULL, "this is no text"},

    /* A hostile attribute: its escape sequence reaches neither terminal nor JSON as such. */
    {"attr-list", "attr|list|net2o://demo/page.md", 0, "De\xef\xbf\xbd[31mmo", NULL},
    {"attr-list-json", "--json|attr|list|net2o://demo/page.md", 0, "De\\u001b[31mmo", NULL},
    {"attr-get", "attr|get|net2o://demo/page.md|title", 0, "De\xef\xbf\xbd[31mmo\n", NULL},
    {"attr-set-no-value", "attr|set|a|n", 2, NULL, "not how it is used"},

    {"publish-no-folder", "publish|%/none", 3, NULL, "there is no such folder"},
    {"publish-file", "publish|/etc/passwd", 3, NULL, "it is not a folder"},
};

static void
test_row(fixture *f, gconstpointer data)
{
    const row *t = data;

    run(f, t->words);
    g_assert_cmpint(f->code, ==, t->code);
    if (t->out)
        g_assert_nonnull(strstr(f->out, t->out));
    else
        g_assert_cmpstr(f->out, ==, "");
    if (t->err)
        g_assert_nonnull(strstr(f->err, t->err));
    else
        g_assert_cmpstr(f->err, ==, "");
}

/* Each line of --json is an object that a parser of somebody else reads. */
static void
test_json_parses(fixture *f, gconstpointer data)
{
    static const char *const words[] = {
        "--json|status",
        "--json|id|list",
        "--json|peer|list",
        "--json|path|demo",
        "--json|path",
        "--json|name|list",
        "--json|ls|net2o://demo/folder/",
        "--json|show|net2o://demo/page.md",
        "--json|attr|list|x",
        "--json|fsck",
        "--json|get|net2o://demo/page.md|-o|%/p",
        "--json|name|set|n|" IDENTITY,
        "--json|path|unset|" IDENTITY,
    };
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        run(f, words[i]);
        g_assert_cmpint(f->code, ==, 0);
        g_auto(GStrv) lines = g_strsplit(g_strchomp(f->out), "\n", -1);
        for (char **line = lines; *line; line++) {
            g_autoptr(JsonParser) parser = json_parser_new();
            g_autoptr(GError) error = NULL;
            json_parser_load_from_data(parser, *line, -1, &error);
            g_assert_no_error(error);
            g_assert_true(JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)));
        }
    }
}

static JsonObject *
parse_object(JsonParser *parser, const char *text)
{
    g_autoptr(GError) error = NULL;

    json_parser_load_from_data(parser, text, -1, &error);
    g_assert_no_error(error);
    return json_node_get_object(json_parser_get_root(parser));
}

/* The names that contract and man page promise. */
static void
test_get_names(fixture *f, gconstpointer data)
{
    static const char *const names[] = {"address",    "type", "size", "hash",
                                        "attributes", "from", "path", "ms"};
    g_autoptr(JsonParser) parser = json_parser_new();
    (void)data;

    run(f, "--json|get|net2o://demo/page.md|-o|%/page");
    JsonObject *object = parse_object(parser, f->out);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_true(json_object_has_member(object, names[i]));
    g_assert_cmpint(json_object_get_int_member(object, "size"), ==, 21);
    g_assert_cmpstr(
        json_array_get_string_element(json_object_get_array_member(object, "path"), 1), ==,
        "3/2");
}

static char *
contents(fixture *f, const char *name)
{
    g_autofree char *path = g_build_filename(f->dir, name, NULL);
    char *text = NULL;

    (void)g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

/* Nothing of a failed transfer stays; what was there before does. */
static void
test_get_is_atomic(fixture *f, gconstpointer data)
{
    g_autofree char *file = g_build_filename(f->dir, "file", NULL);
    (void)data;

    run(f, "get|net2o://demo/forged|-o|%/file");
    g_assert_cmpint(f->code, ==, 6);
    g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS));
    g_file_set_contents(file, "before", -1, NULL);
    run(f, "get|net2o://demo/forged|-o|%/file");
    g_autofree char *kept = contents(f, "file");
    g_assert_cmpstr(kept, ==, "before");
    run(f, "get|net2o://demo/page.md|-o|%/file");
    g_autofree char *now = contents(f, "file");
    g_assert_cmpstr(now, ==, "# Demo\n\nHello there.\n");

    g_autoptr(GDir) dir = g_dir_open(f->dir, 0, NULL);
    guint n = 0;
    while (g_dir_read_name(dir))
        n++;
    g_assert_cmpuint(n, ==, 2); /* bus and file: no leavings */
}

static void
test_get_into_folder(fixture *f, gconstpointer data)
{
    (void)data;

    run(f, "get|net2o://demo/page.md|-o|%");
    g_autofree char *page = contents(f, "page.md");
    g_assert_nonnull(page);
    run(f, "get|net2o://demo/|-o|%");
    g_autofree char *index = contents(f, "index.md");
    g_assert_nonnull(index);
    run(f, "get|net2o://demo/page.md|-o|/dev/null");
    g_assert_cmpint(f->code, ==, 0);
}

static void
test_publish(fixture *f, gconstpointer data)
{
    g_autofree char *site = g_build_filename(f->dir, "site", NULL);
    g_autofree char *page = g_build_filename(site, "index.md", NULL);
    g_autofree char *hidden = g_build_filename(site, ".git", NULL);
    fake_seen *seen = fake_control_seen(f->control);
    g_autoptr(JsonParser) parser = json_parser_new();
    (void)data;

    g_mkdir(site, 0700);
    g_file_set_contents(page, "# Hello\n", -1, NULL);
    g_file_set_contents(hidden, "x", -1, NULL);
    run(f, "publish|%/site|--name|demo");
    g_assert_cmpint(f->code, ==, 0);
    g_assert_true(g_str_has_prefix(f->out, "net2o://k1-"));
    g_assert_nonnull(strstr(f->out, "\nnet2o://h1-"));
    g_assert_cmpstr(f->err, ==, "left out: .git: hidden\n");
    g_assert_nonnull(strstr(seen->last->str, "|demo|"));
    gsize before = seen->archive->len;

    run(f, "publish|%/site|--hidden|--json");
    JsonObject *object = parse_object(parser, f->out);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(object, "skipped")), ==,
                     0);
    g_assert_true(json_object_has_member(object, "by_hash"));
    g_assert_cmpuint(seen->archive->len, >, before);
}

static void
test_attr_set(fixture *f, gconstpointer data)
{
    fake_seen *seen = fake_control_seen(f->control);
    (void)data;

    run(f, "attr|set|net2o://demo/a|date|2024-01-01|--type|time");
    g_assert_cmpint(f->code, ==, 0);
    g_assert_true(
        g_str_has_suffix(seen->last->str, " net2o://demo/a|date|1704067200000000|time"));
    run(f, "attr|set|net2o://demo/a|date|--remove");
    g_assert_true(g_str_has_suffix(seen->last->str, " net2o://demo/a|date|-|-"));
    run(f, "attr|set|net2o://demo/a|n|--|-1"); /* a value that looks like an option */
    g_assert_true(g_str_has_suffix(seen->last->str, " net2o://demo/a|n|-1|-"));
}

/* Help fits a terminal of 24 lines, for the program and each command. */
static void
test_help_is_short(fixture *f, gconstpointer data)
{
    static const char *const words[] = {"--help",      "status|--help",  "fsck|--help",
                                        "id|--help",   "peer|--help",    "path|--help",
                                        "name|--help", "publish|--help", "get|--help",
                                        "show|--help", "ls|--help",      "attr|--help"};
    (void)data;

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        run(f, words[i]);
        g_assert_cmpint(f->code, ==, 0);
        g_auto(GStrv) lines = g_strsplit(g_strchomp(f->out), "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), <, 24);
        for (char **line = lines; *line; line++)
            g_assert_cmpint(g_utf8_strlen(*line, -1), <=, 90);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/cli/", rows[i].name, NULL);
        g_test_add(path, fixture, &rows[i], set_up, test_row, tear_down);
    }
    g_test_add("/cli/json-parses", fixture, NULL, set_up, test_json_parses, tear_down);
    g_test_add("/cli/get-names", fixture, NULL, set_up, test_get_names, tear_down);
    g_test_add("/cli/get-is-atomic", fixture, NULL, set_up, test_get_is_atomic, tear_down);
    g_test_add("/cli/get-into-folder", fixture, NULL, set_up, test_get_into_folder, tear_down);
    g_test_add("/cli/publish-folder", fixture, NULL, set_up, test_publish, tear_down);
    g_test_add("/cli/attr-set", fixture, NULL, set_up, test_attr_set, tear_down);
    g_test_add("/cli/help-is-short", fixture, NULL, set_up, test_help_is_short, tear_down);
    return g_test_run();
}
