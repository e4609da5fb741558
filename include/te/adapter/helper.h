/*
 * Modes of the program that are not for users: children that it starts of itself. main() asks
 * te_helper_wanted first, before MPI or anything else.
 */
#ifndef TE_ADAPTER_HELPER_H
#define TE_ADAPTER_HELPER_H

#include <stdbool.h>

/* Is argv[1] the name of such a mode? */
bool te_helper_wanted(int argc, char *const *argv);
/* Runs it; returns the exit status. */
int te_helper_main(int argc, char **argv);

enum {
    TE_HELPER_FAIL_FD = 3, /* where "__child" says what went wrong before the program started */
    TE_HELPER_EXIT = 125   /* its exit code then */
};

#endif
