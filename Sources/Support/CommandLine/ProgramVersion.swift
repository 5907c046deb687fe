/// What `--version` prints: a version that a build has stamped into a program, or none.
///
/// A program declares a type for it. `Scripts/stamp-version` writes a file beside it, which git does
/// not know, that makes the type a ``VersionStamp``; without git, and without the script, there is
/// none.
public enum ProgramVersion {
  /// Of a program that was not built from a commit.
  public static let none = "0.0.0-dev"

  /// The version of a program, ``none`` where it was not stamped.
  /// - Parameter type: the program's type for it.
  public static func text(of type: Any.Type) -> String {
    (type as? any VersionStamp.Type)?.text ?? none
  }
}

/// Carries the version of a program that was built from a commit.
public protocol VersionStamp {
  /// As `git describe` words it.
  static var text: String { get }
}
