#include "cli.h"

#include <stdio.h>
#include <string.h>
#include "te/base/mem.h"

int te_cli_report(const char *what, char *report, struct te_err *err)
{
    size_t count = 0;
    if (!report)
        return -1;
    if (!strchr(report, '\n')) {
        te_err_set(err, TE_ERR_USAGE, "%s", report);
        te_free(report);
        return -1;
    }
    for (const char *line = report; line; count++) {
        int len = (int)strcspn(line, "\n");
        fprintf(stderr, "timeeval-mpi: %.*s\n", len, line);
        line = line[len] ? line + len + 1 : NULL;
    }
    te_free(report);
    return te_err_set(err, TE_ERR_USAGE, "%s has %zu problems", what, count);
}

int te_cli_load_config(const struct te_args *args, const char *path, struct te_config **out,
                       struct te_err *err)
{
    size_t n = te_args_count(args, "set");
    char *report;
    te_autofree const char **sets = te_zalloc(n + 1, sizeof *sets, err);
    if (!sets)
        return -1;
    for (size_t i = 0; i < n; i++)
        sets[i] = te_args_at(args, "set", i);
    if (te_config_load(path, sets, n, out, &report, err) == 0)
        return 0;
    te_autofree char *what = NULL;
    struct te_err lost = TE_ERR_INIT;
    what = te_asprintf(&lost, "'%s'", path);
    return te_cli_report(what ? what : "the configuration", report, err);
}
