/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * types.h - media type of a file by the end of its name.
 *
 * Layer: base (may include: libc only).  An attribute `type` of the file wins over this.
 */
#pragma once

/**
 * The type of a file called @name, e.g. "text/markdown" for "a/READ.ME.MD"; case of the suffix
 * does not matter.
 *
 * Returns: (transfer none): static text; "application/octet-stream" for an unknown suffix,
 *          "text/plain" for well-known names without one (README, LICENSE, Makefile).
 */
const char *n2_type_by_name(const char *name);
