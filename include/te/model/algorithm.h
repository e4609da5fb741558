/*
 * Algorithms by name: the catalog (jobs/catalog.json) and manifest.json files of a
 * TimeEval-algorithms checkout.
 */
#ifndef TE_MODEL_ALGORITHM_H
#define TE_MODEL_ALGORITHM_H

#include "te/model/config.h"
#include "te/model/schema.h"
#include "te/model/types.h"

struct te_algorithm {
    char *key;   /* "subsequence_lof" */
    char *name;  /* "Subsequence LOF" */
    char *image; /* with tag */
    enum te_training training;
    enum te_dimension dimension;
    char *postprocess; /* spec (model/post.h); NULL: none */
    char *description; /* "" : unknown */
    char *language;    /* "" : unknown */
    char *model;       /* on execution: "required", "optional", "none"; "" : unknown */
    struct te_schema schema;
};

void te_algorithm_release(struct te_algorithm *algorithm);

struct te_catalog;

/* TE_ERR_USAGE names file and place of what is wrong. */
int te_catalog_open(const char *path, struct te_catalog **out, struct te_err *err) TE_MUST_CHECK;
void te_catalog_free(struct te_catalog *catalog);
size_t te_catalog_count(const struct te_catalog *catalog);
const struct te_algorithm *te_catalog_at(const struct te_catalog *catalog, size_t i);
/* By key, else by name; NULL with TE_ERR_USAGE and a suggestion. */
const struct te_algorithm *te_catalog_find(const struct te_catalog *catalog, const char *key,
                                           struct te_err *err) TE_MUST_CHECK;
/* The one whose image is this, whatever the tag; NULL if there is none. */
const struct te_algorithm *te_catalog_of_image(const struct te_catalog *catalog, const char *image);

/*
 * The catalog's path: option, else the environment's value, else
 * <folder of the program>/../share/timeeval-mpi/catalog.json, else ../../jobs/catalog.json from
 * there (a build folder). Empty and NULL arguments are skipped; the first two are taken even if
 * they do not exist. Freed by the caller; NULL with TE_ERR_NOENT.
 */
char *te_catalog_locate(const char *option, const char *environment, const char *program_folder,
                        struct te_err *err) TE_MUST_CHECK;

/*
 * Reads and checks a manifest. All its problems go to *problems (may be NULL), the first one to
 * err (TE_ERR_USAGE). The image is ghcr.io/timeeval/<folder>:<version>; manifests know no
 * post-processing.
 */
int te_manifest_read(const char *path, struct te_algorithm *out, struct te_strings *problems,
                     struct te_err *err) TE_MUST_CHECK;

#endif
