/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * main.c - net2o-browser: options, language, display; the rest is application.c.
 */
#include <locale.h>
#include <signal.h>

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "application.h"
#include "launcher.h"
#include "sandbox/sandbox.h"

static char *profile;
static gboolean wants_version;
static gboolean is_service; /* started by the bus: it says what to open */

static const GOptionEntry options[] = {
    {"profile", 0, 0, G_OPTION_ARG_FILENAME, &profile,
     N_("Use the node and the settings in folder DIR"), "DIR"},
    {"version", 0, 0, G_OPTION_ARG_NONE, &wants_version, N_("Say the version and end"), NULL},
    {"gapplication-service", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &is_service, NULL,
     NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static gboolean
has_gpu(void)
{
    g_autoptr(GDir) dri = g_dir_open("/dev/dri", 0, NULL);
    const char *name = NULL;

    while (dri && (name = g_dir_read_name(dri)))
        if (g_str_has_prefix(name, "renderD"))
            return TRUE;
    return FALSE;
}

/*
 * WebKit takes the bus's address into its sandbox; one that leads nowhere breaks it, and leaves
 * an empty /.flatpak-info behind, by which every later program believes to be in a sandbox
 * already and makes none.  FALSE: such a file is there.
 */
static gboolean
check_surroundings(void)
{
    GStatBuf info;

    if (g_stat("/.flatpak-info", &info) == 0 && info.st_size == 0) {
        g_printerr("net2o-browser: %s\n",
                   _("The file /.flatpak-info is empty: another program left it behind, and "
                     "pages would run without a sandbox. Remove it with: rm /.flatpak-info"));
        return FALSE;
    }
    /* If there is none yet, one is started here: outside the fence, for it starts others. */
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    if (!bus)
        g_unsetenv("DBUS_SESSION_BUS_ADDRESS");
    return TRUE;
}

/* After the display is open (it may be another computer's, by TCP) and the bus is there. */
static gboolean
enter_fence(void)
{
    n2_sandbox_state state;

    if (n2_sandbox_enter_wide(&state)) {
        g_printerr("net2o-browser: %s\n",
                   _("The browser can’t fence itself in, and does not run without."));
        return FALSE;
    }
    if (!state.has_seccomp)
        g_printerr("net2o-browser: %s\n",
                   _("This kernel has no seccomp: WebKit’s own sandbox is the only one."));
    return TRUE;
}

static void
set_up_language(void)
{
    const char *folder = g_getenv("N2_LOCALEDIR"); /* for a program that is not installed */

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, folder ? folder : N2_LOCALEDIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
}

/* FALSE: the program ends with *code. */
static gboolean
read_options(int *argc, char ***argv, int *code)
{
    g_autoptr(GOptionContext) context = g_option_context_new(_("[ADDRESS…]"));
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, _("Reads places of the net2o network."));
    g_option_context_set_description(
        context, _("An address is net2o://NAME/PATH, or only NAME/PATH. Without one the start "
                   "page opens.\nThe browser reads through the node of the same profile; start "
                   "it with net2od."));
    g_option_context_add_main_entries(context, options, GETTEXT_PACKAGE);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        g_printerr("net2o-browser: %s\n", error->message);
        *code = 2;
        return FALSE;
    }
    if (wants_version) {
        g_print("net2o-browser %s\n", N2_VERSION);
        *code = 0;
        return FALSE;
    }
    return TRUE;
}

int
main(int argc, char **argv)
{
    int code = 0;

    set_up_language();
    if (!read_options(&argc, &argv, &code))
        return code;
    if (!n2_launcher_start()) /* first: it stays outside the fence */
        g_printerr("net2o-browser: %s\n", _("Links to Internet 1.0 can’t be opened."));
    signal(SIGPIPE, SIG_IGN); /* a page that is stopped closes its pipe */
    if (!has_gpu())
        g_setenv("GSK_RENDERER", "cairo", FALSE);
    if (!gtk_init_check()) {
        g_printerr("net2o-browser: %s\n",
                   _("There is no display: neither WAYLAND_DISPLAY nor DISPLAY leads to one. "
                     "Read pages as text with: net2o show ADDRESS"));
        return 1;
    }
    if (!check_surroundings() || !enter_fence())
        return 1;
    g_autoptr(N2Application) app = n2_application_new(profile, NULL);
    if (is_service)
        g_application_set_flags(G_APPLICATION(app),
                                g_application_get_flags(G_APPLICATION(app)) |
                                    G_APPLICATION_IS_SERVICE);
    code = g_application_run(G_APPLICATION(app), argc, argv);
    g_free(profile);
    return code;
}
