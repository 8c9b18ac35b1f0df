/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-firstrun.c - who you are: the assistant by keys alone, prompts, preferences, the sheet.
 *
 * test-firstrun [FOLDER]: with pictures of every page, into FOLDER.
 */
#include <glib/gi18n.h>
#include <string.h>

#include "assistant.h"
#include "client/error.h"
#include "model/words.h"
#include "token/result.h"
#include "views/ask-view.h"
#include "views/identity-page.h"
#include "views/security-page.h"

/* Name, token, PIN, touch, second token, words by hand, test: keys only. */
static void
test_token(void)
{
    scene s;
    gint64 begun = g_get_monotonic_time();

    set_up(&s);
    pictures(&s, "name");
    give_name(&s);
    /* Until there is a token only the computer can be chosen; it is noticed when it comes. */
    g_assert_false(
        gtk_widget_is_sensitive(ui_get(root(&s), BUTTON, _("Use a security token"))));
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    wait_for(&s, "Nitrokey 3");
    g_assert_true(gtk_switch_get_active(GTK_SWITCH(
        ui_get(root(&s), GTK_ACCESSIBLE_ROLE_SWITCH, _("The token asks for a touch")))));
    pictures(&s, "choose");
    gtk_widget_grab_focus(ui_get(root(&s), BUTTON, _("Use a security token")));
    key("Return");
    wait_for(&s, _("Give the token’s PIN"));
    wait_for(&s, "3"); /* tries, before the PIN is typed */
    pictures(&s, "pin");
    type(N2_FAKE_PIN);
    key("Return");
    wait_for(&s, _("Touch the token"));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_MAKE), ==, 1);
    g_assert_cmpstr(n2_fake_identities_peek_touch(s.fake), ==, "sign login");
    ui_sleep(400); /* it stays, although the answer before was told only now */
    ui_get(root(&s), BUTTON, _("It doesn’t blink"));
    pictures(&s, "touch");
    n2_fake_identities_touch(s.fake);
    wait_for(&s, _("Now a second token"));
    n2_fake_identities_pull(s.fake);
    pictures(&s, "second");
    n2_fake_identities_plug(s.fake, "Nitrokey 4", "ok", NULL, NULL);
    ui_sleep(50);
    key("Return"); /* the focus went to the button when the token came */
    wait_for(&s, _("Give the token’s PIN"));
    type(N2_FAKE_PIN);
    key("Return");
    wait_for(&s, _("Touch the token"));
    n2_fake_identities_touch(s.fake);
    wait_for(&s, _("Your recovery sheet"));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_ADD_TOKEN), ==, 1);
    g_assert_cmpstr(n2_fake_identities_peek_touch(s.fake), ==, "sign login");
    key("Tab"); /* from Print to by hand */
    key("Return");
    wait_for(&s, "13  apple");
    pictures(&s, "sheet");
    key("Return"); /* the focus is on the test */
    wait_for(&s, _("Is it all on paper?"));
    g_assert_null(ui_find_text(root(&s), "apple")); /* from paper, not from the screen */
    type("able acid");
    key("Return");
    wait_for(&s, _("Look at each of them on the sheet."));
    g_assert_null(ui_find_text(root(&s), _("Backup finished")));
    pictures(&s, "test");
    key("ctrl+a");
    type(N2_FAKE_WORDS);
    key("Return");
    wait_for(&s, _("Backup finished"));
    pictures(&s, "done");
    key("Return");
    UI_UNTIL(n2_fake_identities_count(s.fake, N2_ORDER_SIGN_IN) == 1);
    g_assert_cmpuint(s.n_finished, ==, 1);
    g_test_message("%.1f s", (double)(g_get_monotonic_time() - begun) / G_USEC_PER_SEC);
    tear_down(&s);
}

/* Whether the token asks for a touch is chosen where it is chosen, if it can. */
static void
test_touch(void)
{
    scene s;

    set_up(&s);
    n2_fake_identities_set_keypad(s.fake, TRUE); /* that one has no button */
    n2_fake_identities_plug(s.fake, "Reader", "ok", NULL, NULL);
    give_name(&s);
    g_assert_null(
        ui_find(root(&s), GTK_ACCESSIBLE_ROLE_SWITCH, _("The token asks for a touch")));
    ui_click(ui_get(root(&s), BUTTON, _("Use a security token")));
    wait_for(&s, _("Type the PIN at the reader"));
    g_assert_null(n2_fake_identities_peek_touch(s.fake));
    key("Return"); /* Cancel has the focus */
    wait_for(&s, _("Who will you be?"));
    n2_fake_identities_set_keypad(s.fake, FALSE);
    n2_fake_identities_pull(s.fake);
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    gtk_widget_grab_focus(
        ui_get(root(&s), GTK_ACCESSIBLE_ROLE_SWITCH, _("The token asks for a touch")));
    key("space");
    ui_sleep(400); /* it slides */
    ui_click(ui_get(root(&s), BUTTON, _("Use a security token")));
    wait_for(&s, _("Give the token’s PIN"));
    g_assert_cmpstr(n2_fake_identities_peek_touch(s.fake), ==, "");
    ui_click(ui_get(root(&s), BUTTON, _("Cancel")));
    wait_for(&s, _("Who will you be?"));
    tear_down(&s);
}

/* A passphrase: weak ones and slips are not taken; no backup is claimed without its test. */
static void
test_file(void)
{
    scene s;

    set_up(&s);
    give_name(&s);
    key("Return");
    wait_for(&s, _("Seal it with a passphrase"));
    GtkWidget *seal = ui_get(root(&s), BUTTON, _("Make My Identity"));
    type("password");
    key("Tab");
    type("password");
    g_assert_false(gtk_widget_is_sensitive(seal));
    key("shift+Tab");
    key("ctrl+a");
    type("correct horse battery staple ocean");
    key("Tab");
    key("ctrl+a");
    type("correct horse battery staple ocear");
    wait_for(&s, _("The two differ."));
    g_assert_false(gtk_widget_is_sensitive(seal));
    key("BackSpace");
    type("n");
    g_assert_true(gtk_widget_is_sensitive(seal));
    pictures(&s, "passphrase");
    key("Return");
    wait_for(&s, _("Your recovery sheet"));
    ui_click(ui_get(root(&s), BUTTON, _("Later")));
    wait_for(&s, "Nora");
    g_assert_null(ui_find_text(root(&s), _("Backup finished")));
    tear_down(&s);
}

/* Each failure of a token has words of its own, where it is plugged in and when it is used. */
static void
test_failures(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    scene s;

    set_up(&s);
    give_name(&s);
    for (int code = N2_TOKEN_OK + 1; code < N2_TOKEN_CODES; code++) {
        const char *why = n2_token_why((n2_token_code)code);
        const char *next = n2_token_next((n2_token_code)code);
        g_autofree char *words = n2_words_sentence(_(why));
        n2_fake_identities_pull(s.fake);
        n2_fake_identities_plug(s.fake, "T", n2_token_name((n2_token_code)code), why, next);
        g_assert_nonnull(ui_find_text(root(&s), words));
        g_assert_nonnull(ui_find_text(root(&s), _(next)));
        g_assert_true(g_hash_table_add(seen, g_strdup(words)));
    }
    n2_fake_identities_pull(s.fake);
    n2_fake_identities_plug(s.fake, "T", "ok", NULL, NULL);
    for (int code = N2_TOKEN_OK + 1; code < N2_TOKEN_CODES; code++) {
        const char *why = n2_token_why((n2_token_code)code);
        g_autofree char *words = n2_words_sentence(_(why));
        n2_fake_identities_fail(s.fake, why, n2_token_next((n2_token_code)code));
        ui_click(ui_get(root(&s), BUTTON, _("Keep it on this computer")));
        GtkWidget *phrase = ui_get(root(&s), GTK_ACCESSIBLE_ROLE_TEXT_BOX, _("Passphrase"));
        gtk_editable_set_text(GTK_EDITABLE(phrase), "correct horse battery staple ocean");
        gtk_editable_set_text(
            GTK_EDITABLE(ui_get(root(&s), GTK_ACCESSIBLE_ROLE_TEXT_BOX, _("Once more"))),
            "correct horse battery staple ocean");
        ui_click(ui_get(root(&s), BUTTON, _("Make My Identity")));
        wait_for(&s, words);
        if (code == N2_TOKEN_IN_USE)
            pictures(&s, "failure");
        ui_click(ui_get(root(&s), BUTTON, _("Another Way")));
    }
    tear_down(&s);
}

/* No PIN is tried by itself; the last try wants consent; a blocked PIN takes no more. */
static void
test_pin(void)
{
    scene s;

    set_up(&s);
    n2_fake_identities_set_tries(s.fake, 2);
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    give_name(&s);
    key("Return");
    wait_for(&s, _("Give the token’s PIN"));
    type("000000");
    key("Return");
    wait_for(&s, _("That did not work"));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_MAKE), ==, 1);
    key("Return");
    wait_for(&s, _("One try is left"));
    type("000000");
    GtkWidget *go = ui_get(root(&s), BUTTON, _("Go On"));
    g_assert_false(gtk_widget_is_sensitive(go));
    key("Return");
    wait_for(&s, _("One try is left")); /* still: nothing was sent */
    g_assert_false(n2_fake_identities_has_consent(s.fake));
    key("Tab");
    key("space");
    g_assert_true(gtk_widget_is_sensitive(go));
    pictures(&s, "last");
    ui_click(go);
    wait_for(&s, _("That did not work"));
    g_assert_true(n2_fake_identities_has_consent(s.fake));
    tear_down(&s);
}

/* At a reader with keys nothing is typed here; Cancel leads back. */
static void
test_keypad(void)
{
    scene s;

    set_up(&s);
    n2_fake_identities_set_keypad(s.fake, TRUE);
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    give_name(&s);
    key("Return");
    wait_for(&s, _("Type the PIN at the reader"));
    g_assert_null(ui_find(root(&s), GTK_ACCESSIBLE_ROLE_TEXT_BOX, _("PIN")));
    key("Return"); /* Cancel has the focus */
    wait_for(&s, _("Who will you be?"));
    tear_down(&s);
}

/* A window that goes while an order runs gives the order up, and nobody is called back. */
static void
test_gone(void)
{
    scene s;

    set_up(&s);
    give_name(&s);
    n2_fake_identities_plug(s.fake, "Nitrokey 3", "ok", NULL, NULL);
    ui_click(ui_get(root(&s), BUTTON, _("Use a security token")));
    wait_for(&s, _("Give the token’s PIN"));
    ui_click(ui_get(root(&s), BUTTON, _("Cancel")));
    wait_for(&s, _("Who will you be?"));
    ui_click(ui_get(root(&s), BUTTON, _("Use a security token")));
    gtk_window_destroy(GTK_WINDOW(s.u.window));
    ui_sleep(100);
    g_object_unref(s.fake);
}

static void
test_preferences(void)
{
    scene s = {.fake = n2_fake_identities_new()};
    GtkWidget *window = adw_preferences_window_new();

    n2_fake_identities_own(s.fake);
    n2_fake_identities_lack(s.fake);
    n2_fake_identities_plug(s.fake, "Nitrokey <b>5</b>", "ok", NULL, NULL);
    n2_fake_identities_plug(s.fake, "Reader", "no-card", "there is no card in the reader",
                            "Insert the token.");
    adw_preferences_window_add(
        ADW_PREFERENCES_WINDOW(window),
        ADW_PREFERENCES_PAGE(n2_identity_page_new(N2_IDENTITY_SOURCE(s.fake))));
    open_window(&s, window);
    wait_for(&s, "Nora Hansen");
    wait_for(&s, "Nitrokey <b>5</b>"); /* a name is no markup */
    wait_for(&s, _("On paper, not tested yet"));
    wait_for(&s, _("Accounts at sites are missing"));
    g_autofree char *in = g_strdup_printf(_("Sign in %s"), "Nora Hansen");
    g_autofree char *out = g_strdup_printf(_("Sign out %s"), "Nora Hansen");
    g_autofree char *keep = g_strdup_printf(_("Remove %s"), "Nitrokey 3");
    g_assert_null(ui_find(root(&s), BUTTON, keep)); /* the last that may change it stays */
    pictures(&s, "preferences");
    ui_click(ui_get(root(&s), BUTTON, in));
    ui_sleep(100);
    ui_click(ui_get(root(&s), BUTTON, out));
    ui_sleep(100);
    ui_get(root(&s), BUTTON, in);
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_SIGN_OUT), ==, 1);
    /* What an order waits for is asked in a window of its own; its answer takes that away. */
    g_autofree char *add = g_strdup_printf(_("Add %s"), "Nitrokey <b>5</b>");
    ui_click(ui_get(root(&s), BUTTON, add));
    GtkWidget *asks = ui_get_window(_("Give the token’s PIN"));
    ui_check_names(asks);
    ui_click(ui_get(asks, BUTTON, _("Cancel")));
    UI_UNTIL(!ui_find_window(_("Give the token’s PIN")));
    /* A machine joins: its request, and our answer. */
    g_autofree char *device = g_strdup_printf(_("Add a device to %s"), "Nora Hansen");
    ui_click(ui_get(root(&s), BUTTON, device));
    GtkWidget *adds = ui_get_window(_("Add a device"));
    scene over = {.u.window = (N2Window *)adds};
    pictures(&over, "add-device");
    gdk_clipboard_set_text(gtk_widget_get_clipboard(adds), N2_FAKE_REQUEST);
    ui_click(ui_get(adds, BUTTON, _("Paste")));
    wait_for(&over, _("Take this to the new device"));
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_ADD_DEVICE), ==, 1);
    pictures(&over, "add-device-answer");
    ui_click(ui_get(adds, BUTTON, _("Done")));
    UI_UNTIL(!ui_find_window(_("Add a device")));
    g_autofree char *remove = g_strdup_printf(_("Remove %s"), "Phone");
    n2_fake_identities_fail(s.fake, "the token was pulled out", "Insert it, and try again.");
    ui_click(ui_get(root(&s), BUTTON, remove));
    ui_answer("cancel");
    g_assert_cmpuint(n2_fake_identities_count(s.fake, N2_ORDER_REMOVE_KEY), ==, 0);
    ui_click(ui_get(root(&s), BUTTON, remove));
    ui_answer("remove");
    ui_wait_text(&s.u, _("Insert it, and try again."));
    tear_down(&s);
}

/* ---- unlocking ---- */

/* What is asked when the node starts with sealed keys; that it is kept is a choice. */
static void
test_unlock(void)
{
    scene s = {.fake = n2_fake_identities_new()};
    GtkWidget *below = gtk_window_new();
    g_autoptr(N2Ask) ask = n2_ask_new(N2_ASKS_PASSPHRASE, NULL, N2_ASK_TRIES_UNKNOWN, 0);

    ask->kept_as = g_strdup("nobody's");
    gtk_window_present(GTK_WINDOW(below));
    n2_ask_window_open(GTK_WINDOW(below), ask);
    GtkWidget *window = ui_get_window(_("Unlock your keys"));
    scene over = {.u.window = (N2Window *)window};
    GtkWidget *keep = ui_get(window, GTK_ACCESSIBLE_ROLE_CHECKBOX,
                             _("Keep it in the keyring of this desktop"));
    g_assert_false(gtk_check_button_get_active(GTK_CHECK_BUTTON(keep)));
    gtk_check_button_set_active(GTK_CHECK_BUTTON(keep), TRUE);
    pictures(&over, "unlock");
    ui_click(ui_get(window, BUTTON, _("Cancel")));
    UI_UNTIL(!ui_find_window(_("Unlock your keys")));
    gtk_window_destroy(GTK_WINDOW(below));
    g_object_unref(s.fake);
}

/* ---- security ---- */

static gboolean
was_ordered(gpointer data)
{
    return n2_fake_identities_count(data, N2_ORDER_SETTINGS) == 3;
}

static void
type_into(GtkWidget *window, const char *name, const char *text)
{
    gtk_editable_set_text(GTK_EDITABLE(ui_get(window, GTK_ACCESSIBLE_ROLE_TEXT_BOX, name)),
                          text);
}

/* The window that is open: a passphrase that is too easy is not taken, one that fits is. */
static void
set_passphrase(scene *s, const char *old, const char *want, const char *button)
{
    GtkWidget *window = ui_get_window(_("Passphrase"));

    ui_check_names(window);
    GtkWidget *set = ui_get(window, BUTTON, button);
    g_assert_false(gtk_widget_is_sensitive(set));
    if (old)
        type_into(window, _("The one until now"), old);
    if (want) {
        type_into(window, _("The new one"), "password");
        type_into(window, _("Once more"), "password");
        g_assert_false(gtk_widget_is_sensitive(set));
        type_into(window, _("The new one"), want);
        type_into(window, _("Once more"), want);
    }
    g_assert_true(gtk_widget_is_sensitive(set));
    scene over = {.u.window = (N2Window *)window};
    if (old && want)
        pictures(&over, "passphrase-change");
    ui_click(set);
    ui_sleep(100);
    (void)s;
}

static void
test_security(void)
{
    scene s = {.fake = n2_fake_identities_new()};
    GtkWidget *window = adw_preferences_window_new();
    N2Settings *settings = n2_fake_identities_settings(s.fake);

    n2_fake_identities_own(s.fake);
    adw_preferences_window_add(
        ADW_PREFERENCES_WINDOW(window),
        ADW_PREFERENCES_PAGE(n2_security_page_new(N2_IDENTITY_SOURCE(s.fake))));
    open_window(&s, window);
    wait_for(&s, _("Signing in"));
    pictures(&s, "security");
    GtkWidget *hours = ui_get(root(&s), GTK_ACCESSIBLE_ROLE_SPIN_BUTTON, _("A sign-in lasts"));
    g_assert_cmpint(gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(hours)), ==, 12);
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(hours), 5);
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(hours), 99); /* the last one counts */
    gtk_switch_set_active(GTK_SWITCH(ui_get(root(&s), GTK_ACCESSIBLE_ROLE_SWITCH,
                                            _("Sign out when the token is removed"))),
                          FALSE);
    GtkWidget *screen =
        ui_get(root(&s), GTK_ACCESSIBLE_ROLE_SWITCH, _("Sign out when the screen locks"));
    gtk_switch_set_active(GTK_SWITCH(screen), FALSE);
    ui_wait(was_ordered, s.fake, "three orders");
    UI_UNTIL(settings->hours == 24);
    g_assert_false(settings->token_signs_out || settings->screen_signs_out);
    /* What is refused is said, and is as it was; what is fixed cannot be moved. */
    n2_fake_identities_fail(s.fake, "the store is read only", "Make room.");
    gtk_switch_set_active(GTK_SWITCH(screen), TRUE);
    ui_wait_text(&s.u, "the store is read only");
    g_assert_false(gtk_switch_get_active(GTK_SWITCH(screen)));
    settings->is_screen_fixed = TRUE;
    n2_identity_source_emit_settings(N2_IDENTITY_SOURCE(s.fake));
    wait_for(&s, _("As the configuration of your node says"));
    g_assert_false(gtk_widget_is_sensitive(screen));
    /* A passphrase: set, changed by the right one alone, removed. */
    g_assert_null(ui_find(root(&s), BUTTON, _("Remove the passphrase")));
    ui_click(ui_get(root(&s), BUTTON, _("Set a passphrase")));
    set_passphrase(&s, NULL, N2_FAKE_PASSPHRASE, _("Set Passphrase"));
    UI_UNTIL(!ui_find_window(_("Passphrase")));
    wait_for(&s, _("Asked for when your node starts"));
    ui_click(ui_get(root(&s), BUTTON, _("Change the passphrase")));
    set_passphrase(&s, "of yesterday", N2_FAKE_PASSPHRASE, _("Change Passphrase"));
    GtkWidget *open = ui_get_window(_("Passphrase"));
    UI_UNTIL(ui_find_text(open, _("That is not the passphrase until now.")));
    gtk_window_destroy(GTK_WINDOW(open));
    UI_UNTIL(!ui_find_window(_("Passphrase")));
    ui_click(ui_get(root(&s), BUTTON, _("Remove the passphrase")));
    set_passphrase(&s, N2_FAKE_PASSPHRASE, NULL, _("Remove Passphrase"));
    wait_for(&s, _("None: whoever takes this computer takes your keys"));
    tear_down(&s);
}

int
main(int argc, char **argv)
{
    assistant_init(&argc, &argv);
    g_test_add_func("/who/token", test_token);
    g_test_add_func("/who/touch", test_touch);
    g_test_add_func("/who/file", test_file);
    g_test_add_func("/who/failures", test_failures);
    g_test_add_func("/who/pin", test_pin);
    g_test_add_func("/who/keypad", test_keypad);
    g_test_add_func("/who/gone", test_gone);
    g_test_add_func("/who/preferences", test_preferences);
    g_test_add_func("/who/security", test_security);
    g_test_add_func("/who/unlock", test_unlock);
    return g_test_run();
}
