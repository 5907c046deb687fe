import FilelogCommandLine
import FilelogJSON
import FilelogText
import FilelogYAML

/// How commands print what they found.
enum ReportFormat: String, CaseIterable {
  case text
  case json
  case yaml

  /// Nil for the form for people, which each command has of its own.
  func text(of value: JSONValue) -> String? {
    switch self {
    case .text: return nil
    case .json: return terminalJSON(value)
    case .yaml:
      let text = YAML.emit(value)
      // JSON is YAML, too, and has an escape for everything.
      return text == text.printableLines ? text : terminalJSON(value)
    }
  }
}

let formatOption = CommandOption.value(
  "--format", short: "-o", "FORMAT", choices: ReportFormat.allCases.map(\.rawValue),
  help: "text (the default), json or yaml."
).alias("--output")

let jsonOption = CommandOption.flag("--json", help: "Print JSON, as -o json does.")

/// The format of a command that has ``jsonOption`` beside ``formatOption``.
func reportFormat(_ call: Invocation) throws(UsageError) -> ReportFormat {
  let format = try call.choice("--format", default: ReportFormat.text)
  guard call.has("--json") else { return format }
  guard call.value("--format") == nil || format == .json else {
    throw UsageError("--json and --format \(format.rawValue) exclude each other")
  }
  return .json
}
