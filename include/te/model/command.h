/* What stands for what in a command template: {args}, {dataset}, ... */
#ifndef TE_MODEL_COMMAND_H
#define TE_MODEL_COMMAND_H

#include <stddef.h>

enum te_command_place {
    TE_COMMAND_ARGS,    /* the JSON that an image would get */
    TE_COMMAND_DATASET, /* path of the series */
    TE_COMMAND_RESULTS, /* path of the score file to write */
    TE_COMMAND_MODEL,   /* path of the model to write in training, to read in execution */
    TE_COMMAND_FOLDER,  /* folder of the experiment, for files of its own */
    TE_COMMAND_PHASE,   /* train or execute */
    TE_COMMAND_PARAMS,  /* hyper parameters, JSON */
    TE_COMMAND_PLACES
};

/* "{args}", ... */
extern const char *const te_command_places[TE_COMMAND_PLACES];

/* The same for a program behind an algorithm (postprocess = command: ...). */
enum te_filter_place {
    TE_FILTER_SCORES,  /* path of the algorithm's output; named nowhere: standard input */
    TE_FILTER_OUT,     /* path of the score file to write; named nowhere: standard output */
    TE_FILTER_PARAMS,  /* hyper parameters, JSON */
    TE_FILTER_DATASET, /* path of the test series */
    TE_FILTER_PLACES
};
extern const char *const te_filter_places[TE_FILTER_PLACES];

/* The first "{word}" of a template that is none of these places, with its length; NULL: none. Words
 * are lower-case letters only, so that programs with braces of their own are left in peace. */
const char *te_command_stranger(const char *template, const char *const *places, size_t count,
                                size_t *len);

#endif
