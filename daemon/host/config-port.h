/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config-port.h - sections [port N] of net2o.conf: the ports of a switch without users.
 *
 * Layer: host.
 *
 *     [port 1]
 *     to=udp:192.0.2.7:4000     the link that is opened; or
 *     from=udp:192.0.2.7:4000   nobody but who comes from there; without both, or from=any:
 *                               anybody.  A port without a section is nobody's in mode switch
 *     their-port=3              wished there
 *     rate-kbit=100000          what the link carries
 *     users=40                  that may stand behind it: so much it weighs at most in queues
 *     channels-take=256-65535   broadcast channels that may come from there
 *     channels-block=0x120000-0x12ffff   that may not pass there, neither way
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/netaddr.h"
#include "node/control.h"

typedef struct {
    guint64 port;
    char *to;        /* (owned) (nullable) or from */
    n2_net_addr net; /* of it; len 0: none */
    gboolean is_from;
    guint64 their_port;
    guint64 rate_kbit;
    guint64 users;
    char *channels_take, *channels_block; /* (owned) (nullable) */
} n2_config_port;

/** Sections [port N] in the order they came (element-type n2_config_port) (transfer full). */
GArray *n2_config_ports_new(void);

/** Is @section of the form "port N"? */
bool n2_config_is_port(const char *section);

/**
 * Sets @key of the port that @section names.
 *
 * @name: how the person wrote it, for the words.
 *
 * Returns: N2_OK; N2_ERR_NOTFOUND (no such key; without words), N2_ERR_USAGE.
 */
N2_MUST_USE n2_err n2_config_port_set(GArray *ports,
                                      const char *section,
                                      const char *key,
                                      const char *name,
                                      const char *text,
                                      GError **error);

/** Has the switch all of them?  Returns: N2_OK, N2_ERR_USAGE. */
N2_MUST_USE n2_err n2_config_ports_check(const GArray *ports,
                                         guint64 switch_bits,
                                         GError **error);

/** The same for the control plane; borrows what @ports owns (transfer full). */
n2_port_plan *n2_config_port_plans(const GArray *ports);
