/*
 * How the child process of a function hands its scores over, and what else it tells.
 *
 * Scores: a file TE_FILE_BINARY in the results folder with a header of 32 bytes, little endian,
 *   0  "TESCORES"   8  uint32 version 1   12  uint32 flags (1: whole numbers)
 *   16 uint64 rows  24 uint64 columns
 * and rows * columns float64 behind it, row by row. It is written beside and renamed.
 *
 * On descriptor TE_HELPER_FAIL_FD: with exit code TE_HELPER_EXIT why the function could not be
 * called; else lines
 *   time SECONDS     what the call took, without start of the interpreter and reading of data
 *   memory           the exception is one of lacking memory
 *   raised TEXT      Python's repr of the exception
 */
#ifndef TE_ADAPTER_CHILD_H
#define TE_ADAPTER_CHILD_H

#define TE_CHILD_MAGIC   "TESCORES"
#define TE_CHILD_HEADER  32
#define TE_CHILD_VERSION 1
#define TE_CHILD_INTEGER 1u

#define TE_CHILD_TIME   "time "
#define TE_CHILD_MEMORY "memory"
#define TE_CHILD_RAISED "raised "

#endif
