#include "opt.h"

#include <stdio.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

const struct te_option te_opt_common[] = {
    {"help", NULL, "prints this help and leaves"},
    {"version", NULL, "prints the version and leaves"},
    {NULL, NULL, NULL},
};

void te_opt_spell(const struct te_option *option, char *out, size_t size)
{
    snprintf(out, size, "%s%s", option->name[1] ? "--" : "-", option->name);
}

/* ---- the command ---- */

static const struct te_command *find(const struct te_command *const *commands, size_t n,
                                     const char *name, const char *verb)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < n; i++) {
        const char *full = commands[i]->name;
        if (!verb && strcmp(full, name) == 0)
            return commands[i];
        if (verb && strncmp(full, name, len) == 0 && full[len] == ' ' &&
            strcmp(full + len + 1, verb) == 0)
            return commands[i];
    }
    return NULL;
}

static bool is_group(const struct te_command *const *commands, size_t n, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (strncmp(commands[i]->name, name, len) == 0 && commands[i]->name[len] == ' ')
            return true;
    return false;
}

/* "did you mean" over commands (group NULL: first words) or the verbs of a group. */
static int unknown_command(const struct te_command *const *commands, size_t n, const char *group,
                           const char *word, struct te_err *err)
{
    size_t skip = group ? strlen(group) + 1 : 0;
    char words[128][32];
    const char *candidates[128] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < n && count < 128; i++) {
        const char *name = commands[i]->name;
        if (strncmp(name, "__", 2) == 0)
            continue;
        if (group && (strncmp(name, group, skip - 1) != 0 || name[skip - 1] != ' '))
            continue;
        snprintf(words[count], sizeof words[0], "%.*s", (int)strcspn(name + skip, " "),
                 name + skip);
        candidates[count] = words[count];
        count++;
    }
    const char *near = te_str_suggest(word, candidates, count);
    const char *space = group ? " " : "";
    group = group ? group : "";
    if (near)
        return te_err_set(err, TE_ERR_USAGE, "unknown command '%s%s%s', did you mean '%s%s%s'?",
                          group, space, word, group, space, near);
    return te_err_set(err, TE_ERR_USAGE,
                      "unknown command '%s%s%s' ('timeeval-mpi%s%s --help' lists them; a "
                      "configuration to run ends in .ini)",
                      group, space, word, space, group);
}

static int no_verb(const struct te_command *const *commands, size_t n, const char *group,
                   struct te_err *err)
{
    char list[512] = "";
    size_t len = strlen(group);
    for (size_t i = 0; i < n; i++) {
        const char *name = commands[i]->name;
        size_t used = strlen(list);
        if (strncmp(name, group, len) == 0 && name[len] == ' ')
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", name + len + 1);
    }
    return te_err_set(err, TE_ERR_USAGE, "'%s' needs a verb: one of %s", group, list);
}

/* *next: index of the first argument behind the command's name. */
static int find_command(int argc, char *const *argv, const struct te_command *const *commands,
                        size_t n, struct te_args *args, int *next, struct te_err *err)
{
    const char *first = argc > 1 ? argv[1] : NULL;
    *next = 2;
    if (!first || (first[0] == '-' && args->wish != TE_OPT_RUN))
        return 0;
    if (first[0] == '-')
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' stands where a command or a configuration is expected "
                          "('timeeval-mpi --help' lists the commands)",
                          first);
    args->command = find(commands, n, first, NULL);
    if (args->command)
        return 0;
    if (te_str_ends(first, ".ini") && (args->command = find(commands, n, "run", NULL))) {
        *next = 1;
        return 0;
    }
    if (!is_group(commands, n, first))
        return unknown_command(commands, n, NULL, first, err);
    const char *verb = argc > 2 && argv[2][0] != '-' ? argv[2] : NULL;
    args->group = first;
    if (!verb)
        return args->wish != TE_OPT_RUN ? 0 : no_verb(commands, n, first, err);
    args->command = find(commands, n, first, verb);
    *next = 3;
    return args->command ? 0 : unknown_command(commands, n, first, verb, err);
}

/* ---- its options ---- */

static const struct te_option *find_option(const struct te_option *table, const char *name,
                                           size_t len)
{
    for (; table && table->name; table++)
        if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
            return table;
    return NULL;
}

static int unknown_option(const struct te_command *command, const char *arg, struct te_err *err)
{
    const char *candidates[64] = {NULL};
    size_t count = 0;
    const char *word = arg + strspn(arg, "-");
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    for (const struct te_option *o = command->options; o && o->name && count < 60; o++)
        candidates[count++] = o->name;
    for (const struct te_option *o = te_opt_common; o->name; o++)
        candidates[count++] = o->name;
    const char *near = te_str_suggest(name, candidates, count);
    if (near)
        return te_err_set(err, TE_ERR_USAGE, "unknown option '%.*s' of '%s', did you mean '%s%s'?",
                          (int)strcspn(arg, "="), arg, command->name, near[1] ? "--" : "-", near);
    return te_err_set(err, TE_ERR_USAGE,
                      "unknown option '%.*s' of '%s' ('timeeval-mpi %s --help' lists them)",
                      (int)strcspn(arg, "="), arg, command->name, command->name);
}

/* Takes argv[i] (an option) and perhaps argv[i + 1]; returns how many, -1 on error. */
static int take_option(int argc, char *const *argv, int i, struct te_args *args, struct te_err *err)
{
    const char *arg = argv[i];
    bool is_long = arg[1] == '-';
    const char *name = arg + (is_long ? 2 : 1);
    size_t len = is_long ? strcspn(name, "=") : 1;
    const char *attached = NULL;
    if (is_long && name[len] == '=')
        attached = name + len + 1;
    else if (!is_long && name[1])
        attached = name + 1 + (name[1] == '=');
    const struct te_option *option =
        is_long == (len > 1) ? find_option(args->command->options, name, len) : NULL;
    if (!option)
        return unknown_option(args->command, arg, err);
    struct te_given *given = &args->given[args->n_given];
    *given = (struct te_given){.option = option, .value = attached ? attached : ""};
    int used = 1;
    if (!option->value && attached)
        return te_err_set(err, TE_ERR_USAGE, "option '%.*s' of '%s' takes no value",
                          (int)strcspn(arg, "="), arg, args->command->name);
    if (option->value && option->value[0] != '[' && !attached) {
        if (i + 1 >= argc || strncmp(argv[i + 1], "--", 2) == 0)
            return te_err_set(err, TE_ERR_USAGE, "option '%s' of '%s' needs a value: %s %s", arg,
                              args->command->name, arg, option->value);
        given->value = argv[i + 1];
        used = 2;
    }
    args->n_given++;
    return used;
}

static int check_count(const struct te_args *args, struct te_err *err)
{
    const struct te_command *c = args->command;
    size_t n = args->n_positional;
    if (n < (size_t)c->min_args)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' needs %s argument%s, %zu %s given: timeeval-mpi %s %s", c->name,
                          c->min_args == 1   ? "an"
                          : c->min_args == 2 ? "two"
                                             : "more",
                          c->min_args == 1 ? "" : "s", n, n == 1 ? "is" : "are", c->name,
                          c->synopsis ? c->synopsis : "");
    if (c->max_args >= 0 && n > (size_t)c->max_args)
        return te_err_set(err, TE_ERR_USAGE, "'%s' has no use for '%s': timeeval-mpi %s %s",
                          c->name, args->positional[c->max_args], c->name,
                          c->synopsis ? c->synopsis : "");
    return 0;
}

static int take_arguments(int argc, char *const *argv, int i, struct te_args *args,
                          struct te_err *err)
{
    bool only_positional = false;
    while (i < argc) {
        if (!only_positional && strcmp(argv[i], "--") == 0) {
            only_positional = true;
            i++;
        } else if (!only_positional && argv[i][0] == '-' && argv[i][1]) {
            int used = take_option(argc, argv, i, args, err);
            if (used < 0)
                return -1;
            i += used;
        } else {
            args->positional[args->n_positional++] = argv[i++];
        }
    }
    return check_count(args, err);
}

/* ---- the whole line ---- */

static void quote(struct te_buf *line, const char *arg)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-+./:=,@%";
    if (arg[0] && strspn(arg, plain) == strlen(arg)) {
        te_buf_adds(line, arg);
        return;
    }
    te_buf_addc(line, '\'');
    for (; *arg; arg++) {
        if (*arg == '\'')
            te_buf_adds(line, "'\\''");
        else
            te_buf_addc(line, *arg);
    }
    te_buf_addc(line, '\'');
}

static int keep_line(int argc, char *const *argv, struct te_args *args, struct te_err *err)
{
    struct te_buf line;
    te_buf_init(&line, 4 * TE_MIB);
    for (int i = 0; i < argc; i++) {
        if (i)
            te_buf_addc(&line, ' ');
        quote(&line, argv[i]);
    }
    args->line = te_buf_take(&line, err);
    te_buf_release(&line);
    return args->line ? 0 : -1;
}

/* --help and --version win over every fault of the line. */
static enum te_opt_wish wish_of(int argc, char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return TE_OPT_HELP;
        if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0)
            return TE_OPT_VERSION;
    }
    return TE_OPT_RUN;
}

int te_args_parse(int argc, char *const *argv, const struct te_command *const *commands,
                  size_t n_commands, struct te_args *out, struct te_err *err)
{
    int next;
    *out = (struct te_args){.wish = wish_of(argc, argv)};
    if (keep_line(argc, argv, out, err) < 0)
        return -1;
    out->given = te_zalloc((size_t)argc + 1, sizeof *out->given, err);
    out->positional = te_zalloc((size_t)argc + 1, sizeof *out->positional, err);
    if (!out->given || !out->positional)
        return -1;
    if (find_command(argc, argv, commands, n_commands, out, &next, err) < 0)
        return -1;
    if (out->wish != TE_OPT_RUN || !out->command)
        return 0;
    return take_arguments(argc, argv, next, out, err);
}

void te_args_release(struct te_args *args)
{
    te_free(args->line);
    te_free(args->given);
    te_free(args->positional);
    *args = (struct te_args){0};
}

/* ---- for the commands ---- */

size_t te_args_count(const struct te_args *args, const char *option)
{
    size_t count = 0;
    for (size_t i = 0; i < args->n_given; i++)
        count += strcmp(args->given[i].option->name, option) == 0;
    return count;
}

const char *te_args_at(const struct te_args *args, const char *option, size_t i)
{
    for (size_t k = 0; k < args->n_given; k++)
        if (strcmp(args->given[k].option->name, option) == 0 && i-- == 0)
            return args->given[k].value;
    return NULL;
}

const char *te_args_get(const struct te_args *args, const char *option)
{
    size_t count = te_args_count(args, option);
    return count ? te_args_at(args, option, count - 1) : NULL;
}

size_t te_args_n(const struct te_args *args)
{
    return args->n_positional;
}

const char *te_args_arg(const struct te_args *args, size_t i)
{
    return i < args->n_positional ? args->positional[i] : NULL;
}

const char *te_args_line(const struct te_args *args)
{
    return args->line;
}
