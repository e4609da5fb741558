/* What the commands "datasets ..." share. */
#ifndef TE_CLI_DATASETS_H
#define TE_CLI_DATASETS_H

#include "te/base/buf.h"
#include "te/cli/command.h"
#include "te/model/dataset.h"

/* Where datasets come from: --config or --root (repeatable), --custom. */
#define TE_CLI_OPTIONS_SOURCE                                                                      \
    {"config", "CONFIG", "takes folders, custom file and filters from a configuration"},           \
        {"root", "DIR", "a dataset folder; may be repeated"},                                      \
    {                                                                                              \
        "custom", "FILE", "a JSON file of custom datasets"                                         \
    }
#define TE_CLI_OPTIONS_FORMAT                                                                      \
    {"json", NULL, "prints one JSON value"},                                                       \
    {                                                                                              \
        "csv", NULL, "prints the rows of the index"                                                \
    }

struct te_cli_datasets {
    struct te_datasets all;
    struct te_strings roots;         /* the folders, by the number in a dataset */
    struct te_config *config;        /* NULL without --config */
    struct te_dataset_filter filter; /* of the configuration, borrowed */
};

/* The user's cache folder of this program; NULL with err if there is no memory, "" if there is
 * none. */
char *te_cli_cache_folder(struct te_err *err) TE_MUST_CHECK;
/* Opens them; notices go to standard error. Without a source it is an error of usage. */
int te_cli_datasets_open(const struct te_args *args, struct te_cli_datasets *out,
                         struct te_err *err) TE_MUST_CHECK;
void te_cli_datasets_close(struct te_cli_datasets *datasets);
/* The one that is named COLLECTION/DATASET; an error of usage with a suggestion. */
const struct te_dataset *te_cli_datasets_find(const struct te_datasets *all, const char *name,
                                              struct te_err *err) TE_MUST_CHECK;
/* Splits COLLECTION/DATASET; both are freed by the caller (one block: *collection). */
int te_cli_split_id(const char *id, char **collection, char **name,
                    struct te_err *err) TE_MUST_CHECK;
/* Exactly one --root; an error of usage else. */
const char *te_cli_one_root(const struct te_args *args, struct te_err *err) TE_MUST_CHECK;
/* Prints datasets as a table, CSV or JSON, by --csv and --json. indices NULL: the first count. */
int te_cli_datasets_print(const struct te_args *args, const struct te_datasets *all,
                          const uint32_t *indices, size_t count, struct te_err *err) TE_MUST_CHECK;

#endif
