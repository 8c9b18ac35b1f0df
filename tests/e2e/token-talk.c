/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * token-talk.c - the tokens of this machine, by lines: jobs in, events out; for token-life.py.
 *
 *   sign key=1:HEX pin=123456     one of the words below, then values; answered by: asked N
 *   cancel N | holder | cpu | count
 */
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "token-crypto.h"
#include "token/holder.h"
#include "token/tokens.h"

static const char *const words[N2_TOKEN_JOBS] = {
    "look", "sign",   "agree",  "prove",   "generate",   "import", "touch",
    "name", "verify", "change", "unblock", "reset-code", "factory"};
static gint fences; /* times that a thread entered its own */

static n2_err
fence(void *user)
{
    (void)user;
    g_atomic_int_inc(&fences);
    return g_getenv("TOKEN_TALK_NO_FENCE") ? N2_ERR_REFUSED : N2_OK;
}

static void
print_hex(const char *name, const uint8_t *bytes, size_t n)
{
    printf(" %s=", name);
    for (size_t i = 0; i < n; i++)
        printf("%02x", bytes[i]);
}

static void
print_key(const char *name, const n2_card_key *key)
{
    if (!key->method)
        return;
    printf(" %s=%u:", name, key->method);
    for (size_t i = 0; i < key->n; i++)
        printf("%02x", key->bytes[i]);
}

static void
print_token(const n2_token *t)
{
    static const char *const slots[] = {"sig", "dec", "aut"};

    printf(" reader=%c state=%s", t->reader[0] ? t->reader[strlen(t->reader) - 1] : '-',
           n2_token_name(t->state));
    if (t->state)
        return;
    printf(" serial=%08x tries=%u,%u,%u touch=%u pinpad=%d name=%s", t->info.aid.serial,
           t->info.tries[0], t->info.tries[1], t->info.tries[2],
           t->info.slot[N2_CARD_AUT].touch, t->has_pinpad, t->info.name);
    for (unsigned i = 0; i < N2_CARD_SLOTS; i++)
        print_key(slots[i], &t->key[i]);
}

static void
print_event(const n2_token_event *e)
{
    static const char *const kinds[] = {"service", "token", "touch", "keypad", "done", "idle"};

    printf("%s", kinds[e->kind]);
    if (e->id)
        printf(" %" G_GUINT64_FORMAT, e->id);
    printf(" %s status=%04x tries=%u seconds=%u", n2_token_name(e->result.code),
           e->result.status, e->result.tries, e->seconds);
    print_key("key", &e->key);
    if (e->n_output)
        print_hex("output", e->output, e->n_output);
    if (e->token.reader[0])
        print_token(&e->token);
    printf("\n");
}

static n2_card_entry
entry_of(const char *text)
{
    n2_card_entry entry = {.n = 0};

    if (*text == '!') { /* agreed to the last try */
        entry.is_last_allowed = true;
        text++;
    }
    if (*text == '@')
        entry.is_at_reader = true;
    else
        entry.n = (uint8_t)g_strlcpy((char *)entry.bytes, text, sizeof entry.bytes);
    return entry;
}

static void
read_key(const char *text, n2_card_key *key)
{
    char *at;

    key->method = (uint8_t)g_ascii_strtoull(text, &at, 10);
    for (at++; at[0] && at[1] && key->n < sizeof key->bytes; at += 2)
        key->bytes[key->n++] =
            (uint8_t)(g_ascii_xdigit_value(at[0]) << 4 | g_ascii_xdigit_value(at[1]));
}

/* A new pair of @method to import, the same for the same number. */
static void
make_import(n2_token_job *job, uint64_t seed)
{
    token_pair(&seed, job->method, &job->import.key, job->import.point, job->import.secret);
}

static void
read_value(n2_token_job *job, const char *name, const char *value)
{
    guint64 number = g_ascii_strtoull(value, NULL, 10);

    if (!strcmp(name, "reader"))
        g_snprintf(job->reader, sizeof job->reader, "Virtual PCD 00 0%s", value);
    else if (!strcmp(name, "pin"))
        job->pin = entry_of(value);
    else if (!strcmp(name, "admin"))
        job->admin = entry_of(value);
    else if (!strcmp(name, "new"))
        job->new_pin = entry_of(value);
    else if (!strcmp(name, "key"))
        read_key(value, &job->key);
    else if (!strcmp(name, "peer"))
        read_key(value, &job->peer);
    else if (!strcmp(name, "slot"))
        job->slot = (n2_card_slot)number;
    else if (!strcmp(name, "method"))
        job->method = (n2_card_method)number;
    else if (!strcmp(name, "touch"))
        job->touch = (n2_card_touch)number;
    else if (!strcmp(name, "which"))
        job->which = number == 3 ? N2_CARD_PW3 : N2_CARD_PW1;
    else if (!strcmp(name, "name"))
        g_strlcpy(job->name, value, sizeof job->name);
    else if (!strcmp(name, "import"))
        make_import(job, number);
    else if (!strcmp(name, "serial")) {
        job->has_aid = true;
        job->aid = (n2_openpgp_aid){.manufacturer = 0xfffe,
                                    .serial = (uint32_t)g_ascii_strtoull(value, NULL, 16)};
    } else if (!strcmp(name, "yes"))
        job->is_allowed = true;
}

static void
ask(n2_tokens *tokens, char **parts)
{
    n2_token_job job = {.created = 1700000000, .which = N2_CARD_PW1};

    for (job.op = 0; job.op < N2_TOKEN_JOBS && strcmp(words[job.op], parts[0]) != 0; job.op++)
        ;
    for (size_t i = 0; i < sizeof job.digest; i++)
        job.digest[i] = (uint8_t)i;
    for (char **part = parts + 1; *part; part++) {
        g_auto(GStrv) pair = g_strsplit(*part, "=", 2);
        read_value(&job, pair[0], pair[1] ? pair[1] : "");
    }
    printf("asked %" G_GUINT64_FORMAT "\n", n2_tokens_ask(tokens, &job));
}

static void
obey(n2_tokens *tokens, char *line)
{
    g_auto(GStrv) parts = g_strsplit(g_strchomp(line), " ", -1);
    struct rusage used;
    char name[N2_HOLDER_NAME_BYTES];
    static n2_token all[N2_READERS_MAX];
    int pid;

    if (!strcmp(parts[0], "cancel"))
        printf("cancelled %d\n",
               n2_tokens_cancel(tokens, g_ascii_strtoull(parts[1], NULL, 10)));
    else if (!strcmp(parts[0], "holder"))
        printf("holder %s\n", n2_token_holder("/proc", name, &pid) ? name : "-");
    else if (!strcmp(parts[0], "count"))
        printf("count %zu\n", n2_tokens_list(tokens, all));
    else if (!strcmp(parts[0], "cpu")) {
        (void)getrusage(RUSAGE_SELF, &used);
        printf("cpu %ld fences %d\n",
               (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
                   (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000,
               g_atomic_int_get(&fences));
    } else
        ask(tokens, parts);
}

int
main(void)
{
    static uint64_t seed = 23;
    const n2_tokens_options options = {.crypto = token_crypto(&seed), .fence = fence};
    n2_tokens *tokens;
    n2_token_event *event = g_new0(n2_token_event, 1);
    g_autoptr(GString) input = g_string_new(NULL);
    char part[1024];
    ssize_t n = 1;

    if (n2_tokens_new(&tokens, &options))
        return 1;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    while (n > 0) {
        struct pollfd watched[] = {{.fd = 0, .events = POLLIN},
                                   {.fd = n2_tokens_fd(tokens), .events = POLLIN}};
        (void)poll(watched, 2, -1);
        while (n2_tokens_next(tokens, event))
            print_event(event);
        if (watched[0].revents) {
            n = read(0, part, sizeof part);
            g_string_append_len(input, part, n > 0 ? n : 0);
            for (char *end; (end = strchr(input->str, '\n'));) {
                *end = 0;
                obey(tokens, input->str);
                g_string_erase(input, 0, end - input->str + 1);
            }
        }
    }
    g_free(event);
    bool is_over = n2_tokens_close(tokens, 20000);
    printf("closed %d\n", is_over);
    return 0;
}
