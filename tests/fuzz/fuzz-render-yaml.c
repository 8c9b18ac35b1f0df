/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-render-yaml.c - any bytes as a YAML file.
 */
#define FORMAT N2_PAGE_YAML
#define NAMES "b.yaml"

#include "render-any.h"
