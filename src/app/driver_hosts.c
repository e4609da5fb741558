/* Rank 0's view of the hosts: slots are counted from the ranks that report, one rank leads each. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver_state.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/core/launch.h"

static const double gather = 30; /* s to wait for every rank's hello */
enum { FILES_PER_MESSAGE = 2000 };

static int find_host(struct te_driver *d, const struct te_hello *hello, uint32_t *out,
                     struct te_err *err)
{
    const char *boot = hello->boot_id ? hello->boot_id : "";
    for (uint32_t i = 0; i < d->n_hosts; i++)
        if (strcmp(d->hosts[i].name, hello->host) == 0 && strcmp(d->hosts[i].boot_id, boot) == 0) {
            *out = i;
            return 0;
        }
    struct host host = {.name = te_strdup(hello->host, err),
                        .boot_id = te_strdup(boot, err),
                        .leader = SIZE_MAX,
                        .cpus = hello->cores,
                        .memory = hello->memory};
    if (!host.name || !host.boot_id)
        return -1;
    *out = (uint32_t)d->n_hosts;
    d->hosts[d->n_hosts++] = host;
    return 0;
}

static int send_away(struct te_driver *d, size_t p, const char *why, struct te_err *err)
{
    struct te_bye bye = {0, (char *)(uintptr_t)why};
    te_buf_clear(&d->payload);
    te_bye_encode(&bye, &d->payload);
    if (driver_send(d, p, TE_MSG_BYE, err) < 0)
        return -1;
    d->peers[p].gone = true;
    /* with recovery it does not wait for the end of MPI (on_bye in worker.c) */
    const char *recovery = getenv("OMPI_MCA_orte_enable_recovery");
    d->left_early |= recovery && strcmp(recovery, "1") == 0;
    return driver_step_sched(
        d,
        (struct te_event){.type = TE_EV_GONE, .worker = (uint32_t)p, .outcome = TE_OUTCOME_REFUSED},
        err);
}

/* A rank that is not needed sleeps until the end: if it left, mpirun would wait for it for ever. */
static int leave_idle(struct te_driver *d, size_t p, const char *why, struct te_err *err)
{
    struct peer *peer = &d->peers[p];
    peer->slot = d->hosts[peer->host].slots; /* leads nobody */
    te_log(TE_LOG_NOTICE, "rank %zu on %s gets no work: %s", p + 1, d->hosts[peer->host].name, why);
    return driver_step_sched(
        d,
        (struct te_event){.type = TE_EV_GONE, .worker = (uint32_t)p, .outcome = TE_OUTCOME_REFUSED},
        err);
}

static int note_host(struct te_driver *d, const struct te_hello *hello, struct te_err *err)
{
    te_autofree char *facts =
        te_asprintf(err, "{\"cores\": %d, \"memory\": %lld, \"version\": \"%s\"}", hello->cores,
                    (long long)hello->memory, hello->version ? hello->version : "");
    return facts ? driver_note(d, TE_NOTE_HOST, 0, 0, hello->host, facts, err) : -1;
}

/* The process of that number is this program (a rank in another container is another process). */
static bool is_neighbour(int32_t pid)
{
    char path[64], mine[TE_MAX_PATH], its[TE_MAX_PATH];
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    ssize_t n = readlink("/proc/self/exe", mine, sizeof mine);
    ssize_t m = readlink(path, its, sizeof its);
    return n > 0 && n == m && memcmp(mine, its, (size_t)n) == 0 && pid != getpid();
}

bool driver_process_gone(const struct peer *peer)
{
    return peer->pid > 0 && kill(peer->pid, 0) < 0 && errno == ESRCH;
}

/* Slots that a host may have, 0: any number. Without a word of the user's the share of a batch job
 * decides; elsewhere the user has said how many ranks there are. */
static int most_slots(const struct te_driver *d, const struct te_hello *hello, const char **why)
{
    if (d->o.settings->tasks_per_host > 0) {
        *why = "surplus rank: [resources] tasks_per_host is reached";
        return d->o.settings->tasks_per_host;
    }
    *why = "surplus rank: the limits of one more task do not fit into the job's share of the host";
    return d->o.in_job && !d->o.force ? te_launch_slots(&d->o.demand, hello->cores, hello->memory)
                                      : 0;
}

/* More than a batch job's share is an error; on machines of the user's own it is said. */
static int check_share(const struct te_driver *d, struct te_err *err)
{
    for (size_t i = 0; i < d->n_hosts; i++) {
        const struct host *h = &d->hosts[i];
        struct te_err why = TE_ERR_INIT;
        if (te_launch_fits(h->name, h->slots, &d->o.demand, h->cpus, h->memory, &why) == 0)
            continue;
        if (d->o.in_job && !d->o.force) {
            *err = why;
            return -1;
        }
        te_log(TE_LOG_NOTICE, "%s (the run goes on, its times may suffer)", why.text);
    }
    return 0;
}

static int greet(struct te_driver *d, size_t p, const struct te_hello *hello, struct te_err *err)
{
    struct peer *peer = &d->peers[p];
    size_t known = d->n_hosts;
    const char *surplus;
    int most = most_slots(d, hello, &surplus);
    if (peer->greeted || !hello->host)
        return 0;
    if (find_host(d, hello, &peer->host, err) < 0)
        return -1;
    peer->greeted = true;
    peer->pid = is_neighbour(hello->pid) ? hello->pid : 0;
    struct host *host = &d->hosts[peer->host];
    if (!hello->version || strcmp(hello->version, d->o.version) != 0) {
        te_log(TE_LOG_ERROR, "rank %zu on %s has version '%s', rank 0 has '%s': it gets no work",
               p + 1, hello->host, hello->version ? hello->version : "", d->o.version);
        return send_away(d, p, "another version of the program", err);
    }
    if (most > 0 && host->slots >= most)
        return leave_idle(d, p, surplus, err);
    peer->slot = host->slots++;
    if (peer->slot == 0)
        host->leader = p;
    if (d->o.progress)
        d->o.progress->slots++;
    return d->n_hosts > known ? note_host(d, hello, err) : 0;
}

int driver_on_hello(struct te_driver *d, size_t p, const struct te_frame *frame, struct te_err *err)
{
    struct te_hello hello;
    if (te_hello_decode(frame->data, frame->len, &hello, err) < 0)
        return -1;
    int rc = greet(d, p, &hello, err);
    te_hello_release(&hello);
    return rc;
}

/* All files in one or more messages, the last one marked. */
static int send_files(struct te_driver *d, size_t p, struct te_err *err)
{
    te_autofree struct te_mirror_item *items = te_zalloc(d->o.n_files + 1, sizeof *items, err);
    if (!items)
        return -1;
    for (size_t i = 0; i < d->o.n_files; i++) {
        const struct te_driver_file *f = &d->o.files[i];
        items[i] = (struct te_mirror_item){
            .number = (uint32_t)i, .dataset = f->dataset, .path = f->path, .bytes = f->bytes};
        memcpy(items[i].sha256, f->sha256, sizeof items[i].sha256);
    }
    size_t at = 0;
    do {
        size_t n = d->o.n_files - at < FILES_PER_MESSAGE ? d->o.n_files - at : FILES_PER_MESSAGE;
        struct te_mirror_list list = {.files = items + at, .count = (uint32_t)n};
        at += n;
        list.last = at >= d->o.n_files;
        te_buf_clear(&d->payload);
        te_mirror_list_encode(&list, &d->payload);
        if (driver_send(d, p, TE_MSG_MIRROR, err) < 0)
            return -1;
    } while (at < d->o.n_files);
    return 0;
}

static int place(struct te_driver *d, size_t p, struct te_err *err)
{
    struct peer *peer = &d->peers[p];
    struct te_place where = {.settings = *d->o.settings,
                             .slot = peer->slot,
                             .slots = d->hosts[peer->host].slots,
                             .leader = d->hosts[peer->host].leader == p,
                             .n_metrics = (uint32_t)te_plan_metric_count(d->o.plan)};
    if (where.leader)
        where.images = (char *)(uintptr_t)d->o.images;
    te_buf_clear(&d->payload);
    te_place_encode(&where, &d->payload);
    if (driver_send(d, p, TE_MSG_CONFIG, err) < 0)
        return -1;
    if (!where.leader)
        return 0;
    d->hosts[peer->host].leader = p;
    return send_files(d, p, err);
}

/* Only who is ready may follow: its word of that must not be taken for one about the mirror. */
int driver_lead(struct te_driver *d, uint32_t host, struct te_err *err)
{
    struct host *h = &d->hosts[host];
    if (h->checked || (h->leader != SIZE_MAX && !d->peers[h->leader].gone))
        return 0;
    for (size_t i = 0; i < d->n_peers; i++) {
        const struct peer *peer = &d->peers[i];
        if (peer->ready && !peer->gone && peer->host == host) {
            h->leader = i;
            return place(d, i, err);
        }
    }
    return 0;
}

int driver_place_all(struct te_driver *d, double now, struct te_err *err)
{
    size_t greeted = 0;
    for (size_t i = 0; i < d->n_peers; i++)
        greeted += d->peers[i].greeted;
    if (greeted < d->n_peers && (now - d->start < gather || greeted == 0))
        return 0;
    if (check_share(d, err) < 0)
        return -1;
    for (size_t i = 0; i < d->n_peers; i++)
        if (d->peers[i].greeted && !d->peers[i].gone && place(d, i, err) < 0)
            return -1;
    d->places_sent = true;
    return 0;
}

/* A rank gets work when it is ready and its host's mirror has been looked at. */
static int bring_up(struct te_driver *d, struct te_err *err)
{
    for (size_t i = 0; i < d->n_peers; i++) {
        struct peer *peer = &d->peers[i];
        if (peer->up || peer->gone || !peer->ready || !d->hosts[peer->host].checked)
            continue;
        peer->up = true;
        if (driver_step_sched(
                d, (struct te_event){.type = TE_EV_UP, .worker = (uint32_t)i, .host = peer->host},
                err) < 0)
            return -1;
    }
    return 0;
}

void driver_warn_file(struct te_driver *d, uint32_t host, const char *path, const char *why)
{
    if (d->hosts[host].lacks++ < 5)
        te_log(TE_LOG_WARNING, "host '%s': dataset file '%s': %s", d->hosts[host].name, path,
               why ? why : "");
}

static int note_lacks(struct te_driver *d, uint32_t host, const struct te_mirror_list *bad,
                      struct te_err *err)
{
    for (uint32_t i = 0; i < bad->count; i++) {
        driver_warn_file(d, host, bad->files[i].path, bad->files[i].why);
        if (driver_step_sched(d,
                              (struct te_event){.type = TE_EV_LACKS,
                                                .host = host,
                                                .dataset = bad->files[i].dataset},
                              err) < 0)
            return -1;
    }
    if (d->hosts[host].lacks > 5)
        te_log(TE_LOG_WARNING, "host '%s': %zu dataset files are not as rank 0 has them",
               d->hosts[host].name, d->hosts[host].lacks);
    return 0;
}

/* The host cannot work: all its ranks leave. */
static int refuse_host(struct te_driver *d, uint32_t host, const char *why, struct te_err *err)
{
    const char *name = d->hosts[host].name;
    te_log(TE_LOG_ERROR, "host '%s' gets no work: %s", name, why);
    if (driver_note(d, TE_NOTE_LOST, 0, 0, name, why, err) < 0)
        return -1;
    for (size_t i = 0; i < d->n_peers; i++)
        if (d->peers[i].greeted && d->peers[i].host == host && !d->peers[i].gone &&
            send_away(d, i, "its host cannot work", err) < 0)
            return -1;
    return 0;
}

int driver_on_mirrored(struct te_driver *d, size_t p, const struct te_frame *frame,
                       struct te_err *err)
{
    struct peer *peer = &d->peers[p];
    struct te_mirror_list bad;
    if (!peer->greeted || te_mirror_list_decode(frame->data, frame->len, &bad, err) < 0)
        return peer->greeted ? -1 : 0;
    int rc = bad.refused ? refuse_host(d, peer->host, bad.refused, err)
             : d->sync   ? driver_sync_want(d, peer->host, &bad, err)
                         : note_lacks(d, peer->host, &bad, err);
    peer->ready |= bad.last;
    if (d->hosts[peer->host].leader == p)
        d->hosts[peer->host].checked |= bad.last;
    te_mirror_list_release(&bad);
    return rc < 0 || driver_lead(d, peer->host, err) < 0 ? -1 : bring_up(d, err);
}

const char *te_driver_slot_state(const struct te_driver *d, size_t i)
{
    const struct peer *peer = &d->peers[i];
    if (peer->gone)
        return "gone";
    if (!peer->greeted)
        return "starting";
    if (d->hosts[peer->host].aside)
        return "set aside";
    return peer->up ? "ready" : "preparing";
}

void te_driver_why_idle(const struct te_driver *d, char *out, size_t size)
{
    size_t greeted = 0, up = 0, gone = 0;
    struct te_sched_counts counts = te_driver_counts(d);
    for (size_t i = 0; i < d->n_peers; i++) {
        greeted += d->peers[i].greeted;
        up += d->peers[i].up && !d->peers[i].gone;
        gone += d->peers[i].gone;
    }
    out[0] = '\0';
    if (counts.running > 0 || d->finished)
        return;
    if (!d->places_sent)
        snprintf(out, size, "%zu of %zu ranks have come up", greeted, d->n_peers);
    else if (gone == d->n_peers)
        snprintf(out, size, "no worker is left");
    else if (up == 0)
        snprintf(out, size, "the hosts check their datasets and images");
    else
        snprintf(out, size, "no slot may take any of the %zu experiments that are left",
                 (size_t)(te_plan_count(d->o.plan) - counts.done));
}
