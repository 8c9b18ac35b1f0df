/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * help.c - the commands and what --help says about each: under 24 lines, as a manual would.
 */
#include <glib/gi18n.h>

#include "cli/cli.h"

/* clang-format off */
const N2CliCommand n2_cli_commands[] = {
    {"status", n2_cli_status, N_(
"net2o status - the node, its links and connections, its store\n"
"\n"
"  net2o status [--verbose] [--json]\n"
"  net2o status switch [--json]   ports, load, queues, jams, reservations, trees: now\n"
"\n"
"Text shows what a person wants to know, of the limits those that are in use or\n"
"turned somebody away; --verbose shows all of them, --json also every counter.\n")},
    {"fsck", n2_cli_fsck, N_(
"net2o fsck - verify everything the node has stored\n"
"\n"
"  net2o fsck [--cut] [--json]\n"
"\n"
"Reads all of it. What is damaged is set aside, and fetched anew when somebody\n"
"asks for it; what can be mended is. Where no node runs net2od looks by itself.\n"
"If it says that some of the newest changes are damaged, --cut goes back to what\n"
"was before them, and keeps a copy; the node must not run then.\n"
"Exit code 6 if anything was damaged.\n")},
    {"id", n2_cli_id, N_(
"net2o id - who you are\n"
"\n"
"  net2o id list                    your identities, the default one marked\n"
"  net2o id show [NAME|k1-...]      one, with its keys and where they are\n"
"  net2o id new NAME                a new one; NAME is for you alone\n"
"  net2o id login|logout [NAME]     a key for some hours; gone at once\n"
"  net2o id settings                for how many hours, and what ends it before\n"
"  net2o id sheet [NAME]            the recovery sheet: print it, then test it\n"
"  net2o id revoke ...              a lost device or token; the end by the sheet\n"
"  net2o id passphrase|unlock       what seals the keys on this disk\n"
"  net2o id export|import           statements as text or QR code\n"
"  net2o id draw|add|pair|join      the same identity on another machine\n"
"  net2o id vouch WHO               say that you met somebody\n"
"  net2o id contact, trust WHO      whom you know; why to trust somebody\n"
"  net2o id accounts                where you logged in; net2o id forget SITE\n"
"\n"
"An identity's address, k1-..., is what others need to find what you publish. Private\n"
"keys never leave the process that keeps them, or the token. 'net2o id new --help' tells\n"
"more, and so on. PINs are asked for in the terminal, or given by --pin-fd N: 'net2o\n"
"token --help'. Exit code 7: a token is needed, absent, blocked or cancelled.\n")},
    {"id new", n2_cli_id, N_(
"net2o id new - a new identity\n"
"\n"
"  net2o id new NAME [--method ed25519|ed448] [--passphrase]\n"
"  net2o id new NAME --token TOKEN [--token TOKEN] [--touch SLOT,...]\n"
"          [--replace|--keep]\n"
"\n"
"  --token TOKEN     make its keys on this token (its number, its reader, or any); twice is\n"
"                    better: each gets keys of its own, and one can be lost\n"
"  --touch SLOT,...  sign, login, open: for these it asks for a touch\n"
"  --replace         keys that are on it already are lost\n"
"  --keep            they are used, whoever made them, say gpg\n"
"  --passphrase      ask for one that seals the keys of this machine\n"
"  --passphrase-fd N the same, from descriptor N; PINs: --pin-fd, --admin-pin-fd\n"
"\n"
"NAME is for you alone. Print its recovery sheet at once: 'net2o id sheet NAME'.\n")},
    {"id login", n2_cli_id, N_(
"net2o id login - sign in\n"
"\n"
"  net2o id login [NAME] [--hours 1-24] [--pin-fd N]\n"
"\n"
"Your token, or this machine's key, certifies a key that speaks for you for some hours.\n"
"Logging out erases it. Servers need none: they run on the keys of their machine.\n")},
    {"id logout", n2_cli_id, N_(
"net2o id logout - sign out\n"
"\n"
"  net2o id logout [NAME] | --all\n"
"\n"
"The key of this session is erased and its connections are closed when this returns. A\n"
"copy that somebody stole before lives until its end, a day at most.\n")},
    {"id settings", n2_cli_id, N_(
"net2o id settings - what sign-ins are like, and who publishes\n"
"\n"
"  net2o id settings [--hours N] [--token-removed yes|no] [--screen-locked yes|no]\n"
"                    [--publisher NAME]\n"
"\n"
"Without options it says how they are now. They are kept by the node.\n"
"\n"
"  --hours N         how long a sign-in lasts that says nothing else: 1 to 24\n"
"  --token-removed   a token that is pulled signs out: yes (at first) or no\n"
"  --screen-locked   a locked screen signs out: yes (at first) or no\n"
"  --publisher NAME  as which of your identities folders are published: at first the\n"
"                    default one\n"
"\n"
"What net2o.conf says stays: change it there.\n")},
    {"id sheet", n2_cli_id, N_(
"net2o id sheet - the recovery sheet\n"
"\n"
"  net2o id sheet [NAME] [--qr|--no-qr]    13 words and a QR code: print them\n"
"  net2o id sheet [NAME] --test            type the words; right: erased here\n"
"\n"
"The sheet can end the identity and name the one that follows, and nothing else; no\n"
"other key can. Until it was printed and tested this machine keeps it, sealed.\n"
"  --words-fd N   the words from descriptor N, for programs\n"
"With --json: words, qr.\n")},
    {"id revoke", n2_cli_id, N_(
"net2o id revoke - a key that is gone, or all of an identity\n"
"\n"
"  net2o id revoke [NAME] --key ID [--reason gone|lost|replaced]\n"
"  net2o id revoke NAME|k1-... --sheet [--successor NAME|k1-...] [--statements FILE]\n"
"\n"
"--key: this key does not count any more, and your accounts move to new ones; lost means\n"
"stolen too. IDs: 'net2o id show'.\n"
"--sheet: for good, by the words of the recovery sheet, asked for in the terminal or read\n"
"from --words-fd N; also on an empty machine, with what 'net2o id export' printed once as\n"
"FILE. Your contacts follow the successor. Prints the end as text.\n")},
    {"id passphrase", n2_cli_id, N_(
"net2o id passphrase - what seals the keys on this disk\n"
"\n"
"  net2o id passphrase [--remove]\n"
"\n"
"Asks for the old one, if there is one, and for the new one; says how much guessing that\n"
"withstands. Then 'net2o id unlock' is needed whenever the node starts.\n"
"  --passphrase-fd N   both from descriptor N, a line each\n")},
    {"id unlock", n2_cli_id, N_(
"net2o id unlock - unseal the keys after the node started\n"
"\n"
"  net2o id unlock [--passphrase-fd N]\n")},
    {"id export", n2_cli_id, N_(
"net2o id export - all that is signed about an identity; public\n"
"\n"
"  net2o id export [NAME|k1-...] [--own] [--qr]\n"
"\n"
"Text for mail or a file, which 'net2o id import' reads; --qr draws codes instead. --own:\n"
"for another machine of yours, with what opens your accounts at sites, sealed.\n")},
    {"id import", n2_cli_id, N_(
"net2o id import - read what another machine or person gave you\n"
"\n"
"  net2o id import FILE|-\n"
"\n"
"Text, QR text or bytes: an identity, what somebody says about another, the end of one,\n"
"or the answer to 'net2o id draw'. All of it is verified; says what it was.\n")},
    {"id draw", n2_cli_id, N_(
"net2o id draw - a key of this machine for an identity that lives elsewhere\n"
"\n"
"  net2o id draw NAME [--qr]             here; take the text to the other machine\n"
"  net2o id add FILE|- [--identity NAME] there; bring back what that prints\n"
"  net2o id import FILE|-                here\n"
"\n"
"By a connection and three words instead: 'net2o id pair'; by a token: 'net2o id join'.\n")},
    {"id pair", n2_cli_id, N_(
"net2o id pair - the same identity on a second machine, by three words\n"
"\n"
"  net2o id pair NAME [--name LABEL]                 on the machine that has it\n"
"  net2o id pair --with net2o://k1-.../ [--name LABEL]   on the new one\n"
"\n"
"Both show three words. If they are the same nobody is in between: type yes on both.\n"
"There is one try. --words-fd N reads the yes from descriptor N, for programs, which\n"
"find the words on standard error (--json: an object with ask and options).\n")},
    {"id join", n2_cli_id, N_(
"net2o id join - the same identity on a second machine, by its token\n"
"\n"
"  net2o id join k1-...|FILE|- [--name LABEL]\n"
"\n"
"Plug in the token on this machine: its signing key makes a key of this machine one of the\n"
"identity's, and no other machine has to be on. What the identity says about its keys comes\n"
"from a file of 'net2o id export --own', or is asked for where it is served. Your other machines\n"
"hear of it by what this prints, with 'net2o id import' there.\n")},
    {"id vouch", n2_cli_id, N_(
"net2o id vouch - say that you met somebody\n"
"\n"
"  net2o id vouch NAME|k1-... [--name NAME] [--days N] [--identity NAME]\n"
"                 [--scope met|audit|zone|domain|mail] [--claim TEXT] [--undo]\n"
"\n"
"Signs that you met them as NAME. Who marked you as somebody who introduces people is\n"
"shown that. --undo takes it back. Prints the statement as text, for those who have\n"
"the other one; --qr draws it.\n")},
    {"id contact", n2_cli_id, N_(
"net2o id contact - whom you know\n"
"\n"
"  net2o id contact                 all of them\n"
"  net2o id contact NAME|k1-... [--name NAME] [--met] [--met-on 2026-05-31]\n"
"                   [--introduces] [--audits] [--not met|introduces|audits|name]\n"
"  net2o id contact NAME|k1-... --remove\n"
"  net2o id contact --forget-met    whom this machine met under which name\n"
"\n"
"  --name NAME     what you call them, a name without a dot\n"
"  --met           you have met them in person, and compared their address\n"
"  --introduces    what they say of others, whom they met, counts for you\n"
"  --audits        what they found out about others does\n"
"  --not MARK      takes a mark back\n"
"\n"
"All of this stays on this machine.\n")},
    {"id trust", n2_cli_id, N_(
"net2o id trust - who vouches for whom, and how a key came to be known\n"
"\n"
"  net2o id trust ADDRESS [--for read|log-in|write|script|install|pay] [--accept]\n"
"\n"
"Says whether anything stands against it, and all that is known: met in person,\n"
"introduced by somebody, first seen on a day, ended, another one than before.\n"
"\n"
"  --accept        the name means this one from now on, whoever had it before\n")},
    {"peer", n2_cli_peer, N_(
"net2o peer - links to other nodes\n"
"\n"
"  net2o peer add udp:HOST:PORT [k1-...]   link to the node there, now and at each start\n"
"  net2o peer list                         the links and how they are\n"
"  net2o peer remove udp:HOST:PORT|k1-...  end it, and forget it\n"
"\n"
"A k1-... says who must be there; then no path has to be set for it. A node on the\n"
"same Ethernet, without Internet addresses: eth:INTERFACE/02:00:00:00:00:01.\n")},
    {"neighbours", n2_cli_neighbours, N_(
"net2o neighbours - who is in the same local network, and what they offer\n"
"\n"
"  net2o neighbours           all that were heard lately\n"
"  net2o neighbours SERVICE   who offers it: files, names, mail, channels, ...\n"
"\n"
"Nobody has to set anything: nodes that offer something say so, and this one listens\n"
"(network.local and network.offers in net2o.conf). A key that is claimed is proven by\n"
"the first connection. 'net2o ls net2o://k1-.../' opens what a neighbour publishes.\n")},
    {"path", n2_cli_path, N_(
"net2o path - the way to another node\n"
"\n"
"  net2o path NAME|k1-...           the way, each switch asked whether it answers\n"
"  net2o path                       all that were set by hand\n"
"  net2o path set k1-... PORT/BITS... [or PORT/BITS...]\n"
"                                   set one, the first switch first (your own), and\n"
"                                   others behind it, for when it fails\n"
"  net2o path unset k1-...\n"
"\n"
"PORT is the one by which the switch is left, BITS its label width. The first hop\n"
"that is silent is the one that is gone. What is set by hand stays for good.\n"
"\n"
"  net2o path set k1-... 1/4 3/2 or 2/4 1/2\n")},
    {"name", n2_cli_name, N_(
"net2o name - personal names, and names of zones\n"
"\n"
"  net2o name set NAME k1-...   call this identity NAME, above every zone\n"
"  net2o name unset NAME\n"
"  net2o name list\n"
"  net2o name lookup NAME       whom it means, and who says so\n"
"  net2o name root add SUFFIX k1-ZONE [k1-SERVER...]   this zone speaks for names\n"
"                               that end so; . is all that nobody else speaks for\n"
"  net2o name root remove SUFFIX | list\n"
"  net2o name root offered      zones that the local network names: add one if you\n"
"                               trust it\n"
"\n"
"  net2o name set friend k1-...\n"
"  net2o show net2o://friend/\n")},
    {"switch", n2_cli_switch, N_(
"net2o switch - this node's switch\n"
"\n"
"  net2o switch label ...     virtual labels: longer ways, several servers\n"
"  net2o switch filter ...    what may pass\n"
"  net2o switch tree ...      multicasts, sent or followed\n"
"  net2o switch channel ...   broadcasts, sent or followed, and where they may pass\n"
"\n"
"'net2o switch label --help' tells more, and so on. Its live state: net2o status switch.\n")},
    {"switch label", n2_cli_switch, N_(
"net2o switch label - virtual labels of this node's switch\n"
"\n"
"  net2o switch label [list]\n"
"  net2o switch label set LABEL to PORT [PORT/BITS...]   hides the switches behind it\n"
"  net2o switch label set LABEL any LABEL...             spreads over these\n"
"  net2o switch label unset LABEL\n"
"  net2o switch label hide|show PORT   what has no label there shows no way back\n"
"\n"
"Until the node ends; for good in net2o.conf: switch.labels.\n")},
    {"switch filter", n2_cli_switch, N_(
"net2o switch filter - what may pass this node's switch\n"
"\n"
"  net2o switch filter [list]          the rules, and what they met\n"
"  net2o switch filter set FILE|-      these and no others; the first that fits decides\n"
"  net2o switch filter unset\n"
"\n"
"A rule, one a line:\n"
"  allow|deny [in PORT[-PORT]] [out PORT[-PORT]] [to PORT/BITS,...] [from PORT/BITS,...]\n"
"    [form short,long,sealed] [mode unicast,multicast,broadcast,control]\n"
"    [class urgent,high,default,low] [size 32,128,512,2048]\n"
"\n"
"Until the node ends; for good in net2o.conf: switch.filter.\n")},
    {"switch tree", n2_cli_switch, N_(
"net2o switch tree - multicasts: one sends, those who joined get it\n"
"\n"
"  net2o switch tree [list]                   those of this node, and how they come\n"
"  net2o switch tree open [TREE]              this node is the source; prints its number\n"
"  net2o switch tree close TREE\n"
"  net2o switch tree join TREE NAME|k1-...    follow it; its source is there\n"
"  net2o switch tree leave TREE\n"
"  net2o switch tree probe TREE [COUNT]       send some packets, which followers count\n"
"\n"
"TREE is up to 16 hexadecimal digits. If a switch on the way has no room the source\n"
"sends by unicast meanwhile, and the list says so. Until the node ends.\n"
"Exit code 3 if there is none, 5 if nobody answers, 8 if all is full.\n"
"\n"
"  net2o switch tree join 3f0a9c5571d2e846 k1-...\n")},
    {"switch channel", n2_cli_switch, N_(
"net2o switch channel - broadcasts: numbers that are the same for all\n"
"\n"
"  net2o switch channel [list]\n"
"  net2o switch channel open CHANNEL [PORT]   it comes from here, or by this port\n"
"  net2o switch channel close CHANNEL\n"
"  net2o switch channel join CHANNEL|CHANNEL-CHANNEL NAME|k1-...   a range is a whole block\n"
"  net2o switch channel leave CHANNEL|CHANNEL-CHANNEL\n"
"  net2o switch channel probe CHANNEL [COUNT]\n"
"  net2o switch channel take PORT CHANNELS|none    these may come from there\n"
"  net2o switch channel block PORT CHANNELS|none   these do not pass there, neither way\n"
"  net2o switch channel ports                      what is said of the ports\n"
"\n"
"CHANNEL is below 16777216, also as 0x120000; below 256 they are of the LAN alone and\n"
"need no NAME. CHANNELS: 256-511,0x120000. Links that this node opened may bring all.\n"
"Until the node ends; for good in net2o.conf, [port N].\n"
"Exit code 3 if there is none, 4 if it may not pass, 5 if nobody answers, 8 if full.\n")},
    {"reserve", n2_cli_reserve, N_(
"net2o reserve - bandwidth on the way to somebody\n"
"\n"
"  net2o reserve NAME|k1-... RATE [--urgent]   for what this node sends there\n"
"  net2o reserve                               all that there are\n"
"  net2o reserve release NUMBER                give it back\n"
"\n"
"RATE is in bits a second: 4M, 500k, 64000. Every switch on the way keeps that much\n"
"free of others, or the first that can't says so, with its place and what it has.\n"
"Kept until it is given back or the node stops. Again, with another rate: changed.\n"
"A connection that goes another way takes it along; another class needs a release.\n"
"Exit code 4 if it is refused.\n"
"\n"
"  net2o reserve k1-... 4M\n")},
    {"publish", n2_cli_publish, N_(
"net2o publish - make a folder readable for others\n"
"\n"
"  net2o publish FOLDER [--name NAME] [--identity NAME] [--hidden] [--json]\n"
"\n"
"Prints the address by key, which always leads to the last tree you published, the\n"
"address by hash, which leads to this very one, and the one by name.\n"
"\n"
"  --name NAME       also set NAME as a personal name for it\n"
"  --identity NAME   as which of your identities; else as the one that \"net2o id\n"
"                    settings --publisher\" chose, or the default one\n"
"  --hidden          hidden files and folders too\n"
"\n"
"Left out, and said: sockets and devices, links that lead out of the folder,\n"
"names that cannot be published.\n")},
    {"get", n2_cli_get, N_(
"net2o get - fetch a file, or a folder\n"
"\n"
"  net2o get ADDRESS [-o FILE|FOLDER|-] [--as WHO] [--json]\n"
"  net2o get ADDRESS FOLDER [--as WHO] [--json]\n"
"\n"
"Writes it to standard output, or to FILE, which appears whole or not at all. Every\n"
"byte is verified before it is written. A folder gives its index page; with FOLDER\n"
"named, all that is in it: files that are there are replaced, others stay, links are\n"
"left out. If it breaks off, the same again fetches what is missing.\n"
"\n"
"  -o FILE   into this file; -o FOLDER: into it, under its own name\n"
"  -o -      to standard output as it is, even if that is a terminal\n"
"  --as WHO  if the site asks who you are: nobody (the default), account (a key for this\n"
"            site alone), k1-... (who you are); in a terminal you are asked\n"
"  --json    one object: address, type, size, hash, attributes, from, path, ms; on\n"
"            standard error if the file goes to standard output\n")},
    {"show", n2_cli_show, N_(
"net2o show - a page as text\n"
"\n"
"  net2o show ADDRESS [--as WHO] [--json]\n"
"\n"
"Pages are laid out for the terminal, their links numbered and listed at the end. A\n"
"folder shows its index page, or what is in it.\n"
"\n"
"  net2o show net2o://handbook.demo/\n")},
    {"ls", n2_cli_ls, N_(
"net2o ls - what is in a folder\n"
"\n"
"  net2o ls ADDRESS [--as WHO] [--json]\n"
"\n"
"With --json one object a line: name, kind, type, size, hash, attributes.\n")},
    {"find", n2_cli_find, N_(
"net2o find - what is published or pinned here, by what it is\n"
"\n"
"  net2o find QUERY... [--limit N] [--skip N] [--watch] [--json]\n"
"\n"
"  net2o find 'pond type:text changed:7d'\n"
"  net2o find -- type:audio 'artist:\"Can\" OR year:<1973' size:\\>1M sort:-size\n"
"\n"
"A word stands for all that begin with it, in name, title, attributes and the text of\n"
"pages; \"...\" for these very words. All terms must hold; OR, -TERM and (...) change that.\n"
"NAME:VALUE, NAME:<VALUE (<= > >=), NAME:VALUE..VALUE compare an attribute: name, title,\n"
"type, size (k M G), changed (2026-11, 2026-11-23, 7d: since then), path, or any other.\n"
"\n"
"  sort:NAME, sort:-NAME   up, down; without it the newest change comes first\n"
"  --limit N, --skip N     so many answers (100, at most 1000), after so many\n"
"  --watch                 goes on, and prints the answer whenever it is another one\n"
"  --json                  one object a line: address, name, title, kind, type, size,\n"
"                          changed, path, hash, tree, by, here, text, marks\n")},
    {"history", n2_cli_history, N_(
"net2o history - the versions of what somebody publishes\n"
"\n"
"  net2o history ADDRESS [--json]\n"
"\n"
"The newest first: number, time, which one counts, which machine published it, and\n"
"the address under which that version is read (ADDRESS?version=NUMBER). Asks who\n"
"publishes it; without an answer it tells the versions that are known here.\n"
"With --json one object a line: address, counter, time, hash, device, merges, current.\n")},
    {"sync", n2_cli_sync, N_(
"net2o sync - make one tree of what your machines published\n"
"\n"
"  net2o sync [IDENTITY] [--json]\n"
"\n"
"Fetches what another machine of IDENTITY (else of who publishes here) has\n"
"published, and joins it with what was published here; nothing is lost: of a file\n"
"that both changed, one gets the machine and the date behind its name. It happens\n"
"by itself when the machines meet.\n")},
    {"attr", n2_cli_attr, N_(
"net2o attr - attributes of files and folders\n"
"\n"
"  net2o attr list ADDRESS\n"
"  net2o attr get ADDRESS NAME\n"
"  net2o attr set ADDRESS NAME VALUE [--type TYPE]\n"
"  net2o attr set ADDRESS NAME --remove\n"
"  net2o attr set ADDRESS access WHO,WHO,...\n"
"  net2o attr set ADDRESS access public\n"
"\n"
"TYPE is text (the default), integer, time, bytes, reference, key or identity.\n"
"Only what you published can be changed; that publishes a new tree.\n"
"access: who may read a folder or file and what is in it, by its path and by its hash:\n"
"identities (k1-...) or names of yours, accounts (a1-...), groups (h1-...: the list of\n"
"another folder, as --json attr get ADDRESS access shows it).\n")},
    {"pin", n2_cli_pin, N_(
"net2o pin - keep a file, or a folder with all that is in it\n"
"\n"
"  net2o pin ADDRESS [--json]\n"
"\n"
"Fetches what is not here yet. It stays, whoever else has it, until 'net2o unpin'; the\n"
"address by hash that is printed leads to this very content.\n"
"If it is broken off, pin again: it goes on where it stopped.\n")},
    {"unpin", n2_cli_unpin, N_(
"net2o unpin - no longer keep what was pinned\n"
"\n"
"  net2o unpin ADDRESS [--json]\n"
"\n"
"The address by hash that 'net2o pin' printed, or any that leads to the same content.\n"
"What nothing else keeps goes from the disk; 'net2o why ADDRESS' says what does.\n")},
    {"why", n2_cli_why, N_(
"net2o why - what is kept here, and why\n"
"\n"
"  net2o why [ADDRESS] [--json]\n"
"\n"
"With an address: everything that keeps this content: a tree that you published, a pin,\n"
"that it was read. Without: how much each of them keeps. Each pays in full for what\n"
"others keep too, though it lies on the disk once.\n"
"\n"
"Exit code 3: nothing here keeps it.\n")},
    {"token", n2_cli_token, N_(
"net2o token - hardware tokens\n"
"\n"
"  net2o token list                  the card readers and what is in them\n"
"  net2o token enrol [TOKEN]         new keys on it: --identity NAME adds them to yours\n"
"  net2o token backup [TOKEN]        a second one for --identity NAME, keys of its own\n"
"  net2o token clone TOKEN TOKEN...  the same keys on all of them\n"
"  net2o token pin [TOKEN]           another PIN; --admin, --unblock\n"
"  net2o token touch [TOKEN] sign|login|open off|on|cached|fixed\n"
"\n"
"TOKEN: its number or its reader; not needed if there is one. enrol and clone: --method\n"
"ed25519, p256, ...; --touch sign,login,open; --replace: keys that are there are lost;\n"
"--keep (enrol): they are used.\n"
"'fixed' needs --consent: nothing but new keys takes it back.\n"
"PINs are asked for in the terminal, tries left first, or typed at the reader's keys.\n"
"  --pin-fd N, --admin-pin-fd N   a line for each PIN that is asked for, a new one after\n"
"                                 the old; never tried again when wrong\n"
"  --last-try                     go on although only one try is left\n"
"'list' needs no node, no PIN, and changes nothing. With --json one object a line: reader,\n"
"state (empty, mute, in-use, other, openpgp), serial; of a node id, tries, keys, owner.\n"
"Exit code 7: no token, or it is blocked, pulled out or cancelled.\n")},
    {NULL, NULL, NULL},
};
/* clang-format on */
