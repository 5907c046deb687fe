extension SystemCalls {
  /// The names in a directory, sorted by their bytes; of more than a limit those that the system lists
  /// first.
  public func sortedNames(
    _ directory: Descriptor, limit: Int = 20_000
  ) throws(SystemError) -> [String] {
    var found: [String] = []
    try names(directory) {
      found.append($0)
      return found.count < limit
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
