/// Where a simulation writes what a person reads.
public struct SimulationOutput {
  /// Takes text without adding a line break.
  public var write: (String) -> Void
  /// Whether text may be overwritten in place.
  public var isTerminal: Bool
  /// Characters that fit into a line of the terminal.
  public var width: Int

  /// An output with these parts.
  public init(write: @escaping (String) -> Void, isTerminal: Bool, width: Int = 80) {
    self.write = write
    self.isTerminal = isTerminal
    self.width = width
  }
}

/// Shows how far a simulation is: on a terminal as one line that changes, otherwise as plain lines.
final class Progress {
  private let sink: SimulationOutput
  private let interval: Duration
  private var lastShown: ContinuousClock.Instant?
  private var lineIsOpen = false

  init(_ sink: SimulationOutput) {
    self.sink = sink
    interval = sink.isTerminal ? .milliseconds(100) : .seconds(2)
  }

  /// Shows the state if it was not shown just before.
  /// - Parameter fraction: from 0 to 1.
  func show(_ fraction: Double, _ state: () -> String) {
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < interval { return }
    lastShown = now
    let percent = String(Int((min(max(fraction, 0), 1) * 100).rounded(.down)))
    let line = String(repeating: " ", count: 3 - percent.count) + percent + "%  " + state()
    if sink.isTerminal {
      // A line that wraps cannot be overwritten.
      sink.write("\r" + line.prefix(max(20, sink.width - 1)) + "\u{1b}[K")
      lineIsOpen = true
    } else {
      sink.write(line + "\n")
    }
  }

  /// Writes a line that stays.
  func note(_ line: String) {
    end()
    sink.write(line + "\n")
  }

  /// Ends the line that changes.
  func end() {
    if lineIsOpen { sink.write("\r\u{1b}[K") }
    lineIsOpen = false
  }
}
