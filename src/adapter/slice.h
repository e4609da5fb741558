/* Slices: the control groups of an engine that leaves them to systemd. */
#ifndef TE_SRC_ADAPTER_SLICE_H
#define TE_SRC_ADAPTER_SLICE_H

#include <stdbool.h>

/* May this user end slices of the system? Else none may be begun, for they would stay. */
bool slices_possible(void);
/* Ends a slice, and with it what is still in it; false: it may still be there. Blocks for some ms,
 * at most for 1 s. */
bool slice_stop(const char *name);

#endif
