/// What a container may take of memory, and what it took.
enum ContainerMemory {
  /// The most that a process has taken so far of what the kernel cannot take back, in bytes: without
  /// pages of programs and libraries, which differ between builds. Nil when it has ended.
  static func peak(of pid: Int32) -> Int? {
    guard let bytes = try? Files.read("/proc/\(pid)/status") else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    /// `VmHWM:	   24204 kB`
    func kilobytes(_ name: String) -> Int? {
      lines.first { $0.hasPrefix(name + ":") }.flatMap { line in
        Int(line.filter { ("0"..."9").contains($0) })
      }
    }
    guard let peak = kilobytes("VmHWM"), let files = kilobytes("RssFile") else { return nil }
    return (peak - files) << 10
  }

  /// `32Mi` in bytes; nil for what is not whole mebibytes.
  static func bytes(_ limit: String) -> Int? {
    limit.hasSuffix("Mi") ? Int(limit.dropLast(2)).map { $0 << 20 } : nil
  }
}
