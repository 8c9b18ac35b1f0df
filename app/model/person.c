/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * person.c - people, reasons and accounts: reading what the node says of them, and their words.
 */
#include "model/person.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/client.h"
#include "client/why.h"
#include "model/words.h"

G_DEFINE_FINAL_TYPE(N2Reason, n2_reason, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Trust, n2_trust, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Person, n2_person, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE(N2Account, n2_account, G_TYPE_OBJECT)

enum {
    SHORT_CHARS = 11, /* "k1-" and 8 letters, as people compare them */
    CHROME_CHARS = 40,
    MARKS_IN_A_ROW = 4
};

/* ---- texts ---- */

static char *
dup_text(GVariant *dict, const char *key)
{
    const char *text = n2_dict_string(dict, key);

    return g_strdup(text ? text : "");
}

char *
n2_address_dup_short(const char *address)
{
    return strlen(address) > SHORT_CHARS + 3 ? g_strdup_printf("%.*s…", SHORT_CHARS, address)
                                             : g_strdup(address);
}

char *
n2_chrome_dup_name(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_NFC);
    GString *out = g_string_new(NULL);
    gboolean has_gap = FALSE;
    guint n_chars = 0, n_marks = 0;

    for (const char *at = normal; at && *at && n_chars < CHROME_CHARS;
         at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);

        if (g_unichar_ismark(c) && out->len && !has_gap && n_marks < MARKS_IN_A_ROW) {
            g_string_append_unichar(out, c);
            n_marks++;
            continue;
        }
        if (!g_unichar_isalnum(c)) { /* what made_valid() put in is no letter either */
            has_gap = TRUE;
            continue;
        }
        if (has_gap && out->len) {
            g_string_append_c(out, ' ');
            n_chars++;
        }
        g_string_append_unichar(out, c);
        n_chars++;
        n_marks = 0;
        has_gap = FALSE;
    }
    return g_string_free(out, FALSE);
}

/* ---- why ---- */

static void
n2_reason_finalize(GObject *object)
{
    g_free(N2_REASON(object)->words);
    g_free(N2_REASON(object)->who);
    G_OBJECT_CLASS(n2_reason_parent_class)->finalize(object);
}

static void
n2_reason_class_init(N2ReasonClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_reason_finalize;
}

static void
n2_reason_init(N2Reason *self)
{
    (void)self;
}

/* A word that nobody knows warns: a newer node may mean anything by it. */
static n2_verdict
read_verdict(GVariant *dict, n2_verdict none)
{
    const char *word = n2_dict_string(dict, "verdict");

    for (int v = N2_VERDICT_GO; word && v <= N2_VERDICT_STOP; v++)
        if (g_str_equal(word, n2_verdict_word((n2_verdict)v)))
            return (n2_verdict)v;
    return word ? N2_VERDICT_ASK : none;
}

static N2Reason *
read_reason(GVariant *dict)
{
    N2Reason *self = g_object_new(N2_TYPE_REASON, NULL);
    const char *code = n2_dict_string(dict, "code");

    self->why = code ? n2_why_of_word(code) : (n2_why)0;
    self->verdict = read_verdict(dict, N2_VERDICT_GO);
    self->words = n2_why_dup_words(dict);
    self->who = g_strdup(n2_dict_string(dict, "who"));
    return self;
}

static void
n2_trust_finalize(GObject *object)
{
    N2Trust *self = N2_TRUST(object);

    g_free(self->identity);
    g_free(self->name);
    g_object_unref(self->items);
    G_OBJECT_CLASS(n2_trust_parent_class)->finalize(object);
}

static void
n2_trust_class_init(N2TrustClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_trust_finalize;
}

static void
n2_trust_init(N2Trust *self)
{
    self->items = g_list_store_new(N2_TYPE_REASON);
}

N2Trust *
n2_trust_read(GVariant *dict)
{
    g_autoptr(GVariant) reasons = n2_dict_dup(dict, "reasons", "aa{sv}");
    N2Trust *self = NULL;

    if (!n2_dict_string(dict, "verdict"))
        return NULL;
    self = g_object_new(N2_TYPE_TRUST, NULL);
    self->verdict = read_verdict(dict, N2_VERDICT_ASK);
    self->identity = dup_text(dict, "identity");
    self->name = dup_text(dict, "name");
    for (gsize i = 0; reasons && i < g_variant_n_children(reasons); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(reasons, i);
        g_autoptr(N2Reason) reason = read_reason(row);

        g_list_store_append(self->items, reason);
    }
    return self;
}

typedef gboolean (*reason_test)(const N2Reason *reason);

/* Items of a list store stay as long as it holds them. */
static N2Reason *
find_reason(const N2Trust *self, reason_test test)
{
    GListModel *items = G_LIST_MODEL(self->items);

    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(N2Reason) reason = g_list_model_get_item(items, i);
        if (test(reason))
            return reason;
    }
    return NULL;
}

N2Reason *
n2_trust_peek(const N2Trust *self, n2_why why)
{
    GListModel *items = G_LIST_MODEL(self->items);

    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(N2Reason) reason = g_list_model_get_item(items, i);
        if (reason->why == why)
            return reason;
    }
    return NULL;
}

/* One that the user has answered is a note (client/why.h). */
static gboolean
is_change(const N2Reason *reason)
{
    if (reason->verdict < N2_VERDICT_ASK)
        return FALSE;
    return reason->why == N2_WHY_CHANGED || reason->why == N2_WHY_CHANGED_MARK ||
           reason->why == N2_WHY_ZONE_OTHER || reason->why == N2_WHY_PUBLISHED_OTHER;
}

gboolean
n2_trust_is_changed(const N2Trust *self)
{
    return find_reason(self, is_change) != NULL;
}

const char *
n2_trust_peek_successor(const N2Trust *self)
{
    N2Reason *ended = n2_trust_peek(self, N2_WHY_ENDED);

    return ended && ended->who && *ended->who ? ended->who : NULL;
}

static gboolean
does_ask(const N2Reason *reason)
{
    return reason->verdict >= N2_VERDICT_ASK;
}

/* What somebody who reads has to know now.  That one was never here before, or that a list of
 * keys is unconfirmed, holds of nearly every place at first: it stands in the page's info. */
static gboolean
is_notable(const N2Reason *reason)
{
    switch ((int)reason->why) {
    case N2_WHY_SUCCEEDED:
    case N2_WHY_TRANSFERRED:
    case N2_WHY_GRACE:
    case N2_WHY_KEPT:
    case N2_WHY_MIXED:
    case N2_WHY_ALIKE:
        return TRUE;
    default:
        return FALSE;
    }
}

const char *
n2_trust_peek_notice(const N2Trust *self)
{
    N2Reason *reason = find_reason(self, does_ask);

    if (!reason)
        reason = find_reason(self, is_notable);
    return reason ? reason->words : NULL;
}

char *
n2_trust_dup_mark(const N2Trust *self)
{
    GString *mark = g_string_new(NULL);
    GListModel *items = G_LIST_MODEL(self->items);

    g_string_append_printf(mark, "%s %s", self->identity, self->name);
    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        g_autoptr(N2Reason) reason = g_list_model_get_item(items, i);
        if (does_ask(reason))
            g_string_append_printf(mark, " %d %s", (int)reason->why,
                                   reason->who ? reason->who : "");
    }
    return g_string_free(mark, FALSE);
}

/* ---- whom ---- */

static void
n2_person_finalize(GObject *object)
{
    N2Person *self = N2_PERSON(object);

    g_free(self->address);
    g_free(self->name);
    g_free(self->successor);
    g_free(self->vouched);
    g_free(self->vouched_by);
    G_OBJECT_CLASS(n2_person_parent_class)->finalize(object);
}

static void
n2_person_class_init(N2PersonClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_person_finalize;
}

static void
n2_person_init(N2Person *self)
{
    (void)self;
}

N2Person *
n2_person_new(const char *address, const char *name)
{
    N2Person *self = g_object_new(N2_TYPE_PERSON, NULL);

    self->address = g_strdup(address);
    self->name = g_strdup(name);
    return self;
}

static N2PersonState
read_state(GVariant *dict)
{
    const char *state = n2_dict_string(dict, "state");

    if (g_strcmp0(state, "live") == 0)
        return N2_PERSON_LIVE;
    if (g_strcmp0(state, "frozen") == 0)
        return N2_PERSON_FROZEN;
    if (g_strcmp0(state, "ended") == 0)
        return N2_PERSON_ENDED;
    return N2_PERSON_UNKNOWN;
}

N2Person *
n2_person_read(GVariant *dict)
{
    const char *address = n2_dict_string(dict, "address");
    const char *name = n2_dict_string(dict, "name");
    const char *successor = n2_dict_string(dict, "successor");
    N2Person *self = NULL;

    if (!address)
        return NULL;
    self = n2_person_new(address, name ? name : "");
    self->state = read_state(dict);
    self->successor = successor && *successor ? g_strdup(successor) : NULL;
    self->is_met = n2_dict_bool(dict, "met");
    self->introduces = n2_dict_bool(dict, "introduces");
    self->audits = n2_dict_bool(dict, "audits");
    self->met_us = (gint64)n2_dict_uint(dict, "met-at");
    self->marked_us = (gint64)n2_dict_uint(dict, "marked");
    self->first_us = (gint64)n2_dict_uint(dict, "first");
    self->last_us = (gint64)n2_dict_uint(dict, "last");
    self->vouched = g_strdup(n2_dict_string(dict, "vouched"));
    self->vouched_by = g_strdup(n2_dict_string(dict, "vouched-by"));
    self->vouched_until_us = (gint64)n2_dict_uint(dict, "vouched-until");
    return self;
}

char *
n2_person_dup_title(const N2Person *self)
{
    return *self->name ? g_strdup(self->name) : n2_address_dup_short(self->address);
}

char *
n2_person_dup_initials(const N2Person *self)
{
    return *self->name ? g_strdelimit(g_strdup(self->name), "-.", ' ') : NULL;
}

char *
n2_own_name_dup(const char *typed)
{
    g_auto(GStrv) words = g_strsplit_set(typed, " \t\n", -1);
    GString *name = g_string_new(NULL);

    for (guint i = 0; words[i]; i++) {
        if (name->len && *words[i])
            g_string_append_c(name, '-');
        g_string_append(name, words[i]);
    }
    return g_string_free(name, FALSE);
}

char *
n2_person_dup_words(const N2Person *self)
{
    g_autofree char *at = NULL;

    if (self->state == N2_PERSON_ENDED)
        return g_strdup(self->successor ? _("Ended. There is a successor.")
                                        : _("Ended by its recovery sheet"));
    if (self->state == N2_PERSON_FROZEN)
        return g_strdup(_("Frozen: its keys are claimed by two"));
    if (self->is_met) {
        at = self->met_us ? n2_date_dup_words(self->met_us) : NULL;
        return at ? g_strdup_printf(_("Met in person on %s"), at)
                  : g_strdup(_("Met in person"));
    }
    if (self->first_us) {
        at = n2_date_dup_words(self->first_us);
        return g_strdup_printf(_("First seen on %s"), at);
    }
    return g_strdup(_("Not met yet"));
}

char *
n2_person_dup_vouch(const N2Person *self)
{
    g_autofree char *until =
        self->vouched_until_us ? n2_date_dup_words(self->vouched_until_us) : NULL;

    if (self->vouched && until)
        return g_strdup_printf(_("You have signed: “I know that this is %s.” It counts until "
                                 "%s."),
                               self->vouched, until);
    if (self->vouched)
        return g_strdup_printf(_("You have signed: “I know that this is %s.”"), self->vouched);
    if (*self->name)
        return g_strdup_printf(_("You sign: “I know that this is %s.”"), self->name);
    return g_strdup(_("Give them a name first: you sign who they are."));
}

/* ---- where ---- */

static void
n2_account_finalize(GObject *object)
{
    N2Account *self = N2_ACCOUNT(object);

    g_free(self->site);
    g_free(self->name);
    g_free(self->identity);
    g_free(self->key);
    G_OBJECT_CLASS(n2_account_parent_class)->finalize(object);
}

static void
n2_account_class_init(N2AccountClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = n2_account_finalize;
}

static void
n2_account_init(N2Account *self)
{
    (void)self;
}

N2Account *
n2_account_read(GVariant *dict)
{
    const char *site = n2_dict_string(dict, "site");
    N2Account *self = NULL;

    if (!site)
        return NULL;
    self = g_object_new(N2_TYPE_ACCOUNT, NULL);
    self->site = g_strdup(site);
    self->name = dup_text(dict, "name");
    self->identity = dup_text(dict, "identity");
    self->key = g_strdup(n2_dict_string(dict, "account"));
    self->is_shared = g_strcmp0(n2_dict_string(dict, "as"), "identity") == 0;
    self->is_allowed = n2_dict_bool(dict, "allowed");
    self->is_session = n2_dict_bool(dict, "session");
    self->last_us = (gint64)n2_dict_uint(dict, "last");
    return self;
}

char *
n2_account_dup_title(const N2Account *self)
{
    return *self->name ? g_strdup(self->name) : n2_address_dup_short(self->site);
}

char *
n2_account_dup_words(const N2Account *self, gint64 now_us)
{
    const char *how = NULL;
    g_autofree char *at = n2_words_time(self->last_us, now_us);

    if (self->is_shared)
        how = self->is_allowed   ? _("Sees who you are. Logs in without asking.")
              : self->is_session ? _("Sees who you are, for this session.")
                                 : _("Sees who you are. Asks next time.");
    else
        how = self->is_allowed   ? _("Sees a key of its own. Logs in without asking.")
              : self->is_session ? _("Sees a key of its own, for this session.")
                                 : _("Sees a key of its own. Asks next time.");
    /* Translators: how somebody logs in at a site, then when it was last: "Today 13:50". */
    return *at ? g_strdup_printf(_("%s Last: %s"), how, at) : g_strdup(how);
}
