/* What runs without a container: libraries, Python functions, programs, and how they are limited.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "doctor.h"
#include "te/adapter/program.h"
#include "te/adapter/proc.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/post.h"
#include "te/base/str.h"

static void check_library(struct doctor *d, const struct te_config_algorithm *a)
{
    te_autofree char *path = te_strdup(a->function, d->err);
    if (!path) {
        d->failed = true;
        return;
    }
    *strrchr(path, ':') = '\0';
    if (access(path, R_OK) == 0)
        doctor_say(d, "function", TE_CHECK_OK, "", "%s: '%s'", a->name, path);
    else
        doctor_say(d, "function", TE_CHECK_FAILED, "build it, or mend 'function'", "%s: '%s': %s",
                   a->name, path, strerror(errno));
}

static void check_python(struct doctor *d, const struct te_config_algorithm *a)
{
    enum { IMPORT_TIMEOUT = 120 };
    struct te_err why = TE_ERR_INIT;
    const char *symbol = a->function + strlen("python:");
    const char *python = te_program_python(d->config->settings.python);
    if (te_program_check_python(python, d->config->folder, symbol, IMPORT_TIMEOUT, &why) == 0)
        doctor_say(d, "python", TE_CHECK_OK, "", "%s: '%s' imports %s", a->name, python, symbol);
    else
        doctor_say(d, "python", TE_CHECK_FAILED,
                   "mend 'function', install what is missing, or name another interpreter with "
                   "[run] python",
                   "%s: '%s': %s", a->name, python, why.text);
}

static void check_command(struct doctor *d, const struct te_config_algorithm *a, const char *key,
                          const char *command)
{
    te_autofree char *program = te_program_of_command(command, d->err);
    if (!program) {
        d->failed = true;
        return;
    }
    bool there = te_fs_in_path(program);
    doctor_say(d, key, there ? TE_CHECK_OK : TE_CHECK_FAILED,
               there ? ""
               : strchr(program, '/')
                   ? "name it with its whole path, or start from the folder it is relative to"
                   : "install it, or name it with its whole path",
               "%s: '%s' is %s", a->name, program, there ? "there" : "not to be found");
}

/* What an engine does for containers takes control groups of our own here. */
static void check_enforcement(struct doctor *d)
{
    bool memory, cpus;
    if (te_proc_limits_hold(&memory, &cpus)) {
        doctor_say(d, "enforcement", TE_CHECK_OK, "",
                   "control groups hold functions and programs to memory and processors");
        return;
    }
    doctor_say(d, "enforcement", TE_CHECK_WARNING,
               "run as a user that may write below /sys/fs/cgroup, or put the algorithm into an "
               "image",
               "no control groups of ours for functions and programs: %s%s",
               memory ? "" : "the private memory of each process is limited alone; ",
               cpus ? "" : "processors are limited by affinity, to whole ones");
}

void doctor_check_programs(struct doctor *d)
{
    bool any = false;
    for (size_t i = 0; i < d->config->n_algorithms; i++) {
        const struct te_config_algorithm *a = &d->config->algorithms[i];
        const char *post = te_post_command(a->postprocess);
        if (post && *post)
            check_command(d, a, "postprocess", post);
        any |= post != NULL;
        if (a->adapter == TE_ADAPTER_PLUGIN)
            check_library(d, a);
        else if (a->adapter == TE_ADAPTER_PYTHON)
            check_python(d, a);
        else if (a->adapter == TE_ADAPTER_COMMAND)
            check_command(d, a, "command", a->command);
        else
            continue;
        any = true;
    }
    if (any)
        check_enforcement(d);
}
