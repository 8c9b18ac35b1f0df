/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * scheme.c - what the web engine gets for a net2o: address.
 */
#include "views/scheme.h"

#include <string.h>

#include <libsoup/soup.h>

#include "client/error.h"
#include "model/consent.h"
#include "model/failure.h"
#include "model/location.h"
#include "model/markup.h"
#include "model/words.h"
#include "render/page.h"

#define STYLE_HOST "net2o://app.self/style/"
#define STYLE_RESOURCE "/org/net2o/Browser/style/"

/* Streams @stream (transfer none) of @len bytes, -1 unknown, as the answer. */
static void
respond(WebKitURISchemeRequest *request, GInputStream *stream, gint64 len, const char *type)
{
    g_autoptr(WebKitURISchemeResponse) response = webkit_uri_scheme_response_new(stream, len);
    SoupMessageHeaders *headers = soup_message_headers_new(SOUP_MESSAGE_HEADERS_RESPONSE);

    webkit_uri_scheme_response_set_content_type(response, type);
    webkit_uri_scheme_response_set_status(response, 200, "OK");
    soup_message_headers_append(headers, "Content-Security-Policy", N2_PAGE_POLICY);
    soup_message_headers_append(headers, "Content-Type", type); /* nosniff looks here */
    soup_message_headers_append(headers, "X-Content-Type-Options", "nosniff");
    soup_message_headers_append(headers, "Referrer-Policy", "no-referrer");
    webkit_uri_scheme_response_set_http_headers(response, headers); /* takes headers */
    webkit_uri_scheme_request_finish_with_response(request, response);
}

static void
respond_bytes(WebKitURISchemeRequest *request, GBytes *bytes, const char *type)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_bytes(bytes);

    respond(request, stream, (gint64)g_bytes_get_size(bytes), type);
}

static void
refuse(WebKitURISchemeRequest *request, n2_err code)
{
    g_autoptr(GError) error =
        n2_error_make(code, webkit_uri_scheme_request_get_uri(request), NULL, NULL);

    webkit_uri_scheme_request_finish_error(request, error);
}

static void
answer_style(WebKitURISchemeRequest *request, const char *name)
{
    g_autofree char *path = g_strconcat(STYLE_RESOURCE, name, NULL);
    g_autoptr(GBytes) bytes = NULL;

    if (!strchr(name, '/'))
        bytes = g_resources_lookup_data(path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    if (bytes)
        respond_bytes(request, bytes, "text/css");
    else
        refuse(request, N2_ERR_NOTFOUND);
}

/* ---- the main document ---- */

static void
on_markup_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(WebKitURISchemeRequest) request = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) html = n2_markup_finish(result, NULL, &error);
    WebKitWebView *view = webkit_uri_scheme_request_get_web_view(request);
    n2_expected *e = view ? n2_engine_peek_expected(view) : NULL;

    (void)source;
    if (html) {
        respond_bytes(request, html, "text/html; charset=utf-8");
        return;
    }
    if (e && !e->error)
        e->error = g_error_copy(error);
    webkit_uri_scheme_request_finish_error(request, error);
}

/* The one thing said to a process that is not in its sandbox. */
static void
refuse_unconfined(WebKitURISchemeRequest *request, n2_expected *e)
{
    g_autoptr(GError) error = g_error_new_literal(N2_FAILURE_ERROR, N2_FAILURE_UNCONFINED,
                                                  "pages would run without WebKit’s sandbox");

    g_clear_error(&e->error);
    e->error = g_error_copy(error);
    webkit_uri_scheme_request_finish_error(request, error);
}

static void
answer_document(N2Engine *engine, WebKitURISchemeRequest *request, n2_expected *e)
{
    if (!n2_engine_is_confined(engine)) {
        refuse_unconfined(request, e);
        return;
    }
    e->is_served = TRUE;
    if (n2_words_is_picture(e->place->type)) {
        g_autoptr(GBytes) html = n2_markup_make_picture(e->place);

        respond_bytes(request, html, "text/html; charset=utf-8");
        return; /* its stream waits for the request of the picture */
    }
    g_autoptr(GInputStream) stream = g_steal_pointer(&e->stream);
    n2_markup_async(n2_engine_peek_renderer(engine), n2_engine_peek_source(engine), e->place,
                    stream, e->cancellable, on_markup_cb, g_object_ref(request));
}

/* ---- pictures ---- */

/* The node judged it anew, as it does each place: what it said when the page was opened, or
 * what the user went on with then, may be over by now. */
static void
answer_picture(N2Engine *engine,
               WebKitURISchemeRequest *request,
               N2Place *place,
               GInputStream *stream)
{
    n2_err err = N2_OK;

    if (!n2_consent_covers(n2_engine_peek_source(engine), place))
        err = N2_ERR_REFUSED;
    else if (!n2_words_is_picture(place->type) ||
             place->size_bytes > N2_ENGINE_PICTURE_BYTES_MAX)
        err = N2_ERR_LIMIT;
    if (err) {
        g_input_stream_close_async(stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
        refuse(request, err);
        return;
    }
    respond(request, stream, (gint64)place->size_bytes, place->type);
}

/* A request of a page, and whose engine it came to. */
typedef struct {
    N2Engine *engine;                /* owned */
    WebKitURISchemeRequest *request; /* owned */
} wanted;

static void
wanted_free(wanted *w)
{
    g_object_unref(w->engine);
    g_object_unref(w->request);
    g_free(w);
}

static void
on_opened_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    wanted *w = user_data;
    g_autoptr(GInputStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(N2Place) place =
        n2_source_open_finish(N2_SOURCE(source), result, &stream, &error);

    if (!place)
        webkit_uri_scheme_request_finish_error(w->request, error);
    else if (!stream)
        refuse(w->request, N2_ERR_NOTFOUND);
    else
        answer_picture(w->engine, w->request, place, stream);
    wanted_free(w);
}

static void
open_picture(N2Engine *engine, WebKitURISchemeRequest *request, GCancellable *cancellable)
{
    wanted *w = g_new(wanted, 1);

    *w = (wanted){.engine = g_object_ref(engine), .request = g_object_ref(request)};
    n2_source_open_async(n2_engine_peek_source(engine),
                         webkit_uri_scheme_request_get_uri(request), N2_OPEN_DEFAULT,
                         cancellable, on_opened_cb, w);
}

void
n2_scheme_answer(N2Engine *engine, WebKitURISchemeRequest *request)
{
    const char *uri = webkit_uri_scheme_request_get_uri(request);
    WebKitWebView *view = webkit_uri_scheme_request_get_web_view(request);
    n2_expected *e = view ? n2_engine_peek_expected(view) : NULL;

    if (g_strcmp0(webkit_uri_scheme_request_get_http_method(request), "GET") != 0)
        refuse(request, N2_ERR_REFUSED);
    else if (g_str_has_prefix(uri, STYLE_HOST))
        answer_style(request, uri + strlen(STYLE_HOST));
    else if (!e || !n2_location_same_site(uri, e->place->address))
        refuse(request, N2_ERR_REFUSED);
    else if (!e->is_served && n2_location_same_document(uri, e->place->address))
        answer_document(engine, request, e);
    else if (e->stream && n2_location_same_document(uri, e->place->address)) {
        g_autoptr(GInputStream) stream = g_steal_pointer(&e->stream);

        answer_picture(engine, request, e->place, stream);
    } else
        open_picture(engine, request, e->cancellable);
}
