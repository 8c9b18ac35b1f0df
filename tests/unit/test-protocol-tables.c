/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-protocol-tables.c - the tables of daemon/PROTOCOL.md that lists of the code have too:
 *                          kinds of boxes, errors, limits.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "protocol-page.h"
#include "wire/kinds.h"

static const struct {
    guint32 bit;
    const char *word;
} signers[] = {
    {N2_RIGHT_CONTROL, "control"},
    {N2_RIGHT_SESSION, "session"},
    {N2_RIGHT_DEVICE, "device"},
    {N2_RIGHT_OPEN, "open"},
    {N2_RIGHT_ZONE, "zone"},
    {N2_RIGHT_PUBLISH, "publish"},
    {N2_SIGNER_ITS_KEYS, "each of its keys"},
    {N2_SIGNER_NEW_KEY, "and the new key"},
    {N2_SIGNER_ITSELF, "or the key itself"},
    {N2_SIGNER_SHEET, "both sheet keys"},
    {N2_SIGNER_SESSION, "a session key"},
    {N2_SIGNER_STREAM, "the stream key"},
    {N2_SIGNER_ACCOUNT, "the account key"},
    {N2_SIGNER_PARENTS, "and each parent"},
};

static void
put_signers(GString *row, guint32 bits)
{
    gsize before = row->len;

    for (gsize i = 0; i < G_N_ELEMENTS(signers); i++)
        if (bits & signers[i].bit) {
            gboolean joined = g_str_has_prefix(signers[i].word, "and ") ||
                              g_str_has_prefix(signers[i].word, "or ");
            g_string_append_printf(row, "%s%s",
                                   row->len == before ? ""
                                   : joined           ? " "
                                                      : ", ",
                                   signers[i].word);
        }
    if (row->len == before)
        g_string_append_c(row, '-');
}

static void
put_life(GString *row, guint32 seconds)
{
    if (!seconds)
        g_string_append_c(row, '-');
    else if (seconds % 86400)
        g_string_append_printf(row, "%u h", seconds / 3600);
    else
        g_string_append_printf(row, "%u d", seconds / 86400);
}

static void
put_field(GString *row, const n2_field_rule *f)
{
    static const char letters[] = "?tiTbrkIxa";

    g_string_append_printf(row, "%u", f->number);
    for (guint type = 1; type < N2_TYPES; type++)
        if (f->types & 1u << type)
            g_string_append_c(row, letters[type]);
    if (f->inner)
        g_string_append_printf(row, "%u", f->inner);
    if (f->n && f->number < 64)
        g_string_append_printf(row, ":%u", f->n);
    else if (f->n && f->number < 192)
        g_string_append_printf(row, "<=%u", f->n);
    if (f->number < 64 && f->optional)
        g_string_append_c(row, '?');
}

static void
test_kinds(void)
{
    guint n = 0;

    for (guint kind = 0; kind < 256; kind++) {
        const n2_kind_rule *rule = n2_kind_rule_of((guint8)kind);
        g_autoptr(GString) row = g_string_new(NULL);

        if (!rule)
            continue;
        gboolean is_file = kind >= N2_KIND_SECRETS && kind <= N2_KIND_SECRET;
        g_assert_cmpuint(rule->version, ==, is_file ? 2 : 1);
        g_string_append_printf(row, "| %u | %s | `", kind, rule->word);
        for (const n2_field_rule *f = rule->fields; f->number; f++) {
            if (f != rule->fields)
                g_string_append_c(row, ' ');
            put_field(row, f);
        }
        g_string_append(row, "` | ");
        put_signers(row, rule->signers);
        g_string_append(row, " | ");
        put_life(row, rule->lifetime_s);
        g_string_append(row, " |");
        protocol_page_expect_text("kind", row->str);
        n++;
    }
    g_assert_cmpuint(n, ==, 40);
}

static void
test_errors(void)
{
    static const struct {
        int value;
        const char *name, *text;
    } rows[] = {
#define X(name, value, exit, text) {value, #name, text},
        N2_ERR_LIST(X)
#undef X
    };

    for (gsize i = 1; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *row = g_strdup_printf("| %d | %s | %s |", rows[i].value,
                                               rows[i].name + strlen("N2_ERR_"), rows[i].text);
        protocol_page_expect_text("error", row);
    }
}

#define L(name)                                                                                \
    {                                                                                          \
#name, (guint64)(name)                                                                 \
    }
/* The limits of the table, each as the compiler knows it. */
static const struct {
    const char *name;
    guint64 value;
} limits[] = {
    L(N2_SWITCH_ECHO_PER_S),
    L(N2_COMPLAINTS_BURST),
    L(N2_COMPLAINT_EVERY_S),
    L(N2_COMPLAINERS_MAX),
    L(N2_LINK_PROBES_MAX),
    L(N2_LINK_PROBES_PER_S),
    L(N2_LINK_DOUBT_US),
    L(N2_LINK_SILENT_US),
    L(N2_LINK_CHALLENGE_PER_S),
    L(N2_LINK_ACCEPT_PER_S),
    L(N2_LINK_MOVE_PER_S),
    L(N2_LINK_PONG_PER_S),
    L(N2_SERVE_GROUPS_MAX),
    L(N2_WALK_CONTENTS_MAX),
    L(N2_WALK_FOLDER_BYTES),
    L(N2_SERVE_WALK_BYTES),
    L(N2_FETCH_AHEAD_GROUPS),
    L(N2_FETCH_AHEAD_US),
    L(N2_SERVE_FOLDERS_MAX),
    L(N2_SERVE_FOLDERS_BYTES),
    L(N2_SERVE_GIVEN_BYTES),
    L(N2_SHOW_TRIES_MAX),
    L(N2_LOGIN_TRIES_MAX),
    L(N2_ACCOUNT_MOVES_MAX),
    L(N2_STRANGER_MOVES_MAX),
    L(N2_STRANGER_MOVES_PER_S),
    L(N2_STRANGER_MOVES_BURST),
    L(N2_ACCESS_READERS_MAX),
    L(N2_ACCESS_DEPTH_MAX),
    L(N2_ACCESS_GROUPS_MAX),
    L(N2_ACCESS_MEMBERS_MAX),
    L(N2_SHOW_PER_S),
    L(N2_VAULT_ASKS_PER_S),
    L(N2_SHOW_WEIGHT_NEW),
    L(N2_LINK_MEET_PER_S),
    L(N2_LINK_MET_PER_S),
    L(N2_LINK_MET_TRIES),
    L(N2_LINK_MEETINGS_MAX),
    L(N2_LINK_HALVES_MAX),
    L(N2_LINK_HALF_US),
    L(N2_LINK_KNOWN_MAX),
    L(N2_LINK_QUIET_US),
    L(N2_LINK_SILENCE_US),
    L(N2_LINK_DEAD_US),
    L(N2_LINK_TRIES),
    L(N2_HELLO_PER_S),
    L(N2_AGAIN_PER_S),
    L(N2_AGAIN_PER_WAY_PER_S),
    L(N2_QUERY_PER_S),
    L(N2_HELLO_WEIGHT_2),
    L(N2_UNKNOWN_PER_S),
    L(N2_TICKETS_MAX),
    L(N2_TICKETS_OWN_MAX),
    L(N2_TICKET_US),
    L(N2_FRESH_US),
    L(N2_FRESH_END_US),
    L(N2_HALF_OPEN_MAX),
    L(N2_HALF_OPEN_PER_WAY_MAX),
    L(N2_HALF_OPEN_US),
    L(N2_VOUCHES_OTHERS_MAX),
    L(N2_VOUCHES_PER_OTHER_MAX),
    L(N2_VOUCHES_MAX),
    L(N2_VOUCHES_PER_SIGNER_MAX),
    L(N2_VOUCH_BYTES_MAX),
    L(N2_INTRODUCERS_MAX),
    L(N2_KEY_RECORDS_MAX),
    L(N2_HELLO_PATIENCE_US),
    L(N2_SILENCE_PATIENCE_US),
    L(N2_IDLE_US),
    L(N2_REST_US),
    L(N2_EPOCH_PACKETS_MAX),
    L(N2_EPOCH_US),
    L(N2_EPOCH_OLD_US),
    L(N2_COUNTERS_MAX),
    L(N2_FAILED_OPENINGS_MAX),
    L(N2_TREES_MAX),
    L(N2_TREES_PER_PORT_MAX),
    L(N2_TREE_SAME_MAX),
    L(N2_TREE_BRANCHES_MAX),
    L(N2_TREE_BRANCHES_PER_PORT_MAX),
    L(N2_TREE_SAME_PORT_MAX),
    L(N2_TREE_PER_S),
    L(N2_TREE_PASS_PER_S),
    L(N2_CHANNEL_PER_S),
    L(N2_CHANNEL_PASS_PER_S),
    L(N2_TREE_IDLE_US),
    L(N2_TREE_US),
    L(N2_TREE_RENEW_US),
    L(N2_TREE_UP_US),
    L(N2_TREE_TRY_US),
    L(N2_TREE_TRIES),
    L(N2_CAST_SILENCE_US),
    L(N2_CHANNELS_MAX),
    L(N2_CHANNEL_BLOCKS_MAX),
    L(N2_CHANNEL_BYTES_MAX),
    L(N2_CHANNELS_PER_PORT_MAX),
    L(N2_CHANNEL_TURN_US),
    L(N2_CHANNEL_WAIT_US),
    L(N2_LOCAL_PER_S),
    L(N2_LOCAL_SEEN_US),
    L(N2_SAID_MAX),
    L(N2_CASTS_MAX),
    L(N2_CAST_EVENTS_MAX),
    L(N2_FEEDS_MAX),
    L(N2_RESERVES_MAX),
    L(N2_RESERVE_PER_S),
    L(N2_RESERVE_UNSURE_BPS),
    L(N2_RESERVE_OUT),
    L(N2_RESERVE_POTS),
    L(N2_RESERVE_PERCENT),
    L(N2_RESERVE_US),
    L(N2_RESERVE_RENEW_US),
    L(N2_RESERVE_PENDING_US),
    L(N2_RESERVE_CUT_US),
    L(N2_RESERVE_RETRY_US),
    L(N2_RESERVE_TRIES),
    L(N2_CLAIMS_MAX),
    L(N2_STEPS_MAX),
    L(N2_POLICE_GROSS),
    L(N2_POLICE_BURST_US),
    L(N2_PLANE_RUNS_MAX),
    L(N2_QUEUE_PACKETS_MAX),
    L(N2_QUEUE_CAP_BYTES_MIN),
    L(N2_QUEUE_CAP_BYTES_MAX),
    L(N2_QUEUE_CAP_US),
    L(N2_QUEUE_TARGET_US),
    L(N2_QUEUE_JAM_US),
    L(N2_QUEUE_WEIGHT_MAX),
    L(N2_USERS_US),
    L(N2_LINK_USERS_OLD_US),
    L(N2_PLAIN_PER_S),
    L(N2_CONNECTIONS_MAX),
    L(N2_FLIGHT_PACKETS_MAX),
    L(N2_SENDS_MAX),
    L(N2_GRANTS_MAX),
    L(N2_GONE_MAX),
    L(N2_COMMAND_RING_BYTES),
    L(N2_COMMAND_QUEUE_BYTES_MAX),
    L(N2_CONNECTIONS_BYTES_MAX),
    L(N2_QUEUES_BYTES_MAX),
    L(N2_ENDPOINT_EVENTS_MAX),
    L(N2_ENDPOINT_EVENT_BYTES_MAX),
    L(N2_RAW_QUEUE_MAX),
    L(N2_ACK_EVERY),
    L(N2_ACK_TOLD),
    L(N2_SWITCH_NOTICE_PER_S),
    L(N2_NOTICE_PER_S),
    L(N2_NOTICE_LIES_MAX),
    L(N2_NOTICE_DEAF_US),
    L(N2_NOTICE_QUEUE_US),
    L(N2_RECENT_PACKETS),
    L(N2_MOVE_PER_S),
    L(N2_PROBE_PER_S),
    L(N2_PROBES_MAX),
    L(N2_MOVE_TRIES),
    L(N2_PATH_SILENCE_US),
    L(N2_PATH_TIMEOUTS),
    L(N2_ROUTES_MAX),
    L(N2_ROUTES_BAD_MAX),
    L(N2_WAY_BAD_US),
    L(N2_VM_STRING_BYTES_MAX),
    L(N2_VM_BLOCK_BYTES_MAX),
    L(N2_VM_ARENA_BYTES),
    L(N2_VM_STACK_MAX),
    L(N2_VM_COST_PER_BLOCK),
    L(N2_VM_COST_PER_S),
    L(N2_VM_COST_ANSWER_BYTE),
    L(N2_VM_REFUSED_MAX),
    L(N2_SERVE_SENDS_MAX),
    L(N2_SERVE_SEND_BYTES_MAX),
    L(N2_TALK_BYTES_MAX),
    L(N2_SERVE_NODES_MAX),
    L(N2_SERVE_OBJECTS_MAX),
    L(N2_LINK_EVENTS_MAX),
    L(N2_BOX_BYTES_MAX),
    L(N2_BOX_FIELDS_MAX),
    L(N2_BOX_DEPTH_MAX),
    L(N2_BOX_DIRECTORY_BYTES_MAX),
    L(N2_BOX_DIRECTORY_FIELDS_MAX),
    L(N2_IDENTITY_BYTES_MAX),
    L(N2_IDENTITY_KEYS_MAX),
    L(N2_IDENTITY_NAMED_MAX),
    L(N2_IDENTITY_WAITING_BYTES_MAX),
    L(N2_IDENTITY_SETTLED_US),
    L(N2_CONTAINER_STATEMENTS_MAX),
    L(N2_CLOCK_SKEW_US),
    L(N2_STATIC_LIFETIME_US),
    L(N2_DEVICE_LIFETIME_US),
    L(N2_FETCH_PROBE_US),
    L(N2_FETCH_SILENCE_US),
    L(N2_FETCH_STALL_US),
    L(N2_FETCH_SLOW_US),
    L(N2_FETCH_PROVEN_US),
    L(N2_FETCH_SHOW_US),
    L(N2_FETCH_TRIES_MAX),
    L(N2_FETCH_TROUBLE_US),
    L(N2_FETCH_AGAIN_US),
    L(N2_FETCH_REFUSED_US),
    L(N2_FETCH_IDLE_US),
    L(N2_NAME_ANSWERS_MAX),
    L(N2_NAME_ANSWERS_BYTES_MAX),
    L(N2_ZONE_ASKS_A_S),
    L(N2_ZONE_ASKER_BYTES_MAX),
    L(N2_ZONE_WAITING_MAX),
    L(N2_ZONE_COPY_BYTES_MAX),
    L(N2_ZONE_COPY_STEP),
    L(N2_LOOKUPS_OTHERS_MAX),
    L(N2_DHT_VALUES_MAX),
    L(N2_DHT_SHARE_MAX),
    L(N2_DHT_WRITER_MAX),
    L(N2_DHT_KEEP_PER_S),
    L(N2_DHT_KEEP_BURST),
    L(N2_DHT_NODES_MAX),
    L(N2_LOOKUPS_PER_OTHER_MAX),
    L(N2_FETCH_HOLDERS_MAX),
    L(N2_CARRIED_MAX),
    L(N2_CARRY_MISS_US),
    L(N2_CARRY_FRESH_US),
    L(N2_CROWD_TREES_MAX),
    L(N2_CROWD_WAIT_US),
    L(N2_CROWD_MORE_US),
    L(N2_CROWD_FRESH_US),
    L(N2_FETCH_HEDGE_US),
    L(N2_FETCH_STUCK_US),
    L(N2_FETCH_END_US),
    L(N2_FETCH_ASIDE_US),
    L(N2_FETCH_LAN_US),
    L(N2_FETCH_NEAR_US),
};
#undef L

static guint64
value_of(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
        if (g_str_equal(limits[i].name, name))
            return limits[i].value;
    g_error("daemon/PROTOCOL.md has the limit %s, this test has not: add it", name);
}

/* "65,536", "64 KiB", "0.5 s" (in us), "2\u00b2\u2078" and words behind it. */
static guint64
number_of(const char *text)
{
    static const struct {
        const char *word;
        guint64 factor;
    } units[] = {{" KiB", 1 << 10},
                 {" MiB", 1 << 20},
                 {" ms", 1000},
                 {" s", G_USEC_PER_SEC},
                 {" min", 60 * (guint64)G_USEC_PER_SEC},
                 {" h", 3600 * (guint64)G_USEC_PER_SEC},
                 {" d", 86400 * (guint64)G_USEC_PER_SEC}};
    static const char *const raised[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                         "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
    g_auto(GStrv) groups = g_strsplit(text, ",", -1);
    g_autofree char *plain = g_strjoinv("", groups);
    char *rest;
    double number = g_ascii_strtod(plain, &rest);
    guint power = 0;

    g_assert_true(rest > plain);
    for (guint digit = 0; digit < 10; digit++)
        if (g_str_has_prefix(rest, raised[digit])) {
            power = 10 * power + digit;
            rest += strlen(raised[digit]);
            digit = (guint)-1;
        }
    if (power) {
        g_assert_cmpfloat(number, ==, 2);
        return (guint64)1 << power;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        gsize len = strlen(units[i].word);
        if (g_str_has_prefix(rest, units[i].word) && (!rest[len] || rest[len] == ' '))
            return (guint64)(number * (double)units[i].factor + 0.5);
    }
    return (guint64)number;
}

/* Each name of the table of limits has the number that the compiler knows. */
static void
test_limits(void)
{
    g_autofree char *page = protocol_page_read();
    g_autoptr(GRegex) row = g_regex_new("\\| (N2_[A-Z0-9_, ]+) \\| ([^|]+) \\|", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    const char *from = strstr(page, "## Limits"),
               *end = from ? strstr(from, "## Errors") : NULL;
    gsize n = 0;

    g_assert_nonnull(end);
    g_autofree char *part = g_strndup(from, (gsize)(end - from));
    for (g_regex_match(row, part, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *left = g_match_info_fetch(match, 1);
        g_autofree char *right = g_match_info_fetch(match, 2);
        g_auto(GStrv) names = g_strsplit(left, ", ", -1);
        g_auto(GStrv) numbers = g_strsplit(right, ", ", -1);

        g_assert_cmpuint(g_strv_length(names), ==, g_strv_length(numbers));
        for (gsize i = 0; names[i]; i++, n++)
            if (value_of(names[i]) != number_of(numbers[i]))
                g_error("daemon/PROTOCOL.md: %s is %s, but it is %" G_GUINT64_FORMAT, names[i],
                        numbers[i], value_of(names[i]));
    }
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(limits)); /* each row is one of them */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/tables/kinds", test_kinds);
    g_test_add_func("/protocol/tables/errors", test_errors);
    g_test_add_func("/protocol/tables/limits", test_limits);
    return g_test_run();
}
