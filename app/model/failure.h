/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * failure.h - why a place can't be shown, in the words that the error view shows.
 *
 * Layer: app/model (no widgets).  The only file that turns codes into sentences.
 */
#pragma once

#include <gio/gio.h>

#include "base/err.h"

G_BEGIN_DECLS

typedef enum {
    N2_STEP_RETRY,  /* ask again; by itself too, if the failure is on the way */
    N2_STEP_WATCH,  /* a switch: tell when it is back */
    N2_STEP_EDIT,   /* put the cursor into the address */
    N2_STEP_UP,     /* open the folder above; `argument` is its address */
    N2_STEP_START,  /* open the start page */
    N2_STEP_SOURCE, /* show the bytes as they are written */
    N2_STEP_SAVE,   /* save the file */
    N2_STEP_COPY,   /* copy a command; `argument` is the command */
    N2_STEP_SITES,  /* open the preferences, where the sites are */
} N2StepKind;

#define N2_TYPE_STEP (n2_step_get_type())
G_DECLARE_FINAL_TYPE(N2Step, n2_step, N2, STEP, GObject)

/** One thing the user can do now: a row with a button. */
struct _N2Step {
    GObject parent_instance;
    N2StepKind kind;
    const char *icon; /* (static) symbolic icon's name */
    char *title;
    char *subtitle; /* (nullable) */
    char *label;    /* of the button */
    char *argument; /* (nullable) */
};

#define N2_TYPE_FAILURE (n2_failure_get_type())
G_DECLARE_FINAL_TYPE(N2Failure, n2_failure, N2, FAILURE, GObject)

/** Filled by its constructor, then only read; see place.h. */
struct _N2Failure {
    GObject parent_instance;
    n2_err code;
    char *address;
    char *title;       /* the cause in one line */
    char *cause;       /* the cause in one or two sentences, and what was tried */
    char *short_words; /* two or three words for the path button, e.g. "way broken" */
    char *handbook;    /* address of the handbook's section about it */
    char *handbook_title;
    gboolean is_on_way; /* the way may be broken: asking the hops makes sense */
    gboolean is_no_node;
    GListStore *steps; /* N2Step, the best first */
};

#define N2_FAILURE_ERROR (n2_failure_error_quark())
GQuark n2_failure_error_quark(void);

/** Failures of the browser itself, which no code of the node names. */
typedef enum {
    N2_FAILURE_UNCONFINED, /* WebKit's sandbox is not in force, so no page is shown */
} n2_failure_error;

/**
 * @node_is_there: whether a node answers; if not, that is the failure, whatever @error says.
 * @profile: (nullable): folder of the node's profile, for the command that starts one.
 *
 * Returns: (transfer full).
 */
N2Failure *n2_failure_new(const char *address,
                          const GError *error,
                          gboolean node_is_there,
                          const char *profile);

/** The web process ended while it showed @address (transfer full). */
N2Failure *n2_failure_new_crash(const char *address);

/**
 * Better words once the hops were asked.
 *
 * @hops: N2Hop, as n2_source_trace_finish() gives them.
 *
 * Returns: (transfer full): a title and a cause that name the silent hop, or %NULL if all
 *          answered; then the failure's own words stand.
 */
char *n2_failure_dup_hop_title(N2Failure *self, GListModel *hops, char **cause);

G_END_DECLS
