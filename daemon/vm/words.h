/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * words.h - every command of the active messages: the one list.
 *
 * Layer:  vm (may include: base, wire, crypto, store).
 * Source: net2o white paper, "Active messages"; protocol.md 3 (A1).
 *
 * The list makes the enum, the verifier's tables, the disassembler, the answer to `words` and
 * daemon/OPCODES.md (a test compares it).  A command is one byte, then its operand.  There are
 * no jumps, so the type of every stack place is known before a block runs.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** What follows an opcode. */
typedef enum {
    N2_OPERAND_NONE,
    N2_OPERAND_U64,  /* varint */
    N2_OPERAND_S64,  /* varint of the zigzag form: 0, -1, 1, -2, ... */
    N2_OPERAND_F64,  /* 8 bytes, IEEE 754, big-endian */
    N2_OPERAND_BYTES /* varint length, then so many bytes */
} n2_operand;

/** Who may run a command; a connection holds a set of these. */
typedef enum {
    N2_MAY_COMPUTE = 1 << 0, /* literals and stack: everybody */
    N2_MAY_ASK = 1 << 1,     /* reading what is public: strangers too */
    N2_MAY_READ =
        1 << 2, /* answers larger than the question: after the asker's proof of place */
    N2_MAY_ANSWER = 1 << 3 /* delivering answers to what was asked here */
} n2_right;

/* Types on the stack, as letters: u unsigned, s signed, f float, b bytes, o object; A and B
 * any, the same letter being the same type; * all that is there (answers only). Cost: base, and
 * for each byte of operand and of byte strings taken from the stack. X(name, opcode, "word",
 * operand, "taken", "left", base, per byte, right, "what it does", "errors of its own") */
/* clang-format off */
#define N2_WORD_LIST(X)                                                                                              \
    X(U64,      0x01, "u64",      U64,   "",     "u",   1,  0, COMPUTE, "puts an unsigned number on the stack", "") \
    X(S64,      0x02, "s64",      S64,   "",     "s",   1,  0, COMPUTE, "puts a signed number on the stack", "") \
    X(F64,      0x03, "f64",      F64,   "",     "f",   1,  0, COMPUTE, "puts a float on the stack", "") \
    X(BYTES,    0x04, "bytes",    BYTES, "",     "b",   1,  1, COMPUTE, "puts a byte string on the stack", "") \
    X(DUP,      0x08, "dup",      NONE,  "A",    "AA",  1,  0, COMPUTE, "copies the top", "") \
    X(DROP,     0x09, "drop",     NONE,  "A",    "",    1,  0, COMPUTE, "takes the top away", "") \
    X(SWAP,     0x0a, "swap",     NONE,  "AB",   "BA",  1,  0, COMPUTE, "exchanges the two at the top", "") \
    X(OVER,     0x0b, "over",     NONE,  "AB",   "ABA", 1,  0, COMPUTE, "copies the second", "") \
    X(CONCAT,   0x0c, "concat",   NONE,  "bb",   "b",   4,  1, COMPUTE, "joins two byte strings, at most 64 KiB", "LIMIT: longer than 64 KiB, or 1 MiB for all that the block joins") \
    X(TAG,      0x10, "tag",      NONE,  "u",    "",    1,  0, COMPUTE, "number under which what follows is answered; a question without one is answered under 0", "") \
    X(WORDS,    0x11, "words",    NONE,  "",     "",    64, 0, ASK,     "answers one string: a line for each command: opcode, word, operand, taken, left", "") \
    X(IDENTITY, 0x12, "identity", NONE,  "b",    "",    64, 1, READ,    "identity (33 bytes): answers birth, each statement that adds a key, and one node key statement, in this order", "FORMAT: not 33 bytes; UNSUPPORTED: method; NOTFOUND") \
    X(SHOW,     0x13, "show",     NONE,  "bbb",  "",    250, 1, ASK,     "chain (birth and adds, each with its length 2 before it), session certificate, signature over this connection's handshake: says who asks; answers nothing but that it holds", "FORGED: it does not, or not now, or not here; REFUSED: another identity was shown before; LIMIT: too many tries, or too many a second; UNSUPPORTED: statement or method; FORMAT and other errors of boxes") \
    X(LOGIN,    0x14, "login",    NONE,  "b",    "",    250, 1, ASK,     "log-in (kind 28), signed by the account key (a move by the old one, too), for this site and this connection's handshake: answers nothing but that it holds", "FORGED: it does not, or not here; NOTFOUND: no such site here; REFUSED: another account logged in before, or this one has moved to another key; LIMIT: too many tries, or too many a second, or too long; UNSUPPORTED: use or method; FORMAT and other errors of boxes") \
    X(PAIR,     0x15, "pair",     NONE,  "b",    "",    250, 1, ASK,     "message of a pairing, or an ask for the vault: answers the next one, nothing yet, or the statements that were asked for", "NOTFOUND: nobody here waits for one, or no such vault; LIMIT: asks of all together; REFUSED: for another connection; STATE, FORGED: not the next message, or not what was promised; FORMAT and other errors of boxes") \
    X(HEAD,     0x20, "head",     NONE,  "b",    "",    64, 1, ASK,     "identity (33 bytes): answers its newest signed tree head that is here", "FORMAT: not 33 bytes; UNSUPPORTED: method; NOTFOUND") \
    X(OBJECT,   0x21, "object",   NONE,  "b",    "o",   32, 1, ASK,     "opens the content of a reference (41 bytes; all ones as size: whatever it has)", "FORMAT: not 41 bytes; UNSUPPORTED: method; NOTFOUND: not here, not for you, of another size; LIMIT: later") \
    X(STAT,     0x22, "stat",     NONE,  "o",    "",    8,  0, ASK,     "object: answers its size", "LIMIT: later") \
    X(NODES,    0x23, "nodes",    NONE,  "ouuu", "",    64, 0, READ,    "object, level, first, count: answers hashes of level 6 (no other) in one string, at most 1,024; for contents of more than one group", "UNSUPPORTED: level; USAGE: count 0 or above 1,024, beyond the last, content of one group; LIMIT: later") \
    X(READ,     0x24, "read",     NONE,  "ouuu", "",    64, 0, READ,    "object, offset in bytes, length, address: writes these bytes to the asker's address, at most 1 MiB, each packet with as many as the smallest that holds them all, else 2,048; answers the length", "USAGE: length 0 or above 1 MiB, beyond the end, address 0 or with bit 63, unit above the size that the asker offered; LIMIT: later") \
    X(TREE,     0x25, "tree",     NONE,  "b",    "o",   64, 1, ASK,     "identity (33 bytes): opens the root folder of its newest tree head that is here", "FORMAT: not 33 bytes; UNSUPPORTED: method; NOTFOUND; LIMIT: later") \
    X(FOLLOW,   0x26, "follow",   NONE,  "obuu", "",    250, 1, READ,   "folder, path (names with / between them; empty: the folder itself), groups, address (not looked at if groups is 0): answers each folder that it goes through, whole, as far as the path can be followed; at its end, a folder too, size, number of groups written, and the content if it has 16 KiB at most, else the hashes of level 6 that `nodes` answers first (none if it has one group). A content that is longer is written from its first group on, at most `groups` of them: each to a region of its own, the first to the address, each other to the next index; in units of 2,048", "USAGE: path that is not empty with an empty name in it, groups above 16; with groups: address 0, with an offset or bit 63; LIMIT: later") \
    X(KNOWN,    0x28, "known",    NONE,  "bu",   "",    250, 1, READ,   "identity (33 bytes), least counter: answers the newest signed head of its main tree that is here, if everybody may read that tree and the counter is not below; then one string: all that is known here of its keys", "FORMAT: not 33 bytes; UNSUPPORTED: method; NOTFOUND: not here, not for everybody, or older; LIMIT: more is known of its keys than one string holds") \
    X(CARRY,    0x29, "carry",    NONE,  "bb",   "o",   64, 1, READ,   "reference (41 bytes), identity that has it (33 bytes): opens its content as `object` does; what is not here is fetched from there, once for all who ask, and can be read as far as it has come", "FORMAT: not 41 bytes, not 33; UNSUPPORTED: method, or nothing is fetched for others here; NOTFOUND: not here, not for you, of another size, and not to be had there; LIMIT: nothing of it has come yet, or too much is being fetched") \
    X(WALK,     0x2c, "walk",     NONE,  "bu",   "",    250, 4, READ,   "what to write, in pieces of 49 bytes: reference 41, first 4, count 4; count 0: the content of that reference; else so many entries of that folder, which has 64 KiB at most, from the first on (0 is the first of all). At most 1,024 contents, 1 MiB together; each costs 64. Address: writes them to the asker's address, one behind the other without gaps, in units of 2,048, zeros in the place of one that is not here; answers one string with a byte for each: 1 it was written, 0 it is not here or not for you", "FORMAT: no whole pieces; USAGE: none, or too many, or too long together, a link or no such entry in a folder, address 0 or with bit 63, the asker takes no packets of 2,048; NOTFOUND: none of them, or a folder that is not here, not for you, no folder or too long; BUDGET; LIMIT: later") \
    X(DELIVER,  0x3f, "deliver",  NONE,  "*su",  "",    1,  0, ANSWER,  "values, error, tag: the answer to the question with that tag", "REFUSED: by who may only ask") \
    X(NAME_ASK, 0x40, "name-ask", NONE,  "bb",   "",    250, 1, ASK,   "request to a zone that is kept here (a statement of kind 39 or 29), statements about the keys of who asks and, if they are to count, of who has the name (one container): answers 0 and the record as it will be from the zone's next head on, or the number of why not and an empty string", "NOTFOUND: no such zone is kept here; FORGED: not signed by who may, or not now; STATE: no clock here; BUSY: later; FORMAT, LIMIT and other errors of boxes") \
    X(ZONE_MAP, 0x43, "zone-map", NONE,  "buu",  "",    250, 1, READ,   "zone (33 bytes), serial, offset in bytes: answers serial of the head, bytes of its whole copy, those from the offset on, at most 48 KiB, and, if the offset is 0, statements about the zone's keys. Offset 0: of a head after that serial; else of that very head", "FORMAT: not 33 bytes; UNSUPPORTED: method; NOTFOUND: not kept here; EXISTS: no head after that one; STATE: that copy is not here any more; USAGE: beyond its end; LIMIT: the zone is too large to be copied so") \
    X(RESOLVE,  0x44, "resolve",  NONE,  "bbuu", "",    250, 1, READ,   "zone (33 bytes), name below it (its one form), least serial of that zone's head, how (bit 0: with statements; from bit 8 on, how many may ask on): answers, from the zone down, for each label as far as it is known here age in seconds, answer of the zone with its proof, statements about the zone's keys (empty if not asked for)", "FORMAT: not 33 bytes, no name in its one form, other bits; UNSUPPORTED: method; NOTFOUND: nothing of it is known here; LIMIT: later") \
    X(ZONE_HEADS, 0x45, "zone-heads", NONE,  "b",    "",    250, 1, READ,   "zone (33 bytes): answers one string: the heads of it that were seen here, the newest first, one behind the other; before them, if there are two that prove a fraud, those", "FORMAT: not 33 bytes; UNSUPPORTED: method; NOTFOUND: none was seen") \
    X(NEIGHBOUR, 0x48, "neighbour", NONE, "bubb", "",    64, 1, READ,   "at the other end of one link: identity of the asker (33 bytes), port of its switch, domain whose switch it is (33 bytes; empty: none), way from there to that domain's server (for each switch port 2, bits 1): answers the same of this side, the port being that of the link", "FORMAT: not 33 bytes, no port; REFUSED: it came by more than one link, or by none") \
    X(ATTACH,   0x49, "attach",   NONE,  "bbu",  "",    250, 1, READ,   "key that the asker's node signs by (method 1, key), labels from its switch to the last one before the landmark (path, 9 bytes), how (bit 0: it stays there; bit 1: whoever asks may hear of it): answers the signed attachment; of who has not shown who he is, that of a guest", "NOTFOUND: no domain is served here; FORMAT: no such key or path, a way back with more labels than that; LIMIT: all places are taken, or it is too deep; STATE: the clock is not known") \
    X(REPORT,   0x4a, "report",   NONE,  "bb",   "",    250, 1, READ,   "statements about the keys of the switch's node (empty: they are known), report of its links (kind 12), signed: answers nothing but that it was taken", "NOTFOUND: no domain is served here; REFUSED: no switch that belongs to the domain signed it; STATE: not newer than the last one; FORMAT and other errors of boxes") \
    X(ROUTES,   0x4b, "routes",   NONE,  "b",    "",    250, 1, READ,   "question for routes (see PROTOCOL.md): answers one string for each route, the cheapest first, at most 4", "NOTFOUND: no domain is served here, that place is nobody's, that domain is not known (its parents are asked then: ask again); REFUSED: the asker's place is elsewhere, or all ways lead through what is to be avoided; UNREACHABLE: no way is up; LIMIT: all are longer than 58 bits; FORMAT") \
    X(DOMAIN,   0x4c, "domain",   NONE,  "b",    "",    250, 1, READ,   "identity of a domain (33 bytes): answers what it says of itself (kind 13) as it is known to the server here, and statements about its keys and those of its parents", "NOTFOUND: it is not known (if a child asks, the parents are asked: ask again), or no domain is served here; FORMAT: not 33 bytes") \
    X(PARENT,   0x4d, "parent",   NONE,  "bb",   "",    250, 1, READ,   "statements about the keys of the asker and of its parents, what its domain says of itself (kind 13), signed by it: answers that with the signature of the domain here besides; if all signatures are there, it is kept, and told to who asks", "NOTFOUND: no domain is served here, or it is no parent; REFUSED: the asker did not show that it is that domain, or its way down is not the one seen from here; LIMIT: later; FORMAT and other errors of boxes") \
    X(COMPLAIN, 0x4e, "complain", NONE,  "b",    "",    250, 1, READ,   "complaint (16 bytes): the asker's place in the domain that is served here 8, numbers of two of its switches 4 each: the first answers echoes, the second, behind it on his way, does not. The server asks both itself; answers nothing but that it will", "NOTFOUND: no domain is served here, that place is over, no link between the two is up; REFUSED: the asker's place is elsewhere; LIMIT: later; FORMAT, TRUNCATED, TRAILING") \
    X(WHERE,    0x4f, "where",    NONE,  "b",    "",    250, 1, READ,   "identity (33 bytes): answers the attachment of this node, or of a user of the domain that is served here, if it is his and everybody may hear of it; and statements about the domain's keys", "NOTFOUND: it is not known here, or not for others; FORMAT: not 33 bytes") \
    X(DHT_HERE, 0x50, "dht-here", NONE,  "bbbu", "",    250, 1, READ,   "statement that says which node of the DHT asks (kind 20, about this connection; empty: not said), where that is (kind 20, about its identity), container of statements about the keys of its domain, bits of the way back but for the switch here: answers where the node is that answers (kind 20, about its identity), and statements about the keys of its domain", "NOTFOUND: no node of the DHT; FORGED: it does not hold, not here, or not by its domain; LIMIT: too many nodes; FORMAT and other errors of boxes") \
    X(DHT_NEAR, 0x51, "dht-near", NONE,  "b",    "",    250, 1, READ,   "id (32 bytes): answers the nodes nearest to it, at most 16, each as where it is (kind 20) and the way to it from here (9 bytes)", "FORMAT: not 32 bytes; NOTFOUND: no node of the DHT") \
    X(DHT_VALUES, 0x52, "dht-values", NONE, "b", "",    250, 1, READ,   "key (32 bytes): answers how many values are kept here under it and come now, at most 8, these, and then as dht-near", "FORMAT: not 32 bytes; NOTFOUND: no node of the DHT") \
    X(DHT_KEEP, 0x53, "dht-keep", NONE,  "bbuu", "",    250, 1, READ,   "key (32 bytes), value, serial, end in us since 1970 UTC: keeps it; answers nothing but that it does", "FORMAT: not 32 bytes, empty, or above 3,072; NOTFOUND: no node of the DHT; REFUSED: who asks has not said on this connection which node it is; STATE: that node has one with a higher serial here; TIMEOUT: it is over, or wants to live longer than 2 h; LIMIT: too many, or too often") \
    X(HEADS,    0x58, "heads",    NONE,  "bu",   "",    250, 1, READ,    "identity (33 bytes), counter: answers those of its signed tree heads that are here and have a counter below that one (0: all), the highest first, at most 64 and 48 KiB of them", "FORMAT: not 33 bytes; UNSUPPORTED: method; NOTFOUND: there is none")
/* clang-format on */

typedef enum {
#define X(name, opcode, word, operand, taken, left, base, byte, right, text, errors)           \
    N2_WORD_##name = (opcode),
    N2_WORD_LIST(X)
#undef X
} n2_opcode;

enum {
    N2_WORDS_MAX = 128 /* opcodes are below this */
};

typedef struct {
    uint8_t opcode;
    uint8_t right; /* n2_right */
    uint8_t cost;  /* base */
    uint8_t cost_byte;
    n2_operand operand;
    const char *name;
    const char *taken; /* types, the last is the top */
    const char *left;
    const char *text;
    const char *errors; /* that it may answer, besides those of all words; "" none */
} n2_word;

/** The word with this opcode (static), or NULL. */
const n2_word *n2_word_find(uint8_t opcode);

/** The @i-th word of the list, in order of opcodes; NULL after the last. */
const n2_word *n2_word_at(size_t i);

/** "u64", "bytes", ... or "-" for none (static). */
const char *n2_operand_name(n2_operand operand);

/**
 * Writes the answer to `words`: a line "opcode word operand taken left" for each, empty fields
 * as "-".  The text is not NUL-terminated.
 *
 * Returns: bytes written, or 0 if @size is too small.
 */
size_t n2_words_list(char *out, size_t size);

/**
 * Writes daemon/OPCODES.md.
 *
 * Returns: bytes written (no NUL), or 0 if @size is too small.
 */
size_t n2_words_manual(char *out, size_t size);
