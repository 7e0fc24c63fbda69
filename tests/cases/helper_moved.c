// Proves that the helper is the very file that was there at the start or none: not what its path names after a
// chroot, in a mount namespace, behind a rename, or once it was written over.
// SETUP: gcc -w -static -DOUT='"@DIR@"' -o evil @SRC@/lib/other_helper.c; mkdir -p jail@DIR@ jail/old; gcc -w -static -DOUT='""' -o jail@DIR@/helper @SRC@/lib/other_helper.c
// RUN: for way in chroot pivot mount rename write gone; do cp evil helper.$way; cp jail@DIR@/helper jail@DIR@/helper.$way; rm -f ran; WATCH SESSGUARD_OPTIONS=helper=@DIR@/helper.$way @PROG@ same helper.$way 2>/dev/null; rm -f ran; WATCH SESSGUARD_OPTIONS=exitcode=23:helper=@DIR@/helper.$way @PROG@ $way helper.$way >$way; echo $? >>$way; done
// CHECK: ! test -e ran && ! test -e jail/ran && ! test -e jail@DIR@/ran
// CHECK: for way in chroot pivot mount rename write gone; do test "$(tail -n 1 $way)" = 23; done
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked .* could not be started$' "$REPORT")" = 1
// CHECK: test "$(grep -c '^SUMMARY: sessguard: 1 session leaked .* is not the file that it was at the start$' "$REPORT")" = 5
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Only the administrator may; of a name space of one's own everybody is. */
static int get_mounts(void)
{
    return (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) ||
           mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0;
}
static int is_failure(const char *way, const char *helper)
{
    if (strcmp(way, "chroot") == 0)
        return chroot("jail") != 0 && (unshare(CLONE_NEWUSER) != 0 || chroot("jail") != 0);
    if (strcmp(way, "pivot") == 0)
        return get_mounts() || mount("jail", "jail", NULL, MS_BIND, NULL) || chdir("jail") ||
               syscall(SYS_pivot_root, ".", "old") != 0 || chdir("/");
    if (strcmp(way, "mount") == 0)
        return get_mounts() || mount("evil", helper, NULL, MS_BIND, NULL);
    if (strcmp(way, "rename") == 0)
        return link("evil", "evil.new") || rename("evil.new", helper);
    if (strcmp(way, "gone") == 0)
        return unlink(helper);
    if (strcmp(way, "write") == 0)
        return truncate(helper, 9000) || truncate(helper, 9001);
    return 0;
}
int main(int count, char **words)
{
    if (is_failure(words[count - 2], words[count - 1]))
        perror(words[count - 2]);
    return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
