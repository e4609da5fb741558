#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"
#include "commands.h"
#include "te/app/session.h"
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/core/plan.h"
#include "te/run/runner.h"

enum { ROWS = 500 };

/* A tiny dataset with one odd stretch, with one or three channels, in a folder of its own. */
static int write_series(const char *folder, const char *name, int channels, bool odd,
                        struct te_err *err)
{
    struct te_buf text;
    te_buf_init(&text, TE_MIB);
    te_buf_adds(&text, "timestamp");
    for (int c = 0; c < channels; c++)
        te_buf_addf(&text, ",value-%d", c);
    te_buf_adds(&text, ",is_anomaly\n");
    for (int i = 0; i < ROWS; i++) {
        bool now = odd && i >= 400 && i < 420;
        te_buf_addf(&text, "%d", i);
        for (int c = 0; c < channels; c++)
            te_buf_addf(&text, ",%.6f", sin(i / 8.0 + c) + 0.01 * sin(i * 7.7) + (now ? 2 : 0));
        te_buf_addf(&text, ",%d\n", now);
    }
    te_autofree char *path = te_fs_join(folder, name, err);
    int rc = path && te_buf_check(&text, err) == 0
                 ? te_fs_write_atomic(path, text.data, text.len, err)
                 : -1;
    te_buf_release(&text);
    return rc;
}

static int write_root(const char *folder, struct te_err *err)
{
    static const char *const types[] = {"unsupervised", "semi-supervised", "supervised"};
    struct te_buf index;
    te_buf_init(&index, TE_MIB);
    te_buf_adds(&index, "collection_name,dataset_name,train_path,test_path,dataset_type,"
                        "datetime_index,split_at,train_type,train_is_normal,input_type,length,"
                        "dimensions,contamination,num_anomalies,min_anomaly_length,"
                        "median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,"
                        "period_size\n");
    for (int d = 1; d <= 3; d += 2)
        for (int t = 0; t < 3; t++)
            te_buf_addf(&index,
                        "check,%s-%d,%s,test-%d.csv,synthetic,False,,%s,%s,%s,%d,%d,0.04,1,20,20,"
                        "20,0,0.7,no trend,stationary,50\n",
                        types[t], d,
                        t == 0   ? ""
                        : t == 1 ? (d == 1 ? "train-1.csv" : "train-3.csv")
                                 : (d == 1 ? "test-1.csv" : "test-3.csv"),
                        d, types[t], t == 1 ? "True" : "False",
                        d == 1 ? "univariate" : "multivariate", ROWS, d);
    te_autofree char *path = te_fs_join(folder, "datasets.csv", err);
    int rc = path && te_buf_check(&index, err) == 0
                 ? te_fs_write_atomic(path, index.data, index.len, err)
                 : -1;
    te_buf_release(&index);
    if (rc < 0 || write_series(folder, "test-1.csv", 1, true, err) < 0 ||
        write_series(folder, "train-1.csv", 1, false, err) < 0 ||
        write_series(folder, "test-3.csv", 3, true, err) < 0)
        return -1;
    return write_series(folder, "train-3.csv", 3, false, err);
}

static int run_one(struct te_runner *runner, const struct te_task *task, bool *good,
                   struct te_err *err)
{
    struct te_result r;
    double *scores = NULL;
    bool done = false;
    if (te_runner_start(runner, task, err) < 0)
        return -1;
    while (!done)
        if (te_runner_poll(runner, 1, &done, err) < 0)
            return -1;
    te_runner_take(runner, &r, &scores);
    *good = r.status == TE_STATUS_OK;
    printf("%-8s %s on a %s, %s series of %d points: %s\n", *good ? "ok" : "FAILED",
           task->algorithm, te_training_word(task->dataset_training),
           te_dimension_word(task->dataset_dimension), ROWS,
           *good ? "scores of the right length" : r.error_message);
    if (!*good)
        printf("%s\n", r.log ? r.log : "");
    te_free(scores);
    te_result_release(&r);
    return 0;
}

/* The first experiment of the plan: one parameter setting says whether it works. */
static int check_plan(const struct te_config *config, const struct te_plan *plan, bool *good,
                      struct te_err *err)
{
    struct te_runner *runner = NULL;
    struct te_task task = {0};
    struct te_runner_place place = {"localhost", 0, 0, 1, "check"};
    char label[40];
    snprintf(label, sizeof label, "check-%ld", (long)getpid());
    place.label = label;
    if (te_plan_count(plan) == 0)
        return te_err_set(err, TE_ERR_USAGE, "the algorithm fits no dataset");
    if (te_plan_task(plan, 0, &task, err) < 0)
        return -1;
    task.attempt = 1;
    int rc = te_runner_open(&config->settings, &place, &runner, err);
    if (rc == 0)
        rc = run_one(runner, &task, good, err);
    te_runner_close(runner);
    te_task_release(&task);
    return rc;
}

static int check(struct te_config *config, const char *root, bool *good, struct te_err *err)
{
    struct te_strings roots = {0};
    struct te_datasets datasets = {0};
    struct te_plan *plan = NULL;
    char *report = NULL;
    te_autofree char *catalog = te_session_catalog(err);
    if (!catalog || te_strings_add(&roots, root, err) < 0)
        return -1;
    int rc = te_datasets_open(&roots, NULL, &datasets, NULL, err);
    if (rc == 0 && te_plan_build(config, &datasets, catalog, &plan, &report, err) < 0)
        rc = te_cli_report(config->path, report, err);
    if (rc == 0)
        rc = check_plan(config, plan, good, err);
    te_plan_free(plan);
    te_datasets_release(&datasets);
    te_strings_release(&roots);
    return rc;
}

static int run(const struct te_args *args, struct te_err *err)
{
    struct te_config *config = NULL;
    const char *path = te_args_get(args, "config"), *name = te_args_arg(args, 0);
    bool good = false;
    if (!path)
        return te_err_set(err, TE_ERR_USAGE, "--config CONFIG is needed: it names the algorithm");
    if (te_cli_load_config(args, path, &config, err) < 0)
        return -1;
    size_t n = config->n_algorithms, at = 0;
    while (at < n && strcmp(config->algorithms[at].name, name) != 0)
        at++;
    te_autofree char *root = at < n ? te_fs_mkdtemp("/tmp", "timeeval-check-", err) : NULL;
    int rc = -1;
    if (at == n)
        te_err_set(err, TE_ERR_USAGE, "'%s' has no section [algorithm:%s]", path, name);
    else if (root && write_root(root, err) == 0) {
        /* a plan of this algorithm alone, on our datasets and whatever the file selects */
        struct te_config_algorithm first = config->algorithms[0];
        struct te_config alone = *config;
        config->algorithms[0] = config->algorithms[at];
        config->algorithms[at] = first;
        alone.n_algorithms = 1;
        alone.repetitions = 1;
        alone.skip_invalid_combinations = true;
        alone.experiment_combinations = NULL;
        alone.filter = (struct te_dataset_filter){0};
        rc = check(&alone, root, &good, err);
    }
    struct te_err ignored = TE_ERR_INIT;
    if (root && te_fs_remove_tree(root, &ignored) < 0)
        fprintf(stderr, "timeeval-mpi: %s\n", ignored.text);
    te_config_free(config);
    return rc < 0 ? -1 : good ? TE_EXIT_OK : TE_EXIT_FAILED;
}

static const struct te_option options[] = {
    {"config", "CONFIG", "the configuration with the section [algorithm:NAME]"},
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_algorithms_check = {
    .name = "algorithms check",
    .synopsis = "NAME --config CONFIG",
    .summary = "runs one algorithm on a tiny dataset and says what is wrong with it",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
