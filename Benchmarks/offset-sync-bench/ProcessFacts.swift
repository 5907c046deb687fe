import Glibc

/// What the kernel says of a process.
struct ProcessFacts {
  let pid: pid_t

  /// Peak resident memory in MB (10^6 bytes).
  func peakMemory() throws(Sidecar.Failure) -> Double {
    guard let peak = try fields("status")["VmHWM"] else { throw Self.silence }
    return Double(peak) * 1.024e-3
  }

  /// Resident memory of its own, in MB: not that of files, which is bounded by their size, and which
  /// the kernel maps by and by.
  func ownMemory() throws(Sidecar.Failure) -> Double {
    guard let own = try fields("status")["RssAnon"] else { throw Self.silence }
    return Double(own) * 1.024e-3
  }

  /// How often its threads went to sleep so far; each time something woke them.
  func wakeUps() throws(Sidecar.Failure) -> Int {
    guard let directory = opendir("/proc/\(pid)/task") else { throw Self.silence }
    defer { closedir(directory) }
    var sum = 0
    while let entry = readdir(directory) {
      let thread = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard Int(thread) != nil else { continue }
      sum += try fields("task/\(thread)/status")["voluntary_ctxt_switches"] ?? 0
    }
    return sum
  }

  /// Bytes of all read(2)s so far.
  func bytesRead() throws(Sidecar.Failure) -> Int {
    guard let bytes = try fields("io")["rchar"] else { throw Self.silence }
    return bytes
  }

  private static let silence = Sidecar.Failure(
    description: "the kernel does not say what the sidecar takes")

  /// The lines `name: number`, with or without a unit.
  private func fields(_ name: String) throws(Sidecar.Failure) -> [Substring: Int] {
    guard let file = fopen("/proc/\(pid)/\(name)", "r") else {
      throw Sidecar.Failure(description: "the sidecar is gone")
    }
    defer { fclose(file) }
    var fields: [Substring: Int] = [:]
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let words = text.split { $0 == ":" || $0.isWhitespace }
      if words.count > 1, let number = Int(words[1]) { fields[words[0]] = number }
    }
    return fields
  }
}
