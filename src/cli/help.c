#include "help.h"

#include <string.h>
#include "te/base/version.h"
#include "te/model/config_keys.h"
#include "commands.h"
#include "opt.h"

enum { WIDTH = 96, NAME_COLUMN = 24, OPTION_COLUMN = 28 };

/* ---- text ---- */

/* Words of text from column on; further lines are indented by indent. Newlines are kept. */
static void wrap(FILE *out, const char *text, int column, int indent)
{
    while (*text) {
        int len = (int)strcspn(text, " \n");
        if (len > 0 && column > indent && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (len > 0 && column > indent) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, (size_t)len, out);
        column += len;
        text += len;
        if (*text == '\n') {
            fputc('\n', out);
            if (text[1] && text[1] != '\n')
                fprintf(out, "%*s", indent, "");
            column = indent;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

void te_help_row(FILE *out, const char *left, const char *right, int column)
{
    int used = fprintf(out, "  %s", left);
    if (used + 2 > column) {
        fputc('\n', out);
        used = 0;
    }
    fprintf(out, "%*s", column - used, "");
    wrap(out, right, column, column);
}

static bool hidden(const struct te_command *command)
{
    return strncmp(command->name, "__", 2) == 0;
}

static size_t group_length(const struct te_command *command)
{
    const char *space = strchr(command->name, ' ');
    return space ? (size_t)(space - command->name) : 0;
}

static bool in_group(const struct te_command *command, const char *group)
{
    size_t len = group_length(command);
    return len > 0 && strlen(group) == len && strncmp(command->name, group, len) == 0;
}

static bool has_verbs(const char *group)
{
    for (size_t i = 0; i < te_commands_count; i++)
        if (in_group(te_commands[i], group))
            return true;
    return false;
}

const struct te_command *te_help_find(const char *name)
{
    for (size_t i = 0; i < te_commands_count; i++)
        if (strcmp(te_commands[i]->name, name) == 0)
            return te_commands[i];
    return NULL;
}

/* ---- help ---- */

void te_help_version(FILE *out)
{
    fprintf(out, "timeeval-mpi %s\n", TE_VERSION);
}

/* "list, show, verify" */
static void list_verbs(FILE *out, const char *group)
{
    const char *comma = "";
    for (size_t i = 0; i < te_commands_count; i++) {
        if (!in_group(te_commands[i], group))
            continue;
        fprintf(out, "%s%s", comma, te_commands[i]->name + strlen(group) + 1);
        comma = ", ";
    }
}

void te_help_overview(FILE *out)
{
    fputs(
        "usage: timeeval-mpi CONFIG.ini [OPTION]...        the same as run CONFIG.ini\n"
        "       timeeval-mpi COMMAND [ARGUMENT]... [OPTION]...\n"
        "       mpirun -hostfile hosts timeeval-mpi CONFIG.ini\n"
        "\n"
        "Evaluates time series anomaly detection algorithms on datasets, on one machine or many.\n"
        "\n"
        "commands:\n",
        out);
    for (size_t i = 0; i < te_commands_count; i++)
        if (!hidden(te_commands[i]) && !group_length(te_commands[i]))
            te_help_row(out, te_commands[i]->name, te_commands[i]->summary, NAME_COLUMN);
    for (const struct te_command_group *g = te_command_groups; g->name; g++) {
        if (!has_verbs(g->name))
            continue;
        te_help_row(out, g->name, g->summary, NAME_COLUMN);
        fprintf(out, "%*s(", NAME_COLUMN, "");
        list_verbs(out, g->name);
        fputs(")\n", out);
    }
    fputs(
        "\n"
        "'timeeval-mpi COMMAND --help' describes a command, 'timeeval-mpi help config' every key\n"
        "of a configuration; help metrics, help heuristics and help postprocess list those.\n"
        "\n"
        "exit status: 0 all experiments OK, 1 the job could not be done, 2 bad usage or\n"
        "configuration, 3 complete but some experiments failed, 4 stopped early in order.\n",
        out);
}

bool te_help_group(FILE *out, const char *group)
{
    if (!has_verbs(group))
        return false;
    fprintf(out, "usage: timeeval-mpi %s VERB [ARGUMENT]... [OPTION]...\n\nverbs:\n", group);
    for (size_t i = 0; i < te_commands_count; i++)
        if (in_group(te_commands[i], group))
            te_help_row(out, te_commands[i]->name + strlen(group) + 1, te_commands[i]->summary,
                        NAME_COLUMN);
    fprintf(out, "\n'timeeval-mpi %s VERB --help' describes a verb.\n", group);
    return true;
}

static void option_left(const struct te_option *o, char *left, size_t size)
{
    char name[64];
    te_opt_spell(o, name, sizeof name);
    if (!o->value)
        snprintf(left, size, "%s", name);
    else if (o->value[0] == '[')
        snprintf(left, size, "%s[=%.*s]", name, (int)strcspn(o->value + 1, "]"), o->value + 1);
    else
        snprintf(left, size, "%s %s", name, o->value);
}

static void list_options(FILE *out, const struct te_option *options)
{
    for (const struct te_option *o = options; o && o->name; o++) {
        char left[128];
        option_left(o, left, sizeof left);
        te_help_row(out, left, o->doc, OPTION_COLUMN);
    }
}

void te_help_command(FILE *out, const struct te_command *command)
{
    fprintf(out, "usage: timeeval-mpi %s %s\n\n", command->name,
            command->synopsis ? command->synopsis : "");
    wrap(out, command->summary, 0, 0);
    if (command->details) {
        fputc('\n', out);
        wrap(out, command->details, 0, 0);
    }
    fputs("\noptions:\n", out);
    list_options(out, command->options);
    list_options(out, te_opt_common);
}

/* ---- configuration ---- */

static void key_row(FILE *out, const struct te_config_key *key)
{
    char left[128], words[256] = "";
    snprintf(left, sizeof left, "%s = %s", key->name, key->value);
    for (size_t i = 0; key->words && key->words[i]; i++) {
        size_t used = strlen(words);
        snprintf(words + used, sizeof words - used, "%s%s", i ? ", " : " One of ", key->words[i]);
    }
    char right[1024];
    bool initial = key->initial && key->initial[0];
    snprintf(right, sizeof right, "%s%s%s%s%s%s", key->doc, words, *words ? "." : "",
             initial ? " Default: " : "", initial ? key->initial : "", initial ? "." : "");
    te_help_row(out, left, right, OPTION_COLUMN);
}

void te_help_config(FILE *out)
{
    fputs(
        "A configuration is an INI file: [section] lines, 'key = value' lines, comments on lines\n"
        "of their own (; or #). Paths are relative to the file, 'results' to the working\n"
        "directory. DURATION: '8 hours', '1h 30m', a bare number is seconds. SIZE: '3 GB',\n"
        "'500 MB' (powers of 1024). LIST: separated by commas outside brackets and quotes.\n"
        "--set section.key=value overrides a key.\n",
        out);
    for (size_t i = 0; i < te_config_sections_count; i++) {
        const struct te_config_section *section = &te_config_sections[i];
        fprintf(out, "\n[%s]\n", section->name);
        wrap(out, section->doc, 0, 0);
        for (size_t k = 0; k < te_config_keys_count; k++)
            if (strcmp(te_config_keys[k].section, section->key) == 0)
                key_row(out, &te_config_keys[k]);
    }
    te_help_row(out, "param.NAME = VALUE", te_help_param, OPTION_COLUMN);
    te_help_row(out, "grid.NAME = [VALUE, ...]", te_help_grid, OPTION_COLUMN);
}

const char te_help_param[] =
    "A parameter: a Python literal (20, 1.0, True, None, 'text', (1, 2), {'a': 1}), JSON, "
    "heuristic:NAME(...) ('timeeval-mpi help heuristics' lists them), or any other text.";
const char te_help_grid[] =
    "A parameter with several values; all grid.* keys together make the settings (see search).";

/* ---- README ---- */

/* '|' would end a cell, '<' begin a tag. */
static void cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '<')
            fputc('\\', out);
        fputc(*text == '\n' ? ' ' : *text, out);
    }
}

void te_help_markdown(FILE *out)
{
    fputs("| command | what it does |\n|---|---|\n", out);
    for (size_t i = 0; i < te_commands_count; i++) {
        const struct te_command *c = te_commands[i];
        if (hidden(c))
            continue;
        fputs("| `", out);
        for (const char *s = c->name; *s; s++)
            fputc(*s, out);
        fputs("` ", out);
        cell(out, c->synopsis ? c->synopsis : "");
        fputs(" | ", out);
        cell(out, c->summary);
        for (const struct te_option *o = c->options; o && o->name; o++) {
            char left[128];
            option_left(o, left, sizeof left);
            fprintf(out, "%s`%s` ", o == c->options ? ".<br>" : ";<br>", left);
            cell(out, o->doc);
        }
        fputs(" |\n", out);
    }
    fputs("\nEvery command knows `--help` and `--version`.\n", out);
}

/* ---- completion ---- */

static void bash_words(FILE *out, const struct te_command *command)
{
    for (const struct te_option *o = command->options; o && o->name; o++) {
        char name[64];
        te_opt_spell(o, name, sizeof name);
        fprintf(out, "%s%s ", name, o->value && o->value[0] != '[' && o->name[1] ? "=" : "");
    }
    fputs("--help --version", out);
}

static void bash_first_words(FILE *out)
{
    for (size_t i = 0; i < te_commands_count; i++)
        if (!hidden(te_commands[i]) && !group_length(te_commands[i]))
            fprintf(out, "%s ", te_commands[i]->name);
    for (const struct te_command_group *g = te_command_groups; g->name; g++)
        fprintf(out, "%s ", g->name);
}

void te_help_bash(FILE *out)
{
    fputs("# bash completion for timeeval-mpi, made from its command tables\n"
          "_timeeval_mpi()\n{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} words='' cmd=${COMP_WORDS[1]}\n"
          "    local verb=${COMP_WORDS[2]}\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        words='",
          out);
    bash_first_words(out);
    fputs("--help --version'\n"
          "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -X '!*.ini' -- "
          "\"$cur\"))\n"
          "        return\n    fi\n"
          "    case $cmd in *.ini) cmd=run ;; esac\n"
          "    if [ \"$COMP_CWORD\" -eq 2 ]; then\n        case $cmd in\n",
          out);
    for (const struct te_command_group *g = te_command_groups; g->name; g++) {
        fprintf(out, "        %s) words='", g->name);
        for (size_t i = 0; i < te_commands_count; i++)
            if (in_group(te_commands[i], g->name))
                fprintf(out, "%s ", te_commands[i]->name + strlen(g->name) + 1);
        fputs("' ;;\n", out);
    }
    fputs("        esac\n    fi\n    case \"$cmd $verb\" in\n", out);
    for (size_t i = 0; i < te_commands_count; i++) {
        const struct te_command *c = te_commands[i];
        if (hidden(c))
            continue;
        fprintf(out, "    \"%s\"%s words=\"$words ", c->name, group_length(c) ? ")" : "' '*) ");
        bash_words(out, c);
        fputs("\" ;;\n", out);
    }
    fputs("    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "    [[ $cur == -* ]] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
          "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
          "}\n"
          "complete -o filenames -F _timeeval_mpi timeeval-mpi\n",
          out);
}
