/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bus.c - the little of org.freedesktop.DBus that tools for a message bus insist on.
 *
 * There is no bus behind the socket: every client is alone with the node.  busctl and others
 * still say Hello first, and look for the owner of a name.
 */
#include "ipc/job.h"

#define NODE_NAME "org.net2o.Node"
#define CLIENT_NAME ":1.1"

static const char bus_xml[] =
    "<node><interface name='org.freedesktop.DBus'>"
    "<method name='Hello'><arg type='s' name='name' direction='out'/></method>"
    "<method name='GetId'><arg type='s' name='id' direction='out'/></method>"
    "<method name='AddMatch'><arg type='s' name='rule' direction='in'/></method>"
    "<method name='RemoveMatch'><arg type='s' name='rule' direction='in'/></method>"
    "<method name='ListNames'><arg type='as' name='names' direction='out'/></method>"
    "<method name='ListActivatableNames'><arg type='as' name='names' direction='out'/></method>"
    "<method name='NameHasOwner'><arg type='s' name='name' direction='in'/>"
    "<arg type='b' name='has' direction='out'/></method>"
    "<method name='GetNameOwner'><arg type='s' name='name' direction='in'/>"
    "<arg type='s' name='owner' direction='out'/></method>"
    "</interface></node>";

static gboolean
is_known(const char *name)
{
    return g_str_equal(name, NODE_NAME) || g_str_equal(name, "org.freedesktop.DBus");
}

static GVariant *
names_value(void)
{
    const char *const names[] = {"org.freedesktop.DBus", NODE_NAME, NULL};

    return g_variant_new("(^as)", names);
}

static void
on_call_cb(GDBusConnection *connection,
           const char *sender,
           const char *path,
           const char *interface,
           const char *method,
           GVariant *args,
           GDBusMethodInvocation *invocation,
           gpointer user_data)
{
    const char *name = "";
    GVariant *answer = NULL;
    (void)sender;
    (void)path;
    (void)interface;
    (void)user_data;

    if (g_variant_is_of_type(args, G_VARIANT_TYPE("(s)")))
        g_variant_get(args, "(&s)", &name);
    if (g_str_equal(method, "Hello"))
        answer = g_variant_new("(s)", CLIENT_NAME);
    else if (g_str_equal(method, "GetId"))
        answer = g_variant_new("(s)", g_dbus_connection_get_guid(connection));
    else if (g_str_equal(method, "ListNames"))
        answer = names_value();
    else if (g_str_equal(method, "ListActivatableNames"))
        answer = g_variant_new("(as)", NULL);
    else if (g_str_equal(method, "NameHasOwner"))
        answer = g_variant_new("(b)", is_known(name));
    else if (g_str_equal(method, "GetNameOwner") && !is_known(name)) {
        g_dbus_method_invocation_return_error(
            invocation, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER, "%s is not here", name);
        return;
    } else if (g_str_equal(method, "GetNameOwner"))
        answer = g_variant_new("(s)", name);
    g_dbus_method_invocation_return_value(invocation, answer); /* matches: nothing to do */
}

gboolean
n2_ipc_export_bus(GDBusConnection *connection, GError **error)
{
    static const GDBusInterfaceVTable vtable = {.method_call = on_call_cb};
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(bus_xml, error);

    return node &&
           g_dbus_connection_register_object(connection, "/org/freedesktop/DBus",
                                             node->interfaces[0], &vtable, NULL, NULL, error);
}
