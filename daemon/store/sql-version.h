/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql-version.h - table and statements of version.c.
 *
 * Layer: store, private.
 */
#pragma once

/* clang-format off */
/* Since version 5.  Of each tree the heads that are known, of which `head` has the one that
 * counts. */
#define N2_STORE_SCHEMA_VERSION                                                                \
    "CREATE TABLE version(who BLOB NOT NULL, branch TEXT NOT NULL, counter INTEGER NOT NULL,"  \
    "  hash BLOB NOT NULL, statement BLOB NOT NULL,"                                           \
    "  PRIMARY KEY(who, branch, counter, hash)) WITHOUT ROWID;"                                \
    "CREATE INDEX version_hash ON version(hash);"

#define N2_STORE_MIGRATION_VERSION                                                             \
    "INSERT INTO version SELECT who, branch, counter, hash, statement FROM head"               \
    "  WHERE length(statement)>0;"

#define N2_STORE_SQL_VERSION(S)                                                                \
    S(VERSION_PUT, "INSERT OR IGNORE INTO version VALUES(?1, ?2, ?3, ?4, ?5)")                 \
    S(VERSION_PRUNE, "DELETE FROM version WHERE who=?1 AND branch=?2 AND (counter, hash) IN"   \
      " (SELECT counter, hash FROM version WHERE who=?1 AND branch=?2"                         \
      "  ORDER BY counter DESC, hash DESC LIMIT -1 OFFSET ?3)")                                \
    S(VERSION_LIST, "SELECT statement, hash FROM version WHERE who=?1 AND branch=?2"           \
      " AND counter<?3 ORDER BY counter DESC, hash DESC")                                      \
    S(VERSION_GET, "SELECT statement, hash FROM version WHERE hash=?1")                        \
    S(VERSION_AFTER, "SELECT who, branch, counter, hash, statement FROM version"               \
      " WHERE (who, branch, counter, hash)>(?1, ?2, ?3, ?4)"                                   \
      " ORDER BY who, branch, counter, hash LIMIT 1")                                          \
    S(VERSION_DROP, "DELETE FROM version WHERE who=?1 AND branch=?2 AND counter=?3"            \
      " AND hash=?4")                                                                          \
    S(LOST_VERSION, "DELETE FROM version WHERE typeof(who)<>'blob' OR length(who)<>33"         \
      " OR typeof(branch)<>'text' OR instr(branch, char(0))>0 OR typeof(counter)<>'integer'"   \
      " OR typeof(hash)<>'blob' OR length(hash)<>32")
/* clang-format on */
