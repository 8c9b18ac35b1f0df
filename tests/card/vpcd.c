/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * vpcd.c - a virtual card in pcscd's virtual reader, over TCP; told by lines on its input.
 *
 *   vpcd --port N [--state FILE] [--quirk NAME]... [--serial HEX] [--version HEX]
 *        [--manufacturer HEX] [--seed N] [--touch MS|never|tap] [--touch-wait MS] [--out]
 * [--log]
 *
 * README.md has the lines it reads and writes.  SIGUSR1 is a tap, too.  It ends with its input.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "card.h"

enum {
    BY_TAP = -1, /* a touch that comes as a line or a signal */
    NEVER = -2,
    SEEN = 2,
    ABSENT_MS = 600,   /* at least; the service looks each 400 ms */
    NOTICED_MS = 2000, /* until a reader that does not ask is taken for dead */
    AGAIN_MS = 50,     /* until a reader that does not listen is asked again */
    LINE_MAX_BYTES = 256,
};

typedef struct {
    card *card;
    uint16_t port;
    int line;   /* to the reader; -1: pulled, or the reader is away */
    int taps;   /* a signalfd */
    bool is_in; /* shall be in the reader */
    bool is_logging;
    bool is_tapped;
    bool is_powered;   /* since it is in */
    int asked;         /* for the answer to reset, since then */
    bool is_away;      /* the reader left while a finger was waited for */
    int64_t left_ms;   /* when the reader was left */
    int touch_ms;      /* BY_TAP, NEVER, or how long a finger takes */
    int touch_wait_ms; /* how long the card waits for one */
    char input[LINE_MAX_BYTES];
    size_t n_input;
} program;

static uint8_t command[CARD_COMMAND_MAX], reply[2 + CARD_ANSWER_MAX];

static _Noreturn void
usage(const char *what)
{
    fprintf(stderr, "vpcd: %s\n", what);
    exit(2);
}

static uint64_t
number(const char *text, int base, uint64_t max)
{
    char *end;

    errno = 0;
    unsigned long long n = strtoull(text, &end, base);
    if (errno || end == text || *end || n > max)
        usage("not a number that can be");
    return n;
}

static int64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
say(const char *words)
{
    puts(words);
    (void)fflush(stdout);
}

static void
say_bytes(const char *word, const uint8_t *bytes, size_t n)
{
    printf("%s ", word);
    for (size_t i = 0; i < n; i++)
        printf("%02x", bytes[i]);
    say("");
}

static void
leave(program *p, const char *word)
{
    if (p->line < 0)
        return;
    (void)close(p->line);
    p->line = -1;
    p->left_ms = now_ms();
    card_power(p->card, false);
    say(word);
}

/* Leaves as a hand does that pulls a card: not before the reader noticed, which asks now and
 * then. */
static void
pull(program *p)
{
    struct pollfd line = {p->line, POLLIN, 0};
    uint8_t rest[256];

    if (p->line >= 0)
        (void)shutdown(p->line, SHUT_WR);
    while (p->line >= 0 && poll(&line, 1, NOTICED_MS) > 0 &&
           read(p->line, rest, sizeof rest) > 0)
        continue;
    leave(p, "out");
}

static void
enter(program *p)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(p->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        usage("no socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) {
        (void)close(fd);
        return; /* asked again */
    }
    /* A port that nobody listens on can be connected to itself. */
    struct sockaddr_in own;
    socklen_t size = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &size) || own.sin_port == to.sin_port) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    p->line = fd;
    p->is_powered = false;
    p->asked = 0;
    card_power(p->card, true);
    say("in");
}

/* Lines */

static void
obey(program *p, char *line)
{
    char *word = line, *rest = strchr(line, ' ');
    card_quirk quirk;

    if (rest)
        *rest++ = 0;
    if (!strcmp(word, "tap")) {
        p->is_tapped = true;
    } else if (!strcmp(word, "touch") && rest) {
        p->touch_ms = !strcmp(rest, "never") ? NEVER
                      : !strcmp(rest, "tap") ? BY_TAP
                                             : (int)number(rest, 10, 600000);
    } else if (!strcmp(word, "touch-wait") && rest) {
        p->touch_wait_ms = (int)number(rest, 10, 600000);
    } else if (!strcmp(word, "out")) {
        p->is_in = false;
        pull(p);
    } else if (!strcmp(word, "in")) {
        p->is_in = true;
    } else if (!strcmp(word, "tear") && rest) {
        card_tear_in(p->card, (size_t)number(rest, 10, 100000));
    } else if (!strcmp(word, "quirk") && rest && card_quirk_of(rest, &quirk)) {
        card_set_quirk(p->card, quirk, true);
    } else if (!strcmp(word, "strict") && rest && card_quirk_of(rest, &quirk)) {
        card_set_quirk(p->card, quirk, false);
    } else if (!strcmp(word, "log")) {
        p->is_logging = true;
    } else {
        say("unknown");
        return;
    }
    say("ok");
}

/* Reads what came on the input; ends the program where it ends. */
static void
listen_to_input(program *p)
{
    ssize_t n = read(STDIN_FILENO, p->input + p->n_input, sizeof p->input - p->n_input);
    char *end;

    if (n <= 0) {
        pull(p);
        card_free(p->card);
        exit(0);
    }
    p->n_input += (size_t)n;
    while ((end = memchr(p->input, '\n', p->n_input))) {
        *end++ = 0;
        obey(p, p->input);
        p->n_input -= (size_t)(end - p->input);
        memmove(p->input, end, p->n_input);
    }
    if (p->n_input == sizeof p->input)
        usage("a line that long is none");
}

static void
take_signal(program *p)
{
    struct signalfd_siginfo info;

    if (read(p->taps, &info, sizeof info) == sizeof info)
        p->is_tapped = true;
}

/* Waits for input, taps and @with of the reader's line, until @until_ms; returns what the line
 * has. */
static short
wait_for(program *p, short with, int64_t until_ms)
{
    struct pollfd all[] = {{STDIN_FILENO, POLLIN, 0}, {p->taps, POLLIN, 0}, {p->line, with, 0}};
    int64_t left = until_ms < 0 ? -1 : until_ms - now_ms();

    if (until_ms >= 0 && left < 0)
        left = 0;
    if (poll(all, 3, (int)left) < 0)
        return 0;
    if (all[1].revents)
        take_signal(p);
    if (all[0].revents)
        listen_to_input(p);
    return all[2].fd == p->line ? all[2].revents : 0;
}

/* The card's button. */
static card_touch
touch(void *user, card_slot slot)
{
    static const char *const words[CARD_SLOTS] = {"touch sig", "touch dec", "touch aut"};
    program *p = user;
    int64_t began = now_ms(), end = began + p->touch_wait_ms;

    p->is_tapped = false; /* a tap counts from now on */
    say(words[slot]);
    for (;;) {
        int64_t finger = p->touch_ms >= 0 ? began + p->touch_ms : INT64_MAX;
        if (p->is_tapped || now_ms() >= finger) {
            say("touched");
            return CARD_TOUCHED;
        }
        if (now_ms() >= end) {
            say("not touched");
            return CARD_NOT_TOUCHED;
        }
        short line = wait_for(p, POLLRDHUP, finger < end ? finger : end);
        p->is_away = line & (POLLRDHUP | POLLHUP | POLLERR);
        if (p->line < 0 || p->is_away)
            return CARD_PULLED;
    }
}

/* The reader's line */

static bool
take(program *p, uint8_t *to, size_t n)
{
    int one = 1;

    while (n) {
        /* The reader sends the length by itself, and waits for its acknowledgement. */
        (void)setsockopt(p->line, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
        ssize_t got = read(p->line, to, n);
        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

/* Sends reply[2..], as if it were @whole bytes, of which @n come. */
static bool
give(program *p, size_t whole, size_t n)
{
    reply[0] = (uint8_t)(whole >> 8);
    reply[1] = (uint8_t)whole;
    for (size_t at = 0; at < n + 2;) {
        ssize_t sent = send(p->line, reply + at, n + 2 - at, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        at += (size_t)sent;
    }
    return true;
}

/* Does what the reader asks for; false: the line is of no use any more. */
static bool
serve(program *p)
{
    uint8_t head[2];

    p->is_away = false;
    if (!take(p, head, 2))
        return false;
    size_t n = (size_t)head[0] << 8 | head[1];
    if (n > sizeof command || !take(p, command, n))
        return false;
    if (n == 1 && command[0] == 4) {
        size_t size = card_atr(p->card, reply + 2);
        bool is_given = give(p, size, size);
        /* It asks as it powers the card, makes the card known, and asks again as it waits. */
        if (p->is_powered && p->asked < SEEN && ++p->asked == SEEN)
            say("seen");
        return is_given;
    }
    if (n == 1 && command[0] <= 2) {
        if (command[0] == 2)
            card_reset(p->card);
        else
            card_power(p->card, command[0]);
        p->is_powered |= command[0];
        return true;
    }
    if (p->is_logging)
        say_bytes(">", command, n);
    int size = card_apdu(p->card, command, n, reply + 2);
    size_t came = card_came_out(p->card);
    if (p->is_logging)
        say_bytes("<", reply + 2, came);
    if (size >= 0)
        return size <= 0xffff && give(p, (size_t)size, (size_t)size);
    if (p->line < 0 || p->is_away)
        return false;
    if (came)
        (void)give(p, card_answer_size(p->card), came);
    p->is_in = false;
    leave(p, "torn");
    return false;
}

int
main(int argc, char **argv)
{
    program p = {.line = -1, .is_in = true, .left_ms = -ABSENT_MS, .touch_wait_ms = 30000};
    card_options options = {.touch = touch, .user = &p, .serial = 1};
    card_quirk quirk;
    sigset_t tap;

    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (!strcmp(option, "--log")) {
            p.is_logging = true;
            continue;
        }
        if (!strcmp(option, "--out")) {
            p.is_in = false;
            continue;
        }
        const char *value = i + 1 < argc ? argv[++i] : NULL;
        if (!value)
            usage("an option without its value");
        if (!strcmp(option, "--port"))
            p.port = (uint16_t)number(value, 10, 65535);
        else if (!strcmp(option, "--state"))
            options.path = value;
        else if (!strcmp(option, "--serial"))
            options.serial = (uint32_t)number(value, 16, UINT32_MAX);
        else if (!strcmp(option, "--version"))
            options.version = (uint16_t)number(value, 16, 0xffff);
        else if (!strcmp(option, "--manufacturer"))
            options.manufacturer = (uint16_t)number(value, 16, 0xffff);
        else if (!strcmp(option, "--seed"))
            options.seed = number(value, 10, UINT64_MAX);
        else if (!strcmp(option, "--touch-wait"))
            p.touch_wait_ms = (int)number(value, 10, 600000);
        else if (!strcmp(option, "--touch"))
            p.touch_ms = !strcmp(value, "never") ? NEVER
                         : !strcmp(value, "tap") ? BY_TAP
                                                 : (int)number(value, 10, 600000);
        else if (!strcmp(option, "--quirk") && card_quirk_of(value, &quirk))
            options.quirks |= (uint64_t)1 << quirk;
        else
            usage("no such option or quirk; tests/card/README.md has them");
    }
    if (!p.port)
        usage("--port is missing");
    (void)sigemptyset(&tap);
    (void)sigaddset(&tap, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &tap, NULL) || (p.taps = signalfd(-1, &tap, SFD_CLOEXEC)) < 0)
        usage("no signals");
    p.card = card_new(&options);
    if (!p.card)
        usage("that file is no card's");
    card_power(p.card, false);
    say("ready");
    for (;;) {
        if (p.is_in && p.line < 0 && now_ms() >= p.left_ms + ABSENT_MS)
            enter(&p);
        bool is_waiting = p.is_in && p.line < 0;
        if (wait_for(&p, POLLIN, is_waiting ? now_ms() + AGAIN_MS : -1) && !serve(&p))
            leave(&p, "away");
    }
}
