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
"net2o id - your identities\n"
"\n"
"  net2o id list            all of them, the default one marked\n"
"  net2o id show [NAME|k1-...]   one, with its keys; without a word the default one\n"
"  net2o id new NAME        a new one; NAME is for you alone\n"
"\n"
"An identity's address, k1-..., is what others need to find what you publish.\n"
"Private keys never leave the process that keeps them.\n")},
    {"peer", n2_cli_peer, N_(
"net2o peer - links to other nodes\n"
"\n"
"  net2o peer add udp:HOST:PORT [k1-...]   link to the node there, now and at each start\n"
"  net2o peer list                         the links and how they are\n"
"  net2o peer remove udp:HOST:PORT|k1-...  end it, and forget it\n"
"\n"
"A k1-... says who must be there; then no path has to be set for it. A node on the\n"
"same Ethernet, without Internet addresses: eth:INTERFACE/02:00:00:00:00:01.\n")},
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
"net2o name - personal names\n"
"\n"
"  net2o name set NAME k1-...   call this identity NAME, above every zone\n"
"  net2o name unset NAME\n"
"  net2o name list\n"
"\n"
"  net2o name set friend k1-...\n"
"  net2o show net2o://friend/\n")},
    {"publish", n2_cli_publish, N_(
"net2o publish - make a folder readable for others\n"
"\n"
"  net2o publish FOLDER [--name NAME] [--hidden] [--json]\n"
"\n"
"Prints the address by key, which always leads to the last tree you published, the\n"
"address by hash, which leads to this very one, and the one by name.\n"
"\n"
"  --name NAME   also set NAME as a personal name for it\n"
"  --hidden      hidden files and folders too\n"
"\n"
"Left out, and said: sockets and devices, links that lead out of the folder,\n"
"names that cannot be published.\n")},
    {"get", n2_cli_get, N_(
"net2o get - fetch a file\n"
"\n"
"  net2o get ADDRESS [-o FILE|FOLDER|-] [--json]\n"
"\n"
"Writes it to standard output, or to FILE, which appears whole or not at all. Every\n"
"byte is verified before it is written. A folder gives its index page.\n"
"\n"
"  -o FILE   into this file; -o FOLDER: into it, under its own name\n"
"  -o -      to standard output as it is, even if that is a terminal\n"
"  --json    one object: address, type, size, hash, attributes, from, path, ms; on\n"
"            standard error if the file goes to standard output\n")},
    {"show", n2_cli_show, N_(
"net2o show - a page as text\n"
"\n"
"  net2o show ADDRESS [--json]\n"
"\n"
"Pages are laid out for the terminal, their links numbered and listed at the end. A\n"
"folder shows its index page, or what is in it.\n"
"\n"
"  net2o show net2o://handbook.demo/\n")},
    {"ls", n2_cli_ls, N_(
"net2o ls - what is in a folder\n"
"\n"
"  net2o ls ADDRESS [--json]\n"
"\n"
"With --json one object a line: name, kind, type, size, hash, attributes.\n")},
    {"attr", n2_cli_attr, N_(
"net2o attr - attributes of files and folders\n"
"\n"
"  net2o attr list ADDRESS\n"
"  net2o attr get ADDRESS NAME\n"
"  net2o attr set ADDRESS NAME VALUE [--type TYPE]\n"
"  net2o attr set ADDRESS NAME --remove\n"
"\n"
"TYPE is text (the default), integer, time, bytes, reference, key or identity.\n"
"Only what you published can be changed; that publishes a new tree.\n")},
    {"token", n2_cli_token, N_(
"net2o token - hardware tokens\n"
"\n"
"  net2o token list   the card readers and what is in them; exit code 7 without a token\n"
"\n"
"Needs no node, no PIN, and changes nothing. With --json one object a line: reader,\n"
"state (empty, mute, in-use, other, openpgp), atr, serial.\n")},
    {NULL, NULL, NULL},
};
/* clang-format on */
