/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * why.c - reasons for and against an identity, as sentences for people.
 */
#include "client/why.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/utf8.h"
#include "base/why.h"
#include "client/client.h"

enum {
    SHORT_ID_CHARS = 11 /* "k1-" and 8 letters */
};

/* What a sentence may be made of. */
typedef struct {
    n2_why why;
    char *name, *by, *who; /* isolated; "" unknown */
    char *at;              /* a date; NULL unknown */
    char *scripts;
    gboolean is_answered; /* the user has said what to make of it */
} words;

char *
n2_date_dup_words(gint64 at_us)
{
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_local(at_us / G_USEC_PER_SEC);

    /* Translators: day, month and year. */
    return at ? g_date_time_format(at, _("%-e %B %Y")) : g_strdup("");
}

/* ---- scripts ---- */

static const struct {
    const char *code;
    const char *word;
} scripts[] = {
    /* Translators: names of writings follow. */
    {"Latn", N_("Latin")},      {"Cyrl", N_("Cyrillic")},    {"Grek", N_("Greek")},
    {"Arab", N_("Arabic")},     {"Hebr", N_("Hebrew")},      {"Hani", N_("Chinese")},
    {"Hira", N_("Hiragana")},   {"Kana", N_("Katakana")},    {"Hang", N_("Korean")},
    {"Deva", N_("Devanagari")}, {"Thai", N_("Thai script")}, {"Armn", N_("Armenian")},
    {"Geor", N_("Georgian")},   {"Beng", N_("Bengali")},     {"Taml", N_("Tamil")},
    {"Ethi", N_("Ethiopic")},   {"Cher", N_("Cherokee")},    {"Copt", N_("Coptic")},
};

static const char *
script_word(const char *code)
{
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++)
        if (g_str_equal(scripts[i].code, code))
            return _(scripts[i].word);
    return code;
}

char *
n2_scripts_dup_words(const char *codes)
{
    g_auto(GStrv) parts = g_strsplit(codes, " ", 8);
    guint n = g_strv_length(parts);
    char *all = g_strdup(n ? script_word(parts[0]) : "");

    for (guint i = 1; i < n; i++) {
        g_autofree char *before = all;
        all = i + 1 < n
                  /* Translators: the first ones of a list of writings. */
                  ? g_strdup_printf(_("%s, %s"), before, script_word(parts[i]))
                  /* Translators: the end of such a list. */
                  : g_strdup_printf(_("%s and %s"), before, script_word(parts[i]));
    }
    return all;
}

/* ---- parts ---- */

/* Letters that may be written from right to left are isolated. */
static char *
isolate(const char *name)
{
    gsize len = strlen(name);

    for (gsize at = 0; at < len;)
        if (n2_utf8_next(name, len, &at) >= 0x590)
            return g_strconcat("\xe2\x81\xa8", name, "\xe2\x81\xa9", NULL);
    return g_strdup(name);
}

static char *
text_of(GVariant *reason, const char *key)
{
    const char *text = n2_dict_string(reason, key);

    return text && g_utf8_validate(text, -1, NULL) ? isolate(text) : g_strdup("");
}

static void
words_init(words *w, GVariant *reason)
{
    const char *code = n2_dict_string(reason, "code"), *who = n2_dict_string(reason, "who");
    const char *codes = n2_dict_string(reason, "scripts");
    guint64 at_us = n2_dict_uint(reason, "at");

    *w = (words){.why = code ? n2_why_of_word(code) : (n2_why)0,
                 .name = text_of(reason, "name"),
                 .by = text_of(reason, "by"),
                 .who = g_strndup(who ? who : "", SHORT_ID_CHARS),
                 .at = at_us ? n2_date_dup_words((gint64)at_us) : NULL,
                 .scripts = n2_scripts_dup_words(codes ? codes : ""),
                 .is_answered = g_strcmp0(n2_dict_string(reason, "verdict"), "note") == 0};
    if (!*w->by && *w->who) { /* who has no name is called by the address */
        g_free(w->by);
        w->by = g_strdup(w->who);
    }
    if (!*w->name) { /* nothing of it could be shown */
        g_free(w->name);
        w->name = g_strdup(_("a name without letters"));
    }
}

static void
words_clear(words *w)
{
    g_free(w->name);
    g_free(w->by);
    g_free(w->who);
    g_free(w->at);
    g_free(w->scripts);
}

/* ---- sentences; NULL: none for this reason ---- */

static char *
say_standing(const words *w)
{
    switch ((int)w->why) {
    case N2_WHY_FORGED:
        return g_strdup(_("A signature does not hold: what was shown is forged or damaged."));
    case N2_WHY_ENDED:
        if (!w->at)
            return g_strdup(_("This identity was ended by its recovery sheet."));
        return *w->who ? g_strdup_printf(_("This identity was ended on %s by its recovery "
                                           "sheet. Its successor is %s."),
                                         w->at, w->who)
                       : g_strdup_printf(_("This identity was ended on %s by its recovery "
                                           "sheet. It has no successor."),
                                         w->at);
    case N2_WHY_ENDS_DIFFER:
        return g_strdup(
            _("This identity was ended twice, with two different successors. Follow "
              "neither of them, and meet in person."));
    case N2_WHY_FROZEN:
        return g_strdup(
            _("This identity was changed in two ways that exclude each other. Until "
              "its recovery sheet speaks, nothing of it is believed."));
    case N2_WHY_OVER:
        return w->at ? g_strdup_printf(_("The keys of this identity ended on %s."), w->at)
                     : g_strdup(_("The keys of this identity have ended."));
    case N2_WHY_UNCONFIRMED:
        return w->at ? g_strdup_printf(_("Its list of keys is not confirmed since %s: one of "
                                         "them may have been removed since then."),
                                       w->at)
                     : g_strdup(_("Its list of keys was never confirmed: one of them may have "
                                  "been removed."));
    default:
        return NULL;
    }
}

static char *
say_change(const words *w)
{
    const char *name = w->name;

    switch ((int)w->why) {
    case N2_WHY_CHANGED:
        if (w->is_answered)
            return w->at ? g_strdup_printf(_("%s was another identity until %s. You have said "
                                             "since then that it is this one."),
                                           name, w->at)
                         : g_strdup_printf(_("%s was another identity before. You have said "
                                             "since then that it is this one."),
                                           name);
        return w->at ? g_strdup_printf(_("%s was another identity until %s. That one neither "
                                         "ended nor handed the name over."),
                                       name, w->at)
                     : g_strdup_printf(_("%s was another identity before. That one neither "
                                         "ended nor handed the name over."),
                                       name);
    case N2_WHY_CHANGED_MARK:
        /* Translators: a name, then what the user calls who has it. */
        return g_strdup_printf(_("You know %s as another identity, %s."), name, w->by);
    case N2_WHY_ZONE_OTHER:
        return g_strdup_printf(_("%s is another identity, says the zone %s."), name, w->by);
    case N2_WHY_PUBLISHED_OTHER:
        return g_strdup_printf(
            _("%s was another identity when the page that leads here was published."), name);
    case N2_WHY_SUCCEEDED:
        return w->at
                   ? g_strdup_printf(_("It has taken the place of another identity, since %s, "
                                       "by recovery sheet."),
                                     w->at)
                   : g_strdup(_("It has taken the place of another identity, by recovery "
                                "sheet."));
    case N2_WHY_TRANSFERRED:
        return w->at
                   ? g_strdup_printf(_("%s was handed over on %s, signed by the identity that "
                                       "had it."),
                                     name, w->at)
                   : g_strdup_printf(_("%s was handed over, signed by the identity that had "
                                       "it."),
                                     name);
    default:
        return NULL;
    }
}

static char *
say_mark(const words *w)
{
    switch ((int)w->why) {
    case N2_WHY_MET:
        return w->at ? g_strdup_printf(_("Met in person on %s."), w->at)
                     : g_strdup(_("Met in person."));
    case N2_WHY_PETNAME:
        return g_strdup_printf(_("You call it %s."), w->name);
    case N2_WHY_SEEN:
        return w->at ? g_strdup_printf(_("First seen on %s."), w->at)
                     : g_strdup(_("Seen before."));
    case N2_WHY_FIRST:
        return g_strdup(_("You have not met this identity before."));
    case N2_WHY_FIRST_NAME:
        return g_strdup_printf(_("You have met this identity before, but not as %s."), w->name);
    default:
        return NULL;
    }
}

static char *
say_authority(const words *w)
{
    switch ((int)w->why) {
    case N2_WHY_ZONE:
        return w->at
                   /* Translators: name, name of a zone, date. */
                   ? g_strdup_printf(_("%s, says the zone %s since %s."), w->name, w->by, w->at)
                   : g_strdup_printf(_("%s, says the zone %s."), w->name, w->by);
    case N2_WHY_ATTACHED:
        /* Translators: a place in the network, name of a provider. */
        return g_strdup_printf(_("Attached at %s, says the provider %s."), w->name, w->by);
    case N2_WHY_MAIL:
        /* Translators: a name, name of a mail host. */
        return g_strdup_printf(_("Letters for %s open with its keys, says the mail host %s."),
                               w->name, w->by);
    case N2_WHY_AUDITED:
        /* Translators: what somebody says of it, name of who says it. */
        return g_strdup_printf(_("“%s”, says %s, whom you let judge."), w->name, w->by);
    case N2_WHY_INTRODUCED:
        return w->at
                   /* Translators: who, as whom, when. */
                   ? g_strdup_printf(_("Introduced by %s, as %s, on %s."), w->by, w->name,
                                     w->at)
                   : g_strdup_printf(_("Introduced by %s, as %s."), w->by, w->name);
    default:
        return NULL;
    }
}

static char *
say_life(const words *w)
{
    const char *at = w->at ? w->at : _("an unknown day");

    switch ((int)w->why) {
    case N2_WHY_EXPIRED:
        return g_strdup_printf(_("The name %s expired on %s, and its time of grace is over: it "
                                 "may be somebody else’s soon."),
                               w->name, at);
    case N2_WHY_GRACE:
        return g_strdup_printf(_("The name %s expired on %s. It is still its owner’s, for 30 "
                                 "days."),
                               w->name, at);
    case N2_WHY_KEPT:
        return g_strdup_printf(_("The zone %s is out of reach. What it said of %s is from %s."),
                               w->by, w->name, at);
    case N2_WHY_SILENT:
        return *w->by ? g_strdup_printf(_("The zone %s says nothing of %s, or nothing for too "
                                          "long."),
                                        w->by, w->name)
                      : g_strdup_printf(_("Nobody says whose name %s is."), w->name);
    case N2_WHY_CLOCK:
        return g_strdup(_("The clock of this machine cannot be right, so nothing counts as "
                          "expired."));
    case N2_WHY_LAPSED:
        return g_strdup_printf(_("If the clock were right, some of this would have ended on "
                                 "%s."),
                               at);
    case N2_WHY_MIXED:
        /* Translators: a name, a list of writings. */
        return g_strdup_printf(_("The name %s mixes letters of several writings: %s."), w->name,
                               w->scripts);
    case N2_WHY_ALIKE:
        return g_strdup_printf(_("%s looks like %s, which you know, and is another."), w->name,
                               w->by);
    default:
        return NULL;
    }
}

char *
n2_why_dup_words(GVariant *reason)
{
    static char *(*const all[])(const words *) = {say_standing, say_change, say_mark,
                                                  say_authority, say_life};
    const char *code = n2_dict_string(reason, "code");
    char *text = NULL;
    words w;

    words_init(&w, reason);
    for (gsize i = 0; !text && i < G_N_ELEMENTS(all); i++)
        text = all[i](&w);
    words_clear(&w);
    /* Translators: a word that this program does not know, from a newer node. */
    return text ? text : g_strdup_printf(_("For a reason called “%s”."), code ? code : "");
}
