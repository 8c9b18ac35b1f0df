/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql-people.h - tables and statements of people.c.
 *
 * Layer: store, private.
 */
#pragma once

/* clang-format off */
/* Since version 3: contacts, history, vouches. */
#define N2_STORE_SCHEMA_PEOPLE                                                                 \
    "CREATE TABLE contact(who BLOB PRIMARY KEY, marks INTEGER NOT NULL, met INTEGER NOT NULL," \
    "  marked INTEGER NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;"                            \
    "CREATE TABLE seen(name TEXT NOT NULL, who BLOB NOT NULL, first INTEGER NOT NULL,"         \
    "  last INTEGER NOT NULL, PRIMARY KEY(name, who)) WITHOUT ROWID;"                          \
    "CREATE INDEX seen_who ON seen(who);"                                                      \
    "CREATE INDEX seen_last ON seen(last);"                                                    \
    "CREATE TABLE vouch(subject BLOB NOT NULL, signer BLOB NOT NULL, scope INTEGER NOT NULL,"  \
    "  since INTEGER NOT NULL, until INTEGER NOT NULL, bytes BLOB NOT NULL,"                   \
    "  PRIMARY KEY(subject, signer, scope)) WITHOUT ROWID;"                                    \
    "CREATE INDEX vouch_signer ON vouch(signer, since);"

#define IS_MARKED "EXISTS(SELECT 1 FROM contact WHERE contact.who=signer AND marks<>0)"

#define N2_STORE_SQL_PEOPLE(S)                                                                 \
    S(CONTACT_PUT, "INSERT OR REPLACE INTO contact(who, marks, met, marked, name)"             \
      " VALUES(?1, ?2, ?3, ?4, ?5)")                                                           \
    S(CONTACT_ROOM, "SELECT count(*) FROM contact WHERE who<>?1")                              \
    S(CONTACT_DROP, "DELETE FROM contact WHERE who=?1")                                        \
    S(CONTACT_LIST, "SELECT who, marks, met, marked, name FROM contact ORDER BY who")          \
    S(PETNAME_OF, "SELECT name FROM petname WHERE target=?1 ORDER BY name LIMIT 1")            \
    S(SEEN_PUT, "INSERT INTO seen(name, who, first, last) VALUES(?1, ?2, ?3, ?3)"              \
      " ON CONFLICT(name, who) DO UPDATE SET first=min(first, ?3), last=max(last, ?3)")        \
    S(SEEN_COUNT, "SELECT count(*) FROM seen")                                                 \
    S(SEEN_OLDEST, "DELETE FROM seen WHERE (name, who) IN"                                     \
      " (SELECT name, who FROM seen ORDER BY last, name, who LIMIT 1)")                        \
    S(SEEN_ALL, "SELECT name, who, first, last FROM seen ORDER BY name, who")                  \
    S(SEEN_LIST, "SELECT name, who, first, last FROM seen WHERE name=?1 AND name<>''"          \
      " UNION SELECT name, who, first, last FROM seen WHERE who=?2 ORDER BY 1, 2")             \
    S(SEEN_FORGET, "DELETE FROM seen WHERE last<?1 OR ?2")                                     \
    S(VOUCH_GET, "SELECT since, until, bytes FROM vouch"                                       \
      " WHERE subject=?1 AND signer=?2 AND scope=?3")                                          \
    S(VOUCH_PUT, "INSERT OR REPLACE INTO vouch(subject, signer, scope, since, until, bytes)"   \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                                       \
    S(VOUCH_IS_MARKED, "SELECT 1 FROM contact WHERE who=?1 AND marks<>0")                      \
    S(VOUCH_COUNT, "SELECT count(*) FROM vouch")                                               \
    S(VOUCH_COUNT_OF, "SELECT count(*) FROM vouch WHERE signer=?1")                            \
    S(VOUCH_COUNT_OTHERS, "SELECT count(*) FROM vouch WHERE NOT " IS_MARKED)                   \
    S(VOUCH_MAKE_ROOM, "DELETE FROM vouch WHERE (subject, signer, scope) IN"                   \
      " (SELECT subject, signer, scope FROM vouch WHERE NOT " IS_MARKED                        \
      "  ORDER BY since, subject, signer, scope LIMIT 1)")                                     \
    S(VOUCH_LIST, "SELECT subject, signer, scope, since, until, bytes FROM vouch"              \
      " WHERE subject=?1 ORDER BY subject, signer, scope")                                     \
    S(VOUCH_ALL, "SELECT subject, signer, scope, since, until, bytes FROM vouch"               \
      " ORDER BY subject, signer, scope")                                                      \
    S(VOUCH_DROP_BY, "DELETE FROM vouch WHERE signer=?1")                                      \
    S(VOUCH_DROP_OLD, "DELETE FROM vouch WHERE until<?1")                                      \
    S(LOST_CONTACT, "DELETE FROM contact WHERE typeof(who)<>'blob' OR length(who)<>33"         \
      " OR typeof(name)<>'text' OR instr(name, char(0))>0")                                    \
    S(LOST_SEEN, "DELETE FROM seen WHERE typeof(who)<>'blob' OR length(who)<>33"               \
      " OR typeof(name)<>'text' OR instr(name, char(0))>0")                                    \
    S(LOST_VOUCH, "DELETE FROM vouch WHERE typeof(subject)<>'blob' OR length(subject)<>33"     \
      " OR typeof(signer)<>'blob' OR length(signer)<>33 OR typeof(bytes)<>'blob'"    \
      " OR length(bytes)=0")
/* clang-format on */
