#include "te/core/launch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/base/units.h"

/* Constant on purpose: sh, bash, fish and csh read it alike, and no user input is in it. */
static const char agent_command[] = "sh -c 'read -r p && exec \"$p\" __agent'";

int te_launch_check_host(const char *host, struct te_err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-:@";
    size_t len = strlen(host);
    if (len == 0 || len > 255 || host[0] == '-' || strspn(host, allowed) != len)
        return te_err_set(
            err, TE_ERR_USAGE,
            "'%.80s' is no host name: letters, digits and '.', '_', '-', ':', '@' are "
            "allowed, and it must not begin with '-'",
            host);
    return 0;
}

static int add_all(struct te_strings *argv, const char *const *items, size_t count,
                   struct te_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (te_strings_add(argv, items[i], err) < 0)
            return -1;
    return 0;
}

int te_launch_ssh(const struct te_config_remote *remote, const char *host, struct te_strings *argv,
                  struct te_err *err)
{
    /* BatchMode: no prompt can hang. The connection is watched, so that a dead host is noticed. */
    static const char *const fixed[] = {"ssh", "-T",
                                        "-o",  "BatchMode=yes",
                                        "-o",  "ConnectTimeout=10",
                                        "-o",  "ServerAliveInterval=10",
                                        "-o",  "ServerAliveCountMax=3"};
    const char *const tail[] = {"--", host, agent_command};
    if (te_launch_check_host(host, err) < 0 ||
        add_all(argv, fixed, sizeof fixed / sizeof *fixed, err) < 0 ||
        add_all(argv, (const char *const *)remote->ssh_args.items, remote->ssh_args.count, err) < 0)
        return -1;
    return add_all(argv, tail, sizeof tail / sizeof *tail, err);
}

char *te_launch_hostfile(const struct te_launch_run *run, struct te_err *err)
{
    struct te_buf text;
    te_buf_init(&text, TE_MAX_CONFIG_FILE);
    for (size_t i = 0; i < run->n_hosts; i++) {
        int slots = run->hosts[i].worker_slots + (i == 0);
        if (slots > 0)
            te_buf_addf(&text, "%s slots=%d\n", run->hosts[i].name, slots);
    }
    char *out = te_buf_take(&text, err);
    te_buf_release(&text);
    return out;
}

/* plm_rsh_args is one string that Open MPI cuts at blanks: arguments with blanks cannot be passed
 * on. */
static char *rsh_args(const struct te_config_remote *remote, struct te_err *err)
{
    struct te_buf text;
    te_buf_init(&text, TE_MAX_CONFIG_LINE);
    te_buf_adds(&text, "-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=0");
    for (size_t i = 0; i < remote->ssh_args.count; i++)
        te_buf_addf(&text, " %s", remote->ssh_args.items[i]);
    char *out = te_buf_take(&text, err);
    te_buf_release(&text);
    return out;
}

static int check_rsh_args(const struct te_config_remote *remote, struct te_err *err)
{
    for (size_t i = 0; i < remote->ssh_args.count; i++)
        if (strpbrk(remote->ssh_args.items[i], " \t\n"))
            return te_err_set(
                err, TE_ERR_USAGE,
                "[remote] ssh_args: '%s' contains a blank, which mpirun cannot pass on; "
                "put it into ssh's configuration file",
                remote->ssh_args.items[i]);
    return 0;
}

static int ranks(const struct te_launch_run *run)
{
    int n = 1;
    for (size_t i = 0; i < run->n_hosts; i++)
        n += run->hosts[i].worker_slots;
    return n;
}

static int add_program(const struct te_launch_run *run, struct te_strings *argv, struct te_err *err)
{
    const char *const program[] = {
        run->binary,   "run",           run->config,       "--log",           run->log,
        "--log-level", run->file_level, "--console-level", run->console_level};
    if (add_all(argv, program, sizeof program / sizeof *program, err) < 0)
        return -1;
    for (size_t i = 0; i < run->sets->count; i++) {
        const char *const set[] = {"--set", run->sets->items[i]};
        if (add_all(argv, set, 2, err) < 0)
            return -1;
    }
    if (!run->resume)
        return 0;
    te_autofree char *resume = te_asprintf(err, "--resume=%s", run->resume);
    if (!resume || te_strings_add(argv, resume, err) < 0)
        return -1;
    const char *const retry[] = {"--retry", run->retry};
    return run->retry ? add_all(argv, retry, 2, err) : 0;
}

int te_launch_mpirun(const struct te_config_remote *remote, const struct te_launch_run *run,
                     struct te_strings *argv, struct te_err *err)
{
    char np[16];
    if (check_rsh_args(remote, err) < 0)
        return -1;
    te_autofree char *ssh = rsh_args(remote, err);
    if (!ssh)
        return -1;
    snprintf(np, sizeof np, "%d", ranks(run));
    /* Recovery keeps the survivors talking; no tree spawn: hosts need no SSH among each other; a
     * watched SSH connection would abort the whole job on a silent cut. Open MPI's own files lie in
     * a folder that goes as a whole, also after a kill. */
    const char *const fixed[] = {"mpirun",
                                 "-hostfile",
                                 run->hostfile,
                                 "-np",
                                 np,
                                 "--map-by",
                                 "slot",
                                 "--bind-to",
                                 "none",
                                 "--oversubscribe",
                                 "--enable-recovery",
                                 "--mca",
                                 "plm_rsh_no_tree_spawn",
                                 "1",
                                 "--mca",
                                 "plm_rsh_args",
                                 ssh,
                                 "--mca",
                                 "orte_keep_fqdn_hostnames",
                                 "1"};
    const char *const tmp[] = {"--mca", "orte_tmpdir_base", run->tmp};
    if (add_all(argv, fixed, sizeof fixed / sizeof *fixed, err) < 0 ||
        (run->tmp && add_all(argv, tmp, 3, err) < 0))
        return -1;
    if (run->as_root && te_strings_add(argv, "--allow-run-as-root", err) < 0)
        return -1;
    if (add_all(argv, (const char *const *)remote->mpirun_args.items, remote->mpirun_args.count,
                err) < 0)
        return -1;
    return add_program(run, argv, err);
}

static const struct {
    const char *pattern; /* in ssh's standard error */
    const char *reason;
    const char *mend; /* one %s: the host */
} reasons[] = {
    {"Host key verification failed", "its host key is unknown or has changed",
     "connect once by hand and compare the key: ssh %s"},
    {"Permission denied", "it refuses the key (passwordless SSH is needed)",
     "install this user's public key there: ssh-copy-id %s"},
    {"Could not resolve hostname", "its name cannot be resolved", "check the spelling of '%s'"},
    {"Connection refused", "no SSH server answers", "start sshd on %s"},
    {"No route to host", "there is no route to it", "is %s switched on and on this network?"},
    {"Connection timed out", "it does not answer", "is %s switched on and reachable?"},
    {"timed out", "it does not answer", "is %s switched on and reachable?"},
};

static void last_line(const char *text, char *out, size_t size)
{
    size_t len = strlen(text);
    while (len > 0 && strchr(" \r\n\t", text[len - 1]))
        len--;
    size_t start = len;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    snprintf(out, size, "%.*s", (int)(len - start > 300 ? 300 : len - start), text + start);
}

void te_launch_reason(const char *host, int status, const char *ssh_errors, char *out, size_t size)
{
    char mend[512], line[320];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    last_line(ssh_errors, line, sizeof line);
    if (code == 126 || code == 127) {
        snprintf(
            out, size,
            "the program cannot be started there (%s); install it or set [remote] remote_binary",
            line[0] ? line : "not found");
        return;
    }
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strstr(ssh_errors, reasons[i].pattern)) {
            const char *at = strstr(reasons[i].mend, "%s");
            snprintf(mend, sizeof mend, "%.*s%s%s", (int)(at - reasons[i].mend), reasons[i].mend,
                     host, at + 2);
            snprintf(out, size, "%s: %s", reasons[i].reason, mend);
            return;
        }
    if (WIFSIGNALED(status))
        snprintf(out, size, "ssh was killed by signal %d", WTERMSIG(status));
    else
        snprintf(out, size, "ssh ended with %d: %s", code, line[0] ? line : "no message");
}

int te_launch_slots(const struct te_limits *limits, double cpus, int64_t memory)
{
    double most = INFINITY;
    if (limits->cpus > 0 && cpus > 0)
        most = floor(cpus / limits->cpus + 1e-9);
    if (limits->memory > 0 && memory > 0)
        most = fmin(most, floor((double)memory / (double)limits->memory));
    return isinf(most) || most > TE_MAX_RANKS ? 0 : most < 1 ? 1 : (int)most;
}

int te_launch_fits(const char *host, int slots, const struct te_limits *limits, double has_cpus,
                   int64_t memory, struct te_err *err)
{
    char each[32], sum[32], has[32];
    double cpus = slots * limits->cpus;
    if (limits->cpus > 0 && has_cpus > 0 && cpus > has_cpus + 1e-9)
        return te_err_set(
            err, TE_ERR_USAGE,
            "host '%s' is over-provisioned: %d tasks x %g CPUs = %g CPUs, it has %g; lower "
            "tasks_per_host or task_cpu_limit, or use --force",
            host, slots, limits->cpus, cpus, has_cpus);
    double bytes = (double)slots * (double)limits->memory;
    if (limits->memory > 0 && memory > 0 && bytes > (double)memory) {
        te_format_size((double)limits->memory, each, sizeof each);
        te_format_size(bytes, sum, sizeof sum);
        te_format_size((double)memory, has, sizeof has);
        return te_err_set(
            err, TE_ERR_USAGE,
            "host '%s' is over-provisioned: %d tasks x %s = %s of memory, it has %s; lower "
            "tasks_per_host or task_memory_limit, or use --force",
            host, slots, each, sum, has);
    }
    return 0;
}
