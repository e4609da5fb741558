/* The launcher fetches what a run left on the hosts; only what is safely here goes there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"

enum { ASK_TIMEOUT = 60, DEPTH_MAX = 16 };

/* A resumed run may have cut the journal's torn tail: after each start of mpirun it is copied anew,
 * beside the copy that is here, which it then replaces. */
void launch_pull_journal(struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    struct lhost *host = launch_scheduler(launch);
    te_autofree char *from = te_asprintf(&err, "%s/%s", launch->remote_run, LAUNCH_JOURNAL);
    te_autofree char *copy = te_asprintf(&err, "%s/%s", launch->folder, LAUNCH_JOURNAL);
    te_autofree char *fresh = te_asprintf(&err, "%s/%s.part", launch->folder, LAUNCH_JOURNAL);
    int64_t there = launch_journal_there(launch),
            begin = launch->journal_fresh ? 0 : launch->journal;
    if (!host || !from || !copy || !fresh || there <= begin)
        return;
    const char *to = launch->journal_fresh ? fresh : copy;
    if (lhost_get_file(&launch->hosts, host, from, to, begin, &begin, &err) < 0 ||
        (launch->journal_fresh && te_fs_commit(fresh, copy, &err) < 0)) {
        te_log(TE_LOG_WARNING, "cannot copy the journal: %s", err.text);
        return;
    }
    launch->journal = begin;
    launch->journal_fresh = false;
}

int launch_push_journal(struct launch *launch, struct te_err *err)
{
    te_autofree char *from = te_asprintf(err, "%s/%s", launch->folder, LAUNCH_JOURNAL);
    te_autofree char *to = te_asprintf(err, "%s/%s", launch->remote_run, LAUNCH_JOURNAL);
    if (!from || !to)
        return -1;
    if (!te_fs_exists(from))
        return te_err_set(err, TE_ERR_NOENT, "no journal of this run is here: '%s'", from);
    return lhost_put_file(&launch->hosts, launch_scheduler(launch), from, to, err);
}

static bool wanted(const char *name)
{
    return strchr(name, '/') == NULL && strcmp(name, "..") != 0 && strcmp(name, "run.lock") != 0;
}

static int fetch_one(struct launch *launch, struct lhost *host, const char *from_folder,
                     const char *to_folder, const char *name, struct te_err *err)
{
    te_autofree char *from = te_fs_join(from_folder, name, err);
    te_autofree char *to = te_fs_join(to_folder, name, err);
    return from && to ? lhost_get_file(&launch->hosts, host, from, to, 0, NULL, err) : -1;
}

/* Every file below a folder of a host; there is no more than one reply in memory per level. */
static int fetch_folder(struct launch *launch, struct lhost *host, const char *from, const char *to,
                        int depth, struct te_err *err)
{
    struct te_aframe reply;
    size_t i;
    const json_t *item;
    json_t *head = json_pack("{s:s, s:s}", "op", "list", "path", from);
    if (depth > DEPTH_MAX)
        return te_err_set(err, TE_ERR_LIMIT, "'%s' is more than %d folders deep", from, DEPTH_MAX);
    if (lhost_ask(&launch->hosts, host, head, ASK_TIMEOUT, &reply, err) < 0)
        return -1;
    int rc = te_fs_mkdirs(to, err);
    json_array_foreach(json_object_get(reply.head, "files"), i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));
        if (rc == 0 && name && wanted(name))
            rc = fetch_one(launch, host, from, to, name, err);
    }
    json_array_foreach(json_object_get(reply.head, "folders"), i, item)
    {
        const char *name = json_string_value(item);
        if (rc < 0 || !name || !wanted(name))
            continue;
        te_autofree char *deeper_from = te_fs_join(from, name, err);
        te_autofree char *deeper_to = te_fs_join(to, name, err);
        rc = deeper_from && deeper_to
                 ? fetch_folder(launch, host, deeper_from, deeper_to, depth + 1, err)
                 : -1;
    }
    te_aframe_release(&reply);
    return rc;
}

/* run.log of host a becomes run-a.log. */
static char *log_name(const struct launch *launch, const struct lhost *host, struct te_err *err)
{
    const char *name = launch->config->remote.log_filename, *dot = strrchr(name, '.');
    size_t stem = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    te_autofree char *file =
        te_asprintf(err, "%.*s-%s%s", (int)stem, name, host->name, name + stem);
    for (char *p = file; p && *p; p++)
        if (strchr("@:/", *p))
            *p = '_';
    return file ? te_fs_join(launch->folder, file, err) : NULL;
}

static int fetch_log(struct launch *launch, struct lhost *host, struct te_err *err)
{
    struct te_aframe reply;
    te_autofree char *to = log_name(launch, host, err);
    json_t *head = json_pack("{s:s, s:s}", "op", "exists", "path", launch->log);
    if (!to || lhost_ask(&launch->hosts, host, head, ASK_TIMEOUT, &reply, err) < 0)
        return -1;
    bool there = json_is_true(json_object_get(reply.head, "exists"));
    te_aframe_release(&reply);
    return there ? lhost_get_file(&launch->hosts, host, launch->log, to, 0, NULL, err) : 0;
}

static int fetch_host(struct launch *launch, struct lhost *host, struct te_err *err)
{
    if (fetch_log(launch, host, err) < 0)
        return -1;
    if (!launch->config->settings.keep_files || host == launch_scheduler(launch))
        return 0;
    return fetch_folder(launch, host, launch->remote_run, launch->folder, 0, err);
}

static int say_gone(const struct launch *launch, const struct lhost *host)
{
    if (host->connected)
        te_log(TE_LOG_WARNING,
               "host '%s' is gone (%s); what it logged and kept stays at '%s:%s' and '%s:%s'",
               host->name, host->reason, host->name, launch->log, host->name, launch->remote_run);
    return 0;
}

/* Log and kept files of a worker host. One that is gone keeps them, which is said; one that is
 * there and does not hand them over is an error, and nothing is removed there. */
static int collect_host(struct launch *launch, struct lhost *host, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    if (host->failed)
        return say_gone(launch, host);
    /* A connection that broke long ago is only noticed now: a second try tells. */
    for (int i = 0; i < 2; i++) {
        if (fetch_host(launch, host, &why) == 0)
            return 0;
        if (host->failed && !launch_reach_one(launch, host))
            return say_gone(launch, host);
    }
    host->keep = true;
    te_log(TE_LOG_ERROR, "host '%s' does not hand over what it logged and kept (%s)", host->name,
           why.text);
    return te_err_set(err, TE_ERR_IO,
                      "the results are here, '%s', but what host '%s' logged and kept is not: it "
                      "stays at '%s:%s' and '%s:%s'; --resume tries again",
                      launch->folder, host->name, host->name, launch->log, host->name,
                      launch->remote_run);
}

int launch_collect(struct launch *launch, struct te_err *err)
{
    struct lhost *scheduler = launch_scheduler(launch);
    if (!scheduler)
        return te_err_set(err, TE_ERR_INFRA, "no host is left to collect results from");
    if (fetch_folder(launch, scheduler, launch->remote_run, launch->folder, 0, err) < 0) {
        scheduler->keep = true;
        return te_err_wrap(err, "results cannot be collected; they stay at '%s:%s'",
                           scheduler->name, launch->remote_run);
    }
    launch_say("collect", scheduler, "%s", launch->folder);
    int rc = 0;
    launch_rejoin(launch);
    for (size_t i = 0; i < launch->hosts.count; i++)
        if (collect_host(launch, &launch->hosts.items[i], err) < 0)
            rc = -1;
    return rc;
}

/* What is left of a run on a host, in this order: ranks, their containers, folders. */
enum clean_step { CLEAN_RANKS, CLEAN_CONTAINERS, CLEAN_COMMON, CLEAN_FOLDER, CLEAN_DONE };

static json_t *clean_request(const struct launch *launch, int step, const char *common)
{
    switch (step) {
    case CLEAN_RANKS:
        return json_pack("{s:s, s:s}", "op", "stop", "config", launch->remote_config);
    case CLEAN_CONTAINERS:
        return json_pack("{s:s, s:s, s:s, s:b}", "op", "clean", "engine",
                         launch->config->settings.docker_host, "run", launch->name, "images",
                         launch->images.count > 0 || launch->options->attach);
    default:
        return json_pack("{s:s, s:s}", "op", "remove", "path",
                         step == CLEAN_COMMON ? common : launch->remote_dir);
    }
}

static int clean_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                      struct te_err *err)
{
    struct launch *launch = arg;
    if (reply && json_object_get(reply->head, "error"))
        te_log(TE_LOG_WARNING, "host '%s': %s", host->name,
               json_string_value(json_object_get(reply->head, "error")));
    te_autofree char *common = te_fs_dirname(launch->files_dir, err);
    if (!common)
        return -1;
    if (host->claimed < LAUNCH_FOLDERS && host->cleaned == CLEAN_COMMON)
        host->cleaned++;
    if (host->cleaned == CLEAN_DONE)
        return 0;
    return lhost_send(host, clean_request(launch, host->cleaned++, common), NULL, 0, err) < 0 ? -1
                                                                                              : 1;
}

static void clean_done(void *arg, struct lhost *host)
{
    const struct launch *launch = arg;
    if (host->failed)
        te_log(TE_LOG_WARNING,
               "host '%s' could not be cleaned (%s): 'timeeval-mpi clean' there, and remove '%s'",
               host->name, host->reason, launch->remote_dir);
}

/* Over connections of its own: a host that failed a check has leftovers, too. */
static int clean_hosts(struct launch *launch, struct lhosts *hosts, struct te_err *err)
{
    const struct te_config_remote *remote = &launch->config->remote;
    struct talk talk = {.next = clean_next,
                        .done = clean_done,
                        .soft = true,
                        .timeout = ASK_TIMEOUT,
                        .arg = launch};
    for (size_t i = 0; i < hosts->count; i++) {
        const struct lhost *known = lhosts_find(&launch->hosts, hosts->items[i].name);
        hosts->items[i].claimed = known ? known->claimed : 0;
        hosts->items[i].failed = !known || !known->connected || known->keep || known->claimed == 0;
    }
    if (lhosts_connect(hosts, remote,
                       remote->remote_binary ? remote->remote_binary : launch->options->self,
                       err) < 0)
        return -1;
    return lhosts_talk(hosts, NULL, &talk, err);
}

static int stop_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                     struct te_err *err)
{
    const struct launch *launch = arg;
    if (reply)
        return 0;
    return lhost_send(host, clean_request(launch, CLEAN_RANKS, ""), NULL, 0, err) < 0 ? -1 : 1;
}

int launch_stop_ranks(struct launch *launch, struct te_err *err)
{
    struct talk talk = {.next = stop_next, .soft = true, .timeout = ASK_TIMEOUT, .arg = launch};
    return lhosts_talk(&launch->hosts, NULL, &talk, err);
}

void launch_clean(struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    struct lhosts hosts;
    if (lhosts_open(&launch->config->remote, &hosts, &err) == 0) {
        if (clean_hosts(launch, &hosts, &err) < 0)
            te_log(TE_LOG_WARNING, "cannot clean up: %s", err.text);
        lhosts_release(&hosts);
    }
}
