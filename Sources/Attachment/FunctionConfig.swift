internal import FilelogJSON
internal import FilelogYAML

/// What a `ResourceList`, the input of a KRM function, says of how the function is to run.
public enum FunctionConfig {
  /// The members of `functionConfig.data` or `.spec` as options of a command line, without dashes:
  /// `image: …` as `image` with one value, `keep-volume: true` as `keep-volume` with an empty one.
  /// - Returns: nil for input that is not one `ResourceList`.
  public static func options(of bytes: [UInt8]) -> [String: [String]]? {
    guard let root = try? DocumentStream.documents(bytes, file: "").first?.root.get(),
      root["kind"]?.value.string == "ResourceList"
    else { return nil }
    let config = root["functionConfig"]
    let members = (config?["data"] ?? config?["spec"])?.value.object ?? [:]
    return members.compactMapValues { value in
      switch value {
      case .bool(let flag): flag ? [""] : nil
      case .string("true"): [""]
      case .string("false"), .null: nil
      case .string(let text): [text]
      case .integer(let number): [String(number)]
      case .number(let number): ["\(number)"]
      case .array(let elements): elements.compactMap(\.string)
      case .object: nil
      }
    }
  }
}
