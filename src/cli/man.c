/* The man page, in man(7) macros, from the command tables. */
#include <string.h>
#include "te/base/version.h"
#include "te/model/config_keys.h"
#include "commands.h"
#include "help.h"
#include "opt.h"

/* Text of ours as roff text: '-' and '\' escaped, a leading '.' or ''' made harmless. */
static void text(FILE *out, const char *s)
{
    bool line_start = true;
    for (; *s; s++) {
        if (line_start && (*s == '.' || *s == '\''))
            fputs("\\&", out);
        if (*s == '\\')
            fputs("\\e", out);
        else if (*s == '-')
            fputs("\\-", out);
        else
            fputc(*s, out);
        line_start = *s == '\n';
        if (line_start && s[1])
            fputs(".br\n", out);
    }
    fputc('\n', out);
}

static void item(FILE *out, const char *name, const char *value)
{
    fputs(".TP\n.B ", out);
    if (!value) {
        text(out, name);
        return;
    }
    for (; *name; name++)
        fputs(*name == '-' ? "\\-" : (const char[]){*name, '\0'}, out);
    fputs(" ", out);
    text(out, value);
}

static void options(FILE *out, const struct te_option *table)
{
    for (const struct te_option *o = table; o && o->name; o++) {
        char name[128];
        te_opt_spell(o, name, sizeof name);
        item(out, name, o->value);
        text(out, o->doc);
    }
}

static void commands(FILE *out)
{
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < te_commands_count; i++) {
        const struct te_command *c = te_commands[i];
        if (strncmp(c->name, "__", 2) == 0)
            continue;
        fprintf(out, ".SS %s ", c->name);
        text(out, c->synopsis ? c->synopsis : "");
        text(out, c->summary);
        if (c->details) {
            fputs(".PP\n", out);
            text(out, c->details);
        }
        options(out, c->options);
    }
    fputs(".SS Every command\n", out);
    options(out, te_opt_common);
}

static void configuration(FILE *out)
{
    fputs(".SH CONFIGURATION\n"
          "An INI file: [section] lines, key = value lines, comments on lines of their own (; or "
          "#).\n"
          "Paths are relative to the file, results to the working directory. Durations: 8 hours,\n"
          "1h 30m, a bare number is seconds. Sizes: 3 GB, 500 MB (powers of 1024). Lists are\n"
          "separated by commas outside brackets and quotes.\n",
          out);
    for (size_t i = 0; i < te_config_sections_count; i++) {
        const struct te_config_section *section = &te_config_sections[i];
        fprintf(out, ".SS [%s]\n", section->name);
        text(out, section->doc);
        for (size_t k = 0; k < te_config_keys_count; k++) {
            const struct te_config_key *key = &te_config_keys[k];
            if (strcmp(key->section, section->key) != 0)
                continue;
            item(out, key->name, key->value);
            text(out, key->doc);
            for (size_t w = 0; key->words && key->words[w]; w++)
                fprintf(out, "%s%s", w ? ", " : "One of ", key->words[w]);
            if (key->words)
                fputs(".\n", out);
            if (key->initial && key->initial[0]) {
                fputs("Default: ", out);
                text(out, key->initial);
            }
        }
    }
    item(out, "param.NAME", "VALUE");
    text(out, te_help_param);
    item(out, "grid.NAME", "[VALUE, ...]");
    text(out, te_help_grid);
}

static const char head[] =
    ".SH NAME\n"
    "timeeval\\-mpi \\- evaluates time series anomaly detection algorithms on a cluster\n"
    ".SH SYNOPSIS\n"
    ".nf\n"
    ".B timeeval\\-mpi CONFIG.ini [OPTION]...\n"
    ".B timeeval\\-mpi COMMAND [ARGUMENT]... [OPTION]...\n"
    ".B mpirun \\-hostfile hosts timeeval\\-mpi CONFIG.ini\n"
    ".fi\n"
    ".SH DESCRIPTION\n"
    "Runs every algorithm of a configuration on every dataset that it selects, under limits of\n"
    "memory, CPUs and time, judges the anomaly scores with metrics and leaves one HDF5 file with\n"
    "every score, metric and measurement. Rank 0 of an MPI job schedules, all other ranks work;\n"
    "with one rank, also without mpirun, the same job runs in one process.\n"
    "A first argument that ends in .ini stands for the command run.\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nAll experiments are recorded OK, or the command did its job.\n"
    ".TP\n.B 1\nThe program could not do the job; the message says why.\n"
    ".TP\n.B 2\nBad usage or bad configuration.\n"
    ".TP\n.B 3\nThe run is complete and some experiments ended with an error, timeout or out of "
    "memory.\n"
    ".TP\n.B 4\nStopped early in an orderly way (signal, walltime); run \\-\\-resume goes on.\n"
    ".PP\nmpirun and srun may change the exit status; a run leaves its own in the file exit of\n"
    "its folder, which status \\-\\-exit\\-code returns.\n"
    ".SH SIGNALS\n"
    "SIGUSR1 (mpirun and srun forward it) and SIGINT stop a run in order: no new experiment\n"
    "starts, what runs is stopped, journal and files are complete. SIGTERM stops at once and\n"
    "leaves a whole journal; finish or run \\-\\-resume does the rest.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B DOCKER_HOST\nThe engine's socket (unix:///...), unless the configuration names one.\n"
    ".TP\n.B OMPI_ALLOW_RUN_AS_ROOT, OMPI_ALLOW_RUN_AS_ROOT_CONFIRM\nBoth must be 1 where root\n"
    "calls mpirun.\n";

void te_help_man(FILE *out)
{
    fprintf(out, ".TH TIMEEVAL\\-MPI 1 \"\" \"timeeval\\-mpi %s\" \"User Commands\"\n", TE_VERSION);
    fputs(head, out);
    commands(out);
    configuration(out);
    fputs(tail, out);
}
