/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-transport-handover.c - who says that it moved, from where, and what it has to answer;
 *                             probes; their limits.
 */
#include <string.h>

#include "base/limits.h"
#include "base/uses.h"
#include "transport-fixture.h"
#include "wire/path.h"

#define SECOND UINT64_C(1000000)

static const uint64_t other_way = UINT64_C(0x2bcd) << 6 | 16;
static const uint64_t third_way = UINT64_C(0x3bcd) << 6 | 16;

static const n2_use *
use_of(fixture *f, n2_uses *uses, const char *name)
{
    *uses = (n2_uses){0};
    n2_endpoint_uses(f->h.ep, uses);
    for (size_t i = 0; i < uses->n; i++)
        if (g_str_equal(uses->rows[i].name, name))
            return &uses->rows[i];
    g_error("no row %s", name);
}

static uint64_t
refused(fixture *f, const char *name)
{
    n2_uses uses;

    return use_of(f, &uses, name)->refused;
}

static void
say_at(fixture *f, uint64_t way, const n2_control_message *m)
{
    uint64_t kept = f->p.way;
    uint8_t bytes[N2_CONTROL_BYTES];

    n2_control_encode(m, bytes);
    f->p.way = way;
    puppet_send(&f->p, f->p.peer.control, bytes, sizeof bytes);
    f->p.way = kept;
}

/* The last control message of @type that leaves by @way now. */
static bool
heard_at(fixture *f, uint64_t way, n2_control_type type, n2_control_message *out)
{
    uint64_t kept = f->p.way;
    bool found = false;

    puppet_forget(&f->p);
    f->p.way = way;
    puppet_take(&f->p);
    for (unsigned i = 0; i < f->p.n_kept; i++) {
        n2_control_message m;
        const puppet_packet *packet = &f->p.kept[i];
        if (packet->len != N2_CONTROL_BYTES || packet->address != f->p.offer.control ||
            n2_control_decode(&m, packet->data, packet->len) || m.type != type)
            continue;
        *out = m;
        found = true;
    }
    f->p.way = kept;
    return found;
}

static const n2_event *
moved(const fixture *f)
{
    return puppet_host_last(&f->h, N2_EVENT_MOVED);
}

static void
op(fixture *f, n2_op_kind kind, uint64_t tag, uint64_t path)
{
    puppet_host_op(&f->h, &(n2_op){.kind = kind, .conn = f->conn, .tag = tag, .path = path});
}

/* ---- the peer moves ------------------------------------------------------------------------
 */

static n2_control_message
check_for(fixture *f, uint32_t move, uint64_t way)
{
    n2_control_message check;

    say_at(f, way, &(n2_control_message){.type = N2_CONTROL_MOVED, .move = move});
    g_assert_true(heard_at(f, way, N2_CONTROL_CHECK, &check));
    g_assert_cmpuint(check.move, ==, move);
    g_assert_cmphex(check.check, !=, 0);
    check.type = N2_CONTROL_CHECKED;
    return check;
}

static void
test_follow(fixture *f, gconstpointer data)
{
    n2_control_message answer = check_for(f, 1, other_way), m;
    bool by_ack = data != NULL;

    g_assert_null(moved(f));
    if (by_ack)
        say_at(f, other_way,
               &(n2_control_message){.type = N2_CONTROL_ACK, .ack = {.check = answer.check}});
    else
        say_at(f, other_way, &answer);
    g_assert_nonnull(moved(f));
    g_assert_cmpint(moved(f)->err, ==, N2_OK);
    g_assert_false(moved(f)->initiator);
    g_assert_cmphex(moved(f)->path, ==, n2_path_answer(other_way));
    /* All goes there now: a word that the mover waits for, at once. */
    g_assert_false(heard_at(f, f->p.way, N2_CONTROL_ACK, &m));
    conn_op(f, N2_OP_CLOSE);
    g_assert_true(heard_at(f, other_way, N2_CONTROL_CLOSE, &m));
}

typedef enum {
    WRONG_WAY,
    WRONG_OLD_WAY,
    WRONG_CHECK,
    WRONG_NUMBER,
    WRONG_HIGHER,
    WRONG_ACK
} wrong;

static void
test_wrong(fixture *f, gconstpointer data)
{
    n2_control_message answer = check_for(f, 5, other_way);
    wrong kind = (wrong)GPOINTER_TO_INT(data);
    uint64_t way = kind == WRONG_WAY ? third_way : kind == WRONG_OLD_WAY ? f->p.way : other_way;

    if (kind == WRONG_CHECK)
        answer.check ^= 1;
    else if (kind == WRONG_NUMBER)
        answer.move--;
    else if (kind == WRONG_HIGHER)
        answer.move++;
    else if (kind == WRONG_ACK)
        answer =
            (n2_control_message){.type = N2_CONTROL_ACK, .ack = {.check = answer.check ^ 1}};
    say_at(f, way, &answer);
    g_assert_null(moved(f));
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_CLOSED));
}

/* A check is of one move: what was answered once is worth nothing later. */
static void
test_old_checks(fixture *f, gconstpointer data)
{
    n2_control_message first = check_for(f, 1, other_way), m;

    (void)data;
    say_at(f, other_way, &first);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_MOVED), ==, 1);
    n2_control_message second = check_for(f, 2, third_way);
    say_at(f, third_way, &second);
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_MOVED), ==, 2);
    say_at(f, other_way, &first);
    second.move = 3;
    say_at(f, third_way, &second);
    first.move = 3;
    say_at(f, other_way, &first);
    /* A MOVED that was late says nothing, but where it is in use already it is told so. */
    say_at(f, other_way, &(n2_control_message){.type = N2_CONTROL_MOVED, .move = 1});
    g_assert_false(heard_at(f, other_way, N2_CONTROL_CHECK, &m));
    say_at(f, other_way, &(n2_control_message){.type = N2_CONTROL_MOVED, .move = 2});
    g_assert_false(heard_at(f, other_way, N2_CONTROL_CHECK, &m));
    say_at(f, third_way, &(n2_control_message){.type = N2_CONTROL_MOVED, .move = 2});
    g_assert_true(heard_at(f, third_way, N2_CONTROL_ACK, &m));
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_MOVED), ==, 2);
}

/* Never more goes to a new place than came from there. */
static void
test_no_amplifier(fixture *f, gconstpointer data)
{
    uint64_t kept = f->p.way;
    size_t sent = 0;

    (void)data;
    puppet_forget(&f->p);
    f->p.bytes = 0;
    for (uint32_t i = 1; i <= 3 * N2_MOVE_PER_S; i++) {
        say_at(f, other_way, &(n2_control_message){.type = N2_CONTROL_MOVED, .move = i});
        sent += 26 + N2_CONTROL_BYTES + 16;
        f->p.way = other_way;
        puppet_take(&f->p);
        f->p.way = kept;
        g_assert_cmpuint(f->p.bytes, <=, sent);
    }
    g_assert_cmpuint(f->p.bytes, <, (N2_MOVE_PER_S + 8) * (26 + N2_CONTROL_BYTES + 16));
    g_assert_cmpuint(refused(f, "move_per_s"), >=, N2_MOVE_PER_S);
}

/* ---- behind a full window ------------------------------------------------------------------
 */

static unsigned
n_data(const fixture *f)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->p.n_kept; i++)
        n += f->p.kept[i].address != f->p.offer.control;
    return n;
}

/* All that it may have under way is: much waits, and for 50 ms nothing has left. */
static void
fill_window(fixture *f)
{
    static uint8_t source[64 * UNIT];
    unsigned quiet_ms = 0;

    for (unsigned i = 0; i < N2_SENDS_MAX; i++)
        send_op(f, source, sizeof source, i);
    for (unsigned ms = 0; ms < 1000 && quiet_ms < 50; ms++) {
        puppet_forget(&f->p);
        puppet_wait(&f->p, 1000, 1000, false);
        quiet_ms = n_data(f) ? 0 : quiet_ms + 1;
    }
    g_assert_cmpuint(quiet_ms, ==, 50);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_SENT));
}

/* The peer asks for a proof of the way: it comes at once, and not behind what waits. */
static void
test_full_probed(fixture *f, gconstpointer data)
{
    n2_control_message m = {.type = N2_CONTROL_CHECK, .check = 7}, answer;

    (void)data;
    fill_window(f);
    say_at(f, f->p.way, &m);
    g_assert_true(heard_at(f, f->p.way, N2_CONTROL_CHECKED, &answer));
    g_assert_cmphex(answer.check, ==, 7);
    g_assert_cmpuint(n_data(f), ==, 0); /* it was full, and is */
}

/* The peer moves: CHECK, and all goes there once it has said CHECKED. */
static void
test_full_follow(fixture *f, gconstpointer data)
{
    n2_control_message m;

    (void)data;
    fill_window(f);
    n2_control_message answer = check_for(f, 1, other_way);
    g_assert_cmpuint(n_data(f), ==, 0);
    say_at(f, other_way, &answer);
    g_assert_nonnull(moved(f));
    g_assert_cmphex(moved(f)->path, ==, n2_path_answer(other_way));
    g_assert_true(heard_at(f, other_way, N2_CONTROL_ACK, &m));
}

/* We move: MOVED leaves, the peer's check is answered, and the new way is not held back by
 * what the old one has not brought. */
static void
test_full_move(fixture *f, gconstpointer data)
{
    n2_control_message m, answer;

    (void)data;
    fill_window(f);
    op(f, N2_OP_MOVE, 9, n2_path_answer(other_way));
    g_assert_true(heard_at(f, other_way, N2_CONTROL_MOVED, &m));
    m.type = N2_CONTROL_CHECK;
    m.check = UINT64_C(0x1234567890abcdef);
    say_at(f, other_way, &m);
    g_assert_true(heard_at(f, other_way, N2_CONTROL_CHECKED, &answer));
    g_assert_cmphex(answer.check, ==, m.check);
    g_assert_nonnull(moved(f));
    g_assert_cmpint(moved(f)->err, ==, N2_OK);
    f->p.way = other_way;
    puppet_wait(&f->p, SECOND, 1000, false);
    g_assert_cmpuint(n_data(f), >, 0);
}

/* Our own probe leaves, and its answer is heard. */
static void
test_full_probe(fixture *f, gconstpointer data)
{
    n2_control_message m;

    (void)data;
    fill_window(f);
    op(f, N2_OP_PROBE, 77, 0);
    g_assert_true(heard_at(f, f->p.way, N2_CONTROL_CHECK, &m));
    g_assert_cmpuint(n_data(f), ==, 0);
    m.type = N2_CONTROL_CHECKED;
    say_at(f, f->p.way, &m);
    g_assert_nonnull(puppet_host_last(&f->h, N2_EVENT_PROBED));
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_PROBED)->err, ==, N2_OK);
}

/* ---- our own move --------------------------------------------------------------------------
 */

static void
test_move(fixture *f, gconstpointer data)
{
    n2_control_message m, again;

    (void)data;
    op(f, N2_OP_MOVE, 9, n2_path_answer(other_way));
    g_assert_true(heard_at(f, other_way, N2_CONTROL_MOVED, &m));
    m.type = N2_CONTROL_CHECK;
    m.check = UINT64_C(0x1234567890abcdef);
    /* Only a check that came back the way it went: attack 2. */
    say_at(f, third_way, &m);
    say_at(f, f->p.way, &m);
    g_assert_null(moved(f));
    again = m;
    again.move++;
    say_at(f, other_way, &again);
    g_assert_null(moved(f));
    g_assert_false(heard_at(f, other_way, N2_CONTROL_CHECKED, &again));
    say_at(f, other_way, &m);
    g_assert_true(heard_at(f, other_way, N2_CONTROL_CHECKED, &again));
    g_assert_cmphex(again.check, ==, m.check);
    g_assert_cmpuint(again.move, ==, m.move);
    g_assert_nonnull(moved(f));
    g_assert_true(moved(f)->initiator);
    g_assert_cmpuint(moved(f)->tag, ==, 9);
    g_assert_cmphex(moved(f)->path, ==, n2_path_answer(other_way));
    /* The same check is answered again, as the answer may be lost; acknowledgements repeat it.
     */
    say_at(f, other_way, &m);
    g_assert_true(heard_at(f, other_way, N2_CONTROL_CHECKED, &again));
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_MOVED), ==, 1);
    say_at(f, other_way, &(n2_control_message){.type = N2_CONTROL_ACK, .ack = {.asks = true}});
    f->h.now_us += SECOND;
    puppet_host_settle(&f->h);
    g_assert_false(heard_at(f, other_way, N2_CONTROL_MOVED, &again)); /* it is settled */
}

static void
test_in_vain(fixture *f, gconstpointer data)
{
    n2_control_message m;
    unsigned n = 0;

    (void)data;
    op(f, N2_OP_MOVE, 4, n2_path_answer(other_way));
    for (unsigned i = 0; i < 100 && !moved(f); i++) {
        n += heard_at(f, other_way, N2_CONTROL_MOVED, &m);
        f->h.now_us += SECOND / 10;
        puppet_host_settle(&f->h);
    }
    g_assert_cmpuint(n, ==, N2_MOVE_TRIES);
    g_assert_nonnull(moved(f));
    g_assert_cmpint(moved(f)->err, ==, N2_ERR_TIMEOUT);
    g_assert_cmphex(moved(f)->path, ==, n2_path_answer(other_way));
    conn_op(f, N2_OP_CLOSE); /* by the old way */
    g_assert_true(heard_at(f, f->p.way, N2_CONTROL_CLOSE, &m));
}

/* ---- probes --------------------------------------------------------------------------------
 */

static void
test_probe(fixture *f, gconstpointer data)
{
    n2_control_message m;

    (void)data;
    op(f, N2_OP_PROBE, 77, 0);
    g_assert_true(heard_at(f, f->p.way, N2_CONTROL_CHECK, &m));
    g_assert_cmpuint(m.move, ==, 0);
    f->h.now_us += 1234;
    m.type = N2_CONTROL_CHECKED;
    m.check ^= 16;
    say_at(f, f->p.way, &m);
    g_assert_null(puppet_host_last(&f->h, N2_EVENT_PROBED));
    m.check ^= 16;
    say_at(f, f->p.way, &m);
    const n2_event *e = puppet_host_last(&f->h, N2_EVENT_PROBED);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_OK);
    g_assert_cmpuint(e->tag, ==, 77);
    g_assert_cmpuint(e->rtt_us, ==, 1234);
    say_at(f, f->p.way, &m); /* twice is once */
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_PROBED), ==, 1);
}

static void
test_probes_limit(fixture *f, gconstpointer data)
{
    n2_uses uses;

    (void)data;
    for (unsigned i = 0; i <= N2_PROBES_MAX; i++)
        op(f, N2_OP_PROBE, i, 0);
    const n2_event *e = puppet_host_last(&f->h, N2_EVENT_PROBED);
    g_assert_nonnull(e);
    g_assert_cmpint(e->err, ==, N2_ERR_LIMIT);
    g_assert_cmpuint(e->tag, ==, N2_PROBES_MAX);
    g_assert_cmpuint(use_of(f, &uses, "probes")->at, ==, N2_PROBES_MAX);
    g_assert_cmpuint(refused(f, "probes"), ==, 1);
    for (unsigned i = 0; i < 100; i++) { /* nobody answers */
        f->h.now_us += SECOND / 10;
        puppet_take(&f->p);
    }
    g_assert_cmpuint(puppet_host_count(&f->h, N2_EVENT_PROBED), ==, N2_PROBES_MAX + 1);
    g_assert_cmpint(puppet_host_last(&f->h, N2_EVENT_PROBED)->err, ==, N2_ERR_TIMEOUT);
}

/* A peer that asks without end is answered so often and no more. */
static void
test_probe_flood(fixture *f, gconstpointer data)
{
    n2_control_message m = {.type = N2_CONTROL_CHECK, .check = 7}, answer;
    unsigned n = 0;

    (void)data;
    for (unsigned i = 0; i < 2000; i++) {
        say_at(f, f->p.way, &m);
        n += heard_at(f, f->p.way, N2_CONTROL_CHECKED, &answer);
        f->h.now_us += 10; /* 100,000 a second */
    }
    g_assert_cmpuint(n, <=, N2_PROBE_PER_S / 50 + 64);
    g_assert_cmpuint(n, >=, N2_PROBE_PER_S / 50);
    g_assert_cmpuint(refused(f, "probe_per_s"), ==, 2000 - n);
    g_assert_cmphex(answer.check, ==, 7);
}

int
main(int argc, char **argv)
{
    static const char *const names[] = {"another-way", "the-old-way",   "another-check",
                                        "old-number",  "higher-number", "acknowledgement"};

    g_test_init(&argc, &argv, NULL);
#define ADD(name, data, function)                                                              \
    g_test_add("/transport/handover/" name, fixture, data, fixture_set_up, function,           \
               fixture_tear_down)
    ADD("follow", NULL, test_follow);
    ADD("follow-by-acknowledgement", "", test_follow);
    for (int i = WRONG_WAY; i <= WRONG_ACK; i++) {
        char *path = g_strdup_printf("/transport/handover/attack-02-wrong/%s", names[i]);
        g_test_add(path, fixture, GINT_TO_POINTER(i), fixture_set_up, test_wrong,
                   fixture_tear_down);
        g_free(path);
    }
    ADD("attack-02-old-checks", NULL, test_old_checks);
    ADD("no-amplifier", NULL, test_no_amplifier);
    ADD("attack-02-move", NULL, test_move);
    ADD("in-vain", NULL, test_in_vain);
    ADD("attack-07-full-window-probed", NULL, test_full_probed);
    ADD("attack-07-full-window-follow", NULL, test_full_follow);
    ADD("attack-07-full-window-move", NULL, test_full_move);
    ADD("attack-07-full-window-probe", NULL, test_full_probe);
    ADD("probe", NULL, test_probe);
    ADD("probes-limit", NULL, test_probes_limit);
    ADD("probe-flood", NULL, test_probe_flood);
    return g_test_run();
}
