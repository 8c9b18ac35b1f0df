/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * main.c - net2od: reads what it was asked for and becomes parent, keys or node process.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/config.h"
#include "host/parent.h"
#include "host/profile.h"
#include "host/role.h"

static int
fail(const GError *error)
{
    (void)fprintf(stderr, "net2od: %s\n", error->message);
    return n2_err_exit((n2_err)error->code);
}

/* @role: (nullable): NULL for the parent.  @argv: without it. */
static int
run(const n2_options *options, const char *role, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    n2_profile profile = {0};
    n2_config config = {0};
    int code;

    if (n2_profile_open(&profile, options->profile, &error) != N2_OK)
        return fail(error);
    if (role) /* the parent has said what there is to say of the file */
        n2_log_setup(role + 1, N2_LOG_ERROR);
    if (n2_config_load(&config, options, profile.conf_path, &error) != N2_OK) {
        n2_profile_clear(&profile);
        return fail(error);
    }
    n2_log_setup(role ? role + 1 : "net2od", (n2_log_level)config.log_level);
    if (!role && (options->wants_fsck || options->wants_cut))
        code = n2_role_fsck(&profile, options->wants_cut);
    else if (!role)
        code = n2_parent_run(&config, &profile, argc, argv, &error) ? fail(error) : 0;
    else if (strcmp(role, "@keys") == 0)
        code = n2_role_keys(&config, &profile);
    else
        code = n2_role_node(&config, &profile);
    n2_config_clear(&config);
    n2_profile_clear(&profile);
    return code;
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    n2_options options;
    const char *role = NULL;
    int code = 0;

    umask(0077);
    if (argc > 1 && strcmp(argv[1], "@names") == 0)
        return n2_role_names();
    if (argc > 1 && strcmp(argv[1], "@screen") == 0)
        return n2_role_screen();
    if (argc > 1 && (strcmp(argv[1], "@keys") == 0 || strcmp(argv[1], "@node") == 0)) {
        role = argv[1];
        argv[1] = argv[0];
        argv++;
        argc--;
    }
    if (n2_options_parse(&options, argc, argv, &error) != N2_OK)
        return fail(error);
    if (options.show_help)
        (void)fputs(n2_options_help(), stdout);
    else if (options.show_version)
        (void)puts("net2od " N2_VERSION);
    else
        code = run(&options, role, argc, argv);
    n2_options_clear(&options);
    return code;
}
