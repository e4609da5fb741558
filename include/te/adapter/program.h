/* What a check before a run wants to know of functions and programs (adapter/program.c). */
#ifndef TE_ADAPTER_PROGRAM_H
#define TE_ADAPTER_PROGRAM_H

#include "te/base/err.h"

/* The interpreter of Python functions: what the run says, else TIMEEVAL_PYTHON, else the system's.
 */
const char *te_program_python(const char *of_run);
/*
 * Imports a function ("module:callable") as an experiment would, with modules beside `folder`,
 * in a process of its own with no limit but `timeout` seconds. -1: *err says what is in the way.
 */
int te_program_check_python(const char *python, const char *folder, const char *symbol,
                            double timeout, struct te_err *err) TE_MUST_CHECK;
/* First word of a command template without its quotes; freed by the caller. NULL: no memory. */
char *te_program_of_command(const char *command, struct te_err *err) TE_MUST_CHECK;

#endif
