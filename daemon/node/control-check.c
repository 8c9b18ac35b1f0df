/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-check.c - the job that verifies the store, a little at a time beside all other work.
 */
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "store/fsck.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

struct n2_check {
    n2_fsck *fsck;      /* (owned) */
    n2_table *damaged;  /* (owned) contents that are absent now */
    n2_table *findings; /* (owned) */
};

static void
finding_cb(void *user, const n2_fsck_finding *finding)
{
    n2_check *check = user;
    char text[N2_ID_TEXT_BYTES + sizeof "net2o://"] = "net2o://";

    n2_table_row(check->findings);
    n2_table_text(check->findings, "finding", n2_fsck_word(finding->kind));
    n2_table_text(check->findings, "text", finding->text);
    if (finding->kind != N2_FSCK_DAMAGED && finding->kind != N2_FSCK_MISSING)
        return;
    n2_id_format(text + sizeof "net2o://" - 1, N2_ID_CONTENT, &finding->ref.id);
    n2_table_row(check->damaged);
    n2_table_text(check->damaged, "address", text);
}

void
n2_check_free(n2_check *check)
{
    if (!check)
        return;
    n2_fsck_free(check->fsck);
    n2_table_free(check->damaged);
    n2_table_free(check->findings);
    free(check);
}

void
n2_check_job(n2_control *c, job *j)
{
    n2_err err = N2_ERR_NOMEM;

    j->check = calloc(1, sizeof *j->check);
    free(j->name);
    j->name = strdup("store.db"); /* what it is about, if it fails */
    if (j->check && j->name) {
        j->check->damaged = n2_table_new();
        j->check->findings = n2_table_new();
        err = n2_fsck_new(&j->check->fsck, c->config.store, finding_cb, j->check);
    }
    if (err)
        n2_job_failed(c, j, err);
}

static void
end(n2_control *c, job *j)
{
    const n2_fsck_report *report = n2_fsck_result(j->check->fsck);
    n2_table *t = n2_job_row();

    n2_table_int(t, "objects", (int64_t)report->n_contents);
    n2_table_int(t, "size", (int64_t)report->bytes);
    n2_table_take(t, "damaged", j->check->damaged);
    n2_table_take(t, "findings", j->check->findings);
    j->check->damaged = j->check->findings = NULL;
    n2_job_done(c, j, t);
}

bool
n2_check_is_running(const n2_control *c)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->check)
            return true;
    return false;
}

/* Of a damaged content fsck tells, and goes on; of a damaged database it cannot. */
static void
failed(n2_control *c, job *j, n2_err err)
{
    if (err == N2_ERR_CORRUPT)
        n2_job_failed_words(
            c, j, err, N_("the database is damaged"),
            N_("Stop the node; then put the database back from a copy, or move it away."));
    else
        n2_job_failed(c, j, err);
}

/* The others wait: each would read all of it. */
void
n2_check_expire(n2_control *c)
{
    bool more = false;
    job *j = NULL;

    for (size_t i = 0; i < N2_JOBS_MAX && !j; i++)
        j = c->jobs[i] && c->jobs[i]->check ? c->jobs[i] : NULL;
    if (!j)
        return;
    n2_err err = n2_fsck_step(j->check->fsck, &more);

    if (err)
        failed(c, j, err);
    else if (!more)
        end(c, j);
}
