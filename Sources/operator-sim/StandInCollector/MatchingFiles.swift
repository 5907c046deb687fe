internal import Glibc

/// The paths that match any pattern of one list and none of the other, sorted. `**` is not
/// understood as more than `*`; the rendered configurations do not use it.
func matchingFiles(_ include: [String], except exclude: [String]) -> [String] {
  let found = Set(include.flatMap(expandPattern))
  return found.filter { path in
    !exclude.contains { fnmatch($0, path, FNM_PATHNAME) == 0 }
  }.sorted()
}

private func expandPattern(_ pattern: String) -> [String] {
  var result = glob_t()
  defer { globfree(&result) }
  guard glob(pattern, GLOB_NOSORT, nil, &result) == 0, let paths = result.gl_pathv else {
    return []
  }
  return (0..<Int(result.gl_pathc)).compactMap { index in
    paths[index].map { String(cString: $0) }
  }
}
