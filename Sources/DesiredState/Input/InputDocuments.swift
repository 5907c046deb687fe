internal import FilelogJSON
internal import FilelogYAML

/// Reads files that may be YAML or JSON.
enum InputDocuments {
  /// The documents of a file; none, and a note of what is wrong, when it cannot be read.
  /// - Parameter rank: the place of the file in the order of the input.
  static func read(_ file: InputFile, rank: Int, log: ProblemLog) -> [SourcedValue] {
    do {
      return try YAML.parse(file.bytes, file: file.name, truthValues: .older).map {
        SourcedValue($0, file, rank: rank)
      }
    } catch {
      // Nearly all JSON is YAML too, but not quite: libyaml refuses "\ud83d\ude00", for one.
      if let value = try? JSONValue(parsing: file.bytes) {
        return [SourcedValue(value, Origin(source: file.name, line: nil, rank: rank))]
      }
      log.add(
        Origin(source: file.name, line: error.line, rank: rank), "",
        found: Self.withoutVerb(error.message), expected: "YAML or JSON")
      return []
    }
  }

  /// libyaml says "found …" itself, or "did not find …".
  private static func withoutVerb(_ message: String) -> String {
    if message.hasPrefix("did not find ") { return "text that cannot be read (\(message))" }
    return message.hasPrefix("found ") ? String(message.dropFirst("found ".count)) : message
  }
}
