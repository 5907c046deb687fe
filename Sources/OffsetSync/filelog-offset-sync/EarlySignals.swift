import FilelogSystemCalls

/// The first thing of the program that runs, right after the dynamic linker and before the language's
/// own start, which takes milliseconds: as a container's first process it would never hear of a SIGTERM
/// that came before.
@section(".preinit_array") @used
private let blockTerminationSignals: @convention(c) () -> Void = {
  TerminationSignals.blockEarly()
}
