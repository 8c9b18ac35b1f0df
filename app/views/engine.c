/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * engine.c - the one web engine of the browser.
 */
#include "views/engine.h"

#include "render/page.h"
#include "views/confined.h"
#include "views/scheme.h"

#define EXPECTED "n2-expected"
#define FILTER_NAME "net2o-only"

static const char filter_rules[] =
    "[{\"trigger\":{\"url-filter\":\".*\"},\"action\":{\"type\":\"block\"}},"
    "{\"trigger\":{\"url-filter\":\"^net2o:\"},\"action\":{\"type\":\"ignore-previous-rules\"}}"
    "]";

struct _N2Engine {
    GObject parent_instance;

    N2Source *source;                  /* owned */
    N2Renderer *renderer;              /* owned */
    WebKitWebContext *context;         /* owned */
    WebKitNetworkSession *session;     /* owned */
    WebKitSettings *settings;          /* owned */
    WebKitUserContentManager *content; /* owned */
    GPtrArray *views;                  /* owned; of WebKitWebView, borrowed, weakly held */
    GError *error;                     /* owned */
    gboolean is_ready;
    gboolean is_confined; /* the web process that runs now was looked at */
};

G_DEFINE_FINAL_TYPE(N2Engine, n2_engine, G_TYPE_OBJECT)

enum {
    SIGNAL_READY,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
on_filter_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2Engine) self = user_data;
    WebKitUserContentFilter *filter = webkit_user_content_filter_store_save_finish(
        WEBKIT_USER_CONTENT_FILTER_STORE(source), result, &self->error);

    if (filter) {
        webkit_user_content_manager_add_filter(self->content, filter);
        webkit_user_content_filter_unref(filter);
        self->is_ready = TRUE;
    }
    g_signal_emit(self, signals[SIGNAL_READY], 0);
}

static void
compile_filter(N2Engine *self, const char *cache_dir)
{
    g_autofree char *path = g_build_filename(cache_dir, "filter", NULL);
    g_autoptr(WebKitUserContentFilterStore) store = NULL;
    g_autoptr(GBytes) rules = g_bytes_new_static(filter_rules, sizeof filter_rules - 1);

    g_mkdir_with_parents(path, 0700);
    store = webkit_user_content_filter_store_new(path);
    webkit_user_content_filter_store_save(store, FILTER_NAME, rules, NULL, on_filter_cb,
                                          g_object_ref(self));
}

static WebKitSettings *
make_settings(void)
{
    WebKitSettings *settings = webkit_settings_new();
    g_autoptr(GDir) dri = g_dir_open("/dev/dri", 0, NULL);
    gboolean has_gpu = FALSE;
    const char *name = NULL;

    while (dri && (name = g_dir_read_name(dri)))
        has_gpu = has_gpu || g_str_has_prefix(name, "renderD");
    g_object_set(settings, "enable-javascript-markup", FALSE, "enable-webgl", FALSE,
                 "enable-webaudio", FALSE, "enable-media", FALSE, "enable-mediasource", FALSE,
                 "enable-media-stream", FALSE, "enable-encrypted-media", FALSE,
                 "enable-html5-database", FALSE, "enable-html5-local-storage", FALSE,
                 "enable-page-cache", FALSE, "enable-back-forward-navigation-gestures", FALSE,
                 "enable-dns-prefetching", FALSE, "javascript-can-open-windows-automatically",
                 FALSE, "javascript-can-access-clipboard", FALSE, "enable-caret-browsing",
                 FALSE, "enable-smooth-scrolling", has_gpu, NULL);
    if (!has_gpu)
        webkit_settings_set_hardware_acceleration_policy(
            settings, WEBKIT_HARDWARE_ACCELERATION_POLICY_NEVER);
    return settings;
}

static void
on_scheme_cb(WebKitURISchemeRequest *request, gpointer user_data)
{
    N2Engine *self = user_data;

    n2_scheme_answer(self, request);
}

static void
set_up(N2Engine *self)
{
    WebKitSecurityManager *security = NULL;
    WebKitNetworkProxySettings *nowhere =
        webkit_network_proxy_settings_new("http://127.0.0.1:9", NULL);

    self->context = webkit_web_context_new();
    webkit_web_context_set_cache_model(self->context, WEBKIT_CACHE_MODEL_DOCUMENT_VIEWER);
    webkit_web_context_set_spell_checking_enabled(self->context, FALSE);
    webkit_web_context_register_uri_scheme(self->context, "net2o", on_scheme_cb, self, NULL);
    security = webkit_web_context_get_security_manager(self->context);
    webkit_security_manager_register_uri_scheme_as_secure(security, "net2o");
    webkit_security_manager_register_uri_scheme_as_cors_enabled(security, "net2o");

    self->session = webkit_network_session_new_ephemeral();
    webkit_network_session_set_proxy_settings(self->session, WEBKIT_NETWORK_PROXY_MODE_CUSTOM,
                                              nowhere);
    webkit_network_proxy_settings_free(nowhere);
    self->content = webkit_user_content_manager_new();
    self->settings = make_settings();
}

static void
on_view_gone_cb(gpointer user_data, GObject *view)
{
    g_autoptr(N2Engine) self = user_data;

    g_ptr_array_remove_fast(self->views, view);
}

static void
on_process_ended_cb(N2Engine *self)
{
    self->is_confined = FALSE;
}

gboolean
n2_engine_is_confined(N2Engine *self)
{
    g_return_val_if_fail(N2_IS_ENGINE(self), FALSE);

    if (!self->is_confined)
        self->is_confined = n2_confined_check();
    return self->is_confined;
}

WebKitWebView *
n2_engine_make_view(N2Engine *self)
{
    WebKitWebView *view = NULL;

    g_return_val_if_fail(N2_IS_ENGINE(self), NULL);

    if (self->views->len > 0) /* context, session, settings and filters come with it */
        view = g_object_new(WEBKIT_TYPE_WEB_VIEW, "related-view", self->views->pdata[0],
                            "user-content-manager", self->content, "settings", self->settings,
                            "default-content-security-policy", N2_PAGE_POLICY, NULL);
    else
        view = g_object_new(WEBKIT_TYPE_WEB_VIEW, "web-context", self->context,
                            "network-session", self->session, "user-content-manager",
                            self->content, "settings", self->settings,
                            "default-content-security-policy", N2_PAGE_POLICY, NULL);
    g_signal_connect_object(view, "web-process-terminated", G_CALLBACK(on_process_ended_cb),
                            self, G_CONNECT_SWAPPED);
    g_ptr_array_add(self->views, view);
    g_object_weak_ref(G_OBJECT(view), on_view_gone_cb, g_object_ref(self));
    return view;
}

static void
free_expected(gpointer data)
{
    n2_expected *e = data;

    g_clear_object(&e->place);
    g_clear_object(&e->stream);
    g_clear_object(&e->cancellable);
    g_clear_error(&e->error);
    g_free(e);
}

void
n2_engine_expect(N2Engine *self,
                 WebKitWebView *view,
                 N2Place *place,
                 GInputStream *stream,
                 GCancellable *cancellable)
{
    n2_expected *e = g_new0(n2_expected, 1);

    g_return_if_fail(N2_IS_ENGINE(self));
    g_return_if_fail(self->is_ready);

    e->place = g_object_ref(place);
    e->stream = g_object_ref(stream);
    e->cancellable = g_object_ref(cancellable);
    g_object_set_data_full(G_OBJECT(view), EXPECTED, e, free_expected);
}

n2_expected *
n2_engine_peek_expected(WebKitWebView *view)
{
    return g_object_get_data(G_OBJECT(view), EXPECTED);
}

const GError *
n2_engine_peek_view_error(WebKitWebView *view)
{
    n2_expected *e = n2_engine_peek_expected(view);

    return e ? e->error : NULL;
}

N2Source *
n2_engine_peek_source(N2Engine *self)
{
    g_return_val_if_fail(N2_IS_ENGINE(self), NULL);

    return self->source;
}

N2Renderer *
n2_engine_peek_renderer(N2Engine *self)
{
    g_return_val_if_fail(N2_IS_ENGINE(self), NULL);

    return self->renderer;
}

gboolean
n2_engine_is_ready(N2Engine *self)
{
    g_return_val_if_fail(N2_IS_ENGINE(self), FALSE);

    return self->is_ready;
}

const GError *
n2_engine_peek_error(N2Engine *self)
{
    g_return_val_if_fail(N2_IS_ENGINE(self), NULL);

    return self->error;
}

static void
n2_engine_finalize(GObject *object)
{
    N2Engine *self = N2_ENGINE(object);

    g_clear_object(&self->content);
    g_clear_object(&self->settings);
    g_clear_object(&self->session);
    g_clear_object(&self->context);
    g_clear_object(&self->source);
    g_clear_object(&self->renderer);
    g_clear_error(&self->error);
    g_ptr_array_unref(self->views);
    G_OBJECT_CLASS(n2_engine_parent_class)->finalize(object);
}

static void
n2_engine_class_init(N2EngineClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_engine_finalize;
    signals[SIGNAL_READY] = g_signal_new("ready", N2_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
}

static void
n2_engine_init(N2Engine *self)
{
    self->views = g_ptr_array_new();
}

N2Engine *
n2_engine_new(N2Source *source, const char *cache_dir)
{
    N2Engine *self = NULL;

    g_return_val_if_fail(N2_IS_SOURCE(source), NULL);

    self = g_object_new(N2_TYPE_ENGINE, NULL);
    self->source = g_object_ref(source);
    self->renderer = n2_renderer_new(NULL, FALSE);
    set_up(self);
    compile_filter(self, cache_dir);
    return self;
}
