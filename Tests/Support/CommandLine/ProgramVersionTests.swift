import FilelogCommandLine
import Testing

@Suite struct ProgramVersionTests {
  private enum Plain {}
  private enum Stamped: VersionStamp { static let text = "1.2.3-4-gabcdef" }

  @Test func stampedTypeHasItsVersion() {
    #expect(ProgramVersion.text(of: Stamped.self) == "1.2.3-4-gabcdef")
    #expect(ProgramVersion.text(of: Plain.self) == "0.0.0-dev")
  }

  @Test func versionOptionPrintsProgramAndVersion() {
    nonisolated(unsafe) var text = ""
    let console = Console(output: { text += $0 }, errors: { text += $0 })
    let tool = CommandLineTool(name: "tool", summary: "does", version: "1.2.3", commands: [])
    #expect(tool.run(["--version"], console: console) == .success)
    #expect(text == "tool 1.2.3\n")
  }
}
