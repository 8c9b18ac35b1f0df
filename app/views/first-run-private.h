/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * first-run-private.h - what the two halves of the assistant share: making, and the sheet.
 *
 * Layer: app/views.
 */
#pragma once

#include "views/ask-view.h"
#include "views/bring-view.h"
#include "views/first-run.h"

enum {
    N2_FIRST_RUN_NAME_BYTES_MAX = 63 /* as daemon/keys/request.h has it */
};

struct _N2FirstRun {
    GtkWidget parent_instance;

    /* Template children: borrowed. */
    GtkWidget *back;
    GtkStack *stack;
    GtkBox *dots;
    GtkEntry *name;
    GtkWidget *named;
    GtkWidget *by_token;
    GtkWidget *by_file;
    GtkLabel *token_words;
    GtkWidget *touch_list;
    GtkSwitch *touch;
    GtkPasswordEntry *passphrase;
    GtkPasswordEntry *repeated;
    GtkLevelBar *strength;
    GtkLabel *grade;
    GtkWidget *seal;
    N2AskView *ask;
    N2BringView *bring;
    GtkLabel *why;
    GtkLabel *next;
    GtkWidget *again;
    GtkWidget *elsewhere;
    GtkLabel *busy;
    GtkWidget *leave;
    GtkWidget *use_second;
    GtkWidget *no_second;
    GtkWidget *print;
    GtkFlowBox *words;
    GtkLabel *sheet_note;
    GtkWidget *to_test;
    GtkEntry *typed;
    GtkWidget *check;
    GtkLabel *test_note;
    GtkLabel *done_title;
    GtkLabel *done_words;
    GtkWidget *finish;

    N2IdentitySource *source;  /* owned */
    N2OwnIdentity *identity;   /* owned; once it is made */
    GCancellable *cancellable; /* owned */
    char *token;               /* owned; id of the one that is taken, NULL: the computer */
    GStrv touches;             /* owned; for what it shall ask for a touch, NULL: as it is */
    gboolean is_busy;          /* an order runs */
    gboolean is_signing;       /* the order is to sign in */
    gboolean is_replacing;     /* what is made takes the place of one that was lost */
    gboolean wants_paper;      /* the sheet goes to the printer, not onto the screen */
};

void n2_first_run_go(N2FirstRun *self, const char *name);
void n2_first_run_fail(N2FirstRun *self, const GError *error);

/* first-run-sheet.c */
void n2_first_run_on_print_cb(N2FirstRun *self);
void n2_first_run_on_write_cb(N2FirstRun *self);
void n2_first_run_on_to_test_cb(N2FirstRun *self);
void n2_first_run_on_typed_changed_cb(N2FirstRun *self);
void n2_first_run_on_check_cb(N2FirstRun *self);
void n2_first_run_on_later_cb(N2FirstRun *self);

/* first-run-bring.c */
void n2_first_run_on_by_other_cb(N2FirstRun *self);
void n2_first_run_on_brought_cb(N2FirstRun *self);
void n2_first_run_on_lost_cb(N2FirstRun *self);

/** Ends the identity that was lost in favour of the new one, then goes on. */
void n2_first_run_end_old(N2FirstRun *self);

/** The identity is there, and what it takes the place of has ended. */
void n2_first_run_go_on(N2FirstRun *self);

/** Takes the words off the screen. */
void n2_first_run_hide_words(N2FirstRun *self);
