internal import Glibc

/// Runs a block in which writing to a closed connection gives an error and not SIGPIPE, whatever
/// the process does with that signal, and leaves the process as it was.
///
/// libcurl's own shield changes the signal's disposition for the whole process, which it rightly
/// does not do with `CURLOPT_NOSIGNAL`. SIGPIPE is sent to the thread that writes, so blocking it
/// here and taking it from the queue afterwards is enough.
func withoutBrokenPipeSignal<Result>(_ body: () -> Result) -> Result {
  var pipe = sigset_t()
  var before = sigset_t()
  var pending = sigset_t()
  sigemptyset(&pipe)
  sigaddset(&pipe, SIGPIPE)
  sigpending(&pending)
  let wasPending = sigismember(&pending, SIGPIPE) == 1
  pthread_sigmask(SIG_BLOCK, &pipe, &before)
  let result = body()
  if !wasPending, sigismember(&before, SIGPIPE) == 0 {
    var immediately = timespec()
    while sigtimedwait(&pipe, nil, &immediately) == -1, errno == EINTR {}
  }
  pthread_sigmask(SIG_SETMASK, &before, nil)
  return result
}
