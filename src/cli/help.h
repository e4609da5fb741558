/* Texts made from the command tables: --help, --version, the man page, shell completion. */
#ifndef TE_CLI_HELP_H
#define TE_CLI_HELP_H

#include <stdio.h>
#include "te/cli/command.h"

void te_help_version(FILE *out);
/* All commands, in short. */
void te_help_overview(FILE *out);
/* The verbs of a group; false if there is no such group. */
bool te_help_group(FILE *out, const char *group);
void te_help_command(FILE *out, const struct te_command *command);
/* Every section and key of a configuration. */
void te_help_config(FILE *out);
/* What a value of a configuration may be: metrics, heuristics, postprocess. *known: there is such a
 * topic. */
int te_help_topic(FILE *out, const char *name, bool *known, struct te_err *err) TE_MUST_CHECK;
/* "  left      right right right" with right starting in the given column. */
void te_help_row(FILE *out, const char *left, const char *right, int column);
/* Sentences about param.* and grid.*, which are no single keys. */
extern const char te_help_param[];
extern const char te_help_grid[];
/* Command by its full name ("datasets list"), or NULL. */
const struct te_command *te_help_find(const char *name);
/* The whole man page, in man(7) macros. */
void te_help_man(FILE *out);
/* The reference of commands in README.md. */
void te_help_markdown(FILE *out);
/* Completion script for bash. */
void te_help_bash(FILE *out);

#endif
