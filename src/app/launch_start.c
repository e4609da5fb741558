/* Where mpirun runs, and its start: here, or at the scheduler host where it outlives us. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/core/launch.h"

enum { ASK_TIMEOUT = 40, DIAL_TIMEOUT = 15, BACKLOG = 64 };

/* ---- where ----------------------------------------------------------------------------------- */

struct dial {
    int port;
    char why[300]; /* of a host that does not reach us */
};

static int dial_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                     struct te_err *err)
{
    struct dial *dial = arg;
    if (!reply)
        return lhost_send(host, json_pack("{s:s, s:i}", "op", "dial", "port", dial->port), NULL, 0,
                          err) < 0
                   ? -1
                   : 1;
    const char *error = json_string_value(json_object_get(reply->head, "error"));
    if (error)
        snprintf(dial->why, sizeof dial->why, "host '%s': %s", host->name, error);
    return 0;
}

/* Open MPI's daemons connect back to mpirun: does every host reach a port of this machine? */
static int hosts_reach_us(struct launch *launch, struct dial *dial, struct te_err *err)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
    socklen_t size = sizeof address;
    int both = 0;
    te_cleanup(te_fd_cleanup) int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both) != 0 ||
        bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        te_log(TE_LOG_INFO, "cannot listen for a trial connection: %s", strerror(errno));
        return 0; /* no trial, no objection */
    }
    dial->port = ntohs(address.sin6_port);
    struct talk talk = {.next = dial_next, .soft = true, .timeout = DIAL_TIMEOUT, .arg = dial};
    return lhosts_talk(&launch->hosts, NULL, &talk, err);
}

int launch_choose_place(struct launch *launch, struct te_err *err)
{
    const char *wish = launch->config->remote.mpirun_on;
    const struct lhost *scheduler = launch_scheduler(launch);
    struct dial dial = {0};
    if (wish) {
        launch->on_scheduler = strcmp(wish, "scheduler") == 0;
    } else if (!te_fs_in_path("mpirun")) {
        snprintf(dial.why, sizeof dial.why, "there is no mpirun on this machine");
        launch->on_scheduler = true;
    } else {
        if (hosts_reach_us(launch, &dial, err) < 0)
            return -1;
        launch->on_scheduler = dial.why[0] != '\0';
    }
    if (dial.why[0])
        te_log(TE_LOG_NOTICE, "mpirun runs on the scheduler host: %s", dial.why);
    if (launch->on_scheduler && !scheduler->mpirun)
        return te_err_set(err, TE_ERR_INFRA,
                          "mpirun is to run on scheduler host '%s'%s%s, and it has none in its "
                          "PATH: install Open MPI there",
                          scheduler->name, dial.why[0] ? ", for " : "", dial.why);
    if (!launch->on_scheduler && !te_fs_in_path("mpirun"))
        return te_err_set(err, TE_ERR_INFRA,
                          "there is no mpirun on this machine: install Open MPI, or set [remote] "
                          "mpirun_on = scheduler");
    return 0;
}

/* ---- starting -------------------------------------------------------------------------------- */

/* The folder that Open MPI gets must be there on this machine, too, when mpirun runs here. */
static bool may_have(const struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    if (launch->on_scheduler || te_fs_mkdirs(launch->mpi_dir, &err) == 0)
        return true;
    te_log(TE_LOG_INFO, "Open MPI keeps its files where it likes: %s", err.text);
    return false;
}

static int arguments(struct launch *launch, bool resume, const char *hostfile,
                     struct te_strings *argv, struct te_err *err)
{
    te_autofree struct te_launch_host *hosts = te_zalloc(launch->hosts.count, sizeof *hosts, err);
    size_t n = 0;
    if (!hosts)
        return -1;
    for (size_t i = 0; i < launch->hosts.count; i++)
        if (!launch->hosts.items[i].failed)
            hosts[n++] =
                (struct te_launch_host){launch->hosts.items[i].name, launch->hosts.items[i].slots};
    const struct te_config_remote *remote = &launch->config->remote;
    struct te_launch_run run = {
        .hosts = hosts,
        .n_hosts = n,
        .hostfile = hostfile,
        .binary = remote->remote_binary ? remote->remote_binary : launch->options->self,
        .config = launch->remote_config,
        .sets = &launch->sets,
        .resume = resume ? launch->name : NULL,
        .retry = launch->restarts == 0 ? launch->options->retry : NULL,
        .log = launch->log,
        .file_level = remote->log_file_level,
        .console_level = remote->log_console_level,
        .tmp = may_have(launch) ? launch->mpi_dir : NULL,
        .as_root = launch->on_scheduler ? launch_scheduler(launch)->as_root : geteuid() == 0,
    };
    te_autofree char *text = te_launch_hostfile(&run, err);
    if (!text)
        return -1;
    int rc = launch->on_scheduler ? lhost_put_data(&launch->hosts, launch_scheduler(launch),
                                                   hostfile, text, strlen(text), 0644, err)
                                  : te_fs_write_atomic(hostfile, text, strlen(text), err);
    return rc < 0 ? -1 : te_launch_mpirun(remote, &run, argv, err);
}

/* mpirun on a leash: it must not outlive a launcher that is killed. */
static int start_here(const struct launch *launch, const struct te_strings *argv,
                      struct te_child *child, struct te_err *err)
{
    char parent[16];
    te_autofree const char **list = te_zalloc(argv->count + 5, sizeof *list, err);
    if (!list)
        return -1;
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    list[0] = launch->options->self;
    list[1] = "__leash";
    list[2] = "--";
    list[3] = parent;
    for (size_t i = 0; i < argv->count; i++)
        list[i + 4] = argv->items[i];
    if (te_child_start(child, list, err) < 0)
        return -1;
    te_child_close_input(child);
    return 0;
}

static int start_there(struct launch *launch, const struct te_strings *argv, struct te_err *err)
{
    struct te_aframe reply;
    te_autofree char *log = te_asprintf(err, "%s/%s", launch->remote_dir, LAUNCH_MPIRUN_LOG);
    json_t *list = json_array();
    for (size_t i = 0; list && i < argv->count; i++)
        if (json_array_append_new(list, json_string(argv->items[i])) != 0)
            return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    json_t *head = json_pack("{s:s, s:o, s:s}", "op", "start", "argv", list, "log", log);
    if (!log ||
        lhost_ask(&launch->hosts, launch_scheduler(launch), head, ASK_TIMEOUT, &reply, err) < 0)
        return -1;
    launch->mpirun = json_integer_value(json_object_get(reply.head, "pid"));
    te_aframe_release(&reply);
    return launch_save_state(launch, false, err); /* --attach finds it by this */
}

static int clear_marker(struct launch *launch, struct te_err *err)
{
    te_autofree char *path = te_asprintf(err, "%s/exit", launch->remote_run);
    if (!path)
        return -1;
    return lhost_put_data(&launch->hosts, launch_scheduler(launch), path, "\n", 1, 0644, err);
}

int launch_start_mpirun(struct launch *launch, bool resume, struct te_child *here,
                        struct te_err *err)
{
    struct te_strings argv = {0};
    te_autofree char *hostfile =
        te_asprintf(err, "%s/hostfile", launch->on_scheduler ? launch->remote_dir : launch->folder);
    int rc = !hostfile ? -1 : resume ? clear_marker(launch, err) : 0;
    if (rc == 0)
        rc = arguments(launch, resume, hostfile, &argv, err);
    if (rc == 0)
        rc = launch->on_scheduler ? start_there(launch, &argv, err)
                                  : start_here(launch, &argv, here, err);
    te_strings_release(&argv);
    return rc;
}
