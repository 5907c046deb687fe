internal import FilelogJSON

/// One record of a log file: a line, or what the container runtime split over several lines.
struct LogRecord {
  var body: String
  /// `stdout` or `stderr`, where the container runtime names it.
  var stream: String?
  /// Whether the rest of it follows in a later line (tag `P`).
  var isUnfinished = false

  /// Takes a line as a container runtime writes it: `<time> <stream> <F or P> <text>`. A line of
  /// another form is its own body.
  init(containerLine line: String) {
    let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, ["stdout", "stderr"].contains(parts[1]), ["F", "P"].contains(parts[2])
    else {
      body = line
      return
    }
    body = String(parts[3])
    stream = String(parts[1])
    isUnfinished = parts[2] == "P"
  }

  init(line: String) { body = line }
}

/// Records of one file, on their way to the exporters.
struct RecordGroup {
  /// The attributes that the receiver adds to every record of the file.
  let attributes: [String: JSONValue]
  var records: [LogRecord]
}
