/*
 * Reads a configuration in four steps: the file as items (text/ini), --set put over them, every
 * item through the key table into its field, then what only the whole can show. A problem never
 * ends the reading: all of them are reported together.
 */
#include "te/model/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/config_keys.h"
#include "te/text/ini.h"

static const char algorithm_prefix[] = "algorithm:";
enum { PREFIX_LENGTH = sizeof algorithm_prefix - 1, MAX_CANDIDATES = 256 };

struct loader {
    struct te_config *config;
    struct te_ini ini;
    struct te_problems problems;
    const char *const *sets;
    size_t n_sets;
    struct te_key_place place;
    size_t *algorithm_of; /* per section of ini; SIZE_MAX: none */
    bool docker_host_given;
    struct te_err *err;
};

/* line < 0: of --set number -line. */
static void complain(struct loader *l, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void complain(struct loader *l, int line, const char *fmt, ...)
{
    char text[TE_ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (line < 0)
        te_problems_add(&l->problems, 0, "--set %.200s: %s", l->sets[-line - 1], text);
    else
        te_problems_add(&l->problems, line, "%s", text);
}

/* ---- sections ---- */

/* The name under which the key table has a section; NULL: unknown. */
static const char *table_name(const char *section)
{
    if (te_str_starts(section, algorithm_prefix))
        return "algorithm";
    for (size_t i = 0; i < te_config_sections_count; i++)
        if (strcmp(te_config_sections[i].key, section) == 0 &&
            strcmp(te_config_sections[i].name, section) == 0)
            return te_config_sections[i].key;
    return NULL;
}

static void unknown_section(struct loader *l, const char *section, int line)
{
    const char *candidates[16] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < te_config_sections_count && count < 16; i++)
        candidates[count++] = te_config_sections[i].key;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(section, ":"), section);
    const char *near = te_str_suggest(word, candidates, count);
    if (near && strcmp(near, "algorithm") == 0) {
        const char *name = strchr(section, ':');
        complain(l, line, "unknown section [%s], did you mean [algorithm:%s]?", section,
                 name ? name + 1 : "NAME");
    } else if (near) {
        complain(l, line, "unknown section [%s], did you mean [%s]?", section, near);
    } else {
        complain(l, line,
                 "unknown section [%s]: run, datasets, resources, docker, remote and "
                 "algorithm:NAME are known",
                 section);
    }
}

static int new_algorithm(struct loader *l, size_t section)
{
    struct te_config *config = l->config;
    const char *name = l->ini.sections[section].name + PREFIX_LENGTH;
    int line = l->ini.sections[section].line;
    size_t at = config->n_algorithms;
    void *grown = te_resize(config->algorithms, at + 1, sizeof *config->algorithms, l->err);
    if (!grown)
        return -1;
    config->algorithms = grown;
    struct te_config_algorithm *a = &config->algorithms[at];
    *a = (struct te_config_algorithm){.line = line};
    config->n_algorithms++;
    l->algorithm_of[section] = at;
    struct te_err bad = TE_ERR_INIT;
    if (te_str_check_name("algorithm name", name, &bad) < 0)
        complain(l, line, "%s", bad.text);
    a->name = te_strdup(name, l->err);
    return a->name ? 0 : -1;
}

static int set_defaults(struct loader *l, const char *section, void *base)
{
    for (size_t i = 0; i < te_config_keys_count; i++) {
        const struct te_config_key *key = &te_config_keys[i];
        if (strcmp(key->section, section) == 0 && key->initial &&
            te_config_key_set(key, key->initial, &l->place, base, l->err) < 0)
            return te_err_wrap(l->err, "default of [%s] %s", section, key->name);
    }
    return 0;
}

static int open_sections(struct loader *l)
{
    for (size_t i = 0; i < te_config_sections_count; i++) {
        const char *section = te_config_sections[i].key;
        if (strcmp(section, "algorithm") != 0 && set_defaults(l, section, l->config) < 0)
            return -1;
    }
    l->algorithm_of = te_alloc((l->ini.n_sections + 1) * sizeof *l->algorithm_of, l->err);
    if (!l->algorithm_of)
        return -1;
    for (size_t i = 0; i < l->ini.n_sections; i++) {
        const struct te_ini_section *section = &l->ini.sections[i];
        const char *known = table_name(section->name);
        l->algorithm_of[i] = SIZE_MAX;
        if (!known)
            unknown_section(l, section->name, section->line);
        else if (strcmp(known, "remote") == 0)
            l->config->remote.present = true;
        else if (strcmp(known, "algorithm") == 0 &&
                 (new_algorithm(l, i) < 0 ||
                  set_defaults(l, known, &l->config->algorithms[l->config->n_algorithms - 1]) < 0))
            return -1;
    }
    return 0;
}

/* ---- keys ---- */

static bool is_param(const char *key, const char **name, bool *grid)
{
    *grid = te_str_starts(key, "grid.");
    *name = *grid ? key + 5 : key + 6;
    return *grid || te_str_starts(key, "param.");
}

static int add_param(struct loader *l, struct te_config_algorithm *a,
                     const struct te_ini_item *item)
{
    const char *name;
    bool grid;
    is_param(item->key, &name, &grid);
    if (!*name) {
        complain(l, item->line, "'%s' names no parameter: %swindow_size = 20 is right", item->key,
                 item->key);
        return 0;
    }
    if (strlen(item->value) > TE_MAX_PARAM_TEXT) {
        complain(l, item->line, "'%s' has %zu bytes, at most %zu are read", item->key,
                 strlen(item->value), TE_MAX_PARAM_TEXT);
        return 0;
    }
    void *grown = te_resize(a->params, a->n_params + 1, sizeof *a->params, l->err);
    if (!grown)
        return -1;
    a->params = grown;
    struct te_config_param *p = &a->params[a->n_params];
    *p = (struct te_config_param){.grid = grid, .line = item->line > 0 ? item->line : 0};
    a->n_params++;
    p->name = te_strdup(name, l->err);
    p->text = te_strdup(item->value, l->err);
    return p->name && p->text ? 0 : -1;
}

static void unknown_key(struct loader *l, const struct te_ini_item *item, const char *known)
{
    const char *candidates[MAX_CANDIDATES] = {NULL};
    const char *elsewhere = NULL;
    size_t count = 0;
    const char *section = l->ini.sections[item->section].name;
    bool algorithm = strcmp(known, "algorithm") == 0;
    for (size_t i = 0; i < te_config_keys_count && count < MAX_CANDIDATES; i++) {
        const struct te_config_key *key = &te_config_keys[i];
        if (strcmp(key->section, known) == 0)
            candidates[count++] = key->name;
        else if (strcmp(key->name, item->key) == 0 && strcmp(key->section, "algorithm") != 0)
            elsewhere = key->section;
    }
    const char *near = te_str_suggest(item->key, candidates, count);
    if (elsewhere)
        complain(l, item->line, "unknown key '%.100s' in [%s]: it belongs to [%s]", item->key,
                 section, elsewhere);
    else if (near)
        complain(l, item->line, "unknown key '%.100s' in [%s], did you mean '%s'?", item->key,
                 section, near);
    else if (algorithm)
        complain(l, item->line,
                 "unknown key '%.100s' in [%s]: a parameter is written 'param.%.100s = ...', "
                 "'timeeval-mpi help config' lists the keys",
                 item->key, section, item->key);
    else
        complain(l, item->line,
                 "unknown key '%.100s' in [%s]: 'timeeval-mpi help config' lists the keys",
                 item->key, section);
}

static int apply_item(struct loader *l, const struct te_ini_item *item)
{
    const char *section = l->ini.sections[item->section].name;
    const char *known = table_name(section);
    const char *name;
    bool grid;
    struct te_err bad = TE_ERR_INIT;
    if (!known)
        return 0;
    size_t at = l->algorithm_of[item->section];
    void *base = at == SIZE_MAX ? (void *)l->config : (void *)&l->config->algorithms[at];
    if (at != SIZE_MAX && is_param(item->key, &name, &grid))
        return add_param(l, base, item);
    const struct te_config_key *key = te_config_key_find(known, item->key);
    if (!key) {
        unknown_key(l, item, known);
        return 0;
    }
    if (key->kind == TE_KEY_SOCKET)
        l->docker_host_given = true;
    if (te_config_key_set(key, item->value, &l->place, base, &bad) == 0)
        return 0;
    if (bad.code != TE_ERR_USAGE) {
        *l->err = bad;
        return -1;
    }
    complain(l, item->line, "[%s] %s: %s", section, key->name, bad.text);
    return 0;
}

/* ---- --set ---- */

/* Index of the section with the longest name that `text` starts with, followed by '.'; the fixed
 * sections that the file leaves out are added. SIZE_MAX: none. */
static int find_set_section(struct loader *l, const char *text, size_t *out)
{
    size_t best = 0, best_length = 0;
    *out = SIZE_MAX;
    for (size_t i = 0; i < l->ini.n_sections; i++) {
        size_t len = strlen(l->ini.sections[i].name);
        if (len > best_length && strncmp(l->ini.sections[i].name, text, len) == 0 &&
            text[len] == '.') {
            best = i;
            best_length = len;
        }
    }
    if (best_length) {
        *out = best;
        return 0;
    }
    size_t len = strcspn(text, ".");
    te_autofree char *name = te_strndup(text, len, l->err);
    if (!name)
        return -1;
    if (!text[len] || !table_name(name) || te_str_starts(name, algorithm_prefix))
        return 0;
    if (te_grow(&l->ini.sections, &l->ini.cap_sections, l->ini.n_sections + 1,
                sizeof *l->ini.sections, TE_MAX_ALGORITHMS + 100, l->err) < 0)
        return -1;
    *out = l->ini.n_sections;
    l->ini.sections[l->ini.n_sections++] = (struct te_ini_section){.name = te_steal(name)};
    return 0;
}

/* The item that a --set of this key replaces: the key itself, else param.X for grid.X and back. */
static struct te_ini_item *find_replaced(struct loader *l, size_t section, const char *key)
{
    const char *name, *other;
    bool grid, other_grid;
    struct te_ini_item *twin = NULL;
    bool param = is_param(key, &name, &grid);
    for (size_t i = 0; i < l->ini.n_items; i++) {
        struct te_ini_item *item = &l->ini.items[i];
        if (item->section != section)
            continue;
        if (strcmp(item->key, key) == 0)
            return item;
        if (param && is_param(item->key, &other, &other_grid) && strcmp(other, name) == 0)
            twin = item;
    }
    return twin;
}

static void trim(char *text)
{
    const char *start = te_str_trim(text);
    memmove(text, start, strlen(start) + 1);
}

static int put_set(struct loader *l, size_t section, const char *key, const char *value, int line)
{
    te_autofree char *own_key = te_strdup(key, l->err);
    te_autofree char *own_value = te_strdup(value, l->err);
    if (!own_key || !own_value)
        return -1;
    trim(own_key);
    trim(own_value);
    struct te_ini_item *item = find_replaced(l, section, own_key);
    if (!item) {
        if (te_grow(&l->ini.items, &l->ini.cap_items, l->ini.n_items + 1, sizeof *l->ini.items,
                    TE_MAX_CONFIG_FILE, l->err) < 0)
            return -1;
        item = &l->ini.items[l->ini.n_items++];
        *item = (struct te_ini_item){.section = section};
    }
    te_free(item->key);
    te_free(item->value);
    item->key = te_steal(own_key);
    item->value = te_steal(own_value);
    item->line = line;
    return 0;
}

static int apply_sets(struct loader *l)
{
    for (size_t i = 0; i < l->n_sets; i++) {
        const char *text = l->sets[i];
        int line = -(int)i - 1;
        const char *equals = strchr(text, '=');
        size_t section;
        if (!equals) {
            complain(l, line, "no '=': section.key=value is right");
            continue;
        }
        if (!te_str_utf8(text, strlen(text), NULL)) {
            te_problems_add(&l->problems, 0, "--set number %zu is not valid UTF-8", i + 1);
            continue;
        }
        te_autofree char *left = te_strndup(text, (size_t)(equals - text), l->err);
        if (!left || find_set_section(l, left, &section) < 0)
            return -1;
        if (section == SIZE_MAX) {
            complain(l, line,
                     "no section of the configuration stands before the '.': section.key=value is "
                     "right (run, datasets, resources, docker, remote, algorithm:NAME)");
            continue;
        }
        const char *key = left + strlen(l->ini.sections[section].name) + 1;
        if (put_set(l, section, key, equals + 1, line) < 0)
            return -1;
    }
    return 0;
}

/* ---- what only the whole can show ---- */

static void check_source(struct loader *l, struct te_config_algorithm *a)
{
    int sources = !!a->image + !!a->function + !!a->command + !!a->fake;
    if (sources > 1)
        complain(l, a->line,
                 "algorithm '%s' has more than one of image, function, command and fake: keep one",
                 a->name);
    else if (sources == 0 && !a->catalog && !a->manifest)
        complain(l, a->line,
                 "algorithm '%s' has nothing to run: add one of image, function, command, fake, "
                 "catalog and manifest",
                 a->name);
    if (a->catalog && a->manifest)
        complain(l, a->line, "algorithm '%s' has both catalog and manifest: keep one", a->name);
    a->adapter = a->function
                     ? te_str_starts(a->function, "python:") ? TE_ADAPTER_PYTHON : TE_ADAPTER_PLUGIN
                 : a->command ? TE_ADAPTER_COMMAND
                 : a->fake    ? TE_ADAPTER_FAKE
                              : TE_ADAPTER_DOCKER;
}

/* grid.X and param.X: with search = independent param.X is the default; a full grid has one X. */
static void check_params(struct loader *l, const struct te_config_algorithm *a)
{
    for (size_t i = 0; i < a->n_params && !a->independent; i++)
        for (size_t k = 0; k < i; k++)
            if (a->params[i].grid != a->params[k].grid &&
                strcmp(a->params[i].name, a->params[k].name) == 0)
                complain(l, a->params[i].line,
                         "algorithm '%s' has both param.%s and grid.%s: keep one (both are right "
                         "with 'search = independent')",
                         a->name, a->params[i].name, a->params[i].name);
}

static void check_algorithms(struct loader *l)
{
    struct te_config *config = l->config;
    if (config->n_algorithms == 0)
        complain(l, 0, "no algorithm: add a section [algorithm:NAME] for each");
    for (size_t i = 0; i < config->n_algorithms; i++) {
        check_source(l, &config->algorithms[i]);
        check_params(l, &config->algorithms[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(config->algorithms[i].name, config->algorithms[k].name) == 0)
                complain(l, config->algorithms[i].line,
                         "two algorithms are named '%s', first in line %d: give one another name",
                         config->algorithms[i].name, config->algorithms[k].line);
    }
}

/* Without docker.host the environment decides, as with Docker's own client. */
static int take_docker_host(struct loader *l)
{
    const char *value = getenv("DOCKER_HOST");
    struct te_err bad = TE_ERR_INIT;
    bool needed = false;
    if (l->docker_host_given || !value || !*value)
        return 0;
    for (size_t i = 0; i < l->config->n_algorithms; i++)
        needed |= l->config->algorithms[i].adapter == TE_ADAPTER_DOCKER;
    if (te_config_key_set(te_config_key_find("docker", "host"), value, &l->place, l->config,
                          &bad) == 0 ||
        !needed)
        return 0;
    if (bad.code != TE_ERR_USAGE) {
        *l->err = bad;
        return -1;
    }
    complain(l, 0, "environment variable DOCKER_HOST: %s", bad.text);
    return 0;
}

static int check_whole(struct loader *l)
{
    struct te_config *config = l->config;
    const struct te_dataset_filter *f = &config->filter;
    check_algorithms(l);
    if (config->roots.count == 0 && !config->custom)
        complain(l, 0, "no datasets: [datasets] needs 'root = FOLDER' or 'custom = FILE'");
    if (f->has_min_anomalies && f->has_max_anomalies && f->min_anomalies > f->max_anomalies)
        complain(l, 0, "[datasets] min_anomalies is greater than max_anomalies");
    if (config->remote.present && config->remote.worker_hosts.count == 0)
        complain(l, 0, "[remote] needs 'worker_hosts = HOST, HOST, ...'");
    if (config->force_training_type_match || config->force_dimensionality_match)
        config->skip_invalid_combinations = true;
    return take_docker_host(l);
}

/* ---- the whole ---- */

/* What the user may mend by another path is the user's error. */
static int as_usage(struct te_err *err)
{
    if (err->code != TE_ERR_NOMEM)
        err->code = TE_ERR_USAGE;
    return -1;
}

static int read_file(struct te_config *config, const char *path, size_t *len, struct te_err *err)
{
    te_autofree char *folder = te_fs_dirname(path, err);
    config->path = folder ? te_strdup(path, err) : NULL;
    if (!config->path)
        return -1;
    if (te_fs_read(path, TE_MAX_CONFIG_FILE, &config->text, len, err) < 0) {
        te_err_wrap(err, "configuration");
        return as_usage(err);
    }
    config->folder = te_fs_real(folder, err);
    return config->folder ? 0 : as_usage(err);
}

static int load(struct loader *l, size_t len)
{
    if (te_ini_parse(l->config->text, len, &l->ini, &l->problems, l->err) < 0 ||
        apply_sets(l) < 0 || open_sections(l) < 0)
        return -1;
    for (size_t i = 0; i < l->ini.n_items; i++)
        if (apply_item(l, &l->ini.items[i]) < 0)
            return -1;
    return check_whole(l);
}

int te_config_load(const char *path, const char *const *sets, size_t n_sets, struct te_config **out,
                   char **report, struct te_err *err)
{
    struct loader l = {.sets = sets, .n_sets = n_sets, .err = err};
    size_t len = 0;
    *report = NULL;
    te_autofree char *working = getcwd(NULL, 0);
    if (!working)
        return te_err_sys(err, TE_ERR_IO, "working directory");
    l.config = te_zalloc(1, sizeof *l.config, err);
    if (!l.config)
        return -1;
    int rc = read_file(l.config, path, &len, err);
    if (rc == 0)
        rc = te_problems_init(&l.problems, path, err);
    if (rc == 0) {
        l.place = (struct te_key_place){.folder = l.config->folder, .working = working};
        rc = load(&l, len);
    }
    if (rc == 0)
        rc = te_problems_take(&l.problems, report, err);
    te_problems_release(&l.problems);
    te_ini_release(&l.ini);
    te_free(l.algorithm_of);
    if (rc < 0) {
        te_config_free(l.config);
        return -1;
    }
    *out = l.config;
    return 0;
}

static void run_settings_release(struct te_run_settings *settings)
{
    te_free(settings->run_name);
    te_free(settings->run_folder);
    te_free(settings->scratch);
    te_free(settings->metrics);
    te_free(settings->python);
    te_free(settings->docker_host);
    te_free(settings->network);
    te_free(settings->group);
    te_free(settings->cgroup_parent);
    *settings = (struct te_run_settings){0};
}

static void release_algorithm(struct te_config_algorithm *a)
{
    te_config_key_release("algorithm", a);
    for (size_t i = 0; i < a->n_params; i++) {
        te_free(a->params[i].name);
        te_free(a->params[i].text);
    }
    te_free(a->params);
}

struct te_limits te_config_demand(const struct te_config *config)
{
    struct te_limits most = {.memory = config->limits.memory, .cpus = config->limits.cpus};
    for (size_t i = 0; i < config->n_algorithms; i++) {
        const struct te_config_algorithm *a = &config->algorithms[i];
        most.memory = a->memory_limit > most.memory ? a->memory_limit : most.memory;
        most.cpus = a->cpu_limit > most.cpus ? a->cpu_limit : most.cpus;
    }
    return most;
}

size_t te_run_max_log(const struct te_run_settings *settings)
{
    return settings->max_log > 0 ? (size_t)settings->max_log : 10 * TE_MIB;
}

void te_config_free(struct te_config *config)
{
    if (!config)
        return;
    run_settings_release(&config->settings);
    for (size_t i = 0; i < te_config_sections_count; i++)
        if (strcmp(te_config_sections[i].key, "algorithm") != 0)
            te_config_key_release(te_config_sections[i].key, config);
    for (size_t i = 0; i < config->n_algorithms; i++)
        release_algorithm(&config->algorithms[i]);
    te_free(config->algorithms);
    te_free(config->path);
    te_free(config->folder);
    te_free(config->text);
    te_free(config);
}
