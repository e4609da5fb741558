#include "te_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/mem.h"
#include "te/model/config.h"
#include "te/model/config_keys.h"

static char path[] = "/tmp/te_test_config_XXXXXX";
static struct te_config *config;
static struct te_err err;
static char *report;

static void clear(void)
{
    te_config_free(config);
    config = NULL;
    te_free(report);
    report = NULL;
    te_err_clear(&err);
}

static void write_file(const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_FATAL(write(fd, text, len) == (ssize_t)len);
    close(fd);
}

static int load_sets(const char *text, const char *const *sets, size_t n)
{
    clear();
    write_file(text, strlen(text));
    return te_config_load(path, sets, n, &config, &report, &err);
}

#define RUN  "[datasets]\nroot = data\n"
#define FAKE "[algorithm:A]\nfake = ok\n"

static const char full[] =
    "[run]\nname = nab\nresults = out\nrepetitions = 3\nmetrics = ROC_AUC, RangePrVUS(a=1)\n"
    "force_training_type_match = true\nskip_invalid_combinations = false\n"
    "experiment_combinations = c.csv\nprogress = OFF\nkeep_files = yes\nwalltime = 4 hours\n"
    "max_scores = 1 GB\nmax_log = 1 MB\n"
    "[datasets]\nroot = /data, more\ncustom = custom.json\ninclude = NAB/*, KDD/001\n"
    "exclude = NAB/art_*\ntraining_type = SEMI_SUPERVISED\nmax_contamination = 0.1\n"
    "mirror = sync\ndatetime_index = false\nmin_anomalies = 1\n"
    "[resources]\ntasks_per_host = 2\ntask_memory_limit = 3 GB\ntask_cpu_limit = 1.5\n"
    "train_timeout = 1h 30m\nuse_preliminary_model_on_train_timeout = false\n"
    "[docker]\nhost = unix:///x/d.sock\npull = never\nnetwork = bridge\nmount = file\n"
    "pids_limit = 100\nshm_size = 64 MB\ngroup = akita\n"
    "[remote]\nscheduler_host = n1\nworker_hosts = n1, n2\nmpirun_args = --mca 'a b' c\n"
    "[algorithm:COF]\nimage = ghcr.io/timeeval/cof:0.3.0\ninput_dimensionality = multivariate\n"
    "param.metric = euclidean\ngrid.n = [10, 20]\nsearch = independent\ntimeout = 2 hours\n"
    "memory_limit = 6 GB\ncpu_limit = 2.0\npostprocess = rw(window_size=w)\n"
    "[algorithm:sub]\nname = Sub LOF\ncatalog = subsequence_lof\n"
    "[algorithm:f]\nfunction = ./libmine.so:detect\n"
    "[algorithm:p]\nfunction = python:mymodule:detect\ndata_as_file = true\n"
    "[algorithm:c]\ncommand = java -jar d.jar {args}\n"
    "[algorithm:i]\nimage = localhost:5000/x\nmultivariate = sum_before\n";

static void reads_every_kind_of_value(void)
{
    CU_ASSERT_EQUAL_FATAL(load_sets(full, NULL, 0), 0);
    CU_ASSERT_STRING_EQUAL(config->name, "nab");
    CU_ASSERT_STRING_EQUAL(config->folder, "/tmp");
    CU_ASSERT_STRING_EQUAL(config->text, full);
    char here[4096];
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(here, sizeof here - 8));
    strncat(here, "/out", 8);
    CU_ASSERT_STRING_EQUAL(config->results, here);
    CU_ASSERT_EQUAL(config->repetitions, 3);
    CU_ASSERT(config->skip_invalid_combinations && config->force_training_type_match);
    CU_ASSERT_STRING_EQUAL(config->experiment_combinations, "/tmp/c.csv");
    CU_ASSERT_EQUAL(config->progress, TE_PROGRESS_OFF);
    CU_ASSERT_EQUAL(config->walltime, 14400);
    CU_ASSERT_EQUAL(config->settings.max_scores, 1073741824);
    CU_ASSERT_EQUAL(config->roots.count, 2);
    CU_ASSERT_STRING_EQUAL(config->roots.items[1], "/tmp/more");
    CU_ASSERT_EQUAL(config->filter.include.count, 2);
    CU_ASSERT(config->filter.has_training);
    CU_ASSERT_EQUAL(config->filter.training, TE_SEMI_SUPERVISED);
    CU_ASSERT(config->filter.has_datetime_index && !config->filter.datetime_index);
    CU_ASSERT(!config->filter.has_dimension);
    CU_ASSERT_EQUAL(config->settings.mirror, TE_MIRROR_SYNC);
    CU_ASSERT_EQUAL(config->settings.tasks_per_host, 2);
    CU_ASSERT_EQUAL(config->limits.cpus, 1.5);
    CU_ASSERT_EQUAL(config->limits.train_timeout, 5400);
    CU_ASSERT_STRING_EQUAL(config->limits.train_timeout_text, "1h 30m");
    CU_ASSERT_STRING_EQUAL(config->limits.execute_timeout_text, "8 hours");
    CU_ASSERT(!config->limits.preliminary_model && config->limits.preliminary_scores);
    CU_ASSERT_STRING_EQUAL(config->settings.docker_host, "unix:///x/d.sock");
    CU_ASSERT_STRING_EQUAL(config->settings.network, "bridge");
    CU_ASSERT(config->settings.mount_file);
    CU_ASSERT_EQUAL(config->remote.mpirun_args.count, 3);
    CU_ASSERT_STRING_EQUAL(config->remote.mpirun_args.items[1], "a b");
    CU_ASSERT_STRING_EQUAL(config->remote.images, "check");
}

static void reads_algorithms(void)
{
    CU_ASSERT_EQUAL_FATAL(load_sets(full, NULL, 0), 0);
    CU_ASSERT_EQUAL_FATAL(config->n_algorithms, 6);
    const struct te_config_algorithm *a = config->algorithms;
    CU_ASSERT_STRING_EQUAL(a[0].name, "COF");
    CU_ASSERT_EQUAL(a[0].adapter, TE_ADAPTER_DOCKER);
    CU_ASSERT(!a[0].has_training && a[0].has_dimension);
    CU_ASSERT_EQUAL(a[0].dimension, TE_MULTIVARIATE);
    CU_ASSERT_EQUAL_FATAL(a[0].n_params, 2);
    CU_ASSERT_STRING_EQUAL(a[0].params[0].name, "metric");
    CU_ASSERT(a[0].params[1].grid && !a[0].params[0].grid);
    CU_ASSERT_STRING_EQUAL(a[0].params[1].text, "[10, 20]");
    int line = 1;
    for (const char *c = full; c < strstr(full, "grid.n"); c++)
        line += *c == '\n';
    CU_ASSERT_EQUAL(a[0].params[1].line, line);
    CU_ASSERT(a[0].independent);
    CU_ASSERT_EQUAL(a[0].timeout, 7200);
    CU_ASSERT_EQUAL(a[0].memory_limit, (int64_t)6 << 30);
    CU_ASSERT_STRING_EQUAL(a[1].name, "Sub LOF");
    CU_ASSERT_EQUAL(a[2].adapter, TE_ADAPTER_PLUGIN);
    CU_ASSERT_STRING_EQUAL(a[2].function, "/tmp/./libmine.so:detect");
    CU_ASSERT_EQUAL(a[3].adapter, TE_ADAPTER_PYTHON);
    CU_ASSERT(a[3].data_as_file && a[3].check_parameters);
    CU_ASSERT_EQUAL(a[4].adapter, TE_ADAPTER_COMMAND);
    CU_ASSERT_STRING_EQUAL(a[5].image, "localhost:5000/x:latest");
    CU_ASSERT_EQUAL(a[5].multivariate, TE_MULTIVAR_SUM_BEFORE);
}

static void defaults_are_those_of_the_table(void)
{
    unsetenv("DOCKER_HOST");
    CU_ASSERT_EQUAL_FATAL(load_sets(RUN FAKE, NULL, 0), 0);
    CU_ASSERT_PTR_NULL(config->name);
    CU_ASSERT_EQUAL(config->repetitions, 1);
    CU_ASSERT_STRING_EQUAL(config->settings.metrics, "ROC_AUC");
    CU_ASSERT(config->skip_invalid_combinations);
    CU_ASSERT_EQUAL(config->progress, TE_PROGRESS_AUTO);
    CU_ASSERT_EQUAL(config->walltime, 0);
    CU_ASSERT_EQUAL(config->settings.max_scores, (int64_t)2 << 30);
    CU_ASSERT_EQUAL(config->settings.mirror, TE_MIRROR_VERIFY);
    CU_ASSERT_EQUAL(config->settings.tasks_per_host, 0);
    CU_ASSERT_EQUAL(config->limits.memory, 0);
    CU_ASSERT_EQUAL(config->limits.execute_timeout, 28800);
    CU_ASSERT_STRING_EQUAL(config->settings.docker_host, "unix:///var/run/docker.sock");
    CU_ASSERT_EQUAL(config->settings.pull, TE_PULL_MISSING);
    CU_ASSERT_STRING_EQUAL(config->settings.cgroup_parent, "auto");
    CU_ASSERT(!config->remote.present);
}

static void docker_host_is_honoured(void)
{
    setenv("DOCKER_HOST", "unix:///env.sock", 1);
    CU_ASSERT_EQUAL_FATAL(load_sets(RUN FAKE, NULL, 0), 0);
    CU_ASSERT_STRING_EQUAL(config->settings.docker_host, "unix:///env.sock");
    CU_ASSERT_EQUAL_FATAL(load_sets(RUN FAKE "[docker]\nhost = /file.sock\n", NULL, 0), 0);
    CU_ASSERT_STRING_EQUAL(config->settings.docker_host, "unix:///file.sock");
    setenv("DOCKER_HOST", "tcp://1.2.3.4:2375", 1);
    CU_ASSERT_EQUAL(load_sets(RUN FAKE, NULL, 0), 0);
    CU_ASSERT_EQUAL(load_sets(RUN "[algorithm:A]\nimage = x\n", NULL, 0), -1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(report);
    CU_ASSERT_PTR_NOT_NULL(strstr(report, "DOCKER_HOST: 'tcp://1.2.3.4:2375' is no local socket: "
                                          "unix:///path/to/docker.sock is right"));
    unsetenv("DOCKER_HOST");
}

/* What is reported behind the path, "" if nothing is. */
static const char *complaints(const char *text)
{
    static char out[4096];
    out[0] = '\0';
    if (load_sets(text, NULL, 0) == 0)
        return out;
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    if (!report)
        return err.text;
    size_t used = 0;
    for (const char *line = report; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        used +=
            (size_t)snprintf(out + used, sizeof out - used, "%s%.*s", used ? "\n" : "",
                             (int)strcspn(line + strlen(path) + 1, "\n"), line + strlen(path) + 1);
    return out;
}

static void bad_values_say_what_is_right(void)
{
    static const struct {
        const char *text, *report;
    } cases[] = {
        {RUN FAKE "[run]\nrepetitons = 2\n",
         "6: unknown key 'repetitons' in [run], did you mean 'repetitions'?"},
        {RUN FAKE "[run]\npull = never\n",
         "6: unknown key 'pull' in [run]: it belongs to [docker]"},
        {RUN FAKE "[resorces]\n", "5: unknown section [resorces], did you mean [resources]?"},
        {RUN FAKE "[algoritm:B]\n", "5: unknown section [algoritm:B], did you mean [algorithm:B]?"},
        {RUN FAKE "[whatever]\n",
         "5: unknown section [whatever]: run, datasets, resources, docker, "
         "remote and algorithm:NAME are known"},
        {RUN FAKE "n_neighbors = 3\n",
         "5: unknown key 'n_neighbors' in [algorithm:A]: a parameter is written "
         "'param.n_neighbors = ...', 'timeeval-mpi help config' lists the keys"},
        {RUN FAKE "[run]\nrepetitions = two\n", "6: [run] repetitions: 'two' is no whole number"},
        {RUN FAKE "[run]\nrepetitions = 0\n",
         "6: [run] repetitions: 0 is out of range: 1 to 1000000 is allowed"},
        {RUN FAKE "[run]\nname = a/b\n", "6: [run] name: name 'a/b' must not contain '/'"},
        {RUN FAKE "[run]\nname = ..\n", "6: [run] name: name must not be '..'"},
        {RUN FAKE "[run]\nprogress = maybe\n",
         "6: [run] progress: 'maybe' is not one of auto, on or off"},
        {RUN FAKE "[docker]\nmount = all\n",
         "6: [docker] mount: 'all' is not one of folder or file"},
        {RUN FAKE "[resources]\ntask_memory_limit = 1 KB\n",
         "6: [resources] task_memory_limit: '1 KB' is out of range: at least 6.0 MiB is needed"},
        {RUN FAKE "[datasets2]\n", "5: unknown section [datasets2], did you mean [datasets]?"},
        {"[datasets]\nroot = d\ninclude = NAB\n" FAKE,
         "3: [datasets] include: 'NAB' is no pattern COLLECTION/DATASET (e.g. NAB/*, */art_?)"},
        {"[datasets]\nroot = d\nmax_contamination = 10\n" FAKE,
         "3: [datasets] max_contamination: 10 is out of range: 0 to 1 is allowed"},
        {RUN FAKE "[docker]\nhost = tcp://h:1\n",
         "6: [docker] host: 'tcp://h:1' is no local socket: unix:///path/to/docker.sock is right"},
        {RUN "[algorithm:A]\nfunction = lib.so\n",
         "4: [algorithm:A] function: 'lib.so' is no function: ./library.so:symbol or "
         "python:module:callable is right\n"
         "3: algorithm 'A' has nothing to run: add one of image, function, command, fake, "
         "catalog and manifest"},
        {RUN "[algorithm:A]\n", "3: algorithm 'A' has nothing to run: add one of image, function, "
                                "command, fake, catalog and manifest"},
        {RUN "[algorithm:A]\nimage = x\ncommand = y\n",
         "3: algorithm 'A' has more than one of image, function, command and fake: keep one"},
        {RUN "[algorithm:A]\nmanifest = m.json\ncatalog = x\n",
         "3: algorithm 'A' has both catalog and manifest: keep one"},
        {RUN "[algorithm:../x]\nfake = ok\n", "3: algorithm name '../x' must not contain '/'"},
        {RUN FAKE "param. = 3\n",
         "5: 'param.' names no parameter: param.window_size = 20 is right"},
        {RUN FAKE "param.x = 3\ngrid.x = [1]\n",
         "6: algorithm 'A' has both param.x and grid.x: keep one (both are right with 'search = "
         "independent')"},
        {RUN FAKE "[algorithm:B]\nname = A\nfake = ok\n",
         "5: two algorithms are named 'A', first in line 3: give one another name"},
        {FAKE, " no datasets: [datasets] needs 'root = FOLDER' or 'custom = FILE'"},
        {RUN, " no algorithm: add a section [algorithm:NAME] for each"},
        {RUN FAKE "[remote]\n", " [remote] needs 'worker_hosts = HOST, HOST, ...'"},
        {RUN FAKE "image =\n", "5: [algorithm:A] image: '' is no image: registry/name:tag or "
                               "name:tag is right"},
        {"[datasets]\ncollection =\nroot = d\n" FAKE,
         "2: [datasets] collection: the value is empty: remove the key or give one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = complaints(cases[i].text);
        bool same = strcmp(got, cases[i].report) == 0;
        if (!same && strstr(cases[i].report, "has nothing to run") && strchr(got, '\n'))
            same = strstr(got, "function: 'lib.so'") != NULL;
        CU_ASSERT(same);
        if (!same)
            te_note("case %zu got: %s", i, got);
    }
    te_note("%zu kinds of bad values", sizeof cases / sizeof cases[0]);
}

static void all_problems_come_in_one_go(void)
{
    const char *got = complaints("[run]\nnam = x\nrepetitions = -1\nwalltime = 5 lightyears\n"
                                 "[run]\n[datasets]\nroot = d\nmirror = maybe\n[algorithm:A]\n");
    int lines = 1;
    for (const char *c = got; *c; c++)
        lines += *c == '\n';
    CU_ASSERT_EQUAL(lines, 6);
    CU_ASSERT_PTR_NOT_NULL(strstr(got, "2: unknown key 'nam' in [run], did you mean 'name'?"));
    CU_ASSERT_PTR_NOT_NULL(strstr(got, "\n5: section [run] is there twice"));
    if (lines != 6)
        te_note("%s", got);
}

static void sets_override(void)
{
    static const char *const sets[] = {"run.name=x",
                                       "run.name = y ",
                                       "docker.pull=never",
                                       "algorithm:A.b.param.k=2",
                                       "algorithm:A.fake=fail",
                                       "algorithm:A.param.new={'a': 1}",
                                       "algorithm:A.b.grid.g=[1]"};
    CU_ASSERT_EQUAL_FATAL(
        load_sets(RUN FAKE "param.z = 1\n[algorithm:A.b]\nfake = ok\nparam.k = 1\nparam.g = 7\n",
                  sets, 7),
        0);
    CU_ASSERT_STRING_EQUAL(config->name, "y");
    CU_ASSERT_EQUAL(config->settings.pull, TE_PULL_NEVER);
    CU_ASSERT_STRING_EQUAL(config->algorithms[0].fake, "fail");
    CU_ASSERT_STRING_EQUAL(config->algorithms[0].params[1].text, "{'a': 1}");
    CU_ASSERT_EQUAL_FATAL(config->algorithms[1].n_params, 2);
    CU_ASSERT_STRING_EQUAL(config->algorithms[1].params[0].text, "2");
    CU_ASSERT(config->algorithms[1].params[1].grid);
}

static void bad_sets_are_named(void)
{
    static const char *const sets[] = {"run.name", "rum.name=x",          "run.nam=x",
                                       "name=x",   "algorithm:B.image=x", "run.repetitions=many"};
    CU_ASSERT_EQUAL(load_sets(RUN FAKE, sets, 6), -1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(report);
    CU_ASSERT_PTR_NOT_NULL(strstr(report, ": --set run.name: no '=': section.key=value is right"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report, ": --set rum.name=x: no section of the configuration"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report, ": --set run.nam=x: unknown key 'nam' in [run], did you "
                                          "mean 'name'?"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report, ": --set name=x: no section"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report, ": --set algorithm:B.image=x: no section"));
    CU_ASSERT_PTR_NOT_NULL(strstr(report, ": --set run.repetitions=many: [run] repetitions: 'many' "
                                          "is no whole number"));
}

static void unreadable_files_are_usage_errors(void)
{
    clear();
    CU_ASSERT_EQUAL(te_config_load("/tmp/no/such.ini", NULL, 0, &config, &report, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "/tmp/no/such.ini"));
    CU_ASSERT_PTR_NULL(report);
    CU_ASSERT_EQUAL(te_config_load("/tmp", NULL, 0, &config, &report, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    te_note("folder: %s", err.text);
}

static void every_allocation_may_fail(void)
{
    write_file(full, strlen(full));
    unsigned long n = 1;
    for (; n < 20000; n++) {
        clear();
        te_mem_fail_at(n);
        int rc = te_config_load(path, NULL, 0, &config, &report, &err);
        te_mem_fail_at(0);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
    }
    CU_ASSERT(n > 100 && n < 20000);
    te_note("%lu allocations failed one by one", n - 1);
}

static void table_is_consistent(void)
{
    for (size_t i = 0; i < te_config_keys_count; i++) {
        const struct te_config_key *key = &te_config_keys[i];
        CU_ASSERT_PTR_EQUAL(te_config_key_find(key->section, key->name), key);
        CU_ASSERT(strlen(key->doc) > 10 && key->doc[strlen(key->doc) - 1] == '.');
        bool worded =
            key->kind == TE_KEY_WORD || key->kind == TE_KEY_FLAG || key->kind == TE_KEY_CHOICE;
        CU_ASSERT_EQUAL(worded, key->words != NULL);
    }
}

static void tidies_up(void)
{
    clear();
    unlink(path);
}

int main(void)
{
    static const struct te_test_entry tests[] = {
        TE_TEST(reads_every_kind_of_value),
        TE_TEST(reads_algorithms),
        TE_TEST(defaults_are_those_of_the_table),
        TE_TEST(docker_host_is_honoured),
        TE_TEST(bad_values_say_what_is_right),
        TE_TEST(all_problems_come_in_one_go),
        TE_TEST(sets_override),
        TE_TEST(bad_sets_are_named),
        TE_TEST(unreadable_files_are_usage_errors),
        TE_TEST(every_allocation_may_fail),
        TE_TEST(table_is_consistent),
        TE_TEST(tidies_up),
    };
    int fd = mkstemp(path);
    if (fd < 0)
        return EXIT_FAILURE;
    close(fd);
    return te_test_run(tests, sizeof tests / sizeof tests[0]);
}
