/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * client.h - the node as an application sees it: one object, asynchronous, over the private
 * socket.
 *
 * Layer:   client (may include: base, and the code generated from ipc's XML).
 * Threads: use it in the main context in which it was made; it never blocks.
 * Results: dictionaries (a{sv}) and tables (aa{sv}) with the keys written down in
 *          ipc/org.net2o.*1.xml; read them with n2_dict_*().  None of them is floating.
 * Errors:  domain N2_ERROR, codes n2_err, each with three texts (n2_error_peek_*); cancelling
 *          gives N2_ERR_CANCELLED, a node that is not there N2_ERR_CLOSED.
 *
 * Every call connects first if it must, so that nobody has to wait for `appeared`; a client
 * that was once started tries by itself to come back to a node that vanished.
 */
#pragma once

#include <gio/gio.h>

#include "client/error.h"
#include "client/transfer.h"

G_BEGIN_DECLS

#define N2_TYPE_CLIENT (n2_client_get_type())
G_DECLARE_FINAL_TYPE(N2Client, n2_client, N2, CLIENT, GObject)

/**
 * n2_client_new:
 * @profile: (nullable): the folder given as --profile, or %NULL for the user's own node
 *
 * Signals:
 *   ::appeared                     a node answers (again); what was shown may be old
 *   ::vanished                     the node went away; transfers under way have failed
 *   ::changed (GStrv parts)        org.net2o.Node1.Changed
 *   ::site-changed (char *address) org.net2o.Files1.Changed
 *   ::lied (char *identity, char *name, char *address) org.net2o.Files1.Lied
 * and those of orders.h.
 *
 * Returns: (transfer full): a client that is not connected yet
 */
N2Client *n2_client_new(const char *profile);

/** Path of the node's socket (transfer none); NULL with @error set if it would be too long. */
const char *n2_client_peek_socket(N2Client *self, GError **error);

gboolean n2_client_is_connected(N2Client *self);

/** Begins to connect and to stay connected; ::appeared tells when. */
void n2_client_start(N2Client *self);

/**
 * n2_client_finish:
 *
 * Ends every call below but open and list, which have their own.
 *
 * Returns: (transfer full): what the method of the XML returns: a{sv}, aa{sv}, or an empty
 *          tuple where it returns nothing; %NULL with @error set
 */
GVariant *n2_client_finish(N2Client *self, GAsyncResult *result, GError **error);

#define N2_CALL_ARGS GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data

/* Node1 */
void n2_client_status_async(N2Client *self, N2_CALL_ARGS);
void n2_client_check_async(N2Client *self, N2_CALL_ARGS);

/* Identity1; @identity may be NULL for the default one */
void n2_client_id_new_async(N2Client *self, const char *name, N2_CALL_ARGS);
void n2_client_id_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_id_show_async(N2Client *self, const char *identity, N2_CALL_ARGS);

/* Network1; @identity of a peer may be NULL for whoever answers */
void n2_client_peer_add_async(N2Client *self,
                              const char *endpoint,
                              const char *identity,
                              N2_CALL_ARGS);
void n2_client_peer_remove_async(N2Client *self, const char *endpoint, N2_CALL_ARGS);
void n2_client_peer_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_path_set_async(N2Client *self,
                              const char *identity,
                              const char *const *hops,
                              N2_CALL_ARGS);
void n2_client_path_unset_async(N2Client *self, const char *identity, N2_CALL_ARGS);
void n2_client_path_get_async(N2Client *self, const char *identity, N2_CALL_ARGS);
void n2_client_path_list_async(N2Client *self, N2_CALL_ARGS);
void
n2_client_name_set_async(N2Client *self, const char *name, const char *identity, N2_CALL_ARGS);
void n2_client_name_unset_async(N2Client *self, const char *name, N2_CALL_ARGS);
void n2_client_name_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_name_lookup_async(N2Client *self, const char *name, N2_CALL_ARGS);
/** @servers: NULL-terminated. */
void n2_client_root_add_async(N2Client *self,
                              const char *suffix,
                              const char *zone,
                              const char *const *servers,
                              N2_CALL_ARGS);
void n2_client_root_remove_async(N2Client *self, const char *suffix, N2_CALL_ARGS);
void n2_client_root_list_async(N2Client *self, N2_CALL_ARGS);
/** The node's switch as it is now: one a{sv}. */
void n2_client_switch_look_async(N2Client *self, N2_CALL_ARGS);
/** @order: as in Network1.LabelSet. */
void n2_client_label_set_async(N2Client *self, const char *order, N2_CALL_ARGS);
/** aa{sv}. */
void n2_client_label_list_async(N2Client *self, N2_CALL_ARGS);
/** @rules: as in Network1.FilterSet. */
void n2_client_filter_set_async(N2Client *self, const char *rules, N2_CALL_ARGS);
/** aa{sv}. */
void n2_client_filter_list_async(N2Client *self, N2_CALL_ARGS);
/** Bandwidth on the way to @identity (also a name), bits a second; @class: (nullable).  One
 * a{sv}; within 3 s. */
void n2_client_reserve_async(
    N2Client *self, const char *identity, guint64 rate_bps, const char *class, N2_CALL_ARGS);
void n2_client_reserve_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_reserve_release_async(N2Client *self, guint64 number, N2_CALL_ARGS);
/** @kind: tree or channel; all as in Network1.  CastOpen, CastJoin, CastProbe: one a{sv}. */
void n2_client_cast_open_async(
    N2Client *self, const char *kind, const char *number, guint64 port, N2_CALL_ARGS);
void
n2_client_cast_close_async(N2Client *self, const char *kind, const char *number, N2_CALL_ARGS);
void n2_client_cast_join_async(
    N2Client *self, const char *source, const char *kind, const char *number, N2_CALL_ARGS);
void
n2_client_cast_leave_async(N2Client *self, const char *kind, const char *number, N2_CALL_ARGS);
void n2_client_cast_probe_async(
    N2Client *self, const char *kind, const char *number, guint64 count, N2_CALL_ARGS);
/** aa{sv}. */
void n2_client_cast_list_async(N2Client *self, N2_CALL_ARGS);
/** See Network1.PlaceSet, PlaceShow (a{sv}), PlaceLearn, AvoidSet, AvoidList (aa{sv}). */
void n2_client_place_set_async(N2Client *self, const char *what, const char *who, N2_CALL_ARGS);
void n2_client_place_show_async(N2Client *self, gboolean has_place, N2_CALL_ARGS);
void n2_client_place_learn_async(N2Client *self, const char *text, N2_CALL_ARGS);
void
n2_client_avoid_set_async(N2Client *self, const char *hop, gboolean is_avoided, N2_CALL_ARGS);
void n2_client_avoid_list_async(N2Client *self, N2_CALL_ARGS);
void n2_client_neighbours_async(N2Client *self, const char *service, N2_CALL_ARGS);
/** @what: take or block; @channels: empty: none. */
void n2_client_domain_set_async(
    N2Client *self, guint64 port, const char *what, const char *channels, N2_CALL_ARGS);
/** aa{sv}. */
void n2_client_domain_list_async(N2Client *self, N2_CALL_ARGS);
/** Which hop to @address (also a name, k1-...) is silent; aa{sv}, within 3 s. */
void n2_client_trace_async(N2Client *self, const char *address, N2_CALL_ARGS);

/* Files1 */

/**
 * n2_client_open_async:
 * @options: (nullable): a{sv} of Files1.Open, sunk; %NULL for none
 *
 * Cancelling before the answer leaves nothing behind in the node.
 */
void n2_client_open_async(N2Client *self, const char *address, GVariant *options, N2_CALL_ARGS);

/**
 * n2_client_open_into_async:
 * @fd: (transfer full): a file open for writing.  If n2_transfer_is_direct(), the node writes
 *      there, in any order, and the stream is empty: wait for the transfer.
 */
void n2_client_open_into_async(N2Client *self, const char *address, int fd, N2_CALL_ARGS);

/** Returns: (transfer full): the open transfer: info and stream; dropping it cancels it. */
N2Transfer *n2_client_open_finish(N2Client *self, GAsyncResult *result, GError **error);

/** @options: (transfer floating) of Files1.Find. */
void n2_client_find_async(N2Client *self, const char *query, GVariant *options, N2_CALL_ARGS);
/** As n2_client_list_finish(): @info is what is said of all of the answer. */
GVariant *
n2_client_find_finish(N2Client *self, GAsyncResult *result, GVariant **info, GError **error);

void n2_client_list_async(N2Client *self, const char *address, N2_CALL_ARGS);
/** @info: (out) (optional) (transfer full): the folder's.  Returns: (transfer full): aa{sv}. */
GVariant *
n2_client_list_finish(N2Client *self, GAsyncResult *result, GVariant **info, GError **error);

/**
 * n2_client_publish_async:
 * @archive_fd: (transfer full): reading end of a pipe with the archive of Files1.Publish; see
 *              client/archive.h, which makes one from a folder.  -1 is not allowed
 * @name: (nullable): personal name to give to it
 * @identity: (nullable): label or k1-... of an own one, whose it shall be
 */
void n2_client_publish_async(
    N2Client *self, int archive_fd, const char *name, const char *identity, N2_CALL_ARGS);

void
n2_client_attr_get_async(N2Client *self, const char *address, const char *name, N2_CALL_ARGS);
/** @value: (nullable): text form, NULL removes.  @type: (nullable): as in Files1, NULL: text.
 */
void n2_client_attr_set_async(N2Client *self,
                              const char *address,
                              const char *name,
                              const char *value,
                              const char *type,
                              N2_CALL_ARGS);
void n2_client_attr_list_async(N2Client *self, const char *address, N2_CALL_ARGS);
void n2_client_history_async(N2Client *self, const char *address, N2_CALL_ARGS);
/** @identity: "": who publishes here. */
void n2_client_sync_async(N2Client *self, const char *identity, N2_CALL_ARGS);
void n2_client_pin_async(N2Client *self, const char *address, N2_CALL_ARGS);
void n2_client_unpin_async(N2Client *self, const char *address, N2_CALL_ARGS);
void n2_client_why_async(N2Client *self, const char *address, N2_CALL_ARGS);

/* Reading results.  A key that is absent or of another type gives the default. */
const char *n2_dict_string(GVariant *dict, const char *key); /* (transfer none) or NULL */
guint64 n2_dict_uint(GVariant *dict, const char *key);       /* y q u t and positive i x; 0 */
gboolean n2_dict_bool(GVariant *dict, const char *key);      /* FALSE */
/** (transfer full) (nullable): the value under @key if it has @type, e.g. "as" or "aa{sv}". */
GVariant *n2_dict_dup(GVariant *dict, const char *key, const char *type);

G_END_DECLS
