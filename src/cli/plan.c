#include "plan.h"

#include <stdio.h>
#include <string.h>
#include "cli.h"
#include "te/app/session.h"
#include "te/base/buf.h"
#include "te/base/mem.h"

char *te_cli_catalog(const struct te_args *args, struct te_err *err)
{
    const char *option = te_args_get(args, "catalog");
    return option && *option ? te_strdup(option, err) : te_session_catalog(err);
}

void te_cli_plan_close(struct te_cli_plan *plan)
{
    te_plan_free(plan->plan);
    te_datasets_release(&plan->datasets);
    te_strings_release(&plan->notices);
    te_config_free(plan->config);
    *plan = (struct te_cli_plan){0};
}

int te_cli_plan_open(const struct te_args *args, const char *path, struct te_cli_plan *out,
                     struct te_err *err)
{
    char *report = NULL;
    struct te_cli_plan made = {0};
    te_autofree char *catalog = te_cli_catalog(args, err);
    if (!catalog || te_cli_load_config(args, path, &made.config, err) < 0 ||
        te_datasets_open(&made.config->roots, made.config->custom, &made.datasets, &made.notices,
                         err) < 0) {
        te_cli_plan_close(&made);
        return -1;
    }
    *out = made; /* the plan borrows what is in there */
    if (te_plan_build(out->config, &out->datasets, catalog, &out->plan, &report, err) == 0)
        return 0;
    te_autofree char *what = NULL;
    struct te_err lost = TE_ERR_INIT;
    what = te_asprintf(&lost, "'%s'", path);
    te_cli_report(what ? what : "the configuration", report, err);
    te_cli_plan_close(out);
    return -1;
}

int te_cli_print(struct te_buf *buf, struct te_err *err)
{
    if (te_buf_check(buf, err))
        return -1;
    if (buf->len && fwrite(buf->data, 1, buf->len, stdout) != buf->len)
        return te_err_sys(err, TE_ERR_IO, "cannot write to standard output");
    te_buf_clear(buf);
    return 0;
}
