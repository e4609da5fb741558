#include "te/model/config_keys.h"

#include <math.h>
#include <string.h>
#include "te/model/config.h"

static const char *const progress_words[] = {"auto", "on", "off", NULL};
static const char *const mirror_words[] = {"off", "verify", "sync", NULL};
static const char *const pull_words[] = {"never", "missing", "always", NULL};
static const char *const network_words[] = {"none", "bridge", NULL};
static const char *const mount_words[] = {"folder", "file", NULL};
static const char *const search_words[] = {"full", "independent", NULL};
static const char *const training_words[] = {"unsupervised", "semi-supervised", "supervised", NULL};
static const char *const dimension_words[] = {"univariate", "multivariate", NULL};
static const char *const multivariate_words[] = {"none", "mean",       "median",
                                                 "max",  "sum_before", NULL};
static const char *const on_words[] = {"driver", "scheduler", NULL};
static const char *const images_words[] = {"check", "push", NULL};
static const char *const failure_words[] = {"continue", "stop", NULL};
static const char *const level_words[] = {"debug", "info", "notice", "warning", "error", NULL};

const struct te_config_section te_config_sections[] = {
    {"run", "run", "The run as a whole. Its folder is <results>/<name>/."},
    {"datasets", "datasets", "Which datasets; the filters are those of DatasetManager.select."},
    {"resources", "resources", "Limits of every experiment; an algorithm may have its own."},
    {"docker", "docker", "The container engine and what containers may do."},
    {"remote", "remote", "For the launch command: the hosts of an ad-hoc cluster."},
    {"algorithm:NAME", "algorithm",
     "One section per algorithm; NAME (at most 39 bytes) is its name in the results."},
};
const size_t te_config_sections_count = sizeof te_config_sections / sizeof te_config_sections[0];

#define AT(field)  offsetof(struct te_config, field)
#define ALG(field) offsetof(struct te_config_algorithm, field)
#define YEAR       (366.0 * 86400)
#define HUGE_SIZE  9e18

/* clang-format off */
const struct te_config_key te_config_keys[] = {
    {"run", "name", "NAME", NULL, "Name of the run and of its folder; default: the start time as YYYY_MM_DD_HH_MM_SS.",
     TE_KEY_NAME, AT(name), 0, 0, 0, 0, NULL},
    {"run", "results", "FOLDER", "results", "Where run folders go, relative to the working directory.",
     TE_KEY_OUTPUT, AT(results), 0, 0, 0, 0, NULL},
    {"run", "repetitions", "N", "1", "How often every experiment is done.",
     TE_KEY_INT, AT(repetitions), 0, 0, 1, 1e6, NULL},
    {"run", "metrics", "LIST", "ROC_AUC", "Metrics, as TimeEval's constants (ROC_AUC, PR_AUC) or constructors with their options ('timeeval-mpi help metrics' lists all); empty: none.",
     TE_KEY_TEXT, AT(settings.metrics), 0, 0, 0, 0, NULL},
    {"run", "skip_invalid_combinations", "BOOL", "true", "Leaves out datasets that do not suit an algorithm, instead of recording an error for each.",
     TE_KEY_BOOL, AT(skip_invalid_combinations), 0, 0, 0, 0, NULL},
    {"run", "force_training_type_match", "BOOL", "false", "Only datasets whose training type is the algorithm's.",
     TE_KEY_BOOL, AT(force_training_type_match), 0, 0, 0, 0, NULL},
    {"run", "force_dimensionality_match", "BOOL", "false", "Only datasets whose dimensionality is the algorithm's.",
     TE_KEY_BOOL, AT(force_dimensionality_match), 0, 0, 0, 0, NULL},
    {"run", "keep_duplicate_settings", "BOOL", "false", "Runs a setting as often as the search lists it, as TimeEval does; else once, with a notice.",
     TE_KEY_BOOL, AT(keep_duplicate_settings), 0, 0, 0, 0, NULL},
    {"run", "experiment_combinations", "FILE", NULL, "CSV with the columns algorithm, collection, dataset, hyper_params_id: only these experiments.",
     TE_KEY_PATH, AT(experiment_combinations), 0, 0, 0, 0, NULL},
    {"run", "progress", "WORD", "auto", "Progress on standard error; auto: a bar on a terminal, now and then a line elsewhere.",
     TE_KEY_WORD, AT(progress), 0, 0, 0, 0, progress_words},
    {"run", "keep_files", "BOOL", "false", "Keeps every experiment's result folder as TimeEval lays it out, too; on several hosts below a results folder that they share, or where launch collects.",
     TE_KEY_BOOL, AT(settings.keep_files), 0, 0, 0, 0, NULL},
    {"run", "python", "PROGRAM", "", "Interpreter of Python functions on every node, with its path (of a virtual environment, say) or as a name of PATH; empty: TIMEEVAL_PYTHON, else /usr/bin/python3.",
     TE_KEY_TEXT, AT(settings.python), 0, 0, 0, 0, NULL},
    {"run", "walltime", "DURATION", NULL, "Stops in order before this much time has passed; default: the batch job's end, if there is one.",
     TE_KEY_DURATION, AT(walltime), 0, 0, 1, YEAR, NULL},
    {"run", "max_scores", "SIZE", "2 GB", "Largest score file that an algorithm may hand back.",
     TE_KEY_SIZE, AT(settings.max_scores), 0, 0, 1, HUGE_SIZE, NULL},
    {"run", "max_log", "SIZE", "10 MB", "Most bytes of an execution log that are kept, head and tail.",
     TE_KEY_SIZE, AT(settings.max_log), 0, 0, 1024, 1073741824.0, NULL},
    {"run", "scratch", "FOLDER", NULL, "Folder for work files on every node; default: TMPDIR there, or /tmp.",
     TE_KEY_PATH, AT(settings.scratch), 0, 0, 0, 0, NULL},

    {"datasets", "root", "LIST", NULL, "Dataset folders with a datasets.csv each, as MultiDatasetManager takes them.",
     TE_KEY_PATHS, AT(roots), 0, 0, 0, 0, NULL},
    {"datasets", "custom", "FILE", NULL, "JSON file of custom datasets.",
     TE_KEY_PATH, AT(custom), 0, 0, 0, 0, NULL},
    {"datasets", "include", "LIST", NULL, "Patterns COLLECTION/DATASET with * and ?; default: all.",
     TE_KEY_PATTERNS, AT(filter.include), 0, 0, 0, 0, NULL},
    {"datasets", "exclude", "LIST", NULL, "Patterns of datasets to leave out.",
     TE_KEY_PATTERNS, AT(filter.exclude), 0, 0, 0, 0, NULL},
    {"datasets", "collection", "NAME", NULL, "Only this collection.",
     TE_KEY_TEXT, AT(filter.collection), 0, 0, 1, 0, NULL},
    {"datasets", "dataset", "NAME", NULL, "Only datasets of this name.",
     TE_KEY_TEXT, AT(filter.dataset), 0, 0, 1, 0, NULL},
    {"datasets", "dataset_type", "WORD", NULL, "Only datasets with this dataset_type in the index (real, synthetic).",
     TE_KEY_TEXT, AT(filter.dataset_type), 0, 0, 1, 0, NULL},
    {"datasets", "datetime_index", "BOOL", NULL, "Only datasets whose index is (true) or is not (false) date and time.",
     TE_KEY_BOOL, AT(filter.datetime_index), AT(filter.has_datetime_index), 0, 0, 0, NULL},
    {"datasets", "training_type", "WORD", NULL, "Only datasets for this kind of training.",
     TE_KEY_WORD, AT(filter.training), AT(filter.has_training), 0, 0, 0, training_words},
    {"datasets", "train_is_normal", "BOOL", NULL, "Only datasets whose training part is (true) or is not (false) free of anomalies.",
     TE_KEY_BOOL, AT(filter.train_is_normal), AT(filter.has_train_is_normal), 0, 0, 0, NULL},
    {"datasets", "input_dimensionality", "WORD", NULL, "Only datasets of this dimensionality.",
     TE_KEY_WORD, AT(filter.dimension), AT(filter.has_dimension), 0, 0, 0, dimension_words},
    {"datasets", "min_anomalies", "N", NULL, "Only datasets with at least so many anomalies.",
     TE_KEY_INT, AT(filter.min_anomalies), AT(filter.has_min_anomalies), 0, 0, 1e15, NULL},
    {"datasets", "max_anomalies", "N", NULL, "Only datasets with at most so many anomalies.",
     TE_KEY_INT, AT(filter.max_anomalies), AT(filter.has_max_anomalies), 0, 0, 1e15, NULL},
    {"datasets", "max_contamination", "SHARE", NULL, "Only datasets with at most this share of anomalous points.",
     TE_KEY_REAL, AT(filter.max_contamination), AT(filter.has_max_contamination), 0, 0, 1, NULL},
    {"datasets", "mirror", "WORD", "verify", "Every node's copy: off: trusted, verify: checksums compared, sync: compared, and what lacks or "
     "differs is copied from rank 0 (below the dataset folders alone) while experiments run.",
     TE_KEY_WORD, AT(settings.mirror), 0, 0, 0, 0, mirror_words},

    {"resources", "tasks_per_host", "N", NULL, "At most so many workers per host; default: as many as there are. Default limits are divided by the workers of a host.",
     TE_KEY_COUNT, AT(settings.tasks_per_host), 0, 0, 1, 100000, NULL},
    {"resources", "task_memory_limit", "SIZE", NULL, "Memory of an experiment; default: (memory of the host - 1 GB) / workers of the host.",
     TE_KEY_SIZE, AT(limits.memory), 0, 0, 6291456.0, HUGE_SIZE, NULL},
    {"resources", "task_cpu_limit", "CPUS", NULL, "CPUs of an experiment, fractions allowed; default: CPUs of the host / workers of the host.",
     TE_KEY_REAL, AT(limits.cpus), 0, 0, 0.01, 1e6, NULL},
    {"resources", "train_timeout", "DURATION", "8 hours", "Longest training.",
     TE_KEY_DURATION, AT(limits.train_timeout), 0, AT(limits.train_timeout_text), 0.001, YEAR, NULL},
    {"resources", "execute_timeout", "DURATION", "8 hours", "Longest execution.",
     TE_KEY_DURATION, AT(limits.execute_timeout), 0, AT(limits.execute_timeout_text), 0.001, YEAR, NULL},
    {"resources", "use_preliminary_model_on_train_timeout", "BOOL", "true", "A model that is there when training is cut is used.",
     TE_KEY_BOOL, AT(limits.preliminary_model), 0, 0, 0, 0, NULL},
    {"resources", "use_preliminary_scores_on_execute_timeout", "BOOL", "true", "Scores that are there when execution is cut are used.",
     TE_KEY_BOOL, AT(limits.preliminary_scores), 0, 0, 0, 0, NULL},

    {"docker", "host", "SOCKET", "unix:///var/run/docker.sock", "The engine's socket; without this key DOCKER_HOST is honoured.",
     TE_KEY_SOCKET, AT(settings.docker_host), 0, 0, 0, 0, NULL},
    {"docker", "pull", "WORD", "missing", "When images are pulled: never (TimeEval's skip_pull), missing ones, always.",
     TE_KEY_WORD, AT(settings.pull), 0, 0, 0, 0, pull_words},
    {"docker", "network", "WORD", "none", "Network of the containers.",
     TE_KEY_CHOICE, AT(settings.network), 0, 0, 0, 0, network_words},
    {"docker", "mount", "WORD", "folder", "What of a dataset a container sees: its folder, as with TimeEval, or its file alone.",
     TE_KEY_FLAG, AT(settings.mount_file), 0, 0, 0, 0, mount_words},
    {"docker", "patience", "DURATION", "30 seconds", "How long an engine that fails is tried again, before an experiment counts as failed by infrastructure.",
     TE_KEY_DURATION, AT(settings.patience), 0, 0, 0.001, 3600, NULL},
    {"docker", "pids_limit", "N", "4096", "Most processes and threads of a container.",
     TE_KEY_INT, AT(settings.pids_limit), 0, 0, 16, 4194304, NULL},
    {"docker", "shm_size", "SIZE", "1 GB", "Size of /dev/shm in a container.",
     TE_KEY_SIZE, AT(settings.shm_size), 0, 0, 65536, HUGE_SIZE, NULL},
    {"docker", "group", "GROUP", "", "Group whose gid becomes LOCAL_GID (TimeEval's group_privileges); empty: the number of the user.",
     TE_KEY_TEXT, AT(settings.group), 0, 0, 0, 0, NULL},
    {"docker", "cgroup_parent", "auto|none|CGROUP", "auto",
     "Parent cgroup of the containers; auto: the batch job's, if there is one; none: the engine's own.",
     TE_KEY_TEXT, AT(settings.cgroup_parent), 0, 0, 0, 0, NULL},

    {"remote", "scheduler_host", "HOST", NULL, "Host of rank 0; default: the first worker host.",
     TE_KEY_TEXT, AT(remote.scheduler_host), 0, 0, 1, 0, NULL},
    {"remote", "worker_hosts", "LIST", NULL, "Hosts that work; the scheduler host may be one of them.",
     TE_KEY_LIST, AT(remote.worker_hosts), 0, 0, 0, 0, NULL},
    {"remote", "remote_binary", "PATH", NULL, "timeeval-mpi on the hosts; default: the path here.",
     TE_KEY_TEXT, AT(remote.remote_binary), 0, 0, 1, 0, NULL},
    {"remote", "remote_dir", "FOLDER", NULL, "Where the configuration and its files go on the hosts; default: ~/.cache/timeeval-mpi/<run>.",
     TE_KEY_TEXT, AT(remote.remote_dir), 0, 0, 1, 0, NULL},
    {"remote", "log_file_level", "WORD", "info", "Least level of a host's log file.",
     TE_KEY_CHOICE, AT(remote.log_file_level), 0, 0, 0, 0, level_words},
    {"remote", "log_console_level", "WORD", "notice", "Least level of messages on the terminal.",
     TE_KEY_CHOICE, AT(remote.log_console_level), 0, 0, 0, 0, level_words},
    {"remote", "log_filename", "NAME", "run.log", "Name of the hosts' log files.",
     TE_KEY_NAME, AT(remote.log_filename), 0, 0, 0, 0, NULL},
    {"remote", "mpirun_args", "ARGS", NULL, "Further arguments of mpirun, separated by blanks.",
     TE_KEY_ARGS, AT(remote.mpirun_args), 0, 0, 0, 0, NULL},
    {"remote", "ssh_args", "ARGS", NULL, "Further arguments of ssh, separated by blanks.",
     TE_KEY_ARGS, AT(remote.ssh_args), 0, 0, 0, 0, NULL},
    {"remote", "mpirun_on", "WORD", NULL, "Where mpirun runs; default: driver, if it has Open MPI and reaches the hosts.",
     TE_KEY_CHOICE, AT(remote.mpirun_on), 0, 0, 0, 0, on_words},
    {"remote", "images", "WORD", "check", "check: every host must have the images; push: stream what a host lacks.",
     TE_KEY_CHOICE, AT(remote.images), 0, 0, 0, 0, images_words},
    {"remote", "on_host_failure", "WORD", "continue", "Go on with the hosts that work, or stop.",
     TE_KEY_CHOICE, AT(remote.on_host_failure), 0, 0, 0, 0, failure_words},

    {"algorithm", "name", "NAME", NULL, "Name in the results, where it is too long for a section name.",
     TE_KEY_NAME, ALG(name), 0, 0, 0, 0, NULL},
    {"algorithm", "image", "IMAGE", NULL, "Docker image with tag (latest if it has none).",
     TE_KEY_IMAGE, ALG(image), 0, 0, 0, 0, NULL},
    {"algorithm", "function", "FUNCTION", NULL, "path.so:symbol (see timeeval/plugin.h) or python:module:callable; modules are looked for beside the configuration, [run] python names the interpreter.",
     TE_KEY_FUNCTION, ALG(function), 0, 0, 0, 0, NULL},
    {"algorithm", "command", "COMMAND", NULL, "Any program, of PATH or relative to the working directory. {args} (the JSON that an image would get), {dataset}, {results} (the score file to write), {model}, {folder}, {phase}, {params} are replaced. No shell.",
     TE_KEY_TEXT, ALG(command), 0, 0, 1, 0, NULL},
    {"algorithm", "fake", "SCRIPT", NULL, "Scripted outcome, for dry runs and tests.",
     TE_KEY_TEXT, ALG(fake), 0, 0, 1, 0, NULL},
    {"algorithm", "catalog", "NAME", NULL, "Image, types, post-processing and parameters from the catalog; other keys override.",
     TE_KEY_TEXT, ALG(catalog), 0, 0, 1, 0, NULL},
    {"algorithm", "manifest", "FILE", NULL, "Image, types and parameters from a manifest.json of TimeEval-algorithms; other keys override.",
     TE_KEY_PATH, ALG(manifest), 0, 0, 0, 0, NULL},
    {"algorithm", "training_type", "WORD", NULL, "Default: of the catalog or manifest, else unsupervised.",
     TE_KEY_WORD, ALG(training), ALG(has_training), 0, 0, 0, training_words},
    {"algorithm", "input_dimensionality", "WORD", NULL, "Default: multivariate with the key multivariate, else of the catalog or manifest, else univariate.",
     TE_KEY_WORD, ALG(dimension), ALG(has_dimension), 0, 0, 0, dimension_words},
    {"algorithm", "multivariate", "WORD", "none", "TimeEval's MultivarAdapter: every channel alone, scores joined thus.",
     TE_KEY_WORD, ALG(multivariate), 0, 0, 0, 0, multivariate_words},
    {"algorithm", "data_as_file", "BOOL", "false", "Python functions get a pathlib.Path instead of an array.",
     TE_KEY_BOOL, ALG(data_as_file), 0, 0, 0, 0, NULL},
    {"algorithm", "check_parameters", "BOOL", "true", "Parameters are checked against those of the catalog or manifest.",
     TE_KEY_BOOL, ALG(check_parameters), 0, 0, 0, 0, NULL},
    {"algorithm", "search", "WORD", "full", "grid.* keys: full: every combination; independent: one parameter at a time.",
     TE_KEY_FLAG, ALG(independent), 0, 0, 0, 0, search_words},
    {"algorithm", "postprocess", "SPEC", NULL, "Post-processing of the scores, e.g. reverse_windowing(window_size=window_size) ('timeeval-mpi help "
     "postprocess' lists all), or a program of one's own: 'command: PROGRAM ARGUMENT...'. It gets the algorithm's "
     "output, a row a line and columns separated by commas, on standard input (or as file {scores}) and prints one score "
     "a line (or writes them to file {out}); {params} stands for the parameters as JSON, {dataset} for the test series. "
     "It runs without a shell and under the experiment's limits; if it fails, the experiment does.",
     TE_KEY_TEXT, ALG(postprocess), 0, 0, 1, 0, NULL},
    {"algorithm", "timeout", "DURATION", NULL, "Longest training and longest execution of this algorithm.",
     TE_KEY_DURATION, ALG(timeout), 0, ALG(timeout_text), 0.001, YEAR, NULL},
    {"algorithm", "memory_limit", "SIZE", NULL, "Memory of this algorithm's experiments.",
     TE_KEY_SIZE, ALG(memory_limit), 0, 0, 6291456.0, HUGE_SIZE, NULL},
    {"algorithm", "cpu_limit", "CPUS", NULL, "CPUs of this algorithm's experiments.",
     TE_KEY_REAL, ALG(cpu_limit), 0, 0, 0.01, 1e6, NULL},
};
/* clang-format on */
const size_t te_config_keys_count = sizeof te_config_keys / sizeof te_config_keys[0];

const struct te_config_key *te_config_key_find(const char *section, const char *name)
{
    for (size_t i = 0; i < te_config_keys_count; i++)
        if (strcmp(te_config_keys[i].section, section) == 0 &&
            strcmp(te_config_keys[i].name, name) == 0)
            return &te_config_keys[i];
    return NULL;
}
