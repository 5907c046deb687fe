import Testing

@testable import Simulation

@Suite struct PathMapTests {
  static let map: PathMap = {
    var map = PathMap()
    map.map("/var/log/pods", to: "/sim/node-1/var/log/pods")
    map.map("/var", to: "/sim/node-1/var-of-the-host")
    map.map("/etc/otelcol/conf", to: "/sim/conf")
    return map
  }()

  @Test(arguments: [
    ("/var/log/pods/shop_*/*/*.log", "/sim/node-1/var/log/pods/shop_*/*/*.log"),
    ("/var/log/pods", "/sim/node-1/var/log/pods"),
    ("/var/log/podsandmore", "/sim/node-1/var-of-the-host/log/podsandmore"),
    ("--config=file:/etc/otelcol/conf/c.yaml", "--config=file:/sim/conf/c.yaml"),
    (
      "/etc/otelcol/conf:/var/x,/var",
      "/sim/conf:/sim/node-1/var-of-the-host/x,/sim/node-1/var-of-the-host"
    ),
    ("http://var/log/pods", "http://var/log/pods"),
    ("a/var/log/pods", "a/var/log/pods"), ("/usr/bin", "/usr/bin"), ("", ""),
    ("say /var/log/pods", "say /var/log/pods"),
  ])
  func pathsUnderAMountAreTranslated(_ text: String, _ expected: String) {
    #expect(Self.map.translate(text) == expected)
  }
}
