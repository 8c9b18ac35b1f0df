/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * document-view.c - shows a page or a picture.
 */
#include "views/document-view.h"

#include <string.h>

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "views/link-menu.h"

#define WORLD "net2o" /* scripts of the browser see the page; the page can't see them */

enum {
    MARGIN_MM = 18,  /* of printed pages */
    FOUND_MAX = 1000 /* matches counted when finding in a page */
};

struct _N2DocumentView {
    GtkWidget parent_instance;

    N2Engine *engine;          /* owned */
    WebKitWebView *web_view;   /* child; NULL before the first page */
    N2Place *place;            /* owned; what is shown or loading */
    GInputStream *waiting;     /* owned; stream of a page that waits for the filter */
    GCancellable *cancellable; /* owned */
    GCancellable *scripts;     /* owned; cancelled when the view goes */
    GError *error;             /* owned */
    char *wanted_address;      /* owned; what may load as the main document */
    double scroll;             /* where to go once the page is there */
    double zoom;
    gulong ready_id;
    gboolean is_loading;
};

G_DEFINE_FINAL_TYPE(N2DocumentView, n2_document_view, GTK_TYPE_WIDGET)

enum {
    PROP_TITLE = 1,
    PROP_PROGRESS,
    PROP_ZOOM,
    N_PROPS
};
enum {
    SIGNAL_GO,
    SIGNAL_HOVER,
    SIGNAL_BEGUN,
    SIGNAL_SHOWN,
    SIGNAL_FAILED,
    SIGNAL_CRASHED,
    SIGNAL_FOUND,
    SIGNAL_SCROLL_TOLD,
    N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void show_ground(N2DocumentView *self);

/* ---- scripts in a world of their own ---- */

static void
on_scroll_told_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(N2DocumentView) self = user_data;
    g_autoptr(JSCValue) value = webkit_web_view_call_async_javascript_function_finish(
        WEBKIT_WEB_VIEW(source), result, NULL);

    if (value && jsc_value_is_number(value))
        g_signal_emit(self, signals[SIGNAL_SCROLL_TOLD], 0, jsc_value_to_double(value));
}

void
n2_document_view_ask_scroll(N2DocumentView *self)
{
    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    if (self->web_view && self->place)
        webkit_web_view_call_async_javascript_function(self->web_view, "return window.scrollY",
                                                       -1, NULL, WORLD, NULL, self->scripts,
                                                       on_scroll_told_cb, g_object_ref(self));
}

static void
scroll_to(N2DocumentView *self, double pixels)
{
    GVariantDict arguments;

    g_variant_dict_init(&arguments, NULL);
    g_variant_dict_insert(&arguments, "y", "d", pixels);
    webkit_web_view_call_async_javascript_function(
        self->web_view, "window.scrollTo({top: y, behavior: 'instant'})", -1,
        g_variant_dict_end(&arguments), WORLD, NULL, self->scripts, NULL, NULL);
}

void
n2_document_view_go_to_fragment(N2DocumentView *self, const char *address)
{
    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    if (!self->web_view)
        return;
    g_free(self->wanted_address);
    self->wanted_address = g_strdup(address);
    webkit_web_view_load_uri(self->web_view, address);
}

/* ---- what the web view tells ---- */

static void
on_load_changed_cb(N2DocumentView *self, WebKitLoadEvent event)
{
    if (event == WEBKIT_LOAD_COMMITTED && self->is_loading)
        g_signal_emit(self, signals[SIGNAL_BEGUN], 0);
    if (event != WEBKIT_LOAD_FINISHED || !self->is_loading)
        return;
    self->is_loading = FALSE;
    if (self->scroll > 0)
        scroll_to(self, self->scroll);
    self->scroll = 0;
    g_signal_emit(self, signals[SIGNAL_SHOWN], 0);
}

static gboolean
on_load_failed_cb(N2DocumentView *self, WebKitLoadEvent event, const char *uri, GError *error)
{
    const GError *cause = n2_engine_peek_view_error(self->web_view);

    (void)event;
    (void)uri;
    if (!self->is_loading ||
        g_error_matches(error, WEBKIT_NETWORK_ERROR, WEBKIT_NETWORK_ERROR_CANCELLED))
        return TRUE;
    self->is_loading = FALSE;
    g_clear_error(&self->error);
    self->error = g_error_copy(cause ? cause : error);
    g_signal_emit(self, signals[SIGNAL_FAILED], 0);
    return TRUE; /* the browser shows the error itself */
}

static void
on_terminated_cb(N2DocumentView *self)
{
    self->is_loading = FALSE;
    g_signal_emit(self, signals[SIGNAL_CRASHED], 0);
}

static void
on_mouse_target_cb(N2DocumentView *self, WebKitHitTestResult *hit)
{
    g_signal_emit(self, signals[SIGNAL_HOVER], 0,
                  webkit_hit_test_result_context_is_link(hit)
                      ? webkit_hit_test_result_get_link_uri(hit)
                      : NULL);
}

/* Nothing navigates by itself: a link is told to the tab, which opens what it leads to. */
static gboolean
on_decide_policy_cb(N2DocumentView *self,
                    WebKitPolicyDecision *decision,
                    WebKitPolicyDecisionType type)
{
    WebKitNavigationAction *action = NULL;
    const char *uri = NULL;

    if (type == WEBKIT_POLICY_DECISION_TYPE_RESPONSE) {
        webkit_policy_decision_use(decision);
        return TRUE;
    }
    action = webkit_navigation_policy_decision_get_navigation_action(
        WEBKIT_NAVIGATION_POLICY_DECISION(decision));
    uri = webkit_uri_request_get_uri(webkit_navigation_action_get_request(action));
    if (type == WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION &&
        g_strcmp0(uri, self->wanted_address) == 0 &&
        webkit_navigation_action_get_navigation_type(action) !=
            WEBKIT_NAVIGATION_TYPE_LINK_CLICKED) {
        webkit_policy_decision_use(decision);
        return TRUE;
    }
    webkit_policy_decision_ignore(decision);
    if (webkit_navigation_action_get_navigation_type(action) ==
        WEBKIT_NAVIGATION_TYPE_LINK_CLICKED) {
        guint button = webkit_navigation_action_get_mouse_button(action);
        guint modifiers = webkit_navigation_action_get_modifiers(action);
        gboolean new_tab = type == WEBKIT_POLICY_DECISION_TYPE_NEW_WINDOW_ACTION ||
                           button == 2 || (modifiers & GDK_CONTROL_MASK) != 0;

        g_signal_emit(self, signals[SIGNAL_GO], 0, uri, new_tab);
    }
    return TRUE;
}

static gboolean
on_permission_cb(N2DocumentView *self, WebKitPermissionRequest *request)
{
    (void)self;
    webkit_permission_request_deny(request);
    return TRUE;
}

static gboolean
on_menu_cb(N2DocumentView *self, WebKitContextMenu *menu, WebKitHitTestResult *hit)
{
    n2_link_menu_fill(menu, hit, GTK_WIDGET(self));
    return FALSE;
}

static void
on_title_cb(N2DocumentView *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_TITLE]);
}

static void
on_progress_cb(N2DocumentView *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), props[PROP_PROGRESS]);
}

static void
on_counted_cb(N2DocumentView *self, guint n)
{
    g_signal_emit(self, signals[SIGNAL_FOUND], 0, n);
}

static void
on_not_found_cb(N2DocumentView *self)
{
    g_signal_emit(self, signals[SIGNAL_FOUND], 0, 0);
}

static void
make_web_view(N2DocumentView *self)
{
    WebKitFindController *find = NULL;

    self->web_view = n2_engine_make_view(self->engine);
    gtk_widget_set_parent(GTK_WIDGET(self->web_view), GTK_WIDGET(self));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->web_view),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, _("Page"), -1);
    webkit_web_view_set_zoom_level(self->web_view, self->zoom);
    show_ground(self);
    g_object_connect(self->web_view, "swapped-signal::load-changed", on_load_changed_cb, self,
                     "swapped-signal::load-failed", on_load_failed_cb, self,
                     "swapped-signal::web-process-terminated", on_terminated_cb, self,
                     "swapped-signal::mouse-target-changed", on_mouse_target_cb, self,
                     "swapped-signal::decide-policy", on_decide_policy_cb, self,
                     "swapped-signal::permission-request", on_permission_cb, self,
                     "swapped-signal::context-menu", on_menu_cb, self,
                     "swapped-signal::notify::title", on_title_cb, self,
                     "swapped-signal::notify::estimated-load-progress", on_progress_cb, self,
                     NULL);
    find = webkit_web_view_get_find_controller(self->web_view);
    g_object_connect(find, "swapped-signal::counted-matches", on_counted_cb, self,
                     "swapped-signal::failed-to-find-text", on_not_found_cb, self, NULL);
}

/* ---- loading ---- */

/* Until a page has drawn itself its ground is that of the view, so that nothing flashes. */
static void
show_ground(N2DocumentView *self)
{
    gboolean is_dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    const GdkRGBA ground =
        is_dark ? (GdkRGBA){0.118f, 0.118f, 0.118f, 1} : (GdkRGBA){1, 1, 1, 1};

    if (self->web_view)
        webkit_web_view_set_background_color(self->web_view, &ground);
}

static void
begin(N2DocumentView *self)
{
    g_autoptr(GInputStream) stream = g_steal_pointer(&self->waiting);
    const char *shown = NULL;

    if (!self->web_view)
        make_web_view(self);
    shown = webkit_web_view_get_uri(self->web_view);
    n2_engine_expect(self->engine, self->web_view, self->place, stream, self->cancellable);
    g_free(self->wanted_address);
    self->wanted_address = g_strdup(self->place->address);
    /* With a fragment, loading the address that is shown would only scroll. */
    if (g_strcmp0(shown, self->wanted_address) == 0)
        webkit_web_view_reload(self->web_view);
    else
        webkit_web_view_load_uri(self->web_view, self->wanted_address);
}

static void
on_engine_ready_cb(N2DocumentView *self)
{
    const GError *error = n2_engine_peek_error(self->engine);

    g_clear_signal_handler(&self->ready_id, self->engine);
    if (!self->waiting)
        return;
    if (!error) {
        begin(self);
        return;
    }
    self->is_loading = FALSE;
    g_clear_object(&self->waiting);
    g_clear_error(&self->error);
    self->error =
        n2_error_make(N2_ERR_IO, self->place->address,
                      "the filter that keeps pages from the network is missing", NULL);
    g_signal_emit(self, signals[SIGNAL_FAILED], 0);
}

void
n2_document_view_load(N2DocumentView *self,
                      N2Place *place,
                      GInputStream *stream,
                      GCancellable *cancellable,
                      double scroll)
{
    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    n2_document_view_stop(self);
    g_set_object(&self->place, place);
    g_set_object(&self->waiting, stream);
    g_set_object(&self->cancellable, cancellable);
    self->scroll = scroll;
    self->is_loading = TRUE;
    if (n2_engine_is_ready(self->engine))
        begin(self);
    else if (n2_engine_peek_error(self->engine))
        on_engine_ready_cb(self);
    else if (!self->ready_id)
        self->ready_id = g_signal_connect_swapped(self->engine, "ready",
                                                  G_CALLBACK(on_engine_ready_cb), self);
}

void
n2_document_view_stop(N2DocumentView *self)
{
    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    self->is_loading = FALSE;
    g_clear_object(&self->waiting);
    if (self->cancellable)
        g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->cancellable);
    if (self->web_view)
        webkit_web_view_stop_loading(self->web_view);
}

GError *
n2_document_view_dup_error(N2DocumentView *self)
{
    g_return_val_if_fail(N2_IS_DOCUMENT_VIEW(self), NULL);

    return self->error ? g_error_copy(self->error)
                       : n2_error_make(N2_ERR_IO, self->wanted_address, NULL, NULL);
}

/* ---- find, print ---- */

void
n2_document_view_find(N2DocumentView *self, const char *text)
{
    guint32 options = WEBKIT_FIND_OPTIONS_CASE_INSENSITIVE | WEBKIT_FIND_OPTIONS_WRAP_AROUND;
    WebKitFindController *find = NULL;

    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    if (!self->web_view)
        return;
    find = webkit_web_view_get_find_controller(self->web_view);
    if (!*text) {
        webkit_find_controller_search_finish(find);
        return;
    }
    webkit_find_controller_count_matches(find, text, options, FOUND_MAX);
    webkit_find_controller_search(find, text, options, FOUND_MAX);
}

void
n2_document_view_find_next(N2DocumentView *self, gboolean backwards)
{
    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    if (!self->web_view)
        return;
    WebKitFindController *find = webkit_web_view_get_find_controller(self->web_view);
    if (backwards)
        webkit_find_controller_search_previous(find);
    else
        webkit_find_controller_search_next(find);
}

void
n2_document_view_find_end(N2DocumentView *self)
{
    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    if (self->web_view)
        webkit_find_controller_search_finish(
            webkit_web_view_get_find_controller(self->web_view));
}

WebKitPrintOperation *
n2_document_view_make_print(WebKitWebView *view)
{
    WebKitPrintOperation *print = webkit_print_operation_new(view);
    g_autoptr(GtkPageSetup) paper = gtk_page_setup_new();

    gtk_page_setup_set_top_margin(paper, MARGIN_MM, GTK_UNIT_MM);
    gtk_page_setup_set_bottom_margin(paper, MARGIN_MM, GTK_UNIT_MM);
    gtk_page_setup_set_left_margin(paper, MARGIN_MM, GTK_UNIT_MM);
    gtk_page_setup_set_right_margin(paper, MARGIN_MM, GTK_UNIT_MM);
    webkit_print_operation_set_page_setup(print, paper);
    return print;
}

void
n2_document_view_print(N2DocumentView *self, GtkWindow *parent)
{
    g_autoptr(WebKitPrintOperation) print = NULL;

    g_return_if_fail(N2_IS_DOCUMENT_VIEW(self));

    if (!self->web_view)
        return;
    print = n2_document_view_make_print(self->web_view);
    webkit_print_operation_run_dialog(print, parent);
}

WebKitWebView *
n2_document_view_peek_web_view(N2DocumentView *self)
{
    g_return_val_if_fail(N2_IS_DOCUMENT_VIEW(self), NULL);

    return self->web_view;
}

/* ---- object ---- */

static void
n2_document_view_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    N2DocumentView *self = N2_DOCUMENT_VIEW(object);

    switch (id) {
    case PROP_TITLE:
        g_value_set_string(value,
                           self->web_view ? webkit_web_view_get_title(self->web_view) : NULL);
        break;
    case PROP_PROGRESS:
        g_value_set_double(
            value,
            self->web_view ? webkit_web_view_get_estimated_load_progress(self->web_view) : 0);
        break;
    case PROP_ZOOM:
        g_value_set_double(value, self->zoom);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void
n2_document_view_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    N2DocumentView *self = N2_DOCUMENT_VIEW(object);

    if (id != PROP_ZOOM) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    self->zoom = g_value_get_double(value);
    if (self->web_view)
        webkit_web_view_set_zoom_level(self->web_view, self->zoom);
}

static void
n2_document_view_dispose(GObject *object)
{
    N2DocumentView *self = N2_DOCUMENT_VIEW(object);

    if (self->scripts)
        g_cancellable_cancel(self->scripts);
    if (self->engine)
        n2_document_view_stop(self);
    if (self->web_view) {
        g_signal_handlers_disconnect_by_data(
            webkit_web_view_get_find_controller(self->web_view), self);
        g_signal_handlers_disconnect_by_data(self->web_view, self);
    }
    g_clear_pointer((GtkWidget **)&self->web_view, gtk_widget_unparent);
    if (self->engine)
        g_clear_signal_handler(&self->ready_id, self->engine);
    g_clear_object(&self->scripts);
    g_clear_object(&self->place);
    g_clear_object(&self->engine);
    G_OBJECT_CLASS(n2_document_view_parent_class)->dispose(object);
}

static void
n2_document_view_finalize(GObject *object)
{
    N2DocumentView *self = N2_DOCUMENT_VIEW(object);

    g_clear_error(&self->error);
    g_free(self->wanted_address);
    G_OBJECT_CLASS(n2_document_view_parent_class)->finalize(object);
}

static gboolean
n2_document_view_grab_focus(GtkWidget *widget)
{
    N2DocumentView *self = N2_DOCUMENT_VIEW(widget);

    return self->web_view && gtk_widget_grab_focus(GTK_WIDGET(self->web_view));
}

static void
n2_document_view_class_init(N2DocumentViewClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    GType type = G_TYPE_FROM_CLASS(klass);

    object_class->get_property = n2_document_view_get_property;
    object_class->set_property = n2_document_view_set_property;
    object_class->dispose = n2_document_view_dispose;
    object_class->finalize = n2_document_view_finalize;
    widget_class->grab_focus = n2_document_view_grab_focus;

    props[PROP_TITLE] = g_param_spec_string("title", NULL, NULL, NULL,
                                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_PROGRESS] = g_param_spec_double("progress", NULL, NULL, 0, 1, 0,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    props[PROP_ZOOM] = g_param_spec_double("zoom", NULL, NULL, 0.1, 10, 1,
                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, props);

    signals[SIGNAL_GO] = g_signal_new("go", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
    signals[SIGNAL_HOVER] = g_signal_new("hover", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[SIGNAL_BEGUN] =
        g_signal_new("begun", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_SHOWN] =
        g_signal_new("shown", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_FAILED] =
        g_signal_new("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_CRASHED] =
        g_signal_new("crashed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_FOUND] = g_signal_new("found", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_UINT);
    signals[SIGNAL_SCROLL_TOLD] = g_signal_new("scroll-told", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "n2document");
}

static void
n2_document_view_init(N2DocumentView *self)
{
    self->zoom = 1;
    self->scripts = g_cancellable_new();
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(show_ground), self, G_CONNECT_SWAPPED);
}

GtkWidget *
n2_document_view_new(N2Engine *engine)
{
    N2DocumentView *self = g_object_new(N2_TYPE_DOCUMENT_VIEW, NULL);

    self->engine = g_object_ref(engine);
    return GTK_WIDGET(self);
}
