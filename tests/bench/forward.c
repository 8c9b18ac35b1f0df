/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * forward.c - sends as many packets as it can through whatever forwards them, and counts what
 *             arrives: through a switch over two links, or bare datagrams through something
 *             that knows no links.
 *
 *   bench-forward [OPTION...]
 *
 * One thread sends, one counts, both on one processor; what forwards is meant to have another.
 * Both ends may be in namespaces of their own.  Frames may leave by a device that makes more of
 * each, so that it is not the sender who binds.  Prints: packets sent and arrived in so many
 * seconds, and the processor time of what was watched.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/clock.h"
#include "host/ether.h"
#include "host/net.h"
#include "host/random.h"
#include "host/sockets.h"
#include "link/link.h"
#include "link/run.h"
#include "wire/path.h"

enum {
    BATCH = 64,
    BUFFER_KIB = 8192,
    WARM_US = 600 * 1000,
    PATIENCE_US = 5 * 1000 * 1000,
    LOOK_US = 1000 /* between two looks: nobody is woken for each datagram */
};

/* One end: a socket, and if there are links the one to what forwards. */
typedef struct {
    n2_sockets *sockets;
    n2_links *links;
    n2_net_addr own, via;
    int fd, out;   /* out: for trains; a packet socket with a ring sends from that alone */
    uint32_t port; /* ours at the other end; 0: the link is not up */
    uint8_t width; /* of the switch there */
    bool is_ether; /* out wants frames with their heads */
    _Atomic uint64_t arrived;
    _Atomic bool stopping;
    bool is_bare;
} end;

static struct {
    char *from, *from_space, *via;
    char *to, *to_space, *to_via;
    gboolean bare, short_form;
    int packets, data_bytes, cpu, milliseconds;
    char *by;
    int copies;
    char **watch;
} asked = {.copies = 1, .packets = 1, .data_bytes = 32, .milliseconds = 2000};

static void
settle(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    g_assert_cmpint(sched_setaffinity(0, sizeof set, &set), ==, 0);
}

static void
enter(const char *space)
{
    if (!space)
        return;
    g_autofree char *path = g_strconcat("/run/netns/", space, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, 0) < 0)
        g_error("%s: %s", path, g_strerror(errno));
    close(fd);
}

static void
end_open(end *e, const char *listener, const char *via)
{
    const n2_links_config config = {
        .env = {.random = n2_host_random}, .width = 1, .datagram_bytes = N2_LINK_BYTES_BASE};
    uint64_t id;
    int ask[2];
    g_autoptr(GError) error = NULL;

    bool is_ether = g_str_has_prefix(listener, "eth:");
    n2_err err = is_ether ? n2_ether_bind(listener, BUFFER_KIB, &e->fd, &e->own, &error)
                          : n2_udp_bind(listener, BUFFER_KIB, &e->fd, &e->own, &error);
    if (err)
        g_error("%s", error->message);
    if (via && n2_net_parse(&e->via, via))
        g_error("%s: no address", via);
    if (is_ether) {
        int one = 1;
        g_auto(GStrv) parts = g_strsplit_set(listener, ":/", 3);
        unsigned device = if_nametoindex(asked.by ? asked.by : parts[1]);
        e->is_ether = true;
        e->out = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        const struct sockaddr_ll place = {.sll_family = AF_PACKET, .sll_ifindex = (int)device};
        if (device) /* who only counts has no such device */
            g_assert_cmpint(bind(e->out, (const struct sockaddr *)&place, sizeof place), ==, 0);
        if (!asked.by)
            g_assert_cmpint(
                setsockopt(e->out, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one), ==, 0);
    } else {
        e->out = e->fd;
    }
    e->is_bare = asked.bare;
    n2_ways_open(ask);
    g_assert_cmpint(n2_sockets_new(&e->sockets, &e->fd, 1, ask), ==, N2_OK);
    if (e->is_bare)
        return;
    g_assert_cmpint(n2_links_new(&e->links, &config), ==, N2_OK);
    n2_host_random(NULL, &id, sizeof id);
    g_assert_cmpint(n2_links_open(e->links, &e->via, id | 1, 0, 0, n2_clock_us()), ==, N2_OK);
}

/* ---- what arrives ---- */

static void
count(end *e, const n2_datagram *d, uint64_t now_us)
{
    uint64_t n = 0;
    uint8_t *packet;
    size_t len;

    if (e->is_bare) {
        atomic_fetch_add_explicit(&e->arrived, 1, memory_order_relaxed);
        return;
    }
    n2_link_data data = n2_links_input(e->links, &d->from, d->bytes, d->len, now_us);
    while (data.port && !n2_bundle_next(&data.packets, &packet, &len))
        n++;
    atomic_fetch_add_explicit(&e->arrived, n, memory_order_relaxed);
}

static void
say(end *e, uint64_t now_us)
{
    const uint8_t *bytes;
    n2_link_event event;
    n2_net_addr to;
    size_t len;

    if (n2_links_deadline(e->links) <= now_us)
        n2_links_expire(e->links, now_us);
    while ((len = n2_links_output(e->links, &to, &bytes)))
        n2_sockets_send(e->sockets, &to, bytes, len, len);
    while (n2_links_event(e->links, &event)) {
        e->port = event.kind == N2_LINK_DOWN ? 0 : event.remote_port;
        e->width = event.remote_width;
    }
}

static void
look(end *e)
{
    uint64_t now_us = n2_clock_us();
    n2_datagram d;

    while (n2_sockets_receive(e->sockets, 0))
        while (n2_sockets_next(e->sockets, &d))
            count(e, &d, now_us);
    if (e->links)
        say(e, now_us);
}

static void *
run_counter(void *data)
{
    end *e = data;

    settle(asked.cpu);
    while (!atomic_load_explicit(&e->stopping, memory_order_relaxed)) {
        g_usleep(LOOK_US);
        look(e);
    }
    return NULL;
}

/* ---- what is sent ---- */

typedef struct {
    struct mmsghdr messages[BATCH];
    struct iovec place;
    struct sockaddr_storage to;
    struct ether_header ether; /* before the bytes, which it touches */
    uint8_t bytes[N2_FRAME_BYTES_MAX];
} train;

_Static_assert(offsetof(train, bytes) == offsetof(train, ether) + sizeof(struct ether_header),
               "a frame is in one piece");

/* The head that the link wants to see; anything, if there is none. */
static void
make_head(const end *from, uint8_t *out, const uint8_t *packet, size_t len)
{
    static uint8_t buf[N2_RUN_BYTES_MAX];
    n2_net_addr to;
    size_t segment;
    n2_run run;

    memset(out, 0, N2_FRAME_HEAD_BYTES);
    if (from->is_bare)
        return;
    n2_run_begin(&run, from->links, 1, buf, sizeof buf);
    g_assert_true(n2_run_add(&run, packet, len));
    g_assert_cmpuint(n2_run_finish(&run, &to, &segment), ==, N2_FRAME_HEAD_BYTES + len);
    memcpy(out, buf, N2_FRAME_HEAD_BYTES);
}

static size_t
make_packet(uint8_t *out, uint32_t port, uint8_t width)
{
    unsigned bits = asked.short_form ? 16 : 64;
    n2_packet head = {.is_long = !asked.short_form,
                      .class = N2_CLASS_DEFAULT,
                      .size = (uint8_t)n2_size_for((size_t)asked.data_bytes),
                      .path = (uint64_t)port << (bits - width)};
    size_t at = n2_packet_write_head(out, &head);

    n2_host_random(NULL, out + at, n2_data_bytes(head.size));
    return at + n2_data_bytes(head.size);
}

/* Datagrams of so many packets each, all alike, for the port that the other end has. */
static train *
train_new(const end *from, const end *to)
{
    uint8_t packet[N2_PACKET_BYTES_MAX];
    train *t = g_new0(train, 1);
    n2_sockaddr address;
    size_t to_len = n2_net_to_sockaddr(&from->via, &address);
    size_t len = make_packet(packet, to->is_bare ? 1 : to->port, to->is_bare ? 4 : to->width);

    make_head(from, t->bytes, packet, len);
    t->place = (struct iovec){.iov_base = t->bytes, .iov_len = N2_FRAME_HEAD_BYTES};
    for (int i = 0; i < asked.packets && t->place.iov_len + len <= sizeof t->bytes; i++) {
        memcpy(t->bytes + t->place.iov_len, packet, len);
        t->place.iov_len += len;
    }
    if (from->is_ether) { /* its socket knows the device */
        memcpy(t->ether.ether_dhost, from->via.bytes + 1, sizeof t->ether.ether_dhost);
        memcpy(t->ether.ether_shost, from->own.bytes + 1, sizeof t->ether.ether_shost);
        t->ether.ether_type = htons(N2_ETHER_TYPE);
        t->place.iov_base = &t->ether;
        t->place.iov_len += sizeof t->ether;
    }
    memcpy(&t->to, &address, to_len);
    for (int i = 0; i < BATCH; i++)
        t->messages[i].msg_hdr = (struct msghdr){.msg_name = to_len ? &t->to : NULL,
                                                 .msg_namelen = (socklen_t)to_len,
                                                 .msg_iov = &t->place,
                                                 .msg_iovlen = 1};
    return t;
}

/* Returns: packets sent. */
static uint64_t
send_until(end *from, train *t, uint64_t until_us)
{
    uint64_t sent = 0;

    while (n2_clock_us() < until_us) {
        int n = sendmmsg(from->out, t->messages, BATCH, MSG_DONTWAIT);
        if (n > 0)
            sent += (uint64_t)n * (uint64_t)(asked.packets * asked.copies);
        else
            (void)sched_yield(); /* its queue is full: the counter's turn */
    }
    return sent;
}

/* Processor time of the processes watched, ns. */
static uint64_t
watched_ns(void)
{
    uint64_t all = 0;

    for (char **pid = asked.watch; pid && *pid; pid++) {
        g_autofree char *folder = g_strconcat("/proc/", *pid, "/task", NULL);
        g_autoptr(GDir) tasks = g_dir_open(folder, 0, NULL);
        const char *task;
        while (tasks && (task = g_dir_read_name(tasks))) {
            g_autofree char *path = g_build_filename(folder, task, "schedstat", NULL);
            g_autofree char *text = NULL;
            if (g_file_get_contents(path, &text, NULL, NULL))
                all += g_ascii_strtoull(text, NULL, 10);
        }
    }
    return all;
}

static void
wait_for_links(end *from, end *to)
{
    uint64_t until_us = n2_clock_us() + PATIENCE_US;

    while (!from->port || !to->port) {
        look(from);
        look(to);
        if (n2_clock_us() > until_us)
            g_error("the links do not come up");
        g_usleep(1000);
    }
}

static void
parse(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"from", 0, 0, G_OPTION_ARG_STRING, &asked.from, "Where it sends", "ADDRESS"},
        {"from-space", 0, 0, G_OPTION_ARG_STRING, &asked.from_space, "Its namespace", "NAME"},
        {"via", 0, 0, G_OPTION_ARG_STRING, &asked.via, "Whom it sends to", "ADDRESS"},
        {"to", 0, 0, G_OPTION_ARG_STRING, &asked.to, "Where it counts", "ADDRESS"},
        {"to-space", 0, 0, G_OPTION_ARG_STRING, &asked.to_space, "Its namespace", "NAME"},
        {"to-via", 0, 0, G_OPTION_ARG_STRING, &asked.to_via, "Who sends there", "ADDRESS"},
        {"bare", 0, 0, G_OPTION_ARG_NONE, &asked.bare, "No links", NULL},
        {"short", 0, 0, G_OPTION_ARG_NONE, &asked.short_form, "Short packets", NULL},
        {"data", 0, 0, G_OPTION_ARG_INT, &asked.data_bytes, "Bytes of data", "N"},
        {"packets", 0, 0, G_OPTION_ARG_INT, &asked.packets, "In each datagram", "N"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &asked.by, "Frames leave by this one", "DEVICE"},
        {"copies", 0, 0, G_OPTION_ARG_INT, &asked.copies, "It makes so many of each", "N"},
        {"ms", 0, 0, G_OPTION_ARG_INT, &asked.milliseconds, "How long", "N"},
        {"cpu", 0, 0, G_OPTION_ARG_INT, &asked.cpu, "Where both ends run", "N"},
        {"watch", 0, 0, G_OPTION_ARG_STRING_ARRAY, &asked.watch, "A process", "PID"},
        {0}};
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        g_error("%s", error->message);
    if (!asked.from || !asked.via || !asked.to || (!asked.bare && !asked.to_via))
        g_error("--from, --via, --to and --to-via are needed");
}

int
main(int argc, char **argv)
{
    static end from, to;
    pthread_t counter;

    parse(argc, argv);
    settle(asked.cpu);
    enter(asked.from_space);
    end_open(&from, asked.from, asked.via);
    enter(asked.to_space);
    end_open(&to, asked.to, asked.to_via);
    if (!asked.bare)
        wait_for_links(&from, &to);
    enter(asked.from_space);
    train *t = train_new(&from, &to);
    enter(asked.to_space);
    g_assert_cmpint(pthread_create(&counter, NULL, run_counter, &to), ==, 0);

    (void)send_until(&from, t, n2_clock_us() + WARM_US);
    uint64_t began_us = n2_clock_us(), began = atomic_load(&to.arrived), cpu_ns = watched_ns();
    uint64_t sent = send_until(&from, t, began_us + (uint64_t)asked.milliseconds * 1000);
    uint64_t got = atomic_load(&to.arrived) - began;
    double seconds = (double)(n2_clock_us() - began_us) * 1e-6;
    g_print("sent %" G_GUINT64_FORMAT " arrived %" G_GUINT64_FORMAT " seconds %.3f cpu %.3f\n",
            sent, got, seconds, (double)(watched_ns() - cpu_ns) * 1e-9);
    atomic_store(&to.stopping, true);
    pthread_join(counter, NULL);
    if (!asked.bare) {
        for (int i = 0; i < 2; i++) {
            end *e = i ? &to : &from;
            n2_links_close_all(e->links, n2_clock_us());
            say(e, n2_clock_us());
            n2_links_free(e->links);
        }
    }
    g_free(t);
    return 0;
}
