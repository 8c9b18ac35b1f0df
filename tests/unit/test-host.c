/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-host.c - options, profile, back-off, channel and disk table of the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/channel.h"
#include "host/config.h"
#include "host/disk.h"
#include "host/fault.h"
#include "host/names.h"
#include "host/parent.h"
#include "host/profile.h"

static char *
make_dir(void)
{
    char *dir = g_dir_make_tmp("n2-host-XXXXXX", NULL);

    g_assert_nonnull(dir);
    return dir;
}

static void
remove_dir(const char *dir)
{
    g_autoptr(GDir) list = g_dir_open(dir, 0, NULL);

    for (const char *name; list && (name = g_dir_read_name(list));) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            remove_dir(path);
        else
            (void)g_unlink(path);
    }
    (void)g_rmdir(dir);
}

/* ---- options and configuration ---- */

typedef struct {
    const char *name;
    const char *args; /* separated by blanks */
    const char *conf; /* (nullable) */
    n2_err want;
    const char *words; /* in the message of a failure */
    const char *listen;
    guint64 bits;
} config_row;

static const config_row config_rows[] = {
    {"built-in", "", NULL, N2_OK, NULL, "udp:0.0.0.0:0;udp:[::]:0", 4},
    {"listen", "--listen udp:127.0.0.1:0", NULL, N2_OK, NULL, "udp:127.0.0.1:0", 4},
    {"listen-twice", "--listen udp:127.0.0.1:0 --listen udp:[::1]:9", NULL, N2_OK, NULL,
     "udp:127.0.0.1:0;udp:[::1]:9", 4},
    {"bits", "--switch-bits 7", NULL, N2_OK, NULL, "udp:0.0.0.0:0;udp:[::]:0", 7},
    {"file", "", "[node]\nlisten=udp:10.0.0.1:4\nswitch-bits=3\n", N2_OK, NULL,
     "udp:10.0.0.1:4", 3},
    {"set-above-file", "--set node.switch-bits=5", "[node]\nswitch-bits=3\n", N2_OK, NULL,
     "udp:0.0.0.0:0;udp:[::]:0", 5},
    {"option-above-set", "--set node.switch-bits=5 --switch-bits 6", NULL, N2_OK, NULL,
     "udp:0.0.0.0:0;udp:[::]:0", 6},
    {"file-unknown-key", "", "[node]\ncolour=red\n", N2_OK, NULL, "udp:0.0.0.0:0;udp:[::]:0",
     4},
    {"set-unknown-key", "--set node.colour=red", NULL, N2_ERR_USAGE, "no such option", NULL, 0},
    {"set-no-equals", "--set node.log", NULL, N2_ERR_USAGE, "SECTION.KEY=VALUE", NULL, 0},
    {"set-no-dot", "--set log=info", NULL, N2_ERR_USAGE, "SECTION.KEY=VALUE", NULL, 0},
    {"bits-zero", "--switch-bits 0", NULL, N2_ERR_USAGE, "from 1 to 16", NULL, 0},
    {"bits-17", "--switch-bits 17", NULL, N2_ERR_USAGE, "from 1 to 16", NULL, 0},
    {"bits-word", "--switch-bits many", NULL, N2_ERR_USAGE, "from 1 to 16", NULL, 0},
    {"level-word", "--set node.log=loud", NULL, N2_ERR_USAGE, "error, warning", NULL, 0},
    {"ethernet", "--listen eth:eth0 --listen udp:127.0.0.1:0", NULL, N2_OK, NULL,
     "eth:eth0;udp:127.0.0.1:0", 4},
    {"ethernet-address", "--listen eth:eth0/02:00:00:00:00:01", NULL, N2_OK, NULL,
     "eth:eth0/02:00:00:00:00:01", 4},
    {"ethernet-bad", "--listen eth:", NULL, N2_ERR_USAGE, "eth:INTERFACE", NULL, 0},
    {"tcp", "--listen tcp:127.0.0.1:1", NULL, N2_ERR_USAGE, "no listener", NULL, 0},
    {"file-broken", "", "not a key file", N2_ERR_FORMAT, "net2o.conf: line 1 is neither", NULL,
     0},
    {"file-key-alone", "", "# x\n\n[node]\nlisten\n", N2_ERR_FORMAT, "line 4 is neither", NULL,
     0},
    {"file-no-section", "", "log=info\n[node]\n", N2_ERR_FORMAT, "line 1 stands before", NULL,
     0},
    {"file-half-section", "", "[node]\n[net\n", N2_ERR_FORMAT, "line 2 is no [SECTION]", NULL,
     0},
    {"file-binary", "", "[node]\nlog=\xff\xfe\n", N2_ERR_FORMAT, "line 2 is no text in UTF-8",
     NULL, 0},
    {"file-control", "", "[node]\nlog=\033[2J\n", N2_ERR_USAGE, "node.log: ?[2J is not", NULL,
     0},
    {"file-value", "", "[node]\nswitch-bits=99\n", N2_ERR_USAGE,
     "net2o.conf: line 2: node.switch-bits: 99 is not a number from 1 to 16", NULL, 0},
    {"file-value-line", "", "[port 3]\nto=udp:192.0.2.1:1\n\n# to=x\n[port 4]\n to = x\n",
     N2_ERR_USAGE, "line 6: port 4.to: x is no address", NULL, 0},
    {"file-twice", "",
     "[port 3]\nchannels-block=256-511\nrate-kbit=5\n[node]\n[port 3]\n"
     "channels-block=0x120000\n",
     N2_ERR_USAGE, "line 2: port 3.channels-block: given again in line 6", NULL, 0},
    {"file-comments", "", " # x\n[node]\n  log = debug \n", N2_OK, NULL,
     "udp:0.0.0.0:0;udp:[::]:0", 4},
    {"mode-switch", "--set node.mode=switch", "[port 1]\nto=udp:192.0.2.1:4000\nrate-kbit=5\n",
     N2_OK, NULL, "udp:0.0.0.0:0;udp:[::]:0", 4},
    {"port-to-and-from", "",
     "[port 1]\nto=udp:192.0.2.1:4000\n[port 2]\nto=udp:192.0.2.2:4000\n"
     "from=udp:192.0.2.3:4000\n",
     N2_ERR_USAGE, "line 5: port 2.from: line 4 says to= of the same port", NULL, 0},
    {"mode-switch-unknown-key", "--set node.mode=switch",
     "[port 1]\nfrom=any\nchanels-block=256-511\n", N2_ERR_USAGE,
     "line 3: port 1.chanels-block: there is no such key", NULL, 0},
    {"mode-word", "--set node.mode=router", NULL, N2_ERR_USAGE, "not node or switch", NULL, 0},
    {"port-last", "", "[port 15]\ntheir-port=3\n", N2_OK, NULL, "udp:0.0.0.0:0;udp:[::]:0", 4},
    {"port-too-wide", "", "[port 16]\nrate-kbit=5\n", N2_ERR_USAGE, "ports 1 to 15", NULL, 0},
    {"port-zero", "", "[port 0]\nrate-kbit=5\n", N2_ERR_USAGE, "[port N], N from 1", NULL, 0},
    {"port-word", "", "[port one]\nrate-kbit=5\n", N2_ERR_USAGE, "[port N], N from 1", NULL, 0},
    {"port-users-of-anybody", "", "[port 1]\nusers=5\n", N2_ERR_USAGE, "to= or from=", NULL, 0},
    {"port-channels-of-anybody", "", "[port 1]\nchannels-take=256-511\n", N2_ERR_USAGE,
     "to= or from=", NULL, 0},
    {"port-users-of-any", "", "[port 1]\nto=udp:192.0.2.1:4000\nusers=5\nfrom=any\n",
     N2_ERR_USAGE, "to= or from=", NULL, 0},
    {"port-from", "", "[port 1]\nfrom=udp:192.0.2.1:4000\nusers=5\n", N2_OK, NULL,
     "udp:0.0.0.0:0;udp:[::]:0", 4},
    {"port-name", "", "[port 1]\nto=udp:example.net:4000\n", N2_ERR_USAGE, "numbers for names",
     NULL, 0},
    {"port-rate", "", "[port 1]\nrate-kbit=much\n", N2_ERR_USAGE, "not a number", NULL, 0},
    {"port-unknown-key", "", "[port 1]\ncolour=red\n", N2_OK, NULL, "udp:0.0.0.0:0;udp:[::]:0",
     4},
    {"labels", "", "[switch]\nlabels=8 to 1 0/2; 12 any 8;hide 1\n", N2_OK, NULL,
     "udp:0.0.0.0:0;udp:[::]:0", 4},
    {"labels-wrong", "", "[switch]\nlabels=8 to 1 0/2; 12 any\n", N2_ERR_USAGE,
     "number 2 of 8 to 1 0/2; 12 any is no order about a label", NULL, 0},
    {"labels-beyond", "", "[switch]\nlabels=20 to 1 0/2\n", N2_ERR_USAGE,
     "20 to 1 0/2: a label is one of 1 to 15", NULL, 0},
    {"labels-beyond-wider", "--switch-bits 5", "[switch]\nlabels=20 to 1 0/2\n", N2_OK, NULL,
     "udp:0.0.0.0:0;udp:[::]:0", 5},
    {"labels-twice", "", "[switch]\nlabels=8 to 1 0/2; 9 to 1 0/2\n", N2_ERR_USAGE,
     "9 to 1 0/2: another label stands for this way", NULL, 0},
    {"labels-of-a-port", "", "[port 8]\nfrom=any\n[switch]\nlabels=8 to 1 0/2\n", N2_ERR_USAGE,
     "[port 8]: a label", NULL, 0},
    {"filter", "", "[switch]\nfilter=deny in 3 class urgent; allow\n", N2_OK, NULL,
     "udp:0.0.0.0:0;udp:[::]:0", 4},
    {"filter-wrong", "--set switch.filter=never", NULL, N2_ERR_USAGE,
     "number 1 of never is no rule", NULL, 0},
    {"filter-wrong-later", "", "[switch]\nfilter=deny in 3;allow class high,low; deny to 3\n",
     N2_ERR_USAGE, "line 2: switch.filter: number 3 of deny in 3;", NULL, 0},
    {"filter-comment", "", "[switch]\nfilter=deny in 3 # him; deny in 4\n", N2_ERR_USAGE,
     "all behind # would be no rules", NULL, 0},
    /* The switch would refuse all of them, and let everything pass. */
    {"filter-beyond", "", "[switch]\nfilter=deny in 3; deny in 20; allow\n", N2_ERR_USAGE,
     "switch.filter: deny in 20: the switch has ports 0 to 15", NULL, 0},
    {"filter-beyond-wider", "--switch-bits 5", "[switch]\nfilter=deny in 3; deny in 20\n",
     N2_OK, NULL, "udp:0.0.0.0:0;udp:[::]:0", 5},
    {"unknown-option", "--frobnicate", NULL, N2_ERR_USAGE, "no such option", NULL, 0},
    {"missing-value", "--listen", NULL, N2_ERR_USAGE, "needs a value", NULL, 0},
    {"stray-word", "start", NULL, N2_ERR_USAGE, "not an option", NULL, 0},
};

static void
test_config(gconstpointer data)
{
    const config_row *t = data;
    g_autofree char *dir = make_dir();
    g_autofree char *path = g_build_filename(dir, "net2o.conf", NULL);
    g_autofree char *line = g_strconcat("net2od ", t->args, NULL);
    g_auto(GStrv) argv = g_strsplit(g_strchomp(line), " ", -1);
    g_autoptr(GError) error = NULL;
    n2_options options = {0};
    n2_config config = {0};

    if (t->conf)
        g_assert_true(g_file_set_contents(path, t->conf, -1, NULL));
    n2_err err = n2_options_parse(&options, (int)g_strv_length(argv), argv, &error);
    if (!err)
        err = n2_config_load(&config, &options, path, &error);
    g_assert_cmpstr(n2_err_name(err), ==, n2_err_name(t->want));
    if (t->want) {
        g_assert_error(error, N2_FAULT, (int)t->want);
        g_assert_nonnull(strstr(error->message, t->words));
        g_assert_null(config.listen);
    } else {
        g_autofree char *listen = g_strjoinv(";", config.listen);
        g_assert_cmpstr(listen, ==, t->listen);
        g_assert_cmpuint(config.switch_bits, ==, t->bits);
    }
    n2_config_clear(&config);
    n2_options_clear(&options);
    remove_dir(dir);
}

/* A port said twice is one port; what was said last counts. */
static void
test_config_ports(void)
{
    static const char text[] =
        "[port 3]\nto=udp:192.0.2.1:4000\ntheir-port=7\nrate-kbit=100\nusers=12\n"
        "channels-take=256-511,0x120000\nchannels-block=7\n"
        "[port 5]\nrate-kbit=0\n";
    g_autofree char *dir = make_dir();
    g_autofree char *path = g_build_filename(dir, "net2o.conf", NULL);
    char set[] = "--set", rate[] = "port 3.rate-kbit=200", program[] = "net2od";
    char *argv[] = {program, set, rate, NULL};
    g_autoptr(GError) error = NULL;
    n2_options options = {0};
    n2_config config = {0};

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(n2_options_parse(&options, 3, argv, &error), ==, N2_OK);
    g_assert_cmpint(n2_config_load(&config, &options, path, &error), ==, N2_OK);
    g_assert_cmpuint(config.is_switch, ==, 0);
    g_assert_cmpuint(config.ports->len, ==, 2);
    const n2_config_port *port = &g_array_index(config.ports, n2_config_port, 0);
    g_assert_cmpuint(port->port, ==, 3);
    g_assert_cmpstr(port->to, ==, "udp:192.0.2.1:4000");
    g_assert_cmpuint(port->net.len, ==, 7);
    g_assert_cmpuint(port->their_port, ==, 7);
    g_assert_cmpuint(port->rate_kbit, ==, 200);
    g_assert_cmpuint(port->users, ==, 12);
    g_assert_cmpstr(port->channels_take, ==, "256-511,0x120000");
    g_assert_cmpstr(port->channels_block, ==, "7");
    g_assert_null(g_array_index(config.ports, n2_config_port, 1).to);
    n2_config_clear(&config);
    n2_options_clear(&options);
    remove_dir(dir);
}

static void
test_config_is_folder(void)
{
    g_autofree char *dir = make_dir();
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_assert_cmpint(n2_config_read(&text, dir, &error), ==, N2_ERR_IO);
    g_assert_nonnull(strstr(error->message, "it is no file"));
    g_assert_null(text);
    remove_dir(dir);
}

static void
test_config_is_endless(void)
{
    g_autofree char *dir = make_dir();
    g_autofree char *path = g_build_filename(dir, "net2o.conf", NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    g_assert_cmpint(truncate(path, 1 << 30), ==, 0);
    g_assert_cmpint(n2_config_read(&text, path, &error), ==, N2_ERR_FORMAT);
    g_assert_nonnull(strstr(error->message, "longer than"));
    g_assert_null(text);
    remove_dir(dir);
}

static void
test_help(void)
{
    g_auto(GStrv) lines = g_strsplit(n2_options_help(), "\n", -1);

    g_assert_cmpuint(g_strv_length(lines), <, 24);
    for (char **line = lines; *line; line++)
        g_assert_cmpuint(strlen(*line), <, 80);
}

/* ---- profile ---- */

static void
test_profile_is_private(void)
{
    g_autofree char *dir = make_dir();
    g_autofree char *inside = g_build_filename(dir, "p", NULL);
    n2_profile p;
    struct stat st;

    g_assert_cmpint(g_mkdir(inside, 0755), ==, 0);
    g_assert_cmpint(n2_profile_open(&p, inside, NULL), ==, N2_OK);
    const char *const dirs[] = {inside, p.keys_dir, p.data_dir, p.cache_dir, p.state_dir};
    for (size_t i = 0; i < G_N_ELEMENTS(dirs); i++) {
        g_assert_cmpint(stat(dirs[i], &st), ==, 0);
        g_assert_cmpint(st.st_mode & 07777, ==, 0700);
    }
    g_autofree char *bus = g_build_filename(inside, "bus", NULL);
    g_assert_cmpstr(p.bus_path, ==, bus);
    n2_profile_clear(&p);
    remove_dir(dir);
}

static void
test_profile_is_newer(void)
{
    g_autofree char *dir = make_dir();
    g_autofree char *path = g_build_filename(dir, "version", NULL);
    g_autoptr(GError) error = NULL;
    n2_profile p;

    g_assert_cmpint(n2_profile_open(&p, dir, NULL), ==, N2_OK);
    n2_profile_clear(&p);
    g_assert_cmpint(n2_profile_open(&p, dir, NULL), ==, N2_OK);
    n2_profile_clear(&p);
    g_assert_true(g_file_set_contents(path, "2\n", -1, NULL));
    g_assert_cmpint(n2_profile_open(&p, dir, &error), ==, N2_ERR_VERSION);
    g_assert_nonnull(strstr(error->message, "newer version"));
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, "what?\n", -1, NULL));
    g_assert_cmpint(n2_profile_open(&p, dir, &error), ==, N2_ERR_FORMAT);
    remove_dir(dir);
}

static void
test_profile_path_too_long(void)
{
    g_autofree char *dir = make_dir();
    g_autofree char *name = g_strnfill(110, 'x');
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(GError) error = NULL;
    n2_profile p;

    g_assert_cmpint(n2_profile_open(&p, path, &error), ==, N2_ERR_USAGE);
    g_assert_nonnull(strstr(error->message, "too long for a socket"));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    remove_dir(dir);
}

static void
test_profile_is_locked(void)
{
    g_autofree char *dir = make_dir();
    g_autoptr(GError) error = NULL;
    int first = -1, second = -1;
    n2_profile p;

    g_assert_cmpint(n2_profile_open(&p, dir, NULL), ==, N2_OK);
    g_assert_cmpint(n2_profile_lock(&p, &first, NULL), ==, N2_OK);
    g_assert_cmpint(n2_profile_lock(&p, &second, &error), ==, N2_ERR_BUSY);
    g_assert_nonnull(strstr(error->message, "in use by another net2od"));
    close(first);
    g_assert_cmpint(n2_profile_lock(&p, &second, NULL), ==, N2_OK);
    close(second);
    n2_profile_clear(&p);
    remove_dir(dir);
}

/* ---- back-off, causes ---- */

static void
test_backoff(void)
{
    static const uint32_t want[] = {100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000};
    uint32_t pause = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        pause = n2_backoff_next(pause, 10);
        g_assert_cmpuint(pause, ==, want[i]);
    }
    g_assert_cmpuint(n2_backoff_next(pause, N2_BACKOFF_CALM_MS), ==, 100);
}

static void
test_cause(void)
{
    g_autofree char *signalled = n2_parent_cause(SIGSEGV);
    g_autofree char *ended = n2_parent_cause(3 << 8);

    g_assert_true(g_str_has_prefix(signalled, "ended by signal 11 ("));
    g_assert_cmpstr(ended, ==, "ended with code 3");
}

/* ---- channel ---- */

static void
test_channel(void)
{
    n2_channel_message m;
    int ends[2], pipe_fds[2], fd = -1;
    char letter = 0;

    g_assert_cmpint(n2_channel_pair(ends), ==, N2_OK);
    g_assert_cmpint(n2_channel_receive(ends[1], false, &m, &fd), ==, N2_ERR_TIMEOUT);
    g_assert_cmpint(pipe2(pipe_fds, O_CLOEXEC), ==, 0);
    g_assert_cmpint(n2_channel_send(ends[0], N2_CHANNEL_PEER, 7, "cause", pipe_fds[1]), ==,
                    N2_OK);
    g_assert_cmpint(n2_channel_send(ends[0], N2_CHANNEL_STOP, 0, NULL, -1), ==, N2_OK);
    g_assert_cmpint(n2_channel_receive(ends[1], true, &m, &fd), ==, N2_OK);
    g_assert_cmpint(m.kind, ==, N2_CHANNEL_PEER);
    g_assert_cmpint(m.value, ==, 7);
    g_assert_cmpstr(m.text, ==, "cause");
    g_assert_cmpint(write(fd, "x", 1), ==, 1);
    g_assert_cmpint(read(pipe_fds[0], &letter, 1), ==, 1);
    close(fd);
    g_assert_cmpint(n2_channel_receive(ends[1], true, &m, &fd), ==, N2_OK);
    g_assert_cmpint(m.kind, ==, N2_CHANNEL_STOP);
    g_assert_cmpint(fd, ==, -1);
    close(ends[0]);
    g_assert_cmpint(n2_channel_receive(ends[1], true, &m, &fd), ==, N2_ERR_CLOSED);
    g_assert_cmpint(n2_channel_send(ends[1], N2_CHANNEL_STOP, 0, NULL, -1), ==, N2_ERR_CLOSED);
    close(ends[1]);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

/* Who ends with messages unread has still said what it said. */
static void
test_channel_last_words(void)
{
    n2_channel_message m;
    int ends[2], fd = -1;

    g_assert_cmpint(n2_channel_pair(ends), ==, N2_OK);
    g_assert_cmpint(n2_channel_send(ends[1], N2_CHANNEL_PEER, 1, "unread", -1), ==, N2_OK);
    g_assert_cmpint(n2_channel_send(ends[0], N2_CHANNEL_FATAL, N2_ERR_EXISTS, "why", -1), ==,
                    N2_OK);
    close(ends[0]);
    g_assert_cmpint(n2_channel_receive(ends[1], false, &m, &fd), ==, N2_OK);
    g_assert_cmpint(m.kind, ==, N2_CHANNEL_FATAL);
    g_assert_cmpstr(m.text, ==, "why");
    g_assert_cmpint(n2_channel_receive(ends[1], false, &m, &fd), ==, N2_ERR_CLOSED);
    close(ends[1]);
}

/* ---- names ---- */

typedef struct {
    int channel;
    n2_names_answer answer;
} false_names;

static gpointer
answer_once(gpointer data)
{
    const false_names *f = data;
    n2_channel_message m;
    int fd = -1;

    g_assert_cmpint(n2_channel_receive(f->channel, true, &m, &fd), ==, N2_OK);
    g_assert_cmpint(write(fd, &f->answer, sizeof f->answer), ==, sizeof f->answer);
    close(fd);
    return NULL;
}

/* Who looks names up reads what strangers say: its word is not believed blindly. */
static void
test_names_lie(void)
{
    const struct {
        uint8_t len, family;
        n2_err want;
    } rows[] = {{7, 4, N2_OK},          {23, 6, N2_OK},        {255, 4, N2_ERR_FORMAT},
                {29, 6, N2_ERR_FORMAT}, {7, 6, N2_ERR_FORMAT}, {0, 0, N2_ERR_FORMAT}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int ends[2];
        n2_net_addr out = {.len = 1};
        g_assert_cmpint(n2_channel_pair(ends), ==, N2_OK);
        false_names f = {.channel = ends[1]};
        f.answer.net.len = rows[i].len;
        f.answer.net.bytes[0] = rows[i].family;
        GThread *thread = g_thread_new("names", answer_once, &f);
        g_assert_cmpint(n2_names_resolve(ends[0], &out, "udp:a.example:3671"), ==,
                        rows[i].want);
        g_assert_cmpuint(out.len, ==, rows[i].want ? 1 : rows[i].len);
        (void)g_thread_join(thread);
        close(ends[0]);
        close(ends[1]);
    }
}

/* ---- disk ---- */

static bool
count_cb(void *data, const char *name, bool is_dir)
{
    int *n = data;

    g_assert_cmpint(is_dir, ==, strcmp(name, "folder") == 0);
    ++*n;
    return true;
}

static void
test_disk(void)
{
    g_autofree char *dir = make_dir();
    n2_host_disk *disk = NULL;
    n2_file file = -1;
    char buf[16] = "";
    size_t n_read = 0;
    n2_disk_stat st;
    uint64_t free_bytes = 0;
    const uint8_t *memory = NULL;
    int n = 0;

    g_assert_cmpint(n2_host_disk_open(&disk, dir), ==, N2_OK);
    const n2_disk *d = n2_host_disk_table(disk);
    g_assert_cmpint(d->mkdir(d->user, "folder"), ==, N2_OK);
    g_assert_cmpint(d->mkdir(d->user, "folder"), ==, N2_ERR_EXISTS);
    unsigned how = N2_OPEN_WRITE | N2_OPEN_CREATE | N2_OPEN_EXCLUSIVE;
    g_assert_cmpint(d->open(d->user, "folder/a", how, &file), ==, N2_OK);
    g_assert_cmpint(d->pwrite(d->user, file, 4, "word", 4), ==, N2_OK);
    g_assert_cmpint(d->pread(d->user, file, 0, buf, sizeof buf, &n_read), ==, N2_OK);
    g_assert_cmpmem(buf, n_read, "\0\0\0\0word", 8);
    g_assert_cmpint(d->map(d->user, file, 0, 8, &memory), ==, N2_OK);
    d->load(d->user, memory + 4, 4);
    g_assert_cmpmem(memory, 8, "\0\0\0\0word", 8);
    d->unmap(d->user, memory, 8);
    g_assert_cmpint(d->truncate(d->user, file, 2), ==, N2_OK);
    g_assert_cmpint(d->fdatasync(d->user, file), ==, N2_OK);
    g_assert_cmpint(d->close(d->user, file), ==, N2_OK);
    g_assert_cmpint(d->open(d->user, "folder/a", how, &file), ==, N2_ERR_EXISTS);
    g_assert_cmpint(d->stat(d->user, "folder/a", &st), ==, N2_OK);
    g_assert_cmpuint(st.size_bytes, ==, 2);
    g_assert_false(st.is_dir);
    g_assert_cmpint(d->rename(d->user, "folder/a", "b"), ==, N2_OK);
    g_assert_cmpint(d->fsync_dir(d->user, "folder"), ==, N2_OK);
    g_assert_cmpint(d->syncfs(d->user), ==, N2_OK);
    g_assert_cmpint(d->list(d->user, "", count_cb, &n), ==, N2_OK);
    g_assert_cmpint(n, ==, 2);
    g_assert_cmpint(d->rmdir(d->user, "folder"), ==, N2_OK);
    g_assert_cmpint(d->unlink(d->user, "b"), ==, N2_OK);
    g_assert_cmpint(d->unlink(d->user, "b"), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(d->free_space(d->user, &free_bytes), ==, N2_OK);
    g_assert_cmpuint(free_bytes, >, 0);
    n2_host_disk_free(disk);
    remove_dir(dir);
}

static void
test_disk_keeps_inside(void)
{
    g_autofree char *dir = make_dir();
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    n2_host_disk *disk = NULL;
    n2_file file = -1;

    g_assert_cmpint(n2_host_disk_open(&disk, dir), ==, N2_OK);
    const n2_disk *d = n2_host_disk_table(disk);
    g_assert_cmpint(symlink("/etc", link), ==, 0);
    g_assert_cmpint(d->open(d->user, "/etc/passwd", N2_OPEN_READ, &file), ==, N2_ERR_REFUSED);
    g_assert_cmpint(d->open(d->user, "../x", N2_OPEN_READ, &file), ==, N2_ERR_REFUSED);
    g_assert_cmpint(d->open(d->user, "link/passwd", N2_OPEN_READ, &file), ==, N2_ERR_REFUSED);
    n2_host_disk_free(disk);
    remove_dir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    n2_log_setup("test-host", N2_LOG_ERROR);
    for (size_t i = 0; i < G_N_ELEMENTS(config_rows); i++) {
        g_autofree char *path = g_strconcat("/host/config/", config_rows[i].name, NULL);
        g_test_add_data_func(path, &config_rows[i], test_config);
    }
    g_test_add_func("/host/config/ports", test_config_ports);
    g_test_add_func("/host/config/is-folder", test_config_is_folder);
    g_test_add_func("/host/config/is-endless", test_config_is_endless);
    g_test_add_func("/host/config/help", test_help);
    g_test_add_func("/host/profile/private", test_profile_is_private);
    g_test_add_func("/host/profile/newer", test_profile_is_newer);
    g_test_add_func("/host/profile/path-too-long", test_profile_path_too_long);
    g_test_add_func("/host/profile/locked", test_profile_is_locked);
    g_test_add_func("/host/parent/backoff", test_backoff);
    g_test_add_func("/host/parent/cause", test_cause);
    g_test_add_func("/host/channel", test_channel);
    g_test_add_func("/host/channel-last-words", test_channel_last_words);
    g_test_add_func("/host/names-lie", test_names_lie);
    g_test_add_func("/host/disk/table", test_disk);
    g_test_add_func("/host/disk/keeps-inside", test_disk_keeps_inside);
    return g_test_run();
}
