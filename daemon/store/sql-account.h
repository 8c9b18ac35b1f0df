/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql-account.h - tables and statements of account.c.
 *
 * Layer: store, private.
 */
#pragma once

/* clang-format off */
/* Since version 4: where somebody logged in from here; accounts of sites of ours that moved to
 * another key (as members: type 1, method 1, key). */
#define N2_STORE_SCHEMA_4                                                                      \
    "CREATE TABLE login(site BLOB NOT NULL, who BLOB NOT NULL, how INTEGER NOT NULL,"          \
    "  allowed INTEGER NOT NULL, last INTEGER NOT NULL, number INTEGER NOT NULL,"              \
    "  account BLOB NOT NULL, name TEXT NOT NULL, PRIMARY KEY(site, who)) WITHOUT ROWID;"      \
    "CREATE TABLE moved(old BLOB PRIMARY KEY, site BLOB NOT NULL, now BLOB NOT NULL)"          \
    "  WITHOUT ROWID;"                                                                         \
    "CREATE INDEX moved_now ON moved(now);"

#define N2_STORE_SQL_ACCOUNT(S)                                                                \
    S(LOGIN_PUT, "INSERT OR REPLACE INTO login(site, who, how, allowed, last, number, account, name)" \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                                               \
    S(LOGIN_COUNT, "SELECT count(*) FROM login WHERE NOT (site=?1 AND who=?2)")                \
    S(LOGIN_OLDEST, "DELETE FROM login WHERE (site, who) IN"                                   \
      " (SELECT site, who FROM login ORDER BY allowed, last, site, who LIMIT 1)")              \
    S(LOGIN_LIST, "SELECT site, who, how, allowed, last, number, account, name FROM login"     \
      " ORDER BY site, last DESC, who")                                                        \
    S(LOGIN_OF, "SELECT site, who, how, allowed, last, number, account, name FROM login"       \
      " WHERE site=?1 ORDER BY site, last DESC, who")                                          \
    S(LOGIN_DROP, "DELETE FROM login WHERE site=?1")                                           \
    S(MOVED_GET, "SELECT now FROM moved WHERE old=?1")                                         \
    S(MOVED_COUNT, "SELECT count(*) FROM moved WHERE now=?1 OR now=?2")                        \
    S(MOVED_ALL, "SELECT count(*) FROM moved")                                                 \
    S(MOVED_PUT, "INSERT INTO moved(old, site, now) VALUES(?1, ?2, ?3)")                       \
    S(MOVED_FOLLOW, "UPDATE moved SET now=?2 WHERE now=?1")                                    \
    S(MEMBER_IS, "SELECT 1 FROM member WHERE who=?1 OR who=?2 LIMIT 1")                        \
    S(MEMBER_MOVES, "INSERT OR IGNORE INTO member SELECT ?2, realm FROM member WHERE who=?1")  \
    S(MEMBER_MOVED, "DELETE FROM member WHERE who=?1")                                         \
    S(LOST_LOGIN, "DELETE FROM login WHERE typeof(site)<>'blob' OR length(site)<>33"           \
      " OR typeof(who)<>'blob' OR length(who)<>33 OR typeof(account)<>'blob'"                  \
      " OR typeof(name)<>'text' OR instr(name, char(0))>0")                                    \
    S(LOST_MOVED, "DELETE FROM moved WHERE typeof(old)<>'blob' OR typeof(now)<>'blob'")
/* clang-format on */
