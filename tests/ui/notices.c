/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notices.c - see notices.h.
 *
 * Source: Desktop Notifications Specification 1.2.
 */
#include "notices.h"

#include <gio/gio.h>

static const char xml[] =
    "<node><interface name='org.freedesktop.Notifications'>"
    "<method name='Notify'>"
    "<arg type='s' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='as' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='u' direction='out'/></method>"
    "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
    "</interface></node>";

static guint n_shown;
static char *title, *body;

static void
call_cb(GDBusConnection *bus,
        const char *sender,
        const char *path,
        const char *interface,
        const char *method,
        GVariant *args,
        GDBusMethodInvocation *invocation,
        gpointer user)
{
    (void)bus, (void)sender, (void)path, (void)interface, (void)user;
    if (!g_str_equal(method, "Notify")) {
        g_dbus_method_invocation_return_value(invocation, NULL);
        return;
    }
    g_free(title);
    g_free(body);
    g_variant_get_child(args, 3, "s", &title);
    g_variant_get_child(args, 4, "s", &body);
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", ++n_shown));
}

void
ui_notices_begin(void)
{
    static const GDBusInterfaceVTable table = {.method_call = call_cb};
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, &error);

    g_assert_no_error(error);
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, &error);
    g_assert_no_error(error);
    g_dbus_connection_register_object(bus, "/org/freedesktop/Notifications",
                                      node->interfaces[0], &table, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
        bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "RequestName", g_variant_new("(su)", "org.freedesktop.Notifications", 0),
        G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
    g_assert_no_error(error);
}

guint
ui_notices_count(void)
{
    return n_shown;
}

const char *
ui_notices_peek_title(void)
{
    return title;
}

const char *
ui_notices_peek_body(void)
{
    return body;
}
