/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * failure.c - codes turned into a title, a cause and next steps.
 */
#include "model/failure.h"

#include <string.h>

#include <glib/gi18n.h>

#include "client/error.h"
#include "model/location.h"
#include "model/place.h"
#include "model/words.h"
#include "render/worker/renderer.h"

G_DEFINE_QUARK(n2 - failure - error - quark, n2_failure_error)
G_DEFINE_FINAL_TYPE(N2Step, n2_step, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Failure, n2_failure, G_TYPE_OBJECT)

#define HANDBOOK "net2o://handbook.demo/"

typedef enum {
    KIND_OTHER,
    KIND_NO_NODE,
    KIND_ADDRESS,
    KIND_NOT_FOUND,
    KIND_WAY,
    KIND_NO_WAY,
    KIND_REFUSED,
    KIND_FORGED,
    KIND_FULL,
    KIND_TOKEN,
    KIND_STOPPED,
    KIND_LAYOUT, /* not of a code */
    KIND_CRASH,
    KIND_UNCONFINED,
    KIND_EMPTY,
    KINDS
} failure_kind;

/* Translators: sections of the handbook, and what they are called.  If the handbook has these
 * pages in your language, name the page and the section of that one. */
static const struct {
    const char *section;
    const char *title;
} sections[KINDS] = {
    [KIND_OTHER] = {N_("troubleshooting.md#something-else"),
                    N_("When something else fails, in the handbook")},
    [KIND_NO_NODE] = {N_("troubleshooting.md#no-node-answers"),
                      N_("When no node answers, in the handbook")},
    [KIND_ADDRESS] = {N_("troubleshooting.md#that-is-no-address"),
                      N_("How an address is written, in the handbook")},
    [KIND_NOT_FOUND] = {N_("troubleshooting.md#nothing-is-there"),
                        N_("When nothing is there, in the handbook")},
    [KIND_WAY] = {N_("troubleshooting.md#a-way-is-broken"),
                  N_("When a way breaks, in the handbook")},
    [KIND_NO_WAY] = {N_("troubleshooting.md#no-way-is-known"),
                     N_("When no way is known, in the handbook")},
    [KIND_REFUSED] = {N_("troubleshooting.md#it-is-not-allowed"),
                      N_("When something is not allowed, in the handbook")},
    [KIND_FORGED] = {N_("troubleshooting.md#what-arrived-was-damaged"),
                     N_("When bytes are damaged, in the handbook")},
    [KIND_FULL] = {N_("troubleshooting.md#no-room"),
                   N_("When there is no room, in the handbook")},
    [KIND_TOKEN] = {N_("troubleshooting.md#a-token-is-needed"),
                    N_("When a token is needed, in the handbook")},
    [KIND_STOPPED] = {N_("troubleshooting.md#loading-was-stopped"),
                      N_("When loading was stopped, in the handbook")},
    [KIND_LAYOUT] = {N_("troubleshooting.md#no-layout"),
                     N_("When a page can’t be laid out, in the handbook")},
    [KIND_CRASH] = {N_("troubleshooting.md#a-process-ended"),
                    N_("When a page’s process ends, in the handbook")},
    [KIND_UNCONFINED] = {N_("troubleshooting.md#pages-are-not-confined"),
                         N_("When pages are not confined, in the handbook")},
    [KIND_EMPTY] = {N_("publishing.md"), N_("How to publish, in the handbook")},
};

static failure_kind
kind_of(n2_err code)
{
    switch (code) {
    case N2_ERR_USAGE:
    case N2_ERR_FORMAT:
    case N2_ERR_UNSUPPORTED:
        return KIND_ADDRESS;
    case N2_ERR_NOTFOUND:
        return KIND_NOT_FOUND;
    case N2_ERR_UNREACHABLE:
    case N2_ERR_TIMEOUT:
    case N2_ERR_CLOSED:
        return KIND_WAY;
    case N2_ERR_NOWAY:
        return KIND_NO_WAY;
    case N2_ERR_REFUSED:
        return KIND_REFUSED;
    case N2_ERR_FORGED:
    case N2_ERR_CORRUPT:
        return KIND_FORGED;
    case N2_ERR_NOSPACE:
    case N2_ERR_NOMEM:
    case N2_ERR_LIMIT:
    case N2_ERR_BUDGET:
        return KIND_FULL;
    case N2_ERR_CANCELLED:
        return KIND_STOPPED;
    case N2_ERR_TOKEN:
        return KIND_TOKEN;
    case N2_OK:
    case N2_ERR_TRUNCATED:
    case N2_ERR_TRAILING:
    case N2_ERR_STATE:
    case N2_ERR_IO:
    case N2_ERR_VERSION:
    case N2_ERR_BUSY:
    case N2_ERR_EXISTS:
    case N2_ERR_FROZEN:
    case N2_ERR_ENDED:
    case N2_ERR_OLD:
        return KIND_OTHER;
    }
    return KIND_OTHER;
}

static void
add_step(N2Failure *self,
         N2StepKind kind,
         const char *icon,
         const char *title,
         const char *subtitle,
         const char *label,
         const char *argument)
{
    g_autoptr(N2Step) step = g_object_new(N2_TYPE_STEP, NULL);

    step->kind = kind;
    step->icon = icon;
    step->title = g_strdup(title);
    step->subtitle = g_strdup(subtitle);
    step->label = g_strdup(label);
    step->argument = g_strdup(argument);
    g_list_store_append(self->steps, step);
}

static void
add_retry(N2Failure *self, const char *subtitle)
{
    add_step(self, N2_STEP_RETRY, "view-refresh-symbolic", _("Try again"), subtitle,
             _("Try Now"), NULL);
}

static void
set_section(N2Failure *self, failure_kind kind)
{
    self->handbook = g_strconcat(HANDBOOK, _(sections[kind].section), NULL);
    self->handbook_title = g_strdup(_(sections[kind].title));
}

static void
add_watch(N2Failure *self)
{
    add_step(self, N2_STEP_WATCH, "alarm-symbolic", _("Tell me when it’s back"),
             _("A notification, and the page loads by itself"), NULL, NULL);
}

static void
add_edit(N2Failure *self, const char *subtitle)
{
    add_step(self, N2_STEP_EDIT, "document-edit-symbolic", _("Check the address"), subtitle,
             _("Edit Address"), NULL);
}

/* The folder that holds this place, or NULL at the top of a site. */
static char *
dup_folder_above(const char *address)
{
    g_autofree char *rest = n2_location_dup_rest(address);
    gsize len = strcspn(address, "?#");
    g_autofree char *plain = g_strndup(address, len);
    char *slash = NULL;

    if (!rest[0])
        return NULL;
    if (g_str_has_suffix(plain, "/"))
        plain[strlen(plain) - 1] = '\0';
    slash = strrchr(plain, '/');
    if (!slash)
        return NULL;
    slash[1] = '\0';
    return g_steal_pointer(&plain);
}

static void
say_no_node(N2Failure *self, const char *profile)
{
    g_autofree char *quoted = profile ? g_shell_quote(profile) : NULL;
    g_autofree char *command =
        profile ? g_strdup_printf("net2od --profile %s", quoted) : g_strdup("net2od");

    self->is_no_node = TRUE;
    self->title = g_strdup(_("No node answers on this computer"));
    self->cause =
        g_strdup(_("The browser reads net2o through a node, and none is running. This "
                   "page opens by itself as soon as there is one."));
    self->short_words = g_strdup(_("no node"));
    add_step(self, N2_STEP_COPY, "utilities-terminal-symbolic", _("Start a node"), command,
             _("Copy Command"), command);
    add_retry(self, NULL);
}

static void
say_address(N2Failure *self)
{
    self->title = g_strdup(_("That is no address"));
    self->cause =
        g_strdup(_("An address is a name with dots and perhaps a path, such as "
                   "handbook.demo/first-steps.md. It begins with net2o:// or with the name."));
    self->short_words = g_strdup(_("no address"));
    add_edit(self, NULL);
}

/* A link or an address with a scheme that nobody here follows. */
static void
say_foreign(N2Failure *self)
{
    g_autofree char *scheme =
        g_strndup(self->address, strcspn(self->address, ":") + 1); /* with its colon */

    self->title = g_strdup(_("The browser doesn’t follow this link"));
    /* Translators: %s is the beginning of an address with its colon, such as "irc:". */
    self->cause = g_strdup_printf(_("An address that begins with %s is neither one of net2o "
                                    "nor a web page or mail. Nothing was opened."),
                                  scheme);
    self->short_words = g_strdup(_("not followed"));
    add_step(self, N2_STEP_COPY, "edit-copy-symbolic", _("Take it elsewhere"), self->address,
             _("Copy Address"), self->address);
    add_edit(self, NULL);
}

static void
say_not_found(N2Failure *self, const char *site)
{
    g_autofree char *above = dup_folder_above(self->address);
    g_autofree char *above_words = above ? n2_location_dup_rest(above) : NULL;

    if (above) {
        self->title = g_strdup(_("There is nothing at this address"));
        /* Translators: %s is a site's name. */
        self->cause = g_strdup_printf(_("%s has no file or folder of this name. It may have "
                                        "been renamed or taken away."),
                                      site);
        /* Translators: of a folder; %s is its path or the site's name. */
        add_step(self, N2_STEP_UP, "folder-symbolic", _("Look in the folder above"),
                 above_words[0] ? above_words : site, _("Open Folder"), above);
    } else {
        self->title = g_strdup_printf(_("Nobody here knows %s"), site);
        self->cause = g_strdup(_("No node stands for this name. Names are those that were set "
                                 "on this computer; a key, k1-…, works everywhere."));
    }
    self->short_words = g_strdup(_("not found"));
    add_edit(self, NULL);
    add_retry(self, NULL);
}

/* Of a site that lets only some in: what its node says, and who can change it. */
static gboolean
say_closed(N2Failure *self, const GError *error)
{
    /* As daemon/node/control-words.c and control-site.c have them. */
    const char *const whys[] = {_("only some may read it: it is not there, or not for you"),
                                _("it is not here, or for others than who you are there"),
                                NULL};
    const char *why = n2_error_peek_why(error);

    if (error->domain != N2_ERROR || !g_strv_contains(whys, why))
        return FALSE;
    g_autofree char *sentence = n2_words_sentence(why);
    self->title = g_strdup(_("There is nothing for you here"));
    self->cause = g_strdup_printf("%s %s", sentence, n2_error_peek_next(error));
    self->short_words = g_strdup(_("not found"));
    if (g_str_equal(why, whys[1]))
        add_step(self, N2_STEP_SITES, "dialog-password-symbolic",
                 _("Tell its owner who you are"),
                 _("Your account there stands in the preferences, under Sites"),
                 _("Preferences"), NULL);
    add_retry(self, NULL);
    return TRUE;
}

static void
say_nothing_published(N2Failure *self, const char *profile)
{
    g_autofree char *quoted = profile ? g_shell_quote(profile) : NULL;
    g_autofree char *command = profile ? g_strdup_printf("net2o --profile %s publish .", quoted)
                                       : g_strdup("net2o publish .");

    self->title = g_strdup(_("You have published nothing yet"));
    self->cause = g_strdup(_("A folder that you publish with your node appears here, and at "
                             "your address for everybody else."));
    self->short_words = g_strdup(_("empty"));
    add_step(self, N2_STEP_COPY, "utilities-terminal-symbolic", _("Publish a folder"), command,
             _("Copy Command"), command);
    add_retry(self, NULL);
}

static void
say_way(N2Failure *self, const char *site, const char *why)
{
    self->is_on_way = TRUE;
    self->title = g_strdup_printf(_("%s doesn’t answer"), site);
    self->cause = why[0] ? g_strdup_printf(_("Your node asked and waited in vain: %s."), why)
                         : g_strdup(_("Your node asked and waited in vain."));
    self->short_words = g_strdup(_("way broken"));
    add_watch(self);
    add_retry(self, _("The other end may be back already"));
}

static void
say_no_way(N2Failure *self, const char *site)
{
    g_autofree char *command = g_strdup_printf("net2o path set %s PORT/BITS…", site);

    self->title = g_strdup_printf(_("No way to %s is known"), site);
    self->cause =
        g_strdup(_("The node knows who is meant, but neither a direct neighbour nor a "
                   "path set by hand leads there."));
    self->short_words = g_strdup(_("no way"));
    add_step(self, N2_STEP_COPY, "net2o-path-symbolic", _("Set a path by hand"), command,
             _("Copy Command"), command);
    add_retry(self, NULL);
}

static void
say_forged(N2Failure *self, const char *site)
{
    self->title = g_strdup(_("What arrived was not what was published"));
    self->cause =
        g_strdup_printf(_("The bytes do not match the seal of %s, so they were thrown "
                          "away and nothing of them is shown."),
                        site);
    self->short_words = g_strdup(_("damaged"));
    add_retry(self, _("Another holder may have a sound copy"));
}

static void
say_token(N2Failure *self, const char *why)
{
    self->title = g_strdup(_("A token is needed"));
    self->cause = g_strdup_printf(_("The key for this place is on a token: %s."), why);
    self->short_words = g_strdup(_("token needed"));
    add_retry(self, _("Plug the token in, or touch it, first"));
}

/* Causes stand behind a colon elsewhere; here one begins the sentence. */
static char *
dup_capital(const char *words)
{
    gsize len = (gsize)g_utf8_skip[(guchar)*words];
    g_autofree char *first = g_utf8_strup(words, (gssize)len);

    return g_strconcat(first, words + len, NULL);
}

static void
say_other(N2Failure *self, const char *why, const char *next)
{
    self->title = g_strdup(_("This place can’t be shown"));
    g_autofree char *words = dup_capital(why[0] ? why : n2_err_text(self->code));
    self->cause = g_strdup_printf("%s. %s", words, next);
    self->short_words = g_strdup(_("failed"));
    add_retry(self, NULL);
}

/* The page is there, but can't be laid out; whatever it did, it did in a process of its own. */
static void
say_layout(N2Failure *self, const GError *error)
{
    switch (error->code) {
    case N2_RENDER_TIME:
    case N2_RENDER_MEMORY:
    case N2_RENDER_SIZE:
        self->title = g_strdup(_("This page asks too much"));
        self->cause = g_strdup_printf(_("The browser gave up: %s. Nothing else is harmed."),
                                      error->message);
        break;
    case N2_RENDER_ABSENT:
        self->title = g_strdup(_("A part of the browser is missing"));
        self->cause =
            g_strdup_printf(_("The browser gave up: %s. Install it anew."), error->message);
        break;
    default:
        self->title = g_strdup(_("This page can’t be laid out"));
        self->cause = g_strdup_printf(_("The browser gave up: %s. It runs apart from all "
                                        "else, so nothing else is harmed."),
                                      error->message);
        break;
    }
    self->short_words = g_strdup(_("failed"));
    if (error->code != N2_RENDER_ABSENT)
        add_step(self, N2_STEP_SOURCE, "text-x-generic-symbolic", _("See how it is written"),
                 _("The text of the file, without layout"), _("View Source"), NULL);
    add_step(self, N2_STEP_SAVE, "document-save-symbolic", _("Save the file"),
             _("The bytes arrived whole and are sound"), _("Save…"), NULL);
    add_retry(self, NULL);
}

static void
say_unconfined(N2Failure *self, const char *profile)
{
    g_autofree char *quoted = profile ? g_shell_quote(profile) : NULL;
    g_autofree char *address = g_shell_quote(self->address);
    g_autofree char *command =
        profile ? g_strdup_printf("net2o --profile %s show %s", quoted, address)
                : g_strdup_printf("net2o show %s", address);

    self->title = g_strdup(_("Pages would not be confined"));
    self->cause =
        g_strdup(_("WebKit runs without the sandbox that keeps pages from your files and the "
                   "network, so none is shown. It needs the program bwrap, and no variable "
                   "that switches the sandbox off."));
    self->short_words = g_strdup(_("no sandbox"));
    add_step(self, N2_STEP_COPY, "utilities-terminal-symbolic", _("Read it as text"), command,
             _("Copy Command"), command);
    add_step(self, N2_STEP_SAVE, "document-save-symbolic", _("Save the file"),
             _("The bytes arrived whole and are sound"), _("Save…"), NULL);
    add_retry(self, NULL);
}

N2Failure *
n2_failure_new(const char *address,
               const GError *error,
               gboolean node_is_there,
               const char *profile)
{
    N2Failure *self = g_object_new(N2_TYPE_FAILURE, NULL);
    g_autofree char *site = n2_location_dup_site(address);
    const char *why = n2_error_peek_why(error);

    self->code = n2_error_code(error);
    self->address = g_strdup(address);
    if (error->domain == N2_RENDER_ERROR) {
        say_layout(self, error);
        set_section(self, KIND_LAYOUT);
        return self;
    }
    if (g_error_matches(error, N2_FAILURE_ERROR, N2_FAILURE_UNCONFINED)) {
        say_unconfined(self, profile);
        set_section(self, KIND_UNCONFINED);
        return self;
    }
    failure_kind kind = kind_of(self->code);
    if (!node_is_there && kind != KIND_ADDRESS && kind != KIND_STOPPED)
        kind = KIND_NO_NODE;

    switch (kind) {
    case KIND_NO_NODE:
        say_no_node(self, profile);
        break;
    case KIND_ADDRESS:
        if (self->code == N2_ERR_UNSUPPORTED)
            say_foreign(self);
        else
            say_address(self);
        break;
    case KIND_NOT_FOUND:
        if (g_str_equal(address, N2_LOCATION_FILES)) {
            say_nothing_published(self, profile);
            kind = KIND_EMPTY;
        } else if (!say_closed(self, error)) {
            say_not_found(self, site);
        }
        break;
    case KIND_WAY:
        say_way(self, site, why);
        break;
    case KIND_NO_WAY:
        say_no_way(self, site);
        break;
    case KIND_REFUSED:
        self->title = g_strdup_printf(_("%s doesn’t allow it"), site);
        self->cause =
            g_strdup_printf(_("Your node was let in, but not to this place: %s."), why);
        self->short_words = g_strdup(_("refused"));
        add_retry(self, NULL);
        break;
    case KIND_FORGED:
        say_forged(self, site);
        break;
    case KIND_FULL:
        self->title = g_strdup(_("There is no room for it"));
        self->cause = g_strdup_printf(_("Your node gave up: %s."), why);
        self->short_words = g_strdup(_("no room"));
        add_retry(self, NULL);
        break;
    case KIND_TOKEN:
        say_token(self, why);
        break;
    case KIND_STOPPED:
        self->title = g_strdup(_("Loading was stopped"));
        self->cause = g_strdup(_("You stopped it before anything had arrived."));
        self->short_words = g_strdup(_("stopped"));
        add_retry(self, NULL);
        break;
    case KIND_OTHER:
    case KIND_LAYOUT:
    case KIND_CRASH:
    case KIND_UNCONFINED:
    case KIND_EMPTY:
    case KINDS:
        say_other(self, why, n2_error_peek_next(error));
        break;
    }
    set_section(self, kind);
    return self;
}

N2Failure *
n2_failure_new_crash(const char *address)
{
    N2Failure *self = g_object_new(N2_TYPE_FAILURE, NULL);

    self->code = N2_ERR_IO;
    self->address = g_strdup(address);
    self->title = g_strdup(_("The page’s process ended"));
    self->cause = g_strdup(_("Pages are drawn by a process of their own, which broke off. "
                             "Nothing else is harmed; your tabs and your node go on."));
    self->short_words = g_strdup(_("failed"));
    add_retry(self, _("Loads the page anew in a fresh process"));
    add_step(self, N2_STEP_START, "go-home-symbolic", _("Leave this page"), NULL,
             _("Start Page"), NULL);
    set_section(self, KIND_CRASH);
    return self;
}

static void
n2_step_finalize(GObject *object)
{
    N2Step *self = N2_STEP(object);

    g_free(self->title);
    g_free(self->subtitle);
    g_free(self->label);
    g_free(self->argument);
    G_OBJECT_CLASS(n2_step_parent_class)->finalize(object);
}

static void
n2_step_class_init(N2StepClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_step_finalize;
}

static void
n2_step_init(N2Step *self)
{
    (void)self;
}

static void
n2_failure_finalize(GObject *object)
{
    N2Failure *self = N2_FAILURE(object);

    g_free(self->address);
    g_free(self->title);
    g_free(self->cause);
    g_free(self->short_words);
    g_free(self->handbook);
    g_free(self->handbook_title);
    g_object_unref(self->steps);
    G_OBJECT_CLASS(n2_failure_parent_class)->finalize(object);
}

static void
n2_failure_class_init(N2FailureClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_failure_finalize;
}

static void
n2_failure_init(N2Failure *self)
{
    self->steps = g_list_store_new(N2_TYPE_STEP);
}
