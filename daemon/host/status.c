/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * status.c - counters of the data plane, fences, and which library does what.
 */
#include "host/status.h"

#include <glib.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/uses.h"
#include "crypto/aead.h"
#include "crypto/agree.h"
#include "crypto/noise.h"
#include "host/log.h"

enum {
    DAY_S = 24 * 60 * 60
};

unsigned
n2_status_turn_day(n2_status_day *day, n2_pump *pump)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    int64_t today =
        g_date_time_get_year(now) * INT64_C(1000) + g_date_time_get_day_of_year(now);
    unsigned s = (unsigned)(g_date_time_get_hour(now) * 3600 +
                            g_date_time_get_minute(now) * 60 + g_date_time_get_second(now));

    if (day->day != today && day->day) {
        n2_plane_stats plane;
        n2_datagram_stats udp;
        n2_pump_stats(pump, &plane, &udp);
        day->in_bytes = plane.bytes_in;
        day->out_bytes = plane.bytes_out;
    }
    day->day = today;
    return s < DAY_S ? DAY_S - s : 1;
}

static void
add_counters(n2_table *table, n2_pump *pump, n2_status_day *day)
{
    n2_plane_stats plane;
    n2_datagram_stats udp;

    (void)n2_status_turn_day(day, pump);
    n2_pump_stats(pump, &plane, &udp);
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {
        {"datagrams_in", plane.datagrams_in},
        {"datagrams_out", plane.datagrams_out},
        {"bytes_in", plane.bytes_in},
        {"bytes_out", plane.bytes_out},
        {"today_in", plane.bytes_in - day->in_bytes},
        {"today_out", plane.bytes_out - day->out_bytes},
        {"forwarded", plane.forwarded},
        {"delivered", plane.delivered},
        {"dropped_link", plane.dropped_link},
        {"dropped_switch", plane.dropped_switch},
        {"dropped_endpoint", plane.dropped_endpoint},
        {"opened", plane.opened},
        {"sealed", plane.sealed},
        {"resent", plane.resent},
        {"hellos", plane.hellos},
        {"hellos_refused", plane.hellos_refused},
        {"agreements", plane.agreements},
        {"resumed", plane.resumed},
        {"half_open", plane.half_open},
        {"pauses", plane.pauses},
        {"system_calls_in", udp.reads},
        {"system_calls_out", udp.writes},
        {"dropped_send_full", udp.send_full},
        {"dropped_send_too_long", udp.send_too_long},
        {"dropped_send_failed", udp.send_failed},
        {"dropped_receive_full", udp.receive_overflow},
        {"dropped_receive_foreign", udp.receive_foreign},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(counters); i++)
        n2_table_int(table, counters[i].name, (int64_t)counters[i].value);
    n2_table *limits = n2_table_new();

    n2_uses_add(&plane.uses, "log_per_s", N2_USE_NONE, N2_LOG_PER_S, n2_log_left_out());
    n2_table_uses(limits, &plane.uses);
    n2_table_take(table, "limits", limits);
}

static n2_table *
sandbox_table(const n2_fence_list *fences)
{
    n2_table *table = n2_table_new();

    for (size_t i = 0; i < fences->n; i++) {
        const n2_sandbox_state *state = &fences->fences[i].state;
        n2_table_row(table);
        n2_table_text(table, "process", fences->fences[i].process);
        n2_table_bool(table, "seccomp", state->has_seccomp);
        n2_table_int(table, "landlock", state->landlock_abi);
        n2_table_bool(table, "relaxed", state->is_relaxed);
    }
    return table;
}

/* Which library does what, as this processor has it. */
static n2_table *
crypto_table(const n2_crypto *crypto)
{
    const struct {
        const char *what, *by;
    } rows[] = {
        {"AES-256-GCM", n2_crypto_name(crypto, N2_CIPHER_AES256GCM)},
        {"ChaCha20-Poly1305", n2_crypto_name(crypto, N2_CIPHER_CHACHA20POLY1305)},
        {"SHA-256", crypto->lanes ? "ipsec-mb" : "openssl"},
        {"SHA-512", "openssl"},
        {"BLAKE2b", "sodium"},
        {"X25519", n2_agree_name(n2_noise_suite_find(N2_SUITE_1))},
        {"X448", n2_agree_name(n2_noise_suite_find(N2_SUITE_2))},
        {"Ed25519", "sodium"},
    };
    n2_table *table = n2_table_new();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        n2_table_row(table);
        n2_table_text(table, "what", rows[i].what);
        n2_table_text(table, "by", rows[i].by);
    }
    return table;
}

n2_table *
n2_status_table(const n2_status_sources *from)
{
    n2_table *table = n2_table_new();

    n2_table_row(table);
    n2_table_int(table, "pid", getppid()); /* the one to end: it would start this one anew */
    n2_table_int(table, "node_starts", from->node_starts);
    n2_table_text(table, "node_last_end", from->node_last_end);
    n2_table_int(table, "keys_starts", from->keys_starts);
    n2_table_text(table, "keys_last_end", from->keys_last_end);
    add_counters(table, from->pump, from->day);
    n2_table_take(table, "sandbox", sandbox_table(from->fences));
    if (from->crypto) {
        n2_table_bool(table, "aes", from->crypto->aes_native);
        n2_table_take(table, "crypto", crypto_table(from->crypto));
    }
    return table;
}
