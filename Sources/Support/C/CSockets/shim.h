// Linux calls that the Glibc module leaves out, because it is built without _GNU_SOURCE, and those
// that take constants which glibc declares as enumerators. Several modules of system headers hold a
// declaration of each such enumerator, and which of them Swift looks at depends on the order in which
// it happens to load them: by name, they are in scope in one build and out of it in the next.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int eventfd(unsigned int, int);

// Descriptors that are closed on exec from their first moment: setting the flag afterwards would
// leave a gap in which a child process inherits them.
static inline int shim_accept(int listener) {
  return accept4(listener, (struct sockaddr *)0, (socklen_t *)0, SOCK_CLOEXEC | SOCK_NONBLOCK);
}
static inline int shim_eventfd(void) { return eventfd(0, SOCK_CLOEXEC | SOCK_NONBLOCK); }
static inline int shim_tcp_socket(void) { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
static inline int shim_tcp_socket_nonblocking(void) {
  return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}
// Two ends between which the boundaries of writes are kept.
static inline int shim_packet_pair(int *ends) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static inline int shim_no_delay(int connection) {
  int on = 1;
  return setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
// Without a SIGPIPE when the peer is gone.
static inline ssize_t shim_send(int connection, const void *bytes, size_t count) {
  return send(connection, bytes, count, MSG_NOSIGNAL);
}
// Waits until all of them have come, or the connection ends.
static inline ssize_t shim_receive_all(int connection, void *bytes, size_t count) {
  return recv(connection, bytes, count, MSG_WAITALL);
}
static inline int shim_end_writing(int connection) { return shutdown(connection, SHUT_WR); }
static inline int shim_end_connection(int connection) { return shutdown(connection, SHUT_RDWR); }
