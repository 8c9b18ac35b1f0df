/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql.h - the schema, and every statement the store runs, by name.
 *
 * Layer: store, private.  Hashes are 33 bytes: method, hash.  Bound parameters only.
 */
#pragma once

#include "store/sql-account.h"
#include "store/sql-index.h"
#include "store/sql-names.h"
#include "store/sql-people.h"
#include "store/sql-version.h"
#include "store/sql-zones.h"

/* clang-format off */
#define N2_STORE_SCHEMA                                                                        \
    "CREATE TABLE object(id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL,"            \
    "  size INTEGER NOT NULL, file TEXT, state INTEGER NOT NULL, directory INTEGER NOT NULL,"  \
    "  used_hour INTEGER NOT NULL);"                                                           \
    "CREATE UNIQUE INDEX object_file ON object(file) WHERE file IS NOT NULL;"                  \
    "CREATE TABLE name(hash BLOB PRIMARY KEY, object INTEGER NOT NULL) WITHOUT ROWID;"         \
    "CREATE TABLE piece(object INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"                     \
    "CREATE TABLE tree(object INTEGER PRIMARY KEY, nodes BLOB, have BLOB);"                    \
    "CREATE TABLE edge(parent INTEGER NOT NULL, child INTEGER NOT NULL,"                       \
    "  realm INTEGER NOT NULL, PRIMARY KEY(parent, child, realm)) WITHOUT ROWID;"              \
    "CREATE TABLE owner(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"          \
    "  name TEXT NOT NULL, quota INTEGER NOT NULL, used INTEGER NOT NULL,"                     \
    "  UNIQUE(kind, name));"                                                                   \
    "CREATE TABLE ref(owner INTEGER NOT NULL, slot NOT NULL, object INTEGER NOT NULL,"         \
    "  realm INTEGER NOT NULL, PRIMARY KEY(owner, slot)) WITHOUT ROWID;"                       \
    "CREATE TABLE doom(object INTEGER PRIMARY KEY);"                                           \
    "CREATE TABLE attr(parent INTEGER NOT NULL, object INTEGER NOT NULL, name TEXT NOT NULL,"  \
    "  type INTEGER NOT NULL, value BLOB NOT NULL);"                                           \
    "CREATE INDEX attr_name ON attr(name, value);"                                             \
    "CREATE INDEX attr_parent ON attr(parent);"                                                \
    "CREATE TABLE head(who BLOB NOT NULL, branch TEXT NOT NULL, counter INTEGER NOT NULL,"     \
    "  hash BLOB NOT NULL, own INTEGER NOT NULL, statement BLOB NOT NULL,"                     \
    "  PRIMARY KEY(who, branch)) WITHOUT ROWID;"                                               \
    "CREATE TABLE statement(id INTEGER PRIMARY KEY, who BLOB NOT NULL, kind INTEGER NOT NULL," \
    "  hash BLOB NOT NULL, bytes BLOB NOT NULL, UNIQUE(who, kind, hash));"                     \
    "CREATE TABLE node_key(who BLOB PRIMARY KEY, answer BLOB NOT NULL) WITHOUT ROWID;"         \
    "CREATE TABLE petname(name TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;"         \
    "CREATE TABLE path(who BLOB PRIMARY KEY, hops BLOB NOT NULL) WITHOUT ROWID;"               \
    "CREATE TABLE peer(net TEXT PRIMARY KEY, link INTEGER NOT NULL, who BLOB,"                 \
    "  port INTEGER NOT NULL) WITHOUT ROWID;"                                                  \
    "CREATE TABLE port(link INTEGER PRIMARY KEY, port INTEGER NOT NULL);"                      \
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"         \
    N2_STORE_SCHEMA_2 N2_STORE_SCHEMA_3 N2_STORE_SCHEMA_PEOPLE N2_STORE_SCHEMA_4                \
    N2_STORE_SCHEMA_5

/* Since version 2: what was read is counted as it comes and goes (kind 3: cache, parts). */
#define N2_STORE_SCHEMA_2                                                                      \
    "CREATE TRIGGER ref_comes AFTER INSERT ON ref BEGIN"                                       \
    "  UPDATE owner SET used=used+coalesce((SELECT size FROM object WHERE id=new.object), 0)"               \
    "  WHERE id=new.owner AND kind=3; END;"                                                    \
    "CREATE TRIGGER ref_goes AFTER DELETE ON ref BEGIN"                                        \
    "  UPDATE owner SET used=used-coalesce((SELECT size FROM object WHERE id=old.object), 0)"               \
    "  WHERE id=old.owner AND kind=3; END;"

/* Since version 3: who is on which list.  A realm is 0 for everybody, -1 for nobody else, or
 * the row of the list (kind 19) that is in force; of `who`, the first byte is the type. */
#define N2_STORE_SCHEMA_3                                                                      \
    "CREATE INDEX edge_child ON edge(child, realm);"                                           \
    "CREATE INDEX ref_object ON ref(object, realm);"                                           \
    "CREATE TABLE member(who BLOB NOT NULL, realm INTEGER NOT NULL,"                           \
    "  PRIMARY KEY(who, realm)) WITHOUT ROWID;"

/* Since version 5. */
#define N2_STORE_SCHEMA_5 N2_STORE_SCHEMA_INDEX N2_STORE_SCHEMA_ZONES N2_STORE_SCHEMA_NAMES N2_STORE_SCHEMA_VERSION

/* For as long as the store is open: what n2_realms_inside() compares with. */
#define N2_STORE_TEMPORARY                                                                     \
    "CREATE TEMP TABLE realm_below(object INTEGER PRIMARY KEY);"                               \
    "CREATE TEMP TABLE realm_root(object INTEGER, realm INTEGER, PRIMARY KEY(object, realm))"  \
    "  WITHOUT ROWID;"                                                                         \
    "CREATE TEMP TABLE realm_entry(parent INTEGER, child INTEGER, realm INTEGER,"              \
    "  PRIMARY KEY(parent, child, realm));"                                                    \
    "CREATE TEMP TABLE realm_want(parent INTEGER, child INTEGER, realm INTEGER,"               \
    "  PRIMARY KEY(parent, child, realm)) WITHOUT ROWID;"                                      \
    "CREATE TEMP TABLE realm_member(who BLOB, realm INTEGER, PRIMARY KEY(who, realm))"         \
    "  WITHOUT ROWID;" N2_STORE_TEMPORARY_INDEX

/* Contents that are published or pinned, and all below. */
#define BELOW_TREES                                                                            \
    "WITH RECURSIVE b(o) AS (SELECT object FROM ref JOIN owner ON owner.id=ref.owner"          \
    "  WHERE kind IN (1, 2) UNION SELECT child FROM edge JOIN b ON parent=o) SELECT o FROM b"

/* How a database of version N becomes one of N+1: M(N, statements). */
#define N2_STORE_MIGRATIONS(M)                                                                 \
    M(1, N2_STORE_SCHEMA_2                                                                     \
         "UPDATE owner SET used=(SELECT coalesce(sum(size), 0) FROM ref"                       \
         "  JOIN object ON object.id=ref.object WHERE ref.owner=owner.id) WHERE kind=3;")      \
    M(2, "DROP INDEX edge_child; DROP INDEX ref_object;" N2_STORE_SCHEMA_3                     \
         "UPDATE ref SET realm=-1 WHERE owner IN (SELECT id FROM owner WHERE kind=4);"         \
         "INSERT OR IGNORE INTO edge SELECT parent, child, -1 FROM edge"                       \
         "  WHERE parent NOT IN (" BELOW_TREES ");"                                            \
         "DELETE FROM edge WHERE realm=0 AND parent NOT IN (" BELOW_TREES ");")                     \
    M(2, N2_STORE_SCHEMA_PEOPLE)                                                               \
    M(3, N2_STORE_SCHEMA_4)                                                                    \
    M(4, N2_STORE_SCHEMA_5 N2_STORE_MIGRATION_VERSION)

/* Is a published tree restricted as a whole?  Older ones count, as long as they are kept. */
#define HAS_CLOSED_TOP                                                                         \
    "EXISTS(SELECT 1 FROM ref JOIN owner ON owner.id=ref.owner"                                \
    "  WHERE kind=1 AND slot>='access/' AND slot<'access0')"
/* The realm of a reference to a root: of one that two publish alike the most open one. */
#define ROOT_REALM                                                                             \
    "coalesce((SELECT iif(min(abs(realm))=0, 0, max(realm)) FROM realm_root r"                 \
    "  WHERE r.object=ref.object), -1)"

/* Everything below the references of owner ?1. */
#define BELOW_OWNER                                                                            \
    "WITH RECURSIVE below(o) AS (SELECT object FROM ref WHERE owner=?1"                        \
    "  UNION SELECT child FROM edge JOIN below ON parent=o) "
/* Object ?1 and everything above it. */
#define ABOVE_OBJECT                                                                           \
    "WITH RECURSIVE above(o) AS (SELECT ?1 UNION SELECT parent FROM edge JOIN above ON child=o) "
#define HELD(o)                                                                                \
    "(EXISTS(SELECT 1 FROM ref WHERE object=" o ") OR EXISTS(SELECT 1 FROM edge WHERE child=" o "))"

/* S(name, statement) */
#define N2_STORE_SQL(S)                                                                        \
    S(BEGIN, "BEGIN IMMEDIATE")                                                                \
    S(COMMIT, "COMMIT")                                                                        \
    S(ROLLBACK, "ROLLBACK")                                                                    \
    S(OBJECT_BY_HASH, "SELECT id, size, file, state, directory, used_hour FROM name"           \
      " JOIN object ON id=object WHERE name.hash=?1")                                          \
    S(OBJECT_NEW, "INSERT INTO object(hash, size, file, state, directory, used_hour)"          \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                                       \
    S(OBJECT_SET, "UPDATE object SET size=?2, file=?3, state=?4, directory=?5, used_hour=?6"   \
      " WHERE id=?1")                                                                          \
    S(OBJECT_TOUCH, "UPDATE object SET used_hour=?2 WHERE id=?1")                              \
    S(OBJECT_LOSE, "UPDATE object SET file=NULL, state=0 WHERE id=?1")                         \
    S(OBJECT_DELETE, "DELETE FROM object WHERE id=?1")                                         \
    S(OBJECT_FILE, "SELECT hash, file FROM object WHERE id=?1")                                \
    S(OBJECT_WITH_FILE, "SELECT 1 FROM object WHERE file=?1")                                  \
    S(OBJECT_AFTER, "SELECT id, hash, size, file, state, directory FROM object"                \
      " WHERE id>?1 AND id<=?2 ORDER BY id LIMIT 1")                                             \
    S(OBJECT_LAST, "SELECT coalesce(max(id), 0) FROM object")                                  \
    S(OBJECT_COUNTS, "SELECT count(*), coalesce(sum(state=2), 0),"                             \
      " coalesce(sum(iif(state=2, size, 0)), 0) FROM object")                                  \
    S(IS_OPEN, "SELECT EXISTS(SELECT 1 FROM edge WHERE child=?1 AND realm=0)"                  \
      " OR EXISTS(SELECT 1 FROM ref WHERE object=?1 AND realm=0)"                              \
      " OR EXISTS(SELECT 1 FROM member CROSS JOIN edge ON edge.child=?1"                       \
      "  AND edge.realm=member.realm WHERE who IN (?2, ?3))"                                   \
      " OR EXISTS(SELECT 1 FROM member CROSS JOIN ref ON ref.object=?1"                        \
      "  AND ref.realm=member.realm WHERE who IN (?2, ?3))")                                   \
    S(NAME_NEW, "INSERT INTO name(hash, object) VALUES(?1, ?2)")                               \
    S(NAME_DELETE, "DELETE FROM name WHERE hash=?1")                                           \
    S(PIECE_PUT, "INSERT OR REPLACE INTO piece(object, bytes) VALUES(?1, ?2)")                 \
    S(PIECE_GET, "SELECT bytes FROM piece WHERE object=?1")                                    \
    S(PIECE_DELETE, "DELETE FROM piece WHERE object=?1")                                       \
    S(TREE_PUT, "INSERT OR REPLACE INTO tree(object, nodes, have) VALUES(?1, ?2, ?3)")         \
    S(TREE_GET, "SELECT nodes, have FROM tree WHERE object=?1")                                \
    S(TREE_DELETE, "DELETE FROM tree WHERE object=?1")                                         \
    S(EDGE_NEW, "INSERT OR IGNORE INTO edge(parent, child, realm) VALUES(?1, ?2, ?3)")         \
    S(EDGE_HAS, "SELECT 1 FROM edge WHERE parent=?1 AND child=?2 LIMIT 1")                     \
    S(EDGE_COUNT, "SELECT count(DISTINCT child) FROM edge WHERE parent=?1")                    \
    S(EDGE_REALM, "SELECT CASE WHEN EXISTS(SELECT 1 FROM attr WHERE name='access') THEN -1"    \
      " WHEN " HAS_CLOSED_TOP " THEN -1"                                                       \
      " ELSE coalesce((SELECT max(realm) FROM edge WHERE parent=?1),"                          \
      "  (SELECT -1 FROM ref JOIN owner ON owner.id=ref.owner WHERE object=?1 AND kind=3), 0)" \
      " END")                                                                                  \
    S(EDGE_DELETE, "DELETE FROM edge WHERE parent=?1")                                         \
    S(EDGE_DOOM, "INSERT OR IGNORE INTO doom SELECT DISTINCT child FROM edge WHERE parent=?1") \
    S(EDGE_DOOM_SOME, "INSERT OR IGNORE INTO doom SELECT child FROM edge WHERE parent=?1"      \
      " ORDER BY child, realm LIMIT ?2")                                                              \
    S(EDGE_DELETE_SOME, "DELETE FROM edge WHERE (parent, child, realm) IN"                     \
      " (SELECT parent, child, realm FROM edge WHERE parent=?1 ORDER BY child, realm LIMIT ?2)")      \
    S(ATTR_NEW, "INSERT INTO attr(parent, object, name, type, value)"                          \
      " VALUES(?1, ?2, ?3, ?4, ?5)")                                                           \
    S(ATTR_DELETE, "DELETE FROM attr WHERE parent=?1")                                         \
    S(ATTR_DELETE_SOME, "DELETE FROM attr WHERE rowid IN"                                      \
      " (SELECT rowid FROM attr WHERE parent=?1 LIMIT ?2)")                                    \
    S(ATTR_OF, "SELECT object, name, type, value FROM attr WHERE parent=?1 ORDER BY rowid")    \
    S(ATTR_LIST, "SELECT p.hash, p.size, c.hash, c.size, a.name, a.type, a.value FROM attr a"  \
      " JOIN object p ON p.id=a.parent JOIN object c ON c.id=a.object"                         \
      " WHERE a.name=?1 ORDER BY a.value")                                                     \
    S(OWNER_GET, "SELECT id FROM owner WHERE kind=?1 AND name=?2")                             \
    S(OWNER_NEW, "INSERT INTO owner(kind, name, quota, used) VALUES(?1, ?2, ?3, 0)")           \
    S(OWNER_QUOTA, "UPDATE owner SET quota=?2 WHERE id=?1 AND quota<>?2")                      \
    S(OWNER_QUOTA_GET, "SELECT quota FROM owner WHERE id=?1 AND kind<>3")                      \
    S(OWNER_KIND, "SELECT kind, used FROM owner WHERE id=?1")                                  \
    S(OWNER_USED, "UPDATE owner SET used=?2 WHERE id=?1")                                      \
    S(OWNER_COUNTED, "SELECT id, name, used FROM owner WHERE (quota<>0 OR kind=3) AND id>?1"   \
      " ORDER BY id LIMIT 1")                                                                  \
    S(OWNER_DELETE, "DELETE FROM owner WHERE id=?1")                                           \
    S(OWNER_STALE, "SELECT id FROM owner WHERE kind=4")                                        \
    S(REF_KEEP_WORK, "INSERT OR IGNORE INTO ref SELECT ?1, 'doubt/' || object, object, ?2"      \
      " FROM ref WHERE owner IN (SELECT id FROM owner WHERE kind=4)")                          \
    S(OWNER_SUM, BELOW_OWNER "SELECT coalesce(sum(size), 0) FROM object JOIN below ON id=o")   \
    S(WHY, "WITH RECURSIVE up(o) AS (SELECT object FROM name WHERE hash=?1"                    \
      "  UNION SELECT parent FROM edge JOIN up ON child=o)"                                    \
      " SELECT owner.kind, owner.name, slot, hash, size FROM up JOIN ref ON ref.object=o"      \
      " JOIN owner ON owner.id=ref.owner JOIN object ON object.id=o"                           \
      " ORDER BY owner.kind, owner.name, slot")                                                \
    S(OWNERS, "SELECT id, kind, name, quota FROM owner ORDER BY kind, name")                   \
    S(REF_SET, "INSERT OR REPLACE INTO ref(owner, slot, object, realm) VALUES(?1, ?2, ?3, ?4)")\
    S(REF_GET, "SELECT object, hash, size FROM ref JOIN object ON id=object"                   \
      " WHERE owner=?1 AND slot=?2")                                                           \
    S(REF_DELETE, "DELETE FROM ref WHERE owner=?1 AND slot=?2")                                \
    S(REF_SUM, "SELECT coalesce(sum(size), 0) FROM ref JOIN object ON id=object"               \
      " WHERE owner=?1")                                                                       \
    S(REF_DELETE_OBJECT, "DELETE FROM ref WHERE owner=?1 AND object=?2")                       \
    S(REF_OLDEST, "SELECT owner, object FROM ref JOIN object ON id=object"                     \
      " WHERE owner IN (?1, ?2) ORDER BY used_hour, object LIMIT ?3")                          \
    S(REF_WANTED, ABOVE_OBJECT "SELECT 1 FROM above JOIN ref ON object=o"                      \
      " JOIN owner ON owner.id=ref.owner WHERE kind<>3 LIMIT 1")                               \
    S(REF_DELETE_ALL, "DELETE FROM ref WHERE owner=?1")                                        \
    S(REF_LIST, "SELECT slot, hash, size FROM ref JOIN object ON id=object WHERE owner=?1"     \
      " ORDER BY slot")                                                                        \
    S(REF_OLD_PARTS, "SELECT object FROM ref JOIN object ON id=object"                         \
      " WHERE owner=?1 AND state=1 AND used_hour<?2 LIMIT 100")                                \
    S(DOOM_NEW, "INSERT OR IGNORE INTO doom(object) VALUES(?1)")                               \
    S(DOOM_OWNER, "INSERT OR IGNORE INTO doom SELECT object FROM ref WHERE owner=?1"           \
      " AND NOT EXISTS(SELECT 1 FROM edge WHERE child=object)")                                \
    S(DOOM_NEXT, "SELECT object, " HELD("doom.object") " FROM doom LIMIT 1")                   \
    S(HELD, "SELECT " HELD("?1"))                                                              \
    S(DOOM_DELETE, "DELETE FROM doom WHERE object=?1")                                         \
    S(DOOM_COUNT, "SELECT count(*) FROM doom")                                                 \
    S(LOST_HASH, "DELETE FROM object WHERE length(hash)<>33")                                  \
    S(LOST_HEAD, "DELETE FROM head WHERE typeof(who)<>'blob' OR length(who)<>33"               \
      " OR typeof(branch)<>'text' OR instr(branch, char(0))>0")                                \
    S(LOST_NAME, "DELETE FROM name WHERE NOT EXISTS(SELECT 1 FROM object"                      \
      " WHERE object.id=name.object AND object.hash=name.hash)")                               \
    S(LOST_OBJECT, "INSERT OR IGNORE INTO name SELECT hash, id FROM object"                    \
      " WHERE NOT EXISTS(SELECT 1 FROM name WHERE name.hash=object.hash)")                     \
    S(LOST_PIECE, "DELETE FROM piece WHERE NOT EXISTS(SELECT 1 FROM object"                    \
      " WHERE id=piece.object AND state=2 AND file IS NULL)")                                  \
    S(LOST_TREE, "DELETE FROM tree WHERE NOT EXISTS(SELECT 1 FROM object"                      \
      " WHERE id=tree.object AND file IS NOT NULL)")                                           \
    S(LOST_EDGE, "DELETE FROM edge WHERE NOT EXISTS(SELECT 1 FROM object WHERE id=parent)"     \
      " OR NOT EXISTS(SELECT 1 FROM object WHERE id=child)")                                   \
    S(LOST_REF, "DELETE FROM ref WHERE NOT EXISTS(SELECT 1 FROM object WHERE object.id=ref.object)" \
      " OR NOT EXISTS(SELECT 1 FROM owner WHERE owner.id=ref.owner)")                                    \
    S(LOST_MEMBER, "DELETE FROM member WHERE NOT EXISTS(SELECT 1 FROM object WHERE id=realm)") \
    S(LOST_ATTR, "DELETE FROM attr WHERE NOT EXISTS(SELECT 1 FROM object WHERE id=parent)")    \
    S(LEAKED_OBJECT, "INSERT INTO doom SELECT id FROM object WHERE NOT " HELD("object.id")     \
      " AND NOT EXISTS(SELECT 1 FROM doom WHERE doom.object=object.id)")                       \
    S(REALM_IS_NEEDED, "SELECT EXISTS(SELECT 1 FROM attr WHERE name='access')"                 \
      " OR " HAS_CLOSED_TOP)                                                                   \
    S(REALM_EMPTY_BELOW, "DELETE FROM realm_below")                                            \
    S(REALM_EMPTY_ROOT, "DELETE FROM realm_root")                                              \
    S(REALM_EMPTY_ENTRY, "DELETE FROM realm_entry")                                            \
    S(REALM_EMPTY_WANT, "DELETE FROM realm_want")                                              \
    S(REALM_EMPTY_MEMBER, "DELETE FROM realm_member")                                          \
    S(REALM_BELOW, "INSERT INTO realm_below " BELOW_TREES)                                     \
    S(REALM_HEADS, "SELECT statement FROM head WHERE own=1")                                   \
    S(REALM_ROOT, "INSERT OR IGNORE INTO realm_root VALUES(?1, ?2)")                           \
    S(REALM_ALL_ROOTS, "INSERT OR IGNORE INTO realm_root SELECT object, 0 FROM ref JOIN owner" \
      " ON owner.id=ref.owner WHERE kind=1 AND NOT EXISTS(SELECT 1 FROM realm_entry)"          \
      " AND NOT " HAS_CLOSED_TOP)                                                              \
    S(REALM_FOLDERS, "SELECT DISTINCT attr.parent, object.hash FROM attr"                      \
      " JOIN realm_below ON realm_below.object=attr.parent"                                    \
      " JOIN object ON object.id=attr.parent WHERE attr.name='access'")                        \
    S(REALM_ENTRY, "INSERT OR IGNORE INTO realm_entry VALUES(?1, ?2, ?3)")                     \
    S(REALM_ENTRY_AS_ABOVE, "INSERT INTO realm_entry VALUES(?1, ?2, NULL)")                    \
    S(REALM_WALK, "WITH RECURSIVE walk(parent, child, realm) AS ("                             \
      "SELECT 0, object, realm FROM realm_root"                                                \
      " UNION SELECT e.parent, e.child, w.realm FROM walk w CROSS JOIN edge e"                 \
      "  ON e.parent=w.child WHERE w.child NOT IN (SELECT parent FROM realm_entry)"            \
      " UNION SELECT e.parent, e.child, coalesce(e.realm, w.realm) FROM walk w"                \
      "  CROSS JOIN realm_entry e ON e.parent=w.child)"                                        \
      " INSERT OR IGNORE INTO realm_want SELECT * FROM walk WHERE parent<>0 AND child<>0")     \
    S(REALM_REFS, "UPDATE ref SET realm=" ROOT_REALM                                           \
      " WHERE owner IN (SELECT id FROM owner WHERE kind=1) AND realm<>" ROOT_REALM)            \
    S(REALM_CLOSE, "INSERT OR IGNORE INTO edge SELECT e.parent, e.child, -1"                   \
      " FROM realm_below b CROSS JOIN edge e ON e.parent=b.object WHERE e.realm<>-1"           \
      " AND NOT EXISTS(SELECT 1 FROM realm_want w WHERE w.parent=e.parent"                     \
      "  AND w.child=e.child AND w.realm=e.realm)")                                            \
    S(REALM_UNWANTED, "DELETE FROM edge WHERE realm<>-1"                                       \
      " AND parent IN (SELECT object FROM realm_below) AND NOT EXISTS(SELECT 1"                \
      "  FROM realm_want w WHERE w.parent=edge.parent AND w.child=edge.child"                  \
      "  AND w.realm=edge.realm)")                                                             \
    S(REALM_OPEN, "INSERT OR IGNORE INTO edge SELECT parent, child, realm FROM realm_want")    \
    S(REALM_LISTS, "SELECT realm, object.hash FROM"                                            \
      " (SELECT realm FROM realm_want UNION SELECT realm FROM realm_root)"                     \
      " JOIN object ON object.id=realm WHERE realm>0")                                         \
    S(REALM_MEMBER, "INSERT OR IGNORE INTO realm_member VALUES(?1, ?2)")                       \
    S(MEMBER_GOES, "DELETE FROM member WHERE NOT EXISTS(SELECT 1 FROM realm_member r"          \
      " WHERE r.who=member.who AND r.realm=member.realm)")                                     \
    S(MEMBER_COMES, "INSERT OR IGNORE INTO member SELECT who, realm FROM realm_member")        \
    S(HEAD_GET, "SELECT counter, hash, statement FROM head WHERE who=?1 AND branch=?2")        \
    S(HEAD_TOP, "SELECT coalesce(max(counter), 0) FROM head WHERE own=1")                      \
    S(HEAD_AFTER, "SELECT who, branch, counter, hash, own, statement FROM head"                \
      " WHERE (who, branch)>(?1, ?2) ORDER BY who, branch LIMIT 1")                            \
    S(HEAD_SET_ASIDE, "UPDATE head SET statement=x''"                                          \
      " WHERE who=?1 AND branch=?2")                                                           \
    S(HEAD_HELD, "SELECT 1 FROM ref JOIN owner ON owner.id=ref.owner JOIN object"              \
      " ON object.id=ref.object WHERE object.hash=?1 AND kind=1 LIMIT 1")                      \
    S(HEAD_PUT, "INSERT OR REPLACE INTO head(who, branch, counter, hash, own, statement)"      \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                                       \
    S(STATEMENT_PUT, "INSERT OR IGNORE INTO statement(who, kind, hash, bytes)"                 \
      " VALUES(?1, ?2, ?3, ?4)")                                                               \
    S(STATEMENT_LIST, "SELECT kind, bytes FROM statement WHERE who=?1 AND (?2=0 OR kind=?2)"   \
      " ORDER BY kind, id")                                                                    \
    S(STATEMENT_SUM, "SELECT coalesce(sum(length(bytes)), 0) FROM statement WHERE who=?1")     \
    S(STATEMENT_FORGET, "DELETE FROM statement WHERE who=?1 AND hash=?2")                      \
    S(NODE_KEY_PUT, "INSERT OR REPLACE INTO node_key(who, answer) VALUES(?1, ?2)")             \
    S(NODE_KEY_GET, "SELECT answer FROM node_key WHERE who=?1")                                \
    S(PETNAME_PUT, "INSERT OR REPLACE INTO petname(name, target) VALUES(?1, ?2)")              \
    S(PETNAME_GET, "SELECT target FROM petname WHERE name=?1")                                 \
    S(PETNAME_DROP, "DELETE FROM petname WHERE name=?1")                                       \
    S(PETNAME_LIST, "SELECT name, target FROM petname ORDER BY name")                          \
    S(PATH_PUT, "INSERT OR REPLACE INTO path(who, hops) VALUES(?1, ?2)")                       \
    S(PATH_GET, "SELECT hops FROM path WHERE who=?1")                                          \
    S(PATH_DROP, "DELETE FROM path WHERE who=?1")                                              \
    S(PATH_LIST, "SELECT who, hops FROM path ORDER BY who")                                    \
    S(PEER_PUT, "INSERT OR REPLACE INTO peer(net, link, who, port) VALUES(?1, ?2, ?3, ?4)")    \
    S(PEER_DROP, "DELETE FROM peer WHERE net=?1")                                              \
    S(PEER_LIST, "SELECT net, link, who, port FROM peer ORDER BY net")                         \
    S(PORT_PUT, "INSERT OR REPLACE INTO port(link, port) VALUES(?1, ?2)")                      \
    S(PORT_LIST, "SELECT link, port FROM port ORDER BY link")                                  \
    S(SETTING_PUT, "INSERT OR REPLACE INTO setting(name, value) VALUES(?1, ?2)")               \
    S(SETTING_GET, "SELECT value FROM setting WHERE name=?1")                                  \
    N2_STORE_SQL_VERSION(S)                                                                    \
    N2_STORE_SQL_PEOPLE(S)                                                                     \
    N2_STORE_SQL_ZONES(S)                                                                      \
    N2_STORE_SQL_ACCOUNT(S)                                                                    \
    N2_STORE_SQL_NAMES(S) N2_STORE_SQL_INDEX(S)
/* clang-format on */

typedef enum {
#define S(name, text) N2_SQL_##name,
    N2_STORE_SQL(S)
#undef S
    N2_SQL_COUNT
} n2_sql;
