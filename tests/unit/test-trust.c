/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-trust.c - the rules of trust: each alone, each against the next, and what must change
 *                nothing.
 */
#include "trust-world.h"

enum {
    RANDOM_WORLDS = 400,
    MANY_VOUCHES = 100000
};

/* Each rule alone, and then two that stand one above the other: the upper one decides. */
static const struct {
    const char *name;
    guint32 is;
    n2_verdict reading, other;
    const char *words; /* of log-in */
} rows[] = {
    {"first-seen", 0, N2_VERDICT_NOTE, N2_VERDICT_NOTE, "note:first"},
    {"seen", SEEN_BY_ADDRESS, N2_VERDICT_GO, N2_VERDICT_GO, "go:seen"},
    {"forged", FORGED | SEEN_BY_ADDRESS, N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:forged go:seen"},
    {"ended", ENDED | SEEN_BY_ADDRESS, N2_VERDICT_STOP, N2_VERDICT_STOP, "stop:ended go:seen"},
    {"attack-33-ends-differ", ENDED | ENDS_DIFFER | SEEN_BY_ADDRESS, N2_VERDICT_STOP,
     N2_VERDICT_STOP, "stop:ends-differ stop:ended go:seen"},
    {"attack-34-frozen", FROZEN | SEEN_BY_ADDRESS, N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:frozen go:seen"},
    {"keys-over", OVER | SEEN_BY_ADDRESS, N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:over go:seen"},
    {"attack-35-withheld-removal", UNCONFIRMED | SEEN_BY_ADDRESS, N2_VERDICT_NOTE,
     N2_VERDICT_ASK, "ask:unconfirmed go:seen"},
    {"zone-and-continuity", NAMED | ZONE | SEEN, N2_VERDICT_GO, N2_VERDICT_GO,
     "go:zone go:seen"},
    {"zone-first", NAMED | ZONE, N2_VERDICT_NOTE, N2_VERDICT_NOTE, "note:first go:zone"},
    {"zone-first-under-this-name", NAMED | ZONE | SEEN_BY_ADDRESS, N2_VERDICT_NOTE,
     N2_VERDICT_NOTE, "note:first-name go:zone go:seen"},
    {"expired", NAMED | ZONE | SEEN | EXPIRED, N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:expired go:zone go:seen"},
    {"grace", NAMED | ZONE | SEEN | GRACE, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:grace go:zone go:seen"},
    {"zone-kept", NAMED | ZONE | SEEN | KEPT, N2_VERDICT_NOTE, N2_VERDICT_STOP,
     "stop:kept go:zone go:seen"},
    {"zone-silent", NAMED | ZONE | SEEN | SILENT, N2_VERDICT_ASK, N2_VERDICT_STOP,
     "stop:silent go:zone go:seen"},
    {"nobody-says-the-name", NAMED | SEEN, N2_VERDICT_ASK, N2_VERDICT_STOP,
     "stop:silent go:seen"},
    {"changed", NAMED | ZONE | SEEN_OTHER, N2_VERDICT_ASK, N2_VERDICT_STOP,
     "stop:changed note:first go:zone"},
    {"changed-and-back", NAMED | ZONE | SEEN | SEEN_OTHER, N2_VERDICT_ASK, N2_VERDICT_STOP,
     "stop:changed go:zone go:seen"},
    {"changed-by-end", NAMED | ZONE | SEEN_OTHER | END_MOVES, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:succeeded go:zone go:seen"},
    {"changed-by-transfer", NAMED | ZONE | SEEN_OTHER | TRANSFER, N2_VERDICT_NOTE,
     N2_VERDICT_NOTE, "note:first note:transferred go:zone"},
    {"attack-42-transfer-of-another-name", NAMED | ZONE | SEEN_OTHER | TRANSFER_ELSE,
     N2_VERDICT_ASK, N2_VERDICT_STOP, "stop:changed note:first go:zone"},
    {"zone-names-another", NAMED | ZONE_SAYS_OTHER | SEEN, N2_VERDICT_ASK, N2_VERDICT_STOP,
     "stop:zone-other go:seen"},
    {"zone-names-the-one-before", NAMED | ZONE_SAYS_OTHER | SEEN_OTHER | END_MOVES,
     N2_VERDICT_NOTE, N2_VERDICT_NOTE, "note:succeeded go:zone go:seen"},
    {"page-meant-another", NAMED | ZONE | SEEN | PUBLISHED_OTHER, N2_VERDICT_ASK,
     N2_VERDICT_ASK, "ask:published-other go:zone go:seen"},
    {"met", MET, N2_VERDICT_GO, N2_VERDICT_GO, "go:met go:first"},
    {"petname", PETNAME, N2_VERDICT_GO, N2_VERDICT_GO, "go:petname go:first"},
    {"met-under-a-name", NAMED | ZONE | MET, N2_VERDICT_GO, N2_VERDICT_GO,
     "go:met go:zone go:first"},
    {"introduced", INTRODUCED, N2_VERDICT_GO, N2_VERDICT_GO, "go:introduced go:first"},
    {"introduced-not-as-the-name", NAMED | ZONE | INTRODUCED, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:first go:zone go:introduced"},
    {"introduced-as-the-name", NAMED | ZONE | INTRODUCED_SO, N2_VERDICT_GO, N2_VERDICT_GO,
     "go:zone go:introduced go:first"},
    {"attached", ATTACHED | SEEN_BY_ADDRESS, N2_VERDICT_GO, N2_VERDICT_GO,
     "go:attached go:seen"},
    {"attached-is-no-introduction", ATTACHED, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:first go:attached"},
    {"audited-is-no-introduction", AUDITED, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:first go:audited"},
    {"looks-alike", NAMED | ZONE | SEEN | ALIKE, N2_VERDICT_NOTE, N2_VERDICT_ASK,
     "ask:alike go:zone go:seen"},
    {"clock-before-the-build", SEEN_BY_ADDRESS | CLOCK_EARLY, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:clock go:seen"},
    {"clock-ten-years-off", SEEN_BY_ADDRESS | CLOCK_LATE, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:clock go:seen"},
    {"clock-enforces-no-lifetime", NAMED | ZONE | SEEN | EXPIRED | CLOCK_LATE, N2_VERDICT_NOTE,
     N2_VERDICT_NOTE, "note:clock note:lapsed go:zone go:seen"},

    /* in order */
    {"ended-before-met", ENDED | MET, N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:ended go:met go:first"},
    {"frozen-before-petname", FROZEN | PETNAME, N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:frozen go:petname go:first"},
    {"forged-before-zone", FORGED | NAMED | ZONE | SEEN, N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:forged go:zone go:seen"},
    {"expired-before-met", NAMED | ZONE | MET | MARKED_SO | EXPIRED, N2_VERDICT_STOP,
     N2_VERDICT_STOP, "stop:expired go:met go:zone go:first"},
    {"changed-before-met", NAMED | ZONE | SEEN_OTHER | MET, N2_VERDICT_ASK, N2_VERDICT_STOP,
     "stop:changed go:met go:zone go:first"},
    {"changed-before-introduced", NAMED | ZONE | SEEN_OTHER | INTRODUCED_SO, N2_VERDICT_ASK,
     N2_VERDICT_STOP, "stop:changed go:zone go:introduced go:first"},
    {"changed-then-marked-by-the-user", NAMED | ZONE | SEEN_OTHER | MARKED_SO, N2_VERDICT_NOTE,
     N2_VERDICT_NOTE, "note:changed go:zone go:first"},
    {"mark-before-zone", NAMED | ZONE_SAYS_OTHER | MARKED_SO, N2_VERDICT_NOTE, N2_VERDICT_NOTE,
     "note:zone-other go:first"},
    {"mark-of-another-before-zone", NAMED | ZONE | SEEN | MARKED_OTHER, N2_VERDICT_ASK,
     N2_VERDICT_STOP, "stop:changed-mark go:zone go:seen"},
    {"mark-of-the-one-before", NAMED | ZONE | SEEN | MARKED_OTHER | END_MOVES, N2_VERDICT_NOTE,
     N2_VERDICT_NOTE, "note:succeeded go:met go:petname go:zone go:seen"},
    {"mark-before-silence", NAMED | SEEN | MARKED_SO | SILENT, N2_VERDICT_GO, N2_VERDICT_GO,
     "go:seen"},
    {"mark-before-page", NAMED | ZONE | SEEN | MARKED_SO | PUBLISHED_OTHER, N2_VERDICT_NOTE,
     N2_VERDICT_NOTE, "note:published-other go:zone go:seen"},
    {"mark-before-look-alike", NAMED | ZONE | SEEN | MARKED_SO | ALIKE, N2_VERDICT_GO,
     N2_VERDICT_GO, "go:zone go:seen"},
    {"introduced-does-not-end-silence", NAMED | SEEN | SILENT | INTRODUCED_SO, N2_VERDICT_ASK,
     N2_VERDICT_STOP, "stop:silent go:introduced go:seen"},
    {"all-against", FORGED | FROZEN | NAMED | ZONE | SEEN_OTHER | EXPIRED | UNCONFIRMED,
     N2_VERDICT_STOP, N2_VERDICT_STOP,
     "stop:forged stop:frozen stop:expired stop:changed ask:unconfirmed note:first go:zone"},
};

static void
test_row(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    n2_trust t;

    for (n2_purpose p = N2_PURPOSE_READ; p <= N2_PURPOSE_PAY; p++) {
        trust_world w;
        world_init(&w, rows[i].is, p);
        n2_trust_ask(&t, &w.query);
        g_autofree char *words = trust_words(&t);
        g_test_message("%d: %s", p, words);
        g_assert_cmpint(t.verdict, ==, p == N2_PURPOSE_READ ? rows[i].reading : rows[i].other);
        if (p == N2_PURPOSE_LOG_IN)
            g_assert_cmpstr(words, ==, rows[i].words);
    }
}

/* ---- what reasons say ---- */

static const n2_reason *
reason(const n2_trust *t, n2_why why)
{
    for (gsize i = 0; i < t->n_reasons; i++)
        if (t->reasons[i].why == why)
            return &t->reasons[i];
    g_error("no reason %s", n2_why_word(why));
}

static void
ask(n2_trust *t, trust_world *w, guint32 is)
{
    world_init(w, is, N2_PURPOSE_LOG_IN);
    n2_trust_ask(t, &w->query);
}

static void
assert_who(const n2_reason *r, guint8 number)
{
    n2_id id = id_of(number);

    g_assert_true(n2_id_equal(&r->who, &id));
}

static void
test_parameters(void)
{
    trust_world w;
    n2_trust t;

    ask(&t, &w, ENDED);
    assert_who(reason(&t, N2_WHY_ENDED), 55);
    g_assert_cmpint(reason(&t, N2_WHY_ENDED)->at_us, ==, now_us - 3 * DAY_US);
    ask(&t, &w, ENDED | ENDS_DIFFER); /* none is followed, so none is named */
    g_assert_false(n2_id_is_set(&reason(&t, N2_WHY_ENDED)->who));
    ask(&t, &w, UNCONFIRMED);
    g_assert_cmpint(reason(&t, N2_WHY_UNCONFIRMED)->at_us, ==, now_us - 40 * DAY_US);
    ask(&t, &w, NAMED | ZONE | SEEN | ALIKE);
    g_assert_cmpstr(reason(&t, N2_WHY_ZONE)->name, ==, "anna.demo");
    g_assert_cmpstr(reason(&t, N2_WHY_ZONE)->by, ==, "demo");
    g_assert_cmpint(reason(&t, N2_WHY_ZONE)->at_us, ==, now_us - 200 * DAY_US);
    g_assert_cmpint(reason(&t, N2_WHY_SEEN)->at_us, ==, now_us - 100 * DAY_US);
    g_assert_cmpstr(reason(&t, N2_WHY_ALIKE)->by, ==, "\xd0\xb0nna demo"); /* mixed: no name */
    ask(&t, &w, NAMED | ZONE | SEEN_OTHER);
    assert_who(reason(&t, N2_WHY_CHANGED), OTHER);
    g_assert_cmpint(reason(&t, N2_WHY_CHANGED)->at_us, ==, now_us - 10 * DAY_US);
    ask(&t, &w, NAMED | ZONE | SEEN_OTHER | END_MOVES);
    assert_who(reason(&t, N2_WHY_SUCCEEDED), OTHER);
    ask(&t, &w, NAMED | ZONE | MARKED_OTHER);
    assert_who(reason(&t, N2_WHY_CHANGED_MARK), OTHER);
    g_assert_cmpstr(reason(&t, N2_WHY_CHANGED_MARK)->by, ==, "Anna");
    ask(&t, &w, INTRODUCED | ATTACHED | AUDITED | MET);
    assert_who(reason(&t, N2_WHY_INTRODUCED), INTRODUCER);
    g_assert_cmpstr(reason(&t, N2_WHY_INTRODUCED)->by, ==, "Bob"); /* no check mark */
    g_assert_cmpstr(reason(&t, N2_WHY_INTRODUCED)->name, ==, "Anna");
    g_assert_cmpstr(reason(&t, N2_WHY_ATTACHED)->by, ==, "Provider Sons");
    g_assert_cmpstr(reason(&t, N2_WHY_AUDITED)->name, ==, "keeps its word");
    g_assert_cmpint(reason(&t, N2_WHY_MET)->at_us, ==, now_us - 50 * DAY_US);
}

/* Attack 42: a name in use that mixes scripts is shown for what it is. */
static void
test_mixed(void)
{
    trust_world w;
    n2_trust t;

    world_init(&w, NAMED, N2_PURPOSE_LOG_IN);
    w.query.name = "\xd0\xb0nna.demo";
    n2_trust_ask(&t, &w.query);
    const n2_reason *r = reason(&t, N2_WHY_MIXED);
    g_assert_cmpint(r->verdict, ==, N2_VERDICT_ASK);
    g_assert_cmpuint(r->scripts.n, ==, 2);
    g_assert_cmphex(r->scripts.of[0], ==, N2_SCRIPT('C', 'y', 'r', 'l'));
}

/* ---- what changes nothing ---- */

static void
assert_same(const n2_trust *a, const n2_trust *b)
{
    g_autofree char *one = trust_words(a), *other = trust_words(b);

    g_assert_cmpstr(one, ==, other);
    g_assert_cmpint(a->verdict, ==, b->verdict);
    g_assert_cmpuint(a->n_left, ==, b->n_left);
    for (gsize i = 0; i < a->n_reasons; i++) {
        g_assert_cmpstr(a->reasons[i].name, ==, b->reasons[i].name);
        g_assert_cmpstr(a->reasons[i].by, ==, b->reasons[i].by);
        g_assert_cmpint(a->reasons[i].at_us, ==, b->reasons[i].at_us);
        g_assert_true(n2_id_equal(&a->reasons[i].who, &b->reasons[i].who));
    }
}

/* A vouch that answers nobody's question: scope, signer and subject do not go together. */
static n2_vouch
beside_the_point(GRand *rand)
{
    static const guint8 ids[] = {SUBJECT,  OTHER,   INTRODUCER, AUDITOR,
                                 STRANGER, ZONE_ID, DOMAIN_ID,  MAIL_ID};
    static const char *const claims[] = {"anna.demo", "Anna", "", "other.demo"};

    for (;;) {
        guint8 by = ids[g_rand_int_range(rand, 0, G_N_ELEMENTS(ids))];
        guint8 subject = ids[g_rand_int_range(rand, 0, G_N_ELEMENTS(ids))];
        guint64 scope = (guint64)g_rand_int_range(rand, 0, 8);
        const char *claim = claims[g_rand_int_range(rand, 0, G_N_ELEMENTS(claims))];
        gboolean answers =
            by != subject &&
            ((scope == N2_SCOPE_NAME && by == ZONE_ID && g_str_equal(claim, "anna.demo")) ||
             (subject == SUBJECT && ((scope == N2_SCOPE_PLACE && by == DOMAIN_ID) ||
                                     (scope == N2_SCOPE_MAIL && by == MAIL_ID) ||
                                     (scope == N2_SCOPE_AUDIT && by == AUDITOR) ||
                                     (scope == N2_SCOPE_MET && by == INTRODUCER))));
        if (!answers)
            return vouch_of(by, subject, scope, claim,
                            now_us - g_rand_int_range(rand, -500, 500) * DAY_US);
    }
}

static void
test_other_scopes(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(31);

    for (int i = 0; i < RANDOM_WORLDS; i++) {
        guint32 is = rows[g_rand_int_range(rand, 0, G_N_ELEMENTS(rows))].is |
                     g_rand_int(rand) % (1u << 6);
        trust_world w;
        n2_trust before, after;
        world_init(&w, is, (n2_purpose)g_rand_int_range(rand, 0, 6));
        n2_trust_ask(&before, &w.query);
        for (int n = g_rand_int_range(rand, 1, 30); n; n--)
            world_add(&w, beside_the_point(rand));
        n2_trust_ask(&after, &w.query);
        assert_same(&before, &after);
    }
}

/* The order of evidence, history and moves changes nothing. */
static void
test_order(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(32);

    for (int i = 0; i < RANDOM_WORLDS; i++) {
        trust_world w;
        n2_trust before, after;
        world_init(&w, g_rand_int(rand) & ~(guint32)(ALIKE | CLOCK_EARLY), N2_PURPOSE_WRITE);
        for (int n = g_rand_int_range(rand, 0, 20); n; n--) {
            n2_vouch v = vouch_of(INTRODUCER, SUBJECT, N2_SCOPE_MET, n % 3 ? "Anna" : "",
                                  now_us - g_rand_int_range(rand, 0, 4) * DAY_US);
            v.until_us += g_rand_int_range(rand, 0, 3);
            world_add(&w, n % 2 ? v
                                : vouch_of(ZONE_ID, n % 4 ? SUBJECT : OTHER, N2_SCOPE_NAME,
                                           "anna.demo", v.from_us));
        }
        n2_trust_ask(&before, &w.query);
        for (gsize n = w.query.n_evidence; n > 1; n--) {
            gsize k = (gsize)g_rand_int_range(rand, 0, (gint32)n);
            n2_vouch swap = w.evidence[k];
            w.evidence[k] = w.evidence[n - 1];
            w.evidence[n - 1] = swap;
        }
        if (w.query.n_seen > 1) {
            n2_seen swap = w.seen[0];
            w.seen[0] = w.seen[1];
            w.seen[1] = swap;
        }
        if (w.query.n_moves > 1) {
            n2_move swap = w.moves[0];
            w.moves[0] = w.moves[1];
            w.moves[1] = swap;
        }
        n2_trust_ask(&after, &w.query);
        assert_same(&before, &after);
    }
}

/* Circles of strangers who vouch for one another and for the subject, and one that goes through
 * it: nobody in them was marked by the user. */
static void
test_cycle(void)
{
    trust_world w;
    n2_trust before, after;

    ask(&before, &w, 0);
    for (guint8 i = 0; i < 10; i++) {
        world_add(&w, vouch_of(20 + i, 20 + (i + 1) % 10, N2_SCOPE_MET, "Anna", now_us - 1));
        world_add(&w, vouch_of(20 + i, SUBJECT, N2_SCOPE_MET, "Anna", now_us - 1));
        world_add(&w, vouch_of(SUBJECT, 20 + i, N2_SCOPE_MET, "Anna", now_us - 1));
    }
    /* two steps: who is marked introduces a stranger, the stranger the subject */
    world_add(&w, vouch_of(INTRODUCER, STRANGER, N2_SCOPE_MET, "Anna", now_us - 1));
    world_add(&w, vouch_of(STRANGER, SUBJECT, N2_SCOPE_MET, "Anna", now_us - 1));
    n2_trust_ask(&after, &w.query);
    assert_same(&before, &after);

    /* and the subject, marked as one who introduces, does not introduce itself */
    w.marks[0] = (n2_mark){.who = id_of(SUBJECT), .is = N2_MARK_INTRODUCES};
    w.query.n_marks = 1;
    world_add(&w, vouch_of(SUBJECT, SUBJECT, N2_SCOPE_MET, "Anna", now_us - 1));
    n2_trust_ask(&after, &w.query);
    g_assert_cmpint(after.verdict, ==, N2_VERDICT_NOTE);
}

/* Moves that go round come to an end; so do those that are too many. */
static void
test_moves_in_a_circle(void)
{
    n2_move moves[12];
    trust_world w;
    n2_trust t;

    for (guint8 n = 2; n <= 12; n++) {
        world_init(&w, NAMED | ZONE | SEEN_OTHER, N2_PURPOSE_LOG_IN);
        for (guint8 i = 0; i < n; i++) /* OTHER, 30, 31, ... */
            moves[i] = (n2_move){i ? id_of(29 + i) : id_of(OTHER), id_of(30 + i), NULL, now_us};
        w.query.moves = moves;
        w.query.n_moves = n;
        moves[n - 1].to = id_of(OTHER);
        n2_trust_ask(&t, &w.query);
        g_assert_cmpint(t.verdict, ==, N2_VERDICT_STOP);
        moves[n - 1].to = id_of(SUBJECT);
        n2_trust_ask(&t, &w.query);
        g_assert_cmpint(t.verdict, ==, n <= 8 ? N2_VERDICT_NOTE : N2_VERDICT_STOP);
    }
}

/* ---- vouches in time ---- */

static void
test_replaced(void)
{
    static const struct {
        const char *name;
        struct {
            int from_days, until_days;
            const char *claim;
        } vouches[3];
        const char *want; /* NULL: not introduced */
    } cases[] = {
        {"one", {{-10, 10, "Anna"}}, "Anna"},
        {"later-replaces", {{-10, 10, "Anna"}, {-5, 10, "Eve"}}, "Eve"},
        {"earlier-does-not", {{-5, 10, "Eve"}, {-10, 10, "Anna"}}, "Eve"},
        {"withdrawn", {{-10, 100, "Anna"}, {-5, 10, ""}}, NULL},
        {"and-again", {{-10, 100, "Anna"}, {-5, 10, ""}, {-1, 2, "Anna"}}, "Anna"},
        {"over", {{-10, -1, "Anna"}}, NULL},
        {"over-at-this-moment", {{-10, 0, "Anna"}}, NULL},
        {"later-one-is-over", {{-10, 100, "Anna"}, {-5, -1, "Anna"}}, NULL},
        {"not-yet", {{2, 100, "Anna"}}, NULL},
        {"not-yet-replaces-nothing", {{-10, 100, "Anna"}, {2, 100, ""}}, "Anna"},
        {"a-claim-that-shows-nothing", {{-10, 100, "\xe2\x9c\x93"}}, ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        trust_world w;
        n2_trust t;
        world_init(&w, 0, N2_PURPOSE_READ);
        for (int n = 0; n < 3 && cases[i].vouches[n].claim; n++) {
            n2_vouch v = vouch_of(INTRODUCER, SUBJECT, N2_SCOPE_MET, cases[i].vouches[n].claim,
                                  now_us + cases[i].vouches[n].from_days * DAY_US);
            v.until_us = now_us + cases[i].vouches[n].until_days * DAY_US;
            world_add(&w, v);
        }
        n2_trust_ask(&t, &w.query);
        g_autofree char *words = trust_words(&t);
        g_test_message("%s: %s", cases[i].name, words);
        g_assert_cmpstr(words, ==, cases[i].want ? "go:introduced go:first" : "note:first");
        if (cases[i].want)
            g_assert_cmpstr(reason(&t, N2_WHY_INTRODUCED)->name, ==, cases[i].want);
    }
}

static void
test_unknown_clock(void)
{
    static const gint64 walls[] = {0, 1, -1, G_MININT64, G_MAXINT64};
    trust_world w;
    n2_trust t;

    for (gsize i = 0; i < G_N_ELEMENTS(walls); i++) {
        world_init(&w, INTRODUCED, N2_PURPOSE_READ);
        w.query.wall_us = walls[i];
        w.evidence[0].until_us = now_us - DAY_US;
        n2_trust_ask(&t, &w.query);
        g_assert_cmpint(t.verdict, ==, N2_VERDICT_NOTE);
        (void)reason(&t, N2_WHY_INTRODUCED);
        (void)reason(&t, N2_WHY_CLOCK);
        if (walls[i] == G_MAXINT64) /* its own date would be too late */
            g_assert_cmpint(reason(&t, N2_WHY_LAPSED)->at_us, ==, now_us - DAY_US);
    }
    g_assert_cmpint(n2_trust_clock(build_us, build_us), ==, build_us);
    g_assert_cmpint(n2_trust_clock(build_us - 1, build_us), ==, 0);
    g_assert_cmpint(n2_trust_clock(build_us + 3652 * DAY_US, build_us), !=, 0);
    g_assert_cmpint(n2_trust_clock(build_us + 3654 * DAY_US, build_us), ==, 0);
}

/* A successor is shown as such for 30 days. */
static void
test_moved_long_ago(void)
{
    trust_world w;
    n2_trust t;

    world_init(&w, NAMED | ZONE | SEEN_OTHER | END_MOVES, N2_PURPOSE_LOG_IN);
    w.moves[0].made_us = now_us - 31 * DAY_US;
    n2_trust_ask(&t, &w.query);
    g_autofree char *words = trust_words(&t);
    g_assert_cmpstr(words, ==, "go:zone go:seen");
}

/* ---- many ---- */

static void
test_many(void)
{
    g_autofree n2_vouch *many = g_new(n2_vouch, MANY_VOUCHES);
    g_autofree n2_mark *marks = g_new0(n2_mark, N2_CONTACTS_MAX);
    trust_world w;
    n2_trust t;

    world_init(&w, 0, N2_PURPOSE_READ);
    for (guint i = 0; i < N2_CONTACTS_MAX; i++) {
        marks[i].who = (n2_id){1, {50, (guint8)(i >> 8), (guint8)i}};
        marks[i].is = i % 8 ? N2_MARK_MET : N2_MARK_INTRODUCES;
        marks[i].petname = "Bob";
    }
    for (guint i = 0; i < MANY_VOUCHES; i++) {
        many[i] = vouch_of(0, SUBJECT, N2_SCOPE_MET, "Anna", now_us - (gint64)(i % 1000) - 1);
        many[i].by = (n2_id){1, {50, (guint8)(i >> 8), (guint8)i}};
    }
    w.query.marks = marks;
    w.query.n_marks = N2_CONTACTS_MAX;
    w.query.evidence = many;
    w.query.n_evidence = MANY_VOUCHES;
    gint64 start = g_get_monotonic_time();
    n2_trust_ask(&t, &w.query);
    gint64 took = g_get_monotonic_time() - start;
    g_test_message("%d vouches: %" G_GINT64_FORMAT " us", MANY_VOUCHES, took);
    g_assert_cmpint(took, <, G_USEC_PER_SEC);
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_GO);
    /* of 512 who introduce 256 are looked at, and 4 of those shown */
    g_assert_cmpuint(t.n_reasons, ==, N2_TRUST_SHOWN_MAX + 1);
    g_assert_cmpuint(t.n_left, ==,
                     N2_CONTACTS_MAX / 8 - N2_INTRODUCERS_MAX + N2_INTRODUCERS_MAX -
                         N2_TRUST_SHOWN_MAX);
}

/* So many known names are held against a new one, and a table of them costs no time to notice.
 */
static void
test_many_names(void)
{
    g_autofree n2_known_name *known = g_new(n2_known_name, N2_NAMES_KNOWN_MAX + 1);
    trust_world w;
    n2_trust t;

    world_init(&w, NAMED | ZONE | SEEN, N2_PURPOSE_LOG_IN);
    for (guint i = 0; i <= N2_NAMES_KNOWN_MAX; i++)
        known[i] = (n2_known_name){"somebody.else.whose.name.is.long.demo", id_of(77)};
    w.query.known = known;
    w.query.n_known = N2_NAMES_KNOWN_MAX + 1;
    known[N2_NAMES_KNOWN_MAX].name = "\xd0\xb0nna.demo";
    n2_trust_ask(&t, &w.query);
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_GO);
    known[N2_NAMES_KNOWN_MAX - 1].name = "\xd0\xb0nna.demo";
    gint64 start = g_get_monotonic_time();
    n2_trust_ask(&t, &w.query);
    g_test_message("%d us", (int)(g_get_monotonic_time() - start));
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_ASK);
    (void)reason(&t, N2_WHY_ALIKE);
}

static void
test_words(void)
{
    static const n2_why all[] = {
#define X(name, number, word, reading, other) N2_WHY_##name,
        N2_WHY_LIST(X)
#undef X
    };

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        g_assert_cmpint(n2_why_of_word(n2_why_word(all[i])), ==, all[i]);
        for (gsize j = 0; j < i; j++)
            g_assert_cmpint(all[i], !=, all[j]);
    }
    g_assert_cmpint(n2_why_of_word("nothing"), ==, 0);
    g_assert_cmpstr(n2_why_word((n2_why)999), ==, "");
    g_assert_cmpstr(n2_verdict_word(N2_VERDICT_STOP), ==, "stop");
    g_assert_cmpstr(n2_verdict_word((n2_verdict)9), ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/trust/rule/", rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/trust/parameters", test_parameters);
    g_test_add_func("/trust/attack-42-mixed-scripts-named", test_mixed);
    g_test_add_func("/trust/other-scopes", test_other_scopes);
    g_test_add_func("/trust/order", test_order);
    g_test_add_func("/trust/cycle", test_cycle);
    g_test_add_func("/trust/moves-in-a-circle", test_moves_in_a_circle);
    g_test_add_func("/trust/replaced", test_replaced);
    g_test_add_func("/trust/unknown-clock", test_unknown_clock);
    g_test_add_func("/trust/moved-long-ago", test_moved_long_ago);
    g_test_add_func("/trust/many", test_many);
    g_test_add_func("/trust/many-names", test_many_names);
    g_test_add_func("/trust/words", test_words);
    return g_test_run();
}
