/* Attributes that make pandas.read_hdf(file, "frame") work; private to store. */
#ifndef TE_STORE_H5_FRAME_H
#define TE_STORE_H5_FRAME_H

#include "h5_table.h"

/* /frame/table as a hard link to /experiments. *done false: too many columns for what PyTables
 * keeps in attributes; the rest of the file is whole. */
int te_h5_frame_add(hid_t file, hid_t experiments, const struct te_h5_layout *layout, uint64_t rows,
                    bool *done, struct te_err *err) TE_MUST_CHECK;

#endif
