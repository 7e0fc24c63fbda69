/* Calls something from as deep, and by as many different paths, as wanted. */
#ifndef PATHS_H
#define PATHS_H

typedef void work_function(void *context);

/* Calls `work` through so many more frames (1 at least). */
void call_from_depth(unsigned more, work_function *work, void *context);

/* Calls it by path number `path`: through functions of one to four levels, of
 * ten functions each, so that there are ten paths to the power of that. At most
 * so many more frames (0 will do) are above those. */
void call_by_path(unsigned path, unsigned levels, unsigned more, work_function *work, void *context);

/* How many frames the caller's stack has, its own included. */
unsigned count_frames(void);

#endif
