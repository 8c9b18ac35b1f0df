/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * error.c - codes and texts of the node's errors, as GError.
 */
#include "client/error.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

typedef struct {
    char *what;
    char *why;
    char *next;
    guint hop; /* 0 = not known */
} N2ErrorPrivate;

/* GLib's macro below casts away a const, and its inlined NULL for other domains alarms gcc. */
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wnull-dereference"

static void
n2_error_private_init(N2ErrorPrivate *priv)
{
    priv->what = priv->why = priv->next = NULL;
    priv->hop = 0;
}

static void
n2_error_private_copy(const N2ErrorPrivate *from, N2ErrorPrivate *to)
{
    to->what = g_strdup(from->what);
    to->why = g_strdup(from->why);
    to->next = g_strdup(from->next);
    to->hop = from->hop;
}

static void
n2_error_private_clear(N2ErrorPrivate *priv)
{
    g_free(priv->what);
    g_free(priv->why);
    g_free(priv->next);
}

G_DEFINE_EXTENDED_ERROR(N2Error, n2_error)

/* What a person is told where the node says no more than the code. */
typedef struct {
    n2_err code;
    const char *why;
    const char *next;
} wording;

static const wording wordings[] = {
    {N2_ERR_TRUNCATED, N_("the data end too early"), N_("Get it again.")},
    {N2_ERR_TRAILING, N_("the data go on after their end"), N_("Get it again.")},
    {N2_ERR_FORMAT, N_("the data are malformed"), N_("Tell whoever made them.")},
    {N2_ERR_STATE, N_("the node cannot do this now"), N_("Try again.")},
    {N2_ERR_NOSPACE, N_("there is no space left"), N_("Make room on the disk.")},
    {N2_ERR_NOTFOUND, N_("there is no such thing"), N_("Check the spelling.")},
    {N2_ERR_CORRUPT, N_("the stored copy is damaged"),
     N_("Open it again; it will be fetched anew.")},
    {N2_ERR_NOMEM, N_("there is no memory left"), N_("Close other programs.")},
    {N2_ERR_IO, N_("the operating system refused to read or write"),
     N_("Check the disk, and who may read and write there.")},
    {N2_ERR_REFUSED, N_("the other side does not allow it"), N_("Ask the person whose it is.")},
    {N2_ERR_UNREACHABLE, N_("there is no way to the other side"),
     N_("See which hop is gone with 'net2o path'.")},
    {N2_ERR_TIMEOUT, N_("the other side does not answer"),
     N_("See which hop is gone with 'net2o path'.")},
    {N2_ERR_FORGED, N_("the answer is forged or damaged"),
     N_("Do not trust this copy; try another way to it.")},
    {N2_ERR_LIMIT, N_("a limit is reached"), N_("Wait until other work is done.")},
    {N2_ERR_USAGE, N_("the request is wrong"), N_("Check the spelling.")},
    {N2_ERR_VERSION, N_("node and program are of different versions"),
     N_("Update both, and start the node again.")},
    {N2_ERR_CANCELLED, N_("it was cancelled"), N_("Start it again if you want it after all.")},
    {N2_ERR_BUSY, N_("another process uses it"), N_("Try again later.")},
    {N2_ERR_TOKEN, N_("a token is needed"), N_("Plug it in and try again.")},
    {N2_ERR_CLOSED, N_("the connection was closed"), N_("Try again.")},
    {N2_ERR_BUDGET, N_("it costs more than the other side allows"),
     N_("Ask for less at a time.")},
    {N2_ERR_UNSUPPORTED, N_("this program cannot do that"), N_("Update net2o.")},
    {N2_ERR_NOWAY, N_("no path to this identity is known"),
     N_("Set one with 'net2o path set', or add it as a peer.")},
    {N2_ERR_EXISTS, N_("it exists already"), N_("Choose another name, or remove the old one.")},
    {N2_ERR_FROZEN, N_("the keys of this identity are in dispute, so nothing new of it counts"),
     N_("Ask its owner, by another way, to end it with the recovery sheet.")},
    {N2_ERR_ENDED, N_("its owner has ended this identity with the recovery sheet"),
     N_("Ask its owner, by another way, who to go on with.")},
    {N2_ERR_OLD, N_("what came is older than what was seen of it before"),
     N_("Nothing of it was shown. Try again later, or another machine of its owner.")},
};

static const wording *
find_wording(n2_err code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wordings); i++)
        if (wordings[i].code == code)
            return &wordings[i];
    return NULL;
}

/* Empty stays empty: gettext would answer with the catalogue's head. */
static char *
translate(const char *text)
{
    return g_strdup(text && *text ? _(text) : "");
}

/* The one place that composes the message. */
static void
compose(GError *error)
{
    const N2ErrorPrivate *priv = n2_error_get_private(error);

    g_free(error->message);
    error->message = *priv->next
                         ? g_strdup_printf("%s: %s. %s", priv->what, priv->why, priv->next)
                         : g_strdup_printf("%s: %s.", priv->what, priv->why);
}

GError *
n2_error_make(n2_err code, const char *what, const char *why, const char *next)
{
    const wording *w = find_wording(code);

    if ((!why || !*why) && w)
        why = w->why;
    if ((!next || !*next) && w)
        next = w->next;

    GError *error = g_error_new_literal(N2_ERROR, code, "");
    N2ErrorPrivate *priv = n2_error_get_private(error);

    priv->what = g_strdup(what ? what : "");
    priv->why = translate(why ? why : n2_err_text(code));
    priv->next = translate(next);
    compose(error);
    return error;
}

/* The node found out where the way breaks: that is the better cause. */
static void
name_hop(GError *error, guint hop)
{
    N2ErrorPrivate *priv = n2_error_get_private(error);

    priv->hop = hop;
    g_free(priv->why);
    /* Translators: the number of a switch on the way, 1 being this computer. */
    priv->why = g_strdup_printf(_("hop %u on the way does not answer"), hop);
    compose(error);
}

void
n2_error_set(GError **error, n2_err code, const char *what, const char *why, const char *next)
{
    if (error)
        *error = n2_error_make(code, what, why, next);
}

const char *
n2_error_peek_what(const GError *error)
{
    const N2ErrorPrivate *priv = error->domain == N2_ERROR ? n2_error_get_private(error) : NULL;

    return priv ? priv->what : "";
}

const char *
n2_error_peek_why(const GError *error)
{
    const N2ErrorPrivate *priv = error->domain == N2_ERROR ? n2_error_get_private(error) : NULL;

    return priv ? priv->why : error->message;
}

const char *
n2_error_peek_next(const GError *error)
{
    const N2ErrorPrivate *priv = error->domain == N2_ERROR ? n2_error_get_private(error) : NULL;

    return priv ? priv->next : "";
}

guint
n2_error_get_hop(const GError *error)
{
    const N2ErrorPrivate *priv = error->domain == N2_ERROR ? n2_error_get_private(error) : NULL;

    return priv ? priv->hop : 0;
}

static n2_err
code_of_io(int code)
{
    if (code == G_IO_ERROR_CANCELLED)
        return N2_ERR_CANCELLED;
    if (code == G_IO_ERROR_NOT_FOUND)
        return N2_ERR_NOTFOUND;
    if (code == G_IO_ERROR_NO_SPACE)
        return N2_ERR_NOSPACE;
    if (code == G_IO_ERROR_PERMISSION_DENIED)
        return N2_ERR_REFUSED;
    if (code == G_IO_ERROR_TIMED_OUT)
        return N2_ERR_TIMEOUT;
    if (code == G_IO_ERROR_CLOSED || code == G_IO_ERROR_BROKEN_PIPE)
        return N2_ERR_CLOSED;
    return N2_ERR_IO;
}

static n2_err
code_of_dbus(int code)
{
    if (code == G_DBUS_ERROR_UNKNOWN_METHOD || code == G_DBUS_ERROR_UNKNOWN_INTERFACE ||
        code == G_DBUS_ERROR_UNKNOWN_OBJECT)
        return N2_ERR_VERSION;
    if (code == G_DBUS_ERROR_INVALID_ARGS)
        return N2_ERR_USAGE;
    if (code == G_DBUS_ERROR_NO_REPLY || code == G_DBUS_ERROR_DISCONNECTED)
        return N2_ERR_CLOSED;
    if (code == G_DBUS_ERROR_TIMEOUT || code == G_DBUS_ERROR_TIMED_OUT)
        return N2_ERR_TIMEOUT;
    if (code == G_DBUS_ERROR_LIMITS_EXCEEDED)
        return N2_ERR_LIMIT;
    return N2_ERR_STATE;
}

n2_err
n2_error_code(const GError *error)
{
    if (error->domain == N2_ERROR)
        return n2_err_from_int(error->code);
    if (error->domain == G_IO_ERROR)
        return code_of_io(error->code);
    if (error->domain == G_DBUS_ERROR)
        return code_of_dbus(error->code);
    return N2_ERR_IO;
}

/* The lines that the node's error message has; NULL for any other message. */
static GError *
parse_remote(const char *message, const char *what)
{
    g_auto(GStrv) line = g_strsplit(message, "\n", 5);
    guint n = g_strv_length(line);

    if (n < 4)
        return NULL;
    gint64 number = g_ascii_strtoll(line[3], NULL, 10);
    guint64 hop = n > 4 ? g_ascii_strtoull(line[4], NULL, 10) : 0;
    n2_err code = number < 0 && number > G_MININT ? n2_err_from_int((int)number) : N2_ERR_STATE;
    GError *error = n2_error_make(code, *line[0] ? line[0] : what, line[1], line[2]);
    if (hop && hop <= 64)
        name_hop(error, (guint)hop);
    return error;
}

GError *
n2_error_take_remote(GError *error, const char *what)
{
    if (error->domain == N2_ERROR)
        return error;

    g_autofree char *name = g_dbus_error_get_remote_error(error);
    GError *made = NULL;

    g_dbus_error_strip_remote_error(error);
    if (name && g_str_has_prefix(name, "org.net2o.Error."))
        made = parse_remote(error->message, what);
    if (!made) {
        n2_err code = n2_error_code(error);
        gboolean is_gone = code == N2_ERR_CLOSED;
        gboolean is_plain = find_wording(code) && code != N2_ERR_IO && code != N2_ERR_STATE;

        made = n2_error_make(code, what,
                             is_gone    ? N_("the node went away")
                             : is_plain ? NULL
                                        : error->message,
                             NULL);
    }
    g_error_free(error);
    return made;
}
