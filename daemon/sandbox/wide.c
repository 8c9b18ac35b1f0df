/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wide.c - a fence for a program too big to say all that it does: what it may not, by name.
 *
 * A browser starts its web engine's processes, and these build sandboxes of their own, for
 * which they need mounts and namespaces: calls that no other process of ours may make.  So this
 * is the one list of refusals; all else is a list of promises (calls.c).
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "sandbox/fences.h"

#define CALL(name) SCMP_SYS(name)
#define REFUSED SCMP_ACT_ERRNO(EPERM)

/* clang-format off */
static const int refused[] = {
    /* into the kernel */
    CALL(bpf), CALL(perf_event_open), CALL(io_uring_setup), CALL(io_uring_enter), CALL(io_uring_register), CALL(userfaultfd),
    CALL(init_module), CALL(finit_module), CALL(delete_module), CALL(kexec_load), CALL(kexec_file_load), CALL(reboot),
    CALL(swapon), CALL(swapoff), CALL(acct), CALL(quotactl), CALL(syslog), CALL(iopl), CALL(ioperm), CALL(modify_ldt),
    CALL(fanotify_init), CALL(open_by_handle_at), CALL(lookup_dcookie), CALL(vhangup), CALL(nfsservctl),
    CALL(settimeofday), CALL(clock_settime), CALL(clock_adjtime), CALL(adjtimex),
    CALL(vm86), CALL(vm86old), CALL(uselib), CALL(_sysctl),
    /* the user's keys */
    CALL(add_key), CALL(request_key), CALL(keyctl),
    /* into other processes; the first two are a sanitizer's too, see below */
    CALL(process_vm_writev), CALL(pidfd_getfd), CALL(process_madvise),
};

static const int refused_unless_relaxed[] = {CALL(ptrace), CALL(process_vm_readv)};
/* clang-format on */

static int
refuse(scmp_filter_ctx filter, const int *calls, size_t n)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < n; i++)
        if (calls[i] > 0) /* else this machine's kernel interface lacks it */
            code = seccomp_rule_add(filter, REFUSED, calls[i], 0);
    return code;
}

/* Sockets of all families but Unix, and but the kernel's news of links and routes.  A rule
 * looks at each argument once at most, so the families below the two have a rule each. */
static int
refuse_sockets(scmp_filter_ctx filter, int call)
{
    int code = seccomp_rule_add(filter, REFUSED, call, 1, SCMP_A0(SCMP_CMP_GT, AF_NETLINK));

    for (uint64_t family = 0; code == 0 && family < AF_NETLINK; family++)
        if (family != AF_UNIX)
            code = seccomp_rule_add(filter, REFUSED, call, 1, SCMP_A0(SCMP_CMP_EQ, family));
    if (code == 0)
        code = seccomp_rule_add(filter, REFUSED, call, 2, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
                                SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE));
    return code;
}

/* Calls that are many in one. */
static int
refuse_guarded(scmp_filter_ctx filter)
{
    int code = refuse_sockets(filter, CALL(socket));

    if (code == 0)
        code = refuse_sockets(filter, CALL(socketpair));
    if (code == 0) /* types into the terminal */
        code = seccomp_rule_add(filter, REFUSED, CALL(ioctl), 1,
                                SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI));
    return code;
}

static int
fill(scmp_filter_ctx filter)
{
    int code = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, REFUSED);

    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (code == 0)
        code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (code == 0)
        code = refuse(filter, refused, sizeof refused / sizeof refused[0]);
    if (code == 0 && !N2_SANDBOX_IS_RELAXED)
        code = refuse(filter, refused_unless_relaxed,
                      sizeof refused_unless_relaxed / sizeof refused_unless_relaxed[0]);
    return code ? code : refuse_guarded(filter);
}

n2_err
n2_sandbox_enter_wide(n2_sandbox_state *state)
{
    *state = (n2_sandbox_state){0};
    if (!n2_sandbox_has_seccomp())
        return N2_OK;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return N2_ERR_IO;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return N2_ERR_NOMEM;
    int code = fill(filter);
    if (code == 0)
        code = seccomp_load(filter);
    seccomp_release(filter);
    if (code != 0)
        return code == -ENOMEM ? N2_ERR_NOMEM : N2_ERR_IO;
    *state = (n2_sandbox_state){.has_seccomp = true, .is_relaxed = N2_SANDBOX_IS_RELAXED};
    return N2_OK;
}
