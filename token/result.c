/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * result.c - the names, errors and words of everything a token can fail with.
 */
#include "token/result.h"

#define N_(text) (text) /* marks it for translation; who shows it translates it */

typedef struct {
    const char *why, *next;
} words;

static const char *const names[N2_TOKEN_CODES] = {
#define X(name, value, word, err) [name] = (word),
    N2_TOKEN_LIST(X)
#undef X
};

static const n2_err errors[N2_TOKEN_CODES] = {
#define X(name, value, word, err) [name] = (err),
    N2_TOKEN_LIST(X)
#undef X
};

static const words said[N2_TOKEN_CODES] = {
    [N2_TOKEN_OK] = {"", ""},
    [N2_TOKEN_NO_SERVICE] = {N_("the smart card service does not run"),
                             N_("Install pcscd and start it.")},
    [N2_TOKEN_NOT_ALLOWED] = {N_("the rules of this machine keep you from its card readers"),
                              N_("Ask who looks after it for the polkit rule of pcscd.")},
    [N2_TOKEN_SERVICE_DIED] = {N_("the smart card service ended meanwhile"),
                               N_("Try again; if it stays away, start pcscd.")},
    [N2_TOKEN_SERVICE_FAULT] = {N_("the smart card service failed"), N_("Start pcscd again.")},
    [N2_TOKEN_NO_READER] = {N_("there is no token and no card reader"), N_("Plug one in.")},
    [N2_TOKEN_NO_CARD] = {N_("there is no card in the reader"), N_("Insert the token.")},
    [N2_TOKEN_MUTE] = {N_("what is in the reader does not answer"),
                       N_("Pull it out and insert it the right way round.")},
    [N2_TOKEN_PULLED] = {N_("the token was pulled out"), N_("Insert it, and try again.")},
    [N2_TOKEN_IN_USE] = {N_("another program holds the token for itself"),
                         N_("Close that program; gpg lets go of it with: gpgconf --kill "
                            "scdaemon")},
    [N2_TOKEN_NO_APPLET] = {N_("this card has no OpenPGP application"),
                            N_("Take a token that has one.")},
    [N2_TOKEN_APPLET_CHANGED] = {N_("another program chose another application of the token "
                                    "meanwhile"),
                                 N_("Close that program, and try again.")},
    [N2_TOKEN_SWITCHED_OFF] = {N_("a factory reset of this token was not finished"),
                               N_("Reset it once more.")},
    [N2_TOKEN_WRONG_CARD] = {N_("this is another token than the one asked for"),
                             N_("Insert the right one.")},
    [N2_TOKEN_KEY_ABSENT] = {N_("no token that is plugged in holds this key"),
                             N_("Plug in the token that does.")},
    [N2_TOKEN_KEY_MISSING] = {N_("the token has no key in this place"),
                              N_("Make one, or take another token.")},
    [N2_TOKEN_PIN_NEEDED] = {N_("the token needs its PIN for this"), N_("Give the PIN.")},
    [N2_TOKEN_PIN_WRONG] = {N_("the PIN is wrong"),
                            N_("Look how many tries are left before the next one.")},
    [N2_TOKEN_PIN_BLOCKED] = {N_("the PIN is blocked, as it was wrong too often"),
                              N_("Unblock it with the admin PIN or the reset code.")},
    [N2_TOKEN_PIN_LENGTH] = {N_("a PIN of this length cannot be right, and was not tried"),
                             N_("Give the PIN once more.")},
    [N2_TOKEN_PIN_LAST] = {N_("only one try is left before the PIN is blocked"),
                           N_("If you are sure, agree to the last try.")},
    [N2_TOKEN_PIN_HASHED] = {N_("the token wants its PINs hashed in a way that does not go "
                                "together with this"),
                             N_("Give the PIN at the computer, or switch the hashing off with "
                                "the program that set it.")},
    [N2_TOKEN_NO_PINPAD] = {N_("this reader has no keys for a PIN"),
                            N_("Give the PIN at the computer.")},
    [N2_TOKEN_PINPAD_TIMEOUT] = {N_("no PIN was typed at the reader in time"),
                                 N_("Try again.")},
    [N2_TOKEN_PINPAD_MISMATCH] = {N_("the new PINs typed at the reader differ"),
                                  N_("Try again.")},
    [N2_TOKEN_CANCELLED] = {N_("it was cancelled"), N_("Try again if you want it after all.")},
    [N2_TOKEN_TOUCH_TIMEOUT] = {N_("the token was not touched in time"),
                                N_("Try again, and touch it when it blinks.")},
    [N2_TOKEN_TOUCH_FIXED] = {N_("the touch cannot be switched off for this key"),
                              N_("Only a new key changes that.")},
    [N2_TOKEN_NO_ALGORITHM] = {N_("the token does not offer this kind of key"),
                               N_("Take another kind, or another token.")},
    [N2_TOKEN_NO_FUNCTION] = {N_("the token cannot do this"), N_("Take another token.")},
    [N2_TOKEN_CONSENT] = {N_("this cannot be undone, and nobody agreed to it"),
                          N_("Agree to it if you are sure.")},
    [N2_TOKEN_REFUSED] = {N_("the token refused it"),
                          N_("Look at the token with: net2o token list")},
    [N2_TOKEN_MEMORY] = {N_("the token's memory failed"), N_("Replace the token.")},
    [N2_TOKEN_MALFORMED] = {N_("the token gave an answer that makes no sense"),
                            N_("Try again; if it stays so, replace the token.")},
    [N2_TOKEN_WEAK] = {N_("the token agreed on a secret that everybody knows"),
                       N_("Somebody sent a bad key; the message cannot be opened.")},
    [N2_TOKEN_NOT_PROVEN] = {N_("what the token did does not fit its key"),
                             N_("Do not use this key; make a new one, or replace the token.")},
    [N2_TOKEN_USAGE] = {N_("the request itself is wrong"), N_("Report this as a fault.")},
    [N2_TOKEN_FULL] = {N_("too many requests wait for the token"),
                       N_("Wait until it is done with them.")},
    [N2_TOKEN_CLOSED] = {N_("the program is ending"), N_("Start it again.")},
};

static n2_token_code
known(n2_token_code code)
{
    return (unsigned)code < N2_TOKEN_CODES ? code : N2_TOKEN_USAGE;
}

const char *
n2_token_name(n2_token_code code)
{
    return names[known(code)];
}

n2_err
n2_token_err(n2_token_code code)
{
    return errors[known(code)];
}

const char *
n2_token_why(n2_token_code code)
{
    return said[known(code)].why;
}

const char *
n2_token_next(n2_token_code code)
{
    return said[known(code)].next;
}
