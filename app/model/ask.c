/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ask.c - what orders wait for, in words.
 */
#include "model/ask.h"

#include <glib/gi18n.h>
#include <unistd.h>

G_DEFINE_FINAL_TYPE(N2Ask, n2_ask, G_TYPE_OBJECT)

enum {
    SIGNAL_TOLD,
    SIGNAL_CLOSED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
n2_ask_finalize(GObject *object)
{
    g_free(N2_ASK(object)->token);
    g_free(N2_ASK(object)->same);
    g_free(N2_ASK(object)->other);
    g_free(N2_ASK(object)->kept_as);
    G_OBJECT_CLASS(n2_ask_parent_class)->finalize(object);
}

static void
n2_ask_class_init(N2AskClass *klass)
{
    GType type = G_TYPE_FROM_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = n2_ask_finalize;
    signals[SIGNAL_TOLD] = g_signal_new("told", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_BOOLEAN);
    signals[SIGNAL_CLOSED] =
        g_signal_new("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
n2_ask_init(N2Ask *self)
{
    self->tries = N2_ASK_TRIES_UNKNOWN;
}

N2AskWant
n2_ask_want_read(const char *word)
{
    static const char *const words[N2_ASKS_WANTS] = {
        [N2_ASKS_PIN] = "pin",
        [N2_ASKS_SIGN_PIN] = "sign-pin",
        [N2_ASKS_LAST_PIN] = "last-pin",
        [N2_ASKS_KEYPAD] = "keypad",
        [N2_ASKS_TOUCH] = "touch",
        [N2_ASKS_INSERT] = "insert",
        [N2_ASKS_PASSPHRASE] = "passphrase",
        [N2_ASKS_NEW_PIN] = "new-pin",
        [N2_ASKS_ADMIN_PIN] = "admin-pin",
        [N2_ASKS_RESET_CODE] = "reset-code",
        [N2_ASKS_WORDS] = "words",
    };

    for (N2AskWant want = N2_ASKS_PIN; want < N2_ASKS_WANTS; want++)
        if (g_str_equal(words[want], word))
            return want;
    return 0;
}

N2Ask *
n2_ask_new(N2AskWant want, const char *token, guint tries, guint seconds)
{
    N2Ask *self = g_object_new(N2_TYPE_ASK, NULL);

    self->want = want;
    self->token = g_strdup(token ? token : "");
    self->tries = tries;
    self->seconds = seconds;
    self->deadline_us = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
    return self;
}

void
n2_ask_tell(N2Ask *self, int fd, gboolean is_last_allowed)
{
    g_return_if_fail(N2_IS_ASK(self));

    if (self->is_over) { /* the source was quicker */
        if (fd >= 0)
            close(fd);
        return;
    }
    self->is_over = TRUE;
    g_signal_emit(self, signals[SIGNAL_TOLD], 0, fd, is_last_allowed);
}

void
n2_ask_close(N2Ask *self)
{
    g_return_if_fail(N2_IS_ASK(self));

    self->is_over = TRUE;
    g_signal_emit(self, signals[SIGNAL_CLOSED], 0);
}

gboolean
n2_ask_wants_text(const N2Ask *self)
{
    return self->want == N2_ASKS_PIN || self->want == N2_ASKS_SIGN_PIN ||
           self->want == N2_ASKS_LAST_PIN || self->want == N2_ASKS_PASSPHRASE ||
           self->want == N2_ASKS_NEW_PIN || self->want == N2_ASKS_ADMIN_PIN ||
           self->want == N2_ASKS_RESET_CODE;
}

gboolean
n2_ask_is_last(const N2Ask *self)
{
    return self->want == N2_ASKS_LAST_PIN ||
           (self->tries == 1 &&
            (self->want == N2_ASKS_ADMIN_PIN || self->want == N2_ASKS_RESET_CODE));
}

const char *
n2_ask_peek_title(const N2Ask *self)
{
    switch (self->want) {
    case N2_ASKS_PIN:
        return _("Give the token’s PIN");
    case N2_ASKS_SIGN_PIN:
        return _("You are changing who you are");
    case N2_ASKS_LAST_PIN:
        return _("One try is left");
    case N2_ASKS_KEYPAD:
        return _("Type the PIN at the reader");
    case N2_ASKS_TOUCH:
        return _("Touch the token");
    case N2_ASKS_INSERT:
        return _("Plug the token in");
    case N2_ASKS_NEW_PIN:
        return _("Choose a new PIN");
    case N2_ASKS_ADMIN_PIN:
        return _("Give the admin PIN");
    case N2_ASKS_RESET_CODE:
        return _("Give the reset code");
    case N2_ASKS_WORDS:
        return _("Are these words on both screens?");
    case N2_ASKS_PASSPHRASE:
    case N2_ASKS_WANTS:
        break;
    }
    return _("Unlock your keys");
}

char *
n2_ask_dup_words(const N2Ask *self)
{
    const char *token = *self->token ? self->token : _("the token");

    switch (self->want) {
    case N2_ASKS_PIN:
        return g_strdup_printf(_("It opens %s, and goes nowhere else."), token);
    case N2_ASKS_SIGN_PIN:
        return g_strdup_printf(
            _("%s signs a change of your keys. Go on only if you have just asked for it."),
            token);
    case N2_ASKS_LAST_PIN:
        return g_strdup_printf(_("If it is wrong again, %s blocks its PIN; then only the admin "
                                 "PIN or the reset code helps."),
                               token);
    case N2_ASKS_KEYPAD:
        return g_strdup_printf(
            _("The keys of %s are out of this computer’s reach: nobody here can read them."),
            token);
    case N2_ASKS_TOUCH:
        return g_strdup(_("Its light blinks while it waits. The touch lets it use your keys; "
                          "they never leave it."));
    case N2_ASKS_INSERT:
        return g_strdup_printf(_("The keys for this are on %s."), token);
    case N2_ASKS_NEW_PIN:
        return g_strdup_printf(_("%s asks for it from now on. Take at least six characters, "
                                 "and none that others know of you."),
                               token);
    case N2_ASKS_ADMIN_PIN:
        return g_strdup_printf(_("%s wants it before it makes or takes keys. If nobody has "
                                 "changed it, it is the one from the maker’s manual, mostly "
                                 "12345678."),
                               token);
    case N2_ASKS_RESET_CODE:
        return g_strdup_printf(_("It opens %s once more and lets you choose a new PIN."),
                               token);
    case N2_ASKS_WORDS:
        return g_strdup(_("Look at the other device. If it shows others, somebody stands "
                          "between the two: then say no."));
    case N2_ASKS_PASSPHRASE:
    case N2_ASKS_WANTS:
        break;
    }
    if (self->is_again)
        return g_strdup(_("That was not the passphrase. Look whether the caps lock is on, then "
                          "try again."));
    return g_strdup(_("Your passphrase opens the file that holds them on this computer."));
}

char *
n2_ask_dup_tries(const N2Ask *self)
{
    if (self->tries == N2_ASK_TRIES_UNKNOWN ||
        (self->want != N2_ASKS_KEYPAD && !n2_ask_wants_text(self)) ||
        self->want == N2_ASKS_PASSPHRASE || self->want == N2_ASKS_NEW_PIN)
        return g_strdup("");
    return g_strdup_printf(ngettext("%u try left", "%u tries left", self->tries), self->tries);
}

guint
n2_ask_get_left(const N2Ask *self, gint64 now_us)
{
    gint64 left_us = self->deadline_us - now_us;

    return left_us > 0 ? (guint)((left_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC) : 0;
}
