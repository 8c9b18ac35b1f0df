/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-config.c - any text as net2o.conf and as a command line: what is taken is in its bounds,
 *                 what is refused says why.
 *
 * The first byte: how many words of the command line follow (each ended by a newline); the rest
 * is the file.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "host/config.h"
#include "host/log.h"

enum {
    WORDS_MAX = 6
};

static void
check_config(const n2_config *c)
{
    check(c->listen && c->listen[0]);
    for (char **l = c->listen; *l; l++)
        check(g_str_has_prefix(*l, "udp:"));
    check(c->switch_bits >= 1 && c->switch_bits <= 16);
    check(c->log_level <= 3);
    check(c->buffer_kib >= 64 && c->buffer_kib <= 65536 && c->spin_us <= 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[WORDS_MAX + 2] = {g_strdup("net2od")};
    int argc = 1, fd = memfd_create("net2o.conf", MFD_CLOEXEC);
    size_t at = 1;
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(GError) error = NULL;
    n2_options options;
    n2_config config;

    check(fd >= 0);
    for (int n = size ? data[0] % WORDS_MAX : 0; argc <= n && at < size; argc++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;

        argv[argc] = g_strndup((const char *)data + at, len);
        at += len + 1;
    }
    if (at < size)
        check(write(fd, data + at, size - at) == (ssize_t)(size - at));
    n2_log_setup("fuzz", N2_LOG_ERROR);
    n2_err err = n2_options_parse(&options, argc, argv, &error);

    check(!err == !error);
    if (!err) {
        err = n2_config_load(&config, &options, path, &error);
        check(!err == !error);
        if (err) {
            check(error->message && *error->message);
        } else {
            check_config(&config);
            n2_config_clear(&config);
        }
        n2_options_clear(&options);
    }
    for (int i = 0; i < WORDS_MAX + 1; i++)
        g_free(argv[i]);
    close(fd);
    return 0;
}
