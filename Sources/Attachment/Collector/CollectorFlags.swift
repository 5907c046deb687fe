internal import FilelogJSON
internal import FilelogText

/// The command line of a collector, as far as it says where the configuration comes from.
struct CollectorFlags: Hashable, Sendable {
  /// The values of `--config`, in order.
  private(set) var configurations: [String] = []
  /// The values of `--set`, which are applied after every configuration.
  private(set) var settings: [String] = []

  init(_ words: [String]) {
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      for name in ["--config", "--set", "-config", "-set"] {
        if word.hasPrefix(name + "=") {
          add(String(word.dropFirst(name.utf8.count + 1)), name)
        } else if word == name, index < words.count {
          add(words[index], name)
          index += 1
        }
      }
    }
  }

  private mutating func add(_ value: String, _ name: String) {
    if name.hasSuffix("config") { configurations.append(value) } else { settings.append(value) }
  }

  /// Whether the configuration can be told from the flags.
  var isEmpty: Bool { configurations.isEmpty }
}

/// Where one `--config` points.
enum ConfigLocation: Hashable, Sendable {
  case file(String)
  case inline(String)
  case variable(String)
  /// `https`, `s3` and others that are read over the network.
  case remote(scheme: String)

  /// By the rule of the collector's resolver: a scheme has two characters at least, everything else
  /// is a file.
  init(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), text.distance(from: text.startIndex, to: colon) > 1,
      text[..<colon].utf8.allSatisfy(Self.isSchemeByte), text.first?.isLetter == true
    else {
      self = .file(text)
      return
    }
    let rest = String(text[text.index(after: colon)...])
    switch text[..<colon] {
    case "file": self = .file(rest)
    case "yaml": self = .inline(rest)
    case "env": self = .variable(rest)
    default: self = .remote(scheme: String(text[..<colon]))
    }
  }

  private static func isSchemeByte(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
      || [UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "-")].contains(byte)
  }
}

/// What Kubernetes makes of `$(NAME)` and `$$` in a container's words.
enum Expansion {
  /// - Returns: nil when a variable has no value that the manifests tell.
  static func expand(_ text: String, _ variables: [String: String?]) -> String? {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        result += "$"
        rest = rest.dropFirst()
      } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        // An unknown name stays as it is written.
        guard let known = variables[name] else {
          result += "$(\(name))"
          rest = rest[rest.index(after: end)...]
          continue
        }
        guard let value = known else { return nil }
        result += value
        rest = rest[rest.index(after: end)...]
      } else {
        result += "$"
      }
    }
    return result + rest
  }

  /// A text that expands to itself.
  static func escape(_ text: String) -> String {
    text.dollarsDoubled
  }
}
