/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-render-json.c - any bytes as a JSON file.
 */
#define FORMAT N2_PAGE_JSON
#define NAMES "b.json"

#include "render-any.h"
