/// What the process keeps of the memory that it gives back to `malloc(3)`.
public enum ProcessMemory {
  /// The bound that glibc begins with.
  private static let mappedBlock: CInt = 128 << 10
  /// `M_MMAP_THRESHOLD` of malloc.h.
  private static let threshold: CInt = -3

  /// Large blocks go back to the system when they are freed.
  ///
  /// By default glibc raises its bound to the size of whatever large block is freed, up to 32 MiB, and
  /// from then on keeps blocks below it and twice as much at the end of its heap: a process that once
  /// read a database of 10 MB would hold 10 MB for the rest of its life (measured, glibc 2.36).
  /// Setting the bound ends that: see mallopt(3).
  public static func giveBackLargeBlocks() { _ = mallopt(threshold, mappedBlock) }
}

/// The Glibc module leaves malloc.h out. A C module that includes it would bring types of its own, of
/// which Swift takes now one and now the other; integers alone are passed as in C.
@_silgen_name("mallopt")
private func mallopt(_ parameter: CInt, _ value: CInt) -> CInt
