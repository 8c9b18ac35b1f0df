/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-wire.c - the promises in packet.h, path.h, frame.h and code.h; paths are held to vectors
 *               that an independent model made.
 */
#include <glib.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "wire/code.h"
#include "wire/frame.h"
#include "wire/packet.h"
#include "wire/path.h"

/* ---- packets ---- */

/* Each legal head, written and read again, is the same; its length is what it says. */
static void
test_every_head(void)
{
    for (guint bits = 0; bits < 1u << 9; bits++) {
        n2_packet in = {.is_long = bits & 1,
                        .is_sealed = bits & 1 && bits & 2,
                        .phase = bits >> 2 & 1,
                        .jam = bits >> 3 & 1,
                        .size = bits >> 4 & 3,
                        .class = bits >> 6 & 3,
                        .mode = bits >> 7 & 3},
                  out;
        in.path = in.is_long ? 0x0123456789abcdef : 0x0123;
        in.address = in.is_long ? 0xfedcba9876543210 : 0xfedc;
        in.counter = in.is_sealed ? 0xdeadbeef : 0;
        in.noise = in.is_sealed ? 0xcafe1234 : 0;
        guint8 buf[N2_PACKET_BYTES_MAX] = {0};
        size_t head = n2_packet_write_head(buf, &in);
        g_assert_cmpuint(head, ==, n2_head_bytes(buf[0]));
        size_t len = n2_packet_bytes(buf[0]);
        g_assert_true(n2_kind_is_valid(buf[0]));
        g_assert_cmpuint(len, ==, head + (32u << 2 * in.size) + (in.is_sealed ? 16 : 0));
        g_autofree guint8 *exact = g_memdup2(buf, len);
        g_assert_cmpint(n2_packet_parse(&out, exact, len), ==, N2_OK);
        g_assert_true(out.data == exact + head);
        in.data = out.data;
        in.data_bytes = 32u << 2 * in.size;
        guint8 again[N2_SEALED_HEAD_BYTES];
        g_assert_cmpmem(again, n2_packet_write_head(again, &out), buf, head);
        g_assert_cmpuint(out.path, ==, in.path);
        g_assert_cmpuint(out.address, ==, in.address);
        g_assert_cmpuint(out.counter, ==, in.counter);
        g_assert_cmpuint(out.noise, ==, in.noise);
        g_assert_cmpuint(out.data_bytes, ==, in.data_bytes);
        g_assert_true(out.phase == in.phase && out.jam == in.jam && out.mode == in.mode &&
                      out.class == in.class);
    }
}

typedef struct {
    const char *name;
    guint8 kind, care;
    size_t len;
    n2_err want;
} packet_row;

static const packet_row packet_rows[] = {
    {"short-32", 0x40, 0x80, 38, N2_OK},
    {"short-2k", 0x4c, 0x80, 2054, N2_OK},
    {"long-32", 0x60, 0x80, 50, N2_OK},
    {"sealed-2k", 0x7c, 0x80, 2090, N2_OK},
    {"empty", 0x40, 0x80, 0, N2_ERR_TRUNCATED},
    {"one-byte", 0x40, 0x80, 1, N2_ERR_TRUNCATED},
    {"head-only", 0x70, 0x80, 26, N2_ERR_TRUNCATED},
    {"tag-short-by-one", 0x7c, 0x80, 2089, N2_ERR_TRUNCATED},
    {"one-byte-over", 0x7c, 0x80, 2091, N2_ERR_TRAILING},
    {"end-of-bundle", 0x00, 0x80, 50, N2_ERR_VERSION},
    {"version-2", 0xa0, 0x80, 50, N2_ERR_VERSION},
    {"version-3", 0xe0, 0x80, 50, N2_ERR_VERSION},
    {"sealed-short", 0x50, 0x80, 38 + 8 + 16, N2_ERR_FORMAT},
    {"spare-of-kind", 0x61, 0x80, 50, N2_ERR_FORMAT},
    {"spare-of-care-1", 0x60, 0x81, 50, N2_ERR_FORMAT},
    {"spare-of-care-2", 0x60, 0x82, 50, N2_ERR_FORMAT},
    {"spare-of-care-4", 0x60, 0x84, 50, N2_ERR_FORMAT},
};

static void
test_packet_row(gconstpointer data)
{
    const packet_row *t = data;
    g_autofree guint8 *bytes = g_malloc0(t->len); /* exact size: ASan sees an overread */
    n2_packet p = {.data_bytes = 1};

    if (t->len)
        bytes[0] = t->kind;
    if (t->len > 1)
        bytes[1] = t->care;
    g_assert_cmpstr(n2_err_name(n2_packet_parse(&p, bytes, t->len)), ==, n2_err_name(t->want));
    g_assert_true((t->want == N2_OK) == (p.data_bytes != 0));
}

static void
test_associated(void)
{
    guint8 bytes[N2_SEALED_HEAD_BYTES], before[N2_ASSOCIATED_BYTES], after[N2_ASSOCIATED_BYTES];
    n2_packet p = {
        .is_long = TRUE, .is_sealed = TRUE, .mode = 1, .address = 0x1122334455667788};

    (void)n2_packet_write_head(bytes, &p);
    n2_packet_associated(before, bytes);
    g_assert_cmpmem(before + 2, 8, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
    bytes[1] |= 0xc8; /* what a switch may change: class, jam, path */
    n2_packet_set_path(bytes, UINT64_MAX);
    n2_packet_associated(after, bytes);
    g_assert_cmpmem(before, sizeof before, after, sizeof after);
    bytes[1] ^= 0x20; /* the mode is covered */
    n2_packet_associated(after, bytes);
    g_assert_cmpint(memcmp(before, after, sizeof before), !=, 0);
}

static void
test_sizes(void)
{
    for (size_t len = 0; len <= 2048; len++) {
        unsigned size = n2_size_for(len);
        g_assert_cmpuint(n2_data_bytes(size), >=, len);
        g_assert_true(!size || n2_data_bytes(size - 1) < len);
    }
}

/* ---- paths ---- */

static guint64
hex_member(JsonObject *object, const char *name)
{
    return g_ascii_strtoull(json_object_get_string_member(object, name), NULL, 16);
}

static gboolean
take_hop(JsonObject *hop, gboolean is_long, guint64 *word)
{
    guint n = (guint)json_object_get_int_member(hop, "n");
    guint in = (guint)json_object_get_int_member(hop, "in");
    gboolean dropped = json_object_get_null_member(hop, "out");
    uint16_t narrow = (uint16_t)*word;
    guint64 before = *word;
    uint32_t out = 0;
    bool ok =
        is_long ? n2_path_step(word, n, in, &out) : n2_path_step_short(&narrow, n, in, &out);

    if (!is_long)
        *word = narrow;
    g_assert_true(ok != dropped);
    if (dropped) {
        g_assert_cmphex(*word, ==, before);
        return FALSE;
    }
    g_assert_cmpuint(out, ==, json_object_get_int_member(hop, "out"));
    g_assert_cmphex(*word, ==, hex_member(hop, "word"));
    return TRUE;
}

static void
test_path_vectors(void)
{
    const char *folder = g_getenv("N2_TESTDATA");
    g_autofree char *path = g_build_filename(folder ? folder : ".", "path-vectors.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("path-vectors.json is absent");
        return;
    }
    g_assert_true(json_parser_load_from_file(parser, path, NULL));
    JsonArray *cases = json_object_get_array_member(
        json_node_get_object(json_parser_get_root(parser)), "cases");
    g_assert_cmpuint(json_array_get_length(cases), >=, 200);
    for (guint i = 0; i < json_array_get_length(cases); i++) {
        JsonObject *c = json_array_get_object_element(cases, i);
        JsonArray *hops = json_object_get_array_member(c, "hops");
        gboolean is_long = g_str_equal(json_object_get_string_member(c, "form"), "long");
        guint64 word = hex_member(c, "start");
        gboolean arrived = TRUE;
        g_test_message("case %u", i);
        for (guint h = 0; arrived && h < json_array_get_length(hops); h++)
            arrived = take_hop(json_array_get_object_element(hops, h), is_long, &word);
        g_assert_true(arrived == json_object_has_member(c, "answer"));
        if (arrived && is_long)
            g_assert_cmphex(n2_path_answer(word), ==, hex_member(c, "answer"));
        if (arrived && !is_long)
            g_assert_cmphex(n2_path_answer_short((uint16_t)word), ==, hex_member(c, "answer"));
    }
}

/* Random routes there and back: the answer leaves every switch by the port the question came
 * in by, and carries the question's route as its own way back. */
static void
test_there_and_back(void)
{
    for (guint trial = 0; trial < 2000; trial++) {
        guint width[58], in[58], out[58], n = 0;
        n2_route route = {0};
        uint32_t port = 0;
        for (;;) {
            width[n] = (guint)g_test_rand_int_range(1, 17);
            in[n] = (guint)g_test_rand_int() & ((1u << width[n]) - 1);
            out[n] = (guint)g_test_rand_int() & ((1u << width[n]) - 1);
            if (n2_route_add(&route, width[n], out[n]))
                break;
            n++;
        }
        uint64_t word = route.word;
        for (guint i = 0; i < n; i++) {
            g_assert_true(n2_path_step(&word, width[i], in[i], &port));
            g_assert_cmpuint(port, ==, out[i]);
        }
        g_assert_true(n2_path_is_at_end(word));
        g_assert_cmpuint(n2_path_used(word), ==, route.bits);
        word = n2_path_answer(word);
        for (guint i = n; i-- > 0;) {
            g_assert_true(n2_path_step(&word, width[i], out[i], &port));
            g_assert_cmpuint(port, ==, in[i]);
        }
        g_assert_cmphex(n2_path_answer(word), ==, route.word);
    }
}

/* Attack 4: a route that needs more than 58 bits is refused when it is put together. */
static void
test_attack_4_depth(void)
{
    n2_route route = {0}, tail = {0}, same;

    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(n2_route_add(&route, 16, 0xffff), ==, N2_OK);
    same = route;
    g_assert_cmpint(n2_route_add(&route, 11, 1), ==, N2_ERR_LIMIT);
    g_assert_cmphex(route.word, ==, same.word);
    g_assert_cmpint(n2_route_add(&route, 10, 1), ==, N2_OK);
    g_assert_cmpint(n2_route_add(&route, 1, 0), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_route_add(&tail, 1, 1), ==, N2_OK);
    g_assert_cmpint(n2_route_join(&route, &tail), ==, N2_ERR_LIMIT);
    g_assert_cmpint(n2_route_add(&tail, 0, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_route_add(&tail, 17, 0), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_route_add(&tail, 3, 8), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_route_join(&tail, &same), ==, N2_OK);
    g_assert_cmpuint(tail.bits, ==, 49);
    g_assert_cmphex(tail.word, ==, 0xffffffffffff8000);
}

static void
test_stored_route(void)
{
    guint8 bytes[N2_PATH_STORED_BYTES];
    n2_route route = {0}, got;

    g_assert_cmpint(n2_route_add(&route, 5, 21), ==, N2_OK);
    n2_route_write(bytes, &route);
    g_assert_cmpmem(bytes, sizeof bytes, "\xa8\0\0\0\0\0\0\0\x05", 9);
    g_assert_cmpint(n2_route_read(&got, bytes), ==, N2_OK);
    g_assert_cmphex(got.word, ==, route.word);
    g_assert_cmpuint(got.bits, ==, 5);
    bytes[8] = 4; /* a bit behind the count */
    g_assert_cmpint(n2_route_read(&got, bytes), ==, N2_ERR_FORMAT);
    bytes[8] = 59;
    g_assert_cmpint(n2_route_read(&got, bytes), ==, N2_ERR_FORMAT);
    bytes[8] = 58;
    bytes[7] = 0x20; /* into the count of used bits */
    g_assert_cmpint(n2_route_read(&got, bytes), ==, N2_ERR_FORMAT);
}

/* ---- frames ---- */

static void
test_frame(void)
{
    guint8 bytes[N2_FRAME_HEAD_BYTES];
    n2_frame in = {.token = 0x0102030405ff, .kind = N2_FRAME_SECOND_HALF, .number = 0x3abc},
             out;

    n2_frame_write(bytes, &in);
    g_assert_cmpmem(bytes, sizeof bytes, "\x01\x02\x03\x04\x05\xff\xba\xbc", 8);
    g_assert_cmpint(n2_frame_read(&out, bytes, sizeof bytes), ==, N2_OK);
    g_assert_true(in.token == out.token && in.kind == out.kind && in.number == out.number);
    g_assert_cmpint(n2_frame_read(&out, bytes, 7), ==, N2_ERR_TRUNCATED);
}

typedef struct {
    const char *name;
    guint n_good; /* 50-byte packets first */
    guint8 then;  /* first byte behind them */
    guint tail;   /* bytes behind them */
    n2_err want;
} bundle_row;

static const bundle_row bundle_rows[] = {
    {"empty", 0, 0, 0, N2_ERR_NOTFOUND},
    {"three", 3, 0, 0, N2_ERR_NOTFOUND},
    {"ended-by-zero", 2, 0, 50, N2_ERR_NOTFOUND},
    {"another-version", 1, 0xa0, 50, N2_ERR_VERSION},
    {"spare-bit", 1, 0x61, 50, N2_ERR_FORMAT},
    {"sealed-short", 1, 0x50, 62, N2_ERR_FORMAT},
    {"cut", 1, 0x60, 49, N2_ERR_TRUNCATED},
};

static void
test_bundle_row(gconstpointer data)
{
    const bundle_row *t = data;
    gsize len = t->n_good * 50 + t->tail;
    g_autofree guint8 *bytes = g_malloc0(len);
    n2_bundle b = {.at = bytes, .left = len};
    uint8_t *packet;
    size_t packet_len;

    for (guint i = 0; i < t->n_good; i++)
        bytes[i * 50] = 0x60;
    if (t->tail)
        bytes[t->n_good * 50] = t->then;
    for (guint i = 0; i < t->n_good; i++) {
        g_assert_cmpint(n2_bundle_next(&b, &packet, &packet_len), ==, N2_OK);
        g_assert_true(packet == bytes + i * 50);
        g_assert_cmpuint(packet_len, ==, 50);
    }
    g_assert_cmpstr(n2_err_name(n2_bundle_next(&b, &packet, &packet_len)), ==,
                    n2_err_name(t->want));
    g_assert_cmpint(n2_bundle_next(&b, &packet, &packet_len), ==, N2_ERR_NOTFOUND);
}

/* ---- codes ---- */

static void
test_codes(void)
{
    g_assert_cmpuint(n2_rate_from_code(0), ==, 0);
    g_assert_cmpuint(n2_rate_to_code(0), ==, 0);
    g_assert_cmpuint(n2_rate_from_code(8), ==, 250);            /* 2 kbit/s */
    g_assert_cmpuint(n2_rate_from_code(80), ==, 128000);        /* 1000 * 2^10 bit/s */
    g_assert_cmpuint(n2_rate_from_code(248), ==, 268435456000); /* 1000 * 2^31 bit/s */
    g_assert_cmpuint(n2_rate_to_code(1), ==, 1);
    g_assert_cmpuint(n2_rate_to_code(UINT64_MAX), ==, 255);
    for (guint code = 1; code < 256; code++) {
        g_assert_cmpuint(n2_rate_to_code(n2_rate_from_code((guint8)code)), ==, code);
        g_assert_cmpuint(n2_rate_from_code((guint8)code), >,
                         n2_rate_from_code((guint8)(code - 1)));
    }
    g_assert_cmpuint(n2_delay_to_code(0), ==, 0);
    g_assert_cmpuint(n2_delay_to_code(1), ==, 1);
    g_assert_cmpuint(n2_delay_to_code(100), ==, 1);
    g_assert_cmpuint(n2_delay_to_code(101), ==, 2);
    g_assert_cmpuint(n2_delay_to_code(UINT64_MAX), ==, 65535);
    g_assert_cmpuint(n2_delay_from_code(65535), ==, 6553500);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/packet/every-head", test_every_head);
    for (gsize i = 0; i < G_N_ELEMENTS(packet_rows); i++) {
        g_autofree char *path = g_strconcat("/wire/packet/", packet_rows[i].name, NULL);
        g_test_add_data_func(path, &packet_rows[i], test_packet_row);
    }
    g_test_add_func("/wire/packet/associated", test_associated);
    g_test_add_func("/wire/packet/sizes", test_sizes);
    g_test_add_func("/wire/path/vectors", test_path_vectors);
    g_test_add_func("/wire/path/there-and-back", test_there_and_back);
    g_test_add_func("/wire/path/stored", test_stored_route);
    g_test_add_func("/wire/path/attack-04-depth", test_attack_4_depth);
    g_test_add_func("/wire/frame", test_frame);
    for (gsize i = 0; i < G_N_ELEMENTS(bundle_rows); i++) {
        g_autofree char *path = g_strconcat("/wire/bundle/", bundle_rows[i].name, NULL);
        g_test_add_data_func(path, &bundle_rows[i], test_bundle_row);
    }
    g_test_add_func("/wire/codes", test_codes);
    return g_test_run();
}
