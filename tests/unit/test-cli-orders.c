/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cli-orders.c - net2o id and net2o token as a user and a program run them, against a node
 *                     that only plays: what is asked, what is told, and what is never told.
 */
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "fake-peer.h"

#define K1 "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_A "0006123456780304"
#define ID_B "0006aabbccdd0304"

typedef struct {
    char *dir;
    fake_peer *peer;
    char *out, *err;  /* of the last run */
    GString *screen;  /* what the terminal showed */
    const char *type; /* "prompt>text|prompt>text": what is left to be typed */
    int terminal;     /* the person's side; -1 */
    GPid pid;
    int code;
    gboolean is_over;
} fixture;

typedef struct {
    const char *name;
    const char *words; /* of the command line, separated by '|' */
    const char *fd3;   /* can be read there; NULL: closed */
    const char *fd4;   /* the same */
    const char *typed; /* see fixture; NULL: there is no terminal; "" a silent person */
    fake_scene scene;
    int code;
    const char *called; /* part of it; NULL: no order came */
    const char *told;   /* all of it; NULL: nothing */
    const char *out;    /* part of stdout, or of the terminal */
    const char *err;    /* part of stderr, or of the terminal; NULL: stderr is empty */
} row;

#define LOGIN_OK                                                                               \
    {                                                                                          \
        .reply = "(1700000000000000,)"                                                         \
    }
#define SETTINGS                                                                               \
    "({'hours': <int64 4>, 'token-removed': <true>, 'screen-locked': <false>, 'fixed': "       \
    "<'hours'>},)"
#define MADE "({'address': <'" K1 "'>, 'name': <'me'>, 'sheet': <'kept'>, 'state': <'live'>},)"

/* clang-format off */
static const row rows[] = {
    /* lists keep their stable names, and say more */
    {"list", "id|list", .code = 0, .out = K1 "  me  default  signed in until 2023-11-14"},
    {"list-json", "id|list|--json", .code = 0, .out = "\"signed-in\": true"},
    {"option-first", "id|--json|list", .code = 0, .out = "\"signed-in\": true"},
    {"tokens", "token|list", .code = 0, .out = "Reader 0  Token A              0006 12345678  3 tries  login ed25519"},
    {"tokens-json", "token|list|--json", .code = 0, .out = "\"state\": \"openpgp\""},
    {"tokens-json-serial", "token|list|--json", .code = 0, .out = "\"serial\": \"0006 AABBCCDD\""},
    {"tokens-json-empty", "token|list|--json", .code = 0, .out = "\"state\": \"empty\""},
    {"verb-wrong", "id|frob", .code = 2, .err = "net2o: frob: this is not how it is used. See 'net2o id --help'."},
    {"verb-missing", "token", .code = 2, .err = "net2o: token: a word is missing"},
    {"help", "id|sheet|--help", .code = 0, .out = "net2o id sheet - the recovery sheet"},
    {"help-of-whole", "id|accounts|--help", .code = 0, .out = "net2o id - who you are"},

    /* signing in */
    {"login", "id|login", .scene = LOGIN_OK, .code = 0, .called = "SignIn('', 0)", .out = "Signed in until 2023-11-14"},
    {"login-hours", "id|login|me|--hours|4|--json", .scene = LOGIN_OK, .code = 0, .called = "SignIn('me', 4)", .out = "{\"until\": 1700000000000000}\n"},
    {"login-hours-wrong", "id|login|--hours|25", .code = 2, .err = "it is 1 to 24"},
    {"login-pin-fd", "id|login|--pin-fd|3", "1234\n", .scene = {"pin:3", "(5,)"}, .code = 0, .called = "SignIn", .told = "pin=1234;", .out = ""},
    {"login-pin-no-newline", "id|login|--pin-fd|3", "1234", .scene = {"pin:3", "(5,)"}, .code = 0, .called = "SignIn", .told = "pin=1234;", .out = ""},
    {"login-nobody", "id|login", .scene = {"pin:3", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = ": a PIN is asked for, and nobody is there. Run it in a terminal, or give --pin-fd.\n"},
    {"login-nobody-json", "id|login|--json", .scene = {"pin:3", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = "{\"code\": 7, \"error\": \"TOKEN\""},
    {"login-fd-closed", "id|login|--pin-fd|9", .code = 2, .err = "--pin-fd: there is no such descriptor"},
    {"login-fd-empty", "id|login|--pin-fd|3", "", .scene = {"pin:3", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = "more is asked for than"},
    {"login-error", "id|login", .scene = {NULL, "!-19"}, .code = 7, .called = "SignIn", .err = "net2o: order: it failed. Do so."},
    {"logout", "id|logout", .scene = {NULL, ""}, .code = 0, .called = "SignOut('',)", .out = "Signed out"},
    {"logout-all", "id|logout|--all", .scene = {NULL, ""}, .code = 0, .called = "SignOut('*',)", .out = ""},

    {"settings", "id|settings", .scene = {NULL, SETTINGS}, .code = 0, .called = "Settings(", .out = "Hours of a sign-in                  4    as net2o.conf says\nSign out when the token is pulled   yes"},
    {"settings-set", "id|settings|--hours|8|--token-removed|no|--screen-locked|yes|--json", .scene = {NULL, SETTINGS}, .code = 0, .called = "'hours': <int64 8>", .out = "\"hours\": 4"},
    {"settings-hours", "id|settings|--hours|25", .code = 2, .err = "it is 1 to 24"},
    {"settings-word", "id|settings|--screen-locked|maybe", .code = 2, .err = "it is yes or no"},
    {"settings-fixed", "id|settings|--hours|8", .scene = {NULL, "!-10"}, .code = 4, .called = "Settings", .err = "net2o: order: it failed. Do so."},

    /* a PIN is never tried again that was wrong, nor given to another token */
    {"pin-again-right", "id|login|--pin-fd|3", "1234\n", .scene = {"pin:3 sign-pin:3", "(5,)"}, .code = 0, .called = "SignIn", .told = "pin=1234;sign-pin=1234;", .out = ""},
    {"pin-again-wrong", "id|login|--pin-fd|3", "1234\n", .scene = {"pin:3 pin:2", "(5,)"}, .code = 7, .called = "SignIn", .told = "pin=1234;no;", .err = "the PIN is wrong"},
    {"pin-again-unknown", "id|login|--pin-fd|3", "1234\n", .scene = {"pin pin", "(5,)"}, .code = 7, .called = "SignIn", .told = "pin=1234;no;", .err = "more is asked for than"},
    {"pin-other-token", "id|login|--pin-fd|3", "1234\n", .scene = {"pin@A:3 pin@B:3", "(5,)"}, .code = 7, .called = "SignIn", .told = "pin=1234;no;", .err = "more is asked for than"},
    {"pin-each-token", "id|login|--pin-fd|3", "1234\n5678\n", .scene = {"pin@A:3 pin@B:3", "(5,)"}, .code = 0, .called = "SignIn", .told = "pin=1234;pin=5678;", .out = ""},
    {"pin-last", "id|login|--pin-fd|3", "1234\n", .scene = {"last-pin:1", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = "only one try is left for this PIN. Be sure of it, and give --last-try."},
    {"pin-last-by-tries", "id|login|--pin-fd|3", "1234\n", .scene = {"pin:1", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = "only one try is left"},
    {"pin-last-allowed", "id|login|--pin-fd|3|--last-try", "1234\n", .scene = {"last-pin:1", "(5,)"}, .code = 0, .called = "SignIn", .told = "last-pin=1234 last;", .out = ""},
    {"pin-in-turns", "id|login|--pin-fd|3", "1234\n5678\n", .scene = {"pin@A:3 pin@B:3 sign-pin@A:3 sign-pin@B:3", "(5,)"}, .code = 0, .called = "SignIn", .told = "pin=1234;pin=5678;sign-pin=1234;sign-pin=5678;", .out = ""},
    {"pin-changed-is-old", "id|login|--pin-fd|3", "1234\n5678\n", .scene = {"pin@A:3 new-pin@A pin@A:3", "(5,)"}, .code = 7, .called = "SignIn", .told = "pin=1234;new-pin=5678;no;", .err = "more is asked for than"},
    {"pin-admin-apart", "token|pin|Reader 0|--unblock|--pin-fd|3|--admin-pin-fd|4", "5678\n", "12345678\n", .scene = {"admin-pin:3 new-pin", ""}, .code = 0, .called = "SetPin('" ID_A "', 'unblock')", .told = "admin-pin=12345678;new-pin=5678;", .out = "The PIN is changed."},
    {"pin-old-then-new", "token|pin|Reader 0|--pin-fd|3", "1234\n5678\n", .scene = {"pin:3 new-pin:3", ""}, .code = 0, .called = "SetPin('" ID_A "', 'user')", .told = "pin=1234;new-pin=5678;", .out = ""},

    /* at the terminal */
    {"type-pin", "id|login", .typed = "(2 tries left):>1234\n", .scene = {"pin:2", "(5,)"}, .code = 0, .called = "SignIn", .told = "pin=1234;", .out = "PIN of Token A\xef\xbf\xbd[2J\xef\xbf\xbd (2 tries left):"},
    {"type-sign-pin", "id|login", .typed = "left):>1234\n", .scene = {"sign-pin:3", "(5,)"}, .code = 0, .called = "SignIn", .told = "sign-pin=1234;", .out = "You are changing who you are. PIN of"},
    {"type-empty", "id|login", .typed = "left):>\n", .scene = {"pin:2", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = "it was cancelled"},
    {"type-end", "id|login", .typed = "left):>\004", .scene = {"pin:2", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = "it was cancelled"},
    {"type-again", "id|login", .typed = "(3 tries left):>1234\n|(2 tries left):>\004", .scene = {"pin:3 pin:2", "(5,)"}, .code = 7, .called = "SignIn", .told = "pin=1234;no;", .out = "That PIN is wrong.", .err = "it was cancelled"},
    {"unlock-wrong", "id|unlock|--passphrase-fd|3", "old\n", .scene = {NULL, "!-10", .reads = TRUE}, .code = 4, .called = "Unlock", .told = "old;", .err = "it failed"},
    {"type-last", "id|login", .typed = "Type yes to use it:>yes\n|left):>1234\n", .scene = {"last-pin:1", "(5,)"}, .code = 0, .called = "SignIn", .told = "last-pin=1234 last;", .out = "One try is left."},
    {"type-last-no", "id|login", .typed = "Type yes to use it:>1234\n", .scene = {"last-pin:1", "(5,)"}, .code = 7, .called = "SignIn", .told = "no;", .err = "it was cancelled"},
    {"type-new-twice", "token|pin|Reader 0", .typed = "left):>1234\n|New PIN for>56789\n|Once more:>56789\n", .scene = {"pin:3 new-pin", ""}, .code = 0, .called = "SetPin", .told = "pin=1234;new-pin=56789;", .out = "The PIN is changed."},
    {"type-new-differs", "token|pin|Reader 0", .typed = "New PIN for>56789\n|Once more:>56780\n", .scene = {"new-pin", ""}, .code = 7, .called = "SetPin", .told = "no;", .err = "the two are not the same. Nothing was changed"},
    {"touch-counts", "id|login", .typed = "", .scene = {"touch@T:15 over", "(5,)"}, .code = 0, .called = "SignIn", .out = "Touch T. 15 s"},
    {"touch-note", "id|login", .scene = {"touch@T:15 over", "(5,)"}, .code = 0, .called = "SignIn", .out = "", .err = "Touch T.\n"},
    {"touch-json", "id|login|--json", .scene = {"touch@T:15 over", "(5,)"}, .code = 0, .called = "SignIn", .out = "", .err = "{\"ask\": \"touch\", \"options\": {"},
    {"keypad", "id|login", .scene = {"keypad@T over", "(5,)"}, .code = 0, .called = "SignIn", .out = "", .err = "Type the PIN at the reader of T.\n"},
    {"insert", "id|login", .scene = {"insert@T over", "(5,)"}, .code = 0, .called = "SignIn", .out = "", .err = "Plug in T.\n"},

    /* a new identity */
    {"new", "id|new|me", .scene = {NULL, MADE}, .code = 0, .called = "New('me', {})", .out = "Recovery sheet  not printed yet", .err = "net2o id sheet"},
    {"new-json", "id|new|me|--json", .scene = {NULL, MADE}, .code = 0, .called = "New", .out = "\"sheet\": \"kept\""},
    {"new-long", "id|new|0123456789012345678901234567890123456789012345678901234567890123", .code = 2, .err = "a name has 1 to 63 letters"},
    {"new-method-wrong", "id|new|me|--method|rsa", .code = 2, .err = "net2o: rsa: it is ed25519 or ed448. See 'net2o id new --help'."},
    {"vouch-scope", "id|vouch|" K1 "|--scope|all", .code = 2, .err = "it is met, audit, zone, domain or mail"},
    {"revoke-reason", "id|revoke|--key|ab|--reason|so", .code = 2, .err = "it is gone, lost or replaced"},
    {"new-tokens", "id|new|me|--token|0006 12345678|--token|reader 1|--replace", .code = 7, .err = "reader 1: no card reader holds this token"},
    {"new-two-tokens", "id|new|me|--token|0006 1234 5678|--token|Reader 1|--replace", .scene = {NULL, MADE}, .code = 0, .called = "'tokens': <['" ID_A "', '" ID_B "']>", .out = "", .err = "sheet"},
    {"new-touch", "id|new|me|--token|Reader 1|--touch|sign,login", .scene = {NULL, MADE}, .code = 0, .called = "'touch': <['sign', 'login']>", .out = "", .err = "sheet"},
    {"new-touch-no-token", "id|new|me|--touch|sign", .code = 2, .err = "net2o: --touch: only a token asks for a touch"},
    {"new-any-of-two", "id|new|me|--token|any", .code = 2, .err = "there are several tokens"},
    {"new-method", "id|new|me|--method|ed448", .scene = {NULL, MADE}, .code = 0, .called = "'method': <'ed448'>", .out = "", .err = "sheet"},
    {"new-passphrase-fd", "id|new|me|--passphrase-fd|3", "correct horse\n", .scene = {NULL, MADE, .reads = TRUE}, .code = 0, .called = "New('me', {'passphrase': <handle 0>})", .told = "|correct horse;", .out = "", .err = "sheet"},
    {"new-passphrase-typed", "id|new|me|--passphrase", .typed = "New passphrase:>abc\n|Once more:>abc\n", .scene = {NULL, MADE, .reads = TRUE}, .code = 0, .called = "New", .told = "|abc;", .out = "Weak: somebody who has the file finds it in days."},
    {"new-passphrase-differs", "id|new|me|--passphrase", .typed = "New passphrase:>abc\n|Once more:>abd\n", .code = 2, .err = "the two are not the same"},
    {"new-passphrase-nobody", "id|new|me|--passphrase", .code = 2, .err = "a passphrase has to be typed"},

    /* the sheet */
    {"sheet", "id|sheet|me|--no-qr", .scene = {NULL, "", "acid bold cake dark\nN2:ABCD\n"}, .code = 0, .called = "SheetShow('me', 0)", .out = " 1 acid       2 bold       3 cake       4 dark\n\nN2:ABCD\n", .err = "id sheet --test"},
    {"sheet-json", "id|sheet|--json", .scene = {NULL, "", "acid bold\nN2:ABCD\n"}, .code = 0, .called = "SheetShow", .out = "{\"words\": \"acid bold\", \"qr\": \"N2:ABCD\"}\n"},
    {"sheet-qr", "id|sheet|--qr", .scene = {NULL, "", "acid\nN2:ABCD\n"}, .code = 0, .called = "SheetShow", .out = "\xe2\x96\x88", .err = "--test"},
    {"sheet-short", "id|sheet", .scene = {NULL, "", "acid bold\n"}, .code = 6, .called = "SheetShow", .err = "the data end too early"},
    {"sheet-test", "id|sheet|--test|--words-fd|3", "Acid, bold cake\n", .scene = {NULL, "", .reads = TRUE}, .code = 0, .called = "SheetTest", .told = "Acid, bold cake;", .out = "Backup finished"},
    {"sheet-test-typed", "id|sheet|--test", .typed = "13 words of the sheet:>acid bold\n", .scene = {NULL, "", .reads = TRUE}, .code = 0, .called = "SheetTest", .told = "acid bold;", .out = "Backup finished"},
    {"sheet-test-wrong", "id|sheet|--test|--words-fd|3", "acid\n", .scene = {NULL, "!-7", .reads = TRUE}, .code = 6, .called = "SheetTest", .told = "acid;", .err = "it failed"},

    /* what ends */
    {"revoke-key", "id|revoke|--key|ab12|--reason|lost", .scene = {NULL, "({'text': <'T1\\nT2\\n'>, 'accounts': <int64 2>, 'accounts-left': <int64 1>},)"}, .code = 0, .called = "RemoveKey('', 'ab12', 'lost')", .out = "T1\nT2\n", .err = "2 accounts have new keys.\n1 site could not be reached yet"},
    {"revoke-nothing", "id|revoke|me", .code = 2, .err = "say --key with one of its keys, or --sheet"},
    {"revoke-sheet", "id|revoke|me|--sheet|--successor|new|--words-fd|3", "acid bold\n", .scene = {NULL, "({'address': <'" K1 "'>, 'text': <'END'>},)", .reads = TRUE}, .code = 0, .called = "End('me', 'new', 0, {})", .told = "acid bold;", .out = "END\n", .err = "has ended, for good"},
    {"revoke-sheet-which", "id|revoke|--sheet", .code = 2, .err = "say which identity ends"},
    {"passphrase", "id|passphrase|--passphrase-fd|3", "old\nnew\n", .scene = {NULL, "", .reads = TRUE}, .code = 0, .called = "SetPassphrase", .told = "old|new;", .out = "sealed by the new passphrase"},
    {"passphrase-remove", "id|passphrase|--remove|--passphrase-fd|3", "old\n", .scene = {NULL, "", .reads = TRUE}, .code = 0, .called = "SetPassphrase", .told = "old|;", .out = "no longer sealed"},
    {"unlock", "id|unlock|--passphrase-fd|3", "old\n", .scene = {NULL, "", .reads = TRUE}, .code = 0, .called = "Unlock", .told = "old;", .out = "unlocked"},

    /* between machines and people */
    {"export", "id|export", .scene = {NULL, "({'text': <'A\\u001b[2J\\nB\\n'>, 'qr': <['N2:A']>},)"}, .code = 0, .called = "Export('', {})", .out = "A\xef\xbf\xbd[2J\nB\n"},
    {"import", "id|import|/dev/stdin", .scene = {NULL, "({'what': <'vouch'>, 'address': <'" K1 "'>},)"}, .code = 0, .called = "Import([],)", .out = K1 "  what somebody says about another"},
    {"import-absent", "id|import|/nowhere", .code = 3, .err = "there is no such file"},
    {"draw", "id|draw|me", .scene = {NULL, "({'text': <'T'>, 'key': <'ab'>},)"}, .code = 0, .called = "Draw('me',)", .out = "T\n", .err = "net2o id add"},
    {"add", "id|add|/dev/stdin|--identity|me", .scene = {NULL, "({'text': <'T'>, 'key': <'ab'>},)"}, .code = 0, .called = "Add('me', [])", .out = "T\n", .err = "net2o id import"},
    {"export-own", "id|export|me|--own", .scene = {NULL, "({'text': <'A\\nB\\n'>},)"}, .code = 0, .called = "Export('me', {'own': <true>})", .out = "A\nB\n"},
    {"join", "id|join|" K1 "|--name|laptop", .scene = {NULL, "({'address': <'" K1 "'>, 'text': <'A\\nB\\n'>},)"}, .code = 0, .called = "Join('" K1 "', {'name': <'laptop'>})", .out = "A\nB\n", .err = "This machine is one of yours now, and has your accounts at sites."},
    {"join-lacks", "id|join|" K1, .scene = {NULL, "({'address': <'" K1 "'>, 'text': <'A\\nB\\n'>, 'lacks-vault': <true>},)"}, .code = 0, .called = "Join('" K1 "', {})", .out = "A\nB\n", .err = "Your accounts at sites are missing here."},
    {"join-file", "id|join|/nowhere", .code = 3, .err = "there is no such file"},
    {"pair-yes", "id|pair|me|--words-fd|3", "yes\n", .scene = {"words", "({'address': <'" K1 "'>},)"}, .code = 0, .called = "Pair('me', {})", .told = "words{'same': <true>};", .out = K1 " has this device too now.", .err = "acid bold cake"},
    {"pair-no", "id|pair|--with|net2o://" K1 "/|--words-fd|3", "no\n", .scene = {"words", "!-13"}, .code = 6, .called = "'with': <'net2o://", .told = "words{'same': <false>};", .err = "it failed"},
    {"pair-typed", "id|pair|me", .typed = "Type yes if it does:>yes\n", .scene = {"words", "({'address': <'" K1 "'>},)"}, .code = 0, .called = "Pair", .told = "words{'same': <true>};", .out = "acid bold cake"},
    {"pair-nobody", "id|pair|me", .scene = {"words", "({'address': <'" K1 "'>},)"}, .code = 4, .called = "Pair", .told = "no;", .err = "nobody is there to compare the words"},
    {"pair-both", "id|pair|me|--with|x", .code = 2, .err = "name your identity on the old machine"},
    {"vouch", "id|vouch|" K1 "|--name|Ann|--days|30", .scene = {NULL, "({'text': <'T'>, 'until': <int64 5>},)"}, .code = 0, .called = "Vouch('', '" K1 "', {", .out = "T\n"},
    {"accounts", "id|accounts", .scene = {NULL, "([{'site': <'" K1 "'>, 'name': <'wiki'>, 'as': <'account'>, 'last': <int64 1700000000000000>}],)"}, .code = 0, .called = "Accounts", .out = "wiki  a key of its own  2023-11-14"},
    {"forget", "id|forget|wiki", .scene = {NULL, ""}, .code = 0, .called = "Forget('wiki',)"},
    {"nobody-by-default", "id|login", .scene = {"log-in", "(5,)"}, .code = 0, .called = "SignIn", .told = "log-in{'as': <'nobody'>};", .out = ""},

    /* tokens */
    {"enrol", "token|enrol|000612345678|--identity|me|--touch|sign,login|--method|ed25519|--replace", .scene = {NULL, "({'reader': <'Reader 0'>, 'id': <'" ID_A "'>, 'state': <'ok'>, 'title': <'Token A'>},)"}, .code = 0, .called = "Enrol('" ID_A "', 'me', {", .out = "Reader 0  Token A"},
    {"enrol-which", "token|enrol", .code = 2, .err = "there are several tokens. Say which one"},
    {"backup", "token|backup|Reader 1|--identity|me", .scene = {NULL, "({'reader': <'Reader 1'>},)"}, .code = 0, .called = "Backup('" ID_B "', 'me')", .out = ""},
    {"clone", "token|clone|Reader 0|Reader 1|--identity|me", .scene = {NULL, "([],)"}, .code = 0, .called = "Clone(['" ID_A "', '" ID_B "'], 'me', {})"},
    {"clone-one", "token|clone|Reader 0", .code = 2, .err = "a word is missing"},
    {"touch", "token|touch|Reader 0|login|on", .scene = {NULL, ""}, .code = 0, .called = "SetTouch('" ID_A "', 'login', 'on', false)", .out = "That is set."},
    {"touch-slot", "token|touch|Reader 0|wash|on", .code = 2, .err = "it is sign, login or open"},
    {"touch-fixed", "token|touch|Reader 0|login|fixed", .code = 4, .err = "nothing but new keys takes it back, ever"},
    {"touch-fixed-consent", "token|touch|Reader 0|login|fixed|--consent", .scene = {NULL, ""}, .code = 0, .called = "'fixed', true", .out = ""},
};
/* clang-format on */

/* ---- running it ---- */

static void
set_up(fixture *f, gconstpointer data)
{
    (void)data;
    f->dir = g_dir_make_tmp("n2-orders-XXXXXX", NULL);
    f->peer = fake_peer_new(f->dir);
    f->screen = g_string_new(NULL);
    f->terminal = -1;
}

static void
tear_down(fixture *f, gconstpointer data)
{
    g_autofree char *socket = g_build_filename(f->dir, "bus", NULL);
    (void)data;

    fake_peer_free(f->peer);
    g_unlink(socket);
    g_rmdir(f->dir);
    g_free(f->dir);
    g_free(f->out);
    g_free(f->err);
    g_string_free(f->screen, TRUE);
}

/* A pipe that holds @text, as a descriptor for the child. */
static int
pipe_of(const char *text)
{
    int ends[2];
    gsize len = strlen(text);

    g_assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
    g_assert_cmpint(write(ends[1], text, len), ==, (gssize)len);
    close(ends[1]);
    return ends[0];
}

/* No terminal of whoever runs the test is this one's. */
static void
leave_terminal(gpointer user_data)
{
    (void)user_data;
    (void)setsid();
}

static void
on_exit_cb(GObject *source, GAsyncResult *result, gpointer user_data)
{
    fixture *f = user_data;
    GSubprocess *process = G_SUBPROCESS(source);
    g_autoptr(GError) error = NULL;

    g_subprocess_communicate_utf8_finish(process, result, &f->out, &f->err, &error);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_get_if_exited(process));
    f->code = g_subprocess_get_exit_status(process);
    f->is_over = TRUE;
}

/* Types when the prompt stands there, and no echo is left on for a PIN. */
static gboolean
on_screen_cb(int fd, GIOCondition condition, gpointer user_data)
{
    fixture *f = user_data;
    char buf[4096];
    gssize n = read(fd, buf, sizeof buf);
    (void)condition;

    if (n > 0)
        g_string_append_len(f->screen, buf, n);
    if (!f->type || !*f->type)
        return G_SOURCE_CONTINUE;
    const char *to = strchr(f->type, '>') + 1;
    const char *end = strchr(to, '|');
    g_autofree char *prompt = g_strndup(f->type, to - 1 - f->type);
    if (!strstr(f->screen->str, prompt))
        return G_SOURCE_CONTINUE;
    gsize len = end ? (gsize)(end - to) : strlen(to);
    g_assert_cmpint(write(fd, to, len), ==, (gssize)len);
    f->type = end ? end + 1 : "";
    return G_SOURCE_CONTINUE;
}

static GSubprocess *
spawn(fixture *f, const row *t, int slave)
{
    g_auto(GStrv) split = g_strsplit(t->words, "|", -1);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        slave < 0 ? G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE
                  : G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr(GError) error = NULL;

    g_ptr_array_add(argv, (char *)g_getenv("NET2O"));
    g_ptr_array_add(argv, (char *)"--profile");
    g_ptr_array_add(argv, f->dir);
    for (char **word = split; *word; word++)
        g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, NULL);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_subprocess_launcher_setenv(launcher, "TZ", "UTC", TRUE);
    g_subprocess_launcher_set_child_setup(launcher, leave_terminal, NULL, NULL);
    if (slave >= 0) {
        g_subprocess_launcher_take_stdin_fd(launcher, dup(slave));
        g_subprocess_launcher_take_stderr_fd(launcher, dup(slave));
    }
    if (t->fd3)
        g_subprocess_launcher_take_fd(launcher, pipe_of(t->fd3), 3);
    if (t->fd4)
        g_subprocess_launcher_take_fd(launcher, pipe_of(t->fd4), 4);
    GSubprocess *process =
        g_subprocess_launcher_spawnv(launcher, (const char *const *)argv->pdata, &error);
    g_assert_no_error(error);
    return process;
}

static gboolean
has_echo(int slave)
{
    struct termios now;

    g_assert_cmpint(tcgetattr(slave, &now), ==, 0);
    return (now.c_lflag & ECHO) != 0;
}

static void
run(fixture *f, const row *t, void (*meanwhile)(fixture *f))
{
    int slave = -1;
    guint source = 0;

    if (t->typed) {
        g_assert_cmpint(openpty(&f->terminal, &slave, NULL, NULL, NULL), ==, 0);
        source = g_unix_fd_add(f->terminal, G_IO_IN, on_screen_cb, f);
    }
    f->type = t->typed;
    fake_peer_play(f->peer, &t->scene);
    g_autoptr(GSubprocess) process = spawn(f, t, slave);
    const char *id = g_subprocess_get_identifier(process); /* NULL: it ended already */
    f->pid = id ? (GPid)g_ascii_strtoull(id, NULL, 10) : 0;
    g_subprocess_communicate_utf8_async(process, NULL, NULL, on_exit_cb, f);
    while (!f->is_over) {
        g_main_context_iteration(NULL, TRUE);
        if (meanwhile)
            meanwhile(f);
    }
    while (g_main_context_iteration(NULL, FALSE))
        ;
    if (slave >= 0) {
        g_assert_true(has_echo(slave)); /* as it was before */
        g_source_remove(source);
        close(slave);
        close(f->terminal);
    }
    g_test_message("net2o %s -> %d\nout: %s\nerr: %s\nterminal: %s\ncalled: %s\ntold: %s",
                   t->words, f->code, f->out, f->err, f->screen->str, fake_peer_called(f->peer),
                   fake_peer_told(f->peer));
}

/* What was typed blind is on no screen. */
static void
check_blind(const fixture *f, const row *t)
{
    static const char *const pins[] = {"1234", "56789", "56780", "abc\n", "abd\n"};

    for (guint i = 0; t->typed && i < G_N_ELEMENTS(pins); i++)
        if (strstr(t->typed, pins[i]) && !strstr(t->name, "-last-no"))
            g_assert_null(strstr(f->screen->str, pins[i]));
    g_assert_null(strstr(f->screen->str, "\033[2J")); /* a name drives no terminal */
}

static void
test_row(fixture *f, gconstpointer data)
{
    const row *t = data;
    const char *out = t->typed ? "" : f->out;

    run(f, t, NULL);
    g_assert_cmpint(f->code, ==, t->code);
    if (t->called)
        g_assert_nonnull(strstr(fake_peer_called(f->peer), t->called));
    else
        g_assert_cmpstr(fake_peer_called(f->peer), ==, "");
    g_assert_cmpstr(fake_peer_told(f->peer), ==, t->told ? t->told : "");
    out = f->out;
    g_assert_null(strstr(out, "1234\n"));
    if (t->out)
        g_assert_true(strstr(out, t->out) || strstr(f->screen->str, t->out));
    else
        g_assert_cmpstr(out, ==, "");
    if (t->typed)
        g_assert_true(!t->err || strstr(f->screen->str, t->err));
    else if (t->err)
        g_assert_nonnull(strstr(f->err, t->err));
    else
        g_assert_cmpstr(f->err, ==, "");
    check_blind(f, t);
}

/* ---- what takes more than a row ---- */

static void
interrupt_at_prompt(fixture *f)
{
    if (f->pid && strstr(f->screen->str, "left):")) {
        kill(f->pid, SIGINT);
        f->pid = 0;
    }
}

/* That a program has ended and that its connection did may be heard in any order. */
static void
wait_left(const fixture *f)
{
    while (!fake_peer_is_left(f->peer))
        g_main_context_iteration(NULL, TRUE);
}

/* Ctrl-C while a PIN is wanted: the terminal echoes again, and the node is left at once. */
static void
test_interrupt(fixture *f, gconstpointer data)
{
    const row t = {"interrupt", "id|login", .typed = "", .scene = {"pin:3", "(5,)"}};
    (void)data;

    run(f, &t, interrupt_at_prompt);
    g_assert_cmpint(f->code, ==, 7);
    wait_left(f);
    g_assert_nonnull(strstr(f->screen->str, "it was cancelled"));
}

static void
interrupt_at_touch(fixture *f)
{
    if (f->pid && strstr(f->screen->str, "Touch T.")) {
        kill(f->pid, SIGTERM);
        f->pid = 0;
    }
}

static void
test_interrupt_touch(fixture *f, gconstpointer data)
{
    const row t = {"interrupt-touch", "id|login", .typed = "",
                   .scene = {"touch@T:15", "(5,)", .is_mute = TRUE}};
    (void)data;

    run(f, &t, interrupt_at_touch);
    g_assert_cmpint(f->code, ==, 7);
    wait_left(f);
}

/* A line longer than a secret may be is none. */
static void
test_long_line(fixture *f, gconstpointer data)
{
    g_autofree char *line = g_strnfill(2000, '1');
    const row t = {"long", "id|login|--pin-fd|3", line, .scene = {"pin:3", "(5,)"}};
    (void)data;

    run(f, &t, NULL);
    g_assert_cmpint(f->code, ==, 7);
    g_assert_cmpstr(fake_peer_told(f->peer), ==, "no;");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/cli-orders/", rows[i].name, NULL);
        g_test_add(path, fixture, &rows[i], set_up, test_row, tear_down);
    }
    g_test_add("/cli-orders/interrupt", fixture, NULL, set_up, test_interrupt, tear_down);
    g_test_add("/cli-orders/interrupt-touch", fixture, NULL, set_up, test_interrupt_touch,
               tear_down);
    g_test_add("/cli-orders/long-line", fixture, NULL, set_up, test_long_line, tear_down);
    return g_test_run();
}
