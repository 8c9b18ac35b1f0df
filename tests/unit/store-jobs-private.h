/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store-jobs-private.h - what the files of the jobs share.
 */
#pragma once

#include "store-jobs.h"

enum {
    JOB_MIDDLE = 20000, /* bytes */
    JOB_N_NOTES = 7
};

extern const gint64 job_wall_us;

/* publish */
n2_err job_publish(fixture *f, guint64 seed, guint n_more);
void job_check_tree(fixture *f, const n2_ref *root);
gboolean job_has_version(fixture *f, guint64 counter, n2_ref *root);
n2_err job_run_publish(fixture *f);
n2_err job_run_publish_many(fixture *f);
void job_check_second(fixture *f, job_outcome outcome);
n2_err job_run_attr(fixture *f);
void job_check_attr(fixture *f, job_outcome outcome);

/* notes */
n2_err job_note(fixture *f, guint step, const char *text);
n2_err job_noted(fixture *f, guint step, const char *text, gboolean *is_there);
n2_err job_run_notes(fixture *f);
void job_check_notes(fixture *f, job_outcome outcome);
