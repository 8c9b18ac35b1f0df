/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fences.h - the two halves of the sandbox; private to daemon/sandbox.
 *
 * Layer: sandbox (may include: base).
 */
#pragma once

#include "sandbox/sandbox.h"

/* Builds that look at their own files and threads while they end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(N2_COVERAGE)
#define N2_SANDBOX_IS_RELAXED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                     \
    __has_feature(memory_sanitizer)
#define N2_SANDBOX_IS_RELAXED 1
#endif
#endif
#ifndef N2_SANDBOX_IS_RELAXED
#define N2_SANDBOX_IS_RELAXED 0
#endif

/** Can this kernel filter, and this process set a filter? */
bool n2_sandbox_has_seccomp(void);

/** Sets the filter for all threads, or the caller's alone.  Returns: N2_OK; N2_ERR_UNSUPPORTED
 *  (kernel), N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_sandbox_filter(unsigned promises, bool is_thread);

/** Fences the plan's paths in.  Returns: N2_OK; N2_ERR_UNSUPPORTED (kernel), N2_ERR_IO. */
N2_MUST_USE n2_err n2_sandbox_fence_paths(const n2_sandbox_plan *plan, int abi);
