/*
 * A run's configuration, typed and checked (INTERFACE.md section 2 is the contract). text/ini
 * reads, model/config checks against one table {section, key, type, default, check, doc}; what
 * needs other modules (metric specs, parameter values, post-processing) stays text here and is
 * checked by core/plan before anything starts.
 */
#ifndef TE_MODEL_CONFIG_H
#define TE_MODEL_CONFIG_H

#include "te/model/task.h"

struct te_strings {
    char **items;
    size_t count;
    size_t cap;
};

/* A parameter line "param.NAME = TEXT" or "grid.NAME = TEXT". */
struct te_config_param {
    char *name;
    char *text; /* Python literal, JSON, heuristic:..., or plain text */
    bool grid;
    int line;
};

struct te_config_algorithm {
    char *name; /* in the results */
    int line;   /* of the section header */
    enum te_adapter_kind adapter;
    char *image;    /* with tag */
    char *function; /* "path:symbol" (made absolute) or "python:module:callable" */
    char *command;
    char *fake;
    char *catalog;  /* name in the catalog */
    char *manifest; /* path of a manifest.json */
    bool has_training, has_dimension;
    enum te_training training;
    enum te_dimension dimension;
    enum te_multivariate multivariate;
    bool data_as_file;
    bool check_parameters;
    bool independent;               /* search = independent */
    struct te_config_param *params; /* in the order of the file */
    size_t n_params;
    char *postprocess;
    double timeout; /* s, 0: unset; overrides both phases */
    char timeout_text[TE_DURATION_TEXT];
    int64_t memory_limit; /* bytes, 0: unset */
    double cpu_limit;     /* 0: unset */
};

/* The filters of DatasetManager.select, each under its own name; has_*: set. */
struct te_dataset_filter {
    struct te_strings include; /* patterns COLLECTION/DATASET with * and ? */
    struct te_strings exclude;
    char *collection; /* NULL: unset */
    char *dataset;
    char *dataset_type;
    bool has_datetime_index, datetime_index;
    bool has_training, has_train_is_normal, train_is_normal;
    enum te_training training;
    bool has_dimension;
    enum te_dimension dimension;
    bool has_min_anomalies, has_max_anomalies, has_max_contamination;
    int64_t min_anomalies, max_anomalies;
    double max_contamination;
};

enum te_mirror { TE_MIRROR_OFF, TE_MIRROR_VERIFY, TE_MIRROR_SYNC };
enum te_pull { TE_PULL_NEVER, TE_PULL_MISSING, TE_PULL_ALWAYS };
enum te_progress { TE_PROGRESS_AUTO, TE_PROGRESS_ON, TE_PROGRESS_OFF };

/* What every worker must know of a run: sent once (CONFIG), no file needed on the node. */
struct te_run_settings {
    char *run_name;
    char *run_folder; /* absolute, at rank 0; only keep_files writes there from workers */
    char *scratch;    /* folder for work directories on each node */
    char *metrics;    /* comma list of specs */
    char *python;     /* interpreter of functions; "": each node's own choice */
    bool keep_files;
    int64_t max_scores; /* bytes of a score file */
    int64_t max_log;    /* bytes of an execution log */
    int tasks_per_host; /* 0: as many as there are ranks */
    enum te_mirror mirror;
    char *docker_host; /* unix:///..., resolved (DOCKER_HOST honoured) */
    enum te_pull pull;
    char *network;   /* none or bridge */
    bool mount_file; /* mount = file */
    double patience; /* s for which an engine that fails is tried again */
    int64_t pids_limit;
    int64_t shm_size;
    char *group;
    char *cgroup_parent; /* auto, none or a path */
};

/* max_log, or its default where nobody set it. */
size_t te_run_max_log(const struct te_run_settings *settings);

struct te_config_remote {
    bool present;
    char *scheduler_host;
    struct te_strings worker_hosts;
    char *remote_binary;
    char *remote_dir;
    char *log_file_level, *log_console_level, *log_filename;
    struct te_strings mpirun_args, ssh_args;
    char *mpirun_on;       /* driver or scheduler; NULL: choose */
    char *images;          /* check or push */
    char *on_host_failure; /* continue or stop */
};

struct te_config {
    char *path;   /* of the file */
    char *folder; /* its folder, absolute: what other paths are relative to */
    char *text;   /* whole text, kept in the result file */
    /* [run] */
    char *name; /* NULL: start time */
    char *results;
    int64_t repetitions;
    bool skip_invalid_combinations;
    bool force_training_type_match;
    bool force_dimensionality_match;
    bool keep_duplicate_settings;
    char *experiment_combinations; /* path or NULL */
    enum te_progress progress;
    double walltime; /* s, 0: none */
    /* [datasets] */
    struct te_strings roots;
    char *custom; /* path or NULL */
    struct te_dataset_filter filter;
    /* [resources] */
    struct te_limits limits;
    /* shared with workers; name, folder and scratch are filled by the session */
    struct te_run_settings settings;
    struct te_config_remote remote;
    struct te_config_algorithm *algorithms;
    size_t n_algorithms;
};

/*
 * Reads and checks a file; sets: "section.key=value" overrides, the last wins. All errors of the
 * file are reported in one go, each a line "<file>:<line>: ..." in *report (freed by the caller,
 * NULL if there are none) and err has TE_ERR_USAGE with the first.
 */
int te_config_load(const char *path, const char *const *sets, size_t n_sets, struct te_config **out,
                   char **report, struct te_err *err) TE_MUST_CHECK;
/* The greatest memory and CPU limit that any algorithm has; 0: none has one. */
struct te_limits te_config_demand(const struct te_config *config);
void te_config_free(struct te_config *config);

/* Appends a copy of text. */
int te_strings_add(struct te_strings *list, const char *text, struct te_err *err) TE_MUST_CHECK;
void te_strings_release(struct te_strings *list);

#endif
