// Linux calls that the Glibc module leaves out, because it is built without _GNU_SOURCE.
#include <sys/socket.h>

extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int eventfd(unsigned int, int);

// Descriptors that are closed on exec from their first moment: setting the flag afterwards would
// leave a gap in which a child process inherits them.
static inline int shim_accept(int listener) {
  return accept4(listener, (struct sockaddr *)0, (socklen_t *)0, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
static inline int shim_eventfd(void) { return eventfd(0, SOCK_CLOEXEC | SOCK_NONBLOCK); }
