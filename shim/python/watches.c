#include "watches.h"
#include "api.h"
#include "sys.h"

#define FIRST_BUCKETS 1024U
#define TP_DEALLOC 52 /* of CPython's typeslots.h */
#define TP_FINALIZE 80

void (*sg_python_watch_ends)(struct sg_python_watch *watch, void *object);

static struct sg_python_watch **buckets;
static size_t n_buckets; /* a power of two */
static size_t n_watches;

static struct sg_python_watch **bucket_of(const void *object)
{
    return &buckets[((uintptr_t)object * UINT64_C(0x9E3779B97F4A7C15) >> 24) % n_buckets];
}

static void put(struct sg_python_watch *watch)
{
    struct sg_python_watch **bucket = bucket_of(watch->object);
    watch->next = *bucket;
    *bucket = watch;
}

/* So that there are few in a bucket. */
static void grow(void)
{
    struct sg_python_watch **old = buckets;
    size_t n_old = n_buckets;
    size_t n_fresh = old ? n_old * 2 : FIRST_BUCKETS;
    struct sg_python_watch **fresh = sg_sys_map(n_fresh * sizeof(struct sg_python_watch *));
    if (!fresh)
        return;
    buckets = fresh;
    n_buckets = n_fresh;
    for (size_t i = 0; old && i < n_old; i++)
        for (struct sg_python_watch *watch = old[i], *next; watch; watch = next) {
            next = watch->next;
            put(watch);
        }
    if (old)
        sg_sys_unmap(old, n_old * sizeof(struct sg_python_watch *));
}

struct sg_python_watch *sg_python_watch_of(void *object)
{
    struct sg_python_watch *watch = buckets ? *bucket_of(object) : NULL;
    while (watch && watch->object != object)
        watch = watch->next;
    return watch;
}

void *sg_python_watch_object(const struct sg_python_watch *watch)
{
    return sg_python_referent(watch->reference);
}

void sg_python_watch_end(struct sg_python_watch *watch)
{
    struct sg_python_watch **at = bucket_of(watch->object);
    while (*at && *at != watch)
        at = &(*at)->next;
    if (*at)
        *at = watch->next;
    n_watches--;
    sg_py.Py_DecRef(watch->reference);
    sg_py.Py_DecRef(watch->loop);
    sg_py.PyMem_Free(watch);
}

void sg_python_watch_each(void (*each)(void *context, struct sg_python_watch *watch), void *context)
{
    for (size_t i = 0; i < n_buckets; i++)
        for (struct sg_python_watch *watch = buckets[i], *next; watch; watch = next) {
            next = watch->next;
            each(context, watch);
        }
}

/* ---- the end of an object ---- */

static void (*finalize_of_classes)(void *); /* what all classes have that define __del__ */

static void end(void *object, void (*own)(void *))
{
    struct sg_python_watch *watch = sg_python_watch_of(object);
    if (watch)
        sg_python_watch_ends(watch, object);
    if (own)
        own(object);
    if (watch)
        sg_python_watch_ends(NULL, object);
}

static void finalize_plain(void *object) { end(object, NULL); }
static void finalize_with_del(void *object) { end(object, finalize_of_classes); }

/* Python's own classes: each has its slot, which the program may set again by defining
 * __del__, so this is done for each object. */
static void patch_class(struct sg_python_type *type)
{
    if (type->finalize == finalize_plain || type->finalize == finalize_with_del ||
        (void *)type->finalize != sg_py.PyType_GetSlot(type, TP_FINALIZE)) {
        sg_py.PyErr_Clear();
        return;
    }
    if (!type->finalize) {
        type->finalize = finalize_plain;
        return;
    }
    if (!finalize_of_classes)
        finalize_of_classes = type->finalize;
    if (type->finalize == finalize_of_classes)
        type->finalize = finalize_with_del;
}

/* A type of C's, of which there is one: nothing but its function to give memory back
 * sees all objects, also those of classes that are made of it. */
static struct sg_python_type *c_type;
static void (*c_dealloc)(void *);

static void deallocate(void *object)
{
    struct sg_python_object *head = object;
    if (sg_python_watch_of(object)) {
        intptr_t references = head->references;
        head->references = 1; /* it is looked at as if it still lived, which it does */
        end(object, NULL);
        head->references = references;
    }
    c_dealloc(object);
}

static void patch_c_type(struct sg_python_type *type)
{
    if (c_type || (void *)type->dealloc != sg_py.PyType_GetSlot(type, TP_DEALLOC)) {
        sg_py.PyErr_Clear();
        return;
    }
    c_type = type;
    c_dealloc = type->dealloc;
    type->dealloc = deallocate;
}

/* ---- watching ---- */

struct sg_python_watch *sg_python_watch_start(void *object, const struct sg_python_class *class,
                                              uint32_t serial)
{
    if (n_watches >= n_buckets)
        grow();
    struct sg_python_watch *watch = buckets ? sg_py.PyMem_Malloc(sizeof *watch) : NULL;
    if (!watch)
        return NULL;
    *watch = (struct sg_python_watch){.class = class, .object = object, .serial = serial};
    watch->reference = sg_py.PyWeakref_NewRef(object, NULL);
    if (!watch->reference) {
        sg_py.PyErr_Clear();
        sg_py.PyMem_Free(watch);
        return NULL;
    }
    struct sg_python_type *type = sg_python_type_of(object);
    if (type->flags & SG_PYTHON_HEAP_TYPE)
        patch_class(type);
    else
        patch_c_type(type);
    put(watch);
    n_watches++;
    return watch;
}
