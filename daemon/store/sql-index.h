/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql-index.h - tables of what can be searched (index.c, query.c).
 *
 * Layer: store, private.
 *
 * All of it can be made anew from the contents.  `shelf` has the folders (and pinned files)
 * that are looked through, `entry` what stands in them, `fact` the attributes that entries have
 * besides, `page` the pages among them.  The tables `..._words` are of SQLite's FTS5; those of
 * entries and facts take their text from the row they stand for, that of pages has it itself,
 * as a page is kept elsewhere with its marks.
 *
 * The indexes of entries hold all columns that are compared: a query walks the one in whose
 * order the answer is, without a look at the rows.
 */
#pragma once

/* clang-format off */
#define WORDS_SPLIT "tokenize='unicode61 remove_diacritics 2', prefix='2 3'"

/* Since version 5.  `at`: of a folder read in steps, where to go on.  Of `title` NULL: none. */
#define N2_STORE_SCHEMA_INDEX                                                                  \
    "CREATE TABLE shelf(object INTEGER PRIMARY KEY, state INTEGER NOT NULL,"                   \
    "  top INTEGER NOT NULL, at INTEGER NOT NULL);"                                            \
    "CREATE INDEX shelf_state ON shelf(state) WHERE state<>1;"                                 \
    "CREATE INDEX shelf_top ON shelf(top) WHERE top<>0;"                                       \
    "CREATE TABLE entry(id INTEGER PRIMARY KEY, parent INTEGER NOT NULL,"                      \
    "  object INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE,"     \
    "  title TEXT COLLATE NOCASE, type TEXT NOT NULL COLLATE NOCASE, size INTEGER NOT NULL,"   \
    "  changed INTEGER);"                                                                      \
    "CREATE INDEX entry_parent ON entry(parent);"                                              \
    "CREATE INDEX entry_object ON entry(object);"                                              \
    "CREATE INDEX entry_folder ON entry(parent, object) WHERE kind=2;"                         \
    "CREATE INDEX entry_name ON entry(name, changed, size, type, kind, parent);"               \
    "CREATE INDEX entry_type ON entry(type, changed, size, kind, parent);"                     \
    "CREATE INDEX entry_size ON entry(size, changed, type, kind, parent);"                     \
    "CREATE INDEX entry_changed ON entry(changed, size, type, kind, parent);"                  \
    "CREATE TABLE fact(id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, name TEXT NOT NULL,"    \
    "  type INTEGER NOT NULL, value NOT NULL COLLATE NOCASE);"                                 \
    "CREATE INDEX fact_entry ON fact(entry);"                                                  \
    "CREATE INDEX fact_name ON fact(name, type, value, entry);"                                \
    "CREATE TABLE page(object INTEGER PRIMARY KEY, state INTEGER NOT NULL, title TEXT);"       \
    "CREATE INDEX page_state ON page(state) WHERE state<>1;"                                   \
    "CREATE VIRTUAL TABLE entry_words USING fts5(name, title, content='entry',"                \
    "  content_rowid='id', " WORDS_SPLIT ");"                                                  \
    "CREATE VIRTUAL TABLE fact_words USING fts5(value, content='fact',"                        \
    "  content_rowid='id', " WORDS_SPLIT ");"                                                  \
    "CREATE VIRTUAL TABLE page_words USING fts5(body, " WORDS_SPLIT ");"

/* What is to be found: the newest tree of each branch, and what is pinned.  The slot of a tree is
 * its branch, "/" and the counter of its head. */
#define TREE_NUMBER "CAST(substr(slot, length(rtrim(slot, '0123456789'))+1) AS INTEGER)"
#define SHELF_TOPS                                                                             \
    "SELECT object FROM ref JOIN owner ON owner.id=ref.owner WHERE kind=2"                     \
    " UNION SELECT object FROM (SELECT object, max(" TREE_NUMBER ") FROM ref"                  \
    "  JOIN owner ON owner.id=ref.owner WHERE kind=1 AND slot NOT LIKE 'access/%'"             \
    "  GROUP BY owner, rtrim(slot, '0123456789'))"

/* For as long as the store is open. */
#define N2_STORE_TEMPORARY_INDEX                                                               \
    "CREATE TEMP TABLE shelf_want(object INTEGER PRIMARY KEY);"                                \
    "CREATE TEMP TABLE find_below(term INTEGER, object INTEGER, PRIMARY KEY(term, object))"    \
    "  WITHOUT ROWID;"                                                                         \
    "CREATE TEMP TABLE find_at(term INTEGER, entry INTEGER, PRIMARY KEY(term, entry))"         \
    "  WITHOUT ROWID;"

/* States of a shelf: 0 to be read, 1 read and to be seen, 2 it goes, 3 it goes and comes anew,
 * 4 not here yet, 5 read but not to be seen yet.  Tops: 1 yes, 2 one that comes.  States of a
 * page: 0 to be read, 1 read, 4 not here yet. */
#define N2_STORE_SQL_INDEX(S)                                                                  \
    S(TOP_EMPTY, "DELETE FROM shelf_want")                                                     \
    S(TOP_WANT, "INSERT INTO shelf_want " SHELF_TOPS)                                          \
    S(TOP_DIFFERS, "SELECT EXISTS(SELECT 1 FROM shelf_want w WHERE NOT EXISTS(SELECT 1"        \
      "  FROM shelf WHERE shelf.object=w.object AND top=1 AND state<>2))"                      \
      " OR EXISTS(SELECT 1 FROM shelf WHERE top<>0"                                            \
      "  AND NOT EXISTS(SELECT 1 FROM shelf_want w WHERE w.object=shelf.object))"              \
      " OR EXISTS(SELECT 1 FROM shelf WHERE state IN (0, 2, 3, 5))"                            \
      " OR EXISTS(SELECT 1 FROM page WHERE state=0)")                                          \
    S(TOP_COMES, "INSERT INTO shelf(object, state, top, at) SELECT object, 0, 2, 0"            \
      " FROM shelf_want WHERE true ON CONFLICT(object) DO UPDATE SET top=2,"                   \
      " state=iif(state=2, 3, state) WHERE top=0 OR state=2")                                  \
    S(TOP_TURNS, "SELECT EXISTS(SELECT 1 FROM shelf WHERE state=5)"                            \
      " OR EXISTS(SELECT 1 FROM shelf WHERE top=2) OR EXISTS(SELECT 1 FROM shelf WHERE top<>0" \
      "  AND object NOT IN (SELECT object FROM shelf_want))")                                  \
    S(TOP_SET, "UPDATE shelf SET top=(object IN (SELECT object FROM shelf_want))"              \
      " WHERE top<>0 AND top<>(object IN (SELECT object FROM shelf_want))")                               \
    S(SHELF_GOES, "UPDATE shelf SET state=2 WHERE state<>2"                                    \
      " AND object NOT IN (WITH RECURSIVE b(o) AS (SELECT object FROM shelf WHERE top<>0"      \
      "  UNION SELECT e.object FROM b CROSS JOIN entry e INDEXED BY entry_folder"              \
      "   ON e.parent=b.o AND e.kind=2) SELECT o FROM b)")                                     \
    S(SHELF_SEEN, "UPDATE shelf SET state=1 WHERE state=5")                                    \
    S(SHELF_UNSEEN, "SELECT EXISTS(SELECT 1 FROM shelf WHERE state<>1)")                       \
    S(SHELF_NEXT, "SELECT s.object, s.at, o.hash, o.size, o.directory, o.state"                \
      " FROM shelf s LEFT JOIN object o ON o.id=s.object WHERE s.state=0 LIMIT 1")             \
    S(SHELF_SET, "UPDATE shelf SET state=?2, at=?3 WHERE object=?1")                           \
    S(SHELF_ADD, "INSERT INTO shelf(object, state, top, at) VALUES(?1, 0, 0, 0)"               \
      " ON CONFLICT(object) DO UPDATE SET state=3 WHERE state=2")                              \
    S(SHELF_HERE, "UPDATE shelf SET state=0, at=0 WHERE object=?1 AND state=4")                \
    S(SHELF_GOING, "SELECT object, state FROM shelf WHERE state IN (2, 3) LIMIT 1")            \
    S(SHELF_GONE, "DELETE FROM shelf WHERE object=?1")                                         \
    S(ENTRY_NEW, "INSERT INTO entry(parent, object, kind, name, title, type, size, changed)"   \
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                                               \
    S(ENTRY_WORDS, "INSERT INTO entry_words(rowid, name, title)"                               \
      " SELECT id, name, title FROM entry WHERE id=?1")                                        \
    S(ENTRY_UNWORDS, "INSERT INTO entry_words(entry_words, rowid, name, title)"                \
      " SELECT 'delete', id, name, title FROM entry WHERE id=?1")                              \
    S(ENTRY_SOME, "SELECT id, object FROM entry WHERE parent=?1 LIMIT ?2")                     \
    S(ENTRY_DELETE, "DELETE FROM entry WHERE id=?1")                                           \
    S(ENTRY_UNTITLED, "SELECT id FROM entry WHERE object=?1 AND title IS NULL")                \
    S(ENTRY_TITLE, "UPDATE entry SET title=?2 WHERE id=?1")                                    \
    S(FACT_NEW, "INSERT INTO fact(entry, name, type, value) VALUES(?1, lower(?2), ?3, ?4)")    \
    S(FACT_WORDS, "INSERT INTO fact_words(rowid, value)"                                       \
      " SELECT id, value FROM fact WHERE id=?1 AND type=1")                                    \
    S(FACT_UNWORDS, "INSERT INTO fact_words(fact_words, rowid, value)"                         \
      " SELECT 'delete', id, value FROM fact WHERE entry=?1 AND type=1")                       \
    S(FACT_DELETE, "DELETE FROM fact WHERE entry=?1")                                          \
    S(PAGE_NEW, "INSERT OR IGNORE INTO page(object, state) VALUES(?1, 0)")                     \
    S(PAGE_TITLE, "SELECT title FROM page WHERE object=?1 AND state=1")                        \
    S(PAGE_NEXT, "SELECT p.object, o.hash, o.state FROM page p"                                \
      " LEFT JOIN object o ON o.id=p.object WHERE p.state=0 LIMIT 1")                          \
    S(PAGE_SET, "UPDATE page SET state=?2, title=?3 WHERE object=?1")                          \
    S(PAGE_WORDS, "INSERT INTO page_words(rowid, body) VALUES(?1, ?2)")                        \
    S(PAGE_UNWORDS, "DELETE FROM page_words WHERE rowid=?1 AND NOT EXISTS(SELECT 1 FROM entry" \
      " WHERE object=?1)")                                                                     \
    S(PAGE_DELETE, "DELETE FROM page WHERE object=?1 AND NOT EXISTS(SELECT 1 FROM entry"       \
      " WHERE object=?1)")                                                                     \
    S(PAGE_HERE, "UPDATE page SET state=0 WHERE object=?1 AND state=4")                        \
    S(BELOW_EMPTY, "DELETE FROM find_below")                                                   \
    S(AT_EMPTY, "DELETE FROM find_at")                                                         \
    S(BELOW_TOPS, "INSERT INTO find_below SELECT ?1, object FROM shelf WHERE top=1")           \
    S(BELOW_DOWN, "INSERT OR IGNORE INTO find_below SELECT ?2, e.object FROM find_below b"     \
      " CROSS JOIN entry e ON e.parent=b.object WHERE b.term=?1 AND e.name=?3"                 \
      " COLLATE BINARY AND e.kind=2")                                                          \
    S(BELOW_AT, "INSERT OR IGNORE INTO find_at SELECT ?2, e.id FROM find_below b"              \
      " CROSS JOIN entry e ON e.parent=b.object WHERE b.term=?1 AND e.name=?3"                 \
      " COLLATE BINARY")                                                                       \
    S(BELOW_ALL, "INSERT OR IGNORE INTO find_below SELECT ?1, o FROM (WITH RECURSIVE b(o) AS ("\
      "SELECT object FROM find_below WHERE term=?1 UNION SELECT e.object FROM b"               \
      " CROSS JOIN entry e INDEXED BY entry_folder ON e.parent=b.o AND e.kind=2)"              \
      " SELECT o FROM b)")                                                                     \
    S(HIT, "SELECT e.parent, e.object, e.kind, e.name, e.title, e.type, e.size, e.changed,"    \
      " o.hash, o.size, o.state FROM entry e LEFT JOIN object o ON o.id=e.object WHERE e.id=?1")\
    S(HIT_TOP, "SELECT o.hash, o.size, owner.kind, owner.name, ref.slot FROM shelf s"          \
      " JOIN object o ON o.id=s.object JOIN ref ON ref.object=s.object"                        \
      " JOIN owner ON owner.id=ref.owner WHERE s.object=?1 AND s.top=1 AND kind IN (1, 2)"     \
      " AND (?4 OR ref.realm=0 OR EXISTS(SELECT 1 FROM member WHERE who IN (?2, ?3)"           \
      "  AND member.realm=ref.realm)) ORDER BY kind, owner.name, ref.slot LIMIT 1")            \
    S(BELOW_STEPS, "DELETE FROM find_below WHERE term<0")                                      \
    S(HIT_UP, "SELECT e.parent, e.name, e.id FROM entry e JOIN shelf s ON s.object=e.parent"   \
      " WHERE e.object=?1 AND e.kind=2 AND e.id>?5 AND s.state=1 AND (?4 OR EXISTS(SELECT 1 FROM edge d"   \
      "  WHERE d.parent=e.parent AND d.child=e.object AND (d.realm=0 OR EXISTS(SELECT 1"       \
      "   FROM member WHERE who IN (?2, ?3) AND member.realm=d.realm)))) ORDER BY e.id LIMIT 1")       \
    S(WORD_ENTRIES, "SELECT rowid FROM entry_words WHERE entry_words MATCH ?1")                \
    S(WORD_PAGES, "SELECT rowid FROM page_words WHERE page_words MATCH ?1")                    \
    S(WORD_FACTS, "SELECT f.entry FROM fact_words CROSS JOIN fact f ON f.id=fact_words.rowid"  \
      " WHERE fact_words MATCH ?1")                                                            \
    S(HIT_TEXTS, "SELECT rowid, snippet(page_words, 0, char(2), char(3), '\xe2\x80\xa6', 24)"  \
      " FROM page_words WHERE page_words MATCH ?1 AND rowid BETWEEN ?2 AND ?3"                 \
      " AND n2_in(?4, rowid)")                                                                 \
    S(LOST_INDEX, "SELECT EXISTS(SELECT 1 FROM entry WHERE NOT EXISTS(SELECT 1 FROM shelf"     \
      "  WHERE shelf.object=entry.parent)) OR EXISTS(SELECT 1 FROM fact WHERE NOT EXISTS("     \
      "  SELECT 1 FROM entry WHERE entry.id=fact.entry)) OR EXISTS(SELECT 1 FROM page WHERE"   \
      "  NOT EXISTS(SELECT 1 FROM entry WHERE entry.object=page.object))"                      \
      " OR (SELECT count(*) FROM page WHERE state=1)<>(SELECT count(*) FROM page_words)")      \
    S(CHECK_ENTRY, "INSERT INTO entry_words(entry_words, rank) VALUES('integrity-check', 1)")  \
    S(CHECK_FACT, "INSERT INTO fact_words(fact_words, rank) VALUES('integrity-check', 0)")     \
    S(CHECK_PAGE, "INSERT INTO page_words(page_words) VALUES('integrity-check')")              \
    S(CLEAR_SHELF, "DELETE FROM shelf")                                                        \
    S(CLEAR_ENTRY, "DELETE FROM entry")                                                        \
    S(CLEAR_FACT, "DELETE FROM fact")                                                          \
    S(CLEAR_PAGE, "DELETE FROM page")                                                          \
    S(CLEAR_ENTRY_WORDS, "INSERT INTO entry_words(entry_words) VALUES('delete-all')")          \
    S(CLEAR_FACT_WORDS, "INSERT INTO fact_words(fact_words) VALUES('delete-all')")             \
    S(CLEAR_PAGE_WORDS, "DELETE FROM page_words")
/* clang-format on */
