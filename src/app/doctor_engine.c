/* The doctor's checks of the container engine and of what algorithms run. */
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>
#include "doctor.h"
#include "te/adapter/docker.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/base/units.h"

enum {
    ENGINE_PATIENCE = 10, /* s for a reply */
    SYSFS_FILE = 65536    /* bytes; each says that it has a page */
};

/* What to do about a socket that cannot be used. */
static const char *mend_socket(const struct te_err *why)
{
    switch (why->sys) {
    case EACCES:
    case EPERM:
        return "join the group that owns the socket (usually docker), or run as root";
    case ENOENT:
        return "start the engine, or name its socket with [docker] host or DOCKER_HOST";
    case ECONNREFUSED:
        return "nothing listens there: start the engine";
    default:
        break;
    }
    if (why->code == TE_ERR_TIMEOUT)
        return "restart the engine";
    return why->code == TE_ERR_INFRA
               ? "install a newer engine"
               : "name the engine's own socket with [docker] host or DOCKER_HOST";
}

static void check_engine_room(struct doctor *d, const struct te_docker *docker)
{
    struct te_err why = TE_ERR_INIT;
    const char *root = docker->info.root;
    int64_t free_bytes;
    if (!*root || te_fs_free_space(root, &free_bytes, &why) < 0)
        return; /* another host's engine, or no right to look: no statement */
    char size[40];
    te_format_size((double)free_bytes, size, sizeof size);
    bool little = free_bytes < (int64_t)1 << 30;
    doctor_say(d, "engine disk", little ? TE_CHECK_WARNING : TE_CHECK_OK,
               little ? "make room, or move the engine's data folder" : "", "%s free in '%s'", size,
               root);
}

/* An engine of this host starts no container where the kernel has AppArmor and its parser lacks. */
static void check_apparmor(struct doctor *d, const struct te_docker *docker)
{
    struct te_err why = TE_ERR_INIT;
    te_autofree char *enabled = NULL;
    size_t len = 0;
    if (!te_fs_is_folder(docker->info.root) ||
        te_fs_read("/sys/module/apparmor/parameters/enabled", SYSFS_FILE, &enabled, &len, &why) <
            0 ||
        enabled[0] != 'Y')
        return;
    if (!te_fs_in_path("/usr/sbin/apparmor_parser") && !te_fs_in_path("/sbin/apparmor_parser") &&
        !te_fs_in_path("apparmor_parser"))
        doctor_say(d, "apparmor", TE_CHECK_WARNING, "install package apparmor",
                   "the kernel has it, and apparmor_parser is not there: the engine may start no "
                   "container");
}

/* Who brings an image that lacks: launch, the engine, or nobody. */
static void say_lacking(struct doctor *d, const char *image)
{
    const struct te_config *config = d->config;
    const char *wish = config->remote.present ? config->remote.images : NULL;
    if (wish && strcmp(wish, "push") == 0)
        doctor_say(d, "image", TE_CHECK_WARNING, "start the run with launch, or load it",
                   "%s is not there: launch pushes it from a host that has it", image);
    else if (config->settings.pull == TE_PULL_NEVER)
        doctor_say(d, "image", TE_CHECK_FAILED, "load or pull it, or set [docker] pull = missing",
                   "%s is not there, and pull = never", image);
    else
        doctor_say(d, "image", TE_CHECK_WARNING, "pull it beforehand where there is no registry",
                   "%s is not there: the run pulls it", image);
}

static void check_image(struct doctor *d, struct te_docker *docker, const char *image)
{
    struct te_err why = TE_ERR_INIT;
    struct te_engine_image found;
    if (te_docker_image(docker, image, &found, &why) < 0)
        doctor_say(d, "image", TE_CHECK_FAILED, "restart the engine", "%s: %s", image, why.text);
    else if (found.id[0])
        doctor_say(d, "image", TE_CHECK_OK, "", "%s, %s", image,
                   found.digest[0] ? found.digest : found.id);
    else
        say_lacking(d, image);
}

static void check_group(struct doctor *d)
{
    const char *group = d->config->settings.group;
    enum { FIRST_OF_USERS = 1000 };
    const struct group *g = *group ? getgrnam(group) : NULL;
    if (*group && !g)
        doctor_say(d, "group", TE_CHECK_WARNING, "make the group, or leave [docker] group empty",
                   "'%s' is no group of this host: LOCAL_GID is the number of the user", group);
    else if (g && g->gr_gid < FIRST_OF_USERS && geteuid() != 0)
        doctor_say(d, "group", TE_CHECK_WARNING,
                   "name a group of users, or leave [docker] group empty",
                   "'%s' has gid %u, which an image may have: TimeEval's entrypoint ends then",
                   group, (unsigned)g->gr_gid);
}

/* Image of an algorithm: its own, or that of its task (catalog, manifest). */
static char *image_of(struct doctor *d, size_t algorithm)
{
    const struct te_config_algorithm *a = &d->config->algorithms[algorithm];
    struct te_err lost = TE_ERR_INIT;
    if (a->image)
        return te_strdup(a->image, d->err);
    for (size_t i = 0; d->plan && i < te_plan_count(d->plan); i++) {
        struct te_task task = {0};
        char *image = NULL;
        if (te_plan_get(d->plan, i)->algorithm != algorithm)
            continue;
        if (te_plan_task(d->plan, i, &task, &lost) == 0 && task.program)
            image = te_strdup(task.program, d->err);
        te_task_release(&task);
        return image;
    }
    return NULL;
}

void doctor_check_engine(struct doctor *d)
{
    const char *socket = d->config->settings.docker_host;
    bool needed = false;
    for (size_t i = 0; i < d->config->n_algorithms; i++)
        needed |= d->config->algorithms[i].adapter == TE_ADAPTER_DOCKER;
    if (!needed) {
        doctor_say(d, "engine", TE_CHECK_SKIPPED, "", "no algorithm needs one");
        return;
    }
    check_group(d);
    struct te_err why = TE_ERR_INIT;
    struct te_docker *docker = NULL;
    if (te_docker_open(socket, ENGINE_PATIENCE, &docker, &why) < 0) {
        doctor_say(d, "engine", TE_CHECK_FAILED, mend_socket(&why), "%s: %s", socket, why.text);
        return;
    }
    doctor_say(d, "engine", TE_CHECK_OK, "", "%s, version %s, API %s", socket, docker->info.version,
               docker->version);
    check_engine_room(d, docker);
    check_apparmor(d, docker);
    for (size_t i = 0; i < d->config->n_algorithms; i++) {
        if (d->config->algorithms[i].adapter != TE_ADAPTER_DOCKER)
            continue;
        te_autofree char *image = image_of(d, i);
        if (image)
            check_image(d, docker, image);
    }
    te_docker_close(docker);
}
