/// One option of a command.
public struct CommandOption: Sendable, Hashable {
  /// With its dashes: `--values`.
  public let name: String
  /// A second, short name: `-o`.
  public let short: String?
  /// Whether it has a value, and how often it may be given; the text is the value's placeholder.
  public let argument: Argument
  /// Effect and default, in whole sentences.
  public let help: String
  /// The words that the value is likely one of, for a shell to offer; empty where there is no such
  /// list.
  public let choices: [String]
  /// Whether the value may be a file beside one of the ``choices``; a placeholder like `FILE` tells it
  /// where there are none.
  public let takesFile: Bool
  /// What other programs call it: not accepted, but answered with this option's name.
  public private(set) var synonyms: [String] = []
  /// Other long names, which are accepted.
  public private(set) var aliases: [String] = []

  /// What follows an option's name.
  public enum Argument: Sendable, Hashable {
    /// A switch: present or not.
    case none
    /// At most once.
    case optional(String)
    /// Exactly once.
    case required(String)
    /// Any number of times, in an order that matters.
    case repeated(String)
  }

  /// A switch, `--force`.
  /// - Parameters:
  ///   - name: with its dashes.
  ///   - short: a second, short name: `-o`.
  ///   - words: what else than `=true` switches it on, `=server` for instance.
  ///   - help: effect and default, in whole sentences.
  public static func flag(
    _ name: String, short: String? = nil, words: [String] = [], help: String
  ) -> CommandOption {
    CommandOption(
      name: name, short: short, argument: .none, help: help, choices: words,
      takesFile: false)
  }

  /// An option with a value, `--output DIR`, that may be left out. With `takesFile` the value may be
  /// a file beside one of the choices.
  public static func value(
    _ name: String, short: String? = nil, _ placeholder: String, choices: [String] = [],
    takesFile: Bool = false, help: String
  ) -> CommandOption {
    CommandOption(
      name: name, short: short, argument: .optional(placeholder), help: help, choices: choices,
      takesFile: takesFile || isFile(placeholder))
  }

  /// An option with a value that must be given.
  public static func required(
    _ name: String, short: String? = nil, _ placeholder: String, help: String
  ) -> CommandOption {
    CommandOption(
      name: name, short: short, argument: .required(placeholder), help: help, choices: [],
      takesFile: isFile(placeholder))
  }

  /// An option with a value that may be given several times.
  public static func repeated(
    _ name: String, short: String? = nil, _ placeholder: String, help: String
  ) -> CommandOption {
    CommandOption(
      name: name, short: short, argument: .repeated(placeholder), help: help, choices: [],
      takesFile: isFile(placeholder))
  }

  /// The same option, which knows what other programs call it.
  public func called(_ synonyms: String...) -> CommandOption {
    var option = self
    option.synonyms = synonyms
    return option
  }

  /// The same option, which has these names, too.
  public func alias(_ aliases: String...) -> CommandOption {
    var option = self
    option.aliases = aliases
    return option
  }

  private static func isFile(_ placeholder: String) -> Bool {
    ["FILE", "DIR", "PATH"].contains { placeholder.hasPrefix($0) }
  }

  /// Of a whole program, with nothing beside it.
  static let version = flag("--version", help: "Show the program's version.")

  static let help = flag("--help", short: "-h", help: "Show this help.")

  /// The name of the value in help texts; nil for a switch.
  var placeholder: String? {
    switch argument {
    case .none: nil
    case .optional(let name), .required(let name), .repeated(let name): name
    }
  }
}
