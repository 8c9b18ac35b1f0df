/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * holder.c - which program may hold a token for itself.
 */
#include "token/holder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PATH_BYTES = 512,
    LINE_BYTES = 1024
};

#define LIBRARY "libpcsclite.so" /* in the memory map of who speaks to the service */
#define KNOWN "scdaemon"         /* of gpg: it holds cards for as long as it lives */

static FILE *
open_of(const char *proc, int pid, const char *file)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/%d/%s", proc, pid, file);

    return n > 0 && (size_t)n < sizeof path ? fopen(path, "r") : NULL;
}

static bool
read_name(const char *proc, int pid, char *name)
{
    FILE *f = open_of(proc, pid, "comm");

    if (!f)
        return false;
    bool is_read = fgets(name, N2_HOLDER_NAME_BYTES, f);
    (void)fclose(f);
    if (!is_read)
        return false;
    name[strcspn(name, "\n")] = 0;
    for (char *c = name; *c; c++) /* a program chooses it */
        if (*c < ' ' || *c > '~')
            *c = '?';
    return true;
}

static bool
has_library(const char *proc, int pid)
{
    char line[LINE_BYTES];
    bool has = false;
    FILE *f = open_of(proc, pid, "maps");

    if (!f)
        return false;
    while (!has && fgets(line, sizeof line, f))
        has = strstr(line, LIBRARY);
    (void)fclose(f);
    return has;
}

bool
n2_token_holder(const char *proc, char *name, int *pid)
{
    DIR *all = opendir(proc);
    bool is_known = false, is_found = false;
    struct dirent *entry;

    while (all && !is_known && (entry = readdir(all))) {
        char *end, one[N2_HOLDER_NAME_BYTES];
        long number = strtol(entry->d_name, &end, 10);
        if (number <= 0 || *end || number == getpid() || !read_name(proc, (int)number, one) ||
            strcmp(one, "pcscd") == 0)
            continue;
        is_known = strcmp(one, KNOWN) == 0;
        if (!is_known && (is_found || !has_library(proc, (int)number)))
            continue;
        is_found = true;
        memcpy(name, one, sizeof one);
        *pid = (int)number;
    }
    if (all)
        (void)closedir(all);
    return is_found;
}
