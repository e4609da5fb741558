#include <stdio.h>
#include "commands.h"
#include "te/base/units.h"
#include "te/store/h5_read.h"

static int run_verify(const struct te_args *args, struct te_err *err)
{
    struct te_h5_verified v;
    char size[32];
    if (te_h5_verify(te_args_arg(args, 0), &v, err) < 0)
        return -1;
    te_format_size((double)v.bytes, size, sizeof size);
    printf("%s: whole (%s, %zu objects)\n", te_args_arg(args, 0), size, v.objects);
    printf("experiments %zu:", v.rows);
    for (int s = 0; s < TE_STATUS_COUNT; s++)
        printf(" %s %zu", te_status_word((enum te_status)s), v.by_status[s]);
    printf("\nscores %llu\nlog bytes %llu\ncomplete %s\n", (unsigned long long)v.scores,
           (unsigned long long)v.log_bytes, v.complete ? "yes" : "no");
    if (v.job.id[0])
        printf("slurm job %s, nodes %s, restart %d\n", v.job.id, v.job.nodes, v.job.restarts);
    return TE_EXIT_OK;
}

const struct te_command te_cmd_verify = {
    .name = "verify",
    .synopsis = "RUN.h5",
    .summary = "checks a result file against its own checksums",
    .details = "Checks the seal over every byte, the SHA-256 of every object and that rows and "
               "what they refer to fit together, and says what is in the file. Exit status 1 if "
               "anything does not fit.",
    .min_args = 1,
    .max_args = 1,
    .run = run_verify,
};
