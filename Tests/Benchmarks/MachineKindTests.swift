import Testing

@testable import offset_sync_bench

@Suite struct MachineKindTests {
  @Test func aKindNamesArchitectureProcessorsAndModel() {
    let cpuinfo = """
      processor\t: 0
      vendor_id\t: GenuineIntel
      model name\t: Intel(R) Xeon(R) Platinum 8488C @ 2.40GHz

      processor\t: 1
      model name\t: another
      """
    let kind = MachineKind(architecture: "x86_64", processors: 2, cpuinfo: cpuinfo)
    #expect(kind.model == "Intel(R) Xeon(R) Platinum 8488C @ 2.40GHz")
    #expect(kind.name == "x86_64-2-intel-xeon-platinum-8488c-2-40ghz")
  }

  @Test func aModelThatHasNumbersOnlyIsNamedByThem() {
    let cpuinfo = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n"
    let kind = MachineKind(architecture: "aarch64", processors: 4, cpuinfo: cpuinfo)
    #expect(kind.name == "aarch64-4-0x41-0xd40")
  }

  @Test func unknownModelIsLeftOut() {
    #expect(MachineKind(architecture: "x86_64", processors: 1, cpuinfo: "").name == "x86_64-1")
  }

  @Test func thisMachineIsOfSomeKind() throws {
    let name = try MachineKind.current().name
    #expect(name == name.lowercased())
    #expect(name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
  }
}
