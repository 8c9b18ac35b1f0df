/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config-rules.h - virtual labels and filter of net2o.conf.
 *
 * Layer: host.
 */
#pragma once

#include <glib.h>

#include "base/err.h"

/**
 * Takes orders about labels, or rules, into *@place.
 *
 * @name: how the person wrote it, for the words.
 *
 * Returns: N2_OK, N2_ERR_USAGE.
 */
N2_MUST_USE n2_err n2_config_set_labels(char **place,
                                        const char *name,
                                        const char *text,
                                        GError **error);
N2_MUST_USE n2_err n2_config_set_filter(char **place,
                                        const char *name,
                                        const char *text,
                                        GError **error);

/** The same with services, "WORD" or "WORD=VALUE", with ; between. */
N2_MUST_USE n2_err n2_config_set_offers(char **place,
                                        const char *name,
                                        const char *text,
                                        GError **error);

/**
 * Will a switch with 2^@bits ports follow them, and is none of @ports a label?
 *
 * @labels, @filter: as they were taken.
 *
 * Returns: N2_OK, N2_ERR_USAGE, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err
n2_config_rules_check(const char *labels,
                      const char *filter,
                      const GArray *ports, /* (element-type n2_config_port) */
                      unsigned bits,
                      GError **error);
