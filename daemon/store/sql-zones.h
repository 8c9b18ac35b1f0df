/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql-zones.h - tables and statements of zones.c.
 *
 * Layer: store, private.
 */
#pragma once

/* clang-format off */
/* Since version 5.  `asked`: when the last request that was granted was made. */
#define N2_STORE_SCHEMA_ZONES                                                                  \
    "CREATE TABLE zone(who BLOB PRIMARY KEY, flags INTEGER NOT NULL, term INTEGER NOT NULL,"   \
    "  caching INTEGER NOT NULL) WITHOUT ROWID;"                                               \
    "CREATE TABLE zone_name(zone BLOB NOT NULL, label BLOB NOT NULL, until INTEGER NOT NULL,"  \
    "  asked INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY(zone, label)) WITHOUT ROWID;" \
    "CREATE INDEX zone_name_until ON zone_name(zone, until);"                                  \
    "CREATE TABLE zone_head(zone BLOB NOT NULL, serial INTEGER NOT NULL, head BLOB NOT NULL,"  \
    "  PRIMARY KEY(zone, serial)) WITHOUT ROWID;"

#define N2_STORE_SQL_ZONES(S)                                                                  \
    S(ZONE_PUT, "INSERT OR REPLACE INTO zone(who, flags, term, caching)"                       \
      " VALUES(?1, ?2, ?3, ?4)")                                                               \
    S(ZONE_LIST, "SELECT who, flags, term, caching FROM zone ORDER BY who")                    \
    S(ZONE_DROP, "DELETE FROM zone WHERE who=?1")                                              \
    S(ZONE_DROP_NAMES, "DELETE FROM zone_name WHERE zone=?1")                                  \
    S(ZONE_DROP_HEADS, "DELETE FROM zone_head WHERE zone=?1")                                  \
    S(ZONE_NAME_PUT, "INSERT OR REPLACE INTO zone_name(zone, label, until, asked, record)"     \
      " VALUES(?1, ?2, ?3, ?4, ?5)")                                                           \
    S(ZONE_NAME_DROP, "DELETE FROM zone_name WHERE zone=?1 AND label=?2")                      \
    S(ZONE_NAME_GET, "SELECT label, asked, record FROM zone_name WHERE zone=?1 AND label=?2")  \
    S(ZONE_NAME_ALL, "SELECT label, asked, record FROM zone_name WHERE zone=?1 ORDER BY label") \
    S(ZONE_NAME_OVER, "SELECT label, asked, record FROM zone_name WHERE zone=?1 AND until<?2"  \
      " ORDER BY until LIMIT ?3")                                                              \
    S(ZONE_HEAD_PUT, "INSERT INTO zone_head(zone, serial, head) VALUES(?1, ?2, ?3)")           \
    S(ZONE_HEAD_TRIM, "DELETE FROM zone_head WHERE zone=?1 AND serial<=?2")                    \
    S(ZONE_HEAD_LAST, "SELECT serial, head FROM zone_head WHERE zone=?1"                       \
      " ORDER BY serial DESC LIMIT ?2")                                                        \
    S(LOST_ZONE, "DELETE FROM zone WHERE typeof(who)<>'blob' OR length(who)<>33")              \
    S(LOST_ZONE_NAME, "DELETE FROM zone_name WHERE zone NOT IN (SELECT who FROM zone)"         \
      " OR typeof(label)<>'blob' OR length(label)<>32 OR typeof(record)<>'blob'")              \
    S(LOST_ZONE_HEAD, "DELETE FROM zone_head WHERE zone NOT IN (SELECT who FROM zone)"         \
      " OR typeof(head)<>'blob'")
/* clang-format on */
