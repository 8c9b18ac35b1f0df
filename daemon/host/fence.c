/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fence.c - the sandbox of each process of net2od.
 */
#include "host/fence.h"

#include <link.h>
#include <string.h>

#define PCSC_DIR "/run/pcscd" /* where the library looks for the service's socket */

enum {
    KEYS = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_LOCK,
    NODE = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_ACCEPT |
           N2_SANDBOX_CONNECT | N2_SANDBOX_THREADS | N2_SANDBOX_INTERFACE,
    TOKENS = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_UNIX |
             N2_SANDBOX_LOCK,
    PARENT = KEYS | TOKENS | NODE | N2_SANDBOX_CHILDREN | N2_SANDBOX_EXEC | N2_SANDBOX_LOAD,
    NAMES = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_CHILDREN |
            N2_SANDBOX_LOAD | N2_SANDBOX_SOCKETS,
    SCREEN = N2_SANDBOX_WAIT | N2_SANDBOX_FILES | N2_SANDBOX_TALK | N2_SANDBOX_THREADS
};

/* Paths of a plan while it is made; they live until it was entered. */
typedef struct {
    n2_sandbox_path paths[N2_SANDBOX_PATHS_MAX];
    char *owned[N2_SANDBOX_PATHS_MAX];
    size_t n;
} places;

static void
add(places *p, const char *path, n2_sandbox_access access)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->paths[i].access == access && strcmp(p->paths[i].path, path) == 0)
            return;
    if (p->n == N2_SANDBOX_PATHS_MAX)
        return; /* what is missing is refused */
    p->owned[p->n] = g_strdup(path);
    p->paths[p->n] = (n2_sandbox_path){.path = p->owned[p->n], .access = access};
    p->n++;
}

static n2_err
enter_as(places *p, unsigned promises, bool is_thread, n2_sandbox_state *state)
{
    const n2_sandbox_plan plan = {
        .promises = promises, .paths = p->paths, .n_paths = p->n, .is_thread = is_thread};
    n2_err err = n2_sandbox_enter(&plan, state);

    for (size_t i = 0; i < p->n; i++)
        g_free(p->owned[i]);
    return err;
}

static n2_err
enter(places *p, unsigned promises, n2_sandbox_state *state)
{
    return enter_as(p, promises, false, state);
}

/* The folders of the libraries we are made of, and the program that loads them. */
static int
add_libraries_cb(struct dl_phdr_info *info, size_t size, void *data)
{
    places *p = data;

    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_INTERP)
            add(p, (const char *)(info->dlpi_addr + part->p_vaddr), N2_SANDBOX_RUN);
    }
    if (info->dlpi_name && info->dlpi_name[0] == '/') {
        g_autofree char *dir = g_path_get_dirname(info->dlpi_name);
        add(p, dir, N2_SANDBOX_READ);
    }
    return 0;
}

n2_err
n2_fence_parent(const n2_profile *profile, n2_sandbox_state *state)
{
    places p = {0};
    g_autofree char *conf_dir = g_path_get_dirname(profile->conf_path);
    g_autofree char *bus_dir = g_path_get_dirname(profile->bus_path);

    add(&p, profile->keys_dir, N2_SANDBOX_WRITE);
    add(&p, profile->data_dir, N2_SANDBOX_WRITE);
    add(&p, profile->state_dir, N2_SANDBOX_READ);
    add(&p, conf_dir, N2_SANDBOX_READ);
    add(&p, bus_dir, N2_SANDBOX_WRITE); /* the socket's file is removed at the end */
    add(&p, "/proc/self/exe", N2_SANDBOX_RUN);
    add(&p, "/etc/ld.so.cache", N2_SANDBOX_READ);
    add(&p, "/etc/localtime", N2_SANDBOX_READ); /* the node tells what went over lines today */
    add(&p, "/dev/urandom", N2_SANDBOX_READ);   /* SQLite and GLib do not know getrandom() */
    (void)dl_iterate_phdr(add_libraries_cb, &p);
    return enter(&p, PARENT, state);
}

n2_err
n2_fence_keys(const n2_profile *profile, n2_sandbox_state *state)
{
    places p = {0};

    add(&p, profile->keys_dir, N2_SANDBOX_WRITE);
    return enter_as(&p, KEYS, true, state);
}

n2_err
n2_fence_tokens(n2_sandbox_state *state)
{
    places p = {0};

    add(&p, PCSC_DIR, N2_SANDBOX_READ);
    return enter_as(&p, TOKENS, true, state);
}

n2_err
n2_fence_node(const n2_profile *profile, n2_sandbox_state *state)
{
    places p = {0};

    if (profile)
        add(&p, profile->data_dir, N2_SANDBOX_WRITE);
    add(&p, "/dev/urandom", N2_SANDBOX_READ);
    return enter(&p, NODE, state);
}

n2_err
n2_fence_names(n2_sandbox_state *state)
{
    /* Files in /etc are replaced by new ones, and some are links into /run. */
    static const char *const read[] = {"/etc",
                                       "/run/systemd/resolve",
                                       "/run/NetworkManager",
                                       "/run/resolvconf",
                                       "/run/connman",
                                       "/run/nscd",
                                       "/usr/lib",
                                       "/usr/lib64",
                                       "/usr/lib32"};
    places p = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(read); i++)
        add(&p, read[i], N2_SANDBOX_READ);
    return enter(&p, NAMES, state);
}

n2_err
n2_fence_screen(n2_sandbox_state *state)
{
    places p = {0};

    add(&p, "/dev/urandom", N2_SANDBOX_READ); /* GLib does not know getrandom() */
    return enter(&p, SCREEN, state);
}

void
n2_fence_list_set(n2_fence_list *list, const char *process, n2_sandbox_state state)
{
    size_t i = 0;

    while (i < list->n && strcmp(list->fences[i].process, process) != 0)
        i++;
    if (i == N2_FENCES_MAX)
        return;
    g_strlcpy(list->fences[i].process, process, sizeof list->fences[i].process);
    list->fences[i].state = state;
    list->n = MAX(list->n, i + 1);
}
