/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-ipc-people.c - Contacts1: each method reaches the control plane with what is said, and
 *                     what is left out is not said.
 */
#include <string.h>

#include "client/orders.h"
#include "ipc-fixture.h"

/* (floating) */
static GVariant *
options_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) parsed =
        g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

    g_assert_no_error(error);
    GVariantDict dict;
    g_variant_dict_init(&dict, parsed);
    return g_variant_dict_end(&dict);
}

static void
assert_last(fixture *f, n2_job_kind kind, const char *rest)
{
    g_autofree char *want = g_strdup_printf("%d %s", (int)kind, rest);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = await_text(f, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(fake_control_seen(f->control)->last->str, ==, want);
}

static void
test_requests(fixture *f, gconstpointer data)
{
    N2Client *c = f->client;
    (void)data;

    n2_client_contact_list_async(c, NULL, on_done_cb, f);
    assert_last(f, N2_JOB_PEOPLE_LIST, "-|-|-|-");
    n2_client_contact_remove_async(c, "ann", NULL, on_done_cb, f);
    assert_last(f, N2_JOB_PEOPLE_REMOVE, "ann|-|-|-");
    n2_client_trust_async(c, "net2o://ann/", "log-in", NULL, on_done_cb, f);
    assert_last(f, N2_JOB_PEOPLE_TRUST, "net2o://ann/|-|-|log-in");
    n2_client_trust_accept_async(c, "ann", "k1-x", NULL, on_done_cb, f);
    assert_last(f, N2_JOB_PEOPLE_ACCEPT, "k1-x|ann|-|-");
    n2_client_met_forget_async(c, 7, NULL, on_done_cb, f);
    assert_last(f, N2_JOB_PEOPLE_FORGET, "-|-|-|-");
    g_assert_cmpint(fake_control_seen(f->control)->number, ==, 7);
}

enum {
    SAID_MET = N2_PEOPLE_SAID * N2_PEOPLE_MET,
    SAID_INTRODUCES = N2_PEOPLE_SAID * N2_PEOPLE_INTRODUCES,
    SAID_AUDITS = N2_PEOPLE_SAID * N2_PEOPLE_AUDITS
};

static void
test_said(fixture *f, gconstpointer data)
{
    static const struct {
        const char *options;
        const char *name; /* NULL: it is not said */
        unsigned flags;
        gint64 met_us;
    } rows[] = {
        {"@a{sv} {}", NULL, 0, 0},
        {"{'name': <''>}", "", 0, 0},
        {"{'name': <'ann'>, 'met': <true>}", "ann", SAID_MET | N2_PEOPLE_MET, 0},
        {"{'met': <true>, 'met-at': <int64 7>}", NULL, SAID_MET | N2_PEOPLE_MET, 7},
        {"{'met': <false>}", NULL, SAID_MET, 0},
        {"{'introduces': <true>, 'audits': <false>}", NULL,
         SAID_INTRODUCES | N2_PEOPLE_INTRODUCES | SAID_AUDITS, 0},
        {"{'audits': <true>}", NULL, SAID_AUDITS | N2_PEOPLE_AUDITS, 0},
    };
    fake_seen *seen = fake_control_seen(f->control);
    (void)data;

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *rest =
            g_strdup_printf("k1-x|%s|-|-", rows[i].name ? rows[i].name : "-");
        g_test_message("%s", rows[i].options);
        n2_client_contact_set_async(f->client, "k1-x", options_of(rows[i].options), NULL,
                                    on_done_cb, f);
        assert_last(f, N2_JOB_PEOPLE_SET, rest);
        g_assert_cmpuint(seen->flags, ==, rows[i].flags);
        g_assert_cmpint(seen->number, ==, rows[i].met_us);
    }
}

/* What is no option is refused, and nothing is done. */
static void
test_refused(fixture *f, gconstpointer data)
{
    static const char *const options[] = {"{'met': <'yes'>}", "{'met-at': <7>}",
                                          "{'x': <true>}", "{'name': <b'ann'>}"};
    fake_seen *seen = fake_control_seen(f->control);
    (void)data;

    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        g_autoptr(GError) error = NULL;

        g_string_truncate(seen->last, 0);
        n2_client_contact_set_async(f->client, "k1-x", options_of(options[i]), NULL, on_done_cb,
                                    f);
        g_autofree char *text = await_text(f, &error);
        g_assert_error(error, N2_ERROR, N2_ERR_USAGE);
        g_assert_cmpstr(seen->last->str, ==, "");
    }
}

static void
on_contact_cb(N2Client *client, const char *identity, GString *seen)
{
    (void)client;
    g_string_append_printf(seen, "%s;", identity);
}

static void
test_changed(fixture *f, gconstpointer data)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    (void)data;

    n2_client_status_async(f->client, NULL, on_done_cb, f);
    g_autofree char *status = await_text(f, &error);
    g_signal_connect(f->client, "contact-changed", G_CALLBACK(on_contact_cb), seen);
    fake_control_tell(f->control, N2_NOTICE_CHANGED, "person k1-x");
    fake_control_tell(f->control, N2_NOTICE_CHANGED, "person ");
    fake_control_drain(f->control, f->server);
    while (!strchr(seen->str, ';') || !strstr(strchr(seen->str, ';') + 1, ";"))
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(seen->str, ==, "k1-x;;");
}

static const row rows[] = {
    {"requests", test_requests},
    {"said", test_said},
    {"refused", test_refused},
    {"changed", test_changed},
};

int
main(int argc, char **argv)
{
    return ipc_run(argc, argv, "/ipc/people/", rows, G_N_ELEMENTS(rows));
}
