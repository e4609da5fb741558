/*
 * The launcher sends the configuration and every file that it names. Paths in it are moved by
 * overrides (--set), so that its text stays what the user wrote.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "launch.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"

static char *expand_home(const struct lhost *host, const char *path, struct te_err *err)
{
    const char *home = host->state;
    return strncmp(path, "~/", 2) == 0 ? te_fs_join(home, path + 2, err) : te_strdup(path, err);
}

static bool same_homes(const struct lhosts *hosts)
{
    const char *first = NULL;
    for (size_t i = 0; i < hosts->count; i++) {
        if (hosts->items[i].failed)
            continue;
        if (first && strcmp(first, hosts->items[i].state) != 0)
            return false;
        first = hosts->items[i].state;
    }
    return true;
}

int launch_name_folders(struct launch *launch, struct te_err *err)
{
    const char *wish = launch->config->remote.remote_dir;
    char **const names[] = {&launch->remote_dir, &launch->remote_run, &launch->remote_config,
                            &launch->files_dir,  &launch->log,        &launch->mpi_dir};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        te_free(*names[i]);
        *names[i] = NULL;
    }
    /* Always a folder of our own, for it is removed as a whole in the end. */
    te_autofree char *chosen =
        te_asprintf(err, "%s/%s", wish ? wish : "~/.cache/timeeval-mpi", launch->name);
    launch->remote_dir = chosen ? expand_home(launch_scheduler(launch), chosen, err) : NULL;
    if (!launch->remote_dir)
        return -1;
    if (launch->remote_dir[0] != '/')
        return te_err_set(err, TE_ERR_USAGE,
                          "[remote] remote_dir: '%s' must be absolute or begin with '~/'", wish);
    /* What ranks and tasks name must have one path everywhere, which a home folder may not have. */
    te_autofree char *common = (wish && wish[0] == '/') || same_homes(&launch->hosts)
                                   ? te_strdup(launch->remote_dir, err)
                                   : te_asprintf(err, "/var/tmp/timeeval-mpi-%s", launch->name);
    if (!common)
        return -1;
    launch->remote_run = te_asprintf(err, "%s/results/%s", common, launch->name);
    launch->remote_config = te_asprintf(err, "%s/config.ini", launch->remote_dir);
    launch->files_dir = te_asprintf(err, "%s/files", common);
    launch->log = te_fs_join(common, launch->config->remote.log_filename, err);
    launch->mpi_dir = te_fs_join(common, "mpi", err);
    return launch->remote_run && launch->remote_config && launch->files_dir && launch->log &&
                   launch->mpi_dir
               ? 0
               : -1;
}

static int add_set(struct launch *launch, const char *key, const char *value, struct te_err *err)
{
    te_autofree char *set = te_asprintf(err, "%s=%s", key, value);
    return set ? te_strings_add(&launch->sets, set, err) : -1;
}

static int put_on_all(struct launch *launch, const char *from, const char *to, struct te_err *err)
{
    for (size_t i = 0; i < launch->hosts.count; i++) {
        struct lhost *host = &launch->hosts.items[i];
        if (!host->failed && lhost_put_file(&launch->hosts, host, from, to, err) < 0)
            return -1;
    }
    return 0;
}

/* Sends a file that `key` names to the scheduler host and points the key at it; tail (":symbol")
 * stays. */
static int move_file(struct launch *launch, const char *key, const char *from, const char *tail,
                     bool everywhere, struct te_err *err)
{
    te_autofree char *to =
        te_asprintf(err, "%s/%zu-%s", launch->files_dir, launch->sets.count, te_fs_basename(from));
    te_autofree char *value = to ? te_asprintf(err, "%s%s", to, tail) : NULL;
    if (!value)
        return -1;
    int rc = everywhere ? put_on_all(launch, from, to, err)
                        : lhost_put_file(&launch->hosts, launch_scheduler(launch), from, to, err);
    return rc < 0 ? -1 : add_set(launch, key, value, err);
}

static int absolute_member(json_t *entry, const char *key, const char *folder, struct te_err *err)
{
    const char *path = json_string_value(json_object_get(entry, key));
    if (!path)
        return 0;
    te_autofree char *whole = te_fs_join(folder, path, err);
    if (!whole)
        return -1;
    if (json_object_set_new(entry, key, json_string(whole)) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

/* The custom datasets' paths are relative to their file: they are made absolute before it moves. */
static int move_custom(struct launch *launch, const char *from, struct te_err *err)
{
    json_error_t why;
    const char *name;
    json_t *entry;
    te_autofree char *real = te_fs_real(from, err);
    te_autofree char *folder = real ? te_fs_dirname(real, err) : NULL;
    te_autofree char *to = te_asprintf(err, "%s/custom_datasets.json", launch->files_dir);
    if (!folder || !to)
        return -1;
    json_t *file = json_load_file(from, JSON_REJECT_DUPLICATES, &why);
    if (!file)
        return te_err_set(err, TE_ERR_USAGE, "%s:%d:%d: %s", from, why.line, why.column, why.text);
    int rc = 0;
    json_object_foreach(file, name, entry)
    {
        if (rc == 0)
            rc = absolute_member(entry, "test_path", folder, err);
        if (rc == 0)
            rc = absolute_member(entry, "train_path", folder, err);
    }
    char *text = rc == 0 ? json_dumps(file, JSON_INDENT(2)) : NULL;
    json_decref(file);
    if (rc == 0 && !text)
        rc = te_err_set(err, TE_ERR_NOMEM, "out of memory");
    if (rc == 0)
        rc = lhost_put_data(&launch->hosts, launch_scheduler(launch), to, text, strlen(text), 0644,
                            err);
    te_free(text);
    return rc < 0 ? -1 : add_set(launch, "datasets.custom", to, err);
}

static int move_algorithm(struct launch *launch, const struct te_config_algorithm *algorithm,
                          struct te_err *err)
{
    te_autofree char *section = te_asprintf(err, "algorithm:%s", algorithm->name);
    te_autofree char *key = section ? te_asprintf(err, "%s.function", section) : NULL;
    te_autofree char *manifest = section ? te_asprintf(err, "%s.manifest", section) : NULL;
    if (!key || !manifest)
        return -1;
    if (algorithm->manifest && move_file(launch, manifest, algorithm->manifest, "", false, err) < 0)
        return -1;
    const char *colon = algorithm->function ? strrchr(algorithm->function, ':') : NULL;
    if (!colon || strncmp(algorithm->function, "python:", 7) == 0)
        return 0;
    te_autofree char *library =
        te_strndup(algorithm->function, (size_t)(colon - algorithm->function), err);
    return library ? move_file(launch, key, library, colon, true, err) : -1;
}

static int move_roots(struct launch *launch, struct te_err *err)
{
    const struct te_strings *roots = &launch->config->roots;
    struct te_buf list;
    te_buf_init(&list, TE_MAX_CONFIG_LINE);
    for (size_t i = 0; i < roots->count; i++)
        te_buf_addf(&list, "%s%s", i ? ", " : "", roots->items[i]);
    te_autofree char *value = te_buf_take(&list, err);
    te_buf_release(&list);
    if (!value)
        return -1;
    return roots->count ? add_set(launch, "datasets.root", value, err) : 0;
}

static int send_named_files(struct launch *launch, struct te_err *err)
{
    const struct te_config *config = launch->config;
    if (config->experiment_combinations &&
        move_file(launch, "run.experiment_combinations", config->experiment_combinations, "", false,
                  err) < 0)
        return -1;
    if (config->custom && move_custom(launch, config->custom, err) < 0)
        return -1;
    for (size_t i = 0; i < config->n_algorithms; i++)
        if (move_algorithm(launch, &config->algorithms[i], err) < 0)
            return -1;
    return move_roots(launch, err);
}

int launch_send_files(struct launch *launch, struct te_err *err)
{
    te_strings_release(&launch->sets);
    if (launch_name_folders(launch, err) < 0 || launch_claim(launch, err) < 0)
        return -1;
    te_autofree char *results = te_fs_dirname(launch->remote_run, err);
    if (!results)
        return -1;
    for (size_t i = 0; i < launch->options->n_sets; i++)
        if (te_strings_add(&launch->sets, launch->options->sets[i], err) < 0)
            return -1;
    if (launch->bar && add_set(launch, "run.progress", "off", err) < 0)
        return -1;
    if (add_set(launch, "run.name", launch->name, err) < 0 ||
        add_set(launch, "run.results", results, err) < 0 ||
        lhost_put_data(&launch->hosts, launch_scheduler(launch), launch->remote_config,
                       launch->config->text, strlen(launch->config->text), 0644, err) < 0 ||
        send_named_files(launch, err) < 0)
        return te_err_wrap(err, "cannot send the configuration");
    launch_say("files", launch_scheduler(launch), "%s", launch->remote_dir);
    return 0;
}
