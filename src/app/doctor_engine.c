/* The doctor's checks of the container engine and of what algorithms run. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "doctor.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/text/json.h"

/* Our own engine API: an engine must speak at least this (Docker 18.09). */
enum { API_MAJOR = 1, API_MINOR = 39 };

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

/* What to do about a socket that cannot be used. */
static const char *mend_socket(const struct te_err *why)
{
    if (why->sys == EACCES || why->sys == EPERM)
        return "join the group that owns the socket (usually docker), or run as root";
    if (why->code == TE_ERR_NOENT)
        return "start the engine, or name its socket with [docker] host or DOCKER_HOST";
    if (why->sys == ECONNREFUSED)
        return "nothing listens there: start the engine";
    return "name the engine's own socket with [docker] host or DOCKER_HOST";
}

static bool check_version(struct doctor *d, const char *socket)
{
    struct te_err why = TE_ERR_INIT;
    int status = 0, major = 0, minor = 0;
    te_cleanup(te_json_cleanup) json_t *version = doctor_get(socket, "/version", &status, &why);
    if (!version) {
        doctor_say(d, "engine", TE_CHECK_FAILED, mend_socket(&why), "%s: %s", socket, why.text);
        return false;
    }
    const char *api = text_of(version, "ApiVersion");
    if (status != 200 || sscanf(api, "%4d.%4d", &major, &minor) != 2) {
        doctor_say(d, "engine", TE_CHECK_FAILED,
                   "name the engine's own socket with [docker] host or DOCKER_HOST",
                   "%s answers, but not as an engine", socket);
        return false;
    }
    if (major < API_MAJOR || (major == API_MAJOR && minor < API_MINOR)) {
        doctor_say(d, "engine", TE_CHECK_FAILED, "install a newer engine",
                   "%s speaks API %s, at least %d.%d is needed", socket, api, API_MAJOR, API_MINOR);
        return false;
    }
    doctor_say(d, "engine", TE_CHECK_OK, "", "%s, version %s, API %s", socket,
               text_of(version, "Version"), api);
    return true;
}

static void check_engine_room(struct doctor *d, const char *socket)
{
    struct te_err why = TE_ERR_INIT;
    int status = 0;
    int64_t free_bytes;
    te_cleanup(te_json_cleanup) json_t *info = doctor_get(socket, "/info", &status, &why);
    const char *root = text_of(info, "DockerRootDir");
    if (!info || !*root || te_fs_free_space(root, &free_bytes, &why) < 0)
        return; /* another host's engine, or no right to look: no statement */
    char size[40];
    te_format_size((double)free_bytes, size, sizeof size);
    bool little = free_bytes < (int64_t)1 << 30;
    doctor_say(d, "engine disk", little ? TE_CHECK_WARNING : TE_CHECK_OK,
               little ? "make room, or move the engine's data folder" : "", "%s free in '%s'", size,
               root);
}

static void check_image(struct doctor *d, const char *socket, const char *image)
{
    struct te_err why = TE_ERR_INIT;
    char path[512];
    int status = 0;
    int n = snprintf(path, sizeof path, "/images/%s/json", image);
    if (n < 0 || (size_t)n >= sizeof path)
        return;
    te_cleanup(te_json_cleanup) json_t *found = doctor_get(socket, path, &status, &why);
    if (found && status == 200) {
        const char *digest =
            json_string_value(json_array_get(json_object_get(found, "RepoDigests"), 0));
        const char *at = digest ? strchr(digest, '@') : NULL;
        doctor_say(d, "image", TE_CHECK_OK, "", "%s, %s", image,
                   at ? at + 1 : text_of(found, "Id"));
    } else if (d->config->settings.pull == TE_PULL_NEVER) {
        doctor_say(d, "image", TE_CHECK_FAILED, "load or pull it, or set [docker] pull = missing",
                   "%s is not there, and pull = never", image);
    } else {
        doctor_say(d, "image", TE_CHECK_WARNING, "pull it beforehand where there is no registry",
                   "%s is not there: the run pulls it", image);
    }
}

static void check_group(struct doctor *d)
{
    const char *group = d->config->settings.group;
    if (*group && !getgrnam(group))
        doctor_say(d, "group", TE_CHECK_WARNING, "make the group, or leave [docker] group empty",
                   "'%s' is no group of this host: the caller's own gid is used", group);
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
    if (!check_version(d, socket))
        return;
    check_engine_room(d, socket);
    check_group(d);
    for (size_t i = 0; i < d->config->n_algorithms; i++) {
        if (d->config->algorithms[i].adapter != TE_ADAPTER_DOCKER)
            continue;
        te_autofree char *image = image_of(d, i);
        if (image)
            check_image(d, socket, image);
    }
}
