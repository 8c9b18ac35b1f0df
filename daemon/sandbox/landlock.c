/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * landlock.c - the paths a process may reach, by Linux' Landlock.
 *
 * Source: landlock(7) and Documentation/userspace-api/landlock.rst.  The numbers stand here
 *         because the headers of Debian 12 end at version 2 of the interface.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/fences.h"

enum {
    CREATE_RULESET_VERSION = 1,
    RULE_PATH_BENEATH = 1,
    ABI_MIN = 2, /* version 1 forbids every rename to another folder, which the store needs */
    ABI_TRUNCATE = 3,
    ABI_NET = 4,
    ABI_IOCTL_DEV = 5,
    ABI_SCOPES = 6,
    ABI_MAX = 6 /* what this file knows how to ask for */
};

/* Rights of a file or folder. */
#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_REMOVE_DIR (UINT64_C(1) << 4)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_DIR (UINT64_C(1) << 7)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_ALL_OF_ABI_2 ((UINT64_C(1) << 14) - 1)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_TCP (UINT64_C(3))   /* bind, connect */
#define SCOPE_ALL (UINT64_C(3)) /* abstract sockets, signals */
#define FS_OF_A_FILE (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)

typedef struct {
    uint64_t fs, net, scoped;
} ruleset;

typedef struct {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed)) beneath;

int
n2_sandbox_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

    if (abi < ABI_MIN)
        return 0;
    return abi > ABI_MAX ? ABI_MAX : (int)abi;
}

static ruleset
handled(int abi, bool no_tcp)
{
    ruleset set = {.fs = FS_ALL_OF_ABI_2};

    if (abi >= ABI_TRUNCATE)
        set.fs |= FS_TRUNCATE;
    if (abi >= ABI_NET && no_tcp)
        set.net = NET_TCP;
    if (abi >= ABI_IOCTL_DEV)
        set.fs |= FS_IOCTL_DEV;
    if (abi >= ABI_SCOPES)
        set.scoped = SCOPE_ALL;
    return set;
}

static uint64_t
rights(n2_sandbox_access access)
{
    const uint64_t read = FS_READ_FILE | FS_READ_DIR;

    switch (access) {
    case N2_SANDBOX_READ:
        return read;
    case N2_SANDBOX_WRITE:
        return read | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
               FS_MAKE_REG | FS_REFER | FS_TRUNCATE;
    case N2_SANDBOX_RUN:
        return FS_EXECUTE | FS_READ_FILE;
    }
    return 0;
}

static n2_err
allow(int set_fd, const ruleset *set, const char *path, uint64_t allowed)
{
    struct stat st;
    beneath rule = {.allowed = allowed & set->fs, .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    n2_err err = N2_OK;

    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? N2_OK : N2_ERR_IO;
    if (fstat(rule.parent_fd, &st) < 0)
        err = N2_ERR_IO;
    else if (!S_ISDIR(st.st_mode))
        rule.allowed &= FS_OF_A_FILE;
    if (!err && syscall(SYS_landlock_add_rule, set_fd, RULE_PATH_BENEATH, &rule, 0) < 0)
        err = N2_ERR_IO;
    close(rule.parent_fd);
    return err;
}

n2_err
n2_sandbox_fence_paths(const n2_sandbox_plan *plan, int abi)
{
    const ruleset set = handled(abi, !(plan->promises & N2_SANDBOX_SOCKETS));
    size_t size = abi >= ABI_SCOPES ? sizeof set : abi >= ABI_NET ? 16 : 8;

    if (abi == 0)
        return N2_ERR_UNSUPPORTED;
    int fd = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
    if (fd < 0)
        return N2_ERR_IO;
    n2_err err = N2_OK;
    for (size_t i = 0; !err && i < plan->n_paths; i++)
        err = allow(fd, &set, plan->paths[i].path, rights(plan->paths[i].access));
    if (!err && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        err = N2_ERR_IO;
    close(fd);
    return err;
}
