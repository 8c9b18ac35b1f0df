/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql-names.h - tables and statements of what was seen of zones (book-names.c).
 *
 * Layer: store, private.
 */
#pragma once

/* clang-format off */
/* Since version 5: heads of zones, as they were signed.  `seen` counts up: the least goes. */
#define N2_STORE_SCHEMA_NAMES                                                                  \
    "CREATE TABLE zone_seen(zone BLOB NOT NULL, serial INTEGER NOT NULL, hash BLOB NOT NULL,"  \
    "  statement BLOB NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY(zone, serial, hash))"       \
    "  WITHOUT ROWID;"

/* Of a serial with two heads both stay: they prove a fraud. */
#define N2_STORE_SQL_NAMES(S)                                                                  \
    S(ZONE_SEEN_PUT, "INSERT OR IGNORE INTO zone_seen(zone, serial, hash, statement, seen)"    \
      " VALUES(?1, ?2, ?3, ?4, (SELECT ifnull(max(seen), 0) + 1 FROM zone_seen))")             \
    S(ZONE_SEEN_TRIM, "DELETE FROM zone_seen WHERE zone=?1 AND serial IN (SELECT serial"       \
      " FROM zone_seen WHERE zone=?1 GROUP BY serial HAVING count(*)=1"                        \
      " ORDER BY serial DESC LIMIT -1 OFFSET ?2)")                                             \
    S(ZONE_SEEN_OUT, "DELETE FROM zone_seen WHERE zone IN (SELECT zone FROM zone_seen"         \
      " GROUP BY zone ORDER BY max(seen) DESC LIMIT -1 OFFSET ?1)")                            \
    S(ZONE_SEEN_LIST, "SELECT zone, statement FROM zone_seen ORDER BY zone, serial, hash")
/* clang-format on */
