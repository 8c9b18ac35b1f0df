/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-answers.c - what a control plane without a network answers.
 */
#include "fake-answers.h"

#include <string.h>

/* path of net2o://demo/PATH */
static const fake_thing things[] = {
    {"page.md", 21, G_MAXUINT64, FALSE, "file", NULL, "text/markdown"},
    {"empty", 0, G_MAXUINT64, FALSE, "file", NULL, "text/plain"},
    {"big", 64 << 20, G_MAXUINT64, FALSE, "file", NULL, "application/octet-stream"},
    {"forged", 100000, 1000, FALSE, "file", NULL, "text/plain"},
    {"stuck", 100000, G_MAXUINT64, TRUE, "file", NULL, "text/plain"},
    {"", 21, G_MAXUINT64, FALSE, "directory", "index.md", "text/markdown"},
    {"folder/", 0, G_MAXUINT64, FALSE, "directory", NULL, "inode/directory"},
};

static n2_table *
word_rows(const char *name, const char *first, const char *second)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, name, first);
    if (second) {
        n2_table_row(t);
        n2_table_text(t, name, second);
    }
    return t;
}

static n2_table *
attribute_rows(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "name", "title");
    n2_table_text(t, "type", "text");
    n2_table_text(t, "value", "De\033[31mmo"); /* a hostile one */
    n2_table_row(t);
    n2_table_text(t, "name", "changed");
    n2_table_text(t, "type", "time");
    n2_table_int(t, "value", 1700000000000000);
    return t;
}

n2_table *
fake_info(const char *address, const fake_thing *thing)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "address", address);
    n2_table_text(t, "kind", thing->kind);
    n2_table_text(t, "type", thing->type);
    n2_table_int(t, "size", (int64_t)thing->size);
    n2_table_text(t, "hash", FAKE_HASH);
    n2_table_take(t, "attributes", attribute_rows());
    n2_table_take(t, "from", word_rows("identity", FAKE_IDENTITY, NULL));
    n2_table_take(t, "path", word_rows("hop", "1/4", "3/2"));
    n2_table_int(t, "ms", 12);
    n2_table_text(t, "index", thing->index);
    return t;
}

const fake_thing *
fake_thing_find(const char *address)
{
    const char *prefix = "net2o://demo/";

    if (!address || !g_str_has_prefix(address, prefix))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(things); i++)
        if (strcmp(address + strlen(prefix), things[i].path) == 0)
            return &things[i];
    return NULL;
}

static n2_table *
list_answer(const char *address)
{
    n2_table *entries = n2_table_new();
    n2_table *t = fake_info(address, &things[6]);

    n2_table_row(entries);
    n2_table_text(entries, "name", "page.md");
    n2_table_text(entries, "kind", "file");
    n2_table_text(entries, "type", "text/markdown");
    n2_table_int(entries, "size", 21);
    n2_table_text(entries, "hash", FAKE_HASH);
    n2_table_row(entries);
    n2_table_text(entries, "name", "pictures");
    n2_table_text(entries, "kind", "directory");
    n2_table_text(entries, "type", "inode/directory");
    n2_table_int(entries, "size", 0);
    n2_table_text(entries, "hash", FAKE_HASH);
    n2_table_take(t, "entries", entries);
    return t;
}

static n2_table *
status_answer(void)
{
    n2_table *t = n2_table_new();
    n2_table *links = n2_table_new();

    n2_table_row(links);
    n2_table_text(links, "endpoint", "udp:127.0.0.1:5000");
    n2_table_text(links, "identity", FAKE_IDENTITY);
    n2_table_text(links, "state", "up");
    n2_table_bool(links, "opened", true);
    n2_table_int(links, "port", 1);
    n2_table_int(links, "rtt_us", 230);
    n2_table_row(t);
    n2_table_text(t, "identity", FAKE_IDENTITY);
    n2_table_text(t, "version", N2_VERSION);
    n2_table_text(t, "listeners", "udp:127.0.0.1:4000,udp:[::1]:4000");
    n2_table_int(t, "bits", 4);
    n2_table_int(t, "uptime_s", 75);
    n2_table_take(t, "links", links);
    n2_table_take(t, "connections", n2_table_new());
    n2_table_int(t, "transfers", 0);
    n2_table_int(t, "objects", 53);
    n2_table_int(t, "size", 1234567);
    n2_uses uses = {0};
    n2_table *limits = n2_table_new();

    n2_uses_add(&uses, "connections", 3, 4096, 2);
    n2_uses_add(&uses, "half_open", 0, 4096, 0);
    n2_uses_add(&uses, "hello_per_s", N2_USE_NONE, 256, 7);
    n2_uses_add(&uses, "query_per_s", N2_USE_NONE, 2048, 0);
    n2_uses_add(&uses, "of_a_newer_node", 1, 2, 3);
    n2_table_uses(limits, &uses);
    n2_table_take(t, "limits", limits);
    return t;
}

static n2_table *
path_answer(gboolean is_traced)
{
    n2_table *hops = n2_table_new();
    n2_table *t = n2_table_new();

    for (int i = 1; i <= 3; i++) {
        n2_table_row(hops);
        n2_table_int(hops, "n", i);
        n2_table_int(hops, "port", i);
        n2_table_int(hops, "bits", 4);
        if (is_traced)
            n2_table_text(hops, "state", i < 3 ? "answers" : "silent");
        if (is_traced && i < 3)
            n2_table_int(hops, "rtt_us", 1000 * i);
    }
    if (is_traced) {
        n2_table_free(t);
        return hops;
    }
    n2_table_row(t);
    n2_table_text(t, "identity", FAKE_IDENTITY);
    n2_table_text(t, "name", "demo");
    n2_table_text(t, "source", "hand");
    n2_table_text(t, "labels", "1230000000000000");
    n2_table_take(t, "hops", hops);
    return t;
}

static n2_table *
identity_answer(const char *name)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "name", name);
    n2_table_text(t, "address", FAKE_IDENTITY);
    n2_table_bool(t, "default", true);
    n2_table_int(t, "made", 1700000000000000);
    return t;
}

static n2_table *
name_answer(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "name", "demo");
    n2_table_text(t, "identity", FAKE_IDENTITY);
    return t;
}

static n2_table *
peer_answer(const char *endpoint)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "endpoint", endpoint);
    n2_table_text(t, "state", "opening");
    n2_table_bool(t, "opened", true);
    n2_table_int(t, "port", 2);
    return t;
}

static n2_table *
check_answer(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_int(t, "objects", 53);
    n2_table_int(t, "size", 1234567);
    n2_table_take(t, "damaged", n2_table_new());
    return t;
}

static n2_table *
label_answer(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "label", "8 to 1 0/2");
    n2_table_int(t, "port", 1);
    n2_table_bool(t, "up", true);
    n2_table_int(t, "number", 8);
    n2_table_int(t, "packets", 5);
    n2_table_int(t, "refused", 1);
    n2_table_int(t, "answers", 4);
    n2_table_row(t);
    n2_table_text(t, "label", "hide 1");
    n2_table_int(t, "port", 1);
    n2_table_bool(t, "up", false);
    return t;
}

static n2_table *
filter_answer(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "rule", "deny in 3 class urgent");
    n2_table_int(t, "packets", 7);
    n2_table_int(t, "bytes", 700);
    n2_table_row(t);
    n2_table_int(t, "packets", 8);
    n2_table_int(t, "bytes", 80);
    return t;
}

/* Who asks for more than 8 Mbit/s hears that the second switch has no more than that. */
static n2_table *
reservation(const char *value)
{
    gboolean is_much = value && strtoull(value, NULL, 10) > 8000000;
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_int(t, "number", 3);
    n2_table_text(t, "state", is_much ? "refused" : "kept");
    n2_table_text(t, "identity", FAKE_IDENTITY);
    n2_table_text(t, "name", "demo");
    n2_table_text(t, "class", "high");
    n2_table_int(t, "rate_bps", value ? (int64_t)strtoull(value, NULL, 10) : 4000000);
    if (is_much) {
        n2_table_int(t, "hop", 2);
        n2_table_text(t, "reason", "rate");
        n2_table_int(t, "offer_bps", 8000000);
    } else {
        n2_table_int(t, "switches", 3);
        n2_table_int(t, "unsure", 1);
    }
    return t;
}

/* A tree that is followed by unicast; one of number 4 has no room anywhere. */
static n2_table *
cast_answer(const n2_request *r)
{
    gboolean is_full = r->value && g_str_equal(r->value, "4");
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_text(t, "kind", r->type ? r->type : "tree");
    n2_table_text(t, "number", r->value && *r->value ? r->value : "00000000deadbeef");
    n2_table_text(t, "role", r->kind == N2_JOB_CAST_JOIN || !r->type ? "joined" : "source");
    n2_table_text(t, "state",
                  is_full                                   ? "refused"
                  : r->kind == N2_JOB_CAST_JOIN || !r->type ? "alone"
                                                            : "open");
    n2_table_text(t, "identity", FAKE_IDENTITY);
    n2_table_text(t, "name", "demo");
    n2_table_text(t, "reason", "full");
    n2_table_int(t, "hop", 3);
    n2_table_int(t, "packets", 20);
    n2_table_int(t, "bytes", 2560);
    return t;
}

static n2_table *
domain_answer(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_int(t, "port", 3);
    n2_table_text(t, "what", "block");
    n2_table_int(t, "first", 256);
    n2_table_int(t, "last", 511);
    return t;
}

static n2_table *
look_ports(void)
{
    n2_table *t = n2_table_new();

    n2_table_row(t);
    n2_table_int(t, "port", 0);
    n2_table_text(t, "state", "self");
    n2_table_row(t);
    n2_table_int(t, "port", 2);
    n2_table_text(t, "state", "up");
    n2_table_text(t, "name", "hafen");
    n2_table_int(t, "rate_bps", 10000000);
    n2_table_int(t, "in_bps", 500000);
    n2_table_int(t, "out_bps", 9700000);
    n2_table_int(t, "queue_us", 14000);
    n2_table_int(t, "dropped_in", 1);
    n2_table_int(t, "dropped_out", 2);
    n2_table_bool(t, "jammed", true);
    n2_table_int(t, "jammed_us", 42000000);
    n2_table_int(t, "reserved_bps", 4000000);
    n2_table_row(t);
    n2_table_int(t, "port", 3);
    n2_table_text(t, "state", "opening");
    n2_table_text(t, "endpoint", "udp:192.0.2.3:4000\033[2J"); /* a terminal would obey */
    return t;
}

static n2_table *
look_answer(void)
{
    n2_table *t = n2_table_new(), *reservations = n2_table_new(), *labels = n2_table_new();
    n2_table *trees = n2_table_new(), *channels = n2_table_new();

    n2_table_row(reservations);
    n2_table_int(reservations, "in_port", 2);
    n2_table_int(reservations, "out_port", 3);
    n2_table_text(reservations, "state", "cut");
    n2_table_int(reservations, "rate_bps", 4000000);
    n2_table_int(reservations, "left_us", 12000000);
    n2_table_row(labels);
    n2_table_int(labels, "label", 9);
    n2_table_int(labels, "bits", 4);
    n2_table_int(labels, "ways", 4);
    n2_table_row(trees);
    n2_table_text(trees, "tree", "00000000deadbeef");
    n2_table_int(trees, "in_port", 2);
    n2_table_int(trees, "branches", 2);
    n2_table_int(trees, "alone", 1);
    n2_table_row(channels);
    n2_table_int(channels, "channel", 77);
    n2_table_int(channels, "in_port", 3);
    n2_table_int(channels, "ports", 1);
    n2_table_row(t);
    n2_table_int(t, "bits", 4);
    n2_table_int(t, "forwarded", 4711);
    n2_table_int(t, "filter_rules", 2);
    n2_table_int(t, "n_trees", 300);
    n2_table_take(t, "ports", look_ports());
    n2_table_take(t, "reservations", reservations);
    n2_table_take(t, "labels", labels);
    n2_table_take(t, "trees", trees);
    n2_table_take(t, "channels", channels);
    return t;
}

/* The answer of every kind that has one at once. */
n2_table *
fake_answer(const n2_request *r)
{
    switch ((int)r->kind) { /* most answer nothing more */
    case N2_JOB_STATUS:
        return status_answer();
    case N2_JOB_CHECK:
        return check_answer();
    case N2_JOB_SWITCH_LOOK:
        return look_answer();
    case N2_JOB_LIST:
        return list_answer(r->address);
    case N2_JOB_ATTR_GET:
    case N2_JOB_ATTR_LIST:
        return attribute_rows();
    case N2_JOB_ID_NEW:
        return identity_answer(r->name);
    case N2_JOB_ID_LIST:
    case N2_JOB_ID_SHOW:
        return identity_answer("me");
    case N2_JOB_PEER_ADD:
    case N2_JOB_PEER_LIST:
        return peer_answer(r->value ? r->value : "udp:127.0.0.1:5000");
    case N2_JOB_PATH_GET:
    case N2_JOB_PATH_SET:
    case N2_JOB_PATH_LIST:
        return path_answer(FALSE);
    case N2_JOB_TRACE:
        return path_answer(TRUE);
    case N2_JOB_NAME_LIST:
        return name_answer();
    case N2_JOB_RESERVE:
    case N2_JOB_RESERVE_LIST:
        return reservation(r->value);
    case N2_JOB_LABEL_LIST:
        return label_answer();
    case N2_JOB_FILTER_LIST:
        return filter_answer();
    case N2_JOB_CAST_OPEN:
    case N2_JOB_CAST_JOIN:
    case N2_JOB_CAST_PROBE:
    case N2_JOB_CAST_LIST:
        return cast_answer(r);
    case N2_JOB_DOMAIN_LIST:
        return domain_answer();
    default:
        break;
    }
    return NULL;
}
