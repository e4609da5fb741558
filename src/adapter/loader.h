/* The Python program that runs a user's function in the child process. */
#ifndef TE_ADAPTER_LOADER_H
#define TE_ADAPTER_LOADER_H

/* Arguments: FOLDER-OF-MODULES MODULE:CALLABLE train|execute|check DATA RESULTS PARAMS 0|1. "check"
 * only imports. What it tells: adapter/child.h. */
extern const char te_loader[];

/* The interpreter: what the run says, else TIMEEVAL_PYTHON, else the system's. */
const char *te_loader_python(const char *of_run);

#endif
