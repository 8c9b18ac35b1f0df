/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fence.h - the sandbox of each process of net2od; daemon/DESIGN.md, "Sandbox", says why.
 *
 * Layer: host.  Each returns N2_OK also where the kernel lacks a part: @state (out) says what
 *        there is.  After an error the process must end.
 */
#pragma once

#include "base/err.h"
#include "host/profile.h"
#include "sandbox/sandbox.h"

enum {
    N2_FENCES_MAX = 5 /* parent, names, screen, keys, node */
};

/** What each process said about its sandbox. */
typedef struct {
    struct {
        char process[16];
        n2_sandbox_state state;
    } fences[N2_FENCES_MAX];
    size_t n;
} n2_fence_list;

/** Notes, or notes anew, the state of @process; a sixth process is not noted. */
void n2_fence_list_set(n2_fence_list *list, const char *process, n2_sandbox_state state);

/** The parent: starts and ends its children, which inherit this and tighten it. */
N2_MUST_USE n2_err n2_fence_parent(const n2_profile *profile, n2_sandbox_state *state);

/** The main thread of the keys process: the folder of keys, and the channels it has.  It has
 * started the threads that talk to tokens before. */
N2_MUST_USE n2_err n2_fence_keys(const n2_profile *profile, n2_sandbox_state *state);

/** Each of those threads: Unix sockets, to the service that has the readers; no file. */
N2_MUST_USE n2_err n2_fence_tokens(n2_sandbox_state *state);

/** The node process, before its first thread: its data, and the sockets it was given. */
N2_MUST_USE n2_err n2_fence_node(const n2_profile *profile, n2_sandbox_state *state);

/** The process that looks up names, and those it starts. */
N2_MUST_USE n2_err n2_fence_names(n2_sandbox_state *state);

/** The process that hears of the screen: the two sockets that it has, no file. */
N2_MUST_USE n2_err n2_fence_screen(n2_sandbox_state *state);
