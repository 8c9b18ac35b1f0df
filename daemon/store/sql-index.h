/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql-index.h - tables of what can be searched (index.c, query.c).
 *
 * Layer: store, private.
 *
 * All of it can be made anew from the contents.  `shelf` has the folders (and pinned files) that
 * are looked through, `entry` what stands in them, `fact` the attributes that entries have
 * besides, `page` the pages among them.  The tables `..._words` are of SQLite's FTS5; those of
 * entries and facts take their text from the row they stand for, that of pages has it itself,
 * as a page is kept elsewhere with its marks.
 */
#pragma once

/* clang-format off */
#define WORDS_SPLIT "tokenize='unicode61 remove_diacritics 2', prefix='2 3'"

/* Since version 5.  `at`: of a folder read in steps, where to go on.  Of `title` NULL: none. */
#define N2_STORE_SCHEMA_INDEX                                                                  \
    "CREATE TABLE shelf(object INTEGER PRIMARY KEY, state INTEGER NOT NULL,"                   \
    "  top INTEGER NOT NULL, at INTEGER NOT NULL);"                                            \
    "CREATE INDEX shelf_state ON shelf(state) WHERE state<>1;"                                 \
    "CREATE TABLE entry(id INTEGER PRIMARY KEY, parent INTEGER NOT NULL,"                      \
    "  object INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE,"     \
    "  title TEXT COLLATE NOCASE, type TEXT NOT NULL COLLATE NOCASE, size INTEGER NOT NULL,"   \
    "  changed INTEGER);"                                                                      \
    "CREATE INDEX entry_parent ON entry(parent);"                                              \
    "CREATE INDEX entry_object ON entry(object);"                                              \
    "CREATE INDEX entry_folder ON entry(parent, object) WHERE kind=2;"                         \
    "CREATE INDEX entry_name ON entry(name);"                                                  \
    "CREATE INDEX entry_type ON entry(type);"                                                  \
    "CREATE INDEX entry_size ON entry(size);"                                                  \
    "CREATE INDEX entry_changed ON entry(changed);"                                            \
    "CREATE TABLE fact(id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, name TEXT NOT NULL,"    \
    "  type INTEGER NOT NULL, value NOT NULL COLLATE NOCASE);"                                 \
    "CREATE INDEX fact_entry ON fact(entry);"                                                  \
    "CREATE INDEX fact_name ON fact(name, value, entry);"                                      \
    "CREATE TABLE page(object INTEGER PRIMARY KEY, state INTEGER NOT NULL, title TEXT);"       \
    "CREATE INDEX page_state ON page(state) WHERE state<>1;"                                   \
    "CREATE VIRTUAL TABLE entry_words USING fts5(name, title, content='entry',"                \
    "  content_rowid='id', " WORDS_SPLIT ");"                                                  \
    "CREATE VIRTUAL TABLE fact_words USING fts5(value, content='fact',"                        \
    "  content_rowid='id', " WORDS_SPLIT ");"                                                  \
    "CREATE VIRTUAL TABLE page_words USING fts5(body, " WORDS_SPLIT ");"
/* clang-format on */
