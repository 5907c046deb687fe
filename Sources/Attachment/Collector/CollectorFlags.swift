internal import FilelogJSON
internal import FilelogText

/// The command line of a collector, as far as it says where the configuration comes from.
struct CollectorFlags: Hashable, Sendable {
  /// The values of `--config`, in order.
  private(set) var configurations: [String] = []
  /// The values of `--set`, which are applied after every configuration.
  private(set) var settings: [Setting] = []

  /// `--set=KEY=VALUE`.
  struct Setting: Hashable, Sendable {
    /// As it is written.
    let text: String
    /// The place that it sets, with dots: `service.extensions`.
    let key: String
    /// In YAML.
    let value: String

    init(_ text: String) {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      self.text = text
      key = String(parts[0]).replacing("::", with: ".")
      value = parts.count > 1 ? String(parts[1]) : ""
    }
  }

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
    if name.hasSuffix("config") {
      configurations.append(value)
    } else {
      settings.append(Setting(value))
    }
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
