/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ask.h - something that an order waits for: a PIN, a touch, a token, a passphrase, words.
 *
 * Layer: app/model (no widgets).
 * Life:  made by a source, shown by whoever stands in front of the user, answered once by
 *        n2_ask_tell(), or ended by the source with n2_ask_close().
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** As daemon/keys/ask.h has them; org.net2o.Agent1 has words for them. */
typedef enum {
    N2_ASKS_PIN = 1,
    N2_ASKS_SIGN_PIN, /* to change who somebody is */
    N2_ASKS_LAST_PIN, /* wants consent */
    N2_ASKS_KEYPAD,
    N2_ASKS_TOUCH,
    N2_ASKS_INSERT,
    N2_ASKS_PASSPHRASE,
    N2_ASKS_NEW_PIN,    /* is typed twice */
    N2_ASKS_ADMIN_PIN,  /* with one try left: wants consent */
    N2_ASKS_RESET_CODE, /* the same */
    N2_ASKS_WORDS,      /* are the words at the other machine the same? */
    N2_ASKS_WANTS
} N2AskWant;

enum {
    N2_ASK_TRIES_UNKNOWN = 255,
    N2_ASK_AGREED = -2 /* told instead of a descriptor: the words are the same */
};

#define N2_TYPE_ASK (n2_ask_get_type())
G_DECLARE_FINAL_TYPE(N2Ask, n2_ask, N2, ASK, GObject)

struct _N2Ask {
    GObject parent_instance;
    N2AskWant want;
    char *token;        /* its name for people; "" unknown */
    guint tries;        /* left, or N2_ASK_TRIES_UNKNOWN */
    guint seconds;      /* in all; 0: no end is known */
    gint64 deadline_us; /* monotonic */
    char *same;         /* (nullable) three words, of WORDS */
    char *other;        /* (nullable) k1-... of the other machine */
    char *kept_as;      /* (nullable) what keyring.h may keep a passphrase as */
    gboolean is_again;  /* the last one was wrong */
    gboolean is_over;
};

/*
 * Signals:
 *   ::told (fd, is_last_allowed)   the answer; fd is -1 for a no, N2_ASK_AGREED for a yes, else
 * the handler's to close
 *   ::closed                       it is over, take it away
 */

/** The one that org.net2o.Agent1 calls @word; 0: none of these. */
N2AskWant n2_ask_want_read(const char *word);

/** @token: (nullable) (transfer none).  Returns: (transfer full). */
N2Ask *n2_ask_new(N2AskWant want, const char *token, guint tries, guint seconds);

/** The user's answer; the ask is over then.  @fd: consumed; -1: no. */
void n2_ask_tell(N2Ask *self, int fd, gboolean is_last_allowed);

/** For sources: nothing is waited for any more. */
void n2_ask_close(N2Ask *self);

gboolean n2_ask_wants_text(const N2Ask *self);

/** Is it the last try, which wants consent? */
gboolean n2_ask_is_last(const N2Ask *self);

/** Heading, and the sentences below it (static, translated; transfer full). */
const char *n2_ask_peek_title(const N2Ask *self);
char *n2_ask_dup_words(const N2Ask *self);

/** "2 tries left", or "" (transfer full): to be shown before a PIN is typed. */
char *n2_ask_dup_tries(const N2Ask *self);

/** Seconds that are left at @now_us, rounded up. */
guint n2_ask_get_left(const N2Ask *self, gint64 now_us);

G_END_DECLS
