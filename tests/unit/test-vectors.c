/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-vectors.c - the whole exchange of a page fetched, byte for byte as in
 *                  tests/vectors/fetch.txt.
 *
 * The node is the real one (links, switch, end point, control plane, store, keys) with seeded
 * random numbers and a made-up clock; the client is made by hand.  With N2_VECTORS_WRITE set to
 * a file name, the exchange is written there instead of compared.
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "crypto/directory.h"
#include "crypto/head.h"
#include "crypto/nodekey.h"
#include "disk-mem.h"
#include "hand-client.h"
#include "keys/keyring.h"
#include "node/control.h"
#include "node/plane.h"
#include "protocol-page.h"
#include "store-fixture.h"
#include "transport/region.h"
#include "vm/verify.h"

#define PAGE_NAME "index.md"
#define REGION                                                                                 \
    UINT64_C(0x0800000000000000) /* index 65,536: the first that we give ourselves             \
                                  */
#define NEXT_REGION UINT64_C(0x0000080000000000)

enum {
    PAGE_BYTES = 1500, /* more than one 512-byte packet holds: it comes in halves */
    BEGIN_US = 20000000,
    WAY_US = 1000,   /* each way */
    ANSWER_US = 5000 /* patience with an answer, so that it needs no acknowledgement */
};

typedef struct world {
    fixture store;
    disk_mem *disk;
    n2_keyring *ring;
    n2_control *control;
    n2_plane *plane;
    n2_id id;
    struct random {
        struct world *w;
        guint64 seed;
    } random[3]; /* of data plane, control plane and store, keys: none disturbs another */
    n2_env keys_env;
    guint64 now_us;
    hand_client *client;
    GString *text;
    GPtrArray *under_way; /* of GBytes, from the node */
    GPtrArray *draws;     /* of GBytes: what the node drew, 32 bytes each */
    char *page;
    guint n_questions;
    gboolean is_told, is_answered; /* the last question: acknowledged, answered */
} world;

static gint64
wall(const world *w)
{
    return G_GINT64_CONSTANT(1760000000000000) + (gint64)w->now_us;
}

static void
random_cb(void *user, void *buf, size_t len)
{
    struct random *r = user;

    for (gsize i = 0; i < len; i++) {
        guint64 z = (r->seed += 0x9e3779b97f4a7c15u);
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        ((guint8 *)buf)[i] = (guint8)(z ^ z >> 31);
    }
    if (len == 32)
        g_ptr_array_add(r->w->draws, g_bytes_new(buf, len));
}

/* ---- the text ---- */

static void
put_hex(world *w, const char *mark, const guint8 *bytes, gsize len)
{
    g_string_append(w->text, mark);
    g_string_append_c(w->text, ' ');
    for (gsize i = 0; i < len; i++)
        g_string_append_printf(w->text, "%02x", bytes[i]);
    g_string_append_c(w->text, '\n');
}

static void __attribute__((format(printf, 2, 3))) put_words(world *w, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append(w->text, "\n# ");
    g_string_append_vprintf(w->text, format, args);
    g_string_append_c(w->text, '\n');
    va_end(args);
}

/* Four questions, the answer to the last, and its acknowledgement stand in the page too. */
static void
expect_in_page(world *w, gboolean is_ours, guint64 address, const guint8 *data, gsize len)
{
    gboolean is_command = n2_region_index(address) == 2;

    while (len && !data[len - 1])
        len--;
    if (is_ours && is_command) {
        w->n_questions++;
        protocol_page_expect("question", data, len);
    } else if (!is_ours && w->n_questions == 4 && address < REGION) {
        gboolean *is_told = is_command ? &w->is_answered : &w->is_told;
        if (!*is_told)
            protocol_page_expect(is_command ? "answer" : "its acknowledgement", data, len);
        *is_told = TRUE;
    }
}

static void
show_cb(void *user, gboolean is_ours, guint64 address, const guint8 *data, gsize len)
{
    world *w = user;

    g_string_append_printf(w->text, "%s %016" G_GINT64_MODIFIER "x",
                           is_ours ? "plain>" : "plain<", address);
    put_hex(w, "", data, len);
    expect_in_page(w, is_ours, address, data, len);
}

/* ---- the node ---- */

static void
take_output(world *w)
{
    n2_plane_run run;

    while (n2_plane_output(w->plane, &run, w->now_us))
        for (gsize at = 0; at < run.len; at += run.segment)
            g_ptr_array_add(w->under_way,
                            g_bytes_new(run.bytes + at, MIN(run.segment, run.len - at)));
}

static void
settle(world *w)
{
    gboolean busy = TRUE;
    n2_event event;
    n2_notice notice;
    guint8 *request;
    gsize len;
    n2_op op;

    while (busy) {
        busy = FALSE;
        while (n2_plane_event(w->plane, &event)) {
            n2_control_input_event(w->control, &event, w->now_us, wall(w));
            busy = TRUE;
        }
        while (n2_control_next_key_request(w->control, &request, &len)) {
            guint8 answer[N2_KEYRING_MESSAGE_BYTES_MAX];
            gsize answer_len;

            assert_ok(n2_keyring_answer(w->ring, request, len, wall(w), answer, sizeof answer,
                                        &answer_len));
            free(request);
            n2_control_key_answer(w->control, answer, answer_len, w->now_us, wall(w));
            busy = TRUE;
        }
        while (n2_control_next_op(w->control, &op)) {
            n2_plane_op(w->plane, &op, w->now_us);
            busy = TRUE;
        }
        while (n2_control_next_notice(w->control, &notice))
            n2_notice_clear(&notice);
    }
    take_output(w);
}

static void
send_cb(void *user, const guint8 *bytes, gsize len)
{
    static const n2_net_addr client = {.len = 6, .bytes = {192, 0, 2, 1, 0x12, 0x34}};
    g_autofree guint8 *copy = g_memdup2(bytes, len);
    world *w = user;

    put_hex(w, ">", bytes, len);
    w->now_us += WAY_US;
    n2_plane_input(w->plane, &client, copy, len, w->now_us);
    settle(w);
}

static guint64
now_cb(void *user)
{
    return ((world *)user)->now_us;
}

/* Hands the client what the node sent, and lets @us pass for what it still wants to send. */
static void
wait(world *w, guint64 us)
{
    guint64 until_us = w->now_us + us;

    for (;;) {
        while (w->under_way->len) {
            g_autoptr(GBytes) datagram = g_ptr_array_steal_index(w->under_way, 0);
            gsize len;
            const guint8 *bytes = g_bytes_get_data(datagram, &len);

            put_hex(w, "<", bytes, len);
            hand_client_take(w->client, bytes, len);
        }
        guint64 at_us = MIN(n2_plane_deadline(w->plane), n2_control_deadline(w->control));
        if (at_us > until_us)
            break;
        w->now_us = MAX(w->now_us, at_us);
        n2_control_expire(w->control, w->now_us, wall(w));
        n2_plane_expire(w->plane, w->now_us);
        settle(w);
    }
    w->now_us = MAX(w->now_us, until_us);
}

static void
publish(world *w)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    guint16 name_len = GUINT16_TO_BE((guint16)strlen(PAGE_NAME));
    guint64 size = GUINT64_TO_BE(PAGE_BYTES), time = 0;
    n2_job job;

    g_byte_array_append(archive, (const guint8 *)"\2", 1);
    g_byte_array_append(archive, (const guint8 *)&name_len, 2);
    g_byte_array_append(archive, (const guint8 *)PAGE_NAME, strlen(PAGE_NAME));
    g_byte_array_append(archive, (const guint8 *)&size, 8);
    g_byte_array_append(archive, (const guint8 *)&time, 8);
    g_byte_array_append(archive, (const guint8 *)w->page, PAGE_BYTES);
    g_byte_array_append(archive, (const guint8 *)"\3", 1);
    assert_ok(n2_control_start(w->control, &(n2_request){.kind = N2_JOB_PUBLISH}, w->now_us,
                               wall(w), &job));
    assert_ok(
        n2_control_feed(w->control, job, archive->data, archive->len, w->now_us, wall(w)));
    n2_control_feed_end(w->control, job, w->now_us, wall(w));
    for (int i = 0; i < 100; i++) {
        w->now_us = MAX(w->now_us, MIN(n2_control_deadline(w->control), w->now_us + 1000));
        n2_control_expire(w->control, w->now_us, wall(w));
        settle(w);
    }
}

static world *
world_new(void)
{
    world *w = g_new0(world, 1);
    const hand_client_host host = {w, send_cb, show_cb, now_cb};
    n2_plane_config config = {.env = {&w->random[0], random_cb},
                              .width_bits = 4,
                              .datagram_bytes = 1472,
                              .now_us = 1000000};

    for (guint i = 0; i < G_N_ELEMENTS(w->random); i++)
        w->random[i] = (struct random){w, 2026 + i};
    w->now_us = config.now_us;
    w->text = g_string_new(NULL);
    w->draws = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    w->under_way = g_ptr_array_new();
    w->page = g_malloc(PAGE_BYTES + 1);
    for (gsize i = 0; i < PAGE_BYTES; i++)
        w->page[i] =
            "# A page\n\nIt is long enough not to fit into one packet of 512 bytes.\n"[i % 69];
    fixture_init(&w->store, FALSE);
    w->keys_env = (n2_env){&w->random[2], random_cb};
    w->store.env = (n2_env){&w->random[1], random_cb};
    w->disk = disk_mem_new();
    assert_ok(n2_keyring_open(&w->ring, &w->disk->disk, &w->keys_env, "", NULL));
    assert_ok(n2_plane_new(&w->plane, &config));
    assert_ok(n2_control_new(&w->control,
                             &(n2_control_config){.env = &w->store.env,
                                                  .store = w->store.store,
                                                  .crypto = &w->store.crypto,
                                                  .switch_bits = 4,
                                                  .listeners = "test:0"},
                             w->now_us, wall(w)));
    settle(w);
    g_assert_true(n2_control_identity(w->control, &w->id));
    w->client = hand_client_new(&host);
    publish(w);
    w->now_us = BEGIN_US; /* however long the node took to publish */
    return w;
}

static void
world_free(world *w)
{
    hand_client_free(w->client);
    n2_plane_free(w->plane);
    n2_control_free(w->control);
    n2_keyring_free(w->ring);
    disk_mem_free(w->disk);
    fixture_clear(&w->store);
    g_ptr_array_unref(w->draws);
    g_ptr_array_unref(w->under_way);
    g_string_free(w->text, TRUE);
    g_free(w->page);
    g_free(w);
}

/* ---- the script ---- */

static const hand_answer *
answer_of(world *w, guint64 tag)
{
    wait(w, ANSWER_US);
    const hand_answer *answer = hand_client_answer(w->client, tag);

    if (!answer)
        g_error("no answer: %s", w->text->str);
    g_assert_cmpint(answer->err, ==, 0);
    return answer;
}

static const guint8 *
value(const hand_answer *answer, guint i, gsize *len)
{
    g_assert_cmpuint(i, <, answer->n);
    g_assert_nonnull(answer->value[i].bytes);
    return g_bytes_get_data(answer->value[i].bytes, len);
}

static n2_asm
question(guint64 tag)
{
    n2_asm a = n2_asm_init();

    n2_asm_u64(&a, tag);
    n2_asm_word(&a, N2_WORD_TAG);
    return a;
}

static void
ask_about_identity(world *w, guint64 tag, n2_opcode word)
{
    n2_asm a = question(tag);
    guint8 id[N2_ID_BYTES] = {w->id.method};

    memcpy(id + 1, w->id.hash, 32);
    n2_asm_bytes(&a, id, sizeof id);
    n2_asm_word(&a, word);
    hand_client_ask(w->client, &a);
}

static void
prove(world *w, n2_identity *who)
{
    const hand_answer *answer;
    n2_slice birth, adds[HAND_VALUES];
    n2_node_key key;
    gsize n_adds = 0;

    ask_about_identity(w, 1, N2_WORD_IDENTITY);
    answer = answer_of(w, 1);
    g_assert_cmpuint(answer->n, >=, 3);
    birth.bytes = value(answer, 0, &birth.len);
    for (guint i = 1; i + 1 < answer->n; i++) {
        adds[n_adds].bytes = value(answer, i, &adds[n_adds].len);
        /* that just these stand is nothing that a chain needs */
        n_adds += n2_statement_kind(adds[n_adds].bytes, adds[n_adds].len) == N2_KIND_ADD;
    }
    assert_ok(n2_node_key_read(&key, w->client->record, sizeof w->client->record));
    assert_ok(n2_chain_check(who, &w->id, birth, adds, n_adds, &key, wall(w), NULL));
}

/* Reads a content of one group into the client's memory. */
static void
read_content(world *w, guint64 tag, const n2_ref *ref)
{
    guint64 region = REGION + (tag - 3) * NEXT_REGION;
    n2_asm a = question(tag);
    guint8 bytes[N2_REF_BYTES];
    n2_writer writer = n2_writer_init(bytes, sizeof bytes);

    n2_write_u8(&writer, ref->id.method);
    n2_write_bytes(&writer, ref->id.hash, 32);
    n2_write_u64(&writer, ref->size);
    n2_asm_bytes(&a, bytes, sizeof bytes);
    n2_asm_word(&a, N2_WORD_OBJECT);
    n2_asm_u64(&a, 0);
    n2_asm_u64(&a, ref->size);
    n2_asm_u64(&a, region);
    n2_asm_word(&a, N2_WORD_READ);
    hand_client_grant(w->client, region, ref->size);
    hand_client_ask(w->client, &a);
    g_assert_cmpuint(answer_of(w, tag)->value[0].u, ==, ref->size);
    g_assert_cmpuint(w->client->data_bytes, >=, ref->size);
    g_assert_true(n2_tree_check_whole(&w->client->crypto, ref->id.method, w->client->data,
                                      ref->size, ref->id.hash));
}

static void
acknowledge(world *w)
{
    hand_client_acknowledge(w->client);
    wait(w, 0);
}

/* Which of the numbers that the node drew is the secret of @public_key. */
static void
put_secret(world *w, const char *name, const guint8 *public_key)
{
    const n2_noise_suite *suite = n2_noise_suite_find(1);
    guint8 made[32];

    for (guint i = 0; i < w->draws->len; i++) {
        const guint8 *secret = g_bytes_get_data(w->draws->pdata[i], NULL);

        assert_ok(n2_noise_public(suite, secret, made));
        if (memcmp(made, public_key, 32) != 0)
            continue;
        put_hex(w, name, secret, 32);
        return;
    }
    g_error("nobody drew the secret of %s", name);
}

static void
open_link(world *w)
{
    put_words(w, "OPEN, CHALLENGE, CONFIRM, ACCEPT");
    hand_client_open_link(w->client);
    wait(w, 0);
    g_assert_true(w->client->is_up);
}

static void
connect(world *w)
{
    put_words(w, "QUERY, KEY");
    hand_client_query(w->client);
    wait(w, 0);
    put_words(w, "HELLO, ANSWER");
    hand_client_hello(w->client);
    wait(w, 0);
    g_assert_true(w->client->is_open);
    put_words(w, "An acknowledgement of nothing, and the holder's");
    acknowledge(w);
}

static void
fetch(world *w)
{
    n2_identity who;
    n2_head head;
    n2_directory dir;
    n2_entry entry;
    gsize len;

    put_words(w, "identity, tag 1, and the chain");
    prove(w, &who);
    acknowledge(w);
    put_words(w, "head, tag 2");
    ask_about_identity(w, 2, N2_WORD_HEAD);
    const guint8 *statement = value(answer_of(w, 2), 0, &len);
    assert_ok(n2_head_check(&head, &who, statement, len, wall(w), NULL));
    acknowledge(w);
    put_words(w, "object and read of the root directory, tag 3");
    read_content(w, 3, &head.root);
    assert_ok(n2_directory_check(&dir, w->client->data, head.root.size, NULL));
    assert_ok(n2_directory_find(&dir, PAGE_NAME, strlen(PAGE_NAME), &entry));
    n2_ref page = entry.ref;
    acknowledge(w);
    put_words(w, "object and read of " PAGE_NAME ", tag 4, in two halves");
    read_content(w, 4, &page);
    g_assert_cmpmem(w->client->data, page.size, w->page, PAGE_BYTES);
    acknowledge(w);
    put_words(w, "CLOSE of the connection, CLOSE of the link");
    hand_client_close(w->client);
    wait(w, 0);
}

static void
put_secrets(world *w)
{
    put_words(w, "What both drew that matters for who opens this again");
    put_hex(w, "identity", w->id.hash, 32);
    put_hex(w, "client-e", w->client->e_secret, 32);
    put_hex(w, "client-noise", w->client->noise_key, 16);
    put_secret(w, "node-static", w->client->record + 10);
    put_secret(w, "node-e", w->client->peer_e);
    put_hex(w, "to-responder", w->client->keys.to_responder, 32);
    put_hex(w, "to-initiator", w->client->keys.to_initiator, 32);
    put_hex(w, "page", (const guint8 *)w->page, PAGE_BYTES);
}

static const char intro[] =
    "# A page fetched: every datagram between a client and a node, as daemon/PROTOCOL.md "
    "says.\n"
    "#\n"
    "# Made and compared by tests/unit/test-vectors.c, opened by tests/vectors/check.py.\n"
    "# The client has no switch; the node's has width 4; longest datagram 1472; 1 ms each "
    "way.\n"
    "#\n"
    "#   >       datagram from the client        <       datagram from the node\n"
    "#   plain>  address, then the data of the packet in the next datagram of the client\n"
    "#   plain<  the same for the datagram (or two halves) from the node before this line\n"
    "#   others  name, bytes\n";

static void
test_fetch(void)
{
    const char *to = g_getenv("N2_VECTORS_WRITE");
    g_autofree char *path =
        g_build_filename(g_getenv("N2_SOURCE"), "tests", "vectors", "fetch.txt", NULL);
    g_autofree char *stored = NULL;
    world *w = world_new();

    g_string_append(w->text, intro);
    open_link(w);
    connect(w);
    fetch(w);
    put_secrets(w);
    if (to) {
        g_assert_true(g_file_set_contents(to, w->text->str, -1, NULL));
    } else {
        g_assert_true(g_file_get_contents(path, &stored, NULL, NULL));
        g_auto(GStrv) want = g_strsplit(stored, "\n", -1);
        g_auto(GStrv) got = g_strsplit(w->text->str, "\n", -1);
        for (guint i = 0; want[i] || got[i]; i++)
            g_assert_cmpstr(got[i], ==, want[i]);
    }
    world_free(w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vectors/fetch", test_fetch);
    return g_test_run();
}
