/* Plug-ins that are loaded with RTLD_DEEPBIND, as PHP loads its extensions:
 * they and the libraries that come with them look among themselves first, and
 * so past our hooks. Clearing the flag would give such a plug-in other symbols
 * than it asked for; so it stays, and only the references that name one of our
 * hooks are led to it afterwards. The pass is made when the program next looks
 * a symbol up, which whoever loads a plug-in does at once.
 *
 * Layer:   13
 * Threads: any that may wait for the loader.
 * Memory:  maps a list of the objects that are loaded, until the pass.
 * Fails:   what cannot be made writable stays as it is, and unseen.
 */
#ifndef SG_DEEPBIND_H
#define SG_DEEPBIND_H

/* Such a library is about to be loaded. */
void sg_deepbind_begin(void);

/* Leads its references, if there is one. */
void sg_deepbind_finish(void);

#endif
