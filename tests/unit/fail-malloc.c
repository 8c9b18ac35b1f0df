/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fail-malloc.c - the functions that the linker puts in the place of malloc and its like.
 */
#include "fail-malloc.h"

#include <glib.h>
#include <openssl/crypto.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

static uint64_t count, fail_at;
static bool is_lasting;

void
fail_malloc_at(uint64_t n, bool lasting)
{
    count = 0;
    fail_at = n;
    is_lasting = lasting;
}

uint64_t
fail_malloc_count(void)
{
    return count;
}

static bool
is_refused(void)
{
    count++;
    return fail_at && (count == fail_at || (is_lasting && count > fail_at));
}

void *
__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return is_refused() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *at, size_t size)
{
    return is_refused() ? NULL : __real_realloc(at, size);
}

void *
__wrap_aligned_alloc(size_t align, size_t size)
{
    return is_refused() ? NULL : __real_aligned_alloc(align, size);
}

/* ---- OpenSSL ---- */

static void *
openssl_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return !size || is_refused() ? NULL : __real_malloc(size);
}

static void *
openssl_realloc(void *at, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (!size) {
        free(at);
        return NULL;
    }
    return is_refused() ? NULL : __real_realloc(at, size);
}

static void
openssl_free(void *at, const char *file, int line)
{
    (void)file;
    (void)line;
    free(at);
}

void
fail_malloc_init(void)
{
    g_assert_cmpint(CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free), ==,
                    1);
}

unsigned
fail_malloc_each(const char *name, n2_err (*what)(void *user), void *user)
{
    unsigned n_refused = 0;
    n2_err err = what(user); /* what is made once and kept is made now */

    if (err)
        g_error("%s: %s before memory is refused", name, n2_err_name(err));
    for (uint64_t n = 1;; n++) {
        fail_malloc_at(n, false);
        err = what(user);
        bool is_over = count < n;
        fail_malloc_at(0, false);
        if (err && err != N2_ERR_NOMEM)
            g_error("%s: %s with allocation %" G_GUINT64_FORMAT " refused", name,
                    n2_err_name(err), n);
        n_refused += err == N2_ERR_NOMEM;
        if (is_over)
            break;
        g_assert_cmpuint(n, <, 100000);
    }
    err = what(user);
    g_assert_cmpint(err, ==, N2_OK);
    return n_refused;
}
