/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * language.c - the table of languages that code is coloured for.
 */
#include "render/language.h"

#define C_WORDS                                                                                \
    " if else for while do switch case default break continue return goto sizeof static "      \
    "extern "                                                                                  \
    "const volatile register inline restrict typedef struct union enum auto _Static_assert "
#define C_TYPES                                                                                \
    " void char short int long float double signed unsigned bool size_t ssize_t uint8_t "      \
    "uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t uintptr_t true false NULL "     \
    "FILE "

/* clang-format off */
const n2_language n2_languages[] = {
    {.names = " c h ", .words = C_WORDS, .types = C_TYPES, .line = "//", .open = "/*", .close = "*/",
     .quotes = "\"'", .flags = N2_CODE_HASH},
    {.names = " cpp cc cxx c++ hpp hh ", .words = C_WORDS
     "class namespace template typename public private protected virtual override new delete this throw try catch using "
     "constexpr noexcept operator friend explicit decltype static_cast dynamic_cast reinterpret_cast const_cast ",
     .types = C_TYPES "auto string nullptr ", .line = "//", .open = "/*", .close = "*/", .quotes = "\"'", .flags = N2_CODE_HASH},
    {.names = " python py ", .words =
     " and as assert async await break class continue def del elif else except finally for from global if import in is "
     "lambda nonlocal not or pass raise return try while with yield match case ",
     .types = " None True False int str bytes list dict set tuple float bool object self cls ", .line = "#", .quotes = "\"'",
     .flags = N2_CODE_TRIPLE | N2_CODE_AT},
    {.names = " sh bash shell zsh ksh console ", .words =
     " if then else elif fi for while until do done case esac in function return exit local export readonly set unset "
     "shift break continue trap eval exec source alias test ",
     .types = " echo printf read cd true false ", .line = "#", .quotes = "\"'`", .flags = N2_CODE_LINES | N2_CODE_DOLLAR},
    {.names = " javascript js mjs cjs jsx typescript ts tsx ", .words =
     " async await break case catch class const continue debugger default delete do else export extends finally for from "
     "function if import in instanceof let new of return static super switch this throw try typeof var void while with "
     "yield interface type implements readonly enum namespace declare abstract ",
     .types = " true false null undefined NaN Infinity number string boolean any never unknown Array Object Map Set Promise ",
     .line = "//", .open = "/*", .close = "*/", .quotes = "\"'`", .flags = N2_CODE_AT},
    {.names = " json geojson ", .words = "", .types = " true false null ", .quotes = "\"", .flags = N2_CODE_KEYS},
    {.names = " yaml yml ", .words = "", .types = " true false null yes no on off ", .line = "#", .quotes = "\"'",
     .flags = N2_CODE_KEYS | N2_CODE_DASHES},
    {.names = " toml ini cfg conf desktop service ", .words = "", .types = " true false ", .line = "#", .line2 = ";",
     .quotes = "\"'", .flags = N2_CODE_EQUALS | N2_CODE_DASHES},
    {.names = " html htm xhtml xml svg ui rss ", .words = "", .types = "", .open = "<!--", .close = "-->", .quotes = "\"'",
     .mode = N2_MODE_MARKUP},
    {.names = " css scss ", .words = " important not is where has ", .types =
     " none auto inherit initial unset block inline flex grid absolute relative fixed solid dashed dotted bold normal italic ",
     .open = "/*", .close = "*/", .quotes = "\"'", .flags = N2_CODE_DASHES | N2_CODE_KEYS | N2_CODE_AT},
    {.names = " forth fs fth 4th ", .words =
     " : ; :noname does> create constant variable value to is defer if else then begin while repeat until again do ?do loop "
     "+loop leave unloop exit recurse case of endof endcase immediate postpone compile, literal ] [ ['] ' [char] char "
     "allot , c, :: method class end-class end-structure also previous only definitions ",
     .types = " true false dup drop swap over rot nip tuck pick roll 2dup 2drop 2swap 2over >r r> r@ @ ! c@ c! +! cells cell+ "
     "here emit type cr ",
     .mode = N2_MODE_FORTH, .flags = N2_CODE_FOLDS},
    {.names = " makefile make mk gnumakefile ", .words =
     " ifeq ifneq ifdef ifndef else endif define endef include export override vpath ",
     .types = " PHONY ", .line = "#", .quotes = "\"'", .flags = N2_CODE_DOLLAR | N2_CODE_DASHES | N2_CODE_KEYS | N2_CODE_EQUALS},
    {.names = " meson ", .words = " if elif else endif foreach endforeach and or not in break continue ",
     .types = " true false files dependency executable static_library library test project subdir option ", .line = "#",
     .quotes = "'", .flags = N2_CODE_TRIPLE | N2_CODE_KEYS},
    {.names = " diff patch ", .mode = N2_MODE_LINES, .quotes = ""},
    {.names = " markdown md ", .mode = N2_MODE_LINES, .quotes = "`"},
    {.names = " sql ", .words =
     " select from where and or not insert into values update set delete create table index view trigger drop alter add "
     "column primary key foreign references unique check default join left right inner outer cross on group by order having "
     "limit offset union all distinct as case when then else end is in like between exists begin commit rollback transaction "
     "pragma without rowid if replace returning with recursive ",
     .types = " null integer int text blob real numeric varchar char boolean date timestamp true false count sum min max avg ",
     .line = "--", .open = "/*", .close = "*/", .quotes = "'\"", .flags = N2_CODE_FOLDS | N2_CODE_LINES | N2_CODE_NO_ESCAPE},
    {.names = " go ", .words =
     " break case chan const continue default defer else fallthrough for func go goto if import interface map package range "
     "return select struct switch type var ",
     .types = " bool byte error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 nil "
     "true false iota make new len cap append ",
     .line = "//", .open = "/*", .close = "*/", .quotes = "\"'`"},
    {.names = " rust rs ", .words =
     " as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref "
     "return self Self static struct super trait type unsafe use where while ",
     .types = " bool char f32 f64 i8 i16 i32 i64 isize str u8 u16 u32 u64 usize String Vec Option Result Some None Ok Err true "
     "false ",
     .line = "//", .open = "/*", .close = "*/", .quotes = "\""},
    {.names = " java kotlin kt ", .words =
     " abstract assert break case catch class continue default do else enum extends final finally for if implements import "
     "instanceof interface native new package private protected public return static super switch synchronized this throw "
     "throws try while var val fun when object ",
     .types = " boolean byte char double float int long short void String true false null ", .line = "//", .open = "/*",
     .close = "*/", .quotes = "\"'", .flags = N2_CODE_AT},
    {.names = " perl pl pm ruby rb ", .words =
     " my our local sub if elsif else unless while until for foreach return use package require last next redo def end class "
     "module do begin rescue ensure yield case when then puts print ",
     .types = " undef nil true false self ", .line = "#", .quotes = "\"'`", .flags = N2_CODE_DOLLAR | N2_CODE_AT},
    {.names = " lua ", .words =
     " and break do else elseif end for function goto if in local not or repeat return then until while ",
     .types = " nil true false self ", .open = "--[[", .close = "]]", .line = "--", .quotes = "\"'"},
};
/* clang-format on */

const guint n2_n_languages = G_N_ELEMENTS(n2_languages);
