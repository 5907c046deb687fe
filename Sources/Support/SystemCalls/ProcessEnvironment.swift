@preconcurrency internal import Glibc

/// What the process was given to know of its environment.
public enum ProcessEnvironment {
  /// The environment's variables. Of one that is there twice, the first counts, as for getenv(3).
  /// Ask before other threads change them.
  public static var variables: [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let variable = String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if variable.count == 2, variables[String(variable[0])] == nil {
        variables[String(variable[0])] = String(variable[1])
      }
      entry += 1
    }
    return variables
  }
}
