/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sandbox.c - a process gives up, for good, all it will not need.
 */
#include "sandbox/sandbox.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "sandbox/fences.h"

enum {
    PACKED_SECCOMP = 1 << 8,
    PACKED_RELAXED = 1 << 9
};

static n2_err
limit(int what, uint64_t soft, uint64_t hard)
{
    const struct rlimit wanted = {.rlim_cur = soft, .rlim_max = hard};

    return setrlimit((__rlimit_resource_t)what, &wanted) < 0 ? N2_ERR_IO : N2_OK;
}

static n2_err
set_limits(const n2_sandbox_plan *plan)
{
    n2_err err = N2_OK;

    /* A sanitizer's shadow takes terabytes of address space. */
    if (plan->memory_bytes && !N2_SANDBOX_IS_RELAXED)
        err = limit(RLIMIT_AS, plan->memory_bytes, plan->memory_bytes);
    if (!err && plan->cpu_s)
        err = limit(RLIMIT_CPU, plan->cpu_s, plan->cpu_s + 1);
    if (!err && plan->descriptors)
        err = limit(RLIMIT_NOFILE, plan->descriptors, plan->descriptors);
    return err;
}

n2_err
n2_sandbox_enter(const n2_sandbox_plan *plan, n2_sandbox_state *state)
{
    n2_sandbox_state s = {.is_relaxed = N2_SANDBOX_IS_RELAXED};
    /* Coverage is written anywhere, symbols are read from anywhere, and a leak checker stops
     * threads that entered before. */
    int abi = N2_SANDBOX_IS_RELAXED ? 0 : n2_sandbox_landlock_abi();

    *state = (n2_sandbox_state){0};
    if (plan->n_paths > N2_SANDBOX_PATHS_MAX)
        return N2_ERR_USAGE;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return N2_ERR_IO;
    n2_err err = plan->is_thread ? N2_OK : set_limits(plan);
    if (!err)
        err = n2_sandbox_fence_paths(plan, abi);
    s.landlock_abi = (uint8_t)(err ? 0 : abi);
    if (!err || err == N2_ERR_UNSUPPORTED)
        err = n2_sandbox_filter(plan->promises,
                                plan->is_thread); /* last: it refuses all of the above */
    s.has_seccomp = !err;
    if (err && err != N2_ERR_UNSUPPORTED)
        return err;
    *state = s;
    return N2_OK;
}

void
n2_sandbox_text(const n2_sandbox_state *state, char out[static N2_SANDBOX_TEXT_BYTES])
{
    char landlock[16] = "";

    if (state->landlock_abi)
        (void)snprintf(landlock, sizeof landlock, "landlock-%u", state->landlock_abi);
    (void)snprintf(out, N2_SANDBOX_TEXT_BYTES, "%s%s%s%s", state->has_seccomp ? "seccomp" : "",
                   state->has_seccomp && *landlock ? " " : "",
                   state->has_seccomp || *landlock ? landlock : "none",
                   state->is_relaxed ? " relaxed" : "");
}

int32_t
n2_sandbox_pack(const n2_sandbox_state *state)
{
    return state->landlock_abi | (state->has_seccomp ? PACKED_SECCOMP : 0) |
           (state->is_relaxed ? PACKED_RELAXED : 0);
}

n2_sandbox_state
n2_sandbox_unpack(int32_t packed)
{
    return (n2_sandbox_state){.has_seccomp = packed & PACKED_SECCOMP,
                              .landlock_abi = (uint8_t)(packed & 0xff),
                              .is_relaxed = packed & PACKED_RELAXED};
}
