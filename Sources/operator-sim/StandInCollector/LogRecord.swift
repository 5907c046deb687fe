internal import JSON

/// One line of a log file.
struct LogRecord {
  var body: String
  /// `stdout` or `stderr`, where the container runtime says which.
  var stream: String?

  /// Takes a line as a container runtime writes it: `<time> <stream> <F or P> <text>`. A line of
  /// another form is its own body. Lines that the runtime split (`P`) are not put together again.
  init(containerLine line: String) {
    let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, ["stdout", "stderr"].contains(parts[1]), ["F", "P"].contains(parts[2])
    else {
      body = line
      return
    }
    body = String(parts[3])
    stream = String(parts[1])
  }

  init(line: String) { body = line }
}

/// Records of one file, on their way to the exporters.
struct RecordGroup {
  /// The attributes that the receiver adds to every record of the file.
  let attributes: [String: JSONValue]
  let records: [LogRecord]
}
