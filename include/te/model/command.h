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

/* The first "{word}" of a template that is none of them, with its length; NULL: none. Words are
 * lower-case letters only, so that programs with braces of their own are left in peace. */
const char *te_command_stranger(const char *template, size_t *len);

#endif
