#include "commands.h"

const struct te_command *const te_commands[] = {
    &te_cmd_run,
    &te_cmd_plan,
    &te_cmd_doctor,
    &te_cmd_launch,
    &te_cmd_finish,
    &te_cmd_verify,
    &te_cmd_export,
    &te_cmd_rescore,
    &te_cmd_merge,
    &te_cmd_import,
    &te_cmd_score,
    &te_cmd_status,
    &te_cmd_datasets_list,
    &te_cmd_datasets_show,
    &te_cmd_datasets_select,
    &te_cmd_datasets_custom,
    &te_cmd_datasets_verify,
    &te_cmd_datasets_sync,
    &te_cmd_datasets_add,
    &te_cmd_datasets_analyze,
    &te_cmd_datasets_preprocess,
    &te_cmd_datasets_generate,
    &te_cmd_algorithms_list,
    &te_cmd_algorithms_show,
    &te_cmd_algorithms_check,
    &te_cmd_clean,
    &te_cmd_help,
    &te_cmd_complete,
    &te_cmd_man,
    &te_cmd_markdown,
    &te_cmd_agent,
    &te_cmd_leash,
};

const size_t te_commands_count = sizeof te_commands / sizeof te_commands[0];

const struct te_command_group te_command_groups[] = {
    {"datasets", "the dataset manager: lists, checks, adds and makes datasets"},
    {"algorithms", "the algorithm catalog and what a configuration makes of it"},
    {NULL, NULL},
};
