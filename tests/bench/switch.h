/* Takes the hooks of a process away and brings them back, so that one process
 * can be measured with the library and without it in turn. "Off" means that
 * every call site reaches the real function, with no hook between.
 *
 * It writes the slots through which the loaded objects call functions of
 * others (the GOT). The process runs with the library preloaded, and with
 * LD_BIND_NOW=1, so that every slot says where it leads.
 */
#ifndef SWITCH_H
#define SWITCH_H

#include <stdbool.h>

/* Collects the slots of all objects that are loaded by now, and leaves them as
 * they are: on. Returns how many there are, 0 where the library is not there. */
int switch_start(void);

/* No other thread may be in a hook meanwhile. */
void switch_to(bool is_on);

#endif
