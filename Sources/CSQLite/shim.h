#include <sqlite3.h>

/* SQLITE_TRANSIENT is a cast, which Swift does not import. */
static inline sqlite3_destructor_type signet_sqlite_transient(void) { return SQLITE_TRANSIENT; }

#include <stdint.h>
#include <sys/vfs.h>

/* The type of the file system that a path lies on (statfs(2)), 0 if it cannot be told. Glibc's Swift module lacks statfs. */
static inline uint32_t signet_file_system_type(const char *path) {
    struct statfs information;
    return statfs(path, &information) == 0 ? (uint32_t)information.f_type : 0;
}
