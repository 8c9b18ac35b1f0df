/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-safety.c - what a page can't do: run, reach out, leave its sandbox, take the browser
 * down.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "ui.h"

/* ---- a listener on 127.0.0.1 that counts who comes, by TCP and by UDP ---- */

typedef struct {
    GSocketService *service; /* owned */
    GSocket *datagrams;      /* owned; of the same port */
    guint16 port;
    guint n;
} listener;

static gboolean
on_incoming_cb(listener *l)
{
    l->n++;
    return TRUE;
}

static void
listen_on_loopback(listener *l)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0);
    g_autoptr(GSocketAddress) got = NULL;

    *l = (listener){.service = g_socket_service_new()};
    g_socket_listener_add_address(G_SOCKET_LISTENER(l->service), any, G_SOCKET_TYPE_STREAM,
                                  G_SOCKET_PROTOCOL_TCP, NULL, &got, &error);
    g_assert_no_error(error);
    l->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(got));
    g_signal_connect_swapped(l->service, "incoming", G_CALLBACK(on_incoming_cb), l);
    g_socket_service_start(l->service);
    l->datagrams =
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    g_assert_true(g_socket_bind(l->datagrams, got, FALSE, &error));
}

/* How many came, by either way. */
static guint
count(listener *l)
{
    char bytes[64];

    while (g_socket_condition_check(l->datagrams, G_IO_IN) &&
           g_socket_receive(l->datagrams, bytes, sizeof bytes, NULL, NULL) >= 0)
        l->n++;
    return l->n;
}

static void
stop_listening(listener *l)
{
    g_socket_service_stop(l->service);
    g_object_unref(l->service);
    g_object_unref(l->datagrams);
}

/* Everything that markup can make a web engine ask the network for. */
static const char *const bait[] = {
    "<img src=\"%s/img\">",
    "<link rel=stylesheet href=\"%s/css\">",
    "<link rel=preconnect href=\"%s\">",
    "<link rel=prefetch href=\"%s/prefetch\">",
    "<link rel=preload as=image href=\"%s/preload\">",
    "<link rel=icon href=\"%s/icon\">",
    "<script src=\"%s/js\"></script>",
    "<script>fetch('%s/fetch')</script>",
    "<iframe src=\"%s/frame\"></iframe>",
    "<object data=\"%s/object\"></object>",
    "<embed src=\"%s/embed\">",
    "<video src=\"%s/video\" autoplay></video>",
    "<audio src=\"%s/audio\" autoplay></audio>",
    "<style>@import url('%s/import'); body { background: url('%s/css-image') }</style>",
    "<p style=\"background: url('%s/inline')\">x</p>",
    "<svg><image href=\"%s/svg\"/></svg>",
    "<form id=f action=\"%s/form\" method=post><input name=a></form>",
    "<meta http-equiv=refresh content=\"0; url=%s/refresh\">",
    "<a ping=\"%s/ping\" href=\"net2o://wiki.demo/\">x</a>",
    "<base href=\"%s/base/\"><img src=\"relative\">",
    "<link rel=dns-prefetch href=\"%s\">",
    "<link rel=modulepreload href=\"%s/module\">",
    "<link rel=manifest href=\"%s/manifest\">",
    "<style>@font-face { font-family: f; src: url('%s/font') } body { font-family: f }</style>",
    "<svg><script href=\"%s/svg-js\"></script><use href=\"%s/svg-use#a\"/></svg>",
    "<img srcset=\"%s/set 1x\">",
    "<picture><source srcset=\"%s/source\"><img src=\"%s/img2\"></picture>",
    "<input type=image src=\"%s/input\">",
    "<body background=\"%s/body\">",
    "<video poster=\"%s/poster\"><track default src=\"%s/track\"></video>",
    "<img src=x onerror=\"new Image().src='%s/onerror'\">",
    "<svg onload=\"fetch('%s/onload')\"></svg>",
    "<iframe srcdoc=\"<img src='%s/srcdoc'>\"></iframe>",
    "<a id=j href=\"javascript:fetch('%s/javascript')\">x</a>",
};

/* The bait is put straight into the page, past render, as if render had a hole. */
static void
test_no_request(void)
{
    ui u;
    listener l;
    g_autoptr(GString) script = g_string_new("document.head.insertAdjacentHTML('beforeend', `");

    listen_on_loopback(&l);
    g_autofree char *server = g_strdup_printf("http://127.0.0.1:%u", l.port);
    for (gsize i = 0; i < G_N_ELEMENTS(bait); i++) {
        g_auto(GStrv) parts = g_strsplit(bait[i], "%s", -1);
        g_autofree char *text = g_strjoinv(server, parts);
        g_auto(GStrv) tags = g_strsplit(text, "</script>", -1);
        g_autofree char *safe = g_strjoinv("<\\/script>", tags);

        g_string_append(script, safe);
    }
    g_string_append(script,
                    "`); document.body.append(...document.head.cloneNode(true).childNodes);"
                    "return document.images.length");
    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_autofree char *n = ui_script(&u, script->str);
    g_assert_cmpstr(n, !=, "1"); /* the bait is in the page */
    g_free(ui_script(&u, "const f = document.getElementById('f'); if (f) f.submit()"));
    g_free(ui_script(&u, "const j = document.getElementById('j'); if (j) j.click()"));
    g_autofree char *leave =
        g_strdup_printf("window.location = '%s/location'; return 1", server);
    g_free(ui_script(&u, leave));
    g_autofree char *open = g_strdup_printf("window.open('%s/open'); return 1", server);
    g_free(ui_script(&u, open));
    ui_sleep(1500);
    g_assert_cmpuint(count(&l), ==, 0);
    g_assert_cmpstr(webkit_web_view_get_uri(n2_tab_peek_web_view(ui_tab(&u))), ==,
                    "net2o://wiki.demo/");
    ui_tear_down(&u);
    stop_listening(&l);
}

/* The same bait as it would come: in a page from the network, through the renderer. */
static void
test_hostile_page(void)
{
    static const char *const markdown[] = {
        "![x](%s/picture)",
        "[x]: %s/reference\n\n![y][x]\n",
        "<%s/autolink>",
        "[x](javascript:fetch('%s/a'))",
        "![x](javascript:fetch('%s/b'))",
        "![x](data:text/html,<img src=%s/c>)",
        "[[%s/wiki]]",
        "![[%s/part]]",
    };
    ui u;
    listener l;
    g_autoptr(GString) page = g_string_new("# Hostile\n\n");

    listen_on_loopback(&l);
    g_autofree char *server = g_strdup_printf("http://127.0.0.1:%u", l.port);
    for (gsize i = 0; i < G_N_ELEMENTS(bait) + G_N_ELEMENTS(markdown); i++) {
        gsize n = G_N_ELEMENTS(bait);
        g_auto(GStrv) parts = g_strsplit(i < n ? bait[i] : markdown[i - n], "%s", -1);
        g_autofree char *text = g_strjoinv(server, parts);
        g_string_append_printf(page, "%s\n\n", text);
    }
    ui_set_up(&u, NULL);
    n2_fake_source_set_hostile(u.fake, page->str);
    n2_tab_go(ui_tab(&u), "net2o://hostile.demo/page.md");
    ui_wait_title(&u, "Hostile");
    g_autofree char *found =
        ui_script(&u, "return document.querySelectorAll('script, iframe, object, embed, form,"
                      "svg, style, meta[http-equiv], base, [onerror], [onload],"
                      "a[href^=javascript], img[src^=http], img[src^=data]').length");
    g_assert_cmpstr(found, ==, "0");
    ui_sleep(1000);
    g_assert_cmpuint(count(&l), ==, 0);
    ui_tear_down(&u);
    stop_listening(&l);
}

/* The listener does count: a planted connection is seen. */
static void
test_listener_counts(void)
{
    listener l;
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnection) connection = NULL;

    listen_on_loopback(&l);
    connection = g_socket_client_connect_to_host(client, "127.0.0.1", l.port, NULL, NULL);
    g_assert_nonnull(connection);
    ui_sleep(50);
    g_assert_cmpuint(count(&l), ==, 1);
    g_autoptr(GSocketAddress) there = g_socket_get_local_address(l.datagrams, NULL);
    g_autoptr(GSocket) other =
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    g_assert_cmpint(g_socket_send_to(other, there, "x", 1, NULL, NULL), ==, 1);
    ui_sleep(50);
    g_assert_cmpuint(count(&l), ==, 2);
    stop_listening(&l);
}

static void
test_no_scripts(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_free(ui_script(&u, "const s = document.createElement('script');"
                         "s.textContent = 'document.title = \"broken in\"';"
                         "document.head.append(s);"
                         "document.body.insertAdjacentHTML('beforeend',"
                         "'<img src=x onerror=\"document.title=1\">');"));
    ui_sleep(300);
    g_assert_cmpstr(webkit_web_view_get_title(n2_tab_peek_web_view(ui_tab(&u))), ==,
                    "Topology");
    ui_tear_down(&u);
}

/* A page gets pictures of its own site only. */
static void
test_foreign_picture(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    guint n = n2_fake_source_get_n_opened(u.fake);
    g_autofree char *result =
        ui_script(&u, "const i = new Image(); i.src ="
                      "'net2o://charts.demo/Harbour%20chart%201911.png';"
                      "return i.decode().then(() => 'shown', () => 'refused')");
    g_assert_cmpstr(result, ==, "refused");
    g_assert_cmpuint(n2_fake_source_get_n_opened(u.fake), ==, n); /* nobody was asked */
    g_autofree char *page = ui_script(&u, "return fetch('net2o://wiki.demo/guide/next.md')"
                                          ".then(r => r.text(), () => 'refused')");
    g_assert_cmpstr(page, ==, "refused"); /* no second document */
    ui_tear_down(&u);
}

/* Nothing on this machine's disk, nothing a page made up itself: no scheme but net2o leads
 * anywhere, as a picture, a frame, a script, a style, a request, or by leaving the page. */
static void
test_other_schemes(void)
{
    static const char picture[] =
        "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_autofree char *file = g_build_filename(u.folder, "secret.svg", NULL);
    g_assert_true(g_file_set_contents(file, picture, -1, NULL));
    g_autofree char *uri = g_filename_to_uri(file, NULL, NULL);
    g_autofree char *data = g_strdup_printf("data:image/svg+xml,%s", picture);
    const char *there[] = {uri,
                           "file:///etc/passwd",
                           data,
                           "about:blank",
                           "about:srcdoc",
                           "resource:///org/net2o",
                           "ftp://127.0.0.1/x",
                           "ws://127.0.0.1:1/",
                           "webkit://gpu",
                           "inspector://x",
                           "blob:made"};
    for (gsize i = 0; i < G_N_ELEMENTS(there); i++) {
        g_autofree char *script = g_strdup_printf(
            "let to = `%s`;"
            "if (to === 'blob:made') to = URL.createObjectURL(new Blob([`%s`], {type: "
            "'image/svg+xml'}));"
            "const got = [];"
            "const seen = (what, made) => new Promise(done => {"
            "  made.onload = () => { got.push(what); done() }; made.onerror = () => done();"
            "  setTimeout(done, 300) });"
            "const add = (what, name, key) => { const e = document.createElement(name);"
            "  const end = seen(what, e); if (name === 'link') e.rel = 'stylesheet';"
            "  e[key] = to; document.body.append(e); return end };"
            "const own = /^(data|blob):/.test(to);" /* what the asker has already leads nowhere
                                                     */
            "const asked = own || fetch(to).then(() => got.push('fetch'), () => 0);"
            "return Promise.all([asked, add('img', 'img', 'src'), add('script', 'script', "
            "'src'),"
            "  add('style', 'link', 'href')]).then(() => got.join(' '))",
            there[i], picture);
        g_autofree char *got = ui_script(&u, script);
        g_test_message("%s: '%s'", there[i], got);
        g_assert_cmpstr(got, ==, "");
        g_autofree char *frame = g_strdup_printf(
            "const f = document.createElement('iframe'); f.src = `%s`; document.body.append(f);"
            "return new Promise(r => setTimeout(() => r(f.contentDocument && "
            "f.contentDocument.body ? f.contentDocument.documentElement.textContent : ''), "
            "100))",
            there[i]);
        g_autofree char *inside = ui_script(&u, frame);
        g_assert_cmpstr(inside, ==, "");
        g_autofree char *leave = g_strdup_printf(
            "setTimeout(() => { window.location = `%s` }, 0); return 1", there[i]);
        g_free(ui_script(&u, leave));
        ui_sleep(100);
        g_assert_cmpstr(webkit_web_view_get_uri(n2_tab_peek_web_view(ui_tab(&u))), ==,
                        "net2o://wiki.demo/");
        ui_wait_title(&u, "Topology");
    }
    g_unlink(file);
    ui_tear_down(&u);
}

/* The same calls do find what is there: a picture of the page's own site is shown. */
static void
test_own_scheme(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_autofree char *got =
        ui_script(&u, "const i = new Image(); i.src = 'net2o://wiki.demo/dot.png';"
                      "return i.decode().then(() => 'shown', () => 'refused')");
    g_assert_cmpstr(got, ==, "shown");
    ui_tear_down(&u);
}

/* ---- the sandbox ---- */

static char *
dup_namespace(const char *pid, const char *kind)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/ns/%s", pid, kind);

    return g_file_read_link(path, NULL);
}

/* A number of /proc/PID/status; -1 if it is not there. */
static int
status_of(const char *pid, const char *field)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/status", pid);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *at = strstr(text, field);
    return at ? (int)g_ascii_strtoll(at + strlen(field), NULL, 10) : -1;
}

/* Whether @path is there for that process. */
static gboolean
sees(const char *pid, const char *path)
{
    g_autofree char *inside = g_strdup_printf("/proc/%s/root%s", pid, path);

    return g_file_test(inside, G_FILE_TEST_EXISTS);
}

/* The renderer that waits for the next page is behind walls of its own. */
static void
test_renderer(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    ui_sleep(300); /* the next one has begun */
    guint n = 0;
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);
    const char *name = NULL;
    while ((name = g_dir_read_name(proc))) {
        g_autofree char *path = g_strdup_printf("/proc/%s/comm", name);
        g_autofree char *comm = NULL;
        if (!g_ascii_isdigit(name[0]) || !g_file_get_contents(path, &comm, NULL, NULL) ||
            !g_str_has_prefix(comm, "net2o-render") || status_of(name, "PPid:") != getpid())
            continue;
        n++;
        g_assert_cmpint(status_of(name, "Seccomp:"), ==, 2);
        g_assert_cmpint(status_of(name, "NoNewPrivs:"), ==, 1);
        g_assert_cmpint(status_of(name, "Threads:"), ==, 1);
    }
    g_assert_cmpuint(n, >, 0);
    ui_tear_down(&u);
}

static void
test_sandbox(void)
{
    static const char *const kinds[] = {"net", "pid", "mnt"};
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    g_autofree char *pid = NULL;
    g_assert_cmpuint(ui_count_web_processes(&pid), ==, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *theirs = dup_namespace(pid, kinds[i]);
        g_autofree char *ours = dup_namespace("self", kinds[i]);

        g_assert_nonnull(theirs);
        g_assert_cmpstr(theirs, !=, ours);
    }
    g_assert_cmpint(status_of(pid, "Seccomp:"), ==, 2);
    g_assert_cmpint(status_of(pid, "NoNewPrivs:"), ==, 1);
    /* It sees the libraries of the system, and nothing of anybody's home. */
    g_assert_true(sees(pid, "/usr/lib"));
    g_assert_true(g_file_test(u.folder, G_FILE_TEST_IS_DIR));
    g_assert_false(sees(pid, "/usr/bin"));
    g_assert_false(sees(pid, u.folder));
    /* Of the home there is no more than the folders on the way to its fonts. */
    g_autofree char *secret = g_build_filename(g_get_home_dir(), "n2-test-secret", NULL);
    g_assert_true(g_file_set_contents(secret, "secret", -1, NULL));
    g_assert_false(sees(pid, secret));
    g_assert_true(sees("self", secret));
    g_unlink(secret);
    g_assert_false(g_file_test("/.flatpak-info", G_FILE_TEST_EXISTS));
    ui_tear_down(&u);
}

static void
test_crash(void)
{
    ui u;

    ui_set_up(&u, "wiki.demo");
    ui_wait_title(&u, "Topology");
    webkit_web_view_terminate_web_process(n2_tab_peek_web_view(ui_tab(&u)));
    ui_wait_kind(&u, N2_TAB_ERROR);
    g_assert_nonnull(ui_find_text(GTK_WIDGET(u.window), "The page’s process ended"));
    ui_click(ui_get(GTK_WIDGET(u.window), GTK_ACCESSIBLE_ROLE_BUTTON, "Try Now"));
    ui_wait_title(&u, "Topology");
    ui_tear_down(&u);
}

static gboolean
has_view(gpointer data)
{
    return n2_tab_peek_web_view(ui_tab(data)) != NULL;
}

/* Its process ends before it has shown anything: once that is nobody's business. */
static void
test_no_start(void)
{
    ui u;

    ui_set_up(&u, NULL);
    n2_tab_go(ui_tab(&u), "net2o://wiki.demo/");
    ui_wait(has_view, &u, "a view");
    g_assert_true(n2_tab_is_loading(ui_tab(&u)));
    webkit_web_view_terminate_web_process(n2_tab_peek_web_view(ui_tab(&u)));
    g_assert_true(n2_tab_is_loading(ui_tab(&u)));
    ui_wait_title(&u, "Topology");
    g_assert_true(n2_tab_get_kind(ui_tab(&u)) == N2_TAB_DOCUMENT);
    ui_tear_down(&u);
}

int
main(int argc, char **argv)
{
    ui_init(&argc, &argv);
    g_test_add_func("/safety/listener-counts", test_listener_counts);
    g_test_add_func("/safety/no-request", test_no_request);
    g_test_add_func("/safety/hostile-page", test_hostile_page);
    g_test_add_func("/safety/renderer", test_renderer);
    g_test_add_func("/safety/no-scripts", test_no_scripts);
    g_test_add_func("/safety/foreign-picture", test_foreign_picture);
    g_test_add_func("/safety/other-schemes", test_other_schemes);
    g_test_add_func("/safety/own-scheme", test_own_scheme);
    g_test_add_func("/safety/sandbox", test_sandbox);
    g_test_add_func("/safety/crash", test_crash);
    g_test_add_func("/safety/no-start", test_no_start);
    return g_test_run();
}
