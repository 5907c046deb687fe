/// Names of shared maps, from which those of nodes' maps follow.
public enum OffsetsMapName {
  /// Whether a map of this name, or the maps of nodes that are named after it, could be called as
  /// another release's: the map of the release `a-filelogoffsets-node` as the one that `a` has for a
  /// node `filelogoffsets-cm`.
  public static func mayBelongToOthers(_ map: String) -> Bool {
    var words = map.split(separator: "-").map(String.init)
    if words.suffix(2) == ["filelogoffsets", "cm"] { words.removeLast(2) }
    return words.dropFirst().contains("filelogoffsets")
  }
}
