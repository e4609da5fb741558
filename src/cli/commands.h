/*
 * Every command of the program. To add one: a file cmd_<name>.c with
 * `const struct te_command te_cmd_<name> = {...}`, a declaration here and a line in commands.c.
 * The verb of a group ("datasets list") is an entry of its own.
 */
#ifndef TE_CLI_COMMANDS_H
#define TE_CLI_COMMANDS_H

#include "te/cli/command.h"

extern const struct te_command te_cmd_run;
extern const struct te_command te_cmd_plan;
extern const struct te_command te_cmd_algorithms_list;
extern const struct te_command te_cmd_algorithms_show;
extern const struct te_command te_cmd_algorithms_check;
extern const struct te_command te_cmd_launch;
extern const struct te_command te_cmd_agent;
extern const struct te_command te_cmd_leash;
extern const struct te_command te_cmd_doctor;
extern const struct te_command te_cmd_clean;
extern const struct te_command te_cmd_help;
extern const struct te_command te_cmd_export;
extern const struct te_command te_cmd_finish;
extern const struct te_command te_cmd_import;
extern const struct te_command te_cmd_merge;
extern const struct te_command te_cmd_rescore;
extern const struct te_command te_cmd_score;
extern const struct te_command te_cmd_status;
extern const struct te_command te_cmd_verify;
extern const struct te_command te_cmd_datasets_list;
extern const struct te_command te_cmd_datasets_show;
extern const struct te_command te_cmd_datasets_select;
extern const struct te_command te_cmd_datasets_custom;
extern const struct te_command te_cmd_datasets_verify;
extern const struct te_command te_cmd_datasets_sync;
extern const struct te_command te_cmd_datasets_add;
extern const struct te_command te_cmd_datasets_analyze;
extern const struct te_command te_cmd_datasets_preprocess;
extern const struct te_command te_cmd_datasets_generate;
extern const struct te_command te_cmd_complete;
extern const struct te_command te_cmd_man;
extern const struct te_command te_cmd_markdown;

/* The table, in the order in which --help lists it. Names that start with "__" are not listed. */
extern const struct te_command *const te_commands[];
extern const size_t te_commands_count;

/* Text about the groups, for the overview and the man page; NULL name ends it. */
struct te_command_group {
    const char *name;
    const char *summary;
};
extern const struct te_command_group te_command_groups[];

#endif
