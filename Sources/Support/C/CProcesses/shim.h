// Starts a program that does not outlive the process that started it. posix_spawn(3) has no attribute for
// that, and between fork and exec of a process with threads only C may run.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// In a process group of its own, with signals as in a fresh process, standard input from /dev/null
// and both outputs to the descriptor. SIGKILL when the thread that called this ends.
// Returns the process id, or -1 with errno; a program that cannot be run fails here too.
static inline pid_t shim_spawn(
    const char *program, char *const arguments[], char *const environment[], int output) {
  // Closed by a successful exec; otherwise errno comes through it.
  int report[2];
  if (pipe(report) != 0) return -1;
  fcntl(report[0], F_SETFD, FD_CLOEXEC);
  fcntl(report[1], F_SETFD, FD_CLOEXEC);
  pid_t parent = getpid();
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &before);
  pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Dead before the line above took effect.
    if (getppid() != parent) _exit(127);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    int input = open("/dev/null", O_RDONLY);
    if (input >= 0 && dup2(input, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2) {
      if (input > 2) close(input);
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, (sigset_t *)0);
      execve(program, arguments, environment);
    }
    int reason = errno;
    ssize_t written = write(report[1], &reason, sizeof reason);
    (void)written;
    _exit(127);
  }
  int failure = child < 0 ? errno : 0;
  sigprocmask(SIG_SETMASK, &before, (sigset_t *)0);
  close(report[1]);
  if (child > 0) {
    setpgid(child, child);
    ssize_t count;
    do count = read(report[0], &failure, sizeof failure); while (count < 0 && errno == EINTR);
    if (count != sizeof failure) failure = 0;
    if (failure != 0) {
      // It is about to end; no other process knows it.
      while (waitpid(child, (int *)0, 0) < 0 && errno == EINTR) continue;
    }
  }
  close(report[0]);
  if (failure != 0) {
    errno = failure;
    return -1;
  }
  return child;
}

// Kernels from 6.16 on keep those of a process that wait in a table of its own, of some sixteen lists.
static inline void shim_expect_waiting_threads(unsigned long count) {
  unsigned long slots = 16;
  while (slots < count) slots *= 2;
  // PR_FUTEX_HASH, PR_FUTEX_HASH_SET_SLOTS; kernels that know neither have one large table.
  prctl(78, 1, slots, 0, 0);
}

// A detached thread with a stack of its own size. Here, because the types of threads belong to
// whichever module of system headers Swift happens to load first. Returns 0 or an errno.
static inline int shim_start_thread(size_t stack, void *(*run)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int code = pthread_create(&thread, &attributes, run, argument);
  pthread_attr_destroy(&attributes);
  return code;
}
