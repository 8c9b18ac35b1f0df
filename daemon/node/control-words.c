/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-words.c - what went wrong and what to do next, in whole English sentences.
 *
 * Front ends translate these by looking them up as they are, so a text here has no parameters.
 */
#include "node/control-private.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

typedef struct {
    n2_err err;
    const char *why;
    const char *next;
} words;

static const words table[] = {
    {N2_ERR_NOTFOUND, N_("there is no such name, file or object"),
     N_("Check the spelling, or list the folder above it.")},
    {N2_ERR_NOWAY, N_("no path to this identity is known"),
     N_("Add the node as a peer with its key, or set a path by hand.")},
    {N2_ERR_UNREACHABLE, N_("there is no way to the other side at present"),
     N_("Check the link to the next node, then try again.")},
    {N2_ERR_TIMEOUT, N_("the other side does not answer"),
     N_("Trace the path to see which hop is gone, or try again later.")},
    {N2_ERR_CLOSED, N_("the other side closed the connection"), N_("Try again.")},
    {N2_ERR_FORGED, N_("what came was not signed by, or does not match, what was asked for"),
     N_("Nothing of it was kept or shown. Ask the owner, or try another way there.")},
    {N2_ERR_OLD, N_("what came is older than what was seen of it before"),
     N_("Nothing of it was shown. Try again later, or another machine of its owner.")},
    {N2_ERR_CORRUPT, N_("what is stored is damaged"),
     N_("Run a check of the store; what is damaged will be fetched anew.")},
    {N2_ERR_FORMAT, N_("it is not of the form it should have"),
     N_("Check the spelling; if it came from another node, tell its owner.")},
    {N2_ERR_TRUNCATED, N_("it ended too early"), N_("Try again.")},
    {N2_ERR_TRAILING, N_("something follows after its end"), N_("Try again.")},
    {N2_ERR_USAGE, N_("the request itself is wrong"), N_("See the help of this command.")},
    {N2_ERR_LIMIT, N_("a limit of this node is reached"), N_("Wait until other work is done.")},
    {N2_ERR_NOSPACE, N_("the disk or its quota is full"),
     N_("Free some space, then try again.")},
    {N2_ERR_NOMEM, N_("there is not enough memory"), N_("End other programs, then try again.")},
    {N2_ERR_REFUSED, N_("the other side does not allow it"), N_("Ask its owner.")},
    {N2_ERR_EXISTS, N_("it exists already"), N_("Take another name.")},
    {N2_ERR_FROZEN, N_("the keys of this identity are in dispute, so nothing new of it counts"),
     N_("Ask its owner, by another way, to end it with the recovery sheet.")},
    {N2_ERR_ENDED, N_("its owner has ended this identity with the recovery sheet"),
     N_("Ask its owner, by another way, who to go on with.")},
    {N2_ERR_UNSUPPORTED, N_("a method that this program does not know"),
     N_("A newer version of the program may know it.")},
    {N2_ERR_VERSION, N_("it was made by a newer version of the program"),
     N_("Update the program.")},
    {N2_ERR_IO, N_("the disk refused a read or a write"),
     N_("Check the disk: it may be failing, or mounted read-only.")},
    {N2_ERR_STATE, N_("this is not possible now"), N_("Try again in a moment.")},
    {N2_ERR_BUDGET, N_("the other side is busy"), N_("Try again in a moment.")},
    {N2_ERR_BUSY, N_("something else is using it"), N_("Try again in a moment.")},
    {N2_ERR_CANCELLED, N_("it was cancelled"), ""},
    {N2_ERR_TOKEN, N_("a token is needed"), N_("Insert the token, then try again.")},
};

const char n2_words_near_why[] = N_("this node does not listen to its local network");
const char n2_words_near_next[] = N_("Set network.local to 1 or 2 in net2o.conf.");
const char n2_words_switch_why[] = N_("this node is a switch without users: it has no store");
const char n2_words_switch_next[] =
    N_("Ask another node, or start this one with --set node.mode=node.");

const char n2_words_long_address_why[] = N_("this address is too long");
const char n2_words_long_address_next[] = N_(
    "Its name has 8 parts of 63 bytes at most, its path 64 names, and all of it 4096 bytes.");

const char n2_words_long_way_why[] =
    N_("the labels of all switches on this way need more than 58 bits");
const char n2_words_long_way_next[] =
    N_("Take a shorter way, or one by switches with fewer ports.");

const char n2_words_nobody_why[] =
    N_("a PIN, a passphrase or an answer is wanted, and there is nobody to be asked");
const char n2_words_nobody_next[] = N_("Do it at a terminal or in the browser.");

const char n2_words_nobody_asks_why[] = N_("nobody waits for this answer any more");
const char n2_words_nobody_asks_next[] = N_("Do again what asked for it.");

const char n2_words_cut_why[] = N_("what was typed did not come whole, so nothing was done");
const char n2_words_cut_next[] = N_("Type it again.");

const char n2_words_locked_why[] = N_("the keys of this node are locked");
const char n2_words_locked_next[] = N_("Unlock them with their passphrase.");

const char n2_words_not_own_why[] = N_("no own identity has this name");
const char n2_words_not_own_next[] = N_("List the identities that are here.");

const char n2_words_no_key_why[] = N_("this identity has no such key");
const char n2_words_no_key_next[] = N_("Show the identity, with its keys.");
const char n2_words_last_key_why[] = N_("it is the last key that can change this identity");
const char n2_words_last_key_next[] =
    N_("Enrol another token first, or end the identity with the recovery sheet.");

const char n2_words_moved_why[] =
    N_("its owner has ended this identity with the recovery sheet, and named a successor");
const char n2_words_moved_next[] =
    N_("See 'net2o id trust' with this address: it says who that is.");

const char n2_words_owned_why[] = N_("keys of an own identity are on this token");
const char n2_words_owned_next[] = N_("Remove them from the identity first.");
const char n2_words_has_keys_why[] = N_("there are keys on this token already");
const char n2_words_has_keys_next[] =
    N_("Take another token, or say that the keys on it may be lost for good.");

const char n2_words_asks_why[] = N_("it may be another than the one whom you mean");
const char n2_words_asks_next[] =
    N_("See 'net2o id trust' with this address; with --accept you go on with it.");

const char n2_words_self_why[] = N_("this is the node itself, and no node links to itself");
const char n2_words_self_next[] = N_("Give the address and key of the other node.");

const char n2_words_closed_why[] = N_("only some may read it: it is not there, or not for you");
const char n2_words_closed_next[] =
    N_("Ask its owner to be let in, and show that node who you are (node.show-identity).");
const char n2_words_list_why[] = N_("this does not say who may read");
const char n2_words_list_next[] =
    N_("Write identities (k1-...), names of yours, accounts (a1-...) or groups (h1-...) with "
       "commas between them, or public.");
const char n2_words_group_why[] = N_("a group of this list is not here, or is no list");
const char n2_words_group_next[] =
    N_("Name a group by what attr list shows as its list; it may hold groups, three deep.");
const char n2_words_lost_why[] = N_("it was published here, but its stored copy was damaged");
const char n2_words_lost_next[] = N_("Publish the folder again.");

static const words *
find(n2_err err)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].err == err)
            return &table[i];
    return NULL;
}

const char *
n2_words_why(n2_err err)
{
    const words *w = find(err);

    return w ? w->why : n2_err_text(err);
}

const char *
n2_words_next(n2_err err)
{
    const words *w = find(err);

    return w ? w->next : "";
}
