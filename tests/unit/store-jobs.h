/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store-jobs.h - what a node does with its store, as jobs that can be failed, cut off and done
 *                again; and what must be true after each.
 */
#pragma once

#include "store-fixture.h"

/** What the caller of a job may count on. */
typedef enum {
    JOB_NOT,   /* said to have failed: nothing of it is there */
    JOB_MAYBE, /* nothing was said: all of it is there, or nothing */
    JOB_DONE   /* said to be done: all of it is there */
} job_outcome;

typedef struct {
    const char *name;
    void (*prepare)(fixture *f); /* (nullable): of the world it begins in */
    n2_err (*run)(fixture *f);
    void (*check)(fixture *f, job_outcome outcome);
    gboolean damages;  /* its world is not sound to begin with */
    gboolean is_first; /* its world is an empty disk */
    gboolean reopens;  /* it closes the store and opens it */
    guint64 cache_bytes;
    guint step; /* (0 as 1) of its many calls each so-manieth is tried; all of them in soak */
} job;

extern const job jobs[];
extern const gsize n_jobs;

/** How far apart the calls are that are tried. */
guint job_step(const job *j);

/** A disk on which a store has published, fetched and noted things; closed and synced. */
disk_mem *job_world(const job *j);
/** A store over a copy of @world. */
void job_begin(fixture *f, const job *j, const disk_mem *world);
/** Everything that was in the world before the job is there, whole. */
void job_check_world(fixture *f, const job *j);
/** Nothing but files without a row is wrong, and they go with this. */
void job_check_sound(fixture *f);

/** Who publishes in all jobs. */
extern const n2_id job_identity;
/** Publishes a tree of one small file as the next version of that identity's tree. */
n2_err job_publish_small(fixture *f, guint64 seed);
