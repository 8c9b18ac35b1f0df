/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * profile.c - where one node keeps its things, and the lock that makes it the only one.
 */
#include "host/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/fault.h"

enum {
    LOCK_FD_MIN =
        16, /* above the few numbers that a new process gives a meaning of their own */
    LOCK_TRIES = 100,
    LOCK_PAUSE_US = 20000
};

static n2_err
make_private(const char *dir, GError **error)
{
    struct stat st;

    if (g_mkdir_with_parents(dir, 0700) < 0 || stat(dir, &st) < 0)
        return n2_fault_set(error, N2_ERR_IO, "%s: %s. Choose another folder with --profile",
                            dir, g_strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return n2_fault_set(error, N2_ERR_IO,
                            "%s: it is not a folder. Choose another one with --profile", dir);
    if (st.st_uid != geteuid() || (st.st_mode & S_ISVTX))
        return n2_fault_set(error, N2_ERR_REFUSED,
                            "%s: the folder is not this user's alone. Choose another one with "
                            "--profile",
                            dir);
    if ((st.st_mode & 0077) && chmod(dir, 0700) < 0)
        return n2_fault_set(error, N2_ERR_IO, "%s: %s. Set its mode to 0700", dir,
                            g_strerror(errno));
    return N2_OK;
}

static n2_err
check_version(const char *state_dir, GError **error)
{
    g_autofree char *path = g_build_filename(state_dir, "version", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    guint64 version = 0;

    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        if (!g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return n2_fault_set(error, N2_ERR_IO, "%s: %s. Check the disk", path,
                                cause->message);
        g_clear_error(&cause);
        g_autofree char *line = g_strdup_printf("%d\n", N2_PROFILE_VERSION);
        if (!g_file_set_contents_full(path, line, -1, G_FILE_SET_CONTENTS_DURABLE, 0600,
                                      &cause))
            return n2_fault_set(error, N2_ERR_IO, "%s: %s. Check the disk", path,
                                cause->message);
        return N2_OK;
    }
    if (!g_ascii_string_to_unsigned(g_strchomp(text), 10, 1, G_MAXUINT32, &version, NULL))
        return n2_fault_set(error, N2_ERR_FORMAT,
                            "%s: it holds no version number. Put the profile back from a copy",
                            path);
    if (version > N2_PROFILE_VERSION)
        return n2_fault_set(error, N2_ERR_VERSION,
                            "%s: the profile was written by a newer version (layout "
                            "%" G_GUINT64_FORMAT ", this program knows %d). Update net2o",
                            state_dir, version, N2_PROFILE_VERSION);
    return N2_OK;
}

static n2_err
check_bus(const n2_profile *profile, GError **error)
{
    const size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (strlen(profile->bus_path) > max)
        return n2_fault_set(error, N2_ERR_USAGE,
                            "%s: the path is too long for a socket (%zu bytes, at most %zu). "
                            "Choose a shorter one with --profile",
                            profile->bus_path, strlen(profile->bus_path), max);
    return N2_OK;
}

/* One folder for all. */
static void
place_in(n2_profile *p, const char *dir)
{
    g_autofree char *root = g_canonicalize_filename(dir, NULL);

    p->conf_path = g_build_filename(root, "net2o.conf", NULL);
    p->keys_dir = g_build_filename(root, "keys", NULL);
    p->data_dir = g_build_filename(root, "data", NULL);
    p->cache_dir = g_build_filename(root, "cache", NULL);
    p->bus_path = g_build_filename(root, "bus", NULL);
    p->state_dir = g_steal_pointer(&root);
}

/* The user's folders. */
static void
place_by_user(n2_profile *p)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");

    p->conf_path = g_build_filename(g_get_user_config_dir(), "net2o", "net2o.conf", NULL);
    p->keys_dir = g_build_filename(g_get_user_data_dir(), "net2o", "keys", NULL);
    p->data_dir = g_build_filename(g_get_user_data_dir(), "net2o", "data", NULL);
    p->state_dir = g_build_filename(g_get_user_state_dir(), "net2o", NULL);
    p->cache_dir = g_build_filename(g_get_user_cache_dir(), "net2o", NULL);
    if (runtime && *runtime)
        p->bus_path = g_build_filename(runtime, "net2o", "bus", NULL);
    else
        p->bus_path = g_build_filename(p->state_dir, "bus", NULL);
}

n2_err
n2_profile_open(n2_profile *out, const char *dir, GError **error)
{
    n2_profile p = {0};

    if (dir)
        place_in(&p, dir);
    else
        place_by_user(&p);
    g_autofree char *conf_dir = g_path_get_dirname(p.conf_path);
    g_autofree char *bus_dir = g_path_get_dirname(p.bus_path);
    const char *const dirs[] = {p.state_dir, conf_dir, p.keys_dir,
                                p.data_dir,  bus_dir,  p.cache_dir};

    n2_err err = check_bus(&p, error);
    for (size_t i = 0; !err && i < G_N_ELEMENTS(dirs); i++) {
        err = make_private(dirs[i], error);
        if (!err && i == 0)
            err = check_version(p.state_dir, error);
    }
    if (err) {
        n2_profile_clear(&p);
        return err;
    }
    *out = p;
    return N2_OK;
}

void
n2_profile_clear(n2_profile *profile)
{
    g_clear_pointer(&profile->conf_path, g_free);
    g_clear_pointer(&profile->keys_dir, g_free);
    g_clear_pointer(&profile->data_dir, g_free);
    g_clear_pointer(&profile->cache_dir, g_free);
    g_clear_pointer(&profile->state_dir, g_free);
    g_clear_pointer(&profile->bus_path, g_free);
}

/* Process id written in the lock file, or 0. */
static pid_t
lock_owner(int fd)
{
    char text[16] = "";
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    guint64 pid = 0;

    if (len > 0 && g_ascii_string_to_unsigned(g_strchomp(text), 10, 1, G_MAXINT32, &pid, NULL))
        return (pid_t)pid;
    return 0;
}

static bool
is_alive(pid_t pid)
{
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* Children inherit it, see the header; so its number must not be one they take for another. */
static int
open_lock(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int moved = file < 0 ? -1 : fcntl(file, F_DUPFD, LOCK_FD_MIN);

    if (file >= 0)
        close(file);
    return moved;
}

n2_err
n2_profile_lock(const n2_profile *profile, int *fd, GError **error)
{
    g_autofree char *path = g_build_filename(profile->state_dir, "lock", NULL);
    g_autofree char *line = g_strdup_printf("%d\n", (int)getpid());
    int file = open_lock(path);

    if (file < 0)
        return n2_fault_set(error, N2_ERR_IO, "%s: %s. Check the folder", path,
                            g_strerror(errno));
    for (int tries = LOCK_TRIES; flock(file, LOCK_EX | LOCK_NB) < 0; tries--) {
        int cause = errno;
        pid_t owner = lock_owner(file);
        if (cause != EWOULDBLOCK || tries == 0 || is_alive(owner)) {
            close(file);
            return n2_fault_set(error, N2_ERR_BUSY,
                                "%s: the profile is in use by another net2od (process %d). End "
                                "that one, or choose another folder with --profile",
                                profile->state_dir, (int)owner);
        }
        g_usleep(LOCK_PAUSE_US); /* its children are about to end */
    }
    if (ftruncate(file, 0) < 0 || pwrite(file, line, strlen(line), 0) < 0) {
        n2_fault_set(error, N2_ERR_IO, "%s: %s. Check the disk", path, g_strerror(errno));
        close(file);
        return N2_ERR_IO;
    }
    *fd = file;
    return N2_OK;
}
